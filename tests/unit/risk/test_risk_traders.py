"""Tools for a portfolio: exposure, what-if, stress and grid."""

import csv
import io
import json
from decimal import ROUND_CEILING, Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from strikeproof.cli.main import main
from strikeproof.risk.files.black76_arrays import calls_and_puts
from strikeproof.risk.files.json_file import RiskFileError, read_section
from strikeproof.risk.files.portfolio import portfolio_of
from strikeproof.risk.files.portfolio_file import PortfolioFile
from strikeproof.risk.files.stress import GridAxes, grid_report, moved_file, stress_report
from strikeproof.risk.files.what_if import after_orders, parse_order, what_if_report
from strikeproof.risk.kernel.black76 import call_and_put, sqrt_years, std_dev
from strikeproof.risk.kernel.fixed_point import ONE
from tests.property.risk.portfolio_files import portfolio_of_tree

EXAMPLES = Path(__file__).resolve().parents[3] / "docs" / "examples" / "risk"
PORTFOLIOS = ("covered_call", "calendar_spread", "last_half_hour")


def run(*arguments):
    return CliRunner().invoke(main, ["risk", *(str(each) for each in arguments)])


def report(*arguments):
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def given(name):
    file = read_section(EXAMPLES / f"{name}.json", PortfolioFile)
    return portfolio_of(file), file


@pytest.mark.parametrize("name", PORTFOLIOS)
def test_exposure_adds_up_from_positions_to_the_account(name):
    found = report("exposure", EXAMPLES / f"{name}.json")
    for expiry in found["expiries"].values():
        for greek in ("value", "delta", "gamma", "vega", "theta", "rho"):
            parts = sum(Decimal(each[greek]) for each in expiry["positions"])
            assert 0 <= Decimal(expiry["total"][greek]) - parts < Decimal("1e-16")
    totals = [Decimal(each["total"]["delta"]) for each in found["expiries"].values()]
    spot = Decimal(found["perpetuals"]) + Decimal(found["risk_cancelling_collateral"])
    assert Decimal(found["account"]["delta"]) == sum(totals) + spot
    margin = report("margin", EXAMPLES / f"{name}.json")
    equity = Decimal(margin["mark_value"]) + Decimal(margin["cash"])
    assert abs(Decimal(found["account"]["value"]) - equity) < Decimal("1e-15")


def test_exposure_as_csv_has_a_row_for_each_level():
    result = run("exposure", EXAMPLES / "calendar_spread.json", "--csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [row["of"] for row in rows] == [
        *("position", "position", "expiry"),
        *("position", "position", "expiry", "account"),
    ]


def test_what_if_is_the_margin_of_the_file_with_the_order_in_it():
    """One held already, one new at a strike of its own, one of perpetuals: as if written down."""
    tree = json.loads((EXAMPLES / "calendar_spread.json").read_text())
    positions = tree["positions"]
    portfolio, file = given("calendar_spread")
    orders = [
        parse_order("10 6MAR26 3100 call at 42.5"),
        parse_order("-3 24APR26 3300 put at 301 vol 0.61"),
        parse_order("4.5 perpetual at 2990"),
    ]
    found = after_orders(portfolio, file, orders)
    positions["options"][0]["amount"] = "-10"
    positions["options"].append(
        {"expiry": "24APR26", "strike": "3300", "type": "put", "amount": "-3", "vol": "0.61"}
    )
    positions["perpetuals"]["amount"] = "0"
    gained = Decimal("4.5") * (Decimal("3001.5") - 2990)
    positions["perpetuals"]["unrealised_pnl"] = str(Decimal("310.25") + gained)
    positions["cash"] = str(Decimal("-2500.75") - 10 * Decimal("42.5") + 3 * 301)
    written = portfolio_of_tree(tree)
    ours, theirs = found.margin(), written.margin()
    assert ours.initial_margin == theirs.initial_margin
    assert ours.maintenance_margin == theirs.maintenance_margin
    assert ours.scenarios == theirs.scenarios
    assert found.account.cash == written.account.cash


