"""Sweeps: dead orders taken out of the books by system ops, before a taker has to touch them.

Which orders died is known from the engine's events; a slot that has been used again meanwhile is
skipped by the law, so the list needs no care.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final

from strikeproof.wire.constants import SWEEP_MAX
from strikeproof.wire.operations import encode_sweep

SLOTS_KEPT: Final = 100_000  # of an instrument; what is forgotten is met by takers
OPS_AT_ONCE: Final = 4


class DeadOrders:
    """Slots of orders that died in the book, by instrument."""

    def __init__(self) -> None:
        self._slots: dict[int, deque[int]] = {}

    def add(self, instrument: int, slots: Iterable[int]) -> None:
        """Remember slots."""
        line = self._slots.setdefault(instrument, deque(maxlen=SLOTS_KEPT))
        line.extend(slots)

    def sweeps(self, *, only_full: bool) -> list[bytes]:
        """Return Sweep ops for what waits; with `only_full` none that sweeps less than it could."""
        ops: list[bytes] = []
        for instrument, line in self._slots.items():
            while len(ops) < OPS_AT_ONCE and len(line) >= (SWEEP_MAX if only_full else 1):
                count = min(SWEEP_MAX, len(line))
                slots = [line.popleft() for _ in range(count)]
                ops.append(encode_sweep(instrument=instrument, slots=slots))
        return ops
