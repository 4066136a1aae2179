"""Beats of a reporter about expiries: what it signs of them, and which alarm it raises instead."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import generate_latest

from strikeproof.client.expiry_report import (
    ExpiryReporter,
    ForwardReport,
    SettlementReport,
    SviTerms,
)
from strikeproof.client.listed_expiry import ListedExpiry
from strikeproof.client.op_check import FieldInvalid
from strikeproof.client.wallet import Wallet, recover_address
from strikeproof.keccak import keccak256
from strikeproof.operate.expiry_calendar import symbol_day
from strikeproof.reporter.expiry_reports import RECORD_FILE, ExpiryReports
from strikeproof.reporter.price_record import PriceRecord
from strikeproof.reporter.price_source import UnknownPriceSource
from strikeproof.reporter.report_quorum import TooFewReports, forced_op
from strikeproof.reporter.reporter_file import ExpiriesSection, SourceSection
from strikeproof.reporter.reporter_metrics import ReporterAlarm, ReporterMetrics
from strikeproof.reporter.reporter_set import ReporterSet
from strikeproof.reporter.served_reports import ServedReports, reports_in
from strikeproof.reporter.surface_proposal import LEAD_BEATS
from strikeproof.reporter.term_file import TermFileInvalid
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.svi import RawSvi, volatility_at
from strikeproof.wire.constants import PPB, SETTLEMENT_WINDOW_MS

DOMAIN = keccak256(b"domain")
EVERY = 1_500
NOW = 1_800_000_000_000
DAY_MS = 86_400_000
FAR = NOW + 30 * DAY_MS
PRICE = 60_000 * 10**9
WALLETS = sorted((Wallet(keccak256(bytes([each]))) for each in range(3)), key=lambda w: w.address)
TERM = {"terms": [{"days": 30, "carry": "0.06", "rate": "0.01"}]}


def listed(expiry_ms: int = FAR, **changes: Any) -> ListedExpiry:
    base = ListedExpiry(1, 1, expiry_ms, PPB, 0, 0, 0, 0, 0, 0, SviTerms())
    return replace(base, **changes)


class Desk:
    """A reporter's expiries over files, beaten by hand."""

    def __init__(self, folder: Path, place: int = 0, **section: Any) -> None:
        self.folder, self.place = folder, place
        (folder / "term.json").write_text(json.dumps(TERM))
        self.metrics = ReporterMetrics()
        self.section = ExpiriesSection(**{"term": folder / "term.json", **section})
        data = folder / f"data-{place}"
        self.reports = ExpiryReports({1: self.section}, data, self.metrics, EVERY)
        self.by = ExpiryReporter(WALLETS[place], place, 4, DOMAIN)

    async def beat(
        self, time_ms: int, prices: dict[int, int] | None = None
    ) -> Sequence[ForwardReport | SettlementReport]:
        prices = {1: PRICE} if prices is None else prices
        for underlying, price in prices.items():
            self.reports.note_price(underlying, time_ms, price)
        said = await self.reports.step(time_ms, prices, self.by, len(WALLETS))
        for _ in range(200):  # a fit runs beside the beats
            if all(each.fitting is None for each in self.reports._desks.values()):
                break
            await asyncio.sleep(0.05)
        return said

    def raised(self, kind: ReporterAlarm) -> int:
        return int(self.metrics.alarms.labels(kind.value)._value.get())


def run(coroutine: Any) -> Any:
    return asyncio.run(coroutine)


def one(desk: Desk, expiry: ListedExpiry, time_ms: int = NOW, **given: Any) -> Any:
    async def beat() -> Any:
        await desk.reports.learn([expiry])
        said = await desk.beat(time_ms, **given)
        await desk.reports.close()
        return said

    return run(beat())


def test_forward_is_the_term_files_share_and_rightly_signed(tmp_path: Path) -> None:
    (report,) = one(Desk(tmp_path), listed())
    assert report.forward_ppb == PPB + round(PPB * 0.06 * 30 / 365)
    assert (report.expiry, report.publish_time_ms, report.surface) == (1, NOW, SviTerms())
    assert recover_address(report.digest(DOMAIN), report.signature) == WALLETS[0].address
    assert ForwardReport.of_json(json.loads(json.dumps(report.to_json()))) == report


def written(path: Path, text: str, time_ms: int = NOW) -> None:
    path.write_text(text)
    os.utime(path, ns=(time_ms * 10**6, time_ms * 10**6))


