"""Fill or kill: whole or nothing, whatever matching did before it failed (attack 24)."""

import pytest

from strikeproof.wire.errors import Result
from tests.contracts.law_world import (
    ALICE,
    BOB,
    CANCEL_MAKER,
    CAROL,
    DOLLAR,
    FOK,
    GTC,
    GTD,
    IOC,
    MARK,
    REDUCE_ONLY,
    SELL,
    World,
    cancel,
    place,
    set_instrument,
    venue,
)


def asks(world: World, *levels: tuple[int, int], account: int = ALICE) -> None:
    for price, lots in levels:
        assert world.act(account, place(1, GTC | SELL, price, lots)) == [Result.OK]


def unchanged_but_nonce(world: World, account: int, before: dict[int, bytes]) -> None:
    session = 2 << 56 | account * 4
    assert {k for k, v in world.state.items() if before.get(k) != v} <= {session, 0}


def test_whole_fill_is_kept():
    world = venue()
    asks(world, (MARK, 3), (MARK + 1, 4))
    assert world.act(BOB, place(1, FOK, MARK + 1, 7)) == [Result.OK]
    assert world.account(BOB).positions[1]["size"] == 7
    assert world.levels(True) == []


def test_too_little_restores_everything():
    world = venue()
    asks(world, (MARK, 3), (MARK + 1, 4))
    before = dict(world.state)
    assert world.act(BOB, place(1, FOK, MARK + 1, 8)) == [Result.FOK_UNFILLED]
    unchanged_but_nonce(world, BOB, before)
    assert world.act(BOB, place(1, FOK, MARK, 4)) == [Result.FOK_UNFILLED]
    unchanged_but_nonce(world, BOB, before)


def test_failing_at_the_last_maker_restores_everything():
    """Attack 24: dead, poor and own makers were removed, others filled, before it failed."""
    world = venue()
    poor = world.register(8)
    assert world.deposit(poor, 5 * DOLLAR + 10**5) == b"\0"
    world.act(ALICE, place(1, GTD | SELL, MARK, 5, expiry=world.now + 1))
    asks(world, (MARK, 10), account=poor)
    asks(world, (MARK, 3), (MARK, 3))
    asks(world, (MARK, 2), account=BOB)
    asks(world, (MARK, 2), account=CAROL)
    world.now += 1
    world.set_price(5490)
    before = dict(world.state)
    bad = place(1, FOK | CANCEL_MAKER, MARK, 9)
    assert world.act(BOB, bad) == [Result.FOK_UNFILLED]
    unchanged_but_nonce(world, BOB, before)
    assert world.act(BOB, place(1, FOK | CANCEL_MAKER, MARK, 8)) == [Result.OK]
    assert world.account(poor).positions == {}
    assert world.levels(True) == []


def test_gone_and_reduce_only_makers_come_back_with_their_counts():
    """Beyond the band, expired, reduce-only with and without a position: all are as they were."""
    world = venue()
    world.govern(set_instrument(band=1000))
    dora = world.register(6, 10_000)
    asks(world, (MARK, 8), account=CAROL)
    world.act(ALICE, place(1, IOC, MARK, 6), place(1, GTC | SELL | REDUCE_ONLY, MARK + 31, 6))
    world.act(dora, place(1, IOC, MARK, 2), place(1, GTC | SELL | REDUCE_ONLY, MARK + 30, 2))
    world.act(CAROL, place(1, GTC, MARK - 9, 5))
    world.act(ALICE, place(1, IOC | SELL, MARK - 9, 3))  # 3 left to reduce
    world.act(dora, place(1, IOC | SELL, MARK - 9, 2))  # nothing left
    asks(world, (MARK - 20, 2), (MARK + 32, 2), account=CAROL)
    world.act(CAROL, place(1, GTD | SELL, MARK + 5, 2, expiry=world.now + 1))
    world.set_price(MARK / 10 + 4)  # asks below MARK − 10 are beyond the band
    before = dict(world.state)
    assert world.act(BOB, place(1, FOK, MARK + 32, 6)) == [Result.FOK_UNFILLED]
    unchanged_but_nonce(world, BOB, before)
    assert world.act(BOB, place(1, FOK, MARK + 32, 5)) == [Result.OK]
    assert world.levels(True) == []
    assert world.account(ALICE).positions == world.account(dora).positions == {}
    entry = world.account(CAROL).positions[1]
    assert (entry["size"], entry["linked"]) == (-5, 0)


