"""What lies cost a liar that disproves itself, from contracts, in single transactions (B 11)."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest

from strikeproof.keccak import keccak256
from tests.contracts.l1.calls import Call, Functions
from tests.contracts.l1.forest import ZERO, key_of
from tests.contracts.l1.l1_history import L1History
from tests.contracts.l1.trivial_law import add
from tests.contracts.l1.venue import WINDOW, Reverted, Sent, Venue
from tests.harness import harness

OPS = add(key_of(1, 5))
BATCHES = 4
LIARS = 4
POCKET_BONDS = 12
ROUNDS = 50
SEEDS = [1, 2]
NOBODY = "0x" + "00" * 20


@dataclass(frozen=True, slots=True)
class Lie:
    """A false claim that stands, or will."""

    number: int
    liar: int
    roots: tuple[bytes, bytes]
    hash: bytes


class Gang:
    """A liar with several contracts, each with a pocket of its own, and what it has lost."""

    def __init__(self, history: L1History) -> None:
        self.history, self.venue = history, history.venue
        self.rollup: Functions = self.venue.rollup
        self.bond_wei = int(self.rollup.bondWei().call())
        self.relay = self.venue.deploy(harness("Relay"))
        self.liars = [self.venue.deploy(harness("Liar")) for _ in range(LIARS)]
        for liar in self.liars:
            self.venue.send_data(liar.address, b"", "anyone", POCKET_BONDS * self.bond_wei)
        for _ in range(BATCHES):
            history.post([OPS])
        self.standing: list[Lie] = []
        self.slashed_at: dict[str, int] = {}
        self.bonds_slashed = self.burned_wei = 0
        self.seen: Counter[str] = Counter()
        self.started_with = self.wealth()

    def wealth(self) -> int:
        """All that the gang has, or can hope to get back."""
        total = 0
        for liar in self.liars:
            amount, held, *_ = self.rollup.bondOf(liar.address).call()
            total += amount + held + self.rollup.creditWei(liar.address).call()
            total += self.venue.balance(liar.address)
        return total

    def lie(self, number: int, liar: int) -> Lie:
        """A false claim of a batch on what stands."""
        self.history.roots(number)
        first = self.standing[-1].roots[1] if self.standing else self.history.roots(1)[0]
        roots = (first, keccak256(first + bytes([liar])))
        parent = self.standing[-1].hash if self.standing else self.history.claim_hashes[0]
        self.history.claim_hashes[number - 1] = parent
        address = self.liars[liar].address
        return Lie(number, liar, roots, self.history.claim_hash(number, list(roots), address))

    def propose(self, lie: Lie) -> Call:
        batch = self.history.batches[lie.number].batch_hash
        parent = self.standing[-1].hash if self.standing else self.history.claim_hashes[0]
        return self.rollup.propose(batch, parent, list(lie.roots))

    def challenge(self, lie: Lie) -> Call:
        """Only the first lie has a right first root: it alone is disproved."""
        self.history.claims[lie.number] = list(lie.roots)
        self.history.claim_hashes[lie.number] = lie.hash
        self.history.claim_hashes[lie.number - 1] = (
            self.history.claim_hashes[0] if lie.number == 1 else self.standing[-2].hash
        )
        return self.rollup.challenge(self.history.challenge(lie.number, 0))

    def commit(self, lie: Lie, by: int) -> Call:
        caller = bytes(12) + bytes.fromhex(self.liars[by].address[2:])
        root = self.history.roots(lie.number)[1]
        return self.rollup.commit(keccak256(caller + lie.hash + bytes(32) + root + ZERO))

    def run(self, calls: list[tuple[int, Call, int]]) -> Sent:
        """Do all of it in one transaction: (liar, call, value) each; what reverts is left out."""
        acts = [self.liars[by].act(call.address, call.data, value) for by, call, value in calls]
        run = self.relay.run(
            [each.address for each in acts], [each.data for each in acts], [0] * len(acts)
        )
        sent = self.venue.send(run)
        for log in sent.logs:
            self.read(log, sent.timestamp)
        return sent

    def read(self, log: Any, time: int) -> None:
        """Follow one event, and check what must hold there."""
        topic = log.topics[0]
        for name in ("ClaimPosted", "ClaimDeleted", "Slashed", "HeldSettled", "Collected"):
            if topic != keccak256(_signature(name)):
                continue
            event = self.rollup.decode_event(name, log)
            assert event is not None
            self.seen[name] += 1
            if name == "ClaimPosted":
                assert event["proposer"] not in self.slashed_at
            elif name == "Slashed":
                self.burned_wei += event["burnedWei"]
                if event["burnedWei"]:
                    self.bonds_slashed += 1
                    assert 2 * event["burnedWei"] >= self.bond_wei
                self.slashed_at[event["proposer"]] = time
            elif name == "HeldSettled":
                assert time > self.slashed_at.pop(event["proposer"]) + WINDOW
                if event["account"] == NOBODY:
                    self.burned_wei += event["amountWei"]
        for liar in self.liars:
            if log.address == bytes.fromhex(liar.address[2:]):
                found = Functions.decode_event(liar, "Refused", log)
                assert found is not None
                self.seen[self.venue.errors.get(found["error"], ("other", []))[0]] += 1

    def check(self) -> None:
        """The cost of lies: for each slashed bond at least a half, whatever came in between."""
        lost = self.started_with - self.wealth()
        assert lost == self.burned_wei
        assert 2 * lost >= self.bonds_slashed * self.bond_wei


def _signature(name: str) -> bytes:
    return {
        "ClaimPosted": b"ClaimPosted(uint64,bytes32,address,uint64,bytes32[])",
        "ClaimDeleted": b"ClaimDeleted(uint64,bytes32,address,uint32,bytes32,uint64)",
        "Slashed": b"Slashed(address,bytes32,uint256,uint256)",
        "HeldSettled": b"HeldSettled(address,address,uint256)",
        "Collected": b"Collected(address,uint256)",
    }[name]


@pytest.fixture
def gang(venue: Venue) -> Gang:
    return Gang(L1History(venue))


def test_bond_put_up_in_the_same_block_backs_no_claim(gang: Gang) -> None:
    deposit = (0, gang.rollup.depositBond(), gang.bond_wei)
    lie = gang.lie(1, 0)
    gang.run([deposit, (0, gang.propose(lie), 0)])
    assert gang.seen["BondTooSmall"] == 1
    assert gang.rollup.claimCount().call() == 1
    assert gang.rollup.usableBond(gang.liars[0].address).call() == gang.bond_wei
    gang.run([(0, gang.propose(lie), 0)])
    assert gang.rollup.claimCount().call() == 2


def test_more_in_the_same_block_does_not_hold_up_a_bond_that_is_there(gang: Gang) -> None:
    gang.run([(0, gang.rollup.depositBond(), gang.bond_wei)])
    more = (0, gang.rollup.depositBond(), 1)
    gang.run([more, more, (0, gang.propose(gang.lie(1, 0)), 0)])
    assert gang.rollup.claimCount().call() == 2


def test_what_was_taken_out_in_the_same_block_backs_nothing(gang: Gang) -> None:
    """Old money out, new money in: what is left is new."""
    bond = gang.bond_wei
    gang.run([(0, gang.rollup.depositBond(), bond)])
    swap = [(0, gang.rollup.withdrawBond(bond), 0), (0, gang.rollup.depositBond(), bond)]
    gang.run([*swap, (0, gang.propose(gang.lie(1, 0)), 0)])
    gang.run([*reversed(swap), (0, gang.propose(gang.lie(1, 0)), 0)])
    assert gang.seen["BondTooSmall"] == 2
    assert gang.rollup.claimCount().call() == 1


def test_liar_that_disproves_itself_cannot_lie_again_before_a_window_has_passed(gang: Gang) -> None:
    """The attack as it was: disprove, collect, bond again and lie again, in one transaction."""
    gang.run([(0, gang.rollup.depositBond(), 3 * gang.bond_wei)])
    lie = gang.lie(1, 0)
    gang.run([(0, gang.propose(lie), 0)])
    gang.run([(0, gang.commit(lie, 0), 0)])
    gang.standing = [lie]
    challenge = gang.challenge(lie)
    gang.standing = []
    again = gang.propose(gang.lie(1, 0))
    address = gang.liars[0].address
    settle = (0, gang.rollup.settleHeld(address), 0)
    recycle = [settle, (0, gang.rollup.collect(), 0), (0, again, 0)]
    gang.run([(0, challenge, 0), (0, gang.rollup.depositBond(), gang.bond_wei), *recycle])
    assert gang.rollup.claimCount().call() == 1
    assert gang.rollup.bondOf(address).call()[5] == address.lower()
    gang.run(recycle)
    gang.venue.wait(WINDOW - 5)
    gang.run(recycle)
    assert gang.rollup.claimCount().call() == 1
    assert gang.rollup.usableBond(address).call() == 0
    gang.venue.wait(5)
    gang.run(recycle)
    assert gang.rollup.claimCount().call() == 2
    gang.check()
    # Half of all that it had staked is gone.
    assert gang.burned_wei == 3 * gang.bond_wei - 3 * gang.bond_wei // 2


def test_twelve_lies_of_four_addresses_cost_twelve_halves(gang: Gang) -> None:
    """Each address as fast as it can, each reward its own; an honest bond is never held up."""
    for _ in range(3):
        for liar in range(LIARS):
            gang.run([(liar, gang.rollup.depositBond(), gang.bond_wei)])
            lie = gang.lie(1, liar)
            gang.run([(liar, gang.propose(lie), 0)])
            gang.run([(liar, gang.commit(lie, liar), 0)])
            gang.standing = [lie]
            challenge = gang.challenge(lie)
            gang.standing = []
            gang.run([(liar, challenge, 0)])
        gang.venue.wait(WINDOW + 1)
        for liar in range(LIARS):
            settle = gang.rollup.settleHeld(gang.liars[liar].address)
            gang.run([(0, settle, 0), (liar, gang.rollup.collect(), 0)])
    assert gang.bonds_slashed == 12
    assert gang.started_with - gang.wealth() == 12 * (gang.bond_wei - gang.bond_wei // 2)


def test_lies_that_stand_at_once_burn_half_of_their_bond_together(gang: Gang) -> None:
    """However many, in whatever order: they fall with the deepest, and none is free."""
    gang.run([(0, gang.rollup.depositBond(), gang.bond_wei)])
    for number in range(1, BATCHES + 1):
        lie = gang.lie(number, 0)
        gang.run([(0, gang.propose(lie), 0)])
        gang.standing.append(lie)
    first = gang.standing[0]
    gang.standing = [first]
    gang.run([(0, gang.commit(first, 0), 0)])
    gang.run([(0, gang.challenge(first), 0)])
    assert gang.rollup.claimCount().call() == 1
    assert gang.burned_wei == gang.bond_wei - gang.bond_wei // 2
    gang.check()


@pytest.mark.parametrize("seed", SEEDS)
def test_no_sequence_of_a_gang_makes_a_lie_cheaper_than_half_a_bond(gang: Gang, seed: int) -> None:
    """Several contracts, several calls a transaction, in any order, most of them refused."""
    chance = random.Random(seed)
    rollup = gang.rollup
    for _ in range(ROUNDS):
        count = rollup.claimCount().call()
        gang.standing = gang.standing[: count - 1]
        calls: list[tuple[int, Call, int]] = []
        for _ in range(chance.randrange(1, 9)):
            by = chance.randrange(LIARS)
            liar = gang.liars[by].address
            match chance.randrange(11):
                case 0 | 1 | 2 if len(gang.standing) < BATCHES:
                    lie = gang.lie(len(gang.standing) + 1, by)
                    calls.append((by, gang.propose(lie), 0))
                    if rollup.usableBond(liar).call() >= gang.bond_wei:
                        gang.standing.append(lie)
                case 3 | 9 | 10 if gang.standing:
                    calls.append((by, gang.commit(gang.standing[0], by), 0))
                case 4 if gang.standing:
                    gang.standing = gang.standing[:1]
                    calls.append((by, gang.challenge(gang.standing[0]), 0))
                    gang.standing = []
                case 5:
                    calls.append((by, rollup.depositBond(), gang.bond_wei))
                case 6:
                    other = gang.liars[chance.randrange(LIARS)].address
                    calls.append((by, rollup.settleHeld(other), 0))
                case 7:
                    calls.append((by, rollup.collect(), 0))
                case 8:
                    id_ = max(0, rollup.disproofCount().call() - 1)
                    calls.append((by, rollup.claimReward(id_, ZERO), 0))
                    calls.append((by, rollup.withdrawBond(gang.bond_wei), 0))
        try:
            gang.run(calls)
        except Reverted as error:
            pytest.fail(f"seed {seed}: {error}")
        gang.standing = _standing(gang)
        gang.check()
        if chance.random() < 0.2:
            if gang.standing:  # or it becomes final, and the play ends
                gang.standing = gang.standing[:1]
                gang.run([(chance.randrange(LIARS), gang.challenge(gang.standing[0]), 0)])
            gang.venue.wait(WINDOW + 1)
    assert gang.bonds_slashed >= 3, gang.seen
    assert gang.seen["HeldSettled"] and gang.seen["Collected"], gang.seen
    assert gang.seen["BondHeld"] or gang.seen["BondTooSmall"], gang.seen


def _standing(gang: Gang) -> list[Lie]:
    """The lies that L1 really took."""
    found: list[Lie] = []
    for lie in gang.standing[: gang.rollup.claimCount().call() - 1]:
        if gang.rollup.claim(lie.number).call()[0] != lie.hash:
            break
        found.append(lie)
    return found
