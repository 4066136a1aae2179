"""From the ingress queue to acknowledgements: signatures, engine, journal, receipts, prover.

Four steps run side by side, each behind a bound: workers recover signers, the engine orders what
they hand on, a thread makes groups durable while the engine goes on, and only then callers,
subscribers and the prover hear of them. When a step is behind, the ones before it wait, and in the
end admission refuses.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import structlog

from strikeproof.sequencer import crash_point
from strikeproof.sequencer.core.recovered_op import assemble
from strikeproof.sequencer.intake.admission import Admission, Source
from strikeproof.sequencer.intake.signature_pool import SignaturePool
from strikeproof.sequencer.intake.submission import Submission
from strikeproof.sequencer.journal.journal_file import JournalWriter
from strikeproof.sequencer.l1.finality import FinalityBook
from strikeproof.sequencer.market.market_feed import MarketFeed
from strikeproof.sequencer.metrics import SequencerMetrics
from strikeproof.sequencer.order.orderer import CommitGroup, Orderer, OrderResult
from strikeproof.sequencer.order.receipt import Promise, ReceiptPrinter
from strikeproof.sequencer.prover.prover_link import ProverLink
from strikeproof.sequencer.recovery.data_folder import DataFolder
from strikeproof.wire.errors import ApiError

READY_OPS_MAX = 512  # with signers, waiting for the engine
SLICE_OPS = 32  # ordered before the event loop gets a turn: about a millisecond
GROUP_OPS_MAX = 2_048  # ordered and not durable
BACKLOG_OPS_MAX = 20_000  # durable and without root: seconds of the prover's work
JOURNAL_FILE_BYTES = 1 << 28
TICK_SECONDS = 0.02
DRAIN_SECONDS = 5.0

_log = structlog.get_logger("sequencer")


def wall_clock_ms() -> int:
    """Return milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


class _Nobody:
    """The caller of the node's own ops."""

    def settle(self, submission: Submission) -> None:
        """Nobody waits."""


_NOBODY = _Nobody()


@dataclass(slots=True)
class Parts:
    """What the pipeline connects."""

    orderer: Orderer
    folder: DataFolder
    journal: JournalWriter
    printer: ReceiptPrinter
    prover: ProverLink
    market: MarketFeed
    finality: FinalityBook
    metrics: SequencerMetrics


