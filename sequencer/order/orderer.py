"""Ordering: gives each op its batch, segment and place, executes it, and writes down what it did.

Synchronous and without I/O: time and inbox messages are inputs, commit groups are outputs. An op
that the engine refuses is not ordered and leaves no trace, not even an empty segment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from strikeproof.keccak import keccak256
from strikeproof.l1.inbox_lane import LANES, InboxLane
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.engine_event import EngineEvent
from strikeproof.sequencer.core.family import family_of_op, is_users
from strikeproof.sequencer.core.op import PreparedOp
from strikeproof.sequencer.core.op_preparation import prepare
from strikeproof.sequencer.core.ops.reports_op import ReportsOp
from strikeproof.sequencer.core.outcome import OpOutcome
from strikeproof.sequencer.core.rules.segment_charge import message_charge
from strikeproof.sequencer.core.user_op import UserOp
from strikeproof.sequencer.intake.submission import Submission
from strikeproof.sequencer.journal.journal_entry import (
    BatchOpened,
    BatchSealed,
    MessagesConsumed,
    SegmentOpened,
    encode_entry,
    encode_op,
)
from strikeproof.sequencer.order.batch_progress import BatchProgress
from strikeproof.sequencer.order.charge_rate import ChargeRates
from strikeproof.sequencer.order.message_runs import message_runs
from strikeproof.sequencer.order.sealed_batch import SealedBatch
from strikeproof.wire.constants import (
    BATCH_INBOX_MAX,
    SEGMENT_CHARGE_MAX,
)
from strikeproof.wire.errors import Result

MESSAGE_TIME_AT: Final = 21  # after kind and sender
MESSAGE_TIME_BYTES: Final = 6

# A header's time may lie BATCH_SPAN_MS (60 s) after the clock behind its batch's first segment or
# message. The message may be `message_age_ms_max` (30 s) older than the opening: the rest is this.
OPEN_MS_MAX: Final = 29_000

POST_WITHIN_MS: Final = 3 * 600_000  # three times the largest lag of the default deployment

_LATER: Final = frozenset(
    (int(Result.STALE_REPORT), int(Result.TOO_SOON), int(Result.STALE_ATTESTATION))
)
"""Codes of ops that a later segment may admit."""

UPKEEP_SHARE: Final = 8
"""Users' ops leave one part in so many of what L1 admits at once: a crash finds it free, whatever
they have spent before."""

NEVER_MS: Final = 2**48  # above every time that a header holds

MessagesFrom = Callable[[InboxLane, int], Sequence[bytes]]
"""A lane's messages from an index on that are deep enough in L1 to be consumed."""

LawAt = Callable[[int], bytes]
"""The id of the law of a batch whose header has this time, in milliseconds."""


@dataclass(frozen=True, slots=True)
class BatchPolicy:
    """When segments and batches end."""

    batch_ms: int = 2_000
    """Age at which a batch is sealed; at most OPEN_MS_MAX."""
    segment_ms: int = 250
    """Age at which a segment's time is too old for the next op."""
    family_wait_ms: int = 100
    """How long all but bundles waits for the end of a segment of another family before it ends
    that itself: what a price or a withdrawal can be later for it."""
    post_within_ms: int = POST_WITHIN_MS
    """From a batch's opening to the posting deadline that receipts promise."""
    funds_min_micro_usd: int = 1_000_000
    """An account with less collateral, and no position, ends no segment."""
    message_age_ms_max: int = 30_000
    """A batch whose first message would leave the clock further behind fixes its header's time."""


@dataclass(frozen=True, slots=True)
class OrderTerms:
    """What L1 says about the order: who may order, how fast, under which law, with what inbox."""

    sequencer_epoch: int
    rates: ChargeRates
    law_at: LawAt
    messages_from: MessagesFrom


class OrderResult(Enum):
    """What became of an op."""

    ACCEPTED = 1
    REFUSED = 2
    """The engine refuses it; `submission.outcome` says why."""
    NO_ROOM = 3
    """L1's rate admits no further segment yet: try again later."""
    SEGMENT_ENDED = 4
    """The segment was full, and upkeep waits for its end: order that first, then try again."""


