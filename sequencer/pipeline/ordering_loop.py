"""Hands ready ops to the engine in slices, and does what time alone brings.

That is sealing, inbox messages, and another try for ops that L1's rate held back.
"""

from __future__ import annotations

import asyncio
from typing import Final

from strikeproof.sequencer.core.family import family_of_op, is_users
from strikeproof.sequencer.history.event_index import BACKLOG_OPS_MAX as HISTORY_BACKLOG_OPS_MAX
from strikeproof.sequencer.intake.signature_pool import SignaturePool
from strikeproof.sequencer.intake.submission import Submission
from strikeproof.sequencer.order.expectation_check import first_unmet
from strikeproof.sequencer.order.orderer import Orderer, OrderResult
from strikeproof.sequencer.order.wall_clock import wall_clock_ms
from strikeproof.sequencer.pipeline.certificate_renewal import CertificateRenewal
from strikeproof.sequencer.pipeline.group_commit import GroupCommit
from strikeproof.sequencer.pipeline.op_choice import OpChoice
from strikeproof.sequencer.pipeline.ready_queue import ReadyQueue
from strikeproof.wire.errors import ApiError

SLICE_OPS: Final = 32  # ordered before the event loop gets a turn: about a millisecond
TICK_SECONDS = 0.02
BACKLOG_OPS_MAX: Final = 20_000  # durable and without root: seconds of the prover's work


class OrderingLoop:
    """The one caller of the orderer."""

    def __init__(
        self, orderer: Orderer, ready: ReadyQueue, pool: SignaturePool, commit: GroupCommit
    ) -> None:
        self._orderer, self._ready, self._pool, self._commit = orderer, ready, pool, commit
        self._is_draining = False
        self._choice = OpChoice(orderer, ready)
        self._renewal = CertificateRenewal(orderer.engine, commit.delivery.metrics)
        self.pause: ApiError | None = None
        """Why nothing may be promised: what is ready is refused, the inbox waits. None: ops are
        ordered."""
        self.is_following = False
        """Whether another node leads: only its log moves the order."""

    async def run(self) -> None:
        """Order until cancelled. Raises what stops the node."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._order())
            group.create_task(self._tick())

    def drain(self) -> None:
        """From here on open no batch for inbox messages alone."""
        self._is_draining = True

    async def _order(self) -> None:
        ready = self._ready
        while True:
            await ready.work.wait()
            self._order_slice(wall_clock_ms())
            if not ready.waiting:
                ready.work.clear()
            self._commit.request()
            self._pool.pump()
            await asyncio.sleep(0)
            await self._commit.wait_until_it_can()

    def _order_slice(self, now_ms: int) -> None:
        ready, delivery = self._ready, self._commit.delivery
        if self.pause is not None:
            ready.refuse_all(self.pause)
            return
        if (
            delivery.prover.backlog_ops >= BACKLOG_OPS_MAX
            or delivery.history.backlog_ops >= HISTORY_BACKLOG_OPS_MAX
        ):
            ready.work.clear()  # the tick tries again
            return
        is_full = False  # for users' ops: upkeep needs less room than they do
        for _ in range(SLICE_OPS):
            submission = self._choice.next(now_ms, only_upkeep=is_full)
            if submission is None:
                ready.work.clear()  # upkeep that waits is tried by the tick
                return
            if submission.expectations:
                submission.unmet = first_unmet(self._orderer.engine, submission.expectations)
                if submission.unmet is not None:
                    submission.refuse(ApiError.REMAINING_CHANGED)
                    continue
            became = self._order_certified(submission, now_ms)
            if became is OrderResult.SEGMENT_ENDED:
                ready.put_back(submission)
            elif became is OrderResult.NO_ROOM:
                ready.put_back(submission)
                if is_full or not is_users(family_of_op(submission.data)):
                    ready.work.clear()  # the tick tries again
                    return
                is_full = True
            elif became is OrderResult.ACCEPTED:
                self._commit.ordered()
            else:
                assert submission.outcome is not None
                delivery.metrics.op_refused(submission.outcome.code)
                submission.refuse_as_law(submission.outcome.code)

    def _order_certified(self, submission: Submission, now_ms: int) -> OrderResult:
        """Order an op, behind a Revalue of its account if its certificate would not count."""
        renewal = self._renewal.ahead_of(submission, now_ms)
        if renewal is not None:
            became = self._orderer.order(renewal, now_ms)
            if became is OrderResult.NO_ROOM:
                return became
            if became is OrderResult.ACCEPTED:
                self._commit.ordered()
            else:
                assert renewal.outcome is not None
                renewal.refuse_as_law(renewal.outcome.code)
        return self._orderer.order(submission, now_ms)

    async def _tick(self) -> None:
        orderer, progress = self._orderer, self._orderer.progress
        while True:  # at once: ops are judged by what the inbox holds at the start
            now_ms = wall_clock_ms()
            if orderer.is_due(now_ms) and not self.is_following:
                orderer.seal()
            if not (progress.is_open or self._is_draining or self.pause):
                orderer.consume(now_ms)
            self._commit.request()
            if self._ready.waiting:
                self._ready.work.set()
            self._pool.pump()
            await asyncio.sleep(TICK_SECONDS)
