"""Greeks of a position, an expiry and an account, as the node gives them: exact decimals."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from typing import Self

from strikeproof.wire import venue_pb2


class GreeksBasis(IntEnum):
    """What the Greeks of a position stand on."""

    NONE = venue_pb2.GREEKS_BASIS_UNSPECIFIED
    """No position, or a node that gives no Greeks."""
    CURRENT = venue_pb2.GREEKS_BASIS_CURRENT
    OVERDUE = venue_pb2.GREEKS_BASIS_OVERDUE
    """The option's latest pricing is too old, or the forward has moved too far since."""
    UNPRICED = venue_pb2.GREEKS_BASIS_UNPRICED
    SETTLED = venue_pb2.GREEKS_BASIS_SETTLED


@dataclass(frozen=True, slots=True)
class Greeks:
    """Delta in units of the underlying and gamma in those per USD, by the index; vega in USD a
    volatility point; theta in USD a day. Of all the lots that are held, not of one."""

    delta: Decimal = Decimal(0)
    gamma: Decimal = Decimal(0)
    vega_usd: Decimal = Decimal(0)
    theta_usd: Decimal = Decimal(0)

    @classmethod
    def of_message(cls, message: venue_pb2.Greeks) -> Self:
        """Return the value of an API message."""
        told = (message.delta, message.gamma, message.vega_usd, message.theta_usd)
        return cls(*(Decimal(each or 0) for each in told))


@dataclass(frozen=True, slots=True)
class GreeksSum:
    """A sum over positions. `overdue_positions` are counted with their last pricing,
    `unpriced_positions` are not counted: the sum is not of all."""

    greeks: Greeks
    overdue_positions: int
    unpriced_positions: int

    @classmethod
    def of_message(cls, message: venue_pb2.GreeksSum) -> Self:
        """Return the value of an API message."""
        counts = message.overdue_positions, message.unpriced_positions
        return cls(Greeks.of_message(message.greeks), *counts)


@dataclass(frozen=True, slots=True)
class ExpiryGreeks:
    """Greeks of the positions that end at a time; expiry 0: of perpetuals."""

    expiry: int
    expiry_ms: int
    sum: GreeksSum


@dataclass(frozen=True, slots=True)
class UnderlyingGreeks:
    """Greeks of positions on an underlying, and by expiry: by time, perpetuals first."""

    underlying: int
    symbol: str
    sum: GreeksSum
    expiries: tuple[ExpiryGreeks, ...]

    @classmethod
    def of_message(cls, message: venue_pb2.UnderlyingGreeks) -> Self:
        """Return the value of an API message."""
        return cls(
            message.underlying,
            message.symbol,
            GreeksSum.of_message(message.sum),
            tuple(
                ExpiryGreeks(each.expiry, each.expiry_ms, GreeksSum.of_message(each.sum))
                for each in message.expiries
            ),
        )
