"""The prover process: executes the journal again, with roots, and seals batches.

`python -m strikeproof.sequencer.prover.root_prover ARGUMENTS`. The node's own engine keeps no
trees: roots are the most expensive part, and here they are computed beside it, never ahead of the
journal. The prover also takes snapshots and answers state proofs, so that neither delays an order.
"""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path

from strikeproof.sequencer.batch.batch_store import BatchStore, StoredBatch
from strikeproof.sequencer.core.outcome import SegmentResult
from strikeproof.sequencer.garbage_collection import nothing_collected
from strikeproof.sequencer.journal.journal_entry import decode_entries, ops_of
from strikeproof.sequencer.order.batch_progress import JournalExecution
from strikeproof.sequencer.prover.batch_sealer import BatchSealer
from strikeproof.sequencer.prover.final_state import FinalState
from strikeproof.sequencer.prover.prover_frames import (
    FED,
    FEED,
    FINAL,
    NUMBER,
    PROOF,
    PROVE,
    PROVED,
    QUERY,
    READY,
    ProofAnswer,
    ProverArguments,
)
from strikeproof.sequencer.recovery.data_folder import DataFolder
from strikeproof.sequencer.recovery.journal_replay import (
    VenueOrigin,
    recover,
    save_snapshot,
)
from strikeproof.sequencer.worker_process import ParentPipe, run_worker


class RootProver:
    """Recovers, then follows what the node feeds."""

    def __init__(self, arguments: ProverArguments, pipe: ParentPipe) -> None:
        """Recover; `pipe` gets what is proved later."""
        self._arguments = arguments
        self._pipe = pipe
        self._folder = DataFolder(Path(arguments.folder))
        self._store = BatchStore(self._folder.batches)
        self._sealer = BatchSealer(self._store, self._sealed)
        self._queries: list[tuple[int, int]] = []
        self.is_live = False
        domain_separator = bytes.fromhex(arguments.domain_separator)
        genesis_hash = bytes.fromhex(arguments.genesis_hash)
        rates = arguments.rates
        recovered = recover(
            self._folder,
            VenueOrigin(domain_separator, genesis_hash, rates),
            with_forest=True,
            observer=self._sealer.observer(),
            journal_end=arguments.journal_end,
        )
        self.engine, self.progress = recovered.engine, recovered.progress
        self.engine.resume_roots()
        self.op_count = recovered.op_count
        self.execution = JournalExecution(self.engine, self.progress, rates, self._ended)
        self.final = FinalState(self._folder, self._store, domain_separator)

    def feed(self, payload: bytes) -> None:
        """Execute one journal frame."""
        for entry in decode_entries(payload):
            self.execution.apply(entry)
            self._sealer.executed(entry, self.execution)
            self.op_count += len(ops_of(entry))

    def _ended(self, result: SegmentResult, data: bytes, is_message: bool) -> None:
        self._pipe.is_alive()
        self._sealer.ended(result, data, is_message)
        if self._queries:
            for request, key in self._queries:
                self._answer(request, self._latest(key))
            self._queries.clear()

    def _sealed(self, batch: StoredBatch, execution: JournalExecution) -> None:
        if self.is_live:
            self._pipe.send(PROVED, NUMBER.pack(batch.number))
        if batch.number % self._arguments.snapshot_batches == 0:
            save_snapshot(self._folder, execution.engine, execution.progress, batch.hash)

    # --- proofs ---

    def prove(self, request: int, is_final: bool, key: int) -> None:
        """Answer with a record and its proof against the final root, or the latest.

        The latest root is that of the latest ended segment: inside one the query waits for its end.
        """
        if is_final:
            self._answer(request, self.final.prove(key))
        elif self.engine.segment_is_open:
            self._queries.append((request, key))
        else:
            self._answer(request, self._latest(key))

    def _latest(self, key: int) -> ProofAnswer:
        engine = self.engine
        return ProofAnswer(
            self.progress.number, engine.state_root(), engine.record(key), engine.prove(key)
        )

    def _answer(self, request: int, answer: ProofAnswer | None) -> None:
        self._pipe.send(PROOF, NUMBER.pack(request), answer.encode() if answer else b"")

    def newest(self) -> int:
        """Return the number of the newest batch whose roots are known."""
        return self._store.newest()


def main(pipe: ParentPipe, argument: str) -> None:
    """Serve until the node closes."""
    with nothing_collected():
        prover = RootProver(ProverArguments(**json.loads(argument)), pipe)
    pipe.send(READY, NUMBER.pack(prover.newest()))
    prover.is_live = True
    while (frame := pipe.receive()) is not None:
        kind, body = frame[:1], frame[1:]
        if kind == FEED:
            prover.feed(body)
            pipe.send(FED, NUMBER.pack(prover.op_count))
        elif kind == PROVE:
            request, is_final, key = QUERY.unpack(body)
            prover.prove(request, bool(is_final), key)
        elif kind == FINAL:
            prover.final.advance(*NUMBER.unpack(body))


if __name__ == "__main__":
    run_worker(partial(main, argument=sys.argv[1]))
