"""Legs of a block trade: checked, traded and judged together (docs/protocol/block-trades.md)."""

from __future__ import annotations

from typing import Final, NamedTuple

from strikeproof.sequencer.core.account import Account
from strikeproof.sequencer.core.action_execution import check_account, is_too_small
from strikeproof.sequencer.core.book_changes import free_if_empty
from strikeproof.sequencer.core.bundle_action import PLACE, Action
from strikeproof.sequencer.core.checkpoint import Checkpoint
from strikeproof.sequencer.core.engine_event import BlockFill
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.entry_settlement import settle_in_house
from strikeproof.sequencer.core.instrument import Instrument
from strikeproof.sequencer.core.margin import (
    equity,
    initial,
    maintenance,
    touch_mark,
    weigh_margin_test,
)
from strikeproof.sequencer.core.matching import fee_of, pools_after
from strikeproof.sequencer.core.order_book import REDUCE_ONLY, SELL
from strikeproof.sequencer.core.portfolio import admit, keep_certificate
from strikeproof.sequencer.core.price_band import is_beyond_band
from strikeproof.sequencer.core.rules.bounded_price import is_gap_wide
from strikeproof.sequencer.core.state_view import MarginView
from strikeproof.wire.constants import (
    COMPUTE_ACTION,
    COMPUTE_SETTLE,
    MONEY_MAX,
    InstrumentStatus,
    TimeInForce,
)
from strikeproof.wire.errors import Result

_IOC: Final = int(TimeInForce.IOC) << 5


class BlockLeg(NamedTuple):
    """One leg as its submitter sees it: ticks and lots. `is_sell` 1: the submitter sells."""

    instrument: int
    is_sell: int
    price: int
    lots: int


class Party:
    """An account of a block trade, with the fee that it agrees to, in ppm; what it was worth and
    asked to keep before the first leg; whether each leg so far shrank its position."""

    __slots__ = ("account", "equity", "maintenance", "max_fee_ppm", "only_shrank")

    def __init__(self, account: Account, max_fee_ppm: int) -> None:
        self.account = account
        self.max_fee_ppm = max_fee_ppm
        self.equity = 0
        self.maintenance = 0
        self.only_shrank = True


class _Refused(Exception):
    """A leg, or a margin test, does not pass: nothing of the trade stays."""

    def __init__(self, code: Result) -> None:
        super().__init__(code)
        self.code = code


def settle_block(state: EngineState, parties: tuple[Party, Party], legs: list[BlockLeg]) -> Result:
    """Trade every leg between the submitter, first of the parties, and the counterparty; if one
    fails, or a margin test afterwards, nothing but weights is changed. Return OK or why."""
    checkpoint = state.checkpoint = Checkpoint(state.venue)
    event_count = len(state.events)
    for party in parties:
        checkpoint.save(party.account)
        _begin(state, party)
    try:
        for number, leg in enumerate(legs):
            _trade(state, parties, leg, number)
        for party in parties:
            _judge(state, party)
    except _Refused as refused:
        checkpoint.restore(state.venue)
        del state.events[event_count:]
        return refused.code
    finally:
        state.checkpoint = None
    return Result.OK


def _begin(state: EngineState, party: Party) -> None:
    weigh_margin_test(state, party.account, evaluations=1)
    party.equity = equity(party.account)
    party.maintenance = maintenance(party.account)


def _judge(state: EngineState, party: Party) -> None:
    """Raise unless the party has its initial margin; or, under standard margin, did nothing but
    shrink positions and is no worse off by equity / maintenance."""
    account = party.account
    if account.margin_mode:
        found = admit(state, account, account.portfolio_underlying)
        if isinstance(found, Result):
            raise _Refused(found)
        keep_certificate(state, account, found)
        return
    weigh_margin_test(state, account, evaluations=1)
    before = MarginView(party.equity, 0, party.maintenance)
    opens = initial(account, state.now_ms, state.venue.clock_ms)
    after = MarginView(equity(account), opens, maintenance(account))
    if not passes_block(before, after, party.only_shrank):
        raise _Refused(Result.MARGIN_INSUFFICIENT)


def passes_block(before: MarginView, after: MarginView, only_shrank: bool) -> bool:
    """Whether a party of a block trade passes: it has its initial margin, or did nothing but shrink
    positions and is no worse off by equity / maintenance. What it needed before as initial margin
    is no matter."""
    if after.equity >= after.initial:
        return True
    is_no_worse = after.equity * before.maintenance >= before.equity * after.maintenance
    return after.equity >= 0 and only_shrank and is_no_worse


