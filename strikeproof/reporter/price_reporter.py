"""One reporter: on every beat of the grid it asks its sources, signs the median and sends it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog

from strikeproof.client import AsyncClient
from strikeproof.client.expiry_report import (
    ExpiryReporter,
    ForwardReport,
    settle_expiry_of,
    surface_of,
)
from strikeproof.client.price_report import SignedReport
from strikeproof.client.wallet import Wallet
from strikeproof.failure import Rejected, Transient
from strikeproof.reporter.expiry_reports import ExpiryReports
from strikeproof.reporter.peer_reports import PeerReports
from strikeproof.reporter.price_source import PriceSource, PriceSourceFailed, now_ms
from strikeproof.reporter.quote_median import (
    MedianPrice,
    MedianRule,
    NoPriceToReport,
    QuoteRefusal,
    SourceQuote,
    median_price,
)
from strikeproof.reporter.reporter_metrics import ReporterAlarm, ReporterMetrics
from strikeproof.reporter.reporter_set import NotAReporter, ReporterSet
from strikeproof.reporter.served_reports import ServedReports
from strikeproof.wire.errors import ApiError
from strikeproof.wire.units import NanoUsd

NANO: Final = 10**9
SEND_SECONDS: Final = 5.0
HEARING_OF_BEAT: Final = 4  # a fourth of a beat is waited for what peers propose
KEPT: Final = 32  # signed prices of each underlying
VENUE_BEATS: Final = 10  # so old a price of the venue's is an alarm: no quorum reaches it

_log = structlog.get_logger("reporter")


@dataclass(frozen=True, slots=True)
class Feed:
    """An underlying, its sources, and when their quotes make a price."""

    underlying: int
    rule: MedianRule
    sources: Sequence[PriceSource]


class Reporter:
    """Signs and sends for one key. `step` is one beat; `run` beats forever."""

    def __init__(
        self,
        wallet: Wallet,
        domain_separator: bytes,
        feeds: Sequence[Feed],
        sequencers: Mapping[str, AsyncClient],
        *,
        every_ms: int,
        reporters: ReporterSet | None = None,
        expiries: ExpiryReports | None = None,
        peers: Sequence[str] = (),
        metrics: ReporterMetrics | None = None,
        clock_ms: Callable[[], int] = now_ms,
    ) -> None:
        """`sequencers`: clients by name. `reporters`: the set until a sequencer gives it. `peers`:
        URLs of what other reporters serve."""
        self._wallet, self._domain = wallet, domain_separator
        self._feeds, self._sequencers = feeds, sequencers
        self._every_ms, self._set = every_ms, reporters
        self.metrics = metrics or ReporterMetrics()
        self._clock_ms = clock_ms
        self._expiries = expiries
        self._peers = PeerReports(peers, self.metrics) if peers else None
        self._hearing: asyncio.Task[None] | None = None
        self._beats = 0
        self._lately: dict[int, deque[SignedReport]] = {}
        """Kept for others: their beats and ours are not the same instant."""

    def signed_lately(self) -> ServedReports:
        """Return the newest signed reports of every underlying and expiry."""
        prices = [each for kept in self._lately.values() for each in kept]
        if self._expiries is None:
            return ServedReports(prices)
        return ServedReports(prices, *self._expiries.signed_lately())

    async def start(self) -> None:
        """Start all sources."""
        if self._peers is not None:
            await self._peers.start()
        for feed in self._feeds:
            for each in feed.sources:
                await each.start()

    async def close(self) -> None:
        """End sources and connections."""
        if self._hearing is not None:
            self._hearing.cancel()
            await asyncio.gather(self._hearing, return_exceptions=True)
        if self._peers is not None:
            await self._peers.close()
        if self._expiries is not None:
            await self._expiries.close()
        for feed in self._feeds:
            for each in feed.sources:
                await each.close()
        for client in self._sequencers.values():
            await client.close()

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            now = self._clock_ms()
            await asyncio.sleep((self._every_ms - now % self._every_ms) / 1000)
            await self.step()

    async def step(self, time_ms: int | None = None) -> None:
        """Report every underlying once, for a time; by default the newest on the grid."""
        if time_ms is None:
            time_ms = self._clock_ms() // self._every_ms * self._every_ms
        self._beats += 1
        await self._learn_set()
        found = await asyncio.gather(*(self._report(each, time_ms) for each in self._feeds))
        prices = {feed.underlying: price for feed, price in zip(self._feeds, found, strict=True)}
        if self._expiries is not None:
            await self._report_expiries(
                self._expiries,
                time_ms,
                {number: price.nano_usd for number, price in prices.items() if price is not None},
            )

    async def hear(self, reports: Sequence[ForwardReport], time_ms: int) -> None:
        """Judge others' proposals of surfaces that were read elsewhere than at peers' URLs."""
        by = self._signer()
        if self._expiries is not None and by is not None:
            await self._expiries.hear(reports, time_ms, by.reporter)

    async def _report_expiries(
        self, expiries: ExpiryReports, time_ms: int, prices: Mapping[int, NanoUsd]
    ) -> None:
        """Sign and send what is due of expiries; nothing while the key is not a reporter's."""
        by = self._signer()
        if by is None or self._set is None:
            return
        if self._peers is not None:
            await self._hear_peers(self._peers, expiries, time_ms, by.reporter)
        said = await expiries.step(time_ms, prices, by, len(self._set.reporters))
        ops = [
            surface_of([each]) if isinstance(each, ForwardReport) else settle_expiry_of([each])
            for each in said
        ]
        await asyncio.gather(
            *(
                self._send(name, client.submit_share(op))
                for name, client in self._sequencers.items()
                for op in ops
            )
        )

    async def _hear_peers(
        self, peers: PeerReports, expiries: ExpiryReports, time_ms: int, place: int
    ) -> None:
        """Judge what peers propose, beside the beats, one beat's at a time. It is given a moment,
        so that an honest proposal is signed by all from the same beat on."""
        if self._hearing is not None and self._hearing.done():
            self._hearing.result()
            self._hearing = None
        if self._hearing is None:
            assert self._set is not None, "of a signer"
            heard = peers.forwards(self._set, self._domain)
            self._hearing = asyncio.create_task(_judged(expiries, heard, time_ms, place))
        await asyncio.wait({self._hearing}, timeout=self._every_ms / 1000 / HEARING_OF_BEAT)

    def _signer(self) -> ExpiryReporter | None:
        place = self._place()
        if place is None or self._set is None:
            return None
        return ExpiryReporter(self._wallet, place, self._set.epoch, self._domain)

    async def _learn_set(self) -> None:
        """Read the set from any sequencer; while none answers the one before stands."""
        for name, client in self._sequencers.items():
            try:
                async with asyncio.timeout(SEND_SECONDS):
                    info = await client.venue()
                    instruments = await client.instruments()
            except (Rejected, Transient, TimeoutError) as error:
                self._unreachable(name, str(error) or "no answer in time")
                continue
            self._set = ReporterSet(
                tuple(info.reporters), info.reporter_quorum, info.reporter_epoch
            )
            times = {each.underlying: each.index_publish_time_ms for each in instruments}
            self._note_venue(times, info.now_ms)
            if await self._learn_expiries(name, client):
                return

    async def _learn_expiries(self, name: str, client: AsyncClient) -> bool:
        """Read the expiries and return whether that was possible; those known before stand."""
        if self._expiries is None:
            return True
        try:
            async with asyncio.timeout(SEND_SECONDS):
                listed = await client.expiries()
        except (Rejected, Transient, TimeoutError) as error:
            self._unreachable(name, str(error) or "no answer in time")
            return False
        await self._expiries.learn(listed)
        return True

    def _note_venue(self, times_ms: Mapping[int, int], venue_now_ms: int) -> None:
        """Show how old the venue's own prices are: whether reports become prices."""
        for feed in self._feeds:
            if feed.underlying not in times_ms:
                continue
            age_ms = venue_now_ms - times_ms[feed.underlying]
            subject = str(feed.underlying)
            self.metrics.venue_price_age.labels(subject).set(age_ms / 1000)
            self.metrics.alarm(
                ReporterAlarm.VENUE_PRICE_OLD,
                subject,
                is_on=self._beats > VENUE_BEATS and age_ms > VENUE_BEATS * self._every_ms,
                age_ms=age_ms,
            )

    def _unreachable(self, name: str, reason: str) -> None:
        kind = ReporterAlarm.SEQUENCER_UNREACHABLE
        self.metrics.alarm(kind, name, is_on=True, reason=reason)

    async def _report(self, feed: Feed, time_ms: int) -> MedianPrice | None:
        """Sign and send an underlying's price; return it, None if there is none."""
        subject = str(feed.underlying)
        quotes = [each for each in await asyncio.gather(*map(self._quote, feed.sources)) if each]
        try:
            price = median_price(quotes, self._clock_ms(), feed.rule)
        except NoPriceToReport as error:
            self._count(error.refused)
            self.metrics.alarm(ReporterAlarm.NO_PRICE, subject, is_on=True, reason=str(error))
            return None
        self.metrics.alarm(ReporterAlarm.NO_PRICE, subject, is_on=False)
        self._note(feed.underlying, price)
        if self._expiries is not None:
            self._expiries.note_price(feed.underlying, time_ms, price.nano_usd)
        report = self._signed(feed.underlying, time_ms, price)
        if report is None:
            return price
        kept = self._lately.setdefault(feed.underlying, deque(maxlen=KEPT))
        kept.append(report)
        self.metrics.reports_signed.labels(subject).inc()
        self.metrics.publish_time.labels(subject).set(time_ms / 1000)
        await asyncio.gather(
            *(
                self._send(name, client.submit_report(report))
                for name, client in self._sequencers.items()
            )
        )
        return price

    async def _quote(self, source: PriceSource) -> SourceQuote | None:
        try:
            quote = await source.quote()
        except PriceSourceFailed as error:
            self.metrics.source_failures.labels(error.source).inc()
            self.metrics.alarm(
                ReporterAlarm.SOURCE_FAILED, error.source, is_on=True, reason=error.reason
            )
            return None
        self.metrics.alarm(ReporterAlarm.SOURCE_FAILED, quote.source, is_on=False)
        return quote

    def _count(self, refused: Sequence[tuple[SourceQuote, QuoteRefusal]]) -> None:
        for quote, reason in refused:
            self.metrics.quotes_refused.labels(reason.value).inc()
            self.metrics.alarm(
                ReporterAlarm.SOURCE_OUTLIER,
                quote.source,
                is_on=True,
                reason=reason.value,
                nano_usd=quote.nano_usd,
            )

    def _note(self, underlying: int, price: MedianPrice) -> None:
        self._count(price.refused)
        for each in price.used:
            self.metrics.alarm(ReporterAlarm.SOURCE_OUTLIER, each.source, is_on=False)
        self.metrics.price_usd.labels(str(underlying)).set(price.nano_usd / NANO)
        self.metrics.sources_used.labels(str(underlying)).set(len(price.used))

    def _place(self) -> int | None:
        """Return the key's place; None while it is not known that it is a reporter's."""
        subject = "0x" + self._wallet.address.hex()
        if self._set is None:
            return None
        try:
            place = self._set.place_of(self._wallet.address)
        except NotAReporter as error:
            kind = ReporterAlarm.NOT_A_REPORTER
            self.metrics.alarm(kind, subject, is_on=True, reason=str(error))
            return None
        self.metrics.alarm(ReporterAlarm.NOT_A_REPORTER, subject, is_on=False)
        return place

    def _signed(self, underlying: int, time_ms: int, price: MedianPrice) -> SignedReport | None:
        """Return the signed price; None while it is not known that the key is a reporter's."""
        place = self._place()
        if place is None or self._set is None:
            return None
        unsigned = SignedReport(
            underlying, time_ms, price.nano_usd, place, self._set.epoch, signature=b""
        )
        return unsigned.signed(self._wallet, self._domain)

    async def _send(self, name: str, sent: Coroutine[Any, Any, tuple[int, int]]) -> None:
        """Send a report to one sequencer."""
        metrics = self.metrics
        try:
            async with asyncio.timeout(SEND_SECONDS):
                heard, needed = await sent
        except Rejected as error:
            metrics.reports_failed.labels(name).inc()
            metrics.alarm(ReporterAlarm.REPORT_REFUSED, name, is_on=True, reason=str(error))
            return
        except (Transient, TimeoutError) as error:
            metrics.reports_failed.labels(name).inc()
            if getattr(error, "code", None) is not ApiError.RATE_LIMITED:
                self._unreachable(name, str(error) or "no answer in time")
            return
        metrics.reports_heard.labels(name).inc()
        metrics.alarm(ReporterAlarm.REPORT_REFUSED, name, is_on=False)
        metrics.alarm(ReporterAlarm.SEQUENCER_UNREACHABLE, name, is_on=False)
        _log.debug("reported", sequencer=name, heard=heard, needed=needed)


async def _judged(
    expiries: ExpiryReports, heard: Awaitable[Sequence[ForwardReport]], time_ms: int, place: int
) -> None:
    await expiries.hear(await heard, time_ms, place)
