"""Protections of a synthetic state's accounts: each fill of an order passes its limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from strikeproof.bench.synthetic_values import FILLED, OLD_MS
from strikeproof.wire import layout

WINDOW_MS: Final = 0x01010101
COUNTED: Final = -(FILLED >> 58)  # of delta and vega, a large amount without zero bytes
NAMES: Final = tuple(
    each.name for each in layout.ACCOUNT_GROUP.fields if each.name.startswith("protect")
)


def passed_protection(
    records: Mapping[int, bytes], instruments: Sequence[int], now_ms: int
) -> dict[str, int]:
    """Return the fields of a protection on the underlying of an account's last instrument: with its
    first fill the account's orders there end, up to sixteen entries of them."""
    if not instruments:
        return dict.fromkeys(NAMES, 0)
    underlying = layout.unpack_mark(records[layout.MARK_KIND << 56 | instruments[-1]])[2]
    times = (WINDOW_MS, 0, now_ms - 1, now_ms - OLD_MS)  # without a freeze more orders rest
    counts = (0, FILLED >> 88, 1, 1, COUNTED, COUNTED)
    return dict(zip(NAMES, (underlying, *times, *counts), strict=True))
