"""GET: what a verifier shows of ops, claims and roots."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from strikeproof.gateway.http.gateway_reads import GatewayReads
from strikeproof.gateway.http.request_values import limit_of, number_of

BASE = "/api/v1/evidence"


def evidence_routes(reads: GatewayReads) -> list[Route]:
    """Return the routes."""
    source = reads.evidence

    async def named(request: Request) -> str:
        return await reads.evidence_name(request.path_params["name"])

    async def op(request: Request) -> Response:
        return JSONResponse(await source.op(await named(request)))

    async def audit(request: Request) -> Response:
        name = await named(request)
        return _file(await source.audit(name), "application/json", f"audit-{name}.json")

    async def calldata(request: Request) -> Response:
        name = await named(request)
        return _file(await source.calldata(name), "text/plain", f"challenge-{name}.hex")

    async def claims(request: Request) -> Response:
        return JSONResponse(await source.claims())

    async def claim(request: Request) -> Response:
        return JSONResponse(await source.claim(number_of(request, "claim")))

    async def solvency(request: Request) -> Response:
        return JSONResponse(await source.solvency(limit_of(request, 20, 100)))

    return [
        Route(f"{BASE}/ops/{{name}}", op),
        Route(f"{BASE}/ops/{{name}}/audit", audit),
        Route(f"{BASE}/ops/{{name}}/calldata", calldata),
        Route(f"{BASE}/claims", claims),
        Route(f"{BASE}/claims/{{claim}}", claim),
        Route(f"{BASE}/solvency", solvency),
    ]


def _file(body: bytes, kind: str, name: str) -> Response:
    shown = name.replace(":", "-")
    headers = {"content-disposition": f'attachment; filename="{shown}"'}
    return Response(body, media_type=kind, headers=headers)
