"""What a verifier shows of ops, claims and roots: asked over HTTP, passed through as it is.

The gateway decodes none of it. Whoever doubts it checks the audit file (clients/js, `strikeproof
audit check`), which needs no trust.
"""

from __future__ import annotations

import re
from typing import Any, Final

import aiohttp

from strikeproof.gateway.json_text import parse_json
from strikeproof.gateway.refusal import GatewayRefusal
from strikeproof.wire.errors import ApiError

ANSWER_BYTES_MAX: Final = 4_000_000
ANSWER_SECONDS: Final = 60
"""A first question runs the law in py-evm, and asks L1 a dozen times for the gas of its dispute."""
OP_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,79}", re.ASCII)


class EvidenceSource:
    """One verifier's evidence (`strikeproof verifier evidence`)."""

    def __init__(self, url: str) -> None:
        """`url`: http://host:port; empty: there is none, and every question is NOT_FOUND."""
        self._url = url.rstrip("/")
        self._session: aiohttp.ClientSession | None = None

    @property
    def is_there(self) -> bool:
        """Whether there is a verifier to ask."""
        return bool(self._url)

    async def op(self, name: str) -> dict[str, Any]:
        """Return what the law made of an op, and what disputing its segment would cost."""
        return _object(await self._get(f"/ops/{_checked(name)}"))

    async def audit(self, name: str) -> bytes:
        """Return the op's audit file."""
        return await self._get(f"/ops/{_checked(name)}/audit")

    async def calldata(self, name: str) -> bytes:
        """Return the calldata of `Rollup.challenge` for the op's segment, as 0x text."""
        return await self._get(f"/ops/{_checked(name)}/calldata")

    async def claims(self) -> dict[str, Any]:
        """Return the claims that can be disputed, with verdicts."""
        return _object(await self._get("/claims"))

    async def claim(self, number: int) -> dict[str, Any]:
        """Return every claim of a batch with verdicts."""
        return _object(await self._get(f"/claims/{number}"))

    async def solvency(self, limit: int) -> dict[str, Any]:
        """Return what was owed at the newest roots, and the houses."""
        return _object(await self._get(f"/solvency?limit={limit}"))

    async def close(self) -> None:
        """End the connections."""
        if self._session is not None:
            await self._session.close()

    async def _get(self, path: str) -> bytes:
        if not self._url:
            raise GatewayRefusal(
                ApiError.NOT_FOUND, "this gateway asks no verifier", field="evidence"
            )
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=ANSWER_SECONDS)
            )
        try:
            async with self._session.get(self._url + path, allow_redirects=False) as answer:
                body = await answer.content.read(ANSWER_BYTES_MAX)
                while not answer.content.at_eof() and len(body) < ANSWER_BYTES_MAX:
                    body += await answer.content.read(ANSWER_BYTES_MAX - len(body))
                status = answer.status
        except (aiohttp.ClientError, OSError, TimeoutError):
            raise GatewayRefusal(ApiError.NOT_YET, "the verifier does not answer") from None
        if len(body) >= ANSWER_BYTES_MAX:
            raise GatewayRefusal(ApiError.INTERNAL, "the verifier's answer is too long")
        if status != 200:
            raise _refusal(status, body)
        return body


def _checked(name: str) -> str:
    if not OP_NAME.fullmatch(name):
        raise GatewayRefusal(ApiError.NOT_FOUND, "no op has such a name", field="name")
    return name


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = parse_json(body)
    except GatewayRefusal:
        found = None
    if not isinstance(found, dict):
        raise GatewayRefusal(ApiError.INTERNAL, "the verifier answered no JSON object")
    return found


def _refusal(status: int, body: bytes) -> GatewayRefusal:
    code = {404: ApiError.NOT_FOUND, 503: ApiError.NOT_YET}.get(status, ApiError.INTERNAL)
    try:
        message = str(parse_json(body)["error"]["message"])[:500]
    except (GatewayRefusal, KeyError, TypeError):
        message = ""
    return GatewayRefusal(code, message and f"the verifier: {message}")
