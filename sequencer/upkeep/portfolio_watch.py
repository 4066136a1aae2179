"""Which accounts no longer meet portfolio margin, or are auctioned no more, found without revaluing
all of them each time.

A revaluation of sixteen options takes 20 times as long as a look at an account under standard
margin, so each account has a room: how far the index of its underlying may move before it can fail
(`core/portfolio_room.py`). It is revalued when the index has moved that far, when a segment has
touched it, when an option that it holds was priced again, and when that is ten seconds ago, for
what moves slowly, such as funding. Those whose room was the least come first. One that is auctioned
has no room: it is revalued at each price, for its auction ends where it meets maintenance again,
where its equity is too low, and after a time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from heapq import nsmallest
from itertools import islice
from typing import Final

from strikeproof.sequencer.core.upkeep_queries import (
    PortfolioStanding,
    PortfolioState,
    UpkeepQueries,
)
from strikeproof.sequencer.upkeep.pressure_queue import PressureQueue
from strikeproof.wire.constants import PPM
from strikeproof.wire.operations import encode_revalue

REVALUATIONS_OF_TURN: Final = 16  # about three milliseconds, if each holds sixteen options
ROUND_MS: Final = 10_000
UNKNOWN: Final = -1  # the room of an account that is to be looked at before others


class _IndexQueues:
    """Accounts of one underlying by the index at which they are to be revalued; and those that
    wait for a price, or a pricing, that is not old."""

    __slots__ = ("falling", "rising", "seen", "stale")

    def __init__(self, seen: tuple[int, int]) -> None:
        """`seen`: the present price, and when it was published."""
        self.seen = seen
        self.rising, self.falling = PressureQueue(seen[0]), PressureQueue(-seen[0])
        self.stale: set[int] = set()

    def drop(self, account: int) -> None:
        self.rising.drop(account)
        self.falling.drop(account)
        self.stale.discard(account)

    def move_to(self, now: tuple[int, int]) -> list[int]:
        """Return the accounts that a new price reaches."""
        self.seen = now
        reached = [*self.rising.move_to(now[0]), *self.falling.move_to(-now[0]), *self.stale]
        self.stale.clear()
        return reached


class PortfolioWatch:
    """Owned by `UpkeepPlanner`; `LiquidationWatch` says which accounts are under portfolio margin,
    each time that it has looked at one."""

    def __init__(self, queries: UpkeepQueries) -> None:
        self._queries = queries
        self._held: dict[int, list[int]] = {}
        self._holders: dict[int, set[int]] = {}
        self._priced_ms: dict[int, int] = {}
        self._queues: dict[int, _IndexQueues] = {}
        self._underlyings: dict[int, int] = {}
        self._due: dict[int, bool] = {}
        """Accounts to be revalued; True: its limit was reached, or nothing is known of it."""
        self._rooms_ppm: dict[int, int] = {}
        """Each account's room when it was revalued, as a share of the index."""
        self._revalued_ms: OrderedDict[int, int] = OrderedDict()
        """When each account was revalued, the longest ago first."""

    @property
    def waiting(self) -> int:
        """Accounts that wait to be revalued."""
        return len(self._due)

    @property
    def urgent(self) -> int:
        """Accounts that may fail and were not revalued since."""
        return sum(self._due.values())

    def accounts(self) -> Iterable[int]:
        """Return the accounts under portfolio margin."""
        return self._held

    def holders(self, instrument: int) -> Iterable[int]:
        """Return the accounts under portfolio margin with an entry of an instrument."""
        return self._holders.get(instrument, ())

    def put(self, account: int, held: list[int]) -> None:
        """Take that an account, which may have changed, is under portfolio margin with entries of
        these instruments."""
        self._release(account)
        self._held[account] = held
        for instrument in held:
            self._holders.setdefault(instrument, set()).add(account)
        if account not in self._revalued_ms:
            self._revalued_ms[account] = 0
            self._revalued_ms.move_to_end(account, last=False)
        self._due[account] = True

    def drop(self, account: int) -> None:
        """Take that an account is under standard margin."""
        if account not in self._held:
            return
        self._release(account)
        self._leave_queues(account)
        del self._revalued_ms[account]
        self._rooms_ppm.pop(account, None)
        self._due.pop(account, None)

    def _release(self, account: int) -> None:
        for instrument in self._held.pop(account, ()):
            holders = self._holders[instrument]
            holders.discard(account)
            if not holders:
                del self._holders[instrument]
                self._priced_ms.pop(instrument, None)

    def look(self) -> None:
        """Follow prices and pricings."""
        for underlying, queues in self._queues.items():
            now = self._queries.index_of(underlying)
            if now != queues.seen:
                self._due.update(dict.fromkeys(queues.move_to(now), True))
        for instrument, holders in self._holders.items():
            priced_ms = self._queries.priced_ms(instrument)
            if self._priced_ms.get(instrument) != priced_ms:
                self._priced_ms[instrument] = priced_ms
                for account in holders:
                    self._due.setdefault(account, False)

    def revaluations(self, now_ms: int) -> list[bytes]:
        """Return Revalue ops of accounts that no longer meet portfolio margin, or whose auctions
        are over."""
        for account, revalued_ms in islice(self._revalued_ms.items(), REVALUATIONS_OF_TURN):
            if revalued_ms + ROUND_MS <= now_ms:
                self._due.setdefault(account, False)
        due = [each for each in self._next() if self._is_due(each, now_ms)]
        # Once it was executed, or refused, there is something to be found.
        self._due.update(dict.fromkeys(due, False))
        return [encode_revalue(account=account) for account in due]

    def _next(self) -> list[int]:
        """Take out the accounts to revalue in this turn: those with the least room, and the one
        that has waited longest."""
        found = nsmallest(REVALUATIONS_OF_TURN, self._due, key=self._haste)
        if len(found) < len(self._due):
            found[-1] = next(each for each in self._revalued_ms if each in self._due)
        chosen = list(dict.fromkeys(found))
        for account in chosen:
            del self._due[account]
        return chosen

    def _haste(self, account: int) -> tuple[bool, int]:
        return not self._due[account], self._rooms_ppm.get(account, UNKNOWN)

    def _is_due(self, account: int, now_ms: int) -> bool:
        """Revalue an account: return whether a Revalue is due, else have it looked at in time."""
        standing = self._queries.portfolio_standing(account, now_ms)
        self._revalued_ms[account] = now_ms
        self._revalued_ms.move_to_end(account)
        self._leave_queues(account)
        if standing.state is PortfolioState.DUE:
            self._rooms_ppm[account] = UNKNOWN
            return True
        if standing.state is not PortfolioState.STANDARD:
            self._wait(account, standing)
        return False

    def _wait(self, account: int, standing: PortfolioStanding) -> None:
        underlying, index = standing.underlying, standing.index_price
        self._underlyings[account] = underlying
        queues = self._queues.get(underlying)
        if queues is None:
            queues = self._queues[underlying] = _IndexQueues(self._queries.index_of(underlying))
        if standing.state is PortfolioState.STALE:
            self._rooms_ppm[account] = UNKNOWN
            queues.stale.add(account)
            return
        self._rooms_ppm[account] = standing.room * PPM // index
        queues.rising.put(account, index + standing.room)
        queues.falling.put(account, standing.room - index)

    def _leave_queues(self, account: int) -> None:
        underlying = self._underlyings.pop(account, 0)
        if underlying:
            self._queues[underlying].drop(account)
