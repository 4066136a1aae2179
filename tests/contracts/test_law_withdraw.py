"""Withdrawals, on the law alone: what may leave, to the micro-dollar (user-ops.md, Withdraw)."""

from __future__ import annotations

from strikeproof.wire import constants as c
from strikeproof.wire import layout
from strikeproof.wire.errors import Result
from tests.contracts.law_world import (
    ALICE,
    BOB,
    DOLLAR,
    GTC,
    IOC,
    MARK,
    NEVER,
    SELL,
    World,
    digest,
    key,
    op,
    place,
    venue,
    withdraw_body,
)

DEPOSITED = 3 * 10_000 * DOLLAR


def code(world: World, data: bytes) -> Result:
    (found,) = world.ops(data)
    return Result(found)


def withdraw(world: World, amount: int, account: int = ALICE) -> Result:
    return code(world, world.withdraw_op(account, amount))


def overwrite(group: layout.Group, record: bytes, **values: int) -> bytes:
    """Return a record with other values in some fields of its head."""
    changed = bytearray(record)
    for each in group.fields:
        if each.name in values:
            at = slice(32 * each.word, 32 * each.word + 32)
            mask = (1 << each.bits) - 1 << each.shift
            word = int.from_bytes(changed[at]) & ~mask | values[each.name] << each.shift
            changed[at] = word.to_bytes(32)
    return bytes(changed)


def set_fields(world: World, account: int, **values: int) -> None:
    record = world.state[1 << 56 | account]
    world.state[1 << 56 | account] = overwrite(layout.ACCOUNT_GROUP, record, **values)


def test_the_amount_moves_and_what_the_venue_owes_falls_by_it() -> None:
    world = venue()
    assert world.globals()["liabilities"] == DEPOSITED
    assert withdraw(world, 250 * DOLLAR) == Result.OK
    found = world.account(ALICE)
    assert (found.collateral, found.withdrawn) == (9_750 * DOLLAR, 250 * DOLLAR)
    assert world.globals()["liabilities"] == DEPOSITED - 250 * DOLLAR
    assert world.custody() == DEPOSITED
    assert withdraw(world, DOLLAR) == Result.OK
    assert world.account(ALICE).withdrawn == 251 * DOLLAR  # a sum: L1 pays the difference


def test_nothing_is_malformed_and_one_micro_dollar_is_not() -> None:
    world = venue()
    assert withdraw(world, 0) == Result.MALFORMED
    assert withdraw(world, 1) == Result.OK


def test_without_positions_all_of_it_leaves_and_no_more() -> None:
    world = venue()
    assert withdraw(world, 10_000 * DOLLAR + 1) == Result.INSUFFICIENT_COLLATERAL
    assert withdraw(world, 10_000 * DOLLAR) == Result.OK
    assert world.account(ALICE).collateral == 0
    assert withdraw(world, 1) == Result.INSUFFICIENT_COLLATERAL


def test_a_position_keeps_its_initial_margin_at_the_mark() -> None:
    """100 lots of 5 USD at a tenth ask for 50 USD; the taker's fee is 0.05 % of 500 USD."""
    world = venue()
    world.set_price(MARK / 10)  # a fresh price: nothing is added for its age
    world.act(BOB, place(1, GTC | SELL, MARK, 100))
    assert world.act(ALICE, place(1, IOC, MARK, 100)) == [Result.OK]
    free = (10_000 - 50) * DOLLAR - 250_000
    assert withdraw(world, free + 1) == Result.INSUFFICIENT_COLLATERAL
    assert withdraw(world, free) == Result.OK
    assert withdraw(world, 1) == Result.INSUFFICIENT_COLLATERAL


def test_resting_orders_keep_their_margin_until_they_are_cancelled() -> None:
    world = venue()
    world.set_price(MARK / 10)
    world.act(ALICE, place(1, GTC, MARK, 100))
    assert withdraw(world, 9_950 * DOLLAR + 1) == Result.INSUFFICIENT_COLLATERAL
    assert withdraw(world, 9_950 * DOLLAR) == Result.OK


def test_no_more_leaves_than_came_in() -> None:
    """Gains that others cannot pay stay, whatever the margin test would say."""
    world = venue()
    set_fields(world, ALICE, collateral=2 * DEPOSITED)
    assert withdraw(world, DEPOSITED + 1) == Result.INSUFFICIENT_COLLATERAL
    assert withdraw(world, DEPOSITED) == Result.OK
    assert world.globals()["liabilities"] == 0
    assert withdraw(world, 1) == Result.INSUFFICIENT_COLLATERAL
    assert withdraw(world, 1, account=BOB) == Result.INSUFFICIENT_COLLATERAL


def test_the_sum_of_withdrawals_stays_within_its_field() -> None:
    world = venue()
    set_fields(world, ALICE, withdrawn=c.MONEY_MAX - 1)
    assert withdraw(world, 2) == Result.FIELD_OVERFLOW
    assert withdraw(world, 1) == Result.OK
    assert world.account(ALICE).withdrawn == c.MONEY_MAX


def test_only_the_owner_withdraws() -> None:
    world = venue()
    assert code(world, world.session_op(ALICE, 1, key(9).address)) == Result.OK
    body, hashed = withdraw_body(ALICE, world.next_nonce(ALICE, 0), DOLLAR, NEVER)
    assert code(world, op(2, body + key(9).sign(digest(hashed)))) == Result.BAD_SIGNATURE
    assert world.account(ALICE).withdrawn == 0


def test_it_is_dead_from_its_expiry_on() -> None:
    world = venue()
    late = world.withdraw_op(ALICE, DOLLAR, expiry=world.now)
    assert code(world, late) == Result.EXPIRED
    assert code(world, world.withdraw_op(ALICE, DOLLAR, expiry=world.now + 1)) == Result.OK


def test_a_refused_withdrawal_leaves_the_money_where_it_was() -> None:
    world = venue()
    before = (world.account(ALICE), world.globals()["liabilities"])
    assert withdraw(world, 10_001 * DOLLAR) == Result.INSUFFICIENT_COLLATERAL
    assert (world.account(ALICE), world.globals()["liabilities"]) == before
