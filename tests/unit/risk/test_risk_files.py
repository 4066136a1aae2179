"""Risk files: numbers are read exactly, and every wrong or missing field is named."""

import copy
import json
from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strikeproof.risk.files.decimals import format_wad, parse_seconds, parse_wad
from strikeproof.risk.files.json_file import RiskFileError, parse_section
from strikeproof.risk.files.portfolio import parameters_of
from strikeproof.risk.files.portfolio_file import PortfolioFile
from strikeproof.risk.files.quote_file import QuoteFile
from strikeproof.risk.files.reports import default_parameters_report
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.margin_parameters import MarginParameters
from tests.property.risk.portfolio_files import portfolio_of_tree, portfolio_tree

QUOTE = {"forward": "100", "strike": "100", "vol": "0.5", "seconds": "86400", "rate": "0"}


def problems(tree):
    with pytest.raises(RiskFileError) as caught:
        portfolio_of_tree(tree)
    return caught.value.problems


def full_tree():
    tree = portfolio_tree(Random(31), default_parameters=True)
    tree["positions"]["perpetuals"]["amount"] = "1"
    tree["positions"]["collateral"] = {"A": "1", "B": "2"}
    return tree


@given(st.integers(-(10**40), 10**40))
def test_every_decimal_survives_being_written_and_read(wad):
    assert parse_wad(format_wad(wad)) == wad
    assert Fraction(format_wad(wad)) * ONE == wad


