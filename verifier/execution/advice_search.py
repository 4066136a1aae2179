"""Finds the advice of one segment on revm, which cannot be asked during a run.

First all of it is predicted; where one prediction is wrong it is corrected. If that fails,
because a bundle was refused or did not fill what was predicted, the segment is executed op by
op: each prefix gives the records after it, and from those the next op is predicted exactly. So the
most expensive search is some two runs an op, whatever somebody puts into a segment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from strikeproof.keccak import keccak256
from strikeproof.verifier.derivation.logged_batch import op_spans
from strikeproof.verifier.execution.advice import Question
from strikeproof.verifier.execution.advice_prediction import AdvicePrediction
from strikeproof.verifier.execution.law_call import (
    LawFailed,
    execute_call,
    is_ordered,
    pack_advice,
    read_result,
)
from strikeproof.verifier.execution.revm import HostedRun, RevmState
from strikeproof.verifier.execution.segment_executor import RecordAt
from strikeproof.verifier.state.book_index import BookIndex
from strikeproof.wire.operations import (
    ORDERED_INPUT_DECLARED_COMPUTE_OFFSET,
    ORDERED_INPUT_HEAD_BYTES,
    ORDERED_INPUT_OPS_OFFSET,
)

_CORRECTIONS_MAX: Final = 4
_RUNS_MAX: Final = 200  # py-evm, which takes a wrong guess back in its stride, is faster then

_MISSING_ADVICE: Final = keccak256(b"MissingAdvice(uint256,uint256,uint256)")[:4]
_BAD_ADVICE: Final = keccak256(b"BadAdvice(uint256,uint256)")[:4]


@dataclass(frozen=True, slots=True)
class View:
    """The state as it is somewhere in a segment."""

    record_at: RecordAt
    books: BookIndex
    changed: dict[int, bytes] = field(default_factory=dict)
    """What the segment has changed so far; `books` follow it."""

    def record(self, key: int) -> bytes:
        """Return a record as of here."""
        found = self.changed.get(key)
        return self.record_at(key) if found is None else found

    def move(self, changed: Mapping[int, bytes]) -> None:
        """Go on to where the segment has changed these records, counted from its beginning."""
        self.books.update({key: self.record(key) for key in changed}, changed)
        self.changed.update(changed)

    def leave(self) -> None:
        """Put the books back to the beginning of the segment."""
        self.books.update(self.changed, {key: self.record_at(key) for key in self.changed})
        self.changed.clear()


class AdviceSearch:
    """Runs one segment until all advice is right."""

    def __init__(self, law: bytes, law_input: bytes, state: RevmState, view: View) -> None:
        self._law = law
        self._input = law_input
        self._state = state
        self._view = view
        self._prediction = self._predict(law_input)
        self.advice: tuple[int, ...] = ()
        """The advice of the successful run, in the order of use."""
        self.runs = 0

    def found(self) -> HostedRun:
        """Return the successful run. Raises `LawFailed`."""
        run = self._corrected(self._input, ())
        if run is None:
            try:
                return self._op_by_op()
            finally:
                self._view.leave()
        self.advice = tuple(run.advice)
        return run

    def _predict(self, law_input: bytes) -> AdvicePrediction:
        return AdvicePrediction(law_input, self._view.record, self._view.books)

    def _run(
        self,
        law_input: bytes,
        known: Sequence[int],
        answers: Mapping[Question, Sequence[int]],
    ) -> HostedRun:
        self.runs += 1
        if self.runs > _RUNS_MAX:
            raise LawFailed(
                f"{_RUNS_MAX} runs of a segment, and advice was still wrong", runs=_RUNS_MAX
            )
        call = execute_call(law_input, advice=pack_advice(known))
        run = self._state.run(self._law, call, answers)
        if not run.succeeded and run.output[:4] not in (_MISSING_ADVICE, _BAD_ADVICE):
            raise LawFailed(f"the law failed with {run.error} 0x{run.output.hex()[:64]}")
        return run

    def _corrected(self, law_input: bytes, known: Sequence[int]) -> HostedRun | None:
        """Return the successful run on `known`, then on predictions that are corrected where they
        were wrong; None if it is not clear which was, or too many were."""
        answers = {question: list(slots) for question, slots in self._prediction.answers.items()}
        tried: dict[tuple[Question, int], Iterator[int]] = {}
        for _ in range(_CORRECTIONS_MAX):
            run = self._run(law_input, known, answers)
            if run.succeeded:
                return run
            wrong: int | None = None
            if run.output[:4] == _MISSING_ADVICE:
                question = _question(run.output)
                answers.setdefault(question, []).append(0)
                places = [(question, len(answers[question]) - 1)]
            else:
                instrument, wrong = _words(run.output, 2)
                places = [
                    (question, at)
                    for question, slots in answers.items()
                    for at, slot in enumerate(slots)
                    if question[0] == instrument and slot == wrong
                ]
            if len(places) != 1:
                return None
            (place,) = places
            if place not in tried:
                tried[place] = self._prediction.candidates(place[0])
            other = next((slot for slot in tried[place] if slot != wrong), None)
            if other is None:
                return None
            answers[place[0]][place[1]] = other
        return None

    def _op_by_op(self) -> HostedRun:
        """Return the successful run of the whole segment, after runs of its prefixes."""
        known: list[int] = []
        ends = _op_ends(self._input)
        for start, end in pairwise(ends):
            prefix = _undeclared(self._input[:end])
            self._prediction = self._predict(self._input[: ends[0]] + self._input[start:])
            if start != ends[0]:  # the whole of it was tried at the beginning
                run = self._run(self._input, known, self._prediction.answers)
                if run.succeeded:
                    self.advice = (*known, *run.advice)
                    return run
            run = self._run(prefix, known, self._prediction.answers)
            if run.succeeded:
                known += run.advice
            else:
                self._prediction = self._predict(self._input[: ends[0]] + self._input[start:end])
                run = self._one_by_one(prefix, known)
            self._view.move(read_result(run.output).changed)
        run = self._one_by_one(self._input, known)
        self.advice = tuple(known)
        return run

    def _one_by_one(self, law_input: bytes, known: list[int]) -> HostedRun:
        """Return the successful run on advice that is found in the order of its use, and added to
        what is known."""
        candidates: Iterator[int] = iter(())
        question: Question | None = None
        while True:
            run = self._run(law_input, known, {})
            if run.succeeded:
                return run
            if run.output[:4] == _MISSING_ADVICE:  # all that is known was right
                question = _question(run.output)
                candidates = self._prediction.candidates(question)
            else:
                known.pop()
            slot = next(candidates, None)
            if slot is None:
                raise LawFailed(f"the law takes no advice to its question {question}")
            known.append(slot)


def _op_ends(law_input: bytes) -> list[int]:
    """Return where a segment's ops begin, and where each of them ends; of a message, nothing."""
    if not is_ordered(law_input):
        return []
    spans = op_spans(law_input, ORDERED_INPUT_HEAD_BYTES)
    return [ORDERED_INPUT_HEAD_BYTES, *(end for _, _, end in spans)]


def _undeclared(law_input: bytes) -> bytes:
    """Return the input with declarations that no totals pass: a prefix is to be executed, whether
    the segment is void or not."""
    start, end = ORDERED_INPUT_DECLARED_COMPUTE_OFFSET, ORDERED_INPUT_OPS_OFFSET
    return law_input[:start] + b"\xff" * (end - start) + law_input[end:]


def _words(output: bytes, count: int) -> tuple[int, ...]:
    """Return the arguments of an error. Raises `LawFailed` if there are not this many."""
    if len(output) != 4 + 32 * count:
        raise LawFailed(f"the law failed with an error of {len(output)} bytes", bytes=len(output))
    return tuple(int.from_bytes(output[at : at + 32], "big") for at in range(4, len(output), 32))


def _question(output: bytes) -> Question:
    instrument, sell, price = _words(output, 3)
    return instrument, bool(sell), price
