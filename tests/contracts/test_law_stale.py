"""Prices that are withheld: nothing trades on them, makers stay, margins grow instead of failing
(fault A3, attack 35)."""

import pytest

from strikeproof.wire.constants import INDEX_STALE_MS, PPM, STALENESS_TAIL_PPM
from strikeproof.wire.errors import Result
from tests.contracts.law_world import (
    ALICE,
    BOB,
    CAROL,
    DOLLAR,
    FOK,
    GTC,
    IOC,
    MARK,
    POST_ONLY,
    REDUCE_ONLY,
    SELL,
    World,
    cancel,
    cancel_all,
    key,
    op,
    place,
    replace,
    set_instrument,
    venue,
    withdraw_body,
)

LOT = MARK * 100
"""micro-USD of a lot at the mark."""

USER_OP = 3


def ceil_ppm(value: int, ppm: int) -> int:
    return -(-value * ppm // PPM)


def grown(fraction: int, age_ms: int) -> int:
    """Return the fraction of a price of this age, in ppm, by the protocol's formula."""
    late = max(0, age_ms - INDEX_STALE_MS)
    return min(PPM, fraction - -STALENESS_TAIL_PPM * late // 1000)


def age(world: World, ms: int, underlying: int = 1) -> None:
    """Let the price of an underlying become so old; others keep their distance to it."""
    world.now = world.underlying(underlying)["publish_time_ms"] + ms


def trader(world: World, micro: int, owner: int = 40) -> int:
    account = world.register(owner)
    assert world.deposit(account, micro) == b"\0"
    return account


def buy_from_carol(world: World, account: int, lots: int, instrument: int = 1) -> None:
    assert world.act(CAROL, place(instrument, GTC | SELL, MARK, lots)) == [Result.OK]
    assert world.act(account, place(instrument, IOC, MARK, lots)) == [Result.OK]


@pytest.mark.parametrize("late", [0, 1])
@pytest.mark.parametrize("flags", [GTC, IOC, FOK, GTC | POST_ONLY])
def test_nothing_trades_on_a_stale_price_and_makers_stay(flags, late):
    world = venue()
    world.act(BOB, place(1, GTC | SELL, MARK, 10))
    age(world, INDEX_STALE_MS + late)
    before = world.state[1 << 56 | BOB]
    expected = {
        GTC: Result.STALE_PRICE if late else Result.OK,
        IOC: Result.STALE_PRICE if late else Result.OK,
        FOK: Result.FOK_UNFILLED if late else Result.OK,
        GTC | POST_ONLY: Result.STALE_PRICE if late else Result.POST_ONLY_CROSSES,
    }[flags]
    assert world.act(ALICE, place(1, flags, MARK, 4)) == [expected]
    if late:
        assert world.levels(True) == [(MARK, 10)]
        assert world.levels(False) == []  # the remainder of a stopped order does not rest
        assert world.state[1 << 56 | BOB] == before
        assert world.account(ALICE).positions == {}


def test_orders_rest_shrink_and_go_while_the_price_is_stale():
    world = venue()
    buy_from_carol(world, ALICE, 20)
    age(world, INDEX_STALE_MS + 1)
    order = place(1, GTC | SELL | REDUCE_ONLY, MARK, 20)
    assert world.act(ALICE, order, place(1, GTC, MARK - 9, 5)) == [Result.OK] * 2
    (ask,), (bid,) = world.book(True), world.book(False)
    shrink = replace(1, bid["slot"], bid["serial"], GTC, MARK - 9, 2)
    assert world.act(ALICE, shrink, cancel(1, ask["slot"], ask["serial"])) == [Result.OK] * 2
    assert (world.levels(True), world.levels(False)) == ([], [(MARK - 9, 2)])


def test_reduce_only_seller_does_not_wipe_the_bids():
    """Fault A3: sixteen well-funded bids vanished in two ops, for nothing."""
    world = venue()
    buy_from_carol(world, ALICE, 1)
    for first in (16, 8):
        world.act(BOB, *[place(1, GTC, MARK - first + n, 10) for n in range(8)])
    age(world, INDEX_STALE_MS + 1)
    seller = place(1, IOC | SELL | REDUCE_ONLY, MARK - 16, 1)
    for _ in range(2):
        assert world.act(ALICE, *[seller] * 8) == [Result.STALE_PRICE] * 8
    assert world.levels(False) == [(MARK - n, 10) for n in range(1, 17)]
    assert world.account(BOB).positions[1]["open_orders"] == 16


def test_stale_stop_counts_no_touch():
    world = venue()
    for instrument in (1, 2):
        world.act(BOB, *[place(instrument, GTC | SELL, MARK - n, 1) for n in range(8)])
    age(world, INDEX_STALE_MS + 1)
    world.now = world.underlying(2)["publish_time_ms"] + INDEX_STALE_MS  # a millisecond after 1
    codes = world.act(ALICE, place(1, IOC, MARK, 8), place(2, IOC, MARK, 8))
    assert codes == [Result.STALE_PRICE, Result.OK]


def test_maker_with_a_stale_entry_elsewhere_is_judged_by_the_grown_fraction():
    """Fault A3: it lost its fresh orders, however rich it was."""
    for spare, code in [(-1, Result.IOC_REMAINDER), (0, Result.OK)]:
        world = venue()
        maker = trader(world, 1000 * DOLLAR)
        buy_from_carol(world, maker, 100, instrument=2)  # stale later
        assert world.act(maker, place(1, GTC, MARK, 10)) == [Result.OK]
        age(world, INDEX_STALE_MS + 100_001, underlying=2)
        assert world.ops(world.price_op(MARK * 10**8)) == b"\0"
        needed = ceil_ppm(100 * LOT, grown(50_000, INDEX_STALE_MS + 100_001))
        needed += ceil_ppm(10 * LOT, 50_000) + ceil_ppm(10 * LOT, 200)
        equity = world.account(maker).collateral + 100 * LOT
        set_collateral(world, maker, world.account(maker).collateral + needed + spare - equity)
        assert world.act(BOB, place(1, IOC | SELL, MARK, 10)) == [code]
        entry = world.account(maker).positions.get(1, {"size": 0})
        assert entry["size"] == (10 if code == Result.OK else 0)
        assert world.levels(False) == []


def test_taker_with_a_stale_entry_elsewhere_needs_grown_initial_margin():
    for spare, code in [(-1, Result.MARGIN_INSUFFICIENT), (0, Result.OK)]:
        world = venue()
        account = trader(world, 1000 * DOLLAR)
        buy_from_carol(world, account, 100, instrument=2)
        age(world, INDEX_STALE_MS + 7, underlying=2)
        assert world.ops(world.price_op(MARK * 10**8)) == b"\0"
        world.act(BOB, place(1, GTC | SELL, MARK, 10))
        needed = ceil_ppm(100 * LOT, grown(100_000, INDEX_STALE_MS + 7)) + ceil_ppm(10 * LOT, 500)
        needed += ceil_ppm(10 * LOT, 100_000)
        equity = world.account(account).collateral + 100 * LOT
        set_collateral(world, account, world.account(account).collateral + needed + spare - equity)
        assert world.act(account, place(1, IOC, MARK, 10)) == [code]


def test_shrinking_fill_is_judged_by_plain_maintenance():
    """(B): a stale entry elsewhere does not hold an account in a position that it can leave."""
    world = venue()
    account = trader(world, 1000 * DOLLAR)
    buy_from_carol(world, account, 100, instrument=2)
    buy_from_carol(world, account, 100)
    world.act(BOB, place(1, GTC, MARK, 500))
    age(world, INDEX_STALE_MS + 10**6, underlying=2)
    assert world.ops(world.price_op(MARK * 10**8)) == b"\0"
    # Below the grown maintenance of 525 USD, above the plain one of 50.
    set_collateral(world, account, world.account(account).collateral - 600 * DOLLAR)
    assert world.act(account, place(1, IOC, MARK, 1)) == [Result.IOC_REMAINDER]
    world.act(ALICE, place(1, GTC | SELL, MARK + 1, 5))
    assert world.act(account, place(1, IOC, MARK + 1, 1)) == [Result.MARGIN_INSUFFICIENT]
    assert world.act(account, place(1, IOC | SELL, MARK, 60)) == [Result.OK]
    assert world.account(account).positions[1]["size"] == 40


# --- withdrawals and resting orders


@pytest.mark.parametrize("late", [-1, 0, 1, 2, 1000, 1001, 599_999, 600_000, 600_001, 10**7])
def test_withdrawal_leaves_grown_initial_margin(late):
    world = venue()
    buy_from_carol(world, ALICE, 7)
    world.govern(set_instrument(initial=100_001))
    age(world, INDEX_STALE_MS + late)
    needed = ceil_ppm(7 * LOT, grown(100_001, INDEX_STALE_MS + late))
    free = world.account(ALICE).collateral + 7 * LOT - needed
    if late == 10**7:
        assert free == world.account(ALICE).collateral  # the whole value stays, and no more
    refused = bytes([Result.INSUFFICIENT_COLLATERAL])
    assert world.ops(world.withdraw_op(ALICE, free + 1)) == refused
    assert world.ops(world.withdraw_op(ALICE, free)) == b"\0"


def test_resting_order_needs_grown_initial_margin():
    needed = ceil_ppm(10 * LOT, grown(100_000, INDEX_STALE_MS + 1234))
    world = venue()
    age(world, INDEX_STALE_MS + 1234)
    for micro, code in [(needed - 1, Result.MARGIN_INSUFFICIENT), (needed, Result.OK)]:
        account = trader(world, micro)
        assert world.act(account, place(1, GTC, MARK - 10, 10)) == [code]


def test_forced_withdrawal_passes_beside_a_small_stale_position():
    """Fault A3: one micro-USD of 9,994 USD was refused for a position of 5 USD."""
    world = venue()
    buy_from_carol(world, ALICE, 1)
    world.now += 10**9
    body, _ = withdraw_body(ALICE, 99, 1, 2**48 - 1)
    assert world.message(USER_OP, op(2, body), key(1).address) == b"\0"
    everything_else = world.account(ALICE).collateral
    assert world.ops(world.withdraw_op(ALICE, everything_else)) == b"\0"
    assert world.account(ALICE).collateral == 0


def test_withdrawal_without_positions_needs_no_price():
    world = venue()
    age(world, INDEX_STALE_MS + 10**7)
    everything = 10_000 * DOLLAR
    code = bytes([Result.INSUFFICIENT_COLLATERAL])
    assert world.ops(world.withdraw_op(ALICE, everything + 1)) == code
    assert world.ops(world.withdraw_op(ALICE, 2**64 - 1)) == code
    assert world.ops(world.withdraw_op(ALICE, everything)) == b"\0"
    assert world.account(ALICE).collateral == 0


def test_cancel_all_needs_no_price():
    world = venue()
    world.act(ALICE, place(1, GTC, MARK - 1, 5))
    age(world, INDEX_STALE_MS + 10**7)
    assert world.act(ALICE, cancel_all()) == [Result.OK]
    assert world.account(ALICE).positions[1]["open_orders"] == 0


def set_collateral(world: World, account: int, micro: int) -> None:
    record = bytearray(world.state[1 << 56 | account])
    record[32:48] = micro.to_bytes(16, "big", signed=True)
    world.state[1 << 56 | account] = bytes(record)
