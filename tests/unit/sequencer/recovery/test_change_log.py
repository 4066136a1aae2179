"""Announcements on disk: damage is reported, not served."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from strikeproof.sequencer.order.op_change import OpChange, OpReport
from strikeproof.sequencer.order.op_place import OpPlace
from strikeproof.sequencer.recovery.change_log import CHANGES_FILE, TOLD_FILE, ChangeLog, Told
from strikeproof.storage_failure import StorageFailed

REPORT = OpReport(OpPlace(1, 2, 3), 0, (0,), ())
CHANGE = OpChange(b"\x01" * 32, REPORT, None)


def test_line_that_was_being_written_is_left_out(tmp_path: Path) -> None:
    log = ChangeLog(tmp_path)
    log.finish([CHANGE])
    with (tmp_path / CHANGES_FILE).open("a") as file:
        file.write('{"op_ha')
    assert log.read() == [CHANGE]


def test_op_that_changes_back_and_forth_is_announced_each_time_and_never_twice(
    tmp_path: Path,
) -> None:
    log = ChangeLog(tmp_path)
    moved = replace(REPORT, place=OpPlace(2, 2, 3))
    there, back = OpChange(b"\x01" * 32, REPORT, moved), OpChange(b"\x01" * 32, moved, REPORT)
    for change in (there, there, back, back, there):
        log.finish([change])
    assert log.read() == [there, back, there]


def test_unfinished_rewrites_keep_the_oldest_reports_and_the_first_batch(tmp_path: Path) -> None:
    log = ChangeLog(tmp_path)
    moved = replace(REPORT, place=OpPlace(2, 2, 3))
    log.begin(Told(7, {b"\x01" * 32: REPORT}))
    log.begin(Told(5, {b"\x01" * 32: moved, b"\x02" * 32: moved}))
    assert log.told() == Told(5, {b"\x01" * 32: REPORT, b"\x02" * 32: moved})


@pytest.mark.parametrize("damage", [b"\xff\xfe", b"[1]\n", b"{}\n", b'{"op_hash": 7}\n'])
def test_damaged_files_are_named(tmp_path: Path, damage: bytes) -> None:
    log = ChangeLog(tmp_path)
    (tmp_path / CHANGES_FILE).write_bytes(damage + b"\n")
    (tmp_path / TOLD_FILE).write_bytes(damage[1:])
    for read, name in ((log.read, CHANGES_FILE), (log.told, TOLD_FILE)):
        with pytest.raises(StorageFailed) as caught:
            read()
        assert caught.value.path == tmp_path / name
