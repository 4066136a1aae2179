"""What became of the operations that owners sent through L1: waiting, executed, refused or lost.

Found from L1's logs and our own execution alone. Source: docs/protocol/leaving.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Final, Self

from strikeproof.l1.inbox_lane import LANES, InboxLane
from strikeproof.verifier.derivation.logged_batch import decode_batch
from strikeproof.verifier.inspection.close_effect import CloseEffect, close_effect
from strikeproof.verifier.inspection.refusal_text import moment_text
from strikeproof.verifier.inspection.segment_changes import Changes, changes_of
from strikeproof.verifier.state.record_fields import group_values
from strikeproof.verifier.store.stored_rows import BatchRow, MessageRow, SegmentRow
from strikeproof.verifier.wiring import VerifierParts
from strikeproof.wire.constants import KEY_ID_BITS, MessageKind, OpType
from strikeproof.wire.errors import RESULT_INFO, Result
from strikeproof.wire.layout import MARK_GROUP, MARK_KIND
from strikeproof.wire.operations import (
    MESSAGE_HEAD_BYTES,
    MESSAGE_SENDER_OFFSET,
    MESSAGE_TIME_MS_OFFSET,
    OP_FORCED_CLOSE_INSTRUMENT_OFFSET,
    OP_FORCED_CLOSE_LOTS_OFFSET,
    OP_HEAD_BYTES,
    OP_WITHDRAW_AMOUNT_MICRO_USD_OFFSET,
)

OF_AN_ACCOUNT: Final = frozenset(
    {
        OpType.BUNDLE,
        OpType.WITHDRAW,
        OpType.SET_SESSION,
        OpType.SET_GUARD,
        OpType.SET_MARGIN_MODE,
        OpType.BLOCK_TRADE,
        OpType.SET_TRIGGER,
        OpType.BID,
        OpType.FORCED_CLOSE,
        OpType.SET_CANCEL_AT,
        OpType.SET_PROTECTION,
    }
)
"""Ops whose body begins with their account."""
ROWS_AT_ONCE: Final = 4_096


class ForcedStage(Enum):
    """How far a forced op has come."""

    WAITING = "waiting"
    """The sequencer has time yet to put it into a batch."""
    OVERDUE = "overdue"
    """Anybody puts it into a batch; if nobody does, anybody freezes the venue."""
    EXECUTED = "executed"
    REFUSED = "refused"
    """The law executed it, and it changed nothing, or not all that it asked for."""
    LOST = "lost"
    """The venue was frozen, and the state that is paid by has not seen it."""


@dataclass(frozen=True, slots=True)
class ForcedTerms:
    """How long L1 lets an owner's message wait, and since when it does not matter."""

    now_seconds: int
    force_seconds: int
    grace_seconds: int
    overdue_seconds: int
    is_frozen: bool
    last_batch: int | None
    """The batch whose state is paid by, of a frozen venue that is resolved; None: none yet."""


