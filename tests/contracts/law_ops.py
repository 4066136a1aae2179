"""Ops and messages as bytes, signed: the encoders of the law's tests.

They take every field, so that a test can also write what no client would.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, TypeAlias

from coincurve import PrivateKey

from strikeproof.keccak import keccak256
from strikeproof.wire import constants as c
from strikeproof.wire.operations import (
    encode_block_leg,
    encode_block_trade_body,
    encode_bundle_body,
    encode_cancel,
    encode_cancel_all,
    encode_index_price_body,
    encode_list_instrument,
    encode_place,
    encode_quote,
    encode_replace,
    encode_report,
    encode_set_cancel_at_body,
    encode_set_guard_body,
    encode_set_instrument,
    encode_set_margin_mode_body,
    encode_set_session_body,
    encode_set_trigger_body,
    encode_withdraw_body,
    frame_op,
)

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


Party: TypeAlias = tuple[int, int, int, int, int]
"""One side of a block trade: account, session, nonce, expiry, the greatest fee in ppm."""


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
    return Action(data, hashed)


def place(
    instrument: int, flags: int, price: int, lots: int, expiry: int = 0, client_id: int = 7
) -> Action:
    """Return a place action."""
    data = encode_place(
        instrument=instrument,
        flags=flags,
        price=price,
        lots=lots,
        expiry_ms=expiry,
        client_id=client_id,
    )
    terms = {"price": price, "lots": lots, "expiry": expiry, "client_id": client_id}
    return _action(c.ActionKind.PLACE, data, instrument, flags, **terms)


def cancel(instrument: int, slot: int, serial: int) -> Action:
    """Return a cancel action."""
    data = encode_cancel(instrument=instrument, slot=slot, serial=serial)
    return _action(c.ActionKind.CANCEL, data, instrument, slot=slot, serial=serial)


def cancel_all(instrument: int = 0) -> Action:
    """Return a cancel-all action."""
    return _action(c.ActionKind.CANCEL_ALL, encode_cancel_all(instrument=instrument), instrument)


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
    data = encode_replace(
        instrument=instrument,
        slot=slot,
        serial=serial,
        flags=flags,
        price=price,
        lots=lots,
        expiry_ms=expiry,
        client_id=client_id,
    )
    terms = {"price": price, "lots": lots, "expiry": expiry, "client_id": client_id}
    return _action(c.ActionKind.REPLACE, data, instrument, flags, slot=slot, serial=serial, **terms)


Side: TypeAlias = tuple[int, int, int, int]
"""One side of a quote: price, lots, and slot and serial of the order that it replaces."""
NO_SIDE: Final[Side] = (0, 0, 0, 0)


def quote(
    instrument: int,
    flags: int,
    bid: Side = NO_SIDE,
    ask: Side = NO_SIDE,
    expiry: int = 0,
    client_id: int = 9,
) -> Action:
    """Return a quote: its hash is those of the two actions that are signed."""
    names = ("price", "lots", "slot", "serial")
    data = encode_quote(
        instrument=instrument,
        flags=flags,
        expiry_ms=expiry,
        client_id=client_id,
        **{f"bid_{name}": value for name, value in zip(names, bid, strict=True)},
        **{f"ask_{name}": value for name, value in zip(names, ask, strict=True)},
    )
    shared = {"expiry": expiry, "client_id": client_id}
    hashes = [
        _action(
            c.ActionKind.QUOTE,
            b"",
            instrument,
            flags | sell,
            **shared,
            **dict(zip(names, side, strict=True)),
        ).hash
        for sell, side in enumerate((bid, ask))
    ]
    return Action(data, b"".join(hashes))


def op(kind: int, body: bytes) -> bytes:
    """Return an op: type, length, body."""
    return frame_op(type=kind, body=body)


def bundle_body(
    account: int,
    session: int,
    nonce: int,
    actions: Sequence[Action],
    expiry: int,
    max_fee: int,
    max_l1_fee: int = 0,
    atomic: int = 0,
) -> tuple[bytes, bytes]:
    """Return the body without signature and its struct hash."""
    hashes = keccak256(b"".join(each.hash for each in actions))
    body = encode_bundle_body(
        account=account,
        session=session,
        nonce=nonce,
        expiry_ms=expiry,
        max_fee_ppm=max_fee,
        atomic=atomic,
        actions=[each.data for each in actions],
        max_l1_fee_micro_usd=max_l1_fee,
    )
    terms = (account, session, nonce, expiry, max_fee, max_l1_fee, atomic, hashes)
    return body, keccak256(words(c.BUNDLE_TYPEHASH, *terms))


def withdraw_body(
    account: int, nonce: int, amount: int, expiry: int, max_l1_fee: int = 0
) -> tuple[bytes, bytes]:
    """Return the body without signature and its struct hash."""
    body = encode_withdraw_body(
        account=account,
        nonce=nonce,
        expiry_ms=expiry,
        amount_micro_usd=amount,
        max_l1_fee_micro_usd=max_l1_fee,
    )
    return body, keccak256(words(c.WITHDRAW_TYPEHASH, account, nonce, expiry, amount, max_l1_fee))


def set_session_body(
    account: int, nonce: int, slot: int, address: int, scope: int, session_expiry: int, expiry: int
) -> tuple[bytes, bytes]:
    """Return the body without signature and its struct hash."""
    body = encode_set_session_body(
        account=account,
        nonce=nonce,
        expiry_ms=expiry,
        slot=slot,
        key=be(address, 20),
        scope=scope,
        session_expiry_ms=session_expiry,
    )
    fields = (account, nonce, expiry, slot, address, scope, session_expiry, 0)
    return body, keccak256(words(c.SET_SESSION_TYPEHASH, *fields))


def block_body(
    submitter: Party, counterparty: Party, legs: Sequence[tuple[int, int, int, int]], signer: Key
) -> tuple[bytes, bytes]:
    """Return the body of a block trade with the counterparty's signature but without the
    submitter's, and what the submitter signs. Legs are instrument, side, price, lots."""
    hashes = [keccak256(words(c.BLOCK_LEG_TYPEHASH, *leg)) for leg in legs]
    listed = int.from_bytes(keccak256(b"".join(hashes)), "big")
    consent = words(c.BLOCK_CONSENT_TYPEHASH, *counterparty, submitter[0], listed)
    signature = signer.sign(digest(keccak256(consent)))
    account, session, nonce, expiry, max_fee = submitter
    other, other_session, other_nonce, other_expiry, other_fee = counterparty
    body = encode_block_trade_body(
        account=account,
        session=session,
        nonce=nonce,
        expiry_ms=expiry,
        max_fee_ppm=max_fee,
        counterparty=other,
        counterparty_session=other_session,
        counterparty_nonce=other_nonce,
        counterparty_expiry_ms=other_expiry,
        counterparty_max_fee_ppm=other_fee,
        counterparty_signature=signature,
        legs=[
            encode_block_leg(instrument=instrument, sell=sell, price=price, lots=lots)
            for instrument, sell, price, lots in legs
        ],
    )
    hashed = words(c.BLOCK_TRADE_TYPEHASH, *submitter, *counterparty, 0, listed)
    return body, keccak256(hashed)


