"""Prices that move at a bounded speed, requirements that grow with their age and with the gap to
what was reported (docs/protocol/prices.md; attack 49)."""

from __future__ import annotations

import random
from math import isqrt

import pytest

from strikeproof.wire import constants as c
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import encode_sweep
from tests.contracts.law_world import (
    ALICE,
    BOB,
    CAROL,
    DOLLAR,
    FOK,
    GTC,
    IOC,
    MARK,
    REDUCE_ONLY,
    SELL,
    World,
    be,
    op,
    place,
    price_body,
    reporters,
    venue,
)

INDEX = MARK * 10**8
"""nano-USD of the venue's index."""
LOT = MARK * 100


def ceil(value: int, divisor: int) -> int:
    return -(-value // divisor)


def report(world: World, price: int, time: int) -> bytes:
    signed = [(i, price, k) for i, k in enumerate(reporters(3)[:2])]
    return world.ops(op(4, price_body(1, time, signed, world.globals()["reporter_epoch"])))


def moved(world: World, price: int, time: int) -> dict[str, int]:
    """Return what the record of underlying 1 must be after a report, by the page's formulas."""
    old, venue_wide = world.underlying(), world.globals()
    index, raw = old["index_price"], old["raw_price"]
    elapsed = time - old["publish_time_ms"]
    bucket = min(c.BUCKET_CAPACITY_PPM, old["bucket_ppm"] + c.BUCKET_RATE_PPM * elapsed // 1000)
    reach = index * bucket // c.PPM
    new = max(index - reach, min(index + reach, price))
    move = min(c.PPM, abs(price - raw) * c.PPM // raw)
    tau = venue_wide["variance_tau_ms"] or 600_000
    variance = old["variance"]
    variance += (move**2 * 1000 - variance * elapsed) // (elapsed + tau)
    deviation = isqrt(variance * c.PPM // 60)
    slope = ceil(venue_wide["slope_factor_ppm"] * deviation, c.PPM * 1000)
    slope = max(venue_wide["slope_least_ppm"], min(venue_wide["slope_most_ppm"], slope))
    return old | {
        "index_price": new,
        "raw_price": price,
        "publish_time_ms": time,
        "bucket_ppm": bucket - ceil(abs(new - index) * c.PPM, index),
        "variance": variance,
        "slope_ppm": slope,
        "orphan_ms": 0,
    }


@pytest.mark.parametrize("seed", range(4))
def test_index_follows_reports_at_a_bounded_speed(seed: int) -> None:
    rng = random.Random(seed)
    world = venue()
    if seed:
        world.govern(b"\5" + be(2 * 10**6, 4) + be(3, 4) + be(c.SLOPE_PPM_MAX, 4) + be(seed, 4))
    price = rng.choice([INDEX, 5, c.INDEX_PRICE_MAX])
    world.set_price(price / 10**9, orphan_ms=77, bucket_ppm=rng.randrange(30_001))
    for _ in range(12):
        world.now += rng.choice([500, 501, 999, 1_000, 15_000, 59_999])
        step = rng.choice([0, 1, 30, 1_000, 30_000, 10**6, 10**9])
        price = price + rng.choice([-1, 1]) * (price * step // c.PPM + rng.randrange(3))
        price = max(1, min(c.INDEX_PRICE_MAX, price))
        wanted = moved(world, price, world.now)
        assert report(world, price, world.now) == b"\0"
        assert world.underlying() == wanted
        assert wanted["bucket_ppm"] >= 0


def test_first_price_is_taken_as_it_is() -> None:
    world = venue()
    world.set_price(0, publish_time_ms=0)
    assert report(world, 7 * INDEX, world.now) == b"\0"
    found = world.underlying()
    assert (found["index_price"], found["raw_price"]) == (7 * INDEX, 7 * INDEX)
    assert (found["bucket_ppm"], found["variance"]) == (c.BUCKET_CAPACITY_PPM, 0)


def buffer_of(slope: int, age_ms: int, gap: int = 0) -> int:
    late = max(0, age_ms - c.STALENESS_FREE_MS)
    early = min(age_ms, c.STALENESS_FREE_MS)
    return ceil(slope * early + c.STALENESS_TAIL_PPM * late, 1000) + gap


@pytest.mark.parametrize("slope", [0, 1, 333, c.SLOPE_PPM_MAX])
@pytest.mark.parametrize("age_ms", [0, 1, 999, 59_999, 60_000, 60_001, 700_000])
@pytest.mark.parametrize("gap", [0, 1, 20_000])
def test_withdrawal_leaves_the_buffer_too(slope: int, age_ms: int, gap: int) -> None:
    world = venue()
    world.act(CAROL, place(1, GTC | SELL, MARK, 7))
    assert world.act(ALICE, place(1, IOC, MARK, 7)) == [Result.OK]
    raw = INDEX + INDEX * gap // c.PPM
    world.set_price(MARK / 10, slope_ppm=slope, raw_price=raw)
    world.now += age_ms
    fraction = min(c.PPM, 100_000 + buffer_of(slope, age_ms, gap))
    free = world.account(ALICE).collateral + 7 * LOT - ceil(7 * LOT * fraction, c.PPM)
    free = min(free, world.account(ALICE).collateral) if fraction == c.PPM else free
    refused = bytes([Result.INSUFFICIENT_COLLATERAL])
    assert world.ops(world.withdraw_op(ALICE, free + 1)) == refused
    assert world.ops(world.withdraw_op(ALICE, free)) == b"\0"
    assert world.globals()["liabilities"] == 30_000 * DOLLAR - free


def test_price_from_the_future_of_a_message_is_not_old() -> None:
    """A message's time may lie before the publish time: the age is 0 then."""
    world = venue()
    world.act(ALICE, place(1, GTC, MARK - 9, 5))
    world.set_price(MARK / 10, slope_ppm=c.SLOPE_PPM_MAX)
    needed = ceil(5 * LOT * 100_000, c.PPM)
    free = 10_000 * DOLLAR - needed
    forced = world.withdraw_op(ALICE, free)
    assert world.message(3, forced, time=world.now - 5_000) == b"\0"


def gapped(gap_ppm: int) -> World:
    """Return a venue whose report lies above the index by this much; the band is 100,000 ppm."""
    world = venue()
    world.act(CAROL, place(1, GTC | SELL, MARK, 30), place(1, GTC, MARK - 1, 30))
    assert world.act(ALICE, place(1, IOC, MARK, 9)) == [Result.OK]
    world.set_price(MARK / 10, raw_price=INDEX + INDEX * gap_ppm // c.PPM)
    return world


@pytest.mark.parametrize("gap", [50_000, 50_001])
def test_wide_gap_admits_fills_that_shrink_alone(gap: int) -> None:
    wide = gap > 50_000
    stopped = Result.GAP_TOO_WIDE if wide else Result.OK
    world = gapped(gap)
    assert world.act(BOB, place(1, IOC, MARK, 1)) == [stopped]  # opens
    assert world.act(ALICE, place(1, IOC, MARK, 1)) == [stopped]  # grows
    assert world.act(ALICE, place(1, IOC | SELL, MARK - 1, 4)) == [Result.OK]  # shrinks
    size = 5 if wide else 6
    flips = place(1, IOC | SELL, MARK - 1, size + 1)
    assert world.act(ALICE, flips) == [stopped]
    if wide:
        assert world.account(ALICE).positions[1]["size"] == size
        kill = place(1, FOK | SELL, MARK - 1, size + 1)
        assert world.act(ALICE, kill) == [Result.FOK_UNFILLED]
        closes = place(1, IOC | SELL | REDUCE_ONLY, MARK - 1, size + 1)
        assert world.act(ALICE, closes) == [Result.OK]
        assert world.account(ALICE).positions == {}
    assert world.act(BOB, place(1, GTC, MARK - 20, 5)) == [Result.OK]  # rests all the same


def test_order_within_the_band_of_the_report_stays() -> None:
    """The index lags: makers that follow what was reported are neither removed nor swept."""
    world = venue()
    raw = INDEX * 12 // 10
    top = MARK * 12 // 10 * 11 // 10  # the band's edge of the report
    for price in (top, top + 1, MARK * 11 // 10):
        world.set_price(price / 10)  # so that it may rest
        world.act(CAROL, place(1, GTC, price, 2))
    world.set_price(MARK / 10, raw_price=raw)
    assert world.ops(encode_sweep(instrument=1, slots=[1, 2, 3])) == b"\0"
    assert [price for price, _ in world.levels(False)] == [top, MARK * 11 // 10]
    world.now += c.INDEX_STALE_MS + 1
    assert world.ops(encode_sweep(instrument=1, slots=[1, 2, 3])) == b"\0"
    assert len(world.levels(False)) == 2  # nobody is removed on an old price
