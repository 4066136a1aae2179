"""Matching: an incoming order against the best orders of the other side, one maker at a time."""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

from strikeproof.sequencer.core.account import Account, Position
from strikeproof.sequencer.core.book_changes import free_if_empty, remove
from strikeproof.sequencer.core.certificate_margin import (
    Before,
    Verdict,
    is_passed_over,
    try_maker,
    try_taker,
)
from strikeproof.sequencer.core.engine_event import Fill, RemovalReason, new_event
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.entry_settlement import settle_in_house
from strikeproof.sequencer.core.global_record import GlobalRecord
from strikeproof.sequencer.core.gone_order import why_gone
from strikeproof.sequencer.core.incoming_order import IncomingOrder
from strikeproof.sequencer.core.instrument import Instrument
from strikeproof.sequencer.core.margin import (
    INITIAL,
    MAINTENANCE,
    check_margin,
    shrinks,
    shrinks_safely,
)
from strikeproof.sequencer.core.order_book import REDUCE_ONLY, SELL, Order
from strikeproof.sequencer.core.portfolio import keep_certificate
from strikeproof.sequencer.core.protection import count_fill
from strikeproof.sequencer.core.rounding import div_ceil
from strikeproof.sequencer.core.rules.bounded_price import is_gap_wide
from strikeproof.sequencer.core.rules.certificate import Certificate
from strikeproof.sequencer.core.weight import Touchable
from strikeproof.wire.constants import (
    COMPUTE_MAKER,
    COMPUTE_SETTLE,
    INSURANCE_SHARE_PPM,
    MONEY_MAX,
    OPTION_FEE_CAP_PPM,
    POSITION_LOTS_MAX,
    PPM,
    SelfTrade,
)
from strikeproof.wire.errors import Result

# Members of enumerations cost 80 ns a look-up: bound once.
_OK = Result.OK
_MAKER_TOUCH: Final = COMPUTE_MAKER + COMPUTE_SETTLE
_FILLED = RemovalReason.FILLED
_CANCEL_TAKER = int(SelfTrade.CANCEL_TAKER)
_CANCEL_BOTH = int(SelfTrade.CANCEL_BOTH)


class FillEnd(Enum):
    """What an attempt to fill came to."""

    KEPT = auto()
    MAKER_REMOVED = auto()  # instead of a fill; matching goes on
    TAKER_OVERFLOWS = auto()  # money would leave its range; matching stops, as for the next
    TAKER_SHORT = auto()  # of initial margin
    TAKER_UNFIT = auto()  # for portfolio margin
    TAKER_VOID = auto()  # its certificate does not count
    MAKER_PASSED = auto()  # over, for its certificate; matching goes on behind it


_KEPT: Final = FillEnd.KEPT
_MAKER_REMOVED: Final = FillEnd.MAKER_REMOVED
_MAKER_PASSED: Final = FillEnd.MAKER_PASSED
_STOPS: Final = {
    FillEnd.TAKER_OVERFLOWS: Result.FIELD_OVERFLOW,
    FillEnd.TAKER_SHORT: Result.MARGIN_INSUFFICIENT,
    FillEnd.TAKER_UNFIT: Result.PORTFOLIO_UNFIT,
    FillEnd.TAKER_VOID: Result.CERTIFICATE_NEEDED,
}
_OF_VERDICT: Final = {
    Verdict.FAILS: FillEnd.TAKER_SHORT,
    Verdict.UNFIT: FillEnd.TAKER_UNFIT,
    Verdict.VOID: FillEnd.TAKER_VOID,
}


