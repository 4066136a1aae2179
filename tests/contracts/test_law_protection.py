"""The law's protections: what is counted, what dies of it, what is frozen (protection.md).

Attack 53: a protection passed in the middle of an op.
"""

from __future__ import annotations

import pytest

from strikeproof.wire import layout
from strikeproof.wire.constants import COMPUTE_OP, COMPUTE_SIGNATURE
from strikeproof.wire.errors import Result
from tests.contracts.law_world import (
    ALICE,
    BOB,
    FOK,
    GTC,
    IOC,
    MARK,
    SELL,
    World,
    cancel,
    place,
    venue,
)
from tests.contracts.protection_ops import protection_op

WINDOW, FREEZE, LOTS = 1_000, 5_000, 10
UNLIMITED = 2**63 - 1
GREEKS = (UNLIMITED, UNLIMITED)  # most delta and vega
LOT = 10**6  # delta of one, 10^-9 units
NAMES = [each.name for each in layout.ACCOUNT_GROUP.fields]


def protection(world: World, account: int = ALICE) -> list[int]:
    """Return underlying, window, freeze, start, frozen until, most lots, lots, most delta and vega,
    delta and vega of an account."""
    fields = dict(zip(NAMES, layout.unpack_account(world.state[1 << 56 | account]), strict=True))
    return [value for name, value in fields.items() if name.startswith("protect")]


@pytest.fixture
def world() -> World:
    """Alice, protected, asks for 20 lots at two prices of instrument 1."""
    world = venue()
    assert world.ops(protection_op(world, ALICE, 1, WINDOW, FREEZE, LOTS, *GREEKS)) == b"\0"
    asks = [place(1, GTC | SELL, MARK + at, 20) for at in (0, 1)]
    assert world.act(ALICE, *asks) == [Result.OK] * 2
    return world


def test_the_limit_is_passed_by_one_lot(world: World) -> None:
    assert world.act(BOB, place(1, IOC, MARK, LOTS)) == [Result.OK]
    counted = [*GREEKS, -LOTS * LOT, 0]
    assert protection(world) == [1, WINDOW, FREEZE, world.now, 0, LOTS, LOTS, *counted]
    epoch = world.account(ALICE).positions[1]["epoch"]
    assert world.act(BOB, place(1, IOC, MARK, 1)) == [Result.OK]
    frozen = world.now + FREEZE
    assert protection(world) == [1, WINDOW, FREEZE, world.now, frozen, LOTS, 0, *GREEKS, 0, 0]
    entry = world.account(ALICE).positions[1]
    assert (entry["epoch"], entry["open_orders"], entry["sell_lots"]) == (epoch + 1, 0, 0)
    assert world.act(BOB, place(1, IOC, MARK + 1, 1)) == [Result.IOC_REMAINDER]


def test_what_follows_in_the_same_order_finds_the_orders_dead(world: World) -> None:
    """The first order fills whole, and that passes the limit: the second is gone."""
    assert world.act(BOB, place(1, IOC, MARK + 1, 40)) == [Result.IOC_REMAINDER]
    assert world.account(BOB).positions[1]["size"] == 20
    assert world.account(ALICE).positions[1]["linked"] == 0


def test_a_window_ends_to_the_millisecond(world: World) -> None:
    world.act(BOB, place(1, IOC, MARK, 6))
    world.now += WINDOW - 1
    world.act(BOB, place(1, IOC, MARK, 4))
    assert protection(world)[6] == LOTS
    world.now += 1
    world.act(BOB, place(1, IOC, MARK, 7))
    counted = [*GREEKS, -7 * LOT, 0]
    assert protection(world) == [1, WINDOW, FREEZE, world.now, 0, LOTS, 7, *counted]


def test_nothing_rests_during_a_freeze(world: World) -> None:
    world.act(BOB, place(1, IOC, MARK, LOTS + 1))
    world.now += FREEZE - 1
    early = [place(1, GTC, MARK - 5, 1), place(1, IOC, MARK - 5, 1), cancel(1, 1, 1)]
    refused = [Result.PROTECTION_FROZEN, Result.IOC_REMAINDER, Result.OK]
    assert world.act(ALICE, *early) == refused
    world.now += 1
    assert world.act(ALICE, place(1, GTC, MARK - 5, 1)) == [Result.OK]


def test_a_fill_that_is_undone_counts_nothing(world: World) -> None:
    before = world.state[1 << 56 | ALICE]
    assert world.act(BOB, place(1, FOK, MARK + 1, 41)) == [Result.FOK_UNFILLED]
    assert world.state[1 << 56 | ALICE] == before


def test_taken_back_it_counts_nothing(world: World) -> None:
    assert world.ops(protection_op(world, ALICE, *[0] * 6)) == b"\0"
    world.act(BOB, place(1, IOC, MARK, LOTS + 1))
    assert protection(world) == [0] * 11
    assert world.account(ALICE).positions[1]["open_orders"] == 2


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ((1, 1, 0, 0, 0, 0), Result.OK),
        ((1, 2**32 - 1, 2**32 - 1, 2**40 - 1, UNLIMITED, UNLIMITED), Result.OK),
        ((1, 0, 1, 1, 1, 1), Result.MALFORMED),
        ((1, 1, 1, 1, UNLIMITED + 1, 1), Result.MALFORMED),
        ((1, 1, 1, 1, 1, UNLIMITED + 1), Result.MALFORMED),
        *((tuple(int(each == at) for each in range(6)), Result.MALFORMED) for at in range(1, 6)),
        ((9, 1, 0, 0, 0, 0), Result.UNKNOWN_UNDERLYING),
    ],
)
def test_ends_of_each_field(limits: tuple[int, ...], code: Result) -> None:
    world = venue()
    assert world.ops(protection_op(world, ALICE, *limits)) == bytes([code])
    underlying, window, freeze, lots, *greeks = limits if code == Result.OK else [0] * 6
    assert protection(world) == [underlying, window, freeze, 0, 0, lots, 0, *greeks, 0, 0]


def test_without_epochs_left_orders_stay_and_the_account_is_frozen(world: World) -> None:
    key = 1 << 56 | ALICE
    last = layout.ACCOUNT_EPOCH_COUNTER_GREATEST
    record = bytearray(world.state[key])
    head = int.from_bytes(record[:32], "big")
    shift = 256 - 8 - 160 - 8 - 48  # epoch_counter, behind version, owner and position_count
    head = head & ~(last << shift) | last << shift
    world.state[key] = head.to_bytes(32, "big") + bytes(record[32:])
    assert world.act(BOB, place(1, IOC, MARK, LOTS + 1)) == [Result.OK]
    assert protection(world)[4] == world.now + FREEZE
    assert world.account(ALICE).positions[1]["open_orders"] == 2
    assert world.act(ALICE, place(1, GTC, MARK - 5, 1)) == [Result.PROTECTION_FROZEN]


def test_it_weighs_an_op_and_its_signature() -> None:
    world = venue()
    result = world.dry_run(world.segment(protection_op(world, ALICE, 1, 1, 1, 1, 1, 1)))
    assert result.compute == COMPUTE_OP + COMPUTE_SIGNATURE
