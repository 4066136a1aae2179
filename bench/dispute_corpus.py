"""The most expensive segments found so far: searches start there, tests hold them to the bounds.

attack_shape.py says how to read the shapes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from strikeproof.wire.constants import SegmentFamily

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

EVICTIONS: Final[tuple[str, ...]] = ("bundle:p m0 p16 w e t",) * 6
"""Orders that push out the worst of a full side, each another account's of sixteen positions."""

LIQUIDATIONS: Final[tuple[str, ...]] = (
    "liquidate m0 p16 w h",
    "liquidate m0 p14 w",
    "liquidate m8 p16 w t",
)
"""Eight makers that need both margin tests, each with sixteen marks of its own, and the house."""

UNWINDINGS: Final[tuple[str, ...]] = (
    "liquidate m0 p16 w",
    *["unwind m0 p16 h"] * 4,
    "unwind m8 p16 w t",
)
"""The same makers, met by a house."""

SWEEPS: Final[tuple[str, ...]] = ("sweep m16 p16 w", "sweep m8 p16 w", "sweep m4 p16 w")
"""Dead orders of different accounts with their neighbours."""

SAMPLES: Final[tuple[str, ...]] = (
    "funding m8 p16 w",
    "funding m4 p16 w",
    "funding m4 p16 w",
    *["settle m0 p16 w"] * 13,
)
"""Walks over sixteen orders, each of another account of sixteen positions."""

HOUSES: Final[tuple[str, ...]] = ("deleverage m0 p16",) * 16
"""Houses that borrow, and close their lots all the same."""

SETTLEMENTS: Final[tuple[str, ...]] = ("settle m0 p16", "settle m0 p1 x", "orphan m0 p16") * 5
"""Positions that become cash, and instruments that end."""

PRICES: Final[tuple[str, ...]] = ("price m0 p16",) * 16
"""Prices of as many reporters as there can be, as many as a segment's bytes hold."""

CORPUS: Final[Mapping[SegmentFamily, tuple[tuple[str, ...], ...]]] = {
    SegmentFamily.TRADE: (MOST_EXPENSIVE, LONGEST, CLOSEST, REFUSED, SCATTERED, EVICTIONS),
    SegmentFamily.KEEPER: (LIQUIDATIONS, UNWINDINGS),
    SegmentFamily.UPKEEP: (SWEEPS, SAMPLES, HOUSES, SETTLEMENTS, PRICES),
}
"""Of each family. The inbox's own messages are alone in theirs (attack_messages.py)."""

FORCED: Final[tuple[str, ...]] = (
    "bundle:rrrrrrrr m8 p16 w",
    "bundle:i m8 p16 w t",
    "close m8 p16 w t",
    "liquidate m8 p16 w t",
    "unwind m8 p16 w t",
    "sweep m16 p16 w",
    "funding m8 p16 w",
    "deleverage m0 p16",
    "settle m0 p16",
)
"""Ops that are expensive as the only one of their segment."""
