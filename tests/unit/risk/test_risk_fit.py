"""`strikeproof risk fit`: from quotes to a surface that the kernel proves free of arbitrage."""

import json
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner

from strikeproof.cli.main import main
from strikeproof.risk.files.book import parse_book
from strikeproof.risk.files.fit_quotes import FitQuote, quoted_expiries
from strikeproof.risk.files.surface_fit import fit_surface
from strikeproof.risk.kernel.black76 import call_and_put
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.svi import RawSvi, volatility_at

EXAMPLES = Path(__file__).resolve().parents[3] / "docs" / "examples" / "risk"
QUOTES = EXAMPLES / "fit_quotes.csv"
HEAD = "expiry,seconds,forward,strike,vol\n"
FORWARD = 60_000 * ONE
DAY = 86_400


def run(*arguments, stdin=""):
    return CliRunner().invoke(main, ["risk", "fit", *(str(each) for each in arguments)], stdin)


def fitted(text):
    expiries, left_out = quoted_expiries(parse_book(text, FitQuote))
    return fit_surface(expiries), left_out


def smile(name, seconds, svi, strikes, noise=None):
    """Return lines of a slice's own volatilities, with noise in hundredths if there is any."""
    lines = []
    for strike in strikes:
        vol = volatility_at(svi, FORWARD, strike * ONE, seconds) / ONE
        vol += noise.gauss(0, 0.01) if noise else 0
        lines.append(f"{name},{seconds},60000,{strike},{vol:.8f}\n")
    return "".join(lines)


def test_the_example_is_fitted_inside_its_spreads_and_is_free_of_arbitrage(tmp_path):
    out = tmp_path / "surface.json"
    result = run(QUOTES, "--json", "--out", out, "--plot", tmp_path / "fit.png")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["arbitrage_free"] is True
    for fit in found["fit"].values():
        assert fit["inside_spread"] >= fit["quotes"] - 2
        assert float(fit["root_mean_square"]) < 0.005
    assert json.loads(out.read_text()) == found["surface"]
    assert (tmp_path / "fit.png").read_bytes().startswith(b"\x89PNG")
    # The file is one that the other commands read, and they agree.
    again = CliRunner().invoke(main, ["risk", "surface", str(out), "--json"])
    assert json.loads(again.stdout)["arbitrage_free"] is True


