"""What L1 takes for an op's bytes: reports, charges, refusals (docs/protocol/l1-cost.md)."""

from __future__ import annotations

from strikeproof.ordered_form import ordered_op
from strikeproof.sequencer.core.op_preparation import prepare
from strikeproof.sequencer.core.rules.l1_cost import l1_fee, moved_average
from strikeproof.wire.constants import (
    L1_PRICE_MAX,
    L1_REPORT_SPACING_MS,
    MessageKind,
    Pool,
)
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import (
    encode_cancel_all,
    encode_l1_report_payload,
    encode_pay_in_payload,
    encode_set_eth,
)
from tests.property.core import invariants
from tests.unit.core.scripted_venue import DOMAIN, USD, ScriptedVenue

GAS_PRICE = 20 * 10**9
ETH = 3_000 * 10**9
NO_BOUND = 2**64 - 1


def report(venue: ScriptedVenue, price: int) -> Result:
    payload = encode_l1_report_payload(base_fee_wei=price, blob_base_fee_wei=price)
    return Result(venue.message(MessageKind.L1_REPORT, payload).results[0])


def charging() -> ScriptedVenue:
    venue = ScriptedVenue(accounts=2)
    assert report(venue, GAS_PRICE) == Result.OK
    venue.govern(encode_set_eth(underlying=1))
    return venue


def test_the_page_s_example() -> None:
    assert l1_fee(127, GAS_PRICE, ETH) == 304_800
    assert l1_fee(1, 1, 1) == 1  # rounded up
    assert l1_fee(154, 0, ETH) == 0


def test_an_average_moves_by_an_eighth_and_rounds_down() -> None:
    assert moved_average(80, 88) == 81
    assert moved_average(80, 87) == 80
    assert moved_average(80, 79) == 79
    assert moved_average(L1_PRICE_MAX, L1_PRICE_MAX) == L1_PRICE_MAX


def test_the_first_report_counts_whole_and_others_are_a_minute_apart() -> None:
    venue = ScriptedVenue()
    assert report(venue, L1_PRICE_MAX + 1) == Result.MALFORMED
    assert report(venue, 80) == Result.OK
    venue.now += L1_REPORT_SPACING_MS - 1
    assert report(venue, 0) == Result.TOO_SOON
    venue.now += 1
    assert report(venue, 88) == Result.OK
    assert venue.engine.venue().l1_gas_price == 81
    assert venue.engine.venue().l1_blob_price == 81


def test_bytes_are_paid_for_to_the_unit_and_beyond_the_bound_nothing_happens() -> None:
    venue = charging()
    cancel = encode_cancel_all()
    op = venue.bundle_op(1, cancel, max_l1_fee_micro_usd=NO_BOUND)
    fee = l1_fee(len(ordered_op(op)), GAS_PRICE, ETH)
    before = venue.engine.snapshot()
    (refused,) = venue.segment(venue.bundle_op(1, cancel, nonce=7, max_l1_fee_micro_usd=fee - 1))
    assert refused.code == Result.L1_FEE_TOO_HIGH
    assert venue.engine.snapshot() == before
    cash = venue.engine.account(1).collateral
    (paid,) = venue.segment(venue.bundle_op(1, cancel, nonce=8, max_l1_fee_micro_usd=fee))
    assert paid.code == Result.OK
    assert venue.engine.account(1).collateral == cash - fee
    assert venue.engine.venue().fee_pool == fee


