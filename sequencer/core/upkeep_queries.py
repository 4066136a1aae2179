"""What the state says is due: liquidations, funding, houses, orphans. Only reads; keeps nothing.

Each answer is that of the op itself, asked before the op is ordered: the engine judges again.
Source: docs/protocol/liquidation.md, funding.md, prices.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from typing import Final, NamedTuple

from strikeproof.sequencer.core import margin
from strikeproof.sequencer.core.account import Position
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.gone_order import why_gone
from strikeproof.sequencer.core.house_ledgers import mark_value
from strikeproof.sequencer.core.instrument import Instrument
from strikeproof.sequencer.core.ops.liquidate import liquidation_terms
from strikeproof.sequencer.core.ops.reprice import check_due
from strikeproof.sequencer.core.ops.unwind import unwind_limit, unwind_lots
from strikeproof.sequencer.core.portfolio import (
    PortfolioMargin,
    fails,
    feeds_of,
    is_revaluation_due,
    margin_at,
)
from strikeproof.sequencer.core.portfolio_room import index_room
from strikeproof.sequencer.core.rules.certificate import is_valid
from strikeproof.sequencer.core.rules.deleveraging import closable_lots
from strikeproof.sequencer.core.rules.funding_rate import is_due
from strikeproof.sequencer.core.rules.future_mark import since_last, window_start
from strikeproof.sequencer.core.rules.liquidation import Health, zero_price
from strikeproof.sequencer.core.rules.liquidation_pressure import least_room, pressure
from strikeproof.sequencer.core.trigger import Trigger, place_of
from strikeproof.wire.constants import (
    FUNDING_SPACING_MS,
    FUNDING_WALK_MAX,
    OPTION_DRIFT_PPM,
    ORPHAN_AGE_MS,
    ORPHAN_NOTICE_MS,
    PPM,
    SAMPLE_SPACING_MS,
    SETTLEMENT_WINDOW_MS,
    InstrumentKind,
    InstrumentStatus,
)
from strikeproof.wire.errors import Result

REPRICE_EVERY_MS: Final = 10_000
REPRICE_DRIFT_PART: Final = 5  # a fifth of the drift that makes an option overdue
SAMPLE_EVERY_MS: Final = 2_500  # twice as often as a sample counts for: none is missed by a hair
_SETTLED: Final = int(InstrumentStatus.SETTLED)
_CALL: Final = int(InstrumentKind.CALL)
_PERPETUAL: Final = int(InstrumentKind.PERPETUAL)


class SideState(NamedTuple):
    """One side of an instrument: the pressure on its positions, and what says that they have
    changed by more than it: a deleveraging, or the end of the instrument."""

    pressure: int
    factor: int
    is_settled: bool


class RoomOnSide(NamedTuple):
    """How far the pressure on a side may rise before an account has to be looked at again."""

    side: int
    limit: int


class AccountStanding(NamedTuple):
    """Equity less plain maintenance in micro-USD; the room on each side that it has positions on;
    and those of its instruments that are settled, where its positions wait to be paid out."""

    surplus: int
    rooms: list[RoomOnSide]
    settled: list[int]
    held: list[int] | None = None
    """Under portfolio margin: the instruments of its positions, and nothing is said of surplus and
    room."""


class PortfolioState(Enum):
    """What a Revalue of an account would find now."""

    STANDARD = auto()  # it is under standard margin
    STALE = auto()  # its price or arrays are old
    DUE = auto()  # an auction would begin or end, or it would come under standard margin
    AUCTIONED = auto()  # and goes on being
    HOLDS = auto()


class PortfolioStanding(NamedTuple):
    """How an account stands by portfolio margin, and of one that holds it the room on either side
    of the price of its underlying, nano-USD."""

    state: PortfolioState
    underlying: int = 0
    index_price: int = 0
    room: int = 0


class AwaitedPrice(NamedTuple):
    """A price that triggers wait for, from one side: the mark of an instrument, or the index of an
    underlying (`source`), falling or rising."""

    by_mark: int
    source: int
    falling: int

    def rank(self, price: int) -> int:
        """Return a number that rises as the price moves on: a trigger is reached once that of its
        price is at most that of the price now."""
        return -price if self.falling else price


class TriggerState(Enum):
    """What a FireTrigger would do now."""

    GONE = auto()  # nothing waits at the place, or never fires again
    NOT_COME = auto()
    KEPT = auto()  # the price has come, but it is old, or the instrument halted
    FIRES = auto()


def side_of(instrument: int, sign: int) -> int:
    """Return the number of a side: of longs if the sign is positive, else of shorts."""
    return instrument * 2 + (0 if sign > 0 else 1)


class UpkeepQueries:
    """Answers about the running state, between the ops of a segment."""

    __slots__ = ("_state",)

    def __init__(self, state: EngineState) -> None:
        self._state = state
        if state.touched_accounts is None:
            state.touched_accounts = set()
        if state.touched_triggers is None:
            state.touched_triggers = set()

    # --- accounts ---

    def accounts(self) -> list[int]:
        """Return the ids of all accounts that have an entry."""
        return [id for id, account in self._state.accounts.items() if account.positions]

    def take_touched(self) -> set[int]:
        """Return the accounts that ended segments have touched since the last call."""
        touched = self._state.touched_accounts
        assert touched is not None
        self._state.touched_accounts = set()
        return touched

    def standing(self, id: int) -> AccountStanding:
        """Return how an account stands, whatever its prices' age. One that was touched and does not
        exist has nothing."""
        account = self._state.accounts.get(id)
        if account is None:
            return AccountStanding(0, [], [])
        positions = account.positions
        if account.margin_mode:
            done = [each.instrument for each in positions if each.size and not each.mark.index_ppb]
            return AccountStanding(0, [], done, [each.instrument for each in positions])
        surplus = margin.equity(account) - margin.maintenance(account)
        held = [each for each in positions if each.size]
        settled = [each.instrument for each in held if not each.mark.index_ppb]
        if surplus < 0:
            return AccountStanding(surplus, [], settled)
        exposure = 0
        for each in held:
            exposure += abs(each.view_size) * each.mark.notional
        rooms = []
        for each in held:
            sign = 1 if each.size > 0 else -1
            room = least_room(surplus, len(positions), exposure, each.mark, sign)
            limit = pressure(each.mark, sign) + room
            rooms.append(RoomOnSide(side_of(each.instrument, sign), limit))
        return AccountStanding(surplus, rooms, settled)

    def portfolio_standing(self, id: int, now_ms: int) -> PortfolioStanding:
        """Return how an account stands by portfolio margin: a whole revaluation."""
        account = self._state.accounts[id]
        if not account.margin_mode:
            return PortfolioStanding(PortfolioState.STANDARD)
        underlying = account.portfolio_underlying
        index = self._state.underlyings[underlying].index_price
        found = margin_at(self._state, account, now_ms)
        if found == Result.PORTFOLIO_STALE:
            return PortfolioStanding(PortfolioState.STALE, underlying, index)
        certificate = self._state.certificates.get(id)
        auction_ms = 0 if certificate is None else certificate.parts.auction_ms
        if is_revaluation_due(found, auction_ms, max(now_ms, self._state.venue.clock_ms)):
            return PortfolioStanding(PortfolioState.DUE, underlying, index)
        if auction_ms:
            return PortfolioStanding(PortfolioState.AUCTIONED, underlying, index)
        assert isinstance(found, PortfolioMargin), "what is neither stale nor unfit has a margin"
        room = index_room(account, found)
        return PortfolioStanding(PortfolioState.HOLDS, underlying, index, room)

    def take_missed(self) -> set[int]:
        """Return the accounts whose certificates did not count in a test since the last call."""
        missed = self._state.certificates_missed
        self._state.certificates_missed = set()
        return missed or set()

    def miss(self, id: int) -> None:
        """Count an account among those that `take_missed` returns."""
        if self._state.certificates_missed is not None:
            self._state.certificates_missed.add(id)

    def with_orders(self, id: int) -> list[int]:
        """Return the instruments in which an account has open orders."""
        return [each.instrument for each in self._state.accounts[id].positions if each.open_orders]

    def is_in_portfolio(self, id: int) -> bool:
        """Whether an account exists and is under portfolio margin."""
        account = self._state.accounts.get(id)
        return account is not None and bool(account.margin_mode)

    def is_to_certify(self, id: int, now_ms: int, instruments: Sequence[int]) -> bool:
        """Whether a Revalue would give an account under portfolio margin a certificate that counts,
        for what it holds and these instruments, where the one that it has does not, or not much
        longer."""
        state = self._state
        account = state.accounts[id]
        underlying = state.underlyings[account.portfolio_underlying]
        held = state.certificates[id].parts
        ends_ms = self._soonest(instruments, now_ms)
        feeds = feeds_of(state, underlying, now_ms)
        later = feeds._replace(now_ms=now_ms + held.age_ms_max(now_ms, ends_ms) // 3)
        if is_valid(held, later, ends_ms):
            return False
        found = margin_at(state, account, now_ms)
        if not isinstance(found, PortfolioMargin) or fails(found):
            return False
        # An expiry may be so near that no certificate lasts: a new one must then count now.
        return any(
            is_valid(found.certificate, each, ends_ms) and not is_valid(held, each, ends_ms)
            for each in (feeds, later)
        )

    def _soonest(self, instruments: Sequence[int], now_ms: int) -> int:
        """Return the soonest expiry of options that a certificate may still count for; 0: none."""
        listed, expiries = self._state.instruments, self._state.expiries
        marks = [listed[each].mark for each in instruments if 0 < each < len(listed)]
        ends = [expiries[each.expiry].expiry_ms for each in marks if each.is_option]
        return min((each for each in ends if each > now_ms + SETTLEMENT_WINDOW_MS), default=0)

    def index_of(self, underlying: int) -> tuple[int, int]:
        """Return the price of an underlying in nano-USD, and when it was published."""
        found = self._state.underlyings[underlying]
        return found.index_price, found.publish_time_ms

    def priced_ms(self, instrument: int) -> int:
        """Return when an option was priced last; 0: never, or it is none."""
        return self._state.instruments[instrument].mark.pricing.priced_ms

    def liquidation(self, id: int, now_ms: int) -> int:
        """Return the instrument on which a Liquidate of an account would do something now, the one
        that requires the most first; 0: none, or it is not liquidatable.

        It does something if orders of the account die, the book crosses the zero price, or the
        house takes what the book does not.
        """
        account = self._state.accounts[id]
        health = Health(margin.equity(account), margin.maintenance(account))
        if not health.is_liquidatable:
            return 0
        has_orders = any(each.open_orders for each in account.positions)
        best, most = 0, -1
        for position in account.positions:
            mark = position.mark
            if not position.size or mark.is_stale(now_ms):
                continue
            instrument = self._state.instruments[position.instrument]
            terms = liquidation_terms(instrument)
            required = abs(position.view_size) * terms.lot_margin(
                position.view_size, mark_value(instrument)
            )
            if required <= most or instrument.status == _SETTLED:
                continue
            if has_orders or health.is_for_house or _crosses(instrument, position, health, now_ms):
                best, most = instrument.id, required
        return best

    # --- triggers ---

    def triggers(self) -> list[int]:
        """Return the ids of all triggers."""
        return [id for id, trigger in self._state.triggers.items() if not trigger.is_empty]

    def take_touched_triggers(self) -> set[int]:
        """Return the ids of triggers that ended segments have touched since the last call."""
        touched = self._state.touched_triggers
        assert touched is not None
        self._state.touched_triggers = set()
        return touched

    def awaited(self, id: int) -> tuple[AwaitedPrice, int] | None:
        """Return which price a trigger waits for, and its own in nano-USD; None if there is none,
        or it is dead."""
        trigger = self._state.triggers.get(id)
        if trigger is None or trigger.is_empty or self._is_dead(trigger):
            return None
        terms = trigger.terms
        mark = self._state.instruments[place_of(id).instrument].mark
        source = mark.id if terms.by_mark else mark.underlying.id
        return AwaitedPrice(terms.by_mark, source, terms.falling), terms.trigger_price

    def awaited_price(self, awaited: AwaitedPrice) -> int:
        """Return what an awaited price is now, nano-USD."""
        if awaited.by_mark:
            mark = self._state.instruments[awaited.source].mark
            return mark.price * mark.index_per_tick
        return self._state.underlyings[awaited.source].index_price

    def trigger_state(self, id: int, now_ms: int) -> TriggerState:
        """Return what a FireTrigger of a place would do now."""
        trigger = self._state.triggers.get(id)
        if trigger is None or trigger.is_empty or self._is_dead(trigger):
            return TriggerState.GONE
        instrument = self._state.instruments[place_of(id).instrument]
        if not trigger.has_come(instrument.mark):
            return TriggerState.NOT_COME
        is_halted = instrument.status == InstrumentStatus.HALTED
        if is_halted or instrument.mark.is_stale(now_ms):
            return TriggerState.KEPT
        return TriggerState.FIRES

    def _is_dead(self, trigger: Trigger) -> bool:
        account_id, instrument, _ = place_of(trigger.id)
        account = self._state.accounts[account_id]
        mark = self._state.instruments[instrument].mark
        clock_ms = self._state.venue.clock_ms
        return trigger.is_dead(account, account.position(instrument), mark, clock_ms)

    # --- sides and instruments ---

    def instrument_count(self) -> int:
        """Return how many instruments there are: their ids begin with 1."""
        return self._state.venue.next_instrument - 1

    def side(self, instrument: int, sign: int) -> SideState:
        """Return the state of a side."""
        mark = self._state.instruments[instrument].mark
        side = mark.indices.long if sign > 0 else mark.indices.short
        return SideState(pressure(mark, sign), side.factor, not mark.index_ppb)

    def funding_due_ms(self, id: int) -> int:
        """Return when the next sample of an instrument may be taken; 0: at once."""
        last_ms = self._state.instruments[id].funding_ms
        return last_ms + FUNDING_SPACING_MS if last_ms else 0

    def may_fund(self, id: int, now_ms: int) -> bool:
        """Whether a sample of an instrument would be taken, but for dead orders in its way."""
        instrument = self._state.instruments[id]
        return (
            instrument.mark.kind == _PERPETUAL
            and instrument.status != _SETTLED
            and _is_fresh(instrument, now_ms)
            and is_due(instrument.funding_ms, now_ms)
        )

    def dead_in_walk(self, id: int, now_ms: int) -> list[int]:
        """Return the slots of orders that are gone among those that a sample would meet."""
        instrument = self._state.instruments[id]
        found = []
        for best in (instrument.best_bid, instrument.best_ask):
            slot = best
            for _ in range(FUNDING_WALK_MAX):
                if not slot:
                    break
                order = instrument.orders[slot]
                account = self._state.accounts[order.account]
                position = account.position(id)
                assert position is not None, "a linked order keeps its account's entry"
                if why_gone(instrument, order, account, position, now_ms, now_ms) is not None:
                    found.append(slot)
                slot = order.next
        return found

    def may_unwind(self, id: int, now_ms: int) -> bool:
        """Whether the house of an instrument has lots to trade now, and the book crosses its
        limit."""
        instrument = self._state.instruments[id]
        if instrument.status == _SETTLED or instrument.is_halted(now_ms):
            return False
        if not _is_fresh(instrument, now_ms):
            return False
        if unwind_lots(instrument, now_ms) <= 0:
            return False
        is_long = instrument.house.effective_lots > 0
        return _reaches(instrument, is_long, unwind_limit(instrument, now_ms))

    def must_deleverage(self, id: int, now_ms: int) -> bool:
        """Whether the house of an instrument is below its margin, and somebody opposes it."""
        instrument = self._state.instruments[id]
        house = instrument.house
        return (
            instrument.status != _SETTLED
            and _is_fresh(instrument, now_ms)
            and closable_lots(house) > 0
            and house.is_below(instrument.house_margin_ppm, mark_value(instrument))
        )

    def expiries_to_sample(self, now_ms: int) -> list[int]:
        """Return the expiries whose next sample is due: as long a time as it may count for."""
        found = []
        for each in self._state.expiries[1:]:
            if each.settlement or not window_start(each.expiry_ms) < now_ms <= each.expiry_ms:
                continue
            underlying = each.underlying
            if not underlying.publish_time_ms <= now_ms <= underlying.stale_after_ms:
                continue
            passed_ms = since_last(each.samples, each.expiry_ms, now_ms)
            is_last = each.expiry_ms - now_ms < SAMPLE_SPACING_MS
            if passed_ms >= (SAMPLE_SPACING_MS if is_last else SAMPLE_EVERY_MS):
                found.append(each.id)
        return found

    def options_to_reprice(self, now_ms: int) -> list[int]:
        """Return the calls whose pair is due: priced long ago or far from here, or to be settled.
        Those are first that were priced the longest ago."""
        found = []
        for instrument in self._state.instruments[1:]:
            call = instrument.mark
            if call.kind != _CALL:
                continue
            put = self._state.instruments[call.id + 1].mark
            expiry = self._state.expiries[call.expiry]
            live = call if call.is_option else put
            if not live.is_option:
                continue
            if expiry.settlement:
                found.append((0, call.id))
                continue
            pricing = live.pricing
            drift = abs(live.forward - pricing.forward) * PPM
            if (
                now_ms >= pricing.priced_ms + REPRICE_EVERY_MS
                or drift > pricing.forward * OPTION_DRIFT_PPM // REPRICE_DRIFT_PART
            ) and check_due(expiry, call, put, now_ms, now_ms) == Result.OK:
                found.append((pricing.priced_ms, call.id))
        return [id for _, id in sorted(found)]

    def orphans_to_announce(self, now_ms: int) -> list[int]:
        """Return the underlyings whose last price is a day old, and that are not announced."""
        return [
            each.id
            for each in self._state.underlyings[1:]
            if each.index_price
            and not each.orphan_ms
            and now_ms >= each.publish_time_ms + ORPHAN_AGE_MS
        ]

    def orphans_to_settle(self, now_ms: int) -> list[int]:
        """Return the instruments of orphans whose notice is over."""
        return [
            each.id
            for each in self._state.instruments[1:]
            if each.status != _SETTLED
            and 0 < each.mark.underlying.orphan_ms <= now_ms - ORPHAN_NOTICE_MS
        ]


def _is_fresh(instrument: Instrument, now_ms: int) -> bool:
    return not instrument.mark.is_stale(now_ms)


def _crosses(instrument: Instrument, position: Position, health: Health, now_ms: int) -> bool:
    """Whether an order of the other side lies at the zero price or better, or the whole position
    was deleveraged, so that only settling is left.
    """
    size = position.view_size
    if not size:
        return True
    if instrument.is_halted(now_ms):
        return False
    terms = liquidation_terms(instrument)
    return _reaches(instrument, size > 0, zero_price(size, health, mark_value(instrument), terms))


def _reaches(instrument: Instrument, is_sell: bool, limit: int) -> bool:
    """Whether the best order that a taker with this limit meets, dead or not, is within it."""
    slot = instrument.best_bid if is_sell else instrument.best_ask
    if not slot:
        return False
    price = instrument.orders[slot].price
    return price >= limit if is_sell else price <= limit
