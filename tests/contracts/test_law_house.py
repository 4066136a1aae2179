"""The house: what the fund lends it, and what no play of it creates or destroys
(docs/protocol/liquidation.md; attack 51)."""

from __future__ import annotations

import random

import pytest

from strikeproof.wire import constants as c
from strikeproof.wire.errors import Result
from tests.contracts.housed_world import (
    DAY,
    DELEVERAGE,
    UNIT,
    ceil,
    conserved,
    housed,
    mark,
    run,
    set_globals,
    set_instrument_fields,
)
from tests.contracts.law_world import (
    ALICE,
    BOB,
    CAROL,
    DOLLAR,
    GTC,
    IOC,
    MARK,
    SELL,
    place,
)


def test_loan_comes_before_anybody_is_closed() -> None:
    """As far as the day's shares of the fund go; the rest is deleveraged."""
    for fund, loan in ((10**9, 10**7), (40 * DOLLAR, 4 * DOLLAR)):
        world = housed(True, cash=0)
        missing = ceil(30 * UNIT * 50_000, c.PPM)  # 7.5 USD
        set_globals(world, insurance_fund=fund)
        loan = min(missing, fund // 10)
        custody = world.custody()
        assert run(world, DELEVERAGE) == Result.OK
        found = world.globals()
        repaid = 0 if loan == missing else loan  # flat afterwards, with the loan as its equity
        assert found["insurance_fund"] == fund - loan + repaid
        assert (found["fund_day_start"], found["lent_today"]) == (fund, loan)
        assert found["day"] == world.now // DAY
        assert world.instrument()["loan"] == loan - repaid
        assert world.instrument()["lent_today"] == loan
        assert world.custody() == custody
        closed = mark(world)["short_factor"] != c.FACTOR_ONE
        assert closed == (loan < missing)


def test_day_of_loans_never_comes_back() -> None:
    """A message is judged at its own time: one of yesterday lends from what is left of today, and
    does not begin yesterday again."""
    world = housed(True, cash=0)
    midnight = (world.now // DAY + 1) * DAY
    world.now = midnight + 10
    world.set_price(MARK / 10, publish_time_ms=midnight - 5)
    today = {"day": midnight // DAY, "fund_day_start": 10 * DOLLAR, "lent_today": 3 * DOLLAR}
    set_globals(world, insurance_fund=7 * DOLLAR, **today)
    set_instrument_fields(world, lent_day=midnight // DAY, lent_today=DOLLAR)
    assert world.message(3, DELEVERAGE, time=midnight - 1) == b"\0"
    found = world.globals()
    assert {name: found[name] for name in today} == today
    assert (world.instrument()["lent_day"], world.instrument()["lent_today"]) == (
        midnight // DAY,
        DOLLAR,
    )
    assert world.instrument()["loan"] == 0


@pytest.mark.parametrize("seed", range(3))
def test_random_houses_conserve(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(6):
        world = housed(rng.random() < 0.5, rng.randrange(1, 50), rng.randrange(-9, 3) * DOLLAR)
        set_globals(world, insurance_fund=rng.choice([0, 5 * DOLLAR, 10**9]))
        before = conserved(world)
        for _ in range(3):
            world.set_price(MARK * rng.randrange(95, 106) / 1000)
            run(world, DELEVERAGE)
            assert conserved(world) == before
        for account in rng.sample([ALICE, BOB, CAROL], 3):
            world.act(BOB, place(1, GTC, MARK, 1))
            world.act(account, place(1, IOC | SELL, MARK - 900, 1))
            assert conserved(world) == before


@pytest.mark.parametrize("long", [True, False])
def test_interest_that_roundings_took_less_than_a_lot_of_ends_at_nothing(long: bool) -> None:
    """Else it would wrap around, and the house would seem to hold more lots than there are."""
    world = housed(long, lots=0, cash=DOLLAR, others=40)
    sides = [f"{side}_interest" for side in ("long", "short")]
    set_instrument_fields(world, **dict.fromkeys(sides, 20 * c.FRACTION - 1))
    side = 0 if long else SELL
    world.act(BOB, place(1, GTC | side ^ SELL, MARK, 20))
    size = world.account(CAROL).positions[1]["size"]
    assert abs(size) == 20
    assert world.act(CAROL, place(1, IOC | side, MARK, 20)) == [Result.OK]
    assert world.account(CAROL).positions == {}
    assert [world.instrument()[name] for name in sides] == [0, 0]
