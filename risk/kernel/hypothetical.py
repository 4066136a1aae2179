"""An account after an order that was not placed: the same holdings, one of them changed.

Arrays do not depend on amounts, so that nothing is priced again but an option that was not held.
Money is rounded against the account. Source: docs/risk.md, what-if.
"""

from __future__ import annotations

from dataclasses import replace

from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.holdings import Account, ExpiryHolding, OptionHolding


def after_option(
    account: Account, place: int | None, expiry: ExpiryHolding, bought: OptionHolding, price: int
) -> Account:
    """Return the account after this many of an option were bought (sold, below zero) at a price.

    `place` is its expiry's in the account, or None for one that is not in it yet; then `expiry`
    has its terms and confidence. What comes to zero is no longer held.
    """
    held = () if place is None else account.expiries[place].options
    amount, others = bought.amount, []
    for option in held:
        if (option.strike, option.is_call) == (bought.strike, bought.is_call):
            amount += option.amount
        else:
            others.append(option)
    if amount:
        others.append(replace(bought, amount=amount))
    expiries = list(account.expiries)
    if place is not None:
        expiries[place] = replace(expiries[place], options=tuple(others))
    else:
        expiries.append(replace(expiry, options=tuple(others)))
    return replace(
        account,
        cash=account.cash + (-bought.amount * price // ONE),
        expiries=tuple(expiries),
    )


def after_perpetuals(account: Account, amount: int, price: int, market_price: int) -> Account:
    """Return the account after this many perpetuals were bought (sold, below zero) at a price: what
    the market's differs from it is unsettled profit."""
    return replace(
        account,
        perpetuals=account.perpetuals + amount,
        perpetual_pnl=account.perpetual_pnl + amount * (market_price - price) // ONE,
    )
