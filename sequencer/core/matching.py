"""Matching: an incoming order against the best orders of the other side, one maker at a time."""

from __future__ import annotations

from sequencer.core.account import Account, Position
from sequencer.core.event import Fill, RemovalReason
from sequencer.core.instrument import Instrument
from sequencer.core.margin import shrinks_safely, test_initial, test_maintenance
from sequencer.core.operation import Action
from sequencer.core.order_book import REDUCE_ONLY, SELL, Order
from sequencer.core.resting import free_if_empty, remove
from sequencer.core.state import State
from strikeproof.wire.constants import (
    COMPUTE_MAKER,
    INSURANCE_SHARE_PPM,
    MAKER_TOUCHES_MAX,
    MONEY_MAX,
    PPM,
    SelfTrade,
)
from strikeproof.wire.errors import Result

_CANCEL_TAKER = int(SelfTrade.CANCEL_TAKER)
_CANCEL_BOTH = int(SelfTrade.CANCEL_BOTH)


class Taker:
    """The incoming order: who, which entry, what terms, and the lots left."""

    __slots__ = ("account", "action", "instrument", "is_sell", "lots", "position")

    def __init__(
        self,
        account: Account,
        position: Position,
        instrument: Instrument,
        action: Action,
        lots: int,
    ) -> None:
        self.account = account
        self.position = position
        self.instrument = instrument
        self.action = action
        self.is_sell = action.flags & SELL != 0
        self.lots = lots


def match(state: State, taker: Taker) -> Result:
    """Fill the taker while it crosses; return OK, or the code of what stopped it."""
    meter = state.meter
    stamp = meter.stamp
    instrument = taker.instrument
    orders = instrument.orders
    action = taker.action
    limit = action.price
    is_sell = taker.is_sell
    mark_price = instrument.mark.price
    band = mark_price * instrument.price_band_ppm
    while taker.lots:
        slot = instrument.best_bid if is_sell else instrument.best_ask
        if not slot:
            break
        order = orders[slot]
        if order.touched != stamp:
            meter.touch(order)
        price = order.price
        if price < limit if is_sell else price > limit:
            break
        if state.maker_touches == MAKER_TOUCHES_MAX:
            return Result.TOUCHES_EXHAUSTED
        state.maker_touches += 1
        meter.compute += COMPUTE_MAKER
        maker = state.touched_account(order.account)
        position = maker.position(instrument.id)
        if (
            0 < order.expiry_ms <= state.venue.clock_ms
            or position is None
            or position.epoch != order.epoch
        ):
            _remove_maker(state, taker, order, maker, RemovalReason.EXPIRED)
            continue
        if abs(price - mark_price) * PPM > band:
            return Result.BAND_STOPPED
        if action.is_post_only:
            return Result.POST_ONLY_CROSSES
        if maker.owner == taker.account.owner:
            if action.self_trade != _CANCEL_TAKER:
                _remove_maker(state, taker, order, maker, RemovalReason.SELF_TRADE)
                if action.self_trade != _CANCEL_BOTH:
                    continue
            return Result.SELF_TRADE
        lots = min(taker.lots, _available(order, position))
        if lots == 0:
            _remove_maker(state, taker, order, maker, RemovalReason.NOT_REDUCING)
            continue
        code = _fill(state, taker, order, maker, position, lots)
        if code:
            return code
    return Result.OK


def _available(order: Order, position: Position) -> int:
    """Return the lots that a maker can fill: a reduce-only order at most its opposite size."""
    if not order.flags & REDUCE_ONLY:
        return order.lots
    opposite = position.size if order.flags & SELL else -position.size
    return min(order.lots, max(0, opposite))


def _remove_maker(
    state: State, taker: Taker, order: Order, maker: Account, reason: RemovalReason
) -> None:
    """Remove a maker; its entry is freed if empty, unless it is the taker's own."""
    position = remove(state, taker.instrument, order, maker, reason)
    if position is not None and maker is not taker.account:
        free_if_empty(state, maker, position)


