"""An account's protection in JSON: what is asked for, what is signed, what is shown.

Delta is in units of the underlying, vega in USD a volatility point, both exact decimals; a limit
that is left out, or null, is none.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from strikeproof.client import FieldInvalid, Protection, SetProtection
from strikeproof.client.account_protection import GREEK_UNLIMITED, LOTS_UNLIMITED
from strikeproof.client.venue_views import decimal_of
from strikeproof.gateway.json_fields import JsonFields
from strikeproof.wire.units import Lots, MicroUsd, Milliseconds

MICRO: Final = 10**6
NANO: Final = 10**9


def protection_of_form(value: object, head: tuple[int, int, int, Milliseconds]) -> SetProtection:
    """Return what sets a protection; of underlying 0 alone, what takes it back. `head`: account,
    session, nonce, expiry."""
    given = JsonFields("set_protection", value)
    underlying = given.integer("underlying")
    if underlying == 0:
        given.end()
        return SetProtection(*head, 0, Milliseconds(0), Milliseconds(0), Lots(0), 0, MicroUsd(0))
    times = Milliseconds(given.integer("window_ms")), Milliseconds(given.integer("freeze_ms", 0))
    lots, delta, vega = (given.take(name) for name in ("lots_max", "delta_max", "vega_max"))
    op = SetProtection(
        *head,
        underlying,
        *times,
        LOTS_UNLIMITED if lots is None else Lots(_whole(given.path("lots_max"), lots, 1)),
        GREEK_UNLIMITED if delta is None else _whole(given.path("delta_max"), delta, NANO),
        MicroUsd(GREEK_UNLIMITED if vega is None else _whole(given.path("vega_max"), vega, MICRO)),
    )
    given.end()
    return op


def protection_of_message(
    given: JsonFields, head: tuple[int, int, int, Milliseconds], l1_fee: MicroUsd
) -> SetProtection:
    """Return the op of a signed message of typed data."""
    return SetProtection(
        *head,
        given.integer("underlying"),
        Milliseconds(given.integer("window")),
        Milliseconds(given.integer("freeze")),
        Lots(given.integer("lotsMax")),
        given.integer("deltaMax"),
        MicroUsd(given.integer("vegaMax")),
        l1_fee,
    )


def protection_json(found: Protection | None) -> dict[str, Any] | None:
    """Return a protection as the account's JSON shows it; null: there is none."""
    if found is None:
        return None
    return {
        "underlying": found.underlying,
        "window_ms": found.window_ms,
        "freeze_ms": found.freeze_ms,
        "lots_max": found.lots_max,
        "delta_max": _decimal(found.delta_max, NANO),
        "vega_max": _decimal(found.vega_max, MICRO),
        "lots": found.lots,
        "delta": _decimal(found.delta, NANO),
        "vega": _decimal(found.vega, MICRO),
        "start_ms": found.start_ms or None,
        "frozen_until_ms": found.frozen_until_ms or None,
    }


def _decimal(parts: int | None, parts_of_one: int) -> str | None:
    return None if parts is None else f"{Decimal(parts) / parts_of_one:f}"


def _whole(field: str, value: object, parts: int) -> int:
    scaled = decimal_of(field, value) * parts
    if scaled.denominator != 1:
        raise FieldInvalid(field, str(value), f"has more decimals than 1/{parts}")
    return int(scaled)
