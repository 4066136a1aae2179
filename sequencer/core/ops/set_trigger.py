"""SetTrigger: an order that waits for a price is placed, replaced or taken back."""

from __future__ import annotations

from struct import Struct
from typing import ClassVar, Final, Self

from strikeproof.keccak import keccak256
from strikeproof.sequencer.core.account import Account
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.signing_digest import HASH, LOW_32, U8, U16, U32, U40, U48, U64
from strikeproof.sequencer.core.trigger import NO_TERMS, Trigger, TriggerPlace, TriggerTerms
from strikeproof.sequencer.core.trigger_event import TriggerEnded, TriggerEnding, TriggerSet
from strikeproof.sequencer.core.user_op import UserOp, split_signature
from strikeproof.wire.constants import (
    SET_TRIGGER_TYPEHASH,
    TRIGGERS_MAX,
    InstrumentStatus,
    OpType,
)
from strikeproof.wire.errors import Result

# Account, session, nonce, expiry, instrument, place, the four flags, trigger price, limit, lots,
# maximum fee, the trigger's expiry, client id, maximum L1 fee; u48 and u40 as high and low parts.
_BODY: Final = Struct(">IBQHIHBBBBBQIBIIHIQQ")
_HASHED: Final = Struct(
    ">" + HASH + U32 + U8 + U64 + U48 + U16 + 5 * U8 + U64 + U32 + U40 + U32 + U48 + U64 + U64
)
_FLAG_COUNT: Final = 4


class SetTrigger(UserOp):
    """A trigger of the account; without terms it is taken back."""

    TYPE: ClassVar[OpType] = OpType.SET_TRIGGER
    __slots__ = ("instrument", "place", "terms")

    def __init__(
        self,
        account: int,
        session: int,
        nonce: int,
        expiry_ms: int,
        instrument: int,
        place: int,
        terms: TriggerTerms,
        max_l1_fee: int,
        signature: bytes | None,
    ) -> None:
        self.account = account
        self.session = session
        self.nonce = nonce
        self.expiry_ms = expiry_ms
        self.signature = signature
        self.instrument = instrument
        self.place = place
        self.terms = terms
        self.max_l1_fee = max_l1_fee

    @classmethod
    def decode(cls, body: bytes, signature_may_lack: bool) -> Self | Result:
        """Return the op of a body, else MALFORMED."""
        ok, signature = split_signature(body, _BODY.size, signature_may_lack)
        if not ok:
            return Result.MALFORMED
        account, session, nonce, high, low, instrument, place, *rest = _BODY.unpack_from(body)
        flags = rest[:_FLAG_COUNT]
        price, limit, high_lots, lots, max_fee, *until = rest[_FLAG_COUNT:]
        until_ms, (client_id, max_l1_fee) = until[0] << 32 | until[1], until[2:]
        order = (price, limit, high_lots << 32 | lots, max_fee, until_ms, client_id)
        terms = TriggerTerms._make((*flags, *order))
        names_order = terms.trigger_price and terms.limit and terms.lots
        if place >= TRIGGERS_MAX or max(flags) > 1 or not (names_order or terms == NO_TERMS):
            return Result.MALFORMED
        head = (account, session, nonce, high << 32 | low)
        return cls(*head, instrument, place, terms, max_l1_fee, signature)

    def struct_hash(self) -> bytes:
        """Return the EIP-712 struct hash that the session's key signs."""
        terms = self.terms
        return keccak256(
            _HASHED.pack(
                SET_TRIGGER_TYPEHASH,
                self.account,
                self.session,
                self.nonce,
                self.expiry_ms >> 32,
                self.expiry_ms & LOW_32,
                self.instrument,
                self.place,
                terms.sell,
                terms.reduce_only,
                terms.falling,
                terms.by_mark,
                terms.trigger_price,
                terms.limit,
                terms.lots >> 32,
                terms.lots & LOW_32,
                terms.max_fee_ppm,
                terms.expiry_ms >> 32,
                terms.expiry_ms & LOW_32,
                terms.client_id,
                self.max_l1_fee,
            )
        )

    def reserve_fits(self, state: EngineState, account: Account) -> bool:
        """Whether the trigger and its instrument fit the segment."""
        return state.meter.reserve_fits(0, instruments=1, triggers=1)

    def act(self, state: EngineState, account: Account) -> tuple[Result, bytes]:
        """Set the trigger, or empty its place."""
        if not 0 < self.instrument < state.venue.next_instrument:
            return Result.UNKNOWN_INSTRUMENT, b""
        where = TriggerPlace(account.id, self.instrument, self.place)
        trigger = state.touched_trigger(where.id)
        if self.terms == NO_TERMS:
            return self._take_back(state, trigger), b""
        if account.margin_mode:
            return Result.WRONG_MARGIN_MODE, b""
        meter = state.meter
        instrument = state.instruments[self.instrument]
        if instrument.touched != meter.stamp:
            meter.touch_instrument(instrument)
        if instrument.status == InstrumentStatus.SETTLED:
            return Result.INSTRUMENT_SETTLED, b""
        clock_ms = state.venue.clock_ms
        if 0 < self.terms.expiry_ms <= clock_ms or 0 < account.cancel_at_ms <= clock_ms:
            return Result.EXPIRED, b""
        position = account.position(self.instrument)
        if position is None:
            return Result.NO_POSITION, b""
        if not trigger.is_empty:
            is_dead = trigger.is_dead(account, position, instrument.mark, clock_ms)
            why = TriggerEnding.DEAD if is_dead else TriggerEnding.REPLACED
            state.events.append(TriggerEnded(*where, trigger.terms.client_id, why))
        trigger.set_terms(self.terms, position.epoch)
        state.events.append(TriggerSet(*where, *self.terms))
        return Result.OK, b""

    def _take_back(self, state: EngineState, trigger: Trigger) -> Result:
        if trigger.is_empty:
            return Result.TRIGGER_NOT_FOUND
        client_id = trigger.terms.client_id
        trigger.empty()
        where = (self.account, self.instrument, self.place)
        state.events.append(TriggerEnded(*where, client_id, TriggerEnding.TAKEN_BACK))
        return Result.OK
