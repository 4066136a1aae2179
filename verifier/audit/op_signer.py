"""Who signed a user op: its EIP-712 digest from its bytes, and the key that its signature gives.

Written from docs/protocol/user-ops.md; shares nothing with the client that signs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from coincurve import PublicKey

from strikeproof.keccak import keccak256
from strikeproof.verifier.derivation.logged_batch import op_spans
from strikeproof.verifier.derivation.ordered_op import signed_body, whole_nonce
from strikeproof.wire.constants import (
    ACTIONS_MAX,
    AUCTION_FRACTION_MIN_PPM,
    BLOCK_LEGS_MAX,
    KEY_ID_BITS,
    PPM,
    SESSION_SLOTS,
    TRIGGERS_MAX,
    ActionKind,
    GuardMode,
    OpType,
    SelfTrade,
    TimeInForce,
)
from strikeproof.wire.layout import SESSION_GROUP, SESSION_KIND, unpack_session
from strikeproof.wire.operations import (
    BID_STRUCT,
    BLOCK_TRADE_STRUCT,
    BUNDLE_STRUCT,
    DOMAIN_NAME,
    DOMAIN_VERSION,
    EIP712_DOMAIN_STRUCT,
    FORCED_CLOSE_STRUCT,
    SET_CANCEL_AT_STRUCT,
    SET_GUARD_STRUCT,
    SET_MARGIN_MODE_STRUCT,
    SET_PROTECTION_STRUCT,
    SET_SESSION_STRUCT,
    SET_TRIGGER_STRUCT,
    SIGNATURE_BYTES,
    WITHDRAW_STRUCT,
    TypedStruct,
)

_Widths = Sequence[tuple[str, int]]
_HEAD: Final = (("account", 4), ("nonce", 8), ("expiry_ms", 6))
_BUNDLE: Final = (
    ("account", 4),
    ("session", 1),
    ("nonce", 8),
    ("expiry_ms", 6),
    ("max_fee_ppm", 4),
    ("atomic", 1),
)
_PARTY: Final = (("account", 4), ("session", 1), ("nonce", 8), ("expiry_ms", 6), ("max_fee_ppm", 4))
_BLOCK: Final = (
    *_PARTY,
    ("counterparty", 4),
    *((f"counterparty_{name}", width) for name, width in _PARTY[1:]),
    ("counterparty_signature", SIGNATURE_BYTES),
)
_LEG: Final = (("instrument", 2), ("sell", 1), ("price", 4), ("lots", 5))
_L1_FEE: Final = ("max_l1_fee_micro_usd", 8)
_ORDER: Final = (("flags", 1), ("price", 4), ("lots", 5), ("expiry_ms", 6), ("client_id", 8))
_SIDE: Final = (("slot", 4), ("serial", 6), ("price", 4), ("lots", 5))
_ACTIONS: Final[Mapping[int, _Widths]] = {
    ActionKind.PLACE: (("instrument", 2), *_ORDER),
    ActionKind.CANCEL: (("instrument", 2), ("slot", 4), ("serial", 6)),
    ActionKind.CANCEL_ALL: (("instrument", 2),),
    ActionKind.REPLACE: (("instrument", 2), ("slot", 4), ("serial", 6), *_ORDER),
    ActionKind.QUOTE: (
        ("instrument", 2),
        ("flags", 1),
        ("expiry_ms", 6),
        ("client_id", 8),
        *((f"bid_{name}", width) for name, width in _SIDE),
        *((f"ask_{name}", width) for name, width in _SIDE),
    ),
}
_TRIGGER: Final = (
    ("instrument", 2),
    ("place", 1),
    ("sell", 1),
    ("reduce_only", 1),
    ("falling", 1),
    ("by_mark", 1),
    ("trigger_price", 8),
    ("limit", 4),
    ("lots", 5),
    ("max_fee_ppm", 4),
    ("trigger_expiry_ms", 6),
    ("client_id", 8),
)
_BID: Final = (("seller", 4), ("auction_ms", 6), ("fraction_ppm", 4), ("discount_ppm", 4))
_PROTECTION: Final = (
    ("underlying", 2),
    ("window_ms", 4),
    ("freeze_ms", 4),
    ("lots_max", 5),
    ("delta_max", 8),
    ("vega_max", 8),
)
_FIXED: Final[Mapping[int, tuple[TypedStruct, _Widths]]] = {
    OpType.WITHDRAW: (WITHDRAW_STRUCT, (*_HEAD, ("amount_micro_usd", 8), _L1_FEE)),
    OpType.SET_SESSION: (
        SET_SESSION_STRUCT,
        (*_HEAD, ("slot", 1), ("key", 20), ("scope", 1), ("session_expiry_ms", 6), _L1_FEE),
    ),
    OpType.SET_GUARD: (SET_GUARD_STRUCT, (*_HEAD, ("mode", 1), ("key", 20), _L1_FEE)),
    OpType.SET_MARGIN_MODE: (SET_MARGIN_MODE_STRUCT, (*_HEAD, ("underlying", 2), _L1_FEE)),
    OpType.SET_CANCEL_AT: (
        SET_CANCEL_AT_STRUCT,
        (("account", 4), ("session", 1), *_HEAD[1:], ("cancel_at_ms", 6), _L1_FEE),
    ),
    OpType.SET_PROTECTION: (
        SET_PROTECTION_STRUCT,
        (("account", 4), ("session", 1), *_HEAD[1:], *_PROTECTION, _L1_FEE),
    ),
    OpType.SET_TRIGGER: (
        SET_TRIGGER_STRUCT,
        (("account", 4), ("session", 1), *_HEAD[1:], *_TRIGGER, _L1_FEE),
    ),
    OpType.BID: (
        BID_STRUCT,
        (("account", 4), ("session", 1), *_HEAD[1:], *_BID, _L1_FEE),
    ),
    OpType.FORCED_CLOSE: (FORCED_CLOSE_STRUCT, (*_HEAD, ("instrument", 2), ("lots", 5))),
}
_GUARDED: Final = frozenset(
    (OpType.WITHDRAW, OpType.SET_SESSION, OpType.SET_GUARD, OpType.SET_MARGIN_MODE)
)
"""A guard key's signature may follow the first one."""
_SESSIONS: Final = frozenset(
    (
        OpType.BUNDLE,
        OpType.SET_CANCEL_AT,
        OpType.SET_PROTECTION,
        OpType.BLOCK_TRADE,
        OpType.SET_TRIGGER,
        OpType.BID,
    )
)
_NONCE_BASE: Final = [each.name for each in SESSION_GROUP.fields].index("nonce_base")
_PARITY_BIT: Final = 255
_GROUP_ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


