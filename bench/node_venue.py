"""The venue that node benchmarks run on: keys, inbox messages, signed ops, all from fixed seeds."""

from __future__ import annotations

import random
import time
from typing import Final

from strikeproof.bench.perpetual_listing import list_perpetual
from strikeproof.client.operation import Action, Bundle, CancelAll, Place, encode_op
from strikeproof.client.typed_data import Domain, digest, hash_report, struct_hash
from strikeproof.client.wallet import Wallet
from strikeproof.keccak import keccak256
from strikeproof.sequencer.batch.batch_bytes import genesis_batch_hash
from strikeproof.sequencer.l1.l1_source import VenueTerms
from strikeproof.sequencer.order.charge_rate import ChargeBucket, ChargeRates
from strikeproof.wire.constants import TimeInForce
from strikeproof.wire.operations import (
    encode_deposit,
    encode_governance,
    encode_index_price,
    encode_list_underlying,
    encode_register,
    encode_report,
    encode_set_reporters,
)
from strikeproof.wire.units import (
    Lots,
    MicroUsd,
    MicroUsdPerTickPerLot,
    Milliseconds,
    NanoUsd,
    NanoUsdPerTick,
    Ppm,
    Ticks,
)

SEED: Final = 20_261_122
SEQUENCER_KEY: Final = keccak256(b"bench sequencer")
LAW_ID: Final = keccak256(b"bench law")
DOMAIN: Final = Domain(31_337, bytes.fromhex("5f" * 20))
SEPARATOR: Final = DOMAIN.separator
REPORTER: Final = Wallet(keccak256(b"bench reporter"))
MID_TICKS: Final = 100_000
ORDERS_BETWEEN_CANCELS: Final = 40  # below OPEN_ORDERS_MAX


def terms() -> VenueTerms:
    """Return the deployment's constants, without a rate that would bound the benchmark."""
    genesis = genesis_batch_hash(DOMAIN.chain_id, DOMAIN.rollup)
    free = ChargeBucket(10**15, 10**15)
    rates = ChargeRates(free, free)
    return VenueTerms(DOMAIN.chain_id, DOMAIN.rollup, SEPARATOR, genesis, 1, rates)


def trader(number: int) -> Wallet:
    """Return the key of a trader's account, numbered from 1."""
    return Wallet(keccak256(f"bench trader {number}".encode()))


def inbox_messages(traders: int, instruments: int) -> list[bytes]:
    """Return the inbox: listings, then every trader registered and funded."""
    time_ms = Milliseconds(time.time_ns() // 1_000_000 - 1_000)
    payloads = [
        encode_set_reporters(quorum=1, reporters=[REPORTER.address]),
        encode_list_underlying(symbol=b"BTC".ljust(16, b"\0")),
    ]
    payloads += [
        list_perpetual(
            1,
            f"BTC-{number}",
            MicroUsdPerTickPerLot(1_000),
            NanoUsdPerTick(10**8),
            MicroUsd(10**6),
            Ppm(200_000),
        )
        for number in range(instruments)
    ]
    found = [encode_governance(time_ms=time_ms, payload=each) for each in payloads]
    for number in range(1, traders + 1):
        owner = trader(number).address
        found += (
            encode_register(time_ms=time_ms, sender=owner, account=number, owner=owner),
            encode_deposit(
                time_ms=time_ms, sender=owner, account=number, amount_micro_usd=MicroUsd(10**13)
            ),
        )
    return found


def price_op() -> bytes:
    """Return an IndexPrice published now at the mid."""
    time_ms = Milliseconds(time.time_ns() // 1_000_000)
    price = NanoUsd(MID_TICKS * 10**8)
    signature = REPORTER.sign_digest(digest(SEPARATOR, hash_report(1, 1, time_ms, price)))
    return encode_index_price(
        underlying=1,
        publish_time_ms=time_ms,
        reports=[encode_report(reporter=0, price_nano_usd=price, signature=signature)],
    )


def signed_ops(
    count: int, traders: int, instruments: int, first_nonce: int, actions_per_op: int = 1
) -> list[bytes]:
    """Return bundles, each signed by its trader: orders around the mid of which about a third fills
    at once, and now and then a cancel-all. Nonces start at `first_nonce`."""
    chance = random.Random(SEED + first_nonce)
    keys = {number: trader(number) for number in range(1, traders + 1)}
    expiry_ms = Milliseconds((time.time_ns() // 10**9 + 3_600) * 1_000)
    ops = []
    for place in range(count):
        account = 1 + place % traders
        turn = place // traders
        turns = range(turn * actions_per_op, (turn + 1) * actions_per_op)
        actions = tuple(_action(chance, each, 1 + (account + each) % instruments) for each in turns)
        op = Bundle(account, 0, first_nonce + turn, expiry_ms, Ppm(1_000), actions)
        signature = keys[account].sign_digest(digest(SEPARATOR, struct_hash(op)))
        ops.append(encode_op(op, signature))
    return ops


def signed_ops_of(account: int, instruments: int, first_nonce: int, count: int) -> list[bytes]:
    """Return single-action bundles of one account, as `signed_ops` makes them."""
    chance = random.Random(SEED + account + (first_nonce << 16))
    key, ops = trader(account), []
    expiry_ms = Milliseconds((time.time_ns() // 10**9 + 3_600) * 1_000)
    for nonce in range(first_nonce, first_nonce + count):
        actions = (_action(chance, nonce, 1 + (account + nonce) % instruments),)
        op = Bundle(account, 0, nonce, expiry_ms, Ppm(1_000), actions)
        ops.append(encode_op(op, key.sign_digest(digest(SEPARATOR, struct_hash(op)))))
    return ops


def _action(chance: random.Random, turn: int, instrument: int) -> Action:
    if turn % ORDERS_BETWEEN_CANCELS == ORDERS_BETWEEN_CANCELS - 1:
        return CancelAll()
    sell = chance.random() < 0.5
    away = chance.randint(-20, 40)  # a third crosses the mid
    price = Ticks(MID_TICKS + away if sell else MID_TICKS - away)
    tif = TimeInForce.IOC if away < 0 and chance.random() < 0.5 else TimeInForce.GTC
    return Place(instrument, sell, price, Lots(chance.randint(1, 20)), time_in_force=tif)
