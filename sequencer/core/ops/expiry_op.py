"""What ops on one expiry share: its records, touched."""

from __future__ import annotations

from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.expiry import Expiry
from strikeproof.sequencer.core.margin import touch_mark


def is_listed(state: EngineState, id: int) -> bool:
    """Whether there is an expiry of this id."""
    return 0 < id < state.venue.next_expiry


def touch_expiry(state: EngineState, expiry: Expiry) -> None:
    """Touch an expiry, and the mark of its future with its underlying, or its underlying alone."""
    meter = state.meter
    if expiry.touched != meter.stamp:
        meter.touch(expiry)
    if expiry.future:
        mark = state.instruments[expiry.future].mark
        if mark.touched != meter.stamp:
            touch_mark(meter, mark)
    elif expiry.underlying.touched != meter.stamp:
        meter.touch(expiry.underlying)


def mark_future(state: EngineState, expiry: Expiry) -> None:
    """Let the mark of an expiry's future follow it."""
    if expiry.future:
        expiry.mark_future(state.instruments[expiry.future].mark)
