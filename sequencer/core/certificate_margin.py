"""Margin tests of accounts under portfolio margin, by their certificates.

What the law does in contracts/src/law/Certificate.sol: the same records are touched. Source:
docs/protocol/margin-certificate.md, tests.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Final, NamedTuple

from strikeproof.sequencer.core.account import Account, Position
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.margin import equity, weigh_margin_test
from strikeproof.sequencer.core.order_book import SELL
from strikeproof.sequencer.core.portfolio import feeds_of, option_leg
from strikeproof.sequencer.core.rounding import div_ceil
from strikeproof.sequencer.core.rules.certificate import (
    Asked,
    Certificate,
    asked,
    is_kept,
    is_valid,
    with_option,
    with_perpetuals,
)
from strikeproof.sequencer.core.rules.revaluation import whole_wads
from strikeproof.wire.constants import COMPUTE_CERTIFICATE, PORTFOLIO_EQUITY_MIN, InstrumentKind
from strikeproof.wire.errors import Result

_PERPETUAL: Final = int(InstrumentKind.PERPETUAL)


class Verdict(Enum):
    """Why a test by a certificate does not admit a fill."""

    FAILS = auto()
    UNFIT = auto()  # portfolio margin does not cover it
    VOID = auto()  # the certificate does not count


CODES: Final = {
    Verdict.FAILS: Result.MARGIN_INSUFFICIENT,
    Verdict.UNFIT: Result.PORTFOLIO_UNFIT,
    Verdict.VOID: Result.CERTIFICATE_NEEDED,
}


class Tried(NamedTuple):
    """A fill added to a certificate: the certificate then, what it asked before and what then."""

    after: Certificate
    before: Asked
    asked: Asked


class Before(NamedTuple):
    """What a tentative fill found: the position's settled size, and the collateral."""

    size: int
    collateral: int


def try_taker(
    state: EngineState, account: Account, position: Position, before: Before
) -> Certificate | Verdict:
    """Test a taker's tentative fill; return the certificate with it, to be kept, or why not."""
    tried = _try(state, account, position, position.view_size - before.size)
    if isinstance(tried, Verdict):
        return tried
    has = equity(account)
    passes = has >= tried.asked.initial and has >= PORTFOLIO_EQUITY_MIN
    passes = passes or _shrinks_risk(account, position, before, tried)
    return tried.after if passes else Verdict.FAILS


def try_maker(
    state: EngineState, account: Account, position: Position, before: Before
) -> Certificate | Verdict:
    """Test a maker's tentative fill; return the certificate with it, to be kept, or why not."""
    tried = _try(state, account, position, position.view_size - before.size)
    if isinstance(tried, Verdict):
        return tried
    passes = equity(account) >= tried.asked.grown_maintenance
    passes = passes or _shrinks_risk(account, position, before, tried)
    return tried.after if passes else Verdict.FAILS


def check_rest(state: EngineState, account: Account, position: Position, flags: int) -> Result:
    """Test an order that comes to rest, as if all of its entry's orders on its side, itself
    included, were filled; return OK or why it does not."""
    mark = position.mark
    if flags & SELL:
        lots, gained = -position.sell_lots, position.sell_value - position.sell_lots * mark.price
    else:
        lots, gained = position.buy_lots, position.buy_lots * mark.price - position.buy_value
    tried = _try(state, account, position, lots)
    if isinstance(tried, Verdict):
        return CODES[tried]
    has = equity(account) + min(0, gained) * mark.tick_value
    passes = has >= tried.asked.initial and has >= PORTFOLIO_EQUITY_MIN
    return Result.OK if passes else Result.MARGIN_INSUFFICIENT


def is_passed_over(state: EngineState, account: Account) -> bool:
    """Whether a maker whose test was void keeps its place."""
    return is_kept(state.certificates[account.id].parts, state.now_ms)


def _shrinks_risk(account: Account, position: Position, before: Before, tried: Tried) -> bool:
    has = equity(account)
    if has < 0:
        return False
    size, collateral = position.view_size, account.collateral
    position.view_size, account.collateral = before
    had = equity(account)
    position.view_size, account.collateral = size, collateral
    return has * tried.before.maintenance >= had * tried.asked.maintenance


def _try(state: EngineState, account: Account, position: Position, change: int) -> Tried | Verdict:
    """Weigh a test, touch what it reads, and add lots to an account's certificate; UNFIT or VOID if
    that says nothing."""
    weigh_margin_test(state, account)
    meter = state.meter
    meter.compute += COMPUTE_CERTIFICATE
    mark = position.mark
    underlying = mark.underlying
    if underlying.id != account.portfolio_underlying:
        return Verdict.UNFIT
    record = state.touched_certificate(account.id)
    ends_ms = 0
    if mark.is_option:
        expiry = state.expiries[mark.expiry]
        if expiry.touched != meter.stamp:
            meter.touch(expiry)
        state.touched_array(mark.id)
        ends_ms = expiry.expiry_ms
    feeds = feeds_of(state, underlying, state.now_ms)
    if not is_valid(record.parts, feeds, ends_ms):
        if state.certificates_missed is not None:
            state.certificates_missed.add(account.id)
        return Verdict.VOID
    after = _added(state, record.parts, position, change)
    if after is None:
        return Verdict.UNFIT
    return Tried(after, asked(record.parts, feeds), asked(after, feeds))


def _added(
    state: EngineState, held: Certificate, position: Position, change: int
) -> Certificate | None:
    """Return a certificate with lots more of an instrument, None if they are unfit."""
    mark = position.mark
    index_price = mark.underlying.index_price
    amount = whole_wads(change, mark.tick_value, mark.index_per_tick)
    if amount is None:
        return None
    gross = div_ceil(abs(change) * mark.tick_value * index_price, mark.index_per_tick)
    if mark.kind == _PERPETUAL:
        return with_perpetuals(held, index_price, amount, gross)
    if not mark.is_option or state.arrays[mark.id].priced_ms != mark.pricing.priced_ms:
        return None
    return with_option(held, option_leg(state, position), amount, gross)
