"""The verifier: how fast it re-executes, and the time from a posted lie to its challenge.

CPU time of one core throughout. Keys of `measure()`:
`typical`: the same segments of eight signed ops (quotes, cancels, replaces, takers, prices;
accounts with two positions) on both executors, in turn, without trees and store. `segments`;
`revm_times_py_evm` with its bar `revm_times_py_evm_min`; of each executor `ops_per_s`,
`segments_per_s`; of revm `runs_per_segment` and `state_update_ms`, which writes back what changed;
of py-evm `gas_per_s`, `gas_per_op`. Without pyrevm `revm` is null.
`node`: all that a node does for such segments, with trees, books and store: `ops_per_s` with its
bar `ops_per_s_min`, `segments_per_s`, `charge_per_s` (law-gas, as a sequencer would declare them),
`store_bytes_per_segment`, and which `executor` ran.
`worst`: of each executor `charge_per_s` on the segment that takes the longest for its charge, with
books and trees, which `slowest` is, and `segments_per_s` of the longest of all; in `families` the
first two of each family; `charge_per_s_min` is the bar for revm.
`backlog`: a week at the deployment's default rates, re-executed from the figures above on one core
(re-execution is a chain): `law_gas`, `hours_typical`, `hours_worst`, `hours_max`.
`challenge`: witness and proof of a typical segment: `records`, bytes, CPU ms to build and to check.
`dispute`: from the block that holds a bad claim to the block that deletes it, on an embedded L1
with the node as a process of its own: `blocks`, `seconds` by L1's clock, `wall_seconds`,
`l1_block_seconds`, and `gas_used` and `calldata_bytes` of the challenge.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from strikeproof.bench.verifier_backlog import ShippedLaws, fill_backlog
from strikeproof.bench.verifier_dispute import measure_dispute
from strikeproof.bench.verifier_replica import (
    CHAIN_ID,
    ROLLUP,
    Replica,
    same,
)
from strikeproof.bench.worst_segments import measure_worst
from strikeproof.deployment import DeploymentConfig
from strikeproof.sequencer.core.rules.segment_charge import Weights, declaration, segment_charge
from strikeproof.verifier.derivation.logged_batch import ops_at, segment_ops
from strikeproof.verifier.execution.batch_executor import BatchExecutor, ExecutedSegment
from strikeproof.verifier.execution.executor_choice import ExecutorChoice
from strikeproof.verifier.execution.segment_executor import SegmentExecution
from strikeproof.verifier.execution.state_history import StateHistory
from strikeproof.verifier.state.multiproof import prove, root_of
from strikeproof.verifier.state.record_list import pack_records
from strikeproof.wire.constants import SEGMENT_CHARGE_MAX
from strikeproof.wire.operations import ORDERED_INPUT_HEAD_BYTES

OPS_PER_S_MIN: Final = 5_000
REVM_TIMES_PY_EVM_MIN: Final = 50
WORST_CHARGE_PER_S_MIN: Final = 60 * SEGMENT_CHARGE_MAX  # = 242_732_160
BACKLOG_HOURS_MAX: Final = 24
WEEK_SECONDS: Final = 7 * 86_400

SEGMENTS: Final = 40
WARM_UP: Final = 50  # segments: positions for everybody, books that are full
NODE_SEGMENTS: Final = 1_000
NODE_WARM_UP: Final = 200


def _timed(execute: Callable[[bytes], Any], law_input: bytes) -> tuple[Any, float]:
    started = time.process_time()
    done = execute(law_input)
    return done, time.process_time() - started


def _typical(replica: Replica) -> dict[str, Any]:
    """Return the figures of typical segments on both executors."""
    ops = gas = runs = 0
    on_revm = on_py_evm = updates = 0.0
    for _ in range(SEGMENTS):
        law_input = replica.next_input()
        ops += sum(1 for _ in ops_at(law_input, ORDERED_INPUT_HEAD_BYTES))
        reference, seconds = _timed(replica.on_py_evm, law_input)
        on_py_evm += seconds
        gas += reference.gas_used
        done: SegmentExecution = reference
        if replica.revm is not None and replica.state is not None:
            done, seconds = _timed(replica.execute, law_input)
            assert same(done, reference), "the executors agree"
            on_revm += seconds
            runs += 1 + done.guesses_wrong
            before = {key: done.touched[key] for key in done.changed}
            started = time.process_time()
            replica.state.update(before, done.changed)
            updates += time.process_time() - started
            replica.state.update(done.changed, before)
        replica.apply(done)
    return {
        "segments": SEGMENTS,
        "revm_times_py_evm_min": REVM_TIMES_PY_EVM_MIN,
        "revm_times_py_evm": round(on_py_evm / on_revm, 1) if on_revm else None,
        "revm": {
            "ops_per_s": round(ops / on_revm),
            "segments_per_s": round(SEGMENTS / on_revm, 1),
            "runs_per_segment": round(runs / SEGMENTS, 2),
            "state_update_ms": round(1_000 * updates / SEGMENTS, 3),
        }
        if on_revm
        else None,
        "py_evm": {
            "ops_per_s": round(ops / on_py_evm, 1),
            "segments_per_s": round(SEGMENTS / on_py_evm, 1),
            "gas_per_s": round(gas / on_py_evm),
            "gas_per_op": round(gas / ops),
        },
    }


def _content(executor: BatchExecutor, done: ExecutedSegment) -> bytes:
    row = executor.store.batch(done.batch)
    assert row is not None, "its batch was just executed"
    return executor.inputs_of(row).content(done.number)


def _node(count: int = NODE_SEGMENTS) -> dict[str, Any]:
    """Return the figures of typical segments as a node executes them, from store to store."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "verifier.db"
        store = fill_backlog(path, NODE_WARM_UP + count)
        state = StateHistory(store, CHAIN_ID, ROLLUP)
        choice = ExecutorChoice(ShippedLaws(), state, "auto")
        executor = BatchExecutor(store, state, choice)
        with store.grouped():
            for _ in range(NODE_WARM_UP):
                executor.step()
        bytes_before = _stored(path)
        started, done, ops, charge = time.process_time(), 0, 0, 0
        with store.grouped():
            while (segment := executor.step()) is not None:
                done += 1
                content = _content(executor, segment)
                ops += sum(1 for _ in segment_ops(content))
                used = Weights(segment.execution.compute_weight, segment.execution.witness_weight)
                charge += segment_charge(declaration(used), len(content))
        seconds = time.process_time() - started
        batches = sum(len(row.data) for number in range(1, 100) if (row := store.batch(number)))
        grown = _stored(path) - bytes_before
        store.close()
    return {
        "executor": choice.name,
        "ops_per_s_min": OPS_PER_S_MIN,
        "ops_per_s": round(ops / seconds),
        "segments_per_s": round(done / seconds, 1),
        "charge_per_s": round(charge / seconds),
        "store_bytes_per_segment": round(grown / done + batches / (NODE_WARM_UP + count)),
    }


