"""The state of the venue as this verifier has re-executed it, and every state that it went through.

Records are in the store; in memory, built when first needed and checked against the root of the
newest segment, are the same records, the forest and the index of books. Each segment keeps what
it overwrote, so the state can step back: for good when L1 reorganizes, temporarily to prove
something of the past.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Protocol

from strikeproof.failure import Rejected
from strikeproof.verifier.execution.segment_executor import SegmentExecution
from strikeproof.verifier.state.book_index import BookIndex
from strikeproof.verifier.state.forest import Forest
from strikeproof.verifier.state.genesis import genesis_records, genesis_root
from strikeproof.verifier.store.stored_rows import SegmentRow
from strikeproof.verifier.store.verifier_store import StoreUnusable, VerifierStore
from strikeproof.wire.errors import FailureCode


class Forgotten(Rejected):
    """This state cannot be restored: the undo data was dropped when its claim became final."""

    code = FailureCode.STATE_FORGOTTEN

    def __init__(self, batch: int, segment: int) -> None:
        super().__init__(f"segment {segment} of batch {batch} can no longer be undone")
        self.batch = batch
        self.segment = segment


class StateFollower(Protocol):
    """What holds the state's records once more, in a form of its own."""

    def update(self, before: Mapping[int, bytes], after: Mapping[int, bytes]) -> None:
        """Follow changed records, given by key as they were and as they are."""


class StateHistory:
    """The newest state. `position` segments lead to it."""

    def __init__(
        self, store: VerifierStore, chain_id: int, rollup: bytes, *, writable: bool = True
    ) -> None:
        """Take the store's state, or begin with the genesis."""
        self._store = store
        self._overlay: dict[int, bytes] = {}
        self._rewound = False
        self._followers: list[StateFollower] = []
        self.genesis_root = genesis_root(chain_id, rollup)
        if store.meta("genesis") is None and writable:
            with store.step():
                store.set_records(genesis_records(chain_id, rollup))
                store.set_meta("genesis", self.genesis_root)
        self.position = store.segment_count()

    @cached_property
    def _built(self) -> tuple[Forest, BookIndex, dict[int, bytes]]:
        """Forest, index and the records themselves, from the store when first needed."""
        forest, books = Forest(), BookIndex()
        records = dict(self._store.records())
        forest.update(records)
        books.load(records.items())
        if forest.root != self.root_at(self.position):
            raise StoreUnusable(
                self._store.path, "the records do not have the root of the last segment"
            )
        return forest, books, records

    def follow(self, follower: StateFollower) -> None:
        """Keep `follower` in step with this state; it must hold the state's records now."""
        self._followers.append(follower)

    def records(self) -> Iterator[tuple[int, bytes]]:
        """Yield all records of this state by key."""
        yield from self._built[2].items()

    def load(self) -> None:
        """Build what lies in memory now, not when first needed. Raises `StoreUnusable`."""
        assert self._built

    @property
    def forest(self) -> Forest:
        """Return the forest of this state. Raises `StoreUnusable` if the store was damaged."""
        return self._built[0]

    @property
    def books(self) -> BookIndex:
        """Return the index of this state's books. Raises `StoreUnusable` likewise."""
        return self._built[1]

    def root_at(self, position: int) -> bytes:
        """Return the root after the first `position` segments."""
        if position == 0:
            return self.genesis_root
        row = self._store.segment(position - 1)
        assert row is not None, f"segment {position - 1} is missing"
        return row.root

    def record(self, key: int) -> bytes:
        """Return a record as of now; empty if there is none."""
        return self._built[2].get(key, b"")

    def root_after(self, execution: SegmentExecution) -> bytes:
        """Return the root after an execution on this state, without keeping it."""
        before = {key: execution.touched[key] for key in execution.changed}
        self.forest.update(execution.changed)
        root = self.forest.root
        self.forest.update(before)
        return root

    def apply(self, batch: int, number: int, execution: SegmentExecution) -> bytes:
        """Make what an execution changed the newest state; return its root.

        `number` counts the segments of the batch from 0, messages included.
        """
        assert not self._rewound, "a state of the past does not change"
        undo = {key: execution.touched[key] for key in execution.changed}
        self.forest.update(execution.changed)
        root = self.forest.root
        row = SegmentRow(
            position=self.position,
            batch=batch,
            number=number,
            root=root,
            results=execution.results,
            undo=undo,
            compute_weight=execution.compute_weight,
            witness_weight=execution.witness_weight,
            gas_used=execution.gas_used,
            by_reference=execution.by_reference,
        )
        with self._store.step():
            self._store.set_records(execution.changed)
            self._store.add_segment(row)
        self._tell(undo, execution.changed)
        self.position += 1
        return root

    def undo_newest(self) -> None:
        """Take the newest segment back in memory and store; call inside a `VerifierStore.step`."""
        row = self._store.newest_segment()
        assert row is not None, "there is a segment"
        undo, _ = _undo(row), self._built  # built before the records change
        current = {key: self._store.record(key) for key in undo}
        self._store.set_records(undo)
        self._store.remove_segment(row.position)
        self._step_back(undo, current)
        self.position -= 1

    @contextmanager
    def rewound(self, position: int) -> Iterator[None]:
        """Inside, this is the state after the first `position` segments. Raises `Forgotten`.

        The store keeps the newest; do not apply or undo inside.
        """
        assert not self._rewound, "rewinding does not nest"
        past: dict[int, bytes] = {}
        for row in self._store.segments_down_to(position):
            past.update(_undo(row))
        here = self.position
        self._step_back(past, {key: self._store.record(key) for key in past})
        self._rewound, self._overlay, self.position = True, past, position
        try:
            if self.forest.root != self.root_at(position):
                raise StoreUnusable(
                    self._store.path, f"the state at segment {position} does not have its root"
                )
            yield
        finally:
            past, self._overlay, self.position = self._overlay, {}, here
            self._rewound = False
            self._step_back({key: self._store.record(key) for key in past}, past)

    def step_forward(self, execution: SegmentExecution) -> bytes:
        """Inside `rewound`: apply an execution temporarily; return the root after it."""
        before = {key: execution.touched[key] for key in execution.changed}
        self._step_back(dict(execution.changed), before)
        self._overlay = {**self._overlay, **execution.changed}
        self.position += 1
        return self.forest.root

    def _step_back(self, to: dict[int, bytes], current: dict[int, bytes]) -> None:
        self.forest.update(to)
        self._tell(current, to)

    def _tell(self, before: Mapping[int, bytes], after: Mapping[int, bytes]) -> None:
        _, books, records = self._built
        books.update(before, after)
        for key, record in after.items():
            if record:
                records[key] = record
            else:
                records.pop(key, None)
        for each in self._followers:
            each.update(before, after)


def _undo(row: SegmentRow) -> dict[int, bytes]:
    if row.undo is None:
        raise Forgotten(row.batch, row.number)
    return dict(row.undo)
