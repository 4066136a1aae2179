"""Quotes: a bid and an ask by one action, each with a code of its own."""

from __future__ import annotations

import pytest

from strikeproof.wire.errors import Result
from strikeproof.wire.operations import ACTION_QUOTE_BYTES, OP_BUNDLE_HEAD_BYTES, OP_HEAD_BYTES
from tests.contracts.law_ops import NO_SIDE, Side, quote
from tests.contracts.law_world import (
    ALICE,
    BOB,
    FOK,
    GTC,
    GTD,
    IOC,
    MARK,
    POST_ONLY,
    REDUCE_ONLY,
    SELL,
    World,
    cancel_all,
    place,
    replace,
    venue,
)

MAKER = GTC | POST_ONLY
OK = Result.OK
GONE = Result.ORDER_NOT_FOUND
UNDONE = Result.ATOMIC_UNDONE


def quoted(bid: int = MARK - 10, ask: int = MARK + 10, lots: int = 10) -> World:
    """Return a venue where Alice has a quote: her bid is order 1, her ask order 2."""
    world = venue()
    assert world.act(ALICE, quote(1, MAKER, (bid, lots, 0, 0), (ask, lots, 0, 0))) == [OK, OK]
    return world


def sides(world: World) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    return world.levels(False), world.levels(True)


def test_a_first_quote_rests_on_both_sides() -> None:
    world = quoted()
    assert sides(world) == ([(MARK - 10, 10)], [(MARK + 10, 10)])
    assert [world.order(slot)["serial"] for slot in (1, 2)] == [1, 2]
    assert [world.order(slot)["client_id"] for slot in (1, 2)] == [9, 9]
    entry = world.account(ALICE).positions[1]
    assert (entry["buy_lots"], entry["sell_lots"], entry["open_orders"]) == (10, 10, 2)


@pytest.mark.parametrize("move", [-40, -21, 21, 40])
def test_a_quote_that_moves_past_its_old_other_side_does_not_meet_it(move: int) -> None:
    world = quoted()
    moved = quote(1, MAKER, (MARK - 10 + move, 7, 1, 1), (MARK + 10 + move, 8, 2, 2))
    assert world.act(ALICE, moved) == [OK, OK]
    assert sides(world) == ([(MARK - 10 + move, 7)], [(MARK + 10 + move, 8)])
    assert [each["serial"] for each in (*world.book(False), *world.book(True))] == [3, 4]


def test_two_replaces_would_meet_it() -> None:
    world = quoted()
    bid = replace(1, 1, 1, MAKER, MARK + 20, 7)
    ask = replace(1, 2, 2, MAKER | SELL, MARK + 40, 7)
    assert world.act(ALICE, bid, ask) == [Result.POST_ONLY_CROSSES, OK]


def test_the_other_side_moves_when_one_was_filled() -> None:
    world = quoted()
    assert world.act(BOB, place(1, IOC | SELL, MARK - 10, 10)) == [OK]
    moved = quote(1, MAKER, (MARK - 20, 10, 1, 1), (MARK + 5, 10, 2, 2))
    assert world.act(ALICE, moved) == [GONE, OK]
    assert sides(world) == ([], [(MARK + 5, 10)]), "nothing is bought again by itself"
    again = quote(1, MAKER, (MARK - 20, 10, 0, 0), (MARK + 5, 10, 2, 3))
    assert world.act(ALICE, again) == [OK, OK]
    assert sides(world) == ([(MARK - 20, 10)], [(MARK + 5, 10)])


def test_what_only_shrinks_keeps_slot_serial_and_priority() -> None:
    world = quoted()
    world.act(BOB, place(1, GTC, MARK - 10, 5), place(1, GTC | SELL, MARK + 10, 5))
    smaller = quote(1, MAKER, (MARK - 10, 4, 1, 1), (MARK + 10, 10, 2, 2), client_id=77)
    assert world.act(ALICE, smaller) == [OK, OK]
    assert world.levels(False) == [(MARK - 10, 4), (MARK - 10, 5)]
    assert world.levels(True) == [(MARK + 10, 10), (MARK + 10, 5)]
    first = world.book(False)[0]
    assert (first["slot"], first["serial"], first["client_id"]) == (1, 1, 77)
    larger = quote(1, MAKER, NO_SIDE, (MARK + 10, 11, 2, 2))
    assert world.act(ALICE, larger) == [OK, OK]
    assert world.levels(True) == [(MARK + 10, 5), (MARK + 10, 11)], "what grows goes behind"


