"""Segments: what is ordered, what they weigh, what they return; snapshots and proofs."""

import pytest

from strikeproof.keccak import keccak256
from strikeproof.sequencer.core.engine import BadSnapshot, Engine
from strikeproof.sequencer.core.family import message_input, ordered_input
from strikeproof.sequencer.core.op_preparation import prepare, read_ordered_op
from strikeproof.sequencer.core.record_key import account_key, order_key, session_key
from strikeproof.sequencer.core.rules.segment_charge import Weights, declaration
from strikeproof.sequencer.core.rules.sibling_bound import sibling_bound
from strikeproof.wire.constants import (
    BATCH_SPAN_MS,
    COMPUTE_ACTION,
    COMPUTE_MARGIN,
    COMPUTE_OP,
    COMPUTE_POSITION,
    COMPUTE_SIGNATURE,
    SEGMENT_BYTES_MAX,
    SEGMENT_OPS_MAX,
    VOID_WEIGHT,
    MessageKind,
    OpType,
    SegmentFamily,
    TimeInForce,
)
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import (
    SEGMENT_HEAD_BYTES,
    encode_cancel_all,
    encode_deposit_payload,
    encode_index_price,
    encode_place,
    encode_replace,
    encode_report,
    encode_sweep,
    frame_message,
    frame_op,
)
from tests.ordered_bytes import ordered
from tests.unit.core.scripted_venue import DOMAIN, START, ScriptedVenue, segment_of
from tests.unit.core.test_forest import verify

CANCEL = encode_cancel_all()


def unsigned_report(reporter: int) -> bytes:
    return encode_report(reporter=reporter, price_nano_usd=5, signature=bytes(64))


def test_genesis_is_the_global_record_alone():
    engine = Engine.genesis(DOMAIN)
    record = engine.record(0)
    assert record[:32] == bytes.fromhex("01") + bytes(6) + bytes.fromhex(
        "00000001 0001 0001 0001"
    ) + bytes(15)
    assert record[32:] == bytes(32 * 7) + DOMAIN
    leaf = keccak256(b"\0" + bytes(8) + record)
    assert engine.state_root() == keccak256(b"\2" + leaf + bytes(15 * 32))


def test_refused_ops_leave_no_trace():
    venue = ScriptedVenue(accounts=2)
    good = [venue.bundle_op(account, CANCEL) for account in (1, 2)]
    bad = [
        venue.bundle_op(9, CANCEL),
        venue.bundle_op(1, CANCEL, session=1),
        venue.bundle_op(1, CANCEL, nonce=0, key=2),
        venue.bundle_op(2, CANCEL, expiry=1),
        frame_op(type=OpType.BUNDLE, body=b"garbage"),
        frame_op(type=77, body=b""),
        encode_sweep(instrument=1, slots=[1]),
        encode_index_price(underlying=1, publish_time_ms=5, reports=[unsigned_report(0)]),
    ]
    one, other = venue.engine, Engine.restore(venue.engine.snapshot())
    one.begin_segment(SegmentFamily.TRADE, venue.now)
    other.begin_segment(SegmentFamily.TRADE, venue.now)
    for place, data in enumerate([*bad, good[0], *bad, good[1], *bad]):
        outcome = one.apply(prepare(data, DOMAIN, one.reporter_epoch))
        assert outcome.is_ordered == (data in good), (place, outcome)
        assert (outcome.code == Result.OK) == outcome.is_ordered
    for data in good:
        other.apply(prepare(data, DOMAIN))
    assert one.segment_op_count == 2
    assert one.segment_bytes == other.segment_bytes
    results = one.end_segment(), other.end_segment()
    assert results[0].touched == results[1].touched
    assert results[0].witness_weight == results[1].witness_weight
    assert results[0].compute_weight == results[1].compute_weight
    assert results[0].root == results[1].root


def test_live_segment_is_what_the_law_would_execute():
    venue = ScriptedVenue(accounts=3)
    other = Engine.restore(venue.engine.snapshot())
    ops = [
        venue.bundle_op(
            1,
            encode_place(instrument=1, flags=1, price=300_000, lots=5),
            encode_place(instrument=1, flags=1, price=300_001, lots=5),
        ),
        venue.bundle_op(2, encode_place(instrument=1, flags=0, price=300_001, lots=7)),
        venue.bundle_op(3, encode_place(instrument=1, flags=0, price=299_000, lots=7)),
    ]
    outcomes = venue.segment(*ops)
    result = other.execute_segment(venue.inputs[-1])
    assert result.results == b"".join(outcome.results for outcome in outcomes)
    assert result.changed == venue.last.changed
    assert result.touched == venue.last.touched
    assert result.advice == venue.last.advice == (1,)
    assert result.root == venue.last.root == venue.engine.state_root()