def test_quoted_forwards_come_before_the_term_file_which_stands_in_for_them(
    tmp_path: Path,
) -> None:
    source = SourceSection(kind="file", path=tmp_path / "{day}.json", price="usd")
    path = tmp_path / f"{symbol_day(FAR)}.json"
    written(path, '{"usd": "60300"}')
    (report,) = one(Desk(tmp_path, forward=[source]), listed())
    assert report.forward_ppb == 1_005_000_000
    written(path, '{"usd": "nan"}')
    desk = Desk(tmp_path, forward=[source])
    (report,) = one(desk, listed())
    assert report.forward_ppb == PPB + round(PPB * 0.06 * 30 / 365)
    assert desk.raised(ReporterAlarm.SOURCE_FAILED) == 1
    alone = Desk(tmp_path, forward=[source], term=None)
    assert one(alone, listed()) == []
    assert alone.raised(ReporterAlarm.NO_FORWARD) == 1


@pytest.mark.parametrize("usd", ["90000", "10", "59000000"])
def test_forward_beyond_its_carry_is_not_signed(tmp_path: Path, usd: str) -> None:
    source = SourceSection(kind="file", path=tmp_path / "{day}.json", price="usd")
    written(tmp_path / f"{symbol_day(FAR)}.json", json.dumps({"usd": usd}))
    desk = Desk(tmp_path, forward=[source])
    assert one(desk, listed()) == []
    assert desk.raised(ReporterAlarm.NO_FORWARD) == 1


def test_in_the_last_half_hour_the_share_is_one_whatever_quotes_say(tmp_path: Path) -> None:
    (report,) = one(Desk(tmp_path), listed(NOW + SETTLEMENT_WINDOW_MS - 1))
    assert report.forward_ppb == PPB


def test_without_a_price_nothing_is_signed(tmp_path: Path) -> None:
    assert one(Desk(tmp_path), listed(), prices={}) == []
    assert one(Desk(tmp_path), listed(NOW - 10_000, underlying=2)) == []


def beats_of_window(desk: Desk, until_ms: int, price: int = PRICE) -> None:
    for time_ms in range(NOW - SETTLEMENT_WINDOW_MS + EVERY, until_ms + 1, EVERY):
        desk.reports.note_price(1, time_ms, price)


