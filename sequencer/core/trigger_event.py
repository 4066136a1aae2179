"""What happened to triggers: events of the engine. Units as in `engine_event.py`."""

from enum import IntEnum
from typing import NamedTuple


class TriggerEnding(IntEnum):
    """Why a trigger waits no more, without having fired."""

    TAKEN_BACK = 1  # by its account
    REPLACED = 3  # by its account: a TriggerSet of the place follows
    DEAD = 2  # past its expiry or its account's cancel-at, of another epoch, or settled: found so


class TriggerSet(NamedTuple):
    """A trigger waits at a place of an account and instrument; what was there has ended before.
    Prices: what it waits for in nano-USD, the limit in ticks; `sell` to `by_mark` are 0 or 1."""

    account: int
    instrument: int
    place: int
    sell: int
    reduce_only: int
    falling: int
    by_mark: int
    trigger_price: int
    limit: int
    lots: int
    max_fee_ppm: int
    expiry_ms: int
    client_id: int


class TriggerEnded(NamedTuple):
    """A trigger was taken away and did not fire."""

    account: int
    instrument: int
    place: int
    client_id: int
    ending: TriggerEnding


class TriggerFired(NamedTuple):
    """A trigger fired at a price in nano-USD: its order was of `lots`, and the result code says
    what became of it. Its fills come before. `lots_waiting` wait on: a segment's makers ran
    out."""

    account: int
    instrument: int
    place: int
    client_id: int
    sell: int
    price: int
    lots: int
    result: int
    lots_waiting: int
