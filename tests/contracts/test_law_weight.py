"""Weights: counted by a second implementation, reserved before anything is touched (attacks 1, 16
and 24)."""

import random

import pytest

from strikeproof.wire import constants as c
from strikeproof.wire import layout
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import encode_sweep
from tests.agreement.law_host import run_law
from tests.contracts.law_world import (
    ALICE,
    BOB,
    BUY,
    FOK,
    GTC,
    IOC,
    MARK,
    SELL,
    Action,
    World,
    cancel,
    cancel_all,
    op,
    place,
    replace,
    venue,
)

HEIGHTS = {
    record.kind: record.height
    for record in (
        layout.GLOBAL,
        layout.ACCOUNT,
        layout.SESSION,
        layout.UNDERLYING,
        layout.INSTRUMENT,
        layout.MARK,
        layout.ORDER,
        layout.EXPIRY,
    )
}


def marginal(height: int, n: int) -> int:
    return height if n == 1 else max(0, height - (n - 1).bit_length() - 1)


def witness_weight(state: dict[int, bytes], keys: tuple[int, ...]) -> int:
    """Return the weight of touching these keys, in this order."""
    seen: dict[int, int] = {}
    weight = 0
    for key in keys:
        kind = key >> 56
        seen[kind] = seen.get(kind, 0) + 1
        weight += c.WEIGHT_RECORD_BYTES + len(state.get(key, b""))
        if kind != layout.ORDER_KIND:
            weight += 32 * marginal(HEIGHTS[kind], seen[kind])
    orders, instruments = seen.get(layout.ORDER_KIND, 0), seen.get(layout.INSTRUMENT_KIND, 0)
    return weight + 32 * order_siblings(orders, instruments)


def order_siblings(orders: int, instruments: int) -> int:
    """Return the most siblings of this many orders within this many instruments: depth by depth."""
    if not orders:
        return 0
    nodes = [min(orders, 2**d, instruments * 2 ** max(0, d - 12)) for d in range(30)]
    return 1 - orders + sum(nodes)


def test_witness_weight_counts_each_record_once():
    world = venue()
    world.act(ALICE, place(1, GTC | SELL, MARK, 5))
    ops = [world.bundle(BOB, place(1, IOC, MARK, 1)) for _ in range(3)]
    ops.append(world.bundle(BOB, place(2, GTC, MARK, 9)))
    result = world.dry_run(world.segment(b"".join(ops)))
    assert len(set(result.loaded)) == len(result.loaded) == result.touched
    assert result.witness == witness_weight(world.state, result.loaded)


@pytest.mark.parametrize("seed", range(6))
def test_weight_of_random_segments(seed):
    """Every key is asked for once; the sum is that of the definition, over dozens of records."""
    rng = random.Random(seed)
    world = wide(instruments=12)
    world.engine = "py-evm"
    ops = []
    for account in rng.sample(range(1, 13), 9):
        actions = [place(rng.randrange(1, 13), GTC, MARK + 5, 2)]
        actions += [cancel_all(), cancel(1, 1, 1)][: rng.randrange(3)]
        ops.append(world.bundle(account, *actions))
    result = run_law(world.segment(b"".join(ops)), world.state, world.predecessor)
    assert len(set(result.loaded)) == len(result.loaded) == result.touched
    assert result.touched > 40
    assert result.witness == witness_weight(world.state, result.loaded)


def wide(instruments: int) -> World:
    """Return a venue with twelve accounts on many instruments and asks at the mark."""
    world = World(engine="py-evm")
    world.open(instruments=instruments, underlyings=3, min_order_value=1)
    for underlying in (1, 2, 3):
        world.set_price(MARK / 10, underlying)
    for owner in range(1, 13):
        account = world.register(owner, 1_000_000)
        for number in range(1, instruments + 1, 3):
            world.act(account, place((number + owner) % instruments + 1, GTC | SELL, MARK, 1))
    return world


