"""Derive and bound the coefficients of the risk kernel, and write them for Python and Solidity.

    python tools/derive_coefficients.py            write both files
    python tools/derive_coefficients.py --check    exit 1 if a committed file differs
    python tools/derive_coefficients.py --bounds   print the error bound of every approximation

Each approximation interpolates its function at Chebyshev nodes of the reduced interval, which
lies within a small factor of the best one of its degree; the degree pays for that factor. The
interpolation is solved with 120 digits, the coefficients are rounded to integers, and the bound
is measured on the *rounded* coefficients. Everything is deterministic: a second run on any
machine writes the same bytes.

Reduced functions (docs/risk.md says how the kernel uses them):

    ln    L(v)  = artanh(w) / w, v = w^2, |w| <= (sqrt 2 - 1)/(sqrt 2 + 1)      polynomial
    exp   T(x)  = tanh(r/2) / r, x = r^2, |r| <= ln(2)/2                        rational
    cdf   S(w)  = N(-y) exp(y^2/2) / (1 + w), w = 2c/(y + c) - 1, 0 <= y <= Y   rational
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mpmath import (  # type: ignore[import-untyped,unused-ignore]
    atanh,
    cos,
    erfc,
    exp,
    ln,
    lu_solve,
    matrix,
    mp,
    mpf,
    nint,
    nstr,
    pi,
    sqrt,
    tanh,
)

ROOT: Final = Path(__file__).resolve().parents[1]
PYTHON_FILE: Final = ROOT / "risk/kernel/coefficients.py"
SOLIDITY_FILE: Final = ROOT / "contracts/src/risk/Coefficients.sol"

LOG_BITS: Final = 96  # ln works in units of 2^-96
EXP_BITS: Final = 120  # exp works in units of 2^-120
TAIL_BITS: Final = 112  # the tail ratio's polynomials are in units of 2^-112
TAIL_CENTRE: Final = 4  # c: y = 4 maps to w = 0; the best of 3, 3.5, 4, 4.5 for its bound
TAIL_END: Final = 15  # Y: beyond it the price's weight exp(-y^2/2) is below 2^-162

LOG_DEGREE: Final = 11
EXP_DEGREES: Final = (4, 4)
TAIL_DEGREES: Final = (12, 12)

Function = Callable[[Any], Any]


@dataclass(frozen=True)
class Rational:
    """Integer coefficients, lowest degree first, in units of 2^-bits."""

    numerator: list[int]
    denominator: list[int]
    bits: int

    def __call__(self, x: Any) -> Any:
        return horner(self.numerator, x) / horner(self.denominator, x)


def horner(coefficients: list[int], x: Any) -> Any:
    """The polynomial's value, its coefficients from the lowest degree."""
    value = mpf(0)
    for c in reversed(coefficients):
        value = value * x + c
    return value


def interpolate(f: Function, nodes: list[Any], degrees: tuple[int, int], bits: int) -> Rational:
    """Return the rational function through f at the nodes, its denominator 1 at the origin."""
    n, m = degrees
    count = n + m + 1
    assert len(nodes) == count
    rows, right = matrix(count, count), matrix(count, 1)
    for i, x in enumerate(nodes):
        value = f(x)
        for j in range(n + 1):
            rows[i, j] = x**j
        for j in range(1, m + 1):
            rows[i, n + j] = -value * x**j
        right[i] = value
    solved = lu_solve(rows, right)
    scale = mpf(2) ** bits
    rounded = [int(nint(solved[j] * scale)) for j in range(count)]
    return Rational(rounded[: n + 1], [1 << bits, *rounded[n + 1 :]], bits)


def chebyshev_nodes(low: Any, high: Any, count: int) -> list[Any]:
    """Return the roots of the Chebyshev polynomial of degree `count`, scaled to [low, high]."""
    return [
        (low + high) / 2 + (high - low) / 2 * cos(pi * (2 * k + 1) / (2 * count))
        for k in range(count)
    ]


