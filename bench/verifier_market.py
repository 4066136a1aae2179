"""A market for the verifier's benchmark: signed ops of many traders, in segments, from a seed.

It follows the records that each execution changes, so that it can cancel and replace by slot and
serial; it needs no engine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Final

from strikeproof.bench.max_declared_segment import max_declared_segment
from strikeproof.bench.perpetual_listing import list_perpetual
from strikeproof.client.operation import Action, Bundle, Cancel, Place, Replace, encode_op
from strikeproof.client.typed_data import Domain, digest, hash_report, struct_hash
from strikeproof.client.wallet import Wallet
from strikeproof.keccak import keccak256
from strikeproof.ordered_form import ordered_op
from strikeproof.wire.constants import (
    PUBLISH_SPACING_MS,
    OpType,
    OrderFlag,
    TimeInForce,
)
from strikeproof.wire.layout import ORDER_KIND, unpack_order
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

START_MS: Final = Milliseconds(1_700_000_000_000)
NEVER_MS: Final = Milliseconds(2**47)
DEPOSIT_MICRO_USD: Final = MicroUsd(10**12)  # a million USD
MID: Final = 300_000  # ticks
NANO_PER_TICK: Final = 10**7
OPS_PER_SEGMENT: Final = 8
FEE_PPM_MAX: Final = Ppm(10_000)


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
    """Traders with wallets; `segments` yields what they send, `follow` shows what became of it."""

    domain: Domain
    seed: int = 1
    traders: int = 40
    instruments: int = 2
    now_ms: Milliseconds = START_MS
    resting: dict[int, OpenOrderRef] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._random = Random(self.seed)
        self._wallets = [
            Wallet(keccak256(f"trader {self.seed} {each}".encode())) for each in range(self.traders)
        ]
        self._reporter = Wallet(keccak256(f"reporter {self.seed}".encode()))
        self._nonces = [0] * self.traders
        self._mid = [MID] * (self.instruments + 1)
        self._published_ms: dict[int, Milliseconds] = {}

    def messages(self) -> Iterator[bytes]:
        """Yield the inbox messages that set the venue up."""
        time_ms = self.now_ms
        for payload in self._listings():
            yield encode_governance(time_ms=time_ms, payload=payload)
        for account, wallet in enumerate(self._wallets, 1):
            yield encode_register(time_ms=time_ms, account=account, owner=wallet.address)
            yield encode_deposit(
                time_ms=time_ms, account=account, amount_micro_usd=DEPOSIT_MICRO_USD
            )

    def _listings(self) -> Iterator[bytes]:
        for each in range(1, self.instruments + 1):
            symbol = f"COIN{each}".encode().ljust(16, b"\0")
            yield encode_list_underlying(symbol=symbol)
            yield list_perpetual(
                each,
                f"COIN{each}",
                MicroUsdPerTickPerLot(100),
                NanoUsdPerTick(NANO_PER_TICK),
                MicroUsd(1_000_000),
            )
        yield encode_set_reporters(quorum=1, reporters=[self._reporter.address])

    def segments(self) -> Iterator[bytes]:
        """Yield segments as a batch holds them, without end; prices first."""
        prices = [self._index_price(each) for each in range(1, self.instruments + 1)]
        yield self._segment(prices)
        # Everybody gets a position in every instrument, and orders around the mid.
        for account in range(1, self.traders + 1):
            ops = []
            for instrument in range(1, self.instruments + 1):
                for sell in (False, True):
                    offset = self._random.randrange(0, 40)
                    price = Ticks(self._mid[instrument] + (offset if sell else -offset))
                    ops.append(self.bundle(account, Place(instrument, sell, price, Lots(500))))
            yield self._segment(ops)
        while True:
            self.now_ms = Milliseconds(self.now_ms + 500)
            trades: list[bytes] = []
            prices = []
            while len(trades) < OPS_PER_SEGMENT:
                op = self._op()
                (prices if op[0] == OpType.INDEX_PRICE else trades).append(op)
            yield self._segment(trades)
            if prices:
                yield self._segment(prices)

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

    def _segment(self, ops: list[bytes]) -> bytes:
        return max_declared_segment(self.now_ms, [ordered_op(op) for op in ops])

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
                price = Ticks(order.price + random.randint(-3, 3))
                lots = Lots(order.lots + 1)
                action = Replace(
                    order.instrument, order.slot, order.serial, order.sell, price, lots
                )
            self.resting.pop((ORDER_KIND << 56) | (order.instrument << 18) | order.slot)
            return self.bundle(order.account, action)
        sell = random.random() < 0.5
        mid = self._mid[instrument]
        if choice < 0.85:
            offset = random.randint(1, 30)
            price = Ticks(mid + (offset if sell else -offset))
            lots = Lots(random.randint(300, 900))
            return self.bundle(account, Place(instrument, sell, price, lots))
        if choice < 0.97:
            price = Ticks(mid + (-40 if sell else 40))
            lots = Lots(random.randint(100, 600))
            taker = Place(instrument, sell, price, lots, TimeInForce.IOC)
            return self.bundle(account, taker)
        self._mid[instrument] += random.randint(-2, 2)
        return self._index_price(instrument)

    def bundle(self, account: int, *actions: Action) -> bytes:
        """Return a trader's next bundle, as it is signed and sent."""
        nonce = self._nonces[account - 1]
        self._nonces[account - 1] += 1
        op = Bundle(account, 0, nonce, NEVER_MS, FEE_PPM_MAX, actions)
        signed = digest(self.domain.separator, struct_hash(op))
        return encode_op(op, self._wallets[account - 1].sign_digest(signed))

    def _index_price(self, underlying: int) -> bytes:
        earliest_ms = self._published_ms.get(underlying, 0) + PUBLISH_SPACING_MS
        self.now_ms = Milliseconds(max(self.now_ms + 1, earliest_ms))
        self._published_ms[underlying] = self.now_ms
        price = NanoUsd(self._mid[underlying] * NANO_PER_TICK)
        hash_ = hash_report(underlying, 1, self.now_ms, price)
        signature = self._reporter.sign_digest(digest(self.domain.separator, hash_))
        return encode_index_price(
            underlying=underlying,
            publish_time_ms=self.now_ms,
            reports=[encode_report(reporter=0, price_nano_usd=price, signature=signature)],
        )
