"""Gas of the law alone, for each kind of op, averaged over a full segment in an ordinary state.

Ordinary: 160 instruments on 16 underlyings, 5 reporters; every op is signed and another account's,
on an instrument of its own, so only the margin's marks are shared. Full: as many ops as the weights
admit, 16 at most. The average holds everything: the segment's start, signatures, records, results.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from strikeproof.bench.attack_ops import Shape, build
from strikeproof.bench.dispute_case import SECOND_TIME, law_input
from strikeproof.bench.dispute_cost import LAW_WITNESS_BYTE_GAS
from strikeproof.bench.law_library import LawRun, Library
from strikeproof.bench.synthetic_state import SyntheticState
from strikeproof.wire.constants import SEGMENT_BYTES_MAX, SEGMENT_OPS_MAX, OpType
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import SEGMENT_HEAD_BYTES

INSTRUMENTS: Final = 160
UNDERLYINGS: Final = 16
REPORTERS: Final = 5
RESTING_2_MAX: Final = 40_000
RESTING_16_MAX: Final = 80_000
FILL_MAX: Final = 40_000
CANCEL_MAX: Final = 25_000

SHAPES: Final[dict[str, tuple[str, int]]] = {
    "resting_order_2_positions": ("bundle:p m0 p2", 1),
    "resting_order_16_positions": ("bundle:p m0 p16", 1),
    "resting_order_2_positions_of_8": ("bundle:pppppppp m0 p2", 8),
    "resting_order_16_positions_of_8": ("bundle:pppppppp m0 p16", 8),
    "fill_2_positions": ("bundle:i m8 p2", 8),
    "fill_16_positions": ("bundle:i m8 p16", 8),
    "fill_2_positions_alone": ("bundle:i m1 p2", 1),
    "cancel_2_positions": ("bundle:c p2", 1),
    "cancel_16_positions": ("bundle:c p16", 1),
    "cancel_2_positions_of_8": ("bundle:cccccccc p2", 8),
    "replace_2_positions": ("bundle:r p2", 1),
    "cancel_all_16_positions": ("bundle:a p16", 1),
    "withdrawal_2_positions": ("withdraw p2", 1),
    "session": ("session", 1),
    "swept_order_2_positions": ("sweep m16 p2", 16),
    "index_price_5_reporters": ("price", 1),
}
"""By name: the shape of the op, and how many of what is named each op holds."""

BARS: Final = {
    "resting_order_2_positions": RESTING_2_MAX,
    "resting_order_16_positions": RESTING_16_MAX,
    "fill_2_positions": FILL_MAX,
    "cancel_2_positions": CANCEL_MAX,
}

GROWTH: Final[dict[str, tuple[str, str, int]]] = {
    "op": ("bundle:rrrrrrrr x", "bundle:rrrrrrrr x", 9),
    "signature": ("bundle:a", "stranger:a", 9),
    "replace": ("bundle:r", "bundle:rrrrrrrr", 0),
    "replace_in_place": ("bundle:q", "bundle:qqqqqqqq", 0),
    "place": ("bundle:p", "bundle:pppppppp", 0),
    "cancel": ("bundle:c", "bundle:cccccccc", 0),
    "cancel_all": ("bundle:a", "bundle:aaaaaaaa", 0),
    "maker": ("bundle:i", "bundle:i m8", 0),
    "maker_wide": ("bundle:i w", "bundle:i m8 w", 0),
    "maker_tested_twice": ("bundle:i t", "bundle:i m8 t", 0),
    "maker_undone": ("bundle:f t", "bundle:f m8 t", 0),
    "maker_dead": ("bundle:i", "bundle:i m8 d", 0),
    "margin": ("withdraw p0", "withdraw p16", 0),
    "margin_wide": ("withdraw p16 w", "withdraw p16 w", 9),
    "session": ("session", "session", 9),
    "swept_order": ("sweep m1", "sweep m16", 0),
    "report": ("price", "price", 3),
}
"""What a segment of the first op grows by: into the second op, or by it so many times."""


@dataclass(frozen=True, slots=True)
class Full:
    """A full segment of one shape."""

    ops: int
    run: LawRun


def full_segment(library: Library, shape: Shape) -> Full:
    """Return the segment of as many such ops as fit."""
    for count in range(SEGMENT_OPS_MAX, 0, -1):
        scene = SyntheticState(
            SECOND_TIME * 1000,
            bytes(32),
            instruments=INSTRUMENTS,
            underlyings=UNDERLYINGS,
            reporter_count=REPORTERS,
        )
        ops = b"".join(build(scene, shape) for _ in range(count))
        if SEGMENT_HEAD_BYTES + len(ops) > SEGMENT_BYTES_MAX:
            continue
        run = library.run(law_input(ops), scene.records, scene.predecessors)
        codes = op_codes(ops, run.result.results)
        if len(codes) == count and set(codes) == {Result.OK}:
            return Full(count, run)
    raise AssertionError(f"an op of {shape} fits an empty segment")


def op_codes(ops: bytes, results: bytes) -> list[int]:
    """Return the result code of each op; the codes of a bundle's actions are left out."""
    codes: list[int] = []
    at = place = 0
    while place < len(results):
        code = results[place]
        codes.append(code)
        place += 1
        if ops[at] == OpType.BUNDLE and code == Result.OK:
            place += ops[at + 3 + 23]  # the body's count of actions
        at += 3 + int.from_bytes(ops[at + 1 : at + 3], "big")
    return codes


def measure_law() -> dict[str, Any]:
    """Return gas by name: `law_gas_NAME`, `…_max` where a bar is asked for, `law_ops_NAME` of its
    full segment, and `weight_uses`."""
    library = Library()
    result: dict[str, Any] = {}
    for name, (text, units) in SHAPES.items():
        full = full_segment(library, Shape.parse(text))
        result[f"law_gas_{name}"] = round(full.run.gas / (full.ops * units))
        if name in BARS:
            result[f"law_gas_{name}_max"] = BARS[name]
        result[f"law_ops_{name}"] = full.ops
    return result | weight_uses(library)


def weight_uses(library: Library) -> dict[str, float]:
    """Return, for what the compute weights count, `weight_use_NAME`: the law's gas as a share of
    compute weight and the law's part of witness weight. Above 1, the weights would count too
    little. In the fullest state."""
    uses = {}
    for name, (first, second, times) in GROWTH.items():
        before = _run(library, [first])
        after = _run(library, [first] + [second] * times if times else [second])
        compute = after.result.compute_weight - before.result.compute_weight
        witness = after.result.witness_weight - before.result.witness_weight
        counted = compute + LAW_WITNESS_BYTE_GAS * witness
        uses[f"weight_use_{name}"] = round((after.gas - before.gas) / counted, 3)
    return uses


def _run(library: Library, texts: list[str]) -> LawRun:
    scene = SyntheticState(SECOND_TIME * 1000, bytes(32))
    ops = b"".join(build(scene, Shape.parse(each)) for each in texts)
    assert SEGMENT_HEAD_BYTES + len(ops) <= SEGMENT_BYTES_MAX
    return library.run(law_input(ops), scene.records, scene.predecessors)
