"""What is published of an account's orders and positions: it follows from what the engine did."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import IntEnum
from typing import Any, Final, NamedTuple

from strikeproof.sequencer.core.auction_event import AuctionBegun, PortfolioSold
from strikeproof.sequencer.core.bundle_action import Action
from strikeproof.sequencer.core.engine_event import (
    Amended,
    BadDebt,
    BlockFill,
    EngineEvent,
    Fill,
    Liquidation,
    MarginModeSet,
    PendingSettled,
    PositionSettled,
    ProtectionPassed,
    RemovalReason,
    Removed,
    Rested,
    TakenOver,
    new_event,
)
from strikeproof.sequencer.core.op import Op
from strikeproof.sequencer.core.ops.bundle import Bundle
from strikeproof.sequencer.core.order_book import SELL
from strikeproof.sequencer.core.outcome import OpOutcome
from strikeproof.sequencer.core.trigger_event import TriggerEnded, TriggerFired, TriggerSet
from strikeproof.sequencer.order.op_place import OpPlace
from strikeproof.wire.errors import Result


class OrderEventKind(IntEnum):
    """What happened."""

    RESTED = 1
    """An order, or what its fills left of it, entered the book."""
    FILLED = 2
    REMOVED = 3
    """It left the book unfilled; `reason`: a `RemovalReason`."""
    AMENDED = 4
    """A replace made it smaller in place."""
    REFUSED = 5
    """An action did not do all that it asked for; `reason`: the law's code."""
    REWRITTEN = 6
    """L1 changed the order: events of this batch and later ones are replaced by what follows."""
    FUNDED = 7
    """Funding moved into the collateral: `cash`."""
    DELEVERAGED = 8
    """`lots` of the position had been closed against the house: told when the entry settles. `cash`
    pays for them, funding included."""
    LIQUIDATED = 9
    """The account was below maintenance: its orders are dead, and `lots` of the position are to be
    closed at no worse than `price`. Fills follow, and TAKEN_OVER if the house takes the rest."""
    TAKEN_OVER = 10
    """The house took `lots` of the position for `cash`."""
    DEBT_WRITTEN_OFF = 11
    """Without a position left the account owed `cash`: the house bears it."""
    SETTLED = 12
    """The instrument is settled for good: a position of `lots` became `cash`."""
    TRIGGERED = 13
    """A trigger fired: its order of `lots` came to `reason`; `lots_left` wait on."""
    TRIGGER_SET = 14
    """A trigger waits at `place`; `price` is its order's limit."""
    TRIGGER_ENDED = 15
    """It waits no more, and did not fire; `reason`: a `TriggerEnding`."""
    MARGIN_MODE_SET = 16
    """The account came under portfolio margin on the underlying that `reason` is; 0: standard."""
    AUCTION_BEGUN = 17
    """The account is below portfolio margin's maintenance, and is auctioned."""
    PORTFOLIO_SOLD = 18
    """A fraction of an auctioned account was sold, its fills before this: `cash` is the discount,
    which the bidder received, or what the account paid, with the fee."""
    PROTECTION_PASSED = 19
    """Fills passed a limit on the underlying that `reason` is, frozen until `until_ms`."""


class OrderEvent(NamedTuple):
    """One event. Lots, ticks, micro-USD. `segment` −1: of an inbox message, `op` counts those.

    `slot` 0: the order does not rest (yet): place and action say which it is. Of what happens to a
    position without an order, `is_sell` says that a long shrank.
    """

    account: int
    batch: int
    segment: int
    op: int
    action: int
    kind: int
    time_ms: int
    instrument: int = 0
    slot: int = 0
    serial: int = 0
    is_sell: bool = False
    price: int = 0
    lots: int = 0
    """Filled, rested, or removed."""
    lots_left: int = 0
    """In the book afterwards."""
    fee: int = 0
    is_taker: bool = False
    client_id: int = 0
    reason: int = 0
    """REMOVED: a `RemovalReason`; TRIGGER_ENDED: a `TriggerEnding`; `WITH_RESULT`: the law's code;
    FILLED: `LIQUIDATION`, `BLOCK` or 0; MARGIN_MODE_SET: an underlying, 0: standard margin;
    PROTECTION_PASSED: an underlying."""
    cash: int = 0
    """What the account received, besides fills; negative: it paid."""
    equity: int = 0
    """Before a liquidation or an auction, like `maintenance`."""
    maintenance: int = 0
    place: int = 0
    """Where a trigger waits, or did, of its account and instrument."""
    trigger_price: int = 0
    """Nano-USD: what a trigger waits for, or what had come when it fired."""
    trigger_flags: int = 0
    """The `*_FLAG` bits of a trigger that was set."""
    until_ms: int = 0
    """A trigger's expiry, 0: never; the end of a freeze."""


