"""The verifier node: one loop that follows L1, re-executes, judges claims, and acts by its mode.

Modes: `observe` reports, `alert` raises alarms for wrong claims, `defend` disproves them. Whatever
L1 refuses for now is tried again after a pause; `Broken` ends the node with an alarm. SIGTERM ends
it between two segments; being killed loses nothing but time (attack 40).
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from functools import partial

import structlog
from prometheus_client import start_http_server

from strikeproof.failure import Broken, Transient
from strikeproof.keystore import Signer
from strikeproof.l1 import L1Client
from strikeproof.storage_failure import database
from strikeproof.verifier.alarm import Alarm, Alerter
from strikeproof.verifier.checkpoint.checkpoint_start import begin_if_new
from strikeproof.verifier.config import VerifierConfig
from strikeproof.verifier.defend_mode import DefendMode
from strikeproof.verifier.derivation.log_derivation import DerivationProgress
from strikeproof.verifier.derivation.stall import StallPolicy
from strikeproof.verifier.derivation_runner import DerivationRunner
from strikeproof.verifier.dispute.dispute_sources import DisputeL1
from strikeproof.verifier.dispute.positive_control import ControlPolicy, PositiveControls
from strikeproof.verifier.dispute.verdict import WrongClaim
from strikeproof.verifier.execution import ray_worker
from strikeproof.verifier.execution.in_process_pool import HomePool
from strikeproof.verifier.execution.process_worker import ProcessWorker
from strikeproof.verifier.execution.reference_check import ReferencePolicy
from strikeproof.verifier.execution.worker_pool import JobPool, WorkerPool
from strikeproof.verifier.metrics import VerifierMetrics
from strikeproof.verifier.segment_runner import RunnerPolicy, SegmentRunner
from strikeproof.verifier.state.rollup_abi import ADMITTED_RATES, call_data
from strikeproof.verifier.store.stored_rows import ClaimRow
from strikeproof.verifier.webhook import Webhook, close_all
from strikeproof.verifier.wiring import ExecutionOptions, VerifierParts, find_contracts

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
        signer: Signer | None = None,
        stop: threading.Event | None = None,
    ) -> None:
        """Put the parts together and check L1. Raises `Broken` kinds, and what L1 raises."""
        self.config = config
        self.metrics = VerifierMetrics()
        self.webhooks = [Webhook(each, self.metrics) for each in config.alert.webhook]
        venue = f"Rollup 0x{config.l1.rollup.hex()} on chain {config.l1.chain_id}"
        self.alerter = Alerter(self.metrics, self.webhooks, f"verifier of {venue}")
        self.client = client or config.l1.client()
        contracts = find_contracts(config, self.client)
        self._rollup = contracts.rollup
        self._stop = stop or threading.Event()
        begin_if_new(self.client, contracts, config.store_path, config.checkpoint, self.alerter)
        self.parts = VerifierParts(
            self.client,
            contracts,
            config.store_path,
            blocks_per_query=config.l1.blocks_per_query,
            execution=_execution_options(config),
        )
        self.defend_mode: DefendMode | None = None
        if self.client.is_narrowed:
            endpoint = self.client.endpoints[0].name
            self.alerter.raise_alarm(Alarm.SINGLE_ENDPOINT, endpoint=endpoint)
        for file in self.parts.reference.folder.files:
            self.alerter.raise_alarm(Alarm.EXECUTORS_DIFFER, file=file)
        try:
            self.parts.state.load()
            self._check_laws()
            alert = config.alert
            self.derivation = DerivationRunner(
                self.parts,
                self.alerter,
                StallPolicy(
                    window_seconds=self._rollup_number("windowSeconds"),
                    stalled_seconds=alert.stalled_seconds,
                    single_endpoint_seconds=alert.single_endpoint_seconds,
                ),
            )
            self.runner = SegmentRunner(
                self.parts,
                self.derivation,
                self.alerter,
                self._stop,
                RunnerPolicy(
                    None if config.archive else config.keep_final_seconds,
                    alert.upkeep_late_seconds,
                ),
            )
            l1 = DisputeL1(self.client, self._rollup, self.alerter)
            sources = self.parts.dispute_sources
            control = ControlPolicy(config.control.every_segments, config.control.interval_seconds)
            self.controls = PositiveControls(sources, l1, control)
            if config.mode == "defend":
                self.defend_mode = DefendMode(config, signer or _load_signer(config), sources, l1)
        except BaseException:
            self.close()  # the locks: whoever tries again needs them
            raise

    def _check_laws(self) -> None:
        """Load the laws that are known and compare their code with their ids."""
        for law_id, families, _ in self.parts.store.laws():
            self.parts.laws.executor_of(law_id)
            addresses = ["0x" + each.hex() for each in families]
            _log.info("law_checked", law_id="0x" + law_id.hex(), addresses=addresses)
        rates = [self._rollup_number(each) for each in ADMITTED_RATES]
        self.metrics.charge_admitted.set(sum(rates))

    def _rollup_number(self, function: str) -> int:
        return int.from_bytes(self.client.call(self._rollup, call_data(function)), "big")

    # --- the loop ---

    def stop(self) -> None:
        """Ask the loop to end; safe in a signal handler."""
        self._stop.set()

    def close(self) -> None:
        """Release store and key."""
        self.parts.close()
        if self.defend_mode is not None:
            self.defend_mode.close()
        close_all(self.webhooks)  # the last alarm is the one that matters most

    def run(self) -> None:
        """Run until `stop`. Raises `Broken` kinds, after an alarm."""
        metrics = self.config.metrics
        if metrics.port:
            start_http_server(metrics.port, metrics.host, registry=self.metrics.registry)
        address = None if self.defend_mode is None else self.defend_mode.sender.address
        _log.info(
            "verifier_started",
            mode=self.config.mode,
            rollup="0x" + self._rollup.hex(),
            segments=self.parts.state.position,
            executor=self.parts.choice.name,
            endpoints=[each.name for each in self.client.configured],
            sender=None if address is None else "0x" + address.hex(),
        )
        try:
            while not self._stop.is_set():
                with database(self.config.store_path):
                    turn = self.turn()
                if not turn.busy:
                    self._stop.wait(self.config.l1.poll_seconds)
        except Broken as error:
            self.alerter.raise_alarm(Alarm.BROKEN, error=type(error).__name__, reason=str(error))
            raise
        finally:
            self.close()
        _log.info("verifier_stopped", segments=self.parts.state.position)

    def turn(self) -> Turn:
        """Do one turn: follow L1, execute for a while, judge, act."""
        progress = self.derivation.follow()
        if progress is not None and progress.rolled_back_to is not None and self.defend_mode:
            self.defend_mode.sender.reopen_after(progress.rolled_back_to)
        executed = self.runner.run_slice()
        self.runner.check_reference()
        is_behind = self.runner.is_behind
        try:
            if progress is not None:
                self._judge_and_act(progress)
            if not is_behind:
                self.controls.step()
            if self.defend_mode is not None:
                self.defend_mode.sender.poll()
        except Transient as error:
            self.derivation.trouble(error)
        self.runner.prune()
        more = progress is not None and not progress.at_head
        return Turn(executed, is_behind or more)

    def _judge_and_act(self, progress: DerivationProgress) -> None:
        wrong = self._judge()
        self.metrics.claims_verified.set(self.parts.judge.right_count)
        if self.defend_mode is not None:
            self.defend_mode.act(wrong, progress)

    def _judge(self) -> WrongClaim | None:
        """Judge all claims that can be; return the first wrong one."""
        while (verdict := self.parts.judge.next()) is not None:
            if isinstance(verdict, WrongClaim):
                self._report(verdict)
                return verdict
            self._note_verified(verdict)
            self.controls.choose(verdict)
        return None

    def _note_verified(self, claim: ClaimRow) -> None:
        share = self.parts.reference.share_of(claim.number)
        self.metrics.reference_share.set(share.by_reference / max(1, share.segments))
        _log.info(
            "claim_verified",
            claim=claim.number,
            root="0x" + claim.roots[-1].hex(),
            segments=share.segments,
            by_reference=share.by_reference,
        )

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


def _execution_options(config: VerifierConfig) -> ExecutionOptions:
    return ExecutionOptions(
        executor=config.executor,
        make_pool=partial(_make_pool, config),
        reference=ReferencePolicy(config.reference_share_min),
        differences=config.differences_path,
    )


def _make_pool(config: VerifierConfig) -> JobPool:
    count, deadline = config.workers, config.worker_deadline_seconds
    if count == 0:
        return HomePool()
    if config.executor_pool == "local":
        return WorkerPool(ProcessWorker, count or os.cpu_count() or 1, deadline)
    cores = ray_worker.connect(config.executor_pool)
    return WorkerPool(ray_worker.RayWorker, count or cores, deadline)


def _load_signer(config: VerifierConfig) -> Signer:
    assert config.key is not None, "checked with the configuration"
    return config.key.signer()
