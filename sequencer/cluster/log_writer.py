"""The leader's end of the shared log."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

import structlog

from strikeproof.sequencer.cluster.etcd_client import EtcdUnavailable
from strikeproof.sequencer.cluster.etcd_log import EtcdLog, LogFrame, framed
from strikeproof.sequencer.cluster.leader_records import Term

RETRY_SECONDS: Final = 0.05

_log = structlog.get_logger("cluster")


class LogWriter:
    """Appends groups, one after another. While etcd does not answer it waits: nothing is
    acknowledged meanwhile, and a queue that fills up refuses."""

    def __init__(self, log: EtcdLog, term: Term, newest: LogFrame | None, next_index: int) -> None:
        """`newest`: the frame before `next_index`, None if the log was empty."""
        self._log, self._term = log, term
        self._newest, self.next_index = newest, next_index
        self.waits_for_etcd = False

    async def append(self, payload: bytes) -> Sequence[bytes]:
        """Return the frames once the log has them. Raises `Deposed`, `LogDiverged`."""
        frames = framed(payload, self.next_index, self._term.leadership.epoch)
        for frame in frames:
            self._newest = await self._append(frame)
            self.next_index += 1
        return frames

    async def _append(self, frame: bytes) -> LogFrame:
        while True:
            try:
                appended = await self._log.append(self._term, self._newest, self.next_index, frame)
            except EtcdUnavailable as error:
                if not self.waits_for_etcd:
                    _log.error("log_unavailable", alarm=True, reason=str(error))
                self.waits_for_etcd = True
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if self.waits_for_etcd:
                _log.info("log_unavailable_over")
            self.waits_for_etcd = False
            return appended
