"""Cases of whole segments: orders that match, rest, are cancelled or refused."""

from __future__ import annotations

from collections.abc import Iterator

from strikeproof.wire.constants import (
    BOOK_SIDE_MAX,
    INDEX_STALE_MS,
    LINKED_ORDERS_MAX,
    MAKER_TOUCHES_BY_KEYS,
    OPEN_ORDERS_MAX,
    ORDER_LOTS_MAX,
    POSITION_LOTS_MAX,
    POSITIONS_MAX,
    PUBLISH_SPACING_MS,
)
from strikeproof.wire.layout import ACCOUNT_GROUP, ACCOUNT_WORDS, INSTRUMENT_GROUP
from tools.vectors.case_file import Case
from tools.vectors.encoders import encode_op
from tools.vectors.venue import (
    INDEX,
    MARK,
    TICK_VALUE,
    USD,
    Venue,
    cancel,
    cancel_all,
    place,
    replace,
)

_SELL = {"sell": True}
_IOC = {"time_in_force": "IOC"}
_FOK = {"time_in_force": "FOK"}


def order_cases() -> Iterator[Case]:
    """Yield segments of orders."""
    yield from _matching()
    yield from _kinds_of_order()
    yield from _self_trades()
    yield from _reduce_only()
    yield from _refused_orders()
    yield from _limits()
    yield from _margin()
    yield from _cancels()
    yield from _replaces()
    yield from _sweeps()
    yield from _left_by_the_index()
    yield from _wide_gap()
    yield from _full_sides()
    yield from _makers_by_keys()
    yield from _position_limit()


def _matching() -> Iterator[Case]:
    venue = Venue.opened()
    yield venue.actions("an order rests in an empty book", 1, place(MARK - 10, 5))
    yield venue.actions("an order rests behind a better one", 2, place(MARK - 20, 5))
    yield venue.actions("an order rests behind one of its price", 3, place(MARK - 10, 5))
    taker = place(MARK - 10, 8, **_SELL)
    yield venue.actions("a taker crosses two makers", 2, taker)
    yield venue.actions("a taker fills and its remainder rests", 1, place(MARK - 20, 9, **_SELL))
    venue = Venue.opened()
    ops = [
        venue.bundle(1, place(MARK, 4)),
        venue.bundle(2, place(MARK + 5, 6, **_SELL), place(MARK, 3, **_SELL)),
        venue.bundle(3, place(MARK + 5, 2), cancel_all(1)),
    ]
    expected = "OK OK OK OK OK OK OK OK"
    yield venue.ops("three bundles trade with one another", *ops, expected=expected)


def _kinds_of_order() -> Iterator[Case]:
    venue = Venue.opened()
    venue.act(1, place(MARK + 10, 5, **_SELL), place(MARK + 20, 5, **_SELL))
    yield venue.actions("an IOC order fills whole", 2, place(MARK + 10, 2, **_IOC))
    venue.act(2, cancel_all())
    remainder = place(MARK + 10, 9, **_IOC)
    yield venue.actions(
        "an IOC order leaves a remainder", 2, remainder, expected="OK IOC_REMAINDER"
    )
    yield venue.actions("a FOK order fills whole", 2, place(MARK + 20, 2, **_FOK))
    unfilled = place(MARK + 20, 9, **_FOK)
    yield venue.actions("a FOK order finds too little", 2, unfilled, expected="OK FOK_UNFILLED")
    crosses = place(MARK + 20, 1, post_only=True)
    yield venue.actions("a post-only order would take", 2, crosses, expected="OK POST_ONLY_CROSSES")
    yield venue.actions("a post-only order rests", 2, place(MARK, 1, post_only=True))
    until = {"time_in_force": "GTD", "expiry_ms": venue.now_ms + 1}
    yield venue.actions("a GTD order rests", 2, place(MARK + 1, 3, **until))
    late = place(MARK, 3, time_in_force="GTD", expiry_ms=venue.now_ms)
    yield venue.actions("a GTD order that has expired", 2, late, expected="OK EXPIRED")
    venue.now_ms += 1
    past = place(MARK, 1, sell=True)
    yield venue.actions("a taker removes a maker that has expired", 3, past)


