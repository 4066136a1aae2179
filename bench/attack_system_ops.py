"""Ops of keepers and upkeep, which nobody signs, made to be expensive to re-execute."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from strikeproof.bench.attack_expiry_ops import BUILDERS as EXPIRY_BUILDERS
from strikeproof.bench.attack_shape import Shape
from strikeproof.bench.synthetic_book import STRANGER, AttackedBook, maker, others
from strikeproof.bench.synthetic_state import SyntheticState
from strikeproof.bench.synthetic_values import (
    DAY_MS,
    FILLED,
    FRESH_MS,
    HOUSE_LOTS,
    INTEREST,
    MARK,
    MIN_ORDER_VALUE,
    ORDER_LOTS,
    TICK_VALUE,
)
from strikeproof.wire.constants import (
    FRACTION,
    FUNDING_WALK_MAX,
    LIQUIDATION_TOUCHES_MAX,
    LOAN_INSTRUMENT_PPM,
    PPM,
    SWEEP_MAX,
    InstrumentStatus,
)
from strikeproof.wire.operations import (
    encode_announce_orphan,
    encode_deleverage,
    encode_funding,
    encode_liquidate,
    encode_settle_orphan,
    encode_settle_position,
    encode_sweep,
    encode_unwind,
)

SICK_PPM: Final = 500_000  # of maintenance: what the book does not take the house does
INSOLVENT_PPM: Final = -100_000
_LOT_VALUE: Final = MARK * TICK_VALUE  # micro-USD


def _liquidate(scene: SyntheticState, shape: Shape) -> bytes:
    """Makers take some of a long position, the house the rest."""
    instrument = scene.new_instrument(traded=True)
    account = scene.new_account()
    held = others(scene, shape, max(0, shape.positions - 1), (instrument,))
    health: int | None = INSOLVENT_PPM if shape.absent else SICK_PPM
    if shape.healthy:
        health = None
    scene.set_account(account, (*held, instrument), (instrument,), health_ppm=health)
    book = AttackedBook(scene, instrument, account)
    book.write(book.bids(shape, _makers(shape)))
    return encode_liquidate(account=account, instrument=instrument)


def _makers(shape: Shape) -> int:
    return min(shape.makers, LIQUIDATION_TOUCHES_MAX)


def _unwind(scene: SyntheticState, shape: Shape) -> bytes:
    """The house sells a tenth of its lots: more than the makers take, or none in time."""
    instrument = scene.new_instrument(traded=True)
    book = AttackedBook(scene, instrument, 0)
    lots = HOUSE_LOTS * 10
    changes = {"house_lots": lots, "short_interest": INTEREST + lots * FRACTION}
    if shape.healthy:
        changes |= {"unwind_ms": scene.now_ms, "unwound_lots": lots}
    book.write(book.bids(shape, _makers(shape)), **changes)
    return encode_unwind(instrument=instrument)


def _sweep(scene: SyntheticState, shape: Shape) -> bytes:
    instrument = scene.new_instrument()
    count = max(1, min(shape.makers, SWEEP_MAX))
    slots = []
    for _ in range(count):
        before, slot, behind = (scene.new_slot(instrument) for _ in range(3))
        account = maker(scene, shape, instrument)
        for each, owner, prev, next in (
            (before, STRANGER, STRANGER, slot),
            (slot, account, before, behind),
            (behind, STRANGER, slot, STRANGER),
        ):
            scene.set_order(
                instrument,
                each,
                owner,
                sell=True,
                price=MARK,
                prev=prev,
                next=next,
                dead=each == slot and not shape.healthy,
            )
        slots.append(slot)
    scene.set_instrument(instrument, best_bid=STRANGER, best_ask=STRANGER, free_slot=STRANGER)
    return encode_sweep(instrument=instrument, slots=slots)


def _price(scene: SyntheticState, shape: Shape) -> bytes:
    underlying = scene.new_underlying()
    scene.set_underlying(underlying, scene.now_ms - FRESH_MS)
    return scene.price_op(underlying)


def _funding(scene: SyntheticState, shape: Shape) -> bytes:
    """Walks over this many orders of both sides, the last of which reaches the impact notional."""
    instrument = scene.new_instrument(traded=True)
    count = min(shape.makers, FUNDING_WALK_MAX)
    ends = [_side(scene, shape, instrument, count, sell) for sell in (False, True)]
    impact = ORDER_LOTS * _LOT_VALUE * (2 * count - 1) // 2 if count else MIN_ORDER_VALUE
    scene.set_instrument(
        instrument,
        best_bid=ends[0],
        best_ask=ends[1],
        impact_value=impact,
        min_order_value=-(-impact // FUNDING_WALK_MAX),
        funding_ms=scene.now_ms - FRESH_MS if shape.healthy else scene.now_ms - DAY_MS,
    )
    return encode_funding(instrument=instrument)


def _side(scene: SyntheticState, shape: Shape, instrument: int, count: int, sell: bool) -> int:
    """Write the best orders of a side, above the mark; return the best one's slot, 0 of none."""
    slots = [scene.new_slot(instrument) for _ in range(count)]
    last = STRANGER if count == FUNDING_WALK_MAX else 0  # a walk does not come so far
    for index, slot in enumerate(slots):
        scene.set_order(
            instrument,
            slot,
            maker(scene, shape, instrument),
            sell=sell,
            price=MARK + 0x1000 if sell else MARK + 0x100,
            prev=slots[index - 1] if index else 0,
            next=slots[index + 1] if index + 1 < count else last,
            dead=shape.dead,
        )
    return slots[0] if slots else 0


