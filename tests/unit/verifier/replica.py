"""A state in memory with both executors over it, driven by the market of the benchmark."""

from __future__ import annotations

from itertools import islice

from strikeproof.bench.verifier_market import START_MS, SignedMarket
from strikeproof.client.typed_data import Domain
from strikeproof.contracts import artifact
from strikeproof.verifier.execution.law_call import message_input, ordered_input
from strikeproof.verifier.execution.revm import RevmState
from strikeproof.verifier.execution.revm_executor import RevmExecutor
from strikeproof.verifier.execution.segment_executor import SegmentExecution, SegmentExecutor
from strikeproof.verifier.state.book_index import BookIndex
from strikeproof.verifier.state.genesis import genesis_records

LAW = b"\x1a" * 20
MARGIN = b"\x3a" * 20
ROLLUP = b"\x55" * 20
CONTRACTS = {
    LAW: artifact("StateTransition").with_immutables({"MARGIN": int.from_bytes(MARGIN, "big")}),
    MARGIN: artifact("MarginModule").deployed_bytecode,
}


class TwoExecutors:
    """The venue's records, and py-evm and revm that run segments on them."""

    def __init__(self, traders: int = 6) -> None:
        self.market = SignedMarket(Domain(1, ROLLUP), traders=traders)
        self.records = genesis_records(1, ROLLUP)
        self.books = BookIndex()
        self.state = RevmState()
        self.state.mount(self.records.items())
        self.py_evm = SegmentExecutor(LAW, CONTRACTS)
        self.revm = RevmExecutor(LAW, CONTRACTS, self.state)
        self._segments = self.market.segments()
        for message in self.market.messages():
            self.apply(self.on_revm(message_input(START_MS, message)))

    def record_at(self, key: int) -> bytes:
        return self.records.get(key, b"")

    def on_revm(self, law_input: bytes) -> SegmentExecution:
        return self.revm.execute(law_input, self.record_at, self.books)

    def on_py_evm(self, law_input: bytes) -> SegmentExecution:
        return self.py_evm.execute(law_input, self.record_at, self.books)

    def apply(self, done: SegmentExecution) -> None:
        before = {key: done.touched[key] for key in done.changed}
        self.state.update(before, done.changed)
        self.books.update(before, done.changed)
        self.records.update(done.changed)
        self.market.follow(done.changed)

    def next_input(self) -> bytes:
        segment = next(self._segments)
        return ordered_input(self.market.now_ms + 1_000, segment)

    def skip(self, count: int) -> None:
        """Run segments on revm alone."""
        for _ in islice(range(count), count):
            self.apply(self.on_revm(self.next_input()))


def same(ours: SegmentExecution, theirs: SegmentExecution) -> bool:
    """Return whether two executions agree on everything but what they cost."""
    return (
        list(ours.touched.items()) == list(theirs.touched.items())
        and (tuple(ours.advice), dict(ours.changed)) == (tuple(theirs.advice), dict(theirs.changed))
        and ours.results == theirs.results
        and ours.compute_weight == theirs.compute_weight
        and ours.witness_weight == theirs.witness_weight
    )
