"""How requests name ops and orders."""

from __future__ import annotations

from collections.abc import Sequence

from strikeproof.client.acknowledgement import Ack
from strikeproof.client.op_check import FieldInvalid, request_of
from strikeproof.wire.operation_pb2 import OrderName, Position
from strikeproof.wire.venue_pb2 import GetFinalityRequest


def order_name(order: tuple[int, int, int]) -> OrderName:
    """Return the name of an order: instrument, slot, serial. Raises `FieldInvalid`."""
    instrument, slot, serial = order
    return request_of(OrderName, instrument=instrument, slot=slot, serial=serial)


def finality_request(op: Ack | bytes | Sequence[int]) -> GetFinalityRequest:
    """Return the request for an op's finality. Raises `FieldInvalid`."""
    if isinstance(op, bytes):
        return GetFinalityRequest(op_hash=op)
    if isinstance(op, Ack):
        op = (op.receipt.batch, op.receipt.segment, op.receipt.index)
    if not isinstance(op, tuple | list) or len(op) != 3:
        raise FieldInvalid("op", op, "is named by its ack, its hash, or batch, segment and index")
    batch, segment, index = op
    position = request_of(Position, batch=batch, segment=segment, index=index)
    return GetFinalityRequest(position=position)
