"""The verifier on the real law: it agrees with the sequencer's engine, and disproves its lies."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from strikeproof.bench.verifier_market import FEE_PPM_MAX, MID
from strikeproof.client.operation import (
    Bundle,
    CancelAll,
    Place,
    SetCancelAt,
    SetGuard,
    SetSession,
    Withdraw,
    encode_op,
)
from strikeproof.client.wallet import Wallet
from strikeproof.keccak import keccak256
from strikeproof.keystore import signer_of_key
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.snapshot import read_records
from strikeproof.verifier.dispute.action import Stage
from strikeproof.verifier.dispute.dry_run import Answer
from strikeproof.verifier.exit_code import NotFound
from strikeproof.verifier.inspection.withdrawal_proof import withdrawal_proof
from strikeproof.verifier.state.forest import Forest
from strikeproof.verifier.state.multiproof import root_of
from strikeproof.verifier.state.record_list import (
    unpack_records,
)
from strikeproof.verifier.wiring import ExecutionOptions, VerifierParts
from strikeproof.wire import layout
from strikeproof.wire.constants import GuardMode, SegmentFamily
from strikeproof.wire.errors import Result
from strikeproof.wire.layout import (
    ACCOUNT_KIND,
    EXPIRY_KIND,
    GLOBAL_KIND,
    INSTRUMENT_KIND,
    MARK_KIND,
    ORDER_KIND,
    SESSION_KIND,
    UNDERLYING_KIND,
)
from strikeproof.wire.operations import (
    MESSAGE_HEAD_BYTES,
    MESSAGE_INPUT_HEAD_BYTES,
    MESSAGE_INPUT_MESSAGE_FAMILY_OFFSET,
    ORDERED_INPUT_DECLARED_COMPUTE_OFFSET,
    ORDERED_INPUT_OPS_OFFSET,
    encode_settle_position,
    encode_sweep,
    frame_op,
)
from strikeproof.wire.units import (
    Lots,
    Ticks,
)
from tests.integration.verifier.nodes import make_node, turns
from tests.integration.verifier.real_venue import FUTURE, MESSAGE_LENGTH_BYTES, TRADERS, RealVenue


@pytest.fixture(scope="module")
def traded() -> RealVenue:
    """A venue with four batches, none claimed; do not change it but by claims."""
    venue = RealVenue()
    venue.trade(1 + TRADERS)
    session = Wallet(keccak256(b"session"))
    venue.trade(
        2,
        [
            venue.signed(Bundle(id, 0, 103, 2**47, FEE_PPM_MAX, (order,)), id)
            for id, order in ((1, future(True)), (2, future(False)))
        ],
        [
            venue.signed(Withdraw(2, 100, 2**47, 5_000_000), 2),
            venue.signed(SetSession(1, 101, 2**47, 1, session.address), 1),
            venue.signed(SetGuard(1, 103, 2**47, GuardMode.SET, session.address), 1),
            venue.signed(SetGuard(1, 104, 2**47, GuardMode.ANNOUNCE), 1),
            venue.signed(SetCancelAt(1, 0, 105, 2**47, 2**46), 1),
            venue.signed(Bundle(3, 0, 102, 2**47, 0, (CancelAll(0),)), 3),
            encode_sweep(instrument=1, slots=[1]),  # in a segment of another family
            frame_op(type=100, body=b"\0"),
            b"garbage",
        ],
        [venue.market._index_price(1), encode_sweep(instrument=1, slots=[1])],
    )
    venue.force(venue.other, encode_op(Withdraw(1, 500, 2**47, 1), b""))
    venue.force(venue.other, venue.market._index_price(2))
    venue.trade(4, void=True)
    owner = signer_of_key(keccak256(f"trader {venue.market.seed} 3".encode()))
    venue.exit(owner, encode_op(Withdraw(4, 103, 2**47, 1_000_000), b""))
    venue.deposit(1, 5_000_000)
    venue.deposit(2, 7_000_000)
    assert venue.now_ms() > venue.expiry_ms
    pay = encode_settle_position(account=2, instrument=FUTURE)
    venue.trade(2, [venue.settlement(), pay])
    assert venue.engine.expiries()[0].settlement
    assert all(each.instrument != FUTURE for each in venue.engine.account(2).positions)
    assert any(each.instrument == FUTURE for each in venue.engine.account(1).positions)
    return venue


def future(sell: bool) -> Place:
    """An order that opens a position in the future."""
    return Place(FUTURE, sell, Ticks(MID), Lots(500))


@pytest.fixture(scope="module")
def executed(traded, tmp_path_factory) -> Path:
    """A store in which the venue's batches are executed: tests copy it, to save time."""
    path = tmp_path_factory.mktemp("executed") / "verifier.db"
    parts = VerifierParts(traded.client(), traded.contracts, path)
    parts.catch_up()
    parts.close()
    return path


