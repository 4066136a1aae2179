"""etcd's API as far as the cluster needs it: transactions, ranges, watches, over several members.

A call goes to the member that answered last, and to the next one if that does not answer in time.
A transaction may therefore have taken place although no answer came: whoever sends one makes it so
that sending it again is harmless, and shows by its comparisons what became of the first.
Source: proto/etcd, of etcd 3.4; requests have at most 1.5 MiB there by default.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import grpc
import structlog

from strikeproof.failure import Transient
from strikeproof.wire.errors import FailureCode
from strikeproof.wire.etcd.kv_pb2 import Event, KeyValue
from strikeproof.wire.etcd.rpc_pb2 import (
    CompactionRequest,
    DefragmentRequest,
    MoveLeaderRequest,
    RangeRequest,
    StatusRequest,
    TxnRequest,
    TxnResponse,
    WatchCreateRequest,
    WatchRequest,
)
from strikeproof.wire.etcd.rpc_pb2_grpc import KVStub, MaintenanceStub, WatchStub

# A member that has lost its leader would keep a watch open and silent: this ends it instead.
WITH_LEADER: Final = (("hasleader", "true"),)
OPTIONS: Final = (
    ("grpc.max_receive_message_length", -1),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
)
# What another member may answer better: everything else is a mistake of the caller's.
ELSEWHERE: Final = frozenset(
    (
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.UNKNOWN,
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.INTERNAL,
    )
)

DEFRAGMENT_SECONDS: Final = 300.0  # of a file that is limited to some GB

_log = structlog.get_logger("etcd")


class EtcdUnavailable(Transient):
    """No member answers, or the cluster has no quorum or no space."""

    code = FailureCode.ETCD_UNAVAILABLE

    def __init__(self, reason: str, *, no_space: bool = False) -> None:
        super().__init__(reason)
        self.no_space = no_space


class EtcdCompacted(Exception):
    """The watch begins at a revision that the members have forgotten: read again."""


@dataclass(frozen=True, slots=True)
class EtcdTls:
    """Files in PEM; a certificate of this node's own if the members ask for one."""

    ca: Path
    certificate: Path | None = None
    key: Path | None = None

    def credentials(self) -> grpc.ChannelCredentials:
        """Return what a channel is opened with."""
        return grpc.ssl_channel_credentials(
            self.ca.read_bytes(),
            self.key.read_bytes() if self.key else None,
            self.certificate.read_bytes() if self.certificate else None,
        )


@dataclass(frozen=True, slots=True)
class MemberStatus:
    """What a member says of itself."""

    endpoint: str
    id: int
    leads: bool
    """Whether it is etcd's own leader."""
    size_bytes: int
    """The size of its file."""
    used_bytes: int

    @property
    def free_bytes(self) -> int:
        """Return what defragmenting gives back."""
        return self.size_bytes - self.used_bytes


