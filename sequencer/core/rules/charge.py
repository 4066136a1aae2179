"""Capacity: what a segment declares, when it is void, what L1 charges for it.

Source: docs/law2/capacity.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from strikeproof.sequencer.core.rounding import div_ceil, div_floor
from strikeproof.wire.constants import (
    CHARGE_DATA_BYTE,
    CHARGE_SEGMENT,
    CHARGE_WITNESS_BYTE,
    COMPUTE_WEIGHT_MAX,
    DECLARED_MARGIN_PPM,
    PPM,
    WITNESS_WEIGHT_MAX,
)


@dataclass(frozen=True, slots=True)
class Weights:
    """Compute in gas units and witness in bytes: of a segment, a reserve, or a declaration."""

    compute: int
    witness: int

    def passes(self, declared: Weights) -> bool:
        """Whether a segment of these totals is void under a declaration: one of them exceeds it."""
        return self.compute > declared.compute or self.witness > declared.witness


MOST: Final = Weights(COMPUTE_WEIGHT_MAX, WITNESS_WEIGHT_MAX)


def declaration(used: Weights, action_reserve: Weights) -> Weights:
    """Return what a node declares: a quarter more than was used, or one action's reserve more if
    that is greater, and never more than a segment may hold."""
    return Weights(
        _above(used.compute, action_reserve.compute, MOST.compute),
        _above(used.witness, action_reserve.witness, MOST.witness),
    )


def _above(used: int, reserve: int, most: int) -> int:
    return min(most, used + max(reserve, div_ceil(used * DECLARED_MARGIN_PPM, PPM)))


def segment_charge(declared: Weights, data_bytes: int) -> int:
    """Return what L1 charges for a segment, in law-gas."""
    return (
        CHARGE_SEGMENT
        + declared.compute
        + CHARGE_WITNESS_BYTE * declared.witness
        + CHARGE_DATA_BYTE * data_bytes
    )


@dataclass(frozen=True, slots=True)
class Allowance:
    """A bucket of law-gas that fills at a rate a second of header time, up to a burst."""

    rate: int
    burst: int
    level: int
    time_ms: int

    def after(self, charge: int, time_ms: int) -> Allowance | None:
        """Return the bucket after a charge at a header time, which never falls; None if refused."""
        filled = self.level + div_floor(self.rate * (time_ms - self.time_ms), 1_000)
        level = min(self.burst, filled) - charge
        return None if level < 0 else Allowance(self.rate, self.burst, level, time_ms)
