"""Requests for quotes, quotes, and the block trade that a quote is an offer of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Self

from strikeproof.client.op_check import FieldInvalid
from strikeproof.client.operation import BlockLeg, BlockTrade, block_of
from strikeproof.wire import rfq_pb2
from strikeproof.wire.units import Lots, Milliseconds, Ppm, Ticks


class RequestSide(IntEnum):
    """Which side of the structure the requester wants."""

    BUY = 1
    SELL = 2
    BOTH = 3


class RequestState(IntEnum):
    """What became of a request."""

    OPEN = 1
    EXPIRED = 2
    WITHDRAWN = 3
    TRADED = 4


@dataclass(frozen=True, slots=True)
class RequestLeg:
    """A leg of one structure: whoever buys the structure buys (`sell`: sells) `ratio` lots."""

    instrument: int
    sell: bool
    ratio: int


@dataclass(frozen=True, slots=True)
class QuoteConsent:
    """What a maker signed: its BlockConsent of the bid and of the ask, one nonce for both."""

    session: int
    nonce: int
    expiry_ms: int
    max_fee_ppm: int
    bid_signature: bytes
    ask_signature: bytes


@dataclass(frozen=True, slots=True)
class MakerQuote:
    """A maker's prices, in ticks a leg, of `amount` structures: all of them or none. It buys the
    structure at its bid and sells it at its ask; `bid_micro_usd` and `ask_micro_usd` are what one
    structure costs, negative if it pays its buyer."""

    maker: int
    version: int
    amount: int
    bid_prices: tuple[int, ...]
    ask_prices: tuple[int, ...]
    expiry_ms: int
    bid_micro_usd: int | None
    ask_micro_usd: int | None
    consent: QuoteConsent | None
    """None: the quote is indicative. The maker signs once the request is disclosed to it."""

    @classmethod
    def of_message(cls, message: rfq_pb2.MakerQuote) -> Self:
        """Return the value of an API message."""
        consent = None
        if message.HasField("consent"):
            said = message.consent
            terms = (said.session, said.nonce, said.expiry_ms, said.max_fee_ppm)
            consent = QuoteConsent(*terms, said.bid_signature, said.ask_signature)
        return cls(
            message.maker,
            message.version,
            message.amount,
            tuple(message.bid_prices),
            tuple(message.ask_prices),
            message.expiry_ms,
            int(message.bid_micro_usd) if message.bid_micro_usd else None,
            int(message.ask_micro_usd) if message.ask_micro_usd else None,
            consent,
        )


@dataclass(frozen=True, slots=True)
class RequestTrade:
    """A block trade that came of a request: with whom, and where it stands in the order."""

    maker: int
    batch: int
    segment: int
    index: int


@dataclass(frozen=True, slots=True)
class QuoteRequest:
    """What is asked for, and what became of it. `account` None: the requester is not disclosed.

    `makers`: who may quote, empty for everybody; the requester alone sees it. `own_quote`: of the
    maker that reads this.
    """

    request: int
    account: int | None
    legs: tuple[RequestLeg, ...]
    amount: int
    side: RequestSide
    makers: tuple[int, ...]
    opened_ms: int
    expiry_ms: int
    state: RequestState
    disclosed: bool
    own_quote: MakerQuote | None
    trades: tuple[RequestTrade, ...]

    @classmethod
    def of_message(cls, message: rfq_pb2.QuoteRequest) -> Self:
        """Return the value of an API message."""
        own = message.own_quote if message.HasField("own_quote") else None
        return cls(
            message.request,
            message.account or None,
            tuple(RequestLeg(each.instrument, each.sell, each.ratio) for each in message.legs),
            message.amount,
            RequestSide(message.side),
            tuple(message.makers),
            message.opened_ms,
            message.expiry_ms,
            RequestState(message.state),
            message.disclosed,
            None if own is None else MakerQuote.of_message(own),
            tuple(
                RequestTrade(
                    each.maker, each.position.batch, each.position.segment, each.position.index
                )
                for each in message.trades
            ),
        )

    def trade(self, maker: int, prices: Sequence[int], amount: int, *, sell: bool) -> BlockTrade:
        """Return the block trade, not signed yet, in which the requester buys (`sell`: sells) this
        many structures at a price for each leg. Raises `FieldInvalid`."""
        if self.account is None:
            raise FieldInvalid("request", self.request, "is not disclosed")
        if len(prices) != len(self.legs):
            raise FieldInvalid("prices", prices, f"must be {len(self.legs)}, one for each leg")
        legs = [
            BlockLeg(leg.instrument, leg.sell != sell, Ticks(price), Lots(leg.ratio * amount))
            for leg, price in zip(self.legs, prices, strict=True)
        ]
        return block_of(self.account, maker, legs)

    def accepted(self, quote: MakerQuote, *, sell: bool) -> BlockTrade:
        """Return the trade that a signed quote is for, the requester's own half still empty. Raises
        `FieldInvalid`."""
        consent, prices = quote.consent, quote.bid_prices if sell else quote.ask_prices
        if consent is None:
            raise FieldInvalid("quote", quote.version, "is indicative: disclose the request first")
        if not prices:
            raise FieldInvalid("sell", sell, "is a side that the quote lacks")
        return replace(
            self.trade(quote.maker, prices, quote.amount, sell=sell),
            counterparty_session=consent.session,
            counterparty_nonce=consent.nonce,
            counterparty_expiry_ms=Milliseconds(consent.expiry_ms),
            counterparty_max_fee_ppm=Ppm(consent.max_fee_ppm),
            counterparty_signature=consent.bid_signature if sell else consent.ask_signature,
        )


@dataclass(frozen=True, slots=True)
class RequestQuotes:
    """A request with its quotes, the best first: the highest bid, the lowest ask."""

    request: QuoteRequest
    bids: tuple[MakerQuote, ...]
    asks: tuple[MakerQuote, ...]

    def quotes(self, *, sell: bool) -> tuple[MakerQuote, ...]:
        """Return those at which the requester sells, or buys."""
        return self.bids if sell else self.asks

    @classmethod
    def of_message(cls, message: rfq_pb2.RequestQuotes) -> Self:
        """Return the value of an API message."""
        return cls(
            QuoteRequest.of_message(message.request),
            tuple(map(MakerQuote.of_message, message.bids)),
            tuple(map(MakerQuote.of_message, message.asks)),
        )
