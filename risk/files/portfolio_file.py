"""The portfolio file of `strikeproof risk margin` and `scenarios`: feeds, positions, parameters.

Schema: docs/risk.md, portfolio file. The models check each field alone; `portfolio.py`
checks what takes several, and makes the kernel's values of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, is_dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field

from strikeproof.risk.files.decimals import (
    Amount,
    Factor,
    Fraction,
    Price,
    Rate,
    Seconds,
    SignedFactor,
    Size,
    Usd,
    Volatility,
    wad_between,
)
from strikeproof.risk.files.json_file import FileFields
from strikeproof.risk.files.surface_file import FittedSvi
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.margin_parameters import MarginParameters
from strikeproof.risk.kernel.scenarios import VolatilityMove
from strikeproof.risk.kernel.standard_account import StandardRates, UnpairedScales
from strikeproof.risk.kernel.standard_margin import OptionRates

NonNegativePrice = Annotated[int, wad_between("0", "38000000")]
Days = Annotated[int, wad_between("0", "36500")]
Shock = Annotated[int, wad_between("-1", "70")]
Rate10 = Annotated[int, wad_between("0", "10")]
Dampening = Annotated[int, wad_between("0", "18")]
MoveName = Literal["up", "down", "unchanged", "linear", "absolute"]
OptionType = Literal["call", "put"]
EXPIRIES_MAX: Final = 64
POSITIONS_MAX: Final = 256
SCENARIOS_MAX: Final = 59  # so that, with five lanes of their own kind, they fit 64 lanes
DEFAULTS: Final = MarginParameters()


class ScenarioFields(FileFields):
    """One scenario: a shock to spot, a move of volatilities, a factor on the P&L."""

    spot_shock: Shock
    volatility: MoveName
    dampening: Dampening

    @property
    def move(self) -> VolatilityMove:
        return VolatilityMove[self.volatility.upper()]


class VolatilityShockFields(FileFields):
    range_up: Factor
    range_down: Factor
    short_power: Factor
    long_power: Factor
    floor_days: Days
    minimum_up: Volatility


class SkewCapFields(FileFields):
    base: SignedFactor
    scale_cap: SignedFactor


class SkewFields(FileFields):
    linear: SkewCapFields
    absolute: SkewCapFields
    minimum_k: Factor
    width: SignedFactor
    static: SignedFactor
    scale: SignedFactor


class DiscountingFields(FileFields):
    long_static: Factor
    long_rate_mult: Factor
    long_rate_add: Factor
    short_static: Factor
    short_rate_mult: Factor
    short_rate_add: Factor


class ForwardContingencyFields(FileFields):
    spot_up: Annotated[int, wad_between("0", "71")]
    spot_down: Annotated[int, wad_between("0", "71")]
    add: Factor
    mult: Factor


class ContingencyFields(FileFields):
    perpetual_maintenance: Factor
    perpetual_initial: Factor
    option_maintenance: Factor
    option_initial: Factor


class ThresholdFields(FileFields):
    threshold: Factor
    factor: Factor


class MarginFields(FileFields):
    initial_factor: Factor
    maintenance_factor: Factor


class StandardFields(FileFields):
    """Rates of standard margin: options, calls beyond those bought, perpetuals."""

    option_initial: Rate10
    option_initial_floor: Rate10
    call_maintenance: Rate10
    put_maintenance: Rate10
    put_mark_maintenance: Rate10
    put_offset: Rate10
    unpaired_initial: Rate10
    unpaired_maintenance: Rate10
    perpetual_initial: Rate10
    perpetual_maintenance: Rate10

    def kernel(self) -> StandardRates:
        """Return the kernel's form of them."""
        return StandardRates(
            OptionRates(
                self.option_initial,
                self.option_initial_floor,
                self.call_maintenance,
                self.put_maintenance,
                self.put_mark_maintenance,
                self.put_offset,
            ),
            UnpairedScales(self.unpaired_initial, self.unpaired_maintenance),
            self.perpetual_initial,
            self.perpetual_maintenance,
        )


