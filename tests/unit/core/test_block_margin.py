"""BlockTrade: the margin of both parties, once behind all legs (block-trades.md)."""

from __future__ import annotations

from strikeproof.wire.errors import Result
from tests.unit.core.blocks import (
    BUY,
    SELL,
    Leg,
    block,
)
from tests.unit.core.option_venue import CALL, PUT, OptionVenue
from tests.unit.core.scripted_venue import USD, ScriptedVenue

MARK = 300_000
A_LOT = 30 * USD  # at the mark
BAND = 30_000  # ticks


def collateral(venue: ScriptedVenue, account: int) -> int:
    view = venue.engine.account(account)
    assert view is not None
    return view.collateral


def set_collateral(venue: ScriptedVenue, account: int, value: int) -> None:
    """Give an account another collateral, behind everybody's back."""
    venue.engine._state.accounts[account].collateral = value


def test_both_answer_to_initial_margin_to_the_last_unit():
    for poor, name in ((1, "submitter"), (2, "counterparty")):
        for missing in (0, 1):
            venue = ScriptedVenue(accounts=2)
            fee = A_LOT * 500 // 10**6
            set_collateral(venue, poor, A_LOT // 10 + fee - missing)
            code = block(venue, 1, 2, (1, BUY, MARK, 1))
            assert code == (Result.MARGIN_INSUFFICIENT if missing else Result.OK), name


def test_margin_is_tested_once_behind_all_legs():
    """A leg that its account cannot carry alone, before the one that frees the margin for it."""
    legs: tuple[Leg, Leg] = (1, BUY, MARK, 10), (2, SELL, MARK, 10)
    for held in ((), legs[1:]):
        venue = ScriptedVenue(accounts=2)
        venue.list_instrument()
        block(venue, 1, 2, (2, BUY, MARK, 10))
        free = 10 * A_LOT // 10 - 10 * A_LOT  # the margin of ten lots, and what they cost
        set_collateral(venue, 1, free + 3 * 10 * A_LOT * 500 // 10**6)
        code = block(venue, 1, 2, legs[0], *held)
        assert code == (Result.OK if held else Result.MARGIN_INSUFFICIENT)


def test_an_account_below_initial_margin_may_shrink_if_it_is_no_worse_off():
    venue = ScriptedVenue(accounts=2)
    block(venue, 1, 2, (1, BUY, MARK, 100))
    debt = collateral(venue, 1)
    equity = 100 * A_LOT * 6 // 100  # between maintenance, 5 %, and initial margin, 10 %
    set_collateral(venue, 1, debt + equity - (debt + 100 * A_LOT))
    assert block(venue, 1, 2, (1, BUY, MARK, 1)) == Result.MARGIN_INSUFFICIENT
    # A present that makes it better off, but grows the position.
    assert block(venue, 1, 2, (1, BUY, MARK - BAND, 1)) == Result.MARGIN_INSUFFICIENT
    assert block(venue, 1, 2, (1, SELL, MARK - BAND, 50)) == Result.MARGIN_INSUFFICIENT
    assert block(venue, 2, 1, (1, BUY, MARK - BAND, 50)) == Result.MARGIN_INSUFFICIENT
    assert block(venue, 1, 2, (1, SELL, MARK, 50)) == Result.OK
    assert venue.sizes() == {1: 50, 2: -50}


def test_money_cannot_be_moved_out_of_an_account_that_is_to_be_liquidated():
    """Attack 53: by a leg at the band's edge to the owner's other account. It keeps what its
    positions need, whichever of the two submits, and however the legs are mixed."""
    venue = ScriptedVenue(accounts=0)
    for _ in range(2):
        venue.deposit(venue.register(owner=1), 10**6 * USD)
    venue.list_instrument()
    block(venue, 1, 2, (1, BUY, MARK, 100))
    set_collateral(venue, 1, -100 * A_LOT + 100 * A_LOT * 4 // 100)  # equity 4 %, below 5 %
    gift: Leg = (2, BUY, MARK + BAND, 10)  # into a new position, at a loss
    assert block(venue, 1, 2, gift) == Result.MARGIN_INSUFFICIENT
    assert block(venue, 2, 1, (2, SELL, MARK + BAND, 10)) == Result.MARGIN_INSUFFICIENT
    assert block(venue, 1, 2, (1, SELL, MARK - BAND, 100)) == Result.MARGIN_INSUFFICIENT
    assert block(venue, 1, 2, (1, SELL, MARK - BAND, 50), gift) == Result.MARGIN_INSUFFICIENT
    # A lot's loss and its fee are at most the share E / M = 4 / 5 of the 5 % that it frees.
    assert block(venue, 1, 2, (1, SELL, 288_144, 50)) == Result.MARGIN_INSUFFICIENT
    assert block(venue, 1, 2, (1, SELL, 288_145, 50)) == Result.OK


def test_an_overdue_option_admits_shrinking_alone():
    venue = OptionVenue(accounts=2)
    venue.fresh()
    price = venue.mark(CALL).price
    assert block(venue, 1, 2, (CALL, BUY, price, 10), (PUT, SELL, price, 10)) == Result.OK
    venue.now += 59_000
    venue.price(60_000 * 10**9)
    venue.now += 2_000
    assert venue.mark(CALL).is_overdue(venue.now)
    assert block(venue, 1, 2, (CALL, BUY, price, 1)) == Result.GAP_TOO_WIDE
    assert block(venue, 1, 2, (CALL, SELL, price, 10)) == Result.OK


def test_the_sum_of_positions_and_the_money_stay():
    venue = ScriptedVenue(accounts=3)
    venue.list_instrument()
    for legs in (
        ((1, BUY, MARK + 7, 9), (2, SELL, MARK - 7, 4)),
        ((1, SELL, MARK - 11, 20), (2, BUY, MARK + 3, 4)),
    ):
        assert block(venue, 1, 2, *legs) == Result.OK
        assert block(venue, 3, 1, *legs) == Result.OK
    record = venue.engine._state.venue
    money = sum(collateral(venue, each) for each in (1, 2, 3))
    houses = sum(each.house.cash for each in venue.engine._state.instruments[1:])
    assert money + houses + record.fee_pool + record.insurance_fund == 3 * 10**6 * USD
    assert sum(venue.sizes(1).values()) == sum(venue.sizes(2).values()) == 0
