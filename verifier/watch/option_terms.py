"""What a mark record of an option says: its forward, its mark there, what a lot short asks for, and
whether it waits for a Reprice.

Written from docs/protocol/options.md, apart from the sequencer's engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from strikeproof.wire.constants import (
    OPTION_DRIFT_PPM,
    OPTION_STALE_MS,
    PPB,
    PPM,
    InstrumentKind,
)

PRICE_MAX: Final = 2**32 - 1
KINDS: Final = (int(InstrumentKind.CALL), int(InstrumentKind.PUT))


class OptionNow(NamedTuple):
    """An option now: prices in ticks; `short_asks` micro-USD × PPM of a lot."""

    forward: int
    price: int
    short_asks: int
    priced_forward: int
    priced_ms: int

    def is_overdue(self, now_ms: int) -> bool:
        """Whether only shrinking fills pass until the next Reprice."""
        apart = abs(self.forward - self.priced_forward)
        return (
            now_ms - self.priced_ms > OPTION_STALE_MS
            or apart * PPM > self.priced_forward * OPTION_DRIFT_PPM
        )


def option_terms(fields: Mapping[str, int], index: int) -> OptionNow:
    """Return the terms of an option that is not settled, by its record's fields and its index."""
    tick = fields["index_per_tick"]
    is_put = fields["kind"] == int(InstrumentKind.PUT)
    forward = min(fields["fixed_price"] + index * fields["index_ppb"] // (PPB * tick), PRICE_MAX)
    price = _mark(fields, forward, is_put)
    spot = min(index, tick * 2**32)
    kept = max(spot, price * tick) if is_put else spot
    asks = -(-fields["tick_value"] * fields["maintenance_margin_ppm"] * kept // tick)
    return OptionNow(forward, price, asks, fields["priced_forward"], fields["priced_ms"])


def _mark(fields: Mapping[str, int], forward: int, is_put: bool) -> int:
    if not fields["priced_ms"]:
        return 0
    apart = forward - fields["priced_forward"]
    curve = fields["gamma"] * apart**2 * 2**13 // fields["priced_forward"]
    moved = fields["delta"] * apart + curve
    bound = (-apart if is_put else apart) * 2**30
    moved = min(max(moved, 0), bound) if bound > 0 else max(min(moved, 0), bound)
    return max(1, min((fields["mark_price"] * 2**22 + moved) // 2**30, PRICE_MAX))
