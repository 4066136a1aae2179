"""What decisions about disputes are based on: the store, our execution, verdicts, challenges."""

from __future__ import annotations

from dataclasses import dataclass

from strikeproof.l1 import L1Client
from strikeproof.verifier.alarm import Alerter
from strikeproof.verifier.dispute.challenge import ChallengeBuilder
from strikeproof.verifier.dispute.verdict import Judge
from strikeproof.verifier.execution.batch_executor import BatchExecutor
from strikeproof.verifier.execution.reference_check import ReferenceCheck
from strikeproof.verifier.store.verifier_store import VerifierStore


@dataclass(frozen=True, slots=True)
class DisputeSources:
    """The sources of every decision."""

    store: VerifierStore
    executor: BatchExecutor
    challenge_builder: ChallengeBuilder
    judge: Judge
    reference: ReferenceCheck
    genesis_claim: bytes
    """The parent of the first claim."""


@dataclass(frozen=True, slots=True)
class DisputeL1:
    """The Rollup that disputes are about, and who hears of trouble."""

    client: L1Client
    rollup: bytes
    alerter: Alerter
