"""The book by price follows the engine's book, through every kind of event, and never crosses."""

from __future__ import annotations

import random

import pytest

from strikeproof.client.operation import Action, Cancel, CancelAll, Place, Replace
from strikeproof.sequencer.api.market_message import MarketMessages
from strikeproof.sequencer.core.engine_event import InstrumentSettled
from strikeproof.sequencer.core.house_ledgers import settle_for_good
from strikeproof.sequencer.core.op_preparation import prepare
from strikeproof.sequencer.intake.op_source import Source
from strikeproof.sequencer.intake.submission import Submission
from strikeproof.sequencer.market.market_feed import MarketFeed, Subscription
from strikeproof.sequencer.order.op_place import OpPlace
from strikeproof.sequencer.order.orderer import BatchPolicy, OrderResult
from strikeproof.sequencer.order.sweep_scan import SweepScan
from strikeproof.wire.constants import SelfTrade, TimeInForce
from strikeproof.wire.market_pb2 import BookUpdate
from tests.integration.sequencer.venue import SEPARATOR, index_price
from tests.unit.sequencer.ordering_venue import Nobody, OrderingVenue


def levels(side: dict[int, list[int]]) -> dict[int, tuple[int, int]]:
    return {price: (lots, orders) for price, (lots, orders) in side.items()}


def publish(feed: MarketFeed, op: Submission, time_ms: int) -> None:
    assert op.outcome is not None
    feed.op(op.outcome.events, OpPlace(op.batch, op.segment, op.index), time_ms)


def draw(chance: random.Random, venue: OrderingVenue) -> Action:
    kind = chance.random()
    orders = venue.engine.book_orders(1)
    if kind < 0.06:
        return CancelAll(chance.choice((0, 1)))
    if kind < 0.2 and orders:
        each = chance.choice(orders)
        return Cancel(1, each.slot, each.serial)
    terms = {
        "price": chance.randint(985, 1_015),
        "lots": chance.randint(1, 30),
        "self_trade": chance.choice(tuple(SelfTrade)),
        "post_only": chance.random() < 0.2,
    }
    if kind < 0.4 and orders:
        each = chance.choice(orders)
        if chance.random() < 0.5:
            terms |= {"price": each.price, "lots": max(1, each.lots - 1)}
        if chance.random() < 0.4:
            terms |= {
                "time_in_force": TimeInForce.GTD,
                "expiry_ms": venue.now_ms + chance.randint(1, 3_000),
            }
        return Replace(1, each.slot, each.serial, each.is_sell, **terms)
    tif = chance.choice((TimeInForce.GTC, TimeInForce.GTC, TimeInForce.GTD, TimeInForce.IOC))
    if tif is TimeInForce.GTD:
        terms["expiry_ms"] = venue.now_ms + chance.randint(1, 3_000)
    if tif is TimeInForce.IOC:
        terms["post_only"] = False
    reduce_only = chance.random() < 0.1
    return Place(1, chance.random() < 0.5, time_in_force=tif, reduce_only=reduce_only, **terms)


@pytest.mark.parametrize("seed", range(6))
def test_levels_are_those_of_the_engine_after_every_op(seed: int) -> None:
    chance = random.Random(seed)
    venue = OrderingVenue(BatchPolicy(segment_ms=50))
    venue.order(index_price(time_ms=venue.now_ms))
    venue.take()
    feed = MarketFeed(venue.engine, MarketMessages())
    book, dead = feed.channels[1].book, SweepScan(venue.engine)
    last_price_ms = venue.now_ms
    for _ in range(1_500):
        venue.now_ms += chance.choice((0, 0, 10, 60, 400))
        if venue.now_ms - last_price_ms > 20_000:
            venue.order(index_price(time_ms=venue.now_ms))
            last_price_ms = venue.now_ms
        trader = chance.choice(venue.traders)
        if chance.random() < 0.04:  # they die soon, now, or not at all
            soon = venue.now_ms + chance.randint(1, 2_000)
            op = trader.cancel_at(chance.choice((0, 0, 0, 0, 0, 1, soon)))
        else:
            op = trader.bundle(draw(chance, venue))
        became, submission = venue.order(op)
        assert became is OrderResult.ACCEPTED
        group = venue.take()
        publish(feed, submission, group.clock_ms)
        feed.publish(group.clock_ms)
        dead.look(venue.now_ms)
        while data := dead.next_sweep(only_full=chance.random() < 0.9):
            sweep = Submission(submission.caller, 0, data, submission.source)
            sweep.prepared = prepare(data, SEPARATOR)
            if venue.orderer.order(sweep, venue.now_ms) is OrderResult.ACCEPTED:
                group = venue.take()
                publish(feed, sweep, group.clock_ms)
                feed.publish(group.clock_ms)
        expected = venue.engine.book(1)
        assert expected is not None
        assert levels(book.bids) == {e.price: (e.lots, e.orders) for e in expected.bids}
        assert levels(book.asks) == {e.price: (e.lots, e.orders) for e in expected.asks}
        if book.bids and book.asks:
            assert max(book.bids) < min(book.asks)
    assert feed.channels[1].trade_count > 50
    # What a restart would load is the same book.
    again = MarketFeed(venue.engine, MarketMessages()).channels[1].book
    assert levels(again.bids) == levels(book.bids)
    assert levels(again.asks) == levels(book.asks)


