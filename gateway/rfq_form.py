"""Requests for quotes, quotes and acceptances as programs write them in JSON, as messages of the
node. Whether an access, a consent or an op is good, the node says."""

from __future__ import annotations

from typing import Final

from strikeproof.client import BlockLeg, FieldInvalid, compact_signature
from strikeproof.client.op_check import request_of
from strikeproof.client.rfq_calls import REQUEST_MS
from strikeproof.gateway.json_fields import JsonFields, bytes_of, integer_of
from strikeproof.gateway.order_form import TermsOf, signed_op
from strikeproof.wire import rfq_pb2 as pb
from strikeproof.wire.units import Lots, Ticks

SIDES: Final = {
    "buy": pb.REQUEST_SIDE_BUY,
    "sell": pb.REQUEST_SIDE_SELL,
    "both": pb.REQUEST_SIDE_BOTH,
}


def access_of(value: object) -> pb.QuoteAccess:
    """Return an access. Raises `FieldInvalid`, `GatewayRefusal`."""
    given = JsonFields("access", value)
    found = request_of(
        pb.QuoteAccess,
        account=given.integer("account"),
        session=given.integer("session", 0),
        expiry_ms=given.integer("expiry_ms"),
        signature=compact_signature(bytes_of(given.path("signature"), given.need("signature"))),
    )
    given.end()
    return found


def open_request_of(form: object, terms_of: TermsOf) -> pb.OpenRequestRequest:
    """Return what a form asks for, its legs in the order of their instruments."""
    given = JsonFields("", form)
    legs = [
        _leg(f"legs[{number}]", each, terms_of) for number, each in enumerate(given.listed("legs"))
    ]
    side = given.take("side", "both")
    if not isinstance(side, str) or side not in SIDES:
        raise FieldInvalid("side", side, f"must be one of {', '.join(SIDES)}")
    found = request_of(
        pb.OpenRequestRequest,
        access=access_of(given.need("access")),
        legs=sorted(legs, key=lambda leg: leg.instrument),
        amount=given.integer("amount"),
        side=SIDES[side],
        makers=[integer_of("makers", each) for each in given.listed("makers")],
        disclosed=given.flag("disclosed", otherwise=True),
        open_ms=given.integer("open_ms", REQUEST_MS),
    )
    given.end()
    return found


def _leg(name: str, value: object, terms_of: TermsOf) -> pb.RequestLeg:
    given = JsonFields(name, value)
    terms, side = terms_of(given.need("instrument")), given.need("side")
    if side not in ("buy", "sell"):
        raise FieldInvalid(given.path("side"), side, "must be buy or sell")
    ratio = terms.lots(given.need("size"))
    given.end()
    return pb.RequestLeg(instrument=terms.instrument.id, sell=side == "sell", ratio=ratio)


def access_alone(form: object) -> pb.QuoteAccess:
    """Return the access of a form that says nothing else."""
    given = JsonFields("", form)
    found = access_of(given.need("access"))
    given.end()
    return found


def disclose_of(form: object, request: int) -> pb.DiscloseRequest:
    """Return to whom a request is disclosed."""
    given = JsonFields("", form)
    found = request_of(
        pb.DiscloseRequest,
        access=access_of(given.need("access")),
        request=request,
        maker=given.integer("maker", 0),
    )
    given.end()
    return found


def put_quote_of(form: object, request: int) -> pb.PutQuoteRequest:
    """Return a maker's quote."""
    given = JsonFields("", form)
    consent = given.take("consent")
    prices = {
        f"{side}_prices": [integer_of(name, each) for each in given.listed(name)]
        for side, name in (("bid", "bid_ticks"), ("ask", "ask_ticks"))
    }
    found = request_of(
        pb.PutQuoteRequest,
        access=access_of(given.need("access")),
        request=request,
        quote=request_of(
            pb.MakerQuote,
            amount=given.integer("amount"),
            expiry_ms=given.integer("expiry_ms"),
            consent=None if consent is None else _consent(consent),
            **prices,
        ),
    )
    given.end()
    return found


def _consent(value: object) -> pb.QuoteConsent:
    given = JsonFields("consent", value)
    signatures: dict[str, bytes] = {}
    for name in ("bid_signature", "ask_signature"):
        signed = given.take(name)
        signatures[name] = b"" if signed is None else bytes_of(given.path(name), signed)
    found = request_of(
        pb.QuoteConsent,
        session=given.integer("session", 0),
        nonce=given.integer("nonce"),
        expiry_ms=given.integer("expiry_ms"),
        max_fee_ppm=given.integer("max_fee_ppm"),
        **signatures,
    )
    given.end()
    return found


def accept_of(form: object, request: int) -> pb.AcceptQuoteRequest:
    """Return the acceptance of a quote. Its signature says who accepts: it carries no access."""
    given = JsonFields("", form)
    found = request_of(
        pb.AcceptQuoteRequest,
        request=request,
        version=given.integer("version"),
        op=signed_op(given.need("op")),
    )
    given.end()
    return found


def block_legs_of(form: object, terms_of: TermsOf) -> list[BlockLeg]:
    """Return one half of a block trade, its legs by instrument: ticks and lots, as in its file."""
    given = JsonFields("", form)
    legs: list[BlockLeg] = []
    for number, each in enumerate(given.listed("legs")):
        leg = JsonFields(f"legs[{number}]", each)
        instrument = terms_of(leg.need("instrument")).instrument.id
        price, lots = Ticks(leg.integer("price")), Lots(leg.integer("lots"))
        legs.append(BlockLeg(instrument, leg.flag("sell"), price, lots))
        leg.end()
    given.end()
    return sorted(legs, key=lambda leg: leg.instrument)
