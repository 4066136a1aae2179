"""The ingress queue is bounded, fair between sources, and serves cancels first (attack 42)."""

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
from strikeproof.sequencer.intake.admission import Admission, AdmissionLimits, Source
from strikeproof.sequencer.intake.submission import Submission, is_cancel

SIGNATURE = bytes(64)


def bundle(*actions: Action) -> bytes:
    return encode_op(Bundle(1, 0, 1, 2, 3, actions), SIGNATURE)


ORDER = bundle(Place(1, False, 1, 1))
CANCEL = bundle(Cancel(1, 2, 3), CancelAll(0))


class Nobody:
    def settle(self, submission: Submission) -> None:
        raise AssertionError


def submission(data: bytes, id_: int = 0) -> Submission:
    return Submission(Nobody(), id_, data)


def test_only_bundles_of_cancels_alone_count_as_cancels() -> None:
    assert is_cancel(CANCEL)
    assert not is_cancel(ORDER)
    assert not is_cancel(bundle(Cancel(1, 2, 3), Place(1, False, 1, 1)))
    assert not is_cancel(encode_op(Withdraw(1, 1, 1, 1), SIGNATURE))
    for length in range(len(CANCEL)):
        assert not is_cancel(CANCEL[:length])
    assert not is_cancel(CANCEL + b"x")


def test_a_source_gets_its_ops_in_the_order_in_which_it_sent_them() -> None:
    admission, source = Admission(AdmissionLimits()), Source()
    for number in range(300):
        assert admission.offer(source, submission(ORDER, number))
    taken = [each.id for _ in range(10) for each in admission.take(32)]
    assert taken == list(range(300))
    assert admission.waiting == source.waiting == 0


def test_a_flood_delays_its_own_sender_alone() -> None:
    """attack 42"""
    admission = Admission(AdmissionLimits(ops_max=4_000, source_ops_max=2_000))
    flood, honest = Source(), Source()
    while admission.offer(flood, submission(ORDER)):
        pass
    assert flood.waiting == 2_000
    mine = [submission(ORDER, number) for number in range(10)]
    assert all(admission.offer(honest, each) for each in mine)
    assert set(mine) <= set(admission.take(64))


def test_cancels_are_admitted_and_served_while_orders_flood() -> None:
    """attack 42"""
    limits = AdmissionLimits(ops_max=1_000, source_ops_max=1_000)
    admission, sources = Admission(limits), [Source() for _ in range(5)]
    while any(admission.offer(each, submission(ORDER)) for each in sources):
        pass
    assert admission.waiting == limits.orders_max
    honest = Source()
    assert not admission.offer(honest, submission(ORDER))
    cancel = submission(CANCEL)
    assert admission.offer(honest, cancel)
    assert cancel in admission.take(64)


def test_cancels_do_not_starve_orders() -> None:
    """attack 42: a flood of cancels."""
    admission = Admission(AdmissionLimits())
    flood, honest = Source(), Source()
    for _ in range(1_000):
        admission.offer(flood, submission(CANCEL))
    order = submission(ORDER)
    admission.offer(honest, order)
    assert order in admission.take(64)


def test_what_does_not_fit_is_refused_and_memory_stays_bounded() -> None:
    """attack 42"""
    limits = AdmissionLimits(ops_max=100, source_ops_max=40)
    admission = Admission(limits)
    admitted = sum(
        admission.offer(source, submission(data))
        for source in [Source() for _ in range(10)]
        for data in [ORDER] * 100 + [CANCEL] * 100
    )
    assert admitted == admission.waiting == limits.ops_max


def test_a_caller_that_went_away_leaves_nothing_behind() -> None:
    admission = Admission(AdmissionLimits())
    gone, other = Source(), Source()
    for data in (ORDER, CANCEL):
        admission.offer(gone, submission(data))
        admission.offer(other, submission(data))
    admission.drop(gone)
    assert admission.waiting == 2
    assert len(admission.take(10)) == 2
