"""Position entries count their orders: dead ones too, until they are removed (fault A2)."""

import random

import pytest

from strikeproof.wire import constants as c
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import encode_sweep
from tests.contracts.law_world import (
    ALICE,
    BOB,
    BUY,
    CANCEL_BOTH,
    CANCEL_MAKER,
    CAROL,
    FOK,
    GTC,
    GTD,
    IOC,
    MARK,
    POST_ONLY,
    REDUCE_ONLY,
    SELL,
    Action,
    World,
    cancel,
    cancel_all,
    place,
    replace,
    venue,
)

ACCOUNTS = (ALICE, BOB, CAROL)
NOTHING = dict.fromkeys(
    (
        "linked",
        "open_orders",
        "reduce_lots",
        "buy_lots",
        "sell_lots",
        "buy_value",
        "sell_value",
    ),
    0,
)


def check_entries(world: World, instruments: tuple[int, ...] = (1, 2)) -> None:
    """Assert that entries count and reserve what the books hold, and that none is empty."""
    for instrument in instruments:
        orders = world.book(False, instrument) + world.book(True, instrument)
        assert world.instrument(instrument)["order_count"] == len(orders)
        for number in ACCOUNTS:
            entry = world.account(number).positions.get(instrument)
            own = [each for each in orders if each["account"] == number]
            if entry is None:
                assert own == []
                continue
            expected = dict(NOTHING)
            for order in own:
                expected["linked"] += 1
                if order["epoch"] != entry["epoch"]:
                    continue
                expected["open_orders"] += 1
                if order["flags"] & REDUCE_ONLY:
                    expected["reduce_lots"] += order["lots"]
                    continue
                side = "sell" if order["flags"] & SELL else "buy"
                expected[f"{side}_lots"] += order["lots"]
                expected[f"{side}_value"] += order["lots"] * order["price"]
            assert {name: entry[name] for name in NOTHING} == expected
            assert entry["size"] or entry["linked"]


def eight_bids(world: World) -> list[Action]:
    """Return eight bids, each better than all before it: the first guess of advice is right."""
    best = max([MARK - 1000, *(price for price, _ in world.levels(False))])
    return [place(1, GTC | POST_ONLY, best + n, 1) for n in range(1, 9)]


