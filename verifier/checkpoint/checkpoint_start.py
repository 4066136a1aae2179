"""Which checkpoint a new verifier begins with: the first of its sources that holds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from strikeproof.failure import Rejected
from strikeproof.l1 import L1Client
from strikeproof.verifier.alarm import Alarm, Alerter
from strikeproof.verifier.checkpoint.checkpoint_import import (
    CheckpointRefused,
    begin_at_checkpoint,
)
from strikeproof.verifier.derivation.log_derivation import Contracts
from strikeproof.verifier.store.verifier_store import VerifierStore
from strikeproof.wire.errors import FailureCode


class NoCheckpoint(Rejected):
    """No source gave a checkpoint that holds: repair the list, or begin at the genesis without."""

    code = FailureCode.NO_CHECKPOINT

    def __init__(self, refusals: Sequence[CheckpointRefused]) -> None:
        super().__init__("; ".join(map(str, refusals)))
        self.refusals = refusals


def begin_if_new(
    client: L1Client,
    contracts: Contracts,
    store_path: Path,
    sources: Sequence[str],
    alerter: Alerter,
) -> None:
    """Let a store that is new begin at the first checkpoint that holds; without sources, or if the
    store has begun, do nothing. A source that is refused is an alarm that names it.

    Raises `NoCheckpoint`, `StoreUnusable`, and what reading L1 raises.
    """
    if not sources:
        return
    store = VerifierStore(store_path, contracts.identity)
    try:
        if next(store.blocks(), None) is not None:
            return
        refusals = []
        for source in sources:
            try:
                begin_at_checkpoint(client, contracts, store, source)
                return
            except CheckpointRefused as refused:
                refusals.append(refused)
                alerter.raise_alarm(
                    Alarm.CHECKPOINT_REFUSED, source=refused.source, reason=refused.reason
                )
        raise NoCheckpoint(refusals)
    finally:
        store.close()
