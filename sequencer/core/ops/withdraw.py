"""Withdraw: the owner takes collateral out, if what stays covers initial margin without credit."""

from __future__ import annotations

from struct import Struct
from typing import ClassVar, Final, Self

from strikeproof.keccak import keccak256
from strikeproof.sequencer.core.account import Account
from strikeproof.sequencer.core.engine_event import Withdrawn
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.guarded_op import GuardedOp, split_signatures
from strikeproof.sequencer.core.margin import OWN_INITIAL, check_margin
from strikeproof.sequencer.core.portfolio import admit, keep_certificate, portfolio_fits
from strikeproof.sequencer.core.rules.certificate import NO_CERTIFICATE, Certificate
from strikeproof.sequencer.core.signing_digest import HASH, LOW_32, U32, U48, U64
from strikeproof.sequencer.core.weight import MARGIN_TEST, MARGIN_TEST_POSITION
from strikeproof.wire.constants import MONEY_MAX, WITHDRAW_TYPEHASH, OpType
from strikeproof.wire.errors import Result

# Account, nonce, expiry as its high and its low part, amount, maximum L1 fee.
_BODY: Final = Struct(">IQHIQQ")
_HASHED: Final = Struct(">" + HASH + U32 + U64 + U48 + U64 + U64)


class Withdraw(GuardedOp):
    """The owner takes `amount` micro-USD out."""

    TYPE: ClassVar[OpType] = OpType.WITHDRAW
    __slots__ = ("amount",)

    def __init__(
        self,
        account: int,
        nonce: int,
        expiry_ms: int,
        amount: int,
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
        self.amount = amount
        self.max_l1_fee = max_l1_fee

    @classmethod
    def decode(cls, body: bytes, signature_may_lack: bool) -> Self | Result:
        """Return the op of a body, else MALFORMED."""
        ok, signature, guard = split_signatures(body, _BODY.size, signature_may_lack)
        if not ok:
            return Result.MALFORMED
        account, nonce, high, low, amount, max_l1_fee = _BODY.unpack_from(body)
        if amount == 0:
            return Result.MALFORMED
        return cls(account, nonce, high << 32 | low, amount, max_l1_fee, signature, guard)

    def struct_hash(self) -> bytes:
        """Return the EIP-712 struct hash that the owner signs."""
        expiry = self.expiry_ms
        return keccak256(
            _HASHED.pack(
                WITHDRAW_TYPEHASH,
                self.account,
                self.nonce,
                expiry >> 32,
                expiry & LOW_32,
                self.amount,
                self.max_l1_fee,
            )
        )

    def reserve_fits(self, state: EngineState, account: Account) -> bool:
        """Whether one margin test of the account fits the segment."""
        if account.margin_mode:
            return portfolio_fits(state, len(account.positions))
        venue = state.venue
        entries = len(account.positions)
        return state.meter.reserve_fits(
            MARGIN_TEST + MARGIN_TEST_POSITION * entries,
            underlyings=min(entries, venue.next_underlying - 1),
            marks=min(entries, venue.next_instrument - 1),
        )

    def act(self, state: EngineState, account: Account) -> tuple[Result, bytes]:
        """Take the amount out, unless initial margin would lack cover or the venue holds less."""
        if account.withdrawn + self.amount > MONEY_MAX:
            return Result.FIELD_OVERFLOW, b""
        # No more leaves than came in: gains that others cannot pay stay in the venue.
        if self.amount > state.venue.liabilities:
            return Result.INSUFFICIENT_COLLATERAL, b""
        account.collateral -= self.amount
        found = _check_initial(state, account)
        if isinstance(found, Result):
            account.collateral += self.amount
            return found, b""
        if account.margin_mode:
            keep_certificate(state, account, found)
        account.withdrawn += self.amount
        state.venue.liabilities -= self.amount
        state.events.append(
            Withdrawn(account=account.id, amount=self.amount, withdrawn_total=account.withdrawn)
        )
        return Result.OK, b""


def _check_initial(state: EngineState, account: Account) -> Certificate | Result:
    """Return the certificate to keep if initial margin stays, of portfolio margin (of standard
    margin there is none); else why not."""
    if account.margin_mode:
        found = admit(state, account, account.portfolio_underlying)
        return Result.INSUFFICIENT_COLLATERAL if found == Result.MARGIN_INSUFFICIENT else found
    lacks = check_margin(state, account, OWN_INITIAL) < 0
    return Result.INSUFFICIENT_COLLATERAL if lacks else NO_CERTIFICATE
