"""How far a lane of the Inbox was consumed."""

from __future__ import annotations

from dataclasses import dataclass

from strikeproof.keccak import keccak256
from strikeproof.sequencer.core.rules.segment_charge import message_charge


@dataclass(slots=True)
class LaneProgress:
    """One lane, beside the open batch."""

    next: int = 0
    """Index of the next message to consume."""
    rolling: bytes = bytes(32)
    """Rolling hash over the consumed messages."""
    count: int = 0
    """Messages that the open batch consumed."""
    charge: int = 0
    """Law-gas of them."""
    level_milli: int = 0
    """What the last sealed batch left in the Rollup's bucket, in thousandths of law-gas."""

    def consume(self, message: bytes) -> None:
        """Count a consumed message."""
        self.next += 1
        self.count += 1
        self.rolling = keccak256(self.rolling + keccak256(message))
        self.charge += message_charge(message)
