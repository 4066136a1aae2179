"""`strikeproof risk`: what a person types, and what comes back."""

import json
import math
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from strikeproof.cli.main import main
from strikeproof.risk.files import plots
from strikeproof.risk.files.decimals import parse_wad
from strikeproof.risk.files.json_file import read_section
from strikeproof.risk.files.reports import surface_report
from strikeproof.risk.files.surface_file import SurfaceFile
from strikeproof.risk.kernel.black76 import call_and_put, discount_factor
from strikeproof.risk.kernel.fixed_point import ONE

EXAMPLES = Path(__file__).resolve().parents[3] / "docs" / "examples" / "risk"
PORTFOLIOS = ("covered_call", "calendar_spread", "last_half_hour")
PNG = b"\x89PNG\r\n\x1a\n"


def run(*arguments):
    return CliRunner().invoke(main, ["risk", *(str(each) for each in arguments)])


def report(*arguments):
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_price_gives_the_kernels_bits():
    found = report("price", EXAMPLES / "quote.json")
    quote = json.loads((EXAMPLES / "quote.json").read_text())
    seconds = int(quote["seconds"])
    discount = discount_factor(parse_wad(quote["rate"]), seconds)
    forward, strike, vol = (parse_wad(quote[name]) for name in ("forward", "strike", "vol"))
    call, put = call_and_put(forward, strike, vol, seconds, discount)
    assert (parse_wad(found["call"]), parse_wad(found["put"])) == (call, put)
    parity = (Decimal(quote["forward"]) - Decimal(quote["strike"])) * Decimal(found["discount"])
    assert abs(Decimal(found["call"]) - Decimal(found["put"]) - parity) < Decimal("1e-17")


def test_greeks_come_for_call_and_put():
    found = report("greeks", EXAMPLES / "quote.json")
    assert found["call"]["gamma"] == found["put"]["gamma"]
    difference = Decimal(found["call"]["delta"]) - Decimal(found["put"]["delta"])
    assert difference == Decimal(report("price", EXAMPLES / "quote.json")["discount"])


def test_a_clean_surface_is_said_to_be_and_a_bad_one_says_where():
    assert report("surface", EXAMPLES / "surface.json")["arbitrage_free"] is True
    bad = report("surface", EXAMPLES / "surface_with_arbitrage.json")
    assert bad["arbitrage_free"] is False
    assert {each["kind"] for each in bad["findings"]} == {"butterfly", "calendar"}
    assert all(Decimal(each["strike"]) > 3_800 for each in bad["findings"])
    assert "calendar" in run("surface", EXAMPLES / "surface_with_arbitrage.json").output


@pytest.mark.parametrize("name", PORTFOLIOS)
def test_margin_gives_balances_and_every_scenario(name):
    found = report("margin", EXAMPLES / f"{name}.json")
    outcomes = [Decimal(each["pnl"]) for each in found["scenarios"]]
    worst = min([Decimal(found["forward_contingency"]), *outcomes])
    assert Decimal(found["worst"]) == worst
    balance = Decimal(found["mark_value"]) + Decimal(found["cash"])
    balance -= Decimal(found["maintenance_contingency"])
    factor = Decimal("0.8")
    assert abs(Decimal(found["maintenance_margin"]) - factor * worst - balance) < Decimal("1e-17")
    assert set(found) >= {"initial_margin", "maintenance_margin", "mark_value", "worst"}


@pytest.mark.parametrize("name", PORTFOLIOS)
def test_scenarios_add_up_from_their_parts_and_arrays(name):
    found = report("scenarios", EXAMPLES / f"{name}.json")
    for each in found["scenarios"]:
        parts = sum(Decimal(part) for part in each["parts"].values())
        # Each part is rounded down on its own.
        assert Decimal(0) <= Decimal(each["pnl"]) - parts < Decimal("1e-17")
    for option in found["options"]:
        assert len(option["values"]) == len(found["scenarios"])
    assert report("margin", EXAMPLES / f"{name}.json")["scenarios"] == [
        {key: value for key, value in each.items() if key != "parts"} for each in found["scenarios"]
    ]


def test_tables_are_printed_without_json():
    for command, name in (
        ("price", "quote"),
        ("greeks", "quote"),
        ("surface", "surface"),
        ("margin", "covered_call"),
        ("scenarios", "calendar_spread"),
    ):
        result = run(command, EXAMPLES / f"{name}.json")
        assert result.exit_code == 0, result.output
        assert "┃" in result.output


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("price", "quote"),
        ("greeks", "quote"),
        ("surface", "surface_with_arbitrage"),
        ("margin", "covered_call"),
        ("scenarios", "last_half_hour"),
    ],
)
def test_plots_are_pictures(command, name, tmp_path):
    picture = tmp_path / "picture.png"
    result = run(command, EXAMPLES / f"{name}.json", "--plot", picture)
    assert result.exit_code == 0, result.output
    data = picture.read_bytes()
    assert data.startswith(PNG)
    assert int.from_bytes(data[16:20], "big") > 1_000


def test_a_name_with_a_dollar_sign_is_drawn_as_it_is(tmp_path):
    tree = json.loads((EXAMPLES / "surface.json").read_text())
    tree["expiries"] = {f"$\\frac{name}": each for name, each in tree["expiries"].items()}
    file = tmp_path / "surface.json"
    file.write_text(json.dumps(tree))
    result = run("surface", file, "--plot", tmp_path / "surface.png")
    assert result.exit_code == 0, result.output


