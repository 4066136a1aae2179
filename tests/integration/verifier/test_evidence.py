"""What a verifier shows explorers of ops, claims and roots, over HTTP, beside L1 and the audit."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from strikeproof.l1 import CallReverted
from strikeproof.verifier.audit.audit_builder import build_audit
from strikeproof.verifier.audit.audit_file import read_audit
from strikeproof.verifier.audit.op_search import find_op
from strikeproof.verifier.evidence import evidence_server
from strikeproof.verifier.evidence.dispute_price import NOBODY, dispute_price
from strikeproof.verifier.evidence.evidence_reader import EvidenceReader
from strikeproof.verifier.evidence.evidence_server import EvidencePortTaken, EvidenceServer
from strikeproof.verifier.state.rollup_abi import read_error
from strikeproof.verifier.wiring import VerifierParts
from tests.integration.verifier.audited_venue import audited_venue
from tests.integration.verifier.nodes import HttpL1, write_config
from tests.integration.verifier.real_venue import RealVenue


@pytest.fixture(scope="module")
def venue() -> RealVenue:
    return audited_venue()


@pytest.fixture(scope="module")
def path(venue, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("evidence") / "data" / "verifier.db"
    catch_up(venue, path)
    return path


@pytest.fixture
def server(venue, path) -> Iterator[EvidenceServer]:
    def opened() -> VerifierParts:
        return VerifierParts(venue.client(), venue.contracts, path, writable=False)

    server = EvidenceServer("127.0.0.1", 0, EvidenceReader(opened))
    thread = threading.Thread(target=server.run)
    thread.start()
    yield server
    server.shutdown()
    thread.join()


@pytest.fixture
def http(server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.address, timeout=60) as client:
        yield client


def catch_up(venue: RealVenue, path: Path) -> VerifierParts:
    parts = VerifierParts(venue.client(), venue.contracts, path)
    parts.catch_up()
    parts.close()
    return parts


def get(http: httpx.Client, path: str, status: int = 200) -> Any:
    answer = http.get(path)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_records_before_and_after_an_op_are_the_audits(venue, path, http):
    told = get(http, "/ops/3.2.0")
    assert told["op"] == "WITHDRAW" and told["results"] == ["OK"]
    changes = {each["record"]: each["changes"] for each in told["records"]}
    (paid,) = [x for x in changes["account 2"] if x["field"] == "withdrawn"]
    assert int(paid["after"]) - int(paid["before"]) == 5_000_000
    (owed,) = [x for x in changes["global"] if x["field"] == "liabilities"]
    assert int(owed["before"]) - int(owed["after"]) == 5_000_000

    parts = VerifierParts(venue.client(), venue.contracts, path, writable=False)
    audit = build_audit(parts, find_op(parts, "3.2.0")[0])
    parts.close()
    assert read_audit(http.get("/ops/3.2.0/audit").content) == audit
    assert told["op_hash"] == "0x" + audit.op.hash.hex()
    assert told["post_root"] == "0x" + audit.claim.post_root.hex()


def test_messages_and_exits_have_evidence_too(http):
    assert get(http, "/ops/exit:0")["op"].endswith("as an exit")
    assert get(http, "/ops/message:0")["op"].startswith("message ")


def test_calldata_is_what_l1_judges_with_the_gas_that_is_stated(venue, http):
    told = get(http, "/ops/3.2.0")["dispute"]
    data = bytes.fromhex(http.get("/ops/3.2.0/calldata").text[2:])
    assert len(data) == told["calldata_bytes"]
    with pytest.raises(CallReverted) as judged:
        venue.client().call(venue.rollup, data, sender=NOBODY, gas=told["gas"])
    assert read_error(judged.value.data).name == "ClaimIsCorrect"
    assert told["refusal"] is None and told["rollup"] == "0x" + venue.rollup.hex()
    assert int(told["cost_wei"]) == told["gas"] * int(told["base_fee_wei"])


def test_price_of_a_dispute_is_what_a_disproof_of_the_same_segment_costs(tmp_path):
    venue = RealVenue()
    venue.trade(2)
    venue.propose(1)
    right = venue.batches[1][1]
    venue.propose(2, [*right[:-1], bytes(32)])
    lie = challenge_of(venue, tmp_path / "lie" / "verifier.db")
    assert lie.is_disproof
    receipt = venue.send(venue.challenger, venue.rollup, lie.call_data(bytes(32)))
    venue.bond(venue.other)
    venue.propose(2, signer=venue.other)
    claim = challenge_of(venue, tmp_path / "right" / "verifier.db")
    assert not claim.is_disproof
    data = claim.call_data(bytes(32))
    price = dispute_price(venue.client(), venue.rollup, data, is_disproof=False)
    spent = int(receipt["gasUsed"], 16)
    assert price.gas is not None
    assert 0.97 * spent < price.gas < 1.05 * spent, (price.gas, spent)


def challenge_of(venue: RealVenue, path: Path) -> Any:
    parts = VerifierParts(venue.client(), venue.contracts, path)
    parts.catch_up()
    row, claim = parts.store.batch(2), parts.store.standing_claim(2)
    challenge = parts.challenge_builder.build(claim, row, len(claim.roots) - 2)
    parts.close()
    return challenge


def test_claims_are_reported_with_verdicts_and_what_was_owed_at_their_roots(venue, http):
    told = get(http, "/claims")
    assert [each["verdict"] for each in told["claims"]] == ["right"] * 3
    assert get(http, "/claims/2")["claims"][0]["proposer"] == "0x" + venue.sequencer.address.hex()
    roots = get(http, "/solvency")["roots"]
    assert [each["batch"] for each in roots] == [4, 3, 2, 1]
    assert [each["is_claimed"] for each in roots] == [None, True, True, True]
    for each in roots:
        assert each["root"] == "0x" + venue.batches[each["batch"] - 1][1][-1].hex()
    owed = [int(each["liabilities_micro_usd"]) for each in roots]
    assert owed[1] - owed[2] == 5_000_000 + 7_000_000 - 5_000_000 - 1_000_000
    assert int(venue.engine.venue().liabilities) == owed[0]
    assert len(get(http, "/solvency?limit=2")["roots"]) == 2
    houses = get(http, "/solvency")["houses"]
    assert houses and all(each["positions_to_deleverage"] == 0 for each in houses)


def test_what_is_not_there_is_refused_by_name(http):
    for name in ("4.0.0", "99.0.0", "1.0.99", "nonsense", "..%2F..", "BTC:1:1", "0x" + 64 * "1"):
        assert get(http, f"/ops/{name}", 404)["error"]["name"] == "NOT_FOUND", name
    for asked in ("/", "/claims/99", "/claims/-1", "/solvency?limit=x", "/ops/1.0.0/other"):
        assert get(http, asked, 404)["error"]["name"] == "NOT_FOUND", asked


def test_a_view_follows_the_store_and_questions_wait_for_one_another(tmp_path):
    venue = RealVenue()
    venue.trade(1)
    venue.propose(1)
    path, now = tmp_path / "verifier.db", [0.0]
    catch_up(venue, path)
    reader = EvidenceReader(
        lambda: VerifierParts(venue.client(), venue.contracts, path, writable=False),
        lambda: now[0],
    )
    assert len(reader.claims()["claims"]) == 1
    venue.propose(2)
    catch_up(venue, path)
    assert len(reader.claims()["claims"]) == 1  # the view's moment
    now[0] += evidence_server.CLOSE_IDLE_SECONDS + 2
    told: list[Any] = []
    asking = [threading.Thread(target=lambda: told.append(reader.op("2.0.0"))) for _ in range(4)]
    for each in asking:
        each.start()
    for each in asking:
        each.join()
    assert len(told) == 4 and len({id(each.segment) for each in told}) == 1
    assert len({id(each.price) for each in told}) == 1
    now[0] += 60
    first, later = told[0], reader.op("2.0.0")
    assert later.segment is first.segment and later.price is not first.price
    now[0] += 60
    reader.close_if_old()
    assert reader._view is None
    assert len(reader.claims()["claims"]) == 2
    reader.close()


def test_ninth_question_is_refused_and_the_others_are_answered(server, http, monkeypatch):
    entered, release = threading.Semaphore(0), threading.Event()

    def slow() -> dict[str, Any]:
        entered.release()
        assert release.wait(60)
        return {"claims": []}

    monkeypatch.setattr(server.reader, "claims", slow)
    told: list[int] = []
    asking = [
        threading.Thread(
            target=lambda: told.append(
                httpx.get(f"{server.address}/claims", timeout=60).status_code
            )
        )
        for _ in range(evidence_server.QUESTIONS_MAX)
    ]
    for each in asking:
        each.start()
    for _ in asking:
        assert entered.acquire(timeout=60)
    assert get(http, "/claims", 503)["error"]["name"] == "BUSY"
    release.set()
    for each in asking:
        each.join()
    assert told == [200] * len(asking)


def test_taken_port_is_reported(server):
    with pytest.raises(EvidencePortTaken):
        EvidenceServer("127.0.0.1", server.server_address[1], server.reader)


def test_command_serves_a_store_beside_its_node_and_stops(venue, path):
    l1 = HttpL1(venue)
    config = write_config(venue, path.parent.parent, l1.url, "")
    command = ["verifier", "evidence", "--config", str(config), "--listen", "127.0.0.1:0"]
    node = VerifierParts(venue.client(), venue.contracts, path)  # holds the store's lock
    process = subprocess.Popen(
        [sys.executable, "-m", "strikeproof", *command], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        address = process.stdout.readline().split()[1]
        assert httpx.get(f"{address}/ops/3.2.0", timeout=60).json()["op"] == "WITHDRAW"
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.kill()
        node.close()
        l1.close()


def test_store_that_is_not_there_yet_is_reported_as_not_yet(venue, tmp_path):
    def opened() -> VerifierParts:
        return VerifierParts(venue.client(), venue.contracts, tmp_path / "none.db", writable=False)

    server = EvidenceServer("127.0.0.1", 0, EvidenceReader(opened))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        answer = httpx.get(f"{server.address}/claims")
        assert answer.status_code == 503
        assert json.loads(answer.text)["error"]["name"] == "NOT_YET"
    finally:
        server.shutdown()
        thread.join()