def test_touches_of_a_failed_one_stay_counted():
    world = venue()
    asks(world, *[(MARK, 1)] * 9)
    codes = world.act(BOB, place(1, FOK, MARK, 10), place(1, IOC, MARK, 1))
    assert codes == [Result.FOK_UNFILLED, Result.TOUCHES_EXHAUSTED]
    codes = world.act(BOB, place(1, FOK, MARK, 5), place(1, FOK, MARK, 4), place(1, IOC, MARK, 4))
    assert codes == [Result.OK, Result.FOK_UNFILLED, Result.TOUCHES_EXHAUSTED]
    assert len(world.levels(True)) == 4


def test_actions_around_a_failed_one_are_kept():
    world = venue()
    asks(world, (MARK, 3))
    codes = world.act(
        BOB,
        place(1, GTC, MARK - 5, 4),
        place(1, FOK, MARK, 4),
        place(1, FOK, MARK, 4),
        place(2, FOK, MARK, 4),
        place(1, FOK, MARK, 3),
        place(1, GTC, MARK - 6, 4),
    )
    failed = Result.FOK_UNFILLED
    assert codes == [Result.OK, failed, failed, failed, Result.OK, Result.OK]
    assert world.levels(False) == [(MARK - 5, 4), (MARK - 6, 4)]
    assert list(world.account(BOB).positions) == [1]
    assert world.account(BOB).positions[1]["size"] == 3
    # The entry that the failed order on instrument 2 appended never was.
    assert world.account(BOB).epoch_counter == 1


def test_failed_one_leaves_no_entry_and_no_epoch():
    world = venue()
    asks(world, (MARK, 3))
    assert world.act(BOB, place(1, FOK, MARK, 4)) == [Result.FOK_UNFILLED]
    account = world.account(BOB)
    assert (account.positions, account.epoch_counter) == ({}, 0)


def test_margin_of_the_taker_kills():
    world = venue()
    asks(world, (MARK, 10), (MARK, 10))
    poor = world.register(8, 8)
    before = dict(world.state)
    assert world.act(poor, place(1, FOK, MARK, 20)) == [Result.FOK_UNFILLED]
    unchanged_but_nonce(world, poor, before)
    assert world.act(poor, place(1, FOK, MARK, 10)) == [Result.OK]


@pytest.mark.parametrize("lots", [3, 50])
def test_reduce_only_is_whole_when_the_position_is_closed(lots):
    world = venue()
    asks(world, (MARK, 3))
    world.act(BOB, place(1, IOC, MARK, 3))
    world.act(ALICE, place(1, GTC, MARK - 1, 3))
    order = place(1, FOK | SELL | REDUCE_ONLY, MARK - 1, lots)
    assert world.act(BOB, order) == [Result.OK]
    assert world.account(BOB).positions == {}


def test_new_records_of_a_failed_one_are_as_they_were():
    """Makers met by a failed order are met again by the next, in the same bundle."""
    world = venue()
    asks(world, (MARK, 2))
    asks(world, (MARK, 2), account=CAROL)
    codes = world.act(BOB, place(1, FOK, MARK, 5), place(1, GTC, MARK, 5))
    assert codes == [Result.FOK_UNFILLED, Result.OK]
    assert world.levels(False) == [(MARK, 1)]
    assert world.account(CAROL).positions[1]["size"] == -2


def test_book_still_works_after_a_restore():
    world = venue()
    asks(world, (MARK, 2), (MARK + 1, 2), (MARK + 2, 2))
    world.act(BOB, place(1, FOK, MARK + 2, 7))
    (first, second, third) = world.book(True)
    assert world.act(ALICE, cancel(1, second["slot"], second["serial"])) == [Result.OK]
    assert world.levels(True) == [(MARK, 2), (MARK + 2, 2)]
    assert (first["slot"], third["slot"]) == (1, 3)
