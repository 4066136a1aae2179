"""The engine: state, and the one way in which it changes.

The law (contracts/src/StateTransition.sol) and this engine agree on every input. Pure: no I/O, no
clock, no randomness; one owner, no threads. Source: docs/protocol.md.

Header time. A segment's clock is max(clock, min(max(t, header - BATCH_SPAN_MS), header)). Live, the
header does not exist yet: leave `header_time_ms` out, and the clock becomes max(clock, t). That is
the same number whenever t <= header and (t or the clock before) >= header - BATCH_SPAN_MS, so the
batcher must choose a header time no earlier than any of its segments and messages, and no later
than BATCH_SPAN_MS after the clock behind its first segment or message.
"""

from __future__ import annotations

from sequencer.core.outcome import OpOutcome, SegmentResult
from sequencer.core.prepared import PreparedOp, assemble, prepare
from sequencer.core.view import (
    AccountView,
    BookView,
    InstrumentView,
    OrderView,
    SessionView,
    UnderlyingView,
    VenueView,
)

__all__ = ["Engine", "PreparedOp", "assemble", "prepare"]


class Engine:
    """The state of the venue, and its transition.

    Ordering ops live: `begin_segment`, `apply` for each op, `end_segment`. An op whose outcome is
    not `is_ordered` left no trace; on SEGMENT_FULL end the segment, begin another, apply it again.
    """

    @classmethod
    def genesis(cls, domain_separator: bytes, *, with_forest: bool = True) -> Engine:
        """Return the engine at genesis. Without a forest there are no roots, proofs or `changed`."""
        raise NotImplementedError

    @classmethod
    def restore(cls, snapshot: bytes, *, with_forest: bool = True) -> Engine:
        """Return the engine of a snapshot. Raises `BadSnapshot`; integrity is the caller's."""
        raise NotImplementedError

    def snapshot(self) -> bytes:
        """Return the state's bytes (every record by rising key). Not inside a segment."""
        raise NotImplementedError

    def state_root(self) -> bytes:
        """Return the state root as of the last ended segment."""
        raise NotImplementedError

    # --- transition ---

    def begin_segment(self, segment_time_ms: int, header_time_ms: int | None = None) -> None:
        """Open a segment of ordered ops; its time moves the clock (see the module's text)."""
        raise NotImplementedError

    def apply(self, op: PreparedOp, *, keep_refused: bool = False) -> OpOutcome:
        """Execute one op in the open segment.

        An op that the rules refuse before they mark its nonce (or, for a system op, before it
        takes effect) is left out of the segment: `is_ordered` is False, its code says why, nothing
        changed. So is one that would not fit the segment's ops, bytes or weights (SEGMENT_FULL).
        With `keep_refused` a refused op is ordered as a no-op with a code, as the law sees it.
        """
        raise NotImplementedError

    def end_segment(self) -> SegmentResult:
        """Close the segment, update the forest, return what the law would return."""
        raise NotImplementedError

    def apply_message(
        self, message: bytes, header_time_ms: int | None = None, op: PreparedOp | None = None
    ) -> SegmentResult:
        """Execute an inbox message (kind, sender, time, payload) in a segment of its own.

        `op`: the prepared op of a USER_OP message if a worker has recovered its signer already.
        """
        raise NotImplementedError

    def execute_segment(self, segment: bytes) -> SegmentResult:
        """Execute section 3 input (0x00 or 0x01, header time, ...), garbage included.

        Raises `ValueError` if the bytes are too short to be an input at all.
        """
        raise NotImplementedError

    # --- the open segment ---

    @property
    def segment_is_open(self) -> bool:
        """Whether a segment is open."""
        raise NotImplementedError

    @property
    def segment_op_count(self) -> int:
        """Ops ordered in the open segment."""
        raise NotImplementedError

    @property
    def segment_bytes(self) -> bytes:
        """The open (or last) segment as a batch holds it: time u48, then its ordered ops."""
        raise NotImplementedError

    # --- reads ---

    @property
    def clock_ms(self) -> int:
        """The state's clock."""
        raise NotImplementedError

    @property
    def domain_separator(self) -> bytes:
        """The EIP-712 domain that ops are signed over."""
        raise NotImplementedError

    @property
    def reporter_epoch(self) -> int:
        """The epoch that reporters sign over."""
        raise NotImplementedError

    def venue(self) -> VenueView:
        """Return the global record."""
        raise NotImplementedError

    def account(self, account: int) -> AccountView | None:
        """Return an account with its margin, None if there is none."""
        raise NotImplementedError

    def accounts_of(self, owner: bytes) -> tuple[int, ...]:
        """Return the ids of an address's accounts, ascending."""
        raise NotImplementedError

    def session(self, account: int, slot: int) -> SessionView | None:
        """Return a session slot of an account, None if it was never set."""
        raise NotImplementedError

    def orders_of(self, account: int) -> tuple[OrderView, ...]:
        """Return the account's live orders, by instrument and slot."""
        raise NotImplementedError

    def order(self, instrument: int, slot: int) -> OrderView | None:
        """Return the linked order in a slot, None if there is none."""
        raise NotImplementedError

    def book(self, instrument: int, depth: int = 2**18) -> BookView | None:
        """Return up to `depth` live levels of each side, None if there is no such instrument."""
        raise NotImplementedError

    def book_orders(self, instrument: int) -> tuple[OrderView, ...]:
        """Return every live order: bids best first, then asks best first."""
        raise NotImplementedError

    def dead_orders(self, instrument: int, limit: int) -> tuple[int, ...]:
        """Return up to `limit` slots of dead orders: food for a Sweep."""
        raise NotImplementedError

    def instrument(self, instrument: int) -> InstrumentView | None:
        """Return an instrument, None if there is none."""
        raise NotImplementedError

    def instruments(self) -> tuple[InstrumentView, ...]:
        """Return all instruments by id."""
        raise NotImplementedError

    def underlying(self, underlying: int) -> UnderlyingView | None:
        """Return an underlying, None if there is none."""
        raise NotImplementedError

    def underlyings(self) -> tuple[UnderlyingView, ...]:
        """Return all underlyings by id."""
        raise NotImplementedError

    def record(self, key: int) -> bytes:
        """Return a record's bytes, empty if there is none. Not inside a segment."""
        raise NotImplementedError

    def prove(self, *keys: int) -> bytes:
        """Return the multiproof of the keys (section 9) against `state_root()`: bitmap length,
        bitmap, siblings. Not inside a segment."""
        raise NotImplementedError
