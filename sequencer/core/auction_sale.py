"""A bid for a fraction of a portfolio that is auctioned (docs/protocol/auctions.md)."""

from __future__ import annotations

from typing import Final, NamedTuple

from strikeproof.sequencer.core.account import Account, Position
from strikeproof.sequencer.core.action_execution import check_account
from strikeproof.sequencer.core.auction_event import PortfolioSold
from strikeproof.sequencer.core.book_changes import free_if_empty
from strikeproof.sequencer.core.bundle_action import PLACE, Action
from strikeproof.sequencer.core.checkpoint import Checkpoint
from strikeproof.sequencer.core.engine_event import BlockFill
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.entry_settlement import settle_in_house
from strikeproof.sequencer.core.instrument import Instrument
from strikeproof.sequencer.core.margin import equity, initial, touch_mark, weigh_margin_test
from strikeproof.sequencer.core.order_book import SELL
from strikeproof.sequencer.core.portfolio import (
    PortfolioMargin,
    admit,
    assess,
    is_for_sale,
    keep_certificate,
    live_positions,
)
from strikeproof.sequencer.core.rules.auction import (
    auction_fee,
    discount_ppm,
    most_ppm,
    payment,
    relieves,
    sold_lots,
)
from strikeproof.sequencer.core.rules.bounded_price import is_gap_wide
from strikeproof.wire.constants import (
    COMPUTE_ACTION,
    COMPUTE_SETTLE,
    MONEY_MAX,
    PPM,
    InstrumentStatus,
    TimeInForce,
)
from strikeproof.wire.errors import Result

_IOC: Final = int(TimeInForce.IOC) << 5


class BidTerms(NamedTuple):
    """Whose auction, since when, and what a bidder asks for: at most this fraction, at this
    discount at least."""

    seller: int
    auction_ms: int
    fraction_ppm: int
    discount_ppm: int


class _Refused(Exception):
    """Nothing of the sale stays."""

    def __init__(self, code: Result) -> None:
        super().__init__(code)
        self.code = code


def settle_bid(state: EngineState, bidder: Account, terms: BidTerms) -> Result:
    """Sell a bidder what its terms ask for, or change nothing but weights. Return OK or why."""
    if not 0 < terms.seller < state.venue.next_account:
        return Result.UNKNOWN_ACCOUNT
    seller = state.touched_account(terms.seller)
    if not seller.margin_mode:
        return Result.NO_AUCTION
    auction_ms = state.touched_certificate(seller.id).parts.auction_ms
    if not auction_ms or auction_ms != terms.auction_ms:
        return Result.NO_AUCTION
    before = assess(state, seller, seller.portfolio_underlying)
    if isinstance(before, Result):
        return before
    if not is_for_sale(before):
        return Result.NO_AUCTION
    discount = discount_ppm(state.venue.clock_ms - auction_ms)
    if discount < terms.discount_ppm:
        return Result.DISCOUNT_TOO_LOW
    fraction = min(terms.fraction_ppm, most_ppm(before.equity, before.maintenance, discount))
    checkpoint = state.checkpoint = Checkpoint(state.venue)
    event_count = len(state.events)
    checkpoint.save(bidder)
    checkpoint.save(seller)
    try:
        value = _move(state, bidder, seller, fraction)
        _pay(state, bidder, seller, before, (fraction, discount, value))
        _judge(state, bidder)
    except _Refused as refused:
        checkpoint.restore(state.venue)
        del state.events[event_count:]
        return refused.code
    finally:
        state.checkpoint = None
    return Result.OK


def _move(state: EngineState, bidder: Account, seller: Account, fraction: int) -> int:
    """Move the lots of a fraction; return what they are worth at marks, below zero of more sold
    options than bought."""
    value = 0
    held = ((each, sold_lots(each.view_size, fraction)) for each in live_positions(seller))
    moved = [(position, lots) for position, lots in held if lots]
    for number, (position, lots) in enumerate(moved):
        value += _move_lots(state, (bidder, seller), position, lots, number)
    return value


