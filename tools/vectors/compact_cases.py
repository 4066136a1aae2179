"""Cases of compact bundles (docs/planned/bytes.md): context, what was signed, bytes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any, Final

from strikeproof.sequencer.core.bundle_action import CANCEL, CANCEL_ALL, PLACE, REPLACE, Action
from strikeproof.sequencer.core.compact_bundle import (
    Context,
    SignedBundle,
    decode,
    encode,
    length_prefix,
)
from strikeproof.wire.constants import ActionKind, OpType
from tools.vectors.case_file import Case

SEGMENT_MS: Final = 1_800_000_000_000
BASE: Final = 1_000
NEXT_SERIAL: Final = 70_000

_PLACED: Final = Action(PLACE, 1, 0, 0, 0, 964_005, 10)
_GTD: Final = Action(PLACE, 2, 0, 0, 0b0101111, 1, 1, SEGMENT_MS + 3_600_000, 42)
_WIDE: Final = Action(PLACE, 4_095, 0, 0, 0b1010001, 2**32 - 1, 2**40 - 1, 0, 2**64 - 1)
_REPLACED: Final = Action(REPLACE, 1, 5, NEXT_SERIAL - 1, 2, 964_010, 300)
_OLD: Final = Action(REPLACE, 1, 2**18 - 1, NEXT_SERIAL - 2**16, 3, 256, 256)
_OLDER: Final = Action(REPLACE, 1, 2**18 - 1, NEXT_SERIAL - 2**16 - 1, 3, 255, 255)
_CANCELLED: Final = Action(CANCEL, 1, 7, 65_535)
_UNKNOWN: Final = Action(CANCEL, 9, 7, 2**48 - 1)
_ALL: Final = Action(CANCEL_ALL, 0)


def compact_cases() -> Iterator[Case]:
    """Yield bundles that reach every form of every field, and bodies that are none."""
    listed: dict[str, tuple[tuple[Action, ...], dict[str, Any]]] = {
        "a GTC buy": ((_PLACED,), {}),
        "a GTD order with every flag and a client id": ((_GTD,), {}),
        "an IOC sell, every field at its widest": ((_WIDE,), {}),
        "a replace, the serial just placed": ((_REPLACED,), {}),
        "a replace, the oldest serial that two bytes hold": ((_OLD,), {}),
        "a replace, one older: its serial is whole": ((_OLDER,), {}),
        "a cancel and a cancel-all": ((_CANCELLED, _ALL), {}),
        "a cancel of a serial that is not there yet": ((_UNKNOWN,), {}),
        "eight replaces": ((_REPLACED,) * 8, {}),
        "the last nonce that a byte holds": ((_ALL,), {"nonce": BASE + 255}),
        "one nonce more: whole": ((_ALL,), {"nonce": BASE + 256}),
        "a used nonce: whole": ((_ALL,), {"nonce": BASE - 1}),
        "the last expiry that three bytes hold": (
            (_ALL,),
            {"expiry_ms": SEGMENT_MS + 2**24 - 1},
        ),
        "an expiry beyond: absolute": ((_ALL,), {"expiry_ms": SEGMENT_MS + 2**24}),
        "an expired op: absolute": ((_ALL,), {"expiry_ms": SEGMENT_MS - 1}),
        "an L1 fee of an odd micro-dollar: whole": ((_ALL,), {"max_l1_fee_micro_usd": 20_001}),
        "the greatest L1 fee of two bytes": ((_ALL,), {"max_l1_fee_micro_usd": 65_535_000}),
        "atomic and guarded": (
            (_PLACED, _PLACED),
            {"is_atomic": True, "is_guarded": True, "signatures": bytes(range(128))},
        ),
        "the last account and session": ((_ALL,), {"account": 2**22 - 1, "session": 3}),
    }
    context = Context(SEGMENT_MS, lambda account, session: BASE, lambda instrument: NEXT_SERIAL)
    for name, (actions, changes) in listed.items():
        bundle = _bundle(actions, changes)
        body = encode(bundle, context)
        yield {
            "name": f"compact: {name}",
            "context": {
                "segment_ms": SEGMENT_MS,
                "nonce_base": BASE,
                "next_serial": NEXT_SERIAL,
            },
            "fields": _shown(bundle),
            "bytes": bytes((OpType.BUNDLE,)) + length_prefix(len(body)) + body,
        }
    yield from _malformed(encode(_bundle((_PLACED,), {}), context))


def _bundle(actions: tuple[Action, ...], changes: dict[str, Any]) -> SignedBundle:
    values: dict[str, Any] = {
        "account": 7,
        "session": 1,
        "nonce": BASE + 42,
        "expiry_ms": SEGMENT_MS + 60_000,
        "max_fee_ppm": 500,
        "max_l1_fee_micro_usd": 20_000,
        "is_atomic": False,
        "is_guarded": False,
        "signatures": bytes(range(64)),
    }
    return SignedBundle(**{**values, **changes, "actions": actions})


def _malformed(good: bytes) -> Iterator[Case]:
    """Yield bodies that are malformed whatever their context: `fields` is null."""
    first = 3 + 1 + 1 + 3 + 2 + 2  # of the action, behind the head
    changed = {
        "nothing": b"",
        "a byte too few": good[:-1],
        "a byte too many": good + b"\0",
        "a second action that is not there": bytes((*good[:3], good[3] | 1 << 5, *good[4:])),
        "an action of kind 0": bytes((*good[:first], good[first] & ~7, *good[first + 1 :])),
        "self-trade mode 3": bytes((*good[: first + 1], good[first + 1] | 3, *good[first + 2 :])),
        "lots of six bytes": bytes(
            (*good[: first + 1], good[first + 1] & ~0x70 | 5 << 4, *good[first + 2 :])
        ),
        "instrument 0": good[: first + 2] + bytes(2) + good[first + 4 :],
    }
    for name, body in changed.items():
        if decode(body) is not None:
            raise AssertionError(f"{name} is not malformed")
        data = bytes((OpType.BUNDLE,)) + length_prefix(len(body)) + body
        yield {"name": f"compact: {name}", "context": None, "fields": None, "bytes": data}


def _shown(bundle: SignedBundle) -> Case:
    values = {each.name: getattr(bundle, each.name) for each in dataclasses.fields(SignedBundle)}
    actions = [
        {
            "kind": ActionKind(each.kind).name,
            "flags": each.flags
            | each.is_post_only << 1
            | each.self_trade << 3
            | each.time_in_force << 5,
            **{
                name: getattr(each, name)
                for name in (
                    "instrument",
                    "slot",
                    "serial",
                    "price",
                    "lots",
                    "expiry_ms",
                    "client_id",
                )
            },
        }
        for each in bundle.actions
    ]
    return {**values, "actions": actions}
