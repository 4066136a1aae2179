"""Lies about margin certificates, by which orders of accounts under portfolio margin are judged."""

from __future__ import annotations

from strikeproof.devnet.fraud.executed_segment import FraudScene, Records
from strikeproof.sequencer.core.engine_event import Fill
from strikeproof.sequencer.core.record_key import certificate_key


def wrong_certificate(scene: FraudScene) -> Records | None:
    """A margin certificate leaves out a fill: the account could trade on as if it had no risk."""
    for fill in scene.events(Fill):
        for account in (fill.taker_account, fill.maker_account):
            key = certificate_key(account)
            before = scene.before.get(key)
            if before is not None and scene.after[key] != before:
                return scene.after | {key: before}
    return None
