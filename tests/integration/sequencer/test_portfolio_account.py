"""An account under portfolio margin on a node that runs: it comes under it by the command line,
trades blocks and quotes, withdraws what standard margin would keep, and is revalued and liquidated
by the node once its options are worth too much."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from strikeproof.cli.main import main
from strikeproof.client import (
    BlockLeg,
    Client,
    OrderEventKind,
    RequestLeg,
    RequestSide,
)
from strikeproof.client.operation import block_of
from strikeproof.gateway.tool_server.venue_tools import VenueTools
from strikeproof.keccak import keccak256
from strikeproof.wire.constants import PORTFOLIO_EQUITY_MIN, PPM
from strikeproof.wire.errors import Result
from tests.integration.gateway.gateway_process import GatewayProcess
from tests.integration.sequencer.node_process import NodeProcess, on_loop, running_node
from tests.integration.sequencer.venue import index_price, now_ms, surface, wallet

PERP, FUTURE, CALL, PUT = 1, 2, 3, 4
STRIKE = 1_000  # ticks of 0.1 USD: at the money
CONVERTED, NAKED = 400_000, 100_000  # lots of 1 USD: a conversion, and a short straddle beside it
# Variance until the expiry: 50 %, 95 % and 270 % a year.
QUIET, RISEN, WILD = 20_000_000_000, 72_000_000_000, 600_000_000_000
SECONDS = 30
MODES = {OrderEventKind.MARGIN_MODE_SET}


@dataclass
class Market:
    """A node, and the clients of its traders."""

    node: NodeProcess
    folder: Path

    def client(self, number: int) -> Client:
        return Client(self.node.endpoint, wallet(f"trader {number}"), account=number)

    def run(self, *arguments: str) -> Any:
        """Run a command of trader 1; return its exit code and what it printed."""
        return CliRunner().invoke(
            main, ["trade", "--config", str(self.folder / "trader.toml"), *arguments]
        )

    def price(self, variance: int) -> None:
        """Sign prices, and wait until the node has priced the options by them."""
        self.node.submit(index_price())
        self.node.submit(surface(variance))
        with self.client(1) as client:
            wait_until(lambda: client.instrument(CALL).mark_price > 0)


def wait_until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    folder = tmp_path_factory.mktemp("portfolio")
    venue = {"expiries_ms": [now_ms() + 30 * 86_400_000], "strike": STRIKE}
    options = {"batch": {"batch_ms": 300, "segment_ms": 20}, "venue": venue}
    with running_node(folder / "data", **options) as node:
        config = f'endpoint = "{node.endpoint}"\naccount = 1\n[key]\nkey_env = "TRADER_1"\n'
        (folder / "trader.toml").write_text(config)
        found = Market(node, folder)
        found.price(QUIET)
        yield found


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADER_1", "0x" + keccak256(b"trader 1").hex())


def block(market: Market, *legs: BlockLeg) -> Result:
    """Trade legs between accounts 1 and 2."""
    with market.client(1) as one, market.client(2) as two:
        return one.submit_block(two.consent(block_of(1, 2, list(legs)))).result


def test_story(market: Market) -> None:
    with market.client(1) as client:
        call, put = (client.instrument(each).mark_price for each in (CALL, PUT))
        hedged = (
            BlockLeg(PERP, False, STRIKE, CONVERTED),
            BlockLeg(CALL, True, call, CONVERTED + NAKED),
            BlockLeg(PUT, False, put, CONVERTED - NAKED),
        )
        assert block(market, *hedged) is Result.OK
        assert_refused_for_its_future(market, client)
        enter(market)
        withdraw_more_than_standard_margin_leaves(market, client)
        place_orders(market, client)
        quote_and_be_quoted(market)
        show_on_the_page(market)
        tell_programs(market)
    be_auctioned_and_sold(market)
    be_revalued_and_liquidated(market)


def assert_refused_for_its_future(market: Market, client: Client) -> None:
    """The command says which position is in the way."""
    assert block(market, BlockLeg(FUTURE, False, STRIKE, 1)) is Result.OK
    found = market.run("margin-mode", "BTC")
    assert found.exit_code == 5, found.output
    assert "PORTFOLIO_UNFIT" in found.output
    assert "BTC-1: it is a future" in found.output
    shown = json.loads(market.run("margin-mode", "1", "--json").output)
    assert [each["symbol"] for each in shown["reasons"]] == ["BTC-1"]
    assert client.account().portfolio_underlying == 0
    assert block(market, BlockLeg(FUTURE, True, STRIKE, 1)) is Result.OK
    assert "no underlying 'ETH'; there are BTC" in market.run("margin-mode", "ETH").output


def enter(market: Market) -> None:
    before = market.run("account").output
    assert "under standard margin" in before
    assert "Portfolio margin would ask for" in before
    found = market.run("margin-mode", "BTC")
    assert (found.exit_code, found.output) == (0, "Under portfolio margin on BTC.\n")
    after = " ".join(market.run("account").output.split())
    assert "under portfolio margin on BTC" in after
    assert "Standard margin would ask for" in after


def withdraw_more_than_standard_margin_leaves(market: Market, client: Client) -> None:
    account = client.account()
    own, portfolio = account.available_micro_usd, account.portfolio_margin
    assert own is not None
    assert portfolio is not None
    standard = account.equity_micro_usd - account.initial_margin_micro_usd
    assert standard < own
    # What is left stands above what is asked by what the price's age may add.
    amount = own - account.equity_micro_usd // 1_000
    assert amount > standard
    assert client.withdraw(amount).result is Result.OK
    assert client.account().equity_micro_usd >= PORTFOLIO_EQUITY_MIN
    assert client.withdraw(amount).result is Result.INSUFFICIENT_COLLATERAL


def place_orders(market: Market, client: Client) -> None:
    before = client.account()
    ack = client.place(PERP, sell=False, price=STRIKE // 2, lots=10)
    assert ack.action.result is Result.OK
    assert ack.action.resting_lots == 10
    assert client.account().collateral_micro_usd == before.collateral_micro_usd


def quote_and_be_quoted(market: Market) -> None:
    """As a taker, and as a maker."""
    with market.client(1) as one, market.client(2) as two:
        for taker, maker in ((one, two), (two, one)):
            legs = [RequestLeg(CALL, sell=False, ratio=10)]
            asked = taker.open_request(
                legs, 5, RequestSide.BUY, open_ms=60_000, makers=[maker.account_id()]
            )
            price = taker.instrument(CALL).mark_price
            maker.put_quote(maker.quote_request(asked.request), ask=[price])
            shown = next(each for each in taker.follow_quotes(asked.request) if each.asks)
            account = one.account_id()
            margin = one.half_margin(account, [BlockLeg(CALL, taker is two, price, 50)])
            assert margin.before.portfolio and margin.after.portfolio and margin.passes
            ack = taker.accept_quote(shown.request, shown.asks[0], sell=False)
            assert ack.result is Result.OK
        found = market.run("what-if", "--leg", f"BTC-C sell {10 * CONVERTED} 5")
        assert "portfolio margin" in found.output
        assert "does not pass: MARGIN_INSUFFICIENT" in found.output


def show_on_the_page(market: Market) -> None:
    gateway = GatewayProcess(market.folder / "gateway.log", market.node.endpoint)
    try:
        account = gateway.get("/accounts/1")
        assert account["portfolio_underlying"] == 1
        assert account["portfolio_obstacles"] == []
        required = account["portfolio_margin"]["required"]
        assert account["available"] is not None
        page = gateway.http.get("/accounts/1").text
        assert "portfolio, BTC" in page
        assert "Equity to have at least" in page
        assert f"{float(required):,.2f} USD" in page
        assert 'option value="1" selected>portfolio margin on BTC' in page
        events = gateway.get("/accounts/1/events")["events"]
        (chosen,) = [each for each in events if each["kind"] == "MARGIN_MODE_SET"]
        assert (chosen["instrument"], chosen["portfolio_underlying"]) == (None, 1)
        assert "portfolio margin</span>" in page
        other = gateway.http.get("/accounts/2").text
        assert "portfolio, BTC" not in other
        leg = {"instrument": "BTC-C", "sell": True, "price": 50, "lots": 1}
        margin = gateway.post("/accounts/1/block-margin", {"legs": [leg]})
        assert margin["after"]["is_portfolio"]
    finally:
        gateway.stop()


def tell_programs(market: Market) -> None:
    """What a program that speaks MCP learns of an order, before it tries."""

    async def run() -> dict[str, Any]:
        tools = VenueTools(market.node.endpoint, account=1)
        try:
            return await tools.what_if("BTC-PERP-1", "buy", "100", "0.01")
        finally:
            await tools.close()

    found = on_loop(run())
    assert found["available_usd"] is not None
    assert "available_usd_after" not in found


def be_auctioned_and_sold(market: Market) -> None:
    """Volatility rises until the account no longer meets its margin; trader 2 buys a part of it."""
    with market.client(1) as one, market.client(2) as two:
        market.node.submit(index_price())
        market.node.submit(surface(RISEN))
        wait_until(lambda: bool(two.auctions()))
        (auction,) = two.auctions(bidder=2, fraction_ppm=PPM // 20)
        assert (auction.account, auction.result) == (1, Result.OK)
        assert auction.equity_micro_usd and auction.maintenance_margin_micro_usd
        assert auction.equity_micro_usd < auction.maintenance_margin_micro_usd
        bid = auction.bid
        assert bid is not None
        assert (bid.fraction_ppm, bid.result) == (PPM // 20, Result.OK)
        assert bid.paid_micro_usd > 0
        shown = market.run("auctions", "--fraction", "5")
        assert shown.exit_code == 0, shown.output
        assert "Account 1: auctioned for" in shown.output
        assert market.run("bid", "1", "5").exit_code != 0  # it is its own
        assert market.run("bid", "1", "0.5").exit_code == 2
        assert one.account().auctioned_ms == auction.begun_ms
        assert "It is being auctioned" in market.run("account").output
        show_auctions_as_json(market)
        before = two.account()
        ack = two.bid(auction, fraction_ppm=PPM // 20)
        assert ack.result is Result.OK, ack
        lots = {each.instrument: each.size_lots for each in before.positions}
        taken = {
            e.instrument: e.size_lots - lots.get(e.instrument, 0) for e in two.account().positions
        }
        for each in bid.lots:
            assert taken[each.instrument] == each.lots
        while found := two.auctions():
            assert two.bid(found[0], discount_ppm=0).result in (Result.OK, Result.NO_AUCTION)
        assert (one.account().portfolio_underlying, one.account().auctioned_ms) == (1, 0)
        kinds = {each.kind for each in one.order_events(limit=100)}
        assert {OrderEventKind.AUCTION_BEGUN, OrderEventKind.PORTFOLIO_SOLD} <= kinds


def show_auctions_as_json(market: Market) -> None:
    gateway = GatewayProcess(market.folder / "auctions.log", market.node.endpoint)
    try:
        (auction,) = gateway.get("/auctions?bidder=2&fraction_ppm=50000")["auctions"]
        assert (auction["account"], auction["result"]) == (1, "OK")
        assert auction["bid"]["after"]["is_portfolio"] is False
        assert {each["instrument"] for each in auction["held"]} >= {"BTC-C", "BTC-P"}
        assert gateway.get("/auctions")["auctions"][0]["bid"] is None
        assert gateway.get("/accounts/1")["auctioned_ms"] == auction["begun_ms"]
        assert "being auctioned" in gateway.http.get("/accounts/1").text
    finally:
        gateway.stop()


def be_revalued_and_liquidated(market: Market) -> None:
    """Volatility triples: the calls that it is short of are worth too much."""
    with market.client(1) as client:
        assert client.account().portfolio_underlying == 1
        market.node.submit(index_price())
        market.node.submit(surface(WILD))
        wait_until(lambda: client.account().portfolio_underlying == 0)
        kinds = {OrderEventKind.LIQUIDATED, OrderEventKind.TAKEN_OVER}
        wait_until(lambda: bool(kinds & {each.kind for each in client.order_events(limit=100)}))
        told = [each for each in client.order_events(limit=1_000) if each.kind in MODES]
        assert [each.portfolio_underlying for each in told] == [1, 0]
        assert market.run("events", "--limit", "100").exit_code == 0
