"""What routes answer from: the node, its feeds, and L1 where there is one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from strikeproof.client import AsyncClient
from strikeproof.gateway.chain.chain_reads import AnnouncedDates, ChainReads
from strikeproof.gateway.chain.evidence_source import EvidenceSource
from strikeproof.gateway.feeds.venue_feeds import VenueFeeds
from strikeproof.gateway.json_fields import bytes_of
from strikeproof.gateway.refusal import GatewayRefusal
from strikeproof.l1.client import L1Client
from strikeproof.l1.window_bound import longest_window
from strikeproof.wire.errors import ApiError
from strikeproof.wire.venue_pb2 import VenueInfo

FRESH_SECONDS: Final = 0.25
TERMS_FRESH_SECONDS: Final = 5.0
CLAIMS_FRESH_SECONDS: Final = 1.0
PAGE_KEPT_SECONDS: Final = 30.0
"""How old what a page shows of L1 or of a verifier may be, while it is asked again."""
PAGE_WAITS_SECONDS: Final = 0.1
"""How long a page waits for L1 or a verifier the first time; then it comes without, and is filled
in."""
SOLVENCY_ROOTS: Final = 20  # that a page shows
ROLLUP_TERMS: Final = (
    "windowSeconds",
    "bondWei",
    "forceInclusionSeconds",
    "graceSeconds",
    "exitSeconds",
    "resolutionEnd",
    "claimCount",
    "batchCount",
)
VAULT_TERMS: Final = (
    "custodyMicroUsd",
    "backedMicroUsd",
    "depositCapMicroUsd",
    "dailySharePpm",
    "dailyLeastMicroUsd",
    "leftTodayMicroUsd",
    "pausedUntil",
    "shortfallsMicroUsd",
)
ESCAPE_TERMS: Final = (
    "overdueSeconds",
    "finalitySeconds",
    "proposalSeconds",
    "claimSeconds",
    "claimEnd",
)

T = TypeVar("T")


class Fresh(Generic[T]):
    """An answer that is asked for again once it is older than `seconds`: once for all who wait,
    who share what comes of it."""

    def __init__(
        self, ask: Callable[[], Awaitable[T]], seconds: float, kept_seconds: float = 0.0
    ) -> None:
        """`kept_seconds`: how old an answer `soon` may give while a newer one is on its way."""
        self._ask, self._seconds, self._kept_seconds = ask, seconds, kept_seconds
        self._asked: asyncio.Task[T] | None = None
        self._asked_at = 0.0
        self._kept: tuple[float, T] | None = None

    async def get(self) -> T:
        """Return the answer."""
        return await asyncio.shield(self._newest())

    async def soon(self, wait_seconds: float) -> T | None:
        """Return an answer that is kept, else what comes within `wait_seconds`, else None: then
        it is on its way. Raises what `get` raises."""
        newest = self._newest()
        if not newest.done() and self._kept is not None:
            at, found = self._kept
            if time.monotonic() - at <= self._kept_seconds:
                return found
        try:
            return await asyncio.wait_for(asyncio.shield(newest), wait_seconds)
        except TimeoutError:
            return None

    def _newest(self) -> asyncio.Task[T]:
        now, asked = time.monotonic(), self._asked
        is_old = now - self._asked_at > self._seconds
        if asked is None or (asked.done() and is_old):
            asked = self._asked = asyncio.create_task(self._await(now))
            asked.add_done_callback(_heard)
            self._asked_at = now
        return asked

    async def _await(self, asked_at: float) -> T:
        found = await self._ask()
        self._kept = (asked_at, found)
        return found


def _heard(asked: asyncio.Task[Any]) -> None:
    """Take note of a failure that nobody waits for."""
    if not asked.cancelled():
        asked.exception()


@dataclass(frozen=True, slots=True)
class ChainTerms:
    """What L1's contracts answer of claims, custody and leaving."""

    head: int
    rollup: dict[str, int]
    vault: dict[str, int]
    escape_address: bytes
    escape: dict[str, int]
    announced: tuple[AnnouncedDates, ...]

    def leave_by(self, change: AnnouncedDates) -> int:
        """Return until when, in seconds, a forced withdrawal is final before a change can run,
        whatever the sequencer does. Source: docs/protocol/leaving.md.

        Where another change can run before, it may be one that makes the window longer: then the
        longest one counts that it can set. Logs would say more; a page reads none.
        """
        window = self.rollup["windowSeconds"]
        besides = self.rollup["forceInclusionSeconds"] + self.rollup["graceSeconds"]
        place = (change.ready, change.number)
        if any((each.ready, each.number) < place for each in self.announced):
            delay = change.last - change.ready
            window = longest_window(window, delay, besides + self.rollup["exitSeconds"])
        return change.ready - window - besides