@dataclass(frozen=True, slots=True)
class SignedOp:
    """A user op with a signature: whose it says to be, and what was signed."""

    account: int
    session: int
    nonce: int
    fields: Mapping[str, Any]
    struct_hash: bytes
    signature: bytes

    def signer(self, separator: bytes) -> bytes:
        """Return the address whose key signed in this domain; empty: no key did."""
        digest = keccak256(b"\x19\x01" + separator + self.struct_hash)
        tail = int.from_bytes(self.signature[32:], "big")
        s = tail & ((1 << _PARITY_BIT) - 1)
        if s > _GROUP_ORDER // 2:
            return b""  # malleable: the law refuses it
        whole = self.signature[:32] + s.to_bytes(32, "big") + bytes((tail >> _PARITY_BIT,))
        try:
            key = PublicKey.from_signature_and_message(whole, digest, hasher=None)
        except ValueError:
            return b""
        return keccak256(key.format(compressed=False)[1:])[-20:]


def venue_separator(chain_id: int, rollup: bytes) -> bytes:
    """Return the EIP-712 domain separator of a venue."""
    values = {
        "name": DOMAIN_NAME,
        "version": DOMAIN_VERSION,
        "chainId": chain_id,
        "verifyingContract": int.from_bytes(rollup, "big"),
    }
    return _struct_hash(EIP712_DOMAIN_STRUCT, values)


def as_signed(op: bytes, records: Mapping[int, bytes]) -> bytes:
    """Return an op of a segment in the form in which it is signed; empty: it is malformed.

    `records`: before the segment. The nonce is the nearest to its session's base there: no op of
    the segment can move that far enough to make it another.
    """
    (_, start, _), *_ = op_spans(op, 0)
    kind = op[0]
    body = signed_body(kind, op[start:])
    if body is None:
        return b""
    if kind in _GUARDED or kind in _SESSIONS:
        account, at = int.from_bytes(body[:4], "big"), 4 + (kind in _SESSIONS)
        slot = body[4] if kind in _SESSIONS else 0
        record = records.get(SESSION_KIND << KEY_ID_BITS | account * SESSION_SLOTS + slot, b"")
        base = unpack_session(record)[_NONCE_BASE] if record else 0
        nonce = whole_nonce(int.from_bytes(body[at : at + 8], "big"), base)
        body = body[:at] + nonce.to_bytes(8, "big") + body[at + 8 :]
    return bytes((kind,)) + len(body).to_bytes(2, "big") + body