class Pipeline:
    """Owns engine and journal while it runs."""

    def __init__(
        self,
        parts: Parts,
        admission: Admission,
        *,
        workers: int,
        sweep_seconds: float = 0,
        clock: Callable[[], int] = wall_clock_ms,
    ) -> None:
        self._parts = parts
        self._orderer = parts.orderer
        self._admission = admission
        self._clock = clock
        self._sweep_seconds = sweep_seconds
        self._ready: deque[Submission] = deque()
        self._work = asyncio.Event()
        self._dirty = asyncio.Event()
        self._uncommitted = 0
        self._durable = asyncio.Condition()
        self._groups_taken = self._groups_durable = 0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self.refusing: ApiError | None = None
        """Why nothing is accepted now, or None."""
        self._stopping = False
        engine = parts.orderer.engine
        self._pool = SignaturePool(
            admission,
            engine.domain_separator,
            lambda: engine.reporter_epoch,
            self._prepared,
            workers=workers,
            has_room=self._has_room,
        )

    # --- what it tells ---

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
        if not self._admission.offer(source, submission):
            self._parts.metrics.queue_full.inc()
            return ApiError.QUEUE_FULL
        submission.since_ns = time.perf_counter_ns()
        return None

    def pump(self) -> None:
        """Start on what was queued. Called once for each message, not for each op."""
        self._pool.pump()

    def forget(self, source: Source) -> None:
        """Drop what a caller that went away has waiting; what is under way goes on."""
        self._admission.drop(source)

    def _has_room(self) -> bool:
        return (
            len(self._ready) < READY_OPS_MAX
            and self._uncommitted < GROUP_OPS_MAX
            and self._parts.prover.backlog_ops < BACKLOG_OPS_MAX
        )

    def _prepared(self, ops: list[Submission]) -> None:
        self._ready.extend(ops)
        self._work.set()

    async def settled(self) -> None:
        """Return once everything that is executed now is durable: what a read waits for."""
        target = self._groups_taken + (1 if self._orderer.has_group else 0)
        if self._groups_durable >= target:
            return
        self._dirty.set()
        async with self._durable:
            await self._durable.wait_for(lambda: self._groups_durable >= target)

    # --- running ---

    async def start(self) -> None:
        """Start the workers."""
        await self._pool.start()

    async def run(self) -> None:
        """Run until cancelled. Raises what stops the node."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._pool.run())
            group.create_task(self._parts.prover.run())
            group.create_task(self._order())
            group.create_task(self._commit())
            group.create_task(self._tick())

    async def drain(self) -> None:
        """Refuse what is new, finish what was accepted, seal the open batch."""
        self.refusing = ApiError.STOPPING
        self._stopping = True
        deadline = time.monotonic() + DRAIN_SECONDS
        while self._admission.waiting or not self._pool.is_idle or self._ready:
            self._pool.pump()
            await asyncio.sleep(TICK_SECONDS)
            if time.monotonic() > deadline:  # L1's rate admits no more
                break
        for submission in self._ready:
            submission.error = ApiError.STOPPING
            submission.caller.settle(submission)
        self._ready.clear()
        if self._orderer.progress.is_open:
            self._orderer.seal()
        self._dirty.set()
        await self.settled()

    async def stop(self) -> None:
        """End workers and prover, once `run` has ended."""
        await self._pool.stop()
        await self._parts.prover.stop()
        self._thread.shutdown()
        self._parts.journal.close()

    async def _order(self) -> None:
        ready, orderer = self._ready, self._orderer
        while True:
            await self._work.wait()
            now_ms = self._clock()
            for _ in range(min(SLICE_OPS, len(ready))):
                submission = ready[0]
                became = orderer.order(submission, now_ms)
                if became is OrderResult.NO_ROOM:
                    self._work.clear()  # the tick tries again
                    break
                ready.popleft()
                if became is OrderResult.REFUSED:
                    submission.error = ApiError.OP_REJECTED
                    submission.caller.settle(submission)
                else:
                    self._uncommitted += 1
            if not ready:
                self._work.clear()
            if orderer.has_group:
                self._dirty.set()
            self._pool.pump()
            await asyncio.sleep(0)
            while self._uncommitted >= GROUP_OPS_MAX:
                await self._next_durable()

    async def _next_durable(self) -> None:
        async with self._durable:
            await self._durable.wait()

    async def _commit(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._dirty.wait()
            self._dirty.clear()
            if not self._orderer.has_group:
                continue
            group = self._orderer.take_group()
            self._groups_taken += 1
            payload = b"".join(group.entries)
            started = time.perf_counter()
            await loop.run_in_executor(self._thread, self._parts.journal.commit, payload)
            self._parts.metrics.commit_seconds.observe(time.perf_counter() - started)
            self._deliver(group, payload)
            if group.sealed and self._parts.journal.end > JOURNAL_FILE_BYTES:
                await loop.run_in_executor(self._thread, self._rotate, group.last_batch + 1)
            self._groups_durable += 1
            async with self._durable:
                self._durable.notify_all()
            if self._orderer.has_group:
                self._dirty.set()

    def _rotate(self, first_batch: int) -> None:
        """Start another journal file, named by the first batch that can open in it."""
        parts = self._parts
        parts.journal.close()
        domain = self._orderer.engine.domain_separator
        parts.journal = parts.folder.create_journal(first_batch, domain)

    def _deliver(self, group: CommitGroup, payload: bytes) -> None:
        """Tell everybody who waits for a group that is durable now."""
        parts, accepted = self._parts, group.accepted
        crash_point.reach("pipeline.before_acknowledgement")
        parts.market.message(group.message_events)
        if accepted:
            self._acknowledge(accepted, group.clock_ms)
        parts.market.publish(group.clock_ms)
        parts.prover.feed(payload, len(accepted))
        for number, time_ms in group.sealed:
            parts.finality.sealed(number, time_ms)
            _log.info("batch_sealed", batch=number)
        self._uncommitted -= len(accepted)

    def _acknowledge(self, accepted: list[Submission], clock_ms: int) -> None:
        parts = self._parts
        signed = parts.printer.sign(
            [
                Promise(each.batch, each.segment, each.index, each.op_hash, each.post_by_ms)
                for each in accepted
            ]
        )
        now_ns = time.perf_counter_ns()
        for each in accepted:
            each.group = signed
            parts.finality.remember(each)
            parts.market.op(each, clock_ms)
            each.caller.settle(each)
        parts.metrics.accepted(len(accepted), (now_ns - accepted[0].since_ns) / 1e9)

    def _sweep(self, now_ms: int) -> None:
        """Order sweeps of dead orders, unless there is better to do."""
        if self._ready or self._admission.waiting:
            return
        only_full = not self._orderer.progress.is_open
        for data in self._parts.market.dead.sweeps(only_full=only_full):
            submission = Submission(_NOBODY, 0, data)
            submission.prepared = assemble(data, ())
            if self._orderer.order(submission, now_ms) is OrderResult.ACCEPTED:
                self._uncommitted += 1

    async def _tick(self) -> None:
        """What time alone brings: sealing, inbox messages, room under L1's rate."""
        orderer, progress = self._orderer, self._orderer.progress
        sweep_ms, swept_ms = int(self._sweep_seconds * 1000), self._clock()
        while True:
            await asyncio.sleep(TICK_SECONDS)
            now_ms = self._clock()
            if sweep_ms and now_ms - swept_ms >= sweep_ms and not self._stopping:
                self._sweep(now_ms)
                swept_ms = now_ms
            if orderer.is_due(now_ms):
                orderer.seal()
            if not progress.is_open and not self._stopping:
                orderer.consume(now_ms)
            if orderer.has_group:
                self._dirty.set()
            if self._ready:
                self._work.set()
            self._pool.pump()
