"""Auctions of portfolios (attack 52): who is auctioned, what a bid takes, and how it ends.

Each of these scenarios also runs on the law (tests/agreement/test_auction_scenarios.py).
"""

from __future__ import annotations

import pytest

from strikeproof.sequencer.core.auction_event import AuctionBegun, PortfolioSold
from strikeproof.sequencer.core.engine_event import BlockFill, MarginModeSet, Revalued
from strikeproof.sequencer.core.rules.auction import most_ppm
from strikeproof.wire.constants import (
    AUCTION_DISCOUNT_FIRST_PPM,
    AUCTION_DISCOUNT_LAST_PPM,
    AUCTION_DURATION_MS,
    AUCTION_EQUITY_MIN_PPM,
    AUCTION_FEE_PPM,
    AUCTION_FRACTION_MIN_PPM,
    COMPUTE_ACTION,
    COMPUTE_MARGIN,
    COMPUTE_OP,
    COMPUTE_POSITION,
    COMPUTE_REVALUE,
    COMPUTE_SETTLE,
    INDEX_STALE_MS,
    OPTION_STALE_MS,
    PPB,
    PPM,
    InstrumentStatus,
    OpType,
)
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import encode_list_expiry, frame_op
from tests.unit.core.auctions import BIDDER, HELD, OTHER, SELLER, TENTH, AuctionVenue, sale
from tests.unit.core.blocks import BUY, block
from tests.unit.core.option_venue import CALL, DAY_MS, EXPIRY_MS, PUT
from tests.unit.core.scripted_venue import USD
from tests.unit.core.test_portfolio_margin import PERPETUAL


def test_portfolio_that_fails_is_auctioned_and_sold_back_to_its_target() -> None:
    venue = AuctionVenue()
    failing = venue.auction()
    begun = AuctionBegun(SELLER, failing.equity, failing.maintenance)
    assert venue.last.outcomes[0].events == [begun]
    assert venue.mode(SELLER) == (1, 1)
    assert venue.revalue(SELLER) == Result.AUCTION_RUNNING
    before = venue.asked(SELLER)
    money, fund = venue.money(), venue.engine.venue().insurance_fund
    held = {each: venue.sizes(each)[SELLER] for each in HELD}
    assert venue.bid() == Result.OK
    after = venue.asked(SELLER)
    most = most_ppm(before.equity, before.maintenance, AUCTION_DISCOUNT_FIRST_PPM)
    freed = before.maintenance - after.maintenance
    paid = freed * AUCTION_DISCOUNT_FIRST_PPM // PPM
    fee = freed * AUCTION_FEE_PPM // PPM
    *fills, sold = venue.last.outcomes[0].events
    assert sold == PortfolioSold(
        SELLER, BIDDER, most, AUCTION_DISCOUNT_FIRST_PPM, paid, fee, is_over=True
    )
    assert after.equity == before.equity - paid - fee
    assert after.equity * 10 >= after.maintenance * 11 - 100 * USD
    for number, (fill, instrument) in enumerate(zip(fills, HELD, strict=True)):
        lots = abs(held[instrument]) * most // PPM
        price = venue.mark(instrument).price
        is_sell = held[instrument] < 0
        assert fill == BlockFill(number, instrument, price, lots, BIDDER, is_sell, 0, SELLER, 0)
        taken = -lots if is_sell else lots
        assert venue.sizes(instrument)[BIDDER] == taken
        assert venue.sizes(instrument)[SELLER] == held[instrument] - taken
    assert venue.money() == money
    assert venue.engine.venue().insurance_fund == fund + fee
    # It meets maintenance again: it has a certificate, and nobody bids.
    assert venue.auction_ms() == 0
    assert venue.bid(auction_ms=failing.certificate.time_ms) == Result.NO_AUCTION


