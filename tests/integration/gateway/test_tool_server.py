"""`strikeproof mcp` beside a node: what it reads, and what it refuses to sign."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from mcp.client.session import ClientSession
from mcp.client.stdio import StdioServerParameters, stdio_client

from strikeproof.client import AsyncClient, Wallet
from strikeproof.gateway.tool_server.trading_limits import BeyondLimits, TradingLimits
from strikeproof.gateway.tool_server.venue_tools import NoScopedKey, VenueTools
from tests.integration.sequencer.node_process import NodeProcess, on_loop, running_node
from tests.integration.sequencer.venue import index_price, wallet

SYMBOL = "BTC-PERP-1"
LIMITS = TradingLimits(1, frozenset({SYMBOL}), Decimal(100), Decimal(150))
KEY = wallet("session of trader 1")


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    folder = tmp_path_factory.mktemp("tools") / "data"
    options: dict[str, dict[str, Any]] = {"batch": {"batch_ms": 300, "segment_ms": 30}}
    with running_node(folder, **options) as found:
        found.submit(index_price())

        async def grant() -> None:
            async with AsyncClient(found.endpoint, wallet("trader 1")) as owner:
                await owner.set_session(1, KEY.address)

        on_loop(grant())
        yield found


@pytest.fixture(autouse=True)
def fresh_price(node: NodeProcess) -> None:
    node.submit(index_price())


def tools(node: NodeProcess, key: Wallet | None = KEY, session: int = 1) -> VenueTools:
    return VenueTools(node.endpoint, 1, key, session, LIMITS)


async def place(given: VenueTools, side: str, price: str, size: str) -> Any:
    return await given.place(SYMBOL, side, price, size, {})


def test_orders_within_the_limits_are_placed_and_others_are_not_signed(node: NodeProcess) -> None:
    async def run() -> None:
        given = tools(node)
        ack = await place(given, "buy", "90", "1")
        assert ack["actions"][0]["resting_lots"] == 100
        for side, price, size, limit in (
            ("buy", "90", "1.2", "value of an order"),
            ("buy", "80", "0.8", "exposure"),
            ("sell", "0.1", "1.5", "value of an order"),  # it would fill at the market's price
        ):
            with pytest.raises(BeyondLimits, match=limit):
                await place(given, side, price, size)
        with pytest.raises(BeyondLimits, match="market"):
            await given.cancel("BTC-PERP-2", 1, 1)
        assert len((await given.account())["open_orders"]) == 1
        assert (await given.cancel_all())["actions"][0]["result"] == "OK"
        assert (await given.account())["open_orders"] == []
        await given.close()

    on_loop(run())


@pytest.mark.parametrize(
    ("key", "session"), [("trader 1", 0), ("trader 1", 1), ("trader 2", 1), (None, 1)]
)
def test_only_a_sessions_key_trades(node: NodeProcess, key: str | None, session: int) -> None:
    async def run() -> None:
        given = tools(node, None if key is None else wallet(key), session)
        assert (await given.account())["account"] == 1
        with pytest.raises(NoScopedKey):
            await place(given, "buy", "90", "0.1")
        await given.close()

    on_loop(run())


def test_what_if_walks_the_book_and_places_nothing(node: NodeProcess) -> None:
    async def run() -> None:
        async with AsyncClient(node.endpoint, wallet("trader 2")) as maker:
            await maker.place(1, sell=True, price=1_000, lots=10)
            await maker.place(1, sell=True, price=1_002, lots=10)
            given = tools(node)
            found = await given.what_if(SYMBOL, "buy", "100.5", "0.25")
            assert (found["fills_now"], found["rests"]) == ("0.2", "0.05")
            assert found["average_price"] == "100.1"
            assert Decimal(found["available_usd_after"]) < Decimal(found["available_usd"])
            assert (await given.account())["open_orders"] == []
            await maker.cancel_all()
            await given.close()

    on_loop(run())


def test_a_program_calls_the_tools_over_standard_input(node: NodeProcess) -> None:
    arguments = ["-m", "strikeproof", "mcp", "--sequencer", node.endpoint, "--account", "1"]
    arguments += ["--key-env", "TOOLS_KEY", "--session", "1", "--market", SYMBOL]
    arguments += ["--order-usd", "100", "--exposure-usd", "150"]
    environment = {**os.environ, "TOOLS_KEY": "0x" + KEY.secret().hex()}
    server = StdioServerParameters(command=sys.executable, args=arguments, env=environment)

    async def run() -> None:
        async with stdio_client(server) as pipes, ClientSession(*pipes) as session:
            await session.initialize()
            names = {each.name for each in (await session.list_tools()).tools}
            assert {"instruments", "account", "what_if", "place", "cancel_all"} <= names
            order = {"instrument": SYMBOL, "side": "buy", "price": "90", "size": "0.1"}
            placed = await session.call_tool("place", order)
            assert json.loads(placed.content[0].text)["result"] == "OK"
            refused = await session.call_tool("place", {**order, "size": "5"})
            assert "value of an order" in refused.content[0].text
            wrong = await session.call_tool("place", {**order, "price": "90.01"})
            assert "PRICE_OFF_GRID" in wrong.content[0].text
            await session.call_tool("cancel_all", {})

    on_loop(run())


def test_a_key_without_limits_is_a_usage_error(tmp_path: Path) -> None:
    from click.testing import CliRunner

    from strikeproof.cli.main import main

    arguments = ["mcp", "--sequencer", "127.0.0.1:1", "--key-env", "K", "--account", "1"]
    result = CliRunner().invoke(main, arguments, env={"K": "0x" + KEY.secret().hex()})
    assert result.exit_code == 2 and "--exposure-usd" in result.output
