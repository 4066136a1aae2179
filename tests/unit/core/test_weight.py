"""Weights: marginals bound what leaves can need, reserves bound what ops can touch."""

from itertools import combinations
from random import Random

import pytest

from strikeproof.sequencer.core import weight
from strikeproof.sequencer.core.ops.bundle import bundle_reserve
from strikeproof.sequencer.core.weight import (
    RESERVE_SUMS,
    TOUCH_WEIGHTS,
    Meter,
    marginal,
    most_reserve,
)
from strikeproof.wire.constants import (
    COMPUTE_OP,
    COMPUTE_SIGNATURE,
    COMPUTE_WEIGHT_MAX,
    WEIGHT_RECORD_BYTES,
    WITNESS_WEIGHT_MAX,
)
from strikeproof.wire.layout import GLOBAL_WORDS_MAX, KIND_HEIGHTS, ORDER_KIND


def siblings(height: int, leaves: set[int]) -> int:
    """Count the siblings that a multiproof of leaves needs."""
    needed = 0
    for _ in range(height):
        needed += sum(leaf ^ 1 not in leaves for leaf in leaves)
        leaves = {leaf >> 1 for leaf in leaves}
    return needed


@pytest.mark.parametrize("height", [0, 1, 2, 3, 4])
def test_marginals_sum_to_the_most_siblings_that_leaves_need(height):
    for count in range(1, 2**height + 1):
        most = max(
            siblings(height, set(chosen)) for chosen in combinations(range(2**height), count)
        )
        summed = sum(marginal(height, n) for n in range(1, count + 1))
        if count <= 2 ** max(0, height - 1):
            assert summed == most
        else:
            assert summed >= most


def test_marginals_bound_scattered_leaves_of_a_tall_tree():
    random = Random(1)
    for count in (1, 2, 3, 16, 100, 500):
        chosen = {random.randrange(2**30) for _ in range(count)}
        assert siblings(30, chosen) <= sum(marginal(30, n) for n in range(1, len(chosen) + 1))


def closed_form(height: int, n: int) -> int:
    """S(h, n) of the protocol, as it is written there."""
    if n == 0:
        return 0
    n = min(n, 2 ** (height - 1))
    c = (n - 1).bit_length()
    return n * (height - c) + 2**c - n


@pytest.mark.parametrize("height", sorted(set(KIND_HEIGHTS) - {0}))
def test_closed_form_of_the_protocol_is_the_sum_of_marginals(height):
    total = 0
    for n in range(1, 3_000):
        total += marginal(height, n)
        assert total == closed_form(height, n), n


def test_reserve_of_keys_is_what_touching_them_would_add():
    for kind, sums in enumerate(RESERVE_SUMS):
        words = weight.WORDS_MAX[kind]
        for n, more in ((0, 1), (0, 40), (7, 3), (100, 200)):
            touched = sum(TOUCH_WEIGHTS[kind][k] + 32 * words for k in range(n + 1, n + more + 1))
            assert sums[n + more] - sums[n] == touched


def test_global_record_weighs_its_words_alone():
    assert TOUCH_WEIGHTS[0][1] == WEIGHT_RECORD_BYTES


@pytest.mark.parametrize("listed", [(1, 1), (4, 30), (64, 64), (255, 4_095)])
def test_any_bundle_fits_an_empty_segment(listed):
    """Attack 1: nothing that can be ordered is too heavy for every segment."""
    head = WEIGHT_RECORD_BYTES + 32 * GLOBAL_WORDS_MAX  # the global record with all reporters
    head += most_reserve(1, 0, 0, 0, 0) + 41 + 32 * 24 + 64  # the op's account and session
    for places in range(9):
        for replaces in range(places + 1):
            for cancels in range(9 - places):
                actions = places + cancels
                if actions == 0:
                    continue
                reserve = bundle_reserve(actions, places, cancels, replaces, *listed)
                case = (places, replaces, cancels)
                assert head + reserve.witness_most <= WITNESS_WEIGHT_MAX, case
                assert reserve.compute + COMPUTE_OP + COMPUTE_SIGNATURE <= COMPUTE_WEIGHT_MAX


class Touched:
    KIND = ORDER_KIND

    def __init__(self, id: int) -> None:
        self.id = id
        self.touched = 0
        self.words = 2

    def encode(self) -> bytes:
        return b""


def test_orders_are_counted_alike_by_both_ways():
    one, other = Meter(), Meter()
    for id in range(1, 50):
        one.touch(Touched(id))
        other.touch_order(Touched(id))
    assert one.witness == other.witness
    assert one.counts == other.counts


def test_meter_forgets_what_is_undone():
    meter = Meter()
    meter.touch(Touched(1))
    before = (len(meter.log), meter.witness, meter.compute)
    record = Touched(2)
    meter.touch(record)
    meter.compute += 5
    meter.undo_to(*before)
    assert (len(meter.log), meter.witness, meter.compute) == before
    assert record.touched != meter.stamp
    meter.touch(record)
    assert meter.counts[ORDER_KIND] == 2


def test_quick_answers_about_room_agree_with_exact_ones():
    meter = Meter()
    for id in range(1, 400):
        reserve = bundle_reserve(2, 2, 0, 1, 3, 5)
        asked = (
            reserve.accounts,
            0,
            reserve.underlyings,
            reserve.instruments,
            reserve.marks,
            reserve.orders,
        )
        exact = meter.reserve_fits(reserve.compute, *asked)
        if meter.reserve_surely_fits(reserve.compute, reserve.witness_most):
            assert exact
        meter.touch(Touched(id))
    assert not exact