@dataclass(frozen=True, slots=True)
class ForcedMessage:
    """An op that an owner sent through L1, and what became of it. Times are seconds."""

    lane: InboxLane
    number: int
    account: int
    op: OpType
    asked: tuple[int, ...]
    """The amount in micro-USD of a withdrawal, instrument and lots of a close."""
    ordered_at: int
    stage: ForcedStage
    due_at: int
    """Until when the sequencer has time."""
    anyone_posts_at: int
    freezes_at: int | None
    """From when anybody freezes if no batch takes it; None: it does not wait, or all is frozen."""
    batch: int | None = None
    segment: int | None = None
    result: Result | None = None
    effect: CloseEffect | None = None
    final_at: int | None = None
    """From when nobody can dispute it, as its claim stands; None: no claim stands."""
    is_final: bool = False

    @property
    def name(self) -> str:
        """As `strikeproof audit` names it."""
        return f"{'exit' if self.lane is InboxLane.EXIT else 'message'}:{self.number}"

    @property
    def what(self) -> str:
        """What it asks for."""
        if self.op is OpType.WITHDRAW:
            return f"withdraw {self.asked[0] / 10**6:,.6f} USD"
        if self.op is OpType.FORCED_CLOSE:
            return f"close {self.asked[1]} lots of instrument {self.asked[0]}"
        return self.op.name.lower()

    def asks_as(self, op: OpType, *asked: int) -> bool:
        """Return whether it asks for the same."""
        return (self.op, self.asked) == (op, asked)

    def to_json(self) -> dict[str, Any]:
        """Return it for scripts."""
        asked: dict[str, int] = {}
        if self.op is OpType.WITHDRAW:
            asked = {"amount_micro_usd": self.asked[0]}
        elif self.op is OpType.FORCED_CLOSE:
            asked = {"instrument": self.asked[0], "lots": self.asked[1]}
        return {
            "message": self.name,
            "account": self.account,
            "op": self.op.name,
            **asked,
            "ordered_at": self.ordered_at,
            "state": self.stage.value,
            "due_at": self.due_at,
            "anyone_posts_at": self.anyone_posts_at,
            "freezes_at": self.freezes_at,
            "batch": self.batch,
            "segment": self.segment,
            "result": None if self.result is None else self.result.name,
            "final_at": self.final_at,
            "final": self.is_final,
            "effect": None if self.effect is None else self.effect.to_json(),
            "text": str(self),
        }

    def __str__(self) -> str:
        head = f"{self.name} of account {self.account}: {self.what}"
        return f"{head}, ordered {moment_text(self.ordered_at)}: {self.stage.value}{self._rest()}"

    def _rest(self) -> str:
        if self.stage in (ForcedStage.WAITING, ForcedStage.OVERDUE):
            freeze = (
                f"; if no batch takes it, anyone freezes from {moment_text(self.freezes_at)} on"
                if self.freezes_at is not None
                else ""
            )
            return (
                f". The sequencer has time until {moment_text(self.due_at)}, `exit post` works"
                f" from {moment_text(self.anyone_posts_at)} on{freeze}"
            )
        if self.stage is ForcedStage.LOST:
            where = f" (batch {self.batch} took it, and never became final)" if self.batch else ""
            return f": the venue was frozen before it counted{where}. Nothing of it was done"
        place = f" in batch {self.batch}, segment {self.segment}"
        if self.result is None:
            place += ": its segment passed what may be spent on it"
        elif self.result is not Result.OK:
            meaning = RESULT_INFO[self.result].meaning.rstrip(".")
            place += f": {self.result.name} ({self.result}): {meaning}"
        if self.effect is not None and self.effect.closed_lots:
            place += f"; {self.effect}"
        return f"{place}. {self._finality()}"

    def _finality(self) -> str:
        if self.final_at is None:
            return "Nobody has claimed that batch yet: `exit propose` does"
        if self.is_final:
            return f"Final since {moment_text(self.final_at)}"
        return f"Final from {moment_text(self.final_at)} on, if its claim stands"

    @classmethod
    def of_row(cls, row: MessageRow, lane: InboxLane, terms: ForcedTerms) -> Self | None:
        """Return an owner's op as it waits; None: it is none, or no account's."""
        content = row.content
        body = MESSAGE_HEAD_BYTES + OP_HEAD_BYTES
        if content[0] != MessageKind.USER_OP or len(content) < body + 4:
            return None
        try:
            op = OpType(content[MESSAGE_HEAD_BYTES])
        except ValueError:
            return None
        if op not in OF_AN_ACCOUNT:
            return None
        ordered = int.from_bytes(content[MESSAGE_TIME_MS_OFFSET:MESSAGE_HEAD_BYTES], "big") // 1000
        due = ordered + terms.force_seconds
        stage = ForcedStage.OVERDUE if terms.now_seconds > due else ForcedStage.WAITING
        return cls(
            lane=lane,
            number=row.number,
            account=int.from_bytes(content[body : body + 4], "big"),
            op=op,
            asked=_asked(op, content[body:]),
            ordered_at=ordered,
            stage=ForcedStage.LOST if terms.is_frozen else stage,
            due_at=due,
            anyone_posts_at=due + terms.grace_seconds,
            freezes_at=None if terms.is_frozen else due + terms.overdue_seconds + 1,
        )


def _asked(op: OpType, body: bytes) -> tuple[int, ...]:
    def number(at: int, size: int) -> int:
        return int.from_bytes(body[at : at + size], "big")

    if op is OpType.WITHDRAW:
        return (number(OP_WITHDRAW_AMOUNT_MICRO_USD_OFFSET, 8),)
    if op is OpType.FORCED_CLOSE:
        instrument = number(OP_FORCED_CLOSE_INSTRUMENT_OFFSET, 2)
        return (instrument, number(OP_FORCED_CLOSE_LOTS_OFFSET, 5))
    return ()


