"""What became of an account's orders and positions: events, and orders made of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import IntEnum
from typing import Self

from strikeproof.client.venue_views import usd_of_nano
from strikeproof.wire import orders_pb2
from strikeproof.wire.errors import Result
from strikeproof.wire.operation_pb2 import Finality as FinalityValue


class OrderEventKind(IntEnum):
    """What happened. Source: proto/strikeproof/v1/orders.proto."""

    RESTED = 1
    FILLED = 2
    REMOVED = 3
    AMENDED = 4
    REFUSED = 5
    REWRITTEN = 6
    FUNDED = 7
    DELEVERAGED = 8
    LIQUIDATED = 9
    TAKEN_OVER = 10
    DEBT_WRITTEN_OFF = 11
    SETTLED = 12
    TRIGGERED = 13
    TRIGGER_SET = 14
    TRIGGER_ENDED = 15
    MARGIN_MODE_SET = 16
    AUCTION_BEGUN = 17
    PORTFOLIO_SOLD = 18
    PROTECTION_PASSED = 19

    @property
    def is_of_position(self) -> bool:
        """Whether it happens to a position, a trigger or the account, without an order in the
        book."""
        return self >= OrderEventKind.FUNDED

    @property
    def is_of_trigger(self) -> bool:
        """Whether it happens to a trigger."""
        return OrderEventKind.TRIGGERED <= self <= OrderEventKind.TRIGGER_ENDED


class RemovalReason(IntEnum):
    """Why an order left the book."""

    FILLED = 1
    CANCELLED = 2
    CANCELLED_ALL = 3
    REPLACED = 4
    EXPIRED = 5
    SELF_TRADE = 6
    MARGIN = 7
    NOT_REDUCING = 8
    OVERFLOW = 9
    BEYOND_BAND = 11
    POSITION_LIMIT = 12
    PUSHED_OUT = 13
    TIER_LOWERED = 14
    PROTECTED = 15


class TriggerEnding(IntEnum):
    """Why a trigger ended without having fired; DEAD is reported when somebody finds it so."""

    TAKEN_BACK = 1
    DEAD = 2
    REPLACED = 3


@dataclass(frozen=True, slots=True)
class EventTrigger:
    """The trigger that an event is about. TRIGGER_SET has all of it but `ending`; TRIGGERED has
    the price that had come, and TRIGGER_ENDED why."""

    place: int
    price_nano_usd: int
    reduce_only: bool
    falling: bool
    by_mark: bool
    expiry_ms: int
    ending: TriggerEnding | None

    @property
    def price_usd(self) -> Decimal | None:
        """The price in USD; None if there is none."""
        return usd_of_nano(self.price_nano_usd) if self.price_nano_usd else None

    @classmethod
    def of_message(cls, message: orders_pb2.EventTrigger) -> Self:
        """Return the value of an API message."""
        return cls(
            message.place,
            message.price_nano_usd,
            message.reduce_only,
            message.falling,
            message.by_mark,
            message.expiry_ms,
            TriggerEnding(message.ending) if message.ending else None,
        )


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """One event of an account. `sequence` counts from 1, without gaps.

    `batch`, `segment`, `index`: the op that caused it, one's own or a taker's; `action` of its
    bundle. `slot` is 0 for an order that does not rest (yet).

    What happens to a position without an order has `cash_micro_usd`, what the account received
    (negative: it paid), and `sell` if a long shrank. LIQUIDATED and AUCTION_BEGUN name equity and
    maintenance margin before them. `is_liquidation`: the account took because it was liquidated.
    `is_block`: a leg of a block trade, whose number `action` is. `trigger`: of TRIGGERED,
    TRIGGER_SET and TRIGGER_ENDED; what fired is an order of the same op, whose fills come before.
    `instrument` is 0 where the whole account is concerned: REWRITTEN, MARGIN_MODE_SET,
    AUCTION_BEGUN, PORTFOLIO_SOLD, PROTECTION_PASSED, and a refused cancel-all.
    `portfolio_underlying`: of MARGIN_MODE_SET; 0: standard margin. `protected_underlying`,
    `frozen_until_ms`: of PROTECTION_PASSED.
    """

    sequence: int
    kind: OrderEventKind
    batch: int
    segment: int
    index: int
    from_inbox: bool
    action: int
    finality: str
    time_ms: int
    instrument: int
    slot: int
    serial: int
    sell: bool
    price: int
    lots: int
    lots_left: int
    fee_micro_usd: int
    is_taker: bool
    client_id: int
    reason: RemovalReason | None
    result: Result | None
    is_liquidation: bool
    is_block: bool
    cash_micro_usd: int | None
    equity_micro_usd: int | None
    maintenance_margin_micro_usd: int | None
    trigger: EventTrigger | None
    portfolio_underlying: int = 0
    protected_underlying: int = 0
    frozen_until_ms: int = 0

    @classmethod
    def of_message(cls, message: orders_pb2.OrderEvent) -> Self:
        """Return the value of an API message."""
        place = message.position
        return cls(
            message.sequence,
            OrderEventKind(message.kind),
            place.batch,
            place.segment,
            place.index,
            message.from_inbox,
            message.action,
            FinalityValue.Name(message.finality).removeprefix("FINALITY_").lower(),
            message.time_ms,
            message.instrument,
            message.slot,
            message.serial,
            message.sell,
            message.price,
            message.lots,
            message.lots_left,
            message.fee_micro_usd,
            message.is_taker,
            message.client_id,
            RemovalReason(message.reason) if message.reason else None,
            Result(message.result) if message.result else None,
            message.is_liquidation,
            message.is_block,
            _amount(message.cash_micro_usd),
            _amount(message.equity_micro_usd),
            _amount(message.maintenance_margin_micro_usd),
            EventTrigger.of_message(message.trigger) if message.HasField("trigger") else None,
            message.portfolio_underlying,
            message.protected_underlying,
            message.frozen_until_ms,
        )


def _amount(text: str) -> int | None:
    return int(text) if text else None


@dataclass(frozen=True, slots=True)
class OrderSummary:
    """An order that rested: what is left, what was filled, and why it is gone (None: open)."""

    instrument: int
    slot: int
    serial: int
    client_id: int
    sell: bool
    price: int
    lots_left: int
    """In the book; of an order that left it unfilled, what was cancelled."""
    filled_lots: int
    gone: RemovalReason | None
    time_ms: int
    """The time of the newest event."""
    finality: str
    """The finality of the newest event."""


def orders_of(events: Iterable[OrderEvent]) -> list[OrderSummary]:
    """Return the orders that entered the book in these events, in that order.

    Fills that an order had as a taker, before it rested, are counted. Events that a rewritten
    order took back are left out.
    """
    orders: dict[tuple[int, int, int], OrderSummary] = {}
    taken: dict[tuple[int, int, int, int], int] = {}
    for event in _holding(events):
        name = (event.instrument, event.slot, event.serial)
        action = (event.batch, event.segment, event.index, event.action)
        if event.kind is OrderEventKind.FILLED and event.is_taker:
            taken[action] = taken.get(action, 0) + event.lots
        elif event.kind is OrderEventKind.RESTED:
            orders[name] = OrderSummary(
                *name,
                event.client_id,
                event.sell,
                event.price,
                event.lots,
                taken.get(action, 0),
                None,
                event.time_ms,
                event.finality,
            )
        elif name in orders and event.kind is not OrderEventKind.REFUSED:
            orders[name] = _after(orders[name], event)
    return list(orders.values())


def _holding(events: Iterable[OrderEvent]) -> list[OrderEvent]:
    """Return the events that no rewritten order took back."""
    found: list[OrderEvent] = []
    for event in events:
        if event.kind is OrderEventKind.REWRITTEN:
            found = [each for each in found if each.batch < event.batch]
        else:
            found.append(event)
    return found


def _after(order: OrderSummary, event: OrderEvent) -> OrderSummary:
    filled = event.lots if event.kind is OrderEventKind.FILLED else 0
    is_whole = filled and not event.lots_left
    return replace(
        order,
        lots_left=event.lots if event.reason else event.lots_left,
        filled_lots=order.filled_lots + filled,
        client_id=event.client_id,
        gone=RemovalReason.FILLED if is_whole else event.reason,
        time_ms=event.time_ms,
        finality=event.finality,
    )