def test_header_time_does_not_matter_within_its_rules():
    venue = ScriptedVenue(accounts=1)
    snapshot = venue.engine.snapshot()
    time = venue.now + 5_000
    segment = segment_of(time, venue.bundle_op(1, CANCEL))
    results = [
        Engine.restore(snapshot).execute_segment(ordered_input(segment, header))
        for header in (time, time + 1, time + BATCH_SPAN_MS)
    ]
    live = Engine.restore(snapshot)
    live.begin_segment(SegmentFamily.TRADE, time)
    live.apply(read_ordered_op(segment[SEGMENT_HEAD_BYTES:]))
    assert {result.root for result in results} == {live.end_segment().root}


@pytest.mark.parametrize(
    ("time", "header", "clock"),
    [
        (START + 500_000, START + 400_000, START + 400_000),  # not ahead of the header
        (START + 500_000, START + 560_000, START + 500_000),
        (START + 500_000, START + 560_001, START + 500_001),  # nor a span behind it
        (0, START + 500_000, START + 440_000),
        (START - 500_000, START - 500_000, START + 500),  # never backwards
        (0, 5, START + 500),
    ],
)
def test_clock_is_clamped(time, header, clock):
    venue = ScriptedVenue()
    assert venue.now == START + 500
    result = venue.engine.execute_segment(ordered_input(segment_of(time), header))
    assert result.clock_ms == clock
    assert result.results == b""
    assert [key for key, _ in result.changed] == ([0] if clock != START + 500 else [])
    assert result.touched == (0,)


def test_garbage_after_the_last_whole_op_is_ignored():
    """Attack 13."""
    venue = ScriptedVenue(accounts=1)
    op = ordered(venue.bundle_op(1, CANCEL))
    snapshot = venue.engine.snapshot()
    head = segment_of(venue.now)
    clean = Engine.restore(snapshot).execute_segment(ordered_input(head + op, venue.now))
    for tail in (b"\1", b"\1\1", b"\1\x80", b"\1\x80\1", b"\1\xff\xff" + bytes(50), op[:-1]):
        data = ordered_input(head + op + tail, venue.now)
        result = Engine.restore(snapshot).execute_segment(data)
        assert (result.root, result.results) == (clean.root, clean.results)
        assert result.compute_weight == clean.compute_weight


def test_seventeenth_op_is_ignored_by_the_law_and_refused_live():
    venue = ScriptedVenue(accounts=1)
    ops = [frame_op(type=100, body=b"")] * (SEGMENT_OPS_MAX + 1)
    data = ordered_input(segment_of(venue.now, *ops), venue.now)
    result = venue.engine.execute_segment(data)
    assert result.results == bytes((Result.UNKNOWN_TYPE,)) * SEGMENT_OPS_MAX
    venue.engine.begin_segment(SegmentFamily.TRADE, venue.now)
    for _ in range(SEGMENT_OPS_MAX):
        assert venue.engine.apply(prepare(venue.bundle_op(1, CANCEL), DOMAIN)).is_ordered
    full = venue.engine.apply(prepare(venue.bundle_op(1, CANCEL, nonce=100), DOMAIN))
    assert (full.code, full.is_ordered) == (Result.SEGMENT_FULL, False)
    assert venue.engine.end_segment().results == b"\0\0" * SEGMENT_OPS_MAX


