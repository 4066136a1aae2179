"""What the whole admits: node, L1's rate, L1's bytes and verifier on one flow, and which binds.

A venue is as fast as its slowest necessary part. `single` and `bundled` are the same flow as
bundles of one action and of eight. Keys of each: `actions_per_s` (the least of the four below) and
`binds` (whose that is); `node_actions_per_s` (`bench throughput`); `l1_rate_actions_per_s` (the
deployment's default law-gas a second, by what the flow declares); `l1_bytes_actions_per_s`
(`l1_batches_per_block` batches in each block of `l1_block_seconds`, as many as the node assumes
before it has measured);
`verifier_actions_per_s` (`bench verifier`: gas a second of one core, over the flow's gas); and what
they follow from: `actions_per_segment`, `bytes_per_action`, `law_gas_per_action` (of the law's own
execution), `charge_per_action`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from strikeproof.bench import bench_throughput, bench_verifier
from strikeproof.bench.capacity_flow import FlowCost, cost_of_flow
from strikeproof.deployment import DeploymentConfig
from strikeproof.sequencer.posting.promise_limits import PostingPace
from strikeproof.wire.constants import BATCH_BYTES_MAX

L1_BLOCK_SECONDS: Final = 12
L1_BATCHES_PER_BLOCK: Final = L1_BLOCK_SECONDS * 1_000 // PostingPace.FIRST_GUESS_MS  # = 4
PARTS: Final = ("node", "l1_rate", "l1_bytes", "verifier")


def verifier_gas_per_s(figures: Mapping[str, Any]) -> float:
    """Return how much of the law the verifier executes a second, of what its benchmark found.

    Where it gives a whole node's figure, that counts; gas is the reference executor's.
    """
    typical = figures["typical"]
    reference = typical.get("py_evm", typical)
    speed = figures.get("node", typical)["ops_per_s"]
    return float(speed) * float(reference["gas_per_op"])


def admitted(
    cost: FlowCost, node_actions_per_s: float, charge_per_s: float, gas_per_s: float
) -> dict[str, Any]:
    """Return what each part admits of a flow, and which binds."""
    bytes_per_s = BATCH_BYTES_MAX * L1_BATCHES_PER_BLOCK / L1_BLOCK_SECONDS
    figures = (
        node_actions_per_s,
        charge_per_s * cost.actions / cost.charge,
        bytes_per_s * cost.actions / cost.data_bytes,
        gas_per_s * cost.actions / cost.law_gas,
    )
    least, binds = min(zip(figures, PARTS, strict=True))
    return {
        "actions_per_s": round(least),
        "binds": binds,
        **{f"{part}_actions_per_s": round(each) for part, each in zip(PARTS, figures, strict=True)},
        "actions_per_segment": round(cost.actions / cost.segments, 2),
        "bytes_per_action": round(cost.data_bytes / cost.actions, 1),
        "law_gas_per_action": round(cost.law_gas / cost.actions),
        "charge_per_action": round(cost.charge / cost.actions),
    }


def measure() -> dict[str, Any]:
    """Return the figures as the module's text lists them. Takes some minutes, and both cores."""
    node = bench_throughput.measure()
    gas_per_s = verifier_gas_per_s(bench_verifier.measure())
    rate = DeploymentConfig(sequencer="", governor_owner="").ordered_rate
    single, bundled = cost_of_flow(1), cost_of_flow(bench_throughput.BUNDLED)
    return {
        "single": admitted(single, node["signed_actions_per_s"], rate, gas_per_s),
        "bundled": admitted(bundled, node["bundled_actions_per_s"], rate, gas_per_s),
        "l1_charge_per_s": rate,
        "l1_block_seconds": L1_BLOCK_SECONDS,
        "l1_batches_per_block": L1_BATCHES_PER_BLOCK,
        "verifier_gas_per_s": round(gas_per_s),
    }