def cancel_at_body(
    account: int, session: int, nonce: int, at: int, expiry: int
) -> tuple[bytes, bytes]:
    """Return the body without signature and its struct hash."""
    body = encode_set_cancel_at_body(
        account=account, session=session, nonce=nonce, expiry_ms=expiry, cancel_at_ms=at
    )
    return body, keccak256(words(c.SET_CANCEL_AT_TYPEHASH, account, session, nonce, expiry, at, 0))


STOP: Final[dict[str, int]] = {
    "instrument": 1,
    "place": 0,
    "sell": 1,
    "reduce_only": 1,
    "falling": 1,
    "by_mark": 1,
    "trigger_price": 1,
    "limit": 1,
    "lots": 10,
    "max_fee_ppm": 10**6,
    "trigger_expiry_ms": 0,
    "client_id": 7,
}
"""Terms of a trigger, in the order of the body: a stop-loss of a long of ten lots."""


def trigger_body(
    account: int, nonce: int, expiry: int, terms: dict[str, int]
) -> tuple[bytes, bytes]:
    """Return the body without signature and its struct hash; `terms` in the order of the body."""
    body = encode_set_trigger_body(
        account=account, session=0, nonce=nonce, expiry_ms=expiry, **terms
    )
    fields = (account, 0, nonce, expiry, *terms.values(), 0)
    return body, keccak256(words(c.SET_TRIGGER_TYPEHASH, *fields))


