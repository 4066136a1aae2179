"""An answer of L1 that is believed once it has stood for several polls and blocks.

What one endpoint answers wrongly, it answers wrongly for a moment: nothing that cannot be taken
back follows from less.
"""

from __future__ import annotations

from typing import Final

from strikeproof.l1.l1_values import Block

POLLS_BELIEVED: Final = 3


class StableAnswer:
    """One answer, made again whenever L1 answers otherwise."""

    def __init__(self, blocks: int) -> None:
        """`blocks`: how many new ones must confirm it."""
        self._blocks = blocks
        self._polls = 0
        self._first_block = 0

    def again(self, head: Block) -> bool:
        """Count the answer once more; return whether it is believed now."""
        if not self._polls:
            self._first_block = head.number
        self._polls += 1
        return self._polls >= POLLS_BELIEVED and head.number >= self._first_block + self._blocks
