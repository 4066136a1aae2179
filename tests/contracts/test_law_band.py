"""The price band: who would pay beyond it is refused, what the index leaves beyond it is gone, and
an order that reaches past the mark has the mark's value (attack 21)."""

import pytest

from strikeproof.wire.constants import INDEX_STALE_MS
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import encode_sweep
from tests.contracts.law_world import (
    ALICE,
    BOB,
    BUY,
    CAROL,
    FOK,
    GTC,
    IOC,
    MARK,
    POST_ONLY,
    SELL,
    cancel,
    place,
    replace,
    set_instrument,
    venue,
)

EDGE = MARK // 10
"""The edge of the band of 100,000 ppm, in ticks."""

SIDES = pytest.mark.parametrize(("side", "sign"), [(BUY, 1), (SELL, -1)])
"""A side and the direction in which it pays more."""


@SIDES
@pytest.mark.parametrize("flags", [GTC, IOC, FOK, GTC | POST_ONLY])
def test_order_that_would_pay_beyond_the_band_is_refused(flags, side, sign):
    world = venue()
    world.act(BOB, place(1, GTC | side ^ 1, MARK, 2))
    beyond = place(1, flags | side, MARK + sign * (EDGE + 1), 2)
    assert world.act(ALICE, beyond) == [Result.BEYOND_BAND]
    assert world.account(ALICE).positions == {}
    expected = Result.POST_ONLY_CROSSES if flags & POST_ONLY else Result.OK
    assert world.act(ALICE, place(1, flags | side, MARK + sign * EDGE, 2)) == [expected]


@SIDES
def test_order_may_rest_as_far_away_as_it_likes(side, sign):
    world = venue()
    far = 2**32 - 1 if side else 3
    assert world.act(ALICE, place(1, GTC | side, far, 10**4)) == [Result.OK]
    assert world.levels(bool(side)) == [(far, 10**4)]


