"""Requests for quotes through a gateway: what it answers, whom it lets do what, what it bounds."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from strikeproof.client.operation import BlockLeg, BlockTrade
from strikeproof.client.typed_data import (
    consent_hash,
    digest,
    hash_struct,
    message_of,
    struct_hash,
)
from strikeproof.gateway.settings import GatewaySettings, RfqBounds
from strikeproof.wire.operations import QUOTE_ACCESS_STRUCT
from tests.harness import ROOT
from tests.integration.gateway.gateway_inputs import fits
from tests.integration.gateway.gateway_process import GatewayProcess, running_gateway
from tests.integration.rfq.rfq_venue import FUTURE, PERP, options
from tests.integration.sequencer.node_process import NodeProcess, running_node
from tests.integration.sequencer.venue import SEPARATOR, index_price, now_ms, wallet

PERP_NAME, FUTURE_NAME = "BTC-PERP-1", "BTC-1"
LEGS = [
    {"instrument": FUTURE_NAME, "side": "sell", "size": "0.2"},
    {"instrument": PERP_NAME, "side": "buy", "size": "0.1"},
]
ONE = "/rfq/requests/{request}"
TAKER, MAKER, STRANGER, FOURTH = 1, 2, 3, 4
REQUESTS_MAX = 5


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rfq-gateway")


@pytest.fixture(scope="module")
def node(folder: Path) -> Iterator[NodeProcess]:
    terms = options(folder / "data")
    terms["api"]["rfq"] |= {"account_calls_per_second": 20, "account_requests_max": 8}
    with running_node(folder / "data", **terms) as found:
        yield found


@pytest.fixture(scope="module")
def gateway(folder: Path, node: NodeProcess) -> Iterator[GatewayProcess]:
    bounds = RfqBounds(calls_per_second=5, calls_burst=400, requests_max=REQUESTS_MAX)
    settings = GatewaySettings(node.endpoint, port=0, rfq=bounds)
    with running_gateway(folder / "gateway.log", node.endpoint, settings=settings) as found:
        yield found


@pytest.fixture(autouse=True)
def fresh_price(node: NodeProcess) -> None:
    node.submit(index_price())


def access(account: int, *, key: int = 0, ahead_ms: int = 60_000, session: int = 0) -> Any:
    """Return an account's access as JSON, signed by its key, or another's."""
    expiry = now_ms() + ahead_ms
    hashed = hash_struct(QUOTE_ACCESS_STRUCT, (account, session, expiry))
    signature = wallet(f"trader {key or account}").sign_digest(digest(SEPARATOR, hashed))
    fields = {"account": account, "session": session, "expiry_ms": expiry}
    return {**fields, "signature": "0x" + signature.hex()}


def ask(gateway: GatewayProcess, account: int = TAKER, **terms: Any) -> Any:
    body = {"access": access(account), "legs": LEGS, "amount": 3, "open_ms": 20_000, **terms}
    return gateway.post("/rfq/requests", body)


def withdraw(gateway: GatewayProcess, request: int, account: int = TAKER) -> None:
    gateway.post(f"/rfq/requests/{request}/withdraw", {"access": access(account)})


def half(account: int, maker: int, prices: tuple[int, int], **own: Any) -> BlockTrade:
    """Return the trade in which an account buys all three structures of a maker."""
    legs = [BlockLeg(PERP, False, prices[0], 30), BlockLeg(FUTURE, True, prices[1], 60)]
    parties = (account, 0, own.get("nonce", 0), own.get("until", 0), 1_000, maker, 0)
    consent = (own["consent_nonce"], own["consent_until"], 1_000)
    return BlockTrade(*parties, *consent, legs, own.get("consent", bytes(64)), 2_000_000)


def signed_by(account: int, hashed: bytes) -> bytes:
    return wallet(f"trader {account}").sign_digest(digest(SEPARATOR, hashed))


def next_nonce(gateway: GatewayProcess, account: int) -> int:
    return int(gateway.get(f"/accounts/{account}/sessions/0")["next_nonce"])


def quote_body(gateway: GatewayProcess, prices: tuple[int, int]) -> tuple[dict[str, Any], Any]:
    """Return a maker's signed quote of the taker's request, and the trade that it is for."""
    until, nonce = now_ms() + 15_000, next_nonce(gateway, MAKER)
    trade = half(TAKER, MAKER, prices, consent_nonce=nonce, consent_until=until)
    signature = "0x" + signed_by(MAKER, consent_hash(trade)).hex()
    terms = {"nonce": str(nonce), "expiry_ms": until, "max_fee_ppm": 1_000}
    body = {"amount": 3, "ask_ticks": list(prices), "expiry_ms": until}
    return body | {"consent": {**terms, "ask_signature": signature}}, (nonce, until, signature)


# --- from the question to the block ---


def test_a_request_is_quoted_followed_and_accepted_as_described(gateway: GatewayProcess) -> None:
    with gateway.live() as live:
        live.ask("subscribe", "subscribed", id=1, channel="requests", account=2, access=access(2))
        opened = ask(gateway, side="buy")
        fits(gateway, "/rfq/requests", opened)
        request = opened["request"]
        assert [each["instrument"] for each in opened["legs"]] == [PERP_NAME, FUTURE_NAME]
        assert [(x["side"], x["size"], x["lots"]) for x in opened["legs"]] == [
            ("buy", "0.1", 10),
            ("sell", "0.2", 20),
        ]
        heard = live.hear(channel="requests")["quote_request"]
        assert (heard["request"], heard["account"]) == (request, TAKER)
        named = {"channel": "quotes", "request": request}
        live.ask("subscribe", "subscribed", id=2, access=access(TAKER), **named)
        assert live.hear(type="item", **named)["asks"] == []
        body, (nonce, until, consent) = quote_body(gateway, (1_001, 1_000))
        path = f"/rfq/requests/{request}"
        answer = gateway.post(f"{path}/quote", {"access": access(MAKER), **body})
        fits(gateway, f"{ONE}/quote", answer)
        (quote,) = live.hear(type="item", **named)["asks"]
        assert (quote["ask"]["prices"], quote["ask"]["price_ticks"]) == (
            ["100.1", "100"],
            [1_001, 1_000],
        )
        assert (quote["ask"]["value"], quote["bid"]) == ("-9.99", None)
        assert quote["consent"]["ask_signature"] == consent
        own = gateway.post(path, {"access": access(MAKER)})
        fits(gateway, ONE, own)
        assert own["own_quote"]["version"] == answer["version"] == quote["version"]

        legs = [
            {"instrument": PERP_NAME, "sell": False, "price": 1_001, "lots": 30},
            {"instrument": FUTURE, "sell": True, "price": 1_000, "lots": 60},
        ]
        margin = gateway.post(f"/accounts/{TAKER}/block-margin", {"legs": legs})
        fits(gateway, "/accounts/{account}/block-margin", margin)
        assert margin["passes"]
        trade = half(
            TAKER,
            MAKER,
            (1_001, 1_000),
            nonce=next_nonce(gateway, TAKER),
            until=now_ms() + 30_000,
            consent_nonce=nonce,
            consent_until=until,
        )
        op = {
            "primaryType": "BlockTrade",
            "message": message_of(trade),
            "signature": "0x" + signed_by(TAKER, struct_hash(trade)).hex(),
            "counterpartySignature": consent,
        }
        ack = gateway.post(f"{path}/accept", {"version": quote["version"], "op": op})
        fits(gateway, f"{ONE}/accept", ack)
        assert ack["result"] == "OK"
        closed = live.hear(type="item", **named)["quote_request"]
        assert (closed["state"], closed["trades"][0]["maker"]) == ("TRADED", MAKER)
        assert "error" not in live.hear(type="ended", **named)
        assert (
            gateway.get(f"/accounts/{TAKER}")["initial_margin"]
            == (margin["after"]["initial_margin"])
        )
        late = gateway.post(f"{path}/quote", {"access": access(MAKER), **body}, 409)
        assert late["error"]["name"] == "REQUEST_CLOSED"


def test_an_anonymous_request_is_disclosed_and_quotes_are_withdrawn(
    gateway: GatewayProcess,
) -> None:
    request = ask(gateway, disclosed=False, makers=[MAKER])["request"]
    path, maker = f"/rfq/requests/{request}", {"access": access(MAKER)}
    assert gateway.post(path, maker)["account"] is None
    body = {**maker, "amount": 1, "bid_ticks": [990, 1_000], "expiry_ms": now_ms() + 9_000}
    gateway.post(f"{path}/quote", body)
    signed, _ = quote_body(gateway, (1_001, 1_000))
    error = gateway.post(f"{path}/quote", {**maker, **signed}, 409)["error"]
    assert error["name"] == "QUOTE_UNSIGNED"
    assert gateway.post(f"{path}/disclose", {"access": access(TAKER), "maker": MAKER}) == {}
    assert gateway.post(path, maker)["account"] == TAKER
    fits(gateway, f"{ONE}/quote/withdraw", gateway.post(f"{path}/quote/withdraw", maker))
    gone = gateway.post(f"{path}/quote/withdraw", maker, 409)
    assert gone["error"]["name"] == "QUOTE_GONE"
    withdraw(gateway, request)


# --- whom it lets do what ---


@pytest.mark.parametrize(
    ("shown", "status", "name"),
    [
        (lambda: access(1, key=2), 401, "UNAUTHENTICATED"),
        (lambda: access(1, ahead_ms=-1), 401, "UNAUTHENTICATED"),
        (lambda: access(1, ahead_ms=4_000_000), 401, "UNAUTHENTICATED"),
        (lambda: access(1, session=7), 401, "UNAUTHENTICATED"),
        (lambda: {**access(1), "signature": "0x"}, 400, "REQUEST_MALFORMED"),
        (lambda: {**access(1), "account": 2**32}, 400, "REQUEST_MALFORMED"),
        (lambda: {**access(1), "account": 0}, 401, "UNAUTHENTICATED"),
        (lambda: {**access(1), "expiry_ms": 2**64 - 1}, 401, "UNAUTHENTICATED"),
        (lambda: {**access(1), "expiry_ms": 1.5}, 400, "REQUEST_MALFORMED"),
        (lambda: {**access(1), "more": 1}, 400, "REQUEST_MALFORMED"),
        (lambda: None, 400, "REQUEST_MALFORMED"),
        (list, 400, "REQUEST_MALFORMED"),
        (lambda: "0x00", 400, "REQUEST_MALFORMED"),
    ],
)
def test_an_access_that_is_none_opens_nothing(
    gateway: GatewayProcess, shown: Any, status: int, name: str
) -> None:
    body = {"access": shown(), "legs": LEGS, "amount": 1, "open_ms": 20_000}
    assert gateway.post("/rfq/requests", body, status)["error"]["name"] == name
    assert gateway.post("/rfq/requests/5", {"access": shown()}, status)["error"]["name"] == name
    with gateway.live() as live:
        told = {"channel": "requests", "account": 1, "access": shown()}
        live.say("subscribe", id=1, **told)
        if status == 400 or shown()["account"] != 1:
            assert live.hear(id=1, type="error")["error"]["name"] == "REQUEST_MALFORMED"
        else:
            live.hear(id=1, type="subscribed")
            assert live.hear(type="ended")["error"]["name"] == name


def test_a_stream_ends_with_its_access(gateway: GatewayProcess) -> None:
    with gateway.live() as live:
        shown = access(MAKER, ahead_ms=1_500)
        live.ask("subscribe", "subscribed", id=1, channel="requests", account=MAKER, access=shown)
        ended = live.hear(type="ended", channel="requests")
        assert (ended["account"], ended["error"]["name"]) == (MAKER, "UNAUTHENTICATED")
        live.say("subscribe", id=2, channel="requests", account=TAKER, access=access(MAKER))
        assert live.hear(id=2)["error"]["values"]["field"] == "account"


def test_requests_are_nobody_elses(gateway: GatewayProcess) -> None:
    request = ask(gateway, makers=[MAKER])["request"]
    path, stranger = f"/rfq/requests/{request}", {"access": access(STRANGER)}
    body = {**stranger, "amount": 1, "ask_ticks": [1_000, 1_000], "expiry_ms": now_ms() + 9_000}
    for answer in (
        gateway.post(path, stranger, 404),
        gateway.post(f"{path}/withdraw", stranger, 404),
        gateway.post(f"{path}/disclose", stranger, 404),
        gateway.post(f"{path}/quote", body, 404),
        gateway.post(f"{path}/withdraw", {"access": access(MAKER)}, 404),
    ):
        assert answer["error"]["name"] == "NOT_FOUND"
    with gateway.live() as live:
        for account in (STRANGER, MAKER):
            told = {"channel": "quotes", "request": request, "access": access(account)}
            live.say("subscribe", id=account, **told)
            assert live.hear(type="ended", id=account)["error"]["name"] == "NOT_FOUND"
    withdraw(gateway, request)


# --- wrong and hostile input ---


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"legs": []}, "legs"),
        ({"legs": LEGS[:1] * 2}, "legs"),
        ({"legs": {}}, "legs"),
        ({"legs": [5]}, "legs[0]"),
        ({"legs": [{**LEGS[0], "size": "0.005"}]}, "size"),
        ({"legs": [{**LEGS[0], "size": 0.1}]}, "size"),
        ({"legs": [{**LEGS[0], "side": "<b>buy</b>"}]}, "legs[0].side"),
        ({"legs": [{**LEGS[0], "instrument": "<script>"}]}, "instrument"),
        ({"legs": [{**LEGS[0], "instrument": None}]}, "instrument"),
        ({"legs": [{**LEGS[0], "ratio": 1}]}, "legs[0].ratio"),
        ({"amount": 0}, "amount"),
        ({"amount": -1}, "amount"),
        ({"amount": "1e9"}, "amount"),
        ({"amount": 2**64 - 1}, "amount"),
        ({"amount": 10**30}, "amount"),
        ({"side": "short"}, "side"),
        ({"side": ["buy"]}, "side"),
        ({"makers": [0]}, "makers"),
        ({"makers": [2**40]}, "makers"),
        ({"makers": list(range(2, 90))}, "makers"),
        ({"disclosed": "yes"}, "disclosed"),
        ({"open_ms": 1}, "open_ms"),
        ({"open_ms": 10**12}, "open_ms"),
        ({"opne_ms": 5}, "opne_ms"),
    ],
)
def test_a_wrong_field_is_named(gateway: GatewayProcess, wrong: Any, field: str) -> None:
    body = {"access": access(TAKER), "legs": LEGS, "amount": 1, "open_ms": 20_000, **wrong}
    answer = gateway.http.post("/api/v1/rfq/requests", json=body)
    assert answer.status_code in (400, 404)
    assert answer.json()["error"]["values"]["field"] == field


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/rfq/requests/0", {}),
        ("/rfq/requests/x", {}),
        (f"/rfq/requests/{2**53}", {}),
        ("/rfq/requests/5/quote", {"amount": 1, "ask_ticks": [2**40, 1], "expiry_ms": 1}),
        ("/rfq/requests/5/quote", {"amount": 1, "ask_ticks": "1", "expiry_ms": 1}),
        ("/rfq/requests/5/quote", {"amount": 1, "ask_ticks": [1], "expiry_ms": 1, "consent": 5}),
        ("/rfq/requests/5/accept", {"version": 1, "op": "0x00"}),
        ("/rfq/requests/5/accept", {"version": 1, "op": {"primaryType": "BlockTrade"}}),
        ("/rfq/requests/5/accept", {"version": 1.5, "op": "0x" + "00" * 9}),
        ("/accounts/1/block-margin", {"legs": []}),
        ("/accounts/1/block-margin", {"legs": [{"instrument": 1, "price": 1, "lots": 0}]}),
        ("/accounts/1/block-margin", {"legs": [{"instrument": 1, "price": 2**40, "lots": 1}]}),
        ("/accounts/0/block-margin", {"legs": []}),
    ],
)
def test_what_is_malformed_is_refused_as_such(
    gateway: GatewayProcess, path: str, body: dict[str, Any]
) -> None:
    if "/accept" not in path and "/accounts" not in path:
        body = {"access": access(TAKER), **body}
    assert gateway.post(path, body, 400)["error"]["name"] == "REQUEST_MALFORMED"


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"5", b"{", b"[" * 60_000, b"\xff"])
def test_bodies_that_are_no_object_are_refused(gateway: GatewayProcess, body: bytes) -> None:
    for path in ("/rfq/requests", "/rfq/requests/5/accept", "/accounts/1/block-margin"):
        answer = gateway.http.post(f"/api/v1{path}", content=body)
        assert (answer.status_code, answer.json()["error"]["name"]) == (400, "REQUEST_MALFORMED")


def test_the_dearest_structure_is_shown_to_the_last_micro_usd(gateway: GatewayProcess) -> None:
    lots, price = 2**40 - 1, 2**32 - 1
    legs = [{"instrument": PERP_NAME, "side": "buy", "size": f"{lots // 100}.{lots % 100:02d}"}]
    request = ask(gateway, legs=legs, amount=1)["request"]
    body = {"access": access(MAKER), "amount": 1, "bid_ticks": [price]}
    path = f"/rfq/requests/{request}"
    gateway.post(f"{path}/disclose", {"access": access(TAKER)})
    refused = gateway.post(f"{path}/quote", {**body, "expiry_ms": now_ms() + 9_000}, 409)
    assert refused["error"]["name"] == "QUOTE_UNSIGNED"
    withdraw(gateway, request)
    request = ask(gateway, legs=legs, amount=1, disclosed=False)["request"]
    path = f"/rfq/requests/{request}"
    gateway.post(f"{path}/quote", {**body, "expiry_ms": now_ms() + 9_000})
    own = gateway.post(path, {"access": access(MAKER)})["own_quote"]["bid"]
    whole, _, part = own["value"].partition(".")
    assert int(whole) * 10**6 + int(part.ljust(6, "0")) == lots * price * 1_000
    withdraw(gateway, request)


# --- bounds ---


def test_a_host_has_a_few_requests_open_and_is_told_when_to_ask_again(
    gateway: GatewayProcess,
) -> None:
    opened = [ask(gateway, FOURTH)["request"] for _ in range(REQUESTS_MAX)]
    body = {"access": access(STRANGER), "legs": LEGS, "amount": 1, "open_ms": 20_000}
    answer = gateway.http.post("/api/v1/rfq/requests", json=body)
    error = answer.json()["error"]
    assert (answer.status_code, error["name"]) == (429, "TOO_MANY_OPEN")
    assert error["retry"]
    assert 0 < error["retry_after_ms"] <= 20_000
    assert int(answer.headers["retry-after"]) >= 1
    withdraw(gateway, opened[0], FOURTH)  # makes room
    withdraw(gateway, ask(gateway, STRANGER)["request"], STRANGER)
    for each in opened[1:]:
        withdraw(gateway, each, FOURTH)


def test_two_connections_follow_one_request_and_one_that_ends_leaves_the_other(
    gateway: GatewayProcess,
) -> None:
    request = ask(gateway)["request"]
    named = {"channel": "quotes", "request": request}
    with gateway.live() as one, gateway.live() as two:
        for live in (one, two):
            live.ask("subscribe", "subscribed", id=1, access=access(TAKER), **named)
            live.hear(type="item", **named)
        one.socket.close()
        withdraw(gateway, request)
        closed = two.hear(type="item", **named)["quote_request"]
        assert closed["state"] == "WITHDRAWN"


def test_subscriptions_beyond_the_bound_of_a_connection_are_refused(
    gateway: GatewayProcess,
) -> None:
    with gateway.live() as live:
        shown = access(TAKER)
        for number in range(1, 9):
            told = {"channel": "quotes", "request": number, "access": shown}
            live.say("subscribe", id=number, **told)
            # There is no such request, so its place is free again.
            assert live.hear(type="ended", id=number)["error"]["name"] == "NOT_FOUND"
        for account in range(1, 9):
            live.ask("subscribe", "subscribed", id=account, channel="account", account=account)
        live.say("subscribe", id=20, channel="requests", account=TAKER, access=shown)
        assert live.hear(id=20)["error"]["name"] == "TOO_MANY_STREAMS"


def test_javascript_client_asks_quotes_and_accepts_through_the_gateway(
    gateway: GatewayProcess,
) -> None:
    keys = ["0x" + wallet(f"trader {each}").secret().hex() for each in (FOURTH, STRANGER)]
    names = {"GATEWAY_URL": gateway.address, "SYMBOL": PERP_NAME}
    run = subprocess.run(
        ["bash", str(ROOT / "tools" / "node.sh"), "--test", "test/rfq.test.js"],
        cwd=ROOT / "clients" / "js",
        env={**os.environ, **names, "TRADER_KEY": keys[0], "OTHER_KEY": keys[1]},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stdout[-6000:]
    assert "# skipped 0" in run.stdout, run.stdout[-2000:]


def test_a_host_that_floods_waits(gateway: GatewayProcess) -> None:
    names = set()
    for _ in range(1_000):
        answer = gateway.http.post("/api/v1/rfq/requests/5", json={"access": access(1, key=2)})
        error = answer.json()["error"]
        names.add(error["name"])
        if error["name"] == "RATE_LIMITED":
            assert answer.status_code == 429
            assert error["retry_after_ms"] > 0
            break
    assert names == {"UNAUTHENTICATED", "RATE_LIMITED"}
