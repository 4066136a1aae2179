"""End to end: signed bundles over gRPC into the journal, receipts back, roots beside.

Client and node are processes on the same machine. Keys of the result:

signed_actions_per_s       ops divided by the time until all are acknowledged *and* have a root
acknowledged_per_s         the same, acknowledgements alone
ack_p50_ms, ack_p99_ms     from the moment an op should have been sent, at half of that load
bundled_actions_per_s      actions of bundles of eight divided by the same time
cpu_us_per_op              CPU time of each process for a single-action bundle: what is left to gain
stalls                     at half load, of the node's event loop: how often it was held up for four
                           milliseconds or more, and by what, the longest and all together
engine                     `compiled` or `plain`
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import signal
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import grpc
import uvloop

from strikeproof.bench.node_process import STALLS_FILE
from strikeproof.bench.node_venue import price_op, signed_ops
from strikeproof.bench.process_times import cpu_seconds
from strikeproof.bench.running_node import running_node
from strikeproof.compiled_engine import engine_build
from strikeproof.wire.operation_pb2 import SignedOp
from strikeproof.wire.trading_pb2 import AckMany, SubmitMany, SubmitRequest
from strikeproof.wire.trading_pb2_grpc import TradingStub
from strikeproof.wire.venue_pb2 import GetVenueRequest
from strikeproof.wire.venue_pb2_grpc import VenueStub

TRADERS: Final = 1_000
INSTRUMENTS: Final = 8
STREAMS: Final = 4
OPS_OF_MESSAGE: Final = 64
UNDER_WAY_MAX: Final = 512  # of a stream
PACE_SECONDS: Final = 0.005
START_SECONDS: Final = 60
PRICE_SECONDS: Final = 10
PRICE_RETRY_SECONDS: Final = 0.5
BUNDLED: Final = 8  # actions of a bundle, the most


def measure(ops: int = 60_000, paced_seconds: float = 10.0) -> dict[str, Any]:
    """Return the result. Takes a minute, and both cores."""
    with (
        tempfile.TemporaryDirectory(prefix="strikeproof-bench-") as folder,
        running_node(Path(folder), TRADERS, INSTRUMENTS) as node,
    ):
        return uvloop.run(_measure(Path(folder), node.pid, ops, paced_seconds))


async def _measure(folder: Path, pid: int, ops: int, paced_seconds: float) -> dict[str, Any]:
    async with grpc.aio.insecure_channel(await endpoint_of(folder)) as channel:
        venue = VenueStub(channel)
        prices = await fund(channel)
        signed = signed_ops(ops, TRADERS, INSTRUMENTS, 0)
        before, own_before = cpu_seconds(pid), time.process_time()
        acknowledged, proved = await flat_out(channel, venue, signed)
        spent = {name: now - before.get(name, 0.0) for name, now in cpu_seconds(pid).items()}
        spent["client"] = time.process_time() - own_before
        nonce = -(-ops // TRADERS)
        bundles = signed_ops(ops // 4, TRADERS, INSTRUMENTS, nonce, BUNDLED)
        _, bundled = await flat_out(channel, venue, bundles)
        rate = ops / proved / 2
        count = int(rate * paced_seconds)
        nonce += -(-len(bundles) // TRADERS)
        paced = signed_ops(count, TRADERS, INSTRUMENTS, nonce)
        await asyncio.sleep(1)
        await _stalls(folder, pid)
        latencies = await _paced(channel, paced, rate)
        stalls = await _stalls(folder, pid)
        prices.cancel()
    latencies.sort()
    return {
        "signed_actions_per_s": round(ops / proved),
        "signed_actions_per_s_min": 15_000,
        "bundled_actions_per_s": round(BUNDLED * len(bundles) / bundled),
        "bundled_actions_per_s_min": 45_000,
        "acknowledged_per_s": round(ops / acknowledged),
        "ack_p50_ms": round(latencies[len(latencies) // 2] * 1000, 2),
        "ack_p99_ms": round(latencies[len(latencies) * 99 // 100] * 1000, 2),
        "ack_p99_ms_max": 15,
        "ack_load_per_s": round(rate),
        "stalls": stalls,
        "cpu_us_per_op": {
            name: round(seconds / ops * 1_000_000, 1) for name, seconds in sorted(spent.items())
        },
        "ops": ops,
        "traders": TRADERS,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "engine": engine_build().name,
    }


async def endpoint_of(folder: Path, seconds: float = START_SECONDS) -> str:
    """Return where the node serves, once it does. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        path = folder / "endpoint"
        if path.exists() and (text := path.read_text().strip()):
            return text
        await asyncio.sleep(0.05)
    raise TimeoutError("the node does not serve")