@pytest.mark.parametrize("executor", ["py-evm", "auto"])
def test_roots_agree_with_the_engine_at_every_segment(traded, tmp_path, executor):
    path = tmp_path / "verifier.db"
    options = ExecutionOptions(executor)
    parts = VerifierParts(traded.client(), traded.contracts, path, execution=options)
    with capture_logs() as logs:
        parts.catch_up()
    assert not [each for each in logs if each["event"] == "revm_gave_up"]
    for number, (_, right) in enumerate(traded.batches, 1):
        assert parts.executor.roots_of(number) == right
    results = [code for row in parts.store.segments_of(3) for code in row.results]
    assert results.count(0) >= 16
    assert [row.is_void for row in parts.store.segments_of(4)].count(True) == 1
    assert Result.WRONG_FAMILY in parts.store.segments_of(3)[-2].results
    parts.close()


def corrupted(engine, kind: int, at: int, bit: int = 1) -> bytes:
    """Return the root of the engine's state with one bit of a record of this kind flipped."""
    records = dict(read_records(engine.snapshot()))
    key = max(key for key in records if key >> 56 == kind)
    record = bytearray(records[key])
    record[at] ^= bit
    forest = Forest()
    forest.update(records | {key: bytes(record)})
    return forest.root


# Kind of record, byte of it: fields that carry money, order or authority (proto/layout.toml).
LIES = {
    "the clock": (GLOBAL_KIND, 6),
    "the fee pool": (GLOBAL_KIND, 47),
    "the insurance fund": (GLOBAL_KIND, 63),
    "the domain separator": (GLOBAL_KIND, 95),
    "an owner": (ACCOUNT_KIND, 20),
    "a balance": (ACCOUNT_KIND, 47),
    "what was withdrawn": (ACCOUNT_KIND, 63),
    "a guard key": (ACCOUNT_KIND, 83),
    "when a guard key goes": (ACCOUNT_KIND, 89),
    "a cancel-at": (ACCOUNT_KIND, 95),
    "a protection's lots": (ACCOUNT_KIND, 159),
    "a protection's delta": (ACCOUNT_KIND, 183),
    "a position's size": (ACCOUNT_KIND, 192 + 15),
    "a position's open orders": (ACCOUNT_KIND, 192 + 3),
    "a position's exposure": (ACCOUNT_KIND, 224 + 5),
    "a session's key": (SESSION_KIND, 21),
    "a session's scope": (SESSION_KIND, 1),
    "a used nonce": (SESSION_KIND, 63),
    "an index price": (UNDERLYING_KIND, 8),
    "a publish time": (UNDERLYING_KIND, 14),
    "a fee": (INSTRUMENT_KIND, 5),
    "the best bid": (INSTRUMENT_KIND, 35),
    "the free list": (INSTRUMENT_KIND, 43),
    "open interest": (INSTRUMENT_KIND, 61),
    "a margin fraction": (MARK_KIND, 22),
    "an order's price": (ORDER_KIND, 5),
    "an order's lots": (ORDER_KIND, 10),
    "an order's account": (ORDER_KIND, 14),
    "an order's place": (ORDER_KIND, 39),
    "an expiry's settlement": (EXPIRY_KIND, 128 + 7),
    "an expiry's forward": (EXPIRY_KIND, 18),
    "a settled future's mark": (MARK_KIND, 26),
}


