"""The sources of one expiry, made of what the file says once for all expiries.

Option quotes are documents as `strikeproof risk fit` reads them: lines of CSV or JSON. Their
`expiry` is the day, as 04DEC26 or 4DEC26, or the time in milliseconds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from strikeproof.operate.expiry_calendar import day_of_ms, symbol_day
from strikeproof.reporter.price_source import (
    PriceSource,
    PriceSourceFailed,
    now_ms,
    price_source,
    source_of,
)
from strikeproof.reporter.reporter_file import ExpiriesSection, SourceSection
from strikeproof.risk.files.book import Line, parse_book
from strikeproof.risk.files.fit_quotes import FitQuote, QuotedExpiry, quoted_expiries
from strikeproof.risk.files.json_file import RiskFileError

PLUG_INS: Final = "strikeproof.option_quote_sources"
TIME_LEFT_OFF_SECONDS: Final = 120  # how far `seconds` of a line may be from the expiry's own
TEMPLATED: Final = ("path", "url", "send", "price", "time_ms")


@dataclass(frozen=True, slots=True)
class OptionQuotes:
    """Quotes of a source by the name of their expiry, and when they were written."""

    source: str
    lines: Mapping[str, Sequence[Line[FitQuote]]]
    time_ms: int


class OptionQuoteSource(Protocol):
    """A source of option quotes; a plug-in is one too."""

    async def start(self) -> None:
        """Begin."""

    async def quote(self) -> OptionQuotes:
        """Return the newest quotes. Raises `PriceSourceFailed`."""

    async def close(self) -> None:
        """End."""


def names_of(expiry_ms: int) -> Mapping[str, str]:
    """Return what placeholders stand for."""
    day = symbol_day(expiry_ms)
    return {
        "{day}": day,
        "{day_unpadded}": day.lstrip("0"),
        "{date}": day_of_ms(expiry_ms).isoformat(),
        "{ms}": str(expiry_ms),
    }


def section_for(section: SourceSection, expiry_ms: int) -> SourceSection:
    """Return a source's section with an expiry's names in the place of placeholders. Its own name
    always names the expiry: alarms and figures are of one expiry's source."""
    changed: dict[str, Any] = {}
    names = names_of(expiry_ms)
    for field in TEMPLATED:
        value = getattr(section, field)
        if value is None:
            continue
        text = _filled(str(value), names)
        changed[field] = Path(text) if field == "path" else text
    name = _filled(section.label, names)
    changed["name"] = name if name != section.label else f"{name} {names['{day}']}"
    return section.model_copy(update=changed)


def _filled(text: str, names: Mapping[str, str]) -> str:
    for placeholder, name in names.items():
        text = text.replace(placeholder, name)
    return text


def parse_option_quotes(text: str | bytes, section: SourceSection) -> OptionQuotes:
    """Return the quotes of a document. Raises `PriceSourceFailed`."""
    name = section.label
    try:
        document = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        lines: defaultdict[str, list[Line[FitQuote]]] = defaultdict(list)
        for each in parse_book(document, FitQuote):
            lines[each.content.expiry].append(each)
    except (RiskFileError, UnicodeDecodeError) as error:
        raise PriceSourceFailed(name, str(error).splitlines()[0]) from None
    return OptionQuotes(name, lines, now_ms())


class ExpirySources:
    """The sources of one expiry: forwards, and option quotes."""

    def __init__(self, section: ExpiriesSection, expiry_ms: int) -> None:
        self._expiry_ms = expiry_ms
        self.forwards: list[PriceSource] = [
            price_source(section_for(each, expiry_ms)) for each in section.forward
        ]
        self._quotes: list[OptionQuoteSource] = [
            source_of(section_for(each, expiry_ms), parse_option_quotes, PLUG_INS)
            for each in section.quotes
        ]
        self._stale_ms = section.surface_stale_ms
        sections = (*section.forward, *section.quotes)
        self.names: Final = [section_for(each, expiry_ms).label for each in sections]
        """As metrics and alarms call them."""

    async def start(self) -> None:
        """Start all."""
        for forward in self.forwards:
            await forward.start()
        for quotes in self._quotes:
            await quotes.start()

    async def close(self) -> None:
        """End all."""
        for forward in self.forwards:
            await forward.close()
        for quotes in self._quotes:
            await quotes.close()

    async def option_quotes(self, time_ms: int) -> QuotedExpiry | None:
        """Return the expiry's quotes of the first source that has some; None if none are
        configured. Raises `PriceSourceFailed`, the last reason."""
        failure: PriceSourceFailed | None = None
        for each in self._quotes:
            try:
                found = await each.quote()
                return self._fresh(found, time_ms)
            except PriceSourceFailed as error:
                failure = error
        if failure is not None:
            raise failure
        return None

    def _fresh(self, found: OptionQuotes, time_ms: int) -> QuotedExpiry:
        if found.time_ms < time_ms - self._stale_ms:
            raise PriceSourceFailed(found.source, "quotes are stale")
        names = names_of(self._expiry_ms)
        for name in (names["{day}"], names["{day_unpadded}"], names["{ms}"]):
            if name in found.lines:
                try:
                    (quoted,), _ = quoted_expiries(found.lines[name])
                except RiskFileError as error:
                    raise PriceSourceFailed(found.source, error.problems[0]) from None
                left = (self._expiry_ms - found.time_ms) // 1000
                if abs(quoted.seconds - left) > TIME_LEFT_OFF_SECONDS:
                    problem = f"says {quoted.seconds} s are left, and it is {left}"
                    raise PriceSourceFailed(found.source, problem)
                return quoted
        raise PriceSourceFailed(found.source, f"no quotes of {names['{day}']}")
