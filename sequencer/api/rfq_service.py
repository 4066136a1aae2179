"""The Rfq service: requests for quotes and quotes, until a quote becomes a block trade.

Nobody trusts the node with more than that it shows everybody the same, and in time: a signed quote
is the maker's consent, an acceptance the op that the requester signs. Quotes are not reserved: the
order of ops decides.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from strikeproof.json_number import JSON_INTEGER_MAX
from strikeproof.sequencer.api.ack_message import fill_accepted
from strikeproof.sequencer.api.api_failure import ApiFailure, Context, answers, refused
from strikeproof.sequencer.api.peer import host_of
from strikeproof.sequencer.api.rfq_access import AccessCheck
from strikeproof.sequencer.api.rfq_message import (
    malformed,
    quote_of,
    quotes_message,
    request_message,
    terms_of,
)
from strikeproof.sequencer.api.rfq_readers import RfqReader, RfqReaders
from strikeproof.sequencer.api.stream_limit import StreamLimit
from strikeproof.sequencer.api.submitted_op import checked_op
from strikeproof.sequencer.config import RfqSection
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.op_preparation import read_op
from strikeproof.sequencer.core.ops.block_trade import BlockTrade
from strikeproof.sequencer.intake.submission import Submission
from strikeproof.sequencer.metrics import SequencerMetrics
from strikeproof.sequencer.order.op_place import OpPlace
from strikeproof.sequencer.order.wall_clock import wall_clock_ms
from strikeproof.sequencer.pipeline.pipeline import Pipeline
from strikeproof.sequencer.rfq.quote_book import BookLimits, QuoteBook
from strikeproof.sequencer.rfq.quote_request import (
    MakerQuote,
    QuoteRequest,
    RequestState,
    RequestTerms,
    RfqRefused,
)
from strikeproof.wire import rfq_pb2 as pb
from strikeproof.wire.errors import Result
from strikeproof.wire.rfq_pb2_grpc import RfqServicer

TICK_SECONDS: Final = 0.1  # how late a request or quote may be seen to have expired

Order = Callable[[bytes, str], Awaitable[Submission]]


class RfqService(RfqServicer):
    """Owns the book; on the event loop alone."""

    def __init__(
        self,
        engine: Engine,
        pipeline: Pipeline,
        streams: StreamLimit,
        metrics: SequencerMetrics,
        section: RfqSection,
        order: Order,
    ) -> None:
        """`order`: orders an op for a peer, and returns once it is durable."""
        self._engine, self._pipeline, self._streams = engine, pipeline, streams
        self._metrics, self._section, self._order = metrics, section, order
        self._access = AccessCheck(engine, section)
        self._book = QuoteBook(
            BookLimits(
                section.requests_max,
                section.account_requests_max,
                section.host_requests_max,
                section.account_quotes_max,
                section.request_quotes_max,
            )
        )
        self._readers = RfqReaders()
        self._tick: asyncio.TimerHandle | None = None

    # --- the clock ---

    def _now_ms(self) -> int:
        """Return the time, what has expired by then being out of the book."""
        now_ms = max(wall_clock_ms(), self._engine.clock_ms)
        for request, maker in self._book.expire(now_ms):
            if maker:
                self._quoted(request, maker)
            else:
                self._told(request)
        return now_ms

    def _told(self, request: QuoteRequest) -> None:
        """Tell readers of a request that it, or who may see what of it, changed."""
        if request.state is not RequestState.OPEN:
            self._metrics.rfq_closed(request.state.name.lower())
        self._readers.changed(request)
        self._show()

    def _show(self) -> None:
        """Show how much is open, and look after what expires as long as something is."""
        self._metrics.rfq_requests.set(self._book.open_count)
        self._metrics.rfq_quotes.set(self._book.quote_count)
        if self._tick is None and self._book.open_count:
            self._tick = asyncio.get_running_loop().call_later(TICK_SECONDS, self._on_tick)

    def _on_tick(self) -> None:
        self._tick = None
        self._now_ms()
        self._show()

    # --- requesters ---

    @answers
    async def OpenRequest(
        self, request: pb.OpenRequestRequest, context: Context
    ) -> pb.OpenRequestResponse:
        """Open a request."""
        with self._caller(request.access, context) as (account, now_ms):
            section = self._section
            least, most = section.open_ms_min, section.open_ms_max
            if not least <= request.open_ms <= most:
                raise malformed("open_ms", f"{least} to {most}")
            terms = terms_of(request, account, now_ms, self._engine.instrument)
            host = host_of(context.peer())
            found = self._book.open(self._free_id(), terms, host, is_disclosed=request.disclosed)
            self._metrics.rfq_opened.inc()
            self._told(found)
            return pb.OpenRequestResponse(opened=request_message(found, account))

    def _free_id(self) -> int:
        """Draw an id that nobody guesses, and that a former leader did not give."""
        while self._book.find(id := 1 + secrets.randbelow(JSON_INTEGER_MAX)) is not None:
            pass
        return id

    @answers
    async def WithdrawRequest(
        self, request: pb.WithdrawRequestRequest, context: Context
    ) -> pb.WithdrawRequestResponse:
        """Close a request of the caller's."""
        with self._caller(request.access, context) as (account, _):
            self._told(self._book.withdraw(request.request, account))
            return pb.WithdrawRequestResponse()

    @answers
    async def Disclose(self, request: pb.DiscloseRequest, context: Context) -> pb.DiscloseResponse:
        """Tell makers whose request it is."""
        with self._caller(request.access, context) as (account, _):
            found = self._book.disclose(request.request, account, request.maker)
            if request.maker:
                self._quoted(found, request.maker)  # nobody else is to notice
            else:
                self._told(found)
            return pb.DiscloseResponse()

    @answers
    async def GetRequest(self, request: pb.GetRequestRequest, context: Context) -> pb.QuoteRequest:
        """Return a request of the caller's, or one that it is asked to quote."""
        with self._caller(request.access, context) as (account, _):
            return request_message(self._book.seen(request.request, account), account)

    @answers
    async def StreamQuotes(
        self, request: pb.StreamQuotesRequest, context: Context
    ) -> AsyncIterator[pb.RequestQuotes]:
        """Send a request of the caller's with its quotes, until it is closed."""
        with (
            self._streams.open(context.peer(), "quotes"),
            self._caller(request.access, context) as (account, _),
        ):
            found = self._book.asked_by(request.request, account)
            with self._readers.requester(found.id) as reader:
                yield quotes_message(found)
                while found.state is RequestState.OPEN:
                    await self._changes(reader, request.access)
                    yield quotes_message(found)

    @answers
    async def AcceptQuote(
        self, request: pb.AcceptQuoteRequest, context: Context
    ) -> pb.AcceptQuoteResponse:
        """Order the block trade of a signed quote."""
        with self._may(context) as (host, _):
            self._access.count(host)
            trade = _block_of(request.op)
            self._access.check_submitter(trade)  # or the answer would say whose request it is
            maker = trade.consent.account
            quote = self._book.acceptable(request.request, trade.account, maker, request.version)
            found = self._book.asked_by(request.request, trade.account)
            _check_same(trade, quote, found.terms)
            # A caller that goes away takes nothing back: what it traded is noted all the same.
            ordering = self._trade(found.id, quote, request.op, context.peer())
            submission = await asyncio.shield(ordering)
            response = pb.AcceptQuoteResponse()
            fill_accepted(response.accepted, submission, self._pipeline.sequencer_epoch)
            return response

    async def _trade(self, id: int, quote: MakerQuote, op: bytes, peer: str) -> Submission:
        """Order the block trade of a quote, and note it if it was traded. Raises `ApiFailure`."""
        submission = await self._order(op, peer)
        outcome = submission.outcome
        assert outcome is not None
        if outcome.code == Result.OK:
            place = OpPlace(submission.batch, submission.segment, submission.index)
            traded = self._book.traded(id, quote, place)
            if traded is not None:
                self._told(traded)
        return submission

    # --- makers ---

    @answers
    async def StreamRequests(
        self, request: pb.StreamRequestsRequest, context: Context
    ) -> AsyncIterator[pb.QuoteRequest]:
        """Send open requests that the caller is asked to quote, then what changes."""
        with (
            self._streams.open(context.peer(), "requests"),
            self._caller(request.access, context) as (account, _),
            self._readers.maker(account) as reader,
        ):
            for found in list(self._book.open_for(account)):
                yield request_message(found, account)
            while True:
                for id in await self._changes(reader, request.access):
                    changed = self._book.find(id)
                    if changed is not None:
                        yield request_message(changed, account)

    @answers
    async def PutQuote(self, request: pb.PutQuoteRequest, context: Context) -> pb.PutQuoteResponse:
        """Quote a request."""
        with self._caller(request.access, context) as (maker, now_ms):
            is_signed = request.quote.HasField("consent")
            found = self._book.quotable(request.request, maker, is_signed=is_signed)
            quote = quote_of(request.quote, maker, found.terms, now_ms)
            self._check_halves(quote, found.terms, now_ms)
            numbered = self._book.put(found.id, quote, now_ms)
            self._quoted(found, maker)
            return pb.PutQuoteResponse(version=numbered.version)

    @answers
    async def WithdrawQuote(
        self, request: pb.WithdrawQuoteRequest, context: Context
    ) -> pb.WithdrawQuoteResponse:
        """Take a quote of the caller's out."""
        with self._caller(request.access, context) as (maker, _):
            self._quoted(self._book.withdraw_quote(request.request, maker), maker)
            return pb.WithdrawQuoteResponse()

    def _quoted(self, request: QuoteRequest, maker: int) -> None:
        self._readers.quoted(request, maker)
        self._show()

    def _check_halves(self, quote: MakerQuote, terms: RequestTerms, now_ms: int) -> None:
        """Refuse, as the law would, a consent that is not the maker's to just these legs."""
        for trade in quote.trades(terms):
            code = self._engine.blocks().consent_refusal(trade, now_ms)
            if code:
                raise refused(code)

    # --- every stream, every call ---

    async def _changes(self, reader: RfqReader, access: pb.QuoteAccess) -> list[int]:
        """Return the requests that changed. Raises `ApiFailure` once the access is good no more: at
        its expiry, even if nothing changes."""
        changed = await reader.take(max(1, access.expiry_ms - self._now_ms()) / 1_000)
        self._access.check(access, self._now_ms())
        return changed

    @contextmanager
    def _caller(self, access: pb.QuoteAccess, context: Context) -> Iterator[tuple[int, int]]:
        """As `_may`, with the account that the call is made for in place of its host."""
        with self._may(context) as (host, now_ms):
            yield self._access.account_of(access, host, now_ms), now_ms

    @contextmanager
    def _may(self, context: Context) -> Iterator[tuple[str, int]]:
        """Give a call its host and the time, unless the node takes nothing now; turn refusals of
        the book into failures, and count them."""
        try:
            if self._pipeline.refusing is not None:
                raise ApiFailure(self._pipeline.refusing)
            yield host_of(context.peer()), self._now_ms()
        except RfqRefused as refusal:
            self._metrics.rfq_refused(refusal.code)
            details: dict[str, Any] = refusal.details
            raise ApiFailure(refusal.code, refusal.message, **details) from None
        except ApiFailure as failure:
            self._metrics.rfq_refused(failure.code)
            raise


def _block_of(data: bytes) -> BlockTrade:
    op = read_op(checked_op(data)).decoded
    if not isinstance(op, BlockTrade):
        raise malformed("op", "an acceptance is a well-formed BlockTrade")
    return op


def _check_same(trade: BlockTrade, quote: MakerQuote, terms: RequestTerms) -> None:
    """Raise `ApiFailure` unless the trade is one that the maker has signed in its quote."""
    for signed in quote.trades(terms):
        if (trade.consent, trade.consent_signature, trade.legs) == (
            signed.consent,
            signed.consent_signature,
            signed.legs,
        ):
            return
    raise malformed("op", "it is not the trade that the quote's consent is for")