def _stored(path: Path) -> int:
    """Return the bytes of a store with what waits in its log."""
    return sum(each.stat().st_size for each in path.parent.glob(path.name + "*"))


def _challenge(replica: Replica) -> dict[str, Any]:
    """Return what it costs here to build the witness of a typical segment and check it."""
    law_input = replica.next_input()
    started = time.process_time()
    done = replica.on_py_evm(law_input)
    proof = prove(replica.forest, done.touched)
    built = time.process_time()
    assert root_of(done.touched, proof) == replica.forest.root
    witness = replica.py_evm.execute_witness(law_input, done.touched, done.advice)
    assert witness is not None
    return {
        "records": len(done.touched),
        "witness_bytes": len(pack_records(done.touched.items())),
        "proof_bytes": len(proof),
        "build_ms": round(1_000 * (built - started), 1),
        "check_ms": round(1_000 * (time.process_time() - built), 1),
    }


def _backlog(charge_per_s: float, worst_per_s: float) -> dict[str, Any]:
    terms = DeploymentConfig(sequencer="", governor_owner="")
    law_gas = (terms.ordered_rate + 2 * terms.inbox_rate) * WEEK_SECONDS
    return {
        "law_gas": law_gas,
        "hours_max": BACKLOG_HOURS_MAX,
        "hours_typical": round(law_gas / charge_per_s / 3_600, 1),
        "hours_worst": round(law_gas / worst_per_s / 3_600, 1),
    }


def measure() -> dict[str, Any]:
    """Return the figures as the module's text lists them."""
    replica = Replica()
    replica.skip(WARM_UP)
    typical, node, worst = _typical(replica), _node(), measure_worst()
    ahead = worst.get("revm", worst["py_evm"])
    return {
        "typical": typical,
        "node": node,
        "worst": {"charge_per_s_min": WORST_CHARGE_PER_S_MIN, **worst},
        "backlog": _backlog(node["charge_per_s"], ahead["charge_per_s"]),
        "challenge": _challenge(replica),
        "dispute": measure_dispute(),
    }
