"""The evidence of a verifier over HTTP: reads alone, for an explorer on a private network."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

import structlog

from strikeproof.failure import Broken, Failure, Transient
from strikeproof.l1 import EndpointFailed, L1Unavailable
from strikeproof.verifier.evidence.evidence_reader import EvidenceReader
from strikeproof.verifier.execution.state_history import Forgotten
from strikeproof.verifier.exit_code import NotFound
from strikeproof.verifier.store.verifier_store import StoreUnusable
from strikeproof.wire.errors import FailureCode

QUESTIONS_MAX: Final = 8
REQUEST_SECONDS: Final = 5
LIMIT_DEFAULT: Final = 20
CLOSE_IDLE_SECONDS: Final = 1.0
JSON: Final = "application/json"
TEXT: Final = "text/plain; charset=utf-8"

Answer = tuple[int, str, bytes]

_log = structlog.get_logger("evidence")


class EvidencePortTaken(Broken):
    """The address of the evidence cannot be listened on."""

    code = FailureCode.EVIDENCE_PORT_TAKEN

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(f"{host}:{port}: {reason}")
        self.host, self.port, self.reason = host, port, reason


class EvidenceServer(ThreadingHTTPServer):
    """Serves the answers of one reader."""

    daemon_threads = True
    request_queue_size = 32

    def __init__(self, host: str, port: int, reader: EvidenceReader) -> None:
        """Listen; port 0 is any free one. Raises `EvidencePortTaken`."""
        self.reader = reader
        self.turns = threading.BoundedSemaphore(QUESTIONS_MAX)
        self._idle = threading.Event()
        try:
            super().__init__((host, port), _Handler)
        except (OSError, OverflowError) as error:
            raise EvidencePortTaken(host, port, str(error)) from None

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://{self.server_address[0]!s}:{self.server_address[1]}"

    def run(self) -> None:
        """Serve until `shutdown`."""
        closer = threading.Thread(target=self._close_views, daemon=True)
        closer.start()
        try:
            self.serve_forever(poll_interval=0.2)
        finally:
            self._idle.set()
            closer.join()
            self.server_close()
            self.reader.close()

    def _close_views(self) -> None:
        while not self._idle.wait(CLOSE_IDLE_SECONDS):
            self.reader.close_if_old()


class _Handler(BaseHTTPRequestHandler):
    server: EvidenceServer
    protocol_version = "HTTP/1.1"
    timeout = REQUEST_SECONDS

    def do_GET(self) -> None:
        """Answer a question."""
        status, kind, body = self._answer()
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.send_header("x-content-type-options", "nosniff")
        try:
            self.end_headers()
            self.wfile.write(body)
        except OSError:  # whoever asked no longer waits
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing of each request."""

    def _answer(self) -> Answer:
        parts = urlsplit(self.path)
        asked = [unquote(each) for each in parts.path.split("/")[1:]]
        if not self.server.turns.acquire(blocking=False):
            return _refused(503, "BUSY", "too many questions wait: try again")
        try:
            return _answered(self.server.reader, asked, parse_qs(parts.query))
        except (NotFound, Forgotten) as error:
            return _refused(404, "NOT_FOUND", str(error))
        except (EndpointFailed, L1Unavailable):  # not their text, which names the endpoints
            return _refused(503, "NOT_YET", "L1 does not answer")
        except (Transient, StoreUnusable) as error:  # the node has not made its store yet
            return _refused(503, "NOT_YET", str(error))
        except Failure as error:
            return _refused(500, error.code.name, str(error))
        except Exception as error:
            _log.exception("evidence_failed", path=self.path[:200])
            return _refused(500, "INTERNAL", type(error).__name__)
        finally:
            self.server.turns.release()


def _answered(reader: EvidenceReader, asked: list[str], query: dict[str, list[str]]) -> Answer:
    match asked:
        case ["claims"]:
            return _json(reader.claims())
        case ["claims", number] if _is_number(number):
            return _json(reader.claim(int(number)))
        case ["solvency"]:
            limit = query.get("limit", [str(LIMIT_DEFAULT)])[0]
            if not _is_number(limit):
                raise NotFound("limit must be a number")
            return _json(reader.solvency(int(limit)))
        case ["ops", name]:
            return _json(reader.op(name).to_json())
        case ["ops", name, "audit"]:
            return 200, JSON, reader.op(name).audit.text().encode()
        case ["ops", name, "calldata"]:
            return 200, TEXT, b"0x" + reader.op(name).segment.call_data.hex().encode()
        case ["healthz"]:
            return _json({"ok": True})
    raise NotFound("no such path")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 15


def _json(value: Any) -> Answer:
    return 200, JSON, json.dumps(value).encode()


def _refused(status: int, name: str, message: str) -> Answer:
    return status, JSON, json.dumps({"error": {"name": name, "message": message}}).encode()
