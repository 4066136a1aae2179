"""Which law a batch is under: five families, announced ahead, whose code can never change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from eth_account import Account
from web3 import Web3

from strikeproof.contracts import artifact
from strikeproof.deployment import (
    LawArtifacts,
)
from strikeproof.keccak import keccak256
from tests.contracts.l1.forest import key_of
from tests.contracts.l1.l1_history import L1History
from tests.contracts.l1.trivial_law import add
from tests.contracts.l1.venue import (
    CHAIN_ID,
    DELAY,
    FEE_WEI,
    FORCE,
    LAG,
    WINDOW,
    Reverted,
    Venue,
)
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


FAMILIES = range(5)


def law_id_of(venue: Venue, laws: Sequence[str], modules: Sequence[str] = ()) -> bytes:
    hashes = [code_hash(venue, each) for each in (*laws, *modules)]
    return keccak256(b"strikeproof law 2" + b"".join(hashes))


def another_law(venue: Venue) -> tuple[list[str], bytes]:
    """Deploy a law with other code for all families; return it and its id."""
    law = venue.deploy(harness("TestLaw"), NOBODY).address
    return [law] * len(FAMILIES), law_id_of(venue, [law] * len(FAMILIES))


def test_law_id_covers_the_code_of_all_families_and_modules(venue: Venue) -> None:
    deployment = venue.deployment
    expected = law_id_of(venue, deployment.laws, deployment.law_modules)
    assert deployment.law_id == "0x" + expected.hex()
    found = venue.rollup.lawAddresses(expected).call()
    assert list(found) == [each.lower() for each in deployment.laws]
    assert list(venue.rollup.lawAddresses(bytes(32)).call()) == [NOBODY] * len(FAMILIES)
    other = Venue(law=LawArtifacts((harness("TestLaw"),) * len(FAMILIES), (artifact("TestToken"),)))
    assert other.deployment.law_id != deployment.law_id


@pytest.mark.parametrize("family", FAMILIES)
def test_law_id_says_which_family_is_which(venue: Venue, family: int) -> None:
    """Laws that have two families' code exchanged are two laws."""
    far = (venue.time + 100 * DELAY) * 1000
    laws, law_id = another_law(venue)
    other = venue.deploy(harness("TinyLaw")).address
    changed = [other if each == family else laws[each] for each in FAMILIES]
    with pytest.raises(Reverted, match="OtherLaw"):
        venue.govern(venue.rollup.announceLaw(changed, law_id, far))
    rotated = changed[1:] + changed[:1]
    assert law_id_of(venue, rotated) != law_id_of(venue, changed)
    with pytest.raises(Reverted, match="OtherLaw"):
        venue.govern(venue.rollup.announceLaw(rotated, law_id_of(venue, changed), far))
    venue.govern(venue.rollup.announceLaw(changed, law_id_of(venue, changed), far))
    assert list(venue.rollup.nextLaw().call()[1]) == [each.lower() for each in changed]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("module", ["none", "other"])
def test_families_with_differing_modules_are_no_law(venue: Venue, family: int, module: str) -> None:
    """They would judge margin differently; which of them has the odd one makes no difference."""
    far = (venue.time + 100 * DELAY) * 1000
    deployment = venue.deployment
    address = NOBODY if module == "none" else deployment.token
    odd = venue.deploy(harness("TestLaw"), address).address
    laws = [odd if each == family else deployment.laws[each] for each in FAMILIES]
    with pytest.raises(Reverted, match="OtherModules"):
        venue.govern(venue.rollup.announceLaw(laws, bytes(32), far))


def test_new_law_starts_at_the_announced_time_and_old_batches_keep_theirs(
    history: L1History,
) -> None:
    venue, rollup = history.venue, history.venue.rollup
    history.post([OPS])
    laws, law_id = another_law(venue)
    from_ms = (venue.time + DELAY + WINDOW + FORCE + 100) * 1000
    venue.govern(rollup.announceLaw(laws, law_id, from_ms))
    old_id = bytes.fromhex(venue.deployment.law_id[2:])
    assert rollup.lawAt(from_ms - 1).call() == old_id
    assert rollup.lawAt(from_ms).call() == law_id
    assert rollup.nextLaw().call() == (law_id, tuple(each.lower() for each in laws), from_ms)
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


