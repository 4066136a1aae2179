"""Expiries, on the law alone: forwards, samples, the mark of a future, settlement (expiries.md)."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from strikeproof.keccak import keccak256
from strikeproof.wire import constants as c
from strikeproof.wire import layout
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import (
    encode_expiry_sample,
    encode_forward_report,
    encode_list_expiry,
    encode_settle_expiry,
    encode_settlement_report,
    encode_surface,
)
from tests.contracts.law_world import World, digest, list_instrument, reporters, venue, words

INDEX = 3_000 * 10**9  # nano-USD
TICK = 10**8  # nano-USD: the index is 30,000 ticks
FORWARD = 10**9  # parts per billion: the index itself
WINDOW_MS = 30 * 60_000
EXPIRY_MS = 1_800_000_000_000 + 4 * 3_600_000
START_MS = EXPIRY_MS - WINDOW_MS
FUTURE = 3
EXPIRY_KEY = 7 << 56 | 1


def listed() -> World:
    """Return a venue with an expiry in four hours, and a future on it."""
    world = venue()
    world.govern(encode_list_expiry(underlying=1, expiry_ms=EXPIRY_MS, forward_ppb=FORWARD))
    world.govern(list_instrument(kind=c.InstrumentKind.FUTURE, index_per_tick=TICK, expiry=1))
    world.set_price(INDEX / 10**9)
    return world


def code(world: World, data: bytes) -> Result:
    (found,) = world.ops(data)
    return Result(found)


def read(group: layout.Group, record: bytes, name: str) -> int:
    each = next(each for each in group.fields if each.name == name)
    word = int.from_bytes(record[32 * each.word : 32 * each.word + 32])
    return word >> each.shift & ((1 << each.bits) - 1)


def expiry(world: World, name: str) -> int:
    return read(layout.EXPIRY_GROUP, world.state[EXPIRY_KEY], name)


def set_expiry(world: World, **values: int) -> None:
    """Overwrite fields of the expiry's record, as if samples had led there."""
    record = bytearray(world.state[EXPIRY_KEY])
    for each in layout.EXPIRY_GROUP.fields:
        if each.name in values:
            at = slice(32 * each.word, 32 * each.word + 32)
            mask = (1 << each.bits) - 1 << each.shift
            word = int.from_bytes(record[at]) & ~mask | values[each.name] << each.shift
            record[at] = word.to_bytes(32)
    world.state[EXPIRY_KEY] = bytes(record)


def mark(world: World) -> tuple[int, int]:
    """Return the fixed part of the future's mark, in ticks, and its share of the index."""
    record = world.state[5 << 56 | FUTURE]
    group = layout.MARK_GROUP
    return read(group, record, "fixed_price"), read(group, record, "index_ppb")


def surface(world: World, *forwards: int, published: int | None = None) -> Result:
    time = world.now if published is None else published
    fields = {
        "svi_a": 10**9,
        "svi_b": 5 * 10**10,
        "svi_rho": 0,
        "svi_m": 0,
        "svi_sigma": 10**11,
        "svi_forward": INDEX,
        "svi_time_ms": time,
        "rate_ppm": 0,
        "confidence_ppm": c.PPM,
    }
    epoch = world.globals()["reporter_epoch"]
    signed = []
    for index, (forward, signer) in enumerate(zip(forwards, reporters(3), strict=False)):
        hashed = words(c.SURFACE_TYPEHASH, 1, epoch, time, forward, *fields.values())
        signature = signer.sign(digest(keccak256(hashed)))
        signed.append(
            encode_forward_report(reporter=index, forward_ppb=forward, signature=signature)
        )
    return code(world, encode_surface(expiry=1, publish_time_ms=time, reports=signed, **fields))


def settlement(world: World, prices: Sequence[int]) -> bytes:
    epoch = world.globals()["reporter_epoch"]
    signed = []
    for index, (price, signer) in enumerate(zip(prices, reporters(3), strict=False)):
        hashed = keccak256(words(c.SETTLE_EXPIRY_TYPEHASH, 1, epoch, price))
        signature = signer.sign(digest(hashed))
        signed.append(
            encode_settlement_report(reporter=index, price_nano_usd=price, signature=signature)
        )
    return encode_settle_expiry(expiry=1, reports=signed)


