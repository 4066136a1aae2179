"""A checkpoint of records: what a fill-or-kill order that fails takes back."""

from __future__ import annotations

from sequencer.core.account import Account, Position
from sequencer.core.instrument import Instrument
from sequencer.core.order_book import Ladder, Order
from sequencer.core.venue import Venue

_POSITION_FIELDS = Position.__slots__
_ORDER_FIELDS = Order.__slots__


class Checkpoint:
    """Records as they were when first saved. Whoever changes a record while a checkpoint is set
    saves it first; stamps and weights are not taken back."""

    __slots__ = ("accounts", "instruments", "ladders", "orders", "pools")

    def __init__(self, venue: Venue) -> None:
        self.pools = (venue.fee_pool, venue.insurance_fund)
        self.accounts: dict[int, tuple[Account, tuple[int, int], list[Position], list[object]]] = {}
        self.orders: dict[int, tuple[Order, tuple[int, ...]]] = {}
        self.instruments: dict[int, tuple[Instrument, tuple[int, ...]]] = {}
        self.ladders: list[tuple[Ladder, int, int]] = []

    def save_account(self, account: Account) -> None:
        """Remember an account with its entries."""
        if account.id not in self.accounts:
            fields: list[object] = [
                (*(getattr(p, name) for name in _POSITION_FIELDS[:-1]), set(p.slots))
                for p in account.positions
            ]
            cash = (account.collateral, account.epoch_counter)
            self.accounts[account.id] = (account, cash, list(account.positions), fields)

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

    def restore(self, venue: Venue) -> None:
        """Set every saved record back."""
        venue.fee_pool, venue.insurance_fund = self.pools
        for account, cash, positions, saved in self.accounts.values():
            account.collateral, account.epoch_counter = cash
            account.positions = positions
            for position, fields in zip(positions, saved, strict=True):
                assert isinstance(fields, tuple)
                for name, value in zip(_POSITION_FIELDS, fields, strict=True):
                    setattr(position, name, value)
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
