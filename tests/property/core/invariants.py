"""What must hold of a venue after every step: checked through reads and records alone."""

from __future__ import annotations

from collections import Counter

from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.engine_event import EngineEvent, Fill, Rested
from strikeproof.sequencer.core.state_view import AccountView, OrderView
from strikeproof.wire.constants import ORDER_SLOT_BITS, OrderFlag
from strikeproof.wire.layout import (
    ACCOUNT_POSITION_WORDS,
    ACCOUNT_WORDS,
    INSTRUMENT_GROUP,
    Group,
    unpack_account_position,
    unpack_instrument,
    unpack_order,
)

ORDER_KEY = 6 << 56
INSTRUMENT_KEY = 4 << 56
ACCOUNT_KEY = 1 << 56


def account_of(engine: Engine, account: int) -> AccountView:
    view = engine.account(account)
    assert view is not None
    return view


def check_money(engine: Engine, accounts: list[int], deposited: int) -> None:
    """Custody equals liabilities to the micro-dollar (attack 17)."""
    venue = engine.venue()
    views = [account_of(engine, account) for account in accounts]
    owed = sum(view.collateral + view.withdrawn + view.credit_limit for view in views)
    assert venue.credit == sum(view.credit_limit for view in views)
    owed += sum(each.house_cash for each in engine.instruments())
    assert owed + venue.fee_pool + venue.insurance_fund == deposited
    assert venue.liabilities == deposited - sum(view.withdrawn for view in views)


def check_positions(engine: Engine, accounts: list[int]) -> None:
    """Positions sum to zero for each instrument; open interest is the longs' sum."""
    longs: Counter[int] = Counter()
    shorts: Counter[int] = Counter()
    for account in accounts:
        for position in account_of(engine, account).positions:
            longs[position.instrument] += max(0, position.size)
            shorts[position.instrument] += max(0, -position.size)
    for instrument in engine.instruments():
        id = instrument.instrument
        record = instrument_of(engine, id)
        assert longs[id] + record["house_lots"] == shorts[id]
        assert record["long_interest"] == longs[id] << 32
        assert record["short_interest"] == shorts[id] << 32
        assert instrument.open_interest == longs[id]


def instrument_of(engine: Engine, instrument: int) -> dict[str, int]:
    """Return the fields of an instrument's record by name."""
    return fields_of(
        INSTRUMENT_GROUP, unpack_instrument(engine.record(INSTRUMENT_KEY | instrument))
    )


def fields_of(group: Group, values: tuple[int, ...]) -> dict[str, int]:
    """Return unpacked values by the names of their fields."""
    return dict(zip([field.name for field in group.fields], values, strict=True))


def check_exposure(engine: Engine, accounts: list[int]) -> None:
    """Entries reserve exactly their open orders; none is empty, none comes twice."""
    for account in accounts:
        record = engine.record(ACCOUNT_KEY | account)
        view = account_of(engine, account)
        seen = set()
        for index, position in enumerate(view.positions):
            at = 32 * (ACCOUNT_WORDS + ACCOUNT_POSITION_WORDS * index)
            fields = unpack_account_position(record, at)
            _, open_orders, epoch, size, linked, reduce_lots, _ = fields[:7]
            buy_lots, sell_lots, buy_value, sell_value = fields[7:11]
            orders = orders_of_epoch(engine, account, position.instrument, epoch)
            assert open_orders == len(orders)
            assert linked == linked_of(engine, account, position.instrument)
            reduce_only = [order for order in orders if order[0] & OrderFlag.REDUCE_ONLY]
            assert reduce_lots == sum(lots for _, _, lots in reduce_only)
            firm = [order for order in orders if not order[0] & OrderFlag.REDUCE_ONLY]
            buys = [order for order in firm if not order[0] & OrderFlag.SELL]
            sells = [order for order in firm if order[0] & OrderFlag.SELL]
            assert buy_lots == sum(lots for _, _, lots in buys)
            assert sell_lots == sum(lots for _, _, lots in sells)
            assert buy_value == sum(price * lots for _, price, lots in buys)
            assert sell_value == sum(price * lots for _, price, lots in sells)
            assert size or buy_lots or sell_lots or linked
            assert position.instrument not in seen
            seen.add(position.instrument)


