"""`strikeproof verifier` and `strikeproof challenge` against a real L1 over HTTP."""

import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from strikeproof.cli.main import main
from strikeproof.cli.verifier import _started
from strikeproof.config import load_config
from strikeproof.keccak import keccak256
from strikeproof.keystore import save_keystore
from strikeproof.verifier.alarm import Alarm
from strikeproof.verifier.config import VerifierConfig
from strikeproof.verifier.exit_code import ExitCode
from strikeproof.verifier.wiring import VerifierParts
from tests.integration.verifier.nodes import HttpL1, write_config
from tests.integration.verifier.venue import ETHER, Venue, add_op

KEY = keccak256(b"venue" + bytes([2]))  # the challenger's
KEY_VARIABLE = "STRIKEPROOF_TEST_KEY"


@pytest.fixture
def venue() -> Venue:
    venue = Venue()
    venue.bond()
    venue.add_message(b"a message" * 3)
    venue.post_batch(add_op(1, 7, 1) + add_op(3, 1, 1), add_op(1, 7, 2))
    venue.propose(1)
    venue.post_batch(add_op(1, 9, 1), add_op(1, 9, 2))
    return venue


@pytest.fixture
def l1(venue):
    server = HttpL1(venue)
    yield server
    server.close()


@pytest.fixture
def config(venue, l1, tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv(KEY_VARIABLE, KEY.hex())
    return write_config(venue, tmp_path, l1.url, f'[key]\nkey_env = "{KEY_VARIABLE}"')


def catch_up(venue: Venue, config: Path) -> None:
    parts = VerifierParts(venue.client(), venue.contracts, config.parent / "data" / "verifier.db")
    parts.catch_up()
    parts.close()


def command(config: Path, *arguments: str) -> tuple[int, dict]:
    result = CliRunner().invoke(
        main, ["challenge", *arguments, "--config", str(config), "--json"], catch_exceptions=False
    )
    (line,) = result.stdout.splitlines()
    return result.exit_code, json.loads(line)


def lie(venue: Venue) -> None:
    roots = list(venue.batches[1][1])
    roots[2] = b"\x0a" * 32
    venue.propose(2, roots)


def test_list_and_show_know_right_from_wrong(venue, config):
    venue.propose(2)
    catch_up(venue, config)
    code, report = command(config, "list")
    assert code == ExitCode.OK
    assert [each["verdict"] for each in report["claims_listed"]] == ["right", "right"]
    code, report = command(config, "show", "1")
    assert code == ExitCode.OK
    assert [each["agrees"] for each in report["segments"]] == [True, True, True]
    assert report["segments"][0]["content"].startswith("message")


def test_wrong_claim_is_listed_shown_proved_and_submitted(venue, config):
    lie(venue)
    catch_up(venue, config)
    code, report = command(config, "list")
    assert code == ExitCode.WRONG_CLAIM
    assert [each["verdict"] for each in report["claims_listed"]] == ["right", "wrong"]
    assert report["claims_listed"][1]["wrong_segment"] == 1
    code, report = command(config, "show", "2")
    assert code == ExitCode.WRONG_CLAIM
    assert [each["agrees"] for each in report["segments"]] == [True, False]

    code, report = command(config, "prove", "2", "--dry-run")
    assert code == ExitCode.OK
    assert report["segment"] == 1
    assert report["reward_wei"] == 500 * ETHER
    assert 100_000 < report["gas"] < 2**24
    dry = report

    venue.rpc.mines_at_once = True
    code, report = command(config, "submit", "2")
    assert code == ExitCode.OK
    assert report["disproved"] is True
    assert report["challenge"]["gas_used"] <= dry["gas"] * 11 // 10
    assert venue.rollup_call("claimCount") == (2,)
    assert venue.reward() == (venue.challenger.address, 500 * ETHER)


def test_prove_writes_calldata_that_anybody_can_send(venue, config, tmp_path):
    lie(venue)
    catch_up(venue, config)
    output = tmp_path / "challenge.bin"
    code, report = command(config, "prove", "2", "--output", str(output))
    assert code == ExitCode.OK
    assert len(output.read_bytes()) == report["calldata_bytes"]
    venue.send(venue.other, venue.rollup, output.read_bytes())
    assert venue.rollup_call("claimCount") == (2,)


def test_proof_of_a_right_segment_says_that_the_claim_is_correct(venue, config):
    """attack 43"""
    catch_up(venue, config)
    for segment in ("0", "1", "2"):
        code, report = command(config, "prove", "1", "--segment", segment, "--dry-run")
        assert code == ExitCode.CLAIM_IS_CORRECT
        assert report["answer"] == "claim_is_correct"
    code, report = command(config, "submit", "1")
    assert code == ExitCode.CLAIM_IS_CORRECT
    assert report["sent"] is False
    assert venue.chain.nonce(venue.challenger.address, venue.chain.head_number) == 0


def test_verify_executes_again_and_finds_the_wrong_claim(venue, config):
    catch_up(venue, config)
    code, report = command(config, "verify", "1..2")
    assert (code, report["agrees"]) == (ExitCode.OK, True)
    assert [each["segments"] for each in report["batches"]] == [3, 2]
    lie(venue)
    catch_up(venue, config)
    code, report = command(config, "verify", "2")
    assert (code, report["agrees"]) == (ExitCode.WRONG_CLAIM, False)
    assert report["batches"][0]["differs"][0]["segment"] == 1


def test_commands_name_what_is_missing(venue, config, tmp_path, monkeypatch):
    assert command(config, "list")[0] == ExitCode.IN_USE  # no store yet
    catch_up(venue, config)
    assert command(config, "show", "9")[0] == ExitCode.NOT_FOUND
    assert command(config, "prove", "2")[0] == ExitCode.NOT_FOUND  # no claim
    assert command(config, "withdraw-proof", "1")[0] == ExitCode.NOT_FOUND
    monkeypatch.delenv(KEY_VARIABLE)
    code, report = command(config, "submit", "1")
    assert code == ExitCode.USAGE
    assert KEY_VARIABLE in report["reason"]
    broken = tmp_path / "broken.toml"
    broken.write_text(config.read_text().replace("chain_id = 31337", 'chain_id = "x"'))
    code, report = command(broken, "list")
    assert code == ExitCode.USAGE
    assert "l1.chain_id" in report["reason"]


def test_l1_that_does_not_answer_is_distinguished(venue, config, l1):
    catch_up(venue, config)
    l1.close()
    assert command(config, "list")[0] == ExitCode.L1_UNAVAILABLE


def test_doctor_is_content_with_a_good_set_up_and_not_with_a_bad_one(venue, config, tmp_path):
    venue.propose(2)
    catch_up(venue, config)
    code, report = command(config, "doctor")
    checks = {each["name"]: each["status"] for each in report["checks"]}
    assert (code, report["healthy"]) == (ExitCode.OK, True), report
    # Their speed depends on what else the machine does; their backends do not.
    assert "fail" not in (checks["keccak"], checks["secp256k1"])
    assert checks["Rollup code"] == checks["Inbox code"] == checks["genesis"] == "ok"
    assert checks["law"] == "warn"  # the small law of this test is not what a release ships
    assert checks["endpoints"] == "warn"
    assert {"clock", "balance", "lag", "rate", "store"} <= checks.keys()
    (rate,) = (each["detail"] for each in report["checks"] if each["name"] == "rate")
    assert "law-gas/s at worst" in rate  # not at what is typical
    other = tmp_path / "other.toml"
    other.write_text(config.read_text().replace("chain_id = 31337", "chain_id = 5"))
    code, report = command(other, "doctor")
    assert (code, report["healthy"]) == (ExitCode.UNHEALTHY, False)


def test_keystore_opens_with_its_password_and_never_shows_the_key(venue, config, monkeypatch):
    lie(venue)
    catch_up(venue, config)
    save_keystore(KEY, "a password", config.parent / "key.json", iterations=2)
    (config.parent / "password").write_text("a password\n")
    text = config.read_text()
    start = text.index("[key]")
    config.write_text(text[:start] + '[key]\nkeystore = "key.json"\npassword_file = "password"\n')
    code, report = command(config, "submit", "2")
    assert code == ExitCode.OK
    assert KEY.hex() not in json.dumps(report)
    (config.parent / "password").write_text("another\n")
    code, report = command(config, "submit", "1")
    assert code == ExitCode.USAGE
    assert "another" not in json.dumps(report)


def start(config: Path, log: Path, mode: str = "defend") -> subprocess.Popen:
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "tests.integration.verifier.entry"),
            *("verifier", "run", "--config", str(config), "--mode", mode),
        ],
        stderr=log.open("ab"),
        stdout=subprocess.DEVNULL,
    )


