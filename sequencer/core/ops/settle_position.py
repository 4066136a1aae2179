"""SettlePosition: a position in a settled instrument becomes cash."""

from __future__ import annotations

from struct import Struct
from typing import ClassVar, Final, Self

from strikeproof.sequencer.core.account import Account, Position
from strikeproof.sequencer.core.book_changes import free_if_empty, tell_dead
from strikeproof.sequencer.core.engine_event import PositionSettled, RemovalReason
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.entry_settlement import rounded_off, settle_in_house
from strikeproof.sequencer.core.house_ledgers import is_money, pay_back, write_deficit, write_off
from strikeproof.sequencer.core.instrument import Instrument
from strikeproof.sequencer.core.op import PreparedOp, UnsignedOp
from strikeproof.sequencer.core.ops.instrument_op import touched_instrument
from strikeproof.sequencer.core.outcome import OpOutcome
from strikeproof.wire.constants import (
    COMPUTE_DELEVERAGE,
    COMPUTE_SETTLE,
    InstrumentStatus,
    OpType,
)
from strikeproof.wire.errors import Result
from strikeproof.wire.layout import ACCOUNT_EPOCH_COUNTER_GREATEST

_BODY: Final = Struct(">IH")


class SettlePosition(UnsignedOp):
    """One account, one instrument."""

    TYPE: ClassVar[OpType] = OpType.SETTLE_POSITION
    __slots__ = ("account", "instrument")

    def __init__(self, account: int, instrument: int) -> None:
        self.account = account
        self.instrument = instrument

    @classmethod
    def decode(cls, body: bytes, signature_may_lack: bool) -> Self | Result:
        """Return the op of a body, else MALFORMED. It bears no signature."""
        if len(body) != _BODY.size:
            return Result.MALFORMED
        return cls(*_BODY.unpack(body))

    def execute(self, state: EngineState, prepared: PreparedOp, sender: bytes) -> OpOutcome:
        """Pay the position out. Ordered if that succeeded."""
        code = self._settle(state)
        return OpOutcome(code, b"", state.events, code == Result.OK)

    def _settle(self, state: EngineState) -> Result:
        if not state.meter.reserve_fits(
            COMPUTE_SETTLE + COMPUTE_DELEVERAGE, accounts=1, instruments=1, marks=1, underlyings=1
        ):
            return Result.SEGMENT_FULL
        state.meter.compute += COMPUTE_DELEVERAGE
        if not 0 < self.account < state.venue.next_account:
            return Result.UNKNOWN_ACCOUNT
        account = state.touched_account(self.account)
        instrument = touched_instrument(state, self.instrument)
        if instrument is None:
            return Result.UNKNOWN_INSTRUMENT
        if instrument.status != InstrumentStatus.SETTLED:
            return Result.NOT_SETTLED
        position = account.position(instrument.id)
        if position is None:
            return Result.NO_POSITION
        return _pay_out(state, instrument, account, position)


def _pay_out(
    state: EngineState, instrument: Instrument, account: Account, position: Position
) -> Result:
    if account.epoch_counter >= ACCOUNT_EPOCH_COUNTER_GREATEST:
        return Result.FIELD_OVERFLOW
    state.meter.compute += COMPUTE_SETTLE
    position.review()
    size, house = position.view_size, instrument.house
    settled = account.collateral + position.view_cash
    worth = size * instrument.mark.notional
    after = (
        house.cash - position.view_cash - worth,
        house.effective_cash - rounded_off(position, position.pending()).cash - worth,
    )
    if not is_money(settled, settled + worth, *after):
        return Result.FIELD_OVERFLOW
    settle_in_house(state, instrument, position)
    account.collateral = settled + worth
    told = PositionSettled(account=account.id, instrument=instrument.id, size=size, cash=worth)
    state.events.append(told)
    house.takes_lots(size, worth)
    house.interest_changes(size, 0)
    position.trade_to(0)
    account.epoch_counter += 1
    if position.slots:
        tell_dead(state, account, position, RemovalReason.CANCELLED_ALL)
    position.renew(account.epoch_counter)
    free_if_empty(state, account, position)
    write_off(state, account, instrument)
    pay_back(state, instrument)
    write_deficit(state, instrument)
    return Result.OK
