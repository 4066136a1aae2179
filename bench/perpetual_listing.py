"""Perpetuals as a venue would list them: margins, fees, house and funding in force.

The benchmarks' venues differ in what a lot is worth; everything else they share.
"""

from __future__ import annotations

from typing import Final

from strikeproof.wire.constants import FUNDING_WALK_MAX, InstrumentKind
from strikeproof.wire.operations import encode_list_instrument
from strikeproof.wire.units import (
    MicroUsd,
    MicroUsdPerTickPerLot,
    Milliseconds,
    NanoUsdPerTick,
    Ppm,
)

INITIAL_MARGIN: Final = Ppm(50_000)
MAINTENANCE_MARGIN: Final = Ppm(25_000)
MAKER_FEE: Final = Ppm(100)
TAKER_FEE: Final = Ppm(500)
PRICE_BAND: Final = Ppm(100_000)
LIQUIDATION_FEE: Final = Ppm(5_000)
HOUSE_MARGIN: Final = Ppm(12_500)
FUNDING_CAP: Final = Ppm(7_500)
FUNDING_INTEREST: Final = Ppm(100)
FUNDING_TAU: Final = Milliseconds(300_000)


def list_perpetual(
    underlying: int,
    symbol: str,
    tick_value: MicroUsdPerTickPerLot,
    index_per_tick: NanoUsdPerTick,
    min_order_value: MicroUsd,
    price_band: Ppm = PRICE_BAND,
    expiry: int = 0,
) -> bytes:
    """Return the governance payload that lists a perpetual, or with an expiry the future on it; it
    gets the next id."""
    return encode_list_instrument(
        underlying=underlying,
        kind=InstrumentKind.FUTURE if expiry else InstrumentKind.PERPETUAL,
        expiry=expiry,
        tick_value_micro_usd=tick_value,
        index_per_tick_nano_usd=index_per_tick,
        initial_margin_ppm=INITIAL_MARGIN,
        maintenance_margin_ppm=MAINTENANCE_MARGIN,
        maker_fee_ppm=MAKER_FEE,
        taker_fee_ppm=TAKER_FEE,
        price_band_ppm=price_band,
        min_order_value_micro_usd=min_order_value,
        symbol=symbol.encode().ljust(16, b"\0"),
        liquidation_fee_ppm=LIQUIDATION_FEE,
        house_margin_ppm=HOUSE_MARGIN,
        funding_cap_ppm=FUNDING_CAP,
        funding_interest_ppm=FUNDING_INTEREST,
        funding_tau_ms=FUNDING_TAU,
        impact_value_micro_usd=MicroUsd(FUNDING_WALK_MAX * min_order_value),
    )
