"""Frozen venues whose last final root is of whatever records a test wants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from strikeproof.contracts import LAW_FAMILIES, artifact
from strikeproof.deployment import LawArtifacts
from strikeproof.keccak import keccak256
from strikeproof.sequencer.core import margin
from strikeproof.sequencer.core.account import Account
from strikeproof.sequencer.core.instrument import Instrument
from strikeproof.sequencer.core.mark import Mark
from strikeproof.sequencer.core.underlying import Underlying
from strikeproof.wire import constants, layout
from tests.blank_record import blank
from tests.contracts.l1.forest import Forest, key_of, list_commitment
from tests.contracts.l1.l1_history import L1History, genesis
from tests.contracts.l1.venue import WINDOW, Sent
from tests.harness import harness

OVERDUE: Final = 4_000
FINALITY: Final = 3_000
PROPOSAL: Final = 500
CLAIM: Final = 700
TIMES: Final = {
    "overdue_seconds": OVERDUE,
    "finality_seconds": FINALITY,
    "proposal_seconds": PROPOSAL,
    "claim_seconds": CLAIM,
}
USD: Final = 10**6
GLOBAL, ACCOUNT, UNDERLYING, INSTRUMENT, MARK = 0, 1, 3, 4, 5


def escape_law() -> LawArtifacts:
    """A law for tests, with the real margin module."""
    return LawArtifacts((harness("TestLaw"),) * len(LAW_FAMILIES), (artifact("MarginModule"),))


def owner_of(number: int) -> bytes:
    """The address that owns an account."""
    return keccak256(b"owner" + number.to_bytes(4, "big"))[:20]


def account_record(
    number: int,
    collateral: int,
    withdrawn: int = 0,
    positions: tuple[Mapping[str, int], ...] = (),
    **fields: int,
) -> bytes:
    """An account's record with these entries."""
    given = {
        "owner": int.from_bytes(owner_of(number), "big"),
        "position_count": len(positions),
        "collateral": collateral,
        "withdrawn": withdrawn,
    }
    head = layout.pack_account(**blank(layout.ACCOUNT_GROUP, **given | fields))
    entries = [
        layout.pack_account_position(**blank(layout.ACCOUNT_POSITION_GROUP, **each))
        for each in positions
    ]
    return head + b"".join(entries)


def mark_record(**fields: int) -> bytes:
    """A perpetual's mark on underlying 1, unless the fields say otherwise."""
    given = {
        "kind": 1,
        "underlying": 1,
        "tick_value": 100,
        "index_per_tick": 10**6,
        "long_factor": constants.FACTOR_ONE,
        "short_factor": constants.FACTOR_ONE,
        "index_ppb": constants.PPB,
    }
    return layout.pack_mark(**blank(layout.MARK_GROUP, **given | fields))


def underlying_record(index_price: int) -> bytes:
    return layout.pack_underlying(**blank(layout.UNDERLYING_GROUP, index_price=index_price))


def instrument_record(**fields: int) -> bytes:
    return layout.pack_instrument(**blank(layout.INSTRUMENT_GROUP, **fields))


T = TypeVar("T")


def by_id(found: Mapping[int, T]) -> list[T]:
    """Return what was found as the engine keeps it: a list by id, with fillers."""
    filler = next(iter(found.values()))
    return [found.get(each, filler) for each in range(max(found) + 1)]


def engine_equity(state: Forest, number: int) -> int:
    """An account's equity by the engine's own view."""
    records = state.records
    underlyings: dict[int, Underlying] = {}
    instruments: dict[int, Instrument] = {}
    for key, data in sorted(records.items()):
        kind, number_ = key >> 56, key & (1 << 56) - 1
        if kind == UNDERLYING:
            underlyings[number_] = Underlying.decode(number_, data)
    for key, data in sorted(records.items()):
        kind, number_ = key >> 56, key & (1 << 56) - 1
        if kind == MARK:
            mark = Mark.decode(number_, data, by_id(underlyings))
            terms = records[key_of(INSTRUMENT, number_)]
            instruments[number_] = Instrument.decode(number_, terms, mark)
    account = Account.decode(number, records[key_of(ACCOUNT, number)], by_id(instruments))
    return margin.equity(account)


