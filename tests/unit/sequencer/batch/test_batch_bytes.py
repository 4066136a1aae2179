"""Batches encode as docs/protocol/batches-and-claims.md says."""

from __future__ import annotations

from strikeproof.bench.max_declared_segment import max_declared_segment
from strikeproof.keccak import keccak256
from strikeproof.sequencer.batch.batch_bytes import (
    Batch,
    BatchHeader,
    batch_hash,
    genesis_batch_hash,
)
from strikeproof.wire.operations import HEADER_BYTES

HEADER = BatchHeader(
    law_id=b"\x11" * 32,
    number=5,
    parent_hash=b"\x22" * 32,
    sequencer_epoch=3,
    time_ms=1_700_000_000_123,
    inbox_end=9,
    inbox_rolling=b"\x33" * 32,
    segment_count=2,
)
SEGMENTS = (
    max_declared_segment(1_700_000_000_000, [b"\x01\x00\x01a"]),
    max_declared_segment(7, []),
)


def test_header_has_its_fields_where_the_protocol_puts_them() -> None:
    data = HEADER.encode()
    assert len(data) == HEADER_BYTES == 174
    assert data[0] == 1
    assert data[1:33] == b"\x11" * 32
    assert data[33] == 1
    assert int.from_bytes(data[34:42], "big") == 5
    assert data[42:74] == b"\x22" * 32
    assert int.from_bytes(data[74:78], "big") == 3
    assert int.from_bytes(data[78:84], "big") == 1_700_000_000_123
    assert int.from_bytes(data[84:92], "big") == 9
    assert data[92:124] == b"\x33" * 32
    assert int.from_bytes(data[124:], "big") == 2
    assert BatchHeader.decode(data) == HEADER


def test_batch_round_trips_and_its_hash_covers_header_and_segments() -> None:
    batch = Batch.seal(HEADER, SEGMENTS)
    assert Batch.decode(batch.encode()) == batch
    leaves = [keccak256(b"\x03" + each) for each in SEGMENTS]
    root = keccak256(b"\x04" + leaves[0] + leaves[1])
    listed = keccak256(b"\x05" + (2).to_bytes(8, "big") + root)
    assert batch.hash == keccak256(b"\x06" + HEADER.encode() + listed)
    assert batch_hash(HEADER, SEGMENTS[::-1]) != batch.hash


def test_genesis_hash_binds_chain_and_rollup() -> None:
    rollup = bytes(range(20))
    assert genesis_batch_hash(1, rollup) == keccak256(b"\x06" + (1).to_bytes(8, "big") + rollup)
