"""Contingencies: margin for what no scenario shows, by notional; each rounds up, against the user.

Perpetuals and naked short options at a rate, collateral at its haircut, and an addition to initial
margin where the confidence of a price feed is low. Wads throughout.
Same bits as contracts/src/risk/Contingencies.sol. Source: docs/risk.md, contingencies.
"""

from __future__ import annotations

from collections.abc import Sequence

from strikeproof.risk.kernel.errors import OutOfDomain
from strikeproof.risk.kernel.fixed_point import ONE, ONE_36, mul_ceil, quotient_ceil
from strikeproof.risk.kernel.holdings import Account, Market, OptionHolding
from strikeproof.risk.kernel.margin_parameters import (
    ContingencyRates,
    MarginParameters,
    Thresholded,
)


def contingencies(
    account: Account,
    market: Market,
    sizes: Sequence[int],
    values: Sequence[int],
    parameters: MarginParameters,
) -> tuple[int, int]:
    """Return maintenance contingency, and what initial margin adds to it; both are zero or above.

    `sizes` are those of the account's expiries and `values` of its collateral, in its order.
    """
    rates, rule, spot = parameters.contingency, parameters.confidence, market.spot
    confidence = market.spot_confidence
    maintenance = initial = 0
    if account.perpetuals:
        confidence = min(confidence, market.perpetual_confidence)
        maintenance, initial = perpetual_contingency(account.perpetuals, spot, rates)
        size = abs(account.perpetuals)
        if confidence < rule.threshold:
            initial += _of_notional(size, spot, confidence_rate(confidence, rule))
    shorts = 0
    for index, expiry in enumerate(account.expiries):
        shorts += naked_shorts(expiry.options)
        least = min(confidence, expiry.confidence)
        if least < rule.threshold:
            initial += _of_notional(sizes[index], spot, confidence_rate(least, rule))
    if shorts:
        of_shorts = option_contingency(shorts, spot, rates)
        maintenance, initial = maintenance + of_shorts[0], initial + of_shorts[1]
    for index, collateral in enumerate(account.collateral):
        maintenance += mul_ceil(values[index], collateral.rates.maintenance_haircut)
        initial += mul_ceil(values[index], collateral.rates.initial_haircut)
        least = min(market.spot_confidence, collateral.confidence)
        if least < rule.threshold:
            initial += mul_ceil(values[index], confidence_rate(least, rule))
    return maintenance, initial


def naked_shorts(options: Sequence[OptionHolding]) -> int:
    """Return the short options of one expiry that nothing at their strike offsets.

    At a strike a call and a put of opposite sign count max(0, -(their sum)); two shorts both count.
    """
    shorts = [option for option in options if option.amount < 0]
    naked = -sum([option.amount for option in shorts])
    if len(shorts) in (0, len(options)):
        return naked
    for option in shorts:
        for other in options:
            if other.strike == option.strike and other.is_call is not option.is_call:
                if other.amount > 0:
                    naked -= min(other.amount, -option.amount)
                break
    return naked


def confidence_rate(confidence: int, rule: Thresholded) -> int:
    """Return (1 - confidence)·factor below the threshold, rounded up, and zero elsewhere."""
    if confidence >= rule.threshold:
        return 0
    if confidence > ONE:
        raise OutOfDomain("confidence", confidence, 0, ONE)
    return mul_ceil(ONE - confidence, rule.factor)


def perpetual_contingency(perpetuals: int, spot: int, rates: ContingencyRates) -> tuple[int, int]:
    """Return maintenance contingency of perpetuals and what initial margin adds, at good feeds."""
    size = abs(perpetuals)
    return (
        _of_notional(size, spot, rates.perpetual_maintenance),
        _of_notional(size, spot, rates.perpetual_initial),
    )


def option_contingency(naked: int, spot: int, rates: ContingencyRates) -> tuple[int, int]:
    """Return maintenance contingency of naked shorts and what initial margin adds."""
    return (
        _of_notional(naked, spot, rates.option_maintenance),
        _of_notional(naked, spot, rates.option_initial),
    )


def _of_notional(size: int, spot: int, rate: int) -> int:
    """Return size·spot·rate, rounded up once."""
    return quotient_ceil(size * spot * rate, ONE_36)
