"""The calendar of expiries against the calendar itself, over leap days, month ends and weekends."""

from __future__ import annotations

from calendar import month_abbr
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strikeproof.operate.expiry_calendar import (
    Series,
    day_of_ms,
    expiry_ms_of,
    last_friday,
    next_expiries,
    series_of,
    symbol_day,
)

FRIDAY = 4
DAY_MS = 86_400_000
MOMENTS = st.integers(
    int(datetime(2024, 1, 1, tzinfo=UTC).timestamp()) * 1000,
    int(datetime(2099, 12, 31, tzinfo=UTC).timestamp()) * 1000,
)


def moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


@given(MOMENTS, st.sampled_from(Series), st.integers(1, 12))
def test_expiries_rise_are_at_eight_and_lie_after(after: int, series: Series, count: int) -> None:
    found = next_expiries(series, after, count)
    assert len(found) == count and found == sorted(set(found)) and found[0] > after
    assert all((moment(each).hour, each % 3_600_000) == (8, 0) for each in found)


@given(MOMENTS)
def test_none_is_skipped(after: int) -> None:
    dailies = next_expiries(Series.DAILY, after, 8)
    assert {b - a for a, b in pairwise(dailies)} == {DAY_MS}
    assert dailies[0] - after <= DAY_MS
    weeklies = next_expiries(Series.WEEKLY, after, 5)
    assert {b - a for a, b in pairwise(weeklies)} == {7 * DAY_MS}
    assert weeklies[0] - after <= 7 * DAY_MS
    months = [moment(each) for each in next_expiries(Series.MONTHLY, after, 13)]
    numbers = [12 * each.year + each.month for each in months]
    assert numbers == list(range(numbers[0], numbers[0] + 13)), "one of each month"
    quarters = [moment(each).month for each in next_expiries(Series.QUARTERLY, after, 4)]
    assert sorted(quarters) == [3, 6, 9, 12]


@given(MOMENTS)
def test_longer_series_lie_within_shorter_ones(after: int) -> None:
    for each in next_expiries(Series.MONTHLY, after, 6):
        day = day_of_ms(each)
        assert day.weekday() == FRIDAY
        assert (day + timedelta(days=7)).month != day.month, "no later Friday in its month"
        assert series_of(day) in (Series.MONTHLY, Series.QUARTERLY)
    for each in next_expiries(Series.QUARTERLY, after, 4):
        assert series_of(day_of_ms(each)) is Series.QUARTERLY


@given(st.dates(date(2024, 1, 1), date(2099, 12, 31)))
def test_day_and_time_are_each_others(day: date) -> None:
    assert day_of_ms(expiry_ms_of(day)) == day
    text = symbol_day(expiry_ms_of(day))
    assert (int(text[:2]), int(text[5:])) == (day.day, day.year % 100)
    assert text[2:5].title() == month_abbr[day.month]


@pytest.mark.parametrize(
    ("year", "month", "day"),
    [(2028, 2, 25), (2024, 2, 23), (2026, 2, 27), (2026, 7, 31), (2026, 12, 25), (2027, 1, 29)],
)
def test_last_fridays_that_are_known(year: int, month: int, day: int) -> None:
    assert last_friday(year, month) == date(year, month, day)


def test_leap_day_expires_and_one_is_the_last_friday_of_its_month() -> None:
    assert symbol_day(expiry_ms_of(date(2028, 2, 29))) == "29FEB28"
    before = expiry_ms_of(date(2028, 2, 28))
    assert [symbol_day(each) for each in next_expiries(Series.DAILY, before, 2)] == [
        "29FEB28",
        "01MAR28",
    ]
    assert last_friday(2036, 2) == date(2036, 2, 29)
    assert series_of(date(2036, 2, 29)) is Series.MONTHLY


def test_at_eight_itself_the_next_is_tomorrows() -> None:
    at = expiry_ms_of(date(2026, 11, 27))
    assert next_expiries(Series.DAILY, at - 1, 1) == [at]
    assert next_expiries(Series.DAILY, at, 1) == [at + DAY_MS]
