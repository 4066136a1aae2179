"""The frontier: its market against the exact rules, its outcomes where they are known."""

import csv
import io
import json
from dataclasses import replace

import numpy
import pytest
from click.testing import CliRunner

from strikeproof.cli.main import main
from strikeproof.risk.files.crash_market import CrashMarket, MarketTerms, knowing_gain, priced
from strikeproof.risk.files.price_paths import DAYS, JumpDiffusion, day_paths, diffusion_paths
from strikeproof.sequencer.core.rules.house import MarkValue
from strikeproof.sequencer.core.rules.liquidation import (
    Health,
    LiquidationTerms,
    close_lots,
    house_quote,
)

TERMS = MarketTerms(
    maintenance=0.05,
    initial=0.1,
    slope_factor=0.0,
    house_margin=0.5,
    liquidation_fee=0.2,
    delay_seconds=0.0,
)
STEP = 10.0
QUICK = ("--only", "jump-diffusion", "--paths", "3", "--step", "60", "--delay", "60")
FEW = ("--maintenance", "2,5", "--delays", "0,60", "--ks", "0,3")


def market_of(path: list[float], **terms: float) -> CrashMarket:
    """Return the market of one path, with a long and a short that open at its beginning."""
    given = replace(TERMS, **terms)
    paths = priced([numpy.array(path)], [given.delay_seconds], STEP)
    return CrashMarket(paths, [given], numpy.array([0]), 1)


def run(*arguments: str):
    return CliRunner().invoke(main, ["risk", "frontier", *arguments])


def test_nothing_happens_on_a_calm_day() -> None:
    outcome = market_of([1.0, 1.01, 0.99, 1.0] * 50).run()
    assert outcome.capital == pytest.approx(0.1)
    for name in ("liquidated", "taken_over", "shortfall", "loans", "deleveraged", "left"):
        assert getattr(outcome, name)[0] == 0, name


