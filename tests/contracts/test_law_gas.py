"""What margin tests, fills and samples may cost with funding and deleveraging pending, in gas of
the law's own frame with everything it reads brought along."""

from __future__ import annotations

import pytest

from strikeproof.bench.pure_evm import PyEvm
from strikeproof.contracts import artifact
from strikeproof.sequencer.core.signature import SIGNATURE_BYTES
from strikeproof.wire import constants as c
from strikeproof.wire import layout
from tests.agreement.law_host import run_prefilled
from tests.attestation_ops import attest, set_attesters
from tests.contracts.law_ops import quote
from tests.contracts.law_world import (
    DOLLAR,
    DOMAIN,
    GTC,
    IOC,
    MARK,
    SELL,
    World,
    be,
    cancel_all,
    op,
    place,
    replace,
)

MARGIN_MODULE_GAS = 12_000  # sixteen positions at a price of this moment, funding pending on each
OPEN_ORDERS_GAS = 345  # more, for each position with open orders, and for the price's age
MARGIN_TEST_GAS = 30_000  # the same with its gathering
FILL_GAS = 45_000  # both accounts with one position, funding pending
QUOTE_GAS = 65_000  # both sides of one instrument move, an account of two positions
QUOTE_IN_PLACE_GAS = 42_500  # both shrink; with memory for what certificates would say
BLOCK_GAS = 350_000  # eight legs in one op, both accounts with sixteen positions
BLOCK_WITNESS = 19_000  # its witness weight, bytes
DELEVERAGED_GAS = 475  # more, for each position that was deleveraged too


def crowded(positions: int = 16) -> World:
    """Return a venue with an account that has `positions`, bought of another."""
    world = World()
    world.open(instruments=16, underlyings=3, min_order_value=1)
    for owner in (1, 2, 3):
        world.register(owner, 10_000_000)
    for underlying in (1, 2, 3):
        world.set_price(MARK / 10, underlying)
    for number in range(1, positions + 1):
        world.act(2, place(number, GTC | SELL, MARK, 3))
        world.act(1, place(number, IOC, MARK, 3), place(number, GTC, MARK - 9, 3))
    return world


def pending(world: World, *, deleveraged: bool = False) -> None:
    """Have funding pending on every instrument, and the longs deleveraged."""
    names = [each.name for each in layout.MARK_GROUP.fields]
    for number in range(1, 17):
        key = 5 << 56 | number
        fields = dict(zip(names, layout.unpack_mark(world.state[key]), strict=True))
        fields |= {"funding_index": 12_345 * c.FRACTION + number}
        if deleveraged:
            fallen = c.FACTOR_ONE // 3
            fields |= {"long_factor": c.FACTOR_ONE - fallen, "long_adl_index": fallen * MARK * 100}
        world.state[key] = layout.pack_mark(**fields)


def module_input(world: World, account: int) -> bytes:
    data = world.state[1 << 56 | account]
    entries, size = 32 * layout.ACCOUNT_WORDS, 32 * layout.ACCOUNT_POSITION_WORDS
    words = [be(world.account(account).collateral, 32), be(world.now, 32), be(account, 32)]
    words += [data[96:128], be(world.now, 32)]  # its credit, and the clock
    for at in range(entries, len(data), size):
        instrument = int.from_bytes(data[at : at + 2], "big")
        mark = world.state[5 << 56 | instrument]
        underlying = world.state[3 << 56 | int.from_bytes(mark[2:4], "big")]
        words += [data[at : at + size], mark, underlying[:32]]
    return b"".join(words)


def gas_of(world: World, ops: bytes) -> int:
    """Return the gas of a segment whose records and advice are brought, as on L1."""
    segment = world.segment(ops)
    asked = world.dry_run(segment)
    assert set(asked.results) == {0}
    records = {key: world.state.get(key, b"") for key in asked.loaded}
    return run_prefilled(segment, records, asked.advice).gas


@pytest.fixture(scope="module")
def sixteen() -> World:
    world = crowded()
    world.now += 2_000
    return world


@pytest.mark.parametrize("deleveraged", [False, True])
@pytest.mark.parametrize("orders", [False, True])
def test_margin_module_of_sixteen_positions(
    sixteen: World, orders: bool, deleveraged: bool
) -> None:
    world = World(sixteen.engine, dict(sixteen.state), sixteen.now, dict(sixteen.nonces))
    pending(world, deleveraged=deleveraged)
    if not orders:
        assert world.ops(world.bundle(1, cancel_all())) == bytes(2)
        for each in (1, 2, 3):
            fields = world.underlying(each) | {"publish_time_ms": world.now}
            world.state[3 << 56 | each] = layout.pack_underlying(**fields)
    code = artifact("MarginModule").deployed_bytecode
    data = module_input(world, 1)
    assert len(data) == 32 * (5 + 16 * 8)
    output, gas = PyEvm(code).run(data, 10**6, lambda _: None)
    assert len(output) == 128
    assert gas <= MARGIN_MODULE_GAS + 16 * (
        OPEN_ORDERS_GAS * orders + DELEVERAGED_GAS * deleveraged
    )


def test_margin_test_of_sixteen_positions(sixteen: World) -> None:
    """A withdrawal more, with sixteen positions against one without."""
    world = World(sixteen.engine, dict(sixteen.state), sixteen.now, dict(sixteen.nonces))
    pending(world)
    twice = world.withdraw_op(1, DOLLAR) + world.withdraw_op(1, DOLLAR)
    once = world.withdraw_op(1, DOLLAR)
    none = gas_of(world, world.withdraw_op(3, DOLLAR) + world.withdraw_op(3, DOLLAR))
    none -= gas_of(world, world.withdraw_op(3, DOLLAR))
    test = gas_of(world, twice) - gas_of(world, once) - none
    assert test <= MARGIN_TEST_GAS