def _deleverage(scene: SyntheticState, shape: Shape) -> bytes:
    """An insolvent house gets what is left of the day's loan, and closes its lots."""
    instrument = scene.new_instrument(traded=True)
    lent = FILLED * LOAN_INSTRUMENT_PPM // PPM - 0x0101010101
    changes = {
        "effective_cash": -2 * HOUSE_LOTS * _LOT_VALUE,
        "lent_day": scene.now_ms // DAY_MS,
        "lent_today": 0 if shape.healthy else lent,
    }
    scene.set_instrument(instrument, **changes)
    return encode_deleverage(instrument=instrument)


def _announce(scene: SyntheticState, shape: Shape) -> bytes:
    underlying = scene.new_underlying()
    age = FRESH_MS if shape.healthy else DAY_MS + 1
    scene.set_price(underlying, scene.now_ms - age)
    return encode_announce_orphan(underlying=underlying)


def _settle_orphan(scene: SyntheticState, shape: Shape) -> bytes:
    instrument = scene.new_instrument()
    if not shape.healthy:
        now = scene.now_ms
        scene.set_price(scene.underlying_of(instrument), now - 3 * DAY_MS, now - DAY_MS - 1)
    return encode_settle_orphan(instrument=instrument)


def _settle_position(scene: SyntheticState, shape: Shape) -> bytes:
    """The position becomes cash, and the house, flat then, pays back what it was lent."""
    instrument = scene.new_instrument()
    account = scene.new_account()
    held = others(scene, shape, max(0, shape.positions - 1), (instrument,))
    health = INSOLVENT_PPM if shape.absent else None
    scene.set_account(account, (*held, instrument), (instrument,), health_ppm=health)
    if not shape.healthy:
        lots = scene.settled_lots(account, instrument)
        scene.set_mark(instrument, scene.underlying_of(instrument), settlement_price=MARK)
        scene.set_instrument(
            instrument,
            status=InstrumentStatus.SETTLED,
            settlement_price=MARK,
            short_interest=INTEREST - lots * FRACTION,
            house_lots=-lots,
        )
    return encode_settle_position(account=account, instrument=instrument)


BUILDERS: Final[Mapping[str, Callable[[SyntheticState, Shape], bytes]]] = {
    "liquidate": _liquidate,
    "unwind": _unwind,
    "sweep": _sweep,
    "price": _price,
    "funding": _funding,
    "deleverage": _deleverage,
    "announce": _announce,
    "orphan": _settle_orphan,
    "settle": _settle_position,
    **EXPIRY_BUILDERS,
}
