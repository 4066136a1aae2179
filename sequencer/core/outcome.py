"""What executing ops and segments returns."""

from dataclasses import dataclass, field

from strikeproof.sequencer.core.engine_event import EngineEvent
from strikeproof.sequencer.core.record_key import ID_BITS
from strikeproof.sequencer.core.weight import Touchable


class OpOutcome:
    """What became of one op (or inbox message).

    `code` is its result; `action_codes` the further bytes of a Bundle with code OK. `is_ordered`
    says whether the op is part of the segment: if not, nothing at all changed, neither state nor
    weights, and the op must not appear in the ordered bytes.
    """

    __slots__ = ("action_codes", "code", "events", "is_ordered")

    def __init__(
        self, code: int, action_codes: bytes, events: list[EngineEvent], is_ordered: bool
    ) -> None:
        self.code = code
        self.action_codes = action_codes
        self.events = events
        self.is_ordered = is_ordered

    @property
    def results(self) -> bytes:
        """The result bytes that the law gives for this op."""
        return bytes((self.code,)) + self.action_codes

    def __repr__(self) -> str:
        return (
            f"OpOutcome(code={self.code}, action_codes={list(self.action_codes)}, "
            f"is_ordered={self.is_ordered}, events={self.events})"
        )


@dataclass(frozen=True, slots=True)
class SegmentResult:
    """What a segment did: everything that the law returns, and more.

    `root`: state root afterwards (empty without a forest, or where a replay leaves roots out).
    `changed`: the records whose bytes differ from before, by rising key (none without a forest).
    `advice`: the predecessor slots that the law will ask for, in order of use. `hash_count`: keccak
    calls that the root took. `is_void`: the segment passed its declaration; it has no outcomes, and
    nothing changed but the clock.
    """

    root: bytes
    results: bytes
    compute_weight: int
    witness_weight: int
    changed: tuple[tuple[int, bytes], ...]
    advice: tuple[int, ...]
    outcomes: list[OpOutcome] = field(repr=False)
    clock_ms: int
    hash_count: int
    touched_records: list[Touchable] = field(repr=False)
    is_void: bool = False

    @property
    def touched(self) -> tuple[int, ...]:
        """Keys of the records that the segment touched, absent ones too, ascending."""
        return tuple(sorted([r.KIND << ID_BITS | r.id for r in self.touched_records]))
