"""Alarms about balance, commitment and bond, before a dispute needs them; gas limits."""

from dataclasses import replace

from strikeproof.l1 import FeePolicy
from strikeproof.l1.attempts import Attempts
from strikeproof.l1.bond_facts import BondFacts
from strikeproof.l1.gas_estimate import with_margin
from strikeproof.l1.sender import TRANSACTION_GAS_MAX
from strikeproof.verifier.alarm import Alarm
from strikeproof.verifier.dispute.gas import Work, gas_bound
from strikeproof.verifier.dispute.readiness import (
    ReadinessFacts,
    decide_readiness,
    funds_needed_wei,
)

GWEI = 10**9
FEES = FeePolicy(max_fee_cap_wei=500 * GWEI)
READY = ReadinessFacts(
    address=b"\1" * 20,
    balance_wei=10**18,
    base_fee_wei=GWEI,
    commit_gas=50_000,
    bond=BondFacts(100, 100, 0, Attempts()),
)


def due(facts: ReadinessFacts, bond_wei_max: int = 0) -> set[Alarm]:
    found = decide_readiness(facts, FEES, bond_wei_max)
    return {alarm for alarm, fields in found.items() if fields is not None}


def test_a_verifier_that_has_everything_raises_nothing():
    assert due(READY) == set()
    assert due(replace(READY, bond=None)) == set()


def test_every_lack_is_its_own_alarm():
    needed = funds_needed_wei(READY.base_fee_wei, FEES, READY.commit_gas)
    assert due(replace(READY, balance_wei=needed)) == set()
    assert due(replace(READY, balance_wei=needed - 1)) == {Alarm.BALANCE_LOW}
    assert due(replace(READY, commit_gas=None)) == {Alarm.COMMIT_IMPOSSIBLE}
    poor = replace(READY, bond=BondFacts(99, 100, 0, Attempts()))
    assert due(poor) == {Alarm.BOND_MISSING}
    assert due(poor, bond_wei_max=1) == set()  # it will be deposited when it is needed


def test_funds_grow_with_the_base_fee_up_to_the_cap():
    quiet, busy, wild = (funds_needed_wei(each * GWEI, FEES, 50_000) for each in (1, 20, 10_000))
    assert quiet < busy < wild == 8_050_000 * FEES.max_fee_cap_wei


def test_gas_limits_leave_room_and_stay_below_what_a_transaction_may_ask():
    assert with_margin(100_000) == 150_000
    assert with_margin(TRANSACTION_GAS_MAX) == TRANSACTION_GAS_MAX
    # A new slot at 98,000 + 10,000 gas: the commitment fits its bound, 80,000 would not do.
    assert gas_bound(Work.COMMIT, bytes(36)) > 21_000 + 36 * 16 + 2 * 108_000
    roots = bytes(4 + 32 * 400)
    assert gas_bound(Work.COMMIT, bytes(36)) < gas_bound(Work.PROPOSE, roots) < TRANSACTION_GAS_MAX
    assert gas_bound(Work.CHALLENGE, b"") == TRANSACTION_GAS_MAX