def match(state: EngineState, incoming: IncomingOrder, lots: int) -> tuple[Result, int]:
    """Fill an incoming order while it crosses; return OK or what stopped it, and the lots left."""
    meter, stamp = state.meter, state.meter.stamp
    account, position, instrument, action, _, _ = incoming
    orders, limit = instrument.orders, action.price
    is_sell = action.flags & SELL != 0
    mark = instrument.mark
    is_stale = mark.underlying.stale_after_ms < state.now_ms
    if position.viewed is not mark.indices:
        position.review()
    is_overdue = mark.is_overdue(state.now_ms)
    gap_is_wide = is_overdue or is_gap_wide(mark.underlying.gap_ppm, instrument.price_band_ppm)
    state.passed_slot = 0
    while lots:
        best = instrument.best_bid if is_sell else instrument.best_ask
        slot = orders[state.passed_slot].next if state.passed_slot else best
        if not slot:
            break
        order = orders[slot]
        if order.touched != stamp:
            meter.touch_order(order)
        price = order.price
        if price < limit if is_sell else price > limit:
            break
        if is_stale:
            return Result.STALE_PRICE, lots
        if state.maker_touches >= state.maker_touches_max:
            return Result.TOUCHES_EXHAUSTED, lots
        state.maker_touches += 1
        meter.compute += _MAKER_TOUCH
        maker = state.accounts[order.account]
        if maker.touched != stamp:
            meter.touch_account(maker)
        entry = maker.position(instrument.id)
        assert entry is not None, "a linked order keeps its account's entry"
        if entry.viewed is not entry.mark.indices:
            entry.review()
        gone = why_gone(instrument, order, maker, entry, state.venue.clock_ms, state.now_ms)
        if gone is not None:
            _remove_maker(state, incoming, order, maker, gone)
            continue
        if action.is_post_only:
            return Result.POST_ONLY_CROSSES, lots
        if maker.owner == account.owner:
            if action.self_trade != _CANCEL_TAKER:
                _remove_maker(state, incoming, order, maker, RemovalReason.SELF_TRADE)
                if action.self_trade != _CANCEL_BOTH:
                    continue
            return Result.SELF_TRADE, lots
        if maker.margin_mode and not _touch_again(state):
            return Result.TOUCHES_EXHAUSTED, lots
        filled = _available(order, entry, lots)
        change = -filled if is_sell else filled
        if gap_is_wide and not shrinks(position.view_size, position.view_size + change):
            return Result.GAP_TOO_WIDE, lots
        if is_overdue and not shrinks(entry.view_size, entry.view_size - change):
            return Result.GAP_TOO_WIDE, lots
        if abs(entry.view_size - change) > POSITION_LOTS_MAX:
            _remove_maker(state, incoming, order, maker, RemovalReason.POSITION_LIMIT)
            continue
        end = _fill(state, incoming, order, entry, change)
        if end is _KEPT:
            lots -= filled
            count_fill(state, maker, mark, -change)
        elif end is _MAKER_PASSED:
            state.passed_slot = slot
        elif end is not _MAKER_REMOVED:
            return _STOPS[end], lots
    # What is left would cross what was passed over: it does not rest.
    return Result.TOUCHES_EXHAUSTED if state.passed_slot and lots else _OK, lots


def _available(order: Order, entry: Position, lots: int) -> int:
    """Return the lots of a fill of at most `lots` against an order of an entry."""
    filled = order.lots
    if order.flags & REDUCE_ONLY:
        filled = min(filled, abs(entry.view_size))
    return filled if filled < lots else lots


def _touch_again(state: EngineState) -> bool:
    """Count a maker twice, if touches are left: its certificate has to fit what is reserved."""
    state.maker_touches += 1
    return state.maker_touches <= state.maker_touches_max


def _remove_maker(
    state: EngineState,
    incoming: IncomingOrder,
    order: Order,
    maker: Account,
    reason: RemovalReason,
) -> None:
    """Remove a maker; its entry is freed if empty, unless it is the taker's own."""
    taker, _, instrument, _, _, _ = incoming
    position = remove(state, instrument, order, maker, reason)
    if maker is not taker:
        free_if_empty(state, maker, position)