class EtcdClient:
    """All members of one etcd cluster. Use it from one event loop."""

    def __init__(
        self, endpoints: Sequence[str], *, timeout_seconds: float, tls: EtcdTls | None = None
    ) -> None:
        """`timeout_seconds`: of one member's answer."""
        self._endpoints = list(endpoints)
        self._timeout_seconds, self._tls = timeout_seconds, tls
        self._channels: dict[int, grpc.aio.Channel] = {}
        self._member = 0

    def _channel(self, member: int) -> grpc.aio.Channel:
        """Return a member's channel, opened when it is first used: the node starts its processes
        before gRPC has threads."""
        if member not in self._channels:
            target = self._endpoints[member]
            if self._tls is not None:
                credentials = self._tls.credentials()
                channel = grpc.aio.secure_channel(target, credentials, options=OPTIONS)
            else:
                channel = grpc.aio.insecure_channel(target, options=OPTIONS)
            self._channels[member] = channel
        return self._channels[member]

    async def close(self) -> None:
        """Close the connections."""
        for each in self._channels.values():
            await each.close()

    async def txn(self, request: TxnRequest) -> TxnResponse:
        """Return the answer of a transaction. Raises `EtcdUnavailable`."""
        answer: TxnResponse = await self._call(KVStub, "Txn", request)
        return answer

    async def range(
        self, key: bytes, end: bytes = b"", *, limit: int = 0, keys_only: bool = False
    ) -> tuple[list[KeyValue], int]:
        """Return the present values from `key` to before `end`, and the store's revision.

        Linearizable: what any member has acknowledged before is there. Raises `EtcdUnavailable`.
        """
        request = RangeRequest(key=key, range_end=end, limit=limit, keys_only=keys_only)
        answer = await self._call(KVStub, "Range", request)
        return list(answer.kvs), answer.header.revision

    async def compact(self, revision: int) -> None:
        """Forget the history before a revision; the present values stay. Raises
        `EtcdUnavailable`."""
        await self._call(KVStub, "Compact", CompactionRequest(revision=revision))

    async def statuses(self) -> list[MemberStatus | None]:
        """Return what each member says of itself; None: it does not answer, or has an alarm."""
        return list(await asyncio.gather(*map(self._status, range(len(self._endpoints)))))

    async def _status(self, member: int) -> MemberStatus | None:
        stub: Any = MaintenanceStub(self._channel(member))
        try:
            found = await stub.Status(StatusRequest(), timeout=self._timeout_seconds)
        except grpc.aio.AioRpcError:
            return None
        if found.errors:
            return None
        own = found.header.member_id
        return MemberStatus(
            self._endpoints[member], own, found.leader == own, found.dbSize, found.dbSizeInUse
        )

    async def move_leader(self, leader: MemberStatus, successor: MemberStatus) -> None:
        """Have another member lead. Raises `EtcdUnavailable`."""
        request = MoveLeaderRequest(targetID=successor.id)
        await self._maintain(leader, "MoveLeader", request, self._timeout_seconds)

    async def defragment(self, member: MemberStatus) -> None:
        """Have a member give back what it does not use; it answers nothing else meanwhile, and
        this client's calls go to another one. Raises `EtcdUnavailable`."""
        if self._endpoints[self._member] == member.endpoint:
            self.turn_away()
        await self._maintain(member, "Defragment", DefragmentRequest(), DEFRAGMENT_SECONDS)

    async def _maintain(
        self, member: MemberStatus, method: str, request: Any, timeout_seconds: float
    ) -> None:
        stub = MaintenanceStub(self._channel(self._endpoints.index(member.endpoint)))
        try:
            await getattr(stub, method)(request, timeout=timeout_seconds)
        except grpc.aio.AioRpcError as error:
            raise EtcdUnavailable(f"{member.endpoint}: {_reason(error)}") from None

    async def watch(
        self, key: bytes, end: bytes, revision: int
    ) -> AsyncIterator[tuple[list[Event], int]]:
        """Yield events from a revision on, as they happen, with the store's revision.

        The first thing that it yields has no events: the watch stands. Raises `EtcdUnavailable`,
        after which the next call asks another member, and `EtcdCompacted`.
        """
        member = self._member
        create = WatchCreateRequest(
            key=key, range_end=end, start_revision=revision, progress_notify=True
        )
        call: Any = WatchStub(self._channel(member)).Watch(metadata=WITH_LEADER)
        try:
            await call.write(WatchRequest(create_request=create))
            while (answer := await call.read()) is not grpc.aio.EOF:
                if answer.compact_revision:
                    raise EtcdCompacted()
                if answer.canceled:
                    raise EtcdUnavailable(f"the watch ended: {answer.cancel_reason}")
                yield list(answer.events), answer.header.revision
            raise EtcdUnavailable("the watch ended")
        except (grpc.aio.AioRpcError, asyncio.InvalidStateError) as error:
            raise EtcdUnavailable(f"{self._endpoints[member]}: {_reason(error)}") from None
        finally:
            call.cancel()

    def turn_away(self) -> None:
        """Ask another member from here on."""
        self._member = (self._member + 1) % len(self._endpoints)

    async def _call(self, stub: Any, method: str, request: Any) -> Any:
        reason, no_space = "", False
        for _ in self._endpoints:
            member = self._member
            call = getattr(stub(self._channel(member)), method)
            try:
                return await call(request, timeout=self._timeout_seconds)
            except grpc.aio.AioRpcError as error:
                reason = f"{self._endpoints[member]}: {_reason(error)}"
                no_space = error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
                if error.code() not in ELSEWHERE:
                    break
                if self._member == member:
                    self.turn_away()
                _log.warning("etcd_member_failed", reason=reason)
        raise EtcdUnavailable(reason, no_space=no_space)


def _reason(error: Exception) -> str:
    if isinstance(error, grpc.aio.AioRpcError):
        return f"{error.code().name}: {error.details()}"
    return str(error)
