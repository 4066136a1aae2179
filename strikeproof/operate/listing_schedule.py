"""What a schedule asks for that a venue lacks: expiries, futures, calls and puts.

The plan is pure: from the schedule, the venue's expiries and instruments, the timelock's calls and
the time it follows what to announce, to execute and to cancel. Run again it finds nothing to do
that it has done already.

A future names its expiry by number, which the law gives when it lists the expiry. So a future is
announced with the number that its expiry will have if the calls before it run in their order, and
is executed only once the venue shows that number with that underlying and time; else it is
cancelled and announced again.

Calls and puts are announced once the venue shows their expiry with a surface, which their strikes
are chosen by.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from strikeproof.client.listed_expiry import ListedExpiry
from strikeproof.client.venue_views import PRICE_TICKS_MAX, Instrument
from strikeproof.operate.expiry_calendar import (
    Series,
    day_of_ms,
    expiry_ms_of,
    next_expiries,
    series_of,
    symbol_day,
)
from strikeproof.operate.option_listing import (
    listed_strikes,
    strike_of_call,
    strikes_to_list,
    surface_moment,
)
from strikeproof.operate.schedule_file import (
    OptionsSection,
    ScheduleFile,
    SeriesSection,
    future_fields,
    option_symbols,
    options_fields,
)
from strikeproof.operate.timelock import AnnouncedCall, CallState

OPEN: Final = (CallState.WAITING, CallState.READY)
SYMBOL_CHARACTERS_MAX: Final = 16
# How many instruments a message lists.
LISTS: Final = {"list_expiry": 0, "list_instrument": 1, "list_options": 2}


def count_strikes(strikes: Sequence[int]) -> str:
    """Return how many there are, as a line of the plan says it."""
    return f"{len(strikes)} strike" if len(strikes) == 1 else f"{len(strikes)} strikes"


class StepKind(StrEnum):
    """What becomes of a line of the plan."""

    LISTED = "listed"
    WAITING = "waiting"
    ANNOUNCE = "announce"
    EXECUTE = "execute"
    CANCEL = "cancel"
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True)
class Step:
    """A line of the plan. `fields`: of the message to announce; `number`: of a call."""

    kind: StepKind
    what: str
    """`list_expiry`, `list_instrument` or `list_options`, which a call's symbol stands for."""
    symbol: str
    series: Series
    expiry_ms: int
    why: str = ""
    number: int | None = None
    fields: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class VenueListing:
    """What is listed, and announced, at a time."""

    now_ms: int
    delay_ms: int
    """The timelock's, until what is announced now can run."""
    expiries: Sequence[ListedExpiry]
    instruments: Sequence[Instrument]
    calls: Sequence[AnnouncedCall]


def plan(schedule: ScheduleFile, venue: VenueListing) -> list[Step]:
    """Return what is there and what is to do, by underlying and time."""
    planner = _Planner(schedule, venue)
    for series in schedule.series:
        planner.add(series)
    return planner.steps


