"""The most expensive segments found so far, as a verifier executes them: how much law-gas a second?

The segments of `dispute_corpus.py` on their synthetic states, each charged for what it uses and no
more, as somebody would declare who wants to keep verifiers busy; and segments that declare as
little as a segment can, so that they are void, but only once the law has executed their first op.
`doctor` measures them too: what L1 admits must be compared with the worst case, not with what is
typical (FAULTS A8).
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from strikeproof.bench.attack_ops import build_ordered, mislead
from strikeproof.bench.dispute_case import SECOND_TIME
from strikeproof.bench.dispute_corpus import (
    ATTESTATIONS,
    BLOCKS,
    CERTIFIED,
    CREDITS,
    EVICTIONS,
    FORGED,
    HOUSES,
    LIQUIDATIONS,
    LONGEST,
    MALFORMED,
    MOST_EXPENSIVE,
    PORTFOLIOS,
    PRICES,
    PRICINGS,
    REFUSED,
    RESTING,
    REVALUATIONS,
    SAMPLES,
    SETTLEMENTS,
    SWEEPS,
    UNWINDINGS,
    WITHDRAWALS,
)
from strikeproof.bench.dispute_venue import parse
from strikeproof.bench.shipped_law import shipped_law
from strikeproof.bench.synthetic_state import SyntheticState
from strikeproof.sequencer.core.family import family_of_op
from strikeproof.sequencer.core.rules.segment_charge import MOST, Weights, segment_charge
from strikeproof.verifier.execution.law_call import ordered_input
from strikeproof.verifier.execution.revm import RevmState, is_installed
from strikeproof.verifier.execution.revm_executor import RevmExecutor
from strikeproof.verifier.execution.segment_executor import (
    LawExecutor,
    SegmentExecution,
    SegmentExecutor,
)
from strikeproof.verifier.state.book_index import BookIndex
from strikeproof.verifier.state.forest import Forest
from strikeproof.wire.constants import (
    SEGMENT_BYTES_MAX,
    SEGMENT_OPS_MAX,
    SIGNERS_MAX,
    WEIGHT_RECORD_BYTES,
    SegmentFamily,
)
from strikeproof.wire.layout import GLOBAL_SIGNER_WORDS, GLOBAL_WORDS
from strikeproof.wire.operations import SEGMENT_HEAD_BYTES, encode_segment
from strikeproof.wire.units import Milliseconds

MISLED: Final = "misled"
"""The same as `resting`, behind what defeats predictions."""
SHAPES: Final = {
    "most_expensive": MOST_EXPENSIVE,
    "longest": LONGEST,
    "withdrawals": WITHDRAWALS,
    "blocks": BLOCKS,
    "refused": REFUSED,
    "malformed": MALFORMED,
    "forged": FORGED,
    "resting": RESTING,
    MISLED: RESTING,
    "evictions": EVICTIONS,
    "certified": CERTIFIED,
    "liquidations": LIQUIDATIONS,
    "unwindings": UNWINDINGS,
    "sweeps": SWEEPS,
    "samples": SAMPLES,
    "houses": HOUSES,
    "settlements": SETTLEMENTS,
    "prices": PRICES,
    "pricings": PRICINGS,
    "attestations": ATTESTATIONS,
    "portfolios": PORTFOLIOS,
    "credits": CREDITS,
    "revaluations": REVALUATIONS,
}
VOID_SHAPES: Final = {
    "void_fills": ("bundle:p m8 p16 w t",),
    "void_certified": ("certified:i m8 p16 w t",),
    "void_replaces": ("bundle:rrrrrrrr m0 p16 w e",),
    "void_liquidation": ("liquidate m8 p16 w t",),
    "void_unwinding": ("unwind m8 p16 w t",),
    "void_sample": ("funding m8 p16 w",),
    "void_sweep": ("sweep m16 p16 w",),
    "void_block": ("block p16 w",),
    "void_withdrawal": ("withdraw p16 w",),
    "void_quotes": ("bundle:uuuuuuuu m0 p16 w e",),
    "void_malformed": ("garbage",),
    "void_attestation": ("attest",),
    "void_credit": ("credit p16 w",),
    "void_margin_mode": ("mode p16",),
    "void_portfolio_withdrawal": ("portfolio_withdraw p16",),
    "void_portfolio_block": ("portfolio_block p16",),
    "void_revaluation": ("revalue p16",),
    "void_prices": ("price",),
    "void_settlement": ("expire",),
    "void_pricing": ("reprice m0 p16",),
}
"""Segments of one op each: the law judges a declaration between ops."""
LEAST_DECLARED: Final = Weights(
    0, WEIGHT_RECORD_BYTES + 32 * (GLOBAL_WORDS + SIGNERS_MAX * GLOBAL_SIGNER_WORDS)
)
"""With less, a segment is void before its first op: the global record is touched first of all."""
HEADER_TIME_BYTES: Final = 6  # which a batch does not hold in each segment
_DOMAIN: Final = b"\x5d" * 32


@dataclass(frozen=True, slots=True)
class WorstSegment:
    """A segment's input, and every record that there is."""

    name: str
    family: SegmentFamily
    law_input: bytes
    records: Mapping[int, bytes]
    declared: Weights | None = None
    """What it declares; None: what it uses."""