def test_a_slice_comes_back_from_its_own_volatilities():
    svi = RawSvi(ONE // 200, ONE // 20, -ONE // 4, ONE // 50, 15 * ONE // 100)
    strikes = range(40_000, 90_001, 5_000)
    surface, _ = fitted(HEAD + smile("M", 30 * DAY, svi, strikes))
    assert surface.check.is_free
    assert surface.slices[0].largest < 1e-4


@pytest.mark.parametrize("days", [0.02, 1, 90, 700])
def test_minutes_and_years_are_fitted_alike(days):
    """Whatever is left of time, a smile of the same shape in deviations is found again."""
    seconds = int(days * DAY)
    root = 0.6 * (seconds / 31_536_000) ** 0.5
    svi = RawSvi(
        *(int(each * ONE) for each in (0.6 * root**2, 0.5 * root, -0.2, 0.1 * root, 0.8 * root))
    )
    strikes = sorted({round(60_000 * 2.718281828 ** (root * x / 2)) for x in range(-5, 6)})
    surface, _ = fitted(HEAD + smile("E", seconds, svi, strikes))
    assert surface.check.is_free
    assert surface.slices[0].root_mean_square < 0.003


def test_quotes_with_arbitrage_give_a_surface_without():
    """A second expiry whose quoted variance is below the first's, and a smile with a butterfly."""
    steep = RawSvi(8 * ONE // 10_000, 764 * ONE // 10_000, -9 * ONE // 100, 0, 56 * ONE // 10_000)
    lower = RawSvi(4 * ONE // 10_000, 300 * ONE // 10_000, -9 * ONE // 100, 0, 56 * ONE // 10_000)
    strikes = (55_000, 57_000, 58_000, 59_000, 60_000, 61_000, 62_000, 63_000, 65_000)
    text = HEAD + smile("A", DAY, steep, strikes) + smile("B", 2 * DAY, lower, strikes)
    surface, _ = fitted(text)
    assert surface.check.is_free
    first, second = (each.slice.svi for each in surface.slices)
    assert first.a + first.b * first.sigma // ONE < second.a + second.b * second.sigma // ONE


@pytest.mark.parametrize("seed", range(3))
def test_noisy_quotes_give_a_surface_without_arbitrage(seed):
    chance = Random(seed)
    text = HEAD
    for number, days in enumerate((1, 7, 30)):
        root = chance.uniform(0.3, 1.2) * (days / 365) ** 0.5
        plain = (0.5 * root**2, 0.4 * root, chance.uniform(-0.5, 0.5), 0, 0.7 * root)
        svi = RawSvi(*(int(each * ONE) for each in plain))
        strikes = [round(60_000 * 2.718281828 ** (root * x / 2)) for x in range(-4, 5)]
        text += smile(f"E{number}", days * DAY, svi, strikes, chance)
    surface, _ = fitted(text)
    assert surface.check.is_free


def test_prices_without_a_volatility_are_left_out_and_reported():
    lines = ["expiry,seconds,forward,strike,type,bid,ask"]
    for strike in (52_000, 55_000, 58_000, 60_000, 63_000, 66_000):
        call, _ = call_and_put(FORWARD, strike * ONE, ONE // 2, 30 * DAY, ONE)
        price = Decimal(call) / ONE
        lines.append(f"M,{30 * DAY},60000,{strike},call,{price - 5:.2f},{price + 5:.2f}")
    lines.append(f"M,{30 * DAY},60000,40000,call,19000,20010")
    result = run("-", stdin="\n".join(lines))
    assert result.exit_code == 0, result.stderr
    assert "Left out: line 8: a price of 19000 is below the discounted intrinsic" in result.stdout
    assert "Free of arbitrage: proved." in result.stdout


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (HEAD + "M,86400,60000,60000,0.5\n", "expiry 'M': has 1 strikes with a volatility"),
        (HEAD + "M,0,60000,60000,0.5\n", "line 2: seconds: must be above 0"),
        (HEAD + "M,9,6,6,.5\nM,8,6,6,.5\n", "line 3: seconds: must be that of line 2"),
        (HEAD + "M,9,6,6,\n", "line 2: type: is missing, and there is no vol"),
        (HEAD + "M,9,6,6,0\n", "line 2: vol: 0 is outside"),
        (
            "expiry,seconds,forward,strike,type,bid,ask\nM,9,6,6,call,2,1\n",
            "line 2: bid: is above ask",
        ),
        (
            "expiry,seconds,forward,strike,type,bid,ask,vol\nM,9,6,6,call,1,2,1\n",
            "line 2: has a vol and prices",
        ),
        ("expiry,seconds\n", "line 1: the column 'forward' is missing"),
    ],
)
def test_wrong_quotes_are_reported_with_their_line(text, told):
    result = run("-", stdin=text)
    assert result.exit_code == 2
    assert told in result.stderr
    assert all(line.startswith("error: ") for line in result.stderr.splitlines())


NOISE = (
    "E0,371706450,258257.5283,580799.786656,0.123252\n"
    "E0,371706450,258257.5283,167806.928461,3.887339\n"
    "E0,371706450,258257.5283,258021.340113,21.190425\n"
    "E0,371706450,258257.5283,3694.880694,12.214166\n"
    "E0,371706450,258257.5283,133775.645672,0.000171\n"
    "E0,371706450,258257.5283,250143.952402,0.065959\n"
    "E0,371706450,258257.5283,316145.285431,0.067377\n"
    "E0,371706450,258257.5283,255748.936306,0.013227\n"
    "E1,4938282,17.1516,10.984098,0.242191\n"
    "E1,4938282,17.1516,14.894662,0.000036\n"
    "E1,4938282,17.1516,0.535292,0.024328\n"
    "E1,4938282,17.1516,16.685353,0.002561\n"
    "E1,4938282,17.1516,30.819895,0.373236\n"
    "E1,4938282,17.1516,19.149351,0.071729\n"
)


def test_quotes_that_are_no_smile_end_in_no_traceback():
    """Some of the slices that the search tries on them leave the kernel's domain."""
    result = run("-", stdin=HEAD + NOISE)
    assert result.exit_code in (0, 2, 3), result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)


def test_an_output_that_cannot_be_written_is_reported(tmp_path):
    svi = RawSvi(ONE // 200, ONE // 20, -ONE // 4, ONE // 50, 15 * ONE // 100)
    text = HEAD + smile("M", 30 * DAY, svi, range(40_000, 90_001, 10_000))
    result = run("-", "--out", tmp_path / "no" / "surface.json", stdin=text)
    assert result.exit_code == 2
    assert "error: --out" in result.stderr
