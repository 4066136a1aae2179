"""ExpirySample: the index joins the average of an expiry's last half hour.

Source: docs/protocol/expiries.md, samples.
"""

from __future__ import annotations

from typing import ClassVar, Self

from strikeproof.sequencer.core.engine_event import ExpirySampled
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.op import PreparedOp, UnsignedOp
from strikeproof.sequencer.core.ops.expiry_op import is_listed, mark_future, touch_expiry
from strikeproof.sequencer.core.ops.instrument_op import read_id
from strikeproof.sequencer.core.outcome import OpOutcome
from strikeproof.sequencer.core.rules.future_mark import since_last, window_start
from strikeproof.wire.constants import COMPUTE_PRICE, SAMPLE_SPACING_MS, OpType
from strikeproof.wire.errors import Result


class ExpirySample(UnsignedOp):
    """One expiry."""

    TYPE: ClassVar[OpType] = OpType.EXPIRY_SAMPLE
    __slots__ = ("expiry",)

    def __init__(self, expiry: int) -> None:
        self.expiry = expiry

    @classmethod
    def decode(cls, body: bytes, signature_may_lack: bool) -> Self | Result:
        """Return the op of a body, else MALFORMED. It bears no signature."""
        expiry = read_id(body)
        return Result.MALFORMED if expiry is None else cls(expiry)

    def execute(self, state: EngineState, prepared: PreparedOp, sender: bytes) -> OpOutcome:
        """Take the sample. Ordered if that succeeded."""
        code = self._take(state)
        return OpOutcome(code, b"", state.events, code == Result.OK)

    def _take(self, state: EngineState) -> Result:
        if not state.meter.reserve_fits(COMPUTE_PRICE, underlyings=1, marks=1, expiries=1):
            return Result.SEGMENT_FULL
        state.meter.compute += COMPUTE_PRICE
        if not is_listed(state, self.expiry):
            return Result.UNKNOWN_EXPIRY
        expiry = state.expiries[self.expiry]
        touch_expiry(state, expiry)
        now_ms, underlying = state.now_ms, expiry.underlying
        if expiry.settlement:
            return Result.INSTRUMENT_SETTLED
        if state.venue.clock_ms > expiry.expiry_ms:
            return Result.EXPIRY_CLOSED
        if now_ms <= window_start(expiry.expiry_ms):
            return Result.NOT_EXPIRED
        if not underlying.index_price:
            return Result.NO_PRICE
        if underlying.stale_after_ms < now_ms or underlying.publish_time_ms > now_ms:
            return Result.STALE_PRICE
        if since_last(expiry.samples, expiry.expiry_ms, now_ms) < SAMPLE_SPACING_MS:
            return Result.TOO_SOON
        expiry.samples = expiry.samples.with_index(underlying.index_price, expiry.expiry_ms, now_ms)
        mark_future(state, expiry)
        state.events.append(ExpirySampled(expiry=expiry.id, covered_ms=expiry.samples.covered_ms))
        return Result.OK
