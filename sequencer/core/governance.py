"""Governance messages: listing, parameters, reporters (docs/protocol/inbox-messages.md)."""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct
from typing import Final, NamedTuple

from strikeproof.sequencer.core.engine_event import Governed
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.global_record import ADDRESS_BYTES
from strikeproof.sequencer.core.instrument import Instrument
from strikeproof.sequencer.core.mark import Mark
from strikeproof.sequencer.core.product.product_table import PRODUCTS
from strikeproof.sequencer.core.rules.bounded_price import SlopeTerms
from strikeproof.sequencer.core.underlying import Underlying
from strikeproof.wire.constants import (
    FEE_PPM_MAX,
    FUNDING_CAP_PPM_MAX,
    INSTRUMENT_HEIGHT,
    PPM,
    PRICE_BAND_PPM_MAX,
    REPORTERS_MAX,
    SLOPE_PPM_MAX,
    UNDERLYING_HEIGHT,
    GovernanceAction,
    InstrumentStatus,
)
from strikeproof.wire.errors import Result
from strikeproof.wire.layout import GLOBAL_REPORTER_EPOCH_GREATEST

_SYMBOL_BYTES: Final = 16
IMPACT_ORDERS: Final = 8  # of the least value: a walk meets so many
_LISTED: Final = Struct(">HB3sQIIIIIQ16s")  # of a new instrument alone, and its terms' first part
_LISTED_TERMS: Final = Struct(">IIIiIQB")
_SET: Final = Struct(">HBIIIIIQIIIiIQBH")
_LATENCY: Final = Struct(">IIII")
_SETTABLE: Final = frozenset(InstrumentStatus) - {InstrumentStatus.SETTLED}


class Terms(NamedTuple):
    """What governance may change of an instrument: fractions in ppm, values in micro-USD."""

    initial_margin_ppm: int
    maintenance_margin_ppm: int
    maker_fee_ppm: int
    taker_fee_ppm: int
    price_band_ppm: int
    min_order_value: int
    liquidation_fee_ppm: int
    house_margin_ppm: int
    funding_cap_ppm: int
    funding_interest_ppm: int
    funding_tau_ms: int
    impact_value: int
    tier: int

    def are_in_range(self) -> bool:
        """Whether every parameter is in its range."""
        maintenance = self.maintenance_margin_ppm
        return (
            1 <= maintenance <= self.initial_margin_ppm <= PPM
            and self.maker_fee_ppm <= FEE_PPM_MAX
            and self.taker_fee_ppm <= FEE_PPM_MAX
            and maintenance <= self.price_band_ppm <= PRICE_BAND_PPM_MAX
            and self.min_order_value >= 1
            and self.liquidation_fee_ppm < maintenance
            and 1 <= self.house_margin_ppm <= maintenance
            and self.funding_cap_ppm <= FUNDING_CAP_PPM_MAX
            and abs(self.funding_interest_ppm) <= FUNDING_CAP_PPM_MAX
            and 1 <= self.impact_value <= IMPACT_ORDERS * self.min_order_value
        )

    @classmethod
    def of(cls, instrument: Instrument) -> Terms:
        """Return the instrument's present parameters."""
        mark = instrument.mark
        return cls(
            mark.initial_margin_ppm,
            mark.maintenance_margin_ppm,
            instrument.maker_fee_ppm,
            instrument.taker_fee_ppm,
            instrument.price_band_ppm,
            instrument.min_order_value,
            instrument.liquidation_fee_ppm,
            instrument.house_margin_ppm,
            instrument.funding_cap_ppm,
            instrument.funding_interest_ppm,
            instrument.funding_tau_ms,
            instrument.impact_value,
            instrument.tier,
        )

    def apply(self, instrument: Instrument) -> None:
        """Set them all but the margins, which belong to its mark."""
        instrument.maker_fee_ppm = self.maker_fee_ppm
        instrument.taker_fee_ppm = self.taker_fee_ppm
        instrument.price_band_ppm = self.price_band_ppm
        instrument.min_order_value = self.min_order_value
        instrument.liquidation_fee_ppm = self.liquidation_fee_ppm
        instrument.house_margin_ppm = self.house_margin_ppm
        instrument.funding_cap_ppm = self.funding_cap_ppm
        instrument.funding_interest_ppm = self.funding_interest_ppm
        instrument.funding_tau_ms = self.funding_tau_ms
        instrument.impact_value = self.impact_value
        instrument.tier = self.tier


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
    if len(fields) != _LISTED.size + _LISTED_TERMS.size:
        return Result.MALFORMED
    underlying, kind, tick_bytes, index_per_tick, *first, symbol = _LISTED.unpack_from(fields)
    terms = Terms(*first, *_LISTED_TERMS.unpack_from(fields, _LISTED.size))
    tick_value = int.from_bytes(tick_bytes, "big")
    if kind not in PRODUCTS or tick_value == 0 or index_per_tick == 0 or not terms.are_in_range():
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
        initial_margin_ppm=terms.initial_margin_ppm,
        maintenance_margin_ppm=terms.maintenance_margin_ppm,
    )
    instrument = Instrument(id, symbol, mark)
    terms.apply(instrument)
    state.meter.touch_absent(mark)
    state.meter.touch_absent(instrument)
    state.instruments.append(instrument)
    venue.next_instrument = id + 1
    state.events.append(Governed(governance_action=GovernanceAction.LIST_INSTRUMENT, id=id))
    return Result.OK


def _set_instrument(state: EngineState, fields: bytes) -> Result:
    if len(fields) != _SET.size:
        return Result.MALFORMED
    id, status, *listed, successor = _SET.unpack(fields)
    terms = Terms(*listed)
    if status not in _SETTABLE or not terms.are_in_range():
        return Result.MALFORMED
    venue = state.venue
    if not 0 < id < venue.next_instrument or successor >= venue.next_instrument:
        return Result.UNKNOWN_INSTRUMENT
    instrument = state.instruments[id]
    mark = instrument.mark
    state.meter.touch_instrument(instrument)
    state.meter.touch(mark)
    if instrument.status != InstrumentStatus.SETTLED:
        instrument.status = status
        terms.apply(instrument)
        mark.set_margins(terms.initial_margin_ppm, terms.maintenance_margin_ppm)
    elif terms != Terms.of(instrument):
        return Result.INSTRUMENT_SETTLED
    instrument.successor = successor
    venue.feed_epoch += 1
    state.events.append(Governed(governance_action=GovernanceAction.SET_INSTRUMENT, id=id))
    return Result.OK


def _set_latency(state: EngineState, fields: bytes) -> Result:
    if len(fields) != _LATENCY.size:
        return Result.MALFORMED
    factor, least, most, tau_ms = _LATENCY.unpack(fields)
    if not least <= most <= SLOPE_PPM_MAX or not tau_ms:
        return Result.MALFORMED
    state.venue.slope_terms = SlopeTerms(factor, least, most)
    state.venue.variance_tau_ms = tau_ms
    state.events.append(Governed(governance_action=GovernanceAction.SET_LATENCY, id=0))
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
    GovernanceAction.SET_LATENCY: _set_latency,
}


def execute(state: EngineState, payload: bytes) -> Result:
    """Execute the payload of a GOVERNANCE message; return its code."""
    if not payload:
        return Result.MALFORMED
    action = _ACTIONS.get(payload[0])
    if action is None:
        return Result.UNKNOWN_TYPE
    return action(state, payload[1:])
