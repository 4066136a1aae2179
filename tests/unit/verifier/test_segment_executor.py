"""Replay of segments on a law of three ops (contracts/test/TinyLaw.sol), compiled by solc."""

import pytest

from strikeproof.bench.max_declared_segment import max_declared_segment
from strikeproof.contracts import LAW_FAMILIES
from strikeproof.ordered_form import frame_ordered
from strikeproof.sequencer.core import family as core_family
from strikeproof.verifier.execution.deployed_law import DeployedLaw
from strikeproof.verifier.execution.law_call import (
    LawFailed,
    executing_family,
    message_input,
    ordered_input,
)
from strikeproof.verifier.execution.segment_executor import SegmentExecutor
from strikeproof.verifier.state.book_index import BookIndex
from strikeproof.verifier.state.record_list import (
    unpack_records,
)
from strikeproof.wire.constants import ORDER_SLOT_BITS, OrderFlag, SegmentFamily
from strikeproof.wire.layout import ORDER_GROUP, pack_order
from tests.blank_record import blank
from tests.harness import harness

LAW = b"\x11" * 20
INSTRUMENT = 3
HEAD = max_declared_segment(1_000, [])


@pytest.fixture(scope="module")
def law_executor() -> SegmentExecutor:
    code = harness("TinyLaw").deployed_bytecode
    return SegmentExecutor(DeployedLaw((LAW,) * len(LAW_FAMILIES), (), {LAW: code}))


def op(kind: int, body: bytes) -> bytes:
    return frame_ordered(kind, body)


def add(key: int, amount: int) -> bytes:
    return op(1, key.to_bytes(8, "big") + amount.to_bytes(8, "big"))


def insert(price: int, sell: bool = False) -> bytes:
    return op(2, INSTRUMENT.to_bytes(2, "big") + bytes([sell]) + price.to_bytes(4, "big"))


def order_key(slot: int) -> int:
    return (6 << 56) | (INSTRUMENT << ORDER_SLOT_BITS) | slot


def order(price: int, serial: int, sell: bool = False) -> bytes:
    flags = OrderFlag.LINKED | (OrderFlag.SELL if sell else 0)
    fields = {"flags": flags, "price": price, "lots": 10, "account": 1, "epoch": 1}
    return pack_order(**blank(ORDER_GROUP, **fields, serial=serial))


def instrument_key() -> int:
    return (4 << 56) | INSTRUMENT


def run(law_executor: SegmentExecutor, records: dict[int, bytes], *ops: bytes):
    books = BookIndex()
    books.load(records.items())
    segment = ordered_input(1_000, HEAD + b"".join(ops))
    execution = law_executor.execute(segment, lambda key: records.get(key, b""), books)
    return segment, execution


def test_changed_records_are_those_that_the_ops_touch(law_executor):
    key, other = (1 << 56) | 4, (1 << 56) | 9
    records = {key: (7).to_bytes(32, "big") + b"\2" * 32}
    _, execution = run(law_executor, records, add(key, 5), add(other, 1), add(key, 1), op(9, b""))
    assert execution.touched == {0: b"", key: records[key], other: b""}
    assert execution.changed == {
        key: (13).to_bytes(32, "big") + b"\2" * 32,
        other: (1).to_bytes(32, "big"),
    }
    assert execution.results == bytes([0, 0, 0, 1])


def test_unchanged_record_is_touched_and_not_changed(law_executor):
    key = (1 << 56) | 4
    _, execution = run(law_executor, {key: bytes(32)}, add(key, 0))
    assert execution.touched == {0: b"", key: bytes(32)}
    assert execution.changed == {}


def test_complete_witness_gives_the_same_and_an_incomplete_one_reverts(law_executor):
    """attack 7"""
    records = {(1 << 56) | each: bytes([each]) * 32 for each in range(1, 6)}
    segment, execution = run(law_executor, records, *(add(key, 3) for key in records))
    result = law_executor.execute_witness(segment, execution.touched, execution.advice)
    assert result is not None
    assert (result.changed, result.results) == (execution.changed, execution.results)
    for missing in records:
        fewer = {key: record for key, record in execution.touched.items() if key != missing}
        assert law_executor.execute_witness(segment, fewer, execution.advice) is None


