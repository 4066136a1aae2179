"""Quotes as a market maker writes them: a bid and an ask of one instrument.

Source: docs/protocol/matching.md, docs/protocol/user-ops.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from strikeproof.wire.constants import ActionKind, SelfTrade, TimeInForce
from strikeproof.wire.units import Lots, Milliseconds, Ticks

_NO_PRICE: Final = Ticks(0)
_NO_LOTS: Final = Lots(0)
_NEVER: Final = Milliseconds(0)


@dataclass(frozen=True, slots=True)
class QuoteSide:
    """A bid or an ask. `slot` and `serial`: the order that it replaces; 0: it replaces none.

    Without `lots` the order that they name is cancelled. Empty, it leaves its side as it is.
    """

    price: Ticks = _NO_PRICE
    lots: Lots = _NO_LOTS
    slot: int = 0
    serial: int = 0


EMPTY_SIDE: Final = QuoteSide()


@dataclass(frozen=True, slots=True)
class Quote:
    """A bid and an ask of one instrument, where the last ones rest. Each has its own outcome: if
    one side's order is gone, that side is ORDER_NOT_FOUND, and the other moves."""

    kind: ClassVar[ActionKind] = ActionKind.QUOTE
    instrument: int
    bid: QuoteSide = EMPTY_SIDE
    ask: QuoteSide = EMPTY_SIDE
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = True
    self_trade: SelfTrade = SelfTrade.CANCEL_TAKER
    expiry_ms: Milliseconds = _NEVER
    client_id: int = 0

    @property
    def signed(self) -> tuple[SignedSide, SignedSide]:
        """The two actions as which a quote is signed, and has its outcomes."""
        return self._side(self.bid, sell=False), self._side(self.ask, sell=True)

    def _side(self, side: QuoteSide, *, sell: bool) -> SignedSide:
        return SignedSide(
            self.instrument,
            sell,
            self.time_in_force,
            self.post_only,
            self.self_trade,
            side.price,
            side.lots,
            self.expiry_ms,
            self.client_id,
            side.slot,
            side.serial,
        )


@dataclass(frozen=True, slots=True)
class SignedSide:
    """One side of a quote as typed data show it."""

    kind: ClassVar[ActionKind] = ActionKind.QUOTE
    reduce_only: ClassVar[bool] = False
    instrument: int
    sell: bool
    time_in_force: TimeInForce
    post_only: bool
    self_trade: SelfTrade
    price: Ticks
    lots: Lots
    expiry_ms: Milliseconds
    client_id: int
    slot: int
    serial: int
