"""A venue with a journal of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from strikeproof.client.operation import CancelAll
from strikeproof.sequencer.core.inbox_message import decode_message
from strikeproof.sequencer.recovery.data_folder import DataFolder
from strikeproof.wire.operations import (
    frame_message,
)
from tests.integration.sequencer.venue import SEPARATOR
from tests.unit.sequencer.ordering_venue import OrderingVenue


@pytest.fixture
def venue(tmp_path: Path) -> tuple[OrderingVenue, DataFolder]:
    """Three batches: the inbox and an op; ops; a further deposit and an op, not sealed."""
    found = OrderingVenue()
    trader = found.traders[0]
    folder = DataFolder(tmp_path)
    lock = folder.acquire()
    writer = folder.create_journal(1, SEPARATOR)
    for number in range(3):
        for _ in range(3):
            found.order(trader.bundle(CancelAll(0)))
        if number == 1:
            again = decode_message(found.inbox[-1])._replace(time_ms=found.now_ms)
            found.inbox.append(frame_message(**again._asdict()))
        if number < 2:
            found.orderer.seal()
        found.now_ms += 1_000
        writer.commit(b"".join(found.take().entries))
    writer.close()
    lock.release()
    return found, folder
