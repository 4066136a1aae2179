"""What a message to the Inbox is sent with: its price now, and a margin that comes back.

Source: docs/protocol/capacity.md, fee.
"""

from __future__ import annotations

from typing import Any, Final

from strikeproof.wire.constants import MessageKind
from strikeproof.wire.operations import (
    encode_deposit_payload,
    encode_l1_report_payload,
    encode_pay_in_payload,
    encode_register_payload,
)
from strikeproof.wire.units import MicroUsd

FEE_MARGIN: Final = 2
"""Times the price: a minute of the most expensive work may arrive before the message does."""

REGISTER_SHAPE: Final = encode_register_payload(account=0, owner=bytes(20))
DEPOSIT_SHAPE: Final = encode_deposit_payload(account=0, amount_micro_usd=MicroUsd(0))
PAY_IN_SHAPE: Final = encode_pay_in_payload(pool=1, amount_micro_usd=MicroUsd(0))
L1_REPORT_SHAPE: Final = encode_l1_report_payload(base_fee_wei=0, blob_base_fee_wei=0)
"""Payloads that cost what every other one of their kind does."""


def with_fee_margin(price_wei: int) -> int:
    """Return what to send for a price that was read a moment ago."""
    return FEE_MARGIN * price_wei


def register_fee(inbox: Any) -> int:
    """Return the wei to send with a registration. `inbox`: the contract, of web3."""
    return _offered(inbox, MessageKind.REGISTER, REGISTER_SHAPE)


def deposit_fee(inbox: Any) -> int:
    """Return the wei to send with a deposit."""
    return _offered(inbox, MessageKind.DEPOSIT, DEPOSIT_SHAPE)


def pay_in_fee(inbox: Any) -> int:
    """Return the wei to send with a payment into a pool."""
    return _offered(inbox, MessageKind.PAY_IN, PAY_IN_SHAPE)


def report_l1_fee(inbox: Any) -> int:
    """Return the wei to send with a report of L1's prices."""
    return _offered(inbox, MessageKind.L1_REPORT, L1_REPORT_SHAPE)


def submit_fee(inbox: Any, op: bytes) -> int:
    """Return the wei to send with a forced op."""
    return _offered(inbox, MessageKind.USER_OP, op)


def exit_fee(inbox: Any, op: bytes) -> int:
    """Return the wei to send with an exit."""
    return with_fee_margin(int(inbox.functions.exitFeeOf(op).call()))


def _offered(inbox: Any, kind: MessageKind, payload: bytes) -> int:
    return with_fee_margin(int(inbox.functions.feeOf(int(kind), payload).call()))
