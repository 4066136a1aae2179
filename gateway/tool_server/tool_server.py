"""Serves the tools over standard input and output."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Literal, TypeVar

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError

from strikeproof.failure import Failure
from strikeproof.gateway.refusal import GatewayRefusal
from strikeproof.gateway.tool_server.trading_limits import TradingLimits
from strikeproof.gateway.tool_server.venue_tools import TIMES_IN_FORCE, VenueTools

T = TypeVar("T")
Side = Literal["buy", "sell"]
InForce = Literal["GTC", "IOC", "FOK"]

INSTRUCTIONS = """A Strikeproof venue. Prices are USD and sizes units of the underlying, both exact
decimal text; a price between two ticks or a size between two lots is refused, never rounded. Look
at `what_if` before `place`. Orders beyond this server's limits are refused before they are signed.
"""


def tool_server(make: Callable[[], VenueTools], limits: TradingLimits | None) -> MCPServer:
    """Return the server. `make`: called inside its event loop. Without limits it only reads."""
    server = MCPServer("strikeproof", instructions=INSTRUCTIONS, log_level="WARNING")
    made: list[VenueTools] = []

    async def answer(work: Callable[[VenueTools], Awaitable[T]]) -> T:
        if not made:
            made.append(make())
        try:
            return await work(made[0])
        except Failure as failure:
            name = GatewayRefusal.__name__ if failure.code is None else failure.code.name
            raise ToolError(f"{name}: {failure}") from None
        except ValueError as error:
            raise ToolError(str(error)) from None

    @server.tool()
    async def venue() -> dict[str, Any]:
        """The venue: how far its batches have come on L1, insurance fund, contracts."""
        return await answer(lambda tools: tools.venue())

    @server.tool()
    async def instruments() -> list[dict[str, Any]]:
        """All markets with prices, funding, ticks, lots, margins and fees."""
        return await answer(lambda tools: tools.instruments())

    @server.tool()
    async def book(instrument: str, depth: int = 10) -> dict[str, Any]:
        """The best levels of an order book: [price, size, orders], at most 100 a side."""
        return await answer(lambda tools: tools.book(instrument, depth))

    @server.tool()
    async def trades(instrument: str, limit: int = 20) -> list[dict[str, Any]]:
        """The newest trades of a market, at most 100."""
        return await answer(lambda tools: tools.trades(instrument, limit))

    @server.tool()
    async def account() -> dict[str, Any]:
        """The account: equity, margins, positions with liquidation price, open orders."""
        return await answer(lambda tools: tools.account())

    @server.tool()
    async def history(limit: int = 20) -> list[dict[str, Any]]:
        """What happened last to the account's orders and positions, oldest first, at most 100."""
        return await answer(lambda tools: tools.history(limit))

    @server.tool()
    async def what_if(instrument: str, side: Side, price: str, size: str) -> dict[str, Any]:
        """What a limit order would take from the book now, cost and need. Nothing is placed."""
        return await answer(lambda tools: tools.what_if(instrument, side, price, size))

    if limits is not None:
        _add_orders(server, answer, limits)
    return server


def _add_orders(
    server: MCPServer, answer: Callable[..., Awaitable[Any]], limits: TradingLimits
) -> None:
    bounds = (
        f"Markets: {', '.join(sorted(limits.markets))}; an order at most"
        f" {limits.order_usd_max} USD, positions and open orders together at most"
        f" {limits.exposure_usd_max} USD."
    )

    @server.tool(description=f"Place a limit order. {bounds}")
    async def place(
        instrument: str,
        side: Side,
        price: str,
        size: str,
        time_in_force: InForce = "GTC",
        post_only: bool = False,
        reduce_only: bool = False,
    ) -> dict[str, Any]:
        terms = {
            "time_in_force": TIMES_IN_FORCE[time_in_force],
            "post_only": post_only,
            "reduce_only": reduce_only,
        }
        found: dict[str, Any] = await answer(
            lambda tools: tools.place(instrument, side, price, size, terms)
        )
        return found

    @server.tool()
    async def cancel(instrument: str, slot: int, serial: int) -> dict[str, Any]:
        """Cancel an open order by its slot and serial."""
        found: dict[str, Any] = await answer(lambda tools: tools.cancel(instrument, slot, serial))
        return found

    @server.tool(description=f"Cancel all orders of these markets. {bounds}")
    async def cancel_all() -> dict[str, Any]:
        found: dict[str, Any] = await answer(lambda tools: tools.cancel_all())
        return found
