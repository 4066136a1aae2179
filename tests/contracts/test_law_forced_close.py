"""An owner closes a position through L1 (docs/protocol/liquidation.md, forced close)."""

from __future__ import annotations

import pytest

from strikeproof.keccak import keccak256
from strikeproof.wire import constants as c
from strikeproof.wire import layout
from strikeproof.wire.errors import Result
from tests.contracts.law_world import (
    ALICE,
    BOB,
    CAROL,
    DOLLAR,
    GTC,
    MARK,
    SELL,
    Key,
    World,
    be,
    digest,
    key,
    op,
    place,
    set_instrument,
    words,
)
from tests.contracts.levered_world import (
    HIGH,
    LOW,
    UNIT,
    ceil,
    conserved,
    levered,
)


def forced(
    world: World, lots: int, nonce: int, account: int = ALICE, instrument: int = 1
) -> Result:
    body = be(account, 4) + be(nonce, 8) + be(2**48 - 1, 6) + be(instrument, 2) + be(lots, 5)
    (code,) = world.message(3, op(c.OpType.FORCED_CLOSE, body), key(account).address)
    return Result(code)


@pytest.mark.parametrize("long", [True, False])
def test_owner_leaves_through_the_book_then_the_house(long: bool) -> None:
    world = levered(2_000 * DOLLAR, long=long)
    side = 0 if long else SELL
    edge = LOW if long else HIGH
    world.act(CAROL, place(1, GTC | side, edge, 30))
    before = conserved(world)
    assert forced(world, 20, 1_000) == Result.NONCE_TOO_FAR
    assert forced(world, 20, 50) == Result.OK
    assert abs(world.account(ALICE).positions[1]["size"]) == 80
    assert forced(world, 200, 51) == Result.OK  # ten in the book, the rest at the band's edge
    assert world.account(ALICE).positions == {}
    sign = 1 if long else -1
    found = world.instrument()
    assert found["house_lots"] == sign * 70
    assert found["house_cash"] == -sign * 70 * edge * 100
    assert conserved(world) == before
    assert forced(world, 1, 52) == Result.NO_POSITION


def test_house_that_cannot_carry_a_forced_close_refuses() -> None:
    world = levered(2_000 * DOLLAR)
    world.govern(
        set_instrument(maintenance=100_000, band=100_000, initial=200_000, house_margin_ppm=100_000)
    )
    record = dict(world.instrument())
    world.state[4 << 56 | 1] = layout.pack_instrument(**(record | {"effective_cash": -1}))
    before = world.state[1 << 56 | ALICE]
    assert forced(world, 5, 50) == Result.HOUSE_FULL
    assert world.state[1 << 56 | ALICE] == before
    # Its margin is judged before whether money fits.
    record |= {"effective_cash": -1, "house_cash": -c.MONEY_MAX}
    world.state[4 << 56 | 1] = layout.pack_instrument(**record)
    assert forced(world, 5, 51) == Result.HOUSE_FULL
    record |= {"effective_cash": 2**80}
    world.state[4 << 56 | 1] = layout.pack_instrument(**record)
    assert forced(world, 5, 52) == Result.FIELD_OVERFLOW
    assert world.state[1 << 56 | ALICE] == before


@pytest.mark.parametrize("long", [True, False])
def test_debt_of_an_owner_who_left_is_the_houses(long: bool) -> None:
    """Nobody could liquidate an account without a position: its debt would stay hidden in it."""
    world = levered(-5 * DOLLAR, lots=10, long=long)
    world.state[4 << 56 | 1] = layout.pack_instrument(
        **(world.instrument() | {"house_cash": 90 * DOLLAR, "effective_cash": 90 * DOLLAR})
    )
    edge = LOW if long else HIGH
    before, debt = conserved(world), 5 * DOLLAR + 10 * abs(MARK - edge) * 100
    assert forced(world, 10, 50) == Result.OK
    assert world.account(ALICE).positions == {}
    assert world.account(ALICE).collateral == 0
    assert world.globals()["bad_debt"] == debt
    sign = 1 if long else -1
    assert world.instrument()["house_cash"] == 90 * DOLLAR - sign * 10 * edge * 100 - debt
    assert conserved(world) == before


def test_forced_close_comes_from_the_inbox_alone() -> None:
    world = levered(2_000 * DOLLAR)
    body = be(ALICE, 4) + be(50, 8) + be(2**48 - 1, 6) + b"\0\1" + be(5, 5) + bytes(64)
    for family in (1, 2, 3):
        result = world.dry_run(world.segment(op(14, body), family=family))
        assert result.results == bytes([Result.WRONG_FAMILY])
    assert forced(world, 0, 50) == Result.MALFORMED
    assert forced(world, 5, 50, instrument=3) == Result.UNKNOWN_INSTRUMENT
    assert forced(world, 5, 51, instrument=2) == Result.NO_POSITION


