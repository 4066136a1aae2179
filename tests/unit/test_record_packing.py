"""Packing a record: inverse of unpacking at both ends of every field, and nothing wraps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strikeproof.wire import layout

GROUPS = [
    group
    for record in layout.RECORDS
    if record is not None
    for group in (record.head, record.element)
    if group is not None
]


def functions(group: layout.Group) -> tuple[Callable[..., bytes], Callable[..., tuple[int, ...]]]:
    pack = getattr(layout, f"pack_{group.name}")
    names = [each.name for each in group.fields]

    def pack_in_order(*values: int) -> bytes:
        packed: bytes = pack(**dict(zip(names, values, strict=True)))
        return packed

    return pack_in_order, getattr(layout, f"unpack_{group.name}")


@given(data=st.data())
@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
def test_unpacking_is_the_inverse_of_packing(group: layout.Group, data: Any) -> None:
    pack, unpack = functions(group)
    values = tuple(data.draw(st.integers(each.least, each.greatest)) for each in group.fields)
    packed = pack(*values)
    assert len(packed) == 32 * group.words
    assert unpack(packed) == values
    assert unpack(b"\xff" * 7 + packed + b"\xff", 7) == values


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
def test_fields_share_no_bit(group: layout.Group) -> None:
    pack, _ = functions(group)
    seen = 0
    for index, field in enumerate(group.fields):
        ones = -1 if field.signed else field.greatest
        values = [ones if each == index else 0 for each in range(len(group.fields))]
        bits = int.from_bytes(pack(*values), "big")
        assert bits.bit_count() == field.bits
        assert bits & seen == 0
        seen |= bits


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
def test_value_that_does_not_fit_is_refused_with_its_field(group: layout.Group) -> None:
    pack, _ = functions(group)
    for index, field in enumerate(group.fields):
        for beyond in (field.least - 1, field.greatest + 1):
            values = [beyond if each == index else 0 for each in range(len(group.fields))]
            with pytest.raises(layout.FieldOverflow) as refused:
                pack(*values)
            assert refused.value.field == f"{group.name}.{field.name}"
            assert refused.value.value == beyond


def test_heights_and_kinds_are_where_the_tables_say() -> None:
    for kind, record in enumerate(layout.RECORDS):
        assert layout.KIND_HEIGHTS[kind] == (record.height if record else 0)
        assert record is None or record.kind == kind
