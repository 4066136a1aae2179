"""From the ingress queue to acknowledgements: the steps put together.

Four steps run side by side, each behind a bound: workers recover signers, the engine orders what
they hand on, a thread makes groups durable while the engine goes on, and only then callers,
subscribers and the prover hear of them. When a step is behind, the ones before it wait, and in the
end admission refuses.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Self

from strikeproof.sequencer.history.event_index import BACKLOG_OPS_MAX as HISTORY_BACKLOG_OPS_MAX
from strikeproof.sequencer.intake.admission import Admission, Source
from strikeproof.sequencer.intake.signature_pool import (
    SignaturePool,
    SignerQueries,
    WorkerPlan,
)
from strikeproof.sequencer.intake.submission import Submission
from strikeproof.sequencer.order.orderer import Orderer
from strikeproof.sequencer.pipeline.delivery import Delivery
from strikeproof.sequencer.pipeline.group_commit import GroupCommit
from strikeproof.sequencer.pipeline.ordering_loop import TICK_SECONDS, OrderingLoop
from strikeproof.sequencer.pipeline.ready_queue import ReadyQueue
from strikeproof.sequencer.pipeline.sweeper import Sweeper
from strikeproof.wire.errors import ApiError

BACKLOG_OPS_MAX = 20_000  # durable and without root: seconds of the prover's work
DRAIN_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class PipelineSettings:
    """How many processes, and how often what."""

    workers: WorkerPlan
    """Processes that recover signers."""
    sweep_seconds: float = 0.0
    """How often dead orders are swept; 0: never."""


@dataclass(frozen=True, slots=True)
class PipelineSteps:
    """The steps, in the order in which an op passes them."""

    admission: Admission
    pool: SignaturePool
    ready: ReadyQueue
    ordering: OrderingLoop
    sweeper: Sweeper
    commit: GroupCommit
    delivery: Delivery


class Pipeline:
    """Owns engine and journal while it runs. Construct with `start`."""

    def __init__(self, orderer: Orderer, steps: PipelineSteps, settings: PipelineSettings) -> None:
        self._orderer, self._steps, self._settings = orderer, steps, settings
        self.refusing: ApiError | None = None
        """Why nothing is accepted now, or None."""

    @classmethod
    async def start(
        cls, orderer: Orderer, admission: Admission, commit: GroupCommit, settings: PipelineSettings
    ) -> Self:
        """Start the workers; nothing moves before `run`."""
        engine, delivery = orderer.engine, commit.delivery
        ready = ReadyQueue()
        pool = await SignaturePool.start(
            admission,
            SignerQueries(engine.domain_separator, lambda: engine.reporter_epoch),
            ready.add,
            workers=settings.workers,
            has_room=lambda: (
                ready.has_room
                and commit.has_room
                and delivery.prover.backlog_ops < BACKLOG_OPS_MAX
                and delivery.history.backlog_ops < HISTORY_BACKLOG_OPS_MAX
            ),
        )
        ordering = OrderingLoop(orderer, ready, pool, commit, delivery.metrics)
        sweeper = Sweeper(orderer, delivery.market.dead, admission, ready, commit)
        steps = PipelineSteps(admission, pool, ready, ordering, sweeper, commit, delivery)
        return cls(orderer, steps, settings)

    # --- what it reports ---

    @property
    def sequencer_epoch(self) -> int:
        """Of this sequencer, as L1 counts them."""
        return self._orderer.sequencer_epoch

    @property
    def batch_number(self) -> int:
        """The open batch, or the last sealed one."""
        return self._orderer.progress.number

    @property
    def inbox_next(self) -> int:
        """Inbox messages that were consumed."""
        return self._orderer.progress.inbox_next

    # --- entry ---

    def submit(self, source: Source, submission: Submission) -> ApiError | None:
        """Queue an op; return why not, or None. Its caller hears later."""
        if self.refusing is not None:
            return self.refusing
        if not self._steps.admission.offer(source, submission):
            self._steps.delivery.metrics.queue_full.inc()
            return ApiError.QUEUE_FULL
        submission.since_ns = time.perf_counter_ns()
        return None

    def pump(self) -> None:
        """Start on what was queued. Called once for each message, not for each op."""
        self._steps.pool.pump()

    def forget(self, source: Source) -> None:
        """Drop what a caller that went away has waiting; what is under way goes on."""
        self._steps.admission.drop(source)

    @property
    def is_whole(self) -> bool:
        """Whether every signature worker runs."""
        return self._steps.pool.is_whole

    async def workers_changed(self) -> None:
        """Return after `is_whole` has changed."""
        await self._steps.pool.changed()

    async def settled(self) -> None:
        """Return once everything that is executed now is durable: what a read waits for."""
        await self._steps.commit.settled()

    # --- running ---

    async def run(self) -> None:
        """Run until cancelled. Raises what stops the node."""
        steps = self._steps
        async with asyncio.TaskGroup() as group:
            group.create_task(steps.pool.run())
            group.create_task(steps.delivery.prover.run())
            group.create_task(steps.delivery.history.run())
            group.create_task(steps.ordering.run())
            group.create_task(steps.sweeper.run(self._settings.sweep_seconds))
            group.create_task(steps.commit.run())

    async def drain(self) -> None:
        """Refuse what is new, finish what was accepted, seal the open batch."""
        steps = self._steps
        self.refusing = ApiError.STOPPING
        steps.ordering.drain()
        steps.sweeper.drain()
        clock = asyncio.get_running_loop().time
        deadline = clock() + DRAIN_SECONDS
        while steps.admission.waiting or not steps.pool.is_idle or steps.ready.ops:
            steps.pool.pump()
            await asyncio.sleep(TICK_SECONDS)
            if clock() > deadline:  # L1's rate admits no more
                break
        steps.ready.refuse_all(ApiError.STOPPING)
        if self._orderer.progress.is_open:
            self._orderer.seal()
        steps.commit.request()
        await steps.commit.settled()

    async def stop(self) -> None:
        """End the workers and close the journal, once `run` has ended."""
        await self._steps.pool.stop()
        self._steps.commit.close()
