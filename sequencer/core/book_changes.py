"""Orders entering and leaving the book, and position entries that become free."""

from __future__ import annotations

from strikeproof.sequencer.core.account import Account, Position
from strikeproof.sequencer.core.certificate_margin import check_rest
from strikeproof.sequencer.core.engine_event import RemovalReason, Removed, Rested, new_event
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.incoming_order import IncomingOrder
from strikeproof.sequencer.core.instrument import Instrument
from strikeproof.sequencer.core.margin import INITIAL, check_margin
from strikeproof.sequencer.core.order_book import LINKED, REDUCE_ONLY, SELL, Order
from strikeproof.wire.constants import BOOK_SIDE_MAX, EVICTIONS_MAX, ORDER_SLOT_BITS
from strikeproof.wire.errors import Result
from strikeproof.wire.layout import (
    ACCOUNT_EPOCH_COUNTER_GREATEST,
    INSTRUMENT_NEXT_SERIAL_GREATEST,
    ORDER_WORDS,
)

_OK = Result.OK  # bound once: a member of an enumeration costs 80 ns a look-up
_SLOTS_END = 1 << ORDER_SLOT_BITS


def _unlink(state: EngineState, instrument: Instrument, order: Order) -> None:
    """Take an order out of its side's list; update neighbours, the book's end and the ladder."""
    stamp = state.meter.stamp
    checkpoint = state.checkpoint
    prev, next_ = order.prev, order.next
    is_sell = order.flags & SELL
    if prev:
        before = instrument.orders[prev]
        if before.touched != stamp:
            state.meter.touch_order(before)
        if checkpoint is not None:
            checkpoint.save(before)
        before.next = next_
    elif is_sell:
        instrument.best_ask = next_
    else:
        instrument.best_bid = next_
    if not is_sell:
        instrument.bid_count -= 1
    if next_:
        behind = instrument.orders[next_]
        if behind.touched != stamp:
            state.meter.touch_order(behind)
        if checkpoint is not None:
            checkpoint.save(behind)
        behind.prev = prev
    elif is_sell:
        instrument.worst_ask = prev
    else:
        instrument.worst_bid = prev
    ladder = instrument.asks if is_sell else instrument.bids
    price = order.price
    if ladder.tails[price * ladder.direction] == order.slot:
        if checkpoint is not None:
            checkpoint.save_tail(ladder, price, order.slot)
        if prev and instrument.orders[prev].price == price:
            ladder.set_tail(price, prev)
        else:
            ladder.drop_price(price)


def remove(
    state: EngineState,
    instrument: Instrument,
    order: Order,
    account: Account,
    reason: RemovalReason,
) -> Position:
    """Remove a linked order of an account; return the account's entry, which is not freed here.

    An order of another epoch died before, which was reported then.
    """
    checkpoint = state.checkpoint
    slot = order.slot
    if checkpoint is not None:
        checkpoint.save(order)
        checkpoint.save(instrument)
        checkpoint.save(account)
    _unlink(state, instrument, order)
    instrument.order_count -= 1
    position = account.position(instrument.id)
    assert position is not None, "a linked order keeps its account's entry"
    position.linked -= 1
    if position.epoch == order.epoch:
        is_sell = order.flags & SELL != 0
        position.open_orders -= 1
        position.slots.discard(slot)
        position.reserve(order.flags, -order.lots, order.price)
        state.events.append(
            new_event(
                Removed,
                (
                    state.action_index,
                    instrument.id,
                    slot,
                    order.serial,
                    account.id,
                    is_sell,
                    order.price,
                    order.lots,
                    order.client_id,
                    reason,
                ),
            )
        )
    order.clear(instrument.free_slot)
    instrument.free_slot = slot
    return position


def tell_dead(
    state: EngineState, account: Account, position: Position, reason: RemovalReason
) -> None:
    """Report that every order of an entry's epoch dies; they stay linked."""
    orders = state.instruments[position.instrument].orders
    for slot in sorted(position.slots):
        order = orders[slot]
        state.events.append(
            Removed(
                action=state.action_index,
                instrument=position.instrument,
                slot=slot,
                serial=order.serial,
                account=account.id,
                is_sell=order.flags & SELL != 0,
                price=order.price,
                lots=order.lots,
                client_id=order.client_id,
                reason=reason,
            )
        )


def end_orders(
    state: EngineState, account: Account, positions: list[Position], reason: RemovalReason
) -> bool:
    """Kill all orders of entries by starting other epochs; False, and nothing, if none are left."""
    if account.epoch_counter + len(positions) > ACCOUNT_EPOCH_COUNTER_GREATEST:
        return False
    for position in positions:
        account.epoch_counter += 1
        if position.slots:
            tell_dead(state, account, position, reason)
        position.renew(account.epoch_counter)
    return True


def free_if_empty(state: EngineState, account: Account, position: Position) -> None:
    """Free an entry if neither size, exposure nor a linked order keeps it."""
    if position.size or position.linked or position.buy_lots or position.sell_lots:
        return
    if state.checkpoint is not None:
        state.checkpoint.save(account)
    account.drop_position(position)