def fill_with_dead_orders(world: World, count: int = c.LINKED_ORDERS_MAX) -> None:
    """Alice places orders and cancels all, until this many are linked."""
    for _ in range(count // 8):
        assert world.act(ALICE, *eight_bids(world)) == [Result.OK] * 8
        assert world.act(ALICE, cancel_all(1)) == [Result.OK]


def test_slots_cannot_be_used_up_by_places_and_cancel_all():
    """Fault A2: 36,864 such bundles of one account took every slot of the book."""
    world = venue()
    fill_with_dead_orders(world)
    order = place(1, GTC, MARK - 1000, 1)
    for _ in range(3):
        assert world.act(ALICE, *[order] * 7, cancel_all()) == [Result.TOO_MANY_ORDERS] * 7 + [0]
    expiring = place(1, GTD, MARK - 1000, 1, expiry=2**47)
    assert world.act(ALICE, expiring) == [Result.TOO_MANY_ORDERS]
    assert world.instrument()["next_slot"] == c.LINKED_ORDERS_MAX + 1
    entry = world.account(ALICE).positions[1]
    assert (entry["linked"], entry["open_orders"]) == (c.LINKED_ORDERS_MAX, 0)
    # Only what would rest here is refused: no other instrument, nobody else, nothing immediate.
    assert world.act(ALICE, place(1, IOC, MARK - 1000, 1)) == [Result.IOC_REMAINDER]
    assert world.act(ALICE, place(2, GTC, MARK - 1000, 1)) == [Result.OK]
    assert world.act(BOB, place(1, GTC | SELL, MARK, 1)) == [Result.OK]
    check_entries(world)


def test_sweep_makes_room_for_as_many_orders_as_it_removes():
    world = venue()
    fill_with_dead_orders(world)
    sweep = encode_sweep(instrument=1, slots=range(1, 17))
    assert world.ops(sweep) == b"\0"
    assert world.account(ALICE).positions[1]["linked"] == c.LINKED_ORDERS_MAX - 16
    codes = [code for _ in range(3) for code in world.act(ALICE, *eight_bids(world))]
    assert codes == [Result.OK] * 16 + [Result.TOO_MANY_ORDERS] * 8
    check_entries(world)
    for first in range(17, 129, 16):
        world.ops(encode_sweep(instrument=1, slots=range(first, first + 16)))
    entry = world.account(ALICE).positions[1]
    assert (entry["linked"], entry["open_orders"]) == (16, 16)


def test_replace_of_an_account_at_the_bound_moves():
    world = venue()
    fill_with_dead_orders(world, c.LINKED_ORDERS_MAX - 8)
    assert world.act(ALICE, *eight_bids(world)) == [Result.OK] * 8
    last = world.book(False)[0]
    moved = replace(1, last["slot"], last["serial"], GTC, MARK - 1, 1)
    assert world.act(ALICE, moved) == [Result.OK]
    assert world.levels(False)[0] == (MARK - 1, 1)
    assert world.act(ALICE, place(1, GTC, MARK - 1, 1)) == [Result.TOO_MANY_ORDERS]


@pytest.mark.parametrize("way", ["taker", "own taker", "sweep", "cancel", "fill or kill"])
def test_last_dead_order_frees_the_entry_however_it_goes(way):
    world = venue()
    world.act(ALICE, *[place(1, GTC | SELL, MARK, 2)] * 2)
    world.act(ALICE, cancel_all(1))
    assert world.account(ALICE).positions[1]["linked"] == 2
    if way == "taker":
        world.act(BOB, place(1, IOC, MARK, 1))
    elif way == "own taker":
        world.act(ALICE, place(1, IOC, MARK, 1))
    elif way == "sweep":
        world.ops(encode_sweep(instrument=1, slots=[2, 1]))
    elif way == "cancel":
        assert world.act(ALICE, cancel(1, 1, 1)) == [Result.OK]
        assert world.account(ALICE).positions[1]["linked"] == 1
        assert world.act(ALICE, cancel(1, 2, 2)) == [Result.OK]
    else:
        world.act(CAROL, place(1, GTC | SELL, MARK, 1))
        assert world.act(BOB, place(1, FOK, MARK, 1)) == [Result.OK]
    assert world.account(ALICE).positions == {}
    assert [o for o in world.book(True) if o["account"] == ALICE] == []


def test_dead_order_does_not_touch_a_later_epochs_counts():
    world = venue()
    world.act(ALICE, place(1, GTC | SELL, MARK, 2), cancel_all(1))
    world.act(ALICE, place(1, GTC | SELL, MARK + 1, 3))
    world.act(BOB, place(1, IOC, MARK, 1))
    entry = world.account(ALICE).positions[1]
    assert (entry["linked"], entry["open_orders"], entry["sell_lots"]) == (1, 1, 3)
    check_entries(world)


def test_entries_of_dead_orders_count_among_positions():
    world = World()
    world.open(instruments=17, min_order_value=1)
    world.set_price(5000)
    world.register(1, 1_000_000)
    for number in range(1, 17):
        world.act(1, place(number, GTC, MARK - 10, 1))
    world.act(1, cancel_all())
    assert len(world.account(1).positions) == c.POSITIONS_MAX
    assert world.act(1, place(17, GTC, MARK - 10, 1)) == [Result.TOO_MANY_POSITIONS]
    world.ops(encode_sweep(instrument=3, slots=[1]))
    assert list(world.account(1).positions)[2] == 16  # the last took its place
    assert world.act(1, place(17, GTC, MARK - 10, 1)) == [Result.OK]


def random_bundle(rng: random.Random, world: World, account: int) -> list[int]:
    """Act at random: every kind of action, and orders of every kind."""
    actions = []
    for _ in range(rng.randrange(1, 5)):
        number = rng.choice([1, 1, 2])
        orders = world.book(True, number) + world.book(False, number)
        mine = [each for each in orders if each["account"] == account]
        flags = rng.choice([BUY, SELL]) | rng.choice([0, 0, CANCEL_MAKER, CANCEL_BOTH])
        price, lots = MARK + rng.randrange(-6, 7), rng.randrange(1, 12)
        kind = rng.random()
        if mine and kind < 0.15:
            order = rng.choice(mine)
            actions.append(cancel(number, order["slot"], order["serial"]))
        elif mine and kind < 0.35:
            order = rng.choice(mine)
            kept = order["flags"] & (SELL | REDUCE_ONLY)
            at = rng.choice([order["price"], price])
            terms = (order["slot"], order["serial"], GTC | kept | CANCEL_MAKER, at, lots)
            actions.append(replace(number, *terms))
        elif kind < 0.4:
            actions.append(cancel_all(rng.choice([0, 1, 2])))
        else:
            tif = rng.choice([GTC, GTC, GTC, GTD, IOC, FOK])
            flags |= tif | rng.choice([0, 0, REDUCE_ONLY])
            expiry = world.now + rng.randrange(1, 8) if tif == GTD else 0
            actions.append(place(number, flags, price, lots, expiry=expiry))
    return [int(code) for code in world.act(account, *actions)]


@pytest.mark.parametrize("seed", range(4))
def test_random_play_keeps_every_count(seed):
    """Orders of every kind, expiries, moves of the index beyond the band, stale prices, sweeps."""
    rng = random.Random(seed)
    world = venue()
    total = world.custody()
    seen: set[int] = set()
    for _ in range(50):
        world.now += rng.randrange(3)
        chance = rng.random()
        if chance < 0.08:
            moved = rng.choice([0, 0, 0, -MARK // 5, MARK // 5])
            world.set_price((MARK + moved) / 10, rng.choice([1, 2]))
        elif chance < 0.1:
            world.now += c.INDEX_STALE_MS
        elif chance < 0.2:
            slots = rng.sample(range(1, 30), 8)
            assert world.ops(encode_sweep(instrument=rng.choice([1, 2]), slots=slots)) == b"\0"
        else:
            seen.update(random_bundle(rng, world, rng.choice(ACCOUNTS)))
        check_entries(world)
        assert world.custody() == total
    assert {Result.OK, Result.NOTHING_TO_REDUCE, Result.FOK_UNFILLED} <= seen
