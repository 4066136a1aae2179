"""What the index knows of positions, and what an account is shown, over random streams in which
houses take over, deleveraging closes and instruments are settled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from strikeproof.sequencer.api.account_message import account_message, liquidation_price
from strikeproof.sequencer.api.greek_totals import held_greeks
from strikeproof.sequencer.core import margin
from strikeproof.sequencer.core.account import Account, Position
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.engine_event import Fill, Liquidation
from strikeproof.sequencer.core.house_ledgers import settle_for_good
from strikeproof.sequencer.core.law_input import MessageInput, read_input
from strikeproof.sequencer.core.mark import Mark
from strikeproof.sequencer.core.op import Op
from strikeproof.sequencer.core.op_preparation import read_op, read_ordered_op
from strikeproof.sequencer.core.outcome import OpOutcome
from strikeproof.sequencer.history.entry_cost import FLAT, EntryCost
from strikeproof.sequencer.history.event_group import EventGroup
from strikeproof.sequencer.history.event_numbers import EventNumbers
from strikeproof.sequencer.history.event_reader import EventReader
from strikeproof.sequencer.history.event_store import EventStore
from strikeproof.sequencer.history.history_replay import batch_end, message_place
from strikeproof.sequencer.history.order_event import (
    LIQUIDATION,
    OpDone,
    OrderEventKind,
    op_done,
    order_events,
)
from strikeproof.sequencer.order.op_place import OpPlace
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import (
    encode_deleverage,
    encode_settle_position,
    encode_unwind,
)
from tests.agreement.mood import MOODS, Mood
from tests.agreement.stream import Stream
from tests.property.upkeep.test_liquidation_watch import INSTRUMENTS, RandomVenue
from tests.unit.core.scripted_venue import DOMAIN

STREAM_SEGMENTS = 250
STEPS = 300
KEPT_EACH = 40  # steps
HOUSES_SHARE = 0.3  # of steps
EVENTS_REACHED = (
    "Fill",
    "PendingSettled",
    "Liquidation",
    "TakenOver",
    "BadDebt",
    "Unwound",
    "Deleveraged",
    "PositionSettled",
)

Entries = dict[tuple[int, int], EntryCost]


class Follower:
    """The index of what an engine does, and everything that went into it."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self.engine = engine
        self.store = EventStore(path)
        self.numbers = EventNumbers(EventReader(path))
        self.batch = 0
        self.done: list[OpDone] = []

    def take(self, decoded: Sequence[Op | Result | None], outcomes: Sequence[OpOutcome]) -> None:
        """Write what a segment did: it is a batch of its own."""
        self.batch += 1
        group, done = EventGroup(batch_end(self.batch)), list[OpDone]()
        for number, (op, each) in enumerate(zip(decoded, outcomes, strict=True)):
            if op is None:
                place = message_place(self.batch, number)
                done.append(OpDone(place, self.engine.clock_ms, None, b"", each.events))
            else:
                done.append(op_done(OpPlace(self.batch, 0, number), self.clock_ms, op, each))
        self.numbers.add_all(group, done)
        self.store.write(group)
        self.done += done

    @property
    def clock_ms(self) -> int:
        return self.engine.clock_ms

    def seen(self) -> Counter[str]:
        """Return how often each event of the engine was met."""
        return Counter(type(event).__name__ for each in self.done for event in each.events)

    def entries(self) -> Entries:
        """Return the entries that the store knows, but for those that are flat."""
        reader = EventReader(self.store.path)
        found = {
            (account, instrument): entry
            for account in self.engine._state.accounts
            for instrument, entry in reader.entries(account).items()
            if entry != FLAT
        }
        reader.close()
        return found

    def check(self) -> Entries:
        """Compare positions with the state's, and look at what every account is shown."""
        entries = self.entries()
        sizes = {
            (account.id, position.instrument): position.size
            for account in self.engine._state.accounts.values()
            for position in account.positions
            if position.size
        }
        assert {key: each.size for key, each in entries.items()} == sizes, self.batch
        check_shown(self.engine, entries)
        return entries


class FollowedVenue(RandomVenue):
    """A venue of highly leveraged traders whose segments are followed."""

    def __init__(self, seed: int, path: Path) -> None:
        self.follower: Follower | None = None
        super().__init__(seed)
        self.follower = Follower(self.engine, path)

    def segment(self, *ops: bytes, signers: Sequence[bytes] | None = None) -> list[OpOutcome]:
        outcomes = super().segment(*ops, signers=signers)
        if self.follower is not None:
            self.follower.take([read_op(data).decoded for data in ops], outcomes)
        return outcomes

    def step(self) -> None:
        """As ever, and often every house trades out, or is deleveraged if it must be."""
        super().step()
        if self.random.random() < HOUSES_SHARE:
            encode = self.random.choice((encode_unwind, encode_deleverage))
            for instrument in range(1, INSTRUMENTS + 1):
                self.segment(encode(instrument=instrument))

    def settle_all(self) -> None:
        """Settle every instrument for good, and pay every position out."""
        state = self.engine._state
        for instrument in state.instruments[1:]:
            settle_for_good(state, instrument, max(1, instrument.mark.price))
        for account in range(1, state.venue.next_account):
            for position in list(state.accounts[account].positions):
                instrument_id = position.instrument
                op = encode_settle_position(account=account, instrument=instrument_id)
                assert self.segment(op)[0].code == Result.OK


