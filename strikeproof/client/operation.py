"""Operations as a trader writes them, and their bytes.

Prices are integer ticks, sizes integer lots, money integer micro-USD, times milliseconds since the
epoch. Source: docs/protocol/user-ops.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Final, TypeAlias

from strikeproof.client.quote import Quote, SignedSide
from strikeproof.wire.constants import ActionKind, GuardMode, SelfTrade, TimeInForce
from strikeproof.wire.operations import (
    action_flags,
    encode_bid,
    encode_block_leg,
    encode_block_trade,
    encode_bundle,
    encode_cancel,
    encode_cancel_all,
    encode_place,
    encode_quote,
    encode_replace,
    encode_set_cancel_at,
    encode_set_guard,
    encode_set_margin_mode,
    encode_set_protection,
    encode_set_session,
    encode_set_trigger,
    encode_withdraw,
)
from strikeproof.wire.units import Lots, MicroUsd, Milliseconds, NanoUsd, Ppm, Ticks

SCOPE_NONE = 0
SCOPE_TRADE = 1
NEVER = Milliseconds(0)
NO_L1_FEE: Final = MicroUsd(0)
# The terms of a trigger that is taken back.
NO_PRICE: Final = NanoUsd(0)
NO_LIMIT: Final = Ticks(0)
NO_LOTS: Final = Lots(0)
NO_FEE: Final = Ppm(0)


# A reporter's price, field by field, and the greatest value of each.
REPORT_FIELDS: Final = ("underlying", "publish_time_ms", "price_nano_usd", "reporter")
REPORT_MAX: Final = (2**16 - 1, 2**48 - 1, 2**64 - 1, 2**8 - 1)


@dataclass(frozen=True, slots=True)
class Place:
    """A new order. GTD needs `expiry_ms`, other times in force need none."""

    kind: ClassVar[ActionKind] = ActionKind.PLACE
    instrument: int
    sell: bool
    price: Ticks
    lots: Lots
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    reduce_only: bool = False
    self_trade: SelfTrade = SelfTrade.CANCEL_TAKER
    expiry_ms: Milliseconds = NEVER
    client_id: int = 0


@dataclass(frozen=True, slots=True)
class Cancel:
    """One order out, by slot and serial: both are known once it rests."""

    kind: ClassVar[ActionKind] = ActionKind.CANCEL
    instrument: int
    slot: int
    serial: int


@dataclass(frozen=True, slots=True)
class CancelAll:
    """All orders of an instrument out; 0: of every instrument."""

    kind: ClassVar[ActionKind] = ActionKind.CANCEL_ALL
    instrument: int = 0


@dataclass(frozen=True, slots=True)
class Replace:
    """New terms for a resting order. Side and reduce-only must be its own."""

    kind: ClassVar[ActionKind] = ActionKind.REPLACE
    instrument: int
    slot: int
    serial: int
    sell: bool
    price: Ticks
    lots: Lots
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    reduce_only: bool = False
    self_trade: SelfTrade = SelfTrade.CANCEL_TAKER
    expiry_ms: Milliseconds = NEVER
    client_id: int = 0


Action: TypeAlias = Place | Cancel | CancelAll | Replace | Quote
SignedAction: TypeAlias = Place | Cancel | CancelAll | Replace | SignedSide


def signed_actions(actions: Sequence[Action]) -> list[SignedAction]:
    """Return a bundle's actions as they are signed: a quote as its bid and its ask."""
    signed: list[SignedAction] = []
    for action in actions:
        if isinstance(action, Quote):
            signed += action.signed
        else:
            signed.append(action)
    return signed


