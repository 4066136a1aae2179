"""An expiry: a future, a call and a put that are listed, quoted, traded, expire and are settled.
Beside them an account under portfolio margin trades the perpetual, judged by its certificate.

A hedger sells all three to a speculator; reporters sign forward and surface on every beat; the node
samples the index and reprices the options; at the expiry trading stops, a quorum's price settles
the future, the node settles the options by it, and both are paid out.
All by `strikeproof.client`: whoever watches sees no more than anybody.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import Final

from strikeproof.client import AsyncClient
from strikeproof.client.venue_views import Instrument
from strikeproof.devnet.crash_story import Clients
from strikeproof.devnet.venue_status import EventLevel, VenueStatus
from strikeproof.failure import Rejected, Transient
from strikeproof.wire.constants import InstrumentStatus, TimeInForce
from strikeproof.wire.units import Lots, Ticks

HEDGER: Final = "hedger"
SPECULATOR: Final = "speculator"
PORTFOLIO: Final = "portfolio"
NAMES: Final = (HEDGER, SPECULATOR, PORTFOLIO)
PERPETUAL = UNDERLYING = 1
FUTURE, CALL, PUT = CHAIN = (3, 4, 5)
LOTS: Final = Lots(40)
SECONDS: Final = 75.0  # from the deployment to the expiry
POLL_SECONDS: Final = 0.3
PORTFOLIO_SECONDS: Final = 2.0  # between two orders
PORTFOLIO_LOTS: Final = Lots(10)
SLIPPAGE: Final = 100  # a hundredth of the mark: it takes what makers offer
NANO: Final = 10**9


class ExpiryStory:
    """Runs the story; `moments` of the status say how far it is."""

    def __init__(self, clients: Clients, status: VenueStatus, expiry_ms: int) -> None:
        self._hedger, self._speculator = clients.client(HEDGER), clients.client(SPECULATOR)
        self._portfolio = clients.client(PORTFOLIO)
        self._status, self._expiry_ms = status, expiry_ms

    async def run(self) -> None:
        """Trade the chain, wait for its end, and see that both are paid out."""
        while "traded" not in self._status.moments:
            await asyncio.sleep(POLL_SECONDS)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._trade_by_certificates())
            group.create_task(self._expire())

    async def _trade_by_certificates(self) -> None:
        """Come under portfolio margin, then buy and sell on the book until the chain expires."""
        sell = False
        while time.time() * 1000 < self._expiry_ms:
            with suppress(Rejected, Transient):
                account = await self._portfolio.account()
                if not account.portfolio_underlying:
                    await self._portfolio.set_margin_mode(UNDERLYING)
                mark = (await self._instrument(PERPETUAL)).mark_price
                price = Ticks(mark - mark // SLIPPAGE if sell else mark + mark // SLIPPAGE)
                ack = await self._portfolio.place(
                    PERPETUAL,
                    sell=sell,
                    price=price,
                    lots=PORTFOLIO_LOTS,
                    time_in_force=TimeInForce.IOC,
                )
                self._certified(ack.action.filled_lots)
                sell = not sell
            await asyncio.sleep(PORTFOLIO_SECONDS)

    def _certified(self, lots: int) -> None:
        if lots and "certified" not in self._status.moments:
            self._status.mark("certified")
            text = f"an account under portfolio margin trades {lots} lots by its certificate"
            self._status.note("portfolio", text, EventLevel.GOOD)

    async def _expire(self) -> None:
        for instrument in CHAIN:
            while not await self._trade(instrument):
                await asyncio.sleep(POLL_SECONDS)
        self._status.mark("opened")
        while time.time() * 1000 < self._expiry_ms:
            await asyncio.sleep(POLL_SECONDS)
        self._status.mark("expired")
        self._status.note("expiry", "the chain has expired: its books are dead")
        while "paid_out" not in self._status.moments:
            await asyncio.sleep(POLL_SECONDS)
            await self._look()

    async def _trade(self, instrument: int) -> bool:
        """Sell from one to the other at the mark; return whether that happened."""
        try:
            terms = await self._instrument(instrument)
            price = Ticks(terms.mark_price)
            if not price:  # an option that is not priced yet
                return False
            await self._hedger.place(instrument, sell=True, price=price, lots=LOTS)
            await self._speculator.place(
                instrument, sell=False, price=price, lots=LOTS, time_in_force=TimeInForce.IOC
            )
            held = await _sizes(self._speculator)
        except (Rejected, Transient):
            return False
        if instrument not in held:
            return False
        usd = terms.mark_price * terms.index_per_tick / NANO
        kind = terms.kind.name.lower()
        self._status.note(
            kind, f"{held[instrument]} lots of {terms.symbol} trade at {usd:,.2f} USD"
        )
        return True

    async def _instrument(self, instrument: int) -> Instrument:
        for each in await self._hedger.instruments():
            if each.id == instrument:
                return each
        raise AssertionError("the story's venue lists it")

    async def _look(self) -> None:
        """Note what has happened since."""
        try:
            chain = [await self._instrument(each) for each in CHAIN]
            sizes = [await _sizes(each) for each in (self._hedger, self._speculator)]
        except (Rejected, Transient):
            return
        if any(each.status != InstrumentStatus.SETTLED for each in chain):
            return
        if "settled" not in self._status.moments:
            self._status.mark("settled")
            for each in chain:
                usd = each.mark_price * each.index_per_tick / NANO
                verb = "is settled at" if each.id == FUTURE else "pays"
                text = f"{each.symbol} {verb} {usd:,.2f} USD"
                self._status.note("settled", text, EventLevel.GOOD)
        if not any(sizes):
            self._status.mark("paid_out")
            self._status.note("paid out", "both sides of the chain are cash", EventLevel.GOOD)


async def _sizes(client: AsyncClient) -> dict[int, int]:
    """Return an account's lots of the chain by instrument, signed."""
    account = await client.account()
    return {each.instrument: each.size_lots for each in account.positions if each.size_lots}
