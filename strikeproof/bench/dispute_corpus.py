"""The dearest segments that searches have found so far, where the next search starts, and tests of
the bounds with them. Shapes are told in attack_ops.py."""

from __future__ import annotations

from typing import Final

_WITHDRAWAL: Final = "withdraw m0 p16 w"

DEAREST: Final[tuple[str, ...]] = (
    "bundle:ppppp m8 p16 w t",
    *[_WITHDRAWAL] * 7,
    "withdraw m0 p1 w",
    _WITHDRAWAL,
    "bundle:rrrrrrrr m8 p1",
    "bundle:rrrrpprr m8 p1",
    "price m12 p4",
    "price m12 p4",
)
"""A taker below its margin that meets eight such makers, each with sixteen marks of its own: a
fifth of the segment's compute and half of its witness. Withdrawals fill the rest: sixteen marks."""

LONGEST: Final[tuple[str, ...]] = (
    "bundle:iiiiiii m8 p16 w t",
    "price m0 p16 w",
    "withdraw m16 p1",
    *[_WITHDRAWAL] * 4,
    "price m0 p16 w",
    _WITHDRAWAL,
    "bundle:a m8 p16 w t",
    "bundle:cqr m0 p0 t",
    "bundle:ccccc m8 p16 w t",
)
"""The most calldata: both weights nearly full, the segment full of bytes."""

CLOSEST: Final[tuple[str, ...]] = (_WITHDRAWAL,) * 16
"""The least compute weight for its gas: margin's marks and underlyings, touched for the first time,
cost the law more than any other record."""

REFUSED: Final[tuple[str, ...]] = ("bundle:rrrrrrrr m0 p16 x",) * 10
"""Bundles that are decoded and refused."""

SCATTERED: Final[tuple[str, ...]] = ("bundle:r m1 p2 w",) * 16
"""Sixteen small bundles of accounts and instruments that share nothing."""

SWEEPS: Final[tuple[str, ...]] = ("sweep m16 p16 w", "sweep m8 p16 w", "bundle:cccccccc m0 p16")
"""Dead orders of different accounts with their neighbours."""

CORPUS: Final = (DEAREST, LONGEST, CLOSEST, REFUSED, SCATTERED, SWEEPS)

FORCED: Final[tuple[str, ...]] = (
    "bundle:rrrrrrrr m8 p16 w",
    "bundle:i m8 p16 w t",
    "sweep m16 p16 w",
)
"""Ops that are dear as the only one of their segment."""
