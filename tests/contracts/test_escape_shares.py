"""Everybody has the same part of what there is, whoever comes when (attack 55)."""

from __future__ import annotations

import random

import pytest

from tests.contracts.l1.revm_venue import IS_INSTALLED
from tests.contracts.test_escape_claims import house, made, opened, plain, refused
from tests.harness import harness

pytestmark = pytest.mark.skipif(not IS_INSTALLED, reason="needs pyrevm")


@pytest.mark.parametrize("seed", range(16))
def test_part_is_the_same_whoever_comes_when(seed: int) -> None:
    """Debts, houses below and above zero, pools, refunds, seized tokens: any of them late, in any
    order, everybody has the part of what there is of what is due to all."""
    draw = random.Random(seed)

    def amount() -> int:
        return draw.choice([1, 10**3, 10**6, 10**10]) * draw.randrange(1, 1_000)

    equities = {number: amount() for number in range(1, 9)}
    for number in draw.sample(range(2, 9), draw.randrange(3)):
        equities[number] *= -1
    cash, pool = draw.choice([0, 1, -1]) * amount(), draw.choice([0, amount()])
    equities[1] += max(0, 1 - sum(equities.values()) - cash - pool)  # custody is above zero
    custody = sum(equities.values()) + cash + pool
    world = made(1, custody, token=harness("SeizingToken"))
    venue = world.venue
    world.claim_state({**plain(equities), **house(cash)}, insurance_fund=pool)
    sent = [amount() for _ in range(draw.randrange(4))]
    refunds = {world.deposit(1, each, by="rival"): each for each in sent}
    held = custody + sum(sent)
    if draw.random() < 0.5:
        taken = draw.randrange(held)
        venue.send(venue.token.seize(venue.vault.address, taken))
        held -= taken
    opened(world)
    world.price()
    late = {n for n, each in equities.items() if each > 0 and draw.random() < 0.4}
    late_refunds = {index for index in refunds if draw.random() < 0.3}

    def prove(accounts: set[int], deposits: set[int]) -> None:
        calls = [world.claim_call(n) for n in accounts] + [world.refund_call(i) for i in deposits]
        draw.shuffle(calls)
        for call in calls:
            venue.send(call)

    prove(equities.keys() - late, refunds.keys() - late_refunds)
    world.close()
    prove(late, late_refunds)

    first = sum(each for index, each in refunds.items() if index not in late_refunds)
    rest = held - min(held, first)
    owed = sum(each for each in equities.values() if each > 0)
    owed += sum(refunds[index] for index in late_refunds)
    ranks = {False: (min(held, first), first), True: (min(rest, owed), owed)}
    calls = [(venue.escape.pay(n), each, ranks[True]) for n, each in equities.items()]
    for index, each in refunds.items():
        calls.append((venue.escape.payRefund(index), each, ranks[index in late_refunds]))
    draw.shuffle(calls)
    paid = 0
    for call, due, (part, of) in calls:
        wanted = max(0, due) * part // of if of else 0
        if not wanted:
            refused(world, call, "NothingDue")
            continue
        before = world.balance(venue.vault.address)
        venue.send(call)
        assert before - world.balance(venue.vault.address) == wanted, f"seed {seed}"
        paid += wanted
    assert paid <= held, f"seed {seed}"
    assert ranks[False][0] + ranks[True][0] - paid <= len(calls), "a micro-dollar each, no more"
