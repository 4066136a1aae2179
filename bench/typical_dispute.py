"""Disputes of what is usually traded: segments of the simulated market, as if trees were full."""

from __future__ import annotations

from typing import Any, Final

from strikeproof.bench.dispute_case import SECOND_TIME, law_input, make_case
from strikeproof.bench.dispute_cost import Cost
from strikeproof.bench.dispute_l1 import CHAIN_ID
from strikeproof.bench.dispute_venue import DisputeVenue, law_replay
from strikeproof.bench.law_library import LawRun
from strikeproof.bench.verifier_market import OPS_PER_SEGMENT, SignedMarket
from strikeproof.client.typed_data import Domain
from strikeproof.verifier.execution.law_call import message_input, ordered_input
from strikeproof.verifier.execution.segment_executor import SegmentExecution, SegmentExecutor
from strikeproof.verifier.state.book_index import BookIndex
from strikeproof.verifier.state.genesis import (
    genesis_records,
)
from strikeproof.wire.constants import SegmentFamily
from strikeproof.wire.operations import SEGMENT_HEAD_BYTES
from strikeproof.wire.units import Milliseconds

INSTRUMENTS: Final = 4
SAMPLES: Final = 6
WARM_UP: Final = 60  # segments, in which everybody gets positions and orders
START_MS: Final = SECOND_TIME * 1000 - 45_000
"""So that prices are fresh when a sampled segment is executed at the disputed batch's time."""


class _Follower:
    """The market's state in memory."""

    def __init__(self, market: SignedMarket, rollup: bytes) -> None:
        self.market = market
        self.replay: SegmentExecutor = law_replay()
        self.records = genesis_records(CHAIN_ID, rollup)
        self.books = BookIndex()

    def execute(self, input: bytes) -> SegmentExecution:
        """Execute on the state, and leave it."""
        return self.replay.execute(input, lambda key: self.records.get(key, b""), self.books)

    def follow(self, input: bytes) -> None:
        """Execute and keep what changes."""
        done = self.execute(input)
        before = {key: done.touched[key] for key in done.changed}
        self.books.update(before, done.changed)
        self.records.update(done.changed)
        self.market.follow(done.changed)


def measure_typical(venue: DisputeVenue) -> dict[str, Any]:
    """Return means over some segments: `typical_segment_gas`, `…_repriced_gas`, `…_bytes`,
    `…_ops`, `…_records`, `typical_gas_per_op`."""
    deployment = venue.embedded.deployment
    rollup = bytes.fromhex(deployment.rollup[2:])
    market = SignedMarket(
        Domain(CHAIN_ID, rollup), instruments=INSTRUMENTS, now_ms=Milliseconds(START_MS)
    )
    follower = _Follower(market, rollup)
    for message in market.messages():
        follower.follow(message_input(market.now_ms, message))
    costs: list[Cost] = []
    records = 0
    for at, segment in enumerate(market.segments()):
        if len(costs) == SAMPLES:
            break
        if at >= WARM_UP and segment[0] == SegmentFamily.TRADE:
            ops = segment[SEGMENT_HEAD_BYTES:]
            done = follower.execute(law_input(ops))
            result = follower.replay.execute_witness(law_input(ops), done.touched, done.advice)
            assert result is not None, "the law accepts the witness that it asked for"
            run = LawRun(result, dict(done.touched), tuple(done.advice), 0)
            costs.append(venue.cost(make_case(deployment, ops, run)))
            records += len(done.touched)
        follower.follow(ordered_input(market.now_ms, segment))
    gas = sum(each.gas for each in costs) / SAMPLES
    return {
        "typical_segment_gas": round(gas),
        "typical_segment_repriced_gas": round(sum(each.repriced_gas for each in costs) / SAMPLES),
        "typical_segment_bytes": round(sum(each.calldata_bytes for each in costs) / SAMPLES),
        "typical_segment_records": round(records / SAMPLES),
        "typical_segment_ops": OPS_PER_SEGMENT,
        "typical_gas_per_op": round(gas / OPS_PER_SEGMENT),
    }