def test_fill_with_funding_pending() -> None:
    world = crowded(1)
    world.register(4, 10_000_000)
    for maker in (2, 4):
        world.act(maker, place(1, GTC | SELL, MARK + 1, 3))
        world.act(maker, place(1, GTC | SELL, MARK + 2, 3))
    pending(world)
    two = gas_of(world, world.bundle(1, place(1, IOC, MARK + 1, 6)))
    one = gas_of(world, world.bundle(1, place(1, IOC, MARK + 1, 3)))
    assert two - one <= FILL_GAS


@pytest.mark.parametrize("moves", [True, False])
def test_a_quote_costs_less_than_the_two_replaces_that_it_is(moves: bool) -> None:
    """In one bundle, of an account with two positions: both sides move, or both shrink in place."""
    world = crowded(2)
    world.act(1, cancel_all(1))
    world.act(1, quote(1, GTC, (MARK - 9, 3, 0, 0), (MARK + 9, 3, 0, 0)))
    far = 20 if moves else 9
    lots = 3 if moves else 2
    (bid,) = (each for each in world.book(False) if each["client_id"] == 9)
    (ask,) = (each for each in world.book(True) if each["client_id"] == 9)
    names = [(each["slot"], each["serial"]) for each in (bid, ask)]
    two = world.bundle(
        1,
        replace(1, *names[0], GTC, MARK - far, lots),
        replace(1, *names[1], GTC | SELL, MARK + far, lots),
        nonce=100,
    )
    one = world.bundle(
        1,
        quote(1, GTC, (MARK - far, lots, *names[0]), (MARK + far, lots, *names[1])),
        nonce=100,
    )
    gas = gas_of(world, one)
    assert gas < gas_of(world, two)
    assert gas <= (QUOTE_GAS if moves else QUOTE_IN_PLACE_GAS)


def test_block_trade_of_eight_legs() -> None:
    """The bar of block trades: one op, sixteen positions on each side, everything pending."""
    world = crowded(8)
    for number in range(9, 17):
        world.act(2, place(number, GTC | SELL, MARK, 3))
        world.act(3, place(number, IOC, MARK, 3))
        world.act(2, place(number, GTC | SELL, MARK, 3))
        world.act(1, place(number, IOC, MARK, 1))
    pending(world, deleveraged=True)
    legs = [(number, 1, MARK, 2) for number in range(1, 9)]
    trade = world.block_op(1, 2, *legs)
    segment = world.segment(trade)
    asked = world.dry_run(segment)
    assert asked.results == b"\0"
    gas = gas_of(world, trade)
    assert gas <= BLOCK_GAS
    assert gas <= asked.compute
    assert asked.witness <= BLOCK_WITNESS
    assert asked.compute <= c.COMPUTE_WEIGHT_MAX


@pytest.mark.parametrize("name", ["withdrawal", "block trade", "liquidation", "order"])
def test_a_void_segment_gathers_no_margin(sixteen: World, name: str) -> None:
    """Whoever declares nothing pays for nothing, so that nothing may be done: a margin test brings
    the records of every position."""
    world = World(sixteen.engine, dict(sixteen.state), sixteen.now, dict(sixteen.nonces))
    data = {
        "withdrawal": lambda: world.withdraw_op(1, DOLLAR),
        "block trade": lambda: world.block_op(1, 2, (1, 0, MARK, 1)),
        "liquidation": lambda: op(32, be(1, 4) + be(1, 2)),
        "order": lambda: world.bundle(1, place(1, GTC, MARK - 9, 1)),
    }[name]()
    free = world.dry_run(world.segment(data))
    marks = {key for key in free.loaded if key >> 56 == layout.MARK_KIND}
    assert len(marks) == 16
    void = world.dry_run(world.segment(data, compute=0))
    assert void.is_void
    assert len({key for key in void.loaded if key >> 56 == layout.MARK_KIND}) <= 1


@pytest.mark.parametrize("name", ["withdrawal", "block trade", "order", "price", "attestation"])
def test_a_void_segment_recovers_no_signer(sixteen: World, name: str) -> None:
    """Bytes that cannot be a signature are never recovered; in a void segment a good one costs no
    more."""
    world = World(sixteen.engine, dict(sixteen.state), sixteen.now, dict(sixteen.nonces))
    world.govern(set_attesters())
    data = {
        "withdrawal": lambda: world.withdraw_op(1, DOLLAR),
        "block trade": lambda: world.block_op(1, 2, (1, 0, MARK, 1)),
        "order": lambda: world.bundle(1, place(1, GTC, MARK - 9, 1)),
        "price": lambda: world.price_op(5_000 * 10**9),
        "attestation": lambda: attest(DOMAIN, 1, 2, world.now),
    }[name]()
    whole = world.dry_run(world.segment(data))
    assert set(whole.results) == {0}
    records = {key: world.state.get(key, b"") for key in whole.loaded}
    gas = []
    for ops in (data, data[:-SIGNATURE_BYTES] + bytes(SIGNATURE_BYTES)):
        void = run_prefilled(world.segment(ops, compute=0), records)
        assert void.is_void
        gas.append(void.gas)
    assert gas[0] == gas[1]
