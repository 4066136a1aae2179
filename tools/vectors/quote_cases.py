"""Quotes: a bid and an ask by one action, and every code that a side can come to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from tools.vectors.case_file import Case
from tools.vectors.venue import MARK, Venue, place, quote

_NONE: Final = (0, 0, 0, 0)


def quote_cases() -> Iterator[Case]:
    """Yield segments of quotes."""
    yield from _moves()
    yield from _refusals()


def _moves() -> Iterator[Case]:
    venue = Venue.opened(accounts=2)
    first = quote((MARK - 10, 5, 0, 0), (MARK + 10, 5, 0, 0))
    yield venue.actions("a quote rests on both sides", 1, first, expected="OK OK OK")
    up = quote((MARK + 15, 5, 1, 1), (MARK + 30, 4, 2, 2), self_trade="CANCEL_BOTH")
    yield venue.actions("a quote moves past its own ask", 1, up, expected="OK OK OK")
    venue.act(2, place(MARK + 15, 5, sell=True))
    until = {"time_in_force": "GTD", "expiry_ms": venue.now_ms + 60_000}
    gone = quote((MARK - 10, 5, 2, 3), (MARK + 30, 3, 1, 4), self_trade="CANCEL_MAKER", **until)
    expected = "OK ORDER_NOT_FOUND OK"
    yield venue.actions("a quote whose bid was filled shrinks its ask", 1, gone, expected=expected)
    venue.act(2, place(MARK, 3))
    taking = quote((MARK - 10, 5, 0, 0), (MARK, 5, 1, 4), post_only=False)
    out = quote((0, 0, 1, 6), _NONE)  # the slot that the ask has just left
    yield venue.actions(
        "a quote that takes, then its bid out", 1, taking, out, expected="OK OK OK OK OK"
    )
    half = quote((MARK - 10, 5, 0, 0), (MARK + 9, 5, 9, 9))
    expected = "OK ATOMIC_UNDONE ATOMIC_UNDONE ORDER_NOT_FOUND"
    yield venue.actions(
        "an atomic bundle with half a quote",
        1,
        place(MARK - 30, 1),
        half,
        atomic=1,
        expected=expected,
    )


def _refusals() -> Iterator[Case]:
    venue = Venue.opened(accounts=2, instruments=2)
    venue.govern("SET_INSTRUMENT", instrument=2, status=3)
    venue.govern("LIST_UNDERLYING", symbol=b"ETH".ljust(16, b"\0"))
    venue.govern("LIST_INSTRUMENT", underlying=2)
    venue.act(2, place(MARK, 3))
    past = {"time_in_force": "GTD", "expiry_ms": venue.now_ms}
    new: tuple[int, int, int, int] = (MARK - 10, 5, 0, 0)
    listed: list[tuple[dict[str, Any], str]] = [
        (quote(new, (MARK - 5, 5, 0, 0)), "OK POST_ONLY_CROSSES"),
        (
            quote((MARK + 10_000, 5, 0, 0), (MARK + 10_001, 10**9, 0, 0)),
            "BEYOND_BAND MARGIN_INSUFFICIENT",
        ),
        (quote((9_999, 1, 0, 0), _NONE), "ORDER_TOO_SMALL OK"),
        (quote(new, _NONE, **past), "EXPIRED OK"),
        (quote(new, _NONE, instrument=2), "HALTED OK"),
        (quote(new, _NONE, instrument=3), "NO_PRICE OK"),
        (quote(new, (MARK, 5, 0, 0), instrument=4), "UNKNOWN_INSTRUMENT UNKNOWN_INSTRUMENT"),
    ]
    expected = " ".join(["OK", *(codes for _, codes in listed)])
    name = "quotes and their refusals"
    yield venue.actions(name, 1, *(each for each, _ in listed), expected=expected)
    cheap = quote(new, (MARK + 10, 5, 0, 0))
    expected = "OK FEE_TOO_HIGH FEE_TOO_HIGH"
    yield venue.actions("a quote that agrees to no fee", 1, cheap, max_fee_ppm=0, expected=expected)
