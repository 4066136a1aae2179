"""What a process imports when it starts: users and tests wait for it each time."""

from __future__ import annotations

import subprocess
import sys

import pytest

from strikeproof import l1
from strikeproof.cli.main import GROUPS
from strikeproof.lazy_bls_import import LATE

# Who does without web3 and py-evm. What the node's prover and its signature workers import, the
# restart of a node waits for.
LIGHT = (
    "strikeproof.cli.main",
    "strikeproof.l1",
    "strikeproof.l1.inbox_lane",
    "strikeproof.sequencer.intake.signature_worker",
    "strikeproof.sequencer.prover.root_prover",
)


def run(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.mark.parametrize("module", LIGHT)
def test_module_starts_without_web3_and_py_evm(module: str) -> None:
    said = run(
        f"import sys, {module}\n"
        "print(sorted({'web3', 'eth', 'eth_account', 'aiohttp', 'pydantic'} & set(sys.modules)))"
    )
    assert said == "[]\n"


def test_help_of_a_group_waits_for_no_client_of_l1_or_of_the_node() -> None:
    said = run(
        f"import sys; from importlib import import_module as take\n"
        f"for name in {list(GROUPS)}: take('strikeproof.cli.' + name)\n"
        "print(sorted({'web3', 'eth', 'eth_account', 'aiohttp', 'grpc'} & set(sys.modules)))"
    )
    assert said == "[]\n"


@pytest.mark.parametrize("name", l1.__all__)
def test_name_that_the_l1_package_promises_is_there(name: str) -> None:
    assert getattr(l1, name).__name__ == name


def test_name_that_the_l1_package_lacks_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute Endpiont"):
        _ = l1.Endpiont  # type: ignore[attr-defined]


def test_pairings_are_prepared_when_one_is_asked_for_and_not_before() -> None:
    """The pairing of the point at infinity with anything is one."""
    program = (
        "import sys, strikeproof, eth_keyfile, eth.precompiles.bls12_381 as precompile\n"
        f"late = [sys.modules[each] for each in {sorted(LATE)}]\n"
        "print(['miller_loop' in vars(each) for each in late])\n"
        "from eth.precompiles.bls12_381.bls12_381_pairing import pairing\n"
        "from py_ecc import optimized_bls12_381 as curve\n"
        "print(pairing(curve.G2, curve.Z1) == curve.FQ12.one())\n"
        "print(['miller_loop' in vars(each) for each in late])\n"
        "print(late[0].log_ate_loop_count, 'miller_loop' in vars(late[0]))\n"
    )
    assert run(program) == "[False, False]\nTrue\n[False, True]\n62 True\n"
