"""Enums that the node and the client each write for themselves: numbers and names of the API's."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import pytest

from strikeproof.client import account_greeks, order_history, quote_request
from strikeproof.sequencer.core import engine_event, trigger_event
from strikeproof.sequencer.history import order_event
from strikeproof.sequencer.rfq import quote_request as node_request
from strikeproof.wire import orders_pb2, rfq_pb2, venue_pb2


@pytest.mark.parametrize(
    ("ours", "message", "prefix"),
    [
        (quote_request.RequestSide, rfq_pb2.RequestSide, "REQUEST_SIDE_"),
        (node_request.RequestSide, rfq_pb2.RequestSide, "REQUEST_SIDE_"),
        (quote_request.RequestState, rfq_pb2.RequestState, "REQUEST_STATE_"),
        (node_request.RequestState, rfq_pb2.RequestState, "REQUEST_STATE_"),
        (order_history.TriggerEnding, orders_pb2.TriggerEnding, "TRIGGER_ENDING_"),
        (trigger_event.TriggerEnding, orders_pb2.TriggerEnding, "TRIGGER_ENDING_"),
        (order_history.RemovalReason, orders_pb2.RemovalReason, "REMOVAL_REASON_"),
        (engine_event.RemovalReason, orders_pb2.RemovalReason, "REMOVAL_REASON_"),
        (order_history.OrderEventKind, orders_pb2.OrderEventKind, "ORDER_EVENT_KIND_"),
        (order_event.OrderEventKind, orders_pb2.OrderEventKind, "ORDER_EVENT_KIND_"),
        (account_greeks.GreeksBasis, venue_pb2.GreeksBasis, "GREEKS_BASIS_"),
    ],
)
def test_an_enum_is_the_messages(ours: type[IntEnum], message: Any, prefix: str) -> None:
    named = {name.removeprefix(prefix): value for name, value in message.items() if value}
    assert {each.name: each.value for each in ours if each.value} == named
