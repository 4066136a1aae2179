"""Which strikes an expiry has, and which it lacks, by a schedule. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from strikeproof.client.listed_expiry import ListedExpiry
from strikeproof.client.venue_views import Instrument
from strikeproof.operate.option_strikes import SurfaceMoment, missing_strikes, strikes_by_delta
from strikeproof.operate.schedule_file import OptionsSection
from strikeproof.operate.timelock import AnnouncedCall
from strikeproof.risk.kernel.errors import OutOfDomain
from strikeproof.wire.constants import PPB, SURFACE_STALE_MS, InstrumentKind


def surface_moment(
    expiry: ListedExpiry, instruments: Iterable[Instrument], now_ms: int
) -> SurfaceMoment | str:
    """Return an expiry's surface at its present forward, or why strikes cannot be chosen by it."""
    seconds = (expiry.expiry_ms - now_ms) // 1000
    fitted_seconds = (expiry.expiry_ms - expiry.surface.time_ms) // 1000
    if seconds <= 0:
        return "it has passed"
    if not expiry.surface.time_ms or fitted_seconds <= 0:
        return "no surface yet"
    if expiry.publish_time_ms + SURFACE_STALE_MS < now_ms:
        return f"its surface is older than {SURFACE_STALE_MS // 60_000} minutes"
    prices = (each for each in instruments if each.underlying == expiry.underlying)
    index = next((each.index_price_nano_usd for each in prices), 0)
    forward = index * expiry.forward_ppb // PPB
    if not forward:
        return "no price yet"
    return SurfaceMoment(expiry.surface, forward, seconds, fitted_seconds)


def wanted_strikes(moment: SurfaceMoment, options: OptionsSection) -> list[int] | str:
    """Return the strikes that the schedule asks for now, nano-USD, or why there are none."""
    try:
        return strikes_by_delta(moment, options.deltas, options.strike_step_nano_usd)
    except OutOfDomain as error:
        return f"the surface has no price: {error}"


def strikes_to_list(
    moment: SurfaceMoment, options: OptionsSection, held: Sequence[int]
) -> list[int] | str:
    """Return the strikes to list besides those that are held, nano-USD, or why there are none."""
    try:
        return missing_strikes(moment, options.deltas, options.strike_step_nano_usd, held)
    except OutOfDomain as error:
        return f"the surface has no price: {error}"


def listed_strikes(expiry: ListedExpiry, instruments: Iterable[Instrument]) -> list[int]:
    """Return the strikes that are listed at an expiry, nano-USD, rising."""
    found = {
        each.strike * each.index_per_tick
        for each in instruments
        if each.kind is InstrumentKind.CALL
        and (each.underlying, each.expiry_ms) == (expiry.underlying, expiry.expiry_ms)
    }
    return sorted(found)


def strike_of_call(call: AnnouncedCall) -> int:
    """Return the strike, nano-USD, of a call that lists options."""
    arguments = call.call.arguments
    return int(arguments["strike"]) * int(arguments["index_per_tick_nano_usd"])
