"""Whose margin certificates to renew: of accounts under portfolio margin that trade on the book.

An account is on the book while it has open orders, and for ten minutes after its certificate was
missed: by an order of its own, or by one that passed its maker over. Its Revalue is ordered before
the certificate runs out, and when a surface, a move of the index or other parameters have ended it.
An order of an account that is not renewed by this gets its Revalue ahead of it
(`pipeline/certificate_renewal.py`), which counts as a miss.
"""

from __future__ import annotations

from typing import Final

from strikeproof.sequencer.core.upkeep_queries import UpkeepQueries
from strikeproof.sequencer.upkeep.portfolio_watch import PortfolioWatch
from strikeproof.wire.operations import encode_revalue

MISSED_MS: Final = 600_000  # how long an account counts as trading after its certificate was missed
LOOKS_OF_TURN: Final = 256  # accounts: some milliseconds


class CertificateWatch:
    """Owned by `UpkeepPlanner`; `PortfolioWatch` knows the accounts under portfolio margin."""

    def __init__(self, queries: UpkeepQueries, portfolios: PortfolioWatch) -> None:
        self._queries = queries
        self._portfolios = portfolios
        self._missed_ms: dict[int, int] = {}
        """When each account's certificate was missed last."""
        self._next = 0
        """The account that the next turn begins with."""

    def renewals(self, now_ms: int, most: int) -> list[bytes]:
        """Return Revalue ops, at most this many, of accounts on the book whose certificates do not
        last; the next turn goes on behind them."""
        for account in self._queries.take_missed():
            self._missed_ms[account] = now_ms
        ops: list[bytes] = []
        for account in self._in_turn():
            if len(ops) == most:
                self._next = account
                break
            instruments = self._queries.with_orders(account)
            if not instruments and not self._trades(account, now_ms):
                continue
            if self._queries.is_to_certify(account, now_ms, instruments):
                ops.append(encode_revalue(account=account))
        return ops

    def _in_turn(self) -> list[int]:
        """Return accounts under portfolio margin, from the one that is next on."""
        accounts = sorted(self._portfolios.accounts())
        first = next((i for i, each in enumerate(accounts) if each >= self._next), 0)
        turn = [*accounts[first:], *accounts[:first]]
        self._next = turn[LOOKS_OF_TURN] if len(turn) > LOOKS_OF_TURN else 0
        return turn[:LOOKS_OF_TURN]

    def _trades(self, account: int, now_ms: int) -> bool:
        missed_ms = self._missed_ms.get(account)
        if missed_ms is not None and missed_ms + MISSED_MS <= now_ms:
            del self._missed_ms[account]
            missed_ms = None
        return missed_ms is not None
