"""The ordering loop where L1's rate admits no user's segment."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from strikeproof.client.operation import CancelAll
from strikeproof.sequencer.core.op_preparation import prepare
from strikeproof.sequencer.intake.op_source import Source
from strikeproof.sequencer.intake.submission import Submission
from strikeproof.sequencer.order.charge_rate import ChargeRates
from strikeproof.sequencer.order.orderer import BatchPolicy
from strikeproof.sequencer.pipeline import ordering_loop
from strikeproof.sequencer.pipeline.ordering_loop import OrderingLoop
from strikeproof.sequencer.pipeline.ready_queue import ReadyLimits, ReadyQueue
from strikeproof.wire.constants import SegmentFamily
from tests.integration.sequencer.venue import SEPARATOR, index_price, worst_segments
from tests.unit.sequencer.ordering_venue import Nobody, OrderingVenue

RATES = ChargeRates(worst_segments(1, 8), worst_segments(1_000, 2_048))


async def _nothing() -> None:
    return None


def _commit() -> Any:
    """A commit that is never behind."""
    backlog = SimpleNamespace(backlog_ops=0)
    return SimpleNamespace(
        delivery=SimpleNamespace(prover=backlog, history=backlog, metrics=None),
        request=lambda: None,
        ordered=lambda: None,
        wait_until_it_can=_nothing,
    )


def test_upkeep_waits_for_no_withdrawal_that_has_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash fills L1's rate, and everybody withdraws: what waits longest has no room, and the
    price behind it has."""
    venue, queue = OrderingVenue(BatchPolicy(), RATES), ReadyQueue(ReadyLimits(5_000, 5_000))
    pool: Any = SimpleNamespace(pump=lambda: None)
    loop = OrderingLoop(venue.orderer, queue, pool, _commit())
    monkeypatch.setattr(ordering_loop, "wall_clock_ms", lambda: venue.now_ms)
    monkeypatch.setattr(ordering_loop, "TICK_SECONDS", 3_600)  # a tick would try again

    def add(data: bytes) -> None:
        submission = Submission(Nobody(), 0, data, Source("host"))
        submission.prepared = prepare(data, SEPARATOR, venue.engine.reporter_epoch)
        queue.add(submission)

    async def ordered() -> None:
        task = asyncio.create_task(loop.run())
        while not queue.waiting or queue.work.is_set():  # until a bundle has no room
            if not queue.waiting:
                for _ in range(64):
                    add(venue.traders[0].bundle(CancelAll(0)))
            await asyncio.sleep(0)
        add(venue.traders[1].cancel_at(venue.now_ms + 10_000))
        for _ in range(10):
            await asyncio.sleep(0)
        venue.now_ms += 1
        add(index_price(time_ms=venue.now_ms))
        for _ in range(10):
            await asyncio.sleep(0)
        task.cancel()

    asyncio.run(ordered())
    assert queue.has_of(SegmentFamily.ACCOUNT)
    assert not queue.has_of(SegmentFamily.UPKEEP)
