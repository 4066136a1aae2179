"""When instruments expire: dailies, weeklies, monthlies, quarterlies, all at 08:00 UTC. Pure.

A weekly is a Friday, a monthly the last Friday of its month, a quarterly that of March, June,
September or December: as at the venues that quotes come from.
"""

from __future__ import annotations

from calendar import FRIDAY, monthrange
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import islice
from typing import Final

HOUR_UTC: Final = 8
QUARTER_MONTHS: Final = (3, 6, 9, 12)
DAY: Final = timedelta(days=1)


class Series(StrEnum):
    """Kinds of expiries, the longest last."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"


def expiry_ms_of(day: date) -> int:
    """Return the expiry of a day, milliseconds."""
    return int(datetime(day.year, day.month, day.day, HOUR_UTC, tzinfo=UTC).timestamp()) * 1000


def day_of_ms(expiry_ms: int) -> date:
    """Return the day of a time, in UTC."""
    return datetime.fromtimestamp(expiry_ms / 1000, UTC).date()


def symbol_day(expiry_ms: int) -> str:
    """Return the day of an expiry as symbols have it: 27NOV26."""
    return day_of_ms(expiry_ms).strftime("%d%b%y").upper()


def last_friday(year: int, month: int) -> date:
    """Return the last Friday of a month."""
    last = date(year, month, monthrange(year, month)[1])
    return last - timedelta(days=(last.weekday() - FRIDAY) % 7)


def series_of(day: date) -> Series:
    """Return the longest series that a day belongs to."""
    if day.weekday() != FRIDAY:
        return Series.DAILY
    if day != last_friday(day.year, day.month):
        return Series.WEEKLY
    return Series.QUARTERLY if day.month in QUARTER_MONTHS else Series.MONTHLY


_BELONGS: Final[dict[Series, Callable[[date], bool]]] = {
    Series.DAILY: lambda day: True,
    Series.WEEKLY: lambda day: day.weekday() == FRIDAY,
    Series.MONTHLY: lambda day: day == last_friday(day.year, day.month),
    Series.QUARTERLY: lambda day: (
        day.month in QUARTER_MONTHS and day == last_friday(day.year, day.month)
    ),
}


def next_expiries(series: Series, after_ms: int, count: int) -> list[int]:
    """Return the next `count` expiries of a series after a time, exclusive, milliseconds."""
    return list(islice(_all_after(series, after_ms), count))


def _all_after(series: Series, after_ms: int) -> Iterator[int]:
    day = day_of_ms(after_ms)
    while True:
        if _BELONGS[series](day) and expiry_ms_of(day) > after_ms:
            yield expiry_ms_of(day)
        day += DAY
