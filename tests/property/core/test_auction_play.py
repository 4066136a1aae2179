"""Whatever is bid (attack 52): money and lots are conserved, no bid lowers the seller's equity /
maintenance or makes a debt, nothing that is refused leaves a trace."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strikeproof.sequencer.core.rules.auction import (
    auction_fee,
    discount_ppm,
    most_ppm,
    payment,
    sold_lots,
    suffices,
)
from strikeproof.wire.constants import (
    AUCTION_DISCOUNT_FIRST_PPM,
    AUCTION_DISCOUNT_LAST_PPM,
    AUCTION_DURATION_MS,
    CLOSE_TARGET_PPM,
    PPM,
)
from strikeproof.wire.errors import Result
from tests.unit.core.auction_play import play


@pytest.mark.parametrize("seed", range(12))
def test_random_auctions_keep_what_holds(seed: int) -> None:
    play(seed)


def test_plays_meet_bids_that_pass_and_such_as_do_not() -> None:
    codes: Counter[int] = Counter()
    for seed in range(20, 30):
        codes.update(play(seed).codes)
    assert codes[Result.OK] > 10
    assert {Result.NO_AUCTION, Result.MARGIN_INSUFFICIENT, Result.DISCOUNT_TOO_LOW} <= set(codes)


money = st.integers(1, 2**100)


@given(money, st.integers(350_000, PPM - 1), st.integers(0, 2 * AUCTION_DURATION_MS))
def test_greatest_fraction_is_within_the_whole_and_reaches_the_target(
    maintenance: int, ratio: int, running_ms: int
) -> None:
    equity = -(-maintenance * ratio // PPM)
    if equity >= maintenance:
        return
    assert suffices(equity, maintenance)
    discount = discount_ppm(running_ms)
    assert AUCTION_DISCOUNT_FIRST_PPM <= discount <= AUCTION_DISCOUNT_LAST_PPM
    most = most_ppm(equity, maintenance, discount)
    assert 90_000 < most < PPM
    # A portfolio that divides evenly.
    freed = maintenance * most // PPM
    left = equity - payment(freed, discount) - auction_fee(freed)
    target = CLOSE_TARGET_PPM * (maintenance - freed)
    assert left * PPM >= target - 2 * PPM * PPM
    assert left * maintenance >= equity * (maintenance - freed)


@given(st.integers(-(2**47), 2**47), st.integers(1, PPM - 1))
def test_some_of_each_position_stays(size: int, fraction: int) -> None:
    lots = sold_lots(size, fraction)
    assert abs(lots) <= abs(size)
    assert lots * size >= 0
    assert not size or abs(lots) < abs(size)


@given(money, money, st.integers(0, PPM))
def test_splitting_a_sale_is_never_paid_more(one: int, other: int, discount: int) -> None:
    assert payment(one, discount) + payment(other, discount) <= payment(one + other, discount)
