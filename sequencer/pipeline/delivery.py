"""What happens once a commit group is durable: callers, subscribers and the prover hear of it."""

from __future__ import annotations

import time
from dataclasses import dataclass

import structlog

from strikeproof.sequencer import crash_point
from strikeproof.sequencer.core.family import is_signed
from strikeproof.sequencer.history.event_index import EventIndex
from strikeproof.sequencer.history.history_replay import batch_end, message_place
from strikeproof.sequencer.history.order_event import OpDone, op_done
from strikeproof.sequencer.intake.submission import Submission
from strikeproof.sequencer.l1.finality import FinalityBook
from strikeproof.sequencer.market.market_feed import MarketFeed
from strikeproof.sequencer.metrics import SequencerMetrics
from strikeproof.sequencer.order.op_place import OpPlace
from strikeproof.sequencer.order.orderer import CommitGroup
from strikeproof.sequencer.order.receipt import Promise, ReceiptPrinter
from strikeproof.sequencer.pipeline.recent_ops import RecentOps
from strikeproof.sequencer.prover.prover_link import ProverLink

_log = structlog.get_logger("sequencer")


@dataclass(frozen=True, slots=True)
class Delivery:
    """Everyone who waits for durable groups."""

    printer: ReceiptPrinter
    market: MarketFeed
    prover: ProverLink
    finality: FinalityBook
    metrics: SequencerMetrics
    history: EventIndex
    recent: RecentOps

    def deliver(self, group: CommitGroup, payload: bytes) -> None:
        """Hand on a group; `payload` is its journal frame."""
        crash_point.reach("pipeline.before_acknowledgement")
        if group.accepted:
            self._sign(group.accepted)
        self._hand_on(group, payload)

    def follow(self, group: CommitGroup, payload: bytes) -> None:
        """Hand on what a standby has executed: nobody waits for a receipt of it."""
        self._hand_on(group, payload)

    def _hand_on(self, group: CommitGroup, payload: bytes) -> None:
        for each in group.messages:
            self.market.message(each.events, each.batch, group.clock_ms)
        places = [OpPlace(each.batch, each.segment, each.index) for each in group.accepted]
        if places:
            self._acknowledge(group.accepted, places, group.clock_ms)
        self.market.publish(group.clock_ms)
        self.prover.feed(payload, len(places))
        self._index(group, places)
        for sealed in group.sealed:
            self.finality.sealed(sealed)
            _log.info("batch_sealed", batch=sealed.number)

    def _index(self, group: CommitGroup, places: list[OpPlace]) -> None:
        """Hand on what the group did to accounts' orders; a batch's messages come first."""
        time_ms = group.clock_ms
        done = [
            OpDone(message_place(each.batch, each.number), time_ms, None, b"", each.events)
            for each in group.messages
        ]
        for op, place in zip(group.accepted, places, strict=True):
            assert op.outcome is not None
            assert op.prepared is not None
            done.append(op_done(place, time_ms, op.prepared.decoded, op.outcome))
        if group.messages and group.accepted:
            done.sort(key=lambda each: each.place)
        ends = [batch_end(each.number) for each in group.sealed]
        reached = max([*(each.place for each in done[-1:]), *ends], default=None)
        if reached is not None:
            self.history.feed(done, reached)

    def _sign(self, accepted: list[Submission]) -> None:
        signed = self.printer.sign(
            [
                Promise(each.batch, each.segment, each.index, each.op_hash, each.post_by_ms)
                for each in accepted
            ]
        )
        for each in accepted:
            each.group = signed
        now_ns = time.perf_counter_ns()
        self.metrics.accepted(len(accepted), (now_ns - accepted[0].since_ns) / 1e9)

    def _acknowledge(
        self, accepted: list[Submission], places: list[OpPlace], clock_ms: int
    ) -> None:
        for each, place in zip(accepted, places, strict=True):
            assert each.outcome is not None
            if is_signed(each.data):
                self.finality.remember(each.op_hash, place)
                self.recent.remember(each)
            self.market.op(each.outcome.events, place, clock_ms)
            each.caller.settle(each)
