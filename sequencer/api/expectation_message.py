"""What callers expect of their resting orders, parsed."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from strikeproof.sequencer.api.api_failure import ApiFailure
from strikeproof.sequencer.intake.expectation import Expectation
from strikeproof.wire import trading_pb2
from strikeproof.wire.constants import ACTIONS_MAX
from strikeproof.wire.errors import ApiError

EXPECTATIONS_MAX: Final = 2 * ACTIONS_MAX  # of an op: both sides of eight quotes


def _expectation(message: trading_pb2.Expectation) -> Expectation:
    order = message.order
    return Expectation(order.instrument, order.slot, order.serial, message.remaining_lots)


def expectations_of_one(request: trading_pb2.SubmitRequest) -> list[Expectation]:
    """Return the expectations of a single op. Raises `ApiFailure`."""
    if len(request.expectations) > EXPECTATIONS_MAX:
        raise ApiFailure(
            ApiError.REQUEST_MALFORMED,
            f"expectations: an op has at most {EXPECTATIONS_MAX}",
            field="expectations",
        )
    return [_expectation(each) for each in request.expectations]


def expectations_of(message: trading_pb2.SubmitMany) -> dict[int, list[Expectation]]:
    """Return expectations by the place of their op. Raises `ApiFailure`."""
    found: defaultdict[int, list[Expectation]] = defaultdict(list)
    for each in message.expectations:
        if each.op >= len(message.ops) or len(found[each.op]) == EXPECTATIONS_MAX:
            raise ApiFailure(
                ApiError.REQUEST_MALFORMED,
                f"expectations: op {each.op} is not in the message, or has too many",
                field="expectations",
            )
        found[each.op].append(_expectation(each.expectation))
    return found
