"""Which part of the system binds, and what a flow of ops costs it."""

from __future__ import annotations

import os

import pytest

from strikeproof.bench import capacity_flow
from strikeproof.bench.bench_capacity import admitted, verifier_gas_per_s
from strikeproof.bench.capacity_flow import FlowCost, cost_of_flow
from strikeproof.bench.process_times import cpu_seconds

COST = FlowCost(
    actions=1_600,
    ops=200,
    segments=100,
    data_bytes=64_000,
    law_gas=32_000_000,
    charge=100_000_000,
    declared_compute=50_000_000,
    used_compute=40_000_000,
)


@pytest.mark.parametrize(
    ("node", "charge_per_s", "gas_per_s", "binds", "actions_per_s"),
    [
        (500.0, 1e8, 1e9, "node", 500),
        (1e6, 4e6, 1e9, "l1_rate", 64),  # 62,500 law-gas an action
        (1e6, 1e8, 1e9, "l1_bytes", 1_000),  # 40,000 bytes a second, 40 an action
        (1e6, 1e8, 2e6, "verifier", 100),  # 20,000 gas an action
    ],
)
def test_the_slowest_part_binds(
    node: float, charge_per_s: float, gas_per_s: float, binds: str, actions_per_s: int
) -> None:
    found = admitted(COST, node, charge_per_s, gas_per_s)
    assert (found["binds"], found["actions_per_s"]) == (binds, actions_per_s)
    assert found[f"{binds}_actions_per_s"] == actions_per_s


def test_verifier_counts_with_all_that_its_node_does() -> None:
    alone = {"typical": {"ops_per_s": 100.0, "gas_per_op": 30_000}}
    both = {"typical": {"py_evm": {"gas_per_op": 30_000}}, "node": {"ops_per_s": 5_000}}
    assert verifier_gas_per_s(alone) == 3_000_000
    assert verifier_gas_per_s(both) == 150_000_000


def test_flow_fills_segments_and_the_law_agrees(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyrevm")
    for name, small in {"TRADERS": 20, "WARM_UP_ACTIONS": 400, "COUNTED_ACTIONS": 160}.items():
        monkeypatch.setattr(capacity_flow, name, small)
    single, bundled = cost_of_flow(1), cost_of_flow(8)
    assert (single.ops, bundled.ops) == (160, 20)
    assert single.actions == bundled.actions == 160
    assert bundled.data_bytes < single.data_bytes / 2
    assert bundled.law_gas < single.law_gas


def test_cpu_time_is_reported_by_process() -> None:
    if os.uname().sysname != "Linux":
        pytest.skip("no /proc")
    sum(range(3_000_000))
    assert sum(cpu_seconds(os.getpid()).values()) > 0
