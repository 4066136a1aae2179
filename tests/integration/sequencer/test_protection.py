"""A protected maker on a node that runs: set by the command line, counted, passed, told, frozen,
and shown by the account, its events, a gateway and its page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from strikeproof.cli.main import main
from strikeproof.client import Client, OrderEventKind, RemovalReason
from strikeproof.client.operation import SetProtection
from strikeproof.client.typed_data import typed_data_json
from strikeproof.keccak import keccak256
from strikeproof.wire.errors import Result
from tests.integration.gateway.gateway_process import GatewayProcess
from tests.integration.sequencer.node_process import NodeProcess, running_node
from tests.integration.sequencer.venue import index_price, wallet

PERP, PRICE, LOTS = 1, 1_000, 100
MINUTE_MS = 60_000


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    folder = tmp_path_factory.mktemp("protection")
    with running_node(folder / "data", batch={"batch_ms": 300, "segment_ms": 20}) as node:
        config = f'endpoint = "{node.endpoint}"\naccount = 1\n[key]\nkey_env = "TRADER_1"\n'
        (folder / "trader.toml").write_text(config)
        node.submit(index_price())
        node.trader_toml = folder / "trader.toml"  # type: ignore[attr-defined]
        yield node


def run(node: NodeProcess, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Any:
    """Run a command of trader 1."""
    monkeypatch.setenv("TRADER_1", "0x" + keccak256(b"trader 1").hex())
    monkeypatch.setenv("COLUMNS", "240")
    path: Path = node.trader_toml  # type: ignore[attr-defined]
    return CliRunner().invoke(main, ["trade", "--config", str(path), *arguments])


def test_story(node: NodeProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        Client(node.endpoint, wallet("trader 1"), account=1) as maker,
        Client(node.endpoint, wallet("trader 2"), account=2) as taker,
    ):
        symbol = maker.instrument(PERP).symbol
        limits = ("--lots", str(LOTS), "--delta", "1000.5", "--within", "60", "--freeze", "60")
        found = run(node, monkeypatch, "protect", symbol, *limits)
        assert found.exit_code == 0, found.output
        assert maker.place(PERP, sell=True, price=PRICE, lots=3 * LOTS).action.is_ok
        assert maker.place(PERP, sell=False, price=PRICE // 2, lots=LOTS).action.is_ok
        sequence = max(each.sequence for each in maker.order_events()) + 1
        assert taker.place(PERP, sell=False, price=PRICE, lots=LOTS).action.is_ok
        held = maker.account().protection
        assert held is not None
        assert (held.lots, held.lots_max, held.vega_max) == (LOTS, LOTS, None)
        assert held.delta < 0
        now_ms = maker.now_ms()
        left = held.remaining(now_ms)
        assert (left.lots, left.vega_upper) == (0, None)
        assert left.delta_upper - 1_000_500_000_000 == -held.delta  # type: ignore[operator]
        assert held.remaining(now_ms + MINUTE_MS).lots == LOTS
        shown = " ".join(run(node, monkeypatch, "account").output.split())
        assert f"are protected: lots {LOTS} of {LOTS}, delta -" in shown
        assert "of 1,000.5 within 60 s" in shown or "of 1000.5 within 60 s" in shown

        assert taker.place(PERP, sell=False, price=PRICE, lots=LOTS).action.is_ok
        told = [each for each in maker.order_events() if each.sequence >= sequence]
        passed = [each for each in told if each.kind is OrderEventKind.PROTECTION_PASSED]
        assert [each.protected_underlying for each in passed] == [1]
        assert passed[0].frozen_until_ms > passed[0].time_ms
        ended = [each for each in told if each.kind is OrderEventKind.REMOVED]
        assert [each.reason for each in ended] == [RemovalReason.PROTECTED] * 2
        assert not maker.account().open_orders
        refused = maker.place(PERP, sell=True, price=PRICE, lots=LOTS)
        assert refused.action.result is Result.PROTECTION_FROZEN
        shown = " ".join(run(node, monkeypatch, "account").output.split())
        assert "A limit was passed: none of its orders rests there before" in shown
        events = run(node, monkeypatch, "events").output
        assert "protection passed: underlying 1, frozen until" in " ".join(events.split())
        show_on_the_gateway(node, maker)

        assert run(node, monkeypatch, "protect", "--never").exit_code == 0
        assert maker.account().protection is None
        assert maker.place(PERP, sell=True, price=PRICE, lots=LOTS).action.is_ok
        maker.cancel_all()


def show_on_the_gateway(node: NodeProcess, maker: Client) -> None:
    path: Path = node.trader_toml  # type: ignore[attr-defined]
    gateway = GatewayProcess(path.parent / "gateway.log", node.endpoint)
    try:
        found = gateway.get("/accounts/1")["protection"]
        assert found["delta_max"] == "1000.5"
        assert (found["vega_max"], found["lots"], found["delta"]) == (None, 0, "0")
        events = gateway.get("/accounts/1/events")["events"]
        assert any(each["kind"] == "PROTECTION_PASSED" for each in events)
        assert "A limit was passed: none rests before" in gateway.http.get("/accounts/1").text
        limits = {"underlying": 1, "window_ms": 5, "vega_max": "0.5", "lots_max": 3}
        form = {"account": 1, "nonce": "9", "expiry_ms": 9_000, "set_protection": limits}
        data = gateway.post("/typed-data", form)
        fee = int(data["message"]["maxL1Fee"])
        op = SetProtection(1, 0, 9, 9_000, 1, 5, 0, 3, 2**63 - 1, 500_000, fee)  # type: ignore[arg-type]
        info = maker.venue()
        assert data == json.loads(json.dumps(typed_data_json(op, info.chain_id, info.rollup)))
    finally:
        gateway.stop()


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("BTC-PERP",),
        ("BTC-PERP", "--lots", "5"),
        ("BTC-PERP", "--within", "5"),
        ("--never", "--lots", "5"),
        ("BTC-PERP", "--within", "5", "--delta", "1e3"),
    ],
)
def test_half_a_protection_is_refused(
    node: NodeProcess, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    assert run(node, monkeypatch, "protect", *arguments).exit_code == 2
