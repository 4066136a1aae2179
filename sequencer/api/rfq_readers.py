"""Who reads requests for quotes: each reader holds which requests changed since it last looked.

What changes twice before it is read is read once, as it is then: what waits for a reader is bounded
by the requests that there are, and a slow one costs nobody.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from strikeproof.sequencer.rfq.quote_request import QuoteRequest


class RfqReader:
    """One stream."""

    __slots__ = ("_changed", "_wake")

    def __init__(self) -> None:
        self._changed: dict[int, None] = {}
        self._wake = asyncio.Event()

    def tell(self, request: int) -> None:
        """Note that a request changed."""
        self._changed[request] = None
        self._wake.set()

    async def take(self, seconds: float) -> list[int]:
        """Return the requests that changed, in the order in which they did: at least one, or none
        after this many seconds."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), seconds)
        self._wake.clear()
        changed, self._changed = list(self._changed), {}
        return changed


class RfqReaders:
    """Makers by account, who hear of what they are asked; requesters by request."""

    def __init__(self) -> None:
        self._makers: defaultdict[int, set[RfqReader]] = defaultdict(set)
        self._requesters: defaultdict[int, set[RfqReader]] = defaultdict(set)

    @contextmanager
    def maker(self, account: int) -> Iterator[RfqReader]:
        """Hold a reader of what an account is asked."""
        with _held(self._makers, account) as reader:
            yield reader

    @contextmanager
    def requester(self, request: int) -> Iterator[RfqReader]:
        """Hold a reader of one request and its quotes."""
        with _held(self._requesters, request) as reader:
            yield reader

    def changed(self, request: QuoteRequest) -> None:
        """Tell everybody that a request concerns."""
        self.quoted(request)
        for account, readers in self._makers.items():
            if request.is_asked(account):
                for each in readers:
                    each.tell(request.id)

    def quoted(self, request: QuoteRequest, maker: int = 0) -> None:
        """Tell the requester, and the maker whose quote changed: other makers do not see it."""
        for reader in (*self._requesters.get(request.id, ()), *self._makers.get(maker, ())):
            reader.tell(request.id)


@contextmanager
def _held(readers: defaultdict[int, set[RfqReader]], name: int) -> Iterator[RfqReader]:
    reader = RfqReader()
    readers[name].add(reader)
    try:
        yield reader
    finally:
        readers[name].discard(reader)
        if not readers[name]:
            del readers[name]