@pytest.mark.parametrize("lie", LIES)
def test_lie_about_any_field_is_disproved(traded, executed, tmp_path, lie):
    """The claims before are right; the lie's state differs from the right one in one bit."""
    roots = list(traded.batches[-1][1])
    roots[-1] = corrupted(traded.engine, *LIES[lie])
    assert roots[-1] != traded.batches[-1][1][-1]
    is_disproved(traded, executed, tmp_path, roots)


@pytest.mark.parametrize(("segment", "results"), [(0, b"\0"), (1, b"\0\0")])
def test_lie_about_the_inbox_is_disproved(traded, executed, tmp_path, segment, results):
    """The last batch begins with an exit, and two deposits that share a segment."""
    store = Path(shutil.copy(executed, tmp_path))
    parts = VerifierParts(traded.client(), traded.contracts, store)
    assert parts.store.segments_of(len(traded.batches))[segment].results == results
    parts.close()
    roots = list(traded.batches[-1][1])
    roots[segment + 1] = keccak256(roots[segment + 1])
    is_disproved(traded, executed, tmp_path, roots)


def is_disproved(traded, executed, tmp_path, roots) -> None:
    """Claim the last batch with these roots, and see a node delete it."""
    shutil.copy(executed, tmp_path)
    fork = traded.chain.head_number
    claims = list(traded.claims)
    try:
        for number in range(1, len(traded.batches)):
            traded.propose(number)
        batch = len(traded.batches)
        traded.propose(batch, roots)
        node = make_node(traded, tmp_path, control={"every_segments": 0})
        for _ in range(12):
            turns(traded, node, 1)
            if traded.rollup_call("claimCount") == (batch,):
                break
        assert traded.rollup_call("claimCount") == (batch,)
        turns(traded, node, 1)
        assert [each.stage for each in node.parts.store.disputes()] == [Stage.WON.value]
        node.close()
    finally:
        traded.chain.rewind(fork)
        traded.claims[:] = claims


# The words of a record, head and first element, field by field.
GROUPS = [
    (GLOBAL_KIND, 0, layout.GLOBAL_GROUP),
    (GLOBAL_KIND, layout.GLOBAL_WORDS, layout.GLOBAL_SIGNER_GROUP),
    (ACCOUNT_KIND, 0, layout.ACCOUNT_GROUP),
    (ACCOUNT_KIND, layout.ACCOUNT_WORDS, layout.ACCOUNT_POSITION_GROUP),
    (SESSION_KIND, 0, layout.SESSION_GROUP),
    (UNDERLYING_KIND, 0, layout.UNDERLYING_GROUP),
    (INSTRUMENT_KIND, 0, layout.INSTRUMENT_GROUP),
    (MARK_KIND, 0, layout.MARK_GROUP),
    (ORDER_KIND, 0, layout.ORDER_GROUP),
    (EXPIRY_KIND, 0, layout.EXPIRY_GROUP),
]


