"""The order in a real etcd: one writer, no frame twice, none over another (attack 57)."""

from __future__ import annotations

import asyncio
import secrets
import signal
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest

from strikeproof.devnet.etcd_cluster import EtcdCluster
from strikeproof.keccak import keccak256
from strikeproof.sequencer.cluster.etcd_client import EtcdClient, EtcdUnavailable
from strikeproof.sequencer.cluster.etcd_log import (
    FRAME_BYTES_MAX,
    Deposed,
    EtcdLog,
    LogDiverged,
    LogFrame,
    LogTrimmed,
)
from strikeproof.sequencer.cluster.leader_records import ClusterView, Leadership, Proved, Term
from strikeproof.sequencer.cluster.log_writer import LogWriter
from strikeproof.sequencer.journal.journal_entry import encode_op

Story = Callable[[EtcdLog, EtcdLog], Awaitable[None]]


def played(
    etcd: EtcdCluster, story: Callable[[EtcdLog, EtcdLog], Coroutine[Any, Any, None]]
) -> None:
    """Play a story of two nodes of one venue, which no other test has."""
    domain = keccak256(secrets.token_bytes(8))

    async def run() -> None:
        clients = [EtcdClient(etcd.endpoints, timeout_seconds=1.0) for _ in range(2)]
        try:
            await story(*(EtcdLog(each, domain) for each in clients))
        finally:
            for each in clients:
                await each.close()

    asyncio.run(run())


def leadership(name: str, epoch: int) -> Leadership:
    return Leadership(name, "aa" * 20, epoch, f"{name}:1", secrets.token_hex(8))


async def leads(log: EtcdLog, name: str, next_index: int = 1) -> Term:
    view = await log.view()
    term = await log.take(view, next_index, leadership(name, view.epoch + 1))
    assert term is not None
    return term


def test_frames_come_back_in_their_order(etcd: EtcdCluster) -> None:
    async def story(one: EtcdLog, two: EtcdLog) -> None:
        term, frame = await leads(one, "one"), None
        for index in range(1, 150):
            frame = await one.append(term, frame, index, b"frame %d" % index)
        found: list[LogFrame] = []
        while frames := await two.frames_from(len(found) + 1):
            found += frames
        assert [each.payload for each in found] == [b"frame %d" % i for i in range(1, 150)]

    played(etcd, story)


def test_stale_leader_writes_nothing(etcd: EtcdCluster) -> None:
    """Attack 57: whatever it tries after another took over."""

    async def story(one: EtcdLog, two: EtcdLog) -> None:
        stale = await leads(one, "one")
        frame = await one.append(stale, None, 1, b"of one")
        await leads(two, "two", 2)
        writer = LogWriter(one, stale, frame, 2)
        for act in (
            one.append(stale, frame, 2, b"late"),
            writer.append(encode_op(b"late", ())),
            one.beat(stale, Proved()),
            one.confirm(stale),
            one.trim(stale, 2),
            one.resign(stale),
        ):
            with pytest.raises(Deposed) as caught:
                await act
            assert caught.value.leader is not None
            assert caught.value.leader.name == "two"
        assert [each.payload for each in await two.frames_from(1)] == [b"of one"]

    played(etcd, story)


def test_append_that_is_repeated_is_taken_once(etcd: EtcdCluster) -> None:
    """A lost answer: the same call reports that the frame is there."""

    async def story(one: EtcdLog, two: EtcdLog) -> None:
        term = await leads(one, "one")
        first = await one.append(term, None, 1, b"a")
        assert await one.append(term, None, 1, b"a") == first
        with pytest.raises(LogDiverged):
            await one.append(term, None, 1, b"another")
        assert len(await two.frames_from(1)) == 1

    played(etcd, story)


def test_frame_behind_one_that_changed_is_refused(etcd: EtcdCluster) -> None:
    """Attack 57: etcd was restored from a backup, and the frame before is gone or another."""

    async def story(one: EtcdLog, two: EtcdLog) -> None:
        term = await leads(one, "one")
        frame = await one.append(term, None, 1, b"a")
        for before in (replace(frame, revision=frame.revision - 1), replace(frame, index=7)):
            with pytest.raises(LogDiverged):
                await one.append(term, before, 2, b"b")

    played(etcd, story)


def test_only_one_of_two_standbys_takes_over(etcd: EtcdCluster) -> None:
    async def story(one: EtcdLog, two: EtcdLog) -> None:
        await leads(one, "zero")
        view = await one.view()
        takes = [log.take(view, 1, leadership(name, 2)) for log, name in ((one, "a"), (two, "b"))]
        won = [each for each in await asyncio.gather(*takes) if each is not None]
        assert len(won) == 1
        held = (await one.view()).leader
        assert held == won[0].leadership

    played(etcd, story)


