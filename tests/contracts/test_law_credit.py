"""The law's credit: whose money it is, what it opens, who bears the loss (credit.md)."""

from __future__ import annotations

import pytest

from strikeproof.client.wallet import Wallet
from strikeproof.wire.constants import (
    COMPUTE_MARGIN,
    COMPUTE_OP,
    COMPUTE_SIGNATURE,
    MINUTE_MS,
    MONEY_MAX,
    MessageKind,
    OpType,
)
from strikeproof.wire.errors import Result
from strikeproof.wire.layout import ACCOUNT_GROUP
from strikeproof.wire.operations import frame_op
from tests.agreement.edges import field_of, with_field
from tests.attestation_ops import attest, attesters, set_attesters
from tests.contracts.housed_world import (
    SETTLE_ORPHAN,
    UNIT,
    orphaned,
    set_globals,
    settle_position,
)
from tests.contracts.law_world import (
    ALICE,
    BOB,
    CAROL,
    DOLLAR,
    DOMAIN,
    GTC,
    IOC,
    MARK,
    SELL,
    World,
    key,
    place,
    venue,
)
from tests.contracts.levered_world import LIQUIDATE, health, levered
from tests.credit_ops import DAY_MINUTES, DAY_MS, release_credit, revoke_credit, say_credit

ACCOUNT = 1 << 56
LIMIT = 1_000 * DOLLAR
GUARANTOR = BOB
VALUE = 5 * DOLLAR  # of a lot of instrument 1; a tenth opens it


def wallet_of(account: int) -> Wallet:
    return Wallet(key(account).secret.secret)


def credited_venue() -> World:
    world = venue()
    world.govern(set_attesters())
    return world


def said(world: World, limit: int = LIMIT, guarantor: int = GUARANTOR, **terms: int) -> Result:
    time_ms = world.now - terms.pop("ago", 0)
    op = say_credit(DOMAIN, ALICE, limit, time_ms, guarantor, wallet_of(guarantor), **terms)
    return run(world, op)


def run(world: World, op: bytes) -> Result:
    """Run an op alone; no money may come or go."""
    before = world.custody()
    (code,) = world.ops(op)
    assert world.custody() == before
    return Result(code)


def credit_of(world: World, account: int = ALICE) -> tuple[int, ...]:
    record = world.state[ACCOUNT | account]
    names = ("credit_limit", "guarantor", "credited_ms", "credit_minutes")
    return tuple(field_of(record, ACCOUNT_GROUP, name) for name in names)


def set_fields(world: World, account: int, **fields: int) -> None:
    key_ = ACCOUNT | account
    for name, value in fields.items():
        world.state[key_] = with_field(world.state[key_], ACCOUNT_GROUP, name, value)


def collateral(world: World, account: int) -> int:
    return world.account(account).collateral


def test_a_grant_moves_the_guarantors_money_and_a_release_moves_it_back() -> None:
    world = credited_venue()
    assert said(world) == Result.OK
    assert credit_of(world) == (LIMIT, GUARANTOR, world.now, 2 * DAY_MINUTES)
    assert world.globals()["credit"] == LIMIT
    assert collateral(world, GUARANTOR) == 9_000 * DOLLAR
    assert collateral(world, ALICE) == 10_000 * DOLLAR
    world.now += 1
    assert said(world, LIMIT + 7, minutes=1) == Result.OK
    assert collateral(world, GUARANTOR) == 9_000 * DOLLAR - 7
    world.now += MINUTE_MS - 1
    assert run(world, release_credit(ALICE)) == Result.CREDIT_STANDS
    world.now += 1
    assert run(world, release_credit(ALICE)) == Result.OK
    assert collateral(world, GUARANTOR) == 10_000 * DOLLAR
    assert (credit_of(world)[0], world.globals()["credit"]) == (0, 0)
    assert run(world, release_credit(ALICE)) == Result.NO_CREDIT


