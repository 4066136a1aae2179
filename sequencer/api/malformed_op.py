"""Why an op is MALFORMED: which field, or which fields do not go together.

The law says no more than the code; callers should not have to guess. Asked only for ops that the
engine called MALFORMED. Source: docs/protocol/user-ops.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from strikeproof.sequencer.core.bundle_action import Action
from strikeproof.wire.constants import (
    ACTIONS_MAX,
    AUCTION_FRACTION_MIN_PPM,
    BLOCK_LEGS_MAX,
    PPM,
    SESSION_SLOTS,
    TRIGGERS_MAX,
    ActionKind,
    GuardMode,
    OpType,
    OrderFlag,
    SelfTrade,
    TimeInForce,
)
from strikeproof.wire.operations import (
    ACTION_CANCEL_ALL_BYTES,
    ACTION_CANCEL_BYTES,
    ACTION_PLACE_BYTES,
    ACTION_PLACE_FLAGS_OFFSET,
    ACTION_QUOTE_ASK_SLOT_OFFSET,
    ACTION_QUOTE_BID_SLOT_OFFSET,
    ACTION_QUOTE_BYTES,
    ACTION_QUOTE_EXPIRY_MS_OFFSET,
    ACTION_QUOTE_FLAGS_OFFSET,
    ACTION_REPLACE_BYTES,
    BLOCK_LEG_BYTES,
    BLOCK_LEG_LOTS_OFFSET,
    BLOCK_LEG_PRICE_OFFSET,
    BLOCK_LEG_SELL_OFFSET,
    OP_BID_FRACTION_PPM_OFFSET,
    OP_BID_SELLER_OFFSET,
    OP_BID_UNSIGNED_BYTES,
    OP_BLOCK_TRADE_COUNTERPARTY_OFFSET,
    OP_BLOCK_TRADE_HEAD_BYTES,
    OP_BLOCK_TRADE_LEGS_OFFSET,
    OP_BLOCK_TRADE_TAIL_BYTES,
    OP_BUNDLE_ATOMIC_OFFSET,
    OP_BUNDLE_HEAD_BYTES,
    OP_BUNDLE_TAIL_BYTES,
    OP_HEAD_BYTES,
    OP_SET_CANCEL_AT_UNSIGNED_BYTES,
    OP_SET_GUARD_UNSIGNED_BYTES,
    OP_SET_MARGIN_MODE_UNSIGNED_BYTES,
    OP_SET_PROTECTION_DELTA_MAX_OFFSET,
    OP_SET_PROTECTION_UNDERLYING_OFFSET,
    OP_SET_PROTECTION_UNSIGNED_BYTES,
    OP_SET_PROTECTION_WINDOW_MS_OFFSET,
    OP_SET_SESSION_UNSIGNED_BYTES,
    OP_SET_TRIGGER_PLACE_OFFSET,
    OP_SET_TRIGGER_SELL_OFFSET,
    OP_SET_TRIGGER_UNSIGNED_BYTES,
    OP_WITHDRAW_UNSIGNED_BYTES,
    SIGNATURE_BYTES,
)

ACTION_BYTES: Final = {
    int(ActionKind.PLACE): ACTION_PLACE_BYTES,
    int(ActionKind.CANCEL): ACTION_CANCEL_BYTES,
    int(ActionKind.CANCEL_ALL): ACTION_CANCEL_ALL_BYTES,
    int(ActionKind.REPLACE): ACTION_REPLACE_BYTES,
    int(ActionKind.QUOTE): ACTION_QUOTE_BYTES,
}
TERMS_BYTES: Final = ACTION_PLACE_BYTES - ACTION_PLACE_FLAGS_OFFSET
_BID_AT: Final = ACTION_QUOTE_BID_SLOT_OFFSET
_ASK_AT: Final = ACTION_QUOTE_ASK_SLOT_OFFSET
_EXPIRY_AT: Final = ACTION_QUOTE_EXPIRY_MS_OFFSET


@dataclass(frozen=True, slots=True)
class Malformation:
    """The field as the API's messages name it, and what is wrong with it."""

    field: str
    reason: str


