"""Unwind: the house of an instrument trades out through the book, a share in each window."""

from __future__ import annotations

from typing import ClassVar, Final

from strikeproof.sequencer.core.account import Account, Position
from strikeproof.sequencer.core.engine_event import Unwound
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.house_ledgers import pay_back, write_deficit
from strikeproof.sequencer.core.instrument import Instrument
from strikeproof.sequencer.core.op import PreparedOp
from strikeproof.sequencer.core.ops.instrument_op import InstrumentOp, touched_instrument
from strikeproof.sequencer.core.ops.liquidate import TEST_WORST
from strikeproof.sequencer.core.outcome import OpOutcome
from strikeproof.sequencer.core.rounding import div_floor
from strikeproof.sequencer.core.rules.band_edges import edges_within
from strikeproof.sequencer.core.system_taker import ForcedTaker, close_in_book
from strikeproof.wire.constants import (
    COMPUTE_ACTION,
    COMPUTE_MAKER,
    COMPUTE_SETTLE,
    FRACTION,
    LIQUIDATION_TOUCHES_MAX,
    POSITIONS_MAX,
    PPM,
    UNWIND_SHARE_PPM,
    UNWIND_START_PPM,
    UNWIND_WIDEN_MS,
    UNWIND_WINDOW_MS,
    InstrumentStatus,
    OpType,
)
from strikeproof.wire.errors import Result

_COMPUTE: Final = COMPUTE_ACTION + LIQUIDATION_TOUCHES_MAX * (
    COMPUTE_MAKER + COMPUTE_SETTLE + TEST_WORST
)
_KEYS: Final = POSITIONS_MAX * LIQUIDATION_TOUCHES_MAX + 1
_NOBODY: Final = b""  # the house has no owner: no self-trade


class Unwind(InstrumentOp):
    """The house of one instrument."""

    TYPE: ClassVar[OpType] = OpType.UNWIND
    __slots__ = ()

    def execute(self, state: EngineState, prepared: PreparedOp, sender: bytes) -> OpOutcome:
        """Trade out. Ordered if the house had anything to trade now."""
        code, is_ordered = self._unwind(state)
        return OpOutcome(code, b"", state.events, is_ordered)

    def _unwind(self, state: EngineState) -> tuple[Result, bool]:
        venue = state.venue
        if not state.meter.reserve_fits(
            _COMPUTE,
            accounts=LIQUIDATION_TOUCHES_MAX,
            instruments=1,
            marks=min(_KEYS, venue.next_instrument - 1),
            underlyings=min(_KEYS, venue.next_underlying - 1),
            orders=LIQUIDATION_TOUCHES_MAX + 1,
            arrays=1,
            expiries=1,
        ):
            return Result.SEGMENT_FULL, False
        state.meter.compute += COMPUTE_ACTION
        instrument = touched_instrument(state, self.instrument)
        if instrument is None:
            return Result.UNKNOWN_INSTRUMENT, False
        if instrument.status == InstrumentStatus.SETTLED:
            return Result.INSTRUMENT_SETTLED, False
        if instrument.is_halted(venue.clock_ms):
            return Result.HALTED, False
        mark = instrument.mark
        if mark.is_stale(state.now_ms):
            return Result.STALE_PRICE, False
        if not _whole_lots(instrument):
            return Result.HOUSE_FLAT, False
        lots = unwind_lots(instrument, state.now_ms)
        if lots <= 0:
            return Result.TOO_SOON, False
        if _opens_window(instrument, state.now_ms):
            instrument.unwind_ms = state.now_ms
            instrument.unwound_lots = 0
        return self._trade(state, instrument, lots), True

    def _trade(self, state: EngineState, instrument: Instrument, lots: int) -> Result:
        house = instrument.house
        is_long = house.effective_lots > 0
        account = Account(0, _NOBODY)
        account.collateral = house.cash
        position = Position(0, instrument.mark, 0)
        position.trade_to(_whole_lots(instrument) * (1 if is_long else -1))
        order = lots, unwind_limit(instrument, state.now_ms)
        taker = ForcedTaker(is_house=True)
        code, left = close_in_book(state, instrument, (account, position), order, taker)
        instrument.unwound_lots += lots - left
        if left < lots:
            bought = left - lots if is_long else lots - left
            state.events.append(Unwound(instrument=instrument.id, lots=bought))
        pay_back(state, instrument)
        write_deficit(state, instrument)
        if not left:
            return Result.OK
        return code if code != Result.OK else Result.IOC_REMAINDER


def _whole_lots(instrument: Instrument) -> int:
    return abs(instrument.house.effective_lots) // FRACTION


def _opens_window(instrument: Instrument, now_ms: int) -> bool:
    return now_ms >= instrument.unwind_ms + UNWIND_WINDOW_MS


def unwind_lots(instrument: Instrument, now_ms: int) -> int:
    """Return how many lots the house may trade out now: none, or fewer, if its share of the window
    is used up."""
    whole = _whole_lots(instrument)
    done = 0 if _opens_window(instrument, now_ms) else instrument.unwound_lots
    lots = max(1, div_floor((whole + done) * UNWIND_SHARE_PPM, PPM)) - done
    return min(lots, whole)


def unwind_limit(instrument: Instrument, now_ms: int) -> int:
    """Return the price in ticks that the house trades out at, or better."""
    mark = instrument.mark
    low, high = edges_within(mark.price, _width(instrument, now_ms))
    return low if instrument.house.effective_lots > 0 else high


def _width(instrument: Instrument, now_ms: int) -> int:
    """Return how far from the mark the house trades, ticks; an option by half of its mark at most,
    which may be a small part of its forward."""
    mark, ppm = instrument.mark, _width_ppm(instrument, now_ms)
    width = div_floor(mark.forward * ppm, PPM)
    if mark.is_option:
        width = min(width, max(1, div_floor(mark.price * ppm, 2 * instrument.price_band_ppm)))
    return width


def _width_ppm(instrument: Instrument, now_ms: int) -> int:
    """Return how far from the mark the house trades, ppm: further the longer it holds lots."""
    band = instrument.price_band_ppm
    if band <= UNWIND_START_PPM:
        return band
    held_ms = min(max(0, now_ms - instrument.takeover_ms), UNWIND_WIDEN_MS)
    return UNWIND_START_PPM + div_floor((band - UNWIND_START_PPM) * held_ms, UNWIND_WIDEN_MS)
