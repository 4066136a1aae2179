"""Forwards as shares of the index: bounds, the term file, and the file's templates."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from strikeproof.operate.expiry_calendar import symbol_day
from strikeproof.reporter.expiry_sources import section_for
from strikeproof.reporter.forward_share import (
    YEAR_MS,
    NoForward,
    checked_share,
    is_in_window,
    share_of,
)
from strikeproof.reporter.reporter_file import ExpiriesSection, SourceSection
from strikeproof.reporter.term_file import DAY_MS, TermFileInvalid, read_term_file
from strikeproof.wire.constants import PPB, SETTLEMENT_WINDOW_MS

NOW = 1_800_000_000_000


def test_share_is_to_the_nearest_and_one_of_equals() -> None:
    assert share_of(60_240 * 10**9, 60_000 * 10**9) == 1_004_000_000
    assert share_of(3, 3) == PPB
    assert share_of(2, 3) == 666_666_667


@given(st.integers(1, 2**60), st.integers(1, 2**60))
def test_share_is_within_half_a_part(forward: int, index: int) -> None:
    assert abs(share_of(forward, index) * index - forward * PPB) * 2 <= index


@pytest.mark.parametrize(
    ("share", "left_ms", "refused"),
    [
        (PPB + 2_000_000, 0, None),  # 0.2 % is free
        (PPB + 2_001_000, 0, "2001 ppm from the index is beyond 2000"),
        (PPB + 502_000_000, YEAR_MS, None),
        (PPB - 502_000_000, YEAR_MS, "0.4980 of the index is outside what the law takes"),
        (2 * PPB + 1, 10 * YEAR_MS, "outside what the law takes"),
        (0, YEAR_MS, "outside what the law takes"),
    ],
)
def test_forward_beyond_its_carry_is_refused_with_both_figures(
    share: int, left_ms: int, refused: str | None
) -> None:
    if refused is None:
        assert checked_share(share, NOW + left_ms, NOW, 500_000) == share
        return
    with pytest.raises(NoForward, match=refused):
        checked_share(share, NOW + left_ms, NOW, 500_000)


def test_window_begins_half_an_hour_before() -> None:
    assert not is_in_window(NOW, NOW - SETTLEMENT_WINDOW_MS)
    assert is_in_window(NOW, NOW - SETTLEMENT_WINDOW_MS + 1)


def term_file(folder: Path, document: Any) -> Path:
    path = folder / "term.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


SMILE = {"a": "0.01", "b": "0.1", "rho": "-0.2", "m": "0", "sigma": "0.2"}


def test_carry_is_linear_between_days_and_flat_beyond(tmp_path: Path) -> None:
    terms = [{"days": 90, "carry": "0.07"}, {"days": 30, "carry": "0.05", "rate": "0.01"}]
    found = read_term_file(term_file(tmp_path, {"terms": terms}))
    for days, carry in ((1, "0.05"), (30, "0.05"), (60, "0.06"), (90, "0.07"), (900, "0.07")):
        left = days * DAY_MS
        expected = round(PPB + PPB * Decimal(carry) * left / YEAR_MS)
        assert found.share_ppb(left) == expected
    assert found.rate_ppm(DAY_MS) == 10_000
    assert found.svi(DAY_MS, 1, NOW) is None


def test_smile_of_the_nearest_term_in_proportion_to_the_time(tmp_path: Path) -> None:
    terms = [{"days": 10, "carry": 0, "svi": SMILE}, {"days": 1000, "carry": 0}]
    found = read_term_file(term_file(tmp_path, {"terms": terms})).svi(5 * DAY_MS, 7, NOW)
    assert found is not None
    assert (found.a, found.b, found.rho) == (5 * 10**9, 5 * 10**10, -2 * 10**11)
    assert (found.forward_nano_usd, found.time_ms) == (7, NOW)


@pytest.mark.parametrize(
    "document",
    [
        "",
        "{",
        "[]",
        "5",
        {"terms": []},
        {"terms": {}},
        {"terms": [5]},
        {"terms": [{"days": 1}]},
        {"terms": [{"days": 1, "carry": 0, "more": 1}]},
        {"terms": [{"days": 0, "carry": 0}]},
        {"terms": [{"days": -1, "carry": 0}]},
        {"terms": [{"days": "0.000000001", "carry": 0}]},
        {"terms": [{"days": "1e999999", "carry": 0}]},
        {"terms": [{"days": 1, "carry": "nan"}]},
        {"terms": [{"days": 1, "carry": "inf"}]},
        {"terms": [{"days": 1, "carry": True}]},
        {"terms": [{"days": 1, "carry": 6}]},
        {"terms": [{"days": 1, "carry": 0}, {"days": 1, "carry": 0}]},
        {"terms": [{"days": 1, "carry": 0, "svi": {}}]},
        {"terms": [{"days": 1, "carry": 0, "svi": SMILE | {"b": -1}}]},
        {"terms": [{"days": 1, "carry": 0, "svi": SMILE | {"rho": "1.1"}}]},
        "[" * 9_999,
    ],
)
def test_what_is_no_term_file_is_reported(tmp_path: Path, document: Any) -> None:
    with pytest.raises(TermFileInvalid, match=r"term\.json"):
        read_term_file(term_file(tmp_path, document))


def test_missing_term_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(TermFileInvalid, match="No such file"):
        read_term_file(tmp_path / "term.json")


def test_placeholders_are_the_expirys_names() -> None:
    expiry_ms = 1_795_766_400_000  # 27 November 2026, 08:00 UTC
    assert symbol_day(expiry_ms) == "27NOV26"
    section = SourceSection(
        kind="http", url="https://x/{day}/{date}?ms={ms}", price="{day}.last", name="x {day}"
    )
    found = section_for(section, expiry_ms)
    assert found.url == f"https://x/27NOV26/2026-11-27?ms={expiry_ms}"
    assert (found.price, found.label) == ("27NOV26.last", "x 27NOV26")
    early = section_for(
        SourceSection(kind="http", url="https://x/{day_unpadded}"), 1_796_371_200_000
    )
    assert early.url == "https://x/4DEC26"
    assert early.label == "http x 04DEC26", "a source has a name of each expiry"
    path = SourceSection(kind="file", path=Path("/x/{day}.json"))
    assert section_for(path, expiry_ms).path == Path("/x/27NOV26.json")


@pytest.mark.parametrize(
    "given_",
    [
        {},
        {"term": "t", "surface_every_ms": 1},
        {"term": "t", "covered_ms_min": 0},
        {"term": "t", "covered_ms_min": SETTLEMENT_WINDOW_MS + 1},
        {"term": "t", "carry_max_ppm": 0},
        {"term": "t", "unknown": 1},
        {"forward": [{"kind": "file", "path": "x"}], "sources_min": 2},
        {"forward": [{"kind": "file", "path": "x"}] * 2},
    ],
)
def test_section_that_says_too_little_or_too_much_is_refused(given_: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ExpiriesSection.model_validate(given_)
