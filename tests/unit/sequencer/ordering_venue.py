"""An orderer on a real engine, without processes: time is a number, the inbox a list."""

from __future__ import annotations

from dataclasses import dataclass, field

from strikeproof.l1.inbox_lane import InboxLane
from strikeproof.sequencer.batch.batch_bytes import Batch
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.op_preparation import prepare
from strikeproof.sequencer.intake.op_source import Source
from strikeproof.sequencer.intake.submission import Submission
from strikeproof.sequencer.journal.journal_entry import decode_entries
from strikeproof.sequencer.order.batch_progress import BatchProgress
from strikeproof.sequencer.order.charge_rate import ChargeRates
from strikeproof.sequencer.order.orderer import (
    BatchPolicy,
    CommitGroup,
    Orderer,
    OrderResult,
    OrderTerms,
)
from tests.integration.sequencer.venue import (
    LAW_ID,
    SEPARATOR,
    USD,
    Trader,
    funding,
    listings,
    wallet,
    worst_segments,
)

START_MS = 1_700_000_000_000
RATES = ChargeRates(worst_segments(1_000, 2_048), worst_segments(1_000, 2_048))


class Nobody:
    def settle(self, submission: Submission) -> None:
        raise AssertionError


@dataclass
class OrderingVenue:
    """Traders 1 and 2 are funded by the inbox, whose times are `START_MS`."""

    policy: BatchPolicy = field(default_factory=BatchPolicy)
    rates: ChargeRates = RATES
    now_ms: int = START_MS + 1_000

    def __post_init__(self) -> None:
        self.inbox = listings(START_MS)
        for number in (1, 2):
            owner = wallet(f"trader {number}").address
            self.inbox += funding(number, owner, 10**6 * USD, START_MS)
        self.exits: list[bytes] = []
        self.engine = Engine.genesis(SEPARATOR, with_forest=False)
        self.progress = BatchProgress()
        self.orderer = Orderer(
            self.engine,
            self.progress,
            OrderTerms(1, self.rates, lambda time_ms: LAW_ID, self.messages_from),
            self.policy,
        )
        self.traders = [Trader(i, wallet(f"trader {i}")) for i in (1, 2)]
        self.payload = b""

    def messages_from(self, lane: InboxLane, index: int) -> list[bytes]:
        return (self.exits if lane is InboxLane.EXIT else self.inbox)[index:]

    def order(self, data: bytes) -> tuple[OrderResult, Submission]:
        """Order an op now."""
        submission = Submission(Nobody(), 0, data, Source("host"))
        submission.prepared = prepare(data, SEPARATOR, self.engine.reporter_epoch)
        return self.orderer.order(submission, self.now_ms), submission

    def take(self) -> CommitGroup:
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
