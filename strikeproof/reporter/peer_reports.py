"""What other reporters serve, asked for on every beat, beside the beat."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import aiohttp

from strikeproof.client.expiry_report import ForwardReport
from strikeproof.reporter.reporter_metrics import ReporterAlarm, ReporterMetrics
from strikeproof.reporter.reporter_set import ReporterSet
from strikeproof.reporter.served_reports import ServedReports, ask_peer, signed_rightly


class PeerReports:
    """Asks each peer at most once at a time. A peer that is silent or lies costs an alarm."""

    def __init__(self, urls: Sequence[str], metrics: ReporterMetrics) -> None:
        self._urls, self._metrics = urls, metrics
        self._session: aiohttp.ClientSession | None = None
        self._asking: dict[str, asyncio.Task[ServedReports | str]] = {}

    async def start(self) -> None:
        """Open the connections, and ask for the first time."""
        self._session = aiohttp.ClientSession()
        for url in self._urls:
            self._ask(url)

    def _ask(self, url: str) -> None:
        assert self._session is not None, "started"
        self._asking[url] = asyncio.create_task(ask_peer(self._session, url))

    async def forwards(
        self, reporters: ReporterSet, domain_separator: bytes
    ) -> list[ForwardReport]:
        """Return the forwards that peers have answered since the last time, rightly signed; ask
        again. Waits for no peer."""
        found: list[ForwardReport] = []
        for url, task in list(self._asking.items()):
            if not task.done():
                continue
            answer = task.result()
            self._ask(url)
            kind = ReporterAlarm.PEER_UNREACHABLE
            if isinstance(answer, str):
                self._metrics.alarm(kind, url, is_on=True, reason=answer)
                continue
            self._metrics.alarm(kind, url, is_on=False)
            proposals = [
                each
                for each in answer.forwards
                if each.surface.time_ms == each.publish_time_ms  # others say nothing new
            ]
            # Beside the beats: whoever serves thousands costs nobody else's time.
            found += await asyncio.to_thread(signed_rightly, proposals, reporters, domain_separator)
        return found

    async def close(self) -> None:
        """End."""
        for each in self._asking.values():
            each.cancel()
        await asyncio.gather(*self._asking.values(), return_exceptions=True)
        if self._session is not None:
            await self._session.close()
