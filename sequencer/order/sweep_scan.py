"""Dead orders, found in the state slot by slot, and the sweeps that take them out of the books.

A scan goes round the slots of all instruments, a few at each step, so it needs no memory of what
happened and finds the same after a restart. The law skips a slot that was used again meanwhile.
"""

from __future__ import annotations

from typing import Final

from strikeproof.sequencer.core.engine import Engine
from strikeproof.wire.constants import LINKED_ORDERS_MAX, ORDER_SLOT_BITS, SWEEP_MAX
from strikeproof.wire.operations import encode_sweep

STEP_SLOTS: Final = 4_096  # looked at in one step: about a millisecond
SLOTS_KEPT: Final = 16 * SWEEP_MAX  # found and not swept, of an instrument
CALM_ORDERS: Final = 1 << ORDER_SLOT_BITS - 2
"""A quarter of an instrument's slots: with fewer in use, sweeps may wait for a quiet moment."""
CALM_GONE: Final = LINKED_ORDERS_MAX // 4
"""With more in one book they do not wait: an account that cancels all at every turn would be at its
bound of linked orders, dead ones included, before the next sweep."""


class SweepScan:
    """Slots of dead orders, by instrument, as a scan of the state finds them."""

    def __init__(self, engine: Engine, calm_orders: int = CALM_ORDERS) -> None:
        self._engine, self._calm_orders = engine, calm_orders
        self._found: dict[int, list[int]] = {}
        self._instrument = 1
        self._slot = 1

    @property
    def count(self) -> int:
        """Slots that were found and not swept yet."""
        return sum(map(len, self._found.values()))

    @property
    def is_urgent(self) -> bool:
        """Whether a book that holds such orders fills up, or holds many of them."""
        return any(
            len(slots) > CALM_GONE or (slots and self._order_count(instrument) > self._calm_orders)
            for instrument, slots in self._found.items()
        )

    def _order_count(self, instrument: int) -> int:
        view = self._engine.instrument(instrument)
        assert view is not None
        return view.order_count

    def look(self, now_ms: int) -> bool:
        """Look at the next slots; return whether this ended a round of all instruments."""
        engine, left = self._engine, STEP_SLOTS
        last = engine.venue().next_instrument - 1
        while left > 0:
            if self._instrument > last:
                self._instrument, self._slot = 1, 1
                return True
            end = engine.slot_count(self._instrument)
            count = min(left, end - self._slot)
            self._look_at(count, now_ms)
            left -= count + 1
            self._slot += count
            if self._slot >= end:
                self._instrument, self._slot = self._instrument + 1, 1
        return False

    def _look_at(self, count: int, now_ms: int) -> None:
        slots = self._found.setdefault(self._instrument, [])
        room = SLOTS_KEPT - len(slots)
        if count > 0 and room > 0:
            known = set(slots)
            dead = self._engine.gone_slots(self._instrument, self._slot, count, now_ms)
            slots += [each for each in dead if each not in known][:room]

    def next_sweep(self, *, only_full: bool) -> bytes | None:
        """Return a Sweep for what was found; with `only_full` none that sweeps less than it could.

        What it names is forgotten: the scan finds again what a sweep did not reach.
        """
        for instrument, slots in self._found.items():
            if len(slots) >= (SWEEP_MAX if only_full else 1):
                named, self._found[instrument] = slots[:SWEEP_MAX], slots[SWEEP_MAX:]
                return encode_sweep(instrument=instrument, slots=named)
        return None
