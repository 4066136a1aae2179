"""A claimant that lies once.

It executes every batch as the prover did, offers each segment to its lie, and claims one false root
where the lie fits. The roots after it are the true ones again: the claim ends where an honest one
would, so that later claims fit on it and only re-execution of that very segment shows the fraud.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import structlog

from strikeproof.devnet.fraud.executed_segment import FraudScene, Lie, Records, records_of, root_of
from strikeproof.failure import Broken
from strikeproof.sequencer.batch.batch_bytes import Batch
from strikeproof.sequencer.batch.batch_store import BatchStore, StoredBatch
from strikeproof.sequencer.batch.segment_step import decode_steps
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.engine_event import Fill
from strikeproof.sequencer.core.family import messages_input, ordered_input
from strikeproof.sequencer.core.outcome import SegmentResult
from strikeproof.sequencer.recovery.data_folder import DataFolder
from strikeproof.wire.errors import FailureCode

_log = structlog.get_logger("devnet")


class DrillDiverged(Broken):
    """The drill's engine does not follow the sequencer's batches."""

    code = FailureCode.DRILL_DIVERGED

    def __init__(self, batch: int, reason: str) -> None:
        super().__init__(f"batch {batch}: {reason}")
        self.batch, self.reason = batch, reason


@dataclass(frozen=True, slots=True)
class ToldLie:
    """The one false root: `told_root` is claimed after segment `segment` of a batch."""

    kind: str
    batch: int
    segment: int
    told_root: str
    right_root: str


@dataclass(frozen=True, slots=True)
class Drill:
    """Which lie to tell, and when."""

    kind: str
    lie: Lie
    after_fills: int
    """Trades before it."""
    record: Path
    """The file that gets the lie once it is claimed."""


class LyingClaimant:
    """Claims the truth until there has been some trading, then one lie, then the truth again."""

    def __init__(
        self,
        folder: Path,
        domain_separator: bytes,
        drill: Drill,
    ) -> None:
        """`folder`: the sequencer's."""
        self._folder = DataFolder(folder)
        self._store: BatchStore | None = None
        self._engine = Engine.genesis(domain_separator)
        self._roots: tuple[bytes, ...] = ()
        self._kind, self._lie = drill.kind, drill.lie
        self._after_fills = drill.after_fills
        self._record = drill.record
        self._batch = 0
        self._fills = 0
        self.told: ToldLie | None = None

    def roots(self, batch: StoredBatch) -> tuple[bytes, ...]:
        """Return the roots to claim for a batch: false once, and for that batch until the next is
        asked for."""
        if self.told is not None:
            return self._roots if batch.number == self._batch else batch.roots
        if self._store is None:
            self._store = BatchStore(self._folder.batches)
        while self._batch < batch.number:
            # Batches that somebody else claimed for are followed, not lied about.
            follows = self._store.get(self._batch + 1)
            if follows is None:
                raise DrillDiverged(self._batch + 1, "not in the store")
            self._roots = self._follow(follows, may_lie=follows.number == batch.number)
        return self._roots if batch.number == self._batch else batch.roots

    def _follow(self, batch: StoredBatch, *, may_lie: bool) -> tuple[bytes, ...]:
        """Execute the next batch; return its roots, or false ones."""
        armed = may_lie and self._fills >= self._after_fills
        roots = list(batch.roots)
        inputs = self._inputs(batch)
        for segment, data in enumerate(inputs):
            before = records_of(self._engine) if armed and self.told is None else {}
            result = self._engine.execute_segment(data)
            self._fills += sum(isinstance(e, Fill) for o in result.outcomes for e in o.events)
            if before and segment + 1 < len(inputs):
                false_root = self._false_root(data, before, result)
                if false_root is not None:
                    roots[segment + 1] = false_root
                    self._tell(batch.number, segment, false_root, result.root)
        if self._engine.state_root() != batch.roots[-1]:
            raise DrillDiverged(batch.number, "the drill's engine gives other roots")
        self._batch = batch.number
        return tuple(roots)

    def _false_root(self, data: bytes, before: Records, result: SegmentResult) -> bytes | None:
        scene = FraudScene(data, before, records_of(self._engine), result)
        try:
            records = self._lie(scene)
        except (AssertionError, KeyError, ValueError, IndexError) as error:
            _log.info("lie_does_not_fit", kind=self._kind, reason=repr(error))
            return None
        if records is None:
            return None
        root = root_of(records)
        return None if root == result.root else root

    def _tell(self, batch: int, segment: int, told_root: bytes, right_root: bytes) -> None:
        self.told = ToldLie(
            kind=self._kind,
            batch=batch,
            segment=segment,
            told_root="0x" + told_root.hex(),
            right_root="0x" + right_root.hex(),
        )
        temporary = self._record.with_suffix(".part")
        temporary.write_text(json.dumps(asdict(self.told)) + "\n", "utf-8")
        temporary.replace(self._record)
        _log.warning("lie_told", kind=self._kind, batch=batch, segment=segment)

    def _inputs(self, batch: StoredBatch) -> list[bytes]:
        """Return the law's inputs of a batch: its messages, then its segments."""
        decoded = Batch.decode(batch.data)
        messages = [step.messages for step in decode_steps(batch.steps) if step.messages]
        inputs = [messages_input(each, batch.time_ms) for each in messages]
        return inputs + [ordered_input(each, batch.time_ms) for each in decoded.segments]
