"""Who may bid for a portfolio that is auctioned (attack 52), and what a bidder then holds.

Each of these scenarios also runs on the law (tests/agreement/test_auction_scenarios.py).
"""

from __future__ import annotations

from strikeproof.wire.constants import (
    AUCTION_FRACTION_MIN_PPM,
    POSITIONS_MAX,
    PPM,
    MessageKind,
    OpType,
)
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import frame_op
from tests.attestation_ops import attest, set_attesters
from tests.unit.core.auctions import BIDDER, HELD, OTHER, SELLER, TENTH, AuctionVenue, sale
from tests.unit.core.option_venue import CALL, NANO, PUT
from tests.unit.core.scripted_venue import DOMAIN, USD, address_of
from tests.unit.core.test_portfolio_margin import PERPETUAL, RICH


def test_bidder_under_standard_margin_needs_its_initial_margin() -> None:
    venue = AuctionVenue()
    venue.auction()
    poor = venue.register()
    venue.deposit(poor, 10_000 * USD)
    money = venue.money()
    before = venue.engine._state.accounts[SELLER].encode()
    assert venue.bid(poor) == Result.MARGIN_INSUFFICIENT
    assert venue.last.outcomes[0].events == []
    assert venue.engine._state.accounts[SELLER].encode() == before
    assert venue.engine._state.accounts[poor].positions == []
    assert venue.auction_ms()
    assert venue.money() == money
    venue.deposit(poor, RICH)
    assert venue.bid(poor) == Result.OK
    view = venue.engine.account(poor)
    assert view is not None and view.equity >= view.initial_margin


def test_standard_bidder_keeps_its_initial_margin_to_the_micro_usd() -> None:
    venue = AuctionVenue()
    venue.begin()
    venue.fall(below_ppm=800_000)
    assert venue.revalue(SELLER) == Result.OK
    probe = venue.register()
    venue.deposit(probe, RICH)
    assert venue.bid(probe, fraction_ppm=TENTH) == Result.OK
    sold = sale(venue)
    view = venue.engine.account(probe)
    assert view is not None
    spare = view.equity - view.initial_margin
    # What it could do without: as much less, less by one, and the same again.
    venue = AuctionVenue()
    venue.begin()
    venue.fall(below_ppm=800_000)
    assert venue.revalue(SELLER) == Result.OK
    probe = venue.register()
    venue.deposit(probe, RICH - spare - 1)
    assert venue.bid(probe, fraction_ppm=TENTH) == Result.MARGIN_INSUFFICIENT
    venue.deposit(probe, 1)
    assert venue.bid(probe, fraction_ppm=TENTH) == Result.OK
    assert sale(venue) == sold._replace(bidder=probe)


def test_bidder_under_portfolio_margin_is_revalued_and_keeps_a_certificate() -> None:
    venue = AuctionVenue()
    venue.auction()
    assert venue.set_mode(BIDDER) == Result.OK
    venue.wait(1_000)
    assert venue.bid() == Result.OK
    kept = venue.engine._state.certificates[BIDDER].parts
    assert kept == venue.asked(BIDDER).certificate
    assert kept.time_ms == venue.now
    assert len(kept.forwards) == 1


def test_bidder_under_portfolio_margin_that_lacks_it_is_refused() -> None:
    venue = AuctionVenue(accounts=2)
    poor = venue.register()
    venue.deposit(poor, 15_000 * USD)
    venue.auction()
    assert venue.set_mode(poor) == Result.OK
    assert venue.bid(poor) == Result.MARGIN_INSUFFICIENT
    assert venue.auction_ms()


def test_bidder_whose_portfolio_is_another_underlyings_is_refused() -> None:
    venue = AuctionVenue()
    venue.auction()
    venue.list_underlying()
    assert venue.set_mode(BIDDER, 2) == Result.PORTFOLIO_STALE
    venue.price(venue.index, 2)
    venue.fresh(venue.index)
    assert venue.set_mode(BIDDER, 2) == Result.OK
    assert venue.bid() == Result.PORTFOLIO_UNFIT
    assert venue.auction_ms()


def test_bid_shrinks_closes_and_turns_what_the_bidder_holds() -> None:
    venue = AuctionVenue()
    venue.begin()
    venue.fall(below_ppm=800_000)
    assert venue.revalue(SELLER) == Result.OK
    tenth = {each: abs(lots) * TENTH // PPM for each, lots in HELD.items()}
    # Long calls that vanish, long puts that shrink, a short perpetual that turns.
    venue.trade(BIDDER, OTHER, CALL, tenth[CALL])
    venue.trade(BIDDER, OTHER, PUT, tenth[PUT] + 7)
    venue.trade(OTHER, BIDDER, PERPETUAL, tenth[PERPETUAL] - 7)
    assert venue.bid(fraction_ppm=TENTH) == Result.OK
    assert BIDDER not in venue.sizes(CALL)
    assert venue.sizes(PUT)[BIDDER] == 7
    assert venue.sizes(PERPETUAL)[BIDDER] == 7
    assert venue.engine._state.accounts[BIDDER].position(CALL) is None


def test_bidder_needs_the_tier_room_and_entries() -> None:
    venue = AuctionVenue(accounts=4)
    venue.auction()
    venue.govern(set_attesters())
    venue.set_instrument(PERPETUAL, tier=1)
    assert venue.bid() == Result.TIER_NEEDED
    venue.now += 1
    venue.segment(attest(DOMAIN, BIDDER, 1, venue.now))
    assert venue.bid(fraction_ppm=AUCTION_FRACTION_MIN_PPM) == Result.OK


def test_session_key_bids_and_a_nonce_serves_once() -> None:
    venue = AuctionVenue()
    venue.auction()
    venue.segment(venue.set_session_op(BIDDER, 1, 700))
    op = venue.bid_op(session=1, key=700, fraction_ppm=AUCTION_FRACTION_MIN_PPM)
    assert venue.segment(op)[0].code == Result.OK
    assert venue.segment(op)[0].code == Result.NONCE_USED
    late = venue.bid_op(session=1, key=700, expiry_ms=venue.now)
    assert venue.segment(late)[0].code == Result.EXPIRED


def test_owner_bids_through_the_inbox_without_a_signature() -> None:
    venue = AuctionVenue()
    venue.auction()
    op = frame_op(type=OpType.BID, body=venue.unsigned_bid(fraction_ppm=TENTH))
    outcome = venue.message(MessageKind.USER_OP, op, address_of(venue.owners[BIDDER]))
    assert outcome.results[0] == Result.OK


def test_own_account_of_the_owner_may_bid_and_the_seller_still_gains_ratio() -> None:
    venue = AuctionVenue(accounts=2)
    own = venue.register(venue.owners[SELLER])
    venue.deposit(own, RICH)
    venue.auction()
    before = venue.asked(SELLER)
    assert venue.bid(own, fraction_ppm=TENTH) == Result.OK
    after = venue.asked(SELLER)
    assert after.equity * before.maintenance > before.equity * after.maintenance


def test_more_entries_or_lots_than_a_bidder_may_have_are_refused() -> None:
    venue = AuctionVenue(accounts=4)
    venue.auction()
    for _ in range(POSITIONS_MAX - 2):
        id = venue.list_instrument(index_per_tick=NANO, tick_value=1_000)
        venue.trade(BIDDER, 4, id, 1)
    venue.fresh(venue.index)
    assert venue.bid() == Result.TOO_MANY_POSITIONS
    assert len(venue.engine._state.accounts[BIDDER].positions) == POSITIONS_MAX - 2
    assert venue.bid(OTHER) == Result.OK
