"""A checkpoint of records: what a fill-or-kill order that fails takes back."""

from __future__ import annotations

from strikeproof.sequencer.core.account import Account, Position
from strikeproof.sequencer.core.global_record import GlobalRecord
from strikeproof.sequencer.core.instrument import Instrument
from strikeproof.sequencer.core.order_book import Ladder, Order

PositionFields = tuple[int, int, int, int, int, int, int, set[int]]


def _fields_of(position: Position) -> PositionFields:
    return (
        position.epoch,
        position.open_orders,
        position.size,
        position.buy_lots,
        position.sell_lots,
        position.buy_value,
        position.sell_value,
        set(position.slots),
    )


def _set_fields(position: Position, fields: PositionFields) -> None:
    (
        position.epoch,
        position.open_orders,
        position.size,
        position.buy_lots,
        position.sell_lots,
        position.buy_value,
        position.sell_value,
        position.slots,
    ) = fields


class Checkpoint:
    """Records as they were when first saved. Whoever changes a record while a checkpoint is set
    saves it first; stamps and weights are not taken back."""

    __slots__ = ("accounts", "instruments", "ladders", "orders", "pools", "positions")

    def __init__(self, venue: GlobalRecord) -> None:
        self.pools = (venue.fee_pool, venue.insurance_fund)
        self.accounts: dict[int, tuple[Account, int, int]] = {}
        self.positions: dict[int, list[tuple[Position, PositionFields]]] = {}
        self.orders: dict[int, tuple[Order, tuple[int, ...]]] = {}
        self.instruments: dict[int, tuple[Instrument, tuple[int, ...]]] = {}
        self.ladders: list[tuple[Ladder, int, int]] = []

    def save_account(self, account: Account) -> None:
        """Remember an account with its entries."""
        if account.id not in self.accounts:
            self.accounts[account.id] = (account, account.collateral, account.epoch_counter)
            self.positions[account.id] = [(p, _fields_of(p)) for p in account.positions]

    def save_order(self, order: Order) -> None:
        """Remember an order slot."""
        if order.id not in self.orders:
            fields = (
                order.flags,
                order.price,
                order.lots,
                order.account,
                order.epoch,
                order.serial,
                order.prev,
                order.next,
                order.expiry_ms,
                order.client_id,
                order.max_fee_ppm,
            )
            self.orders[order.id] = (order, fields)

    def save_instrument(self, instrument: Instrument) -> None:
        """Remember what matching changes of an instrument."""
        if instrument.id not in self.instruments:
            fields = (
                instrument.last_price,
                instrument.order_count,
                instrument.best_bid,
                instrument.best_ask,
                instrument.free_slot,
                instrument.open_interest,
            )
            self.instruments[instrument.id] = (instrument, fields)

    def save_tail(self, ladder: Ladder, price: int, tail: int) -> None:
        """Remember the last order at a price, before it changes."""
        self.ladders.append((ladder, price, tail))

    def restore(self, venue: GlobalRecord) -> None:
        """Set every saved record back."""
        venue.fee_pool, venue.insurance_fund = self.pools
        for account, collateral, epoch_counter in self.accounts.values():
            account.collateral = collateral
            account.epoch_counter = epoch_counter
            account.positions = []
            for position, fields in self.positions[account.id]:
                _set_fields(position, fields)
                account.positions.append(position)
        for order, order_fields in self.orders.values():
            (
                order.flags,
                order.price,
                order.lots,
                order.account,
                order.epoch,
                order.serial,
                order.prev,
                order.next,
                order.expiry_ms,
                order.client_id,
                order.max_fee_ppm,
            ) = order_fields
        for instrument, terms in self.instruments.values():
            (
                instrument.last_price,
                instrument.order_count,
                instrument.best_bid,
                instrument.best_ask,
                instrument.free_slot,
                instrument.open_interest,
            ) = terms
        for ladder, price, tail in reversed(self.ladders):
            ladder.set_tail(price, tail)
