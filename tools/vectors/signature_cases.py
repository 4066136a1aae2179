"""Cases of what is signed: EIP-712 digests, signatures good and bad, receipts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from strikeproof.keccak import keccak256
from strikeproof.ordered_form import ordered_op
from strikeproof.sequencer.batch.static_list import StaticList
from strikeproof.sequencer.core import signing_digest
from strikeproof.sequencer.core.ops.block_trade import BlockTrade
from strikeproof.sequencer.core.ops.op_table import decode_op
from strikeproof.sequencer.core.signature import SECP256K1_N, recover
from strikeproof.sequencer.order.receipt import Promise, group_digest, receipt_hash
from strikeproof.wire.constants import (
    ATTESTED_MS_MAX,
    FORWARD_PPB_MIN,
    INDEX_PRICE_MAX,
    SVI_RHO_MAX,
)
from tools.vectors.attest_shapes import ATTEST, CREDIT, NO_CREDIT, UNATTEST
from tools.vectors.bid_shapes import BID
from tools.vectors.case_file import Case
from tools.vectors.encoders import START_MS, encode_body, encode_op, ends_of
from tools.vectors.op_cases import (
    BLOCK_TRADE,
    BUNDLE,
    REPORTED,
    REVOKE,
    SET_CANCEL_AT,
    SET_GUARD,
    SET_MARGIN_MODE,
    SET_SESSION,
    SET_TRIGGER,
    TAKE_BACK,
    TRADER,
    WITHDRAW,
    every_action,
)
from tools.vectors.protection_shapes import SET_PROTECTION
from tools.vectors.signed_op import (
    CHAIN_ID,
    DOMAIN,
    ROLLUP,
    VALUES,
    attest_hash,
    attested,
    consented,
    credit_hash,
    credited,
    report_hash,
    reported,
    signature_of,
    signed_op,
    struct_hash,
)
from tools.vectors.signers import signer


def typed_data_cases() -> Iterator[Case]:
    """Yield user ops and prices with what is signed of them, by whom, and the signature."""
    test_chain = (31_337, keccak256(b"a rollup")[:20])
    yield _typed("a bundle of one GTC buy", "BUNDLE", BUNDLE)
    yield _typed("a bundle of eight actions of every kind", "BUNDLE", every_action())
    yield _typed("a bundle on another chain", "BUNDLE", BUNDLE, test_chain)
    yield _typed("a withdrawal", "WITHDRAW", WITHDRAW)
    yield _typed("a withdrawal on another chain", "WITHDRAW", WITHDRAW, test_chain)
    yield _typed("a session key", "SET_SESSION", SET_SESSION)
    yield _typed("a revoked session key", "SET_SESSION", REVOKE)
    yield _typed("a cancel-at", "SET_CANCEL_AT", SET_CANCEL_AT)
    yield _typed("a protection", "SET_PROTECTION", SET_PROTECTION)
    yield _typed("a guard key", "SET_GUARD", SET_GUARD)
    yield _typed("portfolio margin", "SET_MARGIN_MODE", SET_MARGIN_MODE)
    yield _typed("a block trade", "BLOCK_TRADE", BLOCK_TRADE)
    yield _typed_consent("a consent to a block trade", BLOCK_TRADE)
    yield _typed_consent("a consent on another chain", BLOCK_TRADE, test_chain)
    yield _typed("a stop-loss", "SET_TRIGGER", SET_TRIGGER)
    yield _typed("a stop-loss that is taken back", "SET_TRIGGER", TAKE_BACK)
    yield _typed("a bid for a tenth", "BID", BID)
    flags = {
        "sell": True,
        "post_only": True,
        "reduce_only": True,
        "self_trade": "CANCEL_BOTH",
        "time_in_force": "GTD",
        "expiry_ms": 2**48 - 1,
    }
    ends = {"price": 2**32 - 1, "lots": 2**40 - 1, "client_id": 2**64 - 1, "instrument": 2**16 - 1}
    action = {**BUNDLE["actions"][0], **flags, **ends}
    yield _typed("an action at its ends", "BUNDLE", {**BUNDLE, "actions": [action]})
    for op_type, typical in (
        ("BUNDLE", BUNDLE),
        ("WITHDRAW", WITHDRAW),
        ("SET_SESSION", SET_SESSION),
        ("SET_CANCEL_AT", SET_CANCEL_AT),
        ("SET_GUARD", SET_GUARD),
        ("SET_MARGIN_MODE", SET_MARGIN_MODE),
        ("SET_PROTECTION", SET_PROTECTION),
        ("SET_TRIGGER", SET_TRIGGER),
        ("BID", BID),
    ):
        verb = op_type.lower().replace("_", "-")
        for label, fields in ends_of(op_type, typical):
            if struct_hash(op_type, fields) is not None:
                yield _typed(f"{verb}, {label}", op_type, fields)
    yield _typed_attest("a tier", ATTEST)
    yield _typed_attest("a tier that is taken away", UNATTEST)
    ends = {"account": 2**32 - 2, "tier": 255, "tier_expiry_ms": 2**48 - 1}
    said_ms = 2**48 - 1 - ATTESTED_MS_MAX
    yield _typed_attest("a tier at its ends", {**ends, "attested_ms": said_ms})
    yield _typed_credit("credit", CREDIT)
    yield _typed_credit("credit that is taken away", NO_CREDIT)
    most = {"account": 2, "limit_micro_usd": 2**64 - 1, "credit_minutes": 2**16 - 1, "guarantor": 1}
    yield _typed_credit("credit at its ends", {**most, "credited_ms": said_ms})
    for name, underlying, epoch, time_ms, price in (
        ("a reporter's price", 1, 1, START_MS, 96_400_500_000_000),
        ("a price at its ends", 2**16 - 2, 2**32 - 1, 2**48 - 1, INDEX_PRICE_MAX),
        ("the least price", 1, 0, 1, 1),
    ):
        yield _typed_price(name, underlying, epoch, time_ms, price)
    for op_type, (head, _, value) in REPORTED.items():
        yield _typed_report(f"a {op_type.lower().replace('_', ' ')}", op_type, head, 1, value)
    surface, settle = REPORTED["SURFACE"][0], REPORTED["SETTLE_EXPIRY"][0]
    signed = dict.fromkeys(("svi_a", "svi_m"), -(2**63))
    edges = {**surface, **signed, "svi_rho": -SVI_RHO_MAX, "rate_ppm": -(2**31)}
    yield _typed_report("a surface, least values", "SURFACE", edges, 2**32 - 1, FORWARD_PPB_MIN)
    yield _typed_report(
        "a settlement, greatest values", "SETTLE_EXPIRY", settle, 2**32 - 1, 2**60 - 1
    )


def _typed(
    name: str, op_type: str, fields: dict[str, Any], chain: tuple[int, bytes] = (CHAIN_ID, ROLLUP)
) -> Case:
    hashed = struct_hash(op_type, fields)
    assert hashed is not None, name
    separator = signing_digest.domain_separator(*chain)
    digest = signing_digest.digest(separator, hashed)
    by = signer(TRADER)
    signature = by.sign(digest)
    return {
        "name": f"typed data: {name}",
        "type": op_type,
        "chain_id": chain[0],
        "rollup": chain[1],
        "fields": fields,
        "domain_separator": separator,
        "struct_hash": hashed,
        "digest": digest,
        "secret": by.secret,
        "signer": by.address,
        "signature": signature,
        "op": encode_op(op_type, fields, signature),
    }


def _typed_consent(
    name: str, fields: dict[str, Any], chain: tuple[int, bytes] = (CHAIN_ID, ROLLUP)
) -> Case:
    """Return what the counterparty of a block trade signs."""
    separator, by = signing_digest.domain_separator(*chain), signer("session key")
    signed = consented(fields, by, separator)
    submitted = signature_of("BLOCK_TRADE", signed, signer(TRADER), separator)
    op = encode_op("BLOCK_TRADE", signed, submitted)
    decoded = decode_op(op[0], op[3:])
    assert isinstance(decoded, BlockTrade)
    hashed = decoded.consent_hash()
    return {
        "name": f"typed data: {name}",
        "type": "BLOCK_CONSENT",
        "chain_id": chain[0],
        "rollup": chain[1],
        "fields": {each: value for each, value in signed.items() if "signature" not in each},
        "domain_separator": separator,
        "struct_hash": hashed,
        "digest": signing_digest.digest(separator, hashed),
        "secret": by.secret,
        "signer": by.address,
        "signature": signed["counterparty_signature"],
        "op": op,
    }


def _typed_attest(name: str, fields: dict[str, Any]) -> Case:
    """Return what an attester signs."""
    by, hashed = signer("attester 1"), attest_hash(fields)
    signed = attested(fields, [(0, by)])
    return {
        "name": f"typed data: {name}",
        "type": "ATTEST",
        "chain_id": CHAIN_ID,
        "rollup": ROLLUP,
        "fields": fields,
        "domain_separator": DOMAIN,
        "struct_hash": hashed,
        "digest": signing_digest.digest(DOMAIN, hashed),
        "secret": by.secret,
        "signer": by.address,
        "signature": signed["attestations"][0]["signature"],
        "op": encode_op("ATTEST", signed),
    }


def _typed_credit(name: str, fields: dict[str, Any]) -> Case:
    """Return what an attester signs who is the guarantor's owner too."""
    by, hashed = signer("attester 1"), credit_hash(fields)
    signed = credited(fields, [(0, by)], [by] if fields["limit_micro_usd"] else [])
    return {
        "name": f"typed data: {name}",
        "type": "ATTEST_CREDIT",
        "chain_id": CHAIN_ID,
        "rollup": ROLLUP,
        "fields": fields,
        "domain_separator": DOMAIN,
        "struct_hash": hashed,
        "digest": signing_digest.digest(DOMAIN, hashed),
        "secret": by.secret,
        "signer": by.address,
        "signature": signed["attestations"][0]["signature"],
        "op": encode_op("ATTEST_CREDIT", signed),
    }


