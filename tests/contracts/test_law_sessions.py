"""Session keys: what a slot admits, until when, and what it never may (attack 14)."""

import pytest

from strikeproof.wire.errors import Result
from tests.contracts.law_world import (
    ALICE,
    BUY,
    DOLLAR,
    GTC,
    MARK,
    World,
    bundle_body,
    digest,
    key,
    op,
    place,
    set_session_body,
    venue,
    withdraw_body,
)

ORDER = place(1, GTC | BUY, MARK - 1000, 10)


def delegate(world: World, expiry: int = 0) -> None:
    op_ = world.session_op(ALICE, 1, key(50).address, session_expiry=expiry)
    assert world.ops(op_) == b"\0"


def test_delegated_key_trades_and_only_trades():
    world = venue()
    delegate(world)
    assert world.ops(world.bundle(ALICE, ORDER, session=1, signer=key(50))) == b"\0\0"
    body, hashed = withdraw_body(ALICE, 50, DOLLAR, 2**48 - 1)
    assert world.ops(op(2, body + key(50).sign(digest(hashed)))) == bytes([Result.BAD_SIGNATURE])
    body, hashed = set_session_body(ALICE, 51, 2, key(51).address, 1, 0, 2**48 - 1)
    assert world.ops(op(3, body + key(50).sign(digest(hashed)))) == bytes([Result.BAD_SIGNATURE])


def test_owner_does_not_sign_for_a_delegated_slot():
    world = venue()
    delegate(world)
    signed = world.bundle(ALICE, ORDER, session=1, signer=key(1))
    assert world.ops(signed) == bytes([Result.BAD_SIGNATURE])


def test_unknown_and_revoked_sessions_are_refused():
    """Attack 14."""
    world = venue()
    for session in (1, 2, 3):
        signed = world.bundle(ALICE, ORDER, session=session)
        assert world.ops(signed) == bytes([Result.UNKNOWN_SESSION])
    for session in (4, 255):  # which no segment has room for
        signed = world.bundle(ALICE, ORDER, session=session)
        assert world.message(3, signed) == bytes([Result.UNKNOWN_SESSION])
    delegate(world)
    signed = world.bundle(ALICE, ORDER, session=1, signer=key(50))
    assert world.ops(world.session_op(ALICE, 1, 0, scope=0)) == b"\0"
    assert world.ops(signed) == bytes([Result.UNKNOWN_SESSION])


def test_expired_session_is_refused():
    """Attack 14."""
    world = venue()
    delegate(world, expiry=world.now + 10)
    world.now += 9
    assert world.ops(world.bundle(ALICE, ORDER, session=1, signer=key(50))) == b"\0\0"
    world.now += 1
    signed = world.bundle(ALICE, ORDER, session=1, signer=key(50))
    assert world.ops(signed) == bytes([Result.SESSION_EXPIRED])


def test_reauthorized_key_does_not_revive_old_bundles():
    """Attack 23: nonce windows belong to the slot and survive revocation and new keys."""
    world = venue()
    delegate(world)
    signed = world.bundle(ALICE, ORDER, session=1, signer=key(50), nonce=5)
    assert world.ops(signed) == b"\0\0"
    assert world.ops(world.session_op(ALICE, 1, 0, scope=0)) == b"\0"
    delegate(world)
    assert world.session(ALICE, 1)["nonce_bitmap"] == 1 << 5
    assert world.ops(signed) == bytes([Result.NONCE_USED])


@pytest.mark.parametrize(
    ("slot", "address", "scope", "expiry"),
    [
        (0, 1, 1, 0),
        (4, 1, 1, 0),
        (1, 0, 1, 0),
        (1, 1, 0, 0),
        (1, 0, 0, 1),
        (1, 1, 2, 0),
        (1, 1, 255, 0),
    ],
)
def test_session_out_of_range_is_malformed(slot, address, scope, expiry):
    world = venue()
    signed = world.session_op(ALICE, slot, address, scope, expiry)
    assert world.ops(signed) == bytes([Result.MALFORMED])


def test_unsigned_op_of_a_delegated_slot_is_refused():
    world = venue()
    delegate(world)
    body, _ = bundle_body(ALICE, 1, 0, [ORDER], 2**48 - 1, 50_000)
    for sender in (key(1).address, key(50).address):
        assert world.message(3, op(1, body), sender=sender) == bytes([Result.BAD_SIGNATURE])