def swept(venue: OrderingVenue, feeds: list[MarketFeed]) -> None:
    """Sweep every gone order, and publish that on each feed."""
    dead = SweepScan(venue.engine)
    dead.look(venue.now_ms)
    data = dead.next_sweep(only_full=False)
    assert data is not None
    sweep = Submission(Nobody(), 0, data, Source("host"))
    sweep.prepared = prepare(data, SEPARATOR)
    venue.now_ms += 200
    assert venue.orderer.order(sweep, venue.now_ms) is OrderResult.ACCEPTED
    group = venue.take()
    for feed in feeds:
        publish(feed, sweep, group.clock_ms)
        feed.publish(group.clock_ms)


def test_orders_leave_at_their_accounts_cancel_at_though_nothing_else_happens() -> None:
    venue = OrderingVenue(BatchPolicy(segment_ms=50))
    venue.order(index_price(time_ms=venue.now_ms))
    venue.order(venue.traders[0].bundle(Place(1, False, 990, 5)))
    venue.order(venue.traders[1].bundle(Place(1, False, 990, 7)))
    feed = MarketFeed(venue.engine, MarketMessages())
    _, submission = venue.order(venue.traders[0].cancel_at(venue.now_ms + 1_000))
    group = venue.take()
    publish(feed, submission, group.clock_ms)
    feed.publish(venue.now_ms + 999)
    assert levels(feed.channels[1].book.bids) == {990: (12, 2)}
    feed.publish(venue.now_ms + 1_000)
    assert levels(feed.channels[1].book.bids) == {990: (7, 1)}


def test_orders_that_were_dead_at_a_start_leave_without_a_trace() -> None:
    """Expired and still linked: a sweep takes them out, and the book never had them."""
    venue = OrderingVenue(BatchPolicy(segment_ms=50))
    venue.order(index_price(time_ms=venue.now_ms))
    expiring = {"time_in_force": TimeInForce.GTD, "expiry_ms": venue.now_ms + 1_000}
    venue.order(venue.traders[0].bundle(Place(1, False, 990, 5, **expiring)))
    venue.now_ms += 2_000
    venue.order(venue.traders[1].bundle(Place(1, False, 991, 7)))
    venue.take()
    feed = MarketFeed(venue.engine, MarketMessages())
    swept(venue, [feed])
    assert levels(feed.channels[1].book.bids) == {991: (7, 1)}


def test_book_of_a_settled_instrument_is_empty_whenever_its_orders_are_swept() -> None:
    venue = OrderingVenue(BatchPolicy(segment_ms=50))
    venue.order(index_price(time_ms=venue.now_ms))
    venue.order(venue.traders[0].bundle(Place(1, False, 990, 5)))
    venue.order(venue.traders[1].bundle(Place(1, True, 1_010, 7)))
    group = venue.take()
    feed = MarketFeed(venue.engine, MarketMessages())
    reader = Subscription()
    feed.channels[1].book_readers.add(reader)
    settle_for_good(venue.engine._state, venue.engine._state.instruments[1], 995)
    feed.op([InstrumentSettled(1, 995)], OpPlace(1, 9, 0), group.clock_ms)
    feed.publish(group.clock_ms)
    delta = BookUpdate.FromString(reader.queue.get_nowait()).delta
    assert [(each.price, each.lots) for each in (*delta.bids, *delta.asks)] == [
        (990, 0),
        (1_010, 0),
    ]
    feeds = [feed, MarketFeed(venue.engine, MarketMessages())]
    swept(venue, feeds)
    for each in feeds:
        assert not each.channels[1].book.bids
        assert not each.channels[1].book.asks
