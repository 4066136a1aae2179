"""The checkpoint file: the records of a final state, in a stream that is read once.

A line that names the format, a line of JSON, then the records as the law packs them, compressed.
Nothing in it is believed: whoever reads it compares the root of the records with L1's.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import BinaryIO, Final

from strikeproof.verifier.state.forest import kind_of
from strikeproof.verifier.state.record_list import pack_records
from strikeproof.wire.layout import KIND_WORDS_MAX

FORMAT: Final = b"strikeproof checkpoint 1\n"
HEAD_BYTES_MAX: Final = 4_096
RECORDS_MAX: Final = 1 << 26
PIECE_BYTES: Final = 1 << 18
_RECORD_HEAD_BYTES: Final = 9
_WORD_BYTES: Final = 32
_RECORDS_PACKED: Final = 4_096  # at once


class BadCheckpoint(ValueError):
    """The bytes are not a checkpoint: cut off, damaged, or of another format."""


@dataclass(frozen=True, slots=True)
class CheckpointHead:
    """What a checkpoint says of itself."""

    chain_id: int
    rollup: str
    number: int
    """The number of the final claim."""
    root: str
    records: int


def write_checkpoint(
    file: BinaryIO, head: CheckpointHead, records: Iterable[tuple[int, bytes]]
) -> None:
    """Write a checkpoint; the keys of the records rise."""
    file.write(FORMAT + json.dumps(asdict(head)).encode() + b"\n")
    packer = zlib.compressobj(6)
    waiting: list[tuple[int, bytes]] = []
    for each in records:
        waiting.append(each)
        if len(waiting) == _RECORDS_PACKED:
            file.write(packer.compress(pack_records(waiting)))
            waiting.clear()
    file.write(packer.compress(pack_records(waiting)))
    file.write(packer.flush())


def read_head(pieces: Iterator[bytes]) -> tuple[CheckpointHead, bytes]:
    """Return the head, and what was read beyond it. Raises `BadCheckpoint`."""
    data = b""
    for piece in pieces:
        data += piece
        end = data.find(b"\n", len(FORMAT))
        if end >= 0 or len(data) > HEAD_BYTES_MAX or not FORMAT.startswith(data[: len(FORMAT)]):
            break
    else:
        end = -1
    if not data.startswith(FORMAT) or not 0 <= end <= HEAD_BYTES_MAX:
        raise BadCheckpoint("is not a checkpoint of this format")
    try:
        head = CheckpointHead(**json.loads(data[len(FORMAT) : end]))
        numbers = (head.chain_id, head.number, head.records)
        if not all(type(each) is int and each >= 0 for each in numbers):
            raise BadCheckpoint("has a head of wrong values")
    except (ValueError, TypeError):
        raise BadCheckpoint("has a malformed head") from None
    if head.records > RECORDS_MAX:
        raise BadCheckpoint(f"says that it has {head.records} records")
    return head, data[end + 1 :]


def read_records(
    head: CheckpointHead, rest: bytes, pieces: Iterator[bytes]
) -> Iterator[dict[int, bytes]]:
    """Yield the records in order, some at a time. Raises `BadCheckpoint` as soon as they are not
    what the head says: no more is unpacked than that."""
    unpacker, waiting, last, count = zlib.decompressobj(), b"", -1, 0
    for packed in _with(rest, pieces):
        while packed or unpacker.unconsumed_tail:
            try:
                waiting += unpacker.decompress(packed, PIECE_BYTES)
            except zlib.error as error:
                raise BadCheckpoint(f"is damaged: {error}") from None
            if unpacker.unused_data:
                raise BadCheckpoint("has something behind its end")
            packed = unpacker.unconsumed_tail
            found, waiting = _records(waiting, last)
            if found:
                last, count = next(reversed(found)), count + len(found)
                if count > head.records:
                    raise BadCheckpoint(f"has more than {head.records} records")
                yield found
            if unpacker.eof:
                break
    if not unpacker.eof or waiting:
        raise BadCheckpoint("is cut off")
    if count != head.records:
        raise BadCheckpoint(f"has {count} records, not {head.records}")


def _with(first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from pieces


def _records(data: bytes, last: int) -> tuple[dict[int, bytes], bytes]:
    """Return the whole records at the front, and what is left."""
    found: dict[int, bytes] = {}
    at = 0
    while at + _RECORD_HEAD_BYTES <= len(data):
        key = int.from_bytes(data[at : at + 8], "big")
        kind, words = kind_of(key), data[at + 8]
        words_max = KIND_WORDS_MAX[kind] if kind < len(KIND_WORDS_MAX) else 0
        if key <= last or not words:
            raise BadCheckpoint("has records out of order, or empty ones")
        if words > words_max:
            raise BadCheckpoint(f"has a record {key:#x} of {words} words, at most {words_max}")
        end = at + _RECORD_HEAD_BYTES + _WORD_BYTES * words
        if end > len(data):
            break
        found[key] = data[at + _RECORD_HEAD_BYTES : end]
        at, last = end, key
    return found, data[at:]