def default_standard_fields() -> StandardFields:
    """Return the default rates of standard margin as a file writes them."""
    rates = StandardRates()
    values = (
        *astuple(rates.option),
        *astuple(rates.unpaired),
        *(rates.perpetual_initial, rates.perpetual_maintenance),
    )
    names = StandardFields.model_fields
    return StandardFields.model_construct(**dict(zip(names, values, strict=True)))


class CollateralRateFields(FileFields):
    risk_cancelling: bool
    maintenance_haircut: Fraction
    initial_haircut: Fraction


def _of_defaults(model: type[FileFields], values: Any) -> Any:
    """Return a section with the values of one of the kernel's parameter groups."""
    fields = {}
    for name in model.model_fields:
        value = getattr(values, name)
        nested = SkewCapFields if is_dataclass(value) else None
        fields[name] = _of_defaults(nested, value) if nested else value
    return model.model_construct(**fields)


def default_scenario_fields() -> list[ScenarioFields]:
    """Return the default grid as a file writes it."""
    return [
        ScenarioFields.model_construct(
            spot_shock=each.spot - ONE,
            volatility=each.move.name.lower(),
            dampening=each.dampening,
        )
        for each in DEFAULTS.scenarios
    ]


def _or_default(build: Callable[[], Any]) -> BeforeValidator:
    """Return a validator that reads the word "default" as the kernel's default."""
    return BeforeValidator(lambda value: build() if value == "default" else value)


def _group(name: str, model: type[FileFields]) -> BeforeValidator:
    return _or_default(lambda: _of_defaults(model, getattr(DEFAULTS, name)))


class ParameterFields(FileFields):
    """Every parameter of portfolio margin; a group may be the word "default"."""

    scenarios: Annotated[
        list[ScenarioFields],
        Field(min_length=1, max_length=SCENARIOS_MAX),
        _or_default(default_scenario_fields),
    ]
    volatility_shock: Annotated[
        VolatilityShockFields, _group("volatility_shock", VolatilityShockFields)
    ]
    skew: Annotated[SkewFields, _group("skew", SkewFields)]
    discounting: Annotated[DiscountingFields, _group("discounting", DiscountingFields)]
    forward_contingency: Annotated[
        ForwardContingencyFields, _group("forward_contingency", ForwardContingencyFields)
    ]
    contingency: Annotated[ContingencyFields, _group("contingency", ContingencyFields)]
    confidence: Annotated[ThresholdFields, _group("confidence", ThresholdFields)]
    peg: Annotated[ThresholdFields, _group("peg", ThresholdFields)]
    margin: Annotated[MarginFields, _group("margin", MarginFields)]
    standard: Annotated[
        StandardFields,
        Field(default_factory=default_standard_fields),
        _or_default(default_standard_fields),
    ]
    collateral: dict[str, CollateralRateFields]


class PriceFeed(FileFields):
    price: Price
    confidence: Fraction


class PerpetualFeed(FileFields):
    price: NonNegativePrice
    confidence: Fraction


class StableFeed(FileFields):
    price: Price


class ExpiryConfidence(FileFields):
    forward: Fraction
    rate: Fraction
    volatility: Fraction


class ExpiryFields(FileFields):
    seconds: Seconds
    forward: Price
    rate: Rate
    confidence: ExpiryConfidence
    average: Price | None = None
    svi: FittedSvi | None = None


class FeedFields(FileFields):
    spot: PriceFeed
    perpetual: PerpetualFeed | None = None
    stable: StableFeed
    expiries: Annotated[dict[str, ExpiryFields], Field(max_length=EXPIRIES_MAX)]
    collateral: dict[str, PriceFeed]


class PerpetualFields(FileFields):
    amount: Amount
    unrealised_pnl: Usd
    funding: Usd


class OptionFields(FileFields):
    expiry: str
    strike: Price
    type: OptionType
    amount: Amount
    vol: Volatility | None = None


class PositionFields(FileFields):
    cash: Usd
    perpetuals: PerpetualFields
    options: Annotated[list[OptionFields], Field(max_length=POSITIONS_MAX)]
    collateral: dict[str, Size]


class PortfolioFile(FileFields):
    """A portfolio with all that its margin depends on."""

    feeds: FeedFields
    positions: PositionFields
    parameters: ParameterFields