def test_what_attesters_and_the_guarantor_must_sign() -> None:
    world = venue()
    assert said(world) == Result.BELOW_QUORUM
    world.govern(set_attesters())
    assert said(world, places=(1,)) == Result.BELOW_QUORUM
    for places in ((1, 1), (2, 1), (1, 3)):
        assert said(world, places=places) == Result.BAD_ATTESTER
    owner, stranger = wallet_of(GUARANTOR), Wallet.generate()

    def consented(*consents: Wallet, by: tuple[Wallet, ...] = ()) -> Result:
        op = say_credit(DOMAIN, ALICE, LIMIT, world.now, GUARANTOR, *consents, by=by)
        return run(world, op)

    assert consented(owner, by=(attesters()[0], stranger)) == Result.BAD_SIGNATURE
    assert consented(stranger) == Result.BAD_SIGNATURE
    assert consented(owner, owner) == Result.BAD_SIGNATURE
    assert consented(owner, owner, owner) == consented() == Result.MALFORMED
    set_fields(world, GUARANTOR, guard_key=int.from_bytes(stranger.address, "big"))
    assert consented(owner) == Result.GUARD_NEEDED
    assert consented(owner, owner) == consented(stranger, owner) == Result.BAD_SIGNATURE
    assert credit_of(world) == (0, 0, 0, 0)
    assert consented(owner, stranger) == Result.OK


def test_fields_that_contradict_one_another_are_malformed() -> None:
    world = credited_venue()
    now, owner = world.now, wallet_of(GUARANTOR)
    good = say_credit(DOMAIN, ALICE, LIMIT, now, GUARANTOR, owner)
    body = good[3:]
    for wrong in (
        say_credit(DOMAIN, ALICE, 0, now, GUARANTOR, minutes=0),
        say_credit(DOMAIN, ALICE, 0, now, 0, minutes=1),
        say_credit(DOMAIN, ALICE, 0, now, 0, owner, minutes=0),
        say_credit(DOMAIN, ALICE, LIMIT, now, GUARANTOR, owner, minutes=0),
        say_credit(DOMAIN, ALICE, LIMIT, now, ALICE, wallet_of(ALICE)),
        *(
            frame_op(type=good[0], body=each)
            for each in (
                b"",
                body[:24],
                body[:25],
                body[:-1],
                body + b"\0",
                body[:24] + b"\0" + body[-64:],
                body[:24] + b"\x08" + body[25:90] * 8 + body[-64:],
            )
        ),
        frame_op(type=OpType.RELEASE_CREDIT, body=b"\0\0\1"),
        frame_op(type=OpType.RELEASE_CREDIT, body=b"\0\0\0\0\1"),
    ):
        assert run(world, wrong) == Result.MALFORMED
    for account, guarantor in ((0, BOB), (99, BOB), (ALICE, 99), (ALICE, 0)):
        op = say_credit(DOMAIN, account, LIMIT, now, guarantor, owner)
        assert run(world, op) == Result.UNKNOWN_ACCOUNT
    for account in (0, 99, 2**32 - 1):
        assert run(world, release_credit(account)) == Result.UNKNOWN_ACCOUNT


def test_only_what_is_said_later_counts_and_nothing_that_is_over_or_ahead() -> None:
    world = credited_venue()
    kept = say_credit(DOMAIN, ALICE, LIMIT, world.now, GUARANTOR, wallet_of(GUARANTOR))
    assert said(world, ago=-1) == Result.STALE_ATTESTATION
    assert said(world, ago=DAY_MS, minutes=DAY_MINUTES) == Result.STALE_ATTESTATION
    assert run(world, attest(DOMAIN, ALICE, 2, world.now)) == Result.OK  # has its own time
    assert run(world, kept) == Result.OK
    assert run(world, kept) == Result.STALE_ATTESTATION
    world.now += 1
    assert said(world, LIMIT - 1) == said(world, guarantor=CAROL) == Result.CREDIT_STANDS
    assert run(world, revoke_credit(DOMAIN, ALICE, world.now)) == Result.OK
    assert credit_of(world) == (LIMIT, GUARANTOR, world.now, 0)
    assert run(world, kept) == Result.STALE_ATTESTATION
    assert run(world, release_credit(ALICE)) == Result.OK
    world.now += 1
    assert said(world, LIMIT - 1, guarantor=CAROL) == Result.OK


