"""What governance may do, how long it is announced before, and which law a batch is under."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from web3 import Web3

from strikeproof.contracts import artifact
from strikeproof.deployment import (
    Deployment,
    DeploymentConfig,
    DeploymentFailed,
    DeploymentInvalid,
    LawArtifacts,
    deploy,
)
from strikeproof.devnet.embedded_l1 import EmbeddedChain
from strikeproof.devnet.embedded_l1.in_process import InProcess
from strikeproof.keccak import keccak256
from strikeproof.wire.constants import WINDOW_SECONDS_MAX
from tests.contracts.l1.calls import Functions
from tests.contracts.l1.forest import key_of
from tests.contracts.l1.l1_history import L1History
from tests.contracts.l1.trivial_law import add
from tests.contracts.l1.venue import (
    CHAIN_ID,
    DELAY,
    EXIT,
    FEE_WEI,
    FORCE,
    GENESIS_TIME,
    GRACE,
    LAG,
    WINDOW,
    Reverted,
    Venue,
    account,
)
from tests.contracts.l1.venue import test_law as law_for_tests
from tests.harness import harness

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
        rollup.announceLaw(venue.deployment.law, bytes(32), 2**47),
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


def test_no_law_is_announced_before_the_seal() -> None:
    """B 17: an announced law would survive the seal, without the notice that is promised."""
    venue = Venue(seal=False)
    law, law_id = another_law(venue)
    call = venue.rollup.announceLaw(law.address, law_id, (venue.time + 100 * DELAY) * 1000)
    refused(venue, venue.timelock.setUp(call.address, call.data), "governor", "NotSealed")
    venue.send(venue.timelock.seal(venue.address("governor")), "governor")
    venue.govern(call)


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
        {"segments_per_second": 2**32 - 1},
        {"stress_gas_price_wei": 1},
        {"stress_gas_price_wei": 2**128 - 1},
        {"inbox_fee_wei": 0},
        {"force_inclusion_seconds": 2**40},
        {"exit_seconds": 2**63},
        {"max_lag_seconds": FORCE + 1},
        {"segments_per_second": 0},
        {"burst_segments": 1_023},
        {"stress_gas_price_wei": 0},
        {"inbox_fee_wei": 10**16 + 1},
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
        {"exit_seconds": 86_399},
    ],
)
def test_chain_that_may_hold_money_has_no_short_times(changes: dict[str, Any]) -> None:
    for chain_id in (1, 8_453, 2**40):
        with pytest.raises(DeploymentFailed, match="would revert"):
            other_chain(chain_id, **changes)


def test_defaults_deploy_on_a_chain_that_may_hold_money() -> None:
    assert other_chain(1).chain_id == 1
    assert other_chain(11_155_111, window_seconds=60).chain_id == 11_155_111


# Laws


def another_law(venue: Venue) -> tuple[Functions, bytes]:
    """Deploy a law with other code; return it and its id."""
    law = venue.deploy(harness("TestLaw"), NOBODY)
    return law, keccak256(code_hash(venue, law.address))


def test_law_id_covers_the_code_of_all_modules(venue: Venue) -> None:
    deployment = venue.deployment
    expected = keccak256(
        b"".join(code_hash(venue, each) for each in (deployment.law, *deployment.law_modules))
    )
    assert deployment.law_id == "0x" + expected.hex()
    assert venue.rollup.lawAddress(expected).call() == deployment.law.lower()
    other = Venue(law=LawArtifacts(harness("TestLaw"), (artifact("TestToken"),)))
    assert other.deployment.law_id != deployment.law_id


def test_new_law_starts_at_the_announced_time_and_old_batches_keep_theirs(
    history: L1History,
) -> None:
    venue, rollup = history.venue, history.venue.rollup
    history.post([OPS])
    law, law_id = another_law(venue)
    from_ms = (venue.time + DELAY + WINDOW + FORCE + 100) * 1000
    venue.govern(rollup.announceLaw(law.address, law_id, from_ms))
    old_id = bytes.fromhex(venue.deployment.law_id[2:])
    assert rollup.lawAt(from_ms - 1).call() == old_id
    assert rollup.lawAt(from_ms).call() == law_id
    assert rollup.nextLaw().call() == (law_id, law.address.lower(), from_ms)
    venue.wait(from_ms // 1000 - 1 - venue.time)
    batch = history.build([OPS])  # its time: one second before the change
    venue.send(rollup.postBatch(batch.data), "sequencer")
    history.batches[2] = batch
    late = history.build([OPS])
    assert late.header.time_ms == from_ms
    refused(venue, rollup.postBatch(late.data), "sequencer", "WrongLaw")
    late = replace(late, header=replace(late.header, law_id=law_id))
    history.submit(late)
    early = history.build([OPS])
    early = replace(early, header=replace(early.header, time_ms=from_ms, law_id=old_id))
    refused(venue, rollup.postBatch(early.data), "sequencer", "WrongLaw")
    # Each claim is judged by the law of its batch, though both are challenged now.
    for number in (1, 2, 3):
        history.propose(number)
        with pytest.raises(Reverted, match="ClaimIsCorrect"):
            venue.send(rollup.challenge(history.challenge(number, 0)))


def test_account_that_delegates_is_no_law(venue: Venue) -> None:
    """B 15: an EIP-7702 account's code is its delegation, which its key changes at will."""
    far = (venue.time + 100 * DELAY) * 1000
    law, _ = another_law(venue)
    delegate(venue, "rival", law.address)
    rival = venue.address("rival")
    law_id = keccak256(keccak256(b"\xef\x01\x00" + bytes.fromhex(law.address[2:])))
    with pytest.raises(Reverted, match="DelegatedCode"):
        venue.govern(venue.rollup.announceLaw(rival, law_id, far))
    module = venue.deploy(harness("TestLaw"), rival)
    with pytest.raises(Reverted, match="DelegatedCode"):
        venue.govern(venue.rollup.announceLaw(module.address, bytes(32), far))


