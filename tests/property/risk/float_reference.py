"""Portfolio margin in floats: an independent reference, written from the methodology alone.

It shares nothing with risk/kernel but the schema of a portfolio file, which it reads as a
plain dictionary: no lanes, no fixed point, no shared constants. Slow and short on purpose.
Source of the formulas: docs/risk.md, portfolio margin.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

YEAR_SECONDS = 31_536_000
Tree = Mapping[str, Any]


def normal_cdf(x: float) -> float:
    """Return the standard normal distribution at `x`, good in both tails."""
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


def black76(
    forward: float, strike: float, vol: float, tau: float, discount: float, is_call: bool
) -> float:
    """Return the price of one European option on a forward."""
    deviation = vol * math.sqrt(tau)
    sign = 1.0 if is_call else -1.0
    if deviation <= 0.0 or forward <= 0.0:
        return discount * max(0.0, sign * (forward - strike))
    d1 = math.log(forward / strike) / deviation + deviation / 2.0
    d2 = d1 - deviation
    return discount * sign * (forward * normal_cdf(sign * d1) - strike * normal_cdf(sign * d2))


def svi_vol(svi: Tree, strike: float) -> float:
    """Return the volatility of raw SVI at a strike, by its own forward and time, wings clamped."""
    tau = int(svi["seconds"]) / YEAR_SECONDS
    clamp = 4.0 * math.sqrt(float(svi["a"]) + float(svi["b"]) * float(svi["sigma"]))
    k = max(-clamp, min(clamp, math.log(strike / float(svi["forward"]))))
    x = k - float(svi["m"])
    root = math.sqrt(x * x + float(svi["sigma"]) ** 2)
    variance = float(svi["a"]) + float(svi["b"]) * (float(svi["rho"]) * x + root)
    return math.sqrt(max(0.0, variance) / tau)


class Expiry:
    """One expiry's options, feeds and what the parameters make of them."""

    def __init__(self, name: str, portfolio: Tree) -> None:
        feed = portfolio["feeds"]["expiries"][name]
        parameters = portfolio["parameters"]
        self.seconds = int(feed["seconds"])
        self.tau = self.seconds / YEAR_SECONDS
        forward = float(feed["forward"])
        left = min(1.0, self.seconds / 1800.0)
        self.moving = forward * left
        self.fixed = float(feed["average"]) * (1.0 - left) if left < 1.0 else 0.0
        self.rate = max(0.0, float(feed["rate"]))
        self.discount = math.exp(-self.rate * self.tau)
        self.confidence = min(float(value) for value in feed["confidence"].values())
        shock = parameters["volatility_shock"]
        floor = max(1.0, float(shock["floor_days"]) * 86_400.0)
        power = shock["short_power" if self.seconds <= 30 * 86_400 else "long_power"]
        growth = (30.0 * 86_400.0 / max(float(self.seconds), floor)) ** float(power)
        self.multiplier = {
            "up": 1.0 + float(shock["range_up"]) * growth,
            "down": max(0.0, 1.0 - float(shock["range_down"]) * growth),
            "unchanged": 1.0,
        }
        self.vol_floor = float(shock["minimum_up"])
        self.skew = parameters["skew"]
        self.options = [
            (
                float(option["strike"]),
                option["type"] == "call",
                float(option["amount"]),
                float(option["vol"])
                if option.get("vol") is not None
                else svi_vol(feed["svi"], float(option["strike"])),
            )
            for option in portfolio["positions"]["options"]
            if option["expiry"] == name and float(option["amount"]) != 0.0
        ]
        margin = parameters["discounting"]
        self.long_factor = float(margin["long_static"]) * math.exp(
            -self.tau
            * (self.rate * float(margin["long_rate_mult"]) + float(margin["long_rate_add"]))
        )
        short_exponent = self.tau * (
            self.rate * float(margin["short_rate_mult"]) + float(margin["short_rate_add"])
        )
        self.short_factor = min(
            1.0 / self.discount,
            float(margin["short_static"]) * math.exp(min(600.0, short_exponent)),
        )
        self.mark = self.value(1.0, 1.0, 0.0)

    def price(self, forward: float, strike: float, is_call: bool, vol: float) -> float:
        return black76(forward, strike, vol, self.tau, self.discount, is_call)

    def value(self, spot: float, multiplier: float, vol_floor: float) -> float:
        """Return value(s, m, v0) of the expiry's options."""
        forward = self.moving * spot + self.fixed
        return sum(
            amount * self.price(forward, strike, is_call, max(vol_floor, vol * multiplier))
            for strike, is_call, amount, vol in self.options
        )

    def skewed_value(self, kind: str) -> float:
        """Return the value with the skew bent linearly or absolutely; spot stays."""
        root = math.sqrt(self.tau)
        own = self.skew[kind]
        cap = float(own["base"]) * root + float(own["scale_cap"])
        width = float(self.skew["static"]) + root * float(self.skew["scale"])
        k_star = max(float(self.skew["minimum_k"]), root * float(self.skew["width"]) * width, 1e-18)
        forward = self.moving + self.fixed
        total = 0.0
        for strike, is_call, amount, vol in self.options:
            k = math.log(strike / forward)
            if kind == "absolute":
                k = abs(k)
            x = min(k * cap / k_star, cap) if k >= 0.0 else max(k * cap / k_star, -cap)
            shocked = vol * max(0.0, 1.0 + x)
            total += amount * self.price(forward, strike, is_call, shocked)
        return total

    def discounted(self, value: float) -> float:
        return value * (self.long_factor if value >= 0.0 else self.short_factor)

    def naked_shorts(self) -> float:
        """Return the naked short options, netted by strike."""
        total = 0.0
        for strike in {option[0] for option in self.options}:
            calls = sum(o[2] for o in self.options if o[0] == strike and o[1])
            puts = sum(o[2] for o in self.options if o[0] == strike and not o[1])
            if calls * puts < 0.0:
                total += max(0.0, -(calls + puts))
            else:
                total += max(0.0, -calls) + max(0.0, -puts)
        return total


