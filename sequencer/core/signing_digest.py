"""EIP-712 digests of what users and reporters sign, packed by hand.

Typehashes: proto/params.toml. Every field is one 32-byte word, integers in its low end.
"""

from __future__ import annotations

from struct import Struct
from typing import Final

from strikeproof.keccak import keccak256
from strikeproof.sequencer.core.op_decoder import (
    Action,
    Bundle,
    IndexPrice,
    Report,
    SetSession,
    Withdraw,
)
from strikeproof.sequencer.core.order_book import REDUCE_ONLY, SELL
from strikeproof.wire.constants import (
    ACTION_TYPEHASH,
    BUNDLE_TYPEHASH,
    EIP712_DOMAIN_TYPEHASH,
    EIP712_NAME_HASH,
    EIP712_VERSION_HASH,
    INDEX_PRICE_TYPEHASH,
    SET_SESSION_TYPEHASH,
    WITHDRAW_TYPEHASH,
)

# x is a zero byte: 31xB is a u8 in a word. u40 is B and I, u48 is H and I.
_U8: Final = "31xB"
_U16: Final = "30xH"
_U32: Final = "28xI"
_U40: Final = "27xBI"
_U48: Final = "26xHI"
_U64: Final = "24xQ"
_ADDRESS: Final = "12x20s"
_ACTION: Final = Struct(">32s" + _U8 + _U16 + 5 * _U8 + _U32 + _U40 + _U48 + _U64 + _U32 + _U48)
_BUNDLE: Final = Struct(">32s" + _U32 + _U8 + _U64 + _U48 + _U32 + "32s")
_WITHDRAW: Final = Struct(">32s" + _U32 + _U64 + _U48 + _U64)
_SET_SESSION: Final = Struct(">32s" + _U32 + _U64 + _U48 + _U8 + _ADDRESS + _U8 + _U48)
_INDEX_PRICE: Final = Struct(">32s" + _U16 + _U32 + _U48 + _U64)
_LOW: Final = 0xFFFF_FFFF


def domain_separator(chain_id: int, rollup: bytes) -> bytes:
    """Return the domain separator of a chain and of its Rollup's 20-byte address."""
    return keccak256(
        EIP712_DOMAIN_TYPEHASH
        + EIP712_NAME_HASH
        + EIP712_VERSION_HASH
        + chain_id.to_bytes(32, "big")
        + rollup.rjust(32, b"\0")
    )


def digest(separator: bytes, struct_hash: bytes) -> bytes:
    """Return what is signed."""
    return keccak256(b"\x19\x01" + separator + struct_hash)


def _hash_action(action: Action) -> bytes:
    flags, lots, expiry, serial = action.flags, action.lots, action.expiry_ms, action.serial
    return keccak256(
        _ACTION.pack(
            ACTION_TYPEHASH,
            action.kind,
            action.instrument,
            1 if flags & SELL else 0,
            action.time_in_force,
            action.is_post_only,
            1 if flags & REDUCE_ONLY else 0,
            action.self_trade,
            action.price,
            lots >> 32,
            lots & _LOW,
            expiry >> 32,
            expiry & _LOW,
            action.client_id,
            action.slot,
            serial >> 32,
            serial & _LOW,
        )
    )


def hash_bundle(op: Bundle) -> bytes:
    """Return the struct hash of a bundle."""
    return keccak256(
        _BUNDLE.pack(
            BUNDLE_TYPEHASH,
            op.account,
            op.session,
            op.nonce,
            op.expiry_ms >> 32,
            op.expiry_ms & _LOW,
            op.max_fee_ppm,
            keccak256(b"".join([_hash_action(action) for action in op.actions])),
        )
    )


def hash_withdraw(op: Withdraw) -> bytes:
    """Return the struct hash of a withdrawal."""
    expiry = op.expiry_ms
    return keccak256(
        _WITHDRAW.pack(
            WITHDRAW_TYPEHASH, op.account, op.nonce, expiry >> 32, expiry & _LOW, op.amount
        )
    )


def hash_set_session(op: SetSession) -> bytes:
    """Return the struct hash of a SetSession."""
    return keccak256(
        _SET_SESSION.pack(
            SET_SESSION_TYPEHASH,
            op.account,
            op.nonce,
            op.expiry_ms >> 32,
            op.expiry_ms & _LOW,
            op.slot,
            op.key,
            op.scope,
            op.session_expiry_ms >> 32,
            op.session_expiry_ms & _LOW,
        )
    )


def hash_report(op: IndexPrice, report: Report, reporter_epoch: int) -> bytes:
    """Return the struct hash that one reporter signs."""
    time = op.publish_time_ms
    return keccak256(
        _INDEX_PRICE.pack(
            INDEX_PRICE_TYPEHASH,
            op.underlying,
            reporter_epoch,
            time >> 32,
            time & _LOW,
            report.price,
        )
    )


def hash_user_op(op: Bundle | Withdraw | SetSession) -> bytes:
    """Return the struct hash of a user op."""
    if isinstance(op, Bundle):
        return hash_bundle(op)
    if isinstance(op, Withdraw):
        return hash_withdraw(op)
    return hash_set_session(op)
