"""Lanes of the Inbox: by which of them a message came (docs/protocol/batches-and-claims.md)."""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class InboxLane(IntEnum):
    """Each has numbers and a rolling hash of its own."""

    EXIT = 0
    """Ops by which an owner leaves: one an account."""
    MESSAGE = 1


LANES: Final = (InboxLane.EXIT, InboxLane.MESSAGE)
"""In the order in which a batch consumes them."""
