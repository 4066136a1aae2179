"""One node of a cluster: it follows the shared log, takes over when the leader is silent, leads.

A standby is silent itself, if it sleeps; so whether the leader was is judged by etcd: a take-over
is a transaction that fails if the heartbeat, the leader's key or the end of the log have moved on.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import structlog

from strikeproof.failure import Broken, Rejected
from strikeproof.sequencer.batch.batch_store import BatchStore
from strikeproof.sequencer.cluster.etcd_client import EtcdCompacted, EtcdUnavailable
from strikeproof.sequencer.cluster.etcd_defragmenter import keep_defragmented
from strikeproof.sequencer.cluster.etcd_log import (
    EtcdLog,
    LogDiverged,
    LogFrame,
    LogNews,
    rewrite_of,
)
from strikeproof.sequencer.cluster.folder_position import FolderPosition
from strikeproof.sequencer.cluster.leader_records import ClusterView, Leadership, Proved, Term
from strikeproof.sequencer.cluster.log_writer import LogWriter
from strikeproof.sequencer.cluster.standby_replay import StandbyReplay
from strikeproof.sequencer.l1.finality import FinalityBook
from strikeproof.sequencer.pipeline.pipeline import Pipeline
from strikeproof.wire.errors import FailureCode

NEWS_MAX: Final = 256  # read from the watch and not executed yet
RETRY_SECONDS: Final = 0.1
STOP_SECONDS: Final = 0.5
TRIM_SECONDS: Final = 10.0
# How far the leader's roots may be ahead of those that this node has compared, when it takes over.
UNCOMPARED_BATCHES_MAX: Final = 8

_log = structlog.get_logger("cluster")


class StandbyDiverged(Broken):
    """This standby's roots are not the leader's: one of them has a bug, or a damaged disk."""

    code = FailureCode.STANDBY_DIVERGED

    def __init__(self, batch: int, *, found: str, expected: str) -> None:
        super().__init__(f"batch {batch}: 0x{found[:16]} here, 0x{expected[:16]} at the leader")
        self.batch, self.found, self.expected = batch, found, expected


class OrderReplaced(Broken):
    """The leader rewrote the order because of L1: start again, from the new one."""

    code = FailureCode.ORDER_REPLACED

    def __init__(self, first: int) -> None:
        super().__init__(f"the order from batch {first} on is another one")
        self.first = first


class KeyShared(Rejected):
    """Two nodes of the cluster have the same key: L1 could not tell them apart."""

    code = FailureCode.KEY_SHARED

    def __init__(self, name: str, other: str, address: str) -> None:
        super().__init__(f"{name} and {other} both have the key 0x{address}: give each its own")
        self.name, self.other, self.address = name, other, address


def check_own_key(name: str, address: str, nodes: Mapping[str, str]) -> None:
    """Raise `KeyShared` if another node has this one's key. `nodes`: keys by name."""
    for other, theirs in nodes.items():
        if other != name and theirs == address:
            raise KeyShared(name, other, address)


@dataclass(frozen=True, slots=True)
class MemberSettings:
    """Who this node is, and how patient."""

    name: str
    address: bytes
    """The address of the node's key."""
    silence_seconds: float
    """Without a sign of the leader after which this node takes over."""
    beat_seconds: float
    kept_batches: int
    """The shared log keeps those that L1 holds for this many batches more."""
    free_bytes_max: int
    """What an etcd member may waste before it is defragmented; 0: it never is."""


@dataclass(frozen=True, slots=True)
class MemberParts:
    """What the member moves."""

    pipeline: Pipeline
    replay: StandbyReplay
    store: BatchStore
    finality: FinalityBook
    l1_epoch: Callable[[], int]
    """The epoch that L1 has now."""
    endpoint: Callable[[], str]
    """Where clients reach this node; empty until it serves."""
    batch_proved: Callable[[], int]
    """The newest batch whose roots are known here."""


