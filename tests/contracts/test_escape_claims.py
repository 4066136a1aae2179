"""Everybody gets the same part of custody, once, whoever comes first (attack 55)."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.contracts.l1.escape_world import (
    ACCOUNT,
    CLAIM,
    GLOBAL,
    INSTRUMENT,
    MARK,
    PROPOSAL,
    TIMES,
    UNDERLYING,
    USD,
    EscapeWorld,
    account_record,
    escape_law,
    instrument_record,
    mark_record,
    owner_of,
    underlying_record,
)
from tests.contracts.l1.forest import encode_records, key_of, list_commitment
from tests.contracts.l1.revm_venue import IS_INSTALLED, RevmVenue
from tests.contracts.l1.venue import WINDOW, Reverted
from tests.harness import harness

pytestmark = pytest.mark.skipif(not IS_INSTALLED, reason="needs pyrevm")


def made(count: int = 0, each: int = 0, **changes: Any) -> EscapeWorld:
    """A venue with `count` accounts that deposited `each`."""
    settings = {**TIMES, "law": escape_law(), "deposit_cap_micro_usd": 2**95, **changes}
    world = EscapeWorld(RevmVenue(**settings))
    for number in range(1, count + 1):
        world.register(number)
        world.deposit(number, each)
    return world


def refused(world: EscapeWorld, call: Any, error: str, by: str = "anyone") -> Any:
    with pytest.raises(Reverted) as caught:
        world.venue.send(call, by)
    assert caught.value.name == error
    return caught.value.arguments


def opened(world: EscapeWorld) -> EscapeWorld:
    world.freeze()
    world.resolve()
    world.open()
    return world


def plain(collaterals: dict[int, int]) -> dict[int, bytes]:
    return {
        key_of(ACCOUNT, number): account_record(number, each)
        for number, each in collaterals.items()
    }


def house(cash: int) -> dict[int, bytes]:
    """An instrument without positions whose house has this much."""
    return {
        key_of(UNDERLYING, 1): underlying_record(10**9),
        key_of(INSTRUMENT, 1): instrument_record(house_cash=cash, effective_cash=cash),
        key_of(MARK, 1): mark_record(),
    }


# The drill


def test_everybody_out_to_the_micro_dollar() -> None:
    world = made(3, 100 * USD)
    world.claim_state(plain({1: 250 * USD, 2: 49 * USD + 1, 3: USD - 1}))
    opened(world)
    assert [world.claim(number) for number in (3, 1, 2)] == [USD - 1, 250 * USD, 49 * USD + 1]
    refused(world, world.venue.escape.pay(1), "NotClosed")
    refused(world, world.venue.escape.close(), "ClaimsOpen")
    world.close()
    assert [world.pay(number) for number in (2, 3, 1)] == [49 * USD + 1, USD - 1, 250 * USD]
    assert world.venue.vault.custodyMicroUsd().call() == 0
    assert world.balance(world.venue.vault.address) == 0


def test_stages_come_in_order() -> None:
    world = made(1, USD)
    world.claim_state(plain({1: USD}))
    venue = world.venue
    refused(world, world.open_call(), "NotFrozen")
    for call in (world.claim_call(1), venue.escape.close(), world.refund_call(1)):
        refused(world, call, "NotOpen")
    world.freeze()
    refused(world, world.open_call(), "Unresolved")
    venue.wait(WINDOW + PROPOSAL - 2)
    refused(world, world.open_call(), "Unresolved")
    venue.wait(1)
    world.open()
    refused(world, world.open_call(), "AlreadyOpen")
    world.claim(1)
    venue.wait(CLAIM - 3)
    refused(world, venue.escape.close(), "ClaimsOpen")
    venue.wait(2)
    venue.send(venue.escape.close())
    refused(world, venue.escape.close(), "AlreadyClosed")
    assert world.pay(1) == USD


# What the root is


def test_it_stands_on_the_newest_final_root() -> None:
    """Attack 55: no old root, no root of another claim, no header of another batch."""
    world = made(1, USD)
    world.claim_state(plain({1: 7}))
    first, batch = world.state, world.history.batches[1]
    world.claim_state(plain({1: USD}))
    world.freeze()
    world.resolve()
    venue, keys = world.venue, [key_of(GLOBAL, 0)]
    right = world.history.batches[2]
    segments, other = list_commitment(right.segments), list_commitment(batch.segments)
    good = (world.state.witness(keys), world.state.proof(keys))
    old = (first.witness(keys), first.proof(keys))
    header = right.header.encode()
    refused(world, venue.escape.open(header, segments, *old), "WrongProof")
    refused(world, venue.escape.open(batch.header.encode(), other, *good), "WrongBatch")
    refused(world, venue.escape.open(header, bytes(32), *good), "WrongBatch")
    refused(world, venue.escape.open(header[:-1], segments, *good), "WrongBatch")
    accounts = [key_of(ACCOUNT, 1)]
    wrong = (world.state.witness(accounts), world.state.proof(accounts))
    refused(world, venue.escape.open(header, segments, *wrong), "UnexpectedRecord")
    world.open()
    assert venue.escape.root().call() == world.state.root()
    assert venue.escape.number().call() == 2
    late = venue.escape.claim(first.witness(accounts), first.proof(accounts))
    refused(world, late, "WrongProof")


def test_batches_that_nobody_claimed_do_not_count() -> None:
    world = made(1, USD)
    world.claim_state(plain({1: USD}))
    world.history.post([b""])
    opened(world)
    assert world.venue.escape.number().call() == 1


def test_where_nothing_became_final_every_deposit_goes_back() -> None:
    world = made(2, USD)
    world.freeze()
    world.resolve()
    world.open()
    venue = world.venue
    assert venue.escape.number().call() == 0
    for index in (1, 3):
        venue.send(world.refund_call(index))
    world.close()
    before = world.balance(venue.address("trader"))
    for index in (1, 3):
        venue.send(venue.escape.payRefund(index))
    assert world.balance(venue.address("trader")) == before + 2 * USD
    assert venue.vault.custodyMicroUsd().call() == 0


# Who claims what


def test_nothing_is_claimed_or_paid_twice() -> None:
    world = made(2, USD)
    world.claim_state(plain({1: USD, 2: USD}))
    opened(world)
    world.claim(1)
    refused(world, world.claim_call(1), "AlreadyClaimed")
    world.close()
    refused(world, world.claim_call(1), "AlreadyClaimed")
    assert world.pay(1) == USD
    refused(world, world.venue.escape.pay(1), "NothingDue")
    refused(world, world.claim_call(1), "AlreadyClaimed")
    refused(world, world.venue.escape.pay(2), "NothingDue")


def test_other_records_and_proofs_claim_nothing() -> None:
    world = made(2, USD)
    world.claim_state({**plain({1: USD, 2: USD}), **house(0)})
    opened(world)
    world.price()
    venue, state = world.venue, world.state
    mine, theirs = [key_of(ACCOUNT, 1)], [key_of(ACCOUNT, 2)]
    claim = venue.escape.claim
    refused(world, claim(state.witness(mine), state.proof(theirs)), "WrongProof")
    richer = encode_records({mine[0]: account_record(1, 2 * USD)})
    refused(world, claim(richer, state.proof(mine)), "WrongProof")
    for keys in ([key_of(GLOBAL, 0)], [key_of(MARK, 1)]):
        refused(world, claim(state.witness(keys), state.proof(keys)), "UnexpectedRecord")
    both = mine + theirs
    refused(world, claim(state.witness(both), state.proof(both)), "UnexpectedRecord")
    absent = [key_of(ACCOUNT, 3)]
    refused(world, claim(state.witness(absent), state.proof(absent)), "MissingRecord")
    refused(world, claim(b"", state.proof([])), "MissingRecord")
    assert world.claim(1) == USD  # by anyone: its owner is paid


def test_only_the_owner_names_another_recipient() -> None:
    world = made(1, USD)
    venue = world.venue
    owner = bytes.fromhex(venue.address("rival")[2:])
    record = account_record(1, USD)
    record = record[:1] + owner + record[21:]
    world.claim_state({key_of(ACCOUNT, 1): record})
    opened(world)
    world.claim(1)
    world.close()
    for by in ("trader", "governor", "anyone"):
        refused(world, venue.escape.payTo(1, venue.address(by)), "NotRecipient", by)
    for nobody in ("0x" + "00" * 20, venue.vault.address):
        refused(world, venue.escape.payTo(1, nobody), "BadRecipient", "rival")
    venue.send(venue.escape.payTo(1, venue.address("copier")), "rival")
    assert world.balance(venue.address("copier")) == USD
    refused(world, venue.escape.payTo(1, venue.address("copier")), "NothingDue", "rival")


@pytest.mark.parametrize("removal_ms", [0, 1, 2**48 - 1])
def test_a_guard_key_is_not_asked(removal_ms: int) -> None:
    """Whatever guard was set, announced or removed: its owner is paid, and names the recipient."""
    world = made(1, USD)
    venue = world.venue
    owner = int(venue.address("rival"), 16)
    guard = int(venue.address("governor"), 16)
    record = account_record(1, USD, owner=owner, guard_key=guard, guard_removal_ms=removal_ms)
    assert guard.to_bytes(20, "big") in record
    world.claim_state({key_of(ACCOUNT, 1): record})
    opened(world)
    assert world.claim(1) == USD
    world.close()
    for by in ("governor", "anyone"):
        refused(world, venue.escape.payTo(1, venue.address(by)), "NotRecipient", by)
    recipient = "copier" if removal_ms else "rival"
    if removal_ms:
        venue.send(venue.escape.payTo(1, venue.address("copier")), "rival")
    else:
        venue.send(venue.escape.pay(1), "anyone")
    assert world.balance(venue.address(recipient)) == USD
    assert venue.vault.custodyMicroUsd().call() == 0


def test_below_zero_claims_nothing_but_what_it_had_withdrawn() -> None:
    """Owed withdrawals rank with claims, and a debt takes nothing of them."""
    world = made(2, 100 * USD)
    records = {
        key_of(ACCOUNT, 1): account_record(1, -50 * USD, withdrawn=30 * USD),
        key_of(ACCOUNT, 2): account_record(2, 220 * USD),
    }
    world.claim_state(records)
    opened(world)
    assert world.claim(1) == 30 * USD
    assert world.claim(2) == 220 * USD
    world.close()
    # 250 are due, 200 there: four fifths each.
    assert (world.pay(1), world.pay(2)) == (24 * USD, 176 * USD)


def test_what_was_paid_before_is_not_owed() -> None:
    world = made(1, 100 * USD)
    venue = world.venue
    world.claim_state({key_of(ACCOUNT, 1): account_record(1, 60 * USD, withdrawn=40 * USD)})
    venue.wait(WINDOW + 1)
    keys = [key_of(ACCOUNT, 1)]
    venue.send(venue.vault.withdraw(1, world.state.witness(keys), world.state.proof(keys)))
    opened(world)
    assert world.claim(1) == 60 * USD
    world.close()
    assert world.pay(1) == 60 * USD
    assert world.balance("0x" + owner_of(1).hex()) == 100 * USD


# Sharing


@pytest.mark.parametrize("deficit", [0, 90 * USD])
def test_late_claims_get_the_same_part(deficit: int) -> None:
    """Attack 55: who comes late has lost nothing, and who comes first gains nothing."""
    paid = {}
    for late in (set(), {2}, {1, 3}, {1, 2, 3}):
        world = made(3, 100 * USD)
        world.claim_state(
            {**plain({1: 200 * USD, 2: 90 * USD, 3: 10 * USD + deficit}), **house(-deficit)}
        )
        opened(world)
        world.price()
        for number in {1, 2, 3} - late:
            world.claim(number)
        world.close()
        for number in late:
            world.claim(number)
        paid[tuple(sorted(late))] = [world.pay(number) for number in (1, 2, 3)]
        assert world.venue.vault.custodyMicroUsd().call() <= 3
    assert len({tuple(each) for each in paid.values()}) == 1
    if not deficit:
        assert paid[()] == [200 * USD, 90 * USD, 10 * USD]


def test_deposits_that_no_final_state_saw_come_first() -> None:
    world = made(1, 100 * USD)
    world.claim_state({**plain({1: 150 * USD}), **house(-50 * USD)})
    index = world.deposit(1, 40 * USD, by="rival")
    world.history.post([b""])  # consumed, and never final
    other = world.deposit(1, 7 * USD, by="rival")
    opened(world)
    world.price()
    venue = world.venue
    refused(world, world.refund_call(1), "MessageConsumed")
    refused(world, world.refund_call(other + 1), "NotADeposit")
    venue.send(world.refund_call(index))
    venue.send(world.refund_call(other, following=1))  # as if the Inbox had forgotten its hash
    refused(world, world.refund_call(index), "AlreadyRefunded")
    refused(world, world.refund_call(other), "AlreadyRefunded")
    forged = list(world.history.messages[index])
    forged[-1] ^= 1
    before = world.history.rolling[index]
    refused(world, venue.escape.refund(index, bytes(forged), before, []), "WrongMessage")
    elsewhere = venue.escape.refund(other, world.history.messages[index], before, [])
    refused(world, elsewhere, "WrongMessage")
    world.claim(1)
    world.close()
    assert world.pay(1) == 100 * USD
    for by in ("trader", "anyone"):
        refused(world, venue.escape.payRefundTo(index, venue.address(by)), "NotRecipient", by)
    venue.send(venue.escape.payRefund(index))
    venue.send(venue.escape.payRefundTo(other, venue.address("copier")), "rival")
    assert world.balance(venue.address("rival")) == 40 * USD
    assert world.balance(venue.address("copier")) == 7 * USD
    refused(world, venue.escape.payRefund(index), "NothingDue")
    assert venue.vault.custodyMicroUsd().call() == 0


def test_late_refunds_rank_with_claims() -> None:
    world = made(1, 100 * USD)
    world.claim_state(plain({1: 100 * USD}))
    index = world.deposit(1, 40 * USD, by="rival")
    opened(world)
    world.claim(1)
    world.close()
    world.venue.send(world.refund_call(index))
    assert world.pay(1) == 100 * USD
    world.venue.send(world.venue.escape.payRefund(index))
    assert world.balance(world.venue.address("rival")) == 40 * USD


def test_pools_and_houses_stand_behind_the_claims() -> None:
    """A solvent venue pays everybody in full, whatever its pools; what is theirs stays."""
    world = made(1, 100 * USD)
    world.claim_state({**plain({1: 70 * USD}), **house(10 * USD)}, insurance_fund=20 * USD)
    opened(world)
    refused_close = world.venue.escape.close()
    world.claim(1)
    world.venue.wait(CLAIM + 1)
    refused(world, refused_close, "InstrumentsUnpriced")
    world.price()
    world.venue.send(refused_close)
    assert world.pay(1) == 70 * USD
    assert world.venue.vault.custodyMicroUsd().call() == 30 * USD


def test_custody_without_tokens_is_shared_as_it_is() -> None:
    """A token's issuer took a third of what the Vault held: everybody gets two thirds."""
    world = made(2, 90 * USD, token=harness("SeizingToken"))
    world.claim_state(plain({1: 120 * USD, 2: 60 * USD}))
    venue = world.venue
    venue.send(venue.token.seize(venue.vault.address, 60 * USD))
    opened(world)
    world.claim(1)
    world.close()
    world.claim(2)
    assert (world.pay(2), world.pay(1)) == (40 * USD, 80 * USD)
    assert world.balance(venue.vault.address) == 0


