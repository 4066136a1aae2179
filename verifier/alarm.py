"""Alarms: what a human must see. Each is an error in the log, a metric, and a call of a webhook."""

from __future__ import annotations

import threading
from enum import Enum

import requests
import structlog

from strikeproof.verifier.metrics import VerifierMetrics

_log = structlog.get_logger("verifier")

_POST_SECONDS = 10.0


class Alarm(Enum):
    """Kinds of alarm."""

    WRONG_CLAIM = "wrong_claim"
    DRY_RUN_REFUSED = "dry_run_refused"  # we hold a claim to be wrong, L1 does not (attack 43)
    NOT_PROVABLE = "not_provable"
    CONTROL_FAILED = "control_failed"
    BALANCE_LOW = "balance_low"
    CHALLENGE_FAILED = "challenge_failed"
    COMMITMENT_FAILED = "commitment_failed"
    COMMIT_IMPOSSIBLE = "commit_impossible"
    WRONG_CLAIM_FINAL = "wrong_claim_final"
    REWARD_NOT_CLAIMED = "reward_not_claimed"
    PROPOSAL_FAILED = "proposal_failed"
    BOND_MISSING = "bond_missing"
    NONCE_GAP = "nonce_gap"
    FEE_CAP_REACHED = "fee_cap_reached"
    DERIVATION_STALLED = "derivation_stalled"
    SINGLE_ENDPOINT = "single_endpoint"
    ENDPOINTS_DISAGREE = "endpoints_disagree"
    EXECUTORS_DIFFER = "executors_differ"  # nothing is sent until a human has understood it
    WORKER_LIED = "worker_lied"
    UPKEEP_WITHHELD = "upkeep_withheld"  # due, and not ordered for long
    BROKEN = "broken"


class Alerter:
    """Raises alarms; each content once."""

    def __init__(self, metrics: VerifierMetrics, webhook: str | None = None) -> None:
        self.metrics = metrics
        self._webhook = webhook
        self._raised: set[tuple[object, ...]] = set()
        for each in Alarm:  # a counter that begins at 1 has never increased, to Prometheus
            metrics.alarms.labels(each.value)

    def raise_alarm(self, kind: Alarm, **fields: object) -> bool:
        """Raise an alarm unless the very same one was raised before; return whether it was new."""
        content = (kind, *sorted((name, str(value)) for name, value in fields.items()))
        if content in self._raised:
            return False
        self._raised.add(content)
        self.metrics.alarms.labels(kind.value).inc()
        _log.error(kind.value, alarm=True, **fields)
        if self._webhook is not None:
            body = {"alarm": kind.value, **{name: str(value) for name, value in fields.items()}}
            # Beside the node: a slow receiver must not delay a challenge.
            threading.Thread(target=self._post, args=(body,), daemon=True).start()
        return True

    def raise_named(self, name: str, **fields: object) -> bool:
        """Raise the alarm of a name, for parts that both nodes share."""
        return self.raise_alarm(Alarm(name), **fields)

    def clear(self, kind: Alarm) -> None:
        """Forget the alarms of a kind: the condition has passed, and may be reported again."""
        self._raised = {content for content in self._raised if content[0] is not kind}

    def _post(self, body: dict[str, str]) -> None:
        assert self._webhook is not None
        try:
            requests.post(self._webhook, json=body, timeout=_POST_SECONDS).raise_for_status()
        except requests.RequestException as error:
            _log.warning("webhook_failed", reason=type(error).__name__)