def test_ops_of_another_family_are_refused_unread():
    venue = ScriptedVenue(accounts=1)
    sweep = encode_sweep(instrument=1, slots=[1])
    strange = [sweep, frame_op(type=OpType.SWEEP, body=b"garbage")]
    unknown = frame_op(type=100, body=b"")
    venue.engine.begin_segment(SegmentFamily.TRADE, venue.now)
    for data in strange:
        outcome = venue.engine.apply(prepare(data, DOMAIN))
        assert (outcome.code, outcome.is_ordered) == (Result.WRONG_FAMILY, False)
    assert venue.engine.apply(prepare(unknown, DOMAIN)).code == Result.UNKNOWN_TYPE
    venue.engine.abandon_segment()
    outcomes = venue.segment(venue.bundle_op(1, CANCEL), *strange, unknown)
    codes = [Result.OK, Result.WRONG_FAMILY, Result.WRONG_FAMILY, Result.UNKNOWN_TYPE]
    assert [each.code for each in outcomes] == codes
    assert venue.last.compute_weight == 4 * COMPUTE_OP + COMPUTE_SIGNATURE + COMPUTE_ACTION
    keeper = segment_of(venue.now, venue.bundle_op(1, CANCEL), sweep, family=SegmentFamily.KEEPER)
    result = venue.engine.execute_segment(ordered_input(keeper, venue.now))
    assert result.results == bytes((Result.WRONG_FAMILY,)) * 2
    # Through the inbox the op's own law executes it.
    assert venue.message(MessageKind.USER_OP, sweep).results == b"\0"


def busy_venue() -> ScriptedVenue:
    """Return a venue whose last inputs change a record of each kind that ops change."""
    venue = ScriptedVenue(accounts=4)
    venue.list_instrument()
    for account in (1, 2, 3):
        for step in range(4):
            venue.sell(account, 300_000 + step, 2, instrument=1 + step % 2)
    venue.buy(4, 300_002, 9, flags=TimeInForce.FOK << 5)
    venue.buy(4, 300_002, 3, flags=TimeInForce.FOK << 5)
    venue.buy(4, 299_000, 9)
    venue.segment(
        venue.bundle_op(1, encode_place(instrument=2, flags=1, price=300_005, lots=4)),
        venue.bundle_op(4, encode_place(instrument=2, flags=0, price=300_005, lots=3)),
        venue.bundle_op(2, CANCEL),
        venue.bundle_op(
            3, encode_replace(instrument=1, slot=6, serial=6, flags=1, price=300_009, lots=5)
        ),
        venue.set_session_op(3, 1, 77),
    )
    venue.price(3_001 * 10**9)
    venue.segment(encode_sweep(instrument=1, slots=list(range(1, 9))))
    venue.withdraw(3, 1_000)
    return venue


@pytest.mark.parametrize("cut", ["compute", "witness", "all"])
def test_void_segment_leaves_nothing_but_the_clock(cut):
    """Each input of a venue's life, first with too small a declaration, then as it was."""
    venue = busy_venue()
    engine, voids = Engine.genesis(DOMAIN), 0
    for data in venue.inputs:
        if data[0] != SegmentFamily.INBOX:
            before = engine.snapshot()
            used = Engine.restore(before).execute_segment(data)
            compute, witness = used.compute_weight, used.witness_weight
            compute, witness = {
                "compute": (compute - 1, witness),
                "witness": (compute, witness - 1),
                "all": (0, 0),
            }[cut]
            declared = compute.to_bytes(3, "big") + witness.to_bytes(3, "big")
            void = engine.execute_segment(data[:13] + declared + data[19:])
            assert (void.is_void, void.results, void.outcomes, void.advice) == (True, b"", [], ())
            assert (void.compute_weight, void.witness_weight) == (VOID_WEIGHT, VOID_WEIGHT)
            assert void.touched == (0,)
            idle = Engine.restore(before).execute_segment(data[:13] + b"\xff" * 6)
            assert (void.root, void.changed) == (idle.root, idle.changed)
            assert Engine.restore(engine.snapshot()).state_root() == void.root
            voids += 1
        engine.execute_segment(data)
    assert voids > 10
    assert engine.snapshot() == venue.engine.snapshot()
    assert engine.orders_of(3) == venue.engine.orders_of(3)
    venue.buy(4, 300_009, 30)
    engine.execute_segment(venue.inputs[-1])
    assert engine.state_root() == venue.engine.state_root()


def test_exact_declaration_is_not_void_and_what_the_engine_declares_is_more():
    venue = busy_venue()
    before = venue.engine.snapshot()
    ops = [venue.bundle_op(4, encode_place(instrument=2, flags=0, price=300_005, lots=3))]
    venue.segment(*ops)
    exact = Weights(venue.last.compute_weight, venue.last.witness_weight)
    segment = segment_of(venue.now, *ops, declared=exact)
    result = Engine.restore(before).execute_segment(ordered_input(segment, venue.now))
    assert not result.is_void
    assert result.root == venue.last.root
    own = venue.inputs[-1]
    declared = Weights(int.from_bytes(own[13:16], "big"), int.from_bytes(own[16:19], "big"))
    assert declared == declaration(exact)