def _fill(
    state: EngineState,
    incoming: IncomingOrder,
    order: Order,
    maker_position: Position,
    change: int,
) -> FillEnd:
    """Try a fill that changes the taker's size by `change` lots, the maker's by the opposite. Both
    entries are settled as part of it: their views are as of now."""
    venue = state.venue
    taker, taker_position, instrument, _, _, forced = incoming
    maker = state.accounts[order.account]
    price, lots = order.price, abs(change)
    state.meter.compute += COMPUTE_SETTLE if forced is None else forced.settle_weight
    taker_cash, maker_cash = taker.collateral, maker.collateral
    taker_size, maker_size = taker_position.view_size, maker_position.view_size
    taker_pending, maker_pending = taker_position.view_cash, maker_position.view_cash
    taker_settled, maker_settled = taker_cash + taker_pending, maker_cash + maker_pending
    if forced is not None and forced.is_house:  # the maker's settlement is paid from its ledger
        taker_settled = instrument.house.cash - maker_pending
    elif not -MONEY_MAX <= taker_settled <= MONEY_MAX:
        return FillEnd.TAKER_OVERFLOWS
    if not -MONEY_MAX <= maker_settled <= MONEY_MAX:
        _remove_maker(state, incoming, order, maker, RemovalReason.OVERFLOW)
        return _MAKER_REMOVED
    cost = instrument.mark.product.settle(instrument.mark, price, change)
    taker_fee, maker_fee = _fees(instrument, order, abs(cost), lots)
    pools = pools_after(venue, taker_fee + maker_fee if forced is None else maker_fee)
    if forced is not None:
        taker_fee = forced.fee(price, change)
    taker_cash_after = taker_settled - cost - taker_fee
    maker_cash_after = maker_settled + cost - maker_fee
    if not -MONEY_MAX <= taker_cash_after <= MONEY_MAX or max(pools) > MONEY_MAX:
        return FillEnd.TAKER_OVERFLOWS
    if not -MONEY_MAX <= maker_cash_after <= MONEY_MAX:
        _remove_maker(state, incoming, order, maker, RemovalReason.OVERFLOW)
        return _MAKER_REMOVED
    _save(state, maker, instrument, order)
    taker.collateral = taker_cash_after
    taker_position.view_size = taker_size + change
    taker_position.view_cash = 0
    before = Before(taker_size, taker_settled)
    taken = _may_take(state, taker, taker_position, before) if forced is None else None
    if isinstance(taken, Verdict):
        _take_back(taker, taker_position, (taker_cash, taker_size, taker_pending))
        return _OF_VERDICT[taken]
    maker.collateral = maker_cash_after
    maker_position.view_size = maker_size - change
    maker_position.view_cash = 0
    maker_position.reserve(order.flags, -lots, price)
    made = _may_make(state, maker, maker_position, Before(maker_size, maker_settled))
    if isinstance(made, Verdict):
        _take_back(taker, taker_position, (taker_cash, taker_size, taker_pending))
        _take_back(maker, maker_position, (maker_cash, maker_size, maker_pending))
        maker_position.reserve(order.flags, lots, price)
        return _turn_down(state, incoming, order, made)
    taker_position.view_cash = taker_pending
    maker_position.view_cash = maker_pending
    _certify(state, taker, taken)
    _certify(state, maker, made)
    venue.fee_pool, venue.insurance_fund = pools
    _keep(state, incoming, maker_position, (taker_size, maker_size, change), (cost, taker_fee))
    instrument.last_price = price
    order.lots -= lots
    _tell_fill(state, incoming, order, change, (taker_fee, maker_fee))
    if not order.lots:
        remove(state, instrument, order, maker, _FILLED)
    if not maker_position.size:
        free_if_empty(state, maker, maker_position)
    return _KEPT


def _may_take(
    state: EngineState, account: Account, position: Position, before: Before
) -> Certificate | Verdict | None:
    """Return why a taker does not pass the margin test of a tentative fill; if it does, what its
    certificate becomes, None under standard margin."""
    if account.margin_mode:
        return try_taker(state, account, position, before)
    if check_margin(state, account, INITIAL) >= 0 or shrinks_safely(account, position, *before):
        return None
    return Verdict.FAILS


def _may_make(
    state: EngineState, account: Account, position: Position, before: Before
) -> Certificate | Verdict | None:
    """Return the same of a maker."""
    if account.margin_mode:
        return try_maker(state, account, position, before)
    if check_margin(state, account, MAINTENANCE) >= 0 or shrinks_safely(account, position, *before):
        return None
    return Verdict.FAILS


