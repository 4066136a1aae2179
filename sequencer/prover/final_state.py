"""The state after the newest batch whose claim is final: what the Vault takes proofs against.

A second forest, behind the engine's, that follows the changed records of each batch once its claim
is final. It is loaded when the first proof is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

from strikeproof.failure import Broken
from strikeproof.sequencer.batch.batch_store import BatchStore
from strikeproof.sequencer.batch.segment_step import decode_records, decode_steps
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.forest import Forest
from strikeproof.sequencer.core.snapshot import read_records
from strikeproof.sequencer.prover.prover_frames import ProofAnswer
from strikeproof.sequencer.recovery.data_folder import DataFolder
from strikeproof.sequencer.recovery.snapshot_file import SnapshotCorrupt, read_snapshot, snapshots
from strikeproof.wire.errors import FailureCode


class FinalStateDiverged(Broken):
    """The records of the final batches do not give the root that was claimed."""

    code = FailureCode.FINAL_STATE_DIVERGED

    def __init__(self, batch: int, *, found: bytes, expected: bytes) -> None:
        super().__init__(
            f"batch {batch}: the records give 0x{found.hex()}, the claim 0x{expected.hex()}"
        )
        self.batch, self.found, self.expected = batch, found, expected


class FinalState:
    """Records and trees after batch `batch`."""

    def __init__(self, folder: DataFolder, store: BatchStore, domain_separator: bytes) -> None:
        self._folder = folder
        self._store = store
        self._domain_separator = domain_separator
        self._forest: Forest | None = None
        self._records: dict[int, bytes] = {}
        self._target = -1
        self.batch = -1

    def advance(self, batch: int) -> None:
        """The claim of this batch is final. A lower one than before changes nothing."""
        self._target = max(self._target, batch)
        if self._forest is not None:
            self._catch_up(self._forest)

    def prove(self, key: int) -> ProofAnswer | None:
        """Return a record with its proof; None while no claim but the genesis is final."""
        if self._target < 0:
            return None
        if self._forest is None:
            self._forest = self._load()
        self._catch_up(self._forest)
        record = self._records.get(key, b"")
        return ProofAnswer(self.batch, self._forest.root(), record, self._forest.prove([key]))

    def _load(self) -> Forest:
        forest = Forest()
        self.batch, records = self._start()
        self._records = dict(records)
        forest.update(sorted(self._records.items()))
        return forest

    def _start(self) -> tuple[int, Iterator[tuple[int, bytes]]]:
        for path in snapshots(self._folder.snapshots):
            try:
                meta, state = read_snapshot(path)
            except SnapshotCorrupt:
                continue  # recovery has reported it
            if meta.batch <= self._target:
                return meta.batch, iter(read_records(state))
        genesis = Engine.genesis(self._domain_separator, with_forest=False)
        return 0, iter(read_records(genesis.snapshot()))

    def _catch_up(self, forest: Forest) -> None:
        while self.batch < self._target:
            batch = self._store.get(self.batch + 1)
            if batch is None:
                return  # L1 is ahead of us: the prover has not got there yet
            changed: dict[int, bytes] = {}
            for step in decode_steps(batch.steps):
                changed.update(decode_records(step.changed))
            self._records.update(changed)
            forest.update(sorted(changed.items()))
            self.batch += 1
            root, claimed = forest.root(), batch.roots[-1]
            if root != claimed:
                raise FinalStateDiverged(self.batch, found=root, expected=claimed)
