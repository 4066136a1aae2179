"""What the house of an instrument takes over, borrows, pays back, and its deficit.

Source: docs/protocol/liquidation.md, the house.
"""

from __future__ import annotations

from typing import Final

from strikeproof.sequencer.core.account import Account, Position
from strikeproof.sequencer.core.engine_event import (
    BadDebt,
    CoverPaid,
    InstrumentSettled,
    LoanChanged,
    TakenOver,
)
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.instrument import Instrument
from strikeproof.sequencer.core.rounding import div_floor
from strikeproof.sequencer.core.rules.house import LoanLimits, MarkValue, loan
from strikeproof.wire.constants import FRACTION, MONEY_MAX, InstrumentStatus

DAY_MS: Final = 86_400_000


def mark_value(instrument: Instrument) -> MarkValue:
    """Return the instrument's mark, tick value, and what its widths are measured by."""
    mark = instrument.mark
    return MarkValue(mark.price, mark.tick_value, mark.forward)


def is_money(*amounts: int) -> bool:
    """Whether all amounts fit the fields of cash."""
    return all(-MONEY_MAX <= amount <= MONEY_MAX for amount in amounts)


def take_over(
    state: EngineState,
    instrument: Instrument,
    account: Account,
    position: Position,
    terms: tuple[int, int],
) -> bool:
    """Move signed lots of a settled entry to the house, which pays: `terms` is both, negative if it
    receives. Return False, and change nothing, if that would pass the range of money."""
    lots, paid = terms
    house = instrument.house
    if not is_money(account.collateral + paid, house.cash - paid, house.effective_cash - paid):
        return False
    if abs(house.effective_lots) < FRACTION:
        instrument.takeover_ms = state.now_ms
    size = position.size
    account.collateral += paid
    house.takes_lots(lots, paid)
    house.interest_changes(size, size - lots)
    position.trade_to(size - lots)
    told = TakenOver(account=account.id, instrument=instrument.id, lots=lots, paid=paid)
    state.events.append(told)
    return True


def pay_from_credit(state: EngineState, account: Account, owed: int) -> int:
    """Pay what an account owes, if it owes anything, from the credit that stands with it: its
    guarantor's money. Return how much was paid."""
    paid = min(account.credit_limit, owed)
    if paid <= 0 or not is_money(account.collateral + paid):
        return 0
    account.collateral += paid
    account.credit_limit -= paid
    state.venue.credit -= paid
    state.venue.credit_losses += paid
    told = CoverPaid(account=account.id, guarantor=account.guarantor, amount=paid)
    state.events.append(told)
    return paid


def write_off(state: EngineState, account: Account, instrument: Instrument) -> None:
    """Let the guarantor bear what an account without positions owes, as far as its credit goes, and
    the house the rest, if the sums fit their fields."""
    if account.collateral >= 0 or any(position.size for position in account.positions):
        return
    pay_from_credit(state, account, -account.collateral)
    house, owed = instrument.house, -account.collateral
    if not owed:
        return
    if is_money(house.cash - owed, house.effective_cash - owed, state.venue.bad_debt + owed):
        house.receives(-owed)
        state.venue.bad_debt += owed
        account.collateral = 0
        told = BadDebt(account=account.id, instrument=instrument.id, amount=owed)
        state.events.append(told)


def borrow(state: EngineState, instrument: Instrument) -> None:
    """Lend the house what it lacks of its margin, as far as the fund's limits of the day admit."""
    venue, house = state.venue, instrument.house
    day = state.now_ms // DAY_MS
    # A message is judged at its own time, which may lie in a day that is over: it counts today.
    if venue.day < day:
        venue.day, venue.fund_day_start, venue.lent_today = day, venue.insurance_fund, 0
    if instrument.lent_day < venue.day:
        instrument.lent_day, instrument.lent_today = venue.day, 0
    limits = LoanLimits(
        venue.insurance_fund, venue.fund_day_start, instrument.lent_today, venue.lent_today
    )
    lent = loan(house.missing(instrument.house_margin_ppm, mark_value(instrument)), limits)
    venue.insurance_fund -= lent
    house.receives(lent)
    instrument.loan += lent
    instrument.lent_today += lent
    venue.lent_today += lent
    _tell_loan(state, instrument, lent)


def pay_back(state: EngineState, instrument: Instrument) -> None:
    """Pay back to the fund what a house without a whole lot has."""
    house = instrument.house
    if abs(house.effective_lots) >= FRACTION:
        return
    equity = div_floor(house.equity_scaled(mark_value(instrument)), FRACTION)
    paid = min(instrument.loan, max(0, equity))
    house.receives(-paid)
    instrument.loan -= paid
    state.venue.insurance_fund += paid
    _tell_loan(state, instrument, -paid)


def _tell_loan(state: EngineState, instrument: Instrument, lent: int) -> None:
    if lent:
        told = LoanChanged(instrument=instrument.id, lent=lent, loan=instrument.loan)
        state.events.append(told)


def write_deficit(state: EngineState, instrument: Instrument) -> None:
    """Write the house's deficit, and update the sum over all houses."""
    deficit = instrument.house.deficit(mark_value(instrument))
    state.venue.negative_houses += deficit - instrument.deficit
    instrument.deficit = deficit


def settle_for_good(state: EngineState, instrument: Instrument, price: int) -> None:
    """Settle an instrument at a price in ticks: all its orders are dead, positions become cash."""
    instrument.status = InstrumentStatus.SETTLED
    instrument.settlement_price = price
    instrument.mark.settle(price)
    state.events.append(InstrumentSettled(instrument=instrument.id, price=price))
