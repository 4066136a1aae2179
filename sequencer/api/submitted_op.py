"""Submitted ops as bytes of the protocol: raw ones checked for shape, fields packed.

Whether an op means anything is the engine's business; here it only has to be one whole op of a type
that callers may submit. Source: docs/protocol/user-ops.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from strikeproof.sequencer.api.api_failure import ApiFailure
from strikeproof.wire.constants import ACTIONS_MAX, SEGMENT_BYTES_MAX, ActionKind, OpType
from strikeproof.wire.errors import ApiError
from strikeproof.wire.layout import FieldOverflow
from strikeproof.wire.operation_pb2 import (
    Action,
    Bid,
    Bundle,
    IndexPrice,
    SetCancelAt,
    SetGuard,
    SetMarginMode,
    SetProtection,
    SetSession,
    SetTrigger,
    SignedOp,
    Withdraw,
)
from strikeproof.wire.operations import (
    OP_HEAD_BYTES,
    SEGMENT_HEAD_BYTES,
    SIGNATURE_BYTES,
    WrongLength,
    action_flags,
    encode_bid,
    encode_bundle,
    encode_cancel,
    encode_cancel_all,
    encode_index_price,
    encode_place,
    encode_quote,
    encode_replace,
    encode_report,
    encode_set_cancel_at,
    encode_set_guard,
    encode_set_margin_mode,
    encode_set_protection,
    encode_set_session,
    encode_set_trigger,
    encode_withdraw,
)
from strikeproof.wire.units import Lots, MicroUsd, Milliseconds, NanoUsd, Ppm, Ticks

OP_BYTES_MAX: Final = SEGMENT_BYTES_MAX - SEGMENT_HEAD_BYTES
SUBMITTED: Final = frozenset(
    (
        OpType.BUNDLE,
        OpType.WITHDRAW,
        OpType.SET_SESSION,
        OpType.SET_GUARD,
        OpType.SET_MARGIN_MODE,
        OpType.SET_CANCEL_AT,
        OpType.SET_PROTECTION,
        OpType.BLOCK_TRADE,
        OpType.SET_TRIGGER,
        OpType.BID,
        OpType.ATTEST,
        OpType.ATTEST_CREDIT,
        OpType.RELEASE_CREDIT,
        OpType.INDEX_PRICE,
        OpType.SURFACE,
        OpType.SETTLE_EXPIRY,
    )
)
WALLET_SIGNATURE_BYTES: Final = 65
PARITY_BIT: Final = 255


def checked_op(data: bytes) -> bytes:
    """Return the bytes if they are one whole op. Raises `ApiFailure`."""
    length = len(data)
    if length < OP_HEAD_BYTES or length > OP_BYTES_MAX:
        raise ApiFailure(
            ApiError.REQUEST_MALFORMED,
            f"an op has {OP_HEAD_BYTES} to {OP_BYTES_MAX} bytes, not {length}",
            field="raw",
            bytes=length,
        )
    if data[1] << 8 | data[2] != length - OP_HEAD_BYTES:
        raise ApiFailure(
            ApiError.REQUEST_MALFORMED,
            "the op's length field is not the length of its body",
            field="raw",
            length=data[1] << 8 | data[2],
            body=length - OP_HEAD_BYTES,
        )
    if data[0] not in SUBMITTED:
        raise ApiFailure(ApiError.OP_TYPE_DENIED, op_type=data[0])
    return data


def op_bytes(op: SignedOp) -> bytes:
    """Return the bytes of an op in either form. Raises `ApiFailure` that names the field."""
    form = op.WhichOneof("form")
    if form == "raw":
        return checked_op(op.raw)
    try:
        match form:
            case "bundle":
                return checked_op(_bundle(op.bundle))
            case "withdraw":
                return checked_op(_withdraw(op.withdraw))
            case "set_session":
                return checked_op(_set_session(op.set_session))
            case "set_cancel_at":
                return checked_op(_set_cancel_at(op.set_cancel_at))
            case "set_protection":
                return checked_op(_set_protection(op.set_protection))
            case "set_trigger":
                return checked_op(_set_trigger(op.set_trigger))
            case "bid":
                return checked_op(_bid(op.bid))
            case "set_guard":
                return checked_op(_set_guard(op.set_guard))
            case "set_margin_mode":
                return checked_op(_set_margin_mode(op.set_margin_mode))
            case "index_price":
                return _index_price(op.index_price)
    except (FieldOverflow, WrongLength) as error:
        raise _refusal(error) from error
    raise ApiFailure(ApiError.REQUEST_MALFORMED, "op is missing", field="op")


def index_price_op(
    underlying: int, publish_time_ms: int, reports: Iterable[tuple[int, int, bytes]]
) -> bytes:
    """Return an IndexPrice of (reporter, price, signature). Raises `ApiFailure`."""
    try:
        return checked_op(
            encode_index_price(
                underlying=underlying,
                publish_time_ms=Milliseconds(publish_time_ms),
                reports=[
                    encode_report(
                        reporter=reporter,
                        price_nano_usd=NanoUsd(price),
                        signature=compact(signature),
                    )
                    for reporter, price, signature in reports
                ],
            )
        )
    except (FieldOverflow, WrongLength) as error:
        raise _refusal(error) from error


def _refusal(error: FieldOverflow | WrongLength) -> ApiFailure:
    """Return an encoder's complaint as the API says it, with the field's name in the message."""
    _, _, field = error.field.rpartition(".")
    return ApiFailure(ApiError.REQUEST_MALFORMED, str(error), field=field)


def compact(data: bytes) -> bytes:
    """Return the compact form; wallets give r ‖ s ‖ v."""
    if len(data) == SIGNATURE_BYTES:
        return data
    if len(data) != WALLET_SIGNATURE_BYTES or data[64] not in (0, 1, 27, 28):
        raise ApiFailure(
            ApiError.REQUEST_MALFORMED,
            "a signature has 64 bytes, or 65 with v of 27 or 28",
            field="signature",
        )
    parity = data[64] % 27
    s = int.from_bytes(data[32:64], "big")
    if s >> PARITY_BIT:
        raise ApiFailure(ApiError.REQUEST_MALFORMED, "s is not low", field="signature")
    return data[:32] + (s | parity << PARITY_BIT).to_bytes(32, "big")


def _signatures(op: Withdraw | SetSession | SetGuard | SetMarginMode) -> bytes:
    """Return the owner's signature and, if there is one, the guard's."""
    guard = compact(op.guard_signature) if op.guard_signature else b""
    return compact(op.signature) + guard


def _flags(action: Action) -> int:
    return action_flags(
        sell=action.sell,
        post_only=action.post_only,
        reduce_only=action.reduce_only,
        self_trade=action.self_trade,
        time_in_force=action.time_in_force,
    )


def _place(action: Action) -> bytes:
    return encode_place(
        instrument=action.instrument,
        flags=_flags(action),
        price=Ticks(action.price),
        lots=Lots(action.lots),
        expiry_ms=Milliseconds(action.expiry_ms),
        client_id=action.client_id,
    )


def _cancel(action: Action) -> bytes:
    return encode_cancel(instrument=action.instrument, slot=action.slot, serial=action.serial)


def _cancel_all(action: Action) -> bytes:
    return encode_cancel_all(instrument=action.instrument)


def _replace(action: Action) -> bytes:
    return encode_replace(
        instrument=action.instrument,
        slot=action.slot,
        serial=action.serial,
        flags=_flags(action),
        price=Ticks(action.price),
        lots=Lots(action.lots),
        expiry_ms=Milliseconds(action.expiry_ms),
        client_id=action.client_id,
    )


def _quote(bid: Action, ask: Action) -> bytes:
    """Return the quote that is signed as these two actions. Raises `ApiFailure`."""
    if bid.sell or not ask.sell or bid.kind != ask.kind:
        reason = "a quote is two actions of kind 5: the bid, then the ask with sell"
        raise ApiFailure(ApiError.REQUEST_MALFORMED, reason, field="actions.sell")
    for name in ("instrument", "time_in_force", "post_only", "self_trade", "expiry_ms"):
        _both(name, getattr(bid, name), getattr(ask, name))
    _both("client_id", bid.client_id, ask.client_id)
    for each in (bid, ask):
        if each.reduce_only:
            reason = "a quote is not reduce-only"
            raise ApiFailure(ApiError.REQUEST_MALFORMED, reason, field="actions.reduce_only")
    return encode_quote(
        instrument=bid.instrument,
        flags=_flags(bid),
        expiry_ms=Milliseconds(bid.expiry_ms),
        client_id=bid.client_id,
        bid_slot=bid.slot,
        bid_serial=bid.serial,
        bid_price=Ticks(bid.price),
        bid_lots=Lots(bid.lots),
        ask_slot=ask.slot,
        ask_serial=ask.serial,
        ask_price=Ticks(ask.price),
        ask_lots=Lots(ask.lots),
    )


def _both(name: str, bid: int, ask: int) -> None:
    if bid != ask:
        reason = f"{name} of a quote's bid is {bid}, of its ask {ask}: they are one"
        raise ApiFailure(ApiError.REQUEST_MALFORMED, reason, field=f"actions.{name}")


_ENCODE: Final[dict[int, Callable[[Action], bytes]]] = {
    ActionKind.PLACE: _place,
    ActionKind.CANCEL: _cancel,
    ActionKind.CANCEL_ALL: _cancel_all,
    ActionKind.REPLACE: _replace,
}


def _actions(signed: Sequence[Action]) -> list[bytes]:
    """Return a bundle's actions as bytes: two of kind QUOTE are one. Raises `ApiFailure`."""
    encoded = []
    left = list(reversed(signed))
    while left:
        action = left.pop()
        encode = _ENCODE.get(action.kind)
        if action.kind == ActionKind.QUOTE:
            encoded.append(_quote(action, left.pop() if left else Action()))
        elif encode is not None:
            encoded.append(encode(action))
        else:
            reason = f"kind: no action {action.kind}"
            raise ApiFailure(ApiError.REQUEST_MALFORMED, reason, field="actions.kind")
    return encoded


