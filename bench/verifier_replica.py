"""A state in memory that segments are run on, without L1 and store: py-evm, and revm where it is
installed, over the records of one market."""

from __future__ import annotations

from itertools import islice
from typing import Final

from strikeproof.bench.shipped_law import shipped_law
from strikeproof.bench.verifier_market import START_MS, SignedMarket
from strikeproof.client.typed_data import Domain
from strikeproof.verifier.execution import revm
from strikeproof.verifier.execution.law_call import message_input, ordered_input
from strikeproof.verifier.execution.revm_executor import RevmExecutor
from strikeproof.verifier.execution.segment_executor import SegmentExecution, SegmentExecutor
from strikeproof.verifier.state.book_index import BookIndex
from strikeproof.verifier.state.forest import Forest
from strikeproof.verifier.state.genesis import genesis_records

ROLLUP: Final = b"\x55" * 20
CHAIN_ID: Final = 1
HEADER_DELAY_MS: Final = 1_000  # of a segment's time before its batch's


class Replica:
    """The venue's records, its books and trees, and both executors."""

    def __init__(self, traders: int = 40) -> None:
        self.market = SignedMarket(Domain(CHAIN_ID, ROLLUP), traders=traders)
        self.records = genesis_records(CHAIN_ID, ROLLUP)
        self.books = BookIndex()
        self.forest = Forest()
        self.forest.update(self.records)
        law = shipped_law()
        self.py_evm = SegmentExecutor(law)
        self.state = revm.RevmState() if revm.is_installed() else None
        self.revm: RevmExecutor | None = None
        if self.state is not None:
            self.state.mount(self.records.items())
            self.revm = RevmExecutor(law, self.state)
        self.messages = list(self.market.messages())
        self.segments = self.market.segments()
        for message in self.messages:
            self.apply(self.execute(message_input(START_MS, message)))

    def record_at(self, key: int) -> bytes:
        """Return a record; empty if there is none."""
        return self.records.get(key, b"")

    def execute(self, law_input: bytes) -> SegmentExecution:
        """Execute on the fastest executor that is there, without keeping anything."""
        return (self.revm or self.py_evm).execute(law_input, self.record_at, self.books)

    def on_py_evm(self, law_input: bytes) -> SegmentExecution:
        """Execute on py-evm, without keeping anything."""
        return self.py_evm.execute(law_input, self.record_at, self.books)

    def apply(self, done: SegmentExecution) -> None:
        """Keep what an execution changed: records, books, trees, and the mounted state."""
        before = {key: done.touched[key] for key in done.changed}
        if self.state is not None:
            self.state.update(before, done.changed)
        self.books.update(before, done.changed)
        self.records.update(done.changed)
        self.forest.update(done.changed)
        assert self.forest.root
        self.market.follow(done.changed)

    def next_segment(self) -> bytes:
        """Return the market's next segment, as a batch holds it."""
        return next(self.segments)

    def next_input(self) -> bytes:
        """Return the law's input of the market's next segment."""
        segment = self.next_segment()
        return ordered_input(self.market.now_ms + HEADER_DELAY_MS, segment)

    def skip(self, count: int) -> None:
        """Execute and keep this many segments."""
        for _ in islice(range(count), count):
            self.apply(self.execute(self.next_input()))


def same(ours: SegmentExecution, theirs: SegmentExecution) -> bool:
    """Return whether two executions agree on everything but what they cost."""
    return (
        list(ours.touched.items()) == list(theirs.touched.items())
        and (tuple(ours.advice), dict(ours.changed)) == (tuple(theirs.advice), dict(theirs.changed))
        and (ours.results, ours.is_void) == (theirs.results, theirs.is_void)
        and ours.compute_weight == theirs.compute_weight
        and ours.witness_weight == theirs.witness_weight
    )