def _turn_down(
    state: EngineState, incoming: IncomingOrder, order: Order, verdict: Verdict
) -> FillEnd:
    """Pass a maker over, or remove it: its margin does not admit the fill."""
    maker = state.accounts[order.account]
    if verdict is Verdict.VOID and is_passed_over(state, maker):
        return _MAKER_PASSED
    _remove_maker(state, incoming, order, maker, RemovalReason.MARGIN)
    return _MAKER_REMOVED


def _save(state: EngineState, *records: Touchable) -> None:
    if state.checkpoint is not None:
        for record in records:
            state.checkpoint.save(record)


def _certify(state: EngineState, account: Account, tested: Certificate | Verdict | None) -> None:
    """Keep the certificate with a fill, of an account that has one."""
    if isinstance(tested, Certificate):
        keep_certificate(state, account, tested)


def _take_back(account: Account, position: Position, before: tuple[int, int, int]) -> None:
    """Set collateral and view back to what they were before a fill was tried."""
    account.collateral, position.view_size, position.view_cash = before


def _keep(
    state: EngineState,
    incoming: IncomingOrder,
    maker: Position,
    lots: tuple[int, int, int],
    paid: tuple[int, int],
) -> None:
    """Settle both entries, then move them by a fill: `lots` are the taker's size, the maker's, and
    by how much the taker's changes; `paid` the taker's cost and fee. The house has no entry."""
    _, taker, instrument, _, _, forced = incoming
    taker_size, maker_size, change = lots
    house = instrument.house
    is_house = forced is not None and forced.is_house
    if not is_house:
        settle_in_house(state, instrument, taker)
    settle_in_house(state, instrument, maker)
    if is_house:
        house.trades(change, paid[0])
    else:
        house.interest_changes(taker_size, taker_size + change)
        taker.trade_to(taker_size + change)
    house.interest_changes(maker_size, maker_size - change)
    maker.trade_to(maker_size - change)
    if forced is not None:
        house.receives(paid[1])


def _fees(instrument: Instrument, order: Order, value: int, lots: int) -> tuple[int, int]:
    """Return the taker's and the maker's fee on a value, rounded up: against the user. Of an option
    they are shares of its notional, and at most an eighth of the premium."""
    maker_ppm = instrument.maker_fee_ppm
    if order.max_fee_ppm < maker_ppm:
        maker_ppm = order.max_fee_ppm
    taker_fee = fee_of(instrument, instrument.taker_fee_ppm, value, lots)
    return taker_fee, fee_of(instrument, maker_ppm, value, lots)


def fee_of(instrument: Instrument, ppm: int, value: int, lots: int) -> int:
    """Return a fee on lots of a value, rounded up: against the user. Of an option it is a share of
    its notional, and at most an eighth of the premium."""
    mark = instrument.mark
    if mark.is_option:
        notional = mark.forward * lots * mark.tick_value
        return div_ceil(min(notional * ppm, value * OPTION_FEE_CAP_PPM), PPM)
    return div_ceil(value * ppm, PPM)


def pools_after(venue: GlobalRecord, fees: int) -> tuple[int, int]:
    """Return fee pool and insurance fund with a fill's fees; the fund's share rounds down, and is
    the whole while it does not cover what houses lack."""
    if venue.negative_houses > venue.insurance_fund:
        insurance = fees
    else:
        insurance = fees * INSURANCE_SHARE_PPM // PPM
    return venue.fee_pool + fees - insurance, venue.insurance_fund + insurance


def _tell_fill(
    state: EngineState, incoming: IncomingOrder, order: Order, change: int, fees: tuple[int, int]
) -> None:
    """Report a fill; the maker's order has shrunk already."""
    taker, _, instrument, _, _, _ = incoming
    state.events.append(
        new_event(
            Fill,
            (
                state.action_index,
                instrument.id,
                order.price,
                abs(change),
                taker.id,
                change < 0,
                fees[0],
                order.account,
                fees[1],
                order.slot,
                order.serial,
                order.client_id,
                order.lots,
            ),
        )
    )