def nodes_with_top(low: Any, high: Any, count: int) -> list[Any]:
    """Return Chebyshev-Radau nodes: as above, with `high` itself the first of them."""
    return [
        (low + high) / 2 + (high - low) / 2 * cos(2 * pi * k / (2 * count - 1))
        for k in range(count)
    ]


def log_series(v: Any) -> Any:
    """artanh(w)/w as a function of v = w^2."""
    w = sqrt(v)
    return atanh(w) / w if w else mpf(1)


def exp_series(x: Any) -> Any:
    """tanh(r/2)/r as a function of x = r^2."""
    r = sqrt(x)
    return tanh(r / 2) / r if r else mpf(1) / 2


def tail_ratio(y: Any) -> Any:
    """N(-y) exp(y^2/2): 1/2 at 0, falling as 1/(y sqrt(2 pi)); Mills' ratio over sqrt(2 pi)."""
    return erfc(y / sqrt(mpf(2))) * exp(y * y / 2) / 2


def tail_reduced(w: Any) -> Any:
    """S(w): the tail ratio divided by 1 + w."""
    return tail_ratio(2 * TAIL_CENTRE / (1 + w) - TAIL_CENTRE) / (1 + w)


def log_limit() -> Any:
    """The largest v that ln's reduction can produce."""
    root = sqrt(mpf(2))
    return ((root - 1) / (root + 1)) ** 2


def derive_log() -> Rational:
    """The polynomial of ln."""
    nodes = chebyshev_nodes(mpf(0), log_limit(), LOG_DEGREE + 1)
    return interpolate(log_series, nodes, (LOG_DEGREE, 0), LOG_BITS)


def derive_exp() -> Rational:
    """The rational function of exp, in r^2."""
    nodes = chebyshev_nodes(mpf(0), (ln(mpf(2)) / 2) ** 2, sum(EXP_DEGREES) + 1)
    return interpolate(exp_series, nodes, EXP_DEGREES, EXP_BITS)


def derive_tail() -> Rational:
    """The rational function of the tail ratio, exact at zero."""
    low = mpf(2 * TAIL_CENTRE) / (TAIL_END + TAIL_CENTRE) - 1
    nodes = nodes_with_top(low, mpf(1), sum(TAIL_DEGREES) + 1)
    fitted = interpolate(tail_reduced, nodes, TAIL_DEGREES, TAIL_BITS)
    # N(0) is exactly one half: 2 S(1) = 1/2, so four numerators make the denominator at w = 1.
    # The rounded coefficients miss that by a few units; the two constant terms take them up.
    miss = sum(fitted.denominator) - 4 * sum(fitted.numerator)
    numerator, denominator = fitted.numerator.copy(), fitted.denominator.copy()
    numerator[0] += miss // 4
    denominator[0] -= miss % 4
    assert sum(denominator) == 4 * sum(numerator)
    return Rational(numerator, denominator, TAIL_BITS)


def worst(error: Function, low: Any, high: Any, samples: int = 2000) -> Any:
    """Return the largest |error| over equidistant samples; the errors have under 30 waves."""
    return max(abs(error(low + (high - low) * k / samples)) for k in range(samples + 1))


def bounds() -> dict[str, Any]:
    """Return the error bound of each approximation with its rounded coefficients.

    `ln` is relative to ln, `exp` to exp, `cdf` to N(-y) over 0 <= y <= 9 (beyond, N(-y) is
    below 2e-19), `price` is the absolute error of the tail ratio weighted with the most that a
    price can weigh it: 1 up to y = 13, where the smaller of forward and strike is the unit.
    """
    log, exponential, tail = derive_log(), derive_exp(), derive_tail()

    def exp_error(r: Any) -> Any:
        half = r * exponential(r * r)
        return (1 + half) / (1 - half) / exp(r) - 1

    def tail_value(y: Any) -> Any:
        w = mpf(2 * TAIL_CENTRE) / (y + TAIL_CENTRE) - 1
        return tail(w) * (1 + w)

    half_ln2 = ln(mpf(2)) / 2
    return {
        "ln": worst(lambda v: log(v) / log_series(v) - 1, mpf(0), log_limit()),
        "exp": worst(exp_error, -half_ln2, half_ln2),
        "cdf": worst(lambda y: tail_value(y) / tail_ratio(y) - 1, mpf(0), mpf(9)),
        "price": worst(lambda y: tail_value(y) - tail_ratio(y), mpf(0), mpf(13)),
        "far": worst(lambda y: tail_value(y) / tail_ratio(y) - 1, mpf(13), mpf(64)),
    }


