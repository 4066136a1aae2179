"""Governance messages: listing, parameters, reporters (docs/protocol/inbox-messages.md)."""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct
from typing import Final, NamedTuple

from strikeproof.sequencer.core.engine_event import Governed, PaidOut
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.expiry import Expiry
from strikeproof.sequencer.core.global_record import ADDRESS_BYTES
from strikeproof.sequencer.core.instrument import Instrument
from strikeproof.sequencer.core.mark import Mark
from strikeproof.sequencer.core.rules.bounded_price import SlopeTerms
from strikeproof.sequencer.core.underlying import Underlying
from strikeproof.wire.constants import (
    ATTESTERS_MAX,
    FEE_PPM_MAX,
    FORWARD_PPB_MAX,
    FORWARD_PPB_MIN,
    FUNDING_CAP_PPM_MAX,
    INSTRUMENT_HEIGHT,
    MONEY_MAX,
    PPM,
    PRICE_BAND_PPM_MAX,
    REPORTERS_MAX,
    SLOPE_PPM_MAX,
    UNDERLYING_HEIGHT,
    GovernanceAction,
    InstrumentKind,
    InstrumentStatus,
    Pool,
)
from strikeproof.wire.errors import Result
from strikeproof.wire.layout import GLOBAL_REPORTER_EPOCH_GREATEST

_SYMBOL_BYTES: Final = 16
IMPACT_ORDERS: Final = 8  # a walk meets this many of the least value
_LISTED: Final = Struct(">HB3sQIIIIIQ16s")  # of a new instrument alone, and its terms' first part
_LISTED_TERMS: Final = Struct(">IIIiIQBH")
_SET: Final = Struct(">HBIIIIIQIIIiIQBH")
_LATENCY: Final = Struct(">IIII")
_PAY_OUT: Final = Struct(">BI16s")
_UNDERLYING: Final = Struct(">H")
_FEE_POOL: Final = int(Pool.FEE_POOL)
_INSURANCE_FUND: Final = int(Pool.INSURANCE_FUND)
_EXPIRY: Final = Struct(">HHII")  # underlying, expiry as its high and its low part, forward
_OPTIONS: Final = Struct(">HI3sQIIIIIQ16s16s")  # of a new pair, and its terms' first part
_OPTION_TERMS: Final = Struct(">IIIiIQB")
_WADS_PER_LOT: Final = 10**21  # of the underlying, × tick_value / index_per_tick
_LISTED_ALONE: Final = (int(InstrumentKind.PERPETUAL), int(InstrumentKind.FUTURE))
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
    *further, expiry_id = _LISTED_TERMS.unpack_from(fields, _LISTED.size)
    terms = Terms(*first, *further)
    tick_value = int.from_bytes(tick_bytes, "big")
    if (
        kind not in _LISTED_ALONE
        or tick_value == 0
        or index_per_tick == 0
        or not terms.are_in_range()
    ):
        return Result.MALFORMED
    if (kind == InstrumentKind.FUTURE) != (expiry_id != 0):
        return Result.MALFORMED
    venue = state.venue
    if not 0 < underlying < venue.next_underlying:
        return Result.UNKNOWN_UNDERLYING
    id = venue.next_instrument
    if id >> INSTRUMENT_HEIGHT:
        return Result.CAPACITY
    expiry = None
    if expiry_id:
        if expiry_id >= venue.next_expiry:
            return Result.UNKNOWN_EXPIRY
        expiry = state.expiries[expiry_id]
        state.meter.touch(expiry)
        if expiry.underlying.id != underlying:
            return Result.UNKNOWN_EXPIRY
        if expiry.future or expiry.is_over(venue.clock_ms):
            return Result.EXPIRY_CLOSED
    mark = Mark(
        id,
        kind,
        state.underlyings[underlying],
        tick_value=tick_value,
        index_per_tick=index_per_tick,
        initial_margin_ppm=terms.initial_margin_ppm,
        maintenance_margin_ppm=terms.maintenance_margin_ppm,
    )
    _add_instrument(state, mark, symbol, terms, expiry)
    if expiry is not None:
        expiry.future = id
    state.events.append(Governed(governance_action=GovernanceAction.LIST_INSTRUMENT, id=id))
    return Result.OK


