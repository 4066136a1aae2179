"""The nonce of a forced op is admitted, whatever its owner signed before."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from strikeproof.sequencer.core.session import SCOPE_OWNER, Session, session_id
from strikeproof.verifier.inspection.session_nonce import exit_nonce, unused_nonce
from strikeproof.wire.constants import KEY_ID_BITS, NONCE_WINDOW
from strikeproof.wire.errors import Result
from strikeproof.wire.layout import SESSION_KIND

ACCOUNT = 7
HISTORIES = {
    "none": [],
    "first": [0],
    "window full": list(range(NONCE_WINDOW)),
    "traded much": list(range(5 * NONCE_WINDOW + 3)),
    "gaps": [3, 5, 190, 191],
    "jump": [2 * NONCE_WINDOW - 1],
    "last of the window": [NONCE_WINDOW - 1],
}


def session_after(used: list[int]) -> Session:
    session = Session(session_id(ACCOUNT, 0))
    session.grant(bytes(20), SCOPE_OWNER, 0)
    for nonce in used:
        assert session.check_nonce(nonce) is Result.OK
        session.use_nonce(nonce)
    return session


def parts_of(session: Session) -> Any:
    """A verifier's parts whose state holds this session alone."""
    key = (SESSION_KIND << KEY_ID_BITS) | session.id
    state = SimpleNamespace(
        record={key: session.encode()}.__getitem__, forest=SimpleNamespace(fits=lambda _: True)
    )
    return SimpleNamespace(state=state)


@pytest.mark.parametrize("used", HISTORIES.values(), ids=HISTORIES.keys())
def test_an_exit_is_admitted_whatever_was_signed_before(used: list[int]) -> None:
    """Whoever has signed more ops than the window is wide leaves like anybody else."""
    session = session_after(used)
    for _ in range(3):  # and again, once it was executed
        nonce = exit_nonce(parts_of(session), ACCOUNT)
        assert session.check_nonce(nonce) is Result.OK
        session.use_nonce(nonce)


@pytest.mark.parametrize("used", HISTORIES.values(), ids=HISTORIES.keys())
def test_ops_that_a_sequencer_holds_back_use_up_no_exit(used: list[int]) -> None:
    """It orders them before the exit, or after it: both are executed."""
    for before in (True, False):
        session = session_after(used)
        parts = parts_of(session)
        first, nonce = unused_nonce(parts, ACCOUNT), exit_nonce(parts, ACCOUNT)
        held_back = list(range(first, first + NONCE_WINDOW - 1))
        for each in [*held_back, nonce] if before else [nonce, *held_back]:
            assert session.check_nonce(each) is Result.OK, each
            session.use_nonce(each)
