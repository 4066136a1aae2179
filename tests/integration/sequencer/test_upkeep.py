"""A crash on a node that runs: liquidations, the house, its trades, deleveraging, and a kill -9
in between."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from strikeproof.cli.main import main
from strikeproof.client import Client, OrderEvent, OrderEventKind
from strikeproof.client.market_event import FundingSample
from strikeproof.client.operation import CancelAll, Place
from strikeproof.wire.constants import FUNDING_SPACING_MS
from strikeproof.wire.market_pb2 import ListTradesRequest
from strikeproof.wire.market_pb2_grpc import MarketStub
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


def everything_of(node: NodeProcess, trader: Trader) -> tuple[list[OrderEvent], list[object]]:
    """Return all events of an account, and what its positions cost."""
    with Client(node.endpoint) as client:
        events = client.order_events(account=trader.account, from_sequence=1, limit=1_000)
        positions = client.account(trader.account).positions
    entries: list[object] = [(each.size_lots, each.entry_price_nano_usd) for each in positions]
    return [replace(each, finality="") for each in events], entries


def check_gambler(events: list[OrderEvent]) -> None:
    """The account learns of its liquidations, of the fills as theirs, and of what the house took:
    lots and cash add up to nothing left."""
    own = [each for each in events if each.kind is OrderEventKind.FILLED]
    liquidated = [each for each in events if each.kind is OrderEventKind.LIQUIDATED]
    taken = [each for each in events if each.kind is OrderEventKind.TAKEN_OVER]
    assert {each.price for each in own if each.is_liquidation} == {960}
    assert {each.price for each in own if not each.is_liquidation} == {1_000}
    assert liquidated
    for each in liquidated:
        assert each.equity_micro_usd is not None
        assert each.maintenance_margin_micro_usd is not None
        assert each.equity_micro_usd < each.maintenance_margin_micro_usd
    closed = sum(each.lots for each in own if each.is_liquidation)
    assert closed + sum(each.lots for each in taken) == LOTS
    assert all(each.sell and each.cash_micro_usd for each in taken)


def check_market(node: NodeProcess) -> None:
    """Everybody sees what was done to whom, and what became of the house."""
    with Client(node.endpoint) as client:
        events = client.market_events(1, 1_000)
        terms = client.instrument(1)
    kinds = {each.kind for each in events}
    assert kinds >= {"funding_sample", "taken_over", "unwound", "deleveraged"}
    assert [each.sequence for each in events] == list(range(len(events), 0, -1))
    newest = next(each.event for each in events if isinstance(each.event, FundingSample))
    assert newest.funding_rate_ppm == terms.funding_rate_ppm
    assert terms.next_funding_ms == terms.funding_time_ms + FUNDING_SPACING_MS
    assert terms.house_lots >= 0


def check_followed(node: NodeProcess, trader: Trader, events: list[OrderEvent]) -> None:
    """Streams give what lists give, and go on: with the next funding sample, five seconds later."""
    with Client(node.endpoint) as client:
        followed = client.follow_orders(trader.account, 1)
        told = [replace(next(followed), finality="") for _ in events]
        assert told == events
        node.submit(index_price(client.instrument(1).mark_price * TICK))
        sample = next(
            each for each in client.follow_market_events(1) if each.kind == "funding_sample"
        )
        assert sample == client.market_events(1, 1)[0]
        assert client.instrument(1).funding_time_ms == sample.time_ms


def check_printed(node: NodeProcess, folder: Path, account: int) -> None:
    """The command line says the same in words."""
    path = folder / "trader.toml"
    path.write_text(f'endpoint = "{node.endpoint}"\naccount = {account}\n')

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(main, ["trade", "--config", str(path), *arguments])
        assert result.exit_code == 0, (result.output, result.exception)
        print(result.output)
        return result.output

    events = run("events", "--limit", "1000", "--json")
    assert '"LIQUIDATED"' in events
    assert '"TAKEN_OVER"' in events
    run("events", "--limit", "30")
    run("account")
    assert "Insurance fund" in run("instruments")
    assert "closed at" in run("market", "1", "--limit", "30")


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
        check_market(again)
        lots = abs(crash.size(short))
        with Client(again.endpoint) as client:
            shown = client.account(short.account).positions[0]
        assert shown.pending_closed_lots == abs(held) - lots
        assert shown.entry_price_usd == 100  # of what is left of it
        crash.place(crash.bidder, True, crash.mark(), 5)
        crash.place(short, False, crash.mark(), 5)  # settles
        told = [everything_of(again, each) for each in crash.people]
        check_gambler(told[0][0])
        assert any(each.kind is OrderEventKind.DELEVERAGED for each in told[1][0])
        check_followed(again, short, told[1][0])
        check_printed(again, folder.parent, gambler.account)
        told = [everything_of(again, each) for each in crash.people]  # upkeep went on meanwhile
    for path in folder.glob("history.sqlite*"):
        path.unlink()
    with running_node(folder, **OPTIONS) as again:
        assert [everything_of(again, each) for each in crash.people] == told
    log = node.log.read_text()
    for op in ("liquidate", "unwind", "deleverage"):
        assert any("upkeep_due" in line and op in line for line in log.splitlines()), op
