"""The vectors reach everything that the protocol names, and are what the generator gives."""

from __future__ import annotations

from dataclasses import replace

import pytest

from strikeproof.wire.errors import Result
from tests.agreement.coverage import HOUSE_FATES, Coverage
from tests.vectors.test_engine import engine_of
from tests.vectors.vector_file import FOLDER, cases, codes, octets
from tools.vectors.__main__ import FILES

# A case of a segment has every record that it touches, and their proof. A certificate has 61 fields
# in 22 words, and two cases of each are a third of a megabyte.
SIZE_MAX = 6_000_000


def test_segments_reach_every_op_action_message_flag_and_code() -> None:
    covered = Coverage()
    for each in cases("segments"):
        result = engine_of(each).execute_segment(octets(each["input"]))
        covered.see(octets(each["input"]), result)
        covered.see_events(result.outcomes)
    # Bad witnesses are the fuzz's matter (multiproofs.json has theirs), and so are removals, and
    # what a house does on each side.
    others = [name for name in covered.missing() if name not in HOUSE_FATES]
    assert [name for name in others if not name.startswith(("revert: ", "removed "))] == []


def test_a_code_that_no_segment_reaches_would_be_missed() -> None:
    covered = Coverage()
    for each in cases("segments"):
        names = ["OK" if name == "BOOK_FULL" else name for name in each["results"]]
        result = engine_of(each).execute_segment(octets(each["input"]))
        covered.see(octets(each["input"]), replace(result, results=codes(names)))
    assert f"result {Result.BOOK_FULL.name}" in covered.missing()


def test_files_are_those_that_the_generator_makes() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(FILES)
    assert sum(path.stat().st_size for path in FOLDER.glob("*.json")) < SIZE_MAX


@pytest.mark.parametrize("file", FILES)
def test_one_case_a_line(file: str) -> None:
    lines = (FOLDER / f"{file}.json").read_text("utf-8").splitlines()
    assert sum(line.startswith('{"name": ') for line in lines) == len(cases(file))
