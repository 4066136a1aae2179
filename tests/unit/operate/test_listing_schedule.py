"""What a schedule announces, executes and cancels; run again it does nothing twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strikeproof.client.expiry_report import SviTerms
from strikeproof.client.listed_expiry import ListedExpiry
from strikeproof.client.venue_views import Instrument
from strikeproof.config import ConfigInvalid
from strikeproof.operate.governance_payload import encode
from strikeproof.operate.listing_schedule import Step, StepKind, VenueListing, plan
from strikeproof.operate.schedule_file import ScheduleFile, ScheduleInvalid, load_schedule
from strikeproof.operate.timelock import AnnouncedCall, CallState, DecodedCall
from strikeproof.wire import market_pb2

NOW = int(datetime(2026, 11, 27, 12, tzinfo=UTC).timestamp()) * 1000  # a Friday, past eight
DAY_MS = 86_400_000
DELAY_MS = 2 * DAY_MS
TERMS = {
    "tick_value_micro_usd": 500,
    "index_per_tick_nano_usd": 500_000_000,
    "initial_margin_ppm": 50_000,
    "maintenance_margin_ppm": 25_000,
    "maker_fee_ppm": 100,
    "taker_fee_ppm": 450,
    "price_band_ppm": 50_000,
    "min_order_value_micro_usd": 1_000_000,
    "liquidation_fee_ppm": 5_000,
    "house_margin_ppm": 12_500,
    "impact_value_micro_usd": 8_000_000,
    "tier": 0,
}


def schedule(**changes: Any) -> ScheduleFile:
    series = {"underlying": 1, "symbol": "BTC", "dailies": 2, "weeklies": 1, "future": TERMS}
    bounds = {k: changes.pop(k) for k in ("announcements_max", "expiries_max") if k in changes}
    document = {
        "sequencers": ["127.0.0.1:7450"],
        "bounds": bounds,
        "series": [series | {"trades_seconds_min": 3_600} | changes],
    }
    return ScheduleFile.model_validate(document)


@dataclass
class Governed:
    """A timelock, and a law that lists what it is asked to; time and order are the test's."""

    now_ms: int = NOW
    expiries: list[ListedExpiry] = field(default_factory=list)
    instruments: list[Instrument] = field(default_factory=list)
    calls: list[tuple[str, Mapping[str, Any], int]] = field(default_factory=list)
    states: dict[int, CallState] = field(default_factory=dict)

    def view(self) -> VenueListing:
        calls = []
        for number, (message, fields, at) in enumerate(self.calls):
            state = self.states.get(number)
            if state is None:
                state = CallState.READY if self.now_ms >= at + DELAY_MS else CallState.WAITING
            call = DecodedCall("Inbox", "govern", dict(fields), message, "0x", "0x")
            calls.append(AnnouncedCall(number, state, 0, 0, 0, call))
        return VenueListing(self.now_ms, DELAY_MS, self.expiries, self.instruments, calls)

    def carry_out(self, steps: list[Step]) -> int:
        done = 0
        for kind in (StepKind.CANCEL, StepKind.EXECUTE, StepKind.ANNOUNCE):
            for each in steps:
                if each.kind is not kind:
                    continue
                done += 1
                if kind is StepKind.ANNOUNCE:
                    assert each.fields is not None
                    encode(each.what, each.fields)  # L1 gets no MALFORMED message
                    self.announce(each.what, each.fields)
                    continue
                assert each.number is not None
                if kind is StepKind.CANCEL:
                    self.states[each.number] = CallState.CANCELLED
                else:
                    self.execute(each.number)
        return done

    def announce(self, message: str, fields: Mapping[str, Any]) -> None:
        self.calls.append((message, fields, self.now_ms))

    def execute(self, number: int) -> None:
        message, fields, _ = self.calls[number]
        self.states[number] = CallState.EXECUTED
        if message == "list_expiry":
            if fields["expiry_ms"] > self.now_ms:
                id_ = len(self.expiries) + 1
                about = (id_, fields["underlying"], fields["expiry_ms"], fields["forward_ppb"])
                self.expiries.append(ListedExpiry(*about, 0, 0, 0, 0, 0, 0, SviTerms()))
        elif fields["expiry"] <= len(self.expiries):
            message_ = market_pb2.Instrument(
                instrument=len(self.instruments) + 1,
                symbol=fields["symbol"],
                kind=2,
                status=1,
                underlying=1,
                expiry=fields["expiry"],
                expiry_ms=self.expiries[fields["expiry"] - 1].expiry_ms,
            )
            self.instruments.append(Instrument.of_message(message_))


