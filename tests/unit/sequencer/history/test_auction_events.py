"""What the seller and the bidder of a portfolio read of it afterwards."""

from __future__ import annotations

from strikeproof.sequencer.core.ops.op_table import decode_op
from strikeproof.sequencer.history.order_event import OpDone, OrderEventKind, order_events
from strikeproof.sequencer.order.op_place import OpPlace
from strikeproof.wire.errors import Result
from tests.unit.core.auctions import BIDDER, SELLER, AuctionVenue, sale

PLACE = OpPlace(1, 2, 3)


def test_auction_and_sale_are_told_to_both() -> None:
    venue = AuctionVenue()
    failing = venue.auction()
    begun = OpDone(PLACE, venue.now, None, b"", venue.last.outcomes[0].events)
    (told,) = order_events(begun)
    assert (told.account, told.kind) == (SELLER, OrderEventKind.AUCTION_BEGUN)
    assert (told.equity, told.maintenance) == (failing.equity, failing.maintenance)
    op = venue.bid_op(fraction_ppm=50_000)
    assert venue.segment(op)[0].code == Result.OK
    done = OpDone(PLACE, venue.now, decode_op(op[0], op[3:]), b"", venue.last.outcomes[0].events)
    *fills, seller, bidder = order_events(done)
    assert {each.kind for each in fills} == {OrderEventKind.FILLED}
    assert {each.account for each in fills} == {SELLER, BIDDER}
    sold = sale(venue)
    assert (seller.account, seller.kind, seller.cash) == (SELLER, 18, -sold.paid - sold.fee)
    assert (bidder.account, bidder.kind, bidder.cash) == (BIDDER, 18, sold.paid)
