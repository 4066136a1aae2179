"""Triggers in the engine: events, views, a snapshot, and what an attacker would try."""

from __future__ import annotations

from typing import Any

import pytest

from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.engine_event import Fill
from strikeproof.sequencer.core.record_key import trigger_key
from strikeproof.sequencer.core.trigger_event import (
    TriggerEnded,
    TriggerEnding,
    TriggerFired,
    TriggerSet,
)
from strikeproof.wire.constants import OpType
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import (
    encode_announce_orphan,
    encode_cancel_all,
    encode_fire_trigger,
    encode_liquidate,
    encode_set_trigger_body,
    encode_settle_orphan,
)
from tests.unit.core.scripted_venue import FOREVER, USD, ScriptedVenue, key_of, signed_op

MARK = 300_000  # ticks of 0.01 USD
TICK = 10**7  # nano-USD
LOTS = 10
STOP: dict[str, int] = {
    "sell": 1,
    "reduce_only": 1,
    "falling": 1,
    "by_mark": 1,
    "trigger_price": MARK * TICK,
    "limit": 1,
    "lots": LOTS,
    "max_fee_ppm": 10**6,
    "trigger_expiry_ms": 0,
    "client_id": 7,
}
NOTHING = dict.fromkeys(STOP, 0)


def set_op(venue: ScriptedVenue, account: int, place: int = 0, **terms: int) -> bytes:
    session = terms.pop("session", 0)
    key = terms.pop("key", venue.owners[account])
    name = account + 1000 * session
    nonce = venue.nonces.get(name, 0)
    venue.nonces[name] = nonce + 1
    head = {"account": account, "session": session, "nonce": nonce, "expiry_ms": FOREVER}
    whole: dict[str, Any] = {"instrument": 1, "place": place, **STOP, **terms}
    return signed_op(OpType.SET_TRIGGER, encode_set_trigger_body(**head, **whole), key_of(key))


def sets(venue: ScriptedVenue, account: int = 1, place: int = 0, **terms: int) -> Result:
    return Result(venue.segment(set_op(venue, account, place, **terms))[0].code)


def fire_op(account: int = 1, place: int = 0) -> bytes:
    return encode_fire_trigger(account=account, instrument=1, place=place)


def fire(venue: ScriptedVenue, account: int = 1, place: int = 0) -> Result:
    return Result(venue.segment(fire_op(account, place))[0].code)


def opened(deposit: int = 10**6 * USD) -> ScriptedVenue:
    """Return a venue where account 1 is long ten lots against 2, and 3 has nothing."""
    venue = ScriptedVenue(accounts=3, deposit=deposit)
    venue.sell(2, MARK, LOTS)
    venue.buy(1, MARK, LOTS)
    return venue


def test_what_happens_is_told() -> None:
    venue = opened()
    venue.buy(3, MARK - 1, LOTS)
    assert sets(venue) == Result.OK
    told = TriggerSet(1, 1, 0, 1, 1, 1, 1, MARK * TICK, 1, LOTS, 10**6, 0, 7)
    assert venue.last.outcomes[0].events == [told]
    assert fire(venue) == Result.OK
    events = venue.last.outcomes[0].events
    assert any(isinstance(each, Fill) for each in events)
    assert events[-1] == TriggerFired(1, 1, 0, 7, 1, MARK * TICK, LOTS, Result.OK, 0)
    assert venue.last.outcomes[0].is_ordered
    assert sets(venue, 3) == Result.OK
    assert sets(venue, 3, **NOTHING) == Result.OK
    assert venue.last.outcomes[0].events == [TriggerEnded(3, 1, 0, 7, TriggerEnding.TAKEN_BACK)]


def test_a_dead_one_is_ordered_and_emptied_and_a_waiting_one_leaves_no_trace() -> None:
    venue = opened()
    assert sets(venue, trigger_price=(MARK - 1) * TICK) == Result.OK
    before = venue.engine.state_root()
    assert fire(venue) == Result.NOT_TRIGGERED
    assert venue.engine.state_root() == before
    venue.act(1, encode_cancel_all(instrument=0))
    (view,) = venue.engine.triggers_of(1)
    assert not view.is_live
    assert fire(venue) == Result.TRIGGER_NOT_FOUND
    assert venue.last.outcomes[0].events == [TriggerEnded(1, 1, 0, 7, TriggerEnding.DEAD)]
    assert venue.engine.record(trigger_key(1, 1, 0)) == b"\1" + bytes(63)


def test_all_places_are_seen_and_survive_a_snapshot() -> None:
    venue = opened()
    for place in range(8):
        assert sets(venue, place=place, client_id=2**64 - 1 - place) == Result.OK
    seen = venue.engine.triggers_of(1)
    assert [each.place for each in seen] == list(range(8))
    assert {each.is_live for each in seen} == {True}
    again = Engine.restore(venue.engine.snapshot())
    assert again.triggers_of(1) == seen
    assert again.state_root() == venue.engine.state_root()


def test_a_session_key_may_set_one() -> None:
    venue = opened()
    venue.segment(venue.set_session_op(1, 1, 77))
    assert sets(venue, session=1, key=77) == Result.OK
    assert sets(venue, session=2, key=77) == Result.UNKNOWN_SESSION