@pytest.mark.parametrize(
    ("text", "wad"),
    [
        ("0", 0),
        ("-0", 0),
        ("1", ONE),
        ("+1.5", 3 * ONE // 2),
        (".5", ONE // 2),
        ("5.", 5 * ONE),
        ("0.000000000000000001", 1),
        ("123456789012.345678901234567891", 123456789012345678901234567891),
        ("1.50000000000000000000000", 3 * ONE // 2),
        ("1e-18", 1),
        ("12E3", 12_000 * ONE),
    ],
)
def test_decimals_are_read_digit_by_digit(text, wad):
    assert parse_wad(text) == wad
    assert parse_wad(Decimal(text)) == wad


@pytest.mark.parametrize(
    "value",
    [
        *("", "1.0000000000000000001", "1e-19", "NaN", "Infinity", "1_000", "0x10", "1,5", "١"),
        *("1e999", "1" * 81, "--1", "1e", "1 2", True, None, [], {}, 1.5),
    ],
)
def test_what_is_not_an_exact_decimal_is_refused(value):
    with pytest.raises(ValueError):
        parse_wad(value)


@pytest.mark.parametrize("value", ["1.5", "-1", str(1 << 32)])
def test_seconds_are_whole_and_not_negative(value):
    with pytest.raises(ValueError):
        parse_seconds(value)


def test_a_json_number_is_read_without_a_float():
    text = json.dumps(QUOTE).replace('"0.5"', "0.500000000000000001")
    assert parse_section(text, QuoteFile).vol == ONE // 2 + 1


def leaves(tree, path=()):
    if isinstance(tree, dict):
        for name, value in tree.items():
            yield (*path, name)
            yield from leaves(value, (*path, name))
    elif isinstance(tree, list):
        for index, value in enumerate(tree[:1]):
            yield from leaves(value, (*path, index))


def named(path):
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def parent(tree, path):
    for part in path[:-1]:
        tree = tree[part]
    return tree


# Names that the file's author chose: leaving one out is only wrong if something refers to it.
OPTIONAL = {"vol", "svi", "standard"}


def test_every_missing_field_is_named():
    whole = full_tree()
    portfolio_of_tree(whole)
    count = 0
    for path in leaves(whole):
        if path[-1] in OPTIONAL or path[-1] in {"A", "B"} or path[-2:-1] == ("expiries",):
            continue
        tree = copy.deepcopy(whole)
        del parent(tree, path)[path[-1]]
        found = problems(tree)
        assert any(each.startswith(f"{named(path)}: is missing") for each in found), (path, found)
        count += 1
    assert count > 80


def test_every_wrong_field_is_named():
    whole = full_tree()
    for path in leaves(whole):
        tree = copy.deepcopy(whole)
        if isinstance(parent(tree, path)[path[-1]], dict | list):
            continue
        wrong: object
        for wrong in ("twelve", None, [], "1e60"):
            if wrong is None and path[-1] in OPTIONAL:
                continue
            if path[-1] == "expiry" and isinstance(wrong, str):
                continue
            parent(tree, path)[path[-1]] = wrong
            assert any(named(path) in each for each in problems(tree)), (path, wrong)


def test_an_unknown_field_is_named():
    tree = full_tree()
    tree["parameters"]["skew"]["linear"]["bass"] = "1"
    assert problems(tree) == ("parameters.skew.linear.bass: is not a field of the schema",)


def test_names_must_refer_to_feeds_and_parameters():
    tree = full_tree()
    tree["positions"]["options"][0]["expiry"] = "NEVER"
    assert "'NEVER' is not in feeds.expiries" in problems(tree)[0]
    for place in ("feeds", "parameters"):
        tree = full_tree()
        del tree[place]["collateral"]["B"]
        assert problems(tree) == (f"{place}.collateral.B: is missing, and it is held",)
    tree = full_tree()
    del tree["feeds"]["perpetual"]
    assert problems(tree) == ("feeds.perpetual: is missing, and perpetuals are held",)


def test_no_perpetuals_need_no_price_of_them():
    tree = full_tree()
    tree["positions"]["perpetuals"]["amount"] = "0"
    tree["positions"]["options"] = []
    with_price = portfolio_of_tree(tree).margin()
    del tree["feeds"]["perpetual"]
    assert portfolio_of_tree(tree).margin() == with_price


def test_an_option_stands_once_and_has_a_volatility():
    tree = full_tree()
    option = dict(tree["positions"]["options"][0])
    tree["positions"]["options"].append(option)
    assert "is the option of positions.options[0] again" in problems(tree)[0]
    tree = full_tree()
    for option in tree["positions"]["options"]:
        option.pop("vol")
    for expiry in tree["feeds"]["expiries"].values():
        expiry.pop("svi", None)
    assert problems(tree)[0].startswith("positions.options[0].vol: is missing")


def test_a_surface_without_a_volatility_at_the_strike_is_named():
    tree = full_tree()
    option = tree["positions"]["options"][0]
    option.pop("vol")
    expiry = tree["feeds"]["expiries"][option["expiry"]]
    expiry["svi"] = {
        **dict.fromkeys(("b", "rho", "m", "sigma"), "0"),
        "a": "-1",
        "forward": "5",
        "seconds": "86400",
    }
    assert f"feeds.expiries.{option['expiry']}.svi: no volatility at strike" in problems(tree)[0]


def test_an_option_of_amount_zero_is_as_if_it_were_not_there():
    tree = full_tree()
    before = portfolio_of_tree(tree).margin()
    tree["feeds"]["expiries"]["EMPTY"] = copy.deepcopy(tree["feeds"]["expiries"]["E0"])
    tree["feeds"]["expiries"]["EMPTY"]["confidence"]["rate"] = "0"
    tree["positions"]["options"].append(
        {"expiry": "EMPTY", "strike": "5", "type": "put", "amount": "0", "vol": "1"}
    )
    assert portfolio_of_tree(tree).margin() == before


def test_values_beyond_a_lane_name_the_option():
    tree = full_tree()
    option = tree["positions"]["options"][0]
    option["strike"] = "38000000"
    tree["feeds"]["expiries"][option["expiry"]]["forward"] = "38000000"
    tree["feeds"]["spot"]["price"] = "38000000"
    assert problems(tree)[0].startswith("positions.options[0]: is worth 4")
    # What the limit of a value leaves for forwards is said, for it depends on the grid.
    assert problems(tree)[0].endswith("spot factor, 6, forwards up to 6447604 fit")


def test_json_mistakes_are_reported():
    for text, part in (
        ("{", "not JSON"),
        ('{"forward": 1, "forward": 2}', "'forward' stands twice"),
        ('{"forward": NaN}', "NaN is not a number"),
        ("[" * 100_000, "nested too deeply"),
        ("[]", "the file"),
    ):
        with pytest.raises(RiskFileError, match=part):
            parse_section(text, QuoteFile)


def test_default_stands_for_the_documented_parameters():
    tree = full_tree()
    spelled = parameters_of(parse_section(json.dumps(tree), PortfolioFile).parameters)
    groups = [name for name in tree["parameters"] if name != "collateral"]
    tree["parameters"].update(dict.fromkeys(groups, "default"))
    worded = parameters_of(parse_section(json.dumps(tree), PortfolioFile).parameters)
    assert spelled == worded == MarginParameters()
    assert set(default_parameters_report()) - {"collateral"} == set(groups)
