"""Deleverage: what the house cannot carry is closed against the other side, pro rata."""

from __future__ import annotations

from typing import ClassVar

from strikeproof.sequencer.core.engine_event import Deleveraged
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.house_ledgers import (
    borrow,
    mark_value,
    pay_back,
    settle_for_good,
    write_deficit,
)
from strikeproof.sequencer.core.instrument import Instrument
from strikeproof.sequencer.core.op import PreparedOp
from strikeproof.sequencer.core.ops.instrument_op import InstrumentOp, touched_instrument
from strikeproof.sequencer.core.outcome import OpOutcome
from strikeproof.sequencer.core.rules.deleveraging import apply, closable_lots, deleverage
from strikeproof.wire.constants import COMPUTE_DELEVERAGE, InstrumentStatus, OpType
from strikeproof.wire.errors import Result


class Deleverage(InstrumentOp):
    """The house of one instrument."""

    TYPE: ClassVar[OpType] = OpType.DELEVERAGE
    __slots__ = ()

    def execute(self, state: EngineState, prepared: PreparedOp, sender: bytes) -> OpOutcome:
        """Lend to the house, and close lots if that is not enough. Ordered if it was below its
        margin.
        """
        code = self._deleverage(state)
        return OpOutcome(code, b"", state.events, code == Result.OK)

    def _deleverage(self, state: EngineState) -> Result:
        if not state.meter.reserve_fits(COMPUTE_DELEVERAGE, instruments=1, marks=1, underlyings=1):
            return Result.SEGMENT_FULL
        state.meter.compute += COMPUTE_DELEVERAGE
        instrument = touched_instrument(state, self.instrument)
        if instrument is None:
            return Result.UNKNOWN_INSTRUMENT
        if instrument.status == InstrumentStatus.SETTLED:
            return Result.INSTRUMENT_SETTLED
        mark = instrument.mark
        if mark.is_stale(state.now_ms):
            return Result.STALE_PRICE
        house, margin_ppm = instrument.house, instrument.house_margin_ppm
        if not closable_lots(house):
            return Result.HOUSE_FLAT
        if not house.is_below(margin_ppm, mark_value(instrument)):
            return Result.HOUSE_SOLVENT
        borrow(state, instrument)
        if house.is_below(margin_ppm, mark_value(instrument)):
            _close(state, instrument)
        pay_back(state, instrument)
        write_deficit(state, instrument)
        return Result.OK


def _close(state: EngineState, instrument: Instrument) -> None:
    mark = instrument.mark
    found = deleverage(
        instrument.house,
        mark.indices,
        mark_value(instrument),
        instrument.price_band_ppm,
        mark.underlying.publish_time_ms,
    )
    assert found is not None, "the house has lots, and somebody opposes it"
    state.venue.feed_epoch += 1  # what certificates hold is no longer what accounts hold
    if found.is_final:
        settle_for_good(state, instrument, mark.price)
    else:
        state.events.append(
            Deleveraged(
                instrument=instrument.id,
                is_long=found.sign > 0,
                lots=found.lots,
                price=found.price,
                factor_before=mark.indices.side(found.sign).factor,
                factor=found.side.factor,
            )
        )
        mark.set_indices(apply(found, instrument.house, mark.indices, mark.tick_value))