def _typed_price(name: str, underlying: int, epoch: int, time_ms: int, price: int) -> Case:
    head = {"underlying": underlying, "publish_time_ms": time_ms}
    return _typed_report(name, "INDEX_PRICE", head, epoch, price)


def _typed_report(name: str, op_type: str, head: dict[str, Any], epoch: int, value: int) -> Case:
    by = signer("reporter 1")
    fields = reported(op_type, head, [(0, value, by)], epoch)
    hashed = report_hash(op_type, head, value, epoch)
    return {
        "name": f"typed data: {name}",
        "type": op_type,
        "chain_id": CHAIN_ID,
        "rollup": ROLLUP,
        "fields": {**head, "reporter_epoch": epoch, VALUES[op_type]: value},
        "domain_separator": DOMAIN,
        "struct_hash": hashed,
        "digest": signing_digest.digest(DOMAIN, hashed),
        "secret": by.secret,
        "signer": by.address,
        "signature": fields["reports"][0]["signature"],
        "op": encode_op(op_type, fields),
    }


# --- signatures ---


def signature_cases() -> Iterator[Case]:
    """Yield signatures of one withdrawal; `signer` is null where nobody can have signed."""
    hashed = struct_hash("WITHDRAW", WITHDRAW)
    assert hashed is not None
    digest = signing_digest.digest(DOMAIN, hashed)
    good = signer(TRADER).sign(digest)
    r, tail = good[:32], int.from_bytes(good[32:], "big")
    parity, s = tail >> 255, tail & (2**255 - 1)
    half = SECP256K1_N // 2
    zero, ones = bytes(32), b"\xff" * 32
    for name, r_bytes, s_and_parity in (
        ("of the trader", r, tail),
        ("with the other parity", r, s | (1 - parity) << 255),
        ("with another s", r, tail ^ 1),
        ("s is 1", r, 1),
        ("s is half the order", r, half),
        ("s is above half the order", r, half + 1),
        ("s is the order less s, whose top bit reads as parity", r, SECP256K1_N - s),
        ("s is zero", r, 0),
        ("s is zero, odd", r, 1 << 255),
        ("every bit of s", r, 2**256 - 1),
        ("r is zero", zero, tail),
        ("r is 1", zero[:-1] + b"\1", tail),
        ("r is the order less 1", (SECP256K1_N - 1).to_bytes(32, "big"), tail),
        ("r is the order", SECP256K1_N.to_bytes(32, "big"), tail),
        ("r is above the order", ones, tail),
        ("r is not an x of the curve", zero[:-1] + b"\5", tail),
        ("of a digest that differs", signer(TRADER).sign(keccak256(digest))[:32], tail),
    ):
        signature = r_bytes + s_and_parity.to_bytes(32, "big")
        yield {
            "name": f"signature: {name}",
            "body": encode_body("WITHDRAW", WITHDRAW),
            "digest": digest,
            "signature": signature,
            "signer": recover(digest, signature) or None,
        }


