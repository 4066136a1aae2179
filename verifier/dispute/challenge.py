"""Disputes: find the first wrong root of a claim, and build what disproves it.

This part builds a `Challenge` and never sends it. A challenge is checked here by the Rollup's rules
before anybody sees it: the witness gives the claim's root before the segment, and the law, given
the witness alone, gets the same result as we did.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from strikeproof.failure import Broken
from strikeproof.verifier.execution.batch_executor import BatchExecutor, BatchInputs
from strikeproof.verifier.execution.law_call import (
    pack_advice,
)
from strikeproof.verifier.execution.reference_check import ReferenceCheck
from strikeproof.verifier.execution.segment_executor import SegmentExecution, SegmentExecutor
from strikeproof.verifier.execution.state_history import StateHistory
from strikeproof.verifier.state.multiproof import prove, root_of
from strikeproof.verifier.state.record_list import (
    pack_records,
)
from strikeproof.verifier.state.rollup_abi import call_data
from strikeproof.verifier.state.static_list import list_commitment, list_path
from strikeproof.verifier.store.stored_rows import BatchRow, ClaimRow
from strikeproof.wire.errors import FailureCode

CHALLENGE_BYTES_MAX: Final = 131_072 - 1_024  # what nodes relay, less the envelope


class NotProvable(Broken):
    """We hold a claim to be wrong and cannot build a proof that holds: a bug, and an alarm."""

    code = FailureCode.NOT_PROVABLE

    def __init__(self, reason: str, **values: int | str) -> None:
        """`values`: what the reason is about, by name."""
        super().__init__(reason)
        self.values = values


@dataclass(frozen=True, slots=True)
class Challenge:
    """Everything that shows L1 what root follows from a segment of a claim."""

    number: int
    claim_hash: bytes
    segment_index: int
    pre_root: bytes
    claimed_root: bytes
    right_root: bytes
    pre_root_path: Sequence[bytes]
    post_root_path: Sequence[bytes]
    header: bytes
    segments: bytes
    segment: bytes
    segment_path: Sequence[bytes]
    records: bytes
    advice: bytes
    proof: bytes

    @property
    def is_disproof(self) -> bool:
        """Return whether the claimed root is wrong."""
        return self.right_root != self.claimed_root

    def call_data(self, salt: bytes) -> bytes:
        """Return the calldata of `Rollup.challenge`."""
        return call_data(
            "challenge",
            {
                "number": self.number,
                "claimHash": self.claim_hash,
                "segmentIndex": self.segment_index,
                "preRoot": self.pre_root,
                "postRoot": self.claimed_root,
                "preRootPath": list(self.pre_root_path),
                "postRootPath": list(self.post_root_path),
                "header": self.header,
                "segments": self.segments,
                "segment": self.segment,
                "segmentPath": list(self.segment_path),
                "records": self.records,
                "advice": self.advice,
                "proof": self.proof,
                "salt": salt,
            },
        )


def first_wrong_segment(claimed: Sequence[bytes], right: Sequence[bytes]) -> int | None:
    """Return the first segment whose claimed root is wrong; None if all are right.

    Both lists hold the root before the batch and one after each segment. A first root that differs
    is its parent's fault and cannot be disproved here: then the answer is None too.
    """
    assert len(claimed) == len(right), "L1 checks the count of roots"
    if claimed[0] != right[0]:
        return None
    for segment in range(len(right) - 1):
        if claimed[segment + 1] != right[segment + 1]:
            return segment
    return None


def build_challenge(
    claim: ClaimRow,
    segment: int,
    inputs: BatchInputs,
    execution: SegmentExecution,
    state: StateHistory,
) -> Challenge:
    """Return the challenge of `segment`, executed as `execution` on `state` just before it."""
    batch, consumed = inputs.batch, len(inputs.runs)
    ordered = segment - consumed
    return Challenge(
        number=claim.number,
        claim_hash=claim.hash,
        segment_index=segment,
        pre_root=claim.roots[segment],
        claimed_root=claim.roots[segment + 1],
        right_root=state.root_after(execution),
        pre_root_path=list_path(claim.roots, segment),
        post_root_path=list_path(claim.roots, segment + 1),
        header=batch.header_bytes,
        segments=list_commitment(batch.segments),
        segment=inputs.content(segment),
        segment_path=(
            list_path(batch.segments, ordered) if ordered >= 0 else inputs.rolling_path(segment)
        ),
        records=pack_records(execution.touched.items()),
        advice=pack_advice(execution.advice),
        proof=prove(state.forest, execution.touched),
    )


def check_challenge(
    challenge: Challenge,
    execution: SegmentExecution,
    law_input: bytes,
    law_executor: SegmentExecutor,
) -> None:
    """Raise `NotProvable` unless the challenge holds by itself, as L1 will judge it."""
    before = root_of(execution.touched, challenge.proof)
    if before != challenge.pre_root:
        raise NotProvable(
            f"the witness gives root 0x{before.hex()}, not the one before the segment"
        )
    result = law_executor.execute_witness(law_input, execution.touched, execution.advice)
    if result is None:
        raise NotProvable("the law reverts on the witness alone")
    advice_used = 0 if result.is_void else len(execution.advice)
    same = (result.changed, result.is_void) == (execution.changed, execution.is_void)
    if not same or result.advice_used != advice_used:
        raise NotProvable("the law makes something else of the witness alone")
    after = root_of({**execution.touched, **result.changed}, challenge.proof)
    if after != challenge.right_root:
        raise NotProvable("the witness gives another root after the segment than our state")
    size = len(challenge.call_data(bytes(32)))
    if size > CHALLENGE_BYTES_MAX:
        raise NotProvable(f"the challenge has {size} bytes, more than nodes relay", bytes=size)


class ChallengeBuilder:
    """Builds checked challenges of any segment that was executed."""

    def __init__(self, executor: BatchExecutor, reference: ReferenceCheck | None = None) -> None:
        """`reference` hears what py-evm came to; without it, it is not compared with the store."""
        self._executor = executor
        self._reference = reference

    def build(self, claim: ClaimRow, row: BatchRow, segment: int) -> Challenge:
        """Return the challenge of a claim's segment, right or wrong, checked.

        Raises `NotProvable`, and `Forgotten` if the segment is too old.
        """
        position = self._executor.position_of(row.number, segment)
        if position is None:
            raise NotProvable(
                f"segment {segment} of batch {row.number} is not executed yet",
                segment=segment,
                batch=row.number,
            )
        inputs = self._executor.inputs_of(row)
        state = self._executor.state
        with state.rewound(position):
            execution = self._executor.run(row, segment)
            challenge = build_challenge(claim, segment, inputs, execution, state)
        if self._reference is not None and not self._reference.confirm(
            row.number, segment, execution, challenge.right_root
        ):
            raise NotProvable("py-evm and what ran ahead of it come to different roots")
        law_executor = self._executor.choice.reference_of(inputs.batch.header.law_id)
        check_challenge(challenge, execution, inputs.inputs[segment], law_executor)
        return challenge
