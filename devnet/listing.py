"""What the devnet's governance says before it is sealed: reporters, underlyings, instruments.

Payloads of GOVERNANCE messages, docs/protocol/inbox-messages.md.
"""

from __future__ import annotations

from collections.abc import Sequence

from strikeproof.devnet.simulated_market import LISTED, SimulatedUnderlying
from strikeproof.wire.constants import GovernanceAction, InstrumentKind

SYMBOL_BYTES = 16


def set_reporters(quorum: int, addresses: Sequence[bytes]) -> bytes:
    """Return the payload that names the reporters, which it sorts."""
    return bytes((GovernanceAction.SET_REPORTERS, quorum, len(addresses))) + b"".join(
        sorted(addresses)
    )


def list_underlying(symbol: str) -> bytes:
    """Return the payload that lists an underlying; it gets the next id."""
    return bytes((GovernanceAction.LIST_UNDERLYING,)) + _symbol(symbol)


def list_perpetual(underlying: int, terms: SimulatedUnderlying) -> bytes:
    """Return the payload that lists an underlying's perpetual; it gets the next id."""
    return (
        bytes((GovernanceAction.LIST_INSTRUMENT,))
        + underlying.to_bytes(2, "big")
        + bytes((InstrumentKind.PERPETUAL,))
        + terms.tick_value_micro_usd.to_bytes(3, "big")
        + terms.index_per_tick_nano_usd.to_bytes(8, "big")
        + terms.initial_margin_ppm.to_bytes(4, "big")
        + terms.maintenance_margin_ppm.to_bytes(4, "big")
        + terms.maker_fee_ppm.to_bytes(4, "big")
        + terms.taker_fee_ppm.to_bytes(4, "big")
        + terms.price_band_ppm.to_bytes(4, "big")
        + terms.min_order_value_micro_usd.to_bytes(8, "big")
        + _symbol(f"{terms.symbol}-PERP")
    )


def set_up_messages(reporters: Sequence[bytes], quorum: int) -> tuple[bytes, ...]:
    """Return all payloads of a new venue, in order: underlying i and its perpetual have id i."""
    underlyings = [list_underlying(each.symbol) for each in LISTED]
    perpetuals = [list_perpetual(id, each) for id, each in enumerate(LISTED, start=1)]
    return (set_reporters(quorum, reporters), *underlyings, *perpetuals)


def _symbol(text: str) -> bytes:
    return text.encode("ascii").ljust(SYMBOL_BYTES, b"\0")