def malformation_of(data: bytes) -> Malformation:
    """Return why a user op is malformed: the first thing that the law stumbles over."""
    body = data[OP_HEAD_BYTES:]
    match data[0]:
        case OpType.BUNDLE:
            found = _of_bundle(body)
        case OpType.WITHDRAW:
            found = _of_guarded_length(body, OP_WITHDRAW_UNSIGNED_BYTES)
            if found is None and not any(body[18:26]):
                found = Malformation("amount_micro_usd", "is 0")
        case OpType.SET_SESSION:
            found = _of_guarded_length(body, OP_SET_SESSION_UNSIGNED_BYTES) or _of_session(body)
        case OpType.SET_GUARD:
            found = _of_guarded_length(body, OP_SET_GUARD_UNSIGNED_BYTES) or _of_guard(body)
        case OpType.SET_MARGIN_MODE:
            found = _of_guarded_length(body, OP_SET_MARGIN_MODE_UNSIGNED_BYTES)
        case OpType.SET_CANCEL_AT:
            found = _of_length(body, OP_SET_CANCEL_AT_UNSIGNED_BYTES)
        case OpType.SET_PROTECTION:
            found = _of_length(body, OP_SET_PROTECTION_UNSIGNED_BYTES) or _of_protection(body)
        case OpType.BLOCK_TRADE:
            found = _of_block(body)
        case OpType.SET_TRIGGER:
            found = _of_length(body, OP_SET_TRIGGER_UNSIGNED_BYTES) or _of_trigger(body)
        case OpType.BID:
            found = _of_length(body, OP_BID_UNSIGNED_BYTES) or _of_bid(body)
        case _:
            found = None
    return found or Malformation("op", "its body does not have the form of its type")


def _of_length(body: bytes, unsigned_bytes: int) -> Malformation | None:
    expected = unsigned_bytes + SIGNATURE_BYTES
    if len(body) == expected:
        return None
    return Malformation("op", f"its body has {len(body)} bytes, with a signature {expected}")


def _of_bid(body: bytes) -> Malformation | None:
    if body[:4] == body[OP_BID_SELLER_OFFSET : OP_BID_SELLER_OFFSET + 4]:
        return Malformation("seller", "is the bidder itself")
    at = OP_BID_FRACTION_PPM_OFFSET
    fraction = int.from_bytes(body[at : at + 4], "big")
    if not AUCTION_FRACTION_MIN_PPM <= fraction <= PPM:
        least = AUCTION_FRACTION_MIN_PPM
        return Malformation("fraction_ppm", f"is {fraction}, not {least} to {PPM}")
    return None


def _of_protection(body: bytes) -> Malformation:
    at = OP_SET_PROTECTION_UNDERLYING_OFFSET
    if any(body[at : at + 2]):
        if not any(body[OP_SET_PROTECTION_WINDOW_MS_OFFSET:][:4]):
            return Malformation("window_ms", "is 0")
        is_delta = body[OP_SET_PROTECTION_DELTA_MAX_OFFSET] >> 7
        return Malformation("delta_max" if is_delta else "vega_max", "is above 2^63 - 1")
    return Malformation("underlying", "is 0, and the protection is not taken back: not all is 0")


def _of_trigger(body: bytes) -> Malformation | None:
    place, at = body[OP_SET_TRIGGER_PLACE_OFFSET], OP_SET_TRIGGER_SELL_OFFSET
    if place >= TRIGGERS_MAX:
        return Malformation("place", f"is {place}, not 0 to {TRIGGERS_MAX - 1}")
    for name in ("sell", "reduce_only", "falling", "by_mark"):
        if body[at] > 1:
            return Malformation(name, f"is {body[at]}, neither 0 nor 1")
        at += 1
    for name, size in (("trigger_price_nano_usd", 8), ("limit", 4), ("lots", 5)):
        if not any(body[at : at + size]):
            return Malformation(name, "is 0, and the trigger is not taken back: not all is 0")
        at += size
    return None


def _of_guarded_length(body: bytes, unsigned_bytes: int) -> Malformation | None:
    if len(body) == unsigned_bytes + 2 * SIGNATURE_BYTES:
        return None
    return _of_length(body, unsigned_bytes)


