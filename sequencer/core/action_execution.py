"""The actions of a bundle: place, cancel, cancel-all, replace, quote."""

from __future__ import annotations

from strikeproof.sequencer.core.account import Account
from strikeproof.sequencer.core.book_changes import end_orders, remove, rest
from strikeproof.sequencer.core.bundle_action import FOK, GTD, IOC, Action
from strikeproof.sequencer.core.checkpoint import Checkpoint
from strikeproof.sequencer.core.engine_event import Amended, RemovalReason
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.gone_order import is_dead
from strikeproof.sequencer.core.instrument import Instrument
from strikeproof.sequencer.core.margin import touch_mark
from strikeproof.sequencer.core.matching import match
from strikeproof.sequencer.core.order_book import LINKED, REDUCE_ONLY, SELL, Order
from strikeproof.sequencer.core.price_band import is_beyond_band
from strikeproof.sequencer.core.protection import is_frozen
from strikeproof.wire.constants import (
    LINKED_ORDERS_MAX,
    LIQUIDATION_TOUCHES_MAX,
    OPEN_ORDERS_MAX,
    OPTION_UNDERLYINGS_MAX,
    POSITION_LOTS_MAX,
    POSITIONS_MAX,
    InstrumentStatus,
)
from strikeproof.wire.errors import Result
from strikeproof.wire.layout import ACCOUNT_EPOCH_COUNTER_GREATEST

_OK = Result.OK  # bound once: a member of an enumeration costs 80 ns a look-up
_ACTIVE = int(InstrumentStatus.ACTIVE)
_HALTED = int(InstrumentStatus.HALTED)
_SETTLED = int(InstrumentStatus.SETTLED)


def _check_terms(
    state: EngineState, account: Account, instrument: Instrument, action: Action
) -> Result:
    """Return the first of INSTRUMENT_SETTLED, HALTED, NO_PRICE, EXPIRED, PROTECTION_FROZEN,
    ORDER_TOO_SMALL that applies, else OK.

    Reduce-only orders are sized later, when it is known how much they can reduce.
    """
    reduces = action.flags & REDUCE_ONLY
    status = instrument.status
    if status == _SETTLED:
        return Result.INSTRUMENT_SETTLED
    ended = 0 < instrument.mark.ends_ms <= state.venue.clock_ms
    if ended or (status != _ACTIVE and (status == _HALTED or not reduces)):
        return Result.HALTED
    mark = instrument.mark
    if mark.touched != state.meter.stamp:
        touch_mark(state.meter, mark)
    if mark.price == 0:
        return Result.NO_PRICE
    clock_ms = state.venue.clock_ms
    if action.time_in_force == GTD and action.expiry_ms <= clock_ms:
        return Result.EXPIRED
    if action.time_in_force < IOC and 0 < account.cancel_at_ms <= clock_ms:
        return Result.EXPIRED
    if action.time_in_force < IOC and is_frozen(account, mark, clock_ms):
        return Result.PROTECTION_FROZEN
    if not reduces and is_too_small(instrument, action, action.lots):
        return Result.ORDER_TOO_SMALL
    return _OK


def is_too_small(instrument: Instrument, action: Action, lots: int) -> bool:
    """Whether lots are worth too little: at the limit, or at the mark if that lies past it."""
    mark = instrument.mark
    price = action.price
    if price < mark.price if action.flags & SELL else price > mark.price:
        price = mark.price
    return price * lots * mark.tick_value < instrument.min_order_value


def place(
    state: EngineState, account: Account, instrument: Instrument, action: Action, max_fee_ppm: int
) -> Result:
    """Check, match, and rest an order."""
    code = _check_place(state, account, instrument, action)
    if code:
        return code
    return _enter(state, account, instrument, action, max_fee_ppm)


def _check_place(
    state: EngineState, account: Account, instrument: Instrument, action: Action
) -> Result:
    """Return the first check of a place that fails up to BEYOND_BAND, else OK."""
    code = _check_terms(state, account, instrument, action)
    if code:
        return code
    if is_beyond_band(instrument, action.flags & SELL, action.price):
        return Result.BEYOND_BAND
    return _OK


def _is_too_wide(state: EngineState, account: Account, instrument: Instrument) -> bool:
    """Whether an entry for the instrument would give an account with options too many underlyings.
    Touches the marks of its entries if that could be."""
    positions = account.positions
    if len(positions) < OPTION_UNDERLYINGS_MAX:
        return False
    marks = [instrument.mark]
    for position in positions:
        if position.mark.touched != state.meter.stamp:
            touch_mark(state.meter, position.mark)
        marks.append(position.mark)
    underlyings = {mark.underlying.id for mark in marks}
    return len(underlyings) > OPTION_UNDERLYINGS_MAX and any(mark.strike for mark in marks)