def margin_weight(entries: int) -> int:
    return 2 * (c.COMPUTE_MARGIN + c.COMPUTE_POSITION * entries)


def compute(world: World, *actions: Action, account: int = BOB) -> int:
    """Return the compute weight of a bundle without op and signature."""
    world.act(account, *actions)
    assert world.last is not None
    return world.last.compute - c.COMPUTE_OP - c.COMPUTE_SIGNATURE


def test_compute_weight_of_actions():
    world = venue()
    action = c.COMPUTE_ACTION
    assert compute(world, cancel_all()) == action
    assert compute(world, cancel(1, 1, 1), cancel(99, 1, 1)) == 2 * action
    assert compute(world, place(1, GTC, MARK, 10)) == action + margin_weight(1)
    assert compute(world, place(2, GTC, MARK, 10)) == action + margin_weight(2)
    assert compute(world, replace(1, 1, 1, GTC, MARK, 9)) == action
    assert compute(world, replace(1, 1, 1, GTC, MARK - 1, 9)) == action + margin_weight(2)
    sell = place(1, IOC | SELL, MARK - 1, 5)
    maker = c.COMPUTE_MAKER + c.COMPUTE_SETTLE
    fill = maker + c.COMPUTE_SETTLE + margin_weight(1) + margin_weight(2)
    assert compute(world, sell, account=ALICE) == action + fill
    twice = action + 2 * fill
    world.act(BOB, place(1, GTC, MARK - 1, 9))
    assert compute(world, place(1, FOK | SELL, MARK - 1, 10), account=ALICE) == twice
    world.act(BOB, cancel_all())
    dead = action + maker
    assert compute(world, place(1, IOC | SELL, MARK - 1, 5), account=ALICE) == dead


def test_compute_weight_of_other_ops():
    world = venue()
    ops = world.withdraw_op(ALICE, 5) + world.session_op(ALICE, 1, 5) + op(200, b"")
    world.run(world.segment(ops))
    assert world.last is not None
    expected = 3 * c.COMPUTE_OP + 2 * c.COMPUTE_SIGNATURE + margin_weight(0)
    assert world.last.compute == expected
    world.ops(encode_sweep(instrument=1, slots=[0, 0, 0]))
    assert world.last.compute == c.COMPUTE_OP + 3 * c.COMPUTE_SWEEP
    world.now += 1
    world.ops(world.price_op(5))
    assert world.last.compute == c.COMPUTE_OP + 2 * c.COMPUTE_SIGNATURE + c.COMPUTE_PRICE
    world.deposit(1, 1)
    assert world.last.compute == c.COMPUTE_OP
    world.message(3, world.withdraw_op(ALICE, 5))
    assert world.last.compute == c.COMPUTE_OP + c.COMPUTE_SIGNATURE + margin_weight(0)


def test_op_without_room_changes_nothing_and_can_be_ordered_again():
    """Attack 24: heavy ops in front of a user's op cannot use it up, its nonce included."""
    world = venue()
    heavy = [world.bundle(ALICE, *[cancel_all()] * 8) for _ in range(15)]
    late = world.bundle(BOB, place(1, GTC, MARK - 9, 5))
    result = world.run(world.segment(b"".join([*heavy, late])))
    assert result.results == bytes(9 * 11) + bytes([Result.SEGMENT_FULL] * 5)
    # What is refused weighs itself alone: two signatures had room still, no action had.
    done = 11 * (c.COMPUTE_OP + c.COMPUTE_SIGNATURE + 8 * c.COMPUTE_ACTION)
    assert result.compute == done + 5 * c.COMPUTE_OP + 2 * c.COMPUTE_SIGNATURE
    assert 2 << 56 | BOB * 4 not in result.changed
    assert world.ops(late) == b"\0\0"


