"""Promises that did not hold, on disk: so that every one is announced, whatever kills the node.

`changes.jsonl` has one line for each, numbered by its place in the file. While the order is being
rewritten, `told.json` holds what was acknowledged; a start that finds it finishes the comparison.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from strikeproof.sequencer.journal.journal_file import sync_folder
from strikeproof.sequencer.order.op_change import OpChange, OpReport, ToldFill
from strikeproof.sequencer.order.op_place import OpPlace
from strikeproof.storage_failure import StorageFailed, storage

CHANGES_FILE: Final = "changes.jsonl"
TOLD_FILE: Final = "told.json"


@dataclass(frozen=True, slots=True)
class Told:
    """What the senders of ops were promised before a rewrite."""

    first: int
    """The first batch that is rewritten: ops can come to lie before where they were."""
    ops: dict[bytes, OpReport]


class ChangeLog:
    """The files of one data folder."""

    def __init__(self, root: Path) -> None:
        self._changes, self._told = root / CHANGES_FILE, root / TOLD_FILE

    def read(self) -> list[OpChange]:
        """Return every change so far; a line that was being written when the node died is not.

        Raises `StorageFailed`.
        """
        if not self._changes.exists():
            return []
        with _parsing(self._changes):
            lines = self._changes.read_text("utf-8").split("\n")
            return [_change(json.loads(line)) for line in lines[:-1]]

    def told(self) -> Told | None:
        """Return what was acknowledged before a rewrite not finished, None if there is none.

        Raises `StorageFailed`.
        """
        if not self._told.exists():
            return None
        with _parsing(self._told):
            content = json.loads(self._told.read_text("utf-8"))
            ops = {bytes.fromhex(key): _report(each) for key, each in content["ops"].items()}
            return Told(content["first"], ops)

    def begin(self, told: Told) -> None:
        """Keep acknowledgements until `finish`. Those of an unfinished rewrite count as older."""
        older = self.told() or told
        ops = {**told.ops, **older.ops}
        text = json.dumps(
            {
                "first": min(told.first, older.first),
                "ops": {op_hash.hex(): _fields(each) for op_hash, each in ops.items()},
            }
        )
        temporary = self._told.with_suffix(".new")
        _write_durably(temporary, text, "w")
        temporary.rename(self._told)
        sync_folder(self._told.parent)

    def finish(self, changes: Iterable[OpChange]) -> None:
        """Append the changes, and forget what was acknowledged before.

        Killed in between it is done again, and those that are there already are not repeated; an
        op may change more than once, and back.
        """
        newest = {each.op_hash: each for each in self.read()}
        new = [
            each
            for each in changes
            if each.op_hash not in newest or newest[each.op_hash].after != each.after
        ]
        self._cut_torn_line()
        lines = "".join(json.dumps(_line(each)) + "\n" for each in new)
        _write_durably(self._changes, lines, "a")
        self._told.unlink(missing_ok=True)
        sync_folder(self._told.parent)

    def copy_to(self, root: Path) -> None:
        """Copy the files into another folder, if there are any. Raises `StorageFailed` if they
        cannot be read."""
        self.read()
        self.told()
        for path in (self._changes, self._told):
            if path.exists():
                _write_durably(root / path.name, path.read_text("utf-8"), "w")

    def _cut_torn_line(self) -> None:
        if self._changes.exists():
            data = self._changes.read_bytes()
            os.truncate(self._changes, data.rfind(b"\n") + 1)


@contextmanager
def _parsing(path: Path) -> Iterator[None]:
    """Raise `StorageFailed` if the file cannot be read, or is not what was written."""
    try:
        with storage(path):
            yield
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StorageFailed(path, f"damaged: {type(error).__name__}: {error}") from error


def _write_durably(path: Path, text: str, mode: str) -> None:
    with storage(path), path.open(mode, encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _fields(report: OpReport) -> dict[str, Any]:
    place = report.place
    return {
        "place": [place.batch, place.segment, place.index],
        "result": report.result,
        "action_results": list(report.action_results),
        "fills": [[each.action, each.price, each.lots] for each in report.fills],
    }


def _report(fields: dict[str, Any]) -> OpReport:
    return OpReport(
        OpPlace(*fields["place"]),
        fields["result"],
        tuple(fields["action_results"]),
        tuple(ToldFill(*each) for each in fields["fills"]),
    )


def _line(change: OpChange) -> dict[str, Any]:
    return {
        "op_hash": change.op_hash.hex(),
        "before": _fields(change.before),
        "after": _fields(change.after) if change.after else None,
    }


def _change(line: dict[str, Any]) -> OpChange:
    after = line["after"]
    return OpChange(
        bytes.fromhex(line["op_hash"]), _report(line["before"]), _report(after) if after else None
    )
