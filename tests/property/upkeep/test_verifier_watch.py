"""The verifier's watch against the engine: it finds the same accounts, from records alone."""

from __future__ import annotations

import pytest

from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.snapshot import read_records
from strikeproof.verifier.watch.upkeep_report import UpkeepReport
from strikeproof.verifier.watch.upkeep_watch import Episode, Subject, UpkeepKind, UpkeepWatch
from strikeproof.wire.constants import (
    FUNDING_SPACING_MS,
    ORPHAN_AGE_MS,
    ORPHAN_NOTICE_MS,
    UNWIND_WINDOW_MS,
)
from strikeproof.wire.operations import (
    encode_announce_orphan,
    encode_deleverage,
    encode_liquidate,
    encode_settle_orphan,
    encode_settle_position,
)
from tests.property.upkeep.test_liquidation_watch import STEPS, RandomVenue
from tests.unit.core.test_liquidation import Market


class FollowedState:
    """An engine's records, as a verifier would hold them, and the watch that follows them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._records = dict(read_records(engine.snapshot()))
        self.watch = UpkeepWatch(lambda key: self._records.get(key, b""))
        self.watch.load(self._records)

    def look(self) -> set[Subject]:
        """Follow what has changed, and look, as after a batch."""
        now = dict(read_records(self._engine.snapshot()))
        changed = {key: value for key, value in now.items() if self._records.get(key) != value}
        before = {key: self._records.get(key, b"") for key in changed}
        self._records = now
        self.watch.update(before, changed)
        self.watch.look()
        return {each.subject for each in self.watch.going_on}

    def waiting(self, kind: UpkeepKind) -> list[int]:
        return sorted(each.id for each in self.look() if each.kind is kind)


@pytest.mark.parametrize("seed", range(3))
def test_it_knows_exactly_the_accounts_that_a_scan_finds(seed: int) -> None:
    venue = RandomVenue(seed)
    followed = FollowedState(venue.engine)
    queries = venue.engine.upkeep()
    seen, unwound = set(), 0
    for number in range(STEPS):
        venue.step()
        assert followed.waiting(UpkeepKind.BELOW_MAINTENANCE) == venue.below(), number
        clock_ms = venue.engine.clock_ms
        due = [each for each in venue.below() if queries.liquidation(each, clock_ms)]
        assert followed.waiting(UpkeepKind.LIQUIDATION) == due, number
        instruments = range(1, queries.instrument_count() + 1)
        assert followed.waiting(UpkeepKind.FUNDING) == [
            each for each in instruments if queries.may_fund(each, clock_ms)
        ]
        assert followed.waiting(UpkeepKind.DELEVERAGING) == [
            each for each in instruments if queries.must_deleverage(each, clock_ms)
        ]
        assert followed.waiting(UpkeepKind.UNWINDING) == [
            each for each in instruments if queries.may_unwind(each, clock_ms)
        ], number
        unwound += bool(followed.waiting(UpkeepKind.UNWINDING))
        seen.update(due)
    assert seen and unwound


def test_it_says_for_how_long_a_liquidation_was_withheld() -> None:
    market = Market()
    followed = FollowedState(market.engine)
    followed.look()
    market.price(2_780 * 10**9)
    followed.look()
    since_ms = followed.watch.clock_ms
    subject = Subject(UpkeepKind.LIQUIDATION, 1)
    for _ in range(3):
        market.now += 10_000
        market.report_price(2_780 * 10**9)
        assert subject in followed.look()
    assert followed.watch.longest_ms(UpkeepKind.LIQUIDATION) == followed.watch.clock_ms - since_ms
    while subject in followed.look():
        market.segment(encode_liquidate(account=1, instrument=1))
    (ended,) = [each for each in followed.watch.ended if each.subject == subject]
    assert (ended.since_ms, ended.until_ms) == (since_ms, followed.watch.clock_ms)
    assert ended.until_ms is not None
    assert ended.until_ms - since_ms >= 30_000


def test_what_nobody_would_trade_is_below_and_not_withheld() -> None:
    market = Market()
    followed = FollowedState(market.engine)
    market.price(2_830 * 10**9)
    assert followed.waiting(UpkeepKind.BELOW_MAINTENANCE) == [1]
    assert followed.waiting(UpkeepKind.LIQUIDATION) == []
    market.buy(3, 282_500, 1_000)
    assert followed.waiting(UpkeepKind.LIQUIDATION) == [1]


def test_funding_is_due_until_it_is_sampled() -> None:
    market = Market()
    followed = FollowedState(market.engine)
    market.fund()
    assert followed.waiting(UpkeepKind.FUNDING) == []
    market.now += FUNDING_SPACING_MS
    market.report_price(3_000 * 10**9)
    assert followed.waiting(UpkeepKind.FUNDING) == [1]
    market.fund()
    assert followed.waiting(UpkeepKind.FUNDING) == []


def test_a_house_below_its_margin_is_seen_until_it_is_deleveraged() -> None:
    market = Market()
    followed = FollowedState(market.engine)
    market.price(2_600 * 10**9)
    market.segment(encode_liquidate(account=1, instrument=1))
    market.now += UNWIND_WINDOW_MS
    market.report_price(2_600 * 10**9)
    assert followed.waiting(UpkeepKind.DELEVERAGING) == [1]
    market.segment(encode_deleverage(instrument=1))
    assert followed.waiting(UpkeepKind.DELEVERAGING) == []


def test_positions_in_a_settled_instrument_are_due_until_they_are_paid_out() -> None:
    market = Market()
    followed = FollowedState(market.engine)
    holders = sorted(
        id
        for id, each in market.engine._state.accounts.items()
        if any(p.size for p in each.positions)
    )
    assert holders and followed.waiting(UpkeepKind.SETTLEMENT) == []
    market.now += ORPHAN_AGE_MS
    market.segment(encode_announce_orphan(underlying=1))
    market.now += ORPHAN_NOTICE_MS
    market.segment(encode_settle_orphan(instrument=1))
    assert followed.waiting(UpkeepKind.SETTLEMENT) == holders
    market.segment(encode_settle_position(account=holders[0], instrument=1))
    assert followed.waiting(UpkeepKind.SETTLEMENT) == holders[1:]


def test_what_was_found_before_a_restart_goes_on() -> None:
    market = Market()
    followed = FollowedState(market.engine)
    market.price(2_780 * 10**9)
    followed.look()
    since_ms = followed.watch.clock_ms
    kept = UpkeepReport.from_json(UpkeepReport.of(followed.watch).to_json())
    market.now += 10_000
    market.report_price(2_780 * 10**9)
    again = FollowedState(market.engine)
    again.watch.resume(
        [*kept.going_on, Episode(Subject(UpkeepKind.FUNDING, 9), 1, None)], kept.ended
    )
    assert Subject(UpkeepKind.LIQUIDATION, 1) in again.look()
    assert again.watch.longest_ms(UpkeepKind.LIQUIDATION) == again.watch.clock_ms - since_ms > 0
    assert [each.subject.id for each in again.watch.ended] == [9], "no longer due: it has ended"
