"""Is this an op that the venue can read? Asked before a nonce is counted: a mistake costs nothing.

Values must be what their type says, and in range: no text, no Decimal, no float, no numpy scalar.
Source: docs/protocol/user-ops.md.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, Final, TypeVar

from google.protobuf.message import Message

from strikeproof.client.account_protection import GREEK_UNLIMITED
from strikeproof.client.operation import (
    SCOPE_NONE,
    SCOPE_TRADE,
    Action,
    Bid,
    BlockTrade,
    Bundle,
    Cancel,
    CancelAll,
    Place,
    Replace,
    SetCancelAt,
    SetGuard,
    SetMarginMode,
    SetProtection,
    SetSession,
    SetTrigger,
    UserOp,
    Withdraw,
)
from strikeproof.client.quote import Quote, QuoteSide
from strikeproof.failure import Rejected
from strikeproof.wire.constants import (
    ACTIONS_MAX,
    AUCTION_FRACTION_MIN_PPM,
    BLOCK_LEGS_MAX,
    ORDER_LOTS_MAX,
    PPM,
    SESSION_SLOTS,
    TRIGGERS_MAX,
    GuardMode,
    SelfTrade,
    TimeInForce,
)
from strikeproof.wire.errors import FailureCode

M = TypeVar("M", bound=Message)

BITS: Final = {
    "account": 32,
    "nonce": 64,
    "expiry_ms": 48,
    "max_fee_ppm": 32,
    "max_l1_fee_micro_usd": 64,
    "amount_micro_usd": 64,
    "session_expiry_ms": 48,
    "cancel_at_ms": 48,
    "window_ms": 32,
    "freeze_ms": 32,
    "lots_max": 40,
    "delta_max": 64,
    "vega_max": 64,
    "instrument": 16,
    "underlying": 16,
    "slot": 32,
    "serial": 48,
    "price": 32,
    "client_id": 64,
    "counterparty": 32,
    "counterparty_nonce": 64,
    "counterparty_expiry_ms": 48,
    "counterparty_max_fee_ppm": 32,
    "trigger_price": 64,
    "limit": 32,
    "lots": 40,
    "trigger_expiry_ms": 48,
    "seller": 32,
    "auction_ms": 48,
    "fraction_ppm": 32,
    "discount_ppm": 32,
}
"""Width of each field. A test holds them against the typed data."""
SHOWN_CHARACTERS_MAX: Final = 60
INTEGER_BITS_SHOWN_MAX: Final = 256


class FieldInvalid(Rejected):
    """A field has the wrong type, is out of its range, or does not go with another."""

    code = FailureCode.FIELD_INVALID

    def __init__(self, field: str, value: object, reason: str) -> None:
        super().__init__(f"{field}: {reason}, not {_shown(value)}")
        self.field, self.value, self.reason = field, value, reason


def _shown(value: object) -> str:
    if isinstance(value, int) and value.bit_length() > INTEGER_BITS_SHOWN_MAX:
        return f"an integer of {value.bit_length()} bits"
    text = repr(value)
    if len(text) > SHOWN_CHARACTERS_MAX:
        text = text[:SHOWN_CHARACTERS_MAX] + "…"
    return text if isinstance(value, int | str | bytes) else f"{text} ({type(value).__name__})"


def check_integer(field: str, value: object, least: int, most: int) -> None:
    """Raise `FieldInvalid` unless the value is an integer from `least` to `most`."""
    if not isinstance(value, int) or (isinstance(value, bool)):
        raise FieldInvalid(field, value, "must be an int")
    if not least <= value <= most:
        raise FieldInvalid(field, value, f"must be {least} to {most}")


def request_of(kind: type[M], **fields: Any) -> M:
    """Return a message of these fields. Raises `FieldInvalid`, which names the field."""
    try:
        return kind(**fields)
    except (TypeError, ValueError):
        for name, value in fields.items():
            try:
                kind(**{name: value})
            except (TypeError, ValueError):
                raise FieldInvalid(name, value, "is not a value of this field") from None
        raise


def check_op(op: UserOp) -> None:
    """Raise `FieldInvalid` unless the op can be encoded, and is well-formed under the law."""
    _check_fields(op, ("account",), least=1)
    _check_fields(op, ("nonce", "expiry_ms", "max_l1_fee_micro_usd"))
    match op:
        case Bundle():
            check_integer("session", op.session, 0, SESSION_SLOTS - 1)
            _check_fields(op, ("max_fee_ppm",))
            if not isinstance(op.atomic, bool):
                raise FieldInvalid("atomic", op.atomic, "must be a bool")
            if not 1 <= len(op.actions) <= ACTIONS_MAX:
                reason = f"a bundle has 1 to {ACTIONS_MAX}"
                raise FieldInvalid("actions", len(op.actions), reason)
            for number, action in enumerate(op.actions):
                _check_action(action, f"actions[{number}]." if len(op.actions) > 1 else "")
        case Withdraw():
            _check_fields(op, ("amount_micro_usd",), least=1)
        case SetSession():
            _check_session(op)
        case SetGuard():
            _check_member("mode", op.mode, GuardMode)
            _check_address(op.key)
            if any(op.key) != (op.mode == GuardMode.SET):
                reason = "a key goes with mode SET, and only with it"
                raise FieldInvalid("key", op.key, reason)
        case SetMarginMode():
            _check_fields(op, ("underlying",))
        case BlockTrade():
            _check_block(op)
        case SetTrigger():
            _check_trigger(op)
        case Bid():
            _check_bid(op)
        case SetProtection():
            _check_protection(op)
        case SetCancelAt():
            check_integer("session", op.session, 0, SESSION_SLOTS - 1)
            _check_fields(op, ("cancel_at_ms",))


def _check_protection(op: SetProtection) -> None:
    check_integer("session", op.session, 0, SESSION_SLOTS - 1)
    limits = ("underlying", "window_ms", "freeze_ms", "lots_max", "delta_max", "vega_max")
    _check_fields(op, limits)
    for name in ("delta_max", "vega_max"):
        check_integer(name, getattr(op, name), 0, GREEK_UNLIMITED)
    if op.underlying:
        _check_fields(op, ("window_ms",), least=1)
    for name in limits[1:]:
        if not op.underlying and getattr(op, name):
            reason = "must be 0 where a protection is taken back: underlying 0"
            raise FieldInvalid(name, getattr(op, name), reason)


def _check_block(op: BlockTrade) -> None:
    check_integer("session", op.session, 0, SESSION_SLOTS - 1)
    check_integer("counterparty_session", op.counterparty_session, 0, SESSION_SLOTS - 1)
    _check_fields(op, ("max_fee_ppm", "counterparty_max_fee_ppm"))
    _check_fields(op, ("counterparty_nonce", "counterparty_expiry_ms"))
    _check_fields(op, ("counterparty",), least=1)
    if op.counterparty == op.account:
        raise FieldInvalid("counterparty", op.counterparty, "must be another account")
    if not isinstance(op.counterparty_signature, bytes) or len(op.counterparty_signature) != 64:
        reason = "must be the 64 bytes of the counterparty's signature"
        raise FieldInvalid("counterparty_signature", op.counterparty_signature, reason)
    if not 1 <= len(op.legs) <= BLOCK_LEGS_MAX:
        raise FieldInvalid("legs", len(op.legs), f"a block trade has 1 to {BLOCK_LEGS_MAX}")
    last = 0
    for number, leg in enumerate(op.legs):
        prefix = f"legs[{number}]."
        _check_fields(leg, ("price",), prefix, least=1)
        check_integer(f"{prefix}lots", leg.lots, 1, ORDER_LOTS_MAX)
        if not isinstance(leg.sell, bool):
            raise FieldInvalid(f"{prefix}sell", leg.sell, "must be True or False")
        # Sorted by instrument, each once: one set of legs has one hash.
        check_integer(f"{prefix}instrument", leg.instrument, last + 1, (1 << 16) - 1)
        last = leg.instrument


def _check_bid(op: Bid) -> None:
    check_integer("session", op.session, 0, SESSION_SLOTS - 1)
    _check_fields(op, ("seller", "auction_ms"), least=1)
    _check_fields(op, ("discount_ppm",))
    check_integer("fraction_ppm", op.fraction_ppm, AUCTION_FRACTION_MIN_PPM, PPM)
    if op.seller == op.account:
        raise FieldInvalid("seller", op.seller, "must be another account")


def _check_trigger(op: SetTrigger) -> None:
    check_integer("session", op.session, 0, SESSION_SLOTS - 1)
    check_integer("place", op.place, 0, TRIGGERS_MAX - 1)
    for name in ("sell", "reduce_only", "falling", "by_mark"):
        if not isinstance(getattr(op, name), bool):
            raise FieldInvalid(name, getattr(op, name), "must be a bool")
    _check_fields(op, ("trigger_price", "limit", "lots", "max_fee_ppm", "trigger_expiry_ms"))
    _check_fields(op, ("client_id", "instrument"))
    terms = (op.sell, op.reduce_only, op.falling, op.by_mark, op.trigger_price, op.limit, op.lots)
    if any((*terms, op.max_fee_ppm, op.trigger_expiry_ms, op.client_id)):
        _check_fields(op, ("trigger_price", "limit", "lots"), least=1)


def _check_fields(holder: object, names: tuple[str, ...], prefix: str = "", least: int = 0) -> None:
    for name in names:
        check_integer(prefix + name, getattr(holder, name), least, (1 << BITS[name]) - 1)


def _check_action(action: Action, prefix: str) -> None:
    match action:
        case Place() | Replace():
            _check_order(action, prefix)
        case Cancel():
            _check_fields(action, ("instrument",), prefix, least=1)
            _check_fields(action, ("slot", "serial"), prefix)
        case CancelAll():
            _check_fields(action, ("instrument",), prefix)
        case Quote():
            _check_quote(action, prefix)
        case _:
            raise FieldInvalid(f"{prefix}action", action, "must be one of the client's actions")


def _check_order(order: Place | Replace, prefix: str) -> None:
    _check_fields(order, ("price",), prefix, least=1)
    check_integer(f"{prefix}lots", order.lots, 1, ORDER_LOTS_MAX)
    for name in ("sell", "reduce_only"):
        _check_flag(f"{prefix}{name}", getattr(order, name))
    _check_terms(order, prefix)
    if isinstance(order, Replace):
        _check_fields(order, ("slot", "serial"), prefix)


def _check_quote(quote: Quote, prefix: str) -> None:
    _check_terms(quote, prefix)
    for name, side in (("bid", quote.bid), ("ask", quote.ask)):
        if not isinstance(side, QuoteSide):
            raise FieldInvalid(f"{prefix}{name}", side, "must be a QuoteSide")
        part = f"{prefix}{name}."
        _check_fields(side, ("slot", "serial", "price"), part)
        check_integer(f"{part}lots", side.lots, 0, ORDER_LOTS_MAX)
        if (side.slot != 0) != (side.serial != 0):
            raise FieldInvalid(f"{part}serial", side.serial, "goes with a slot, and only with one")
        if (side.price != 0) != (side.lots != 0):
            raise FieldInvalid(f"{part}price", side.price, "goes with lots, and only with them")
    bid, ask = quote.bid, quote.ask
    if bid.lots and ask.lots and bid.price >= ask.price:
        raise FieldInvalid(f"{prefix}bid.price", bid.price, f"must be below the ask's {ask.price}")
    if not any((bid.lots, bid.slot, ask.lots, ask.slot)):
        raise FieldInvalid(f"{prefix}bid", bid, "a quote has lots, or an order to cancel")


def _check_flag(field: str, value: object) -> None:
    if not isinstance(value, bool):
        raise FieldInvalid(field, value, "must be True or False")


def _check_terms(order: Place | Replace | Quote, prefix: str) -> None:
    _check_fields(order, ("instrument",), prefix, least=1)
    _check_fields(order, ("expiry_ms", "client_id"), prefix)
    _check_flag(f"{prefix}post_only", order.post_only)
    _check_member(f"{prefix}time_in_force", order.time_in_force, TimeInForce)
    _check_member(f"{prefix}self_trade", order.self_trade, SelfTrade)
    in_force = TimeInForce(order.time_in_force)
    if (order.expiry_ms != 0) != (in_force is TimeInForce.GTD):
        reason = "goes with time_in_force GTD, and only with it"
        raise FieldInvalid(f"{prefix}expiry_ms", order.expiry_ms, reason)
    if in_force in (TimeInForce.IOC, TimeInForce.FOK):
        if order.post_only:
            reason = f"an order that is {in_force.name} cannot be post-only"
            raise FieldInvalid(f"{prefix}post_only", True, reason)
        if not isinstance(order, Place):
            reason = "a replaced or quoted order rests: GTC or GTD"
            raise FieldInvalid(f"{prefix}time_in_force", in_force.name, reason)


def _check_member(field: str, value: object, kind: type[IntEnum]) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value not in list(kind):
        names = ", ".join(each.name for each in kind)
        raise FieldInvalid(field, value, f"must be one of {names}")


def _check_address(key: object) -> None:
    if not isinstance(key, bytes) or len(key) != 20:
        raise FieldInvalid("key", key, "must be the 20 bytes of an address")


def _check_session(op: SetSession) -> None:
    check_integer("slot", op.slot, 1, SESSION_SLOTS - 1)
    check_integer("scope", op.scope, SCOPE_NONE, SCOPE_TRADE)
    _check_fields(op, ("session_expiry_ms",))
    _check_address(op.key)
    if (op.scope == SCOPE_NONE) == any(op.key):
        raise FieldInvalid("key", op.key, "a zero key goes with scope 0, and only with it")
    if op.scope == SCOPE_NONE and op.session_expiry_ms:
        reason = "a session that is revoked has none"
        raise FieldInvalid("session_expiry_ms", op.session_expiry_ms, reason)
