"""Order events that readers have seen stay, whatever happens to the order."""

from __future__ import annotations

from strikeproof.client.operation import Cancel
from strikeproof.sequencer.history.event_reader import EventReader
from strikeproof.sequencer.history.order_event import OrderEventKind
from strikeproof.sequencer.journal.journal_file import JournalReader, JournalWriter
from strikeproof.sequencer.posting.journal_rewrite import rewrite
from strikeproof.sequencer.posting.rewrite_plan import RewritePlan
from strikeproof.sequencer.recovery.data_folder import DataFolder
from tests.unit.sequencer.ordering_venue import OrderingVenue
from tests.unit.sequencer.posting.rewrite_venue import terms_at, view_of


def test_what_readers_saw_before_a_kill_stays_when_the_order_is_rewritten(
    venue: tuple[OrderingVenue, DataFolder],
) -> None:
    """The index lacks what the node had told and not written: the old journal says it."""
    found, folder = venue
    trader = found.traders[0]
    found.order(trader.bundle(Cancel(1, 1, 1)))  # of no order: refused, and reported so
    found.orderer.seal()
    reader = JournalReader(folder.journal_files()[-1], torn_allowed=True)
    list(reader)
    writer = JournalWriter.resume(reader)
    writer.commit(b"".join(found.take().entries))
    writer.close()
    view = view_of(found.inbox[:-1], 2, found.now_ms, folder)
    for _ in range(2):
        rewrite(folder, RewritePlan(3), view, terms_at(found.now_ms))
    told = EventReader(folder.history).events(1, 1, 10)
    assert [each.event.kind for each in told] == [
        OrderEventKind.REFUSED,
        OrderEventKind.REWRITTEN,
    ]