def test_an_order_that_closes_a_position_leaves_nothing_of_it():
    portfolio, file = given("covered_call")
    names = [option.expiry for option in file.positions.options]
    order = parse_order(f"1 {names[0]} 70000 call")
    after = after_orders(portfolio, file, [order])
    assert all(not expiry.options for expiry in after.account.expiries)
    # Bought back at the mark: the mark's value moved to cash.
    before, then = portfolio.margin(), after.margin()
    assert before.mark_value + portfolio.account.cash == then.mark_value + after.account.cash


def test_an_expiry_that_holds_nothing_yet_can_be_traded():
    tree = json.loads((EXAMPLES / "covered_call.json").read_text())
    expiry = dict(next(iter(tree["feeds"]["expiries"].values())))
    tree["feeds"]["expiries"]["NEW"] = {**expiry, "seconds": "604800"}
    file = PortfolioFile.model_validate(tree)
    portfolio = portfolio_of(file)
    after = after_orders(
        portfolio, file, [parse_order("-1 NEW 60000 put vol 0.6"), parse_order("2 NEW 60000 put")]
    )
    assert after.names[-1] == "NEW"
    assert after.account.expiries[-1].options[0].amount == ONE
    assert after.margin().initial_margin != portfolio.margin().initial_margin


def test_what_if_says_whether_the_orders_pass():
    file = EXAMPLES / "covered_call.json"
    name = next(iter(json.loads(file.read_text())["feeds"]["expiries"]))
    assert report("what-if", file, "--order", f"-1 {name} 75000 call vol 0.5")["passes"] is True
    refused = report("what-if", file, "--order", f"-40 {name} 60000 call vol 0.5")
    assert refused["passes"] is False
    assert "Refused" in run("what-if", file, "--order", f"-40 {name} 60000 call vol 0.5").stdout
    change = Decimal(refused["change"]["initial_margin"])
    before, after = (Decimal(refused[when]["initial_margin"]) for when in ("before", "after"))
    assert change == after - before < 0


def test_what_shrinks_a_missing_margin_passes_too():
    portfolio, file = given("calendar_spread")
    assert portfolio.margin().initial_margin < 0
    after = after_orders(portfolio, file, [parse_order("1 perpetual")])
    assert after.margin().initial_margin < 0
    assert what_if_report(portfolio, after)["passes"] is True


def test_as_a_block_it_passes_with_the_equity_that_the_venue_requires():
    file = EXAMPLES / "covered_call.json"
    tree = json.loads(file.read_text())
    name, spot = next(iter(tree["feeds"]["expiries"])), Decimal(tree["feeds"]["spot"]["price"])
    size = sum(abs(Decimal(each["amount"])) for each in tree["positions"]["options"])
    size += abs(Decimal(tree["positions"]["perpetuals"]["amount"]))

    def check(found: dict[str, str], lots: int) -> None:
        equity = Decimal(found["mark_value"]) + Decimal(found["cash"])
        asked = equity - Decimal(found["initial_margin"])
        gross = (size + lots) * spot
        grown = asked * Decimal("1.05") + gross * Decimal("0.001")
        assert Decimal(found["equity"]) == equity
        rounded_up = grown.quantize(Decimal("1e-18"), ROUND_CEILING)
        assert Decimal(found["required"]) == max(Decimal(10_000), rounded_up)

    small = report("what-if", file, "--order", f"-1 {name} 75000 call vol 0.5", "--as-block")
    check(small["before"], 0)
    check(small["after"], 1)
    large = report("what-if", file, "--order", f"-40 {name} 75000 call vol 0.5", "--as-block")
    check(large["after"], 40)
    assert large["passes"] is False
    assert Decimal(large["after"]["required"]) > 10_000


def test_as_a_block_what_shrinks_a_missing_margin_does_not_pass():
    portfolio, file = given("calendar_spread")
    after = after_orders(portfolio, file, [parse_order("1 perpetual")])
    assert what_if_report(portfolio, after, as_block=True)["passes"] is False