def constants() -> list[tuple[str, int, str]]:
    """Return name, value and comment of every constant, in file order."""
    log, exponential, tail = derive_log(), derive_exp(), derive_tail()
    one_wad = mpf(10) ** 18

    def fixed(value: Any, bits: int) -> int:
        return int(nint(value * mpf(2) ** bits))

    rows = [
        ("LN2_Q96", fixed(ln(mpf(2)), 96), "ln 2, 96 fraction bits"),
        ("LN_WAD_Q96", fixed(ln(one_wad), 96), "ln 10^18, 96 fraction bits"),
        ("SQRT2_Q127", fixed(sqrt(mpf(2)), 127), "sqrt 2, 127 fraction bits"),
        ("LN2_Q120", fixed(ln(mpf(2)), 120), "ln 2, 120 fraction bits"),
        ("INV_SQRT_2PI_Q96", fixed(1 / sqrt(2 * pi), 96), "1 / sqrt(2 pi), 96 fraction bits"),
    ]
    for j, c in enumerate(log.numerator):
        rows.append((f"LOG_{j}", c, f"w^{2 * j} of artanh(w)/w, 96 fraction bits"))
    for j, c in enumerate(exponential.numerator):
        rows.append((f"EXP_P{j}", c, f"r^{2 * j} of the numerator, 120 fraction bits"))
    for j, c in enumerate(exponential.denominator):
        rows.append((f"EXP_Q{j}", c, f"r^{2 * j} of the denominator, 120 fraction bits"))
    for j, c in enumerate(tail.numerator):
        rows.append((f"TAIL_P{j}", c, f"w^{j} of the numerator, 112 fraction bits"))
    for j, c in enumerate(tail.denominator):
        rows.append((f"TAIL_Q{j}", c, f"w^{j} of the denominator, 112 fraction bits"))
    return rows


ORIGIN: Final = "Generated by tools/derive_coefficients.py: do not edit."


def python_text(rows: list[tuple[str, int, str]]) -> str:
    """The Python module."""
    lines = [f'"""Coefficients of the risk kernel. {ORIGIN}"""', "", "from typing import Final", ""]
    for name, value, comment in rows:
        sign = "-" if value < 0 else ""
        # Upper-case digits: that is how the formatter leaves them.
        lines.append(f"{name}: Final = {sign}0x{abs(value):X}  # {comment}")
    return "\n".join(lines) + "\n"


def solidity_text(rows: list[tuple[str, int, str]]) -> str:
    """The Solidity file of the same constants."""
    lines = ["// SPDX-License-Identifier: Apache-2.0", "pragma solidity 0.8.37;", ""]
    lines += [f"// Coefficients of the risk kernel. {ORIGIN}", ""]
    for name, value, comment in rows:
        digits = f"{abs(value):x}"
        digits = digits.zfill(len(digits) + len(digits) % 2)
        sign = "-" if value < 0 else ""
        lines.append(f"int256 constant {name} = {sign}0x{digits}; // {comment}")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write, check or bound; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--bounds", action="store_true")
    arguments = parser.parse_args()
    mp.dps = 120
    if arguments.bounds:
        for name, bound in bounds().items():
            print(f"{name:6} {nstr(bound, 4):>12} = 2^{nstr(ln(bound) / ln(mpf(2)), 5)}")
        return 0
    rows = constants()
    stale = False
    for path, text in ((PYTHON_FILE, python_text(rows)), (SOLIDITY_FILE, solidity_text(rows))):
        if arguments.check:
            if not path.exists() or path.read_text() != text:
                print(f"stale: {path.relative_to(ROOT)}", file=sys.stderr)
                stale = True
        else:
            path.write_text(text)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