def check_account(
    state: EngineState,
    account: Account,
    instrument: Instrument,
    action: Action,
    max_fee_ppm: int,
) -> tuple[Result, int]:
    """Return the first check of a place that fails from FEE_TOO_HIGH on, else OK, and the lots:
    those of a reduce-only order are what it can reduce."""
    may_rest = action.time_in_force < IOC
    if (not action.is_post_only and instrument.taker_fee_ppm > max_fee_ppm) or (
        may_rest and instrument.maker_fee_ppm > max_fee_ppm
    ):
        return Result.FEE_TOO_HIGH, 0
    tier = instrument.tier
    if tier and not action.flags & REDUCE_ONLY and not account.has_tier(tier, state.venue.clock_ms):
        return Result.TIER_NEEDED, 0
    position = account.position(instrument.id)
    lots = action.lots
    is_sell = action.flags & SELL
    reduces = action.flags & REDUCE_ONLY
    if reduces:
        open_lots = 0 if position is None else position.opposite(is_sell)
        if position is not None and may_rest:
            open_lots -= position.reduce_lots
        if open_lots <= 0:
            return Result.NOTHING_TO_REDUCE, 0
        if lots >= open_lots:
            lots = open_lots
        elif is_too_small(instrument, action, lots):
            return Result.ORDER_TOO_SMALL, 0
    elif position is None:
        if len(account.positions) >= POSITIONS_MAX or _is_too_wide(state, account, instrument):
            return Result.TOO_MANY_POSITIONS, 0
        if account.epoch_counter >= ACCOUNT_EPOCH_COUNTER_GREATEST:
            return Result.FIELD_OVERFLOW, 0
        return _OK, lots  # a first order is within the limits that follow
    assert position is not None
    if may_rest and (
        position.open_orders >= OPEN_ORDERS_MAX or position.linked >= LINKED_ORDERS_MAX
    ):
        return Result.TOO_MANY_ORDERS, 0
    if not reduces:
        if position.viewed is not position.mark.indices:
            position.review()
        if is_sell:
            total = position.sell_lots - position.view_size + lots
        else:
            total = position.buy_lots + position.view_size + lots
        if total > POSITION_LOTS_MAX:
            return Result.POSITION_LIMIT, 0
    return _OK, lots


def _enter(
    state: EngineState, account: Account, instrument: Instrument, action: Action, max_fee_ppm: int
) -> Result:
    """Do what follows the terms: of a place, or of a replace whose order was taken out."""
    code, lots = check_account(state, account, instrument, action, max_fee_ppm)
    if code:
        return code
    position = account.position(instrument.id)
    time_in_force = action.time_in_force
    event_count = 0
    # An atomic bundle has set its own checkpoint, and is undone as a whole anyway.
    opened = time_in_force == FOK and state.checkpoint is None
    if opened:
        event_count = len(state.events)
        state.checkpoint = Checkpoint(state.venue)
        state.checkpoint.save(account)
    if position is None:
        position = account.append_position(instrument.mark)
    incoming = (account, position, instrument, action, max_fee_ppm, None)
    code, lots = match(state, incoming, lots)
    if code == Result.TOUCHES_EXHAUSTED and state.passed_slot:
        code = Result.CERTIFICATE_STALE
    if time_in_force == FOK:
        if opened:
            checkpoint = state.checkpoint
            state.checkpoint = None
            if lots:
                assert checkpoint is not None
                checkpoint.restore(state.venue)
                del state.events[event_count:]
        if lots:
            return Result.FOK_UNFILLED
    if code:
        return code
    if not lots:
        return _OK
    if time_in_force >= IOC:
        return Result.IOC_REMAINDER
    return rest(state, incoming, lots)


def take_at_once(
    state: EngineState, account: Account, instrument: Instrument, action: Action, max_fee_ppm: int
) -> tuple[Result, int]:
    """Check and match an IOC order that no bundle holds, of an account with an entry; its limit is
    within the band. Return what refused or stopped it, else OK, and the lots left."""
    code = _check_terms(state, account, instrument, action)
    if code:
        return code, action.lots
    code, lots = check_account(state, account, instrument, action, max_fee_ppm)
    if code:
        return code, action.lots
    position = account.position(instrument.id)
    assert position is not None
    state.maker_touches = 0
    state.maker_touches_max = LIQUIDATION_TOUCHES_MAX
    return match(state, (account, position, instrument, action, max_fee_ppm, None), lots)


def _find_own(
    state: EngineState, account: Account, instrument: Instrument, action: Action
) -> Order | None:
    """Return the linked order of the account that slot and serial name, touching the slot."""
    slot = action.slot
    if slot == 0 or slot >= instrument.next_slot:
        return None
    order = instrument.orders[slot]
    if order.touched != state.meter.stamp:
        state.meter.touch_order(order)
    if not order.flags & LINKED or order.account != account.id or order.serial != action.serial:
        return None
    return order


