"""The node's own ops: liquidations, houses, funding, settlements, orphans, and sweeps.

What is due is planned every 20 ms (`upkeep/`), sooner while there is work: while accounts wait to
be looked at, or ops to be ordered. A plan is made when the ops of the one before have been
executed: what L1's rate holds back is not planned twice.

Sweeps: once an interval everything that a scan of the state has found is swept, also on a quiet
venue where no batch is open: an expired order is gone within it. Between, full sweeps fill quiet
moments; while a book fills up, or holds many such orders, they do not wait for one.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

import structlog

from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.op_preparation import assemble
from strikeproof.sequencer.intake.op_source import Source
from strikeproof.sequencer.intake.submission import Submission
from strikeproof.sequencer.metrics import SequencerMetrics
from strikeproof.sequencer.order.sweep_scan import SweepScan
from strikeproof.sequencer.order.wall_clock import wall_clock_ms
from strikeproof.sequencer.pipeline.ready_queue import ReadyQueue
from strikeproof.sequencer.upkeep.refused_upkeep import RefusedUpkeep
from strikeproof.sequencer.upkeep.upkeep_planner import UpkeepPlanner
from strikeproof.wire.constants import OpType
from strikeproof.wire.errors import Result

STEP_SECONDS = 0.02
WAIT_SECONDS = 0.005  # until what was planned has been executed
LOOK_SECONDS = 0.05  # between two looks for dead orders
SHOW_SECONDS = 1.0  # between two updates of the metrics
SWEEPS_OF_STEP_MAX: Final = 16
SWEEPS_OF_QUIET_STEP_MAX: Final = 4
ROUTINE: Final = frozenset(
    (OpType.FUNDING, OpType.SWEEP, OpType.EXPIRY_SAMPLE, OpType.REPRICE)
)  # counted, not logged

_log = structlog.get_logger("sequencer")
_OURSELVES: Final = Source("")


class UpkeepCaller:
    """Counts the node's own ops once they are durable, and those that were refused."""

    def __init__(self, metrics: SequencerMetrics, refused: RefusedUpkeep) -> None:
        self._metrics, self._refused = metrics, refused

    def settle(self, submission: Submission) -> None:
        """Count an op that was ordered, or that the engine refused."""
        data = submission.data
        if not submission.error:
            self._metrics.upkeep_ordered(data[0])
            self._refused.ordered(data)
        elif submission.outcome is not None:
            self._metrics.upkeep_refused(data[0])
            if self._refused.refused(data):
                _log.error(
                    "upkeep_refused",
                    alarm=True,
                    op=OpType(data[0]).name.lower(),
                    result=Result(submission.outcome.code).name,
                    data="0x" + data.hex(),
                )


class UpkeepLoop:
    """Makes upkeep, and queues it for the ordering loop."""

    def __init__(
        self,
        engine: Engine,
        ready: ReadyQueue,
        metrics: SequencerMetrics,
        *,
        may_order: Callable[[], bool],
        is_quiet: Callable[[], bool],
    ) -> None:
        self._engine, self._ready, self._metrics = engine, ready, metrics
        self._may_order, self._is_quiet = may_order, is_quiet
        self._refused = RefusedUpkeep()
        self._caller = UpkeepCaller(metrics, self._refused)
        self._planner = UpkeepPlanner(engine)
        self._dead = SweepScan(engine)

    async def run(self, sweep_seconds: float) -> None:
        """Keep the venue up until cancelled. `sweep_seconds` 0: sweep never."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._plan())
            group.create_task(self._show())
            if sweep_seconds:
                group.create_task(self._sweep_often(sweep_seconds))

    async def _plan(self) -> None:
        while True:
            await asyncio.sleep(self.step(wall_clock_ms()))

    def step(self, now_ms: int) -> float:
        """Plan once, if nothing that was planned waits; return the seconds to the next step."""
        if not self._may_order():
            return 0 if self._planner.follow(now_ms).is_behind else STEP_SECONDS
        if self._ready.own_waiting:
            return WAIT_SECONDS
        plan = self._planner.plan(now_ms)
        ops = self._refused.due(plan.ops, now_ms)
        for data in ops:
            self._queue(data)
        self._tell(Counter(data[0] for data in ops))
        if plan.is_behind:
            return 0
        return WAIT_SECONDS if ops else STEP_SECONDS

    def _queue(self, data: bytes) -> None:
        submission = Submission(self._caller, 0, data, _OURSELVES)
        submission.prepared = assemble(data, ())
        submission.since_ns = time.perf_counter_ns()
        self._ready.add_own(submission)

    def _tell(self, planned: Counter[int]) -> None:
        for op_type, count in planned.items():
            if op_type not in ROUTINE:
                _log.info("upkeep_due", op=OpType(op_type).name.lower(), count=count)

    async def _show(self) -> None:
        while True:
            self.show(wall_clock_ms())
            await asyncio.sleep(SHOW_SECONDS)

    def show(self, now_ms: int) -> None:
        """Set the gauges."""
        accounts, late_ms = (
            self._planner.accounts,
            self._planner.instruments.funding_late_ms(now_ms),
        )
        unseen = accounts.waiting + self._planner.portfolios.urgent
        self._metrics.upkeep(accounts.below, accounts.watched, unseen, late_ms)
        venue = self._engine.venue()
        self._metrics.solvency(venue.insurance_fund, venue.houses_deficit, venue.bad_debt)

    async def _sweep_often(self, every_seconds: float) -> None:
        clock = asyncio.get_running_loop().time
        due = clock() + every_seconds
        while True:
            await asyncio.sleep(min(LOOK_SECONDS, every_seconds))
            if not self._may_order():
                continue
            now_ms = wall_clock_ms()
            self._dead.look(now_ms)
            self._metrics.gone_orders.set(self._dead.count)
            if self._ready.own_waiting >= SWEEPS_OF_STEP_MAX:
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
            self._queue(data)
