"""One action of a bundle: its value, its bytes, its hash. A quote is two, a bid and an ask."""

from __future__ import annotations

from struct import Struct
from typing import Final

from strikeproof.keccak import keccak256
from strikeproof.sequencer.core.order_book import REDUCE_ONLY, SELL
from strikeproof.sequencer.core.signing_digest import HASH, LOW_32, U8, U16, U32, U40, U48, U64
from strikeproof.wire.constants import (
    ACTION_TYPEHASH,
    ActionKind,
    OrderFlag,
    SelfTrade,
    TimeInForce,
)

PLACE: Final = int(ActionKind.PLACE)
CANCEL: Final = int(ActionKind.CANCEL)
CANCEL_ALL: Final = int(ActionKind.CANCEL_ALL)
REPLACE: Final = int(ActionKind.REPLACE)
QUOTE: Final = int(ActionKind.QUOTE)
GTD: Final = int(TimeInForce.GTD)
IOC: Final = int(TimeInForce.IOC)
FOK: Final = int(TimeInForce.FOK)

_SELF_TRADE_MAX: Final = int(max(SelfTrade))
_RECORD_FLAGS: Final = SELL | REDUCE_ONLY  # those that an order's record keeps
_POST_ONLY: Final = int(OrderFlag.POST_ONLY)

# struct knows no u40 and u48: each is read as its high and its low part.
_PLACE: Final = Struct(">BHBIBIHIQ")
_CANCEL: Final = Struct(">BHIHI")
_CANCEL_ALL: Final = Struct(">BH")
_REPLACE: Final = Struct(">BHIHIBIBIHIQ")
_QUOTE: Final = Struct(">BHBHIQIHIIBIIHIIBI")
_HASHED: Final = Struct(">" + HASH + U8 + U16 + 5 * U8 + U32 + U40 + U48 + U64 + U32 + U48)


class Action:
    """One action of a bundle as it is signed; fields that its kind lacks are zero. A side of a
    quote is one action: a bundle holds its bid, then its ask.

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

    def with_serial(self, serial: int) -> Action:
        """Return the same action on the order of another serial."""
        flags = self.flags | self.self_trade << 3 | self.time_in_force << 5
        return Action(
            self.kind,
            self.instrument,
            self.slot,
            serial,
            flags | _POST_ONLY if self.is_post_only else flags,
            self.price,
            self.lots,
            self.expiry_ms,
            self.client_id,
        )

    def has_terms_in_range(self) -> bool:
        """Whether the terms of a place or replace are ones that an order may have."""
        time_in_force = self.time_in_force
        return (
            time_in_force <= FOK
            and self.self_trade <= _SELF_TRADE_MAX
            and self.price != 0
            and self.lots != 0
            and self.instrument != 0
            and (self.expiry_ms != 0) == (time_in_force == GTD)
            and not (time_in_force >= IOC and (self.is_post_only or self.kind == REPLACE))
        )

    def is_side_in_range(self) -> bool:
        """Whether this may be one side of a quote: an order to replace is named whole or not at
        all, and so is the order to come."""
        time_in_force = self.time_in_force
        return (
            time_in_force <= GTD
            and self.self_trade <= _SELF_TRADE_MAX
            and self.instrument != 0
            and (self.expiry_ms != 0) == (time_in_force == GTD)
            and (self.slot != 0) == (self.serial != 0)
            and (self.price != 0) == (self.lots != 0)
        )

    def struct_hash(self) -> bytes:
        """Return the EIP-712 struct hash of the action."""
        flags, lots, expiry, serial = self.flags, self.lots, self.expiry_ms, self.serial
        return keccak256(
            _HASHED.pack(
                ACTION_TYPEHASH,
                self.kind,
                self.instrument,
                1 if flags & SELL else 0,
                self.time_in_force,
                self.is_post_only,
                1 if flags & REDUCE_ONLY else 0,
                self.self_trade,
                self.price,
                lots >> 32,
                lots & LOW_32,
                expiry >> 32,
                expiry & LOW_32,
                self.client_id,
                self.slot,
                serial >> 32,
                serial & LOW_32,
            )
        )


def decode_action(body: bytes, at: int, end: int, actions: list[Action]) -> int:
    """Append the action at an offset, of a quote both sides, and return where it ends; 0 if it is
    malformed."""
    kind = body[at]
    if kind == QUOTE:
        return _decode_quote(body, at, end, actions)
    if kind == PLACE:
        after = at + _PLACE.size
        if after > end:
            return 0
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
        ok = action.has_terms_in_range()
    elif kind == CANCEL:
        after = at + _CANCEL.size
        if after > end:
            return 0
        _, instrument, slot, serial_high, serial = _CANCEL.unpack_from(body, at)
        action = Action(CANCEL, instrument, slot, serial_high << 32 | serial)
        ok = instrument != 0
    elif kind == CANCEL_ALL:
        after = at + _CANCEL_ALL.size
        if after > end:
            return 0
        action = Action(CANCEL_ALL, _CANCEL_ALL.unpack_from(body, at)[1])
        ok = True
    elif kind == REPLACE:
        after = at + _REPLACE.size
        if after > end:
            return 0
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
        ok = action.has_terms_in_range()
    else:
        return 0
    actions.append(action)
    return after if ok else 0


def _decode_quote(body: bytes, at: int, end: int, actions: list[Action]) -> int:
    after = at + _QUOTE.size
    if after > end:
        return 0
    _, instrument, flags, expiry_high, expiry_low, client_id, *sides = _QUOTE.unpack_from(body, at)
    expiry_ms = expiry_high << 32 | expiry_low
    if flags & _RECORD_FLAGS:
        return 0  # the side is the field's, and neither side is reduce-only
    for first, side in ((0, 0), (6, SELL)):
        slot, serial_high, serial, price, lots_high, lots = sides[first : first + 6]
        serial, lots = serial_high << 32 | serial, lots_high << 32 | lots
        terms = (flags | side, price, lots, expiry_ms, client_id)
        action = Action(QUOTE, instrument, slot, serial, *terms)
        if not action.is_side_in_range():
            return 0
        actions.append(action)
    bid, ask = actions[-2], actions[-1]
    if bid.lots and ask.lots:
        return after if bid.price < ask.price else 0
    return after if bid.lots or ask.lots or bid.slot or ask.slot else 0