@pytest.mark.parametrize(
    ("order", "told"),
    [
        ("", "write"),
        ("1 X 60000", "write"),
        ("1 X 60000 both", "write"),
        ("0 X 60000 call", "amount: must not be 0"),
        ("x X 60000 call", "amount: 'x' is not a decimal"),
        ("1e99 X 60000 call", "amount: is too large"),
        ("1 NOPE 60000 call", "'NOPE' is not in feeds.expiries"),
        ("1 X 0 call", "strike: 0 is outside"),
        ("1 X 60000 call at", "at: a number is missing"),
        ("1 X 60000 call at nan", "at: 'nan' is not a decimal"),
        ("1 X 60000 call at -5", "at: -5 is outside"),
        ("1 X 61000 call", "has no svi: add vol"),
        ("1 X 70000 call vol 0.4", "is held already"),
        ("1 perpetual vol 0.4", "perpetuals have no volatility"),
        ("1 perpetual", "feeds.perpetual is missing"),
    ],
)
def test_a_wrong_order_is_quoted_with_what_is_wrong(order, told, tmp_path):
    tree = json.loads((EXAMPLES / "covered_call.json").read_text())
    name = next(iter(tree["feeds"]["expiries"]))
    tree["feeds"].pop("perpetual", None)
    tree["feeds"]["expiries"][name].pop("svi", None)
    tree["feeds"]["expiries"][name]["rate"] = "0"
    for option in tree["positions"]["options"]:
        option["vol"] = "0.5"
    file = tmp_path / "portfolio.json"
    file.write_text(json.dumps(tree))
    result = run("what-if", file, "--order", order.replace("X", name))
    assert result.exit_code == 2
    assert result.stderr.startswith(f"error: order '{order.replace('X', name)}': ")
    assert told in result.stderr


@pytest.mark.parametrize("name", PORTFOLIOS)
def test_stress_revalues_the_file_for_each_move(name):
    portfolio, file = given(name)
    found = stress_report(portfolio, file)
    assert len(found["moves"]) == 33
    for each in found["moves"]:
        parts = sum(Decimal(part) for part in each["parts"].values())
        assert Decimal(each["pnl"]) == parts
        assert each["liquidatable"] is (Decimal(each["maintenance_margin"]) < 0)
    still = next(
        each for each in found["moves"] if (each["spot"], each["volatility"]) == ("0", "0")
    )
    assert Decimal(still["pnl"]) == 0
    assert still["initial_margin"] == found["now"]["initial_margin"]
    worst = min(found["moves"], key=lambda each: Decimal(each["pnl"]))
    assert found["worst"] == {"spot": worst["spot"], "volatility": worst["volatility"]}


