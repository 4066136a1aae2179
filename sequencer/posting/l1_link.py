"""The node's link to L1: one thread that reads and posts, round after round.

What it reads is handed to the event loop as one immutable view; what it posts it takes from the
batch store. A round that fails for want of L1 is tried again; what cannot be mended stops the node.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import structlog

from strikeproof.deployment import Deployment
from strikeproof.failure import Broken, Rejected, Transient
from strikeproof.keccak import keccak256
from strikeproof.keystore import Signer
from strikeproof.l1 import FeePolicy, L1Client, TransactionSender
from strikeproof.sequencer.batch.batch_store import BatchStore
from strikeproof.sequencer.config import SequencerConfig
from strikeproof.sequencer.l1.contract_abi import address_bytes, contract_abi
from strikeproof.sequencer.l1.finality import FinalityBook
from strikeproof.sequencer.l1.l1_source import VenueTerms
from strikeproof.sequencer.l1.l1_watcher import L1View, L1Watcher
from strikeproof.sequencer.law_check.law_check_link import LawCode
from strikeproof.sequencer.metrics import SequencerMetrics
from strikeproof.sequencer.order.segment_rate import SegmentRate
from strikeproof.sequencer.posting.claimant import Claimant
from strikeproof.sequencer.posting.poster import Poster, PosterTerms
from strikeproof.sequencer.recovery.data_folder import DataFolder
from strikeproof.wire.venue_pb2 import VenueInfo

_log = structlog.get_logger("l1")


class VenueMismatch(Rejected):
    """The deployment file and L1 disagree, or the key is not the sequencer's."""


class LawUnknown(Broken):
    """L1 switches to a law that this engine does not implement."""


@dataclass(slots=True)
class ProvedHeights:
    """What the poster may go on to; written by the event loop, read by the thread."""

    proved_to: int = 0
    verified_to: int = 0


