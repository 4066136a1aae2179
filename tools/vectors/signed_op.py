"""Ops with their signatures, over the domain of the vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from strikeproof.sequencer.core import signing_digest
from strikeproof.sequencer.core.ops.attest import Attest
from strikeproof.sequencer.core.ops.attest_credit import AttestCredit
from strikeproof.sequencer.core.ops.block_trade import BlockTrade
from strikeproof.sequencer.core.ops.op_table import decode_op
from strikeproof.sequencer.core.ops.reports_op import Report, ReportsOp
from strikeproof.sequencer.core.user_op import UserOp
from strikeproof.wire.constants import OpType
from strikeproof.wire.errors import Result
from tools.vectors.encoders import encode_body, encode_op
from tools.vectors.signers import VectorSigner

CHAIN_ID: Final = 1
ROLLUP: Final = bytes.fromhex("11" * 20)
DOMAIN: Final = signing_digest.domain_separator(CHAIN_ID, ROLLUP)

Fields = Mapping[str, Any]


def struct_hash(op_type: str, fields: Fields) -> bytes | None:
    """Return the EIP-712 struct hash of a user op, None if its fields are out of range."""
    decoded = decode_op(OpType[op_type], encode_body(op_type, fields), signature_may_lack=True)
    if isinstance(decoded, Result):
        return None
    assert isinstance(decoded, UserOp)
    return decoded.struct_hash()


def signature_of(op_type: str, fields: Fields, by: VectorSigner, domain: bytes = DOMAIN) -> bytes:
    """Return a user op's signature; of an op whose fields are out of range, one of no meaning."""
    hashed = struct_hash(op_type, fields) or bytes(32)
    return by.sign(signing_digest.digest(domain, hashed))


def signed_op(op_type: str, fields: Fields, by: VectorSigner) -> bytes:
    """Return a signed user op."""
    return encode_op(op_type, fields, signature_of(op_type, fields, by))


def consented(fields: Fields, by: VectorSigner, domain: bytes = DOMAIN) -> dict[str, Any]:
    """Return the fields of a block trade with the counterparty's signature; one of no meaning if
    they are out of range."""
    body = encode_body("BLOCK_TRADE", {**fields, "counterparty_signature": bytes(64)})
    decoded = decode_op(OpType.BLOCK_TRADE, body, signature_may_lack=True)
    hashed = decoded.consent_hash() if isinstance(decoded, BlockTrade) else bytes(32)
    return {**fields, "counterparty_signature": by.sign(signing_digest.digest(domain, hashed))}


def attest_hash(fields: Fields) -> bytes:
    """Return the struct hash that attesters of an Attest sign; one of no meaning if its fields are
    out of range."""
    one = {"attester": 0, "signature": bytes(64)}
    decoded = decode_op(OpType.ATTEST, encode_body("ATTEST", {**fields, "attestations": [one]}))
    return decoded.struct_hash() if isinstance(decoded, Attest) else bytes(32)


def attested(fields: Fields, by: Sequence[tuple[int, VectorSigner]]) -> dict[str, Any]:
    """Return the fields of an Attest, the signatures of attesters at these places among them."""
    digest = signing_digest.digest(DOMAIN, attest_hash(fields))
    signed = [{"attester": place, "signature": each.sign(digest)} for place, each in by]
    return {**fields, "attestations": signed}


def credit_digest(fields: Fields) -> bytes:
    """Return what attesters of an AttestCredit and its guarantor sign."""
    return signing_digest.digest(DOMAIN, credit_hash(fields))


def credit_hash(fields: Fields) -> bytes:
    """Return the struct hash of that."""
    return AttestCredit(
        fields["account"],
        fields["limit_micro_usd"],
        fields["credit_minutes"],
        fields["guarantor"],
        fields["credited_ms"],
        [],
        [],
    ).struct_hash()


def credited(
    fields: Fields, by: Sequence[tuple[int, VectorSigner]], consenting: Sequence[VectorSigner] = ()
) -> dict[str, Any]:
    """Return the fields of an AttestCredit, its signatures among them."""
    digest = credit_digest(fields)
    signed = [{"attester": place, "signature": each.sign(digest)} for place, each in by]
    consents = [each.sign(digest) for each in consenting]
    return {**fields, "attestations": signed, "consents": consents}


VALUES: Final = {
    "INDEX_PRICE": "price_nano_usd",
    "SURFACE": "forward_ppb",
    "SETTLE_EXPIRY": "price_nano_usd",
}
"""What a reporter says, by op."""


def report_hash(op_type: str, fields: Fields, value: int, epoch: int) -> bytes:
    """Return the struct hash that a reporter of an op signs; one of no meaning if the op's own
    fields are out of range."""
    report = {"reporter": 0, VALUES[op_type]: 10**9, "signature": bytes(64)}
    body = encode_body(op_type, {**fields, "reports": [report]})
    decoded = decode_op(OpType[op_type], body)
    if not isinstance(decoded, ReportsOp):
        return bytes(32)
    return decoded.report_hash(Report(0, value, b""), epoch)


def reported(
    op_type: str, fields: Fields, reports: Sequence[tuple[int, int, VectorSigner]], epoch: int
) -> dict[str, Any]:
    """Return the fields of an op of reporters, their signatures among them; reports are reporter
    index, value, signer."""
    signed = [
        {
            "reporter": reporter,
            VALUES[op_type]: value,
            "signature": by.sign(
                signing_digest.digest(DOMAIN, report_hash(op_type, fields, value, epoch))
            ),
        }
        for reporter, value, by in reports
    ]
    return {**fields, "reports": signed}


def index_price_fields(
    underlying: int,
    publish_time_ms: int,
    reports: Sequence[tuple[int, int, VectorSigner]],
    reporter_epoch: int,
) -> dict[str, Any]:
    """Return the fields of an IndexPrice; reports are reporter index, price, signer."""
    fields = {"underlying": underlying, "publish_time_ms": publish_time_ms}
    return reported("INDEX_PRICE", fields, reports, reporter_epoch)
