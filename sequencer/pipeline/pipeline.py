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

from strikeproof.sequencer.intake.account_rates import AccountLimits, AccountRates
from strikeproof.sequencer.intake.admission import Admission
from strikeproof.sequencer.intake.inspector import InspectionTerms, Inspector
from strikeproof.sequencer.intake.op_source import Source
from strikeproof.sequencer.intake.signature_pool import Inspection, SignaturePool, WorkerPlan
from strikeproof.sequencer.intake.submission import Submission
from strikeproof.sequencer.order.orderer import Orderer
from strikeproof.sequencer.order.wall_clock import wall_clock_ms
from strikeproof.sequencer.pipeline.delivery import Delivery
from strikeproof.sequencer.pipeline.group_commit import GroupCommit, SharedLog
from strikeproof.sequencer.pipeline.ordering_loop import TICK_SECONDS, OrderingLoop
from strikeproof.sequencer.pipeline.ready_queue import RETRY_MS, ReadyLimits, ReadyQueue
from strikeproof.sequencer.pipeline.recent_ops import RecentOps
from strikeproof.sequencer.pipeline.upkeep_loop import UpkeepLoop
from strikeproof.wire.errors import ApiError

DRAIN_SECONDS = 3.0
COUNT_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class PipelineSettings:
    """How many processes, how often what, and what accounts may do."""

    workers: WorkerPlan
    """Processes that recover signers."""
    sweep_seconds: float
    """How often dead orders are swept; 0: never."""
    ready: ReadyLimits
    accounts: AccountLimits
    funds_min_micro_usd: int
    """Collateral below which an account without positions may send nothing."""


@dataclass(frozen=True, slots=True)
class PipelineSteps:
    """The steps, in the order in which an op passes them."""

    admission: Admission
    pool: SignaturePool
    ready: ReadyQueue
    ordering: OrderingLoop
    commit: GroupCommit
    delivery: Delivery


