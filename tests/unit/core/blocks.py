"""Block trades under a test's hand: legs, both signatures, nonces that count up."""

from __future__ import annotations

from typing import Any, TypeAlias

from strikeproof.sequencer.core import signing_digest
from strikeproof.sequencer.core.ops.block_trade import BlockTrade
from strikeproof.sequencer.core.ops.op_table import decode_op
from strikeproof.wire.constants import OpType
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import encode_block_leg, encode_block_trade_body
from tests.unit.core.scripted_venue import (
    DOMAIN,
    FOREVER,
    ScriptedVenue,
    compact,
    key_of,
    signed_op,
)

BUY, SELL = 0, 1
Leg: TypeAlias = tuple[int, int, int, int]  # instrument, the submitter's side, ticks, lots


def leg_bytes(leg: Leg) -> bytes:
    instrument, sell, price, lots = leg
    return encode_block_leg(instrument=instrument, sell=sell, price=price, lots=lots)


def consent_of(terms: dict[str, Any], seed: int, domain: bytes = DOMAIN) -> bytes:
    """Return a key's signature of the consent to these terms."""
    body = encode_block_trade_body(**terms, counterparty_signature=bytes(64))
    op = decode_op(OpType.BLOCK_TRADE, body, signature_may_lack=True)
    assert isinstance(op, BlockTrade), op
    return compact(key_of(seed), signing_digest.digest(domain, op.consent_hash()))


def next_nonce(venue: ScriptedVenue, account: int, session: int = 0) -> int:
    name = account + 1000 * session
    nonce = venue.nonces.get(name, 0)
    venue.nonces[name] = nonce + 1
    return nonce


def terms_of(
    venue: ScriptedVenue, account: int, counterparty: int, *legs: Leg, **changed: Any
) -> dict[str, Any]:
    """Return the fields of a block trade, those that are given changed."""
    session, other = changed.get("session", 0), changed.get("counterparty_session", 0)
    fields = {
        "account": account,
        "session": session,
        "expiry_ms": FOREVER,
        "max_fee_ppm": 10**6,
        "counterparty": counterparty,
        "counterparty_session": other,
        "counterparty_expiry_ms": FOREVER,
        "counterparty_max_fee_ppm": 10**6,
        "legs": [leg_bytes(each) for each in legs],
        "max_l1_fee_micro_usd": 0,
    }
    if "nonce" not in changed:
        fields["nonce"] = next_nonce(venue, account, session)
    if "counterparty_nonce" not in changed:
        fields["counterparty_nonce"] = next_nonce(venue, counterparty, other)
    return fields | changed


def block_op(
    venue: ScriptedVenue,
    terms: dict[str, Any],
    *,
    key: int | None = None,
    other_key: int | None = None,
    consent: bytes | None = None,
) -> bytes:
    """Return the op, signed by both owners unless told otherwise."""
    if consent is None:
        other = venue.owners.get(terms["counterparty"], 0) if other_key is None else other_key
        consent = consent_of(terms, other)
    body = encode_block_trade_body(**terms, counterparty_signature=consent)
    seed = venue.owners.get(terms["account"], 0) if key is None else key
    return signed_op(OpType.BLOCK_TRADE, body, key_of(seed))


def block(
    venue: ScriptedVenue, account: int, counterparty: int, *legs: Leg, **changed: Any
) -> Result:
    """Trade legs in a segment of their own; return the op's code."""
    op = block_op(venue, terms_of(venue, account, counterparty, *legs, **changed))
    return Result(venue.segment(op)[0].code)
