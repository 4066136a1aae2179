"""What must hold at every step of a random stream: of the whole state, of each op, of the end.

Inputs are executed op by op, as a node orders them, so that each op has a state before and after.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

from strikeproof.sequencer.core import margin, snapshot
from strikeproof.sequencer.core.account import Account
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.engine_event import (
    CoverPaid,
    Deleveraged,
    Deposited,
    EngineEvent,
    Fill,
    Funded,
    Liquidation,
    PaidIn,
    PendingSettled,
)
from strikeproof.sequencer.core.entry_settlement import settle_in_house
from strikeproof.sequencer.core.instrument import Instrument
from strikeproof.sequencer.core.law_input import MessageInput, read_input
from strikeproof.sequencer.core.op import PreparedOp
from strikeproof.sequencer.core.op_preparation import read_ordered_op
from strikeproof.sequencer.core.ops.liquidate import Liquidate
from strikeproof.sequencer.core.outcome import OpOutcome, SegmentResult
from strikeproof.sequencer.core.weight import Touchable
from strikeproof.wire.constants import FRACTION
from tests.property.core import invariants


@dataclass
class Drift:
    """How far the two ledgers of a house may be apart once all entries have settled
    (docs/adr/0014): in 2^-32 lots and micro-USD, and the most that a lot ever moved."""

    lots: Fraction = Fraction(0)
    cash: int = 0
    paths: int = 0

    def bounds(self, lot_value: int) -> tuple[int, int]:
        """Return the greatest differences of lots and of cash."""
        lots = int(self.lots) + 1
        return lots, self.cash + lots * (self.paths + lot_value) // FRACTION + 1


@dataclass
class StreamWatch:
    """Executes inputs and asserts the protocol's invariants after each. `seen` counts what was met.

    `traces_each`: in one of this many ops the whole state is compared for what a refused op left.
    """

    engine: Engine
    deposited: int = 0
    traces_each: int = 1
    seen: Counter[str] = field(default_factory=Counter)
    drifts: dict[int, Drift] = field(default_factory=lambda: defaultdict(Drift))
    _funding: dict[int, int] = field(default_factory=dict)
    _ops: int = 0

    def execute(self, data: bytes) -> None:
        """Execute an input of the law. Raises `AssertionError` if an invariant is broken."""
        given = read_input(data)
        engine = self.engine
        if isinstance(given, MessageInput):
            result = engine.execute_segment(data)
        else:
            engine.begin_segment(given.family, given.time_ms, given.header_time_ms)
            for op in given.ops:
                self.apply(read_ordered_op(op))
            result = engine.end_segment()
        self.follow(result)
        self.check_state(result.touched_records)

    # --- ops ---

    def apply(self, op: PreparedOp) -> OpOutcome:
        """Apply an op in the open segment. Raises `AssertionError` if an invariant is broken."""
        engine = self.engine
        liquidated = self._liquidated(op.decoded)
        before = margin_of(liquidated)
        self._ops += 1
        is_compared = self._ops % self.traces_each == 0
        state = snapshot.encode(engine._state) if is_compared else b""
        outcome = engine.apply(op)
        if not outcome.is_ordered:
            self.seen["refused"] += 1
            if is_compared:
                assert snapshot.encode(engine._state) == state, "what is refused left a trace"
        elif isinstance(op.decoded, Liquidate):
            self._check_liquidation(before, margin_of(liquidated), outcome)
        return outcome

    def _liquidated(self, op: object) -> Account | None:
        accounts = self.engine._state.accounts
        if isinstance(op, Liquidate):
            return accounts.get(op.account)
        return None

    def _check_liquidation(
        self, before: tuple[int, int], after: tuple[int, int], outcome: OpOutcome
    ) -> None:
        """Only below maintenance, and while equity is not negative its share never falls."""
        self.seen["liquidations"] += 1
        (equity, maintenance), (equity_after, maintenance_after) = before, after
        assert equity < maintenance
        covered = 0  # by a guarantor, who pays before it is judged
        for event in outcome.events:
            if isinstance(event, CoverPaid):
                covered += event.amount
            elif isinstance(event, Liquidation):
                assert (event.equity, event.maintenance) == (equity + covered, maintenance)
        if equity >= 0:
            assert equity_after >= 0 or not any(isinstance(e, Fill) for e in outcome.events)
            assert (equity_after + 1) * maintenance >= equity * (maintenance_after - 1)

    # --- what the bound of the ledgers depends on ---

    def follow(self, result: SegmentResult) -> None:
        """Count what a segment did."""
        for outcome in result.outcomes:
            for event in outcome.events:
                self._see(event)
                self.seen[type(event).__name__] += 1

    def _see(self, event: EngineEvent) -> None:
        if isinstance(event, Deposited | PaidIn):
            self.deposited += event.amount
        elif isinstance(event, PendingSettled):
            drift = self.drifts[event.instrument]
            drift.lots += 1
            drift.cash += 4
        elif isinstance(event, Funded):
            drift = self.drifts[event.instrument]
            moved = event.funding_index - self._funding.get(event.instrument, 0)
            self._funding[event.instrument] = event.funding_index
            drift.cash += 1
            drift.paths += abs(moved) // FRACTION + 1
        elif isinstance(event, Deleveraged):
            drift = self.drifts[event.instrument]
            house = self._instrument(event.instrument).house
            most = max(house.long_interest, house.short_interest) + event.lots * FRACTION
            drift.lots += Fraction(most, event.factor_before)
            drift.cash += 2
            drift.paths += event.price * self._instrument(event.instrument).mark.tick_value

    def _instrument(self, id: int) -> Instrument:
        return self.engine._state.instruments[id]

    # --- the state ---

    def check_state(self, touched: Iterable[Touchable]) -> None:
        """Check sums, and the books of the records that were touched. Raises `AssertionError`."""
        engine = self.engine
        state = engine._state
        accounts = list(state.accounts.values())
        owed = sum(each.collateral + each.withdrawn + each.credit_limit for each in accounts)
        assert state.venue.credit == sum(each.credit_limit for each in accounts), "credit"
        owed += sum(each.house.cash for each in state.instruments[1:])
        venue = state.venue
        assert owed + venue.fee_pool + venue.insurance_fund == self.deposited, "custody"
        withdrawn = sum(each.withdrawn for each in accounts)
        assert venue.liabilities == self.deposited - withdrawn
        lacking = sum(each.deficit for each in state.instruments[1:])
        assert venue.negative_houses == lacking
        sizes: Counter[int] = Counter()
        for account in accounts:
            for position in account.positions:
                sizes[position.instrument] += position.size
        for instrument in state.instruments[1:]:
            assert sizes[instrument.id] + instrument.house.lots == 0, "lots"
        for record in touched:
            if isinstance(record, Instrument):
                invariants.check_book(engine, record.id)

    def check_settled(self) -> None:
        """Settle every entry of a copy: views are what settling gives, and the ledgers meet."""
        state = Engine.restore(self.engine.snapshot(), with_forest=False)._state
        state.events = []
        for account in list(state.accounts.values()):
            for position in account.positions:
                equity = margin.equity(account)
                position.review()
                size, cash = position.view_size, position.view_cash
                settle_in_house(state, state.instruments[position.instrument], position)
                account.collateral += cash
                position.trade_to(size)
                assert margin.equity(account) == equity, "view and settlement"
                assert position.pending().cash == 0
                assert position.pending().size == size
        self.seen["settled at the end"] += len(state.events)
        for event in state.events:
            self._see(event)
        for instrument in state.instruments[1:]:
            house, mark = instrument.house, instrument.mark
            value = max(mark.price, 1) * mark.tick_value
            lots, cash = self.drifts[instrument.id].bounds(value)
            assert abs(house.lots * FRACTION - house.effective_lots) <= lots
            assert abs(house.cash - house.effective_cash) <= cash


def margin_of(account: Account | None) -> tuple[int, int]:
    """Return equity and maintenance at plain fractions, what is pending included."""
    if account is None:
        return 0, 0
    for position in account.positions:
        position.review()
    return margin.equity(account), margin.maintenance(account)
