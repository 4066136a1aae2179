"""Pages of what a verifier shows: an op's effect and the price of its dispute, claims with their
verdicts, solvency at every root."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from strikeproof.gateway.http.chain_routes import posted_batch, terms_json
from strikeproof.gateway.http.gateway_reads import GatewayReads
from strikeproof.gateway.http.request_values import number_of
from strikeproof.gateway.pages.templating import Pages

MICRO = 10**6


class EvidencePages:
    """Renders from the same reads as the JSON."""

    def __init__(self, reads: GatewayReads, pages: Pages) -> None:
        self._reads, self._pages = reads, pages

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        return [
            Route("/evidence/{name}", self.op),
            Route("/claims", self.claims),
            Route("/claims/{claim}/verdict", self.verdict),
            Route("/solvency", self.solvency),
        ]

    async def op(self, request: Request) -> Response:
        """What the law made of one op or message."""
        name = await self._reads.evidence_name(request.path_params["name"])
        found = await self._reads.evidence.op(name)
        return self._pages.page(request, "evidence.html", found=found, name=name)

    async def claims(self, request: Request) -> Response:
        """Claims that can be disputed."""
        found = await self._reads.claims_soon()
        newest_first = [] if found is None else list(reversed(found["claims"]))
        verifier = None if found is None else found["verifier"]
        return self._pages.page(request, "claims.html", claims=newest_first, verifier=verifier)

    async def verdict(self, request: Request) -> Response:
        """A verifier's verdict on the claims of a batch."""
        number = number_of(request, "claim")
        judged = (await self._reads.evidence.claim(number))["claims"]
        return self._pages.page(request, "verdict.html", number=number, judged=judged)

    async def solvency(self, request: Request) -> Response:
        """What was owed at each root, and the houses."""
        found, terms = await asyncio.gather(
            self._reads.solvency_soon(),
            self._reads.terms_soon() if self._reads.has_chain else _nothing(),
        )
        custody: str | None = None
        on_its_way = 0
        if terms is not None:
            custody = terms_json(terms)["vault"]["custody"]
            if found is not None and found["roots"]:
                owed = int(found["roots"][0]["liabilities_micro_usd"])
                on_its_way = int(Decimal(custody) * MICRO) - owed
        return self._pages.page(
            request,
            "solvency.html",
            is_there=found is not None,
            has_chain=self._reads.has_chain,
            custody=custody,
            on_its_way=on_its_way,
            **(found or {"roots": [], "houses": []}),
        )


async def _nothing() -> None:
    """Ask nobody."""


async def consumed_messages(reads: GatewayReads, number: int) -> list[dict[str, Any]]:
    """Return the exits and messages of L1 that a batch consumed, by the names of their evidence."""
    asked = [posted_batch(reads, each) for each in (number, number - 1) if each]
    (batch, _), *earlier = await asyncio.gather(*asked)
    exits, messages = 0, 0
    for before, _ in earlier:
        exits, messages = before.exit_end, before.inbox_end
    lanes = (("exit", exits, batch.exit_end), ("message", messages, batch.inbox_end))
    return [
        {"lane": lane, "number": each, "name": f"{lane}:{each}"}
        for lane, first, end in lanes
        for each in range(first, end)
    ]
