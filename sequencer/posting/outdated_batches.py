"""Watching whether L1 will still take what was sealed."""

from __future__ import annotations

from typing import Final

from strikeproof.l1.inbox_lane import LANES
from strikeproof.sequencer.l1.finality import FinalityBook
from strikeproof.sequencer.l1.inclusion_rules import InclusionRules
from strikeproof.sequencer.l1.l1_watcher import L1View
from strikeproof.sequencer.order.batch_progress import BatchProgress
from strikeproof.sequencer.posting.journal_rewrite import BatchesOutdated

# Rounds in which L1 may hold fewer messages than were consumed: after a reorganization they mostly
# come back with the next blocks.
MISSING_ROUNDS_MAX: Final = 20


class OutdatedBatchCheck:
    """Compares each view of L1 with the order."""

    def __init__(
        self, progress: BatchProgress, finality: FinalityBook, rules: InclusionRules
    ) -> None:
        self._progress, self._finality, self._rules = progress, finality, rules
        self._missing_rounds = 0

    def check(self, view: L1View) -> None:
        """Raise `BatchesOutdated` once L1 will not take what was sealed."""
        progress, finality = self._progress, self._finality
        sealed_to = progress.number - progress.is_open
        if len(view.state.batches) > sealed_to:
            raise BatchesOutdated(f"L1 holds batch {sealed_to + 1}, which we have not sealed")
        if view.state.is_frozen:
            return  # it takes no batch of ours, however often that is sealed again
        is_missing = differs = False
        for lane in LANES:
            consumed = progress.lane(lane)
            rolling = view.state.rolling(lane, consumed.next)
            is_missing = is_missing or rolling is None
            differs = differs or (rolling is not None and rolling != consumed.rolling)
        self._missing_rounds = self._missing_rounds + 1 if is_missing else 0
        if differs or self._missing_rounds > MISSING_ROUNDS_MAX:
            raise BatchesOutdated("the inbox is not the one that was consumed")
        oldest = finality.oldest_unposted
        if oldest is not None and self._rules.is_too_old(oldest.time_ms, view):
            raise BatchesOutdated(f"batch {finality.posted_to + 1} was not posted in time")
