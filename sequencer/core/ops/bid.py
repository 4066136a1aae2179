"""Bid: a fraction of a portfolio that is auctioned."""

from __future__ import annotations

from struct import Struct
from typing import ClassVar, Final, Self

from strikeproof.keccak import keccak256
from strikeproof.sequencer.core.account import Account
from strikeproof.sequencer.core.auction_sale import BidTerms, settle_bid
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.signing_digest import HASH, LOW_32, U8, U32, U48, U64
from strikeproof.sequencer.core.user_op import UserOp, split_signature
from strikeproof.wire.constants import (
    AUCTION_FRACTION_MIN_PPM,
    BID_TYPEHASH,
    COMPUTE_ACTION,
    COMPUTE_MARGIN,
    COMPUTE_POSITION,
    COMPUTE_REVALUE,
    COMPUTE_SETTLE,
    OPTION_EXPIRIES_MAX,
    POSITIONS_MAX,
    PPM,
    OpType,
)
from strikeproof.wire.errors import Result

# Account, session, nonce, expiry, seller, the auction's beginning, fraction, discount, maximum L1
# fee; u48 as high and low parts.
_BODY: Final = Struct(">IBQHIIHIIIQ")
_HASHED: Final = Struct(">" + HASH + U32 + U8 + U64 + U48 + U32 + U48 + 2 * U32 + U64)
# The seller before and after, and the bidder after.
_TESTS: Final = 3 * (COMPUTE_MARGIN + COMPUTE_POSITION * POSITIONS_MAX)


class Bid(UserOp):
    """The account takes a fraction of every position of the seller."""

    TYPE: ClassVar[OpType] = OpType.BID
    __slots__ = ("terms",)

    def __init__(
        self,
        account: int,
        session: int,
        nonce: int,
        expiry_ms: int,
        terms: BidTerms,
        max_l1_fee: int,
        signature: bytes | None,
    ) -> None:
        self.account = account
        self.session = session
        self.nonce = nonce
        self.expiry_ms = expiry_ms
        self.signature = signature
        self.terms = terms
        self.max_l1_fee = max_l1_fee

    @classmethod
    def decode(cls, body: bytes, signature_may_lack: bool) -> Self | Result:
        """Return the op of a body, else MALFORMED."""
        ok, signature = split_signature(body, _BODY.size, signature_may_lack)
        if not ok:
            return Result.MALFORMED
        account, session, nonce, high, low, seller, *rest = _BODY.unpack_from(body)
        since_high, since_low, fraction, discount, max_l1_fee = rest
        if seller == account or not AUCTION_FRACTION_MIN_PPM <= fraction <= PPM:
            return Result.MALFORMED
        terms = BidTerms(seller, since_high << 32 | since_low, fraction, discount)
        return cls(account, session, nonce, high << 32 | low, terms, max_l1_fee, signature)

    def struct_hash(self) -> bytes:
        """Return the EIP-712 struct hash that the session's key signs."""
        terms = self.terms
        return keccak256(
            _HASHED.pack(
                BID_TYPEHASH,
                self.account,
                self.session,
                self.nonce,
                self.expiry_ms >> 32,
                self.expiry_ms & LOW_32,
                terms.seller,
                terms.auction_ms >> 32,
                terms.auction_ms & LOW_32,
                terms.fraction_ppm,
                terms.discount_ppm,
                self.max_l1_fee,
            )
        )

    def reserve_fits(self, state: EngineState, account: Account) -> bool:
        """Whether a sale of sixteen positions fits the segment, and the margin of both accounts."""
        venue = state.venue
        portfolios = 2 if account.margin_mode else 1
        return state.meter.reserve_fits(
            POSITIONS_MAX * (COMPUTE_ACTION + 2 * COMPUTE_SETTLE)
            + _TESTS
            + (1 + portfolios) * COMPUTE_REVALUE,
            accounts=1,
            instruments=min(POSITIONS_MAX, venue.next_instrument - 1),
            marks=min(2 * POSITIONS_MAX, venue.next_instrument - 1),
            underlyings=min(2 * POSITIONS_MAX, venue.next_underlying - 1) + portfolios,
            expiries=portfolios * OPTION_EXPIRIES_MAX,
            arrays=portfolios * POSITIONS_MAX,
            certificates=portfolios,
        )

    def act(self, state: EngineState, account: Account) -> tuple[Result, bytes]:
        """Sell what the bid is for, or nothing."""
        return settle_bid(state, account, self.terms), b""
