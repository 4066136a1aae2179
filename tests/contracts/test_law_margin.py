"""Margin of takers, makers, resting orders and withdrawals (attacks 17 and 21)."""

import random

import pytest

from strikeproof.wire.constants import PPM
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import encode_sweep
from tests.contracts.law_world import (
    ALICE,
    BOB,
    BUY,
    CAROL,
    DOLLAR,
    GTC,
    IOC,
    MARK,
    REDUCE_ONLY,
    SELL,
    World,
    be,
    cancel_all,
    place,
    venue,
)

TICK_VALUE = 100


def ceil_ppm(value: int, ppm: int) -> int:
    return -(-value * ppm // PPM)


def margins(world: World, number: int, marks: dict[int, int]) -> tuple[int, int, int]:
    """Return equity, initial and maintenance of the protocol's formulas, with Python's integers."""
    account = world.account(number)
    equity, initial, maintenance = account.collateral, 0, 0
    for instrument, entry in account.positions.items():
        mark, size = marks[instrument], entry["size"]
        equity += size * mark * TICK_VALUE
        maintenance += ceil_ppm(abs(size) * mark * TICK_VALUE, 50_000)
        worst = max(abs(size + entry["buy_lots"]), abs(size - entry["sell_lots"]))
        initial += ceil_ppm(worst * mark * TICK_VALUE, 100_000)
        initial += max(0, entry["buy_value"] - entry["buy_lots"] * mark) * TICK_VALUE
        initial += max(0, entry["sell_lots"] * mark - entry["sell_value"]) * TICK_VALUE
    return equity, initial, maintenance


def trader(world: World, micro: int, owner: int = 40) -> int:
    """Return a new account with this collateral in micro-USD."""
    account = world.register(owner)
    assert world.deposit(account, micro) == b"\0"
    return account


@pytest.mark.parametrize(("side", "price"), [(BUY, MARK - 10), (SELL, MARK + 10)])
def test_resting_order_needs_initial_margin_to_the_micro_dollar(side, price):
    needed = ceil_ppm(10 * MARK * TICK_VALUE, 100_000)
    world = venue()
    for micro, code in [(needed - 1, Result.MARGIN_INSUFFICIENT), (needed, Result.OK)]:
        account = trader(world, micro)
        assert world.act(account, place(1, GTC | side, price, 10)) == [code]


@pytest.mark.parametrize(("side", "price"), [(BUY, MARK + 100), (SELL, MARK - 100)])
def test_resting_order_reserves_its_loss_against_the_mark(side, price):
    """Attack 21."""
    needed = ceil_ppm(10 * MARK * TICK_VALUE, 100_000) + 10 * 100 * TICK_VALUE
    world = venue()
    for micro, code in [(needed - 1, Result.MARGIN_INSUFFICIENT), (needed, Result.OK)]:
        account = trader(world, micro)
        assert world.act(account, place(1, GTC | side, price, 10)) == [code]


def test_worst_side_alone_is_reserved():
    world = venue()
    account = trader(world, ceil_ppm(10 * MARK * TICK_VALUE, 100_000))
    assert world.act(account, place(1, GTC, MARK - 10, 10)) == [Result.OK]
    assert world.act(account, place(1, GTC | SELL, MARK + 10, 10)) == [Result.OK]
    assert world.act(account, place(1, GTC | SELL, MARK + 10, 1)) == [Result.MARGIN_INSUFFICIENT]
    assert world.act(account, place(2, GTC, MARK - 10, 1)) == [Result.MARGIN_INSUFFICIENT]
    assert world.levels(False, 2) == []


def test_taker_needs_initial_margin_after_the_fill_and_its_fee():
    world = venue()
    world.act(ALICE, place(1, GTC | SELL, MARK, 10))
    value = 10 * MARK * TICK_VALUE
    needed = ceil_ppm(value, 100_000) + ceil_ppm(value, 500)
    for micro, code in [(needed - 1, Result.MARGIN_INSUFFICIENT), (needed, Result.OK)]:
        before = world.custody() + micro
        account = trader(world, micro)
        assert world.act(account, place(1, IOC, MARK, 10)) == [code]
        assert world.custody() == before


def test_taker_stops_at_the_fill_that_fails():
    world = venue()
    for _ in range(3):
        world.act(ALICE, place(1, GTC | SELL, MARK, 4))
    value = 9 * MARK * TICK_VALUE
    account = trader(world, ceil_ppm(value, 100_000) + ceil_ppm(value, 500))
    assert world.act(account, place(1, GTC, MARK, 12)) == [Result.MARGIN_INSUFFICIENT]
    assert world.account(account).positions[1]["size"] == 8
    assert world.levels(True) == [(MARK, 4)]
    assert world.levels(False) == []


def test_maker_that_fails_is_removed_and_matching_goes_on():
    world = venue()
    poor = trader(world, ceil_ppm(10 * MARK * TICK_VALUE, 100_000))
    world.act(poor, place(1, GTC | SELL, MARK, 10))
    world.act(ALICE, place(1, GTC | SELL, MARK + 1, 10))
    world.set_price(5400)  # a fill at MARK loses more than half of its margin
    assert world.act(BOB, place(1, IOC, MARK + 1, 10)) == [Result.OK]
    assert world.levels(True) == []
    assert world.account(poor).positions == {}
    assert world.account(poor).collateral == ceil_ppm(10 * MARK * TICK_VALUE, 100_000)
    assert world.account(ALICE).positions[1]["size"] == -10


def distressed(world: World, lots: int = 100, dollars: int = 60) -> int:
    """Return a new account that is long with little collateral, by a price of 5,000 USD."""
    account = trader(world, dollars * DOLLAR)
    world.act(CAROL, place(1, GTC | SELL, MARK, lots))
    assert world.act(account, place(1, IOC, MARK, lots)) == [Result.OK]
    return account


def test_account_below_initial_margin_may_only_shrink():
    """Attack 21."""
    world = venue()
    account = distressed(world)
    world.set_price(4900)  # equity about 50 of initial 49, then maintenance 24.5
    world.set_price(4800)  # equity about 40 of 48
    world.act(BOB, place(1, GTC | SELL, 48_000, 5))
    world.act(BOB, place(1, GTC | BUY, 47_990, 500))
    assert world.act(account, place(1, IOC, 48_000, 5)) == [Result.MARGIN_INSUFFICIENT]
    assert world.act(account, place(1, IOC | SELL, 47_990, 5)) == [Result.OK]
    assert world.account(account).positions[1]["size"] == 95
    # Through zero would open the other side: admitted only with initial margin.
    assert world.act(account, place(1, IOC | SELL, 47_990, 500)) == [Result.MARGIN_INSUFFICIENT]
    assert world.act(account, place(1, IOC | SELL | REDUCE_ONLY, 47_990, 500)) == [Result.OK]
    assert world.account(account).positions == {}


def test_shrinking_at_a_bad_price_is_refused():
    """Attack 21: a fill may not lower equity against maintenance, even if it shrinks."""
    world = venue()
    account = distressed(world)
    world.set_price(4600)  # equity 20, maintenance 23
    world.act(BOB, place(1, GTC | BUY, 42_000, 50))
    order = place(1, IOC | SELL, 42_000, 50)
    assert world.act(account, order) == [Result.MARGIN_INSUFFICIENT]
    world.act(BOB, cancel_all())
    world.act(BOB, place(1, GTC | BUY, 45_990, 50))
    assert world.act(account, place(1, IOC | SELL, 45_990, 50)) == [Result.OK]


def test_account_with_negative_equity_may_not_even_shrink():
    world = venue()
    account = distressed(world)
    world.set_price(4300)
    world.act(BOB, place(1, GTC | BUY, 43_000, 50))
    assert world.act(account, place(1, IOC | SELL, 43_000, 50)) == [Result.MARGIN_INSUFFICIENT]


def test_poor_account_cannot_hand_its_loss_to_the_pool():
    """Attack 21: far from the mark, filled by the owner's friend."""
    world = venue()
    poor = trader(world, 60 * DOLLAR)
    for price, code in [
        (MARK + 4900, Result.MARGIN_INSUFFICIENT),
        (MARK + 6000, Result.BEYOND_BAND),
    ]:
        assert world.act(poor, place(1, GTC, price, 100)) == [code]
    world.act(poor, place(1, GTC, MARK, 100))
    world.set_price(4600)
    before = world.account(poor).collateral
    assert world.act(ALICE, place(1, IOC | SELL, MARK, 100)) == [Result.IOC_REMAINDER]
    assert world.account(poor).collateral == before
    assert world.levels(False) == []  # removed as a maker that fails


# --- withdrawals


def test_withdrawal_leaves_initial_margin():
    world = venue()
    world.act(ALICE, place(1, GTC, MARK, 100))
    world.act(BOB, place(1, IOC | SELL, MARK, 100))
    world.set_price(5100)
    equity, initial, _ = margins(world, ALICE, {1: 51_000, 2: MARK})
    free = equity - initial
    before = world.account(ALICE).collateral
    assert world.ops(world.withdraw_op(ALICE, free + 1)) == bytes([Result.INSUFFICIENT_COLLATERAL])
    assert world.account(ALICE).collateral == before
    assert world.ops(world.withdraw_op(ALICE, free)) == b"\0"
    assert world.account(ALICE).collateral == before - free
    assert world.account(ALICE).withdrawn == free
    assert world.ops(world.withdraw_op(ALICE, 1)) == bytes([Result.INSUFFICIENT_COLLATERAL])


def test_withdrawal_of_nothing_is_malformed_and_an_expired_one_expired():
    world = venue()
    assert world.ops(world.withdraw_op(ALICE, 0)) == bytes([Result.MALFORMED])
    assert world.ops(world.withdraw_op(ALICE, 1, expiry=world.now)) == bytes([Result.EXPIRED])


def test_withdrawn_total_has_a_maximum():
    world = venue()
    record = bytearray(world.state[1 << 56 | ALICE])
    record[48:64] = be(2**126 - 5, 16)
    world.state[1 << 56 | ALICE] = bytes(record)
    assert world.ops(world.withdraw_op(ALICE, 6)) == bytes([Result.FIELD_OVERFLOW])
    assert world.ops(world.withdraw_op(ALICE, 5)) == b"\0"


# --- money


def set_collateral(world: World, account: int, micro: int) -> None:
    record = bytearray(world.state[1 << 56 | account])
    record[32:48] = micro.to_bytes(16, "big", signed=True)
    world.state[1 << 56 | account] = bytes(record)


def test_money_beyond_its_maximum_stops_the_taker_or_removes_the_maker():
    world = venue()
    world.act(ALICE, place(1, GTC | SELL, MARK, 1))
    world.act(BOB, place(1, GTC | SELL, MARK, 1))
    set_collateral(world, ALICE, 2**126)  # as a seller she receives
    assert world.act(CAROL, place(1, IOC, MARK, 1)) == [Result.OK]
    assert world.account(BOB).positions[1]["size"] == -1
    assert world.account(ALICE).positions == {}
    world.act(BOB, place(1, GTC, MARK, 1))
    set_collateral(world, CAROL, 2**126)
    assert world.act(CAROL, place(1, IOC | SELL, MARK, 1)) == [Result.FIELD_OVERFLOW]
    assert world.levels(False) == [(MARK, 1)]


@pytest.mark.parametrize("at", [32, 48])
def test_pools_beyond_their_maximum_stop_the_taker(at):
    world = venue()
    world.act(ALICE, place(1, GTC | SELL, MARK, 10))
    record = bytearray(world.state[0])
    record[at : at + 16] = be(2**126, 16)
    world.state[0] = bytes(record)
    assert world.act(CAROL, place(1, IOC, MARK, 1)) == [Result.FIELD_OVERFLOW]
    assert world.levels(True) == [(MARK, 10)]


def test_deposit_up_to_the_maximum():
    world = venue()
    set_collateral(world, ALICE, 2**126 - 10)
    assert world.deposit(ALICE, 11) == bytes([Result.FIELD_OVERFLOW])
    assert world.deposit(ALICE, 2**128 - 1) == bytes([Result.FIELD_OVERFLOW])
    assert world.deposit(ALICE, 10) == b"\0"
    assert world.account(ALICE).collateral == 2**126


@pytest.mark.parametrize("seed", range(3))
def test_random_trading_keeps_custody_and_margin(seed):
    """Attack 17: to the micro-dollar, whatever is traded; nobody who acts ends below margin."""
    rng = random.Random(seed)
    world = venue()
    total = world.custody()
    marks = {1: MARK, 2: MARK}
    for _ in range(60):
        if rng.random() < 0.15:
            underlying = rng.choice([1, 2])
            marks[underlying] += rng.randrange(-800, 800)
            world.set_price(marks[underlying] / 10, underlying)
        account, instrument = rng.choice([ALICE, BOB, CAROL]), rng.choice([1, 2])
        side, tif = rng.choice([BUY, SELL]), rng.choice([GTC, GTC, IOC])
        price = marks[instrument] + rng.randrange(-120, 120)
        flags = side | tif | rng.choice([0, 0, 0, REDUCE_ONLY]) | rng.choice([0, 8, 16])
        codes = world.act(account, place(instrument, flags, price, rng.randrange(3, 3000)))
        assert world.custody() == total
        for number in (1, 2):
            entries = [world.account(a).positions.get(number) for a in (ALICE, BOB, CAROL)]
            assert sum(each["size"] for each in entries if each) == 0
            bids, asks = world.levels(False, number), world.levels(True, number)
            assert not bids or not asks or bids[0][0] < asks[0][0] or codes[0] != Result.OK
        equity, initial, _ = margins(world, account, marks)
        if codes == [Result.OK] and not flags & REDUCE_ONLY:
            assert equity >= initial


def test_ten_thousand_lots_in_partial_fills_drift_by_nothing():
    """Attack 17."""
    world = venue()
    total = world.custody()
    world.act(ALICE, place(1, GTC | SELL, MARK + 7, 70))
    for _ in range(10):
        world.act(BOB, place(1, IOC, MARK + 7, 3), *[place(1, IOC, MARK + 7, 1)] * 4)
    assert world.account(ALICE).positions[1]["size"] == -70
    assert world.custody() == total
    assert world.levels(True) == []
    pools = world.globals()["fee_pool"] + world.globals()["insurance_fund"]
    per_lot = (MARK + 7) * TICK_VALUE
    each = [ceil_ppm(per_lot * n, 500) + ceil_ppm(per_lot * n, 200) for n in (3, 1)]
    assert pools == 10 * (each[0] + 4 * each[1])


def test_system_ops_move_no_money():
    world = venue()
    before = [world.account(a).collateral for a in (1, 2, 3)]
    assert world.ops(encode_sweep(instrument=1, slots=[1])) == b"\0"
    world.set_price(1)
    assert [world.account(a).collateral for a in (1, 2, 3)] == before


def test_no_more_leaves_than_came_in() -> None:
    """A gain that the other side cannot pay stays: custody pays withdrawals, and `liabilities`,
    which proves it, never falls below nothing."""
    world = venue()
    world.act(BOB, place(1, GTC | SELL, MARK, 200))
    assert world.act(ALICE, place(1, IOC, MARK, 200)) == [Result.OK]
    world.set_price(3 * MARK / 10)
    total = world.globals()["liabilities"]
    assert total == 30_000 * DOLLAR
    equity = world.account(ALICE).collateral + 3 * 200 * MARK * 100
    free = equity - 3 * 200 * MARK * 100 // 10
    world.deposit(ALICE, 1)
    world.state[1 << 56 | ALICE] = _with_collateral(world, ALICE, total + free)
    for amount, code in ((total + 2, Result.INSUFFICIENT_COLLATERAL), (total + 1, Result.OK)):
        before = dict(world.state)
        result = world.run(world.segment(world.withdraw_op(ALICE, amount)))
        assert result.results == bytes([code])
        assert world.globals()["liabilities"] == (total + 1 if code else 0)
        if code:
            assert world.state[1 << 56 | ALICE] == before[1 << 56 | ALICE]
    assert world.ops(world.withdraw_op(ALICE, 1)) == bytes([Result.INSUFFICIENT_COLLATERAL])
    assert world.deposit(ALICE, 5) == b"\0"
    assert world.globals()["liabilities"] == 5


def _with_collateral(world: World, account: int, micro_usd: int) -> bytes:
    record = bytearray(world.state[1 << 56 | account])
    record[32:48] = micro_usd.to_bytes(16, "big", signed=True)
    return bytes(record)
