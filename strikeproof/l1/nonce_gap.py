"""Whether L1 misses a nonce below all that we have signed, and not just for a moment.

A gap comes from a count that an endpoint once answered too high. It is believed only when several
polls and a new block have shown it: an endpoint that answers too low must not make one up.
"""

from __future__ import annotations

from typing import Final

from strikeproof.l1.l1_values import Block
from strikeproof.l1.stable_answer import StableAnswer

GAP_BLOCKS: Final = 1


class NonceGap:
    """Hears of every poll."""

    def __init__(self) -> None:
        self._seen: tuple[int, int] | None = None
        """L1's count and our lowest nonce."""
        self._standing = StableAnswer(GAP_BLOCKS)

    def persists(self, head: Block, count: int, lowest: int | None) -> bool:
        """Return whether the gap between L1's count and our lowest nonce is believed."""
        if lowest is None or lowest <= count:
            self._seen = None
            return False
        if self._seen != (count, lowest):
            self._seen, self._standing = (count, lowest), StableAnswer(GAP_BLOCKS)
        if not self._standing.again(head):
            return False
        self._seen = None
        return True
