"""Pressure says what positions lose: by price, funding, deleveraging, and a governed fraction."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from random import Random

import pytest

from strikeproof.sequencer.core import margin
from strikeproof.sequencer.core.account import Account
from strikeproof.sequencer.core.mark import Mark
from strikeproof.sequencer.core.rules.deleveraging import apply, deleverage
from strikeproof.sequencer.core.rules.house import House, MarkValue
from strikeproof.sequencer.core.rules.liquidation_pressure import SCALE, least_room, pressure
from strikeproof.sequencer.core.underlying import Underlying
from strikeproof.wire.constants import FRACTION, InstrumentKind


def position_of(random: Random) -> tuple[Account, Mark]:
    """Return an account with one settled position, and its mark."""
    underlying = Underlying(1, bytes(16))
    mark = Mark(
        1,
        InstrumentKind.PERPETUAL,
        underlying,
        tick_value=random.randint(1, 1_000),
        index_per_tick=1,
        initial_margin_ppm=100_000,
        maintenance_margin_ppm=random.randint(1_000, 100_000),
    )
    mark.follow(random.randint(1_000, 10**7))
    account = Account(7, bytes(20))
    size = random.randint(1, 10**6) * random.choice((-1, 1))
    account.append_position(mark).trade_to(size)
    account.collateral = random.randint(-(10**12), 10**15)
    return account, mark


def surplus(account: Account) -> int:
    return margin.equity(account) - margin.maintenance(account)


def shake(mark: Mark, random: Random) -> None:
    """Change all but the factors."""
    moved = random.randint(-mark.notional, mark.notional) * FRACTION // 50
    mark.follow(max(1, mark.price * random.randint(900, 1_100) // 1_000))
    mark.set_indices(mark.indices.with_funding(mark.indices.funding_index + moved))
    mark.set_margins(100_000, random.randint(1_000, 100_000))


@pytest.mark.parametrize("seed", range(200))
def test_what_a_position_loses_is_its_share_of_the_rise(seed: int) -> None:
    random = Random(seed)
    account, mark = position_of(random)
    sign = 1 if account.positions[0].size > 0 else -1
    before, was = surplus(account), pressure(mark, sign)
    lots = abs(account.positions[0].view_size)
    for _ in range(10):
        shake(mark, random)
        side = mark.indices.side(sign)
        lost = Fraction(lots * (pressure(mark, sign) - was), side.factor * SCALE)
        assert abs(before - lost - surplus(account)) <= 2
        rise = pressure(mark, sign) - was
        room = least_room(before, 1, lots * mark.notional, mark, sign)
        assert room >= 0
        if surplus(account) < 0 <= before:
            assert rise > 0


@pytest.mark.parametrize("seed", range(100))
def test_a_deleveraging_moves_a_position_by_its_share_but_for_a_lot(seed: int) -> None:
    random = Random(seed)
    account, mark = position_of(random)
    position = account.positions[0]
    sign = 1 if position.size > 0 else -1
    held = abs(position.size) * random.randint(1, 50) * FRACTION
    house = House(effective_cash=random.randint(-(10**14), 10**12))
    if sign > 0:
        house.long_interest = held
        house.short_interest = held * random.randint(0, 90) // 100
    else:
        house.short_interest = held
        house.long_interest = held * random.randint(0, 90) // 100
    before, was, factor = surplus(account), pressure(mark, sign), mark.indices.side(sign).factor
    lots = abs(position.size)
    value = MarkValue(mark.price, mark.tick_value)
    found = deleverage(house, replace(mark.indices), value, 100_000, 1_000)
    assert found is not None
    assert found.sign == sign
    mark.set_indices(apply(found, house, mark.indices, mark.tick_value))
    lost = Fraction(lots * (pressure(mark, sign) - was), factor * SCALE)
    assert abs(before - lost - surplus(account)) <= 2 * mark.notional + 4
