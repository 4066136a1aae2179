"""Verified ops: accounts take turns, cancels go first, the longest line gives way (attack 42)."""

from __future__ import annotations

import pytest

from strikeproof.client.operation import Action, CancelAll, Place
from strikeproof.sequencer.core.op_preparation import read_op
from strikeproof.sequencer.intake.account_rates import ATTESTATIONS
from strikeproof.sequencer.intake.op_source import Source
from strikeproof.sequencer.intake.submission import Submission
from strikeproof.sequencer.pipeline.ready_queue import ReadyLimits, ReadyQueue
from strikeproof.wire.constants import SegmentFamily
from strikeproof.wire.errors import ApiError
from strikeproof.wire.operations import encode_funding, encode_liquidate
from tests.attestation_ops import attest
from tests.integration.sequencer.venue import Trader, index_price, wallet

UPKEEP, KEEPER, ACCOUNT = SegmentFamily.UPKEEP, SegmentFamily.KEEPER, SegmentFamily.ACCOUNT
ORDER = Place(1, False, 1, 1)
CANCEL = CancelAll(0)


class Listener:
    """Keeps what it gets."""

    def __init__(self) -> None:
        self.told: list[Submission] = []

    def settle(self, submission: Submission) -> None:
        self.told.append(submission)


def verified(account: int, action: Action, caller: Listener | None = None) -> Submission:
    data = Trader(account, wallet("anybody")).bundle(action)
    return of_bytes(data, caller)


def of_bytes(data: bytes, caller: Listener | None = None) -> Submission:
    submission = Submission(caller or Listener(), 0, data, Source("a"))
    submission.prepared = read_op(data)
    return submission


def taken(queue: ReadyQueue, count: int) -> list[Submission]:
    return [each for _ in range(count) if (each := queue.take())]


def test_accounts_take_turns_however_long_their_lines_are() -> None:
    """attack 42: a funded account that floods."""
    queue = ReadyQueue(ReadyLimits(1_000, 500))
    for _ in range(500):
        queue.add(verified(1, ORDER))
    mine = [verified(2, ORDER) for _ in range(3)]
    for each in mine:
        queue.add(each)
    assert set(mine) <= set(taken(queue, 6))


def test_cancels_go_first_but_leave_every_other_turn_to_orders() -> None:
    queue = ReadyQueue(ReadyLimits(1_000, 500))
    orders = [verified(1, ORDER) for _ in range(4)]
    cancels = [verified(2, CANCEL) for _ in range(4)]
    for each in (*orders, *cancels):
        queue.add(each)
    kinds = [each.is_cancel for each in taken(queue, 8)]
    assert kinds == [True, False] * 4


def test_an_account_keeps_its_order() -> None:
    queue = ReadyQueue(ReadyLimits(1_000, 500))
    orders = [verified(1, ORDER) for _ in range(50)]
    for each in orders:
        queue.add(each)
    assert taken(queue, 50) == orders


def test_upkeep_has_a_line_of_its_own() -> None:
    queue = ReadyQueue(ReadyLimits(1_000, 500))
    cancel, price = verified(1, CANCEL), of_bytes(index_price())
    queue.add(cancel)
    queue.add(price)
    assert queue.waiting == 2
    assert queue.has_of(UPKEEP)
    assert queue.take() is cancel
    assert queue.take() is None
    assert queue.take_of(UPKEEP) is price
    queue.put_back(price)
    assert queue.waiting == 1
    assert queue.has_of(UPKEEP)


def test_the_nodes_own_ops_have_lines_by_family_behind_prices() -> None:
    queue = ReadyQueue(ReadyLimits(1_000, 500))
    sample, close = (
        of_bytes(encode_funding(instrument=1)),
        of_bytes(encode_liquidate(account=1, instrument=1)),
    )
    price = of_bytes(index_price())
    queue.add_own(sample)
    queue.add_own(close)
    queue.add(price)
    assert queue.own_waiting == 2
    assert [queue.take_of(UPKEEP), queue.take_of(UPKEEP)] == [price, sample]
    assert queue.take_of(KEEPER) is close
    queue.put_back(close)
    assert queue.has_of(KEEPER)
    assert not queue.has_of(UPKEEP)


def test_a_flood_of_prices_leaves_room_for_the_nodes_own_ops() -> None:
    queue = ReadyQueue(ReadyLimits(1_000, 5))
    price = index_price()
    lost = [queue.add(of_bytes(price)) for _ in range(50)]
    assert sum(each is not None for each in lost) == 45
    queue.add_own(of_bytes(encode_funding(instrument=1)))
    assert queue.own_waiting == 1


def test_the_longest_line_gives_way_and_a_short_one_never() -> None:
    queue = ReadyQueue(ReadyLimits(100, 90))
    for _ in range(90):
        assert queue.add(verified(1, ORDER)) is None
    refused = verified(1, ORDER)
    assert queue.add(refused) is refused
    for number in range(10):
        assert queue.add(verified(2 + number, ORDER)) is None
    cancel = verified(20, CANCEL)
    evicted = queue.add(cancel)
    assert evicted is not None
    assert evicted.data[3:7] == (1).to_bytes(4, "big")
    assert queue.waiting == 100
    assert queue.take() is cancel


