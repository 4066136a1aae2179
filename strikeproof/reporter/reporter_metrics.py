"""What a reporter shows to Prometheus, and the alarms that a human must see."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from typing import Final

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge

_log = structlog.get_logger("reporter")


class ReporterAlarm(StrEnum):
    """Kinds of alarm. Each is raised once, and ends with `…_over`."""

    SOURCE_FAILED = "source_failed"
    SOURCE_OUTLIER = "source_outlier"
    NO_PRICE = "no_price"
    SEQUENCER_UNREACHABLE = "sequencer_unreachable"
    REPORT_REFUSED = "report_refused"
    VENUE_PRICE_OLD = "venue_price_old"
    NOT_A_REPORTER = "not_a_reporter"


class ReporterMetrics:
    """One registry for one reporter, and its alarms."""

    def __init__(self) -> None:
        self.registry: Final = CollectorRegistry()
        gauge = partial(Gauge, registry=self.registry)
        counter = partial(Counter, registry=self.registry)
        self.price_usd = gauge("reporter_price_usd", "Last price that was signed", ["underlying"])
        self.publish_time = gauge(
            "reporter_publish_time_seconds",
            "Time of the last signed price",
            ["underlying"],
        )
        self.sources_used = gauge(
            "reporter_sources_used", "Sources in the last price", ["underlying"]
        )
        self.venue_price_age = gauge(
            "reporter_venue_price_age_seconds", "Age of the venue's price", ["underlying"]
        )
        self.source_failures = counter(
            "reporter_source_failures", "Quotes that did not come", ["source"]
        )
        self.quotes_refused = counter(
            "reporter_quotes_refused", "Quotes that did not count", ["reason"]
        )
        self.reports_signed = counter("reporter_reports_signed", "Prices signed", ["underlying"])
        self.reports_heard = counter(
            "reporter_reports_heard", "Prices that a sequencer took", ["sequencer"]
        )
        self.reports_failed = counter(
            "reporter_reports_failed", "Prices that a sequencer did not take", ["sequencer"]
        )
        self.alarms = counter("reporter_alarms", "Alarms by kind", ["kind"])
        self._raised: set[tuple[ReporterAlarm, str]] = set()
        for each in ReporterAlarm:  # a counter that begins at 1 has never increased, to Prometheus
            self.alarms.labels(each.value)

    def alarm(self, kind: ReporterAlarm, subject: str, *, is_on: bool, **fields: object) -> None:
        """Raise the alarm of a subject while `is_on`, once; say when it is over."""
        key = (kind, subject)
        if is_on and key not in self._raised:
            self._raised.add(key)
            self.alarms.labels(kind.value).inc()
            _log.error(kind.value, alarm=True, subject=subject, **fields)
        elif not is_on and key in self._raised:
            self._raised.discard(key)
            _log.info(f"{kind.value}_over", subject=subject)
