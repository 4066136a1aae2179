"""Why a node begins again is logged in the words of what caused it, however deep that lies."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from strikeproof.sequencer import run
from strikeproof.sequencer.cluster.etcd_log import Deposed
from strikeproof.sequencer.posting.journal_rewrite import BatchesOutdated

CAUSES = {
    "order_outdated": BatchesOutdated("batch 7 is 40 s too old"),
    "deposed": Deposed(epoch=3, leader=None),
}


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("event", CAUSES)
def test_reason_is_the_cause_and_not_the_group_around_it(
    event: str, depth: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def serve() -> None:
        stop = asyncio.Event()

        async def serve_once(*_given: Any) -> None:
            stop.set()
            error: Exception = CAUSES[event]
            for _level in range(depth):
                error = ExceptionGroup("unhandled errors in a TaskGroup", [error])
            raise error

        monkeypatch.setattr(run, "_serve_once", serve_once)
        await run.serve_until(stop, None, None)  # type: ignore[arg-type]  # nothing reads them

    with capture_logs() as logs:
        asyncio.run(serve())
    assert [each["reason"] for each in logs if each["event"] == event] == [str(CAUSES[event])]
