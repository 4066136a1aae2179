"""Triggers by the law alone: set, kept, fired, dead (docs/protocol/triggers.md)."""

from __future__ import annotations

import pytest

from strikeproof.sequencer.core.record_key import trigger_key
from strikeproof.wire import layout
from strikeproof.wire.constants import COMPUTE_ACTION, COMPUTE_OP, COMPUTE_SIGNATURE
from strikeproof.wire.errors import Result
from tests.contracts.law_world import (
    ALICE,
    BOB,
    CAROL,
    GTC,
    MARK,
    SELL,
    World,
    be,
    cancel_all,
    key,
    op,
    place,
    set_account,
    set_instrument,
    venue,
)
from tests.contracts.trigger_ops import trigger_op

LOTS = 10
NANO_PER_TICK = 10**8


def opened(**band: int) -> World:
    """Return a venue where ALICE is long ten lots against BOB, and CAROL bids below."""
    world = venue()
    if band:
        world.govern(set_instrument(**band))
    assert world.act(BOB, place(1, GTC | SELL, MARK, LOTS)) == [Result.OK]
    assert world.act(ALICE, place(1, GTC, MARK, LOTS)) == [Result.OK]
    return world


def fire(world: World, account: int = ALICE, place: int = 0, instrument: int = 1) -> Result:
    body = be(account, 4) + be(instrument, 2) + be(place, 1)
    (code,) = world.ops(op(34, body))
    return Result(code)


def sets(world: World, account: int = ALICE, at: int = MARK, **terms: int) -> Result:
    (code,) = world.ops(trigger_op(world, account, at, **terms))
    return Result(code)


def stored(world: World, account: int = ALICE, place: int = 0) -> dict[str, int]:
    """Return a trigger's record by name."""
    record = world.state[trigger_key(account, 1, place)]
    names = [each.name for each in layout.TRIGGER_GROUP.fields]
    return dict(zip(names, layout.unpack_trigger(record), strict=True))


def test_it_lies_in_the_state_as_it_was_signed_with_its_entrys_epoch() -> None:
    world = opened()
    assert sets(world, at=MARK - 5, limit=3, lots=2**40 - 1, client_id=2**64 - 1) == Result.OK
    assert stored(world) == {
        "version": 1,
        "sell": 1,
        "reduce_only": 1,
        "falling": 1,
        "by_mark": 1,
        "trigger_price": (MARK - 5) * NANO_PER_TICK,
        "limit": 3,
        "lots": 2**40 - 1,
        "max_fee_ppm": 10**6,
        "expiry_ms": 0,
        "epoch": world.account(ALICE).positions[1]["epoch"],
        "client_id": 2**64 - 1,
    }
    again = {"lots": 1, "client_id": 0, "by_mark": 0}
    assert sets(world, at=MARK - 6, **again) == Result.OK
    found = stored(world)
    assert (found["lots"], found["client_id"], found["by_mark"], found["limit"]) == (1, 0, 0, 1)


def test_setting_weighs_an_op_and_its_signature() -> None:
    world = opened()
    result = world.dry_run(world.segment(trigger_op(world, ALICE, MARK)))
    assert result.results == b"\0"
    assert result.compute == COMPUTE_OP + COMPUTE_SIGNATURE


@pytest.mark.parametrize("by_mark", [0, 1])
@pytest.mark.parametrize("falling", [0, 1])
def test_it_fires_at_its_price_and_not_a_nano_usd_before(by_mark: int, falling: int) -> None:
    world = opened()
    world.act(CAROL, place(1, GTC, MARK - 1, LOTS))
    at, away = MARK * NANO_PER_TICK, -1 if falling else 1
    terms = {"by_mark": by_mark, "falling": falling}
    assert sets(world, **terms, trigger_price=at + away) == Result.OK
    assert fire(world) == Result.NOT_TRIGGERED
    assert stored(world)["trigger_price"] == at + away
    assert sets(world, **terms, trigger_price=at) == Result.OK
    assert fire(world) == Result.OK
    assert world.account(ALICE).positions == {}
    assert fire(world) == Result.TRIGGER_NOT_FOUND


def test_an_empty_place_keeps_its_version_and_nothing_else() -> None:
    world = opened()
    assert sets(world) == Result.OK
    nothing = dict.fromkeys(
        ("sell", "reduce_only", "falling", "by_mark", "limit", "lots", "max_fee_ppm", "client_id"),
        0,
    )
    assert sets(world, at=0, **nothing) == Result.OK
    assert world.state[trigger_key(ALICE, 1, 0)] == b"\1" + bytes(63)
    assert sets(world, at=0, **nothing) == Result.TRIGGER_NOT_FOUND


def test_its_limit_is_brought_within_the_band() -> None:
    """Nobody knows beforehand where the band will lie: a stop-loss at any price still sells."""
    world = opened(band=10_000)
    low = MARK - MARK // 100
    world.act(CAROL, place(1, GTC, low, 4), place(1, GTC, low - 1, 6))
    assert sets(world, limit=1) == Result.OK
    assert fire(world) == Result.IOC_REMAINDER
    assert world.account(ALICE).positions[1]["size"] == LOTS - 4


