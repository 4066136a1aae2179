"""A day's payments are a share of custody, the rest waits in order; where tokens are short, all get
the same part (attacks 30, 55)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contracts.l1.escape_world import (
    ACCOUNT,
    TIMES,
    USD,
    EscapeWorld,
    account_record,
    escape_law,
    owner_of,
)
from tests.contracts.l1.forest import key_of
from tests.contracts.l1.revm_venue import IS_INSTALLED, RevmVenue
from tests.contracts.l1.venue import WINDOW, Reverted
from tests.harness import harness

pytestmark = pytest.mark.skipif(not IS_INSTALLED, reason="needs pyrevm")
DAY = 86_400
SHARE = 250_000  # ppm
LEAST = 1_000 * USD


def made(withdrawn: dict[int, int], custody: int, **changes: Any) -> EscapeWorld:
    """A venue with this custody, whose final state shows these withdrawals; a day begins."""
    settings = {
        **TIMES,
        "law": escape_law(),
        "daily_share_ppm": SHARE,
        "daily_least_micro_usd": LEAST,
        "deposit_cap_micro_usd": 10**14,
        **changes,
    }
    world = EscapeWorld(RevmVenue(**settings))
    world.register(1)
    world.deposit(1, custody)
    show(world, withdrawn)
    world.venue.wait(WINDOW + 1)
    begin_day(world)
    return world


def show(world: EscapeWorld, withdrawn: dict[int, int]) -> None:
    """Claim a state with these withdrawals."""
    world.claim_state(
        {key_of(ACCOUNT, n): account_record(n, 0, withdrawn=each) for n, each in withdrawn.items()}
    )


def begin_day(world: EscapeWorld) -> None:
    world.venue.wait(DAY - world.venue.time % DAY)


def proof(world: EscapeWorld, number: int) -> tuple[int, bytes, bytes]:
    keys = [key_of(ACCOUNT, number)]
    return world.posted, world.state.witness(keys), world.state.proof(keys)


def withdraw(world: EscapeWorld, number: int) -> None:
    world.venue.send(world.venue.vault.withdraw(*proof(world, number)), "copier")


def paid(world: EscapeWorld, number: int) -> int:
    return world.balance("0x" + owner_of(number).hex())


def refused(world: EscapeWorld, call: Any, error: str, by: str = "anyone") -> Any:
    with pytest.raises(Reverted) as caught:
        world.venue.send(call, by)
    assert caught.value.name == error
    return caught.value.arguments


def test_a_day_pays_its_share_and_the_rest_waits_in_order() -> None:
    world = made({1: 20_000 * USD, 2: 15_000 * USD, 3: 1 * USD}, 100_000 * USD)
    vault = world.venue.vault
    withdraw(world, 1)
    assert paid(world, 1) == 20_000 * USD
    assert vault.leftTodayMicroUsd().call() == 5_000 * USD
    withdraw(world, 2)
    withdraw(world, 3)  # it would fit, and waits behind
    assert (paid(world, 2), paid(world, 3)) == (0, 0)
    assert vault.queuedMicroUsd(2).call() == 15_000 * USD
    world.venue.send(vault.payQueued(10))
    assert (paid(world, 2), paid(world, 3)) == (5_000 * USD, 0)
    assert vault.leftTodayMicroUsd().call() == 0
    world.venue.send(vault.payQueued(10))
    begin_day(world)
    world.venue.send(vault.payQueued(10))
    assert (paid(world, 2), paid(world, 3)) == (15_000 * USD, 1 * USD)
    assert vault.queued().call() == (2, 2)
    assert vault.paidMicroUsd(2).call() == 15_000 * USD


def test_splitting_jumps_no_queue() -> None:
    """One of 30,000 waits like thirty of 1,000, by thirty accounts or one."""
    split = dict.fromkeys(range(2, 32), 1_000 * USD)
    world = made({1: 30_000 * USD, **split}, 100_000 * USD)
    withdraw(world, 1)
    for number in split:
        withdraw(world, number)
    world.venue.send(world.venue.vault.payQueued(40))
    assert paid(world, 1) == 25_000 * USD
    assert not any(paid(world, number) for number in split)
    begin_day(world)
    world.venue.send(world.venue.vault.payQueued(40))
    share = 75_000 * USD // 4
    assert paid(world, 1) == 30_000 * USD
    assert sum(paid(world, number) for number in split) == share - 5_000 * USD
    whole = [number for number in split if paid(world, number)]
    assert whole == list(split)[: len(whole)]


def test_nobody_is_queued_twice_for_the_same() -> None:
    world = made({1: 40_000 * USD}, 100_000 * USD)
    vault = world.venue.vault
    withdraw(world, 1)
    refused(world, vault.withdraw(*proof(world, 1)), "NothingOwed")
    world.venue.send(vault.payQueued(1))
    refused(world, vault.withdraw(*proof(world, 1)), "NothingOwed")
    show(world, {1: 45_000 * USD})
    world.venue.wait(WINDOW + 1)
    withdraw(world, 1)
    assert vault.queuedMicroUsd(1).call() == 20_000 * USD
    for _ in range(2):
        begin_day(world)
        world.venue.send(vault.payQueued(9))
    assert paid(world, 1) == 45_000 * USD
    refused(world, vault.withdraw(*proof(world, 1)), "NothingOwed")


def test_the_last_one_out_is_paid_within_days() -> None:
    """A quarter of the rest forever would never be all of it."""
    world = made({1: 3_500 * USD}, 3_500 * USD)
    withdraw(world, 1)
    for _ in range(4):
        world.venue.send(world.venue.vault.payQueued(1))
        begin_day(world)
    assert paid(world, 1) == 3_500 * USD
    assert world.venue.vault.custodyMicroUsd().call() == 0


def test_a_state_that_owes_more_than_there_is_empties_no_more_than_custody() -> None:
    world = made({1: 10**9 * USD}, 4_000 * USD)
    withdraw(world, 1)
    for _ in range(6):
        world.venue.send(world.venue.vault.payQueued(1))
        begin_day(world)
    assert paid(world, 1) == 4_000 * USD


def test_a_deposit_in_the_day_does_not_raise_its_share() -> None:
    """Attack 55: nobody borrows money for a moment to raise what leaves today."""
    world = made({1: 90_000 * USD, 2: USD}, 100_000 * USD)
    withdraw(world, 2)
    world.deposit(1, 900_000 * USD)
    assert world.venue.vault.leftTodayMicroUsd().call() == 25_000 * USD - USD


def test_a_blocked_recipient_blocks_nobody() -> None:
    """Attack 30: it loses its place, stays owed, and its owner names somebody else."""
    world = made({}, 100_000 * USD, token=harness("BlockingToken"))
    venue = world.venue
    rival = bytes.fromhex(venue.address("rival")[2:])
    blocked = account_record(1, 0, withdrawn=30_000 * USD)
    blocked = blocked[:1] + rival + blocked[21:]
    world.claim_state(
        {
            key_of(ACCOUNT, 1): blocked,
            key_of(ACCOUNT, 2): account_record(2, 0, withdrawn=30_000 * USD),
        }
    )
    venue.wait(WINDOW + 1)
    begin_day(world)
    withdraw(world, 1)
    withdraw(world, 2)
    venue.send(venue.token.blockAccount(venue.address("rival")))
    low = venue.vault.payQueued(2)
    with pytest.raises(Reverted, match="GasTooLow"):
        venue.send(low, gas=1_500_000)  # nobody loses a place for lack of gas
    sent = venue.send(low)
    (event,) = venue.events(sent, venue.vault, "PaymentRefused")
    assert event["account"] == 1
    assert paid(world, 2) == 25_000 * USD
    assert venue.vault.paidMicroUsd(1).call() == 0
    begin_day(world)
    venue.send(venue.vault.payQueued(2))
    withdraw(world, 1)  # anyone puts it in line again, for the owner
    copier = venue.address("copier")
    refused(world, venue.vault.withdrawTo(copier, *proof(world, 1)), "NotAccountOwner")
    venue.send(venue.vault.withdrawTo(copier, *proof(world, 1)), "rival")
    for _ in range(3):
        begin_day(world)
        venue.send(venue.vault.payQueued(2))
    assert world.balance(copier) == 30_000 * USD
    assert venue.vault.custodyMicroUsd().call() == 40_000 * USD


def test_an_account_that_is_twice_in_line_and_refused_loses_nothing() -> None:
    """Its later place is as refused as its first: what waits there is paid to nobody else."""
    world = made({1: 30_000 * USD}, 100_000 * USD, token=harness("BlockingToken"))
    venue = world.venue
    withdraw(world, 1)
    show(world, {1: 45_000 * USD, 2: 5_000 * USD})
    venue.wait(WINDOW + 1)
    for number in (1, 2):
        withdraw(world, number)
    assert venue.vault.queued().call() == (0, 3)
    venue.send(venue.token.blockAccount("0x" + owner_of(1).hex()))
    begin_day(world)
    venue.send(venue.vault.payQueued(3))
    assert world.balance("0x" + bytes(20).hex()) == 0
    assert (venue.vault.paidMicroUsd(1).call(), paid(world, 2)) == (0, 5_000 * USD)
    assert venue.vault.queuedMicroUsd(1).call() == 0, "owed, and no longer in line"
    assert venue.vault.custodyMicroUsd().call() == 95_000 * USD
    withdraw(world, 1)
    assert venue.vault.queuedMicroUsd(1).call() == 45_000 * USD


def test_short_tokens_are_shared_and_made_up_for() -> None:
    """Whoever comes first gets no more; what the issuer gives back goes to those who lacked it."""
    world = made({1: 200 * USD, 2: 100 * USD}, 400 * USD, token=harness("SeizingToken"))
    venue = world.venue
    venue.send(venue.token.seize(venue.vault.address, 100 * USD))
    withdraw(world, 1)
    withdraw(world, 2)
    assert (paid(world, 1), paid(world, 2)) == (150 * USD, 75 * USD)
    assert venue.vault.custodyMicroUsd().call() == 100 * USD
    assert world.balance(venue.vault.address) == 75 * USD
    refused(world, venue.vault.withdraw(*proof(world, 1)), "NothingOwed")
    first, second = ("0x" + owner_of(number).hex() for number in (1, 2))
    refused(world, venue.vault.collectShortfall(first), "StillShort")
    venue.send(venue.token.mint(venue.vault.address, 99 * USD))
    refused(world, venue.vault.collectShortfall(first), "StillShort")
    venue.send(venue.token.mint(venue.vault.address, USD))
    venue.send(venue.vault.collectShortfall(second))
    venue.send(venue.vault.collectShortfall(first))
    assert (paid(world, 1), paid(world, 2)) == (200 * USD, 100 * USD)
    refused(world, venue.vault.collectShortfall(first), "NothingShort")
    assert world.balance(venue.vault.address) == venue.vault.custodyMicroUsd().call() == 100 * USD


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("daily_share_ppm", 99_999),
        ("daily_share_ppm", 1_000_001),
        ("daily_least_micro_usd", 1_000 * USD - 1),
        ("daily_least_micro_usd", 2**96),
    ],
)
def test_the_daily_share_has_floors(field: str, value: int) -> None:
    with pytest.raises(Reverted, match="DailyOutOfRange"):
        RevmVenue(**{field: value})
