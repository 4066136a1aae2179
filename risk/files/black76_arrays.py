"""Black-76 over whole arrays, in floats: for pictures and grids, where the last digits do not show.

The kernel's own approximations (its coefficients of the tail ratio), evaluated by numpy: within
10^-13 of min(F, K) of the kernel, a thousand times as many prices a second. Never for margin.
numpy comes with `strikeproof[plot]` and is imported on first use.
"""

from __future__ import annotations

from typing import Any, Final

from strikeproof.risk.kernel import coefficients

TAIL_BITS: Final = 112
DEGREE: Final = 12


def calls_and_puts(forward: Any, strike: Any, deviation: Any, discount: Any) -> tuple[Any, Any]:
    """Return the values of calls and puts; the arguments are floats or arrays of one shape, the
    deviation σ√τ. As the kernel's at its edges: intrinsic values at a deviation of zero."""
    import numpy

    forward, strike, deviation, discount = numpy.broadcast_arrays(
        *(numpy.asarray(each, dtype=float) for each in (forward, strike, deviation, discount))
    )
    low, high = numpy.minimum(forward, strike), numpy.maximum(forward, strike)
    with numpy.errstate(divide="ignore", invalid="ignore", over="ignore"):
        distance = numpy.where(low > 0, numpy.log(high / low), 0.0)
        ratio = distance / deviation
        near, far = ratio - deviation / 2, ratio + deviation / 2
        bell = numpy.exp(-near * near / 2)
        share = numpy.where(
            near >= 0,
            bell * (_tail_ratio(near) - _tail_ratio(far)),
            1 - bell * (_tail_ratio(-near) + _tail_ratio(far)),
        )
    share = numpy.where((deviation > 0) & (low > 0), numpy.clip(share, 0.0, 1.0), 0.0)
    otm, distance = discount * low * share, discount * (high - low)
    below = forward < strike
    return numpy.where(below, otm, otm + distance), numpy.where(below, otm + distance, otm)


def _tail_ratio(y: Any) -> Any:
    """Return R(y) = N(-y)·e^(y²/2) for y ≥ 0: the kernel's rational function."""
    y = abs(y)
    w = 8 / (y + 4) - 1
    p, q = (
        _horner([getattr(coefficients, f"TAIL_{part}{power}") for power in range(DEGREE + 1)], w)
        for part in "PQ"
    )
    return (1 + w) * p / q


def _horner(ascending: list[int], w: Any) -> Any:
    value = 0.0
    for coefficient in reversed(ascending):
        value = value * w + coefficient / 2**TAIL_BITS
    return value
