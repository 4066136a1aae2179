"""The engine: state, and the one way in which it changes.

The laws (contracts/src/families/) and this engine agree on every input. Pure: no I/O, no clock, no
randomness; one owner, no threads. Source: docs/protocol/.

A segment's clock is max(clock, min(max(t, header - BATCH_SPAN_MS), header)). Live, there is no
header yet: without `header_time_ms` it is max(clock, t). That is the same if the batch's header
time is no earlier than its segments and messages, and at most BATCH_SPAN_MS after the first's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from strikeproof.sequencer.core import (
    inbox_message,
    op_preparation,
    op_refusal,
    portfolio_queries,
    snapshot,
    state_queries,
)
from strikeproof.sequencer.core.auction_queries import AuctionQueries
from strikeproof.sequencer.core.block_queries import BlockQueries
from strikeproof.sequencer.core.engine_event import EngineEvent
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.family import FAMILIES, NO_FAMILY, ORDERED_FAMILIES, message_family
from strikeproof.sequencer.core.forest import Forest
from strikeproof.sequencer.core.global_record import GlobalRecord
from strikeproof.sequencer.core.law_input import MessageInput, read_input
from strikeproof.sequencer.core.message_table import MESSAGES
from strikeproof.sequencer.core.op import PreparedOp
from strikeproof.sequencer.core.op_preparation import assemble, prepare, read_ordered_op
from strikeproof.sequencer.core.outcome import OpOutcome, SegmentResult
from strikeproof.sequencer.core.record_key import ID_BITS
from strikeproof.sequencer.core.rules.segment_charge import MOST, Weights, declaration
from strikeproof.sequencer.core.segment_undo import SavingMeter
from strikeproof.sequencer.core.snapshot import BadSnapshot
from strikeproof.sequencer.core.state_view import (
    AccountView,
    BookView,
    ExpiryView,
    InstrumentView,
    OrderView,
    PortfolioView,
    SessionView,
    TriggerView,
    UnderlyingView,
    VenueView,
)
from strikeproof.sequencer.core.upkeep_queries import UpkeepQueries
from strikeproof.wire.constants import (
    BATCH_SPAN_MS,
    COMPUTE_OP,
    SEGMENT_BYTES_MAX,
    SEGMENT_OPS_MAX,
    VOID_WEIGHT,
    MessageKind,
    SegmentFamily,
)
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import SEGMENT_HEAD_BYTES, encode_segment
from strikeproof.wire.units import Milliseconds

__all__ = ["BadSnapshot", "Engine", "PreparedOp", "assemble", "prepare"]

_INBOX: Final = int(SegmentFamily.INBOX)
_USER_OP: Final = int(MessageKind.USER_OP)


class Engine:
    """The state of the venue, and its transition.

    Ordering ops live: `begin_segment`, `apply` for each op, `end_segment`. An op whose outcome is
    not `is_ordered` left no trace; on SEGMENT_FULL end the segment, begin another, apply it again.
    A segment's family is fixed when it begins: ops of another are refused with WRONG_FAMILY.
    """

    __slots__ = (
        "_clock_before_ms",
        "_family",
        "_forest",
        "_is_open",
        "_is_staging",
        "_ops",
        "_ops_bytes",
        "_outcomes",
        "_root",
        "_state",
        "_time",
    )

    def __init__(self, state: EngineState, forest: Forest | None) -> None:
        self._state = state
        self._forest = forest
        self._root = b"" if forest is None else forest.root()
        self._is_open = False
        self._is_staging = False
        self._clock_before_ms = 0
        self._family = 0
        self._time = 0
        self._ops: list[bytes] = []
        self._ops_bytes = 0
        self._outcomes: list[OpOutcome] = []

    @classmethod
    def genesis(cls, domain_separator: bytes, *, with_forest: bool = True) -> Engine:
        """Return the engine at genesis. Without a forest: no roots, no proofs, no `changed`."""
        return cls._of_state(EngineState(GlobalRecord(domain_separator)), with_forest)

    @classmethod
    def restore(cls, data: bytes, *, with_forest: bool = True) -> Engine:
        """Return the engine of a snapshot. Raises `BadSnapshot`; integrity is the caller's."""
        return cls._of_state(snapshot.decode(list(snapshot.read_records(data))), with_forest)

    @classmethod
    def _of_state(cls, state: EngineState, with_forest: bool) -> Engine:
        if not with_forest:
            return cls(state, None)
        forest = Forest()
        forest.update(snapshot.records_of(state))
        return cls(state, forest)

    def snapshot(self) -> bytes:
        """Return the state's bytes (every record by rising key). Not inside a segment."""
        assert not self._is_open, "a segment is open"
        return snapshot.encode(self._state)

    def state_root(self) -> bytes:
        """Return the state root as of the last ended segment."""
        assert self._forest is not None, "no forest"
        assert not self._is_staging, "roots are left out"
        return self._root

    def leave_out_roots(self) -> None:
        """End segments without a root, ten times as fast, until `resume_roots`. For replays."""
        self._is_staging = True

    def resume_roots(self) -> bytes:
        """Return the state root, and give segments theirs again."""
        if self._is_staging:
            assert self._forest is not None, "no forest"
            self._is_staging = False
            self._forest.commit()
            self._root = self._forest.root()
        return self.state_root()

    # --- transition ---

    def _open(self) -> None:
        assert not self._is_open, "a segment is open"
        state = self._state
        venue = state.venue
        state.meter.begin()
        state.meter.touch(venue)
        self._clock_before_ms = venue.clock_ms
        state.advice = []
        state.action_index = 0
        self._outcomes = []
        self._is_open = True

    def _move_clock(self, time_ms: int, header_time_ms: int | None) -> None:
        state = self._state
        venue = state.venue
        if header_time_ms is not None:
            time_ms = min(max(time_ms, header_time_ms - BATCH_SPAN_MS), header_time_ms)
        if time_ms > venue.clock_ms:
            venue.clock_ms = time_ms
        state.now_ms = venue.clock_ms

    def begin_segment(
        self, family: int, segment_time_ms: int, header_time_ms: int | None = None
    ) -> None:
        """Open a segment of a family's ordered ops; its time moves the clock (see the module)."""
        assert 0 < family < _INBOX, "inbox messages come one by one"
        self._open()
        self._move_clock(segment_time_ms, header_time_ms)
        self._family = family
        self._time = segment_time_ms
        self._ops = []
        self._ops_bytes = 0

    def apply(self, op: PreparedOp, *, keep_refused: bool = False) -> OpOutcome:
        """Execute one op in the open segment.

        An op that the rules refuse before they mark its nonce (or, for a system op, before it
        takes effect) is left out of the segment: `is_ordered` is False, its code says why, nothing
        changed. So is one that would not fit the segment's ops, bytes or weights (SEGMENT_FULL).
        With `keep_refused` a refused op is ordered as a no-op with a code, as the law sees it,
        while its weight fits: a segment that passes what it may declare is void.
        """
        assert self._is_open, "no segment is open"
        size = self._ops_bytes + len(op.data)
        if len(self._ops) >= SEGMENT_OPS_MAX or size + SEGMENT_HEAD_BYTES > SEGMENT_BYTES_MAX:
            return OpOutcome(Result.SEGMENT_FULL, b"", [], False)
        meter = self._state.meter
        mark = (len(meter.log), meter.witness, meter.compute)
        outcome = self._execute(op, b"")
        if outcome.is_ordered or (keep_refused and self._is_within(MOST)):
            outcome.is_ordered = True
            self._ops.append(op.data)
            self._ops_bytes = size
            self._outcomes.append(outcome)
            return outcome
        meter.undo_to(*mark)
        if keep_refused:
            return OpOutcome(Result.SEGMENT_FULL, b"", [], False)
        return outcome

    def _is_within(self, declared: Weights) -> bool:
        meter = self._state.meter
        return not Weights(meter.compute, meter.witness).passes(declared)

    def _execute(self, op: PreparedOp, sender: bytes) -> OpOutcome:
        """Execute an op; `is_ordered` says whether it had an effect, if only a used nonce."""
        state = self._state
        state.meter.compute += COMPUTE_OP
        events: list[EngineEvent] = []
        state.events = events
        family = (FAMILIES if sender else ORDERED_FAMILIES)[op.data[0]]
        if family != self._family:
            code = Result.WRONG_FAMILY if family != NO_FAMILY else Result.UNKNOWN_TYPE
            return OpOutcome(code, b"", events, False)
        decoded = op.decoded
        if isinstance(decoded, int):  # a Result; to ask for an enumeration costs 100 ns more
            return OpOutcome(decoded, b"", events, False)
        return decoded.execute(state, op, sender)

    def abandon_segment(self) -> None:
        """Close a segment that holds no op as if it had never been opened."""
        assert self._is_open and not self._outcomes, "no segment is open, or it holds ops"
        self._is_open = False
        self._state.venue.clock_ms = self._clock_before_ms
        self._state.meter.begin()

    def end_segment(self, is_void: bool = False) -> SegmentResult:
        """Close the segment, update the forest, return what the law would return."""
        assert self._is_open, "no segment is open"
        self._is_open = False
        state = self._state
        meter = state.meter
        state.note_touched()
        changed: list[tuple[int, bytes]] = []
        hash_count = 0
        if (forest := self._forest) is not None:
            before = forest.hash_count
            log = sorted([(record.KIND << ID_BITS | record.id, record) for record in meter.log])
            records = [(key, record.encode()) for key, record in log if record.words]
            if self._is_staging:
                changed = forest.stage(records)
                self._root = b""
            else:
                changed = forest.update(records)
                self._root = forest.root()
            hash_count = forest.hash_count - before
        return SegmentResult(
            self._root,
            b"".join([bytes((each.code,)) + each.action_codes for each in self._outcomes]),
            meter.compute,
            meter.witness,
            tuple(changed),
            tuple(state.advice),
            self._outcomes,
            state.venue.clock_ms,
            hash_count,
            meter.log,
            is_void,
        )

    def apply_message(self, message: bytes, header_time_ms: int | None = None) -> SegmentResult:
        """Execute a message in a segment of its own. Raises `ValueError` for a cut-off head."""
        return self.apply_messages((message,), header_time_ms)

    def apply_messages(
        self, messages: Sequence[bytes], header_time_ms: int | None = None
    ) -> SegmentResult:
        """Execute messages that share a segment, each at its own time."""
        self._open()
        for message in messages:
            self._execute_message(message, inbox_message.decode_message(message), header_time_ms)
        return self.end_segment()

    def _execute_message(
        self, message: bytes, decoded: inbox_message.InboxMessage, header_time_ms: int | None
    ) -> None:
        state = self._state
        self._family = message_family(message)
        self._move_clock(decoded.time_ms, header_time_ms)
        state.now_ms = decoded.time_ms
        if decoded.kind == _USER_OP:
            self._outcomes.append(self._execute_user_op(decoded))
        else:
            state.meter.compute += COMPUTE_OP
            state.events = []
            execute = MESSAGES.get(decoded.kind)
            code = Result.UNKNOWN_TYPE if execute is None else execute(state, decoded.payload)
            self._outcomes.append(OpOutcome(code, b"", state.events, True))

    def _execute_user_op(self, message: inbox_message.InboxMessage) -> OpOutcome:
        try:
            op = op_preparation.read_forced_op(message.payload)
        except ValueError:
            self._state.meter.compute += COMPUTE_OP
            self._state.events = []
            return OpOutcome(Result.MALFORMED, b"", self._state.events, True)
        outcome = self._execute(op, message.sender)
        outcome.is_ordered = True
        return outcome

    def execute_segment(self, segment: bytes) -> SegmentResult:
        """Execute a law input (docs/protocol/segments.md), garbage included.

        Ordered ops are judged by what their segment declares: `is_void` if they pass it. Raises
        `ValueError` for what L1 never frames (`law_input.py`).
        """
        given = read_input(segment)
        if isinstance(given, MessageInput):
            return self.apply_messages(given.messages, given.header_time_ms)
        state = self._state
        usual = state.meter
        saving = SavingMeter(usual.stamp)
        state.meter = saving
        self.begin_segment(given.family, given.time_ms, given.header_time_ms)
        is_void = not self._execute_ops(given.ops, given.declared)
        if is_void:
            saving.undo_segment()
            saving.begin()
            saving.touch(state.venue)
            saving.compute = saving.witness = VOID_WEIGHT
            state.advice = []
            self._outcomes = []
        result = self.end_segment(is_void)
        usual.stamp = saving.stamp
        state.meter = usual
        return result

    def _execute_ops(self, ops: list[bytes], declared: Weights) -> bool:
        """Execute ops that others ordered; return whether they kept to what is declared."""
        for data in ops:
            outcome = self._execute(read_ordered_op(data), b"")
            if not self._is_within(declared):
                return False
            outcome.is_ordered = True
            self._ops.append(data)
            self._outcomes.append(outcome)
            self._ops_bytes += len(data)
        return self._is_within(declared)

    # --- the open segment ---

    @property
    def segment_is_open(self) -> bool:
        """Whether a segment is open."""
        return self._is_open

    @property
    def segment_op_count(self) -> int:
        """Ops ordered in the open segment."""
        return len(self._ops)

    @property
    def segment_bytes(self) -> bytes:
        """The open (or last) segment as a batch holds it, with what it declares."""
        meter = self._state.meter
        declared = declaration(Weights(meter.compute, meter.witness))
        return encode_segment(
            family=self._family,
            time_ms=Milliseconds(self._time),
            declared_compute=declared.compute,
            declared_witness=declared.witness,
            ops=self._ops,
        )

    # --- reads: they show the running state, ops of an open segment included ---

    @property
    def clock_ms(self) -> int:
        """The state's clock."""
        return self._state.venue.clock_ms

    @property
    def domain_separator(self) -> bytes:
        """The EIP-712 domain that ops are signed over."""
        return self._state.venue.domain_separator

    @property
    def reporter_epoch(self) -> int:
        """The epoch that reporters sign over."""
        return self._state.venue.reporter_epoch

    def venue(self) -> VenueView:
        """Return the global record."""
        return state_queries.venue(self._state)

    def account(self, account: int) -> AccountView | None:
        """Return an account with its margin, None if there is none."""
        return state_queries.account(self._state, account)

    def portfolio(self, account: int) -> PortfolioView | None:
        """Return what portfolio margin would ask for, None if it knows no figure for it."""
        return portfolio_queries.portfolio(self._state, account)

    def session(self, account: int, slot: int) -> SessionView | None:
        """Return a session slot of an account, None if it was never set."""
        return state_queries.session(self._state, account, slot)

    def accounts_of(self, owner: bytes) -> tuple[int, ...]:
        """Return the ids of an address's accounts, ascending. The first call looks at all."""
        return tuple(self._state.accounts_of(owner))

    def orders_of(self, account: int) -> tuple[OrderView, ...]:
        """Return the account's live orders, by instrument and slot."""
        return state_queries.orders_of(self._state, account)

    def triggers_of(self, account: int) -> tuple[TriggerView, ...]:
        """Return the triggers of an account's entries, by instrument and place."""
        return state_queries.triggers_of(self._state, account)

    def order(self, instrument: int, slot: int) -> OrderView | None:
        """Return the linked order in a slot, None if there is none."""
        return state_queries.order(self._state, instrument, slot)

    def book(self, instrument: int, depth: int = 2**18) -> BookView | None:
        """Return up to `depth` live levels of each side, None if there is no such instrument."""
        return state_queries.book(self._state, instrument, depth)

    def book_orders(self, instrument: int) -> tuple[OrderView, ...]:
        """Return every live order: bids best first, then asks best first."""
        return tuple(state_queries.live(self._state, instrument))

    def unreported_orders(self, instrument: int) -> tuple[OrderView, ...]:
        """Return the linked orders that died by time or settlement: their Removed is to come."""
        return tuple(state_queries.unreported(self._state, instrument))

    def cancel_times(self) -> dict[int, int]:
        """Return the cancel-at times of all accounts that have one."""
        return state_queries.cancel_times(self._state)

    def slot_count(self, instrument: int) -> int:
        """Return the slots that an instrument's orders have used so far, the filler 0 included."""
        return len(self._state.instruments[instrument].orders)

    def gone_slots(self, instrument: int, first: int, count: int, now_ms: int) -> list[int]:
        """Return which of `count` slots from `first` on hold orders that are gone at `now_ms`."""
        return op_refusal.gone_slots(self._state, instrument, first, count, now_ms)

    def refusal(self, op: PreparedOp, now_ms: int) -> Result:
        """Return why any segment would refuse an op now, or OK. Judges no signature."""
        return op_refusal.refusal(self._state, op, now_ms)

    def blocks(self) -> BlockQueries:
        """Return queries of what a block trade would come to."""
        return BlockQueries(self._state)

    def auctions(self) -> AuctionQueries:
        """Return what can be said of auctions."""
        return AuctionQueries(self._state)

    def is_funded(self, account: int, least_micro_usd: int) -> bool:
        """Whether an account holds this much collateral, or has a position or orders."""
        return op_refusal.is_funded(self._state, account, least_micro_usd)

    def instrument(self, instrument: int) -> InstrumentView | None:
        """Return an instrument, None if there is none."""
        return state_queries.instrument(self._state, instrument)

    def instruments(self) -> tuple[InstrumentView, ...]:
        """Return all instruments by id."""
        return state_queries.instruments(self._state)

    def underlying(self, underlying: int) -> UnderlyingView | None:
        """Return an underlying, None if there is none."""
        return state_queries.underlying(self._state, underlying)

    def underlyings(self) -> tuple[UnderlyingView, ...]:
        """Return all underlyings by id."""
        return state_queries.underlyings(self._state)

    def expiries(self) -> tuple[ExpiryView, ...]:
        """Return all expiries by id."""
        return state_queries.expiries(self._state)

    def upkeep(self) -> UpkeepQueries:
        """Return queries of which upkeep is due. Collects touched accounts from now on."""
        return UpkeepQueries(self._state)

    def record(self, key: int) -> bytes:
        """Return a record's bytes, or none."""
        return state_queries.record(self._state, key)

    def prove(self, *keys: int) -> bytes:
        """Return the multiproof of keys, between segments. Raises `ValueError` for a bad key."""
        assert self._forest is not None, "no forest"
        assert not self._is_open, "a segment is open"
        return self._forest.prove(keys)
