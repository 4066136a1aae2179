"""Greeks of an account as JSON, on its page, on the command line and on the WebSocket's channel."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import jsonschema
import pytest
from starlette.requests import Request

from strikeproof.cli.trade_account import _print_account
from strikeproof.cli.trade_session import brief
from strikeproof.client import AccountState, GreeksBasis, Instrument
from strikeproof.gateway.feeds import account_state_feed
from strikeproof.gateway.feeds.account_state_feed import AccountStateFeed
from strikeproof.gateway.http.openapi import openapi
from strikeproof.gateway.instrument_terms import InstrumentTerms
from strikeproof.gateway.metrics import GatewayMetrics
from strikeproof.gateway.pages import formats
from strikeproof.gateway.pages.templating import Pages
from strikeproof.gateway.public_json import account_json
from strikeproof.gateway.venue_terms import VenueTermsCache
from strikeproof.wire.constants import InstrumentStatus
from strikeproof.wire.venue_pb2 import (
    GREEKS_BASIS_CURRENT,
    GREEKS_BASIS_OVERDUE,
    GREEKS_BASIS_UNPRICED,
    Account,
    AccountPosition,
    ExpiryGreeks,
    Greeks,
    GreeksSum,
    UnderlyingGreeks,
)

EXPIRY_MS = 1_796_112_000_000
CALL = Greeks(delta="-0.4375", gamma="-0.000025123", vega_usd="-75.5", theta_usd="29.296875")
ALL = Greeks(delta="1.0625", gamma="-0.000025123", vega_usd="-75.5", theta_usd="29.296875")
PERPETUAL = Greeks(delta="1.5", gamma="0", vega_usd="0", theta_usd="0")


def instrument(number: int, symbol: str) -> Instrument:
    named: Any = (number, symbol, InstrumentStatus.ACTIVE, 1, "BTC", 1_000, 10**9)
    figures: Any = [*[0] * 11, Decimal(0), *[0] * 5]
    return Instrument(*named, *figures)


TERMS = {
    number: instrument(number, symbol)
    for number, symbol in ((1, "BTC-PERP"), (2, "BTC-1DEC-60000C"), (3, "BTC-1DEC-60000P"))
}


def account() -> AccountState:
    """Return one with a perpetual, an overdue call, and a put that was never priced."""
    positions = [
        AccountPosition(
            instrument=1, symbol="BTC-PERP", size_lots=1_500, mark_price=60_000, greeks=PERPETUAL
        ),
        AccountPosition(instrument=2, symbol="BTC-1DEC-60000C", size_lots=-1_000, greeks=CALL),
        AccountPosition(instrument=3, symbol="BTC-1DEC-60000P", size_lots=5),
    ]
    for each, basis in zip(
        positions,
        (GREEKS_BASIS_CURRENT, GREEKS_BASIS_OVERDUE, GREEKS_BASIS_UNPRICED),
        strict=True,
    ):
        each.greeks_basis = basis
    money = ("collateral", "withdrawn", "equity", "initial_margin", "maintenance_margin")
    expiries = [
        ExpiryGreeks(sum=GreeksSum(greeks=PERPETUAL)),
        ExpiryGreeks(
            expiry=4,
            expiry_ms=EXPIRY_MS,
            sum=GreeksSum(greeks=CALL, overdue_positions=1, unpriced_positions=1),
        ),
    ]
    total = GreeksSum(greeks=ALL, overdue_positions=1, unpriced_positions=1)
    message = Account(
        account=7,
        owner=bytes(20),
        positions=positions,
        greeks=[UnderlyingGreeks(underlying=1, symbol="BTC", sum=total, expiries=expiries)],
    )
    for name in money:
        setattr(message, f"{name}_micro_usd", "1000000")
    return AccountState.of_message(message)


def shown() -> dict[str, Any]:
    return account_json({key: InstrumentTerms(each) for key, each in TERMS.items()}, account())


def test_json_gives_exact_decimals_and_what_they_stand_on() -> None:
    found = shown()
    document = openapi()
    schema = {**document["components"]["schemas"]["Account"], "components": document["components"]}
    jsonschema.validate(found, schema)
    call, put = found["positions"][1:]
    assert call["greeks"] == {
        "delta": "-0.4375",
        "gamma": "-0.000025123",
        "vega": "-75.5",
        "theta": "29.296875",
    }
    assert (call["greeks_basis"], put["greeks_basis"], put["greeks"]) == (
        "OVERDUE",
        "UNPRICED",
        None,
    )
    (total,) = found["greeks"]
    assert (total["underlying"], total["delta"], total["unpriced_positions"]) == (
        "BTC",
        "1.0625",
        1,
    )
    assert [(each["expiry"], each["expiry_ms"]) for each in total["expiries"]] == [
        (None, None),
        (4, EXPIRY_MS),
    ]


def test_client_reads_what_a_node_without_greeks_gives() -> None:
    old = AccountState.of_message(
        Account(
            positions=[AccountPosition(instrument=1, size_lots=1)],
            **{
                f"{each}_micro_usd": "0"
                for each in (
                    *("collateral", "withdrawn", "equity"),
                    *("initial_margin", "maintenance_margin"),
                )
            },
        )
    )
    assert old.greeks == () and old.positions[0].greeks is None
    assert old.positions[0].greeks_basis is GreeksBasis.NONE


KNOWN: dict[str, Any] = {"underlyings": {1: "BTC"}}


def test_page_shows_greeks_and_says_which_are_old_or_missing() -> None:
    request = Request({"type": "http", "path": "/accounts/7", "headers": [], "server": ("x", 80)})
    page = Pages().page(request, "account.html", account=shown(), events=[], key="5", **KNOWN)
    text = " ".join(bytes(page.body).decode().split())
    assert '<a href="/expiries/4">' in text and "BTC, perpetuals" in text and "BTC, all" in text
    for each in ("-0.4375", "-0.00002512", "-75.50", "29.30", "1.0625"):
        assert f">{each}<" in text, each
    assert "1 position overdue" in text and "1 position not priced, not counted" in text
    flat = {**shown(), "positions": [], "greeks": []}
    page = Pages().page(request, "account.html", account=flat, events=[], key="5", **KNOWN)
    assert "greeks-title" not in bytes(page.body).decode()


def test_command_line_shows_positions_expiries_and_sums(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    _print_account(account(), TERMS)
    rows = [
        [cell.strip() for cell in line.split("│")] for line in capsys.readouterr().out.split("\n")
    ]
    found = {row[1]: row[2:7] for row in rows if len(row) == 8}
    assert found["BTC-1DEC-60000C"] == ["-0.4375", "-0.00002512", "-75.5", "29.2969", "overdue"]
    assert found["BTC-1DEC-60000P"] == ["-", "-", "-", "-", "not priced"]
    assert found["BTC, perpetuals"] == ["1.5", "0", "0", "0", ""]
    assert found["BTC, 2026-12-01"][4] == "1 overdue, 1 not priced"
    assert found["BTC, all"][0] == "1.0625"


@pytest.mark.parametrize(
    ("exact", "short"),
    [
        ("0", "0"),
        ("-0.000000251234", "-0.0000002512"),
        ("0.99999", "1"),
        ("1234567.891234", "1,234,567.8912"),
        ("-10", "-10"),
    ],
)
def test_numbers_for_people_keep_what_matters(exact: str, short: str) -> None:
    assert formats.brief(exact) == brief(Decimal(exact)) == short


def test_channel_sends_the_account_now_and_whenever_it_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(account_state_feed, "POLL_SECONDS", 0.001)

    class Node:
        states = (account(), account(), replace(account(), equity_micro_usd=5))
        asked = 0

        async def account(self, number: int) -> AccountState:
            assert number == 7
            self.asked += 1
            return self.states[min(self.asked, len(self.states)) - 1]

    async def listed() -> list[Instrument]:
        return list(TERMS.values())

    async def run() -> list[dict[str, Any]]:
        feed = AccountStateFeed(
            Node(),  # type: ignore[arg-type]
            7,
            VenueTermsCache(listed),
            GatewayMetrics(),
        )
        found = []
        async for text in feed.follow():
            found.append(json.loads(text))
            if len(found) == 2:
                break
        feed.upstream.close()
        return found

    first, second = asyncio.run(run())
    assert (first["channel"], first["account"], first["sequence"]) == ("account", 7, 1)
    assert first["greeks"][0]["delta"] == "1.0625" and "open_orders" not in first
    assert (second["sequence"], second["equity"]) == (2, "0.000005")
