"""Reading L1 and posting to it, round after round.

What a round reads is handed to the event loop as one immutable view; what it posts it takes from
the batch store. A round that fails because L1 is unreachable is tried again; whatever cannot be
put right stops the node.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Self

import structlog

from strikeproof.config.fees_section import WEI_PER_GWEI
from strikeproof.failure import Transient
from strikeproof.keystore import Signer
from strikeproof.l1 import TransactionSender
from strikeproof.sequencer.batch.batch_bytes import Batch
from strikeproof.sequencer.batch.batch_store import BatchStore
from strikeproof.sequencer.config import SequencerConfig
from strikeproof.sequencer.l1.connected_l1 import ConnectedL1
from strikeproof.sequencer.l1.finality import FinalityBook
from strikeproof.sequencer.l1.l1_watcher import L1View
from strikeproof.sequencer.metrics import SequencerMetrics
from strikeproof.sequencer.posting.claimant import Claimant
from strikeproof.sequencer.posting.contract_sender import ContractSender
from strikeproof.sequencer.posting.l1_reporter import L1Reporter
from strikeproof.sequencer.posting.poster import Poster, PosterTerms
from strikeproof.sequencer.posting.posting_watch import PostingWatch
from strikeproof.sequencer.posting.promise_stake import PromiseStake, StakeTerms
from strikeproof.sequencer.posting.standing_alarms import StandingAlarms
from strikeproof.sequencer.recovery.data_folder import DataFolder
from strikeproof.storage_failure import storage

_log = structlog.get_logger("l1")

PostingEpoch = Callable[[], Awaitable[int | None]]
"""Returns the epoch that this node may post in now, None if another node leads."""


@dataclass(slots=True)
class ProvedHeights:
    """What the poster may go on to; written by the event loop, read by the thread."""

    proved_to: int = 0
    verified_to: int = 0


class PostingLoop:
    """Owns the nonces of the node's key. Construct with `open`."""

    def __init__(
        self,
        config: SequencerConfig,
        l1: ConnectedL1,
        folder: DataFolder,
        sender: TransactionSender,
        claimant: Claimant,
    ) -> None:
        self._l1, self._sender = l1, sender
        self._store = BatchStore(folder.batches)
        self._alarms = StandingAlarms()
        terms = PosterTerms(
            config.cluster is not None,
            config.claims.propose,
            l1.rules,
            config.claims.bond_max_gwei * WEI_PER_GWEI,
        )
        rollup = ContractSender(l1.client, sender, "Rollup", l1.terms.rollup)
        self._poster = Poster(rollup, self._store, claimant, terms, self._alarms)
        promises = ContractSender(l1.client, sender, "Promises", l1.contracts.promises)
        stake_terms = StakeTerms(
            config.promises.stake_gwei * WEI_PER_GWEI, config.promises.stake_max_gwei * WEI_PER_GWEI
        )
        self._stake = PromiseStake(promises, stake_terms, self._alarms)
        self._l1_reporter = L1Reporter(
            ContractSender(l1.client, sender, "Inbox", l1.contracts.inbox)
        )
        self._poll_seconds = config.l1.poll_seconds
        self.proved_heights = ProvedHeights()

    @classmethod
    def open(
        cls,
        config: SequencerConfig,
        l1: ConnectedL1,
        folder: DataFolder,
        signer: Signer,
        claimant: Claimant,
    ) -> Self:
        """Open the folder's intents and batches; the folder must be owned."""
        with storage(folder.intents):
            sender = TransactionSender(
                l1.client,
                signer,
                folder.intents,
                chain_id=l1.terms.chain_id,
                policy=config.fees.policy(config.l1.confirmations),
            )
        return cls(config, l1, folder, sender, claimant)

    def sent_batch(self, number: int, batch_hash: bytes) -> Batch | None:
        """Return a batch that this node ever sent to L1, None if this one never was."""
        return self._poster.sent_batch(number, batch_hash)

    def close(self) -> None:
        """Let the round that is under way end, and release the stores."""
        self._l1.close()
        self._sender.close()
        self._store.close()

    async def run(
        self,
        finality: FinalityBook,
        metrics: SequencerMetrics,
        on_view: Callable[[L1View], None],
        posting_epoch: PostingEpoch | None = None,
    ) -> None:
        """Read and post until cancelled; `on_view` gets every view before anything is posted.

        `posting_epoch`: asked before each round; absent: this node is the only one.

        Raises what stops the node.
        """
        watch = PostingWatch(self._l1.client, self._sender, self._alarms, metrics.registry)
        while True:
            try:
                view = await self._l1.poll()
                _publish(view, finality, metrics)
                on_view(view)
                epoch: int | None = self._l1.terms.sequencer_epoch
                if posting_epoch is not None:
                    epoch = await posting_epoch()
                if epoch is not None:
                    await self._l1.in_thread(self._post, view, watch, epoch)
            except Transient as error:
                metrics.l1_failures.inc()
                _log.warning("l1_round_failed", reason=str(error))
            await self._l1.in_thread(watch.end_round)
            await asyncio.sleep(self._poll_seconds)

    def _post(self, view: L1View, watch: PostingWatch, epoch: int) -> None:
        poster, heights = self._poster, self.proved_heights
        if view.state.is_frozen:  # nobody leads now; what was posted is still claimed
            poster.step(view, heights.proved_to, heights.verified_to)
        elif poster.leads(view, epoch):
            poster.step(view, heights.proved_to, heights.verified_to)
            self._stake.keep(view.head)
            self._l1_reporter.keep(view)
        watch.on_head(view.head, poster.rollup.batch_gas, poster.bond, self._stake.facts)


def _publish(view: L1View, finality: FinalityBook, metrics: SequencerMetrics) -> None:
    state, head = view.state, view.head
    finality.on_l1(state, state.final_to(head.timestamp_seconds))
    metrics.l1_block.set(head.number)
    for name, height in (
        ("ordered", finality.posted_to),
        ("claimed", finality.claimed_to),
        ("verified", finality.verified_to),
        ("final", finality.final_to),
    ):
        metrics.batch.labels(name).set(height)
