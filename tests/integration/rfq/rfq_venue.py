"""A venue with a perpetual and a future for tests of requests for quotes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from strikeproof.client import AsyncClient, RequestLeg, VenueError
from strikeproof.wire.errors import ApiError
from tests.integration.sequencer.node_process import NodeProcess
from tests.integration.sequencer.venue import now_ms, wallet

PERP, FUTURE = 1, 2
SPREAD = (RequestLeg(PERP, sell=False, ratio=10), RequestLeg(FUTURE, sell=True, ratio=20))
OPEN_MAX = 3
LIMITS = {
    "open_ms_min": 300,
    "account_requests_max": OPEN_MAX,
    "account_calls_per_second": 0.5,
    "account_calls_burst": 150,
}
T = TypeVar("T")


def options(folder: Path) -> dict[str, dict[str, Any]]:
    """Return options of a node with a perpetual and a future; the same again for its folder."""
    kept = folder.with_suffix(".expiry")
    if not kept.exists():
        kept.write_text(str(now_ms() + 30 * 86_400_000))
    return {
        "batch": {"batch_ms": 300, "segment_ms": 20},
        "venue": {"expiries_ms": [int(kept.read_text())]},
        "api": {"rfq": dict(LIMITS)},  # callers change their copy
    }


def trader(node: NodeProcess, number: int, **more: Any) -> AsyncClient:
    return AsyncClient(node.endpoint, wallet(f"trader {number}"), account=number, **more)


async def until(items: AsyncIterator[T], wanted: Any) -> T:
    """Return the first item that is wanted."""
    async with asyncio.timeout(20):
        async for each in items:
            if wanted(each):
                return each
    raise AssertionError("the stream ended")


async def sizes(client: AsyncClient) -> dict[int, int]:
    return {each.instrument: each.size_lots for each in (await client.account()).positions}


def code_of(refused: pytest.ExceptionInfo[VenueError]) -> ApiError:
    return refused.value.code
