"""A venue where an account holds a position with little equity, and what is done to it then."""

from __future__ import annotations

from strikeproof.bench.pure_evm import available_evms
from strikeproof.wire import constants as c
from strikeproof.wire.errors import Result
from tests.contracts.law_world import (
    ALICE,
    BOB,
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
MAINTENANCE, FEE, BAND = 50_000, 10_000, 100_000
LIQUIDATE = op(c.OpType.LIQUIDATE, be(ALICE, 4) + b"\0\1")
UNWIND = op(c.OpType.UNWIND, b"\0\1")


def ceil(value: int, divisor: int) -> int:
    return -(-value // divisor)


def clamp(value: int, low: int, high: int) -> int:
    return max(low, min(high, value))


LOW, HIGH = MARK * 9 // 10, MARK * 11 // 10


def levered(equity: int, lots: int = 100, *, long: bool = True) -> World:
    """Return a venue where Alice holds `lots` against Bob with this equity at the mark."""
    world = venue()
    world.engine = available_evms()[-1]
    world.govern(set_instrument(liquidation_fee_ppm=FEE, house_margin_ppm=20_000))
    side = 0 if long else SELL
    world.act(BOB, place(1, GTC | side ^ SELL, MARK, lots))
    assert world.act(ALICE, place(1, IOC | side, MARK, lots)) == [Result.OK]
    record = bytearray(world.state[1 << 56 | ALICE])
    sign = 1 if long else -1
    record[32:48] = (equity - sign * lots * UNIT).to_bytes(16, "big", signed=True)
    world.state[1 << 56 | ALICE] = bytes(record)
    return world


def health(world: World, account: int = ALICE) -> tuple[int, int]:
    """Return equity and maintenance requirement of an account with one position."""
    found = world.account(account)
    size = found.positions.get(1, {"size": 0})["size"]
    equity = found.collateral + size * UNIT
    return equity, ceil(abs(size) * UNIT * MAINTENANCE, c.PPM)


def to_close(lots: int, equity: int) -> int:
    margin = ceil(lots * UNIT * MAINTENANCE, c.PPM)
    gain = c.CLOSE_TARGET_PPM * MAINTENANCE - FEE * c.PPM
    needed = ceil((c.CLOSE_TARGET_PPM * margin - equity * c.PPM) * c.PPM, UNIT * gain)
    return min(lots, max(ceil(lots * c.CLOSE_MIN_PPM, c.PPM), needed))


def zero_price(lots: int, equity: int, *, long: bool) -> int:
    margin = ceil(lots * UNIT * MAINTENANCE, c.PPM)
    part = MAINTENANCE * equity
    if long:
        return clamp(ceil(MARK * (margin * c.PPM - part), margin * c.PPM), LOW, HIGH)
    return clamp(MARK * (margin * c.PPM + part) // (margin * c.PPM), LOW, HIGH)


def run(world: World, data: bytes) -> Result:
    (code,) = world.ops(data)
    return Result(code)


def conserved(world: World) -> tuple[int, int]:
    sizes = [world.account(each).positions.get(1, {"size": 0})["size"] for each in (1, 2, 3)]
    return world.custody(), sum(sizes) + world.instrument()["house_lots"]
