"""The node's side of the law check."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import structlog

from strikeproof.sequencer.l1.law_code import LawCode
from strikeproof.sequencer.worker_process import WorkerLimits, WorkerProcess

MODULE = "strikeproof.sequencer.law_check"
NUMBER_BYTES = 8

_log = structlog.get_logger("law_check")


@dataclass(frozen=True, slots=True)
class LawCheckArguments:
    """What to check: segments of a folder's batches, by one law."""

    folder: Path
    domain_separator: bytes
    law: LawCode
    check_ppm: int
    claimed_to: int
    """Batches up to this one are claimed already."""

    def encode(self) -> bytes:
        """Return the process's first frame."""
        arguments = {
            "folder": str(self.folder),
            "domain_separator": self.domain_separator.hex(),
            "check_ppm": self.check_ppm,
            "claimed_to": self.claimed_to,
            "law_id": self.law.law_id.hex(),
            "families": [each.hex() for each in self.law.families],
            "codes": {each.hex(): code.hex() for each, code in self.law.codes.items()},
        }
        return json.dumps(arguments).encode()


class LawCheck:
    """Batches up to `checked_to` may be claimed. After a failure that stays where it is.

    Construct with `start`.
    """

    def __init__(self, process: WorkerProcess, on_checked: Callable[[int], None]) -> None:
        self._process = process
        self._on_checked = on_checked
        self._asked_to = 0
        self.checked_to = 0
        self.failure = ""

    @classmethod
    async def start(
        cls,
        arguments: LawCheckArguments,
        on_checked: Callable[[int], None],
        limits: WorkerLimits | None = None,
    ) -> Self:
        """Start the process."""
        process = await WorkerProcess.start(MODULE, limits=limits)
        process.send(arguments.encode())
        return cls(process, on_checked)

    def proved(self, batch: int) -> None:
        """Batches up to this one are in the store."""
        if batch > self._asked_to and not self.failure:
            self._asked_to = batch
            self._process.send(batch.to_bytes(NUMBER_BYTES, "big"))

    async def run(self) -> None:
        """Follow the process until cancelled or a check failed. Raises `WorkerDied` if it ends
        without a failure, `WorkerStalled`."""
        await self._process.attended(self._follow())

    async def _follow(self) -> None:
        while True:
            frame = await self._process.receive()
            number, failed = int.from_bytes(frame[:NUMBER_BYTES], "big"), frame[NUMBER_BYTES]
            if failed:
                self.failure = frame[NUMBER_BYTES + 1 :].decode()
                _log.critical("claim_would_be_lost", reason=self.failure, batch=number)
                return  # ordering goes on; claims do not
            self.checked_to = number
            self._on_checked(number)

    async def stop(self) -> None:
        """End the process; what it has not checked is checked after a restart."""
        await self._process.stop()
