"""Ops with their signatures, over the domain of the vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from strikeproof.sequencer.core import signing_digest
from strikeproof.sequencer.core.ops.index_price import IndexPrice, Report
from strikeproof.sequencer.core.ops.op_table import decode_op
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


def report_hash(fields: Fields, price: int, reporter_epoch: int) -> bytes:
    """Return the struct hash that a reporter of an IndexPrice signs."""
    report = Report(0, price, b"")
    message = IndexPrice(fields["underlying"], fields["publish_time_ms"], [report])
    return message.report_hash(report, reporter_epoch)


def index_price_fields(
    underlying: int,
    publish_time_ms: int,
    reports: Sequence[tuple[int, int, VectorSigner]],
    reporter_epoch: int,
) -> dict[str, Any]:
    """Return the fields of an IndexPrice; reports are reporter index, price, signer."""
    fields: dict[str, Any] = {"underlying": underlying, "publish_time_ms": publish_time_ms}
    signed = [
        {
            "reporter": reporter,
            "price_nano_usd": price,
            "signature": by.sign(
                signing_digest.digest(DOMAIN, report_hash(fields, price, reporter_epoch))
            ),
        }
        for reporter, price, by in reports
    ]
    return {**fields, "reports": signed}
