"""Operations: what ordered bytes say (docs/protocol/user-ops.md and system-ops.md).

Decoding is total: bytes that are not an op of their type give `Result.MALFORMED`, an unknown type
gives `Result.UNKNOWN_TYPE`.
"""

from __future__ import annotations

from struct import Struct
from typing import Final

from strikeproof.wire.constants import (
    ACTIONS_MAX,
    REPORTERS_MAX,
    SWEEP_MAX,
    ActionKind,
    OpType,
    OrderFlag,
    SelfTrade,
    TimeInForce,
)
from strikeproof.wire.errors import Result

OP_HEAD_BYTES: Final = 3  # type u8, length u16
SIGNATURE_BYTES: Final = 64

PLACE: Final = int(ActionKind.PLACE)
CANCEL: Final = int(ActionKind.CANCEL)
CANCEL_ALL: Final = int(ActionKind.CANCEL_ALL)
REPLACE: Final = int(ActionKind.REPLACE)

_BUNDLE_TYPE: Final = int(OpType.BUNDLE)
_GTD: Final = int(TimeInForce.GTD)
_IOC: Final = int(TimeInForce.IOC)
_FOK: Final = int(TimeInForce.FOK)
_SELF_TRADE_MAX: Final = int(max(SelfTrade))
_RECORD_FLAGS: Final = int(OrderFlag.SELL | OrderFlag.REDUCE_ONLY)  # those that a record keeps
_POST_ONLY: Final = int(OrderFlag.POST_ONLY)

# struct knows no u40 and u48: each is read as its high and its low part.
_BUNDLE_HEAD: Final = Struct(">IBQHIIB")
_PLACE: Final = Struct(">BHBIBIHIQ")
_CANCEL: Final = Struct(">BHIHI")
_CANCEL_ALL: Final = Struct(">BH")
_REPLACE: Final = Struct(">BHIHIBIBIHIQ")
_WITHDRAW: Final = Struct(">IQHIQ")
_SET_SESSION: Final = Struct(">IQHIB20sBHI")
_INDEX_PRICE_HEAD: Final = Struct(">HHIB")
_REPORT: Final = Struct(">BQ64s")
_SWEEP_HEAD: Final = Struct(">HB")


class Action:
    """One action of a bundle; fields that its kind lacks are zero.

    `flags` keeps only side and reduce-only, as an order record does. Bit 7 of the action's flags
    makes `time_in_force` 4 or more, which is out of range.
    """

    __slots__ = (
        "client_id",
        "expiry_ms",
        "flags",
        "instrument",
        "is_post_only",
        "kind",
        "lots",
        "price",
        "self_trade",
        "serial",
        "slot",
        "time_in_force",
    )

    def __init__(
        self,
        kind: int,
        instrument: int,
        slot: int = 0,
        serial: int = 0,
        flags: int = 0,
        price: int = 0,
        lots: int = 0,
        expiry_ms: int = 0,
        client_id: int = 0,
    ) -> None:
        self.kind = kind
        self.instrument = instrument
        self.slot = slot
        self.serial = serial
        self.flags = flags & _RECORD_FLAGS
        self.is_post_only = flags & _POST_ONLY != 0
        self.self_trade = flags >> 3 & 3
        self.time_in_force = flags >> 5
        self.price = price
        self.lots = lots
        self.expiry_ms = expiry_ms
        self.client_id = client_id

    @property
    def has_terms_in_range(self) -> bool:
        """Whether the terms of a place or replace are ones that an order may have."""
        time_in_force = self.time_in_force
        return (
            time_in_force <= _FOK
            and self.self_trade <= _SELF_TRADE_MAX
            and self.price != 0
            and self.lots != 0
            and self.instrument != 0
            and (self.expiry_ms != 0) == (time_in_force == _GTD)
            and not (time_in_force >= _IOC and (self.is_post_only or self.kind == REPLACE))
        )


class Bundle:
    """A user's signed list of actions. `signature` is None in an owner's op sent through L1."""

    TYPE: Final = OpType.BUNDLE
    __slots__ = (
        "account",
        "actions",
        "cancel_count",
        "expiry_ms",
        "max_fee_ppm",
        "nonce",
        "place_count",
        "replace_count",
        "session",
        "signature",
    )

    def __init__(
        self,
        account: int,
        session: int,
        nonce: int,
        expiry_ms: int,
        max_fee_ppm: int,
        actions: list[Action],
        signature: bytes | None,
    ) -> None:
        self.account = account
        self.session = session
        self.nonce = nonce
        self.expiry_ms = expiry_ms
        self.max_fee_ppm = max_fee_ppm
        self.actions = actions
        self.signature = signature
        self.place_count = 0  # replaces too
        self.cancel_count = 0
        self.replace_count = 0
        for action in actions:
            kind = action.kind
            if kind == PLACE:
                self.place_count += 1
            elif kind == CANCEL:
                self.cancel_count += 1
            elif kind == REPLACE:
                self.place_count += 1
                self.replace_count += 1


