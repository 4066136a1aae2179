"""Compare the risk kernel in Python and in Solidity on many inputs, on revm where it installs.

    make fuzz-kernel N=100000 [SEED=1] [ONLY=callAndPut]

Prints one line a function; the first difference stops it, with the command that replays it.
"""

from __future__ import annotations

import argparse
import sys
import time
from random import Random

from strikeproof.bench.pure_evm import fastest_evm, functions
from tests.agreement.risk_kernel import CASES, actual, expected
from tests.harness import harness


def main() -> int:
    """Run; return the exit code, 1 for a difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=100_000, help="inputs for each function")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=sorted(CASES), action="append")
    options = parser.parse_args()

    artifact = harness("RiskKernelHarness")
    evm = fastest_evm(artifact.deployed_bytecode)
    found = functions(artifact.abi, artifact.selectors)
    for name in options.only or CASES:
        case, started, refused = CASES[name], time.monotonic(), 0
        chance = Random(f"{options.seed} {name}")
        for _ in range(options.inputs):
            arguments = case.draw(chance)
            want = expected(case, arguments)
            got = actual(evm, found[name], arguments)
            if got != want:
                print(f"{name}{arguments}: Python {want}, Solidity {got}")
                print(
                    f"replay: make fuzz-kernel SEED={options.seed} N={options.inputs} ONLY={name}"
                )
                return 1
            refused += isinstance(want, str)
        seconds = time.monotonic() - started
        print(
            f"{name:<15} {options.inputs:>8} inputs agree on {evm.name},"
            f" {refused} of them outside the domain, {seconds:.1f} s",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
