"""SetSession: the owner gives a session slot a key, or takes it away."""

from __future__ import annotations

from struct import Struct
from typing import ClassVar, Final, Self

from strikeproof.keccak import keccak256
from strikeproof.sequencer.core.account import Account
from strikeproof.sequencer.core.engine_event import SessionSet
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.guarded_op import GuardedOp, split_signatures
from strikeproof.sequencer.core.session import SCOPE_NONE, SCOPE_TRADE, session_id
from strikeproof.sequencer.core.signing_digest import ADDRESS, HASH, LOW_32, U8, U32, U48, U64
from strikeproof.wire.constants import SESSION_SLOTS, SET_SESSION_TYPEHASH, OpType
from strikeproof.wire.errors import Result

# Account, nonce, expiry, slot, key, scope, session's expiry, maximum L1 fee; both expiries as high
# and low parts.
_BODY: Final = Struct(">IQHIB20sBHIQ")
_HASHED: Final = Struct(">" + HASH + U32 + U64 + U48 + U8 + ADDRESS + U8 + U48 + U64)


class SetSession(GuardedOp):
    """The owner gives a session slot a key, or takes it away (scope 0)."""

    TYPE: ClassVar[OpType] = OpType.SET_SESSION
    __slots__ = ("key", "scope", "session_expiry_ms", "slot")

    def __init__(
        self,
        account: int,
        nonce: int,
        expiry_ms: int,
        slot: int,
        key: bytes,
        scope: int,
        session_expiry_ms: int,
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
        self.slot = slot
        self.key = key
        self.scope = scope
        self.session_expiry_ms = session_expiry_ms
        self.max_l1_fee = max_l1_fee

    @classmethod
    def decode(cls, body: bytes, signature_may_lack: bool) -> Self | Result:
        """Return the op of a body, else MALFORMED."""
        ok, signature, guard = split_signatures(body, _BODY.size, signature_may_lack)
        if not ok:
            return Result.MALFORMED
        account, nonce, high, low, slot, key, scope, *until, max_l1_fee = _BODY.unpack_from(body)
        until_ms = until[0] << 32 | until[1]
        grants = scope == SCOPE_TRADE and any(key)
        revokes = scope == SCOPE_NONE and not any(key) and until_ms == 0
        if not (1 <= slot < SESSION_SLOTS and (grants or revokes)):
            return Result.MALFORMED
        terms = (slot, key, scope, until_ms, max_l1_fee)
        return cls(account, nonce, high << 32 | low, *terms, signature, guard)

    def struct_hash(self) -> bytes:
        """Return the EIP-712 struct hash that the owner signs."""
        return keccak256(
            _HASHED.pack(
                SET_SESSION_TYPEHASH,
                self.account,
                self.nonce,
                self.expiry_ms >> 32,
                self.expiry_ms & LOW_32,
                self.slot,
                self.key,
                self.scope,
                self.session_expiry_ms >> 32,
                self.session_expiry_ms & LOW_32,
                self.max_l1_fee,
            )
        )

    def reserve_fits(self, state: EngineState, account: Account) -> bool:
        """Whether one more session fits the segment."""
        return state.meter.reserve_fits(0, sessions=1)

    def act(self, state: EngineState, account: Account) -> tuple[Result, bytes]:
        """Give the slot its key, scope and expiry; its nonce window stays."""
        session = state.sessions[session_id(self.account, self.slot)]
        if session.touched != state.meter.stamp:
            state.meter.touch(session)
        session.grant(self.key, self.scope, self.session_expiry_ms)
        state.events.append(
            SessionSet(
                account=self.account,
                slot=self.slot,
                key=self.key,
                scope=self.scope,
                expiry_ms=self.session_expiry_ms,
            )
        )
        return Result.OK, b""
