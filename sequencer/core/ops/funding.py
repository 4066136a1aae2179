"""Funding: a sample of the book's premium over the mark moves a perpetual's funding index."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from strikeproof.sequencer.core.engine_event import Funded
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.gone_order import why_gone
from strikeproof.sequencer.core.house_ledgers import write_deficit
from strikeproof.sequencer.core.instrument import Instrument
from strikeproof.sequencer.core.op import PreparedOp
from strikeproof.sequencer.core.ops.instrument_op import InstrumentOp, touched_instrument
from strikeproof.sequencer.core.outcome import OpOutcome
from strikeproof.sequencer.core.rules.funding_rate import (
    BookOrder,
    FundingState,
    FundingTerms,
    SampleEnd,
    is_due,
    premium_ppm,
    rate_ppm,
    sample,
    walk,
)
from strikeproof.wire.constants import (
    COMPUTE_FUNDING,
    COMPUTE_WALK,
    FUNDING_WALK_MAX,
    InstrumentKind,
    InstrumentStatus,
    OpType,
)
from strikeproof.wire.errors import Result

_COMPUTE: Final = COMPUTE_FUNDING + 2 * FUNDING_WALK_MAX * COMPUTE_WALK


class Funding(InstrumentOp):
    """A sample of one instrument."""

    TYPE: ClassVar[OpType] = OpType.FUNDING
    __slots__ = ()

    def execute(self, state: EngineState, prepared: PreparedOp, sender: bytes) -> OpOutcome:
        """Take the sample. Ordered if it was taken."""
        code = self._take(state)
        return OpOutcome(code, b"", state.events, code == Result.OK)

    def _take(self, state: EngineState) -> Result:
        if not state.meter.reserve_fits(
            _COMPUTE,
            instruments=1,
            marks=1,
            underlyings=1,
            accounts=2 * FUNDING_WALK_MAX,
            orders=2 * (FUNDING_WALK_MAX + 1),
        ):
            return Result.SEGMENT_FULL
        state.meter.compute += COMPUTE_FUNDING
        instrument = touched_instrument(state, self.instrument)
        if instrument is None:
            return Result.UNKNOWN_INSTRUMENT
        mark, now_ms = instrument.mark, state.now_ms
        if mark.kind != InstrumentKind.PERPETUAL:
            return Result.WRONG_PRODUCT
        if instrument.status == InstrumentStatus.SETTLED:
            return Result.INSTRUMENT_SETTLED
        if not mark.price:
            return Result.NO_PRICE
        if mark.underlying.stale_after_ms < now_ms:
            return Result.STALE_PRICE
        if not is_due(instrument.funding_ms, now_ms):
            return Result.TOO_SOON
        impact, tick_value = instrument.impact_value, mark.tick_value
        bids = walk(_met(state, instrument, instrument.best_bid), impact, tick_value)
        if bids is None:
            return Result.SWEEP_FIRST
        asks = walk(_met(state, instrument, instrument.best_ask), impact, tick_value)
        if asks is None:
            return Result.SWEEP_FIRST
        terms = FundingTerms(
            tick_value,
            instrument.funding_cap_ppm,
            instrument.funding_interest_ppm,
            instrument.funding_tau_ms,
        )
        indices = mark.indices
        before = FundingState(
            instrument.funding_average, indices.funding_index, instrument.funding_ms
        )
        rate = rate_ppm(premium_ppm(bids, asks, mark.price), terms)
        end, after = sample(before, terms, rate, mark.price, now_ms)
        if end is SampleEnd.INDEX_FULL:
            return Result.FIELD_OVERFLOW
        instrument.funding_average = after.average
        instrument.funding_ms = after.time_ms
        moved = after.index - before.index
        if moved:
            mark.set_indices(indices.with_funding(after.index))
            instrument.house.funding_accrues(moved)
        write_deficit(state, instrument)
        state.events.append(
            Funded(instrument=instrument.id, average=after.average, funding_index=after.index)
        )
        return Result.OK


def _met(state: EngineState, instrument: Instrument, best: int) -> Iterator[BookOrder]:
    """Yield what a walk of a side meets, at most FUNDING_WALK_MAX orders, touching each and its
    account as it is asked for."""
    meter = state.meter
    slot = best
    for _ in range(FUNDING_WALK_MAX):
        if not slot:
            return
        meter.compute += COMPUTE_WALK
        order = instrument.orders[slot]
        if order.touched != meter.stamp:
            meter.touch_order(order)
        account = state.touched_account(order.account)
        position = account.position(instrument.id)
        assert position is not None, "a linked order keeps its account's entry"
        clock_ms, now_ms = state.venue.clock_ms, state.now_ms
        gone = why_gone(instrument, order, account, position, clock_ms, now_ms)
        yield BookOrder(order.price, order.lots, gone is not None)
        slot = order.next
