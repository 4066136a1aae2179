"""Stress of a portfolio: what it would make or lose, and what margin would be left, if spot and
volatilities moved. `strikeproof risk stress` revalues everything in exact integers for each move;
`strikeproof risk grid` draws the P&L finely, in floats.

Moves of spot reach the perpetual, every forward and risk-cancelling collateral alike; volatilities
move in proportion, at fixed strikes; what an average has fixed stays. Source:
docs/risk-tools/stress.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from strikeproof.risk.files.black76_arrays import calls_and_puts
from strikeproof.risk.files.decimals import format_wad
from strikeproof.risk.files.json_file import RiskFileError
from strikeproof.risk.files.portfolio import (
    Portfolio,
    expiry_feed,
    option_volatility,
    portfolio_of,
)
from strikeproof.risk.files.portfolio_file import PortfolioFile
from strikeproof.risk.files.reports import Tree
from strikeproof.risk.kernel.black76 import YEAR_SECONDS
from strikeproof.risk.kernel.expiry_terms import settlement_parts
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.scenario_array import VALUE_MAX
from strikeproof.risk.kernel.scenarios import SPECIAL_LANES

PERCENT: Final = ONE // 100
SPOT_MOVES: Final = tuple(each * PERCENT for each in (-50, -30, -20, -10, -5, 0, 5, 10, 20, 30, 50))
VOLATILITY_MOVES: Final = (-30 * PERCENT, 0, 50 * PERCENT)
DAY_SECONDS: Final = 86_400


@dataclass(frozen=True, slots=True)
class GridAxes:
    """Moves of spot by columns, and what a row changes: moves of volatility, or days that pass;
    wads, of the fraction and of a day."""

    spot: Sequence[int]
    rows: Sequence[int]
    by_days: bool


def stress_report(
    portfolio: Portfolio,
    file: PortfolioFile,
    spot_moves: Sequence[int] = SPOT_MOVES,
    volatility_moves: Sequence[int] = VOLATILITY_MOVES,
) -> Tree:
    """Return P&L in its parts and both margins for each pair of moves, and the worst pair. Raises
    `RiskFileError`, naming the move, where prices leave the kernel's domain."""
    check_moves(spot_moves, volatility_moves)
    now = _values(portfolio)
    rows = []
    for volatility in volatility_moves:
        for spot in spot_moves:
            try:
                moved = portfolio_of(moved_file(portfolio, file, ONE + spot, ONE + volatility))
                margin = moved.margin()
            except RiskFileError as error:
                at = f"spot {_signed(spot)}, volatility {_signed(volatility)}"
                raise RiskFileError([f"{at}: {each}" for each in error.problems]) from error
            then = _values(moved)
            parts = {name: then[name] - now[name] for name in now}
            rows.append((spot, volatility, parts, margin))
    worst = min(rows, key=lambda row: sum(row[2].values()))
    margin = portfolio.margin()
    return {
        "now": {
            "value": format_wad(sum(now.values())),
            "initial_margin": format_wad(margin.initial_margin),
            "maintenance_margin": format_wad(margin.maintenance_margin),
        },
        "worst": {"spot": format_wad(worst[0]), "volatility": format_wad(worst[1])},
        "moves": [
            {
                "spot": format_wad(spot),
                "volatility": format_wad(volatility),
                "pnl": format_wad(sum(parts.values())),
                "parts": {name: format_wad(part) for name, part in parts.items()},
                "initial_margin": format_wad(margin.initial_margin),
                "maintenance_margin": format_wad(margin.maintenance_margin),
                "liquidatable": margin.maintenance_margin < 0,
            }
            for spot, volatility, parts, margin in rows
        ],
    }


def check_moves(*moves: Sequence[float]) -> None:
    """Raise `RiskFileError` for a move by which a price or volatility would be below zero."""
    for each in (move for group in moves for move in group):
        if each < -ONE:
            raise RiskFileError([f"a move of {format_wad(int(100 * each))} % is below -100 %"])


