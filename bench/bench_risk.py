"""Cost of the risk kernel: gas of its worst inputs, found by search, and time in Python.

`measure()` gives one JSON object. Keys: docs/risk.md, "Costs".
"""

from __future__ import annotations

import time
from collections.abc import Callable
from random import Random
from typing import Any, Final

from strikeproof.bench.harness_contracts import harness_contract
from strikeproof.bench.pure_evm import Evm, Function, fastest_evm, functions
from strikeproof.risk.kernel import black76, fixed_point, normal
from strikeproof.risk.kernel.black76 import DISCOUNT_MAX, PRICE_MAX, RATE_MAX, SECONDS_MAX, VOL_MAX
from strikeproof.risk.kernel.fixed_point import EXP_MAX, EXP_ZERO, ONE, SQRT_MAX
from strikeproof.risk.kernel.greeks import greeks

PRICE_GAS_MAX: Final = 9_000
GREEKS_EXTRA_GAS_MAX: Final = 6_000
PRICE_US_MAX: Final = 25

Input = tuple[int, ...]

# Limits of forward, strike, vol, seconds, rate, discount.
LOW: Final = (0, 0, 0, 0, -RATE_MAX, 0)
HIGH: Final = (PRICE_MAX, PRICE_MAX, VOL_MAX, SECONDS_MAX, RATE_MAX, DISCOUNT_MAX)
NAMES: Final = ("forward", "strike", "vol", "seconds", "rate", "discount")

