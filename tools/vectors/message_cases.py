"""Cases of inbox messages and governance payloads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from strikeproof.keccak import keccak256
from strikeproof.sequencer.core.engine import Engine
from strikeproof.wire.constants import GovernanceAction, MessageKind
from strikeproof.wire.errors import Result
from tools.vectors.case_file import Case
from tools.vectors.encoders import (
    START_MS,
    encode_message,
    encode_op,
    encode_payload,
    ends_of,
    message_input,
)
from tools.vectors.op_cases import BUNDLE, TRADER, USER_OPS
from tools.vectors.signed_op import DOMAIN, signed_op
from tools.vectors.signers import attesters, reporters, signer

_OWNER: Final = signer(TRADER).address
_TERMS_OF_TRADE: Final = {
    "initial_margin_ppm": 100_000,
    "maintenance_margin_ppm": 50_000,
    "maker_fee_ppm": 200,
    "taker_fee_ppm": 500,
    "price_band_ppm": 100_000,
    "min_order_value_micro_usd": 1_000_000,
}
_MORE_TERMS: Final = {
    "liquidation_fee_ppm": 10_000,
    "house_margin_ppm": 25_000,
    "funding_cap_ppm": 20_000,
    "funding_interest_ppm": 100,
    "funding_tau_ms": 300_000,
    "impact_value_micro_usd": 8_000_000,
    "tier": 0,
}
PAYLOADS: Final[dict[str, dict[str, Any]]] = {
    "REGISTER": {"account": 1, "owner": _OWNER},
    "DEPOSIT": {"account": 1, "amount_micro_usd": 10_000_000_000},
    "L1_REPORT": {"base_fee_wei": 20 * 10**9, "blob_base_fee_wei": 10**9},
    "PAY_IN": {"pool": 2, "amount_micro_usd": 5_000_000_000},
    "SET_ETH": {"underlying": 0},
    "LIST_UNDERLYING": {"symbol": b"BTC".ljust(16, b"\0")},
    "LIST_INSTRUMENT": {
        "underlying": 1,
        "kind": 1,
        "tick_value_micro_usd": 100,
        "index_per_tick_nano_usd": 100_000_000,
        **_TERMS_OF_TRADE,
        "symbol": b"BTC-PERP".ljust(16, b"\0"),
        **_MORE_TERMS,
        "expiry": 0,
    },
    "LIST_EXPIRY": {
        "underlying": 1,
        "expiry_ms": START_MS + 7 * 86_400_000,
        "forward_ppb": 1_002_000_000,
    },
    "LIST_OPTIONS": {
        "expiry": 1,
        "strike": 600_000,
        "tick_value_micro_usd": 100,
        "index_per_tick_nano_usd": 100_000_000,
        **_TERMS_OF_TRADE,
        "call_symbol": b"BTC-60000-C".ljust(16, b"\0"),
        "put_symbol": b"BTC-60000-P".ljust(16, b"\0"),
        **_MORE_TERMS,
    },
    "SET_INSTRUMENT": {
        "instrument": 1,
        "status": 1,
        **_TERMS_OF_TRADE,
        **_MORE_TERMS,
        "successor": 0,
    },
    "SET_LATENCY": {
        "slope_factor_ppm": 3_000_000,
        "slope_least_ppm": 50,
        "slope_most_ppm": 16_000,
        "variance_tau_ms": 600_000,
    },
    "PAY_OUT": {"pool": 1, "account": 1, "amount_micro_usd": 5_000_000},
    "SET_REPORTERS": {"quorum": 2, "reporters": [each.address for each in reporters(3)]},
    "SET_ATTESTERS": {"quorum": 2, "attesters": [each.address for each in attesters(3)]},
}
_NAMES: Final = {
    "REGISTER": "register: account 1",
    "DEPOSIT": "deposit: 10,000 USD",
    "L1_REPORT": "l1-report: 20 gwei",
    "PAY_IN": "pay-in: 5,000 USD for the insurance fund",
    "SET_ETH": "set-eth: nothing is charged",
    "LIST_UNDERLYING": "list-underlying: BTC",
    "LIST_INSTRUMENT": "list-instrument: BTC-PERP",
    "LIST_EXPIRY": "list-expiry: in a week",
    "LIST_OPTIONS": "list-options: a call and a put at 60,000",
    "SET_INSTRUMENT": "set-instrument: active",
    "SET_LATENCY": "set-latency: three times the volatility",
    "PAY_OUT": "pay-out: 5 USD of the fee pool",
    "SET_REPORTERS": "set-reporters: two of three",
    "SET_ATTESTERS": "set-attesters: two of three",
}


def _case(name: str, message: bytes, shown: dict[str, Any], time_ms: int = START_MS) -> Case:
    engine = Engine.genesis(DOMAIN)
    result = engine.execute_segment(message_input(time_ms, message))
    return {
        "name": name,
        **shown,
        "bytes": message,
        "rolling": keccak256(bytes(32) + keccak256(message)),
        "genesis_results": [Result(code).name for code in result.results],
    }


def _payload_case(name: str, kind: str, fields: dict[str, Any]) -> Case:
    is_governance = kind in GovernanceAction.__members__
    message_kind = "GOVERNANCE" if is_governance else kind
    sender = bytes(20) if is_governance else _OWNER
    message = encode_message(message_kind, START_MS, encode_payload(kind, fields), sender)
    head: dict[str, Any] = {"kind": message_kind, "sender": sender, "time_ms": START_MS}
    if is_governance:
        head["action"] = kind
    case = _case(name, message, {**head, "fields": fields})
    if case["genesis_results"] == ["MALFORMED"] and kind != "REGISTER":
        del case["fields"]
    return case


def message_cases() -> Iterator[Case]:
    """Yield messages; one whose payload is malformed has no fields."""
    for kind, fields in PAYLOADS.items():
        yield _payload_case(_NAMES[kind], kind, fields)
    for kind, typical in PAYLOADS.items():
        verb = kind.lower().replace("_", "-")
        for label, fields in ends_of(kind, typical):
            yield _payload_case(f"{verb}: {label}", kind, fields)
        yield from _wrong_lengths(verb, kind, typical)
    yield from _signer_cases("reporters", [each.address for each in reporters(12)])
    yield from _signer_cases("attesters", [each.address for each in attesters(7)])
    yield from _user_op_cases()
    yield from _head_cases()


def _wrong_lengths(verb: str, kind: str, fields: dict[str, Any]) -> Iterator[Case]:
    message_kind = "GOVERNANCE" if kind in GovernanceAction.__members__ else kind
    payload = encode_payload(kind, fields)
    for label, wrong in (("a byte short", payload[:-1]), ("a byte over", payload + b"\0")):
        message = encode_message(message_kind, START_MS, wrong)
        yield _case(f"{verb}: {label}", message, {})


def _signer_cases(whose: str, addresses: list[bytes]) -> Iterator[Case]:
    most = len(addresses)
    for name, quorum, listed in (
        (f"{most} of {most}", most, addresses),
        ("one more than may be", 1, [*addresses, b"\xff" * 20]),
        ("one of one", 1, addresses[:1]),
        ("nobody", 0, []),
        ("none", 1, []),
        ("a quorum of 0", 0, addresses[:1]),
        ("a quorum above the count", 3, addresses[:2]),
        ("an address twice", 1, [addresses[0]] * 2),
        ("addresses that fall", 1, [addresses[1], addresses[0]]),
        ("the address zero", 1, [bytes(20)]),
        ("the greatest address", 1, [b"\xff" * 20]),
    ):
        fields = {"quorum": quorum, whose: listed}
        yield _payload_case(f"set-{whose}: {name}", f"SET_{whose.upper()}", fields)


def _user_op_cases() -> Iterator[Case]:
    def case(name: str, payload: bytes) -> Case:
        message = encode_message("USER_OP", START_MS, payload, _OWNER)
        shown = {"kind": "USER_OP", "sender": _OWNER, "time_ms": START_MS}
        return _case(f"user-op: {name}", message, {**shown, "fields": {"op": payload}})

    for op_type, fields in USER_OPS.items():
        verb = op_type.lower().replace("_", "-")
        yield case(f"a {verb} without a signature", encode_op(op_type, fields))
        yield case(f"a signed {verb}", signed_op(op_type, fields, signer(TRADER)))
    unsigned = encode_op("BUNDLE", BUNDLE)
    yield case("no op", b"")
    yield case("an op, then a byte over", unsigned + b"\0")
    yield case("a length past the end", unsigned[:-1])
    yield case("two ops", unsigned * 2)


def _head_cases() -> Iterator[Case]:
    register = encode_payload("REGISTER", PAYLOADS["REGISTER"])
    for kind in (0, max(MessageKind) + 1, 255):
        message = bytes((kind,)) + encode_message("REGISTER", START_MS, register)[1:]
        yield _case(f"garbage: a message of kind {kind}", message, {})
    for action in (0, max(GovernanceAction) + 1, 255):
        message = encode_message("GOVERNANCE", START_MS, bytes((action,)) + register)
        yield _case(f"garbage: governance action {action}", message, {})
    yield _case("garbage: governance of no bytes", encode_message("GOVERNANCE", START_MS, b""), {})
    whole = encode_message("REGISTER", START_MS, b"")
    for size in (0, 1, 20, 26):
        yield _case(f"garbage: the first {size} bytes of a message", whole[:size], {})
    for time_ms, label in ((0, "0"), (1, "1"), (2**48 - 1, "at its maximum")):
        message = encode_message("REGISTER", time_ms, register, b"\xff" * 20)
        shown = {"kind": "REGISTER", "sender": b"\xff" * 20, "time_ms": time_ms}
        fields = {"fields": PAYLOADS["REGISTER"]}
        yield _case(f"register: time_ms {label}", message, {**shown, **fields}, time_ms)
