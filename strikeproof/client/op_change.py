"""Promises that did not hold: what an op's sender was promised, and what became of it instead.

L1 can make the node rewrite its order, after an outage or a reorganization. The node keeps every
op in its place where it can, and announces each whose place or result differs from the promise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from strikeproof.client.acknowledgement import ActionOutcome
from strikeproof.wire import venue_pb2
from strikeproof.wire.errors import Result


@dataclass(frozen=True, slots=True)
class OpReport:
    """Where an op is and what it did."""

    batch: int
    segment: int
    index: int
    result: Result
    actions: tuple[ActionOutcome, ...]

    @classmethod
    def of_message(cls, message: venue_pb2.OpReport) -> Self:
        """Return the value of an API message."""
        place = message.position
        return cls(
            place.batch,
            place.segment,
            place.index,
            Result(message.result),
            tuple(map(ActionOutcome.of_message, message.actions)),
        )


@dataclass(frozen=True, slots=True)
class OpChange:
    """One broken promise. `after` is None if the op is no longer in any batch."""

    sequence: int
    """Rising over all changes of the venue: where `follow_changes` goes on."""
    op_hash: bytes
    before: OpReport
    after: OpReport | None

    @classmethod
    def of_message(cls, message: venue_pb2.OpChange) -> Self:
        """Return the value of an API message."""
        after = OpReport.of_message(message.after) if message.HasField("after") else None
        return cls(message.sequence, message.op_hash, OpReport.of_message(message.before), after)

    def __str__(self) -> str:
        """Say what changed in one line."""
        if self.after is None:
            return "changed: it is no longer in any batch"
        said = []
        before, after = self.before, self.after
        for report, word in ((before, "was"), (after, "is")):
            lots = sum(each.filled_lots for each in report.actions)
            said.append(
                f"{word} {report.result.name} in batch {report.batch}, segment {report.segment},"
                f" op {report.index}, {lots} lots filled"
            )
        return "changed: " + "; ".join(said)
