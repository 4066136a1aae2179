"""Requests for quotes: ask makers, quote, and turn a quote into a block trade."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Final, TypeVar

from strikeproof.client import defaults
from strikeproof.client.acknowledgement import Ack
from strikeproof.client.client_failure import Refused
from strikeproof.client.connection import Connection
from strikeproof.client.nonces import Nonces
from strikeproof.client.op_check import FieldInvalid, check_op, request_of
from strikeproof.client.operation import UserOp
from strikeproof.client.quote_nonces import QuoteNonces
from strikeproof.client.quote_request import (
    MakerQuote,
    QuoteRequest,
    RequestLeg,
    RequestQuotes,
    RequestSide,
)
from strikeproof.client.receipt_check import Receipt
from strikeproof.client.rfq_relay import RfqRelay
from strikeproof.client.typed_data import consent_hash, digest, hash_struct
from strikeproof.client.wallet import Wallet
from strikeproof.wire import rfq_pb2 as pb
from strikeproof.wire.errors import ApiError, Result
from strikeproof.wire.operations import QUOTE_ACCESS_STRUCT
from strikeproof.wire.units import MicroUsd, Milliseconds, Ppm
from strikeproof.wire.venue_pb2 import VenueInfo

ACCESS_MS: Final = 1_800_000
ACCESS_LEFT_MS: Final = 300_000  # of an access that is still shown
REQUEST_MS: Final = 60_000
QUOTE_MS: Final = 20_000
T = TypeVar("T")
NONCE_REFUSED: Final = frozenset((Result.NONCE_USED, Result.NONCE_TOO_FAR))


class RfqCalls:
    """The part of `AsyncClient` that asks for quotes and gives them (docs/rfq.md)."""

    _session: int
    _max_fee_ppm: int
    _max_l1_fee: MicroUsd
    _connection: Connection
    _nonces: Nonces
    _wallet: Callable[[], Wallet]
    _known: Callable[[], Awaitable[VenueInfo]]
    _check: Callable[[bytes, Receipt], Awaitable[None]]
    _submit_of: Callable[..., Awaitable[Ack]]
    account_id: Callable[[], Awaitable[int]]
    next_nonce: Callable[[Any], Awaitable[int]]
    now_ms: Callable[[], Awaitable[int]]

    _access_shown: pb.QuoteAccess | None = None

    @cached_property
    def rfq_relay(self) -> RfqRelay:
        """The service as messages, with the access of whoever made them."""
        return RfqRelay(self._connection)

    @cached_property
    def _quote_nonces(self) -> QuoteNonces:
        return QuoteNonces(lambda: self.next_nonce(self._session))

    async def _access(self) -> pb.QuoteAccess:
        """Return what shows the node whom this client speaks for; signed once in a while."""
        now_ms = await self.now_ms()
        shown = self._access_shown
        if shown is None or shown.expiry_ms - now_ms < ACCESS_LEFT_MS:
            account, until = await self.account_id(), now_ms + ACCESS_MS
            hashed = hash_struct(QUOTE_ACCESS_STRUCT, (account, self._session, until))
            venue = await self._known()
            signature = self._wallet().sign_digest(digest(venue.domain_separator, hashed))
            fields = {"account": account, "session": self._session, "expiry_ms": until}
            shown = self._access_shown = pb.QuoteAccess(**fields, signature=signature)
        return shown

    async def quote_request(self, request: int) -> QuoteRequest:
        """Return a request of this account, or one that it is asked to quote."""
        fields = {"access": await self._access(), "request": request}
        message = request_of(pb.GetRequestRequest, **fields)
        return await self.rfq_relay.request(message)

    # --- the requester ---

    async def open_request(
        self,
        legs: Sequence[RequestLeg],
        amount: int,
        side: RequestSide = RequestSide.BOTH,
        *,
        makers: Sequence[int] = (),
        disclosed: bool = True,
        open_ms: int = REQUEST_MS,
    ) -> QuoteRequest:
        """Ask for prices of `amount` structures of up to eight legs, for some time.

        `makers`: who is asked; everybody who listens if empty. `disclosed`: they see which account
        asks, and sign their quotes at once; otherwise quotes are indicative until `disclose`.
        """
        found = sorted(legs, key=lambda each: each.instrument)
        request = request_of(
            pb.OpenRequestRequest,
            access=await self._access(),
            legs=[
                request_of(
                    pb.RequestLeg, instrument=each.instrument, sell=each.sell, ratio=each.ratio
                )
                for each in found
            ],
            amount=amount,
            side=int(side),
            makers=list(makers),
            disclosed=disclosed,
            open_ms=open_ms,
        )
        return await self.rfq_relay.open_request(request)

    async def withdraw_request(self, request: int) -> None:
        """Close a request of this account."""
        fields = {"access": await self._access(), "request": request}
        message = request_of(pb.WithdrawRequestRequest, **fields)
        await self.rfq_relay.withdraw_request(message)

    async def disclose(self, request: int, maker: int = 0) -> None:
        """Tell one maker, or all that are asked, which account asks: they can sign then."""
        fields = {"access": await self._access(), "request": request, "maker": maker}
        await self.rfq_relay.disclose(request_of(pb.DiscloseRequest, **fields))

    async def follow_quotes(self, request: int) -> AsyncIterator[RequestQuotes]:
        """Yield a request of this account with its quotes, again after changes, until it is closed.
        The node forgets requests when it starts again, or another one leads: NOT_FOUND."""

        def wanted(access: pb.QuoteAccess) -> Any:
            return request_of(pb.StreamQuotesRequest, access=access, request=request)

        async for each in self._read(self.rfq_relay.quotes, wanted):
            yield each

    async def _read(
        self,
        follow: Callable[[Any], AsyncIterator[T]],
        wanted: Callable[[pb.QuoteAccess], Any],
    ) -> AsyncIterator[T]:
        """Yield what a stream sends, subscribing again when the access that it was given ends."""
        while True:
            access = await self._access()
            try:
                async for each in follow(wanted(access)):
                    yield each
                return
            except Refused as refusal:
                if refusal.code is not ApiError.UNAUTHENTICATED:
                    raise
                if await self._access() is access:
                    raise

    async def accept_quote(
        self,
        request: QuoteRequest,
        quote: MakerQuote,
        *,
        sell: bool,
        max_fee_ppm: int | None = None,
    ) -> Ack:
        """Trade a signed quote: sell the structure at its bid, or buy it at its ask.

        What is signed are the prices of `quote` and nothing else. Look at the ack's `result`: if it
        is not OK, nothing was traded.
        """
        slot, most = self._session, Ppm(self._max_fee_ppm if max_fee_ppm is None else max_fee_ppm)
        ours = replace(
            request.accepted(quote, sell=sell),
            session=slot,
            max_fee_ppm=most,
            max_l1_fee_micro_usd=self._max_l1_fee,
        )

        async def submit(op: bytes) -> Ack:
            fields = {"request": request.request, "version": quote.version, "op": op}
            message = request_of(pb.AcceptQuoteRequest, **fields)
            ack = await self.rfq_relay.accept(message)
            await self._check(op, ack.receipt)
            return ack

        def build(account: int, end: Milliseconds) -> UserOp:
            return replace(ours, account=account, expiry_ms=end)

        return await self._submit_of(slot, build, submit)

    # --- the maker ---

    async def follow_requests(self) -> AsyncIterator[QuoteRequest]:
        """Yield the open requests that this account may quote, then each that opens or changes."""

        def wanted(access: pb.QuoteAccess) -> Any:
            return pb.StreamRequestsRequest(access=access)

        async for each in self._read(self.rfq_relay.requests, wanted):
            yield each

    async def put_quote(
        self,
        request: QuoteRequest,
        *,
        bid: Sequence[int] = (),
        ask: Sequence[int] = (),
        amount: int | None = None,
        good_for_ms: int = QUOTE_MS,
        max_fee_ppm: int | None = None,
    ) -> int:
        """Quote a request in place of what this account quoted before; return the version.

        `bid` and `ask`: ticks, a price for each leg; `amount` None: all structures. If the request
        is disclosed the quote is signed: it can be traded until it expires, also when it was
        replaced or withdrawn meanwhile. All quotes of a request share one nonce, so one of them is
        traded at most; any other op with that nonce takes them back.
        """
        wanted = request.amount if amount is None else amount
        until = await self.now_ms() + good_for_ms
        fee = self._max_fee_ppm if max_fee_ppm is None else max_fee_ppm
        for attempt in range(1, defaults.ATTEMPTS_MAX + 1):
            consent = None
            if request.account is not None:
                consent = await self._consent(request, (bid, ask), wanted, until, fee)
            message = request_of(
                pb.PutQuoteRequest,
                access=await self._access(),
                request=request.request,
                quote=request_of(
                    pb.MakerQuote,
                    amount=wanted,
                    bid_prices=list(bid),
                    ask_prices=list(ask),
                    expiry_ms=until,
                    consent=consent,
                ),
            )
            try:
                return await self.rfq_relay.put_quote(message)
            except Refused as refusal:
                code = refusal.result
                is_last = attempt == defaults.ATTEMPTS_MAX
                if code is None or code not in NONCE_REFUSED or consent is None or is_last:
                    raise
                self._quote_nonces.refused(request.request, consent.nonce)
                self._nonces.refused(self._session, consent.nonce, code)
        raise AssertionError("the last attempt returns or raises")

    async def _consent(
        self,
        request: QuoteRequest,
        sides: tuple[Sequence[int], Sequence[int]],
        amount: int,
        until: int,
        max_fee_ppm: int,
    ) -> pb.QuoteConsent:
        """Return the signed halves of a bid and an ask, one nonce for both."""
        slot, maker = self._session, await self.account_id()
        nonce = await self._quote_nonces.of(request.request, until, await self.now_ms())
        venue, signatures = await self._known(), []
        for prices, sell in zip(sides, (True, False), strict=True):
            signature = b""
            if prices:
                trade = replace(
                    request.trade(maker, prices, amount, sell=sell),
                    counterparty_session=slot,
                    counterparty_nonce=nonce,
                    counterparty_expiry_ms=Milliseconds(until),
                    counterparty_max_fee_ppm=Ppm(max_fee_ppm),
                )
                check_op(trade)
                signed = digest(venue.domain_separator, consent_hash(trade))
                signature = self._wallet().sign_digest(signed)
            signatures.append(signature)
        if not any(signatures):
            raise FieldInvalid("bid", sides[0], "must be there, or an ask")
        bid, ask = signatures
        return pb.QuoteConsent(
            session=slot,
            nonce=nonce,
            expiry_ms=until,
            max_fee_ppm=max_fee_ppm,
            bid_signature=bid,
            ask_signature=ask,
        )

    async def withdraw_quote(self, request: int) -> None:
        """Take this account's quote of a request out: the node shows and accepts it no more."""
        fields = {"access": await self._access(), "request": request}
        await self.rfq_relay.withdraw_quote(request_of(pb.WithdrawQuoteRequest, **fields))
