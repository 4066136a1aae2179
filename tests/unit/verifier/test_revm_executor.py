"""revm runs segments as py-evm does: same records, advice, results, whatever was predicted."""

import importlib.util
from dataclasses import replace

import pytest

from strikeproof.bench.shipped_law import FAMILIES, shipped_law
from strikeproof.bench.verifier_market import MID
from strikeproof.bench.verifier_replica import Replica, same
from strikeproof.bench.worst_segments import worst_segments
from strikeproof.client.operation import Place
from strikeproof.verifier.execution import advice_prediction, revm
from strikeproof.verifier.execution.law_call import EXECUTE_SELECTOR, LawFailed, message_input
from strikeproof.verifier.execution.revm import ExecutorUnavailable, RevmState
from strikeproof.verifier.execution.revm_executor import RevmExecutor
from strikeproof.verifier.execution.segment_executor import SegmentExecutor
from strikeproof.verifier.state.book_index import BookIndex
from strikeproof.wire.constants import COMPUTE_ACTION, COMPUTE_OP, COMPUTE_SIGNATURE
from strikeproof.wire.operations import (
    ORDERED_INPUT_DECLARED_COMPUTE_OFFSET,
    ORDERED_INPUT_DECLARED_WITNESS_OFFSET,
    encode_user_op,
)
from strikeproof.wire.units import Lots, Ticks

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("pyrevm") is None, reason="pyrevm has no wheel for this Python"
)


@pytest.fixture
def executors() -> Replica:
    return Replica(traders=6)


def test_typical_segments_are_the_same_on_both(executors):
    """attack 58"""
    executors.skip(4)
    advised = wrong = 0
    for _ in range(20):
        law_input = executors.next_input()
        ours = executors.execute(law_input)
        assert same(ours, executors.on_py_evm(law_input))
        executors.apply(ours)
        advised += len(ours.advice)
        wrong += ours.guesses_wrong
    assert advised > 40
    assert wrong < advised / 4


@pytest.mark.parametrize("habit", ["nothing", "front", "reversed"])
def test_wrong_predictions_cost_runs_and_change_nothing(executors, monkeypatch, habit):
    executors.skip(10)

    def spoil(self, law_input, record_at, books):
        keep(self, law_input, record_at, books)
        if habit == "nothing":
            self.answers = {}
        else:
            self.answers = {
                question: [0 if habit == "front" else slot + 1 for slot in slots]
                for question, slots in self.answers.items()
            }

    keep = advice_prediction.AdvicePrediction.__init__
    monkeypatch.setattr(advice_prediction.AdvicePrediction, "__init__", spoil)
    repeated = 0
    for _ in range(5):
        law_input = executors.next_input()
        ours = executors.execute(law_input)
        assert same(ours, executors.on_py_evm(law_input))
        executors.apply(ours)
        repeated += ours.guesses_wrong
    assert repeated > 5


def test_a_segment_that_defeats_predictions_costs_three_runs():
    (worst,) = (each for each in worst_segments() if each.name == "misled")
    books, state = BookIndex(), RevmState()
    books.load(worst.records.items())
    state.mount(worst.records.items())
    law = shipped_law()

    def execute(executor):
        return executor.execute(worst.law_input, lambda key: worst.records.get(key, b""), books)

    ours = execute(RevmExecutor(law, state))
    assert ours.guesses_wrong == 2
    assert len(ours.advice) > 2
    assert same(ours, execute(SegmentExecutor(law)))


def test_messages_find_places_that_nobody_predicted(executors):
    """Bundles through L1: eight orders that rest, on both sides of a book."""
    executors.skip(6)
    places = (
        Place(1, sell, Ticks(MID + (20 + each if sell else -20 - each)), Lots(300))
        for sell in (False, True)
        for each in range(4)
    )
    now_ms = executors.market.now_ms
    op = executors.market.bundle(1, *places)
    sent = encode_user_op(time_ms=now_ms, sender=b"\x11" * 20, op=op)
    message = message_input(now_ms, sent)
    ours = executors.execute(message)
    assert same(ours, executors.on_py_evm(message))
    assert len(ours.advice) == 8


