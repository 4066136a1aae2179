"""What reporters send: signed prices, and shares of ops about expiries."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from strikeproof.client.price_report import SignedReport
from strikeproof.wire.operation_pb2 import IndexPrice
from strikeproof.wire.trading_pb2 import ReportPriceRequest, ReportShareRequest


class ReportCalls:
    """The part of `AsyncClient` that carries what is signed already."""

    _call: Callable[[Any, Any], Awaitable[Any]]
    _trading: Any

    async def submit_report(self, report: SignedReport) -> tuple[int, int]:
        """Submit a signed price; return how many were heard and are needed. Needs no wallet."""
        request = ReportPriceRequest(
            underlying=report.underlying,
            publish_time_ms=report.publish_time_ms,
            report=IndexPrice.Report(
                reporter=report.reporter,
                price_nano_usd=report.price_nano_usd,
                signature=report.signature,
            ),
        )
        answer = await self._call(self._trading.ReportPrice, request)
        return answer.reports, answer.quorum

    async def submit_share(self, op: bytes) -> tuple[int, int]:
        """Submit a reporter's share of a Surface or SettleExpiry; return how many were heard and
        are needed. Needs no wallet."""
        answer = await self._call(self._trading.ReportShare, ReportShareRequest(op=op))
        return answer.reports, answer.quorum
