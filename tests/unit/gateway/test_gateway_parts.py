"""Parts of the gateway that need no node: rates, tails, units, candles, pages of hostile texts."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from strikeproof.client import FieldInvalid, Instrument, PriceOffGrid, Trade
from strikeproof.client.wallet import BadSignature
from strikeproof.gateway.allowance import Allowance, HostAllowances
from strikeproof.gateway.candles import Candles
from strikeproof.gateway.feeds.tail import Tail
from strikeproof.gateway.http.request_guard import RequestGuard
from strikeproof.gateway.instrument_terms import InstrumentTerms
from strikeproof.gateway.metrics import GatewayMetrics
from strikeproof.gateway.order_form import signed_op
from strikeproof.gateway.pages.formats import counted, ether, grouped, money, percent, span
from strikeproof.gateway.pages.templating import Pages
from strikeproof.gateway.public_json import instrument_json, usd
from strikeproof.gateway.refusal import GatewayRefusal
from strikeproof.wire.constants import InstrumentStatus


def instrument(tick_value: int = 500, index_per_tick: int = 5 * 10**8, symbol: str = "X") -> Any:
    margins = (50_000, 25_000, 100, 500, 200_000, 10**6)
    prices = (192_801, 192_800, 96_400_500_000_000, 1_000, 7)
    funding = (Decimal("1.5"), 1, 2, -5, -3, 0)
    named = (1, symbol, InstrumentStatus.ACTIVE, 1, symbol)
    return Instrument(*named, tick_value, index_per_tick, *margins, *prices, *funding)


def test_units_are_exact_both_ways() -> None:
    terms = InstrumentTerms(instrument())
    assert (terms.price(192_801), terms.size(15), terms.price(0)) == ("96400.5", "0.015", None)
    assert (terms.ticks("96400.5"), terms.lots("0.015")) == (192_801, 15)
    with pytest.raises(PriceOffGrid):
        terms.ticks("96400.25")
    for wrong in ("0.0155", "0", "-1", 0.015, None, "1e3", "9" * 30):
        with pytest.raises(FieldInvalid):
            terms.lots(wrong)


@given(st.integers(1, 2**24), st.integers(1, 2**50), st.integers(1, 2**40))
def test_a_size_that_is_shown_is_the_size_that_is_read(tick: int, index: int, lots: int) -> None:
    terms = InstrumentTerms(instrument(tick, index))
    shown = terms.size(lots)
    if shown is not None:
        assert Fraction(shown) == Fraction(lots * tick * 1_000, index)


@given(st.integers(-(2**90), 2**90))
def test_money_is_shown_exactly(micro_usd: int) -> None:
    assert Fraction(usd(micro_usd) or "") * 10**6 == micro_usd


def test_an_allowance_says_when_there_is_enough() -> None:
    share = Allowance(10, 20, now=0)
    assert [share.take(15, 0), share.take(15, 0)] == [0, 1_000]
    assert share.take(15, 0.999) > 0
    assert share.take(15, 1.001) == 0


def test_a_tail_knows_what_it_forgot_and_what_never_was() -> None:
    async def run() -> None:
        tail: Tail[str] = Tail(3, 5)
        bell = tail.bell()
        for each in "abcd":
            tail.append(each)
        assert bell.is_set() and (tail.first, tail.following) == (6, 9)
        assert tail.since(6, 2) == ["b", "c"] and tail.since(9, 2) == []
        assert tail.since(5, 2) is None and tail.since(10, 2) is None

    asyncio.run(run())


def test_candles_follow_the_trades_of_their_interval() -> None:
    def trade(time_ms: int, price: int, lots: int) -> Trade:
        return Trade(1, 1, price, lots, False, time_ms, 1, 0, 0, 0, 1, 1, False)

    candles = Candles()
    for each in (trade(60_000, 10, 1), trade(60_500, 14, 2), trade(119_999, 8, 3)):
        candles.add(each)
    candles.add(trade(180_000, 9, 1))
    candles.add(replace(trade(180_001, 1, 900), is_block=True))  # no price of the market
    first, second = candles.latest("1m", 10)
    assert (first.open, first.high, first.low, first.close, first.lots) == (10, 14, 8, 8, 6)
    assert (second.time_ms, second.trades) == (180_000, 1)
    assert [each.trades for each in candles.latest("1h", 10)] == [4]


@given(st.one_of(st.none(), st.integers(), st.text(), st.binary().map(bytes.hex), st.floats()))
def test_whatever_is_no_op_is_refused(value: Any) -> None:
    for given_ in (value, {"primaryType": value, "message": {}, "signature": "0x"}, [value]):
        with pytest.raises((FieldInvalid, BadSignature, GatewayRefusal)):
            signed_op(given_ if not isinstance(given_, str) else "0x" + given_[:1])


def test_numbers_on_pages_read_well() -> None:
    assert (grouped("1234567.5"), grouped(None)) == ("1,234,567.5", "—")
    assert (percent("8.297375"), ether(67 * 10**15)) == ("0.00083 %", "0.067 ETH")
    assert (counted(1, "op"), counted(2_000, "op")) == ("1 op", "2,000 ops")
    assert (money("-1234.565"), span(90_061), span("0")) == ("-1,234.56", "1 d 1 h", "0 s")


def test_requests_beyond_a_hosts_rate_learn_when_to_come_back() -> None:
    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("ok")(scope, receive, send)

    async def run() -> list[httpx.Response]:
        guard = RequestGuard(inner, HostAllowances(0.5, 2), GatewayMetrics())
        transport = httpx.ASGITransport(guard, client=("10.0.0.1", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as http:
            return [await http.get("/api/v1/venue") for _ in range(3)]

    first, second, third = asyncio.run(run())
    assert (first.status_code, second.status_code, third.status_code) == (200, 200, 429)
    error = third.json()["error"]
    assert error["name"] == "RATE_LIMITED" and 1_000 < error["retry_after_ms"] <= 2_000
    assert third.headers["retry-after"] == "2"
    assert first.headers["x-content-type-options"] == "nosniff"


HOSTILE = '"><script>alert(1)</script>'


@pytest.mark.parametrize("host", ["venue.example:8080", "a; script-src *", "x' 'unsafe-inline'"])
def test_a_page_shows_what_a_venue_names_as_text(host: str) -> None:
    scope = {"type": "http", "method": "GET", "path": f"/{HOSTILE}", "query_string": b""}
    headers = [(b"host", host.encode())]
    request = Request({**scope, "headers": headers, "scheme": "http", "server": ("x", 1)})
    shown = [instrument_json(instrument(symbol=HOSTILE))]
    answer = Pages().page(request, "markets.html", instruments=shown)
    text = bytes(answer.body).decode()
    assert HOSTILE not in text and "&#34;&gt;&lt;script&gt;" in text
    policy = answer.headers["content-security-policy"]
    assert "script-src *" not in policy and "unsafe" not in policy
