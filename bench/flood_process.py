"""A flood from one host: `python -m strikeproof.bench.flood_process ENDPOINT STREAMS IDLE`.

Each stream has a connection of its own and sends as fast as it is let: forged orders, forged
cancels, unsigned ops or one signed op again and again, in turn. IDLE connections send nothing.
Prints a line once all are open, and runs until it is killed.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
from typing import Any, Final

import grpc
import uvloop

from strikeproof.bench.node_venue import signed_ops
from strikeproof.client.operation import Action, Bundle, CancelAll, Place, encode_op
from strikeproof.wire.operations import SIGNATURE_BYTES
from strikeproof.wire.trading_pb2 import SubmitMany
from strikeproof.wire.trading_pb2_grpc import TradingStub
from strikeproof.wire.units import Lots, Milliseconds, Ppm, Ticks

OPS_OF_MESSAGE: Final = 256
VICTIM: Final = 1


def flood_ops(kind: int) -> list[bytes]:
    """Return one message of ops: forged orders, forged cancels, unsigned ones, repeats."""
    if kind == 3:
        return signed_ops(2, 2, 1, 0)[1:] * OPS_OF_MESSAGE
    action: Action = CancelAll(0) if kind == 1 else Place(1, False, Ticks(1_000), Lots(1))
    expiry_ms = Milliseconds(time.time_ns() // 1_000_000 + 3_600_000)
    ops = []
    for nonce in range(OPS_OF_MESSAGE):
        # The parity bit, and s, stay low: a signature of somebody, whoever it is.
        signature = bytes(1) + os.urandom(31) + bytes(1) + os.urandom(31)
        if kind == 2:
            signature = bytes(SIGNATURE_BYTES)
        op = Bundle(VICTIM, 0, 1_000 + nonce % 100, expiry_ms, Ppm(0), (action,))
        ops.append(encode_op(op, signature))
    return ops


async def pour(endpoint: str, ops: list[bytes]) -> None:
    """Send the ops over and over; begin again whenever the stream ends."""
    while True:
        options = [("grpc.use_local_subchannel_pool", 1)]
        async with grpc.aio.insecure_channel(endpoint, options=options) as channel:
            call: Any = TradingStub(channel).SubmitStream()
            reader = asyncio.create_task(_read(call))
            try:
                while True:
                    await call.write(SubmitMany(ops=ops))
            except (grpc.aio.AioRpcError, asyncio.InvalidStateError):
                await asyncio.sleep(0.1)
            finally:
                reader.cancel()


async def _read(call: Any) -> None:
    while await call.read() is not grpc.aio.EOF:
        pass


async def flood(endpoint: str, streams: int, idle: int) -> None:
    """Flood until cancelled."""
    host, _, port = endpoint.rpartition(":")
    held = []
    for _ in range(idle):
        held.append(socket.create_connection((host, int(port))))
    messages = [flood_ops(kind) for kind in range(4)]
    async with asyncio.TaskGroup() as group:
        for number in range(streams):
            group.create_task(pour(endpoint, messages[number % len(messages)]))
        await asyncio.sleep(0.5)
        print("flooding", flush=True)


if __name__ == "__main__":
    uvloop.run(flood(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
