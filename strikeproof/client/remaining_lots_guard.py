"""What a caller believes an order to have left: the guard of a replace."""

from __future__ import annotations

from dataclasses import dataclass

from strikeproof.client.op_check import request_of
from strikeproof.wire.operation_pb2 import OrderName
from strikeproof.wire.trading_pb2 import Expectation


@dataclass(frozen=True, slots=True)
class Remaining:
    """An order, and the lots that it must have left when an op is ordered."""

    instrument: int
    slot: int
    serial: int
    lots: int

    def message(self) -> Expectation:
        """Return the API's message. Raises `FieldInvalid`."""
        order = request_of(
            OrderName, instrument=self.instrument, slot=self.slot, serial=self.serial
        )
        return request_of(Expectation, order=order, remaining_lots=self.lots)