@pytest.mark.parametrize("changed", ["law", "module"])
def test_challenge_runs_no_other_code_than_was_registered(history: L1History, changed: str) -> None:
    """B 15: whatever made the code at an address change, it does not judge."""
    venue, rollup = history.venue, history.venue.rollup
    history.post([OPS])
    history.propose(1, wrong=1)
    given = history.challenge(1, 0)
    deployment = venue.deployment
    address = deployment.law if changed == "law" else deployment.law_modules[0]
    other = bytes(venue.web3.eth.get_code(Web3.to_checksum_address(deployment.token)))
    if changed == "law":  # another law's code, which names the same modules
        other = bytes(venue.web3.eth.get_code(deployment.law)) + b"\0"
    venue.set_code(address, other)
    error = refused(venue, rollup.challenge(given), "challenger", "LawChanged")
    assert error[0].hex() == deployment.law_id[2:]


def delegate(venue: Venue, name: str, to: str) -> None:
    """Have an account run the code at an address (EIP-7702)."""
    signer, caller = venue.accounts[name], venue.accounts["anyone"]
    raw = bytes.fromhex(signer.address[2:])
    nonce = venue.chain.nonce(raw, venue.chain.head_number)
    authorization = signer.sign_authorization({"chainId": CHAIN_ID, "address": to, "nonce": nonce})
    transaction: dict[str, Any] = {
        "type": 4,
        "chainId": CHAIN_ID,
        "nonce": venue.chain.nonce(bytes.fromhex(caller.address[2:]), venue.chain.head_number),
        "maxFeePerGas": FEE_WEI,
        "maxPriorityFeePerGas": 1,
        "gas": 10**6,
        "value": 0,
        "to": venue.address("anyone"),
        "data": b"",
        "accessList": [],
        "authorizationList": [authorization],
    }
    signed = Account.sign_transaction(transaction, caller.key)
    venue.chain.submit(bytes(signed.raw_transaction))
    venue.chain.mine(venue.time + 1)
    assert venue.web3.eth.get_code(Web3.to_checksum_address(signer.address))[:2] == b"\xef\x01"


def test_law_is_announced_far_enough_ahead(venue: Venue) -> None:
    law, law_id = another_law(venue)

    def announce(from_ms: int) -> None:
        venue.govern(venue.rollup.announceLaw(law.address, law_id, from_ms))

    runs_at = venue.time + 1 + DELAY + 1
    with pytest.raises(Reverted, match="LawTooSoon"):
        announce((runs_at + WINDOW + FORCE) * 1000)
    with pytest.raises(Reverted, match="LawTooSoon"):
        announce(0)
    runs_at = venue.time + 1 + DELAY + 1
    announce((runs_at + WINDOW + FORCE) * 1000 + 1)


