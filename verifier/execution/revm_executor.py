"""Segments on revm: ahead of py-evm, never alone (docs/adr/0045).

The state is mounted in the EVM, so records need no asking; advice is predicted. Where a prediction
is wrong the law reverts, the prediction is corrected, and the segment runs again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from strikeproof.keccak import keccak256
from strikeproof.verifier.execution.advice import Question, candidate_slots
from strikeproof.verifier.execution.advice_prediction import AdvicePrediction
from strikeproof.verifier.execution.law_call import (
    LawFailed,
    execute_call,
    pack_advice,
    read_result,
)
from strikeproof.verifier.execution.revm import HostedRun, RevmState
from strikeproof.verifier.execution.segment_executor import (
    RecordAt,
    SegmentExecution,
    check_counts,
)
from strikeproof.verifier.state.book_index import BookIndex

_CORRECTIONS_MAX: Final = 8  # of predictions, before each advice is found one after another
_RUNS_MAX: Final = 100_000  # after which something else must be wrong

_MISSING_ADVICE: Final = keccak256(b"MissingAdvice(uint256,uint256,uint256)")[:4]
_BAD_ADVICE: Final = keccak256(b"BadAdvice(uint256,uint256)")[:4]


class RevmExecutor:
    """Runs segments on one law, over the records that are mounted in `state`."""

    def __init__(self, law: bytes, contracts: Mapping[bytes, bytes], state: RevmState) -> None:
        self._law = law
        self._state = state
        state.add_contracts(contracts)

    def execute(self, segment: bytes, record_at: RecordAt, books: BookIndex) -> SegmentExecution:
        """Return what follows from `segment`, the law's input, on the mounted records.

        `record_at` and `books` must be those of the same state. Raises `LawFailed` if the law
        reverts for another reason than advice.
        """
        search = _Search(self._law, segment, self._state, record_at, books)
        run = search.corrected() or search.one_by_one()
        result = read_result(run.output)
        touched = {key: record_at(key) for key in run.loaded}
        advice = search.known or run.advice
        check_counts(result, touched, advice)
        return SegmentExecution(
            touched=touched,
            advice=tuple(advice),
            changed=result.changed,
            results=result.results,
            compute_weight=result.compute_weight,
            witness_weight=result.witness_weight,
            gas_used=run.gas_used,
            guesses_wrong=search.runs - 1,
            by_reference=False,
        )


class _Search:
    """Runs one segment until all advice is right."""

    def __init__(
        self,
        law: bytes,
        segment: bytes,
        state: RevmState,
        record_at: RecordAt,
        books: BookIndex,
    ) -> None:
        self._law = law
        self._segment = segment
        self._state = state
        self._prediction = AdvicePrediction(segment, record_at, books)
        self.known: list[int] = []
        """Advice in the order of use, if it had to be found one by one."""
        self.runs = 0

    def _run(self, answers: Mapping[Question, Sequence[int]]) -> HostedRun:
        self.runs += 1
        if self.runs > _RUNS_MAX:
            raise LawFailed(f"{_RUNS_MAX} runs of a segment, and no advice was right")
        call = execute_call(self._segment, advice=pack_advice(self.known))
        run = self._state.run(self._law, call, answers)
        if not run.succeeded and run.output[:4] not in (_MISSING_ADVICE, _BAD_ADVICE):
            raise LawFailed(f"the law failed with {run.error} 0x{run.output.hex()[:64]}")
        return run

    def _candidates(self, question: Question) -> Iterator[int]:
        return candidate_slots(self._prediction.candidates(question), ())

    def corrected(self) -> HostedRun | None:
        """Return the successful run on predictions that are corrected where they were wrong; None
        if it is not clear which was."""
        answers = {question: list(slots) for question, slots in self._prediction.answers.items()}
        tried: dict[tuple[Question, int], Iterator[int]] = {}
        for _ in range(_CORRECTIONS_MAX):
            run = self._run(answers)
            if run.succeeded:
                return run
            if run.output[:4] == _MISSING_ADVICE:
                question = _question(run.output)
                slots = answers.setdefault(question, [])
                place = (question, len(slots))
                slots.append(0)
            else:
                instrument, refused = _words(run.output, 2)
                places = [
                    (question, at)
                    for question, slots in answers.items()
                    for at, slot in enumerate(slots)
                    if question[0] == instrument and slot == refused
                ]
                if len(places) != 1:
                    return None
                place = places[0]
            if place not in tried:
                tried[place] = self._candidates(place[0])
            wrong = answers[place[0]][place[1]] if run.output[:4] == _BAD_ADVICE else None
            other = next((slot for slot in tried[place] if slot != wrong), None)
            if other is None:
                return None
            answers[place[0]][place[1]] = other
        return None

    def one_by_one(self) -> HostedRun:
        """Return the successful run on advice that is found in the order of its use."""
        candidates: Iterator[int] = iter(())
        question: Question | None = None
        while True:
            run = self._run({})
            if run.succeeded:
                return run
            if run.output[:4] == _MISSING_ADVICE:  # all that is known was right
                question = _question(run.output)
                candidates = self._candidates(question)
            else:
                self.known.pop()
            slot = next(candidates, None)
            if slot is None:
                raise LawFailed(f"the law takes no advice to its question {question}")
            self.known.append(slot)


def _words(output: bytes, count: int) -> tuple[int, ...]:
    """Return the arguments of an error. Raises `LawFailed` if there are not so many."""
    if len(output) != 4 + 32 * count:
        raise LawFailed(f"the law failed with an error of {len(output)} bytes")
    return tuple(int.from_bytes(output[at : at + 32], "big") for at in range(4, len(output), 32))


def _question(output: bytes) -> Question:
    instrument, sell, price = _words(output, 3)
    return instrument, bool(sell), price
