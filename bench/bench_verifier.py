"""The verifier: re-execution speed, and the time from a posted lie to the challenge in a block.

Keys of `measure()`:
`typical`: segments of eight typical signed ops (quotes, cancels, replaces, takers, prices;
accounts with two positions) in py-evm: `ops_per_s` with its bar, `segments_per_s`, `gas_per_s`,
`gas_per_op`, `guesses_wrong_per_advice`; CPU time of one thread, forest and books included.
`worst_segments_per_s`: what that gas rate makes of segments at the full compute weight.
`challenge`: witness and proof of such a segment: `records`, bytes, CPU ms to build and to check.
`dispute`: from the block that holds a bad claim to the block that deletes it, on an embedded L1
with the node as a process of its own: `blocks`, `seconds` by L1's clock, `wall_seconds`,
`l1_block_seconds`, and `gas_used` and `calldata_bytes` of the challenge.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from strikeproof.bench.verifier_dispute import measure_dispute
from strikeproof.bench.verifier_market import START_MS, SignedMarket
from strikeproof.client.typed_data import Domain
from strikeproof.contracts import artifact
from strikeproof.verifier.derivation.logged_batch import segment_ops
from strikeproof.verifier.execution.law_call import (
    message_input,
    ordered_input,
)
from strikeproof.verifier.execution.segment_executor import SegmentExecution, SegmentExecutor
from strikeproof.verifier.state.book_index import BookIndex
from strikeproof.verifier.state.forest import Forest
from strikeproof.verifier.state.genesis import (
    genesis_records,
)
from strikeproof.verifier.state.multiproof import prove, root_of
from strikeproof.verifier.state.record_list import (
    pack_records,
)
from strikeproof.wire.constants import COMPUTE_WEIGHT_MAX

OPS_PER_S_MIN: Final = 60
SEGMENTS: Final = 40
WARM_UP: Final = 50  # segments: positions for everybody, books that are full

_LAW: Final = b"\x1a" * 20
_MARGIN: Final = b"\x3a" * 20
_ROLLUP: Final = b"\x55" * 20


@dataclass
class Replica:
    """A state in memory that segments are run upon, without L1 and store."""

    market: SignedMarket
    replay: SegmentExecutor
    records: dict[int, bytes] = field(default_factory=dict)
    forest: Forest = field(default_factory=Forest)
    books: BookIndex = field(default_factory=BookIndex)

    def run(self, law_input: bytes) -> SegmentExecution:
        """Execute and keep, as the node does."""
        done = self.replay.execute(law_input, lambda key: self.records.get(key, b""), self.books)
        before = {key: done.touched[key] for key in done.changed}
        self.forest.update(done.changed)
        assert self.forest.root
        self.books.update(before, done.changed)
        self.records.update(done.changed)
        return done


def _replica() -> Replica:
    margin = int.from_bytes(_MARGIN, "big")
    contracts = {
        _LAW: artifact("StateTransition").with_immutables({"MARGIN": margin}),
        _MARGIN: artifact("MarginModule").deployed_bytecode,
    }
    replay = SegmentExecutor(_LAW, contracts)
    replica = Replica(SignedMarket(Domain(1, _ROLLUP)), replay, genesis_records(1, _ROLLUP))
    replica.forest.update(replica.records)
    for message in replica.market.messages():
        replica.run(message_input(START_MS, message))
    return replica


def _speed(count: int) -> tuple[dict[str, Any], Replica]:
    """Return the figures of `count` typical segments, and the replica after them."""
    replica = _replica()
    market, ops, gas, advices, wrong, seconds = replica.market, 0, 0, 0, 0, 0.0
    for at, segment in enumerate(islice(market.segments(), WARM_UP + count)):
        law_input = ordered_input(market.now_ms + 1_000, segment)
        started = time.process_time()
        done = replica.run(law_input)
        spent = time.process_time() - started
        market.follow(done.changed)
        if at >= WARM_UP:
            seconds += spent
            ops += sum(1 for _ in segment_ops(segment))
            gas += done.gas_used
            advices += len(done.advice)
            wrong += done.guesses_wrong
    figures = {
        "segments": count,
        "ops_per_s": round(ops / seconds, 1),
        "segments_per_s": round(count / seconds, 1),
        "gas_per_s": round(gas / seconds),
        "gas_per_op": round(gas / ops),
        "guesses_wrong_per_advice": round(wrong / max(1, advices), 3),
    }
    return figures, replica


def _challenge(replica: Replica) -> dict[str, Any]:
    """Return what it costs here to build the witness of a typical segment and check it."""
    market = replica.market
    segment = next(islice(market.segments(), WARM_UP, None))
    law_input = ordered_input(market.now_ms + 1_000, segment)
    started = time.process_time()
    done = replica.replay.execute(
        law_input, lambda key: replica.records.get(key, b""), replica.books
    )
    proof = prove(replica.forest, done.touched)
    built = time.process_time()
    assert root_of(done.touched, proof) == replica.forest.root
    assert replica.replay.execute_witness(law_input, done.touched, done.advice) is not None
    return {
        "records": len(done.touched),
        "witness_bytes": len(pack_records(done.touched.items())),
        "proof_bytes": len(proof),
        "build_ms": round(1_000 * (built - started), 1),
        "check_ms": round(1_000 * (time.process_time() - built), 1),
    }


def measure() -> dict[str, Any]:
    """Return the figures as the module's text lists them."""
    typical, replica = _speed(SEGMENTS)
    return {
        "ops_per_s_min": OPS_PER_S_MIN,
        "typical": typical,
        "worst_segments_per_s": round(typical["gas_per_s"] / COMPUTE_WEIGHT_MAX, 2),
        "challenge": _challenge(replica),
        "dispute": measure_dispute(),
    }