def moved_file(
    portfolio: Portfolio, file: PortfolioFile, spot: int, volatility: int
) -> PortfolioFile:
    """Return the file with prices times one factor and its options' volatilities times another,
    each rounded down; prices stay at least one unit."""
    feeds, positions = file.feeds, file.positions

    def price(wad: int, least: int = 1) -> int:
        return max(least, wad * spot // ONE)

    rates = file.parameters.collateral
    perpetual = feeds.perpetual
    collateral = {
        name: feed.model_copy(update={"price": price(feed.price)})
        if name in rates and rates[name].risk_cancelling
        else feed
        for name, feed in feeds.collateral.items()
    }
    moved_feeds = feeds.model_copy(
        update={
            "spot": feeds.spot.model_copy(update={"price": price(feeds.spot.price)}),
            "perpetual": perpetual
            and perpetual.model_copy(update={"price": price(perpetual.price, 0)}),
            "expiries": {
                name: feed.model_copy(update={"forward": price(feed.forward)})
                for name, feed in feeds.expiries.items()
            },
            "collateral": collateral,
        }
    )
    options = list(positions.options)
    for rows in portfolio.rows:
        for row in rows:
            vol = option_volatility(file, row) * volatility // ONE
            options[row] = options[row].model_copy(update={"vol": vol})
    held = positions.perpetuals
    gained = 0
    if perpetual is not None:
        gained = held.amount * (price(perpetual.price, 0) - perpetual.price) // ONE
    moved_positions = positions.model_copy(
        update={
            "options": options,
            "perpetuals": held.model_copy(update={"unrealised_pnl": held.unrealised_pnl + gained}),
        }
    )
    return file.model_copy(update={"feeds": moved_feeds, "positions": moved_positions})


def grid_report(portfolio: Portfolio, file: PortfolioFile, axes: GridAxes) -> Tree:
    """Return the P&L of the portfolio in USD for every pair of moves, as floats: rows of columns.
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
    for name, rows in zip(portfolio.names, portfolio.rows, strict=True):
        pnl += _expiry_change(file, name, rows, spot, days, factor)
    account, market = portfolio.account, portfolio.market
    moving = account.perpetuals * market.perpetual / ONE**2
    for held in account.collateral:
        if held.rates.risk_cancelling:
            moving += held.amount * held.price / market.stable / ONE
    pnl += moving * (spot - 1)
    return {
        "by": "days" if axes.by_days else "volatility",
        "spot": [format_wad(each) for each in axes.spot],
        "rows": [
            {"at": format_wad(at), "pnl": [round(float(each), 6) for each in row]}
            for at, row in zip(axes.rows, pnl, strict=True)
        ],
    }


def _expiry_change(
    file: PortfolioFile, name: str, rows: Sequence[int], spot: Any, days: Any, factor: Any
) -> Any:
    """Return the change of value of one expiry's options over the grid."""
    import numpy

    feed = expiry_feed(file.feeds.expiries[name])
    moving, fixed = (part / ONE for part in settlement_parts(feed))
    left = numpy.maximum(0.0, feed.seconds - days * DAY_SECONDS)
    # Spot moves at once and stays there; what an average has fixed it does not reach.
    forward = moving * spot + fixed
    rate = max(0, feed.rate) / ONE
    discount, today = (
        numpy.exp(-rate * left / YEAR_SECONDS),
        numpy.exp(-rate * feed.seconds / YEAR_SECONDS),
    )
    change = 0.0
    for row in rows:
        option = file.positions.options[row]
        vol, side = option_volatility(file, row) / ONE, 0 if option.type == "call" else 1
        strike = option.strike / ONE
        then = calls_and_puts(
            forward, strike, vol * factor * numpy.sqrt(left / YEAR_SECONDS), discount
        )[side]
        root = (feed.seconds / YEAR_SECONDS) ** 0.5
        now = calls_and_puts(moving + fixed, strike, vol * root, today)[side]
        change = change + option.amount / ONE * (then - now)
    return change


def _values(portfolio: Portfolio) -> dict[str, int]:
    """Return the value of each expiry's options, of perpetuals and of collateral, wads."""
    account, market = portfolio.account, portfolio.market
    lane = len(portfolio.grid.lanes) - SPECIAL_LANES
    values = {
        name: sum(
            option.amount * (option.array >> 256 * lane & VALUE_MAX) for option in expiry.options
        )
        // ONE
        for name, expiry in zip(portfolio.names, account.expiries, strict=True)
    }
    if account.perpetuals:
        values["perpetuals"] = account.perpetual_pnl
    if account.collateral:
        values["collateral"] = sum(
            held.amount * held.price // market.stable for held in account.collateral
        )
    return values


def _signed(move: int) -> str:
    return f"{'+' if move > 0 else ''}{format_wad(100 * move)} %"
