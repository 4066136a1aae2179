"""Portfolio margin against an independent model in floats, on random files and on the examples."""

import json
from pathlib import Path
from random import Random

import pytest

from strikeproof.risk.files.json_file import read_section
from strikeproof.risk.files.portfolio import portfolio_of
from strikeproof.risk.files.portfolio_file import PortfolioFile
from strikeproof.risk.files.reports import default_parameters_report
from strikeproof.risk.kernel.fixed_point import ONE
from tests.property.risk.float_reference import portfolio_margin
from tests.property.risk.portfolio_files import portfolio_of_tree, portfolio_tree

EXAMPLES = Path(__file__).resolve().parents[3] / "docs" / "examples" / "risk"
BALANCES = (
    "initial_margin",
    "maintenance_margin",
    "mark_value",
    "worst",
    "forward_contingency",
)
FILES = 300


def size(tree):
    """The gross value that floats round at: 16 digits of it are all that a float has."""
    spot = float(tree["feeds"]["spot"]["price"])
    options = sum(
        abs(float(o["amount"])) * (spot + float(o["strike"])) for o in tree["positions"]["options"]
    )
    collateral = sum(
        float(amount) * float(tree["feeds"]["collateral"][name]["price"])
        for name, amount in tree["positions"]["collateral"].items()
    )
    perpetuals = tree["positions"]["perpetuals"]
    other = abs(float(tree["positions"]["cash"])) + abs(float(perpetuals["unrealised_pnl"]))
    return 1.0 + options + collateral + other + abs(float(perpetuals["amount"])) * spot


def assert_agrees(margin, reference, tree):
    close = {"rel": 1e-9, "abs": 2e-12 * size(tree)}
    for name in BALANCES:
        assert getattr(margin, name) / ONE == pytest.approx(reference[name], **close), name
    ours = [outcome / ONE for outcome in margin.scenarios]
    assert ours == pytest.approx(reference["scenarios"], **close)


@pytest.mark.parametrize("part", range(6))
def test_random_portfolios_have_the_margin_of_the_float_model(part):
    for number in range(FILES // 6):
        chance = Random(f"margin {part} {number}")
        tree = portfolio_tree(chance, default_parameters=number % 3 == 0)
        margin = portfolio_of_tree(tree).margin()
        assert_agrees(margin, portfolio_margin(tree), tree)


@pytest.mark.parametrize("name", ["covered_call", "calendar_spread", "last_half_hour"])
def test_examples_have_the_margin_of_the_float_model(name):
    path = EXAMPLES / f"{name}.json"
    tree = json.loads(path.read_text())
    defaults = default_parameters_report()
    parameters = tree["parameters"]
    for group, value in parameters.items():
        if value == "default":
            parameters[group] = defaults[group]
    margin = portfolio_of(read_section(path, PortfolioFile)).margin()
    assert_agrees(margin, portfolio_margin(tree), tree)


def test_the_comparison_sees_a_millionth():
    tree = portfolio_tree(Random(5), default_parameters=True)
    margin = portfolio_of_tree(tree).margin()
    tree["positions"]["options"][0]["amount"] = str(
        float(tree["positions"]["options"][0]["amount"]) * (1 + 1e-6)
    )
    with pytest.raises(AssertionError):
        assert_agrees(margin, portfolio_margin(tree), tree)
