"""Nonces of a maker's consents: most quotes are never traded, and a session's window is small."""

from __future__ import annotations

from collections.abc import Awaitable, Callable


class QuoteNonces:
    """One nonce for each request that is quoted: of all quotes that a maker gave one request, the
    law trades one. A nonce whose consents have all expired is used for another request."""

    def __init__(self, take: Callable[[], Awaitable[int]]) -> None:
        """`take`: returns a nonce that nobody has."""
        self._take = take
        self._held: dict[int, tuple[int, int]] = {}
        """By request: the nonce, and when its last consent expires."""
        self._free: list[int] = []

    async def of(self, request: int, expiry_ms: int, now_ms: int) -> int:
        """Return the nonce of a request, for a consent until a time."""
        held = self._held.get(request)
        if held is None:
            self._release(now_ms)
            held = (self._free.pop() if self._free else await self._take(), 0)
        nonce, until_ms = held
        self._held[request] = (nonce, max(until_ms, expiry_ms))
        return nonce

    def refused(self, request: int) -> None:
        """Forget a nonce that the venue refused, and those that wait, which are older."""
        self._held.pop(request, None)
        self._free.clear()

    def _release(self, now_ms: int) -> None:
        over = [each for each, (_, until_ms) in self._held.items() if until_ms <= now_ms]
        self._free += [self._held.pop(each)[0] for each in over]
