"""The record that settlements are made of: the average of what was seen, after a restart too."""

from __future__ import annotations

from pathlib import Path

import pytest

from strikeproof.reporter.price_record import KEPT_MS, PriceRecord, WindowAverage
from strikeproof.sequencer.core.rules.future_mark import Samples
from strikeproof.sqlite_schema import WrongSchema
from strikeproof.storage_failure import StorageFailed
from strikeproof.wire.constants import SAMPLE_SPAN_MS, SETTLEMENT_WINDOW_MS

EXPIRY = 1_800_000_000_000
START = EXPIRY - SETTLEMENT_WINDOW_MS
NANO = 10**9


def test_scenario_o1_settles_at_60_500_whatever_the_restarts(tmp_path: Path) -> None:
    """Index 60,000 for 1,200 s, then 61,500 for 600 s (SCENARIOS, O1)."""
    path = tmp_path / "prices.sqlite"
    for part in range(3):
        with PriceRecord(path) as record:
            for second in range(600 * part + 1, 600 * part + 601):
                price = 60_000 if second <= 1_200 else 61_500
                record.note(1, START + 1_000 * second, price * NANO)
    with PriceRecord(path) as record:
        assert record.average(1, EXPIRY) == WindowAverage(60_500 * NANO, SETTLEMENT_WINDOW_MS)
        assert record.average(2, EXPIRY) == WindowAverage(0, 0)


def test_average_is_the_laws_own_of_the_same_moments(tmp_path: Path) -> None:
    moments = [(START, 5), (START + 1, 7), (START + 4_000, 11), (START + 9_001, 13)]
    moments += [(START + 30_000, 17), (EXPIRY, 19), (EXPIRY + 1, 1_000_000)]
    samples = Samples()
    with PriceRecord(tmp_path / "p") as record:
        for time_ms, price in moments:
            record.note(1, time_ms, price * NANO)
            if START < time_ms <= EXPIRY:
                samples = samples.with_index(price * NANO, EXPIRY, time_ms)
        found = record.average(1, EXPIRY)
    assert found == WindowAverage(samples.accumulated // samples.covered_ms, samples.covered_ms)
    assert found.covered_ms == 1 + 3_999 + 3 * SAMPLE_SPAN_MS, "a hole weighs no more than a span"


def test_what_was_decided_stays_until_an_operator_says_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "p"
    with PriceRecord(path) as record:
        assert record.settlement(1, EXPIRY) is None
        record.settle(1, EXPIRY, 5)
        record.settle(1, EXPIRY, 6)
    with PriceRecord(path) as record:
        assert record.settlement(1, EXPIRY) == 5
        assert record.settlement(1, EXPIRY + 1) is None, "an expiry of another time is another"
        record.settle(1, EXPIRY, 7, replace=True)
        assert record.settlement(1, EXPIRY) == 7


def test_two_processes_share_the_record(tmp_path: Path) -> None:
    with PriceRecord(tmp_path / "p") as ours, PriceRecord(tmp_path / "p") as theirs:
        theirs.settle(1, EXPIRY, 9)
        assert ours.settlement(1, EXPIRY) == 9
        ours.note(1, EXPIRY, 3)
        theirs.note(1, EXPIRY, 4)
        assert theirs.average(1, EXPIRY).nano_usd == 3, "the first of a time stays"


def test_old_prices_are_forgotten_and_no_others(tmp_path: Path) -> None:
    with PriceRecord(tmp_path / "p") as record:
        record.note(1, EXPIRY, 3)
        record.note(2, EXPIRY, 3)
        record.note(1, EXPIRY + KEPT_MS, 3)
        assert record.average(1, EXPIRY).covered_ms
        record.note(1, EXPIRY + KEPT_MS + 1, 3)
        assert not record.average(1, EXPIRY).covered_ms
        assert record.average(2, EXPIRY).covered_ms


def test_what_is_no_record_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "p"
    path.write_bytes(b"no database" * 500)
    with pytest.raises(StorageFailed):
        PriceRecord(path)
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(StorageFailed):
        PriceRecord(folder)
    import sqlite3

    with sqlite3.connect(tmp_path / "q") as db:
        db.execute("CREATE TABLE price (x)")
    with pytest.raises(WrongSchema):
        PriceRecord(tmp_path / "q")
