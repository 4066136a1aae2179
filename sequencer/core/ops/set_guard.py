"""SetGuard: a second key without which a thief of the owner's takes nothing out."""

from __future__ import annotations

from struct import Struct
from typing import ClassVar, Final, Self

from strikeproof.keccak import keccak256
from strikeproof.sequencer.core.account import Account
from strikeproof.sequencer.core.engine_event import GuardSet
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.global_record import ADDRESS_BYTES
from strikeproof.sequencer.core.guarded_op import GuardedOp, split_signatures
from strikeproof.sequencer.core.signing_digest import ADDRESS, HASH, LOW_32, U8, U32, U48, U64
from strikeproof.wire.constants import GUARD_DELAY_MS, SET_GUARD_TYPEHASH, GuardMode, OpType
from strikeproof.wire.errors import Result
from strikeproof.wire.layout import ACCOUNT_GUARD_REMOVAL_MS_GREATEST

# Account, nonce, expiry as high and low, mode, key, maximum L1 fee.
_BODY: Final = Struct(">IQHIB20sQ")
_HASHED: Final = Struct(">" + HASH + U32 + U64 + U48 + U8 + ADDRESS + U64)
_SET: Final = int(GuardMode.SET)
_ANNOUNCE: Final = int(GuardMode.ANNOUNCE)
_KEEP: Final = int(GuardMode.KEEP)
_REMOVE: Final = int(GuardMode.REMOVE)


class SetGuard(GuardedOp):
    """The owner sets a guard key, announces or stops its removal, or removes it."""

    TYPE: ClassVar[OpType] = OpType.SET_GUARD
    __slots__ = ("key", "mode")

    def __init__(
        self,
        account: int,
        nonce: int,
        expiry_ms: int,
        mode: int,
        key: bytes,
        max_l1_fee: int,
        signature: bytes | None,
        guard_signature: bytes | None = None,
    ) -> None:
        self.account = account
        self.session = 0
        self.nonce = nonce
        self.expiry_ms = expiry_ms
        self.signature = signature
        self.guard_signature = guard_signature
        self.mode = mode
        self.key = key
        self.max_l1_fee = max_l1_fee

    @classmethod
    def decode(cls, body: bytes, signature_may_lack: bool) -> Self | Result:
        """Return the op of a body, else MALFORMED."""
        ok, signature, guard = split_signatures(body, _BODY.size, signature_may_lack)
        if not ok:
            return Result.MALFORMED
        account, nonce, high, low, mode, key, max_l1_fee = _BODY.unpack_from(body)
        if mode > _REMOVE or any(key) != (mode == _SET):
            return Result.MALFORMED
        return cls(account, nonce, high << 32 | low, mode, key, max_l1_fee, signature, guard)

    def struct_hash(self) -> bytes:
        """Return the EIP-712 struct hash that owner and guard sign."""
        return keccak256(
            _HASHED.pack(
                SET_GUARD_TYPEHASH,
                self.account,
                self.nonce,
                self.expiry_ms >> 32,
                self.expiry_ms & LOW_32,
                self.mode,
                self.key,
                self.max_l1_fee,
            )
        )

    def needs_guard(self) -> bool:
        """Announcing a removal and stopping it are the owner's alone."""
        return self.mode == _SET or self.mode == _REMOVE

    def reserve_fits(self, state: EngineState, account: Account) -> bool:
        """Whether it fits: it touches nothing but its head."""
        return True

    def act(self, state: EngineState, account: Account) -> tuple[Result, bytes]:
        """Do what the mode says."""
        clock_ms = state.venue.clock_ms
        if self.mode == _ANNOUNCE:
            if account.guard(clock_ms) and not account.guard_removal_ms:
                removal_ms = clock_ms + GUARD_DELAY_MS
                account.guard_removal_ms = min(removal_ms, ACCOUNT_GUARD_REMOVAL_MS_GREATEST)
        elif self.mode == _KEEP:
            if account.guard(clock_ms):
                account.guard_removal_ms = 0
        else:
            account.guard_key = self.key if self.mode == _SET else bytes(ADDRESS_BYTES)
            account.guard_removal_ms = 0
        state.events.append(
            GuardSet(
                account=account.id,
                mode=self.mode,
                key=account.guard_key,
                removal_ms=account.guard_removal_ms,
            )
        )
        return Result.OK, b""
