"""Cases of ops as segments hold them (docs/protocol/user-ops.md, the ordered form)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from strikeproof.ordered_form import frame_ordered, ordered_op
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.op import ordered_end
from strikeproof.wire.constants import ActionKind, OpType, OrderedForm
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import encode_segment as wire_segment
from strikeproof.wire.units import Milliseconds
from tools.vectors.case_file import Case
from tools.vectors.encoders import START_MS, encode_op, ordered_input
from tools.vectors.op_cases import (
    BUNDLE,
    EXPIRY_MS,
    GUARDED,
    SWEEP,
    TRADER,
    USER_OPS,
    every_action,
)
from tools.vectors.quote_shapes import QUOTE
from tools.vectors.signed_op import DOMAIN, signature_of
from tools.vectors.signers import signer

BASE: Final = 100_000
SIGNED_BYTES: Final = 64
_TERMS: Final = dict(BUNDLE["actions"][0])
_NAMED: Final = {**_TERMS, "kind": "REPLACE", "slot": 900, "serial": 7_000_000}
_WIDEST: Final = {
    **_NAMED,
    "instrument": 2**16 - 1,
    "slot": 2**31,
    "serial": 2**47,
    "time_in_force": "GTD",
    "price": 2**31,
    "lots": 2**40 - 1,
    "expiry_ms": 2**48 - 1,
    "client_id": 2**64 - 1,
}


def _signed(op_type: str, fields: dict[str, Any], guarded: bool = False) -> bytes:
    signature = signature_of(op_type, fields, signer(TRADER))
    guard = signature_of(op_type, fields, signer("guard key")) if guarded else b""
    return encode_op(op_type, fields, signature + guard)


def _results(data: bytes, family: int) -> list[str]:
    """Return the names of the results of a segment's ops on the genesis."""
    segment = wire_segment(
        family=family,
        time_ms=Milliseconds(START_MS),
        declared_compute=2**24 - 1,
        declared_witness=2**24 - 1,
        ops=[data],
    )
    results = Engine.genesis(DOMAIN).execute_segment(ordered_input(START_MS, segment)).results
    return [Result(code).name for code in results]


def _case(name: str, op: bytes | None, data: bytes, base: int = 0, family: int = 1) -> Case:
    return {
        "name": f"ordered: {name}",
        "op": op,
        "nonce_base": base,
        "bytes": data,
        "is_shortest": op is not None and ordered_op(op) == data,
        "family": family,
        "genesis_results": _results(data, family),
    }


def _of(name: str, op_type: str, fields: dict[str, Any], base: int = 0, **terms: bool) -> Case:
    op = _signed(op_type, fields, **terms)
    family = {"BUNDLE": 1, "SWEEP": 3}.get(op_type, 4)
    return _case(name, op, ordered_op(op), base, family)


def ordered_cases() -> Iterator[Case]:
    """Yield ops in every form of every field, in forms that are longer, and what is none."""
    yield _of("a GTC buy", "BUNDLE", BUNDLE)
    for op_type, fields in USER_OPS.items():
        verb = op_type.lower().replace("_", "-")
        yield _of(f"{verb}, typical", op_type, fields)
        if op_type in GUARDED:
            yield _of(f"{verb}, signed by a guard key too", op_type, fields, guarded=True)
    yield _of("eight actions of every kind, atomic", "BUNDLE", {**every_action(), "atomic": 1})
    next_one = {**_NAMED, "slot": 901, "serial": 7_000_001, "price": _TERMS["price"] - 3}
    renewed = {**BUNDLE, "actions": [_NAMED, next_one]}
    yield _of("two replaces, one's last orders", "BUNDLE", renewed)
    yield _of("fields at their widest", "BUNDLE", {**BUNDLE, "actions": [_WIDEST, _NAMED]})
    for name in ("slot", "serial", "price"):
        steps = [_NAMED[name] + step for step in (0, 127, -1, -129, 127)]
        actions = [{**_NAMED, name: value} for value in steps]
        yield _of(f"steps of {name}", "BUNDLE", {**BUNDLE, "actions": actions})
    for lots in (255, 256, 65_536, 2**24):
        fields = {**BUNDLE, "actions": [{**_TERMS, "lots": lots}]}
        yield _of(f"{lots:,} lots", "BUNDLE", fields)
    for client_id in (0, 255, 256, 2**64 - 1):
        fields = {**BUNDLE, "actions": [{**_TERMS, "client_id": client_id}]}
        yield _of(f"a client id of {client_id}", "BUNDLE", fields)
    heads = {
        "account": (0, 2**22 - 1),
        "session": (3,),
        "expiry_ms": (EXPIRY_MS + 1, (2**32 - 1) * 1_000, 2**32 * 1_000, 2**48 - 1),
        "max_fee_ppm": (2**16 - 1, 2**16, 2**32 - 1),
        "max_l1_fee_micro_usd": (0, 1, 999, (2**16 - 1) * 1_000, 2**16 * 1_000, 2**64 - 1),
    }
    for name, values in heads.items():
        for value in values:
            yield _of(f"{name} of {value}", "BUNDLE", {**BUNDLE, name: value})
    yield from _quotes()
    yield from _nonces()
    yield from _longer()
    yield from _garbage()