def guard_body(
    account: int, nonce: int, mode: int, address: int, expiry: int
) -> tuple[bytes, bytes]:
    """Return the body without signatures and its struct hash."""
    body = encode_set_guard_body(
        account=account, nonce=nonce, expiry_ms=expiry, mode=mode, key=be(address, 20)
    )
    return body, keccak256(words(c.SET_GUARD_TYPEHASH, account, nonce, expiry, mode, address, 0))


def price_body(
    underlying: int,
    publish_time: int,
    reports: Iterable[tuple[int, int, Key]],
    epoch: int,
    domain: bytes = DOMAIN,
) -> bytes:
    """Return an IndexPrice body; reports are (reporter index, price, key)."""
    signed = []
    for index, price, signer in reports:
        hashed = words(c.INDEX_PRICE_TYPEHASH, underlying, epoch, publish_time, price)
        signature = signer.sign(digest(keccak256(hashed), domain))
        signed.append(encode_report(reporter=index, price_nano_usd=price, signature=signature))
    return encode_index_price_body(
        underlying=underlying, publish_time_ms=publish_time, reports=signed
    )


def list_instrument(
    underlying: int = 1,
    kind: int = 1,
    tick_value: int = 100,
    index_per_tick: int = 10**8,
    initial: int = 100_000,
    maintenance: int | None = None,
    maker_fee: int = 200,
    taker_fee: int = 500,
    band: int = 100_000,
    min_order_value: int = DOLLAR,
    symbol: bytes = bytes(16),
    **further: int,
) -> bytes:
    """Return a LIST_INSTRUMENT. By default a tick is 0.1 USD of index, a lot 0.001 units: 100
    micro-USD per tick per lot."""
    return encode_list_instrument(
        underlying=underlying,
        kind=kind,
        tick_value_micro_usd=tick_value,
        index_per_tick_nano_usd=index_per_tick,
        initial_margin_ppm=initial,
        maintenance_margin_ppm=min(50_000, band) if maintenance is None else maintenance,
        maker_fee_ppm=maker_fee,
        taker_fee_ppm=taker_fee,
        price_band_ppm=band,
        min_order_value_micro_usd=min_order_value,
        symbol=symbol,
        **further,
    )


def set_instrument(
    instrument: int = 1,
    status: int = 1,
    initial: int = 100_000,
    maintenance: int | None = None,
    maker_fee: int = 200,
    taker_fee: int = 500,
    band: int = 100_000,
    min_order_value: int = DOLLAR,
    **further: int,
) -> bytes:
    """Return a SET_INSTRUMENT with the same defaults."""
    return encode_set_instrument(
        instrument=instrument,
        status=status,
        initial_margin_ppm=initial,
        maintenance_margin_ppm=min(50_000, band) if maintenance is None else maintenance,
        maker_fee_ppm=maker_fee,
        taker_fee_ppm=taker_fee,
        price_band_ppm=band,
        min_order_value_micro_usd=min_order_value,
        **further,
    )


def reporters(count: int) -> list[Key]:
    """Return reporters' keys in the order in which the law wants their addresses."""
    return sorted((key(900 + i) for i in range(count)), key=lambda each: each.address)


def margin_mode_body(account: int, nonce: int, underlying: int, expiry: int) -> tuple[bytes, bytes]:
    """Return the body without signatures and its struct hash."""
    body = encode_set_margin_mode_body(
        account=account, nonce=nonce, expiry_ms=expiry, underlying=underlying
    )
    return body, keccak256(words(c.SET_MARGIN_MODE_TYPEHASH, account, nonce, expiry, underlying, 0))
