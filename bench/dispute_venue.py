"""A venue on which segments of synthetic states are disputed: on py-evm, and on revm if present."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Final

from strikeproof.bench.attack_messages import send
from strikeproof.bench.attack_ops import build, build_ordered
from strikeproof.bench.attack_shape import Shape
from strikeproof.bench.dispute_case import (
    SECOND_TIME,
    Case,
    Sent,
    dispute,
    dispute_on_embedded,
    forced,
    law_input,
    make_case,
    opening,
)
from strikeproof.bench.dispute_cost import Cost, cost_of
from strikeproof.bench.dispute_l1 import DisputeChain, RevmL1
from strikeproof.bench.law_library import LawRun, Library
from strikeproof.bench.shipped_law import shipped_law
from strikeproof.bench.synthetic_state import SyntheticState
from strikeproof.verifier.execution.segment_executor import SegmentExecutor
from strikeproof.verifier.state.book_index import BookIndex
from strikeproof.wire.constants import (
    ACCOUNT_HEIGHT,
    INSTRUMENT_HEIGHT,
    SEGMENT_BYTES_MAX,
    SEGMENT_OPS_MAX,
    UNDERLYING_HEIGHT,
)
from strikeproof.wire.operations import SEGMENT_HEAD_BYTES

Composition = tuple[Shape, ...]
"""The ops of a segment, in order; as many as its bytes hold."""

SIMPLE: Final = ("bundle:p p2",)


def parse(texts: Sequence[str]) -> Composition:
    """Return a composition from the texts of its shapes."""
    return tuple(map(Shape.parse, texts))


def has_revm() -> bool:
    """Return whether pyrevm is installed."""
    return find_spec("pyrevm") is not None


def law_replay() -> SegmentExecutor:
    """Return the verifier's executor of the shipped law."""
    return SegmentExecutor(shipped_law())


def replay_run(law_input: bytes, records: Mapping[int, bytes]) -> LawRun:
    """Execute an input of the law in the verifier's way, on py-evm. The law's gas is not known."""
    replay = law_replay()
    books = BookIndex()
    books.load(records.items())
    execution = replay.execute(law_input, lambda key: records.get(key, b""), books)
    result = replay.execute_witness(law_input, execution.touched, execution.advice)
    assert result is not None, "the law accepts the witness that it asked for"
    return LawRun(result, dict(execution.touched), tuple(execution.advice), 0)


class DisputeVenue:
    """One venue, to dispute on again and again: every dispute is taken back.

    `fast`: the law runs on revm, and `cost` is found there; else on py-evm.
    """

    def __init__(self, fast: bool | None = None) -> None:
        self.fast = has_revm() if fast is None else fast
        self.embedded = DisputeChain()
        for step in opening(self.embedded.deployment):
            self.embedded.run(step)
        self._separator = bytes.fromhex(self.embedded.deployment.domain_separator[2:])
        self._colder_gas = 0
        if self.fast:
            self._library = Library()
            self._revm = RevmL1(self.embedded)
            # L1 charges more than revm, where more is warm: for the same steps, the same amount.
            simple = self.case(parse(SIMPLE))
            on_l1 = self.cost_on_l1(simple).execution_gas
            self._colder_gas = on_l1 - self.cost(simple).execution_gas

    def scene(self, ids_left: int = 0) -> SyntheticState:
        """Return a state without records yet, as of the disputed segment's time. Of everything that
        can be listed, `ids_left` are still free."""
        return SyntheticState(
            SECOND_TIME * 1000,
            self._separator,
            instruments=2**INSTRUMENT_HEIGHT - 1 - ids_left,
            underlyings=2**UNDERLYING_HEIGHT - 1 - ids_left,
            accounts=2**ACCOUNT_HEIGHT - 1 - ids_left,
        )

    def case(self, composition: Composition, *, alone: bool = False) -> Case:
        """Return the dispute of a segment. `alone`: in a batch without others."""
        scene = self.scene()
        ops = b""
        for shape in composition[:SEGMENT_OPS_MAX]:
            op = build_ordered(scene, shape)
            if SEGMENT_HEAD_BYTES + len(ops) + len(op) <= SEGMENT_BYTES_MAX:
                ops += op
        run = self.run(law_input(ops), scene)
        return make_case(self.embedded.deployment, ops, run, alone=alone)

    def forced_case(self, shape: Shape) -> Case:
        """Return the dispute of one op that came through the Inbox."""
        scene = self.scene()
        op = build(scene, shape)
        return self._case_of(forced(self.embedded.deployment, op), scene)

    def message_case(self, kind: str) -> Case:
        """Return the dispute of a message of the inbox's own family (attack_messages.py). Only revm
        can execute it: its senders are contracts."""
        scene = self.scene(ids_left=1)
        return self._case_of(send(self.embedded.deployment, scene, kind), scene)

    def _case_of(self, sent: Sent, scene: SyntheticState) -> Case:
        run = self.run(sent.law_input, scene)
        return make_case(self.embedded.deployment, sent, run)

    def run(self, law_input: bytes, scene: SyntheticState) -> LawRun:
        """Return what the law makes of its input."""
        if self.fast:
            return self._library.run(law_input, scene.records, scene.predecessors)
        return replay_run(law_input, scene.records)

    def cost(self, case: Case) -> Cost:
        """Return what the challenge costs on L1, found on revm if that is there."""
        if not self.fast:
            return self.cost_on_l1(case)
        used = dispute(self._revm, case).gas_used
        return cost_of(case.challenge.data, used + self._colder_gas, 0)

    def cost_on_l1(self, case: Case) -> Cost:
        """Return what the challenge costs, by a transaction mined on the embedded L1."""
        return dispute_on_embedded(self.embedded, case)
