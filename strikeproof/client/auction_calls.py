"""Auctions of portfolios: what is for sale, and bids for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

from strikeproof.client.acknowledgement import Ack
from strikeproof.client.block_calls import MarginState
from strikeproof.client.op_check import request_of
from strikeproof.client.operation import Bid, UserOp
from strikeproof.wire import venue_pb2
from strikeproof.wire.constants import PPM
from strikeproof.wire.errors import Result
from strikeproof.wire.units import MicroUsd, Milliseconds, Ppm
from strikeproof.wire.venue_pb2 import ListAuctionsRequest
from strikeproof.wire.venue_pb2_grpc import VenueStub


@dataclass(frozen=True, slots=True)
class AuctionLots:
    """Lots of an instrument, short below zero, and its mark in ticks."""

    instrument: int
    lots: int
    price: int


@dataclass(frozen=True, slots=True)
class BidMargin:
    """What a bid would take and be paid if it were ordered now, micro-USD, the bidder's margin
    before and after, and OK or why it would not pass: NO_RELIEF, MARGIN_INSUFFICIENT,
    PORTFOLIO_UNFIT, PORTFOLIO_STALE, NO_AUCTION. Limits of single instruments are judged when it is
    ordered."""

    fraction_ppm: int
    lots: tuple[AuctionLots, ...]
    paid_micro_usd: int
    fee_micro_usd: int
    before: MarginState
    after: MarginState
    result: Result

    @classmethod
    def of_message(cls, message: venue_pb2.BidMargin) -> Self:
        """Return the value of an API message."""
        return cls(
            message.fraction_ppm,
            _lots(message.lots),
            int(message.paid_micro_usd),
            int(message.fee_micro_usd),
            MarginState.of_message(message.before),
            MarginState.of_message(message.after),
            Result(message.result),
        )


@dataclass(frozen=True, slots=True)
class Auction:
    """A portfolio that is auctioned since `begun_ms` (docs/protocol/auctions.md).

    `discount_ppm`: what a bid is paid now, as a share of the maintenance margin that it frees.
    `most_ppm`: the greatest fraction that one bid may take now. `over`: it ends with the next
    Revalue. Equity and maintenance margin in micro-USD, None while prices are old. `result`: OK, or
    why no bid passes now. `bid`: what a bid would come to, if its bidder was named.
    """

    account: int
    begun_ms: int
    underlying: int
    discount_ppm: int
    over: bool
    equity_micro_usd: int | None
    maintenance_margin_micro_usd: int | None
    most_ppm: int
    held: tuple[AuctionLots, ...]
    result: Result
    bid: BidMargin | None = None

    @classmethod
    def of_message(cls, message: venue_pb2.Auction) -> Self:
        """Return the value of an API message."""
        asked = message.maintenance_margin_micro_usd
        return cls(
            message.account,
            message.begun_ms,
            message.underlying,
            message.discount_ppm,
            message.over,
            int(message.equity_micro_usd) if message.equity_micro_usd else None,
            int(asked) if asked else None,
            message.most_ppm,
            _lots(message.held),
            Result(message.result),
            BidMargin.of_message(message.bid) if message.HasField("bid") else None,
        )


def _lots(messages: Sequence[venue_pb2.AuctionLots]) -> tuple[AuctionLots, ...]:
    return tuple(AuctionLots(each.instrument, each.lots, each.price) for each in messages)


class AuctionCalls:
    """The part of `AsyncClient` that looks at auctions and bids."""

    _session: int
    _max_l1_fee: MicroUsd
    _venue: VenueStub
    _call: Callable[[Any, Any], Awaitable[Any]]
    _submit_of: Callable[[int, Callable[[int, Milliseconds], UserOp]], Awaitable[Ack]]
    account_id: Callable[[], Awaitable[int]]

    async def auctions(self, *, bidder: int = 0, fraction_ppm: int = 0) -> list[Auction]:
        """Return the portfolios that are auctioned now, the oldest first; with a bidder also what
        its bid for a fraction (0: as much as one bid may take) would come to."""
        request = request_of(ListAuctionsRequest, bidder=bidder, fraction_ppm=fraction_ppm)
        answer = await self._call(self._venue.ListAuctions, request)
        return [Auction.of_message(each) for each in answer.auctions]

    async def bid(
        self, auction: Auction, *, fraction_ppm: int = PPM, discount_ppm: int | None = None
    ) -> Ack:
        """Take a fraction of every position of a portfolio that is auctioned, at marks, for a
        discount of at least `discount_ppm` (by default that of the auction as it was read).

        No more is taken than what brings the portfolio back to its target. Look at the ack's
        `result`: if it is not OK, nothing was sold.
        """
        slot, fee = self._session, self._max_l1_fee
        least = auction.discount_ppm if discount_ppm is None else discount_ppm
        whose = (auction.account, Milliseconds(auction.begun_ms))
        terms = (*whose, Ppm(fraction_ppm), Ppm(least), fee)
        return await self._submit_of(slot, lambda id, until: Bid(id, slot, 0, until, *terms))
