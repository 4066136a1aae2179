"""Margin (docs/protocol/money-and-margin.md). All money in micro-USD.

Requirements round up: that favours the venue. Reading a mark touches it and its underlying.
"""

from __future__ import annotations

from strikeproof.sequencer.core.account import Account, Position
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.instrument import Mark
from strikeproof.sequencer.core.weight import MARGIN_TEST, MARGIN_TEST_POSITION, Meter
from strikeproof.wire.constants import PPM


def div_ceil(dividend: int, divisor: int) -> int:
    """Return the quotient rounded up: against the user, for the venue."""
    return -(-dividend // divisor)


def touch_mark(meter: Meter, mark: Mark) -> None:
    """Touch a mark record and its underlying."""
    stamp = meter.stamp
    if mark.touched != stamp:
        meter.touch(mark)
    underlying = mark.underlying
    if underlying.touched != stamp:
        meter.touch(underlying)


def initial_of(position: Position) -> int:
    """Return what an entry adds to the initial requirement: its worst side at the mark, and the
    loss of filling its open orders at their limits."""
    mark = position.mark
    longest = position.size + position.buy_lots
    shortest = position.sell_lots - position.size
    worst = longest if longest > shortest else shortest
    required = -(-worst * mark.notional * mark.initial_margin_ppm // PPM)
    loss = position.buy_value - position.buy_lots * mark.price
    if loss > 0:
        required += loss * mark.tick_value
    loss = position.sell_lots * mark.price - position.sell_value
    if loss > 0:
        required += loss * mark.tick_value
    return required


def maintenance_of(mark: Mark, size: int) -> int:
    """Return what a position of `size` lots adds to the maintenance requirement."""
    return -(-abs(size) * mark.notional * mark.maintenance_margin_ppm // PPM)


def equity(account: Account) -> int:
    """Return collateral plus positions at their marks."""
    return account.collateral + sum(
        position.size * position.mark.notional for position in account.positions
    )


def initial(account: Account) -> int:
    """Return the initial requirement."""
    return sum(initial_of(position) for position in account.positions)


def maintenance(account: Account) -> int:
    """Return the maintenance requirement."""
    return sum(maintenance_of(position.mark, position.size) for position in account.positions)


def is_stale(account: Account, now_ms: int) -> bool:
    """Whether the underlying of any entry has no price, or one too old at `now_ms`."""
    return any(p.mark.underlying.stale_after_ms < now_ms for p in account.positions)


def test_initial(state: EngineState, account: Account) -> tuple[bool, int]:
    """Test an account against its initial requirement: weigh the test, touch what it reads.

    Return whether the account is stale, and equity less requirement in micro-USD. The loop does
    what `equity`, `initial_of` and `is_stale` say, in one go: it runs for every fill and rest.
    """
    meter = state.meter
    stamp = meter.stamp
    now_ms = state.now_ms
    positions = account.positions
    meter.compute += MARGIN_TEST + MARGIN_TEST_POSITION * len(positions)
    stale = False
    surplus = account.collateral
    for position in positions:
        mark = position.mark
        if mark.touched != stamp:
            meter.touch(mark)
        underlying = mark.underlying
        if underlying.touched != stamp:
            meter.touch(underlying)
        if underlying.stale_after_ms < now_ms:
            stale = True
        size = position.size
        notional = mark.notional
        buy_lots = position.buy_lots
        sell_lots = position.sell_lots
        longest = size + buy_lots
        shortest = sell_lots - size
        worst = longest if longest > shortest else shortest
        surplus += size * notional + -worst * notional * mark.initial_margin_ppm // PPM
        if buy_lots:
            loss = position.buy_value - buy_lots * mark.price
            if loss > 0:
                surplus -= loss * mark.tick_value
        if sell_lots:
            loss = sell_lots * mark.price - position.sell_value
            if loss > 0:
                surplus -= loss * mark.tick_value
    return stale, surplus


def test_maintenance(state: EngineState, account: Account) -> tuple[bool, int]:
    """Test an account against its maintenance requirement, as `test_initial` does."""
    meter = state.meter
    stamp = meter.stamp
    now_ms = state.now_ms
    positions = account.positions
    meter.compute += MARGIN_TEST + MARGIN_TEST_POSITION * len(positions)
    stale = False
    surplus = account.collateral
    for position in positions:
        mark = position.mark
        if mark.touched != stamp:
            meter.touch(mark)
        underlying = mark.underlying
        if underlying.touched != stamp:
            meter.touch(underlying)
        if underlying.stale_after_ms < now_ms:
            stale = True
        value = position.size * mark.notional
        surplus += value + -abs(value) * mark.maintenance_margin_ppm // PPM
    return stale, surplus


def shrinks_safely(
    account: Account, position: Position, size_before: int, collateral_before: int
) -> bool:
    """Whether a tentative fill shrank the position, and left equity not negative and
    equity / maintenance not lower."""
    size = position.size
    if abs(size) >= abs(size_before) or (size and (size < 0) != (size_before < 0)):
        return False
    after = equity(account)
    if after < 0:
        return False
    mark = position.mark
    maintenance_after = maintenance(account)
    maintenance_before = (
        maintenance_after - maintenance_of(mark, size) + maintenance_of(mark, size_before)
    )
    before = after - account.collateral + collateral_before + (size_before - size) * mark.notional
    return after * maintenance_before >= before * maintenance_after
