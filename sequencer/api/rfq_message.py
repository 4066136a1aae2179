"""Requests for quotes and quotes: messages parsed into values, and values as messages.

A caller sees of a request what concerns it: who asks if that is disclosed to it, all quotes of its
own request, its own quote of another's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from strikeproof.sequencer.api.api_failure import ApiFailure, refused
from strikeproof.sequencer.api.submitted_op import compact
from strikeproof.sequencer.core.ops.block_trade import Consent
from strikeproof.sequencer.core.state_view import InstrumentView
from strikeproof.sequencer.rfq.quote_request import (
    MakerQuote,
    QuoteRequest,
    RequestLeg,
    RequestSide,
    RequestTerms,
    SignedHalves,
)
from strikeproof.wire import rfq_pb2 as pb
from strikeproof.wire.constants import BLOCK_LEGS_MAX, ORDER_LOTS_MAX, InstrumentStatus
from strikeproof.wire.errors import ApiError, Result
from strikeproof.wire.operation_pb2 import Position

MAKERS_MAX: Final = 64
PRICE_MAX: Final = 2**32 - 1  # ticks

InstrumentOf = Callable[[int], InstrumentView | None]


def malformed(field: str, problem: str) -> ApiFailure:
    """Return the failure of a field."""
    return ApiFailure(ApiError.REQUEST_MALFORMED, f"{field}: {problem}", field=field)


def terms_of(
    request: pb.OpenRequestRequest, account: int, now_ms: int, instrument: InstrumentOf
) -> RequestTerms:
    """Return what a caller asks for. Raises `ApiFailure`."""
    if not 1 <= len(request.legs) <= BLOCK_LEGS_MAX:
        raise malformed("legs", f"a structure has 1 to {BLOCK_LEGS_MAX}, not {len(request.legs)}")
    legs: list[RequestLeg] = []
    for each in request.legs:
        if legs and each.instrument <= legs[-1].instrument:
            raise malformed("legs", "their instruments rise")
        found = instrument(each.instrument)
        if found is None:
            raise ApiFailure(ApiError.NOT_FOUND, f"no instrument {each.instrument}", field="legs")
        if found.status == InstrumentStatus.SETTLED:
            raise refused(Result.INSTRUMENT_SETTLED)
        if not 1 <= each.ratio * request.amount <= ORDER_LOTS_MAX:
            problem = f"ratio times amount is 1 to {ORDER_LOTS_MAX}"
            raise malformed("amount" if each.ratio else "legs", problem)
        legs.append(RequestLeg(each.instrument, each.sell, each.ratio, found.tick_value))
    if int(request.side) not in tuple(map(int, RequestSide)):
        raise malformed("side", "buy, sell or both")
    makers = frozenset(request.makers)
    if len(request.makers) > MAKERS_MAX or account in makers or 0 in makers:
        raise malformed("makers", f"at most {MAKERS_MAX} other accounts")
    return RequestTerms(
        account=account,
        legs=tuple(legs),
        amount=request.amount,
        side=RequestSide(request.side),
        makers=makers,
        opened_ms=now_ms,
        expiry_ms=now_ms + request.open_ms,
    )


def quote_of(quote: pb.MakerQuote, maker: int, terms: RequestTerms, now_ms: int) -> MakerQuote:
    """Return a maker's quote of a request, its version still to be counted. Raises `ApiFailure`."""
    if not 1 <= quote.amount <= terms.amount:
        raise malformed("amount", f"it is 1 to {terms.amount} structures")
    bid, ask = tuple(quote.bid_prices), tuple(quote.ask_prices)
    _check_prices("bid_prices", bid, terms, useful=terms.side is not RequestSide.BUY)
    _check_prices("ask_prices", ask, terms, useful=terms.side is not RequestSide.SELL)
    if not bid and not ask:
        raise malformed("ask_prices", "a quote has a bid, an ask or both")
    expiry_ms = min(quote.expiry_ms, terms.expiry_ms)
    halves = None
    if quote.HasField("consent"):
        halves = _halves_of(quote.consent, maker, bool(bid), bool(ask))
        expiry_ms = min(expiry_ms, halves.consent.expiry_ms)
    if expiry_ms <= now_ms:
        raise malformed("expiry_ms", "it has passed")
    return MakerQuote(maker, 0, quote.amount, bid, ask, expiry_ms, halves)


