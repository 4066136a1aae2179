"""Nonces of an account's owner, from the verifier's own state: no sequencer is asked."""

from __future__ import annotations

from strikeproof.verifier.exit_code import NotFound
from strikeproof.verifier.wiring import VerifierParts
from strikeproof.wire.constants import KEY_ID_BITS, NONCE_WINDOW, SESSION_SLOTS
from strikeproof.wire.layout import SESSION_KIND, unpack_session


def unused_nonce(parts: VerifierParts, account: int, slot: int = 0) -> int:
    """Return a nonce that no executed op of a session has used. Raises `NotFound`.

    Ops that wait on L1 or are not posted yet are not counted.
    """
    key = (SESSION_KIND << KEY_ID_BITS) | (account * SESSION_SLOTS + slot)
    record = parts.state.record(key) if parts.state.forest.fits(key) else b""
    if not record:
        raise NotFound(f"account {account} has no session {slot}", account=account, slot=slot)
    _, _, _, _, base, bitmap = unpack_session(record)
    return base + bitmap.bit_length()


def exit_nonce(parts: VerifierParts, account: int) -> int:
    """Return the nonce of an op that an owner forces through L1. Raises `NotFound`.

    It lies a window above what was used: ops that the sequencer was given, and that are on L1 only
    once it likes, have the nonces in between, and cannot use up this one. They stay valid after it.
    Source: docs/protocol/user-ops.md, nonces.
    """
    return unused_nonce(parts, account) + NONCE_WINDOW - 1
