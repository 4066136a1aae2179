"""An orderer on a real engine, without processes: time is a number, the inbox a list."""

from __future__ import annotations

from dataclasses import dataclass, field

from sequencer.batch import Batch
from sequencer.core.engine import Engine
from sequencer.core.prepared import prepare
from sequencer.course import Course
from sequencer.journal_entry import decode_entries
from sequencer.orderer import BatchPolicy, Group, Ordered, Orderer
from sequencer.pending import Pending
from sequencer.segment_rate import SegmentRate
from tests.integration.sequencer.venue import (
    LAW_ID,
    SEPARATOR,
    USD,
    Trader,
    funding,
    listings,
    wallet,
)

START_MS = 1_700_000_000_000
RATE = SegmentRate(1_000, 2_048)


class Nobody:
    def settle(self, pending: Pending) -> None:
        raise AssertionError


@dataclass
class OrderingVenue:
    """Traders 1 and 2 are funded by the inbox, whose times are `START_MS`."""

    policy: BatchPolicy = field(default_factory=BatchPolicy)
    rate: SegmentRate = RATE
    now_ms: int = START_MS + 1_000

    def __post_init__(self) -> None:
        self.inbox = listings(START_MS)
        for number in (1, 2):
            owner = wallet(f"trader {number}").address
            self.inbox += funding(number, owner, 10**6 * USD, START_MS)
        self.engine = Engine.genesis(SEPARATOR, with_forest=False)
        self.course = Course(rate_level_milli=self.rate.burst * 1000)
        self.orderer = Orderer(
            self.engine,
            self.course,
            self.rate,
            self.policy,
            1,
            lambda time_ms: LAW_ID,
            lambda index: self.inbox[index:],
        )
        self.traders = [Trader(i, wallet(f"trader {i}")) for i in (1, 2)]
        self.payload = b""

    def order(self, data: bytes) -> tuple[Ordered, Pending]:
        """Order an op now."""
        pending = Pending(Nobody(), 0, data)
        pending.prepared = prepare(data, SEPARATOR, self.engine.reporter_epoch)
        return self.orderer.order(pending, self.now_ms), pending

    def take(self) -> Group:
        """Take the group and append it to the journal."""
        group = self.orderer.take_group()
        self.payload += b"".join(group.entries)
        return group

    def entries(self) -> list[object]:
        """Return everything journalled so far."""
        self.take()
        return list(decode_entries(self.payload))


def segments_of(batch: Batch) -> int:
    """Return how many ops a batch holds."""
    return len(batch.segments)
