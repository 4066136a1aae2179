"""Credit in a freeze: it pays its account's debt, and what is left is the guarantor's."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contracts.l1.escape_world import ACCOUNT, USD, EscapeWorld, account_record, owner_of
from tests.contracts.l1.forest import key_of
from tests.contracts.l1.revm_venue import IS_INSTALLED
from tests.contracts.test_escape_claims import made, opened, refused

pytestmark = pytest.mark.skipif(not IS_INSTALLED, reason="needs pyrevm")

CREDIT_OF = 1 << 31


def credited(collateral: int, limit: int, rest: tuple[int, int]) -> EscapeWorld:
    """A frozen venue of 300 USD: account 1 has credit from account 2, accounts 2 and 3 the rest."""
    world = made(3, 100 * USD)
    collaterals = {1: collateral, 2: rest[0], 3: rest[1]}
    assert sum(collaterals.values()) + limit == 300
    records = {
        key_of(ACCOUNT, number): account_record(number, each * USD)
        for number, each in collaterals.items()
    }
    granted = {"credit_limit": limit * USD, "guarantor": 2, "credited_ms": 1}
    records[key_of(ACCOUNT, 1)] = account_record(1, collateral * USD, **granted)
    world.claim_state(records)
    return opened(world)


def credit_call(world: EscapeWorld, account: int = 1, guarantor: int = 2) -> Any:
    keys = sorted({key_of(ACCOUNT, account), key_of(ACCOUNT, guarantor)})
    proof = world.state.witness(keys), world.state.proof(keys)
    return world.venue.escape.claimCredit(account, *proof)


def paid(world: EscapeWorld, number: int, owner: int) -> int:
    """Pay what is due under a number; return how much, and check who got it."""
    sent = world.venue.send(world.venue.escape.pay(number))
    (event,) = world.venue.events(sent, world.venue.escape, "ClaimPaid")
    assert event["recipient"] == "0x" + owner_of(owner).hex()
    return int(event["amountMicroUsd"])


@pytest.mark.parametrize(
    ("collateral", "rest", "left"),
    [(10, (150, 100), 40), (0, (160, 100), 40), (-30, (190, 100), 10)],
)
def test_what_is_left_of_credit_goes_to_the_guarantor(
    collateral: int, rest: tuple[int, int], left: int
) -> None:
    world = credited(collateral, 40, rest)
    world.venue.send(credit_call(world))
    for number in (1, 2, 3):
        world.claim(number)
    world.close()
    assert paid(world, CREDIT_OF | 1, 2) == left * USD
    assert [paid(world, number, number) for number in (2, 3)] == [each * USD for each in rest]
    if collateral > 0:
        assert paid(world, 1, 1) == collateral * USD
    assert world.venue.vault.custodyMicroUsd().call() == 0


def test_a_debt_beyond_the_credit_is_everybodys() -> None:
    world = credited(-70, 40, (230, 100))
    refused(world, credit_call(world), "NothingDue")
    for number in (1, 2, 3):
        world.claim(number)
    world.close()
    assert paid(world, 2, 2) == 230 * USD * 300 // 330
    assert paid(world, 3, 3) == 100 * USD * 300 // 330


def test_credit_is_claimed_once_and_for_its_own_guarantor() -> None:
    world = credited(10, 40, (150, 100))
    refused(world, credit_call(world, guarantor=3), "MissingRecord")
    refused(world, credit_call(world, account=3), "MissingRecord")
    world.venue.send(credit_call(world))
    refused(world, credit_call(world), "AlreadyClaimed")


def test_who_comes_late_is_paid_the_same_part_of_what_is_left() -> None:
    world = credited(10, 40, (150, 100))
    world.claim(3)
    world.close()
    world.venue.send(credit_call(world))
    assert paid(world, CREDIT_OF | 1, 2) == 40 * USD
    assert paid(world, 3, 3) == 100 * USD
