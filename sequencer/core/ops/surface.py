"""Surface: a quorum of reporters says an expiry's forward, and signs a surface.

Source: docs/protocol/expiries.md, forwards.
"""

from __future__ import annotations

from struct import Struct
from typing import ClassVar, Final, Self

from strikeproof.keccak import keccak256
from strikeproof.sequencer.core.engine_event import ForwardMoved
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.expiry import SviSurface
from strikeproof.sequencer.core.op import PreparedOp
from strikeproof.sequencer.core.ops.expiry_op import is_listed, mark_future, touch_expiry
from strikeproof.sequencer.core.ops.reports_op import Report, ReportsOp, read_reports
from strikeproof.sequencer.core.outcome import OpOutcome
from strikeproof.sequencer.core.rules.future_mark import moved
from strikeproof.wire.constants import (
    COMPUTE_PRICE,
    COMPUTE_SIGNATURE,
    FORWARD_PPB_MAX,
    FORWARD_PPB_MIN,
    INDEX_STALE_MS,
    PUBLISH_SPACING_MS,
    SURFACE_TYPEHASH,
    SVI_RHO_MAX,
    OpType,
)
from strikeproof.wire.errors import Result

# Expiry, publish time, the surface (its time as high and low part), rate, confidence, count.
_HEAD: Final = Struct(">HHIqQqqQQHIiIB")


def _word(value: int) -> bytes:
    return value.to_bytes(32, "big", signed=value < 0)


class Surface(ReportsOp):
    """A quorum of reporters' forwards, parts per billion of the index, and the surface of all."""

    TYPE: ClassVar[OpType] = OpType.SURFACE
    __slots__ = ("expiry", "publish_time_ms", "surface")

    def __init__(
        self, expiry: int, publish_time_ms: int, surface: SviSurface, reports: list[Report]
    ) -> None:
        super().__init__(reports)
        self.expiry = expiry
        self.publish_time_ms = publish_time_ms
        self.surface = surface

    @classmethod
    def decode(cls, body: bytes, signature_may_lack: bool) -> Self | Result:
        """Return the op of a body, else MALFORMED. Its reports never lack their signatures."""
        reports = read_reports(body, _HEAD.size, FORWARD_PPB_MIN, FORWARD_PPB_MAX)
        if reports is None:
            return Result.MALFORMED
        expiry, high, low, a, b, rho, m, sigma, forward, fitted_high, fitted_low, rate, width, _ = (
            _HEAD.unpack_from(body)
        )
        if abs(rho) > SVI_RHO_MAX:
            return Result.MALFORMED
        fitted_ms = fitted_high << 32 | fitted_low
        surface = SviSurface(a, b, rho, m, sigma, forward, fitted_ms, rate, width)
        return cls(expiry, high << 32 | low, surface, reports)

    def report_hash(self, report: Report, reporter_epoch: int) -> bytes:
        """Return the EIP-712 struct hash that one reporter signs."""
        surface = self.surface
        words = [self.expiry, reporter_epoch, self.publish_time_ms, report.value]
        words += [surface.a, surface.b, surface.rho, surface.m, surface.sigma]
        words += [surface.forward, surface.time_ms, surface.rate_ppm, surface.confidence_ppm]
        return keccak256(SURFACE_TYPEHASH + b"".join([_word(word) for word in words]))

    @property
    def subject(self) -> int:
        """The expiry."""
        return self.expiry

    def check_subject(self, state: EngineState) -> Result:
        """Return UNKNOWN_EXPIRY or OK."""
        return Result.OK if is_listed(state, self.expiry) else Result.UNKNOWN_EXPIRY

    def check_due(self, state: EngineState, now_ms: int, clock_ms: int) -> Result:
        """Return EXPIRY_CLOSED, STALE_REPORT or OK."""
        expiry = state.expiries[self.expiry]
        if expiry.is_over(clock_ms):
            return Result.EXPIRY_CLOSED
        time, last = self.publish_time_ms, expiry.publish_time_ms
        spaced = not last or time >= last + PUBLISH_SPACING_MS
        if spaced and time <= now_ms <= time + INDEX_STALE_MS:
            return Result.OK
        return Result.STALE_REPORT

    def execute(self, state: EngineState, prepared: PreparedOp, sender: bytes) -> OpOutcome:
        """Check the reports, and let the forward follow their lower median. Ordered if it did."""
        code = self._take(state, prepared)
        return OpOutcome(code, b"", state.events, code == Result.OK)

    def _take(self, state: EngineState, prepared: PreparedOp) -> Result:
        compute = len(self.reports) * COMPUTE_SIGNATURE + COMPUTE_PRICE
        if not state.meter.reserve_fits(compute, underlyings=1, marks=1, expiries=1):
            return Result.SEGMENT_FULL
        code = self.check_subject(state)
        if code != Result.OK:
            return code
        code = self.check_reporters(state)
        if code != Result.OK:
            return code
        expiry = state.expiries[self.expiry]
        touch_expiry(state, expiry)
        code = self.check_due(state, state.now_ms, state.venue.clock_ms)
        if code != Result.OK:
            return code
        if not self.are_signed(state, prepared):
            return Result.BAD_SIGNATURE
        state.meter.compute += COMPUTE_PRICE
        passed_ms = self.publish_time_ms - expiry.publish_time_ms
        expiry.forward_ppb = moved(expiry.forward_ppb, self.median(), passed_ms)
        expiry.publish_time_ms = self.publish_time_ms
        expiry.surface = self.surface
        expiry.underlying.count_surface()
        mark_future(state, expiry)
        state.events.append(
            ForwardMoved(
                expiry=expiry.id,
                forward_ppb=expiry.forward_ppb,
                publish_time_ms=expiry.publish_time_ms,
            )
        )
        return Result.OK
