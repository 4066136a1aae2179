"""A claimant that lies once, or once of each kind.

It executes every batch as the prover did, offers each segment to its lie, and claims one false root
where the lie fits. The roots after it are the true ones again: the claim ends where an honest one
would, so that later claims fit on it and only re-execution of that very segment shows the fraud.
The next lie waits until that claim is gone, and claims on top of it with it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import structlog

from strikeproof.devnet.fraud.executed_segment import FraudScene, Lie, records_of, root_of
from strikeproof.failure import Broken
from strikeproof.sequencer.batch.batch_bytes import Batch
from strikeproof.sequencer.batch.batch_store import BatchStore, StoredBatch
from strikeproof.sequencer.batch.segment_step import decode_steps
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.engine_event import Fill
from strikeproof.sequencer.core.family import messages_input, ordered_input
from strikeproof.sequencer.recovery.data_folder import DataFolder
from strikeproof.wire.errors import FailureCode

APART_BATCHES: Final = 12  # two lies: a disproof takes less than as many batches

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

    @property
    def root(self) -> bytes:
        """The false root."""
        return bytes.fromhex(self.told_root[2:])


@dataclass(frozen=True, slots=True)
class Drill:
    """Which lie to tell, and when."""

    kind: str
    lie: Lie
    after_fills: int
    """Trades before it."""


class LyingClaimant:
    """Claims the truth until there has been some trading, then one lie of each drill as it fits,
    and the truth in between."""

    def __init__(
        self, folder: Path, domain_separator: bytes, drills: Sequence[Drill], record: Path
    ) -> None:
        """`folder`: the sequencer's; `record`: the file that gets the lies, each once it is
        claimed."""
        self._folder = DataFolder(folder)
        self._store: BatchStore | None = None
        self._engine = Engine.genesis(domain_separator)
        self._left = list(drills)
        self._record = record
        self._batch = 0
        self._fills = 0
        self._false: dict[int, tuple[bytes, ...]] = {}
        """The roots that lie, by batch."""
        self.told: list[ToldLie] = []

    def roots(self, batch: StoredBatch) -> tuple[bytes, ...]:
        """Return the roots to claim for a batch: false for one batch of each lie."""
        if self._left and self._store is None:
            self._store = BatchStore(self._folder.batches)
        while self._left and self._batch < batch.number:
            assert self._store is not None
            # Batches that somebody else claimed for are followed, not lied about.
            follows = self._store.get(self._batch + 1)
            if follows is None:
                raise DrillDiverged(self._batch + 1, "not in the store")
            self._follow(follows, may_lie=follows.number == batch.number)
        return self._false.get(batch.number, batch.roots)

    def _follow(self, batch: StoredBatch, *, may_lie: bool) -> None:
        """Execute the next batch, and lie about it where a lie fits."""
        armed = may_lie and self._is_free(batch.number)
        roots = list(batch.roots)
        inputs = self._inputs(batch)
        for segment, data in enumerate(inputs):
            ready = [each for each in self._left if self._fills >= each.after_fills]
            before = records_of(self._engine) if armed and ready else {}
            result = self._engine.execute_segment(data)
            self._fills += sum(isinstance(e, Fill) for o in result.outcomes for e in o.events)
            if not before or segment + 1 == len(inputs):
                continue
            scene = FraudScene(data, before, records_of(self._engine), result)
            for drill in ready:
                false_root = _false_root(drill, scene)
                if false_root is not None:
                    roots[segment + 1] = false_root
                    self._false[batch.number] = tuple(roots)
                    self._tell(drill, batch.number, segment, false_root, result.root)
                    armed = False
                    break
        if self._engine.state_root() != batch.roots[-1]:
            raise DrillDiverged(batch.number, "the drill's engine gives other roots")
        self._batch = batch.number

    def _is_free(self, batch: int) -> bool:
        """Whether the lie before this batch has been disproved by now, as lies are."""
        return not self.told or batch >= self.told[-1].batch + APART_BATCHES

    def _tell(
        self, drill: Drill, batch: int, segment: int, told_root: bytes, right_root: bytes
    ) -> None:
        self._left.remove(drill)
        self.told.append(
            ToldLie(
                kind=drill.kind,
                batch=batch,
                segment=segment,
                told_root="0x" + told_root.hex(),
                right_root="0x" + right_root.hex(),
            )
        )
        temporary = self._record.with_suffix(".part")
        temporary.write_text(json.dumps([asdict(each) for each in self.told]) + "\n", "utf-8")
        temporary.replace(self._record)
        _log.warning("lie_told", kind=drill.kind, batch=batch, segment=segment)

    def _inputs(self, batch: StoredBatch) -> list[bytes]:
        """Return the law's inputs of a batch: its messages, then its segments."""
        decoded = Batch.decode(batch.data)
        messages = [step.messages for step in decode_steps(batch.steps) if step.messages]
        inputs = [messages_input(each, batch.time_ms) for each in messages]
        return inputs + [ordered_input(each, batch.time_ms) for each in decoded.segments]


def _false_root(drill: Drill, scene: FraudScene) -> bytes | None:
    """Return the root of a lie about a segment, None if it does not fit."""
    try:
        records = drill.lie(scene)
    except (AssertionError, KeyError, ValueError, IndexError) as error:
        _log.info("lie_does_not_fit", kind=drill.kind, reason=repr(error))
        return None
    if records is None:
        return None
    root = root_of(records)
    return None if root == scene.result.root else root
