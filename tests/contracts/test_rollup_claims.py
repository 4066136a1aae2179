"""The chain of claims: what can be claimed, when it is final, and what a deletion takes along."""

from __future__ import annotations

from dataclasses import replace

import pytest

from strikeproof.keccak import keccak256
from strikeproof.wire.constants import BATCH_SEGMENTS_MAX
from tests.contracts.l1.forest import key_of
from tests.contracts.l1.l1_history import L1History
from tests.contracts.l1.trivial_law import add
from tests.contracts.l1.venue import WINDOW, Reverted, Venue

OPS = add(key_of(1, 5))


def refused(venue: Venue, call: object, by: str, error: str) -> tuple[object, ...]:
    with pytest.raises(Reverted) as caught:
        venue.send(call, by)  # type: ignore[arg-type]
    assert caught.value.name == error
    return caught.value.arguments


def test_genesis_is_a_final_claim_of_one_root(history: L1History) -> None:
    venue = history.venue
    root = history.states[0][0].root()
    assert venue.rollup.genesisRoot().call() == root
    assert venue.rollup.isFinal(0).call()
    assert venue.rollup.finalRoot(0).call() == root
    (log,) = [
        log
        for number in range(venue.chain.head_number + 1)
        for log in venue.chain.logs(number)
        if venue.rollup.decode_event("ClaimPosted", log)
    ]
    event = venue.rollup.decode_event("ClaimPosted", log)
    assert event is not None
    assert event["roots"] == (root,)
    assert event["claimHash"] == venue.rollup.claim(0).call()[0]


def test_claim_is_kept_in_a_log_with_its_terms(history: L1History) -> None:
    venue = history.venue
    history.post([OPS, OPS])
    sent = history.propose(1)
    (event,) = venue.events(sent, venue.rollup, "ClaimPosted")
    assert event == {
        "number": 1,
        "claimHash": history.claim_hashes[1],
        "proposer": venue.address("proposer").lower(),
        "deadline": sent.timestamp + WINDOW,
        "roots": tuple(history.roots(1)),
    }
    claim = venue.rollup.claim(1).call()
    assert claim[:2] == (history.claim_hashes[1], history.roots(1)[-1])
    assert claim[3:] == (sent.timestamp + WINDOW, sent.block)
    assert not venue.rollup.isFinal(1).call()


def test_claim_names_a_batch_and_a_parent_that_stand(history: L1History) -> None:
    """Attacks 26, 37: whatever it was built for must be what it lands on."""
    venue, rollup = history.venue, history.venue.rollup
    genesis_claim = history.claim_hashes[0]
    history.post([OPS])
    batch_hash = history.batches[1].batch_hash
    roots = history.roots(1)

    def propose(*arguments: object, by: str = "proposer", error: str) -> tuple[object, ...]:
        return refused(venue, rollup.propose(*arguments), by, error)

    propose(bytes(32), genesis_claim, roots, error="UnknownBatch")
    propose(batch_hash, bytes(32), roots, error="ParentClaimMismatch")
    assert propose(batch_hash, genesis_claim, roots[:1], error="WrongRootCount") == (1, 2)
    propose(batch_hash, genesis_claim, [], error="WrongRootCount")
    propose(batch_hash, genesis_claim, [*roots, roots[-1]], error="WrongRootCount")
    propose(batch_hash, genesis_claim, [roots[1], roots[1]], error="WrongFirstRoot")
    propose(batch_hash, genesis_claim, roots, by="rival", error="BondTooSmall")
    history.propose(1)
    # There is no second batch to claim, and the first one is claimed.
    propose(batch_hash, genesis_claim, roots, error="UnknownBatch")
    propose(bytes(32), history.claim_hashes[1], roots, error="UnknownBatch")


def test_roots_are_counted_with_the_messages(history: L1History) -> None:
    """Attack 26."""
    venue = history.venue
    for _ in range(2):
        venue.send(venue.inbox.submit(OPS), "trader")
    history.post([OPS])
    roots = history.roots(1)
    assert len(roots) == 4
    call = venue.rollup.propose(
        history.batches[1].batch_hash, history.claim_hashes[0], [roots[0], roots[3]]
    )
    assert refused(venue, call, "proposer", "WrongRootCount") == (2, 4)
    history.propose(1)


