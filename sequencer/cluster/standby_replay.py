"""A standby executes the shared log: the same engine, the same prover, nobody waiting for answers.

What a frame did is handed on as if it had been ordered here, so that books, histories, finality and
proofs are served from it. Synchronous but for the turns that it gives the event loop.
"""

from __future__ import annotations

import asyncio
from typing import Final

from strikeproof.sequencer.core.op_preparation import assemble_ordered
from strikeproof.sequencer.core.outcome import SegmentResult
from strikeproof.sequencer.intake.submission import Submission
from strikeproof.sequencer.journal.journal_entry import (
    BatchSealed,
    Entry,
    MessagesConsumed,
    OpOrdered,
    decode_entries,
)
from strikeproof.sequencer.order.batch_progress import JournalExecution
from strikeproof.sequencer.order.charge_rate import ChargeRates
from strikeproof.sequencer.order.orderer import CommitGroup, ConsumedMessage, Orderer
from strikeproof.sequencer.order.sealed_batch import SealedBatch
from strikeproof.sequencer.pipeline.recent_ops import ordered_before

ENTRIES_OF_TURN: Final = 32  # executed before the event loop gets a turn: about a millisecond


class StandbyReplay:
    """Drives the orderer's engine by frames, until the orderer itself may."""

    def __init__(self, orderer: Orderer, rates: ChargeRates) -> None:
        self._engine, self._progress = orderer.engine, orderer.progress
        self._execution = JournalExecution(orderer.engine, orderer.progress, rates, self._ended)
        self._message: SegmentResult | None = None

    def _ended(self, result: SegmentResult, data: bytes, is_message: bool) -> None:
        if is_message:
            self._message = result

    async def execute(self, frame: bytes) -> CommitGroup:
        """Execute one frame; return what it did. Raises `ReplayDiverged`."""
        group = CommitGroup()
        for number, entry in enumerate(decode_entries(frame), 1):
            self._execute(entry, group)
            if number % ENTRIES_OF_TURN == 0:
                await asyncio.sleep(0)
        group.clock_ms = self._engine.clock_ms
        group.last_batch = self._progress.number
        return group

    def _execute(self, entry: Entry, group: CommitGroup) -> None:
        progress = self._progress
        self._execution.apply(entry)
        if isinstance(entry, OpOrdered):
            group.accepted.append(self._submission(entry, len(group.accepted)))
        elif isinstance(entry, MessagesConsumed):
            assert self._message is not None
            first = progress.message_count - len(entry.messages)
            for number, outcome in enumerate(self._message.outcomes, first):
                group.messages.append(ConsumedMessage(progress.number, number, outcome.events))
        elif isinstance(entry, BatchSealed):
            group.sealed.append(
                SealedBatch(progress.number, progress.sealed_ms, progress.opened_ms)
            )

    def _submission(self, entry: OpOrdered, leaf_index: int) -> Submission:
        submission = ordered_before(self._execution.executed[0], self._execution)
        submission.prepared = assemble_ordered(entry.op, entry.signers)
        submission.leaf_index = leaf_index
        return submission
