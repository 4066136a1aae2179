"""Capacity: what a segment declares, when it is void, what L1 charges for it.

Source: docs/protocol/capacity.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from strikeproof.sequencer.core.rounding import div_ceil
from strikeproof.wire.constants import (
    ACTIONS_MAX,
    CHARGE_DATA_BYTE,
    CHARGE_SEGMENT,
    CHARGE_WITNESS_BYTE,
    COMPUTE_ACTION,
    COMPUTE_WEIGHT_MAX,
    DECLARED_MARGIN_PPM,
    LIGHT_MESSAGES_MAX,
    ORDER_HEIGHT,
    PPM,
    RESERVE_CHARGE_ANNOUNCE_ORPHAN,
    RESERVE_CHARGE_ATTEST,
    RESERVE_CHARGE_ATTEST_CREDIT,
    RESERVE_CHARGE_BID,
    RESERVE_CHARGE_BLOCK_TRADE,
    RESERVE_CHARGE_BUNDLE,
    RESERVE_CHARGE_DELEVERAGE,
    RESERVE_CHARGE_DEPOSIT,
    RESERVE_CHARGE_EXPIRY_SAMPLE,
    RESERVE_CHARGE_FIRE_TRIGGER,
    RESERVE_CHARGE_FORCED_CLOSE,
    RESERVE_CHARGE_FUNDING,
    RESERVE_CHARGE_GOVERNANCE,
    RESERVE_CHARGE_INDEX_PRICE,
    RESERVE_CHARGE_L1_REPORT,
    RESERVE_CHARGE_LIQUIDATE,
    RESERVE_CHARGE_PAY_IN,
    RESERVE_CHARGE_REGISTER,
    RESERVE_CHARGE_RELEASE_CREDIT,
    RESERVE_CHARGE_REPRICE,
    RESERVE_CHARGE_REVALUE,
    RESERVE_CHARGE_SET_CANCEL_AT,
    RESERVE_CHARGE_SET_GUARD,
    RESERVE_CHARGE_SET_MARGIN_MODE,
    RESERVE_CHARGE_SET_PROTECTION,
    RESERVE_CHARGE_SET_SESSION,
    RESERVE_CHARGE_SET_TRIGGER,
    RESERVE_CHARGE_SETTLE_EXPIRY,
    RESERVE_CHARGE_SETTLE_ORPHAN,
    RESERVE_CHARGE_SETTLE_POSITION,
    RESERVE_CHARGE_SURFACE,
    RESERVE_CHARGE_SWEEP,
    RESERVE_CHARGE_UNWIND,
    RESERVE_CHARGE_WITHDRAW,
    WEIGHT_RECORD_BYTES,
    WITNESS_WEIGHT_MAX,
    MessageKind,
    OpType,
)
from strikeproof.wire.layout import ORDER_WORDS
from strikeproof.wire.operations import (
    MESSAGE_HEAD_BYTES,
    OP_BUNDLE_ACTIONS_OFFSET,
    OP_HEAD_BYTES,
)

_WORD_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Weights:
    """Compute in gas units and witness in bytes: of a segment, a reserve, or a declaration."""

    compute: int
    witness: int

    def passes(self, declared: Weights) -> bool:
        """Whether a segment of these totals is void under a declaration: one of them exceeds it.

        What is beyond the maximum does not count: refused ops weigh something when the room is used
        up, and nobody could declare that.
        """
        return (
            min(self.compute, COMPUTE_WEIGHT_MAX) > declared.compute
            or min(self.witness, WITNESS_WEIGHT_MAX) > declared.witness
        )


MOST: Final = Weights(COMPUTE_WEIGHT_MAX, WITNESS_WEIGHT_MAX)
# One more action, without makers: an order by itself, with all its siblings.
ACTION: Final = Weights(
    COMPUTE_ACTION, WEIGHT_RECORD_BYTES + _WORD_BYTES * (ORDER_WORDS + ORDER_HEIGHT)
)


def declaration(used: Weights) -> Weights:
    """Return what a node declares: a quarter more than was used, or one action more if that is
    greater, and never more than a segment may hold."""
    return Weights(
        _above(used.compute, ACTION.compute, MOST.compute),
        _above(used.witness, ACTION.witness, MOST.witness),
    )


def _above(used: int, action: int, most: int) -> int:
    return min(most, used + max(action, div_ceil(used * DECLARED_MARGIN_PPM, PPM)))


def segment_charge(declared: Weights, data_bytes: int) -> int:
    """Return what L1 charges for a segment, in law-gas."""
    return (
        CHARGE_SEGMENT
        + declared.compute
        + CHARGE_WITNESS_BYTE * declared.witness
        + CHARGE_DATA_BYTE * data_bytes
    )


_LIGHT: Final = {
    int(MessageKind.REGISTER): RESERVE_CHARGE_REGISTER,
    int(MessageKind.DEPOSIT): RESERVE_CHARGE_DEPOSIT,
}
_MESSAGES: Final = {
    int(MessageKind.GOVERNANCE): RESERVE_CHARGE_GOVERNANCE,
    int(MessageKind.L1_REPORT): RESERVE_CHARGE_L1_REPORT,
    int(MessageKind.PAY_IN): RESERVE_CHARGE_PAY_IN,
}
_OPS: Final = {
    int(OpType.WITHDRAW): RESERVE_CHARGE_WITHDRAW,
    int(OpType.SET_SESSION): RESERVE_CHARGE_SET_SESSION,
    int(OpType.SET_CANCEL_AT): RESERVE_CHARGE_SET_CANCEL_AT,
    int(OpType.SET_PROTECTION): RESERVE_CHARGE_SET_PROTECTION,
    int(OpType.SET_TRIGGER): RESERVE_CHARGE_SET_TRIGGER,
    int(OpType.SET_GUARD): RESERVE_CHARGE_SET_GUARD,
    int(OpType.SET_MARGIN_MODE): RESERVE_CHARGE_SET_MARGIN_MODE,
    int(OpType.REVALUE): RESERVE_CHARGE_REVALUE,
    int(OpType.BLOCK_TRADE): RESERVE_CHARGE_BLOCK_TRADE,
    int(OpType.BID): RESERVE_CHARGE_BID,
    int(OpType.ATTEST): RESERVE_CHARGE_ATTEST,
    int(OpType.ATTEST_CREDIT): RESERVE_CHARGE_ATTEST_CREDIT,
    int(OpType.RELEASE_CREDIT): RESERVE_CHARGE_RELEASE_CREDIT,
    int(OpType.INDEX_PRICE): RESERVE_CHARGE_INDEX_PRICE,
    int(OpType.SWEEP): RESERVE_CHARGE_SWEEP,
    int(OpType.FUNDING): RESERVE_CHARGE_FUNDING,
    int(OpType.FORCED_CLOSE): RESERVE_CHARGE_FORCED_CLOSE,
    int(OpType.FIRE_TRIGGER): RESERVE_CHARGE_FIRE_TRIGGER,
    int(OpType.LIQUIDATE): RESERVE_CHARGE_LIQUIDATE,
    int(OpType.UNWIND): RESERVE_CHARGE_UNWIND,
    int(OpType.DELEVERAGE): RESERVE_CHARGE_DELEVERAGE,
    int(OpType.ANNOUNCE_ORPHAN): RESERVE_CHARGE_ANNOUNCE_ORPHAN,
    int(OpType.SETTLE_ORPHAN): RESERVE_CHARGE_SETTLE_ORPHAN,
    int(OpType.SETTLE_POSITION): RESERVE_CHARGE_SETTLE_POSITION,
    int(OpType.SURFACE): RESERVE_CHARGE_SURFACE,
    int(OpType.REPRICE): RESERVE_CHARGE_REPRICE,
    int(OpType.EXPIRY_SAMPLE): RESERVE_CHARGE_EXPIRY_SAMPLE,
    int(OpType.SETTLE_EXPIRY): RESERVE_CHARGE_SETTLE_EXPIRY,
}
_COUNT_AT: Final = OP_HEAD_BYTES + OP_BUNDLE_ACTIONS_OFFSET


def is_light(message: bytes) -> bool:
    """Whether a message may share a segment with others."""
    return message[:1] != b"" and message[0] in _LIGHT


def message_charge(message: bytes) -> int:
    """Return what the Inbox stores as a message's charge, law-gas, whatever the message's bytes
    are.

    A light message pays a share of the segment that it may share with others.
    """
    data = CHARGE_DATA_BYTE * len(message)
    kind = message[0] if message else 0
    if kind in _LIGHT:
        return CHARGE_SEGMENT // LIGHT_MESSAGES_MAX + _LIGHT[kind] + data
    if kind in _MESSAGES:
        return CHARGE_SEGMENT + _MESSAGES[kind] + data
    return CHARGE_SEGMENT + _op_charge(message[MESSAGE_HEAD_BYTES:]) + data


def _op_charge(op: bytes) -> int:
    """Return the charge of the worst reserve of an op; of an unknown type the greatest bundle's."""
    known = _OPS.get(op[0]) if op else None
    if known is not None:
        return known
    count = op[_COUNT_AT] if op[:1] == b"\x01" and len(op) > _COUNT_AT else 0
    return RESERVE_CHARGE_BUNDLE[(count if 0 < count <= ACTIONS_MAX else ACTIONS_MAX) - 1]