class _Planner:
    def __init__(self, schedule: ScheduleFile, venue: VenueListing) -> None:
        self._schedule, self._venue = schedule, venue
        self.steps: list[Step] = []
        self._announced = 0
        known = {(each.underlying, each.expiry_ms): each.id for each in venue.expiries}
        self._ids = dict(known)
        """Numbers of expiries: as listed, or as they will be."""
        self._listed = known
        self._instruments = len(venue.instruments) + sum(
            LISTS.get(each.call.message or "", 0) for each in venue.calls if each.state in OPEN
        )
        self._calls: dict[tuple[int, int], AnnouncedCall] = {}
        self._next_id = max((each.id for each in venue.expiries), default=0) + 1
        for call in self._in_order("list_expiry"):
            key = (call.call.arguments["underlying"], call.call.arguments["expiry_ms"])
            if key in known or key in self._calls:
                continue
            self._calls[key] = call
            self._ids[key] = self._next_id
            self._next_id += 1

    def _in_order(self, message: str) -> list[AnnouncedCall]:
        """Return the calls of a kind that ran or may run, those that ran first: so L1 has them."""
        wanted = [
            each
            for each in self._venue.calls
            if each.call.message == message and each.state in (CallState.EXECUTED, *OPEN)
        ]
        if message == "list_expiry":
            # What ran and is over gets no number. What ran and the law refused keeps one
            # until its time: from here it looks like a message that is not ordered yet, and L1
            # does not know in which order calls ran. Until then expiries that are announced after
            # it are numbered one too high, and their futures are announced again once the venue
            # shows the number.
            wanted = [
                each
                for each in wanted
                if each.state in OPEN or each.call.arguments["expiry_ms"] > self._venue.now_ms
            ]
        return sorted(wanted, key=lambda each: (each.state in OPEN, each.number))

    def add(self, series: SeriesSection) -> None:
        """Plan one underlying."""
        venue, first = self._venue, len(self.steps)
        runs_ms = venue.now_ms + venue.delay_ms + 1000 * series.trades_seconds_min
        wanted = {
            expiry_ms
            for each, count in series.counts.items()
            for expiry_ms in next_expiries(each, runs_ms, count)
        }
        held = {
            expiry_ms
            for underlying, expiry_ms in self._ids
            if underlying == series.underlying and expiry_ms > venue.now_ms
        }
        ours = {each for each in held if each == expiry_ms_of(day_of_ms(each))}
        count = len(held)
        for expiry_ms in sorted(wanted | ours):
            key = (series.underlying, expiry_ms)
            if key not in self._ids and count >= self._schedule.bounds.expiries_max:
                bound = f"bounds.expiries_max {self._schedule.bounds.expiries_max}"
                self._step(StepKind.LEFT_OUT, "list_expiry", series, expiry_ms, bound)
                continue
            count += key not in self._ids
            is_planned = self._expiry(series, expiry_ms)
            if is_planned and series.future is not None:
                self._future(series, expiry_ms)
            if key in self._listed and series.options is not None and series.options.terms:
                self._options(series, series.options, self._ids[key])
        self.steps[first:] = sorted(self.steps[first:], key=lambda each: each.expiry_ms)

    def _expiry(self, series: SeriesSection, expiry_ms: int) -> bool:
        """Plan an expiry; return whether its future can be planned."""
        key = (series.underlying, expiry_ms)
        if key in self._listed:
            self._step(StepKind.LISTED, "list_expiry", series, expiry_ms)
            return True
        call = self._calls.get(key)
        if call is not None:
            ready = call.state is CallState.READY
            kind = StepKind.EXECUTE if ready else StepKind.WAITING
            why = "until L1's message is ordered" if call.state is CallState.EXECUTED else ""
            self._step(kind, "list_expiry", series, expiry_ms, why, call.number)
            return True
        fields = {
            "underlying": series.underlying,
            "expiry_ms": expiry_ms,
            "forward_ppb": series.forward_ppb,
        }
        if not self._announce("list_expiry", series, expiry_ms, fields):
            return False
        self._ids[key] = self._next_id
        self._next_id += 1
        return True

    def _future(self, series: SeriesSection, expiry_ms: int) -> None:
        symbol, what = f"{series.symbol}-{symbol_day(expiry_ms)}", "list_instrument"
        key = (series.underlying, expiry_ms)
        if any(each.symbol == symbol for each in self._venue.instruments):
            self._step(StepKind.LISTED, what, series, expiry_ms)
            return
        id_ = self._ids[key]
        for call in self._in_order(what):
            if call.call.arguments["symbol"] != symbol:
                continue
            if call.state is CallState.EXECUTED and call.call.arguments["expiry"] == id_:
                why = "until L1's message is ordered"
                self._step(StepKind.WAITING, what, series, expiry_ms, why, call.number)
                return
            if call.state is CallState.EXECUTED:
                continue  # it named another expiry, and the law refused it
            if call.call.arguments["expiry"] != id_:
                why = f"names expiry {call.call.arguments['expiry']}, and it is {id_}"
                self._step(StepKind.CANCEL, what, series, expiry_ms, why, call.number)
                continue
            is_due = call.state is CallState.READY and key in self._listed
            kind = StepKind.EXECUTE if is_due else StepKind.WAITING
            self._step(kind, what, series, expiry_ms, "", call.number)
            return
        self._announce(what, series, expiry_ms, future_fields(series, symbol, id_))

    def _options(self, series: SeriesSection, options: OptionsSection, id_: int) -> None:
        (expiry,) = (each for each in self._venue.expiries if each.id == id_)
        listed = listed_strikes(expiry, self._venue.instruments)
        if listed:
            self._options_step(StepKind.LISTED, series, expiry, why=count_strikes(listed))
        held = {*listed, *self._announced_strikes(series, expiry, listed)}
        moment = surface_moment(expiry, self._venue.instruments, self._venue.now_ms)
        wanted = (
            moment if isinstance(moment, str) else strikes_to_list(moment, options, sorted(held))
        )
        if isinstance(wanted, str):
            self._options_step(StepKind.LEFT_OUT, series, expiry, why=wanted)
            return
        for strike in wanted:
            why = self._refusal(series, options, expiry, strike, len(held))
            if why:
                self._options_step(StepKind.LEFT_OUT, series, expiry, strike, why)
                continue
            fields = options_fields(series, expiry.id, expiry.expiry_ms, strike)
            symbol = str(fields["call_symbol"])
            if self._announce("list_options", series, expiry.expiry_ms, fields, symbol):
                held.add(strike)

    def _announced_strikes(
        self, series: SeriesSection, expiry: ListedExpiry, listed: Sequence[int]
    ) -> list[int]:
        """Plan the calls that list options of an expiry; return their strikes."""
        found: list[int] = []
        for call in self._in_order("list_options"):
            if call.call.arguments["expiry"] != expiry.id:
                continue
            strike = strike_of_call(call)
            is_done = call.state is CallState.EXECUTED
            if strike in listed or strike in found:
                if not is_done:
                    why = "its strike is listed" if strike in listed else "its strike comes twice"
                    self._options_step(StepKind.CANCEL, series, expiry, strike, why, call.number)
                continue
            found.append(strike)
            ours = option_symbols(series, expiry.expiry_ms, strike)[0]
            is_ours = call.call.arguments["call_symbol"] == ours
            if call.state is CallState.READY and is_ours:
                self._options_step(StepKind.EXECUTE, series, expiry, strike, "", call.number)
                continue
            if call.state is CallState.READY:
                why = f"its call would be {call.call.arguments['call_symbol']}: execute it by hand"
                self._options_step(StepKind.LEFT_OUT, series, expiry, strike, why, call.number)
                continue
            why = "until L1's message is ordered" if is_done else ""
            self._options_step(StepKind.WAITING, series, expiry, strike, why, call.number)
        return found

    def _refusal(
        self,
        series: SeriesSection,
        options: OptionsSection,
        expiry: ListedExpiry,
        strike: int,
        held_count: int,
    ) -> str:
        """Return why a strike is not announced, empty if it may be."""
        if held_count >= options.strikes_max:
            return f"options.strikes_max {options.strikes_max}"
        symbol = option_symbols(series, expiry.expiry_ms, strike)[0]
        if len(symbol) > SYMBOL_CHARACTERS_MAX:
            return f"a symbol has at most {SYMBOL_CHARACTERS_MAX} characters"
        fields = options_fields(series, expiry.id, expiry.expiry_ms, strike)
        if fields["strike"] > PRICE_TICKS_MAX:
            return f"a strike has at most {PRICE_TICKS_MAX} ticks"
        return ""

    def _options_step(
        self,
        kind: StepKind,
        series: SeriesSection,
        expiry: ListedExpiry,
        strike: int = 0,
        why: str = "",
        number: int | None = None,
    ) -> None:
        """Add a line about a strike, or about all of an expiry's."""
        symbol = option_symbols(series, expiry.expiry_ms, strike)[0]
        if not strike:
            symbol = symbol.rpartition("-")[0]
        self._step(kind, "list_options", series, expiry.expiry_ms, why, number, None, symbol)

    def _announce(
        self,
        what: str,
        series: SeriesSection,
        expiry_ms: int,
        fields: Mapping[str, Any],
        symbol: str = "",
    ) -> bool:
        bounds = self._schedule.bounds
        trades_ms = expiry_ms - self._venue.now_ms - self._venue.delay_ms
        why = ""
        if trades_ms < 1000 * series.trades_seconds_min:
            why = "the timelock's delay leaves too little time"
        elif self._announced >= bounds.announcements_max:
            why = f"bounds.announcements_max {bounds.announcements_max}: run again"
        elif self._instruments + LISTS[what] > bounds.instruments_max:
            why = f"bounds.instruments_max {bounds.instruments_max}"
        if why:
            self._step(StepKind.LEFT_OUT, what, series, expiry_ms, why, symbol=symbol)
            return False
        self._announced += 1
        self._instruments += LISTS[what]
        self._step(StepKind.ANNOUNCE, what, series, expiry_ms, "", None, fields, symbol)
        return True

    def _step(
        self,
        kind: StepKind,
        what: str,
        series: SeriesSection,
        expiry_ms: int,
        why: str = "",
        number: int | None = None,
        fields: Mapping[str, Any] | None = None,
        symbol: str = "",
    ) -> None:
        symbol = symbol or f"{series.symbol}-{symbol_day(expiry_ms)}"
        of = series_of(day_of_ms(expiry_ms))
        self.steps.append(Step(kind, what, symbol, of, expiry_ms, why, number, fields))
