"""Protection: what an account's orders fill within a window, to the last lot and millisecond
(docs/protocol/protection.md)."""

from __future__ import annotations

import pytest

from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.engine_event import ProtectionSet, RemovalReason, Removed
from strikeproof.sequencer.core.ops.op_table import decode_op
from strikeproof.wire.constants import COMPUTE_OP, COMPUTE_SIGNATURE, OpType, TimeInForce
from strikeproof.wire.errors import Result
from strikeproof.wire.layout import ACCOUNT_EPOCH_COUNTER_GREATEST
from strikeproof.wire.operations import encode_set_protection_body
from strikeproof.wire.units import Lots, Milliseconds
from tests.unit.core.scripted_venue import FOREVER, ScriptedVenue, key_of, signed_op

PRICE = 300_000
WINDOW_MS = 1_000
FREEZE_MS = 5_000
LOTS_MAX = 10
IOC = int(TimeInForce.IOC) << 5
FOK = int(TimeInForce.FOK) << 5
MAKER, TAKER = 1, 2


def protect_body(nonce: int, limits: dict[str, int]) -> bytes:
    whole = {
        "underlying": 1,
        "window_ms": WINDOW_MS,
        "freeze_ms": FREEZE_MS,
        "lots_max": LOTS_MAX,
        **limits,
    }
    return encode_set_protection_body(
        account=MAKER,
        session=0,
        nonce=nonce,
        expiry_ms=FOREVER,
        underlying=whole["underlying"],
        window_ms=Milliseconds(whole["window_ms"]),
        freeze_ms=Milliseconds(whole["freeze_ms"]),
        lots_max=Lots(whole["lots_max"]),
    )


def protect(venue: ScriptedVenue, **limits: int) -> Result:
    nonce = venue.nonces.get(MAKER, 0)
    venue.nonces[MAKER] = nonce + 1
    op = signed_op(OpType.SET_PROTECTION, protect_body(nonce, limits), key_of(venue.owners[MAKER]))
    return Result(venue.segment(op)[0].code)


@pytest.fixture
def venue() -> ScriptedVenue:
    """A maker, protected, who asks on two instruments of underlying 1 and on one of underlying
    2."""
    venue = ScriptedVenue(accounts=2)
    venue.list_instrument()
    venue.list_instrument(underlying=venue.list_underlying())
    venue.price(3_000 * 10**9, 2)
    assert protect(venue) == Result.OK
    for instrument in (1, 2, 3):
        assert venue.sell(MAKER, PRICE, 40, instrument=instrument) == Result.OK
    return venue


def live(venue: ScriptedVenue) -> list[int]:
    """Return the instruments on which the maker's orders live."""
    return [each.instrument for each in venue.engine.orders_of(MAKER) if each.is_live]


def filled(venue: ScriptedVenue) -> int:
    view = venue.engine.account(MAKER)
    assert view is not None
    assert view.protection is not None
    return view.protection.lots


def test_orders_fill_up_to_the_limit_and_die_of_what_passes_it(venue: ScriptedVenue) -> None:
    assert venue.buy(TAKER, PRICE, LOTS_MAX) == Result.OK
    assert live(venue) == [1, 2, 3]
    assert filled(venue) == LOTS_MAX
    assert venue.buy(TAKER, PRICE, 1, instrument=2) == Result.OK
    removed = [each for each in venue.last.outcomes[0].events if isinstance(each, Removed)]
    assert [(each.instrument, each.lots, each.reason) for each in removed] == [
        (1, 30, RemovalReason.PROTECTED),
        (2, 39, RemovalReason.PROTECTED),
    ]
    assert live(venue) == [3]
    assert venue.buy(TAKER, PRICE, 1, IOC) == Result.IOC_REMAINDER


def test_a_window_ends_to_the_millisecond(venue: ScriptedVenue) -> None:
    venue.buy(TAKER, PRICE, LOTS_MAX)
    venue.now += WINDOW_MS
    assert venue.buy(TAKER, PRICE, LOTS_MAX) == Result.OK
    assert live(venue) == [1, 2, 3]
    venue.now += WINDOW_MS - 1
    venue.buy(TAKER, PRICE, 1)
    assert live(venue) == [3]