def test_messages_that_share_a_segment_are_judged_one_after_another():
    venue = ScriptedVenue(accounts=1)
    messages = [
        frame_message(
            kind=MessageKind.DEPOSIT,
            time_ms=venue.now + ahead,
            payload=encode_deposit_payload(account=account, amount_micro_usd=5),
        )
        for ahead, account in ((1, 1), (3, 2), (2, 1))
    ]
    both = Engine.restore(venue.engine.snapshot()), Engine.restore(venue.engine.snapshot())
    data = message_input(messages[0], venue.now + 9) + b"".join(
        len(each).to_bytes(2, "big") + each for each in messages[1:]
    )
    shared = both[0].execute_segment(data + b"\0")
    assert shared.results == bytes((Result.OK, Result.UNKNOWN_ACCOUNT, Result.OK))
    assert shared.clock_ms == venue.now + 3
    assert shared.compute_weight == 3 * COMPUTE_OP
    for each in messages:
        last = both[1].execute_segment(message_input(each, venue.now + 9))
    assert last.root == shared.root
    with pytest.raises(ValueError, match="another family"):
        both[0].execute_segment(data[:7] + b"\1" + data[8:])
    with pytest.raises(ValueError, match="no family"):
        both[0].execute_segment(bytes((max(SegmentFamily) + 1,)) + data[1:])


def test_bytes_of_a_segment_are_bounded():
    venue = ScriptedVenue()
    reports = [unsigned_report(who) for who in range(12)]
    data = encode_index_price(underlying=1, publish_time_ms=venue.now, reports=reports)
    op = prepare(data, DOMAIN)
    venue.engine.begin_segment(SegmentFamily.UPKEEP, venue.now)
    while (outcome := venue.engine.apply(op, keep_refused=True)).is_ordered:
        assert outcome.code == Result.BAD_REPORTER
    assert outcome.code == Result.SEGMENT_FULL
    size = len(venue.engine.segment_bytes)
    assert size <= SEGMENT_BYTES_MAX < size + len(op.data)


def test_heavy_ops_do_not_make_a_users_op_fail_but_wait():
    """Attack 24: without room nothing changes, the nonce included; the next segment takes it."""
    venue = ScriptedVenue(accounts=16)
    bundles = [
        venue.bundle_op(a, *[encode_place(instrument=1, flags=1, price=300_000 + a, lots=1)] * 8)
        for a in range(1, 17)
    ]
    left = list(bundles)
    segments = 0
    while left:
        venue.engine.begin_segment(SegmentFamily.TRADE, venue.now)
        while left:
            outcome = venue.engine.apply(prepare(left[0], DOMAIN))
            if outcome.code == Result.SEGMENT_FULL:
                assert not outcome.is_ordered
                break
            assert outcome.results == bytes(9)
            left.pop(0)
        assert venue.engine.segment_op_count > 0
        venue.engine.end_segment()
        segments += 1
    assert segments > 2
    # Ordered all the same, the law answers SEGMENT_FULL and changes nothing of theirs.
    again = ScriptedVenue(accounts=16)
    codes = [outcome.code for outcome in again.segment(*bundles)]
    assert Result.SEGMENT_FULL in codes
    fits = codes.count(Result.OK)
    assert codes[:fits] == [Result.OK] * fits
    assert len(again.engine.book_orders(1)) == 8 * fits
    late = codes.index(Result.SEGMENT_FULL) + 1
    session = again.engine.session(late, 0)
    assert session is not None
    assert session.nonce_bitmap == 0


def test_abandoned_segment_was_never_opened():
    venue = ScriptedVenue(accounts=1)
    snapshot, root = venue.engine.snapshot(), venue.engine.state_root()
    venue.engine.begin_segment(SegmentFamily.TRADE, venue.now + 9_999)
    assert not venue.engine.apply(prepare(venue.bundle_op(9, CANCEL), DOMAIN)).is_ordered
    venue.engine.abandon_segment()
    assert not venue.engine.segment_is_open
    assert venue.engine.snapshot() == snapshot
    venue.engine.begin_segment(SegmentFamily.TRADE, venue.now)
    assert venue.engine.end_segment().root == root


