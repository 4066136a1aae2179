"""An expiry's surface as a chain: round strikes, parity, Greeks of the right sign, and no rows
where there is nothing to say."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from math import exp
from typing import Any

import pytest
from starlette.requests import Request

from strikeproof.client.listed_expiry import ListedExpiry
from strikeproof.gateway.expiry_chain import (
    ExpiryState,
    chain_json,
    expiry_json,
    listed_options,
    with_listed,
)
from strikeproof.gateway.pages.templating import Pages
from strikeproof.risk.kernel.svi import RawSvi
from strikeproof.wire import market_pb2

TRILLION = 10**12
DAY_MS = 86_400_000
NOW_MS = 1_795_740_000_000
INDEX = 100_000 * 10**9
STATE = ExpiryState(
    number=1,
    underlying=1,
    expiry_ms=NOW_MS + 30 * DAY_MS,
    publish_time_ms=NOW_MS,
    forward_ppb=1_010_000_000,
    rate_ppm=40_000,
    future=3,
    svi=RawSvi(*(int(x * 10**18) for x in (0.01, 0.05, -0.3, 0.0, 0.1))),
    svi_forward_nano_usd=101_000 * 10**9,
    svi_time_ms=NOW_MS - 60_000,
    settlement_nano_usd=0,
)


def test_listed_expiry_is_read_field_by_field() -> None:
    surface = market_pb2.Surface(
        a=TRILLION // 100,
        b=TRILLION // 20,
        rho=-3 * TRILLION // 10,
        sigma=TRILLION // 10,
        forward_nano_usd=STATE.svi_forward_nano_usd,
        time_ms=STATE.svi_time_ms,
        rate_ppm=40_000,
    )
    message = market_pb2.Expiry(
        expiry=1,
        underlying=1,
        expiry_ms=STATE.expiry_ms,
        publish_time_ms=NOW_MS,
        forward_ppb=1_010_000_000,
        future=3,
        surface=surface,
    )
    assert ExpiryState.of_listed(ListedExpiry.of_message(message)) == STATE


def test_rows_are_round_strikes_around_the_forward_and_keep_parity() -> None:
    rows = chain_json(STATE, INDEX, NOW_MS)
    strikes = [Decimal(each["strike"]) for each in rows]
    assert len(rows) == 13 and strikes == sorted(strikes)
    (step,) = {after - before for before, after in pairwise(strikes)}
    assert step.normalize().as_tuple().digits in ((1,), (2,), (2, 5), (5,))
    assert strikes[0] < 101_000 < strikes[-1]
    discount = Decimal(exp(-0.04 * 30 / 365))
    for each, strike in zip(rows, strikes, strict=True):
        call, put = each["call"], each["put"]
        difference = Decimal(call["value"]) - Decimal(put["value"])
        assert abs(difference - discount * (101_000 - strike)) < Decimal("0.01")
        assert 0 <= Decimal(call["delta"]) <= 1 and -1 <= Decimal(put["delta"]) <= 0
        assert Decimal(call["gamma"]) > 0 and Decimal(call["vega"]) > 0 > Decimal(call["theta"])
        assert each["is_below_forward"] == (strike < 101_000)
    assert all(10 < Decimal(each["volatility_percent"]) < 100 for each in rows)
    told = expiry_json(STATE, "BTC", INDEX, NOW_MS)
    assert told["forward"] == "101000.000000000" and told["seconds_left"] == 30 * 86_400
    wings = [Decimal(each["volatility_percent"]) for each in (rows[0], rows[-1])]
    assert max(wings) > Decimal(told["volatility_percent"])


def test_given_strikes_are_the_rows() -> None:
    rows = chain_json(STATE, INDEX, NOW_MS, [Decimal(90_000), Decimal("100500.5")])
    assert [each["strike"] for each in rows] == ["90000", "100500.5"]


@pytest.mark.parametrize(
    "state",
    [
        replace(STATE, svi_time_ms=0),
        replace(STATE, expiry_ms=NOW_MS),
        replace(STATE, forward_ppb=0),
        replace(STATE, svi=replace(STATE.svi, a=-(10**18))),
        replace(STATE, svi=RawSvi(0, 0, 0, 0, 0)),
    ],
)
def test_where_there_is_nothing_to_say_there_is_no_row_and_no_failure(state: ExpiryState) -> None:
    rows = chain_json(state, INDEX, NOW_MS)
    assert rows == [] or all(each["volatility_percent"] == "0" for each in rows)
    assert expiry_json(state, "BTC", INDEX, NOW_MS)["expiry"] == 1
    assert chain_json(state, 0, NOW_MS) == []


def option(name: str, kind: str, strike: str, expiry_ms: int = STATE.expiry_ms) -> dict[str, Any]:
    """An instrument as the gateway shows one of such a kind."""
    prices = {"mark_price": "1200.5", "last_price": None, "open_interest": "3"}
    facts = {"instrument": name, "kind": kind, "underlying": "BTC", "expiry_ms": expiry_ms}
    return {**facts, **prices, "status": "ACTIVE", "option": {"strike": strike}}


LISTED = [
    option("BTC-C-100", "CALL", "100000"),
    option("BTC-P-100", "PUT", "100000.0"),
    option("BTC-C-120", "CALL", "120000"),
    option("BTC-C-LATER", "CALL", "110000", STATE.expiry_ms + DAY_MS),
    {**option("BTC-F", "FUTURE", ""), "option": None},
]


def test_listed_options_make_the_strikes_and_are_named_in_their_rows() -> None:
    listed = listed_options(LISTED, "BTC", STATE.expiry_ms)
    rows = with_listed(chain_json(STATE, INDEX, NOW_MS, sorted(listed)), listed)
    assert [each["strike"] for each in rows] == ["100000", "120000"]
    assert rows[0]["call"]["listed"]["instrument"] == "BTC-C-100"
    assert rows[0]["put"]["listed"]["mark_price"] == "1200.5"
    assert rows[1]["call"]["listed"]["instrument"] == "BTC-C-120"
    assert rows[1]["put"]["listed"] is None


@pytest.mark.parametrize("instruments", [LISTED, []], ids=["options", "none"])
def test_page_of_a_chain_names_what_is_listed(instruments: list[dict[str, Any]]) -> None:
    listed = listed_options(instruments, "BTC", STATE.expiry_ms)
    rows = with_listed(chain_json(STATE, INDEX, NOW_MS, sorted(listed)), listed)
    told = expiry_json(STATE, "BTC", INDEX, NOW_MS)
    chosen = {**told, "has_options": bool(listed), "rows": rows}
    scope = {"type": "http", "method": "GET", "path": "/expiries/1", "query_string": b""}
    scope |= {"headers": [(b"host", b"venue.example")], "scheme": "http", "server": ("x", 80)}
    values = {"expiries": [told], "chosen": chosen, "futures": []}
    text = bytes(Pages().page(Request(scope), "chain.html", **values).body).decode()
    assert ("/markets/BTC-C-100" in text) == bool(instruments)
    assert ("these are not quotes" in text) == (not instruments)
    assert text.count("<tr class=") == len(rows) >= 2
    cells = re.findall(r'<tr class="(?:below|above)">(.*?)</tr>', text, re.DOTALL)
    heads = 14 if instruments else 12
    assert {len(re.findall("<t[dh]", each)) for each in cells} == {heads}
