"""What must hold after every step: each promise, each block, each transaction, each start.

Whatever is found is reported at once, so that the chronology of a failure ends where it happened.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from strikeproof.keccak import keccak256
from strikeproof.sequencer.core.family import is_signed
from strikeproof.sequencer.journal.journal_entry import OpOrdered, segment_ops
from strikeproof.sequencer.recovery.data_folder import DataFolder
from strikeproof.sequencer.recovery.journal_batches import batches_from
from strikeproof.verifier.derivation.logged_batch import LoggedBatch, decode_batch
from tests.simulation.life import Life
from tests.simulation.simulated_l1 import POST_BATCH, SimulatedBlock, SimulatedL1, Transaction
from tests.simulation.trader import Acknowledged

Call = tuple[bytes, bytes]
"""To whom, and with what data."""

FROZEN_SEEN_SECONDS: Final = 60
"""After which a node in reach of L1 knows a block."""
PROMISED_LAGS: Final = 3
"""Receipts promise posting within this many times the largest lag."""


def batches_of(block: SimulatedBlock) -> Iterator[LoggedBatch]:
    """Yield the batches that a block holds."""
    for event in block.events:
        if event.name == "BatchPosted":
            yield decode_batch(event.values[2])


def ops_of(batch: LoggedBatch) -> Iterator[bytes]:
    """Yield the ops of a batch, in order."""
    for segment in batch.segments:
        yield from segment_ops(segment)


class StepCheck:
    """Follows a world; `wrong` is what did not hold."""

    def __init__(self, chain: SimulatedL1, max_lag_seconds: int) -> None:
        self._chain, self._max_lag_ms = chain, max_lag_seconds * 1000
        self._on_l1: set[bytes] = set()
        self._waiting: dict[bytes, float] = {}
        """Promised ops that L1 does not hold, and since when."""
        self._nonces: dict[int, Call] = {}
        self._signed: dict[Call, set[int]] = {}
        """Every nonce that a call was signed for, whether or not L1 took the transaction."""
        self.wrong: list[str] = []
        self.steps = 0

    def promised(self, promise: Acknowledged, before: Acknowledged | None) -> None:
        """An op was acknowledged; `before`: so it was earlier."""
        self.steps += 1
        name, now = promise.op_hash.hex()[:16], promise.at_seconds
        if before is not None and before.report != promise.report:
            self.wrong.append(f"op {name} was acknowledged twice: {before.report.place} before")
        oldest = min(self._waiting.values(), default=now)
        if (now - oldest) * 1000 > self._max_lag_ms:
            self.wrong.append(
                f"op {name} was acknowledged while a promise waits for {now - oldest:.0f} s"
            )
        if promise.op_hash not in self._on_l1:
            # By the promise itself: a clock that was ahead has promised for this much later.
            made = promise.post_by_ms / 1000 - PROMISED_LAGS * self._max_lag_ms / 1000
            self._waiting[promise.op_hash] = max(now, made)

    def mined(self, block: SimulatedBlock) -> None:
        """L1 has a new block."""
        self.steps += 1
        for batch in batches_of(block):
            number, time_ms = batch.header.number, batch.header.time_ms
            behind_ms = block.time_seconds * 1000 - time_ms
            if not 0 <= behind_ms <= self._max_lag_ms:
                self.wrong.append(f"batch {number}: its header is {behind_ms} ms behind its block")
            for op in ops_of(batch):
                if not is_signed(op):
                    continue
                op_hash = keccak256(op)
                if op_hash in self._on_l1:
                    self.wrong.append(f"op {op_hash.hex()[:16]} is ordered again in batch {number}")
                self._on_l1.add(op_hash)
                self._waiting.pop(op_hash, None)

    def reorganized(self, now: float, promised: dict[bytes, Acknowledged]) -> None:
        """L1 has forgotten blocks: what was in them waits again, from now on."""
        self.steps += 1
        before, self._on_l1 = self._on_l1, set()
        for block in self._chain.blocks:
            for batch in batches_of(block):
                self._on_l1.update(keccak256(each) for each in ops_of(batch))
        for op_hash in before - self._on_l1:
            if op_hash in promised:
                self._waiting[op_hash] = now

    def signed(self, to: bytes, data: bytes, nonce: int) -> None:
        """The node signed a transaction."""
        self._signed.setdefault((to, data), set()).add(nonce)

    def sent(self, transaction: Transaction) -> None:
        """The node sent a transaction: two owners of the key's nonces would give one of them to two
        calls.

        One owner does that only where the earlier call is given up: it has another nonce by then,
        or one of the two is nothing, sent to close a gap.
        """
        self.steps += 1
        if transaction.data[:4] == POST_BATCH and transaction.nonce not in self._nonces:
            self._check_not_frozen()
        nonce, call = transaction.nonce, (transaction.to, transaction.data)
        known = self._nonces.get(nonce, call)
        is_moved = len(self._signed.get(known, ())) > 1
        if known != call and known[1] and call[1] and not is_moved:
            self.wrong.append(f"nonce {nonce} stands for two calls")
        self._nonces[nonce] = call

    def _check_not_frozen(self) -> None:
        """A new batch is sent: no node does that once it has seen that the venue is frozen."""
        seen = self._chain.clock() - FROZEN_SEEN_SECONDS
        for block in reversed(self._chain.blocks):
            if block.time_seconds <= seen:
                if block.model.resolution_end:
                    self.wrong.append(f"a batch was sent after the freeze, seen in {block.number}")
                return

    def nonces_forgotten(self) -> None:
        """The node has lost what it sent: it cannot know which nonces it used."""
        self._nonces.clear()

    def served(self, life: Life, promised: dict[bytes, Acknowledged]) -> None:
        """A node has recovered and serves: its journal has everything that was promised."""
        self.steps += 1
        kept = {
            keccak256(entry.op)
            for batch in batches_from(DataFolder(life.folder), 1)
            for entry in batch.rest
            if isinstance(entry, OpOrdered)
        }
        for op_hash, promise in promised.items():
            if op_hash not in kept:
                self.wrong.append(f"op {op_hash.hex()[:16]} of {promise.report.place} is lost")
