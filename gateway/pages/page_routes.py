"""The pages of markets, accounts, orders, batches, claims and of the venue."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from strikeproof.client.defaults import ACCOUNT_KEY
from strikeproof.client.trigger_calls import LIMIT_MOST
from strikeproof.failure import Failure
from strikeproof.gateway.chain.shown_batch import ChainUnreadable, op_name
from strikeproof.gateway.http.chain_routes import (
    batch_json,
    claim_json,
    latest_batches,
    posted_batch,
    terms_json,
)
from strikeproof.gateway.http.expiry_routes import Expiries
from strikeproof.gateway.http.gateway_reads import GatewayReads
from strikeproof.gateway.http.request_values import number_of
from strikeproof.gateway.json_fields import bytes_of
from strikeproof.gateway.order_event_json import order_event_json
from strikeproof.gateway.pages.evidence_pages import EvidencePages, consumed_messages
from strikeproof.gateway.pages.templating import Pages, static_routes
from strikeproof.gateway.public_json import (
    account_json,
    book_json,
    finality_json,
    hex_text,
    instrument_json,
    market_event_json,
    trade_json,
    venue_json,
)
from strikeproof.gateway.refusal import GatewayRefusal
from strikeproof.wire.constants import BLOCK_LEGS_MAX, KEY_ID_BITS, InstrumentStatus
from strikeproof.wire.errors import ApiError
from strikeproof.wire.layout import ORDER_KIND

LADDER_LEVELS: Final = 12
TRADES_SHOWN: Final = 20
EVENTS_SHOWN: Final = 30
MARKET_EVENTS_SHOWN: Final = 8
ORDER_SLOT_BITS: Final = 18  # docs/protocol/state.md: an order's id is instrument * 2^18 + slot
STATES: Final = ("accepted", "ordered", "claimed", "verified", "final")


class VenuePages:
    """Renders from the same reads as the JSON."""

    def __init__(self, reads: GatewayReads, expiries: Expiries, pages: Pages) -> None:
        self._reads, self._expiries, self._pages = reads, expiries, pages
        self._client, self._feeds = reads.client, reads.feeds

    def routes(self) -> list[BaseRoute]:
        """Return the routes of pages and of their files."""
        return [
            Route("/", self.markets),
            Route("/markets/{instrument}", self.market),
            Route("/expiries", self.expiry),
            Route("/expiries/{expiry}", self.expiry),
            Route("/quotes", self.quotes),
            Route("/accounts", self.find_account),
            Route("/accounts/{account}", self.account),
            Route("/orders/{instrument}/{slot}/{serial}", self.order),
            Route("/ops/{batch}/{segment}/{index}", self.op),
            Route("/batches", self.batches),
            Route("/batches/{batch}", self.batch),
            *EvidencePages(self._reads, self._pages).routes(),
            Route("/claims/{claim}", self.claim),
            Route("/venue", self.venue),
            *static_routes(),
        ]

    # --- markets ---

    async def markets(self, request: Request) -> Response:
        """All instruments."""
        found = [instrument_json(each) for each in await self._feeds.prices.instruments()]
        return self._pages.page(request, "markets.html", instruments=found)

    async def market(self, request: Request) -> Response:
        """One instrument: ladder, chart, trades, funding, the house."""
        terms = await self._feeds.terms.of(request.path_params["instrument"])
        number = terms.instrument.id
        feed = self._feeds.book(terms)
        trades, events, instruments, _ = await asyncio.gather(
            self._client.trades(number, TRADES_SHOWN),
            self._client.market_events(number, MARKET_EVENTS_SHOWN),
            self._feeds.prices.instruments(),
            feed.upstream.ready(),
        )
        assert feed.book is not None
        return self._pages.page(
            request,
            "market.html",
            instrument=next(instrument_json(x) for x in instruments if x.id == number),
            book=book_json(terms, feed.book, LADDER_LEVELS),
            trades=[trade_json(terms, each) for each in trades],
            events=[market_event_json(terms, each) for each in events],
        )

    async def expiry(self, request: Request) -> Response:
        """An expiry: its futures, and its surface as a chain; without a number the next one."""
        found = await self._expiries.all()
        number = number_of(request, "expiry", found[0]["expiry"] if found else 0)
        chosen = await self._expiries.chain(number) if number else None
        futures = []
        if chosen is not None:
            listed = [instrument_json(each) for each in await self._feeds.prices.instruments()]
            same = (chosen["underlying"], chosen["expiry_ms"])
            futures = [
                each
                for each in listed
                if each["kind"] == "FUTURE" and (each["underlying"], each["expiry_ms"]) == same
            ]
        return self._pages.page(
            request, "chain.html", expiries=found, chosen=chosen, futures=futures
        )

    async def quotes(self, request: Request) -> Response:
        """A form that asks makers for quotes, and what they quote."""
        listed = [instrument_json(each) for each in await self._feeds.prices.instruments()]
        open_ = [each for each in listed if each["status"] != InstrumentStatus.SETTLED.name]
        return self._pages.page(request, "quotes.html", instruments=open_, legs_max=BLOCK_LEGS_MAX)

    # --- accounts ---

    async def find_account(self, request: Request) -> Response:
        """A form, or the accounts of an address."""
        asked = request.query_params.get("of", "").strip()
        found: list[int] = []
        if asked.isascii() and asked.isdecimal() and len(asked) <= 10:
            return RedirectResponse(f"/accounts/{int(asked)}", 303)
        problem = ""
        if asked:
            try:
                found = await self._client.accounts(bytes_of("of", asked.lower(), 20))
                problem = "" if found else "This address owns no account."
            except Failure:
                problem = "This is neither an account's number nor an address."
        return self._pages.page(
            request, "accounts.html", asked=asked, accounts=found, problem=problem
        )

    async def account(self, request: Request) -> Response:
        """One account: positions, margin, orders, what happened."""
        number = number_of(request, "account")
        state = await self._client.account(number)
        events = await self._client.order_events(account=number, limit=EVENTS_SHOWN)
        await self._feeds.terms.refresh()
        known = self._feeds.terms.by_number
        return self._pages.page(
            request,
            "account.html",
            account=account_json(known, state),
            underlyings={
                x.instrument.underlying: x.instrument.underlying_symbol for x in known.values()
            },
            key=str(ACCOUNT_KEY | number),
            limits_of_any=(1, LIMIT_MOST),
            events=[order_event_json(known.get(x.instrument), x) for x in reversed(events)],
        )

    # --- orders and ops ---

    async def order(self, request: Request) -> Response:
        """One order: its life, how far its op has come, its record."""
        terms = await self._feeds.terms.of(request.path_params["instrument"])
        number, slot = terms.instrument.id, number_of(request, "slot")
        serial = number_of(request, "serial")
        finality, events = await asyncio.gather(
            self._client.finality_of_order(number, slot, serial),
            self._client.order_events(order=(number, slot, serial)),
        )
        record = ORDER_KIND << KEY_ID_BITS | number << ORDER_SLOT_BITS | slot
        return self._pages.page(
            request,
            "order.html",
            symbol=terms.symbol,
            slot=slot,
            serial=serial,
            key=str(record),
            events=[order_event_json(terms, each) for each in events],
            **_steps(finality_json(finality)),
        )

    async def op(self, request: Request) -> Response:
        """One op: how far it has come, its bytes and fields."""
        batch, segment, index = (number_of(request, x) for x in ("batch", "segment", "index"))
        finality = await self._client.finality((batch, segment, index))
        op = None
        if finality.batch_hash and self._reads.has_chain:
            found, _ = await posted_batch(self._reads, batch)
            try:
                op = found.segments[segment].ops[index]
            except IndexError:
                message = f"batch {batch} has no op {index} in segment {segment}"
                raise GatewayRefusal(ApiError.NOT_FOUND, message) from None
        shown: dict[str, Any] = {
            "op": None if op is None else hex_text(op),
            "kind": op_name(op) if op else "",
            "evidence": f"{batch}.{segment}.{index}" if self._reads.evidence.is_there else None,
        }
        return self._pages.page(request, "op.html", **shown, **_steps(finality_json(finality)))

    # --- batches and claims ---

    async def batches(self, request: Request) -> Response:
        """The newest batches."""
        before = number_of(request, "before", 0)
        found = await latest_batches(self._reads, before, 20)
        return self._pages.page(
            request,
            "batches.html",
            batches=[{"number": each.batch, **finality_json(each)} for each in found],
            venue=venue_json(await self._reads.venue()),
        )

    async def batch(self, request: Request) -> Response:
        """One batch: its header, segments and ops."""
        number = number_of(request, "batch")
        found, finality = await posted_batch(self._reads, number)
        return self._pages.page(
            request,
            "batch.html",
            batch=batch_json(found),
            messages=await consumed_messages(self._reads, number),
            has_evidence=self._reads.evidence.is_there,
            op_count=found.op_count,
            **_steps(finality_json(finality)),
        )

    async def claim(self, request: Request) -> Response:
        """One claim: its roots and its window."""
        chain, number = await self._reads.chain(), number_of(request, "claim")
        found = claim_json(await chain.claim(number))
        now_ms = (await self._reads.venue()).now_ms
        return self._pages.page(
            request,
            "claim.html",
            claim=found,
            now_ms=now_ms,
            has_evidence=self._reads.evidence.is_there,
        )

    async def venue(self, request: Request) -> Response:
        """Claims, funds, houses, terms of leaving."""
        info, instruments = await asyncio.gather(
            self._reads.venue(), self._feeds.prices.instruments()
        )
        terms: dict[str, Any] | None = None
        l1_failure = ""
        if self._reads.has_chain:
            try:
                found = await self._reads.terms_soon()
            except ChainUnreadable as failure:
                l1_failure = failure.reason
            else:
                terms = None if found is None else terms_json(found)
        return self._pages.page(
            request,
            "venue.html",
            venue=venue_json(info),
            instruments=[instrument_json(each) for each in instruments],
            terms=terms,
            has_chain=self._reads.has_chain,
            l1_failure=l1_failure,
        )

    async def error(self, request: Request, status: int, error: dict[str, Any]) -> Response:
        """Why there is no such page."""
        return self._pages.page(request, "error.html", status, status=status, error=error)


def _steps(finality: dict[str, Any]) -> dict[str, Any]:
    """Return finality with the steps that were reached."""
    reached = STATES.index(finality["state"]) if finality["state"] in STATES else -1
    steps = [(name, at <= reached) for at, name in enumerate(STATES)]
    return {"finality": finality, "steps": steps}
