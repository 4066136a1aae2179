"""Alarms: what a human must see. Each goes into the log, the metrics and to every webhook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Protocol

import structlog

from strikeproof.verifier.metrics import VerifierMetrics

_log = structlog.get_logger("verifier")


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
    VENUE_FROZEN = "venue_frozen"  # L1 accepts no more batches: everybody leaves
    UPKEEP_WITHHELD = "upkeep_withheld"  # due, and not ordered for long
    CHECKPOINT_REFUSED = "checkpoint_refused"  # who gave it lies, or is damaged
    BROKEN = "broken"


class AlarmReceiver(Protocol):
    """What gets alarms besides log and metrics."""

    def offer(self, alarm: str, fields: Mapping[str, str], source: str) -> None:
        """Take an alarm; must return at once."""


class Alerter:
    """Raises alarms; each content once."""

    def __init__(
        self,
        metrics: VerifierMetrics,
        receivers: Sequence[AlarmReceiver] = (),
        source: str = "verifier",
    ) -> None:
        """`source`: which node raises them, for receivers of many."""
        self.metrics = metrics
        self._receivers = receivers
        self._source = source
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
        told = {name: str(value) for name, value in fields.items()}
        for each in self._receivers:
            each.offer(kind.value, told, self._source)
        return True

    def raise_named(self, name: str, **fields: object) -> bool:
        """Raise the alarm of a name, for parts that both nodes share."""
        return self.raise_alarm(Alarm(name), **fields)

    def clear(self, kind: Alarm) -> None:
        """Forget the alarms of a kind: the condition has passed, and may be reported again."""
        self._raised = {content for content in self._raised if content[0] is not kind}
