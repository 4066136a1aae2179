"""What the devnet's governance says before it is sealed: reporters, underlyings, instruments.

Payloads of GOVERNANCE messages, docs/protocol/inbox-messages.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from strikeproof.devnet.simulated_market import LISTED, NANO_USD, SimulatedUnderlying
from strikeproof.wire.constants import PPB, PPM, InstrumentKind
from strikeproof.wire.operations import (
    encode_list_expiry,
    encode_list_instrument,
    encode_list_options,
    encode_list_underlying,
    encode_set_latency,
    encode_set_reporters,
)
from strikeproof.wire.units import MicroUsd, Milliseconds, Ppb, Ppm, Ticks

SYMBOL_BYTES = 16


def set_reporters(quorum: int, addresses: Sequence[bytes]) -> bytes:
    """Return the payload that names the reporters, which it sorts."""
    return encode_set_reporters(quorum=quorum, reporters=sorted(addresses))


def list_underlying(symbol: str) -> bytes:
    """Return the payload that lists an underlying; it gets the next id."""
    return encode_list_underlying(symbol=_symbol(symbol))


def list_perpetual(underlying: int, terms: SimulatedUnderlying) -> bytes:
    """Return the payload that lists an underlying's perpetual; it gets the next id."""
    return _list_instrument(underlying, terms, InstrumentKind.PERPETUAL, f"{terms.symbol}-PERP", 0)


def list_expiry(underlying: int, expiry_ms: int) -> bytes:
    """Return the payload that lists an expiry, its forward the index; it gets the next id."""
    return encode_list_expiry(
        underlying=underlying, expiry_ms=Milliseconds(expiry_ms), forward_ppb=Ppb(PPB)
    )


def list_future(underlying: int, terms: SimulatedUnderlying, expiry: int, expiry_ms: int) -> bytes:
    """Return the payload that lists the future of an expiry; it gets the next id."""
    day = datetime.fromtimestamp(expiry_ms / 1000, UTC).strftime("%d%b%y").upper()
    symbol = f"{terms.symbol}-{day}"
    return _list_instrument(underlying, terms, InstrumentKind.FUTURE, symbol, expiry)


def list_options(terms: SimulatedUnderlying, expiry: int, expiry_ms: int, strike: int) -> bytes:
    """Return the payload that lists a call and a put at a strike in ticks; they get the next two
    ids."""
    day = datetime.fromtimestamp(expiry_ms / 1000, UTC).strftime("%d%b").upper()
    usd = strike * terms.index_per_tick_nano_usd // 10**9
    return encode_list_options(
        expiry=expiry,
        strike=Ticks(strike),
        tick_value_micro_usd=terms.tick_value_micro_usd,
        index_per_tick_nano_usd=terms.index_per_tick_nano_usd,
        initial_margin_ppm=Ppm(150_000),
        maintenance_margin_ppm=Ppm(90_000),
        maker_fee_ppm=Ppm(100),
        taker_fee_ppm=Ppm(300),
        price_band_ppm=Ppm(200_000),
        min_order_value_micro_usd=MicroUsd(100_000),
        call_symbol=_symbol(f"{terms.symbol}-{day}-{usd}C"),
        put_symbol=_symbol(f"{terms.symbol}-{day}-{usd}P"),
        liquidation_fee_ppm=Ppm(5_000),
        house_margin_ppm=Ppm(20_000),
    )


def _list_instrument(
    underlying: int, terms: SimulatedUnderlying, kind: InstrumentKind, symbol: str, expiry: int
) -> bytes:
    return encode_list_instrument(
        underlying=underlying,
        kind=kind,
        expiry=expiry,
        tick_value_micro_usd=terms.tick_value_micro_usd,
        index_per_tick_nano_usd=terms.index_per_tick_nano_usd,
        initial_margin_ppm=terms.initial_margin_ppm,
        maintenance_margin_ppm=terms.maintenance_margin_ppm,
        maker_fee_ppm=terms.maker_fee_ppm,
        taker_fee_ppm=terms.taker_fee_ppm,
        price_band_ppm=terms.price_band_ppm,
        min_order_value_micro_usd=terms.min_order_value_micro_usd,
        symbol=_symbol(symbol),
        liquidation_fee_ppm=terms.liquidation_fee_ppm,
        house_margin_ppm=terms.house_margin_ppm,
        funding_cap_ppm=terms.funding_cap_ppm,
        funding_interest_ppm=terms.funding_interest_ppm,
        funding_tau_ms=terms.funding_tau_ms,
        impact_value_micro_usd=terms.impact_value_micro_usd,
    )


def strike_of(terms: SimulatedUnderlying) -> int:
    """Return the strike of a chain, in ticks: what the market starts at."""
    return round(terms.start_usd * NANO_USD / terms.index_per_tick_nano_usd)


def set_latency() -> bytes:
    """Return the payload that says how margins grow with the age of a price: by three standard
    deviations of what the price moves in that time, at least 5 ppm a second."""
    return encode_set_latency(
        slope_factor_ppm=Ppm(3 * PPM),
        slope_least_ppm=Ppm(5),
        slope_most_ppm=Ppm(1_000),
        variance_tau_ms=Milliseconds(600_000),
    )


def set_up_messages(
    reporters: Sequence[bytes], quorum: int, expiry_ms: int = 0
) -> tuple[bytes, ...]:
    """Return all payloads of a new venue, in order: underlying i and its perpetual have id i. With
    an expiry, the future on the first underlying follows, and a call and a put at its money."""
    underlyings = [list_underlying(each.symbol) for each in LISTED]
    perpetuals = [list_perpetual(id, each) for id, each in enumerate(LISTED, start=1)]
    dated = []
    if expiry_ms:
        strike = strike_of(LISTED[0])
        dated = [
            list_expiry(1, expiry_ms),
            list_future(1, LISTED[0], 1, expiry_ms),
            list_options(LISTED[0], 1, expiry_ms, strike),
        ]
    return (set_reporters(quorum, reporters), set_latency(), *underlyings, *perpetuals, *dated)


def _symbol(text: str) -> bytes:
    return text.encode("ascii").ljust(SYMBOL_BYTES, b"\0")
