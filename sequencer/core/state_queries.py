"""Reads for APIs: views of the running state. They touch nothing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, islice

from strikeproof.sequencer.core import margin
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.expiry import Expiry
from strikeproof.sequencer.core.gone_order import is_dead
from strikeproof.sequencer.core.house_ledgers import mark_value
from strikeproof.sequencer.core.instrument import Instrument
from strikeproof.sequencer.core.mark import Mark
from strikeproof.sequencer.core.order_book import LINKED, REDUCE_ONLY, SELL, Order
from strikeproof.sequencer.core.record_key import GLOBAL_KEY, ID_BITS, ID_MASK
from strikeproof.sequencer.core.rounding import div_floor
from strikeproof.sequencer.core.session import session_id
from strikeproof.sequencer.core.state_view import (
    AccountView,
    BookView,
    ExpiryView,
    InstrumentView,
    LevelView,
    OptionView,
    OrderView,
    PositionView,
    SessionView,
    TriggerView,
    UnderlyingView,
    VenueView,
)
from strikeproof.sequencer.core.trigger import TriggerPlace
from strikeproof.sequencer.core.underlying import Underlying
from strikeproof.wire.constants import FRACTION, ORDER_SLOT_BITS, SESSION_SLOTS, TRIGGERS_MAX
from strikeproof.wire.layout import (
    ACCOUNT_KIND,
    ARRAY_KIND,
    CERTIFICATE_KIND,
    EXPIRY_KIND,
    INSTRUMENT_KIND,
    MARK_KIND,
    ORDER_KIND,
    SESSION_KIND,
    TRIGGER_KIND,
    UNDERLYING_KIND,
)


def venue(state: EngineState) -> VenueView:
    """Return the global record."""
    record = state.venue
    return VenueView(
        clock_ms=record.clock_ms,
        next_account=record.next_account,
        next_underlying=record.next_underlying,
        next_instrument=record.next_instrument,
        next_expiry=record.next_expiry,
        reporter_quorum=record.reporter_quorum,
        reporter_epoch=record.reporter_epoch,
        reporters=record.reporters,
        attester_quorum=record.attester_quorum,
        attesters=record.attesters,
        fee_pool=record.fee_pool,
        insurance_fund=record.insurance_fund,
        houses_deficit=record.negative_houses,
        bad_debt=record.bad_debt,
        credit=record.credit,
        credit_losses=record.credit_losses,
        liabilities=record.liabilities,
        eth_underlying=record.eth_underlying,
        l1_gas_price=record.l1_gas_price,
        l1_blob_price=record.l1_blob_price,
        l1_reported_ms=record.l1_reported_ms,
        domain_separator=record.domain_separator,
    )


def account(state: EngineState, id: int) -> AccountView | None:
    """Return an account with its margin at the clock."""
    record = state.accounts.get(id)
    if record is None:
        return None
    clock_ms = state.venue.clock_ms
    equity = margin.equity(record)  # reviews every entry
    positions = tuple(
        PositionView(
            instrument=position.instrument,
            size=position.view_size,
            settled_size=position.size,
            open_orders=position.open_orders,
            buy_lots=position.buy_lots,
            sell_lots=position.sell_lots,
            mark_price=position.mark.price,
            value=position.view_size * position.mark.notional,
            pending_cash=position.view_cash,
        )
        for position in record.positions
    )
    certificate = state.certificates.get(id)
    return AccountView(
        account=id,
        owner=record.owner,
        collateral=record.collateral,
        withdrawn=record.withdrawn,
        equity=equity,
        initial_margin=margin.initial(record, clock_ms, clock_ms),
        maintenance_margin=margin.maintenance(record),
        is_stale=margin.is_stale(record, clock_ms),
        cancel_at_ms=record.cancel_at_ms,
        guard_key=record.guard(clock_ms),
        guard_removal_ms=record.guard_removal_ms,
        positions=positions,
        tier=record.tier,
        tier_expiry_ms=record.tier_expiry_ms,
        attested_ms=record.attested_ms,
        credit=record.credit(clock_ms),
        credit_limit=record.credit_limit,
        credit_expiry_ms=record.credit_expiry_ms,
        credited_ms=record.credited_ms,
        guarantor=record.guarantor,
        portfolio_underlying=record.portfolio_underlying,
        auctioned_ms=0 if certificate is None else certificate.parts.auction_ms,
        protection=record.protection if record.protection.underlying else None,
    )


def session(state: EngineState, account: int, slot: int) -> SessionView | None:
    """Return a session slot of an account, None if it was never set."""
    if not 0 <= slot < SESSION_SLOTS:
        return None
    record = state.sessions.get(session_id(account, slot))
    if record is None or not record.words:
        return None
    return SessionView(
        account=account,
        slot=slot,
        scope=record.scope,
        key=record.key,
        expiry_ms=record.expiry_ms,
        nonce_base=record.nonce_base,
        nonce_bitmap=record.nonce_bitmap,
    )


def _order_view(state: EngineState, instrument: Instrument, record: Order) -> OrderView:
    account = state.accounts[record.account]
    position = account.position(instrument.id)
    is_live = position is not None and not is_dead(record, account, position, state.venue.clock_ms)
    return OrderView(
        instrument=instrument.id,
        slot=record.slot,
        serial=record.serial,
        account=record.account,
        is_sell=record.flags & SELL != 0,
        is_reduce_only=record.flags & REDUCE_ONLY != 0,
        price=record.price,
        lots=record.lots,
        expiry_ms=record.expiry_ms,
        client_id=record.client_id,
        max_fee_ppm=record.max_fee_ppm,
        is_live=is_live,
    )


def order(state: EngineState, instrument: int, slot: int) -> OrderView | None:
    """Return the linked order in a slot."""
    if not 0 < instrument < len(state.instruments):
        return None
    record = state.instruments[instrument]
    if not 0 < slot < len(record.orders) or not record.orders[slot].flags & LINKED:
        return None
    return _order_view(state, record, record.orders[slot])


def orders_of(state: EngineState, id: int) -> tuple[OrderView, ...]:
    """Return the account's live orders, by instrument and slot."""
    record = state.accounts.get(id)
    if record is None:
        return ()
    orders = []
    for position in sorted(record.positions, key=lambda entry: entry.instrument):
        instrument = state.instruments[position.instrument]
        for slot in sorted(position.slots):
            orders.append(_order_view(state, instrument, instrument.orders[slot]))
    return tuple(order for order in orders if order.is_live)


