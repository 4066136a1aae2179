"""Bonds back every pending claim; slashes pay who found out first; nothing pays twice."""

from __future__ import annotations

from typing import Any

import pytest

from strikeproof.keccak import keccak256
from strikeproof.wire.constants import BOND_CHALLENGES, CHALLENGE_GAS_STRESS
from tests.contracts.l1.forest import ZERO, key_of
from tests.contracts.l1.l1_history import L1History
from tests.contracts.l1.trivial_law import add
from tests.contracts.l1.venue import WINDOW, Reverted, Sent, Venue
from tests.harness import harness

OPS = add(key_of(1, 5))


def refused(venue: Venue, call: Any, by: str, error: str) -> tuple[Any, ...]:
    with pytest.raises(Reverted) as caught:
        venue.send(call, by)
    assert caught.value.name == error
    return caught.value.arguments


def bond_of(venue: Venue, name: str = "proposer") -> tuple[int, int, int]:
    """Amount, held and the time to which it is locked."""
    amount, held, locked = venue.rollup.bondOf(venue.address(name)).call()
    return amount, held, locked


def credit(venue: Venue, name: str) -> int:
    return int(venue.rollup.creditWei(venue.address(name)).call())


def lie(history: L1History, number: int, by: str = "proposer") -> Sent:
    history.post([OPS])
    return history.propose(number, wrong=1, by=by)


def balance(venue: Venue, address: str) -> int:
    return int(venue.web3.eth.get_balance(address))  # type: ignore[arg-type]


def test_bond_pays_four_of_the_most_expensive_challenges(history: L1History) -> None:
    venue = history.venue
    price = venue.config.stress_gas_price_wei
    assert BOND_CHALLENGES >= 4
    assert CHALLENGE_GAS_STRESS == 2**24
    assert venue.rollup.bondWei().call() == BOND_CHALLENGES * CHALLENGE_GAS_STRESS * price
    assert bond_of(venue)[0] == venue.rollup.bondWei().call()