def sample(world: World, at_ms: int) -> Result:
    """Sample at a time, when the index is fresh."""
    world.now = at_ms - 1
    world.set_price(INDEX / 10**9)
    return code(world, encode_expiry_sample(expiry=1))


# --- forwards


def test_the_first_forward_moves_by_one_percent_at_most() -> None:
    world = listed()
    assert surface(world, 1_100_000_000, 1_200_000_000) == Result.OK
    assert expiry(world, "forward_ppb") == 1_010_000_000
    assert mark(world) == (0, 1_010_000_000)


def test_later_ones_move_by_half_a_thousandth_a_second() -> None:
    """10 s: 5,000 ppm of 1.01; then 500 ms: 250 ppm of 1.01505, 253,762.5, rounded down."""
    world = listed()
    surface(world, 1_100_000_000, 1_200_000_000)
    world.now += 10_000
    world.set_price(INDEX / 10**9)
    world.now -= 1
    assert surface(world, 1_100_000_000, 1_200_000_000) == Result.OK
    assert expiry(world, "forward_ppb") == 1_015_050_000
    world.now += 500
    assert surface(world, 900_000_000, 900_000_000) == Result.OK
    assert expiry(world, "forward_ppb") == 1_015_050_000 - 253_762


def test_the_lower_middle_one_counts_and_is_taken_whole_if_it_is_near() -> None:
    world = listed()
    assert surface(world, 1_003_000_001, 999_000_000) == Result.OK
    assert expiry(world, "forward_ppb") == 999_000_000
    world = listed()
    assert surface(world, 1_003_000_001, 999_000_000, 1_008_000_000) == Result.OK
    assert expiry(world, "forward_ppb") == 1_003_000_001


def test_a_quorum_signs_it() -> None:
    assert surface(listed(), FORWARD) == Result.BELOW_QUORUM


@pytest.mark.parametrize(
    ("age_ms", "expected"),
    [
        (-1, Result.STALE_REPORT),
        (0, Result.OK),
        (60_000, Result.OK),
        (60_001, Result.STALE_REPORT),
    ],
)
def test_it_is_as_old_as_a_minute(age_ms: int, expected: Result) -> None:
    world = listed()
    world.now += 60_000
    assert surface(world, FORWARD, FORWARD, published=world.now - age_ms) == expected


def test_two_are_half_a_second_apart() -> None:
    world = listed()
    surface(world, FORWARD, FORWARD)
    world.now += 499
    assert surface(world, FORWARD, FORWARD) == Result.STALE_REPORT
    world.now += 1
    assert surface(world, FORWARD, FORWARD) == Result.OK


@pytest.mark.parametrize("forward", [500_000_000 - 1, 2_000_000_000 + 1])
def test_a_forward_beyond_half_and_double_the_index_is_malformed(forward: int) -> None:
    assert surface(listed(), FORWARD, forward) == Result.MALFORMED


def test_none_comes_once_the_clock_has_reached_the_expiry() -> None:
    world = listed()
    world.now = EXPIRY_MS - 1
    assert surface(world, FORWARD, FORWARD) == Result.OK
    world.now = EXPIRY_MS
    assert surface(world, FORWARD, FORWARD) == Result.EXPIRY_CLOSED


# --- samples


def test_samples_begin_a_second_into_the_last_half_hour() -> None:
    world = listed()
    assert sample(world, START_MS) == Result.NOT_EXPIRED
    assert sample(world, START_MS + 999) == Result.TOO_SOON
    assert sample(world, START_MS + 1_000) == Result.OK
    assert expiry(world, "accumulated") == INDEX * 1_000
    assert expiry(world, "covered_ms") == 1_000


def test_a_gap_counts_for_five_seconds_and_gives_nothing_more_weight() -> None:
    world = listed()
    assert sample(world, START_MS + 60_000) == Result.OK
    assert expiry(world, "accumulated") == INDEX * 5_000
    assert expiry(world, "covered_ms") == 5_000
    assert sample(world, START_MS + 65_000) == Result.OK
    assert sample(world, START_MS + 66_500) == Result.OK
    assert expiry(world, "covered_ms") == 11_500
    assert sample(world, START_MS + 66_500 + 5_001) == Result.OK
    assert expiry(world, "covered_ms") == 16_500


