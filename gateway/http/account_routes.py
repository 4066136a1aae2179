"""Accounts and their history, finality of ops, proofs of state; ops submitted one at a time."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from strikeproof.client import Bid, SetCancelAt, SetProtection, SetTrigger
from strikeproof.client.operation import Bundle
from strikeproof.client.typed_data import typed_data_json
from strikeproof.gateway.http.gateway_reads import GatewayReads
from strikeproof.gateway.http.request_values import account_of, body_of, hex_of, limit_of, number_of
from strikeproof.gateway.order_event_json import order_event_json
from strikeproof.gateway.order_form import op_of_form, session_of_form, signed_op
from strikeproof.gateway.public_json import (
    account_json,
    ack_json,
    finality_json,
    proof_json,
    session_json,
)
from strikeproof.gateway.refusal import malformed

EXPIRY_MS = 60_000


def account_routes(reads: GatewayReads) -> list[Route]:
    """Return the routes of accounts and of ops."""
    client, feeds = reads.client, reads.feeds

    async def accounts(request: Request) -> Response:
        found = await client.accounts(hex_of(request, "owner", 20))
        return JSONResponse({"accounts": found})

    async def account(request: Request) -> Response:
        state = await client.account(account_of(request))
        await feeds.terms.refresh()
        return JSONResponse(account_json(feeds.terms.by_number, state))

    async def events(request: Request) -> Response:
        found = await client.order_events(
            account=account_of(request),
            from_sequence=number_of(request, "from_sequence", 0),
            limit=limit_of(request, 100, 1_000),
        )
        await feeds.terms.refresh()
        shown = [order_event_json(feeds.terms.by_number.get(x.instrument), x) for x in found]
        return JSONResponse({"events": shown})

    async def session(request: Request) -> Response:
        slot = number_of(request, "session")
        return JSONResponse(session_json(await client.session(slot, account_of(request))))

    async def proof(request: Request) -> Response:
        at = request.query_params.get("at", "final")
        if at not in ("final", "latest"):
            raise malformed("at", "must be final or latest")
        found = await client.state_proof(number_of(request, "key"), final=at == "final")
        return JSONResponse(proof_json(found))

    one = "/api/v1/accounts/{account}"
    return [
        Route("/api/v1/accounts", accounts),
        Route(one, account),
        Route(f"{one}/events", events),
        Route(f"{one}/sessions/{{session}}", session),
        Route("/api/v1/proofs/{key}", proof),
    ]


def op_routes(reads: GatewayReads) -> list[Route]:
    """Return the routes of ops: typed data, submission, finality."""
    client, feeds = reads.client, reads.feeds

    async def typed_data(request: Request) -> Response:
        form = await body_of(request)
        account, slot = session_of_form(form)
        await feeds.terms.refresh()
        info = await reads.venue()
        known = await client.session(slot, account)
        nonce = int(session_json(known)["next_nonce"])
        expiry_ms = (await client.now_ms() // 1_000 + 1) * 1_000 + EXPIRY_MS
        op = op_of_form(form, feeds.terms.known, nonce, expiry_ms)
        of_sessions = Bundle | SetCancelAt | SetTrigger | SetProtection | Bid
        if not isinstance(op, of_sessions) and slot:
            names = "bundles, SetCancelAt, SetTrigger, SetProtection and bids"
            raise malformed("session", f"a session signs {names} alone")
        return JSONResponse(typed_data_json(op, info.chain_id, info.rollup))

    async def submit(request: Request) -> Response:
        body = await body_of(request)
        if not isinstance(body, dict) or set(body) != {"op"}:
            raise malformed("op", "the body is an object with the signed op alone")
        return JSONResponse(ack_json(await client.submit(signed_op(body["op"]))))

    async def finality_by_hash(request: Request) -> Response:
        return JSONResponse(finality_json(await client.finality(hex_of(request, "hash", 32))))

    async def finality_by_place(request: Request) -> Response:
        place = [number_of(request, each) for each in ("batch", "segment", "index")]
        found = await client.finality((place[0], place[1], place[2]))
        return JSONResponse(finality_json(found))

    async def finality_by_order(request: Request) -> Response:
        terms = await feeds.terms.of(request.path_params["instrument"])
        name = [number_of(request, each) for each in ("slot", "serial")]
        found = await client.finality_of_order(terms.instrument.id, name[0], name[1])
        return JSONResponse(finality_json(found))

    async def order_events(request: Request) -> Response:
        terms = await feeds.terms.of(request.path_params["instrument"])
        name = [number_of(request, each) for each in ("slot", "serial")]
        found = await client.order_events(
            order=(terms.instrument.id, name[0], name[1]),
            from_sequence=number_of(request, "from_sequence", 0),
            limit=limit_of(request, 100, 1_000),
        )
        return JSONResponse({"events": [order_event_json(terms, each) for each in found]})

    return [
        Route("/api/v1/orders/{instrument}/{slot}/{serial}/events", order_events),
        Route("/api/v1/typed-data", typed_data, methods=["POST"]),
        Route("/api/v1/ops", submit, methods=["POST"]),
        Route("/api/v1/ops/{hash}/finality", finality_by_hash),
        Route("/api/v1/ops/{batch}/{segment}/{index}/finality", finality_by_place),
        Route("/api/v1/orders/{instrument}/{slot}/{serial}/finality", finality_by_order),
    ]
