"""A share of something a second, with a burst: what a connection or a host may use up."""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import Final

HOSTS_KEPT: Final = 8_192


class Allowance:
    """Fills at `per_second` up to `burst`."""

    __slots__ = ("_burst", "_left", "_per_second", "_since")

    def __init__(self, per_second: float, burst: float, now: float) -> None:
        self._per_second, self._burst = per_second, burst
        self._left, self._since = burst, now

    def take(self, amount: int, now: float) -> int:
        """Take an amount and return 0, or take nothing and return in how many milliseconds there
        will be enough. `now`: seconds of a clock that never goes back."""
        self._left = min(self._burst, self._left + (now - self._since) * self._per_second)
        self._since = now
        if amount <= self._left:
            self._left -= amount
            return 0
        return max(1, math.ceil((amount - self._left) / self._per_second * 1_000))


class HostAllowances:
    """One allowance for each host; the hosts that were silent longest are forgotten first."""

    def __init__(self, per_second: float, burst: float) -> None:
        self._per_second, self._burst = per_second, burst
        self._of: OrderedDict[str, Allowance] = OrderedDict()

    def take(self, host: str, amount: int, now: float) -> int:
        """As `Allowance.take`, of a host."""
        found = self._of.get(host)
        if found is None:
            found = self._of[host] = Allowance(self._per_second, self._burst, now)
            if len(self._of) > HOSTS_KEPT:
                self._of.popitem(last=False)
        self._of.move_to_end(host)
        return found.take(amount, now)
