"""SCHEDULE.toml: which expiries, futures and strikes a venue is to list, checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from strikeproof.client.connection import check_endpoint
from strikeproof.config import ClientTlsSection, Section, load_config
from strikeproof.failure import Rejected
from strikeproof.operate.expiry_calendar import Series, day_of_ms
from strikeproof.operate.governance_payload import GovernanceFieldInvalid, encode
from strikeproof.wire.constants import (
    FORWARD_PPB_MAX,
    FORWARD_PPB_MIN,
    INSTRUMENT_HEIGHT,
    PPB,
)
from strikeproof.wire.errors import FailureCode

COUNT_MAX: Final = 60
INSTRUMENTS_MAX: Final = 2**INSTRUMENT_HEIGHT - 1  # = 4_095, settled ones too
STRIKES_MAX: Final = 200
NANO: Final = 10**9
MONTH_CODES: Final = "FGHJKMNQUVXZ"  # as futures everywhere have them


class ScheduleInvalid(Rejected):
    """The schedule says what cannot be listed."""

    code = FailureCode.SCHEDULE_INVALID

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path, self.problem = path, problem


def _endpoint(text: str) -> str:
    try:
        return check_endpoint(text)
    except Rejected:
        raise ValueError("must be host:port") from None


def _decimal(value: object) -> Decimal:
    try:
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            raise ValueError
        found = Decimal(str(value))
        if not found.is_finite():
            raise ValueError
    except (InvalidOperation, ValueError):
        raise ValueError("a number is needed") from None
    return found


Delta = Annotated[Decimal, BeforeValidator(_decimal), Field(gt=0, le=Decimal("0.5"))]
Usd = Annotated[Decimal, BeforeValidator(_decimal), Field(gt=0, le=10**9)]
Count = Annotated[int, Field(ge=0, le=COUNT_MAX)]


class BoundsSection(Section):
    """What no run of the schedule goes beyond, whatever its series say."""

    announcements_max: Annotated[int, Field(ge=1, le=500)] = 20
    """Calls announced in one run."""
    expiries_max: Annotated[int, Field(ge=1, le=1_000)] = 32
    """Expiries of an underlying that are listed or announced, and not over."""
    instruments_max: Annotated[int, Field(ge=1, le=INSTRUMENTS_MAX)] = INSTRUMENTS_MAX
    """Instruments of the venue that are listed or announced; settled ones keep their numbers."""


class OptionsSection(Section):
    """Which strikes an expiry of this series has."""

    deltas: Annotated[list[Delta], Field(min_length=1, max_length=20)]
    strike_step_usd: Usd
    strikes_max: Annotated[int, Field(ge=1, le=STRIKES_MAX)] = 40
    """Strikes of an expiry, listed or announced."""
    terms: dict[str, Any] | None = None
    """Terms of calls and puts: the fields of `list_options` but what the schedule fills in, and the
    funding terms, which nothing reads. Without them strikes are shown, and none is listed."""

    @model_validator(mode="after")
    def _steps_in_nano_usd(self) -> Self:
        if len(set(self.deltas)) != len(self.deltas):
            raise ValueError("deltas: one occurs twice")
        if self.strike_step_usd * NANO % 1:
            raise ValueError("strike_step_usd: at most nine decimals")
        return self

    @property
    def strike_step_nano_usd(self) -> int:
        """Return the step of the grid that strikes lie on."""
        return int(self.strike_step_usd * NANO)


class SeriesSection(Section):
    """The expiries of one underlying."""

    underlying: Annotated[int, Field(ge=1, lt=2**16)]
    symbol: Annotated[str, Field(pattern=r"^[A-Z0-9]{1,8}$")]
    """In front of the day: BTC makes BTC-27NOV26."""
    dailies: Count = 0
    weeklies: Count = 0
    monthlies: Count = 0
    quarterlies: Count = 0
    forward_ppb: Annotated[int, Field(ge=FORWARD_PPB_MIN, le=FORWARD_PPB_MAX)] = PPB
    """Until reporters say it."""
    trades_seconds_min: Annotated[int, Field(ge=0, le=10**8)] = 86_400
    """An expiry that would trade for less than this is left out."""
    future: dict[str, Any] | None = None
    """Terms of its futures: the fields of `list_instrument` but what the schedule fills in."""
    options: OptionsSection | None = None

    @model_validator(mode="after")
    def _lists_something(self) -> Self:
        if not any(self.counts.values()):
            raise ValueError("dailies, weeklies, monthlies or quarterlies: one is needed")
        return self

    @property
    def counts(self) -> dict[Series, int]:
        """Return how many of each series are wanted."""
        numbers = (self.dailies, self.weeklies, self.monthlies, self.quarterlies)
        return dict(zip(Series, numbers, strict=True))


class ScheduleFile(Section):
    """The whole file."""

    sequencers: Annotated[list[Annotated[str, AfterValidator(_endpoint)]], Field(min_length=1)]
    """Who says what is listed; the first that answers."""
    tls: ClientTlsSection | None = None
    bounds: BoundsSection = BoundsSection()
    series: Annotated[list[SeriesSection], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_each_once(self) -> Self:
        numbers = [each.underlying for each in self.series]
        if len(set(numbers)) != len(numbers):
            raise ValueError("series: an underlying occurs twice")
        symbols = [each.symbol for each in self.series]
        if len(set(symbols)) != len(symbols):
            raise ValueError("series: a symbol occurs twice")
        return self


FILLED_IN: Final = ("underlying", "kind", "symbol", "expiry")
FILLED_IN_OPTIONS: Final = ("expiry", "strike", "call_symbol", "put_symbol")
OF_PERPETUALS: Final = {"funding_cap_ppm": 0, "funding_interest_ppm": 0, "funding_tau_ms": 0}


def load_schedule(path: Path) -> ScheduleFile:
    """Return the file. Raises `ConfigInvalid`, `ScheduleInvalid`."""
    found = load_config(path, ScheduleFile)
    for each in found.series:
        where = f"series {each.symbol}"
        if each.future is not None:
            fields = future_fields(each, each.symbol, 1)
            _check(path, f"{where}: future", each.future, FILLED_IN, "list_instrument", fields)
        if each.options is not None and each.options.terms is not None:
            _check_options(path, f"{where}: options.terms", each, each.options)
    return found


def _check_options(path: Path, where: str, series: SeriesSection, options: OptionsSection) -> None:
    """Raise `ScheduleInvalid` for terms that the law refuses, or a step between two ticks."""
    terms, step = options.terms or {}, options.strike_step_nano_usd
    sample = {"expiry": 1, "strike": 1, "call_symbol": "C", "put_symbol": "P"}
    fields = {**OF_PERPETUALS, **terms, **sample}
    _check(path, where, terms, FILLED_IN_OPTIONS, "list_options", fields)
    tick = _index_per_tick(terms)
    if step % tick:
        problem = f"options.strike_step_usd: no whole number of ticks of {Decimal(tick) / NANO:f}"
        raise ScheduleInvalid(path, f"series {series.symbol}: {problem}")


def _check(
    path: Path,
    where: str,
    given: Mapping[str, Any],
    filled_in: Sequence[str],
    message: str,
    fields: Mapping[str, Any],
) -> None:
    for name in filled_in:
        if name in given:
            raise ScheduleInvalid(path, f"{where}.{name}: the schedule fills it in")
    try:
        encode(message, fields)
    except GovernanceFieldInvalid as error:
        raise ScheduleInvalid(path, f"{where}: {error}") from None


def future_fields(series: SeriesSection, symbol: str, expiry: int) -> dict[str, Any]:
    """Return the fields of `list_instrument` of a future."""
    filled = {
        "underlying": series.underlying,
        "kind": "FUTURE",
        "symbol": symbol,
        "expiry": expiry,
    }
    return {**OF_PERPETUALS, **(series.future or {}), **filled}


def option_symbols(series: SeriesSection, expiry_ms: int, strike_nano_usd: int) -> tuple[str, str]:
    """Return the symbols of a call and its put: BTC-27X6-60000C. Symbols have 16 characters, so the
    day is short: day of the month, the futures' letter of the month, last digit of the year."""
    day = day_of_ms(expiry_ms)
    code = f"{day.day}{MONTH_CODES[day.month - 1]}{day.year % 10}"
    strike = f"{(Decimal(strike_nano_usd) / NANO).normalize():f}"
    return f"{series.symbol}-{code}-{strike}C", f"{series.symbol}-{code}-{strike}P"


def options_fields(
    series: SeriesSection, expiry: int, expiry_ms: int, strike_nano_usd: int
) -> dict[str, Any]:
    """Return the fields of `list_options` of a strike, of a series whose options have terms."""
    assert series.options is not None and series.options.terms is not None
    terms = series.options.terms
    call, put = option_symbols(series, expiry_ms, strike_nano_usd)
    strike = strike_nano_usd // _index_per_tick(terms)
    filled = {"expiry": expiry, "strike": strike, "call_symbol": call, "put_symbol": put}
    return {**OF_PERPETUALS, **terms, **filled}


def _index_per_tick(terms: Mapping[str, Any]) -> int:
    """Return nano-USD a tick, of terms that were checked: numbers may be text there."""
    return int(str(terms["index_per_tick_nano_usd"]).replace("_", ""))
