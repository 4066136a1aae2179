"""Every malformed op is reported by field, for whatever the engine calls malformed."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from strikeproof.client.operation import (
    Bid,
    Bundle,
    Cancel,
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
    encode_op,
)
from strikeproof.client.quote import Quote, QuoteSide
from strikeproof.sequencer.api.api_failure import refused
from strikeproof.sequencer.api.malformed_op import malformation_of
from strikeproof.sequencer.core.ops.op_table import decode_op
from strikeproof.wire.constants import GuardMode, TimeInForce
from strikeproof.wire.errors import Result

SIGNATURE = bytes(63) + b"\x01"
ORDER = Place(1, False, 100, 5)
QUOTE = Quote(1, QuoteSide(9, 5, 1, 1), QuoteSide(11, 5, 2, 2))
NEW = QuoteSide(9, 5)
IOC, GTD = TimeInForce.IOC, TimeInForce.GTD


def bundle(*actions: object) -> Bundle:
    return Bundle(1, 0, 0, 2**40, 100, actions)  # type: ignore[arg-type]


BID = Bid(1, 0, 0, 2**40, 2, 3, 10_000)  # type: ignore[arg-type]
STOP = SetTrigger(1, 0, 0, 2**40, 1, 7, True, True, True, True, 5, 1, 3)  # type: ignore[arg-type]


PROTECTION = SetProtection(1, 0, 0, 2**40, 1, 5, 6, 7, 8, 9)  # type: ignore[arg-type]


MALFORMED: list[tuple[str, UserOp]] = [
    ("actions[0].post_only", bundle(replace(ORDER, post_only=True, time_in_force=IOC))),
    ("actions[1].price", bundle(ORDER, replace(ORDER, price=0))),
    ("actions[0].lots", bundle(replace(ORDER, lots=0))),
    ("actions[0].instrument", bundle(Cancel(0, 1, 1))),
    ("actions[0].expiry_ms", bundle(replace(ORDER, expiry_ms=7))),
    ("actions[0].expiry_ms", bundle(replace(ORDER, time_in_force=GTD))),
    ("actions[0].self_trade", bundle(replace(ORDER, self_trade=3))),  # type: ignore[arg-type]
    ("actions[0].time_in_force", bundle(Replace(1, 1, 1, False, 9, 9, time_in_force=IOC))),
    ("actions[0].instrument", bundle(replace(QUOTE, instrument=0))),
    ("actions[0].time_in_force", bundle(replace(QUOTE, time_in_force=IOC, post_only=False))),
    ("actions[0].expiry_ms", bundle(replace(QUOTE, time_in_force=GTD))),
    ("actions[0].self_trade", bundle(replace(QUOTE, self_trade=3))),  # type: ignore[arg-type]
    ("actions[0].price", bundle(replace(QUOTE, bid=QuoteSide(11, 5, 1, 1)))),
    ("actions[0].price", bundle(replace(QUOTE, bid=QuoteSide(0, 5, 1, 1)))),
    ("actions[1].price", bundle(replace(QUOTE, ask=QuoteSide(11, 0, 1, 1)))),
    ("actions[0].serial", bundle(replace(QUOTE, bid=QuoteSide(9, 5, 1, 0)))),
    ("actions[3].serial", bundle(QUOTE, replace(QUOTE, ask=QuoteSide(11, 5, 0, 1)))),
    ("actions[2]", bundle(QUOTE, Quote(1))),
    ("actions[2].lots", bundle(QUOTE, replace(ORDER, lots=0))),
    ("actions", bundle()),
    ("atomic", replace(bundle(ORDER), atomic=2)),  # type: ignore[arg-type]
    ("amount_micro_usd", Withdraw(1, 0, 2**40, 0)),
    ("slot", SetSession(1, 0, 2**40, 0, b"\x01" * 20)),
    ("scope", SetSession(1, 0, 2**40, 1, b"\x01" * 20, 2)),
    ("key", SetSession(1, 0, 2**40, 1, bytes(20))),
    ("session_expiry_ms", SetSession(1, 0, 2**40, 1, bytes(20), 0, 5)),
    ("place", replace(STOP, place=8)),
    ("falling", replace(STOP, falling=2)),
    ("trigger_price_nano_usd", replace(STOP, trigger_price=0)),
    ("limit", replace(STOP, limit=0)),
    ("lots", replace(STOP, lots=0)),
    ("seller", replace(BID, seller=1)),
    ("fraction_ppm", replace(BID, fraction_ppm=9_999)),
    ("fraction_ppm", replace(BID, fraction_ppm=1_000_001)),
    ("window_ms", replace(PROTECTION, window_ms=0)),  # type: ignore[arg-type]
    ("delta_max", replace(PROTECTION, delta_max=2**63)),
    ("vega_max", replace(PROTECTION, vega_max=2**63)),  # type: ignore[arg-type]
    ("underlying", replace(PROTECTION, underlying=0)),
]


WHOLE: list[UserOp] = [
    bundle(ORDER, Cancel(1, 2, 3)),
    bundle(QUOTE, Quote(1, NEW)),
    Withdraw(1, 0, 2**40, 5),
    SetSession(1, 0, 2**40, 1, b"\x01" * 20),
    SetGuard(1, 0, 2**40, GuardMode.SET, b"\x01" * 20),
    SetMarginMode(1, 0, 2**40, 1),
    SetCancelAt(1, 0, 0, 2**40, 2**41),
    STOP,
    SetTrigger(1, 0, 0, 2**40, 1, 7),
    BID,
    PROTECTION,
    SetProtection(1, 0, 0, 2**40, *[0] * 6),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("field", "op"), MALFORMED)
def test_the_field_is_named(field: str, op: UserOp) -> None:
    data = encode_op(op, SIGNATURE)
    assert decode_op(data[0], data[3:]) is Result.MALFORMED
    failure = refused(Result.MALFORMED, data)
    assert failure.details == {"field": field}
    assert field in str(failure)


@pytest.mark.parametrize("op", WHOLE, ids=lambda op: type(op).__name__)
def test_whatever_is_malformed_is_distinguished_wherever_it_is(op: UserOp) -> None:
    """Every length, and every byte at the ends of its range."""
    whole = encode_op(op, SIGNATURE)
    changed = [whole[:end] for end in range(3, len(whole))] + [whole + b"\x01"]
    for at, value in product(range(3, len(whole)), (0, 1, 2, 255)):
        changed.append(whole[:at] + bytes([value]) + whole[at + 1 :])
    seen = 0
    for data in changed:
        found = malformation_of(data)
        if decode_op(data[0], data[3:]) is Result.MALFORMED:
            seen += 1
            assert found.reason != "its body does not have the form of its type", data.hex()
    assert seen > len(whole) - 3
