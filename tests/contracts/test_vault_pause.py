"""A council pauses payments together, for a week of four, and can do nothing else (attack 55)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contracts.l1.escape_world import TIMES, USD, EscapeWorld, owner_of
from tests.contracts.l1.revm_venue import COUNCIL, IS_INSTALLED, THRESHOLD, RevmVenue
from tests.contracts.l1.venue import Reverted
from tests.contracts.test_vault_payments import made, proof, refused, show

pytestmark = pytest.mark.skipif(not IS_INSTALLED, reason="needs pyrevm")
DAY = 86_400
PAUSE = 7 * DAY
REST = 21 * DAY


def pause(venue: Any) -> None:
    for name in COUNCIL[:THRESHOLD]:
        venue.send(venue.council.approve(), name)


@pytest.fixture
def world() -> EscapeWorld:
    """10 USD are owed to account 1."""
    return made({1: 10 * USD}, 1_000 * USD)


def test_a_pause_stops_payments_and_ends_by_itself(world: EscapeWorld) -> None:
    venue = world.venue
    pause(venue)
    until = venue.vault.pausedUntil().call()
    assert until == venue.time + PAUSE
    for call in (
        venue.vault.withdraw(*proof(world, 1)),
        venue.vault.payQueued(1),
        venue.vault.collectShortfall(venue.address("trader")),
    ):
        assert refused(world, call, "PaymentsPaused") == (until,)
    world.deposit(1, USD)
    show(world, {1: 11 * USD})
    venue.wait(until - venue.time)
    venue.send(venue.vault.withdraw(*proof(world, 1)))
    assert world.balance("0x" + owner_of(1).hex()) == 11 * USD


def test_a_pause_is_not_renewed(world: EscapeWorld) -> None:
    """Attack 55: payments flow three weeks of four, whatever the council does."""
    venue = world.venue
    pause(venue)
    until = venue.vault.pausedUntil().call()
    for wait in (DAY, 5 * DAY, 18 * DAY):
        venue.wait(wait)
        venue.send(venue.council.approve(), COUNCIL[0])
        with pytest.raises(Reverted, match="PausedLately"):
            venue.send(venue.council.approve(), COUNCIL[1])
        venue.wait(DAY + 1)
    venue.wait(until + REST - venue.time)
    pause(venue)
    assert venue.vault.pausedUntil().call() > until + REST + PAUSE - DAY


def test_it_takes_as_many_as_must_agree_within_a_day(world: EscapeWorld) -> None:
    venue = world.venue
    refused(world, venue.council.approve(), "NotMember", "trader")
    refused(world, venue.vault.pausePayments(), "NotCouncil", "governor")
    venue.send(venue.council.approve(), COUNCIL[0])
    refused(world, venue.council.approve(), "AlreadyApproved", COUNCIL[0])
    assert venue.council.approvals().call() == 1
    venue.wait(DAY + 1)
    assert venue.council.approvals().call() == 0
    venue.send(venue.council.approve(), COUNCIL[1])
    assert venue.vault.pausedUntil().call() == 0
    venue.send(venue.council.approve(), COUNCIL[2])
    assert venue.vault.pausedUntil().call() > venue.time


def test_members_change_by_governance_alone(world: EscapeWorld) -> None:
    venue = world.venue
    new = [venue.address("copier")]
    refused(world, venue.council.setMembers(new, 1), "NotGovernor", COUNCIL[0])
    venue.send(venue.council.approve(), COUNCIL[0])
    call = venue.council.setMembers(new, 1)
    number = venue.timelock.callCount().call()
    venue.send(venue.timelock.schedule(call.address, call.data), "governor")
    execute = venue.timelock.execute(number, call.address, call.data)
    venue.send(execute, "governor", after=venue.config.timelock_delay_seconds + 1)
    assert venue.council.members().call() == (new[0].lower(),)
    refused(world, venue.council.approve(), "NotMember", COUNCIL[1])
    venue.send(venue.council.approve(), "copier")
    assert venue.vault.pausedUntil().call() > venue.time


@pytest.mark.parametrize(
    ("count", "threshold"), [(0, 0), (1, 0), (4, 2), (3, 4), (33, 20), (2, 2**255)]
)
def test_a_minority_is_no_council(count: int, threshold: int) -> None:
    venue = RevmVenue(deployed=False)
    from strikeproof.contracts import artifact

    members = ["0x" + owner_of(number).hex() for number in range(count)]
    vault = "0x" + "11" * 20
    with pytest.raises(Reverted):
        venue.deploy(artifact("Council"), vault, vault, members, threshold)


def test_nobody_is_counted_twice() -> None:
    venue = RevmVenue(deployed=False)
    from strikeproof.contracts import artifact

    vault, twice = "0x" + "11" * 20, ["0x" + "22" * 20] * 2
    with pytest.raises(Reverted, match="MemberTwice"):
        venue.deploy(artifact("Council"), vault, vault, twice, 2)


def test_an_escape_pays_in_a_pause() -> None:
    """A council that does not want anybody out cannot keep anybody in."""
    from tests.contracts.l1.escape_world import ACCOUNT, account_record, escape_law
    from tests.contracts.l1.forest import key_of

    world = EscapeWorld(RevmVenue(**TIMES, law=escape_law()))
    world.register(1)
    world.deposit(1, USD)
    world.claim_state({key_of(ACCOUNT, 1): account_record(1, USD)})
    world.freeze()
    pause(world.venue)
    world.resolve()
    world.open()
    world.claim(1)
    world.close()
    assert world.pay(1) == USD