def _of_guard(body: bytes) -> Malformation | None:
    mode, key = body[18], body[19:39]
    if mode > max(GuardMode):
        return Malformation("mode", f"is {mode}, above {max(GuardMode):d}")
    if any(key) != (mode == GuardMode.SET):
        return Malformation("key", "a key goes with mode 0 (set), and only with it")
    return None


def _of_session(body: bytes) -> Malformation | None:
    slot, key, scope, until = body[18], body[19:39], body[39], body[40:46]
    if not 1 <= slot < SESSION_SLOTS:
        return Malformation("slot", f"is {slot}, not 1 to {SESSION_SLOTS - 1}")
    if scope > 1:
        return Malformation("scope", f"is {scope}, neither 0 (revoke) nor 1 (trade)")
    if bool(scope) != any(key):
        return Malformation("key", "a zero key goes with scope 0, and only with it")
    if not scope and any(until):
        return Malformation("session_expiry_ms", "a session that is revoked has none")
    return None


def _of_block(body: bytes) -> Malformation | None:
    if len(body) < OP_BLOCK_TRADE_HEAD_BYTES:
        return Malformation("op", f"its body has {len(body)} bytes, a block trade's head is longer")
    count, at = body[OP_BLOCK_TRADE_LEGS_OFFSET], OP_BLOCK_TRADE_HEAD_BYTES
    if not 1 <= count <= BLOCK_LEGS_MAX:
        return Malformation("legs", f"there are {count}, not 1 to {BLOCK_LEGS_MAX}")
    end = at + count * BLOCK_LEG_BYTES
    found = _of_length(body, end + OP_BLOCK_TRADE_TAIL_BYTES - SIGNATURE_BYTES)
    if found is not None:
        return found
    other = OP_BLOCK_TRADE_COUNTERPARTY_OFFSET
    if body[:4] == body[other : other + 4]:
        return Malformation("counterparty", "is the account itself")
    last = 0
    for number, start in enumerate(range(at, end, BLOCK_LEG_BYTES)):
        name, leg = f"legs[{number}]", body[start : start + BLOCK_LEG_BYTES]
        instrument = int.from_bytes(leg[:BLOCK_LEG_SELL_OFFSET], "big")
        if instrument <= last:
            return Malformation(f"{name}.instrument", f"is {instrument}, not above {last}")
        if leg[BLOCK_LEG_SELL_OFFSET] > 1:
            return Malformation(f"{name}.sell", "is neither 0 nor 1")
        if not any(leg[BLOCK_LEG_PRICE_OFFSET:BLOCK_LEG_LOTS_OFFSET]):
            return Malformation(f"{name}.price", "is 0")
        if not any(leg[BLOCK_LEG_LOTS_OFFSET:]):
            return Malformation(f"{name}.lots", "is 0")
        last = instrument
    return None


def _of_bundle(body: bytes) -> Malformation | None:
    if len(body) < OP_BUNDLE_HEAD_BYTES:
        return Malformation("op", f"its body has {len(body)} bytes, a bundle's head is longer")
    count, at = body[OP_BUNDLE_HEAD_BYTES - 1], OP_BUNDLE_HEAD_BYTES
    if body[OP_BUNDLE_ATOMIC_OFFSET] > 1:
        return Malformation("atomic", f"is {body[OP_BUNDLE_ATOMIC_OFFSET]}, neither 0 nor 1")
    if not 1 <= count <= ACTIONS_MAX:
        return Malformation("actions", f"there are {count}, not 1 to {ACTIONS_MAX}")
    number = 0  # as they are signed: a quote is two
    for _ in range(count):
        name = f"actions[{number}]"
        kind = body[at] if at < len(body) else 0
        size = ACTION_BYTES.get(kind)
        if size is None:
            return Malformation(f"{name}.kind", f"no action has kind {kind}")
        if at + size > len(body):
            return Malformation(name, "the body ends in it")
        data = body[at : at + size]
        found = _of_quote(data, number) if kind == ActionKind.QUOTE else _of_action(data, name)
        if found is not None:
            return found
        at += size
        number += 2 if kind == ActionKind.QUOTE else 1
    return _of_length(body, at + OP_BUNDLE_TAIL_BYTES - SIGNATURE_BYTES)