class Withdraw:
    """The owner takes `amount` micro-USD out."""

    TYPE: Final = OpType.WITHDRAW
    __slots__ = ("account", "amount", "expiry_ms", "nonce", "session", "signature")

    def __init__(
        self, account: int, nonce: int, expiry_ms: int, amount: int, signature: bytes | None
    ) -> None:
        self.account = account
        self.session = 0
        self.nonce = nonce
        self.expiry_ms = expiry_ms
        self.amount = amount
        self.signature = signature


class SetSession:
    """The owner gives a session slot a key, or takes it away (scope 0)."""

    TYPE: Final = OpType.SET_SESSION
    __slots__ = (
        "account",
        "expiry_ms",
        "key",
        "nonce",
        "scope",
        "session",
        "session_expiry_ms",
        "signature",
        "slot",
    )

    def __init__(
        self,
        account: int,
        nonce: int,
        expiry_ms: int,
        slot: int,
        key: bytes,
        scope: int,
        session_expiry_ms: int,
        signature: bytes | None,
    ) -> None:
        self.account = account
        self.session = 0
        self.nonce = nonce
        self.expiry_ms = expiry_ms
        self.slot = slot
        self.key = key
        self.scope = scope
        self.session_expiry_ms = session_expiry_ms
        self.signature = signature


class Report:
    """One reporter's price in an IndexPrice, nano-USD."""

    __slots__ = ("price", "reporter", "signature")

    def __init__(self, reporter: int, price: int, signature: bytes) -> None:
        self.reporter = reporter
        self.price = price
        self.signature = signature


class IndexPrice:
    """A quorum of reporters' prices of an underlying."""

    TYPE: Final = OpType.INDEX_PRICE
    __slots__ = ("publish_time_ms", "reports", "underlying")

    def __init__(self, underlying: int, publish_time_ms: int, reports: list[Report]) -> None:
        self.underlying = underlying
        self.publish_time_ms = publish_time_ms
        self.reports = reports


class Sweep:
    """Slots of an instrument that may hold dead orders."""

    TYPE: Final = OpType.SWEEP
    __slots__ = ("instrument", "slots")

    def __init__(self, instrument: int, slots: list[int]) -> None:
        self.instrument = instrument
        self.slots = slots


UserOp = Bundle | Withdraw | SetSession
Op = UserOp | IndexPrice | Sweep


def _decode_action(body: bytes, at: int, end: int) -> tuple[Action, int] | None:
    """Return the action at an offset and where it ends, None if it is malformed."""
    kind = body[at]
    if kind == PLACE:
        after = at + _PLACE.size
        if after > end:
            return None
        _, instrument, flags, price, lots_high, lots, expiry_high, expiry, client_id = (
            _PLACE.unpack_from(body, at)
        )
        action = Action(
            PLACE,
            instrument,
            0,
            0,
            flags,
            price,
            lots_high << 32 | lots,
            expiry_high << 32 | expiry,
            client_id,
        )
        ok = action.has_terms_in_range
    elif kind == CANCEL:
        after = at + _CANCEL.size
        if after > end:
            return None
        _, instrument, slot, serial_high, serial = _CANCEL.unpack_from(body, at)
        action = Action(CANCEL, instrument, slot, serial_high << 32 | serial)
        ok = instrument != 0
    elif kind == CANCEL_ALL:
        after = at + _CANCEL_ALL.size
        if after > end:
            return None
        action = Action(CANCEL_ALL, _CANCEL_ALL.unpack_from(body, at)[1])
        ok = True
    elif kind == REPLACE:
        after = at + _REPLACE.size
        if after > end:
            return None
        (_, instrument, slot, serial_high, serial, flags, price, *rest) = _REPLACE.unpack_from(
            body, at
        )
        lots_high, lots, expiry_high, expiry, client_id = rest
        action = Action(
            REPLACE,
            instrument,
            slot,
            serial_high << 32 | serial,
            flags,
            price,
            lots_high << 32 | lots,
            expiry_high << 32 | expiry,
            client_id,
        )
        ok = action.has_terms_in_range
    else:
        return None
    return (action, after) if ok else None