def cancel(state: EngineState, account: Account, instrument: Instrument, action: Action) -> Result:
    """Remove one order, dead or not."""
    order = _find_own(state, account, instrument, action)
    if order is None:
        return Result.ORDER_NOT_FOUND
    remove(state, instrument, order, account, RemovalReason.CANCELLED)
    return _OK


def cancel_all(state: EngineState, account: Account, instrument_id: int) -> Result:
    """Kill all orders of an entry, or of all entries (instrument 0), by starting another epoch."""
    if instrument_id >= state.venue.next_instrument:
        return Result.UNKNOWN_INSTRUMENT
    if instrument_id:
        entry = account.position(instrument_id)
        positions = [] if entry is None else [entry]
    else:
        positions = account.positions
    ended = end_orders(state, account, positions, RemovalReason.CANCELLED_ALL)
    return _OK if ended else Result.FIELD_OVERFLOW


def replace(
    state: EngineState, account: Account, instrument: Instrument, action: Action, max_fee_ppm: int
) -> Result:
    """Give an order new terms: in place if it only shrinks, else out and in again."""
    code, moves = _amend(state, account, instrument, action, max_fee_ppm)
    return _enter(state, account, instrument, action, max_fee_ppm) if moves else code


def quote(
    state: EngineState,
    account: Account,
    instrument: Instrument,
    bid: Action,
    ask: Action,
    max_fee_ppm: int,
) -> tuple[Result, Result]:
    """Place, replace or cancel on either side. Orders that move leave the book on both sides before
    either enters: a quote never meets itself."""
    index = state.action_index
    bid_code, bid_enters = _prepare_side(state, account, instrument, bid, max_fee_ppm)
    state.action_index = index + 1
    ask_code, ask_enters = _prepare_side(state, account, instrument, ask, max_fee_ppm)
    if bid_enters:
        state.action_index = index
        bid_code = _enter(state, account, instrument, bid, max_fee_ppm)
    if ask_enters:
        state.action_index = index + 1
        ask_code = _enter(state, account, instrument, ask, max_fee_ppm)
    return bid_code, ask_code


def _prepare_side(
    state: EngineState, account: Account, instrument: Instrument, side: Action, max_fee_ppm: int
) -> tuple[Result, bool]:
    """Do all of a quote's side but enter its order; return whether that follows."""
    if not side.lots:
        return (cancel(state, account, instrument, side) if side.slot else _OK), False
    if side.slot:
        return _amend(state, account, instrument, side, max_fee_ppm)
    code = _check_place(state, account, instrument, side)
    return code, not code


def _amend(
    state: EngineState, account: Account, instrument: Instrument, action: Action, max_fee_ppm: int
) -> tuple[Result, bool]:
    """Give an order new terms in place if it only shrinks; else take it out, so that it enters
    again: true."""
    order = _find_own(state, account, instrument, action)
    if order is None or (order.flags ^ action.flags) & (SELL | REDUCE_ONLY):
        return Result.ORDER_NOT_FOUND, False
    position = account.position(instrument.id)
    if position is None or is_dead(order, account, position, state.venue.clock_ms):
        return Result.ORDER_NOT_FOUND, False
    code = _check_terms(state, account, instrument, action)
    if code:
        return code, False
    reduces = order.flags & REDUCE_ONLY
    if action.price != order.price or action.lots > order.lots:
        if is_beyond_band(instrument, order.flags & SELL, action.price):
            return Result.BEYOND_BAND, False
        remove(state, instrument, order, account, RemovalReason.REPLACED)
        return _OK, True
    if instrument.maker_fee_ppm > max_fee_ppm:
        return Result.FEE_TOO_HIGH, False
    if reduces and is_too_small(instrument, action, action.lots):
        return Result.ORDER_TOO_SMALL, False
    state.events.append(
        Amended(
            action=state.action_index,
            instrument=instrument.id,
            slot=order.slot,
            serial=order.serial,
            account=account.id,
            is_sell=order.flags & SELL != 0,
            price=order.price,
            lots_before=order.lots,
            lots=action.lots,
            expiry_ms=action.expiry_ms,
            client_id_before=order.client_id,
            client_id=action.client_id,
        )
    )
    if state.checkpoint is not None:
        state.checkpoint.save(order)
    position.reserve(order.flags, action.lots - order.lots, order.price)
    order.lots = action.lots
    order.expiry_ms = action.expiry_ms
    order.client_id = action.client_id
    order.max_fee_ppm = max_fee_ppm
    return _OK, False
