"""An account as the API's messages have it, with what traders want to know of a position."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from strikeproof.sequencer.api.decimal_text import decimal_text
from strikeproof.sequencer.api.greek_totals import (
    DELTA_PLACES,
    GAMMA_PLACES,
    USD_PLACES,
    ExpiryTotal,
    GreekAmounts,
    GreeksTotal,
    HeldGreeks,
    UnderlyingTotal,
    underlying_totals,
)
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.mark import MARK_PRICE_MAX
from strikeproof.sequencer.core.rounding import div_ceil, div_floor
from strikeproof.sequencer.core.rules.fill_limits import FillLimits
from strikeproof.sequencer.core.state_view import (
    AccountView,
    InstrumentView,
    OrderView,
    PortfolioView,
    PositionView,
    TriggerView,
)
from strikeproof.sequencer.history.entry_cost import COST_SCALE, EntryCost
from strikeproof.wire.constants import PPM, InstrumentStatus
from strikeproof.wire.venue_pb2 import (
    Account,
    AccountPosition,
    ExpiryGreeks,
    Greeks,
    GreeksSum,
    OpenOrder,
    PortfolioRequirement,
    Protection,
    Trigger,
    UnderlyingGreeks,
)


def account_message(
    engine: Engine,
    view: AccountView,
    orders: tuple[OrderView, ...],
    entries: Mapping[int, EntryCost],
    greeks: Mapping[int, HeldGreeks],
    triggers: Sequence[TriggerView] = (),
    portfolio: PortfolioView | None = None,
) -> Account:
    """Return the account. `entries` and `greeks`: of its positions, by instrument."""
    return Account(
        account=view.account,
        owner=view.owner,
        collateral_micro_usd=str(view.collateral),
        withdrawn_micro_usd=str(view.withdrawn),
        equity_micro_usd=str(view.equity),
        initial_margin_micro_usd=str(view.initial_margin),
        maintenance_margin_micro_usd=str(view.maintenance_margin),
        stale=view.is_stale,
        positions=[_position(engine, view, each, entries, greeks) for each in view.positions],
        open_orders=[_open_order(each) for each in orders if each.is_live],
        cancel_at_ms=view.cancel_at_ms,
        guard_key=view.guard_key,
        guard_removal_ms=view.guard_removal_ms if view.guard_key else 0,
        greeks=[_of_underlying(engine, each) for each in underlying_totals(greeks.values())],
        triggers=[_trigger(each) for each in triggers],
        portfolio_margin=_portfolio(portfolio) if portfolio else None,
        tier=view.tier,
        tier_expiry_ms=view.tier_expiry_ms,
        attested_ms=view.attested_ms,
        credit_micro_usd=str(view.credit),
        credit_limit_micro_usd=str(view.credit_limit),
        guarantor=view.guarantor,
        credit_expiry_ms=view.credit_expiry_ms,
        credited_ms=view.credited_ms,
        portfolio_underlying=view.portfolio_underlying,
        auctioned_ms=view.auctioned_ms,
        protection=_protection(view.protection) if view.protection else None,
    )


def _protection(view: FillLimits) -> Protection:
    return Protection(
        underlying=view.underlying,
        window_ms=view.window_ms,
        freeze_ms=view.freeze_ms,
        lots_max=view.lots_max,
        lots=view.lots,
        start_ms=view.start_ms,
        frozen_until_ms=view.frozen_ms,
        delta_max=view.delta_max,
        vega_max=view.vega_max,
        delta=view.delta,
        vega=view.vega,
    )


def _portfolio(view: PortfolioView) -> PortfolioRequirement:
    return PortfolioRequirement(
        underlying=view.underlying,
        initial_margin_micro_usd=str(view.initial_margin),
        maintenance_margin_micro_usd=str(view.maintenance_margin),
        overdue=view.is_overdue,
        required_micro_usd=str(view.required),
        certified_until_ms=view.certified_until_ms,
    )


def _position(
    engine: Engine,
    view: AccountView,
    position: PositionView,
    entries: Mapping[int, EntryCost],
    greeks: Mapping[int, HeldGreeks],
) -> AccountPosition:
    instrument = engine.instrument(position.instrument)
    assert instrument is not None
    message = AccountPosition(
        instrument=position.instrument,
        symbol=instrument.symbol,
        size_lots=position.size,
        open_buy_lots=position.buy_lots,
        open_sell_lots=position.sell_lots,
        open_orders=position.open_orders,
        mark_price=position.mark_price,
        liquidation_price=liquidation_price(view, position, instrument),
        pending_cash_micro_usd=str(position.pending_cash),
        pending_closed_lots=abs(position.settled_size) - abs(position.size),
    )
    entry = entries.get(position.instrument)
    if entry is not None and entry.size == position.settled_size and position.size:
        entry = entry.closed_to(position.size)
        price = entry.cost * instrument.index_per_tick // (abs(entry.size) * COST_SCALE)
        message.entry_price_nano_usd = str(price)
        message.unrealised_profit_micro_usd = str(_profit(position, instrument, entry))
    held = greeks.get(position.instrument)
    if held is not None:
        message.greeks_basis = held.basis
        if held.amounts is not None:
            message.greeks.CopyFrom(_greeks(held.amounts))
    return message


def _greeks(amounts: GreekAmounts) -> Greeks:
    return Greeks(
        delta=decimal_text(amounts.delta, DELTA_PLACES),
        gamma=decimal_text(amounts.gamma, GAMMA_PLACES),
        vega_usd=decimal_text(amounts.vega, USD_PLACES),
        theta_usd=decimal_text(amounts.theta, USD_PLACES),
    )


def _sum(total: GreeksTotal) -> GreeksSum:
    return GreeksSum(
        greeks=_greeks(total.amounts),
        overdue_positions=total.overdue,
        unpriced_positions=total.unpriced,
    )


def _of_underlying(engine: Engine, found: UnderlyingTotal) -> UnderlyingGreeks:
    underlying = engine.underlying(found.underlying)
    assert underlying is not None
    return UnderlyingGreeks(
        underlying=found.underlying,
        symbol=underlying.symbol,
        sum=_sum(found.total),
        expiries=[_of_expiry(each) for each in found.expiries],
    )


def _of_expiry(found: ExpiryTotal) -> ExpiryGreeks:
    return ExpiryGreeks(expiry=found.expiry, expiry_ms=found.expiry_ms, sum=_sum(found.total))


def _profit(position: PositionView, instrument: InstrumentView, entry: EntryCost) -> int:
    """Return value less cost of a long, cost less value of a short; rounded down."""
    value = abs(position.size) * position.mark_price * COST_SCALE
    gain = value - entry.cost if position.size > 0 else entry.cost - value
    return gain * instrument.tick_value // COST_SCALE


def liquidation_price(view: AccountView, position: PositionView, instrument: InstrumentView) -> int:
    """Return the mark at which equity equals maintenance margin, 0 if no mark is that, or the
    account is under portfolio margin, which no single mark decides on.

    Other marks stand still. With V the position's value a tick (size · tick value, signed), m its
    maintenance rate, E and M the account's equity and maintenance margin, p the mark:

        E + V (q - p) = M + |V| m (q - p)   gives   q = p + (M - E) / (V - |V| m)

    E counts what is pending, and M rounds this position's share up, which is taken back here.
    Rounded towards the present mark: up for longs, down for shorts.
    """
    if not position.size or instrument.status == InstrumentStatus.SETTLED:
        return 0
    if view.portfolio_underlying:
        return 0
    value = position.size * instrument.tick_value
    share = abs(value) * instrument.maintenance_margin_ppm
    slope = value * PPM - share
    if not slope:
        return 0
    required = share * position.mark_price
    others = view.maintenance_margin - div_ceil(required, PPM)
    missing = (others - view.equity) * PPM + required
    moved = div_ceil(missing, slope) if slope > 0 else div_floor(missing, slope)
    price = position.mark_price + moved
    return price if 0 < price <= MARK_PRICE_MAX else 0


def _open_order(order: OrderView) -> OpenOrder:
    return OpenOrder(
        instrument=order.instrument,
        slot=order.slot,
        serial=order.serial,
        sell=order.is_sell,
        reduce_only=order.is_reduce_only,
        price=order.price,
        lots=order.lots,
        expiry_ms=order.expiry_ms,
        client_id=order.client_id,
    )


def _trigger(view: TriggerView) -> Trigger:
    return Trigger(
        instrument=view.instrument,
        place=view.place,
        sell=view.is_sell,
        reduce_only=view.is_reduce_only,
        falling=view.is_falling,
        by_mark=view.is_by_mark,
        trigger_price_nano_usd=view.trigger_price,
        limit=view.limit,
        lots=view.lots,
        max_fee_ppm=view.max_fee_ppm,
        expiry_ms=view.expiry_ms,
        client_id=view.client_id,
        dead=not view.is_live,
    )
