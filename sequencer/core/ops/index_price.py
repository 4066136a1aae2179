"""IndexPrice: a quorum of reporters prices an underlying; the median counts."""

from __future__ import annotations

from struct import Struct
from typing import ClassVar, Final, Self

from strikeproof.keccak import keccak256
from strikeproof.sequencer.core import signing_digest
from strikeproof.sequencer.core.engine_event import Priced
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.op import Op, PreparedOp
from strikeproof.sequencer.core.outcome import OpOutcome
from strikeproof.sequencer.core.rules.bounded_price import (
    VARIANCE_TAU_MS,
    after_report,
    is_spaced,
    slope_ppm,
)
from strikeproof.sequencer.core.signature import recover
from strikeproof.sequencer.core.signing_digest import HASH, LOW_32, U16, U32, U48, U64
from strikeproof.wire.constants import (
    COMPUTE_PRICE,
    COMPUTE_SIGNATURE,
    INDEX_PRICE_MAX,
    INDEX_PRICE_TYPEHASH,
    INDEX_STALE_MS,
    REPORTERS_MAX,
    OpType,
)
from strikeproof.wire.errors import Result

_HEAD: Final = Struct(">HHIB")  # underlying, publish time as its high and its low part, count
_REPORT: Final = Struct(">BQ64s")
_HASHED: Final = Struct(">" + HASH + U16 + U32 + U48 + U64)


class Report:
    """One reporter's price in an IndexPrice, nano-USD."""

    __slots__ = ("price", "reporter", "signature")

    def __init__(self, reporter: int, price: int, signature: bytes) -> None:
        self.reporter = reporter
        self.price = price
        self.signature = signature


class IndexPrice(Op):
    """A quorum of reporters' prices of an underlying."""

    TYPE: ClassVar[OpType] = OpType.INDEX_PRICE
    __slots__ = ("publish_time_ms", "reports", "underlying")

    def __init__(self, underlying: int, publish_time_ms: int, reports: list[Report]) -> None:
        self.underlying = underlying
        self.publish_time_ms = publish_time_ms
        self.reports = reports

    @classmethod
    def decode(cls, body: bytes, signature_may_lack: bool) -> Self | Result:
        """Return the op of a body, else MALFORMED. Its reports never lack their signatures."""
        if len(body) < _HEAD.size:
            return Result.MALFORMED
        underlying, time_high, time, count = _HEAD.unpack_from(body)
        size = _HEAD.size + count * _REPORT.size
        if not 1 <= count <= REPORTERS_MAX or len(body) != size:
            return Result.MALFORMED
        reports = [
            Report(*_REPORT.unpack_from(body, at)) for at in range(_HEAD.size, size, _REPORT.size)
        ]
        if any(not 1 <= report.price <= INDEX_PRICE_MAX for report in reports):
            return Result.MALFORMED
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
                report.price,
            )
        )

    def signers(self, domain_separator: bytes, reporter_epoch: int) -> tuple[bytes, ...]:
        """Return the address that signed each report, empty bytes where the signature is bad."""
        return tuple(
            recover(
                signing_digest.digest(domain_separator, self.report_hash(report, reporter_epoch)),
                report.signature,
            )
            for report in self.reports
        )

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
        venue = state.venue
        if not self.reserve_fits(state):
            return Result.SEGMENT_FULL
        if not 0 < self.underlying < venue.next_underlying:
            return Result.UNKNOWN_UNDERLYING
        if venue.reporter_quorum == 0 or len(self.reports) < venue.reporter_quorum:
            return Result.BELOW_QUORUM
        last = -1
        for report in self.reports:
            if not last < report.reporter < len(venue.reporters):
                return Result.BAD_REPORTER
            last = report.reporter
        underlying = state.underlyings[self.underlying]
        if underlying.touched != state.meter.stamp:
            state.meter.touch(underlying)
        time = self.publish_time_ms
        if not time <= state.now_ms <= time + INDEX_STALE_MS or not is_spaced(
            underlying.price, time
        ):
            return Result.STALE_REPORT
        return Result.OK

    def _take_median(self, state: EngineState, prepared: PreparedOp) -> Result:
        """Set the price if every report is signed by its reporter, else return BAD_SIGNATURE."""
        venue = state.venue
        if prepared.signers is None or prepared.reporter_epoch != venue.reporter_epoch:
            prepared.reporter_epoch = venue.reporter_epoch
            prepared.signers = self.signers(venue.domain_separator, venue.reporter_epoch)
        for report, signer in zip(self.reports, prepared.signers, strict=True):
            state.meter.compute += COMPUTE_SIGNATURE
            if signer != venue.reporters[report.reporter]:
                return Result.BAD_SIGNATURE
        prices = sorted(report.price for report in self.reports)
        median = prices[(len(prices) - 1) // 2]  # an even count takes the lower of the two
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