def test_nothing_rests_until_the_freeze_has_passed(venue: ScriptedVenue) -> None:
    venue.buy(TAKER, PRICE, LOTS_MAX + 1)
    venue.now += FREEZE_MS - 1
    assert venue.buy(MAKER, PRICE - 9, 1) == Result.PROTECTION_FROZEN
    assert venue.buy(MAKER, PRICE - 9, 1, instrument=2) == Result.PROTECTION_FROZEN
    assert venue.buy(MAKER, PRICE - 9, 1, IOC) == Result.IOC_REMAINDER
    assert venue.buy(MAKER, PRICE - 9, 1, instrument=3) == Result.OK
    venue.now += 1
    assert venue.buy(MAKER, PRICE - 9, 1) == Result.OK


def test_setting_it_again_ends_a_freeze_and_counts_from_zero(venue: ScriptedVenue) -> None:
    venue.buy(TAKER, PRICE, LOTS_MAX + 1)
    assert protect(venue) == Result.OK
    assert venue.sell(MAKER, PRICE, 40) == Result.OK
    assert venue.buy(TAKER, PRICE, LOTS_MAX) == Result.OK
    assert 1 in live(venue)


def test_taken_back_it_counts_nothing(venue: ScriptedVenue) -> None:
    assert protect(venue, underlying=0, window_ms=0, freeze_ms=0, lots_max=0) == Result.OK
    venue.buy(TAKER, PRICE, LOTS_MAX + 1)
    assert live(venue) == [1, 2, 3]
    view = venue.engine.account(MAKER)
    assert view is not None
    assert view.protection is None


def test_what_the_account_takes_and_other_underlyings_do_not_count(venue: ScriptedVenue) -> None:
    venue.buy(TAKER, PRICE, LOTS_MAX + 1, instrument=3)
    venue.buy(TAKER, PRICE - 9, 20)
    assert venue.sell(MAKER, PRICE - 9, 20, IOC) == Result.OK
    assert filled(venue) == 0
    assert live(venue) == [1, 2, 3]


def test_a_fill_that_is_undone_counts_nothing(venue: ScriptedVenue) -> None:
    assert venue.buy(TAKER, PRICE, 41, FOK) == Result.FOK_UNFILLED
    assert filled(venue) == 0
    assert live(venue) == [1, 2, 3]


def test_without_epochs_left_orders_stay_and_the_account_is_frozen(venue: ScriptedVenue) -> None:
    record = venue.engine._state.accounts[MAKER]
    record.epoch_counter = ACCOUNT_EPOCH_COUNTER_GREATEST - 2
    venue.buy(TAKER, PRICE, LOTS_MAX + 1)
    assert live(venue) == [1, 2, 3]
    assert venue.buy(MAKER, PRICE - 9, 1) == Result.PROTECTION_FROZEN


def test_a_freeze_never_passes_the_end_of_time(venue: ScriptedVenue) -> None:
    protect(venue, freeze_ms=2**32 - 1)
    venue.buy(TAKER, PRICE, LOTS_MAX + 1)
    assert venue.engine._state.accounts[MAKER].protection_frozen_ms == venue.now + 2**32 - 1


@pytest.mark.parametrize(
    "limits",
    [
        {"window_ms": 0},
        {"underlying": 0},
        {"underlying": 0, "window_ms": 0, "freeze_ms": 0},
        {"underlying": 0, "window_ms": 0, "lots_max": 0},
    ],
)
def test_half_a_protection_is_malformed(limits: dict[str, int]) -> None:
    assert decode_op(OpType.SET_PROTECTION, protect_body(0, limits), True) == Result.MALFORMED


def test_an_underlying_that_is_not_listed_is_refused() -> None:
    venue = ScriptedVenue(accounts=1)
    assert protect(venue, underlying=2) == Result.UNKNOWN_UNDERLYING
    assert protect(venue, lots_max=0) == Result.OK
    assert venue.last.outcomes[0].events == [ProtectionSet(1, 1, WINDOW_MS, FREEZE_MS, 0)]


def test_it_weighs_an_op_and_its_signature() -> None:
    venue = ScriptedVenue(accounts=1)
    protect(venue)
    assert venue.last.compute_weight == COMPUTE_OP + COMPUTE_SIGNATURE


def test_it_is_in_the_record_and_in_a_snapshot(venue: ScriptedVenue) -> None:
    venue.buy(TAKER, PRICE, 3)
    again = Engine.restore(venue.engine.snapshot()).account(MAKER)
    assert again is not None
    assert again.protection == (1, WINDOW_MS, FREEZE_MS, venue.now, 0, LOTS_MAX, 3)
