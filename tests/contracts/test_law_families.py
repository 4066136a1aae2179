"""Families of segments, declarations, and segments that pass theirs (docs/protocol/segments.md,
docs/protocol/capacity.md; attacks 45 and 47)."""

from __future__ import annotations

import pytest

from strikeproof.bench.pure_evm import available_evms
from strikeproof.keccak import keccak256
from strikeproof.wire import constants as c
from strikeproof.wire.constants import (
    COMPUTE_OP,
    COMPUTE_WEIGHT_MAX,
    VOID_WEIGHT,
    WITNESS_WEIGHT_MAX,
    MessageKind,
    OpType,
    SegmentFamily,
)
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import (
    encode_bid_body,
    encode_deposit_payload,
    encode_forced_close,
    encode_message_input,
    encode_sweep,
    frame_message,
)
from tests.agreement import law_host
from tests.agreement.law_host import LawReverted, run_law, run_prefilled
from tests.attestation_ops import attest
from tests.contracts.law_ops import margin_mode_body
from tests.contracts.law_world import (
    ALICE,
    BOB,
    DOLLAR,
    DOMAIN,
    FOK,
    GTC,
    IOC,
    MARK,
    NEVER,
    SELL,
    World,
    be,
    cancel,
    cancel_all,
    digest,
    key,
    message_input,
    op,
    place,
    venue,
    words,
)
from tests.contracts.protection_ops import protection_op
from tests.contracts.trigger_ops import trigger_op
from tests.credit_ops import release_credit, say_credit

TRADE, KEEPER, UPKEEP, ACCOUNT, INBOX = SegmentFamily
ORDERED = [TRADE, KEEPER, UPKEEP, ACCOUNT]
FAMILY_OF = {
    OpType.BUNDLE: TRADE,
    OpType.WITHDRAW: ACCOUNT,
    OpType.SET_SESSION: ACCOUNT,
    OpType.INDEX_PRICE: UPKEEP,
    OpType.SWEEP: UPKEEP,
    OpType.FORCED_CLOSE: KEEPER,  # if it comes from the inbox
    OpType.SET_CANCEL_AT: ACCOUNT,
    OpType.SET_PROTECTION: ACCOUNT,
    OpType.BLOCK_TRADE: ACCOUNT,
    OpType.SET_GUARD: ACCOUNT,
    OpType.SET_TRIGGER: ACCOUNT,
    OpType.BID: ACCOUNT,
    OpType.SET_MARGIN_MODE: ACCOUNT,
    OpType.ATTEST: ACCOUNT,
    OpType.ATTEST_CREDIT: ACCOUNT,
    OpType.RELEASE_CREDIT: ACCOUNT,
    OpType.FIRE_TRIGGER: KEEPER,
    OpType.REVALUE: KEEPER,
    OpType.LIQUIDATE: KEEPER,
    OpType.UNWIND: KEEPER,
    OpType.FUNDING: UPKEEP,
    OpType.DELEVERAGE: UPKEEP,
    OpType.ANNOUNCE_ORPHAN: UPKEEP,
    OpType.SETTLE_ORPHAN: UPKEEP,
    OpType.SETTLE_POSITION: UPKEEP,
    OpType.SURFACE: UPKEEP,
    OpType.REPRICE: UPKEEP,
    OpType.EXPIRY_SAMPLE: UPKEEP,
    OpType.SETTLE_EXPIRY: UPKEEP,
}
RESULT_OF = {
    OpType.FORCED_CLOSE: Result.NO_POSITION,  # from the inbox alone
    OpType.SET_TRIGGER: Result.NO_POSITION,
    OpType.BID: Result.NO_AUCTION,
    OpType.ATTEST: Result.BELOW_QUORUM,
    OpType.ATTEST_CREDIT: Result.BELOW_QUORUM,
    OpType.RELEASE_CREDIT: Result.NO_CREDIT,
    OpType.REVALUE: Result.WRONG_MARGIN_MODE,
    OpType.FIRE_TRIGGER: Result.TRIGGER_NOT_FOUND,
    OpType.LIQUIDATE: Result.NO_POSITION,
    OpType.UNWIND: Result.HOUSE_FLAT,
    OpType.DELEVERAGE: Result.HOUSE_FLAT,
    OpType.ANNOUNCE_ORPHAN: Result.NOT_ORPHANED,
    OpType.SETTLE_ORPHAN: Result.NOT_ORPHANED,
    OpType.SETTLE_POSITION: Result.NOT_SETTLED,
    OpType.SURFACE: Result.UNKNOWN_EXPIRY,
    OpType.REPRICE: Result.WRONG_PRODUCT,
    OpType.EXPIRY_SAMPLE: Result.UNKNOWN_EXPIRY,
    OpType.SETTLE_EXPIRY: Result.UNKNOWN_EXPIRY,
}
"""What an op comes to in its own family, where it is not OK."""
GLOBAL_KEY = 0