def test_sides_without_lots_are_cancelled_or_left() -> None:
    world = quoted()
    assert world.act(ALICE, quote(1, MAKER, (0, 0, 1, 1))) == [OK, OK]
    assert sides(world) == ([], [(MARK + 10, 10)])
    assert world.act(ALICE, quote(1, MAKER, (0, 0, 1, 1), (0, 0, 2, 2))) == [GONE, OK]
    assert sides(world) == ([], [])
    assert world.account(ALICE).positions == {}, "the empty entry is freed"


def test_a_side_that_would_take_is_out_and_the_other_stands() -> None:
    world = quoted()
    assert world.act(BOB, place(1, GTC, MARK - 2, 5)) == [OK]
    crossing = quote(1, MAKER, (MARK - 12, 10, 1, 1), (MARK - 5, 10, 2, 2))
    assert world.act(ALICE, crossing) == [OK, Result.POST_ONLY_CROSSES]
    assert sides(world) == ([(MARK - 2, 5), (MARK - 12, 10)], [])


def test_a_quote_that_is_not_post_only_takes_and_rests() -> None:
    world = quoted()
    assert world.act(BOB, place(1, GTC, MARK - 2, 5)) == [OK]
    taking = quote(1, GTC, (MARK - 12, 10, 1, 1), (MARK - 5, 12, 2, 2))
    assert world.act(ALICE, taking) == [OK, OK]
    assert sides(world) == ([(MARK - 12, 10)], [(MARK - 5, 7)])
    assert world.account(ALICE).positions[1]["size"] == -5


