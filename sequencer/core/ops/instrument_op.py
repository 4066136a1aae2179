"""What ops on one instrument share: their body, that nobody signs, and the touches of its
records."""

from __future__ import annotations

from typing import Final, Self

from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.instrument import Instrument
from strikeproof.sequencer.core.margin import touch_mark
from strikeproof.sequencer.core.op import UnsignedOp
from strikeproof.wire.errors import Result

ID_BYTES: Final = 2


def read_id(body: bytes) -> int | None:
    """Return the number of an instrument or underlying that is a whole body, None if it is not."""
    return int.from_bytes(body, "big") if len(body) == ID_BYTES else None


class InstrumentOp(UnsignedOp):
    """An op whose whole body is the number of an instrument."""

    __slots__ = ("instrument",)

    def __init__(self, instrument: int) -> None:
        self.instrument = instrument

    @classmethod
    def decode(cls, body: bytes, signature_may_lack: bool) -> Self | Result:
        """Return the op of a body, else MALFORMED. It bears no signature."""
        instrument = read_id(body)
        return Result.MALFORMED if instrument is None else cls(instrument)


def touched_instrument(state: EngineState, id: int) -> Instrument | None:
    """Return an instrument, touching it, its mark and its underlying; None if there is none."""
    if not 0 < id < state.venue.next_instrument:
        return None
    meter = state.meter
    instrument = state.instruments[id]
    if instrument.touched != meter.stamp:
        meter.touch_instrument(instrument)
    if instrument.mark.touched != meter.stamp:
        touch_mark(meter, instrument.mark)
    return instrument
