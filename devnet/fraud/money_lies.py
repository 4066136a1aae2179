"""Lies about money and authority: records that differ from what happened."""

from __future__ import annotations

from typing import Final

from strikeproof.devnet.fraud.executed_segment import FraudScene, Records, edit, read
from strikeproof.sequencer.core.engine_event import Deposited, Fill, Priced
from strikeproof.sequencer.core.record_key import (
    GLOBAL_KEY,
    ID_BITS,
    ID_MASK,
    account_key,
    session_key,
    underlying_key,
)
from strikeproof.wire.constants import INDEX_STALE_MS
from strikeproof.wire.layout import (
    ACCOUNT_GROUP,
    ACCOUNT_KIND,
    ACCOUNT_POSITION_GROUP,
    ACCOUNT_WORDS,
    GLOBAL_GROUP,
    SESSION_GROUP,
    SESSION_KIND,
    UNDERLYING_GROUP,
    pack_session,
)

THOUSAND_USD: Final = 1_000 * 10**6
ROGUE_ADDRESS: Final = 0xBAD0BAD0BAD0BAD0BAD0BAD0BAD0BAD0BAD0BAD0
ROGUE_SLOT: Final = 3  # of sessions: nobody in the devnet uses it
SCOPE_TRADE: Final = 1
POSITION_LOTS: Final = 10


def wrong_balance(scene: FraudScene) -> Records | None:
    """An account is credited with money that nobody deposited."""
    return _edit_account(scene, "collateral", THOUSAND_USD)


def phantom_withdrawal(scene: FraudScene) -> Records | None:
    """An account is owed a withdrawal that its owner never asked for."""
    return _edit_account(scene, "withdrawn", THOUSAND_USD)


def stolen_account(scene: FraudScene) -> Records | None:
    """An account gets another owner."""
    account = _touched_account(scene)
    if account is None:
        return None
    key = account_key(account)
    return {**scene.after, key: edit(scene.after[key], ACCOUNT_GROUP, owner=ROGUE_ADDRESS)}


def rogue_session(scene: FraudScene) -> Records | None:
    """A key that its owner never authorized may trade for an account."""
    account = _touched_account(scene)
    if account is None or session_key(account, ROGUE_SLOT) in scene.after:
        return None
    record = pack_session(
        version=1, scope=SCOPE_TRADE, key=ROGUE_ADDRESS, expiry_ms=0, nonce_base=0, nonce_bitmap=0
    )
    return {**scene.after, session_key(account, ROGUE_SLOT): record}


def planted_guard(scene: FraudScene) -> Records | None:
    """A key of somebody else's guards an account: its owner can take nothing out."""
    return _edit_account(scene, "guard_key", ROGUE_ADDRESS)


def lapsing_guard(scene: FraudScene) -> Records | None:
    """The removal of an account's guard key passes for announced."""
    return _edit_account(scene, "guard_removal_ms", 1)


def moved_cancel_at(scene: FraudScene) -> Records | None:
    """Orders of an account are to die at a time that nobody asked for."""
    return _edit_account(scene, "cancel_at_ms", 1)


def bought_tier(scene: FraudScene) -> Records | None:
    """An account has a tier that no attester has said."""
    return _edit_account(scene, "tier", 255)


def endless_tier(scene: FraudScene) -> Records | None:
    """An account's tier never expires."""
    return _edit_account(scene, "tier_expiry_ms", 2**48 - 1)


def forgotten_attestation(scene: FraudScene) -> Records | None:
    """When an account's tier was said is forgotten: what was said before it counts again."""
    return _edit_account(scene, "attested_ms", 1)


def invented_credit(scene: FraudScene) -> Records | None:
    """An account has credit that no guarantor has granted."""
    return _edit_account(scene, "credit_limit", THOUSAND_USD)


def other_guarantor(scene: FraudScene) -> Records | None:
    """An account's credit goes back to somebody else."""
    return _edit_account(scene, "guarantor", 1)


def longer_credit(scene: FraudScene) -> Records | None:
    """An account's credit lasts longer than attesters have said."""
    return _edit_account(scene, "credit_minutes", 60)


def later_credit(scene: FraudScene) -> Records | None:
    """An account's credit was said later than it was: what takes it away no longer counts."""
    return _edit_account(scene, "credited_ms", 1)


def unbacked_credit(scene: FraudScene) -> Records | None:
    """The venue counts less of guarantors' money than stands with its accounts."""
    return _edit_global(scene, "credit")


def hidden_credit_loss(scene: FraudScene) -> Records | None:
    """What guarantors paid of accounts' debts is not what the venue says."""
    return _edit_global(scene, "credit_losses")


def imposed_portfolio(scene: FraudScene) -> Records | None:
    """An account is under portfolio margin, which its owner never chose."""
    return _edit_account(scene, "margin_mode", 1)


def moved_portfolio(scene: FraudScene) -> Records | None:
    """An account's portfolio is of another underlying."""
    return _edit_account(scene, "portfolio_underlying", 1)


def imposed_protection(scene: FraudScene) -> Records | None:
    """An account's orders on an underlying are counted, which nobody asked for."""
    return _edit_account(scene, "protected_underlying", 1)


def longer_window(scene: FraudScene) -> Records | None:
    """Fills of an account are counted for longer than its window is."""
    return _edit_account(scene, "protection_window_ms", 1_000)


def longer_freeze(scene: FraudScene) -> Records | None:
    """No order of an account will rest for longer than it has said."""
    return _edit_account(scene, "protection_freeze_ms", 1_000)


def later_window(scene: FraudScene) -> Records | None:
    """A window of an account began later than its first fill."""
    return _edit_account(scene, "protection_start_ms", 1)


