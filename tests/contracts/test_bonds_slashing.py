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
NOBODY = "0x" + "00" * 20


def refused(venue: Venue, call: Any, by: str, error: str, value: int = 0) -> tuple[Any, ...]:
    with pytest.raises(Reverted) as caught:
        venue.send(call, by, value=value)
    assert caught.value.name == error
    return caught.value.arguments


def bond_of(venue: Venue, name: str = "proposer") -> tuple[int, int, int]:
    """Amount, held and the time to which it is locked."""
    amount, held, locked, *_ = venue.rollup.bondOf(venue.address(name)).call()
    return amount, held, locked


def rewarded(venue: Venue, name: str = "proposer") -> str | None:
    """Whose the held half of a proposer is to be; None: not yet decided."""
    address = venue.rollup.bondOf(venue.address(name)).call()[5]
    return None if int(address, 16) == 0 else address


def settle(venue: Venue, name: str = "proposer") -> Sent:
    """Wait until what is held of a proposer can be settled, and settle it."""
    venue.wait(max(0, bond_of(venue, name)[2] - venue.time))
    return venue.send(venue.rollup.settleHeld(venue.address(name)))


def credit(venue: Venue, name: str) -> int:
    return int(venue.rollup.creditWei(venue.address(name)).call())


def lie(history: L1History, number: int, by: str = "proposer") -> Sent:
    history.post([OPS])
    return history.propose(number, wrong=1, by=by)


def balance(venue: Venue, address: str) -> int:
    return int(venue.web3.eth.get_balance(address))  # type: ignore[arg-type]


def test_bond_is_worth_four_of_the_most_expensive_challenges(history: L1History) -> None:
    venue = history.venue
    price = venue.config.stress_gas_price_wei
    assert BOND_CHALLENGES >= 4
    assert CHALLENGE_GAS_STRESS == 2**24
    assert venue.rollup.bondWei().call() == BOND_CHALLENGES * CHALLENGE_GAS_STRESS * price
    assert bond_of(venue)[0] == venue.rollup.bondWei().call()