@pytest.mark.parametrize("mood", MOODS, ids=[mood.name for mood in MOODS])
def test_positions_of_the_index_follow_streams_of_every_mood(mood: Mood, tmp_path: Path) -> None:
    """Above all what undoes fills: fill-or-kill, makers that fail, broken ops, messages."""
    engine = Engine.genesis(DOMAIN, with_forest=False)
    stream = Stream(engine, f"positions {mood.name}", mood)
    follower = Follower(engine, tmp_path / "history.sqlite")
    for _ in range(STREAM_SEGMENTS):
        data = stream.next_input()
        given = read_input(data)
        result = engine.execute_segment(data)
        if isinstance(given, MessageInput):
            follower.take([None] * len(result.outcomes), result.outcomes)
        elif not result.is_void:
            follower.take([read_ordered_op(op).decoded for op in given.ops], result.outcomes)
        follower.check()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_position_of_the_index_is_the_states_at_any_time(seed: int, tmp_path: Path) -> None:
    venue = FollowedVenue(seed, tmp_path / "history.sqlite")
    follower = venue.follower
    assert follower is not None
    kept: dict[int, Entries] = {}
    for number in range(STEPS):
        venue.step()
        entries = follower.check()
        if number % KEPT_EACH == 0:
            kept[follower.batch] = entries
    venue.settle_all()
    assert follower.check() == {}
    seen = follower.seen()
    assert not [name for name in EVENTS_REACHED if not seen[name]], seen
    check_told(follower.done)
    check_rebuilt(follower, tmp_path / "again.sqlite")
    for batch in sorted(kept, reverse=True):
        follower.store.rewind(batch + 1, 0)
        assert follower.entries() == kept[batch], "rewound"


def check_shown(engine: Engine, entries: Entries) -> None:
    """An open position has an entry price, also while a deleveraging is pending on it."""
    for account in engine._state.accounts:
        view = engine.account(account)
        assert view is not None
        own = {
            instrument: each for (owner, instrument), each in entries.items() if owner == account
        }
        terms = {each.instrument: each for each in engine.instruments()}
        greeks = held_greeks(view, terms, engine.venue().clock_ms)
        message = account_message(engine, view, (), own, greeks)
        assert bool(message.greeks) == any(each.size for each in view.positions)
        for each in message.positions:
            assert bool(each.entry_price_nano_usd) == bool(each.size_lots)
        pending = sum(int(each.pending_cash_micro_usd) for each in message.positions)
        worth = sum(each.value for each in view.positions)
        assert int(message.equity_micro_usd) == view.collateral + pending + worth


def check_told(done: list[OpDone]) -> None:
    """Nobody sees the house's fills, and the liquidated account sees that these were not orders."""
    for each in done:
        told = order_events(each)
        assert all(event.account for event in told)
        liquidated = {e.account for e in each.events if isinstance(e, Liquidation)}
        for event in told:
            if event.kind == OrderEventKind.FILLED:
                is_liquidation = event.is_taker and event.account in liquidated
                assert event.reason == (LIQUIDATION if is_liquidation else 0)
        fills = [e for e in each.events if isinstance(e, Fill)]
        tellable = sum(1 + (e.taker_account != 0) for e in fills)
        assert tellable == sum(event.kind == OrderEventKind.FILLED for event in told)


def check_rebuilt(found: Follower, path: Path) -> None:
    """An index that is fed all of it at once knows the same."""
    store, reader = EventStore(path), EventReader(path)
    group = EventGroup(batch_end(found.batch))
    EventNumbers(reader).add_all(group, found.done)
    store.write(group)
    before = EventReader(found.store.path)
    for account in found.engine._state.accounts:
        assert list(reader.of_account(account)) == list(before.of_account(account))
        assert reader.entries(account) == before.entries(account)
    for each in (store, reader, before):
        each.close()


@pytest.mark.parametrize("seed", range(2))
def test_at_the_liquidation_price_equity_meets_maintenance_with_funding_pending(seed: int) -> None:
    venue = RandomVenue(seed)
    pending = 0
    for _ in range(STEPS):
        venue.step()
        for account in venue.engine._state.accounts.values():
            pending += sum(check_liquidation_price(venue.engine, account))
    assert pending > 100


def check_liquidation_price(engine: Engine, account: Account) -> list[bool]:
    """Return of each position that has a liquidation price whether anything was pending."""
    view = engine.account(account.id)
    assert view is not None
    checked = []
    for position, shown in zip(account.positions, view.positions, strict=True):
        instrument = engine.instrument(position.instrument)
        assert instrument is not None
        price = liquidation_price(view, shown, instrument)
        worse = price - (1 if shown.size > 0 else -1)
        if price:
            assert surplus_at(account, position.mark, price) >= 0
            assert surplus_at(account, position.mark, worse) < 0
            checked.append(has_pending(position))
    return checked


def has_pending(position: Position) -> bool:
    return position.view_cash != 0 or position.view_size != position.size


def surplus_at(account: Account, mark: Mark, price: int) -> int:
    """Return equity less maintenance at another mark."""
    kept = mark.price, mark.notional
    mark.price, mark.notional = price, price * mark.tick_value
    try:
        return margin.equity(account) - margin.maintenance(account)
    finally:
        mark.price, mark.notional = kept
