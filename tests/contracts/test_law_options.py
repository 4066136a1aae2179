"""Options' marks, on the law alone: between two pricings, when overdue, at the end (options.md)."""

from __future__ import annotations

import pytest

from strikeproof.bench.pure_evm import available_evms
from strikeproof.wire import constants as c
from strikeproof.wire import layout
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import encode_list_expiry, encode_list_options, encode_reprice
from tests.agreement.law_host import run_prefilled
from tests.contracts.law_world import (
    ALICE,
    BOB,
    CAROL,
    DOLLAR,
    GTC,
    IOC,
    MARK,
    SELL,
    World,
    place,
    venue,
)

CALL, PUT = 3, 4
EXPIRY_MS = 1_800_000_000_000 + 4 * 3_600_000
TICK = 10**8  # nano-USD: the index, 5,000 USD, is 50,000 ticks
PRICE = 1_000  # ticks, of both options where they were priced
HALF = 1 << 29  # a delta of one half
BAND_PPM = 100_000


def overwrite(world: World, key: int, group: layout.Group, **values: int) -> None:
    record = bytearray(world.state[key])
    for each in group.fields:
        if each.name in values:
            at = slice(32 * each.word, 32 * each.word + 32)
            mask = (1 << each.bits) - 1
            value = (values[each.name] & mask) << each.shift
            word = int.from_bytes(record[at]) & ~(mask << each.shift) | value
            record[at] = word.to_bytes(32)
    world.state[key] = bytes(record)


def listed() -> World:
    """Return a venue with a call and a put at 50,000 ticks that were never priced."""
    world = venue()
    world.engine = available_evms()[-1]
    world.govern(encode_list_expiry(underlying=1, expiry_ms=EXPIRY_MS, forward_ppb=10**9))
    world.govern(
        encode_list_options(
            expiry=1,
            strike=MARK,
            tick_value_micro_usd=100,
            index_per_tick_nano_usd=TICK,
            initial_margin_ppm=150_000,
            maintenance_margin_ppm=75_000,
            maker_fee_ppm=0,
            taker_fee_ppm=0,
            price_band_ppm=BAND_PPM,
            min_order_value_micro_usd=1,
            call_symbol=b"C".ljust(16, b"\0"),
            put_symbol=b"P".ljust(16, b"\0"),
        )
    )
    world.set_price(MARK / 10)
    return world


def priced(gamma: int = 0) -> World:
    """Return a venue whose options were priced now, at a forward of 50,000 ticks."""
    world = listed()
    for option, delta in ((CALL, HALF), (PUT, -HALF)):
        overwrite(
            world,
            5 << 56 | option,
            layout.OPTION_MARK_GROUP,
            mark_price=PRICE << 8,
            priced_ms=world.now,
            priced_forward=MARK,
            delta=delta,
            gamma=gamma,
        )
    return world


def is_within_band(world: World, option: int, price: int) -> bool:
    """Whether a bid at a price is within the band; nothing is kept of it."""
    data = world.bundle(ALICE, place(option, IOC, price, 1))
    results = world.dry_run(world.segment(data)).results
    assert results[0] == 0
    return Result(results[1]) != Result.BEYOND_BAND


def mark(world: World, option: int, forward: int) -> int:
    """Return an option's mark, found by the highest bid that its band admits."""
    width = forward * BAND_PPM // c.PPM
    low, high = width, width + 4 * MARK  # admitted, and not
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if is_within_band(world, option, middle) else (low, middle)
    return low - width


def at_forward(world: World, forward: int) -> World:
    world.set_price(forward / 10)
    return world


def test_a_mark_follows_its_delta() -> None:
    """100 ticks of the forward, half of them for the call, and half the other way for the put."""
    world = at_forward(priced(), MARK + 100)
    assert mark(world, CALL, MARK + 100) == PRICE + 50
    assert mark(world, PUT, MARK + 100) == PRICE - 50
    world = at_forward(priced(), MARK - 101)  # 50.5 ticks, rounded down
    assert mark(world, CALL, MARK - 101) == PRICE - 51
    assert mark(world, PUT, MARK - 101) == PRICE + 50


def test_gamma_adds_to_both_whichever_way_the_forward_went() -> None:
    """gamma x 100^2 x 2^13 / 50,000 is ten ticks of 2^30."""
    gamma = 10 * (1 << 30) * MARK // (100**2 << 13)
    for forward, way in ((MARK + 100, 50), (MARK - 100, -50)):
        world = at_forward(priced(gamma), forward)
        assert mark(world, CALL, forward) == PRICE + way + 10
        assert mark(world, PUT, forward) == PRICE - way + 10