def _bundle(bundle: Bundle) -> bytes:
    count = len(bundle.actions)
    actions = _actions(bundle.actions) if count <= 2 * ACTIONS_MAX else []
    if not 1 <= len(actions) <= ACTIONS_MAX:
        raise ApiFailure(
            ApiError.REQUEST_MALFORMED,
            f"a bundle has 1 to {ACTIONS_MAX} actions, not {len(actions) or count}",
            field="actions",
        )
    return encode_bundle(
        account=bundle.account,
        session=bundle.session,
        nonce=bundle.nonce,
        expiry_ms=Milliseconds(bundle.expiry_ms),
        max_fee_ppm=Ppm(bundle.max_fee_ppm),
        atomic=bundle.atomic,
        actions=actions,
        max_l1_fee_micro_usd=MicroUsd(bundle.max_l1_fee_micro_usd),
        signature=compact(bundle.signature),
    )


def _withdraw(op: Withdraw) -> bytes:
    return encode_withdraw(
        account=op.account,
        nonce=op.nonce,
        expiry_ms=Milliseconds(op.expiry_ms),
        amount_micro_usd=MicroUsd(op.amount_micro_usd),
        max_l1_fee_micro_usd=MicroUsd(op.max_l1_fee_micro_usd),
        signature=_signatures(op),
    )


