"""Ops of tests as a segment holds them: those without an ordered form stand there as they are."""

from __future__ import annotations

from collections.abc import Iterator

from strikeproof.ordered_form import NoOrderedForm, frame_ordered, ordered_op
from strikeproof.sequencer.core.absolute_form import absolute_body, has_ordered_form
from strikeproof.sequencer.core.op import ordered_end
from strikeproof.wire.operations import frame_op

HEAD_BYTES = 3  # type, length: of the absolute form


def absolute_ops(data: bytes) -> Iterator[bytes]:
    """Yield whole ops of the absolute form, one behind another."""
    at = 0
    while at < len(data):
        end = at + HEAD_BYTES + int.from_bytes(data[at + 1 : at + HEAD_BYTES], "big")
        yield data[at:end]
        at = end


def ordered(op: bytes) -> bytes:
    """Return an op's ordered form; of one that has none its body, which is none either."""
    try:
        return ordered_op(op)
    except NoOrderedForm:
        return frame_ordered(op[0], op[HEAD_BYTES:])


def in_order(ops: bytes) -> bytes:
    """Return ops, one behind another, in the ordered form."""
    return b"".join(map(ordered, absolute_ops(ops)))


def split_ordered(data: bytes) -> tuple[list[bytes], bytes]:
    """Return the ops of a segment behind its head, and the bytes after the last whole one."""
    ops, at = [], 0
    while (end := ordered_end(data, at)[1]) <= len(data):
        ops.append(data[at:end])
        at = end
    return ops, data[at:]


def as_signed(op: bytes) -> bytes:
    """Return an op of a segment in the absolute form, its nonce with 16 bits; a malformed one with
    the body that it has."""
    start, _ = ordered_end(op, 0)
    body = op[start:]
    if has_ordered_form(op[0]):
        body = absolute_body(op[0], body) or body
    return frame_op(type=op[0], body=body)