class Pipeline:
    """Owns engine and journal while it runs. Construct with `start`."""

    def __init__(self, orderer: Orderer, steps: PipelineSteps, settings: PipelineSettings) -> None:
        self._orderer, self._steps, self._settings = orderer, steps, settings
        self._upkeep = UpkeepLoop(
            orderer.engine,
            steps.ready,
            steps.delivery.metrics,
            may_order=lambda: self.refusing is None,
            is_quiet=self._is_quiet,
        )
        self.refusing: ApiError | None = None
        """Why nothing is accepted now, or None."""
        self._gate: ApiError | None = None
        """Why L1 and the clock let nothing be accepted; None: they do."""
        self._is_held = False

    @classmethod
    async def start(
        cls, orderer: Orderer, admission: Admission, commit: GroupCommit, settings: PipelineSettings
    ) -> Self:
        """Start the workers; nothing moves before `run`."""
        engine, delivery = orderer.engine, commit.delivery
        metrics, ready = delivery.metrics, ReadyQueue(settings.ready)

        def verified(submission: Submission) -> None:
            lost = ready.add(submission)
            if lost is not None:
                metrics.queue_full.inc()
                lost.refuse(ApiError.QUEUE_FULL, RETRY_MS)

        inspector = Inspector(
            engine,
            admission,
            InspectionTerms(
                AccountRates(settings.accounts, asyncio.get_running_loop().time),
                settings.funds_min_micro_usd,
                wall_clock_ms,
            ),
            metrics,
            verified,
        )
        inspection = Inspection(
            engine.domain_separator,
            lambda: engine.reporter_epoch,
            inspector.screen,
            inspector.recovered,
        )
        pool = await SignaturePool.start(admission, inspection, workers=settings.workers)
        ordering = OrderingLoop(orderer, ready, pool, commit)
        steps = PipelineSteps(admission, pool, ready, ordering, commit, delivery)
        return cls(orderer, steps, settings)

    # --- what it reports ---

    @property
    def sequencer_epoch(self) -> int:
        """Return this sequencer's epoch, as L1 counts them."""
        return self._orderer.sequencer_epoch

    @property
    def batch_number(self) -> int:
        """The open batch, or the last sealed one."""
        return self._orderer.progress.number

    @property
    def inbox_next(self) -> int:
        """Inbox messages that were consumed."""
        return self._orderer.progress.messages.next

    @property
    def recent(self) -> RecentOps:
        """The newest ops, for those that are submitted again."""
        return self._steps.delivery.recent

    # --- entry ---

    def submit(self, submission: Submission) -> bool:
        """Queue an op; False if it was refused at once. Its caller hears of it either way."""
        if self.refusing is not None:
            submission.refuse(self.refusing)
            return False
        submission.since_ns = time.perf_counter_ns()
        admission = self._steps.admission
        lost = admission.offer(submission)
        if lost is not None:
            self._steps.delivery.metrics.queue_full.inc()
            lost.refuse(ApiError.QUEUE_FULL, admission.retry_after_ms(lost.source))
        return lost is not submission

    def accept(self, refusing: ApiError | None) -> None:
        """Accept ops, or promise nothing until called again: `refusing` is the reason. Not once
        the node stops, and not while another node leads."""
        self._gate = refusing
        if self._is_held and refusing is None:
            refusing = ApiError.NOT_ACCEPTING
        if self.refusing in (None, ApiError.NOT_ACCEPTING, ApiError.VENUE_FROZEN):
            self.refusing = self._steps.ordering.pause = refusing

    def hold(self, held: bool) -> None:
        """Promise nothing while the shared log cannot be written, whatever else is well."""
        if held is not self._is_held:
            self._is_held = held
            self.accept(self._gate)

    def stand_by(self) -> None:
        """Order nothing: another node leads."""
        self.refusing = ApiError.STANDBY
        self._steps.ordering.pause = ApiError.NOT_ACCEPTING
        self._steps.ordering.is_following = True

    def lead(self, epoch: int, log: SharedLog) -> None:
        """Go on where the shared log ends; every batch is of one epoch, so an open one is sealed.

        What was executed must be all that the log holds.
        """
        orderer, commit = self._orderer, self._steps.commit
        commit.shared_log = log
        orderer.sequencer_epoch = commit.delivery.printer.sequencer_epoch = epoch
        orderer.resume()
        if orderer.progress.is_open:
            orderer.seal()
        commit.request()
        self.refusing = ApiError.NOT_ACCEPTING
        self._steps.ordering.is_following = False
        self.accept(self._gate)

    @property
    def commit(self) -> GroupCommit:
        """Who owns the journal: a standby hands it the frames of the shared log."""
        return self._steps.commit

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
            group.create_task(self._upkeep.run(self._settings.sweep_seconds))
            group.create_task(steps.commit.run())
            group.create_task(self._count())

    def _is_quiet(self) -> bool:
        return not (self._steps.ready.waiting or self._steps.admission.waiting)

    async def _count(self) -> None:
        """Show what waits, and forget who was not seen for a while."""
        admission, ready = self._steps.admission, self._steps.ready
        while True:
            await asyncio.sleep(COUNT_SECONDS)
            self._steps.delivery.metrics.waiting(admission.waiting, ready.waiting)
            admission.forget_quiet_hosts()

    async def drain(self) -> None:
        """Refuse what is new or unverified, finish the rest, seal the open batch."""
        steps = self._steps
        self.refusing = ApiError.STOPPING
        if steps.ordering.is_following:  # what the leader ordered is not this node's to seal
            return
        for each in steps.admission.clear():
            each.refuse(ApiError.STOPPING)
        steps.ordering.drain()
        clock = asyncio.get_running_loop().time
        deadline = clock() + DRAIN_SECONDS
        while steps.ready.waiting or not steps.pool.is_idle:
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