def _set_session(op: SetSession) -> bytes:
    return encode_set_session(
        account=op.account,
        nonce=op.nonce,
        expiry_ms=Milliseconds(op.expiry_ms),
        slot=op.slot,
        key=op.key,
        scope=op.scope,
        session_expiry_ms=Milliseconds(op.session_expiry_ms),
        max_l1_fee_micro_usd=MicroUsd(op.max_l1_fee_micro_usd),
        signature=_signatures(op),
    )


def _set_guard(op: SetGuard) -> bytes:
    return encode_set_guard(
        account=op.account,
        nonce=op.nonce,
        expiry_ms=Milliseconds(op.expiry_ms),
        mode=op.mode,
        key=op.key,
        max_l1_fee_micro_usd=MicroUsd(op.max_l1_fee_micro_usd),
        signature=_signatures(op),
    )


def _set_margin_mode(op: SetMarginMode) -> bytes:
    return encode_set_margin_mode(
        account=op.account,
        nonce=op.nonce,
        expiry_ms=Milliseconds(op.expiry_ms),
        underlying=op.underlying,
        max_l1_fee_micro_usd=MicroUsd(op.max_l1_fee_micro_usd),
        signature=_signatures(op),
    )


def _set_cancel_at(op: SetCancelAt) -> bytes:
    return encode_set_cancel_at(
        account=op.account,
        session=op.session,
        nonce=op.nonce,
        expiry_ms=Milliseconds(op.expiry_ms),
        cancel_at_ms=Milliseconds(op.cancel_at_ms),
        max_l1_fee_micro_usd=MicroUsd(op.max_l1_fee_micro_usd),
        signature=compact(op.signature),
    )


