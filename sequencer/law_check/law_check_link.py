"""The node's side of the law check."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog

from strikeproof.sequencer.worker_process import WorkerProcess

MODULE = "strikeproof.sequencer.law_check"
NUMBER_BYTES = 8

_log = structlog.get_logger("law_check")


@dataclass(frozen=True, slots=True)
class LawCode:
    """A law as L1 has it: its root contract, and all code by address."""

    root: bytes
    codes: Mapping[bytes, bytes]


class LawCheck:
    """Batches up to `checked_to` may be claimed. After a failure that stays where it is."""

    def __init__(
        self,
        folder: Path,
        domain_separator: bytes,
        laws: Mapping[bytes, LawCode],
        check_ppm: int,
        checked: Callable[[int], None],
    ) -> None:
        self._folder = folder
        self._domain_separator = domain_separator
        self._laws = laws
        self._check_ppm = check_ppm
        self._checked = checked
        self._child: WorkerProcess | None = None
        self._asked_to = 0
        self.checked_to = 0
        self.failure = ""

    async def start(self, claimed_to: int) -> None:
        """Start the process. Batches up to `claimed_to` are claimed already."""
        arguments = {
            "folder": str(self._folder),
            "domain_separator": self._domain_separator.hex(),
            "check_ppm": self._check_ppm,
            "claimed_to": claimed_to,
            "laws": {
                law_id.hex(): {
                    "root": law.root.hex(),
                    "codes": {each.hex(): code.hex() for each, code in law.codes.items()},
                }
                for law_id, law in self._laws.items()
            },
        }
        self._child = await WorkerProcess.start(MODULE)
        self._child.send(json.dumps(arguments).encode())

    def proved(self, batch: int) -> None:
        """Batches up to this one are in the store."""
        assert self._child is not None
        if batch > self._asked_to and not self.failure:
            self._asked_to = batch
            self._child.send(batch.to_bytes(NUMBER_BYTES, "big"))

    async def run(self) -> None:
        """Follow the process until cancelled. Raises `ChildDied` if it ends without a failure."""
        assert self._child is not None
        while True:
            frame = await self._child.receive()
            number, failed = int.from_bytes(frame[:NUMBER_BYTES], "big"), frame[NUMBER_BYTES]
            if failed:
                self.failure = frame[NUMBER_BYTES + 1 :].decode()
                _log.critical("claim_would_be_lost", reason=self.failure, batch=number)
                return  # ordering goes on; claims do not
            self.checked_to = number
            self._checked(number)

    async def stop(self) -> None:
        """End the process; what it has not checked is checked after a restart."""
        if self._child is not None:
            await self._child.stop(timeout_seconds=2.0)
