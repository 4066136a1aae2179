"""A small venue for the tests of the law: keys, ops as signed bytes, a state that segments change.

Encoders take every field, so that a test can also write what no client would.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from coincurve import PrivateKey

from strikeproof.keccak import keccak256
from strikeproof.wire import constants as c
from strikeproof.wire import layout
from strikeproof.wire.errors import Result
from tests.agreement.law_host import LawResult, LawReverted, run_law

START_MS = 1_800_000_000_000
NEVER = 2**48 - 1
GTC, GTD, IOC, FOK = (tif << 5 for tif in range(4))
SELL, POST_ONLY, REDUCE_ONLY = 1, 2, 4
CANCEL_TAKER, CANCEL_MAKER, CANCEL_BOTH = (mode << 3 for mode in range(3))
BUY = 0
DOLLAR = 10**6
DOMAIN = keccak256(b"some chain and rollup")


def be(value: int, size: int) -> bytes:
    """Return `size` bytes, big-endian."""
    return value.to_bytes(size, "big")


@dataclass(frozen=True)
class Key:
    """A secp256k1 key and its address."""

    secret: PrivateKey
    address: int

    def sign(self, digest: bytes) -> bytes:
        """Return r ‖ (parity in the top bit of s), low s."""
        signature = self.secret.sign_recoverable(digest, hasher=None)
        s = int.from_bytes(signature[32:64], "big") | signature[64] << 255
        return signature[:32] + be(s, 32)


@cache
def key(number: int) -> Key:
    """Return the test key of this number."""
    secret = PrivateKey(keccak256(b"key %d" % number))
    address = keccak256(secret.public_key.format(compressed=False)[1:])[12:]
    return Key(secret, int.from_bytes(address, "big"))


def digest(struct_hash: bytes, domain: bytes = DOMAIN) -> bytes:
    """Return what EIP-712 signs."""
    return keccak256(b"\x19\x01" + domain + struct_hash)


def words(*values: int | bytes) -> bytes:
    """Return each value as a 32-byte word."""
    return b"".join(value if isinstance(value, bytes) else be(value, 32) for value in values)


@dataclass(frozen=True)
class Action:
    """One action: its bytes and its EIP-712 hash."""

    data: bytes
    hash: bytes


def _action(kind: int, data: bytes, instrument: int, flags: int = 0, **fields: int) -> Action:
    names = ("price", "lots", "expiry", "client_id", "slot", "serial")
    hashed = keccak256(
        words(
            c.ACTION_TYPEHASH,
            kind,
            instrument,
            flags & 1,
            flags >> 5 & 3,
            flags >> 1 & 1,
            flags >> 2 & 1,
            flags >> 3 & 3,
            *(fields.get(name, 0) for name in names),
        )
    )
    return Action(be(kind, 1) + data, hashed)


def place(
    instrument: int, flags: int, price: int, lots: int, expiry: int = 0, client_id: int = 7
) -> Action:
    """Return a place action."""
    data = be(instrument, 2) + be(flags, 1) + be(price, 4) + be(lots, 5)
    data += be(expiry, 6) + be(client_id, 8)
    terms = {"price": price, "lots": lots, "expiry": expiry, "client_id": client_id}
    return _action(1, data, instrument, flags, **terms)


def cancel(instrument: int, slot: int, serial: int) -> Action:
    """Return a cancel action."""
    data = be(instrument, 2) + be(slot, 4) + be(serial, 6)
    return _action(2, data, instrument, slot=slot, serial=serial)


def cancel_all(instrument: int = 0) -> Action:
    """Return a cancel-all action."""
    return _action(3, be(instrument, 2), instrument)


def replace(
    instrument: int,
    slot: int,
    serial: int,
    flags: int,
    price: int,
    lots: int,
    expiry: int = 0,
    client_id: int = 8,
) -> Action:
    """Return a replace action."""
    data = be(instrument, 2) + be(slot, 4) + be(serial, 6) + be(flags, 1) + be(price, 4)
    data += be(lots, 5) + be(expiry, 6) + be(client_id, 8)
    terms = {"price": price, "lots": lots, "expiry": expiry, "client_id": client_id}
    return _action(4, data, instrument, flags, slot=slot, serial=serial, **terms)


def op(kind: int, body: bytes) -> bytes:
    """Return an op: type, length, body."""
    return be(kind, 1) + be(len(body), 2) + body


def bundle_body(
    account: int, session: int, nonce: int, actions: Sequence[Action], expiry: int, max_fee: int
) -> tuple[bytes, bytes]:
    """Return the body without signature and its struct hash."""
    hashes = keccak256(b"".join(each.hash for each in actions))
    body = be(account, 4) + be(session, 1) + be(nonce, 8) + be(expiry, 6) + be(max_fee, 4)
    body += be(len(actions), 1) + b"".join(each.data for each in actions)
    hashed = words(c.BUNDLE_TYPEHASH, account, session, nonce, expiry, max_fee, hashes)
    return body, keccak256(hashed)


def withdraw_body(account: int, nonce: int, amount: int, expiry: int) -> tuple[bytes, bytes]:
    """Return the body without signature and its struct hash."""
    body = be(account, 4) + be(nonce, 8) + be(expiry, 6) + be(amount, 8)
    return body, keccak256(words(c.WITHDRAW_TYPEHASH, account, nonce, expiry, amount))


def set_session_body(
    account: int, nonce: int, slot: int, address: int, scope: int, session_expiry: int, expiry: int
) -> tuple[bytes, bytes]:
    """Return the body without signature and its struct hash."""
    body = be(account, 4) + be(nonce, 8) + be(expiry, 6) + be(slot, 1) + be(address, 20)
    body += be(scope, 1) + be(session_expiry, 6)
    fields = (account, nonce, expiry, slot, address, scope, session_expiry)
    return body, keccak256(words(c.SET_SESSION_TYPEHASH, *fields))


def price_body(
    underlying: int,
    publish_time: int,
    reports: Iterable[tuple[int, int, Key]],
    epoch: int,
    domain: bytes = DOMAIN,
) -> bytes:
    """Return an IndexPrice body; reports are (reporter index, price, key)."""
    reports = list(reports)
    body = be(underlying, 2) + be(publish_time, 6) + be(len(reports), 1)
    for index, price, signer in reports:
        hashed = words(c.INDEX_PRICE_TYPEHASH, underlying, epoch, publish_time, price)
        body += be(index, 1) + be(price, 8) + signer.sign(digest(keccak256(hashed), domain))
    return body


def instrument_terms(
    underlying: int = 1,
    kind: int = 1,
    tick_value: int = 100,
    index_per_tick: int = 10**8,
    initial: int = 100_000,
    maintenance: int = 50_000,
    maker_fee: int = 200,
    taker_fee: int = 500,
    band: int = 100_000,
    min_order_value: int = DOLLAR,
) -> bytes:
    """Return the fields of LIST_INSTRUMENT up to the symbol. By default a tick is 0.1 USD of
    index, a lot 0.001 units: 100 micro-USD per tick per lot."""
    return (
        be(underlying, 2)
        + be(kind, 1)
        + be(tick_value, 3)
        + be(index_per_tick, 8)
        + b"".join(be(each, 4) for each in (initial, maintenance, maker_fee, taker_fee, band))
        + be(min_order_value, 8)
    )


def reporters(count: int) -> list[Key]:
    """Return reporters' keys in the order in which the law wants their addresses."""
    return sorted((key(900 + i) for i in range(count)), key=lambda each: each.address)


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

    engine: str = "py-evm"
    state: dict[int, bytes] = field(default_factory=dict)
    now: int = START_MS
    nonces: dict[tuple[int, int], int] = field(default_factory=dict)
    last: LawResult | None = None

    def __post_init__(self) -> None:
        """Start from genesis."""
        if not self.state:
            self.state[0] = layout.pack_global(1, 0, 1, 1, 1, 0, 0, 0, 0, 0, int.from_bytes(DOMAIN))

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

    def segment(self, ops: bytes, now: int | None = None) -> bytes:
        """Return the law's input for ordered ops at a time (by default ours)."""
        time = self.now if now is None else now
        return b"\0" + be(time, 6) + be(time, 6) + ops

    def ops(self, *ops: bytes) -> bytes:
        """Run ops in one segment; return the result bytes."""
        return self.run(self.segment(b"".join(ops))).results

    def message(self, kind: int, payload: bytes, sender: int = 0, time: int | None = None) -> bytes:
        """Run an inbox message; return the result bytes."""
        sent = self.now if time is None else time
        data = be(kind, 1) + be(sender, 20) + be(sent, 6) + payload
        return self.run(b"\1" + be(self.now, 6) + data).results

    # --- the venue

    def govern(self, action: int, fields: bytes) -> None:
        """Send a governance message that must work."""
        assert self.message(4, be(action, 1) + fields) == b"\0"

    def open(
        self, instruments: int = 1, underlyings: int = 1, quorum: int = 2, **terms: int
    ) -> None:
        """List underlyings, instruments (spread over them) and three reporters."""
        self.set_reporters(quorum, reporters(3))
        for number in range(underlyings):
            self.govern(1, b"U%d" % number + bytes(14 - len(str(number)) + 1))
        for number in range(instruments):
            fields = instrument_terms(**{"underlying": number % underlyings + 1, **terms})
            self.govern(2, fields + bytes(16))

    def set_reporters(self, quorum: int, keys: Sequence[Key]) -> None:
        """Set the reporters."""
        self.govern(4, be(quorum, 1) + be(len(keys), 1) + b"".join(be(k.address, 20) for k in keys))

    def register(self, owner: int, dollars: int = 0) -> int:
        """Register an account of the key's address and deposit; return its id."""
        account = self.globals()["next_account"]
        assert self.message(1, be(account, 4) + be(key(owner).address, 20)) == b"\0"
        if dollars:
            assert self.message(2, be(account, 4) + be(dollars * DOLLAR, 16)) == b"\0"
        return account

    def price_op(self, price: int, underlying: int = 1, publish_time: int | None = None) -> bytes:
        """Return an IndexPrice op of two reporters, in nano-USD."""
        time = self.now if publish_time is None else publish_time
        epoch = self.globals()["reporter_epoch"]
        signed = [(i, price, k) for i, k in enumerate(reporters(3)[:2])]
        return op(4, price_body(underlying, time, signed, epoch))

    def set_price(self, dollars: float, underlying: int = 1) -> None:
        """Publish a price a millisecond later."""
        self.now += 1
        assert self.ops(self.price_op(round(dollars * 10**9), underlying)) == b"\0"

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
        signer: Key | None = None,
        domain: bytes = DOMAIN,
    ) -> bytes:
        """Return a signed Bundle op."""
        chosen = self.next_nonce(account, session) if nonce is None else nonce
        body, hashed = bundle_body(account, session, chosen, actions, expiry, max_fee)
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
        for at in range(64, len(data), 64):
            entry = _fields(layout.ACCOUNT_POSITION_GROUP, data[at:])
            positions[entry["instrument"]] = entry
        assert len(positions) == head["position_count"] == (len(data) - 64) // 64
        names = ("owner", "collateral", "withdrawn", "epoch_counter")
        return Account(*(head[name] for name in names), positions=positions)

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
        """Return collateral, pools and withdrawals, in micro-USD: what L1 holds or paid."""
        accounts = range(1, self.globals()["next_account"])
        held = sum(a.collateral + a.withdrawn for a in map(self.account, accounts))
        return held + self.globals()["fee_pool"] + self.globals()["insurance_fund"]


@cache
def _base() -> World:
    world = World()
    world.open(instruments=2, underlyings=2)
    for owner in (1, 2, 3):
        world.register(owner, 10_000)
    for underlying in (1, 2):
        world.set_price(MARK / 10, underlying)
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
