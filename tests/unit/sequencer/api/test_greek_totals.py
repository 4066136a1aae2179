"""Greeks of positions, expiries and accounts: by hand, by a formula of its own, and their sums."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from math import erf, exp, log, pi, sqrt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strikeproof.sequencer.api.account_message import account_message
from strikeproof.sequencer.api.decimal_text import decimal_text
from strikeproof.sequencer.api.greek_totals import (
    GreekAmounts,
    HeldGreeks,
    held_greeks,
    underlying_totals,
)
from strikeproof.sequencer.core.expiry import SviSurface
from strikeproof.sequencer.core.state_view import ExpiryView, InstrumentView, OptionView
from strikeproof.wire.constants import OPTION_STALE_MS, PPB
from strikeproof.wire.errors import Result
from strikeproof.wire.venue_pb2 import (
    GREEKS_BASIS_CURRENT,
    GREEKS_BASIS_OVERDUE,
    GREEKS_BASIS_SETTLED,
    GREEKS_BASIS_UNPRICED,
    Account,
)
from tests.unit.core.option_venue import CALL, EXPIRY_MS, NANO, PUT, OptionVenue

NOW = 1_000_000
EXPIRY = ExpiryView(7, 1, 10**12, PPB, 0, 0, 0, 0, 0, 0, 0, SviSurface())
OPTION = OptionView(
    strike=61_000,
    forward=60_000,
    priced_forward=60_000,
    priced_ms=NOW,
    delta=2**29,  # 0.5
    gamma=3 << 16,  # 3 while the forward doubles: 0.00005 a USD
    vega=2**20,  # 0.25 of the forward while volatility rises by 1: 150 USD a point
    theta=-(2**18),  # 60,000 / 1,024 = 58.59375 USD a day
)


def instrument(
    number: int = 1,
    underlying: int = 1,
    expiry: ExpiryView | None = None,
    option: OptionView | None = None,
    index_ppb: int = PPB,
    tick_value: int = 1_000,
    index_per_tick: int = NANO,
) -> InstrumentView:
    """Return one whose tick is 1 USD and whose lot is a thousandth of the underlying."""
    named: list[Any] = [number, "X", 1, 1, underlying, tick_value, index_per_tick]
    named += [*[0] * 10, expiry, *[0] * 6, option, index_ppb]
    return InstrumentView(*named)


def texts(amounts: GreekAmounts | None) -> list[str]:
    assert amounts is not None
    return [
        decimal_text(each, places) for each, places in zip(amounts, (12, 18, 9, 9), strict=True)
    ]


def test_perpetual_and_future_have_the_delta_of_what_follows_the_index() -> None:
    found = HeldGreeks.of_position(instrument(), 3, NOW)
    assert texts(found.amounts) == ["0.003", "0", "0", "0"]
    future = instrument(expiry=EXPIRY, index_ppb=1_002_000_000)
    found = HeldGreeks.of_position(future, -500, NOW)
    assert (texts(found.amounts)[0], found.basis) == ("-0.501", GREEKS_BASIS_CURRENT)
    odd = instrument(tick_value=1, index_per_tick=7_000)  # a seventh of the underlying
    assert texts(HeldGreeks.of_position(odd, 1, NOW).amounts)[0] == "0.142857142857"
    assert texts(HeldGreeks.of_position(odd, -1, NOW).amounts)[0] == "-0.142857142857"


def test_option_has_those_of_its_record_in_units_usd_points_and_days() -> None:
    call = instrument(expiry=EXPIRY, option=OPTION)
    found = HeldGreeks.of_position(call, 2_000, NOW)
    assert texts(found.amounts) == ["1", "0.0001", "300", "-117.1875"]
    assert texts(HeldGreeks.of_position(call, -500, NOW).amounts) == [
        "-0.25",
        "-0.000025",
        "-75",
        "29.296875",
    ]
    half = replace(call, index_ppb=PPB // 2)  # a quarter of an hour before the end
    assert texts(HeldGreeks.of_position(half, 2_000, NOW).amounts) == [
        "0.5",
        "0.000025",
        "300",
        "-117.1875",
    ]
    fine = replace(call, index_per_tick=NANO // 4, tick_value=250)  # a forward of 15,000 USD
    assert texts(HeldGreeks.of_position(fine, 2_000, NOW).amounts) == [
        "1",
        "0.0004",
        "75",
        "-29.296875",
    ]


@pytest.mark.parametrize(
    ("change", "later_ms", "basis", "delta"),
    [
        ({}, OPTION_STALE_MS, GREEKS_BASIS_CURRENT, "1"),
        ({}, OPTION_STALE_MS + 1, GREEKS_BASIS_OVERDUE, "1"),
        ({"forward": 60_300}, 0, GREEKS_BASIS_CURRENT, "1"),
        ({"forward": 60_301}, 0, GREEKS_BASIS_OVERDUE, "1"),
        ({"priced_ms": 0, "priced_forward": 0}, 0, GREEKS_BASIS_UNPRICED, None),
    ],
)
def test_old_and_missing_pricings_are_reported_as_such(
    change: dict[str, int], later_ms: int, basis: int, delta: str | None
) -> None:
    call = instrument(expiry=EXPIRY, option=replace(OPTION, **change))
    found = HeldGreeks.of_position(call, 2_000, NOW + later_ms)
    assert found.basis == basis
    assert (texts(found.amounts)[0] if found.amounts else None) == delta
    (total,) = underlying_totals([found])
    assert total.total.overdue == (basis == GREEKS_BASIS_OVERDUE)
    assert total.total.unpriced == (basis == GREEKS_BASIS_UNPRICED)


def test_settled_position_moves_with_nothing() -> None:
    for option in (None, OPTION):
        settled = instrument(expiry=EXPIRY, option=option, index_ppb=0)
        found = HeldGreeks.of_position(settled, 2_000, NOW)
        assert (found.basis, found.amounts) == (GREEKS_BASIS_SETTLED, GreekAmounts())


INSTRUMENTS = st.builds(
    instrument,
    underlying=st.integers(1, 3),
    expiry=st.none()
    | st.builds(replace, st.just(EXPIRY), expiry=st.integers(1, 4), expiry_ms=st.just(5)),
    option=st.none()
    | st.builds(
        OptionView,
        strike=st.just(1),
        forward=st.integers(0, 2**32 - 1),
        priced_forward=st.integers(1, 2**32 - 1),
        priced_ms=st.sampled_from([0, 1, NOW]),
        delta=st.integers(-(2**31), 2**31 - 1),
        gamma=st.integers(0, 2**32 - 1),
        vega=st.integers(0, 2**24 - 1),
        theta=st.integers(-(2**31), 2**31 - 1),
    ),
    index_ppb=st.sampled_from([0, 1, PPB, 2**32 - 1]),
    tick_value=st.integers(1, 2**24 - 1),
    index_per_tick=st.integers(1, 2**64 - 1),
)
LOTS = st.integers(-(2**47), 2**47).filter(bool)


@given(st.lists(st.tuples(INSTRUMENTS, LOTS), max_size=16))
def test_positions_sum_to_expiries_and_expiries_to_the_account(
    holdings: list[tuple[InstrumentView, int]],
) -> None:
    held = [HeldGreeks.of_position(terms, lots, NOW) for terms, lots in holdings]
    totals = underlying_totals(held)
    assert [each.underlying for each in totals] == sorted({x.underlying for x, _ in holdings})
    for each in totals:
        of_it = [x for x in held if x.instrument.underlying == each.underlying]
        summed = added(x.amounts for x in of_it if x.amounts)
        assert summed == each.total.amounts
        assert summed == added(x.total.amounts for x in each.expiries)
        counted = Counter(x.basis for x in of_it)
        for total in (each.total, *(x.total for x in each.expiries)):
            assert total.overdue <= counted[GREEKS_BASIS_OVERDUE]
        assert each.total.overdue == sum(x.total.overdue for x in each.expiries)
        assert each.total.unpriced == counted[GREEKS_BASIS_UNPRICED]
        assert each.total.unpriced == sum(x.total.unpriced for x in each.expiries)
        keys = [(x.expiry_ms, x.expiry) for x in each.expiries]
        assert keys == sorted(set(keys))
    opposite = [HeldGreeks.of_position(terms, -lots, NOW) for terms, lots in holdings]
    assert [[-x for x in each.amounts] if each.amounts else None for each in opposite] == [
        list(each.amounts) if each.amounts else None for each in held
    ]


def added(amounts: object) -> GreekAmounts:
    total = GreekAmounts()
    for each in amounts:  # type: ignore[attr-defined]
        total = total.plus(each)
    return total


def message(venue: OptionVenue, account: int, now_ms: int) -> Account:
    view = venue.engine.account(account)
    assert view is not None
    instruments = {each.instrument: each for each in venue.engine.instruments()}
    greeks = held_greeks(view, instruments, now_ms)
    return account_message(venue.engine, view, (), {}, greeks)


def black76(forward: float, strike: float, volatility: float, years: float) -> list[float]:
    """Return delta, gamma, vega of a point and theta of a day of a call, at a rate of 0."""
    deviation = volatility * sqrt(years)
    d1 = log(forward / strike) / deviation + deviation / 2
    bell = exp(-d1 * d1 / 2) / sqrt(2 * pi)
    delta = (1 + erf(d1 / sqrt(2))) / 2
    vega = forward * bell * sqrt(years)
    theta = -forward * bell * volatility / (2 * sqrt(years)) / 365
    return [delta, bell / (forward * deviation), vega / 100, theta]


def test_account_on_an_engine_has_the_greeks_of_black_76() -> None:
    venue = OptionVenue()
    venue.list_pair(strike=66_000)
    venue.fresh()
    assert venue.reprice(CALL + 2) == Result.OK
    flat = message(venue, 1, venue.now)
    assert not flat.positions and not flat.greeks
    for number, price, lots in ((CALL, 4_000, 2_000), (CALL + 2, 1_500, 500), (1, 60_000, 700)):
        assert venue.sell(1, price, lots, instrument=number) == Result.OK
        assert venue.buy(2, price, lots, instrument=number) == Result.OK
    found = message(venue, 2, venue.now)
    assert [each.greeks_basis for each in found.positions] == [GREEKS_BASIS_CURRENT] * 3
    (total,) = found.greeks
    perpetual, option = total.expiries
    assert (total.symbol, perpetual.expiry, option.expiry) == ("ETH", 0, 1)
    assert (perpetual.sum.greeks.delta, option.expiry_ms) == ("0.7", EXPIRY_MS)
    years = (EXPIRY_MS - venue.mark(CALL).pricing.priced_ms) / (365 * 86_400_000)
    volatility = sqrt(0.022225 / years)
    expected = [
        2 * one + 0.5 * other
        for one, other in zip(
            black76(60_000, 60_000, volatility, years),
            black76(60_000, 66_000, volatility, years),
            strict=True,
        )
    ]
    told = option.sum.greeks
    assert [
        float(each) for each in (told.delta, told.gamma, told.vega_usd, told.theta_usd)
    ] == pytest.approx(expected, rel=1e-4)
    assert Decimal(total.sum.greeks.delta) == Decimal(told.delta) + Decimal("0.7")
    short = message(venue, 1, venue.now)
    assert short.greeks[0].sum.greeks.vega_usd == f"-{told.vega_usd}"
    later = message(venue, 2, venue.now + OPTION_STALE_MS + 1)
    assert later.greeks[0].sum.overdue_positions == 2
    assert later.greeks[0].sum.greeks == total.sum.greeks


def test_entry_without_lots_has_no_greeks() -> None:
    venue = OptionVenue()
    venue.fresh()
    assert venue.buy(1, 100, 5, instrument=PUT) == Result.OK  # rests
    (entry,) = message(venue, 1, venue.now).positions
    assert not entry.HasField("greeks") and not entry.greeks_basis
    assert not message(venue, 1, venue.now).greeks