def _add_instrument(
    state: EngineState, mark: Mark, symbol: bytes, terms: Terms, expiry: Expiry | None
) -> None:
    """Add the instrument of a new mark; one on an expiry follows it and ends with it."""
    instrument = Instrument(mark.id, symbol, mark)
    terms.apply(instrument)
    state.meter.touch_absent(mark)
    state.meter.touch_absent(instrument)
    state.instruments.append(instrument)
    state.venue.next_instrument = mark.id + 1
    if expiry is not None:
        mark.expiry = expiry.id
        mark.ends_ms = expiry.expiry_ms
        expiry.mark_future(mark)


def _list_options(state: EngineState, fields: bytes) -> Result:
    if len(fields) != _OPTIONS.size + _OPTION_TERMS.size:
        return Result.MALFORMED
    expiry_id, strike, tick_bytes, index_per_tick, *first, call, put = _OPTIONS.unpack_from(fields)
    terms = Terms(*first, *_OPTION_TERMS.unpack_from(fields, _OPTIONS.size))
    tick_value = int.from_bytes(tick_bytes, "big")
    if not strike or not tick_value or not index_per_tick or not terms.are_in_range():
        return Result.MALFORMED
    if tick_value * _WADS_PER_LOT % index_per_tick:
        return Result.MALFORMED
    venue = state.venue
    if not 0 < expiry_id < venue.next_expiry:
        return Result.UNKNOWN_EXPIRY
    expiry = state.expiries[expiry_id]
    state.meter.touch(expiry)
    if expiry.is_over(venue.clock_ms):
        return Result.EXPIRY_CLOSED
    id = venue.next_instrument
    if id + 1 >> INSTRUMENT_HEIGHT:
        return Result.CAPACITY
    for place, (kind, symbol) in enumerate(
        ((InstrumentKind.CALL, call), (InstrumentKind.PUT, put))
    ):
        mark = Mark(
            id + place,
            int(kind),
            expiry.underlying,
            tick_value=tick_value,
            index_per_tick=index_per_tick,
            initial_margin_ppm=terms.initial_margin_ppm,
            maintenance_margin_ppm=terms.maintenance_margin_ppm,
            strike=strike,
        )
        _add_instrument(state, mark, symbol, terms, expiry)
    state.events.append(Governed(governance_action=GovernanceAction.LIST_OPTIONS, id=id))
    return Result.OK


def _list_expiry(state: EngineState, fields: bytes) -> Result:
    if len(fields) != _EXPIRY.size:
        return Result.MALFORMED
    underlying, high, low, forward_ppb = _EXPIRY.unpack(fields)
    expiry_ms = high << 32 | low
    if not FORWARD_PPB_MIN <= forward_ppb <= FORWARD_PPB_MAX:
        return Result.MALFORMED
    venue = state.venue
    if not 0 < underlying < venue.next_underlying:
        return Result.UNKNOWN_UNDERLYING
    if expiry_ms <= venue.clock_ms:
        return Result.EXPIRY_CLOSED
    id = venue.next_expiry
    if id >> INSTRUMENT_HEIGHT:
        return Result.CAPACITY
    expiry = Expiry(id, state.underlyings[underlying], expiry_ms, forward_ppb)
    state.meter.touch_absent(expiry)
    state.expiries.append(expiry)
    venue.next_expiry = id + 1
    state.events.append(Governed(governance_action=GovernanceAction.LIST_EXPIRY, id=id))
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


