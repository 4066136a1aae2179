"""What a reporter shows to Prometheus, and the alarms that a human must see."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
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
    PEER_UNREACHABLE = "peer_unreachable"
    NO_FORWARD = "no_forward"
    NO_SURFACE = "no_surface"
    SURFACE_REFUSED = "surface_refused"
    NO_SETTLEMENT = "no_settlement"
    RECORD_FAILED = "record_failed"


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
        self.forward_share = gauge(
            "reporter_forward_share", "Last forward that was signed, of the index", ["expiry"]
        )
        self.forward_age = gauge(
            "reporter_forward_age_seconds", "Age of the venue's forward", ["expiry"]
        )
        self.surface_age = gauge(
            "reporter_surface_age_seconds", "Age of the surface that is signed", ["expiry"]
        )
        self.settlement_late = gauge(
            "reporter_settlement_late_seconds",
            "Since an expiry that the venue has not settled",
            ["expiry"],
        )
        self.surfaces_proposed = counter(
            "reporter_surfaces_proposed", "Surfaces that this reporter proposed", ["expiry"]
        )
        self.surfaces_refused = counter(
            "reporter_surfaces_refused", "Others' surfaces that it did not sign", ["expiry"]
        )
        self.alarms = counter("reporter_alarms", "Alarms by kind", ["kind"])
        self._raised: set[tuple[ReporterAlarm, str]] = set()
        for each in ReporterAlarm:  # a counter that begins at 1 has never increased, to Prometheus
            self.alarms.labels(each.value)

    def forget_expiry(self, expiry: str, sources: Sequence[str]) -> None:
        """Drop the figures and alarms of an expiry that is settled, and of its sources."""
        of_expiry = (
            self.forward_share,
            self.forward_age,
            self.surface_age,
            self.settlement_late,
            self.surfaces_proposed,
            self.surfaces_refused,
        )
        dropped = [(each, expiry) for each in of_expiry]
        dropped += [(self.source_failures, each) for each in sources]
        for metric, label in dropped:
            with suppress(KeyError):
                metric.remove(label)
        for kind, subject in list(self._raised):
            if subject == expiry or subject in sources:
                self.alarm(kind, subject, is_on=False)

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
