"""Endpoints that are dead, disagree or answer nonsense, as the sequencer meets them."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from strikeproof.failure import Transient
from strikeproof.l1 import (
    Disagreement,
    Endpoint,
    EndpointFailed,
    L1Client,
    L1Unavailable,
)
from strikeproof.l1.endpoint_health import EndpointState
from strikeproof.verifier.state.rollup_abi import call_data
from tests.integration.l1.posting_venue import PostingVenue
from tests.integration.verifier.venue import ChainProvider, Venue

JUNK: list[Any] = [
    None,
    "",
    "0x",
    "0x1",
    "0xzz",
    "0x-1",
    "-0x1",
    "0x" + "f" * 64,
    "0x" + "f" * 5_000,
    "0x" + "00" * 31,
    "0x" + "ff" * 32,
    "é",
    5,
    -1,
    1e300,
    True,
    [],
    [None],
    [[]],
    {},
    {"number": None},
    {"result": {}},
]


@pytest.fixture(scope="module")
def l1() -> Venue:
    return Venue()


def spoiled(answer: Any, rng: random.Random) -> Any:
    """Return an answer with something wrong somewhere."""
    if isinstance(answer, dict) and answer and rng.random() < 0.8:
        key = rng.choice(sorted(answer))
        if rng.random() < 0.2:
            return {name: each for name, each in answer.items() if name != key}
        return answer | {key: spoiled(answer[key], rng)}
    if isinstance(answer, list) and answer and rng.random() < 0.8:
        at = rng.randrange(len(answer))
        return [*answer[:at], spoiled(answer[at], rng), *answer[at + 1 :]]
    if isinstance(answer, str) and answer.startswith("0x") and rng.random() < 0.5:
        cut = rng.randrange(2, len(answer) + 1)
        return rng.choice(
            [answer[:cut], answer + "00", answer[:cut] + "ff" * 32, answer.replace("0", "f", 3)]
        )
    return rng.choice(JUNK)


def fuzz(rng: random.Random, share: float) -> Callable[[str, list[Any], Any], Any]:
    def tamper(_method: str, _params: list[Any], answer: Any) -> Any:
        if rng.random() >= share:
            return answer
        if rng.random() < 0.1:
            return rng.choice([None, [], "x", {}, {"error": None}, {"error": "x"}, {"error": {}}])
        if "result" not in answer:
            return answer
        return {"result": spoiled(answer["result"], rng)}

    return tamper


@pytest.mark.parametrize("seed", range(3))
def test_nonsense_of_an_endpoint_is_its_failure_and_nothing_else(tmp_path: Path, seed: int) -> None:
    """attack 28: whatever any method answers, nothing but a failure that can be retried is raised,
    and once the endpoint answers properly again everything goes on."""
    rng = random.Random(seed)
    venue = PostingVenue(tmp_path, bond_max_wei=10**30)
    provider = venue.provider
    venue.sender.poll()
    failed = 0
    for number in range(30):
        if number % 10 == 0:
            venue.seal()
        provider.tamper = fuzz(rng, 0.15)
        try:
            venue.step()
        except Transient:
            failed += 1
        venue.venue.chain.mine()
        venue.minutes += 1
    assert failed > 10
    assert venue.client.dissent["node-0"] > 10
    provider.tamper = lambda method, params, answer: answer
    venue.minutes += 60
    venue.rounds(40)
    assert venue.heights == (3, 3)


@pytest.mark.parametrize("junk", JUNK)
def test_each_method_calls_junk_a_failure_of_that_endpoint(l1: Venue, junk: Any) -> None:
    provider = l1.provider()
    endpoint = Endpoint("node", provider, retries=0)
    provider.tamper = lambda method, params, answer: {"result": junk}
    word = b"\1" * 32
    asks: list[Callable[[], Any]] = [
        endpoint.chain_id,
        endpoint.head_number,
        lambda: endpoint.block(1),
        lambda: endpoint.logs([word[:20]], 0, 1),
        lambda: endpoint.code(word[:20]),
        lambda: endpoint.balance_wei(word[:20]),
        lambda: endpoint.transaction_count(word[:20]),
        lambda: endpoint.call(word[:20], b""),
        lambda: endpoint.estimate_gas(word[:20], b"", word[:20]),
        lambda: endpoint.receipt(word),
        lambda: endpoint.broadcast(b"\1"),
    ]
    for ask in asks:
        with suppress(EndpointFailed):
            ask()


def two(venue: Venue) -> tuple[L1Client, ChainProvider, ChainProvider, list[float]]:
    """Return a sequencer's client of two endpoints, and its clock."""
    one, other, now = venue.provider(), venue.provider(), [0.0]
    endpoints = [Endpoint(name, each, retries=0) for name, each in (("a", one), ("b", other))]
    client = L1Client(endpoints, tolerates_silence=True, clock=lambda: now[0])
    return client, one, other, now