def test_margin_and_scenarios_draw_different_pictures(tmp_path):
    pictures = []
    for command in ("margin", "scenarios"):
        picture = tmp_path / f"{command}.png"
        assert run(command, EXAMPLES / "covered_call.json", "--plot", picture).exit_code == 0
        pictures.append(picture.read_bytes())
    assert pictures[0] != pictures[1]


def test_the_picture_of_a_surface_holds_every_finding():
    given = read_section(EXAMPLES / "surface_with_arbitrage.json", SurfaceFile)
    found = surface_report(given)
    low, high = plots._log_moneyness_range(found, given)
    for finding in found["findings"]:
        forward = given.expiries[finding["expiry"]].forward / ONE
        assert low < math.log(float(finding["strike"]) / forward) < high


def test_a_volatility_of_52_is_doubted_and_computed_with(tmp_path):
    file = tmp_path / "quote.json"
    quote = {"forward": "60000", "strike": "60000", "vol": "52", "seconds": "86400", "rate": "4.8"}
    file.write_text(json.dumps(quote))
    result = run("price", file, "--json")
    assert result.exit_code == 0
    assert result.stderr.splitlines() == [
        "warning: vol: 52 is 5200 % a year; write 0.52 for 52 %",
        "warning: rate: 4.8 is 480 % a year; write 0.048 for 4.8 %",
    ]
    assert float(json.loads(result.stdout)["call"]) > 40_000


def test_doubts_name_the_place_in_a_portfolio(tmp_path):
    tree = json.loads((EXAMPLES / "covered_call.json").read_text())
    tree["positions"]["options"][0]["vol"] = "60"
    file = tmp_path / "portfolio.json"
    file.write_text(json.dumps(tree))
    result = run("margin", file, "--json")
    assert "warning: positions.options[0].vol: 60 is 6000 % a year" in result.stderr


def test_messages_say_numbers_as_people_write_them(tmp_path):
    """No integer of 18 decimals is shown: 3·10^14 and not 300000000000000000000000000000000."""
    tree = json.loads((EXAMPLES / "covered_call.json").read_text())
    tree["positions"]["cash"] = "1e18"
    tree["positions"]["perpetuals"] = {"amount": "7e10", "unrealised_pnl": "0", "funding": "0"}
    tree["feeds"]["perpetual"] = {"price": "38000000", "confidence": "1"}
    tree["positions"]["options"][0]["amount"] = "-79e9"
    tree["positions"]["options"].append(
        {**tree["positions"]["options"][0], "strike": "1", "amount": "-79e9"}
    )
    file = tmp_path / "portfolio.json"
    file.write_text(json.dumps(tree))
    result = run("margin", file)
    assert result.exit_code == 2
    assert "positions: size = 228000000000 is outside [0, 158456325028.52" in result.stderr


def test_a_wrong_file_exits_with_2_and_names_the_field(tmp_path):
    file = tmp_path / "quote.json"
    file.write_text('{"forward": "1", "strike": "x", "vol": "0.5", "seconds": "1"}')
    result = run("price", file, "--json")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        "error: strike: 'x' is not a decimal",
        "error: rate: is missing",
    ]


def test_a_file_that_is_not_there_is_an_error_too(tmp_path):
    result = run("margin", tmp_path / "none.json")
    assert result.exit_code == 2
    assert "none.json" in result.stderr


def test_a_plot_that_cannot_be_written_is_an_error(tmp_path):
    result = run("price", EXAMPLES / "quote.json", "--plot", tmp_path / "no" / "folder.png")
    assert result.exit_code == 2
    assert "--plot" in result.stderr


def test_parameters_are_printed_as_a_file_writes_them():
    result = run("parameters")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert len(found["scenarios"]) == 33
    assert found["discounting"]["long_static"] == "0.95"


def test_without_matplotlib_plots_say_what_to_install(tmp_path):
    """The rest of the command must not need it: a node is installed without."""
    program = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "from strikeproof.cli.main import main\n"
        "main(sys.argv[1:])"
    )
    quote = str(EXAMPLES / "quote.json")
    command = [sys.executable, "-c", program, "risk", "price", quote]
    plain = subprocess.run(command, capture_output=True, text=True)
    assert plain.returncode == 0, plain.stderr
    drawn = subprocess.run(
        [*command, "--plot", str(tmp_path / "p.png")], capture_output=True, text=True
    )
    assert drawn.returncode == 2
    assert "pip install 'strikeproof[plot]'" in drawn.stderr


def test_the_worked_examples_of_the_documentation_are_what_the_command_prints():
    text = (EXAMPLES.parents[1] / "risk.md").read_text()
    for name in PORTFOLIOS:
        found = report("margin", EXAMPLES / f"{name}.json")
        for field in ("initial_margin", "maintenance_margin", "worst"):
            shown = f"{Decimal(found[field]):,.2f}".replace("-", "−")
            assert shown in text, (name, field, shown)


def test_documented_fields_are_the_schemas():
    """Every field that a file may hold is in docs/risk.md, and so is every default parameter."""
    text = (EXAMPLES.parents[1] / "risk.md").read_text()
    for group, values in json.loads(run("parameters").stdout).items():
        assert f"`{group}`" in text
        for field, value in values.items() if isinstance(values, dict) else ():
            if isinstance(value, str):
                documented = f"{value}".replace("-", "−")
                assert f"`{field}` {documented}" in text, (group, field, value)
