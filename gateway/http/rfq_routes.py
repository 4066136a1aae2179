"""Requests for quotes, quotes and acceptances, for whoever shows an access; margins of blocks.

Bodies carry the access: paths are written down by proxies, and whoever has an access can use it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from strikeproof.client import QuoteRequest, RequestState
from strikeproof.gateway.http.gateway_reads import GatewayReads
from strikeproof.gateway.http.request_values import account_of, body_of, host_of, number_of
from strikeproof.gateway.public_json import ack_json
from strikeproof.gateway.refusal import malformed
from strikeproof.gateway.rfq_form import (
    accept_of,
    access_alone,
    block_legs_of,
    disclose_of,
    open_request_of,
    put_quote_of,
)
from strikeproof.gateway.rfq_json import block_margin_json, request_json
from strikeproof.json_number import JSON_INTEGER_MAX
from strikeproof.wire import rfq_pb2 as pb
from strikeproof.wire.errors import Result

Answer = Callable[[Any, Request], Awaitable[dict[str, Any]]]


def rfq_routes(reads: GatewayReads) -> list[Route]:
    """Return the routes of requests for quotes."""
    client, relay, terms = reads.client, reads.client.rfq_relay, reads.feeds.terms
    count = reads.feeds.rfq_count

    async def shown(request: QuoteRequest) -> dict[str, Any]:
        await terms.refresh()
        return request_json(terms.by_number, request)

    async def open_request(form: Any, request: Request) -> dict[str, Any]:
        await terms.refresh()
        message = open_request_of(form, terms.known)
        host = host_of(request)
        with count.opening(host, await client.now_ms()):
            found = await relay.open_request(message)
            count.opened(host, found.request, found.expiry_ms)
        return request_json(terms.by_number, found)

    async def read(form: Any, request: Request) -> dict[str, Any]:
        message = pb.GetRequestRequest(access=access_alone(form), request=_number(request))
        found = await relay.request(message)
        if found.state is not RequestState.OPEN:
            count.closed(found.request)
        return await shown(found)

    async def withdraw(form: Any, request: Request) -> dict[str, Any]:
        number = _number(request)
        access = access_alone(form)
        await relay.withdraw_request(pb.WithdrawRequestRequest(access=access, request=number))
        count.closed(number)
        return {}

    async def disclose(form: Any, request: Request) -> dict[str, Any]:
        await relay.disclose(disclose_of(form, _number(request)))
        return {}

    async def quote(form: Any, request: Request) -> dict[str, Any]:
        return {"version": await relay.put_quote(put_quote_of(form, _number(request)))}

    async def withdraw_quote(form: Any, request: Request) -> dict[str, Any]:
        access, number = access_alone(form), _number(request)
        await relay.withdraw_quote(pb.WithdrawQuoteRequest(access=access, request=number))
        return {}

    async def accept(form: Any, request: Request) -> dict[str, Any]:
        ack = await relay.accept(accept_of(form, _number(request)))
        if ack.result is Result.OK:
            count.closed(_number(request))
        return ack_json(ack)

    def counted(answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        async def call(request: Request) -> Response:
            count.call(host_of(request))
            return JSONResponse(await answer(await body_of(request), request))

        return call

    one = "/api/v1/rfq/requests/{request}"
    answers: dict[str, Answer] = {
        "/api/v1/rfq/requests": open_request,
        one: read,
        f"{one}/withdraw": withdraw,
        f"{one}/disclose": disclose,
        f"{one}/quote": quote,
        f"{one}/quote/withdraw": withdraw_quote,
        f"{one}/accept": accept,
    }
    return [Route(path, counted(each), methods=["POST"]) for path, each in answers.items()]


def block_routes(reads: GatewayReads) -> list[Route]:
    """Return the routes of block trades."""
    terms = reads.feeds.terms

    async def margin(request: Request) -> Response:
        await terms.refresh()
        legs = block_legs_of(await body_of(request), terms.known)
        return JSONResponse(
            block_margin_json(await reads.client.half_margin(account_of(request), legs))
        )

    return [Route("/api/v1/accounts/{account}/block-margin", margin, methods=["POST"])]


def _number(request: Request) -> int:
    found = number_of(request, "request")
    if not 1 <= found <= JSON_INTEGER_MAX:
        raise malformed("request", "must be 1 to 2^53 - 1")
    return found