# Many


def settle_all(
    world: EscapeWorld,
    equities: dict[int, int],
    part: tuple[int, int],
    order: random.Random,
    late: set[int],
) -> dict[int, int]:
    """Claim and be paid a part (of what), in two orders, the late ones once others are being paid;
    return what each got."""
    in_time = [number for number in equities if number not in late]
    order.shuffle(in_time)
    for number in in_time:
        assert world.claim(number) == max(0, equities[number])
    world.close()
    paid = {}

    def pay(number: int) -> None:
        share = max(0, equities[number]) * part[0] // part[1]
        if share:
            paid[number] = world.pay(number)
        else:
            refused(world, world.venue.escape.pay(number), "NothingDue")
            paid[number] = 0

    numbers, proved = list(equities), []
    order.shuffle(numbers)
    for number in numbers:
        if number not in late:
            pay(number)
            continue
        assert world.claim(number) == equities[number]
        proved.append(number)
        if order.random() < 0.5:
            pay(proved.pop(order.randrange(len(proved))))
    for number in proved:
        pay(number)
    return paid


def test_ten_thousand_claimants() -> None:
    """Random equities, negative ones among them, a house below zero and a pool behind them: Σ paid
    ≤ custody, off by at most a micro-dollar a claimant, whoever comes first, and whoever comes
    when the others are being paid already."""
    draw, count = random.Random(55), 10_000
    equities = {
        number: draw.choice([1, -1, 10**3, 10**6, 10**9, 10**12]) * draw.randrange(1, 1_000)
        for number in range(1, count + 1)
    }
    equities |= {n: -each for n, each in equities.items() if draw.random() < 0.1}
    owed = sum(each for each in equities.values() if each > 0)
    custody, pool = owed * 2 // 3 + 1, 10**6 * USD
    cash = custody - pool - sum(equities.values())  # the house has what everybody else lacks
    assert cash < 0
    some = {number for number, each in equities.items() if each > 0 and draw.random() < 0.3}
    results = []
    for seed, late in ((1, set[int]()), (2, some)):
        world = made(1, custody)
        world.claim_state({**plain(equities), **house(cash)}, insurance_fund=pool)
        opened(world)
        world.price()
        results.append(settle_all(world, equities, (custody, owed), random.Random(seed), late))
        left = world.venue.vault.custodyMicroUsd().call()
        assert left == custody - sum(results[-1].values())
        assert 0 <= left <= count
    assert results[0] == results[1]
    for number, paid in results[0].items():
        assert paid == max(0, equities[number]) * custody // owed


def test_payment_into_a_pool_that_no_final_state_saw_goes_back() -> None:
    world = made(1, 100 * USD)
    world.claim_state(plain({1: 100 * USD}))
    venue = world.venue
    venue.send(venue.token.mint(venue.address("rival"), 30 * USD), "rival")
    venue.send(venue.token.approve(venue.vault.address, 30 * USD), "rival")
    sent = venue.send(venue.vault.payIn(2, 30 * USD), "rival", 10**15)
    (paid,) = venue.events(sent, venue.vault, "PaidIn")
    opened(world)
    world.price()
    sent = venue.send(world.refund_call(paid["index"]))
    (event,) = venue.events(sent, venue.escape, "Refunded")
    assert event["depositor"] == venue.address("rival").lower()
    assert event["amountMicroUsd"] == 30 * USD
    world.claim(1)
    world.close()
    before = venue.token.balanceOf(venue.address("rival")).call()
    venue.send(venue.escape.payRefund(paid["index"]))
    assert venue.token.balanceOf(venue.address("rival")).call() - before == 30 * USD
    assert world.pay(1) == 100 * USD
