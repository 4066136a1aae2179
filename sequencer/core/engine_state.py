"""The state while it runs: live records, and what the running op says and may take back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strikeproof.sequencer.core.account import Account
from strikeproof.sequencer.core.certificate_record import CertificateRecord, CertificateTable
from strikeproof.sequencer.core.expiry import Expiry
from strikeproof.sequencer.core.global_record import GlobalRecord
from strikeproof.sequencer.core.instrument import Instrument
from strikeproof.sequencer.core.mark import Mark
from strikeproof.sequencer.core.option_array import ArrayTable, OptionArray
from strikeproof.sequencer.core.order_book import Order
from strikeproof.sequencer.core.session import Session
from strikeproof.sequencer.core.trigger import Trigger, TriggerTable
from strikeproof.sequencer.core.underlying import Underlying
from strikeproof.sequencer.core.weight import Meter
from strikeproof.wire.constants import InstrumentKind
from strikeproof.wire.layout import ACCOUNT_KIND, TRIGGER_KIND

if TYPE_CHECKING:
    from strikeproof.sequencer.core.checkpoint import Checkpoint
    from strikeproof.sequencer.core.engine_event import EngineEvent


class SessionTable(dict[int, Session]):
    """Sessions by id; asking for a slot that was never set creates it as absent."""

    def __missing__(self, id: int) -> Session:
        session = self[id] = Session(id)
        return session


class EngineState:
    """Every record, live.

    `underlyings`, `instruments` and `expiries` are lists by id, with a filler at 0. `owners`
    (accounts by address) is made when it is first asked for. `now_ms` is what staleness is judged
    by. `events` and `advice` collect what the segment does; `action_index` is the running action's,
    `maker_touches`, its maximum and `evictions` the running bundle's;
    `passed_slot`: that of the maker that the running order passed over
    last. `checkpoint` is set while a
    FOK order or an atomic bundle may still fail; `unused_orders`, by id, are what failed ones
    touched. `touched_accounts` and `touched_triggers` collect those of ended segments, and
    `certificates_missed` accounts whose certificates did not count in a test, once somebody takes
    them (`UpkeepQueries`).
    """

    __slots__ = (
        "accounts",
        "action_index",
        "advice",
        "arrays",
        "certificates",
        "certificates_missed",
        "checkpoint",
        "events",
        "evictions",
        "expiries",
        "instruments",
        "maker_touches",
        "maker_touches_max",
        "meter",
        "now_ms",
        "owners",
        "passed_slot",
        "sessions",
        "touched_accounts",
        "touched_triggers",
        "triggers",
        "underlyings",
        "unused_orders",
        "venue",
    )

    def __init__(self, venue: GlobalRecord) -> None:
        self.venue = venue
        self.accounts: dict[int, Account] = {}
        self.sessions = SessionTable()
        self.triggers = TriggerTable()
        self.arrays = ArrayTable()
        self.certificates = CertificateTable()
        self.owners: dict[bytes, list[int]] | None = None
        nothing = bytes(16)
        underlying = Underlying(0, nothing)
        mark = Mark(
            0,
            InstrumentKind.PERPETUAL,
            underlying,
            tick_value=0,
            index_per_tick=1,
            initial_margin_ppm=0,
            maintenance_margin_ppm=0,
        )
        self.underlyings = [underlying]
        self.instruments = [Instrument(0, nothing, mark)]
        self.expiries = [Expiry(0, underlying, 0, 0)]
        self.meter = Meter()
        self.events: list[EngineEvent] = []
        self.advice: list[int] = []
        self.now_ms = 0
        self.action_index = 0
        self.maker_touches = 0
        self.maker_touches_max = 0
        self.passed_slot = 0
        self.evictions = 0
        self.checkpoint: Checkpoint | None = None
        self.unused_orders: dict[int, Order] = {}
        self.touched_accounts: set[int] | None = None
        self.touched_triggers: set[int] | None = None
        self.certificates_missed: set[int] | None = None

    def accounts_of(self, owner: bytes) -> list[int]:
        """Return the ids of an address's accounts, ascending."""
        if self.owners is None:
            self.owners = {}
            for id in sorted(self.accounts):
                self.owners.setdefault(self.accounts[id].owner, []).append(id)
        return self.owners.get(owner, [])

    def touched_account(self, id: int) -> Account:
        """Return an existing account, touching it."""
        account = self.accounts[id]
        if account.touched != self.meter.stamp:
            self.meter.touch_account(account)
        return account

    def touched_trigger(self, id: int) -> Trigger:
        """Return a place for a trigger, absent or not, touching it."""
        trigger = self.triggers[id]
        if trigger.touched != self.meter.stamp:
            self.meter.touch(trigger)
        return trigger

    def touched_array(self, instrument: int) -> OptionArray:
        """Return the array of an option, absent or not, touching it."""
        array = self.arrays[instrument]
        if array.touched != self.meter.stamp:
            self.meter.touch(array)
        return array

    def touched_certificate(self, account: int) -> CertificateRecord:
        """Return the certificate of an account, absent or not, touching it."""
        record = self.certificates[account]
        if record.touched != self.meter.stamp:
            self.meter.touch(record)
        return record

    def note_touched(self) -> None:
        """Collect the accounts and triggers of a segment that ends, for whoever takes them."""
        log = self.meter.log
        if self.touched_accounts is not None:
            self.touched_accounts.update([r.id for r in log if r.KIND == ACCOUNT_KIND])
        if self.touched_triggers is not None and self.meter.counts[TRIGGER_KIND]:
            self.touched_triggers.update([r.id for r in log if r.KIND == TRIGGER_KIND])