def frozen_maker(scene: FraudScene) -> Records | None:
    """An account may have no order rest, though no limit was passed."""
    return _edit_account(scene, "protection_frozen_ms", 2**47)


def moved_lots_limit(scene: FraudScene) -> Records | None:
    """More may fill of an account's orders than it has said."""
    return _edit_account(scene, "protection_lots_max", 1)


def moved_delta_limit(scene: FraudScene) -> Records | None:
    """The limit of what fills may change an account's delta by is not its own."""
    return _edit_account(scene, "protection_delta_max", 1)


def moved_vega_limit(scene: FraudScene) -> Records | None:
    """The limit of what fills may change an account's vega by is not its own."""
    return _edit_account(scene, "protection_vega_max", 1)


def miscounted_lots(scene: FraudScene) -> Records | None:
    """Lots are counted that no order of an account filled."""
    return _edit_account(scene, "protection_lots", 1)


def miscounted_delta(scene: FraudScene) -> Records | None:
    """An account's fills changed its delta by more than they did."""
    return _edit_account(scene, "protection_delta", 1)


def miscounted_vega(scene: FraudScene) -> Records | None:
    """An account's fills changed its vega by more than they did."""
    return _edit_account(scene, "protection_vega", 1)


def _edit_global(scene: FraudScene, name: str) -> Records:
    record = scene.after[GLOBAL_KEY]
    value = read(record, GLOBAL_GROUP)[name]
    return {**scene.after, GLOBAL_KEY: edit(record, GLOBAL_GROUP, **{name: value + THOUSAND_USD})}


def reusable_nonce(scene: FraudScene) -> Records | None:
    """The nonce of a signed operation is not marked as used: it could be executed again."""
    for key in scene.result.touched:
        if key >> ID_BITS != SESSION_KIND or key not in scene.before or scene.is_message:
            continue
        before = read(scene.before[key], SESSION_GROUP)
        nonces = {name: before[name] for name in ("nonce_base", "nonce_bitmap")}
        edited = edit(scene.after[key], SESSION_GROUP, **nonces)
        if edited != scene.after[key]:
            return {**scene.after, key: edited}
    return None


def phantom_position(scene: FraudScene) -> Records | None:
    """A position grows without a trade."""
    account = _touched_account(scene)
    if account is None:
        return None
    key = account_key(account)
    record = scene.after[key]
    if not read(record, ACCOUNT_GROUP)["position_count"]:
        return None
    size = read(record, ACCOUNT_POSITION_GROUP, ACCOUNT_WORDS)["size"]
    edited = edit(record, ACCOUNT_POSITION_GROUP, ACCOUNT_WORDS, size=size + POSITION_LOTS)
    return {**scene.after, key: edited}


def wrong_index_price(scene: FraudScene) -> Records | None:
    """An index price one percent above the median that the reporters signed."""
    for event in scene.events(Priced):
        key = underlying_key(event.underlying)
        price = read(scene.after[key], UNDERLYING_GROUP)["index_price"]
        edited = edit(scene.after[key], UNDERLYING_GROUP, index_price=price + price // 100)
        return {**scene.after, key: edited}
    return None


def late_index_price(scene: FraudScene) -> Records | None:
    """An old index price is passed off as fresh: its publish time lies a minute ahead."""
    for event in scene.events(Priced):
        key = underlying_key(event.underlying)
        time_ms = event.publish_time_ms + INDEX_STALE_MS
        edited = edit(scene.after[key], UNDERLYING_GROUP, publish_time_ms=time_ms)
        return {**scene.after, key: edited}
    return None


def swallowed_fees(scene: FraudScene) -> Records | None:
    """The fees of a trade reach neither the fee pool nor the insurance fund."""
    before = read(scene.before[GLOBAL_KEY], GLOBAL_GROUP)
    pools = {name: before[name] for name in ("fee_pool", "insurance_fund")}
    edited = edit(scene.after[GLOBAL_KEY], GLOBAL_GROUP, **pools)
    return None if edited == scene.after[GLOBAL_KEY] else {**scene.after, GLOBAL_KEY: edited}


def stopped_clock(scene: FraudScene) -> Records | None:
    """The venue's clock does not move on, so that what has expired still trades."""
    clock_ms = read(scene.before[GLOBAL_KEY], GLOBAL_GROUP)["clock_ms"]
    edited = edit(scene.after[GLOBAL_KEY], GLOBAL_GROUP, clock_ms=clock_ms)
    return None if edited == scene.after[GLOBAL_KEY] else {**scene.after, GLOBAL_KEY: edited}


def withheld_deposit(scene: FraudScene) -> Records | None:
    """A deposit that L1 took is not credited."""
    return _edit_deposit(scene, -1)


def doubled_deposit(scene: FraudScene) -> Records | None:
    """A deposit is credited twice."""
    return _edit_deposit(scene, 1)


def _edit_deposit(scene: FraudScene, times: int) -> Records | None:
    for event in scene.events(Deposited):
        return _add(scene.after, event.account, "collateral", times * event.amount)
    return None


def _edit_account(scene: FraudScene, field: str, amount: int) -> Records | None:
    account = _touched_account(scene)
    return None if account is None else _add(scene.after, account, field, amount)


def _add(records: Records, account: int, field: str, amount: int) -> Records:
    key = account_key(account)
    value = read(records[key], ACCOUNT_GROUP)[field] + amount
    return {**records, key: edit(records[key], ACCOUNT_GROUP, **{field: value})}


def _touched_account(scene: FraudScene) -> int | None:
    """Return the taker of a trade, or else any account that the segment's orders touched."""
    if scene.is_message:
        return None
    for fill in scene.events(Fill):
        return int(fill.taker_account)
    touched = [key & ID_MASK for key in scene.result.touched if key >> ID_BITS == ACCOUNT_KIND]
    return touched[-1] if touched else None
