"""Verified ops, waiting for the engine: a line for each account, cancels before orders.

Accounts take turns. While both wait, every other op is a cancel. When there is no room, the newest
op of the longest line gives way. What stands in segments of other families than bundles waits for
its family's turn, which comes when no segment is cut short by it: the ordering loop asks for it by
itself. An account whose next op is such a one waits with all that is behind it. Upkeep has lines of
its own: prices, and the node's own ops by the family of their segments.
Attestations stand in a line among the accounts': no account's flood keeps out what is said of it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Final

from strikeproof.sequencer.core.family import family_of_op, is_signed
from strikeproof.sequencer.core.ops.attest import Attest
from strikeproof.sequencer.core.user_op import UserOp
from strikeproof.sequencer.intake.account_rates import ATTESTATIONS
from strikeproof.sequencer.intake.submission import Submission
from strikeproof.wire.constants import SegmentFamily
from strikeproof.wire.errors import ApiError

RETRY_MS: Final = 100
_UPKEEP: Final = int(SegmentFamily.UPKEEP)
_KEEPER: Final = int(SegmentFamily.KEEPER)
_ACCOUNT: Final = int(SegmentFamily.ACCOUNT)


@dataclass(frozen=True, slots=True)
class ReadyLimits:
    """How many verified ops may wait."""

    ops_max: int
    """Ops of all accounts together."""
    account_ops_max: int
    """Ops of one account, and of prices together."""


def _line_name(submission: Submission) -> int | None:
    """Return the account whose line an op stands in, None if it stands in none."""
    assert submission.prepared is not None
    op = submission.prepared.decoded
    if isinstance(op, Attest):
        return ATTESTATIONS
    return op.account if isinstance(op, UserOp) else None


class AccountLine:
    """What one account has waiting."""

    __slots__ = ("account", "cancels", "orders")

    def __init__(self, account: int) -> None:
        self.account = account
        self.cancels: deque[Submission] = deque()
        self.orders: deque[Submission] = deque()

    @property
    def waiting(self) -> int:
        """Ops of both kinds."""
        return len(self.cancels) + len(self.orders)


class ReadyQueue:
    """Filled by the inspector, emptied by the ordering loop."""

    def __init__(self, limits: ReadyLimits) -> None:
        self._limits = limits
        self._lines: dict[int, AccountLine] = {}
        self._cancel_turns: deque[AccountLine] = deque()
        self._order_turns: deque[AccountLine] = deque()
        self._account_turns: deque[AccountLine] = deque()
        """Lines whose next order is of the account family; none is in both of these."""
        self._prices: deque[Submission] = deque()
        self._own_upkeep: deque[Submission] = deque()
        self._own_keeper: deque[Submission] = deque()
        self._cancel_is_next = True
        self.waiting = 0
        self.work = asyncio.Event()
        """Set while there may be something to order."""

    def add(self, submission: Submission) -> Submission | None:
        """Queue an op of somebody's, a price too; return the op that had to give way, itself or
        another, None if none had."""
        name, evicted = _line_name(submission), None
        if name is None:
            if len(self._prices) >= self._limits.account_ops_max:
                return submission
            self._prices.append(submission)
        else:
            line = self._lines.get(name)
            if line is None:
                line = AccountLine(name)
            if line.waiting >= self._limits.account_ops_max:
                return submission
            if self.waiting >= self._limits.ops_max:
                longest = max(self._lines.values(), key=lambda each: each.waiting, default=line)
                if longest.waiting <= line.waiting:
                    return submission
                evicted = self._evict(longest)
            self._lines[name] = line
            self._push(line, submission)
        self.waiting += 1
        self.work.set()
        return evicted

    def add_own(self, submission: Submission) -> None:
        """Queue an op of the node's own. Whoever adds waits until `own_waiting` is small."""
        self._line_of(submission).append(submission)
        self.waiting += 1
        self.work.set()

    def _line_of(self, submission: Submission) -> deque[Submission]:
        """Return the line that an op stands in which no account has signed."""
        if is_signed(submission.data):
            return self._prices
        is_keeper = family_of_op(submission.data) == _KEEPER
        return self._own_keeper if is_keeper else self._own_upkeep

    def _push(self, line: AccountLine, submission: Submission) -> None:
        ops = line.cancels if submission.is_cancel else line.orders
        if not ops:
            self._turns_of(submission).append(line)
        ops.append(submission)

    def _turns_of(self, submission: Submission) -> deque[AccountLine]:
        """Return where a line stands whose next op of its kind is this one."""
        if submission.is_cancel:
            return self._cancel_turns
        is_account = family_of_op(submission.data) == _ACCOUNT
        return self._account_turns if is_account else self._order_turns

    def _evict(self, line: AccountLine) -> Submission:
        ops = line.orders or line.cancels
        submission = ops.pop()
        if not ops:
            self._turns_of(submission).remove(line)
        self._taken(line)
        return submission

    def _taken(self, line: AccountLine) -> None:
        self.waiting -= 1
        if not line.waiting:
            del self._lines[line.account]

    @property
    def own_waiting(self) -> int:
        """How much of what waits are the node's own ops."""
        return len(self._own_upkeep) + len(self._own_keeper)

    @property
    def has_bundles(self) -> bool:
        """Whether `take` would return one."""
        return bool(self._cancel_turns) or bool(self._order_turns)

    def has_of(self, family: int) -> bool:
        """Whether anything waits that belongs into a segment of this family, not of bundles."""
        if family == _ACCOUNT:
            return bool(self._account_turns)
        if family == _KEEPER:
            return bool(self._own_keeper)
        return bool(self._prices) or bool(self._own_upkeep)

    def take_of(self, family: int) -> Submission:
        """Return the next op of such a family, prices first; some must wait."""
        if family == _ACCOUNT:
            line = self._account_turns.popleft()
            return self._next_of(line, line.orders)
        self.waiting -= 1
        if family == _KEEPER:
            return self._own_keeper.popleft()
        return (self._prices or self._own_upkeep).popleft()

    @property
    def next_account(self) -> int:
        """The account whose op `take_of` would return of the account family, or ATTESTATIONS; one
        must wait."""
        return self._account_turns[0].account

    def take(self) -> Submission | None:
        """Return the next bundle, None if none waits."""
        cancels, orders = self._cancel_turns, self._order_turns
        is_cancel = bool(cancels) and (self._cancel_is_next or not orders)
        turns = cancels if is_cancel else orders
        if not turns:
            return None
        self._cancel_is_next = not is_cancel
        line = turns.popleft()
        return self._next_of(line, line.cancels if is_cancel else line.orders)

    def _next_of(self, line: AccountLine, ops: deque[Submission]) -> Submission:
        submission = ops.popleft()
        if ops:
            self._turns_of(ops[0]).append(line)
        self._taken(line)
        return submission

    def put_back(self, submission: Submission) -> None:
        """Return an op that could not be ordered now: it is the next of its kind, and of its
        account."""
        name = _line_name(submission)
        if name is not None:
            line = self._lines.setdefault(name, AccountLine(name))
            ops = line.cancels if submission.is_cancel else line.orders
            if ops:
                self._turns_of(ops[0]).remove(line)
            ops.appendleft(submission)
            turns = self._turns_of(submission)
            turns.appendleft(line)
            if turns is not self._account_turns:
                self._cancel_is_next = submission.is_cancel
        else:
            self._line_of(submission).appendleft(submission)
        self.waiting += 1

    def refuse_all(self, error: ApiError) -> None:
        """Notify every waiting caller that its op was not ordered."""
        while self.waiting:
            for family in (_UPKEEP, _KEEPER, _ACCOUNT):
                while self.has_of(family):
                    self.take_of(family).refuse(error)
            while (submission := self.take()) is not None:
                submission.refuse(error)
