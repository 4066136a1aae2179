"""The market of the devnet, live: reporters, makers and takers, by way of `strikeproof.client`."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Self

from strikeproof.client import AsyncClient
from strikeproof.client.operation import BlockLeg, block_of
from strikeproof.client.wallet import Wallet
from strikeproof.deployment import Deployment
from strikeproof.devnet.market_watch import REFRESH_SECONDS, MarketWatch
from strikeproof.devnet.reporters import STEP_SECONDS, Reporters
from strikeproof.devnet.seeded_keys import Keys
from strikeproof.devnet.simulated_market import LISTED, MarketMaker, Taker
from strikeproof.devnet.trader_strategy import MakerStrategy, TakerStrategy
from strikeproof.devnet.venue_deployment import DEPOSIT_MICRO_USD, Trader
from strikeproof.devnet.venue_status import VenueStatus
from strikeproof.failure import Rejected, Transient
from strikeproof.wire.units import Lots, Ticks

MAKER_SECONDS: Final = 2.0
TAKER_SECONDS: Final = 1.0
RETRY_SECONDS: Final = 0.2
BLOCK_SECONDS: Final = 8.0
BLOCK_LEGS: Final = 2
BLOCK_LOTS: Final = 10
LADDER_LEVELS: Final = 2

Step = Callable[[], Coroutine[Any, Any, None]]


class LiveTrading:
    """Everybody who trades. Use as an async context manager; `connect`, then `run`."""

    def __init__(
        self,
        endpoints: Sequence[str],
        deployment: Deployment,
        keys: Keys,
        traders: list[Trader],
        status: VenueStatus,
        seed: int,
        expiry_folder: Path | None = None,
    ) -> None:
        self._endpoints, self._keys, self._seed = endpoints, keys, seed
        self._traders, self._status = traders, status
        self._clients: dict[str, AsyncClient] = {}
        self._watch = MarketWatch(endpoints, status)
        self.reporters = Reporters(endpoints, deployment, keys, seed, expiry_folder)

    async def __aenter__(self) -> Self:
        for trader in self._traders:
            wallet = Wallet(self._keys.private_key(trader.name))
            self._clients[trader.name] = AsyncClient(
                self._endpoints, wallet, account=trader.account
            )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.reporters.close()
        for client in (self._watch.client, *self._clients.values()):
            await client.close()

    def client(self, name: str) -> AsyncClient:
        """Return a trader's client."""
        return self._clients[name]

    async def connect(self) -> None:
        """Return once the venue serves, every deposit is credited, and there are prices."""
        while True:
            try:
                accounts = [await each.account() for each in self._clients.values()]
                if all(each.collateral_micro_usd >= DEPOSIT_MICRO_USD for each in accounts):
                    await self.reporters.step()
                    await self._watch.refresh()
                    return
            except (Rejected, Transient):
                pass
            await asyncio.sleep(RETRY_SECONDS)

    async def run(self) -> None:
        """Trade until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._forever(0, self._report_later))
            group.create_task(self._forever(REFRESH_SECONDS, self._watch.refresh))
            for instrument in self._watch.instruments:
                group.create_task(self._follow(instrument))
            for number, trader in enumerate(self._traders):
                if trader.name.startswith("maker"):
                    group.create_task(self._make(trader, number))
                elif trader.name.startswith("taker"):
                    group.create_task(self._take(trader, number))
            makers = [each for each in self._traders if each.name.startswith("maker")]
            if len(makers) > 1:
                group.create_task(self._agree(*makers[:2]))

    async def _report_later(self) -> None:
        """Report once the previous prices are old enough."""
        await asyncio.sleep(STEP_SECONDS)
        await self.reporters.step()

    async def _follow(self, instrument: int) -> None:
        async def follow() -> None:
            await self._watch.follow_trades(instrument)

        await self._forever(RETRY_SECONDS, follow)

    async def _make(self, trader: Trader, number: int) -> None:
        client = self._clients[trader.name]
        strategies = [
            MakerStrategy(id_, MarketMaker(f"{trader.name}/{id_}", self._seed, LADDER_LEVELS))
            for id_, _ in enumerate(LISTED, start=1)
        ]
        await asyncio.sleep(number * MAKER_SECONDS / 5)

        async def quote() -> None:
            sizes = await _sizes(client)
            for strategy in strategies:
                mark = self._watch.instruments[strategy.instrument].mark_price
                actions = strategy.actions(mark, sizes.get(strategy.instrument, 0))
                if actions:
                    ack = await client.submit_actions(*actions)
                    self._status.op_count += len(actions)
                    strategy.learn(ack.actions)

        await self._forever(MAKER_SECONDS, quote)

    async def _take(self, trader: Trader, number: int) -> None:
        client = self._clients[trader.name]
        strategies = [
            TakerStrategy(id_, Taker(f"{trader.name}/{id_}", self._seed))
            for id_, _ in enumerate(LISTED, start=1)
        ]
        chance = random.Random(f"{self._seed}/{trader.name}/which")
        await asyncio.sleep(number * TAKER_SECONDS / 5)

        async def cross() -> None:
            strategy = chance.choice(strategies)
            sizes = await _sizes(client)
            bid, ask = self._status.quotes[strategy.instrument]
            actions = strategy.actions(bid, ask, sizes.get(strategy.instrument, 0))
            if actions:
                await client.submit_actions(*actions)
                self._status.op_count += len(actions)

        await self._forever(TAKER_SECONDS, cross)

    async def _agree(self, submitter: Trader, counterparty: Trader) -> None:
        """Have two makers trade with each other away from the book, to level their positions."""
        ours, theirs = (self._clients[each.name] for each in (submitter, counterparty))

        async def trade() -> None:
            sizes = await _sizes(ours)
            legs = [
                BlockLeg(id_, sizes.get(id_, 0) > 0, Ticks(watched.mark_price), Lots(BLOCK_LOTS))
                for id_, watched in self._watch.instruments.items()
                if watched.mark_price
            ]
            agreed = block_of(submitter.account, counterparty.account, legs[:BLOCK_LEGS])
            await ours.submit_block(await theirs.consent(agreed))
            self._status.op_count += 1

        await self._forever(BLOCK_SECONDS, trade)

    async def _forever(self, seconds: float, step: Step) -> None:
        """Do a step again and again; what the venue refuses is tried again later."""
        while True:
            with suppress(Rejected, Transient):
                await step()
            await asyncio.sleep(seconds)


async def _sizes(client: AsyncClient) -> dict[int, int]:
    """Return an account's positions in lots, by instrument."""
    account = await client.account()
    return {each.instrument: each.size_lots for each in account.positions}