def _split_signature(body: bytes, end: int, may_lack: bool) -> tuple[bool, bytes | None]:
    """Return whether exactly a signature (or, if it may lack, nothing) follows `end`; and it."""
    length = len(body) - end
    if length == SIGNATURE_BYTES:
        return True, body[end:]
    return length == 0 and may_lack, None


def _decode_bundle(body: bytes, may_lack: bool) -> Bundle | Result:
    at = _BUNDLE_HEAD.size
    end = len(body)
    if end < at:
        return Result.MALFORMED
    account, session, nonce, expiry_high, expiry, max_fee_ppm, count = _BUNDLE_HEAD.unpack_from(
        body
    )
    if not 1 <= count <= ACTIONS_MAX:
        return Result.MALFORMED
    actions = []
    for _ in range(count):
        if at >= end:
            return Result.MALFORMED
        decoded = _decode_action(body, at, end)
        if decoded is None:
            return Result.MALFORMED
        action, at = decoded
        actions.append(action)
    ok, signature = _split_signature(body, at, may_lack)
    if not ok:
        return Result.MALFORMED
    expiry_ms = expiry_high << 32 | expiry
    return Bundle(account, session, nonce, expiry_ms, max_fee_ppm, actions, signature)


def _decode_withdraw(body: bytes, may_lack: bool) -> Withdraw | Result:
    ok, signature = _split_signature(body, _WITHDRAW.size, may_lack)
    if not ok:
        return Result.MALFORMED
    account, nonce, expiry_high, expiry, amount = _WITHDRAW.unpack_from(body)
    if amount == 0:
        return Result.MALFORMED
    return Withdraw(account, nonce, expiry_high << 32 | expiry, amount, signature)


def _decode_set_session(body: bytes, may_lack: bool) -> SetSession | Result:
    ok, signature = _split_signature(body, _SET_SESSION.size, may_lack)
    if not ok:
        return Result.MALFORMED
    account, nonce, high, low, slot, key, scope, until_high, until_low = _SET_SESSION.unpack_from(
        body
    )
    until_ms = until_high << 32 | until_low
    grants = scope == 1 and any(key)
    revokes = scope == 0 and not any(key) and until_ms == 0
    if not (1 <= slot <= 3 and (grants or revokes)):
        return Result.MALFORMED
    return SetSession(account, nonce, high << 32 | low, slot, key, scope, until_ms, signature)


def _decode_index_price(body: bytes) -> IndexPrice | Result:
    if len(body) < _INDEX_PRICE_HEAD.size:
        return Result.MALFORMED
    underlying, time_high, time, count = _INDEX_PRICE_HEAD.unpack_from(body)
    size = _INDEX_PRICE_HEAD.size + count * _REPORT.size
    if not 1 <= count <= REPORTERS_MAX or len(body) != size:
        return Result.MALFORMED
    reports = [
        Report(*_REPORT.unpack_from(body, at))
        for at in range(_INDEX_PRICE_HEAD.size, size, _REPORT.size)
    ]
    if any(report.price == 0 for report in reports):
        return Result.MALFORMED
    return IndexPrice(underlying, time_high << 32 | time, reports)


def _decode_sweep(body: bytes) -> Sweep | Result:
    if len(body) < _SWEEP_HEAD.size:
        return Result.MALFORMED
    instrument, count = _SWEEP_HEAD.unpack_from(body)
    if not 1 <= count <= SWEEP_MAX or len(body) != _SWEEP_HEAD.size + 4 * count:
        return Result.MALFORMED
    starts = range(_SWEEP_HEAD.size, len(body), 4)
    return Sweep(instrument, [int.from_bytes(body[at : at + 4], "big") for at in starts])


def decode_op(op_type: int, body: bytes, *, signature_may_lack: bool = False) -> Op | Result:
    """Return the op of a type and body, or why there is none: MALFORMED, UNKNOWN_TYPE.

    `signature_may_lack`: user ops without their signature are admitted (in USER_OP messages).
    """
    if op_type == _BUNDLE_TYPE:
        return _decode_bundle(body, signature_may_lack)
    if op_type == OpType.WITHDRAW:
        return _decode_withdraw(body, signature_may_lack)
    if op_type == OpType.SET_SESSION:
        return _decode_set_session(body, signature_may_lack)
    if op_type == OpType.INDEX_PRICE:
        return _decode_index_price(body)
    if op_type == OpType.SWEEP:
        return _decode_sweep(body)
    return Result.UNKNOWN_TYPE
