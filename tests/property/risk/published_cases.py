"""The kernel against the portfolios that Derive publishes with their results.

    python -m tests.property.risk.published_cases FOLDER

FOLDER is test/risk-managers/unit-tests/PMRM_2/portfolio_cases of a checkout of derivexyz/v2-core,
which is not part of this repository. Prints how far the margins, the mark and each scenario's P&L
are off, relative to the published figure (or to 1, if that is less), and exits with 1 beyond 1e-9.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from strikeproof.risk.kernel.fixed_point import ONE
from tests.property.risk.portfolio_files import Tree, portfolio_of_tree

TOLERANCE = 1e-9
# Prices skews at the shocked spot; Derive's own suite leaves it out.
LEFT_OUT = {"test_67_misc_skew_scenario_with_spot_move"}
MOVES = {"Up": "up", "Down": "down", "None": "unchanged", "LINEAR": "linear", "ABS": "absolute"}
PARAMETERS = {
    "volatility_shock": (
        "VolShock",
        {
            "range_up": "VOLRANGEUP",
            "range_down": "VOLRANGEDOWN",
            "short_power": "SHORTTERMPOWER",
            "long_power": "LONGTERMPOWER",
            "floor_days": "DTE_FLOOR",
            "minimum_up": "MIN_VOL_EVAL_SHOCKED",
        },
    ),
    "discounting": (
        "Margin",
        {
            "long_static": "BASE_STATIC_DISCOUNT",
            "long_rate_mult": "LONG_RATE_MULTSCALE",
            "long_rate_add": "LONG_RATE_ADDSCALE",
            "short_static": "BASE_STATIC_DISCOUNT_NEG",
            "short_rate_mult": "SHORT_RATE_MULTSCALE",
            "short_rate_add": "SHORT_RATE_ADDSCALE",
        },
    ),
    "margin": (
        "Margin",
        {"initial_factor": "IM_LOSS_FACTOR", "maintenance_factor": "MM_LOSS_FACTOR"},
    ),
    "peg": ("OtherContingency", {"threshold": "PEG_LOSS_THRESHOLD", "factor": "PEG_LOSS_FACTOR"}),
    "confidence": ("OtherContingency", {"threshold": "CONF_THRESHOLD", "factor": "CONF_MARGIN"}),
    "forward_contingency": (
        "BasisContingency",
        {
            "spot_up": "SCENARIO_SPOT_UP",
            "spot_down": "SCENARIO_SPOT_DOWN",
            "add": "BASIS_CONT_ADD_FACTOR",
            "mult": "BASIS_CONT_MULT_FACTOR",
        },
    ),
    "contingency": (
        "OtherContingency",
        {
            "perpetual_maintenance": "MM_PERP_PERCENT",
            "perpetual_initial": "IM_PERP_PERCENT",
            "option_maintenance": "MM_OPTION_PERCENT",
            "option_initial": "IM_OPTION_PERCENT",
        },
    ),
}


def decimal(number: Any) -> str:
    """Return a published number to 18 decimals: their floats have more."""
    return format(Decimal(str(number)).quantize(Decimal(1).scaleb(-18)), "f")


def portfolio_tree(case: Tree) -> Tree:
    """Return a published case as a portfolio file."""
    scenario = case["Scenario"]
    return {
        "feeds": _feeds(scenario),
        "positions": {
            "cash": decimal(scenario["Cash"]),
            "perpetuals": {
                "amount": decimal(scenario["NumPerps"]),
                "unrealised_pnl": decimal(scenario["UnrealisedPerpPNL"]),
                "funding": decimal(scenario["UnrealisedFunding"]),
            },
            "options": [
                {
                    "expiry": str(option["Expiry"]),
                    "strike": decimal(option["Strike"]),
                    "type": "call" if option["IsCall"] else "put",
                    "amount": decimal(option["Amount"]),
                    "vol": decimal(option["MarkVol"]),
                }
                for option in scenario["Options"]
            ],
            "collateral": {
                str(i): decimal(each["Amount"]) for i, each in enumerate(scenario["Collaterals"])
            },
        },
        "parameters": _parameters(case["Parameters"], scenario["Collaterals"]),
    }


def _feeds(scenario: Tree) -> Tree:
    return {
        "spot": {
            "price": decimal(scenario["SpotPrice"]),
            "confidence": decimal(scenario["SpotConfidence"]),
        },
        "perpetual": {
            "price": decimal(scenario["PerpPrice"]),
            "confidence": decimal(scenario["PerpConfidence"]),
        },
        "stable": {"price": decimal(scenario["StablePrice"])},
        "expiries": {
            str(feed["FeedExpiry"]): {
                "seconds": str(feed["FeedExpiry"]),
                "forward": decimal(feed["Forward"]),
                "rate": decimal(feed["Rate"]),
                **_average(feed),
                "confidence": {
                    "forward": decimal(feed["ForwardConfidence"]),
                    "rate": decimal(feed["RateConfidence"]),
                    "volatility": decimal(feed["OptionVolConfidences"]),
                },
            }
            for feed in scenario["OptionFeeds"]
        },
        "collateral": {
            str(i): {"price": decimal(each["Price"]), "confidence": decimal(each["Confidence"])}
            for i, each in enumerate(scenario["Collaterals"])
        },
    }


def _average(feed: Tree) -> Tree:
    """Return the average that leaves the published forward whole: they have one part only."""
    return {"average": decimal(feed["Forward"])} if int(feed["FeedExpiry"]) < 1_800 else {}


def _parameters(published: Tree, collaterals: list[Tree]) -> Tree:
    skew = published["SkewShock"]
    tree: Tree = {
        group: {ours: decimal(published[section][theirs]) for ours, theirs in names.items()}
        for group, (section, names) in PARAMETERS.items()
    }
    tree["scenarios"] = [
        {
            "spot_shock": str(Decimal(decimal(each["SpotShock"])) - 1),
            "volatility": MOVES[each["VolShockDirection"]],
            "dampening": decimal(each["DampeningFactor"]),
        }
        for each in published["Scenarios"]
    ]
    tree["skew"] = {
        **{
            ours: {
                "base": decimal(skew[f"{theirs}_CBASE"]),
                "scale_cap": decimal(skew[f"{theirs}_SCALE_CAP"]),
            }
            for ours, theirs in (("linear", "LINEAR"), ("absolute", "ABS"))
        },
        "minimum_k": decimal(skew["MIN_K_STAR"]),
        "width": decimal(skew["MIN_WIDTH_SCALE"]),
        "static": decimal(skew["VOL_PARAM_STATIC"]),
        "scale": decimal(skew["VOL_PARAM_SCALE"]),
    }
    tree["collateral"] = {
        str(i): {
            "risk_cancelling": bool(each["IsRiskCancelling"]),
            "maintenance_haircut": decimal(each["MMHaircut"]),
            "initial_haircut": decimal(each["IMHaircut"]),
        }
        for i, each in enumerate(collaterals)
    }
    return tree


def differences(case: Tree) -> Iterator[tuple[str, float]]:
    """Yield name and relative difference of each figure of a case."""
    margin = portfolio_of_tree(portfolio_tree(case)).margin()
    result = case["Result"]
    cash = Decimal(decimal(case["Scenario"]["Cash"]))
    yield "IM", _relative(margin.initial_margin, result["IM"])
    yield "MM", _relative(margin.maintenance_margin, result["MM"])
    yield "mark", _relative(margin.mark_value + int(cash * ONE), result["PortfolioMTM"])
    yield "forward", _relative(margin.forward_contingency, result["ForwardContingency"])
    groups = ("reg_losses", "tail_losses", "skew_losses")
    published = sorted(float(row[-1]) for group in groups for row in result[group])
    if len(published) == len(margin.scenarios):
        for ours, theirs in zip(sorted(margin.scenarios), published, strict=True):
            yield "scenario", _relative(ours, theirs)


def _relative(wad: int, published: float) -> float:
    return abs(wad / ONE - published) / max(1.0, abs(published))


def main() -> int:
    """Compare every case of the folder."""
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    paths = sorted(Path(sys.argv[1]).glob("test_*.json"))
    worst, count = 0.0, 0
    for path in paths:
        if path.stem in LEFT_OUT:
            continue
        count += 1
        for name, difference in differences(json.loads(path.read_text())):
            worst = max(worst, difference)
            if difference > TOLERANCE:
                print(f"{path.stem}: {name} is off by {difference:.1e}")
    print(f"{count} portfolios, largest difference {worst:.1e}")
    return 0 if count and worst <= TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main())
