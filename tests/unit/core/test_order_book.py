"""Price-time order, links and free list of a book, through the engine (attacks 18 and 23)."""

from random import Random

import pytest

from strikeproof.sequencer.core.order_book import Ladder
from strikeproof.wire.constants import OrderFlag, SelfTrade, TimeInForce
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import (
    action_flags,
    encode_cancel,
    encode_cancel_all,
    encode_replace,
    encode_sweep,
)
from tests.unit.core.scripted_venue import ScriptedVenue


def prices(venue: ScriptedVenue, sell: bool) -> list[tuple[int, int]]:
    return [(o.price, o.serial) for o in venue.engine.book_orders(1) if o.is_sell == sell]


@pytest.mark.parametrize("seed", range(4))
def test_orders_stand_by_price_then_time(seed):
    random = Random(seed)
    venue = ScriptedVenue(accounts=6, deposit=10**14)
    for _ in range(60):
        sell = random.random() < 0.5
        distance = random.randrange(1, 8)
        price = 300_000 + distance if sell else 300_000 - distance
        place = venue.sell if sell else venue.buy
        assert place(random.randrange(1, 7), price, 1) == Result.OK
    asks, bids = prices(venue, sell=True), prices(venue, sell=False)
    assert asks == sorted(asks)
    assert bids == sorted(bids, key=lambda order: (-order[0], order[1]))
    assert len(asks) + len(bids) == 60


def test_advice_names_the_order_in_front():
    venue = ScriptedVenue(accounts=2)
    advice = []
    for price in (300_010, 300_020, 300_010, 300_005, 300_030, 300_015):
        assert venue.sell(1, price, 1) == Result.OK
        advice.append(venue.last.advice)
    # Slots count from 1. The first order of a side needs no advice.
    assert advice == [(), (1,), (1,), (0,), (2,), (3,)]


@pytest.mark.parametrize("seed", range(4))
def test_removal_anywhere_keeps_links_whole(seed):
    random = Random(seed)
    venue = ScriptedVenue(accounts=4, deposit=10**14)
    for _ in range(120):
        orders = venue.engine.book_orders(1)
        if orders and random.random() < 0.45:
            order = random.choice(orders)
            action = encode_cancel(instrument=1, slot=order.slot, serial=order.serial)
            assert venue.act(order.account, action) == Result.OK
        else:
            price = 300_000 - random.randrange(1, 6)
            assert venue.buy(random.randrange(1, 5), price, 1) == Result.OK
        forwards = venue.engine.book_orders(1)
        assert venue.engine.instruments()[0].order_count == len(forwards)
        keys = [(-o.price, o.serial) for o in forwards]
        assert keys == sorted(keys)


def test_freed_slots_are_reused_latest_first_with_new_serials():
    venue = ScriptedVenue(accounts=1)
    for price in (299_000, 299_001, 299_002):
        venue.buy(1, price, 1)
    for slot in (1, 3):
        assert venue.act(1, encode_cancel(instrument=1, slot=slot, serial=slot)) == Result.OK
    venue.buy(1, 298_000, 1)
    venue.buy(1, 298_001, 1)
    venue.buy(1, 298_002, 1)
    by_serial = {o.serial: o.slot for o in venue.engine.book_orders(1)}
    assert by_serial == {2: 2, 4: 3, 5: 1, 6: 4}


def test_cancel_held_back_does_not_hit_the_next_order_in_its_slot():
    """Attack 23."""
    venue = ScriptedVenue(accounts=1)
    venue.buy(1, 299_000, 1)
    assert venue.act(1, encode_cancel(instrument=1, slot=1, serial=1)) == Result.OK
    venue.buy(1, 299_000, 1)
    assert venue.act(1, encode_cancel(instrument=1, slot=1, serial=1)) == Result.ORDER_NOT_FOUND
    assert (
        venue.act(1, encode_replace(instrument=1, slot=1, serial=1, flags=0, price=299_000, lots=1))
        == Result.ORDER_NOT_FOUND
    )
    assert venue.act(1, encode_cancel(instrument=1, slot=1, serial=2)) == Result.OK


def test_orders_of_others_cannot_be_cancelled_or_replaced():
    venue = ScriptedVenue(accounts=2)
    venue.buy(1, 299_000, 1)
    assert venue.act(2, encode_cancel(instrument=1, slot=1, serial=1)) == Result.ORDER_NOT_FOUND
    assert (
        venue.act(2, encode_replace(instrument=1, slot=1, serial=1, flags=0, price=299_000, lots=1))
        == Result.ORDER_NOT_FOUND
    )


@pytest.mark.parametrize(
    ("price", "lots", "keeps"),
    [(299_000, 5, True), (299_000, 10, True), (299_000, 11, False), (299_001, 5, False)],
)
def test_replace_keeps_priority_only_at_its_price_and_not_growing(price, lots, keeps):
    venue = ScriptedVenue(accounts=2)
    venue.buy(1, 299_000, 10)
    venue.buy(2, 299_000, 10)
    action = encode_replace(
        instrument=1, slot=1, serial=1, flags=0, price=price, lots=lots, expiry_ms=0, client_id=77
    )
    assert venue.act(1, action) == Result.OK
    (mine,) = venue.engine.orders_of(1)
    assert (mine.price, mine.lots, mine.client_id) == (price, lots, 77)
    assert (mine.serial == 1) == keeps
    view = venue.engine.account(1)
    assert view is not None
    assert view.positions[0].buy_lots == lots


