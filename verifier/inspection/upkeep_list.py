"""What is due and not ordered, as the node found it: plain values for `strikeproof challenge`."""

from __future__ import annotations

from typing import Any

from strikeproof.verifier.exit_code import NotFound
from strikeproof.verifier.store.verifier_store import VerifierStore
from strikeproof.verifier.watch.upkeep_report import ROW, UpkeepReport
from strikeproof.verifier.watch.upkeep_watch import Episode


def upkeep_list(store: VerifierStore) -> dict[str, Any]:
    """Return what goes on and what has ended, with seconds by the venue's clock. Raises `NotFound`
    if no node has looked yet."""
    row = store.meta(ROW)
    if row is None:
        raise NotFound("no batch was executed by a node that watches upkeep")
    report = UpkeepReport.from_json(row.decode())
    return {
        "clock_ms": report.clock_ms,
        "counts": {kind.value: count for kind, count in report.counts.items()},
        "going_on": [_told(each, report.clock_ms) for each in report.going_on],
        "ended": [_told(each, report.clock_ms) for each in report.ended],
    }


def _told(episode: Episode, clock_ms: int) -> dict[str, Any]:
    until_ms = clock_ms if episode.until_ms is None else episode.until_ms
    return {
        "upkeep": episode.subject.kind.value,
        "id": episode.subject.id,
        "since_ms": episode.since_ms,
        "seconds": (until_ms - episode.since_ms) / 1_000,
    }
