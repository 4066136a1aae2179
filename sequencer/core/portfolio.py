"""Portfolio margin of an account, revalued in full (docs/protocol/portfolio-margin.md).

What the law does in contracts/src/law/Portfolio.sol: the same records are touched.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from strikeproof.risk.kernel.errors import OutOfDomain
from strikeproof.sequencer.core.account import Account, Position
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.margin import equity, weigh_margin_test
from strikeproof.sequencer.core.rounding import div_ceil
from strikeproof.sequencer.core.rules.auction import is_over, suffices
from strikeproof.sequencer.core.rules.certificate import (
    NO_CERTIFICATE,
    Certificate,
    Feeds,
    auctioned,
    gross_ppm,
    grown,
    written,
)
from strikeproof.sequencer.core.rules.revaluation import (
    OptionLeg,
    Requirements,
    margin_of,
    requirements_of,
    revalue,
    whole_wads,
)
from strikeproof.sequencer.core.underlying import Underlying
from strikeproof.wire.constants import (
    COMPUTE_MARGIN,
    COMPUTE_POSITION,
    COMPUTE_REVALUE,
    OPTION_EXPIRIES_MAX,
    PORTFOLIO_EQUITY_MIN,
    InstrumentKind,
)
from strikeproof.wire.errors import Result

_PERPETUAL: Final = int(InstrumentKind.PERPETUAL)


class Holdings(NamedTuple):
    """What portfolio margin covers: perpetuals in wads, positions in options, and the gross
    notional of both, micro-USD."""

    perpetuals: int
    options: list[Position]
    gross: int


class PortfolioMargin(NamedTuple):
    """What an account has and has to have, micro-USD; `initial` is grown. `certificate`: what is
    to be kept of it."""

    equity: int
    initial: int
    maintenance: int
    certificate: Certificate = NO_CERTIFICATE

    @property
    def required(self) -> int:
        """The equity with which it holds portfolio margin."""
        return max(self.initial, PORTFOLIO_EQUITY_MIN)


def live_positions(account: Account) -> list[Position]:
    """Return an account's positions in instruments that are not settled, reviewed."""
    held = []
    for position in account.positions:
        if position.viewed is not position.mark.indices:
            position.review()
        if position.view_size and position.mark.index_ppb:
            held.append(position)
    return held


def holdings(account: Account, underlying: Underlying) -> Holdings | None:
    """Return what an account holds, None if portfolio margin does not cover some of it: it is of
    another underlying, a future, no whole wads, or options of too many expiries."""
    perpetuals, options, gross = 0, [], 0
    for position in live_positions(account):
        mark = position.mark
        if mark.underlying is not underlying:
            return None
        size = position.view_size
        gross += div_ceil(abs(size) * mark.tick_value * underlying.index_price, mark.index_per_tick)
        if mark.is_option:
            options.append(position)
            continue
        wads = whole_wads(size, mark.tick_value, mark.index_per_tick)
        if mark.kind != _PERPETUAL or wads is None:
            return None
        perpetuals += wads
    if len({position.mark.expiry for position in options}) > OPTION_EXPIRIES_MAX:
        return None
    return Holdings(perpetuals, options, gross)


def is_fresh(state: EngineState, position: Position, now_ms: int) -> bool:
    """Whether a position's option has an array of its latest pricing, and waits for no Reprice."""
    mark = position.mark
    array = state.arrays.get(mark.id)
    priced_ms = 0 if array is None else array.priced_ms
    return priced_ms == mark.pricing.priced_ms and not mark.is_overdue(now_ms)


def option_leg(state: EngineState, position: Position) -> OptionLeg:
    """Return a position in an option as revaluation takes it."""
    mark = position.mark
    expiry = state.expiries[mark.expiry]
    return OptionLeg(
        expiry=mark.expiry,
        strike=mark.strike,
        is_call=not mark.is_put,
        lots=position.view_size,
        tick_value=mark.tick_value,
        index_per_tick=mark.index_per_tick,
        confidence_ppm=expiry.surface.confidence_ppm,
        values=state.arrays[mark.id].values,
        ends_ms=expiry.expiry_ms,
    )


def feeds_of(state: EngineState, underlying: Underlying, now_ms: int) -> Feeds:
    """Return what a certificate is written or judged by at a time."""
    return Feeds(
        now_ms,
        state.venue.feed_epoch,
        underlying.surface_epoch,
        underlying.index_price,
        gross_ppm(underlying.buffer_beside(now_ms, now_ms)),
    )


def requirements(state: EngineState, held: Holdings, underlying: Underlying) -> Requirements | None:
    """Return what is asked for holdings, None where the kernel's domain is left."""
    legs = [option_leg(state, position) for position in held.options]
    try:
        return revalue(underlying.index_price, held.perpetuals, legs)
    except OutOfDomain:
        return None


