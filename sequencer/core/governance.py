"""Governance messages: listing, parameters, reporters (docs/protocol/inbox-messages.md)."""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct
from typing import Final

from strikeproof.sequencer.core.engine_event import Governed
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.global_record import ADDRESS_BYTES
from strikeproof.sequencer.core.instrument import Instrument, Mark, Underlying
from strikeproof.sequencer.core.product.product_table import PRODUCTS
from strikeproof.wire.constants import (
    FEE_PPM_MAX,
    INSTRUMENT_HEIGHT,
    PPM,
    PRICE_BAND_PPM_MAX,
    REPORTERS_MAX,
    UNDERLYING_HEIGHT,
    GovernanceAction,
    InstrumentStatus,
)
from strikeproof.wire.errors import Result
from strikeproof.wire.layout import GLOBAL_REPORTER_EPOCH_GREATEST

_SYMBOL_BYTES: Final = 16
_LIST_INSTRUMENT: Final = Struct(">HB3sQIIIIIQ16s")
_SET_INSTRUMENT: Final = Struct(">HBIIIIIQ")
_STATUSES: Final = frozenset(InstrumentStatus)


def _parameters_in_range(initial: int, maintenance: int, maker: int, taker: int, band: int) -> bool:
    """Whether margin fractions, fees and price band (ppm) are in their ranges."""
    return (
        1 <= maintenance <= initial <= PPM
        and maker <= FEE_PPM_MAX
        and taker <= FEE_PPM_MAX
        and 1 <= band <= PRICE_BAND_PPM_MAX
    )


def _list_underlying(state: EngineState, fields: bytes) -> Result:
    if len(fields) != _SYMBOL_BYTES:
        return Result.MALFORMED
    venue = state.venue
    id = venue.next_underlying
    if id >> UNDERLYING_HEIGHT:
        return Result.CAPACITY
    underlying = Underlying(id, fields)
    state.meter.touch_absent(underlying)
    state.underlyings.append(underlying)
    venue.next_underlying = id + 1
    state.events.append(Governed(governance_action=GovernanceAction.LIST_UNDERLYING, id=id))
    return Result.OK


def _list_instrument(state: EngineState, fields: bytes) -> Result:
    if len(fields) != _LIST_INSTRUMENT.size:
        return Result.MALFORMED
    (
        underlying,
        kind,
        tick_bytes,
        index_per_tick,
        initial,
        maintenance,
        maker_fee,
        taker_fee,
        band,
        min_order_value,
        symbol,
    ) = _LIST_INSTRUMENT.unpack(fields)
    tick_value = int.from_bytes(tick_bytes, "big")
    if (
        kind not in PRODUCTS
        or tick_value == 0
        or index_per_tick == 0
        or not _parameters_in_range(initial, maintenance, maker_fee, taker_fee, band)
    ):
        return Result.MALFORMED
    venue = state.venue
    if not 0 < underlying < venue.next_underlying:
        return Result.UNKNOWN_UNDERLYING
    id = venue.next_instrument
    if id >> INSTRUMENT_HEIGHT:
        return Result.CAPACITY
    mark = Mark(
        id,
        kind,
        state.underlyings[underlying],
        tick_value=tick_value,
        index_per_tick=index_per_tick,
        initial_margin_ppm=initial,
        maintenance_margin_ppm=maintenance,
    )
    instrument = Instrument(id, symbol, mark)
    instrument.maker_fee_ppm = maker_fee
    instrument.taker_fee_ppm = taker_fee
    instrument.price_band_ppm = band
    instrument.min_order_value = min_order_value
    state.meter.touch_absent(mark)
    state.meter.touch_absent(instrument)
    state.instruments.append(instrument)
    venue.next_instrument = id + 1
    state.events.append(Governed(governance_action=GovernanceAction.LIST_INSTRUMENT, id=id))
    return Result.OK


def _set_instrument(state: EngineState, fields: bytes) -> Result:
    if len(fields) != _SET_INSTRUMENT.size:
        return Result.MALFORMED
    id, status, initial, maintenance, maker_fee, taker_fee, band, min_order_value = (
        _SET_INSTRUMENT.unpack(fields)
    )
    if status not in _STATUSES or not _parameters_in_range(
        initial, maintenance, maker_fee, taker_fee, band
    ):
        return Result.MALFORMED
    if not 0 < id < state.venue.next_instrument:
        return Result.UNKNOWN_INSTRUMENT
    instrument = state.instruments[id]
    mark = instrument.mark
    state.meter.touch(instrument)
    state.meter.touch(mark)
    instrument.status = status
    instrument.maker_fee_ppm = maker_fee
    instrument.taker_fee_ppm = taker_fee
    instrument.price_band_ppm = band
    instrument.min_order_value = min_order_value
    mark.initial_margin_ppm = initial
    mark.maintenance_margin_ppm = maintenance
    state.events.append(Governed(governance_action=GovernanceAction.SET_INSTRUMENT, id=id))
    return Result.OK


def _set_reporters(state: EngineState, fields: bytes) -> Result:
    if len(fields) < 2:
        return Result.MALFORMED
    quorum, count = fields[0], fields[1]
    if len(fields) != 2 + count * ADDRESS_BYTES or not 1 <= quorum <= count <= REPORTERS_MAX:
        return Result.MALFORMED
    reporters = tuple(
        fields[at : at + ADDRESS_BYTES] for at in range(2, len(fields), ADDRESS_BYTES)
    )
    last = bytes(ADDRESS_BYTES)
    for reporter in reporters:  # the first must be above zero
        if reporter <= last:
            return Result.MALFORMED
        last = reporter
    venue = state.venue
    if venue.reporter_epoch >= GLOBAL_REPORTER_EPOCH_GREATEST:
        return Result.FIELD_OVERFLOW
    venue.reporters = reporters
    venue.reporter_quorum = quorum
    venue.reporter_epoch += 1
    state.events.append(Governed(governance_action=GovernanceAction.SET_REPORTERS, id=0))
    return Result.OK


_ACTIONS: Final[dict[int, Callable[[EngineState, bytes], Result]]] = {
    GovernanceAction.LIST_UNDERLYING: _list_underlying,
    GovernanceAction.LIST_INSTRUMENT: _list_instrument,
    GovernanceAction.SET_INSTRUMENT: _set_instrument,
    GovernanceAction.SET_REPORTERS: _set_reporters,
}


def execute(state: EngineState, payload: bytes) -> Result:
    """Execute the payload of a GOVERNANCE message; return its code."""
    if not payload:
        return Result.MALFORMED
    action = _ACTIONS.get(payload[0])
    if action is None:
        return Result.UNKNOWN_TYPE
    return action(state, payload[1:])
