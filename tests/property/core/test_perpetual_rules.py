"""Pending funding and deleveraging, and the house's two ledgers, on every path."""

from __future__ import annotations

import random
from fractions import Fraction

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from strikeproof.sequencer.core.rounding import div_ceil
from strikeproof.sequencer.core.rules.pending import (
    Entry,
    Holder,
    Indices,
    SideIndices,
    pending,
    settled,
)
from strikeproof.wire.constants import (
    FACTOR_MIN,
    FACTOR_ONE,
    FRACTION,
    FUNDING_INDEX_MAX,
)
from tests.property.core.perpetual_market import Market, Trader

ACCOUNTS = 6

accounts = st.integers(0, ACCOUNTS - 1)
lot_counts = st.integers(1, 2**20)
prices = st.integers(200_000, 320_000)
index_changes = st.integers(-(2**50), 2**50)


class PerpetualMachine(RuleBasedStateMachine):
    """Trades, funding, takeovers, deleveragings in any order; entries settle when they are met."""

    def __init__(self) -> None:
        super().__init__()
        self.market = Market([Trader(cash=10**12) for _ in range(ACCOUNTS)])
        self.cash = self.market.total_cash()

    @rule(buyer=accounts, seller=accounts, lots=lot_counts, price=prices)
    def trade(self, buyer: int, seller: int, lots: int, price: int) -> None:
        if buyer != seller:
            self.market.trade(buyer, seller, lots, price)

    @rule(account=accounts, lots=lot_counts, price=prices)
    def take_over(self, account: int, lots: int, price: int) -> None:
        self.market.take_over(account, lots, price)

    @rule(change=index_changes)
    def fund(self, change: int) -> None:
        if abs(self.market.indices.funding_index + change) <= FUNDING_INDEX_MAX:
            self.market.fund(change)

    @rule(price=prices)
    def reprice(self, price: int) -> None:
        self.market.mark = price

    @precondition(lambda self: self.market.house.effective_lots)
    @rule()
    def deleverage(self) -> None:
        self.market.deleverage()

    @rule(account=accounts)
    def settle(self, account: int) -> None:
        before = self.market.equity(account)
        self.market.settle(account)
        assert self.market.equity(account) == before
        assert self.market.view(account).cash == 0 == self.market.view(account).closed_lots

    @invariant()
    def no_micro_dollar_and_no_lot_is_lost(self) -> None:
        assert self.market.total_cash() == self.cash
        assert self.market.total_lots() == 0

    @invariant()
    def interests_are_not_negative(self) -> None:
        house = self.market.house
        assert house.long_interest >= 0 <= house.short_interest

    def teardown(self) -> None:
        market = self.market
        market.settle_all()
        lots, cash = market.ledger_differences()
        lots_most, cash_most = market.bounds()
        assert abs(lots) <= lots_most
        assert abs(cash) <= cash_most
        self.no_micro_dollar_and_no_lot_is_lost()


TestPerpetual = PerpetualMachine.TestCase
TestPerpetual.settings = settings(max_examples=60, stateful_step_count=30)


