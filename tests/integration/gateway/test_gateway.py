"""A gateway beside a real node: reads, orders, streams, what happens at a disconnect."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from strikeproof.client.operation import Cancel, CancelAll, Place
from strikeproof.devnet.ports import free_port
from tests.harness import ROOT
from tests.integration.gateway.gateway_inputs import FRAMES, RAW_REQUESTS, fits, sign_typed
from tests.integration.gateway.gateway_process import GatewayProcess, LiveClient, running_gateway
from tests.integration.sequencer.node_process import NodeProcess, running_node
from tests.integration.sequencer.venue import Trader, index_price, wallet

OPTIONS: dict[str, dict[str, Any]] = {"batch": {"batch_ms": 300, "segment_ms": 30}}
SYMBOL = "BTC-PERP-1"
METRICS = ("--metrics-port", str(free_port()))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gateway")


@pytest.fixture(scope="module")
def node(folder: Path) -> Iterator[NodeProcess]:
    with running_node(folder / "data", **OPTIONS) as found:
        yield found


@pytest.fixture(scope="module")
def gateway(folder: Path, node: NodeProcess) -> Iterator[GatewayProcess]:
    with running_gateway(folder / "gateway.log", node.endpoint, *METRICS) as found:
        yield found


@pytest.fixture(scope="module")
def people(node: NodeProcess) -> list[Trader]:
    return [Trader(i, wallet(f"trader {i}")) for i in range(1, 5)]


@pytest.fixture(autouse=True)
def fresh_price(node: NodeProcess) -> None:
    node.submit(index_price())


def place(sell: bool, price: int, lots: int) -> Place:
    return Place(1, sell, price, lots)


def submit(live: LiveClient, id_: int, *ops: object) -> list[dict[str, Any]]:
    live.say("submit", id=id_, ops=list(ops))
    return [live.hear(type="ack", id=id_, item=number) for number in range(len(ops))]


def hexed(op: bytes) -> str:
    return "0x" + op.hex()


# --- reads ---


def test_reads_give_exact_decimals(
    gateway: GatewayProcess, node: NodeProcess, people: list[Trader]
) -> None:
    node.submit(people[0].bundle(place(False, 990, 7), place(True, 1_010, 3)))
    (found,) = gateway.get("/instruments")["instruments"]
    assert (found["instrument"], found["tick_size"], found["lot_size"]) == (SYMBOL, "0.1", "0.01")
    assert found["mark_price"] == "100"
    book = gateway.get(f"/instruments/{SYMBOL}/book")
    assert book["bids"][0] == ["99", "0.07", 1] and book["asks"][0] == ["101", "0.03", 1]
    account = gateway.get("/accounts/1")
    assert account["owner"] == hexed(people[0].wallet.address)
    assert [each["size"] for each in account["open_orders"]] == ["0.07", "0.03"]
    assert gateway.get("/accounts", owner=account["owner"])["accounts"] == [1]
    node.submit(people[0].bundle(CancelAll()))


def test_a_trade_shows_in_trades_candles_and_both_histories(
    gateway: GatewayProcess, node: NodeProcess, people: list[Trader]
) -> None:
    node.submit(people[0].bundle(place(True, 1_000, 5)))
    node.submit(people[1].bundle(place(False, 1_000, 5)))
    trade = gateway.get(f"/instruments/{SYMBOL}/trades")["trades"][0]
    assert (trade["price"], trade["size"], trade["taker_side"]) == ("100", "0.05", "buy")
    candle = gateway.get(f"/instruments/{SYMBOL}/candles")["candles"][-1]
    assert candle["close"] == "100" and candle["trades"] >= 1
    for account in (1, 2):
        events = gateway.get(f"/accounts/{account}/events")["events"]
        assert any(each["kind"] == "FILLED" and each["size"] == "0.05" for each in events)
    place_ = trade["position"]
    finality = gateway.get(f"/ops/{place_['batch']}/{place_['segment']}/{place_['index']}/finality")
    assert finality["state"] in ("accepted", "ordered", "claimed")


@pytest.mark.parametrize(
    ("path", "status", "name", "field"),
    [
        ("/instruments/NONE", 404, "NOT_FOUND", "instrument"),
        ("/instruments/1/book?depth=x", 400, "REQUEST_MALFORMED", "depth"),
        ("/instruments/1/trades?limit=0", 400, "REQUEST_MALFORMED", "limit"),
        ("/accounts/0", 400, "REQUEST_MALFORMED", "account"),
        ("/accounts/99", 404, "NOT_FOUND", "account"),
        ("/accounts?owner=0x12", 400, "REQUEST_MALFORMED", "owner"),
        ("/ops/0xzz/finality", 400, "REQUEST_MALFORMED", "hash"),
        ("/proofs/99999999999999999999", 400, "REQUEST_MALFORMED", "key"),
        ("/batches/1", 404, "NOT_FOUND", "l1"),
        ("/nothing", 404, "NOT_FOUND", "path"),
    ],
)
def test_refused_reads_name_the_field(
    gateway: GatewayProcess, path: str, status: int, name: str, field: str
) -> None:
    error = gateway.get(path, status)["error"]
    assert (error["name"], error["values"]["field"], error["retry"]) == (name, field, False)


# --- orders ---


def form(account: int, **terms: Any) -> dict[str, Any]:
    order = {"kind": "place", "instrument": SYMBOL, "side": "buy", "price": "95.5", "size": "0.04"}
    return {"account": account, "actions": [{**order, **terms}]}


def test_an_order_in_decimals_is_signed_as_typed_data_and_accepted(
    gateway: GatewayProcess, people: list[Trader]
) -> None:
    data = gateway.post("/typed-data", form(3, client_id="18446744073709551615"))
    action = data["message"]["actions"][0]
    assert (action["price"], action["lots"]) == (955, 4)
    ack = gateway.post("/ops", {"op": sign_typed(people[2].wallet, data)})
    outcome = ack["actions"][0]
    assert (ack["result"], outcome["resting_lots"]) == ("OK", 4)
    name = f"{outcome['slot']}/{outcome['serial']}"
    assert gateway.get(f"/orders/{SYMBOL}/{name}/finality")["state"] == "accepted"
    order = gateway.get("/accounts/3")["open_orders"][0]
    assert (order["price"], order["client_id"]) == ("95.5", "18446744073709551615")


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"price": "95.55"}, "price"),
        ({"price": 95.5}, "price"),
        ({"size": "0.045"}, "size"),
        ({"size": "0"}, "size"),
        ({"side": "long"}, "actions[0].side"),
        ({"kind": "market"}, "actions[0].kind"),
        ({"instrument": "NONE"}, "instrument"),
        ({"time_in_force": "IOC", "post_only": True}, "post_only"),
        ({"reduce_onyl": True}, "actions[0].reduce_onyl"),
        ({"client_id": -1}, "actions[0].client_id"),
    ],
)
def test_a_form_that_is_wrong_names_the_field(
    gateway: GatewayProcess, terms: dict[str, Any], field: str
) -> None:
    answer = gateway.http.post("/api/v1/typed-data", json=form(3, **terms))
    error = answer.json()["error"]
    assert answer.status_code in (400, 404)
    assert error["values"]["field"] == field


def test_each_item_of_a_message_has_its_own_ack(
    gateway: GatewayProcess, people: list[Trader]
) -> None:
    with gateway.live() as live:
        good = hexed(people[0].bundle(place(False, 900, 2)))
        unfunded = hexed(Trader(77, wallet("nobody")).bundle(place(False, 900, 2)))
        acks = submit(live, 1, good, "0x00", unfunded, "text", good[:-2], 5)
        assert acks[0]["accepted"]["actions"][0]["resting_lots"] == 2
        assert acks[0]["accepted"]["receipt"]["signature"].startswith("0x")
        names = [each["error"]["name"] for each in acks[1:]]
        assert names == ["REQUEST_MALFORMED", "OP_REJECTED", *["REQUEST_MALFORMED"] * 3]
        assert acks[2]["error"]["result"] == "UNKNOWN_ACCOUNT"
        submit(live, 2, hexed(people[0].bundle(CancelAll())))


# --- streams ---


def test_book_channel_is_a_snapshot_and_deltas_without_a_gap(
    gateway: GatewayProcess, node: NodeProcess, people: list[Trader]
) -> None:
    with gateway.live() as live:
        live.ask("subscribe", "subscribed", id=1, channel="book", instrument=SYMBOL)
        book = live.hear(type="snapshot", channel="book")
        at, bids = book["sequence"], {price: size for price, size, _ in book["bids"]}
        for number in range(5):
            node.submit(people[0].bundle(place(False, 800 + number, 2)))
        node.submit(people[0].bundle(CancelAll()))
        while "80.4" not in bids or len(bids) > len(book["bids"]):
            delta = live.hear(type="delta", channel="book")
            assert delta["previous_sequence"] == at and delta["stream"] == book["stream"]
            at = delta["sequence"]
            bids |= {price: size for price, size, _ in delta["bids"]}
            if "80.4" in bids and bids["80.4"] == "0":
                break
        assert all(bids[f"80.{number}" if number else "80"] == "0" for number in range(5))
    with gateway.live() as again:
        again.ask(
            "subscribe",
            "subscribed",
            id=1,
            channel="book",
            instrument=SYMBOL,
            stream=book["stream"],
            from_sequence=book["sequence"] + 1,
        )
        first = again.hear(channel="book")
        assert first["type"] == "delta" and first["previous_sequence"] == book["sequence"]


def test_an_account_is_followed_through_reconnects_without_a_gap(
    gateway: GatewayProcess, node: NodeProcess, people: list[Trader]
) -> None:
    seen = gateway.get("/accounts/4/events", limit=1)["events"]
    following = seen[-1]["sequence"] + 1 if seen else 1
    numbers: list[int] = []
    for number in range(30):
        node.submit(people[3].bundle(place(False, 700 + number % 10, 2), CancelAll()))
        with gateway.live() as live:
            live.say("subscribe", channel="orders", account=4, from_sequence=following)
            while len(numbers) < 2 * (number + 1):
                event = live.hear(type="item", channel="orders")
                numbers.append(event["sequence"])
                following = event["sequence"] + 1
    assert numbers == list(range(numbers[0], numbers[0] + 60))


def test_trades_resume_from_a_number_and_say_when_they_cannot(
    gateway: GatewayProcess, node: NodeProcess, people: list[Trader]
) -> None:
    def trade() -> None:
        node.submit(people[0].bundle(place(True, 1_000, 2)))
        node.submit(people[1].bundle(place(False, 1_000, 2)))

    with gateway.live() as live:
        live.ask("subscribe", "subscribed", id=1, channel="trades", instrument=SYMBOL)
        trade()
        first = live.hear(type="item", channel="trades")
    trade()
    trade()
    with gateway.live() as live:
        since: dict[str, Any] = {"channel": "trades", "instrument": SYMBOL, "id": 1}
        since |= {"stream": first["stream"], "from_sequence": first["sequence"] + 1}
        live.ask("subscribe", "subscribed", **since)
        found = [live.hear(type="item", channel="trades")["sequence"] for _ in range(2)]
        assert found == [first["sequence"] + 1, first["sequence"] + 2]
        live.say("subscribe", **{**since, "stream": "another"})
        error = live.hear(type="ended", channel="trades")["error"]
        assert error["name"] == "NOT_FOUND" and error["values"]["stream"] == first["stream"]


def test_prices_are_reported_when_they_change(gateway: GatewayProcess, node: NodeProcess) -> None:
    with gateway.live() as live:
        live.ask("subscribe", "subscribed", id=1, channel="prices", instrument=SYMBOL)
        now = live.hear(channel="prices")
        node.submit(index_price())
        later = live.hear(channel="prices")
        assert later["sequence"] > now["sequence"]
        assert later["index_time_ms"] > now["index_time_ms"]


def test_a_subscription_to_nothing_ends_with_its_reason(gateway: GatewayProcess) -> None:
    with gateway.live() as live:
        live.say("subscribe", id=1, channel="orders", account=99)
        assert live.hear(type="ended", id=1)["error"]["name"] == "NOT_FOUND"
        live.say("subscribe", id=3, channel="account", account=99)
        assert live.hear(type="ended", id=3)["error"]["name"] == "NOT_FOUND"
        live.say("subscribe", id=2, channel="book", instrument="NONE")
        assert live.hear(id=2)["error"]["values"]["field"] == "instrument"


# --- disconnects ---


def test_orders_are_cancelled_within_500_ms_of_a_lost_connection(
    gateway: GatewayProcess, node: NodeProcess, people: list[Trader]
) -> None:
    trader = people[1]
    live = gateway.live()
    submit(live, 1, hexed(trader.bundle(place(False, 750, 9))))
    last = hexed(trader.bundle(CancelAll()))
    kept = live.ask("on_disconnect", id=2, ops=[last], heartbeat_ms=0)
    assert (kept["type"], kept["ops"]) == ("on_disconnect", 1)
    assert gateway.get("/accounts/2")["open_orders"] != []
    lost = time.monotonic()
    live.socket.socket.close()  # as a process that dies
    while gateway.get("/accounts/2")["open_orders"]:
        assert time.monotonic() - lost < 0.5
    live.socket.close()


def test_a_silent_client_is_a_lost_one(
    gateway: GatewayProcess, node: NodeProcess, people: list[Trader]
) -> None:
    trader = people[1]
    with gateway.live() as live:
        (ack,) = submit(live, 1, hexed(trader.bundle(place(False, 751, 9))))
        outcome = ack["accepted"]["actions"][0]
        last = hexed(trader.bundle(Cancel(1, outcome["slot"], outcome["serial"])))
        live.ask("on_disconnect", id=2, ops=[last], heartbeat_ms=200)
        live.ask("ping", "pong", id=3)
        silent = time.monotonic()
        while gateway.get("/accounts/2")["open_orders"]:
            assert time.monotonic() - silent < 1.2
        with pytest.raises(ConnectionClosed, match="HEARTBEAT_MISSED"):
            live.hear()


def test_ops_for_a_disconnect_can_be_taken_back(
    gateway: GatewayProcess, node: NodeProcess, people: list[Trader]
) -> None:
    trader = people[1]
    with gateway.live() as live:
        submit(live, 1, hexed(trader.bundle(place(False, 752, 9))))
        live.ask("on_disconnect", id=2, ops=[hexed(trader.bundle(CancelAll()))])
        assert live.ask("on_disconnect", id=3, ops=[])["ops"] == 0
    time.sleep(0.4)
    assert len(gateway.get("/accounts/2")["open_orders"]) == 1
    node.submit(trader.bundle(CancelAll()))


# --- what is hostile ---


def test_malformed_frames_get_an_error_and_keep_the_connection(gateway: GatewayProcess) -> None:
    with gateway.live() as live:
        for number, frame in enumerate(FRAMES):
            live.socket.send(frame)
            found = json.loads(live.socket.recv(10))
            error = found["error"]
            assert found["type"] in ("error", "ack"), FRAMES[number]
            assert error["name"] in ("REQUEST_MALFORMED", "NOT_FOUND"), FRAMES[number]
        live.ask("ping", "pong", id=1)


def test_a_message_that_is_too_large_ends_the_connection(gateway: GatewayProcess) -> None:
    with gateway.live() as live:
        live.socket.send("x" * 70_000)
        with pytest.raises(ConnectionClosed, match="1009"):
            live.hear()


def test_a_flood_learns_when_to_come_back_and_is_then_cut(gateway: GatewayProcess) -> None:
    with gateway.live() as live:
        for _ in range(1_500):
            live.socket.send('{"type":"ping"}')
        found = live.hear(type="error")["error"]
        assert found["name"] == "RATE_LIMITED" and 0 < found["retry_after_ms"] <= 1_000
        with pytest.raises(ConnectionClosed, match="RATE_LIMITED"):
            live.hear(type="never")


def read_answer(line: socket.socket) -> int:
    """Read one whole answer, which may come in several pieces; returns its status."""
    answer = HTTPResponse(line)
    answer.begin()
    answer.read()
    return answer.status


def test_a_request_that_does_not_arrive_is_not_waited_for(gateway: GatewayProcess) -> None:
    port = int(gateway.address.rsplit(":", 1)[1])
    lines = [socket.create_connection(("127.0.0.1", port)) for _ in range(3)]
    lines[1].sendall(b"GET /api/v1/venue HT")
    lines[2].sendall(b"GET /api/v1/venue HTTP/1.1\r\nHost: x\r\n\r\n")
    assert read_answer(lines[2]) == 200
    lines[2].sendall(b"POST /api/v1/ops HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{")
    for each in lines:
        each.settimeout(15)
    assert read_answer(lines[2]) == 400  # its body is announced as late
    for each in lines[:2]:
        with suppress(ConnectionResetError):
            assert each.recv(10) == b""
    for each in lines:
        each.close()


def test_more_bodies_than_may_come_are_refused(gateway: GatewayProcess) -> None:
    answer = gateway.http.post("/api/v1/ops", content=b"[" * 70_000)
    assert answer.status_code == 413 and answer.json()["error"]["name"] == "MESSAGE_TOO_LARGE"


def test_a_reader_that_does_not_read_is_cut_and_hinders_nobody(gateway: GatewayProcess) -> None:
    slow = socket.create_connection(("127.0.0.1", int(gateway.address.rsplit(":", 1)[1])))
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    options = {"sock": slow, "max_queue": 1, "close_timeout": 0.1}
    with gateway.live(**options) as stuck, gateway.live() as live:
        for _ in range(31):
            stuck.say("submit", id="x" * 64, ops=["no op" * 12] * 64)  # as many answers
        cut = time.monotonic()
        name = 'gateway_connections_cut_total{reason="slow_reader"}'
        while gateway.metrics().get(name, 0) < 1:
            started = time.monotonic()
            live.ask("ping", "pong", id=1)
            assert time.monotonic() - started < 1
            assert time.monotonic() - cut < 9
            time.sleep(0.2)


def test_a_host_has_only_so_many_connections(gateway: GatewayProcess) -> None:
    held: list[LiveClient] = []

    def hold(count: int) -> None:
        for _ in range(count):
            held.append(gateway.live())

    try:
        with pytest.raises(InvalidStatus, match="503"):
            hold(300)
        assert 200 <= len(held) <= 256
        assert gateway.get("/venue")["domain"]["name"] == "Strikeproof"
    finally:
        for each in held:
            each.socket.close()


@pytest.mark.parametrize("raw", RAW_REQUESTS, ids=range(len(RAW_REQUESTS)))
def test_raw_nonsense_gets_a_refusal(gateway: GatewayProcess, raw: bytes) -> None:
    with socket.create_connection(("127.0.0.1", int(gateway.address.rsplit(":", 1)[1]))) as line:
        line.settimeout(5)
        line.sendall(raw)
        answer = line.recv(65_536)
    assert b" 200 " not in answer[:20] or b"script-src *" not in answer
    assert b"SEND_BUFFER" not in answer and b"class GatewaySettings" not in answer
    assert gateway.get("/venue")["domain"]["name"] == "Strikeproof"


# --- the description ---


def test_answers_are_what_the_description_says(
    gateway: GatewayProcess, node: NodeProcess, people: list[Trader]
) -> None:
    node.submit(people[0].bundle(place(True, 1_000, 5), place(True, 1_050, 2)))
    ack = gateway.post("/ops", {"op": hexed(people[1].bundle(place(False, 1_000, 5)))})
    at = ack["receipt"]["position"]
    values = {"instrument": SYMBOL, "account": 1, "session": 0, "key": 0, **at}
    values |= {"hash": ack["receipt"]["op_hash"]}
    (order,) = gateway.get("/accounts/1")["open_orders"]
    values |= {name: order[name] for name in ("slot", "serial")}
    fits(gateway, "/ops", ack)
    fits(gateway, "/typed-data", gateway.post("/typed-data", form(3)))
    asked = 0
    for path, operation in gateway.get("/openapi.json")["paths"].items():
        template = path.removeprefix("/api/v1")
        if "get" not in operation or template.startswith(
            ("/batches/", "/claims", "/terms", "/evidence", "/expiries/")
        ):
            continue  # these need an L1 and a verifier: test_page.py
        query = {"/accounts": {"owner": hexed(people[0].wallet.address)}}.get(template, {})
        query |= {"at": "latest"} if template.startswith("/proofs") else {}
        fits(gateway, template, gateway.get(template.format(**values), **query))
        asked += 1
    assert asked >= 15
    node.submit(people[0].bundle(CancelAll()))


# --- the JavaScript client ---


def test_javascript_client_trades_through_the_gateway(gateway: GatewayProcess) -> None:
    names = {"GATEWAY_URL": gateway.address, "SYMBOL": SYMBOL}
    key, other = (hexed(wallet(f"trader {each}").secret()) for each in (4, 3))
    run = subprocess.run(
        ["bash", str(ROOT / "tools" / "node.sh"), "--test", "test/"],
        cwd=ROOT / "clients" / "js",
        env={**os.environ, **names, "TRADER_KEY": key, "OTHER_KEY": other},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 0, run.stdout[-6000:]
    assert "# skipped 0" in run.stdout, run.stdout[-2000:]
