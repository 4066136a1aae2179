"""EIP-712: what users, reporters and attesters sign, as digests and as JSON that any wallet takes.

The structs are tables of `strikeproof.wire.operations`. `typed_data_json` is for wallets;
`Domain.digest` gives the same 32 bytes forty times faster.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from strikeproof.client.operation import (
    Bid,
    BlockTrade,
    Bundle,
    SetCancelAt,
    SetGuard,
    SetMarginMode,
    SetProtection,
    SetSession,
    SetTrigger,
    UserOp,
    Withdraw,
    signed_actions,
)
from strikeproof.json_number import JSON_INTEGER_MAX
from strikeproof.keccak import keccak256
from strikeproof.wire.constants import OpType
from strikeproof.wire.operations import (
    ATTEST_STRUCT,
    BID_STRUCT,
    BLOCK_CONSENT_STRUCT,
    BLOCK_TRADE_STRUCT,
    BUNDLE_STRUCT,
    CREDIT_STRUCT,
    DOMAIN_NAME,
    DOMAIN_VERSION,
    EIP712_DOMAIN_STRUCT,
    INDEX_PRICE_STRUCT,
    RECEIPT_GROUP_STRUCT,
    RECEIPT_STRUCT,
    SET_CANCEL_AT_STRUCT,
    SET_GUARD_STRUCT,
    SET_MARGIN_MODE_STRUCT,
    SET_PROTECTION_STRUCT,
    SET_SESSION_STRUCT,
    SET_TRIGGER_STRUCT,
    SETTLE_EXPIRY_STRUCT,
    SURFACE_STRUCT,
    WITHDRAW_STRUCT,
    TypedStruct,
)

_STRUCTS: Final[dict[type, TypedStruct]] = {
    Bundle: BUNDLE_STRUCT,
    Withdraw: WITHDRAW_STRUCT,
    SetSession: SET_SESSION_STRUCT,
    SetGuard: SET_GUARD_STRUCT,
    SetMarginMode: SET_MARGIN_MODE_STRUCT,
    SetCancelAt: SET_CANCEL_AT_STRUCT,
    SetProtection: SET_PROTECTION_STRUCT,
    BlockTrade: BLOCK_TRADE_STRUCT,
    SetTrigger: SET_TRIGGER_STRUCT,
    Bid: BID_STRUCT,
}


def message_of(op: UserOp) -> dict[str, Any]:
    """Return the op's typed fields by name; keys as 0x text."""
    return _message(_STRUCTS[type(op)], op)


def _message(struct: TypedStruct, value: object) -> dict[str, Any]:
    """Return a struct's fields as JSON; those that the value lacks are zero."""
    shown: dict[str, Any] = {}
    for field in struct.fields:
        found: Any = getattr(value, field.source, 0)
        if field.type.endswith("[]"):
            listed = _as_signed(field.source, found)
            shown[field.name] = [_message(struct.inner[0], each) for each in listed]
        elif field.type == "address":
            shown[field.name] = "0x" + found.hex()
        else:
            shown[field.name] = bool(found) if field.type == "bool" else wallet_integer(found)
    return shown


def _as_signed(source: str, found: Any) -> Any:
    """Return a list of structs; actions as they are signed."""
    return signed_actions(found) if source == "actions" else found


def wallet_integer(value: int) -> int | str:
    """Return an integer as JSON carries it to any wallet.

    JavaScript reads JSON numbers above 2^53 − 1 as other numbers: these become decimal text.
    """
    return str(int(value)) if value > JSON_INTEGER_MAX else int(value)


def typed_data_json(op: UserOp, chain_id: int, rollup: bytes) -> dict[str, Any]:
    """Return the op as `eth_signTypedData_v4` takes it: types, primaryType, domain, message.

    Integers above 2^53 − 1 are decimal text.
    """
    return _json_of(_STRUCTS[type(op)], op, chain_id, rollup)


def consent_json(trade: BlockTrade, chain_id: int, rollup: bytes) -> dict[str, Any]:
    """Return what the counterparty of a block trade signs, as `eth_signTypedData_v4` takes it."""
    return _json_of(BLOCK_CONSENT_STRUCT, trade, chain_id, rollup)