def wait_for(condition, seconds: float = 90.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def test_node_process_killed_and_started_again_disproves(venue, config, l1, tmp_path):
    """attack 40"""
    log = tmp_path / "node.log"
    lie(venue)
    claims = lambda: venue.rollup_call("claimCount")  # noqa: E731
    for _ in range(3):
        node = start(config, log)
        time.sleep(1.2)
        node.kill()
        node.wait()
    node = start(config, log)
    wait_for(lambda: claims() == (2,))
    # Commands read while it runs.
    assert command(config, "list")[0] in (ExitCode.OK, ExitCode.WRONG_CLAIM)
    # Its key is the node's. One that was killed may have disproved before this one has begun.
    wait_for(lambda: command(config, "submit", "1")[0] == ExitCode.IN_USE)
    node.send_signal(signal.SIGTERM)
    assert node.wait(20) == 0
    text = log.read_text()
    assert '"verifier_stopped"' in text
    assert KEY.hex() not in text
    assert venue.reward() == (venue.challenger.address, 500 * ETHER)


def test_wrong_address_and_wrong_chain_are_usage_errors(venue, config, tmp_path):
    catch_up(venue, config)
    rollup = "0x" + venue.rollup.hex()
    right = config.read_text()
    # No contract, a contract without `inbox`, and one with it that is not a Rollup of this chain.
    for wrong in ("0x" + "ab" * 20, "0x" + venue.inbox.hex(), "0x" + venue.laws[0].hex()):
        config.write_text(right.replace(rollup, wrong))
        code, report = command(config, "list")
        assert code == ExitCode.USAGE
        assert (report["error"], wrong in report["reason"]) == ("NoRollup", True)
    config.write_text(right.replace("chain_id = 31337", "chain_id = 5"))
    code, report = command(config, "list")
    assert code == ExitCode.USAGE
    assert "31337" in report["reason"] and "5" in report["reason"]
    result = CliRunner().invoke(main, ["verifier", "run", "--config", str(config)])
    assert result.exit_code == ExitCode.USAGE


def test_node_starts_on_the_one_endpoint_that_answers_with_an_alarm(venue, config, l1):
    """attack 28"""
    dead = "http://127.0.0.1:9"
    text = config.read_text().replace(f'["{l1.url}"]', f'["{dead}", "{l1.url}"]')
    config.write_text(text.replace("poll_seconds", "start_seconds = 0\npoll_seconds"))
    settings = load_config(config, VerifierConfig)
    node = _started(settings, threading.Event())
    assert node is not None
    assert node.metrics.alarms.labels(Alarm.SINGLE_ENDPOINT.value)._value.get() == 1
    node.turn()  # all of them must agree again: nothing is derived, and that is noticed in time
    assert not node.client.is_narrowed
    assert node.parts.store.batch_count() == 0
    node.close()
