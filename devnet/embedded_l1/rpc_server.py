"""The embedded L1 as an HTTP server on loopback: one worker thread owns the chain."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from aiohttp import web

from strikeproof.devnet.embedded_l1.chain import EmbeddedChain
from strikeproof.devnet.embedded_l1.rpc import INTERNAL_ERROR, Rpc, RpcError

REQUEST_BYTES_MAX: Final = 4 * 2**20
PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600


class EmbeddedL1:
    """Serves a chain at `http://127.0.0.1:port`. Use as an async context manager."""

    def __init__(
        self, chain: EmbeddedChain, port: int = 0, block_seconds: float | None = None
    ) -> None:
        """Port 0 takes a free one. Without `block_seconds` each transaction gets its own block."""
        self.chain = chain
        self.port = port
        self._block_seconds = block_seconds
        self._rpc = Rpc(chain, mines_at_once=block_seconds is None)
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="embedded-l1")
        self._miner: asyncio.Task[None] | None = None
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """Return the endpoint."""
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> EmbeddedL1:
        app = web.Application(client_max_size=REQUEST_BYTES_MAX)
        app.router.add_post("/", self._post)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        assert isinstance(site._server, asyncio.Server)
        self.port = site._server.sockets[0].getsockname()[1]
        if self._block_seconds is not None:
            self._miner = asyncio.create_task(self._mine_forever(self._block_seconds))
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._miner is not None:
            self._miner.cancel()
            await asyncio.gather(self._miner, return_exceptions=True)
        assert self._runner is not None
        await self._runner.cleanup()
        self._worker.shutdown()

    async def _mine_forever(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(seconds)
            await loop.run_in_executor(self._worker, self.chain.mine)

    async def _post(self, request: web.Request) -> web.Response:
        try:
            body = json.loads(await request.read())
        except ValueError:
            return _answer(_error(None, PARSE_ERROR, "parse error"))
        if isinstance(body, list):
            return _answer([await self._one(each) for each in body])
        return _answer(await self._one(body))

    async def _one(self, call: Any) -> dict[str, Any]:
        if not isinstance(call, dict) or not isinstance(call.get("method"), str):
            return _error(None, INVALID_REQUEST, "invalid request")
        identifier, params = call.get("id"), call.get("params") or []
        loop = asyncio.get_running_loop()
        try:
            result = await loop.run_in_executor(
                self._worker, self._rpc.handle, call["method"], params
            )
        except RpcError as error:
            return _error(identifier, error.code, str(error), error.data)
        except Exception as error:  # the server must answer, whatever the EVM raised
            return _error(identifier, INTERNAL_ERROR, repr(error))
        return {"jsonrpc": "2.0", "id": identifier, "result": result}


def _error(identifier: Any, code: int, message: str, data: str | None = None) -> dict[str, Any]:
    error: dict[str, Any] = {"code": code, "message": message}
    if data is not None:
        error["data"] = data
    return {"jsonrpc": "2.0", "id": identifier, "error": error}


def _answer(body: Any) -> web.Response:
    return web.json_response(body)