def _side(state: EngineState, instrument: Instrument, best: int) -> Iterator[OrderView]:
    slot = best
    while slot:
        record = instrument.orders[slot]
        yield _order_view(state, instrument, record)
        slot = record.next


def linked(state: EngineState, instrument: int) -> Iterator[OrderView]:
    """Yield every linked order, dead ones too: bids best first, then asks best first."""
    if 0 < instrument < len(state.instruments):
        record = state.instruments[instrument]
        yield from _side(state, record, record.best_bid)
        yield from _side(state, record, record.best_ask)


def live(state: EngineState, instrument: int) -> Iterator[OrderView]:
    """Yield every live order: bids best first, then asks best first."""
    return (order for order in linked(state, instrument) if order.is_live)


def cancel_times(state: EngineState) -> dict[int, int]:
    """Return the cancel-at times, in milliseconds, of all accounts that have one."""
    return {id: each.cancel_at_ms for id, each in state.accounts.items() if each.cancel_at_ms}


def unreported(state: EngineState, instrument: int) -> Iterator[OrderView]:
    """Yield the linked orders that died by time or settlement: a Removed is still to come."""
    for order in linked(state, instrument):
        if not order.is_live:
            position = state.accounts[order.account].position(instrument)
            if position is not None and order.slot in position.slots:
                yield order


def _levels(orders: Iterator[OrderView], depth: int) -> tuple[LevelView, ...]:
    live = (order for order in orders if order.is_live)
    levels = []
    for price, group in islice(groupby(live, key=lambda order: order.price), depth):
        lots = [order.lots for order in group]
        levels.append(LevelView(price, sum(lots), len(lots)))
    return tuple(levels)


def book(state: EngineState, instrument: int, depth: int) -> BookView | None:
    """Return up to `depth` live levels of each side."""
    if not 0 < instrument < len(state.instruments):
        return None
    record = state.instruments[instrument]
    return BookView(
        instrument=instrument,
        bids=_levels(_side(state, record, record.best_bid), depth),
        asks=_levels(_side(state, record, record.best_ask), depth),
    )


def _text(symbol: bytes) -> str:
    return symbol.rstrip(b"\0").decode("ascii", "backslashreplace")


def _expiry_view(record: Expiry) -> ExpiryView:
    samples = record.samples
    return ExpiryView(
        expiry=record.id,
        underlying=record.underlying.id,
        expiry_ms=record.expiry_ms,
        forward_ppb=record.forward_ppb,
        publish_time_ms=record.publish_time_ms,
        future=record.future,
        accumulated=samples.accumulated,
        covered_ms=samples.covered_ms,
        sampled_ms=samples.sampled_ms,
        settlement=record.settlement,
        settled_ms=record.settled_ms,
        surface=record.surface,
    )


def _option_view(mark: Mark) -> OptionView | None:
    if not mark.strike:
        return None
    pricing = mark.pricing
    return OptionView(
        mark.strike,
        mark.forward,
        pricing.forward,
        pricing.priced_ms,
        pricing.delta,
        pricing.gamma,
        pricing.vega,
        pricing.theta,
    )