def _set_protection(op: SetProtection) -> bytes:
    return encode_set_protection(
        account=op.account,
        session=op.session,
        nonce=op.nonce,
        expiry_ms=Milliseconds(op.expiry_ms),
        underlying=op.underlying,
        window_ms=Milliseconds(op.window_ms),
        freeze_ms=Milliseconds(op.freeze_ms),
        lots_max=Lots(op.lots_max),
        delta_max=op.delta_max,
        vega_max=MicroUsd(op.vega_max),
        max_l1_fee_micro_usd=MicroUsd(op.max_l1_fee_micro_usd),
        signature=compact(op.signature),
    )


def _set_trigger(op: SetTrigger) -> bytes:
    return encode_set_trigger(
        account=op.account,
        session=op.session,
        nonce=op.nonce,
        expiry_ms=Milliseconds(op.expiry_ms),
        instrument=op.instrument,
        place=op.place,
        sell=op.sell,
        reduce_only=op.reduce_only,
        falling=op.falling,
        by_mark=op.by_mark,
        trigger_price=NanoUsd(op.trigger_price_nano_usd),
        limit=Ticks(op.limit),
        lots=Lots(op.lots),
        max_fee_ppm=Ppm(op.max_fee_ppm),
        trigger_expiry_ms=Milliseconds(op.trigger_expiry_ms),
        client_id=op.client_id,
        max_l1_fee_micro_usd=MicroUsd(op.max_l1_fee_micro_usd),
        signature=compact(op.signature),
    )


def _bid(op: Bid) -> bytes:
    return encode_bid(
        account=op.account,
        session=op.session,
        nonce=op.nonce,
        expiry_ms=Milliseconds(op.expiry_ms),
        seller=op.seller,
        auction_ms=Milliseconds(op.auction_ms),
        fraction_ppm=Ppm(op.fraction_ppm),
        discount_ppm=Ppm(op.discount_ppm),
        max_l1_fee_micro_usd=MicroUsd(op.max_l1_fee_micro_usd),
        signature=compact(op.signature),
    )


def _index_price(op: IndexPrice) -> bytes:
    reports = [(each.reporter, each.price_nano_usd, each.signature) for each in op.reports]
    return index_price_op(op.underlying, op.publish_time_ms, reports)
