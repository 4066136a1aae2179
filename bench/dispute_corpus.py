"""The most expensive segments found so far: searches start there, tests hold them to the bounds.

attack_ops.py says how to read the shapes.
"""

from __future__ import annotations

from typing import Final

_WITHDRAWAL: Final = "withdraw m0 p16 w"

MOST_EXPENSIVE: Final[tuple[str, ...]] = (
    "bundle:ppppp m8 p16 w t",
    *[_WITHDRAWAL] * 5,
    "withdraw m0 p16",
    "withdraw m16 p1 w d",
    *[_WITHDRAWAL] * 2,
    "bundle:rrrrrrrr m8 p1",
    "bundle:cccccccc m16 p2 d",
    "bundle:rrrrrrrr m8 p1",
    "bundle:cccccccc m0 p16",
)
"""A taker below its margin meets eight such makers, each with sixteen marks of its own: more than a
third of the segment's compute and half of its witness. Withdrawals fill the rest: sixteen marks
each, for little compute. What does not fit any more is decoded, and its signature checked."""

LONGEST: Final[tuple[str, ...]] = (
    "bundle:iiiiiii m0 p3 t",
    "withdraw m0 p16",
    *["bundle:iiiiii m8 p15 w"] * 4,
    "bundle:rrrrrrrr m8 p15 w",
    "bundle:pppppppp m8 p15 w",
    "bundle:iiiiii m8 p16 w",
    "bundle:frfpqr m8 p16 w",
    "bundle:iiiiii m8 p15 w",
    "bundle:i m8 p16 w x",
    "bundle:pppppppp m8 p15 w",
    "bundle:rrrrrrrr m8 p15 w",
    "bundle:rrrrrrrr m16 p16 w d",
    "bundle:pppppppp m8 p15 w",
)
"""The most calldata: the witness nearly full, the segment filled up with ops that are refused."""

CLOSEST: Final[tuple[str, ...]] = (_WITHDRAWAL,) * 16
"""The least compute weight for its gas: margin's marks and underlyings, touched for the first time,
cost the law more than any other record."""

REFUSED: Final[tuple[str, ...]] = ("bundle:rrrrrrrr m0 p16 x",) * 10
"""Bundles that are decoded and refused."""

SCATTERED: Final[tuple[str, ...]] = ("bundle:r m1 p2 w",) * 16
"""Sixteen small bundles of accounts and instruments that share nothing."""

SWEEPS: Final[tuple[str, ...]] = ("sweep m16 p16 w", "sweep m8 p16 w", "sweep m4 p16 w")
"""Dead orders of different accounts with their neighbours."""

PRICES: Final[tuple[str, ...]] = ("price m0 p16",) * 16
"""Prices of as many reporters as there can be, as many as a segment's bytes hold."""

CORPUS: Final = (MOST_EXPENSIVE, LONGEST, CLOSEST, REFUSED, SCATTERED, SWEEPS, PRICES)

FORCED: Final[tuple[str, ...]] = (
    "bundle:rrrrrrrr m8 p16 w",
    "bundle:i m8 p16 w t",
    "sweep m16 p16 w",
)
"""Ops that are expensive as the only one of their segment."""
