"""Mode `defend`: the key that sends, and everything that decides what it sends."""

from __future__ import annotations

from strikeproof.config.fees_section import WEI_PER_GWEI
from strikeproof.keystore import Signer
from strikeproof.l1 import Block, TransactionSender
from strikeproof.verifier.config import VerifierConfig
from strikeproof.verifier.derivation.log_derivation import DerivationProgress
from strikeproof.verifier.dispute.defence import Defence
from strikeproof.verifier.dispute.dispute_decision import DefencePolicy
from strikeproof.verifier.dispute.dispute_sources import DisputeL1, DisputeSources
from strikeproof.verifier.dispute.proposal_decision import ProposalPolicy
from strikeproof.verifier.dispute.proposer import Proposer
from strikeproof.verifier.dispute.readiness import Readiness
from strikeproof.verifier.dispute.rewards import Rewards
from strikeproof.verifier.dispute.transactions import SendingKey, TransactionActions
from strikeproof.verifier.dispute.verdict import WrongClaim


class DefendMode:
    """Disproves wrong claims, proposes right ones, and collects what it wins."""

    def __init__(
        self, config: VerifierConfig, signer: Signer, sources: DisputeSources, l1: DisputeL1
    ) -> None:
        """Open the key's intents. Raises what `TransactionSender` raises."""
        defend = config.defend
        fees = config.fees.policy(config.l1.confirmations)
        self.sender = TransactionSender(
            l1.client, signer, config.intents_path, chain_id=config.l1.chain_id, policy=fees
        )
        self.sender.raise_alarm = l1.alerter.raise_named
        transactions = TransactionActions(
            l1.client, SendingKey(self.sender, fees), l1.rollup, l1.alerter
        )
        policy = DefencePolicy(urgent_seconds=defend.urgent_seconds)
        self.defence = Defence(sources, l1, transactions, policy)
        self.proposer: Proposer | None = None
        if defend.propose:
            proposal_policy = ProposalPolicy(
                defend.propose_after_seconds, defend.bond_max_gwei * WEI_PER_GWEI
            )
            self.proposer = Proposer(sources, l1, transactions, proposal_policy)
        self.rewards = Rewards(sources, l1, transactions, proposes=defend.propose)
        self._reference = sources.reference
        self.readiness = Readiness(transactions, self.proposer, l1.alerter)

    def act(self, wrong: WrongClaim | None, progress: DerivationProgress) -> None:
        """Do what the newest verdicts ask for; challenge and propose nothing while the executors
        differ. Raises what reading L1 raises."""
        if not progress.at_head:
            return
        head: Block = progress.head
        self.defence.settle()
        if not self._reference.may_act:
            pass  # an alarm has said so
        elif wrong is not None:
            self.defence.act(wrong, head)
        else:
            if self.proposer is not None:
                self.proposer.act(head)
            self.rewards.step(head)  # never with a nonce before that of a dispute
        self.readiness.step(head)

    def close(self) -> None:
        """Release the key."""
        self.sender.close()
