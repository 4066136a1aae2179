"""Differences between executors: what was seen, kept as files until a human has understood it.

While there is one, this verifier sends nothing: it does not know what is right. Whoever has found
the cause moves the files away, and the node acts again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from strikeproof.verifier.execution.law_call import LawResult
from strikeproof.verifier.execution.segment_executor import SegmentExecution
from strikeproof.verifier.execution.witness_job import WitnessJob


@dataclass(frozen=True, slots=True)
class ExecutorDifference:
    """A segment that two executors executed to different ends, with its whole witness."""

    batch: int
    number: int
    job: WitnessJob
    ahead: SegmentExecution | None
    """What ran ahead; None: only its root is still known."""
    reference: LawResult | SegmentExecution | None
    """py-evm; None: the law reverts on the witness."""
    note: str = ""

    def report(self) -> dict[str, Any]:
        """Return everything that another machine needs to see the same."""
        return {
            "batch": self.batch,
            "segment": self.number,
            "law_id": _hex(self.job.law_id),
            "law_input": _hex(self.job.law_input),
            "records": _hex(self.job.records),
            "advice": _hex(self.job.advice),
            "ahead": _result(self.ahead),
            "py_evm": _result(self.reference),
            "note": self.note,
        }


class DifferenceFolder:
    """The files. Without a path (commands, tests) differences are kept in memory alone."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._seen = 0

    def keep(self, difference: ExecutorDifference) -> Path | None:
        """Write a difference to disk; return the file."""
        self._seen += 1
        if self._path is None:
            return None
        self._path.mkdir(parents=True, exist_ok=True)
        file = self._path / f"{difference.batch}-{difference.number}.json"
        partial = file.with_suffix(".partial")
        with partial.open("w") as out:
            json.dump(difference.report(), out, indent=1)
            out.flush()
            os.fsync(out.fileno())
        partial.replace(file)
        return file

    @property
    def files(self) -> list[Path]:
        """Return the files of the differences that nobody has moved away."""
        return [] if self._path is None else sorted(self._path.glob("*.json"))

    @property
    def is_empty(self) -> bool:
        """Return whether there is no difference to understand."""
        return not (self._seen if self._path is None else self.files)


def _hex(data: bytes) -> str:
    return "0x" + data.hex()


def _result(result: LawResult | SegmentExecution | None) -> Mapping[str, Any] | None:
    if result is None:
        return None
    return {
        "results": _hex(result.results),
        "compute_weight": result.compute_weight,
        "witness_weight": result.witness_weight,
        "changed": {f"{key:#018x}": _hex(record) for key, record in result.changed.items()},
    }