def test_a_replayed_op_sets_nothing_again() -> None:
    venue = opened()
    op = set_op(venue, 1)
    assert venue.segment(op)[0].code == Result.OK
    assert sets(venue, **NOTHING) == Result.OK
    assert venue.segment(op)[0].code == Result.NONCE_USED
    assert venue.engine.triggers_of(1) == ()


def test_a_liquidation_in_the_same_segment_kills_it() -> None:
    """The account's orders die with it, and triggers as they do: no order of a closed position."""
    venue = opened(deposit=40 * USD)
    venue.segment(set_op(venue, 1, trigger_price=(MARK - 5_000) * TICK, lots=LOTS))
    venue.deposit(3, 10**6 * USD)
    venue.price(2_400 * 10**9)
    while venue.engine.triggers_of(1) and venue.engine.triggers_of(1)[0].is_live:
        outcomes = venue.segment(encode_liquidate(account=1, instrument=1), fire_op())
        if Result(outcomes[0].code) in (Result.NOT_LIQUIDATABLE, Result.STALE_PRICE):
            pytest.fail(Result(outcomes[0].code).name)
    assert Result(outcomes[1].code) == Result.TRIGGER_NOT_FOUND


def test_two_of_one_account_do_not_set_each_other_off() -> None:
    """A stop and a take-profit: firing one moves no price, and leaves the other nothing to do."""
    venue = opened()
    venue.buy(3, MARK - 1, LOTS)
    above = {"falling": 0, "trigger_price": (MARK + 1) * TICK}
    assert sets(venue) == Result.OK
    assert sets(venue, place=1, **above) == Result.OK
    assert fire(venue) == Result.OK
    assert fire(venue, place=1) == Result.TRIGGER_NOT_FOUND  # its entry is gone
    assert venue.sizes().get(1, 0) == 0


def test_a_reduce_only_one_on_a_flipped_position_does_nothing() -> None:
    venue = opened()
    assert sets(venue) == Result.OK
    venue.buy(3, MARK, 3 * LOTS)
    venue.sell(1, MARK, 2 * LOTS)
    assert venue.sizes()[1] == -LOTS
    assert fire(venue) == Result.NOTHING_TO_REDUCE
    assert venue.sizes()[1] == -LOTS


def test_a_settled_instrument_has_none() -> None:
    venue = opened()
    assert sets(venue) == Result.OK
    venue.now += 86_400_000
    venue.segment(encode_announce_orphan(underlying=1))
    venue.now += 86_400_000
    assert venue.segment(encode_settle_orphan(instrument=1))[0].code == Result.OK
    assert fire(venue) == Result.TRIGGER_NOT_FOUND
    assert sets(venue) == Result.INSTRUMENT_SETTLED
    assert sets(venue, **NOTHING) == Result.TRIGGER_NOT_FOUND


@pytest.mark.parametrize(
    "terms",
    [
        {"trigger_price": 2**64 - 1, "limit": 2**32 - 1, "lots": 2**40 - 1, "sell": 0},
        {"trigger_price": 1, "limit": 1, "falling": 0, "lots": 2**40 - 1},
        {"max_fee_ppm": 2**32 - 1, "trigger_expiry_ms": 2**48 - 1, "client_id": 2**64 - 1},
    ],
)
def test_fields_at_their_ends_are_kept_and_fire(terms: dict[str, int]) -> None:
    venue = opened()
    assert sets(venue, **terms) == Result.OK
    (view,) = venue.engine.triggers_of(1)
    assert (view.lots, view.limit) == (terms.get("lots", LOTS), terms.get("limit", 1))
    assert fire(venue) in (Result.IOC_REMAINDER, Result.NOTHING_TO_REDUCE)
    assert venue.engine.triggers_of(1) == ()


def test_a_limit_beyond_the_band_is_its_edge() -> None:
    venue = opened()
    view = venue.engine.instrument(1)
    assert view is not None
    edge = MARK - MARK * view.price_band_ppm // 10**6
    venue.buy(3, edge, 4)
    venue.buy(3, edge - 1, 6)
    assert sets(venue, limit=1) == Result.OK
    assert fire(venue) == Result.IOC_REMAINDER
    assert venue.sizes()[1] == LOTS - 4


def test_what_a_segments_makers_leave_waits_on() -> None:
    venue = opened()
    for below in range(9):
        venue.buy(3, MARK - 1 - below, 1)
    assert sets(venue) == Result.OK
    assert fire(venue) == Result.TOUCHES_EXHAUSTED
    fired = venue.last.outcomes[0].events[-1]
    assert isinstance(fired, TriggerFired)
    assert (fired.lots, fired.lots_waiting) == (LOTS, 2)
    (view,) = venue.engine.triggers_of(1)
    assert (view.lots, view.is_live) == (2, True)
    assert fire(venue) == Result.IOC_REMAINDER


def test_a_price_between_two_ticks_waits_for_the_mark_below_it() -> None:
    """A mark is whole ticks, rounded down: a rising trigger inside a tick waits for the next."""
    venue = opened()
    above = {"falling": 0, "trigger_price": MARK * TICK + 1}
    assert sets(venue, **above) == Result.OK
    venue.price(MARK * TICK + TICK - 1)
    assert fire(venue) == Result.NOT_TRIGGERED
    venue.price(MARK * TICK + TICK)
    assert fire(venue) == Result.IOC_REMAINDER