@dataclass(frozen=True, slots=True)
class Bundle:
    """Up to eight actions under one signature, quotes among them: sixteen orders. Nothing pays a
    taker fee above `max_fee_ppm`.

    `atomic`: all actions or none. `max_l1_fee_micro_usd`, of every op: the most that its bytes may
    cost on L1; a venue that charges refuses an op that agrees to less.
    """

    account: int
    session: int
    nonce: int
    expiry_ms: Milliseconds
    max_fee_ppm: Ppm
    actions: Sequence[Action] = field(default_factory=tuple)
    max_l1_fee_micro_usd: MicroUsd = NO_L1_FEE
    atomic: bool = False


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Collateral out; the Vault pays it once a claim that shows it is final."""

    account: int
    nonce: int
    expiry_ms: Milliseconds
    amount_micro_usd: MicroUsd
    max_l1_fee_micro_usd: MicroUsd = NO_L1_FEE


@dataclass(frozen=True, slots=True)
class SetSession:
    """Let a key trade for the account until a time (0: forever); scope 0 revokes the slot."""

    account: int
    nonce: int
    expiry_ms: Milliseconds
    slot: int
    key: bytes
    scope: int = SCOPE_TRADE
    session_expiry_ms: Milliseconds = NEVER
    max_l1_fee_micro_usd: MicroUsd = NO_L1_FEE


@dataclass(frozen=True, slots=True)
class SetCancelAt:
    """All orders of the account are dead from a time on; 0: never. What has died stays dead."""

    account: int
    session: int
    nonce: int
    expiry_ms: Milliseconds
    cancel_at_ms: Milliseconds
    max_l1_fee_micro_usd: MicroUsd = NO_L1_FEE


@dataclass(frozen=True, slots=True)
class SetProtection:
    """All orders on an underlying are dead once their fills within a window pass a limit; all 0: no
    protection. Delta is in 10^-9 units of the underlying, vega in micro-USD a volatility point."""

    account: int
    session: int
    nonce: int
    expiry_ms: Milliseconds
    underlying: int
    window_ms: Milliseconds
    freeze_ms: Milliseconds
    lots_max: Lots
    delta_max: int
    vega_max: MicroUsd
    max_l1_fee_micro_usd: MicroUsd = NO_L1_FEE


@dataclass(frozen=True, slots=True)
class SetGuard:
    """Set a guard key, announce or stop its removal, or remove it; only SET has a key."""

    account: int
    nonce: int
    expiry_ms: Milliseconds
    mode: GuardMode
    key: bytes = bytes(20)
    max_l1_fee_micro_usd: MicroUsd = NO_L1_FEE


@dataclass(frozen=True, slots=True)
class SetMarginMode:
    """Come under portfolio margin on an underlying, that of all positions; 0: standard margin."""

    account: int
    nonce: int
    expiry_ms: Milliseconds
    underlying: int
    max_l1_fee_micro_usd: MicroUsd = NO_L1_FEE


@dataclass(frozen=True, slots=True)
class BlockLeg:
    """One leg of a block trade; `sell`: its submitter sells."""

    instrument: int
    sell: bool
    price: Ticks
    lots: Lots


@dataclass(frozen=True, slots=True)
class BlockTrade:
    """Legs that two accounts agreed on, all or none. The counterparty signs its consent first
    (`typed_data.consent_hash`), and its signature goes with the op that the submitter signs."""

    account: int
    session: int
    nonce: int
    expiry_ms: Milliseconds
    max_fee_ppm: Ppm
    counterparty: int
    counterparty_session: int
    counterparty_nonce: int
    counterparty_expiry_ms: Milliseconds
    counterparty_max_fee_ppm: Ppm
    legs: Sequence[BlockLeg]
    counterparty_signature: bytes
    max_l1_fee_micro_usd: MicroUsd = NO_L1_FEE


def block_of(
    account: int, counterparty: int, legs: Sequence[BlockLeg], *, nonce: int = 0
) -> BlockTrade:
    """Return a block trade that nobody has signed yet, its legs by instrument."""
    sorted_legs = sorted(legs, key=lambda leg: leg.instrument)
    nothing = (Milliseconds(0), Ppm(0))
    parties = (account, 0, nonce, *nothing, counterparty, 0, 0, *nothing)
    return BlockTrade(*parties, sorted_legs, bytes(64))


@dataclass(frozen=True, slots=True)
class SetTrigger:
    """Let an order wait for a price: a stop-loss, a take-profit, or a stop that opens.

    It fires once the mark (`by_mark`), or else the index, is at or below `trigger_price` (nano-USD)
    if it is `falling`, else at or above it. It then takes at once, at `limit` or better, which is
    brought within the price band. Without `lots` the trigger at the place is taken back.
    """

    account: int
    session: int
    nonce: int
    expiry_ms: Milliseconds
    instrument: int
    place: int
    sell: bool = False
    reduce_only: bool = False
    falling: bool = False
    by_mark: bool = False
    trigger_price: NanoUsd = NO_PRICE
    limit: Ticks = NO_LIMIT
    lots: Lots = NO_LOTS
    max_fee_ppm: Ppm = NO_FEE
    trigger_expiry_ms: Milliseconds = NEVER
    client_id: int = 0
    max_l1_fee_micro_usd: MicroUsd = NO_L1_FEE


@dataclass(frozen=True, slots=True)
class Bid:
    """Take at most a fraction of every position of an account that is auctioned since `auction_ms`,
    at marks, for a discount of `discount_ppm` at least."""

    account: int
    session: int
    nonce: int
    expiry_ms: Milliseconds
    seller: int
    auction_ms: Milliseconds
    fraction_ppm: Ppm
    discount_ppm: Ppm = NO_FEE
    max_l1_fee_micro_usd: MicroUsd = NO_L1_FEE


GuardedOp: TypeAlias = Withdraw | SetSession | SetGuard | SetMarginMode
SessionOp: TypeAlias = Bundle | SetCancelAt | SetProtection | BlockTrade | SetTrigger | Bid
UserOp: TypeAlias = GuardedOp | SessionOp


def needs_guard(op: UserOp) -> bool:
    """Whether the account's guard key has to sign the op too, if one is in force."""
    if isinstance(op, SetGuard):
        return op.mode in (GuardMode.SET, GuardMode.REMOVE)
    return isinstance(op, Withdraw | SetSession | SetMarginMode)


