"""From bytes to an op ready for the engine: decoded, with the addresses that signed it.

Recovery is the expensive part (50 us each) and needs nothing of the state but the domain, so it can
be done in other processes. Only bytes need to cross: `recover_signers` there, `assemble` here.
"""

from __future__ import annotations

from strikeproof.sequencer.core.op import OP_HEAD_BYTES, Op, PreparedOp
from strikeproof.sequencer.core.ops.op_table import decode_op
from strikeproof.wire.errors import Result


def read_op(data: bytes, signature_may_lack: bool = False) -> PreparedOp:
    """Return the op of bytes, its signers still to be recovered.

    Raises `ValueError` if `data` is not type, length and exactly this many bytes.
    """
    length = int.from_bytes(data[1:OP_HEAD_BYTES], "big")
    if len(data) < OP_HEAD_BYTES or len(data) != OP_HEAD_BYTES + length:
        raise ValueError(f"not one whole op: {len(data)} bytes, length field {length}")
    decoded = decode_op(data[0], data[OP_HEAD_BYTES:], signature_may_lack)
    return PreparedOp(data, decoded, None, 0)


def _signers_of(
    decoded: Op | Result, domain_separator: bytes, reporter_epoch: int
) -> tuple[bytes, ...]:
    if isinstance(decoded, Result):
        return ()
    return decoded.signers(domain_separator, reporter_epoch)


def recover_signers(data: bytes, domain_separator: bytes, reporter_epoch: int) -> tuple[bytes, ...]:
    """Return one 20-byte address for each signature of the op, empty bytes where it is bad.

    Raises `ValueError` if `data` is not one whole op.
    """
    return _signers_of(read_op(data).decoded, domain_separator, reporter_epoch)


def assemble(data: bytes, signers: tuple[bytes, ...], reporter_epoch: int = 0) -> PreparedOp:
    """Return the op of bytes whose signers are known (`recover_signers` found them).

    Raises `ValueError` if `data` is not one whole op.
    """
    prepared = read_op(data)
    prepared.signers = signers
    prepared.reporter_epoch = reporter_epoch
    return prepared


def prepare(data: bytes, domain_separator: bytes, reporter_epoch: int = 0) -> PreparedOp:
    """Return the op of bytes, recovering its signers. Raises `ValueError` if it is not one op.

    `reporter_epoch` matters to IndexPrice only; if it is not the state's when the op is applied,
    the engine recovers again.
    """
    prepared = read_op(data)
    prepared.signers = _signers_of(prepared.decoded, domain_separator, reporter_epoch)
    prepared.reporter_epoch = reporter_epoch
    return prepared
