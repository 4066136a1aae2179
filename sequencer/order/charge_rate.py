"""How much law-gas L1 will admit: a mirror of the Rollup's buckets, so that no batch is refused.

Ordered segments fill one bucket, each lane of the Inbox another; each leaks at its rate with
elapsed header time, and what one does not use does not go to the others. Ops wait for room here
rather than in a batch that cannot be posted. Levels are counted as `BatchChain.sol` does, in
thousandths of law-gas, so that nothing is rounded. Source: docs/protocol/capacity.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from strikeproof.failure import Broken
from strikeproof.sequencer.core.rules.segment_charge import Weights, segment_charge
from strikeproof.wire.errors import FailureCode
from strikeproof.wire.operations import (
    SEGMENT_DECLARED_COMPUTE_OFFSET,
    SEGMENT_DECLARED_WITNESS_OFFSET,
    SEGMENT_OPS_OFFSET,
)

MILLI: Final = 1_000


def charge_of(segment: bytes) -> int:
    """Return what L1 charges for a segment of a batch, in law-gas: its declaration says it."""
    compute = segment[SEGMENT_DECLARED_COMPUTE_OFFSET:SEGMENT_DECLARED_WITNESS_OFFSET]
    witness = segment[SEGMENT_DECLARED_WITNESS_OFFSET:SEGMENT_OPS_OFFSET]
    declared = Weights(int.from_bytes(compute, "big"), int.from_bytes(witness, "big"))
    return segment_charge(declared, len(segment))


class ChargeAboveBurst(Broken):
    """A batch charges more than its bucket holds: no wait helps."""

    code = FailureCode.CHARGE_ABOVE_BURST

    def __init__(self, *, charge: int, burst: int) -> None:
        super().__init__(f"a charge of {charge} law-gas is above the burst of {burst}")
        self.charge, self.burst = charge, burst


@dataclass(frozen=True, slots=True)
class ChargeBucket:
    """A rate, and what may come at once."""

    rate: int
    """Law-gas a second."""
    burst: int
    """Law-gas."""

    def room(self, level_milli: int, elapsed_ms: int) -> int:
        """Return the law-gas that a batch may hold whose header is `elapsed_ms` after its parent's,
        which left the bucket filled to `level_milli`."""
        return (self.burst * MILLI - self._leaked(level_milli, elapsed_ms)) // MILLI

    def after(self, level_milli: int, elapsed_ms: int, charge: int) -> int:
        """Return the level that such a batch leaves."""
        return self._leaked(level_milli, elapsed_ms) + charge * MILLI

    def wait_ms(self, level_milli: int, charge: int) -> int:
        """Return how long after its parent's the header of a batch of this charge is admitted.
        Raises `ChargeAboveBurst` if it never is."""
        if charge > self.burst:
            raise ChargeAboveBurst(charge=charge, burst=self.burst)
        excess = level_milli + (charge - self.burst) * MILLI
        return max(0, -(-excess // self.rate))

    def _leaked(self, level_milli: int, elapsed_ms: int) -> int:
        return max(0, level_milli - max(0, elapsed_ms) * self.rate)


@dataclass(frozen=True, slots=True)
class ChargeRates:
    """The deployment's constants."""

    ordered: ChargeBucket
    inbox: ChargeBucket
    """One bucket for each lane."""