def _self_trades() -> Iterator[Case]:
    for mode, name, expected in (
        ("CANCEL_TAKER", "the taker", "OK SELF_TRADE"),
        ("CANCEL_MAKER", "the maker", "OK OK"),
        ("CANCEL_BOTH", "both", "OK SELF_TRADE"),
    ):
        venue = Venue.opened(accounts=2)
        venue.act(1, place(MARK, 5))
        venue.act(2, place(MARK - 1, 5))
        taker = place(MARK - 1, 3, sell=True, self_trade=mode)
        yield venue.actions(f"a self-trade cancels {name}", 1, taker, expected=expected)


def _reduce_only() -> Iterator[Case]:
    venue = Venue.opened()
    reduce = {"reduce_only": True}
    nothing = place(MARK, 5, **reduce)
    yield venue.actions("nothing to reduce", 1, nothing, expected="OK NOTHING_TO_REDUCE")
    venue.act(1, place(MARK, 5))
    venue.act(2, place(MARK, 5, **_SELL))
    grows = place(MARK, 5, **reduce)
    yield venue.actions(
        "a reduce-only order that would grow", 1, grows, expected="OK NOTHING_TO_REDUCE"
    )
    venue.govern("SET_INSTRUMENT", min_order_value_micro_usd=2 * MARK * TICK_VALUE)
    small = place(MARK + 10, 1, sell=True, **reduce)
    yield venue.actions(
        "a reduce-only order below the minimum", 1, small, expected="OK ORDER_TOO_SMALL"
    )
    yield venue.actions(
        "a reduce-only order of four lots", 1, place(MARK + 20, 4, sell=True, **reduce)
    )
    yield venue.actions("a reduce-only order of what is left", 1, small)
    full = place(MARK + 10, 3, sell=True, **reduce)
    yield venue.actions(
        "a reduce-only order beside others of all lots", 1, full, expected="OK NOTHING_TO_REDUCE"
    )
    venue.act(1, cancel_all())
    venue.govern("SET_INSTRUMENT")
    rests = place(MARK + 10, 9, sell=True, **reduce)
    yield venue.actions("a reduce-only order is cut and rests", 1, rests)
    yield venue.actions("a reduce-only maker closes a position", 3, place(MARK + 10, 9))
    venue.govern("SET_INSTRUMENT", status=2)
    yield venue.actions("only reduce-only orders are admitted", 3, place(), expected="OK HALTED")
    closing = place(MARK + 10, 5, **_IOC, **reduce)
    yield venue.actions(
        "a reduce-only order while no other is admitted", 2, closing, expected="OK IOC_REMAINDER"
    )
    venue.govern("SET_INSTRUMENT", status=3)
    halted = place(MARK + 10, 5, sell=True, **reduce)
    yield venue.actions("a halted instrument", 3, halted, expected="OK HALTED")
    yield venue.actions("a halted instrument lets orders be cancelled", 3, cancel_all(1))


