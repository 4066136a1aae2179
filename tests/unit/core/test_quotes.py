"""Quotes in the engine: their events, codes, and what they weigh and reserve."""

from __future__ import annotations

from typing import Any

import pytest

from strikeproof.sequencer.core.engine_event import Amended, RemovalReason, Removed, Rested
from strikeproof.sequencer.core.ops.bundle import Bundle
from strikeproof.sequencer.core.ops.op_table import decode_op
from strikeproof.wire.constants import (
    COMPUTE_ACTION,
    COMPUTE_MARGIN,
    COMPUTE_OP,
    COMPUTE_POSITION,
    COMPUTE_QUOTE,
    COMPUTE_SIGNATURE,
    OpType,
    OrderFlag,
)
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import encode_bundle, encode_cancel_all, encode_place, encode_quote
from tests.unit.core.scripted_venue import ScriptedVenue

POST_ONLY = int(OrderFlag.POST_ONLY)
OK, GONE = Result.OK, Result.ORDER_NOT_FOUND


def quote(bid: tuple[int, ...] = (), ask: tuple[int, ...] = (), **terms: int) -> bytes:
    """Return a quote of instrument 1: of each side price, lots, slot, serial."""
    names = ("price", "lots", "slot", "serial")
    sides = {
        f"{side}_{name}": value
        for side, values in (("bid", bid), ("ask", ask))
        for name, value in zip(names, values, strict=False)
    }
    shared: dict[str, Any] = {"instrument": 1, "flags": POST_ONLY, **terms}
    return encode_quote(**shared, **sides)


@pytest.fixture
def venue() -> ScriptedVenue:
    """A venue where account 1 quotes: its bid is order 1, its ask order 2."""
    made = ScriptedVenue(accounts=2)
    mark = made.engine.instrument(1).mark_price
    outcome = made.bundle(1, quote((mark - 10, 5), (mark + 10, 5)))
    assert outcome.action_codes == bytes((OK, OK))
    return made


def mark_of(venue: ScriptedVenue) -> int:
    return venue.engine.instrument(1).mark_price


def test_events_say_which_of_the_signed_actions_they_are_of(venue: ScriptedVenue) -> None:
    mark = mark_of(venue)
    far = encode_place(instrument=1, flags=0, price=mark - 90, lots=5)
    moved = quote((mark - 20, 5, 1, 1), (mark + 10, 4, 2, 2), client_id=8)
    outcome = venue.bundle(1, far, moved, far)
    assert outcome.action_codes == bytes(4)
    told = [(type(each), each.action) for each in outcome.events]  # type: ignore[union-attr]
    assert told == [(Rested, 0), (Removed, 1), (Amended, 2), (Rested, 1), (Rested, 3)]
    removed, amended = outcome.events[1:3]
    assert isinstance(removed, Removed)
    assert (removed.serial, removed.reason) == (1, RemovalReason.REPLACED)
    assert isinstance(amended, Amended)
    assert (amended.serial, amended.lots, amended.client_id, amended.is_sell) == (2, 4, 8, True)


def test_both_leave_before_either_enters(venue: ScriptedVenue) -> None:
    mark = mark_of(venue)
    up = quote((mark + 30, 5, 1, 1), (mark + 50, 5, 2, 2))
    assert venue.bundle(1, up).action_codes == bytes((OK, OK))
    down = quote((mark - 50, 5, 2, 3), (mark - 30, 5, 1, 4))
    assert venue.bundle(1, down).action_codes == bytes((OK, OK))
    prices = sorted(each.price for each in venue.engine.orders_of(1))
    assert prices == [mark - 50, mark - 30]


def test_a_side_that_is_gone_leaves_the_other_alone(venue: ScriptedVenue) -> None:
    mark = mark_of(venue)
    assert venue.act(1, encode_cancel_all(instrument=1)) == OK
    outcome = venue.bundle(1, quote((mark - 9, 5, 1, 1), (mark + 9, 5)))
    assert outcome.action_codes == bytes((GONE, OK))
    assert [each.is_sell for each in venue.engine.orders_of(1) if each.price == mark + 9] == [True]


def test_an_atomic_quote_is_undone_on_both_sides(venue: ScriptedVenue) -> None:
    mark = mark_of(venue)
    book = venue.engine.book(1)
    half = quote((mark - 9, 5, 1, 1), (mark + 9, 5, 2, 7))
    outcome = venue.bundle(1, half, quote((mark - 9, 5)), atomic=1)
    undone = Result.ATOMIC_UNDONE
    assert outcome.action_codes == bytes((undone, GONE, undone, undone))
    assert not outcome.events
    assert venue.engine.book(1) == book


def test_a_quote_is_signed_as_two_and_reserves_as_two_replaces() -> None:
    data = encode_bundle(
        account=1,
        session=0,
        nonce=0,
        expiry_ms=1,
        max_fee_ppm=0,
        actions=[quote((1, 1)), quote((1, 1), (2, 1))],
        signature=bytes(64),
    )
    op = decode_op(OpType.BUNDLE, data[3:])
    assert isinstance(op, Bundle)
    assert [each.flags & 1 for each in op.actions] == [0, 1, 0, 1]
    assert (op.order_count, op.named_count, op.key_count) == (4, 2, 24)


def test_a_quote_weighs_two_actions_and_a_margin_test_for_each_that_rests(
    venue: ScriptedVenue,
) -> None:
    mark = mark_of(venue)
    signed = COMPUTE_OP + COMPUTE_QUOTE + COMPUTE_SIGNATURE + 2 * COMPUTE_ACTION
    test = 2 * (COMPUTE_MARGIN + COMPUTE_POSITION)
    venue.bundle(1, quote((mark - 20, 5, 1, 1), (mark + 20, 5, 2, 2)))
    assert venue.last.compute_weight == signed + 2 * test
    venue.bundle(1, quote((mark - 20, 4, 2, 3), (mark + 20, 4, 1, 4)))
    assert venue.last.compute_weight == signed
    venue.bundle(1, quote((mark - 20, 4), instrument=9))
    assert venue.last.compute_weight == signed
    unknown = venue.bundle_op(1, quote((mark - 20, 4)), session=3)
    venue.segment(unknown)
    assert venue.last.compute_weight == COMPUTE_OP + COMPUTE_QUOTE
