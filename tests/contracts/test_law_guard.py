"""Guard keys, on the law alone: what needs them, and when one stops being in force (attack 54)."""

from __future__ import annotations

import pytest

from strikeproof.wire import constants as c
from strikeproof.wire.errors import Result
from tests.contracts.law_ops import guard_body
from tests.contracts.law_world import (
    ALICE,
    DOLLAR,
    GTC,
    MARK,
    NEVER,
    Key,
    World,
    digest,
    key,
    op,
    place,
    set_session_body,
    venue,
    withdraw_body,
)

SET, ANNOUNCE, KEEP, REMOVE = c.GuardMode
OWNER, GUARD, THIEF = key(ALICE), key(70), key(71)
THREE_DAYS_MS = 3 * 24 * 60 * 60 * 1000


def signed(kind: int, unsigned: tuple[bytes, bytes], *keys: Key) -> bytes:
    body, hashed = unsigned
    return op(kind, body + b"".join([each.sign(digest(hashed)) for each in keys]))


def withdrawal(world: World, *keys: Key) -> bytes:
    body = withdraw_body(ALICE, world.next_nonce(ALICE, 0), DOLLAR, NEVER)
    return signed(c.OpType.WITHDRAW, body, *keys)


def session(world: World, *keys: Key) -> bytes:
    nonce = world.next_nonce(ALICE, 0)
    body = set_session_body(ALICE, nonce, 1, key(5).address, 1, 0, NEVER)
    return signed(c.OpType.SET_SESSION, body, *keys)


def guard_change(world: World, mode: int, *keys: Key, guard: Key | None = None) -> bytes:
    address = guard.address if guard else 0
    body = guard_body(ALICE, world.next_nonce(ALICE, 0), mode, address, NEVER)
    return signed(c.OpType.SET_GUARD, body, *keys)


def code(world: World, data: bytes) -> Result:
    (found,) = world.ops(data)
    return Result(found)


@pytest.fixture
def guarded() -> World:
    world = venue()
    assert code(world, guard_change(world, SET, OWNER, guard=GUARD)) == Result.OK
    return world


def test_without_a_guard_the_owner_signs_alone_and_nobody_beside_it() -> None:
    world = venue()
    assert code(world, withdrawal(world, OWNER, GUARD)) == Result.BAD_SIGNATURE
    assert code(world, withdrawal(world, OWNER)) == Result.OK


@pytest.mark.parametrize("make", [withdrawal, session])
def test_what_takes_money_or_control_out_needs_both_in_this_order(guarded: World, make) -> None:
    assert code(guarded, make(guarded, OWNER)) == Result.GUARD_NEEDED
    for pair in ((OWNER, THIEF), (OWNER, OWNER), (GUARD, GUARD), (GUARD, OWNER), (THIEF, GUARD)):
        assert code(guarded, make(guarded, *pair)) == Result.BAD_SIGNATURE
    assert guarded.account(ALICE).withdrawn == 0
    assert code(guarded, make(guarded, OWNER, GUARD)) == Result.OK


def test_a_refusal_uses_up_no_nonce(guarded: World) -> None:
    assert code(guarded, withdrawal(guarded, OWNER)) == Result.GUARD_NEEDED
    guarded.nonces[ALICE, 0] -= 1
    assert code(guarded, withdrawal(guarded, OWNER, GUARD)) == Result.OK


def test_trading_goes_on_with_the_guard_key_in_a_drawer(guarded: World) -> None:
    assert guarded.act(ALICE, place(1, GTC, MARK - 10, 1)) == [Result.OK]
    assert code(guarded, guarded.cancel_at_op(ALICE, guarded.now + 5)) == Result.OK


def test_the_guard_in_force_signs_for_its_successor_and_its_removal(guarded: World) -> None:
    assert code(guarded, guard_change(guarded, SET, OWNER, guard=THIEF)) == Result.GUARD_NEEDED
    assert code(guarded, guard_change(guarded, REMOVE, OWNER)) == Result.GUARD_NEEDED
    other = key(72)
    assert code(guarded, guard_change(guarded, SET, OWNER, GUARD, guard=other)) == Result.OK
    assert code(guarded, withdrawal(guarded, OWNER, GUARD)) == Result.BAD_SIGNATURE
    assert code(guarded, guard_change(guarded, REMOVE, OWNER, other)) == Result.OK
    assert code(guarded, withdrawal(guarded, OWNER)) == Result.OK


def test_an_announced_removal_takes_three_days_to_the_millisecond(guarded: World) -> None:
    announced_ms = guarded.now
    assert code(guarded, guard_change(guarded, ANNOUNCE, OWNER)) == Result.OK
    guarded.now = announced_ms + THREE_DAYS_MS - 1
    assert code(guarded, withdrawal(guarded, OWNER)) == Result.GUARD_NEEDED
    guarded.now += 1
    assert code(guarded, withdrawal(guarded, OWNER, GUARD)) == Result.BAD_SIGNATURE
    assert code(guarded, withdrawal(guarded, OWNER)) == Result.OK


def test_the_owner_stops_a_removal_alone(guarded: World) -> None:
    assert code(guarded, guard_change(guarded, ANNOUNCE, OWNER)) == Result.OK
    guarded.now += THREE_DAYS_MS - 1
    assert code(guarded, guard_change(guarded, KEEP, OWNER, GUARD)) == Result.BAD_SIGNATURE
    assert code(guarded, guard_change(guarded, KEEP, OWNER)) == Result.OK
    guarded.now += THREE_DAYS_MS
    assert code(guarded, withdrawal(guarded, OWNER)) == Result.GUARD_NEEDED


def test_a_guard_alone_does_nothing(guarded: World) -> None:
    for mode in (ANNOUNCE, KEEP, REMOVE):
        assert code(guarded, guard_change(guarded, mode, GUARD)) == Result.BAD_SIGNATURE


@pytest.mark.parametrize(
    ("mode", "guard"), [(SET, None), (ANNOUNCE, GUARD), (KEEP, GUARD), (REMOVE, GUARD), (4, None)]
)
def test_a_key_is_named_where_one_is_set_and_nowhere_else(mode: int, guard: Key | None) -> None:
    world = venue()
    assert code(world, guard_change(world, mode, OWNER, guard=guard)) == Result.MALFORMED


def test_from_the_owners_address_on_l1_one_signature_is_the_guards(guarded: World) -> None:
    def forced(data: bytes, sender: Key) -> Result:
        (found,) = guarded.message(c.MessageKind.USER_OP, data, sender=sender.address)
        return Result(found)

    assert forced(withdrawal(guarded), OWNER) == Result.GUARD_NEEDED
    assert forced(withdrawal(guarded, OWNER), OWNER) == Result.BAD_SIGNATURE
    assert forced(withdrawal(guarded, GUARD), THIEF) == Result.BAD_SIGNATURE
    assert forced(withdrawal(guarded, GUARD), OWNER) == Result.OK
    assert guarded.account(ALICE).withdrawn == DOLLAR