def margin_mode_op(world: World) -> bytes:
    """Alice stays under standard margin."""
    body, hashed = margin_mode_body(ALICE, world.next_nonce(ALICE, 0), 0, NEVER)
    return op(7, body + world.owner_of(ALICE).sign(digest(hashed)))


def bid_op(world: World) -> bytes:
    """Bob is not being auctioned."""
    nonce = world.next_nonce(ALICE, 0)
    terms = {"seller": BOB, "auction_ms": 1, "fraction_ppm": 10_000, "discount_ppm": 0}
    body = encode_bid_body(account=ALICE, session=0, nonce=nonce, expiry_ms=NEVER, **terms)
    hashed = keccak256(words(c.BID_TYPEHASH, ALICE, 0, nonce, NEVER, *terms.values(), 0))
    return op(13, body + world.owner_of(ALICE).sign(digest(hashed)))


def right_ops(world: World) -> dict[OpType, bytes]:
    """An op of each type that its own family executes."""
    alice, instrument = be(ALICE, 4), b"\0\1"
    forced = encode_forced_close(
        account=ALICE, nonce=77, expiry_ms=2**48 - 1, instrument=1, lots=5, signature=bytes(64)
    )
    signed = keccak256(words(c.FORCED_CLOSE_TYPEHASH, ALICE, 77, 2**48 - 1, 1, 5))
    forced = forced[:-64] + key(1).sign(digest(signed))
    return {
        OpType.FORCED_CLOSE: forced,
        OpType.LIQUIDATE: op(32, alice + instrument),
        OpType.UNWIND: op(33, instrument),
        OpType.FUNDING: op(64, instrument),
        OpType.DELEVERAGE: op(65, instrument),
        OpType.ANNOUNCE_ORPHAN: op(66, instrument),
        OpType.SETTLE_ORPHAN: op(67, instrument),
        OpType.SETTLE_POSITION: op(68, alice + instrument),
        OpType.SURFACE: op(69, bytes(70) + b"\1\0" + be(10**9, 8) + bytes(64)),
        OpType.REPRICE: op(70, instrument),
        OpType.EXPIRY_SAMPLE: op(71, instrument),
        OpType.SETTLE_EXPIRY: op(72, instrument + b"\1\0" + be(1, 8) + bytes(64)),
        OpType.BUNDLE: world.bundle(ALICE, cancel_all()),
        OpType.WITHDRAW: world.withdraw_op(ALICE, 1),
        OpType.SET_SESSION: world.session_op(ALICE, 1, 5),
        OpType.SET_GUARD: world.guard_op(ALICE, 0, 5),
        OpType.SET_MARGIN_MODE: margin_mode_op(world),
        OpType.REVALUE: op(8, alice),
        OpType.SET_TRIGGER: trigger_op(world, ALICE, 1),
        OpType.BID: bid_op(world),
        OpType.ATTEST: attest(DOMAIN, ALICE, 1, world.now),
        OpType.ATTEST_CREDIT: say_credit(DOMAIN, ALICE, 0, world.now, 0, minutes=0),
        OpType.RELEASE_CREDIT: release_credit(ALICE),
        OpType.FIRE_TRIGGER: op(34, be(ALICE, 4) + instrument + b"\0"),
        OpType.SET_CANCEL_AT: world.cancel_at_op(ALICE, 5),
        OpType.SET_PROTECTION: protection_op(world, ALICE, 1, 5, 5, 5, 5, 5),
        OpType.BLOCK_TRADE: world.block_op(ALICE, BOB, (1, 0, MARK, 1)),
        OpType.INDEX_PRICE: world.price_op(5 * 10**12),
        OpType.SWEEP: encode_sweep(instrument=1, slots=[1]),
    }


