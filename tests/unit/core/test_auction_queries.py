"""What a node says of auctions before anybody bids is what the bid then does."""

from __future__ import annotations

import pytest

from strikeproof.sequencer.core.auction_event import PortfolioSold
from strikeproof.sequencer.core.state_view import AuctionView, BidView
from strikeproof.wire.constants import AUCTION_DURATION_MS, OPTION_STALE_MS, PPM
from strikeproof.wire.errors import Result
from tests.unit.core.auctions import BIDDER, HELD, OTHER, SELLER, AuctionVenue
from tests.unit.core.option_venue import CALL
from tests.unit.core.scripted_venue import USD


def auctions(venue: AuctionVenue) -> list[AuctionView]:
    return venue.engine.auctions().all(venue.now)


def preview(venue: AuctionVenue, bidder: int, fraction: int = PPM) -> BidView:
    found = venue.engine.auctions().bid(bidder, SELLER, fraction, venue.now)
    assert found is not None
    return found


def test_nothing_is_said_of_accounts_that_are_not_auctioned() -> None:
    venue = AuctionVenue()
    venue.begin()
    assert auctions(venue) == []
    assert venue.engine.auctions().bid(BIDDER, SELLER, PPM, venue.now) is None


@pytest.mark.parametrize("is_portfolio", [False, True])
@pytest.mark.parametrize("fraction", [50_000, PPM])
def test_preview_is_what_the_bid_then_does(is_portfolio: bool, fraction: int) -> None:
    venue = AuctionVenue()
    venue.begin()
    venue.fall(below_ppm=800_000)
    assert venue.revalue(SELLER) == Result.OK
    venue.trade(BIDDER, OTHER, CALL, 100)
    if is_portfolio:
        assert venue.set_mode(BIDDER) == Result.OK
    venue.wait(100_000)
    (view,) = auctions(venue)
    account = venue.engine.account(SELLER)
    assert account is not None and account.auctioned_ms == view.begun_ms
    assert (view.account, view.begun_ms, view.code) == (SELLER, venue.auction_ms(), Result.OK)
    assert [(each.instrument, each.lots) for each in view.held] == list(HELD.items())
    before = venue.engine.snapshot()
    told = preview(venue, BIDDER, fraction)
    assert venue.engine.snapshot() == before
    assert told.code == Result.OK
    assert told.fraction_ppm == min(fraction, view.most_ppm)
    assert venue.bid(fraction_ppm=fraction) == Result.OK
    sold = venue.last.outcomes[0].events[-1]
    assert isinstance(sold, PortfolioSold)
    assert (told.fraction_ppm, told.discount_ppm) == (sold.fraction_ppm, sold.discount_ppm)
    assert (told.paid, told.fee) == (sold.paid, sold.fee)
    for instrument, lots, price in told.lots:
        held = 100 if instrument == CALL else 0
        assert venue.sizes(instrument)[BIDDER] == held + lots
        assert venue.mark(instrument).price == price
    again = venue.engine.auctions()._margin(venue.engine._state.accounts[BIDDER], venue.now)
    assert again == (told.after, Result.OK)
    assert told.after.is_portfolio == is_portfolio


def test_preview_says_why_a_bid_would_not_pass() -> None:
    venue = AuctionVenue()
    venue.auction()
    poor = venue.register()
    venue.deposit(poor, 10_000 * USD)
    assert preview(venue, poor).code == Result.MARGIN_INSUFFICIENT
    assert venue.bid(poor) == Result.MARGIN_INSUFFICIENT
    venue.now += OPTION_STALE_MS + 1
    venue.price(venue.index)
    assert preview(venue, BIDDER).code == Result.PORTFOLIO_STALE
    assert auctions(venue)[0].code == Result.PORTFOLIO_STALE
    venue.fresh(venue.index)
    asked = venue.asked(SELLER)
    venue.deposit(SELLER, asked.maintenance)
    assert auctions(venue)[0].code == Result.NO_AUCTION
    assert preview(venue, BIDDER).code == Result.NO_AUCTION


def test_auction_whose_time_is_over_says_so() -> None:
    venue = AuctionVenue()
    venue.auction()
    assert not auctions(venue)[0].is_over
    venue.wait(AUCTION_DURATION_MS)
    assert auctions(venue)[0].is_over
