"""Lies about trading: orders matched, queued or executed differently from what the law says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from strikeproof.devnet.fraud.executed_segment import (
    FraudScene,
    Records,
    edit,
    engine_of,
    execute,
    read,
    records_of,
)
from strikeproof.sequencer.core.book_changes import remove
from strikeproof.sequencer.core.engine import assemble
from strikeproof.sequencer.core.engine_event import BlockFill, Fill, RemovalReason, Rested
from strikeproof.sequencer.core.op import ordered_end
from strikeproof.sequencer.core.record_key import (
    account_key,
    instrument_key,
    mark_key,
    order_key,
    session_key,
)
from strikeproof.wire.constants import (
    FEE_PPM_MAX,
    SESSION_SLOTS,
    OrderFlag,
    SegmentFamily,
    TimeInForce,
)
from strikeproof.wire.layout import ACCOUNT_GROUP, INSTRUMENT_GROUP, MARK_GROUP, ORDER_GROUP
from strikeproof.wire.operations import (
    ORDERED_INPUT_HEAD_BYTES,
    SIGNATURE_BYTES,
    action_flags,
    encode_bundle,
    encode_place,
)
from strikeproof.wire.units import Lots, Milliseconds, Ppm, Ticks

SHIFT_TICKS: Final = 10
EXPIRES_MS: Final = 60_000


def skipped_maker(scene: FraudScene) -> Records | None:
    """A taker is matched with the second-best maker; the best one is passed over."""
    for fill in scene.events(Fill):
        best, second = _two_best(scene.before, fill.instrument, maker_sells=not fill.taker_is_sell)
        if best != fill.maker_slot or not second:
            continue
        swapped = _swap(scene.before, fill.instrument, best, second)
        records, result = execute(swapped, scene.data)
        fills = [e for o in result.outcomes for e in o.events if isinstance(e, Fill)]
        if not fills or fills[0].maker_slot != second:
            continue
        if _follows(records, fill.instrument, second, best):
            records = _swap(records, fill.instrument, second, best)
        return records
    return None


def queue_jump(scene: FraudScene) -> Records | None:
    """A new order stands before one that has priority over it."""
    for event in scene.events(Rested):
        order = _order(scene.after, event.instrument, event.slot)
        ahead = order["prev"] if order["serial"] == event.serial else 0
        if ahead:
            return _swap(scene.after, event.instrument, ahead, event.slot)
    return None


def wrong_fill_price(scene: FraudScene) -> Records | None:
    """A trade is settled ten ticks away from the maker's price, against the taker."""
    for fill in scene.events(Fill):
        mark = read(scene.after[mark_key(fill.instrument)], MARK_GROUP)
        amount = SHIFT_TICKS * fill.lots * mark["tick_value"]
        records = dict(scene.after)
        for account, change in ((fill.taker_account, -amount), (fill.maker_account, amount)):
            key = account_key(account)
            collateral = read(records[key], ACCOUNT_GROUP)["collateral"]
            records[key] = edit(records[key], ACCOUNT_GROUP, collateral=collateral + change)
        return records
    return None


def half_block(scene: FraudScene) -> Records | None:
    """A block trade is executed for its submitter alone: the counterparty stays as it was."""
    for leg in scene.events(BlockFill):
        key = account_key(leg.counterparty)
        return {**scene.after, key: scene.before[key]}
    return None


def reusable_consent(scene: FraudScene) -> Records | None:
    """A counterparty's consent stays good after its block trade, to be used again."""
    for leg in scene.events(BlockFill):
        for slot in range(SESSION_SLOTS):
            key = session_key(leg.counterparty, slot)
            if key in scene.before and scene.before[key] != scene.after[key]:
                return {**scene.after, key: scene.before[key]}
    return None


def waived_fees(scene: FraudScene) -> Records | None:
    """A trade is executed as if its instrument had no fees."""
    for fill in scene.events(Fill):
        key = instrument_key(fill.instrument)
        terms = read(scene.before[key], INSTRUMENT_GROUP)
        fees = {name: terms[name] for name in ("maker_fee_ppm", "taker_fee_ppm")}
        free = edit(scene.before[key], INSTRUMENT_GROUP, maker_fee_ppm=0, taker_fee_ppm=0)
        records, _ = execute({**scene.before, key: free}, scene.data)
        return {**records, key: edit(records[key], INSTRUMENT_GROUP, **fees)}
    return None


