"""What the watch has found, as the node keeps it in its store and a command shows it."""

from __future__ import annotations

import json
from dataclasses import dataclass

from strikeproof.verifier.watch.upkeep_watch import Episode, Subject, UpkeepKind, UpkeepWatch

ROW = "upkeep"  # in the store's table of named values
ENDED_SHOWN = 100
GOING_ON_SHOWN = 1_000


@dataclass(frozen=True, slots=True)
class UpkeepReport:
    """Times in milliseconds of the venue's clock, which was `clock_ms` when it was written.
    `counts`: of what goes on, by kind; `going_on`: the oldest of it; `ended`: the newest."""

    clock_ms: int
    counts: dict[UpkeepKind, int]
    going_on: list[Episode]
    ended: list[Episode]

    @classmethod
    def of(cls, watch: UpkeepWatch) -> UpkeepReport:
        """Return what is reported of a watch."""
        counts = {each: watch.count(each) for each in UpkeepKind}
        ended = list(watch.ended)[-ENDED_SHOWN:]
        return cls(watch.clock_ms, counts, watch.going_on[:GOING_ON_SHOWN], ended)

    def to_json(self) -> str:
        """Return the report as a JSON object."""
        return json.dumps(
            {
                "clock_ms": self.clock_ms,
                "counts": {kind.value: count for kind, count in self.counts.items()},
                "going_on": [_of(each) for each in self.going_on],
                "ended": [_of(each) for each in self.ended],
            }
        )

    @classmethod
    def from_json(cls, text: str) -> UpkeepReport:
        """Return the report that `to_json` wrote."""
        value = json.loads(text)
        return cls(
            value["clock_ms"],
            {UpkeepKind(name): count for name, count in value["counts"].items()},
            [_episode(each) for each in value["going_on"]],
            [_episode(each) for each in value["ended"]],
        )


def _of(episode: Episode) -> list[str | int | None]:
    subject = episode.subject
    return [subject.kind.value, subject.id, episode.since_ms, episode.until_ms]


def _episode(fields: list[str | int | None]) -> Episode:
    kind, id, since_ms, until_ms = fields
    assert isinstance(id, int)
    assert isinstance(since_ms, int)
    assert until_ms is None or isinstance(until_ms, int)
    return Episode(Subject(UpkeepKind(kind), id), since_ms, until_ms)
