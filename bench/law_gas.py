"""Gas of the law alone, for each kind of op, averaged over a full segment in an ordinary state.

Ordinary: 160 instruments on 16 underlyings, 5 reporters, fresh prices; funding is pending on every
position; every op is signed and another account's, on an instrument of its own, so only the
margin's marks are shared. Full: as many ops as the weights admit, 16 at most. The average holds
everything: the segment's start, signatures, records, results.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from strikeproof.bench.attack_ops import build, build_ordered
from strikeproof.bench.attack_shape import FORCED_KINDS, Shape
from strikeproof.bench.capacity_flow import cost_of_flow
from strikeproof.bench.dispute_case import SECOND_TIME, law_input, user_op_input
from strikeproof.bench.dispute_cost import LAW_WITNESS_BYTE_GAS
from strikeproof.bench.law_library import LawRun, Library
from strikeproof.bench.margin_module_gas import module_gas
from strikeproof.bench.synthetic_state import SyntheticState
from strikeproof.bench.synthetic_values import FRESH_MS
from strikeproof.sequencer.core.absolute_form import absolute_body
from strikeproof.sequencer.core.op import ordered_end
from strikeproof.sequencer.core.ops.bundle import Bundle
from strikeproof.sequencer.core.ops.op_table import decode_op
from strikeproof.wire.constants import ACTIONS_MAX, SEGMENT_BYTES_MAX, SEGMENT_OPS_MAX, OpType
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import SEGMENT_HEAD_BYTES

INSTRUMENTS: Final = 160
UNDERLYINGS: Final = 16
REPORTERS: Final = 5
RESTING_2_MAX: Final = 40_000
RESTING_16_MAX: Final = 80_000
FILL_MAX: Final = 40_000
CANCEL_MAX: Final = 25_000
LIQUIDATION_MAX: Final = 250_000
FUNDING_MAX: Final = 250_000
DELEVERAGING_MAX: Final = 60_000
PENDING_FILL_MAX: Final = 45_000
REPRICE_MAX: Final = 140_000
MARGIN_TEST_MAX: Final = 30_000
MARGIN_MODULE_MAX: Final = 12_000
DECLARED_PER_USED_MAX: Final = 1.5
BYTES_PER_SINGLE_MAX: Final = 95
BYTES_PER_BUNDLED_ACTION_MAX: Final = 24
BYTES_MAX: Final = {"single": BYTES_PER_SINGLE_MAX, "bundled": BYTES_PER_BUNDLED_ACTION_MAX}
FORM_AT: Final = 3  # in the body of a bundle in a segment, whose upper bits count its actions
ACTIONS_SHIFT: Final = 5

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
    "quote_2_positions": ("bundle:u p2", 1),
    "quote_2_positions_of_8": ("bundle:uuuuuuuu p2", 8),
    "cancel_all_16_positions": ("bundle:a p16", 1),
    "withdrawal_2_positions": ("withdraw p2", 1),
    "session": ("session", 1),
    "cancel_at_16_positions": ("cancel_at p16", 1),
    "guard": ("guard p0", 1),
    "attestation_7_attesters_16_positions": ("attest p16", 1),
    "block_trade_8_legs": ("block p16", 1),
    "block_trade_leg": ("block p16", 8),
    "swept_order_2_positions": ("sweep m16 p2", 16),
    "index_price_5_reporters": ("price", 1),
    "liquidation_4_positions_2_fills": ("liquidate m2 p4", 1),
    "unwinding_4_positions_2_fills": ("unwind m2 p4", 1),
    "forced_close_4_positions_2_fills": ("close m2 p4", 1),
    "funding_16_makers": ("funding m8 p4", 1),
    "deleveraging": ("deleverage", 1),
    "settled_position_4_positions": ("settle p4", 1),
    "settled_orphan": ("orphan", 1),
    "repriced_strike": ("reprice", 1),
}
"""By name: the shape of the op, and how many of what is named each op holds."""

BARS: Final = {
    "resting_order_2_positions": RESTING_2_MAX,
    "resting_order_16_positions": RESTING_16_MAX,
    "fill_2_positions": FILL_MAX,
    "cancel_2_positions": CANCEL_MAX,
    "liquidation_4_positions_2_fills": LIQUIDATION_MAX,
    "funding_16_makers": FUNDING_MAX,
    "deleveraging": DELEVERAGING_MAX,
    "repriced_strike": REPRICE_MAX,
    "fill_2_positions_deleveraged": PENDING_FILL_MAX,
    "margin_module_16_positions": MARGIN_MODULE_MAX,
    "margin_test_16_positions": MARGIN_TEST_MAX,
}

GROWTH: Final[dict[str, tuple[str, str, int]]] = {
    "op": ("bundle:rrrrrrrr x", "bundle:rrrrrrrr x", 9),
    "op_of_quotes": ("bundle:uuuuuuuu x", "bundle:uuuuuuuu x", 5),
    "signature": ("bundle:a", "stranger:a", 9),
    "replace": ("bundle:r", "bundle:rrrrrrrr", 0),
    "replace_in_place": ("bundle:q", "bundle:qqqqqqqq", 0),
    "quote": ("bundle:u", "bundle:uuuuuuuu", 0),
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
    "guard": ("guard p16", "guard p16", 9),
    "cancel_at": ("cancel_at p16", "cancel_at p16", 9),
    "swept_order": ("sweep m1", "sweep m16", 0),
    "report": ("price", "price", 3),
    "reprice": ("reprice", "reprice", 9),
}
"""What a segment of the first op grows by: into the second op, or by it this many times."""


@dataclass(frozen=True, slots=True)
class Full:
    """A full segment of one shape."""

    ops: int
    run: LawRun
    op_bytes: int
    """The length of one op, as a segment holds it."""


def ordinary(*, deleveraged: bool = False) -> SyntheticState:
    """Return a venue that lists what is usual. `deleveraged`: so are all of its positions."""
    return SyntheticState(
        SECOND_TIME * 1000,
        bytes(32),
        instruments=INSTRUMENTS,
        underlyings=UNDERLYINGS,
        reporter_count=REPORTERS,
        old_ms=FRESH_MS,
        deleveraged=deleveraged,
    )


def full_segment(library: Library, shape: Shape, *, deleveraged: bool = False) -> Full:
    """Return the segment of as many such ops as fit; a forced op is alone in its own."""
    forced = shape.kind in FORCED_KINDS
    for count in range(1 if forced else SEGMENT_OPS_MAX, 0, -1):
        scene = ordinary(deleveraged=deleveraged)
        written = build if forced else build_ordered
        ops = [written(scene, shape) for _ in range(count)]
        data = b"".join(ops)
        if SEGMENT_HEAD_BYTES + len(data) > SEGMENT_BYTES_MAX:
            continue
        run = library.run(
            user_op_input(data) if forced else law_input(data), scene.records, scene.predecessors
        )
        codes = [run.result.results[0]] if forced else op_codes(data, run.result.results)
        if len(codes) == count and set(codes) <= {Result.OK, Result.IOC_REMAINDER}:
            return Full(count, run, len(ops[0]))
    raise AssertionError(f"an op of {shape} fits an empty segment")


def op_codes(ops: bytes, results: bytes) -> list[int]:
    """Return the result code of each op; the codes of a bundle's actions are left out."""
    codes: list[int] = []
    at = place = 0
    while place < len(results):
        code = results[place]
        codes.append(code)
        place += 1
        body, end = ordered_end(ops, at)
        if ops[at] == OpType.BUNDLE and code == Result.OK:
            signed = absolute_body(OpType.BUNDLE, ops[body:end])
            bundle = decode_op(OpType.BUNDLE, signed) if signed else None
            assert isinstance(bundle, Bundle)
            place += len(bundle.actions)
        at = end
    return codes


