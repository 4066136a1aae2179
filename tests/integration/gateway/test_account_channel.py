"""The channel `account` beside a real node: margin, positions and Greeks as they change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from strikeproof.client.operation import Place
from tests.integration.gateway.gateway_process import GatewayProcess, running_gateway
from tests.integration.sequencer.node_process import NodeProcess, running_node
from tests.integration.sequencer.venue import Trader, index_price, wallet

OPTIONS: dict[str, dict[str, Any]] = {"batch": {"batch_ms": 300, "segment_ms": 30}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("channel")


@pytest.fixture(scope="module")
def node(folder: Path) -> Iterator[NodeProcess]:
    with running_node(folder / "data", **OPTIONS) as found:
        yield found


@pytest.fixture(scope="module")
def gateway(folder: Path, node: NodeProcess) -> Iterator[GatewayProcess]:
    with running_gateway(folder / "gateway.log", node.endpoint) as found:
        yield found


def test_an_account_is_reported_with_its_greeks_when_it_changes(
    gateway: GatewayProcess, node: NodeProcess
) -> None:
    node.submit(index_price())
    people = [Trader(number, wallet(f"trader {number}")) for number in (1, 2)]
    with gateway.live() as live:
        live.ask("subscribe", "subscribed", id=1, channel="account", account=2)
        now = later = live.hear(type="item", channel="account")
        node.submit(people[0].bundle(Place(1, True, 1_000, 3)))
        node.submit(people[1].bundle(Place(1, False, 1_000, 3)))
        while later["positions"] == now["positions"]:
            later = live.hear(type="item", channel="account")
        (position,), (greeks,) = later["positions"], later["greeks"]
        assert position["greeks"]["delta"] == position["size"] == greeks["delta"]
        shown = gateway.get("/accounts/2")
        del shown["open_orders"]
        assert {name: later[name] for name in shown} == shown
