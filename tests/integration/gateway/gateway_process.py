"""A gateway process beside a node process, and a client of its WebSocket."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect

from strikeproof.gateway.settings import GatewaySettings
from tests.preloaded_process import PreloadedProcess, start_python

START_SECONDS = 180.0  # a busy machine
IMPORTS = """from strikeproof.gateway.server import run
from strikeproof.gateway.settings import ConnectionBounds, GatewaySettings, RfqBounds"""


class GatewayProcess:
    """Runs `strikeproof gateway`."""

    def __init__(
        self, log: Path, sequencer: str, *options: str, settings: GatewaySettings | None = None
    ) -> None:
        """Start it. `settings`: bounds that no option has."""
        self.log, self._options = log, options
        arguments = ["--sequencer", sequencer, "--listen", "127.0.0.1:0", *options]
        with log.open("w") as output:
            self.process: PreloadedProcess | subprocess.Popen[bytes]
            if settings is None:
                self.process = start_python(
                    "strikeproof", ["gateway", *arguments], stdout=output, stderr=output
                )
            else:
                program = f"{IMPORTS}\nrun({settings!r})"
                self.process = subprocess.Popen(
                    [sys.executable, "-c", program], stdout=output, stderr=output
                )
        self.address = self._address()
        self.http = httpx.Client(base_url=self.address, timeout=20)

    def _address(self) -> str:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            for line in self.log.read_text().splitlines():
                if line.startswith("listening "):
                    return line.removeprefix("listening ")
            assert self.process.poll() is None, self.log.read_text()[-4000:]
            time.sleep(0.05)
        raise AssertionError(self.log.read_text()[-4000:])

    def get(self, path: str, status: int = 200, **query: Any) -> Any:
        """Return the JSON of a read."""
        answer = self.http.get(f"/api/v1{path}", params=query or None)
        assert answer.status_code == status, answer.text
        return answer.json()

    def post(self, path: str, body: object, status: int = 200) -> Any:
        """Return the JSON of a request."""
        answer = self.http.post(f"/api/v1{path}", json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def live(self, **options: Any) -> LiveClient:
        """Return a new connection."""
        return LiveClient(self.address.replace("http", "ws") + "/api/v1/live", **options)

    def metrics(self) -> dict[str, float]:
        """Return what Prometheus reads: the options must name a port."""
        port = self._options[self._options.index("--metrics-port") + 1]
        lines = httpx.get(f"http://127.0.0.1:{port}/metrics").text.splitlines()
        pairs = (each.rsplit(" ", 1) for each in lines if not each.startswith("#"))
        return {name: float(value) for name, value in pairs}

    def stop(self) -> int:
        """SIGTERM, and wait."""
        self.http.close()
        self.process.terminate()
        return self.process.wait(20)


class LiveClient:
    """A WebSocket that says and hears JSON."""

    def __init__(self, url: str, **options: Any) -> None:
        self.socket: ClientConnection = connect(url, **options).__enter__()
        self._kept: list[dict[str, Any]] = []

    def __enter__(self) -> LiveClient:
        return self

    def __exit__(self, *error: object) -> None:
        self.socket.close()

    def say(self, kind: str, **content: Any) -> None:
        """Send a message."""
        self.socket.send(json.dumps({"type": kind, **content}))

    def hear(self, timeout: float = 10, **wanted: Any) -> dict[str, Any]:
        """Return the next message with these values; others are kept for later."""
        for at, each in enumerate(self._kept):
            if _fits(each, wanted):
                return self._kept.pop(at)
        deadline = time.monotonic() + timeout
        while True:
            found = json.loads(self.socket.recv(max(0.01, deadline - time.monotonic())))
            if _fits(found, wanted):
                return dict(found)
            self._kept.append(found)

    def ask(self, kind: str, answer: str = "", **content: Any) -> dict[str, Any]:
        """Send a message and return its answer."""
        self.say(kind, **content)
        return self.hear(**({"type": answer} if answer else {}), id=content["id"])


def _fits(message: dict[str, Any], wanted: dict[str, Any]) -> bool:
    return all(message.get(name) == value for name, value in wanted.items())


@contextmanager
def running_gateway(
    log: Path, sequencer: str, *options: str, settings: GatewaySettings | None = None
) -> Iterator[GatewayProcess]:
    """Run a gateway; it must stop in order, and without a traceback."""
    gateway = GatewayProcess(log, sequencer, *options, settings=settings)
    try:
        yield gateway
        assert gateway.stop() == 0, log.read_text()[-4000:]
        assert "Traceback" not in log.read_text(), log.read_text()[-4000:]
    finally:
        gateway.process.kill()
