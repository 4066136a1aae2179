"""Funding samples, what is pending, and the two ledgers of the house (docs/protocol/funding.md;
attack 50)."""

from __future__ import annotations

import random

import pytest

from strikeproof.bench.pure_evm import available_evms
from strikeproof.keccak import keccak256
from strikeproof.wire import constants as c
from strikeproof.wire import layout
from strikeproof.wire.errors import Result
from tests.contracts.law_world import (
    ALICE,
    BOB,
    CAROL,
    FOK,
    GTC,
    GTD,
    IOC,
    MARK,
    REDUCE_ONLY,
    SELL,
    World,
    be,
    op,
    place,
    set_instrument,
    venue,
)

FUNDING = op(c.OpType.FUNDING, b"\0\1")
UNIT = MARK * 100
"""micro-USD of a lot at the mark."""
TERMS = {"funding_cap_ppm": 9_000, "funding_interest_ppm": 100, "funding_tau_ms": 7_000}


def market(**terms: int) -> World:
    """Return the venue with funding terms, an impact value of 8 USD, and fresh prices."""
    world = venue()
    world.engine = available_evms()[-1]
    world.govern(set_instrument(**({"impact_value_micro_usd": 8 * 10**6} | TERMS | terms)))
    return world


def mark(world: World) -> dict[str, int]:
    names = [each.name for each in layout.MARK_GROUP.fields]
    return dict(zip(names, layout.unpack_mark(world.state[5 << 56 | 1]), strict=True))


def set_mark(world: World, **fields: int) -> None:
    world.state[5 << 56 | 1] = layout.pack_mark(**(mark(world) | fields))


def fund(world: World) -> Result:
    (code,) = world.ops(FUNDING)
    return Result(code)


def later(world: World, ms: int) -> None:
    """Let time pass with a fresh price of the same index."""
    world.now += ms - 1
    world.set_price(MARK / 10)


def clamp(value: int, most: int) -> int:
    return max(-most, min(most, value))


