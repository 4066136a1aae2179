"""Quotes: a bid and an ask of one instrument, renewed by one action."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from strikeproof.client.acknowledgement import Ack
from strikeproof.client.quote import EMPTY_SIDE, Quote, QuoteSide
from strikeproof.client.remaining_lots_guard import Remaining


class QuoteCalls:
    """The part of `AsyncClient` that quotes."""

    submit_actions: Callable[..., Awaitable[Ack]]

    async def quote(
        self,
        instrument: int,
        *,
        bid: QuoteSide = EMPTY_SIDE,
        ask: QuoteSide = EMPTY_SIDE,
        expect: Sequence[Remaining] = (),
        **terms: Any,
    ) -> Ack:
        """Quote an instrument, each side where the order rests that it names.

        `terms`: the other fields of `Quote`; post-only unless told otherwise. The ack has two
        outcomes, the bid's and the ask's: their slots and serials are what the next quote names.
        A side is ORDER_NOT_FOUND if its order was filled on the way: nothing is placed there until
        a quote names none. The other side moves all the same. Of an order that was filled in part,
        lots are what remains afterwards; `expect`, as in `submit`, refuses the quote instead.
        """
        return await self.submit_actions(Quote(instrument, bid, ask, **terms), expect=expect)