def _json_of(struct: TypedStruct, value: object, chain_id: int, rollup: bytes) -> dict[str, Any]:
    return {
        "types": {
            each.name: [{"name": field.name, "type": field.type} for field in each.fields]
            for each in (EIP712_DOMAIN_STRUCT, struct, *struct.inner)
        },
        "primaryType": struct.name,
        "domain": {
            "name": DOMAIN_NAME,
            "version": DOMAIN_VERSION,
            "chainId": wallet_integer(chain_id),
            "verifyingContract": "0x" + rollup.hex(),
        },
        "message": _message(struct, value),
    }


def hash_struct(struct: TypedStruct, values: Iterable[Any]) -> bytes:
    """Return the struct hash of values in the order of the struct's fields."""
    parts = [struct.typehash]
    for field, value in zip(struct.fields, values, strict=True):
        if isinstance(value, int):
            parts.append(value.to_bytes(32, "big", signed=value < 0))
        elif isinstance(value, bytes):
            parts.append(value.rjust(32, b"\0"))  # an address; others have 32 bytes
        elif field.type == "string":
            parts.append(keccak256(value.encode()))
        else:
            parts.append(keccak256(b"".join([_hash(struct.inner[0], each) for each in value])))
    return keccak256(b"".join(parts))


def _hash(struct: TypedStruct, value: object) -> bytes:
    found = [(each.source, getattr(value, each.source, 0)) for each in struct.fields]
    return hash_struct(struct, [_as_signed(*each) for each in found])


def struct_hash(op: UserOp) -> bytes:
    """Return the EIP-712 struct hash."""
    return _hash(_STRUCTS[type(op)], op)


def consent_hash(trade: BlockTrade) -> bytes:
    """Return the struct hash that the counterparty of a block trade signs."""
    return _hash(BLOCK_CONSENT_STRUCT, trade)


@dataclass(frozen=True, slots=True)
class Domain:
    """Chain and rollup that signatures are bound to."""

    chain_id: int
    rollup: bytes

    @property
    def separator(self) -> bytes:
        """The EIP-712 domain separator."""
        values = (DOMAIN_NAME, DOMAIN_VERSION, self.chain_id, self.rollup)
        return hash_struct(EIP712_DOMAIN_STRUCT, values)


def digest(separator: bytes, hash_: bytes) -> bytes:
    """Return what is signed over a struct hash."""
    return keccak256(b"\x19\x01" + separator + hash_)


def hash_report(
    underlying: int, reporter_epoch: int, publish_time_ms: int, price_nano_usd: int
) -> bytes:
    """Return the struct hash of a reporter's price."""
    values = (underlying, reporter_epoch, publish_time_ms, price_nano_usd)
    return hash_struct(INDEX_PRICE_STRUCT, values)


_REPORTED: Final[dict[OpType, TypedStruct]] = {
    OpType.INDEX_PRICE: INDEX_PRICE_STRUCT,
    OpType.SURFACE: SURFACE_STRUCT,
    OpType.SETTLE_EXPIRY: SETTLE_EXPIRY_STRUCT,
}


def hash_reported(op_type: OpType, fields: Mapping[str, int]) -> bytes:
    """Return the struct hash of what a reporter says in an op, its fields by name, the reporters'
    epoch (`reporter_epoch`) among them."""
    struct = _REPORTED[op_type]
    return hash_struct(struct, [fields[field.source] for field in struct.fields])


def hash_attestation(account: int, tier: int, tier_expiry_ms: int, attested_ms: int) -> bytes:
    """Return the struct hash of what an attester says of an account."""
    return hash_struct(ATTEST_STRUCT, (account, tier, tier_expiry_ms, attested_ms))


def hash_credit(
    account: int, limit: int, credit_minutes: int, guarantor: int, credited_ms: int
) -> bytes:
    """Return the struct hash of what an attester says of an account's credit, and its guarantor
    consents to; `limit` in micro-USD."""
    return hash_struct(CREDIT_STRUCT, (account, limit, credit_minutes, guarantor, credited_ms))


def hash_receipt(
    epoch: int, batch: int, segment: int, index: int, op_hash: bytes, post_by_ms: int
) -> bytes:
    """Return the struct hash of a receipt. Source: docs/protocol/receipts.md."""
    return hash_struct(RECEIPT_STRUCT, (epoch, batch, segment, index, op_hash, post_by_ms))


def hash_receipt_group(commitment: bytes) -> bytes:
    """Return the struct hash of a commit group's receipts."""
    return hash_struct(RECEIPT_GROUP_STRUCT, (commitment,))
