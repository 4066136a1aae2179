"""Around every request: the host's rate, failures as JSON or as a page, headers, metrics."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

import structlog
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from strikeproof.failure import Failure
from strikeproof.gateway.allowance import HostAllowances
from strikeproof.gateway.metrics import GatewayMetrics
from strikeproof.gateway.refusal import GatewayRefusal, error_json, http_status
from strikeproof.wire.errors import ApiError

API: Final = "/api/"
SECURITY_HEADERS: Final = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
# Reads and signed ops need no cookie, so programs of any origin may ask.
CORS_HEADERS: Final = {"access-control-allow-origin": "*"}
CORS_PREFLIGHT: Final = {
    **CORS_HEADERS,
    "access-control-allow-methods": "GET, POST",
    "access-control-allow-headers": "content-type",
    "access-control-max-age": "86400",
}

ErrorPage = Callable[[Request, int, dict[str, Any]], Awaitable[Response]]

_log = structlog.get_logger("gateway")


class RequestGuard:
    """Middleware of everything; of a WebSocket it sees the handshake."""

    def __init__(
        self,
        app: ASGIApp,
        allowances: HostAllowances,
        metrics: GatewayMetrics,
        error_page: ErrorPage | None = None,
    ) -> None:
        self._app, self._allowances, self._metrics = app, allowances, metrics
        self._error_page = error_page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "websocket":
            await self._shake_hands(scope, receive, send)
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, is_api = time.monotonic(), scope["path"].startswith(API)
        has_begun = False

        async def send_with_headers(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                extra = {**SECURITY_HEADERS, **(CORS_HEADERS if is_api else {})}
                raw = [(name.encode(), value.encode()) for name, value in extra.items()]
                message["headers"] = [*message["headers"], *raw]
                self._metrics.requests.labels(f"{message['status'] // 100}xx").inc()
                self._metrics.request_seconds.observe(time.monotonic() - started)
            await send(message)

        request = Request(scope, receive)
        try:
            if is_api and scope["method"] == "OPTIONS":
                await Response(status_code=204, headers=CORS_PREFLIGHT)(
                    scope, receive, send_with_headers
                )
                return
            self._check_rate(request, "requests")
            await self._app(scope, receive, send_with_headers)
        except Failure as failure:
            if has_begun:
                raise
            answer = await self._answer(request, is_api, failure)
            await answer(scope, receive, send_with_headers)
        except Exception:
            if has_begun:
                raise
            _log.exception("request_failed", path=scope["path"][:200])
            answer = await self._answer(request, is_api, GatewayRefusal(ApiError.INTERNAL))
            await answer(scope, receive, send_with_headers)

    async def _shake_hands(self, scope: Scope, receive: Receive, send: Send) -> None:
        websocket = WebSocket(scope, receive, send)
        try:
            self._check_rate(websocket, "handshakes")
        except GatewayRefusal as refusal:
            await websocket.send_denial_response(_json_answer(refusal))
            return
        await self._app(scope, receive, send)

    def _check_rate(self, connection: HTTPConnection, kind: str) -> None:
        host = connection.client.host if connection.client else ""
        if wait_ms := self._allowances.take(host, 1, time.monotonic()):
            self._metrics.rate_limited.labels(kind).inc()
            raise GatewayRefusal(ApiError.RATE_LIMITED, retry_after_ms=wait_ms)

    async def _answer(self, request: Request, is_api: bool, failure: Failure) -> Response:
        if is_api or self._error_page is None:
            return _json_answer(failure)
        shown = error_json(failure)
        answer = await self._error_page(request, http_status(failure), shown)
        return _with_retry_after(answer, shown)


def _json_answer(failure: Failure) -> Response:
    shown = error_json(failure)
    return _with_retry_after(JSONResponse({"error": shown}, http_status(failure)), shown)


def _with_retry_after(answer: Response, shown: dict[str, Any]) -> Response:
    if "retry_after_ms" in shown:
        answer.headers["retry-after"] = str(-(-shown["retry_after_ms"] // 1_000))
    return answer
