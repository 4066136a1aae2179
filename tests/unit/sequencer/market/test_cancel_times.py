"""Cancel-at times that are moved again and again cost no memory."""

from __future__ import annotations

from strikeproof.sequencer.api.market_message import MarketMessages
from strikeproof.sequencer.core.engine_event import CancelAtSet
from strikeproof.sequencer.market.market_feed import MOVED_KEPT, MarketFeed
from strikeproof.sequencer.order.op_place import OpPlace
from strikeproof.sequencer.order.orderer import BatchPolicy
from tests.unit.sequencer.ordering_venue import OrderingVenue


def test_a_time_that_is_moved_ten_thousand_times_is_kept_once() -> None:
    feed = MarketFeed(OrderingVenue(BatchPolicy(segment_ms=50)).engine, MarketMessages())
    for at in range(10_000):
        feed.op([CancelAtSet(1, 2**47 + at)], OpPlace(1, 0, 0), 0)
        assert len(feed._cancels) <= MOVED_KEPT + 2
    feed.publish(2**47 + 9_998)
    assert feed._cancel_at_ms == {1: 2**47 + 9_999}
    feed.publish(2**47 + 9_999)
    assert feed._cancel_at_ms == {}