@pytest.mark.parametrize(
    ("kind", "start", "group"), GROUPS, ids=[group.name for _, _, group in GROUPS]
)
def test_lie_about_every_field_of_every_record_is_disproved(
    traded, executed, tmp_path, kind, start, group
):
    """One bit of one field, in the last root of the newest claim: 70 kinds of lie in all."""
    shutil.copy(executed, tmp_path)
    fork = traded.chain.head_number
    claims = list(traded.claims)
    parts = VerifierParts(traded.client(), traded.contracts, tmp_path / "verifier.db")
    batch = len(traded.batches)
    right = traded.batches[-1][1]
    try:
        for number in range(1, batch):
            traded.propose(number)
        base = traded.chain.head_number
        for lie, field in enumerate(group.fields):
            lowest_bit = 255 - field.shift  # of the word, from its top
            at = 32 * (start + field.word) + lowest_bit // 8
            roots = [*right[:-1], corrupted(traded.engine, kind, at, 1 << field.shift % 8)]
            assert roots[-1] != right[-1], field.name
            traded.propose(batch, roots)
            traded.skip_time(1)
            parts.catch_up()
            claim, row = parts.store.standing_claim(batch), parts.store.batch(batch)
            challenge = parts.challenge_builder.build(claim, row, len(right) - 2)
            assert challenge.right_root == right[-1], field.name
            traded.send(traded.challenger, traded.rollup, challenge.call_data(bytes(32)))
            assert traded.rollup_call("claimCount") == (batch,), field.name
            traded.chain.rewind(base)
            traded.skip_time(60 * (lie + 1))
            del traded.claims[batch:]
    finally:
        parts.close()
        traded.chain.rewind(fork)
        traded.claims[:] = claims


def root_if(venue: RealVenue, batch: int, segment: int, changed: Callable[[bytes], bytes]) -> bytes:
    """Return the root after a segment if the law's input were another."""
    engine = Engine.genesis(venue.engine.domain_separator)
    for number, inputs in enumerate(venue.inputs, 1):
        for at, law_input in enumerate(inputs):
            if (number, at) == (batch, segment):
                return engine.execute_segment(changed(law_input)).root
            engine.execute_segment(law_input)
    raise AssertionError("there is no such segment")


def another_family(law_input: bytes) -> bytes:
    is_trade = law_input[0] == SegmentFamily.TRADE
    told = SegmentFamily.UPKEEP if is_trade else SegmentFamily.TRADE
    return bytes((told,)) + law_input[1:]


def of_no_family(law_input: bytes) -> bytes:
    """Return the input of a forced op as if nobody knew its type: the trade family takes it."""
    head, at = bytearray(law_input), MESSAGE_INPUT_HEAD_BYTES + MESSAGE_LENGTH_BYTES
    head[MESSAGE_INPUT_MESSAGE_FAMILY_OFFSET] = SegmentFamily.TRADE
    head[at + MESSAGE_HEAD_BYTES] = 0xFF
    return bytes(head)


def declares(law_input: bytes, each: int) -> bytes:
    start, end = ORDERED_INPUT_DECLARED_COMPUTE_OFFSET, ORDERED_INPUT_OPS_OFFSET
    return law_input[:start] + bytes((each,)) * (end - start) + law_input[end:]


HEAD_LIES: dict[str, tuple[int, int, Callable[[bytes], bytes]]] = {
    "the family of a trade": (3, 0, another_family),
    "the family of a price": (3, 3, another_family),
    "the family of a forced price": (4, 1, of_no_family),
    "a declaration that was kept": (3, 0, lambda law_input: declares(law_input, 0)),
    "a declaration that was passed": (4, 5, lambda law_input: declares(law_input, 0xFF)),
}


@pytest.mark.parametrize("lie", HEAD_LIES)
def test_lie_about_what_stands_before_the_ops_is_disproved(traded, executed, tmp_path, lie):
    """The family byte, the declaration, and whether the segment is void."""
    shutil.copy(executed, tmp_path)
    fork = traded.chain.head_number
    claims = list(traded.claims)
    batch, segment, changed = HEAD_LIES[lie]
    parts = VerifierParts(traded.client(), traded.contracts, tmp_path / "verifier.db")
    try:
        for number in range(1, batch):
            traded.propose(number)
        roots = list(traded.batches[batch - 1][1])
        right, roots[segment + 1] = roots[segment + 1], root_if(traded, batch, segment, changed)
        assert roots[segment + 1] != right
        traded.propose(batch, roots)
        parts.catch_up()
        claim, row = parts.store.standing_claim(batch), parts.store.batch(batch)
        challenge = parts.challenge_builder.build(claim, row, segment)
        assert challenge.right_root == right
        traded.send(traded.challenger, traded.rollup, challenge.call_data(bytes(32)))
        assert traded.rollup_call("claimCount") == (batch,)
    finally:
        parts.close()
        traded.chain.rewind(fork)
        traded.claims[:] = claims


