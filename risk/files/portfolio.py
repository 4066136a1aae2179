"""From a checked portfolio file to the kernel's values, and its margin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from strikeproof.risk.files.decimals import format_wad
from strikeproof.risk.files.json_file import FileFields, RiskFileError
from strikeproof.risk.files.portfolio_file import (
    ExpiryFields,
    OptionFields,
    ParameterFields,
    PortfolioFile,
)
from strikeproof.risk.kernel.errors import OutOfDomain
from strikeproof.risk.kernel.expiry_terms import (
    SETTLEMENT_SECONDS,
    ExpiryFeed,
    ExpiryTerms,
    expiry_terms,
)
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.holdings import (
    Account,
    CollateralHolding,
    ExpiryHolding,
    Market,
    OptionHolding,
)
from strikeproof.risk.kernel.margin_parameters import (
    CollateralRates,
    ContingencyRates,
    Discounting,
    ForwardContingency,
    MarginFactors,
    MarginParameters,
    SkewCap,
    SkewShock,
    Thresholded,
    VolatilityShock,
)
from strikeproof.risk.kernel.portfolio_margin import PortfolioMargin, portfolio_margin
from strikeproof.risk.kernel.scenario_array import VALUE_MAX, scenario_arrays
from strikeproof.risk.kernel.scenarios import Grid, Scenario
from strikeproof.risk.kernel.svi import volatility_at


@dataclass(frozen=True, slots=True)
class Portfolio:
    """A portfolio ready to be margined. `names` are its expiries' and `rows` its options' places
    in the file, in the order of the account."""

    account: Account
    market: Market
    parameters: MarginParameters
    grid: Grid
    names: tuple[str, ...]
    rows: tuple[tuple[int, ...], ...]

    def margin(self) -> PortfolioMargin:
        """Return its margin. Raises `RiskFileError` for sums beyond the kernel's domain."""
        try:
            return portfolio_margin(self.account, self.market, self.parameters, self.grid)
        except OutOfDomain as error:
            raise RiskFileError([f"positions: {error}"]) from error


def portfolio_of(file: PortfolioFile) -> Portfolio:
    """Return the portfolio of a file. Raises `RiskFileError` that names every wrong field."""
    problems = list(_cross_problems(file))
    if problems:
        raise RiskFileError(problems)
    parameters = parameters_of(file.parameters)
    grid = parameters.grid()
    names = tuple(
        name
        for name in file.feeds.expiries
        if any(option.expiry == name and option.amount for option in file.positions.options)
    )
    rows = tuple(
        tuple(
            row
            for row, option in enumerate(file.positions.options)
            if option.expiry == name and option.amount
        )
        for name in names
    )
    feeds, positions = file.feeds, file.positions
    account = Account(
        cash=positions.cash,
        perpetuals=positions.perpetuals.amount,
        perpetual_pnl=positions.perpetuals.unrealised_pnl,
        funding=positions.perpetuals.funding,
        expiries=tuple(
            _with_options(file, expiry_holding(file, name, parameters), expiry_rows, grid)
            for name, expiry_rows in zip(names, rows, strict=True)
        ),
        collateral=tuple(
            CollateralHolding(
                amount,
                feeds.collateral[name].price,
                feeds.collateral[name].confidence,
                CollateralRates(**_values(file.parameters.collateral[name])),
            )
            for name, amount in positions.collateral.items()
        ),
    )
    perpetual = feeds.perpetual
    market = Market(
        spot=feeds.spot.price,
        spot_confidence=feeds.spot.confidence,
        perpetual=perpetual.price if perpetual else 0,
        perpetual_confidence=perpetual.confidence if perpetual else ONE,
        stable=feeds.stable.price,
    )
    return Portfolio(account, market, parameters, grid, names, rows)


def parameters_of(fields: ParameterFields) -> MarginParameters:
    """Return the kernel's parameters of a file's."""
    skew = fields.skew
    return MarginParameters(
        scenarios=tuple(
            Scenario(ONE + each.spot_shock, each.move, each.dampening) for each in fields.scenarios
        ),
        volatility_shock=VolatilityShock(**_values(fields.volatility_shock)),
        skew=SkewShock(
            linear=SkewCap(**_values(skew.linear)),
            absolute=SkewCap(**_values(skew.absolute)),
            minimum_k=skew.minimum_k,
            width=skew.width,
            static=skew.static,
            scale=skew.scale,
        ),
        discounting=Discounting(**_values(fields.discounting)),
        forward_contingency=ForwardContingency(**_values(fields.forward_contingency)),
        contingency=ContingencyRates(**_values(fields.contingency)),
        confidence=Thresholded(**_values(fields.confidence)),
        peg=Thresholded(**_values(fields.peg)),
        margin=MarginFactors(**_values(fields.margin)),
    )


def option_volatility(file: PortfolioFile, row: int) -> int:
    """Return the volatility of an option of the file: its own, or its expiry's surface at its
    strike. Raises `RiskFileError`."""
    option = file.positions.options[row]
    return volatility_of(file, option.expiry, option.strike) if option.vol is None else option.vol