def measure_law() -> dict[str, Any]:
    """Return gas by name: `law_gas_NAME`, `…_max` where a bar is asked for, `law_ops_NAME` of its
    full segment, `law_bytes_NAME` of each op of it; `weight_uses` and `typical_flows`."""
    library = Library()
    result: dict[str, Any] = {}
    for name, (text, units) in SHAPES.items():
        full = full_segment(library, Shape.parse(text))
        result |= _figure(name, full.run.gas / (full.ops * units))
        result |= {f"law_ops_{name}": full.ops, f"law_bytes_{name}": full.op_bytes}
    pending = full_segment(library, Shape.parse("bundle:i m8 p2"), deleveraged=True)
    result |= _figure("fill_2_positions_deleveraged", pending.run.gas / (8 * pending.ops))
    result |= _figure("margin_module_16_positions", module_gas(library, worst=False))
    result |= _figure("margin_module_16_positions_worst", module_gas(library, worst=True))
    result |= _figure("margin_test_16_positions", _margin_test(library))
    return result | weight_uses(library) | typical_flows()


def _figure(name: str, gas: float) -> dict[str, Any]:
    found = {f"law_gas_{name}": round(gas)}
    return found | ({f"law_gas_{name}_max": BARS[name]} if name in BARS else {})


def _margin_test(library: Library) -> int:
    """Return the gas of a margin test of sixteen positions whose marks were touched before, with
    what gathers its input: of a second withdrawal, less that of an account without positions."""
    gas = {}
    for text in ("withdraw p16", "withdraw p0"):
        for count in (1, 2):
            scene = ordinary()
            ops = b"".join(build_ordered(scene, Shape.parse(text)) for _ in range(count))
            gas[text, count] = library.run(law_input(ops), scene.records).gas
    with_positions = gas["withdraw p16", 2] - gas["withdraw p16", 1]
    return with_positions - (gas["withdraw p0", 2] - gas["withdraw p0", 1])


def typical_flows() -> dict[str, Any]:
    """Return for a flow of signed bundles of one action (`single`) and of eight (`bundled`): bytes
    an op and an action, law-gas an action as used and as charged, and what is declared of the
    compute weight used."""
    result: dict[str, Any] = {}
    for name, actions in (("single", 1), ("bundled", ACTIONS_MAX)):
        cost = cost_of_flow(actions)
        result |= {
            f"typical_{name}_declared_per_used": round(
                cost.declared_compute / cost.used_compute, 3
            ),
            f"typical_{name}_declared_per_used_max": DECLARED_PER_USED_MAX,
            f"typical_{name}_weight_per_gas": round(cost.used_compute / cost.law_gas, 2),
            f"typical_{name}_gas_per_action": round(cost.law_gas / cost.actions),
            f"typical_{name}_charge_per_action": round(cost.charge / cost.actions),
            f"typical_{name}_bytes_per_op": round(cost.data_bytes / cost.ops, 1),
            f"typical_{name}_bytes_per_action": round(cost.data_bytes / cost.actions, 1),
            f"typical_{name}_bytes_per_action_max": BYTES_MAX[name],
        }
    return result


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
    ops = b"".join(build_ordered(scene, Shape.parse(each)) for each in texts)
    assert SEGMENT_HEAD_BYTES + len(ops) <= SEGMENT_BYTES_MAX
    return library.run(law_input(ops), scene.records, scene.predecessors)