def read_signed_op(op: bytes) -> SignedOp | None:
    """Return a signed user op from type, length and body, its first signature; None for what is
    none, and for one that the law calls malformed: no signature is on it."""
    kind, body = op[:1], op[3:]
    if int.from_bytes(op[1:3], "big") != len(body) or len(body) <= SIGNATURE_BYTES:
        return None
    end = len(body) - SIGNATURE_BYTES
    if kind and kind[0] in _GUARDED:
        unsigned = sum(width for _, width in _FIXED[kind[0]][1])
        if len(body) == unsigned + 2 * SIGNATURE_BYTES:
            end = unsigned
    content, signature = body[:end], body[end : end + SIGNATURE_BYTES]
    if kind == bytes([OpType.BUNDLE]):
        struct, fields = BUNDLE_STRUCT, _bundle(content)
    elif kind == bytes([OpType.BLOCK_TRADE]):
        struct, fields = BLOCK_TRADE_STRUCT, _block(content)
    elif kind and kind[0] in _FIXED:
        struct, widths = _FIXED[kind[0]]
        fields = _fields(widths, content)
    else:
        return None
    if fields is None or not _in_range(fields):
        return None
    if "actions" in fields:
        fields["actions"] = [part for each in fields["actions"] for part in _as_signed(each)]
    return SignedOp(
        account=fields["account"],
        session=fields.get("session", 0),
        nonce=fields["nonce"],
        fields=fields,
        struct_hash=_struct_hash(struct, fields),
        signature=signature,
    )


def _in_range(fields: Mapping[str, Any]) -> bool:
    """Return whether the law takes the op's fields."""
    if "actions" in fields:
        count = len(fields["actions"])
        in_range = 1 <= count <= ACTIONS_MAX and fields["atomic"] <= 1
        return in_range and all(map(_is_action, fields["actions"]))
    if "legs" in fields:
        numbers = [leg["instrument"] for leg in fields["legs"]]
        rising = all(last < number for last, number in pairwise([0, *numbers]))
        whole = all(leg["price"] and leg["lots"] and leg["sell"] <= 1 for leg in fields["legs"])
        counted = 1 <= len(numbers) <= BLOCK_LEGS_MAX
        return rising and whole and counted and fields["account"] != fields["counterparty"]
    if "scope" in fields:
        grants = fields["scope"] == 1 and fields["key"]
        revokes = not (fields["scope"] or fields["key"] or fields["session_expiry_ms"])
        return bool(0 < fields["slot"] < SESSION_SLOTS and (grants or revokes))
    if "mode" in fields:
        return bool(fields["mode"] <= max(GuardMode)) and (
            bool(fields["key"]) == (fields["mode"] == GuardMode.SET)
        )
    if "trigger_price" in fields:
        return _is_trigger(fields)
    if "seller" in fields:
        is_another = fields["seller"] != fields["account"]
        return is_another and AUCTION_FRACTION_MIN_PPM <= fields["fraction_ppm"] <= PPM
    if "lots_max" in fields:
        return _is_protection(fields)
    return bool(fields.get("amount_micro_usd", 1) and fields.get("lots", 1))


def _is_protection(fields: Mapping[str, int]) -> bool:
    """Return whether these are limits that can be counted, or, all zero, take a protection back."""
    if not fields["underlying"]:
        return not any(fields[name] for name, _ in _PROTECTION)
    return fields["window_ms"] > 0 and not (fields["delta_max"] | fields["vega_max"]) >> 63


def _is_trigger(fields: Mapping[str, int]) -> bool:
    """Return whether these are a trigger's terms, or, all zero, take one back."""
    flags = (fields[name] for name in ("sell", "reduce_only", "falling", "by_mark"))
    if fields["place"] >= TRIGGERS_MAX or max(flags) > 1:
        return False
    if fields["trigger_price"] and fields["limit"] and fields["lots"]:
        return True
    return not any(fields[name] for name, _ in _TRIGGER if name not in ("instrument", "place"))


