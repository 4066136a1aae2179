"""One perpetual in the law's formulas: accounts, house, indices; no book and no bytes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction

from strikeproof.sequencer.core.rules import deleveraging
from strikeproof.sequencer.core.rules.house import House, MarkValue
from strikeproof.sequencer.core.rules.pending import (
    Entry,
    Holder,
    Indices,
    Pending,
    pending,
    rounding,
    settled,
)
from strikeproof.wire.constants import (
    FRACTION,
)

TICK_VALUE = 100
BAND_PPM = 50_000


@dataclass
class Trader:
    """Cash in micro-USD and one entry; `factor` 0 before its first trade."""

    cash: int = 0
    entry: Entry = field(default_factory=lambda: Entry(0, 0, 0, 0))


@dataclass
class Market:
    """`drift_lots` and `drift_cash` bound what the two ledgers may differ by when all has settled:
    see docs/adr/0014-two-ledgers-of-the-house.md."""

    traders: list[Trader]
    mark: int = 260_000
    house: House = field(default_factory=House)
    indices: Indices = field(default_factory=Indices)
    now_ms: int = 1_000
    drift_lots: Fraction = Fraction(0)  # in 2^-32 lots
    drift_cash: int = 0
    paths: int = 0  # the most that a lot could be worth, plus all funding that ever moved

    @property
    def value(self) -> MarkValue:
        return MarkValue(self.mark, TICK_VALUE)

    def view(self, account: int) -> Pending:
        return pending(self.traders[account].entry, self.indices, Holder(account, 7))

    def equity(self, account: int) -> int:
        """Return an account's equity, what is pending included, without writing."""
        due = self.view(account)
        return self.traders[account].cash + due.cash + due.size * self.value.a_lot

    def settle(self, account: int) -> None:
        trader = self.traders[account]
        due = self.view(account)
        rounded = rounding(trader.entry, self.indices, due.closed_lots)
        self.house.settles(trader.entry.size, due, rounded)
        trader.cash += due.cash
        trader.entry = settled(due.size, self.indices)
        self.drift_lots += 1
        self.drift_cash += 4

    def change(self, account: int, lots: int, cash: int) -> None:
        """A settled entry trades."""
        trader = self.traders[account]
        size = trader.entry.size
        self.house.interest_changes(size, size + lots)
        trader.entry = settled(size + lots, self.indices)
        trader.cash += cash

    def trade(self, buyer: int, seller: int, lots: int, price: int) -> None:
        for account in (buyer, seller):
            self.settle(account)
        value = lots * price * TICK_VALUE
        self.change(buyer, lots, -value)
        self.change(seller, -lots, value)

    def take_over(self, account: int, lots: int, price: int) -> None:
        """The house takes this many lots of an account at a price."""
        self.settle(account)
        size = self.traders[account].entry.size
        taken = max(-lots, min(lots, size))
        paid = taken * price * TICK_VALUE
        self.house.takes_lots(taken, paid)
        self.change(account, -taken, paid)

    def fund(self, index_change: int) -> None:
        self.house.funding_accrues(index_change)
        self.indices = replace(
            self.indices, funding_index=self.indices.funding_index + index_change
        )
        self.drift_cash += 1
        self.paths += abs(index_change) // FRACTION + 1

    def deleverage(self) -> int:
        """Return the lots that were closed."""
        self.now_ms += 500
        found = deleveraging.deleverage(self.house, self.indices, self.value, BAND_PPM, self.now_ms)
        if found is None or found.is_final:
            return 0
        longs = found.sign > 0
        side = self.indices.long if longs else self.indices.short
        interest = self.house.long_interest if longs else self.house.short_interest
        self.drift_lots += Fraction(interest, side.factor)
        self.drift_cash += 2
        self.paths += found.price * TICK_VALUE
        self.indices = deleveraging.apply(found, self.house, self.indices, TICK_VALUE)
        return found.lots

    def total_cash(self) -> int:
        return sum(each.cash for each in self.traders) + self.house.cash

    def total_lots(self) -> int:
        return sum(each.entry.size for each in self.traders) + self.house.lots

    def settle_all(self) -> None:
        for account in range(len(self.traders)):
            self.settle(account)

    def ledger_differences(self) -> tuple[int, int]:
        """Return by how much the ledgers differ, in 2^-32 lots and in micro-USD."""
        lots = self.house.lots * FRACTION - self.house.effective_lots
        return lots, self.house.cash - self.house.effective_cash

    def bounds(self) -> tuple[int, int]:
        """Return what the differences may be once everything is settled."""
        lots = int(self.drift_lots) + 1
        worth = self.paths + self.mark * TICK_VALUE
        return lots, self.drift_cash + lots * worth // FRACTION + 1
