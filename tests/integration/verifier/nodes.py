"""Verifier nodes over the test venue, driven turn by turn."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from strikeproof.devnet.embedded_l1.rpc import RpcError
from strikeproof.keystore import Signer
from strikeproof.verifier.alarm import Alarm
from strikeproof.verifier.config import VerifierConfig
from strikeproof.verifier.node import VerifierNode
from tests.integration.verifier.venue import CHAIN_ID, Venue


class AlarmList(list[tuple[Alarm, dict[str, Any]]]):
    """The alarms that a node raised."""

    def kinds(self) -> list[Alarm]:
        return [kind for kind, _ in self]


def make_node(
    venue: Venue,
    path: Path,
    mode: str = "defend",
    *,
    signer: Signer | None = None,
    client=None,
    **sections: dict[str, Any],
) -> Any:
    """Return a node; `alarms` of it records what it raises."""
    config = VerifierConfig.model_validate(
        {
            "data_dir": path,
            "mode": mode,
            "workers": 0,
            "l1": {
                "endpoints": ["http://unused"],
                "chain_id": CHAIN_ID,
                "rollup": "0x" + venue.rollup.hex(),
                "confirmations": 3,
            },
            "key": {"key_env": "UNUSED"},
            "control": {"interval_seconds": 0.0, "every_segments": 1_000_000},
            **sections,
        }
    )
    node: Any = VerifierNode(config, client or venue.client(), signer or venue.challenger)
    alarms = AlarmList()
    raise_alarm = node.alerter.raise_alarm

    def record(kind: Alarm, **fields: Any) -> bool:
        new = raise_alarm(kind, **fields)
        if new:
            alarms.append((kind, fields))
        return new

    node.alerter.raise_alarm = record
    node.alarms = alarms
    return node


def turns(venue: Venue, node: Any, count: int = 8, mine: bool = True) -> None:
    """Do some turns, a block in between."""
    for _ in range(count):
        node.turn()
        if mine:
            venue.skip_time(1)


class HttpL1:
    """The venue's L1 on loopback, for nodes and commands that run as processes."""

    def __init__(self, venue: Venue) -> None:
        self.requests = 0
        outer, lock = self, threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                answer: dict[str, Any] = {"jsonrpc": "2.0", "id": body["id"]}
                outer.requests += 1
                with lock:
                    try:
                        answer["result"] = venue.rpc.handle(body["method"], body["params"])
                    except RpcError as error:
                        content = {"code": error.code, "message": str(error), "data": error.data}
                        answer["error"] = content
                encoded = json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(encoded)))
                self.end_headers()
                self.wfile.write(encoded)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def write_config(venue: Venue, path: Path, url: str, key: str = "") -> Path:
    """Write a configuration file and return its path."""
    file = path / "verifier.toml"
    file.write_text(
        f"""
data_dir = "data"
mode = "observe"
[l1]
endpoints = ["{url}"]
chain_id = {CHAIN_ID}
rollup = "0x{venue.rollup.hex()}"
poll_seconds = 0.05
confirmations = 2
[control]
interval_seconds = 0.0
{key}
"""
    )
    return file
