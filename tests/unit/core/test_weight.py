"""Weights: marginals bound what leaves can need, reserves bound what ops can touch."""

from itertools import combinations
from random import Random

import pytest

from strikeproof.sequencer.core import weight
from strikeproof.sequencer.core.ops.bundle import bundle_reserve
from strikeproof.sequencer.core.rules.sibling_bound import sibling_bound
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
from strikeproof.wire.layout import (
    GLOBAL_WORDS_MAX,
    INSTRUMENT_KIND,
    INSTRUMENT_WORDS,
    KIND_HEIGHTS,
    ORDER_KIND,
)


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
    for kind, sums in enumerate(RESERVE_SUMS[:ORDER_KIND]):
        words = weight.WORDS_MAX[kind]
        for n, more in ((0, 1), (0, 40), (7, 3), (100, 200)):
            touched = sum(TOUCH_WEIGHTS[kind][k] + 32 * words for k in range(n + 1, n + more + 1))
            assert sums[n + more] - sums[n] == touched


def test_global_record_weighs_its_words_alone():
    assert TOUCH_WEIGHTS[0][1] == WEIGHT_RECORD_BYTES


@pytest.mark.parametrize("portfolios", [0, 1])
@pytest.mark.parametrize("listed", [(1, 1, 0), (4, 30, 3), (64, 64, 8), (255, 4_095, 4_095)])
def test_any_bundle_fits_an_empty_segment(listed, portfolios):
    """Attack 1: nothing that can be ordered is too heavy for every segment."""
    head = WEIGHT_RECORD_BYTES + 32 * GLOBAL_WORDS_MAX  # the global record with all reporters
    head += most_reserve(1, 0, 0, 0) + 41 + 32 * 24 + 64  # the op's account and session
    empty = Meter()
    for orders in range(9):
        for replaces in range(orders + 1):
            for cancels in range(9 - orders):
                named = orders + cancels
                keys = 4 * (orders - replaces) + 6 * replaces + 3 * cancels
                reserve = bundle_reserve(8, named, orders, keys, *listed, portfolios)
                case = (orders, replaces, cancels)
                in_orders = empty.orders_reserve(reserve.orders, reserve.instruments)
                assert head + reserve.witness_most + in_orders <= WITNESS_WEIGHT_MAX, case
                assert reserve.compute + COMPUTE_OP + COMPUTE_SIGNATURE <= COMPUTE_WEIGHT_MAX


class Touched:
    """A record of a kind, as the meter sees it."""

    def __init__(self, id: int, kind: int = ORDER_KIND, words: int = 2) -> None:
        self.KIND = kind
        self.id = id
        self.touched = 0
        self.words = words

    def encode(self) -> bytes:
        return b""

    def saved(self) -> tuple[int, ...]:
        return ()

    def restore(self, saved: tuple[int, ...]) -> None:
        pass


def touch_instrument(meter: Meter, id: int) -> None:
    meter.touch_instrument(Touched(id, INSTRUMENT_KIND, INSTRUMENT_WORDS))


@pytest.mark.parametrize("seed", range(20))
def test_orders_weigh_at_least_what_their_witness_needs(seed):
    """Orders in a few books, touched in any order: records, then siblings, never too few."""
    random = Random(seed)
    meter, books = Meter(), random.sample(range(1, 4_096), random.choice([1, 2, 5, 30]))
    orders: set[int] = set()
    touched: list[int] = []
    for _ in range(random.randrange(1, 400)):
        if not touched or (len(touched) < len(books) and random.random() < 0.2):
            touched.append(books[len(touched)])
            touch_instrument(meter, touched[-1])
        id = (random.choice(touched) << 18) + random.randrange(1, 2 ** random.randrange(1, 18))
        if id not in orders:
            orders.add(id)
            meter.touch_order(Touched(id))
        own = sum(
            TOUCH_WEIGHTS[INSTRUMENT_KIND][n + 1] + 32 * INSTRUMENT_WORDS
            for n in range(len(touched))
        )
        in_orders = meter.witness - own
        assert in_orders >= len(orders) * (WEIGHT_RECORD_BYTES + 64) + 32 * siblings(30, orders)
        expected = sibling_bound(30, len(orders), len(touched), 12)
        assert in_orders == len(orders) * (WEIGHT_RECORD_BYTES + 64) + 32 * expected


def test_a_slot_that_was_never_used_weighs_no_record():
    one, other = Meter(), Meter()
    for meter in (one, other):
        touch_instrument(meter, 1)
    one.touch_order(Touched(1))
    other.touch_new_order(Touched(1))
    assert one.witness == other.witness + 64


def test_meter_forgets_what_is_undone():
    meter = Meter()
    touch_instrument(meter, 1)
    meter.touch_order(Touched(1))
    before = (len(meter.log), meter.witness, meter.compute)
    record = Touched(2)
    meter.touch_order(record)
    touch_instrument(meter, 2)
    meter.compute += 5
    meter.undo_to(*before)
    assert (len(meter.log), meter.witness, meter.compute) == before
    assert record.touched != meter.stamp
    again = Meter()
    touch_instrument(again, 1)
    again.touch_order(Touched(1))
    for each in (meter, again):
        each.touch_order(record)
    assert meter.counts == again.counts
    assert meter.witness == again.witness


def test_quick_answers_about_room_agree_with_exact_ones():
    meter = Meter()
    for id in range(1, 400):
        reserve = bundle_reserve(2, 2, 2, 10, 3, 5, 2, 1)
        asked = (
            reserve.accounts,
            0,
            reserve.underlyings,
            reserve.instruments,
            reserve.marks,
            reserve.orders,
            reserve.expiries,
            reserve.arrays,
            0,
            reserve.certificates,
        )
        exact = meter.reserve_fits(reserve.compute, *asked)
        in_orders = reserve.orders, reserve.instruments
        if meter.reserve_surely_fits(reserve.compute, reserve.witness_most, *in_orders):
            assert exact
        if id % 20 == 1:
            touch_instrument(meter, id)
        meter.touch_order(Touched(id))
    assert not exact
