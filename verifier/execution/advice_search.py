"""Finds the advice of one segment on revm, which cannot be asked during a run.

First all of it is predicted. If the law refuses some, the advice seeker executes the segment: the
law of trade with one file exchanged, so that it looks for each order's place by itself, and says
what it found. With that the law is run again. So the most expensive search is three runs of an
ordered segment, and of a message one more for each order that rests; and nothing but the law's own
run says what follows from it.
"""

from __future__ import annotations

from typing import Final

from strikeproof.keccak import keccak256
from strikeproof.verifier.execution.advice import Question
from strikeproof.verifier.execution.advice_prediction import AdvicePrediction
from strikeproof.verifier.execution.law_call import LawFailed, execute_call, pack_advice
from strikeproof.verifier.execution.revm import HostedRun, RevmState
from strikeproof.verifier.execution.segment_executor import RecordAt
from strikeproof.verifier.state.book_index import BookIndex, price_rank

_UNFORESEEN_MAX: Final = 16  # orders of a message, which nothing is predicted of: two for an action

_MISSING_ADVICE: Final = keccak256(b"MissingAdvice(uint256,uint256,uint256)")[:4]
_BAD_ADVICE: Final = keccak256(b"BadAdvice(uint256,uint256)")[:4]


class AdviceSearch:
    """Runs one segment until all advice is right."""

    def __init__(
        self,
        law: bytes,
        seeker: bytes,
        law_input: bytes,
        state: RevmState,
        record_at: RecordAt,
        books: BookIndex,
    ) -> None:
        self._law, self._seeker = law, seeker
        self._input = law_input
        self._state = state
        self._books = books
        self._prediction = AdvicePrediction(law_input, record_at, books)
        self.advice: tuple[int, ...] = ()
        """The advice of the successful run, in the order of use."""
        self.runs = 0

    def found(self) -> HostedRun:
        """Return the successful run of the law. Raises `LawFailed`."""
        self.runs += 1
        answers = self._prediction.answers
        run = self._state.run(self._law, execute_call(self._input), answers)
        if run.succeeded:
            self.advice = tuple(run.advice)
            return run
        if run.output[:4] not in (_MISSING_ADVICE, _BAD_ADVICE):
            raise _failed(run)
        self.advice = self._sought()
        self.runs += 1
        call = execute_call(self._input, advice=pack_advice(self.advice))
        run = self._state.run(self._law, call, {})
        if not run.succeeded:
            raise _failed(run)
        return run

    def _sought(self) -> tuple[int, ...]:
        """Return the advice that the seeker finds."""
        hints = {question: self._before(question) for question in self._prediction.answers}
        for _ in range(1 + _UNFORESEEN_MAX):
            self.runs += 1
            run = self._state.run(self._seeker, execute_call(self._input), {}, hints)
            if run.succeeded:
                return tuple(run.advice)
            if run.output[:4] != _MISSING_ADVICE:
                raise _failed(run)
            question = _question(run.output)
            hints[question] = self._before(question)
        raise LawFailed(f"the law asks for more than {_UNFORESEEN_MAX} places that no order names")

    def _before(self, question: Question) -> int:
        """Return the slot of the order in front of a new one, as of before the segment."""
        instrument, sell, price = question
        places = self._books.ahead_of((instrument, sell), price_rank(price, sell))
        place = next(places, None)
        return 0 if place is None else place[2]


def _failed(run: HostedRun) -> LawFailed:
    return LawFailed(f"the law failed with {run.error} 0x{run.output.hex()[:64]}")


def _question(output: bytes) -> Question:
    if len(output) != 4 + 3 * 32:
        raise LawFailed(f"the law failed with an error of {len(output)} bytes", bytes=len(output))
    instrument, sell, price = (
        int.from_bytes(output[at : at + 32], "big") for at in range(4, len(output), 32)
    )
    return instrument, bool(sell), price
