"""Two results of the law for the same inputs pause payments, without anybody's discretion."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.contracts.l1.escape_world import TIMES, escape_law
from tests.contracts.l1.forest import key_of
from tests.contracts.l1.l1_history import L1History
from tests.contracts.l1.revm_venue import COUNCIL, IS_INSTALLED, RevmVenue
from tests.contracts.l1.trivial_law import add, advise, believe
from tests.contracts.l1.venue import ETHER, WINDOW, Reverted

pytestmark = pytest.mark.skipif(not IS_INSTALLED, reason="needs pyrevm")
DAY = 86_400
FAULT_PAUSE = 45 * DAY
A, B = key_of(1, 5), key_of(1, 6)
OTHER_ADVICE = (7).to_bytes(4, "big")


@dataclass
class FaultWorld:
    """A claimed batch: a segment of which the law is a function, and one of which it is not."""

    venue: RevmVenue = field(default_factory=lambda: RevmVenue(**TIMES, law=escape_law()))
    history: L1History = field(init=False)

    def __post_init__(self) -> None:
        venue = self.venue
        self.history = L1History(venue)
        for name in ("proposer", "rival"):
            venue.send(venue.rollup.depositBond(), name, 100 * ETHER)
        self.history.post([add(A, 7) + advise(3), believe(B)])
        self.history.propose(1)

    def show(self, given: dict[str, Any], by: str = "anyone") -> Any:
        return self.venue.send(self.venue.escape.showLawResult(given), by)

    def refused(self, given: dict[str, Any], error: str) -> None:
        with pytest.raises(Reverted) as caught:
            self.show(given)
        assert caught.value.name == error

    @property
    def paused_until(self) -> int:
        return int(self.venue.vault.pausedUntil().call())

    @property
    def law_id(self) -> bytes:
        return bytes.fromhex(self.venue.deployment.law_id[2:])


@pytest.fixture
def world() -> FaultWorld:
    return FaultWorld()


def test_two_results_of_one_segment_pause_payments(world: FaultWorld) -> None:
    venue, history = world.venue, world.history
    world.show(history.challenge(1, 1))
    assert world.paused_until == 0, "one result is not a fault"
    world.show(history.challenge(1, 1))
    assert world.paused_until == 0, "nor is the same one twice"
    sent = world.show(history.challenge(1, 1, advice=OTHER_ADVICE))
    assert world.paused_until == sent.timestamp + FAULT_PAUSE
    (event,) = venue.events(sent, venue.escape, "LawFaultShown")
    assert event["lawId"] == world.law_id
    assert event["resultRoot"] == history.roots(1)[2] != event["otherRoot"]
    assert venue.escape.isFaulty(world.law_id).call()
    # Nothing of it happened on the Rollup: nobody lost a bond, the claim stands.
    assert venue.rollup.claimCount().call() == 2
    assert venue.rollup.bondOf(venue.address("proposer")).call()[0] == 100 * ETHER
    with pytest.raises(Reverted, match="PaymentsPaused"):
        venue.send(venue.vault.payQueued(1))


def test_results_of_different_claims_count_as_those_of_one(world: FaultWorld) -> None:
    """Whoever uses the hole deletes the claim; what was shown before stays shown."""
    venue, history = world.venue, world.history
    world.show(history.challenge(1, 1))
    roots = history.roots(1)
    venue.send(venue.rollup.challenge(history.challenge(1, 1, advice=OTHER_ADVICE)), "challenger")
    assert venue.rollup.claimCount().call() == 1, "a right claim was disproved: that is the hole"
    history.propose_roots(1, [roots[0], roots[1], b"\x09" * 32], by="rival")
    world.show(history.challenge(1, 1))
    assert world.paused_until == 0
    world.show(history.challenge(1, 1, advice=OTHER_ADVICE))
    assert world.paused_until > venue.time


def test_a_law_that_is_a_function_is_never_at_fault(world: FaultWorld) -> None:
    """Whatever claim it is shown by, and whatever is wrong with the witness."""
    venue, history = world.venue, world.history
    given = history.challenge(1, 0)
    world.show(given)
    for changes in (
        {"advice": OTHER_ADVICE},
        {"advice": given["advice"] + OTHER_ADVICE},
        {"records": given["records"][:-32]},
        {"records": given["records"][:-1] + b"\x01"},
        {"preRoot": bytes(32)},
        {"postRoot": bytes(32)},
        {"proof": b""},
        {"segment": history.batches[1].segments[1]},
    ):
        world.refused(given | changes, "Incomplete")
    for gas in (200_000, 300_000, 400_000):
        with pytest.raises(Reverted):
            venue.send(venue.escape.showLawResult(given), "anyone", gas=gas // 4)
    lie = history.post([add(A, 1)])
    history.propose(2, wrong=1, by="rival")
    world.show(history.challenge(2, 0))
    venue.send(venue.rollup.challenge(history.challenge(2, 0)), "challenger")
    history.propose(2)
    world.show(history.challenge(2, 0))
    assert lie.header.number == 2 and world.paused_until == 0


def test_a_law_pauses_once_and_payments_go_on(world: FaultWorld) -> None:
    """A fault that stays is no reason to keep everybody's money forever."""
    venue, history = world.venue, world.history
    history.post([believe(A)])
    history.propose(2)
    for number, index in ((1, 1), (2, 0)):
        world.show(history.challenge(number, index))
    world.show(history.challenge(1, 1, advice=OTHER_ADVICE))
    until = world.paused_until
    world.refused(history.challenge(1, 1, advice=OTHER_ADVICE), "FaultKnown")
    world.refused(history.challenge(2, 0, advice=OTHER_ADVICE), "FaultKnown")
    venue.wait(until - venue.time)
    venue.send(venue.vault.payQueued(1))
    # And the council rests first.
    venue.send(venue.council.approve(), COUNCIL[0])
    with pytest.raises(Reverted, match="PausedLately"):
        venue.send(venue.council.approve(), COUNCIL[1])


def test_a_final_claim_shows_nothing_and_nobody_else_pauses(world: FaultWorld) -> None:
    venue, history = world.venue, world.history
    with pytest.raises(Reverted, match="NotEscape"):
        venue.send(venue.vault.pauseForFault(), "governor")
    with pytest.raises(Reverted, match="ClaimIsCorrect"):
        venue.send(venue.escape.tryChallenge(history.challenge(1, 0)))
    with pytest.raises(Reverted, match="ChallengeSucceeds"):
        venue.send(venue.escape.tryChallenge(history.challenge(1, 1, advice=OTHER_ADVICE)))
    venue.wait(WINDOW + 1)
    world.refused(history.challenge(1, 1), "ClaimIsFinal")
