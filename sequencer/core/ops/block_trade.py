"""BlockTrade: legs that two accounts agreed on away from the book, all of them or none."""

from __future__ import annotations

from struct import Struct
from typing import ClassVar, Final, NamedTuple, Self

from strikeproof.keccak import keccak256
from strikeproof.sequencer.core import signing_digest
from strikeproof.sequencer.core.account import Account
from strikeproof.sequencer.core.block_settlement import BlockLeg, Party, settle_block
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.op import PreparedOp
from strikeproof.sequencer.core.session import Session, session_id
from strikeproof.sequencer.core.signature import SIGNATURE_BYTES, recover
from strikeproof.sequencer.core.signing_digest import HASH, LOW_32, U8, U16, U32, U40, U48, U64
from strikeproof.sequencer.core.user_op import UserOp, admit, split_signature
from strikeproof.wire.constants import (
    BLOCK_CONSENT_TYPEHASH,
    BLOCK_LEG_TYPEHASH,
    BLOCK_LEGS_MAX,
    BLOCK_TRADE_TYPEHASH,
    COMPUTE_ACTION,
    COMPUTE_MARGIN,
    COMPUTE_POSITION,
    COMPUTE_REVALUE,
    COMPUTE_SETTLE,
    COMPUTE_SIGNATURE,
    OPTION_EXPIRIES_MAX,
    POSITIONS_MAX,
    OpType,
)
from strikeproof.wire.errors import Result

# For each party account, session, nonce, expiry as high and low part, maximum fee; then the
# counterparty's signature and the count of legs.
_HEAD: Final = Struct(f">IBQHII IBQHII {SIGNATURE_BYTES}s B")
_LEG: Final = Struct(">HBIBI")  # instrument, side, price, lots as high and low part
_L1_FEE: Final = Struct(">Q")
_PARTY: Final = U32 + U8 + U64 + U48 + U32
_TRADE_HASHED: Final = Struct(">" + HASH + 2 * _PARTY + U64 + HASH)
_CONSENT_HASHED: Final = Struct(">" + HASH + _PARTY + U32 + HASH)
_LEG_HASHED: Final = Struct(">" + HASH + U16 + U8 + U32 + U40)
# The margin of both before and after.
_TESTS: Final = 4 * (COMPUTE_MARGIN + COMPUTE_POSITION * POSITIONS_MAX)


class Consent(NamedTuple):
    """What the counterparty signs, beside the submitter and the legs: its account and session, a
    nonce of that session, until when, and the greatest fee that it agrees to."""

    account: int
    session: int
    nonce: int
    expiry_ms: int
    max_fee_ppm: int


