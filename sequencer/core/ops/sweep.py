"""Sweep: anyone's removal of dead orders, by slot."""

from __future__ import annotations

from strikeproof.sequencer.core.book_changes import free_if_empty, remove
from strikeproof.sequencer.core.engine_event import RemovalReason
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.op_decoder import Sweep
from strikeproof.sequencer.core.order_book import LINKED
from strikeproof.wire.constants import COMPUTE_SWEEP
from strikeproof.wire.errors import Result


def execute(state: EngineState, op: Sweep) -> Result:
    """Remove each named order that is dead; skip the others. Return the op's code."""
    meter = state.meter
    if not 0 < op.instrument < state.venue.next_instrument:
        return Result.UNKNOWN_INSTRUMENT
    count = len(op.slots)
    if not meter.has_room(count * COMPUTE_SWEEP, instruments=1, accounts=count, orders=3 * count):
        return Result.SEGMENT_FULL
    instrument = state.instruments[op.instrument]
    if instrument.touched != meter.stamp:
        meter.touch(instrument)
    for slot in op.slots:
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
        expired = 0 < order.expiry_ms <= state.venue.clock_ms
        if not expired and position is not None and position.epoch == order.epoch:
            continue
        entry = remove(state, instrument, order, account, RemovalReason.EXPIRED)
        if entry is not None:
            free_if_empty(state, account, entry)
    return Result.OK
