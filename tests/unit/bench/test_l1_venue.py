"""The benchmark of L1 knows every contract that a venue deploys."""

from __future__ import annotations

from strikeproof.bench.l1_venue import Bench
from strikeproof.contracts import LAW_FAMILIES, LAW_MODULES


def test_every_contract_of_a_venue_has_its_size_and_gas() -> None:
    found = Bench().deployments()
    for name in (
        *LAW_FAMILIES,
        *LAW_MODULES,
        "Rollup",
        "Inbox",
        "Vault",
        "Escape",
        "Promises",
        "Timelock",
    ):
        assert found[f"code_bytes_{name}"] <= found["code_bytes_max"]
        assert found[f"deploy_gas_{name}"] <= found["deploy_gas_max"]
