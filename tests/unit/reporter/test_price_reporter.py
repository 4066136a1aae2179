"""One beat of a reporter over files: what it signs, and which alarm it raises when it does not."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest

from strikeproof.client.wallet import Wallet, recover_address
from strikeproof.keccak import keccak256
from strikeproof.reporter.price_reporter import Feed, Reporter
from strikeproof.reporter.price_source import price_source
from strikeproof.reporter.quote_median import MedianRule
from strikeproof.reporter.reporter_file import SourceSection
from strikeproof.reporter.reporter_metrics import ReporterAlarm
from strikeproof.reporter.reporter_set import ReporterSet

DOMAIN = keccak256(b"domain")
NOW = 1_800_000_000_000
EVERY_MS = 1_500
WALLET = Wallet(keccak256(b"reporter"))
OTHER = Wallet(keccak256(b"another"))
SET = ReporterSet(tuple(sorted((WALLET.address, OTHER.address))), quorum=2, epoch=3)
RULE = MedianRule(sources_min=2, stale_ms=5_000, outlier_ppm=5_000)


class Desk:
    """Three files with prices, and a reporter that reads them."""

    def __init__(self, folder: Path, reporters: ReporterSet | None = SET) -> None:
        self.folder, self.now_ms = folder, NOW
        sections = [
            SourceSection(kind="file", path=folder / f"{name}.json", price="usd") for name in "abc"
        ]
        self.reporter = Reporter(
            WALLET,
            DOMAIN,
            [Feed(1, RULE, [price_source(each) for each in sections])],
            {},
            every_ms=EVERY_MS,
            reporters=reporters,
            clock_ms=lambda: self.now_ms,
        )
        for name in "abc":
            self.write(name, "96400.5")

    def write(self, name: str, price: str, *, age_ms: int = 0) -> None:
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps({"usd": price}))
        written = (self.now_ms - age_ms) * 10**6
        os.utime(path, ns=(written, written))

    def beat(self) -> list[Any]:
        before = len(self.reporter.signed_lately().prices)
        asyncio.run(self.reporter.step())
        return self.reporter.signed_lately().prices[before:]

    def raised(self, kind: ReporterAlarm) -> int:
        return int(self.reporter.metrics.alarms.labels(kind.value)._value.get())


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_median_of_the_files_is_signed_for_the_grid(desk: Desk) -> None:
    desk.write("a", "96400.1")
    desk.write("c", "96400.9")
    (report,) = desk.beat()
    assert (report.price_nano_usd, report.publish_time_ms % EVERY_MS) == (96_400_500_000_000, 0)
    assert NOW - EVERY_MS < report.publish_time_ms <= NOW
    assert (report.reporter, report.reporter_epoch) == (SET.place_of(WALLET.address), 3)
    assert recover_address(report.digest(DOMAIN), report.signature) == WALLET.address


def test_outlier_does_not_count_and_is_an_alarm_until_it_agrees(desk: Desk) -> None:
    desk.write("b", "97000")
    (report,) = desk.beat()
    assert report.price_nano_usd == 96_400_500_000_000
    assert desk.raised(ReporterAlarm.SOURCE_OUTLIER) == 1
    desk.beat()
    assert desk.raised(ReporterAlarm.SOURCE_OUTLIER) == 1, "once, while it lasts"
    desk.write("b", "96400.5")
    desk.beat()
    desk.write("b", "97000")
    desk.beat()
    assert desk.raised(ReporterAlarm.SOURCE_OUTLIER) == 2


def test_file_that_nobody_writes_any_more_is_stale(desk: Desk) -> None:
    desk.write("a", "1", age_ms=5_001)
    assert len(desk.beat()) == 1
    desk.write("b", "96400.5", age_ms=5_001)
    assert desk.beat() == []
    assert desk.raised(ReporterAlarm.NO_PRICE) == 1


def test_two_against_one_is_a_price_and_one_against_one_is_none(desk: Desk) -> None:
    (desk.folder / "c.json").unlink()
    desk.write("b", "97000")
    assert desk.beat() == []
    assert desk.raised(ReporterAlarm.SOURCE_FAILED) == 1
    assert desk.raised(ReporterAlarm.NO_PRICE) == 1
    desk.write("c", "97000.5")
    (report,) = desk.beat()
    assert report.price_nano_usd == 97_000 * 10**9


@pytest.mark.parametrize("garbage", ["", "{", "null", '{"usd": "nan"}', '{"usd": -1}', "[" * 9_999])
def test_garbage_in_a_file_costs_an_alarm_and_no_beat(desk: Desk, garbage: str) -> None:
    (desk.folder / "a.json").write_text(garbage)
    assert len(desk.beat()) == 1
    assert desk.raised(ReporterAlarm.SOURCE_FAILED) == 1


def test_key_of_nobody_signs_nothing(tmp_path: Path) -> None:
    desk = Desk(tmp_path, ReporterSet((OTHER.address,), 1, 1))
    assert desk.beat() == []
    assert desk.raised(ReporterAlarm.NOT_A_REPORTER) == 1


def test_unknown_set_signs_nothing(tmp_path: Path) -> None:
    assert Desk(tmp_path, None).beat() == []
