"""The Orders service: what became of an account's orders and positions, from the index."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from strikeproof.sequencer.api.api_failure import ApiFailure, Context, answers
from strikeproof.sequencer.api.finality_message import FINALITY_MESSAGE
from strikeproof.sequencer.api.stream_limit import StreamLimit
from strikeproof.sequencer.api.venue_service import VenueReads
from strikeproof.sequencer.history.event_reader import NumberedEvent
from strikeproof.sequencer.history.order_event import (
    BLOCK,
    BY_MARK_FLAG,
    FALLING_FLAG,
    LIQUIDATION,
    MOVES_CASH,
    OF_FAILING,
    OF_TRIGGERS,
    REDUCE_ONLY_FLAG,
    WITH_RESULT,
    OrderEventKind,
)
from strikeproof.sequencer.history.order_event import OrderEvent as HistoryEvent
from strikeproof.wire.errors import ApiError
from strikeproof.wire.operation_pb2 import Position
from strikeproof.wire.orders_pb2 import (
    EventTrigger,
    ListOrderEventsRequest,
    ListOrderEventsResponse,
    OrderEvent,
    OrderEvents,
    StreamOrderEventsRequest,
)
from strikeproof.wire.orders_pb2_grpc import OrdersServicer

EVENTS_DEFAULT: Final = 100
EVENTS_MAX: Final = 1_000
SEQUENCE_MAX: Final = 2**63 - 1


class OrdersService(OrdersServicer):
    """Reads wait until what was acknowledged before them is in the index."""

    def __init__(self, reads: VenueReads, streams: StreamLimit) -> None:
        self._history, self._pipeline = reads.history, reads.pipeline
        self._engine, self._finality = reads.engine, reads.finality
        self._streams = streams

    @answers
    async def ListOrderEvents(
        self, request: ListOrderEventsRequest, context: Context
    ) -> ListOrderEventsResponse:
        """Return events of an account, or of one order."""
        limit = min(request.limit or EVENTS_DEFAULT, EVENTS_MAX)
        sequence = _sequence(request.from_sequence)
        await self._pipeline.settled()
        if request.WhichOneof("of") == "order":
            order = request.order
            found = await self._history.of_order(
                order.instrument, order.slot, min(order.serial, SEQUENCE_MAX), limit, sequence
            )
        elif sequence:
            found = await self._history.events(self._known(request.account), sequence, limit)
        else:
            found = await self._history.latest(self._known(request.account), limit)
        return ListOrderEventsResponse(events=[self._message(each) for each in found])

    @answers
    async def StreamOrderEvents(
        self, request: StreamOrderEventsRequest, context: Context
    ) -> AsyncIterator[OrderEvents]:
        """Send events from a number on, and each further one."""
        account = self._known(request.account)
        with self._streams.open(context.peer(), "orders"):
            changed = self._history.subscribe(account)
            try:
                async for message in self._events(account, request.from_sequence, changed):
                    yield message
            finally:
                self._history.unsubscribe(account, changed)

    async def _events(
        self, account: int, sequence: int, changed: asyncio.Event
    ) -> AsyncIterator[OrderEvents]:
        next_ = _sequence(sequence)
        if not next_:
            latest = await self._history.latest(account, 1)
            next_ = latest[0].sequence + 1 if latest else 1
        while True:
            changed.clear()
            found = await self._history.events(account, next_, EVENTS_DEFAULT)
            if found:
                next_ = found[-1].sequence + 1
                yield OrderEvents(events=[self._message(each) for each in found])
            else:
                await changed.wait()

    def _known(self, account: int) -> int:
        if self._engine.account(account) is None:
            raise ApiFailure(ApiError.NOT_FOUND, f"no account {account}", field="account")
        return account

    def _message(self, numbered: NumberedEvent) -> OrderEvent:
        event, kind = numbered.event, OrderEventKind(numbered.event.kind)
        from_inbox = event.segment < 0
        is_failing = kind in OF_FAILING
        is_frozen = kind is OrderEventKind.PROTECTION_PASSED
        place = Position(
            batch=event.batch,
            segment=0 if from_inbox else event.segment,
            index=0 if from_inbox else event.op,
        )
        message = OrderEvent(
            sequence=numbered.sequence,
            kind=int(kind),  # type: ignore[arg-type]
            position=place,
            from_inbox=from_inbox,
            action=event.action,
            finality=FINALITY_MESSAGE[self._finality.of_batch(event.batch)],
            time_ms=event.time_ms,
            instrument=event.instrument,
            slot=event.slot,
            serial=event.serial,
            sell=event.is_sell,
            price=event.price,
            lots=event.lots,
            lots_left=event.lots_left,
            fee_micro_usd=event.fee,
            is_taker=event.is_taker,
            client_id=event.client_id,
            reason=event.reason if kind is OrderEventKind.REMOVED else 0,  # type: ignore[arg-type]
            result=event.reason if kind in WITH_RESULT else 0,
            account=event.account,
            is_liquidation=kind is OrderEventKind.FILLED and event.reason == LIQUIDATION,
            is_block=kind is OrderEventKind.FILLED and event.reason == BLOCK,
            cash_micro_usd=str(event.cash) if kind in MOVES_CASH else "",
            equity_micro_usd=str(event.equity) if is_failing else "",
            maintenance_margin_micro_usd=str(event.maintenance) if is_failing else "",
            portfolio_underlying=event.reason if kind is OrderEventKind.MARGIN_MODE_SET else 0,
            protected_underlying=event.reason if is_frozen else 0,
            frozen_until_ms=event.until_ms if is_frozen else 0,
        )
        if kind in OF_TRIGGERS:
            message.trigger.CopyFrom(_trigger(event))
        return message


def _trigger(event: HistoryEvent) -> EventTrigger:
    is_end, flags = event.kind == OrderEventKind.TRIGGER_ENDED, event.trigger_flags
    return EventTrigger(
        place=event.place,
        price_nano_usd=event.trigger_price,
        reduce_only=flags & REDUCE_ONLY_FLAG != 0,
        falling=flags & FALLING_FLAG != 0,
        by_mark=flags & BY_MARK_FLAG != 0,
        expiry_ms=event.until_ms,
        ending=event.reason if is_end else 0,  # type: ignore[arg-type]
    )


def _sequence(number: int) -> int:
    if number > SEQUENCE_MAX:
        raise ApiFailure(
            ApiError.REQUEST_MALFORMED, f"no event has number {number}", field="from_sequence"
        )
    return number
