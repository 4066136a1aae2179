"""Lies about what the sequencer orders itself: liquidations."""

from __future__ import annotations

from strikeproof.devnet.fraud.executed_segment import FraudScene, Records
from strikeproof.sequencer.core.law_input import MessageInput, read_input
from strikeproof.sequencer.core.record_key import account_key
from strikeproof.wire.constants import OpType

ACCOUNT_BYTES = slice(2, 6)  # of a Liquidate: behind type and length


def spared_account(scene: FraudScene) -> Records | None:
    """A liquidated account keeps its position and its money, as if nothing had been closed."""
    if scene.is_message:
        return None
    given = read_input(scene.data)
    assert not isinstance(given, MessageInput)
    for op in given.ops:
        if op[0] == OpType.LIQUIDATE:
            key = account_key(int.from_bytes(op[ACCOUNT_BYTES], "big"))
            if scene.before.get(key) != scene.after.get(key):
                return scene.after | {key: scene.before[key]}
    return None
