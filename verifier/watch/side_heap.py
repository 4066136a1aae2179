"""Accounts by a limit up to which they need not be looked at again.

What is outdated stays in the heap until it comes up, or until half of the heap is outdated.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush


class SideHeap:
    """Accounts of one side, which a rising number reaches, by their limits."""

    def __init__(self) -> None:
        self.limits: dict[int, int] = {}
        self._heap: list[tuple[int, int]] = []

    def put(self, account: int, limit: int) -> None:
        """Set an account's limit."""
        self.limits[account] = limit
        heappush(self._heap, (limit, account))
        if len(self._heap) > 2 * len(self.limits) + 64:
            self._heap = [(limit, account) for account, limit in self.limits.items()]
            heapify(self._heap)

    def drop(self, account: int) -> None:
        """Forget an account."""
        self.limits.pop(account, None)

    def pop_below(self, pressure: int) -> list[int]:
        """Take out the accounts whose limits lie below a pressure."""
        found = []
        while self._heap and self._heap[0][0] < pressure:
            limit, account = heappop(self._heap)
            if self.limits.get(account) == limit:
                del self.limits[account]
                found.append(account)
        return found
