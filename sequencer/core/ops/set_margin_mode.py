"""SetMarginMode: the owner chooses portfolio margin on an underlying, or standard margin."""

from __future__ import annotations

from struct import Struct
from typing import ClassVar, Final, Self

from strikeproof.keccak import keccak256
from strikeproof.sequencer.core.account import Account
from strikeproof.sequencer.core.book_changes import end_orders
from strikeproof.sequencer.core.engine_event import MarginModeSet, RemovalReason
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.guarded_op import GuardedOp, split_signatures
from strikeproof.sequencer.core.portfolio import (
    admit,
    keep_certificate,
    leave_portfolio,
    portfolio_fits,
)
from strikeproof.sequencer.core.signing_digest import HASH, LOW_32, U16, U32, U48, U64
from strikeproof.wire.constants import SET_MARGIN_MODE_TYPEHASH, OpType
from strikeproof.wire.errors import Result

# Account, nonce, expiry as high and low, underlying, maximum L1 fee.
_BODY: Final = Struct(">IQHIHQ")
_HASHED: Final = Struct(">" + HASH + U32 + U64 + U48 + U16 + U64)


class SetMarginMode(GuardedOp):
    """Portfolio margin on an underlying from now on; standard margin if it is 0."""

    TYPE: ClassVar[OpType] = OpType.SET_MARGIN_MODE
    __slots__ = ("underlying",)

    def __init__(
        self,
        account: int,
        nonce: int,
        expiry_ms: int,
        underlying: int,
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
        self.underlying = underlying
        self.max_l1_fee = max_l1_fee

    @classmethod
    def decode(cls, body: bytes, signature_may_lack: bool) -> Self | Result:
        """Return the op of a body, else MALFORMED."""
        ok, signature, guard = split_signatures(body, _BODY.size, signature_may_lack)
        if not ok:
            return Result.MALFORMED
        account, nonce, high, low, underlying, max_l1_fee = _BODY.unpack_from(body)
        return cls(account, nonce, high << 32 | low, underlying, max_l1_fee, signature, guard)

    def struct_hash(self) -> bytes:
        """Return the EIP-712 struct hash that owner and guard sign."""
        expiry = self.expiry_ms
        return keccak256(
            _HASHED.pack(
                SET_MARGIN_MODE_TYPEHASH,
                self.account,
                self.nonce,
                expiry >> 32,
                expiry & LOW_32,
                self.underlying,
                self.max_l1_fee,
            )
        )

    def reserve_fits(self, state: EngineState, account: Account) -> bool:
        """Whether a revaluation of the account fits the segment."""
        return portfolio_fits(state, len(account.positions))

    def act(self, state: EngineState, account: Account) -> tuple[Result, bytes]:
        """Set the mode. Standard margin is never refused; for portfolio margin the account is
        revalued, and its orders end: they were judged by the other."""
        if self.underlying:
            if self.underlying >= state.venue.next_underlying:
                return Result.UNKNOWN_UNDERLYING, b""
            if account.credit_limit:
                return Result.CREDIT_STANDS, b""
            found = admit(state, account, self.underlying)
            if isinstance(found, Result):
                return found, b""
            if not end_orders(state, account, account.positions, RemovalReason.MARGIN):
                return Result.FIELD_OVERFLOW, b""
            keep_certificate(state, account, found)
            account.set_portfolio(self.underlying)
        else:
            leave_portfolio(state, account)
        state.events.append(MarginModeSet(account=account.id, underlying=self.underlying))
        return Result.OK, b""