def encode_action(action: Action) -> bytes:
    """Return an action's bytes. Raises `FieldOverflow` if a field does not fit its width."""
    match action:
        case Cancel():
            return encode_cancel(
                instrument=action.instrument, slot=action.slot, serial=action.serial
            )
        case CancelAll():
            return encode_cancel_all(instrument=action.instrument)
        case Place():
            return encode_place(
                instrument=action.instrument,
                flags=_flags_of(action),
                price=action.price,
                lots=action.lots,
                expiry_ms=action.expiry_ms,
                client_id=action.client_id,
            )
        case Replace():
            return encode_replace(
                instrument=action.instrument,
                slot=action.slot,
                serial=action.serial,
                flags=_flags_of(action),
                price=action.price,
                lots=action.lots,
                expiry_ms=action.expiry_ms,
                client_id=action.client_id,
            )
        case Quote():
            bid, ask = action.bid, action.ask
            return encode_quote(
                instrument=action.instrument,
                flags=_flags_of(action.signed[0]),
                expiry_ms=action.expiry_ms,
                client_id=action.client_id,
                bid_slot=bid.slot,
                bid_serial=bid.serial,
                bid_price=bid.price,
                bid_lots=bid.lots,
                ask_slot=ask.slot,
                ask_serial=ask.serial,
                ask_price=ask.price,
                ask_lots=ask.lots,
            )


def _flags_of(order: Place | Replace | SignedSide) -> int:
    return action_flags(
        sell=order.sell,
        post_only=order.post_only,
        reduce_only=order.reduce_only,
        self_trade=order.self_trade,
        time_in_force=order.time_in_force,
    )


