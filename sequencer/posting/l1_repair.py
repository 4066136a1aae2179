"""The order of a folder, brought in line with L1 where L1 changed under it.

A node that is alone does it in its own folder; nodes that take turns write it into the shared log,
from which each of them takes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from strikeproof.sequencer.batch.batch_bytes import Batch
from strikeproof.sequencer.journal.journal_entry import Entry
from strikeproof.sequencer.l1.connected_l1 import ConnectedL1
from strikeproof.sequencer.l1.contract_abi import contract_abi
from strikeproof.sequencer.order.wall_clock import wall_clock_ms
from strikeproof.sequencer.posting.journal_rewrite import (
    announce_changes,
    entries_behind,
    replace_end,
    rewrite,
    rewritten_entries,
)
from strikeproof.sequencer.posting.promise_limits import PostingPace
from strikeproof.sequencer.posting.rewrite_layout import RewriteTerms, without_adopted
from strikeproof.sequencer.posting.rewrite_plan import (
    AdoptedBatch,
    RewritePlan,
    SentBatch,
    plan_rewrite,
)
from strikeproof.sequencer.recovery.data_folder import DataFolder
from strikeproof.sequencer.recovery.journal_batches import batches_from


@dataclass(frozen=True, slots=True)
class L1Repair:
    """The order of a folder in line with L1, if L1 changed under it."""

    folder: DataFolder
    l1: ConnectedL1
    sent_by_us: SentBatch

    def plan(self) -> RewritePlan | None:
        """Return what has to be rewritten, None if nothing has."""
        return plan_rewrite(self.folder, self.l1.view, self.l1.rules, self._sent)

    def entries(self, plan: RewritePlan, epoch: int) -> list[Entry]:
        """Return the order from `plan.first` on, as L1 takes it."""
        return rewritten_entries(self.folder, plan, self.l1.view, self._terms(epoch))

    def entries_of(self, old: DataFolder, first: int, posted: Sequence[Batch]) -> list[Entry]:
        """Return what another folder orders from batch `first` on and L1 does not hold, behind what
        this folder has. `posted`: L1's batches from that one on."""
        adopted = tuple(AdoptedBatch(each.header, each) for each in posted)
        batches = list(batches_from(old, first))
        left = without_adopted(batches, RewritePlan(first, adopted))
        terms = self._terms(self.l1.terms.sequencer_epoch)
        return entries_behind(self.folder, left, self.l1.view, terms)

    def replace_end(self, first: int, entries: Sequence[Entry]) -> None:
        """Put the entries in the place of everything from a batch on."""
        replace_end(self.folder, first, entries, self.l1.terms, wall_clock_ms())

    def announce(self) -> None:
        """Announce what changed for whom."""
        announce_changes(self.folder, self.l1.terms)

    def rewrite(self, plan: RewritePlan) -> None:
        """Do it, where this folder is the only one."""
        terms = self._terms(self.l1.terms.sequencer_epoch)
        rewrite(self.folder, plan, self.l1.view, terms)

    def _terms(self, epoch: int) -> RewriteTerms:
        now_ms = wall_clock_ms()
        venue = replace(self.l1.terms, sequencer_epoch=epoch)
        law_id = self.l1.law_at(now_ms)
        return RewriteTerms(venue, self.l1.rules, law_id, now_ms, PostingPace.FIRST_GUESS_MS)

    def _sent(self, number: int, batch_hash: bytes) -> Batch | None:
        """Return a batch that was ever sent: by this node, or where nodes take turns, by another,
        whose batch L1 itself shows. Nobody else can post one with ops."""
        sent = self.sent_by_us(number, batch_hash)
        if sent is None and self.l1.takes_turns:
            return _on_l1(self.l1, number)
        return sent


def _on_l1(l1: ConnectedL1, number: int) -> Batch | None:
    """Return a batch as L1's log has it."""
    block = l1.view.state.batches[number - 1].block_number
    abi, rollup = contract_abi("Rollup"), l1.terms.rollup
    for log in l1.client.logs([rollup], block, block):
        found = abi.event(log)
        if found is not None and found[0] == "BatchPosted" and found[1]["number"] == number:
            return Batch.decode(found[1]["data"])
    return None
