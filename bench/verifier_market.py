"""A market for the verifier's benchmark: signed ops of many traders, in segments, from a seed.

It follows the records that each execution changes, so that it can cancel and replace by slot and
serial; it needs no engine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Final

from strikeproof.client.operation import (
    Action,
    Bundle,
    Cancel,
    Place,
    Replace,
    encode_index_price,
    encode_op,
    encode_report,
)
from strikeproof.client.typed_data import Domain, digest, hash_report, struct_hash
from strikeproof.client.wallet import Wallet
from strikeproof.keccak import keccak256
from strikeproof.wire.constants import (
    GovernanceAction,
    InstrumentKind,
    MessageKind,
    OrderFlag,
    TimeInForce,
)
from strikeproof.wire.layout import ORDER_KIND, unpack_order

START_MS: Final = 1_700_000_000_000
NEVER_MS: Final = 2**47
DEPOSIT_MICRO_USD: Final = 10**12  # a million USD
MID: Final = 300_000  # ticks
NANO_PER_TICK: Final = 10**7
OPS_PER_SEGMENT: Final = 8
FEE_PPM_MAX: Final = 10_000


def _message(kind: MessageKind, time_ms: int, payload: bytes) -> bytes:
    return bytes([kind]) + bytes(20) + time_ms.to_bytes(6, "big") + payload


@dataclass(frozen=True, slots=True)
class OpenOrderRef:
    """An order of the book as its owner knows it."""

    account: int
    instrument: int
    slot: int
    serial: int
    sell: bool
    price: int
    lots: int


@dataclass
class SignedMarket:
    """Traders with wallets; `segments` yields what they send, `follow` tells what became of it."""

    domain: Domain
    seed: int = 1
    traders: int = 40
    instruments: int = 2
    now_ms: int = START_MS
    resting: dict[int, OpenOrderRef] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._random = Random(self.seed)
        self._wallets = [
            Wallet(keccak256(f"trader {self.seed} {each}".encode())) for each in range(self.traders)
        ]
        self._reporter = Wallet(keccak256(f"reporter {self.seed}".encode()))
        self._nonces = [0] * self.traders
        self._mid = [MID] * (self.instruments + 1)

    def messages(self) -> Iterator[bytes]:
        """Yield the inbox messages that set the venue up."""
        for each in range(1, self.instruments + 1):
            symbol = f"COIN{each}".encode().ljust(16, b"\0")
            yield self._govern(GovernanceAction.LIST_UNDERLYING, symbol)
            terms = (
                each.to_bytes(2, "big")
                + bytes([InstrumentKind.PERPETUAL])
                + (100).to_bytes(3, "big")  # micro-USD per tick per lot
                + NANO_PER_TICK.to_bytes(8, "big")
                + (50_000).to_bytes(4, "big")
                + (25_000).to_bytes(4, "big")
                + (100).to_bytes(4, "big")
                + (500).to_bytes(4, "big")
                + (100_000).to_bytes(4, "big")
                + (1_000_000).to_bytes(8, "big")
                + symbol
            )
            yield self._govern(GovernanceAction.LIST_INSTRUMENT, terms)
        yield self._govern(GovernanceAction.SET_REPORTERS, b"\1\1" + self._reporter.address)
        for account, wallet in enumerate(self._wallets, 1):
            number = account.to_bytes(4, "big")
            yield _message(MessageKind.REGISTER, self.now_ms, number + wallet.address)
            amount = DEPOSIT_MICRO_USD.to_bytes(16, "big")
            yield _message(MessageKind.DEPOSIT, self.now_ms, number + amount)

    def segments(self) -> Iterator[bytes]:
        """Yield segments, time ‖ ops, without end; prices first."""
        prices = [self._index_price(each) for each in range(1, self.instruments + 1)]
        yield self._segment(prices)
        # Everybody gets a position in every instrument, and orders around the mid.
        for account in range(1, self.traders + 1):
            ops = []
            for instrument in range(1, self.instruments + 1):
                for sell in (False, True):
                    offset = self._random.randrange(0, 40)
                    price = self._mid[instrument] + (offset if sell else -offset)
                    ops.append(self._bundle(account, Place(instrument, sell, price, 500)))
            yield self._segment(ops)
        while True:
            self.now_ms += 500
            ops = [self._op() for _ in range(OPS_PER_SEGMENT)]
            yield self._segment(ops)

    def follow(self, changed: Mapping[int, bytes]) -> None:
        """Learn what became of the orders."""
        for key, record in changed.items():
            if key >> 56 != ORDER_KIND:
                continue
            _, flags, price, lots, account, _, serial, *_ = unpack_order(record)
            self.resting.pop(key, None)
            if flags & OrderFlag.LINKED:
                id_ = key & ((1 << 56) - 1)
                sell = bool(flags & OrderFlag.SELL)
                slot = id_ & ((1 << 18) - 1)
                self.resting[key] = OpenOrderRef(
                    account, id_ >> 18, slot, serial, sell, price, lots
                )

    def _govern(self, action: GovernanceAction, fields: bytes) -> bytes:
        return _message(MessageKind.GOVERNANCE, self.now_ms, bytes([action]) + fields)

    def _segment(self, ops: list[bytes]) -> bytes:
        return self.now_ms.to_bytes(6, "big") + b"".join(ops)

    def _op(self) -> bytes:
        """Return an op: 45 % quotes, 25 % cancels, 15 % replaces, 12 % takers, else a price."""
        random = self._random
        instrument = random.randint(1, self.instruments)
        account = random.randint(1, self.traders)
        choice = random.random()
        if choice < 0.40 and self.resting:
            order = random.choice(list(self.resting.values()))
            if choice < 0.25:
                action: Action = Cancel(order.instrument, order.slot, order.serial)
            else:
                price = order.price + random.randint(-3, 3)
                action = Replace(
                    order.instrument, order.slot, order.serial, order.sell, price, order.lots + 1
                )
            self.resting.pop((ORDER_KIND << 56) | (order.instrument << 18) | order.slot)
            return self._bundle(order.account, action)
        sell = random.random() < 0.5
        mid = self._mid[instrument]
        if choice < 0.85:
            offset = random.randint(1, 30)
            price = mid + (offset if sell else -offset)
            return self._bundle(account, Place(instrument, sell, price, random.randint(300, 900)))
        if choice < 0.97:
            price = mid + (-40 if sell else 40)
            lots = random.randint(100, 600)
            taker = Place(instrument, sell, price, lots, TimeInForce.IOC)
            return self._bundle(account, taker)
        self._mid[instrument] += random.randint(-2, 2)
        return self._index_price(instrument)

    def _bundle(self, account: int, *actions: Action) -> bytes:
        nonce = self._nonces[account - 1]
        self._nonces[account - 1] += 1
        op = Bundle(account, 0, nonce, NEVER_MS, FEE_PPM_MAX, actions)
        signed = digest(self.domain.separator, struct_hash(op))
        return encode_op(op, self._wallets[account - 1].sign_digest(signed))

    def _index_price(self, underlying: int) -> bytes:
        self.now_ms += 1
        price = self._mid[underlying] * NANO_PER_TICK
        hash_ = hash_report(underlying, 1, self.now_ms, price)
        signature = self._reporter.sign_digest(digest(self.domain.separator, hash_))
        return encode_index_price(underlying, self.now_ms, [encode_report(0, price, signature)])
