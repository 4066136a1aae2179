"""EIP-712: what users and reporters sign, as digests and as the JSON that any wallet takes.

`typed_data_json` is for wallets; `Domain.digest` gives the same 32 bytes forty times faster.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from strikeproof.client.operation import Bundle, SetSession, UserOp, Withdraw, fields_of
from strikeproof.keccak import keccak256
from strikeproof.wire.constants import (
    ACTION_TYPEHASH,
    BUNDLE_TYPEHASH,
    EIP712_DOMAIN_TYPEHASH,
    EIP712_NAME_HASH,
    EIP712_VERSION_HASH,
    INDEX_PRICE_TYPEHASH,
    RECEIPT_GROUP_TYPEHASH,
    RECEIPT_TYPEHASH,
    SET_SESSION_TYPEHASH,
    WITHDRAW_TYPEHASH,
)

NAME: Final = "Strikeproof"
VERSION: Final = "1"

TYPES: Final[dict[str, list[tuple[str, str]]]] = {
    "Action": [
        ("kind", "uint8"),
        ("instrument", "uint16"),
        ("sell", "bool"),
        ("timeInForce", "uint8"),
        ("postOnly", "bool"),
        ("reduceOnly", "bool"),
        ("selfTrade", "uint8"),
        ("price", "uint32"),
        ("lots", "uint40"),
        ("expiry", "uint48"),
        ("clientId", "uint64"),
        ("slot", "uint32"),
        ("serial", "uint48"),
    ],
    "Bundle": [
        ("account", "uint32"),
        ("session", "uint8"),
        ("nonce", "uint64"),
        ("expiry", "uint48"),
        ("maxFeePpm", "uint32"),
        ("actions", "Action[]"),
    ],
    "Withdraw": [
        ("account", "uint32"),
        ("nonce", "uint64"),
        ("expiry", "uint48"),
        ("amount", "uint64"),
    ],
    "SetSession": [
        ("account", "uint32"),
        ("nonce", "uint64"),
        ("expiry", "uint48"),
        ("slot", "uint8"),
        ("key", "address"),
        ("scope", "uint8"),
        ("sessionExpiry", "uint48"),
    ],
}
_DOMAIN_TYPE: Final = [
    ("name", "string"),
    ("version", "string"),
    ("chainId", "uint256"),
    ("verifyingContract", "address"),
]
_HASHES: Final = {
    Bundle: BUNDLE_TYPEHASH,
    Withdraw: WITHDRAW_TYPEHASH,
    SetSession: SET_SESSION_TYPEHASH,
}


def message_of(op: UserOp) -> dict[str, Any]:
    """Return the op's typed fields by name; the key of a SetSession as 0x text."""
    match op:
        case Bundle():
            return {
                "account": op.account,
                "session": op.session,
                "nonce": op.nonce,
                "expiry": op.expiry_ms,
                "maxFeePpm": op.max_fee_ppm,
                "actions": [
                    {
                        "kind": int(each.kind),
                        "instrument": each.instrument,
                        "sell": each.sell,
                        "timeInForce": each.time_in_force,
                        "postOnly": each.post_only,
                        "reduceOnly": each.reduce_only,
                        "selfTrade": each.self_trade,
                        "price": each.price,
                        "lots": each.lots,
                        "expiry": each.expiry_ms,
                        "clientId": each.client_id,
                        "slot": each.slot,
                        "serial": each.serial,
                    }
                    for each in map(fields_of, op.actions)
                ],
            }
        case Withdraw():
            return {
                "account": op.account,
                "nonce": op.nonce,
                "expiry": op.expiry_ms,
                "amount": op.amount_micro_usd,
            }
        case SetSession():
            return {
                "account": op.account,
                "nonce": op.nonce,
                "expiry": op.expiry_ms,
                "slot": op.slot,
                "key": "0x" + op.key.hex(),
                "scope": op.scope,
                "sessionExpiry": op.session_expiry_ms,
            }


def typed_data_json(op: UserOp, chain_id: int, rollup: bytes) -> dict[str, Any]:
    """Return the op as `eth_signTypedData_v4` takes it: types, primaryType, domain, message."""
    primary = type(op).__name__
    names = ["Bundle", "Action"] if primary == "Bundle" else [primary]
    types = {"EIP712Domain": _DOMAIN_TYPE, **{name: TYPES[name] for name in names}}
    return {
        "types": {
            name: [{"name": field, "type": kind} for field, kind in fields]
            for name, fields in types.items()
        },
        "primaryType": primary,
        "domain": {
            "name": NAME,
            "version": VERSION,
            "chainId": chain_id,
            "verifyingContract": "0x" + rollup.hex(),
        },
        "message": message_of(op),
    }


def _word(value: int) -> bytes:
    return value.to_bytes(32, "big")


def struct_hash(op: UserOp) -> bytes:
    """Return the EIP-712 struct hash."""
    parts = [_HASHES[type(op)]]
    match op:
        case Bundle():
            actions = b"".join(_hash_action(each) for each in op.actions)
            values = (op.account, op.session, op.nonce, op.expiry_ms, op.max_fee_ppm)
            parts += [*map(_word, values), keccak256(actions)]
        case Withdraw():
            parts += map(_word, (op.account, op.nonce, op.expiry_ms, op.amount_micro_usd))
        case SetSession():
            parts += map(_word, (op.account, op.nonce, op.expiry_ms, op.slot))
            parts += (op.key.rjust(32, b"\0"), _word(op.scope), _word(op.session_expiry_ms))
    return keccak256(b"".join(parts))


def _hash_action(action: Any) -> bytes:
    each = fields_of(action)
    values = (
        each.kind,
        each.instrument,
        each.sell,
        each.time_in_force,
        each.post_only,
        each.reduce_only,
        each.self_trade,
        each.price,
        each.lots,
        each.expiry_ms,
        each.client_id,
        each.slot,
        each.serial,
    )
    return keccak256(ACTION_TYPEHASH + b"".join(map(_word, values)))


@dataclass(frozen=True, slots=True)
class Domain:
    """Chain and rollup that signatures are bound to."""

    chain_id: int
    rollup: bytes

    @property
    def separator(self) -> bytes:
        """The EIP-712 domain separator."""
        return keccak256(
            EIP712_DOMAIN_TYPEHASH
            + EIP712_NAME_HASH
            + EIP712_VERSION_HASH
            + _word(self.chain_id)
            + self.rollup.rjust(32, b"\0")
        )


def digest(separator: bytes, hash_: bytes) -> bytes:
    """Return what is signed over a struct hash."""
    return keccak256(b"\x19\x01" + separator + hash_)


def hash_report(
    underlying: int, reporter_epoch: int, publish_time_ms: int, price_nano_usd: int
) -> bytes:
    """Return the struct hash of a reporter's price."""
    values = (underlying, reporter_epoch, publish_time_ms, price_nano_usd)
    return keccak256(INDEX_PRICE_TYPEHASH + b"".join(map(_word, values)))


def hash_receipt(
    epoch: int, batch: int, segment: int, index: int, op_hash: bytes, post_by_ms: int
) -> bytes:
    """Return the struct hash of a receipt. Source: docs/protocol/receipts.md."""
    place = b"".join(map(_word, (epoch, batch, segment, index)))
    return keccak256(RECEIPT_TYPEHASH + place + op_hash + _word(post_by_ms))


def hash_receipt_group(commitment: bytes) -> bytes:
    """Return the struct hash of a commit group's receipts."""
    return keccak256(RECEIPT_GROUP_TYPEHASH + commitment)
