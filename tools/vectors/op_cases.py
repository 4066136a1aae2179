"""Cases of actions and ops: bytes, the fields that they say, and what is malformed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from strikeproof.sequencer.core.engine import Engine
from strikeproof.wire.constants import (
    ACTIONS_MAX,
    BLOCK_LEGS_MAX,
    FORWARD_PPB_MAX,
    FORWARD_PPB_MIN,
    INDEX_PRICE_MAX,
    REPORTERS_MAX,
    SWEEP_MAX,
    ActionKind,
    OpType,
)
from strikeproof.wire.errors import Result
from tools.vectors.attest_shapes import attest_shapes, credit_shapes
from tools.vectors.bid_shapes import BID, bid_shapes
from tools.vectors.case_file import Case
from tools.vectors.encoders import (
    START_MS,
    encode_action,
    encode_body,
    encode_message,
    encode_op,
    ends_of,
    message_input,
)
from tools.vectors.protection_shapes import SET_PROTECTION, protection_shapes
from tools.vectors.quote_shapes import QUOTE, quote_shapes
from tools.vectors.signed_op import (
    DOMAIN,
    consented,
    index_price_fields,
    reported,
    signature_of,
    signed_op,
)
from tools.vectors.signers import reporters, signer

EXPIRY_MS: Final = START_MS + 3_600_000
MAX_FEE_PPM: Final = 1_000
MAX_L1_FEE: Final = 2_000_000  # micro-USD
L1_FEE_BYTES: Final = 8  # it stands behind the actions
TRADER: Final = "trader 1"

_TERMS: Final = {
    "instrument": 1,
    "sell": False,
    "post_only": False,
    "reduce_only": False,
    "self_trade": "CANCEL_TAKER",
    "time_in_force": "GTC",
    "price": 964_005,
    "lots": 10,
    "expiry_ms": 0,
    "client_id": 42,
}
_ORDER: Final = {"instrument": 1, "slot": 5, "serial": 17}
_ACTIONS: Final[dict[str, dict[str, Any]]] = {
    "PLACE": _TERMS,
    "CANCEL": _ORDER,
    "CANCEL_ALL": {"instrument": 1},
    "REPLACE": {**_ORDER, **_TERMS},
    "QUOTE": QUOTE,
}
_SHAPES: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "place: a GTC buy": ("PLACE", {}),
    "place: a GTC sell": ("PLACE", {"sell": True}),
    "place: a GTD buy": ("PLACE", {"time_in_force": "GTD", "expiry_ms": EXPIRY_MS}),
    "place: an IOC sell": ("PLACE", {"sell": True, "time_in_force": "IOC"}),
    "place: a FOK buy": ("PLACE", {"time_in_force": "FOK"}),
    "place: post-only": ("PLACE", {"post_only": True}),
    "place: reduce-only": ("PLACE", {"sell": True, "reduce_only": True}),
    "place: self-trade cancels the maker": ("PLACE", {"self_trade": "CANCEL_MAKER"}),
    "place: self-trade cancels both": ("PLACE", {"self_trade": "CANCEL_BOTH"}),
    "place: every flag": (
        "PLACE",
        {
            "sell": True,
            "post_only": True,
            "reduce_only": True,
            "self_trade": "CANCEL_BOTH",
            "time_in_force": "GTD",
            "expiry_ms": EXPIRY_MS,
        },
    ),
    "place: GTD without an expiry": ("PLACE", {"time_in_force": "GTD"}),
    "place: GTC with an expiry": ("PLACE", {"expiry_ms": EXPIRY_MS}),
    "place: post-only with IOC": ("PLACE", {"post_only": True, "time_in_force": "IOC"}),
    "place: post-only with FOK": ("PLACE", {"post_only": True, "time_in_force": "FOK"}),
    "cancel: one order": ("CANCEL", {}),
    "cancel-all: one instrument": ("CANCEL_ALL", {}),
    "replace: new price and lots": ("REPLACE", {}),
    "replace: a GTD sell": (
        "REPLACE",
        {"sell": True, "time_in_force": "GTD", "expiry_ms": EXPIRY_MS},
    ),
    "replace: with IOC": ("REPLACE", {"time_in_force": "IOC"}),
    "replace: with FOK": ("REPLACE", {"time_in_force": "FOK"}),
    **quote_shapes(EXPIRY_MS),
}


def genesis_results(op: bytes) -> list[str]:
    """Return the names of the results of a USER_OP message of nobody on the genesis."""
    law_input = message_input(START_MS, encode_message("USER_OP", START_MS, op))
    results = Engine.genesis(DOMAIN).execute_segment(law_input).results
    return [Result(code).name for code in results]


# --- actions ---


def _action_case(name: str, kind: str, fields: dict[str, Any], data: bytes) -> Case:
    bundle = {**_BUNDLE_HEAD, "actions": []}
    whole = encode_body("BUNDLE", bundle)
    head, l1_fee = whole[: -1 - L1_FEE_BYTES], whole[-L1_FEE_BYTES:]
    body = head + b"\1" + data + l1_fee + bytes(64)
    results = genesis_results(bytes((OpType.BUNDLE,)) + len(body).to_bytes(2, "big") + body)
    shown = {"kind": kind, "fields": fields} if results != ["MALFORMED"] else {}
    return {"name": name, **shown, "bytes": data, "in_bundle": results[0]}


def action_cases() -> Iterator[Case]:
    """Yield actions; one that makes its bundle malformed has bytes alone."""
    for name, (kind, change) in _SHAPES.items():
        fields = {**_ACTIONS[kind], **change}
        yield _action_case(name, kind, fields, encode_action(kind, fields))
    for kind, typical in _ACTIONS.items():
        verb = kind.lower().replace("_", "-")
        for label, fields in ends_of(kind, typical):
            data = encode_action(kind, fields)
            yield _action_case(f"{verb}: {label}", kind, fields, data)
        data = encode_action(kind, typical)
        yield _action_case(f"{verb}: a byte short", kind, {}, data[:-1])
        yield _action_case(f"{verb}: a byte over", kind, {}, data + b"\0")
    place = encode_action("PLACE", _TERMS)
    gtd = encode_action("PLACE", {**_TERMS, "time_in_force": "GTD", "expiry_ms": EXPIRY_MS})
    for expiry_ms, label in ((1, "1"), (2**48 - 1, "at its maximum")):
        fields = {**_TERMS, "time_in_force": "GTD", "expiry_ms": expiry_ms}
        data = encode_action("PLACE", fields)
        yield _action_case(f"place: GTD, expiry_ms {label}", "PLACE", fields, data)
    yield _action_case("place: self-trade mode 3", "", {}, _with_flags(place, 0b0001_1000))
    yield _action_case("place: bit 7 of the flags", "", {}, _with_flags(gtd, 0b1010_0000))
    quote = encode_action("QUOTE", _ACTIONS["QUOTE"])
    yield _action_case("quote: self-trade mode 3", "", {}, _with_flags(quote, 0b0001_1010))
    yield _action_case("quote: bit 7 of the flags", "", {}, _with_flags(quote, 0b1000_0010))
    for kind_byte in (0, max(ActionKind) + 1, 255):
        data = bytes((kind_byte,)) + place[1:]
        yield _action_case(f"garbage: an action of kind {kind_byte}", "", {}, data)
    yield _action_case("garbage: an action of no bytes", "", {}, b"")


def _with_flags(action: bytes, flags: int) -> bytes:
    """Return a place or a quote with other flags."""
    return action[:3] + bytes((flags,)) + action[4:]


# --- ops ---

_BUNDLE_HEAD: Final = {
    "account": 1,
    "session": 0,
    "nonce": 7,
    "expiry_ms": EXPIRY_MS,
    "max_fee_ppm": MAX_FEE_PPM,
    "max_l1_fee_micro_usd": MAX_L1_FEE,
    "atomic": 0,
}
BUNDLE: Final[dict[str, Any]] = {**_BUNDLE_HEAD, "actions": [{"kind": "PLACE", **_TERMS}]}
WITHDRAW: Final[dict[str, Any]] = {
    "account": 1,
    "nonce": 8,
    "expiry_ms": EXPIRY_MS,
    "amount_micro_usd": 250_000_000,
    "max_l1_fee_micro_usd": MAX_L1_FEE,
}
SET_SESSION: Final[dict[str, Any]] = {
    "account": 1,
    "nonce": 9,
    "expiry_ms": EXPIRY_MS,
    "slot": 2,
    "key": signer("session key").address,
    "scope": 1,
    "session_expiry_ms": EXPIRY_MS,
    "max_l1_fee_micro_usd": MAX_L1_FEE,
}
REVOKE: Final = {**SET_SESSION, "key": bytes(20), "scope": 0, "session_expiry_ms": 0}
SYSTEM_OPS: Final[dict[str, dict[str, Any]]] = {
    "REVALUE": {"account": 3},
    "LIQUIDATE": {"account": 3, "instrument": 1},
    "FIRE_TRIGGER": {"account": 3, "instrument": 1, "place": 2},
    "UNWIND": {"instrument": 1},
    "FUNDING": {"instrument": 1},
    "DELEVERAGE": {"instrument": 1},
    "ANNOUNCE_ORPHAN": {"underlying": 1},
    "SETTLE_ORPHAN": {"instrument": 1},
    "SETTLE_POSITION": {"account": 3, "instrument": 1},
    "REPRICE": {"instrument": 2},
    "EXPIRY_SAMPLE": {"expiry": 1},
}
SURFACE: Final[dict[str, Any]] = {
    "expiry": 1,
    "publish_time_ms": START_MS,
    "svi_a": -1_000_000_000,
    "svi_b": 50_000_000_000,
    "svi_rho": -300_000_000_000,
    "svi_m": -20_000_000_000,
    "svi_sigma": 150_000_000_000,
    "svi_forward": 5_010_000_000_000,
    "svi_time_ms": START_MS - 1_000,
    "rate_ppm": -4_500,
    "confidence_ppm": 1_000_000,
}
REPORTED: Final[dict[str, tuple[dict[str, Any], str, int]]] = {
    "SURFACE": (SURFACE, "forward_ppb", 1_002_000_000),
    "SETTLE_EXPIRY": ({"expiry": 1}, "price_nano_usd", 5_000_000_000_000),
}
SWEEP: Final[dict[str, Any]] = {"instrument": 1, "slots": [4, 9, 2]}
SET_GUARD: Final[dict[str, Any]] = {
    "account": 1,
    "nonce": 11,
    "expiry_ms": EXPIRY_MS,
    "mode": 0,
    "key": signer("guard key").address,
    "max_l1_fee_micro_usd": MAX_L1_FEE,
}
ANNOUNCE: Final = {**SET_GUARD, "mode": 1, "key": bytes(20)}
SET_MARGIN_MODE: Final[dict[str, Any]] = {
    "account": 1,
    "nonce": 13,
    "expiry_ms": EXPIRY_MS,
    "underlying": 1,
    "max_l1_fee_micro_usd": MAX_L1_FEE,
}
SET_CANCEL_AT: Final[dict[str, Any]] = {
    "account": 1,
    "session": 0,
    "nonce": 10,
    "expiry_ms": EXPIRY_MS,
    "cancel_at_ms": START_MS + 30_000,
    "max_l1_fee_micro_usd": MAX_L1_FEE,
}
_LEG: Final = {"instrument": 1, "sell": 0, "price": 964_005, "lots": 10}
BLOCK_TRADE: Final = consented(
    {
        "account": 1,
        "session": 0,
        "nonce": 12,
        "expiry_ms": EXPIRY_MS,
        "max_fee_ppm": MAX_FEE_PPM,
        "counterparty": 2,
        "counterparty_session": 1,
        "counterparty_nonce": 40,
        "counterparty_expiry_ms": START_MS + 30_000,
        "counterparty_max_fee_ppm": MAX_FEE_PPM,
        "legs": [_LEG, {**_LEG, "instrument": 3, "sell": 1, "price": 12_500, "lots": 40}],
        "max_l1_fee_micro_usd": MAX_L1_FEE,
    },
    signer("session key"),
)
SET_TRIGGER: Final[dict[str, Any]] = {
    "account": 1,
    "session": 0,
    "nonce": 12,
    "expiry_ms": EXPIRY_MS,
    "instrument": 1,
    "place": 0,
    "sell": 1,
    "reduce_only": 1,
    "falling": 1,
    "by_mark": 1,
    "trigger_price": 92_000_000_000_000,
    "limit": 1,
    "lots": 500,
    "max_fee_ppm": 500,
    "trigger_expiry_ms": 0,
    "client_id": 7,
    "max_l1_fee_micro_usd": MAX_L1_FEE,
}
TRIGGER_TERMS: Final = tuple(SET_TRIGGER)[6:16]
TAKE_BACK: Final = {**SET_TRIGGER, **dict.fromkeys(TRIGGER_TERMS, 0)}
USER_OPS: Final = {
    "BUNDLE": BUNDLE,
    "WITHDRAW": WITHDRAW,
    "SET_SESSION": SET_SESSION,
    "SET_GUARD": SET_GUARD,
    "SET_MARGIN_MODE": SET_MARGIN_MODE,
    "SET_CANCEL_AT": SET_CANCEL_AT,
    "SET_PROTECTION": SET_PROTECTION,
    "BLOCK_TRADE": BLOCK_TRADE,
    "SET_TRIGGER": SET_TRIGGER,
    "BID": BID,
}
GUARDED: Final = frozenset(("WITHDRAW", "SET_SESSION", "SET_GUARD", "SET_MARGIN_MODE"))


def every_action() -> dict[str, Any]:
    """Return the fields of a bundle of the greatest count, with every kind of action."""
    listed = [{"kind": kind, **fields} for kind, fields in _ACTIONS.items()]
    return {**BUNDLE, "actions": (listed * ACTIONS_MAX)[:ACTIONS_MAX]}


def index_price(count: int = 2) -> dict[str, Any]:
    """Return the fields of an IndexPrice of this many reporters, signed for epoch 1."""
    signed = [(i, 96_400_500_000_000 + i, by) for i, by in enumerate(reporters(count))]
    return index_price_fields(1, START_MS, signed, reporter_epoch=1)


def _op_case(name: str, op_type: str, fields: dict[str, Any], guarded: bool = False) -> Case:
    if op_type in USER_OPS:
        signature = signature_of(op_type, fields, signer(TRADER))
        guard = signature_of(op_type, fields, signer("guard key")) if guarded else b""
        fields = {**fields, "signature": signature} | ({"guard_signature": guard} if guard else {})
        data = encode_op(op_type, fields, signature + guard)
    else:
        data = encode_op(op_type, fields)
    results = genesis_results(data)
    shown = {"type": op_type, "fields": fields} if results != ["MALFORMED"] else {}
    return {"name": name, **shown, "bytes": data, "genesis_results": results}


def _garbage(name: str, data: bytes) -> Case:
    return {"name": name, "bytes": data, "genesis_results": genesis_results(data)}


def op_cases() -> Iterator[Case]:
    """Yield ops; bytes that are not an op of their type come without fields."""
    yield _op_case("bundle: a GTC buy", "BUNDLE", BUNDLE)
    yield _op_case("bundle: eight actions of every kind", "BUNDLE", every_action())
    yield _op_case("bundle: atomic", "BUNDLE", {**every_action(), "atomic": 1})
    yield _op_case("bundle: no action", "BUNDLE", {**BUNDLE, "actions": []})
    many = {**BUNDLE, "actions": every_action()["actions"] + BUNDLE["actions"]}
    yield _op_case("bundle: nine actions", "BUNDLE", many)
    yield _op_case("withdraw: 250 USD", "WITHDRAW", WITHDRAW)
    yield _op_case("set-session: a key that may trade", "SET_SESSION", SET_SESSION)
    yield _op_case("set-session: a key is revoked", "SET_SESSION", REVOKE)
    for name in ("key", "session_expiry_ms"):
        fields = {**REVOKE, name: SET_SESSION[name]}
        yield _op_case(f"set-session: revoked with {name}", "SET_SESSION", fields)
    no_key = {**SET_SESSION, "key": bytes(20)}
    yield _op_case("set-session: granted to no key", "SET_SESSION", no_key)
    full_key = {**SET_SESSION, "key": b"\xff" * 20}
    yield _op_case("set-session: key at its maximum", "SET_SESSION", full_key)
    for slot in (3, 4):
        yield _op_case(f"set-session: slot {slot}", "SET_SESSION", {**SET_SESSION, "slot": slot})
    yield _op_case("set-guard: a key", "SET_GUARD", SET_GUARD)
    yield _op_case("set-guard: announced", "SET_GUARD", ANNOUNCE)
    yield _op_case("set-guard: no key to set", "SET_GUARD", {**SET_GUARD, "key": bytes(20)})
    for mode in (1, 2, 3):
        fields = {**SET_GUARD, "mode": mode}
        yield _op_case(f"set-guard: mode {mode} with a key", "SET_GUARD", fields)
    yield _op_case("set-margin-mode: portfolio margin", "SET_MARGIN_MODE", SET_MARGIN_MODE)
    standard = {**SET_MARGIN_MODE, "underlying": 0}
    yield _op_case("set-margin-mode: standard margin", "SET_MARGIN_MODE", standard)
    for op_type in sorted(GUARDED):
        name = f"{op_type.lower().replace('_', '-')}: signed by a guard key too"
        yield _op_case(name, op_type, USER_OPS[op_type], guarded=True)
    yield _op_case("bundle: signed twice", "BUNDLE", BUNDLE, guarded=True)
    yield _op_case("set-cancel-at: in thirty seconds", "SET_CANCEL_AT", SET_CANCEL_AT)
    for name, fields in protection_shapes():
        yield _op_case(name, "SET_PROTECTION", fields)
    yield from _block_cases()
    yield _op_case("set-trigger: a stop-loss", "SET_TRIGGER", SET_TRIGGER)
    yield _op_case("set-trigger: taken back", "SET_TRIGGER", TAKE_BACK)
    for name in TRIGGER_TERMS:
        fields = {**TAKE_BACK, name: 1}
        yield _op_case(f"set-trigger: taken back with {name}", "SET_TRIGGER", fields)
    for name in ("sell", "reduce_only", "falling", "by_mark"):
        fields = {**SET_TRIGGER, name: 2}
        yield _op_case(f"set-trigger: {name} of 2", "SET_TRIGGER", fields)
    for place in (7, 8):
        fields = {**SET_TRIGGER, "place": place}
        yield _op_case(f"set-trigger: place {place}", "SET_TRIGGER", fields)
        where = {"account": 3, "instrument": 1, "place": place}
        yield _op_case(f"fire-trigger: place {place}", "FIRE_TRIGGER", where)
    for name, fields in bid_shapes():
        yield _op_case(f"bid: {name}", "BID", fields)
    for op_type, typical in USER_OPS.items():
        verb = op_type.lower().replace("_", "-")
        for label, fields in ends_of(op_type, typical):
            yield _op_case(f"{verb}: {label}", op_type, fields)
    for name, fields in attest_shapes():
        yield _op_case(f"attest: {name}", "ATTEST", fields)
    for name, fields in credit_shapes():
        yield _op_case(f"attest-credit: {name}", "ATTEST_CREDIT", fields)
    for account in (0, 1, 2**32 - 1):
        fields = {"account": account}
        yield _op_case(f"release-credit: of account {account}", "RELEASE_CREDIT", fields)
    yield from _system_op_cases()
    yield from _garbage_cases()


def _block_cases() -> Iterator[Case]:
    yield _op_case("block-trade: two legs", "BLOCK_TRADE", BLOCK_TRADE)
    for count in (BLOCK_LEGS_MAX, 0, BLOCK_LEGS_MAX + 1):
        legs = [{**_LEG, "instrument": number} for number in range(1, count + 1)]
        yield _op_case(f"block-trade: {count} legs", "BLOCK_TRADE", {**BLOCK_TRADE, "legs": legs})
    widths = {"instrument": 16, "sell": 8, "price": 32, "lots": 40}
    for name, bits in widths.items():
        for value in (0, 1, 2, 2**bits - 1):
            fields = {**BLOCK_TRADE, "legs": [{**_LEG, name: value}]}
            yield _op_case(f"block-trade: a leg with {name} {value}", "BLOCK_TRADE", fields)
    for label, numbers in (("twice one instrument", (2, 2)), ("legs that fall", (2, 1))):
        legs = [{**_LEG, "instrument": number} for number in numbers]
        yield _op_case(f"block-trade: {label}", "BLOCK_TRADE", {**BLOCK_TRADE, "legs": legs})
    itself = {**BLOCK_TRADE, "counterparty": BLOCK_TRADE["account"]}
    yield _op_case("block-trade: with itself", "BLOCK_TRADE", itself)
    yield _op_case("block-trade: signed twice", "BLOCK_TRADE", BLOCK_TRADE, guarded=True)


def _system_op_cases() -> Iterator[Case]:
    price = index_price()
    for count in (1, 2, REPORTERS_MAX, 0, REPORTERS_MAX + 1):
        name = f"index-price: reports of {count} reporters"
        yield _op_case(name, "INDEX_PRICE", index_price(count))
    for label, fields in ends_of("INDEX_PRICE", price):
        yield _op_case(f"index-price: {label}", "INDEX_PRICE", fields)
    for name, bits in (("reporter", 8), ("price_nano_usd", 64)):
        for value in (0, 1, 2**bits - 1):
            reports = [{**price["reports"][0], name: value}]
            label = "at its maximum" if value > 1 else str(value)
            fields = {**price, "reports": reports}
            yield _op_case(f"index-price: a {name} {label}", "INDEX_PRICE", fields)
    for op_type, (head, name, value) in REPORTED.items():
        yield from _reported_cases(op_type, head, name, value)
    yield _op_case("sweep: three slots", "SWEEP", SWEEP)
    for count in (SWEEP_MAX, 0, SWEEP_MAX + 1):
        fields = {"instrument": 1, "slots": list(range(1, count + 1))}
        yield _op_case(f"sweep: {count} slots", "SWEEP", fields)
    for label, fields in ends_of("SWEEP", SWEEP):
        yield _op_case(f"sweep: {label}", "SWEEP", fields)
    ends = {"instrument": 1, "slots": [0, 1, 2**32 - 1]}
    yield _op_case("sweep: slots 0, 1 and at their maximum", "SWEEP", ends)
    for op_type, typical in SYSTEM_OPS.items():
        verb = op_type.lower().replace("_", "-")
        yield _op_case(f"{verb}: typical", op_type, typical)
        for label, fields in ends_of(op_type, typical):
            yield _op_case(f"{verb}: {label}", op_type, fields)


def of_reporters(op_type: str, head: dict[str, Any], value: int, count: int = 2) -> dict[str, Any]:
    """Return the fields of an op of this many reporters, signed for epoch 1."""
    signed = [(i, value + i, by) for i, by in enumerate(reporters(count))]
    return reported(op_type, head, signed, 1)


def _reported_cases(op_type: str, head: dict[str, Any], name: str, value: int) -> Iterator[Case]:
    verb = op_type.lower().replace("_", "-")
    for count in (2, REPORTERS_MAX, 0, REPORTERS_MAX + 1):
        fields = of_reporters(op_type, head, value, count)
        yield _op_case(f"{verb}: reports of {count} reporters", op_type, fields)
    whole = of_reporters(op_type, head, value, 1)
    for label, fields in ends_of(op_type, head):
        yield _op_case(f"{verb}: {label}", op_type, {**fields, "reports": whole["reports"]})
    least, most = _REPORTED_RANGES[name]
    for end in (least - 1, least, most, most + 1):
        fields = {**whole, "reports": [{**whole["reports"][0], name: end}]}
        yield _op_case(f"{verb}: a {name} of {end}", op_type, fields)


_REPORTED_RANGES: Final = {
    "forward_ppb": (FORWARD_PPB_MIN, FORWARD_PPB_MAX),
    "price_nano_usd": (1, INDEX_PRICE_MAX),
}


def _garbage_cases() -> Iterator[Case]:
    bundle = signed_op("BUNDLE", BUNDLE, signer(TRADER))
    withdraw = signed_op("WITHDRAW", WITHDRAW, signer(TRADER))
    for op_type in OpType:
        head = bytes((op_type,))
        verb = op_type.name.lower().replace("_", "-")
        yield _garbage(f"garbage: {verb} of length zero", head + bytes(2))
        yield _garbage(f"garbage: {verb} of one byte", head + b"\0\1\0")
    for op_type_byte in (0, max(OpType) + 1, 255):
        data = bytes((op_type_byte,)) + withdraw[1:]
        yield _garbage(f"garbage: an op of type {op_type_byte}", data)
    yield _garbage("garbage: no bytes at all", b"")
    yield _garbage("garbage: a type alone", withdraw[:1])
    yield _garbage("garbage: a type and half a length", withdraw[:2])
    yield _garbage("garbage: a length past the end", withdraw[:-1])
    yield _garbage("garbage: a length of 65,535", withdraw[:1] + b"\xff\xff" + withdraw[3:])
    yield _garbage("garbage: an op, then two bytes over", withdraw + bytes(2))
    longer = len(withdraw) - 3 + 1
    body = withdraw[3:] + b"\0"
    data = withdraw[:1] + longer.to_bytes(2, "big") + body
    yield _garbage("garbage: a body with a byte behind the signature", data)
    yield _garbage("garbage: two ops in a row", withdraw + bundle)
