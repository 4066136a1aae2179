"""The law's Attest: quorums, times, terms, and what a lower tier ends (attestations.md)."""

from __future__ import annotations

import pytest

from strikeproof.client.wallet import Wallet
from strikeproof.wire.constants import (
    ATTESTED_MS_MAX,
    COMPUTE_OP,
    COMPUTE_SIGNATURE,
    MessageKind,
)
from strikeproof.wire.errors import Result
from strikeproof.wire.layout import ACCOUNT_GROUP
from strikeproof.wire.operations import frame_op
from tests.agreement.edges import field_of, with_field
from tests.attestation_ops import DAY_MS, attest, attesters, set_attesters
from tests.contracts.law_world import (
    ALICE,
    BOB,
    DOMAIN,
    GTC,
    IOC,
    MARK,
    REDUCE_ONLY,
    SELL,
    World,
    place,
    reporters,
    venue,
)

SEPARATOR = DOMAIN
ACCOUNT = 1 << 56
INSTRUMENT_1 = 4 << 56 | 1


def attested_venue() -> World:
    world = venue()
    world.govern(set_attesters())
    return world


def said(world: World, account: int, tier: int, *places: int, **terms: int) -> Result:
    time_ms = world.now - terms.pop("ago", 0)
    (code,) = world.ops(attest(SEPARATOR, account, tier, time_ms, *places, **terms))
    return Result(code)


def tier_of(world: World, account: int = ALICE) -> tuple[int, ...]:
    record = world.state[ACCOUNT | account]
    names = ("tier", "tier_expiry_ms", "attested_ms")
    return tuple(field_of(record, ACCOUNT_GROUP, name) for name in names)


def test_a_quorum_gives_a_tier_and_anything_less_does_not() -> None:
    world = venue()
    assert said(world, ALICE, 2) == Result.BELOW_QUORUM  # nobody attests yet
    world.govern(set_attesters())
    assert said(world, ALICE, 2, 1) == Result.BELOW_QUORUM
    for places in ((1, 1), (2, 1), (1, 3)):
        assert said(world, ALICE, 2, *places) == Result.BAD_ATTESTER
    for account in (0, 99, 2**32 - 1):
        assert said(world, account, 2) == Result.UNKNOWN_ACCOUNT
    strangers = [attesters()[0], Wallet.generate()]
    (code,) = world.ops(attest(SEPARATOR, ALICE, 2, world.now, 0, 1, by=strangers))
    assert code == Result.BAD_SIGNATURE
    assert tier_of(world) == (0, 0, 0)
    assert said(world, ALICE, 2, 0, 1, 2, term_ms=5_000) == Result.OK
    assert tier_of(world) == (2, world.now + 5_000, world.now)


@pytest.mark.parametrize(
    ("tier", "term_ms", "code"),
    [
        (1, 0, Result.MALFORMED),
        (1, 1, Result.OK),
        (255, ATTESTED_MS_MAX, Result.OK),
        (1, ATTESTED_MS_MAX + 1, Result.MALFORMED),
        (0, 0, Result.OK),
    ],
)
def test_a_term_is_bounded(tier: int, term_ms: int, code: Result) -> None:
    assert said(attested_venue(), ALICE, tier, term_ms=term_ms) == code


def test_what_is_no_attestation_is_malformed() -> None:
    world = attested_venue()
    none = attest(SEPARATOR, ALICE, 0, world.now)
    body = none[3:]
    for wrong in (
        b"",
        body[:17],
        body[:18],
        body[:-1],
        body + b"\0",
        body[:5] + (world.now + 1).to_bytes(6, "big") + body[11:],  # none, with an expiry
        body[:17] + b"\0",
        body[:17] + b"\x08" + body[-65:] * 8,
    ):
        assert world.ops(frame_op(type=none[0], body=wrong)) == bytes([Result.MALFORMED])
    assert world.ops(none) == b"\0"


def test_only_what_is_said_later_counts_and_nothing_ahead_of_now() -> None:
    world = attested_venue()
    kept = attest(SEPARATOR, ALICE, 2, world.now - DAY_MS)
    assert said(world, ALICE, 2, ago=-1) == Result.STALE_ATTESTATION
    assert world.ops(kept) == b"\0"
    assert world.ops(kept) == bytes([Result.STALE_ATTESTATION])
    assert said(world, ALICE, 0) == Result.OK
    assert world.ops(kept) == bytes([Result.STALE_ATTESTATION])
    assert said(world, ALICE, 3) == Result.STALE_ATTESTATION  # in the same millisecond
    world.now += 1
    assert said(world, ALICE, 3) == Result.OK


