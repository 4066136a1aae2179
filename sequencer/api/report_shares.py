"""Reporters' shares of a Surface or SettleExpiry, gathered until a quorum can be ordered as one op.

A share is the op with the report of one reporter. Shares go together that say the same beside it:
of a Surface the expiry, the time and the surface, of a SettleExpiry the expiry.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Final

from strikeproof.sequencer.api.api_failure import ApiFailure, refused
from strikeproof.sequencer.api.peer import host_of
from strikeproof.sequencer.api.price_reports import (
    AHEAD_MS_MAX,
    HOST_REPORTS,
    ReportProgress,
)
from strikeproof.sequencer.api.submitted_op import checked_op
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.op_preparation import read_op, recover_signers
from strikeproof.sequencer.core.ops.reports_op import ReportsOp
from strikeproof.sequencer.core.ops.settle_expiry import SettleExpiry
from strikeproof.sequencer.core.ops.surface import Surface
from strikeproof.sequencer.core.state_view import ExpiryView, VenueView
from strikeproof.sequencer.intake.submission import Submission
from strikeproof.sequencer.intake.token_bucket import TokenBuckets
from strikeproof.sequencer.order.wall_clock import wall_clock_ms
from strikeproof.wire.constants import INDEX_STALE_MS, OpType
from strikeproof.wire.errors import ApiError, Result
from strikeproof.wire.operations import FORWARD_REPORT_BYTES, OP_HEAD_BYTES, SETTLEMENT_REPORT_BYTES

REPORT_BYTES: Final = FORWARD_REPORT_BYTES
assert REPORT_BYTES == SETTLEMENT_REPORT_BYTES, "shares of both are taken apart alike"
KEPT: Final = 4  # what one reporter says of one expiry: no reporter's shares push out another's
ALL_HEARD_MS: Final = 5_000  # so long a settlement waits for reporters beyond the quorum

Order = Callable[[bytes], Awaitable[Submission]]


class ReportShares:
    """Bounded: reporters of the set alone, of listed expiries, the newest few of each."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._of_hosts = TokenBuckets(HOST_REPORTS)
        self._held: defaultdict[int, dict[int, dict[bytes, bytes]]] = defaultdict(dict)
        """For each expiry, by reporter: what it says, and its report."""
        self._ordered: dict[int, bytes] = {}
        self._epoch = 0

    async def add(self, data: bytes, peer: str, order: Order) -> ReportProgress:
        """Take a share. Raises `ApiFailure` if it is not a reporter's, or its op is refused."""
        wait_ms = self._of_hosts.take(host_of(peer))
        if wait_ms:
            raise ApiFailure(ApiError.RATE_LIMITED, retry_after_ms=wait_ms)
        venue = self._engine.venue()
        if venue.reporter_epoch != self._epoch:
            self._held.clear()
            self._epoch = venue.reporter_epoch
        op = _share_of(data)
        expiry = self._listed(op.subject)
        _check_time(op, expiry)
        reporter = op.reports[0].reporter
        self._check_signer(data, reporter, venue)
        head, report = data[OP_HEAD_BYTES : -REPORT_BYTES - 1], data[-REPORT_BYTES:]
        said = self._held[expiry.expiry].setdefault(reporter, {})
        said.pop(head, None)  # the newest last
        said[head] = report
        while len(said) > KEPT:
            del said[next(iter(said))]
        reports = self._with(expiry.expiry, head)
        ordered = None
        if self._is_due(op, head, len(reports), venue):
            ordered = await self._order(expiry.expiry, data[0], head, reports, order)
        return ReportProgress(len(reports), venue.reporter_quorum, ordered)

    def _listed(self, id: int) -> ExpiryView:
        for each in self._engine.expiries():
            if each.expiry == id:
                return each
        self._held.pop(id, None)
        raise ApiFailure(ApiError.NOT_FOUND, f"no expiry {id}", field="expiry")

    def _check_signer(self, data: bytes, reporter: int, venue: VenueView) -> None:
        epoch = venue.reporter_epoch
        signers = recover_signers(data, venue.domain_separator, epoch)
        known = venue.reporters
        if reporter >= len(known) or signers != (known[reporter],):
            raise ApiFailure(
                ApiError.REQUEST_MALFORMED,
                "the signature is not that reporter's over this report and reporter epoch",
                field="report",
                reporter=reporter,
                reporter_epoch=epoch,
            )

    def _with(self, expiry: int, head: bytes) -> list[bytes]:
        """Return the reports that go together, in the order of places."""
        held = self._held[expiry]
        return [held[each][head] for each in sorted(held) if head in held[each]]

    def _is_due(self, op: ReportsOp, head: bytes, count: int, venue: VenueView) -> bool:
        if not count >= venue.reporter_quorum > 0 or self._ordered.get(op.subject) == head:
            return False
        if isinstance(op, Surface):
            return True
        # A settlement counts once: better by the median of all than of those who came first.
        late = wall_clock_ms() >= self._listed(op.subject).expiry_ms + ALL_HEARD_MS
        return late or count == len(venue.reporters)

    async def _order(
        self, expiry: int, op_type: int, head: bytes, reports: list[bytes], order: Order
    ) -> Submission:
        before, self._ordered[expiry] = self._ordered.get(expiry, b""), head
        body = head + bytes([len(reports)]) + b"".join(reports)
        stays = False
        try:
            ordered = await order(bytes([op_type]) + len(body).to_bytes(2, "big") + body)
            # That an expiry is settled the state says, and takes back if L1 undoes it.
            stays = op_type == OpType.SURFACE
            return ordered
        finally:  # a caller that is gone cancels it: the next share orders again
            if not stays and self._ordered[expiry] == head:
                self._ordered[expiry] = before


def _share_of(data: bytes) -> ReportsOp:
    """Return the op of a share. Raises `ApiFailure`."""
    op = read_op(checked_op(data)).decoded
    if not isinstance(op, Surface | SettleExpiry) or len(op.reports) != 1:
        problem = "a share is a well-formed Surface or SettleExpiry with one report"
        raise ApiFailure(ApiError.REQUEST_MALFORMED, problem, field="op")
    return op


def _check_time(op: ReportsOp, expiry: ExpiryView) -> None:
    """Refuse what could never be ordered before its signature is looked at."""
    now_ms = wall_clock_ms()
    if isinstance(op, Surface):
        if expiry.settlement or now_ms >= expiry.expiry_ms:
            raise refused(Result.EXPIRY_CLOSED, b"")
        if not -AHEAD_MS_MAX <= now_ms - op.publish_time_ms <= INDEX_STALE_MS:
            raise refused(Result.STALE_REPORT, b"")
        return
    if expiry.settlement:
        raise refused(Result.INSTRUMENT_SETTLED, b"")
    if now_ms < expiry.expiry_ms:
        raise refused(Result.NOT_EXPIRED, b"")
