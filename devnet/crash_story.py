"""A crash: a gambler on borrowed money, a price that falls, and what the venue makes of it.

Two whales sell to the gambler. The price falls; the sequencer liquidates the gambler in the book,
the house takes what the book does not, trades out of it, and what it cannot carry is closed against
the whales. All by `strikeproof.client`: whoever watches sees no more than anybody.
"""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

from strikeproof.client import AsyncClient
from strikeproof.devnet.reporters import Reporters
from strikeproof.devnet.venue_status import EventLevel, VenueStatus
from strikeproof.failure import Rejected, Transient
from strikeproof.wire.constants import PPM, TimeInForce
from strikeproof.wire.units import Lots, Ticks

GAMBLER: Final = "gambler"
WHALES: Final = ("whale-1", "whale-2")
NAMES: Final = (GAMBLER, *WHALES)
INSTRUMENT: Final = 1
LEVERAGE: Final = 19
WHALE_SHARE_PPM: Final = 490_000  # each whale's part of the gambler's position
ABOVE_PPM: Final = 1_000  # the whales ask a little more than the mark: nobody else buys there
FIRST_FALL_PPM: Final = 30_000
FALL_PPM: Final = 4_000  # each further step
STEP_SECONDS: Final = 1.5
POLL_SECONDS: Final = 0.5
FALLS_MAX: Final = 20


class Clients(Protocol):
    """Who has the traders' clients."""

    def client(self, name: str) -> AsyncClient:
        """Return a trader's client."""
        ...


class CrashStory:
    """Runs the story; `moments` of the status say how far it is."""

    def __init__(self, clients: Clients, reporters: Reporters, status: VenueStatus) -> None:
        self._gambler = clients.client(GAMBLER)
        self._whales = [clients.client(name) for name in WHALES]
        self._reporters, self._status = reporters, status
        self._bought = self._sold = 0

    async def run(self) -> None:
        """Open the positions, let the price fall until everything has happened."""
        while "traded" not in self._status.moments:
            await asyncio.sleep(POLL_SECONDS)
        await self._gamble()
        self._fall(FIRST_FALL_PPM)
        for _ in range(FALLS_MAX):
            await asyncio.sleep(STEP_SECONDS)
            await self._look()
            if "deleveraged" in self._status.moments:
                break
            if "liquidated" in self._status.moments:
                self._fall(FALL_PPM)
        while "deleveraged" not in self._status.moments:
            await asyncio.sleep(POLL_SECONDS)
            await self._look()

    def _fall(self, ppm: int) -> None:
        self._reporters.fall(INSTRUMENT, ppm)
        self._status.mark("crash")

    async def _gamble(self) -> None:
        """Let the gambler buy from the whales what its money carries at the most."""
        mark, worth = await self._mark()
        money = (await self._gambler.account()).collateral_micro_usd
        lots = Lots(money * LEVERAGE // worth)
        price = Ticks(mark + mark * ABOVE_PPM // PPM)
        for whale in self._whales:
            part = Lots(lots * WHALE_SHARE_PPM // PPM)
            await whale.place(INSTRUMENT, sell=True, price=price, lots=part)
        await self._gambler.place(
            INSTRUMENT, sell=False, price=price, lots=lots, time_in_force=TimeInForce.IOC
        )
        for whale in self._whales:
            await whale.cancel_all(INSTRUMENT)
        self._bought = await _size(self._gambler)
        self._sold = await self._short()
        self._status.note(
            "gamble", f"an account buys {self._bought} lots of BTC, {LEVERAGE} times its money"
        )

    async def _mark(self) -> tuple[int, int]:
        """Return the mark in ticks, and what a lot is worth in micro-USD."""
        for each in await self._gambler.instruments():
            if each.id == INSTRUMENT:
                return each.mark_price, each.mark_price * each.tick_value
        raise AssertionError("the devnet lists it")

    async def _short(self) -> int:
        return -sum([await _size(each) for each in self._whales])

    async def _look(self) -> None:
        """Note what has happened since."""
        try:
            held, short = await _size(self._gambler), await self._short()
        except (Rejected, Transient):
            return
        if held < self._bought:
            self._once("liquidated", f"the gambler is liquidated: {held} of {self._bought} lots")
        if not held:
            self._once("taken_over", "the gambler holds nothing: book and house have it all")
        if short < self._sold:
            self._once(
                "deleveraged", f"the whales are deleveraged: {self._sold} lots short, now {short}"
            )

    def _once(self, moment: str, text: str) -> None:
        if moment not in self._status.moments:
            self._status.mark(moment)
            self._status.note("crash", text, EventLevel.BAD)


async def _size(client: AsyncClient) -> int:
    """Return an account's lots of the instrument, signed."""
    account = await client.account()
    return sum(each.size_lots for each in account.positions if each.instrument == INSTRUMENT)
