"""`trade chain`: strikes with calls and puts, the volatility of a mark, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from click.testing import CliRunner

from strikeproof.cli.trade import group
from strikeproof.cli.trade_session import TradeSession
from strikeproof.client import Book, Instrument, Level
from strikeproof.client.expiry_report import SviTerms
from strikeproof.client.listed_expiry import ListedExpiry
from strikeproof.client.strike_pairs import mark_volatility, strike_pairs
from strikeproof.sequencer.api.market_service import _expiry_message, _instrument
from strikeproof.wire.constants import InstrumentKind, InstrumentStatus
from strikeproof.wire.errors import Result
from tests.unit.core.option_venue import CALL, EXPIRY_MS, INDEX, NANO, OptionVenue


@pytest.fixture(scope="module")
def venue() -> OptionVenue:
    """Return one with calls and puts at 66,000, 60,000 and 54,000, the last not priced."""
    found = OptionVenue()
    found.list_pair(strike=66_000)
    found.list_pair(strike=54_000)
    found.fresh()
    assert found.reprice(CALL + 2) == Result.OK
    return found


def instruments_of(venue: OptionVenue) -> list[Instrument]:
    engine = venue.engine
    return [Instrument.of_message(_instrument(engine, each)) for each in engine.instruments()]


def expiry_of(venue: OptionVenue) -> ListedExpiry:
    (found,) = venue.engine.expiries()
    return ListedExpiry.of_message(_expiry_message(found))


def test_strikes_rise_and_pair_calls_with_puts_of_their_expiry(venue: OptionVenue) -> None:
    listed = instruments_of(venue)
    pairs = strike_pairs(listed, expiry_of(venue))
    assert [each.strike_usd for each in pairs] == [54_000, 60_000, 66_000]
    for each in pairs:
        assert each.call and each.put
        assert (each.call.kind, each.put.kind) == (InstrumentKind.CALL, InstrumentKind.PUT)
        assert each.put.id == each.call.id + 1
    other = ListedExpiry(2, 1, EXPIRY_MS + 1, 10**9, 0, 0, 0, 0, 0, 0, SviTerms())
    assert strike_pairs(listed, other) == []
    (alone,) = strike_pairs([x for x in listed if x.id == CALL + 3], expiry_of(venue))
    assert alone.call is None and alone.put is not None


def test_mark_implies_the_volatility_that_it_was_priced_with(venue: OptionVenue) -> None:
    years = (EXPIRY_MS - venue.mark(CALL).pricing.priced_ms) / (365 * 86_400_000)
    priced_with = (0.022225 / years) ** 0.5
    for each in instruments_of(venue):
        if not each.strike:
            continue
        found = mark_volatility(each, 0)
        if not each.priced_ms:
            assert found is None
            continue
        assert found is not None and abs(float(found) - priced_with) < 2e-4  # a mark is whole ticks
        assert mark_volatility(replace(each, status=InstrumentStatus.SETTLED), 0) is None
        assert mark_volatility(replace(each, mark_price=2**32 - 1), 0) is None
        assert mark_volatility(replace(each, priced_ms=each.expiry_ms), 0) is None


class Node:
    """A client of a node with one expiry."""

    def __init__(self, venue: OptionVenue, now_ms: int) -> None:
        self._venue, self._now_ms = venue, now_ms

    def instruments(self) -> list[Instrument]:
        return instruments_of(self._venue)

    def expiries(self) -> list[ListedExpiry]:
        return [expiry_of(self._venue)]

    def now_ms(self) -> int:
        return self._now_ms

    def book(self, instrument: int, depth: int) -> Book:
        assert depth == 1
        bids = (Level(3_500, 4, 1),) if instrument == CALL else ()
        return Book(instrument, 1, bids, (), 0)


def run(monkeypatch: pytest.MonkeyPatch, node: Node, *arguments: str) -> Any:
    @contextmanager
    def client(self: TradeSession) -> Iterator[Node]:
        yield node

    monkeypatch.setattr(TradeSession, "client", client)
    return CliRunner().invoke(group, ["--endpoint", "127.0.0.1:1", "chain", *arguments])


def test_chain_is_a_table_or_json(venue: OptionVenue, monkeypatch: pytest.MonkeyPatch) -> None:
    node = Node(venue, venue.now)
    shown = run(monkeypatch, node)
    assert shown.exit_code == 0, shown.output
    rows = [[cell.strip() for cell in x.split("│")][1:-1] for x in shown.output.splitlines()]
    found = {row[6]: row for row in rows if len(row) == 13}
    assert list(found) == ["54,000", "60,000", "66,000"]
    assert found["54,000"] == ["-", "-", "-", "-", "-", "0", "54,000", *["-"] * 5, "0"]
    assert found["60,000"][:2] == ["3,500", "-"]
    assert [found["60,000"][place] for place in (4, 11)] == ["0.5297", "-0.4703"]
    told = json.loads(run(monkeypatch, node, "1", "--json").output)
    assert (told["expiry"], told["underlying"], told["expiry_ms"]) == (1, "ETH", EXPIRY_MS)
    assert [each["strike_usd"] for each in told["rows"]] == ["54000", "60000", "66000"]
    call = told["rows"][1]["call"]
    assert (call["bid_usd"], call["ask_usd"], call["status"]) == ("3500", None, "ACTIVE")
    assert Decimal(call["volatility"]) > Decimal("0.51") and call["delta"].startswith("0.52")
    assert told["rows"][0]["put"]["delta"] is None


@pytest.mark.parametrize(
    ("arguments", "is_over", "problem"),
    [
        (["2"], False, "no options are listed on expiry 2; expiries with options: 1"),
        ([], True, "no options are listed on any expiry that is not over"),
        (["0"], False, "0 is not in the range"),
        (["65536"], False, "65536 is not in the range"),
        (["x"], False, "'x' is not a valid integer"),
        (["1", "2"], False, "unexpected extra argument"),
    ],
)
def test_what_cannot_be_shown_is_one_line(
    venue: OptionVenue,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    is_over: bool,
    problem: str,
) -> None:
    node = Node(venue, EXPIRY_MS if is_over else venue.now)
    refused = run(monkeypatch, node, *arguments)
    assert refused.exit_code == 2 and "Traceback" not in refused.output
    assert problem in " ".join(refused.output.split())


def test_chain_that_is_over_is_shown_if_it_is_asked_for(
    venue: OptionVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = run(monkeypatch, Node(venue, EXPIRY_MS), "1")
    assert shown.exit_code == 0 and "66,000" in shown.output and "forward 60,000" in shown.output


def test_settled_chain_has_payoffs_and_no_greeks(monkeypatch: pytest.MonkeyPatch) -> None:
    venue = OptionVenue()
    venue.fresh()
    venue.now = EXPIRY_MS
    venue.price(INDEX)
    assert venue.settle_expiry(61_000 * NANO) == Result.OK
    assert venue.reprice() == Result.OK
    told = json.loads(run(monkeypatch, Node(venue, venue.now), "1", "--json").output)
    ((call, put),) = [(each["call"], each["put"]) for each in told["rows"]]
    assert (call["mark_usd"], put["mark_usd"]) == ("1000", "0")
    assert [each[name] for each in (call, put) for name in ("delta", "volatility")] == [None] * 4
    assert "settled at 61,000" in run(monkeypatch, Node(venue, venue.now), "1").output
