"""A folder and the shared log: missing frames, rewrites, folders rebuilt from L1 (attack 57)."""

from __future__ import annotations

import asyncio
import secrets
import shutil
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from strikeproof.devnet.etcd_cluster import EtcdCluster
from strikeproof.sequencer.cluster.cluster_member import MemberSettings
from strikeproof.sequencer.cluster.etcd_client import EtcdClient
from strikeproof.sequencer.cluster.etcd_log import EtcdLog, LogDiverged, LogTrimmed
from strikeproof.sequencer.cluster.folder_catch_up import FolderCatchUp
from strikeproof.sequencer.cluster.folder_position import folder_position, journal_height
from strikeproof.sequencer.cluster.leader_records import Leadership, Term
from strikeproof.sequencer.cluster.log_repair import LogRepair
from strikeproof.sequencer.cluster.log_writer import LogWriter
from strikeproof.sequencer.journal.journal_entry import (
    BatchOpened,
    BatchSealed,
    Entry,
    LogPosition,
    OpOrdered,
    SegmentOpened,
    decode_entries,
    encode_entry,
)
from strikeproof.sequencer.journal.journal_file import JournalReader, JournalWriter
from strikeproof.sequencer.posting.journal_rewrite import _write as replace_journal
from strikeproof.sequencer.posting.rewrite_plan import RewritePlan
from strikeproof.sequencer.recovery.data_folder import DataFolder
from strikeproof.wire.constants import SegmentFamily

DOMAIN = b"\x01" * 32
LAW = b"\x02" * 32


def batch(number: int, mark: bytes = b"") -> list[Entry]:
    op = OpOrdered(b"op %d" % number + mark, (b"s" * 20,))
    return [
        BatchOpened(number, 1, 1, 1, 0, bool(mark)),
        SegmentOpened(SegmentFamily.TRADE, number),
        op,
        BatchSealed(number, LAW),
    ]


def encoded(entries: Sequence[Entry]) -> bytes:
    return b"".join(map(encode_entry, entries))


def held(folder: DataFolder) -> list[Entry]:
    """The journal's entries but positions."""
    return [
        entry
        for path in folder.journal_files()
        for payload in JournalReader(path, torn_allowed=True)
        for entry in decode_entries(payload)
        if not isinstance(entry, LogPosition)
    ]


@dataclass
class Log:
    """The log of a venue that no other test has, and a leader that writes it."""

    log: EtcdLog
    term: Term
    writer: LogWriter
    root: Path
    folders: int = 0

    async def order(self, *entries: Entry) -> None:
        await self.writer.append(encoded(entries))

    def folder(self) -> DataFolder:
        self.folders += 1
        folder = DataFolder(self.root / str(self.folders))
        folder.acquire().release()
        return folder

    async def caught_up(self, folder: DataFolder) -> list[Entry]:
        def replace_end(first: int, entries: Sequence[Entry]) -> None:
            replace_journal(folder, first, entries)

        await FolderCatchUp(self.log, folder, DOMAIN, replace_end).run()
        return held(folder)


@pytest.fixture
def play(etcd: EtcdCluster, tmp_path: Path) -> Any:
    def played(story: Callable[[Log], Coroutine[Any, Any, None]]) -> None:
        async def run() -> None:
            client = EtcdClient(etcd.endpoints, timeout_seconds=1.0)
            log = EtcdLog(client, secrets.token_bytes(32))
            term = await leads(log)
            try:
                await story(Log(log, term, LogWriter(log, term, None, 1), tmp_path))
            finally:
                await client.close()

        asyncio.run(run())

    return played


async def leads(log: EtcdLog, next_index: int = 1) -> Term:
    view = await log.view()
    new = Leadership("one", "aa" * 20, view.epoch + 1, "", secrets.token_hex(8))
    term = await log.take(view, next_index, new)
    assert term is not None
    return term


def test_folder_gets_what_it_lacks_and_nothing_twice(play: Any) -> None:
    async def story(log: Log) -> None:
        folder = log.folder()
        await log.order(*batch(1))
        assert await log.caught_up(folder) == batch(1)
        await log.order(*batch(2)[:2])
        await log.order(*batch(2)[2:], *batch(3)[:1])
        expected = [*batch(1), *batch(2), batch(3)[0]]
        assert await log.caught_up(folder) == expected
        assert await log.caught_up(folder) == expected
        height = journal_height(folder)
        assert (height.sealed, height.is_open) == (2, True)
        assert height.position is not None
        assert height.position.index == 3

    play(story)


def test_folder_of_another_order_is_refused(play: Any) -> None:
    """Attack 57: a damaged or foreign journal under a standby."""

    async def story(log: Log) -> None:
        folder = log.folder()
        await log.order(*batch(1))
        await log.caught_up(folder)
        shutil.rmtree(folder.journal)
        folder.journal.mkdir()
        journal = folder.create_journal(1, DOMAIN)
        journal.commit(encoded([LogPosition(1, 1), *batch(1, b" of another log")]))
        journal.close()
        with pytest.raises(LogDiverged):
            await log.caught_up(folder)

    play(story)


