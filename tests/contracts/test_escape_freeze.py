"""Anyone freezes a venue that stopped, nobody one that goes on (attacks 35, 55)."""

from __future__ import annotations

from typing import Any

import pytest

from strikeproof.contracts import artifact
from strikeproof.deployment import DeploymentConfig
from strikeproof.wire import constants
from strikeproof.wire.operations import encode_forced_close
from strikeproof.wire.units import Lots, Milliseconds
from tests.contracts.l1.escape_world import (
    ACCOUNT,
    FINALITY,
    GLOBAL,
    OVERDUE,
    PROPOSAL,
    TIMES,
    USD,
    EscapeWorld,
    account_record,
    escape_law,
)
from tests.contracts.l1.forest import key_of
from tests.contracts.l1.revm_venue import IS_INSTALLED, RevmVenue
from tests.contracts.l1.venue import FORCE, WINDOW, Reverted

pytestmark = pytest.mark.skipif(not IS_INSTALLED, reason="needs pyrevm")


def refused(
    world: EscapeWorld, call: Any, error: str, by: str = "anyone", value: int | None = None
) -> Any:
    with pytest.raises(Reverted) as caught:
        world.venue.send(call, by, value)
    assert caught.value.name == error
    return caught.value.arguments


@pytest.fixture
def world() -> EscapeWorld:
    """500 USD of account 1 are in custody, and its claim has just been posted."""
    made = EscapeWorld(RevmVenue(**TIMES, law=escape_law()))
    made.register(1)
    made.deposit(1, 500 * USD)
    made.claim_state({key_of(ACCOUNT, 1): account_record(1, 500 * USD)})
    return made


def test_an_overdue_message_freezes(world: EscapeWorld) -> None:
    venue = world.venue
    refused(world, venue.escape.freeze(0), "NothingOverdue")
    venue.wait(WINDOW + 1)
    venue.send(venue.inbox.submit(b"op"), "trader")
    venue.wait(FORCE + OVERDUE - 1)
    refused(world, venue.escape.freeze(0), "NotFinal")
    sent = venue.send(venue.escape.freeze(0), after=1)
    (event,) = venue.events(sent, venue.rollup, "VenueFrozen")
    assert event["resolutionEnd"] == sent.timestamp + WINDOW + PROPOSAL
    refused(world, venue.escape.freeze(0), "Frozen")


def test_an_overdue_exit_freezes(world: EscapeWorld) -> None:
    """A sequencer that consumes messages and lets exits wait is refused; one that stops freezes."""
    venue = world.venue
    venue.send(venue.vault.register(venue.address("trader")), "trader")
    world.history.post()
    op = encode_forced_close(
        account=2, nonce=0, expiry_ms=Milliseconds(2**47), instrument=1, lots=Lots(1)
    )
    venue.send(venue.inbox.exit(op), "trader")
    venue.wait(FORCE + OVERDUE - 1)
    with pytest.raises(Reverted):
        venue.send(venue.escape.freeze(0))
    venue.send(venue.escape.freeze(0), after=1)


def test_batches_that_flow_keep_a_venue_from_being_frozen(world: EscapeWorld) -> None:
    """Attack 55: messages that are consumed, whatever they are, freeze nothing."""
    venue = world.venue
    for _ in range(6):
        venue.send(venue.inbox.submit(b"op"), "trader")
        venue.wait(OVERDUE)
        world.history.post([b""])
        number = max(world.history.batches)
        first = world.history.claims[number - 1][-1]
        roots = [
            bytes([place]) * 32 for place in range(len(world.history.batches[number].inputs()))
        ]
        world.history.propose_roots(number, [first, *roots])
        for final in range(max(world.history.batches) + 1):
            with pytest.raises(Reverted):
                venue.send(venue.escape.freeze(final))


def test_an_idle_venue_is_not_frozen(world: EscapeWorld) -> None:
    """Nobody trades, nobody complains: nothing is overdue for years."""
    world.venue.wait(10**8)
    for number in (0, 1, 2):
        with pytest.raises(Reverted):
            world.venue.send(world.venue.escape.freeze(number))


def test_a_venue_without_money_is_not_frozen() -> None:
    venue = RevmVenue(**TIMES, law=escape_law())
    venue.send(venue.inbox.submit(b"op"), "trader")
    venue.wait(10**6)
    refused(EscapeWorld(venue), venue.escape.freeze(0), "NothingOverdue")


