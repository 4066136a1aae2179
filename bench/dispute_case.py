"""One segment disputed on L1: the synthetic state's root, its proof, the claims, the challenge.

Claim 1 ends in the root of a synthetic state: a claim may say anything, and nobody needs the rest
of that state. Batch 2 holds the segment among as many others as a batch can hold, so that the paths
are as long as they get; claim 2 lies about it, and is disproved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Protocol, cast

from eth_abi import encode as abi_encode

from strikeproof.bench.dispute_cost import Cost, cost_of
from strikeproof.bench.dispute_l1 import (
    GENESIS_TIME,
    INBOX_FEE_WEI,
    DisputeChain,
    Done,
    L1Step,
    signer,
)
from strikeproof.bench.law_library import LawRun
from strikeproof.bench.max_declared_segment import max_declared_segment
from strikeproof.deployment import Deployment
from strikeproof.keccak import keccak256
from strikeproof.verifier.dispute.challenge import Challenge
from strikeproof.verifier.execution.law_call import (
    framed,
    message_input,
    ordered_input,
    pack_advice,
)
from strikeproof.verifier.state.forest import ZERO, Forest
from strikeproof.verifier.state.multiproof import prove, root_of
from strikeproof.verifier.state.record_list import (
    pack_records,
)
from strikeproof.verifier.state.rollup_abi import call_data
from strikeproof.verifier.state.static_list import list_commitment, list_path
from strikeproof.wire.constants import (
    BATCH_SEGMENTS_MAX,
    PREFIX_BATCH,
    PREFIX_CLAIM,
)
from strikeproof.wire.layout import KIND_HEIGHTS
from strikeproof.wire.operations import (
    encode_batch,
    encode_header,
    encode_user_op,
)
from strikeproof.wire.units import Milliseconds

FIRST_TIME: Final = GENESIS_TIME + 1_000
FORCED_TIME: Final = GENESIS_TIME + 1_500
SECOND_TIME: Final = GENESIS_TIME + 2_000
BOND_WEI: Final = 100 * 10**18


class L1(Protocol):
    """Something that executes transactions."""

    def run(self, step: L1Step) -> Done:
        """Execute one."""

    def mark(self) -> Any:
        """Remember now."""

    def rewind(self, mark: Any) -> None:
        """Go back to a mark."""


class _Foliage:
    """A forest in which no node is empty: what it does not know is a hash of its place."""

    def __init__(self) -> None:
        self.trees = [_FullTree(kind, height) for kind, height in enumerate(KIND_HEIGHTS)]


@dataclass(frozen=True, slots=True)
class _FullTree:
    kind: int
    height: int

    def node(self, level: int, index: int) -> bytes:
        if self.kind > 6:
            return ZERO  # kinds that nothing has yet
        return keccak256(b"%d/%d/%d" % (self.kind, level, index))


_FOLIAGE: Final = cast(Forest, _Foliage())


def header_bytes(
    deployment: Deployment,
    number: int,
    parent: bytes,
    time: int,
    inbox_end: int,
    rolling: bytes,
    segments: int,
) -> bytes:
    """Return a batch's header."""
    return encode_header(
        law_id=bytes.fromhex(deployment.law_id[2:]),
        number=number,
        parent_hash=parent,
        sequencer_epoch=1,
        time_ms=Milliseconds(time * 1000),
        inbox_end=inbox_end,
        inbox_rolling=rolling,
        exit_end=0,
        exit_rolling=bytes(32),
        joined=0,
        segment_count=segments,
    )


def _batch_hash(header: bytes, segments: Sequence[bytes]) -> bytes:
    return keccak256(bytes([PREFIX_BATCH]) + header + list_commitment(segments))


def _claim_hash(number: int, batch: bytes, parent: bytes, roots: Sequence[bytes]) -> bytes:
    proposer = bytes.fromhex(signer("proposer").address[2:])
    head = bytes([PREFIX_CLAIM]) + number.to_bytes(8, "big") + batch + parent + proposer
    return keccak256(head + list_commitment(roots))


def opening(deployment: Deployment) -> list[L1Step]:
    """Return the steps before any claim: the bond, and batch 1, which orders nothing."""
    header, segments = _first_batch(deployment)
    post = call_data("postBatch", encode_batch(header=header, segments=segments))
    bond = call_data("depositBond")
    return [
        L1Step("proposer", deployment.rollup, bond, FIRST_TIME, BOND_WEI),
        L1Step("sequencer", deployment.rollup, post, FIRST_TIME + 1),
    ]


@cache
def _first_batch(deployment: Deployment) -> tuple[bytes, tuple[bytes, ...]]:
    genesis = bytes.fromhex(deployment.genesis_batch_hash[2:])
    segments = (max_declared_segment(FIRST_TIME * 1000, ()),)
    return header_bytes(deployment, 1, genesis, FIRST_TIME, 0, bytes(32), 1), segments


@dataclass(frozen=True, slots=True)
class Case:
    """Everything about one disputed segment."""

    steps: tuple[L1Step, ...]
    """Claim 1, batch 2, claim 2."""
    challenge: L1Step
    run: LawRun
    content_bytes: int
    """The length of the segment or message."""


def law_input(ops: bytes) -> bytes:
    """Return the law's input for the disputed segment."""
    return ordered_input(SECOND_TIME * 1000, _segment(ops))


