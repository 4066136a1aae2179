"""Greeks as JSON: exact decimal strings, of a position, an expiry, an underlying."""

from __future__ import annotations

from typing import Any

from strikeproof.client import Greeks, GreeksSum, UnderlyingGreeks

Json = dict[str, Any]


def underlying_greeks_json(found: UnderlyingGreeks) -> Json:
    """Return the Greeks of an account's positions on an underlying, and of each expiry."""
    return {
        "underlying": found.symbol,
        **_greeks_sum_json(found.sum),
        "expiries": [
            {
                "expiry": each.expiry or None,
                "expiry_ms": each.expiry_ms or None,
                **_greeks_sum_json(each.sum),
            }
            for each in found.expiries
        ],
    }


def _greeks_sum_json(found: GreeksSum) -> Json:
    return {
        **greeks_json(found.greeks),
        "overdue_positions": found.overdue_positions,
        "unpriced_positions": found.unpriced_positions,
    }


def greeks_json(found: Greeks) -> Json:
    """Return delta in units of the underlying, gamma in those per USD, vega in USD a volatility
    point, theta in USD a day."""
    return {
        "delta": f"{found.delta:f}",
        "gamma": f"{found.gamma:f}",
        "vega": f"{found.vega_usd:f}",
        "theta": f"{found.theta_usd:f}",
    }
