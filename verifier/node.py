"""The verifier node: one loop that follows L1, re-executes, judges claims, and acts by its mode.

Modes: `observe` reports, `alert` raises alarms for wrong claims, `defend` disproves them. Whatever
L1 refuses for now is tried again after a pause; what must not go on (`Broken`) ends the node with
an alarm. SIGTERM ends it between two segments; being killed loses nothing but time (attack 40).
"""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass

import structlog
from prometheus_client import start_http_server

from strikeproof.failure import Broken, Transient
from strikeproof.keystore import Signer
from strikeproof.l1 import Disagreement, L1Client, TransactionSender
from strikeproof.verifier.alarm import Alarm, Alerter
from strikeproof.verifier.config import VerifierConfig
from strikeproof.verifier.derivation.l1_event import ClaimDeleted
from strikeproof.verifier.derivation.log_derivation import Contracts, DerivationProgress
from strikeproof.verifier.derivation.logged_batch import segment_ops
from strikeproof.verifier.dispute.defence import Defence, DefencePolicy
from strikeproof.verifier.dispute.positive_control import Controls
from strikeproof.verifier.dispute.proposal import Proposer
from strikeproof.verifier.dispute.verdict import WrongClaim
from strikeproof.verifier.execution.batch_executor import ExecutedSegment
from strikeproof.verifier.metrics import VerifierMetrics
from strikeproof.verifier.state.rollup_abi import call_data
from strikeproof.verifier.wiring import VerifierParts, find_contracts

SLICE_SECONDS = 2.0  # of executing, before L1 is looked at again
RATE_SEGMENTS = 64  # over which the node's own rate is measured
STARVED_SECONDS = 60.0  # how long endpoints may disagree before that is an alarm
PRUNE_SEGMENTS = 1_000  # undo data is dropped in pieces of so many segments, once final

