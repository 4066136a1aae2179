"""Deep JSON of others is an error, and not the end of the process."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from strikeproof.json_depth import check_depth, is_deep

READERS = {
    "receipt": "from strikeproof.verifier.inspection.broken_promise import load_receipt as read",
    "gateway": "from strikeproof.gateway.json_text import parse_json as read",
    "audit": "from strikeproof.verifier.audit.audit_file import read_audit as read",
    "l1": "from strikeproof.l1.bounded_provider import BoundedProvider\n"
    "read = BoundedProvider.decode_rpc_response",
}
# py-evm is what raises the limit of recursion; a stack of 8 MB is a thread's.
PROGRAM = """
import sys
from pathlib import Path
import eth
{reader}
path = Path(sys.argv[1])
try:
    read(path if {by_path} else path.read_bytes())
except Exception as error:
    print(type(error).__name__)
"""


@pytest.mark.parametrize("opened", ["[", "[0,", '{"a":', '[{"b":'])
def test_deep_is_distinguished_from_wide(opened: str) -> None:
    assert is_deep((opened * 100_000).encode())
    assert is_deep((opened * 5_000).encode())
    with pytest.raises(ValueError, match="too deep"):
        check_depth((opened * 100_000).encode())


def test_what_is_wide_or_has_brackets_in_its_texts_is_read() -> None:
    logs = [{"topics": ["0x" + "22" * 32] * 4, "data": "0x"}] * 20_000
    assert not is_deep(json.dumps({"result": logs}).encode())
    assert not is_deep(json.dumps({"error": "[" * 500, "of": ["}{][" * 200]}).encode())
    nested: object = 1
    for _ in range(60):
        nested = [nested, {"a": nested}] if isinstance(nested, int) else [nested]
    assert not is_deep(json.dumps(nested).encode())


@pytest.mark.parametrize("name", READERS)
def test_no_reader_ends_the_process(name: str, tmp_path: Path) -> None:
    path = tmp_path / "deep.json"
    path.write_text("[" * 400_000)
    program = PROGRAM.format(reader=READERS[name], by_path=name == "receipt")
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stdout.count("\n")) == (0, 1), done.stderr[-500:]


def test_an_endpoint_that_answers_so_has_failed() -> None:
    from strikeproof.l1 import Endpoint, EndpointFailed

    class Deep(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            body = b'{"jsonrpc":"2.0","id":1,"result":' + b"[" * 300_000
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Deep)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        endpoint = Endpoint.connect(f"http://127.0.0.1:{server.server_address[1]}")
        with pytest.raises(EndpointFailed, match="ValueError"):
            endpoint.chain_id()
    finally:
        server.shutdown()
        server.server_close()
