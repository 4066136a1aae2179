"""Accounts of an expensive op, and the book that it meets: what shapes of all kinds share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from strikeproof.bench.attack_shape import Shape
from strikeproof.bench.synthetic_state import SyntheticState
from strikeproof.bench.synthetic_values import BID_COUNT, FULL_ASK_COUNT, MARK

TIGHT_PPM: Final = 900_000  # equity of maintenance: only shrinking fills pass
STRANGER: Final = 0x010101
"""Whose orders are neighbours, read and never met: an account without a record."""
MakerOf = Callable[[SyntheticState, Shape, int], int]
"""Writes an account whose orders in an instrument the op meets; returns its number."""


def others(
    scene: SyntheticState, shape: Shape, count: int, traded: tuple[int, ...]
) -> tuple[int, ...]:
    """Return this many instruments that an account holds besides the traded ones."""
    if shape.wide:
        return tuple(scene.new_instrument() for _ in range(count))
    return scene.common_instruments()[:count]


def maker(scene: SyntheticState, shape: Shape, instrument: int) -> int:
    """Write an account whose orders the op meets, short in the instrument; return its number."""
    account = scene.new_account()
    held = others(scene, shape, max(0, shape.positions - 1), (instrument,))
    scene.set_account(account, (*held, instrument), health_ppm=TIGHT_PPM if shape.tight else None)
    return account


class AttackedBook:
    """The book of one instrument, around one action of `account`, which sells; a quote buys too.
    Makers bid at `price`, ticks."""

    def __init__(
        self,
        scene: SyntheticState,
        instrument: int,
        account: int,
        price: int = MARK,
        maker_of: MakerOf = maker,
    ) -> None:
        self.scene = scene
        self.instrument = instrument
        self.account = account
        self.price = price
        self._maker_of = maker_of
        self._far_bid = price * 85 // 100  # below the band: nobody sells so low
        self._far_ask = price * 120 // 100
        self.own_price = price + 0x500
        self.own_bid_price = price - 0x500
        self._free = 0
        self._best_ask = scene.new_slot(instrument)
        self._changes: dict[str, int] = {}

    def slot(self) -> int:
        return self.scene.new_slot(self.instrument)

    def order(
        self,
        slot: int,
        price: int,
        prev: int,
        next: int,
        account: int = STRANGER,
        *,
        sell: bool = True,
    ) -> None:
        """Write an order, an ask unless told otherwise."""
        self.scene.set_order(
            self.instrument, slot, account, sell=sell, price=price, prev=prev, next=next
        )

    def bids(self, shape: Shape, count: int) -> int:
        """Write `count` bids at the mark and one far below; return the best one's slot."""
        slots = [self.slot() for _ in range(count + 1)]
        for index, slot in enumerate(slots):
            last = index == count
            self.scene.set_order(
                self.instrument,
                slot,
                STRANGER if last else self._maker_of(self.scene, shape, self.instrument),
                sell=False,
                price=self._far_bid if last else self.price,
                prev=slots[index - 1] if index else 0,
                next=0x010101 if last else slots[index + 1],
                dead=shape.dead and not last,
            )
        return slots[0]

    def own(self, *, sell: bool = True) -> int:
        """Write an order of the account between two others; return its slot."""
        price = self.own_price if sell else self.own_bid_price
        before, slot, behind = self.slot(), self.slot(), self.slot()
        self.order(before, price, 0x010101, slot, sell=sell)
        self.order(slot, price, before, behind, self.account, sell=sell)
        self.order(behind, price, slot, 0x010101, sell=sell)
        return slot

    def target(self, makers: int) -> int:
        """Return a price at which an ask of the account rests between two others, or in front of
        them if it has to meet makers first."""
        if makers:
            self.order(self._best_ask, self.price + 0x100, 0, 0x010101)
            self._advise(0)
            return self.price
        before, behind = self.slot(), self.slot()
        price = self.price + 0x1000
        self.order(before, price, 0x010101, behind)
        self.order(behind, price + 1, before, 0x010101)
        self._advise(before)
        return price

    def bid_target(self) -> int:
        """Return a price at which a bid of the account rests between two others, below the asks."""
        self.order(self._best_ask, self.price + 0x100, 0, 0x010101)
        before, behind = self.slot(), self.slot()
        price = self.price - 0x1000
        self.order(before, price, 0x010101, behind, sell=False)
        self.order(behind, price - 1, before, 0x010101, sell=False)
        self._advise(before, sell=False)
        return price

    def evict(self, shape: Shape) -> None:
        """Fill the side of the asks, so that the next one pushes out the worst of them."""
        slot, before = self.slot(), self.slot()
        self.order(before, self._far_ask, STRANGER, slot)
        self.order(
            slot, self._far_ask, before, 0, self._maker_of(self.scene, shape, self.instrument)
        )
        self._changes |= {
            "worst_ask": slot,
            "order_count": BID_COUNT + FULL_ASK_COUNT,
        }

    def _advise(self, slot: int, *, sell: bool = True) -> None:
        self.scene.predecessors.append((self.instrument, sell, slot))

    def free(self) -> None:
        """Give the instrument a free slot."""
        self._free = self.slot()
        self.scene.set_free(self.instrument, self._free, STRANGER)

    def write(self, best_bid: int, **changes: int) -> None:
        """Write the instrument with the ends of its book, and what else is not as usual."""
        self.scene.set_instrument(
            self.instrument,
            best_bid=best_bid,
            best_ask=self._best_ask,
            free_slot=self._free,
            **self._changes,
            **changes,
        )
