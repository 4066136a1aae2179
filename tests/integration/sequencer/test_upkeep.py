"""A crash on a node that runs: liquidations, the house, its trades, deleveraging, and a kill -9
in between."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from strikeproof.client.operation import CancelAll, Place
from strikeproof.wire.market_pb2 import ListTradesRequest
from strikeproof.wire.market_pb2_grpc import MarketStub
from strikeproof.wire.orders_pb2 import ListOrderEventsRequest
from strikeproof.wire.orders_pb2_grpc import OrdersStub
from strikeproof.wire.venue_pb2 import GetAccountRequest
from tests.integration.sequencer.node_process import NodeProcess, running_node
from tests.integration.sequencer.venue import TestVenue, Trader, index_price

LOTS = 19_000_000  # of 1 USD each, on a million USD
TICK = 10**8  # nano-USD
OPTIONS = {"batch": {"batch_ms": 200}}


class Crash:
    """Trader 1 is long nineteen times its money against traders 2 and 3; trader 4 bids."""

    def __init__(self, node: NodeProcess) -> None:
        self.node = node
        self.people = TestVenue().people
        gambler, *shorts, self.bidder = self.people
        node.submit(index_price(1_000 * TICK))
        for each in shorts:
            self.place(each, True, 1_000, LOTS // 2)
        self.place(gambler, False, 1_000, LOTS)
        self.place(self.bidder, False, 960, LOTS // 10)

    def place(self, trader: Trader, is_sell: bool, price: int, lots: int) -> None:
        answer = self.node.submit(trader.bundle(Place(1, is_sell, price, lots)))
        assert not answer.accepted.actions[0].result, answer

    def mark(self) -> int:
        short = self.people[1]
        view = self.node.venue.GetAccount(GetAccountRequest(account=short.account))
        return int(view.positions[0].mark_price)

    def size(self, trader: Trader) -> int:
        view = self.node.venue.GetAccount(GetAccountRequest(account=trader.account))
        return sum(each.size_lots for each in view.positions)

    def trade_prices(self) -> set[int]:
        market = MarketStub(self.node.channel)
        return {each.price for each in market.ListTrades(ListTradesRequest(instrument=1)).trades}

    def fall_until(self, done: Callable[[], bool]) -> None:
        """Report a price that is two ticks lower again and again."""
        deadline = time.monotonic() + 60
        while not done():
            assert time.monotonic() < deadline, self.node.log.read_text()[-4000:]
            time.sleep(0.6)
            self.node.submit(index_price((self.mark() - 2) * TICK))


@pytest.mark.timeout(180)
def test_a_crash_is_worked_off_by_the_node_itself(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    node = NodeProcess(folder, **OPTIONS).connect()
    crash = Crash(node)
    gambler, short = crash.people[0], crash.people[1]
    time.sleep(0.6)
    node.submit(index_price(970 * TICK))
    crash.fall_until(lambda: crash.size(gambler) < LOTS)
    assert crash.trade_prices() == {1_000, 960}
    node.kill()

    with running_node(folder, **OPTIONS) as again:
        crash.node = again
        crash.fall_until(lambda: crash.size(gambler) == 0)
        held = crash.size(short)
        again.submit(crash.bidder.bundle(CancelAll(0)))
        bought = crash.size(crash.bidder)
        mark = crash.mark()
        crash.place(crash.bidder, False, mark, LOTS // 10)
        crash.fall_until(lambda: crash.size(crash.bidder) > bought)
        assert mark in crash.trade_prices()
        again.submit(crash.bidder.bundle(CancelAll(0)))
        crash.fall_until(lambda: abs(crash.size(short)) < abs(held))
        events = OrdersStub(again.channel).ListOrderEvents(
            ListOrderEventsRequest(account=gambler.account)
        )
        assert any(each.is_taker and each.price == 960 for each in events.events)
    log = node.log.read_text()
    for op in ("liquidate", "unwind", "deleverage"):
        assert any("upkeep_due" in line and op in line for line in log.splitlines()), op