@pytest.mark.parametrize("family", FAMILIES)
def test_account_that_delegates_is_no_law(venue: Venue, family: int) -> None:
    """B 15: an EIP-7702 account's code is its delegation, which its key changes at will."""
    far = (venue.time + 100 * DELAY) * 1000
    (law, *_), _ = another_law(venue)
    delegate(venue, "rival", law)
    rival = venue.address("rival")
    laws = [rival if each == family else law for each in FAMILIES]
    with pytest.raises(Reverted, match="DelegatedCode"):
        venue.govern(venue.rollup.announceLaw(laws, law_id_of(venue, laws), far))
    module = venue.deploy(harness("TestLaw"), rival)
    with pytest.raises(Reverted, match="DelegatedCode"):
        venue.govern(venue.rollup.announceLaw([module.address] * len(FAMILIES), bytes(32), far))


@pytest.mark.parametrize("changed", [*FAMILIES, "module"])
def test_challenge_runs_no_other_code_than_was_registered(
    history: L1History, changed: int | str
) -> None:
    """B 15: whatever made the code at an address change, it does not judge, whichever family's."""
    venue, rollup = history.venue, history.venue.rollup
    history.post([OPS])
    history.propose(1, wrong=1)
    given = history.challenge(1, 0)
    deployment = venue.deployment
    other = bytes(venue.web3.eth.get_code(Web3.to_checksum_address(deployment.token)))
    if changed == "module":
        address = deployment.law_modules[0]
    else:  # another law's code, which names the same modules
        address = deployment.laws[int(changed)]
        other = bytes(venue.web3.eth.get_code(address)) + b"\0"
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
    laws, law_id = another_law(venue)

    def announce(from_ms: int) -> None:
        venue.govern(venue.rollup.announceLaw(laws, law_id, from_ms))

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
    venue.govern(rollup.announceLaw(first, first_id, from_ms))
    # Far ahead, it is replaced, here by the same law at another time.
    from_ms += 1000
    venue.govern(rollup.announceLaw(first, first_id, from_ms))
    assert rollup.lawAt(from_ms - 1).call() != first_id
    # From window + forced inclusion before it starts, until no older batch can come, it stays.
    deployment = venue.deployment
    old_id = bytes.fromhex(deployment.law_id[2:])
    call = rollup.announceLaw(deployment.laws, old_id, from_ms + 10 * far * 1000)
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
    venue.govern(rollup.announceLaw(first, first_id, from_ms))
    second_ms = from_ms + 10 * DELAY * 1000
    old_id = bytes.fromhex(venue.deployment.law_id[2:])
    call = rollup.announceLaw(venue.deployment.laws, old_id, second_ms)
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


@pytest.mark.parametrize("family", FAMILIES)
def test_address_without_code_is_no_law(venue: Venue, family: int) -> None:
    far = (venue.time + 100 * DELAY) * 1000
    for address in (NOBODY, venue.address("rival")):
        laws = [address if each == family else venue.deployment.laws[each] for each in FAMILIES]
        with pytest.raises(Reverted, match="NotALaw"):
            venue.govern(venue.rollup.announceLaw(laws, bytes(32), far))
    broken = venue.deploy(harness("TestLaw"), venue.address("rival"))
    with pytest.raises(Reverted, match="NotALaw"):
        venue.govern(venue.rollup.announceLaw([broken.address] * len(FAMILIES), bytes(32), far))


def test_law_is_the_one_whose_code_was_announced(venue: Venue) -> None:
    """What lies at an address could change between announcement and change-over: its hash not."""
    far = (venue.time + 100 * DELAY) * 1000
    laws, law_id = another_law(venue)
    other = bytes.fromhex(venue.deployment.law_id[2:])
    with pytest.raises(Reverted, match="OtherLaw"):
        venue.govern(venue.rollup.announceLaw(laws, other, far))
    venue.govern(venue.rollup.announceLaw(laws, law_id, far))


def test_no_law_is_announced_before_the_seal() -> None:
    """B 17: an announced law would survive the seal, without the notice that is promised."""
    venue = Venue(seal=False)
    laws, law_id = another_law(venue)
    call = venue.rollup.announceLaw(laws, law_id, (venue.time + 100 * DELAY) * 1000)
    refused(venue, venue.timelock.setUp(call.address, call.data), "governor", "NotSealed")
    venue.send(venue.timelock.seal(venue.address("governor")), "governor")
    venue.govern(call)