def scenario_outcomes(parameters: Tree, expiries: list[Expiry], linear: float) -> list[float]:
    """Return each scenario's P&L; `linear` is what moves with spot alone."""
    outcomes = []
    for scenario in parameters["scenarios"]:
        shock, move = float(scenario["spot_shock"]), scenario["volatility"]
        dampening = float(scenario["dampening"])
        total = linear * shock * dampening
        for expiry in expiries:
            if move in ("linear", "absolute"):
                change = expiry.discounted(expiry.skewed_value(move)) - expiry.mark
                total -= abs(change) * dampening
            else:
                floor = expiry.vol_floor if move == "up" else 0.0
                shocked = expiry.value(1.0 + shock, expiry.multiplier[move], floor)
                total += (expiry.discounted(shocked) - expiry.mark) * dampening
        outcomes.append(total)
    return outcomes


def forward_contingency(parameters: Tree, expiries: list[Expiry]) -> float:
    """Return the sum over expiries of the worse of two moves of their forwards, at most 0."""
    basis = parameters["forward_contingency"]
    contingency = 0.0
    for expiry in expiries:
        changes = [
            expiry.value(float(basis[side]), 1.0, 0.0) - expiry.mark
            for side in ("spot_up", "spot_down")
        ]
        factor = float(basis["add"]) + float(basis["mult"]) * expiry.tau
        contingency += min(*changes, 0.0) * factor
    return contingency


def portfolio_margin(portfolio: Tree) -> dict[str, Any]:
    """Return margins, mark value, worst and each scenario's P&L, as floats."""
    feeds, positions, parameters = (portfolio[k] for k in ("feeds", "positions", "parameters"))
    spot = float(feeds["spot"]["price"])
    stable = float(feeds["stable"]["price"])
    perps = float(positions["perpetuals"]["amount"])
    perp_price = float(feeds["perpetual"]["price"]) if perps else 0.0
    names = {o["expiry"] for o in positions["options"] if float(o["amount"]) != 0.0}
    expiries = [Expiry(name, portfolio) for name in sorted(names)]
    collateral = {
        name: float(amount) * float(feeds["collateral"][name]["price"]) / stable
        for name, amount in positions["collateral"].items()
    }
    rates = parameters["collateral"]
    cancelling = sum(v for name, v in collateral.items() if rates[name]["risk_cancelling"])

    outcomes = scenario_outcomes(parameters, expiries, perps * perp_price + cancelling)
    contingency = forward_contingency(parameters, expiries)
    worst = min([contingency, *outcomes])

    rate = parameters["contingency"]
    confidence_rules = parameters["confidence"]

    def low_confidence(confidence: float, notional: float) -> float:
        if confidence >= float(confidence_rules["threshold"]):
            return 0.0
        return (1.0 - confidence) * float(confidence_rules["factor"]) * notional

    shorts = sum(expiry.naked_shorts() for expiry in expiries)
    maintenance = abs(perps) * spot * float(rate["perpetual_maintenance"])
    maintenance += shorts * spot * float(rate["option_maintenance"])
    initial = abs(perps) * spot * float(rate["perpetual_initial"])
    initial += shorts * spot * float(rate["option_initial"])
    seen = float(feeds["spot"]["confidence"])
    own = seen
    if perps:
        seen = min(seen, float(feeds["perpetual"]["confidence"]))
        initial += low_confidence(seen, abs(perps) * spot)
    for expiry in expiries:
        size = sum(abs(option[2]) for option in expiry.options)
        initial += low_confidence(min(seen, expiry.confidence), size * spot)
    for name, value in collateral.items():
        maintenance += value * float(rates[name]["maintenance_haircut"])
        initial += value * float(rates[name]["initial_haircut"])
        initial += low_confidence(min(own, float(feeds["collateral"][name]["confidence"])), value)

    mark = sum(expiry.mark for expiry in expiries) + sum(collateral.values())
    mark += float(positions["perpetuals"]["unrealised_pnl"]) + float(
        positions["perpetuals"]["funding"]
    )
    margin = parameters["margin"]
    peg = parameters["peg"]
    depeg = max(0.0, float(peg["threshold"]) - stable) * float(peg["factor"])
    balance = mark + float(positions["cash"]) - maintenance
    return {
        "maintenance_margin": float(margin["maintenance_factor"]) * worst + balance,
        "initial_margin": (float(margin["initial_factor"]) + depeg) * worst + balance - initial,
        "mark_value": mark,
        "worst": worst,
        "forward_contingency": contingency,
        "scenarios": outcomes,
    }
