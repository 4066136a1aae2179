"""The law's BlockTrade: both signatures, every leg or none, both margins (attack 53)."""

from __future__ import annotations

import pytest

from strikeproof.sequencer.core.snapshot import read_records
from strikeproof.wire import constants as c
from strikeproof.wire.errors import Result
from tests.agreement.law_host import run_law, run_prefilled
from tests.contracts.law_world import (
    ALICE,
    BOB,
    CAROL,
    GTC,
    MARK,
    SELL,
    World,
    key,
    op,
    place,
    set_account,
    set_instrument,
    venue,
)
from tests.unit.core.blocks import Leg, block
from tests.unit.core.option_venue import INDEX, OptionVenue

BUYS, SELLS = 0, 1
TICK = 100  # micro-USD a lot
INITIAL_PPM = 100_000
OPTIONS_GAS = 420_000  # eight legs


def code_of(world: World, data: bytes) -> Result:
    (code,) = world.ops(data)
    return Result(code)


def sizes(world: World, instrument: int = 1) -> tuple[int, ...]:
    entries = [world.account(each).positions.get(instrument) for each in (ALICE, BOB)]
    return tuple(entry["size"] if entry else 0 for entry in entries)


def collateral_to(world: World, account: int, value: int) -> None:
    set_account(world, account, 32, value % 2**128, 16)