def _move_lots(
    state: EngineState,
    parties: tuple[Account, Account],
    position: Position,
    lots: int,
    number: int,
) -> int:
    state.meter.compute += COMPUTE_ACTION
    bidder, seller = parties
    instrument = state.instruments[position.instrument]
    if instrument.touched != state.meter.stamp:
        state.meter.touch_instrument(instrument)
    mark = instrument.mark
    if mark.touched != state.meter.stamp:
        touch_mark(state.meter, mark)
    if instrument.is_halted(state.venue.clock_ms):
        raise _Refused(Result.HALTED)
    if is_gap_wide(mark.underlying.gap_ppm, instrument.price_band_ppm):
        raise _Refused(Result.GAP_TOO_WIDE)
    assert state.checkpoint is not None
    state.checkpoint.save(instrument)
    _change(state, bidder, instrument, lots)
    _change(state, seller, instrument, -lots)
    price = mark.price
    state.events.append(
        BlockFill(
            leg=number,
            instrument=instrument.id,
            price=price,
            lots=abs(lots),
            account=bidder.id,
            is_sell=lots < 0,
            fee=0,
            counterparty=seller.id,
            counterparty_fee=0,
        )
    )
    return mark.product.settle(mark, price, lots)


def _change(state: EngineState, account: Account, instrument: Instrument, lots: int) -> None:
    """Change a party's position by signed lots; its money moves once for all of them."""
    position = account.position(instrument.id)
    if position is None or position.opposite(lots < 0) < abs(lots):
        _check_growth(state, account, instrument, lots)
    if position is None:
        position = account.append_position(instrument.mark)
    state.meter.compute += COMPUTE_SETTLE
    position.review()
    settled = account.collateral + position.view_cash
    if abs(settled) > MONEY_MAX:
        raise _Refused(Result.FIELD_OVERFLOW)
    size = position.view_size
    settle_in_house(state, instrument, position)
    account.collateral = settled
    instrument.house.interest_changes(size, size + lots)
    position.trade_to(size + lots)
    free_if_empty(state, account, position)


def _check_growth(state: EngineState, account: Account, instrument: Instrument, lots: int) -> None:
    """Raise unless a position that does not shrink may grow by these lots."""
    if instrument.status != InstrumentStatus.ACTIVE:
        raise _Refused(Result.HALTED)
    flags = _IOC | (SELL if lots < 0 else 0)
    order = Action(PLACE, instrument.id, flags=flags, price=instrument.mark.price, lots=abs(lots))
    code, _ = check_account(state, account, instrument, order, PPM)
    if code:
        raise _Refused(code)


def _pay(
    state: EngineState,
    bidder: Account,
    seller: Account,
    before: PortfolioMargin,
    sale: tuple[int, int, int],
) -> None:
    """Revalue the seller and pay for the sale, which is its fraction, its discount, and what the
    lots are worth: they moved at marks, so the seller's equity changes by what is paid alone."""
    fraction, discount, value = sale
    after = assess(state, seller, seller.portfolio_underlying)
    if isinstance(after, Result):
        raise _Refused(after)
    freed = before.maintenance - after.maintenance
    if not relieves(freed, before.maintenance, fraction):
        raise _Refused(Result.NO_RELIEF)
    paid, fee = payment(freed, discount), auction_fee(freed)
    venue = state.venue
    bought, sold = bidder.collateral - value + paid, seller.collateral + value - paid - fee
    fund = venue.insurance_fund + fee
    if max(abs(bought), abs(sold), fund) > MONEY_MAX:
        raise _Refused(Result.FIELD_OVERFLOW)
    bidder.collateral, seller.collateral, venue.insurance_fund = bought, sold, fund
    is_over = before.equity - paid - fee >= after.maintenance
    if is_over:
        keep_certificate(state, seller, after.certificate)
    state.events.append(
        PortfolioSold(
            account=seller.id,
            bidder=bidder.id,
            fraction_ppm=fraction,
            discount_ppm=discount,
            paid=paid,
            fee=fee,
            is_over=is_over,
        )
    )


def _judge(state: EngineState, bidder: Account) -> None:
    """Raise unless the bidder has its initial margin."""
    if bidder.margin_mode:
        found = admit(state, bidder, bidder.portfolio_underlying)
        if isinstance(found, Result):
            raise _Refused(found)
        keep_certificate(state, bidder, found)
        return
    weigh_margin_test(state, bidder, evaluations=1)
    if equity(bidder) < initial(bidder, state.now_ms, state.venue.clock_ms):
        raise _Refused(Result.MARGIN_INSUFFICIENT)