def _check_prices(field: str, prices: Sequence[int], terms: RequestTerms, *, useful: bool) -> None:
    if prices and not useful:
        raise malformed(field, "the requester does not want that side")
    if prices and (len(prices) != len(terms.legs) or min(prices) < 1):
        raise malformed(field, f"one for each of {len(terms.legs)} legs, 1 to {PRICE_MAX} ticks")


def _halves_of(consent: pb.QuoteConsent, maker: int, bids: bool, asks: bool) -> SignedHalves:
    for field, wanted in (("bid_signature", bids), ("ask_signature", asks)):
        if bool(getattr(consent, field)) is not wanted:
            raise malformed(field, "there is one for each side that has prices")
    if consent.expiry_ms >> 48:
        raise malformed("expiry_ms", "it has 48 bits")
    return SignedHalves(
        Consent(maker, consent.session, consent.nonce, consent.expiry_ms, consent.max_fee_ppm),
        compact(consent.bid_signature) if bids else b"",
        compact(consent.ask_signature) if asks else b"",
    )


def request_message(request: QuoteRequest, account: int) -> pb.QuoteRequest:
    """Return what an account may see of a request that is its own, or that it is asked to quote."""
    terms = request.terms
    is_own = terms.account == account
    message = pb.QuoteRequest(
        request=request.id,
        account=terms.account if is_own or request.is_disclosed_to(account) else 0,
        legs=[
            pb.RequestLeg(instrument=each.instrument, sell=each.is_sell, ratio=each.ratio)
            for each in terms.legs
        ],
        amount=terms.amount,
        side=int(terms.side),  # type: ignore[arg-type]
        makers=sorted(terms.makers) if is_own else (),
        opened_ms=terms.opened_ms,
        expiry_ms=terms.expiry_ms,
        state=int(request.state),  # type: ignore[arg-type]
        disclosed=request.is_disclosed,
    )
    for maker, (_, place) in request.trades.items():
        if is_own or maker == account:
            position = Position(batch=place.batch, segment=place.segment, index=place.index)
            message.trades.add(maker=maker, position=position)
    if account in request.quotes:
        message.own_quote.CopyFrom(quote_message(request.quotes[account], terms))
    return message


def quotes_message(request: QuoteRequest) -> pb.RequestQuotes:
    """Return a request with all of its quotes, as the requester sees it."""
    terms = request.terms
    return pb.RequestQuotes(
        request=request_message(request, terms.account),
        bids=[quote_message(each, terms) for each in request.bids()],
        asks=[quote_message(each, terms) for each in request.asks()],
    )


def quote_message(quote: MakerQuote, terms: RequestTerms) -> pb.MakerQuote:
    """Return a quote with the value of one structure."""
    bid, ask = quote.bid_prices, quote.ask_prices
    message = pb.MakerQuote(
        maker=quote.maker,
        version=quote.version,
        amount=quote.amount,
        bid_prices=bid,
        ask_prices=ask,
        expiry_ms=quote.expiry_ms,
        bid_micro_usd=str(terms.structure_value(bid)) if bid else "",
        ask_micro_usd=str(terms.structure_value(ask)) if ask else "",
    )
    if quote.halves is not None:
        consent = quote.halves.consent
        message.consent.session = consent.session
        message.consent.nonce = consent.nonce
        message.consent.expiry_ms = consent.expiry_ms
        message.consent.max_fee_ppm = consent.max_fee_ppm
        message.consent.bid_signature = quote.halves.bid_signature
        message.consent.ask_signature = quote.halves.ask_signature
    return message
