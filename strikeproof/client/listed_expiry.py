"""An expiry as the venue reports it: its forward and surface, its average and its settlement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from strikeproof.client.expiry_report import SviTerms
from strikeproof.wire import market_pb2


@dataclass(frozen=True, slots=True)
class ListedExpiry:
    """A time at which instruments on an underlying end."""

    id: int
    underlying: int
    expiry_ms: int
    forward_ppb: int
    """Parts per billion of the index."""
    publish_time_ms: int
    """When the latest report was published; 0: as it was listed."""
    future: int
    """The instrument that is its future; 0: none."""
    average_nano_usd: int
    """The average of the last half hour so far; 0: none."""
    average_covered_ms: int
    settlement_nano_usd: int
    """0: not settled."""
    settled_ms: int
    surface: SviTerms
    """What reporters signed last; a time of 0: no surface."""

    @classmethod
    def of_message(cls, message: market_pb2.Expiry) -> Self:
        """Return the value of an API message."""
        said = message.surface
        return cls(
            message.expiry,
            message.underlying,
            message.expiry_ms,
            message.forward_ppb,
            message.publish_time_ms,
            message.future,
            message.average_nano_usd,
            message.average_covered_ms,
            message.settlement_nano_usd,
            message.settled_ms,
            SviTerms(
                said.a,
                said.b,
                said.rho,
                said.m,
                said.sigma,
                said.forward_nano_usd,
                said.time_ms,
                said.rate_ppm,
                said.confidence_ppm,
            ),
        )
