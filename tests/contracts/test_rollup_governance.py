"""What governance may do, and how long it is announced before."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from web3 import Web3

from strikeproof.contracts import artifact
from strikeproof.deployment import (
    Deployment,
    DeploymentConfig,
    DeploymentFailed,
    DeploymentInvalid,
    deploy,
)
from strikeproof.devnet.embedded_l1 import EmbeddedChain
from strikeproof.devnet.embedded_l1.in_process import InProcess
from strikeproof.keccak import keccak256
from strikeproof.wire.constants import (
    BATCH_INBOX_MAX,
    BATCH_SEGMENTS_MAX,
    SEGMENT_CHARGE_MAX,
    WINDOW_SECONDS_MAX,
)
from tests.contracts.l1.forest import key_of
from tests.contracts.l1.l1_history import L1History
from tests.contracts.l1.trivial_law import add
from tests.contracts.l1.venue import (
    DELAY,
    EXIT,
    FORCE,
    GENESIS_TIME,
    GRACE,
    WINDOW,
    Reverted,
    Venue,
    account,
)
from tests.contracts.l1.venue import test_law as law_for_tests

OPS = add(key_of(1, 5))
NOBODY = "0x" + "00" * 20


def refused(venue: Venue, call: Any, by: str, error: str) -> tuple[Any, ...]:
    with pytest.raises(Reverted) as caught:
        venue.send(call, by)
    assert caught.value.name == error
    return caught.value.arguments


def code_hash(venue: Venue, address: str) -> bytes:
    return keccak256(bytes(venue.web3.eth.get_code(Web3.to_checksum_address(address))))


# The timelock


def test_only_the_timelock_governs_the_rollup(venue: Venue) -> None:
    rollup = venue.rollup
    calls = [
        rollup.setSequencer(venue.address("rival")),
        rollup.setTerms(1_000, 10**9),
        rollup.announceLaw(venue.deployment.laws, bytes(32), 2**47),
    ]
    for call in calls:
        for by in ("governor", "deployer", "sequencer", "anyone"):
            refused(venue, call, by, "NotGovernor")


def test_call_waits_its_delay_and_runs_once(venue: Venue) -> None:
    timelock = venue.timelock
    call = venue.rollup.setSequencer(venue.address("rival"))
    refused(venue, timelock.schedule(call.address, call.data), "anyone", "NotOwner")
    sent = venue.send(timelock.schedule(call.address, call.data), "governor")
    (event,) = venue.events(sent, timelock, "CallScheduled")
    ready = sent.timestamp + DELAY
    assert (event["readyTime"], event["lastTime"]) == (ready, ready + DELAY)
    run = timelock.execute(0, call.address, call.data)
    venue.wait(DELAY - 2)
    assert refused(venue, run, "governor", "NotReady") == (0, ready, ready - 1)
    venue.wait(1)
    refused(venue, run, "anyone", "NotOwner")
    other = timelock.execute(0, call.address, call.data + b"\0")
    refused(venue, other, "governor", "UnknownCall")
    venue.send(run, "governor")
    refused(venue, run, "governor", "UnknownCall")
    assert venue.rollup.sequencer().call() == venue.address("rival").lower()


def test_call_that_nobody_ran_in_time_is_void(venue: Venue) -> None:
    call = venue.rollup.setSequencer(venue.address("rival"))
    venue.send(venue.timelock.schedule(call.address, call.data), "governor")
    venue.wait(2 * DELAY)
    run = venue.timelock.execute(0, call.address, call.data)
    refused(venue, run, "governor", "CallExpired")


def test_cancelled_call_does_not_run(venue: Venue) -> None:
    call = venue.rollup.setSequencer(venue.address("rival"))
    venue.send(venue.timelock.schedule(call.address, call.data), "governor")
    refused(venue, venue.timelock.cancel(0), "anyone", "NotOwner")
    venue.send(venue.timelock.cancel(0), "governor")
    venue.wait(DELAY)
    run = venue.timelock.execute(0, call.address, call.data)
    refused(venue, run, "governor", "UnknownCall")
    refused(venue, venue.timelock.cancel(0), "governor", "UnknownCall")


def test_seal_ends_the_set_up_for_good(venue: Venue) -> None:
    assert venue.timelock.isSealed().call()
    call = venue.rollup.setSequencer(venue.address("rival"))
    set_up = venue.timelock.setUp(call.address, call.data)
    refused(venue, set_up, "governor", "AlreadySealed")
    refused(venue, set_up, "deployer", "NotOwner")
    again = venue.timelock.seal(venue.address("deployer"))
    refused(venue, again, "governor", "AlreadySealed")


def test_call_announced_before_the_seal_waits_from_the_seal(venue: Venue) -> None:
    """B 17: it would have run four seconds after the first deposit."""
    deployer = venue.address("deployer")
    timelock = venue.deploy(artifact("Timelock"), deployer, DELAY)
    call = timelock.setOwner(venue.address("rival"))
    sent = venue.send(timelock.schedule(call.address, call.data), "deployer")
    assert timelock.callTimes(0).call() == (sent.timestamp + DELAY, sent.timestamp + 2 * DELAY)
    venue.wait(DELAY - 10)
    sealed = venue.send(timelock.seal(deployer), "deployer")
    ready = sealed.timestamp + DELAY
    assert timelock.callTimes(0).call() == (ready, ready + DELAY)
    assert timelock.sealedTime().call() == sealed.timestamp
    run = timelock.execute(0, call.address, call.data)
    refused(venue, run, "deployer", "NotReady")
    venue.wait(DELAY - 2)
    assert refused(venue, run, "deployer", "NotReady") == (0, ready, ready - 1)
    venue.wait(1)
    venue.send(run, "deployer")
    assert timelock.owner().call() == venue.address("rival").lower()
    refused(venue, timelock.callTimes(0), "anyone", "UnknownCall")


def test_timelock_changes_hands_by_its_own_delay(venue: Venue) -> None:
    change = venue.timelock.setOwner(venue.address("rival"))
    refused(venue, change, "governor", "NotSelf")
    venue.govern(change)
    assert venue.timelock.owner().call() == venue.address("rival").lower()
    refused(venue, venue.timelock.schedule(NOBODY, b""), "governor", "NotOwner")
    nobody = venue.timelock.setOwner(NOBODY)
    venue.send(venue.timelock.schedule(nobody.address, nobody.data), "rival")
    venue.wait(DELAY)
    run = venue.timelock.execute(1, nobody.address, nobody.data)
    refused(venue, run, "rival", "ZeroOwner")


def test_terms_never_outgrow_the_delay(venue: Venue) -> None:
    """Attack 32: who reads an announcement has time to force an op, see it final, and leave."""
    longest = DELAY - FORCE - GRACE - EXIT - 1
    with pytest.raises(Reverted, match="DelayTooShort"):
        venue.govern(venue.rollup.setTerms(longest + 1, 10**9))
    venue.govern(venue.rollup.setTerms(longest, 10**9))
    for window, price, error in (
        (0, 10**9, "SecondsOutOfRange"),
        (WINDOW_SECONDS_MAX + 1, 10**9, "SecondsOutOfRange"),
        (2**64 - 1, 10**9, "SecondsOutOfRange"),
        (WINDOW, 0, "PriceOutOfRange"),
        (WINDOW, 10**9 - 1, "PriceOutOfRange"),
        (WINDOW, 10**13 + 1, "PriceOutOfRange"),
        (WINDOW, 2**128 - 1, "PriceOutOfRange"),
    ):
        with pytest.raises(Reverted, match=error):
            venue.govern(venue.rollup.setTerms(window, price))


@pytest.mark.parametrize(
    "changes",
    [
        {"timelock_delay_seconds": WINDOW + FORCE + GRACE + EXIT},
        {"grace_seconds": 2**40},
        {"window_seconds": 0},
        {"window_seconds": 10 * 86_400 + 1, "timelock_delay_seconds": 20 * 86_400},
        {"timelock_delay_seconds": 365 * 86_400 + 1},
        {"timelock_delay_seconds": 2**64 - 1},
        {"max_lag_seconds": 0},
        {"ordered_rate": 6 * 10**6, "inbox_rate": 10**6 - 1},
        {"stress_gas_price_wei": 1},
        {"stress_gas_price_wei": 2**128 - 1},
        {"inbox_fee_per_mega_wei": 0},
        {"force_inclusion_seconds": 2**40},
        {"exit_seconds": 2**63},
        {"max_lag_seconds": FORCE // 2 + 1},
        {"ordered_rate": 0},
        {"inbox_rate": 0},
        {"ordered_burst": BATCH_SEGMENTS_MAX * SEGMENT_CHARGE_MAX - 1},
        {"ordered_burst": 2**56 // 1000 + 1},
        {"inbox_burst": BATCH_INBOX_MAX * SEGMENT_CHARGE_MAX - 1},
        {"inbox_burst": 2**64 - 1},
        {"stress_gas_price_wei": 0},
        {"inbox_fee_per_mega_wei": 10**15 + 1},
        {"minimum_deposit_micro_usd": 10**9 + 1},
        {"deposit_cap_micro_usd": 2**96},
        {"governor_owner": NOBODY},
    ],
)
def test_deployment_with_bad_terms_fails(changes: dict[str, Any]) -> None:
    """Attack 32. The failure names why, before anything else was paid for."""
    with pytest.raises(DeploymentFailed, match="would revert"):
        Venue(**changes)


def other_chain(chain_id: int, **changes: Any) -> Deployment:
    """Deploy on a chain of this id."""
    balances = {bytes.fromhex(account("deployer").address[2:]): 10**24}
    web3 = Web3(InProcess(EmbeddedChain(chain_id, balances, GENESIS_TIME)))
    config = DeploymentConfig(account("sequencer").address, account("governor").address)
    return deploy(web3, account("deployer"), replace(config, law=law_for_tests(), **changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"window_seconds": 1},
        {"window_seconds": 7 * 86_400 - 1},
        {"force_inclusion_seconds": 3_599, "max_lag_seconds": 600},
        {"exit_seconds": 7 * 86_400 - 1},
    ],
)
def test_chain_that_may_hold_money_has_no_short_times(changes: dict[str, Any]) -> None:
    for chain_id in (1, 8_453, 2**40):
        with pytest.raises(DeploymentFailed, match="would revert"):
            other_chain(chain_id, **changes)


def test_defaults_deploy_on_a_chain_that_may_hold_money() -> None:
    assert other_chain(1).chain_id == 1
    assert other_chain(11_155_111, window_seconds=60).chain_id == 11_155_111


def test_defaults_leave_thirty_days_before_an_unwanted_upgrade() -> None:
    """L2BEAT's stage 2, by the contracts that the defaults deploy: what is announced runs this long
    after that an op forced 30 days before it still has forced inclusion and grace."""
    balances = {bytes.fromhex(account("deployer").address[2:]): 10**24}
    web3 = Web3(InProcess(EmbeddedChain(1, balances, GENESIS_TIME)))
    config = DeploymentConfig(account("sequencer").address, account("governor").address)
    deployed = deploy(web3, account("deployer"), replace(config, law=law_for_tests()))
    rollup = deployed.contract(web3, "Rollup").functions
    delay = deployed.contract(web3, "Timelock").functions.delaySeconds().call()
    forced = rollup.forceInclusionSeconds().call() + rollup.graceSeconds().call()
    assert delay - forced >= 30 * 86_400
    # And of the slowest way: the window until it is final, and a fortnight to be paid.
    assert delay - forced - rollup.windowSeconds().call() >= rollup.exitSeconds().call()
    assert rollup.exitSeconds().call() == 14 * 86_400


# Deployment


def test_contracts_name_one_another(venue: Venue) -> None:
    deployment = venue.deployment
    assert venue.rollup.inbox().call() == deployment.inbox.lower()
    assert venue.rollup.governor().call() == deployment.timelock.lower()
    assert venue.inbox.vault().call() == deployment.vault.lower()
    assert venue.inbox.governor().call() == deployment.timelock.lower()
    assert venue.vault.inbox().call() == deployment.inbox.lower()
    assert venue.vault.rollup().call() == deployment.rollup.lower()
    assert venue.vault.token().call() == deployment.token.lower()
    assert venue.vault.governor().call() == deployment.timelock.lower()
    assert venue.timelock.owner().call() == venue.address("governor").lower()


def test_listings_arrive_before_the_seal() -> None:
    messages = (b"\x01ETH".ljust(17, b"\0"), b"\x04\x01\x01" + b"\x11" * 20)
    venue = Venue(governance_messages=messages)
    history = L1History(venue)
    assert [each[27:] for each in history.messages] == list(messages)
    assert venue.timelock.isSealed().call()


def test_every_contract_deploys_within_the_limits_of_l1(venue: Venue) -> None:
    """Attack 36."""
    for number in range(1, venue.chain.head_number + 1):
        for mined in venue.chain.transactions(number):
            assert mined.gas_used <= 2**24
            if mined.contract:
                assert len(mined.transaction.data) <= 49_152
                code = venue.web3.eth.get_code(Web3.to_checksum_address(mined.contract))
                assert 0 < len(code) <= 24_576


def test_deployment_file_gives_the_same_deployment_back(venue: Venue, tmp_path: Path) -> None:
    path = tmp_path / "deployment.json"
    venue.deployment.save(path)
    assert Deployment.load(path) == venue.deployment
    data = venue.deployment.to_json()
    for broken in ({}, data | {"version": 1}, data | {"extra": 1}, {"version": 2}):
        path.write_text(json.dumps(broken))
        with pytest.raises(DeploymentInvalid):
            Deployment.load(path)
    for text in ("", "[]", "{"):
        path.write_text(text)
        with pytest.raises(DeploymentInvalid):
            Deployment.load(path)
