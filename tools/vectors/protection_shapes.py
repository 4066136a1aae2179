"""SetProtection: its fields at each end, and what it must not say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from tools.vectors.encoders import START_MS

EXPIRY_MS: Final = START_MS + 3_600_000
SET_PROTECTION: Final[dict[str, Any]] = {
    "account": 1,
    "session": 0,
    "nonce": 11,
    "expiry_ms": EXPIRY_MS,
    "underlying": 1,
    "window_ms": 5_000,
    "freeze_ms": 30_000,
    "lots_max": 1_000,
    "delta_max": 5 * 10**9,
    "vega_max": 2_500 * 10**6,
    "max_l1_fee_micro_usd": 2_000_000,
}
TIMES: Final = ("window_ms", "freeze_ms")
LIMITS: Final = ("lots_max", "delta_max", "vega_max")
UNPROTECT: Final = {**SET_PROTECTION, "underlying": 0, **dict.fromkeys((*TIMES, *LIMITS), 0)}


def protection_shapes() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the name and the fields of each."""
    yield "set-protection: limits", SET_PROTECTION
    yield "set-protection: taken back", UNPROTECT
    for name in (*TIMES, *LIMITS):
        yield f"set-protection: taken back with {name}", {**UNPROTECT, name: 1}
    yield "set-protection: no window", {**SET_PROTECTION, "window_ms": 0}
    yield "set-protection: no fill, no freeze", {**UNPROTECT, "underlying": 1, "window_ms": 1}
    for name in LIMITS[1:]:
        most = {**SET_PROTECTION, name: 2**63 - 1}
        yield f"set-protection: no {name}", most
        yield f"set-protection: {name} beyond its count", {**most, name: 2**63}