@pytest.mark.parametrize("sign", ["beat", "append"])
def test_sign_of_life_that_a_standby_has_not_heard_prevents_its_take_over(
    etcd: EtcdCluster, sign: str
) -> None:
    """Attack 57: the standby slept, or its watch hung; the leader is well."""

    async def story(one: EtcdLog, two: EtcdLog) -> None:
        term = await leads(one, "one")
        seen = await two.view()
        await (one.beat(term, Proved()) if sign == "beat" else one.append(term, None, 1, b"a"))
        assert await two.take(seen, 1, leadership("two", 2)) is None
        await one.confirm(term)

    played(etcd, story)


def test_take_over_that_is_repeated_is_the_same(etcd: EtcdCluster) -> None:
    async def story(one: EtcdLog, two: EtcdLog) -> None:
        view, new = await one.view(), leadership("one", 1)
        term = await one.take(view, 1, new)
        assert await one.take(view, 1, new) == term

    played(etcd, story)


def test_watch_reports_frames_beats_and_the_leader(etcd: EtcdCluster) -> None:
    async def story(one: EtcdLog, two: EtcdLog) -> None:
        news = two.watch((await two.view()).revision + 1)
        assert (await anext(news)).frames == ()
        term = await leads(one, "one")
        assert (await anext(news)).view.leader == term.leadership
        frame = await one.append(term, None, 1, b"a")
        assert (await anext(news)).frames == (frame,)
        proved = Proved(3, "ab", "cd")
        await one.beat(term, proved)
        assert (await anext(news)).proved == proved

    played(etcd, story)


def test_large_group_is_cut_between_entries(etcd: EtcdCluster) -> None:
    """A group of any size passes etcd's limit on requests."""
    entries = [encode_op(bytes([i]) * 60_000, ()) for i in range(40)]

    async def story(one: EtcdLog, two: EtcdLog) -> None:
        writer = LogWriter(one, await leads(one, "one"), None, 1)
        frames = await writer.append(b"".join(entries))
        assert len(frames) > 2
        assert max(map(len, frames)) < FRAME_BYTES_MAX + 60_100
        found = await two.frames_from(1)
        assert [each.payload for each in found] == list(frames)
        assert writer.next_index == len(frames) + 1

    played(etcd, story)


def test_trimmed_log_says_what_is_missing(etcd: EtcdCluster) -> None:
    async def story(one: EtcdLog, two: EtcdLog) -> None:
        term, frame = await leads(one, "one"), None
        for index in range(1, 8):
            frame = await one.append(term, frame, index, b"x")
        await one.trim(term, 5)
        assert await two.first_index() == 5
        assert len(await two.frames_from(5)) == 3
        with pytest.raises(LogTrimmed) as caught:
            await two.frames_from(3)
        assert (caught.value.found, caught.value.expected) == (5, 3)
        await one.append(term, frame, 8, b"x")

    played(etcd, story)


def test_members_that_die_or_sleep_are_passed_over(etcd: EtcdCluster) -> None:
    """Attack 57: one etcd member after another, stopped, then killed; each frame is kept once."""

    async def story(one: EtcdLog, two: EtcdLog) -> None:
        term, frame = await leads(one, "one"), None
        writer = LogWriter(one, term, frame, 1)
        for victim in etcd.members:
            victim.signal(signal.SIGSTOP)
            await writer.append(encode_op(b"while it sleeps", ()))
            victim.signal(signal.SIGCONT)
            victim.kill()
            await writer.append(encode_op(b"while it is gone", ()))
            victim.start()
            await asyncio.to_thread(etcd.wait)
        assert len(await two.frames_from(1)) == 6

    played(etcd, story)


def test_without_a_quorum_nothing_is_written_and_the_writer_waits(etcd: EtcdCluster) -> None:
    """Attack 57: etcd partitioned."""

    async def story(one: EtcdLog, two: EtcdLog) -> None:
        writer = LogWriter(one, await leads(one, "one"), None, 1)
        for each in etcd.members[:2]:
            each.signal(signal.SIGSTOP)
        try:
            waiting = asyncio.create_task(writer.append(encode_op(b"held", ())))
            began = time.monotonic()
            while not writer.waits_for_etcd and time.monotonic() < began + 20:
                await asyncio.sleep(0.05)
            assert writer.waits_for_etcd
            with pytest.raises(EtcdUnavailable):
                await two.view()
            assert not waiting.done()
        finally:
            for each in etcd.members[:2]:
                each.signal(signal.SIGCONT)
        await waiting
        assert len(await two.frames_from(1)) == 1
        assert not writer.waits_for_etcd

    played(etcd, story)


def test_standing_of_a_new_venue_is_empty(etcd: EtcdCluster) -> None:
    async def story(one: EtcdLog, two: EtcdLog) -> None:
        found = await one.view()
        assert found == ClusterView(found.revision, None, 0, 0, Proved())
        assert await one.first_index() is None
        assert await one.frames_from(1) == []

    played(etcd, story)
