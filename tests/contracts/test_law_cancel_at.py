"""The law's SetCancelAt: what died of it stays dead, and what it weighs (user-ops.md)."""

from __future__ import annotations

from strikeproof.wire.constants import COMPUTE_OP, COMPUTE_SIGNATURE
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import encode_sweep
from tests.contracts.law_world import (
    ALICE,
    BOB,
    CAROL,
    GTC,
    IOC,
    MARK,
    SELL,
    World,
    cancel_at_body,
    digest,
    key,
    op,
    place,
    replace,
    set_account,
    venue,
)


def test_what_died_stays_dead_when_the_time_is_moved() -> None:
    world = venue()
    world.act(ALICE, place(1, GTC | SELL, MARK, 5))
    epoch = world.account(ALICE).positions[1]["epoch"]
    assert world.ops(world.cancel_at_op(ALICE, world.now + 5)) == b"\0"
    assert world.account(ALICE).positions[1]["epoch"] == epoch  # nothing had died
    world.now += 4
    assert world.act(BOB, place(1, IOC, MARK, 2)) == [Result.OK]
    world.now += 1
    assert world.ops(world.cancel_at_op(ALICE, world.now + 5)) == b"\0"
    entry = world.account(ALICE).positions[1]
    assert entry["epoch"] == epoch + 1
    assert (entry["open_orders"], entry["sell_lots"], entry["linked"]) == (0, 0, 1)
    assert world.act(BOB, place(1, IOC, MARK, 2)) == [Result.IOC_REMAINDER]
    assert world.act(ALICE, place(1, GTC | SELL, MARK, 5)) == [Result.OK]


def test_it_weighs_an_op_and_its_signature() -> None:
    world = venue()
    result = world.dry_run(world.segment(world.cancel_at_op(ALICE, 5)))
    assert result.compute == COMPUTE_OP + COMPUTE_SIGNATURE


def test_a_stranger_may_not_set_it() -> None:
    world = venue()
    body, hashed = cancel_at_body(ALICE, 0, world.next_nonce(ALICE, 0), 1, 2**48 - 1)
    stranger = op(15, body + key(9).sign(digest(hashed)))
    assert world.ops(stranger) == bytes([Result.BAD_SIGNATURE])


def cancel_at(world: World, account: int, time: int) -> None:
    set_account(world, account, 64 + 26, time, 6)


def test_orders_die_when_their_account_says() -> None:
    world = venue()
    world.act(CAROL, place(1, GTC | SELL, MARK, 5))
    cancel_at(world, CAROL, world.now + 5)
    world.now += 4
    assert world.ops(encode_sweep(instrument=1, slots=[1])) == b"\0"
    assert world.levels(True) == [(MARK, 5)]
    world.now += 1
    assert world.act(CAROL, replace(1, 1, 1, GTC | SELL, MARK, 4)) == [Result.ORDER_NOT_FOUND]
    assert world.act(CAROL, place(1, GTC | SELL, MARK, 4)) == [Result.EXPIRED]
    assert world.act(CAROL, place(1, IOC, MARK - 9, 4)) == [Result.IOC_REMAINDER]
    assert world.act(BOB, place(1, IOC, MARK, 2)) == [Result.IOC_REMAINDER]
    assert world.levels(True) == []
    assert world.account(CAROL).positions == {}
