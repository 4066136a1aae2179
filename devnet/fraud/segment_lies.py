"""Lies about what stands before a segment's ops: its family, and what it declares."""

from __future__ import annotations

from typing import Final

from strikeproof.devnet.fraud.executed_segment import FraudScene, Records, execute
from strikeproof.wire.constants import SegmentFamily
from strikeproof.wire.operations import (
    ORDERED_INPUT_DECLARED_COMPUTE_OFFSET,
    ORDERED_INPUT_OPS_OFFSET,
)

OTHER_FAMILY: Final = {
    SegmentFamily.TRADE: SegmentFamily.UPKEEP,
    SegmentFamily.KEEPER: SegmentFamily.TRADE,
    SegmentFamily.UPKEEP: SegmentFamily.TRADE,
    SegmentFamily.ACCOUNT: SegmentFamily.TRADE,
}


def other_family(scene: FraudScene) -> Records | None:
    """A segment is executed by another family's law: it does nothing of what it holds."""
    if scene.is_message:
        return None
    told = OTHER_FAMILY[SegmentFamily(scene.data[0])]
    records, _ = execute(scene.before, bytes((told,)) + scene.data[1:])
    return None if records == scene.after else records


def false_void(scene: FraudScene) -> Records | None:
    """A segment that keeps within its declaration is taken as void: only the clock moves."""
    if scene.is_message or scene.result.is_void:
        return None
    start, end = ORDERED_INPUT_DECLARED_COMPUTE_OFFSET, ORDERED_INPUT_OPS_OFFSET
    records, result = execute(
        scene.before, scene.data[:start] + bytes(end - start) + scene.data[end:]
    )
    assert result.is_void, "nothing weighs nothing"
    return None if records == scene.after else records
