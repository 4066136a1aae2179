"""Reporters' prices, gathered until a quorum can be ordered as one IndexPrice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from strikeproof.sequencer.api.api_failure import ApiFailure, refused
from strikeproof.sequencer.api.peer import host_of
from strikeproof.sequencer.api.submitted_op import index_price_op
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.op_preparation import recover_signers
from strikeproof.sequencer.intake.submission import Submission
from strikeproof.sequencer.intake.token_bucket import Rate, TokenBuckets
from strikeproof.sequencer.order.wall_clock import wall_clock_ms
from strikeproof.wire.constants import INDEX_STALE_MS
from strikeproof.wire.errors import ApiError, Result
from strikeproof.wire.trading_pb2 import ReportPriceRequest

HOST_REPORTS = Rate(50.0, 200)  # recovered in this process, so bounded for each host
AHEAD_MS_MAX = 5_000
ROUNDS_MAX = 8  # publish times of one underlying that are gathered at once


@dataclass(slots=True)
class PriceRound:
    """Reports of one underlying, reporter epoch and publish time."""

    reports: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class ReportProgress:
    """What a reporter learns."""

    reports: int
    quorum: int
    ordered: Submission | None


class PriceReports:
    """Bounded: reporters of the set alone, a few publish times for each underlying."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._of_hosts = TokenBuckets(HOST_REPORTS)
        self._rounds: dict[tuple[int, int], dict[int, PriceRound]] = {}

    async def add(
        self,
        request: ReportPriceRequest,
        peer: str,
        order: Callable[[bytes], Awaitable[Submission]],
    ) -> ReportProgress:
        """Take a report. Raises `ApiFailure` if it is not a reporter's, or its op is refused."""
        venue = self._engine.venue()
        self._check_time(request)
        wait_ms = self._of_hosts.take(host_of(peer))
        if wait_ms:
            raise ApiFailure(ApiError.RATE_LIMITED, retry_after_ms=wait_ms)
        self._check(request, venue.reporters)
        rounds = self._rounds.setdefault((request.underlying, venue.reporter_epoch), {})
        round_ = rounds.setdefault(request.publish_time_ms, PriceRound())
        while len(rounds) > ROUNDS_MAX:
            del rounds[min(rounds)]
        report = request.report
        round_.reports[report.reporter] = (report.price_nano_usd, report.signature)
        ordered = None
        if not round_.ordered and len(round_.reports) >= venue.reporter_quorum > 0:
            round_.ordered = True
            try:
                ordered = await order(_op(request, round_))
            except ApiFailure:
                round_.ordered = False
                raise
        return ReportProgress(len(round_.reports), venue.reporter_quorum, ordered)

    def _check_time(self, request: ReportPriceRequest) -> None:
        """Refuse what could never be ordered before its signature is looked at."""
        behind_ms = wall_clock_ms() - request.publish_time_ms
        if not -AHEAD_MS_MAX <= behind_ms <= INDEX_STALE_MS:
            raise refused(Result.STALE_REPORT, b"")

    def _check(self, request: ReportPriceRequest, reporters: tuple[bytes, ...]) -> None:
        underlying = self._engine.underlying(request.underlying)
        if underlying is None:
            raise ApiFailure(ApiError.NOT_FOUND, underlying=request.underlying)
        report = request.report
        alone = PriceRound({report.reporter: (report.price_nano_usd, report.signature)})
        engine = self._engine
        signers = recover_signers(
            _op(request, alone), engine.domain_separator, engine.reporter_epoch
        )
        if report.reporter >= len(reporters) or signers != (reporters[report.reporter],):
            raise ApiFailure(
                ApiError.REQUEST_MALFORMED,
                "the signature is not that reporter's over this price and reporter epoch",
                field="report",
                reporter=report.reporter,
                reporter_epoch=engine.reporter_epoch,
            )


def _op(request: ReportPriceRequest, round_: PriceRound) -> bytes:
    reports = [(number, *round_.reports[number]) for number in sorted(round_.reports)]
    return index_price_op(request.underlying, request.publish_time_ms, reports)
