"""Strikes of a schedule: which ones a surface asks for, and what is listed of them, when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from math import exp, log, sqrt
from pathlib import Path
from statistics import NormalDist
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strikeproof.client.expiry_report import SviTerms
from strikeproof.client.listed_expiry import ListedExpiry
from strikeproof.client.venue_views import Instrument
from strikeproof.config import ConfigInvalid
from strikeproof.operate.governance_payload import decode, encode
from strikeproof.operate.listing_schedule import Step, StepKind, VenueListing, plan
from strikeproof.operate.option_strikes import SurfaceMoment, missing_strikes, strikes_by_delta
from strikeproof.operate.schedule_file import ScheduleFile, ScheduleInvalid, load_schedule
from strikeproof.operate.timelock import AnnouncedCall, CallState, DecodedCall
from strikeproof.sequencer.api.market_service import _expiry_message, _instrument
from strikeproof.wire.constants import InstrumentKind
from tests.unit.core.scripted_venue import ScriptedVenue

NANO = 10**9
PICO = 10**12
MONTH_SECONDS = 30 * 86_400
DAY_MS = 86_400_000
NORMAL = NormalDist()
FLAT = SviTerms(22_225_000_000, 0, 0, 0, 0, 60_000 * NANO, 1)  # a deviation of 0.149081
SKEW = SviTerms(2 * 10**9, 5 * 10**10, -4 * 10**11, 2 * 10**10, 10**11, 61_000 * NANO, 1)
DELTAS = [Decimal(text) for text in ("0.5", "0.4", "0.25", "0.1")]


def moment(surface: SviTerms = FLAT, forward_usd: int = 60_000) -> SurfaceMoment:
    return SurfaceMoment(surface, forward_usd * NANO, MONTH_SECONDS, MONTH_SECONDS)


def in_usd(strikes: list[int]) -> list[int]:
    assert not any(each % NANO for each in strikes)
    return [each // NANO for each in strikes]


def test_strikes_of_a_flat_surface_are_those_of_the_normal_distribution() -> None:
    """By hand: K = F exp(z s + s² / 2), with s = 0.149081 and z = 0, ±0.253347, ±0.674490,
    ±1.281552: 50,119, 54,867, 58,422, 60,670, 63,006, 67,088, 73,443."""
    found = in_usd(strikes_by_delta(moment(), DELTAS, 500 * NANO))
    assert found == [50_000, 55_000, 58_500, 60_500, 63_000, 67_000, 73_500]
    fine = in_usd(strikes_by_delta(moment(), DELTAS, NANO))
    deviation = sqrt(0.022225)
    for each in DELTAS:
        for target in (each, 1 - each):
            z = -NORMAL.inv_cdf(float(target))
            strike = 60_000 * exp(z * deviation + deviation**2 / 2)
            assert min(abs(strike - one) for one in fine) <= 0.51


def test_strikes_of_a_skewed_surface_have_the_nearest_deltas_of_the_grid() -> None:
    def delta(strike: int) -> float:
        k = log(strike / 61_000) - 0.02
        variance = 0.002 + 0.05 * (-0.4 * k + sqrt(k * k + 0.01))
        return NORMAL.cdf((log(60_000 / strike) + variance / 2) / sqrt(variance))

    grid = range(20_000, 160_000, 250)
    wanted = {
        min(grid, key=lambda strike: abs(delta(strike) - float(target)))
        for each in DELTAS
        for target in (each, 1 - each)
    }
    assert in_usd(strikes_by_delta(moment(SKEW), DELTAS, 250 * NANO)) == sorted(wanted)


def test_forward_that_moves_a_little_asks_for_nothing_one_that_leaves_for_strikes() -> None:
    step = 500 * NANO
    held = missing_strikes(moment(), DELTAS, step, [])
    assert in_usd(sorted(held)) == [50_000, 55_000, 58_500, 60_500, 63_000, 67_000, 73_500]
    assert in_usd(held)[0] == 60_500, "the money comes first, whatever is cut"
    for forward in (59_500, 60_000, 60_500):
        assert missing_strikes(moment(forward_usd=forward), DELTAS, step, held) == []
    added = in_usd(missing_strikes(moment(forward_usd=80_000), DELTAS, step, held))
    around = in_usd(strikes_by_delta(moment(forward_usd=80_000), DELTAS, step))
    assert set(added) <= set(around) and min(added) > 73_500 - 1_000
    assert {each for each in around if each > 74_500} <= set(added)


def test_strike_within_half_a_step_of_another_is_not_added() -> None:
    """The delta of a call at 57,499 is 0.64, at 62,501 it is 0.42: neither serves 0.5, whose
    neighbours are 0.47 and 0.53."""
    deltas = [Decimal("0.5"), Decimal("0.47")]
    for held, is_added in ((57_499, True), (57_500, False), (62_500, False), (62_501, True)):
        found = missing_strikes(moment(), deltas, 5_000 * NANO, [held * NANO])
        assert (60_000 * NANO in found) is is_added, held


@settings(max_examples=60, deadline=None)
@given(
    st.integers(40_000, 90_000),
    st.lists(st.integers(1, 400), max_size=6),
    st.integers(1, 20),
    st.integers(0, 8),
)
def test_list_that_is_cut_short_goes_on_where_it_was(
    forward: int, held: list[int], step_hundreds: int, cut: int
) -> None:
    step = 100 * step_hundreds * NANO
    there = [500 * each * NANO for each in held]
    at = moment(SKEW, forward)
    found = missing_strikes(at, DELTAS, step, there)
    assert missing_strikes(at, DELTAS, step, there + found[:cut]) == found[cut:]
    assert missing_strikes(at, DELTAS, step, there + found) == []
    assert len(set(found)) == len(found)
    for each in found:
        assert all(2 * abs(each - other) > step for other in there)


# --- what a schedule does with them ---

TERMS = {
    "tick_value_micro_usd": 500,
    "index_per_tick_nano_usd": 500_000_000,
    "initial_margin_ppm": 150_000,
    "maintenance_margin_ppm": 90_000,
    "maker_fee_ppm": 100,
    "taker_fee_ppm": 300,
    "price_band_ppm": 200_000,
    "min_order_value_micro_usd": 1_000_000,
    "liquidation_fee_ppm": 5_000,
    "house_margin_ppm": 20_000,
    "impact_value_micro_usd": 8_000_000,
    "tier": 0,
}
START = int(datetime(2026, 11, 27, 12, tzinfo=UTC).timestamp()) * 1000
DELAY_MS = DAY_MS


def schedule(**changes: Any) -> ScheduleFile:
    bounds = {
        name: changes.pop(name)
        for name in ("announcements_max", "instruments_max")
        if name in changes
    }
    options = {"deltas": ["0.5", "0.25"], "strike_step_usd": 500, "terms": TERMS}
    series = {"underlying": 1, "symbol": "BTC", "dailies": 4, "trades_seconds_min": 3_600}
    document = {
        "sequencers": ["127.0.0.1:7450"],
        "bounds": {"announcements_max": 500} | bounds,
        "series": [series | {"options": options | changes}],
    }
    return ScheduleFile.model_validate(document)


class GovernedEngine:
    """A timelock before a real engine, which must take every message that it is sent."""

    def __init__(self) -> None:
        self.law = ScriptedVenue()
        self.law.now = START
        self.index_usd = 60_000
        self.surface = FLAT
        self.calls: list[tuple[bytes, int]] = []
        self.states: dict[int, CallState] = {}

    def view(self) -> VenueListing:
        engine, now = self.law.engine, self.law.now
        expiries = [
            replace(
                ListedExpiry.of_message(_expiry_message(each)),
                publish_time_ms=now,
                surface=replace(self.surface, time_ms=now, forward_nano_usd=self.index_usd * NANO)
                if self.surface.time_ms
                else self.surface,
            )
            for each in engine.expiries()
        ]
        instruments = [
            replace(
                Instrument.of_message(_instrument(engine, each)),
                index_price_nano_usd=self.index_usd * NANO,
            )
            for each in engine.instruments()
        ]
        calls = []
        for number, (payload, at) in enumerate(self.calls):
            found = decode(payload)
            assert found is not None
            ready = now >= at + DELAY_MS
            state = self.states.get(number, CallState.READY if ready else CallState.WAITING)
            call = DecodedCall("Inbox", "govern", found[1], found[0], "0x", "0x")
            calls.append(AnnouncedCall(number, state, 0, 0, 0, call))
        return VenueListing(now, DELAY_MS, expiries, instruments, calls)

    def run(self, given_: ScheduleFile) -> list[Step]:
        steps = plan(given_, self.view())
        for kind in (StepKind.CANCEL, StepKind.EXECUTE, StepKind.ANNOUNCE):
            for each in steps:
                if each.kind is kind:
                    self.do(each)
        return steps

    def do(self, step: Step) -> None:
        if step.kind is StepKind.ANNOUNCE:
            assert step.fields is not None
            self.announce(step.what, step.fields)
            return
        assert step.number is not None
        if step.kind is StepKind.CANCEL:
            self.states[step.number] = CallState.CANCELLED
            return
        self.states[step.number] = CallState.EXECUTED
        self.law.govern(self.calls[step.number][0])  # asserts OK

    def announce(self, message: str, fields: Mapping[str, Any]) -> None:
        self.calls.append((encode(message, fields), self.law.now))

    def later(self, ms: int = DELAY_MS) -> None:
        self.law.now += ms

    def strikes(self) -> dict[int, list[int]]:
        """Return the strikes, USD, of each expiry's calls, by the expiry's time."""
        found: dict[int, list[int]] = {}
        for each in self.view().instruments:
            if each.kind is InstrumentKind.CALL:
                found.setdefault(each.expiry_ms, []).append(each.strike // 2)
        return found


def whats(steps: list[Step], what: str = "list_options") -> list[tuple[str, str]]:
    return [(each.kind.value, each.symbol) for each in steps if each.what == what]


def with_expiries(given_: ScheduleFile) -> GovernedEngine:
    """Return a venue whose first expiries are listed, 29 November to 2 December."""
    venue = GovernedEngine()
    assert not whats(venue.run(given_)), "no expiry is listed yet"
    venue.later()
    assert not whats(venue.run(given_)), "they are being listed now"
    return venue


def test_strikes_are_announced_once_their_expiry_is_listed_and_executed_in_their_time() -> None:
    given_ = schedule(deltas=["0.5"])
    venue = with_expiries(given_)
    days = ("30X6", "1Z6", "2Z6")
    steps = venue.run(given_)
    late = ("left out", "BTC-29X6-60500C")  # the delay takes until after eight
    assert whats(steps) == [late, *(("announce", f"BTC-{day}-60500C") for day in days)]
    steps = venue.run(given_)
    assert whats(steps) == [late, *(("waiting", f"BTC-{day}-60500C") for day in days)]
    venue.later()
    assert whats(venue.run(given_))[:3] == [("execute", f"BTC-{day}-60500C") for day in days]
    pairs = [each.symbol for each in venue.view().instruments if each.strike]
    assert pairs == [f"BTC-{day}-60500{side}" for day in days for side in "CP"]
    told = [each for each in venue.run(given_) if each.kind is StepKind.LISTED]
    options = [(each.symbol, each.why) for each in told if each.what == "list_options"]
    assert options == [(f"BTC-{day}", "1 strike") for day in days]


@dataclass
class Lacking:
    """A venue without what strikes are chosen by."""

    change: dict[str, Any]
    why: str
    instruments: dict[str, Any] = field(default_factory=dict)


@pytest.mark.parametrize(
    "case",
    [
        Lacking({"surface": SviTerms()}, "no surface yet"),
        Lacking({"publish_time_ms": 1}, "its surface is older than 10 minutes"),
        Lacking({}, "no price yet", {"index_price_nano_usd": 0}),
        Lacking({"surface": replace(FLAT, a=10**18, time_ms=START)}, "the surface has no price"),
    ],
)
def test_without_surface_or_price_no_strike_is_announced_and_the_reason_reported(
    case: Lacking,
) -> None:
    given_ = schedule()
    view = with_expiries(given_).view()
    changed = replace(
        view,
        expiries=[replace(each, **case.change) for each in view.expiries],
        instruments=[replace(each, **case.instruments) for each in view.instruments],
    )
    found = [each for each in plan(given_, changed) if each.what == "list_options"]
    assert {each.kind for each in found} == {StepKind.LEFT_OUT}
    assert all(case.why in each.why for each in found)


@pytest.mark.parametrize(
    ("changes", "count", "why"),
    [
        ({}, 9, "the timelock's delay leaves too little time"),
        ({"strikes_max": 2}, 6, "options.strikes_max 2"),
        ({"announcements_max": 5}, 5, "bounds.announcements_max 5: run again"),
        ({"instruments_max": 6}, 2, "bounds.instruments_max 6"),
    ],
)
def test_bounds_hold_whatever_the_surface_asks_for(
    changes: dict[str, Any], count: int, why: str
) -> None:
    venue = with_expiries(schedule())
    found = [each for each in venue.run(schedule(**changes)) if each.what == "list_options"]
    assert sum(each.kind is StepKind.ANNOUNCE for each in found) == count
    assert why in {each.why for each in found}


def test_strike_whose_symbol_or_number_the_law_cannot_hold_is_left_out() -> None:
    given_ = schedule()
    venue = with_expiries(given_)
    long = ScheduleFile.model_validate(
        given_.model_dump() | {"series": [given_.series[0].model_dump() | {"symbol": "LONGNAME"}]}
    )
    assert {each.why for each in plan(long, venue.view()) if each.what == "list_options"} == {
        "a symbol has at most 16 characters"
    }


def test_call_that_comes_twice_or_too_late_is_cancelled() -> None:
    given_ = schedule(deltas=["0.5"])
    venue = with_expiries(given_)
    steps = venue.run(given_)
    (fields,) = [each.fields for each in steps if each.symbol == "BTC-30X6-60500C"]
    assert fields is not None
    venue.announce("list_options", fields)
    second = len(venue.calls) - 1
    (step,) = [each for each in plan(given_, venue.view()) if each.kind is StepKind.CANCEL]
    assert (step.number, step.why) == (second, "its strike comes twice")
    venue.law.govern(encode("list_options", fields))
    found = [each for each in plan(given_, venue.view()) if each.kind is StepKind.CANCEL]
    assert [each.why for each in found] == ["its strike is listed"] * 2


def test_call_under_other_symbols_counts_and_is_left_to_whoever_announced_it() -> None:
    given_ = schedule(deltas=["0.5"])
    venue = with_expiries(given_)
    steps = plan(given_, venue.view())
    (fields,) = [each.fields for each in steps if each.symbol == "BTC-2Z6-60500C"]
    assert fields is not None
    venue.announce("list_options", {**fields, "call_symbol": "MINE", "put_symbol": "MINE-P"})
    found = {each.symbol: each for each in venue.run(given_) if each.what == "list_options"}
    assert found["BTC-2Z6-60500C"].kind is StepKind.WAITING
    venue.later()
    found = {each.symbol: each for each in venue.run(given_) if each.what == "list_options"}
    step = found["BTC-2Z6-60500C"]
    assert step.kind is StepKind.LEFT_OUT
    assert step.why == "its call would be MINE: execute it by hand"


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 2 * DAY_MS), st.integers(-15, 15)), max_size=12),
    st.integers(1, 9),
    st.integers(2, 12),
    st.sampled_from([["0.5"], ["0.5", "0.25"], ["0.4", "0.1", "0.5"]]),
    st.sampled_from([250, 500, 2_000]),
    st.integers(8, 60),
)
def test_no_strike_is_listed_twice_and_the_law_takes_every_message(
    moves: list[tuple[int, int]],
    announcements_max: int,
    strikes_max: int,
    deltas: list[str],
    step: int,
    instruments_max: int,
) -> None:
    given_ = schedule(
        announcements_max=announcements_max,
        strikes_max=strikes_max,
        deltas=deltas,
        strike_step_usd=step,
        instruments_max=instruments_max,
    )
    venue = GovernedEngine()
    for wait_ms, percent in moves:
        steps = venue.run(given_)
        assert sum(each.kind is StepKind.ANNOUNCE for each in steps) <= announcements_max
        assert not [each for each in steps if each.kind is StepKind.CANCEL]
        venue.later(wait_ms)
        venue.index_usd = max(1_000, venue.index_usd * (100 + percent) // 100)
    for strikes in venue.strikes().values():
        assert len(set(strikes)) == len(strikes) <= strikes_max
        assert all(each % step == 0 for each in strikes)
    instruments = venue.view().instruments
    assert len(instruments) <= max(instruments_max, 1)
    symbols = [each.symbol for each in instruments]
    assert len(set(symbols)) == len(symbols)


HEAD = """sequencers = ["127.0.0.1:1"]
[[series]]
underlying = 1
symbol = "BTC"
dailies = 1
[series.options]
"""
GOOD = "deltas = [0.5]\nstrike_step_usd = 500\n"
TERMS_TEXT = "[series.options.terms]\n" + "".join(f"{k} = {v}\n" for k, v in TERMS.items())


def changed_terms(name: str, value: str) -> str:
    return GOOD + TERMS_TEXT.replace(f"{name} = {TERMS[name]}", f"{name} = {value}")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("deltas = [0.5, 0.50]\nstrike_step_usd = 500", "one occurs twice"),
        ("deltas = [0]\nstrike_step_usd = 500", "deltas"),
        ("deltas = ['half']\nstrike_step_usd = 500", "number is needed"),
        ("deltas = 0.5\nstrike_step_usd = 500", "deltas"),
        ("deltas = [0.5]\nstrike_step_usd = 0", "strike_step_usd"),
        ("deltas = [0.5]\nstrike_step_usd = -5", "strike_step_usd"),
        ("deltas = [0.5]\nstrike_step_usd = 1e-10", "nine decimals"),
        ("deltas = [0.5]", "strike_step_usd"),
        (GOOD + "strikes_max = 0", "strikes_max"),
        (GOOD + "strikes_max = 201", "strikes_max"),
        (GOOD + "strikes = 5", "strikes"),
        (GOOD + "terms = 5", "terms"),
        (GOOD + "[series.options.terms]", "missing"),
        (GOOD + TERMS_TEXT + "strike = 5", "options.terms.strike: the schedule fills it in"),
        (GOOD + TERMS_TEXT + "colour = 5", "no such field"),
        (changed_terms("tick_value_micro_usd", "0"), "tick_value_micro_usd"),
        (changed_terms("index_per_tick_nano_usd", "7"), "does not divide"),
        (changed_terms("index_per_tick_nano_usd", "0"), "index_per_tick_nano_usd"),
        (changed_terms("index_per_tick_nano_usd", "3_125_000_000_000"), "no whole number of ticks"),
        (changed_terms("initial_margin_ppm", "1"), "initial_margin_ppm"),
        (changed_terms("maintenance_margin_ppm", "'x'"), "whole number is needed"),
        (changed_terms("maintenance_margin_ppm", "0.5"), "whole number is needed"),
        (changed_terms("price_band_ppm", "[1]"), "whole number is needed"),
        (changed_terms("tier", "256"), "tier"),
        (changed_terms("impact_value_micro_usd", "8_000_001"), "impact_value_micro_usd"),
    ],
)
def test_template_that_cannot_be_is_reported_by_its_field(
    tmp_path: Path, text: str, problem: str
) -> None:
    path = tmp_path / "schedule.toml"
    path.write_text(HEAD + text)
    with pytest.raises((ConfigInvalid, ScheduleInvalid), match=problem):
        load_schedule(path)


def test_template_of_the_documents_lists_options(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs/operating.md").read_text("utf-8")
    (block,) = (each for each in page.split("```toml\n") if each.startswith("# schedule.toml"))
    path = tmp_path / "schedule.toml"
    path.write_text(block.split("```")[0])
    (series,) = load_schedule(path).series
    assert series.options is not None and series.options.terms