def _of_action(data: bytes, name: str) -> Malformation | None:
    kind, instrument = data[0], int.from_bytes(data[1:3], "big")
    if kind == ActionKind.CANCEL_ALL:
        return None
    if not instrument:
        return Malformation(f"{name}.instrument", "is 0")
    if kind == ActionKind.CANCEL:
        return None
    terms = data[-TERMS_BYTES:]
    action = Action(
        kind,
        instrument,
        flags=terms[0],
        price=int.from_bytes(terms[1:5], "big"),
        lots=int.from_bytes(terms[5:10], "big"),
        expiry_ms=int.from_bytes(terms[10:16], "big"),
    )
    for field, value in (("price", action.price), ("lots", action.lots)):
        if not value:
            return Malformation(f"{name}.{field}", "is 0")
    return _of_terms(action, name)


def _of_quote(data: bytes, number: int) -> Malformation | None:
    """Return what is wrong with a quote, whose bid is the action of this number."""
    bid, ask = (_side(data, at) for at in (_BID_AT, _ASK_AT))
    names = (f"actions[{number}]", f"actions[{number + 1}]")
    if not bid.instrument:
        return Malformation(f"{names[0]}.instrument", "is 0")
    if bid.flags & OrderFlag.SELL:
        return Malformation(f"{names[0]}.sell", "a quote's flags say no side")
    if bid.flags & OrderFlag.REDUCE_ONLY:
        return Malformation(f"{names[0]}.reduce_only", "a quote is not reduce-only")
    found = _of_terms(bid, names[0])
    if found is not None:
        return found
    for side, name in zip((bid, ask), names, strict=True):
        if (side.slot == 0) != (side.serial == 0):
            return Malformation(f"{name}.serial", "goes with a slot, and only with one")
        if (side.price == 0) != (side.lots == 0):
            return Malformation(f"{name}.price", "goes with lots, and only with them")
    if bid.lots and ask.lots and bid.price >= ask.price:
        reason = f"is {bid.price}, not below the ask's {ask.price}"
        return Malformation(f"{names[0]}.price", reason)
    if not (bid.lots or ask.lots or bid.slot or ask.slot):
        return Malformation(names[0], "a quote has lots, or an order to cancel")
    return None


def _side(data: bytes, at: int) -> Action:
    """Return the side of a quote whose slot is at an offset: slot, serial, price, lots."""
    return Action(
        ActionKind.QUOTE,
        int.from_bytes(data[1:3], "big"),
        slot=int.from_bytes(data[at : at + 4], "big"),
        serial=int.from_bytes(data[at + 4 : at + 10], "big"),
        flags=data[ACTION_QUOTE_FLAGS_OFFSET],
        price=int.from_bytes(data[at + 10 : at + 14], "big"),
        lots=int.from_bytes(data[at + 14 : at + 19], "big"),
        expiry_ms=int.from_bytes(data[_EXPIRY_AT : _EXPIRY_AT + 6], "big"),
    )


def _of_terms(action: Action, name: str) -> Malformation | None:
    if action.self_trade > max(SelfTrade):
        reason = f"is {action.self_trade}, above {max(SelfTrade):d}"
        return Malformation(f"{name}.self_trade", reason)
    if action.time_in_force > max(TimeInForce):
        return Malformation(f"{name}.time_in_force", "is above 3, or an unknown flag is set")
    in_force = TimeInForce(action.time_in_force)
    if (action.expiry_ms != 0) != (in_force is TimeInForce.GTD):
        return Malformation(f"{name}.expiry_ms", f"goes with GTD alone; this is {in_force.name}")
    if in_force in (TimeInForce.IOC, TimeInForce.FOK):
        if action.is_post_only:
            reason = f"does not go with {in_force.name}: it never rests"
            return Malformation(f"{name}.post_only", reason)
        if action.kind != ActionKind.PLACE:
            what = "replace" if action.kind == ActionKind.REPLACE else "quote"
            reason = f"of a {what} is GTC or GTD, not {in_force.name}"
            return Malformation(f"{name}.time_in_force", reason)
    return None
