"""A small venue for the tests of the law: a state that segments change, and its reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby
from typing import Any, Final

from strikeproof.wire import constants as c
from strikeproof.wire import layout
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import (
    MESSAGE_HEAD_BYTES,
    OP_FAMILIES_PACKED,
    encode_deposit_payload,
    encode_list_underlying,
    encode_message_input,
    encode_ordered_input,
    encode_register_payload,
    encode_set_reporters,
    frame_message,
)
from tests.agreement.law_host import EVM, LawResult, LawReverted, run_law
from tests.contracts.law_ops import (
    BUY,
    CANCEL_BOTH,
    CANCEL_MAKER,
    CANCEL_TAKER,
    DOLLAR,
    DOMAIN,
    FOK,
    GTC,
    GTD,
    IOC,
    NEVER,
    POST_ONLY,
    REDUCE_ONLY,
    SELL,
    START_MS,
    Action,
    Key,
    be,
    block_body,
    bundle_body,
    cancel,
    cancel_all,
    cancel_at_body,
    digest,
    guard_body,
    key,
    list_instrument,
    op,
    place,
    price_body,
    replace,
    reporters,
    set_instrument,
    set_session_body,
    withdraw_body,
    words,
)
from tests.ordered_bytes import in_order

__all__ = [
    "ALICE",
    "BOB",
    "BUY",
    "CANCEL_BOTH",
    "CANCEL_MAKER",
    "CANCEL_TAKER",
    "CAROL",
    "DOLLAR",
    "DOMAIN",
    "FOK",
    "GTC",
    "GTD",
    "IOC",
    "MARK",
    "NEVER",
    "POST_ONLY",
    "REDUCE_ONLY",
    "SELL",
    "START_MS",
    "Action",
    "Key",
    "World",
    "be",
    "bundle_body",
    "cancel",
    "cancel_all",
    "cancel_at_body",
    "digest",
    "family_of",
    "global_record",
    "key",
    "list_instrument",
    "message_input",
    "op",
    "place",
    "price_body",
    "replace",
    "reporters",
    "set_instrument",
    "set_session_body",
    "venue",
    "withdraw_body",
    "words",
]


def family_of(ops: bytes) -> int:
    """Return the family of the first op; trade of none, or of an unknown one."""
    packed = OP_FAMILIES_PACKED >> 3 * ops[0] & 7 if ops else 0
    return packed or c.SegmentFamily.TRADE


def message_input(header_time_ms: int, *messages: bytes) -> bytes:
    """Return the law's input for messages of the inbox, of the first one's family."""
    (first, *_) = messages
    family: int = c.SegmentFamily.INBOX
    if first[:1] == bytes([c.MessageKind.USER_OP]):
        family = family_of(first[MESSAGE_HEAD_BYTES:])
    return encode_message_input(
        header_time_ms=header_time_ms, message_family=family, messages=messages
    )


def global_record(**fields: int) -> bytes:
    """Return a global record of the genesis but for these fields."""
    ids = ("next_account", "next_underlying", "next_instrument", "next_expiry")
    first = dict.fromkeys(("version", *ids), 1)
    zeros = dict.fromkeys((each.name for each in layout.GLOBAL_GROUP.fields), 0)
    return layout.pack_global(**(zeros | first | fields))


@dataclass
class Account:
    """Fields of an account's record."""

    owner: int
    collateral: int
    withdrawn: int
    epoch_counter: int
    positions: dict[int, dict[str, int]]