def test_sell_at_half_the_mark_does_not_jam_the_asks():
    """Fault A1: one such order stopped every buyer, and nobody could remove it."""
    world = venue()
    assert world.act(ALICE, place(1, GTC | SELL, MARK * 49 // 100, 1)) == [Result.BEYOND_BAND]
    assert world.levels(True) == []


@SIDES
@pytest.mark.parametrize("remover", ["taker", "sweep"])
def test_order_that_the_index_left_behind_is_removed_by_whoever_meets_it(remover, side, sign):
    """Fault A1: after a move of the index larger than the band."""
    world = venue()
    world.act(ALICE, *[place(1, GTC | side, MARK, 2)] * 2)
    moved = MARK * 4 // 5 if side == BUY else MARK * 5 // 4  # away, so that it pays too much
    world.set_price(moved / 10)
    world.act(CAROL, place(1, GTC | side, moved, 2))
    if remover == "sweep":
        assert world.ops(encode_sweep(instrument=1, slots=[1, 2, 3])) == b"\0"
        assert world.levels(bool(side)) == [(moved, 2)]
    assert world.act(BOB, place(1, IOC | side ^ 1, moved, 2)) == [Result.OK]
    assert world.levels(bool(side)) == []
    assert world.account(ALICE).positions == {}
    assert world.account(CAROL).positions[1]["size"] == sign * 2
    assert world.instrument()["order_count"] == 0


@SIDES
def test_maker_at_the_edge_of_its_band_is_filled(side, sign):
    world = venue()
    world.act(ALICE, place(1, GTC | side, MARK, 2), place(1, GTC | side, MARK + sign, 2))
    # The lowest mark whose band reaches a bid at MARK is 45,455; the highest for an ask 55,555.
    world.set_price(4545.5 if side == BUY else 5555.5)
    assert world.ops(encode_sweep(instrument=1, slots=[1, 2])) == b"\0"
    assert world.levels(bool(side)) == [(MARK, 2)]
    assert world.act(BOB, place(1, IOC | side ^ 1, MARK, 2)) == [Result.OK]


@SIDES
def test_maker_that_asks_too_much_is_no_bargain_but_not_gone(side, sign):
    """An order far on its own passive side stays: it only waits."""
    world = venue()
    world.act(ALICE, place(1, GTC | side, MARK - sign * 10_000, 2))
    assert world.ops(encode_sweep(instrument=1, slots=[1])) == b"\0"
    assert len(world.levels(bool(side))) == 1
    assert world.act(BOB, place(1, IOC | side ^ 1, MARK, 2)) == [Result.IOC_REMAINDER]
    assert len(world.levels(bool(side))) == 1


@pytest.mark.parametrize(("age", "left"), [(INDEX_STALE_MS, 0), (INDEX_STALE_MS + 1, 1)])
def test_sweep_leaves_orders_beyond_the_band_while_the_price_is_stale(age, left):
    world = venue()
    world.act(ALICE, place(1, GTC, MARK, 2))
    world.set_price(4000)
    world.now += age
    assert world.ops(encode_sweep(instrument=1, slots=[1])) == b"\0"
    assert len(world.levels(False)) == left


def test_sweep_touches_instrument_mark_and_underlying_before_the_first_slot():
    world = venue()
    result = world.dry_run(world.segment(encode_sweep(instrument=2, slots=[0])))
    assert result.loaded == (0, 4 << 56 | 2, 5 << 56 | 2, 3 << 56 | 2)


def test_narrowed_band_makes_orders_gone():
    world = venue()
    world.act(ALICE, place(1, GTC, MARK + 50, 2))
    world.govern(set_instrument(band=1000))
    assert world.ops(encode_sweep(instrument=1, slots=[1])) == b"\0"
    assert world.levels(False) == [(MARK + 50, 2)]
    world.govern(set_instrument(band=999))
    assert world.ops(encode_sweep(instrument=1, slots=[1])) == b"\0"
    assert world.levels(False) == []


@SIDES
def test_replace_beyond_the_band_leaves_the_order_but_may_shrink_it_there(side, sign):
    world = venue()
    world.act(ALICE, place(1, GTC | side, MARK, 10))
    moved = MARK * 4 // 5 if side == BUY else MARK * 5 // 4
    world.set_price(moved / 10)
    away = replace(1, 1, 1, GTC | side, MARK - sign, 10)
    more = replace(1, 1, 1, GTC | side, MARK, 11)
    assert world.act(ALICE, away, more) == [Result.BEYOND_BAND] * 2
    assert world.levels(bool(side)) == [(MARK, 10)]
    assert world.act(ALICE, replace(1, 1, 1, GTC | side, MARK, 4)) == [Result.OK]
    assert world.levels(bool(side)) == [(MARK, 4)]
    assert world.act(ALICE, replace(1, 1, 1, GTC | side, moved, 10)) == [Result.OK]
    assert world.levels(bool(side)) == [(moved, 10)]
    assert world.act(ALICE, cancel(1, 1, 2)) == [Result.OK]


def test_minimum_value_is_judged_at_the_mark_where_the_order_reaches_past_it():
    """Fault A7: an immediate buy of one lot at the highest price passed any minimum."""
    world = venue()
    world.act(BOB, place(1, GTC | SELL, MARK, 50))
    world.govern(set_instrument(min_order_value=MARK * 100 * 10))
    high = MARK + EDGE
    for flags in (IOC, FOK, GTC):
        assert world.act(ALICE, place(1, flags, 2**32 - 1, 9)) == [Result.ORDER_TOO_SMALL]
        assert world.act(ALICE, place(1, flags, high, 9)) == [Result.ORDER_TOO_SMALL]
        assert world.act(ALICE, place(1, flags, high, 10)) == [Result.OK]
    # A buy below the mark has its price's value, a sell below it the mark's.
    assert world.act(ALICE, place(1, GTC, MARK - 1, 10)) == [Result.ORDER_TOO_SMALL]
    assert world.act(CAROL, place(1, GTC | SELL, MARK + EDGE, 9)) == [Result.ORDER_TOO_SMALL]
    world.govern(set_instrument(min_order_value=MARK * 100 * 10 - 1))
    assert world.act(CAROL, place(1, IOC | SELL, MARK - 1, 10)) == [Result.IOC_REMAINDER]