def kinds(steps: list[Step]) -> list[tuple[str, str]]:
    return [(each.kind.value, each.symbol) for each in steps]


def test_first_run_announces_expiries_and_futures_with_the_numbers_they_will_have() -> None:
    steps = plan(schedule(), Governed().view())
    assert kinds(steps) == [
        ("announce", "BTC-30NOV26"),
        ("announce", "BTC-30NOV26"),
        ("announce", "BTC-01DEC26"),
        ("announce", "BTC-01DEC26"),
        ("announce", "BTC-04DEC26"),
        ("announce", "BTC-04DEC26"),
    ]
    futures = [each.fields for each in steps if each.what == "list_instrument"]
    assert [each["expiry"] for each in futures if each] == [1, 2, 3]
    assert [each.series.value for each in steps[::2]] == ["daily", "daily", "weekly"]


def test_everything_runs_in_its_time_and_is_then_left_alone() -> None:
    venue, given_ = Governed(), schedule()
    assert venue.carry_out(plan(given_, venue.view())) == 6
    assert venue.carry_out(plan(given_, venue.view())) == 0
    venue.now_ms += DELAY_MS
    steps = plan(given_, venue.view())
    ready = [each for each in steps if each.kind is StepKind.EXECUTE]
    assert {each.what for each in ready} == {"list_expiry"}, "futures wait for their expiry"
    venue.carry_out(ready)
    assert venue.carry_out([e for e in plan(given_, venue.view()) if e.kind is StepKind.EXECUTE])
    assert [each.symbol for each in venue.instruments] == [
        "BTC-30NOV26",
        "BTC-01DEC26",
        "BTC-04DEC26",
    ]
    assert all(
        one.expiry_ms == other.expiry_ms
        for one, other in zip(venue.instruments, venue.expiries, strict=True)
    )


def test_future_whose_number_another_took_is_cancelled_and_announced_anew() -> None:
    venue, given_ = Governed(), schedule(dailies=1, weeklies=0)
    venue.carry_out(plan(given_, venue.view()))
    venue.now_ms += DELAY_MS
    # Somebody else's expiry, of another underlying, comes in between.
    about = (1, 2, NOW + 90 * DAY_MS, 10**9, 0, 0, 0, 0, 0, 0, SviTerms())
    venue.expiries.append(ListedExpiry(*about))
    steps = plan(schedule(dailies=0, weeklies=0, monthlies=1), venue.view())
    assert ("cancel", "BTC-30NOV26") in kinds(steps)
    wrong = [each for each in steps if each.kind is StepKind.CANCEL]
    assert wrong[0].why == "names expiry 1, and it is 2"


def test_bounds_hold_whatever_the_series_say() -> None:
    steps = plan(schedule(dailies=9, announcements_max=3), Governed().view())
    assert sum(each.kind is StepKind.ANNOUNCE for each in steps) == 3
    assert any("announcements_max 3" in each.why for each in steps)
    steps = plan(schedule(dailies=9, expiries_max=2), Governed().view())
    listed = [each for each in steps if each.kind is StepKind.ANNOUNCE]
    assert {each.symbol for each in listed} == {"BTC-30NOV26", "BTC-01DEC26"}
    assert any("expiries_max 2" in each.why for each in steps)


