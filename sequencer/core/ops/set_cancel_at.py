"""SetCancelAt: a time from which on the account's orders are dead, a dead man's switch."""

from __future__ import annotations

from struct import Struct
from typing import ClassVar, Final, Self

from strikeproof.keccak import keccak256
from strikeproof.sequencer.core.account import Account
from strikeproof.sequencer.core.book_changes import end_orders
from strikeproof.sequencer.core.engine_event import CancelAtSet, RemovalReason
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.signing_digest import HASH, LOW_32, U8, U32, U48, U64
from strikeproof.sequencer.core.user_op import UserOp, split_signature
from strikeproof.wire.constants import SET_CANCEL_AT_TYPEHASH, OpType
from strikeproof.wire.errors import Result

# Account, session, nonce, expiry, cancel_at, maximum L1 fee; both times as high and low parts.
_BODY: Final = Struct(">IBQHIHIQ")
_HASHED: Final = Struct(">" + HASH + U32 + U8 + U64 + U48 + U48 + U64)


class SetCancelAt(UserOp):
    """The account's orders are dead from `cancel_at_ms` on; 0: never."""

    TYPE: ClassVar[OpType] = OpType.SET_CANCEL_AT
    __slots__ = ("cancel_at_ms",)

    def __init__(
        self,
        account: int,
        session: int,
        nonce: int,
        expiry_ms: int,
        cancel_at_ms: int,
        max_l1_fee: int,
        signature: bytes | None,
    ) -> None:
        self.account = account
        self.session = session
        self.nonce = nonce
        self.expiry_ms = expiry_ms
        self.signature = signature
        self.cancel_at_ms = cancel_at_ms
        self.max_l1_fee = max_l1_fee

    @classmethod
    def decode(cls, body: bytes, signature_may_lack: bool) -> Self | Result:
        """Return the op of a body, else MALFORMED."""
        ok, signature = split_signature(body, _BODY.size, signature_may_lack)
        if not ok:
            return Result.MALFORMED
        account, session, nonce, high, low, *at, max_l1_fee = _BODY.unpack_from(body)
        terms = (high << 32 | low, at[0] << 32 | at[1], max_l1_fee)
        return cls(account, session, nonce, *terms, signature)

    def struct_hash(self) -> bytes:
        """Return the EIP-712 struct hash that the session's key signs."""
        return keccak256(
            _HASHED.pack(
                SET_CANCEL_AT_TYPEHASH,
                self.account,
                self.session,
                self.nonce,
                self.expiry_ms >> 32,
                self.expiry_ms & LOW_32,
                self.cancel_at_ms >> 32,
                self.cancel_at_ms & LOW_32,
                self.max_l1_fee,
            )
        )

    def reserve_fits(self, state: EngineState, account: Account) -> bool:
        """Whether it fits: its head did, and ending the orders of all entries costs less than an
        op and its signature weigh."""
        return True

    def act(self, state: EngineState, account: Account) -> tuple[Result, bytes]:
        """Set the time. Orders that the one before has killed stay dead."""
        if 0 < account.cancel_at_ms <= state.venue.clock_ms:
            ended = end_orders(state, account, account.positions, RemovalReason.EXPIRED)
            if not ended:
                return Result.FIELD_OVERFLOW, b""
        account.cancel_at_ms = self.cancel_at_ms
        state.events.append(CancelAtSet(account=account.id, cancel_at_ms=self.cancel_at_ms))
        return Result.OK, b""
