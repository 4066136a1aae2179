"""Failover of a real cluster: three nodes and three etcd members, killed and stopped under load.

In each round the leader is killed (kill -9, workers too) or stopped (SIGSTOP, and continued later),
while clients that know all endpoints submit ops. Everything runs on this machine, so the nodes that
are to take over compete with those that start again. Keys of the result:

kills, stops               rounds
next_ack_p50_ms, …p99_ms   from the kill or stop to the first acknowledgement by another node
client_wait_p99_ms         the longest that one op waited in a round, as its sender saw it
acknowledged_ops           all of them, over all rounds
lost_ops                   acknowledged, and not in the order of the last leader
ops_ordered_twice          bundles that are more than once in it (upkeep has no nonce: it may)
misplaced_ops              elsewhere in it than their receipts say
stale_writes, …_refused    ops handed to a stopped leader, and those of them that it did not take
journals_equal             whether all nodes hold the same order at the end
cluster_ratio              acknowledged ops a second with three members, by those of a single node
log_ratio                  the same of one node that writes its order to etcd, without standbys
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import grpc
import uvloop

from strikeproof.bench.bench_throughput import (
    INSTRUMENTS,
    TRADERS,
    OpRefused,
    endpoint_of,
    flat_out,
    fund,
)
from strikeproof.bench.node_venue import SEED, price_op, signed_ops, signed_ops_of
from strikeproof.bench.running_node import running_node
from strikeproof.bench.standby_cluster import StandbyCluster, StandbyNode
from strikeproof.client import AsyncClient
from strikeproof.client.acknowledgement import Ack
from strikeproof.client.client_failure import Overloaded
from strikeproof.failure import Rejected, Transient
from strikeproof.ordered_form import ordered_op
from strikeproof.sequencer.journal.journal_entry import (
    BatchOpened,
    OpOrdered,
    SegmentOpened,
    decode_entries,
)
from strikeproof.sequencer.journal.journal_file import JournalReader
from strikeproof.sequencer.recovery.data_folder import DataFolder
from strikeproof.wire.constants import OpType
from strikeproof.wire.operation_pb2 import SignedOp
from strikeproof.wire.trading_pb2 import SubmitRequest
from strikeproof.wire.trading_pb2_grpc import TradingStub
from strikeproof.wire.venue_pb2 import VenueInfo
from strikeproof.wire.venue_pb2_grpc import VenueStub

CLIENTS: Final = 4
PAUSE_SECONDS: Final = 0.05  # of a client, between two ops
OPS_MAX: Final = 1_000_000
OPS_OF_TURN: Final = 20
STOPPED_SECONDS: Final = 1.5
ROUND_SECONDS: Final = 120.0
ATTEMPTS: Final = 3  # at a throughput
SMALL_TRADERS: Final = 64  # of the failover rounds: a node starts faster
SMALL_INSTRUMENTS: Final = 2
LAG_MS_MAX: Final = 1_000
HEIGHTS_MAX: Final = 6  # batches: fewer than a node may lead without
Place = tuple[int, int, int]


def measure(
    kills: int = 10, stops: int = 5, ops: int = 20_000, seconds: float = 86_400.0
) -> dict[str, Any]:
    """Return the result; no round begins after `seconds`. Raises `EtcdNotInstalled`. The
    throughputs come first (with 0 ops, none), a minute; a round takes five to ten seconds."""
    with tempfile.TemporaryDirectory(prefix="strikeproof-failover-") as folder:
        root = Path(folder)
        rates = _throughputs(root, ops) if ops else {}
        made = StandbyCluster(root / "rounds", traders=SMALL_TRADERS, instruments=SMALL_INSTRUMENTS)
        with made as cluster:
            return uvloop.run(_Rounds(cluster, kills, stops).run(seconds)) | rates


# --- rounds ---


@dataclass(slots=True)
class _Load:
    """What clients have submitted, and when it was acknowledged."""

    acks: list[tuple[float, float, Ack, bytes]] = field(default_factory=list)
    """(submitted, acknowledged, ack, op)."""
    refused: Counter[str] = field(default_factory=Counter)


class _Rounds:
    def __init__(self, cluster: StandbyCluster, kills: int, stops: int) -> None:
        self._cluster, self._load = cluster, _Load()
        self._rounds = ["kill"] * kills + ["stop"] * stops
        random.Random(SEED).shuffle(self._rounds)
        self._chance = random.Random(SEED)
        self._spare = _ops_of(SMALL_TRADERS)

    async def run(self, seconds: float) -> dict[str, Any]:
        """Play rounds for this long; return what they showed."""
        last_start = time.monotonic() + seconds
        await self._all_ready()
        nexts, waits, stale = [], [], []
        tasks = [asyncio.create_task(self._prices())]
        tasks += [asyncio.create_task(self._submit(number)) for number in range(CLIENTS)]
        try:
            while not self._load.acks:
                for each in tasks:
                    if each.done():
                        each.result()
                await asyncio.sleep(0.01)
            for kind in self._rounds:
                if time.monotonic() > last_start:
                    break
                await asyncio.sleep(self._chance.uniform(0.3, 1.0))
                leader, epoch = await self._leader()
                began = time.monotonic()
                if kind == "kill":
                    leader.kill()
                else:
                    leader.signal(signal.SIGSTOP)
                nexts.append(await self._next_ack(began, epoch))
                if kind == "stop":
                    stale.append(await self._stale_write(leader, began))
                else:
                    leader.start()
                waits.append(self._longest_wait(began))
                await self._all_ready()
                print(f"{len(nexts)}: {kind} {1000 * nexts[-1]:.0f} ms", file=sys.stderr)
        finally:
            for each in tasks:
                each.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(2)
        return self._judged(nexts, waits, stale)

    async def _submit(self, number: int) -> None:
        """One account's ops, one after another, until cancelled."""
        ops = _ops_of(number + 1)
        async with AsyncClient(self._cluster_endpoints(), timeout_seconds=30.0) as client:
            for op in ops:
                submitted = time.monotonic()
                try:
                    ack = await client.submit(op)
                except (Rejected, Transient) as error:
                    self._load.refused[str(error)[:60]] += 1
                else:
                    self._load.acks.append((submitted, time.monotonic(), ack, op))
                await asyncio.sleep(PAUSE_SECONDS)

    async def _prices(self) -> None:
        async with AsyncClient(self._cluster_endpoints(), timeout_seconds=30.0) as client:
            while True:
                try:
                    await client.submit(price_op())
                except (Rejected, Transient):
                    await asyncio.sleep(0.5)
                else:
                    await asyncio.sleep(10)

    def _cluster_endpoints(self) -> list[str]:
        return [each.wait() for each in self._cluster.nodes]

    async def _next_ack(self, began: float, epoch: int) -> float:
        """Return the seconds until an op was acknowledged in a later epoch."""
        seen = len(self._load.acks)
        while True:
            for _, at, ack, _ in self._load.acks[seen:]:
                if ack.receipt.sequencer_epoch > epoch:
                    return at - began
            if time.monotonic() > began + ROUND_SECONDS:
                raise TimeoutError(f"nobody leads; {dict(self._load.refused)}")
            await asyncio.sleep(0.002)

    async def _stale_write(self, stopped: StandbyNode, began: float) -> bool:
        """Hand an op to the stopped leader, wake it, and return whether it refused."""
        op = next(self._spare)
        endpoint = stopped.wait()
        async with grpc.aio.insecure_channel(endpoint) as channel:
            stub: Any = TradingStub(channel)
            call = stub.Submit(SubmitRequest(op=SignedOp(raw=op)), timeout=10)
            await asyncio.sleep(max(0.0, began + STOPPED_SECONDS - time.monotonic()))
            stopped.signal(signal.SIGCONT)
            try:
                await call
            except grpc.aio.AioRpcError:
                return True
        return False

    def _longest_wait(self, began: float) -> float:
        spans = [at - submitted for submitted, at, _, _ in self._load.acks if at > began]
        return max(spans, default=0.0)

    async def _says(self, node: StandbyNode) -> VenueInfo | None:
        if node.process is None or (endpoint := node.endpoint) is None:
            return None
        async with AsyncClient(endpoint, timeout_seconds=1.0) as client:
            try:
                return await client.venue()
            except (Overloaded, Rejected, Transient):
                return None

    async def _leader(self) -> tuple[StandbyNode, int]:
        while True:
            for each in self._cluster.nodes:
                info = await self._says(each)
                if info is not None and not info.standby:
                    return each, info.sequencer_epoch
            await asyncio.sleep(0.01)

    async def _all_ready(self) -> None:
        """Return once every node serves, and the standbys have what the leader has."""
        deadline = time.monotonic() + ROUND_SECONDS
        while time.monotonic() < deadline:
            found = [await self._says(each) for each in self._cluster.nodes]
            known = [each for each in found if each is not None]
            if len(known) == len(found) and sum(not each.standby for each in known) == 1:
                heights = [each.batch_proved for each in known]
                lag_ms = max(each.lag_ms for each in known)
                if lag_ms < LAG_MS_MAX and max(heights) - min(heights) < HEIGHTS_MAX:
                    return
            await asyncio.sleep(0.1)
        raise TimeoutError(f"a node does not come back: {self._cluster.nodes[0].folder}")

    def _judged(self, nexts: list[float], waits: list[float], stale: list[bool]) -> dict[str, Any]:
        orders = [_places(each.folder) for each in self._cluster.nodes]
        longest = max(orders, key=len)
        counted = Counter(op for op, _ in longest if op[0] == OpType.BUNDLE)
        places = dict(longest)
        lost = misplaced = 0
        for _, _, ack, sent in self._load.acks:
            op, receipt = ordered_op(sent), ack.receipt
            place = (receipt.batch, receipt.segment, receipt.index)
            lost += op not in places
            misplaced += op in places and places[op] != place
        return {
            "kills": len(nexts) - len(stale),
            "stops": len(stale),
            "next_ack_p50_ms": _percentile(nexts, 50),
            "next_ack_p99_ms": _percentile(nexts, 99),
            "next_ack_max_ms": _percentile(nexts, 100),
            "next_ack_p99_ms_max": 1_000,
            "client_wait_p99_ms": _percentile(waits, 99),
            "acknowledged_ops": len(self._load.acks),
            "lost_ops": lost,
            "ops_ordered_twice": sum(count > 1 for count in counted.values()),
            "misplaced_ops": misplaced,
            "refused_ops": dict(self._load.refused),
            "stale_writes": len(stale),
            "stale_writes_refused": sum(stale),
            "journals_equal": all(each == longest[: len(each)] for each in orders),
        }


