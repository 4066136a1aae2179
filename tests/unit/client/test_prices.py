"""Prices are exact, or refused with both neighbours, or rounded where they are shown."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strikeproof.client import FieldInvalid, Instrument, PriceOffGrid, Rounding
from strikeproof.wire import market_pb2

TERMS = Instrument.of_message(
    market_pb2.Instrument(
        instrument=1, symbol="BTC", status=1, tick_value=5_000, index_per_tick=5 * 10**8
    )
)


@given(st.integers(1, 2**32 - 1))
def test_every_tick_comes_back(ticks: int) -> None:
    price = TERMS.price_usd(ticks)
    assert TERMS.ticks(price) == TERMS.ticks(f"{price:f}") == ticks


@pytest.mark.parametrize(
    ("price", "below", "above"), [("0.3", "0", "0.5"), ("100.06", "100", "100.5")]
)
def test_between_two_ticks_both_are_named(price: str, below: str, above: str) -> None:
    with pytest.raises(PriceOffGrid, match=f"{below} and {above} USD"):
        TERMS.ticks(price)
    assert TERMS.ticks(price, Rounding.UP) == int(Decimal(above) * 2)
    with pytest.raises(PriceOffGrid):
        TERMS.ticks("0.3", Rounding.DOWN)  # there is nothing below
    assert TERMS.ticks("100.06", Rounding.never_worse(sell=False)) == 200
    assert TERMS.ticks("100.06", Rounding.never_worse(sell=True)) == 201


@pytest.mark.parametrize(
    "price",
    [
        *(
            "abc",
            "-1",
            "0",
            "nan",
            "inf",
            "1e400",
            "1e18",
            "1_000",
            "٣",
            "",
            "9" * 5000,
            " 1",
            "1.",
        ),
        *(-1, 0.5, True, None, Decimal("NaN"), Decimal("Infinity"), Decimal(-1), 2**500),
    ],
    ids=repr,
)
def test_what_is_no_price_is_refused(price: object) -> None:
    with pytest.raises(FieldInvalid, match="price"):
        TERMS.ticks(price)  # type: ignore[arg-type]


def test_a_lot_is_reported_in_the_underlying() -> None:
    assert TERMS.lot_size == Decimal("0.01")  # 5,000 micro-USD a tick of 0.5 USD
