"""Reprice: a strike's call and put are priced from the surface of their expiry, or settled.

Source: docs/protocol/options.md.
"""

from __future__ import annotations

from typing import ClassVar

from strikeproof.sequencer.core.engine_event import Repriced
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.expiry import Expiry
from strikeproof.sequencer.core.house_ledgers import settle_for_good, write_deficit
from strikeproof.sequencer.core.instrument import Instrument
from strikeproof.sequencer.core.margin import touch_mark
from strikeproof.sequencer.core.mark import Mark
from strikeproof.sequencer.core.op import PreparedOp
from strikeproof.sequencer.core.ops.instrument_op import InstrumentOp
from strikeproof.sequencer.core.outcome import OpOutcome
from strikeproof.sequencer.core.rules.option_mark import (
    Strike,
    SurfaceTerms,
    ValuedOption,
    payoff,
    price_pair,
)
from strikeproof.wire.constants import (
    COMPUTE_REPRICE,
    REPRICE_SPACING_MS,
    SURFACE_STALE_MS,
    InstrumentKind,
    InstrumentStatus,
    OpType,
)
from strikeproof.wire.errors import Result

_CALL = int(InstrumentKind.CALL)


class Reprice(InstrumentOp):
    """The call of a pair, by its number; its put has the next."""

    TYPE: ClassVar[OpType] = OpType.REPRICE
    __slots__ = ()

    def execute(self, state: EngineState, prepared: PreparedOp, sender: bytes) -> OpOutcome:
        """Price the pair, or settle it. Ordered if that succeeded."""
        code = self._reprice(state)
        return OpOutcome(code, b"", state.events, code == Result.OK)

    def _reprice(self, state: EngineState) -> Result:
        meter = state.meter
        if not meter.reserve_fits(
            COMPUTE_REPRICE, underlyings=1, instruments=2, marks=2, expiries=1, arrays=2
        ):
            return Result.SEGMENT_FULL
        meter.compute += COMPUTE_REPRICE
        if not 0 < self.instrument < state.venue.next_instrument:
            return Result.UNKNOWN_INSTRUMENT
        call = state.instruments[self.instrument].mark
        if call.touched != meter.stamp:
            touch_mark(meter, call)
        if call.kind != _CALL:
            return Result.WRONG_PRODUCT
        put = state.instruments[self.instrument + 1].mark
        if put.touched != meter.stamp:
            touch_mark(meter, put)
        expiry = state.expiries[call.expiry]
        if expiry.touched != meter.stamp:
            meter.touch(expiry)
        if not call.index_ppb and not put.index_ppb:
            return Result.INSTRUMENT_SETTLED
        if expiry.settlement:
            for mark in (call, put):
                _settle(state, state.instruments[mark.id], expiry)
            return Result.OK
        code = check_due(expiry, call, put, state.now_ms, state.venue.clock_ms)
        if code != Result.OK:
            return code
        return _price(state, expiry, call, put)


def check_due(expiry: Expiry, call: Mark, put: Mark, now_ms: int, clock_ms: int) -> Result:
    """Return EXPIRY_CLOSED, NO_PRICE, STALE_PRICE, TOO_SOON or OK, of an expiry that is not
    settled."""
    underlying = expiry.underlying
    if clock_ms >= expiry.expiry_ms:
        return Result.EXPIRY_CLOSED
    if not underlying.index_price or not expiry.surface.time_ms:
        return Result.NO_PRICE
    if not underlying.publish_time_ms <= now_ms <= underlying.stale_after_ms:
        return Result.STALE_PRICE
    if not expiry.publish_time_ms <= now_ms <= expiry.publish_time_ms + SURFACE_STALE_MS:
        return Result.STALE_PRICE
    for mark in (call, put):
        priced_ms = mark.pricing.priced_ms
        if mark.index_ppb and priced_ms and now_ms < priced_ms + REPRICE_SPACING_MS:
            return Result.TOO_SOON
    return Result.OK


def find_pricings(
    expiry: Expiry, mark: Mark, now_ms: int
) -> tuple[ValuedOption, ValuedOption] | None:
    """Return what a call and its put are priced at, `mark` being one that follows the expiry, or
    None beyond the kernel's domain."""
    surface = expiry.surface
    return price_pair(
        Strike(mark.forward, mark.strike, mark.index_per_tick, mark.fixed_price),
        SurfaceTerms(
            surface.a,
            surface.b,
            surface.rho,
            surface.m,
            surface.sigma,
            surface.forward,
            surface.rate_ppm,
        ),
        max(0, expiry.expiry_ms - now_ms) // 1_000,
        max(0, expiry.expiry_ms - surface.time_ms) // 1_000,
        now_ms,
    )


def _price(state: EngineState, expiry: Expiry, call: Mark, put: Mark) -> Result:
    before = [(mark.fixed_price, mark.index_ppb) for mark in (call, put)]
    for mark in (call, put):
        expiry.mark_future(mark)
    found = find_pricings(expiry, call if call.index_ppb else put, state.now_ms)
    if found is None:
        for mark, parts in zip((call, put), before, strict=True):
            mark.set_parts(*parts)
        return Result.NO_PRICE
    for mark, (pricing, values) in zip((call, put), found, strict=True):
        if mark.index_ppb:
            mark.reprice(pricing)
            state.touched_array(mark.id).set_values(values, state.now_ms)
    state.events.append(Repriced(instrument=call.id, call=call.price, put=put.price))
    return Result.OK


def _settle(state: EngineState, instrument: Instrument, expiry: Expiry) -> None:
    if instrument.touched != state.meter.stamp:
        state.meter.touch_instrument(instrument)
    if instrument.status == InstrumentStatus.SETTLED:
        return
    mark = instrument.mark
    price = payoff(expiry.settlement, mark.strike, mark.index_per_tick, mark.is_put)
    settle_for_good(state, instrument, price)
    write_deficit(state, instrument)