def test_final_after_the_deadline_and_not_before(history: L1History) -> None:
    venue, rollup = history.venue, history.venue.rollup
    history.post([OPS])
    sent = history.propose(1)
    venue.wait(sent.timestamp + WINDOW - 1 - venue.time)
    # The next block is at the deadline: still challengeable, not final.
    assert not rollup.isFinal(1).call()
    deadline = sent.timestamp + WINDOW
    assert refused(venue, rollup.finalRoot(1), "anyone", "ClaimNotFinal") == (1, deadline)
    venue.wait(1)
    assert rollup.isFinal(1).call()
    assert rollup.finalRoot(1).call() == history.roots(1)[-1]
    assert not rollup.isFinal(2).call()
    refused(venue, rollup.finalRoot(2), "anyone", "UnknownClaim")


def test_final_claim_cannot_be_disproved(history: L1History) -> None:
    """Attack 10: in the deadline's block it can, a second later it cannot."""
    venue = history.venue
    history.post([OPS])
    sent = history.propose(1, wrong=1)
    challenge = venue.rollup.challenge(history.challenge(1, 0))
    head = venue.chain.head_number
    venue.wait(sent.timestamp + WINDOW - venue.time)
    refused(venue, challenge, "challenger", "ClaimIsFinal")
    venue.chain.rewind(head)
    venue.wait(sent.timestamp + WINDOW - 1 - venue.time)
    venue.send(challenge, "challenger")


def test_deletion_takes_all_children_along(history: L1History) -> None:
    """Attack 31: none of them stands, is final, or can be built on."""
    venue, rollup = history.venue, history.venue.rollup
    for number in range(1, 6):
        history.post([OPS])
        history.propose(number, wrong=1 if number >= 3 else None)
    hashes = dict(history.claim_hashes)
    history.disprove(3, 0)
    assert rollup.claimCount().call() == 3
    assert rollup.batchCount().call() == 5
    for number in (3, 4, 5):
        refused(venue, rollup.claim(number), "anyone", "UnknownClaim")
        assert not rollup.isFinal(number).call()
    venue.wait(2 * WINDOW)
    assert [rollup.isFinal(number).call() for number in range(6)] == [True] * 3 + [False] * 3
    refused(venue, rollup.finalRoot(4), "anyone", "UnknownClaim")
    roots = history.claims[4]
    call = rollup.propose(history.batches[4].batch_hash, hashes[3], roots)
    venue.send(rollup.depositBond(), "rival", value=rollup.bondWei().call())
    refused(venue, call, "rival", "UnknownBatch")


def test_grandparent_is_disproved_while_its_child_is_close_to_final(history: L1History) -> None:
    """Attack 31: a child is never final before its parents, whatever terms it had."""
    venue, rollup = history.venue, history.venue.rollup
    for _ in range(3):
        history.post([OPS])
    history.propose(1, wrong=1)
    first = rollup.claim(1).call()[3]
    venue.send(rollup.depositBond(), "rival", value=2 * rollup.bondWei().call())
    history.propose(2, wrong=1, by="rival")
    history.propose(3, wrong=1, by="rival")
    venue.wait(first - 1 - venue.time)
    history.disprove(1, 0, commit=False)
    assert rollup.claimCount().call() == 1
    # The bond of whoever built on the lie is untouched; it just has to claim again.
    assert rollup.bondOf(venue.address("rival")).call()[0] == 2 * rollup.bondWei().call()


def test_shorter_window_does_not_reach_running_claims(history: L1History) -> None:
    """Attack 32: each claim keeps its deadline, and deadlines never fall along the chain."""
    venue, rollup = history.venue, history.venue.rollup
    for _ in range(3):
        history.post([OPS])
    call = rollup.setTerms(10, 10**9)
    announced = venue.timelock.callCount().call()
    venue.send(venue.timelock.schedule(call.address, call.data), "governor")
    venue.wait(venue.config.timelock_delay_seconds - 10)
    first = history.propose(1)
    venue.wait(10)
    venue.send(venue.timelock.execute(announced, call.address, call.data), "governor")
    assert rollup.windowSeconds().call() == 10
    history.propose(2)
    deadline = first.timestamp + WINDOW
    assert rollup.claim(1).call()[3] == deadline
    assert rollup.claim(2).call()[3] == deadline
    assert rollup.bondOf(venue.address("proposer")).call()[2] == deadline
    venue.wait(deadline - venue.time)
    sent = history.propose(3)
    assert rollup.claim(3).call()[3] == sent.timestamp + 10


