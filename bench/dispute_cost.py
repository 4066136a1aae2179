"""What a challenge costs on L1, now and after announced repricings, and what bounds it.

The bound is linear in the two weights, which the law limits (docs/protocol/weight.md):

  gas   <= FIXED_GAS + compute weight
           + WITNESS_BYTE_GAS x witness weight + CONTENT_BYTE_GAS x content
  bytes <= FIXED_BYTES + witness weight + content

Content is the segment's or message's bytes. The factors are measured: `bench dispute` searches for
segments that come closest to them, and tests hold random streams against them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from strikeproof.wire.constants import (
    COMPUTE_OP,
    COMPUTE_WEIGHT_MAX,
    SEGMENT_BYTES_MAX,
    SEGMENT_OPS_MAX,
    WITNESS_WEIGHT_MAX,
)

GAS_MAX: Final = 8_000_000
BYTES_MAX: Final = 120_000

TRANSACTION_GAS: Final = 21_000
ZERO_BYTE_GAS: Final = 4
BYTE_GAS: Final = 16
FLOOR_TOKEN_GAS: Final = 10  # EIP-7623: of a zero byte; another counts as four
REPRICED_FLOOR_GAS: Final = 64  # of every byte, announced (EIP-7976)
SLOT_GAS: Final = 20_000  # of a fresh slot now
REPRICED_SLOT_GAS: Final = 110_000  # announced
FRESH_SLOTS: Final = 4  # a disproof without commitment: their count and three words

FIXED_GAS: Final = (
    375_000  # 267,626 of a segment that holds one op of upkeep, which is refused; 104,000 of
)
# sixteen bundles of eight quotes that turn out malformed at their end, beyond their COMPUTE_OP
WITNESS_BYTE_GAS: Final = 35  # calldata 16, hashing and copying the rest
CONTENT_BYTE_GAS: Final = 40
FIXED_BYTES: Final = 3_300  # call, paths of the largest batch, bitmap, advice, padding
COMPUTE_GREATEST: Final = COMPUTE_WEIGHT_MAX + SEGMENT_OPS_MAX * COMPUTE_OP
"""Refused ops add their COMPUTE_OP without asking for room."""


def calldata_gas(data: bytes) -> int:
    """Return what the bytes cost by themselves, below the floor."""
    zeros = data.count(0)
    return ZERO_BYTE_GAS * zeros + BYTE_GAS * (len(data) - zeros)


@dataclass(frozen=True, slots=True)
class Cost:
    """Gas and bytes of a challenge."""

    execution_gas: int
    """With the transaction and calldata at 4 and 16 gas a byte; no floor."""
    calldata_bytes: int
    raw_bytes: int
    """The length of the signed transaction; 0 if there was none."""
    floor_gas: int

    @property
    def gas(self) -> int:
        """All-in gas, as L1 charges it."""
        return max(self.execution_gas, self.floor_gas)

    @property
    def repriced_gas(self) -> int:
        """All-in gas with a floor of 64 gas for each byte of calldata."""
        floor = TRANSACTION_GAS + REPRICED_FLOOR_GAS * self.calldata_bytes
        return max(self.execution_gas, floor)

    @property
    def repriced_slots_gas(self) -> int:
        """All-in gas with that floor and fresh slots at 110,000 gas."""
        repriced_slots = self.execution_gas + FRESH_SLOTS * (REPRICED_SLOT_GAS - SLOT_GAS)
        return max(repriced_slots, self.repriced_gas)


def cost_of(data: bytes, execution_gas: int, raw_bytes: int) -> Cost:
    """Return the cost of a transaction with this calldata and gas without floor."""
    zeros = data.count(0)
    floor = TRANSACTION_GAS + FLOOR_TOKEN_GAS * (zeros + 4 * (len(data) - zeros))
    return Cost(execution_gas, len(data), raw_bytes, floor)


def gas_bound(compute_weight: int, witness_weight: int, content_bytes: int) -> int:
    """Return what a challenge of a segment of these weights costs at most."""
    return (
        FIXED_GAS
        + compute_weight
        + WITNESS_BYTE_GAS * witness_weight
        + CONTENT_BYTE_GAS * content_bytes
    )


def bytes_bound(witness_weight: int, content_bytes: int) -> int:
    """Return how many bytes of calldata such a challenge has at most."""
    return FIXED_BYTES + witness_weight + content_bytes


GAS_BOUND: Final = gas_bound(COMPUTE_GREATEST, WITNESS_WEIGHT_MAX, SEGMENT_BYTES_MAX)
BYTES_BOUND: Final = bytes_bound(WITNESS_WEIGHT_MAX, SEGMENT_BYTES_MAX)
REPRICED_BOUND: Final = max(GAS_BOUND, TRANSACTION_GAS + REPRICED_FLOOR_GAS * BYTES_BOUND)

LAW_FIXED_GAS: Final = 20_000
LAW_WITNESS_BYTE_GAS: Final = 6


def law_gas_bound(compute_weight: int, witness_weight: int) -> int:
    """Return what the law alone costs at most: its start, what is counted as compute, and bringing,
    hashing and handing back the records."""
    return LAW_FIXED_GAS + compute_weight + LAW_WITNESS_BYTE_GAS * witness_weight
