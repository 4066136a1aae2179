"""Cases of the state's records: bytes, fields, key and leaf."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from strikeproof.keccak import keccak256
from strikeproof.wire import layout
from strikeproof.wire.constants import PREFIX_LEAF
from strikeproof.wire.layout import Group, Record
from tools.vectors.case_file import Case

_PACKERS: Final[dict[str, Callable[..., bytes]]] = {
    "global": layout.pack_global,
    "global_signer": layout.pack_global_signer,
    "account": layout.pack_account,
    "account_position": layout.pack_account_position,
    "session": layout.pack_session,
    "underlying": layout.pack_underlying,
    "instrument": layout.pack_instrument,
    "mark": layout.pack_mark,
    "option_mark": layout.pack_option_mark,
    "order": layout.pack_order,
    "expiry": layout.pack_expiry,
    "array": layout.pack_array,
    "trigger": layout.pack_trigger,
    "certificate": layout.pack_certificate,
}
_COUNTED: Final = {"position_count": "positions", "signer_count": "signers"}
_SHOWN_AS_BYTES: Final = {
    "address",
    "domain_separator",
    "guard_key",
    "key",
    "nonce_bitmap",
    "owner",
    "symbol",
}


def _shown(group: Group, values: Sequence[int]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for field, value in zip(group.fields, values, strict=True):
        is_bytes = field.name in _SHOWN_AS_BYTES
        fields[field.name] = value.to_bytes(field.bits // 8, "big") if is_bytes else value
    return fields


def _pack(group: Group, values: Sequence[int]) -> bytes:
    names = [each.name for each in group.fields]
    return _PACKERS[group.name](**dict(zip(names, values, strict=True)))


def _typical(group: Group) -> list[int]:
    """Return values of which no two are alike, so that fields that swap places show."""
    values = []
    for place, field in enumerate(group.fields, 1):
        number = int.from_bytes(keccak256(f"{group.name}.{field.name}".encode()), "big")
        values.append((number % field.greatest // 3 or 1) + place if field.bits > 8 else place)
    return values


def _case(
    name: str, record: Record, id: int, head: Sequence[int], elements: Sequence[Sequence[int]]
) -> Case:
    values = list(head)
    fields = record.head.fields
    shown = _shown(record.head, values)
    if record.element is not None:
        place = [field.name for field in fields].index(record.count_field)
        values[place] = len(elements)
        shown[record.count_field] = len(elements)
        shown[_COUNTED[record.count_field]] = [_shown(record.element, each) for each in elements]
    data = _pack(record.head, values)
    data += b"".join(_pack(record.element, each) for each in elements if record.element)
    key = (record.kind << 56 | id).to_bytes(8, "big")
    return {
        "name": f"{record.head.name}: {name}",
        "record": record.head.name,
        "key": key,
        "fields": shown,
        "bytes": data,
        "leaf": keccak256(bytes((PREFIX_LEAF,)) + key + data),
    }


def record_cases() -> Iterator[Case]:
    """Yield records: every field at its ends, and each count of repeated elements."""
    for record in (*filter(None, layout.RECORDS), layout.OPTION_MARK):
        head = _typical(record.head)
        yield _case("typical", record, 1 if record.height else 0, head, [])
        greatest_id = (1 << record.height) - 1
        least = [field.least for field in record.head.fields]
        greatest = [field.greatest for field in record.head.fields]
        yield _case("every field at its minimum", record, greatest_id, least, [])
        yield _case("every field at its maximum", record, greatest_id, greatest, [])
        for place, field in enumerate(record.head.fields):
            if field.name != record.count_field:
                for value, label in ((1, "1"), (field.greatest, "at its maximum")):
                    only = [0] * len(head)
                    only[place] = value
                    yield _case(f"{field.name} {label}, else zero", record, 0, only, [])
        if record.element is not None:
            yield from _element_cases(record, head)


def _element_cases(record: Record, head: Sequence[int]) -> Iterator[Case]:
    assert record.element is not None
    typical = _typical(record.element)
    least = [field.least for field in record.element.fields]
    greatest = [field.greatest for field in record.element.fields]
    short = record.element.name.removeprefix(record.head.name + "_")
    yield _case(f"one {short}", record, 0, head, [typical])
    yield _case(f"{short}s at their ends", record, 0, head, [typical, least, greatest])
    count = record.elements_max
    several = [[*typical[:-1], number] for number in range(count)]
    yield _case(f"{count} {short}s", record, 0, head, several)