def test_through_l1_now_is_the_messages_time() -> None:
    world = credited_venue()
    op = say_credit(DOMAIN, ALICE, LIMIT, world.now, GUARANTOR, wallet_of(GUARANTOR))
    early = world.message(MessageKind.USER_OP, op, sender=77, time=world.now - 1)
    assert early == bytes([Result.STALE_ATTESTATION])
    assert world.message(MessageKind.USER_OP, op, sender=77) == b"\0"
    release = release_credit(ALICE)
    late = world.message(MessageKind.USER_OP, release, sender=77)
    assert late == bytes([Result.CREDIT_STANDS])


def test_a_guarantor_gives_what_its_own_margin_leaves_without_credit_of_its_own() -> None:
    world = credited_venue()
    assert said(world, 10_000 * DOLLAR + 1) == Result.INSUFFICIENT_COLLATERAL
    op = say_credit(DOMAIN, GUARANTOR, LIMIT, world.now, CAROL, wallet_of(CAROL))
    assert run(world, op) == Result.OK
    assert world.act(CAROL, place(1, GTC | SELL, MARK, 100)) == [Result.OK]
    assert world.act(GUARANTOR, place(1, IOC, MARK, 100)) == [Result.OK]
    free = collateral(world, GUARANTOR) + 90 * VALUE  # less a tenth of what it holds
    assert said(world, free + 1) == Result.INSUFFICIENT_COLLATERAL
    assert credit_of(world)[0] == 0
    assert said(world, free) == Result.OK