def test_greatest_fraction_counts_to_the_millionth() -> None:
    venue = AuctionVenue(deposit=10**9 * USD)
    held = {CALL: -2_000_000, PUT: -2_000_000}
    venue.auction(held)
    before = venue.asked(SELLER)
    most = most_ppm(before.equity, before.maintenance, AUCTION_DISCOUNT_FIRST_PPM)
    assert venue.bid() == Result.OK
    for instrument, lots in held.items():
        assert venue.sizes(instrument)[BIDDER] == -(-lots * most // PPM)  # two lots a millionth


def test_account_is_sold_in_parts_and_the_last_one_ends_the_auction() -> None:
    venue = AuctionVenue()
    venue.begin()
    venue.fall(below_ppm=800_000)
    assert venue.revalue(SELLER) == Result.OK
    before = venue.asked(SELLER)
    bids = 0
    while venue.auction_ms():
        assert venue.bid(fraction_ppm=TENTH) == Result.OK
        after = venue.asked(SELLER)
        assert after.equity * before.maintenance > before.equity * after.maintenance
        assert after.maintenance < before.maintenance
        before = after
        bids += 1
    assert bids > 1
    assert before.equity >= before.maintenance


def test_discount_rises_evenly_for_a_quarter_of_an_hour() -> None:
    venue = AuctionVenue()
    venue.begin()
    venue.fall(below_ppm=700_000)
    assert venue.revalue(SELLER) == Result.OK
    rise = AUCTION_DISCOUNT_LAST_PPM - AUCTION_DISCOUNT_FIRST_PPM
    since = venue.auction_ms()
    for part in (3, 2):
        venue.wait(since + AUCTION_DURATION_MS // part - venue.now - 1)
        discount = AUCTION_DISCOUNT_FIRST_PPM + rise * (venue.now - since) // AUCTION_DURATION_MS
        refused = venue.bid(fraction_ppm=AUCTION_FRACTION_MIN_PPM, discount_ppm=discount + 1)
        assert refused == Result.DISCOUNT_TOO_LOW
        asks = {"fraction_ppm": AUCTION_FRACTION_MIN_PPM, "discount_ppm": discount}
        assert venue.bid(**asks) == Result.OK
        assert sale(venue).discount_ppm == discount
    venue.wait(2 * AUCTION_DURATION_MS)
    assert venue.bid(discount_ppm=AUCTION_DISCOUNT_LAST_PPM + 1) == Result.DISCOUNT_TOO_LOW
    assert venue.bid(discount_ppm=AUCTION_DISCOUNT_LAST_PPM) == Result.OK


def test_what_is_left_after_its_time_is_liquidated_leg_by_leg() -> None:
    venue = AuctionVenue()
    venue.auction()
    since = venue.auction_ms()
    venue.wait(AUCTION_DURATION_MS - 10_000)
    venue.now = since + AUCTION_DURATION_MS - 1
    assert venue.revalue(SELLER) == Result.AUCTION_RUNNING
    assert venue.liquidate(SELLER, CALL) == Result.WRONG_MARGIN_MODE
    venue.now += 1
    assert venue.revalue(SELLER) == Result.OK
    assert venue.last.outcomes[0].events == [MarginModeSet(SELLER, 0)]
    assert venue.auction_ms() == 0
    assert venue.bid(auction_ms=since) == Result.NO_AUCTION
    lots = venue.sizes(CALL)[SELLER]
    assert venue.liquidate(SELLER, CALL) == Result.OK
    assert venue.sizes(CALL).get(SELLER, 0) > lots


def test_account_with_too_little_equity_is_not_auctioned() -> None:
    venue = AuctionVenue()
    venue.begin()
    venue.fall(below_ppm=AUCTION_EQUITY_MIN_PPM)
    assert venue.revalue(SELLER) == Result.OK
    assert venue.last.outcomes[0].events == [MarginModeSet(SELLER, 0)]


def test_auction_ends_at_once_where_equity_has_become_too_low() -> None:
    venue = AuctionVenue()
    venue.auction()
    venue.fall(below_ppm=AUCTION_EQUITY_MIN_PPM)
    assert venue.bid() == Result.NO_AUCTION
    assert venue.auction_ms()
    assert venue.revalue(SELLER) == Result.OK
    assert venue.mode(SELLER) == (0, 0)
    assert venue.auction_ms() == 0


@pytest.mark.parametrize("spare", [0, -1])
def test_least_equity_of_an_auction_counts_to_the_micro_usd(spare: int) -> None:
    venue = AuctionVenue()
    venue.begin()
    asked = venue.fall(below_ppm=AUCTION_EQUITY_MIN_PPM)
    least = -(-asked.maintenance * AUCTION_EQUITY_MIN_PPM // PPM)
    venue.deposit(SELLER, least - asked.equity + spare)
    assert venue.revalue(SELLER) == Result.OK
    assert venue.mode(SELLER) == ((1, 1) if spare == 0 else (0, 0))


def test_perpetuals_alone_are_not_auctioned() -> None:
    venue = AuctionVenue()
    venue.begin({PERPETUAL: -20_000})
    venue.fall()
    assert venue.revalue(SELLER) == Result.OK
    assert venue.mode(SELLER) == (0, 0)


def test_deposit_that_heals_ends_the_auction_and_no_bid_passes() -> None:
    venue = AuctionVenue()
    failing = venue.auction()
    since = venue.auction_ms()
    venue.deposit(SELLER, failing.maintenance - failing.equity)
    assert venue.bid() == Result.NO_AUCTION
    assert venue.revalue(SELLER) == Result.OK
    assert venue.last.outcomes[0].events == [Revalued(SELLER, is_certified=True)]
    assert venue.auction_ms() == 0
    # The next auction is another: a bid for the first is none for it.
    venue.fall()
    assert venue.revalue(SELLER) == Result.OK
    assert venue.auction_ms() > since
    assert venue.bid(auction_ms=since) == Result.NO_AUCTION
    assert venue.bid() == Result.OK


def test_owner_ends_the_auction_with_its_initial_margin_or_under_standard_margin() -> None:
    venue = AuctionVenue()
    failing = venue.auction()
    price = venue.mark(CALL).price
    assert block(venue, SELLER, OTHER, (CALL, BUY, price, 5)) == Result.MARGIN_INSUFFICIENT
    assert venue.withdraw(SELLER, 1) == Result.INSUFFICIENT_COLLATERAL
    assert venue.set_mode(SELLER) == Result.MARGIN_INSUFFICIENT
    assert venue.buy(SELLER, price, 5, instrument=CALL) == Result.CERTIFICATE_NEEDED
    assert venue.auction_ms()
    venue.deposit(SELLER, failing.initial)
    assert venue.withdraw(SELLER, 1) == Result.OK
    assert venue.auction_ms() == 0
    venue.fall()
    assert venue.revalue(SELLER) == Result.OK
    venue.deposit(SELLER, failing.initial)
    assert block(venue, SELLER, OTHER, (CALL, BUY, venue.mark(CALL).price, 5)) == Result.OK
    assert venue.auction_ms() == 0
    venue.fall()
    assert venue.revalue(SELLER) == Result.OK
    assert venue.auction_ms()
    assert venue.set_mode(SELLER, 0) == Result.OK
    assert venue.auction_ms() == 0
    assert venue.bid(auction_ms=1) == Result.NO_AUCTION


def test_orders_of_an_auctioned_account_do_not_fill() -> None:
    venue = AuctionVenue()
    venue.begin(rest=10_000 * USD)
    price = venue.mark(CALL).price
    assert venue.buy(SELLER, price // 2, 5, instrument=CALL) == Result.OK
    venue.fall()
    assert venue.revalue(SELLER) == Result.OK
    lots = venue.sizes(CALL)[SELLER]
    assert venue.sell(BIDDER, price // 2, 5, instrument=CALL) == Result.OK
    assert venue.sizes(CALL)[SELLER] == lots
    orders = [each.account for each in venue.engine.book_orders(CALL)]
    assert orders == [BIDDER]


def test_bids_for_nothing_that_is_auctioned_are_refused() -> None:
    venue = AuctionVenue()
    assert venue.bid(auction_ms=1) == Result.NO_AUCTION  # under standard margin
    venue.auction()
    since = venue.auction_ms()
    assert venue.bid(auction_ms=since - 1) == Result.NO_AUCTION
    assert venue.bid(seller=0) == Result.UNKNOWN_ACCOUNT
    assert venue.bid(seller=9) == Result.UNKNOWN_ACCOUNT
    assert venue.bid(seller=OTHER) == Result.NO_AUCTION
    for wrong in (
        {"seller": BIDDER},
        {"fraction_ppm": AUCTION_FRACTION_MIN_PPM - 1},
        {"fraction_ppm": PPM + 1},
    ):
        op = venue.unsigned_bid(**wrong) + bytes(64)
        assert venue.segment(frame_op(type=OpType.BID, body=op))[0].code == Result.MALFORMED
    assert venue.bid(key=venue.owners[OTHER]) == Result.BAD_SIGNATURE
    assert venue.set_mode(OTHER) == Result.OK
    assert venue.bid(seller=OTHER) == Result.NO_AUCTION
    assert venue.bid(seller=OTHER, auction_ms=0) == Result.NO_AUCTION


def test_old_prices_and_waiting_options_stop_bids() -> None:
    venue = AuctionVenue()
    venue.auction()
    venue.now += OPTION_STALE_MS + 1
    venue.price(venue.index)
    assert venue.bid() == Result.PORTFOLIO_STALE
    assert venue.revalue(SELLER) == Result.PORTFOLIO_STALE
    venue.fresh(venue.index)
    assert venue.bid(fraction_ppm=AUCTION_FRACTION_MIN_PPM) == Result.OK
    venue.now += INDEX_STALE_MS + 1
    assert venue.bid() == Result.PORTFOLIO_STALE


def test_small_lots_are_not_picked_by_rounding() -> None:
    """A small fraction takes nothing of a hedge of three lots: what is left is worth no less
    margin, so nothing is paid for it."""
    venue = AuctionVenue()
    venue.begin({CALL: -20, PERPETUAL: 11}, rest=0)
    asked = venue.fall()
    assert asked.maintenance < 10_000 * USD
    assert venue.revalue(SELLER) == Result.OK
    before = venue.engine._state.accounts[SELLER].encode()
    assert venue.bid(fraction_ppm=AUCTION_FRACTION_MIN_PPM) == Result.NO_RELIEF
    assert venue.engine._state.accounts[SELLER].encode() == before
    assert venue.bid(fraction_ppm=TENTH) == Result.OK


def test_instruments_that_do_not_trade_stop_a_bid() -> None:
    venue = AuctionVenue()
    venue.auction()
    venue.set_instrument(PUT, status=int(InstrumentStatus.HALTED))
    before = venue.engine._state.accounts[SELLER].encode()
    assert venue.bid() == Result.HALTED
    assert venue.engine._state.accounts[SELLER].encode() == before
    assert venue.sizes(CALL).get(BIDDER) is None
    # What only shrinks positions passes, but where nothing is traded at all.
    venue.set_instrument(PUT, status=int(InstrumentStatus.ACTIVE))
    venue.trade(BIDDER, OTHER, PUT, 20_000)
    venue.set_instrument(PUT, status=int(InstrumentStatus.HALTED))
    assert venue.bid() == Result.HALTED
    venue.set_instrument(PUT, status=int(InstrumentStatus.REDUCE_ONLY))
    assert venue.bid(OTHER) == Result.HALTED
    assert venue.bid() == Result.OK


def test_wide_gap_stops_a_bid() -> None:
    venue = AuctionVenue()
    venue.auction()
    venue.now += 1_000
    # The index moves a little of the way to what was reported.
    venue.report_price(venue.index * 125 // 100)
    assert venue.reprice() == Result.OK
    assert venue.bid() == Result.GAP_TOO_WIDE
    assert venue.auction_ms()


def test_positions_in_settled_instruments_stay_with_the_seller() -> None:
    venue = AuctionVenue()
    ends_ms = EXPIRY_MS + 30 * DAY_MS
    venue.govern(encode_list_expiry(underlying=1, expiry_ms=ends_ms, forward_ppb=PPB))
    later = venue.engine.venue().next_instrument
    venue.list_pair(expiry=2)
    assert venue.surface(expiry=2) == Result.OK
    assert venue.reprice(later) == Result.OK
    venue.begin({CALL: -1_000, later: -20_000})
    venue.now = EXPIRY_MS
    assert venue.settle_expiry(venue.index) == Result.OK
    assert venue.reprice() == Result.OK
    while True:
        venue.price(venue.index)
        assert venue.surface(forward=venue.index, expiry=2) == Result.OK
        assert venue.reprice(later) == Result.OK
        if venue.asked(SELLER).equity < venue.asked(SELLER).maintenance:
            break
        venue.index = venue.index * 102 // 100
    assert venue.revalue(SELLER) == Result.OK
    assert venue.bid() == Result.OK
    assert venue.sizes(CALL) == {SELLER: -1_000, OTHER: 1_000}
    assert venue.sizes(later)[BIDDER] < 0


def test_many_small_bids_are_paid_no_more_than_one() -> None:
    def sold(*fractions: int) -> tuple[int, int]:
        venue = AuctionVenue()
        venue.begin()
        venue.fall(below_ppm=600_000)
        assert venue.revalue(SELLER) == Result.OK
        before = venue.asked(SELLER)
        paid = 0
        for fraction in fractions:
            assert venue.bid(fraction_ppm=fraction) == Result.OK
            paid += sale(venue).paid
        return paid, before.maintenance - venue.asked(SELLER).maintenance

    one_paid, one_freed = sold(TENTH)
    paid, freed = sold(*(AUCTION_FRACTION_MIN_PPM for _ in range(10)))
    assert paid * one_freed <= one_paid * freed


def test_weights_are_those_of_a_sale() -> None:
    venue = AuctionVenue()
    venue.auction()
    assert venue.bid(fraction_ppm=AUCTION_FRACTION_MIN_PPM) == Result.OK
    count = len(HELD)
    test = COMPUTE_MARGIN + COMPUTE_POSITION * count
    assert venue.last.compute_weight == (
        COMPUTE_OP
        + 9_000
        + 2 * COMPUTE_REVALUE
        + 3 * test
        + count * (COMPUTE_ACTION + 2 * COMPUTE_SETTLE)
    )