# Which family executes what


@pytest.mark.parametrize("kind", OpType)
@pytest.mark.parametrize("family", ORDERED)
def test_op_runs_in_its_own_family_alone(family: int, kind: OpType) -> None:
    world = venue()
    world.now += 1
    data = right_ops(world)[kind]
    result = world.dry_run(world.segment(data, family=family))
    if family == FAMILY_OF[kind] and kind != OpType.FORCED_CLOSE:
        assert result.results[0] == RESULT_OF.get(kind, Result.OK)
        return
    assert result.results == bytes([Result.WRONG_FAMILY])
    assert result.compute == COMPUTE_OP
    assert result.loaded == (GLOBAL_KEY,)  # nothing of it is read


@pytest.mark.parametrize("family", ORDERED)
@pytest.mark.parametrize("kind", [0, 200, 255])
def test_op_of_no_family_is_unknown_in_each(family: int, kind: int) -> None:
    world = venue()
    result = world.dry_run(world.segment(op(kind, b"?"), family=family))
    assert result.results == bytes([Result.UNKNOWN_TYPE])
    assert result.loaded == (GLOBAL_KEY,)


@pytest.mark.parametrize("own", SegmentFamily)
@pytest.mark.parametrize("other", SegmentFamily)
def test_law_refuses_segments_and_messages_of_other_families(
    own: int, other: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message that is run by the wrong family's law, and an ordered segment that is."""
    world = venue()
    monkeypatch.setattr(law_host, "family_of_input", lambda _: own)
    message = frame_message(kind=3, sender=bytes(20), time_ms=world.now, payload=op(200, b""))
    given = encode_message_input(header_time_ms=world.now, message_family=other, messages=[message])
    if own == other:
        assert run_law(given, world.state, lambda *_: 0).results == bytes([Result.UNKNOWN_TYPE])
    else:
        with pytest.raises(LawReverted, match="UnknownFrame") as caught:
            run_law(given, world.state, lambda *_: 0)
        assert caught.value.arguments == (other,)
    if INBOX in (own, other):
        return
    segment = world.segment(b"", family=other)
    if own == other:
        assert run_law(segment, world.state, lambda *_: 0).results == b""
    else:
        with pytest.raises(LawReverted, match="UnknownFrame"):
            run_law(segment, world.state, lambda *_: 0)


@pytest.mark.parametrize("kind", OpType)
def test_forced_op_runs_in_its_family(kind: OpType) -> None:
    world = venue()
    world.now += 1
    code = world.message(MessageKind.USER_OP, right_ops(world)[kind])
    assert code[0] == RESULT_OF.get(kind, Result.OK)


@pytest.mark.parametrize("payload", [b"", b"\1", op(200, b"?"), op(1, b"")[:-1]])
def test_forced_op_without_a_known_type_is_of_trade(payload: bytes) -> None:
    world = venue()
    message = frame_message(kind=3, sender=bytes(20), time_ms=world.now, payload=payload)
    assert message_input(world.now, message)[7] == TRADE
    (code,) = world.message(MessageKind.USER_OP, payload)
    assert code == (Result.UNKNOWN_TYPE if len(payload) > 3 else Result.MALFORMED)


def test_messages_of_a_segment_are_judged_each_at_its_own_time() -> None:
    world = venue()
    start = world.now
    world.now += 1_000

    def deposit(account: int, time: int) -> bytes:
        payload = encode_deposit_payload(account=account, amount_micro_usd=DOLLAR)
        return frame_message(kind=2, sender=bytes(20), time_ms=time, payload=payload)

    messages = [deposit(ALICE, start + 5), deposit(99, start + 7), deposit(BOB, start + 6)]
    result = world.run(message_input(world.now, *messages))
    assert result.results == bytes([0, Result.UNKNOWN_ACCOUNT, 0])
    assert result.compute == 3 * COMPUTE_OP
    assert world.globals()["clock_ms"] == start + 7
    for account in (ALICE, BOB):
        assert world.account(account).collateral == 10_001 * DOLLAR


# Declarations


def fills(world: World) -> bytes:
    """Three ops: a fill, a fill-or-kill that fails, a resting order."""
    return b"".join(
        [
            world.bundle(BOB, place(1, IOC, MARK + 1, 5)),
            world.bundle(BOB, place(1, FOK, MARK + 1, 50)),
            world.bundle(BOB, place(1, GTC, MARK - 7, 5)),
        ]
    )


def book() -> World:
    world = venue()
    world.act(ALICE, place(1, GTC | SELL, MARK + 1, 20))
    return world


def test_segment_within_its_declaration_is_what_it_would_be_with_the_greatest() -> None:
    world = book()
    ops = fills(world)
    free = world.dry_run(world.segment(ops))
    bound = world.segment(ops, compute=free.compute, witness=free.witness)
    exact = world.dry_run(bound)
    assert (exact.results, exact.changed) == (free.results, free.changed)
    assert (exact.compute, exact.witness) == (free.compute, free.witness)
    assert not exact.is_void


@pytest.mark.parametrize("short", ["compute", "witness"])
@pytest.mark.parametrize("part", [1, 50, 99, 100])
def test_segment_beyond_its_declaration_changes_the_clock_alone(short: str, part: int) -> None:
    """A void segment, whatever of it fits: the pools, books and accounts are untouched."""
    world = book()
    ops = fills(world)
    free = world.dry_run(world.segment(ops))
    assert free.changed.keys() > {GLOBAL_KEY}
    used = {"compute": free.compute, "witness": free.witness}
    used[short] = used[short] * part // 100 - 1
    before = dict(world.state)
    clock = world.globals()["clock_ms"]
    world.now += 77
    result = world.run(world.segment(ops, **used))
    assert result.is_void
    assert result.results == b""
    assert (result.compute, result.witness) == (VOID_WEIGHT, VOID_WEIGHT)
    assert (result.touched, result.advice_used) == (1, 0)
    assert world.globals()["clock_ms"] == clock + 77
    assert result.changed.keys() == {GLOBAL_KEY}
    assert {k: v for k, v in world.state.items() if k} == {k: v for k, v in before.items() if k}
    moved = be(clock + 77, 6)
    assert world.state[GLOBAL_KEY] == before[GLOBAL_KEY][:1] + moved + before[GLOBAL_KEY][7:]


def test_void_segment_whose_clock_stands_changes_nothing() -> None:
    world = book()
    segment = world.segment(fills(world), compute=0)
    assert world.dry_run(segment).changed == {}


@pytest.mark.parametrize("family", ORDERED)
def test_empty_segment_weighs_its_global_record(family: int) -> None:
    world = venue()
    free = world.dry_run(world.segment(b"", family=family))
    assert (free.compute, free.is_void) == (0, False)
    weights = {"compute": 0, "witness": free.witness}
    assert not world.dry_run(world.segment(b"", family=family, **weights)).is_void
    weights["witness"] -= 1
    assert world.dry_run(world.segment(b"", family=family, **weights)).is_void


def test_room_does_not_depend_on_the_declaration() -> None:
    """Whatever is declared, an op does the same or the segment is void."""
    world = book()
    ops = world.bundle(BOB, *[place(1, GTC, MARK - 9 - at, 5) for at in range(8)])
    free = world.dry_run(world.segment(ops))
    assert free.results == bytes(9)  # although what it reserves is far above what it uses
    small = world.dry_run(world.segment(ops, compute=free.compute, witness=free.witness))
    assert small.results == bytes(9)


def test_weights_of_a_failed_fill_or_kill_stay() -> None:
    world = book()
    kill = world.bundle(BOB, place(1, FOK, MARK + 1, 50))
    empty = world.dry_run(world.segment(world.bundle(BOB, cancel_all())))
    result = world.dry_run(world.segment(kill))
    assert result.results == bytes([0, Result.FOK_UNFILLED])
    assert result.compute > empty.compute
    assert result.witness > empty.witness
    less = world.segment(kill, compute=result.compute - 1, witness=WITNESS_WEIGHT_MAX)
    assert world.dry_run(less).is_void


def test_void_segment_may_bring_less_and_more_than_all_its_ops_touch() -> None:
    """It needs what is touched up to the op that passes the declaration, on L1 too."""
    world = book()
    ops = fills(world)
    segment = world.segment(ops, compute=COMPUTE_OP)  # passed by the first op
    asked = world.dry_run(segment)
    assert asked.is_void
    records = {each: world.state.get(each, b"") for each in asked.loaded}
    whole = world.dry_run(world.segment(ops, compute=COMPUTE_WEIGHT_MAX))
    assert set(whole.loaded) > set(asked.loaded)
    answers = [
        run_prefilled(segment, records),
        run_prefilled(segment, {each: world.state.get(each, b"") for each in whole.loaded}, (7, 8)),
    ]
    for each in answers:
        assert each.is_void
        assert each.changed == asked.changed
    for missing in records:
        with pytest.raises(LawReverted, match="MissingRecord"):
            run_prefilled(segment, {k: v for k, v in records.items() if k != missing})


def test_what_lies_beyond_the_maxima_makes_no_segment_void() -> None:
    """Refused ops weigh something when the room is used up, and no more than the maxima can be
    declared: whoever declares them is never void, whoever declares a unit less is."""
    world = venue()
    world.engine = available_evms()[-1]
    missing = cancel(1, 1, 1)
    ops = [world.bundle(ALICE, *[missing] * 8) for _ in range(11)]
    ops += [world.bundle(ALICE, *[missing] * count) for count in (1, 1, 1)]
    signed = COMPUTE_OP + c.COMPUTE_SIGNATURE
    used = 12 * signed + (11 * 8 + 1) * c.COMPUTE_ACTION + 2 * COMPUTE_OP
    assert used - COMPUTE_OP <= COMPUTE_WEIGHT_MAX < used
    free = world.dry_run(world.segment(b"".join(ops)))
    assert not free.is_void
    assert free.compute == used
    assert free.results[-2:] == bytes([Result.SEGMENT_FULL] * 2)
    for witness, is_void in ((free.witness, False), (free.witness - 1, True)):
        segment = world.segment(b"".join(ops), compute=COMPUTE_WEIGHT_MAX, witness=witness)
        assert world.dry_run(segment).is_void == is_void
    less = world.segment(b"".join(ops), compute=COMPUTE_WEIGHT_MAX - 1)
    assert world.dry_run(less).is_void
    # Up to the maximum the declaration counts, to the unit.
    last = world.segment(b"".join(ops[:-1]), compute=used - COMPUTE_OP)
    assert not world.dry_run(last).is_void
    last = world.segment(b"".join(ops[:-1]), compute=used - COMPUTE_OP - 1)
    assert world.dry_run(last).is_void


def test_messages_are_never_void() -> None:
    """They declare nothing: eight forced ops of full weight are executed."""
    world = venue()
    first = world.bundle(ALICE, place(1, GTC, MARK - 9, 5))
    data = frame_message(kind=3, sender=be(key(1).address, 20), time_ms=world.now, payload=first)
    result = world.dry_run(message_input(world.now, data))
    assert not result.is_void
    assert result.results == bytes(2)