@pytest.mark.parametrize(
    ("bid", "ask", "codes"),
    [
        ((MARK * 2, 10, 1, 1), NO_SIDE, [Result.BEYOND_BAND, OK]),
        ((MARK * 2, 10, 0, 0), NO_SIDE, [Result.BEYOND_BAND, OK]),
        (NO_SIDE, (MARK // 2, 10, 2, 2), [OK, Result.BEYOND_BAND]),
        ((1, 1, 1, 1), (MARK + 10, 9, 2, 2), [Result.ORDER_TOO_SMALL, OK]),
        ((MARK - 9, 10, 2, 2), NO_SIDE, [GONE, OK]),
        ((MARK - 9, 10, 1, 2), (MARK + 9, 10, 2, 1), [GONE, GONE]),
        ((MARK - 9, 10, 2**32 - 1, 1), NO_SIDE, [GONE, OK]),
    ],
)
def test_a_refused_side_leaves_its_order(bid: Side, ask: Side, codes: list[Result]) -> None:
    world = quoted()
    assert world.act(ALICE, quote(1, MAKER, bid, ask)) == codes
    levels = sides(world)
    assert levels[0] == [(MARK - 10, 10)]
    assert levels[1] == [(MARK + 10, 9 if codes[1] is OK and ask != NO_SIDE else 10)]


def test_nobody_quotes_with_the_orders_of_another() -> None:
    world = quoted()
    moved = quote(1, MAKER, (MARK - 20, 10, 1, 1), (MARK + 20, 10, 2, 2))
    assert world.act(BOB, moved) == [GONE, GONE]
    assert world.act(BOB, quote(1, MAKER, (0, 0, 1, 1), (0, 0, 2, 2))) == [GONE, GONE]
    assert sides(world) == ([(MARK - 10, 10)], [(MARK + 10, 10)])


def test_a_quote_on_its_way_does_not_bring_back_what_a_cancel_all_ended() -> None:
    world = quoted()
    assert world.act(ALICE, cancel_all(1)) == [OK]
    moved = quote(1, MAKER, (MARK - 20, 10, 1, 1), (MARK + 20, 10, 2, 2))
    assert world.act(ALICE, moved) == [GONE, GONE]
    assert world.act(ALICE, quote(1, MAKER, (0, 0, 1, 1), (0, 0, 2, 2))) == [OK, OK]
    assert sides(world) == ([], [])


def test_reduce_only_orders_are_not_quoted() -> None:
    world = venue()
    assert world.act(ALICE, place(1, GTC | SELL, MARK, 10)) == [OK]
    assert world.act(BOB, place(1, IOC, MARK, 10)) == [OK]
    assert world.act(BOB, place(1, GTC | SELL | REDUCE_ONLY, MARK + 5, 10)) == [OK]
    resting = world.book(True)[0]
    ask = (MARK + 4, 10, resting["slot"], resting["serial"])
    assert world.act(BOB, quote(1, MAKER, ask=ask)) == [OK, GONE]


def test_both_orders_die_at_their_expiry() -> None:
    world = venue()
    until = world.now + 5_000
    made = quote(1, MAKER | GTD, (MARK - 9, 5, 0, 0), (MARK + 9, 5, 0, 0), until)
    assert world.act(ALICE, made) == [OK, OK]
    assert [world.order(slot)["expiry_ms"] for slot in (1, 2)] == [until, until]
    world.now = until
    renewed = quote(1, MAKER, (MARK - 8, 5, 1, 1), (MARK + 8, 5, 2, 2))
    assert world.act(ALICE, renewed) == [GONE, GONE]
    late = quote(1, MAKER | GTD, (MARK - 9, 5, 0, 0), (MARK + 9, 5, 0, 0), until)
    assert world.act(ALICE, late) == [Result.EXPIRED, Result.EXPIRED]


def test_an_unknown_instrument_answers_for_both_sides() -> None:
    world = venue()
    unknown = quote(9, MAKER, (MARK - 9, 5, 0, 0), (MARK + 9, 5, 0, 0))
    assert world.act(ALICE, unknown) == [Result.UNKNOWN_INSTRUMENT] * 2


def test_each_side_is_judged_by_the_margin_with_what_rests_by_then() -> None:
    world = venue()  # 10,000 USD; a lot is 5 USD of notional, 5 % of it initial margin
    lots = 10**6
    bid, ask = (MARK - 9, lots, 0, 0), (MARK + 9, 5, 0, 0)
    assert world.act(ALICE, quote(1, MAKER, bid, ask)) == [Result.MARGIN_INSUFFICIENT, OK]
    assert sides(world) == ([], [(MARK + 9, 5)])
    entry = world.account(ALICE).positions[1]
    assert (entry["buy_lots"], entry["buy_value"], entry["sell_lots"]) == (0, 0, 5)


@pytest.mark.parametrize(
    ("bid", "ask", "codes"),
    [
        ((MARK - 9, 5, 1, 1), (MARK + 9, 5, 2, 9), [UNDONE, GONE, UNDONE]),
        ((MARK - 9, 5, 1, 9), (MARK + 9, 5, 2, 2), [GONE, UNDONE, UNDONE]),
        ((MARK - 9, 5, 1, 9), (MARK + 9, 5, 2, 9), [GONE, UNDONE, UNDONE]),
    ],
)
def test_an_atomic_bundle_stands_or_falls_with_either_side(
    bid: Side, ask: Side, codes: list[Result]
) -> None:
    world = quoted()
    before = dict(world.state)
    after = place(1, GTC, MARK - 30, 5)
    assert world.act(ALICE, quote(1, MAKER, bid, ask), after, atomic=1) == codes
    changed = {key for key, record in world.state.items() if before.get(key) != record}
    assert {key >> 56 for key in changed} <= {0, 2}, "the venue's clock and the session's nonce"
    good = quote(1, MAKER, (MARK - 9, 5, 1, 1), (MARK + 9, 5, 2, 2))
    assert world.act(ALICE, good, after, atomic=1) == [OK, OK, OK]


def test_codes_line_up_with_what_is_signed() -> None:
    world = quoted()
    actions = (
        place(1, GTC, MARK - 30, 5),
        quote(1, MAKER, (MARK - 9, 5, 1, 1), (MARK + 9, 5, 2, 9)),
        place(9, GTC, MARK - 30, 5),
        quote(2, MAKER, (MARK - 9, 5, 3, 3), (MARK + 9, 5, 0, 0)),
    )
    codes = [OK, OK, GONE, Result.UNKNOWN_INSTRUMENT, GONE, OK]
    assert world.act(ALICE, *actions) == codes


def test_eight_quotes_are_sixteen_orders_and_meet_two_makers() -> None:
    world = venue()
    many = [quote(1, MAKER, (MARK - 9 - n, 1, 0, 0), (MARK + 9 + n, 1, 0, 0)) for n in range(8)]
    assert world.act(ALICE, *many) == [OK] * 16
    assert world.act(BOB, place(1, GTC, MARK, 5)) == [OK]
    moved = [
        quote(1, MAKER, (MARK - 9, 1, 2 * n + 1, 2 * n + 1), (MARK - n, 1, 2 * n + 2, 2 * n + 2))
        for n in range(8)
    ]
    codes = world.act(ALICE, *moved)
    met = [OK, Result.POST_ONLY_CROSSES] * 2
    assert codes == met + [OK, Result.TOUCHES_EXHAUSTED] * 6


MALFORMED = {
    "no instrument": (0, MAKER, (1, 1, 0, 0), NO_SIDE, 0),
    "nothing": (1, MAKER, NO_SIDE, NO_SIDE, 0),
    "the ask's side": (1, MAKER | SELL, (9, 1, 0, 0), NO_SIDE, 0),
    "reduce-only": (1, MAKER | REDUCE_ONLY, (9, 1, 0, 0), NO_SIDE, 0),
    "IOC": (1, IOC, (9, 1, 0, 0), NO_SIDE, 0),
    "FOK": (1, FOK, (9, 1, 0, 0), NO_SIDE, 0),
    "bit 7": (1, MAKER | 128, (9, 1, 0, 0), NO_SIDE, 0),
    "self-trade mode 3": (1, MAKER | 24, (9, 1, 0, 0), NO_SIDE, 0),
    "GTD without an expiry": (1, MAKER | GTD, (9, 1, 0, 0), NO_SIDE, 0),
    "GTC with an expiry": (1, MAKER, (9, 1, 0, 0), NO_SIDE, 1),
    "a bid at the ask": (1, MAKER, (9, 1, 0, 0), (9, 1, 0, 0), 0),
    "a bid above the ask": (1, MAKER, (10, 1, 0, 0), (9, 1, 0, 0), 0),
    "a bid's price without lots": (1, MAKER, (9, 0, 1, 1), NO_SIDE, 0),
    "an ask's lots without a price": (1, MAKER, NO_SIDE, (0, 1, 0, 0), 0),
    "a bid's slot without a serial": (1, MAKER, (9, 1, 1, 0), NO_SIDE, 0),
    "an ask's serial without a slot": (1, MAKER, NO_SIDE, (9, 1, 0, 1), 0),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_no_quote_may_be_makes_the_bundle_malformed(name: str) -> None:
    instrument, flags, bid, ask, expiry = MALFORMED[name]
    world = venue()
    op = world.bundle(ALICE, quote(instrument, flags, bid, ask, expiry))
    assert world.ops(op) == bytes((Result.MALFORMED,))


@pytest.mark.parametrize("offset", range(1, ACTION_QUOTE_BYTES))
def test_every_byte_of_a_quote_is_signed(offset: int) -> None:
    world = quoted()
    made = quote(1, MAKER | GTD, (99, 12, 1, 1), (2**32 - 1, 12, 5, 5), world.now + 1)
    op = bytearray(world.bundle(ALICE, made))
    op[OP_HEAD_BYTES + OP_BUNDLE_HEAD_BYTES + offset] ^= 16 if offset == 3 else 2
    assert world.ops(bytes(op)) == bytes((Result.BAD_SIGNATURE,))


def test_the_greatest_fields_are_read_whole() -> None:
    world = venue()
    until = 2**48 - 1
    widest = (2**32 - 2, 2**40 - 1, 2**32 - 1, 2**48 - 1)
    made = quote(1, MAKER | GTD, widest, (2**32 - 1, *widest[1:]), until, 2**64 - 1)
    assert world.act(ALICE, made) == [GONE, GONE]
