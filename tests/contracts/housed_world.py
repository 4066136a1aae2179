"""A venue whose house holds lots, for tests of what becomes of them."""

from __future__ import annotations

from strikeproof.bench.pure_evm import available_evms
from strikeproof.wire import constants as c
from strikeproof.wire import layout
from strikeproof.wire.errors import Result
from tests.contracts.law_world import (
    ALICE,
    BOB,
    CAROL,
    DOLLAR,
    GTC,
    IOC,
    MARK,
    SELL,
    World,
    be,
    op,
    place,
    set_instrument,
    venue,
)

UNIT = MARK * 100
DAY = 86_400_000
DELEVERAGE = op(65, b"\0\1")
SETTLE_ORPHAN = op(67, b"\0\1")


def ceil(value: int, divisor: int) -> int:
    return -(-value // divisor)


def mark(world: World) -> dict[str, int]:
    names = [each.name for each in layout.MARK_GROUP.fields]
    return dict(zip(names, layout.unpack_mark(world.state[5 << 56 | 1]), strict=True))


def set_instrument_fields(world: World, **fields: int) -> None:
    record = layout.pack_instrument(**(world.instrument() | fields))
    world.state[4 << 56 | 1] = record


def set_globals(world: World, **fields: int) -> None:
    start = 32 * layout.GLOBAL_WORDS
    tail = world.state[0][start:]
    world.state[0] = layout.pack_global(**(world.globals() | fields)) + tail


def settle_position(account: int) -> bytes:
    return op(68, be(account, 4) + b"\0\1")


def housed(long: bool, lots: int = 30, cash: int = 0, others: int = 50) -> World:
    """Return a venue whose house holds `lots` of Bob, paid at the mark, with `cash` besides: Alice
    and Carol have the other side, and what is left of Bob's."""
    world = venue()
    world.engine = available_evms()[-1]
    world.govern(set_instrument(house_margin_ppm=50_000))
    taker, maker = (SELL, 0) if long else (0, SELL)
    world.act(BOB, place(1, GTC | maker, MARK, others))
    world.act(ALICE, place(1, IOC | taker, MARK, others - 20))
    world.act(CAROL, place(1, IOC | taker, MARK, 20))
    sign = 1 if long else -1
    size = sign * (others - lots)
    record = bytearray(world.state[1 << 56 | BOB])
    record[192 + 10 : 192 + 16] = (size % 2**48).to_bytes(6, "big")
    collateral = world.account(BOB).collateral + sign * lots * UNIT - cash
    record[32:48] = collateral.to_bytes(16, "big", signed=True)
    world.state[1 << 56 | BOB] = bytes(record)
    paid = cash - sign * lots * UNIT
    side = "long_interest" if long else "short_interest"
    ours = {side: (others - lots) * c.FRACTION, "house_lots": sign * lots}
    set_instrument_fields(world, house_cash=paid, effective_cash=paid, **ours)
    set_globals(world, insurance_fund=0)  # nothing to lend
    return world


def eager(world: World) -> tuple[int, int]:
    """Return the house's eager lots and its equity, times 2^32."""
    found = world.instrument()
    lots = found["short_interest"] - found["long_interest"]
    return lots, found["effective_cash"] * c.FRACTION + lots * UNIT


def run(world: World, *ops: bytes) -> int:
    (code,) = world.ops(*ops)
    return code


def conserved(world: World) -> tuple[int, int]:
    sizes = [world.account(each).positions.get(1, {"size": 0})["size"] for each in (1, 2, 3)]
    return world.custody(), sum(sizes) + world.instrument()["house_lots"]


def orphaned() -> World:
    world = housed(True, cash=DOLLAR)
    world.act(CAROL, place(1, GTC, MARK - 50, 4))
    world.now = world.underlying()["publish_time_ms"] + DAY
    assert run(world, op(66, b"\0\1")) == Result.OK
    world.now += DAY
    return world


def set_collateral(world: World, account: int, micro_usd: int) -> None:
    record = bytearray(world.state[1 << 56 | account])
    record[32:48] = micro_usd.to_bytes(16, "big", signed=True)
    world.state[1 << 56 | account] = bytes(record)
