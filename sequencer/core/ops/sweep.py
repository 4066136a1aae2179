"""Sweep: anyone's removal of orders that are gone, by slot."""

from __future__ import annotations

from struct import Struct
from typing import ClassVar, Final, Self

from strikeproof.sequencer.core.book_changes import free_if_empty, remove
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.gone_order import why_gone
from strikeproof.sequencer.core.instrument import Instrument
from strikeproof.sequencer.core.margin import touch_mark
from strikeproof.sequencer.core.op import PreparedOp, UnsignedOp
from strikeproof.sequencer.core.order_book import LINKED
from strikeproof.sequencer.core.outcome import OpOutcome
from strikeproof.wire.constants import COMPUTE_SWEEP, SWEEP_MAX, OpType
from strikeproof.wire.errors import Result

_HEAD: Final = Struct(">HB")  # instrument, count; then the slots
_SLOT_BYTES: Final = 4


class Sweep(UnsignedOp):
    """Slots of an instrument that may hold orders which are gone."""

    TYPE: ClassVar[OpType] = OpType.SWEEP
    __slots__ = ("instrument", "slots")

    def __init__(self, instrument: int, slots: list[int]) -> None:
        self.instrument = instrument
        self.slots = slots

    @classmethod
    def decode(cls, body: bytes, signature_may_lack: bool) -> Self | Result:
        """Return the op of a body, else MALFORMED. It bears no signature."""
        if len(body) < _HEAD.size:
            return Result.MALFORMED
        instrument, count = _HEAD.unpack_from(body)
        if not 1 <= count <= SWEEP_MAX or len(body) != _HEAD.size + _SLOT_BYTES * count:
            return Result.MALFORMED
        starts = range(_HEAD.size, len(body), _SLOT_BYTES)
        return cls(
            instrument, [int.from_bytes(body[at : at + _SLOT_BYTES], "big") for at in starts]
        )

    def reserve_fits(self, state: EngineState) -> bool:
        """Whether every slot's order, its two neighbours and its account fit the segment."""
        count = len(self.slots)
        return state.meter.reserve_fits(
            count * COMPUTE_SWEEP,
            instruments=1,
            marks=1,
            underlyings=1,
            accounts=count,
            orders=3 * count,
        )

    def execute(self, state: EngineState, prepared: PreparedOp, sender: bytes) -> OpOutcome:
        """Remove each named order that is gone; skip the others. Ordered if the code is OK."""
        code = Result.OK
        if not 0 < self.instrument < state.venue.next_instrument:
            code = Result.UNKNOWN_INSTRUMENT
        elif not self.reserve_fits(state):
            code = Result.SEGMENT_FULL
        else:
            self._remove_gone(state, state.instruments[self.instrument])
        return OpOutcome(code, b"", state.events, code == Result.OK)

    def _remove_gone(self, state: EngineState, instrument: Instrument) -> None:
        meter = state.meter
        if instrument.touched != meter.stamp:
            meter.touch_instrument(instrument)
        if instrument.mark.touched != meter.stamp:
            touch_mark(meter, instrument.mark)
        for slot in self.slots:
            meter.compute += COMPUTE_SWEEP
            if slot == 0 or slot >= instrument.next_slot:
                continue
            order = instrument.orders[slot]
            if order.touched != meter.stamp:
                meter.touch_order(order)
            if not order.flags & LINKED:
                continue
            account = state.touched_account(order.account)
            position = account.position(instrument.id)
            assert position is not None, "a linked order keeps its account's entry"
            clock_ms, now_ms = state.venue.clock_ms, state.now_ms
            gone = why_gone(instrument, order, account, position, clock_ms, now_ms)
            if gone is None:
                continue
            remove(state, instrument, order, account, gone)
            free_if_empty(state, account, position)