def _trade(state: EngineState, parties: tuple[Party, Party], leg: BlockLeg, number: int) -> None:
    state.meter.compute += COMPUTE_ACTION
    instrument = _checked_instrument(state, leg)
    submitter, counterparty = parties
    fee = _exchange(state, submitter, instrument, leg)
    other_fee = _exchange(state, counterparty, instrument, leg._replace(is_sell=1 - leg.is_sell))
    state.events.append(
        BlockFill(
            leg=number,
            instrument=leg.instrument,
            price=leg.price,
            lots=leg.lots,
            account=submitter.account.id,
            is_sell=leg.is_sell != 0,
            fee=fee,
            counterparty=counterparty.account.id,
            counterparty_fee=other_fee,
        )
    )


def _checked_instrument(state: EngineState, leg: BlockLeg) -> Instrument:
    """Return the leg's instrument, touched with its mark, if anything may trade there at its price.
    Raises `_Refused`."""
    meter = state.meter
    if leg.instrument >= state.venue.next_instrument:
        raise _Refused(Result.UNKNOWN_INSTRUMENT)
    instrument = state.instruments[leg.instrument]
    if instrument.touched != meter.stamp:
        meter.touch_instrument(instrument)
    mark = instrument.mark
    if mark.touched != meter.stamp:
        touch_mark(meter, mark)
    if instrument.status == InstrumentStatus.SETTLED:
        raise _Refused(Result.INSTRUMENT_SETTLED)
    has_ended = 0 < mark.ends_ms <= state.venue.clock_ms
    if instrument.status == InstrumentStatus.HALTED or has_ended:
        raise _Refused(Result.HALTED)
    if not mark.price:
        raise _Refused(Result.NO_PRICE)
    if mark.underlying.stale_after_ms < state.now_ms:
        raise _Refused(Result.STALE_PRICE)
    if is_beyond_band(instrument, 0, leg.price) or is_beyond_band(instrument, SELL, leg.price):
        raise _Refused(Result.BEYOND_BAND)
    assert state.checkpoint is not None
    state.checkpoint.save(instrument)
    return instrument


def _exchange(state: EngineState, party: Party, instrument: Instrument, leg: BlockLeg) -> int:
    """Trade a party's half of a leg, seen from its side, and return its fee. It is an order that
    takes at once, reduce-only where it shrinks the position, and fills whole."""
    account, mark = party.account, instrument.mark
    position = account.position(instrument.id)
    shrinks = position is not None and position.opposite(leg.is_sell) >= leg.lots
    flags = _IOC | (SELL if leg.is_sell else 0) | (REDUCE_ONLY if shrinks else 0)
    order = Action(PLACE, instrument.id, flags=flags, price=leg.price, lots=leg.lots)
    if not shrinks:
        party.only_shrank = False
        _check_growth(state, instrument, order)
    code, _ = check_account(state, account, instrument, order, party.max_fee_ppm)
    if code:
        raise _Refused(code)
    if position is None:
        position = account.append_position(mark)
    state.meter.compute += COMPUTE_SETTLE
    position.review()
    settled = account.collateral + position.view_cash
    size, change = position.view_size, -leg.lots if leg.is_sell else leg.lots
    cost = mark.product.settle(mark, leg.price, change)
    fee = fee_of(instrument, instrument.taker_fee_ppm, abs(cost), leg.lots)
    pools = pools_after(state.venue, fee)
    paid = settled - cost - fee
    if max(abs(settled), abs(paid), *pools) > MONEY_MAX:
        raise _Refused(Result.FIELD_OVERFLOW)
    settle_in_house(state, instrument, position)
    account.collateral = paid
    state.venue.fee_pool, state.venue.insurance_fund = pools
    instrument.house.interest_changes(size, size + change)
    position.trade_to(size + change)
    free_if_empty(state, account, position)
    return fee


def _check_growth(state: EngineState, instrument: Instrument, order: Action) -> None:
    """Raise unless a half that does not shrink its party's position may trade."""
    mark = instrument.mark
    if instrument.status != InstrumentStatus.ACTIVE:
        raise _Refused(Result.HALTED)
    if is_too_small(instrument, order, order.lots):
        raise _Refused(Result.ORDER_TOO_SMALL)
    gap_ppm = mark.underlying.gap_ppm
    if mark.is_overdue(state.now_ms) or is_gap_wide(gap_ppm, instrument.price_band_ppm):
        raise _Refused(Result.GAP_TOO_WIDE)