def test_committed_challenger_gets_half_at_once(history: L1History) -> None:
    venue, rollup = history.venue, history.venue.rollup
    lie(history, 1)
    bond, _, locked = bond_of(venue)
    sent = history.disprove(1, 0)
    assert credit(venue, "challenger") == bond // 2
    assert bond_of(venue) == (0, bond - bond // 2, locked)
    (slashed,) = venue.events(sent, rollup, "Slashed")
    assert (slashed["rewardWei"], slashed["heldWei"]) == (bond // 2, bond - bond // 2)
    before = balance(venue, venue.address("challenger"))
    collected = venue.send(rollup.collect(), "challenger")
    paid = balance(venue, venue.address("challenger")) - before
    assert 0 < bond // 2 - paid < collected.gas_used * 10**12
    refused(venue, rollup.collect(), "challenger", "NothingToCollect")


def test_copied_proof_earns_nothing(history: L1History) -> None:
    """Attack 29: the copy deletes the claim; the reward waits for whoever had committed before."""
    venue, rollup = history.venue, history.venue.rollup
    lie(history, 1)
    bond = bond_of(venue)[0]
    given = history.challenge(1, 0)
    commitment = history.commitment(1, 0, "challenger")
    venue.send(rollup.commit(commitment), "challenger")
    # The copier sees the challenge in the mempool, with its salt, and is faster.
    copied = venue.send(rollup.challenge(given), "copier")
    assert credit(venue, "copier") == 0
    (reserved,) = venue.events(copied, rollup, "RewardReserved")
    assert reserved == {
        "disproof": 0,
        "claimHash": history.claim_hashes[1],
        "rewardWei": bond // 2,
    }
    refused(venue, rollup.challenge(given), "challenger", "UnknownClaim")
    # Committing afterwards is too late, to one's own commitment or to the other's.
    own = history.commitment(1, 0, "copier")
    for each in (own, commitment):
        venue.send(rollup.commit(each), "copier")
    refused(venue, rollup.claimReward(0, ZERO), "copier", "NotCommitted")
    refused(venue, rollup.claimReward(0, keccak256(b"salt")), "challenger", "NotCommitted")
    venue.send(rollup.claimReward(0, ZERO), "challenger")
    assert credit(venue, "challenger") == bond // 2
    refused(venue, rollup.claimReward(0, ZERO), "challenger", "NothingReserved")
    refused(venue, rollup.claimReward(1, ZERO), "challenger", "NothingReserved")


def test_commitment_of_the_challenge_s_own_block_earns_nothing(history: L1History) -> None:
    """Attack 29: a copier that commits and challenges at once is not first."""
    venue, rollup = history.venue, history.venue.rollup
    lie(history, 1)
    given = history.challenge(1, 0)
    commit = rollup.commit(history.commitment(1, 0, "copier"))
    venue.pool(rollup.address, commit.data, "copier", 0, 10**6)
    venue.send(rollup.challenge(given), "copier")
    assert rollup.claimCount().call() == 1
    assert credit(venue, "copier") == 0
    refused(venue, rollup.claimReward(0, ZERO), "copier", "NotCommitted")


def test_commitment_from_before_the_claim_earns_nothing(history: L1History) -> None:
    """Attack 29: what was known before the claim is the proposer's own knowledge."""
    venue, rollup = history.venue, history.venue.rollup
    history.post([OPS])
    right = history.roots(1)
    roots = [right[0], keccak256(right[1])]
    history.claim_hashes[1] = history.claim_hash(1, roots, venue.address("proposer"))
    venue.send(rollup.commit(history.commitment(1, 0, "copier")), "copier")
    history.propose_roots(1, roots)
    venue.send(rollup.challenge(history.challenge(1, 0)), "copier")
    assert credit(venue, "copier") == 0
    refused(venue, rollup.claimReward(0, ZERO), "copier", "NotCommitted")


@pytest.mark.parametrize("part", ["caller", "claim", "segment", "root", "salt"])
def test_commitment_binds_everything(history: L1History, part: str) -> None:
    venue, rollup = history.venue, history.venue.rollup
    lie(history, 1)
    caller = bytes(12) + bytes.fromhex(venue.address("challenger")[2:])
    values = {
        "caller": caller,
        "claim": history.claim_hashes[1],
        "segment": bytes(32),
        "root": history.roots(1)[1],
        "salt": keccak256(b"salt"),
    }
    wrong = values | {part: keccak256(b"other")}
    venue.send(rollup.commit(keccak256(b"".join(wrong.values()))), "challenger")
    given = history.challenge(1, 0, salt=values["salt"])
    venue.send(rollup.challenge(given), "challenger")
    assert credit(venue, "challenger") == 0


def test_commitment_can_be_told_by_nobody_else(history: L1History) -> None:
    """Attack 29: whoever repeats somebody's commitment does not move its block."""
    venue, rollup = history.venue, history.venue.rollup
    lie(history, 1)
    commitment = history.commitment(1, 0, "challenger")
    venue.send(rollup.commit(commitment), "challenger")
    repeat = rollup.commit(commitment)
    venue.pool(rollup.address, repeat.data, "copier", 0, 10**6)
    venue.send(rollup.challenge(history.challenge(1, 0)), "challenger")
    assert credit(venue, "challenger") > 0


def test_self_slash_saves_at_most_half(history: L1History) -> None:
    """Attack 29: a proposer that disproves itself first still loses the held half for good."""
    venue, rollup = history.venue, history.venue.rollup
    lie(history, 1)
    bond, _, locked = bond_of(venue)
    history.disprove(1, 0, by="proposer")
    assert credit(venue, "proposer") == bond // 2
    refused(venue, rollup.burnHeld(venue.address("proposer")), "anyone", "BondLocked")
    venue.wait(locked - venue.time)
    refused(venue, rollup.withdrawBond(1), "proposer", "BondInsufficient")
    before = balance(venue, rollup.address)
    sent = venue.send(rollup.burnHeld(venue.address("proposer")), "anyone")
    assert before - balance(venue, rollup.address) == bond - bond // 2
    (burned,) = venue.events(sent, rollup, "HeldBurned")
    assert burned["amountWei"] == bond - bond // 2
    assert bond_of(venue)[:2] == (0, 0)
    refused(venue, rollup.burnHeld(venue.address("proposer")), "anyone", "NothingHeld")


def test_bond_is_locked_while_a_claim_is_pending(history: L1History) -> None:
    """Attack 29: to the second at which its last claim is final, and no longer."""
    venue, rollup = history.venue, history.venue.rollup
    history.post([OPS])
    history.post([OPS])
    history.propose(1)
    venue.wait(100)
    sent = history.propose(2)
    deadline = sent.timestamp + WINDOW
    venue.wait(deadline - 1 - venue.time)
    assert rollup.isFinal(1).call()
    assert not rollup.isFinal(2).call()
    given = refused(venue, rollup.withdrawBond(1), "proposer", "BondLocked")
    assert given == (deadline, deadline)
    venue.wait(1)
    bond = bond_of(venue)[0]
    refused(venue, rollup.withdrawBond(bond + 1), "proposer", "BondInsufficient")
    before = balance(venue, venue.address("proposer"))
    venue.send(rollup.withdrawBond(bond), "proposer")
    assert balance(venue, venue.address("proposer")) > before
    assert bond_of(venue)[0] == 0


def test_claim_locks_more_than_what_is_asked_for(history: L1History) -> None:
    """All of a bond backs the claims: what lies above the least cannot be taken out either."""
    venue, rollup = history.venue, history.venue.rollup
    bond = rollup.bondWei().call()
    venue.send(rollup.depositBond(), "proposer", value=bond)
    lie(history, 1)
    refused(venue, rollup.withdrawBond(bond), "proposer", "BondLocked")
    history.disprove(1, 0)
    assert credit(venue, "challenger") == bond


def test_deleted_claim_keeps_the_bond_locked_to_its_deadline(history: L1History) -> None:
    venue, rollup = history.venue, history.venue.rollup
    bond = rollup.bondWei().call()
    venue.send(rollup.depositBond(), "rival", value=bond)
    lie(history, 1, by="rival")
    history.post([OPS])
    sent = history.propose(2)
    history.disprove(1, 0)
    refused(venue, rollup.withdrawBond(bond), "proposer", "BondLocked")
    venue.wait(sent.timestamp + WINDOW - venue.time)
    venue.send(rollup.withdrawBond(bond), "proposer")


def test_each_further_disproof_is_paid_half_of_what_is_held(history: L1History) -> None:
    """Attack 34: right claims between two lies; the later lie is disproved first, by the liar."""
    venue, rollup = history.venue, history.venue.rollup
    history.post([OPS, OPS, OPS])
    history.post([OPS])
    history.post([OPS])
    # Claim 1 lies about a middle root only, so the claims after it are right.
    history.propose(1, wrong=1, to_end=False)
    history.propose(2)
    history.propose(3, wrong=1)
    bond, _, locked = bond_of(venue)
    history.disprove(3, 0, by="proposer")
    assert rollup.claimCount().call() == 3
    assert bond_of(venue) == (0, bond - bond // 2, locked)
    refused(venue, rollup.burnHeld(venue.address("proposer")), "anyone", "BondLocked")
    # The liar can neither take it out nor claim again with it.
    call = rollup.propose(history.batches[3].batch_hash, history.claim_hashes[2], history.roots(3))
    refused(venue, call, "proposer", "BondTooSmall")
    refused(venue, rollup.withdrawBond(1), "proposer", "BondLocked")
    history.disprove(1, 0, by="challenger")
    assert credit(venue, "challenger") == (bond - bond // 2) // 2
    assert bond_of(venue)[1] == bond - bond // 2 - (bond - bond // 2) // 2
    assert rollup.claimCount().call() == 1


def test_new_bond_backs_the_old_lies_too(history: L1History) -> None:
    """Attack 34: after a slash the liar bonds again; a disproof takes half of all there is."""
    venue, rollup = history.venue, history.venue.rollup
    history.post([OPS, OPS])
    history.post([OPS])
    history.propose(1, wrong=1, to_end=False)
    history.propose(2, wrong=1)
    bond = bond_of(venue)[0]
    history.disprove(2, 0, by="proposer")
    venue.send(rollup.depositBond(), "proposer", value=3 * bond)
    history.disprove(1, 0)
    assert credit(venue, "challenger") == (bond - bond // 2 + 3 * bond) // 2
    assert bond_of(venue)[0] == 0


def test_deepest_of_many_claims_is_disproved_at_the_same_cost(history: L1History) -> None:
    """Attack 34: deleting costs the same gas with none or forty claims after it: no loop."""
    venue, rollup = history.venue, history.venue.rollup
    lie(history, 1)
    head = venue.chain.head_number
    alone = venue.send(rollup.challenge(history.challenge(1, 0)), "challenger").gas_used
    venue.chain.rewind(head)
    for number in range(2, 42):
        history.post([b""])
        first = history.claims[number - 1][-1]
        history.propose_roots(number, [first, keccak256(first)])
    sent = venue.send(rollup.challenge(history.challenge(1, 0)), "challenger")
    assert sent.gas_used == alone
    assert rollup.claimCount().call() == 1


# Pull payments


def test_reward_of_who_takes_no_ether_stops_nobody(history: L1History) -> None:
    """Attack 30: the recipient that reverts hurts itself alone."""
    venue, rollup = history.venue, history.venue.rollup
    refuser = venue.deploy(harness("Refuser"))
    lie(history, 1)
    bond = bond_of(venue)[0]
    commitment = keccak256(
        bytes(12)
        + bytes.fromhex(refuser.address[2:])
        + history.claim_hashes[1]
        + bytes(32)
        + history.roots(1)[1]
        + ZERO
    )
    venue.send(refuser.run(rollup.address, rollup.commit(commitment).data, 0))
    challenge = rollup.challenge(history.challenge(1, 0))
    venue.send(refuser.run(rollup.address, challenge.data, 0))
    assert rollup.claimCount().call() == 1
    assert rollup.creditWei(refuser.address).call() == bond // 2
    refused(venue, refuser.run(rollup.address, rollup.collect().data, 0), "anyone", "PaymentFailed")
    assert rollup.creditWei(refuser.address).call() == bond // 2


def test_who_is_paid_cannot_be_paid_twice_by_reentering(history: L1History) -> None:
    """Attack 30: of a bond, and of a credit."""
    venue, rollup = history.venue, history.venue.rollup
    reentrant = venue.deploy(harness("Reentrant"))
    bond = rollup.bondWei().call()
    deposit = rollup.depositBond()
    venue.send(reentrant.run(rollup.address, deposit.data, bond), "anyone", value=bond)
    withdraw = rollup.withdrawBond(bond)
    venue.send(reentrant.arm(rollup.address, withdraw.data))
    venue.send(reentrant.run(rollup.address, withdraw.data, 0))
    assert reentrant.tried().call()
    assert not reentrant.succeeded().call()
    assert balance(venue, reentrant.address) == bond
    assert balance(venue, rollup.address) == bond  # the proposer's

    lie(history, 1)
    commitment = keccak256(
        bytes(12)
        + bytes.fromhex(reentrant.address[2:])
        + history.claim_hashes[1]
        + bytes(32)
        + history.roots(1)[1]
        + ZERO
    )
    venue.send(reentrant.run(rollup.address, rollup.commit(commitment).data, 0))
    challenge = rollup.challenge(history.challenge(1, 0))
    venue.send(reentrant.run(rollup.address, challenge.data, 0))
    collect = rollup.collect()
    venue.send(reentrant.arm(rollup.address, collect.data))
    venue.send(reentrant.run(rollup.address, collect.data, 0))
    assert reentrant.tried().call()
    assert not reentrant.succeeded().call()
    assert balance(venue, reentrant.address) == bond + bond // 2
    assert balance(venue, rollup.address) == bond - bond // 2


def test_ether_in_is_ether_out(history: L1History) -> None:
    """All that the Rollup holds is bonds, what is held, credits and reserved rewards."""
    venue, rollup = history.venue, history.venue.rollup
    venue.send(rollup.depositBond(), "rival", value=rollup.bondWei().call() + 12_345)
    lie(history, 1)
    history.disprove(1, 0)
    lie_by_rival = history.propose(1, wrong=1, by="rival")
    assert lie_by_rival.logs
    venue.send(rollup.challenge(history.challenge(1, 0)), "copier")
    stakes = sum(sum(bond_of(venue, name)[:2]) for name in ("proposer", "rival"))
    credits = sum(credit(venue, name) for name in ("challenger", "copier", "rival"))
    reserved = rollup.disproof(0).call()[2]
    assert reserved > 0
    assert balance(venue, rollup.address) == stakes + credits + reserved