# --- receipts ---

_POST_BY_MS: Final = START_MS + 60_000


def receipt_cases() -> Iterator[Case]:
    """Yield receipts of commit groups of several sizes, signed by the sequencer."""
    op = signed_op("BUNDLE", BUNDLE, signer(TRADER))
    op_hash = keccak256(ordered_op(op))
    ends = Promise(2**64 - 1, 2**32 - 1, 2**8 - 1, op_hash, 2**48 - 1)
    for count, index in ((1, 0), (2, 1), (5, 4), (7, 3)):
        promises = [Promise(12, 4, i, op_hash, _POST_BY_MS) for i in range(count)]
        yield _receipt(f"{index + 1} of {count}", 3, promises, index, op)
    yield _receipt("every field at its maximum", 2**32 - 1, [ends], 0, op)
    yield _receipt("every field zero", 0, [Promise(0, 0, 0, op_hash, 0)], 0, op)


def _receipt(name: str, epoch: int, promises: list[Promise], index: int, op: bytes) -> Case:
    hashes = [receipt_hash(epoch, each) for each in promises]
    group = StaticList(hashes)
    digest = group_digest(DOMAIN, group.commitment)
    by = signer("sequencer")
    promise = promises[index]
    return {
        "name": f"receipt: {name}",
        "domain_separator": DOMAIN,
        "op": op,
        "sequencer_epoch": epoch,
        "batch": promise.batch,
        "segment": promise.segment,
        "index": promise.index,
        "op_hash": promise.op_hash,
        "post_by_ms": promise.post_by_ms,
        "struct_hash": hashes[index],
        "leaf_index": index,
        "leaf_count": len(hashes),
        "path": group.path(index),
        "commitment": group.commitment,
        "digest": digest,
        "signature": by.sign(digest),
        "sequencer": by.address,
    }