class ForcedMessages:
    """The forced ops of a venue that is caught up with L1."""

    def __init__(self, parts: VerifierParts, terms: ForcedTerms) -> None:
        self._parts, self._store, self._terms = parts, parts.store, terms

    def of(self, owners: Mapping[int, bytes]) -> list[ForcedMessage]:
        """Return what the owners of these accounts sent, oldest first, with what became of it.

        Ops that were consumed before the store begins are left out.
        """
        found: list[ForcedMessage] = []
        segments: dict[int, SegmentRow] = {}
        """By the place in `found` of the message that it executed."""
        for message in self._sent(owners):
            row = self._consumer(message.lane, message.number)
            if row is None:
                found.append(message)
            elif row.number >= self._store.first_kept:
                number = self._segment_number(row, message)
                executed = self._store.segments_of(row.number)
                if number < len(executed):
                    segments[len(found)] = executed[number]
                found.append(replace(message, batch=row.number, segment=number))
        changes = changes_of(self._store, {each.position for each in segments.values()})
        for at, executed_by in segments.items():
            effects = changes.get(executed_by.position, {})
            found[at] = self._with_fate(found[at], executed_by, effects)
        return sorted(found, key=lambda each: (each.ordered_at, each.lane, each.number))

    def _sent(self, owners: Mapping[int, bytes]) -> Iterator[ForcedMessage]:
        for lane in LANES:
            for row in self._rows(lane):
                message = ForcedMessage.of_row(row, lane, self._terms)
                sender = row.content[MESSAGE_SENDER_OFFSET:MESSAGE_TIME_MS_OFFSET]
                if message is not None and owners.get(message.account) == sender:
                    yield message

    def _rows(self, lane: InboxLane) -> Iterator[MessageRow]:
        for first in range(0, self._store.message_count(lane), ROWS_AT_ONCE):
            yield from self._store.messages(first, first + ROWS_AT_ONCE, lane)

    def _consumer(self, lane: InboxLane, number: int) -> BatchRow | None:
        """Return the batch that consumed a message; None: none did. Of one that was consumed
        before the store begins, the oldest batch's place holder."""
        low, high = self._store.first_kept, self._store.batch_count()
        if low > high:
            return None
        while low < high:  # the last batch that begins at the message or before it
            middle = (low + high + 1) // 2
            if self._start(middle, lane) <= number:
                low = middle
            else:
                high = middle - 1
        row = self._store.batch(low)
        assert row is not None, f"batch {low} is missing"
        header = decode_batch(row.data).header
        end = header.exit_end if lane is InboxLane.EXIT else header.inbox_end
        if number >= end:
            return None
        return row if self._start(low, lane) <= number else replace(row, number=low - 1)

    def _start(self, batch: int, lane: InboxLane) -> int:
        row = self._store.batch(batch)
        assert row is not None, f"batch {batch} is missing"
        return row.exit_start if lane is InboxLane.EXIT else row.inbox_start

    def _segment_number(self, row: BatchRow, message: ForcedMessage) -> int:
        """Return which of the claim's segments executes a message: each exit has its own, and a
        user's op is not light, so that no other message shares its segment."""
        if message.lane is InboxLane.EXIT:
            return message.number - row.exit_start
        header = decode_batch(row.data).header
        index = message.number - row.inbox_start
        joined = (header.joined & (1 << index + 1) - 1).bit_count()
        return header.exit_end - row.exit_start + index - joined

    def _with_fate(
        self, message: ForcedMessage, row: SegmentRow, changes: Changes
    ) -> ForcedMessage:
        result = Result(row.results[0]) if row.results else None
        effect = None
        if message.op is OpType.FORCED_CLOSE and changes:
            instrument = message.asked[0]
            mark = self._parts.state.record(MARK_KIND << KEY_ID_BITS | instrument)
            tick = group_values(MARK_GROUP, mark)["index_per_tick"] if mark else 0
            effect = close_effect(changes, message.account, instrument, tick)
        is_done = result is Result.OK or (effect is not None and effect.closed_lots > 0)
        claim = self._store.standing_claim(row.batch)
        final_at = None if claim is None else claim.deadline_seconds + 1
        last = self._terms.last_batch
        stage = ForcedStage.EXECUTED if is_done else ForcedStage.REFUSED
        if last is not None and row.batch > last:
            stage = ForcedStage.LOST
        return replace(
            message,
            stage=stage,
            freezes_at=None,
            result=result,
            effect=effect,
            final_at=final_at,
            is_final=final_at is not None and self._terms.now_seconds >= final_at,
        )
