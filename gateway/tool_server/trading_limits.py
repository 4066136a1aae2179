"""What a tool may trade at most, whatever it is asked to: decided from the venue's own figures."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Final

from strikeproof.client import AccountState, Instrument
from strikeproof.failure import Rejected
from strikeproof.wire.errors import FailureCode

EXACT_DIGITS: Final = 60
MICRO: Final = 10**6


class BeyondLimits(Rejected):
    """An order that the limits of this server do not admit. Nothing was signed."""

    code = FailureCode.BEYOND_LIMITS

    def __init__(self, limit: str, wanted: object, most: object) -> None:
        super().__init__(f"{limit}: {wanted}, at most {most}")
        self.limit, self.wanted, self.most = limit, wanted, most


@dataclass(frozen=True, slots=True)
class TradingLimits:
    """One account, some markets, and how much."""

    account: int
    markets: frozenset[str]
    order_usd_max: Decimal
    """Price times size of one order."""
    exposure_usd_max: Decimal
    """All positions at their marks and all open orders at their prices, the new one included."""

    def check_market(self, symbol: str) -> None:
        """Raise `BeyondLimits` unless the market is one of those that are named."""
        if symbol not in self.markets:
            raise BeyondLimits("market", symbol, ", ".join(sorted(self.markets)) or "none")

    def check_order(
        self,
        instrument: Instrument,
        worst_price: int,
        lots: int,
        account: AccountState,
        instruments: dict[int, Instrument],
    ) -> Decimal:
        """Return the order's value in USD. Raises `BeyondLimits`.

        `worst_price`: the highest at which it may fill, in ticks. For a sale that is not its limit.
        """
        self.check_market(instrument.symbol)
        if account.id != self.account:
            raise BeyondLimits("account", account.id, self.account)
        value = value_usd(instrument, worst_price, lots)
        if value > self.order_usd_max:
            raise BeyondLimits("value of an order in USD", value, self.order_usd_max)
        exposure = value + exposure_usd(account, instruments)
        if exposure > self.exposure_usd_max:
            raise BeyondLimits("exposure in USD", exposure, self.exposure_usd_max)
        return value


def value_usd(instrument: Instrument, price: int, lots: int) -> Decimal:
    """Return price times size in USD, exactly."""
    with localcontext(prec=EXACT_DIGITS):
        return Decimal(price * lots * instrument.tick_value) / MICRO


def exposure_usd(account: AccountState, instruments: dict[int, Instrument]) -> Decimal:
    """Return the value of all positions and open orders in USD, whatever their side."""
    with localcontext(prec=EXACT_DIGITS):
        held = sum(
            value_usd(instruments[each.instrument], each.mark_price, abs(each.size_lots))
            for each in account.positions
        )
        ordered = sum(
            value_usd(instruments[each.instrument], each.price, each.lots)
            for each in account.open_orders
        )
        return Decimal(held + ordered)
