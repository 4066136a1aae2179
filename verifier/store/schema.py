"""The tables of the verifier's store."""

from __future__ import annotations

from typing import Final

from strikeproof.sqlite_schema import Schema

_STATEMENTS: Final = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE block (
    number INTEGER PRIMARY KEY, hash BLOB NOT NULL, timestamp_seconds INTEGER NOT NULL
);
CREATE TABLE message (
    number INTEGER PRIMARY KEY, content BLOB NOT NULL, rolling BLOB NOT NULL,
    block INTEGER NOT NULL
);
CREATE TABLE exit_message (
    number INTEGER PRIMARY KEY, content BLOB NOT NULL, rolling BLOB NOT NULL,
    block INTEGER NOT NULL
);
CREATE TABLE batch (
    number INTEGER PRIMARY KEY, hash BLOB NOT NULL, data BLOB NOT NULL,
    exit_start INTEGER NOT NULL, inbox_start INTEGER NOT NULL, block INTEGER NOT NULL
);
CREATE TABLE claim (
    id INTEGER PRIMARY KEY, number INTEGER NOT NULL, hash BLOB NOT NULL, parent_hash BLOB NOT NULL,
    proposer BLOB NOT NULL, deadline_seconds INTEGER NOT NULL, roots BLOB NOT NULL,
    block INTEGER NOT NULL, deleted_block INTEGER, deleted_segment INTEGER, challenger BLOB
);
CREATE INDEX claim_by_number ON claim (number);
CREATE TABLE law (
    id BLOB PRIMARY KEY, families BLOB NOT NULL, from_ms INTEGER NOT NULL, block INTEGER NOT NULL
);
CREATE TABLE reward (
    disproof INTEGER PRIMARY KEY, claim_hash BLOB NOT NULL, reward_wei TEXT NOT NULL,
    block INTEGER NOT NULL
);
CREATE TABLE record (key INTEGER PRIMARY KEY, content BLOB NOT NULL);
CREATE TABLE segment (
    position INTEGER PRIMARY KEY, batch INTEGER NOT NULL, number INTEGER NOT NULL,
    root BLOB NOT NULL, results BLOB NOT NULL, undo BLOB, compute_weight INTEGER NOT NULL,
    witness_weight INTEGER NOT NULL, gas_used INTEGER NOT NULL, by_reference INTEGER NOT NULL
);
CREATE INDEX segment_by_batch ON segment (batch, number);
CREATE TABLE dispute (
    claim_hash BLOB PRIMARY KEY, number INTEGER NOT NULL, segment INTEGER NOT NULL,
    right_root BLOB NOT NULL, salt BLOB NOT NULL, stage TEXT NOT NULL, note TEXT NOT NULL
);
"""


SCHEMA: Final = Schema(
    version=5,
    statements=_STATEMENTS,
    remedy="move it aside while no dispute is open: the verifier derives everything again from L1",
)