def test_announced_law_is_not_replaced_when_it_is_near(venue: Venue) -> None:
    rollup = venue.rollup
    first, first_id = another_law(venue)
    far = 10 * DELAY
    from_ms = (venue.time + far) * 1000
    venue.govern(rollup.announceLaw(first.address, first_id, from_ms))
    # Far ahead, it is replaced, here by the same law at another time.
    from_ms += 1000
    venue.govern(rollup.announceLaw(first.address, first_id, from_ms))
    assert rollup.lawAt(from_ms - 1).call() != first_id
    # From window + forced inclusion before it starts, until no older batch can come, it stays.
    deployment = venue.deployment
    old_id = bytes.fromhex(deployment.law_id[2:])
    call = rollup.announceLaw(deployment.law, old_id, from_ms + 10 * far * 1000)
    scheduled = venue.timelock.callCount().call()
    venue.send(venue.timelock.schedule(call.address, call.data), "governor")
    run = venue.timelock.execute(scheduled, call.address, call.data)
    venue.wait(DELAY)
    venue.wait(from_ms // 1000 - WINDOW - FORCE - 1 - venue.time)
    with pytest.raises(Reverted):
        venue.send(run, "governor")


def test_law_that_has_started_becomes_the_old_one(venue: Venue) -> None:
    rollup = venue.rollup
    first, first_id = another_law(venue)
    from_ms = (venue.time + 2 * DELAY) * 1000
    venue.govern(rollup.announceLaw(first.address, first_id, from_ms))
    second_ms = from_ms + 10 * DELAY * 1000
    old_id = bytes.fromhex(venue.deployment.law_id[2:])
    call = rollup.announceLaw(venue.deployment.law, old_id, second_ms)
    venue.send(venue.timelock.schedule(call.address, call.data), "governor")
    run = venue.timelock.execute(1, call.address, call.data)
    venue.wait(from_ms // 1000 + LAG - 2 - venue.time)
    # Until then a batch of an earlier time could still come, and is under the old law.
    given = refused(venue, run, "governor", "LawTooSoon")
    assert given == (second_ms, from_ms + LAG * 1000)
    venue.wait(1)
    venue.send(run, "governor")
    assert venue.time == from_ms // 1000 + LAG
    assert rollup.lawAt(from_ms).call() == first_id
    assert rollup.lawAt(second_ms - 1).call() == first_id
    assert rollup.lawAt(second_ms).call().hex() == venue.deployment.law_id[2:]


def test_address_without_code_is_no_law(venue: Venue) -> None:
    far = (venue.time + 100 * DELAY) * 1000
    for address in (NOBODY, venue.address("rival")):
        with pytest.raises(Reverted, match="NotALaw"):
            venue.govern(venue.rollup.announceLaw(address, bytes(32), far))
    broken = venue.deploy(harness("TestLaw"), venue.address("rival"))
    with pytest.raises(Reverted, match="NotALaw"):
        venue.govern(venue.rollup.announceLaw(broken.address, bytes(32), far))


def test_law_is_the_one_whose_code_was_announced(venue: Venue) -> None:
    """What lies at an address could change between announcement and change-over: its hash not."""
    far = (venue.time + 100 * DELAY) * 1000
    law, law_id = another_law(venue)
    other = bytes.fromhex(venue.deployment.law_id[2:])
    with pytest.raises(Reverted, match="OtherLaw"):
        venue.govern(venue.rollup.announceLaw(law.address, other, far))
    venue.govern(venue.rollup.announceLaw(law.address, law_id, far))


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
    for broken in ({}, data | {"version": 2}, data | {"extra": 1}, {"version": 1}):
        path.write_text(json.dumps(broken))
        with pytest.raises(DeploymentInvalid):
            Deployment.load(path)
    for text in ("", "[]", "{"):
        path.write_text(text)
        with pytest.raises(DeploymentInvalid):
            Deployment.load(path)
