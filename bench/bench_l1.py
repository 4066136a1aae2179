"""What L1 charges a venue: deployment, messages, full batches and claims, a challenge's base.

Everything runs on the embedded L1 with the shipped contracts; gas is as charged (EIP-7623). Keys:

- `code_bytes_X`, `deploy_gas_X`: of each contract; `…_max` are L1's limits.
- `register_gas`, `deposit_gas`, `forced_op_gas`, `exit_gas`: one message, and what is paid too much
  given back.
- `small_post_…`, `small_propose_…`, `small_forced_op_…`, `small_deposit_…`: a batch of one empty
  segment, its claim, a message; `…_steady_…` once the rings are full. `…_new_slots`: storage slots
  that were empty. `…_repriced_gas`: what it costs when a new slot takes 108,000 gas and a write
  10,000 (`bench/storage_writes.py`). `commit_…`: a commitment, which belongs to one dispute.
- `bundle_bytes_1_action`, `bundle_bytes_8_actions`: a signed bundle of places as it is ordered.
- `post_batch_…`, `post_batch_8_actions_…`: a batch full of such bundles, `gas`, `bytes` (of the
  transaction) and `ops`, and both per op. `propose_…`: its claim.
- `propose_largest_…`: the claim of a batch of BATCH_SEGMENTS_MAX - 1 segments.
- `challenge_base_gas`, `…_bytes`: disproving a full segment of a full batch whose ops touch nothing
  but the global record: what every dispute pays before its own witness and work.
"""

from __future__ import annotations

import random
from typing import Any

from strikeproof.bench.dispute_l1 import Done
from strikeproof.bench.l1_steady import measure_steady
from strikeproof.bench.l1_venue import (
    SEED,
    TRANSACTION_BYTES_LIMIT,
    Bench,
    bundle,
    full_segments,
)
from strikeproof.keccak import keccak256
from strikeproof.ordered_form import ordered_op
from strikeproof.wire.constants import (
    ACTIONS_MAX,
    BATCH_SEGMENTS_MAX,
    BOND_CHALLENGES,
    CHALLENGE_GAS_STRESS,
)


def _figures(name: str, done: Done, ops: int) -> dict[str, float]:
    figures: dict[str, float] = {f"{name}_gas": done.gas_used, f"{name}_bytes": done.raw_bytes}
    if ops:
        figures[f"{name}_gas_per_op"] = round(done.gas_used / ops, 1)
        figures[f"{name}_bytes_per_op"] = round(done.raw_bytes / ops, 1)
    return figures


def _batches(bench: Bench) -> dict[str, Any]:
    """Return the figures of batches and claims, each alone on the new venue."""
    deployment = bench.l1.deployment
    parent = bytes.fromhex(deployment.genesis_batch_hash[2:])
    parent_claim = bytes.fromhex(deployment.genesis_claim_hash[2:])
    root = bytes.fromhex(deployment.genesis_root[2:])
    largest = [b""] * (BATCH_SEGMENTS_MAX - 1)
    result: dict[str, Any] = {}
    mark = bench.l1.mark()
    for name, segments, ops in (
        ("_largest", largest, 0),
        ("_8_actions", *full_segments(ACTIONS_MAX)),
        ("", *full_segments(1)),
    ):
        bench.l1.rewind(mark)
        batch, posted = bench.post(1, parent, segments)
        roots = [root, *(keccak256(each) for each in batch.segments)]
        proposed = bench.propose(batch, parent_claim, roots)
        result |= _figures(f"propose{name}", proposed, ops)
        if ops:
            result[f"post_batch{name}_ops"] = ops
            result |= _figures(f"post_batch{name}", posted, ops)
    done = bench.challenge(1, batch, bytes(proposed.logs[0].topics[2]), roots)
    result["challenge_base_gas"] = done.gas_used
    result["challenge_base_bytes"] = done.raw_bytes
    return result


def measure() -> dict[str, Any]:
    """Return the figures that the module's docstring names."""
    bench = Bench()
    chance = random.Random(SEED)
    result: dict[str, Any] = dict(bench.deployments())
    result |= bench.messages()
    result["bundle_bytes_1_action"] = len(ordered_op(bundle(chance, 1)))
    result["bundle_bytes_8_actions"] = len(ordered_op(bundle(chance, ACTIONS_MAX)))
    bond_wei = BOND_CHALLENGES * CHALLENGE_GAS_STRESS * bench.l1.config.stress_gas_price_wei
    bench.send("proposer", "Rollup", "depositBond", value=bond_wei)
    limits = {"transaction_bytes_max": TRANSACTION_BYTES_LIMIT}
    return result | _batches(bench) | measure_steady() | limits