REDUCE_ONLY_FLAG: Final = 1
FALLING_FLAG: Final = 2
BY_MARK_FLAG: Final = 4

_FUNDED: Final = int(OrderEventKind.FUNDED)
_ORDER_FIELDS: Final = OrderEvent._fields.index("cash")
NOT_OF_AN_ORDER: Final = (0,) * (len(OrderEvent._fields) - _ORDER_FIELDS)
"""What an order's event lacks: the fields from `cash` on."""
# Events of orders are by far the most: their text leaves out what only those of positions have.
_ORDER_TEXT: Final = f"[{','.join(['%d'] * _ORDER_FIELDS)}]"
_TEXT: Final = f"[{','.join(['%d'] * len(OrderEvent._fields))}]"
_BOOLEANS: Final = tuple(OrderEvent._fields.index(name) for name in ("is_sell", "is_taker"))


def encode_event(event: OrderEvent) -> str:
    """Return the event as a JSON array of integers."""
    return _TEXT % event if event.kind >= _FUNDED else _ORDER_TEXT % event[:_ORDER_FIELDS]


def decode_event(fields: list[Any]) -> OrderEvent:
    """Return the event of the array that `encode_event` wrote."""
    for place in _BOOLEANS:
        fields[place] = bool(fields[place])
    return OrderEvent(*fields)


MOVES: Final = frozenset(
    map(
        int,
        (
            OrderEventKind.FILLED,
            OrderEventKind.DELEVERAGED,
            OrderEventKind.TAKEN_OVER,
            OrderEventKind.SETTLED,
        ),
    )
)
"""Kinds that change a position, by `lots`."""
MOVES_CASH: Final = frozenset(
    {
        OrderEventKind.FUNDED,
        OrderEventKind.DELEVERAGED,
        OrderEventKind.TAKEN_OVER,
        OrderEventKind.DEBT_WRITTEN_OFF,
        OrderEventKind.SETTLED,
        OrderEventKind.PORTFOLIO_SOLD,
    }
)
"""Kinds that have `cash`."""
OF_FAILING: Final = frozenset({OrderEventKind.LIQUIDATED, OrderEventKind.AUCTION_BEGUN})
"""Kinds that have `equity`."""
OF_TRIGGERS: Final = frozenset(
    {OrderEventKind.TRIGGERED, OrderEventKind.TRIGGER_SET, OrderEventKind.TRIGGER_ENDED}
)
"""Kinds that have `place`."""
BLOCK: Final = 2  # a leg of a block trade: no order filled
WITH_RESULT: Final = frozenset({OrderEventKind.REFUSED, OrderEventKind.TRIGGERED})
"""Kinds whose `reason` is the law's code."""
LIQUIDATION: Final = 1  # why an account took that placed no order
HOUSE: Final = 0  # the taker of a fill that unwinds a house
NOT_TOLD: Final = RemovalReason.FILLED  # the fill before it has said so, by `lots_left` 0
# Members of enumerations cost 80 ns a look-up: bound once.
_RESTED: Final = int(OrderEventKind.RESTED)
_FILLED: Final = int(OrderEventKind.FILLED)
_REMOVED: Final = int(OrderEventKind.REMOVED)
_AMENDED: Final = int(OrderEventKind.AMENDED)


def position_change(event: OrderEvent) -> int:
    """Return the lots by which an event of `MOVES` changes its account's position. All but fills
    only close, and have no price of their own."""
    return -event.lots if event.is_sell else event.lots


class OpDone(NamedTuple):
    """An op or inbox message that was executed."""

    place: OpPlace
    time_ms: int
    decoded: Op | Result | None
    """None: an inbox message."""
    action_codes: bytes
    events: Iterable[EngineEvent]


def op_done(place: OpPlace, time_ms: int, decoded: Op | Result, outcome: OpOutcome) -> OpDone:
    """Return an executed op."""
    return OpDone(place, time_ms, decoded, outcome.action_codes, outcome.events)


def order_events(done: OpDone) -> list[OrderEvent]:
    """Return what is published of an op, in the order in which it happened."""
    decoded = done.decoded
    actions = decoded.actions if isinstance(decoded, Bundle) else []
    place, time_ms = done.place, done.time_ms
    told: list[OrderEvent] = []
    liquidated = HOUSE
    for event in done.events:
        if isinstance(event, Fill):
            forced = event.taker_account == liquidated
            told += _fill(event, place, time_ms, actions, forced)
        elif isinstance(event, BlockFill):
            told += _block_fill(event, place, time_ms)
        elif isinstance(event, PortfolioSold):
            told += _sold(event, place, time_ms)
        elif isinstance(event, Rested | Amended) or (
            isinstance(event, Removed) and event.reason is not NOT_TOLD
        ):
            told.append(_of_order(event, place, time_ms))
        elif (tell := _OF_POSITION.get(type(event))) is not None:
            if isinstance(event, Liquidation):
                liquidated = event.account
            if (one := tell(event, place, time_ms)) is not None:
                told.append(one)
    if isinstance(decoded, Bundle):
        for number, code in enumerate(done.action_codes):
            if code:
                told.append(_refused(decoded, number, code, place, time_ms))
    return told


