"""etcd's members give back what trimming freed, one at a time, while the log goes on."""

from __future__ import annotations

import asyncio
import secrets
import signal
from collections.abc import Awaitable, Callable

from strikeproof.devnet.etcd_cluster import EtcdCluster
from strikeproof.sequencer.cluster.etcd_client import EtcdClient, MemberStatus
from strikeproof.sequencer.cluster.etcd_defragmenter import defragment_one, keep_defragmented
from strikeproof.sequencer.cluster.etcd_log import EtcdLog
from strikeproof.sequencer.cluster.leader_records import Leadership, Proved, Term
from strikeproof.sequencer.cluster.log_writer import LogWriter
from strikeproof.sequencer.journal.journal_entry import encode_op
from tests.integration.sequencer.node_process import on_loop

MIB = 1 << 20
FREE_BYTES_MAX = 2 * MIB
FRAME_BYTES = 200_000


class Leader:
    """A leader of a venue of its own."""

    def __init__(self, log: EtcdLog, term: Term) -> None:
        self.log, self.term = log, term
        self.writer = LogWriter(log, term, None, 1)

    async def fill_and_trim(self) -> None:
        """Leave some MiB unused in each member's file."""
        for _ in range(40):
            await self.writer.append(encode_op(bytes(FRAME_BYTES), ()))
        await self.log.trim(self.term, self.writer.next_index - 1)

    async def free(self, is_done: Callable[[list[MemberStatus]], bool]) -> list[MemberStatus]:
        """Return what the members say once that is so: compaction frees pages when it gets there,
        and etcd counts them after the next commit."""
        async with asyncio.timeout(60):
            while True:
                found = [each for each in await self.log.etcd.statuses() if each is not None]
                if is_done(found):
                    return found
                await self.log.beat(self.term, Proved())
                await asyncio.sleep(0.05)


def wasteful(members: list[MemberStatus]) -> bool:
    return len(members) == 3 and all(each.free_bytes > 4 * MIB for each in members)


def played(etcd: EtcdCluster, story: Callable[[Leader], Awaitable[None]]) -> None:
    async def run() -> None:
        client = EtcdClient(etcd.endpoints, timeout_seconds=5.0)
        try:
            log = EtcdLog(client, secrets.token_bytes(32))
            leadership = Leadership("one", "aa" * 20, 1, "", secrets.token_hex(8))
            term = await log.take(await log.view(), 1, leadership)
            assert term is not None
            await story(Leader(log, term))
        finally:
            await client.close()

    on_loop(run())


def test_every_member_gives_back_what_it_wastes_while_the_log_goes_on(etcd: EtcdCluster) -> None:
    async def story(leader: Leader) -> None:
        await leader.fill_and_trim()
        wasted = await leader.free(wasteful)
        done = asyncio.Event()

        async def goes_on() -> int:
            first = leader.writer.next_index
            while not done.is_set():
                await leader.writer.append(encode_op(b"one more", ()))
            return leader.writer.next_index - first

        appending = asyncio.create_task(goes_on())
        shrunk: set[int] = set()
        async with asyncio.timeout(120):
            while len(shrunk) < 3:
                before = await defragment_one(leader.log.etcd, FREE_BYTES_MAX)
                if before is None:
                    await asyncio.sleep(0.05)
                    continue
                shrunk.add(before.id)
                (after,) = [
                    each
                    for each in await leader.log.etcd.statuses()
                    if each is not None and each.id == before.id
                ]
                assert not after.leads, "the leader was taken away"
                assert after.size_bytes < before.size_bytes - FREE_BYTES_MAX
        assert shrunk == {each.id for each in wasted}
        assert await defragment_one(leader.log.etcd, FREE_BYTES_MAX) is None
        done.set()
        assert await appending > 0

    played(etcd, story)


def test_nothing_is_defragmented_while_a_member_does_not_answer(etcd: EtcdCluster) -> None:
    async def story(leader: Leader) -> None:
        await leader.fill_and_trim()
        before = {each.id: each.size_bytes for each in await leader.free(wasteful)}
        stopped = etcd.members[2]
        stopped.signal(signal.SIGSTOP)
        try:
            assert await defragment_one(leader.log.etcd, FREE_BYTES_MAX) is None
        finally:
            stopped.signal(signal.SIGCONT)
        after = {each.id: each.size_bytes for each in await leader.free(wasteful)}
        assert all(after[each] >= size for each, size in before.items())

    played(etcd, story)


def test_it_is_looked_for_again_and_again(etcd: EtcdCluster) -> None:
    def is_tidy(members: list[MemberStatus]) -> bool:
        return len(members) == 3 and all(each.free_bytes < 4 * MIB for each in members)

    async def story(leader: Leader) -> None:
        await leader.fill_and_trim()
        await leader.free(wasteful)
        working = asyncio.create_task(keep_defragmented(leader.log.etcd, FREE_BYTES_MAX, 0.01))
        await leader.free(is_tidy)
        working.cancel()

    played(etcd, story)
