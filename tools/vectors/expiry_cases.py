"""Cases of expiries and futures: forwards, samples, the end of a future, and its edges.

The future is instrument 1 on expiry 1, in the terms of BTC-PERP: 50,000 ticks at the index.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from strikeproof.wire.constants import (
    FORWARD_REACH_PPM,
    PPB,
    PUBLISH_SPACING_MS,
    SAMPLE_SPAN_MS,
    SETTLEMENT_FREE_MS,
    SETTLEMENT_WINDOW_MS,
)
from tools.vectors.case_file import Case
from tools.vectors.encoders import START_MS, encode_message, encode_op, message_input
from tools.vectors.venue import INDEX, MARK, Venue, cancel, place

EXPIRY_MS: Final = START_MS + 2 * SETTLEMENT_WINDOW_MS
FORWARD: Final = 1_002_000_000
SYMBOL: Final = b"BTC-30MIN".ljust(16, b"\0")


def expiry_cases() -> Iterator[Case]:
    """Yield segments of expiries."""
    yield from _listings()
    yield from _surfaces()
    yield from _the_edge()
    yield from _samples()
    yield from _settlements()


def venue_with_future(accounts: int = 3) -> Venue:
    """Return a venue whose instrument 1 is a future that expires in an hour."""
    venue = Venue.genesis()
    venue.govern("SET_REPORTERS")
    venue.govern("LIST_UNDERLYING")
    venue.govern("LIST_EXPIRY", expiry_ms=EXPIRY_MS, forward_ppb=FORWARD)
    venue.govern("LIST_INSTRUMENT", kind=2, expiry=1, symbol=SYMBOL)
    for account in range(1, accounts + 1):
        venue.register(account)
    venue.price()
    return venue


def _listings() -> Iterator[Case]:
    venue = Venue.genesis()
    no = venue.governance("LIST_EXPIRY")
    yield venue.case("an expiry of no underlying", no, "UNKNOWN_UNDERLYING")
    venue.govern("LIST_UNDERLYING")
    venue.govern("LIST_UNDERLYING")
    past = venue.governance("LIST_EXPIRY", expiry_ms=venue.now_ms)
    yield venue.case("an expiry at the present time", past, "EXPIRY_CLOSED")
    yield venue.case("an expiry is listed", venue.governance("LIST_EXPIRY", expiry_ms=EXPIRY_MS))
    future = {"kind": 2, "symbol": SYMBOL}
    for name, expiry, underlying, code in (
        ("without an expiry", 0, 1, "MALFORMED"),
        ("on no expiry", 2, 1, "UNKNOWN_EXPIRY"),
        ("on another underlying's expiry", 1, 2, "UNKNOWN_EXPIRY"),
    ):
        listing = venue.governance(
            "LIST_INSTRUMENT", **future, expiry=expiry, underlying=underlying
        )
        yield venue.case(f"a future {name}", listing, code)
    perpetual = venue.governance("LIST_INSTRUMENT", expiry=1)
    yield venue.case("a perpetual with an expiry", perpetual, "MALFORMED")
    listing = venue.governance("LIST_INSTRUMENT", **future, expiry=1)
    yield venue.case("a future is listed", listing)
    yield venue.case("a second future of an expiry", listing, "EXPIRY_CLOSED")
    venue.govern("LIST_EXPIRY", expiry_ms=EXPIRY_MS)
    venue.now_ms = EXPIRY_MS
    late = venue.governance("LIST_INSTRUMENT", **future, expiry=2)
    yield venue.case("a future of an expiry that has passed", late, "EXPIRY_CLOSED")


def _surfaces() -> Iterator[Case]:
    venue = venue_with_future()
    far = PPB * 11 // 10
    yield venue.ops("a forward, as far as it may move", venue.reported("SURFACE", far, far))
    soon = venue.reported("SURFACE", FORWARD, FORWARD)
    yield venue.ops("a forward too soon after the last", soon, expected="STALE_REPORT")
    venue.now_ms += 2 * PUBLISH_SPACING_MS
    low = venue.reported("SURFACE", PPB, FORWARD, far, svi_a=-(2**63), rate_ppm=-(2**31))
    yield venue.ops("three forwards a second later, the median counts", low)
    venue.now_ms += PUBLISH_SPACING_MS
    one = venue.reported("SURFACE", FORWARD)
    yield venue.ops("a forward of one reporter", one, expected="BELOW_QUORUM")
    twice = venue.reported("SURFACE", FORWARD, FORWARD, first=2)
    yield venue.ops("a forward of a reporter beyond the set", twice, expected="BAD_REPORTER")
    other = venue.reported("SURFACE", FORWARD, FORWARD, expiry=2)
    yield venue.ops("a forward of no expiry", other, expected="UNKNOWN_EXPIRY")
    ahead = venue.reported("SURFACE", FORWARD, FORWARD, publish_time_ms=venue.now_ms + 1)
    yield venue.ops("a forward from the future", ahead, expected="STALE_REPORT")
    bad = venue.reported("SURFACE", FORWARD, FORWARD)
    bad = bad[:-1] + bytes((bad[-1] ^ 1,))
    yield venue.ops("a forward with one bad signature", bad, expected="BAD_SIGNATURE")
    funding = encode_op("FUNDING", {"instrument": 1})
    yield venue.ops("funding of a future", funding, expected="WRONG_PRODUCT")
    far = MARK * (PPB + FORWARD_REACH_PPM) // PPB
    yield venue.actions("a future is quoted", 1, place(far, sell=True), expected="OK OK")
    yield venue.actions("a future is traded", 2, place(far), expected="OK OK")


def _the_edge() -> Iterator[Case]:
    venue = venue_with_future()
    venue.act(1, place(MARK + 100, lots=20, sell=True))
    venue.now_ms = EXPIRY_MS - 1 - PUBLISH_SPACING_MS
    venue.price()
    last = venue.bundle(3, place(MARK + 100))
    yield venue.ops("a trade a millisecond before the expiry", last, expected="OK OK")
    venue.now_ms = EXPIRY_MS
    late = venue.bundle(2, place(MARK + 100))
    yield venue.ops("a trade at the expiry", late, expected="OK HALTED")
    reducing = venue.bundle(2, place(MARK, reduce_only=True))
    yield venue.ops("a reduce-only order at the expiry", reducing, expected="OK HALTED")
    swept = encode_op("SWEEP", {"instrument": 1, "slots": [1]})
    yield venue.ops("an order that the expiry left dead is swept", swept)
    unwind = encode_op("UNWIND", {"instrument": 1})
    yield venue.ops("a house at the expiry", unwind, expected="HALTED")
    gone = venue.bundle(1, cancel(1, 1))
    yield venue.ops("a cancel of what was swept", gone, expected="OK ORDER_NOT_FOUND")
    closed = venue.reported("SURFACE", FORWARD, FORWARD)
    yield venue.ops("a forward at the expiry", closed, expected="EXPIRY_CLOSED")


def _samples() -> Iterator[Case]:
    venue = venue_with_future()
    sample = encode_op("EXPIRY_SAMPLE", {"expiry": 1})
    yield venue.ops("a sample before the half hour", sample, expected="NOT_EXPIRED")
    none = encode_op("EXPIRY_SAMPLE", {"expiry": 2})
    yield venue.ops("a sample of no expiry", none, expected="UNKNOWN_EXPIRY")
    start = EXPIRY_MS - SETTLEMENT_WINDOW_MS
    venue.now_ms = start
    venue.price()
    yield venue.ops("a sample half a second into it", sample, expected="TOO_SOON")
    venue.now_ms = start + 1_000
    yield venue.ops("a sample of a second", sample)
    early = encode_message("USER_OP", venue.now_ms - 700, sample)
    venue.now_ms += SAMPLE_SPAN_MS + 1
    forced = message_input(venue.now_ms, early)
    yield venue.case("a forced sample from before the price", forced, "STALE_PRICE")
    yield venue.ops("a sample counts for five seconds at most", sample)
    venue.now_ms = EXPIRY_MS - 60_000
    yield venue.ops("an expiry sampled at a stale price", sample, expected="STALE_PRICE")
    venue.price(INDEX * 98 // 100)
    yield venue.ops("a sample after a fall: both parts of the mark", sample)
    venue.now_ms += 1_000
    yield venue.actions("a future is sold in the half hour", 1, place(MARK, sell=True))
    venue.now_ms = EXPIRY_MS + 1
    yield venue.ops("a sample after the expiry", sample, expected="EXPIRY_CLOSED")


def _settlements() -> Iterator[Case]:
    venue = venue_with_future()
    venue.act(1, place(MARK + 100, lots=500, sell=True))
    venue.act(2, place(MARK + 100, lots=500))
    early = venue.reported("SETTLE_EXPIRY", INDEX, INDEX)
    yield venue.ops("a settlement before the expiry", early, expected="NOT_EXPIRED")
    sample = encode_op("EXPIRY_SAMPLE", {"expiry": 1})
    venue.now_ms = EXPIRY_MS - SETTLEMENT_WINDOW_MS
    for _ in range(SETTLEMENT_WINDOW_MS // SAMPLE_SPAN_MS):
        venue.now_ms += SAMPLE_SPAN_MS - PUBLISH_SPACING_MS
        venue.price()
        venue.run(venue.segment(sample))
    assert venue.now_ms == EXPIRY_MS
    off = venue.reported("SETTLE_EXPIRY", INDEX * 997 // 1000 - 1, INDEX)
    yield venue.ops("a settlement off the samples", off, expected="SETTLEMENT_OFF")
    settle = venue.reported("SETTLE_EXPIRY", INDEX * 997 // 1000, INDEX, INDEX * 1003 // 1000)
    one = venue.reported("SETTLE_EXPIRY", INDEX)
    yield venue.ops("a settlement of one reporter", one, expected="BELOW_QUORUM")
    bad = settle[:-1] + bytes((settle[-1] ^ 1,))
    yield venue.ops("a settlement with one bad signature", bad, expected="BAD_SIGNATURE")
    yield venue.ops("an expiry is settled, and its future", settle)
    yield venue.ops("a second settlement", settle, expected="INSTRUMENT_SETTLED")
    yield venue.ops("a sample once it is settled", sample, expected="INSTRUMENT_SETTLED")
    for account, name in ((2, "long"), (1, "short")):
        paid = encode_op("SETTLE_POSITION", {"account": account, "instrument": 1})
        yield venue.ops(f"the {name} of a future is paid out", paid)
        yield venue.ops(f"the {name} is paid once", paid, expected="NO_POSITION")
    # 100 ticks of 500 lots: 5 USD, less fees of 200 and 500 ppm of 2,505 USD.
    ends = [venue.engine.account(n) for n in (1, 2)]
    assert [each.equity for each in ends if each] == [10_004_499_000, 9_993_747_500]

    venue = venue_with_future()
    venue.now_ms = EXPIRY_MS
    loose = venue.reported("SETTLE_EXPIRY", INDEX * 2, INDEX * 2)
    yield venue.ops("a settlement that no sample binds", loose)

    venue = venue_with_future()
    _skip_a_fifth(venue, sample)
    venue.now_ms = EXPIRY_MS + SETTLEMENT_FREE_MS - 1
    far = venue.reported("SETTLE_EXPIRY", INDEX * 11 // 10, INDEX * 11 // 10)
    yield venue.ops("a settlement that samples still bind", far, expected="SETTLEMENT_OFF")
    venue.now_ms += 1
    yield venue.ops("a settlement seven days later", far)


def _skip_a_fifth(venue: Venue, sample: bytes) -> None:
    venue.now_ms = EXPIRY_MS - SETTLEMENT_WINDOW_MS * 4 // 5 - SAMPLE_SPAN_MS
    while venue.now_ms < EXPIRY_MS:
        venue.now_ms += SAMPLE_SPAN_MS - PUBLISH_SPACING_MS
        venue.price()
        venue.run(venue.segment(sample))
