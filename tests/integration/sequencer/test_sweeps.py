"""Expired orders leave a quiet venue within the sweep interval, also after a restart."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from strikeproof.client.operation import Place
from strikeproof.wire.constants import TimeInForce
from strikeproof.wire.market_pb2 import GetOrderBookRequest
from strikeproof.wire.market_pb2_grpc import MarketStub
from tests.integration.sequencer.node_process import NodeProcess, running_node
from tests.integration.sequencer.venue import TestVenue, index_price, now_ms

SWEEP_SECONDS = 1.0
OPTIONS = {"batch": {"batch_ms": 200}, "node": {"sweep_seconds": SWEEP_SECONDS}}
ORDERS = 3


def place_expiring(node: NodeProcess, venue: TestVenue, after_ms: int) -> None:
    node.submit(index_price())
    expiry_ms = now_ms() + after_ms
    for number in range(ORDERS):
        order = Place(
            1, False, 900 - number, 10, expiry_ms=expiry_ms, time_in_force=TimeInForce.GTD
        )
        answer = node.submit(venue.people[0].bundle(order))
        assert answer.accepted.actions[0].resting_lots == 10


def bids(node: NodeProcess) -> int:
    return len(MarketStub(node.channel).GetOrderBook(GetOrderBookRequest(instrument=1)).bids)


@pytest.mark.timeout(60)
def test_expired_orders_are_swept_while_nobody_trades(tmp_path: Path) -> None:
    with running_node(tmp_path / "data", **OPTIONS) as node:
        place_expiring(node, TestVenue(), 1_500)
        assert bids(node) == ORDERS
        time.sleep(1.5 + SWEEP_SECONDS + 1.0)
        assert bids(node) == 0


@pytest.mark.timeout(90)
def test_orders_that_died_before_a_restart_are_swept_after_it(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    node = NodeProcess(folder, batch={"batch_ms": 200}, node={"sweep_seconds": 0}).connect()
    place_expiring(node, TestVenue(), 500)
    time.sleep(1.0)
    node.kill()
    with running_node(folder, **OPTIONS) as again:
        time.sleep(SWEEP_SECONDS + 1.0)
        assert bids(again) == 0
        again.submit(index_price())
        assert bids(again) == 0