def test_longer_window_and_dearer_bond_do_not_reach_running_claims(history: L1History) -> None:
    """Attack 32."""
    venue, rollup = history.venue, history.venue.rollup
    history.post([OPS])
    history.post([OPS])
    bond = rollup.bondWei().call()
    history.propose(1)
    deadline = rollup.claim(1).call()[3]
    venue.govern(rollup.setTerms(1_300, 3 * 10**9))
    assert rollup.bondWei().call() == 3 * bond
    assert rollup.claim(1).call()[3] == deadline
    assert rollup.isFinal(1).call()
    call = rollup.propose(history.batches[2].batch_hash, history.claim_hashes[1], history.roots(2))
    assert refused(venue, call, "proposer", "BondTooSmall") == (bond, 3 * bond)


def test_claim_that_lands_after_a_deletion_is_refused(history: L1History) -> None:
    """Attack 37: built on claim 1, it does not land on the one that replaced it."""
    venue, rollup = history.venue, history.venue.rollup
    history.post([OPS])
    history.post([OPS])
    history.propose(1, wrong=1)
    wrong_parent = history.claim_hashes[1]
    wrong_first_root = history.claims[1][-1]
    history.disprove(1, 0)
    venue.send(rollup.depositBond(), "rival", value=rollup.bondWei().call())
    history.propose(1, by="rival")
    batch_hash = history.batches[2].batch_hash
    roots = [wrong_first_root, keccak256(b"next")]
    call = rollup.propose(batch_hash, wrong_parent, roots)
    refused(venue, call, "rival", "ParentClaimMismatch")
    # Even with the same root: another claim is another parent.
    call = rollup.propose(batch_hash, wrong_parent, history.roots(2))
    refused(venue, call, "rival", "ParentClaimMismatch")
    history.propose(2, by="rival")


def test_claim_and_batch_upon_a_replaced_block_do_not_land(history: L1History) -> None:
    """Attacks 27, 37: after a reorganization the parent's hash is another one."""
    venue, rollup = history.venue, history.venue.rollup
    fork = venue.chain.head_number
    history.post([OPS])
    history.propose(1)
    second = history.build([OPS])
    roots = history.roots(1)
    venue.chain.rewind(fork)
    other = history.batches.pop(1)
    other = replace(other, segments=(other.segments[0] + OPS,))
    history.submit(other)
    with pytest.raises(Reverted, match="WrongParent"):
        venue.send(rollup.postBatch(second.data), "sequencer")
    call = rollup.propose(second.header.parent, history.claim_hashes[0], roots)
    refused(venue, call, "proposer", "UnknownBatch")


def test_claims_of_one_block_build_upon_one_another(history: L1History) -> None:
    """A claim's hash does not depend on its block: a proposer needs not wait for each."""
    venue, rollup = history.venue, history.venue.rollup
    hashes = [history.claim_hashes[0]]
    for _ in range(4):
        history.post([OPS])
    for number in range(1, 5):
        roots = history.roots(number)
        call = rollup.propose(history.batches[number].batch_hash, hashes[-1], roots)
        venue.pool(rollup.address, call.data, "proposer", 0, 10**6)
        hashes.append(history.claim_hash(number, roots, venue.address("proposer")))
        history.claim_hashes[number] = hashes[-1]
    venue.chain.mine(venue.time + 1)
    assert [rollup.claim(number).call()[0] for number in range(5)] == hashes


def test_full_batch_is_claimed_in_one_transaction(history: L1History) -> None:
    """Attack 36."""
    history.post([b""] * BATCH_SEGMENTS_MAX)
    sent = history.propose(1)
    assert sent.raw_bytes < 131_072
    assert sent.gas_used < 2**24
