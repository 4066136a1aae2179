"""One flow of signed ops, and what it costs every part of the system: segments, bytes, gas.

The ops are those that the node's benchmark sends, packed into segments by the engine. The law
executes the same segments on revm, which reports their gas and must agree on what they changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from strikeproof.bench.law_library import Library
from strikeproof.bench.node_venue import REPORTER, SEPARATOR, inbox_messages, price_op, signed_ops
from strikeproof.bench.node_venue import trader as trader_of
from strikeproof.sequencer.batch.batch_bytes import SEGMENT_LENGTH_BYTES
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.family import ordered_input
from strikeproof.sequencer.core.op_preparation import assemble
from strikeproof.sequencer.core.outcome import SegmentResult
from strikeproof.sequencer.core.rules.segment_charge import Weights, declaration
from strikeproof.sequencer.core.snapshot import read_records
from strikeproof.sequencer.order.charge_rate import charge_of
from strikeproof.wire.constants import SegmentFamily
from strikeproof.wire.errors import Result

TRADERS: Final = 200
INSTRUMENTS: Final = 8
WARM_UP_ACTIONS: Final = 8_000  # positions for everybody, books that are full
COUNTED_ACTIONS: Final = 4_000


@dataclass(frozen=True, slots=True)
class FlowCost:
    """What a flow takes, in all."""

    actions: int
    ops: int
    segments: int
    data_bytes: int
    """The batch's data, lengths included."""
    law_gas: int
    charge: int
    """Law-gas that L1 counts for the segments."""
    declared_compute: int
    used_compute: int
    """Compute weight that the segments declared and that they had."""


class _FlowRun:
    """The engine on a flow, with the law behind it once counting begins."""

    def __init__(self, actions_per_op: int) -> None:
        self._actions_per_op = actions_per_op
        self.engine = Engine.genesis(SEPARATOR)
        for message in inbox_messages(TRADERS, INSTRUMENTS):
            self.engine.apply_message(message)
        self._time_ms = self.engine.clock_ms + 1_000
        self._library = Library()
        self._records: dict[int, bytes] | None = None
        self.segments = self.data_bytes = self.law_gas = self.ops = self.charge = 0
        self.declared_compute = self.used_compute = 0

    def price(self) -> None:
        """Order a price, in a segment of its own."""
        op = price_op()
        self._time_ms = int.from_bytes(op[5:11], "big")  # type, length, underlying, then the time
        self.engine.begin_segment(SegmentFamily.UPKEEP, self._time_ms)
        prepared = assemble(op, (REPORTER.address,), self.engine.reporter_epoch)
        assert self.engine.apply(prepared).code == Result.OK
        self.engine.end_segment()

    def count(self) -> None:
        """Have the law execute what follows too, and count it."""
        self._records = dict(read_records(self.engine.snapshot()))

    def run(self, actions: int, first_nonce: int) -> None:
        """Order this many actions."""
        count = actions // self._actions_per_op
        ops = signed_ops(count, TRADERS, INSTRUMENTS, first_nonce, self._actions_per_op)
        engine = self.engine
        engine.begin_segment(SegmentFamily.TRADE, self._time_ms)
        for place, data in enumerate(ops):
            op = assemble(data, (trader_of(1 + place % TRADERS).address,))
            if engine.apply(op).code == Result.SEGMENT_FULL:
                self._end()
                engine.begin_segment(SegmentFamily.TRADE, self._time_ms)
                assert engine.apply(op).is_ordered
        self._end()

    def _end(self) -> None:
        ops = self.engine.segment_op_count
        result = self.engine.end_segment()
        if self._records is not None:
            segment = self.engine.segment_bytes
            self.ops += ops
            self.segments += 1
            self.data_bytes += SEGMENT_LENGTH_BYTES + len(segment)
            self.charge += charge_of(segment)
            used = Weights(result.compute_weight, result.witness_weight)
            self.declared_compute += declaration(used).compute
            self.used_compute += used.compute
            self.law_gas += self._gas(segment, result, self._records)

    def _gas(self, segment: bytes, result: SegmentResult, records: dict[int, bytes]) -> int:
        """Return the law's gas, and take over what the segment changed."""
        law_input = ordered_input(segment, result.clock_ms)
        touched: Mapping[int, bytes] = {key: records.get(key, b"") for key in result.touched}
        found, gas = self._library.run_witness(law_input, touched, result.advice)
        assert dict(found.changed) == dict(result.changed), "engine and law agree"
        records.update(result.changed)
        return gas


def cost_of_flow(actions_per_op: int) -> FlowCost:
    """Return what bundles of this many actions cost. Needs pyrevm."""
    run = _FlowRun(actions_per_op)
    run.price()
    nonces = WARM_UP_ACTIONS // actions_per_op // TRADERS
    run.run(nonces * TRADERS * actions_per_op, 0)
    run.count()
    counted = COUNTED_ACTIONS // actions_per_op * actions_per_op
    run.run(counted, nonces)
    return FlowCost(
        counted,
        run.ops,
        run.segments,
        run.data_bytes,
        run.law_gas,
        run.charge,
        run.declared_compute,
        run.used_compute,
    )
