"""Sizes and offsets of all that travels, as constants of both languages, in bytes."""

from __future__ import annotations

from collections.abc import Iterator

from tools.generate.operations import SIGNATURE_BYTES, Form, Frame, Layout, Operations


def sizes(operations: Operations) -> list[tuple[str, list[tuple[str, int]]]]:
    """Return constants by name, in groups that have a title."""
    groups = [("Signatures are compact: r, then s with the parity on top.", [_signature()])]
    for family, members in operations.members.items():
        frame = operations.frames[family]
        groups.append(
            (f"{family}. {frame.layout.doc}", [*_frame(frame), *_packed(operations, family)])
        )
        if family == "op":
            groups.append(
                (
                    "The family of an op of type t: three bits at bit 3 * t, 0 if there is none.",
                    [("OP_FAMILIES_PACKED", op_families(operations))],
                )
            )
        groups += [
            (f"{family} {each.name}. {each.doc}", list(_layout(f"{family}_{each.name}", each)))
            for each in members
        ]
    groups += [
        (f"{each.name}. {each.doc}", list(_layout(each.name, each)))
        for each in operations.structures
    ]
    return groups


def _signature() -> tuple[str, int]:
    return "SIGNATURE_BYTES", SIGNATURE_BYTES


def _frame(frame: Frame) -> Iterator[tuple[str, int]]:
    name = frame.family.upper()
    yield f"{name}_HEAD_BYTES", frame.layout.head_size
    for field in frame.layout.fields:
        if field.offset and field.form is not Form.REST:
            yield f"{name}_{field.name.upper()}_OFFSET", field.offset


def _packed(operations: Operations, family: str) -> Iterator[tuple[str, int]]:
    """The size of member k at byte k from the low end, where every member has a fixed one."""
    members, frame = operations.members[family], operations.frames[family]
    head = frame.layout.head_size if frame.in_member else 0
    found = {operations.number(each): each.size for each in members}
    if all(size is not None and size < 256 - head for size in found.values()):
        packed = sum((head + (size or 0)) << 8 * number for number, size in found.items())
        yield f"{family.upper()}_BYTES_PACKED", packed


def op_families(operations: Operations) -> int:
    """Return the families of all types of op, three bits each."""
    families = operations.numbers["SegmentFamily"]
    found = {operations.number(each): families[each.runs_in] for each in operations.members["op"]}
    assert max(found) < 85 and max(found.values()) < 8, "three bits for each of 85 types"
    return sum(family << 3 * number for number, family in found.items())


def _layout(prefix: str, layout: Layout) -> Iterator[tuple[str, int]]:
    """Sizes, then the offset of every field that has a fixed one and does not begin the layout."""
    name, size = prefix.upper(), layout.size
    start = layout.fields[0].offset or 0
    if size is None:
        yield f"{name}_HEAD_BYTES", start + layout.head_size
        if tail := _tail_size(layout):
            yield f"{name}_TAIL_BYTES", tail
    else:
        yield f"{name}_BYTES", start + size
        if layout.fields[-1].may_lack:
            yield f"{name}_UNSIGNED_BYTES", start + size - SIGNATURE_BYTES
            yield f"{name}_BITS_PACKED", _bits_packed(layout)
    for field in layout.fields:
        if field.offset:
            yield f"{name}_{field.name.upper()}_OFFSET", field.offset


def _tail_size(layout: Layout) -> int:
    """The bytes behind what varies in size, a signature included."""
    sizes = [each.size for each in layout.fields]
    behind = sizes[len(sizes) - sizes[::-1].index(None) :]
    return sum(size for size in behind if size is not None)


def _bits_packed(layout: Layout) -> int:
    """The bits of field k in front of the signature at byte k from the low end."""
    bits = [8 * (each.size or 0) for each in layout.fields[:-1]]
    assert len(bits) <= 32 and max(bits) < 256, "a byte for each in one word"
    return sum(width << 8 * place for place, width in enumerate(bits))