def test_a_mark_moves_by_no_more_than_the_forward_nor_the_other_way() -> None:
    """With twenty times that gamma: the call's 50 + 200 of 100 up, and -50 + 200 of 100 down."""
    gamma = 200 * (1 << 30) * MARK // (100**2 << 13)
    assert mark(at_forward(priced(gamma), MARK + 100), CALL, MARK + 100) == PRICE + 100
    assert mark(at_forward(priced(gamma), MARK - 100), CALL, MARK - 100) == PRICE
    assert mark(at_forward(priced(gamma), MARK + 100), PUT, MARK + 100) == PRICE
    assert mark(at_forward(priced(gamma), MARK - 100), PUT, MARK - 100) == PRICE + 100


def test_a_mark_is_a_tick_at_least() -> None:
    world = priced()
    overwrite(world, 5 << 56 | CALL, layout.OPTION_MARK_GROUP, mark_price=10 << 8)
    assert mark(at_forward(world, MARK - 100), CALL, MARK - 100) == 1


# --- overdue


def trade(world: World) -> Result:
    """Return what becomes of a bid that meets an offer, both new."""
    assert world.act(BOB, place(CALL, GTC | SELL, PRICE, 1)) == [Result.OK]
    (found,) = world.act(ALICE, place(CALL, IOC, PRICE, 1))
    return found


@pytest.mark.parametrize(("age_ms", "expected"), [(60_000, "OK"), (60_001, "GAP_TOO_WIDE")])
def test_a_pricing_is_good_for_a_minute(age_ms: int, expected: str) -> None:
    world = priced()
    world.now += age_ms - 1
    world.set_price(MARK / 10)
    assert trade(world) == Result[expected]


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_pricing_is_good_for_half_a_percent_of_its_forward(sign: int) -> None:
    assert trade(at_forward(priced(), MARK + sign * 250)) == Result.OK
    assert trade(at_forward(priced(), MARK + sign * 251)) == Result.GAP_TOO_WIDE


def test_an_overdue_option_lets_both_sides_shrink() -> None:
    world = priced()
    assert trade(world) == Result.OK
    world.now += 60_000
    world.set_price(MARK / 10)
    assert world.act(ALICE, place(CALL, GTC | SELL, PRICE, 1)) == [Result.OK]
    assert world.act(CAROL, place(CALL, IOC, PRICE, 1)) == [Result.GAP_TOO_WIDE]
    assert world.act(BOB, place(CALL, IOC, PRICE, 1)) == [Result.OK]
    assert world.account(ALICE).positions.get(CALL, {"size": 0})["size"] == 0


# --- the end


def reprice(world: World, option: int = CALL) -> Result:
    (found,) = world.ops(encode_reprice(instrument=option))
    return Result(found)


@pytest.mark.parametrize(
    ("settlement_ticks", "call", "put"),
    [(MARK, 0, 0), (MARK + 1, 1, 0), (MARK - 1, 0, 1), (MARK + 1_250, 1_250, 0), (1, 0, MARK - 1)],
)
def test_a_payoff_is_what_the_settlement_lies_beyond_the_strike(
    settlement_ticks: int, call: int, put: int
) -> None:
    world = priced()
    assert trade(world) == Result.OK
    held = world.account(ALICE).collateral
    price = settlement_ticks * TICK + TICK - 1  # a fraction of a tick is cut off
    overwrite(world, 7 << 56 | 1, layout.EXPIRY_GROUP, settlement=price, settled_ms=EXPIRY_MS)
    world.now = EXPIRY_MS
    assert reprice(world) == Result.OK
    assert world.instrument(CALL)["settlement_price"] == call
    assert world.instrument(PUT)["settlement_price"] == put
    assert reprice(world) == Result.INSTRUMENT_SETTLED
    assert world.account(ALICE).collateral == held
    assert held == 10_000 * DOLLAR - PRICE * 100  # the premium, paid in full


def test_only_a_call_names_the_pair() -> None:
    world = listed()
    assert reprice(world, PUT) == Result.WRONG_PRODUCT
    assert reprice(world, 1) == Result.WRONG_PRODUCT
    assert reprice(world, 5) == Result.UNKNOWN_INSTRUMENT
    assert reprice(world, 0) == Result.UNKNOWN_INSTRUMENT


def test_without_a_surface_nothing_is_priced() -> None:
    assert reprice(listed()) == Result.NO_PRICE


def test_a_void_segment_prices_nothing() -> None:
    """Whoever declares nothing has paid for no surface, no Greeks and no array."""
    world = listed()
    overwrite(
        world,
        7 << 56 | 1,
        layout.EXPIRY_GROUP,
        publish_time_ms=world.now,
        svi_a=10**10,
        svi_b=10**10,
        svi_sigma=10**11,
        svi_forward=MARK * TICK,
        svi_time_ms=world.now,
    )
    data = encode_reprice(instrument=CALL)
    whole = world.dry_run(world.segment(data))
    assert whole.results == b"\0"
    records = {key: world.state.get(key, b"") for key in whole.loaded}
    assert run_prefilled(world.segment(data), records).gas > 100_000
    void = run_prefilled(world.segment(data, compute=0), records)
    assert void.is_void
    assert void.gas < 30_000