def _signers_in(fields: bytes, most: int) -> tuple[bytes, ...] | None:
    """Return the addresses that follow a quorum, of theirs at most, and their count; None if that
    is not what the fields are."""
    if len(fields) < 2:
        return None
    quorum, count = fields[0], fields[1]
    if len(fields) != 2 + count * ADDRESS_BYTES or not quorum <= count <= most:
        return None
    signers = tuple(fields[at : at + ADDRESS_BYTES] for at in range(2, len(fields), ADDRESS_BYTES))
    last = bytes(ADDRESS_BYTES)
    for signer in signers:  # the first must be above zero
        if signer <= last:
            return None
        last = signer
    return signers


def _set_reporters(state: EngineState, fields: bytes) -> Result:
    reporters = _signers_in(fields, REPORTERS_MAX)
    if not reporters or not fields[0]:
        return Result.MALFORMED
    venue = state.venue
    if venue.reporter_epoch >= GLOBAL_REPORTER_EPOCH_GREATEST:
        return Result.FIELD_OVERFLOW
    venue.reporters = reporters
    venue.reporter_quorum = fields[0]
    venue.reporter_epoch += 1
    state.events.append(Governed(governance_action=GovernanceAction.SET_REPORTERS, id=0))
    return Result.OK


def _set_attesters(state: EngineState, fields: bytes) -> Result:
    attesters = _signers_in(fields, ATTESTERS_MAX)
    if attesters is None:
        return Result.MALFORMED
    state.venue.attesters = attesters
    state.venue.attester_quorum = fields[0]
    state.events.append(Governed(governance_action=GovernanceAction.SET_ATTESTERS, id=0))
    return Result.OK


def _pay_out(state: EngineState, fields: bytes) -> Result:
    if len(fields) != _PAY_OUT.size:
        return Result.MALFORMED
    pool, id, amount_bytes = _PAY_OUT.unpack(fields)
    amount = int.from_bytes(amount_bytes, "big")
    if pool not in (_FEE_POOL, _INSURANCE_FUND) or not amount:
        return Result.MALFORMED
    venue = state.venue
    if not 0 < id < venue.next_account:
        return Result.UNKNOWN_ACCOUNT
    account = state.touched_account(id)
    held = venue.fee_pool if pool == _FEE_POOL else venue.insurance_fund
    if amount > held:
        return Result.INSUFFICIENT_COLLATERAL
    if account.collateral + amount > MONEY_MAX:
        return Result.FIELD_OVERFLOW
    if pool == _FEE_POOL:
        venue.fee_pool = held - amount
    else:
        venue.insurance_fund = held - amount
    account.collateral += amount
    state.events.append(PaidOut(pool=pool, account=id, amount=amount))
    return Result.OK


def _set_eth(state: EngineState, fields: bytes) -> Result:
    if len(fields) != _UNDERLYING.size:
        return Result.MALFORMED
    (underlying,) = _UNDERLYING.unpack(fields)
    if underlying >= state.venue.next_underlying:
        return Result.UNKNOWN_UNDERLYING
    state.venue.eth_underlying = underlying
    state.events.append(Governed(governance_action=GovernanceAction.SET_ETH, id=underlying))
    return Result.OK


_ACTIONS: Final[dict[int, Callable[[EngineState, bytes], Result]]] = {
    GovernanceAction.LIST_UNDERLYING: _list_underlying,
    GovernanceAction.LIST_INSTRUMENT: _list_instrument,
    GovernanceAction.SET_INSTRUMENT: _set_instrument,
    GovernanceAction.SET_REPORTERS: _set_reporters,
    GovernanceAction.SET_ATTESTERS: _set_attesters,
    GovernanceAction.SET_LATENCY: _set_latency,
    GovernanceAction.PAY_OUT: _pay_out,
    GovernanceAction.SET_ETH: _set_eth,
    GovernanceAction.LIST_EXPIRY: _list_expiry,
    GovernanceAction.LIST_OPTIONS: _list_options,
}


def execute(state: EngineState, payload: bytes) -> Result:
    """Execute the payload of a GOVERNANCE message; return its code."""
    if not payload:
        return Result.MALFORMED
    action = _ACTIONS.get(payload[0])
    if action is None:
        return Result.UNKNOWN_TYPE
    return action(state, payload[1:])
