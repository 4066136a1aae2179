"""Finding an op in the verifier's store: by place, by hash, by the order that it touched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from strikeproof.keccak import keccak256
from strikeproof.verifier.derivation.logged_batch import decode_batch, op_spans, segment_ops
from strikeproof.verifier.exit_code import NotFound
from strikeproof.verifier.inspection.claim_report import batch_of
from strikeproof.verifier.state.forest import kind_of
from strikeproof.verifier.wiring import VerifierParts
from strikeproof.wire.constants import KEY_ID_BITS, ORDER_SLOT_BITS, MessageKind
from strikeproof.wire.layout import (
    INSTRUMENT_GROUP,
    INSTRUMENT_KIND,
    ORDER_KIND,
    unpack_instrument,
    unpack_order,
)
from strikeproof.wire.operations import MESSAGE_HEAD_BYTES, SEGMENT_HEAD_BYTES

_PLACE: Final = re.compile(r"(\d{1,15})[./](\d{1,5})[./](\d{1,3})", re.ASCII)
_HASH: Final = re.compile(r"0x[0-9a-fA-F]{64}")
_MESSAGE: Final = re.compile(r"(message|exit):(\d{1,15})", re.ASCII)
_ORDER: Final = re.compile(r"([A-Za-z0-9._-]{1,16}):(\d{1,10}):(\d{1,15})", re.ASCII)
FORMS: Final = (
    "BATCH.SEGMENT.OP as `trade place` prints, 0x… the hash of an op, INSTRUMENT:SLOT:SERIAL of an"
    " order, or message:NUMBER or exit:NUMBER of L1's inbox"
)


@dataclass(frozen=True, slots=True)
class AuditPlace:
    """Where an op is."""

    batch: int
    segment: int
    """Among the claim's segments, those of exits and messages counted, from 0."""
    index: int | None
    """In the segment, from 0; None: whichever of its ops touched `order_key`."""
    order_key: int | None = None


def find_op(parts: VerifierParts, name: str) -> list[AuditPlace]:
    """Return where the op of this name is; of an order, where it was placed and every place that
    touched it since, oldest first. `FORMS` says what names there are. Raises `NotFound`."""
    if match := _PLACE.fullmatch(name):
        batch, segment, index = map(int, match.groups())
        return [_own_place(parts, batch, segment, index)]
    if _HASH.fullmatch(name):
        return [_hashed(parts, bytes.fromhex(name[2:]))]
    if match := _MESSAGE.fullmatch(name):
        return [_message(parts, match[1], int(match[2]))]
    if match := _ORDER.fullmatch(name):
        places = list(_order_places(parts, match[1], int(match[2]), int(match[3])))
        if not places:
            raise NotFound(f"no order {name} in what the store can still undo", order=name)
        return places
    raise NotFound(f"{name!r} is not an op: {FORMS}", name=name)


def _own_place(parts: VerifierParts, batch: int, segment: int, index: int) -> AuditPlace:
    """Return the place that a receipt names: it does not count inbox messages."""
    inputs = parts.executor.inputs_of(batch_of(parts, batch))
    segments = inputs.batch.segments
    if segment >= len(segments):
        raise NotFound(f"batch {batch} has {len(segments)} segments of its own", batch=batch)
    count = sum(1 for _ in segment_ops(segments[segment]))
    if index >= count:
        raise NotFound(f"segment {segment} of batch {batch} has {count} ops", batch=batch)
    return AuditPlace(batch, len(inputs.runs) + segment, index)


def _batches(parts: VerifierParts) -> Iterator[int]:
    """Yield the batches that the store holds, newest first."""
    yield from range(parts.store.batch_count(), parts.store.first_kept - 1, -1)


def _hashed(parts: VerifierParts, op_hash: bytes) -> AuditPlace:
    for number in _batches(parts):
        inputs = parts.executor.inputs_of(batch_of(parts, number))
        for segment, content in enumerate(inputs.batch.segments):
            for index, (start, _, end) in enumerate(op_spans(content, SEGMENT_HEAD_BYTES)):
                if keccak256(content[start:end]) == op_hash:
                    return AuditPlace(number, len(inputs.runs) + segment, index)
        for segment, run in enumerate(inputs.runs):
            for index, message in enumerate(run.messages):
                forced = message[:1] == bytes([MessageKind.USER_OP])
                op = message[MESSAGE_HEAD_BYTES:] if forced else b""
                if op_hash in (keccak256(message), keccak256(op)):
                    return AuditPlace(number, segment, index)
    raise NotFound(f"no op 0x{op_hash.hex()} in the batches of the store", op="0x" + op_hash.hex())


def _message(parts: VerifierParts, lane: str, number: int) -> AuditPlace:
    for batch in _batches(parts):
        row = batch_of(parts, batch)
        header = decode_batch(row.data).header
        exits = header.exit_end - row.exit_start
        if lane == "exit" and row.exit_start <= number < header.exit_end:
            return AuditPlace(batch, number - row.exit_start, 0)
        if lane == "message" and row.inbox_start <= number < header.inbox_end:
            index = number - row.inbox_start
            for segment, run in enumerate(parts.executor.inputs_of(row).runs[exits:], exits):
                if index < len(run.messages):
                    return AuditPlace(batch, segment, index)
                index -= len(run.messages)
    raise NotFound(f"no batch of the store consumed {lane} {number}", **{lane: number})


def _order_places(
    parts: VerifierParts, instrument: str, slot: int, serial: int
) -> Iterator[AuditPlace]:
    number = int(instrument) if instrument.isdecimal() else _instrument(parts, instrument)
    if slot >> ORDER_SLOT_BITS:
        raise NotFound(f"there is no slot {slot}", slot=slot)
    key = ORDER_KIND << KEY_ID_BITS | number << ORDER_SLOT_BITS | slot
    record, places = parts.store.record(key), []
    for row in parts.store.segments_down_to(_first_position(parts)):
        if row.undo is None:
            break
        if key not in row.undo:
            continue
        before = row.undo[key]
        if serial in (_serial(before), _serial(record)):
            places.append(AuditPlace(row.batch, row.number, None, key))
        record = before
    yield from reversed(places)


def _first_position(parts: VerifierParts) -> int:
    rows = parts.store.segments_of(parts.store.first_kept)
    return rows[0].position if rows else parts.store.segment_count()


def _serial(record: bytes) -> int | None:
    """Return the serial of a live order; None of a free slot."""
    if not record:
        return None
    _, _, _, lots, _, _, serial, *_ = unpack_order(record)
    return serial if lots else None


def _instrument(parts: VerifierParts, symbol: str) -> int:
    for key, record in parts.store.records():
        if kind_of(key) == INSTRUMENT_KIND and _symbol(record) == symbol:
            return key & ((1 << KEY_ID_BITS) - 1)
    raise NotFound(f"no instrument {symbol}", instrument=symbol)


def _symbol(record: bytes) -> str:
    fields = unpack_instrument(record)
    names = [each.name for each in INSTRUMENT_GROUP.fields]
    packed = fields[names.index("symbol")]
    return packed.to_bytes(16, "big").strip(b"\0").decode("ascii", "replace")
