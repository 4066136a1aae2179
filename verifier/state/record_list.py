"""Record lists of the law and of witnesses: (key u64 ‖ words u8 ‖ data)*, keys strictly rising."""

from __future__ import annotations

from collections.abc import Iterable


def pack_records(records: Iterable[tuple[int, bytes]]) -> bytes:
    """Return records as the law and the witness hold them; keys must rise strictly."""
    packed, last = [], -1
    for key, record in records:
        assert key > last, "keys rise strictly"
        assert len(record) % 32 == 0 and len(record) <= 64 * 32, f"a record of {len(record)} bytes"
        last = key
        packed.append(key.to_bytes(8, "big") + bytes([len(record) // 32]) + record)
    return b"".join(packed)


def unpack_records(data: bytes) -> dict[int, bytes]:
    """Return packed records by key. Raises ValueError if keys do not rise or bytes are missing."""
    records: dict[int, bytes] = {}
    at, last = 0, -1
    while at < len(data):
        key, end = int.from_bytes(data[at : at + 8], "big"), at + 9
        if end > len(data) or key <= last:
            raise ValueError("records are cut off or out of order")
        end += 32 * data[at + 8]
        if end > len(data):
            raise ValueError("a record is cut off")
        records[key] = data[at + 9 : end]
        at, last = end, key
    return records