def shrunk_order(scene: FraudScene) -> Records | None:
    """A resting order loses half of its lots."""
    for event in scene.events(Rested):
        order = _order(scene.after, event.instrument, event.slot)
        if order["serial"] == event.serial and order["lots"] > 1:
            key = order_key(event.instrument, event.slot)
            edited = edit(scene.after[key], ORDER_GROUP, lots=order["lots"] // 2)
            return {**scene.after, key: edited}
    return None


def vanished_order(scene: FraudScene) -> Records | None:
    """A resting order disappears from the book, cancelled by nobody."""
    for event in scene.events(Rested):
        engine = engine_of(scene.after)
        state = engine._state
        instrument = state.instruments[event.instrument]
        order = instrument.orders[event.slot]
        if order.serial != event.serial:
            continue
        account = state.accounts[order.account]
        state.meter.touch_instrument(instrument)  # before its orders, as every op does
        remove(state, instrument, order, account, RemovalReason.CANCELLED)
        return records_of(engine)
    return None


def dropped_op(scene: FraudScene) -> Records | None:
    """An operation that was ordered is not executed."""
    ops = list(_ops(scene))
    for left_out in reversed(range(len(ops))):
        kept = [op for index, op in enumerate(ops) if index != left_out]
        records, _ = execute(scene.before, _head(scene) + b"".join(kept))
        if records != scene.after:
            return records
    return None


def reordered_ops(scene: FraudScene) -> Records | None:
    """The operations of a segment are executed in a different order from the one on L1."""
    ops = list(_ops(scene))
    if len(ops) < 2:
        return None
    records, _ = execute(scene.before, _head(scene) + b"".join(reversed(ops)))
    return None if records == scene.after else records


def forged_order(scene: FraudScene) -> Records | None:
    """A trade by an order that is not in the ordered data, and that its account never signed."""
    for event in scene.events(Fill):
        engine = engine_of(scene.after)
        session = engine.session(event.taker_account, 0)
        book = engine.book(event.instrument, 1)
        if session is None or book is None or not book.bids:
            continue
        order = encode_place(
            instrument=event.instrument,
            flags=action_flags(sell=True, time_in_force=TimeInForce.IOC),
            price=Ticks(book.bids[0].price),
            lots=Lots(event.lots),
        )
        forged = encode_bundle(
            account=event.taker_account,
            session=0,
            nonce=session.next_nonce,
            expiry_ms=Milliseconds(engine.clock_ms + EXPIRES_MS),
            max_fee_ppm=Ppm(FEE_PPM_MAX),
            actions=[order],
            signature=bytes(SIGNATURE_BYTES),
        )
        engine.begin_segment(SegmentFamily.TRADE, engine.clock_ms)
        outcome = engine.apply(assemble(forged, (session.key,)))
        engine.end_segment()
        if any(isinstance(each, Fill) for each in outcome.events):
            return records_of(engine)
    return None


def _head(scene: FraudScene) -> bytes:
    return scene.data[:ORDERED_INPUT_HEAD_BYTES]


def _ops(scene: FraudScene) -> Iterator[bytes]:
    """Yield the whole ops of an ordered segment; a message has none."""
    at = ORDERED_INPUT_HEAD_BYTES
    while not scene.is_message and at < len(scene.data):
        _, end = ordered_end(scene.data, at)
        yield scene.data[at:end]
        at = end


def _order(records: Records, instrument: int, slot: int) -> dict[str, int]:
    return read(records[order_key(instrument, slot)], ORDER_GROUP)


def _two_best(records: Records, instrument: int, *, maker_sells: bool) -> tuple[int, int]:
    """Return the slots of the first two orders of a side, 0 where there is none."""
    ends = read(records[instrument_key(instrument)], INSTRUMENT_GROUP)
    best = ends["best_ask" if maker_sells else "best_bid"]
    return best, _order(records, instrument, best)["next"] if best else 0


def _follows(records: Records, instrument: int, first: int, second: int) -> bool:
    return _order(records, instrument, first)["next"] == second != 0


def _swap(records: Records, instrument: int, first: int, second: int) -> Records:
    """Return the records with two neighbours of a book's side in the other order."""
    swapped = dict(records)

    def link(slot: int, **changes: int) -> None:
        if slot:
            key = order_key(instrument, slot)
            swapped[key] = edit(swapped[key], ORDER_GROUP, **changes)

    before = _order(records, instrument, first)
    after = _order(records, instrument, second)
    link(before["prev"], next=second)
    link(second, prev=before["prev"], next=first)
    link(first, prev=second, next=after["next"])
    link(after["next"], prev=first)
    if not before["prev"]:
        key = instrument_key(instrument)
        side = "best_ask" if before["flags"] & OrderFlag.SELL else "best_bid"
        swapped[key] = edit(swapped[key], INSTRUMENT_GROUP, **{side: second})
    return swapped
