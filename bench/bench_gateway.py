"""The gateway's pages over a venue with a million trades behind it.

Node and gateway are processes on the same machine, and pages are asked one after another over
loopback, as a reader asks them. Keys of the result:

page_ms                    of each page the median, from the request to its last byte
page_ms_worst              the slowest answer of all pages
json_ms                    the same medians of what a page's scripts read
trades                     that the node had executed
history_mb                 of the node's history of orders
engine                     `compiled` or `plain`
"""

from __future__ import annotations

import asyncio
import http.client
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import grpc
import uvloop

from strikeproof.bench.bench_throughput import (
    BUNDLED,
    INSTRUMENTS,
    TRADERS,
    endpoint_of,
    flat_out,
    fund,
)
from strikeproof.bench.node_venue import MID_TICKS, SEPARATOR, signed_ops, trader
from strikeproof.bench.running_node import running_node
from strikeproof.client.operation import Action, Bundle, Place, encode_op
from strikeproof.client.typed_data import digest, struct_hash
from strikeproof.compiled_engine import engine_build
from strikeproof.wire.constants import TimeInForce
from strikeproof.wire.market_pb2 import ListTradesRequest
from strikeproof.wire.market_pb2_grpc import MarketStub
from strikeproof.wire.units import Lots, Milliseconds, Ppm, Ticks
from strikeproof.wire.venue_pb2_grpc import VenueStub

TRADES: Final = 1_000_000
PAGE_MS_MAX: Final = 200
OPS_AT_ONCE: Final = 20_000
ROUNDS: Final = 20
PAUSE_SECONDS: Final = 5
ANSWER_SECONDS: Final = 60
READY_SECONDS: Final = 600
PAGES: Final = ("/", "/markets/{market}", "/expiries", "/accounts/7", "/orders/{order}")
READS: Final = (
    "/api/v1/instruments/{market}/candles?interval=1m&limit=500",
    "/api/v1/instruments/{market}/trades?limit=1000",
    "/api/v1/accounts/7/events?limit=1000",
)


def measure(trades: int = TRADES) -> dict[str, Any]:
    """Return the result. Takes minutes until the trades are there."""
    with (
        tempfile.TemporaryDirectory(prefix="strikeproof-bench-") as name,
        running_node(Path(name), TRADERS, INSTRUMENTS),
    ):
        folder = Path(name)
        endpoint, made = uvloop.run(_trade(folder, trades))
        size = sum(each.stat().st_size for each in folder.rglob("history.sqlite*"))
        with _gateway(endpoint) as (host, port):
            pages, reads, worst = _ask_all(host, port)
    return {
        "page_ms": pages,
        "page_ms_worst": worst,
        "page_ms_worst_max": PAGE_MS_MAX,
        "json_ms": reads,
        "trades": made,
        "history_mb": round(size / 1e6),
        "engine": engine_build().name,
    }


async def _trade(folder: Path, wanted: int) -> tuple[str, int]:
    """Have orders matched until this many trades were made; return where, and how many."""
    endpoint, nonce, made = await endpoint_of(folder, READY_SECONDS), 0, 0
    async with grpc.aio.insecure_channel(endpoint) as channel:
        prices, market = await fund(channel), MarketStub(channel)
        ops = signed_ops(OPS_AT_ONCE, TRADERS, INSTRUMENTS, nonce)  # leaves books with levels
        while made < wanted:
            try:
                await flat_out(channel, VenueStub(channel), ops)
            except grpc.aio.AioRpcError as error:  # a busy machine: the node cut a slow reader
                if error.code() is not grpc.StatusCode.RESOURCE_EXHAUSTED:
                    raise
                await asyncio.sleep(PAUSE_SECONDS)
            nonce += OPS_AT_ONCE // TRADERS
            ops = _crossing_ops(nonce)
            made = 0
            for each in range(1, INSTRUMENTS + 1):
                found = await market.ListTrades(ListTradesRequest(instrument=each, limit=1))
                made += found.trades[0].sequence if found.trades else 0
        prices.cancel()
    return endpoint, made


def _crossing_ops(first_nonce: int) -> list[bytes]:
    """Return bundles with which nearly every action is a trade: the account numbered as an
    instrument sells there at the mid, all others buy a lot eight times."""
    turns = OPS_AT_ONCE // TRADERS
    expiry_ms = Milliseconds(time.time_ns() // 1_000_000 + 3_600_000)
    found = []
    for nonce in range(first_nonce, first_nonce + turns):
        for account in range(1, TRADERS + 1):
            price = Ticks(MID_TICKS)
            if account <= INSTRUMENTS:
                lots = Lots(TRADERS * BUNDLED // INSTRUMENTS)
                actions: tuple[Action, ...] = (Place(account, True, price, lots),)
            else:
                each = Place(1 + account % INSTRUMENTS, False, price, Lots(1))
                actions = (replace(each, time_in_force=TimeInForce.IOC),) * BUNDLED
            op = Bundle(account, 0, nonce, expiry_ms, Ppm(1_000), actions)
            signature = trader(account).sign_digest(digest(SEPARATOR, struct_hash(op)))
            found.append(encode_op(op, signature))
    return found


@contextmanager
def _gateway(endpoint: str) -> Iterator[tuple[str, int]]:
    command = [sys.executable, "-m", "strikeproof", "gateway", "--sequencer", endpoint]
    command += ["--listen", "127.0.0.1:0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if line.startswith("listening http://"):
                    host, _, port = line.split("//")[1].strip().rpartition(":")
                    yield host, int(port)
                    return
            raise RuntimeError("the gateway did not start")
        finally:
            process.terminate()


def _ask_all(host: str, port: int) -> tuple[dict[str, float], dict[str, float], float]:
    connection = http.client.HTTPConnection(host, port, timeout=ANSWER_SECONDS)
    names = _names(connection)
    taken: dict[str, list[float]] = {}
    for path in (*PAGES, *READS):
        asked = path.format(**names)
        asked_ms(connection, asked)  # the first opens the market's streams
        taken[path] = [asked_ms(connection, asked) for _ in range(ROUNDS)]
    connection.close()
    medians = {path: round(statistics.median(each), 1) for path, each in taken.items()}
    worst = round(max(max(taken[path]) for path in PAGES), 1)
    return {each: medians[each] for each in PAGES}, {each: medians[each] for each in READS}, worst


def _names(connection: http.client.HTTPConnection) -> dict[str, str]:
    """Return a market, and an order of it that was met by another."""
    connection.request("GET", "/api/v1/instruments")
    market = json.loads(connection.getresponse().read())["instruments"][0]["instrument"]
    connection.request("GET", f"/api/v1/instruments/{market}/trades?limit=1")
    (trade,) = json.loads(connection.getresponse().read())["trades"]
    return {"market": market, "order": f"{market}/{trade['maker_slot']}/{trade['maker_serial']}"}


def asked_ms(connection: http.client.HTTPConnection, path: str) -> float:
    """Return the milliseconds of one answer."""
    started = time.perf_counter()
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    if answer.status != http.client.OK:
        raise RuntimeError(f"{path}: {answer.status}")
    return (time.perf_counter() - started) * 1_000
