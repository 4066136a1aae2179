"""Division that rounds. Each function is a verb, and says whom it favours if it divides money."""

from __future__ import annotations


def div_ceil(dividend: int, divisor: int) -> int:
    """Return the quotient rounded up: what a user pays or must hold, in favour of the venue."""
    return -(-dividend // divisor)


def div_floor(dividend: int, divisor: int) -> int:
    """Return the quotient rounded down: what a user receives, in favour of the venue."""
    return dividend // divisor