def test_an_op_that_was_put_back_is_the_next() -> None:
    queue = ReadyQueue(ReadyLimits(100, 90))
    first, second = verified(1, ORDER), verified(1, ORDER)
    queue.add(first)
    queue.add(second)
    assert queue.take() is first
    queue.put_back(first)
    assert queue.waiting == 2
    assert taken(queue, 3) == [first, second]


@pytest.mark.parametrize("count", [0, 7])
def test_refusing_all_notifies_every_caller(count: int) -> None:
    queue, caller = ReadyQueue(ReadyLimits(100, 90)), Listener()
    for number in range(count):
        queue.add(verified(number + 1, CANCEL if number % 2 else ORDER, caller))
    queue.add(of_bytes(index_price(), caller))
    queue.refuse_all(ApiError.STOPPING)
    assert [each.error for each in caller.told] == [ApiError.STOPPING] * (count + 1)
    assert queue.waiting == 0


def cancel_at(account: int) -> Submission:
    return of_bytes(Trader(account, wallet("anybody")).cancel_at(1))


def test_an_account_waits_with_what_is_behind_an_op_of_another_family() -> None:
    queue = ReadyQueue(ReadyLimits(1_000, 500))
    mine = [verified(1, ORDER), cancel_at(1), verified(1, ORDER)]
    theirs = [verified(2, ORDER) for _ in range(2)]
    for each in (*mine, *theirs):
        queue.add(each)
    assert taken(queue, 5) == [mine[0], *theirs]
    assert queue.has_of(ACCOUNT)
    assert not queue.has_bundles
    assert queue.take_of(ACCOUNT) is mine[1]
    assert taken(queue, 5) == [mine[2]]
    assert queue.waiting == 0


def test_what_is_put_back_comes_before_what_its_account_has_behind_it() -> None:
    queue = ReadyQueue(ReadyLimits(1_000, 500))
    mine, theirs = [cancel_at(1), verified(1, ORDER), cancel_at(1)], verified(2, ORDER)
    for each in (*mine, theirs):
        queue.add(each)
    queue.put_back(queue.take_of(ACCOUNT))
    assert taken(queue, 5) == [theirs]
    assert queue.take_of(ACCOUNT) is mine[0]
    order = queue.take()
    assert order is mine[1]
    queue.put_back(order)
    assert not queue.has_of(ACCOUNT)
    assert taken(queue, 5) == [order]
    assert queue.take_of(ACCOUNT) is mine[2]
    assert queue.waiting == 0


def test_what_gives_way_and_what_is_refused_is_of_every_family() -> None:
    queue = ReadyQueue(ReadyLimits(3, 3))
    last = cancel_at(1)
    for each in (cancel_at(1), verified(1, ORDER), last):
        queue.add(each)
    assert queue.add(verified(2, ORDER)) is last
    listener = Listener()
    queue.put_back(queue.take_of(ACCOUNT))
    queue.refuse_all(ApiError.STOPPING)
    assert queue.waiting == 0
    assert not listener.told


def test_what_is_put_back_of_another_family_takes_no_turn_from_cancels() -> None:
    queue = ReadyQueue(ReadyLimits(1_000, 500))
    order, cancel = verified(1, ORDER), verified(2, CANCEL)
    for each in (order, cancel, cancel_at(3)):
        queue.add(each)
    queue.put_back(queue.take_of(ACCOUNT))
    assert taken(queue, 3) == [cancel, order]


def test_attestations_have_a_line_that_no_account_fills() -> None:
    """Its owner could keep a revocation out of the account's own."""
    queue = ReadyQueue(ReadyLimits(1_000, 500))
    for _ in range(500):
        queue.add(verified(1, ORDER))
    assert queue.add(verified(1, ORDER)) is not None  # its line is full
    said = of_bytes(attest(bytes(32), 1, 0, 1))
    assert queue.add(said) is None
    assert queue.has_of(ACCOUNT) and queue.next_account == ATTESTATIONS
    assert queue.take_of(ACCOUNT) is said
    queue.put_back(said)
    assert queue.take_of(ACCOUNT) is said
    assert not queue.has_of(ACCOUNT)


def test_a_flood_of_attestations_takes_one_turn_among_accounts() -> None:
    queue = ReadyQueue(ReadyLimits(1_000, 3))
    said = [of_bytes(attest(bytes(32), 1, 0, at)) for at in range(1, 5)]
    assert [queue.add(each) for each in said] == [None, None, None, said[3]]
    mine = of_bytes(Trader(2, wallet("anybody")).cancel_at(5))
    queue.add(mine)
    assert [queue.take_of(ACCOUNT) for _ in range(4)] == [said[0], mine, said[1], said[2]]
