"""Initial margin fraction scaled by open interest: a crowded market asks for more.

    IMF_eff = min(1, IMF + (1 - IMF)·(OI - lo)/(hi - lo)),  and IMF itself up to lo

Same bits as contracts/src/risk/StandardMargin.sol. Source: dYdX v4, open-interest-based initial
margin fraction (dydxprotocol/v4-chain, perpetuals, LiquidityTier).
"""

from __future__ import annotations

from strikeproof.risk.kernel.errors import OutOfDomain
from strikeproof.risk.kernel.fixed_point import ONE, mul_div_ceil

OPEN_INTEREST_MAX = 10**24 * ONE


def scaled_initial_fraction(fraction: int, open_interest: int, low: int, high: int) -> int:
    """Return the effective initial margin fraction, a wad, rounded up against the user.

    `open_interest`, `low` and `high` share any one unit. Where the caps coincide, all above them
    is at the upper one. Raises `OutOfDomain` unless 0 ≤ fraction ≤ 1 and 0 ≤ low ≤ high.
    """
    if not 0 <= fraction <= ONE:
        raise OutOfDomain("fraction", fraction, 0, ONE)
    if not 0 <= open_interest <= OPEN_INTEREST_MAX:
        raise OutOfDomain("open_interest", open_interest, 0, OPEN_INTEREST_MAX)
    if not 0 <= high <= OPEN_INTEREST_MAX:
        raise OutOfDomain("high", high, 0, OPEN_INTEREST_MAX)
    if not 0 <= low <= high:
        raise OutOfDomain("low", low, 0, high)
    if open_interest <= low:
        return fraction
    if open_interest >= high:
        return ONE
    return fraction + mul_div_ceil(ONE - fraction, open_interest - low, high - low)