def _ops_of(account: int) -> Iterator[bytes]:
    """Yield an account's ops, signed a few at a time: all of them would keep it from starting."""
    for nonce in range(0, OPS_MAX, OPS_OF_TURN):
        yield from signed_ops_of(account, SMALL_INSTRUMENTS, nonce, OPS_OF_TURN)


def _percentile(seconds: list[float], percent: int) -> int:
    ordered = sorted(seconds) or [0.0]
    return round(1000 * ordered[min(len(ordered) - 1, len(ordered) * percent // 100)])


def _places(folder: Path) -> list[tuple[bytes, Place]]:
    """Return every op of a node's journal with its place."""
    found: list[tuple[bytes, Place]] = []
    batch = segment = index = 0
    files = DataFolder(folder).journal_files()
    for path in files:
        for payload in JournalReader(path, torn_allowed=path is files[-1]):
            for entry in decode_entries(payload):
                if isinstance(entry, BatchOpened):
                    batch, segment = entry.number, -1
                elif isinstance(entry, SegmentOpened):
                    segment, index = segment + 1, 0
                elif isinstance(entry, OpOrdered):
                    found.append((entry.op, (batch, segment, index)))
                    index += 1
    return found


# --- throughput ---


def _throughputs(root: Path, ops: int) -> dict[str, Any]:
    """Acknowledged ops a second of one node alone, of one on etcd, and of three on etcd."""
    with running_node(root / "single", TRADERS, INSTRUMENTS):
        single = uvloop.run(_throughput([root / "single"], ops))
    found: dict[str, Any] = {"single_per_s": round(single)}
    for name, nodes in (("log", 1), ("cluster", 3)):
        rate = _cluster_throughput(root / name, nodes, ops)
        found |= {f"{name}_per_s": round(rate), f"{name}_ratio": round(rate / single, 2)}
    return {**found, "cluster_ratio_min": 0.6}


def _cluster_throughput(folder: Path, nodes: int, ops: int) -> float:
    """Measure again, on a new cluster, what a busy machine interrupted with another leader."""
    for attempt in range(ATTEMPTS):
        root = folder / str(attempt)
        made = StandbyCluster(root, nodes=nodes, traders=TRADERS, instruments=INSTRUMENTS)
        with made as cluster:
            try:
                return uvloop.run(_throughput([each.folder for each in cluster.nodes], ops))
            except OpRefused as refused:
                print(f"attempt {attempt + 1}: {refused}", file=sys.stderr)
    raise TimeoutError(f"no leader stayed while {ops} ops were ordered")


async def _throughput(folders: list[Path], ops: int) -> float:
    """Return the acknowledged ops a second of the node that leads."""
    for folder in folders:
        async with grpc.aio.insecure_channel(await endpoint_of(folder)) as channel:
            venue: Any = VenueStub(channel)
            async with AsyncClient(await endpoint_of(folder)) as client:
                while (info := await client.venue()).sequencer_epoch == 1 and len(folders) > 1:
                    if info.standby and info.leader_endpoint:
                        break
                    await asyncio.sleep(0.1)
            if info.standby:
                continue
            prices = await fund(channel)
            signed = signed_ops(ops, TRADERS, INSTRUMENTS, 0)
            try:
                acknowledged, _ = await flat_out(channel, venue, signed)
            finally:
                prices.cancel()
            return ops / acknowledged
    raise TimeoutError("nobody leads")


def main() -> None:
    """Measure as many rounds as the command line says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--stops", type=int, default=100)
    parser.add_argument("--ops", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=86_400.0, help="of rounds, at most")
    given = parser.parse_args()
    result = measure(given.kills, given.stops, given.ops, given.seconds)
    print(json.dumps({"topic": "failover", **result}))


if __name__ == "__main__":
    main()
