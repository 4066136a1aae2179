"""Whether the order has to be rewritten, and from where: the journal compared with L1.

Three things can have happened. L1's inbox is not the one that was consumed; a sealed batch has
become impossible to post, too old, of an epoch that L1 went back from, or without a message that is
due; or L1 holds a batch that is not in the journal. After the grace period anybody may post the
overdue inbox messages; and of a batch that was rewritten an earlier version may land, when a
reorganization takes L1 back to where that was right. Such batches are adopted, and what is left of
ours moves up behind them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from strikeproof.failure import Broken
from strikeproof.l1.inbox_lane import InboxLane
from strikeproof.sequencer.batch.batch_bytes import Batch, BatchHeader
from strikeproof.sequencer.batch.batch_store import BatchStore
from strikeproof.sequencer.l1.inclusion_rules import UNUSED, InboxUse, InclusionRules
from strikeproof.sequencer.l1.l1_watcher import L1View
from strikeproof.sequencer.recovery.data_folder import DataFolder
from strikeproof.sequencer.recovery.journal_batches import JournalBatch, batches_from
from strikeproof.wire.errors import FailureCode


class FolderBehindL1(Broken):
    """L1 holds batches with ops that this folder does not know."""

    code = FailureCode.FOLDER_BEHIND_L1

    def __init__(self, *, number: int, newest: int) -> None:
        super().__init__(
            f"L1 holds batch {number}, which has ops; this folder's newest batch is {newest}: it is"
            " an old copy or it was damaged. `strikeproof sequencer recover` rebuilds it from L1"
        )
        self.number, self.newest = number, newest


class AnotherSequencer(Broken):
    """L1 holds a batch with ops that is not ours: another node orders with this sequencer's key."""

    code = FailureCode.ANOTHER_SEQUENCER

    def __init__(self, *, number: int, found: bytes) -> None:
        super().__init__(
            f"batch {number} on L1 is 0x{found.hex()[:16]}, which this folder never sent, and it"
            f" orders other ops as batch {number}:"
            " another node runs with this key, or this folder is an old copy. If no other node"
            " does, `strikeproof sequencer recover` rebuilds it from L1"
        )
        self.number, self.found = number, found


@dataclass(frozen=True, slots=True)
class AdoptedBatch:
    """A batch on L1 that the journal does not have as it is."""

    header: BatchHeader
    sent: Batch | None = None
    """All of it, if this node once sent it: a rewrite made another of it, and it landed all the
    same. None: somebody else posted overdue messages."""


@dataclass(frozen=True, slots=True)
class RewritePlan:
    """Rewrite the journal from batch `first` on, behind the batches that are adopted from L1."""

    first: int
    adopted: tuple[AdoptedBatch, ...] = ()


SentBatch = Callable[[int, bytes], Batch | None]
"""Returns the batch of this number and hash if this node has ever sent it to L1."""


def plan_rewrite(
    folder: DataFolder, view: L1View, rules: InclusionRules, sent_batch: SentBatch
) -> RewritePlan | None:
    """Return what has to be rewritten, None if nothing has.

    Raises `FolderBehindL1`, `AnotherSequencer`.
    """
    posted = len(view.state.batches)
    common = _common(folder, view)
    if common < posted:
        adopted = tuple(
            AdoptedBatch(each.header, sent_batch(each.header.number, each.hash))
            for each in view.state.batches[common:]
        )
        _check_adoptable(folder, adopted, view)
        return RewritePlan(common + 1, adopted)
    if view.state.is_frozen:
        return None  # no other order would be posted either
    uses = [InboxUse.of(each.header) for each in view.state.batches]
    for batch in batches_from(folder, posted + 1):
        parent = uses[-1] if uses else UNUSED
        time_ms = batch.sealed.time_ms if batch.sealed else batch.opened.opened_ms
        exits = sum(each.lane is InboxLane.EXIT for each in batch.messages)
        messages = len(batch.messages) - exits
        use = InboxUse(time_ms, parent.exit_end + exits, parent.message_end + messages)
        if rules.leaves_out_due(parent, use, uses.copy, view) or _is_outdated(batch, view, rules):
            return RewritePlan(batch.opened.number)
        uses.append(use)
    return None


def _common(folder: DataFolder, view: L1View) -> int:
    """Return the newest batch that L1 holds and that is ours; each names the one before it."""
    store = BatchStore(folder.batches)
    posted = view.state.batches
    try:
        number = stored = min(len(posted), store.newest())
        while number and (ours := store.get(number)) and ours.hash != posted[number - 1].hash:
            number -= 1
    finally:
        store.close()
    if number < stored:
        return number
    # Sealed and on L1, yet not in the store: the prover was killed in between, and seals it again.
    for batch in batches_from(folder, number + 1):
        if number == len(posted) or not batch.sealed:
            break
        header = posted[number].header
        if (batch.opened.number, batch.sealed.time_ms) != (number + 1, header.time_ms):
            break
        number += 1
    return number


def _check_adoptable(folder: DataFolder, adopted: tuple[AdoptedBatch, ...], view: L1View) -> None:
    strange = [each.header for each in adopted if each.header.segment_count and each.sent is None]
    if not strange:
        return
    # By the journal: whether the prover has sealed the batch yet changes nothing.
    number = strange[0].number
    ours = [each.opened.number for each in batches_from(folder, adopted[0].header.number)]
    newest = max(ours, default=adopted[0].header.number - 1)
    if newest < number:
        raise FolderBehindL1(number=number, newest=newest)
    raise AnotherSequencer(number=number, found=view.state.batches[number - 1].hash)


def _is_outdated(batch: JournalBatch, view: L1View, rules: InclusionRules) -> bool:
    """Whether L1 will never take the batch as it is."""
    if rules.is_ahead(batch.opened.sequencer_epoch, view):
        return True  # L1 went back to before this epoch
    if batch.sealed and rules.is_too_old(batch.sealed.time_ms, view):
        return True
    for each in batch.messages:
        queue = view.state.queue(each.lane)
        if each.index >= len(queue) or queue[each.index].message != each.message:
            return True
    return False