def encode_op(op: UserOp, signature: bytes, guard_signature: bytes = b"") -> bytes:
    """Return type, length and body with a compact signature (64 bytes), and the guard key's.

    An empty signature gives the form that an owner sends through the Inbox. Raises `FieldOverflow`
    if a field does not fit its width, `WrongLength` for a key or signature that is none.
    """
    signature += guard_signature
    match op:
        case Bundle():
            return encode_bundle(
                account=op.account,
                session=op.session,
                nonce=op.nonce,
                expiry_ms=op.expiry_ms,
                max_fee_ppm=op.max_fee_ppm,
                atomic=op.atomic,
                actions=[encode_action(each) for each in op.actions],
                max_l1_fee_micro_usd=op.max_l1_fee_micro_usd,
                signature=signature,
            )
        case Withdraw():
            return encode_withdraw(**_fields(op), signature=signature)
        case SetSession() | SetGuard() | SetMarginMode():
            return _encode_owners(op, signature)
        case BlockTrade():
            return _encode_block(op, signature)
        case SetCancelAt():
            return encode_set_cancel_at(**_fields(op), signature=signature)
        case SetProtection():
            return encode_set_protection(**_fields(op), signature=signature)
        case SetTrigger():
            return _encode_trigger(op, signature)
        case Bid():
            return encode_bid(**_fields(op), signature=signature)


def _fields(op: Withdraw | SetCancelAt | SetProtection | Bid) -> dict[str, Any]:
    """Return the fields of an op whose encoder takes them by the same names."""
    return {each.name: getattr(op, each.name) for each in fields(op)}


def _encode_owners(op: SetSession | SetGuard | SetMarginMode, signature: bytes) -> bytes:
    head = {"account": op.account, "nonce": op.nonce}
    fee = op.max_l1_fee_micro_usd
    match op:
        case SetSession():
            return encode_set_session(
                **head,
                expiry_ms=op.expiry_ms,
                slot=op.slot,
                key=op.key,
                scope=op.scope,
                session_expiry_ms=op.session_expiry_ms,
                max_l1_fee_micro_usd=fee,
                signature=signature,
            )
        case SetGuard():
            return encode_set_guard(
                **head,
                expiry_ms=op.expiry_ms,
                mode=op.mode,
                key=op.key,
                max_l1_fee_micro_usd=fee,
                signature=signature,
            )
        case SetMarginMode():
            return encode_set_margin_mode(
                **head,
                expiry_ms=op.expiry_ms,
                underlying=op.underlying,
                max_l1_fee_micro_usd=fee,
                signature=signature,
            )


def _encode_block(op: BlockTrade, signature: bytes) -> bytes:
    return encode_block_trade(
        account=op.account,
        session=op.session,
        nonce=op.nonce,
        expiry_ms=op.expiry_ms,
        max_fee_ppm=op.max_fee_ppm,
        counterparty=op.counterparty,
        counterparty_session=op.counterparty_session,
        counterparty_nonce=op.counterparty_nonce,
        counterparty_expiry_ms=op.counterparty_expiry_ms,
        counterparty_max_fee_ppm=op.counterparty_max_fee_ppm,
        counterparty_signature=op.counterparty_signature,
        legs=[
            encode_block_leg(
                instrument=leg.instrument, sell=leg.sell, price=leg.price, lots=leg.lots
            )
            for leg in op.legs
        ],
        max_l1_fee_micro_usd=op.max_l1_fee_micro_usd,
        signature=signature,
    )


def _encode_trigger(op: SetTrigger, signature: bytes) -> bytes:
    return encode_set_trigger(
        account=op.account,
        session=op.session,
        nonce=op.nonce,
        expiry_ms=op.expiry_ms,
        instrument=op.instrument,
        place=op.place,
        sell=op.sell,
        reduce_only=op.reduce_only,
        falling=op.falling,
        by_mark=op.by_mark,
        trigger_price=op.trigger_price,
        limit=op.limit,
        lots=op.lots,
        max_fee_ppm=op.max_fee_ppm,
        trigger_expiry_ms=op.trigger_expiry_ms,
        client_id=op.client_id,
        max_l1_fee_micro_usd=op.max_l1_fee_micro_usd,
        signature=signature,
    )
