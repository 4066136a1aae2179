"""Segments on revm: ahead of py-evm, never alone (docs/adr/0045).

The state is mounted in the EVM, so records need no asking; advice is predicted (`advice_search`).
"""

from __future__ import annotations

from strikeproof.contracts import LAW_MODULES, artifact
from strikeproof.keccak import keccak256
from strikeproof.verifier.execution.advice_search import AdviceSearch
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
        seeker = _seeker(law)
        self._seeker = keccak256(seeker)[:20]
        state.add_contracts({**law.contracts, self._seeker: seeker})

    def execute(self, segment: bytes, record_at: RecordAt, books: BookIndex) -> SegmentExecution:
        """Return what follows from `segment`, the law's input, on the mounted records.

        `record_at` and `books` must be those of the same state. Raises `LawFailed` if the law
        reverts for a reason other than advice.
        """
        contract = self._law.contract_of(segment)
        search = AdviceSearch(contract, self._seeker, segment, self._state, record_at, books)
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


def _seeker(law: DeployedLaw) -> bytes:
    """Return the code of the advice seeker of a law; none for one of other modules, whose segments
    py-evm executes where advice is not as predicted."""
    if len(law.modules) != len(LAW_MODULES):
        return b""
    names = (each.removesuffix("Module").upper() for each in LAW_MODULES)
    modules = (int.from_bytes(each, "big") for each in law.modules)
    return artifact("AdviceSeeker").with_immutables(dict(zip(names, modules, strict=True)))
