"""Settlement of options: the average that they settle at, and what a position gets.

The index is sampled through the last half hour; each sample counts as long as it lasted, so that a
last-minute move counts for its minute. Source: docs/risk.md.
"""

from __future__ import annotations

from collections.abc import Sequence

from strikeproof.risk.kernel.black76 import PRICE_MAX
from strikeproof.risk.kernel.errors import OutOfDomain
from strikeproof.risk.kernel.expiry_terms import SETTLEMENT_SECONDS
from strikeproof.risk.kernel.fixed_point import ONE


def settlement_average(samples: Sequence[tuple[int, int]]) -> int:
    """Return the average of (price, seconds that it lasted), a wad, rounded down.

    Raises `OutOfDomain` for a price beyond the domain, and unless the seconds are above zero and
    together at most the half hour.
    """
    total = elapsed = 0
    for price, seconds in samples:
        if not 1 <= price <= PRICE_MAX:
            raise OutOfDomain("price", price, 1, PRICE_MAX)
        if not 1 <= seconds <= SETTLEMENT_SECONDS - elapsed:
            raise OutOfDomain("seconds", seconds, 1, SETTLEMENT_SECONDS - elapsed)
        total += price * seconds
        elapsed += seconds
    if elapsed == 0:
        raise OutOfDomain("seconds", 0, 1, SETTLEMENT_SECONDS)
    return total // elapsed


def payoff(is_call: bool, strike: int, settlement: int) -> int:
    """Return what one option pays at this settlement price, a wad, zero or above."""
    return max(0, settlement - strike if is_call else strike - settlement)


def settled_cash(is_call: bool, strike: int, amount: int, settlement: int) -> int:
    """Return what a position gets, a wad, below zero for what it owes; rounds down: the rest of a
    unit is the house's."""
    return amount * payoff(is_call, strike, settlement) // ONE
