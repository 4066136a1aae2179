"""The surface file of `strikeproof risk surface`: SVI parameters by expiry, and strikes to look at.

Schema: docs/risk.md, surface file.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from strikeproof.risk.files.decimals import Price, Rate, parse_time_left, wad_between
from strikeproof.risk.files.json_file import FileFields
from strikeproof.risk.kernel import svi
from strikeproof.risk.kernel.svi_arbitrage import Slice

Correlation = Annotated[int, wad_between("-1", "1")]


class SviFields(FileFields):
    """Raw SVI: w = a + b(rho(k - m) + sqrt((k - m)^2 + sigma^2)), total variance."""

    a: Annotated[int, wad_between("-1000", "1000")]
    b: Annotated[int, wad_between("0", "1000")]
    rho: Correlation
    m: Annotated[int, wad_between("-100", "100")]
    sigma: Annotated[int, wad_between("0", "1000")]

    def kernel(self) -> svi.RawSvi:
        """Return the kernel's form of it."""
        return svi.RawSvi(self.a, self.b, self.rho, self.m, self.sigma)


class FittedSvi(SviFields):
    """Raw SVI with the forward and the time left that it was fitted at: its own, not the feeds'."""

    forward: Price
    seconds: Annotated[int, BeforeValidator(parse_time_left)]


class SurfaceExpiry(FileFields):
    seconds: Annotated[int, BeforeValidator(parse_time_left)]
    forward: Price
    svi: SviFields
    rate: Rate = 0


class SurfaceFile(FileFields):
    """A surface: expiries by name, and the strikes whose volatilities are wanted."""

    expiries: Annotated[dict[str, SurfaceExpiry], Field(min_length=1, max_length=64)]
    strikes: Annotated[list[Price], Field(min_length=1, max_length=1_000)]

    def slices(self) -> dict[str, Slice]:
        """Return the kernel's slices."""
        return {
            name: Slice(expiry.seconds, expiry.forward, expiry.svi.kernel())
            for name, expiry in self.expiries.items()
        }
