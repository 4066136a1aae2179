"""Where a new order belongs: the candidates that are tried, most likely first.

The index holds the book as it was before the segment. What the segment did since is known only in
part: its orders may be gone, and the segment's own may stand before them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from strikeproof.verifier.state.book_index import BookIndex, Place, Side

NEAR: Final = 8  # candidates of the index that are tried before the front and fresh slots

Question = tuple[int, bool, int]
"""What the law asks: instrument, whether it is the side of the sells, price in ticks."""
OwnOrder = tuple[int, int]
"""An order that the segment itself put there: rank of its price, slot as we believe."""


def likely_places(
    books: BookIndex, side: Side, rank: int, own: Sequence[OwnOrder]
) -> Iterator[int]:
    """Yield predecessor slots for a new order of this rank, the segment's own merged in."""
    ours = sorted((each for each in own if each[0] <= rank), key=lambda each: each[0])
    theirs: Iterator[Place] = books.ahead_of(side, rank)
    place = next(theirs, None)
    for own_rank, own_slot in reversed(ours):
        while place is not None and place[0] > own_rank:
            yield place[2]
            place = next(theirs, None)
        yield own_slot
    while place is not None:
        yield place[2]
        place = next(theirs, None)


def candidate_slots(likely: Iterator[int], others: Iterable[int]) -> Iterator[int]:
    """Yield predecessor slots without repeats: the first of `likely`, the front, `others`, the
    rest of `likely`."""
    tried: set[int] = set()
    for slot in likely:
        if slot not in tried:
            tried.add(slot)
            yield slot
        if len(tried) >= NEAR:
            break
    for slots in ((0,), others, likely):
        for slot in slots:
            if slot not in tried:
                tried.add(slot)
                yield slot
