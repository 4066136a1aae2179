"""Protection: what an account's orders on one underlying may fill within a window.

Source: docs/protocol/protection.md.
"""

from __future__ import annotations

from strikeproof.sequencer.core.account import Account
from strikeproof.sequencer.core.book_changes import end_orders
from strikeproof.sequencer.core.engine_event import RemovalReason
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.instrument import Instrument
from strikeproof.sequencer.core.mark import Mark
from strikeproof.wire.layout import (
    ACCOUNT_EPOCH_COUNTER_GREATEST,
    ACCOUNT_PROTECTION_FROZEN_MS_GREATEST,
)


def is_frozen(account: Account, mark: Mark, clock_ms: int) -> bool:
    """Whether no order of the account may come to rest on a mark's instrument: its limit was
    passed, and its freeze has not ended."""
    return (
        account.protection_frozen_ms > clock_ms
        and account.protected_underlying == mark.underlying.id
    )


def count_fill(state: EngineState, account: Account, instrument: Instrument, lots: int) -> None:
    """Count lots that an order of a protected account filled. Once they pass its limit, all its
    orders on the underlying are dead; an account without an epoch for each entry keeps them."""
    underlying = instrument.mark.underlying.id
    if account.protected_underlying != underlying:
        return
    clock_ms = state.venue.clock_ms
    if clock_ms < account.protection_start_ms + account.protection_window_ms:
        lots += account.protection_lots
    else:
        account.protection_start_ms = clock_ms
    if lots > account.protection_lots_max:
        lots = 0
        until_ms = clock_ms + account.protection_freeze_ms
        account.protection_frozen_ms = min(until_ms, ACCOUNT_PROTECTION_FROZEN_MS_GREATEST)
        positions = account.positions
        if account.epoch_counter + len(positions) <= ACCOUNT_EPOCH_COUNTER_GREATEST:
            ended = [each for each in positions if each.mark.underlying.id == underlying]
            end_orders(state, account, ended, RemovalReason.PROTECTED)
    account.protection_lots = lots