@pytest.mark.parametrize("batch", [1, 2, 3])
def test_lie_in_any_segment_of_a_batch_is_disproved(traded, executed, tmp_path, batch):
    """attack 6: messages of every kind, prices, bundles, withdrawals, the last segment."""
    shutil.copy(executed, tmp_path)
    fork = traded.chain.head_number
    claims = list(traded.claims)
    right = traded.batches[batch - 1][1]
    segments = range(len(right) - 1) if batch > 1 else [0, 2, 4, 5, 6, len(right) - 2]
    parts = VerifierParts(traded.client(), traded.contracts, tmp_path / "verifier.db")
    try:
        for number in range(1, batch):
            traded.propose(number)
        base = traded.chain.head_number
        for segment in segments:
            roots = list(right)
            roots[segment + 1] = keccak256(right[segment + 1])
            traded.propose(batch, roots)
            traded.skip_time(1)
            parts.catch_up()
            claim, row = parts.store.standing_claim(batch), parts.store.batch(batch)
            challenge = parts.challenge_builder.build(claim, row, segment)
            assert challenge.right_root == right[segment + 1]
            traded.send(traded.challenger, traded.rollup, challenge.call_data(bytes(32)))
            assert traded.rollup_call("claimCount") == (batch,)
            traded.chain.rewind(base)
            traded.skip_time(60 * (segment + 1))
            del traded.claims[batch:]
    finally:
        parts.close()
        traded.chain.rewind(fork)
        traded.claims[:] = claims


def test_controls_pass_for_every_kind_of_segment(traded, executed, tmp_path):
    shutil.copy(executed, tmp_path)
    fork = traded.chain.head_number
    claims = list(traded.claims)
    try:
        for number in range(1, len(traded.batches) + 1):
            traded.propose(number)
        node = make_node(traded, tmp_path, "observe")
        for _ in range(20):
            turns(traded, node, 1, mine=False)
        passed = node.metrics.controls.labels(Answer.CLAIM_IS_CORRECT.value)._value.get()
        kinds = {f"op {each}" for each in range(1, 6)} | {"void", "message for family 3"}
        kinds |= {f"message {each}" for each in range(1, 5)}
        assert kinds <= node.controls._seen
        assert passed >= 6
        assert node.alarms == []
        node.close()
    finally:
        traded.chain.rewind(fork)
        traded.claims[:] = claims


def test_withdrawal_is_proved_against_the_newest_final_state(traded, executed, tmp_path):
    """attack 30: not against a claim that is pending or deleted."""
    shutil.copy(executed, tmp_path)
    fork = traded.chain.head_number
    claims = list(traded.claims)
    parts = VerifierParts(traded.client(), traded.contracts, tmp_path / "verifier.db")
    try:
        for number in (1, 2, 3):
            traded.propose(number)
        parts.catch_up()
        with pytest.raises(NotFound):
            withdrawal_proof(parts, 2)
        traded.skip_time(traded.window_seconds + 60)
        traded.propose(4)
        parts.catch_up()
        report = withdrawal_proof(parts, 2)
        assert report["claim"] == 3
        assert report["owed_micro_usd"] == report["withdrawn_micro_usd"] == 5_000_000
        record, proof = (bytes.fromhex(report[each][2:]) for each in ("record", "proof"))
        assert root_of(unpack_records(record), proof) == traded.batches[2][1][-1]
        assert withdrawal_proof(parts, 1)["owed_micro_usd"] == 0
        with pytest.raises(NotFound):
            withdrawal_proof(parts, 77)
    finally:
        parts.close()
        traded.chain.rewind(fork)
        traded.claims[:] = claims