class BlockTrade(UserOp):
    """Legs between the account that submits them and a counterparty that has signed them too."""

    TYPE: ClassVar[OpType] = OpType.BLOCK_TRADE
    __slots__ = ("consent", "consent_signature", "legs", "max_fee_ppm")

    def __init__(
        self,
        account: int,
        session: int,
        nonce: int,
        expiry_ms: int,
        max_fee_ppm: int,
        max_l1_fee: int,
        consent: Consent,
        consent_signature: bytes,
        legs: list[BlockLeg],
        signature: bytes | None,
    ) -> None:
        self.account = account
        self.session = session
        self.nonce = nonce
        self.expiry_ms = expiry_ms
        self.signature = signature
        self.max_fee_ppm = max_fee_ppm
        self.max_l1_fee = max_l1_fee
        self.consent = consent
        self.consent_signature = consent_signature
        self.legs = legs

    @classmethod
    def decode(cls, body: bytes, signature_may_lack: bool) -> Self | Result:
        """Return the op of a body, else MALFORMED."""
        if len(body) < _HEAD.size:
            return Result.MALFORMED
        *parties, consent_signature, count = _HEAD.unpack_from(body)
        end = _HEAD.size + count * _LEG.size
        after = end + _L1_FEE.size
        ok, signature = split_signature(body, after, signature_may_lack)
        if not ok or not 1 <= count <= BLOCK_LEGS_MAX:
            return Result.MALFORMED
        submitter, consent = _party(parties[:6]), _party(parties[6:])
        if submitter.account == consent.account:
            return Result.MALFORMED
        legs: list[BlockLeg] = []
        last = 0
        for at in range(_HEAD.size, end, _LEG.size):
            instrument, is_sell, price, high, low = _LEG.unpack_from(body, at)
            lots = high << 32 | low
            if instrument <= last or is_sell > 1 or not price or not lots:
                return Result.MALFORMED
            last = instrument
            legs.append(BlockLeg(instrument, is_sell, price, lots))
        (max_l1_fee,) = _L1_FEE.unpack_from(body, end)
        return cls(*submitter, max_l1_fee, consent, consent_signature, legs, signature)

    def _legs_hash(self) -> bytes:
        hashes = [
            keccak256(
                _LEG_HASHED.pack(
                    BLOCK_LEG_TYPEHASH,
                    leg.instrument,
                    leg.is_sell,
                    leg.price,
                    leg.lots >> 32,
                    leg.lots & LOW_32,
                )
            )
            for leg in self.legs
        ]
        return keccak256(b"".join(hashes))

    def struct_hash(self) -> bytes:
        """Return the EIP-712 struct hash that the submitter's session key signs."""
        submitter = (self.account, self.session, self.nonce, self.expiry_ms, self.max_fee_ppm)
        parties = (*_words(Consent(*submitter)), *_words(self.consent))
        return keccak256(
            _TRADE_HASHED.pack(BLOCK_TRADE_TYPEHASH, *parties, self.max_l1_fee, self._legs_hash())
        )

    def consent_hash(self) -> bytes:
        """Return the EIP-712 struct hash that the counterparty's session key signs."""
        return keccak256(
            _CONSENT_HASHED.pack(
                BLOCK_CONSENT_TYPEHASH, *_words(self.consent), self.account, self._legs_hash()
            )
        )

    def signers(self, domain_separator: bytes, reporter_epoch: int) -> tuple[bytes, ...]:
        """Return who signed, the submitter first; empty bytes for a bad or missing signature."""
        (submitter,) = super().signers(domain_separator, reporter_epoch)
        digest = signing_digest.digest(domain_separator, self.consent_hash())
        return submitter, recover(digest, self.consent_signature)

    def _check_signature(
        self,
        state: EngineState,
        prepared: PreparedOp,
        account: Account,
        session: Session,
        sender: bytes,
    ) -> Result:
        """Check the submitter's signature, then the consent as if it were an op of its own."""
        code = super()._check_signature(state, prepared, account, session, sender)
        if code:
            return code
        consent = self.consent
        code, consenting = admit(state, consent.account, consent.session, consent.expiry_ms)
        if consenting is None:
            return code
        code = consenting.check_nonce(consent.nonce)
        if code:
            return code
        state.meter.compute += COMPUTE_SIGNATURE
        signed = self._signers(state, prepared)[1] == consenting.key
        return Result.OK if signed else Result.BAD_SIGNATURE

    def reserve_fits(self, state: EngineState, account: Account) -> bool:
        """Whether the legs and the margin of both accounts fit the segment."""
        venue, count = state.venue, len(self.legs)
        read = 2 * POSITIONS_MAX + count
        portfolios = sum(
            each.margin_mode != 0 for each in (account, state.accounts[self.consent.account])
        )
        return state.meter.reserve_fits(
            count * (COMPUTE_ACTION + 2 * COMPUTE_SETTLE) + _TESTS + portfolios * COMPUTE_REVALUE,
            instruments=min(count, venue.next_instrument - 1),
            marks=min(read, venue.next_instrument - 1),
            underlyings=min(read, venue.next_underlying - 1) + portfolios,
            expiries=portfolios * OPTION_EXPIRIES_MAX,
            arrays=portfolios * POSITIONS_MAX,
            certificates=portfolios,
        )

    def act(self, state: EngineState, account: Account) -> tuple[Result, bytes]:
        """Trade all legs or none; the counterparty's nonce is used if they are traded."""
        consent = self.consent
        other = state.accounts[consent.account]
        parties = Party(account, self.max_fee_ppm), Party(other, consent.max_fee_ppm)
        code = settle_block(state, parties, self.legs)
        if not code:
            state.sessions[session_id(consent.account, consent.session)].use_nonce(consent.nonce)
        return code, b""


def _party(fields: list[int]) -> Consent:
    account, session, nonce, high, low, max_fee_ppm = fields
    return Consent(account, session, nonce, high << 32 | low, max_fee_ppm)


def _words(party: Consent) -> tuple[int, int, int, int, int, int]:
    """Return the fields of a party as they are packed to be hashed."""
    expiry = party.expiry_ms
    return (
        party.account,
        party.session,
        party.nonce,
        expiry >> 32,
        expiry & LOW_32,
        party.max_fee_ppm,
    )