def test_both_pay_the_taker_fee_and_the_book_stays() -> None:
    world = venue()
    world.act(CAROL, place(1, GTC | SELL, MARK - 1, 5))
    before = [world.account(each).collateral for each in (ALICE, BOB)]
    last = world.instrument()["last_price"]
    assert code_of(world, world.block_op(ALICE, BOB, (1, BUYS, MARK + 9, 4))) == Result.OK
    assert sizes(world) == (4, -4)
    value = (MARK + 9) * 4 * TICK
    ppm = world.instrument()["taker_fee_ppm"]
    fee = -(-value * ppm // 10**6)
    after = [world.account(each).collateral for each in (ALICE, BOB)]
    assert [b - a for a, b in zip(before, after, strict=True)] == [-value - fee, value - fee]
    assert world.instrument()["last_price"] == last
    assert world.instrument()["order_count"] == 1
    interest = 4 * c.FRACTION
    assert world.instrument()["long_interest"] == interest
    assert world.instrument()["short_interest"] == interest


def test_a_leg_that_fails_undoes_the_others() -> None:
    world = venue()
    records = {at: data for at, data in world.state.items() if at >> 56 in (1, 4)}
    legs = (1, BUYS, MARK, 4), (2, BUYS, 1, 1)
    assert code_of(world, world.block_op(ALICE, BOB, *legs)) == Result.BEYOND_BAND
    assert {at: world.state[at] for at in records} == records
    assert world.session(BOB, 0)["nonce_bitmap"] & 1 << world.next_nonce(BOB, 0) == 0


def test_a_consent_is_good_once_and_a_failed_trade_does_not_use_it_up() -> None:
    world = venue()
    theirs = world.next_nonce(BOB, 0)

    def trade(price: int) -> Result:
        nonces = world.next_nonce(ALICE, 0), theirs
        return code_of(world, world.block_op(ALICE, BOB, (1, BUYS, price, 4), nonces=nonces))

    assert trade(2 * MARK) == Result.BEYOND_BAND
    assert trade(MARK) == Result.OK
    assert trade(MARK) == Result.NONCE_USED
    assert sizes(world) == (4, -4)


def test_a_bad_consent_costs_nobody_a_nonce() -> None:
    world = venue()
    sessions = [world.session(each, 0) for each in (ALICE, BOB)]
    leg = (1, BUYS, MARK, 4)
    expired = world.block_op(ALICE, BOB, leg, expiry=world.now)
    assert code_of(world, expired) == Result.EXPIRED
    strange = world.block_op(ALICE, BOB, leg, signer=key(9))
    assert code_of(world, strange) == Result.BAD_SIGNATURE
    unknown = world.block_op(ALICE, 99, leg, nonces=(world.next_nonce(ALICE, 0), 0), signer=key(9))
    assert code_of(world, unknown) == Result.UNKNOWN_ACCOUNT
    assert [world.session(each, 0) for each in (ALICE, BOB)] == sessions


def test_the_halves_are_not_exchanged() -> None:
    """Bob's consent to be Alice's counterparty submits nothing, in either order."""
    world = venue()
    whole = world.block_op(ALICE, BOB, (1, BUYS, MARK, 4))
    body = whole[3:]
    swapped = body[23:46] + body[:23] + body[-64:] + body[110:-64] + body[46:110]
    assert code_of(world, op(9, swapped)) == Result.BAD_SIGNATURE
    assert code_of(world, whole) == Result.OK


@pytest.mark.parametrize(
    "legs",
    [
        (),
        tuple((number, BUYS, MARK, 1) for number in range(1, c.BLOCK_LEGS_MAX + 2)),
        ((0, BUYS, MARK, 1),),
        ((1, 2, MARK, 1),),
        ((1, BUYS, 0, 1),),
        ((1, BUYS, MARK, 0),),
        ((2, BUYS, MARK, 1), (1, BUYS, MARK, 1)),
        ((1, BUYS, MARK, 1), (1, SELLS, MARK, 1)),
    ],
)
def test_malformed_legs(legs: tuple[tuple[int, int, int, int], ...]) -> None:
    world = venue()
    assert code_of(world, world.block_op(ALICE, BOB, *legs)) == Result.MALFORMED


def test_an_account_is_not_its_own_counterparty() -> None:
    world = venue()
    first = world.next_nonce(ALICE, 0)
    itself = world.block_op(ALICE, ALICE, (1, BUYS, MARK, 1), nonces=(first, first + 1))
    assert code_of(world, itself) == Result.MALFORMED


def test_a_market_that_closes_admits_shrinking_on_both_sides() -> None:
    world = venue()
    assert code_of(world, world.block_op(ALICE, BOB, (1, BUYS, MARK, 4))) == Result.OK
    world.govern(set_instrument(1, status=c.InstrumentStatus.REDUCE_ONLY))
    assert code_of(world, world.block_op(ALICE, BOB, (1, SELLS, MARK, 5))) == Result.HALTED
    assert code_of(world, world.block_op(ALICE, CAROL, (1, SELLS, MARK, 4))) == Result.HALTED
    assert code_of(world, world.block_op(ALICE, BOB, (1, SELLS, MARK, 4))) == Result.OK
    assert sizes(world) == (0, 0)
    world.govern(set_instrument(1, status=c.InstrumentStatus.HALTED))
    assert code_of(world, world.block_op(ALICE, BOB, (1, SELLS, MARK, 4))) == Result.HALTED


def test_nothing_trades_at_a_stale_price() -> None:
    world = venue()
    world.now = world.underlying()["publish_time_ms"] + c.INDEX_STALE_MS
    assert code_of(world, world.block_op(ALICE, BOB, (1, BUYS, MARK, 4))) == Result.OK
    world.now += 1
    assert code_of(world, world.block_op(ALICE, BOB, (1, SELLS, MARK, 4))) == Result.STALE_PRICE


def test_each_side_agrees_to_its_own_fee() -> None:
    world = venue()
    ppm = world.instrument()["taker_fee_ppm"]
    for fees, code in (
        ((ppm - 1, ppm), Result.FEE_TOO_HIGH),
        ((ppm, ppm - 1), Result.FEE_TOO_HIGH),
        ((ppm, ppm), Result.OK),
    ):
        trade = world.block_op(ALICE, BOB, (1, BUYS, MARK, 4), max_fees=fees)
        assert code_of(world, trade) == code


@pytest.mark.parametrize("poor", [ALICE, BOB])
def test_both_answer_to_initial_margin_to_the_last_unit(poor: int) -> None:
    instrument = venue().instrument()
    value = MARK * 4 * TICK
    fee = -(-value * instrument["taker_fee_ppm"] // 10**6)
    for missing in (0, 1):
        world = venue()
        world.now = world.underlying()["publish_time_ms"]  # the buffer grows from then on
        collateral_to(world, poor, -(-value * INITIAL_PPM // 10**6) + fee - missing)
        code = code_of(world, world.block_op(ALICE, BOB, (1, BUYS, MARK, 4)))
        assert code == (Result.MARGIN_INSUFFICIENT if missing else Result.OK)


def test_a_sick_account_cannot_give_its_money_away() -> None:
    """Attack 53: at the band's edge to another account, alone or beside a leg that shrinks."""
    world = venue()
    assert code_of(world, world.block_op(ALICE, BOB, (1, BUYS, MARK, 100))) == Result.OK
    value = MARK * 100 * TICK
    collateral_to(world, ALICE, -value + value * 4 // 100)
    band = world.instrument()["price_band_ppm"] * MARK // 10**6
    for legs in (
        ((1, SELLS, MARK - band, 100),),
        ((1, SELLS, MARK - band, 50),),
        ((1, BUYS, MARK + band, 1),),
        ((1, BUYS, MARK - band, 1),),  # a present, but its position grows
    ):
        assert code_of(world, world.block_op(ALICE, BOB, *legs)) == Result.MARGIN_INSUFFICIENT
        mirrored = [(number, 1 - side, price, lots) for number, side, price, lots in legs]
        assert code_of(world, world.block_op(BOB, ALICE, *mirrored)) == Result.MARGIN_INSUFFICIENT
    assert code_of(world, world.block_op(ALICE, BOB, (1, SELLS, MARK, 50))) == Result.OK


def test_forced_by_its_owner_without_a_signature() -> None:
    world = venue()
    data = world.block_op(ALICE, BOB, (1, BUYS, MARK, 4))
    unsigned = op(9, data[3:-64])
    for sender, code in ((BOB, Result.BAD_SIGNATURE), (ALICE, Result.OK)):
        owner = world.account(sender).owner
        assert world.message(c.MessageKind.USER_OP, unsigned, owner) == bytes([code])
    assert sizes(world) == (4, -4)
    assert world.ops(unsigned) == bytes([Result.MALFORMED])


def test_weights_and_void_segments() -> None:
    world = venue()
    trade = world.block_op(ALICE, BOB, (1, BUYS, MARK, 4))
    used = world.dry_run(world.segment(trade))
    assert used.compute == (
        c.COMPUTE_OP
        + 2 * c.COMPUTE_SIGNATURE
        + c.COMPUTE_ACTION
        + 2 * c.COMPUTE_SETTLE
        + 4 * c.COMPUTE_MARGIN
        + 2 * c.COMPUTE_POSITION
    )
    short = world.dry_run(world.segment(trade, compute=used.compute - 1))
    assert short.is_void
    enough = world.dry_run(world.segment(trade, compute=used.compute, witness=used.witness))
    assert not enough.is_void


def test_eight_legs_in_options_stay_within_their_weights() -> None:
    """Sixteen options on each side: every leg and every position asks more than a perpetual's."""
    venue = OptionVenue(accounts=0)
    for number in range(1, 8):
        venue.list_pair(60_000 + 1_000 * number)
    for _ in range(2):
        venue.deposit(venue.register(), 10**13)
    venue.price(INDEX)
    assert venue.surface() == Result.OK
    for call in range(2, 17, 2):
        assert venue.reprice(call) == Result.OK

    def legs(first: int, side: int) -> list[Leg]:
        numbers = range(first, first + c.BLOCK_LEGS_MAX)
        return [(n, (n + side) % 2, max(1, venue.mark(n).price), 5) for n in numbers]

    for first in (2, 10):
        assert block(venue, 1, 2, *legs(first, 0)) == Result.OK
    venue.price(INDEX + 10**10)
    before = dict(read_records(venue.engine.snapshot()))
    assert block(venue, 1, 2, *legs(2, 1)) == Result.OK
    segment = venue.inputs[-1]
    asked = run_law(segment, before, lambda *_: 0)
    assert asked.results == b"\0"
    records = {key: before.get(key, b"") for key in asked.loaded}
    gas = run_prefilled(segment, records, asked.advice).gas
    assert gas <= min(OPTIONS_GAS, asked.compute)
