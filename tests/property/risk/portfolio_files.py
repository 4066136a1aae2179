"""Random portfolio files, as the dictionaries that JSON gives: every field drawn, text exact."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from strikeproof.risk.files.json_file import parse_section
from strikeproof.risk.files.portfolio import Portfolio, portfolio_of
from strikeproof.risk.files.portfolio_file import PortfolioFile
from strikeproof.risk.files.reports import default_parameters_report

DAY = 86_400
Tree = dict[str, Any]


def text(chance: Random, low: float, high: float, digits: int = 6) -> str:
    return f"{chance.uniform(low, high):.{digits}f}"


def portfolio_tree(chance: Random, *, default_parameters: bool = False) -> Tree:
    """Return a portfolio of up to four expiries and sixteen options, perpetuals and collateral."""
    spot = 10 ** chance.uniform(0, 5)
    expiries = {f"E{i}": _expiry(chance, spot) for i in range(chance.randint(1, 4))}
    collateral = {
        name: {"price": text(chance, 0.5, 2.0 * spot), "confidence": text(chance, 0.3, 1.0)}
        for name in ("A", "B")
    }
    perps = chance.choice(["0", text(chance, -30.0, 30.0)])
    tree: Tree = {
        "feeds": {
            "spot": {"price": f"{spot:.6f}", "confidence": text(chance, 0.3, 1.0)},
            "perpetual": {
                "price": f"{spot * chance.uniform(0.97, 1.03):.6f}",
                "confidence": text(chance, 0.3, 1.0),
            },
            "stable": {"price": text(chance, 0.9, 1.05)},
            "expiries": expiries,
            "collateral": collateral,
        },
        "positions": {
            "cash": text(chance, -1e5, 1e5),
            "perpetuals": {
                "amount": perps,
                "unrealised_pnl": text(chance, -1e3, 1e3),
                "funding": text(chance, -1e2, 1e2),
            },
            "options": _options(chance, spot, list(expiries)),
            "collateral": {
                name: text(chance, 0.0, 20.0) for name in collateral if chance.random() < 0.5
            },
        },
        "parameters": default_parameters_report() if default_parameters else _parameters(chance),
    }
    tree["parameters"]["collateral"] = {
        name: {
            "risk_cancelling": chance.random() < 0.5,
            "maintenance_haircut": text(chance, 0.0, 0.3),
            "initial_haircut": text(chance, 0.0, 0.3),
        }
        for name in collateral
    }
    return tree


def portfolio_of_tree(tree: Tree) -> Portfolio:
    """Return the portfolio, through the same door as a file on disk."""
    return portfolio_of(parse_section(json.dumps(tree), PortfolioFile))


def _expiry(chance: Random, spot: float) -> Tree:
    edges = [0, 1, 900, 1_800, 30 * DAY, 30 * DAY + 1]
    seconds = chance.choice([*edges, *(chance.randint(1, 400 * DAY) for _ in range(12))])
    expiry: Tree = {
        "seconds": str(seconds),
        "forward": f"{spot * chance.uniform(0.95, 1.06):.6f}",
        "rate": text(chance, -0.05, 0.25),
        "confidence": {name: text(chance, 0.3, 1.0) for name in ("forward", "rate", "volatility")},
    }
    if seconds < 1_800:
        expiry["average"] = f"{spot * chance.uniform(0.9, 1.1):.6f}"
    if seconds and chance.random() < 0.5:
        years = seconds / (365 * DAY)
        expiry["svi"] = {
            "a": text(chance, 0.01 * years, 0.3 * years, 12),
            "b": text(chance, 0.0, 0.5 * years**0.5, 12),
            "rho": text(chance, -0.8, 0.8),
            "m": text(chance, -0.2, 0.2),
            "sigma": text(chance, 0.01, 0.4),
            "forward": f"{spot * chance.uniform(0.95, 1.06):.6f}",
            "seconds": str(seconds + chance.randint(0, 60)),
        }
    return expiry


def _options(chance: Random, spot: float, names: list[str]) -> list[Tree]:
    found: dict[tuple[str, str, str], Tree] = {}
    strikes = [f"{spot * chance.uniform(0.5, 1.7):.4f}" for _ in range(5)]
    for _ in range(chance.randint(1, 16)):
        option = {
            "expiry": chance.choice(names),
            "strike": chance.choice(strikes),
            "type": chance.choice(["call", "put"]),
            "amount": text(chance, -20.0, 20.0, 4),
            "vol": text(chance, 0.0 if chance.random() < 0.1 else 0.2, 2.0),
        }
        found[option["expiry"], option["strike"], option["type"]] = option
    return list(found.values())


def _parameters(chance: Random) -> Tree:
    moves = ["up", "down", "unchanged", "linear", "absolute"]
    return {
        "scenarios": [
            {
                "spot_shock": text(chance, -0.9, 2.0),
                "volatility": chance.choice(moves),
                "dampening": chance.choice(["1", text(chance, 0.0, 1.5)]),
            }
            for _ in range(chance.randint(1, 12))
        ],
        "volatility_shock": {
            "range_up": text(chance, 0.0, 1.0),
            "range_down": text(chance, 0.0, 1.0),
            "short_power": text(chance, 0.0, 1.0),
            "long_power": text(chance, 0.0, 1.0),
            "floor_days": text(chance, 0.0, 3.0),
            "minimum_up": text(chance, 0.0, 1.0),
        },
        "skew": {
            "linear": {"base": text(chance, -1.0, 1.0), "scale_cap": text(chance, 0.0, 0.5)},
            "absolute": {"base": text(chance, -1.0, 1.0), "scale_cap": text(chance, 0.0, 0.5)},
            "minimum_k": text(chance, 0.001, 0.05),
            "width": text(chance, 0.0, 5.0),
            "static": text(chance, 0.0, 1.0),
            "scale": text(chance, -1.0, 1.0),
        },
        "discounting": {
            "long_static": text(chance, 0.8, 1.1),
            "long_rate_mult": text(chance, 0.0, 2.0),
            "long_rate_add": text(chance, 0.0, 0.2),
            "short_static": text(chance, 0.9, 1.2),
            "short_rate_mult": text(chance, 0.0, 2.0),
            "short_rate_add": text(chance, 0.0, 0.2),
        },
        "forward_contingency": {
            "spot_up": text(chance, 1.0, 1.3),
            "spot_down": text(chance, 0.7, 1.0),
            "add": text(chance, 0.0, 1.0),
            "mult": text(chance, 0.0, 3.0),
        },
        "contingency": {
            name: text(chance, 0.0, 0.05)
            for name in (
                "perpetual_maintenance",
                "perpetual_initial",
                "option_maintenance",
                "option_initial",
            )
        },
        "confidence": {"threshold": text(chance, 0.4, 0.9), "factor": text(chance, 0.0, 2.0)},
        "peg": {"threshold": text(chance, 0.9, 1.02), "factor": text(chance, 0.0, 5.0)},
        "margin": {
            "initial_factor": text(chance, 1.0, 1.5),
            "maintenance_factor": text(chance, 0.5, 1.0),
        },
    }
