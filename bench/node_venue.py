"""The venue that node benchmarks run on: keys, inbox messages, signed ops, all from fixed seeds."""

from __future__ import annotations

import random
import time
from typing import Final

from strikeproof.client.operation import (
    Action,
    Bundle,
    CancelAll,
    Place,
    encode_index_price,
    encode_op,
    encode_report,
)
from strikeproof.client.typed_data import Domain, digest, hash_report, struct_hash
from strikeproof.client.wallet import Wallet
from strikeproof.keccak import keccak256
from strikeproof.sequencer.batch.batch_bytes import genesis_batch_hash
from strikeproof.sequencer.l1.l1_source import VenueTerms
from strikeproof.sequencer.order.segment_rate import SegmentRate
from strikeproof.wire.constants import GovernanceAction, MessageKind, TimeInForce

SEED: Final = 20_261_122
SEQUENCER_KEY: Final = keccak256(b"bench sequencer")
LAW_ID: Final = keccak256(b"bench law")
DOMAIN: Final = Domain(31_337, bytes.fromhex("5f" * 20))
SEPARATOR: Final = DOMAIN.separator
REPORTER: Final = Wallet(keccak256(b"bench reporter"))
MID_TICKS: Final = 100_000
ORDERS_BETWEEN_CANCELS: Final = 40  # below OPEN_ORDERS_MAX
NOBODY: Final = bytes(20)


def terms() -> VenueTerms:
    """Return the deployment's constants, without a rate that would bound the benchmark."""
    genesis = genesis_batch_hash(DOMAIN.chain_id, DOMAIN.rollup)
    rate = SegmentRate(1_000_000, 1_000_000)
    return VenueTerms(DOMAIN.chain_id, DOMAIN.rollup, SEPARATOR, genesis, 1, rate)


def trader(number: int) -> Wallet:
    """Return the key of a trader's account, numbered from 1."""
    return Wallet(keccak256(f"bench trader {number}".encode()))


def inbox_messages(traders: int, instruments: int) -> list[bytes]:
    """Return the inbox: listings, then every trader registered and funded."""
    time_ms = time.time_ns() // 1_000_000 - 1_000

    def message(kind: MessageKind, payload: bytes, sender: bytes = NOBODY) -> bytes:
        return bytes((kind,)) + sender + time_ms.to_bytes(6, "big") + payload

    def govern(action: GovernanceAction, fields: bytes) -> bytes:
        return message(MessageKind.GOVERNANCE, bytes((action,)) + fields)

    found = [
        govern(GovernanceAction.SET_REPORTERS, bytes((1, 1)) + REPORTER.address),
        govern(GovernanceAction.LIST_UNDERLYING, b"BTC".ljust(16, b"\0")),
    ]
    numbers = ((1, 2), (1, 1), (1000, 3), (10**8, 8), (50_000, 4), (25_000, 4), (100, 4), (500, 4))
    head = b"".join(value.to_bytes(width, "big") for value, width in numbers)
    tail = (200_000).to_bytes(4, "big") + (10**6).to_bytes(8, "big")
    for number in range(instruments):
        symbol = f"BTC-{number}".encode().ljust(16, b"\0")
        found.append(govern(GovernanceAction.LIST_INSTRUMENT, head + tail + symbol))
    for number in range(1, traders + 1):
        account, owner = number.to_bytes(4, "big"), trader(number).address
        found.append(message(MessageKind.REGISTER, account + owner, owner))
        amount = (10**13).to_bytes(16, "big")
        found.append(message(MessageKind.DEPOSIT, account + amount, owner))
    return found


def price_op() -> bytes:
    """Return an IndexPrice of now at the mid."""
    time_ms, price = time.time_ns() // 1_000_000, MID_TICKS * 10**8
    signature = REPORTER.sign_digest(digest(SEPARATOR, hash_report(1, 1, time_ms, price)))
    return encode_index_price(1, time_ms, [encode_report(0, price, signature)])


def signed_ops(count: int, traders: int, instruments: int, first_nonce: int) -> list[bytes]:
    """Return single-action bundles, each signed by its trader: orders around the mid of which
    about a third fills at once, and now and then a cancel-all. Nonces start at `first_nonce`."""
    chance = random.Random(SEED + first_nonce)
    keys = {number: trader(number) for number in range(1, traders + 1)}
    expiry_ms = time.time_ns() // 1_000_000 + 3_600_000
    ops = []
    for place in range(count):
        account = 1 + place % traders
        turn = place // traders
        instrument = 1 + (account + turn) % instruments
        op = Bundle(
            account, 0, first_nonce + turn, expiry_ms, 1_000, (_action(chance, turn, instrument),)
        )
        signature = keys[account].sign_digest(digest(SEPARATOR, struct_hash(op)))
        ops.append(encode_op(op, signature))
    return ops


def _action(chance: random.Random, turn: int, instrument: int) -> Action:
    if turn % ORDERS_BETWEEN_CANCELS == ORDERS_BETWEEN_CANCELS - 1:
        return CancelAll()
    sell = chance.random() < 0.5
    away = chance.randint(-20, 40)  # a third crosses the mid
    price = MID_TICKS + away if sell else MID_TICKS - away
    tif = TimeInForce.IOC if away < 0 and chance.random() < 0.5 else TimeInForce.GTC
    return Place(instrument, sell, price, chance.randint(1, 20), time_in_force=tif)
