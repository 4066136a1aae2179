"""Orphans: underlyings that have had no price for a day, and the end of their instruments."""

from __future__ import annotations

from typing import ClassVar, Self

from strikeproof.sequencer.core.engine_event import OrphanAnnounced
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.house_ledgers import settle_for_good, write_deficit
from strikeproof.sequencer.core.op import PreparedOp, UnsignedOp
from strikeproof.sequencer.core.ops.instrument_op import InstrumentOp, read_id, touched_instrument
from strikeproof.sequencer.core.outcome import OpOutcome
from strikeproof.wire.constants import (
    COMPUTE_DELEVERAGE,
    ORPHAN_AGE_MS,
    ORPHAN_NOTICE_MS,
    InstrumentStatus,
    OpType,
)
from strikeproof.wire.errors import Result


class AnnounceOrphan(UnsignedOp):
    """One underlying."""

    TYPE: ClassVar[OpType] = OpType.ANNOUNCE_ORPHAN
    __slots__ = ("underlying",)

    def __init__(self, underlying: int) -> None:
        self.underlying = underlying

    @classmethod
    def decode(cls, body: bytes, signature_may_lack: bool) -> Self | Result:
        """Return the op of a body, else MALFORMED. It bears no signature."""
        underlying = read_id(body)
        return Result.MALFORMED if underlying is None else cls(underlying)

    def execute(self, state: EngineState, prepared: PreparedOp, sender: bytes) -> OpOutcome:
        """Announce it. Ordered if that succeeded."""
        code = self._announce(state)
        return OpOutcome(code, b"", state.events, code == Result.OK)

    def _announce(self, state: EngineState) -> Result:
        if not state.meter.reserve_fits(0, underlyings=1):
            return Result.SEGMENT_FULL
        if not 0 < self.underlying < state.venue.next_underlying:
            return Result.UNKNOWN_UNDERLYING
        underlying = state.underlyings[self.underlying]
        if underlying.touched != state.meter.stamp:
            state.meter.touch(underlying)
        if not underlying.index_price:
            return Result.NO_PRICE
        if underlying.orphan_ms or state.now_ms < underlying.publish_time_ms + ORPHAN_AGE_MS:
            return Result.NOT_ORPHANED
        underlying.set_price(underlying.price, underlying.slope_ppm, state.now_ms)
        told = OrphanAnnounced(underlying=underlying.id, announced_ms=state.now_ms)
        state.events.append(told)
        return Result.OK


class SettleOrphan(InstrumentOp):
    """One instrument of an orphan."""

    TYPE: ClassVar[OpType] = OpType.SETTLE_ORPHAN
    __slots__ = ()

    def execute(self, state: EngineState, prepared: PreparedOp, sender: bytes) -> OpOutcome:
        """Settle it at the mark of the last index. Ordered if that succeeded."""
        code = self._settle(state)
        return OpOutcome(code, b"", state.events, code == Result.OK)

    def _settle(self, state: EngineState) -> Result:
        if not state.meter.reserve_fits(COMPUTE_DELEVERAGE, instruments=1, marks=1, underlyings=1):
            return Result.SEGMENT_FULL
        state.meter.compute += COMPUTE_DELEVERAGE
        instrument = touched_instrument(state, self.instrument)
        if instrument is None:
            return Result.UNKNOWN_INSTRUMENT
        if instrument.status == InstrumentStatus.SETTLED:
            return Result.INSTRUMENT_SETTLED
        announced_ms = instrument.mark.underlying.orphan_ms
        if not announced_ms or state.now_ms < announced_ms + ORPHAN_NOTICE_MS:
            return Result.NOT_ORPHANED
        settle_for_good(state, instrument, max(1, instrument.mark.price))
        write_deficit(state, instrument)
        return Result.OK
