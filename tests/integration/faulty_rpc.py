"""A JSON-RPC proxy in front of any L1, with faults that a test switches on and off.

    with FaultyRpc(l1.url) as proxy:
        proxy.faults = [refuse()]                       # the port answers nothing
        proxy.faults = [limit_log_blocks(50)]           # as public providers do
        proxy.faults = [drop_logs(after=3), lag(blocks=5)]

A fault sees each request and may answer it itself, change the answer of the L1 behind, or drop the
connection. Faults apply in order. Batches of requests are not supported: our nodes send none.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Any

from aiohttp import ClientSession, web

Request = dict[str, Any]
Answer = dict[str, Any]
Upstream = Callable[[Request], Awaitable[Answer]]


class Dropped(Exception):
    """Close the connection without an answer."""


Fault = Callable[[Request, Upstream], Awaitable[Answer]]
"""Takes a request and what asks the next one in line; returns the answer or raises `Dropped`."""


class FaultyRpc:
    """The proxy, in a thread of its own, on a port that the system chooses."""

    def __init__(self, upstream: str, faults: Sequence[Fault] = ()) -> None:
        self.faults = list(faults)
        self.requests: Counter[str] = Counter()
        """By method, faults included."""
        self.url = ""
        self._upstream = upstream
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> FaultyRpc:
        self._thread.start()
        assert self._started.wait(10), "the proxy did not start"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        runner = self._loop.run_until_complete(self._start())
        self._started.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self._stop(runner))
        self._loop.close()

    async def _start(self) -> web.AppRunner:
        self._session = ClientSession()
        app = web.Application(client_max_size=1 << 24)
        app.router.add_post("/", self._handle)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return runner

    async def _stop(self, runner: web.AppRunner) -> None:
        await self._session.close()
        await runner.cleanup()

    async def _handle(self, http: web.Request) -> web.StreamResponse:
        request = await http.json()
        self.requests[request["method"]] += 1
        try:
            answer = await self._through(list(self.faults), request)
        except Dropped:
            assert http.transport is not None
            http.transport.abort()
            return web.Response(status=500)
        return web.json_response(answer | {"jsonrpc": "2.0", "id": request["id"]})

    async def _through(self, faults: list[Fault], request: Request) -> Answer:
        if not faults:
            async with self._session.post(self._upstream, json=request) as response:
                answer: Answer = await response.json(content_type=None)
                return answer
        return await faults[0](request, lambda each: self._through(faults[1:], each))


def _error(code: int, message: str) -> Answer:
    return {"error": {"code": code, "message": message}}


def refuse(*methods: str) -> Fault:
    """Drop the connection, of these methods or of all."""

    async def fault(request: Request, upstream: Upstream) -> Answer:
        if not methods or request["method"] in methods:
            raise Dropped
        return await upstream(request)

    return fault


def fail(*methods: str, code: int = -32005, message: str = "rate limit exceeded") -> Fault:
    """Answer with an error, these methods or all."""

    async def fault(request: Request, upstream: Upstream) -> Answer:
        if not methods or request["method"] in methods:
            return _error(code, message)
        return await upstream(request)

    return fault


def delay(seconds: float, *methods: str) -> Fault:
    """Answer late."""

    async def fault(request: Request, upstream: Upstream) -> Answer:
        if not methods or request["method"] in methods:
            await asyncio.sleep(seconds)
        return await upstream(request)

    return fault


def limit_log_blocks(blocks_max: int) -> Fault:
    """Refuse eth_getLogs over more blocks than this."""

    async def fault(request: Request, upstream: Upstream) -> Answer:
        if request["method"] == "eth_getLogs":
            query = request["params"][0]
            blocks = int(query["toBlock"], 16) - int(query["fromBlock"], 16) + 1
            if blocks > blocks_max:
                return _error(-32600, f"eth_getLogs is limited to a {blocks_max} block range")
        return await upstream(request)

    return fault


def limit_log_bytes(bytes_max: int) -> Fault:
    """Refuse eth_getLogs whose answer is larger than this."""

    async def fault(request: Request, upstream: Upstream) -> Answer:
        answer = await upstream(request)
        if request["method"] == "eth_getLogs" and len(json.dumps(answer)) > bytes_max:
            return _error(-32602, "Response size exceeded")
        return answer

    return fault


def drop_logs(after: int) -> Fault:
    """Answer eth_getLogs with the first logs alone, and no word about the rest."""

    async def fault(request: Request, upstream: Upstream) -> Answer:
        answer = await upstream(request)
        if request["method"] == "eth_getLogs" and "result" in answer:
            answer["result"] = answer["result"][:after]
        return answer

    return fault


def lag(blocks: int) -> Fault:
    """Say that the head is some blocks behind."""

    async def fault(request: Request, upstream: Upstream) -> Answer:
        answer = await upstream(request)
        if request["method"] == "eth_blockNumber" and "result" in answer:
            answer["result"] = hex(max(0, int(answer["result"], 16) - blocks))
        return answer

    return fault


def change(method: str, change_result: Callable[[Request, Any], Any]) -> Fault:
    """Change the result of a method."""

    async def fault(request: Request, upstream: Upstream) -> Answer:
        answer = await upstream(request)
        if request["method"] == method and "result" in answer:
            answer["result"] = change_result(request, answer["result"])
        return answer

    return fault


def before(method: str, action: Callable[[Request], None]) -> Fault:
    """Let something happen on L1 just before a request of this method arrives."""

    async def fault(request: Request, upstream: Upstream) -> Answer:
        if request["method"] == method:
            action(request)
        return await upstream(request)

    return fault
