"""Liquidate: a position of an account below maintenance is closed, in the book or by the house."""

from __future__ import annotations

from struct import Struct
from typing import ClassVar, Final, Self

from strikeproof.sequencer.core.account import Account, Position
from strikeproof.sequencer.core.book_changes import end_orders, free_if_empty
from strikeproof.sequencer.core.engine_event import Liquidation, RemovalReason
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.entry_settlement import settle_in_house
from strikeproof.sequencer.core.house_ledgers import (
    is_money,
    mark_value,
    pay_from_credit,
    take_over,
    write_deficit,
    write_off,
)
from strikeproof.sequencer.core.instrument import Instrument
from strikeproof.sequencer.core.margin import equity, maintenance, weigh_margin_test
from strikeproof.sequencer.core.op import PreparedOp, UnsignedOp
from strikeproof.sequencer.core.ops.instrument_op import touched_instrument
from strikeproof.sequencer.core.outcome import OpOutcome
from strikeproof.sequencer.core.product.option import option_terms
from strikeproof.sequencer.core.rules.liquidation import (
    Health,
    LiquidationTerms,
    close_lots,
    house_quote,
    zero_price,
)
from strikeproof.sequencer.core.rules.option_margin import lot_keeps
from strikeproof.sequencer.core.system_taker import Liquidated, close_in_book
from strikeproof.wire.constants import (
    COMPUTE_LIQUIDATE,
    COMPUTE_MAKER,
    COMPUTE_MARGIN,
    COMPUTE_POSITION,
    COMPUTE_SETTLE,
    LIQUIDATION_TOUCHES_MAX,
    POSITIONS_MAX,
    InstrumentStatus,
    OpType,
)
from strikeproof.wire.errors import Result
from strikeproof.wire.layout import ACCOUNT_EPOCH_COUNTER_GREATEST

_BODY: Final = Struct(">IH")
TEST_WORST: Final = 2 * (COMPUTE_MARGIN + COMPUTE_POSITION * POSITIONS_MAX)
_COMPUTE: Final = (
    COMPUTE_LIQUIDATE
    + POSITIONS_MAX * COMPUTE_SETTLE
    + LIQUIDATION_TOUCHES_MAX * (COMPUTE_MAKER + 2 * COMPUTE_SETTLE)
    + (LIQUIDATION_TOUCHES_MAX + 2) * TEST_WORST
)
_KEYS: Final = POSITIONS_MAX * (LIQUIDATION_TOUCHES_MAX + 1)


class Liquidate(UnsignedOp):
    """One account, one instrument."""

    TYPE: ClassVar[OpType] = OpType.LIQUIDATE
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
        """Close what has to be closed. Ordered if the account was liquidatable."""
        code, is_ordered = self._liquidate(state)
        return OpOutcome(code, b"", state.events, is_ordered)

    def _liquidate(self, state: EngineState) -> tuple[Result, bool]:
        venue = state.venue
        if not state.meter.reserve_fits(
            _COMPUTE,
            accounts=LIQUIDATION_TOUCHES_MAX + 1,
            instruments=1,
            marks=min(_KEYS, venue.next_instrument - 1),
            underlyings=min(_KEYS, venue.next_underlying - 1),
            orders=LIQUIDATION_TOUCHES_MAX + 1,
            arrays=1,
            expiries=1,
        ):
            return Result.SEGMENT_FULL, False
        state.meter.compute += COMPUTE_LIQUIDATE
        if not 0 < self.account < venue.next_account:
            return Result.UNKNOWN_ACCOUNT, False
        account = state.touched_account(self.account)
        if account.margin_mode:
            return Result.WRONG_MARGIN_MODE, False
        instrument = touched_instrument(state, self.instrument)
        if instrument is None:
            return Result.UNKNOWN_INSTRUMENT, False
        if instrument.status == InstrumentStatus.SETTLED:
            return Result.INSTRUMENT_SETTLED, False
        position = account.position(instrument.id)
        if position is None or not position.size:
            return Result.NO_POSITION, False
        mark = instrument.mark
        if mark.is_stale(state.now_ms):
            return Result.STALE_PRICE, False
        weigh_margin_test(state, account)
        health = Health(equity(account), maintenance(account))
        if not health.is_liquidatable:
            return Result.NOT_LIQUIDATABLE, False
        if position.viewed is not mark.indices:
            position.review()
        if account.epoch_counter + len(account.positions) > ACCOUNT_EPOCH_COUNTER_GREATEST:
            return Result.FIELD_OVERFLOW, False
        state.meter.compute += COMPUTE_SETTLE
        settled = account.collateral + position.view_cash
        if not is_money(settled):
            return Result.FIELD_OVERFLOW, False
        end_orders(state, account, account.positions, RemovalReason.CANCELLED_ALL)
        settle_in_house(state, instrument, position)
        account.collateral = settled
        position.trade_to(position.view_size)
        covered = pay_from_credit(state, account, -health.equity)
        health = Health(health.equity + covered, health.maintenance)
        code = Result.OK
        if position.size:
            code = _close(state, instrument, account, position, health)
        write_off(state, account, instrument)
        free_if_empty(state, account, position)
        write_deficit(state, instrument)
        return code, True


def liquidation_terms(instrument: Instrument) -> LiquidationTerms:
    """Return the terms at which a position in the instrument is closed now."""
    mark = instrument.mark
    return LiquidationTerms(
        mark.maintenance_margin_ppm,
        instrument.liquidation_fee_ppm,
        instrument.price_band_ppm,
        lot_keeps(option_terms(mark)) if mark.is_option else None,
    )


def _close(
    state: EngineState,
    instrument: Instrument,
    account: Account,
    position: Position,
    health: Health,
) -> Result:
    """Close lots of a settled entry in the book, then let the house take the rest if it must."""
    size = position.size
    mark = mark_value(instrument)
    terms = liquidation_terms(instrument)
    left = close_lots(size, health, mark, terms)
    limit = zero_price(size, health, mark, terms)
    state.events.append(
        Liquidation(
            account=account.id,
            instrument=instrument.id,
            size=size,
            lots=left,
            zero_price=limit,
            equity=health.equity,
            maintenance=health.maintenance,
        )
    )
    code = Result.OK
    if not instrument.is_halted(state.venue.clock_ms):
        taker = Liquidated(health, mark, terms)
        code, left = close_in_book(state, instrument, (account, position), (left, limit), taker)
    if not left:
        return Result.OK
    if code != Result.TOUCHES_EXHAUSTED:
        weigh_margin_test(state, account)
        if Health(equity(account), maintenance(account)).is_for_house:
            sign = 1 if size > 0 else -1
            paid = house_quote(sign, left, health, mark, terms)
            moved = take_over(state, instrument, account, position, (sign * left, paid))
            return Result.OK if moved else Result.FIELD_OVERFLOW
    return code if code != Result.OK else Result.IOC_REMAINDER
