"""A venue whose upkeep is planned, queued, chosen and ordered as the node does it; time is a
number."""

from __future__ import annotations

from collections import Counter

from strikeproof.client.operation import Place
from strikeproof.sequencer.core.engine_event import Fill
from strikeproof.sequencer.core.instrument import Instrument
from strikeproof.sequencer.core.op_preparation import prepare
from strikeproof.sequencer.intake.op_source import Source
from strikeproof.sequencer.intake.submission import Submission
from strikeproof.sequencer.metrics import SequencerMetrics
from strikeproof.sequencer.order.charge_rate import ChargeRates
from strikeproof.sequencer.order.orderer import BatchPolicy, OrderResult
from strikeproof.sequencer.pipeline.op_choice import OpChoice
from strikeproof.sequencer.pipeline.ready_queue import ReadyLimits, ReadyQueue
from strikeproof.sequencer.pipeline.upkeep_loop import UpkeepLoop
from strikeproof.wire.constants import OpType
from tests.integration.sequencer.venue import (
    SEPARATOR,
    USD,
    Trader,
    funding,
    index_price,
    wallet,
)
from tests.unit.sequencer.ordering_venue import RATES, START_MS, Nobody, OrderingVenue

STEP_MS = 20
TICK_NANO_USD = 10**8  # 0.1 USD; a lot is worth 1 USD at 1,000 ticks


class UpkeepVenue:
    """Traders 1 and 2 have a million USD; `add_trader` adds more."""

    def __init__(self, rates: ChargeRates = RATES) -> None:
        self.venue = OrderingVenue(BatchPolicy(), rates)
        self.engine, self.orderer = self.venue.engine, self.venue.orderer
        self.queue = ReadyQueue(ReadyLimits(100_000, 100_000))
        self.choice = OpChoice(self.orderer, self.queue)
        self.ordered: list[Submission] = []
        self.start_over()

    def start_over(self) -> None:
        """Begin upkeep as a node that was just started does: knowing nothing but the state."""
        self.metrics = SequencerMetrics()
        self.loop = UpkeepLoop(
            self.engine,
            self.queue,
            self.metrics,
            may_order=lambda: self.is_leading,
            is_quiet=lambda: True,
        )

    is_leading = True

    # --- what happens ---

    def add_trader(self, deposit_usd: int) -> Trader:
        account = len(self.venue.traders) + 1
        trader = Trader(account, wallet(f"trader {account}"))
        self.venue.traders.append(trader)
        self.venue.inbox += funding(account, trader.wallet.address, deposit_usd * USD, START_MS)
        if self.orderer.progress.is_open:
            self.orderer.seal()
        self.orderer.consume(self.venue.now_ms)
        return trader

    def submit(self, data: bytes) -> Submission:
        """Queue a verified op."""
        submission = Submission(Nobody(), 0, data, Source("host"))
        submission.prepared = prepare(data, SEPARATOR, self.engine.reporter_epoch)
        assert self.queue.add(submission) is None
        return submission

    def place(self, trader: Trader, is_sell: bool, price: int, lots: int) -> None:
        done = self.submit(trader.bundle(Place(1, is_sell, price, lots)))
        self.order_ready()
        assert done.outcome is not None
        assert done.outcome.is_ordered, done.outcome
        assert done.outcome.action_codes == b"\0", done.outcome

    def price(self, ticks: int) -> None:
        """Report a price, and let it wait for its turn, without upkeep: the index follows as far as
        its bucket lets it."""
        done = self.submit(index_price(ticks * TICK_NANO_USD, self.venue.now_ms))
        while done.outcome is None:
            self.venue.now_ms += STEP_MS
            self.order_ready()
        assert done.outcome.is_ordered, done.outcome

    def pass_ms(self, duration_ms: int) -> None:
        """Let time pass, and upkeep with it."""
        for _ in range(0, duration_ms, STEP_MS):
            self.venue.now_ms += STEP_MS
            self.turn()

    def turn(self) -> None:
        """Plan, and order what is ready."""
        self.loop.step(self.venue.now_ms)
        self.order_ready()
        if self.orderer.is_due(self.venue.now_ms):
            self.orderer.seal()

    def order_ready(self) -> None:
        """Order until nothing can be ordered now, as the ordering loop does."""
        while (submission := self.choice.next(self.venue.now_ms)) is not None:
            became = self.orderer.order(submission, self.venue.now_ms)
            if became is OrderResult.ACCEPTED:
                self.ordered.append(submission)
            elif became is OrderResult.REFUSED:
                assert submission.outcome is not None
                submission.refuse_as_law(submission.outcome.code)
            else:
                self.queue.put_back(submission)
                if became is OrderResult.NO_ROOM:
                    return

    # --- what is seen ---

    @property
    def record(self) -> Instrument:
        return self.engine._state.instruments[1]

    def size(self, trader: Trader) -> int:
        view = self.engine.account(trader.account)
        assert view is not None
        return sum(each.size for each in view.positions)

    def counts(self) -> Counter[OpType]:
        """Return how many ops of each type were ordered so far."""
        return Counter(OpType(each.data[0]) for each in self.ordered)

    def fills_of(self, op_type: OpType) -> list[Fill]:
        """Return the fills of ordered ops of a type."""
        return [
            event
            for each in self.ordered
            if each.data[0] == op_type and each.outcome is not None
            for event in each.outcome.events
            if isinstance(event, Fill)
        ]
