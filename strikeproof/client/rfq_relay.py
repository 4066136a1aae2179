"""Calls of the Rfq service as messages, for whoever signed the access in them: what `RfqCalls` does
in its own name, and a gateway in the names of others. Nothing is signed or checked here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from strikeproof.client.acknowledgement import Ack
from strikeproof.client.connection import Connection
from strikeproof.client.quote_request import QuoteRequest, RequestQuotes
from strikeproof.wire import rfq_pb2 as pb
from strikeproof.wire.rfq_pb2_grpc import RfqStub


class RfqRelay:
    """Messages in, values out. Methods raise `Refused`, `Overloaded` and `Unreachable`."""

    def __init__(self, connection: Connection) -> None:
        channel: Any = connection.channel  # as far as stubs are concerned
        self._rfq = RfqStub(channel)
        self._call, self._follow = connection.call, connection.follow

    async def open_request(self, message: pb.OpenRequestRequest) -> QuoteRequest:
        """Ask for quotes."""
        answer = await self._call(self._rfq.OpenRequest, message)
        return QuoteRequest.of_message(answer.opened)

    async def withdraw_request(self, message: pb.WithdrawRequestRequest) -> None:
        """Close a request."""
        await self._call(self._rfq.WithdrawRequest, message)

    async def disclose(self, message: pb.DiscloseRequest) -> None:
        """Tell makers who asks."""
        await self._call(self._rfq.Disclose, message)

    async def request(self, message: pb.GetRequestRequest) -> QuoteRequest:
        """Return a request."""
        return QuoteRequest.of_message(await self._call(self._rfq.GetRequest, message))

    async def quotes(self, message: pb.StreamQuotesRequest) -> AsyncIterator[RequestQuotes]:
        """Yield a request with its quotes, again after changes, until it is closed."""
        async for each in self._follow(self._rfq.StreamQuotes, message):
            yield RequestQuotes.of_message(each)

    async def requests(self, message: pb.StreamRequestsRequest) -> AsyncIterator[QuoteRequest]:
        """Yield the open requests that an account may quote, then each that opens or changes."""
        async for each in self._follow(self._rfq.StreamRequests, message):
            yield QuoteRequest.of_message(each)

    async def put_quote(self, message: pb.PutQuoteRequest) -> int:
        """Quote a request; return the version."""
        answer = await self._call(self._rfq.PutQuote, message)
        return int(answer.version)

    async def withdraw_quote(self, message: pb.WithdrawQuoteRequest) -> None:
        """Take a quote out."""
        await self._call(self._rfq.WithdrawQuote, message)

    async def accept(self, message: pb.AcceptQuoteRequest) -> Ack:
        """Have the block trade of a quote ordered; return the ack, its receipt not checked."""
        return Ack.of_message((await self._call(self._rfq.AcceptQuote, message)).accepted)
