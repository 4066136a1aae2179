"""Protection: what an account's orders on one underlying may fill within a window.

Source: docs/protocol/protection.md.
"""

from __future__ import annotations

from strikeproof.sequencer.core.account import Account
from strikeproof.sequencer.core.book_changes import end_orders
from strikeproof.sequencer.core.engine_event import ProtectionPassed, RemovalReason
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.mark import Mark
from strikeproof.sequencer.core.rules.fill_limits import (
    FillSize,
    counted,
    linear_size,
    option_size,
)
from strikeproof.wire.layout import ACCOUNT_EPOCH_COUNTER_GREATEST


def is_frozen(account: Account, mark: Mark, clock_ms: int) -> bool:
    """Whether no order of the account may come to rest on a mark's instrument: a limit was passed,
    and its freeze has not ended."""
    protection = account.protection
    return protection.frozen_ms > clock_ms and protection.underlying == mark.underlying.id


def count_fill(state: EngineState, account: Account, mark: Mark, change: int) -> None:
    """Count a fill that changed the position of an account's order by lots. If that passes a limit,
    all the account's orders on the underlying are dead; without an epoch for each entry they stay.

    The checkpoint has the account: the fill saved it."""
    underlying = mark.underlying.id
    if account.protection.underlying != underlying:
        return
    size = _size_of(mark, change)
    account.protection, is_passed = counted(account.protection, size, state.venue.clock_ms)
    if not is_passed:
        return
    state.events.append(ProtectionPassed(account.id, underlying, account.protection.frozen_ms))
    positions = account.positions
    if account.epoch_counter + len(positions) <= ACCOUNT_EPOCH_COUNTER_GREATEST:
        ended = [each for each in positions if each.mark.underlying.id == underlying]
        end_orders(state, account, ended, RemovalReason.PROTECTED)


def _size_of(mark: Mark, change: int) -> FillSize:
    tick_value, per_tick, share = mark.tick_value, mark.index_per_tick, mark.index_ppb
    if not mark.is_option:
        return linear_size(change, tick_value, per_tick, share)
    pricing = mark.pricing
    greeks = (pricing.delta, pricing.vega, pricing.forward)
    return option_size(change, tick_value, per_tick, share, greeks)
