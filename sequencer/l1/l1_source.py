"""What the node needs of L1, whoever provides it: the chain itself, or a recording in tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from strikeproof.l1.inbox_lane import InboxLane
from strikeproof.sequencer.order.charge_rate import ChargeRates


@dataclass(frozen=True, slots=True)
class VenueTerms:
    """Constants of a deployment that the node works by."""

    chain_id: int
    rollup: bytes
    domain_separator: bytes
    genesis_batch_hash: bytes
    sequencer_epoch: int
    rates: ChargeRates


@dataclass(frozen=True, slots=True)
class VenueContracts:
    """Addresses that users need besides the Rollup's; empty where there is no chain."""

    vault: bytes = b""
    inbox: bytes = b""
    promises: bytes = b""
    token: bytes = b""


class L1Source(Protocol):
    """Terms, inbox messages and laws as L1 has them now."""

    terms: VenueTerms
    contracts: VenueContracts

    @property
    def inbox_length(self) -> int:
        """Return how many messages the inbox holds, exits not counted."""
        ...

    def messages_from(self, lane: InboxLane, index: int) -> Sequence[bytes]:
        """Return the messages of a lane from an index on that may be consumed."""
        ...

    def law_at(self, time_ms: int) -> bytes:
        """Return the id of the law of a batch whose header has this time."""
        ...


class RecordedL1:
    """Inbox messages given beforehand; nothing is posted. For benchmarks and tests of the node."""

    def __init__(
        self,
        terms: VenueTerms,
        law_id: bytes,
        messages: Sequence[bytes] = (),
        exits: Sequence[bytes] = (),
    ) -> None:
        self.terms = terms
        self.contracts = VenueContracts()
        self.messages, self.exits = list(messages), list(exits)
        self._law_id = law_id

    @property
    def inbox_length(self) -> int:
        """Return how many messages there are."""
        return len(self.messages)

    def messages_from(self, lane: InboxLane, index: int) -> Sequence[bytes]:
        """Return the messages of a lane from an index on."""
        return (self.exits if lane is InboxLane.EXIT else self.messages)[index:]

    def law_at(self, time_ms: int) -> bytes:
        """Return the one law."""
        return self._law_id
