"""Volatilities as ticks and back: never worse than asked, exact refusals outside the domain."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from math import erf, exp, log, sqrt
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from strikeproof.client.op_check import FieldInvalid
from strikeproof.client.volatility_quote import (
    OptionMoment,
    ticks_of_volatility,
    volatility_of_ticks,
)

NANO = 10**9
OPTION = OptionMoment(60_000 * NANO, True, 5 * 10**8, 60_240 * NANO, 30 * 86_400, 48_000)


def black76(option: OptionMoment, volatility: float) -> float:
    """The formula in floats, USD: an oracle that shares no code with the kernel."""
    years = option.seconds / (365 * 86_400)
    forward, strike = option.forward_nano_usd / NANO, option.strike_nano_usd / NANO
    deviation = volatility * sqrt(years)
    d1 = log(forward / strike) / deviation + deviation / 2
    call = forward * _normal(d1) - strike * _normal(d1 - deviation)
    discount = exp(-option.rate_ppm / 10**6 * years)
    return discount * (call if option.is_call else call - forward + strike)


def _normal(x: float) -> float:
    return (1 + erf(x / sqrt(2))) / 2


@pytest.mark.parametrize("is_call", [True, False])
@pytest.mark.parametrize("strike", [40_000, 60_000, 60_240, 75_000])
def test_price_is_black_76_to_the_tick_on_the_quoters_side(is_call: bool, strike: int) -> None:
    option = replace(OPTION, is_call=is_call, strike_nano_usd=strike * NANO)
    exact = black76(option, 0.52) / 0.5
    buy, sell = (ticks_of_volatility(option, "0.52", sell=each) for each in (False, True))
    assert buy <= exact + 1e-6 and sell >= exact - 1e-6
    assert (buy, sell) == (int(exact), int(exact) + 1)


@given(
    st.decimals("0.05", "3", places=6),
    st.integers(45_000, 80_000),
    st.booleans(),
    st.integers(86_400, 300 * 86_400),
)
def test_back_and_forth_is_never_worse(
    volatility: Decimal, strike: int, is_call: bool, seconds: int
) -> None:
    option = replace(OPTION, is_call=is_call, strike_nano_usd=strike * NANO, seconds=seconds)
    try:
        buy = ticks_of_volatility(option, volatility, sell=False)
        sell = ticks_of_volatility(option, volatility, sell=True)
        found = [volatility_of_ticks(option, each) for each in (buy, sell)]
    except FieldInvalid:
        assume(False)
        raise
    (low, low_error), (high, high_error) = found
    assert 0 <= sell - buy <= 1
    assert low - low_error <= volatility <= high + high_error


@pytest.mark.parametrize(
    "volatility", [0, "0", "-1", "nan", "inf", "x", "", 0.5, True, None, "1e3", 1_001, "1" * 41]
)
def test_what_is_no_volatility_is_refused(volatility: Any) -> None:
    with pytest.raises(FieldInvalid, match="volatility"):
        ticks_of_volatility(OPTION, volatility, sell=False)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("strike_nano_usd", 0),
        ("strike_nano_usd", -1),
        ("strike_nano_usd", 2**64),
        ("forward_nano_usd", 0),
        ("forward_nano_usd", 1.5),
        ("index_per_tick", 0),
        ("seconds", 0),
        ("seconds", -5),
        ("seconds", 2**40),
        ("rate_ppm", 2**31),
        ("rate_ppm", 10**9),
    ],
)
def test_moment_outside_its_domain_is_refused_by_its_field(field: str, value: Any) -> None:
    moment = replace(OPTION, **{field: value})
    with pytest.raises(FieldInvalid, match=field):
        ticks_of_volatility(moment, "0.5", sell=True)
    with pytest.raises(FieldInvalid, match=field):
        volatility_of_ticks(moment, 1_000)


def test_price_below_a_tick_is_a_sellers_one_and_no_buyers() -> None:
    far = replace(OPTION, strike_nano_usd=65_000 * NANO, seconds=86_400)
    assert ticks_of_volatility(far, "0.3", sell=True) == 1
    with pytest.raises(FieldInvalid, match=r"is worth 0\.0\d+ USD, 0 ticks"):
        ticks_of_volatility(far, "0.3", sell=False)


def test_price_above_all_books_is_refused() -> None:
    with pytest.raises(FieldInvalid, match="ticks: an order has 1 to"):
        ticks_of_volatility(replace(OPTION, index_per_tick=1), "0.5", sell=False)


@pytest.mark.parametrize("ticks", [0, -1, 2**32, 1.5, "7"])
def test_what_is_no_tick_is_refused(ticks: Any) -> None:
    with pytest.raises(FieldInvalid, match="ticks"):
        volatility_of_ticks(OPTION, ticks)


def test_price_that_no_volatility_gives_says_why() -> None:
    deep = replace(OPTION, strike_nano_usd=30_000 * NANO)
    with pytest.raises(FieldInvalid, match="below the discounted intrinsic value"):
        volatility_of_ticks(deep, 1_000)
    with pytest.raises(FieldInvalid, match="at most"):
        volatility_of_ticks(OPTION, 2 * 61_000)
