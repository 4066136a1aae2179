"""Contingencies: margin for what no scenario shows, by notional; each rounds up, against the user.

Perpetuals and naked short options at a rate, collateral at its haircut, and an addition to initial
margin where the confidence of a price feed is low. Wads throughout.
Same bits as contracts/src/risk/Contingencies.sol. Source: docs/risk.md, contingencies.
"""

from __future__ import annotations

from collections.abc import Sequence

from sequencer.core.risk.fixed_point import ONE, mul_ceil, mul_div_ceil
from sequencer.core.risk.holdings import Account, Market, OptionHolding
from sequencer.core.risk.margin_parameters import MarginParameters, Thresholded


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
    rates, rule = parameters.contingency, parameters.confidence
    spot_confidence = confidence = market.spot_confidence
    maintenance = initial = 0
    if account.perpetuals:
        confidence = min(confidence, market.perpetual_confidence)
        size = abs(account.perpetuals)
        maintenance = _of_notional(size, market.spot, rates.perpetual_maintenance)
        initial = _of_notional(size, market.spot, rates.perpetual_initial)
        initial += _of_notional(size, market.spot, confidence_rate(confidence, rule))
    shorts = 0
    for expiry, expiry_size in zip(account.expiries, sizes, strict=True):
        shorts += naked_shorts(expiry.options)
        if min(confidence, expiry.confidence) < rule.threshold:
            rate = confidence_rate(min(confidence, expiry.confidence), rule)
            initial += _of_notional(expiry_size, market.spot, rate)
    maintenance += _of_notional(shorts, market.spot, rates.option_maintenance)
    initial += _of_notional(shorts, market.spot, rates.option_initial)
    for collateral, value in zip(account.collateral, values, strict=True):
        maintenance += mul_ceil(value, collateral.rates.maintenance_haircut)
        initial += mul_ceil(value, collateral.rates.initial_haircut)
        rate = confidence_rate(min(spot_confidence, collateral.confidence), rule)
        if rate:
            initial += mul_ceil(value, rate)
    return maintenance, initial


def naked_shorts(options: Sequence[OptionHolding]) -> int:
    """Return the short options of one expiry that nothing at their strike offsets.

    At a strike a call and a put of opposite sign count max(0, -(their sum)); two shorts both count.
    """
    shorts = [option for option in options if option.amount < 0]
    if len(shorts) == len(options):
        return -sum([option.amount for option in shorts])
    longs = {(each.strike, each.is_call): each.amount for each in options if each.amount > 0}
    naked = 0
    for option in shorts:
        offset = longs.get((option.strike, not option.is_call), 0)
        naked += max(0, -option.amount - offset)
    return naked


def confidence_rate(confidence: int, rule: Thresholded) -> int:
    """Return (1 - confidence)·factor below the threshold, rounded up, and zero elsewhere."""
    return mul_ceil(ONE - confidence, rule.factor) if confidence < rule.threshold else 0


def _of_notional(size: int, spot: int, rate: int) -> int:
    """Return size·spot·rate, rounded up once."""
    return mul_div_ceil(size * spot, rate, ONE * ONE)
