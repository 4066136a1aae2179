"""Every malformed op is told by field, for whatever the engine calls malformed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strikeproof.client.operation import (
    Bundle,
    Cancel,
    Place,
    Replace,
    SetSession,
    UserOp,
    Withdraw,
    encode_op,
)
from strikeproof.sequencer.api.api_failure import refused
from strikeproof.sequencer.api.malformed_op import malformation_of
from strikeproof.sequencer.core.ops.op_table import decode_op
from strikeproof.wire.constants import TimeInForce
from strikeproof.wire.errors import Result

SIGNATURE = bytes(63) + b"\x01"
ORDER = Place(1, False, 100, 5)
IOC, GTD = TimeInForce.IOC, TimeInForce.GTD


def bundle(*actions: object) -> Bundle:
    return Bundle(1, 0, 0, 2**40, 100, actions)  # type: ignore[arg-type]


MALFORMED: list[tuple[str, UserOp]] = [
    ("actions[0].post_only", bundle(replace(ORDER, post_only=True, time_in_force=IOC))),
    ("actions[1].price", bundle(ORDER, replace(ORDER, price=0))),
    ("actions[0].lots", bundle(replace(ORDER, lots=0))),
    ("actions[0].instrument", bundle(Cancel(0, 1, 1))),
    ("actions[0].expiry_ms", bundle(replace(ORDER, expiry_ms=7))),
    ("actions[0].expiry_ms", bundle(replace(ORDER, time_in_force=GTD))),
    ("actions[0].self_trade", bundle(replace(ORDER, self_trade=3))),  # type: ignore[arg-type]
    ("actions[0].time_in_force", bundle(Replace(1, 1, 1, False, 9, 9, time_in_force=IOC))),
    ("actions", bundle()),
    ("amount_micro_usd", Withdraw(1, 0, 2**40, 0)),
    ("slot", SetSession(1, 0, 2**40, 0, b"\x01" * 20)),
    ("scope", SetSession(1, 0, 2**40, 1, b"\x01" * 20, 2)),
    ("key", SetSession(1, 0, 2**40, 1, bytes(20))),
    ("session_expiry_ms", SetSession(1, 0, 2**40, 1, bytes(20), 0, 5)),
]


@pytest.mark.parametrize(("field", "op"), MALFORMED)
def test_the_field_is_named(field: str, op: UserOp) -> None:
    data = encode_op(op, SIGNATURE)
    assert decode_op(data[0], data[3:]) is Result.MALFORMED
    failure = refused(Result.MALFORMED, data)
    assert failure.details == {"field": field}
    assert field in str(failure)


@given(st.sampled_from([encode_op(bundle(ORDER, Cancel(1, 2, 3)), SIGNATURE)]), st.data())
def test_no_bytes_break_the_answer(data: bytes, chance: st.DataObject) -> None:
    changed = bytearray(data)
    at = chance.draw(st.integers(3, len(data) - 1))
    changed[at] = chance.draw(st.integers(0, 255))
    cut = bytes(changed[: chance.draw(st.integers(3, len(data)))])
    found = malformation_of(cut)
    if decode_op(cut[0], cut[3:]) is Result.MALFORMED:
        assert found.reason != "its body does not have the form of its type"
