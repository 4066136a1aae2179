"""How long a node takes to serve again: the journal of 100,000 ops replayed after kill -9.

Keys: restart_s_per_100k_ops (both processes, from their start, roots included), ops, engine
(`compiled` or `plain`).
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any, Final

import grpc
import uvloop

from strikeproof.bench.bench_throughput import INSTRUMENTS, TRADERS, endpoint_of, flat_out, fund
from strikeproof.bench.node_venue import signed_ops
from strikeproof.bench.running_node import running_node
from strikeproof.compiled_engine import engine_build
from strikeproof.wire.venue_pb2 import GetVenueRequest
from strikeproof.wire.venue_pb2_grpc import VenueStub

OPS: Final = 100_000  # so many that what a start costs anyhow is in it once
SECONDS_MAX: Final = 4
RECOVERY_SECONDS: Final = 600  # until the benchmark gives up: a plain engine needs a minute


def measure(ops: int = OPS) -> dict[str, Any]:
    """Return the result. No snapshot is used: all of the journal is executed again."""
    with tempfile.TemporaryDirectory(prefix="strikeproof-bench-") as folder:
        with running_node(Path(folder), TRADERS, INSTRUMENTS) as node:
            uvloop.run(_fill(Path(folder), ops))
            node.kill()
        (Path(folder) / "endpoint").unlink()
        started = time.perf_counter()
        with running_node(Path(folder), TRADERS, INSTRUMENTS):
            uvloop.run(_answered(Path(folder)))
            seconds = time.perf_counter() - started
    return {
        "restart_s_per_100k_ops": round(seconds * 100_000 / ops, 2),
        "restart_s_per_100k_ops_max": SECONDS_MAX,
        "ops": ops,
        "engine": engine_build().name,
    }


async def _fill(folder: Path, ops: int) -> None:
    async with grpc.aio.insecure_channel(await endpoint_of(folder)) as channel:
        prices = await fund(channel)
        await flat_out(channel, VenueStub(channel), signed_ops(ops, TRADERS, INSTRUMENTS, 0))
        prices.cancel()


async def _answered(folder: Path) -> None:
    async with grpc.aio.insecure_channel(await endpoint_of(folder, RECOVERY_SECONDS)) as channel:
        stub: Any = VenueStub(channel)
        await stub.GetVenue(GetVenueRequest())
