"""Standard margin of a mixed account: an expiry's options together, by the most that they can lose.

Of the options of one expiry and underlying two figures count, and the lower one is asked for:

    isolated   Σ requirement of each short option on its own
    max loss   the worst payoff over settlement prices 0 and every strike, in cash;
               where more calls are sold than bought, + scale·forward a call beyond

A payoff is linear between strikes, so that its minimum lies at one of them, or runs away to the
right, which the scale stands for. Spreads so ask for no more than they can lose.
Everything rounds up, against the user. Same bits as contracts/src/risk/StandardMargin.sol.
Source: derivexyz/v2-core, StandardManager, _calcNetBasicMarginSingleExpiry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from strikeproof.risk.kernel.errors import OutOfDomain
from strikeproof.risk.kernel.fixed_point import ONE, mul_div_ceil
from strikeproof.risk.kernel.standard_margin import (
    AMOUNT_MAX,
    PRICE_MAX,
    RATE_MAX,
    OptionRates,
    option_requirement,
)


@dataclass(frozen=True, slots=True)
class UnpairedScales:
    """What a call that is sold and not bought asks for beyond the worst strike, of the forward.
    Defaults: derivexyz/v2-core, scripts/config-mainnet.sol, getSRMParams."""

    initial: int = 12 * ONE // 10
    maintenance: int = 11 * ONE // 10


@dataclass(frozen=True, slots=True)
class StandardOption:
    """A position in one option: the amount is short below zero, `mark` one option's mark price."""

    strike: int
    is_call: bool
    amount: int
    mark: int


@dataclass(frozen=True, slots=True)
class StandardRates:
    """Everything that standard margin of an account on one underlying depends on."""

    option: OptionRates = field(default_factory=OptionRates)
    unpaired: UnpairedScales = field(default_factory=UnpairedScales)
    perpetual_initial: int = 10 * ONE // 100
    perpetual_maintenance: int = 65 * ONE // 1000


def isolated_requirement(
    options: Sequence[StandardOption], spot: int, rates: OptionRates
) -> tuple[int, int]:
    """Return what an expiry's short options ask for on their own. Raises `OutOfDomain`."""
    found = [
        option_requirement(each.is_call, each.strike, each.mark, each.amount, spot, rates)
        for each in options
    ]
    return sum(initial for initial, _ in found), sum(maintenance for _, maintenance in found)


def expiry_requirement(
    options: Sequence[StandardOption],
    spot: int,
    forward: int,
    rates: OptionRates,
    scales: UnpairedScales,
) -> tuple[int, int]:
    """Return initial and maintenance requirement of one expiry's options, USD, zero or above.

    Raises `OutOfDomain`, also if the amounts together exceed AMOUNT_MAX.
    """
    if not 0 <= forward <= PRICE_MAX:
        raise OutOfDomain("forward", forward, 0, PRICE_MAX)
    for scale in (scales.initial, scales.maintenance):
        if not 0 <= scale <= RATE_MAX:
            raise OutOfDomain("scale", scale, 0, RATE_MAX)
    isolated = maintenance = size = net_calls = 0
    for option in options:
        each = option_requirement(
            option.is_call, option.strike, option.mark, option.amount, spot, rates
        )
        isolated += each[0]
        maintenance += each[1]
        size += abs(option.amount)
        if size > AMOUNT_MAX:
            raise OutOfDomain("size", size, 0, AMOUNT_MAX)
        net_calls += option.amount if option.is_call else 0
    most = most_lost(options)
    unpaired = max(0, -net_calls) * forward
    return (
        min(isolated, -(-most // ONE) + mul_div_ceil(unpaired, scales.initial, ONE * ONE)),
        min(maintenance, -(-most // ONE) + mul_div_ceil(unpaired, scales.maintenance, ONE * ONE)),
    )


def most_lost(options: Sequence[StandardOption]) -> int:
    """Return the greatest loss over settlement prices of zero and every strike, 36 decimals."""
    worst = 0
    for settlement in (0, *(option.strike for option in options)):
        paid = sum(
            option.amount
            * max(
                0,
                settlement - option.strike if option.is_call else option.strike - settlement,
            )
            for option in options
        )
        worst = min(worst, paid)
    return -worst
