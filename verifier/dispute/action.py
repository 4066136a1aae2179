"""What the verifier can do about a claim: the values that decisions return.

A decision never sends anything. `transactions.py` sends the actions that are transactions;
`defence.py` and `proposer.py` carry out the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from strikeproof.l1.attempts import intent_name
from strikeproof.l1.bond_facts import BOND_PURPOSE
from strikeproof.verifier.alarm import Alarm
from strikeproof.verifier.dispute.challenge import Challenge
from strikeproof.verifier.dispute.gas import Work
from strikeproof.verifier.state.reward_commitment import reward_commitment
from strikeproof.verifier.state.rollup_abi import call_data


class Stage(Enum):
    """How far a dispute is."""

    FOUND = "found"
    STOPPED = "stopped"  # L1 or our own check sees no disproof: nothing was sent
    COMMITTED = "committed"  # the commitment is signed
    SENT = "sent"  # the challenge is signed
    WON = "won"  # our challenge deleted the claim
    OVERTAKEN = "overtaken"  # another challenge deleted the claim


ENDED = (Stage.WON, Stage.OVERTAKEN)


@dataclass(frozen=True, slots=True)
class DisputedClaim:
    """The wrong claim, in the block that holds it, and our disproof in brief."""

    number: int
    claim_hash: bytes
    block: int
    segment: int
    right_root: bytes
    salt: bytes

    # A claim that L1 moves into a later block needs a commitment after that block.
    @property
    def commit_purpose(self) -> str:
        """Return what the intents of the commitment are named after."""
        return f"commit 0x{self.claim_hash.hex()} posted in {self.block}"

    @property
    def challenge_purpose(self) -> str:
        """Return what the intents of the challenge are named after."""
        return f"challenge 0x{self.claim_hash.hex()} posted in {self.block}"


@dataclass(frozen=True, slots=True)
class Commit:
    """Commit to the disproof, so that nobody who copies the challenge earns the reward."""

    claim: DisputedClaim
    attempt: int

    work = Work.COMMIT
    value_wei = 0

    @property
    def name(self) -> str:
        """Return the name of its intent."""
        return intent_name(self.claim.commit_purpose, self.attempt)

    def call_data(self, sender: bytes) -> bytes:
        """Return the calldata of `Rollup.commit`."""
        claim = self.claim
        return call_data(
            "commit",
            reward_commitment(
                sender, claim.claim_hash, claim.segment, claim.right_root, claim.salt
            ),
        )


@dataclass(frozen=True, slots=True)
class SubmitChallenge:
    """Disprove the claim."""

    claim: DisputedClaim
    challenge: Challenge
    attempt: int
    reason: str

    work = Work.CHALLENGE
    value_wei = 0

    @property
    def name(self) -> str:
        """Return the name of its intent."""
        return intent_name(self.claim.challenge_purpose, self.attempt)

    def call_data(self, sender: bytes) -> bytes:
        """Return the calldata of `Rollup.challenge`."""
        return self.challenge.call_data(self.claim.salt)


def reward_purpose(disproof: int) -> str:
    """Return what the intents that claim a reward are named after."""
    return f"reward {disproof}"


@dataclass(frozen=True, slots=True)
class ClaimReward:
    """Collect the reward of a disproof that somebody else carried out after our commitment."""

    disproof: int
    salt: bytes
    attempt: int

    work = Work.CLAIM_REWARD
    value_wei = 0

    @property
    def name(self) -> str:
        """Return the name of its intent."""
        return intent_name(reward_purpose(self.disproof), self.attempt)

    def call_data(self, sender: bytes) -> bytes:
        """Return the calldata of `Rollup.claimReward`."""
        return call_data("claimReward", self.disproof, self.salt)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A right claim that L1 lacks."""

    number: int
    batch_hash: bytes
    parent_hash: bytes
    roots: tuple[bytes, ...]

    @property
    def purpose(self) -> str:
        """Return what its intents are named after."""
        return f"propose {self.number} upon 0x{self.parent_hash.hex()}"


@dataclass(frozen=True, slots=True)
class Propose:
    """Claim the roots of a batch."""

    proposal: Proposal
    attempt: int

    work = Work.PROPOSE
    value_wei = 0

    @property
    def name(self) -> str:
        """Return the name of its intent."""
        return intent_name(self.proposal.purpose, self.attempt)

    def call_data(self, sender: bytes) -> bytes:
        """Return the calldata of `Rollup.propose`."""
        proposal = self.proposal
        return call_data("propose", proposal.batch_hash, proposal.parent_hash, list(proposal.roots))


@dataclass(frozen=True, slots=True)
class DepositBond:
    """Raise our bond to what a proposal needs, from what it was when that was decided."""

    value_wei: int
    amount_before_wei: int
    attempt: int

    work = Work.DEPOSIT_BOND

    @property
    def name(self) -> str:
        """Return the name of its intent."""
        return intent_name(BOND_PURPOSE, self.attempt)

    def call_data(self, sender: bytes) -> bytes:
        """Return the calldata of `Rollup.topUpBond`."""
        return call_data("topUpBond", self.amount_before_wei)


def settle_purpose(proposer: bytes, locked_until_seconds: int) -> str:
    """Return what the intents that settle a slashed bond are named after."""
    return f"settle 0x{proposer.hex()} held until {locked_until_seconds}"


COLLECT_PURPOSE: Final = "collect credit"
"""What the intents of collections are named after: each is an attempt of its own."""


@dataclass(frozen=True, slots=True)
class SettleHeld:
    """Have what is held of a slashed bond credited to whom it belongs."""

    proposer: bytes
    locked_until_seconds: int
    attempt: int

    work = Work.SETTLE_HELD
    value_wei = 0

    @property
    def name(self) -> str:
        """Return the name of its intent."""
        return intent_name(settle_purpose(self.proposer, self.locked_until_seconds), self.attempt)

    def call_data(self, sender: bytes) -> bytes:
        """Return the calldata of `Rollup.settleHeld`."""
        return call_data("settleHeld", self.proposer)


@dataclass(frozen=True, slots=True)
class CollectCredit:
    """Have L1 pay out what is credited to us."""

    wei: int
    attempt: int

    work = Work.COLLECT_CREDIT
    value_wei = 0

    @property
    def name(self) -> str:
        """Return the name of its intent."""
        return intent_name(COLLECT_PURPOSE, self.attempt)

    def call_data(self, sender: bytes) -> bytes:
        """Return the calldata of `Rollup.collect`."""
        return call_data("collect")


Transaction = (
    Commit | SubmitChallenge | ClaimReward | Propose | DepositBond | SettleHeld | CollectCredit
)


@dataclass(frozen=True, slots=True)
class AskL1:
    """Build the challenge, put it to L1 by eth_call, and decide again with the answer."""


@dataclass(frozen=True, slots=True)
class StopDispute:
    """Send nothing, because L1 or our own check sees no disproof; look again later."""

    alarm: Alarm
    note: str
    fields: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EndDispute:
    """The claim is deleted, and nothing is left to collect."""

    stage: Stage
    note: str = ""


@dataclass(frozen=True, slots=True)
class RaiseAlarm:
    """Alert a human."""

    alarm: Alarm
    fields: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wait:
    """Do nothing now."""

    reason: str
    until: float | None = None
    """By the clock that the facts were taken with; None: until the facts change."""


Action = Transaction | AskL1 | StopDispute | EndDispute | RaiseAlarm | Wait