def test_its_own_limit_is_kept_within_the_band() -> None:
    world = opened()
    world.act(CAROL, place(1, GTC, MARK - 2, 4), place(1, GTC, MARK - 3, 6))
    assert sets(world, limit=MARK - 2) == Result.OK
    assert fire(world) == Result.IOC_REMAINDER
    assert world.account(ALICE).positions[1]["size"] == LOTS - 4
    assert fire(world) == Result.TRIGGER_NOT_FOUND


def test_makers_of_a_segment_end_no_trigger() -> None:
    """Dust in front of a book takes no stop-loss away."""
    world = opened()
    for low in range(9):
        world.act(CAROL, place(1, GTC, MARK - 1 - low, 1))
    assert sets(world, lots=50) == Result.OK
    assert fire(world) == Result.TOUCHES_EXHAUSTED
    assert stored(world)["lots"] == LOTS - 8  # what reduce-only had left of it
    assert stored(world)["client_id"] == 7
    assert fire(world) == Result.IOC_REMAINDER
    assert world.account(ALICE).positions[1]["size"] == 1
    assert fire(world) == Result.TRIGGER_NOT_FOUND


def test_reduce_only_never_opens_and_another_may() -> None:
    world = opened()
    world.act(CAROL, place(1, GTC, MARK, 50))
    assert sets(world, BOB) == Result.OK  # short: a sell does not reduce
    assert fire(world, BOB) == Result.NOTHING_TO_REDUCE
    assert fire(world, BOB) == Result.TRIGGER_NOT_FOUND
    assert sets(world, lots=30, reduce_only=0) == Result.OK
    assert fire(world) == Result.OK
    assert world.account(ALICE).positions[1]["size"] == LOTS - 30


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"max_fee_ppm": 0}, Result.FEE_TOO_HIGH),
        ({"reduce_only": 0, "lots": 2**40 - 1, "sell": 0, "limit": MARK}, Result.POSITION_LIMIT),
    ],
)
def test_a_refusal_of_its_order_spends_it(terms: dict[str, int], code: Result) -> None:
    world = opened()
    assert sets(world, **terms) == Result.OK
    assert fire(world) == code
    assert fire(world) == Result.TRIGGER_NOT_FOUND
    assert world.account(ALICE).positions[1]["size"] == LOTS


def test_halted_and_stale_keep_it() -> None:
    world = opened()
    assert sets(world) == Result.OK
    world.govern(set_instrument(status=3))
    assert fire(world) == Result.HALTED
    world.govern(set_instrument(status=1))
    world.now += 60_001
    assert fire(world) == Result.STALE_PRICE
    assert stored(world)["lots"] == LOTS


def test_it_dies_with_its_epoch_its_expiry_and_cancel_at() -> None:
    world = opened()
    assert sets(world) == Result.OK
    assert world.act(ALICE, cancel_all(1)) == [Result.OK]
    assert fire(world) == Result.TRIGGER_NOT_FOUND
    assert world.state[trigger_key(ALICE, 1, 0)] == b"\1" + bytes(63)
    until = world.now + 50
    assert sets(world, trigger_expiry_ms=until) == Result.OK
    world.now = until
    assert sets(world, place=1, trigger_expiry_ms=until) == Result.EXPIRED
    assert fire(world) == Result.TRIGGER_NOT_FOUND
    assert sets(world) == Result.OK
    set_account(world, ALICE, 64 + 26, world.now, 6)
    assert fire(world) == Result.TRIGGER_NOT_FOUND
    assert sets(world) == Result.EXPIRED


def test_it_needs_an_entry_when_it_is_set_and_when_it_fires() -> None:
    world = opened()
    assert sets(world, CAROL) == Result.NO_POSITION
    assert world.act(CAROL, place(1, GTC, MARK - 9, 3)) == [Result.OK]
    assert sets(world, CAROL) == Result.OK
    assert sets(world) == Result.OK
    assert world.act(BOB, place(1, GTC, MARK, LOTS)) == [Result.OK]
    assert world.act(ALICE, place(1, GTC | SELL, MARK, LOTS)) == [Result.OK]
    assert world.account(ALICE).positions == {}
    assert fire(world) == Result.TRIGGER_NOT_FOUND


def test_firing_by_hand_names_what_is_wrong() -> None:
    world = opened()
    assert fire(world, place=8) == Result.MALFORMED
    assert fire(world, 0) == Result.UNKNOWN_ACCOUNT
    assert fire(world, instrument=9) == Result.UNKNOWN_INSTRUMENT
    assert fire(world, place=7) == Result.TRIGGER_NOT_FOUND
    body = be(ALICE, 4) + b"\0\1\0"
    assert sets(world) == Result.OK
    assert world.message(3, op(34, body), key(9).address) == bytes([Result.IOC_REMAINDER])


def test_a_trigger_that_is_refused_weighs_an_action() -> None:
    world = opened()
    assert sets(world, at=MARK - 1) == Result.OK
    result = world.dry_run(world.segment(op(34, be(ALICE, 4) + b"\0\1\0")))
    assert result.results == bytes([Result.NOT_TRIGGERED])
    assert result.compute == COMPUTE_OP + COMPUTE_ACTION
    assert not result.changed.keys() - {0}
