"""How many blocks one query of logs covers: halved when a query fails, grown slowly when it works.

Providers limit eth_getLogs by blocks, by results or by size, each in its own words. So no error is
read: whatever the reason, a smaller range is tried next. Some cut a long answer short without a
word; what is missing shows only when a later event does not fit.
"""

from __future__ import annotations

from typing import Final

_GROWTH_DIVISOR: Final = 16
MISFITS_FORGIVEN: Final = 2
STEPS_BACK_MAX: Final = 64  # remembered blocks; a step is one query


class LogRange:
    """The size of the next query, from 1 to `blocks_max`."""

    def __init__(self, blocks_max: int) -> None:
        self._blocks_max = blocks_max
        self.blocks = blocks_max

    def shrink(self) -> None:
        """Halve the range after a failure."""
        self.blocks = max(1, self.blocks // 2)

    def grow(self) -> None:
        """Grow by a sixteenth, and by a block at least, after a query that worked."""
        self.blocks = min(self._blocks_max, self.blocks + max(1, self.blocks // _GROWTH_DIVISOR))


class GapSearch:
    """How far to step back when a single block does not fit: something before it was left out of
    an answer that was taken for whole.

    Stepping back costs executing again, so two misfits are forgiven; then it goes back by 1, 2, 4
    and more queries, until the block fits.
    """

    def __init__(self) -> None:
        self._block = -1
        self._misfits = 0
        self._steps_back = 1

    def misfit(self, block: int) -> int:
        """Note that this block does not fit; return how many queries to go back."""
        self._block = max(block, self._block)
        self._misfits += 1
        if self._misfits <= MISFITS_FORGIVEN:
            return 0
        back = min(self._steps_back, STEPS_BACK_MAX)
        self._misfits, self._steps_back = 0, 2 * back
        return back

    def is_passed(self, last: int) -> bool:
        """Note that the blocks up to `last` fit; return whether no gap is left to search."""
        if last >= self._block:
            self._block, self._misfits, self._steps_back = -1, 0, 1
        return self._block < 0
