"""Cases of protections: set, counted, passed, frozen, taken back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from strikeproof.wire.layout import ACCOUNT_GROUP
from tools.vectors.case_file import Case
from tools.vectors.venue import MARK, Venue, cancel, place

_ACCOUNT: Final = 1 << 56 | 1
_WINDOW_MS: Final = 1_000
_FREEZE_MS: Final = 3_000
_LOT: Final = 10**6  # delta of one, 10^-9 units
_LIMITS: Final = {
    "underlying": 1,
    "window_ms": _WINDOW_MS,
    "freeze_ms": _FREEZE_MS,
    "lots_max": 10,
    "delta_max": 2**63 - 1,
    "vega_max": 2**63 - 1,
}


def protection_cases() -> Iterator[Case]:
    """Yield segments of SetProtection, and of fills that it counts."""
    yield from _setting()
    yield from _counting()
    yield from _passing()
    yield from _netting()
    yield from _freezing()


def _opened(**limits: int) -> Venue:
    """Return a venue whose account 1 is protected and asks on both instruments."""
    venue = Venue.opened(accounts=2, instruments=2)
    venue.run(venue.segment(venue.set_protection(1, **{**_LIMITS, **limits})))
    for instrument in (1, 2):
        venue.act(1, place(lots=30, sell=True, instrument=instrument))
    return venue


def _buy(venue: Venue, lots: int, instrument: int = 1) -> bytes:
    buys = place(lots=lots, instrument=instrument, time_in_force="IOC")
    return venue.bundle(2, buys)


def _setting() -> Iterator[Case]:
    venue = Venue.opened(accounts=1)
    yield venue.ops("a protection", venue.set_protection(1, **_LIMITS))
    other = venue.set_protection(1, **{**_LIMITS, "underlying": 2})
    yield venue.ops("a protection of what is not listed", other, expected="UNKNOWN_UNDERLYING")
    yield venue.ops("a protection is taken back", venue.set_protection(1))
    bad = venue.set_protection(1, underlying=1, lots_max=5)
    yield venue.ops("a protection without a window", bad, expected="MALFORMED")


def _counting() -> Iterator[Case]:
    venue = _opened()
    yield venue.ops("what a protection admits", _buy(venue, 10), expected="OK OK")
    venue.now_ms += _WINDOW_MS
    yield venue.ops("the next window", _buy(venue, 10, 2), expected="OK OK")
    takes = venue.bundle(1, place(lots=20, time_in_force="IOC"))
    venue.act(2, place(MARK - 1, lots=20, sell=True))
    yield venue.ops("what it takes is not counted", takes, expected="OK OK")
    venue.run(venue.segment(venue.set_protection(1, **_LIMITS)))
    yield venue.ops("set again, it counts from zero", _buy(venue, 10), expected="OK OK")


def _passing() -> Iterator[Case]:
    venue = _opened()
    venue.run(venue.segment(_buy(venue, 6)))
    yield venue.ops("a limit is passed", _buy(venue, 5, 2), expected="OK OK")
    late = _buy(venue, 1)
    yield venue.ops("its orders on the underlying are dead", late, expected="OK IOC_REMAINDER")
    venue = _opened()
    venue.edit(_ACCOUNT, ACCOUNT_GROUP, epoch_counter=2**48 - 2)
    yield venue.ops("a limit is passed without epochs left", _buy(venue, 11), expected="OK OK")
    venue = _opened()
    kills = venue.bundle(2, place(lots=50, time_in_force="FOK"))
    yield venue.ops("a fill that is undone", kills, expected="OK FOK_UNFILLED")
    twice = venue.bundle(2, place(lots=40))
    venue.act(1, place(MARK, lots=5, sell=True))
    yield venue.ops("an order behind the one that passes it", twice, expected="OK OK")


def _netting() -> Iterator[Case]:
    lots = 40
    venue = _opened(lots_max=2**40 - 1, delta_max=10 * _LOT)
    venue.act(1, place(MARK - 1, lots=lots))
    yield venue.ops("a fill down to the limit of delta", _buy(venue, 10), expected="OK OK")
    sells = venue.bundle(2, place(MARK - 1, lots=20, sell=True, time_in_force="IOC"))
    yield venue.ops("fills that cancel out, up to the limit", sells, expected="OK OK")
    over = venue.bundle(2, place(MARK - 1, lots=1, sell=True, time_in_force="IOC"))
    yield venue.ops("a limit of delta is passed", over, expected="OK OK")
    late = venue.bundle(2, place(MARK - 1, lots=1, sell=True, time_in_force="IOC"))
    yield venue.ops("bids and asks are dead", late, expected="OK IOC_REMAINDER")


def _freezing() -> Iterator[Case]:
    venue = _opened()
    venue.run(venue.segment(_buy(venue, 11)))
    rests = place(MARK - 5, lots=5)
    early = venue.bundle(1, rests, place(MARK - 5, time_in_force="IOC"), cancel(1, 1))
    yield venue.ops("a freeze", early, expected="OK PROTECTION_FROZEN IOC_REMAINDER OK")
    venue.now_ms += _FREEZE_MS - 1
    yield venue.ops("its last moment", venue.bundle(1, rests), expected="OK PROTECTION_FROZEN")
    venue.now_ms += 1
    yield venue.ops("after a freeze", venue.bundle(1, rests), expected="OK OK")
    venue = _opened()
    venue.run(venue.segment(_buy(venue, 11)))
    ends = venue.set_protection(1, **_LIMITS)
    venue.run(venue.segment(ends))
    yield venue.ops("a freeze that a new protection ends", venue.bundle(1, rests), expected="OK OK")
