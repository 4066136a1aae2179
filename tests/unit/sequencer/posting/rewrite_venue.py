"""A journal, and L1 as it might look beside it: what tests of rewrites start from."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

from strikeproof.l1 import Block
from strikeproof.sequencer.batch.batch_bytes import Batch, BatchHeader
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.journal.journal_entry import (
    BatchOpened,
    BatchSealed,
    MessagesConsumed,
    OpOrdered,
    SegmentPosted,
    decode_entries,
)
from strikeproof.sequencer.journal.journal_file import JournalReader
from strikeproof.sequencer.l1.inclusion_rules import InclusionRules
from strikeproof.sequencer.l1.l1_source import VenueTerms
from strikeproof.sequencer.l1.l1_state import L1State, PostedBatch, QueuedMessage
from strikeproof.sequencer.l1.l1_watcher import L1View
from strikeproof.sequencer.posting.rewrite_layout import RewriteTerms
from strikeproof.sequencer.posting.rewrite_plan import (
    plan_rewrite,
)
from strikeproof.sequencer.recovery.data_folder import DataFolder
from strikeproof.sequencer.recovery.journal_batches import batches_from
from strikeproof.sequencer.recovery.journal_replay import VenueOrigin, recover
from strikeproof.wire.operations import (
    MESSAGE_DEPOSIT_AMOUNT_MICRO_USD_OFFSET,
    MESSAGE_HEAD_BYTES,
)
from tests.integration.sequencer.venue import CHAIN_ID, LAW_ID, ROLLUP, SEPARATOR
from tests.unit.sequencer.ordering_venue import RATES

MAX_LAG_MS = 600_000
RULES = InclusionRules(MAX_LAG_MS, 10**12, RATES.inbox)
DEPOSIT_AT = MESSAGE_HEAD_BYTES + MESSAGE_DEPOSIT_AMOUNT_MICRO_USD_OFFSET
GENESIS_HASH = bytes(32)
TERMS = VenueTerms(CHAIN_ID, ROLLUP, SEPARATOR, GENESIS_HASH, 1, RATES)


def header_of(number: int, time_ms: int, inbox_end: int, segments: int) -> BatchHeader:
    return BatchHeader(LAW_ID, number, bytes(32), 1, time_ms, inbox_end, bytes(32), segments)


def posted_of(folder: DataFolder | None, count: int) -> list[PostedBatch]:
    """The journal's first batches as L1 has them; any batches with ops without a journal."""
    found = []
    inbox_end = 0
    for batch in itertools.islice(batches_from(folder, 1) if folder else (), count):
        inbox_end += len(batch.messages)
        time_ms = batch.sealed.time_ms if batch.sealed else 0
        segments = batch.ordered_segments
        found.append(header_of(batch.opened.number, time_ms, inbox_end, segments))
    found += [header_of(n + 1, 1, 0, 1) for n in range(len(found), count)]
    return [PostedBatch(bytes((each.number,)) * 32, 1, each) for each in found]


def view_of(
    messages: list[bytes], posted: int | list[PostedBatch], time_ms: int, folder: DataFolder | None
) -> L1View:
    state = L1State(
        [QueuedMessage(each, b"", 1) for each in messages],
        posted_of(folder, posted) if isinstance(posted, int) else posted,
        sequencer_epoch=1,
    )
    return L1View(Block(9, b"", b"", time_ms // 1000, 0), state, LAW_ID)


def first_outdated(folder: DataFolder, view: L1View, max_lag_ms: int) -> int | None:
    plan = plan_rewrite(folder, view, replace(RULES, max_lag_ms=max_lag_ms), never_sent)
    return plan.first if plan else None


def never_sent(number: int, batch_hash: bytes) -> Batch | None:
    return None


def terms_at(now_ms: int) -> RewriteTerms:
    return RewriteTerms(TERMS, RULES, LAW_ID, now_ms)


def entries_of(folder: DataFolder) -> list[Any]:
    return [
        entry
        for path in folder.journal_files()
        for payload in JournalReader(path, torn_allowed=True)
        for entry in decode_entries(payload)
    ]


def places(entries: list[Any]) -> dict[bytes, tuple[int, int, int]]:
    found: dict[bytes, tuple[int, int, int]] = {}
    batch = segment = index = -1
    for each in entries:
        if isinstance(each, BatchOpened):
            batch, segment = each.number, -1
        elif isinstance(each, OpOrdered):
            index += 1
            found[each.op] = (batch, segment, index)
        elif isinstance(each, SegmentPosted):
            segment, index = segment + 1, -1
            for index, op in enumerate(each.ops):
                found[op] = (batch, segment, index)
        elif not isinstance(each, MessagesConsumed | BatchSealed):
            segment, index = segment + 1, -1
    return found


def recovered(folder: DataFolder) -> Engine:
    return recover(folder, VenueOrigin(SEPARATOR, GENESIS_HASH, RATES), with_forest=False).engine
