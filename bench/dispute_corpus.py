"""The most expensive segments found so far: searches start there, tests hold them to the bounds.

attack_shape.py says how to read the shapes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from strikeproof.wire.constants import SegmentFamily

MOST_EXPENSIVE: Final[tuple[str, ...]] = (
    "bundle:r m8 p16 w t",
    "bundle:uuuuuuu m8 p0",
    "bundle:uuuuuuuu m8 p1",
    "bundle:rrrrrrr m0 p1 t",
    "bundle:ppppppp m16 p2",
    "bundle:uuuuuuu m8 p2 d",
    "bundle:uuuuuuu m8 p0 e",
    "bundle:ppppppp m16 p2",
    "bundle:rr m16 p2 e",
    "bundle:uuuuuu m16 p2",
    "bundle:cccc m0 p1",
    "bundle:p m0 p1",
    "bundle:rpprrrrr m16 p2",
    "bundle:uuuuuu m16 p2",
    "bundle:uuuuuuu m8 p0 e",
    "bundle:pprpprrp m0 p1",
)
"""A taker below its margin meets eight such makers, each with sixteen marks of its own: most of the
segment's compute and witness. Small bundles fill the rest. What no longer fits is decoded,
and its signature checked."""

LONGEST: Final[tuple[str, ...]] = (
    "bundle:r m8 p16 w t",
    "bundle:uuuuuuuu m0 p2",
    "bundle:iiii m0 p2 x",
    "bundle:rrrrr m0 p1",
    "bundle:ppppppp m16 p2",
    "bundle:rrrrr m16 p2",
    "bundle:qcffprf m16 p2",
    "bundle:ppppppp m16 p2",
    "bundle:rr m16 p2",
    "bundle:uuuuuuu m16 p2",
    "bundle:cccc m0 p1",
    "bundle:icpffrrp m0 p1",
    "bundle:uuuuuuuu m0 p2",
    "bundle:uuuuuuuu m0 p0 t e",
    "stranger:uuuuuuu m8 p16 w",
    "bundle:rrrrrrrr m0 p2",
)
"""The most calldata: the witness nearly full, the segment filled up with ops that are refused."""

REFUSED: Final[tuple[str, ...]] = ("bundle:rrrrrrrr m0 p16 x",) * 10
"""Bundles that are decoded and refused."""

RESTING: Final[tuple[str, ...]] = ("bundle:pp m0 p1",) * 3
"""Bundles whose orders all rest, and room behind them for one more."""

MALFORMED: Final[tuple[str, ...]] = ("garbage",) * 16
"""Bundles that are read to their end, and malformed there."""

FORGED: Final[tuple[str, ...]] = ("stranger:uuuuuuuu m0 p1",) * 16
"""Bundles that somebody else has signed than the session that they name."""

SCATTERED: Final[tuple[str, ...]] = ("bundle:r m1 p2 w",) * 16
"""Sixteen small bundles of accounts and instruments that share nothing."""

EVICTIONS: Final[tuple[str, ...]] = ("bundle:p m0 p16 w e t",) * 6
"""Orders that push out the worst of a full side, each another account's of sixteen positions."""

WITHDRAWALS: Final[tuple[str, ...]] = ("withdraw m0 p16 w",) * 16
"""The least compute weight for its gas: margin's marks and underlyings, touched for the first time,
cost the law more than any other record."""

BLOCKS: Final[tuple[str, ...]] = (*["block m0 p16 w"] * 6, *["guard m0 p16 w"] * 10)
"""Blocks of eight legs between accounts of sixteen positions, each with marks of its own."""

LIQUIDATIONS: Final[tuple[str, ...]] = (
    *["liquidate m0 p14 w"] * 2,
    "unwind m0 p16 t",
    "liquidate m0 p14 w",
    "liquidate m8 p16 w t",
    "liquidate m8 p7",
    "unwind m16 p2 w",
    "liquidate m16 p16 w d h",
)
"""Eight makers that need both margin tests, each with sixteen marks of its own, and the house."""

UNWINDINGS: Final[tuple[str, ...]] = (
    "liquidate m0 p16 w",
    *["unwind m0 p16 h"] * 4,
    "unwind m8 p16 w t",
)
"""The same makers, met by a house."""

SWEEPS: Final[tuple[str, ...]] = (
    "sweep m0 p16 w t",
    *["sweep m12 p0 w"] * 3,
    "settle m14 p0 w x h",
    "sweep m1 p0",
    "sweep m12 p0 w",
    "funding m0 p1 w t d e",
    *["sweep m12 p0 w"] * 2,
    "settle m8 p1 e",
    "sweep m16 p2 w h",
    *["sweep m12 p0 w"] * 2,
    *["settle m4 p0"] * 2,
)
"""Dead orders of different accounts with their neighbours."""

