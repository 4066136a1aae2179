"""From bytes to an op ready for the engine: decoded, with the addresses that signed it.

An op comes in the absolute form, as it is signed, from callers and the inbox (`read_op`), and in
the ordered form from segments and journals (`read_ordered_op`). Recovery is the expensive part (50
us each) and needs nothing of the state but the domain, so it can be done in other processes. Only
bytes need to cross: `recover_signers` there, `assemble` here.
"""

from __future__ import annotations

from strikeproof.ordered_form import NoOrderedForm, frame_ordered, ordered_op
from strikeproof.sequencer.core.absolute_form import absolute_body, has_ordered_form
from strikeproof.sequencer.core.op import OP_HEAD_BYTES, Op, PreparedOp, ordered_end
from strikeproof.sequencer.core.ops.op_table import decode_op
from strikeproof.wire.errors import Result


def _decode(data: bytes, signature_may_lack: bool) -> Op | Result:
    length = int.from_bytes(data[1:OP_HEAD_BYTES], "big")
    if len(data) < OP_HEAD_BYTES or len(data) != OP_HEAD_BYTES + length:
        raise ValueError(f"not one whole op: {len(data)} bytes, length field {length}")
    return decode_op(data[0], data[OP_HEAD_BYTES:], signature_may_lack)


def read_op(data: bytes) -> PreparedOp:
    """Return the op of absolute bytes, its signers still to be recovered.

    An op without an ordered form is never ordered; it stands for one of its type without a body.
    Raises `ValueError` if `data` is not type, length and exactly this many bytes.
    """
    decoded = _decode(data, False)
    try:
        ordered = ordered_op(data)
    except NoOrderedForm:
        ordered = frame_ordered(data[0], b"")
    return PreparedOp(ordered, decoded, None, 0, True)


def read_forced_op(data: bytes) -> PreparedOp:
    """Return the op of an inbox message, which may lack its signature. Raises as `read_op`."""
    return PreparedOp(data, _decode(data, True), None, 0, True)


def read_ordered_op(data: bytes) -> PreparedOp:
    """Return the op of its bytes in a segment, its signers still to be recovered.

    Raises `ValueError` if `data` is not exactly one whole op.
    """
    begin, end = ordered_end(data, 0)
    if end != len(data):
        raise ValueError(f"not one whole op: {len(data)} bytes, body to {end}")
    op_type, body = data[0], data[begin:]
    if not has_ordered_form(op_type):
        return PreparedOp(data, decode_op(op_type, body), None, 0, False)
    signed = absolute_body(op_type, body)
    decoded = Result.MALFORMED if signed is None else decode_op(op_type, signed)
    return PreparedOp(data, decoded, None, 0, False)


def assemble_ordered(
    data: bytes, signers: tuple[bytes, ...], reporter_epoch: int = 0
) -> PreparedOp:
    """Return the op of a journal, with the signers of the op as it was ordered there.

    Raises `ValueError` if `data` is not exactly one whole op.
    """
    prepared = read_ordered_op(data)
    prepared.signers = signers
    prepared.reporter_epoch = reporter_epoch
    return prepared


def _signers_of(
    decoded: Op | Result, domain_separator: bytes, reporter_epoch: int
) -> tuple[bytes, ...]:
    if isinstance(decoded, Result):
        return ()
    return decoded.signers(domain_separator, reporter_epoch)


def recover_signers(data: bytes, domain_separator: bytes, reporter_epoch: int) -> tuple[bytes, ...]:
    """Return one 20-byte address for each signature of an absolute op, empty bytes where it is bad.

    Raises `ValueError` if `data` is not one whole op.
    """
    return _signers_of(_decode(data, False), domain_separator, reporter_epoch)


def assemble(data: bytes, signers: tuple[bytes, ...], reporter_epoch: int = 0) -> PreparedOp:
    """Return the op of absolute bytes whose signers are known (`recover_signers` found them).

    Raises `ValueError` if `data` is not one whole op.
    """
    prepared = read_op(data)
    prepared.signers = signers
    prepared.reporter_epoch = reporter_epoch
    return prepared


def prepare(data: bytes, domain_separator: bytes, reporter_epoch: int = 0) -> PreparedOp:
    """Return the op of absolute bytes, recovering its signers. Raises `ValueError` if it is not one
    op.

    `reporter_epoch` matters to IndexPrice only; if it is not the state's when the op is applied,
    the engine recovers again.
    """
    prepared = read_op(data)
    prepared.signers = _signers_of(prepared.decoded, domain_separator, reporter_epoch)
    prepared.reporter_epoch = reporter_epoch
    return prepared
