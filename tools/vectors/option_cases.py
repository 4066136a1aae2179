"""Cases of options: listing, pricing, trading, the overdue, settlement.

The perpetual is instrument 1; a call and a put at its price are 2 and 3, on expiry 1 in 30 days.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from strikeproof.wire.constants import (
    OPTION_STALE_MS,
    PPB,
    SETTLEMENT_WINDOW_MS,
    SURFACE_STALE_MS,
)
from tools.vectors.case_file import Case
from tools.vectors.encoders import START_MS, encode_op
from tools.vectors.venue import INDEX, MARK, Venue, place

EXPIRY_MS: Final = START_MS + 30 * 86_400_000
TERMS: Final = {"expiry": 1, "strike": MARK}
REPRICE: Final = encode_op("REPRICE", {"instrument": 2})


def option_cases() -> Iterator[Case]:
    """Yield segments of options."""
    yield from _listings()
    yield from _pricings()
    yield from _trading()
    yield from _settlement()


def _chain() -> Venue:
    venue = Venue.opened()
    venue.govern("LIST_EXPIRY", expiry_ms=EXPIRY_MS, forward_ppb=PPB)
    venue.govern("LIST_OPTIONS", **TERMS)
    return venue


def _surface(venue: Venue, **fields: int) -> bytes:
    given = {"svi_time_ms": venue.now_ms - 1_000, **fields}
    return venue.reported("SURFACE", PPB, PPB, **given)


def _priced() -> Venue:
    venue = _chain()
    venue.run(venue.segment(_surface(venue), REPRICE))
    return venue


def _listings() -> Iterator[Case]:
    venue = Venue.opened()
    listing = venue.governance("LIST_OPTIONS", **TERMS)
    yield venue.case("options of no expiry", listing, "UNKNOWN_EXPIRY")
    venue.govern("LIST_EXPIRY", expiry_ms=EXPIRY_MS)
    for name, change in (
        ("at no strike", {"strike": 0}),
        ("whose lots are not whole wads", {"index_per_tick_nano_usd": 7}),
        ("of no tick value", {"tick_value_micro_usd": 0}),
    ):
        bad = venue.governance("LIST_OPTIONS", **(TERMS | change))
        yield venue.case(f"options {name}", bad, "MALFORMED")
    yield venue.case("a call and a put are listed", venue.governance("LIST_OPTIONS", **TERMS))
    alone = venue.governance("LIST_INSTRUMENT", kind=3, expiry=1)
    yield venue.case("a call without its put", alone, "MALFORMED")
    venue.now_ms = EXPIRY_MS
    late = venue.governance("LIST_OPTIONS", **TERMS)
    yield venue.case("options of an expiry that has passed", late, "EXPIRY_CLOSED")


def _pricings() -> Iterator[Case]:
    venue = _chain()
    yield venue.ops("a pricing without a surface", REPRICE, expected="NO_PRICE")
    order = venue.bundle(1, place(100, instrument=2))
    yield venue.ops("an option that was never priced", order, expected="OK NO_PRICE")
    bad = _surface(venue, svi_a=-(2**63))
    yield venue.ops("a surface outside the kernel's domain", bad, REPRICE, expected="OK NO_PRICE")
    venue.now_ms += 500
    yield venue.ops("a call and its put are priced", _surface(venue), REPRICE, expected="OK OK")
    yield venue.ops("a pricing too soon after the last", REPRICE, expected="TOO_SOON")
    for number, name, code in (
        (3, "by the put", "WRONG_PRODUCT"),
        (1, "of a perpetual", "WRONG_PRODUCT"),
        (4, "of no instrument", "UNKNOWN_INSTRUMENT"),
    ):
        op = encode_op("REPRICE", {"instrument": number})
        yield venue.ops(f"a pricing {name}", op, expected=code)
    venue.now_ms += SURFACE_STALE_MS + 500
    venue.price()
    yield venue.ops("a pricing from an old surface", REPRICE, expected="STALE_PRICE")
    rate = _surface(venue, rate_ppm=48_000, svi_rho=0, svi_m=0)
    yield venue.ops("a pricing with a rate", rate, REPRICE, expected="OK OK")
    venue = _chain()
    venue.now_ms = EXPIRY_MS - SETTLEMENT_WINDOW_MS // 3
    venue.price()
    sample = encode_op("EXPIRY_SAMPLE", {"expiry": 1})
    late = "a pricing in the last half hour: two thirds of the forward are fixed"
    yield venue.ops(late, sample, _surface(venue), REPRICE, expected="OK OK OK")


def _trading() -> Iterator[Case]:
    venue = _priced()
    call = venue.engine.instrument(2)
    assert call is not None
    mark = call.mark_price
    offer = place(mark, lots=200, sell=True, instrument=2)
    yield venue.actions("a call is offered: the short is reserved", 1, offer, expected="OK OK")
    bid = place(mark - 1, lots=50, instrument=2)
    yield venue.actions("a call is bid: the premium is reserved", 3, bid, expected="OK OK")
    yield venue.actions("a call is bought", 2, place(mark, lots=100, instrument=2))
    venue.price(INDEX * 1_004 // 1_000)
    near = venue.bundle(2, place(mark + 200, lots=10, instrument=2))
    yield venue.ops("a call follows its index", near, expected="OK OK")
    venue.now_ms += OPTION_STALE_MS + 1
    venue.price(INDEX * 1_004 // 1_000)
    more = venue.bundle(2, place(mark + 200, lots=10, instrument=2))
    yield venue.ops("an overdue option only shrinks", more, expected="OK GAP_TOO_WIDE")
    closed = encode_op("LIQUIDATE", {"account": 1, "instrument": 2})
    yield venue.ops("an overdue option is not liquidated", closed, expected="STALE_PRICE")


def _settlement() -> Iterator[Case]:
    venue = _priced()
    call = venue.engine.instrument(2)
    assert call is not None
    mark = call.mark_price
    for instrument in (2, 3):
        venue.act(1, place(mark, lots=2_500, sell=True, instrument=instrument))
        venue.act(2, place(mark, lots=2_500, instrument=instrument))
    before = [view.collateral for n in (1, 2) if (view := venue.engine.account(n))]
    venue.now_ms = EXPIRY_MS
    yield venue.ops("a pricing at the expiry", REPRICE, expected="EXPIRY_CLOSED")
    order = venue.bundle(2, place(mark, instrument=2))
    yield venue.ops("an option at its expiry", order, expected="OK HALTED")
    price = INDEX * 101 // 100
    venue.run(venue.segment(venue.reported("SETTLE_EXPIRY", price, price)))
    early = encode_op("SETTLE_POSITION", {"account": 1, "instrument": 2})
    yield venue.ops("a payoff before its option is settled", early, expected="NOT_SETTLED")
    yield venue.ops("a call and its put are settled at their payoffs", REPRICE)
    yield venue.ops("options are settled once", REPRICE, expected="INSTRUMENT_SETTLED")
    for account, name in ((1, "short"), (2, "long")):
        for instrument, kind in ((2, "call"), (3, "put")):
            op = encode_op("SETTLE_POSITION", {"account": account, "instrument": instrument})
            yield venue.ops(f"the {name} of a {kind} is paid out", op)
    after = [view.collateral for n in (1, 2) if (view := venue.engine.account(n))]
    assert [b - a for a, b in zip(before, after, strict=True)] == [-125_000_000, 125_000_000]