SWEEPS_AND_PRICES: Final[tuple[str, ...]] = (
    "price m0 p16",
    "funding m0 p2",
    "settle m8 p2 w",
    *["sweep m16 p4"] * 2,
    "price m0 p2",
    *["sweep m0 p0"] * 2,
    "price m0 p2",
    "announce m8 p16",
    *["sweep m0 p0"] * 2,
    "sweep m16 p4",
    "orphan m16 p16 w",
    "price m0 p2",
    "sweep m16 p4 w",
)
"""The same, with reports of all reporters, whose signatures cost what their weight says."""

SAMPLES: Final[tuple[str, ...]] = (
    "funding m8 p16 w",
    "settle m0 p16",
    "funding m8 p16 w",
    "sweep m16 p16 w",
    "sweep m1 p0",
    "settle m0 p0 w",
    "funding m8 p16 w",
    "sweep m1 p0",
    "sweep m16 p16 w",
    "funding m8 p16 w",
    "settle m0 p16",
    "sweep m16 p2 w h",
    "sweep m16 p16 w",
    *["settle m0 p16"] * 3,
)
"""Walks over sixteen orders, each of another account of sixteen positions: the most calldata."""

HOUSES: Final[tuple[str, ...]] = ("deleverage m0 p16",) * 16
"""Houses that borrow, and close their lots all the same."""

WIDE_BLOCKS: Final[tuple[str, ...]] = (
    *["block m14 p16 w t d"] * 5,
    "cancel_at m8 p0",
    "block m0 p16 w",
    "guard m0 p16 w",
    *["block m0 p16 w"] * 2,
    "block m14 p16 t d",
    *["block m0 p16 w"] * 5,
)
"""Block trades beside dead orders and pending deleveraging: the most gas of ops that users sign."""

SETTLEMENTS: Final[tuple[str, ...]] = ("settle m0 p16", "settle m0 p1 x", "orphan m0 p16") * 5
"""Positions that become cash, and instruments that end."""

PRICES: Final[tuple[str, ...]] = ("price m0 p16",) * 16
"""Prices of as many reporters as there can be, as many as a segment's bytes hold."""

PRICINGS: Final[tuple[str, ...]] = ("reprice m0 p16",) * 16
"""Options that are priced, with their arrays."""

ATTESTATIONS: Final[tuple[str, ...]] = ("attest m0 p16",) * 16
"""Tiers that as many attesters say as there can be."""

PORTFOLIOS: Final[tuple[str, ...]] = (
    *["portfolio_block m0 p16"] * 2,
    *["mode m0 p16"] * 7,
    *["portfolio_withdraw m0 p16"] * 7,
)
"""Revaluations of portfolios of eight expiries: each option has an array and its mark."""

CREDITS: Final[tuple[str, ...]] = ("credit m0 p16 w",) * 6 + ("release m0 p16 w",) * 10
"""Credit that as many attesters say as there can be, and credit that goes back."""

CERTIFIED: Final[tuple[str, ...]] = (
    "certified:uuuuuuuu m8 p16 w",
    *["certified:p m0 p1"] * 15,
)
"""Quotes and orders of accounts under portfolio margin, in options, some against makers that are
under it too: each test is a margin test, and a fill added to a certificate."""

REVALUATIONS: Final[tuple[str, ...]] = ("revalue m0 p16",) * 16
"""Accounts that fall out of portfolio margin."""

CORPUS: Final[Mapping[SegmentFamily, tuple[tuple[str, ...], ...]]] = {
    SegmentFamily.TRADE: (
        MOST_EXPENSIVE,
        LONGEST,
        REFUSED,
        RESTING,
        MALFORMED,
        FORGED,
        SCATTERED,
        EVICTIONS,
        CERTIFIED,
    ),
    SegmentFamily.ACCOUNT: (
        WITHDRAWALS,
        BLOCKS,
        WIDE_BLOCKS,
        ATTESTATIONS,
        PORTFOLIOS,
        CREDITS,
    ),
    SegmentFamily.KEEPER: (LIQUIDATIONS, UNWINDINGS, REVALUATIONS),
    SegmentFamily.UPKEEP: (
        SWEEPS,
        SWEEPS_AND_PRICES,
        SAMPLES,
        HOUSES,
        SETTLEMENTS,
        PRICES,
        PRICINGS,
    ),
}
"""The cases of each family. The inbox's own messages have theirs in attack_messages.py."""

FORCED: Final[tuple[str, ...]] = (
    "bundle:rrrrrrrr m8 p16 w",
    "bundle:i m8 p16 w t",
    "certified:i m8 p16 w t",
    "close m8 p16 w t",
    "liquidate m8 p16 w t",
    "unwind m8 p16 w t",
    "sweep m16 p16 w",
    "funding m8 p16 w",
    "deleverage m0 p16",
    "settle m0 p16",
    "mode m0 p16",
    "portfolio_withdraw m0 p16",
    "portfolio_block m0 p16",
    "revalue m0 p16",
    "release m0 p16 w",
)
"""Ops that are expensive as the only one of their segment."""