def test_through_l1_now_is_the_messages_time() -> None:
    world = attested_venue()
    op = attest(SEPARATOR, ALICE, 2, world.now)
    early = world.message(MessageKind.USER_OP, op, sender=77, time=world.now - 1)
    assert early == bytes([Result.STALE_ATTESTATION])
    assert world.message(MessageKind.USER_OP, op, sender=77) == b"\0"


def test_a_lower_tier_ends_orders_and_leaves_the_position_to_be_reduced() -> None:
    world = attested_venue()
    world.state[INSTRUMENT_1] = _with_tier(world.state[INSTRUMENT_1], 2)
    assert world.act(ALICE, place(1, GTC, MARK, 9)) == [Result.TIER_NEEDED]
    for account in (ALICE, BOB):
        assert said(world, account, 2) == Result.OK
    assert world.act(ALICE, place(1, GTC, MARK, 9)) == [Result.OK]
    assert world.act(BOB, place(1, IOC | SELL, MARK, 4)) == [Result.OK]
    epoch = world.account(ALICE).positions[1]["epoch"]
    world.now += 1
    assert said(world, ALICE, 2) == Result.OK
    assert world.account(ALICE).positions[1]["epoch"] == epoch  # the same tier ends nothing
    world.now += 1
    assert said(world, ALICE, 1) == Result.OK
    entry = world.account(ALICE).positions[1]
    assert (entry["epoch"], entry["size"], entry["buy_lots"]) == (epoch + 1, 4, 0)
    assert world.act(BOB, place(1, IOC | SELL, MARK, 4)) == [Result.IOC_REMAINDER]
    assert world.act(ALICE, place(1, IOC, MARK, 1)) == [Result.TIER_NEEDED]
    assert world.act(BOB, place(1, GTC, MARK - 5, 4)) == [Result.OK]
    assert world.act(ALICE, place(1, IOC | SELL | REDUCE_ONLY, MARK - 5, 4)) == [Result.OK]
    assert 1 not in world.account(ALICE).positions


def test_a_tier_is_not_lowered_where_no_epoch_is_left() -> None:
    world = attested_venue()
    assert said(world, ALICE, 2) == Result.OK
    world.act(ALICE, place(1, GTC, MARK - 9, 1))
    key = ACCOUNT | ALICE
    world.state[key] = with_field(world.state[key], ACCOUNT_GROUP, "epoch_counter", 2**48 - 1)
    world.now += 1
    assert said(world, ALICE, 1) == Result.FIELD_OVERFLOW
    assert tier_of(world)[0] == 2
    assert said(world, ALICE, 2) == Result.OK


def test_sets_of_reporters_and_attesters_do_not_touch_one_another() -> None:
    world = attested_venue()
    for count in (12, 1, 3):
        world.set_reporters(1, reporters(count))
        head = world.globals()
        assert (head["reporter_count"], head["signer_count"]) == (count, count + 3)
        world.now += 1
        assert said(world, ALICE, 2) == Result.OK
    epoch = world.globals()["reporter_epoch"]
    world.govern(set_attesters(quorum=1, of=attesters()[2:]))
    assert world.globals()["reporter_epoch"] == epoch
    world.set_price(50_000 / 10)  # reporters sign on
    world.now += 1
    assert said(world, ALICE, 1) == Result.BAD_ATTESTER
    assert world.ops(attest(SEPARATOR, ALICE, 1, world.now, 0, by=attesters()[2:])) == b"\0"
    world.govern(set_attesters(quorum=0))
    world.now += 1
    assert said(world, ALICE, 1) == Result.BELOW_QUORUM


@pytest.mark.parametrize(
    ("quorum", "count", "most"), [(4, 3, False), (1, 0, False), (1, 8, False), (0, 0, True)]
)
def test_a_set_that_cannot_be_is_malformed(quorum: int, count: int, most: bool) -> None:
    world = venue()
    wallets = sorted((Wallet.generate() for _ in range(count)), key=lambda each: each.address)
    payload = set_attesters(quorum, wallets)
    code = world.message(MessageKind.GOVERNANCE, payload)
    assert code == bytes([Result.OK if most else Result.MALFORMED])


def test_it_weighs_an_op_and_the_signatures_up_to_a_bad_one() -> None:
    world = attested_venue()
    three = world.dry_run(world.segment(attest(SEPARATOR, ALICE, 2, world.now, 0, 1, 2)))
    assert three.compute == COMPUTE_OP + 3 * COMPUTE_SIGNATURE
    bad = [Wallet.generate(), attesters()[1]]
    first = world.dry_run(world.segment(attest(SEPARATOR, ALICE, 2, world.now, 0, 1, by=bad)))
    assert first.compute == COMPUTE_OP + COMPUTE_SIGNATURE


def _with_tier(record: bytes, tier: int) -> bytes:
    changed = bytearray(record)
    changed[30] = tier
    return bytes(changed)
