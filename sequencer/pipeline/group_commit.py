"""Group commit: what the engine has done since the last commit becomes durable in one write.

A thread writes and syncs the journal while the engine goes on with the next group. Nothing is
delivered before its group is durable.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from strikeproof.sequencer.journal.journal_file import JournalWriter
from strikeproof.sequencer.order.orderer import CommitGroup, Orderer
from strikeproof.sequencer.pipeline.delivery import Delivery
from strikeproof.sequencer.recovery.data_folder import DataFolder

GROUP_OPS_MAX = 2_048  # ordered and not durable
JOURNAL_FILE_BYTES = 1 << 28


class SharedLog(Protocol):
    """A log that other machines hold too, and that decides what is ordered."""

    async def append(self, payload: bytes) -> Sequence[bytes]:
        """Return the frames that the log has taken for a group, as the journal keeps them. Raises
        what stops the node if another node leads."""
        ...


class GroupCommit:
    """Owns the journal."""

    def __init__(
        self, orderer: Orderer, folder: DataFolder, journal: JournalWriter, delivery: Delivery
    ) -> None:
        self._orderer, self._folder, self._journal = orderer, folder, journal
        self.delivery = delivery
        self.shared_log: SharedLog | None = None
        """Where groups are durable before the journal has them; None: the journal is the log."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._dirty = asyncio.Event()
        self._durable = asyncio.Condition()
        self._uncommitted_ops = 0
        self._groups_taken = self._groups_durable = 0

    @property
    def can_take_more(self) -> bool:
        """Whether more may be ordered."""
        return self._uncommitted_ops < GROUP_OPS_MAX

    def ordered(self) -> None:
        """Count an op that is part of the next group."""
        self._uncommitted_ops += 1

    def request(self) -> None:
        """Have what was done committed, if there is anything."""
        if self._orderer.has_group:
            self._dirty.set()

    async def wait_until_it_can(self) -> None:
        """Return once more may be ordered."""
        while not self.can_take_more:
            async with self._durable:
                await self._durable.wait()

    async def settled(self) -> None:
        """Return once everything that is executed now is durable: what a read waits for."""
        target = self._groups_taken + (1 if self._orderer.has_group else 0)
        if self._groups_durable >= target:
            return
        self._dirty.set()
        async with self._durable:
            await self._durable.wait_for(lambda: self._groups_durable >= target)

    async def run(self) -> None:
        """Commit until cancelled. Raises what stops the node."""
        loop = asyncio.get_running_loop()
        while True:
            await self._dirty.wait()
            self._dirty.clear()
            if not self._orderer.has_group:
                continue
            group = self._orderer.take_group()
            self._groups_taken += 1
            payload = b"".join(group.entries)
            started = time.perf_counter()
            if self.shared_log is not None:
                frames = await self.shared_log.append(payload)
                await loop.run_in_executor(self._thread, self._write, frames)
                payload = b"".join(frames)
            else:
                await loop.run_in_executor(self._thread, self._journal.commit, payload)
            self.delivery.metrics.commit_seconds.observe(time.perf_counter() - started)
            self.delivery.deliver(group, payload)
            self._uncommitted_ops -= len(group.accepted)
            await self._rotate_if_full(group)
            self._groups_durable += 1
            async with self._durable:
                self._durable.notify_all()
            self.request()

    async def keep(self, frame: bytes) -> None:
        """Make a frame of the shared log durable here, before a standby executes it."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._journal.commit, frame)

    async def followed(self, group: CommitGroup, frame: bytes) -> None:
        """Hand on what a frame of the shared log did."""
        self.delivery.follow(group, frame)
        await self._rotate_if_full(group)

    def _write(self, frames: Sequence[bytes]) -> None:
        for frame in frames:
            self._journal.commit(frame)

    async def _rotate_if_full(self, group: CommitGroup) -> None:
        # Only behind a sealed batch: a file is named by the first one that can open in it.
        if group.sealed and self._journal.end > JOURNAL_FILE_BYTES:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._thread, self._rotate, group.last_batch + 1)

    def _rotate(self, first_batch: int) -> None:
        """Start another journal file, named by the first batch that can open in it."""
        self._journal.close()
        domain = self._orderer.engine.domain_separator
        self._journal = self._folder.create_journal(first_batch, domain)

    def close(self) -> None:
        """Let a write that is under way end, and close the journal."""
        self._thread.shutdown()
        self._journal.close()
