"""Takers that no trader placed: a liquidation, and the house of an instrument.

Source: docs/protocol/liquidation.md.
"""

from __future__ import annotations

from typing import Final

from strikeproof.sequencer.core.account import Account, Position
from strikeproof.sequencer.core.bundle_action import PLACE, Action
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.instrument import Instrument
from strikeproof.sequencer.core.matching import match
from strikeproof.sequencer.core.order_book import SELL
from strikeproof.sequencer.core.rules.house import MarkValue
from strikeproof.sequencer.core.rules.liquidation import (
    Health,
    LiquidationTerms,
    liquidation_fee,
)
from strikeproof.wire.constants import (
    COMPUTE_SETTLE,
    LIQUIDATION_TOUCHES_MAX,
    SelfTrade,
    TimeInForce,
)
from strikeproof.wire.errors import Result

_FLAGS: Final = int(SelfTrade.CANCEL_MAKER) << 3 | int(TimeInForce.IOC) << 5


class ForcedTaker:
    """What a taker pays instead of the taker fee; it has no margin test of its own."""

    __slots__ = ("is_house", "settle_weight")

    def __init__(self, is_house: bool) -> None:
        self.is_house = is_house
        self.settle_weight = 0 if is_house else COMPUTE_SETTLE

    def fee(self, price: int, change: int) -> int:
        """Return the fee of a fill that changes the taker's size, micro-USD, to the house."""
        return 0


class Liquidated(ForcedTaker):
    """An account below maintenance: the house has a share of what closing improves."""

    __slots__ = ("health", "mark", "terms")

    def __init__(self, health: Health, mark: MarkValue, terms: LiquidationTerms) -> None:
        super().__init__(is_house=False)
        self.health = health
        self.mark = mark
        self.terms = terms

    def fee(self, price: int, change: int) -> int:
        """Return the liquidation fee: at most the improvement over the zero price."""
        return liquidation_fee((-change, price), self.health, self.mark, self.terms)


def close_in_book(
    state: EngineState,
    instrument: Instrument,
    holder: tuple[Account, Position],
    order: tuple[int, int],
    taker: ForcedTaker | None,
) -> tuple[Result, int]:
    """Take with an IOC order that closes a position: `order` is its lots and its limit. Return what
    stopped it, or OK, and the lots left. `taker`: None for an account that pays and is tested as
    usual."""
    account, position = holder
    lots, limit = order
    flags = _FLAGS | (SELL if position.view_size > 0 else 0)
    action = Action(PLACE, instrument.id, flags=flags, price=limit, lots=lots)
    state.maker_touches = 0
    state.maker_touches_max = LIQUIDATION_TOUCHES_MAX
    return match(state, (account, position, instrument, action, 0, taker), lots)
