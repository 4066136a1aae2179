"""The types of op: what a byte in the order decodes as."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from strikeproof.sequencer.core.op import Op
from strikeproof.sequencer.core.ops.attest import Attest
from strikeproof.sequencer.core.ops.attest_credit import AttestCredit
from strikeproof.sequencer.core.ops.bid import Bid
from strikeproof.sequencer.core.ops.block_trade import BlockTrade
from strikeproof.sequencer.core.ops.bundle import Bundle
from strikeproof.sequencer.core.ops.deleverage import Deleverage
from strikeproof.sequencer.core.ops.expiry_sample import ExpirySample
from strikeproof.sequencer.core.ops.fire_trigger import FireTrigger
from strikeproof.sequencer.core.ops.forced_close import ForcedClose
from strikeproof.sequencer.core.ops.funding import Funding
from strikeproof.sequencer.core.ops.index_price import IndexPrice
from strikeproof.sequencer.core.ops.liquidate import Liquidate
from strikeproof.sequencer.core.ops.orphans import AnnounceOrphan, SettleOrphan
from strikeproof.sequencer.core.ops.release_credit import ReleaseCredit
from strikeproof.sequencer.core.ops.reprice import Reprice
from strikeproof.sequencer.core.ops.revalue import Revalue
from strikeproof.sequencer.core.ops.set_cancel_at import SetCancelAt
from strikeproof.sequencer.core.ops.set_guard import SetGuard
from strikeproof.sequencer.core.ops.set_margin_mode import SetMarginMode
from strikeproof.sequencer.core.ops.set_protection import SetProtection
from strikeproof.sequencer.core.ops.set_session import SetSession
from strikeproof.sequencer.core.ops.set_trigger import SetTrigger
from strikeproof.sequencer.core.ops.settle_expiry import SettleExpiry
from strikeproof.sequencer.core.ops.settle_position import SettlePosition
from strikeproof.sequencer.core.ops.surface import Surface
from strikeproof.sequencer.core.ops.sweep import Sweep
from strikeproof.sequencer.core.ops.unwind import Unwind
from strikeproof.sequencer.core.ops.withdraw import Withdraw
from strikeproof.wire.errors import Result

OPS: Final[tuple[type[Op], ...]] = (
    Bundle,
    Withdraw,
    SetSession,
    IndexPrice,
    Sweep,
    ForcedClose,
    SetCancelAt,
    SetGuard,
    SetMarginMode,
    Revalue,
    BlockTrade,
    SetTrigger,
    Bid,
    SetProtection,
    Attest,
    AttestCredit,
    ReleaseCredit,
    Liquidate,
    FireTrigger,
    Unwind,
    Funding,
    Deleverage,
    AnnounceOrphan,
    SettleOrphan,
    SettlePosition,
    Surface,
    Reprice,
    ExpirySample,
    SettleExpiry,
)
_DECODERS: Final[dict[int, Callable[[bytes, bool], Op | Result]]] = {
    int(each.TYPE): each.decode for each in OPS
}


def decode_op(op_type: int, body: bytes, signature_may_lack: bool = False) -> Op | Result:
    """Return the op of a type and body, or why there is none: MALFORMED, UNKNOWN_TYPE.

    `signature_may_lack`: user ops without their signature are admitted (in USER_OP messages).
    """
    if op_type in _DECODERS:
        return _DECODERS[op_type](body, signature_may_lack)
    return Result.UNKNOWN_TYPE
