"""The order in etcd: who leads, and frame after frame of what it ordered.

One transaction appends a frame: *if* the leader's key is still the one that this node wrote, *and*
the frame before is the one that this node knows, *and* there is no frame of this number yet, *then*
put it. Order, fence and no overwriting in one: a leader that was replaced, however long it slept,
writes nothing, and neither does one whose etcd was restored from a backup.
"""

from __future__ import annotations

import secrets
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from strikeproof.failure import Broken
from strikeproof.sequencer.cluster.etcd_client import EtcdClient
from strikeproof.sequencer.cluster.leader_records import ClusterView, Leadership, Proved, Term
from strikeproof.sequencer.journal.journal_entry import ENTRY, LogPosition, encode_entry
from strikeproof.wire.errors import FailureCode
from strikeproof.wire.etcd.kv_pb2 import Event, KeyValue
from strikeproof.wire.etcd.rpc_pb2 import (
    Compare,
    DeleteRangeRequest,
    PutRequest,
    RangeRequest,
    RequestOp,
    TxnRequest,
    TxnResponse,
)

KIND_REWRITTEN: Final = 255
REWRITTEN: Final = struct.Struct(">QI16s")
TOKEN_BYTES: Final = 16
# Half of what etcd takes in a request by default: room for keys, comparisons and one large entry.
FRAME_BYTES_MAX: Final = 768 * 1024
PAGE_FRAMES: Final = 64
INDEX: Final = struct.Struct(">Q")
POSITION_BYTES: Final = len(encode_entry(LogPosition(0, 0)))


class Deposed(Broken):
    """Another node leads: what this one had not written to the shared log is not ordered."""

    code = FailureCode.DEPOSED

    def __init__(self, *, epoch: int, leader: Leadership | None) -> None:
        """`epoch`: of this node's own term."""
        by = (
            f"{leader.name} leads in epoch {leader.epoch}" if leader else "the leader's key is gone"
        )
        super().__init__(f"this node led in epoch {epoch}, now {by}")
        self.epoch, self.leader = epoch, leader


class LogDiverged(Broken):
    """The shared log is not the one that this node has followed or written."""

    code = FailureCode.LOG_DIVERGED

    def __init__(self, index: int, reason: str) -> None:
        super().__init__(f"frame {index} of the shared log: {reason}")
        self.index, self.reason = index, reason


class LogTrimmed(Broken):
    """The shared log begins after what this node holds."""

    code = FailureCode.LOG_TRIMMED

    def __init__(self, *, found: int, expected: int) -> None:
        super().__init__(
            f"the shared log begins with frame {found}, this folder needs {expected}: rebuild it"
            " with `strikeproof sequencer recover`"
        )
        self.found, self.expected = found, expected


@dataclass(frozen=True, slots=True)
class LogFrame:
    """One commit group, or a part of one, as the shared log holds it."""

    index: int
    payload: bytes
    revision: int


@dataclass(frozen=True, slots=True)
class LogRewrite:
    """What a frame without entries says: the order from batch `first` on is another one, because
    L1 no longer takes it as it was. The entries lie beside the log, in this many parts."""

    first: int
    parts: int
    token: bytes


def rewrite_of(payload: bytes) -> LogRewrite | None:
    """Return what a frame rewrites, None if it is an ordinary one."""
    if len(payload) != POSITION_BYTES + ENTRY.size + REWRITTEN.size:
        return None
    kind, _ = ENTRY.unpack_from(payload, POSITION_BYTES)
    if kind != KIND_REWRITTEN:
        return None
    return LogRewrite(*REWRITTEN.unpack_from(payload, POSITION_BYTES + ENTRY.size))


@dataclass(frozen=True, slots=True)
class LogNews:
    """What a watch has brought: frames and heartbeats in their order."""

    revision: int
    frames: tuple[LogFrame, ...] = ()
    view: ClusterView | None = None
    """Set if the leader's key changed."""
    beat_revision: int = 0
    proved: Proved | None = None


def framed(payload: bytes, first: int, epoch: int) -> list[bytes]:
    """Return a group's entries as frames, each with its position, cut between entries."""
    parts = parts_of(payload)
    return [encode_entry(LogPosition(first + i, epoch)) + part for i, part in enumerate(parts)]


def parts_of(payload: bytes) -> list[bytes]:
    """Return entries in parts that etcd takes, cut between entries."""
    parts, start, at = [], 0, 0
    while at < len(payload):
        _, length = ENTRY.unpack_from(payload, at)
        end = at + ENTRY.size + length
        if end - start > FRAME_BYTES_MAX and at > start:
            parts.append(payload[start:at])
            start = at
        at = end
    parts.append(payload[start:])
    return parts


