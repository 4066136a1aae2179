"""Which executor runs ahead: revm where it is installed and wanted, else py-evm.

py-evm is the reference. Whatever is disputed, inspected or put to L1 runs on it; an executor that
runs ahead only computes the roots that claims are compared with first.
"""

from __future__ import annotations

from typing import Literal

import structlog

from strikeproof.verifier.config import ExecutorName
from strikeproof.verifier.execution import revm
from strikeproof.verifier.execution.deployed_laws import DeployedLaws
from strikeproof.verifier.execution.law_call import LawFailed
from strikeproof.verifier.execution.revm_executor import RevmExecutor
from strikeproof.verifier.execution.segment_executor import (
    LawExecutor,
    RecordAt,
    SegmentExecution,
    SegmentExecutor,
)
from strikeproof.verifier.execution.state_history import StateHistory
from strikeproof.verifier.state.book_index import BookIndex

_log = structlog.get_logger("verifier")


class ExecutorChoice:
    """The executors of every law, over one state."""

    def __init__(self, laws: DeployedLaws, state: StateHistory, name: ExecutorName) -> None:
        """Choose by name. Raises `ExecutorUnavailable` for revm where it is not installed."""
        self.laws = laws
        self._state = state
        wants_revm = name == "revm" or (name == "auto" and revm.is_installed())
        self.revm_state = revm.RevmState() if wants_revm else None
        self._is_mounted = False
        self._ahead: dict[bytes, LawExecutor] = {}

    @property
    def name(self) -> Literal["revm", "py-evm"]:
        """Return what runs ahead."""
        return "py-evm" if self.revm_state is None else "revm"

    def reference_of(self, law_id: bytes) -> SegmentExecutor:
        """Return py-evm for this law. Raises `WrongCode`, and what reading L1 raises."""
        return self.laws.executor_of(law_id)

    def ahead_of(self, law_id: bytes) -> LawExecutor:
        """Return what runs ahead for this law. Raises `WrongCode`, and what reading L1 raises."""
        state = self.revm_state
        if state is None:
            return self.reference_of(law_id)
        if not self._is_mounted:
            state.mount(self._state.records())
            self._state.follow(state)
            self._is_mounted = True
        found = self._ahead.get(law_id)
        if found is None:
            law = self.laws.law_of(law_id)
            fast = RevmExecutor(law, state)
            found = self._ahead[law_id] = _WithReference(fast, self.reference_of(law_id))
        return found


class _WithReference:
    """revm, and py-evm for a segment that revm cannot finish: the reference decides."""

    def __init__(self, fast: RevmExecutor, reference: SegmentExecutor) -> None:
        self._fast = fast
        self._reference = reference

    def execute(self, segment: bytes, record_at: RecordAt, books: BookIndex) -> SegmentExecution:
        """Return what follows from `segment`. Raises `LawFailed` if both executors fail."""
        try:
            return self._fast.execute(segment, record_at, books)
        except LawFailed as error:
            _log.warning("revm_gave_up", reason=str(error))
            return self._reference.execute(segment, record_at, books)
