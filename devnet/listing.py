"""What the devnet's governance says before it is sealed: reporters, underlyings, instruments.

Payloads of GOVERNANCE messages, docs/protocol/inbox-messages.md.
"""

from __future__ import annotations

from collections.abc import Sequence

from strikeproof.devnet.simulated_market import LISTED, SimulatedUnderlying
from strikeproof.wire.constants import PPM, InstrumentKind
from strikeproof.wire.operations import (
    encode_list_instrument,
    encode_list_underlying,
    encode_set_latency,
    encode_set_reporters,
)
from strikeproof.wire.units import Milliseconds, Ppm

SYMBOL_BYTES = 16


def set_reporters(quorum: int, addresses: Sequence[bytes]) -> bytes:
    """Return the payload that names the reporters, which it sorts."""
    return encode_set_reporters(quorum=quorum, reporters=sorted(addresses))


def list_underlying(symbol: str) -> bytes:
    """Return the payload that lists an underlying; it gets the next id."""
    return encode_list_underlying(symbol=_symbol(symbol))


def list_perpetual(underlying: int, terms: SimulatedUnderlying) -> bytes:
    """Return the payload that lists an underlying's perpetual; it gets the next id."""
    return encode_list_instrument(
        underlying=underlying,
        kind=InstrumentKind.PERPETUAL,
        tick_value_micro_usd=terms.tick_value_micro_usd,
        index_per_tick_nano_usd=terms.index_per_tick_nano_usd,
        initial_margin_ppm=terms.initial_margin_ppm,
        maintenance_margin_ppm=terms.maintenance_margin_ppm,
        maker_fee_ppm=terms.maker_fee_ppm,
        taker_fee_ppm=terms.taker_fee_ppm,
        price_band_ppm=terms.price_band_ppm,
        min_order_value_micro_usd=terms.min_order_value_micro_usd,
        symbol=_symbol(f"{terms.symbol}-PERP"),
        liquidation_fee_ppm=terms.liquidation_fee_ppm,
        house_margin_ppm=terms.house_margin_ppm,
        funding_cap_ppm=terms.funding_cap_ppm,
        funding_interest_ppm=terms.funding_interest_ppm,
        funding_tau_ms=terms.funding_tau_ms,
        impact_value_micro_usd=terms.impact_value_micro_usd,
    )


def set_latency() -> bytes:
    """Return the payload that says how margins grow with the age of a price: by three standard
    deviations of what the price moves in that time, at least 5 ppm a second."""
    return encode_set_latency(
        slope_factor_ppm=Ppm(3 * PPM),
        slope_least_ppm=Ppm(5),
        slope_most_ppm=Ppm(1_000),
        variance_tau_ms=Milliseconds(600_000),
    )


def set_up_messages(reporters: Sequence[bytes], quorum: int) -> tuple[bytes, ...]:
    """Return all payloads of a new venue, in order: underlying i and its perpetual have id i."""
    underlyings = [list_underlying(each.symbol) for each in LISTED]
    perpetuals = [list_perpetual(id, each) for id, each in enumerate(LISTED, start=1)]
    return (set_reporters(quorum, reporters), set_latency(), *underlyings, *perpetuals)


def _symbol(text: str) -> bytes:
    return text.encode("ascii").ljust(SYMBOL_BYTES, b"\0")