# Attacks


def signed(
    world: World, lots: int, nonce: int, signer: Key, sender: int, account: int = ALICE
) -> Result:
    """A forced close with a signature, which anybody sends through the Inbox."""
    fields = (account, nonce, 2**48 - 1, 1, lots)
    body = b"".join(be(value, size) for value, size in zip(fields, (4, 8, 6, 2, 5), strict=True))
    hashed = keccak256(c.FORCED_CLOSE_TYPEHASH + words(*fields))
    (code,) = world.message(
        3, op(c.OpType.FORCED_CLOSE, body + signer.sign(digest(hashed))), sender
    )
    return Result(code)


def test_a_stranger_closes_nobody_and_a_relay_closes_once() -> None:
    world = levered(2_000 * DOLLAR)
    before = world.state[1 << 56 | ALICE]
    stranger = key(CAROL)
    unsigned = be(ALICE, 4) + be(50, 8) + be(2**48 - 1, 6) + be(1, 2) + be(5, 5)
    (code,) = world.message(3, op(c.OpType.FORCED_CLOSE, unsigned), stranger.address)
    assert Result(code) in (Result.MALFORMED, Result.BAD_SIGNATURE)
    assert signed(world, 5, 50, stranger, stranger.address) == Result.BAD_SIGNATURE
    assert signed(world, 5, 50, key(BOB), key(BOB).address) == Result.BAD_SIGNATURE
    assert world.state[1 << 56 | ALICE] == before
    assert signed(world, 5, 50, key(ALICE), stranger.address) == Result.OK, "she signed it"
    assert signed(world, 5, 50, key(ALICE), stranger.address) == Result.NONCE_USED
    assert world.account(ALICE).positions[1]["size"] == 95


def test_a_sessions_key_closes_nothing() -> None:
    """Whoever trades for an owner does not leave for them."""
    world = levered(2_000 * DOLLAR)
    trader = key(77)
    assert world.ops(world.session_op(ALICE, 1, trader.address)) == b"\0"
    before = world.state[1 << 56 | ALICE]
    assert signed(world, 5, 50, trader, trader.address) == Result.BAD_SIGNATURE
    assert world.state[1 << 56 | ALICE] == before


@pytest.mark.parametrize("long", [True, False])
def test_nobody_is_closed_beyond_the_band(long: bool) -> None:
    """An order one tick beyond its edge is not met, and the house's quote is the edge."""
    world = levered(2_000 * DOLLAR, long=long)
    side, edge, step = (0, LOW, -1) if long else (SELL, HIGH, 1)
    world.act(CAROL, place(1, GTC | side, edge + step, 60), place(1, GTC | side, edge, 10))
    worth = world.account(ALICE).collateral
    assert forced(world, 25, 50) == Result.OK
    assert world.levels(not long) == [(edge + step, 60)]
    sign = 1 if long else -1
    assert world.account(CAROL).positions[1]["size"] == sign * 10
    assert world.instrument()["house_lots"] == sign * 15
    fee = ceil(10 * edge * 100 * world.instrument()["taker_fee_ppm"], c.PPM)
    assert world.account(ALICE).collateral == worth + sign * 25 * edge * 100 - fee


@pytest.mark.parametrize("long", [True, False])
def test_a_house_does_not_lose_at_its_quote(long: bool) -> None:
    """It takes lots at the edge, which is worse than the mark for whoever leaves: closing and
    opening again in a circle pays nobody out of the house."""
    world = levered(2_000 * DOLLAR, long=long)
    record = world.instrument()
    found = [record["house_cash"] + record["house_lots"] * UNIT]
    for nonce in range(50, 54):
        assert forced(world, 20, nonce) == Result.OK
        record = world.instrument()
        found.append(record["house_cash"] + record["house_lots"] * UNIT)
    assert found == sorted(found)
    assert found[-1] - found[0] == 80 * abs(MARK - (LOW if long else HIGH)) * 100


@pytest.mark.parametrize("long", [True, False])
def test_an_owner_does_not_meet_orders_of_their_own(long: bool) -> None:
    """A worse price agreed with oneself is none, and an own order keeps nobody from leaving."""
    world = levered(2_000 * DOLLAR, long=long)
    side = 0 if long else SELL
    before = conserved(world)
    world.act(ALICE, place(1, GTC | side, MARK - 5 if long else MARK + 5, 20))
    code = forced(world, 100, 50)
    assert conserved(world) == before
    left = world.account(ALICE).positions.get(1, {"size": 0})["size"]
    assert (code, left) == (Result.OK, 0)
    assert world.levels(not long) == []
