"""What one host may take of a gateway, told beside a node that is silent."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from strikeproof.client import AsyncClient
from strikeproof.client.operation import CancelAll
from strikeproof.gateway.live import disconnect_orders
from strikeproof.gateway.live.disconnect_orders import DisconnectOrders
from strikeproof.gateway.metrics import GatewayMetrics
from strikeproof.gateway.settings import ConnectionBounds, GatewaySettings
from tests.integration.gateway.gateway_process import GatewayProcess, LiveClient, running_gateway
from tests.integration.sequencer.node_process import on_loop
from tests.integration.sequencer.venue import Trader, wallet

HANDSHAKES = 8
STOP_SECONDS = 20
OP = Trader(1, wallet("trader 1")).bundle(CancelAll())


@pytest.fixture(scope="module")
def silent_node() -> Iterator[str]:
    """An address that takes connections and says nothing: what is followed there stays open."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture(scope="module")
def gateway(silent_node: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    settings = GatewaySettings(
        silent_node,
        port=0,
        host_orders_max=3,
        requests_per_second=1,
        requests_burst=HANDSHAKES,
        connection=ConnectionBounds(orders_max=2, ops_per_second=1, ops_burst=3),
    )
    log = tmp_path_factory.mktemp("bounds") / "gateway.log"
    with running_gateway(log, silent_node, settings=settings) as found:
        yield found


def follow(live: LiveClient, account: int) -> dict[str, Any]:
    return live.ask("subscribe", id=1, channel="orders", account=account)


def test_a_connection_and_a_host_follow_only_so_many_accounts(gateway: GatewayProcess) -> None:
    with gateway.live() as one, gateway.live() as other:
        assert [follow(one, account)["type"] for account in (1, 2)] == ["subscribed"] * 2
        error = follow(one, 3)["error"]
        assert error["name"] == "TOO_MANY_STREAMS"
        assert error["values"] == {"orders_of_this_connection": "2"}
        assert follow(other, 3)["type"] == "subscribed"
        assert follow(other, 4)["error"]["values"] == {"orders_of_this_host": "3"}
        for _ in range(3):  # the same account again: none more
            assert follow(other, 3)["type"] == follow(one, 1)["type"] == "subscribed"
        one.ask("unsubscribe", id=1, channel="orders", account=1)
        assert follow(other, 4)["type"] == "subscribed"


def test_ops_for_a_disconnect_take_from_the_rate_of_ops(gateway: GatewayProcess) -> None:
    ops = ["0x" + OP.hex()] * 2
    with gateway.live() as live:
        assert live.ask("on_disconnect", id=1, ops=ops)["ops"] == 2
        error = live.ask("on_disconnect", id=2, ops=ops)["error"]
        assert error["name"] == "RATE_LIMITED" and 0 < error["retry_after_ms"] <= 1_000
        assert live.ask("on_disconnect", id=3, ops=[])["ops"] == 0


def test_handshakes_take_from_the_rate_of_their_host(gateway: GatewayProcess) -> None:
    def shake_hands(count: int) -> None:
        for _ in range(count):
            with gateway.live() as live:
                assert live.ask("ping", id=1)["type"] == "pong"

    with pytest.raises(InvalidStatus) as refused:
        shake_hands(2 * HANDSHAKES)
    answer = refused.value.response
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    assert json.loads(answer.body)["error"]["name"] == "RATE_LIMITED"


def test_ops_of_more_disconnects_than_may_wait_are_dropped_and_counted(
    silent_node: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disconnect_orders, "CONNECTIONS_MAX", 2)
    metrics = GatewayMetrics()

    async def run() -> None:
        async with AsyncClient(silent_node, timeout_seconds=1) as client:
            orders = DisconnectOrders(client, metrics)
            for count in (1, 1, 3):
                orders.submit([OP] * count)

    on_loop(run())
    labels = {"outcome": "dropped"}
    assert metrics.registry.get_sample_value("gateway_disconnect_ops_total", labels) == 3


def test_who_reads_the_address_connects_at_once_and_ends_it_at_once(silent_node: str) -> None:
    command = [sys.executable, "-m", "strikeproof", "gateway", "--sequencer", silent_node]
    command += ["--listen", "127.0.0.1:0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = next(each for each in process.stdout if each.startswith("listening "))
            host, _, port = line.split("//")[1].strip().rpartition(":")
            socket.create_connection((host, int(port))).close()
            process.terminate()
            assert process.wait(STOP_SECONDS) == 0
        finally:
            process.kill()
