"""Who sends ops to the node, and what they were promised."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from strikeproof.client.operation import Bundle, CancelAll, Place, encode_op
from strikeproof.client.typed_data import digest, hash_report, struct_hash
from strikeproof.sequencer.core.engine_event import Fill
from strikeproof.sequencer.intake.submission import Submission
from strikeproof.sequencer.order.op_change import OpReport, ToldFill
from strikeproof.sequencer.order.op_place import OpPlace
from strikeproof.wire.constants import TimeInForce
from strikeproof.wire.operations import encode_index_price, encode_report
from tests.integration.sequencer.venue import PRICE_NANO_USD, REPORTERS, wallet

PRICE_TICKS = 1_000


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """What a trader was promised."""

    op_hash: bytes
    data: bytes
    report: OpReport
    post_by_ms: int
    at_seconds: float

    @classmethod
    def of(cls, submission: Submission, at_seconds: float) -> Acknowledged:
        """Return the promise of an op that was ordered."""
        outcome = submission.outcome
        assert outcome is not None
        fills = tuple(
            ToldFill(each.action, each.price, each.lots)
            for each in outcome.events
            if isinstance(each, Fill)
        )
        place = OpPlace(submission.batch, submission.segment, submission.index)
        report = OpReport(place, outcome.code, tuple(outcome.action_codes), fills)
        return cls(submission.op_hash, submission.data, report, submission.post_by_ms, at_seconds)


@dataclass(slots=True)
class Trader:
    """Sends bundles with rising nonces; one that was not acknowledged is sent again."""

    account: int
    separator: bytes
    nonce: int = 0

    def bundle(self, chance: random.Random, now_ms: int) -> bytes:
        """Return the next signed bundle."""
        actions: list[Any] = [CancelAll()] if chance.random() < 0.1 else []
        if not actions or chance.random() < 0.5:
            tif = TimeInForce.IOC if chance.random() < 0.3 else TimeInForce.GTC
            price = PRICE_TICKS + chance.randint(-5, 5)
            lots = chance.randint(1, 9)
            actions.append(Place(1, chance.random() < 0.5, price, lots, time_in_force=tif))
        op = Bundle(self.account, 0, self.nonce, now_ms + 86_400_000, 1_000, tuple(actions))
        signed = digest(self.separator, struct_hash(op))
        self.nonce += 1
        return encode_op(op, wallet(f"trader {self.account}").sign_digest(signed))


def quorum_price(separator: bytes, time_ms: int) -> bytes:
    """Return a price that a quorum has signed."""
    signed = digest(separator, hash_report(1, 1, time_ms, PRICE_NANO_USD))
    reports = [
        encode_report(
            reporter=i,
            price_nano_usd=PRICE_NANO_USD,
            signature=REPORTERS[i].sign_digest(signed),
        )
        for i in (0, 1)
    ]
    return encode_index_price(underlying=1, publish_time_ms=time_ms, reports=reports)
