"""Quotes to fit a surface to: volatilities, or bid and ask prices, line by line, by expiry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import BeforeValidator

from strikeproof.risk.files.book import Line
from strikeproof.risk.files.decimals import Price, Rate, parse_time_left, wad_between
from strikeproof.risk.files.json_file import FileFields, RiskFileError
from strikeproof.risk.files.quote_file import OptionType, QuotePrice
from strikeproof.risk.kernel.black76 import discount_factor
from strikeproof.risk.kernel.errors import NoVolatility, OutOfDomain
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.implied_volatility import implied_volatility

QUOTES_MIN: Final = 5  # as many as SVI has parameters
VolatilityAboveZero = Annotated[int, wad_between("0.000001", "100")]


class FitQuote(FileFields):
    """A line: `vol`, or `type`, `bid` and `ask`; `seconds`, `forward`, `rate` are the expiry's."""

    expiry: str
    seconds: Annotated[int, BeforeValidator(parse_time_left)]
    forward: Price
    strike: Price
    vol: VolatilityAboveZero | None = None
    type: OptionType | None = None
    bid: QuotePrice | None = None
    ask: QuotePrice | None = None
    rate: Rate = 0


@dataclass(frozen=True, slots=True)
class QuotedVolatility:
    """A quote as the fit takes it: the line it stood in, its strike, volatilities of bid and ask
    (wads; the same twice where only a volatility was given)."""

    line: int
    strike: int
    bid: int
    ask: int


@dataclass(frozen=True, slots=True)
class QuotedExpiry:
    """An expiry with its usable quotes, in order of strike."""

    name: str
    seconds: int
    forward: int
    rate: int
    quotes: tuple[QuotedVolatility, ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A line that the fit does not use, and why."""

    line: int
    why: str


def quoted_expiries(
    lines: Sequence[Line[FitQuote]],
) -> tuple[list[QuotedExpiry], list[LeftOut]]:
    """Return the expiries in order of time, and the lines left out. Raises `RiskFileError` for
    lines that contradict one another, and for an expiry with too few quotes."""
    problems: list[str] = []
    left_out: list[LeftOut] = []
    heads: dict[str, Line[FitQuote]] = {}
    quotes: dict[str, list[QuotedVolatility]] = {}
    for line in lines:
        quote = line.content
        head = heads.setdefault(quote.expiry, line)
        for field in ("seconds", "forward", "rate"):
            if getattr(quote, field) != getattr(head.content, field):
                same = f"{field}: must be that of line {head.number}, the same expiry"
                problems.append(f"line {line.number}: {same}")
        own = quotes.setdefault(quote.expiry, [])
        missing = _missing(quote)
        if missing:
            problems.append(f"line {line.number}: {missing}")
            continue
        try:
            own.append(_quoted(line))
        except NoVolatility as error:
            left_out.append(LeftOut(line.number, str(error)))
        except OutOfDomain as error:
            problems.append(f"line {line.number}: {error}")
    for name, own in quotes.items():
        strikes = len({each.strike for each in own})
        if strikes < QUOTES_MIN and not problems:
            few = f"has {strikes} strikes with a volatility, and a fit needs {QUOTES_MIN}"
            problems.append(f"expiry {name!r}: {few}")
    if problems:
        raise RiskFileError(problems)
    found = [
        QuotedExpiry(
            name,
            head.content.seconds,
            head.content.forward,
            head.content.rate,
            tuple(sorted(quotes[name], key=lambda each: each.strike)),
        )
        for name, head in heads.items()
    ]
    return sorted(found, key=lambda each: each.seconds), left_out


def _missing(quote: FitQuote) -> str | None:
    """Return what a line lacks, or None."""
    if quote.vol is not None:
        if quote.bid is not None or quote.ask is not None:
            return "has a vol and prices: give one of them"
        return None
    for field in ("type", "bid", "ask"):
        if getattr(quote, field) is None:
            return f"{field}: is missing, and there is no vol"
    assert quote.bid is not None and quote.ask is not None, "looked at above"
    return "bid: is above ask" if quote.bid > quote.ask else None


def _quoted(line: Line[FitQuote]) -> QuotedVolatility:
    quote = line.content
    if quote.vol is not None:
        return QuotedVolatility(line.number, quote.strike, quote.vol, quote.vol)
    assert quote.bid is not None and quote.ask is not None, "checked"
    discount = discount_factor(quote.rate, quote.seconds)
    found = [
        implied_volatility(
            quote.forward, quote.strike, price, quote.seconds, discount, quote.type == "call"
        )
        for price in (quote.bid, quote.ask)
    ]
    for price, each in zip((quote.bid, quote.ask), found, strict=True):
        if each.error > each.volatility // 1_000 or each.volatility > 100 * ONE:
            # The price says nothing of volatility: a rounding of it is a tenth of a per cent.
            raise _Uninformative(price, each.volatility)
    return QuotedVolatility(line.number, quote.strike, found[0].volatility, found[1].volatility)


class _Uninformative(NoVolatility):
    """A price that hardly depends on volatility."""

    def __init__(self, price: int, volatility: int) -> None:
        ValueError.__init__(self, "its price hardly depends on volatility")
