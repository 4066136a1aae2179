"""The newest of a numbered sequence, and a bell: readers come back with their own number."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import Generic, TypeVar

T = TypeVar("T")


class Tail(Generic[T]):
    """Keeps the newest `kept` items. Numbers rise by one."""

    def __init__(self, kept: int, following: int) -> None:
        """`following`: the number of the first item to come."""
        self._items: deque[T] = deque(maxlen=kept)
        self.following = following
        self._bell = asyncio.Event()

    @property
    def first(self) -> int:
        """The number of the oldest item that is kept, or of the first to come."""
        return self.following - len(self._items)

    def append(self, item: T) -> None:
        """Add the next item and wake the readers."""
        self._items.append(item)
        self.following += 1
        self.ring()

    def ring(self) -> None:
        """Wake the readers."""
        self._bell.set()
        self._bell = asyncio.Event()

    def since(self, number: int, most: int) -> Sequence[T] | None:
        """Return the items from a number on, at most `most`; None if the first is forgotten or
        the number was never given."""
        skipped = number - self.first
        if skipped < 0 or number > self.following:
            return None
        return list(islice(self._items, skipped, skipped + most))

    def bell(self) -> asyncio.Event:
        """Return what is set when something changes after this call."""
        return self._bell