def test_a_law_of_other_modules_is_left_to_py_evm_where_predictions_fail():
    (worst,) = (each for each in worst_segments() if each.name == "misled")
    books, state = BookIndex(), RevmState()
    state.mount(worst.records.items())
    law = shipped_law()
    other = replace(law, modules=law.modules[:2])
    with pytest.raises(LawFailed):
        RevmExecutor(other, state).execute(
            worst.law_input, lambda key: worst.records.get(key, b""), books
        )


def test_law_that_fails_for_another_reason_fails_loudly(executors):
    with pytest.raises(LawFailed):
        executors.execute(b"\7" + bytes(40))


def test_segment_that_fails_leaves_the_state_as_it_was(executors):
    executors.skip(3)
    law_input = executors.next_input()
    with pytest.raises(LawFailed):
        executors.execute(b"\7" + bytes(40))
    assert same(executors.execute(law_input), executors.on_py_evm(law_input))


def test_record_that_grows_shrinks_and_goes_is_read_as_it_is():
    state, key = RevmState(), (1 << 56) | 7
    record = b""
    for words in (2, 34, 1, 0, 3):
        after = b"".join(bytes([words, each]) * 16 for each in range(words))
        state.update({key: record}, {key: after})
        record = after
        assert state.record(key) == record


def test_spec_id_that_is_not_admitted_is_refused():
    """pyrevm itself takes an unknown one for its newest rules."""
    with pytest.raises(ExecutorUnavailable):
        RevmState("NONSENSE")


def test_missing_pyrevm_is_said(monkeypatch):
    monkeypatch.setattr(revm, "is_installed", lambda: False)
    with pytest.raises(ExecutorUnavailable, match=r"strikeproof\[revm\]"):
        RevmState()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Revert { gas_used: 5, output: 0xabc }",
        "Revert { gas_used: 5, output: 0xzz }",
        "Revert { gas_used: 5, output: 0x } and more",
        "Success { output: 0x }",
        "Database error",
    ],
)
def test_failure_in_words_that_are_not_known_is_no_result(text):
    with pytest.raises(LawFailed):
        revm._failure(text)


def test_reverts_and_halts_are_distinguished():
    reverted = revm._failure("Revert { gas_used: 5, output: 0xabcd }")
    assert (reverted.succeeded, reverted.output, reverted.gas_used) == (False, b"\xab\xcd", 5)
    halted = revm._failure("Halt { reason: OutOfGas(Basic), gas_used: 7 }")
    assert (halted.succeeded, halted.output, halted.error) == (False, b"", "OutOfGas")


def test_code_that_is_not_there_is_no_law(executors):
    run = executors.state.run(b"\x77" * 20, EXECUTE_SELECTOR, {})
    assert run.succeeded
    assert run.output == b""
    assert executors.state.run(FAMILIES[0], b"\1\2\3\4", {}).succeeded is False


@pytest.mark.parametrize(
    ("declared", "asked"),
    [
        (COMPUTE_OP + COMPUTE_SIGNATURE - 1, 0),
        (COMPUTE_OP + COMPUTE_SIGNATURE, 2),
        (COMPUTE_OP + COMPUTE_SIGNATURE + 7 * COMPUTE_ACTION, 16),
    ],
)
def test_nothing_is_predicted_of_orders_that_no_declaration_pays_for(declared, asked):
    """Eight quotes: where the law ends, nobody looks for the places of the orders that follow."""
    (worst,) = (each for each in worst_segments() if each.name == "void_quotes")
    books = BookIndex()
    books.load(worst.records.items())
    law_input = bytearray(worst.law_input)
    at = slice(ORDERED_INPUT_DECLARED_COMPUTE_OFFSET, ORDERED_INPUT_DECLARED_WITNESS_OFFSET)
    law_input[at] = declared.to_bytes(at.stop - at.start)
    found = advice_prediction.AdvicePrediction(
        bytes(law_input), lambda key: worst.records.get(key, b""), books
    )
    assert sum(len(slots) for slots in found.answers.values()) == asked
