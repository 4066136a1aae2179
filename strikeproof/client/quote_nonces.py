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
        if request not in self._held:
            self._release(now_ms)
            found = self._free.pop() if self._free else await self._take()
            if self._held.setdefault(request, (found, 0))[0] != found:
                self._free.append(found)  # another quote of the request was first
        nonce, until_ms = self._held[request]
        self._held[request] = (nonce, max(until_ms, expiry_ms))
        return nonce

    def refused(self, request: int, nonce: int) -> None:
        """Forget a nonce that the venue refused, and those that wait, which are older."""
        if self._held.get(request, (None,))[0] == nonce:
            del self._held[request]
        self._free.clear()

    def _release(self, now_ms: int) -> None:
        over = [each for each, (_, until_ms) in self._held.items() if until_ms <= now_ms]
        self._free += [self._held.pop(each)[0] for each in over]
