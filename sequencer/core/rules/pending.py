"""What is pending on a position: funding and deleveraging since it was last settled.

Every margin test values an entry with it, without writing; an op that trades the entry settles it
first. Both read `pending`, so a view is what settling would do. Source: docs/protocol/funding.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from strikeproof.keccak import keccak256
from strikeproof.sequencer.core.rounding import div_ceil, div_floor
from strikeproof.wire.constants import (
    FACTOR_ONE,
    FRACTION,
)


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose entry it is: what its rounding is drawn from."""

    account: int
    instrument: int


@dataclass(frozen=True, slots=True)
class SideIndices:
    """One side of an instrument: `factor` F, `adl_index` K (micro-USD a lot × factor), and the
    publish time of its last deleveraging."""

    factor: int = FACTOR_ONE
    adl_index: int = 0
    deleveraged_ms: int = 0


@dataclass(frozen=True, slots=True)
class Indices:
    """An instrument's `funding_index` G (micro-USD a lot × 2^32), and its two sides."""

    funding_index: int = 0
    long: SideIndices = SideIndices()
    short: SideIndices = SideIndices()

    def with_funding(self, funding_index: int) -> Indices:
        """Return the same sides at another funding index."""
        return Indices(funding_index, self.long, self.short)

    def side(self, size: int) -> SideIndices:
        """Return the indices of the side that a size is on; of longs if it is 0."""
        return self.short if size < 0 else self.long


@dataclass(frozen=True, slots=True)
class Entry:
    """A position entry: size in lots as of `factor`, and the indices at its last settlement.

    A factor of 0 reads as the side's factor now: the entry has never been settled.
    """

    size: int
    factor: int
    funding_snap: int
    adl_snap: int


@dataclass(frozen=True, slots=True)
class Pending:
    """What settling an entry changes: lots that stay (signed), lots that were closed (not signed),
    and micro-USD that the account receives, or pays if negative."""

    size: int
    closed_lots: int
    cash: int


def keccak64(holder: Holder, size: int, deleveraged_ms: int) -> int:
    """Return the 64 bits that decide whether an entry's fraction of a lot stays.

    They follow from the holder and the side's last deleveraging: nobody chooses them.
    """
    side = 1 if size < 0 else 0
    text = (
        holder.account.to_bytes(4, "big")
        + holder.instrument.to_bytes(2, "big")
        + side.to_bytes(1, "big")
        + deleveraged_ms.to_bytes(6, "big")
    )
    return int.from_bytes(keccak256(text)[:8], "big")


def pending(entry: Entry, indices: Indices, holder: Holder) -> Pending:
    """Return what settling the entry would change. Every rounding of cash is against the account.

    Lots that stay pay funding since the snapshot. Lots that were closed are paid the average price
    of their deleveragings, and paid funding until then, which the side's index already subtracts.
    """
    size = entry.size
    if not size:
        return Pending(0, 0, 0)
    sign, lots = (1, size) if size > 0 else (-1, -size)
    side = indices.side(size)
    factor = side.factor
    factor_before = entry.factor or factor
    if factor == factor_before:
        cash = div_floor(-size * (indices.funding_index - entry.funding_snap), FRACTION)
        return Pending(size, 0, cash)
    left, rest = divmod(lots * factor, factor_before)
    if rest << 64 > factor_before * keccak64(holder, size, side.deleveraged_ms):
        left += 1
    closed = lots - left
    cash = (
        div_floor(-sign * left * (indices.funding_index - entry.funding_snap), FRACTION)
        + div_floor(closed * (side.adl_index - entry.adl_snap), factor_before - factor)
        + div_floor(sign * closed * entry.funding_snap, FRACTION)
    )
    return Pending(sign * left, closed, cash)


def settled(size: int, indices: Indices) -> Entry:
    """Return an entry of this size that has nothing pending: after a settlement or a trade."""
    side = indices.side(size)
    return Entry(size, side.factor, indices.funding_index, side.adl_index)


@dataclass(frozen=True, slots=True)
class RoundedOff:
    """What an entry's rounding to whole lots changes in the eager ledger.

    `lots`: in 2^-32 lots, by how much more than its exact share the entry closed. `cash`: micro-USD
    that the house pays for them, rounded against the house.
    """

    lots: int
    cash: int


def rounding(entry: Entry, indices: Indices, closed_lots: int) -> RoundedOff:
    """Return the difference between what an entry closed and its exact share, b·(f - F) / f."""
    side = indices.side(entry.size)
    fallen = (entry.factor or side.factor) - side.factor
    if not fallen or not entry.size:
        return RoundedOff(0, 0)
    share = div_floor(abs(entry.size) * fallen * FRACTION, entry.factor)
    lots = closed_lots * FRACTION - share
    sign = -1 if entry.size < 0 else 1
    # A lot closed instead of kept: its average price, and funding from the start of the index on.
    price = sign * indices.funding_index * fallen + (side.adl_index - entry.adl_snap) * FRACTION
    return RoundedOff(lots, div_ceil(lots * price, fallen * FRACTION * FRACTION))