def rest(state: EngineState, incoming: IncomingOrder, lots: int) -> Result:
    """Enter what is left of an order into the book; return OK, or why it is cancelled."""
    account, position, instrument, action, max_fee_ppm, _ = incoming
    flags = action.flags
    is_sell = flags & SELL != 0
    price = action.price
    book_is_full = (
        not instrument.free_slot and instrument.next_slot >= _SLOTS_END
    ) or instrument.next_serial >= INSTRUMENT_NEXT_SERIAL_GREATEST
    position.reserve(flags, lots, price)
    code = _OK
    if not flags & REDUCE_ONLY:
        code = _check_rest(state, account, position, flags)
    if code:
        pass
    elif book_is_full:
        code = Result.BOOK_FULL
    elif instrument.side_count(is_sell) >= BOOK_SIDE_MAX:
        code = _make_room(state, instrument, account, is_sell, price)
    if code:
        position.reserve(flags, -lots, price)
        return code
    checkpoint = state.checkpoint
    if checkpoint is not None:
        checkpoint.save(instrument)
    order = _take_slot(state, instrument)
    order.flags = flags | LINKED
    order.price = price
    order.lots = lots
    order.account = account.id
    order.epoch = position.epoch
    order.serial = instrument.next_serial
    order.expiry_ms = action.expiry_ms
    order.client_id = action.client_id
    order.max_fee_ppm = max_fee_ppm
    instrument.next_serial += 1
    instrument.order_count += 1
    position.open_orders += 1
    position.linked += 1
    position.slots.add(order.slot)
    _link(state, instrument, order, is_sell)
    state.events.append(
        new_event(
            Rested,
            (
                state.action_index,
                instrument.id,
                order.slot,
                order.serial,
                account.id,
                is_sell,
                flags & REDUCE_ONLY != 0,
                price,
                lots,
                order.expiry_ms,
                order.client_id,
            ),
        )
    )
    return _OK


def _check_rest(state: EngineState, account: Account, position: Position, flags: int) -> Result:
    """Return OK if an order whose exposure was added may rest, by the margin of its account."""
    if account.margin_mode:
        return check_rest(state, account, position, flags)
    return Result.MARGIN_INSUFFICIENT if check_margin(state, account, INITIAL) < 0 else _OK


def _make_room(
    state: EngineState, instrument: Instrument, account: Account, is_sell: bool, price: int
) -> Result:
    """Remove the worst order of a full side if a new one's price is better, else SIDE_FULL."""
    if state.evictions >= EVICTIONS_MAX:
        return Result.SIDE_FULL
    worst = instrument.orders[instrument.worst_ask if is_sell else instrument.worst_bid]
    if worst.touched != state.meter.stamp:
        state.meter.touch_order(worst)
    if price >= worst.price if is_sell else price <= worst.price:
        return Result.SIDE_FULL
    state.evictions += 1
    owner = state.touched_account(worst.account)
    position = remove(state, instrument, worst, owner, RemovalReason.PUSHED_OUT)
    if owner is not account:
        free_if_empty(state, owner, position)
    return _OK


def _take_slot(state: EngineState, instrument: Instrument) -> Order:
    """Return the head of the free list, touched, else a new slot."""
    slot = instrument.free_slot
    if slot:
        order = instrument.orders[slot]
        if order.touched != state.meter.stamp:
            state.meter.touch_order(order)
        if state.checkpoint is not None:
            state.checkpoint.save(order)
        instrument.free_slot = order.next
        return order
    slot = instrument.next_slot
    instrument.next_slot = slot + 1
    order = Order(instrument.id, slot)
    if state.unused_orders:  # by an atomic bundle that failed: of this segment it is touched
        order = state.unused_orders.pop(order.id, order)
    if order.touched != state.meter.stamp:
        state.meter.touch_new_order(order)
    order.words = ORDER_WORDS
    instrument.orders.append(order)
    if state.checkpoint is not None:
        state.checkpoint.save_created(instrument, order)
    return order


def _link(state: EngineState, instrument: Instrument, order: Order, is_sell: bool) -> None:
    """Put an order behind the last one of its or a better price."""
    orders = instrument.orders
    checkpoint = state.checkpoint
    ladder = instrument.asks if is_sell else instrument.bids
    best = instrument.best_ask if is_sell else instrument.best_bid
    slot = order.slot
    prev = 0
    next_ = best
    if best:
        prev = ladder.predecessor(order.price)
        state.advice.append(prev)
        if prev:
            before = orders[prev]
            if before.touched != state.meter.stamp:
                state.meter.touch_order(before)
            if checkpoint is not None:
                checkpoint.save(before)
            next_ = before.next
            before.next = slot
        if next_:
            behind = orders[next_]
            if behind.touched != state.meter.stamp:
                state.meter.touch_order(behind)
            if checkpoint is not None:
                checkpoint.save(behind)
            behind.prev = slot
    if not next_:
        if is_sell:
            instrument.worst_ask = slot
        else:
            instrument.worst_bid = slot
    if not is_sell:
        instrument.bid_count += 1
    order.prev = prev
    order.next = next_
    if not prev:
        if is_sell:
            instrument.best_ask = slot
        else:
            instrument.best_bid = slot
    if checkpoint is not None:
        tail = ladder.tails.get(order.price * ladder.direction, 0)
        checkpoint.save_tail(ladder, order.price, tail)
    ladder.set_tail(order.price, slot)