def portfolio_fits(state: EngineState, entries: int, accounts: int = 0) -> bool:
    """Whether a revaluation of this many entries fits the segment, and this many accounts."""
    venue = state.venue
    return state.meter.reserve_fits(
        COMPUTE_REVALUE + COMPUTE_MARGIN + COMPUTE_POSITION * entries,
        accounts=accounts,
        underlyings=min(entries, venue.next_underlying - 1) + 1,
        marks=min(entries, venue.next_instrument - 1),
        expiries=min(entries, OPTION_EXPIRIES_MAX),
        arrays=entries,
        certificates=1,
    )


def assess(state: EngineState, account: Account, underlying_id: int) -> PortfolioMargin | Result:
    """Revalue an account: weigh it, touch what it reads. PORTFOLIO_UNFIT or PORTFOLIO_STALE if
    there is nothing to say."""
    meter = state.meter
    weigh_margin_test(state, account, evaluations=1)
    meter.compute += COMPUTE_REVALUE
    underlying = state.underlyings[underlying_id]
    if underlying.touched != meter.stamp:
        meter.touch(underlying)
    held = holdings(account, underlying)
    if held is None:
        return Result.PORTFOLIO_UNFIT
    for position in held.options:
        for record in (state.arrays[position.mark.id], state.expiries[position.mark.expiry]):
            if record.touched != meter.stamp:
                meter.touch(record)
    return _margin_of(state, account, held, underlying, state.now_ms)


def margin_at(state: EngineState, account: Account, now_ms: int) -> PortfolioMargin | Result:
    """Return what `assess` would of an account under portfolio margin at a time, touching
    nothing."""
    underlying = state.underlyings[account.portfolio_underlying]
    held = holdings(account, underlying)
    if held is None:
        return Result.PORTFOLIO_UNFIT
    return _margin_of(state, account, held, underlying, now_ms)


def fails(found: PortfolioMargin | Result) -> bool:
    """Whether an account does not meet portfolio margin's maintenance requirement. What portfolio
    margin does not cover, it does not hold either."""
    if isinstance(found, Result):
        return found == Result.PORTFOLIO_UNFIT
    return found.equity < found.maintenance


def is_for_sale(found: PortfolioMargin) -> bool:
    """Whether an account is one that an auction is for: below maintenance, with equity enough and
    options that a certificate may count."""
    has_options = found.certificate.ends_ms != 0
    return (
        found.equity < found.maintenance
        and has_options
        and suffices(found.equity, found.maintenance)
    )


def is_revaluation_due(found: PortfolioMargin | Result, auction_ms: int, clock_ms: int) -> bool:
    """Whether a Revalue would begin the auction of an account, or end one that began at
    `auction_ms` (0: it is not auctioned), or put it under standard margin."""
    if not auction_ms or found == Result.PORTFOLIO_STALE:
        return fails(found)
    goes_on = isinstance(found, PortfolioMargin) and is_for_sale(found)
    return not goes_on or is_over(clock_ms - auction_ms)


def begin_auction(state: EngineState, account: Account) -> None:
    """Have an account be auctioned from now on: it has no certificate."""
    keep_certificate(state, account, auctioned(state.venue.clock_ms))


def _margin_of(
    state: EngineState, account: Account, held: Holdings, underlying: Underlying, now_ms: int
) -> PortfolioMargin | Result:
    fresh = all(is_fresh(state, position, now_ms) for position in held.options)
    if not fresh or underlying.stale_after_ms < now_ms:
        return Result.PORTFOLIO_STALE
    legs = [option_leg(state, position) for position in held.options]
    try:
        margin = margin_of(underlying.index_price, held.perpetuals, legs)
    except OutOfDomain:
        return Result.PORTFOLIO_UNFIT
    asked = requirements_of(margin)
    feeds = feeds_of(state, underlying, now_ms)
    return PortfolioMargin(
        equity(account),
        grown_initial(asked, held, underlying, now_ms),
        asked.maintenance,
        written(feeds, margin, held.perpetuals, held.gross, legs),
    )


def grown_initial(asked: Requirements, held: Holdings, underlying: Underlying, now_ms: int) -> int:
    """Return initial margin grown by itself, by notional, and by the age of the price."""
    ppm = gross_ppm(underlying.buffer_beside(now_ms, now_ms))
    return grown(asked.initial, held.gross * ppm)


def admit(state: EngineState, account: Account, underlying_id: int) -> Certificate | Result:
    """Return the certificate of an account that has the least equity and grown initial margin, to
    be kept; else MARGIN_INSUFFICIENT, or why it cannot be revalued."""
    found = assess(state, account, underlying_id)
    if isinstance(found, Result):
        return found
    if found.equity < found.required:
        return Result.MARGIN_INSUFFICIENT
    return found.certificate


def keep_certificate(state: EngineState, account: Account, certificate: Certificate) -> None:
    """Have a certificate be an account's, touching it."""
    record = state.touched_certificate(account.id)
    if state.checkpoint is not None:
        state.checkpoint.save(record)
    record.write(certificate)


def leave_portfolio(state: EngineState, account: Account) -> None:
    """Have an account come back under standard margin: its certificate ends."""
    if account.margin_mode:
        keep_certificate(state, account, NO_CERTIFICATE)
    account.set_portfolio(0)