def volatility_of(file: PortfolioFile, name: str, strike: int) -> int:
    """Return the volatility of an expiry's surface at a strike. Raises `RiskFileError`."""
    svi = file.feeds.expiries[name].svi
    assert svi is not None, "cross-checked: an option has a volatility or a surface"
    try:
        return volatility_at(svi.kernel(), svi.forward, strike, svi.seconds)
    except OutOfDomain as error:
        problem = f"feeds.expiries.{name}.svi: no volatility at strike"
        raise RiskFileError([f"{problem} {format_wad(strike)}: {error}"]) from error


def expiry_holding(file: PortfolioFile, name: str, parameters: MarginParameters) -> ExpiryHolding:
    """Return an expiry of the file, without options yet. Raises `RiskFileError`."""
    feed = file.feeds.expiries[name]
    try:
        terms = expiry_terms(expiry_feed(feed), parameters)
    except OutOfDomain as error:
        raise RiskFileError([f"feeds.expiries.{name}: {error}"]) from error
    confidence = feed.confidence
    least = min(confidence.forward, confidence.rate, confidence.volatility)
    return ExpiryHolding(terms, least, ())


def _with_options(
    file: PortfolioFile, expiry: ExpiryHolding, rows: tuple[int, ...], grid: Grid
) -> ExpiryHolding:
    """Return the expiry with the options of these rows and their arrays. Raises
    `RiskFileError`."""
    options = tuple(_option_holding(file, row, expiry.terms, grid) for row in rows)
    return replace(expiry, options=options)


def _option_holding(file: PortfolioFile, row: int, terms: ExpiryTerms, grid: Grid) -> OptionHolding:
    """Return one option with its array. Raises `RiskFileError`."""
    option = file.positions.options[row]
    is_call = option.type == "call"
    try:
        call, put = scenario_arrays(grid, terms, option.strike, option_volatility(file, row))
    except OutOfDomain as error:
        problem = _beyond_a_lane(error, grid) if error.name == "lane" else str(error)
        raise RiskFileError([f"positions.options[{row}]: {problem}"]) from error
    return OptionHolding(option.strike, is_call, option.amount, call if is_call else put)


def _beyond_a_lane(error: OutOfDomain, grid: Grid) -> str:
    """Say what a value beyond a lane means for the prices of the file."""
    largest = max(lane.spot for lane in grid.lanes)
    forward = VALUE_MAX * ONE // largest
    return (
        f"is worth {format_wad(error.value)} in a scenario, more than the kernel's "
        f"{format_wad(VALUE_MAX // ONE * ONE)}: at the grid's largest spot factor, "
        f"{format_wad(largest)}, forwards up to {format_wad(forward // ONE * ONE)} fit"
    )


def expiry_feed(feed: ExpiryFields) -> ExpiryFeed:
    """Return what the kernel needs of an expiry's feeds."""
    return ExpiryFeed(feed.seconds, feed.forward, feed.rate, feed.average or 0)


def _cross_problems(file: PortfolioFile) -> Iterator[str]:
    """Yield what is wrong between fields: names without feed, options twice, no volatility."""
    feeds, positions, parameters = file.feeds, file.positions, file.parameters
    if positions.perpetuals.amount and feeds.perpetual is None:
        yield "feeds.perpetual: is missing, and perpetuals are held"
    for name in positions.collateral:
        if name not in feeds.collateral:
            yield f"feeds.collateral.{name}: is missing, and it is held"
        if name not in parameters.collateral:
            yield f"parameters.collateral.{name}: is missing, and it is held"
    for name, expiry in feeds.expiries.items():
        late = expiry.seconds < SETTLEMENT_SECONDS
        if late and expiry.average is None:
            yield f"feeds.expiries.{name}.average: is missing, and settlement is being averaged"
        elif expiry.average is not None and not late:
            problem = f"counts in the last {SETTLEMENT_SECONDS} seconds alone; leave it out before"
            yield f"feeds.expiries.{name}.average: {problem}"
    seen: dict[tuple[str, int, str], int] = {}
    for row, option in enumerate(positions.options):
        yield from _option_problems(file, row, option)
        first = seen.setdefault((option.expiry, option.strike, option.type), row)
        if first != row:
            yield f"positions.options[{row}]: is the option of positions.options[{first}] again"


def _option_problems(file: PortfolioFile, row: int, option: OptionFields) -> Iterator[str]:
    expiry = file.feeds.expiries.get(option.expiry)
    if expiry is None:
        yield f"positions.options[{row}].expiry: {option.expiry!r} is not in feeds.expiries"
    elif option.vol is None and expiry.svi is None:
        yield f"positions.options[{row}].vol: is missing, and {option.expiry!r} has no svi"


def _values(section: FileFields) -> dict[str, Any]:
    """Return a section's fields by name: integers, and the one truth value of collateral."""
    return {name: getattr(section, name) for name in type(section).model_fields}