# A call 8 % out of the money, 20 days before it expires, at 70 % volatility.
TYPICAL: Final[Input] = (60_000 * ONE, 65_000 * ONE, 7 * ONE // 10, 20 * 86_400, ONE // 20, ONE)


def measure(seed: int = 1, tries: int | None = None) -> dict[str, Any]:
    """Return the topic's figures; `tries` is the number of inputs of each search."""
    artifact = harness_contract("RiskKernelHarness")
    evm = fastest_evm(artifact.deployed_bytecode)
    kernel = functions(artifact.abi, artifact.selectors)
    count = tries if tries is not None else (20_000 if evm.name == "revm" else 600)
    price, extra = _gas_meters(evm, kernel)
    worst_price = search(price, Random(f"{seed} price"), count)
    worst_extra = search(extra, Random(f"{seed} greeks"), count)
    result = {
        "evm": evm.name,
        "searched_inputs": count,
        "price_gas": price(worst_price),
        "price_gas_max": PRICE_GAS_MAX,
        "price_gas_typical": price(TYPICAL),
        "price_gas_worst_input": _named(worst_price),
        "greeks_extra_gas": extra(worst_extra),
        "greeks_extra_gas_max": GREEKS_EXTRA_GAS_MAX,
        "greeks_extra_gas_typical": extra(TYPICAL),
        "greeks_extra_gas_worst_input": _named(worst_extra),
        **_part_gas(evm, kernel, Random(f"{seed} parts"), count // 10),
        "price_us_max": PRICE_US_MAX,
        "price_us": _microseconds(black76.call_and_put, _quote(TYPICAL)),
        "price_us_at_worst_input": _microseconds(black76.call_and_put, _quote(worst_price)),
        **_python_times(),
    }
    return result


def search(cost: Callable[[Input], int], chance: Random, count: int) -> Input:
    """Return the most expensive input found: random ones first, then small changes of the best.

    Cost depends on the path through the code alone, so sizes are drawn by their bits: every
    branch, far strikes and zero values included, is reached often.
    """
    best, best_cost = TYPICAL, cost(TYPICAL)
    for i in range(count):
        candidate = _random_input(chance) if i < count // 2 else _changed(chance, best)
        found = cost(candidate)
        if found > best_cost:
            best, best_cost = candidate, found
    return best


def _sized(chance: Random, most: int) -> int:
    return min(most, chance.getrandbits(chance.randint(0, most.bit_length())))


def _random_input(chance: Random) -> Input:
    values = [
        _sized(chance, high) if low == 0 else chance.choice([1, -1]) * _sized(chance, high)
        for low, high in zip(LOW, HIGH, strict=True)
    ]
    if chance.random() < 0.5:
        # A strike close enough to the forward for every part of the formula to count.
        values[1] = min(PRICE_MAX, int(values[0] * 2 ** chance.gauss(0, 2)))
    return tuple(values)


def _changed(chance: Random, base: Input) -> Input:
    values = list(base)
    i = chance.randrange(len(values))
    span = abs(values[i]) + 2
    moved = values[i] + chance.choice([1, -1]) * _sized(chance, span)
    values[i] = min(max(moved, LOW[i]), HIGH[i])
    return tuple(values)


def _quote(values: Input) -> Input:
    forward, strike, vol, seconds, _, discount = values
    return forward, strike, vol, seconds, discount


def _named(values: Input) -> dict[str, str]:
    """The input as decimal strings: JSON numbers would lose digits."""
    return {name: str(value) for name, value in zip(NAMES, values, strict=True)}


def _gas_meters(
    evm: Evm, kernel: dict[str, Function]
) -> tuple[Callable[[Input], int], Callable[[Input], int]]:
    """Return the gas of call and put, and what the Greeks cost more, as functions of the input."""

    def price(values: Input) -> int:
        return int(kernel["gasOfPrice"].call(evm, *_quote(values))[0])

    def extra(values: Input) -> int:
        return int(kernel["gasOfGreeks"].call(evm, *values)[0]) - price(values)

    return price, extra


def _part_gas(evm: Evm, kernel: dict[str, Function], chance: Random, count: int) -> dict[str, int]:
    """Return the most gas seen of each of ln, exp, sqrt, pdf and cdf, and of a reused price."""
    worst = [0] * 5
    reused = 0
    for _ in range(count):
        x = max(1, _sized(chance, SQRT_MAX))
        y = chance.randint(EXP_ZERO, EXP_MAX) // chance.choice([1, 1, 4])
        (found,) = kernel["gasOfFunctions"].call(evm, x, y)
        worst = [max(pair) for pair in zip(worst, found, strict=True)]
        forward, strike, vol, seconds, discount = _quote(_random_input(chance))
        parts = (
            black76.log_distance(forward, strike),
            black76.std_dev(vol, black76.sqrt_years(seconds)),
        )
        gas = kernel["gasOfPriceFrom"].call(evm, forward, strike, *parts, discount)[0]
        reused = max(reused, int(gas))
    names = ("ln_gas", "exp_gas", "sqrt_gas", "pdf_gas", "cdf_gas")
    return {"price_from_parts_gas": reused, **dict(zip(names, worst, strict=True))}


def _python_times() -> dict[str, float]:
    forward, strike, vol, seconds, rate, discount = TYPICAL
    root = black76.sqrt_years(seconds)
    parts = black76.log_distance(forward, strike), black76.std_dev(vol, root)
    return {
        "price_from_parts_us": _microseconds(
            black76.call_and_put_from, (forward, strike, *parts, discount)
        ),
        "greeks_us": _microseconds(greeks, (forward, strike, vol, seconds, rate, discount)),
        "ln_us": _microseconds(fixed_point.ln, (strike,)),
        "exp_us": _microseconds(fixed_point.exp, (-ONE // 20,)),
        "sqrt_us": _microseconds(fixed_point.sqrt, (strike,)),
        "cdf_us": _microseconds(normal.normal_cdf, (ONE // 3,)),
    }


def _microseconds(function: Callable[..., object], arguments: Input) -> float:
    """Return the time of one call: the best of seven rounds of about 10 ms."""
    rounds, calls = 7, 700
    best = float("inf")
    for _ in range(rounds):
        started = time.perf_counter()
        for _ in range(calls):
            function(*arguments)
        best = min(best, time.perf_counter() - started)
    return round(best / calls * 1e6, 2)