def test_a_leveraged_long_pays_from_its_equity() -> None:
    """Its collateral is what it borrowed: below zero from the first fill."""
    venue = charging()
    buyer = venue.register()
    venue.deposit(buyer, 1_000 * USD)
    mark = venue.engine.instrument(1).mark_price
    assert venue.sell(2, mark, 100, max_l1_fee_micro_usd=NO_BOUND) == Result.OK
    assert venue.buy(buyer, mark, 100, max_l1_fee_micro_usd=NO_BOUND) == Result.OK
    cash = venue.engine.account(buyer).collateral
    assert cash < 0
    op = venue.bundle_op(buyer, encode_cancel_all(), max_l1_fee_micro_usd=NO_BOUND)
    prepared = prepare(op, DOMAIN, venue.engine.reporter_epoch)
    assert venue.engine.refusal(prepared, venue.now) == Result.OK
    (paid,) = venue.segment(op)
    assert paid.code == Result.OK
    assert venue.engine.account(buyer).collateral < cash


def test_whoever_is_below_zero_owes_no_more_than_it_signed() -> None:
    """A sequencer that orders whatever it likes charges each op once, up to the maximum in it."""
    venue = charging()
    buyer = venue.register()
    venue.deposit(buyer, 500 * USD)
    mark = venue.engine.instrument(1).mark_price
    assert venue.sell(2, mark, 100, max_l1_fee_micro_usd=NO_BOUND) == Result.OK
    assert venue.buy(buyer, mark, 100, max_l1_fee_micro_usd=NO_BOUND) == Result.OK
    venue.price(venue.engine.underlying(1).index_price * 8 // 10)
    assert invariants.account_of(venue.engine, buyer).equity < 0
    cancel = encode_cancel_all()
    index = venue.engine.underlying(1).index_price
    fee = l1_fee(len(venue.bundle_op(buyer, cancel, nonce=40)), GAS_PRICE, index)
    signed = {nonce: fee * (nonce % 4) // 2 for nonce in range(40, 52)}
    ops = {
        nonce: venue.bundle_op(buyer, cancel, nonce=nonce, max_l1_fee_micro_usd=bound)
        for nonce, bound in signed.items()
    }
    before, pool = venue.engine.account(buyer).collateral, venue.engine.venue().fee_pool
    for _ in range(2):
        venue.segment(*ops.values())  # replayed too
    charged = before - venue.engine.account(buyer).collateral
    assert 0 < charged <= sum(signed.values())
    assert venue.engine.venue().fee_pool - pool == charged
    outcomes = venue.segment(*ops.values())
    assert {each.code for each in outcomes} == {Result.NONCE_USED, Result.L1_FEE_TOO_HIGH}
    assert venue.engine.account(buyer).collateral == before - charged


def test_who_holds_nothing_owes_nothing() -> None:
    """A debt of an account without positions would be money in the pool that nobody has."""
    venue = charging()
    poor = venue.register()
    op = venue.bundle_op(poor, encode_cancel_all(), max_l1_fee_micro_usd=NO_BOUND)
    fee = l1_fee(len(ordered_op(op)), GAS_PRICE, ETH)
    prepared = prepare(op, DOMAIN, venue.engine.reporter_epoch)
    venue.deposit(poor, fee - 1)
    before = venue.engine.snapshot()
    assert venue.engine.refusal(prepared, venue.now) == Result.INSUFFICIENT_COLLATERAL
    (refused,) = venue.segment(op)
    assert refused.code == Result.INSUFFICIENT_COLLATERAL
    assert venue.engine.snapshot() == before
    venue.deposit(poor, 1)
    assert venue.engine.refusal(prepared, venue.now) == Result.OK
    (paid,) = venue.segment(op)
    assert paid.code == Result.OK
    assert venue.engine.account(poor).collateral == 0


def test_a_payment_into_a_pool_raises_what_may_leave() -> None:
    venue = ScriptedVenue(accounts=1)
    owed = venue.engine.venue().liabilities
    payload = encode_pay_in_payload(pool=Pool.INSURANCE_FUND, amount_micro_usd=5 * USD)
    assert venue.message(MessageKind.PAY_IN, payload).results == bytes((Result.OK,))
    assert venue.engine.venue().insurance_fund == 5 * USD
    assert venue.engine.venue().liabilities == owed + 5 * USD
