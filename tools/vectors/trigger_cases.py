"""Cases of triggers: set, taken back, fired, kept by refusals, dead."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from strikeproof.sequencer.core.rules.segment_charge import Weights
from strikeproof.wire.constants import INDEX_STALE_MS
from strikeproof.wire.layout import ACCOUNT_GROUP, INSTRUMENT_GROUP
from tools.vectors.case_file import Case
from tools.vectors.encoders import encode_op
from tools.vectors.op_cases import TRIGGER_TERMS
from tools.vectors.venue import MARK, Venue, cancel_all, place, trader

_TICK: Final = 100_000_000  # nano-USD of the index
_ACCOUNT, _INSTRUMENT = 1 << 56, 4 << 56 | 1
_LOTS: Final = 100


def trigger_cases() -> Iterator[Case]:
    """Yield segments of SetTrigger and FireTrigger."""
    yield from _setting()
    yield from _waiting()
    yield from _firing()
    yield from _dying()


def _opened() -> Venue:
    """Return a venue whose account 1 is long against account 2."""
    venue = Venue.opened()
    venue.act(2, place(lots=_LOTS, sell=True))
    venue.act(1, place(lots=_LOTS))
    return venue


def _set(venue: Venue, account: int = 1, at: int = MARK - 500, **terms: Any) -> bytes:
    """Return a SetTrigger, a stop-loss of a long unless told otherwise; its price in ticks."""
    stop = {
        "session": 0,
        "instrument": 1,
        "place": 0,
        "sell": 1,
        "reduce_only": 1,
        "falling": 1,
        "by_mark": 1,
        "trigger_price": at * _TICK,
        "limit": 1,
        "lots": _LOTS,
        "max_fee_ppm": 1_000,
        "trigger_expiry_ms": 0,
        "client_id": 7,
    }
    return venue.op("SET_TRIGGER", account, **{**stop, **terms})


def _back(venue: Venue, **terms: Any) -> bytes:
    return _set(venue, **{**dict.fromkeys(TRIGGER_TERMS, 0), **terms})


def _fire(account: int = 1, instrument: int = 1, place: int = 0) -> bytes:
    fields = {"account": account, "instrument": instrument, "place": place}
    return encode_op("FIRE_TRIGGER", fields)


def _setting() -> Iterator[Case]:
    venue = _opened()
    yield venue.ops("a trigger is set", _set(venue))
    yield venue.ops("a trigger takes another's place", _set(venue, lots=5, by_mark=0))
    yield venue.ops("a trigger is taken back", _back(venue))
    gone = "TRIGGER_NOT_FOUND"
    yield venue.ops("an empty place is taken back", _back(venue), expected=gone)
    yield venue.ops("a place that was never used", _back(venue, place=7), expected=gone)
    unknown = _set(venue, instrument=2)
    yield venue.ops("a trigger of no instrument", unknown, expected="UNKNOWN_INSTRUMENT")
    none = _set(venue, account=3)
    yield venue.ops("a trigger without position or order", none, expected="NO_POSITION")
    venue.act(3, place(MARK - 900, lots=10))
    yield venue.ops("a trigger beside an open order", _set(venue, account=3))
    late = _set(venue, trigger_expiry_ms=venue.now_ms)
    yield venue.ops("a trigger that has expired", late, expected="EXPIRED")
    venue.run(venue.segment(venue.set_cancel_at(3, venue.now_ms)))
    dead = _set(venue, account=3)
    yield venue.ops("a trigger after the account's cancel-at", dead, expected="EXPIRED")
    venue.edit(_INSTRUMENT, INSTRUMENT_GROUP, status=4)
    settled = _set(venue, lots=9)
    yield venue.ops("a trigger in a settled instrument", settled, expected="INSTRUMENT_SETTLED")


def _waiting() -> Iterator[Case]:
    venue = _opened()
    nothing = "TRIGGER_NOT_FOUND"
    yield venue.ops("a trigger that is not there fires", _fire(), expected=nothing)
    yield venue.ops("a trigger of nobody fires", _fire(9), expected="UNKNOWN_ACCOUNT")
    elsewhere = _fire(instrument=2)
    yield venue.ops("a trigger of nothing fires", elsewhere, expected="UNKNOWN_INSTRUMENT")
    venue.run(venue.segment(_set(venue, at=MARK - 1)))
    early = "NOT_TRIGGERED"
    yield venue.ops("a stop a tick below the mark", _fire(), expected=early)
    rising = _set(venue, falling=0, trigger_price=MARK * _TICK + 1, by_mark=0)
    venue.run(venue.segment(rising))
    yield venue.ops("a take-profit a nano-USD above the index", _fire(), expected=early)
    venue.run(venue.segment(_set(venue, at=MARK)))
    venue.govern("SET_INSTRUMENT", status=3)
    yield venue.ops("a trigger of a halted instrument waits", _fire(), expected="HALTED")
    venue.govern("SET_INSTRUMENT", status=1)
    venue.now_ms += INDEX_STALE_MS + 1
    yield venue.ops("a trigger at a stale price waits", _fire(), expected="STALE_PRICE")


def _firing() -> Iterator[Case]:
    venue = _opened()
    venue.act(3, place(MARK - 520, lots=60), place(MARK - 530, lots=60))
    venue.run(venue.segment(_set(venue)))
    venue.price((MARK - 500) * _TICK)
    whole = Venue.of_records(venue.records(), venue.now_ms).ops("", _fire())
    short = Weights(whole["compute_weight"] - 1, whole["witness_weight"])
    void = venue.segment(_fire(), declared=short)
    yield venue.case("void: a trigger that weighs more than is declared", void, "")
    yield venue.ops("a stop-loss fires", _fire())
    yield venue.ops("a trigger fires once", _fire(), expected="TRIGGER_NOT_FOUND")
    venue = _opened()
    venue.act(2, place(MARK - 1_000, lots=1))
    venue.act(1, place(MARK + 1_000, lots=1, sell=True))
    venue.run(venue.segment(_set(venue, limit=MARK - 10, lots=5, at=MARK)))
    fired = "a trigger whose limit nobody meets"
    yield venue.ops(fired, _fire(), expected="IOC_REMAINDER")
    wrong = _set(venue, account=2, at=MARK, max_fee_ppm=0, sell=0, reduce_only=0, limit=2**32 - 1)
    venue.run(venue.segment(wrong))
    fee = "a trigger that admits no fee is spent"
    yield venue.ops(fee, _fire(2), expected="FEE_TOO_HIGH")
    venue.run(venue.segment(_set(venue, account=2, at=MARK)))
    nothing = "a reduce-only trigger on the position's own side"
    yield venue.ops(nothing, _fire(2), expected="NOTHING_TO_REDUCE")
    venue = _opened()
    for low in range(9):
        venue.act(3, place(MARK - 1 - low, lots=2))
    venue.run(venue.segment(_set(venue, at=MARK)))
    rest = "a trigger meets eight makers, and the rest waits"
    yield venue.ops(rest, _fire(), expected="TOUCHES_EXHAUSTED")
    yield venue.ops("the rest of a trigger", _fire(), expected="IOC_REMAINDER")
    venue.run(venue.segment(_set(venue, at=MARK, lots=1)))
    forced = venue.message("USER_OP", _fire(), trader(9).address)
    yield venue.case("anyone fires a trigger through L1", forced, "IOC_REMAINDER")


def _dying() -> Iterator[Case]:
    dead = "TRIGGER_NOT_FOUND"
    venue = _opened()
    venue.run(venue.segment(_set(venue, at=MARK)))
    venue.act(1, cancel_all(1))
    yield venue.ops("a trigger of another epoch is emptied", _fire(), expected=dead)
    until = venue.now_ms + 1_000
    venue.run(venue.segment(_set(venue, at=MARK, trigger_expiry_ms=until)))
    venue.now_ms = until
    yield venue.ops("a trigger that has expired is emptied", _fire(), expected=dead)
    venue.run(venue.segment(_set(venue, at=MARK)))
    venue.edit(_ACCOUNT | 1, ACCOUNT_GROUP, cancel_at_ms=venue.now_ms)
    yield venue.ops("a trigger past its account's cancel-at is emptied", _fire(), expected=dead)
    venue.edit(_ACCOUNT | 1, ACCOUNT_GROUP, cancel_at_ms=0)
    venue.run(venue.segment(_set(venue, at=MARK)))
    venue.act(2, place(lots=_LOTS))
    venue.act(1, place(lots=_LOTS, sell=True))
    yield venue.ops("a trigger whose entry is gone is emptied", _fire(), expected=dead)
