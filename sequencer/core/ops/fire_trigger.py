"""FireTrigger: a trigger whose price has come becomes an order."""

from __future__ import annotations

from struct import Struct
from typing import ClassVar, Final, Self

from strikeproof.sequencer.core.account import Account
from strikeproof.sequencer.core.action_execution import take_at_once
from strikeproof.sequencer.core.book_changes import free_if_empty
from strikeproof.sequencer.core.bundle_action import PLACE, Action
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.instrument import Instrument
from strikeproof.sequencer.core.op import PreparedOp, UnsignedOp
from strikeproof.sequencer.core.ops.instrument_op import touched_instrument
from strikeproof.sequencer.core.ops.liquidate import TEST_WORST
from strikeproof.sequencer.core.order_book import REDUCE_ONLY, SELL
from strikeproof.sequencer.core.outcome import OpOutcome
from strikeproof.sequencer.core.rules.band_edges import band_edges
from strikeproof.sequencer.core.trigger import Trigger, TriggerPlace, TriggerTerms
from strikeproof.sequencer.core.trigger_event import TriggerEnded, TriggerEnding, TriggerFired
from strikeproof.wire.constants import (
    COMPUTE_ACTION,
    COMPUTE_MAKER,
    COMPUTE_SETTLE,
    LIQUIDATION_TOUCHES_MAX,
    POSITIONS_MAX,
    TRIGGERS_MAX,
    InstrumentStatus,
    OpType,
    SelfTrade,
    TimeInForce,
)
from strikeproof.wire.errors import Result

_BODY: Final = Struct(">IHB")
_FLAGS: Final = int(SelfTrade.CANCEL_MAKER) << 3 | int(TimeInForce.IOC) << 5
_COMPUTE: Final = (
    COMPUTE_ACTION
    + LIQUIDATION_TOUCHES_MAX * (COMPUTE_MAKER + 2 * COMPUTE_SETTLE)
    + (2 * LIQUIDATION_TOUCHES_MAX + 1) * TEST_WORST
)
_KEYS: Final = POSITIONS_MAX * (LIQUIDATION_TOUCHES_MAX + 1) + 1


class FireTrigger(UnsignedOp):
    """The trigger at a place of an account and instrument."""

    TYPE: ClassVar[OpType] = OpType.FIRE_TRIGGER
    __slots__ = ("where",)

    def __init__(self, where: TriggerPlace) -> None:
        self.where = where

    @classmethod
    def decode(cls, body: bytes, signature_may_lack: bool) -> Self | Result:
        """Return the op of a body, else MALFORMED. It bears no signature."""
        if len(body) != _BODY.size:
            return Result.MALFORMED
        where = TriggerPlace(*_BODY.unpack(body))
        return Result.MALFORMED if where.place >= TRIGGERS_MAX else cls(where)

    def execute(self, state: EngineState, prepared: PreparedOp, sender: bytes) -> OpOutcome:
        """Fire the trigger. Ordered if the place had one that was spent, or dead."""
        code, is_ordered = self._fire(state)
        return OpOutcome(code, b"", state.events, is_ordered)

    def _fire(self, state: EngineState) -> tuple[Result, bool]:
        venue = state.venue
        if not state.meter.reserve_fits(
            _COMPUTE,
            accounts=LIQUIDATION_TOUCHES_MAX + 1,
            instruments=1,
            marks=min(_KEYS, venue.next_instrument - 1),
            underlyings=min(_KEYS, venue.next_underlying - 1),
            orders=LIQUIDATION_TOUCHES_MAX + 1,
            arrays=1,
            expiries=1,
            triggers=1,
        ):
            return Result.SEGMENT_FULL, False
        state.meter.compute += COMPUTE_ACTION
        if not 0 < self.where.account < venue.next_account:
            return Result.UNKNOWN_ACCOUNT, False
        account = state.touched_account(self.where.account)
        instrument = touched_instrument(state, self.where.instrument)
        if instrument is None:
            return Result.UNKNOWN_INSTRUMENT, False
        trigger = state.touched_trigger(self.where.id)
        if trigger.is_empty:
            return Result.TRIGGER_NOT_FOUND, False
        mark = instrument.mark
        if trigger.is_dead(account, account.position(instrument.id), mark, venue.clock_ms):
            client_id = trigger.terms.client_id
            trigger.empty()
            state.events.append(TriggerEnded(*self.where, client_id, TriggerEnding.DEAD))
            return Result.TRIGGER_NOT_FOUND, True
        if instrument.status == InstrumentStatus.HALTED:
            return Result.HALTED, False
        if mark.is_stale(state.now_ms):
            return Result.STALE_PRICE, False
        if not trigger.has_come(mark):
            return Result.NOT_TRIGGERED, False
        return self._take(state, account, instrument, trigger), True

    def _take(
        self, state: EngineState, account: Account, instrument: Instrument, trigger: Trigger
    ) -> Result:
        """Empty the place and match the order; what a segment's bound on makers leaves of it waits
        again."""
        terms, epoch = trigger.terms, trigger.epoch
        price = trigger.price(instrument.mark)
        trigger.empty()
        action = _order(instrument, terms)
        code, lots = take_at_once(state, account, instrument, action, terms.max_fee_ppm)
        waits = 0
        if code == Result.TOUCHES_EXHAUSTED:
            waits = lots
            trigger.set_terms(terms._replace(lots=lots), epoch)
        elif code == Result.OK and lots:
            code = Result.IOC_REMAINDER
        told = (terms.client_id, terms.sell, price, terms.lots, int(code), waits)
        state.events.append(TriggerFired(*self.where, *told))
        position = account.position(instrument.id)
        assert position is not None, "a live trigger has an entry"
        free_if_empty(state, account, position)
        return code


def _order(instrument: Instrument, terms: TriggerTerms) -> Action:
    """Return the order of a trigger, its limit within the band."""
    mark = instrument.mark
    low, high = band_edges(mark.price, instrument.price_band_ppm, mark.forward)
    limit = max(terms.limit, low) if terms.sell else min(terms.limit, high)
    flags = _FLAGS | (SELL if terms.sell else 0) | (REDUCE_ONLY if terms.reduce_only else 0)
    return Action(PLACE, instrument.id, flags=flags, price=limit, lots=terms.lots)
