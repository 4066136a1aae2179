"""Why a node that leads accepts nothing.

A standby and a node that is catching up answer the same code, with reasons of their own.
"""

from __future__ import annotations

from enum import Enum


class NotAccepting(Enum):
    """Why nothing is accepted."""

    VENUE_FROZEN = "venue_frozen"
    """L1 accepts no more batches, for good: the venue is being left."""
    L1_OUT_OF_SIGHT = "l1_out_of_sight"
    """No complete view of L1 for too long."""
    POSTING_BEHIND = "posting_behind"
    """A sealed batch has waited for L1 for too long."""
    CLOCK_BEHIND = "clock_behind"
    """This machine's clock is behind L1's: headers would be too old."""
    CLOCK_AHEAD = "clock_ahead"
    """This machine's clock is ahead of L1's: headers would lie in L1's future."""
    ORDER_AHEAD = "order_ahead"
    """The order's clock is ahead: it was set forward, or a backlog was sealed again with times at
    which L1 will take it. What is ordered now waits for all of that."""
