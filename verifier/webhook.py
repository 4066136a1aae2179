"""Webhooks: alarms by POST to whoever wakes people, tried again until they are taken.

Each has a queue and a thread of its own, so that one that hangs delays neither the node nor the
others. The queue is bounded: when it is full the oldest alarm in it is dropped and counted; the log
and the metrics have it anyway.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final

import aiohttp
import structlog
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, stop_when_event_set
from tenacity.wait import wait_exponential_jitter

from strikeproof.verifier.config import WebhookSection
from strikeproof.verifier.metrics import VerifierMetrics

QUEUE_MAX: Final = 256
ATTEMPT_SECONDS: Final = 10.0  # of one attempt, answer included: a drip of bytes does not extend it
PAUSE_SECONDS_MAX: Final = 300.0
CLOSING_SECONDS: Final = 5.0  # for all webhooks together: a node ends within ten
_TRY_AGAIN: Final = {408, 425, 429}

_log = structlog.get_logger("verifier")


class WebhookOutcome(Enum):
    """What became of an alarm, or of an attempt."""

    DELIVERED = "delivered"
    FAILED = "failed"  # an attempt; it is tried again
    REFUSED = "refused"  # the receiver will not take it, ever
    GIVEN_UP = "given_up"  # after `retry_seconds`
    DROPPED = "dropped"  # the queue was full


class _NotTaken(Exception):
    """An attempt failed: try again."""


class _Refused(Exception):
    """The receiver answered that it will not take this."""


@dataclass(frozen=True, slots=True)
class AlarmMessage:
    """An alarm on its way out."""

    alarm: str
    fields: Mapping[str, str]
    source: str
    """Which node, of which venue."""
    raised: datetime

    @property
    def summary(self) -> str:
        """Return it on one line."""
        told = ", ".join(f"{name}={value}" for name, value in self.fields.items())
        return f"{self.source}: {self.alarm}" + (f" ({told})" if told else "")

    @property
    def dedup_key(self) -> str:
        """Return the same text for the same alarm, on every attempt and after every restart."""
        content = repr((self.source, self.alarm, sorted(self.fields.items())))
        return hashlib.sha256(content.encode()).hexdigest()[:32]

    def body(self, kind: str, token: str) -> dict[str, Any]:
        """Return the JSON that a receiver of this kind takes."""
        raised = self.raised.isoformat(timespec="seconds")
        if kind == "pagerduty":  # Events API v2
            return {
                "routing_key": token,
                "event_action": "trigger",
                "dedup_key": self.dedup_key,
                "payload": {
                    "summary": self.summary[:1024],
                    "source": self.source,
                    "severity": "critical",
                    "timestamp": raised,
                    "component": "verifier",
                    "class": self.alarm,
                    "custom_details": dict(self.fields),
                },
            }
        if kind == "slack":
            return {"text": f":rotating_light: {self.summary}"}
        return {
            "alarm": self.alarm,
            "source": self.source,
            "raised": raised,
            "key": self.dedup_key,
            **self.fields,
        }


class Webhook:
    """One receiver of alarms."""

    def __init__(self, section: WebhookSection, metrics: VerifierMetrics) -> None:
        self._section = section
        self._metrics = metrics
        self._queue: deque[AlarmMessage] = deque()
        self._changed = threading.Condition()
        self._idle = True
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="webhook")
        self._thread.start()

    def offer(self, alarm: str, fields: Mapping[str, str], source: str) -> None:
        """Send an alarm when its turn comes; returns at once."""
        message = AlarmMessage(alarm, fields, source, datetime.now(UTC))
        with self._changed:
            if len(self._queue) >= QUEUE_MAX:
                self._queue.popleft()
                self._count(WebhookOutcome.DROPPED)
            self._queue.append(message)
            self._changed.notify_all()

    def close(self, patience_seconds: float) -> bool:
        """Wait a little for what is queued, then stop; return whether all of it went out."""
        with self._changed:
            done = self._changed.wait_for(
                lambda: self._idle and not self._queue, timeout=patience_seconds
            )
        self._stop.set()
        with self._changed:
            self._changed.notify_all()
        return done

    def _count(self, delivery: WebhookOutcome) -> None:
        self._metrics.webhook_deliveries.labels(delivery.value).inc()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._idle = True
                self._changed.notify_all()
                self._changed.wait_for(lambda: bool(self._queue) or self._stop.is_set())
                if self._stop.is_set():
                    return
                message, self._idle = self._queue.popleft(), False
            self._deliver(message)

    def _deliver(self, message: AlarmMessage) -> None:
        retrying = Retrying(
            retry=retry_if_exception_type(_NotTaken),
            wait=wait_exponential_jitter(initial=1.0, max=PAUSE_SECONDS_MAX),
            stop=stop_after_delay(self._section.retry_seconds) | stop_when_event_set(self._stop),
            sleep=self._pause,
            reraise=True,
        )
        try:
            retrying(self._attempt, message)
        except _NotTaken:
            self._count(WebhookOutcome.GIVEN_UP)
            _log.warning("webhook_given_up", alarm_lost=message.alarm)
        except _Refused as error:
            self._count(WebhookOutcome.REFUSED)
            _log.warning("webhook_refused", alarm_lost=message.alarm, reason=str(error))
        else:
            self._count(WebhookOutcome.DELIVERED)

    def _pause(self, seconds: float) -> None:
        self._stop.wait(seconds)

    def _attempt(self, message: AlarmMessage) -> None:
        started = time.monotonic()
        try:
            status = asyncio.run(self._post(message))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            self._not_taken(type(error).__name__, started)
        if 200 <= status < 300:
            return
        if status in _TRY_AGAIN or status >= 500:
            self._not_taken(f"status {status}", started)
        raise _Refused(f"status {status}")

    def _not_taken(self, reason: str, started: float) -> None:
        self._count(WebhookOutcome.FAILED)
        seconds = round(time.monotonic() - started, 1)
        # The URL may hold a secret: it is not logged.
        _log.warning("webhook_failed", kind=self._section.kind, reason=reason, seconds=seconds)
        raise _NotTaken

    async def _post(self, message: AlarmMessage) -> int:
        token = os.environ.get(self._section.token_env or "", "")
        headers = {}
        if token and self._section.kind == "json":
            headers["Authorization"] = f"Bearer {token}"
        timeout = aiohttp.ClientTimeout(total=ATTEMPT_SECONDS)
        async with (
            aiohttp.ClientSession(timeout=timeout, headers=headers) as session,
            session.post(
                self._section.url,
                json=message.body(self._section.kind, token),
                allow_redirects=False,  # a token goes to nobody else
            ) as response,
        ):
            return response.status


def close_all(webhooks: Sequence[Webhook]) -> None:
    """Give what is queued a last moment, the same for all of them, then stop them."""
    end = time.monotonic() + CLOSING_SECONDS
    for each in webhooks:
        each.close(max(0.0, end - time.monotonic()))
