"""A book of positions, line by line: what `exposure`, `stress` and `grid` take beside a portfolio.

No margin, no cash, no feeds: each line says its expiry's time, forward and rate itself, which lines
of one expiry must agree on. Greeks and stress are the kernel's integers; the grid is in floats.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator

from strikeproof.risk.files.black76_arrays import calls_and_puts
from strikeproof.risk.files.book import Line
from strikeproof.risk.files.decimals import (
    Amount,
    Price,
    Rate,
    format_wad,
    parse_time_left,
    wad_between,
)
from strikeproof.risk.files.exposure import GREEKS
from strikeproof.risk.files.json_file import FileFields, RiskFileError
from strikeproof.risk.files.reports import Tree
from strikeproof.risk.files.stress import DAY_SECONDS, GridAxes, check_moves
from strikeproof.risk.kernel.black76 import YEAR_SECONDS, call_and_put, discount_factor
from strikeproof.risk.kernel.errors import OutOfDomain
from strikeproof.risk.kernel.expiry_terms import SETTLEMENT_SECONDS, ExpiryFeed
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.portfolio_greeks import (
    HeldOption,
    PositionGreeks,
    account_greeks,
    expiry_greeks,
)

FUTURE: Final = "future"
Volatility = Annotated[int, wad_between("0", "1000")]


class PositionLine(FileFields):
    """A line: this many calls, puts or futures (short below zero) of an expiry."""

    expiry: str
    seconds: Annotated[int, BeforeValidator(parse_time_left)]
    forward: Price
    type: Literal["call", "put", "future"]
    amount: Amount
    strike: Price | None = None
    vol: Volatility | None = None
    rate: Rate = 0
    average: Price | None = None
    """The average index since the last half hour began; required within it."""
    name: str | None = None


@dataclass(frozen=True, slots=True)
class PositionBook:
    """Checked lines by expiry, in order of time, and the feed of each expiry."""

    lines: Mapping[str, Sequence[Line[PositionLine]]]
    feeds: Mapping[str, ExpiryFeed]


def position_book(lines: Sequence[Line[PositionLine]]) -> PositionBook:
    """Return the book. Raises `RiskFileError` with every line that lacks or contradicts."""
    problems: list[str] = []
    heads: dict[str, Line[PositionLine]] = {}
    by_expiry: defaultdict[str, list[Line[PositionLine]]] = defaultdict(list)
    for line in lines:
        given = line.content
        head = heads.setdefault(given.expiry, line)
        for field in ("seconds", "forward", "rate", "average"):
            if getattr(given, field) != getattr(head.content, field):
                same = f"{field}: must be that of line {head.number}, the same expiry"
                problems.append(f"line {line.number}: {same}")
        missing = _missing(given)
        problems += [f"line {line.number}: {each}" for each in missing]
        by_expiry[given.expiry].append(line)
    if problems:
        raise RiskFileError(problems)
    order = sorted(heads, key=lambda name: heads[name].content.seconds)
    feeds = {
        name: ExpiryFeed(first.seconds, first.forward, first.rate, first.average or 0)
        for name in order
        for first in (heads[name].content,)
    }
    return PositionBook({name: by_expiry[name] for name in order}, feeds)


def _missing(line: PositionLine) -> list[str]:
    if line.type == FUTURE:
        given = [name for name in ("strike", "vol") if getattr(line, name) is not None]
        return [f"{name}: a future has none" for name in given]
    wanted = ["strike", "vol"]
    if line.seconds < SETTLEMENT_SECONDS:
        wanted.append("average")
    return [f"{name}: is missing" for name in wanted if getattr(line, name) is None]


def book_exposure(book: PositionBook) -> Tree:
    """Return the Greeks of every position, every expiry and the book, as `exposure_report` does.
    Raises `RiskFileError`."""
    expiries: Tree = {}
    totals, futures = [], 0
    for name, lines in book.lines.items():
        options = [line for line in lines if line.content.type != FUTURE]
        held = [_held(line.content) for line in options]
        try:
            found = expiry_greeks(book.feeds[name], held)
        except OutOfDomain as error:
            raise RiskFileError([f"expiry {name}: {error}"]) from error
        own = sum(line.content.amount for line in lines if line.content.type == FUTURE)
        futures += own
        totals.append(found.total)
        rows = [
            {**_about(line), "volatility": format_wad(each.volatility), **_greeks(position)}
            for line, each, position in zip(options, held, found.positions, strict=True)
        ]
        rows += [
            {**_about(line), "volatility": None, **_greeks(_of_future(line.content.amount))}
            for line in lines
            if line.content.type == FUTURE
        ]
        expiries[name] = {
            "positions": rows,
            "total": _greeks(account_greeks([found.total], own, 0, 0)),
        }
    return {
        "expiries": expiries,
        "futures": format_wad(futures),
        "account": _greeks(account_greeks(totals, futures, 0, 0)),
    }


def _held(line: PositionLine) -> HeldOption:
    assert line.strike is not None and line.vol is not None, "of an option, and looked at"
    return HeldOption(line.strike, line.type == "call", line.amount, line.vol)


def _of_future(amount: int) -> PositionGreeks:
    return PositionGreeks(0, amount, 0, 0, 0, 0)


def _about(line: Line[PositionLine]) -> Tree:
    given = line.content
    return {
        "line": line.number,
        "name": given.name,
        "strike": None if given.strike is None else format_wad(given.strike),
        "type": given.type,
        "amount": format_wad(given.amount),
    }


def _greeks(greeks: PositionGreeks) -> Tree:
    return {name: format_wad(getattr(greeks, name)) for name in GREEKS}


def book_stress(
    book: PositionBook, spot_moves: Sequence[int], volatility_moves: Sequence[int]
) -> Tree:
    """Return the P&L of each expiry and of the book for each pair of moves, in exact integers.
    Raises `RiskFileError`, naming the move, where prices leave the kernel's domain."""
    check_moves(spot_moves, volatility_moves)
    now = _values(book, ONE, ONE)
    moves = []
    for volatility in volatility_moves:
        for spot in spot_moves:
            try:
                then = _values(book, ONE + spot, ONE + volatility)
            except RiskFileError as error:
                at = f"spot {format_wad(100 * spot)} %, volatility {format_wad(100 * volatility)} %"
                raise RiskFileError([f"{at}: {each}" for each in error.problems]) from error
            parts = {name: then[name] - now[name] for name in now}
            moves.append((spot, volatility, parts))
    worst = min(moves, key=lambda each: sum(each[2].values()))
    return {
        "worst": {"spot": format_wad(worst[0]), "volatility": format_wad(worst[1])},
        "moves": [
            {
                "spot": format_wad(spot),
                "volatility": format_wad(volatility),
                "pnl": format_wad(sum(parts.values())),
                "parts": {name: format_wad(part) for name, part in parts.items()},
            }
            for spot, volatility, parts in moves
        ],
    }