@dataclass(frozen=True, slots=True)
class Sent:
    """A message, and the transaction that brings it into the Inbox."""

    message: bytes
    step: L1Step

    @property
    def law_input(self) -> bytes:
        """Return the law's input for its segment."""
        return message_input(SECOND_TIME * 1000, self.message)


def user_op_input(op: bytes) -> bytes:
    """Return the law's input for an op that came through the Inbox."""
    return message_input(SECOND_TIME * 1000, _user_op(op))


def _user_op(op: bytes) -> bytes:
    sender = bytes.fromhex(signer("trader").address[2:])
    return encode_user_op(time_ms=Milliseconds(FORCED_TIME * 1000), sender=sender, op=op)


def forced(deployment: Deployment, op: bytes) -> Sent:
    """Return an op as its user forces it through the Inbox."""
    submit = keccak256(b"submit(bytes)")[:4] + abi_encode(["bytes"], [op])
    return Sent(
        _user_op(op), L1Step("trader", deployment.inbox, submit, FORCED_TIME, INBOX_FEE_WEI)
    )


def _segment(ops: bytes) -> bytes:
    return max_declared_segment(SECOND_TIME * 1000, [ops])


@dataclass(frozen=True, slots=True)
class _Batch:
    """Batch 2: the disputed content first, as its only message or as a segment."""

    header: bytes
    segments: tuple[bytes, ...]
    content: bytes
    is_message: bool

    @property
    def count(self) -> int:
        """Return how many roots follow the first."""
        return len(self.segments) + self.is_message

    @property
    def hash(self) -> bytes:
        return _batch_hash(self.header, self.segments)


def _second_batch(deployment: Deployment, disputed: bytes | Sent, alone: bool) -> _Batch:
    header1, segments1 = _first_batch(deployment)
    is_message = isinstance(disputed, Sent)
    content = disputed.message if isinstance(disputed, Sent) else _segment(disputed)
    others = 0 if alone else BATCH_SEGMENTS_MAX - 1
    segments = (() if is_message else (content,)) + (_segment(b""),) * others
    rolling = keccak256(bytes(32) + keccak256(content)) if is_message else bytes(32)
    parent = _batch_hash(header1, segments1)
    header = header_bytes(
        deployment, 2, parent, SECOND_TIME, int(is_message), rolling, len(segments)
    )
    return _Batch(header, segments, content, is_message)


def make_case(
    deployment: Deployment, disputed: bytes | Sent, run: LawRun, *, alone: bool = False
) -> Case:
    """Return the dispute of a segment of these ops, or of a message, which the law executed as
    `run`. `alone`: the batch holds nothing else."""
    proof = prove(_FOLIAGE, run.touched)
    before = root_of(run.touched, proof)
    right = root_of({**run.touched, **run.result.changed}, proof)
    wrong = keccak256(right)

    batch1 = _batch_hash(*_first_batch(deployment))
    genesis_claim = bytes.fromhex(deployment.genesis_claim_hash[2:])
    roots1 = [bytes.fromhex(deployment.genesis_root[2:]), before]
    claim1 = _claim_hash(1, batch1, genesis_claim, roots1)

    batch2 = _second_batch(deployment, disputed, alone)
    roots2 = [before] + [wrong] * batch2.count
    challenge = Challenge(
        number=2,
        claim_hash=_claim_hash(2, batch2.hash, claim1, roots2),
        segment_index=0,
        pre_root=before,
        claimed_root=wrong,
        right_root=right,
        pre_root_path=list_path(roots2, 0),
        post_root_path=list_path(roots2, 1),
        header=batch2.header,
        segments=list_commitment(batch2.segments),
        segment=framed([batch2.content]) if batch2.is_message else batch2.content,
        segment_path=[bytes(32)] if batch2.is_message else list_path(batch2.segments, 0),
        records=pack_records(run.touched.items()),
        advice=pack_advice(run.advice),
        proof=proof,
    )
    to = deployment.rollup
    posted = call_data("postBatch", encode_batch(header=batch2.header, segments=batch2.segments))
    steps = [
        L1Step("proposer", to, call_data("propose", batch1, genesis_claim, roots1), SECOND_TIME),
        L1Step("sequencer", to, posted, SECOND_TIME + 1),
        L1Step("proposer", to, call_data("propose", batch2.hash, claim1, roots2), SECOND_TIME + 2),
    ]
    if isinstance(disputed, Sent):
        steps.insert(0, disputed.step)
    last = L1Step("challenger", to, challenge.call_data(keccak256(b"salt")), SECOND_TIME + 3)
    return Case(tuple(steps), last, run, len(batch2.content))


def dispute(l1: L1, case: Case) -> Done:
    """Carry the dispute out and take it back. Raises `Failed`."""
    mark = l1.mark()
    try:
        for step in case.steps:
            l1.run(step)
        return l1.run(case.challenge)
    finally:
        l1.rewind(mark)


def dispute_on_embedded(l1: DisputeChain, case: Case) -> Cost:
    """Return the cost of the challenge, mined, which deletes the claim."""
    done = dispute(l1, case)
    topic = keccak256(b"ClaimDeleted(uint64,bytes32,address,uint32,bytes32,uint64)")
    assert any(log.topics[0] == topic for log in done.logs), "the claim is deleted"
    assert done.gas_used
    return cost_of(case.challenge.data, done.gas_used, done.raw_bytes)
