"""Operations as a trader writes them, and their bytes.

Prices are integer ticks, sizes integer lots, money integer micro-USD, times milliseconds since the
epoch. Source: docs/protocol/user-ops.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from strikeproof.wire.constants import ActionKind, OpType, OrderFlag, SelfTrade, TimeInForce

SCOPE_NONE = 0
SCOPE_TRADE = 1


@dataclass(frozen=True, slots=True)
class Place:
    """A new order. GTD needs `expiry_ms`, other times in force need none."""

    instrument: int
    sell: bool
    price: int
    lots: int
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    reduce_only: bool = False
    self_trade: SelfTrade = SelfTrade.CANCEL_TAKER
    expiry_ms: int = 0
    client_id: int = 0


@dataclass(frozen=True, slots=True)
class Cancel:
    """One order out, by slot and serial: both are told when it rests."""

    instrument: int
    slot: int
    serial: int


@dataclass(frozen=True, slots=True)
class CancelAll:
    """All orders of an instrument out; 0: of every instrument."""

    instrument: int = 0


@dataclass(frozen=True, slots=True)
class Replace:
    """New terms for a resting order. Side and reduce-only must be its own."""

    instrument: int
    slot: int
    serial: int
    sell: bool
    price: int
    lots: int
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    reduce_only: bool = False
    self_trade: SelfTrade = SelfTrade.CANCEL_TAKER
    expiry_ms: int = 0
    client_id: int = 0


Action: TypeAlias = Place | Cancel | CancelAll | Replace


@dataclass(frozen=True, slots=True)
class Bundle:
    """Up to eight actions under one signature. Nothing pays a taker fee above `max_fee_ppm`."""

    account: int
    session: int
    nonce: int
    expiry_ms: int
    max_fee_ppm: int
    actions: Sequence[Action] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Collateral out; the Vault pays it once a claim that shows it is final."""

    account: int
    nonce: int
    expiry_ms: int
    amount_micro_usd: int


@dataclass(frozen=True, slots=True)
class SetSession:
    """Let a key trade for the account until a time (0: for ever); scope 0 revokes the slot."""

    account: int
    nonce: int
    expiry_ms: int
    slot: int
    key: bytes
    scope: int = SCOPE_TRADE
    session_expiry_ms: int = 0


UserOp: TypeAlias = Bundle | Withdraw | SetSession


@dataclass(frozen=True, slots=True)
class ActionFields:
    """An action as its typed data shows it: fields that it lacks are zero."""

    kind: ActionKind
    instrument: int
    sell: bool = False
    time_in_force: int = 0
    post_only: bool = False
    reduce_only: bool = False
    self_trade: int = 0
    price: int = 0
    lots: int = 0
    expiry_ms: int = 0
    client_id: int = 0
    slot: int = 0
    serial: int = 0

    @property
    def flags(self) -> int:
        """The flags byte of the ordered bytes."""
        return (
            self.sell * OrderFlag.SELL
            | self.post_only * OrderFlag.POST_ONLY
            | self.reduce_only * OrderFlag.REDUCE_ONLY
            | self.self_trade << 3
            | self.time_in_force << 5
        )


def fields_of(action: Action) -> ActionFields:
    """Return an action's fields."""
    match action:
        case Cancel(instrument, slot, serial):
            return ActionFields(ActionKind.CANCEL, instrument, slot=slot, serial=serial)
        case CancelAll(instrument):
            return ActionFields(ActionKind.CANCEL_ALL, instrument)
    is_replace = isinstance(action, Replace)
    return ActionFields(
        ActionKind.REPLACE if is_replace else ActionKind.PLACE,
        action.instrument,
        action.sell,
        int(action.time_in_force),
        action.post_only,
        action.reduce_only,
        int(action.self_trade),
        action.price,
        action.lots,
        action.expiry_ms,
        action.client_id,
        action.slot if isinstance(action, Replace) else 0,
        action.serial if isinstance(action, Replace) else 0,
    )


def _action_bytes(action: Action) -> bytes:
    each = fields_of(action)
    parts = [bytes((each.kind,)), each.instrument.to_bytes(2, "big")]
    if each.kind in (ActionKind.CANCEL, ActionKind.REPLACE):
        parts += (each.slot.to_bytes(4, "big"), each.serial.to_bytes(6, "big"))
    if each.kind in (ActionKind.PLACE, ActionKind.REPLACE):
        parts += (
            bytes((each.flags,)),
            each.price.to_bytes(4, "big"),
            each.lots.to_bytes(5, "big"),
            each.expiry_ms.to_bytes(6, "big"),
            each.client_id.to_bytes(8, "big"),
        )
    return b"".join(parts)


def _body(op: UserOp) -> tuple[OpType, bytes]:
    match op:
        case Bundle():
            return OpType.BUNDLE, b"".join(
                (
                    op.account.to_bytes(4, "big"),
                    op.session.to_bytes(1, "big"),
                    op.nonce.to_bytes(8, "big"),
                    op.expiry_ms.to_bytes(6, "big"),
                    op.max_fee_ppm.to_bytes(4, "big"),
                    bytes((len(op.actions),)),
                    *(_action_bytes(each) for each in op.actions),
                )
            )
        case Withdraw():
            return OpType.WITHDRAW, (
                op.account.to_bytes(4, "big")
                + op.nonce.to_bytes(8, "big")
                + op.expiry_ms.to_bytes(6, "big")
                + op.amount_micro_usd.to_bytes(8, "big")
            )
        case SetSession():
            return OpType.SET_SESSION, (
                op.account.to_bytes(4, "big")
                + op.nonce.to_bytes(8, "big")
                + op.expiry_ms.to_bytes(6, "big")
                + op.slot.to_bytes(1, "big")
                + op.key
                + op.scope.to_bytes(1, "big")
                + op.session_expiry_ms.to_bytes(6, "big")
            )


def encode_op(op: UserOp, signature: bytes) -> bytes:
    """Return type, length and body with a compact signature (64 bytes).

    An empty signature gives the form that an owner sends through the Inbox. Raises OverflowError if
    a field does not fit its width.
    """
    if len(signature) not in (0, 64):
        raise ValueError(f"a compact signature has 64 bytes, not {len(signature)}")
    kind, unsigned = _body(op)
    body = unsigned + signature
    return bytes((kind,)) + len(body).to_bytes(2, "big") + body


def encode_report(reporter: int, price_nano_usd: int, signature: bytes) -> bytes:
    """Return one reporter's part of an IndexPrice."""
    return bytes((reporter,)) + price_nano_usd.to_bytes(8, "big") + signature


def encode_index_price(underlying: int, publish_time_ms: int, reports: Sequence[bytes]) -> bytes:
    """Return an IndexPrice op of reports by rising reporter."""
    body = (
        underlying.to_bytes(2, "big")
        + publish_time_ms.to_bytes(6, "big")
        + bytes((len(reports),))
        + b"".join(reports)
    )
    return bytes((OpType.INDEX_PRICE,)) + len(body).to_bytes(2, "big") + body
