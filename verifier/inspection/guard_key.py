"""An account's guard key, as a withdrawal through L1 needs it: from the verifier's own state."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from strikeproof.client.operation import Withdraw
from strikeproof.client.typed_data import Domain, digest, struct_hash
from strikeproof.failure import Rejected
from strikeproof.verifier.wiring import VerifierParts
from strikeproof.wire.constants import KEY_ID_BITS
from strikeproof.wire.errors import FailureCode
from strikeproof.wire.layout import ACCOUNT_KIND, unpack_account

GuardSigner: TypeAlias = Callable[[bytes], bytes]
"""Signs a digest with the guard key."""


class GuardKeyNeeded(Rejected):
    """A guard key is in force: nothing leaves the account without its signature."""

    code = FailureCode.GUARD_KEY_NEEDED

    def __init__(self, account: int, guard: bytes) -> None:
        super().__init__(f"account {account} has the guard key 0x{guard.hex()}: give --guard-env")
        self.account, self.guard = account, guard


def guard_of(parts: VerifierParts, account: int, now_ms: int) -> bytes:
    """Return the address of the guard key that is in force, empty bytes if none is."""
    record = parts.state.record((ACCOUNT_KIND << KEY_ID_BITS) | account)
    if not record:
        return b""
    key, removal_ms = unpack_account(record)[9:11]
    return key.to_bytes(20, "big") if key and (not removal_ms or removal_ms > now_ms) else b""


def guard_signature(
    parts: VerifierParts, op: Withdraw, now_ms: int, guard: GuardSigner | None
) -> bytes:
    """Return what follows an op that the owner's address sends: nothing, or the guard's signature.

    Raises `GuardKeyNeeded` if a guard key is in force and `guard` is None.
    """
    key = guard_of(parts, op.account, now_ms)
    if not key:
        return b""
    if guard is None:
        raise GuardKeyNeeded(op.account, key)
    rollup = bytes.fromhex(str(parts.contracts.rollup).removeprefix("0x"))
    return guard(digest(Domain(parts.contracts.chain_id, rollup).separator, struct_hash(op)))
