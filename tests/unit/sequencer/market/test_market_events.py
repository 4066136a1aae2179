"""What happens in a market besides orders and trades reaches those who follow it, in full."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from strikeproof.client.market_event import MarketEvent
from strikeproof.client.venue_views import Trade
from strikeproof.sequencer.api.market_message import (
    MarketMessages,
    event_message,
    rate_text,
    trade_message,
)
from strikeproof.sequencer.core.engine_event import (
    BadDebt,
    BlockFill,
    Deleveraged,
    Fill,
    Funded,
    InstrumentSettled,
    Liquidation,
    LoanChanged,
    OrphanAnnounced,
    PendingSettled,
    PositionSettled,
    Rested,
    TakenOver,
    Unwound,
)
from strikeproof.sequencer.history.order_event import (
    BLOCK,
    OpDone,
    OrderEventKind,
    decode_event,
    encode_event,
    order_events,
    position_change,
)
from strikeproof.sequencer.market import market_feed
from strikeproof.sequencer.market.market_feed import MarketFeed, MarketHappening, Subscription
from strikeproof.sequencer.order.op_place import OpPlace
from strikeproof.sequencer.order.orderer import BatchPolicy
from strikeproof.wire.constants import FRACTION
from strikeproof.wire.market_pb2 import MarketEvents
from tests.integration.sequencer.venue import index_price
from tests.unit.sequencer.ordering_venue import OrderingVenue

HUGE = -(2**100)
HAPPENED: list[MarketHappening] = [
    Funded(1, -3 * FRACTION // 2, HUGE),
    Liquidation(7, 1, -50, 20, 1_000, HUGE, 2**100),
    TakenOver(7, 1, -30, HUGE),
    BadDebt(7, 1, 2**90),
    Unwound(1, -4),
    Deleveraged(1, True, 9, 990, 2**63, 2**62),
    LoanChanged(1, -5, 2**80),
    OrphanAnnounced(1, 1_700_000_000_000),
    InstrumentSettled(1, 995),
    PositionSettled(7, 1, -2, -1_990),
]


@pytest.fixture
def feed() -> MarketFeed:
    venue = OrderingVenue(BatchPolicy())
    venue.order(index_price(time_ms=venue.now_ms))
    return MarketFeed(venue.engine, MarketMessages())


def test_every_event_reaches_a_reader_with_its_amounts_and_its_place(feed: MarketFeed) -> None:
    reader = Subscription()
    feed.channels[1].event_readers.add(reader)
    feed.op([PendingSettled(7, 1, 5, 5, -3), *HAPPENED], OpPlace(3, 2, 1), 50)
    feed.publish(50)
    told = [
        MarketEvent.of_message(each)
        for each in MarketEvents.FromString(reader.queue.get_nowait()).events
    ]
    assert reader.queue.empty()
    assert [each.sequence for each in told] == list(range(1, len(HAPPENED) + 1))
    for each, event in zip(told, HAPPENED, strict=True):
        assert (each.batch, each.segment, each.index, each.from_inbox) == (3, 2, 1, False)
        assert each.time_ms == 50
        shown = [getattr(each.event, name) for name in each.event.__dataclass_fields__]
        assert shown == [
            Decimal("-1.5") if isinstance(event, Funded) and value == event.average else value
            for value in event
        ]


def test_what_an_inbox_message_did_says_so(feed: MarketFeed) -> None:
    rested = Rested(0, 1, 4, 5, 2, False, False, 990, 6, 0, 0)
    fill = Fill(0, 1, 990, 6, 7, True, 1, 2, 1, 4, 5, 0, 0)
    feed.message([rested, fill, Unwound(1, 3)], 9, 60)
    trade = trade_message(1, feed.channels[1].trades[-1])
    assert (trade.position.batch, trade.from_inbox, trade.time_ms) == (9, True, 60)
    told = MarketEvent.of_message(event_message(feed.channels[1].events[-1]))
    assert (told.batch, told.from_inbox, told.time_ms) == (9, True, 60)


def test_an_orphan_is_reported_on_its_own_instruments_alone(feed: MarketFeed) -> None:
    feed.op([OrphanAnnounced(2, 1)], OpPlace(1, 0, 0), 1)
    assert not feed.channels[1].events


def test_no_more_than_the_latest_are_kept(
    feed: MarketFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(market_feed.EVENTS_KEPT + 5):
        feed.op([Unwound(1, 1 + number)], OpPlace(1, 0, 0), 1)
        feed.publish(1)
    kept = feed.channels[1].events
    assert len(kept) == market_feed.EVENTS_KEPT
    assert kept[-1].sequence == market_feed.EVENTS_KEPT + 5
    assert not feed.channels[1].new_events


@pytest.mark.parametrize(
    ("average", "text"),
    [
        (0, "0"),
        (FRACTION, "1"),
        (-FRACTION, "-1"),
        (100 * FRACTION + FRACTION // 2, "100.5"),
        (-FRACTION // 4, "-0.25"),
        (FRACTION // 3, "0.333333"),
        (-FRACTION * 2 // 3, "-0.666667"),
        (1, "0"),
        (-1, "0"),
    ],
)
def test_rate_is_reported_as_a_decimal_of_ppm(average: int, text: str) -> None:
    assert rate_text(average) == text


def test_a_leg_of_a_block_trade_is_a_trade_that_leaves_the_book(feed: MarketFeed) -> None:
    feed.op([Rested(0, 1, 4, 5, 2, False, False, 990, 6, 0, 0)], OpPlace(1, 0, 0), 60)
    feed.op([BlockFill(3, 1, 985, 8, 7, True, 1, 2, 1)], OpPlace(9, 1, 2), 61)
    trade = Trade.of_message(trade_message(1, feed.channels[1].trades[-1]))
    assert (trade.price, trade.lots, trade.taker_sells, trade.is_block) == (985, 8, True, True)
    assert (trade.taker_action, trade.maker_slot, trade.maker_serial) == (3, 0, 0)
    assert (trade.batch, trade.segment, trade.index) == (9, 1, 2)
    assert [each[:2] for each in feed.snapshot(1).bids] == [(990, 6)]


def test_both_accounts_are_told_of_each_leg_of_a_block_trade() -> None:
    done = OpDone(OpPlace(9, 1, 2), 61, None, b"", [BlockFill(3, 1, 985, 8, 7, True, 11, 2, 12)])
    submitter, counterparty = order_events(done)
    assert (submitter.account, submitter.is_sell, submitter.fee) == (7, True, 11)
    assert (counterparty.account, counterparty.is_sell, counterparty.fee) == (2, False, 12)
    for each in (submitter, counterparty):
        assert (each.kind, each.reason) == (OrderEventKind.FILLED, BLOCK)
        assert (each.instrument, each.price, each.lots, each.action) == (1, 985, 8, 3)
        assert (each.slot, each.serial, each.lots_left) == (0, 0, 0)
        assert decode_event(json.loads(encode_event(each))) == each
    assert (position_change(submitter), position_change(counterparty)) == (-8, 8)
