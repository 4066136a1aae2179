"""Standard margin: the requirement of one position on its own, by parameters of its underlying.

Per contract, S spot, M the option's mark price, OTM how far the strike is out of the money:

    short call   IM = max(a - OTM/S, b)·S + M         MM = c·S + M
    short put    MM = max(p·S, q·M) + M               IM = max(max(a - OTM/S, b)·S + M, offset·MM)
    long option  none: its premium is paid
    perpetual    a fraction of notional at the perpetual's price, the initial one scaled by
                 open interest

Each requirement rounds up, against the user. Wads throughout. Same bits as
contracts/src/risk/StandardMargin.sol. Source: docs.derive.xyz, "Standard Margin", and
derivexyz/v2-core, StandardManager.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import Final

from strikeproof.risk.kernel.errors import OutOfDomain
from strikeproof.risk.kernel.fixed_point import ONE, mul_ceil, mul_div_ceil

AMOUNT_MAX: Final = (1 << 97) - 1  # 158 billion
PRICE_MAX: Final = (1 << 85) - 1  # 38.6 million
RATE_MAX: Final = 10 * ONE


@dataclass(frozen=True, slots=True)
class OptionRates:
    """One underlying's. Defaults: derivexyz/v2-core, scripts/config-mainnet.sol, getSRMParams."""

    initial: int = 15 * ONE // 100  # a, less what the option is out of the money
    initial_floor: int = 13 * ONE // 100  # b
    call_maintenance: int = 9 * ONE // 100  # c
    put_maintenance: int = 9 * ONE // 100  # p, of spot
    put_mark_maintenance: int = 9 * ONE // 100  # q, of the mark
    put_offset: int = 105 * ONE // 100  # initial margin of a put is at least this much maintenance


def option_requirement(
    is_call: bool, strike: int, mark: int, amount: int, spot: int, rates: OptionRates
) -> tuple[int, int]:
    """Return initial and maintenance requirement of an option position, USD, zero or above.

    `mark` is one option's mark price. Raises `OutOfDomain`.
    """
    _check_amount(amount)
    _check_prices(strike=strike, mark=mark, spot=spot)
    _check_rates(*astuple(rates))
    if amount >= 0:
        return 0, 0
    beyond = max(0, strike - spot if is_call else spot - strike)
    # a·S - OTM and b·S need no quotient OTM/S; exact until the product with the amount.
    initial = max(rates.initial * spot - beyond * ONE, rates.initial_floor * spot) + mark * ONE
    if is_call:
        maintenance = rates.call_maintenance * spot + mark * ONE
    else:
        maintenance = (
            max(rates.put_maintenance * spot, rates.put_mark_maintenance * mark) + mark * ONE
        )
        initial = max(initial, mul_ceil(rates.put_offset, maintenance))
    return _requirements(-amount, initial, maintenance)


def perpetual_requirement(
    amount: int, price: int, initial_fraction: int, maintenance_fraction: int
) -> tuple[int, int]:
    """Return initial and maintenance requirement of a perpetual position, USD, zero or above.

    `initial_fraction` is what `open_interest.scaled_initial_fraction` made of it. Raises
    `OutOfDomain`.
    """
    _check_amount(amount)
    _check_prices(price=price)
    _check_rates(initial_fraction, maintenance_fraction)
    return _requirements(abs(amount), initial_fraction * price, maintenance_fraction * price)


def _requirements(size: int, initial: int, maintenance: int) -> tuple[int, int]:
    """Return both requirements of `size` units from those of one with 36 decimals, rounded up."""
    return mul_div_ceil(size, initial, ONE * ONE), mul_div_ceil(size, maintenance, ONE * ONE)


def _check_amount(amount: int) -> None:
    if not -AMOUNT_MAX <= amount <= AMOUNT_MAX:
        raise OutOfDomain("amount", amount, -AMOUNT_MAX, AMOUNT_MAX)


def _check_prices(**prices: int) -> None:
    for name, price in prices.items():
        if not 0 <= price <= PRICE_MAX:
            raise OutOfDomain(name, price, 0, PRICE_MAX)


def _check_rates(*rates: int) -> None:
    for rate in rates:
        if not 0 <= rate <= RATE_MAX:
            raise OutOfDomain("rate", rate, 0, RATE_MAX)
