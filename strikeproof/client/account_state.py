"""An account as a trader sees it: money, margin, positions, open orders."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from strikeproof.client.account_greeks import Greeks, GreeksBasis, UnderlyingGreeks
from strikeproof.client.account_protection import Protection
from strikeproof.client.venue_views import usd_of_nano
from strikeproof.wire import venue_pb2


@dataclass(frozen=True, slots=True)
class Position:
    """A position, with the lots that open orders could add.

    `entry_price_nano_usd` is the average price of the fills since the position was flat, None
    without a position. `liquidation_price`: the mark, in ticks, at which the account's equity
    meets its maintenance margin while other marks stand still; 0: there is none, or the account is
    under portfolio margin.
    """

    instrument: int
    symbol: str
    size_lots: int
    open_buy_lots: int
    open_sell_lots: int
    open_orders: int
    mark_price: int
    entry_price_nano_usd: int | None
    unrealised_profit_micro_usd: int | None
    liquidation_price: int
    pending_cash_micro_usd: int
    """Funding and deleveraging that the next trade settles; negative: the account pays."""
    pending_closed_lots: int
    """Closed by deleveraging since the last trade; `size_lots` is without them."""
    greeks: Greeks | None = None
    """None without a position, and of an option that was never priced."""
    greeks_basis: GreeksBasis = GreeksBasis.NONE

    @property
    def entry_price_usd(self) -> Decimal | None:
        """The entry price in USD."""
        if self.entry_price_nano_usd is None:
            return None
        return usd_of_nano(self.entry_price_nano_usd)

    @classmethod
    def of_message(cls, message: venue_pb2.AccountPosition) -> Self:
        """Return the value of an API message."""
        entry, profit = message.entry_price_nano_usd, message.unrealised_profit_micro_usd
        return cls(
            message.instrument,
            message.symbol,
            message.size_lots,
            message.open_buy_lots,
            message.open_sell_lots,
            message.open_orders,
            message.mark_price,
            int(entry) if entry else None,
            int(profit) if profit else None,
            message.liquidation_price,
            int(message.pending_cash_micro_usd or 0),
            message.pending_closed_lots,
            Greeks.of_message(message.greeks) if message.HasField("greeks") else None,
            GreeksBasis(message.greeks_basis),
        )


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """A resting order."""

    instrument: int
    slot: int
    serial: int
    sell: bool
    reduce_only: bool
    price: int
    lots: int
    expiry_ms: int
    client_id: int


@dataclass(frozen=True, slots=True)
class Trigger:
    """An order that waits for a price: it fires once the mark (`by_mark`), or else the index, is at
    or below `trigger_price_nano_usd` if it is `falling`, else at or above it. `limit` in ticks.
    `dead`: it can no longer fire."""

    instrument: int
    place: int
    sell: bool
    reduce_only: bool
    falling: bool
    by_mark: bool
    trigger_price_nano_usd: int
    limit: int
    lots: int
    max_fee_ppm: int
    expiry_ms: int
    client_id: int
    dead: bool

    @property
    def trigger_price_usd(self) -> Decimal:
        """The price that it waits for, in USD."""
        return usd_of_nano(self.trigger_price_nano_usd)

    @classmethod
    def of_message(cls, message: venue_pb2.Trigger) -> Self:
        """Return the value of an API message."""
        return cls(
            message.instrument,
            message.place,
            message.sell,
            message.reduce_only,
            message.falling,
            message.by_mark,
            message.trigger_price_nano_usd,
            message.limit,
            message.lots,
            message.max_fee_ppm,
            message.expiry_ms,
            message.client_id,
            message.dead,
        )


@dataclass(frozen=True, slots=True)
class PortfolioRequirement:
    """What portfolio margin asks of an account's positions, or would, beside their value at marks,
    micro-USD. `required`: the equity to have at least to come under it, and under it to withdraw or
    trade. `overdue`: an option among them waits for a Reprice. `certified_until_ms`: until when the
    account may trade on the book if the index stands still; 0: its certificate does not count."""

    underlying: int
    initial_margin_micro_usd: int
    maintenance_margin_micro_usd: int
    overdue: bool
    required_micro_usd: int
    certified_until_ms: int = 0

    @classmethod
    def of_message(cls, message: venue_pb2.PortfolioRequirement) -> Self:
        """Return the value of an API message."""
        return cls(
            message.underlying,
            int(message.initial_margin_micro_usd),
            int(message.maintenance_margin_micro_usd),
            message.overdue,
            int(message.required_micro_usd or 0),
            message.certified_until_ms,
        )


@dataclass(frozen=True, slots=True)
class AccountState:
    """An account, all money in micro-USD."""

    id: int
    owner: bytes
    collateral_micro_usd: int
    withdrawn_micro_usd: int
    equity_micro_usd: int
    initial_margin_micro_usd: int
    maintenance_margin_micro_usd: int
    stale: bool
    positions: tuple[Position, ...]
    open_orders: tuple[OpenOrder, ...]
    cancel_at_ms: int
    """Its orders are dead from then on; 0: never."""
    guard_key: bytes
    """Signs withdrawals and changes of keys as well; empty: no guard key is in force."""
    guard_removal_ms: int
    """The guard key is gone from then on; 0: it stays."""
    greeks: tuple[UnderlyingGreeks, ...] = ()
    """Greeks of the positions on each underlying; empty without positions."""
    triggers: tuple[Trigger, ...] = ()
    """Orders that wait for a price, by instrument and place."""
    portfolio_margin: PortfolioRequirement | None = None
    """None unless all positions are options and perpetuals of one underlying."""
    tier: int = 0
    """What attesters said last; 0: none."""
    tier_expiry_ms: int = 0
    """The tier is none from then on."""
    attested_ms: int = 0
    """When they said it; 0: never."""
    credit_micro_usd: int = 0
    """By how much credit lowers the initial margin now."""
    credit_limit_micro_usd: int = 0
    """The guarantor's money that stands with the account, until it is released."""
    guarantor: int = 0
    """The account that it came from; 0: none."""
    credit_expiry_ms: int = 0
    """From then on it does not count."""
    credited_ms: int = 0
    """When attesters said it; 0: never."""
    portfolio_underlying: int = 0
    """Under portfolio margin on it; 0: under standard margin."""
    auctioned_ms: int = 0
    """Since when it is auctioned; 0: it is not. Its orders do not fill, and it may place none."""
    protection: Protection | None = None
    """None: it has none."""

    @property
    def available_micro_usd(self) -> int | None:
        """Equity above what the account is asked to have, by its own margin, to withdraw or trade;
        below 0: it lacks that. None if portfolio margin has no figures of it now."""
        if not self.portfolio_underlying:
            return self.equity_micro_usd - self.initial_margin_micro_usd
        margin = self.portfolio_margin
        return None if margin is None else self.equity_micro_usd - margin.required_micro_usd

    @classmethod
    def of_message(cls, message: venue_pb2.Account) -> Self:
        """Return the value of an API message."""
        return cls(
            message.account,
            message.owner,
            int(message.collateral_micro_usd),
            int(message.withdrawn_micro_usd),
            int(message.equity_micro_usd),
            int(message.initial_margin_micro_usd),
            int(message.maintenance_margin_micro_usd),
            message.stale,
            tuple(map(Position.of_message, message.positions)),
            tuple(
                OpenOrder(
                    each.instrument,
                    each.slot,
                    each.serial,
                    each.sell,
                    each.reduce_only,
                    each.price,
                    each.lots,
                    each.expiry_ms,
                    each.client_id,
                )
                for each in message.open_orders
            ),
            message.cancel_at_ms,
            message.guard_key,
            message.guard_removal_ms,
            tuple(map(UnderlyingGreeks.of_message, message.greeks)),
            tuple(map(Trigger.of_message, message.triggers)),
            PortfolioRequirement.of_message(message.portfolio_margin)
            if message.HasField("portfolio_margin")
            else None,
            message.tier,
            message.tier_expiry_ms,
            message.attested_ms,
            int(message.credit_micro_usd or 0),
            int(message.credit_limit_micro_usd or 0),
            message.guarantor,
            message.credit_expiry_ms,
            message.credited_ms,
            message.portfolio_underlying,
            message.auctioned_ms,
            Protection.of_message(message.protection) if message.HasField("protection") else None,
        )
