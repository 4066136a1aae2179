"""The devnet's price reporters: each signs the simulated price of every underlying for itself."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

from strikeproof.client import AsyncClient
from strikeproof.client.wallet import Wallet
from strikeproof.devnet.keys import Keys
from strikeproof.devnet.simulated_market import LISTED, SimulatedPrice
from strikeproof.devnet.venue_deployment import reporter_names

STEP_SECONDS: Final = 1.5
APART: Final = 1_000_000  # reporters' prices differ by a millionth: the law takes the median


class Reporters:
    """All reporters of the venue. `step` moves the prices on and reports them."""

    def __init__(self, endpoints: Sequence[str], keys: Keys, seed: int) -> None:
        wallets = [Wallet(keys.private_key(name)) for name in reporter_names()]
        # The law knows reporters by their place in the set, which rises with the address.
        wallets.sort(key=lambda each: each.address)
        self._clients = [AsyncClient(endpoints, wallet) for wallet in wallets]
        self._prices = [SimulatedPrice(each, seed) for each in LISTED]

    def fall(self, underlying: int, ppm: int) -> None:
        """Let the price of an underlying fall by so many ppm from the next report on."""
        self._prices[underlying - 1].fall(ppm)

    async def close(self) -> None:
        """Close the connections."""
        for each in self._clients:
            await each.close()

    async def step(self) -> None:
        """Report a new price of every underlying. Raises what the client raises."""
        for underlying, price in enumerate(self._prices, start=1):
            await self._report(self._clients, underlying, price.step(STEP_SECONDS))

    async def _report(self, clients: Sequence[AsyncClient], underlying: int, nano_usd: int) -> None:
        time_ms = time.time_ns() // 1_000_000
        for number, client in enumerate(clients):
            own = nano_usd + (number - 1) * (nano_usd // APART)
            await client.report_price(number, underlying, time_ms, own)
