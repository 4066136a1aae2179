"""The node's own ops: sweeps of dead orders, as many as the books need.

Once an interval everything that a scan of the state has found is swept, also on a quiet venue where
no batch is open: an expired order is gone within it. Between, full sweeps fill quiet moments; while
a book fills up, or holds many such orders, they do not wait for one.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.op_preparation import assemble
from strikeproof.sequencer.intake.op_source import Source
from strikeproof.sequencer.intake.submission import Submission
from strikeproof.sequencer.metrics import SequencerMetrics
from strikeproof.sequencer.order.gone_orders import GoneOrders
from strikeproof.sequencer.order.wall_clock import wall_clock_ms
from strikeproof.sequencer.pipeline.ready_queue import ReadyQueue

STEP_SECONDS = 0.05
SWEEPS_OF_STEP_MAX: Final = 16
SWEEPS_OF_QUIET_STEP_MAX: Final = 4


class _NoCaller:
    """Nobody waits for an op of the node's own."""

    def settle(self, submission: Submission) -> None:
        """Nothing to do."""


_NO_CALLER = _NoCaller()
_OURSELVES = Source("")


class Sweeper:
    """Makes sweeps, and queues them with the rest of the upkeep."""

    def __init__(
        self,
        engine: Engine,
        ready: ReadyQueue,
        metrics: SequencerMetrics,
        *,
        may_sweep: Callable[[], bool],
        is_quiet: Callable[[], bool],
    ) -> None:
        self._ready, self._metrics = ready, metrics
        self._may_sweep, self._is_quiet = may_sweep, is_quiet
        self._dead = GoneOrders(engine)

    async def run(self, every_seconds: float) -> None:
        """Sweep until cancelled; 0: never."""
        clock = asyncio.get_running_loop().time
        due = clock() + every_seconds
        while every_seconds:
            await asyncio.sleep(min(STEP_SECONDS, every_seconds))
            if not self._may_sweep():
                continue
            now_ms = wall_clock_ms()
            self._dead.look(now_ms)
            self._metrics.gone_orders.set(self._dead.count)
            if self._ready.upkeep_waiting >= SWEEPS_OF_STEP_MAX:
                continue  # L1's rate holds them back
            if clock() >= due:
                due = clock() + every_seconds
                self._sweep(SWEEPS_OF_STEP_MAX, only_full=False)
            elif self._dead.is_urgent:
                self._sweep(SWEEPS_OF_STEP_MAX, only_full=True)
            elif self._is_quiet():
                self._sweep(SWEEPS_OF_QUIET_STEP_MAX, only_full=True)

    def _sweep(self, count: int, *, only_full: bool) -> None:
        for _ in range(count):
            data = self._dead.next_sweep(only_full=only_full)
            if data is None:
                break
            submission = Submission(_NO_CALLER, 0, data, _OURSELVES)
            submission.prepared = assemble(data, ())
            submission.since_ns = time.perf_counter_ns()
            self._ready.add(submission)
