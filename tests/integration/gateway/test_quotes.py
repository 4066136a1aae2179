"""Quotes through a gateway: in decimals, as typed data, and what came of each side."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.gateway.gateway_inputs import sign_typed
from tests.integration.gateway.gateway_process import GatewayProcess, running_gateway
from tests.integration.sequencer.node_process import NodeProcess, running_node
from tests.integration.sequencer.venue import Trader, index_price, wallet

SYMBOL = "BTC-PERP-1"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    with running_node(tmp_path_factory.mktemp("node")) as found:
        found.submit(index_price())
        yield found


@pytest.fixture(scope="module")
def gateway(
    tmp_path_factory: pytest.TempPathFactory, node: NodeProcess
) -> Iterator[GatewayProcess]:
    log: Path = tmp_path_factory.mktemp("gateway") / "gateway.log"
    with running_gateway(log, node.endpoint) as found:
        yield found


@pytest.fixture(scope="module")
def people(node: NodeProcess) -> list[Trader]:
    return [Trader(i, wallet(f"trader {i}")) for i in range(1, 5)]


def test_a_quote_in_decimals_is_two_actions_of_typed_data_and_has_two_outcomes(
    gateway: GatewayProcess, people: list[Trader]
) -> None:
    quote: dict[str, Any] = {
        "kind": "quote",
        "instrument": SYMBOL,
        "bid": {"price": "95.5", "size": "0.04"},
        "ask": {"slot": 900, "serial": 7},
    }
    data = gateway.post("/typed-data", {"account": 3, "actions": [quote]})
    bid, ask = data["message"]["actions"]
    assert (bid["kind"], bid["sell"], bid["price"], bid["postOnly"]) == (5, False, 955, True)
    assert (ask["kind"], ask["sell"], ask["lots"], ask["slot"]) == (5, True, 0, 900)
    ack = gateway.post("/ops", {"op": sign_typed(people[2].wallet, data)})
    rests, gone = ack["actions"]
    assert (rests["resting_lots"], gone["result"]) == (4, "ORDER_NOT_FOUND")
    quote["bid"] = {"slot": rests["slot"], "serial": rests["serial"]}
    del quote["ask"]
    data = gateway.post("/typed-data", {"account": 3, "actions": [quote]})
    ack = gateway.post("/ops", {"op": sign_typed(people[2].wallet, data)})
    assert [each["result"] for each in ack["actions"]] == ["OK", "OK"]


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"bid": {"price": "95.5"}}, "actions[0].bid.price"),
        ({"bid": {"price": "95.5", "size": "0.04", "side": "buy"}}, "actions[0].bid.side"),
        ({"bid": {"price": "95.5", "size": "0.04", "slot": 3}}, "bid.serial"),
        (
            {"ask": {"price": "90", "size": "0.04"}, "bid": {"price": "90", "size": "1"}},
            "bid.price",
        ),
        ({}, "bid"),
        ({"bid": {"price": "95.5", "size": "0.04"}, "time_in_force": "FOK"}, "post_only"),
    ],
)
def test_a_quote_that_is_wrong_names_the_field(
    gateway: GatewayProcess, terms: dict[str, Any], field: str
) -> None:
    quote = {"kind": "quote", "instrument": SYMBOL, **terms}
    answer = gateway.http.post("/api/v1/typed-data", json={"account": 3, "actions": [quote]})
    assert answer.status_code == 400
    assert answer.json()["error"]["values"]["field"] == field
