"""Random adds, takes, put-backs and evictions against a list an account: nothing is lost, taken
twice or out of an account's order, and accounts take turns."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field

import pytest

from strikeproof.client.operation import CancelAll, Place
from strikeproof.sequencer.core.op_preparation import read_op
from strikeproof.sequencer.core.user_op import UserOp
from strikeproof.sequencer.intake.op_source import Source
from strikeproof.sequencer.intake.submission import Submission
from strikeproof.sequencer.pipeline.ready_queue import ReadyLimits, ReadyQueue
from strikeproof.wire.constants import OpType, SegmentFamily
from strikeproof.wire.errors import ApiError
from strikeproof.wire.operations import encode_funding, encode_liquidate
from tests.integration.sequencer.venue import Trader, index_price, wallet

ACCOUNTS = range(1, 6)
LIMITS = ReadyLimits(24, 9)
STEPS = 600
UPKEEP, KEEPER, ACCOUNT = SegmentFamily.UPKEEP, SegmentFamily.KEEPER, SegmentFamily.ACCOUNT
SOURCE = Source("a")


class Nobody:
    def settle(self, submission: Submission) -> None:
        """Nothing waits for these."""


def _ops() -> dict[int, list[bytes]]:
    """Return an account's order, cancel and op of the account family, signed once."""
    owner = wallet("anybody")
    return {
        account: [
            Trader(account, owner).bundle(Place(1, False, 1, 1)),
            Trader(account, owner).bundle(CancelAll(0)),
            Trader(account, owner).cancel_at(1),
        ]
        for account in ACCOUNTS
    }


OPS = _ops()
PRICE = index_price()
PREPARED = {
    data: read_op(data)
    for data in (
        *(each for ops in OPS.values() for each in ops),
        PRICE,
        encode_funding(instrument=1),
        encode_liquidate(account=1, instrument=1),
    )
}
FUNDING, LIQUIDATE = list(PREPARED)[-2:]


def submission(data: bytes) -> Submission:
    found = Submission(Nobody(), 0, data, SOURCE)
    found.prepared = PREPARED[data]
    return found


def account_of(each: Submission) -> int:
    assert each.prepared is not None
    op = each.prepared.decoded
    return op.account if isinstance(op, UserOp) else 0


def kind_of(each: Submission) -> str:
    if each.is_cancel:
        return "cancel"
    return "order" if each.data[0] == OpType.BUNDLE else "account"


@dataclass
class Model:
    """What the queue holds, as plain lists, and who was passed over by whom."""

    cancels: dict[int, list[Submission]] = field(default_factory=lambda: defaultdict(list))
    orders: dict[int, list[Submission]] = field(default_factory=lambda: defaultdict(list))
    others: dict[str, list[Submission]] = field(default_factory=lambda: defaultdict(list))
    passed: dict[tuple[str, int], list[int]] = field(default_factory=lambda: defaultdict(list))

    def line(self, each: Submission) -> list[Submission]:
        return (self.cancels if each.is_cancel else self.orders)[account_of(each)]

    def waiting_of(self, account: int) -> int:
        return len(self.cancels[account]) + len(self.orders[account])

    def heads(self, kind: str) -> dict[int, Submission]:
        """Return the next op of each account in these turns."""
        lines = self.cancels if kind == "cancel" else self.orders
        return {
            account: line[0] for account, line in lines.items() if line and kind_of(line[0]) == kind
        }

    @property
    def waiting(self) -> int:
        return sum(map(self.waiting_of, ACCOUNTS)) + sum(map(len, self.others.values()))

    def take(self, each: Submission, kinds: tuple[str, ...]) -> None:
        """Take what the queue has taken: it is a head, and no account had to wait twice for it."""
        kind = kind_of(each)
        assert kind in kinds
        heads = self.heads(kind)
        account = account_of(each)
        assert heads[account] is each
        self.line(each).pop(0)
        self.passed.pop((kind, account), None)
        for other in heads:
            if other != account:
                passed = self.passed[kind, other]
                assert account not in passed, "an account was served twice before another"
                passed.append(account)

    def check(self, queue: ReadyQueue) -> None:
        assert queue.waiting == self.waiting
        assert queue.has_bundles == bool(self.heads("cancel") or self.heads("order"))
        assert queue.has_of(ACCOUNT) == bool(self.heads("account"))
        assert queue.has_of(UPKEEP) == bool(self.others["price"] or self.others["upkeep"])
        assert queue.has_of(KEEPER) == bool(self.others["keeper"])


def add(queue: ReadyQueue, model: Model, rng: random.Random) -> None:
    each = submission(rng.choice(OPS[rng.choice((1, *ACCOUNTS))]))
    account = account_of(each)
    longest = max(map(model.waiting_of, ACCOUNTS))
    lost = queue.add(each)
    mine = model.waiting_of(account)
    is_full = model.waiting >= LIMITS.ops_max
    if mine >= LIMITS.account_ops_max or (is_full and longest <= mine):
        assert lost is each
        return
    assert (lost is not None) == is_full
    if lost is not None:
        loser = account_of(lost)
        assert model.waiting_of(loser) == longest
        assert lost is (model.orders[loser] or model.cancels[loser]).pop()
        model.passed.pop(("cancel" if lost.is_cancel else kind_of(lost), loser), None)
    model.line(each).append(each)


def add_other(queue: ReadyQueue, model: Model, rng: random.Random) -> None:
    name, data = rng.choice((("price", PRICE), ("upkeep", FUNDING), ("keeper", LIQUIDATE)))
    each = submission(data)
    if name != "price":
        queue.add_own(each)
    elif len(model.others[name]) >= LIMITS.account_ops_max:
        assert queue.add(each) is each
        return
    else:
        assert queue.add(each) is None
    model.others[name].append(each)


def take(queue: ReadyQueue, model: Model, rng: random.Random) -> None:
    """Take as the ordering loop does, and put a third of it back."""
    family = rng.choice((0, 0, 0, UPKEEP, KEEPER, ACCOUNT, ACCOUNT))
    if family in (UPKEEP, KEEPER):
        if queue.has_of(family):
            names = ("keeper",) if family == KEEPER else ("price", "upkeep")
            line = next(model.others[each] for each in names if model.others[each])
            each = queue.take_of(family)
            assert each is line.pop(0)
            if not rng.randrange(3):
                queue.put_back(each)
                line.insert(0, each)
        return
    if family == ACCOUNT and not queue.has_of(ACCOUNT):
        return
    take_next = (lambda: queue.take_of(ACCOUNT)) if family == ACCOUNT else queue.take
    found = take_next()
    if found is None:
        assert not (model.heads("cancel") or model.heads("order"))
        return
    if rng.randrange(3):
        model.take(found, ("account",) if family == ACCOUNT else ("cancel", "order"))
        return
    queue.put_back(found)
    model.check(queue)
    assert take_next() is found
    queue.put_back(found)


@pytest.mark.parametrize("seed", range(8))
def test_nothing_is_lost_or_out_of_order_and_accounts_take_turns(seed: int) -> None:
    rng = random.Random(seed)
    queue, model = ReadyQueue(LIMITS), Model()
    for step in range(STEPS):
        filling = step // 60 % 2 == 0
        act = rng.choices((add, add_other, take), (8, 1, 3) if filling else (2, 1, 9))[0]
        act(queue, model, rng)
        model.check(queue)
    queue.refuse_all(ApiError.STOPPING)
    assert queue.waiting == 0
    assert not (queue.has_bundles or queue.has_of(ACCOUNT))