def dead(*_: Any) -> Any:
    raise OSError("connection refused")


def honest(_method: str, _params: list[Any], answer: Any) -> Any:
    return answer


def forked(method: str, _params: list[Any], answer: Any) -> Any:
    if method == "eth_getBlockByNumber" and answer["result"]:
        answer["result"]["hash"] = "0x" + "66" * 32
    return answer


@pytest.mark.parametrize("broken", [0, 1])
def test_one_dead_endpoint_of_two_does_not_stop_posting(tmp_path: Path, broken: int) -> None:
    """attack 28"""
    l1 = Venue()
    client, *providers, now = two(l1)
    venue = PostingVenue(tmp_path, client=client, propose=False, venue=l1)
    venue.step()
    providers[broken].tamper = dead
    venue.seal()
    name = "ab"[broken]
    states = []
    for _ in range(6):
        now[0] += 60.0
        venue.rounds(1)
        states += client.health.end_round()
    assert venue.heights[0] == 1
    assert [(each.endpoint, each.state) for each in states] == [(name, EndpointState.DOWN)]
    providers[broken].tamper = honest
    for _ in range(4):
        now[0] += 60.0
        venue.rounds(1)
        states += client.health.end_round()
    assert states[-1].state is EndpointState.UP


def test_dead_endpoint_is_left_alone_for_a_while(tmp_path: Path) -> None:
    """An endpoint that lets every request time out must not take all the time there is."""
    l1 = Venue()
    client, _, other, now = two(l1)
    asked = []

    def counted(*_: Any) -> Any:
        asked.append(now[0])
        raise OSError("timed out")

    other.tamper = counted
    for _ in range(100):
        client.head()
        now[0] += 0.5
    assert len(asked) < 10


def test_endpoints_that_answer_differently_stop_posting(tmp_path: Path) -> None:
    l1 = Venue()
    client, _, other, now = two(l1)
    venue = PostingVenue(tmp_path, client=client, propose=False, venue=l1)
    venue.step()
    other.tamper = forked
    venue.seal()
    changes = []
    for _ in range(4):
        now[0] += 60.0
        with pytest.raises(Disagreement):
            venue.step()
        changes += client.health.end_round()
        l1.chain.mine()
    assert {(each.endpoint, each.state) for each in changes} == {
        ("a", EndpointState.DISAGREES),
        ("b", EndpointState.DISAGREES),
    }
    assert venue.heights[0] == 0
    other.tamper = honest
    venue.rounds(2)
    assert venue.heights[0] == 1


def test_both_dead_is_unavailable_and_one_that_comes_back_is_enough() -> None:
    client, one, other, _ = two(Venue())
    one.tamper = other.tamper = dead
    with pytest.raises(L1Unavailable):
        client.head()
    other.tamper = honest
    assert client.head().number > 0, "asked although it rests: there is nobody else"


def test_verifier_rule_still_asks_all(tmp_path: Path) -> None:
    venue = Venue()
    one, other = venue.provider(), venue.provider()
    other.tamper = dead
    with pytest.raises(L1Unavailable):
        venue.client(one, other).head()


def test_endpoint_that_comes_back_far_behind_counts_as_down_until_it_is_in_step() -> None:
    venue = Venue()
    client, _, other, now = two(venue)
    for _ in range(20):
        venue.chain.mine()
    head = venue.chain.head_number
    assert client.head().number == head
    other.tamper = lambda method, params, answer: (
        {"result": hex(head - 15)} if method == "eth_blockNumber" else answer
    )
    assert client.head().number == head
    assert client.health.rests("b")
    now[0] += 60.0
    other.tamper = honest
    client.head()
    assert not client.health.rests("b")


def test_getter_that_one_endpoint_says_reverts_is_that_endpoints_failure() -> None:
    venue = Venue()
    client, _, other, _ = two(venue)
    other.tamper = lambda method, params, answer: (
        {"error": {"code": 3, "message": "execution reverted", "data": "0x"}}
        if method == "eth_call"
        else answer
    )
    with capture_logs() as logs:
        answer = client.read(venue.rollup, call_data("batchCount"), lambda data: data)
    assert answer == bytes(32)
    assert [each["endpoint"] for each in logs] == ["b"]
