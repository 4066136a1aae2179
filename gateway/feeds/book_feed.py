"""An instrument's book: a snapshot, then deltas, each numbered; a reader that lags far gets a new
snapshot."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator
from typing import Any, Final

from strikeproof.client import AsyncClient, Book
from strikeproof.gateway.feeds.tail import Tail
from strikeproof.gateway.feeds.upstream import Upstream
from strikeproof.gateway.instrument_terms import InstrumentTerms
from strikeproof.gateway.metrics import GatewayMetrics
from strikeproof.gateway.public_json import book_json, levels_json

DELTAS_KEPT: Final = 512
AT_ONCE_MAX: Final = 64


class BookFeed:
    """Follows the node's book of one instrument."""

    def __init__(
        self, client: AsyncClient, terms: InstrumentTerms, metrics: GatewayMetrics
    ) -> None:
        self._client, self._terms = client, terms
        self.book: Book | None = None
        self.stream = ""
        """Names one unbroken row of sequence numbers."""
        self._tail: Tail[str] = Tail(DELTAS_KEPT, 0)
        self.upstream = Upstream(f"book {terms.symbol}", self._follow, metrics)

    async def _follow(self) -> None:
        is_first = True
        async for change in self._client.follow_book_changes(self._terms.instrument.id):
            book, self.book = self.book, change.book
            if is_first:
                before, is_first = self._tail, False
                self.stream = secrets.token_hex(4)
                self._tail = Tail(DELTAS_KEPT, change.book.sequence + 1)
                before.ring()
                self.upstream.works()
                continue
            assert book is not None
            delta = {
                "previous_sequence": book.sequence,
                "sequence": change.book.sequence,
                "time_ms": change.book.time_ms,
                "bids": levels_json(self._terms, change.bids),
                "asks": levels_json(self._terms, change.asks),
            }
            self._tail.append(self._text("delta", delta))

    def _text(self, kind: str, content: dict[str, Any]) -> str:
        head = {"type": kind, "channel": "book", "instrument": self._terms.symbol}
        return json.dumps({**head, "stream": self.stream, **content}, separators=(",", ":"))

    async def follow(self, stream: str = "", from_sequence: int = 0) -> AsyncIterator[str]:
        """Yield a snapshot and deltas without end; from a sequence number of a stream on, without
        a snapshot, if all deltas since are still kept."""
        await self.upstream.ready()
        following = from_sequence
        while True:
            bell = self._tail.bell()
            found = self._tail.since(following, AT_ONCE_MAX) if stream == self.stream else None
            if found is None:
                assert self.book is not None
                stream, following = self.stream, self.book.sequence + 1
                yield self._text("snapshot", book_json(self._terms, self.book))
                continue
            for text in found:
                yield text
            following += len(found)
            if not found:
                await bell.wait()