def _head(
    account: int, place: OpPlace, action: int, kind: int, time_ms: int
) -> tuple[int, int, int, int, int, int, int]:
    return account, place.batch, place.segment, place.index, action, kind, time_ms


# Fills and resting orders are 1.5 events an op: made whole, in the order of OrderEvent's fields,
# they cost a third of what they do by keyword.


def _fill(
    event: Fill, place: OpPlace, time_ms: int, actions: list[Action], is_liquidation: bool
) -> tuple[OrderEvent, ...]:
    """Return the events of the maker and of the taker, unless that is a house."""
    action, instrument, lots, price = event.action, event.instrument, event.lots, event.price
    is_sell = event.taker_is_sell
    maker: OrderEvent = new_event(
        OrderEvent,
        (
            *_head(event.maker_account, place, action, _FILLED, time_ms),
            instrument,
            event.maker_slot,
            event.maker_serial,
            not is_sell,
            price,
            lots,
            event.maker_lots_left,
            event.maker_fee,
            False,
            event.maker_client_id,
            0,
            *NOT_OF_AN_ORDER,
        ),
    )
    if event.taker_account == HOUSE:
        return (maker,)
    client_id = actions[action].client_id if actions else 0
    taker: OrderEvent = new_event(
        OrderEvent,
        (
            *_head(event.taker_account, place, action, _FILLED, time_ms),
            instrument,
            0,
            0,
            is_sell,
            price,
            lots,
            0,
            event.taker_fee,
            True,
            client_id,
            LIQUIDATION if is_liquidation else 0,
            *NOT_OF_AN_ORDER,
        ),
    )
    return maker, taker


def _block_fill(event: BlockFill, place: OpPlace, time_ms: int) -> tuple[OrderEvent, OrderEvent]:
    """Return the event of a leg for the submitter of a block trade, and for its counterparty."""

    def told(account: int, is_sell: bool, fee: int, is_taker: bool) -> OrderEvent:
        return OrderEvent(
            *_head(account, place, event.leg, _FILLED, time_ms),
            instrument=event.instrument,
            is_sell=is_sell,
            price=event.price,
            lots=event.lots,
            fee=fee,
            is_taker=is_taker,
            reason=BLOCK,
        )

    return (
        told(event.account, event.is_sell, event.fee, True),
        told(event.counterparty, not event.is_sell, event.counterparty_fee, False),
    )


def _of_order(event: Rested | Amended | Removed, place: OpPlace, time_ms: int) -> OrderEvent:
    kind, lots_left, reason = _AMENDED, event.lots, 0
    if isinstance(event, Rested):
        kind = _RESTED
    elif isinstance(event, Removed):
        kind, lots_left, reason = _REMOVED, 0, int(event.reason)
    told: OrderEvent = new_event(
        OrderEvent,
        (
            *_head(event.account, place, event.action, kind, time_ms),
            event.instrument,
            event.slot,
            event.serial,
            event.is_sell,
            event.price,
            event.lots,
            lots_left,
            0,
            False,
            event.client_id,
            reason,
            *NOT_OF_AN_ORDER,
        ),
    )
    return told


def _refused(bundle: Bundle, number: int, code: int, place: OpPlace, time_ms: int) -> OrderEvent:
    action = bundle.actions[number]
    return OrderEvent(
        *_head(bundle.account, place, number, OrderEventKind.REFUSED, time_ms),
        instrument=action.instrument,
        slot=action.slot,
        serial=action.serial,
        is_sell=action.flags & SELL != 0,
        price=action.price,
        lots=action.lots,
        client_id=action.client_id,
        reason=code,
    )


# --- positions that change without an order of their account ---


def _settled(event: PendingSettled, place: OpPlace, time_ms: int) -> OrderEvent | None:
    closed = abs(event.size_before) - abs(event.size)
    if not closed and not event.cash:
        return None
    kind = OrderEventKind.DELEVERAGED if closed else OrderEventKind.FUNDED
    return OrderEvent(
        *_head(event.account, place, 0, kind, time_ms),
        instrument=event.instrument,
        is_sell=closed > 0 and event.size_before > 0,
        lots=closed,
        cash=event.cash,
    )


