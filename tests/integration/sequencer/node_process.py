"""Node processes for tests: started, killed, connected to."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import grpc

from strikeproof.sequencer import crash_point
from strikeproof.wire.operation_pb2 import SignedOp
from strikeproof.wire.trading_pb2 import SubmitRequest, SubmitResponse
from strikeproof.wire.trading_pb2_grpc import TradingStub
from strikeproof.wire.venue_pb2 import GetVenueRequest, VenueInfo
from strikeproof.wire.venue_pb2_grpc import VenueStub
from tests.preloaded_process import start_python

START_SECONDS = 120.0
MODULE = "tests.integration.sequencer.node_entry"


T = TypeVar("T")
_LOOP = asyncio.new_event_loop()


def on_loop(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on the tests' one event loop: gRPC's asyncio side works on one only."""
    return _LOOP.run_until_complete(coroutine)


class NodeProcess:
    """A node on a folder."""

    def __init__(
        self, folder: Path, *, traders: int = 4, crash: str = "", **options: dict[str, Any]
    ) -> None:
        """Start it. `crash`: where it kills itself, or a part of it does."""
        self.folder = folder
        self.log = folder.with_suffix(".log")
        (folder / "endpoint").unlink(missing_ok=True)
        arguments = [str(folder), str(traders), json.dumps(options)]
        with self.log.open("a") as log:
            environment = {**os.environ, crash_point.VARIABLE: crash}
            self.process = start_python(MODULE, arguments, stdout=log, stderr=log, env=environment)

    def connect(self) -> NodeProcess:
        """Wait until it serves."""
        deadline = time.monotonic() + START_SECONDS
        path = self.folder / "endpoint"
        while not (path.exists() and path.read_text().strip()):
            assert self.process.poll() is None, self.log.read_text()[-4000:]
            assert time.monotonic() < deadline, self.log.read_text()[-4000:]
            time.sleep(0.02)
        self.endpoint = path.read_text().strip()
        self.channel = grpc.insecure_channel(self.endpoint)
        self.trading: Any = TradingStub(self.channel)
        self.venue: Any = VenueStub(self.channel)
        return self

    def submit(self, op: bytes) -> SubmitResponse:
        """Submit one op."""
        answer: SubmitResponse = self.trading.Submit(SubmitRequest(op=SignedOp(raw=op)), timeout=30)
        return answer

    def submit_later(self, op: bytes) -> grpc.Future:
        """Submit one op without waiting for its answer."""
        return self.trading.Submit.future(SubmitRequest(op=SignedOp(raw=op)), timeout=60)

    def info(self) -> VenueInfo:
        """Return the venue's heights."""
        answer: VenueInfo = self.venue.GetVenue(GetVenueRequest(), timeout=30)
        return answer

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait(20)

    def terminate(self) -> int:
        """SIGTERM, and wait."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(40)

    def memory_bytes(self) -> int:
        """Return the resident memory of the node's main process."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("no VmRSS")


@contextmanager
def running_node(
    folder: Path, *, traders: int = 4, **options: dict[str, Any]
) -> Iterator[NodeProcess]:
    """Run a node; it must stop in order."""
    node = NodeProcess(folder, traders=traders, **options)
    try:
        yield node.connect()
        assert node.terminate() == 0, node.log.read_text()[-4000:]
    finally:
        node.process.kill()