@dataclass(slots=True)
class EscapeWorld:
    """A venue with money in it. `state` is what its last claim ends with."""

    venue: Any
    history: L1History = field(init=False)
    state: Forest = field(init=False)
    posted: int = 0

    def __post_init__(self) -> None:
        venue = self.venue
        venue.send(venue.rollup.depositBond(), "proposer", value=venue.rollup.bondWei().call())
        self.history = L1History(venue)
        self.state = genesis(venue)

    def register(self, number: int) -> None:
        venue = self.venue
        sent = venue.send(venue.vault.register("0x" + owner_of(number).hex()), "anyone")
        (event,) = venue.events(sent, venue.vault, "AccountRegistered")
        assert event["account"] == number

    def deposit(self, number: int, amount: int, by: str = "trader") -> int:
        """Deposit; return the message's index."""
        venue = self.venue
        venue.send(venue.token.mint(venue.address(by), amount), by)
        venue.send(venue.token.approve(venue.vault.address, amount), by)
        sent = venue.send(venue.vault.deposit(number, amount), by)
        (event,) = venue.events(sent, venue.vault, "Deposited")
        return int(event["index"])

    def claim_state(self, records: Mapping[int, bytes], **global_fields: int) -> None:
        """Post a batch that consumes every message, and claim that it ends with these records.

        The global record says how many instruments there are, and what the pools hold.
        """
        marks = [key & 0xFFFF for key in records if key >> 56 == MARK]
        fields = {"next_instrument": max(marks, default=0) + 1} | global_fields
        data = layout.pack_global(**blank(layout.GLOBAL_GROUP, **fields))
        self.state = Forest({key_of(GLOBAL, 0): data, **records})
        batch = self.history.post([b""])
        self.posted = batch.header.number
        roots = [self.history.claims.get(self.posted - 1, [self.genesis_root()])[-1]]
        roots += [keccak256(b"%d" % place) for place in range(len(batch.inputs()) - 1)]
        self.history.propose_roots(self.posted, [*roots, self.state.root()])

    def genesis_root(self) -> bytes:
        return bytes.fromhex(self.venue.deployment.genesis_root[2:])

    def freeze(self) -> Sent:
        """Let a message grow overdue, and freeze."""
        self.venue.wait(WINDOW + 1)
        self.venue.send(self.venue.inbox.submit(b"\xff"), "anyone")
        self.venue.wait(self.venue.config.force_inclusion_seconds + OVERDUE + 1)
        sent: Sent = self.venue.send(self.venue.escape.freeze(0))
        return sent

    def resolve(self) -> None:
        """Wait until what was posted is resolved."""
        self.venue.wait(WINDOW + PROPOSAL + 1)

    def open_call(self) -> Any:
        keys = [key_of(GLOBAL, 0)]
        batch = self.history.batches.get(self.posted)
        header = batch.header.encode() if batch else b""
        segments = list_commitment(batch.segments) if batch else bytes(32)
        escape = self.venue.escape
        return escape.open(header, segments, self.state.witness(keys), self.state.proof(keys))

    def open(self) -> Sent:
        sent: Sent = self.venue.send(self.open_call())
        return sent

    def price_call(self, *instruments: int) -> Any:
        """The call that prices these instruments; none named: all."""
        wanted = instruments or [key & 0xFFFF for key in self.state.records if key >> 56 == MARK]
        keys = set()
        for number in wanted:
            mark = layout.unpack_mark(self.state.records[key_of(MARK, number)])
            keys |= {key_of(MARK, number), key_of(INSTRUMENT, number), key_of(UNDERLYING, mark[2])}
        return self.venue.escape.price(self.state.witness(keys), self.state.proof(keys))

    def price(self, *instruments: int) -> Sent:
        sent: Sent = self.venue.send(self.price_call(*instruments))
        return sent

    def claim_call(self, number: int) -> Any:
        keys = [key_of(ACCOUNT, number)]
        return self.venue.escape.claim(self.state.witness(keys), self.state.proof(keys))

    def claim(self, number: int) -> int:
        """Claim for an account; return what is due."""
        venue = self.venue
        sent = venue.send(self.claim_call(number))
        (event,) = venue.events(sent, venue.escape, "Claimed")
        return int(event["amountMicroUsd"])

    def refund_call(self, index: int, following: int = 0) -> Any:
        self.history.read_inbox()
        messages, rolling = self.history.messages, self.history.rolling
        after = [keccak256(each) for each in messages[index + 1 : index + 1 + following]]
        return self.venue.escape.refund(index, messages[index], rolling[index], after)

    def close(self) -> None:
        self.venue.wait(CLAIM + 1)
        self.venue.send(self.venue.escape.close())

    def pay(self, number: int) -> int:
        """Pay an account's owner; return how much."""
        venue = self.venue
        sent = venue.send(venue.escape.pay(number))
        (event,) = venue.events(sent, venue.escape, "ClaimPaid")
        assert event["recipient"] == "0x" + owner_of(number).hex()
        return int(event["amountMicroUsd"])

    def balance(self, address: str) -> int:
        return int(self.venue.token.balanceOf(address).call())