def test_a_stress_is_the_margin_of_the_moved_file():
    portfolio, file = given("calendar_spread")
    moved = portfolio_of(moved_file(portfolio, file, 8 * ONE // 10, 3 * ONE // 2)).margin()
    found = stress_report(portfolio, file, [-ONE // 5], [ONE // 2])["moves"][0]
    assert Decimal(found["maintenance_margin"]) * ONE == moved.maintenance_margin
    before = portfolio.margin()
    assert abs(Decimal(found["pnl"]) * ONE - (moved.mark_value - before.mark_value)) < 10


@pytest.mark.parametrize("name", PORTFOLIOS)
def test_the_grid_is_the_stress_to_a_millionth(name):
    portfolio, file = given(name)
    spot = [each * ONE // 100 for each in (-30, -5, 0, 12, 40)]
    volatility = [-ONE // 4, 0, ONE // 2]
    exact = stress_report(portfolio, file, spot, volatility)["moves"]
    found = grid_report(portfolio, file, GridAxes(spot, volatility, by_days=False))
    flat = [each for row in found["rows"] for each in row["pnl"]]
    assert flat == pytest.approx([float(each["pnl"]) for each in exact], rel=1e-9, abs=2e-6)


def test_days_that_pass_are_theta_for_a_short_while():
    portfolio, file = given("calendar_spread")
    days = [0, ONE // 1_000]
    found = grid_report(portfolio, file, GridAxes([0], days, by_days=True))
    theta = float(report("exposure", EXAMPLES / "calendar_spread.json")["account"]["theta"])
    assert found["rows"][0]["pnl"] == [0.0]
    assert found["rows"][1]["pnl"][0] == pytest.approx(theta / 1_000, rel=1e-2)


def test_the_vectorised_prices_are_the_kernels_to_ten_to_the_minus_12():
    import numpy

    strikes = numpy.array([1.0, 30_000, 59_999, 60_000, 60_001, 90_000, 1e6])
    for vol, seconds in ((0.5, 86_400), (3.0, 31_536_000), (0.0, 86_400), (0.5, 0), (0.8, 60)):
        deviation = vol * (seconds / 31_536_000) ** 0.5
        calls, puts = calls_and_puts(60_000.0, strikes, deviation, 0.97)
        for strike, call, put in zip(strikes, calls, puts, strict=True):
            exact = call_and_put(
                60_000 * ONE, int(strike) * ONE, int(vol * ONE), seconds, 97 * ONE // 100
            )
            expected = [each / ONE for each in exact]
            assert [call, put] == pytest.approx(expected, rel=1e-12, abs=1e-8)
    assert std_dev(ONE, sqrt_years(31_536_000)) == 1 << 96


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("stress", "--spot", "x"), "'x' is not a number"),
        (("stress", "--spot", "-101"), "below -100 %"),
        (("stress", "--vol", "-200"), "below -100 %"),
        (("stress", "--spot", "1e9"), "beyond"),
        (("stress", "--spot", "90000"), "spot +90000 %, volatility -30 %: "),
        (("grid", "--vol", "1", "--days", "1"), "give one"),
        (("grid", "--days", "-1"), "time does not run back"),
        (("grid", "--spot", ",".join(["1"] * 201)), "at most 200"),
    ],
)
def test_wrong_moves_are_reported(arguments, told):
    command, *rest = arguments
    result = run(command, EXAMPLES / "covered_call.json", *rest)
    assert result.exit_code == 2
    assert told in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    "arguments", [("stress",), ("grid",), ("grid", "--days", "0,10,29"), ("grid", "--vol", "5")]
)
def test_stress_and_grid_are_drawn(arguments, tmp_path):
    command, *rest = arguments
    picture = tmp_path / "picture.png"
    result = run(command, EXAMPLES / "covered_call.json", *rest, "--plot", picture)
    assert result.exit_code == 0, result.output
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_file_that_cannot_be_used_is_reported_by_every_command(tmp_path):
    file = tmp_path / "wrong.json"
    file.write_text('{"feeds": {}}')
    for command in ("exposure", "stress", "grid"):
        result = run(command, file)
        assert result.exit_code == 2
        assert "error: positions: is missing" in result.stderr
    with pytest.raises(RiskFileError):
        parse_order("1 2")


def test_standard_margin_of_a_spread_is_its_width(tmp_path):
    tree = json.loads((EXAMPLES / "covered_call.json").read_text())
    option = tree["positions"]["options"][0]
    tree["positions"]["options"] = [
        {**option, "strike": "60000", "amount": "-2"},
        {**option, "strike": "61000", "amount": "2"},
    ]
    tree["positions"]["cash"] = "2500"
    file = tmp_path / "portfolio.json"
    file.write_text(json.dumps(tree))
    found = report("standard", file)
    assert (found["initial_requirement"], found["initial_margin"]) == ("2000", "500")
    expiry = next(iter(found["expiries"].values()))
    assert Decimal(expiry["isolated_initial"]) > 10_000
    assert "2,000.00" in run("standard", file).stdout


def test_rates_of_standard_margin_can_be_given(tmp_path):
    tree = json.loads((EXAMPLES / "calendar_spread.json").read_text())
    defaults = json.loads(run("parameters").stdout)["standard"]
    file = tmp_path / "portfolio.json"
    found = []
    for rates in ("default", defaults, {**defaults, "perpetual_initial": "0.2"}):
        tree["parameters"]["standard"] = rates
        file.write_text(json.dumps(tree))
        found.append(report("standard", file))
    assert found[0] == found[1] == report("standard", EXAMPLES / "calendar_spread.json")
    doubled = Decimal(found[2]["perpetuals"]["initial"])
    assert doubled == 2 * Decimal(found[0]["perpetuals"]["initial"])
    tree["parameters"]["standard"] = {**defaults, "put_offset": "11"}
    file.write_text(json.dumps(tree))
    assert "parameters.standard.put_offset: 11 is outside [0, 10]" in run("standard", file).stderr
