"""What L1 answers: blocks, logs and receipts as values that compare by content."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Block:
    """A block header as far as we follow it."""

    number: int
    hash: bytes
    parent_hash: bytes
    timestamp_seconds: int
    base_fee_wei: int


@dataclass(frozen=True, slots=True)
class Log:
    """One event, and the block that holds it."""

    address: bytes
    topics: tuple[bytes, ...]
    data: bytes
    block_number: int
    block_hash: bytes
    transaction_hash: bytes
    log_index: int


@dataclass(frozen=True, slots=True)
class TransactionReceipt:
    """What became of a transaction that is in a block."""

    transaction_hash: bytes
    block_number: int
    block_hash: bytes
    succeeded: bool
    gas_used: int
    gas_price_wei: int
    logs: tuple[Log, ...] = ()