class EtcdLog:
    """The log of one venue. `prefix` holds the venue's domain, so that venues share an etcd."""

    def __init__(self, etcd: EtcdClient, domain_separator: bytes) -> None:
        self.etcd = etcd
        self._prefix = f"/strikeproof/{domain_separator.hex()}/".encode()
        self._leader, self._beat = self._prefix + b"leader", self._prefix + b"beat"
        self._frames = self._prefix + b"log/"
        self._names = self._prefix + b"node/"

    def _frame(self, index: int) -> bytes:
        return self._frames + INDEX.pack(index).hex().encode()

    # --- reading ---

    async def view(self) -> ClusterView:
        """Return who leads. Raises `EtcdUnavailable`."""
        ranges = [_get(self._leader), _get(self._beat)]
        return _view(await self.etcd.txn(TxnRequest(success=ranges)))

    async def frames_from(self, index: int) -> list[LogFrame]:
        """Return some of the frames from this one on, none if the log ends before it. Raises
        `LogTrimmed`, `LogDiverged`, `EtcdUnavailable`."""
        found, _ = await self.etcd.range(self._frame(index), _end(self._frames), limit=PAGE_FRAMES)
        frames = [self._read(each) for each in found]
        for expected, frame in enumerate(frames, index):
            if frame.index != expected:
                raise LogTrimmed(found=frame.index, expected=expected)
        return frames

    async def frame(self, index: int) -> LogFrame | None:
        """Return one frame, None if the log does not, or no longer, hold it."""
        found, _ = await self.etcd.range(self._frame(index))
        return self._read(found[0]) if found else None

    async def first_index(self) -> int | None:
        """Return the oldest frame's number, None if there is none."""
        found, _ = await self.etcd.range(self._frames, _end(self._frames), limit=1, keys_only=True)
        return self._index(found[0].key) if found else None

    def _index(self, key: bytes) -> int:
        (index,) = INDEX.unpack(bytes.fromhex(key[len(self._frames) :].decode()))
        return int(index)

    def _read(self, found: KeyValue) -> LogFrame:
        return LogFrame(self._index(found.key), found.value, found.mod_revision)

    async def watch(self, revision: int) -> AsyncIterator[LogNews]:
        """Yield what happens from a revision on; first that the watch stands. Raises
        `EtcdUnavailable`, `EtcdCompacted`."""
        async for events, at in self.etcd.watch(self._prefix, _end(self._prefix), revision):
            yield self._news(events, at)

    def _news(self, events: list[Event], revision: int) -> LogNews:
        frames, view, beat, proved = [], None, 0, None
        for each in events:
            found = each.kv
            if each.type != Event.PUT:
                continue
            if found.key.startswith(self._frames):
                frames.append(self._read(found))
            elif found.key == self._leader:
                leader = Leadership.decode(found.value)
                view = ClusterView(revision, leader, found.mod_revision, 0, Proved())
            elif found.key == self._beat:
                beat, proved = found.mod_revision, Proved.decode(found.value)
        return LogNews(revision, tuple(frames), view, beat, proved)

    # --- leading ---

    async def take(self, view: ClusterView, next_index: int, new: Leadership) -> Term | None:
        """Take over from a leader that was silent: if its key, its heartbeat and the log's end are
        still what this node saw. None: they are not. Raises `EtcdUnavailable`."""
        compare = [
            _written_at(self._leader, view.leader_revision),
            _written_at(self._beat, view.beat_revision),
            _absent(self._frame(next_index)),
        ]
        put = RequestOp(request_put=PutRequest(key=self._leader, value=new.encode()))
        request = TxnRequest(compare=compare, success=[put], failure=[_get(self._leader)])
        answer = await self.etcd.txn(request)
        if answer.succeeded:
            return Term(new, answer.header.revision)
        # Sent twice because the first answer was lost, it may have been taken the first time.
        (found,) = answer.responses[0].response_range.kvs or (None,)
        if found is not None and found.value == new.encode():
            return Term(new, found.mod_revision)
        return None

    def is_mine(self, term: Term) -> list[Compare]:
        """Return the comparisons that hold as long as nobody took over."""
        value = term.leadership.encode()
        return [
            _written_at(self._leader, term.revision),
            Compare(result=Compare.EQUAL, target=Compare.VALUE, key=self._leader, value=value),
        ]

    async def append(
        self, term: Term, before: LogFrame | None, index: int, payload: bytes
    ) -> LogFrame:
        """Append a frame behind `before`, which is None only at the log's beginning.

        Raises `Deposed`, `LogDiverged`, `EtcdUnavailable`: then the frame may be in the log or not,
        and the same call reports it.
        """
        key = self._frame(index)
        compare = [*self.is_mine(term), _absent(key)]
        if before is not None:
            compare.append(_written_at(self._frame(before.index), before.revision))
        put = RequestOp(request_put=PutRequest(key=key, value=payload))
        request = TxnRequest(
            compare=compare, success=[put], failure=[_get(self._leader), _get(key)]
        )
        answer = await self.etcd.txn(request)
        if answer.succeeded:
            return LogFrame(index, payload, answer.header.revision)
        leader, found = (each.response_range.kvs for each in answer.responses)
        if found and found[0].value == payload:
            return self._read(found[0])  # the first answer was lost
        held = Leadership.decode(leader[0].value) if leader else None
        if held != term.leadership:
            raise Deposed(epoch=term.leadership.epoch, leader=held)
        raise LogDiverged(index, "the one before it was changed; was etcd restored from a backup?")

    async def rewrite(
        self, term: Term, before: LogFrame | None, index: int, first: int, entries: bytes
    ) -> LogFrame:
        """Append a frame that replaces the order from batch `first` on: its entries first, then,
        in one transaction, that they count. Raises as `append`."""
        parts, token = parts_of(entries), secrets.token_bytes(TOKEN_BYTES)
        for number, part in enumerate(parts):
            put = PutRequest(key=self._part(token, number), value=part)
            await self._as_leader(term, RequestOp(request_put=put))
        body = REWRITTEN.pack(first, len(parts), token)
        position = encode_entry(LogPosition(index, term.leadership.epoch))
        payload = position + ENTRY.pack(KIND_REWRITTEN, len(body)) + body
        return await self.append(term, before, index, payload)

    async def rewritten(self, rewrite: LogRewrite) -> bytes:
        """Return the entries of a rewrite. Raises `LogDiverged`, `EtcdUnavailable`."""
        found = []
        for number in range(rewrite.parts):
            part, _ = await self.etcd.range(self._part(rewrite.token, number))
            if not part:
                raise LogDiverged(0, f"part {number} of the rewrite from {rewrite.first} is gone")
            found.append(part[0].value)
        return b"".join(found)

    def _part(self, token: bytes, number: int) -> bytes:
        return self._prefix + b"rewrite/%s/%08x" % (token.hex().encode(), number)

    async def beat(self, term: Term, proved: Proved) -> None:
        """Give a sign of life. Raises `Deposed`, `EtcdUnavailable`."""
        put = RequestOp(request_put=PutRequest(key=self._beat, value=proved.encode()))
        await self._as_leader(term, put)

    async def confirm(self, term: Term) -> None:
        """Return if this node leads at this moment. Raises `Deposed`, `EtcdUnavailable`."""
        await self._as_leader(term, _get(self._beat))

    async def resign(self, term: Term) -> None:
        """Let a standby take over without waiting. Raises `Deposed`, `EtcdUnavailable`."""
        leadership = term.leadership
        value = Leadership(
            leadership.name, leadership.address, leadership.epoch, "", leadership.token, True
        ).encode()
        await self._as_leader(
            term, RequestOp(request_put=PutRequest(key=self._leader, value=value))
        )

    async def _as_leader(self, term: Term, op: RequestOp) -> None:
        request = TxnRequest(compare=self.is_mine(term), success=[op], failure=[_get(self._leader)])
        answer = await self.etcd.txn(request)
        if not answer.succeeded:
            leader = answer.responses[0].response_range.kvs
            held = Leadership.decode(leader[0].value) if leader else None
            raise Deposed(epoch=term.leadership.epoch, leader=held)

    async def trim(self, term: Term, before: int) -> None:
        """Drop the frames before this one, and etcd's history of them. Raises `Deposed`,
        `EtcdUnavailable`."""
        drop = DeleteRangeRequest(key=self._frames, range_end=self._frame(before))
        await self._as_leader(term, RequestOp(request_delete_range=drop))
        _, revision = await self.etcd.range(self._leader)
        await self.etcd.compact(revision)

    # --- nodes ---

    async def register(self, name: str, address: str) -> dict[str, str]:
        """Write down the key of a node; return those of all nodes by name."""
        key = self._names + name.encode()
        put = RequestOp(request_put=PutRequest(key=key, value=address.encode()))
        await self.etcd.txn(TxnRequest(success=[put]))
        found, _ = await self.etcd.range(self._names, _end(self._names))
        return {each.key[len(self._names) :].decode(): each.value.decode() for each in found}


def _end(prefix: bytes) -> bytes:
    """Return the first key behind all that begin with the prefix."""
    return prefix[:-1] + bytes((prefix[-1] + 1,))


def _get(key: bytes) -> RequestOp:
    return RequestOp(request_range=RangeRequest(key=key))


def _written_at(key: bytes, revision: int) -> Compare:
    """A key that does not exist has revision 0."""
    return Compare(result=Compare.EQUAL, target=Compare.MOD, key=key, mod_revision=revision)


def _absent(key: bytes) -> Compare:
    return Compare(result=Compare.EQUAL, target=Compare.CREATE, key=key, create_revision=0)


def _view(answer: TxnResponse) -> ClusterView:
    leader, beat = (each.response_range.kvs for each in answer.responses)
    return ClusterView(
        answer.header.revision,
        Leadership.decode(leader[0].value) if leader else None,
        leader[0].mod_revision if leader else 0,
        beat[0].mod_revision if beat else 0,
        Proved.decode(beat[0].value) if beat else Proved(),
    )