def test_future_that_would_trade_too_shortly_is_left_out() -> None:
    venue, given_ = Governed(), schedule(future=None, dailies=1, weeklies=0)
    venue.carry_out(plan(given_, venue.view()))
    venue.now_ms += DELAY_MS
    venue.carry_out(plan(given_, venue.view()))
    venue.now_ms += DAY_MS // 2
    steps = plan(schedule(dailies=1, weeklies=0), venue.view())
    late = [
        each for each in steps if each.symbol == "BTC-30NOV26" and each.kind is StepKind.LEFT_OUT
    ]
    assert [each.what for each in late] == ["list_instrument"]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 3 * DAY_MS), min_size=1, max_size=25),
    st.integers(0, 4),
    st.integers(0, 3),
    st.integers(0, 2),
    st.integers(1, 30),
    st.data(),
)
def test_no_schedule_lists_anything_twice_or_to_a_wrong_expiry(
    waits: list[int], dailies: int, weeklies: int, monthlies: int, most: int, data: st.DataObject
) -> None:
    counts = {"dailies": dailies, "weeklies": weeklies, "monthlies": monthlies, "quarterlies": 1}
    given_, venue = schedule(announcements_max=most, **counts), Governed()
    for wait in waits:
        if data.draw(st.booleans()):  # governance lists an expiry of its own at any time
            own = NOW + 999 * DAY_MS + len(venue.calls)
            venue.announce("list_expiry", {"underlying": 2, "expiry_ms": own, "forward_ppb": 10**9})
        venue.carry_out(plan(given_, venue.view()))
        venue.carry_out(plan(given_, venue.view()))  # what ran before another's call is repaired
        steps = plan(given_, venue.view())
        assert not [each for each in steps if each.kind is StepKind.CANCEL]
        for number in range(len(venue.calls)):
            is_others = venue.calls[number][1].get("underlying") == 2
            if is_others and number not in venue.states and data.draw(st.booleans()):
                venue.execute(number)
        venue.now_ms += wait
    keys = [(each.underlying, each.expiry_ms) for each in venue.expiries]
    assert len(set(keys)) == len(keys)
    symbols = [each.symbol for each in venue.instruments]
    assert len(set(symbols)) == len(symbols)
    for each in venue.instruments:
        day = datetime.fromtimestamp(each.expiry_ms / 1000, UTC).strftime("%d%b%y").upper()
        assert each.symbol == f"BTC-{day}"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "sequencers"),
        ("sequencers = ['x']", "host:port"),
        ("sequencers = ['127.0.0.1:1']", "series"),
        ("nonsense", "nonsense|Expected"),
        ("{series} dailies = 0", "one is needed"),
        ("{series} dailies = -1", "dailies"),
        ("{series} dailies = 61", "dailies"),
        ("{series} dailies = 'many'", "dailies"),
        ("{series} dailies = 1\n[[series]]\nunderlying = 2\nsymbol = 'BTC'\ndailies = 1", "symbol"),
        ("{series} dailies = 1\ncolour = 'red'", "colour"),
        ("{series} dailies = 1\nforward_ppb = 5", "forward_ppb"),
        ("{series} dailies = 1\nfuture = {symbol = 'X'}", "the schedule fills it in"),
        ("{series} dailies = 1\nfuture = {tick_value_micro_usd = 1}", "missing"),
        ("{series} dailies = 1\noptions = {deltas = [0.6], strike_step_usd = 1}", "deltas"),
        (
            "{series} dailies = 1\noptions = {deltas = [nan], strike_step_usd = 1}",
            "number is needed",
        ),
        ("{series} dailies = 1\noptions = {deltas = [0.5], strike_step_usd = inf}", "number"),
        ("{series} dailies = 1\noptions = {deltas = [], strike_step_usd = 1}", "deltas"),
    ],
)
def test_schedule_that_cannot_be_is_reported_by_its_field(
    tmp_path: Path, text: str, problem: str
) -> None:
    head = 'sequencers = ["127.0.0.1:1"]\n[[series]]\nunderlying = 1\nsymbol = "BTC"\n'
    path = tmp_path / "schedule.toml"
    path.write_text(text.replace("{series}", head))
    with pytest.raises((ConfigInvalid, ScheduleInvalid), match=problem):
        load_schedule(path)


def test_schedule_of_the_documents_is_one(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs/operating.md").read_text("utf-8")
    (block,) = (each for each in page.split("```toml\n") if each.startswith("# schedule.toml"))
    path = tmp_path / "schedule.toml"
    path.write_text(block.split("```")[0])
    (series,) = load_schedule(path).series
    assert series.options is not None and Decimal("0.25") in series.options.deltas
    assert sum(series.counts.values()) == 12
