"""Numbers that streams share: seeds of keys, units, and draws at the ends of fields."""

from __future__ import annotations

from random import Random
from typing import Final

REPORTERS: Final = 4  # their keys are the seeds from here on, sorted by address
REPORTER_SEED: Final = 900
ATTESTERS: Final = 3
ATTESTER_SEED: Final = 950
STRANGER_SEED: Final = 999
TICK_NANO_USD: Final = 10**7
PRICE_TICKS: Final = 10_000


def boundary(random: Random, bits: int) -> int:
    """Return a number of this many bits, most often near an end of a field."""
    kind = random.randrange(6)
    top = 2**bits - 1
    if kind == 0:
        return 0
    if kind == 1:
        return top
    if kind == 2:
        return max(0, min(top, 2 ** random.randrange(bits) + random.randint(-1, 1)))
    if kind == 3:
        return min(top, random.randrange(8))
    return random.randrange(2**bits)