def worst_segments() -> list[WorstSegment]:
    """Return the segments, each on a state of its own."""
    found = [_segment(name, shapes) for name, shapes in SHAPES.items()]
    return found + [_segment(*each, LEAST_DECLARED) for each in VOID_SHAPES.items()]


def _segment(name: str, shapes: tuple[str, ...], declared: Weights | None = None) -> WorstSegment:
    scene, ops = SyntheticState(SECOND_TIME * 1000, _DOMAIN), b""
    for shape in parse(shapes)[:SEGMENT_OPS_MAX]:
        op = build_ordered(scene, shape)
        if SEGMENT_HEAD_BYTES + len(ops) + len(op) <= SEGMENT_BYTES_MAX:
            ops += op
    if name == MISLED:
        ops = mislead(scene) + ops
    most = declared or MOST
    family = SegmentFamily(family_of_op(ops))
    segment = encode_segment(
        family=family,
        time_ms=Milliseconds(SECOND_TIME * 1000),
        declared_compute=most.compute,
        declared_witness=most.witness,
        ops=[ops],
    )
    law_input = ordered_input(SECOND_TIME * 1000, segment)
    return WorstSegment(name, family, law_input, dict(scene.records), declared)


class _Bench:
    """One worst segment on one executor, with books and trees; taken back after each run."""

    def __init__(self, segment: WorstSegment, on_revm: bool) -> None:
        law = shipped_law()
        self._segment = segment
        self._books, self._forest = BookIndex(), Forest()
        self._books.load(segment.records.items())
        self._forest.update(segment.records)
        self._state = RevmState() if on_revm else None
        self._executor: LawExecutor
        if self._state is None:
            self._executor = SegmentExecutor(law)
        else:
            self._state.mount(segment.records.items())
            self._executor = RevmExecutor(law, self._state)

    def once(self) -> tuple[SegmentExecution, float]:
        """Return what one execution came to, and its CPU seconds."""
        started = time.process_time()
        records = self._segment.records
        done = self._executor.execute(
            self._segment.law_input, lambda key: records.get(key, b""), self._books
        )
        before = {key: done.touched[key] for key in done.changed}
        self._move(before, done.changed)
        seconds = time.process_time() - started
        self._move(done.changed, before)
        return done, seconds

    def _move(self, before: Mapping[int, bytes], after: Mapping[int, bytes]) -> None:
        if self._state is not None:
            self._state.update(before, after)
        self._books.update(before, after)
        self._forest.update(after)
        assert self._forest.root


def _charge(segment: WorstSegment, done: SegmentExecution) -> int:
    """Return the least that L1 charges for the segment."""
    assert done.is_void == (segment.declared is not None)
    declared = segment.declared or Weights(done.compute_weight, done.witness_weight)
    return segment_charge(declared, len(segment.law_input) - HEADER_TIME_BYTES)


def measure_worst(
    rounds: int = 5, names: Sequence[str] = ("revm", "py_evm")
) -> dict[str, dict[str, Any]]:
    """Return for each executor that is there: `charge_per_s`, law-gas a second of the segment that
    takes the longest for its charge, and which that is; `segments_per_s` of the longest of all;
    `families`: of each family the first two.

    Best of `rounds` (py-evm: one), CPU time of one core, with books and trees and without a store.
    """
    report: dict[str, dict[str, Any]] = {}
    segments = worst_segments()
    for name, count in (("revm", rounds), ("py_evm", 1)):
        if name not in names or (name == "revm" and not is_installed()):
            continue
        speeds: dict[str, float] = {}
        families: dict[str, dict[str, Any]] = {}
        longest = 0.0
        for segment in segments:
            bench = _Bench(segment, name == "revm")
            runs = [bench.once() for _ in range(count)]
            seconds = min(each[1] for each in runs)
            speed = speeds[segment.name] = _charge(segment, runs[0][0]) / seconds
            longest = max(longest, seconds)
            worst = families.setdefault(segment.family.name.lower(), {})
            if speed < worst.get("charge_per_s", float("inf")):
                worst |= {"charge_per_s": round(speed), "slowest": segment.name}
        slowest = min(speeds, key=speeds.__getitem__)
        report[name] = {
            "charge_per_s": round(speeds[slowest]),
            "slowest": slowest,
            "segments_per_s": round(1 / longest, 2),
            "families": families,
        }
    return report
