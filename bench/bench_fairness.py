"""An honest account beside a flood from its own host: what it gets, and how long it waits.

Node, flood and client are processes on the same machine. Keys of the result:

quiet_p50_ms, quiet_p99_ms          cancels of an honest account, alone
attacked_p50_ms, attacked_p99_ms    the same while the flood runs
p99_ratio                           the second p99 divided by the first
cancels_served_ppm                  share of the cancels that were ordered during the flood
places_served_ppm                   share of the places
not_served                          why the others were not: a code of the API or of the law, counts
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import grpc
import uvloop

from strikeproof.bench.bench_throughput import endpoint_of, fund
from strikeproof.bench.node_venue import MID_TICKS, SEPARATOR, trader
from strikeproof.bench.running_node import running_node
from strikeproof.client.operation import Action, Bundle, CancelAll, Place, encode_op
from strikeproof.client.typed_data import digest, struct_hash
from strikeproof.wire.constants import PPM
from strikeproof.wire.errors import Result
from strikeproof.wire.operation_pb2 import SignedOp
from strikeproof.wire.trading_pb2 import SubmitRequest
from strikeproof.wire.trading_pb2_grpc import TradingStub
from strikeproof.wire.units import Lots, Milliseconds, Ppm, Ticks

TRADERS: Final = 1_000  # as many as `fund` waits for
HONEST: Final = 1  # the account whose ops the flood forges
STREAMS: Final = 100
IDLE_CONNECTIONS: Final = 200
PAUSE_SECONDS: Final = 0.02


def measure(rounds: int = 300) -> dict[str, Any]:
    """Return the result. Takes a minute, and both cores."""
    with (
        tempfile.TemporaryDirectory(prefix="strikeproof-bench-") as folder,
        running_node(Path(folder), TRADERS, 1),
    ):
        return uvloop.run(_measure(Path(folder), rounds))


async def _measure(folder: Path, rounds: int) -> dict[str, Any]:
    endpoint = await endpoint_of(folder)
    async with grpc.aio.insecure_channel(endpoint) as channel:
        prices = await fund(channel)
        honest = HonestTrader(TradingStub(channel))
        await honest.trade(rounds // 4)
        quiet = await honest.trade(rounds)
        with flooding(endpoint, STREAMS, IDLE_CONNECTIONS):
            attacked = await honest.trade(rounds)
        prices.cancel()
    return {
        "quiet_p50_ms": quiet.percentile_ms(50),
        "quiet_p99_ms": quiet.percentile_ms(99),
        "attacked_p50_ms": attacked.percentile_ms(50),
        "attacked_p99_ms": attacked.percentile_ms(99),
        "p99_ratio": round(attacked.percentile_ms(99) / quiet.percentile_ms(99), 2),
        "p99_ratio_max": 3,
        "cancels_served_ppm": attacked.cancels * PPM // rounds,
        "cancels_served_ppm_min": PPM,
        "places_served_ppm": attacked.places * PPM // rounds,
        "places_served_ppm_min": 900_000,
        "not_served": dict(attacked.reasons),
        "flood_streams": STREAMS,
        "idle_connections": IDLE_CONNECTIONS,
        "rounds": rounds,
        "cores": os.cpu_count(),
    }


@contextmanager
def flooding(endpoint: str, streams: int, idle: int) -> Iterator[None]:
    """Run a flood in a process of its own."""
    module = "strikeproof.bench.flood_process"
    arguments = [endpoint, str(streams), str(idle)]
    command = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline(), "the flood did not begin"
            yield
        finally:
            process.kill()


class Served:
    """What one account was served, and the seconds that each cancel took."""

    def __init__(self) -> None:
        self.cancels = self.places = 0
        self.seconds: list[float] = []
        self.reasons: Counter[str] = Counter()

    def percentile_ms(self, percent: int) -> float:
        """Return how long that share of the cancels took at most."""
        found = sorted(self.seconds)
        return round(found[len(found) * percent // 100] * 1_000, 2)


class HonestTrader:
    """Places an order and cancels everything, again and again, one call at a time."""

    def __init__(self, trading: Any) -> None:
        self._trading = trading
        self._nonce = 0

    async def trade(self, rounds: int) -> Served:
        """Return the outcome of this many places and cancels."""
        served = Served()
        for _ in range(rounds):
            order = Place(1, False, Ticks(MID_TICKS - 100), Lots(1))
            served.places += await self._submit(order, served.reasons)
            started = time.perf_counter()
            served.cancels += await self._submit(CancelAll(0), served.reasons)
            served.seconds.append(time.perf_counter() - started)
            await asyncio.sleep(PAUSE_SECONDS)
        return served

    async def _submit(self, action: Action, reasons: Counter[str]) -> bool:
        """Return whether the action was done; if not, count why."""
        expiry_ms = Milliseconds(time.time_ns() // 1_000_000 + 60_000)
        op = Bundle(HONEST, 0, self._nonce, expiry_ms, Ppm(1_000), (action,))
        self._nonce += 1
        signature = trader(HONEST).sign_digest(digest(SEPARATOR, struct_hash(op)))
        request = SubmitRequest(op=SignedOp(raw=encode_op(op, signature)))
        try:
            answer = await self._trading.Submit(request, timeout=10)
        except grpc.aio.AioRpcError as error:
            reasons[f"{error.code().name}: {error.details()}"] += 1
            return False
        result = Result(answer.accepted.actions[0].result)
        if result != Result.OK:
            reasons[result.name] += 1
        return result == Result.OK