def _liquidated(event: Liquidation, place: OpPlace, time_ms: int) -> OrderEvent:
    return OrderEvent(
        *_head(event.account, place, 0, OrderEventKind.LIQUIDATED, time_ms),
        instrument=event.instrument,
        is_sell=event.size > 0,
        price=event.zero_price,
        lots=event.lots,
        equity=event.equity,
        maintenance=event.maintenance,
    )


def _taken_over(event: TakenOver, place: OpPlace, time_ms: int) -> OrderEvent:
    return OrderEvent(
        *_head(event.account, place, 0, OrderEventKind.TAKEN_OVER, time_ms),
        instrument=event.instrument,
        is_sell=event.lots > 0,
        lots=abs(event.lots),
        cash=event.paid,
    )


def _written_off(event: BadDebt, place: OpPlace, time_ms: int) -> OrderEvent:
    return OrderEvent(
        *_head(event.account, place, 0, OrderEventKind.DEBT_WRITTEN_OFF, time_ms),
        instrument=event.instrument,
        cash=event.amount,
    )


def _paid_out(event: PositionSettled, place: OpPlace, time_ms: int) -> OrderEvent | None:
    if not event.size:
        return None
    return OrderEvent(
        *_head(event.account, place, 0, OrderEventKind.SETTLED, time_ms),
        instrument=event.instrument,
        is_sell=event.size > 0,
        lots=abs(event.size),
        cash=event.cash,
    )


def _triggered(event: TriggerFired, place: OpPlace, time_ms: int) -> OrderEvent:
    return OrderEvent(
        *_head(event.account, place, 0, OrderEventKind.TRIGGERED, time_ms),
        instrument=event.instrument,
        is_sell=event.sell != 0,
        lots=event.lots,
        lots_left=event.lots_waiting,
        client_id=event.client_id,
        reason=event.result,
        place=event.place,
        trigger_price=event.price,
    )


def _trigger_set(event: TriggerSet, place: OpPlace, time_ms: int) -> OrderEvent:
    flags = REDUCE_ONLY_FLAG if event.reduce_only else 0
    flags |= (FALLING_FLAG if event.falling else 0) | (BY_MARK_FLAG if event.by_mark else 0)
    return OrderEvent(
        *_head(event.account, place, 0, OrderEventKind.TRIGGER_SET, time_ms),
        instrument=event.instrument,
        is_sell=event.sell != 0,
        price=event.limit,
        lots=event.lots,
        client_id=event.client_id,
        place=event.place,
        trigger_price=event.trigger_price,
        trigger_flags=flags,
        until_ms=event.expiry_ms,
    )


def _trigger_ended(event: TriggerEnded, place: OpPlace, time_ms: int) -> OrderEvent:
    head = _head(event.account, place, 0, OrderEventKind.TRIGGER_ENDED, time_ms)
    of = OrderEvent(*head, instrument=event.instrument, client_id=event.client_id)
    return of._replace(reason=int(event.ending), place=event.place)


def _margin_mode(event: MarginModeSet, place: OpPlace, time_ms: int) -> OrderEvent:
    head = _head(event.account, place, 0, OrderEventKind.MARGIN_MODE_SET, time_ms)
    return OrderEvent(*head, reason=event.underlying)


def _auction_begun(event: AuctionBegun, place: OpPlace, time_ms: int) -> OrderEvent:
    head = _head(event.account, place, 0, OrderEventKind.AUCTION_BEGUN, time_ms)
    return OrderEvent(*head, equity=event.equity, maintenance=event.maintenance)


def _sold(event: PortfolioSold, place: OpPlace, time_ms: int) -> tuple[OrderEvent, OrderEvent]:
    kind = OrderEventKind.PORTFOLIO_SOLD
    seller, bidder = (_head(e, place, 0, kind, time_ms) for e in (event.account, event.bidder))
    return OrderEvent(*seller, cash=-event.paid - event.fee), OrderEvent(*bidder, cash=event.paid)


def _protection_passed(event: ProtectionPassed, place: OpPlace, time_ms: int) -> OrderEvent:
    head = _head(event.account, place, 0, OrderEventKind.PROTECTION_PASSED, time_ms)
    return OrderEvent(*head, reason=event.underlying, until_ms=event.frozen_until_ms)


_OF_POSITION: Final[dict[type, Callable[[Any, OpPlace, int], OrderEvent | None]]] = {
    PendingSettled: _settled,
    Liquidation: _liquidated,
    TakenOver: _taken_over,
    BadDebt: _written_off,
    PositionSettled: _paid_out,
    TriggerFired: _triggered,
    TriggerSet: _trigger_set,
    TriggerEnded: _trigger_ended,
    MarginModeSet: _margin_mode,
    AuctionBegun: _auction_begun,
    ProtectionPassed: _protection_passed,
}