def walk(orders: list[dict[str, int]], notional: int) -> tuple[int, int]:
    value = lots = 0
    for order in orders[: c.FUNDING_WALK_MAX]:
        take = min(order["lots"], -(-(notional - value * 100) // (order["price"] * 100)))
        value, lots = value + take * order["price"], lots + take
        if value * 100 >= notional:
            return value, lots
    return 0, 0


def sampled(world: World) -> tuple[dict[str, int], int]:
    """Return the instrument and the funding index after a sample now, by the page's formulas."""
    found, index = world.instrument(), mark(world)["funding_index"]
    bid, bid_lots = walk(world.book(False), found["impact_value"])
    ask, ask_lots = walk(world.book(True), found["impact_value"])
    premium = 0
    if bid > MARK * bid_lots:
        premium += (bid - MARK * bid_lots) * c.PPM // (MARK * bid_lots)
    if ask < MARK * ask_lots:
        premium += -(MARK * ask_lots - ask) * c.PPM // (MARK * ask_lots)
    rate = premium + clamp(found["funding_interest_ppm"] - premium, c.FUNDING_CLAMP_PPM)
    rate = clamp(rate, found["funding_cap_ppm"])
    elapsed = min(world.now - found["funding_ms"], c.FUNDING_SPAN_MS)
    average = found["funding_average"]
    average += (rate * 2**32 - average) * elapsed // (elapsed + found["funding_tau_ms"])
    paid = UNIT * average * elapsed // (c.FUNDING_PERIOD_MS * c.PPM)
    lots = found["short_interest"] - found["long_interest"]
    cash = found["effective_cash"] - -(-paid * lots // 2**64)
    changed = {"funding_average": average, "funding_ms": world.now, "effective_cash": cash}
    return found | changed, index + paid


@pytest.mark.parametrize("seed", range(4))
def test_sample_moves_average_and_index_by_the_book(seed: int) -> None:
    rng = random.Random(seed)
    world = market(funding_tau_ms=rng.choice([0, 1, 60_000, 2**32 - 1]))
    assert fund(world) == Result.OK  # the first one sets the time alone
    assert world.instrument()["funding_ms"] == world.now
    assert mark(world)["funding_index"] == 0
    for _ in range(6):
        for account in (ALICE, BOB):
            side = rng.choice([0, SELL])
            price = MARK + rng.randrange(-400, 400)
            world.act(account, *[place(1, GTC | side, price, rng.randrange(1, 3))] * 3)
        later(world, rng.choice([5_000, 5_001, 59_999, 60_000, 200_000]))
        wanted = sampled(world)
        assert fund(world) == Result.OK
        assert (world.instrument(), mark(world)["funding_index"]) == wanted


def test_samples_keep_their_distance() -> None:
    world = market()
    assert fund(world) == Result.OK
    later(world, c.FUNDING_SPACING_MS - 1)
    assert fund(world) == Result.TOO_SOON
    assert world.message(3, FUNDING, time=world.now - 60_000) == bytes([Result.TOO_SOON])
    later(world, 1)
    assert fund(world) == Result.OK


def test_sample_needs_an_instrument_and_a_fresh_price() -> None:
    world = market()
    for body, code in ((b"\0\0", "UNKNOWN_INSTRUMENT"), (b"\0\3", "UNKNOWN_INSTRUMENT")):
        assert world.ops(op(64, body)) == bytes([Result[code]])
    for body in (b"", b"\0", b"\0\1\0"):
        assert world.ops(op(64, body)) == bytes([Result.MALFORMED])
    world.now = world.underlying()["publish_time_ms"] + c.INDEX_STALE_MS + 1
    assert fund(world) == Result.STALE_PRICE
    world.set_price(0, publish_time_ms=0)
    assert fund(world) == Result.NO_PRICE


@pytest.mark.parametrize("dead", [0, 1, 7, 8])
def test_dead_orders_stop_a_walk_only_if_they_fill_it(dead: int) -> None:
    world = market()
    fund(world)
    world.act(ALICE, *[place(1, GTD, MARK, 1, expiry=world.now + 9)] * dead) if dead else None
    world.act(BOB, *[place(1, GTC, MARK - 1, 1)] * (8 - dead)) if dead < 8 else None
    later(world, 6_000)
    code = fund(world)
    # One lot is worth 5 USD: two live ones reach the impact value of 8 USD.
    assert code == (Result.SWEEP_FIRST if dead > 6 else Result.OK)
    world.act(CAROL, place(1, GTC, MARK - 9, 1), place(1, GTC, MARK - 10, 1))
    assert fund(world) in (Result.TOO_SOON, Result.SWEEP_FIRST)


def test_sixteen_makers_of_a_sample_stay_within_the_bar() -> None:
    world = market(min_order_value=9 * 10**6, impact_value_micro_usd=72 * 10**6)
    owners = [world.register(50 + n, 1_000) for n in range(16)]
    for at, owner in enumerate(owners):
        side, price = (SELL, MARK + 9) if at % 2 else (0, MARK - 9)
        assert world.act(owner, place(1, GTC | side, price, 2)) == [Result.OK]
    fund(world)
    later(world, 6_000)
    world.engine = "py-evm"
    result = world.dry_run(world.segment(FUNDING))
    assert result.results == b"\0"
    assert result.touched == 4 + 32
    assert result.gas <= 250_000
    assert result.gas <= result.compute + 35 * result.witness


# What is pending


def longs_and_shorts(world: World, lots: int = 40) -> None:
    world.act(CAROL, place(1, GTC | SELL, MARK, lots))
    assert world.act(ALICE, place(1, IOC, MARK, lots)) == [Result.OK]


def with_funding(world: World, index: int) -> None:
    """Have the funding index somewhere, in micro-USD a lot."""
    set_mark(world, funding_index=index * c.FRACTION + 7)


@pytest.mark.parametrize("index", [-3_000, 0, 3_000])
def test_withdrawal_counts_funding_that_is_pending_and_writes_nothing(index: int) -> None:
    world = market()
    longs_and_shorts(world)
    with_funding(world, index)
    entry = world.account(ALICE).positions[1]
    pending = -40 * (index * c.FRACTION + 7) // c.FRACTION
    free = world.account(ALICE).collateral + pending + 40 * UNIT - 40 * UNIT // 10
    refused = bytes([Result.INSUFFICIENT_COLLATERAL])
    assert world.ops(world.withdraw_op(ALICE, free + 1)) == refused
    assert world.ops(world.withdraw_op(ALICE, free)) == b"\0"
    assert world.account(ALICE).positions[1] == entry


@pytest.mark.parametrize("index", [-2_999, 2_999])
def test_fill_settles_both_sides_and_conserves(index: int) -> None:
    world = market()
    longs_and_shorts(world)
    before = world.custody()
    with_funding(world, index)
    collateral = {each: world.account(each).collateral for each in (ALICE, CAROL)}
    world.act(CAROL, place(1, GTC, MARK, 5))
    assert world.act(ALICE, place(1, IOC | SELL, MARK, 5)) == [Result.OK]
    g = index * c.FRACTION + 7
    for account, size, sign, ppm in ((ALICE, 40, 1, 500), (CAROL, -40, -1, 200)):
        paid = -size * g // c.FRACTION
        value = 5 * UNIT
        fee = -(-value * ppm // c.PPM)
        assert world.account(account).collateral == collateral[account] + paid + sign * value - fee
        entry = world.account(account).positions[1]
        assert (entry["size"], entry["funding_snap"]) == (size - 5 * sign, g)
        assert entry["factor"] == c.FACTOR_ONE
    assert world.custody() == before
    assert world.instrument()["house_cash"] in (1, 2)  # what rounding leaves


def test_fill_that_fails_settles_nothing() -> None:
    world = market()
    longs_and_shorts(world)
    with_funding(world, 1_000)
    world.act(CAROL, place(1, GTC, MARK, 5))
    before = {key: value for key, value in world.state.items() if key >> 56 in (1, 4)}
    assert world.act(ALICE, place(1, FOK | SELL, MARK, 6)) == [Result.FOK_UNFILLED]
    assert {key: value for key, value in world.state.items() if key >> 56 in (1, 4)} == before
    poor = world.register(77, 1)
    assert world.act(poor, place(1, IOC | SELL, MARK, 2)) == [Result.MARGIN_INSUFFICIENT]
    assert {key: before[key] for key in before} == {key: world.state[key] for key in before}


# Lots that deleveraging closed


def draw(world: World, account: int, short: bool) -> int:
    time = mark(world)["short_deleveraged_ms" if short else "long_deleveraged_ms"]
    data = be(account, 4) + be(1, 2) + be(short, 1) + be(time, 6)
    return int.from_bytes(keccak256(data)[:8], "big")


def left_of(world: World, account: int, lots: int, factor: int, short: bool) -> int:
    whole, rest = divmod(lots * factor, c.FACTOR_ONE)
    return whole + (rest * 2**64 > c.FACTOR_ONE * draw(world, account, short))


@pytest.mark.parametrize("seed", range(5))
def test_deleveraged_lots_are_turned_into_cash_at_their_price(seed: int) -> None:
    """The longs lost a fraction at the mark; whoever trades next sees it, others are not asked."""
    rng = random.Random(seed)
    world = market()
    longs_and_shorts(world, 41)
    custody = world.custody()
    factor = rng.randrange(2**62, 2**63)
    fallen = c.FACTOR_ONE - factor
    g = rng.choice([-5, 1, 9_999]) * c.FRACTION + rng.randrange(99)
    adl = fallen * UNIT - -(-fallen * g // c.FRACTION)
    time = world.now - rng.randrange(9)
    set_mark(world, long_factor=factor, long_adl_index=adl, long_deleveraged_ms=time)
    set_mark(world, funding_index=g)
    left = left_of(world, ALICE, 41, factor, short=False)
    closed = 41 - left
    cash = -left * g // c.FRACTION + closed * adl // fallen
    before = world.account(ALICE).collateral
    # A reduce-only order takes what is left, not what is stored.
    world.act(CAROL, place(1, GTC, MARK, 60))
    assert world.act(ALICE, place(1, IOC | SELL | REDUCE_ONLY, MARK, 41)) == [Result.OK]
    value = left * UNIT
    fee = -(-value * 500 // c.PPM)
    assert world.account(ALICE).positions == {}
    assert world.account(ALICE).collateral == before + cash + value - fee
    found = world.instrument()
    assert found["house_lots"] == closed
    assert world.account(CAROL).positions[1]["size"] + closed == -41 + left + closed
    assert world.custody() == custody
    share = 41 * fallen * c.FRACTION // c.FACTOR_ONE
    delta = closed * c.FRACTION - share
    assert found["long_interest"] == (41 - left) * c.FRACTION - delta
    owed = delta * (g * fallen + adl * c.FRACTION)
    assert found["effective_cash"] == -owed // (fallen << 64)


def test_view_of_withdrawal_counts_what_deleveraging_left() -> None:
    world = market()
    longs_and_shorts(world)
    factor = c.FACTOR_ONE // 2
    adl = (c.FACTOR_ONE - factor) * (UNIT + 1_000)  # closed 10 ticks above the mark
    set_mark(world, long_factor=factor, long_adl_index=adl)
    free = world.account(ALICE).collateral + 20 * (UNIT + 1_000) + 20 * UNIT - 2 * UNIT
    refused = bytes([Result.INSUFFICIENT_COLLATERAL])
    assert world.ops(world.withdraw_op(ALICE, free + 1)) == refused
    assert world.ops(world.withdraw_op(ALICE, free)) == b"\0"
