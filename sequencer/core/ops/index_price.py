"""IndexPrice: a quorum of reporters prices an underlying; the median counts."""

from __future__ import annotations

from struct import Struct
from typing import ClassVar, Final, Self

from strikeproof.keccak import keccak256
from strikeproof.sequencer.core.engine_event import Priced
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.op import PreparedOp
from strikeproof.sequencer.core.ops.reports_op import Report, ReportsOp, read_reports
from strikeproof.sequencer.core.outcome import OpOutcome
from strikeproof.sequencer.core.rules.bounded_price import (
    VARIANCE_TAU_MS,
    after_report,
    is_spaced,
    slope_ppm,
)
from strikeproof.sequencer.core.signing_digest import HASH, LOW_32, U16, U32, U48, U64
from strikeproof.wire.constants import (
    COMPUTE_PRICE,
    COMPUTE_SIGNATURE,
    INDEX_PRICE_MAX,
    INDEX_PRICE_TYPEHASH,
    INDEX_STALE_MS,
    OpType,
)
from strikeproof.wire.errors import Result

_HEAD: Final = Struct(">HHIB")  # underlying, publish time as its high and its low part, count
_HASHED: Final = Struct(">" + HASH + U16 + U32 + U48 + U64)


class IndexPrice(ReportsOp):
    """A quorum of reporters' prices of an underlying, nano-USD."""

    TYPE: ClassVar[OpType] = OpType.INDEX_PRICE
    __slots__ = ("publish_time_ms", "underlying")

    def __init__(self, underlying: int, publish_time_ms: int, reports: list[Report]) -> None:
        super().__init__(reports)
        self.underlying = underlying
        self.publish_time_ms = publish_time_ms

    @classmethod
    def decode(cls, body: bytes, signature_may_lack: bool) -> Self | Result:
        """Return the op of a body, else MALFORMED. Its reports never lack their signatures."""
        reports = read_reports(body, _HEAD.size, 1, INDEX_PRICE_MAX)
        if reports is None:
            return Result.MALFORMED
        underlying, time_high, time, _ = _HEAD.unpack_from(body)
        return cls(underlying, time_high << 32 | time, reports)

    def report_hash(self, report: Report, reporter_epoch: int) -> bytes:
        """Return the EIP-712 struct hash that one reporter signs."""
        time = self.publish_time_ms
        return keccak256(
            _HASHED.pack(
                INDEX_PRICE_TYPEHASH,
                self.underlying,
                reporter_epoch,
                time >> 32,
                time & LOW_32,
                report.value,
            )
        )

    @property
    def subject(self) -> int:
        """The underlying."""
        return self.underlying

    def check_subject(self, state: EngineState) -> Result:
        """Return UNKNOWN_UNDERLYING or OK."""
        known = 0 < self.underlying < state.venue.next_underlying
        return Result.OK if known else Result.UNKNOWN_UNDERLYING

    def check_due(self, state: EngineState, now_ms: int, clock_ms: int) -> Result:
        """Return STALE_REPORT or OK."""
        time = self.publish_time_ms
        timely = time <= now_ms <= time + INDEX_STALE_MS
        if timely and is_spaced(state.underlyings[self.underlying].price, time):
            return Result.OK
        return Result.STALE_REPORT

    def reserve_fits(self, state: EngineState) -> bool:
        """Whether every signature, the price and the underlying fit the segment."""
        compute = len(self.reports) * COMPUTE_SIGNATURE + COMPUTE_PRICE
        return state.meter.reserve_fits(compute, underlyings=1)

    def execute(self, state: EngineState, prepared: PreparedOp, sender: bytes) -> OpOutcome:
        """Check the reports, and let the index follow their lower median. Ordered if it did."""
        code = self._check(state)
        if code == Result.OK:
            code = self._take_median(state, prepared)
        return OpOutcome(code, b"", state.events, code == Result.OK)

    def _check(self, state: EngineState) -> Result:
        """Check everything but signatures, touching the underlying; return OK or the code."""
        if not self.reserve_fits(state):
            return Result.SEGMENT_FULL
        code = self.check_subject(state)
        if code != Result.OK:
            return code
        code = self.check_reporters(state)
        if code != Result.OK:
            return code
        underlying = state.underlyings[self.underlying]
        if underlying.touched != state.meter.stamp:
            state.meter.touch(underlying)
        return self.check_due(state, state.now_ms, state.venue.clock_ms)

    def _take_median(self, state: EngineState, prepared: PreparedOp) -> Result:
        """Set the price if every report is signed by its reporter, else return BAD_SIGNATURE."""
        venue = state.venue
        if not self.are_signed(state, prepared):
            return Result.BAD_SIGNATURE
        median = self.median()
        state.meter.compute += COMPUTE_PRICE
        underlying = state.underlyings[self.underlying]
        tau_ms = venue.variance_tau_ms or VARIANCE_TAU_MS
        price = after_report(underlying.price, median, self.publish_time_ms, tau_ms)
        underlying.set_price(price, slope_ppm(price.variance, venue.slope_terms), 0)
        state.events.append(
            Priced(
                underlying=self.underlying,
                index_price=price.index,
                publish_time_ms=self.publish_time_ms,
            )
        )
        return Result.OK
