"""What the law makes of a segment, as the Escape sees it: two results that differ pause payments.

Source: docs/protocol/leaving.md, faults that anyone proves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, Self

from eth_abi import decode as abi_decode
from eth_abi.exceptions import DecodingError

from strikeproof.failure import Rejected
from strikeproof.keccak import keccak256
from strikeproof.l1 import CallReverted
from strikeproof.l1.sender import TRANSACTION_GAS_MAX
from strikeproof.verifier.derivation.logged_batch import decode_batch
from strikeproof.verifier.inspection.challenge_by_hand import build
from strikeproof.verifier.inspection.claim_report import batch_of, hex_of
from strikeproof.verifier.inspection.leaving import Leaving
from strikeproof.verifier.inspection.venue_calls import (
    ABIS,
    CallRefused,
    VenueCall,
    VenueCalls,
    error_text,
)
from strikeproof.wire.errors import FailureCode

_SELECTOR_BYTES: Final = 4
_SALT: Final = bytes(32)  # nobody is paid for a result
_CHALLENGE: Final = ABIS["Rollup"].selector("challenge")
_SHOW: Final = ABIS["Escape"].selector("showLawResult")
_RESULTS: Final = 2
"""This many results of the same inputs that differ are a fault."""


class LawProofUnusable(Rejected):
    """A file holds no challenge, or that of another segment."""

    code = FailureCode.LAW_PROOF_UNUSABLE

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path, self.problem = path, problem


class OneLawResult(Rejected):
    """All proofs give the same root: they show no fault."""

    code = FailureCode.ONE_LAW_RESULT

    def __init__(self, root: bytes, proofs: int) -> None:
        super().__init__(f"all {proofs} proofs give the root {hex_of(root)}: no fault is shown")
        self.root, self.proofs = root, proofs


@dataclass(frozen=True, slots=True)
class LawProof:
    """A challenge, right or wrong, that shows a result of the law."""

    data: bytes
    """The calldata of `Rollup.challenge`, without its selector."""
    batch: int
    segment: int
    root_before: bytes

    @classmethod
    def of_call(cls, data: bytes) -> Self:
        """Return the proof that the calldata of a challenge is. Raises ValueError."""
        arguments = data.removeprefix(_CHALLENGE)
        if len(arguments) + _SELECTOR_BYTES != len(data):
            raise ValueError("it is not a call of Rollup.challenge: `challenge prove --output`")
        try:
            (at,) = abi_decode(["uint256"], arguments)
            # Static words of the struct come first: number, claim, segment, root before.
            number, _, segment, root = abi_decode(
                ["uint64", "bytes32", "uint32", "bytes32"], arguments[at:]
            )
        except (DecodingError, OverflowError) as error:
            raise ValueError(f"it is not a call of Rollup.challenge: {error}") from None
        return cls(arguments, int(number), int(segment), root)

    @property
    def inputs(self) -> tuple[int, int, bytes]:
        """What results are compared by."""
        return self.batch, self.segment, self.root_before


@dataclass(frozen=True, slots=True)
class LawResults:
    """What proofs of one segment give now, and the calls that show it."""

    calls: VenueCalls
    law_id: bytes
    proof: LawProof
    roots: tuple[bytes, ...]
    shown: tuple[VenueCall, ...]
    is_known: bool
    """Whether it is known of this law that it contradicts itself: it pauses payments once."""

    @classmethod
    def of(
        cls,
        leaving: Leaving,
        sender: bytes,
        batch: int,
        segment: int | None,
        files: Sequence[Path],
    ) -> LawResults:
        """Return the results of a batch's segment for this sender, by the proof that is built of
        L1's logs, and by files; by those alone if they are two.

        Raises `LawProofUnusable`, `OneLawResult`, `CallRefused`, and what `build` raises.
        """
        found = {path: _read(path) for path in files}
        proofs = list(found.values())
        if len(proofs) < _RESULTS:
            challenge = build(leaving.parts, batch, segment)
            proofs.insert(0, LawProof.of_call(challenge.call_data(_SALT)))
        proof = proofs[0]
        for path, each in found.items():
            if (
                each.batch != batch
                or each.inputs != proof.inputs
                or segment
                not in (
                    None,
                    each.segment,
                )
            ):
                raise LawProofUnusable(
                    path,
                    f"segment {each.segment} of batch {each.batch} from root"
                    f" {hex_of(each.root_before)}, not segment {proof.segment} of batch {batch}"
                    f" from root {hex_of(proof.root_before)}",
                )
        calls = leaving.calls
        law_id = decode_batch(batch_of(leaving.parts, batch).data).header.law_id
        if calls.ask("Escape", "isFaulty", law_id):
            return cls(calls, law_id, proof, (), (), True)
        roots = tuple(_ask(calls, sender, each) for each in proofs)
        if len(proofs) >= _RESULTS and len(set(roots)) == 1:
            raise OneLawResult(roots[0], len(roots))
        shown = tuple(map(partial(_call, calls), proofs, roots))
        return cls(calls, law_id, proof, roots, shown, False)

    def report(self) -> dict[str, Any]:
        """Return what is shown, in words."""
        return {
            "batch": self.proof.batch,
            "segment": self.proof.segment,
            "root_before": hex_of(self.proof.root_before),
            "law_id": hex_of(self.law_id),
            "results": [hex_of(each) for each in self.roots],
            "known_before": self.is_known,
        }

    def outcome(self) -> dict[str, Any]:
        """Return what L1 says afterwards."""
        is_faulty = bool(self.calls.ask("Escape", "isFaulty", self.law_id))
        return {"is_faulty": is_faulty}


def _read(path: Path) -> LawProof:
    try:
        return LawProof.of_call(path.read_bytes())
    except (OSError, ValueError) as error:
        raise LawProofUnusable(path, str(error)) from None


def _call(calls: VenueCalls, proof: LawProof, root: bytes) -> VenueCall:
    # Under a law that is not a function the same proof may give another root later: another call.
    content = keccak256(proof.data + root).hex()[:16]
    name = f"law result {proof.batch}/{proof.segment} {content}"
    return VenueCall(name, "Escape", calls.addresses["Escape"], _SHOW + proof.data)


def _ask(calls: VenueCalls, sender: bytes, proof: LawProof) -> bytes:
    """Return the root that a proof gives now. Raises `CallRefused`."""
    escape, data = calls.addresses["Escape"], _SHOW + proof.data
    try:
        answer = calls.client.call(escape, data, sender=sender, gas=TRANSACTION_GAS_MAX)
    except CallReverted as reverted:
        raise CallRefused("showLawResult", error_text("Escape", reverted.data)) from None
    (root,) = ABIS["Escape"].return_values("showLawResult", answer)
    return bytes(root)