def _refused_orders() -> Iterator[Case]:
    venue = Venue.opened(accounts=2)
    for name, action, expected in (
        ("an order of no instrument", place(instrument=2), "UNKNOWN_INSTRUMENT"),
        ("an order below the minimum", place(9_999, 1), "ORDER_TOO_SMALL"),
        ("an order of the most lots", place(MARK, ORDER_LOTS_MAX), "MARGIN_INSUFFICIENT"),
    ):
        yield venue.actions(name, 1, action, expected=f"OK {expected}")
    for name, action, most in (
        ("a fee above the bundle's maximum", place(), 499),
        ("a maker's fee above the bundle's maximum", place(post_only=True), 0),
    ):
        yield venue.actions(name, 1, action, max_fee_ppm=most, expected="OK FEE_TOO_HIGH")
    past = place(MARK + 1_000, 1)
    venue.govern("SET_INSTRUMENT", min_order_value_micro_usd=MARK * TICK_VALUE + 1)
    yield venue.actions(
        "an order whose value counts at the mark", 1, past, expected="OK ORDER_TOO_SMALL"
    )
    venue.govern("SET_INSTRUMENT")
    venue.act(1, place(MARK // 2, 1))
    limit = place(MARK, ORDER_LOTS_MAX)
    yield venue.actions(
        "an order past the greatest position", 1, limit, expected="OK POSITION_LIMIT"
    )
    for name, action in (
        ("a buy beyond the price band", place(MARK + 10_000, 1)),
        ("a sell beyond the price band", place(MARK - 10_000, 1, **_SELL)),
        ("a replace beyond the price band", replace(1, 1, MARK + 10_000, 1)),
    ):
        yield venue.actions(name, 1, action, expected="OK BEYOND_BAND")
    venue.govern("LIST_UNDERLYING", symbol=b"ETH".ljust(16, b"\0"))
    venue.govern("LIST_INSTRUMENT", underlying=2)
    unpriced = place(instrument=2)
    yield venue.actions("an underlying without a price", 1, unpriced, expected="OK NO_PRICE")
    several = [place(MARK // 2, 1), place(9_999, 1), cancel(9, 9), cancel_all()]
    expected = "OK OK ORDER_TOO_SMALL ORDER_NOT_FOUND OK"
    yield venue.actions("some actions fail, the others stand", 1, *several, expected=expected)


def _limits() -> Iterator[Case]:
    venue = Venue.opened(accounts=1, instruments=POSITIONS_MAX + 1)
    for first in (1, 9):
        venue.act(1, *[place(MARK, 1, instrument=first + each) for each in range(8)])
    one_more = place(MARK, 1, instrument=POSITIONS_MAX + 1)
    yield venue.actions("a seventeenth position", 1, one_more, expected="OK TOO_MANY_POSITIONS")
    venue = Venue.opened(accounts=1)
    for _ in range(OPEN_ORDERS_MAX // 8):
        venue.act(1, *[place(MARK, 1)] * 8)
    yield venue.actions("a sixty-fifth order", 1, place(MARK, 1), expected="OK TOO_MANY_ORDERS")
    venue.act(1, cancel_all())
    for _ in range((LINKED_ORDERS_MAX - OPEN_ORDERS_MAX) // 8):
        venue.act(1, *[place(MARK, 1)] * 8)
    venue.act(1, cancel_all())
    yield venue.actions(
        "an order beside as many dead ones as may be",
        1,
        place(MARK, 1),
        expected="OK TOO_MANY_ORDERS",
    )
    venue = Venue.opened(accounts=2)
    venue.act(1, *[place(MARK, 1)] * MAKER_TOUCHES_BY_KEYS[0])
    venue.act(1, place(MARK, 1))
    taker = place(MARK, 10, **_SELL)
    yield venue.actions("a taker meets nine makers", 2, taker, expected="OK TOUCHES_EXHAUSTED")
    venue.edit(4 << 56 | 1, INSTRUMENT_GROUP, next_serial=2**48 - 1)
    yield venue.actions(
        "no further serial", 2, place(MARK + 9, 1, **_SELL), expected="OK BOOK_FULL"
    )
    venue.edit(1 << 56 | 1, ACCOUNT_GROUP, epoch_counter=2**48 - 1)
    yield venue.actions("no further epoch", 1, cancel_all(1), expected="OK FIELD_OVERFLOW")


def _margin() -> Iterator[Case]:
    venue = Venue.opened()
    yield venue.actions(
        "a resting order without margin", 1, place(MARK, 50_000), expected="OK MARGIN_INSUFFICIENT"
    )
    venue.act(2, place(MARK, 20_000, **_SELL))
    venue.edit(1 << 56 | 2, ACCOUNT_GROUP, collateral=0)
    venue.act(3, place(MARK + 1, 1, **_SELL))
    yield venue.actions("a maker without margin is removed", 1, place(MARK + 1, 5))
    venue = Venue.opened()
    venue.act(3, place(MARK, 2, **_SELL))
    venue.act(1, place(MARK, 2))
    venue.act(2, place(MARK, 1, **_SELL))
    venue.edit(1 << 56 | 3, ACCOUNT_GROUP, collateral=10 * USD + USD // 10)
    closing = place(MARK, 1, **_IOC)
    yield venue.actions("a fill that shrinks a position passes below margin", 3, closing)
    venue = Venue.opened()
    venue.act(2, place(MARK, 5, **_SELL))
    taker = place(MARK, 30_000, **_IOC)
    venue.edit(1 << 56 | 1, ACCOUNT_GROUP, collateral=1)
    yield venue.actions("a taker without margin", 1, taker, expected="OK MARGIN_INSUFFICIENT")
    venue.price(INDEX)
    venue.now_ms += INDEX_STALE_MS + 1
    stale = place(MARK, 1, **_IOC)
    yield venue.actions("a taker at a stale price", 3, stale, expected="OK STALE_PRICE")
    venue.now_ms += 500_000
    rests = place(MARK - 1, 1_500)
    yield venue.actions("an order rests at a stale price", 3, rests)
    grown = place(MARK - 1, 1_500)
    yield venue.actions(
        "margin that has grown by a stale price", 3, grown, expected="OK MARGIN_INSUFFICIENT"
    )


def _left_by_the_index() -> Iterator[Case]:
    venue = Venue.opened()
    venue.act(1, *[place(MARK, 1, **_SELL)] * 3)
    venue.act(2, place(MARK * 12 // 10, 2, **_SELL))
    venue.price(INDEX * 12 // 10)
    sweep = encode_op("SWEEP", {"instrument": 1, "slots": (1,)})
    yield venue.ops("a sweep of an order that the index left", sweep)
    taker = place(MARK * 12 // 10, 1, **_IOC)
    yield venue.actions("a taker removes orders that the index left", 3, taker)


def _wide_gap() -> Iterator[Case]:
    venue = Venue.opened()
    venue.act(1, place(MARK, 5))
    venue.act(2, place(MARK, 5, **_SELL))
    venue.act(1, *[place(MARK - number, 2) for number in range(2)])
    far = INDEX * 8 // 10  # a fifth down, where half of the band is a twentieth
    venue.now_ms += PUBLISH_SPACING_MS
    venue.run(venue.segment(venue.index_price(far, far)))
    grows = place(MARK * 95 // 100, 1, sell=True, **_IOC)
    yield venue.actions("a fill across a wide gap", 3, grows, expected="OK GAP_TOO_WIDE")
    venue.act(3, place(MARK + 2, 3, **_SELL))
    shrinks = place(MARK + 2, 3, **_IOC)
    yield venue.actions("a fill that shrinks across a wide gap", 2, shrinks)
    flips = place(MARK + 2, 6, **_IOC)
    venue.act(3, place(MARK + 2, 6, **_SELL))
    yield venue.actions("a fill that would flip", 2, flips, expected="OK GAP_TOO_WIDE")
    near = INDEX * 11 // 10
    venue.now_ms += PUBLISH_SPACING_MS
    venue.run(venue.segment(venue.index_price(near, near)))


def _full_sides() -> Iterator[Case]:
    venue = Venue.opened()
    venue.act(1, *[place(MARK - number, 1) for number in range(3)])
    venue.edit(4 << 56 | 1, INSTRUMENT_GROUP, bid_count=BOOK_SIDE_MAX, order_count=BOOK_SIDE_MAX)
    same = place(MARK - 2, 1)
    yield venue.actions("no better than the worst of a full side", 2, same, expected="OK SIDE_FULL")
    two = place(MARK - 1, 1), place(MARK - 1, 1)
    yield venue.actions("two for a full side", 2, *two, expected="OK OK SIDE_FULL")
    own = place(MARK, 1)
    yield venue.actions("an order that pushes out its account's own", 2, own)
    venue.edit(4 << 56 | 1, INSTRUMENT_GROUP, tier=1)
    yield venue.actions("an instrument of a tier", 2, place(MARK), expected="OK TIER_NEEDED")


def _makers_by_keys() -> Iterator[Case]:
    taker = place(MARK, 10, sell=True, **_IOC)
    for name, more, made in (
        ("cancel-alls", [cancel_all()] * 3, "OK OK OK"),
        ("cancels", [cancel(9, 9)] * 4, " ".join(["ORDER_NOT_FOUND"] * 4)),
        ("places", [place(MARK + 9, 1, **_SELL)] * 5, "OK OK OK OK OK"),
    ):
        venue = Venue.opened(accounts=2)
        venue.act(1, *[place(MARK, 1)] * 8)
        venue.act(1, place(MARK, 1))
        expected = f"OK TOUCHES_EXHAUSTED {made}"
        yield venue.actions(f"makers beside {name}", 2, taker, *more, expected=expected)


def _position_limit() -> Iterator[Case]:
    venue = Venue.opened()
    venue.act(1, place(MARK, 5))
    venue.act(2, place(MARK, 5, **_SELL))
    venue.act(1, place(MARK - 1, 2))
    records = venue.records()[1 << 56 | 1]
    at = 32 * ACCOUNT_WORDS
    grown = int.from_bytes(records[at : at + 32], "big") + (POSITION_LOTS_MAX - 6 << 128)
    venue.put(1 << 56 | 1, records[:at] + grown.to_bytes(32, "big") + records[at + 32 :])
    taker = place(MARK - 1, 2, sell=True, **_IOC)
    yield venue.actions(
        "a maker whose position would pass the limit", 2, taker, expected="OK IOC_REMAINDER"
    )


def _cancels() -> Iterator[Case]:
    venue = Venue.opened(instruments=2)
    venue.act(1, place(MARK, 1), place(MARK - 1, 2), place(MARK, 3, instrument=2))
    yield venue.actions("an order is cancelled", 1, cancel(1, 1))
    for name, account, action, code in (
        ("a cancel of a cancelled order", 1, cancel(1, 1), "ORDER_NOT_FOUND"),
        ("a cancel of a stranger's order", 2, cancel(2, 2), "ORDER_NOT_FOUND"),
        ("a cancel of slot 0", 1, cancel(0, 1), "ORDER_NOT_FOUND"),
        ("a cancel in no instrument", 1, cancel(1, 1, instrument=3), "UNKNOWN_INSTRUMENT"),
        ("a cancel-all of no instrument", 1, cancel_all(3), "UNKNOWN_INSTRUMENT"),
    ):
        yield venue.actions(name, account, action, expected=f"OK {code}")
    yield venue.actions("a freed slot is used again", 3, place(MARK - 2, 1))
    yield venue.actions("all orders of an instrument are cancelled", 1, cancel_all(1))
    yield venue.actions("all orders are cancelled", 1, cancel_all())
    yield venue.actions("a taker removes orders cancelled as one", 2, place(MARK - 1, 1, **_SELL))


def _replaces() -> Iterator[Case]:
    venue = Venue.opened(accounts=2)
    venue.act(1, place(MARK, 10), place(MARK - 5, 10))
    yield venue.actions("a replace that shrinks keeps its place", 1, replace(1, 1, MARK, 4))
    yield venue.actions("a replace that grows goes behind", 1, replace(1, 1, MARK, 20))
    yield venue.actions("a replace that moves to another price", 1, replace(2, 2, MARK - 9, 10))
    for name, action, code in (
        ("a replace of no order", replace(9, 9), "ORDER_NOT_FOUND"),
        ("a replace of another side", replace(1, 3, sell=True), "ORDER_NOT_FOUND"),
        ("a replace below the minimum", replace(1, 3, 9_999, 1), "ORDER_TOO_SMALL"),
        ("a replace in no instrument", replace(1, 3, instrument=2), "UNKNOWN_INSTRUMENT"),
    ):
        yield venue.actions(name, 1, action, expected=f"OK {code}")
    venue.act(2, place(MARK + 5, 3, **_SELL))
    yield venue.actions("a replace that takes", 1, replace(1, 3, MARK + 5, 8))
    for mode, name, expected in (
        ("CANCEL_TAKER", "the taker", "OK SELF_TRADE"),
        ("CANCEL_MAKER", "the maker", "OK OK"),
        ("CANCEL_BOTH", "both", "OK SELF_TRADE"),
    ):
        venue = Venue.opened(accounts=1)
        venue.act(1, place(MARK, 2), place(MARK + 5, 2, **_SELL))
        taker = replace(1, 1, MARK + 5, 2, self_trade=mode)
        title = f"a replace meets its own order and cancels {name}"
        yield venue.actions(title, 1, taker, expected=expected)
    venue = Venue.opened(accounts=2)
    venue.act(1, place(MARK, 5))
    venue.act(2, place(MARK, 5, **_SELL))
    until = {"time_in_force": "GTD", "expiry_ms": venue.now_ms + 60_000}
    venue.act(1, place(MARK + 9, 5, sell=True, reduce_only=True, **until))
    change = replace(1, 2, MARK + 8, 4, sell=True, reduce_only=True, post_only=True, **until)
    yield venue.actions("a replace with every flag", 1, change)


def _sweeps() -> Iterator[Case]:
    venue = Venue.opened(accounts=2)
    until = {"time_in_force": "GTD", "expiry_ms": venue.now_ms + 1}
    venue.act(1, place(MARK, 1, **until), place(MARK - 1, 1))
    venue.act(2, place(MARK - 2, 1, **until))

    def sweep(instrument: int, *slots: int) -> bytes:
        return encode_op("SWEEP", {"instrument": instrument, "slots": slots})

    yield venue.ops("a sweep of orders that live", sweep(1, 1, 2, 3))
    venue.now_ms += 1
    yield venue.ops("a sweep of dead orders", sweep(1, 0, 1, 2, 3, 4, 2**32 - 1))
    yield venue.ops("a sweep of no instrument", sweep(2, 1), expected="UNKNOWN_INSTRUMENT")
