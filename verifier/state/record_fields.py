"""The fields of a record by name, as its layout says."""

from __future__ import annotations

from strikeproof.wire.layout import Group


def group_values(group: Group, data: bytes, at: int = 0, prefix: str = "") -> dict[str, int]:
    """Return the fields of a group of a record by name, the signed ones as such."""
    values = {}
    for field in group.fields:
        start = at + 32 * field.word
        word = int.from_bytes(data[start : start + 32], "big")
        value = word >> field.shift & ((1 << field.bits) - 1)
        if field.signed and value >> (field.bits - 1):
            value -= 1 << field.bits
        values[prefix + field.name] = value
    return values