def _values(book: PositionBook, spot: int, volatility: int) -> dict[str, int]:
    """Return each expiry's value at factors of the forward and of volatilities, wads; futures are
    worth what their forward is."""
    values = {}
    for name, lines in book.lines.items():
        feed = book.feeds[name]
        moving, fixed = _parts(feed)
        forward = max(1, moving * spot // ONE) + fixed
        total = 0
        try:
            rate = max(0, feed.rate)
            discount = discount_factor(rate, feed.seconds)
            for line in lines:
                given = line.content
                if given.type == FUTURE:
                    total += given.amount * forward
                    continue
                assert given.strike is not None and given.vol is not None, "looked at"
                vol = given.vol * volatility // ONE
                prices = call_and_put(forward, given.strike, vol, feed.seconds, discount)
                total += given.amount * prices[0 if given.type == "call" else 1]
        except OutOfDomain as error:
            raise RiskFileError([f"expiry {name}: {error}"]) from error
        values[name] = total // ONE
    return values


def _parts(feed: ExpiryFeed) -> tuple[int, int]:
    """Return the moving and the fixed part of the settlement; all moves where no average is."""
    if feed.seconds >= SETTLEMENT_SECONDS or not feed.average:
        return feed.forward, 0
    passed = SETTLEMENT_SECONDS - feed.seconds
    fixed = feed.average * passed // SETTLEMENT_SECONDS
    return feed.forward * feed.seconds // SETTLEMENT_SECONDS, fixed


def book_grid(book: PositionBook, axes: GridAxes) -> Tree:
    """Return the P&L of the book in USD for every pair of moves, as floats: rows of columns.
    Needs numpy (`strikeproof[plot]`). Raises `RiskFileError`."""
    check_moves(axes.spot, () if axes.by_days else axes.rows)
    if axes.by_days and min(axes.rows) < 0:
        raise RiskFileError([f"{format_wad(min(axes.rows))} days: time does not run back"])
    try:
        import numpy
    except ImportError as error:
        raise RiskFileError(["needs numpy: pip install 'strikeproof[plot]'"]) from error
    spot = 1 + numpy.array([each / ONE for each in axes.spot])[None, :]
    steps = numpy.array([each / ONE for each in axes.rows])[:, None]
    days = steps if axes.by_days else numpy.zeros_like(steps)
    factor = numpy.ones_like(steps) if axes.by_days else 1 + steps
    pnl = numpy.zeros((len(axes.rows), len(axes.spot)))
    for name, lines in book.lines.items():
        pnl += _grid_of(book.feeds[name], [line.content for line in lines], spot, days, factor)
    return {
        "by": "days" if axes.by_days else "volatility",
        "spot": [format_wad(each) for each in axes.spot],
        "rows": [
            {"at": format_wad(at), "pnl": [round(float(each), 6) for each in row]}
            for at, row in zip(axes.rows, pnl, strict=True)
        ],
    }


def _grid_of(
    feed: ExpiryFeed, lines: Sequence[PositionLine], spot: Any, days: Any, factor: Any
) -> Any:
    """Return the change of value of one expiry over the grid, all its options at once."""
    import numpy

    moving, fixed = (part / ONE for part in _parts(feed))
    left = numpy.maximum(0.0, feed.seconds - days * DAY_SECONDS)
    rate = max(0, feed.rate) / ONE
    forward = (moving * spot + fixed)[..., None]
    futures = sum(each.amount for each in lines if each.type == FUTURE) / ONE
    change = futures * moving * (spot - 1) + 0 * days
    options = [each for each in lines if each.type != FUTURE]
    if not options:
        return change
    strikes, vols, amounts = (
        numpy.array([getattr(each, field) / ONE for each in options])
        for field in ("strike", "vol", "amount")
    )
    is_call = numpy.array([each.type == "call" for each in options])

    def values(at: Any, seconds: Any, times: Any) -> Any:
        root = numpy.sqrt(seconds / YEAR_SECONDS)[..., None]
        discount = numpy.exp(-rate * seconds / YEAR_SECONDS)[..., None]
        calls, puts = calls_and_puts(at, strikes, vols * times[..., None] * root, discount)
        return (numpy.where(is_call, calls, puts) * amounts).sum(axis=-1)

    now = values(
        numpy.array([[moving + fixed]])[..., None],
        numpy.array([[float(feed.seconds)]]),
        numpy.ones((1, 1)),
    )
    return change + values(forward, left, factor) - now