@dataclass
class World:
    """A state and its clock. Methods run one segment each and apply what it changes."""

    engine: str = EVM
    state: dict[int, bytes] = field(default_factory=dict)
    now: int = START_MS
    nonces: dict[tuple[int, int], int] = field(default_factory=dict)
    last: LawResult | None = None

    def __post_init__(self) -> None:
        """Start from genesis."""
        if not self.state:
            self.state[0] = global_record(domain_separator=int.from_bytes(DOMAIN))

    # --- running

    def run(self, segment: bytes) -> LawResult:
        """Execute a segment's input and apply it. Advice is right for the book as it stands at
        each point of the segment: guesses are tried until the law accepts one."""
        result = self.dry_run(segment)
        self.state.update(result.changed)
        return result

    def dry_run(self, segment: bytes) -> LawResult:
        """Execute a segment's input and apply nothing."""
        known: list[int] = []  # right answers so far
        wrong: list[int] = []  # wrong answers to the next question
        while True:
            try:
                adviser = _Adviser(self, known, wrong)
                self.last = run_law(segment, self.state, adviser, engine=self.engine)
                return self.last
            except LawReverted as error:
                if error.name != "BadAdvice":
                    raise
                # The latest answer was wrong, all in front of it were right.
                if len(adviser.given) > len(known) + 1:
                    wrong = []
                *known, latest = adviser.given
                wrong.append(latest)

    def segment(
        self,
        ops: bytes,
        now: int | None = None,
        *,
        family: int | None = None,
        compute: int | None = None,
        witness: int | None = None,
        tail: bytes = b"",
    ) -> bytes:
        """Return the law's input for ordered ops at a time (by default ours), of the first op's
        family, with declared weights (by default the greatest), and with bytes behind them."""
        time = self.now if now is None else now
        return encode_ordered_input(
            family=family_of(ops or tail) if family is None else family,
            header_time_ms=time,
            time_ms=time,
            declared_compute=c.COMPUTE_WEIGHT_MAX if compute is None else compute,
            declared_witness=c.WITNESS_WEIGHT_MAX if witness is None else witness,
            ops=[in_order(ops), tail],
        )

    def ops(self, *ops: bytes) -> bytes:
        """Run ops in a segment for each run of one family; return the result bytes."""
        runs = [b"".join(run) for _, run in groupby(ops, key=family_of)] or [b""]
        return b"".join([self.run(self.segment(run)).results for run in runs])

    def message(self, kind: int, payload: bytes, sender: int = 0, time: int | None = None) -> bytes:
        """Run an inbox message; return the result bytes."""
        sent = self.now if time is None else time
        data = frame_message(kind=kind, sender=be(sender, 20), time_ms=sent, payload=payload)
        return self.run(message_input(self.now, data)).results

    # --- the venue

    def govern(self, payload: bytes) -> None:
        """Send a governance message that must work."""
        assert self.message(c.MessageKind.GOVERNANCE, payload) == b"\0"

    def open(
        self, instruments: int = 1, underlyings: int = 1, quorum: int = 2, **terms: int
    ) -> None:
        """List underlyings, instruments (spread over them) and three reporters."""
        self.set_reporters(quorum, reporters(3))
        for number in range(underlyings):
            self.govern(encode_list_underlying(symbol=(b"U%d" % number).ljust(16, b"\0")))
        for number in range(instruments):
            self.govern(list_instrument(**{"underlying": number % underlyings + 1, **terms}))

    def set_reporters(self, quorum: int, keys: Sequence[Key]) -> None:
        """Set the reporters."""
        addresses = [be(each.address, 20) for each in keys]
        self.govern(encode_set_reporters(quorum=quorum, reporters=addresses))

    def register(self, owner: int, dollars: int = 0) -> int:
        """Register an account of the key's address and deposit; return its id."""
        account = self.globals()["next_account"]
        payload = encode_register_payload(account=account, owner=be(key(owner).address, 20))
        assert self.message(c.MessageKind.REGISTER, payload) == b"\0"
        if dollars:
            assert self.deposit(account, dollars * DOLLAR) == b"\0"
        return account

    def deposit(self, account: int, micro_usd: int) -> bytes:
        """Deposit; return the result byte."""
        payload = encode_deposit_payload(account=account, amount_micro_usd=micro_usd)
        return self.message(c.MessageKind.DEPOSIT, payload)

    def price_op(self, price: int, underlying: int = 1, publish_time: int | None = None) -> bytes:
        """Return an IndexPrice op of two reporters, in nano-USD."""
        time = self.now if publish_time is None else publish_time
        epoch = self.globals()["reporter_epoch"]
        signed = [(i, price, k) for i, k in enumerate(reporters(3)[:2])]
        return op(4, price_body(underlying, time, signed, epoch))

    def set_price(self, dollars: float, underlying: int = 1, **fields: int) -> None:
        """Have the index at a price a millisecond later, as if reports had led there; and other
        fields of its record."""
        self.now += 1
        nano = round(dollars * 10**9)
        values = self.underlying(underlying)
        values |= {"index_price": nano, "raw_price": nano, "publish_time_ms": self.now}
        self.state[3 << 56 | underlying] = layout.pack_underlying(**(values | fields))

    def next_nonce(self, account: int, session: int) -> int:
        """Return a fresh nonce."""
        nonce = self.nonces.get((account, session), 0)
        self.nonces[account, session] = nonce + 1
        return nonce

    def owner_of(self, account: int) -> Key:
        """Return the key among ours that owns an account."""
        address = self.account(account).owner
        return next(key(i) for i in range(1, 400) if key(i).address == address)

    def bundle(
        self,
        account: int,
        *actions: Action,
        session: int = 0,
        nonce: int | None = None,
        expiry: int = NEVER,
        max_fee: int = 50_000,
        atomic: int = 0,
        signer: Key | None = None,
        domain: bytes = DOMAIN,
    ) -> bytes:
        """Return a signed Bundle op."""
        chosen = self.next_nonce(account, session) if nonce is None else nonce
        body, hashed = bundle_body(
            account, session, chosen, actions, expiry, max_fee, atomic=atomic
        )
        return op(1, body + (signer or self.owner_of(account)).sign(digest(hashed, domain)))

    def act(self, account: int, *actions: Action, **fields: Any) -> list[Result]:
        """Run a bundle that must be admitted, in a segment of its own; its actions' codes."""
        results = self.ops(self.bundle(account, *actions, **fields))
        assert results[0] == 0, Result(results[0])
        return [Result(each) for each in results[1:]]

    def withdraw_op(
        self, account: int, amount: int, nonce: int | None = None, expiry: int = NEVER
    ) -> bytes:
        """Return a signed Withdraw op, amount in micro-USD."""
        chosen = self.next_nonce(account, 0) if nonce is None else nonce
        body, hashed = withdraw_body(account, chosen, amount, expiry)
        return op(2, body + self.owner_of(account).sign(digest(hashed)))

    def session_op(
        self,
        account: int,
        slot: int,
        address: int,
        scope: int = 1,
        session_expiry: int = 0,
        nonce: int | None = None,
        expiry: int = NEVER,
    ) -> bytes:
        """Return a signed SetSession op."""
        chosen = self.next_nonce(account, 0) if nonce is None else nonce
        fields = (account, chosen, slot, address, scope, session_expiry, expiry)
        body, hashed = set_session_body(*fields)
        return op(3, body + self.owner_of(account).sign(digest(hashed)))

    def cancel_at_op(self, account: int, at: int, nonce: int | None = None) -> bytes:
        """Return a SetCancelAt op that the owner signed."""
        chosen = self.next_nonce(account, 0) if nonce is None else nonce
        body, hashed = cancel_at_body(account, 0, chosen, at, NEVER)
        return op(15, body + self.owner_of(account).sign(digest(hashed)))

    def block_op(
        self,
        account: int,
        counterparty: int,
        *legs: tuple[int, int, int, int],
        nonces: tuple[int, int] | None = None,
        expiry: int = NEVER,
        max_fees: tuple[int, int] = (50_000, 50_000),
        signer: Key | None = None,
    ) -> bytes:
        """Return a BlockTrade that both owners signed; `signer`: instead of the counterparty's."""
        nonces = nonces or (self.next_nonce(account, 0), self.next_nonce(counterparty, 0))
        ours = (account, 0, nonces[0], NEVER, max_fees[0])
        theirs = (counterparty, 0, nonces[1], expiry, max_fees[1])
        body, hashed = block_body(ours, theirs, legs, signer or self.owner_of(counterparty))
        return op(9, body + self.owner_of(account).sign(digest(hashed)))

    def guard_op(self, account: int, mode: int, address: int, guard: Key | None = None) -> bytes:
        """Return a SetGuard op that the owner signed, and a guard key if one is given."""
        body, hashed = guard_body(account, self.next_nonce(account, 0), mode, address, NEVER)
        signature = self.owner_of(account).sign(digest(hashed))
        return op(6, body + signature + (guard.sign(digest(hashed)) if guard else b""))

    # --- reading

    def globals(self) -> dict[str, int]:
        """Return the fields of the global record."""
        return _fields(layout.GLOBAL_GROUP, self.state[0])

    def instrument(self, number: int = 1) -> dict[str, int]:
        """Return the fields of an instrument."""
        return _fields(layout.INSTRUMENT_GROUP, self.state[4 << 56 | number])

    def underlying(self, number: int = 1) -> dict[str, int]:
        """Return the fields of an underlying."""
        return _fields(layout.UNDERLYING_GROUP, self.state[3 << 56 | number])

    def session(self, account: int, slot: int) -> dict[str, int]:
        """Return the fields of a session."""
        return _fields(layout.SESSION_GROUP, self.state[2 << 56 | account * 4 + slot])

    def account(self, number: int) -> Account:
        """Return an account, its positions by instrument, in their order."""
        data = self.state[1 << 56 | number]
        head = _fields(layout.ACCOUNT_GROUP, data)
        positions = {}
        entries, size = 32 * layout.ACCOUNT_WORDS, 32 * layout.ACCOUNT_POSITION_WORDS
        for at in range(entries, len(data), size):
            entry = _fields(layout.ACCOUNT_POSITION_GROUP, data[at:])
            positions[entry["instrument"]] = entry
        assert len(positions) == head["position_count"] == (len(data) - entries) // size
        return Account(
            head["owner"], head["collateral"], head["withdrawn"], head["epoch_counter"], positions
        )

    def order(self, slot: int, instrument: int = 1) -> dict[str, int]:
        """Return the fields of an order slot."""
        record = self.state[6 << 56 | instrument << c.ORDER_SLOT_BITS | slot]
        return _fields(layout.ORDER_GROUP, record)

    def book(self, sell: bool, instrument: int = 1) -> list[dict[str, int]]:
        """Return the orders of a side, best first, with their slots; checks every link."""
        slot = self.instrument(instrument)["best_ask" if sell else "best_bid"]
        orders: list[dict[str, int]] = []
        last = 0
        while slot:
            order = self.order(slot, instrument)
            assert order["prev"] == last
            assert order["flags"] & 128
            assert order["flags"] & 1 == sell
            orders.append({**order, "slot": slot})
            last, slot = slot, order["next"]
        return orders

    def levels(self, sell: bool, instrument: int = 1) -> list[tuple[int, int]]:
        """Return (price, lots) of a side's orders, best first."""
        return [(each["price"], each["lots"]) for each in self.book(sell, instrument)]

    def predecessor(self, instrument: int, sell: bool, price: int) -> int:
        """Return the slot behind which an order belongs in the book as it stands."""
        last = 0
        for order in self.book(sell, instrument):
            if order["price"] > price if sell else order["price"] < price:
                break
            last = order["slot"]
        return last

    def custody(self) -> int:
        """Return what L1 holds or paid: collateral, credit, houses' cash, pools, withdrawals."""
        accounts = range(1, self.globals()["next_account"])
        held = sum(a.collateral + a.withdrawn for a in map(self.account, accounts))
        listed = range(1, self.globals()["next_instrument"])
        held += sum(self.instrument(each)["house_cash"] for each in listed)
        return held + sum(self.globals()[each] for each in ("credit", "fee_pool", "insurance_fund"))


