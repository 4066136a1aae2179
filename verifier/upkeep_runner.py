"""The node's side of the watch for withheld upkeep: metrics, alarms, and what commands can read."""

from __future__ import annotations

from typing import Final

import structlog

from strikeproof.verifier.alarm import Alarm, Alerter
from strikeproof.verifier.watch.upkeep_report import ROW, UpkeepReport
from strikeproof.verifier.watch.upkeep_watch import UpkeepKind, UpkeepWatch
from strikeproof.verifier.watch.venue_records import UnknownRecord
from strikeproof.verifier.wiring import VerifierParts

DUE: Final = tuple(each for each in UpkeepKind if each is not UpkeepKind.BELOW_MAINTENANCE)

_log = structlog.get_logger("verifier")


class UpkeepRunner:
    """Looks after each batch."""

    def __init__(self, parts: VerifierParts, alerter: Alerter, late_seconds: float) -> None:
        """The state must be loaded. `late_seconds`: of the venue's clock, until an alarm."""
        self._store = parts.store
        self._alerter, self._metrics = alerter, alerter.metrics
        self._late_ms = int(late_seconds * 1_000)
        self._watch = UpkeepWatch(parts.state.record)
        self._watch.load(key for key, _ in parts.state.records())
        kept = parts.store.meta(ROW)
        if kept is not None:
            report = UpkeepReport.from_json(kept.decode())
            self._watch.resume(report.going_on, report.ended)
        parts.state.follow(self._watch)
        self._late: set[UpkeepKind] = set()
        self._is_told = self._is_watching = True

    def after_batch(self) -> None:
        """Look at the newest state. A state of a law with other records is no longer watched."""
        if self._is_watching:
            try:
                self._look()
            except UnknownRecord as error:
                self._is_watching = False
                _log.warning("upkeep_not_watched", reason=str(error))

    def _look(self) -> None:
        watch = self._watch
        for episode in watch.look():
            lasted_ms = (episode.until_ms or 0) - episode.since_ms
            if episode.subject.kind in DUE and lasted_ms >= self._late_ms:
                kind, id = episode.subject.kind.value, episode.subject.id
                _log.warning("upkeep_was_withheld", upkeep=kind, id=id, seconds=lasted_ms / 1_000)
        self._metrics.upkeep(
            watch.count(UpkeepKind.BELOW_MAINTENANCE),
            {each.value: watch.longest_ms(each) / 1_000 for each in DUE},
        )
        for kind in DUE:
            self._judge(kind)
        self._is_told = False

    def _judge(self, kind: UpkeepKind) -> None:
        late_ms = self._watch.longest_ms(kind)
        if late_ms < self._late_ms:
            self._late.discard(kind)
        elif kind not in self._late:
            self._late.add(kind)
            oldest = next(each for each in self._watch.going_on if each.subject.kind is kind)
            self._alerter.raise_alarm(
                Alarm.UPKEEP_WITHHELD,
                upkeep=kind.value,
                id=oldest.subject.id,
                since_ms=oldest.since_ms,
                count=self._watch.count(kind),
            )

    def keep(self) -> None:
        """Write what commands show, if there is anything new; call inside a group of steps."""
        if not self._is_told:
            self._is_told = True
            text = UpkeepReport.of(self._watch).to_json()
            with self._store.step():
                self._store.set_meta(ROW, text.encode())
