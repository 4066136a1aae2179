"""Announcements on disk: damage is told, not served."""

from __future__ import annotations

from pathlib import Path

import pytest

from strikeproof.sequencer.order.op_change import OpChange, OpReport
from strikeproof.sequencer.order.op_place import OpPlace
from strikeproof.sequencer.recovery.change_log import CHANGES_FILE, TOLD_FILE, ChangeLog
from strikeproof.sequencer.storage_failure import StorageFailed

REPORT = OpReport(OpPlace(1, 2, 3), 0, (0,), ())
CHANGE = OpChange(b"\x01" * 32, REPORT, None)


def test_line_that_was_being_written_is_left_out(tmp_path: Path) -> None:
    log = ChangeLog(tmp_path)
    log.finish([CHANGE])
    with (tmp_path / CHANGES_FILE).open("a") as file:
        file.write('{"op_ha')
    assert log.read() == [CHANGE]


@pytest.mark.parametrize("damage", [b"\xff\xfe", b"[1]\n", b"{}\n", b'{"op_hash": 7}\n'])
def test_damaged_files_are_named(tmp_path: Path, damage: bytes) -> None:
    log = ChangeLog(tmp_path)
    (tmp_path / CHANGES_FILE).write_bytes(damage + b"\n")
    (tmp_path / TOLD_FILE).write_bytes(damage[1:])
    for read, name in ((log.read, CHANGES_FILE), (log.told, TOLD_FILE)):
        with pytest.raises(StorageFailed) as caught:
            read()
        assert caught.value.path == tmp_path / name