def _is_action(action: Mapping[str, int]) -> bool:
    if action["kind"] != ActionKind.CANCEL_ALL and not action["instrument"]:
        return False
    if "flags" not in action:
        return True
    in_force = action["time_in_force"]
    immediate = in_force in (TimeInForce.IOC, TimeInForce.FOK)
    is_quote = action["kind"] == ActionKind.QUOTE
    return bool(
        action["flags"] >> 7 == 0
        and action["self_trade"] in list(SelfTrade)
        and (_is_pair(action) if is_quote else action["price"] and action["lots"])
        and bool(action["expiry_ms"]) == (in_force == TimeInForce.GTD)
        and not (immediate and (action["post_only"] or action["kind"] != ActionKind.PLACE))
    )


def _is_pair(quote: Mapping[str, int]) -> bool:
    """Return whether the sides of a quote go together."""
    if quote["sell"] or quote["reduce_only"]:
        return False
    for side in ("bid", "ask"):
        for one, other in (("slot", "serial"), ("price", "lots")):
            if bool(quote[f"{side}_{one}"]) != bool(quote[f"{side}_{other}"]):
                return False
    crossed = quote["bid_price"] >= quote["ask_price"] > 0
    return not crossed and any(
        quote[f"{side}_{name}"] for side in ("bid", "ask") for name, _ in _SIDE
    )


def _as_signed(action: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the actions of typed data that an action of the bytes is: a quote is two."""
    if action["kind"] != ActionKind.QUOTE:
        return [action]
    return [
        {**action, "sell": sell, **{name: action[f"{side}_{name}"] for name, _ in _SIDE}}
        for sell, side in enumerate(("bid", "ask"))
    ]


def _fields(widths: _Widths, data: bytes) -> dict[str, Any] | None:
    """Return unsigned integers that fill `data` exactly; None if they do not."""
    if len(data) != sum(width for _, width in widths):
        return None
    values, at = {}, 0
    for name, width in widths:
        values[name] = int.from_bytes(data[at : at + width], "big")
        at += width
    return values


def _bundle(data: bytes) -> dict[str, Any] | None:
    head = sum(width for _, width in _BUNDLE)
    values = _fields(_BUNDLE, data[:head])
    if values is None or len(data) <= head:
        return None
    end = len(data) - _L1_FEE[1]
    fee = _fields((_L1_FEE,), data[end:])
    actions = list(_actions(data[head + 1 : end]))
    if fee is None or len(actions) != data[head] or None in actions:
        return None
    return {**values, **fee, "actions": actions}


def _block(data: bytes) -> dict[str, Any] | None:
    head, size = (sum(width for _, width in each) for each in (_BLOCK, _LEG))
    values = _fields(_BLOCK, data[:head])
    if values is None or len(data) <= head:
        return None
    end = len(data) - _L1_FEE[1]
    fee = _fields((_L1_FEE,), data[end:])
    if fee is None or end - head - 1 != size * data[head]:
        return None
    legs = [_fields(_LEG, data[at : at + size]) for at in range(head + 1, end, size)]
    return {**values, **fee, "legs": legs}


def _actions(data: bytes) -> Iterator[dict[str, Any] | None]:
    at = 0
    while at < len(data):
        widths = _ACTIONS.get(data[at])
        if widths is None:
            yield None
            return
        end = at + 1 + sum(width for _, width in widths)
        values = _fields(widths, data[at + 1 : end])
        yield None if values is None else {"kind": data[at], **values, **_flags(values)}
        at = end


def _flags(values: Mapping[str, int]) -> dict[str, int]:
    flags = values.get("flags", 0)
    return {
        "sell": flags & 1,
        "post_only": flags >> 1 & 1,
        "reduce_only": flags >> 2 & 1,
        "self_trade": flags >> 3 & 3,
        "time_in_force": flags >> 5 & 3,
    }


def _struct_hash(struct: TypedStruct, values: Mapping[str, Any]) -> bytes:
    parts = [struct.typehash]
    for field in struct.fields:
        value = values.get(field.source, 0)
        if field.type.endswith("[]"):
            items = [_struct_hash(struct.inner[0], each) for each in value]
            parts.append(keccak256(b"".join(items)))
        elif field.type == "string":
            parts.append(keccak256(value.encode()))
        else:
            parts.append(int(value).to_bytes(32, "big"))
    return keccak256(b"".join(parts))
