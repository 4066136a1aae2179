"""GET: batches and claims as L1 holds them, and L1's terms."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from strikeproof.client import OpFinality
from strikeproof.gateway.chain.shown_batch import ShownBatch, ShownClaim, op_name
from strikeproof.gateway.http.gateway_reads import ChainTerms, GatewayReads
from strikeproof.gateway.http.request_values import limit_of, number_of
from strikeproof.gateway.public_json import finality_json, hex_text, usd
from strikeproof.gateway.refusal import GatewayRefusal
from strikeproof.wire.errors import ApiError


def chain_routes(reads: GatewayReads) -> list[Route]:
    """Return the routes."""

    async def batches(request: Request) -> Response:
        limit = limit_of(request, 20, 50)
        found = await latest_batches(reads, number_of(request, "before", 0), limit)
        shown = [{"batch": each.batch, **finality_json(each)} for each in found]
        return JSONResponse({"batches": shown})

    async def batch(request: Request) -> Response:
        found, finality = await posted_batch(reads, number_of(request, "batch"))
        return JSONResponse({**batch_json(found), "finality": finality_json(finality)})

    async def claim(request: Request) -> Response:
        chain = await reads.chain()
        return JSONResponse(claim_json(await chain.claim(number_of(request, "claim"))))

    async def terms(request: Request) -> Response:
        return JSONResponse(terms_json(await reads.terms()))

    return [
        Route("/api/v1/batches", batches),
        Route("/api/v1/batches/{batch}", batch),
        Route("/api/v1/claims/{claim}", claim),
        Route("/api/v1/terms", terms),
    ]


async def latest_batches(reads: GatewayReads, before: int, limit: int) -> list[OpFinality]:
    """Return how far the newest posted batches have come, the newest first."""
    posted = (await reads.venue()).batch_posted
    newest = min(posted, before - 1) if before else posted
    numbers = range(newest, max(0, newest - limit), -1)
    asked = (reads.client.finality((number, 0, 0)) for number in numbers)
    return await asyncio.gather(*asked)


async def posted_batch(reads: GatewayReads, number: int) -> tuple[ShownBatch, OpFinality]:
    """Return a batch as L1 holds it, and how far it has come."""
    chain = await reads.chain()
    finality = await reads.client.finality((number, 0, 0))
    if not finality.batch_hash:
        raise GatewayRefusal(ApiError.NOT_YET, f"batch {number} is not on L1 yet")
    return await chain.batch(number, finality.batch_hash, finality.l1_block), finality


def batch_json(batch: ShownBatch) -> dict[str, Any]:
    """Return a batch with the bytes of its ops."""
    return {
        "batch": batch.number,
        "batch_hash": hex_text(batch.hash),
        "l1_block": batch.l1_block,
        "transaction": hex_text(batch.transaction),
        "time_ms": batch.time_ms,
        "sequencer_epoch": batch.epoch,
        "inbox_end": batch.inbox_end,
        "exit_end": batch.exit_end,
        "header": hex_text(batch.header),
        "segments": [
            {
                "data": hex_text(each.data),
                "family": each.family,
                "time_ms": each.time_ms,
                "declared_compute": each.declared[0],
                "declared_witness": each.declared[1],
                "ops": [{"type": op_name(op), "op": hex_text(op)} for op in each.ops],
            }
            for each in batch.segments
        ],
    }


def claim_json(claim: ShownClaim) -> dict[str, Any]:
    """Return a claim with all of its roots."""
    return {
        "claim": claim.number,
        "claim_hash": hex_text(claim.hash),
        "parent_hash": hex_text(claim.parent_hash),
        "proposer": hex_text(claim.proposer),
        "deadline_ms": claim.deadline_ms,
        "roots": [hex_text(each) for each in claim.roots],
        "l1_block": claim.l1_block,
        "transaction": hex_text(claim.transaction),
    }


def terms_json(terms: ChainTerms) -> dict[str, Any]:
    """Return windows, custody and terms of leaving, as L1's contracts answer."""

    def shown(values: dict[str, int]) -> dict[str, Any]:
        return {
            name.removesuffix("MicroUsd"): usd(value) if name.endswith("MicroUsd") else str(value)
            for name, value in values.items()
        }

    return {
        "l1_block": terms.head,
        "rollup": shown(terms.rollup),
        "vault": shown(terms.vault),
        "escape_address": hex_text(terms.escape_address),
        "escape": shown(terms.escape),
        "announced": [
            {
                "number": str(each.number),
                "ready_ms": each.ready * 1_000,
                "expires_ms": each.last * 1_000,
                "leave_by_ms": terms.leave_by(each) * 1_000,
            }
            for each in terms.announced
        ],
    }