async def fund(channel: Any) -> asyncio.Task[None]:
    """Wait until every trader has an account; return the task that keeps prices fresh."""
    venue: Any = VenueStub(channel)
    while (await venue.GetVenue(GetVenueRequest())).account_count < TRADERS:
        await asyncio.sleep(0.1)
    prices = asyncio.create_task(_prices(TradingStub(channel)))
    await asyncio.sleep(0.2)
    return prices


async def _prices(trading: Any) -> None:
    """Keep the price fresh. One that the node refuses (a flood may crowd it out) is sent again:
    without prices every order of a benchmark would be refused as stale a minute later."""
    while True:
        try:
            await trading.Submit(SubmitRequest(op=SignedOp(raw=price_op())), timeout=10)
        except grpc.aio.AioRpcError:
            await asyncio.sleep(PRICE_RETRY_SECONDS)
        else:
            await asyncio.sleep(PRICE_SECONDS)


async def flat_out(channel: Any, venue: Any, ops: list[bytes]) -> tuple[float, float]:
    """Return the seconds until all ops are acknowledged, and until all have roots."""
    started = time.perf_counter()
    streams = [_Stream(channel, ops[i::STREAMS]) for i in range(STREAMS)]
    await asyncio.gather(*(each.run() for each in streams))
    acknowledged = time.perf_counter() - started
    newest = max(each.newest_batch for each in streams)
    while (await venue.GetVenue(GetVenueRequest())).batch_proved < newest:
        await asyncio.sleep(0.02)
    return acknowledged, time.perf_counter() - started


async def _stalls(folder: Path, pid: int) -> dict[str, Any]:
    """Return what has held up the node's event loop since the last call."""
    path = folder / STALLS_FILE
    path.unlink(missing_ok=True)
    os.kill(pid, signal.SIGUSR1)
    while not path.exists():
        await asyncio.sleep(0.01)
    found: dict[str, Any] = json.loads(path.read_text())
    return found


class OpRefused(Exception):
    """A node refused an op of a measurement: by its name and words."""


class _Stream:
    """Sends its ops as fast as acknowledgements come back."""

    def __init__(self, channel: Any, ops: list[bytes]) -> None:
        self._stub, self._ops = TradingStub(channel), ops
        self._room = asyncio.Semaphore(UNDER_WAY_MAX // OPS_OF_MESSAGE)
        self.newest_batch = 0

    async def run(self) -> None:
        """Return once everything is acknowledged. Raises `OpRefused`."""
        call = self._stub.SubmitStream()
        sender = asyncio.create_task(self._send(call))
        try:
            await self._hear(call)
            await sender
        finally:
            sender.cancel()

    async def _hear(self, call: Any) -> None:
        """Take acknowledgements, and make room for as many ops."""
        told = 0
        async for message in call:
            for ack in message.acks:
                if not ack.HasField("accepted"):
                    raise OpRefused(f"{ack.error.name}: {ack.error.message}")
            last = message.acks[-1].accepted.receipt.position.batch
            self.newest_batch = max(self.newest_batch, last)
            before, told = told, told + len(message.acks)
            for _ in range(told // OPS_OF_MESSAGE - before // OPS_OF_MESSAGE):
                self._room.release()

    async def _send(self, call: Any) -> None:
        for at in range(0, len(self._ops), OPS_OF_MESSAGE):
            await self._room.acquire()
            part = self._ops[at : at + OPS_OF_MESSAGE]
            await call.write(SubmitMany(first_id=at, ops=part))
        await call.done_writing()


async def _paced(channel: Any, ops: list[bytes], rate: float) -> list[float]:
    """Send at a steady rate; return each op's seconds from its due time to its ack."""
    call = TradingStub(channel).SubmitStream()
    latencies: list[float] = []
    started = time.perf_counter() + PACE_SECONDS

    async def send() -> None:
        sent = 0
        while sent < len(ops):
            due = min(len(ops), int((time.perf_counter() - started) * rate))
            while sent < due:
                end = min(due, sent + OPS_OF_MESSAGE)
                await call.write(SubmitMany(first_id=sent, ops=ops[sent:end]))
                sent = end
            await asyncio.sleep(PACE_SECONDS)

    sender = asyncio.create_task(send())
    while len(latencies) < len(ops):
        message: AckMany = await call.read()
        now = time.perf_counter() - started
        latencies += [now - ack.id / rate for ack in message.acks]
    await sender
    await call.done_writing()
    return latencies
