"""The node notices when L1 will no longer take what was sealed."""

from __future__ import annotations

import pytest

from strikeproof.keccak import keccak256
from strikeproof.l1 import Block
from strikeproof.l1.inbox_lane import InboxLane
from strikeproof.sequencer.l1.finality import FinalityBook
from strikeproof.sequencer.l1.inclusion_rules import InclusionRules
from strikeproof.sequencer.l1.l1_state import L1State, QueuedMessage
from strikeproof.sequencer.l1.l1_watcher import L1View
from strikeproof.sequencer.order.batch_progress import BatchProgress
from strikeproof.sequencer.order.sealed_batch import SealedBatch
from strikeproof.sequencer.posting.journal_rewrite import BatchesOutdated
from strikeproof.sequencer.posting.outdated_batches import MISSING_ROUNDS_MAX, OutdatedBatchCheck
from tests.integration.sequencer.venue import FREE

MAX_LAG_MS = 60_000
CONSUMED = (b"first", b"second")


def view_of(*messages: bytes, time_ms: int = 0) -> L1View:
    state, rolling = L1State(), bytes(32)
    for each in messages:
        rolling = keccak256(rolling + keccak256(each))
        state.messages.append(QueuedMessage(each, rolling, 1))
    return L1View(Block(9, b"", b"", time_ms // 1000, 0), state, b"")


@pytest.fixture
def finality() -> FinalityBook:
    return FinalityBook()


@pytest.fixture
def watch(finality: FinalityBook) -> OutdatedBatchCheck:
    progress = BatchProgress()
    for each in CONSUMED:
        progress.consume(InboxLane.MESSAGE, (each,))
    return OutdatedBatchCheck(progress, finality, InclusionRules(MAX_LAG_MS, 10**12, FREE.inbox))


def test_the_consumed_inbox_and_what_follows_it_are_fine(watch: OutdatedBatchCheck) -> None:
    watch.check(view_of(*CONSUMED))
    watch.check(view_of(*CONSUMED, b"third"))


def test_another_message_in_place_of_a_consumed_one_outdates_the_order(
    watch: OutdatedBatchCheck,
) -> None:
    with pytest.raises(BatchesOutdated, match="inbox"):
        watch.check(view_of(b"first", b"other"))


def test_missing_messages_may_come_back_for_some_rounds(watch: OutdatedBatchCheck) -> None:
    """attack 27"""
    for _ in range(MISSING_ROUNDS_MAX):
        watch.check(view_of(b"first"))
    watch.check(view_of(*CONSUMED))
    for _ in range(MISSING_ROUNDS_MAX):
        watch.check(view_of(b"first"))
    with pytest.raises(BatchesOutdated, match="inbox"):
        watch.check(view_of(b"first"))


def test_a_sealed_batch_that_l1_finds_too_old_outdates_the_order(
    watch: OutdatedBatchCheck, finality: FinalityBook
) -> None:
    finality.sealed(SealedBatch(1, 1_000_000, 1_000_000))
    watch.check(view_of(*CONSUMED, time_ms=1_000_000 + MAX_LAG_MS))
    with pytest.raises(BatchesOutdated, match="batch 1 "):
        watch.check(view_of(*CONSUMED, time_ms=1_000_000 + MAX_LAG_MS + 1_000))
