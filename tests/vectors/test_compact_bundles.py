"""proto/planned/compact_bundles.json, read by a decoder written from docs/planned/bytes.md."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.harness import ROOT

CASES = json.loads((ROOT / "proto" / "planned" / "compact_bundles.json").read_text("utf-8"))[
    "cases"
]
KINDS = {1: "PLACE", 2: "CANCEL", 3: "CANCEL_ALL", 4: "REPLACE"}


class Bits:
    """The bytes of an op as one long number, taken from its front."""

    def __init__(self, data: bytes) -> None:
        self.value, self.left = int.from_bytes(data, "big"), 8 * len(data)

    def take(self, bits: int) -> int:
        if bits > self.left:
            raise ValueError("too short")
        self.left -= bits
        return self.value >> self.left & (1 << bits) - 1


def read_action(bits: Bits, next_serial: int) -> dict[str, Any]:
    tif, reduce, post, sell, kind = (bits.take(size) for size in (2, 1, 1, 1, 3))
    found: dict[str, Any] = dict.fromkeys(
        ("flags", "slot", "serial", "price", "lots", "expiry_ms", "client_id"), 0
    )
    if kind not in KINDS:
        raise ValueError("kind")
    found["kind"] = KINDS[kind]

    def serial(is_whole: bool) -> int:
        if is_whole:
            return bits.take(48)
        low = bits.take(16)
        return max(n for n in range(next_serial - 2**16, next_serial) if n & 0xFFFF == low)

    if kind in (2, 3):
        if tif & 1 or reduce or post or sell or (kind == 3 and tif):
            raise ValueError("bits")
        found["instrument"] = bits.take(16)
        if kind == 2:
            found["slot"] = bits.take(24)
            found["serial"] = serial(bool(tif >> 1))
        return found
    has_client, lots, price, self_trade = (bits.take(size) for size in (1, 3, 2, 2))
    found["instrument"] = bits.take(16)
    if kind == 4:
        found["slot"] = bits.take(24)
        found["serial"] = serial(bool(tif >> 1))
        tif &= 1
    if self_trade == 3 or lots > 4 or not found["instrument"]:
        raise ValueError("range")
    found["price"], found["lots"] = bits.take(8 * (price + 1)), bits.take(8 * (lots + 1))
    found["expiry_ms"] = bits.take(48) if tif == 1 else 0
    found["client_id"] = bits.take(64) if has_client else 0
    found["flags"] = sell | post << 1 | reduce << 2 | self_trade << 3 | tif << 5
    return found


def read_op(data: bytes, context: dict[str, int]) -> dict[str, Any]:
    bits = Bits(data)
    assert bits.take(8) == 1
    length = bits.take(8)
    if length >= 0x80:
        length = (length & 0x7F) * 256 + bits.take(8)
    assert bits.left == 8 * length
    account, session, count = bits.take(22), bits.take(2), bits.take(3) + 1
    guarded, atomic, l1_whole, absolute, whole = (bits.take(1) for _ in range(5))
    nonce = bits.take(64) if whole else bits.take(8)
    if not whole:
        base = context["nonce_base"]
        nonce = next(n for n in range(base, base + 256) if n % 256 == nonce)
    expiry = bits.take(48) if absolute else context["segment_ms"] + bits.take(24)
    max_fee = bits.take(16)
    l1_fee = bits.take(64) if l1_whole else 1_000 * bits.take(16)
    actions = [read_action(bits, context["next_serial"]) for _ in range(count)]
    signatures = bits.take(512 * (1 + guarded))
    if bits.left:
        raise ValueError("too long")
    return {
        "account": account,
        "session": session,
        "nonce": nonce,
        "expiry_ms": expiry,
        "max_fee_ppm": max_fee,
        "max_l1_fee_micro_usd": l1_fee,
        "is_atomic": bool(atomic),
        "is_guarded": bool(guarded),
        "actions": actions,
        "signatures": "0x" + signatures.to_bytes(64 * (1 + guarded), "big").hex(),
    }


def numbers(value: Any) -> Any:
    """Return a value with decimal texts as integers."""
    if isinstance(value, dict):
        return {name: numbers(each) for name, each in value.items()}
    if isinstance(value, list):
        return [numbers(each) for each in value]
    return int(value) if isinstance(value, str) and value.isdigit() else value


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_compact_bundles_read_as_the_page_says(case: dict[str, Any]) -> None:
    data = bytes.fromhex(case["bytes"][2:])
    if case["fields"] is None:
        with pytest.raises(ValueError):
            read_op(data, {"nonce_base": 0, "segment_ms": 0, "next_serial": 2**20})
        return
    assert read_op(data, case["context"]) == numbers(case["fields"])


def test_cases_reach_every_kind_and_form() -> None:
    kinds = {
        action["kind"] for case in CASES if case["fields"] for action in case["fields"]["actions"]
    }
    assert kinds == set(KINDS.values())
