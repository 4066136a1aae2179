"""Ops and messages as bytes, signed: the encoders of the law's tests.

They take every field, so that a test can also write what no client would.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from coincurve import PrivateKey

from strikeproof.keccak import keccak256
from strikeproof.wire import constants as c

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
