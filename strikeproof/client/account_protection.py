"""An account's protection: limits of what its orders on an underlying fill within a window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple, Self

from strikeproof.wire import venue_pb2
from strikeproof.wire.units import Lots, MicroUsd

LOTS_UNLIMITED: Final = Lots(2**40 - 1)
"""More than a position holds."""
GREEK_UNLIMITED: Final = 2**63 - 1
"""The same of delta and vega: the most that is counted."""


class RemainingFills(NamedTuple):
    """What orders may still fill within a window without passing a limit; None: it is not limited.
    Delta and vega may move by as much as `lower` down and `upper` up."""

    lots: int | None
    delta_lower: int | None
    delta_upper: int | None
    vega_lower: int | None
    vega_upper: int | None


@dataclass(frozen=True, slots=True)
class Protection:
    """What an account's orders on an underlying may fill within a window, and what they have. Delta
    is in 10^-9 units of the underlying, vega in micro-USD a volatility point."""

    underlying: int
    window_ms: int
    freeze_ms: int
    """How long no order rests once a limit is passed."""
    lots_max: Lots | None
    delta_max: int | None
    vega_max: MicroUsd | None
    """None: it is not limited, as of the two before."""
    lots: int
    """Filled in the window that began at `start_ms`, which is over `window_ms` later."""
    delta: int
    vega: MicroUsd
    """By how much its fills changed these."""
    start_ms: int
    frozen_until_ms: int
    """Until then no order of the account comes to rest on the underlying; 0: never passed."""

    @classmethod
    def of_message(cls, message: venue_pb2.Protection) -> Self:
        """Return the value of an API message."""
        lots, delta, vega = message.lots_max, message.delta_max, message.vega_max
        return cls(
            message.underlying,
            message.window_ms,
            message.freeze_ms,
            None if lots == LOTS_UNLIMITED else Lots(lots),
            None if delta == GREEK_UNLIMITED else delta,
            None if vega == GREEK_UNLIMITED else MicroUsd(vega),
            message.lots,
            message.delta,
            MicroUsd(message.vega),
            message.start_ms,
            message.frozen_until_ms,
        )

    def remaining(self, now_ms: int) -> RemainingFills:
        """Return what may still fill at a time of the venue's clock."""
        is_over = now_ms >= self.start_ms + self.window_ms
        lots, delta, vega = (0, 0, 0) if is_over else (self.lots, self.delta, self.vega)
        return RemainingFills(
            None if self.lots_max is None else self.lots_max - lots,
            None if self.delta_max is None else self.delta_max + delta,
            None if self.delta_max is None else self.delta_max - delta,
            None if self.vega_max is None else self.vega_max + vega,
            None if self.vega_max is None else self.vega_max - vega,
        )