class L1Link:
    """An `L1Source` that also posts."""

    def __init__(
        self, config: SequencerConfig, deployment: Deployment, signer: Signer, claimant: Claimant
    ) -> None:
        self._config, self._deployment = config, deployment
        self._signer, self._claimant = signer, claimant
        self._client = L1Client.connect(config.l1.endpoints, agreement=config.l1.agreement)
        self._rollup = address_bytes(deployment.rollup)
        self._law_id = address_bytes(deployment.law_id)
        self._watcher = L1Watcher(
            self._client,
            self._rollup,
            address_bytes(deployment.inbox),
            deployment.first_block,
            config.l1.blocks_of_query,
        )
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="l1")
        self._poster: Poster | None = None
        self._sender: TransactionSender | None = None
        self._store: BatchStore | None = None
        self.proved_heights = ProvedHeights()
        self.max_lag_ms = 0
        self.terms: VenueTerms
        self.view: L1View
        self.laws: dict[bytes, LawCode]

    # --- start ---

    async def connect(self, *, patience_seconds: float = 3600.0) -> None:
        """Read the terms and the first view. Waits while L1 is out of reach.

        Raises `VenueMismatch`, `WrongChain`.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + patience_seconds
        while True:
            try:
                await loop.run_in_executor(self._thread, self._connect)
                return
            except Transient as error:
                _log.warning("l1_unavailable", reason=str(error))
                if loop.time() > deadline:
                    raise
                await asyncio.sleep(self._config.l1.poll_seconds)

    def _connect(self) -> None:
        deployment = self._deployment
        self._client.check_chain(deployment.chain_id)
        view = self._watcher.poll()
        domain = self._ask("domainSeparator")
        if "0x" + domain.hex() != deployment.domain_separator:
            raise VenueMismatch("the Rollup's domain separator is not the deployment file's")
        if view.state.sequencer != self._signer.address:
            raise VenueMismatch(
                f"the key is 0x{self._signer.address.hex()}, L1's sequencer is"
                f" 0x{view.state.sequencer.hex()}"
            )
        self.laws = {self._law_id: self._law_code()}
        self.max_lag_ms = self._ask("maxLagSeconds") * 1000
        self.view = view
        self.terms = VenueTerms(
            deployment.chain_id,
            self._rollup,
            domain,
            address_bytes(deployment.genesis_batch_hash),
            view.state.sequencer_epoch,
            SegmentRate(self._ask("segmentsPerSecond"), self._ask("burstSegments")),
        )

    def _law_code(self) -> LawCode:
        """Return the code of the deployment's law. Raises `VenueMismatch` if it is another."""
        deployment = self._deployment
        root, *modules = map(address_bytes, (deployment.law, *deployment.law_modules))
        codes = {each: self._client.code(each) for each in (root, *modules)}
        if keccak256(b"".join(keccak256(codes[each]) for each in (root, *modules))) != self._law_id:
            raise VenueMismatch("the law's id is not the hash of its code hashes")
        return LawCode(root, codes)

    def _ask(self, name: str) -> Any:
        abi = contract_abi("Rollup")
        return abi.answer(name, self._client.call(self._rollup, abi.call(name)))

    def open(self, folder: DataFolder) -> None:
        """Take over the folder's intents and batches; the folder must be owned."""
        l1 = self._config.l1
        policy = FeePolicy(
            priority_fee_wei=l1.priority_fee_wei,
            max_fee_cap_wei=l1.max_fee_wei,
            bump_after_seconds=l1.bump_after_seconds,
            confirmations=l1.confirmations,
        )
        self._sender = TransactionSender(
            self._client,
            self._signer,
            folder.intents,
            chain_id=self._deployment.chain_id,
            policy=policy,
        )
        self._store = BatchStore(folder.batches)
        claims = self._config.claims
        self._poster = Poster(
            self._client,
            self._sender,
            self._store,
            self._claimant,
            PosterTerms(
                self._rollup, self.terms.sequencer_epoch, claims.propose, claims.deposit_bond
            ),
        )

    def close(self) -> None:
        """Let the round under way end, and release the stores."""
        self._thread.shutdown()
        if self._sender is not None:
            self._sender.close()
        if self._store is not None:
            self._store.close()

    # --- what the node asks ---

    def messages_from(self, index: int) -> Sequence[bytes]:
        """Return the messages from an index on that are deep enough."""
        deepest = self.view.head.number - self._config.l1.inbox_confirmations
        found = []
        for each in self.view.state.messages[index:]:
            if each.block_number > deepest:
                break
            found.append(each.message)
        return found

    def law_at(self, time_ms: int) -> bytes:
        """Return the id of the law of a batch whose header has this time. Raises `LawUnknown`."""
        law_id = self.view.law_at(time_ms)
        if law_id != self._law_id:
            raise LawUnknown(f"from {time_ms} on the law is 0x{law_id.hex()}: run its release")
        return law_id

    def fill(self, info: VenueInfo) -> None:
        """Tell where the contracts are."""
        deployment = self._deployment
        info.chain_id = deployment.chain_id
        info.rollup = self._rollup
        info.vault = address_bytes(deployment.vault)
        info.inbox = address_bytes(deployment.inbox)
        info.token = address_bytes(deployment.token)
        info.inbox_length = len(self.view.state.messages)

    # --- rounds ---

    async def run(
        self, finality: FinalityBook, metrics: SequencerMetrics, seen: Callable[[L1View], None]
    ) -> None:
        """Read and post until cancelled. `seen` gets every view. Raises what stops the node."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                self.view = await loop.run_in_executor(self._thread, self._watcher.poll)
                self._tell(finality, metrics)
                seen(self.view)
                await loop.run_in_executor(self._thread, self._post, self.view)
            except Transient as error:
                metrics.l1_failures.inc()
                _log.warning("l1_round_failed", reason=str(error))
            await asyncio.sleep(self._config.l1.poll_seconds)

    def _post(self, view: L1View) -> None:
        assert self._poster is not None
        self._poster.step(view, self.proved_heights.proved_to, self.proved_heights.verified_to)

    def _tell(self, finality: FinalityBook, metrics: SequencerMetrics) -> None:
        state, head = self.view.state, self.view.head
        finality.on_l1(state, state.final_to(head.timestamp_seconds))
        metrics.l1_block.set(head.number)
        for name, height in (
            ("ordered", finality.posted_to),
            ("claimed", finality.claimed_to),
            ("verified", finality.verified_to),
            ("final", finality.final_to),
        ):
            metrics.batch.labels(name).set(height)
