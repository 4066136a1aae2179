"""Deleveraging, orphans, and the end of an instrument (docs/protocol/liquidation.md, prices.md;
attack 51)."""

from __future__ import annotations

import random

import pytest

from strikeproof.bench.pure_evm import available_evms
from strikeproof.wire import constants as c
from strikeproof.wire import layout
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import encode_sweep
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
    cancel,
    op,
    place,
    set_instrument,
    venue,
)

UNIT = MARK * 100
DAY = 86_400_000
DELEVERAGE = op(65, b"\0\1")
SETTLE_ORPHAN = op(67, b"\0\1")


def ceil(value: int, divisor: int) -> int:
    return -(-value // divisor)


def mark(world: World) -> dict[str, int]:
    names = [each.name for each in layout.MARK_GROUP.fields]
    return dict(zip(names, layout.unpack_mark(world.state[5 << 56 | 1]), strict=True))


def set_instrument_fields(world: World, **fields: int) -> None:
    record = layout.pack_instrument(**(world.instrument() | fields))
    world.state[4 << 56 | 1] = record


def set_globals(world: World, **fields: int) -> None:
    start = 32 * layout.GLOBAL_WORDS
    tail = world.state[0][start:]
    world.state[0] = layout.pack_global(**(world.globals() | fields)) + tail


def settle_position(account: int) -> bytes:
    return op(68, be(account, 4) + b"\0\1")


def housed(long: bool, lots: int = 30, cash: int = 0, others: int = 50) -> World:
    """Return a venue whose house holds `lots` of Bob, paid at the mark, with `cash` besides: Alice
    and Carol have the other side, and what is left of Bob's."""
    world = venue()
    world.engine = available_evms()[-1]
    world.govern(set_instrument(house_margin_ppm=50_000))
    taker, maker = (SELL, 0) if long else (0, SELL)
    world.act(BOB, place(1, GTC | maker, MARK, others))
    world.act(ALICE, place(1, IOC | taker, MARK, others - 20))
    world.act(CAROL, place(1, IOC | taker, MARK, 20))
    sign = 1 if long else -1
    size = sign * (others - lots)
    record = bytearray(world.state[1 << 56 | BOB])
    record[128 + 10 : 128 + 16] = (size % 2**48).to_bytes(6, "big")
    collateral = world.account(BOB).collateral + sign * lots * UNIT - cash
    record[32:48] = collateral.to_bytes(16, "big", signed=True)
    world.state[1 << 56 | BOB] = bytes(record)
    paid = cash - sign * lots * UNIT
    side = "long_interest" if long else "short_interest"
    ours = {side: (others - lots) * c.FRACTION, "house_lots": sign * lots}
    set_instrument_fields(world, house_cash=paid, effective_cash=paid, **ours)
    set_globals(world, insurance_fund=0)  # nothing to lend
    return world


def eager(world: World) -> tuple[int, int]:
    """Return the house's eager lots and its equity, times 2^32."""
    found = world.instrument()
    lots = found["short_interest"] - found["long_interest"]
    return lots, found["effective_cash"] * c.FRACTION + lots * UNIT


def run(world: World, *ops: bytes) -> int:
    (code,) = world.ops(*ops)
    return code


def conserved(world: World) -> tuple[int, int]:
    sizes = [world.account(each).positions.get(1, {"size": 0})["size"] for each in (1, 2, 3)]
    return world.custody(), sum(sizes) + world.instrument()["house_lots"]


@pytest.mark.parametrize("long", [True, False])
def test_house_below_its_margin_is_closed_against_the_other_side(long: bool) -> None:
    """Pro rata: in the end the house is flat, and what was closed is cash at the mark."""
    world = housed(long, cash=DOLLAR)
    before = conserved(world)
    assert before[1] == 0
    assert run(world, DELEVERAGE) == Result.OK
    other = "short" if long else "long"
    factor = ceil(c.FACTOR_ONE * 20, 50)
    assert mark(world)[f"{other}_factor"] == factor
    sign = -1 if long else 1
    assert mark(world)[f"{other}_adl_index"] == (c.FACTOR_ONE - factor) * sign * UNIT
    assert mark(world)[f"{other}_deleveraged_ms"] == world.underlying()["publish_time_ms"]
    assert world.instrument()[f"{other}_interest"] == 20 * c.FRACTION
    assert eager(world) == (0, DOLLAR * c.FRACTION)
    assert run(world, DELEVERAGE) == Result.HOUSE_FLAT
    # Each is settled by its next trade; the lazy ledger meets the eager one.
    for account in (ALICE, CAROL):
        side = 0 if long else SELL
        world.act(BOB, place(1, GTC | side ^ SELL, MARK, 1))
        assert world.act(account, place(1, IOC | side, MARK, 1)) == [Result.OK]
    assert conserved(world) == before
    assert abs(world.instrument()["house_lots"]) <= 1
    lots, equity = eager(world)
    assert abs(lots) < 4
    assert abs(equity - DOLLAR * c.FRACTION) < 4 * (UNIT + c.FRACTION)


def test_solvent_and_flat_houses_and_old_prices_are_left_alone() -> None:
    world = housed(True, cash=ceil(30 * UNIT * 50_000, c.PPM))
    assert run(world, DELEVERAGE) == Result.HOUSE_SOLVENT
    world = housed(True, cash=ceil(30 * UNIT * 50_000, c.PPM) - 1)
    world.now = world.underlying()["publish_time_ms"] + c.INDEX_STALE_MS + 1
    assert run(world, DELEVERAGE) == Result.STALE_PRICE
    fresh = venue()
    assert run(fresh, DELEVERAGE) == Result.HOUSE_FLAT
    assert run(fresh, op(65, b"\0\0")) == Result.UNKNOWN_INSTRUMENT
    assert run(fresh, op(65, b"\0\1\0")) == Result.MALFORMED


def test_loan_comes_before_anybody_is_closed() -> None:
    """As far as the day's shares of the fund go; the rest is deleveraged."""
    for fund, loan in ((10**9, 10**7), (40 * DOLLAR, 4 * DOLLAR)):
        world = housed(True, cash=0)
        missing = ceil(30 * UNIT * 50_000, c.PPM)  # 7.5 USD
        set_globals(world, insurance_fund=fund)
        loan = min(missing, fund // 10)
        custody = world.custody()
        assert run(world, DELEVERAGE) == Result.OK
        found = world.globals()
        repaid = 0 if loan == missing else loan  # flat afterwards, with the loan as its equity
        assert found["insurance_fund"] == fund - loan + repaid
        assert (found["fund_day_start"], found["lent_today"]) == (fund, loan)
        assert found["day"] == world.now // DAY
        assert world.instrument()["loan"] == loan - repaid
        assert world.instrument()["lent_today"] == loan
        assert world.custody() == custody
        closed = mark(world)["short_factor"] != c.FACTOR_ONE
        assert closed == (loan < missing)


def test_day_of_loans_never_comes_back() -> None:
    """A message is judged at its own time: one of yesterday lends from what is left of today, and
    does not begin yesterday anew."""
    world = housed(True, cash=0)
    midnight = (world.now // DAY + 1) * DAY
    world.now = midnight + 10
    world.set_price(MARK / 10, publish_time_ms=midnight - 5)
    today = {"day": midnight // DAY, "fund_day_start": 10 * DOLLAR, "lent_today": 3 * DOLLAR}
    set_globals(world, insurance_fund=7 * DOLLAR, **today)
    set_instrument_fields(world, lent_day=midnight // DAY, lent_today=DOLLAR)
    assert world.message(3, DELEVERAGE, time=midnight - 1) == b"\0"
    found = world.globals()
    assert {name: found[name] for name in today} == today
    assert (world.instrument()["lent_day"], world.instrument()["lent_today"]) == (
        midnight // DAY,
        DOLLAR,
    )
    assert world.instrument()["loan"] == 0


@pytest.mark.parametrize("long", [True, False])
def test_house_without_equity_closes_where_it_breaks_even(long: bool) -> None:
    lots, lacking = 30, 30 * 100 * 77 + 5  # 77 ticks a lot, and a bit
    world = housed(long, lots, cash=-lacking)
    assert run(world, DELEVERAGE) == Result.OK
    ticks = ceil(30 * UNIT + lacking, 3_000) if long else (30 * UNIT - lacking) // 3_000
    other = "short" if long else "long"
    fallen = c.FACTOR_ONE - mark(world)[f"{other}_factor"]
    sign = -1 if long else 1
    assert mark(world)[f"{other}_adl_index"] == fallen * sign * ticks * 100
    rest = eager(world)[1]
    assert 0 <= rest < 3_000 * c.FRACTION
    assert world.instrument()["deficit"] == world.globals()["negative_houses"] == 0


def test_price_of_a_deep_deficit_ends_at_the_band_and_the_rest_is_told() -> None:
    world = housed(True, cash=-40 * UNIT)
    assert run(world, DELEVERAGE) == Result.OK
    top = MARK * 11 // 10
    fallen = c.FACTOR_ONE - mark(world)["short_factor"]
    assert mark(world)["short_adl_index"] == -fallen * top * 100
    deficit = 40 * UNIT - 30 * (top - MARK) * 100
    assert world.instrument()["deficit"] == world.globals()["negative_houses"] == deficit


def test_other_side_keeps_a_part_and_its_factor_ends_the_instrument() -> None:
    world = housed(True, lots=50, cash=0)
    assert run(world, DELEVERAGE) == Result.OK
    closed = 50 * 255 // 256
    assert mark(world)["short_factor"] == ceil(c.FACTOR_ONE * (50 - closed), 50)
    low = housed(True, cash=0)
    fields = mark(low) | {"short_factor": c.FACTOR_LEAST + 5}
    low.state[5 << 56 | 1] = layout.pack_mark(**fields)
    assert run(low, DELEVERAGE) == Result.OK
    assert (low.instrument()["status"], low.instrument()["settlement_price"]) == (4, MARK)
    assert mark(low)["price"] == MARK
    assert run(low, DELEVERAGE) == Result.INSTRUMENT_SETTLED


def test_deleveraging_stays_within_its_bar() -> None:
    world = housed(True, cash=-77)
    set_globals(world, insurance_fund=10 * DOLLAR)
    world.engine = "py-evm"
    result = world.dry_run(world.segment(DELEVERAGE))
    assert result.results == b"\0"
    assert result.gas <= 60_000
    assert result.gas <= result.compute + 35 * result.witness


# Orphans and final settlement


def orphaned() -> World:
    world = housed(True, cash=DOLLAR)
    world.act(CAROL, place(1, GTC, MARK - 50, 4))
    world.now = world.underlying()["publish_time_ms"] + DAY
    assert run(world, op(66, b"\0\1")) == Result.OK
    world.now += DAY
    return world


def test_underlying_without_prices_is_announced_then_settled() -> None:
    world = venue()
    announce = op(66, b"\0\1")
    assert run(world, announce) == Result.NOT_ORPHANED
    assert run(world, op(66, b"\0\3")) == Result.UNKNOWN_UNDERLYING
    world.now = world.underlying()["publish_time_ms"] + DAY - 1
    assert run(world, announce) == Result.NOT_ORPHANED
    world.now += 1
    assert run(world, SETTLE_ORPHAN) == Result.NOT_ORPHANED
    assert run(world, announce) == Result.OK
    assert world.underlying()["orphan_ms"] == world.now
    assert run(world, announce) == Result.NOT_ORPHANED
    world.now += DAY - 1
    assert run(world, SETTLE_ORPHAN) == Result.NOT_ORPHANED
    world.now += 1
    assert run(world, SETTLE_ORPHAN) == Result.OK
    assert run(world, SETTLE_ORPHAN) == Result.INSTRUMENT_SETTLED
    assert world.instrument()["settlement_price"] == MARK
    world.set_price(0, publish_time_ms=0, orphan_ms=0)
    assert run(world, announce) == Result.NO_PRICE


def test_settled_instrument_takes_no_orders_and_sheds_those_it_has() -> None:
    world = orphaned()
    assert run(world, SETTLE_ORPHAN) == Result.OK
    slots = [each["slot"] for each in world.book(False)]
    order = world.order(slots[0])
    world.set_price(2 * MARK / 10)  # it has no bearing any more
    codes = world.act(ALICE, place(1, IOC, MARK, 5), cancel(1, slots[0], order["serial"]))
    assert codes == [Result.INSTRUMENT_SETTLED, Result.ORDER_NOT_FOUND]
    assert world.ops(encode_sweep(instrument=1, slots=slots)) == b"\0"
    assert world.book(False) == []
    unchanged = set_instrument(status=1)
    assert world.message(4, unchanged) == bytes([Result.INSTRUMENT_SETTLED])


TERMS = {
    "initial": 100_001,
    "maintenance": 50_001,
    "maker_fee": 201,
    "taker_fee": 501,
    "band": 100_001,
    "min_order_value": DOLLAR + 1,
    "liquidation_fee_ppm": 1,
    "house_margin_ppm": 49_999,
    "funding_cap_ppm": 1,
    "funding_interest_ppm": -1,
    "funding_tau_ms": 1,
    "impact_value_micro_usd": 2,
    "tier": 1,
}


def test_governance_names_the_successor_of_a_settled_instrument_and_changes_nothing_else() -> None:
    world = orphaned()
    assert run(world, SETTLE_ORPHAN) == Result.OK
    same = {"maintenance": 50_000, "house_margin_ppm": 50_000}
    settled, epoch = world.instrument(), world.globals()["feed_epoch"]
    for name, value in TERMS.items():
        before = dict(world.state)
        payload = set_instrument(**(same | {name: value}), successor=2)
        assert world.message(4, payload) == bytes([Result.INSTRUMENT_SETTLED]), name
        assert world.state == before
    assert world.message(4, set_instrument(**same, successor=3)) == bytes(
        [Result.UNKNOWN_INSTRUMENT]
    )
    for count, (status, successor) in enumerate([(1, 2), (3, 2), (2, 0), (1, 1)], start=1):
        assert world.message(4, set_instrument(**same, status=status, successor=successor)) == b"\0"
        assert world.instrument() == settled | {"successor": successor}
        assert world.globals()["feed_epoch"] == epoch + count
        assert mark(world)["price"] == settled["settlement_price"] == MARK
    for status in (0, 4):
        payload = set_instrument(**same, status=status)
        assert world.message(4, payload) == bytes([Result.MALFORMED])


def test_positions_in_a_settled_instrument_become_cash_and_need_no_margin() -> None:
    world = orphaned()
    assert run(world, settle_position(ALICE)) == Result.NOT_SETTLED
    assert run(world, SETTLE_ORPHAN) == Result.OK
    world.set_price(2 * MARK / 10)
    before, custody = world.account(ALICE), world.custody()
    size = before.positions[1]["size"]
    worth = before.collateral + size * UNIT
    assert world.ops(world.withdraw_op(ALICE, worth + 1)) == bytes([Result.INSUFFICIENT_COLLATERAL])
    assert world.dry_run(world.segment(world.withdraw_op(ALICE, worth))).results == b"\0"
    for account in (ALICE, BOB, CAROL):
        assert run(world, settle_position(account)) == Result.OK
        assert world.account(account).positions.get(1, {"size": 0})["size"] == 0
        assert run(world, settle_position(account)) in (Result.NO_POSITION, Result.OK)
    assert world.account(ALICE).collateral == worth
    assert world.custody() == custody
    found = world.instrument()
    assert (found["house_lots"], found["house_cash"]) == (0, DOLLAR)
    assert found["house_cash"] == found["effective_cash"]
    # Carol's order is dead, and leaves her entry as it goes.
    (order,) = world.book(False)
    assert world.ops(encode_sweep(instrument=1, slots=[order["slot"]])) == b"\0"
    assert world.account(CAROL).positions == {}
    assert run(world, settle_position(99)) == Result.UNKNOWN_ACCOUNT


def test_debt_of_an_account_without_positions_is_the_houses_loss() -> None:
    world = orphaned()
    record = bytearray(world.state[1 << 56 | BOB])
    debt = 7 * DOLLAR
    size = world.account(BOB).positions[1]["size"]
    record[32:48] = (-size * UNIT - debt).to_bytes(16, "big", signed=True)
    world.state[1 << 56 | BOB] = bytes(record)
    custody = world.custody()
    run(world, SETTLE_ORPHAN)
    assert run(world, settle_position(BOB)) == Result.OK
    assert world.account(BOB).collateral == 0
    assert world.globals()["bad_debt"] == debt
    assert world.custody() == custody
    assert world.globals()["negative_houses"] == world.instrument()["deficit"] > 0


@pytest.mark.parametrize("short_of_room", [0, 1])
@pytest.mark.parametrize("name", ["house_cash", "effective_cash", "bad_debt"])
def test_debt_stays_an_accounts_own_where_a_sum_would_pass_its_bound(
    name: str, short_of_room: int
) -> None:
    """All of it is written off, or nothing of it."""
    world = orphaned()
    debt = 7 * DOLLAR
    worth = world.account(BOB).positions[1]["size"] * UNIT
    set_collateral(world, BOB, -worth - debt)
    run(world, SETTLE_ORPHAN)
    if name == "bad_debt":
        set_globals(world, bad_debt=c.MONEY_MAX - debt + short_of_room)
    else:
        set_instrument_fields(world, **{name: -c.MONEY_MAX + worth + debt - short_of_room})
    before, custody = world.globals()["bad_debt"], world.custody()
    assert run(world, settle_position(BOB)) == Result.OK
    assert world.account(BOB).positions.get(1, {"size": 0})["size"] == 0
    left = debt if short_of_room else 0
    assert world.account(BOB).collateral == -left
    assert world.globals()["bad_debt"] == before + debt - left
    assert world.custody() == custody


@pytest.mark.parametrize("name", ["house_cash", "effective_cash", "collateral"])
def test_position_stays_where_its_worth_would_pass_the_bound_of_money(name: str) -> None:
    world = orphaned()
    run(world, SETTLE_ORPHAN)
    worth = world.account(BOB).positions[1]["size"] * UNIT
    for beyond in (1, 0):
        if name == "collateral":
            set_collateral(world, BOB, c.MONEY_MAX - worth + beyond)
        else:
            set_instrument_fields(world, **{name: -c.MONEY_MAX + worth - beyond})
        before = dict(world.state)
        code = run(world, settle_position(BOB))
        assert code == (Result.FIELD_OVERFLOW if beyond else Result.OK)
        assert (world.state == before) == bool(beyond)


def set_collateral(world: World, account: int, micro_usd: int) -> None:
    record = bytearray(world.state[1 << 56 | account])
    record[32:48] = micro_usd.to_bytes(16, "big", signed=True)
    world.state[1 << 56 | account] = bytes(record)


@pytest.mark.parametrize("seed", range(3))
def test_random_houses_conserve(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(6):
        world = housed(rng.random() < 0.5, rng.randrange(1, 50), rng.randrange(-9, 3) * DOLLAR)
        set_globals(world, insurance_fund=rng.choice([0, 5 * DOLLAR, 10**9]))
        before = conserved(world)
        for _ in range(3):
            world.set_price(MARK * rng.randrange(95, 106) / 1000)
            run(world, DELEVERAGE)
            assert conserved(world) == before
        for account in rng.sample([ALICE, BOB, CAROL], 3):
            world.act(BOB, place(1, GTC, MARK, 1))
            world.act(account, place(1, IOC | SELL, MARK - 900, 1))
            assert conserved(world) == before


@pytest.mark.parametrize("long", [True, False])
def test_interest_that_roundings_took_less_than_a_lot_of_ends_at_nothing(long: bool) -> None:
    """Else it would wrap around, and the house would seem to hold more lots than there are."""
    world = housed(long, lots=0, cash=DOLLAR, others=40)
    sides = [f"{side}_interest" for side in ("long", "short")]
    set_instrument_fields(world, **dict.fromkeys(sides, 20 * c.FRACTION - 1))
    side = 0 if long else SELL
    world.act(BOB, place(1, GTC | side ^ SELL, MARK, 20))
    size = world.account(CAROL).positions[1]["size"]
    assert abs(size) == 20
    assert world.act(CAROL, place(1, IOC | side, MARK, 20)) == [Result.OK]
    assert world.account(CAROL).positions == {}
    assert [world.instrument()[name] for name in sides] == [0, 0]
