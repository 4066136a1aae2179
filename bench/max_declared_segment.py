"""Segments as a batch holds them that declare as much as a segment may."""

from __future__ import annotations

from collections.abc import Sequence

from strikeproof.sequencer.core.family import NO_FAMILY, family_of_op
from strikeproof.wire.constants import COMPUTE_WEIGHT_MAX, WITNESS_WEIGHT_MAX, SegmentFamily
from strikeproof.wire.operations import encode_segment
from strikeproof.wire.units import Milliseconds


def max_declared_segment(time_ms: int, ops: Sequence[bytes], family: int = NO_FAMILY) -> bytes:
    """Return a segment of these ops, of the family of the first one if none is given."""
    of_ops = family_of_op(ops[0]) if ops and ops[0] else NO_FAMILY
    return encode_segment(
        family=family or of_ops or SegmentFamily.TRADE,
        time_ms=Milliseconds(time_ms),
        declared_compute=COMPUTE_WEIGHT_MAX,
        declared_witness=WITNESS_WEIGHT_MAX,
        ops=ops,
    )