@pytest.mark.parametrize("price", [0.9473, 0.94, 0.93])
def test_a_liquidation_closes_what_the_law_closes(price: float) -> None:
    """A lot is 10^-6 of an account here."""
    lots, tick_value = 10**6, 1
    market = market_of([1.0], book_share=1e9, impact=0.0)
    market._open(0, 0, 0)
    market.paths.index[0], market.paths.market[0] = price, price
    market._liquidate(numpy.array([0]), 0, numpy.array([1e9]))
    mark = MarkValue(round(price * 10**6), tick_value)
    health = Health(100_000 * 10**6 - lots * (10**6 - mark.price), lots * mark.price // 20)
    terms = LiquidationTerms(50_000, 10_000, 100_000)
    assert health.is_liquidatable
    closed = close_lots(lots, health, mark, terms)
    assert 1 - market.size[0, 0] == pytest.approx(closed / lots, abs=2e-6)
    assert market.was_liquidated.tolist() == [[True, False]]
    assert market.house_lots[0] == 0


def test_the_house_pays_what_the_law_has_it_pay() -> None:
    market = market_of([1.0])
    market._open(0, 0, 0)
    market.paths.index[0], market.paths.market[0] = 0.92, 0.5  # nobody buys near the mark
    market._liquidate(numpy.array([0]), 0, numpy.array([1e9]))
    lots = 10**6
    mark = MarkValue(920_000, 1)
    health = Health(20_000 * 10**6, lots * mark.price // 20)
    terms = LiquidationTerms(50_000, 10_000, 100_000)
    closed = close_lots(lots, health, mark, terms)
    paid = house_quote(1, closed, health, mark, terms)
    assert market.house_lots[0] == pytest.approx(closed / lots, abs=2e-6)
    assert market.house_cash[0] == pytest.approx(-paid / 10**12, abs=2e-6)


def test_a_house_below_its_margin_borrows_then_closes_the_other_side() -> None:
    market = market_of([1.0, 1.0], fund=0.01)
    market._open(0, 0, 0)
    market.house_lots[0], market.house_cash[0] = 0.5, -0.49
    market.size[0, 0] = 0.5
    market._fund_and_deleverage(numpy.array([0]), 0)
    # Worth 0.01, it needs 0.0125; a tenth of the fund is lent, and the short is closed by half.
    assert market.done["loans"][0] == pytest.approx(0.001)
    assert market.done["deleveraged"][0] == pytest.approx(0.5)
    assert market.size[0, 1] == pytest.approx(-0.5)
    assert market.house_lots[0] == 0
    assert market.house_cash[0] == pytest.approx(0.011)
    assert market.done["shortfall"][0] == 0


def test_knowing_the_price_takes_what_is_beyond_the_margin() -> None:
    path = [1.0] * 20 + [0.8] * 20
    late = replace(TERMS, delay_seconds=60.0)
    paths = priced([numpy.array(path)], [60.0], STEP)
    assert knowing_gain(late, paths, slice(0, 1))[0] == pytest.approx(0.2 - 0.1)
    at_once = priced([numpy.array(path)], [0.0], STEP)
    # The index needs time for 20 %; the gap that was reported is asked for meanwhile.
    assert knowing_gain(TERMS, at_once, slice(0, 1))[0] == pytest.approx(0.0, abs=1e-9)


def test_an_index_moves_no_faster_than_its_bucket() -> None:
    paths = priced([numpy.array([1.0, 0.5, 0.5, 0.5])], [0.0], STEP)
    assert paths.index[:, 0] == pytest.approx([1.0, 0.97, 0.97 * 0.98, 0.97 * 0.98**2])


def test_published_days_pass_through_their_points() -> None:
    for day in DAYS:
        paths = day_paths(day, 3, 60.0, numpy.random.default_rng(1))
        for hour, price in day.points:
            at = paths[:, round(hour * 60)]
            assert at == pytest.approx([price / day.points[0][1]] * 3)
        assert day.source.startswith("https://")


def test_diffusion_has_the_volatility_that_it_is_given() -> None:
    model = JumpDiffusion(volatility=0.05, jumps=0.0)
    ends = numpy.log(diffusion_paths(model, 4_000, 3_600.0, numpy.random.default_rng(7))[:, -1])
    assert ends.std() == pytest.approx(0.05 * (23 / 24) ** 0.5, rel=0.05)


def test_the_same_seed_says_the_same_and_a_delay_has_its_price() -> None:
    report = json.loads(run(*QUICK, *FEW, "--json").output)
    assert report == json.loads(run(*QUICK, *FEW, "--json").output)
    assert report != json.loads(run(*QUICK, *FEW, "--json", "--seed", "2").output)
    assert [row["maintenance"] for row in report["margins"]] == [0.02, 0.05]
    capital = {(row["delay"], row["k"]): row["capital"] for row in report["delays"]}
    assert capital[0, 0] == capital[0, 3] == 0.1
    assert capital[60, 3] > capital[60, 0]
    rows = list(csv.DictReader(io.StringIO(run(*QUICK, *FEW, "--csv").output)))
    assert [row["study"] for row in rows] == 2 * ["margins"] + 4 * ["delays"]


def test_it_is_drawn(tmp_path) -> None:
    path = tmp_path / "frontier.png"
    assert run(*QUICK, *FEW, "--plot", str(path)).exit_code == 0
    assert path.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--maintenance", "60"), "initial margin at most 100 %"),
        (("--maintenance", "0"), "above 0"),
        (("--delays", "-10"), "delays are 0 to 3,600 seconds"),
        (("--delays", "15"), "not a multiple of a step of 10 seconds"),
        (("--only", "monday"), "--only monday: there are jump-diffusion, btc-2020-03-12"),
        (("--plot", "a.jpg"), "does not end in .png"),
        (("--json", "--csv", *QUICK, *FEW), "give one"),
    ],
)
def test_what_is_wrong_is_reported(arguments: tuple[str, ...], told: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert told in result.output
