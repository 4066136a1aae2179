"""Random plays of batches, lies, disproofs, waits and payments, against a model of the rules."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest

from tests.contracts.l1.forest import ZERO, key_of
from tests.contracts.l1.l1_history import L1History
from tests.contracts.l1.trivial_law import add
from tests.contracts.l1.venue import WINDOW, Reverted, Venue

PROPOSERS = ["proposer", "rival"]
CHALLENGERS = ["challenger", "copier", "proposer"]
PEOPLE = sorted({*PROPOSERS, *CHALLENGERS})
NOBODY = "0x" + "00" * 20
STEPS = 160
SEEDS = [1, 2, 3]
EXPECTED = {
    "propose: None",
    "propose: BondTooSmall",
    "propose: BondHeld",
    "challenge: None",
    "challenge: ClaimIsCorrect",
    "challenge: ClaimIsFinal",
    "challenge: UnknownClaim",
    "challenge: Incomplete",
    "withdrawBond: None",
    "withdrawBond: BondLocked",
    "withdrawBond: BondInsufficient",
    "settleHeld: None",
    "settleHeld: BondLocked",
    "settleHeld: NothingHeld",
    "collect: None",
    "collect: NothingToCollect",
    "claimReward: None",
    "claimReward: NotCommitted",
    "claimReward: NothingReserved",
}
"""What the plays must come to together, or they show little."""


@dataclass(slots=True)
class Standing:
    """A claim of the chain."""

    deadline: int
    posted: int
    proposer: str


@dataclass(slots=True)
class Reserved:
    """A disproof whose reward waits, as long as its proposer names it."""

    proposer: str
    segment: int
    posted: int
    claim_hash: bytes
    right_root: bytes
    deleted: int


class Play:
    """The claims, bonds and credits of one venue, and what they should be."""

    def __init__(self, venue: Venue, seed: int) -> None:
        self.venue = venue
        self.chance = random.Random(seed)
        self.rollup = venue.rollup
        self.history = L1History(venue)
        self.bond_wei = int(self.rollup.bondWei().call())
        self.chain = [Standing(0, 0, "")]
        self.amount = dict.fromkeys(PROPOSERS, 0)
        self.held = dict.fromkeys(PROPOSERS, 0)
        self.locked = dict.fromkeys(PROPOSERS, 0)
        self.credit = dict.fromkeys(PEOPLE, 0)
        self.heirs: dict[str, str | Reserved | None] = dict.fromkeys(PROPOSERS)
        self.burned = self.burnt_wei = 0
        self.burnt_before = venue.balance(NOBODY)
        self.commitments: dict[tuple[str, bytes], int] = {}
        self.reserved: list[Reserved] = []
        self.final_roots: dict[int, bytes] = {}
        self.seen: Counter[str] = Counter()

    def step(self) -> None:
        """Do one thing, most often something about claims, and check everything."""
        acts = [self.deposit, self.wait, self.withdraw_bond, self.settle_held, self.collect]
        acts += [self.claim_reward] * 2 + [self.post] * 3 + [self.propose] * 5
        acts += [self.challenge] * 5
        self.chance.choice(acts)()
        self.check_money()
        self.check_finality()

    def attempt(
        self, function: str, arguments: Any, by: str, wanted: str | None, value: int = 0
    ) -> Any:
        """Send a call and assert that it comes to what the model says: an error, or None."""
        sent, came_to = None, None
        try:
            sent = self.venue.send(getattr(self.rollup, function)(*arguments), by, value)
        except Reverted as error:
            came_to = error.name
        assert came_to == wanted
        self.seen[f"{function}: {came_to}"] += 1
        return sent

    @property
    def soon(self) -> int:
        """The time of the next block."""
        return self.venue.time + 1

    def is_final(self, number: int) -> bool:
        return number < len(self.chain) and self.soon > self.chain[number].deadline

    def deposit(self) -> None:
        by = self.chance.choice(PROPOSERS)
        self.attempt("depositBond", (), by, None, self.bond_wei)
        self.amount[by] += self.bond_wei

    def wait(self) -> None:
        self.venue.wait(self.chance.choice([1, WINDOW // 3, WINDOW]))

    def post(self) -> None:
        if len(self.history.batches) < len(self.chain) + 3:
            count = self.chance.randrange(1, 4)
            self.history.post([add(key_of(1, 5 + index)) for index in range(count)])

    def propose(self) -> None:
        number, by = len(self.chain), self.chance.choice(PROPOSERS)
        if number not in self.history.batches:
            return
        roots = len(self.history.roots(number))
        wrong = self.chance.choice([None, self.chance.randrange(1, roots)])
        time = self.soon
        came_to = None
        try:
            self.history.propose(number, wrong, by, to_end=self.chance.random() < 0.3)
        except Reverted as error:
            came_to = error.name
        wanted = "BondTooSmall" if self.amount[by] < self.bond_wei else None
        assert came_to == ("BondHeld" if self.held[by] else wanted)
        self.seen[f"propose: {came_to}"] += 1
        if came_to is None:
            deadline = max(time + WINDOW, self.chain[-1].deadline)
            self.chain.append(Standing(deadline, self.venue.block_number, by))
            self.locked[by] = deadline

    def target(self) -> tuple[int, int] | None:
        """A lie that stands if there is one, two times of three; else any segment ever claimed."""
        claims = self.history.claims
        lies = [
            (number, index)
            for number in range(1, len(self.chain))
            for index, right in enumerate(self.history.roots(number)[:-1])
            if claims[number][index] == right
            and claims[number][index + 1] != self.history.roots(number)[index + 1]
        ]
        if lies and self.chance.random() < 0.66:
            return self.chance.choice(lies)
        if not claims:
            return None
        number = self.chance.choice(sorted(claims))
        return number, self.chance.randrange(len(claims[number]) - 1)

    def challenge(self) -> None:
        """Commit in an earlier block or not at all, perhaps for another; then challenge."""
        target = self.target()
        if target is None:
            return
        number, index = target
        by = self.chance.choice(CHALLENGERS)
        for one in self.chance.choice([[], [by], [by], ["copier"], ["challenger"]]):
            commitment = self.history.commitment(number, index, one)
            self.attempt("commit", (commitment,), one, None)
            self.commitments[one, commitment] = self.venue.block_number
        wanted = self.verdict(number, index)
        given = self.history.challenge(number, index)
        sent = self.attempt("challenge", (given,), by, wanted)
        if sent is None:
            return
        claim = self.chain[number]
        liar = claim.proposer
        self.burnt_wei += self.amount[liar] - self.amount[liar] // 2
        if self.held[liar] == 0:
            self.burned += 1
        self.held[liar] += self.amount[liar] // 2
        self.amount[liar] = 0
        self.locked[liar] = max(self.locked[liar], sent.timestamp + WINDOW)
        del self.chain[number:]
        committed = self.commitments.get((by, self.history.commitment(number, index, by)), 0)
        if claim.posted < committed < sent.block:
            self.heirs[liar] = by
        else:
            claim_hash, root = given["claimHash"], self.history.roots(number)[index + 1]
            fields = (liar, index, claim.posted, claim_hash, root, sent.block)
            self.reserved.append(Reserved(*fields))
            self.heirs[liar] = self.reserved[-1]

    def verdict(self, number: int, index: int) -> str | None:
        """What a challenge comes to: an error's name, or None if it deletes."""
        claimed, right = self.history.claims[number], self.history.roots(number)
        if number >= len(self.chain):
            return "UnknownClaim"
        if self.is_final(number):
            return "ClaimIsFinal"
        if claimed[index] != right[index]:
            return "Incomplete"
        return "ClaimIsCorrect" if claimed[index + 1] == right[index + 1] else None

    def withdraw_bond(self) -> None:
        by = self.chance.choice(PROPOSERS)
        amount = self.bond_wei // self.chance.choice([1, 2])
        wanted = None
        if self.soon <= self.locked[by]:
            wanted = "BondLocked"
        elif amount > self.amount[by]:
            wanted = "BondInsufficient"
        if self.attempt("withdrawBond", (amount,), by, wanted):
            self.amount[by] -= amount

    def settle_held(self) -> None:
        of = self.chance.choice(PROPOSERS)
        wanted = None
        if self.soon <= self.locked[of]:
            wanted = "BondLocked"
        elif self.held[of] == 0:
            wanted = "NothingHeld"
        if not self.attempt("settleHeld", (self.venue.address(of),), "anyone", wanted):
            return
        heir = self.heirs[of]
        if isinstance(heir, str):
            self.credit[heir] += self.held[of]
        else:
            self.burnt_wei += self.held[of]
        self.held[of], self.heirs[of] = 0, None

    def collect(self) -> None:
        by = self.chance.choice(PEOPLE)
        wanted = None if self.credit[by] else "NothingToCollect"
        if self.attempt("collect", (), by, wanted):
            self.credit[by] = 0

    def claim_reward(self) -> None:
        if not self.reserved:
            return
        index = self.chance.randrange(len(self.reserved))
        entry = self.reserved[index]
        by = self.chance.choice(CHALLENGERS)
        commitment = self.history.commitment_to(
            entry.claim_hash, entry.segment, entry.right_root, by
        )
        committed = self.commitments.get((by, commitment), 0)
        wanted = None
        if self.heirs[entry.proposer] is not entry:
            wanted = "NothingReserved"
        elif not entry.posted < committed < entry.deleted:
            wanted = "NotCommitted"
        if self.attempt("claimReward", (index, ZERO), by, wanted):
            self.heirs[entry.proposer] = by

    def check_money(self) -> None:
        """All that the Rollup holds is owed to somebody, or held; each lie burned half a bond."""
        owed = sum(self.amount.values()) + sum(self.held.values()) + sum(self.credit.values())
        assert self.venue.balance(self.rollup.address) == owed
        # The block's tips go there as well.
        assert self.venue.balance(NOBODY) - self.burnt_before >= self.burnt_wei
        assert 2 * self.burnt_wei >= self.burned * self.bond_wei
        for by in PROPOSERS:
            bond = self.rollup.bondOf(self.venue.address(by)).call()
            assert bond[:3] == (self.amount[by], self.held[by], self.locked[by])
            heir = self.heirs[by]
            address = self.venue.address(heir).lower() if isinstance(heir, str) else NOBODY
            assert bond[5] == address

    def check_finality(self) -> None:
        """Deadlines rise along the chain; what is final stays, with its root."""
        assert self.rollup.claimCount().call() == len(self.chain)
        deadlines = [claim.deadline for claim in self.chain]
        assert deadlines == sorted(deadlines)
        assert all(number < len(self.chain) for number in self.final_roots)
        for number in range(max(0, len(self.chain) - 6), len(self.chain)):
            final = self.rollup.isFinal(number).call()
            assert final == self.is_final(number)
            if final:
                root = self.rollup.finalRoot(number).call()
                assert self.final_roots.setdefault(number, root) == root


@pytest.fixture(scope="module")
def seen() -> Counter[str]:
    return Counter()


@pytest.mark.parametrize("seed", SEEDS)
def test_any_play_keeps_to_the_rules(venue: Venue, seed: int, seen: Counter[str]) -> None:
    """Attacks 10, 29, 30, 31, 34: money and finality, whoever does what when."""
    play = Play(venue, seed)
    play.deposit()
    for _ in range(STEPS):
        play.step()
    seen.update(play.seen)
    assert seed != SEEDS[-1] or set(seen) >= EXPECTED