class ClusterMember:
    """Construct it before the node serves; `run` beside it."""

    def __init__(
        self,
        log: EtcdLog,
        settings: MemberSettings,
        parts: MemberParts,
        position: FolderPosition | None,
    ) -> None:
        self._log, self._settings, self._parts = log, settings, parts
        self._position = position
        self._next = position.index + 1 if position else 1
        self._newest: LogFrame | None = None
        self._term: Term | None = None
        self._view = ClusterView(0, None, 0, 0, Proved())
        self._equal_to = 0
        self._heard = asyncio.get_running_loop().time()
        self._marks: deque[tuple[int, int]] = deque()
        self._changed = asyncio.Event()
        self.keys = {settings.address}
        """The keys of all nodes that this one has heard of."""
        parts.pipeline.stand_by()

    # --- what it reports ---

    @property
    def is_leading(self) -> bool:
        """Whether this node leads, as far as it knows."""
        return self._term is not None

    @property
    def leader(self) -> Leadership | None:
        """Return who leads, as far as this node knows."""
        return self._term.leadership if self._term else self._view.leader

    @property
    def lag_ms(self) -> int:
        """How long ago this node was last known to be caught up; 0 for the leader."""
        if self._term is not None:
            return 0
        return int((asyncio.get_running_loop().time() - self._heard) * 1000)

    async def changed(self) -> None:
        """Return after this node has begun or ceased to lead."""
        await self._changed.wait()

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def posting_epoch(self) -> int | None:
        """Return the epoch that this node may post in, None if another leads.

        Asks etcd: a leader that was replaced while it slept finds out before it posts. Raises
        `Deposed`, `EtcdUnavailable`.
        """
        term = self._term
        if term is None:
            return None
        await self._log.confirm(term)
        return term.leadership.epoch

    # --- running ---

    async def run(self) -> None:
        """Follow until this node may lead, then lead, until cancelled. Raises `Deposed`,
        `LogDiverged`, `LogTrimmed`, `StandbyDiverged`, `KeyShared`, and what replay raises."""
        await self._join()
        term = await self._stand_by()
        await self._lead(term)

    async def _join(self) -> None:
        """Write down name and key, and compare the folder's newest frame with the log."""
        address, name = self._settings.address.hex(), self._settings.name
        while True:
            try:
                nodes = await self._log.register(name, address)
                held = await self._log.frame(self._position.index) if self._position else None
                break
            except EtcdUnavailable as error:
                _log.warning("etcd_unavailable", reason=str(error))
                await asyncio.sleep(RETRY_SECONDS)
        self.keys |= {bytes.fromhex(each) for each in nodes.values()}
        check_own_key(name, address, nodes)
        if self._position is not None and held is not None:
            if not self._position.is_of(held):
                raise LogDiverged(held.index, "the data folder has another one")
            self._newest = held

    async def _stand_by(self) -> Term:
        while True:
            try:
                term = await self._follow()
            except (EtcdUnavailable, EtcdCompacted) as error:
                _log.warning("watch_ended", reason=str(error))
                term = None
            if term is not None:
                return term
            self._log.etcd.turn_away()
            await asyncio.sleep(RETRY_SECONDS / 5)

    async def _follow(self) -> Term | None:
        """Follow by one watch; return a term if this node took over, None if the watch missed
        something."""
        self._view = await self._log.view()
        if self._view.leader is not None:
            self.keys.add(bytes.fromhex(self._view.leader.address))
        await self._catch_up()
        news: asyncio.Queue[LogNews] = asyncio.Queue(NEWS_MAX)
        pump = asyncio.create_task(self._pump(news, self._view.revision + 1))
        try:
            return await self._until_silent(news, pump)
        finally:
            pump.cancel()
            await asyncio.gather(pump, return_exceptions=True)

    async def _pump(self, news: asyncio.Queue[LogNews], revision: int) -> None:
        try:
            async for each in self._log.watch(revision):
                self._heard = asyncio.get_running_loop().time()
                await news.put(each)
        except (EtcdUnavailable, EtcdCompacted) as error:
            _log.warning("watch_ended", reason=str(error))

    async def _until_silent(
        self, news: asyncio.Queue[LogNews], pump: asyncio.Task[None]
    ) -> Term | None:
        loop = asyncio.get_running_loop()
        while True:
            leader = self._view.leader
            silent_at = self._heard + self._settings.silence_seconds
            is_vacant = leader is None or leader.has_resigned
            wait = 0.0 if is_vacant else silent_at - loop.time()
            try:
                async with asyncio.timeout(max(wait, 0.0)):
                    each = await news.get()
            except TimeoutError:
                if not is_vacant and loop.time() < self._heard + self._settings.silence_seconds:
                    continue
                if not self._is_ready():
                    self._heard = loop.time()
                    continue
                return await self._take_over()
            await self._take(each)
            if pump.done() and news.empty():
                return None

    async def _take(self, news: LogNews) -> None:
        """Execute what a watch has brought."""
        for frame in news.frames:
            if frame.index > self._next:
                raise LogDiverged(frame.index, f"frame {self._next} is missing")
            if frame.index == self._next:
                await self._execute(frame)
            elif self._is_rewritten(frame):
                raise LogDiverged(frame.index, "it was written twice")
        old, changed = self._view, news.view
        self._view = ClusterView(
            news.revision,
            changed.leader if changed else old.leader,
            changed.leader_revision if changed else old.leader_revision,
            news.beat_revision or old.beat_revision,
            news.proved or old.proved,
        )
        if changed is not None and changed.leader is not None:
            self.keys.add(bytes.fromhex(changed.leader.address))
            _log.info("leader", name=changed.leader.name, epoch=changed.leader.epoch)
        self._compare()

    def _is_rewritten(self, frame: LogFrame) -> bool:
        """Whether the frame that this node executed last is another now."""
        newest = self._newest
        if newest is None or newest.index != frame.index:
            return False
        return newest.payload != frame.payload

    async def _catch_up(self) -> None:
        while frames := await self._log.frames_from(self._next):
            for frame in frames:
                await self._execute(frame)

    async def _execute(self, frame: LogFrame) -> None:
        if (rewrite := rewrite_of(frame.payload)) is not None:
            raise OrderReplaced(rewrite.first)
        commit = self._parts.pipeline.commit
        await commit.keep(frame.payload)
        group = await self._parts.replay.execute(frame.payload)
        self._newest, self._next = frame, frame.index + 1
        await commit.followed(group, frame.payload)

    # --- readiness ---

    def _compare(self) -> None:
        """Compare the leader's newest roots with this node's. Raises `StandbyDiverged`."""
        proved = self._view.proved
        if proved.batch <= self._equal_to or proved.batch > self._parts.batch_proved():
            return
        ours = self._parts.store.get(proved.batch)
        if ours is None:
            return
        found = (ours.hash.hex(), ours.roots[-1].hex())
        for mine, theirs in zip(found, (proved.hash, proved.root), strict=True):
            if mine != theirs:
                raise StandbyDiverged(proved.batch, found=mine, expected=theirs)
        self._equal_to = proved.batch

    def _is_ready(self) -> bool:
        self._compare()
        behind = self._view.proved.batch - self._equal_to
        if behind > UNCOMPARED_BATCHES_MAX:
            _log.warning("not_ready_to_lead", batches_behind=behind)
            return False
        return bool(self._parts.endpoint())

    async def _take_over(self) -> Term | None:
        """Take over, unless the leader moved while this node did not hear of it."""
        settings, view = self._settings, self._view
        leadership = Leadership(
            settings.name,
            settings.address.hex(),
            max(view.epoch, self._parts.l1_epoch()) + 1,
            self._parts.endpoint(),
            secrets.token_hex(8),
        )
        silent_ms = self.lag_ms
        term = await self._log.take(view, self._next, leadership)
        if term is not None:
            _log.warning(
                "took_over",
                epoch=leadership.epoch,
                after=view.leader.name if view.leader else "",
                silent_ms=silent_ms,
                next_frame=self._next,
            )
        return term

    # --- leading ---

    async def _lead(self, term: Term) -> None:
        writer = LogWriter(self._log, term, self._newest, self._next)
        self._term = term
        self._parts.pipeline.lead(term.leadership.epoch, writer)
        self._tell()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._beat(term))
                group.create_task(self._trim(term, writer))
                if self._settings.free_bytes_max:
                    etcd, free_bytes_max = self._log.etcd, self._settings.free_bytes_max
                    group.create_task(keep_defragmented(etcd, free_bytes_max))
        except asyncio.CancelledError:
            await self._resign(term)
            raise
        finally:
            self._term = None

    async def _beat(self, term: Term) -> None:
        pipeline, is_up = self._parts.pipeline, True
        while True:
            try:
                await self._log.beat(term, self._proved())
            except EtcdUnavailable as error:
                if is_up:
                    _log.error("etcd_unavailable", alarm=True, reason=str(error))
                is_up = False
            else:
                if not is_up:
                    _log.info("etcd_unavailable_over")
                is_up = True
            pipeline.hold(not is_up)
            await asyncio.sleep(self._settings.beat_seconds)

    def _proved(self) -> Proved:
        batch = self._parts.store.get(self._parts.batch_proved())
        if batch is None:
            return Proved()
        return Proved(batch.number, batch.hash.hex(), batch.roots[-1].hex())

    async def _trim(self, term: Term, writer: LogWriter) -> None:
        """Drop what L1 holds, so that etcd stays small; every node has it in its own journal."""
        while True:
            await asyncio.sleep(TRIM_SECONDS)
            self._marks.append((writer.next_index, self._parts.pipeline.batch_number))
            kept_from = self._parts.finality.posted_to - self._settings.kept_batches
            before = 0
            while self._marks and self._marks[0][1] <= kept_from:
                before, _ = self._marks.popleft()
            if before > 1:
                try:
                    await self._log.trim(term, before - 1)
                except EtcdUnavailable as error:
                    _log.warning("log_not_trimmed", reason=str(error))

    async def _resign(self, term: Term) -> None:
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._log.resign(term)
        except (TimeoutError, EtcdUnavailable, Broken) as error:
            _log.warning("not_resigned", reason=str(error))
