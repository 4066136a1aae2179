"""What the venue answers to an op."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from strikeproof.client.receipt_check import Receipt
from strikeproof.wire.errors import Result
from strikeproof.wire.operation_pb2 import Accepted
from strikeproof.wire.operation_pb2 import ActionOutcome as ActionMessage


@dataclass(frozen=True, slots=True)
class Fill:
    """One fill: ticks and lots."""

    price: int
    lots: int


@dataclass(frozen=True, slots=True)
class ActionOutcome:
    """What became of one action. `slot` is 0 if no order rests."""

    result: Result
    slot: int
    serial: int
    filled_lots: int
    resting_lots: int
    fills: tuple[Fill, ...]

    @property
    def is_ok(self) -> bool:
        """Whether the law's code is OK."""
        return self.result is Result.OK

    @classmethod
    def of_message(cls, message: ActionMessage) -> Self:
        """Return the value of an API message."""
        return cls(
            Result(message.result),
            message.slot,
            message.serial,
            message.filled_lots,
            message.resting_lots,
            tuple(Fill(each.price, each.lots) for each in message.fills),
        )


@dataclass(frozen=True, slots=True)
class Ack:
    """An op that was accepted: its receipt, its results."""

    receipt: Receipt
    result: Result
    actions: tuple[ActionOutcome, ...]

    @property
    def action(self) -> ActionOutcome:
        """The outcome of a bundle's only action."""
        (only,) = self.actions
        return only

    @classmethod
    def of_message(cls, message: Accepted) -> Self:
        """Return the value of an API message."""
        return cls(
            Receipt.of_message(message.receipt),
            Result(message.result),
            tuple(ActionOutcome.of_message(each) for each in message.actions),
        )
