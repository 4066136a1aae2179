"""Nonce windows: unordered within, used once, never reset (attacks 15 and 23)."""

from random import Random

from strikeproof.sequencer.core.session import Session
from strikeproof.wire.constants import NONCE_WINDOW
from strikeproof.wire.errors import Result


def test_nonces_of_the_window_come_in_any_order_once():
    session = Session(4)
    nonces = list(range(NONCE_WINDOW))
    Random(1).shuffle(nonces)
    for nonce in nonces:
        assert session.check_nonce(nonce) == Result.OK
        session.use_nonce(nonce)
        assert session.check_nonce(nonce) == Result.NONCE_USED
    assert session.nonce_base == 0
    assert session.nonce_bitmap == 2**NONCE_WINDOW - 1


def test_nonce_above_the_window_moves_it_by_the_least():
    session = Session(4)
    session.use_nonce(0)
    session.use_nonce(5)
    session.use_nonce(NONCE_WINDOW + 2)
    assert session.nonce_base == 3
    assert session.nonce_bitmap == 1 << 2 | 1 << (NONCE_WINDOW - 1)
    for nonce in (0, 1, 2, 5, NONCE_WINDOW + 2):
        assert session.check_nonce(nonce) == Result.NONCE_USED
    for nonce in (3, 4, 6, NONCE_WINDOW + 1, NONCE_WINDOW + 3):
        assert session.check_nonce(nonce) == Result.OK


def test_one_nonce_moves_the_window_by_a_window_at_most():
    session = Session(4)
    assert session.check_nonce(2 * NONCE_WINDOW) == Result.NONCE_TOO_FAR
    assert session.check_nonce(2**64 - 1) == Result.NONCE_TOO_FAR
    assert session.check_nonce(2 * NONCE_WINDOW - 1) == Result.OK
    session.use_nonce(2 * NONCE_WINDOW - 1)
    assert session.nonce_base == NONCE_WINDOW
    assert session.nonce_bitmap == 1 << (NONCE_WINDOW - 1)


def test_window_at_the_end_of_numbers():
    session = Session(4)
    session.nonce_base = 2**64 - NONCE_WINDOW
    session.use_nonce(2**64 - 1)
    assert session.nonce_base == 2**64 - NONCE_WINDOW
    session.nonce_base = 2**64 - 2 * NONCE_WINDOW
    session.nonce_bitmap = 1
    session.use_nonce(2**64 - 1)
    assert session.nonce_base == 2**64 - NONCE_WINDOW
    assert session.nonce_bitmap == 1 << (NONCE_WINDOW - 1)


def test_new_key_and_revocation_keep_the_window():
    session = Session(5)
    session.grant(b"\1" * 20, 1, 0)
    session.use_nonce(3)
    session.grant(bytes(20), 0, 0)
    session.grant(b"\1" * 20, 1, 0)
    assert session.check_nonce(3) == Result.NONCE_USED


def test_window_agrees_with_a_set_of_numbers():
    random = Random(7)
    session = Session(4)
    used: set[int] = set()
    for _ in range(5_000):
        nonce = max(0, session.nonce_base + random.randrange(-5, 2 * NONCE_WINDOW + 5))
        code = session.check_nonce(nonce)
        if nonce >= session.nonce_base + 2 * NONCE_WINDOW:
            assert code == Result.NONCE_TOO_FAR
        elif nonce in used or nonce < session.nonce_base:
            assert code == Result.NONCE_USED
        else:
            assert code == Result.OK
            session.use_nonce(nonce)
            used.add(nonce)
