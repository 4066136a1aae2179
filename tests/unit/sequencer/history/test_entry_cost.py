"""What a position cost, and at which mark it ends."""

from __future__ import annotations

from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from strikeproof.sequencer.api.account_message import liquidation_price
from strikeproof.sequencer.core.state_view import AccountView, InstrumentView, PositionView
from strikeproof.sequencer.history.entry_cost import COST_SCALE, FLAT, EntryCost, entry_of
from strikeproof.wire.constants import PPM

FILLS = st.lists(st.tuples(st.integers(-50, 50).filter(bool), st.integers(1, 1_000)), max_size=30)


def test_the_price_is_the_average_of_what_opened_the_position() -> None:
    assert entry_of([(10, 100), (30, 200)]) == EntryCost(40, 7_000 * COST_SCALE)
    assert entry_of([(10, 100), (30, 200), (-20, 999)]) == EntryCost(20, 3_500 * COST_SCALE)
    assert entry_of([(10, 100), (-10, 120)]) == FLAT
    assert entry_of([(10, 100), (-30, 120)]) == EntryCost(-20, 2_400 * COST_SCALE)
    assert entry_of([(-5, 100), (2, 90)]) == EntryCost(-3, 300 * COST_SCALE)


@given(FILLS)
def test_size_is_the_sum_and_the_price_lies_between_the_fills(
    fills: list[tuple[int, int]],
) -> None:
    entry = entry_of(fills)
    assert entry.size == sum(change for change, _ in fills)
    if entry.size:
        prices = [price for _, price in fills]
        per_lot = entry.cost / abs(entry.size) / COST_SCALE
        assert min(prices) - 0.001 <= per_lot <= max(prices)
    else:
        assert entry.cost == 0


def views(size: int, mark: int, ppm: int, spare: int) -> tuple[AccountView, PositionView, Any]:
    """Return an account with one position and `spare` micro-USD above its maintenance margin."""
    tick_value = 1_000
    maintenance = -(-abs(size) * mark * tick_value * ppm // PPM)
    instrument = InstrumentView(
        1,
        "X",
        1,
        1,
        1,
        tick_value,
        10**8,
        2 * ppm,
        ppm,
        0,
        0,
        10**5,
        0,
        mark,
        mark,
        *(0, 0, None),
        *[0] * 6,
    )
    position = PositionView(1, size, size, 0, 0, 0, mark, size * mark * tick_value, 0)
    equity = maintenance + spare
    account = AccountView(1, b"", 0, 0, equity, 0, maintenance, False, 0, b"", 0, (position,))
    return account, position, instrument


@given(
    st.integers(-1_000, 1_000).filter(bool),
    st.integers(100, 100_000),
    st.integers(1_000, 500_000),
    st.integers(0, 10**9),
)
def test_at_the_liquidation_price_equity_meets_maintenance(
    size: int, mark: int, ppm: int, spare: int
) -> None:
    account, position, instrument = views(size, mark, ppm, spare)
    found = liquidation_price(account, position, instrument)
    assume(found)

    def spare_at(price: int) -> int:
        equity = account.equity + size * instrument.tick_value * (price - mark)
        return equity - -(-abs(size) * price * instrument.tick_value * ppm // PPM)

    worse = -1 if size > 0 else 1
    assert spare_at(found) >= -1  # maintenance is rounded up
    assert spare_at(found + worse) < 0
    assert (found - mark) * worse >= 0


def test_who_cannot_lose_enough_has_none() -> None:
    account, position, instrument = views(10, 1_000, 25_000, 10**12)
    assert liquidation_price(account, position, instrument) == 0
