"""A request for quotes and the quotes of it, as values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final, NamedTuple

from strikeproof.sequencer.core.block_settlement import BlockLeg
from strikeproof.sequencer.core.ops.block_trade import BlockTrade, Consent
from strikeproof.sequencer.order.op_place import OpPlace
from strikeproof.wire.errors import ApiError

NEVER: Final = 2**64  # milliseconds


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


class RfqRefused(Exception):
    """A request or quote that is not taken: a code of the API, and the values behind it."""

    def __init__(self, code: ApiError, message: str = "", **details: int | str) -> None:
        super().__init__(message)
        self.code, self.message, self.details = code, message, details


class RequestLeg(NamedTuple):
    """A leg of one structure. `is_sell`: whoever buys the structure sells `ratio` lots of it."""

    instrument: int
    is_sell: bool
    ratio: int
    tick_value: int
    """Micro-USD a tick and lot."""


@dataclass(frozen=True, slots=True)
class RequestTerms:
    """What is asked for, of whom, and until when."""

    account: int
    legs: tuple[RequestLeg, ...]
    amount: int
    """Structures."""
    side: RequestSide
    makers: frozenset[int]
    """Empty: everybody."""
    opened_ms: int
    expiry_ms: int

    def structure_value(self, prices: tuple[int, ...]) -> int:
        """Return what one structure costs at a price for each leg, micro-USD."""
        return sum(
            (-1 if leg.is_sell else 1) * leg.ratio * price * leg.tick_value
            for leg, price in zip(self.legs, prices, strict=True)
        )

    def block_legs(self, prices: tuple[int, ...], amount: int, *, sells: bool) -> list[BlockLeg]:
        """Return the legs of the block trade in which the requester buys or sells structures."""
        return [
            BlockLeg(leg.instrument, int(leg.is_sell != sells), price, leg.ratio * amount)
            for leg, price in zip(self.legs, prices, strict=True)
        ]


class SignedHalves(NamedTuple):
    """A maker's consent, with its signatures over the bid's and the ask's legs: of one nonce, so
    at most one of them is ever traded. Empty: no such side."""

    consent: Consent
    bid_signature: bytes
    ask_signature: bytes


@dataclass(frozen=True, slots=True)
class MakerQuote:
    """A maker's prices of some structures, in ticks a leg; empty: no bid, no ask."""

    maker: int
    version: int
    """Counts the maker's quotes of this request, from 1."""
    amount: int
    bid_prices: tuple[int, ...]
    ask_prices: tuple[int, ...]
    expiry_ms: int
    halves: SignedHalves | None
    """None: the quote is indicative."""

    def trades(self, terms: RequestTerms) -> Iterator[BlockTrade]:
        """Yield the block trades that the maker has signed, of its bid and of its ask, the
        submitter's own half still empty."""
        if self.halves is None:
            return
        consent, bid_signature, ask_signature = self.halves
        for prices, signature, sells in (
            (self.bid_prices, bid_signature, True),
            (self.ask_prices, ask_signature, False),
        ):
            if prices:
                legs = terms.block_legs(prices, self.amount, sells=sells)
                submitter = (terms.account, 0, 0, 0, 0, 0)
                yield BlockTrade(*submitter, consent, signature, legs, None)


@dataclass(slots=True)
class QuoteRequest:
    """A request with its quotes. The book alone changes it."""

    id: int
    terms: RequestTerms
    host: str
    """Where it came from."""
    is_disclosed: bool
    """Whether everybody that is asked knows who asks."""
    state: RequestState = RequestState.OPEN
    disclosed_to: set[int] = field(default_factory=set)
    quotes: dict[int, MakerQuote] = field(default_factory=dict)
    """Live ones, by maker, the oldest first."""
    versions: dict[int, int] = field(default_factory=dict)
    """The newest version of each maker."""
    due_ms: int = NEVER
    """Before then nothing of it expires."""
    trades: dict[int, tuple[MakerQuote, OpPlace]] = field(default_factory=dict)
    """The quotes that were traded, by maker."""

    @property
    def expiry_ms(self) -> int:
        """When it is over."""
        return self.terms.expiry_ms

    def is_asked(self, maker: int) -> bool:
        """Whether an account is asked."""
        terms = self.terms
        return maker != terms.account and (not terms.makers or maker in terms.makers)

    def is_disclosed_to(self, maker: int) -> bool:
        """Whether a maker knows who asks."""
        return self.is_disclosed or maker in self.disclosed_to

    def next_version(self, maker: int) -> int:
        """Return the number of a maker's next quote, and count it."""
        version = self.versions[maker] = self.versions.get(maker, 0) + 1
        return version

    def bids(self) -> list[MakerQuote]:
        """Return the quotes with a bid, highest first, of equal ones the older first."""
        found = [each for each in self.quotes.values() if each.bid_prices]
        value = self.terms.structure_value
        return sorted(found, key=lambda each: -value(each.bid_prices))

    def asks(self) -> list[MakerQuote]:
        """Return the quotes with an ask, lowest first, of equal ones the older first."""
        found = [each for each in self.quotes.values() if each.ask_prices]
        value = self.terms.structure_value
        return sorted(found, key=lambda each: value(each.ask_prices))
