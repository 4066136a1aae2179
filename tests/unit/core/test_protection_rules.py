"""What protections count, their record and the bytes that set them."""

from __future__ import annotations

from typing import Any

import pytest

from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.ops.op_table import decode_op
from strikeproof.sequencer.core.rules.fill_limits import (
    FillLimits,
    FillSize,
    counted,
    linear_size,
    option_size,
)
from strikeproof.wire.constants import PPB, OpType
from strikeproof.wire.errors import Result
from strikeproof.wire.layout import ACCOUNT_EPOCH_COUNTER_GREATEST
from strikeproof.wire.operations import encode_set_protection_body
from tests.unit.core.option_venue import CALL
from tests.unit.core.scripted_venue import FOREVER
from tests.unit.core.test_protection import (
    FREEZE_MS,
    LIMITS,
    LOT,
    LOTS_MAX,
    MAKER,
    NONE,
    OTHER,
    PERPETUAL,
    PRICE,
    UNLIMITED,
    WINDOW_MS,
    ProtectedVenue,
)

HELD = FillLimits(1, 10, 100, 1_000, 0, 50, 20, 500, 70, -200, 30)


def test_without_epochs_left_orders_stay_and_the_account_is_frozen() -> None:
    venue = ProtectedVenue()
    record = venue.engine._state.accounts[MAKER]
    record.epoch_counter = ACCOUNT_EPOCH_COUNTER_GREATEST - 2
    venue.take(LOTS_MAX + 1)
    assert venue.live() == [PERPETUAL, CALL, OTHER]
    assert venue.buy(MAKER, PRICE - 9, 1) == Result.PROTECTION_FROZEN


def test_a_freeze_never_passes_the_end_of_time() -> None:
    after, passed = counted(HELD, FillSize(51, 0, 0), 2**48 - 5)
    assert (after.frozen_ms, passed) == (2**48 - 1, True)


@pytest.mark.parametrize("clock_ms", [999, 1_000, 1_009])
def test_fills_of_a_window_add_up(clock_ms: int) -> None:
    after, passed = counted(HELD, FillSize(30, -300, 40), clock_ms)
    assert not passed
    assert after == HELD._replace(lots=50, delta=-500, vega=70)


def test_a_window_that_is_over_is_followed_by_another() -> None:
    after, passed = counted(HELD, FillSize(50, 500, -70), 1_010)
    assert not passed
    assert after == HELD._replace(start_ms=1_010, lots=50, delta=500, vega=-70)


@pytest.mark.parametrize(
    "size", [FillSize(31, 0, 0), FillSize(1, -301, 0), FillSize(1, 701, 0), FillSize(1, 0, 41)]
)
def test_each_limit_is_passed_by_itself(size: FillSize) -> None:
    after, passed = counted(HELD, size, 1_009)
    assert passed
    assert after == HELD._replace(frozen_ms=1_109, lots=0, delta=0, vega=0)


def test_a_future_counts_what_of_it_follows_the_index() -> None:
    assert linear_size(7, 1_000, 10**9, PPB) == FillSize(7, 7 * LOT, 0)
    assert linear_size(-7, 1_000, 10**9, PPB // 2) == FillSize(7, -7 * LOT // 2, 0)


def test_buying_and_selling_round_alike() -> None:
    assert linear_size(1, 1, 3_000, PPB) == FillSize(1, 333_333_333, 0)
    assert linear_size(-1, 1, 3_000, PPB) == FillSize(1, -333_333_333, 0)
    greeks = (3, 1, 100 << 21)  # half a micro-USD
    assert option_size(1, 1, 10**9, PPB, greeks) == FillSize(1, 0, 0)
    assert option_size(-1, 1, 10**9, PPB, greeks) == FillSize(1, 0, 0)
    assert option_size(-3, 1, 10**9, PPB, greeks) == FillSize(3, 0, -1)


def test_the_greatest_fill_passes_every_limit() -> None:
    most = (2**31 - 1, 2**24 - 1, 2**32 - 1)
    size = option_size(2**40 - 1, 2**24 - 1, 1, 2**32 - 1, most)
    held = HELD._replace(delta_max=UNLIMITED, vega_max=UNLIMITED, lots_max=2**40 - 1)
    _, passed = counted(held, size, 0)
    assert passed


def test_it_is_in_the_record_and_in_a_snapshot() -> None:
    venue = ProtectedVenue()
    venue.take(3)
    again = Engine.restore(venue.engine.snapshot()).account(MAKER)
    assert again is not None
    limits = (1, WINDOW_MS, FREEZE_MS, venue.now, 0, LOTS_MAX, 3, UNLIMITED, UNLIMITED)
    assert again.protection == (*limits, -3 * LOT, 0)


@pytest.mark.parametrize(
    "limits",
    [
        {"window_ms": 0},
        {"delta_max": UNLIMITED + 1},
        {"vega_max": UNLIMITED + 1},
        *({**NONE, name: 1} for name in NONE if name != "underlying"),
    ],
)
def test_half_a_protection_is_malformed(limits: dict[str, Any]) -> None:
    head = {"account": MAKER, "session": 0, "nonce": 0, "expiry_ms": FOREVER}
    body = encode_set_protection_body(**{**head, **LIMITS, **limits})
    assert decode_op(OpType.SET_PROTECTION, body, True) == Result.MALFORMED


def test_least_and_greatest_limits_are_not() -> None:
    head = {"account": MAKER, "session": 0, "nonce": 0, "expiry_ms": FOREVER}
    for limits in (NONE, {**NONE, "underlying": 1, "window_ms": 1}, LIMITS):
        body = encode_set_protection_body(**head, **limits)
        assert decode_op(OpType.SET_PROTECTION, body, True) != Result.MALFORMED
