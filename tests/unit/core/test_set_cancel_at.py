"""SetCancelAt: who may set it, when orders die, and that they stay dead (user-ops.md)."""

from __future__ import annotations

from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.engine_event import CancelAtSet, RemovalReason, Removed
from strikeproof.wire.constants import COMPUTE_OP, COMPUTE_SIGNATURE, OpType
from strikeproof.wire.errors import Result
from strikeproof.wire.layout import ACCOUNT_EPOCH_COUNTER_GREATEST
from strikeproof.wire.operations import encode_set_cancel_at_body
from tests.unit.core.scripted_venue import FOREVER, ScriptedVenue, key_of, signed_op

SESSION_KEY = 50


def cancel_at_op(
    venue: ScriptedVenue, account: int, time_ms: int, session: int = 0, key: int | None = None
) -> bytes:
    name = account + 1000 * session
    nonce = venue.nonces.get(name, 0)
    venue.nonces[name] = nonce + 1
    body = encode_set_cancel_at_body(
        account=account, session=session, nonce=nonce, expiry_ms=FOREVER, cancel_at_ms=time_ms
    )
    signer = venue.owners[account] if key is None else key
    return signed_op(OpType.SET_CANCEL_AT, body, key_of(signer))


def set_cancel_at(venue: ScriptedVenue, account: int, time_ms: int, **by: int) -> Result:
    return Result(venue.segment(cancel_at_op(venue, account, time_ms, **by))[0].code)


def test_orders_die_at_the_time_and_not_before():
    venue = ScriptedVenue(accounts=2)
    venue.buy(1, 299_000, 5)
    assert set_cancel_at(venue, 1, venue.now + 10) == Result.OK
    assert venue.last.outcomes[0].events == [CancelAtSet(1, venue.now + 10)]
    venue.now += 9
    venue.segment()
    assert len(venue.engine.orders_of(1)) == 1
    venue.now += 1
    venue.segment()
    assert venue.engine.orders_of(1) == ()
    assert venue.sell(2, 299_000, 5) == Result.OK  # rests: nobody is there
    assert venue.sizes() == {}
    assert venue.buy(1, 298_000, 5) == Result.EXPIRED


def test_orders_that_died_stay_dead_when_the_time_is_moved():
    """A client that comes back and moves its switch ahead must not find stale orders alive."""
    venue = ScriptedVenue(accounts=2)
    venue.buy(1, 299_000, 5)
    set_cancel_at(venue, 1, venue.now + 10)
    venue.now += 10
    assert set_cancel_at(venue, 1, venue.now + 10) == Result.OK
    removed, told = venue.last.outcomes[0].events
    assert isinstance(removed, Removed)
    assert (removed.reason, removed.lots) == (RemovalReason.EXPIRED, 5)
    assert told == CancelAtSet(1, venue.now + 10)
    assert venue.engine.orders_of(1) == ()
    assert venue.sell(2, 299_000, 5) == Result.OK
    assert venue.sizes() == {}
    assert venue.buy(1, 298_000, 5) == Result.OK  # under the new time


def test_time_that_has_not_come_is_moved_without_a_trace():
    venue = ScriptedVenue(accounts=2)
    venue.buy(1, 299_000, 5)
    set_cancel_at(venue, 1, venue.now + 10)
    venue.now += 9
    assert set_cancel_at(venue, 1, 0) == Result.OK
    venue.now += 100
    venue.segment()
    assert len(venue.engine.orders_of(1)) == 1


def test_past_time_kills_at_once():
    venue = ScriptedVenue(accounts=1)
    venue.buy(1, 299_000, 5)
    assert set_cancel_at(venue, 1, 1) == Result.OK
    assert venue.engine.orders_of(1) == ()


def test_session_key_may_set_it_and_a_stranger_may_not():
    venue = ScriptedVenue(accounts=2)
    venue.segment(venue.set_session_op(1, 2, SESSION_KEY))
    assert set_cancel_at(venue, 1, 77, session=2, key=SESSION_KEY) == Result.OK
    view = venue.engine.account(1)
    assert view is not None
    assert view.cancel_at_ms == 77
    assert set_cancel_at(venue, 1, 78, session=2, key=2) == Result.BAD_SIGNATURE
    assert set_cancel_at(venue, 1, 78, session=1, key=SESSION_KEY) == Result.UNKNOWN_SESSION


def test_without_epochs_left_nothing_changes():
    venue = ScriptedVenue(accounts=1)
    venue.buy(1, 299_000, 5)
    set_cancel_at(venue, 1, 1)
    venue.engine._state.accounts[1].epoch_counter = ACCOUNT_EPOCH_COUNTER_GREATEST
    assert set_cancel_at(venue, 1, 0) == Result.FIELD_OVERFLOW
    assert venue.engine._state.accounts[1].cancel_at_ms == 1


def test_it_weighs_an_op_and_its_signature():
    venue = ScriptedVenue(accounts=1)
    set_cancel_at(venue, 1, 5)
    assert venue.last.compute_weight == COMPUTE_OP + COMPUTE_SIGNATURE


def test_it_is_in_the_record_and_in_a_snapshot():
    venue = ScriptedVenue(accounts=1)
    set_cancel_at(venue, 1, 12_345)
    again = Engine.restore(venue.engine.snapshot()).account(1)
    assert again is not None
    assert again.cancel_at_ms == 12_345