def test_settlement_is_the_own_average_once_the_expiry_has_passed(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    beats_of_window(desk, NOW - 600_000)
    for time_ms in range(NOW - 600_000 + EVERY, NOW + 1, EVERY):
        desk.reports.note_price(1, time_ms, PRICE * 1_025 // 1_000)

    async def story() -> None:
        await desk.reports.learn([listed(NOW)])
        assert await desk.beat(NOW) == []
        assert await desk.beat(NOW + EVERY) == []
        (report,) = await desk.beat(NOW + 2 * EVERY)
        assert report.price_nano_usd == 60_500 * 10**9, "scenario O1"
        assert recover_address(report.digest(DOMAIN), report.signature) == WALLETS[0].address
        assert SettlementReport.of_json(report.to_json()) == report
        assert desk.reports.signed_lately()[1] == [report]
        # Prices that come later change nothing, and it is said again until it is taken.
        again = await desk.beat(NOW + 3 * EVERY, {1: 1})
        assert again == [report]
        await desk.reports.learn([listed(NOW, settlement_nano_usd=report.price_nano_usd)])
        assert await desk.beat(NOW + 4 * EVERY) == []
        assert desk.reports.signed_lately() == ([], [])
        await desk.reports.close()

    run(story())


def test_restart_settles_at_the_same_price_and_a_hole_at_none(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    beats_of_window(desk, NOW)
    (first,) = one(desk, listed(NOW), NOW + 2 * EVERY)
    (second,) = one(Desk(tmp_path), listed(NOW), NOW + 9 * EVERY, prices={})
    assert first == second
    holed = Desk(tmp_path, place=1)
    beats_of_window(holed, NOW - 400_000)
    assert one(holed, listed(NOW), NOW + 2 * EVERY) == []
    assert holed.raised(ReporterAlarm.NO_SETTLEMENT) == 1


def test_what_an_operator_decides_is_signed_on_the_next_beat(tmp_path: Path) -> None:
    desk = Desk(tmp_path)

    async def story() -> None:
        await desk.reports.learn([listed(NOW)])
        assert await desk.beat(NOW + 2 * EVERY, {}) == []
        with PriceRecord(tmp_path / "data-0" / RECORD_FILE) as record:
            record.settle(1, NOW, 7, replace=True)
        (report,) = await desk.beat(NOW + 3 * EVERY, {})
        assert report.price_nano_usd == 7
        await desk.reports.close()

    run(story())


def test_record_that_fails_is_an_alarm_and_prices_go_on(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.reports.record.close()
    (report,) = one(desk, listed())
    assert report.forward_ppb > PPB
    assert desk.raised(ReporterAlarm.RECORD_FAILED) == 1


def test_what_is_wrong_at_the_start_is_reported_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(TermFileInvalid):
        Desk(tmp_path, term=tmp_path / "bad.json")
    with pytest.raises(UnknownPriceSource):
        Desk(tmp_path, forward=[SourceSection(kind="pigeon")])
    with pytest.raises(UnknownPriceSource):
        Desk(tmp_path, quotes=[SourceSection(kind="pigeon")])


SVI = RawSvi(2 * 10**15, 5 * 10**16, -2 * 10**17, 0, 10**17)


def quotes(path: Path, shift: float = 0.0, seconds: int = 30 * 86_400) -> None:
    rows = ["expiry,seconds,forward,strike,vol"]
    for strike in range(45_000, 80_000, 2_500):
        vol = volatility_at(SVI, 60_300 * ONE, strike * ONE, 30 * 86_400) / ONE + shift
        rows.append(f"{symbol_day(FAR)},{seconds},60300,{strike},{vol:.6f}")
    written(path, "\n".join(rows) + "\n")


def three(folder: Path) -> list[Desk]:
    found = []
    for place in range(3):
        quotes(folder / f"{place}.csv", 0.001 * place)
        source = SourceSection(kind="file", path=folder / f"{place}.csv")
        found.append(Desk(folder, place, quotes=[source], surface_every_ms=60_000))
    return found


def test_one_proposes_what_it_fitted_and_all_sign_the_same(tmp_path: Path) -> None:
    desks = three(tmp_path)

    async def story() -> None:
        heads: list[set[SviTerms]] = []
        proposals: list[ForwardReport] = []
        for each in desks:
            await each.reports.learn([listed()])
        for beat in range(LEAD_BEATS + 4):
            time_ms = NOW + beat * EVERY
            # What is signed at a beat is asked for at the next, and answered by the one after it.
            heard = [each for each in proposals if each.publish_time_ms <= time_ms - 2 * EVERY]
            for each in desks:
                await each.reports.hear(heard, time_ms, each.place)
            said = [await each.beat(time_ms) for each in desks]
            said_besides = [one for each in said for one in each[1:]]
            proposals += [each for each in said_besides if isinstance(each, ForwardReport)]
            firsts = [each[0] for each in said]
            heads.append({each.surface for each in firsts if isinstance(each, ForwardReport)})
        (proposal,) = proposals
        assert proposal.surface.time_ms == proposal.publish_time_ms
        assert [len(each) for each in heads] == [1] * len(heads), "no beat divides them"
        assert heads[0] == {SviTerms()} and heads[-1] == {proposal.surface}
        assert proposal.surface.forward_nano_usd == 60_300 * 10**9
        for each in desks:
            assert not each.raised(ReporterAlarm.SURFACE_REFUSED)
            await each.reports.close()

    run(story())


def test_liar_in_turn_is_refused_by_the_others(tmp_path: Path) -> None:
    desks = three(tmp_path)

    async def story() -> None:
        terms = SviTerms(9 * 10**9, 5 * 10**10, 0, 0, 10**11, 60_300 * 10**9, NOW, 0, 10**6)
        lie = ForwardReport(1, NOW, PPB, terms).signed(desks[1].by)
        honest = desks[0]
        await honest.reports.learn([listed()])
        await honest.beat(NOW)
        await honest.reports.hear([lie], NOW, 0)
        assert honest.raised(ReporterAlarm.SURFACE_REFUSED) == 1
        await honest.reports.hear([lie] * 9, NOW, 0)
        refused = honest.metrics.surfaces_refused.labels(f"1 {symbol_day(FAR)}")._value.get()
        assert refused == 1, "judged once"
        report = (await honest.beat(NOW + 3 * EVERY))[0]
        assert report.surface.a != terms.a
        for each in desks:
            await each.reports.close()

    run(story())


def test_of_many_proposals_the_newest_is_judged(tmp_path: Path) -> None:
    desks = three(tmp_path)

    async def story() -> None:
        terms = SviTerms(9 * 10**9, 5 * 10**10, 0, 0, 10**11, 60_300 * 10**9, NOW, 0, 10**6)
        times = [NOW - EVERY * each for each in range(100)] + [NOW + 1, NOW - 7]
        lies = [
            ForwardReport(1, each, PPB, replace(terms, time_ms=each)).signed(desks[1].by)
            for each in times
        ]
        honest = desks[0]
        await honest.reports.learn([listed()])
        await honest.beat(NOW)
        await honest.reports.hear(lies, NOW, 0)
        await honest.reports.hear(lies, NOW, 0)
        name = f"1 {symbol_day(FAR)}"
        assert honest.metrics.surfaces_refused.labels(name)._value.get() == 1
        await honest.reports.learn([listed(settlement_nano_usd=1)])
        shown = generate_latest(honest.metrics.registry).decode()
        assert name not in shown, "a settled expiry leaves no figures"
        for each in desks:
            await each.reports.close()

    run(story())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\xff",
        "expiry,seconds\n",
        f"expiry,seconds,forward,strike,vol\n{symbol_day(FAR)},2592000,60300,60000,nan\n",
        f"expiry,seconds,forward,strike,vol\n{symbol_day(FAR)},2592000,60300,60000,0.5\n",
        "expiry,seconds,forward,strike,vol\nOTHER,2592000,60300,60000,0.5\n",
    ],
)
def test_quotes_that_are_none_cost_the_turn_and_an_alarm(tmp_path: Path, text: str) -> None:
    desks = three(tmp_path)
    for place, desk in enumerate(desks):
        written(tmp_path / f"{place}.csv", text)
        (tmp_path / f"{place}.csv").write_bytes(text.encode("latin-1"))
        os.utime(tmp_path / f"{place}.csv", ns=(NOW * 10**6, NOW * 10**6))
        del desk
    raised = 0
    for desk in desks:
        assert len(one(desk, listed())) == 1
        raised += desk.raised(ReporterAlarm.NO_SURFACE)
    assert raised == 1, "of the one whose turn it is"


def test_quotes_of_another_time_left_are_refused(tmp_path: Path) -> None:
    desks = three(tmp_path)
    for place in range(3):
        quotes(tmp_path / f"{place}.csv", seconds=29 * 86_400)
    for desk in desks:
        assert len(one(desk, listed())) == 1
    assert sum(each.raised(ReporterAlarm.NO_SURFACE) for each in desks) == 1


SET = ReporterSet(tuple(each.address for each in WALLETS), quorum=2, epoch=4)


def test_quorum_of_what_is_served_becomes_the_op_that_l1_carries() -> None:
    by = [ExpiryReporter(each, place, 4, DOMAIN) for place, each in enumerate(WALLETS)]
    forwards = [ForwardReport(1, NOW, PPB + n).signed(each) for n, each in enumerate(by)]
    newer = ForwardReport(1, NOW + EVERY, PPB).signed(by[0])
    ends = [SettlementReport(1, PRICE + n).signed(each) for n, each in enumerate(by[1:])]
    served = reports_in(json.loads(json.dumps(
        ServedReports([], [*forwards, newer], ends).to_json()
    )))  # fmt: skip
    op, told = forced_op(served, {"forward": 1}, SET, DOMAIN)
    assert (op[0], told["reporters"], told["publish_time_ms"]) == (69, [0, 1, 2], NOW)
    op, told = forced_op(served, {"settle": 1}, SET, DOMAIN)
    assert (op[0], told["reporters"]) == (72, [1, 2])
    for wrong in ({"forward": 2}, {"settle": 2}, {"underlying": 1}):
        with pytest.raises(TooFewReports):
            forced_op(served, wrong, SET, DOMAIN)
    forged = ServedReports([], [], [replace(each, price_nano_usd=1) for each in ends])
    with pytest.raises(TooFewReports):
        forced_op(forged, {"settle": 1}, SET, DOMAIN)


@pytest.mark.parametrize(
    "change",
    [
        {"expiry": 0},
        {"forward_ppb": 1},
        {"svi_b": -1},
        {"svi_a": 2**63},
        {"svi_rho": 10**13},
        {"publish_time_ms": "x"},
        {"signature": "0x12"},
        {"reporter": 99},
        {"reporter_epoch": -1},
    ],
)
def test_served_forward_with_a_wrong_field_is_refused(change: dict[str, Any]) -> None:
    report = ForwardReport(1, NOW, PPB).signed(ExpiryReporter(WALLETS[0], 0, 4, DOMAIN))
    with pytest.raises(FieldInvalid):
        ForwardReport.of_json(report.to_json() | change)
    missing = report.to_json()
    del missing["svi_m"]
    with pytest.raises(FieldInvalid):
        ForwardReport.of_json(missing)