@dataclass(frozen=True, slots=True)
class ConsumedMessage:
    """An inbox message that a batch executed: its number in the batch, and what it did."""

    batch: int
    number: int
    events: list[EngineEvent]


@dataclass(slots=True)
class CommitGroup:
    """What one journal frame makes durable, in order."""

    entries: list[bytes] = field(default_factory=list)
    accepted: list[Submission] = field(default_factory=list)
    messages: list[ConsumedMessage] = field(default_factory=list)
    sealed: list[SealedBatch] = field(default_factory=list)
    clock_ms: int = 0
    last_batch: int = 0
    """Number of the newest batch that was opened so far."""


def _time_of(message: bytes) -> int:
    """Return when a message entered the inbox."""
    time = message[MESSAGE_TIME_AT : MESSAGE_TIME_AT + MESSAGE_TIME_BYTES]
    return int.from_bytes(time, "big")


class Orderer:
    """The one owner of engine and batch progress."""

    def __init__(
        self,
        engine: Engine,
        progress: BatchProgress,
        terms: OrderTerms,
        policy: BatchPolicy,
    ) -> None:
        self.engine = engine
        self.progress = progress
        self.sequencer_epoch = terms.sequencer_epoch
        self._rates = terms.rates
        self._policy = policy
        self._law_at = terms.law_at
        self._messages_from = terms.messages_from
        self._group = CommitGroup()
        self._before: list[bytes] = []
        """Entries of a batch and segment that become real with their first op."""
        self._segment_ms = 0
        self._family = 0
        """The family of the open segment, or of the last one."""
        self._message_ms = NEVER_MS
        """From this header time on L1 admits a message that waits, and may insist on it."""
        self.another_family_waits = False
        """Whether a full segment of users' ops ends without a successor: another may come first."""
        self.batch_ms_least = 0
        """Batches are not sealed younger than this: L1 takes them no faster."""

    def resume(self) -> None:
        """Go on after a recovery: an open segment is ended, its time has passed."""
        if self.engine.segment_is_open:
            self._end_segment()

    def take_group(self) -> CommitGroup:
        """Return what was done since the last call."""
        group, self._group = self._group, CommitGroup()
        group.clock_ms = self.engine.clock_ms
        group.last_batch = self.progress.number
        return group

    @property
    def has_group(self) -> bool:
        """Whether there is anything to make durable."""
        return bool(self._group.entries)

    # --- ops ---

    @property
    def open_family(self) -> int:
        """The family of the open segment, 0 if none is."""
        return self._family if self.engine.segment_is_open else 0

    @property
    def ended_family(self) -> int:
        """The family of the last segment, if none is open; else 0."""
        return 0 if self.engine.segment_is_open else self._family

    def takes_family(self, family: int, since_ms: int, now_ms: int) -> bool:
        """Whether what waits of a family since then can be ordered without cutting another
        family's segment short, or has waited long enough to do so."""
        return (
            not self.engine.segment_is_open
            or self._family == family
            or now_ms - since_ms >= self._policy.family_wait_ms
            or self._is_old(now_ms)
        )

    def _is_old(self, now_ms: int) -> bool:
        return now_ms - self._segment_ms >= self._policy.segment_ms

    def order(self, submission: Submission, now_ms: int) -> OrderResult:
        """Order one op whose signers are known."""
        engine, prepared = self.engine, submission.prepared
        assert prepared is not None
        if not self.progress.is_open:
            self.consume(now_ms)
        if isinstance(prepared.decoded, ReportsOp) and (
            prepared.reporter_epoch != engine.reporter_epoch
        ):
            prepared = prepare(submission.data, engine.domain_separator, engine.reporter_epoch)
            submission.prepared = prepared
        code = engine.refusal(prepared, now_ms)
        if code:
            submission.outcome = OpOutcome(code, b"", [], False)
            return OrderResult.REFUSED
        if engine.segment_is_open and self._is_old(now_ms):
            self._end_segment()
        family = family_of_op(submission.data)
        if engine.segment_is_open and family != self._family:
            if not self._may_end_segment(prepared):
                submission.outcome = OpOutcome(Result.SEGMENT_FULL, b"", [], False)
                return OrderResult.REFUSED
            self._end_segment()
        while True:
            if not engine.segment_is_open and not self._begin_segment(family, now_ms):
                return OrderResult.NO_ROOM
            outcome = engine.apply(prepared)
            submission.outcome = outcome
            if outcome.is_ordered:
                break
            if not self._again(prepared, outcome.code, now_ms):
                return OrderResult.REFUSED
            if self.another_family_waits and is_users(family):
                return OrderResult.SEGMENT_ENDED
        self._accept(submission, outcome)
        return OrderResult.ACCEPTED

    def _again(self, prepared: PreparedOp, code: int, now_ms: int) -> bool:
        """Whether a refused op deserves another segment; ends the present one if so.

        Its signatures hold: the engine was asked before. Whoever has no money gets no segment.
        """
        if not self.engine.segment_op_count:
            self._abandon()
            return False
        later = code in _LATER and now_ms > self._segment_ms
        if (code == Result.SEGMENT_FULL or later) and self._may_end_segment(prepared):
            self._end_segment()
            return True
        return False

    def _may_end_segment(self, prepared: PreparedOp) -> bool:
        op = prepared.decoded
        if not isinstance(op, UserOp):  # a quorum's, or the node's own
            return True
        return self.engine.is_funded(op.account, self._policy.funds_min_micro_usd)

    def _accept(self, submission: Submission, outcome: OpOutcome) -> None:
        group, progress = self._group, self.progress
        if self._before:
            group.entries += self._before
            self._before = []
        assert submission.prepared is not None
        signers = submission.prepared.signers
        assert signers is not None
        ordered = submission.prepared.data
        group.entries.append(encode_op(ordered, signers))
        submission.batch = progress.number
        submission.segment = progress.segment_count - 1
        submission.index = self.engine.segment_op_count - 1
        submission.post_by_ms = progress.post_by_ms
        submission.op_hash = keccak256(ordered)
        submission.leaf_index = len(group.accepted)
        group.accepted.append(submission)

    # --- segments and batches ---

    def _begin_segment(self, family: int, now_ms: int) -> bool:
        """Open a segment, and a batch if none is open; False if the rate admits none.

        What a segment is charged is known at its end: it begins once the most that could be has
        room, and the next one counts what it was.
        """
        progress = self.progress
        time_ms = self._time_ms(now_ms)
        if progress.is_open and (
            not progress.takes_another_segment
            or time_ms - progress.opened_ms > OPEN_MS_MAX
            or time_ms >= self._message_ms
        ):
            self.seal()
        if not progress.is_open and self.consume(now_ms):
            time_ms = self._time_ms(now_ms)
        if not self._admitted(family, time_ms):
            wanted = progress.ordered_charge + self._wanted(family)
            if progress.is_open and wanted > self._rates.ordered.burst:
                self.seal()  # a batch takes no more than the bucket holds
            return False
        if not progress.is_open:
            self._open_batch(now_ms, 0, self._before)
        self._segment_ms, self._family = time_ms, family
        self._before.append(encode_entry(SegmentOpened(family, time_ms)))
        progress.segment_count += 1
        self.engine.begin_segment(family, time_ms)
        return True

    def _time_ms(self, now_ms: int) -> int:
        """A segment's time: never before the clock or the parent's header."""
        return max(now_ms, self.engine.clock_ms, self.progress.sealed_ms)

    def _admitted(self, family: int, time_ms: int) -> bool:
        progress = self.progress
        used = progress.ordered_charge if progress.is_open else 0
        elapsed_ms = time_ms - progress.sealed_ms
        room = self._rates.ordered.room(progress.ordered_level_milli, elapsed_ms)
        return used + self._wanted(family) <= room

    def _wanted(self, family: int) -> int:
        """Return the law-gas that must be free before a segment begins."""
        if not is_users(family):
            return SEGMENT_CHARGE_MAX
        segments = self._rates.ordered.burst // SEGMENT_CHARGE_MAX
        return SEGMENT_CHARGE_MAX * (1 + segments // UPKEEP_SHARE)

    def _open_batch(self, now_ms: int, header_time_ms: int, entries: list[bytes]) -> None:
        post_by_ms = now_ms + self._policy.post_within_ms
        number = self.progress.number + 1
        entry = BatchOpened(number, now_ms, self.sequencer_epoch, post_by_ms, header_time_ms)
        self.progress.open_batch(entry)
        entries.append(encode_entry(entry))

    def _end_segment(self) -> None:
        self.engine.end_segment()
        self.progress.end_segment(self.engine.segment_bytes)

    def _abandon(self) -> None:
        """Undo an empty segment, and its batch if it was opened for it."""
        self.engine.abandon_segment()
        self.progress.segment_count -= 1
        if not self.progress.segments:
            self.progress.is_open = False
            self.progress.number -= 1
        self._before = []

    def consume(self, now_ms: int) -> int:
        """Open a batch with the exits, then the messages that wait; return how many it took.

        No batch may be open: the inbox end of one is fixed. Messages so old that their time would
        leave the clock far behind need a header whose time is fixed before they are executed: such
        a batch is sealed at once.
        """
        progress, engine = self.progress, self.engine
        assert not progress.is_open
        time_ms = self._time_ms(now_ms)
        chosen: list[tuple[InboxLane, bytes]] = []
        left: list[tuple[InboxLane, bytes]] = []
        for lane in LANES:
            waiting = self._messages_from(lane, progress.lane(lane).next)
            admitted = self._admitted_messages(
                lane, waiting[: BATCH_INBOX_MAX - len(chosen)], time_ms
            )
            chosen += [(lane, message) for message in admitted]
            left += [(lane, message) for message in waiting[len(admitted) : len(admitted) + 1]]
        if not chosen:
            self._wait_for(left)
            return 0
        first_ms = min(_time_of(message) for _, message in chosen)
        behind_ms = time_ms - max(engine.clock_ms, first_ms)
        header_time_ms = time_ms if behind_ms > self._policy.message_age_ms_max else 0
        entries = self._group.entries
        self._open_batch(now_ms, header_time_ms, entries)
        for lane in LANES:
            for run in message_runs([message for of, message in chosen if of is lane]):
                consumed = MessagesConsumed(lane, progress.lane(lane).next, run)
                entries.append(encode_entry(consumed))
                result = engine.apply_messages(run, header_time_ms or None)
                for number, outcome in enumerate(result.outcomes, progress.message_count):
                    done = ConsumedMessage(progress.number, number, outcome.events)
                    self._group.messages.append(done)
                progress.consume(lane, run)
        if header_time_ms or left:
            self.seal()
        self._wait_for(left)
        return len(chosen)

    def _wait_for(self, left: Sequence[tuple[InboxLane, bytes]]) -> None:
        """Note when L1 admits one of the messages that were left, the next of each lane: no batch
        without it may have a header of that time, for the message may be due."""
        self._message_ms = NEVER_MS
        for lane, message in left:
            level, charge = self.progress.lane(lane).level_milli, message_charge(message)
            admitted_ms = self.progress.sealed_ms + self._rates.inbox.wait_ms(level, charge)
            self._message_ms = min(self._message_ms, admitted_ms)

    def _admitted_messages(
        self, lane: InboxLane, waiting: Sequence[bytes], time_ms: int
    ) -> Sequence[bytes]:
        """Return as many of a lane's messages as L1's rate admits now."""
        progress = self.progress
        elapsed_ms = time_ms - progress.sealed_ms
        room = self._rates.inbox.room(progress.lane(lane).level_milli, elapsed_ms)
        for count, message in enumerate(waiting):
            room -= message_charge(message)
            if room < 0:
                return waiting[:count]
        return waiting

    def is_due(self, now_ms: int) -> bool:
        """Whether the open batch is old enough to be sealed."""
        batch_ms = min(max(self._policy.batch_ms, self.batch_ms_least), OPEN_MS_MAX)
        return self.progress.is_open and (
            now_ms - self.progress.opened_ms >= batch_ms or now_ms >= self._message_ms
        )

    def seal(self) -> None:
        """Close the open batch. Its header's time is the clock, unless it was fixed."""
        if self.engine.segment_is_open:
            self._end_segment()
        progress = self.progress
        time_ms = progress.header_time_ms or max(self.engine.clock_ms, progress.sealed_ms)
        progress.seal(time_ms, self._rates)
        entry = BatchSealed(time_ms, self._law_at(time_ms))
        self._group.entries.append(encode_entry(entry))
        self._group.sealed.append(SealedBatch(progress.number, time_ms, progress.opened_ms))
