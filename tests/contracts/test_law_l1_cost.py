"""What L1 takes for an op's bytes, on the law alone: reports, the fee, who pays (l1-cost.md)."""

from __future__ import annotations

from strikeproof.ordered_form import ordered_op
from strikeproof.wire import constants as c
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import encode_l1_report_payload, encode_set_eth
from tests.contracts.law_world import (
    ALICE,
    BUY,
    DOLLAR,
    GTC,
    MARK,
    NEVER,
    World,
    bundle_body,
    digest,
    key,
    op,
    place,
    set_account,
    venue,
)

GWEI = 10**9
ETHER = 2
"""The underlying whose index is the price of ether."""
BYTES = 98  # of the bundle below in its segment
FEE_OF_BYTE = 2_400  # 40 × 20 gwei × 3,000 USD
FEE = BYTES * FEE_OF_BYTE  # no multiple of 1,000: so are its neighbours, and all have eight bytes


def report(world: World, base_fee_wei: int, blob_base_fee_wei: int = 1) -> Result:
    payload = encode_l1_report_payload(
        base_fee_wei=base_fee_wei, blob_base_fee_wei=blob_base_fee_wei
    )
    (found,) = world.message(c.MessageKind.L1_REPORT, payload)
    return Result(found)


def charging(dollars: float = 3_000) -> World:
    """Return a venue that charges, at 20 gwei."""
    world = venue()
    world.govern(encode_set_eth(underlying=ETHER))
    world.set_price(dollars, ETHER)
    assert report(world, 20 * GWEI) == Result.OK
    return world


def bundle(world: World, account: int, max_l1_fee: int, lots: int = 1) -> bytes:
    action = place(1, GTC | BUY, MARK - 10, lots)
    nonce = world.next_nonce(account, 0)
    body, hashed = bundle_body(account, 0, nonce, [action], NEVER, 50_000, max_l1_fee)
    return op(1, body + world.owner_of(account).sign(digest(hashed)))


def admission(world: World, data: bytes) -> Result:
    return Result(world.ops(data)[0])


def money(world: World, account: int = ALICE) -> tuple[int, int]:
    """Return the account's collateral and the fee pool."""
    return world.account(account).collateral, world.globals()["fee_pool"]


def test_what_an_ops_bytes_in_the_segment_cost_moves_to_the_fee_pool() -> None:
    world = charging()
    data = bundle(world, ALICE, FEE)
    assert len(ordered_op(data)) == BYTES
    assert world.ops(data) == b"\0\0"
    assert money(world) == (10_000 * DOLLAR - FEE, FEE)


def test_a_fee_above_the_signed_maximum_refuses_the_op_and_costs_nothing() -> None:
    world = charging()
    assert admission(world, bundle(world, ALICE, FEE - 1)) == Result.L1_FEE_TOO_HIGH
    assert money(world) == (10_000 * DOLLAR, 0)


def test_a_fraction_of_a_micro_dollar_counts_as_a_whole_one() -> None:
    """At 3,000.000000001 USD it is 235,200.0000784."""
    world = charging(3_000.000000001)
    assert admission(world, bundle(world, ALICE, FEE)) == Result.L1_FEE_TOO_HIGH
    assert admission(world, bundle(world, ALICE, FEE + 1)) == Result.OK
    assert money(world) == (10_000 * DOLLAR - FEE - 1, FEE + 1)


def test_an_op_whose_action_fails_has_cost_its_bytes() -> None:
    world = charging()
    fee = FEE + 2 * FEE_OF_BYTE  # three bytes of lots
    results = world.ops(bundle(world, ALICE, fee + 1, lots=10**6))  # 5 million USD
    assert results == bytes([Result.OK, Result.MARGIN_INSUFFICIENT])
    assert money(world) == (10_000 * DOLLAR - fee, fee)


def test_nothing_is_charged_before_the_first_report_or_without_a_price_of_ether() -> None:
    world = venue()
    assert report(world, 20 * GWEI) == Result.OK
    assert admission(world, bundle(world, ALICE, 0)) == Result.OK
    world = venue()
    world.govern(encode_set_eth(underlying=ETHER))
    assert admission(world, bundle(world, ALICE, 0)) == Result.OK
    assert money(world) == (10_000 * DOLLAR, 0)


def test_the_fee_goes_on_with_an_old_price_of_ether() -> None:
    world = charging()
    world.now += 24 * 3_600_000
    assert admission(world, bundle(world, ALICE, FEE - 1)) == Result.L1_FEE_TOO_HIGH
    assert admission(world, bundle(world, ALICE, FEE)) == Result.OK


def test_what_comes_through_the_inbox_costs_nothing_here() -> None:
    world = charging()
    data = world.withdraw_op(ALICE, DOLLAR)[:-64]
    unsigned = data[:1] + (len(data) - 3).to_bytes(2) + data[3:]
    sender = key(ALICE).address
    assert world.message(c.MessageKind.USER_OP, unsigned, sender=sender) == b"\0"
    assert money(world) == (9_999 * DOLLAR, 0)


def test_whoever_holds_nothing_pays_from_what_is_there_or_is_refused() -> None:
    world = charging()
    poor = world.register(9)
    assert world.deposit(poor, FEE - 1) == b"\0"
    data = bundle(world, poor, FEE)
    assert admission(world, data) == Result.INSUFFICIENT_COLLATERAL
    assert world.deposit(poor, 1) == b"\0"
    assert admission(world, data) == Result.OK  # the same op: its nonce was not used
    assert money(world, poor) == (0, FEE)


def test_whoever_holds_a_position_is_charged_below_zero() -> None:
    world = charging()
    assert admission(world, bundle(world, ALICE, FEE)) == Result.OK
    seller = place(1, GTC | 1, MARK - 10, 1)
    body, hashed = bundle_body(2, 0, world.next_nonce(2, 0), [seller], NEVER, 50_000, DOLLAR)
    assert world.ops(op(1, body + key(2).sign(digest(hashed)))) == b"\0\0"
    assert world.account(ALICE).positions[1]["size"] == 1
    set_account(world, ALICE, 32, 0, 16)
    assert admission(world, bundle(world, ALICE, FEE)) == Result.OK
    assert world.account(ALICE).collateral == -FEE


def averages(world: World) -> tuple[int, int]:
    found = world.globals()
    return found["l1_gas_price"], found["l1_blob_price"]


def test_the_first_report_is_the_average_and_later_ones_move_it_by_an_eighth() -> None:
    world = venue()
    assert report(world, 20 * GWEI, 8) == Result.OK
    assert averages(world) == (20 * GWEI, 8)
    world.now += 60_000
    assert report(world, 28 * GWEI, 0) == Result.OK
    assert averages(world) == (21 * GWEI, 7)
    world.now += 60_000
    assert report(world, 21 * GWEI - 1, 7 + 7) == Result.OK
    assert averages(world) == (21 * GWEI - 1, 7)  # -1/8 and 7/8, both rounded down


def test_reports_count_a_minute_apart() -> None:
    world = venue()
    assert report(world, GWEI) == Result.OK
    world.now += 59_999
    assert report(world, GWEI) == Result.TOO_SOON
    world.now += 1
    assert report(world, GWEI) == Result.OK


def test_a_price_above_the_maximum_is_malformed() -> None:
    world = venue()
    assert report(world, 2**63 + 1) == Result.MALFORMED
    assert report(world, 1, 2**63 + 1) == Result.MALFORMED
    assert report(world, 2**63, 2**63) == Result.OK