def test_advice_is_the_last_order_with_priority(law_executor):
    records = {
        instrument_key(): bytes(64),
        order_key(1): order(100, serial=1),
        order_key(2): order(100, serial=5),
        order_key(7): order(100, serial=3),
        order_key(4): order(99, serial=4),
        order_key(5): order(100, serial=6, sell=True),
    }
    _, execution = run(law_executor, records, insert(100), insert(99), insert(100, sell=True))
    assert execution.advice == (2, 4, 5)
    assert execution.guesses_wrong == 0


def test_guess_that_the_law_refuses_is_replaced_without_a_trace(law_executor):
    # Slot 9 looks like the last order at 100, but the law finds another price there.
    seen = {instrument_key(): bytes(64), order_key(1): order(100, serial=1)}
    books = BookIndex()
    books.load([*seen.items(), (order_key(9), order(100, serial=9))])
    seen[order_key(9)] = order(70, serial=9)
    segment = ordered_input(1_000, HEAD + insert(100) + add((1 << 56) | 1, 1) + insert(100))
    execution = law_executor.execute(segment, lambda key: seen.get(key, b""), books)
    assert execution.advice == (1, 1)
    assert execution.guesses_wrong == 2
    assert order_key(9) not in execution.touched
    assert law_executor.execute_witness(segment, execution.touched, execution.advice) is not None
    assert law_executor.execute_witness(segment, execution.touched, (9, 1)) is None


def test_front_is_advised_when_all_orders_ahead_are_gone(law_executor):
    seen = {instrument_key(): bytes(32)}  # the law wants slot 0
    books = BookIndex()
    books.load((order_key(slot), order(100, serial=slot)) for slot in range(1, 30))
    segment = ordered_input(1_000, HEAD + insert(100))
    execution = law_executor.execute(segment, lambda key: seen.get(key, b""), books)
    assert execution.advice == (0,)


def test_law_that_takes_no_answer_fails_loudly(law_executor):
    books = BookIndex()
    with pytest.raises(LawFailed):
        law_executor.execute(
            ordered_input(1_000, HEAD + insert(100)), lambda key: b"\1" * 64, books
        )


def test_each_run_starts_afresh(law_executor):
    key = (1 << 56) | 4
    first = run(law_executor, {key: bytes(32)}, add(key, 5))[1]
    second = run(law_executor, {key: bytes(32)}, add(key, 5))[1]
    assert first == second


@pytest.mark.parametrize(
    ("message", "family"),
    [
        (b"\1", 5),  # a registration
        (b"\x63", 5),  # of no kind that is known
        (b"", 5),
        (b"\3" + bytes(26), 1),  # a forced op without bytes
        (b"\3" + bytes(26) + b"\1", 1),
        (b"\3" + bytes(26) + b"\2", 4),  # a withdrawal
        (b"\3" + bytes(26) + b"\4", 3),  # a price
        (b"\3" + bytes(26) + b"\xff", 1),  # of no type that is known
    ],
)
def test_message_input_names_the_family_that_executes_it(message, family):
    given = message_input(2, message)
    head = bytes((SegmentFamily.INBOX,)) + (2).to_bytes(6, "big") + bytes([family])
    assert given == head + len(message).to_bytes(2, "big") + message
    assert executing_family(given) == family == core_family.message_family(message)
    assert given == core_family.message_input(message, 2)


def test_ordered_input_has_the_headers_time_behind_its_family():
    segment = max_declared_segment(5, [op(4, b"x")])
    given = ordered_input(2, segment)
    assert given == b"\3" + (2).to_bytes(6, "big") + segment[1:]
    assert executing_family(given) == 3
    assert given == core_family.ordered_input(segment, 2)


@pytest.mark.parametrize("data", [b"\0" * 8, b"\0" * 8 + b"\1", (b"\0" * 8 + b"\0") * 2])
def test_packed_records_cut_off_or_repeated_are_refused(data):
    with pytest.raises(ValueError):
        unpack_records(data)
