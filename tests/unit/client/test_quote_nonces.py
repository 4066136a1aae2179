"""Nonces of consents: one for each request, whatever comes at once."""

from __future__ import annotations

import asyncio
from itertools import count

from strikeproof.client.quote_nonces import QuoteNonces


def nonces() -> QuoteNonces:
    """Return nonces of a session that asks its venue for each, and gets them in turn."""
    numbers = count(1)

    async def take() -> int:
        await asyncio.sleep(0)
        return next(numbers)

    return QuoteNonces(take)


def test_quotes_of_one_request_at_once_share_a_nonce() -> None:
    async def run() -> None:
        found = nonces()
        both = await asyncio.gather(*(found.of(7, 1_000, 0) for _ in range(3)))
        assert len(set(both)) == 1
        others = {await found.of(each, 1_000, 0) for each in (8, 9, 10)}
        assert len(others) == 3
        assert not others & set(both)

    asyncio.run(run())


def test_a_nonce_is_used_again_once_its_consents_have_expired() -> None:
    async def run() -> None:
        found = nonces()
        first = await found.of(7, 1_000, 0)
        assert await found.of(7, 3_000, 500) == first
        assert await found.of(8, 4_000, 2_999) != first
        assert await found.of(9, 4_000, 3_000) == first

    asyncio.run(run())


def test_a_nonce_that_is_refused_twice_costs_its_successor_nothing() -> None:
    async def run() -> None:
        found = nonces()
        refused = await found.of(7, 1_000, 0)
        found.refused(7, refused)
        successor = await found.of(7, 1_000, 0)
        found.refused(7, refused)
        assert await found.of(7, 1_000, 0) == successor != refused

    asyncio.run(run())