@cache
def _base() -> World:
    world = World()
    world.open(instruments=2, underlyings=2)
    for owner in (1, 2, 3):
        world.register(owner, 10_000)
    for underlying in (1, 2):
        world.set_price(MARK / 10, underlying)
    world.now += c.PUBLISH_SPACING_MS
    world.run(world.segment(b""))  # the clock follows
    return world


MARK: Final = 50_000
"""Ticks, of both instruments of `venue`: 5,000 USD."""
ALICE, BOB, CAROL = 1, 2, 3
"""Accounts of the keys 1, 2, 3, with 10,000 USD each."""


def venue() -> World:
    """Return a venue with two instruments (on an underlying each), prices and three accounts."""
    base = _base()
    return World(base.engine, dict(base.state), base.now, dict(base.nonces))


class _Adviser:
    """Answers from the book as it stood before the segment, then with every other slot."""

    def __init__(self, world: World, known: Sequence[int], wrong: Sequence[int]) -> None:
        self._world = world
        self._known = known
        self._wrong = wrong
        self.given: list[int] = []

    def __call__(self, instrument: int, sell: bool, price: int) -> int:
        """Return the predecessor to try."""
        count = len(self.given)
        if count < len(self._known):
            slot = self._known[count]
        else:
            tried = self._wrong if count == len(self._known) else []
            fresh = self._world.instrument(instrument)["next_slot"]
            likely = self._world.predecessor(instrument, sell, price)
            slots = (likely, *range(fresh + count - 1, fresh - 1, -1), 0, *range(1, fresh + 32))
            slot = next(each for each in slots if each not in tried)
        self.given.append(slot)
        return slot


def _fields(group: layout.Group, data: bytes) -> dict[str, int]:
    values = {}
    for each in group.fields:
        word = int.from_bytes(data[32 * each.word : 32 * each.word + 32], "big")
        value = word >> each.shift & ((1 << each.bits) - 1)
        values[each.name] = value - (1 << each.bits) if value > each.greatest else value
    return values


def set_account(world: World, account: int, at: int, value: int, size: int) -> None:
    """Overwrite a field of an account's record: `size` bytes from `at`."""
    record = bytearray(world.state[1 << 56 | account])
    record[at : at + size] = be(value, size)
    world.state[1 << 56 | account] = bytes(record)
