"""Snapshots: every record of a state by rising key, and the state of records.

Bytes: version u8, then key u64, words u8, data for each record. Integrity is the caller's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from strikeproof.sequencer.core.account import Account
from strikeproof.sequencer.core.certificate_record import CertificateRecord
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.expiry import Expiry
from strikeproof.sequencer.core.global_record import GlobalRecord
from strikeproof.sequencer.core.instrument import Instrument
from strikeproof.sequencer.core.mark import Mark
from strikeproof.sequencer.core.option_array import OptionArray
from strikeproof.sequencer.core.order_book import LINKED, Order
from strikeproof.sequencer.core.record_key import GLOBAL_KEY, ID_BITS, ID_MASK, record_key
from strikeproof.sequencer.core.session import Session
from strikeproof.sequencer.core.trigger import Trigger
from strikeproof.sequencer.core.underlying import Underlying
from strikeproof.wire.layout import (
    ACCOUNT_KIND,
    ARRAY_KIND,
    CERTIFICATE_KIND,
    EXPIRY_KIND,
    INSTRUMENT_KIND,
    MARK_KIND,
    ORDER_KIND,
    SESSION_KIND,
    TRIGGER_KIND,
    UNDERLYING_KIND,
)

SNAPSHOT_VERSION: Final = 1
_HEAD_BYTES: Final = 9  # key, words


class BadSnapshot(ValueError):
    """Bytes that are not a snapshot, or whose records contradict one another."""


def records_of(state: EngineState) -> Iterator[tuple[int, bytes]]:
    """Yield key and bytes of every record by rising key."""
    yield GLOBAL_KEY, state.venue.encode()
    for id in sorted(state.accounts):
        yield record_key(ACCOUNT_KIND, id), state.accounts[id].encode()
    for id in sorted(state.sessions):
        session = state.sessions[id]
        if session.words:
            yield record_key(SESSION_KIND, id), session.encode()
    for underlying in state.underlyings[1:]:
        yield record_key(UNDERLYING_KIND, underlying.id), underlying.encode()
    for instrument in state.instruments[1:]:
        yield record_key(INSTRUMENT_KIND, instrument.id), instrument.encode()
    for instrument in state.instruments[1:]:
        yield record_key(MARK_KIND, instrument.id), instrument.mark.encode()
    for instrument in state.instruments[1:]:
        for order in instrument.orders[1:]:
            yield record_key(ORDER_KIND, order.id), order.encode()
    for expiry in state.expiries[1:]:
        yield record_key(EXPIRY_KIND, expiry.id), expiry.encode()
    for id in sorted(state.arrays):
        array = state.arrays[id]
        if array.words:
            yield record_key(ARRAY_KIND, id), array.encode()
    for id in sorted(state.triggers):
        trigger = state.triggers[id]
        if trigger.words:
            yield record_key(TRIGGER_KIND, id), trigger.encode()
    for id in sorted(state.certificates):
        certificate = state.certificates[id]
        if certificate.words:
            yield record_key(CERTIFICATE_KIND, id), certificate.encode()


def encode(state: EngineState) -> bytes:
    """Return the snapshot of a state."""
    parts = [bytes((SNAPSHOT_VERSION,))]
    for key, record in records_of(state):
        parts.append(key.to_bytes(8, "big") + bytes((len(record) >> 5,)))
        parts.append(record)
    return b"".join(parts)


def read_records(snapshot: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield key and bytes of every record. Raises `BadSnapshot`."""
    if not snapshot or snapshot[0] != SNAPSHOT_VERSION:
        raise BadSnapshot(f"not a snapshot of version {SNAPSHOT_VERSION}")
    at, end, last = 1, len(snapshot), -1
    while at < end:
        start = at + _HEAD_BYTES
        if start > end:
            raise BadSnapshot(f"cut off at byte {at}")
        key = int.from_bytes(snapshot[at : at + 8], "big")
        at = start + 32 * snapshot[start - 1]
        if at > end or at == start or key <= last:
            raise BadSnapshot(f"bad record at byte {start - _HEAD_BYTES}")
        last = key
        yield key, snapshot[start:at]


def decode(records: list[tuple[int, bytes]]) -> EngineState:
    """Return the state of all records by rising key. Raises `BadSnapshot`."""
    try:
        return _decode(records)
    except (IndexError, KeyError, ValueError, AssertionError) as error:
        raise BadSnapshot(f"records contradict one another: {error!r}") from error


def _decode(records: list[tuple[int, bytes]]) -> EngineState:
    by_kind: list[list[tuple[int, bytes]]] = [[] for _ in range(CERTIFICATE_KIND + 1)]
    for key, record in records:
        by_kind[key >> ID_BITS].append((key & ID_MASK, record))
    state = EngineState(GlobalRecord.decode(by_kind[0][0][1]))
    for id, record in by_kind[UNDERLYING_KIND]:
        assert id == len(state.underlyings)
        state.underlyings.append(Underlying.decode(id, record))
    terms = zip(by_kind[INSTRUMENT_KIND], by_kind[MARK_KIND], strict=True)
    for (id, record), (mark_id, mark_record) in terms:
        assert id == mark_id == len(state.instruments)
        mark = Mark.decode(id, mark_record, state.underlyings)
        state.instruments.append(Instrument.decode(id, record, mark))
    for id, record in by_kind[ACCOUNT_KIND]:
        state.accounts[id] = Account.decode(id, record, state.instruments)
    for id, record in by_kind[SESSION_KIND]:
        state.sessions[id] = Session.decode(id, record)
    for id, record in by_kind[ORDER_KIND]:
        order = Order.decode(id, record)
        instrument = state.instruments[(id - order.slot) >> 18]
        assert order.slot == len(instrument.orders)
        instrument.orders.append(order)
        _own(state, instrument, order)
    for id, record in by_kind[EXPIRY_KIND]:
        assert id == len(state.expiries)
        expiry = Expiry.decode(id, record, state.underlyings)
        assert not expiry.future or state.instruments[expiry.future].mark.expiry == id
        state.expiries.append(expiry)
    for id, record in by_kind[ARRAY_KIND]:
        assert state.instruments[id].mark.strike
        state.arrays[id] = OptionArray.decode(id, record)
    for id, record in by_kind[TRIGGER_KIND]:
        state.triggers[id] = Trigger.decode(id, record)
    for id, record in by_kind[CERTIFICATE_KIND]:
        assert id in state.accounts
        state.certificates[id] = CertificateRecord.decode(id, record)
    for instrument in state.instruments[1:]:
        assert len(instrument.orders) == instrument.next_slot
        assert instrument.climb_book() <= instrument.order_count
    return state


def _own(state: EngineState, instrument: Instrument, order: Order) -> None:
    """Give a live order's slot back to its position entry."""
    if order.flags & LINKED:
        position = state.accounts[order.account].position(instrument.id)
        if position is not None and position.epoch == order.epoch:
            position.slots.add(order.slot)
