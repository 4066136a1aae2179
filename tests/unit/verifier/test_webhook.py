"""Webhooks: every alarm goes out in the end, and a receiver that hangs holds nobody up."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from strikeproof.verifier import webhook
from strikeproof.verifier.alarm import Alarm, Alerter
from strikeproof.verifier.config import WebhookSection
from strikeproof.verifier.metrics import VerifierMetrics
from strikeproof.verifier.webhook import Webhook, WebhookOutcome, close_all


class Receiver:
    """A server on loopback that answers by a script and remembers what it took."""

    def __init__(self, answer: Callable[[int, Any], int]) -> None:
        self.taken: list[tuple[dict[str, Any], dict[str, str]]] = []
        self.requests = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.requests += 1
                status = answer(outer.requests, self)
                if status == 200:
                    outer.taken.append((body, dict(self.headers)))
                if status:
                    self.send_response(status)
                    self.send_header("Location", "http://127.0.0.1:9/elsewhere")
                    self.send_header("Content-Length", "0")
                    self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook?secret=word"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Callable[[Callable[[int, Any], int]], Receiver]]:
    made: list[Receiver] = []

    def make(answer: Callable[[int, Any], int]) -> Receiver:
        made.append(Receiver(answer))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture(autouse=True)
def quick(monkeypatch) -> None:
    monkeypatch.setattr(webhook, "ATTEMPT_SECONDS", 0.3)
    monkeypatch.setattr(webhook, "PAUSE_SECONDS_MAX", 0.05)


def count(metrics: VerifierMetrics, outcome: WebhookOutcome) -> float:
    return float(metrics.webhook_deliveries.labels(outcome.value)._value.get())


def hook(url: str, metrics: VerifierMetrics, **fields: Any) -> Webhook:
    return Webhook(WebhookSection(url=url, **fields), metrics)


def test_alarm_is_tried_again_until_it_is_taken(receiver):
    busy = receiver(lambda number, _: 200 if number > 3 else (503, 429, 500)[number - 1])
    metrics = VerifierMetrics()
    hook_ = hook(busy.url, metrics)
    alerter = Alerter(metrics, [hook_], "verifier of a test")
    assert alerter.raise_alarm(Alarm.WRONG_CLAIM, claim=7, segment=2)
    assert not alerter.raise_alarm(Alarm.WRONG_CLAIM, claim=7, segment=2)
    assert hook_.close(10)
    ((body, _),) = busy.taken
    assert (body["alarm"], body["claim"], body["source"]) == (
        "wrong_claim",
        "7",
        "verifier of a test",
    )
    assert count(metrics, WebhookOutcome.FAILED) == 3
    assert count(metrics, WebhookOutcome.DELIVERED) == 1


def hang(_: int, handler: Any) -> int:
    """Answer with a byte now and then, forever: each read succeeds, the answer never ends."""
    handler.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for _ in range(100):
            handler.wfile.write(b"X-Wait: yes\r\n")
            handler.wfile.flush()
            time.sleep(0.1)
    except OSError:
        pass
    return 0


def test_receiver_that_hangs_delays_neither_the_node_nor_another_receiver(receiver):
    slow, good = receiver(hang), receiver(lambda *_: 200)
    metrics = VerifierMetrics()
    hooks = [hook(slow.url, metrics), hook(good.url, metrics)]
    alerter = Alerter(metrics, hooks)
    started = time.monotonic()
    for block in range(20):
        alerter.raise_alarm(Alarm.DERIVATION_STALLED, block=block)
    assert time.monotonic() - started < 0.2
    assert hooks[1].close(10)
    assert [int(body["block"]) for body, _ in good.taken] == list(range(20))
    assert not hooks[0].close(0.5)
    assert count(metrics, WebhookOutcome.FAILED) >= 1


def test_full_queue_drops_the_oldest_and_counts_it(receiver, monkeypatch):
    monkeypatch.setattr(webhook, "QUEUE_MAX", 4)
    gate = threading.Event()
    shut = receiver(lambda number, _: 200 if gate.is_set() else 503)
    metrics = VerifierMetrics()
    hook_ = hook(shut.url, metrics)
    for number in range(12):
        hook_.offer("balance_low", {"number": str(number)}, "test")
    gate.set()
    assert hook_.close(10)
    assert [body["number"] for body, _ in shut.taken][-4:] == ["8", "9", "10", "11"]
    assert count(metrics, WebhookOutcome.DROPPED) >= 7


def test_refusal_and_redirect_are_not_tried_again(receiver, monkeypatch):
    monkeypatch.setenv("HOOK_TOKEN", "a secret")
    for status in (400, 401, 302):
        closed = receiver(lambda *_, status=status: status)
        metrics = VerifierMetrics()
        hook_ = hook(closed.url, metrics, token_env="HOOK_TOKEN")
        hook_.offer("balance_low", {}, "test")
        assert hook_.close(10)
        assert closed.requests == 1
        assert count(metrics, WebhookOutcome.REFUSED) == 1


def test_alarm_that_nobody_takes_is_given_up_after_its_time():
    metrics = VerifierMetrics()
    hook_ = hook("http://127.0.0.1:9/", metrics, retry_seconds=0.2)
    hook_.offer("balance_low", {}, "test")
    assert hook_.close(10)
    assert count(metrics, WebhookOutcome.GIVEN_UP) == 1


def test_receivers_get_what_they_take_and_tokens_from_the_environment(receiver, monkeypatch):
    monkeypatch.setenv("HOOK_TOKEN", "routing-key")
    metrics = VerifierMetrics()
    bodies = {}
    for kind in ("json", "pagerduty", "slack"):
        good = receiver(lambda *_: 200)
        hook_ = hook(good.url, metrics, kind=kind, token_env="HOOK_TOKEN")
        hook_.offer("wrong_claim", {"claim": "7"}, "verifier one")
        assert hook_.close(10)
        bodies[kind] = good.taken[0]
    assert bodies["json"][1]["Authorization"] == "Bearer routing-key"
    event = bodies["pagerduty"][0]
    assert (event["routing_key"], event["event_action"]) == ("routing-key", "trigger")
    assert event["payload"]["summary"] == "verifier one: wrong_claim (claim=7)"
    assert event["payload"]["severity"] == "critical"
    assert event["dedup_key"] == bodies["json"][0]["key"]
    assert "Authorization" not in bodies["slack"][1]
    assert "wrong_claim" in bodies["slack"][0]["text"]


def test_pagerduty_without_a_routing_key_is_refused():
    with pytest.raises(ValueError, match="routing key"):
        WebhookSection(url="https://events.pagerduty.com/v2/enqueue", kind="pagerduty")


def test_receivers_that_hang_hold_the_end_of_a_node_up_for_seconds_together(receiver, monkeypatch):
    monkeypatch.setattr(webhook, "CLOSING_SECONDS", 0.6)
    monkeypatch.setattr(webhook, "ATTEMPT_SECONDS", 30.0)
    metrics = VerifierMetrics()
    good = receiver(lambda *_: 200)
    hooks = [hook(receiver(hang).url, metrics) for _ in range(3)] + [hook(good.url, metrics)]
    for each in hooks:
        each.offer("broken", {}, "test")
    started = time.monotonic()
    close_all(hooks)
    assert time.monotonic() - started < 1.5
    assert len(good.taken) == 1
