"""The bound of a settlement price: samples that cover enough of the last half hour bind it.

Source: docs/protocol/expiries.md, the end.
"""

from __future__ import annotations

from strikeproof.sequencer.core.rules.future_mark import Samples
from strikeproof.wire.constants import (
    PPM,
    SETTLEMENT_BOUND_PPM,
    SETTLEMENT_COVERED_MS,
    SETTLEMENT_FREE_MS,
)


def is_settlement_off(price: int, samples: Samples, expiry_ms: int, now_ms: int) -> bool:
    """Whether samples bind a settlement price (nano-USD) and it lies too far from their average."""
    if samples.covered_ms < SETTLEMENT_COVERED_MS or now_ms >= expiry_ms + SETTLEMENT_FREE_MS:
        return False
    distance = abs(price * samples.covered_ms - samples.accumulated)
    return distance * PPM > samples.accumulated * SETTLEMENT_BOUND_PPM
