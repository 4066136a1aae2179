"""A verifier's store with batches of typical segments that wait to be executed, without L1."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from strikeproof.bench.shipped_law import shipped_law
from strikeproof.bench.verifier_replica import (
    CHAIN_ID,
    HEADER_DELAY_MS,
    ROLLUP,
    Replica,
)
from strikeproof.verifier.derivation.logged_batch import batch_hash, genesis_batch_hash, rolled
from strikeproof.verifier.execution.deployed_law import DeployedLaw
from strikeproof.verifier.execution.deployed_laws import DeployedLaws
from strikeproof.verifier.execution.law_call import ordered_input
from strikeproof.verifier.store.stored_rows import BatchRow, MessageRow
from strikeproof.verifier.store.verifier_store import VerifierStore
from strikeproof.wire.operations import encode_header
from strikeproof.wire.units import Milliseconds

SEGMENTS_PER_BATCH: Final = 100


class ShippedLaws(DeployedLaws):
    """The law of this release, without L1 to read it from."""

    def __init__(self) -> None:
        self._laws = {}
        self._executors = {}

    def code_of(self, law_id: bytes) -> DeployedLaw:
        """Return the law; it has the id that the backlog's batches pin."""
        law = shipped_law()
        assert law.id == law_id
        return law


def fill_backlog(path: Path, segments: int) -> VerifierStore:
    """Make a store with the market's messages and this many segments, none executed.

    The market needs to know what became of its orders, so the segments are executed meanwhile.
    """
    replica = Replica()
    store = VerifierStore(path, "bench")
    rolling = bytes(32)
    with store.step():
        for number, message in enumerate(replica.messages):
            rolling = rolled(rolling, message)
            store.add_message(MessageRow(number, message, rolling, 1))
    inbox_end, parent = len(replica.messages), genesis_batch_hash(CHAIN_ID, ROLLUP)
    number = left = 0
    while left < segments:
        number += 1
        chosen: list[bytes] = []
        for _ in range(min(SEGMENTS_PER_BATCH, segments - left)):
            segment = replica.next_segment()
            chosen.append(segment)
            law_input = ordered_input(replica.market.now_ms + HEADER_DELAY_MS, segment)
            replica.apply(replica.execute(law_input))
        left += len(chosen)
        header = encode_header(
            law_id=shipped_law().id,
            number=number,
            parent_hash=parent,
            sequencer_epoch=1,
            time_ms=Milliseconds(replica.market.now_ms + HEADER_DELAY_MS),
            inbox_end=inbox_end,
            inbox_rolling=rolling,
            exit_end=0,
            exit_rolling=bytes(32),
            joined=0,
            segment_count=len(chosen),
        )
        parent = batch_hash(header, chosen)
        data = header + b"".join(len(each).to_bytes(2, "big") + each for each in chosen)
        with store.step():
            start = 0 if number == 1 else inbox_end
            store.add_batch(BatchRow(number, parent, data, 0, start, number))
    return store
