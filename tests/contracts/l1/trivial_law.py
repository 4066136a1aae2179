"""What contracts/test/l1/TestLaw.sol does, in Python: enough to know right roots."""

from __future__ import annotations

from dataclasses import dataclass

from strikeproof.ordered_form import frame_ordered
from strikeproof.sequencer.core.op import ordered_end
from strikeproof.wire.constants import SegmentFamily
from tests.contracts.l1.forest import Forest

ADD, GROW, TOUCH, ADVISE, REVERT, BURN, HASH, WITHDRAW, ACCOUNT, GARBAGE, BELIEVE = range(1, 12)
BELIEVED = 1
GLOBAL_KEY = 0
LEAST_BYTES = {
    ADD: 40,
    GROW: 8,
    TOUCH: 8,
    ADVISE: 4,
    HASH: 4,
    WITHDRAW: 24,
    ACCOUNT: 28,
    BELIEVE: 8,
}
"""The bytes that an op needs; one with fewer does nothing: messages hold other things too."""


def op(kind: int, body: bytes = b"") -> bytes:
    return frame_ordered(kind, body)


def add(key: int, value: int = 1) -> bytes:
    return op(ADD, key.to_bytes(8, "big") + value.to_bytes(32, "big"))


def grow(key: int) -> bytes:
    return op(GROW, key.to_bytes(8, "big"))


def touch(key: int) -> bytes:
    return op(TOUCH, key.to_bytes(8, "big"))


def advise(slot: int) -> bytes:
    return op(ADVISE, slot.to_bytes(4, "big"))


def believe(key: int) -> bytes:
    return op(BELIEVE, key.to_bytes(8, "big"))


def account(key: int, owner: bytes) -> bytes:
    return op(ACCOUNT, key.to_bytes(8, "big") + owner)


def withdraw(key: int, amount: int) -> bytes:
    return op(WITHDRAW, key.to_bytes(8, "big") + amount.to_bytes(16, "big"))


@dataclass(frozen=True, slots=True)
class Execution:
    """Keys touched, records changed and advice used by one segment."""

    touched: tuple[int, ...]
    changed: dict[int, bytes]
    advice: bytes


def execute(segment: bytes, state: Forest) -> Execution:
    """Execute the law's input for one segment; raises nothing, whatever the bytes are."""
    ops = segment[19:] if segment[0] != SegmentFamily.INBOX else segment[37:]
    records = state.records
    touched = {GLOBAL_KEY}
    changed = {GLOBAL_KEY: _added(records[GLOBAL_KEY], 1)}
    advice = b""
    while True:
        start, end = ordered_end(ops, 0)
        if end > len(ops):
            break
        kind, body, ops = ops[0], ops[start:end], ops[end:]
        if len(body) < LEAST_BYTES.get(kind, 0):
            continue
        if kind == ADVISE:
            advice += body
        if kind == BELIEVE:
            advice += BELIEVED.to_bytes(4, "big")
        if kind not in (ADD, GROW, TOUCH, WITHDRAW, ACCOUNT, BELIEVE):
            continue
        key = int.from_bytes(body[:8], "big")
        touched.add(key)
        before = changed.get(key, records.get(key, b""))
        if kind == ADD:
            changed[key] = _added(before or bytes(32), int.from_bytes(body[8:], "big"))
        elif kind == BELIEVE:
            changed[key] = _added(before or bytes(32), BELIEVED)
        elif kind == GROW:
            changed[key] = before + b"\xff" * 32
        elif kind == ACCOUNT:
            changed[key] = (b"\x01" + body[8:]).ljust(64, b"\0")
        elif kind == WITHDRAW:
            amount = int.from_bytes(before[48:64], "big") + int.from_bytes(body[8:], "big")
            changed[key] = before[:48] + amount.to_bytes(16, "big")
    return Execution(tuple(sorted(touched)), changed, advice)


def _added(record: bytes, value: int) -> bytes:
    word = (int.from_bytes(record[:32], "big") + value) % 2**256
    return word.to_bytes(32, "big") + record[32:]