def _quotes() -> Iterator[Case]:
    """Yield quotes: each side with and without an order and terms, and what is none."""
    sides = {
        "names and places": {},
        "is new": {"slot": 0, "serial": 0},
        "goes out": {"price": 0, "lots": 0},
        "is absent": {"slot": 0, "serial": 0, "price": 0, "lots": 0},
    }
    for bid, of_bid in sides.items():
        for ask, of_ask in sides.items():
            if bid == ask == "is absent":
                continue  # it would do nothing
            changes = {f"bid_{name}": value for name, value in of_bid.items()}
            changes |= {f"ask_{name}": value for name, value in of_ask.items()}
            yield _of(f"a quote whose bid {bid}, whose ask {ask}", "BUNDLE", _quoting(changes))
    renewed = [
        {
            f"{side}_{name}": QUOTE[f"{side}_{name}"] + 2 * step
            for side in ("bid", "ask")
            for name in ("slot", "serial")
        }
        | {"instrument": 1 + step // 4, "client_id": 0}
        for step in range(8)
    ]
    yield _of("eight quotes", "BUNDLE", _quoting(*renewed))
    yield _of("eight quotes at their widest", "BUNDLE", _quoting(*[_WIDE_QUOTE, {}] * 4))
    mixed = {**BUNDLE, "actions": [_NAMED, _quote({}), _TERMS, _quote({"instrument": 9})]}
    yield _of("quotes among other actions", "BUNDLE", mixed)
    op = _signed(
        "BUNDLE", _quoting({"ask_slot": 0, "ask_serial": 0, "bid_price": 0, "bid_lots": 0})
    )
    data = ordered_op(op)
    body = data[ordered_end(data, 0)[0] :]
    head, action, signature = body[:14], body[14:-SIGNED_BYTES], body[-SIGNED_BYTES:]
    for name, at, value in (
        ("a side with a serial of eight bytes", 2, action[2] | 28),
        ("a side that names no order, with a width", 3, action[3] | 1),
        ("a side that places nothing, with a price", 2, action[2] | 32),
        ("a side that places nothing, with lots", 1, action[1] | 16),
        ("a quote that sells", 0, action[0] | 16),
        ("a reduce-only quote", 0, action[0] | 64),
    ):
        changed = action[:at] + bytes((value,)) + action[at + 1 :]
        yield _case(name, None, frame_ordered(OpType.BUNDLE, head + changed + signature))
    assert (action[2], action[3]) == (0x80, 0x58), action.hex()
    longer = bytes((action[0], action[1], 0, 0x40)) + action[4:8] + bytes(2)
    ask_order = bytes((256 - QUOTE["bid_slot"], 256 - QUOTE["bid_serial"]))
    longer += ask_order + action[8:-2]
    yield _case(
        "what the sides lack, by zeros",
        op,
        frame_ordered(1, head + longer + action[-2:] + signature),
    )


_WIDE_QUOTE: Final = {
    "instrument": 2**16 - 1,
    "time_in_force": "GTD",
    "expiry_ms": 2**48 - 1,
    "client_id": 2**64 - 1,
    "bid_slot": 2**31,
    "bid_serial": 2**47,
    "bid_price": 2**31 - 1,
    "bid_lots": 2**40 - 1,
    "ask_slot": 1,
    "ask_serial": 1,
    "ask_price": 2**32 - 1,
    "ask_lots": 2**40 - 1,
}


def _quote(change: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "QUOTE", **QUOTE, **change}


def _quoting(*changes: dict[str, Any]) -> dict[str, Any]:
    return {**BUNDLE, "actions": [_quote(change) for change in changes]}


def _nonces() -> Iterator[Case]:
    last = 2**64 - 1
    for base, nonce in (
        (BASE, BASE),
        (BASE, BASE + 383),
        (BASE, BASE - 1),
        (BASE, BASE + 2**15 - 1),
        (BASE, BASE - 2**15),
        (65_535, 65_536),
        (0, 40_000),
        (5, 3),
        (last, last),
        (last - 2, last),
    ):
        near = (nonce - base + 2**15) % 2**16 - 2**15 + base
        name = f"nonce {nonce} with the base {base}"
        if near % 2**64 == nonce:
            yield _of(name, "BUNDLE", {**BUNDLE, "nonce": nonce}, base)
            yield _of(f"{name}, of a withdrawal", "WITHDRAW", _withdraw(nonce), base)
        else:  # what stands there is another op, with the nearest nonce and the same signature
            data = ordered_op(_signed("WITHDRAW", _withdraw(nonce)))
            read = encode_op("WITHDRAW", _withdraw(near % 2**64), data[-SIGNED_BYTES:])
            yield _case(f"{name}: read as {near % 2**64}", read, data, base, 4)


def _withdraw(nonce: int) -> dict[str, Any]:
    return {**USER_OPS["WITHDRAW"], "nonce": nonce}


def _longer() -> Iterator[Case]:
    """Yield forms that nobody writes who saves bytes, and that say the same."""
    op = _signed("BUNDLE", BUNDLE)
    data = ordered_op(op)
    start, _ = ordered_end(data, 0)
    body = data[start:]
    signature, actions = body[-SIGNED_BYTES:], body[14:-SIGNED_BYTES]
    who, nonce = body[:3], body[4:6]
    seconds, fee, most = body[6:10], body[10:12], body[12:14]
    yield _case("a length of two bytes", op, data[:1] + bytes((0x80, len(body))) + body)
    whole_expiry = EXPIRY_MS.to_bytes(6, "big")
    whole_fee = BUNDLE["max_l1_fee_micro_usd"].to_bytes(8, "big")
    whole_most = BUNDLE["max_fee_ppm"].to_bytes(4, "big")
    for name, form, fields in (
        ("the expiry", OrderedForm.EXPIRY_WHOLE, whole_expiry + fee + most),
        ("the L1 fee", OrderedForm.L1_FEE_WHOLE, seconds + whole_fee + most),
        ("the greatest fee", OrderedForm.MAX_FEE_WHOLE, seconds + fee + whole_most),
    ):
        longer = who + bytes((form,)) + nonce + fields + actions + signature
        yield _case(f"{name} whole", op, frame_ordered(OpType.BUNDLE, longer))
    wide = bytes((actions[0], actions[1] | 0b1111_0000)) + actions[2:4]
    wide += BUNDLE["actions"][0]["price"].to_bytes(4, "big")
    wide += BUNDLE["actions"][0]["lots"].to_bytes(5, "big")
    wide += b"\x08" + BUNDLE["actions"][0]["client_id"].to_bytes(8, "big")
    longer = body[:14] + wide + signature
    yield _case("price, lots and client id at their widest", op, frame_ordered(1, longer))
    none = _signed("BUNDLE", {**BUNDLE, "actions": [{"kind": "CANCEL_ALL", "instrument": 0}]})
    body = ordered_op(none)[2:]
    longer = body[:14] + bytes((int(ActionKind.CANCEL_ALL), 0, 0)) + body[-SIGNED_BYTES:]
    yield _case("instrument 0, written out", none, frame_ordered(1, longer))
    system = encode_op("SWEEP", SWEEP)
    yield _case("a sweep", system, ordered_op(system), family=3)


def _garbage() -> Iterator[Case]:
    def bad(name: str, data: bytes, family: int = 1) -> Case:
        return _case(name, None, data, family=family)

    buy = ordered_op(_signed("BUNDLE", BUNDLE))
    start, _ = ordered_end(buy, 0)
    body = buy[start:]

    def bent(at: int, value: int) -> bytes:
        return frame_ordered(OpType.BUNDLE, body[:at] + bytes((value,)) + body[at + 1 :])

    yield bad("a bundle with a second signature", frame_ordered(1, body + body[-SIGNED_BYTES:]))
    yield bad("a bundle that says it is guarded", bent(3, body[3] | 16))
    twice = frame_ordered(1, body[:14] + body[14:-SIGNED_BYTES] + body[14:])
    yield bad("a bundle with more actions than it says", twice)
    yield bad("a bundle with fewer actions than it says", bent(3, 32))
    for kind in (0, 6, 7):
        yield bad(f"an action of kind {kind}", bent(14, body[14] & ~7 | kind))
    yield bad("self-trade mode 3", bent(15, body[15] | 3))
    yield bad("a GTC turned GTD: eight bytes are missing", bent(15, body[15] | 4))
    yield bad("the instrument before, of the first action", bent(14, body[14] | 8))
    cancel = _signed("BUNDLE", {**BUNDLE, "actions": [{**_CANCEL}]})
    short = ordered_op(cancel)
    at = ordered_end(short, 0)[0] + 14
    for bits in (16, 32, 64, 128):
        changed = short[:at] + bytes((short[at] | bits,)) + short[at + 1 :]
        yield bad(f"a cancel with bit {bits.bit_length() - 1}", changed)
    for value in (24, 32, 255):
        changed = short[: at + 1] + bytes((value,)) + short[at + 2 :]
        yield bad(f"widths of slot and serial of {value}", changed)
    idle = frame_ordered(1, body[:14] + bytes((body[14], body[15], *body[16:-73], 9)) + bytes(73))
    yield bad("a client id of nine bytes", idle)
    for op_type, fields in USER_OPS.items():
        verb, family = op_type.lower().replace("_", "-"), 1 if op_type == "BUNDLE" else 4
        data = ordered_op(_signed(op_type, fields))
        start, _ = ordered_end(data, 0)
        inner, kind = data[start:], data[0]
        for name, changed in (
            ("of length zero", b""),
            ("of one byte", b"\0"),
            ("cut behind its head", inner[:14]),
            ("without its signature", inner[:-SIGNED_BYTES]),
            ("a byte short", inner[:-1]),
            ("a byte over", inner + b"\0"),
        ):
            yield bad(f"{verb} {name}", frame_ordered(kind, changed), family)
        if op_type != "BUNDLE":
            for bit in (4, 8, 32, 64, 128):
                changed = inner[:3] + bytes((inner[3] | bit,)) + inner[4:]
                yield bad(f"{verb} with {bit} in its form", frame_ordered(kind, changed), family)
        if op_type in GUARDED:
            changed = inner[:2] + bytes((inner[2] | 1,)) + inner[3:]
            yield bad(f"{verb} of session 1", frame_ordered(kind, changed), family)
            changed = inner[:3] + bytes((inner[3] | 16,)) + inner[4:]
            yield bad(f"{verb} that lacks the guard's", frame_ordered(kind, changed), family)
    yield bad("no bytes at all", b"")
    yield bad("a type alone", buy[:1])
    yield bad("a type and half a length", bytes((1, 0x80)))
    yield bad("a length past the end", buy[:-1])
    yield bad("a length of 32,767", bytes((1, 0xFF, 0xFF)) + body)
    yield bad("an op, then two bytes over", buy + bytes((9, 9)))
    yield bad("two ops in a row", buy * 2)
    for op_type_byte in (0, max(OpType) + 1, 255):
        yield bad(f"an op of type {op_type_byte}", bytes((op_type_byte, 3)) + b"xyz")


_CANCEL: Final = {"kind": "CANCEL", "instrument": 1, "slot": 5, "serial": 7}
