"""What a forced close came to, told from the records that it changed."""

from __future__ import annotations

from typing import Any

from strikeproof.verifier.inspection.close_effect import close_effect
from strikeproof.verifier.state.genesis import GLOBAL_KEY
from strikeproof.wire import layout
from strikeproof.wire.constants import KEY_ID_BITS, ORDER_SLOT_BITS
from tests.blank_record import blank

ACCOUNT, INSTRUMENT, OTHER = 7, 3, 4
TICK = 500_000_000  # nano-USD


def account(lots: int) -> bytes:
    head = layout.pack_account(**blank(layout.ACCOUNT_GROUP, owner=1, position_count=1))
    entry = blank(layout.ACCOUNT_POSITION_GROUP, instrument=INSTRUMENT, size=lots)
    return head + layout.pack_account_position(**entry)


def order(lots: int, price: int = 1_000, serial: int = 5) -> bytes:
    return layout.pack_order(**blank(layout.ORDER_GROUP, lots=lots, price=price, serial=serial))


def instrument(lots: int = 0, cash: int = 0) -> bytes:
    fields = {"house_lots": lots, "house_cash": cash}
    return layout.pack_instrument(**blank(layout.INSTRUMENT_GROUP, **fields))


def of_slot(slot: int, number: int = INSTRUMENT) -> int:
    return layout.ORDER_KIND << KEY_ID_BITS | number << ORDER_SLOT_BITS | slot


def effect(before: int, after: int, changes: dict[int, tuple[bytes, bytes]]) -> Any:
    mine = {layout.ACCOUNT_KIND << KEY_ID_BITS | ACCOUNT: (account(before), account(after))}
    return close_effect(mine | changes, ACCOUNT, INSTRUMENT, TICK)


OF_INSTRUMENT = layout.INSTRUMENT_KIND << KEY_ID_BITS | INSTRUMENT


def test_orders_met_whole_and_in_part_and_the_house() -> None:
    found = effect(
        -60,
        -4,
        {
            of_slot(1): (order(30), order(10)),
            of_slot(2): (order(6, 1_001), order(0, 0, 0)),
            of_slot(9): (order(6, 1_001), order(8, 900, 6)),  # its place went to another order
            of_slot(1, OTHER): (order(99), order(0)),
            OF_INSTRUMENT: (instrument(5, 10), instrument(-19, 24_010)),
        },
    )
    assert found.to_json() == {
        "closed_lots": 56,
        "left_lots": -4,
        "fills": [
            {"price": 1_000, "price_usd": "500", "lots": 20},
            {"price": 1_001, "price_usd": "500.5", "lots": 12},
        ],
        "house_lots": 24,
        "house_value_micro_usd": 24_000,
    }
    assert "20 lots at 500 USD, 12 lots at 500.5 USD, 24 lots to the house" in str(found)


def test_orders_that_were_taken_out_unmet_leave_no_prices() -> None:
    found = effect(60, 40, {of_slot(1): (order(20), order(0)), of_slot(2): (order(5), order(0))})
    assert (found.closed_lots, found.fills) == (20, None)
    assert "20 lots in the book" in str(found)


def test_a_debt_that_went_along_hides_what_the_house_paid() -> None:
    def pools(debt: int) -> bytes:
        return layout.pack_global(**blank(layout.GLOBAL_GROUP, bad_debt=debt))

    house = {OF_INSTRUMENT: (instrument(), instrument(9, -90))}
    assert effect(9, 0, house).house_value_micro_usd == 90
    assert effect(9, 0, house | {GLOBAL_KEY: (pools(0), pools(1))}).house_value_micro_usd is None


def test_a_refused_close_closed_nothing() -> None:
    found = close_effect({}, ACCOUNT, INSTRUMENT, TICK)
    assert (found.closed_lots, found.house_lots, found.fills) == (0, 0, ())