_log = structlog.get_logger("verifier")


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn of the loop came to."""

    executed: int
    busy: bool
    """Whether there is more to do at once."""


class VerifierNode:
    """A verifier over one store and one L1."""

    def __init__(
        self,
        config: VerifierConfig,
        client: L1Client | None = None,
        contracts: Contracts | None = None,
        signer: Signer | None = None,
        stop: threading.Event | None = None,
    ) -> None:
        """Put the parts together and check L1. Raises `Broken` kinds, and what L1 raises."""
        self.config = config
        self.metrics = VerifierMetrics()
        self.alerter = Alerter(self.metrics, config.alert.webhook)
        self.client = client or config.l1.client()
        contracts = contracts or find_contracts(config, self.client)
        self.core = VerifierParts(
            self.client,
            contracts,
            config.store_path,
            blocks_per_query=config.l1.blocks_per_query,
        )
        self._rollup = contracts.rollup
        self._stop = stop or threading.Event()
        self._times: deque[float] = deque(maxlen=RATE_SEGMENTS)
        self._disagree_since: float | None = None
        self._pruned = 0
        self.sender: TransactionSender | None = None
        self.defence: Defence | None = None
        self.proposer: Proposer | None = None
        self.controls = Controls(
            self.client,
            self.core.store,
            self.core.reexecution,
            self.core.prover,
            contracts.rollup,
            self.alerter,
            self.metrics,
            every_segments=config.control.every_segments,
            interval_seconds=config.control.interval_seconds,
        )
        try:
            if config.mode == "defend":
                self._arm(signer or self._load_signer(), contracts)
            self.core.state.load()
            self._check_laws()
        except BaseException:
            self.close()  # the locks: whoever tries again needs them
            raise

    def _load_signer(self) -> Signer:
        assert self.config.key is not None, "checked with the configuration"
        return self.config.key.signer()

    def _arm(self, signer: Signer, contracts: Contracts) -> None:
        defend = self.config.defend
        self.sender = TransactionSender(
            self.client,
            signer,
            self.config.intents_path,
            chain_id=contracts.chain_id,
            policy=self.config.fees.policy(self.config.l1.confirmations),
        )
        self.defence = Defence(
            self.client,
            self.sender,
            self.core.store,
            self.core.prover,
            contracts.rollup,
            self.alerter,
            self.metrics,
            DefencePolicy(urgent_seconds=defend.urgent_seconds),
        )
        if defend.propose:
            self.proposer = Proposer(
                self.client,
                self.sender,
                self.core.store,
                self.core.reexecution,
                self.core.judge,
                contracts.rollup,
                self.core.derivation.genesis_claim,
                after_seconds=defend.propose_after_seconds,
            )

    def _check_laws(self) -> None:
        """Load the laws that are known and compare their code with their ids."""
        for law_id, address, _ in self.core.store.laws():
            self.core.laws.replay_of(law_id)
            _log.info("law_checked", law_id="0x" + law_id.hex(), address="0x" + address.hex())
        admitted = self.client.call(self._rollup, call_data("segmentsPerSecond"))
        self.metrics.rate_admitted.set(int.from_bytes(admitted, "big"))

    # --- the loop ---

    def stop(self) -> None:
        """Ask the loop to end; safe in a signal handler."""
        self._stop.set()

    def close(self) -> None:
        """Release store and key."""
        self.core.close()
        if self.sender is not None:
            self.sender.close()

    def run(self) -> None:
        """Run until `stop`. Raises `Broken` kinds, after an alarm."""
        metrics = self.config.metrics
        if metrics.port:
            start_http_server(metrics.port, metrics.host, registry=self.metrics.registry)
        _log.info(
            "verifier_started",
            mode=self.config.mode,
            rollup="0x" + self._rollup.hex(),
            segments=self.core.state.position,
            endpoints=[each.name for each in self.client.endpoints],
            sender=None if self.sender is None else "0x" + self.sender.address.hex(),
        )
        try:
            while not self._stop.is_set():
                turn = self.turn()
                if not turn.busy:
                    self._stop.wait(self.config.l1.poll_seconds)
        except Broken as error:
            self.alerter.raise_alarm(Alarm.BROKEN, error=type(error).__name__, reason=str(error))
            raise
        finally:
            self.close()
        _log.info("verifier_stopped", segments=self.core.state.position)

    def turn(self) -> Turn:
        """Do one turn: follow L1, execute for a while, judge, act."""
        progress = self._follow()
        executed = self._execute()
        waiting = self.core.store.batch(self.core.reexecution.cursor()[0]) is not None
        try:
            if progress is not None:
                self._judge_and_act(progress)
            if not waiting:
                self.controls.step()
            if self.sender is not None:
                self.sender.poll()
        except Transient as error:
            self._trouble(error)
        self._prune()
        more = progress is not None and not progress.at_head
        return Turn(executed, waiting or more)

    def _follow(self) -> DerivationProgress | None:
        try:
            progress = self.core.derivation.advance()
        except Transient as error:
            self._trouble(error)
            return None
        self._disagree_since = None
        if progress.rolled_back_to is not None:
            self.metrics.reorganizations.inc()
            self.core.judge.forget_from(1)
            if self.sender is not None:
                self.sender.reopen_after(progress.rolled_back_to)
        for event in progress.events:
            if isinstance(event, ClaimDeleted):
                self.core.judge.forget_from(event.number)
        store = self.core.store
        self.metrics.l1_head.set(progress.head.number)
        self.metrics.derived_block.set(next(store.blocks(), (0, b"", 0))[0])
        self.metrics.batches.set(store.batch_count())
        self.metrics.claims.set(store.claim_count())
        return progress

    def _execute(self) -> int:
        """Execute segments for a slice of time; return how many."""
        count, until = 0, time.monotonic() + SLICE_SECONDS
        while not self._stop.is_set() and time.monotonic() < until:
            started = time.monotonic()
            try:
                done = self.core.reexecution.step()
            except Transient as error:  # a law's code could not be read
                self._trouble(error)
                break
            if done is None:
                break
            count += 1
            self._note(done, time.monotonic() - started)
        return count

    def _note(self, done: ExecutedSegment, seconds: float) -> None:
        metrics, execution = self.metrics, done.execution
        metrics.segments.inc()
        metrics.execution_seconds.observe(seconds)
        metrics.guesses_wrong.inc(execution.guesses_wrong)
        row = self.core.store.batch(done.batch)
        assert row is not None, "its batch was just executed"
        inputs = self.core.reexecution.inputs_of(row)
        if inputs.is_message(done.number):
            metrics.ops.inc()
        else:
            metrics.ops.inc(sum(1 for _ in segment_ops(inputs.content(done.number))))
        self._times.append(seconds)
        metrics.rate.set(len(self._times) / sum(self._times))
        if done.ends_batch:
            metrics.batches_verified.set(done.batch)
            _log.info("batch_executed", batch=done.batch, root="0x" + done.root.hex())

    def _judge_and_act(self, progress: DerivationProgress) -> None:
        wrong = self._judge()
        self.metrics.claims_verified.set(self.core.judge.right_count)
        if self.defence is not None and progress.at_head:
            self.defence.settle()
            if wrong is not None:
                stage = self.defence.act(wrong, progress.head)
                _log.debug("defence", claim=wrong.claim.number, stage=stage.value)
        if self.proposer is not None and progress.at_head and wrong is None:
            self.proposer.act(progress.head)

    def _judge(self) -> WrongClaim | None:
        """Judge all claims that can be; return the first wrong one."""
        while (verdict := self.core.judge.next()) is not None:
            if isinstance(verdict, WrongClaim):
                self._report(verdict)
                return verdict
            _log.info("claim_verified", claim=verdict.number, root="0x" + verdict.roots[-1].hex())
            self.controls.choose(verdict)
        return None

    def _report(self, wrong: WrongClaim) -> None:
        claim = wrong.claim
        fields = {
            "claim": claim.number,
            "claim_hash": "0x" + claim.hash.hex(),
            "segment": wrong.segment,
            "claimed_root": "0x" + claim.roots[wrong.segment + 1].hex(),
            "right_root": "0x" + wrong.right_root.hex(),
            "proposer": "0x" + claim.proposer.hex(),
            "deadline_seconds": claim.deadline_seconds,
        }
        if self.config.mode == "observe":
            _log.warning("wrong_claim", **fields)
        elif self.alerter.raise_alarm(Alarm.WRONG_CLAIM, **fields):
            self.metrics.wrong_claims.inc()

    # --- upkeep ---

    def _trouble(self, error: Transient) -> None:
        kind = type(error).__name__
        self.metrics.l1_troubles.labels(kind).inc()
        _log.warning("l1_trouble", kind=kind, reason=str(error))
        if isinstance(error, Disagreement):
            now = time.monotonic()
            self._disagree_since = self._disagree_since or now
            if now - self._disagree_since > STARVED_SECONDS:
                self.alerter.raise_alarm(Alarm.ENDPOINTS_DISAGREE, about=error.what)

    def _prune(self) -> None:
        """Drop what would undo segments of batches whose claims are final on L1."""
        if self.core.state.position - self._pruned < PRUNE_SEGMENTS:
            return
        self._pruned = self.core.state.position
        blocks = list(self.core.store.blocks())
        if not blocks:
            return
        # As of the oldest block that a reorganization could take us back to.
        oldest_seconds = blocks[-1][2]
        final = 0
        for claim in self.core.store.standing_claims():
            if claim.deadline_seconds >= oldest_seconds:
                break
            final = claim.number
        rows = self.core.store.segments_of(final)
        if rows:
            with self.core.store.step():
                dropped = self.core.store.drop_undo_before(rows[-1].position + 1)
            _log.info("undo_dropped", segments=dropped, final_batch=final)
