"""Predicts the advice that the law will ask for, by a glance at a segment's orders.

For an executor that cannot be asked during a run. A prediction is a hint: a wrong one makes the law
revert, and the segment runs again. So this reads of an op what it understands, skips the rest, and
follows books only roughly: what the segment places, moves, cancels and fills, if all of it passes.
Of a segment that is void it reads no more than the declaration pays for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final

from strikeproof.verifier.derivation.logged_batch import ops_at
from strikeproof.verifier.derivation.ordered_op import (
    ActionRead,
    SideRead,
    bundle_actions,
    bundle_session,
)
from strikeproof.verifier.execution.advice import OwnOrder, Question, likely_places
from strikeproof.verifier.execution.law_call import is_ordered
from strikeproof.verifier.state.book_index import BookIndex, Side, field_place, price_rank
from strikeproof.wire.constants import (
    COMPUTE_ACTION,
    COMPUTE_OP,
    COMPUTE_SIGNATURE,
    KEY_ID_BITS,
    ORDER_SLOT_BITS,
    SESSION_SLOTS,
    OpType,
    OrderFlag,
    TimeInForce,
)
from strikeproof.wire.layout import (
    INSTRUMENT,
    INSTRUMENT_KIND,
    ORDER,
    ORDER_KIND,
    SESSION_KIND,
)
from strikeproof.wire.operations import (
    ORDERED_INPUT_DECLARED_COMPUTE_OFFSET,
    ORDERED_INPUT_DECLARED_WITNESS_OFFSET,
    ORDERED_INPUT_HEAD_BYTES,
)

_DECLARED_COMPUTE: Final = slice(
    ORDERED_INPUT_DECLARED_COMPUTE_OFFSET, ORDERED_INPUT_DECLARED_WITNESS_OFFSET
)
_TIME_IN_FORCE_SHIFT: Final = 5
_RESTING: Final = (TimeInForce.GTC, TimeInForce.GTD)
_FREE_SLOT: Final = field_place(INSTRUMENT, "free_slot")
_NEXT_SLOT: Final = field_place(INSTRUMENT, "next_slot")
_NEXT: Final = field_place(ORDER, "next")
_LOTS: Final = field_place(ORDER, "lots")
_SELL: Final = int(OrderFlag.SELL)
_POST_ONLY: Final = int(OrderFlag.POST_ONLY)
_FILLS_MAX: Final = 64  # of one order; the law allows fewer


class AdvicePrediction:
    """What one segment's orders are believed to do to the books."""

    def __init__(
        self, law_input: bytes, record_at: Callable[[int], bytes], books: BookIndex
    ) -> None:
        self._record_at = record_at
        self._books = books
        self._own: dict[Side, list[OwnOrder]] = {}
        self._gone: set[tuple[int, int]] = set()
        """(Instrument, slot) of orders that the segment takes out."""
        self._lots: dict[tuple[int, int], int] = {}
        """What is left of the orders that the segment fills."""
        self._freed: dict[int, list[int]] = {}
        """By instrument, slots that the segment set free, latest last."""
        self._heads: dict[int, tuple[int, int]] = {}
        """By instrument, the head of its free list and its first slot never used."""
        self.answers: dict[Question, list[int]] = {}
        """To each question, the answers in the order of its repetitions."""
        if is_ordered(law_input):
            left = int.from_bytes(law_input[_DECLARED_COMPUTE], "big")
            for kind, body in ops_at(law_input, ORDERED_INPUT_HEAD_BYTES):
                left -= COMPUTE_OP
                if kind == OpType.BUNDLE:
                    self._bundle(body, left - COMPUTE_SIGNATURE)

    def _likely(self, question: Question) -> Iterator[int]:
        for slot in self._places(question):
            if (question[0], slot) not in self._gone:
                yield slot

    def _places(self, question: Question) -> Iterator[int]:
        instrument, sell, price = question
        side = (instrument, sell)
        return likely_places(self._books, side, price_rank(price, sell), self._own.get(side, []))

    def _bundle(self, body: bytes, left: int) -> None:
        """Actions in order, as far as what is left of the declaration reaches: the law asks too. A
        session that was never set signs nothing."""
        account, slot = bundle_session(body)
        if left < 0 or not self._record_at(_session_key(account, slot)):
            return
        for action in bundle_actions(body):
            if left < 0:
                return
            left -= COMPUTE_ACTION
            self._act(action)

    def _act(self, action: ActionRead) -> None:
        """What is named is taken out first, of a quote on both sides; then what is new enters."""
        sides = (action.side,) if action.ask is None else (action.side, action.ask)
        for side in sides:
            if side.slot:
                self._cancel(action.instrument, side.slot)
        self._order(action, action.side, action.flags)
        if action.ask is not None:
            self._order(action, action.ask, action.flags | _SELL)

    def _cancel(self, instrument: int, slot: int) -> None:
        self._take_out(instrument, slot)
        for sell in (False, True):
            own = self._own.get((instrument, sell), [])
            own[:] = [each for each in own if each[1] != slot]

    def _order(self, action: ActionRead, terms: SideRead, flags: int) -> None:
        instrument, sell, price = action.instrument, bool(flags & _SELL), terms.price
        if not terms.lots:
            return  # it places nothing
        question, rank = (instrument, sell, price), price_rank(price, sell)
        left = terms.lots
        if not flags & _POST_ONLY:
            left = self._fill((instrument, not sell), -rank, left)
        if (flags >> _TIME_IN_FORCE_SHIFT) & 3 not in _RESTING:
            return
        # Even where we believe that nothing is left of it: an answer that nobody asks for is free.
        self.answers.setdefault(question, []).append(next(self._likely(question), 0))
        if left:
            own = self._own.setdefault((instrument, sell), [])
            own.append((rank, self._take_slot(instrument)))

    def _fill(self, side: Side, rank_max: int, lots: int) -> int:
        """Take orders of a side up to a price out of the book; return the lots that are left."""
        instrument = side[0]
        for rank, _, slot in islice(self._books.from_best(side), _FILLS_MAX):
            if rank > rank_max or lots == 0:
                break
            place = (instrument, slot)
            if place in self._gone:
                continue
            there = self._lots.get(place)
            if there is None:
                there = int.from_bytes(self._record_at(_order_key(instrument, slot))[_LOTS], "big")
            self._lots[place] = there - min(there, lots)
            lots -= min(there, lots)
            if self._lots[place] == 0:
                self._take_out(instrument, slot)
        return lots

    def _take_out(self, instrument: int, slot: int) -> None:
        self._gone.add((instrument, slot))
        self._freed.setdefault(instrument, []).append(slot)

    def _take_slot(self, instrument: int) -> int:
        """Return the slot that the law will probably give the next order."""
        freed = self._freed.get(instrument)
        if freed:
            slot = freed.pop()
            self._gone.discard((instrument, slot))
            return slot
        head, fresh = self._heads.get(instrument) or self._slots(instrument)
        if head:
            following = int.from_bytes(self._record_at(_order_key(instrument, head))[_NEXT], "big")
            self._heads[instrument] = following, fresh
            return head
        self._heads[instrument] = 0, fresh + 1
        return fresh

    def _slots(self, instrument: int) -> tuple[int, int]:
        record = self._record_at((INSTRUMENT_KIND << 56) | instrument)
        return int.from_bytes(record[_FREE_SLOT], "big"), int.from_bytes(record[_NEXT_SLOT], "big")


def _order_key(instrument: int, slot: int) -> int:
    return (ORDER_KIND << 56) | (instrument << ORDER_SLOT_BITS) | slot


def _session_key(account: int, slot: int) -> int:
    return (SESSION_KIND << KEY_ID_BITS) | (account * SESSION_SLOTS + slot)
