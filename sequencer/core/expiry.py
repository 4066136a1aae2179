"""Expiries: the forward, the surface, the samples and the settlement of a time at which instruments
end (docs/protocol/expiries.md)."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

from strikeproof.sequencer.core.global_record import RECORD_VERSION
from strikeproof.sequencer.core.mark import Mark
from strikeproof.sequencer.core.rules.future_mark import Samples, future_mark
from strikeproof.sequencer.core.underlying import Underlying
from strikeproof.wire.layout import EXPIRY_KIND, EXPIRY_WORDS, pack_expiry, unpack_expiry


class SviSurface(NamedTuple):
    """What reporters signed: SVI in 10^-12, the forward and the time that it was fitted at, a rate
    a year and a confidence in ppm. A time of 0: no surface."""

    a: int = 0
    b: int = 0
    rho: int = 0
    m: int = 0
    sigma: int = 0
    forward: int = 0
    time_ms: int = 0
    rate_ppm: int = 0
    confidence_ppm: int = 0


class Expiry:
    """A time at which instruments on an underlying end. `future` is the instrument that is the
    future on it, 0 if there is none; `settlement` in nano-USD, 0 until it is settled."""

    KIND: ClassVar[int] = EXPIRY_KIND
    words: ClassVar[int] = EXPIRY_WORDS
    __slots__ = (
        "expiry_ms",
        "forward_ppb",
        "future",
        "id",
        "publish_time_ms",
        "samples",
        "settled_ms",
        "settlement",
        "surface",
        "touched",
        "underlying",
    )

    def __init__(self, id: int, underlying: Underlying, expiry_ms: int, forward_ppb: int) -> None:
        self.id = id
        self.touched = 0
        self.underlying = underlying
        self.expiry_ms = expiry_ms
        self.forward_ppb = forward_ppb
        self.publish_time_ms = 0
        self.surface = SviSurface()
        self.samples = Samples()
        self.settlement = 0
        self.settled_ms = 0
        self.future = 0

    def is_over(self, clock_ms: int) -> bool:
        """Whether trading on it has ended."""
        return clock_ms >= self.expiry_ms or self.settlement != 0

    def mark_future(self, mark: Mark) -> None:
        """Give the mark of its future its present components, unless it is settled."""
        if mark.index_ppb:
            parts = future_mark(self.forward_ppb, self.samples, self.expiry_ms, mark.index_per_tick)
            mark.set_parts(parts.fixed_price, parts.index_ppb)

    def saved(self) -> tuple[Any, ...]:
        """Return what ops change, for `restore`."""
        return (
            self.forward_ppb,
            self.publish_time_ms,
            self.surface,
            self.samples,
            self.settlement,
            self.settled_ms,
        )

    def restore(self, saved: tuple[Any, ...]) -> None:
        """Set back what `saved` returned."""
        (
            self.forward_ppb,
            self.publish_time_ms,
            self.surface,
            self.samples,
            self.settlement,
            self.settled_ms,
        ) = saved

    def encode(self) -> bytes:
        """Return the record's bytes."""
        surface, samples = self.surface, self.samples
        return pack_expiry(
            version=RECORD_VERSION,
            underlying=self.underlying.id,
            expiry_ms=self.expiry_ms,
            publish_time_ms=self.publish_time_ms,
            forward_ppb=self.forward_ppb,
            rate_ppm=surface.rate_ppm,
            confidence_ppm=surface.confidence_ppm,
            future=self.future,
            svi_a=surface.a,
            svi_b=surface.b,
            svi_rho=surface.rho,
            svi_m=surface.m,
            svi_sigma=surface.sigma,
            svi_forward=surface.forward,
            svi_time_ms=surface.time_ms,
            accumulated=samples.accumulated,
            covered_ms=samples.covered_ms,
            sampled_ms=samples.sampled_ms,
            settlement=self.settlement,
            settled_ms=self.settled_ms,
        )

    @classmethod
    def decode(cls, id: int, data: bytes, underlyings: list[Underlying]) -> Expiry:
        """Return the expiry of a record's bytes; `underlyings` are all, by id."""
        (
            _,
            underlying,
            expiry_ms,
            publish_time_ms,
            forward_ppb,
            rate_ppm,
            confidence_ppm,
            future,
            a,
            b,
            rho,
            m,
            sigma,
            svi_forward,
            svi_time_ms,
            accumulated,
            covered_ms,
            sampled_ms,
            settlement,
            settled_ms,
        ) = unpack_expiry(data)
        expiry = cls(id, underlyings[underlying], expiry_ms, forward_ppb)
        expiry.publish_time_ms = publish_time_ms
        expiry.surface = SviSurface(
            a, b, rho, m, sigma, svi_forward, svi_time_ms, rate_ppm, confidence_ppm
        )
        expiry.samples = Samples(accumulated, covered_ms, sampled_ms)
        expiry.settlement = settlement
        expiry.settled_ms = settled_ms
        expiry.future = future
        return expiry
