"""A stop-loss on a node that runs: set from the command line, kept by a kill -9, fired by the node,
and told to its account."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from strikeproof.cli.main import main
from strikeproof.client import Client, OrderEvent, OrderEventKind
from strikeproof.client.operation import Place
from strikeproof.wire.errors import Result
from tests.integration.sequencer.node_process import NodeProcess, running_node
from tests.integration.sequencer.venue import TestVenue, Trader, index_price

LOTS = 1_000
TICK = 10**8  # nano-USD
OPTIONS = {"batch": {"batch_ms": 200}}


def place(node: NodeProcess, trader: Trader, is_sell: bool, price: int) -> None:
    answer = node.submit(trader.bundle(Place(1, is_sell, price, LOTS)))
    assert not answer.accepted.actions[0].result, answer


def trade(node: NodeProcess, folder: Path, trader: Trader, *arguments: str) -> tuple[int, str]:
    """Run a command of `strikeproof trade` with the trader's key."""
    path = folder / "trader.toml"
    path.write_text(
        f'endpoint = "{node.endpoint}"\naccount = {trader.account}\n[key]\nkey_env = "TRADER_KEY"\n'
    )
    secret = {"TRADER_KEY": "0x" + trader.wallet.secret().hex()}
    found = CliRunner().invoke(main, ["trade", "--config", str(path), *arguments], env=secret)
    return found.exit_code, found.output


def life_of(event: OrderEvent) -> tuple[str, int, str | None, str | None]:
    """Return what happened to which trigger, its price, and why it ended."""
    trigger = event.trigger
    assert trigger is not None
    price = None if trigger.price_usd is None else str(trigger.price_usd)
    why = None if trigger.ending is None else trigger.ending.name
    return event.kind.name, trigger.place, price, why


@pytest.mark.timeout(120)
def test_a_stop_loss_outlives_a_kill_and_fires_by_itself(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    node = NodeProcess(folder, **OPTIONS).connect()
    holder, seller, bidder, _ = TestVenue().people
    node.submit(index_price(1_000 * TICK))
    place(node, seller, True, 1_000)
    place(node, holder, False, 1_000)
    place(node, bidder, False, 990)
    with Client(node.endpoint, holder.wallet, account=holder.account) as client:
        terms = {"sell": True, "lots": LOTS, "falling": True}
        ack = client.set_trigger(1, 3, trigger_price_nano_usd=995 * TICK, client_id=9, **terms)
        assert ack.result is Result.OK
        assert client.cancel_trigger(1, 4).result is Result.TRIGGER_NOT_FOUND
        (waiting,) = client.account().triggers
        assert (waiting.place, waiting.dead, str(waiting.trigger_price_usd)) == (3, False, "99.5")
        symbol = client.instrument(1).symbol
    wanted = ("set", symbol, "0", "sell", "5", "above", "200")
    code, text = trade(node, tmp_path, holder, "trigger", *wanted)
    assert code == 0, text
    code, text = trade(node, tmp_path, holder, "trigger", "list", "--json")
    assert [each["place"] for each in json.loads(text)] == [0, 3]
    assert trade(node, tmp_path, holder, "trigger", "cancel", symbol, "0")[0] == 0
    assert trade(node, tmp_path, holder, "trigger", "cancel", symbol, "0")[0] != 0
    code, text = trade(node, tmp_path, holder, "trigger", "list")
    assert "99.5" in text and "≤" in text
    for price in ("97", "98"):
        wanted = ("set", symbol, "0", "sell", "5", "below", price)
        assert trade(node, tmp_path, holder, "trigger", *wanted)[0] == 0
    assert trade(node, tmp_path, holder, "trigger", "cancel", symbol, "0")[0] == 0
    node.kill()

    with running_node(folder, **OPTIONS) as again, Client(again.endpoint) as client:
        assert len(client.account(holder.account).triggers) == 1
        time.sleep(0.6)
        again.submit(index_price(994 * TICK))
        deadline = time.monotonic() + 30
        while client.account(holder.account).triggers:
            assert time.monotonic() < deadline, again.log.read_text()[-4000:]
            time.sleep(0.1)
        assert all(not each.size_lots for each in client.account(holder.account).positions)
        events = client.order_events(account=holder.account, from_sequence=1, limit=100)
        told = [each for each in events if each.trigger is not None]
        assert [life_of(each) for each in told] == [
            ("TRIGGER_SET", 3, "99.5", None),
            ("TRIGGER_SET", 0, "200", None),
            ("TRIGGER_ENDED", 0, None, "TAKEN_BACK"),
            ("TRIGGER_SET", 0, "97", None),
            ("TRIGGER_ENDED", 0, None, "REPLACED"),
            ("TRIGGER_SET", 0, "98", None),
            ("TRIGGER_ENDED", 0, None, "TAKEN_BACK"),
            ("TRIGGERED", 3, "99.4", None),
        ]
        code, text = trade(again, tmp_path, holder, "events", "--json")
        assert code == 0, text
        shown = [each["trigger"] for each in json.loads(text)["events"] if each["trigger"]]
        assert [each["ending"] for each in shown[2:5:2]] == ["TAKEN_BACK", "REPLACED"]
        (fired,) = (each for each in events if each.kind is OrderEventKind.TRIGGERED)
        assert (fired.lots, fired.lots_left, fired.client_id, fired.sell) == (LOTS, 0, 9, True)
        sold = [each for each in events if each.kind is OrderEventKind.FILLED and each.sell]
        assert [(each.price, each.lots) for each in sold] == [(990, LOTS)]
