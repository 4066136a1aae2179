"""What a trigger's life is in its account's events, by engine and index."""

from __future__ import annotations

from strikeproof.sequencer.history.order_event import (
    BY_MARK_FLAG,
    FALLING_FLAG,
    REDUCE_ONLY_FLAG,
    OpDone,
    OrderEvent,
    OrderEventKind,
    decode_event,
    encode_event,
    order_events,
)
from strikeproof.sequencer.order.op_place import OpPlace
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import encode_cancel_all
from tests.unit.core.scripted_venue import ScriptedVenue
from tests.unit.core.test_triggers import LOTS, MARK, NOTHING, TICK, set_op

SET, ENDED, TRIGGERED = (
    OrderEventKind.TRIGGER_SET,
    OrderEventKind.TRIGGER_ENDED,
    OrderEventKind.TRIGGERED,
)


def told(venue: ScriptedVenue) -> list[OrderEvent]:
    """Return what the last segment's first op reports, through the store's own form."""
    events = venue.last.outcomes[0].events
    found = order_events(OpDone(OpPlace(1, 0, 0), venue.now, None, b"", events))
    return [decode_event(list(map(int, encode_event(each)[1:-1].split(",")))) for each in found]


def place_of(event: OrderEvent) -> tuple[int, int, int]:
    return event.kind, event.place, event.reason


def test_a_trigger_is_told_when_set_replaced_and_taken_back() -> None:
    venue = ScriptedVenue(accounts=1)
    venue.buy(1, MARK // 2, 10)
    venue.segment(set_op(venue, 1, 4, trigger_expiry_ms=venue.now + 10**6))
    (first,) = told(venue)
    assert place_of(first) == (SET, 4, 0)
    assert (first.lots, first.trigger_price, first.client_id) == (LOTS, MARK * TICK, 7)
    assert first.trigger_flags == REDUCE_ONLY_FLAG | FALLING_FLAG | BY_MARK_FLAG
    assert first.until_ms > venue.now
    venue.segment(set_op(venue, 1, 4, reduce_only=0, by_mark=0, trigger_price=TICK))
    ended, second = told(venue)
    assert place_of(ended) == (ENDED, 4, 3)
    assert (ended.client_id, second.trigger_flags) == (7, FALLING_FLAG)
    venue.segment(set_op(venue, 1, 4, **NOTHING))
    assert [place_of(each) for each in told(venue)] == [(ENDED, 4, 1)]


def test_a_trigger_that_another_one_overwrites_after_its_death_was_dead() -> None:
    venue = ScriptedVenue(accounts=1)
    venue.buy(1, MARK // 2, 10)
    venue.segment(set_op(venue, 1, 0))
    venue.act(1, encode_cancel_all(instrument=1))
    venue.buy(1, MARK // 2, 10)
    venue.segment(set_op(venue, 1, 0))
    assert [place_of(each) for each in told(venue)] == [(ENDED, 0, 2), (SET, 0, 0)]


def test_an_event_of_an_older_release_lacks_a_trigger() -> None:
    old = [1, 1, 0, 0, 0, int(TRIGGERED), 5, 1, 0, 0, 1, 0, 9, 0, 0, 0, 7, int(Result.OK), 0, 0, 0]
    assert decode_event(list(old)).place == 0
