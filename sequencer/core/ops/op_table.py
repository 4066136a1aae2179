"""The types of op: what a byte in the order decodes as."""

from __future__ import annotations

from typing import Final

from strikeproof.sequencer.core.op import Op
from strikeproof.sequencer.core.ops.bundle import Bundle
from strikeproof.sequencer.core.ops.index_price import IndexPrice
from strikeproof.sequencer.core.ops.set_session import SetSession
from strikeproof.sequencer.core.ops.sweep import Sweep
from strikeproof.sequencer.core.ops.withdraw import Withdraw
from strikeproof.wire.errors import Result

OPS: Final[dict[int, type[Op]]] = {
    int(each.TYPE): each for each in (Bundle, Withdraw, SetSession, IndexPrice, Sweep)
}


def decode_op(op_type: int, body: bytes, signature_may_lack: bool = False) -> Op | Result:
    """Return the op of a type and body, or why there is none: MALFORMED, UNKNOWN_TYPE.

    `signature_may_lack`: user ops without their signature are admitted (in USER_OP messages).
    """
    op = OPS.get(op_type)
    return Result.UNKNOWN_TYPE if op is None else op.decode(body, signature_may_lack)