def test_replace_of_side_or_kind_finds_no_order():
    venue = ScriptedVenue(accounts=1)
    venue.buy(1, 299_000, 10)
    for flags in (OrderFlag.SELL, OrderFlag.REDUCE_ONLY):
        action = encode_replace(instrument=1, slot=1, serial=1, flags=flags, price=299_000, lots=5)
        assert venue.act(1, action) == Result.ORDER_NOT_FOUND
    assert len(venue.engine.orders_of(1)) == 1


def test_replace_whose_place_fails_leaves_the_order_removed():
    venue = ScriptedVenue(accounts=2)
    venue.sell(2, 300_000, 5)
    venue.buy(1, 299_000, 10)
    flags = OrderFlag.POST_ONLY
    action = encode_replace(instrument=1, slot=2, serial=2, flags=flags, price=300_000, lots=5)
    assert venue.act(1, action) == Result.POST_ONLY_CROSSES
    assert venue.engine.orders_of(1) == ()
    view = venue.engine.account(1)
    assert view is not None
    assert view.positions == ()


def test_ladder_agrees_with_a_list():
    random = Random(3)
    for direction in (1, -1):
        ladder = Ladder(direction)
        tails: dict[int, int] = {}
        for slot in range(1, 800):
            price = random.randrange(1, 40)
            if price in tails and random.random() < 0.4:
                ladder.drop_price(price)
                del tails[price]
            else:
                ladder.set_tail(price, slot)
                tails[price] = slot
            asked = random.randrange(0, 42)
            better = [p for p in tails if p * direction >= asked * direction]
            nearest = min(better, key=lambda p: p * direction) if better else None
            assert ladder.predecessor(asked) == (tails[nearest] if nearest else 0)


def test_book_of_many_levels_is_shown_best_first_and_cut_at_depth():
    venue = ScriptedVenue(accounts=2)
    for price in (299_000, 298_000, 299_000, 297_000):
        venue.buy(1, price, 3)
    book = venue.engine.book(1, depth=2)
    assert book is not None
    assert [(b.price, b.lots, b.orders) for b in book.bids] == [(299_000, 6, 2), (298_000, 3, 1)]
    assert book.asks == ()
    assert venue.engine.book(2) is None


def test_cancel_all_is_one_step_however_many_orders_there_are():
    """Attack 16: the dead orders stay linked; takers and sweeps remove them."""
    venue = ScriptedVenue(accounts=2)
    for price in range(299_000, 299_030):
        venue.buy(1, price, 1)
    weight_before = venue.last.witness_weight
    assert venue.act(1, encode_cancel_all(instrument=1)) == Result.OK
    assert venue.last.witness_weight < weight_before
    assert venue.engine.orders_of(1) == ()
    assert venue.engine.book_orders(1) == ()
    assert venue.engine.instruments()[0].order_count == 30
    assert venue.engine.gone_slots(1, 1, 100, venue.now) == list(range(1, 31))


def test_sweep_removes_dead_orders_and_no_others():
    venue = ScriptedVenue(accounts=2)
    venue.buy(1, 299_000, 1)
    venue.buy(2, 299_000, 1)
    until_date = action_flags(time_in_force=TimeInForce.GTD)
    venue.buy(2, 298_000, 1, until_date, expiry_ms=venue.now + 10)
    venue.act(1, encode_cancel_all(instrument=1))
    venue.now += 9
    venue.segment(encode_sweep(instrument=1, slots=[2, 3]))
    assert venue.engine.instruments()[0].order_count == 3
    venue.now += 1
    outcome = venue.segment(encode_sweep(instrument=1, slots=[1, 2, 3, 0, 4, 2**32 - 1, 1]))[0]
    assert outcome.code == Result.OK
    assert [o.serial for o in venue.engine.book_orders(1)] == [2]
    assert venue.engine.instruments()[0].order_count == 1
    view = venue.engine.account(2)
    assert view is not None
    assert (view.positions[0].open_orders, view.positions[0].buy_lots) == (1, 1)


def test_self_trade_modes_cancel_whom_they_name():
    for mode, taken, left, code in (
        (SelfTrade.CANCEL_TAKER, 0, 2, Result.SELF_TRADE),
        (SelfTrade.CANCEL_MAKER, 5, 0, Result.OK),
        (SelfTrade.CANCEL_BOTH, 0, 1, Result.SELF_TRADE),
    ):
        venue = ScriptedVenue(accounts=2)
        other = venue.register(owner=1)
        venue.deposit(other, 10**12)
        venue.sell(other, 300_000, 3)
        venue.sell(2, 300_001, 5)
        flags = action_flags(self_trade=mode)
        assert venue.buy(1, 300_001, 5, flags) == code, mode
        assert venue.sizes().get(1, 0) == taken
        assert len(venue.engine.book_orders(1)) == left