@pytest.mark.parametrize(
    ("left_ms", "credit"),
    [
        (DAY_MS + 1, 50 * DOLLAR),
        (DAY_MS, 50 * DOLLAR),
        (DAY_MS - 1, 50 * DOLLAR - 1),
        (DAY_MS // 2, 25 * DOLLAR),
        (2, 1),
        (1, 0),
        (0, 0),
        (-1, 0),
    ],
)
def test_credit_at_the_clock_to_the_last_micro_usd(left_ms: int, credit: int) -> None:
    """A hundred lots open with 50 USD, and the account has what credit leaves of that."""
    minutes = 10 * DAY_MINUTES
    for spare, code in ((0, Result.OK), (-1, Result.MARGIN_INSUFFICIENT)):
        world = credited_venue()
        set_fields(
            world,
            ALICE,
            credit_limit=50 * DOLLAR,
            guarantor=BOB,
            credited_ms=world.now + left_ms - minutes * MINUTE_MS,
            credit_minutes=minutes,
            collateral=50 * DOLLAR - credit + spare,
        )
        assert world.act(ALICE, place(1, GTC, MARK, 100)) == [code]


def test_the_requirement_falls_to_nothing_and_no_further() -> None:
    world = credited_venue()
    assert said(world) == Result.OK
    set_fields(world, ALICE, collateral=0)
    assert world.act(ALICE, place(1, GTC, MARK, 100)) == [Result.OK]
    set_fields(world, ALICE, collateral=-1)
    assert world.act(ALICE, place(1, GTC, MARK, 1)) == [Result.MARGIN_INSUFFICIENT]


def test_a_taker_uses_credit_and_a_maker_does_not() -> None:
    world = credited_venue()
    assert said(world) == Result.OK
    set_fields(world, ALICE, collateral=DOLLAR)
    assert world.act(ALICE, place(1, GTC, MARK, 100)) == [Result.OK]
    assert world.act(CAROL, place(1, IOC | SELL, MARK, 100)) == [Result.IOC_REMAINDER]
    assert world.act(CAROL, place(1, GTC | SELL, MARK, 100)) == [Result.OK]
    assert world.act(ALICE, place(1, IOC, MARK, 100)) == [Result.OK]
    assert run(world, LIQUIDATE) != Result.NOT_LIQUIDATABLE


def test_nothing_is_taken_out_on_credit() -> None:
    world = credited_venue()
    assert said(world) == Result.OK
    set_fields(world, ALICE, collateral=60 * DOLLAR)
    assert world.act(ALICE, place(1, GTC, MARK, 100)) == [Result.OK]
    assert world.ops(world.withdraw_op(ALICE, 10 * DOLLAR + 1)) == bytes(
        [Result.INSUFFICIENT_COLLATERAL]
    )
    assert world.ops(world.withdraw_op(ALICE, 10 * DOLLAR)) == b"\0"


def test_a_release_asks_for_maintenance_to_the_last_micro_usd() -> None:
    for spare, code in ((-1, Result.MARGIN_INSUFFICIENT), (0, Result.OK)):
        world = levered(25 * DOLLAR + spare)  # a twentieth of 100 lots
        credit_on(world, LIMIT)
        assert run(world, release_credit(ALICE)) == code


def test_money_that_finds_no_room_stays() -> None:
    for room, code in ((LIMIT - 1, Result.FIELD_OVERFLOW), (LIMIT, Result.OK)):
        world = credited_venue()
        credit_on(world, LIMIT)
        set_fields(world, BOB, collateral=MONEY_MAX - room)
        assert run(world, release_credit(ALICE)) == code


def credit_on(world: World, limit: int) -> None:
    """Credit that has ended already, and whose money stands."""
    set_fields(world, ALICE, credit_limit=limit, guarantor=BOB, credited_ms=1)
    set_globals(world, credit=limit)


@pytest.mark.parametrize("long", [True, False])
@pytest.mark.parametrize("limit", [LIMIT, 40 * DOLLAR, 0])
def test_what_an_account_owes_is_first_its_guarantors(limit: int, long: bool) -> None:
    owed = 70 * DOLLAR
    world = levered(-owed, long=long)
    credit_on(world, limit)
    house = world.instrument()["effective_cash"]
    run(world, LIQUIDATE)
    paid = min(limit, owed)
    head = world.globals()
    assert (head["credit"], head["credit_losses"]) == (limit - paid, paid)
    assert credit_of(world)[0] == limit - paid
    assert health(world) == (0, 0)
    side = 1 if long else -1
    price = side * 100 * VALUE + owed - paid  # what is beyond the limit, the house pays too much
    assert world.instrument()["effective_cash"] == house - price


def test_what_is_owed_without_positions_is_paid_first_too() -> None:
    for limit in (3 * DOLLAR, 9 * DOLLAR):
        world, debt = orphaned(), 7 * DOLLAR
        worth = world.account(ALICE).positions[1]["size"] * UNIT
        set_fields(world, ALICE, collateral=-worth - debt)
        credit_on(world, limit)
        run(world, SETTLE_ORPHAN)
        assert run(world, settle_position(ALICE)) == Result.OK
        paid, head = min(limit, debt), world.globals()
        assert (head["credit"], head["credit_losses"]) == (limit - paid, paid)
        assert (head["bad_debt"], collateral(world, ALICE)) == (debt - paid, 0)


def test_it_weighs_its_signatures_and_a_margin_test() -> None:
    world = credited_venue()
    op = say_credit(DOMAIN, ALICE, LIMIT, world.now, GUARANTOR, wallet_of(GUARANTOR))
    weight = world.dry_run(world.segment(op)).compute
    assert weight == COMPUTE_OP + 3 * COMPUTE_SIGNATURE + 2 * COMPUTE_MARGIN
    assert run(world, op) == Result.OK
    world.now += 1
    revoke = revoke_credit(DOMAIN, ALICE, world.now)
    assert world.dry_run(world.segment(revoke)).compute == COMPUTE_OP + 2 * COMPUTE_SIGNATURE
    assert run(world, revoke) == Result.OK
    release = world.dry_run(world.segment(release_credit(ALICE)))
    assert release.compute == COMPUTE_OP + 2 * COMPUTE_MARGIN
