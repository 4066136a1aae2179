"""Which accounts are below maintenance, found without looking at all of them.

Every account with a position stands in the queue of each side that it is on (`pressure_queue.py`),
at a limit up to which no move can make it liquidatable. An account is looked at when a limit is
reached, when a segment has touched it, and when its side was deleveraged or settled. Accounts under
portfolio margin are handed to `PortfolioWatch` until they are under standard margin again. Nothing
here outlives a restart: everything is found again in the state.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable
from typing import Final

from strikeproof.sequencer.core.upkeep_queries import SideState, UpkeepQueries, side_of
from strikeproof.sequencer.upkeep.portfolio_watch import PortfolioWatch
from strikeproof.sequencer.upkeep.pressure_queue import PressureQueue
from strikeproof.wire.operations import encode_liquidate, encode_settle_position

LOOKS_OF_TURN: Final = 256  # accounts looked at in one turn: about two milliseconds
SIGNS: Final = (1, -1)


class LiquidationWatch:
    """Owned by `UpkeepPlanner`.

    A queue keeps the place of an account that has closed its position until its limit is reached.
    """

    def __init__(self, queries: UpkeepQueries, portfolios: PortfolioWatch) -> None:
        self._queries = queries
        self._portfolios = portfolios
        self._queues: dict[int, PressureQueue] = {}
        self._sides: dict[int, SideState] = {}
        self._reached: deque[int] = deque()
        """Accounts whose limit was reached: looked at first."""
        self._touched: set[int] = set()
        """Accounts of ended segments, and those that an op was ordered for."""
        self._unseen = set(queries.accounts())
        """Accounts that were never looked at, or were deleveraged: looked at last."""
        self._below: OrderedDict[int, None] = OrderedDict()
        """Accounts below maintenance, in the order in which each is tried next."""
        self._to_pay: dict[int, list[int]] = {}
        """Settled instruments of accounts with positions in them."""

    @property
    def waiting(self) -> int:
        """Accounts that wait to be looked at."""
        return len(self._reached) + len(self._touched) + len(self._unseen)

    @property
    def watched(self) -> int:
        """Places in queues: an account has one on each side that it is on."""
        return sum(map(len, self._queues.values()))

    @property
    def below(self) -> int:
        """Accounts that are known to be below maintenance."""
        return len(self._below)

    def look(self) -> None:
        """Follow the state: prices first, then touched accounts, as many as a turn admits."""
        self._touched |= self._queries.take_touched()
        for instrument in range(1, self._queries.instrument_count() + 1):
            for sign in SIGNS:
                self._follow_side(instrument, sign)
        for _ in range(LOOKS_OF_TURN):
            if self._reached:
                self._look_at(self._reached.popleft())
            elif self._touched or self._unseen:
                self._look_at((self._touched or self._unseen).pop())
            else:
                break

    def _follow_side(self, instrument: int, sign: int) -> None:
        side = side_of(instrument, sign)
        now, before = self._queries.side(instrument, sign), self._sides.get(side)
        if now == before:
            return
        self._sides[side] = now
        if before is None:
            return
        queue = self._queues.get(side)
        if queue is not None:
            self._reached.extend(queue.move_to(now.pressure))
        if now.factor != before.factor or now.is_settled is not before.is_settled:
            # A deleveraging closes whole lots, by a draw: each position may differ by one.
            self._unseen.update(queue.accounts() if queue is not None else ())
            self._unseen.update(self._portfolios.holders(instrument))

    def _look_at(self, account: int) -> None:
        standing = self._queries.standing(account)
        if standing.settled:
            self._to_pay[account] = standing.settled
        else:
            self._to_pay.pop(account, None)
        if standing.held is not None:
            self._portfolios.put(account, standing.held)
            self._below.pop(account, None)
            return
        self._portfolios.drop(account)
        if standing.surplus < 0:
            self._below.setdefault(account)
            return
        self._below.pop(account, None)
        for side, limit in standing.rooms:
            queue = self._queues.get(side)
            if queue is None:
                queue = self._queues[side] = PressureQueue(self._sides[side].pressure)
            queue.put(account, limit)

    def payments(self, most: int) -> list[bytes]:
        """Return SettlePosition ops of at most this many accounts."""
        ops: list[bytes] = []
        for account in list(self._to_pay)[:most]:
            instruments = self._to_pay.pop(account)
            self._touched.add(account)  # looked at again once the op was executed
            ops += [encode_settle_position(account=account, instrument=i) for i in instruments]
        return ops

    def liquidations(self, now_ms: int, most: int) -> list[bytes]:
        """Return Liquidate ops that would do something now, at most this many, of the accounts that
        have waited longest; the next turn goes on behind them."""
        ops: list[bytes] = []
        for account in self._oldest(LOOKS_OF_TURN):
            if most and len(ops) == most:
                break
            self._below.move_to_end(account)
            instrument = self._queries.liquidation(account, now_ms) if most else 0
            if instrument:
                self._touched.add(account)
                ops.append(encode_liquidate(account=account, instrument=instrument))
            else:
                self._look_at(account)  # it may have recovered
        return ops

    def _oldest(self, count: int) -> Iterable[int]:
        return [account for account, _ in zip(self._below, range(count), strict=False)]
