"""Segments on revm: ahead of py-evm, never alone (docs/adr/0045).

The state is mounted in the EVM, so records need no asking; advice is predicted (`advice_search`).
"""

from __future__ import annotations

from strikeproof.verifier.execution.advice_search import AdviceSearch, View
from strikeproof.verifier.execution.deployed_law import DeployedLaw
from strikeproof.verifier.execution.law_call import read_result
from strikeproof.verifier.execution.revm import RevmState
from strikeproof.verifier.execution.segment_executor import (
    RecordAt,
    SegmentExecution,
    check_counts,
)
from strikeproof.verifier.state.book_index import BookIndex


class RevmExecutor:
    """Runs segments on one law, over the records that are mounted in `state`."""

    def __init__(self, law: DeployedLaw, state: RevmState) -> None:
        self._law = law
        self._state = state
        state.add_contracts(law.contracts)

    def execute(self, segment: bytes, record_at: RecordAt, books: BookIndex) -> SegmentExecution:
        """Return what follows from `segment`, the law's input, on the mounted records.

        `record_at` and `books` must be those of the same state. Raises `LawFailed` if the law
        reverts for a reason other than advice.
        """
        contract = self._law.contract_of(segment)
        search = AdviceSearch(contract, segment, self._state, View(record_at, books))
        run = search.found()
        result = read_result(run.output)
        touched = {key: record_at(key) for key in run.loaded}
        check_counts(result, touched, search.advice)
        return SegmentExecution(
            touched=touched,
            advice=search.advice,
            changed=result.changed,
            results=result.results,
            compute_weight=result.compute_weight,
            witness_weight=result.witness_weight,
            is_void=result.is_void,
            gas_used=run.gas_used,
            guesses_wrong=search.runs - 1,
            by_reference=False,
        )
