"""Gives each event its number, and follows what positions cost."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Container, Iterable
from typing import Final

from strikeproof.sequencer.history.entry_cost import FLAT, EntryCost
from strikeproof.sequencer.history.event_group import AccountEvents, EventGroup
from strikeproof.sequencer.history.event_reader import EventReader
from strikeproof.sequencer.history.order_event import (
    MOVES,
    OpDone,
    OrderEvent,
    encode_event,
    order_events,
    position_change,
)

ACCOUNTS_MAX: Final = 100_000  # whose numbers and entry costs are kept in memory


class _AccountState:
    """Where an account's events have come to."""

    __slots__ = ("entries", "last")

    def __init__(self, last: int) -> None:
        self.last = last
        self.entries: dict[int, EntryCost] | None = None
        """None: not asked for yet."""


class EventNumbers:
    """Knows of every account its last number and its entry costs: from here, or from the store."""

    def __init__(self, reader: EventReader) -> None:
        self._reader = reader
        self._accounts: OrderedDict[int, _AccountState] = OrderedDict()

    def add_all(
        self, group: EventGroup, done: Iterable[OpDone], watched: Container[int] = ()
    ) -> set[int]:
        """Put everything that ops did into a group; return which of the watched accounts it
        concerned. All groups before it are in the store, or went through here."""
        concerned: set[int] = set()
        for each in done:
            for event in order_events(each):
                self.add(group, event)
                if event.account in watched:
                    concerned.add(event.account)
        return concerned

    def add(self, group: EventGroup, event: OrderEvent) -> None:
        """Put one event into a group."""
        account = event.account
        state = self._accounts.get(account)
        if state is None:
            state = self._accounts[account] = _AccountState(self._reader.last(account))
        state.last += 1
        events = group.accounts.get(account)
        if events is None:
            events = group.accounts[account] = AccountEvents(state.last)
            self._accounts.move_to_end(account)
        events.texts.append(encode_event(event))
        if event.batch > events.batch:
            events.batch = event.batch
        if event.kind in MOVES:
            self._move(group, state, event)

    def _move(self, group: EventGroup, state: _AccountState, event: OrderEvent) -> None:
        account, instrument = event.account, event.instrument
        if state.entries is None:
            state.entries = self._reader.entries(account)
        before = state.entries.get(instrument, FLAT)
        entry = state.entries[instrument] = before.after_fill(position_change(event), event.price)
        entries = group.entries.get(account)
        if entries is None:
            entries = group.entries[account] = {}
        entries[instrument] = entry

    def forget(self, *, but: Container[int]) -> None:
        """Forget accounts that no event concerned lately; `but`: those with unwritten events."""
        while len(self._accounts) > ACCOUNTS_MAX:
            oldest = next(iter(self._accounts))
            if oldest in but:
                return
            del self._accounts[oldest]