def test_nothing_final_for_long_freezes(world: EscapeWorld) -> None:
    """Attack 35: batches come, claims do not."""
    venue = world.venue
    venue.wait(WINDOW + 1)
    world.history.post([b""])
    start = venue.time
    for _ in range(FINALITY // 500 - 1):
        venue.wait(500)
        world.history.post([b""])
    refused(world, venue.escape.freeze(0), "NotFinal")
    refused(world, venue.escape.freeze(2), "NotFinal")
    passed, wanted = refused(world, venue.escape.freeze(1), "NothingOverdue")
    assert passed == venue.time - start - constants.BATCH_SPACING_SECONDS
    assert wanted == FINALITY
    venue.wait(FINALITY - passed)
    venue.send(venue.escape.freeze(1))


def test_finality_is_never_judged_before_two_windows() -> None:
    """A long window is not a venue that stopped."""
    venue = RevmVenue(**{**TIMES, "finality_seconds": 10}, law=escape_law())
    other = EscapeWorld(venue)
    other.register(1)
    other.deposit(1, USD)
    other.claim_state({})
    other.history.post([b""])
    venue.wait(WINDOW + 1)
    _, wanted = refused(other, venue.escape.freeze(1), "NothingOverdue")
    assert wanted == 2 * WINDOW


def test_a_freeze_stops_batches_money_and_governance(world: EscapeWorld) -> None:
    world.freeze()
    venue = world.venue
    with pytest.raises(Reverted, match="Frozen"):
        world.history.post([b""])
    refused(world, venue.vault.register(venue.address("rival")), "VaultFrozen")
    refused(world, venue.vault.deposit(1, USD), "VaultFrozen", "trader")
    refused(world, venue.vault.payQueued(1), "VaultFrozen")
    keys = [key_of(ACCOUNT, 1)]
    proof = (1, world.state.witness(keys), world.state.proof(keys))
    refused(world, venue.vault.withdraw(*proof), "VaultFrozen")
    refused(world, venue.vault.withdrawTo(venue.address("rival"), *proof), "VaultFrozen")
    calls = [
        venue.rollup.setTerms(WINDOW, 10**9),
        venue.rollup.setSequencer(venue.address("rival")),
        venue.rollup.announceLaw(
            list(venue.deployment.laws),
            bytes.fromhex(venue.deployment.law_id[2:]),
            (venue.time + 10**6) * 1000,
        ),
    ]
    for call in calls:
        number = venue.timelock.callCount().call()
        venue.send(venue.timelock.schedule(call.address, call.data), "governor")
        execute = venue.timelock.execute(number, call.address, call.data)
        with pytest.raises(Reverted, match="Frozen"):
            venue.send(execute, "governor", after=venue.config.timelock_delay_seconds + 1)


def test_only_the_escape_freezes(world: EscapeWorld) -> None:
    for by in ("governor", "sequencer", "trader"):
        refused(world, world.venue.rollup.freeze(1), "NotEscape", by)
        refused(world, world.venue.vault.payEscaped(world.venue.address(by), 1), "NotEscape", by)


def test_what_was_posted_is_claimed_and_disputed_after_a_freeze() -> None:
    """Attack 31: a lie that waited for the freeze is deleted, the right claim becomes final."""
    history = EscapeWorld(RevmVenue(**TIMES, law=escape_law())).history
    venue = history.venue
    venue.send(venue.vault.register(venue.address("trader")), "anyone")
    venue.send(venue.token.mint(venue.address("trader"), USD), "trader")
    venue.send(venue.token.approve(venue.vault.address, USD), "trader")
    venue.send(venue.vault.deposit(1, USD), "trader")
    history.post([b"", b""])
    history.post([b""])
    venue.send(venue.inbox.submit(b"op"), "trader")
    venue.wait(FORCE + OVERDUE + 1)
    venue.send(venue.escape.freeze(0))
    history.propose(1, wrong=3)
    history.disprove(1, 2)
    assert venue.rollup.claimCount().call() == 1
    venue.send(venue.rollup.depositBond(), "rival", value=venue.rollup.bondWei().call())
    history.propose(1, by="rival")
    end = venue.rollup.resolutionEnd().call()
    venue.wait(end - WINDOW - venue.time)
    with pytest.raises(Reverted, match="Frozen"):
        history.propose(2, by="rival")
    venue.wait(WINDOW + 1)
    assert venue.rollup.isFinal(1).call()


def test_durations_have_floors_where_there_is_money() -> None:
    """Attack 55: a governor cannot deploy an escape that nobody has time for."""
    config = DeploymentConfig(sequencer="0x" + "11" * 20, governor_owner="0x" + "22" * 20)
    venue = RevmVenue(chain_id=1, deployed=False)
    good = config.escape_terms
    escape = artifact("Escape")
    address = "0x" + "33" * 20
    venue.deploy(escape, address, address, address, good)
    for place, floor in enumerate(good):
        for bad in (floor - 1, constants.ESCAPE_SECONDS_MAX + 1):
            terms = (*good[:place], bad, *good[place + 1 :])
            with pytest.raises(Reverted, match="SecondsOutOfRange"):
                venue.deploy(escape, address, address, address, terms)


def test_bonds_unlock_after_a_freeze_as_ever(world: EscapeWorld) -> None:
    venue = world.venue
    venue.wait(WINDOW + 1)
    world.history.post([b""])
    first = world.history.claims[1][-1]
    world.freeze()
    world.history.propose_roots(2, [first, bytes(32)])
    bond = venue.rollup.bondWei().call()
    refused(world, venue.rollup.withdrawBond(bond), "BondLocked", "proposer")
    world.resolve()
    sent = venue.send(venue.rollup.withdrawBond(bond), "proposer")
    assert venue.events(sent, venue.rollup, "BondWithdrawn")


def test_payments_that_wait_in_line_become_part_of_the_claim() -> None:
    """What is owed at a freeze ranks with claims, whether or not anybody had asked for it."""
    settings = {**TIMES, "law": escape_law(), "deposit_cap_micro_usd": 10**13}
    world = EscapeWorld(RevmVenue(**settings, daily_share_ppm=100_000, daily_least_micro_usd=10**9))
    venue = world.venue
    world.register(1)
    world.deposit(1, 10_000 * USD)
    records = {
        key_of(ACCOUNT, 1): account_record(1, 1_000 * USD, withdrawn=3_000 * USD),
        key_of(ACCOUNT, 2): account_record(2, 0, withdrawn=6_000 * USD),
    }
    world.claim_state(records)
    venue.wait(WINDOW + 1)
    for number in (1, 2):
        keys = [key_of(ACCOUNT, number)]
        proof = (1, world.state.witness(keys), world.state.proof(keys))
        venue.send(venue.vault.withdraw(*proof))
    venue.send(venue.vault.payQueued(2))
    assert venue.vault.paidMicroUsd(1).call() == 1_000 * USD
    world.freeze()
    refused(world, venue.vault.payQueued(2), "VaultFrozen")
    world.resolve()
    world.open()
    assert (world.claim(1), world.claim(2)) == (3_000 * USD, 6_000 * USD)
    world.close()
    assert (world.pay(1), world.pay(2)) == (3_000 * USD, 6_000 * USD)
    assert venue.vault.custodyMicroUsd().call() == 0


def insolvency(world: EscapeWorld, number: int) -> Any:
    keys = [key_of(GLOBAL, 0)]
    proof = (world.state.witness(keys), world.state.proof(keys))
    return world.venue.escape.freezeInsolvent(number, *proof)


def test_custody_below_liabilities_freezes() -> None:
    """A law with a hole lets somebody out with what it did not debit: the rest is shared."""
    world = EscapeWorld(RevmVenue(**TIMES, law=escape_law(), deposit_cap_micro_usd=10**13))
    venue = world.venue
    world.register(1)
    world.deposit(1, 1_000 * USD)
    stolen = {
        key_of(ACCOUNT, 1): account_record(1, 1_000 * USD),
        key_of(ACCOUNT, 2): account_record(2, 0, withdrawn=400 * USD),
    }
    world.claim_state(stolen, liabilities=1_000 * USD)
    refused(world, insolvency(world, 1), "NotFinal")
    venue.wait(WINDOW + 1)
    given = refused(world, insolvency(world, 1), "NotInsolvent")
    assert given == (1_000 * USD, 1_000 * USD)
    keys = [key_of(ACCOUNT, 2)]
    venue.send(venue.vault.withdraw(1, world.state.witness(keys), world.state.proof(keys)))
    refused(world, insolvency(world, 0), "NotFinal")
    accounts = (world.state.witness(keys), world.state.proof(keys))
    refused(world, venue.escape.freezeInsolvent(1, *accounts), "UnexpectedRecord")
    venue.send(insolvency(world, 1))
    world.resolve()
    world.open()
    assert world.claim(1) == 1_000 * USD
    world.close()
    assert world.pay(1) == 600 * USD


def test_a_state_that_later_withdrawals_outdated_proves_no_insolvency() -> None:
    """Attack 55: only the newest final state says what is owed."""
    world = EscapeWorld(RevmVenue(**TIMES, law=escape_law()))
    venue = world.venue
    world.register(1)
    world.deposit(1, 1_000 * USD)
    world.claim_state({key_of(ACCOUNT, 1): account_record(1, 1_000 * USD)}, liabilities=1_000 * USD)
    old = insolvency(world, 1)
    left = {key_of(ACCOUNT, 1): account_record(1, 100 * USD, withdrawn=900 * USD)}
    world.claim_state(left, liabilities=100 * USD)
    venue.wait(WINDOW + 1)
    keys = [key_of(ACCOUNT, 1)]
    venue.send(venue.vault.withdraw(2, world.state.witness(keys), world.state.proof(keys)))
    refused(world, old, "NotFinal")
    refused(world, insolvency(world, 2), "NotInsolvent")
