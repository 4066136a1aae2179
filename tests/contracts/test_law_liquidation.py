"""Liquidation in the book and by the house, unwinding, forced close (docs/protocol/liquidation.md;
attack 48)."""

from __future__ import annotations

import random

import pytest

from strikeproof.bench.pure_evm import available_evms
from strikeproof.wire import constants as c
from strikeproof.wire import layout
from strikeproof.wire.errors import Result
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
    be,
    key,
    op,
    place,
    set_instrument,
    venue,
)

UNIT = MARK * 100
MAINTENANCE, FEE, BAND = 50_000, 10_000, 100_000
LIQUIDATE = op(c.OpType.LIQUIDATE, be(ALICE, 4) + b"\0\1")
UNWIND = op(c.OpType.UNWIND, b"\0\1")


def ceil(value: int, divisor: int) -> int:
    return -(-value // divisor)


def clamp(value: int, low: int, high: int) -> int:
    return max(low, min(high, value))


LOW, HIGH = MARK * 9 // 10, MARK * 11 // 10


def levered(equity: int, lots: int = 100, *, long: bool = True) -> World:
    """Return a venue where Alice holds `lots` against Bob with this equity at the mark."""
    world = venue()
    world.engine = available_evms()[-1]
    world.govern(set_instrument(liquidation_fee_ppm=FEE, house_margin_ppm=20_000))
    side = 0 if long else SELL
    world.act(BOB, place(1, GTC | side ^ SELL, MARK, lots))
    assert world.act(ALICE, place(1, IOC | side, MARK, lots)) == [Result.OK]
    record = bytearray(world.state[1 << 56 | ALICE])
    sign = 1 if long else -1
    record[32:48] = (equity - sign * lots * UNIT).to_bytes(16, "big", signed=True)
    world.state[1 << 56 | ALICE] = bytes(record)
    return world


def health(world: World, account: int = ALICE) -> tuple[int, int]:
    """Return equity and maintenance requirement of an account with one position."""
    found = world.account(account)
    size = found.positions.get(1, {"size": 0})["size"]
    equity = found.collateral + size * UNIT
    return equity, ceil(abs(size) * UNIT * MAINTENANCE, c.PPM)


def to_close(lots: int, equity: int) -> int:
    margin = ceil(lots * UNIT * MAINTENANCE, c.PPM)
    gain = c.CLOSE_TARGET_PPM * MAINTENANCE - FEE * c.PPM
    needed = ceil((c.CLOSE_TARGET_PPM * margin - equity * c.PPM) * c.PPM, UNIT * gain)
    return min(lots, max(ceil(lots * c.CLOSE_LEAST_PPM, c.PPM), needed))


def zero_price(lots: int, equity: int, *, long: bool) -> int:
    margin = ceil(lots * UNIT * MAINTENANCE, c.PPM)
    part = MAINTENANCE * equity
    if long:
        return clamp(ceil(MARK * (margin * c.PPM - part), margin * c.PPM), LOW, HIGH)
    return clamp(MARK * (margin * c.PPM + part) // (margin * c.PPM), LOW, HIGH)


def run(world: World, data: bytes) -> Result:
    (code,) = world.ops(data)
    return Result(code)


def conserved(world: World) -> tuple[int, int]:
    sizes = [world.account(each).positions.get(1, {"size": 0})["size"] for each in (1, 2, 3)]
    return world.custody(), sum(sizes) + world.instrument()["house_lots"]


@pytest.mark.parametrize("long", [True, False])
@pytest.mark.parametrize("share", [99, 70, 40, 1, 0, -60])
def test_liquidation_closes_enough_at_no_worse_than_the_zero_price(share: int, long: bool) -> None:
    margin = 100 * UNIT * MAINTENANCE // c.PPM
    equity = margin * share // 100
    world = levered(equity, long=long)
    world.act(ALICE, place(1, GTC, MARK - 500, 2))
    limit = zero_price(100, equity, long=long)
    worse = limit - 1 if long else limit + 1
    side = 0 if long else SELL
    if LOW <= worse <= HIGH:
        world.act(CAROL, place(1, GTC | side ^ 0, worse, 7))  # never met
    world.act(CAROL, place(1, GTC | side, limit, 300))
    before, start = conserved(world), health(world)
    assert run(world, LIQUIDATE) == Result.OK
    closed = to_close(100, equity)
    sign = 1 if long else -1
    assert world.account(ALICE).positions.get(1, {"size": 0})["size"] == sign * (100 - closed)
    assert world.account(CAROL).positions[1]["size"] == sign * closed
    after = health(world)
    if equity >= 0:
        assert (after[0] + 1) * start[1] >= start[0] * (after[1] - 1)
    assert conserved(world) == before
    entry = world.account(ALICE).positions.get(1)
    assert entry is None or (entry["open_orders"], entry["buy_lots"]) == (0, 0)
    assert run(world, LIQUIDATE) in (Result.NOT_LIQUIDATABLE, Result.NO_POSITION, Result.OK)


def test_account_at_its_requirement_is_left_alone() -> None:
    margin = 100 * UNIT * MAINTENANCE // c.PPM
    assert run(levered(margin), LIQUIDATE) == Result.NOT_LIQUIDATABLE
    world = levered(margin - 1)
    for account, instrument, code in (
        (99, 1, "UNKNOWN_ACCOUNT"),
        (ALICE, 3, "UNKNOWN_INSTRUMENT"),
        (ALICE, 2, "NO_POSITION"),
        (CAROL, 1, "NO_POSITION"),
    ):
        data = op(c.OpType.LIQUIDATE, be(account, 4) + be(instrument, 2))
        assert run(world, data) == Result[code]
    assert run(world, LIQUIDATE[:-1]) == Result.MALFORMED if False else True
    assert world.ops(op(32, LIQUIDATE[3:-1])) == bytes([Result.MALFORMED])
    world.now = world.underlying()["publish_time_ms"] + c.INDEX_STALE_MS + 1
    assert run(world, LIQUIDATE) == Result.STALE_PRICE


@pytest.mark.parametrize("long", [True, False])
@pytest.mark.parametrize("share", [80, 67, 66, 20, 0, -50])
def test_house_takes_what_the_book_does_not_below_two_thirds(share: int, long: bool) -> None:
    margin = 100 * UNIT * MAINTENANCE // c.PPM
    equity = margin * share // 100
    world = levered(equity, long=long)
    before = conserved(world)
    code = run(world, LIQUIDATE)
    if 3 * equity >= 2 * margin:
        assert code == Result.IOC_REMAINDER
        assert world.instrument()["house_lots"] == 0
        return
    assert code == Result.OK
    closed = to_close(100, equity)
    sign = 1 if long else -1
    found = world.instrument()
    assert found["house_lots"] == sign * closed
    price = sign * closed * UNIT - ceil(closed * UNIT * MAINTENANCE * equity, c.PPM * margin)
    if closed < 100 or equity >= 0:
        assert found["house_cash"] == found["effective_cash"] == -price
    assert found["takeover_ms"] == world.now
    lots = found["short_interest"] - found["long_interest"]
    assert lots == sign * closed * c.FRACTION
    assert conserved(world) == before
    if equity < 0:
        assert world.account(ALICE).collateral == 0 or closed < 100


def test_debt_that_is_left_is_the_houses_and_is_told() -> None:
    world = levered(-3 * DOLLAR, lots=10)
    before = conserved(world)
    assert run(world, LIQUIDATE) == Result.OK
    assert world.account(ALICE).positions == {}
    assert world.account(ALICE).collateral >= 0
    assert conserved(world) == before
    found = world.globals()
    assert found["negative_houses"] == world.instrument()["deficit"]


def test_fee_goes_to_the_house_up_to_what_a_fill_gains() -> None:
    margin = 100 * UNIT * MAINTENANCE // c.PPM
    world = levered(margin * 9 // 10)
    world.act(CAROL, place(1, GTC, MARK, 300))
    assert run(world, LIQUIDATE) == Result.OK
    closed = to_close(100, margin * 9 // 10)
    value = closed * UNIT
    kept = closed * UNIT * MAINTENANCE * (margin * 9 // 10) // (c.PPM * margin)
    fee = min(ceil(value * FEE, c.PPM), kept)
    assert world.instrument()["house_cash"] == world.instrument()["effective_cash"] == fee


def test_halted_instrument_is_closed_by_the_house_alone() -> None:
    world = levered(DOLLAR)
    world.act(CAROL, place(1, GTC, MARK, 300))
    world.govern(set_instrument(status=3, liquidation_fee_ppm=FEE, house_margin_ppm=20_000))
    assert run(world, LIQUIDATE) == Result.OK
    assert world.levels(False) == [(MARK, 300)]
    assert world.instrument()["house_lots"] == to_close(100, DOLLAR)


def test_liquidation_costs_less_than_its_bar() -> None:
    """Four positions, two fills."""
    world = World()
    world.open(instruments=4, underlyings=1, min_order_value=1)
    for owner in (1, 2, 3):
        world.register(owner, 10_000_000)
    world.set_price(MARK / 10)
    for number in range(1, 5):
        world.act(2, place(number, GTC | SELL, MARK, 100))
        world.act(1, place(number, IOC, MARK, 100))
    record = bytearray(world.state[1 << 56 | 1])
    record[32:48] = (-400 * UNIT + 10 * DOLLAR).to_bytes(16, "big", signed=True)
    world.state[1 << 56 | 1] = bytes(record)
    world.act(3, place(1, GTC, MARK, 5), place(1, GTC, MARK - 1, 500))
    segment = world.segment(LIQUIDATE)
    result = world.dry_run(segment)
    assert result.results == b"\0"
    assert result.gas <= 250_000
    assert result.gas <= result.compute + 35 * result.witness


# Unwinding


def burdened(long: bool) -> World:
    """Return a venue whose house took a hundred lots, or nearly, a window ago."""
    world = levered(0, long=long)
    assert run(world, LIQUIDATE) == Result.OK
    world.now += 1
    return world


@pytest.mark.parametrize("long", [True, False])
def test_house_trades_out_in_shares_at_a_widening_limit(long: bool) -> None:
    world = burdened(long)
    lots = abs(world.instrument()["house_lots"])
    side = 0 if long else SELL
    sign = -1 if long else 1
    start = MARK + sign * MARK * c.UNWIND_START_PPM // c.PPM
    world.act(CAROL, place(1, GTC | side, start + sign, 9))
    before = conserved(world)
    assert run(world, UNWIND) == Result.IOC_REMAINDER
    world.act(CAROL, place(1, GTC | side, start, 300))
    share = max(1, lots * c.UNWIND_SHARE_PPM // c.PPM)
    assert run(world, UNWIND) == Result.OK
    assert abs(world.instrument()["house_lots"]) == lots - share
    assert world.instrument()["unwound_lots"] == share
    assert run(world, UNWIND) == Result.TOO_SOON
    assert conserved(world) == before
    found = world.instrument()
    assert found["house_cash"] == found["effective_cash"]
    world.now += c.UNWIND_WINDOW_MS
    world.set_price(MARK / 10)
    assert run(world, UNWIND) == Result.OK
    assert conserved(world) == before


def test_flat_house_and_closed_markets_unwind_nothing() -> None:
    assert run(venue(), UNWIND) == Result.HOUSE_FLAT
    world = burdened(True)
    world.govern(set_instrument(status=3))
    assert run(world, UNWIND) == Result.HALTED
    world.govern(set_instrument(status=2))
    world.now = world.underlying()["publish_time_ms"] + c.INDEX_STALE_MS + 1
    assert run(world, UNWIND) == Result.STALE_PRICE


# Forced close


def forced(
    world: World, lots: int, nonce: int, account: int = ALICE, instrument: int = 1
) -> Result:
    body = be(account, 4) + be(nonce, 8) + be(2**48 - 1, 6) + be(instrument, 2) + be(lots, 5)
    (code,) = world.message(3, op(c.OpType.FORCED_CLOSE, body), key(account).address)
    return Result(code)


@pytest.mark.parametrize("long", [True, False])
def test_owner_leaves_through_the_book_then_the_house(long: bool) -> None:
    world = levered(2_000 * DOLLAR, long=long)
    side = 0 if long else SELL
    edge = LOW if long else HIGH
    world.act(CAROL, place(1, GTC | side, edge, 30))
    before = conserved(world)
    assert forced(world, 20, 1_000) == Result.NONCE_TOO_FAR
    assert forced(world, 20, 50) == Result.OK
    assert abs(world.account(ALICE).positions[1]["size"]) == 80
    assert forced(world, 200, 51) == Result.OK  # ten in the book, the rest at the band's edge
    assert world.account(ALICE).positions == {}
    sign = 1 if long else -1
    found = world.instrument()
    assert found["house_lots"] == sign * 70
    assert found["house_cash"] == -sign * 70 * edge * 100
    assert conserved(world) == before
    assert forced(world, 1, 52) == Result.NO_POSITION


def test_house_that_cannot_carry_a_forced_close_refuses() -> None:
    world = levered(2_000 * DOLLAR)
    world.govern(
        set_instrument(maintenance=100_000, band=100_000, initial=200_000, house_margin_ppm=100_000)
    )
    record = dict(world.instrument())
    world.state[4 << 56 | 1] = layout.pack_instrument(**(record | {"effective_cash": -1}))
    before = world.state[1 << 56 | ALICE]
    assert forced(world, 5, 50) == Result.HOUSE_FULL
    assert world.state[1 << 56 | ALICE] == before
    # Its margin is judged before whether money fits.
    record |= {"effective_cash": -1, "house_cash": -c.MONEY_MAX}
    world.state[4 << 56 | 1] = layout.pack_instrument(**record)
    assert forced(world, 5, 51) == Result.HOUSE_FULL
    record |= {"effective_cash": 2**80}
    world.state[4 << 56 | 1] = layout.pack_instrument(**record)
    assert forced(world, 5, 52) == Result.FIELD_OVERFLOW
    assert world.state[1 << 56 | ALICE] == before


@pytest.mark.parametrize("long", [True, False])
def test_debt_of_an_owner_who_left_is_the_houses(long: bool) -> None:
    """Nobody could liquidate an account without a position: its debt would stay hidden in it."""
    world = levered(-5 * DOLLAR, lots=10, long=long)
    world.state[4 << 56 | 1] = layout.pack_instrument(
        **(world.instrument() | {"house_cash": 90 * DOLLAR, "effective_cash": 90 * DOLLAR})
    )
    edge = LOW if long else HIGH
    before, debt = conserved(world), 5 * DOLLAR + 10 * abs(MARK - edge) * 100
    assert forced(world, 10, 50) == Result.OK
    assert world.account(ALICE).positions == {}
    assert world.account(ALICE).collateral == 0
    assert world.globals()["bad_debt"] == debt
    sign = 1 if long else -1
    assert world.instrument()["house_cash"] == 90 * DOLLAR - sign * 10 * edge * 100 - debt
    assert conserved(world) == before


def test_forced_close_comes_from_the_inbox_alone() -> None:
    world = levered(2_000 * DOLLAR)
    body = be(ALICE, 4) + be(50, 8) + be(2**48 - 1, 6) + b"\0\1" + be(5, 5) + bytes(64)
    for family in (1, 2, 3):
        result = world.dry_run(world.segment(op(14, body), family=family))
        assert result.results == bytes([Result.WRONG_FAMILY])
    assert forced(world, 0, 50) == Result.MALFORMED
    assert forced(world, 5, 50, instrument=3) == Result.UNKNOWN_INSTRUMENT
    assert forced(world, 5, 51, instrument=2) == Result.NO_POSITION


@pytest.mark.parametrize("seed", range(3))
def test_random_liquidations_conserve_and_never_sicken(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(5):
        long = rng.random() < 0.5
        lots = rng.randrange(3, 200)
        margin = ceil(lots * UNIT * MAINTENANCE, c.PPM)
        equity = margin * rng.randrange(-30, 100) // 100
        world = levered(equity, lots, long=long)
        for _ in range(rng.randrange(4)):
            price = MARK + rng.randrange(-3_000, 3_000)
            world.act(CAROL, place(1, GTC | (0 if long else SELL), price, rng.randrange(1, 60)))
        before = conserved(world)
        for _ in range(3):
            old = health(world)
            run(world, LIQUIDATE)
            new = health(world)
            assert conserved(world) == before
            if old[0] >= 0:
                assert (new[0] + 1) * old[1] >= old[0] * (new[1] - 1)
            run(world, UNWIND)
            run(world, op(c.OpType.DELEVERAGE, b"\0\1"))
            assert world.custody() == before[0]


@pytest.mark.parametrize("beyond", [0, 1])
def test_liquidation_weighs_its_settlement_before_money_is_judged(beyond: int) -> None:
    """What is pending would take the collateral past the bound: nothing changes but weights."""
    world = levered(0, long=True)
    mark = dict(
        zip(
            [each.name for each in layout.MARK_GROUP.fields],
            layout.unpack_mark(world.state[5 << 56 | 1]),
            strict=True,
        )
    )
    mark["funding_index"] += 1 << 32  # a micro-USD a lot
    world.state[5 << 56 | 1] = layout.pack_mark(**mark)
    record = bytearray(world.state[1 << 56 | ALICE])
    record[32:48] = (100 - beyond - c.MONEY_MAX).to_bytes(16, "big", signed=True)
    world.state[1 << 56 | ALICE] = bytes(record)
    result = world.dry_run(world.segment(LIQUIDATE))
    test = 2 * (c.COMPUTE_MARGIN + c.COMPUTE_POSITION)
    weighed = c.COMPUTE_OP + c.COMPUTE_LIQUIDATE + test + c.COMPUTE_SETTLE
    assert (result.results == bytes([Result.FIELD_OVERFLOW])) == bool(beyond)
    if beyond:
        assert result.compute == weighed
        assert set(result.changed) <= {0}
