"""What becomes of an instrument that is settled, and of positions in it
(docs/protocol/liquidation.md, final settlement)."""

from __future__ import annotations

import pytest

from strikeproof.wire import constants as c
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import encode_sweep
from tests.contracts.housed_world import (
    SETTLE_ORPHAN,
    UNIT,
    mark,
    orphaned,
    run,
    set_collateral,
    set_instrument_fields,
    settle_position,
)
from tests.contracts.law_world import (
    ALICE,
    BOB,
    CAROL,
    DOLLAR,
    IOC,
    MARK,
    cancel,
    place,
    set_instrument,
)


def test_settled_instrument_takes_no_orders_and_sheds_those_it_has() -> None:
    world = orphaned()
    assert run(world, SETTLE_ORPHAN) == Result.OK
    slots = [each["slot"] for each in world.book(False)]
    order = world.order(slots[0])
    world.set_price(2 * MARK / 10)  # it no longer matters
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
        assert mark(world)["fixed_price"] == settled["settlement_price"] == MARK
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