def _instrument_view(state: EngineState, record: Instrument) -> InstrumentView:
    mark, house = record.mark, record.house
    lots = abs(house.effective_lots) // FRACTION
    return InstrumentView(
        instrument=record.id,
        symbol=_text(record.symbol),
        status=record.status,
        kind=mark.kind,
        underlying=mark.underlying.id,
        tick_value=mark.tick_value,
        index_per_tick=mark.index_per_tick,
        initial_margin_ppm=mark.initial_margin_ppm,
        maintenance_margin_ppm=mark.maintenance_margin_ppm,
        maker_fee_ppm=record.maker_fee_ppm,
        taker_fee_ppm=record.taker_fee_ppm,
        price_band_ppm=record.price_band_ppm,
        min_order_value=record.min_order_value,
        mark_price=mark.price,
        last_price=record.last_price,
        open_interest=house.long_interest // FRACTION,
        order_count=record.order_count,
        expiry=_expiry_view(state.expiries[mark.expiry]) if mark.expiry else None,
        funding_average=record.funding_average,
        funding_ms=record.funding_ms,
        house_cash=house.cash,
        house_equity=div_floor(house.equity_scaled(mark_value(record)), FRACTION),
        house_lots=lots if house.effective_lots > 0 else -lots,
        loan=record.loan,
        option=_option_view(mark),
        index_ppb=mark.index_ppb,
        tier=record.tier,
    )


def instrument(state: EngineState, id: int) -> InstrumentView | None:
    """Return an instrument."""
    known = 0 < id < len(state.instruments)
    return _instrument_view(state, state.instruments[id]) if known else None


def instruments(state: EngineState) -> tuple[InstrumentView, ...]:
    """Return all instruments by id."""
    return tuple(_instrument_view(state, record) for record in state.instruments[1:])


def _underlying_view(record: Underlying) -> UnderlyingView:
    return UnderlyingView(
        underlying=record.id,
        symbol=_text(record.symbol),
        index_price=record.index_price,
        raw_price=record.price.raw,
        publish_time_ms=record.publish_time_ms,
        slope_ppm=record.slope_ppm,
        gap_ppm=record.gap_ppm,
    )


def underlying(state: EngineState, id: int) -> UnderlyingView | None:
    """Return an underlying."""
    known = 0 < id < len(state.underlyings)
    return _underlying_view(state.underlyings[id]) if known else None


def underlyings(state: EngineState) -> tuple[UnderlyingView, ...]:
    """Return all underlyings by id."""
    return tuple(_underlying_view(record) for record in state.underlyings[1:])


def expiries(state: EngineState) -> tuple[ExpiryView, ...]:
    """Return all expiries by id."""
    return tuple(_expiry_view(record) for record in state.expiries[1:])


def record(state: EngineState, key: int) -> bytes:
    """Return the bytes of the record of a key, empty if there is none."""
    kind, id = key >> ID_BITS, key & ID_MASK
    if key == GLOBAL_KEY:
        return state.venue.encode()
    if kind == ACCOUNT_KIND and id in state.accounts:
        return state.accounts[id].encode()
    if kind == SESSION_KIND and id in state.sessions and state.sessions[id].words:
        return state.sessions[id].encode()
    if kind == UNDERLYING_KIND and 0 < id < len(state.underlyings):
        return state.underlyings[id].encode()
    if kind in (INSTRUMENT_KIND, MARK_KIND) and 0 < id < len(state.instruments):
        found = state.instruments[id]
        return found.encode() if kind == INSTRUMENT_KIND else found.mark.encode()
    if kind == EXPIRY_KIND and 0 < id < len(state.expiries):
        return state.expiries[id].encode()
    if kind == ARRAY_KIND and id in state.arrays and state.arrays[id].words:
        return state.arrays[id].encode()
    if kind == TRIGGER_KIND and id in state.triggers and state.triggers[id].words:
        return state.triggers[id].encode()
    if kind == CERTIFICATE_KIND and id in state.certificates and state.certificates[id].words:
        return state.certificates[id].encode()
    if kind == ORDER_KIND and 0 < id >> ORDER_SLOT_BITS < len(state.instruments):
        orders = state.instruments[id >> ORDER_SLOT_BITS].orders
        slot = id & ((1 << ORDER_SLOT_BITS) - 1)
        return orders[slot].encode() if 0 < slot < len(orders) else b""
    return b""


def triggers_of(state: EngineState, id: int) -> tuple[TriggerView, ...]:
    """Return the triggers of an account's entries, by instrument and place."""
    account = state.accounts.get(id)
    if account is None:
        return ()
    found = []
    for position in sorted(account.positions, key=lambda each: each.instrument):
        for place in range(TRIGGERS_MAX):
            where = TriggerPlace(id, position.instrument, place)
            trigger = state.triggers.get(where.id)
            if trigger is None or trigger.is_empty:
                continue
            terms = trigger.terms
            is_dead = trigger.is_dead(account, position, position.mark, state.venue.clock_ms)
            found.append(
                TriggerView(
                    *where,
                    is_sell=terms.sell != 0,
                    is_reduce_only=terms.reduce_only != 0,
                    is_falling=terms.falling != 0,
                    is_by_mark=terms.by_mark != 0,
                    trigger_price=terms.trigger_price,
                    limit=terms.limit,
                    lots=terms.lots,
                    max_fee_ppm=terms.max_fee_ppm,
                    expiry_ms=terms.expiry_ms,
                    client_id=terms.client_id,
                    is_live=not is_dead,
                )
            )
    return tuple(found)