def test_snapshot_goes_on_as_the_original():
    venue = ScriptedVenue(accounts=4)
    venue.list_instrument()
    for account in (1, 2, 3):
        for step in range(6):
            venue.sell(account, 300_000 + step, 2, instrument=1 + step % 2)
    venue.buy(4, 300_002, 9)
    venue.act(1, encode_cancel_all(instrument=1))
    snapshot = venue.engine.snapshot()
    copy = Engine.restore(snapshot)
    assert copy.state_root() == venue.engine.state_root()
    assert copy.snapshot() == snapshot
    bare = Engine.restore(snapshot, with_forest=False)
    for _ in range(5):
        venue.buy(4, 300_004, 3)
        venue.buy(2, 299_000, 3)
        for data in venue.inputs[-2:]:
            last = copy.execute_segment(data)
            bare.execute_segment(data)
    assert last.root == venue.engine.state_root()
    assert bare.snapshot() == venue.engine.snapshot()
    assert copy.book_orders(1) == venue.engine.book_orders(1)
    assert copy.orders_of(2) == venue.engine.orders_of(2)


def test_replay_of_all_inputs_gives_the_same_root():
    venue = ScriptedVenue(accounts=3)
    venue.sell(1, 300_000, 5)
    venue.buy(2, 300_000, 3)
    venue.withdraw(3, 1_000)
    engine = Engine.genesis(DOMAIN)
    for data in venue.inputs:
        engine.execute_segment(data)
    assert engine.state_root() == venue.engine.state_root()


def test_damaged_snapshots_are_refused():
    venue = ScriptedVenue(accounts=2)
    venue.sell(1, 300_000, 5)
    good = venue.engine.snapshot()
    for bad in (b"", b"\2" + good[1:], good[:-1], good[:-9], good + b"\0", good + good[1:]):
        with pytest.raises(BadSnapshot):
            Engine.restore(bad)


def test_state_proof_opens_records_at_the_root():
    venue = ScriptedVenue(accounts=3)
    venue.sell(1, 300_000, 5)
    keys = [0, account_key(1), account_key(3), session_key(2, 0), order_key(1, 1)]
    records = {key: venue.engine.record(key) for key in keys}
    assert all(records.values())
    absent = [account_key(4), session_key(2, 1), order_key(1, 2)]
    opened = records | {key: venue.engine.record(key) for key in absent}
    assert verify(venue.engine.state_root(), opened, venue.engine.prove(*opened))
    single = {account_key(2): venue.engine.record(account_key(2))}
    assert verify(venue.engine.state_root(), single, venue.engine.prove(account_key(2)))


def test_touched_keys_are_those_the_rules_need():
    """One resting bid behind another: no record that the op does not need is weighed."""
    venue = ScriptedVenue(accounts=2)
    venue.buy(1, 299_000, 1)
    venue.buy(2, 298_000, 1)
    kinds = [key >> 56 for key in venue.last.touched]
    assert kinds == [0, 1, 2, 3, 4, 5, 6, 6]  # global, account, session, …, new order, predecessor
    words = 32 * (10 + 6 + 2 + 2 + 9 + 4 + 0 + 2)
    siblings = 32 * (22 + 24 + 8 + 12 + 12 + 30 + sibling_bound(30, 2, 1, 12) - 30)
    assert venue.last.witness_weight == 8 * 9 + words + siblings
    margin = 2 * (COMPUTE_MARGIN + COMPUTE_POSITION)
    op = COMPUTE_OP + COMPUTE_SIGNATURE + COMPUTE_ACTION
    assert venue.last.compute_weight == op + margin


INBOX = bytes((SegmentFamily.INBOX,))


def test_input_cut_inside_its_head_reads_as_if_zeros_followed():
    engine = Engine.genesis(DOMAIN)
    one = engine.execute_segment(INBOX + bytes(6) + INBOX + b"\0\7\2cut of")
    assert one.results == bytes((Result.MALFORMED,))  # nothing behind it is a second message
    assert engine.execute_segment(INBOX + b"\0\1").results == b""
    assert engine.execute_segment(b"\3\0\1").is_void  # zeros declare nothing
