"""What the tests of the gateway hand in and look at: signatures, hostile bytes, descriptions."""

from __future__ import annotations

from typing import Any

import jsonschema
from eth_account.messages import encode_typed_data

from strikeproof.client.typed_data import digest
from strikeproof.client.wallet import Wallet
from tests.integration.gateway.gateway_process import GatewayProcess


def sign_typed_data(wallet_: Wallet, data: dict[str, Any]) -> bytes:
    """Return the compact signature over typed data, from its JSON alone."""
    encoded = encode_typed_data(full_message=data)
    return wallet_.sign_digest(digest(encoded.header, encoded.body))


def sign_typed(wallet_: Wallet, data: dict[str, Any]) -> dict[str, Any]:
    """Sign typed data as an external wallet does."""
    signature = "0x" + sign_typed_data(wallet_, data).hex()
    return {"primaryType": data["primaryType"], "message": data["message"], "signature": signature}


def fits(gateway: GatewayProcess, template: str, answer: Any) -> None:
    document = gateway.get("/openapi.json")
    operation = next(iter(document["paths"][f"/api/v1{template}"].values()))
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    whole = {**schema, "components": document["components"]}
    jsonschema.Draft202012Validator(whole).validate(answer)


FRAMES = [
    "",
    "{",
    "[]",
    "null",
    '"x"',
    '{"type":5}',
    '{"type":"submit"}',
    '{"type":"submit","ops":{}}',
    '{"type":"submit","ops":[]}',
    '{"type":"subscribe","channel":"book"}',
    '{"type":"subscribe","channel":["book"],"instrument":1}',
    '{"type":"subscribe","channel":"orders","account":1e400}',
    '{"type":"subscribe","channel":"orders","account":1,"from_sequence":1.5}',
    '{"type":"on_disconnect","ops":[],"heartbeat_ms":1}',
    '{"type":"ping","id":NaN}',
    '{"type":"submit","ops":[' + "[" * 900 + "]" * 900 + "]}",
    "[" * 60_000,
    "9" * 60_000,
    '{"type":"subscribe","channel":"book","instrument":"\\ud800"}',
    b"\xff\xfe",
    b"{}",
]


RAW_REQUESTS = [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET " + b"/" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /static/../../settings.py HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /static/%2e%2e/%2e%2e/settings.py HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a b; script-src *\r\n\r\n",
    b"POST /api/v1/ops HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"GET /api/v1/live HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
]
