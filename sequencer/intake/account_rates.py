"""How many ops a second an account may send, and prices a reporter, whoever relays them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from strikeproof.sequencer.intake.token_bucket import Rate, TokenBuckets

ATTESTATIONS: Final = 0
"""Whose ops attestations count as: no account has this number."""


@dataclass(frozen=True, slots=True)
class AccountLimits:
    """Rates of verified ops."""

    orders: Rate
    """One account's ops, cancels not counted; of all attestations together the same."""
    cancels: Rate
    """One account's bundles that hold only cancels."""
    prices: Rate
    """One reporter's prices of one underlying: each may end a segment."""


class AccountRates:
    """Counts what was verified."""

    def __init__(self, limits: AccountLimits, clock: Callable[[], float] = time.monotonic) -> None:
        self._orders = TokenBuckets(limits.orders, clock)
        self._cancels = TokenBuckets(limits.cancels, clock)
        self._prices = TokenBuckets(limits.prices, clock)

    def op(self, account: int, *, is_cancel: bool) -> int:
        """Count an op of an account; return 0, or after how many milliseconds it may come."""
        return (self._cancels if is_cancel else self._orders).take(account)

    def attestation(self) -> int:
        """Count what a quorum of attesters signed; return 0 or the milliseconds to wait."""
        return self._orders.take(ATTESTATIONS)

    def report(self, op_type: int, subject: int, reporters: Sequence[int]) -> int:
        """Count an op that these reporters signed about an underlying or expiry; return 0 or the
        milliseconds to wait.

        It costs each of its reporters; one of them without room refuses it.
        """
        return max((self._prices.take((op_type, subject, each)) for each in reporters), default=0)
