"""`strikeproof bond` against a real L1 over HTTP."""

from __future__ import annotations

import json
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog
from click.testing import CliRunner
from eth_abi import encode as abi_encode
from eth_utils.address import to_checksum_address

from strikeproof.cli.bond import EXIT_BROKEN, EXIT_REJECTED
from strikeproof.cli.main import main
from strikeproof.contracts import LAW_FAMILIES
from strikeproof.deployment import Deployment
from strikeproof.keccak import keccak256
from strikeproof.keystore import signer_of_key
from strikeproof.l1 import Endpoint, TransactionSender
from strikeproof.wire.constants import PROMISE_UNLOCK_SECONDS
from tests.integration.verifier.nodes import HttpL1, make_node, turns, write_config
from tests.integration.verifier.venue import CHAIN_ID, ETHER, WINDOW_SECONDS, Venue, add_op

KEY = keccak256(b"venue" + bytes([1]))  # the sequencer's
KEY_VARIABLE = "STRIKEPROOF_TEST_KEY"
BOND_WEI = 67_108_864 * 10**9
STAKE_WEI = 3 * ETHER


@pytest.fixture(scope="module")
def venue() -> Venue:
    return Venue()


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """A command configures the logging of its process."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def config(venue: Venue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv(KEY_VARIABLE, KEY.hex())
    l1 = HttpL1(venue)
    yield write_config(venue, tmp_path, l1.url, f'[key]\nkey_env = "{KEY_VARIABLE}"')
    l1.close()


@contextmanager
def blocks_every(seconds: float, config: Path) -> Iterator[None]:
    """Have L1 mine blocks meanwhile, whether it has transactions or not."""
    (url,) = tomllib.loads(config.read_text("utf-8"))["l1"]["endpoints"]
    ended = threading.Event()

    def mine() -> None:
        while not ended.wait(seconds):
            Endpoint.connect(url).request("evm_mine", [])

    thread = threading.Thread(target=mine)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def bond(config: Path, *arguments: str) -> tuple[int, dict[str, Any], str]:
    result = CliRunner().invoke(
        main, ["bond", *arguments, "--config", str(config), "--json"], catch_exceptions=False
    )
    report = json.loads(result.stdout) if result.stdout else {}
    return result.exit_code, report, result.stderr


def test_a_bond_is_deposited_locked_by_a_claim_and_withdrawn(venue: Venue, config: Path) -> None:
    code, report, _ = bond(config, "show")
    assert (code, report["bond_wei"], report["required_wei"]) == (0, 0, BOND_WEI)
    code, report, _ = bond(config, "deposit")
    assert (code, report["value_wei"], report["succeeded"]) == (0, BOND_WEI, True)
    assert bond(config, "deposit")[1] == {"bond_wei": BOND_WEI, "deposited_wei": 0}
    assert bond(config, "deposit", "--gwei", "5")[1]["value_wei"] == 5 * 10**9
    venue.post_batch(add_op(1, 7, 1))
    venue.propose(1)
    assert 0 < bond(config, "show")[1]["locked_for_seconds"] <= WINDOW_SECONDS
    code, report, stderr = bond(config, "withdraw")
    assert (code, report) == (EXIT_REJECTED, {})
    assert "BondLocked" in stderr
    venue.skip_time(WINDOW_SECONDS + 60)
    # The venue posted and proposed with the same key, and L1's count of that needs new blocks.
    with blocks_every(0.1, config):
        assert bond(config, "withdraw")[1]["succeeded"]
    assert bond(config, "show")[1]["bond_wei"] == 0


@pytest.fixture
def sequencer_config(venue: Venue, config: Path) -> Path:
    """The configuration of a sequencer that stakes on its receipts."""
    promises = venue._create("Promises", abi_encode(["address", "uint256"], [venue.rollup, ETHER]))
    nobody, word = to_checksum_address(bytes(20)), "0x" + bytes(32).hex()
    deployment = config.parent / "deployment.json"
    Deployment(
        chain_id=CHAIN_ID,
        first_block=1,
        rollup=to_checksum_address(venue.rollup),
        inbox=nobody,
        vault=nobody,
        timelock=nobody,
        escape=nobody,
        promises=to_checksum_address(promises),
        token=nobody,
        laws=(nobody,) * len(LAW_FAMILIES),
        law_modules=(),
        law_id=word,
        genesis_batch_hash=word,
        genesis_claim_hash=word,
        genesis_root=word,
        domain_separator=word,
    ).save(deployment)
    (url,) = tomllib.loads(config.read_text("utf-8"))["l1"]["endpoints"]
    path = config.parent / "sequencer.toml"
    path.write_text(
        f'data_dir = "sequencer"\n[key]\nkey_env = "{KEY_VARIABLE}"\n'
        f'[l1]\nendpoints = ["{url}"]\nchain_id = {CHAIN_ID}\ndeployment = "{deployment}"\n'
        f"[promises]\nstake_gwei = {STAKE_WEI // 10**9}\nstake_max_gwei = {STAKE_WEI // 10**9}\n"
    )
    return path


def test_a_stake_is_deposited_announced_and_taken_back(
    venue: Venue, sequencer_config: Path
) -> None:
    path = sequencer_config
    assert bond(path, "show")[1]["stake_wei"] == 0
    code, report, _ = bond(path, "stake")
    assert (code, report["value_wei"], report["succeeded"]) == (0, STAKE_WEI, True)
    assert bond(path, "stake")[1] == {"stake_wei": STAKE_WEI, "staked_wei": 0}
    assert bond(path, "stake", "--gwei", "7")[1]["value_wei"] == 7 * 10**9
    assert bond(path, "unstake")[1]["succeeded"], "announced"
    due = bond(path, "show")[1]["stake_unlock_seconds"]
    code, report, _ = bond(path, "unstake")
    assert (code, report) == (0, {"stake_unlock_seconds": due}), "not due, and announced once"
    venue.skip_time(PROMISE_UNLOCK_SECONDS + 60)
    venue.add_message(b"a block, so that L1's clock is there")
    with blocks_every(0.1, path):
        assert bond(path, "unstake")[1]["succeeded"]
    shown = bond(path, "show")[1]
    assert (shown["stake_wei"], shown["stake_unlock_seconds"]) == (0, 0)


def test_a_verifier_stakes_nothing(config: Path) -> None:
    code, report, stderr = bond(config, "stake")
    assert (code, report) == (2, {})
    assert "only a sequencer stakes" in stderr


def test_nothing_owed_is_reported_and_not_sent(config: Path) -> None:
    code, report, stderr = bond(config, "collect")
    assert (code, report) == (EXIT_REJECTED, {})
    assert "NothingToCollect" in stderr


def test_key_of_a_running_node_is_left_alone(venue: Venue, config: Path) -> None:
    path = config.parent / "data" / "intents.db"
    running = TransactionSender(venue.client(), signer_of_key(KEY), path, chain_id=CHAIN_ID)
    code, _, stderr = bond(config, "deposit", "--gwei", "1")
    running.close()
    assert code == EXIT_BROKEN
    assert "another process holds" in stderr


def test_reward_is_shown_settled_and_collected_by_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    venue = Venue()
    venue.bond()
    venue.post_batch(add_op(1, 7, 1))
    venue.propose(1, [venue.batches[0][1][0], b"\x0a" * 32])
    node = make_node(venue, tmp_path / "data", defend={"propose": False})
    turns(venue, node, 6)
    node.close()
    monkeypatch.setenv(KEY_VARIABLE, keccak256(b"venue" + bytes([2])).hex())  # the challenger's
    l1 = HttpL1(venue)
    config = write_config(venue, tmp_path, l1.url, f'[key]\nkey_env = "{KEY_VARIABLE}"')
    liar = "0x" + venue.sequencer.address.hex()
    (reward,) = bond(config, "show")[1]["rewards"]
    assert (reward["proposer"], reward["held_wei"]) == (liar, 500 * ETHER)
    assert 0 < reward["locked_for_seconds"] <= WINDOW_SECONDS
    assert bond(config, "settle")[1] == {"settled": 0}
    code, _, stderr = bond(config, "settle", "--proposer", liar)
    assert code == EXIT_REJECTED
    assert "BondLocked" in stderr
    assert bond(config, "settle", "--proposer", "0x12")[0] == EXIT_REJECTED
    venue.skip_time(WINDOW_SECONDS + 60)
    assert bond(config, "settle")[1]["succeeded"]
    report = bond(config, "show")[1]
    assert (report["rewards"], report["credit_wei"]) == ([], 500 * ETHER)
    assert bond(config, "collect")[1]["succeeded"]
    assert bond(config, "show")[1]["credit_wei"] == 0
    l1.close()
