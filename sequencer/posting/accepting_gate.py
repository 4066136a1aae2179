"""Opens and closes the node's intake by what `promise_limits` decides, and says so everywhere."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from strikeproof.sequencer.l1.finality import FinalityBook
from strikeproof.sequencer.l1.l1_watcher import L1View
from strikeproof.sequencer.metrics import SequencerMetrics
from strikeproof.sequencer.not_accepting import NotAccepting
from strikeproof.sequencer.order.orderer import Orderer
from strikeproof.sequencer.order.wall_clock import wall_clock_ms
from strikeproof.sequencer.posting.promise_limits import (
    ClockWatch,
    Outlook,
    PostingPace,
    reason_not_to_accept,
)

CHECK_SECONDS = 0.25

_log = structlog.get_logger("sequencer")

Apply = Callable[[NotAccepting | None], Awaitable[None]]
"""Called with why nothing is accepted, None if ops are, whenever that changes."""


class AcceptingGate:
    """Judges on every view of L1, and by the clock between them."""

    def __init__(
        self,
        finality: FinalityBook,
        orderer: Orderer,
        metrics: SequencerMetrics,
        max_lag_ms: int,
        apply: Apply,
        clock: ClockWatch,
        *,
        is_frozen: bool,
    ) -> None:
        """`clock`: what was seen of it since the process began; `is_frozen`: what L1 said before
        the first view."""
        self._finality, self._orderer, self._metrics = finality, orderer, metrics
        self._max_lag_ms, self._apply = max_lag_ms, apply
        self._clock, self._pace = clock, PostingPace()
        self._viewed = asyncio.get_running_loop().time()
        """When the newest view arrived, by a clock that nobody sets."""
        self._reason: NotAccepting | None = None
        self._is_frozen = is_frozen

    def on_view(self, view: L1View) -> None:
        """Take a complete view of L1."""
        self._viewed = asyncio.get_running_loop().time()
        self._is_frozen = view.state.is_frozen
        time_ms = view.head.timestamp_seconds * 1000
        self._clock.comparison.on_head(view.head.number, time_ms, wall_clock_ms())
        self._pace.on_view(time_ms, self._finality.posted_to, self._finality.waiting)

    async def run(self) -> None:
        """Judge until cancelled."""
        while True:
            await self.judge()
            await asyncio.sleep(CHECK_SECONDS)

    def _oldest_promise_ms(self) -> int | None:
        """Return since when the oldest promise waits: also one of a batch that is open still, as
        after a long halt of the node."""
        progress, oldest_ms = self._orderer.progress, self._finality.oldest_promise_ms
        if not progress.is_open:
            return oldest_ms
        return progress.opened_ms if oldest_ms is None else min(oldest_ms, progress.opened_ms)

    async def judge(self) -> None:
        """Judge once, and act if the answer changed."""
        waiting = self._finality.waiting
        self._orderer.batch_ms_least = self._pace.batch_ms(waiting)
        now_ms, steady = wall_clock_ms(), asyncio.get_running_loop().time()
        number, posted_to = self._orderer.progress.number, self._finality.posted_to
        self._clock.steps.observe(now_ms, steady, number, posted_to)
        outlook = Outlook(
            now_ms,
            now_ms - int((steady - self._viewed) * 1000),
            self._clock.comparison.offset_ms,
            self._orderer.engine.clock_ms - now_ms,
            self._oldest_promise_ms(),
            self._clock.steps.back_ms,
            self._is_frozen,
        )
        self._metrics.batches_waiting.set(waiting)
        self._metrics.l1_view_age_seconds.set((outlook.now_ms - outlook.viewed_ms) / 1000)
        found = reason_not_to_accept(outlook, self._max_lag_ms)
        if found is self._reason:
            return
        if found is None:
            _log.info("accepting_again")
        else:
            _log.error(
                "not_accepting",
                alarm=True,
                reason=found.value,
                batches_waiting=waiting,
                oldest_waiting_ms=outlook.oldest_waiting_ms,
                l1_view_age_ms=outlook.now_ms - outlook.viewed_ms,
                clock_offset_ms=outlook.clock_offset_ms,
                order_ahead_ms=outlook.order_ahead_ms,
            )
        await self._apply(found)
        self._reason = found
        self._metrics.not_accepting_because(found)
