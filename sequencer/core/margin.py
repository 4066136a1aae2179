"""Margin (docs/protocol/money-and-margin.md). All money in micro-USD.

Reading a mark touches it and its underlying. What positions are worth and require is their
product's to say. Perpetuals and futures are one product: a second one sums its own positions, one
call a product.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

from strikeproof.sequencer.core.account import Account, Position
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.mark import Mark
from strikeproof.sequencer.core.product.perpetual import PERPETUAL
from strikeproof.sequencer.core.weight import MARGIN_TEST, MARGIN_TEST_POSITION, Meter
from strikeproof.wire.constants import COMPUTE_MARGIN, COMPUTE_POSITION

_VALUE_LESS_INITIAL: Final = PERPETUAL.value_less_initial
_VALUE_LESS_MAINTENANCE: Final = PERPETUAL.value_less_maintenance


class Requirement(Enum):
    """What a margin test compares equity with."""

    INITIAL = auto()  # lowered by credit
    OWN_INITIAL = auto()  # without credit: of what takes money out of an account
    MAINTENANCE = auto()


# Members of enumerations cost 80 ns a look-up: bound once.
INITIAL: Final = Requirement.INITIAL
OWN_INITIAL: Final = Requirement.OWN_INITIAL
MAINTENANCE: Final = Requirement.MAINTENANCE


def touch_mark(meter: Meter, mark: Mark) -> None:
    """Touch a mark record that this segment has not touched yet, and its underlying.

    A touched mark's underlying is touched too: marks are touched here alone, but for SET_INSTRUMENT
    and listing, which share their segment with nothing.
    """
    meter.touch(mark)
    underlying = mark.underlying
    if underlying.touched != meter.stamp:
        meter.touch(underlying)


def equity(account: Account) -> int:
    """Return collateral plus positions at their marks, with what is pending on them."""
    return account.collateral + PERPETUAL.value(account.positions)


def initial(account: Account, now_ms: int, clock_ms: int) -> int:
    """Return the initial requirement: it grows with the age of prices at `now_ms`, and is lowered
    by the account's credit at the clock, to 0 at least."""
    positions = account.positions
    required = PERPETUAL.value(positions) - _VALUE_LESS_INITIAL(positions, now_ms)
    return max(0, required - account.credit(clock_ms))


def maintenance(account: Account, now_ms: int = 0) -> int:
    """Return the maintenance requirement at a time; at 0 the plain one, without prices' age."""
    positions = account.positions
    return PERPETUAL.value(positions) - _VALUE_LESS_MAINTENANCE(positions, now_ms)


def is_stale(account: Account, now_ms: int) -> bool:
    """Whether the underlying of any entry has no price, or one too old to trade at."""
    return any(p.mark.underlying.stale_after_ms < now_ms for p in account.positions)


def weigh_margin_test(state: EngineState, account: Account, evaluations: int = 2) -> None:
    """Weigh a margin test of an account, of two evaluations or one, and touch the marks that it
    reads."""
    meter = state.meter
    meter.compute += evaluations * (COMPUTE_MARGIN + COMPUTE_POSITION * len(account.positions))
    for position in account.positions:
        if position.mark.touched != meter.stamp:
            touch_mark(meter, position.mark)


def check_margin(state: EngineState, account: Account, requirement: Requirement) -> int:
    """Test an account: weigh the test, touch the marks that it reads.

    Return equity less the requirement at the present time, in micro-USD. The last two calls are
    separate because a single call with a varying target costs twice as much.
    """
    meter = state.meter
    stamp = meter.stamp
    positions = account.positions
    meter.compute += MARGIN_TEST + MARGIN_TEST_POSITION * len(positions)
    for position in positions:
        mark = position.mark
        if mark.touched != stamp:
            touch_mark(meter, mark)
    if requirement is MAINTENANCE:
        return account.collateral + _VALUE_LESS_MAINTENANCE(positions, state.now_ms)
    surplus = account.collateral + _VALUE_LESS_INITIAL(positions, state.now_ms)
    if surplus < 0 and account.credit_limit and requirement is INITIAL:
        # The requirement falls to 0 at least: equity stays what is asked then.
        return min(equity(account), surplus + account.credit(state.venue.clock_ms))
    return surplus


def shrinks(size_before: int, size: int) -> bool:
    """Whether a position shrinks: to nothing, or on its side to less."""
    if size_before > 0:
        return 0 <= size < size_before
    return size_before < size <= 0


def shrinks_safely(
    account: Account, position: Position, size_before: int, collateral_before: int
) -> bool:
    """Whether a tentative fill shrank the position, settled just before, and left equity not
    negative and equity / maintenance not lower."""
    size = position.view_size
    if not shrinks(size_before, size):
        return False
    after = equity(account)
    if after < 0:
        return False
    maintenance_after = maintenance(account)
    collateral_after = account.collateral
    position.view_size, account.collateral = size_before, collateral_before
    before, maintenance_before = equity(account), maintenance(account)
    position.view_size, account.collateral = size, collateral_after
    return after * maintenance_before >= before * maintenance_after
