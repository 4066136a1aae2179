"""A synthetic state around a segment: only the records that its ops touch, at their most expensive.

Ids are spread so that records share as few siblings as a full tree allows, accounts hold sixteen
positions, each with funding and a deleveraging pending, counters are large (a zero byte of calldata
costs a quarter of another), prices are old but where something is traded, and away from what was
reported; all twelve reporters and all instruments are listed. A venue can come to all of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from strikeproof.bench.synthetic_keys import attesters, reporters, wallet
from strikeproof.bench.synthetic_protection import passed_protection
from strikeproof.bench.synthetic_values import (
    ADL_INDEX,
    ASK_COUNT,
    BAND_PPM,
    BID_COUNT,
    DAY_MS,
    EPOCH,
    FACTOR_SNAP,
    FALLEN,
    FEE_PPM,
    FILLED,
    FRESH_MS,
    FUNDING_INDEX,
    FUNDING_SNAP,
    GAP_PPM,
    HOUSE_LOTS,
    HOUSE_MARGIN_PPM,
    INITIAL_PPM,
    INTEREST,
    LIQUIDATION_FEE_PPM,
    LOTS,
    MAINTENANCE_PPM,
    MARGIN_SPARE,
    MARK,
    MAX_FEE_PPM,
    MIN_ORDER_VALUE,
    NEGATIVE_HOUSES,
    NEVER_MS,
    NONCE_BASE,
    OLD_MS,
    ORDER_LOTS,
    OWNER_SCOPE,
    PER_TICK,
    SERIAL,
    TICK_VALUE,
    VARIANCE,
    adl_snap_of,
)
from strikeproof.client.operation import UserOp, encode_op, needs_guard
from strikeproof.client.typed_data import digest, hash_report, struct_hash
from strikeproof.client.wallet import Wallet
from strikeproof.sequencer.core.rules.pending import (
    Entry,
    Holder,
    Indices,
    SideIndices,
    pending,
)
from strikeproof.wire import layout
from strikeproof.wire.constants import (
    ACCOUNT_HEIGHT,
    ATTESTERS_MAX,
    FRACTION,
    INSTRUMENT_HEIGHT,
    KEY_ID_BITS,
    ORDER_SLOT_BITS,
    PPB,
    PPM,
    REPORTERS_MAX,
    SLOPE_PPM_MAX,
    UNDERLYING_HEIGHT,
    InstrumentKind,
    InstrumentStatus,
    OrderFlag,
)
from strikeproof.wire.operations import encode_index_price, encode_report
from strikeproof.wire.units import MicroUsd, Milliseconds, NanoUsd


def bit_reversed(number: int, bits: int) -> int:
    """Return the lowest `bits` bits of a number, in reverse."""
    return int(format(number, f"0{bits}b")[::-1], 2)


def _packed(instrument: int, entry: Entry) -> bytes:
    """Return an entry with as many orders as it may have, some of them dead."""
    lots, value = LOTS, LOTS * MARK
    return layout.pack_account_position(
        instrument=instrument,
        open_orders=0x30,
        epoch=EPOCH,
        size=entry.size,
        linked=0x30,
        reduce_lots=0,
        factor=entry.factor,
        buy_lots=lots,
        sell_lots=lots,
        buy_value=value + LOTS,
        sell_value=value,
        funding_snap=entry.funding_snap,
        adl_snap=entry.adl_snap,
    )


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
    accounts: int = 2**ACCOUNT_HEIGHT - 1
    reporter_count: int = REPORTERS_MAX
    old_ms: int = OLD_MS
    """Age of the prices at which nothing is traded."""
    deleveraged: bool = True
    """Whether a deleveraging is pending on every entry, besides funding."""
    records: dict[int, bytes] = field(default_factory=dict)
    predecessors: list[tuple[int, bool, int]] = field(default_factory=list)
    """(instrument, sell, slot): the right advice, in the order in which it is asked for."""
    _accounts: int = 0
    _instruments: int = 0
    _underlyings: int = 0
    _orders: dict[int, int] = field(default_factory=dict)
    _common: tuple[int, ...] = ()
    _published: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Write the global record: everything is listed."""
        head = layout.pack_global(
            version=1,
            clock_ms=self.now_ms - 1,
            next_account=self.accounts + 1,
            next_underlying=self.underlyings + 1,
            next_instrument=self.instruments + 1,
            next_expiry=2**INSTRUMENT_HEIGHT - 1,
            reporter_count=self.reporter_count,
            reporter_quorum=self.reporter_count,
            reporter_epoch=0x01010101,
            signer_count=self.reporter_count + ATTESTERS_MAX,
            attester_quorum=ATTESTERS_MAX,
            fee_pool=FILLED,
            insurance_fund=FILLED,
            liabilities=FILLED,
            negative_houses=NEGATIVE_HOUSES,
            fund_day_start=FILLED,
            lent_today=0x01010101,
            bad_debt=FILLED,
            credit_losses=FILLED,
            credit=FILLED,
            day=self.now_ms // DAY_MS - 1,
            feed_epoch=EPOCH,
            l1_gas_price=0x0101010101,
            l1_blob_price=0x0101010101,
            l1_reported_ms=self.now_ms - OLD_MS,
            eth_underlying=0x11,
            slope_factor_ppm=0x010101,
            slope_least_ppm=1,
            slope_most_ppm=SLOPE_PPM_MAX,
            variance_tau_ms=0x010101,
            domain_separator=int.from_bytes(self.domain_separator, "big"),
        )
        addresses = (
            int.from_bytes(each.address, "big") for each in (*self.signers(), *attesters())
        )
        elements = (layout.pack_global_signer(address=each) for each in addresses)
        self.records[0] = head + b"".join(elements)

    # Ids

    def new_account(self) -> int:
        """Return an account id far from the ones before; it has no record yet."""
        number = bit_reversed(self._accounts, ACCOUNT_HEIGHT) + 1
        self._accounts += 1
        return number

    def new_instrument(self, *, traded: bool = False) -> int:
        """Return an instrument far from the ones before, its price fresh if it is traded."""
        if self.instruments == 2**INSTRUMENT_HEIGHT - 1:
            count = self._instruments % self.instruments  # in reverse the last is one too many
            number = bit_reversed(count, INSTRUMENT_HEIGHT) + 1
        else:
            number = self._instruments % self.instruments + 1
        self._instruments += 1
        self.list_instrument(number, traded=traded)
        return number

    def new_underlying(self) -> int:
        """Return an underlying far from the ones before."""
        count = self._underlyings
        self._underlyings += 1
        if self.underlyings < 2**UNDERLYING_HEIGHT - 1:
            return count % self.underlyings + 1
        return bit_reversed(count % self.underlyings, UNDERLYING_HEIGHT) + 1

    def new_slot(self, instrument: int) -> int:
        """Return an order slot far from the instrument's ones before."""
        count = self._orders.get(instrument, 0)
        self._orders[instrument] = count + 1
        return bit_reversed(count, ORDER_SLOT_BITS) + 1

    def signers(self) -> tuple[Wallet, ...]:
        """Return the reporters of the set."""
        return reporters()[: self.reporter_count]

    def common_instruments(self) -> tuple[int, ...]:
        """Return sixteen instruments that many accounts hold."""
        if not self._common:
            self._common = tuple(self.new_instrument() for _ in range(16))
        return self._common

    # Records

    def list_instrument(self, number: int, *, traded: bool = False) -> None:
        """Write an instrument with an empty book, its mark and its underlying."""
        underlying = (number >> INSTRUMENT_HEIGHT - UNDERLYING_HEIGHT) % self.underlyings + 1
        self.set_underlying(underlying, self.now_ms - (FRESH_MS if traded else self.old_ms))
        if key_of(layout.MARK_KIND, number) not in self.records:
            self.set_mark(number, underlying)
            self.set_instrument(number)

    def set_mark(self, number: int, underlying: int, settlement_price: int = 0) -> None:
        """Write what margin reads of an instrument."""
        indices = self.indices()
        self.records[key_of(layout.MARK_KIND, number)] = layout.pack_mark(
            version=1,
            kind=1,
            underlying=underlying,
            tick_value=TICK_VALUE,
            index_per_tick=PER_TICK,
            initial_margin_ppm=INITIAL_PPM,
            maintenance_margin_ppm=MAINTENANCE_PPM,
            fixed_price=settlement_price,
            expiry=0,
            long_factor=indices.long.factor,
            short_factor=indices.short.factor,
            long_deleveraged_ms=indices.long.deleveraged_ms,
            short_deleveraged_ms=indices.short.deleveraged_ms,
            index_ppb=0 if settlement_price else PPB,
            funding_index=indices.funding_index,
            long_adl_index=indices.long.adl_index,
            short_adl_index=indices.short.adl_index,
        )

    def underlying_of(self, instrument: int) -> int:
        """Return the underlying of a listed instrument."""
        return layout.unpack_mark(self.records[key_of(layout.MARK_KIND, instrument)])[2]

    def indices(self) -> Indices:
        """Return what every instrument has accrued."""
        factor = FACTOR_SNAP - FALLEN if self.deleveraged else FACTOR_SNAP
        then = self.now_ms - DAY_MS
        return Indices(
            FUNDING_INDEX,
            SideIndices(factor, ADL_INDEX, then),
            SideIndices(factor, -ADL_INDEX, then),
        )

    def set_underlying(self, number: int, published_ms: int) -> None:
        """Write an underlying's price, unless a newer one is there."""
        if self._published.get(number, -1) < published_ms:
            self.set_price(number, published_ms)

    def set_price(
        self, number: int, published_ms: int, orphan_ms: int = 0, gap_ppm: int = GAP_PPM
    ) -> None:
        """Write an underlying's price: when it was announced an orphan, if it was, and how far the
        index lies from what was reported."""
        self._published[number] = published_ms
        record = layout.pack_underlying(
            surface_epoch=0,
            version=1,
            index_price=MARK * PER_TICK,
            raw_price=MARK * PER_TICK * (PPM + gap_ppm) // PPM,
            publish_time_ms=published_ms,
            bucket_ppm=0x0101,
            slope_ppm=SLOPE_PPM_MAX - 1,
            symbol=FILLED,
            variance=VARIANCE,
            orphan_ms=orphan_ms,
        )
        self.records[key_of(layout.UNDERLYING_KIND, number)] = record

    def set_instrument(self, number: int, **changes: int) -> None:
        """Write an instrument: its book's ends and free slot (without one, the next fresh one is
        taken), and whatever else differs from an active one with a solvent house that is long."""
        day = self.now_ms // DAY_MS
        fields = {
            "version": 1,
            "status": InstrumentStatus.ACTIVE,
            "maker_fee_ppm": FEE_PPM,
            "taker_fee_ppm": FEE_PPM,
            "price_band_ppm": BAND_PPM,
            "min_order_value": MIN_ORDER_VALUE,
            "last_price": MARK,
            "order_count": BID_COUNT + ASK_COUNT,
            "tier": 0,
            "best_bid": 0,
            "best_ask": 0,
            "worst_bid": 0x010101,
            "worst_ask": 0x010101,
            "free_slot": 0,
            "next_slot": 2**ORDER_SLOT_BITS,
            "next_serial": SERIAL + 0x010101,
            "symbol": FILLED,
            "bid_count": BID_COUNT,
            "liquidation_fee_ppm": LIQUIDATION_FEE_PPM,
            "house_margin_ppm": HOUSE_MARGIN_PPM,
            "house_cash": FILLED,
            "effective_cash": FILLED,
            "house_lots": HOUSE_LOTS,
            "takeover_ms": self.now_ms - DAY_MS,
            "unwind_ms": self.now_ms - DAY_MS,
            "unwound_lots": 0x010101,
            "long_interest": INTEREST,
            "short_interest": INTEREST + HOUSE_LOTS * FRACTION,
            "funding_average": -(0x0101010101),
            "funding_ms": self.now_ms - OLD_MS,
            "funding_cap_ppm": 0x1111,
            "funding_interest_ppm": -1,
            "funding_tau_ms": 0x010101,
            "impact_value": MIN_ORDER_VALUE,
            "loan": 0x0101010101,
            "lent_day": day - 1,
            "settlement_price": 0,
            "successor": 0x0101,
            "expiry_ms": 2**48 - 1,
            "deficit": 0x01010101010101,
            "lent_today": 0x01010101,
        }
        assert changes.keys() <= fields.keys()
        record = layout.pack_instrument(**{**fields, **changes})
        self.records[key_of(layout.INSTRUMENT_KIND, number)] = record

    def set_account(
        self,
        number: int,
        instruments: Sequence[int],
        long: Sequence[int] = (),
        *,
        health_ppm: int | None = None,
        owner: int | None = None,
        cancel_at_ms: int = NEVER_MS,
        **changes: int,
    ) -> None:
        """Write an account with a short position in each instrument, a long one in those of
        `long`. `health_ppm`: its equity as a share of plain maintenance; None: more than enough.
        `changes`: fields of the record that differ.

        Between zero and maintenance, its fills pass only by the second test, of what shrinks.
        """
        entries, worth, maintenance = [], 0, 0
        for instrument in instruments:
            entry = self.entry(instrument, 1 if instrument in long else -1)
            found = pending(entry, self.indices(), Holder(number, instrument))
            value = found.size * MARK * TICK_VALUE
            worth += value + found.cash
            maintenance += -(-abs(value) * MAINTENANCE_PPM // PPM)
            entries.append(_packed(instrument, entry))
        cash = MARGIN_SPARE if health_ppm is None else maintenance * health_ppm // PPM - worth
        address = wallet(number if owner is None else owner).address
        fields = {
            "version": 1,
            "owner": int.from_bytes(address, "big"),
            "position_count": len(entries),
            "epoch_counter": EPOCH + 0x01010101,
            "margin_mode": 0,
            "tier": 0x11,
            "collateral": cash,
            "withdrawn": FILLED,
            "guard_key": int.from_bytes(address, "big"),
            "guard_removal_ms": NEVER_MS,
            "cancel_at_ms": cancel_at_ms,
            "portfolio_underlying": 0x0101,
            "credit_limit": FILLED >> 72,
            "guarantor": number,
            "credited_ms": self.now_ms - OLD_MS,
            "credit_minutes": 1,
            "tier_expiry_ms": NEVER_MS,
            "attested_ms": self.now_ms - OLD_MS,
            **passed_protection(self.records, instruments, self.now_ms),
        }
        head = layout.pack_account(**(fields | changes))
        self.records[key_of(layout.ACCOUNT_KIND, number)] = head + b"".join(entries)

    def entry(self, instrument: int, sign: int) -> Entry:
        """Return an entry that is long (1) or short (-1). Options know no funding."""
        adl_snap = self.indices().side(sign).adl_index
        if self.deleveraged:
            adl_snap = adl_snap_of(sign, adl_snap)
        kind = layout.unpack_mark(self.records[key_of(layout.MARK_KIND, instrument)])[1]
        funding_snap = 0 if kind >= InstrumentKind.CALL else FUNDING_SNAP
        return Entry(sign * (LOTS << 4), FACTOR_SNAP, funding_snap, adl_snap)

    def settled_lots(self, account: int, instrument: int) -> int:
        """Return the lots that an account's long entry has when it is settled."""
        return pending(self.entry(instrument, 1), self.indices(), Holder(account, instrument)).size

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

    def sign(self, op: UserOp, account: int | None = None) -> bytes:
        """Return the op, which agrees to any fee, with its signatures: wrong ones of `account`."""
        op = replace(op, max_l1_fee_micro_usd=MicroUsd(2**64 - 1))
        hashed = digest(self.domain_separator, struct_hash(op))
        signature = wallet(op.account if account is None else account).sign_digest(hashed)
        return encode_op(op, signature, signature if needs_guard(op) else b"")  # its own guard

    def price_op(self, underlying: int) -> bytes:
        """Return an index price of all reporters, their prices in falling order."""
        reports = []
        for index, each in enumerate(self.signers()):
            price = NanoUsd(MARK * PER_TICK + self.reporter_count - index)
            hashed = hash_report(underlying, 0x01010101, self.now_ms, price)
            signature = each.sign_digest(digest(self.domain_separator, hashed))
            reports.append(encode_report(reporter=index, price_nano_usd=price, signature=signature))
        return encode_index_price(
            underlying=underlying, publish_time_ms=Milliseconds(self.now_ms), reports=reports
        )
