"""Inbox messages: what comes from L1 (docs/protocol/inbox-messages.md)."""

from __future__ import annotations

from struct import Struct
from typing import Final, NamedTuple

from strikeproof.sequencer.core.account import Account
from strikeproof.sequencer.core.engine_event import Deposited, L1Reported, PaidIn, Registered
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.rules.l1_cost import moved_average
from strikeproof.sequencer.core.session import SCOPE_OWNER, session_id
from strikeproof.wire.constants import (
    ACCOUNT_HEIGHT,
    L1_PRICE_MAX,
    L1_REPORT_SPACING_MS,
    MONEY_MAX,
    Pool,
)
from strikeproof.wire.errors import Result

_HEAD: Final = Struct(">B20sHI")
HEAD_BYTES: Final = _HEAD.size
_REGISTER: Final = Struct(">I20s")
_DEPOSIT: Final = Struct(">I16s")
_L1_REPORT: Final = Struct(">QQ")
_PAY_IN: Final = Struct(">B16s")
_FEE_POOL: Final = int(Pool.FEE_POOL)
_INSURANCE_FUND: Final = int(Pool.INSURANCE_FUND)


class InboxMessage(NamedTuple):
    """A message: its kind, its L1 sender, its L1 time in milliseconds, its payload."""

    kind: int
    sender: bytes
    time_ms: int
    payload: bytes


def decode_message(data: bytes) -> InboxMessage:
    """Return the message of bytes. Raises `ValueError` if they are shorter than its head."""
    if len(data) < HEAD_BYTES:
        raise ValueError(f"not an inbox message: {len(data)} bytes")
    kind, sender, time_high, time_low = _HEAD.unpack_from(data)
    return InboxMessage(kind, sender, time_high << 32 | time_low, data[HEAD_BYTES:])


def register(state: EngineState, payload: bytes) -> Result:
    """Create an account and its owner's session."""
    if len(payload) != _REGISTER.size:
        return Result.MALFORMED
    id, owner = _REGISTER.unpack(payload)
    venue = state.venue
    if id != venue.next_account:
        return Result.MALFORMED
    if id >> ACCOUNT_HEIGHT:
        return Result.CAPACITY
    account = Account(id, owner)
    session = state.sessions[session_id(id, 0)]
    state.meter.touch_absent(account)
    state.meter.touch(session)
    session.grant(owner, SCOPE_OWNER, 0)
    state.accounts[id] = account
    if state.owners is not None:
        state.owners.setdefault(owner, []).append(id)
    venue.next_account = id + 1
    state.events.append(Registered(account=id, owner=owner))
    return Result.OK


def deposit(state: EngineState, payload: bytes) -> Result:
    """Add collateral."""
    if len(payload) != _DEPOSIT.size:
        return Result.MALFORMED
    id, amount_bytes = _DEPOSIT.unpack(payload)
    if not 0 < id < state.venue.next_account:
        return Result.UNKNOWN_ACCOUNT
    account = state.touched_account(id)
    amount = int.from_bytes(amount_bytes, "big")
    if max(account.collateral, state.venue.liabilities) + amount > MONEY_MAX:
        return Result.FIELD_OVERFLOW
    account.collateral += amount
    state.venue.liabilities += amount
    state.events.append(Deposited(account=id, amount=amount))
    return Result.OK


def report_l1(state: EngineState, payload: bytes) -> Result:
    """Move the averages of L1's prices."""
    if len(payload) != _L1_REPORT.size:
        return Result.MALFORMED
    gas_price, blob_price = _L1_REPORT.unpack(payload)
    if max(gas_price, blob_price) > L1_PRICE_MAX:
        return Result.MALFORMED
    venue = state.venue
    if state.now_ms < venue.l1_reported_ms + L1_REPORT_SPACING_MS:
        return Result.TOO_SOON
    if venue.l1_reported_ms:
        gas_price = moved_average(venue.l1_gas_price, gas_price)
        blob_price = moved_average(venue.l1_blob_price, blob_price)
    venue.l1_gas_price = gas_price
    venue.l1_blob_price = blob_price
    venue.l1_reported_ms = state.now_ms
    state.events.append(L1Reported(gas_price=gas_price, blob_price=blob_price))
    return Result.OK


def pay_in(state: EngineState, payload: bytes) -> Result:
    """Add to a pool what somebody gave."""
    if len(payload) != _PAY_IN.size:
        return Result.MALFORMED
    pool, amount_bytes = _PAY_IN.unpack(payload)
    if pool not in (_FEE_POOL, _INSURANCE_FUND):
        return Result.MALFORMED
    amount = int.from_bytes(amount_bytes, "big")
    venue = state.venue
    held = amount + (venue.fee_pool if pool == _FEE_POOL else venue.insurance_fund)
    if max(held, venue.liabilities + amount) > MONEY_MAX:
        return Result.FIELD_OVERFLOW
    if pool == _FEE_POOL:
        venue.fee_pool = held
    else:
        venue.insurance_fund = held
    venue.liabilities += amount
    state.events.append(PaidIn(pool=pool, amount=amount))
    return Result.OK