def test_shares_of_two_thousand_holders_add_up_and_ledgers_meet() -> None:
    """Simulated before it was built: −38 to +36 lots of drift where rounding is not booked."""
    chance = random.Random(2_000)
    market = Market([Trader() for _ in range(2_001)])
    for account in range(2_000):
        market.trade(2_000, account, chance.randint(1, 500), 260_000)
    cash = market.total_cash()
    for _ in range(12):
        market.fund(chance.randint(-(2**48), 2**48))
        market.mark = chance.randint(200_000, 320_000)
        for account in chance.sample(range(2_000), 100):
            market.trade(2_000, account, chance.randint(1, 500), market.mark)
        held = market.traders[2_000].entry.size
        market.take_over(2_000, held // 3, market.mark)  # the house gets longs: shorts oppose it
        assert market.deleverage() > 0
        for account in chance.sample(range(2_000), 200):
            market.settle(account)
        assert (market.total_cash(), market.total_lots()) == (cash, 0)
    market.settle_all()
    lots, money = market.ledger_differences()
    lots_most, money_most = market.bounds()
    assert abs(lots) <= lots_most < FRACTION // 100_000
    assert abs(money) <= money_most
    assert (market.total_cash(), market.total_lots()) == (cash, 0)


def test_a_full_deleveraging_leaves_the_house_a_few_lots() -> None:
    chance = random.Random(15)
    market = Market([Trader() for _ in range(2_002)])
    for account in range(2_000):
        market.trade(2_000, account, chance.randint(1, 500), 260_000)
    shorts = market.house.short_interest // FRACTION
    market.take_over(2_000, shorts // 2, 260_000)
    assert market.deleverage() == shorts // 2
    assert market.house.effective_lots == 0
    market.settle_all()
    assert abs(market.house.lots) < 100  # each holder's fraction of a lot is kept or not by chance


@given(
    size=st.integers(-(2**40), 2**40),
    factors=st.tuples(st.integers(FACTOR_MIN, FACTOR_ONE), st.integers(FACTOR_MIN, FACTOR_ONE)),
    funding=st.tuples(
        st.integers(-FUNDING_INDEX_MAX, FUNDING_INDEX_MAX),
        st.integers(-FUNDING_INDEX_MAX, FUNDING_INDEX_MAX),
    ),
    price=st.integers(1, 2**32 - 1),
    account=st.integers(1, 2**22 - 1),
)
def test_nobody_receives_more_or_pays_less_than_exactly(
    size: int, factors: tuple[int, int], funding: tuple[int, int], price: int, account: int
) -> None:
    assume(size)
    before, after = max(factors), min(factors)
    snap, index = funding
    sign = 1 if size > 0 else -1
    adl = (before - after) * sign * (price * 100) - div_ceil(
        (before - after) * sign * index, FRACTION
    )
    side = SideIndices(after, adl, 77)
    indices = Indices(index, side, side)
    due = pending(Entry(size, before, snap, 0), indices, Holder(account, 1))
    kept, closed = abs(due.size), due.closed_lots
    assert kept + closed == abs(size)
    assert abs(kept - Fraction(abs(size) * after, before)) < 1
    exact = -sign * kept * Fraction(index - snap, FRACTION)
    if before != after:
        exact += closed * (sign * price * 100 - sign * Fraction(index - snap, FRACTION))
    assert exact - 4 < due.cash <= exact
    assert abs(adl) < 2**127
    assert abs(due.cash) < 2**126


@given(
    sizes=st.lists(st.integers(1, 1_000), min_size=30, max_size=60),
    after=st.integers(FACTOR_MIN, FACTOR_ONE - 1),
    time=st.integers(0, 2**48 - 1),
)
@settings(max_examples=30)
def test_a_fraction_of_a_lot_is_kept_with_its_own_probability(
    sizes: list[int], after: int, time: int
) -> None:
    indices = Indices(0, SideIndices(after, 0, time), SideIndices(after, 0, time))
    kept = sum(
        pending(settled(size, Indices()), indices, Holder(account, 1)).size
        for account, size in enumerate(sizes)
    )
    exact = Fraction(sum(sizes) * after, FACTOR_ONE)
    assert abs(kept - exact) < 6 * len(sizes) ** 0.5  # 12 deviations of at most half a lot


@given(
    size=st.integers(-(2**30), 2**30).filter(bool),
    steps=st.lists(st.integers(-(2**40), 2**40), min_size=1, max_size=60),
)
def test_touching_a_position_often_gains_nothing(size: int, steps: list[int]) -> None:
    """Each touch rounds against the toucher, by less than a micro-dollar."""
    once = pending(settled(size, Indices()), Indices(sum(steps)), Holder(1, 1)).cash
    indices, often = Indices(), 0
    for step in steps:
        moved = Indices(indices.funding_index + step)
        often += pending(settled(size, indices), moved, Holder(1, 1)).cash
        indices = moved
    assert once - len(steps) < often <= once


def test_splitting_into_a_thousand_accounts_changes_nothing_on_average() -> None:
    after = FACTOR_ONE - FACTOR_ONE // 3
    kept = 0
    for time in range(40):
        side = SideIndices(after, 0, time)
        indices = Indices(0, side, side)
        kept += sum(
            pending(settled(1, Indices()), indices, Holder(account, 1)).size
            for account in range(1_000)
        )
    exact = Fraction(40_000 * after, FACTOR_ONE)
    assert abs(kept - exact) < 600  # six deviations: √(40,000 × 2/9) = 94


def test_the_worst_indices_stay_within_their_fields() -> None:
    """|K| < 2^127: the factor falls by less than 2^63 in all, a lot's price and funding bound K."""
    greatest_price = (2**32 - 1) * (2**24 - 1)
    greatest = FACTOR_ONE * (greatest_price + FUNDING_INDEX_MAX // FRACTION + 1) + FACTOR_ONE
    assert greatest < 2**127
    # And the products of a settlement stay within 256 bits.
    lots = 2**40
    assert lots * 2 * greatest < 2**255
    assert lots * FACTOR_ONE * FRACTION < 2**255
    assert (
        2 * FRACTION * FACTOR_ONE * (FUNDING_INDEX_MAX + 2**127 // FACTOR_ONE * FRACTION) < 2**255
    )