def _fill(
    state: State, taker: Taker, order: Order, maker: Account, maker_position: Position, lots: int
) -> Result:
    """Try one fill; return OK if matching goes on (the maker may have been removed instead)."""
    instrument = taker.instrument
    account = taker.account
    position = taker.position
    venue = state.venue
    value = order.price * lots * instrument.mark.tick_value
    taker_fee = -(-value * instrument.taker_fee_ppm // PPM)
    maker_fee = -(-value * min(instrument.maker_fee_ppm, order.max_fee_ppm) // PPM)
    insurance = (taker_fee + maker_fee) * INSURANCE_SHARE_PPM // PPM
    fee_pool = venue.fee_pool + taker_fee + maker_fee - insurance
    insurance_fund = venue.insurance_fund + insurance
    taker_before, maker_before = account.collateral, maker.collateral
    taker_size, maker_size = position.size, maker_position.size
    if taker.is_sell:
        change = -lots
        taker_cash = taker_before + value - taker_fee
        maker_cash = maker_before - value - maker_fee
    else:
        change = lots
        taker_cash = taker_before - value - taker_fee
        maker_cash = maker_before + value - maker_fee
    if abs(taker_cash) > MONEY_MAX or fee_pool > MONEY_MAX or insurance_fund > MONEY_MAX:
        return Result.FIELD_OVERFLOW
    if abs(maker_cash) > MONEY_MAX:
        _remove_maker(state, taker, order, maker, RemovalReason.OVERFLOW)
        return Result.OK
    if state.checkpoint is not None:
        state.checkpoint.save_account(account)
        state.checkpoint.save_account(maker)
        state.checkpoint.save_instrument(instrument)
        state.checkpoint.save_order(order)
    account.collateral = taker_cash
    position.size = taker_size + change
    code = _test_taker(state, account, position, taker_size, taker_before)
    if code:
        account.collateral = taker_before
        position.size = taker_size
        return code
    maker.collateral = maker_cash
    maker_position.size = maker_size - change
    reserves = not order.flags & REDUCE_ONLY
    if reserves:
        maker_position.add_exposure(not taker.is_sell, -lots, order.price)
    if not _maker_passes(state, maker, maker_position, maker_size, maker_before):
        account.collateral = taker_before
        position.size = taker_size
        maker.collateral = maker_before
        maker_position.size = maker_size
        if reserves:
            maker_position.add_exposure(not taker.is_sell, lots, order.price)
        _remove_maker(state, taker, order, maker, RemovalReason.MARGIN)
        return Result.OK
    venue.fee_pool = fee_pool
    venue.insurance_fund = insurance_fund
    instrument.last_price = order.price
    instrument.open_interest += (
        max(taker_size + change, 0)
        - max(taker_size, 0)
        + max(maker_size - change, 0)
        - max(maker_size, 0)
    )
    order.lots -= lots
    taker.lots -= lots
    state.events.append(
        Fill(
            state.action_index,
            instrument.id,
            order.price,
            lots,
            account.id,
            taker.is_sell,
            taker_fee,
            maker.id,
            maker_fee,
            order.slot,
            order.serial,
            order.client_id,
            order.lots,
        )
    )
    if not order.lots:
        remove(state, instrument, order, maker, RemovalReason.FILLED)
    free_if_empty(state, maker, maker_position)
    return Result.OK


def _test_taker(
    state: State, account: Account, position: Position, size_before: int, cash_before: int
) -> Result:
    """Return OK if the taker passes the margin test against initial, else why not."""
    stale, surplus = test_initial(state, account)
    if surplus >= 0 and not stale:
        return Result.OK
    if shrinks_safely(account, position, size_before, cash_before):
        return Result.OK
    return Result.STALE_PRICE if stale else Result.MARGIN_INSUFFICIENT


def _maker_passes(
    state: State, account: Account, position: Position, size_before: int, cash_before: int
) -> bool:
    """Whether the maker passes the margin test against maintenance."""
    stale, surplus = test_maintenance(state, account)
    if surplus >= 0 and not stale:
        return True
    return shrinks_safely(account, position, size_before, cash_before)
