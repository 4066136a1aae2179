"""Parameters of a request: of its path, its query and its body."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from starlette.requests import Request

from strikeproof.gateway.json_fields import bytes_of
from strikeproof.gateway.json_text import parse_json
from strikeproof.gateway.refusal import GatewayRefusal, malformed
from strikeproof.wire.errors import ApiError

BODY_BYTES_MAX: Final = 65_536
BODY_SECONDS: Final = 5.0
NUMBER_DIGITS_MAX: Final = 20


def number_of(request: Request, name: str, otherwise: int | None = None) -> int:
    """Return a number of path or query. Raises `GatewayRefusal`."""
    text = str(request.path_params.get(name, request.query_params.get(name, "")))
    if not text and otherwise is not None:
        return otherwise
    if not (text.isascii() and text.isdecimal() and len(text) <= NUMBER_DIGITS_MAX):
        raise malformed(name, "must be a number")
    value = int(text)
    if value >= 2**64:
        raise malformed(name, "must be below 2^64")
    return value


def account_of(request: Request) -> int:
    """Return the account that a path names."""
    found = number_of(request, "account")
    if not 1 <= found < 2**32:
        raise malformed("account", "must be 1 to 2^32 - 1")
    return found


def host_of(request: Request) -> str:
    """Return the address that a request comes from."""
    return request.client.host if request.client else ""


def limit_of(request: Request, otherwise: int, most: int) -> int:
    """Return `limit` of the query."""
    found = number_of(request, "limit", otherwise)
    if not 1 <= found <= most:
        raise malformed("limit", f"must be 1 to {most}")
    return found


def hex_of(request: Request, name: str, size: int) -> bytes:
    """Return the bytes of 0x text of path or query."""
    text = request.path_params.get(name, request.query_params.get(name, ""))
    return bytes_of(name, text, size)


async def body_of(request: Request) -> Any:
    """Return the JSON of the body. Raises `GatewayRefusal` for more than may come."""
    data = b""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in request.stream():
                data += part
                if len(data) > BODY_BYTES_MAX:
                    raise GatewayRefusal(ApiError.MESSAGE_TOO_LARGE, most=BODY_BYTES_MAX)
    except TimeoutError:
        raise malformed("body", f"did not arrive within {BODY_SECONDS:.0f} s") from None
    return parse_json(data)
