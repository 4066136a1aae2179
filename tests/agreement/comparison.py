"""Engine and law side by side on one state: every input to both, every output compared.

Checked after each segment: result codes, both weights, the touched keys, the advice, the changed
records, and the root, which a third tree (the verifier's) computes from the law's records. On revm
the law also runs it as if it had declared less, which needs no more than the whole of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.outcome import SegmentResult
from strikeproof.sequencer.core.snapshot import SNAPSHOT_VERSION, read_records
from strikeproof.verifier.state.forest import Forest
from strikeproof.wire.constants import COMPUTE_WEIGHT_MAX, WITNESS_WEIGHT_MAX, SegmentFamily
from strikeproof.wire.operations import (
    ORDERED_INPUT_DECLARED_COMPUTE_OFFSET,
    ORDERED_INPUT_OPS_OFFSET,
)
from tests.agreement.law_host import (
    GAS,
    LawResult,
    LawReverted,
    pack_records,
    run_law,
    run_prefilled,
)
from tests.agreement.readable import differing_records, differing_results, input_lines, key_text

_DECLARED = slice(ORDERED_INPUT_DECLARED_COMPUTE_OFFSET, ORDERED_INPUT_OPS_OFFSET)
_MAX_DECLARED = COMPUTE_WEIGHT_MAX.to_bytes(3, "big") + WITNESS_WEIGHT_MAX.to_bytes(3, "big")


class Disagreement(AssertionError):
    """Engine and law differ on an input: what differs, then the input in words and as bytes."""

    def __init__(self, what: str, segment: bytes) -> None:
        lines = [what, *input_lines(segment), f"input: {segment.hex()}"]
        super().__init__("\n".join(lines))


def _unbounded(snapshot: bytes, segment: bytes) -> SegmentResult:
    """Execute an ordered input as if it had declared more than any segment uses."""
    return Engine.restore(snapshot).execute_segment(declaring(segment, b"\xff" * 6))


def declaring(segment: bytes, declared: bytes) -> bytes:
    """Return an ordered input with another declaration."""
    return segment[: _DECLARED.start] + declared + segment[_DECLARED.stop :]


@dataclass
class Comparison:
    """An engine, and the same state as records for the law."""

    engine: Engine
    evm: str = "py-evm"
    state: dict[int, bytes] = field(default_factory=dict)
    segments: int = 0
    reverts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.state = dict(read_records(self.engine.snapshot()))
        self.forest = Forest()
        self.forest.update(self.state)

    def craft(self, edit: Callable[[dict[int, bytes]], None]) -> None:
        """Go on from another state: this one's records after an edit."""
        edit(self.state)
        parts = [bytes((SNAPSHOT_VERSION,))]
        for key, record in sorted(self.state.items()):
            parts.append(key.to_bytes(8, "big") + bytes((len(record) // 32,)) + record)
        self.engine = Engine.restore(b"".join(parts))
        self.forest.update(self.state)

    def execute(
        self, segment: bytes, *, callbacks: bool = False, abuse: Random | None = None
    ) -> SegmentResult:
        """Execute an input in both. Raises `Disagreement`.

        `callbacks`: let the law ask for the records that it needs (py-evm only); else bring it
        what the engine says it touched, as a challenge would. Advice is the engine's: the law
        checks it.
        """
        before = self.state
        ordered = segment[0] != SegmentFamily.INBOX
        bounded = ordered and segment[_DECLARED] != _MAX_DECLARED
        snapshot = self.engine.snapshot() if bounded else b""
        ours = self.engine.execute_segment(segment)
        # The law stops somewhere in a void segment: it gets what the whole of it needs.
        needed = _unbounded(snapshot, segment) if ours.is_void else ours
        records = {key: before.get(key, b"") for key in needed.touched}
        try:
            if callbacks:
                advice = iter(needed.advice)
                law = run_law(segment, before, lambda *_: next(advice))
            else:
                law = run_prefilled(segment, records, needed.advice, engine=self.evm)
        except (LawReverted, StopIteration) as error:
            raise Disagreement(f"the law reverts: {error}", segment) from error
        self._compare(segment, ours, law, callbacks and not ours.is_void)
        if self.evm == "revm" and ordered and ours.compute_weight and not ours.is_void:
            self._declare_less(segment, records, ours)
        if abuse is not None and not ours.is_void:
            self._abuse(segment, records, ours, abuse)
        before.update(law.changed)
        self.forest.update(law.changed)
        if self.forest.root != ours.root:
            raise Disagreement("roots differ", segment)
        self.segments += 1
        return ours

    def _compare(
        self, segment: bytes, ours: SegmentResult, law: LawResult, callbacks: bool
    ) -> None:
        pairs: list[tuple[str, object, object]] = [
            ("compute weight", ours.compute_weight, law.compute),
            ("witness weight", ours.witness_weight, law.witness),
            ("touched records", len(ours.touched), law.touched),
            ("advice", len(ours.advice), law.advice_used),
            ("void", ours.is_void, law.is_void),
        ]
        if callbacks:
            loaded = sorted(law.loaded)
            pairs.append(("touched", [*map(key_text, ours.touched)], [*map(key_text, loaded)]))
        differing = list(differing_results(segment, ours.results, law.results))
        differing += [
            f"{name}: engine {engine_says}, law {law_says}"
            for name, engine_says, law_says in pairs
            if engine_says != law_says
        ]
        differing += differing_records(dict(ours.changed), law.changed)
        if differing:
            raise Disagreement("\n".join(differing), segment)

    def _declare_less(self, segment: bytes, records: dict[int, bytes], ours: SegmentResult) -> None:
        """Run the segment with a part of either weight declared, wherever that makes the law stop.
        Raises `Disagreement` if it then asks for more than the whole does, or changes anything but
        the clock."""
        random = Random(segment)
        packed = pack_records(records)
        for declared in (
            (random.randrange(ours.compute_weight), WITNESS_WEIGHT_MAX),
            (COMPUTE_WEIGHT_MAX, random.randrange(ours.witness_weight)),
        ):
            less = declaring(segment, b"".join(each.to_bytes(3, "big") for each in declared))
            try:
                law = run_prefilled(less, packed, ours.advice, engine=self.evm)
            except LawReverted as error:
                raise Disagreement(
                    f"declaring {declared}, the law reverts: {error}", less
                ) from error
            if not law.is_void or law.changed.keys() - {0}:
                raise Disagreement(f"declared {declared}: it is not void", less)

    def _abuse(
        self, segment: bytes, records: dict[int, bytes], ours: SegmentResult, random: Random
    ) -> None:
        """Run the segment with a bad witness. Raises `Disagreement` unless nothing is gained."""
        packed = [pack_records({key: data}) for key, data in sorted(records.items())]
        advice = list(ours.advice)
        index = random.randrange(len(packed))
        swapped = list(packed)
        other = random.randrange(len(packed))
        swapped[index], swapped[other] = swapped[other], swapped[index]
        wrong = [random.choice([slot, slot + 1, 0, 2**32 - 1]) for slot in advice]
        gas = random.randrange(5_000, 60_000 + 2 * ours.compute_weight)
        trials: list[tuple[str, list[bytes], list[int], int]] = [
            ("record missing", packed[:index] + packed[index + 1 :], advice, GAS),
            ("record twice", [*packed[: index + 1], *packed[index:]], advice, GAS),
            ("records permuted", swapped, advice, GAS),
            ("record cut off", [b"".join(packed)[: -random.randint(1, 40)]], advice, GAS),
            ("advice wrong", packed, wrong, GAS),
            ("advice missing", packed, advice[:-1], GAS),
            ("advice left over", packed, [*advice, random.randrange(50)], GAS),
            ("little gas", packed, advice, gas),
        ]
        for name, given, slots, limit in trials:
            try:
                law = run_prefilled(segment, b"".join(given), slots, engine=self.evm, gas=limit)
            except LawReverted:
                self.reverts[name] += 1
                continue
            if (law.results, law.changed) != (ours.results, dict(ours.changed)):
                raise Disagreement(f"{name} yields another result", segment)
            if name in ("record missing", "record twice", "record cut off", "advice missing"):
                complete = given == packed and slots == advice
                if not complete:
                    raise Disagreement(f"{name} goes unnoticed", segment)
