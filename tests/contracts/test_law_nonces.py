"""The nonce window of a session slot (attacks 15 and 23)."""

from strikeproof.wire.constants import NONCE_WINDOW
from strikeproof.wire.errors import Result
from tests.contracts.law_world import ALICE, World, cancel_all, venue

W = NONCE_WINDOW


def use(world: World, nonce: int) -> int:
    return world.ops(world.bundle(ALICE, cancel_all(), nonce=nonce))[0]


def window(world: World) -> tuple[int, int]:
    session = world.session(ALICE, 0)
    return session["nonce_base"], session["nonce_bitmap"]


def test_nonces_are_unordered_within_the_window_and_used_once():
    world = venue()
    for nonce in (5, 0, W - 1, 3):
        assert use(world, nonce) == Result.OK
        assert use(world, nonce) == Result.NONCE_USED
    assert window(world) == (0, 1 << 5 | 1 | 1 << W - 1 | 1 << 3)


def test_window_moves_as_little_as_it_must():
    world = venue()
    assert use(world, 5) == Result.OK
    assert use(world, W) == Result.OK
    assert window(world) == (1, 1 << 4 | 1 << W - 1)
    assert use(world, 0) == Result.NONCE_USED
    assert use(world, 5) == Result.NONCE_USED
    assert use(world, 1) == Result.OK


def test_window_moves_by_at_most_its_width():
    """Attack 23: one huge nonce does not brick a session."""
    world = venue()
    assert use(world, 2 * W) == Result.NONCE_TOO_FAR
    assert use(world, 2**64 - 1) == Result.NONCE_TOO_FAR
    assert window(world) == (0, 0)
    assert use(world, 2 * W - 1) == Result.OK
    assert window(world) == (W, 1 << W - 1)
    assert use(world, W - 1) == Result.NONCE_USED
    assert use(world, W) == Result.OK
    assert use(world, 3 * W) == Result.NONCE_TOO_FAR


def test_window_at_the_last_nonce():
    world = venue()
    record = bytearray(world.state[2 << 56 | ALICE * 4])
    record[32:40] = (2**64 - W - 1).to_bytes(8, "big")
    world.state[2 << 56 | ALICE * 4] = bytes(record)
    assert use(world, 2**64 - 1) == Result.OK
    assert window(world) == (2**64 - W, 1 << W - 1)
    assert use(world, 2**64 - 2) == Result.OK
    assert use(world, 2**64 - 1) == Result.NONCE_USED


def test_refused_op_leaves_its_nonce_free():
    world = venue()
    assert world.ops(world.bundle(ALICE, cancel_all(), nonce=1, expiry=1))[0] == Result.EXPIRED
    assert window(world) == (0, 0)


def test_action_that_fails_uses_the_nonce():
    world = venue()
    assert world.act(ALICE, cancel_all(99), nonce=1) == [Result.UNKNOWN_INSTRUMENT]
    assert window(world) == (0, 2)
