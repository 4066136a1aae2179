"""Answers that are asked for once for all, and what a page gets of one that is slow."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from strikeproof.gateway.chain.shown_batch import ChainUnreadable
from strikeproof.gateway.http.gateway_reads import Fresh
from strikeproof.gateway.pages.templating import Pages
from strikeproof.gateway.public_json import venue_json
from strikeproof.wire.venue_pb2 import VenueInfo

FRESH_SECONDS, KEPT_SECONDS, WAIT_SECONDS = 0.02, 30.0, 0.02


class Slow:
    """Answers 1, 2, … when it is let, or fails."""

    def __init__(self) -> None:
        self.asked, self.fails = 0, False
        self.may = asyncio.Event()

    async def __call__(self) -> int:
        self.asked += 1
        number = self.asked
        await self.may.wait()
        if self.fails:
            raise ChainUnreadable("silent")
        return number


def test_a_page_does_not_wait_for_a_slow_answer_and_has_it_later() -> None:
    async def run() -> None:
        slow = Slow()
        fresh = Fresh(slow, FRESH_SECONDS, KEPT_SECONDS)
        assert await fresh.soon(WAIT_SECONDS) is None
        assert await fresh.soon(WAIT_SECONDS) is None
        slow.may.set()
        assert await fresh.get() == 1
        assert await fresh.soon(WAIT_SECONDS) == 1
        assert slow.asked == 1

    asyncio.run(run())


def test_a_kept_answer_is_given_at_once_while_a_newer_one_is_asked_for() -> None:
    async def run() -> None:
        slow = Slow()
        slow.may.set()
        fresh = Fresh(slow, FRESH_SECONDS, KEPT_SECONDS)
        assert await fresh.soon(WAIT_SECONDS) == 1
        await asyncio.sleep(2 * FRESH_SECONDS)
        slow.may.clear()
        assert await fresh.soon(60.0) == 1
        slow.may.set()
        assert await fresh.get() == 2
        assert await fresh.soon(WAIT_SECONDS) == 2

    asyncio.run(run())


def test_an_answer_that_is_too_old_is_not_given() -> None:
    async def run() -> None:
        slow = Slow()
        slow.may.set()
        fresh = Fresh(slow, FRESH_SECONDS, FRESH_SECONDS)
        assert await fresh.soon(WAIT_SECONDS) == 1
        await asyncio.sleep(3 * FRESH_SECONDS)
        slow.may.clear()
        assert await fresh.soon(WAIT_SECONDS) is None

    asyncio.run(run())


def test_a_failure_is_raised_and_asked_again_after_it() -> None:
    async def run() -> None:
        slow = Slow()
        slow.may.set()
        slow.fails = True
        fresh = Fresh(slow, FRESH_SECONDS, KEPT_SECONDS)
        with pytest.raises(ChainUnreadable):
            await fresh.soon(WAIT_SECONDS)
        slow.fails = False
        await asyncio.sleep(2 * FRESH_SECONDS)
        assert await fresh.soon(WAIT_SECONDS) == 2

    asyncio.run(run())


@pytest.mark.parametrize(
    ("l1_failure", "said"),
    [("", "L1 is being asked"), ("0 endpoints answered", "L1 does not answer this gateway")],
)
def test_the_venues_page_comes_without_l1(l1_failure: str, said: str) -> None:
    request: Any = SimpleNamespace(
        url=SimpleNamespace(path="/venue", netloc="localhost", scheme="http")
    )
    shown = venue_json(VenueInfo())
    values: dict[str, Any] = {"venue": shown, "instruments": []}
    values |= {"terms": None, "has_chain": True}
    answer = Pages().page(request, "venue.html", l1_failure=l1_failure, **values)
    text = bytes(answer.body).decode()
    assert said in text and "Show the proof" in text and l1_failure in text
