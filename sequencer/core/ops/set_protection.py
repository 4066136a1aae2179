"""SetProtection: what the account's orders on an underlying may fill within a window."""

from __future__ import annotations

from struct import Struct
from typing import ClassVar, Final, NamedTuple, Self

from strikeproof.keccak import keccak256
from strikeproof.sequencer.core.account import Account
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.rules.fill_limits import FillLimits
from strikeproof.sequencer.core.signing_digest import HASH, LOW_32, U8, U16, U32, U40, U48, U64
from strikeproof.sequencer.core.user_op import UserOp, split_signature
from strikeproof.wire.constants import SET_PROTECTION_TYPEHASH, OpType
from strikeproof.wire.errors import Result

_COUNT_MAX: Final = 2**63 - 1

# Account, session, nonce, expiry, underlying, window, freeze, most lots, delta and vega, maximum L1
# fee; u48 and u40 as their high and low parts.
_BODY: Final = Struct(">IBQHIHIIBIQQQ")
_HASHED: Final = Struct(">" + HASH + U32 + U8 + U64 + U48 + U16 + U32 + U32 + U40 + U64 + U64 + U64)


class Limits(NamedTuple):
    """What is limited, and how: all 0 takes a protection back."""

    underlying: int
    window_ms: int
    freeze_ms: int
    lots_max: int
    delta_max: int
    vega_max: int

    @property
    def is_malformed(self) -> bool:
        """Whether a window is missing, what is taken back is not 0, or a limit of delta or vega is
        above what its count can hold."""
        if not self.underlying:
            return any(self)
        return not self.window_ms or max(self.delta_max, self.vega_max) > _COUNT_MAX


class SetProtection(UserOp):
    """The account's orders on an underlying are dead once they fill more within a window."""

    TYPE: ClassVar[OpType] = OpType.SET_PROTECTION
    __slots__ = ("limits",)

    def __init__(
        self,
        account: int,
        session: int,
        nonce: int,
        expiry_ms: int,
        limits: Limits,
        max_l1_fee: int,
        signature: bytes | None,
    ) -> None:
        self.account = account
        self.session = session
        self.nonce = nonce
        self.expiry_ms = expiry_ms
        self.signature = signature
        self.limits = limits
        self.max_l1_fee = max_l1_fee

    @classmethod
    def decode(cls, body: bytes, signature_may_lack: bool) -> Self | Result:
        """Return the op of a body, else MALFORMED."""
        ok, signature = split_signature(body, _BODY.size, signature_may_lack)
        if not ok:
            return Result.MALFORMED
        account, session, nonce, high, low, *terms = _BODY.unpack_from(body)
        underlying, window_ms, freeze_ms, high_lots, low_lots, *greeks, max_l1_fee = terms
        limits = Limits(underlying, window_ms, freeze_ms, high_lots << 32 | low_lots, *greeks)
        if limits.is_malformed:
            return Result.MALFORMED
        expiry_ms = high << 32 | low
        return cls(account, session, nonce, expiry_ms, limits, max_l1_fee, signature)

    def struct_hash(self) -> bytes:
        """Return the EIP-712 struct hash that the session's key signs."""
        limits = self.limits
        return keccak256(
            _HASHED.pack(
                SET_PROTECTION_TYPEHASH,
                self.account,
                self.session,
                self.nonce,
                self.expiry_ms >> 32,
                self.expiry_ms & LOW_32,
                limits.underlying,
                limits.window_ms,
                limits.freeze_ms,
                limits.lots_max >> 32,
                limits.lots_max & LOW_32,
                limits.delta_max,
                limits.vega_max,
                self.max_l1_fee,
            )
        )

    def reserve_fits(self, state: EngineState, account: Account) -> bool:
        """Whether it fits: its head did, and it touches nothing else."""
        return True

    def act(self, state: EngineState, account: Account) -> tuple[Result, bytes]:
        """Set the limits. A window begins with the next fill, and a freeze has ended."""
        limits = self.limits
        if limits.underlying >= state.venue.next_underlying:
            return Result.UNKNOWN_UNDERLYING, b""
        account.protection = FillLimits(
            underlying=limits.underlying,
            window_ms=limits.window_ms,
            freeze_ms=limits.freeze_ms,
            lots_max=limits.lots_max,
            delta_max=limits.delta_max,
            vega_max=limits.vega_max,
        )
        return Result.OK, b""
