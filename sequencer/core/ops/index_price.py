"""IndexPrice: a quorum of reporters prices an underlying; the median counts."""

from __future__ import annotations

from strikeproof.sequencer.core.engine_event import Priced
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.op_decoder import IndexPrice
from strikeproof.sequencer.core.recovered_op import PreparedOp, signers_of
from strikeproof.wire.constants import COMPUTE_SIGNATURE, INDEX_STALE_MS
from strikeproof.wire.errors import Result


def execute(state: EngineState, prepared: PreparedOp, op: IndexPrice) -> Result:
    """Check the reports and take their lower median as the price; return the op's code."""
    meter = state.meter
    venue = state.venue
    reports = op.reports
    if not meter.has_room(len(reports) * COMPUTE_SIGNATURE, underlyings=1):
        return Result.SEGMENT_FULL
    if not 0 < op.underlying < venue.next_underlying:
        return Result.UNKNOWN_UNDERLYING
    if venue.reporter_quorum == 0 or len(reports) < venue.reporter_quorum:
        return Result.BELOW_QUORUM
    last = -1
    for report in reports:
        if not last < report.reporter < len(venue.reporters):
            return Result.BAD_REPORTER
        last = report.reporter
    underlying = state.underlyings[op.underlying]
    if underlying.touched != meter.stamp:
        meter.touch(underlying)
    time = op.publish_time_ms
    if not underlying.publish_time_ms < time <= state.now_ms <= time + INDEX_STALE_MS:
        return Result.STALE_REPORT
    if prepared.signers is None or prepared.reporter_epoch != venue.reporter_epoch:
        prepared.reporter_epoch = venue.reporter_epoch
        prepared.signers = signers_of(op, venue.domain_separator, venue.reporter_epoch)
    for report, signer in zip(reports, prepared.signers, strict=True):
        meter.compute += COMPUTE_SIGNATURE
        if signer != venue.reporters[report.reporter]:
            return Result.BAD_SIGNATURE
    prices = sorted(report.price for report in reports)
    price = prices[(len(prices) - 1) // 2]  # an even count takes the lower of the two
    underlying.set_price(price, time)
    state.events.append(Priced(underlying.id, price, time))
    return Result.OK
