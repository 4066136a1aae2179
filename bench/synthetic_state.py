"""A synthetic state around a segment: only the records that its ops touch, at their most expensive.

Ids are spread so that records share as few siblings as a full tree allows, accounts hold sixteen
positions, counters are large (a zero byte of calldata costs a quarter of another), every price is
fresh, all twelve reporters and all instruments are listed. Nothing here is out of reach of a venue
that has run for long; nothing else of that venue is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from strikeproof.client.operation import UserOp, encode_op
from strikeproof.client.typed_data import digest, hash_report, struct_hash
from strikeproof.client.wallet import Wallet
from strikeproof.keccak import keccak256
from strikeproof.wire import layout
from strikeproof.wire.constants import (
    ACCOUNT_HEIGHT,
    INSTRUMENT_HEIGHT,
    KEY_ID_BITS,
    ORDER_SLOT_BITS,
    PPM,
    REPORTERS_MAX,
    UNDERLYING_HEIGHT,
    OrderFlag,
)
from strikeproof.wire.operations import encode_index_price, encode_report
from strikeproof.wire.units import Milliseconds, NanoUsd

MARK: Final = 0x02030303  # ticks
PER_TICK: Final = 0x01020202  # nano-USD of index a tick
TICK_VALUE: Final = 0x030303  # micro-USD per tick per lot
INITIAL_PPM: Final = 0x0003_0D40  # = 200_000
MAINTENANCE_PPM: Final = 0x0001_86A0  # = 100_000
FEE_PPM: Final = 1
BAND_PPM: Final = 0x0001_86A0  # = 100_000
MAX_FEE_PPM: Final = 50_000
LOTS: Final = 0x03030303  # of a position's size and of each exposure
ORDER_LOTS: Final = 0x030303
EPOCH: Final = 0x010203040506
SERIAL: Final = 0x010203040000
NEVER_MS: Final = Milliseconds(2**48 - 1)
OWNER_SCOPE: Final = 255
NONCE_BASE: Final = 0x0101010101010101
FILLED: Final = 0x01010101010101010101010101010101  # a large amount without zero bytes
MARGIN_SPARE: Final = 2**100  # micro-USD: more than any requirement here


def bit_reversed(number: int, bits: int) -> int:
    """Return the lowest `bits` bits of a number, in reverse."""
    return int(format(number, f"0{bits}b")[::-1], 2)


@cache
def wallet(number: int) -> Wallet:
    """Return the key of this number."""
    return Wallet(keccak256(b"bench wallet %d" % number))


@cache
def reporters() -> tuple[Wallet, ...]:
    """Return the reporters in the order of their addresses, as the law wants them."""
    return tuple(sorted(map(wallet, range(900, 900 + REPORTERS_MAX)), key=lambda w: w.address))


def key_of(kind: int, number: int) -> int:
    """Return the key of a record."""
    return kind << KEY_ID_BITS | number


@dataclass(slots=True)
class SyntheticState:
    """The state before a segment, built op by op."""

    now_ms: int
    domain_separator: bytes
    instruments: int = 2**INSTRUMENT_HEIGHT - 1
    """Listed ones. Where their tree is not full, ids rise one by one instead of being spread."""
    underlyings: int = 2**UNDERLYING_HEIGHT - 1
    reporter_count: int = REPORTERS_MAX
    records: dict[int, bytes] = field(default_factory=dict)
    predecessors: list[tuple[int, bool, int]] = field(default_factory=list)
    """(instrument, sell, slot): the right advice, in the order in which it is asked for."""
    _accounts: int = 0
    _instruments: int = 0
    _underlyings: int = 0
    _orders: dict[int, int] = field(default_factory=dict)
    _common: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Write the global record: everything is listed."""
        head = layout.pack_global(
            version=1,
            clock_ms=self.now_ms - 1,
            next_account=2**ACCOUNT_HEIGHT,
            next_underlying=self.underlyings + 1,
            next_instrument=self.instruments + 1,
            reporter_count=self.reporter_count,
            reporter_quorum=self.reporter_count,
            reporter_epoch=0x01010101,
            fee_pool=FILLED,
            insurance_fund=FILLED,
            domain_separator=int.from_bytes(self.domain_separator, "big"),
        )
        addresses = (int.from_bytes(each.address, "big") for each in self._reporters())
        elements = (layout.pack_global_reporter(address=each) for each in addresses)
        self.records[0] = head + b"".join(elements)

    # Ids

    def new_account(self) -> int:
        """Return an account id far from the ones before; it has no record yet."""
        number = bit_reversed(self._accounts, ACCOUNT_HEIGHT) + 1
        self._accounts += 1
        return number

    def new_instrument(self) -> int:
        """Return an instrument far from the ones before, with its mark and an underlying."""
        if self.instruments == 2**INSTRUMENT_HEIGHT - 1:
            count = self._instruments % 2 ** (INSTRUMENT_HEIGHT - 1)
            number = bit_reversed(count, INSTRUMENT_HEIGHT) + 1
        else:
            number = self._instruments % self.instruments + 1
        self._instruments += 1
        self.list_instrument(number)
        return number

    def new_underlying(self) -> int:
        """Return an underlying far from the ones before."""
        count = self._underlyings
        self._underlyings += 1
        if self.underlyings < 2**UNDERLYING_HEIGHT - 1:
            return count % self.underlyings + 1
        return bit_reversed(count % 2 ** (UNDERLYING_HEIGHT - 1), UNDERLYING_HEIGHT) + 1

    def new_slot(self, instrument: int) -> int:
        """Return an order slot far from the instrument's ones before."""
        count = self._orders.get(instrument, 0)
        self._orders[instrument] = count + 1
        return bit_reversed(count, ORDER_SLOT_BITS) + 1

    def _reporters(self) -> tuple[Wallet, ...]:
        return reporters()[: self.reporter_count]

    def common_instruments(self) -> tuple[int, ...]:
        """Return sixteen instruments that many accounts hold."""
        if not self._common:
            self._common = tuple(self.new_instrument() for _ in range(16))
        return self._common

    # Records

    def list_instrument(self, number: int) -> None:
        """Write an instrument with an empty book, its mark and its underlying."""
        if key_of(layout.MARK_KIND, number) in self.records:
            return
        underlying = (number >> INSTRUMENT_HEIGHT - UNDERLYING_HEIGHT) % self.underlyings + 1
        self.records[key_of(layout.MARK_KIND, number)] = layout.pack_mark(
            version=1,
            kind=1,
            underlying=underlying,
            tick_value=TICK_VALUE,
            index_per_tick=PER_TICK,
            initial_margin_ppm=INITIAL_PPM,
            maintenance_margin_ppm=MAINTENANCE_PPM,
        )
        self.set_underlying(underlying, self.now_ms - 1_000)
        self.set_instrument(number)

    def set_underlying(self, number: int, published_ms: int) -> None:
        """Write an underlying's price."""
        record = layout.pack_underlying(
            version=1, index_price=MARK * PER_TICK, publish_time_ms=published_ms, symbol=FILLED
        )
        self.records[key_of(layout.UNDERLYING_KIND, number)] = record

    def set_instrument(
        self, number: int, best_bid: int = 0, best_ask: int = 0, free_slot: int = 0
    ) -> None:
        """Write an instrument's book; without a free slot, the next fresh one is taken."""
        fresh = 2**ORDER_SLOT_BITS
        self.records[key_of(layout.INSTRUMENT_KIND, number)] = layout.pack_instrument(
            version=1,
            status=1,
            maker_fee_ppm=FEE_PPM,
            taker_fee_ppm=FEE_PPM,
            price_band_ppm=BAND_PPM,
            min_order_value=1,
            last_price=MARK,
            order_count=0x010101,
            best_bid=best_bid,
            best_ask=best_ask,
            free_slot=free_slot,
            next_slot=fresh,
            next_serial=SERIAL + 0x010101,
            open_interest=FILLED >> 72,
            symbol=FILLED,
        )

    def set_account(
        self,
        number: int,
        instruments: Sequence[int],
        long: Sequence[int] = (),
        *,
        tight: bool = False,
        owner: int | None = None,
    ) -> None:
        """Write an account with a short position in each instrument, a long one in those of
        `long`. With `tight`, its equity lies between zero and maintenance: its fills pass only by
        the second test, of what shrinks."""
        entries, cash = [], 0
        for instrument in instruments:
            size = LOTS << 4 if instrument in long else -(LOTS << 4)
            cash -= size * MARK * TICK_VALUE
            lots, value = LOTS, LOTS * MARK
            entries.append(
                layout.pack_account_position(
                    instrument=instrument,
                    open_orders=0x30,
                    epoch=EPOCH,
                    size=size,
                    linked=0x30,
                    reduce_lots=0,
                    buy_lots=lots,
                    sell_lots=lots,
                    buy_value=value + LOTS,
                    sell_value=value,
                )
            )
        if tight:
            maintenance = len(entries) * (LOTS << 4) * MARK * TICK_VALUE * MAINTENANCE_PPM // PPM
            cash += maintenance * 9 // 10
        else:
            cash += MARGIN_SPARE
        address = wallet(number if owner is None else owner).address
        head = layout.pack_account(
            version=1,
            owner=int.from_bytes(address, "big"),
            position_count=len(entries),
            epoch_counter=EPOCH + 0x01010101,
            collateral=cash,
            withdrawn=FILLED,
        )
        self.records[key_of(layout.ACCOUNT_KIND, number)] = head + b"".join(entries)

    def set_session(self, account: int, slot: int = 0) -> None:
        """Write a session of the account's key, its nonce window half used."""
        signer = int.from_bytes(wallet(account).address, "big")
        scope = 1 if slot else OWNER_SCOPE
        bitmap = int.from_bytes(b"\xa5" * 24, "big")
        record = layout.pack_session(
            version=1,
            scope=scope,
            key=signer,
            expiry_ms=NEVER_MS - 1,
            nonce_base=NONCE_BASE,
            nonce_bitmap=bitmap,
        )
        self.records[key_of(layout.SESSION_KIND, account << 2 | slot)] = record

    def set_order(
        self,
        instrument: int,
        slot: int,
        account: int,
        *,
        sell: bool,
        price: int,
        prev: int,
        next: int,
        lots: int = ORDER_LOTS,
        dead: bool = False,
    ) -> None:
        """Write a linked order."""
        self.records[self.order_key(instrument, slot)] = layout.pack_order(
            version=1,
            flags=OrderFlag.LINKED | (OrderFlag.SELL if sell else 0),
            price=price,
            lots=lots,
            account=account,
            epoch=EPOCH,
            serial=self.serial(slot),
            prev=prev,
            next=next,
            expiry_ms=self.now_ms - 1 if dead else NEVER_MS,
            client_id=FILLED & 2**64 - 1,
            max_fee_ppm=MAX_FEE_PPM,
        )

    def set_free(self, instrument: int, slot: int, next: int) -> None:
        """Write a free slot."""
        record = layout.pack_order(
            version=1,
            flags=0,
            price=0,
            lots=0,
            account=0,
            epoch=0,
            serial=0,
            prev=0,
            next=next,
            expiry_ms=0,
            client_id=0,
            max_fee_ppm=0,
        )
        self.records[self.order_key(instrument, slot)] = record

    def order_key(self, instrument: int, slot: int) -> int:
        """Return the key of an order slot."""
        return key_of(layout.ORDER_KIND, instrument << ORDER_SLOT_BITS | slot)

    def serial(self, slot: int) -> int:
        """Return the serial of the order in a slot."""
        return SERIAL + slot

    # Ops

    def sign(self, op: UserOp, account: int | None = None) -> bytes:
        """Return the op with its signature, or with a wrong one if `account` is another."""
        signer = wallet(op.account if account is None else account)
        return encode_op(op, signer.sign_digest(digest(self.domain_separator, struct_hash(op))))

    def price_op(self, underlying: int) -> bytes:
        """Return an index price of all reporters, their prices in falling order."""
        reports = []
        for index, each in enumerate(self._reporters()):
            price = NanoUsd(MARK * PER_TICK + self.reporter_count - index)
            hashed = hash_report(underlying, 0x01010101, self.now_ms, price)
            signature = each.sign_digest(digest(self.domain_separator, hashed))
            reports.append(encode_report(reporter=index, price_nano_usd=price, signature=signature))
        return encode_index_price(
            underlying=underlying, publish_time_ms=Milliseconds(self.now_ms), reports=reports
        )