def test_log_restored_from_a_backup_is_noticed_by_whoever_has_more(play: Any) -> None:
    """Attack 57: the folder holds a frame that the log does not; the leader overwrote it."""

    async def story(log: Log) -> None:
        folder, journal = log.folder(), None
        await log.order(*batch(1))
        await log.caught_up(folder)
        journal = JournalWriter.resume(_read(folder))
        journal.commit(encoded([LogPosition(2, 1), *batch(2, b" lost with the backup")]))
        journal.close()
        await log.order(*batch(2))
        with pytest.raises(LogDiverged):
            await log.caught_up(folder)

    play(story)


def _read(folder: DataFolder) -> JournalReader:
    reader = JournalReader(folder.journal_files()[-1], torn_allowed=True)
    assert list(reader)
    return reader


def test_folder_rebuilt_from_l1_takes_part_from_its_next_batch_on(play: Any) -> None:
    async def story(log: Log) -> None:
        await log.order(*batch(1))
        await log.order(*batch(2), *batch(3)[:2])
        await log.order(*batch(3)[2:])
        for newest in (1, 2, 3):
            folder = log.folder()
            journal = folder.create_journal(1, DOMAIN)
            journal.commit(encoded([each for n in range(1, newest + 1) for each in batch(n)]))
            journal.close()
            expected = [each for number in (1, 2, 3) for each in batch(number)]
            assert await log.caught_up(folder) == expected
            assert await log.caught_up(folder) == expected
        assert await log.caught_up(log.folder()) == expected

    play(story)


def test_folder_that_ends_before_the_log_begins_is_refused(play: Any) -> None:
    async def story(log: Log) -> None:
        for number in range(1, 5):
            await log.order(*batch(number))
        await log.log.trim(log.term, 3)
        with pytest.raises(LogTrimmed):
            await log.caught_up(log.folder())
        behind = log.folder()
        journal = behind.create_journal(1, DOMAIN)
        journal.commit(encoded(batch(1)))
        journal.close()
        with pytest.raises(LogTrimmed):
            await log.caught_up(behind)

    play(story)


@dataclass
class Repair:
    """Batch `first` on is outdated until it is rewritten."""

    folder: DataFolder
    first: int
    announced: list[int] = field(default_factory=list)

    def plan(self) -> RewritePlan | None:
        fresh = [e for e in held(self.folder) if isinstance(e, BatchOpened) and e.is_rewritten]
        return None if fresh else RewritePlan(self.first)

    def entries(self, plan: RewritePlan, epoch: int) -> list[Entry]:
        return [*batch(plan.first, b"!"), *batch(plan.first + 1, b"!")]

    def announce(self) -> None:
        self.announced.append(len(held(self.folder)))


def test_rewrite_reaches_every_folder_by_the_log(play: Any) -> None:
    """Attack 57: L1 reorganized; the order is rewritten once, and all nodes take it over."""

    async def story(log: Log) -> None:
        for number in (1, 2, 3):
            await log.order(*batch(number))
        rewriting, other = log.folder(), log.folder()
        await log.caught_up(other)
        repair = Repair(rewriting, 2)

        def begin() -> FolderCatchUp:
            def replace_end(first: int, entries: Sequence[Entry]) -> None:
                replace_journal(rewriting, first, entries)

            return FolderCatchUp(log.log, rewriting, DOMAIN, replace_end)

        settings = MemberSettings("two", b"\xbb" * 20, 0.3, 0.05, 64, 0)
        repairing = LogRepair(log.log, settings, lambda: 1)
        await repairing.run(begin, repair)  # somebody leads: its turn
        assert held(rewriting) == [each for n in (1, 2, 3) for each in batch(n)]
        await log.log.resign(log.term)
        await repairing.run(begin, repair)
        expected = [*batch(1), *batch(2, b"!"), *batch(3, b"!")]
        assert held(rewriting) == expected
        assert await log.caught_up(other) == expected
        assert folder_position(other) == folder_position(rewriting)
        view = await log.log.view()
        assert view.leader is not None
        assert view.leader.has_resigned
        # Whoever leads next goes on behind it, and all follow.
        term = await leads(log.log, 5)
        held_frame = await log.log.frame(4)
        await LogWriter(log.log, term, held_frame, 5).append(encoded(batch(4)))
        assert await log.caught_up(other) == [*expected, *batch(4)]
        assert await log.caught_up(log.folder()) == [*expected, *batch(4)]

    play(story)


def test_large_rewrite_passes_the_limit_on_requests(play: Any) -> None:
    entries = [BatchOpened(1, 1, 1, 1, 0, True), SegmentOpened(SegmentFamily.TRADE, 1)]
    ops: list[Entry] = [OpOrdered(bytes([i]) * 60_000, ()) for i in range(40)]

    async def story(log: Log) -> None:
        await log.order(*batch(1))
        every = [*entries, *ops, BatchSealed(1, LAW)]
        await log.log.rewrite(log.term, await log.log.frame(1), 2, 1, encoded(every))
        assert await log.caught_up(log.folder()) == every

    play(story)
