"""The queue of unverified ops is bounded and fair between hosts and sources (attack 42)."""

from __future__ import annotations

from strikeproof.client.operation import (
    Action,
    Bundle,
    Cancel,
    CancelAll,
    Place,
    Withdraw,
    encode_op,
)
from strikeproof.sequencer.intake.admission import Admission, AdmissionLimits
from strikeproof.sequencer.intake.op_source import Source, Standing
from strikeproof.sequencer.intake.submission import Submission, is_cancel
from strikeproof.sequencer.intake.token_bucket import Rate

SIGNATURE = bytes(64)


def bundle(*actions: Action) -> bytes:
    return encode_op(Bundle(1, 0, 1, 2, 3, actions), SIGNATURE)


ORDER = bundle(Place(1, False, 1, 1))
CANCEL = bundle(Cancel(1, 2, 3), CancelAll(0))


class Nobody:
    def settle(self, submission: Submission) -> None:
        raise AssertionError


class Clock:
    """Seconds that pass when the test says so."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def admission(
    ops: int = 1_000, host: int = 800, source: int = 400, rate: float = 100.0
) -> tuple[Admission, Clock]:
    clock = Clock()
    return Admission(AdmissionLimits(ops, host, source, Rate(rate, 100)), clock), clock


def op(source: Source, data: bytes = ORDER, id_: int = 0) -> Submission:
    return Submission(Nobody(), id_, data, source)


def proven(queue: Admission, host: str) -> Source:
    source = Source(host)
    queue.found(source, good=True)
    assert source.standing is Standing.PROVEN
    return source


def suspect(queue: Admission, host: str) -> Source:
    source = Source(host)
    for _ in range(10):
        queue.found(source, good=False)
    assert source.standing is Standing.SUSPECT
    return source


def test_only_bundles_of_cancels_alone_count_as_cancels() -> None:
    assert is_cancel(CANCEL)
    assert not is_cancel(ORDER)
    assert not is_cancel(bundle(Cancel(1, 2, 3), Place(1, False, 1, 1)))
    assert not is_cancel(encode_op(Withdraw(1, 1, 1, 1), SIGNATURE))
    for length in range(len(CANCEL)):
        assert not is_cancel(CANCEL[:length])
    assert not is_cancel(CANCEL + b"x")


def test_a_source_gets_its_ops_in_the_order_in_which_it_sent_them() -> None:
    queue, _ = admission()
    source = proven(queue, "a")
    for number in range(300):
        assert queue.offer(op(source, id_=number)) is None
    taken = [each.id for _ in range(12) for each in queue.take(32)]
    assert taken == list(range(300))
    assert queue.waiting == source.waiting == 0


def test_a_flood_of_suspect_sources_delays_no_proven_one() -> None:
    """attack 42: a hundred streams of forged ops, from the same host."""
    queue, _ = admission()
    for _ in range(100):
        flood = suspect(queue, "a")
        for _ in range(20):
            queue.offer(op(flood))
    honest = proven(queue, "a")
    mine = [op(honest, id_=number) for number in range(50)]
    assert all(queue.offer(each) is not each for each in mine)
    assert set(mine) <= set(queue.take(64))


def test_a_new_source_is_served_before_suspect_ones_of_its_host() -> None:
    """attack 42"""
    queue, clock = admission()
    flood = [suspect(queue, "a") for _ in range(50)]
    for each in flood:
        for _ in range(10):
            queue.offer(op(each))
    for _ in range(100):
        queue.take(64)  # the host's share is used up
    assert queue.take(64) == []
    mine = op(Source("a"))
    assert queue.offer(mine) is None
    clock.now += 0.08  # eight ops' worth
    assert queue.take(64)[0] is mine


def test_cancels_by_shape_gain_nothing_over_others_orders() -> None:
    """attack 42: forged cancels."""
    queue, _ = admission()
    flood, honest = Source("a"), Source("b")
    for _ in range(300):
        queue.offer(op(flood, CANCEL))
    mine = op(honest)
    queue.offer(mine)
    assert mine in queue.take(64)


def test_unproven_sources_cost_a_bounded_rate_of_recoveries_for_each_host() -> None:
    """attack 42: bad signatures cost their own host's share."""
    queue, clock = admission()
    taken = 0
    for _ in range(200):  # two seconds
        for _ in range(5):
            queue.offer(op(Source("a")))
        clock.now += 0.01
        taken += len(queue.take(64))
    assert 250 <= taken <= 301  # a burst of 100, and 100 a second


def test_the_longest_line_gives_way_when_the_host_is_full_and_a_short_one_never() -> None:
    """attack 42"""
    queue, _ = admission(ops=10_000, host=800, source=400)
    first, second = Source("a"), Source("a")
    newest: list[Submission] = []
    for number in range(400):
        for source in (first, second):
            newest.append(op(source, id_=number))
            assert queue.offer(newest[-1]) is None
    honest = Source("a")
    mine = op(honest)
    evicted = queue.offer(mine)
    assert evicted in newest[-2:]
    assert honest.waiting == 1
    assert queue.waiting == 800
    another = op(first)
    assert queue.offer(another) in (another, *newest[-2:])
    assert queue.waiting == 800


def test_a_full_queue_evicts_from_the_fullest_host() -> None:
    """attack 42"""
    queue, _ = admission(ops=500, host=400, source=400)
    big, small = Source("a"), Source("b")
    for _ in range(400):
        assert queue.offer(op(big)) is None
    for _ in range(100):
        assert queue.offer(op(small)) is None
    evicted = queue.offer(op(small))
    assert evicted is not None
    assert evicted.source is big
    refused = op(big)
    assert queue.offer(refused) is refused
    assert queue.waiting == 500


def test_a_suspect_source_may_not_wait_with_many_and_learns_when_to_come_back() -> None:
    queue, _ = admission(rate=10.0)
    flood = suspect(queue, "a")
    lost = [each for each in (op(flood) for _ in range(100)) if queue.offer(each) is each]
    assert len(lost) == 36
    assert queue.retry_after_ms(flood) == 6_400


def test_standing_recovers_with_time_and_with_signed_ops() -> None:
    queue, clock = admission()
    source = suspect(queue, "a")
    clock.now += 60
    queue.found(source, good=True)
    assert source.standing is Standing.PROVEN
    for _ in range(3):
        queue.found(source, good=False)
    assert source.standing is not Standing.PROVEN


def test_a_change_of_standing_keeps_what_waits() -> None:
    queue, _ = admission()
    source = Source("a")
    for number in range(20):
        queue.offer(op(source, id_=number))
    queue.found(source, good=True)
    assert [each.id for each in queue.take(64)] == list(range(20))
    assert queue.waiting == 0


def test_a_caller_that_went_away_leaves_nothing_behind() -> None:
    queue, clock = admission()
    gone, other = Source("a"), Source("a")
    for data in (ORDER, CANCEL):
        queue.offer(op(gone, data))
        queue.offer(op(other, data))
    queue.drop(gone)
    assert queue.waiting == 2
    assert len(queue.take(64)) == 2
    clock.now += 10
    queue.forget_quiet_hosts()
    assert queue.clear() == []


def test_clearing_returns_everything() -> None:
    queue, _ = admission()
    ops = [op(Source(host), data) for host in "ab" for data in (ORDER, CANCEL)]
    for each in ops:
        queue.offer(each)
    assert set(queue.clear()) == set(ops)
    assert queue.waiting == 0
    assert queue.take(10) == []
