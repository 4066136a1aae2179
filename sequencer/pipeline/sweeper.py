"""The node's own ops: sweeps of dead orders, while users have nothing to order."""

from __future__ import annotations

import asyncio

from strikeproof.sequencer.core.op_preparation import assemble
from strikeproof.sequencer.intake.admission import Admission
from strikeproof.sequencer.intake.submission import Submission
from strikeproof.sequencer.order.dead_orders import DeadOrders
from strikeproof.sequencer.order.orderer import Orderer, OrderResult
from strikeproof.sequencer.order.wall_clock import wall_clock_ms
from strikeproof.sequencer.pipeline.group_commit import GroupCommit
from strikeproof.sequencer.pipeline.ready_queue import ReadyQueue


class _NoCaller:
    """Nobody waits for an op of the node's own."""

    def settle(self, submission: Submission) -> None:
        """Nothing to do."""


_NO_CALLER = _NoCaller()


class Sweeper:
    """Orders sweeps now and then."""

    def __init__(
        self,
        orderer: Orderer,
        dead: DeadOrders,
        admission: Admission,
        ready: ReadyQueue,
        commit: GroupCommit,
    ) -> None:
        self._orderer, self._dead = orderer, dead
        self._admission, self._ready, self._commit = admission, ready, commit
        self._is_draining = False

    def drain(self) -> None:
        """From here on order no sweeps."""
        self._is_draining = True

    async def run(self, every_seconds: float) -> None:
        """Sweep until cancelled; 0: never."""
        while every_seconds:
            await asyncio.sleep(every_seconds)
            if not (self._is_draining or self._ready.ops or self._admission.waiting):
                self._sweep(wall_clock_ms())

    def _sweep(self, now_ms: int) -> None:
        only_full = not self._orderer.progress.is_open
        for data in self._dead.sweeps(only_full=only_full):
            submission = Submission(_NO_CALLER, 0, data)
            submission.prepared = assemble(data, ())
            if self._orderer.order(submission, now_ms) is OrderResult.ACCEPTED:
                self._commit.ordered()
        self._commit.request()