def test_the_last_sample_is_at_the_expiry() -> None:
    world = listed()
    assert sample(world, EXPIRY_MS) == Result.OK
    assert sample(world, EXPIRY_MS + 1_000) == Result.EXPIRY_CLOSED


@pytest.mark.parametrize(("age_ms", "expected"), [(60_000, "OK"), (60_001, "STALE_PRICE")])
def test_an_index_of_a_minute_ago_counts_and_an_older_one_does_not(
    age_ms: int, expected: str
) -> None:
    world = listed()
    world.now = START_MS + 1_000
    world.set_price(INDEX / 10**9)
    world.now += age_ms
    assert code(world, encode_expiry_sample(expiry=1)) == Result[expected]


# --- the mark


def test_the_mark_is_fixed_by_the_part_of_the_window_that_has_passed() -> None:
    """A minute of thirty: 30,000 ticks / 30 are fixed, and 29/30 of the forward are left."""
    world = listed()
    assert sample(world, START_MS + 60_000) == Result.OK
    assert mark(world) == (1_000, 966_666_666)
    assert sample(world, EXPIRY_MS) == Result.OK
    assert mark(world) == (30_000, 1)  # a share of 0 would say that it is settled


# --- settlement

COVERED_MS = 24 * 60_000  # four fifths of the window bind the price


def sampled(covered_ms: int = COVERED_MS) -> World:
    """Return a venue at the expiry, whose samples have the average INDEX."""
    world = listed()
    set_expiry(world, covered_ms=covered_ms, accumulated=INDEX * covered_ms)
    world.now = EXPIRY_MS
    return world


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_settlement_lies_within_three_thousandths_of_the_samples(sign: int) -> None:
    world = sampled()
    edge = INDEX + sign * 9 * 10**9
    assert code(world, settlement(world, [edge + sign] * 2)) == Result.SETTLEMENT_OFF
    assert expiry(world, "settlement") == 0
    assert code(world, settlement(world, [edge] * 2)) == Result.OK
    assert expiry(world, "settlement") == edge
    assert world.instrument(FUTURE)["settlement_price"] == edge // TICK
    assert mark(world)[1] == 0


def test_samples_of_less_than_four_fifths_bind_nobody() -> None:
    world = sampled(COVERED_MS - 1)
    assert code(world, settlement(world, [INDEX * 2] * 2)) == Result.OK


def test_after_a_week_the_samples_bind_nobody() -> None:
    world = sampled()
    world.now = EXPIRY_MS + 7 * 24 * 3_600_000 - 1
    assert code(world, settlement(world, [INDEX * 2] * 2)) == Result.SETTLEMENT_OFF
    world.now += 1
    assert code(world, settlement(world, [INDEX * 2] * 2)) == Result.OK


def test_it_is_settled_once_and_not_before_the_expiry() -> None:
    world = sampled()
    world.now = EXPIRY_MS - 1
    assert code(world, settlement(world, [INDEX] * 2)) == Result.NOT_EXPIRED
    world.now = EXPIRY_MS
    assert code(world, settlement(world, [INDEX] * 2)) == Result.OK
    assert expiry(world, "settled_ms") == EXPIRY_MS
    assert code(world, settlement(world, [INDEX] * 2)) == Result.INSTRUMENT_SETTLED


def test_the_lower_middle_price_settles_and_a_fraction_of_a_tick_is_cut_off() -> None:
    world = sampled()
    assert code(world, settlement(world, [INDEX + TICK - 1, INDEX + 2 * TICK])) == Result.OK
    assert world.instrument(FUTURE)["settlement_price"] == 30_000


def test_a_price_below_a_tick_settles_at_one() -> None:
    world = sampled(0)
    assert code(world, settlement(world, [1, 1])) == Result.OK
    assert world.instrument(FUTURE)["settlement_price"] == 1
