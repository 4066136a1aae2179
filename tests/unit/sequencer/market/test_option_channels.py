"""A call and its put get channels of their own as they are listed."""

from __future__ import annotations

from strikeproof.sequencer.api.market_message import MarketMessages
from strikeproof.sequencer.core.engine_event import Governed, InstrumentSettled
from strikeproof.sequencer.market.market_feed import MarketFeed
from strikeproof.sequencer.order.op_place import OpPlace
from strikeproof.wire.constants import GovernanceAction
from tests.unit.core.option_venue import CALL, PUT, OptionVenue


def test_what_happens_to_options_that_were_listed_later_is_reported() -> None:
    venue = OptionVenue(0)
    feed = MarketFeed(venue.engine, MarketMessages())
    for instrument in (CALL, PUT):
        del feed.channels[instrument]
    listed = Governed(governance_action=GovernanceAction.LIST_OPTIONS, id=CALL)
    feed.message([listed], 1, 0)
    feed.op([InstrumentSettled(CALL, 500), InstrumentSettled(PUT, 0)], OpPlace(1, 0, 0), 1)
    for instrument in (CALL, PUT):
        assert len(feed.channels[instrument].events) == 1
