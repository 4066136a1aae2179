"""Frames between the node and its prover process: a kind byte, then fields."""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, dataclass
from typing import Final

from strikeproof.sequencer.order.charge_rate import ChargeBucket, ChargeRates

# To the prover.
FEED: Final = b"F"  # a journal frame's payload
PROVE: Final = b"P"  # request u64 ‖ final u8 ‖ key u64
FINAL: Final = b"N"  # a batch number whose claim is final

# From the prover.
READY: Final = b"R"  # number u64 of the newest batch proved
FED: Final = b"A"  # op count u64 so far
PROVED: Final = b"B"  # batch number u64
PROOF: Final = b"Q"  # request u64 ‖ ProofAnswer

NUMBER: Final = struct.Struct(">Q")
QUERY: Final = struct.Struct(">QBQ")


@dataclass(frozen=True, slots=True)
class ProverArguments:
    """What the prover is started with, as JSON."""

    folder: str
    domain_separator: str
    genesis_hash: str
    ordered_rate: int
    ordered_burst: int
    inbox_rate: int
    inbox_burst: int
    journal_end: int
    """Where the last journal file ended when the prover was started; 0: there was none."""
    snapshot_batches: int
    """A snapshot after this many batches."""

    @property
    def rates(self) -> ChargeRates:
        """What L1 admits."""
        return ChargeRates(
            ChargeBucket(self.ordered_rate, self.ordered_burst),
            ChargeBucket(self.inbox_rate, self.inbox_burst),
        )

    def encode(self) -> str:
        """Return the command line's argument."""
        return json.dumps(asdict(self))


@dataclass(frozen=True, slots=True)
class ProofAnswer:
    """A record with its proof, or nothing if there is no such root yet."""

    batch: int
    root: bytes
    record: bytes
    proof: bytes

    def encode(self) -> bytes:
        """Return batch u64 ‖ root ‖ record length u32 ‖ record ‖ proof."""
        head = NUMBER.pack(self.batch) + self.root + len(self.record).to_bytes(4, "big")
        return head + self.record + self.proof

    @classmethod
    def decode(cls, data: bytes) -> ProofAnswer | None:
        """Return the answer, None if it says that there is no such root."""
        if not data:
            return None
        (batch,) = NUMBER.unpack_from(data)
        end = 44 + int.from_bytes(data[40:44], "big")
        return cls(batch, data[8:40], data[44:end], data[end:])