def test_half_of_a_bond_burns_and_half_is_the_challengers(history: L1History) -> None:
    venue, rollup = history.venue, history.venue.rollup
    lie(history, 1)
    bond, _, locked = bond_of(venue)
    burned_before = balance(venue, NOBODY)
    sent = history.disprove(1, 0)
    assert balance(venue, NOBODY) - burned_before >= bond - bond // 2  # and the block's tips
    assert balance(venue, rollup.address) == bond // 2
    assert bond_of(venue) == (0, bond // 2, max(locked, sent.timestamp + WINDOW))
    assert rewarded(venue) == venue.address("challenger").lower()
    (slashed,) = venue.events(sent, rollup, "Slashed")
    assert (slashed["heldWei"], slashed["burnedWei"]) == (bond // 2, bond - bond // 2)
    refused(venue, rollup.collect(), "challenger", "NothingToCollect")
    call = rollup.settleHeld(venue.address("proposer"))
    venue.wait(sent.timestamp + WINDOW - 1 - venue.time)
    refused(venue, call, "challenger", "BondLocked")
    venue.wait(1)
    (settled,) = venue.events(venue.send(call), rollup, "HeldSettled")
    assert settled["account"] == venue.address("challenger").lower()
    assert credit(venue, "challenger") == bond // 2
    refused(venue, call, "anyone", "NothingHeld")
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
    assert rewarded(venue) is None
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
    assert rewarded(venue) == venue.address("challenger").lower()
    assert not any(rollup.disproof(0).call()[0])
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
    assert rewarded(venue) is None
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
    assert rewarded(venue) is None
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
    assert rewarded(venue) is None


def test_commitment_can_be_reported_by_nobody_else(history: L1History) -> None:
    """Attack 29: whoever repeats somebody's commitment does not move its block."""
    venue, rollup = history.venue, history.venue.rollup
    lie(history, 1)
    commitment = history.commitment(1, 0, "challenger")
    venue.send(rollup.commit(commitment), "challenger")
    repeat = rollup.commit(commitment)
    venue.pool(rollup.address, repeat.data, "copier", 0, 10**6)
    venue.send(rollup.challenge(history.challenge(1, 0)), "challenger")
    assert rewarded(venue) == venue.address("challenger").lower()


def test_self_slash_saves_at_most_half(history: L1History) -> None:
    """Attack 29: a proposer that disproves itself first still loses half, at once and for good."""
    venue, rollup = history.venue, history.venue.rollup
    lie(history, 1)
    bond = bond_of(venue)[0]
    burned_before = balance(venue, NOBODY)
    history.disprove(1, 0, by="proposer")
    assert balance(venue, NOBODY) - burned_before >= bond - bond // 2  # and the block's tips
    assert balance(venue, rollup.address) == bond // 2
    settle(venue)
    refused(venue, rollup.withdrawBond(1), "proposer", "BondInsufficient")
    assert credit(venue, "proposer") == bond // 2
    assert bond_of(venue)[:2] == (0, 0)


def test_reward_that_nobody_had_committed_to_burns(history: L1History) -> None:
    venue, rollup = history.venue, history.venue.rollup
    lie(history, 1)
    history.disprove(1, 0, commit=False)
    settled = settle(venue)
    (event,) = venue.events(settled, rollup, "HeldSettled")
    assert event["account"] == NOBODY
    assert balance(venue, rollup.address) == 0
    refused(venue, rollup.claimReward(0, ZERO), "challenger", "NothingReserved")


def test_committed_challenger_has_a_window_to_claim_its_reward(history: L1History) -> None:
    """A copier at the last second cannot have the reward burned before its owner speaks."""
    venue, rollup = history.venue, history.venue.rollup
    sent = lie(history, 1)
    venue.send(rollup.commit(history.commitment(1, 0, "challenger")), "challenger")
    venue.wait(sent.timestamp + WINDOW - 1 - venue.time)
    given = history.challenge(1, 0)
    copied = venue.send(rollup.challenge(given), "copier")
    venue.wait(WINDOW - 2)
    refused(venue, rollup.settleHeld(venue.address("proposer")), "anyone", "BondLocked")
    venue.send(rollup.claimReward(0, ZERO), "challenger")
    assert venue.time <= copied.timestamp + WINDOW
    settle(venue)
    assert credit(venue, "challenger") > 0


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
    assert bond_of(venue)[1] == bond


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


def test_deepest_disproof_has_the_whole_reward(history: L1History) -> None:
    """Attack 34: three lies of one bond; the liar disproves the later two itself, in one go."""
    venue, rollup = history.venue, history.venue.rollup
    history.post([OPS, OPS, OPS])
    history.post([OPS, OPS])
    history.post([OPS])
    # Claims 1 and 2 lie about a middle root only, so the claims after them are right.
    history.propose(1, wrong=1, to_end=False)
    history.propose(2, wrong=1, to_end=False)
    history.propose(3, wrong=1)
    bond = bond_of(venue)[0]
    history.disprove(3, 0, by="proposer")
    history.disprove(2, 0, by="proposer")
    assert rewarded(venue) == venue.address("proposer").lower()
    # The liar can neither take it out nor claim again.
    batch, parent = history.batches[2].batch_hash, history.claim_hashes[1]
    venue.send(rollup.depositBond(), "proposer", value=bond)
    venue.wait(1)
    refused(venue, rollup.propose(batch, parent, history.roots(2)), "proposer", "BondHeld")
    refused(venue, rollup.settleHeld(venue.address("proposer")), "anyone", "BondLocked")
    refused(venue, rollup.withdrawBond(1), "proposer", "BondLocked")
    history.disprove(1, 0, by="challenger")
    assert rewarded(venue) == venue.address("challenger").lower()
    settle(venue)
    assert credit(venue, "challenger") == bond // 2 + bond // 2
    assert credit(venue, "proposer") == 0
    assert balance(venue, rollup.address) == bond  # half of each of the two


def test_deeper_disproof_supersedes_a_reserved_reward(history: L1History) -> None:
    venue, rollup = history.venue, history.venue.rollup
    history.post([OPS, OPS])
    history.post([OPS])
    history.propose(1, wrong=1, to_end=False)
    history.propose(2, wrong=1)
    venue.send(rollup.commit(history.commitment(2, 0, "copier")), "copier")
    history.disprove(2, 0, by="anyone", commit=False)
    history.disprove(1, 0, by="challenger")
    refused(venue, rollup.claimReward(0, ZERO), "copier", "NothingReserved")
    assert rewarded(venue) == venue.address("challenger").lower()


def test_new_bond_backs_the_old_lies_too(history: L1History) -> None:
    """Attack 34: after a slash the liar bonds again; a disproof burns half of that as well."""
    venue, rollup = history.venue, history.venue.rollup
    history.post([OPS, OPS])
    history.post([OPS])
    history.propose(1, wrong=1, to_end=False)
    history.propose(2, wrong=1)
    bond = bond_of(venue)[0]
    history.disprove(2, 0, by="proposer")
    venue.send(rollup.depositBond(), "proposer", value=3 * bond)
    history.disprove(1, 0)
    assert bond_of(venue)[:2] == (0, bond // 2 + 3 * bond // 2)
    assert rewarded(venue) == venue.address("challenger").lower()


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
    settle(venue)
    assert rollup.creditWei(refuser.address).call() == bond // 2
    refused(venue, refuser.run(rollup.address, rollup.collect().data, 0), "anyone", "PaymentFailed")
    assert rollup.creditWei(refuser.address).call() == bond // 2


def test_a_bond_is_topped_up_once_however_often_that_is_sent(history: L1History) -> None:
    venue, rollup = history.venue, history.venue.rollup
    bond = rollup.bondWei().call()
    venue.send(rollup.topUpBond(0), "rival", value=bond)
    refused(venue, rollup.topUpBond(0), "rival", "BondChanged", value=bond)
    refused(venue, rollup.topUpBond(bond - 1), "rival", "BondChanged", value=1)
    venue.send(rollup.topUpBond(bond), "rival", value=1)
    assert rollup.bondOf(venue.address("rival")).call()[0] == bond + 1


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
    settle(venue)
    collect = rollup.collect()
    venue.send(reentrant.arm(rollup.address, collect.data))
    venue.send(reentrant.run(rollup.address, collect.data, 0))
    assert reentrant.tried().call()
    assert not reentrant.succeeded().call()
    assert balance(venue, reentrant.address) == bond + bond // 2
    assert balance(venue, rollup.address) == 0


def test_ether_in_is_ether_out(history: L1History) -> None:
    """All that the Rollup holds is bonds, what is held and credits."""
    venue, rollup = history.venue, history.venue.rollup
    venue.send(rollup.depositBond(), "rival", value=rollup.bondWei().call() + 12_345)
    lie(history, 1)
    history.disprove(1, 0)
    lie_by_rival = history.propose(1, wrong=1, by="rival")
    assert lie_by_rival.logs
    venue.send(rollup.challenge(history.challenge(1, 0)), "copier")
    settle(venue)
    stakes = sum(sum(bond_of(venue, name)[:2]) for name in ("proposer", "rival"))
    credits = sum(credit(venue, name) for name in ("challenger", "copier", "rival"))
    assert credits > 0
    assert balance(venue, rollup.address) == stakes + credits
