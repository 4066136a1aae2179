"""Fields at their ends: the action is a no-op with a code, nothing wraps (attack 13)."""

import pytest

from strikeproof.sequencer.core.engine_event import Fill, RemovalReason, Removed
from strikeproof.wire.constants import (
    ACCOUNT_HEIGHT,
    COMPUTE_OP,
    COMPUTE_SIGNATURE,
    INSTRUMENT_HEIGHT,
    MONEY_MAX,
    ORDER_SLOT_BITS,
    GovernanceAction,
    MessageKind,
)
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import (
    encode_cancel,
    encode_cancel_all,
    encode_place,
    encode_register_payload,
)
from tests.unit.core.scripted_venue import ScriptedVenue, address_of
from tests.unit.core.test_messages import listing

EPOCH_MAX = 2**48 - 1


def with_epoch(venue: ScriptedVenue, account: int, epoch: int) -> None:
    venue.engine._state.accounts[account].epoch_counter = epoch


def test_last_epoch_admits_no_new_entry_and_no_cancel_all():
    venue = ScriptedVenue(accounts=1)
    venue.list_instrument()
    with_epoch(venue, 1, EPOCH_MAX - 1)
    assert venue.buy(1, 299_000, 1) == Result.OK
    assert venue.buy(1, 299_000, 1) == Result.OK  # needs no new entry
    assert venue.buy(1, 299_000, 1, instrument=2) == Result.FIELD_OVERFLOW
    assert venue.act(1, encode_cancel_all(instrument=1)) == Result.FIELD_OVERFLOW
    assert venue.act(1, encode_cancel_all(instrument=0)) == Result.FIELD_OVERFLOW
    assert venue.act(1, encode_cancel_all(instrument=2)) == Result.OK  # no entry there
    assert len(venue.engine.orders_of(1)) == 2


def test_cancel_all_of_all_entries_changes_none_if_epochs_run_out_in_the_middle():
    venue = ScriptedVenue(accounts=1)
    venue.list_instrument()
    venue.buy(1, 299_000, 1)
    venue.buy(1, 299_000, 1, instrument=2)
    with_epoch(venue, 1, EPOCH_MAX - 1)
    assert venue.act(1, encode_cancel_all(instrument=0)) == Result.FIELD_OVERFLOW
    assert len(venue.engine.orders_of(1)) == 2
    with_epoch(venue, 1, EPOCH_MAX - 2)
    assert venue.act(1, encode_cancel_all(instrument=0)) == Result.OK
    assert venue.engine.orders_of(1) == ()


def test_book_is_full_at_the_last_serial_or_slot():
    venue = ScriptedVenue(accounts=1)
    instrument = venue.engine._state.instruments[1]
    instrument.next_serial = 2**48 - 2
    assert venue.buy(1, 299_000, 1) == Result.OK
    assert venue.buy(1, 299_000, 1) == Result.BOOK_FULL
    view = venue.engine.account(1)
    assert view is not None
    assert view.positions[0].buy_lots == 1
    instrument.next_serial = 5
    instrument.next_slot = 1 << ORDER_SLOT_BITS
    assert venue.buy(1, 299_000, 1) == Result.BOOK_FULL
    assert venue.act(1, encode_cancel(instrument=1, slot=1, serial=2**48 - 2)) == Result.OK
    assert venue.buy(1, 299_000, 1) == Result.OK  # the freed slot


def set_collateral(venue: ScriptedVenue, account: int, amount: int) -> None:
    venue.engine._state.accounts[account].collateral = amount


def test_collateral_of_the_taker_at_its_end_stops_it():
    venue = ScriptedVenue(accounts=2, maker_fee=0, taker_fee=0)
    venue.buy(1, 300_000, 1)
    set_collateral(venue, 2, MONEY_MAX - 300_000 * 100 + 1)
    assert venue.sell(2, 300_000, 1) == Result.FIELD_OVERFLOW
    set_collateral(venue, 2, MONEY_MAX - 300_000 * 100)
    assert venue.sell(2, 300_000, 1) == Result.OK


def test_collateral_of_the_maker_at_its_end_removes_it():
    venue = ScriptedVenue(accounts=3, maker_fee=0, taker_fee=0)
    venue.sell(1, 300_000, 1)
    venue.sell(3, 300_000, 1)
    set_collateral(venue, 1, MONEY_MAX - 300_000 * 100 + 1)
    outcome = venue.bundle(2, encode_place(instrument=1, flags=0, price=300_000, lots=1))
    removed, fill, _ = outcome.events
    assert isinstance(removed, Removed)
    assert removed.reason == RemovalReason.OVERFLOW
    assert isinstance(fill, Fill)
    assert fill.maker_account == 3


@pytest.mark.parametrize("pool", ["fee_pool", "insurance_fund"])
def test_pools_at_their_end_stop_the_taker(pool):
    venue = ScriptedVenue(accounts=2)
    venue.sell(1, 300_000, 1)
    state = venue.engine._state.venue
    setattr(state, pool, MONEY_MAX - 1)
    assert venue.buy(2, 300_000, 1) == Result.FIELD_OVERFLOW
    assert venue.sizes() == {}
    setattr(state, pool, 0)
    assert venue.buy(2, 300_000, 1) == Result.OK


def test_withdrawals_add_up_to_the_maximum():
    venue = ScriptedVenue(accounts=1)
    venue.engine._state.accounts[1].withdrawn = MONEY_MAX - 5
    assert venue.withdraw(1, 6) == Result.FIELD_OVERFLOW
    assert venue.last.compute_weight == COMPUTE_OP + COMPUTE_SIGNATURE  # no margin test was made
    assert venue.withdraw(1, 5) == Result.OK


def test_ids_stay_within_their_trees():
    venue = ScriptedVenue()
    state = venue.engine._state
    state.venue.next_account = 1 << ACCOUNT_HEIGHT
    payload = encode_register_payload(account=1 << ACCOUNT_HEIGHT, owner=address_of(1))
    assert venue.message(MessageKind.REGISTER, payload).results == bytes((Result.CAPACITY,))
    state.venue.next_instrument = 1 << INSTRUMENT_HEIGHT
    payload = listing()
    assert venue.message(MessageKind.GOVERNANCE, payload).results == bytes((Result.CAPACITY,))


def test_last_reporter_epoch_keeps_its_set():
    venue = ScriptedVenue()
    venue.engine._state.venue.reporter_epoch = 2**32 - 1
    payload = bytes((GovernanceAction.SET_REPORTERS, 1, 1)) + address_of(3)
    result = venue.message(MessageKind.GOVERNANCE, payload)
    assert result.results == bytes((Result.FIELD_OVERFLOW,))
    assert venue.engine.venue().reporters == (address_of(900),)