class GatewayReads:
    """Reads of one venue."""

    def __init__(
        self,
        client: AsyncClient,
        feeds: VenueFeeds,
        l1_urls: Sequence[str],
        evidence: EvidenceSource,
    ) -> None:
        self.client, self.feeds, self._l1_urls = client, feeds, tuple(l1_urls)
        self.evidence = evidence
        self._venue = Fresh(client.venue, FRESH_SECONDS)
        self._terms = Fresh(self._read_terms, TERMS_FRESH_SECONDS, PAGE_KEPT_SECONDS)
        self._claims = Fresh(
            lambda: self.evidence.claims(), CLAIMS_FRESH_SECONDS, PAGE_KEPT_SECONDS
        )
        self._solvency = Fresh(
            lambda: self.evidence.solvency(SOLVENCY_ROOTS), CLAIMS_FRESH_SECONDS, PAGE_KEPT_SECONDS
        )
        self._chain: ChainReads | None = None

    @property
    def has_chain(self) -> bool:
        """Whether there is an L1 to read."""
        return bool(self._l1_urls)

    async def venue(self) -> VenueInfo:
        """Return the venue's heights and funds, at most a quarter of a second old."""
        return await self._venue.get()

    async def chain(self) -> ChainReads:
        """Return L1. Raises `GatewayRefusal` (NOT_FOUND) if the gateway was given none."""
        if not self._l1_urls:
            raise GatewayRefusal(ApiError.NOT_FOUND, "this gateway reads no L1", field="l1")
        if self._chain is None:
            info = await self.venue()
            l1 = L1Client.connect(self._l1_urls)
            await asyncio.to_thread(l1.check_chain, info.chain_id)
            self._chain = ChainReads(l1, info.rollup, info.vault)
        return self._chain

    async def evidence_name(self, name: str) -> str:
        """Return the name by which a verifier finds an op at once: for a hash the op's place, which
        the sequencer gives. Raises `GatewayRefusal`."""
        if not name.startswith("0x"):
            return name
        at = await self.client.finality(bytes_of("name", name, 32))
        return f"{at.batch}.{at.segment}.{at.index}"

    async def terms(self) -> ChainTerms:
        """Return L1's terms, at most five seconds old."""
        return await self._terms.get()

    async def terms_soon(self) -> ChainTerms | None:
        """Return L1's terms for a page, which waits for nobody; None while they are on their way.
        Raises `ChainUnreadable`."""
        return await self._terms.soon(PAGE_WAITS_SECONDS)

    async def claims_soon(self) -> dict[str, Any] | None:
        """Return a verifier's claims for a page; None while they are on their way."""
        return await self._claims.soon(PAGE_WAITS_SECONDS)

    async def solvency_soon(self) -> dict[str, Any] | None:
        """Return a verifier's newest roots for a page; None while they are on their way."""
        return await self._solvency.soon(PAGE_WAITS_SECONDS)

    async def _read_terms(self) -> ChainTerms:
        chain = await self.chain()
        escape_address = await chain.address(chain.vault, "escape")
        timelock = await chain.address(chain.rollup, "governor")
        head, rollup, vault, escape, announced = await asyncio.gather(
            chain.head(),
            chain.numbers(chain.rollup, ROLLUP_TERMS),
            chain.numbers(chain.vault, VAULT_TERMS),
            chain.numbers(escape_address, ESCAPE_TERMS),
            chain.announced(timelock),
        )
        return ChainTerms(head, rollup, vault, escape_address, escape, announced)