def linked_of(engine: Engine, account: int, instrument: int) -> int:
    """Return how many linked orders an account has, from records, dead ones too."""
    next_slot = instrument_of(engine, instrument)["next_slot"]
    found = 0
    for slot in range(1, next_slot):
        fields = unpack_order(engine.record(ORDER_KEY | instrument << ORDER_SLOT_BITS | slot))
        found += bool(fields[1] & OrderFlag.LINKED) and fields[4] == account
    return found


def orders_of_epoch(
    engine: Engine, account: int, instrument: int, epoch: int
) -> list[tuple[int, int, int]]:
    """Return flags, price, lots of an account's linked orders of an epoch, from records."""
    found: list[tuple[int, int, int]] = []
    next_slot = instrument_of(engine, instrument)["next_slot"]
    for slot in range(1, next_slot):
        fields = unpack_order(engine.record(ORDER_KEY | instrument << ORDER_SLOT_BITS | slot))
        if fields[1] & OrderFlag.LINKED and fields[4] == account and fields[5] == epoch:
            found.append((fields[1], fields[2], fields[3]))
    return found


def check_book(engine: Engine, instrument: int) -> None:
    """Links, free list and ends are whole; priority holds; live orders do not cross."""
    fields = instrument_of(engine, instrument)

    def record(slot: int) -> tuple[int, ...]:
        return unpack_order(engine.record(ORDER_KEY | instrument << ORDER_SLOT_BITS | slot))

    slots: list[int] = []
    counts = []
    for name, side in (("bid", 0), ("ask", OrderFlag.SELL)):
        slot, before, last = fields[f"best_{name}"], 0, None
        counts.append(len(slots))
        while slot:
            order = record(slot)
            assert order[1] & (OrderFlag.LINKED | OrderFlag.SELL) == OrderFlag.LINKED | side
            assert order[7] == before
            assert order[3] > 0
            key = (order[2] if side else -order[2], order[6])
            assert last is None or last < key
            slots.append(slot)
            slot, before, last = order[8], slot, key
        assert fields[f"worst_{name}"] == before
    assert len(slots) == fields["order_count"]
    assert counts[1] == fields["bid_count"]
    free = []
    slot = fields["free_slot"]
    while slot:
        order = record(slot)
        assert order[1:8] == (0,) * 7
        assert order[9:] == (0,) * 3
        free.append(slot)
        slot = order[8]
    assert sorted(slots + free) == list(range(1, fields["next_slot"]))
    live = engine.book(instrument)
    assert live is not None
    if live.bids and live.asks:
        assert live.bids[0].price < live.asks[0].price


def check_fills(
    fills: list[Fill], limit: int, before: tuple[OrderView, ...], after: tuple[OrderView, ...]
) -> None:
    """No fill past the limit, nor past a better or earlier live order (attack 18).

    `before`, `after`: live orders of the makers' side, best first.
    """
    if not fills:
        return
    sell = fills[0].taker_is_sell
    for fill in fills:
        assert fill.price >= limit if sell else fill.price <= limit
    place = {order.serial: index for index, order in enumerate(before)}
    touched = [place[fill.maker_serial] for fill in fills]
    assert touched == sorted(set(touched))
    passed = {order.serial for order in before[: touched[-1]]}
    assert not passed & {order.serial for order in after}


def check_margin_after(engine: Engine, account: int, events: list[EngineEvent]) -> None:
    """An order accepted into the book is alive, and leaves initial margin not negative."""
    for event in events:
        if isinstance(event, Rested):
            order = engine.order(event.instrument, event.slot)
            assert order is not None
            assert order.is_live
            assert order.serial == event.serial
    if any(isinstance(event, Rested) and not event.is_reduce_only for event in events):
        view = account_of(engine, account)
        assert view.equity >= view.initial_margin
