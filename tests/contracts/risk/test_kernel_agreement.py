"""Python and Solidity give the same bits, on both EVMs. The volume is `make fuzz-risk`."""

from random import Random

import pytest

from strikeproof.bench.pure_evm import Evm, PyEvm, Revm, functions
from tests.agreement.risk_kernel import CASES, actual, expected
from tests.harness import harness


def evms() -> list[type]:
    try:
        import pyrevm  # noqa: F401
    except ImportError:
        return [PyEvm]
    return [PyEvm, Revm]


@pytest.fixture(scope="module", params=evms(), ids=lambda each: each.name)
def evm(request) -> Evm:
    return request.param(harness("RiskKernelHarness").deployed_bytecode)


@pytest.fixture(scope="module")
def kernel():
    artifact = harness("RiskKernelHarness")
    return functions(artifact.abi, artifact.selectors)


@pytest.mark.parametrize("name", CASES)
def test_python_and_solidity_agree_bit_for_bit(evm, kernel, name):
    chance = Random(f"sample {name}")
    case = CASES[name]
    kinds = set()
    for _ in range(300 if evm.name == "py-evm" else 3000):
        arguments = case.draw(chance)
        want = expected(case, arguments)
        assert actual(evm, kernel[name], arguments) == want, f"{name}{arguments}"
        kinds.add(type(want))
    if name not in {"normalPdf", "normalCdf"}:
        assert kinds == {tuple, str}, "the sample must reach both sides of the domain's edge"


def test_gas_of_a_price_and_of_the_greeks_is_within_the_limits(evm, kernel):
    """Call and put together at most 9,000 gas, the five Greeks at most 6,000 more."""
    chance = Random("gas")
    for _ in range(100):
        quote = CASES["callAndPut"].draw(chance)
        if isinstance(expected(CASES["callAndPut"], quote), str):
            continue
        price, *_ = kernel["gasOfPrice"].call(evm, *quote)
        greeks, *_ = kernel["gasOfGreeks"].call(evm, *quote[:4], 0, quote[4])
        assert price <= 9_000
        assert greeks - price <= 6_000