def test_head_room_is_checked_before_the_account_is_touched():
    world = venue()
    prices = [world.price_op(5, publish_time=world.now + 1)] * 16
    body = prices[0][3:]
    twelve = body[:8] + b"\x0c" + body[9:82] * 12
    result = world.dry_run(world.segment(op(4, twelve) * 16, world.now + 1))
    assert result.results == bytes([Result.BAD_REPORTER] * 16)
    assert result.compute == 16 * c.COMPUTE_OP


@pytest.mark.parametrize("replaces", [0, 8])
def test_any_bundle_fits_an_empty_segment(replaces):
    """Attack 24: also with every instrument listed and the largest global record."""
    world = venue()
    values = world.globals() | {"next_instrument": 4095, "next_underlying": 256}
    values |= {"next_account": 2**22, "reporter_count": 12, "signer_count": c.SIGNERS_MAX}
    world.state[0] = layout.pack_global(**values) + bytes(c.SIGNERS_MAX * 32)
    actions = [place(1, GTC, MARK - 1, 5)] * (8 - replaces)
    actions += [replace(1, 1, 1, GTC, MARK - 1, 5)] * replaces
    assert world.act(ALICE, *actions, signer=None)[0] in (Result.OK, Result.ORDER_NOT_FOUND)


@pytest.mark.parametrize(
    ("places", "replaces", "cancels"),
    [(1, 0, 0), (8, 0, 0), (0, 8, 0), (4, 4, 0), (1, 0, 7), (0, 1, 7), (0, 0, 8), (3, 2, 3)],
)
def test_worst_bundles_are_below_the_maxima(places, replaces, cancels):
    """By the protocol's formulas, with the makers that a bundle may have."""

    def reserve(kind: int, m: int, n: int = 0) -> int:
        siblings = sum(marginal(HEIGHTS[kind], k) for k in range(n + 1, n + m + 1))
        return m * (c.WEIGHT_RECORD_BYTES + 32 * layout.KIND_WORDS_MAX[kind]) + 32 * siblings

    actions, orders = places + replaces + cancels, places + replaces
    keys = 4 * places + 6 * replaces + 3 * cancels
    makers = c.MAKER_TOUCHES_BY_KEYS[keys // c.ORDER_KEYS_STEP] if orders else 0
    pushed = c.EVICTIONS_MAX if orders else 0
    margins = c.POSITIONS_MAX * (makers + 1) + actions if orders else 0
    start = c.WEIGHT_RECORD_BYTES + 32 * layout.GLOBAL_WORDS_MAX
    bundle = start + reserve(1, 1 + makers + pushed) + reserve(2, 1) + reserve(4, actions)
    bundle += reserve(5, margins) + reserve(3, margins)
    touched = makers + keys + 2 * pushed
    bundle += touched * (c.WEIGHT_RECORD_BYTES + 64) + 32 * order_siblings(touched, actions)
    assert bundle <= c.WITNESS_WEIGHT_MAX
    tests = (2 * makers + orders) * margin_weight(c.POSITIONS_MAX)
    gas = actions * c.COMPUTE_ACTION + makers * c.COMPUTE_MAKER + tests
    assert c.COMPUTE_OP + c.COMPUTE_SIGNATURE + gas <= c.COMPUTE_WEIGHT_MAX
    assert BUY == 0


def test_orders_weigh_more_once_another_instrument_spreads_them():
    """Touching an instrument counts what it adds to the orders that were touched before."""
    world = venue()
    for instrument in (1, 2):
        for _ in range(4):
            world.act(ALICE, place(instrument, GTC, MARK - 9, 5))
    one = world.bundle(ALICE, *[cancel(1, slot, slot) for slot in range(1, 5)])
    other = world.bundle(ALICE, *[cancel(2, slot, slot) for slot in range(1, 5)])
    for ops in (one, other, one + other, other + one):
        result = world.dry_run(world.segment(ops))
        assert set(result.results) == {0}
        assert result.witness == witness_weight(world.state, result.loaded)
