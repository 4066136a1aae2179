"""Requests for quotes, quotes, and what a block would do to a margin, as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from strikeproof.client import BlockMargin, MakerQuote, MarginState, QuoteRequest
from strikeproof.client.quote_request import QuoteConsent, RequestLeg, RequestQuotes
from strikeproof.gateway.instrument_terms import InstrumentTerms
from strikeproof.gateway.public_json import Json, hex_text, place_json, side, usd

Terms = Mapping[int, InstrumentTerms]


def request_json(terms: Terms, request: QuoteRequest) -> Json:
    """Return a request as whoever reads it may see it."""
    own = request.own_quote
    return {
        "request": request.request,
        "account": request.account,
        "legs": [_leg(terms[each.instrument], each) for each in request.legs],
        "amount": request.amount,
        "side": request.side.name.lower(),
        "makers": list(request.makers),
        "opened_ms": request.opened_ms,
        "expiry_ms": request.expiry_ms,
        "state": request.state.name,
        "disclosed": request.disclosed,
        "own_quote": None if own is None else quote_json(terms, request.legs, own),
        "trades": [{"maker": each.maker, "position": place_json(each)} for each in request.trades],
    }


def _leg(terms: InstrumentTerms, leg: RequestLeg) -> Json:
    return {
        "instrument": terms.symbol,
        "instrument_id": leg.instrument,
        "side": side(leg.sell),
        "size": terms.size(leg.ratio),
        "lots": leg.ratio,
    }


def quotes_json(terms: Terms, found: RequestQuotes) -> Json:
    """Return a request with its quotes, best first."""
    legs = found.request.legs
    return {
        "quote_request": request_json(terms, found.request),
        "bids": [quote_json(terms, legs, each) for each in found.bids],
        "asks": [quote_json(terms, legs, each) for each in found.asks],
    }


def quote_json(terms: Terms, legs: Sequence[RequestLeg], quote: MakerQuote) -> Json:
    """Return a maker's quote of these legs."""
    return {
        "maker": quote.maker,
        "version": quote.version,
        "amount": quote.amount,
        "expiry_ms": quote.expiry_ms,
        "bid": _prices(terms, legs, quote.bid_prices, quote.bid_micro_usd),
        "ask": _prices(terms, legs, quote.ask_prices, quote.ask_micro_usd),
        "consent": None if quote.consent is None else _consent(quote.consent),
    }


def _prices(
    terms: Terms, legs: Sequence[RequestLeg], ticks: Sequence[int], micro_usd: int | None
) -> Json | None:
    if not ticks:
        return None
    return {
        "prices": [
            terms[leg.instrument].price(price) for leg, price in zip(legs, ticks, strict=True)
        ],
        "price_ticks": list(ticks),
        "value": usd(micro_usd),
    }


def _consent(consent: QuoteConsent) -> Json:
    return {
        "session": consent.session,
        "nonce": str(consent.nonce),
        "expiry_ms": consent.expiry_ms,
        "max_fee_ppm": consent.max_fee_ppm,
        "bid_signature": hex_text(consent.bid_signature) if consent.bid_signature else None,
        "ask_signature": hex_text(consent.ask_signature) if consent.ask_signature else None,
    }


def block_margin_json(margin: BlockMargin) -> Json:
    """Return a party's margin before and after a block trade."""
    return {
        "before": margin_json(margin.before),
        "after": margin_json(margin.after),
        "fees": usd(margin.fees_micro_usd),
        "passes": margin.passes,
        "result": margin.result.name,
    }


def margin_json(state: MarginState) -> Json:
    """Return what an account is worth and asked to keep."""
    return {
        "equity": usd(state.equity_micro_usd),
        "initial_margin": usd(state.initial_margin_micro_usd),
        "maintenance_margin": usd(state.maintenance_margin_micro_usd),
        "is_portfolio": state.portfolio,
    }
