"""Layouts of the records of the state. Generated from proto/layout.toml: do not edit.

`pack_*` takes a group's fields by name and returns its words; `unpack_*` returns them in order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

from strikeproof.wire.units import (
    Lots,
    MicroUsd,
    MicroUsdPerTickPerLot,
    Milliseconds,
    Minutes,
    NanoUsd,
    NanoUsdPerTick,
    Ppb,
    Ppm,
    TickLots,
    Ticks,
)


class FieldOverflow(ValueError):
    """A value does not fit its field: the caller should have made the action a no-op."""

    def __init__(self, field: str, value: int) -> None:
        super().__init__(f"{field}: {value} does not fit")
        self.field = field
        self.value = value


@dataclass(frozen=True, slots=True)
class Field:
    """`bits` bits at `shift` from the low end of word `word`."""

    name: str
    word: int
    shift: int
    bits: int
    signed: bool

    @property
    def least(self) -> int:
        """The least value that fits."""
        return -(1 << (self.bits - 1)) if self.signed else 0

    @property
    def greatest(self) -> int:
        """The greatest value that fits."""
        return (1 << (self.bits - self.signed)) - 1


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that lie together in whole words: a record's head, or one repeated element."""

    name: str
    words: int
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """One kind of record. A record has head.words + count * element.words words."""

    kind: int
    height: int
    head: Group
    element: Group | None
    elements_max: int
    count_field: str


def _overflow(group: Group, values: Sequence[int]) -> NoReturn:
    for field, value in zip(group.fields, values, strict=True):
        if not field.least <= value <= field.greatest:
            raise FieldOverflow(f"{group.name}.{field.name}", value)
    raise AssertionError("no field overflows")


# global. The one record of the venue.
GLOBAL_KIND: Final = 0
GLOBAL_WORDS: Final = 9
GLOBAL_WORDS_MAX: Final = 28
GLOBAL_SIGNER_WORDS: Final = 1
GLOBAL_SIGNER_MAX: Final = 19
GLOBAL_CLOCK_MS_GREATEST: Final = 281_474_976_710_655
GLOBAL_NEXT_ACCOUNT_GREATEST: Final = 4_294_967_295
GLOBAL_NEXT_UNDERLYING_GREATEST: Final = 65_535
GLOBAL_NEXT_INSTRUMENT_GREATEST: Final = 65_535
GLOBAL_NEXT_EXPIRY_GREATEST: Final = 65_535
GLOBAL_REPORTER_COUNT_GREATEST: Final = 255
GLOBAL_REPORTER_QUORUM_GREATEST: Final = 255
GLOBAL_REPORTER_EPOCH_GREATEST: Final = 4_294_967_295
GLOBAL_SIGNER_COUNT_GREATEST: Final = 255
GLOBAL_ATTESTER_QUORUM_GREATEST: Final = 255
GLOBAL_FEE_POOL_GREATEST: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
GLOBAL_INSURANCE_FUND_GREATEST: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
GLOBAL_LIABILITIES_GREATEST: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
GLOBAL_NEGATIVE_HOUSES_GREATEST: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
GLOBAL_FUND_DAY_START_GREATEST: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
GLOBAL_LENT_TODAY_GREATEST: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
GLOBAL_BAD_DEBT_GREATEST: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
GLOBAL_CREDIT_LOSSES_GREATEST: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
GLOBAL_CREDIT_GREATEST: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
GLOBAL_DAY_GREATEST: Final = 4_294_967_295
GLOBAL_FEED_EPOCH_GREATEST: Final = 281_474_976_710_655
GLOBAL_L1_GAS_PRICE_GREATEST: Final = 18_446_744_073_709_551_615
GLOBAL_L1_BLOB_PRICE_GREATEST: Final = 18_446_744_073_709_551_615
GLOBAL_L1_REPORTED_MS_GREATEST: Final = 281_474_976_710_655
GLOBAL_ETH_UNDERLYING_GREATEST: Final = 65_535
GLOBAL_SLOPE_FACTOR_PPM_GREATEST: Final = 4_294_967_295
GLOBAL_SLOPE_LEAST_PPM_GREATEST: Final = 4_294_967_295
GLOBAL_SLOPE_MOST_PPM_GREATEST: Final = 4_294_967_295
GLOBAL_VARIANCE_TAU_MS_GREATEST: Final = 4_294_967_295
GLOBAL_DOMAIN_SEPARATOR_GREATEST: Final = (
    0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
)
GLOBAL_GROUP: Final = Group(
    "global",
    9,
    (
        Field("version", 0, 248, 8, False),
        Field("clock_ms", 0, 200, 48, False),
        Field("next_account", 0, 168, 32, False),
        Field("next_underlying", 0, 152, 16, False),
        Field("next_instrument", 0, 136, 16, False),
        Field("next_expiry", 0, 120, 16, False),
        Field("reporter_count", 0, 112, 8, False),
        Field("reporter_quorum", 0, 104, 8, False),
        Field("reporter_epoch", 0, 72, 32, False),
        Field("signer_count", 0, 64, 8, False),
        Field("attester_quorum", 0, 56, 8, False),
        Field("fee_pool", 1, 128, 128, False),
        Field("insurance_fund", 1, 0, 128, False),
        Field("liabilities", 2, 128, 128, False),
        Field("negative_houses", 2, 0, 128, False),
        Field("fund_day_start", 3, 128, 128, False),
        Field("lent_today", 3, 0, 128, False),
        Field("bad_debt", 4, 128, 128, False),
        Field("credit_losses", 4, 0, 128, False),
        Field("credit", 5, 128, 128, False),
        Field("day", 5, 96, 32, False),
        Field("feed_epoch", 5, 48, 48, False),
        Field("l1_gas_price", 6, 192, 64, False),
        Field("l1_blob_price", 6, 128, 64, False),
        Field("l1_reported_ms", 6, 80, 48, False),
        Field("eth_underlying", 6, 64, 16, False),
        Field("slope_factor_ppm", 7, 224, 32, False),
        Field("slope_least_ppm", 7, 192, 32, False),
        Field("slope_most_ppm", 7, 160, 32, False),
        Field("variance_tau_ms", 7, 128, 32, False),
        Field("domain_separator", 8, 0, 256, False),
    ),
)
GLOBAL_SIGNER_ADDRESS_GREATEST: Final = (
    0x000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
)
GLOBAL_SIGNER_GROUP: Final = Group(
    "global_signer",
    1,
    (Field("address", 0, 0, 160, False),),
)
GLOBAL: Final = Record(GLOBAL_KIND, 0, GLOBAL_GROUP, GLOBAL_SIGNER_GROUP, 19, "signer_count")

# account. Collateral is cash: every fill moves price * lots * tick_value; equity adds positions
# at their mark, with what is pending.
ACCOUNT_KIND: Final = 1
ACCOUNT_WORDS: Final = 6
ACCOUNT_WORDS_MAX: Final = 54
ACCOUNT_POSITION_WORDS: Final = 3
ACCOUNT_POSITION_MAX: Final = 16
ACCOUNT_OWNER_GREATEST: Final = 0x000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
ACCOUNT_POSITION_COUNT_GREATEST: Final = 255
ACCOUNT_EPOCH_COUNTER_GREATEST: Final = 281_474_976_710_655
ACCOUNT_MARGIN_MODE_GREATEST: Final = 255
ACCOUNT_TIER_GREATEST: Final = 255
ACCOUNT_PORTFOLIO_UNDERLYING_GREATEST: Final = 65_535
ACCOUNT_COLLATERAL_LEAST: Final = -0x80000000000000000000000000000000
ACCOUNT_COLLATERAL_GREATEST: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
ACCOUNT_WITHDRAWN_GREATEST: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
ACCOUNT_GUARD_KEY_GREATEST: Final = (
    0x000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
)
ACCOUNT_GUARD_REMOVAL_MS_GREATEST: Final = 281_474_976_710_655
ACCOUNT_CANCEL_AT_MS_GREATEST: Final = 281_474_976_710_655
ACCOUNT_CREDIT_LIMIT_GREATEST: Final = 18_446_744_073_709_551_615
ACCOUNT_GUARANTOR_GREATEST: Final = 4_294_967_295
ACCOUNT_CREDITED_MS_GREATEST: Final = 281_474_976_710_655
ACCOUNT_CREDIT_MINUTES_GREATEST: Final = 65_535
ACCOUNT_TIER_EXPIRY_MS_GREATEST: Final = 281_474_976_710_655
ACCOUNT_ATTESTED_MS_GREATEST: Final = 281_474_976_710_655
ACCOUNT_PROTECTED_UNDERLYING_GREATEST: Final = 65_535
ACCOUNT_PROTECTION_WINDOW_MS_GREATEST: Final = 4_294_967_295
ACCOUNT_PROTECTION_FREEZE_MS_GREATEST: Final = 4_294_967_295
ACCOUNT_PROTECTION_START_MS_GREATEST: Final = 281_474_976_710_655
ACCOUNT_PROTECTION_FROZEN_MS_GREATEST: Final = 281_474_976_710_655
ACCOUNT_PROTECTION_LOTS_MAX_GREATEST: Final = 1_099_511_627_775
ACCOUNT_PROTECTION_LOTS_GREATEST: Final = 1_099_511_627_775
ACCOUNT_PROTECTION_DELTA_MAX_GREATEST: Final = 18_446_744_073_709_551_615
ACCOUNT_PROTECTION_VEGA_MAX_GREATEST: Final = 18_446_744_073_709_551_615
ACCOUNT_PROTECTION_DELTA_LEAST: Final = -9_223_372_036_854_775_808
ACCOUNT_PROTECTION_DELTA_GREATEST: Final = 9_223_372_036_854_775_807
ACCOUNT_PROTECTION_VEGA_LEAST: Final = -9_223_372_036_854_775_808
ACCOUNT_PROTECTION_VEGA_GREATEST: Final = 9_223_372_036_854_775_807
ACCOUNT_GROUP: Final = Group(
    "account",
    6,
    (
        Field("version", 0, 248, 8, False),
        Field("owner", 0, 88, 160, False),
        Field("position_count", 0, 80, 8, False),
        Field("epoch_counter", 0, 32, 48, False),
        Field("margin_mode", 0, 24, 8, False),
        Field("tier", 0, 16, 8, False),
        Field("portfolio_underlying", 0, 0, 16, False),
        Field("collateral", 1, 128, 128, True),
        Field("withdrawn", 1, 0, 128, False),
        Field("guard_key", 2, 96, 160, False),
        Field("guard_removal_ms", 2, 48, 48, False),
        Field("cancel_at_ms", 2, 0, 48, False),
        Field("credit_limit", 3, 192, 64, False),
        Field("guarantor", 3, 160, 32, False),
        Field("credited_ms", 3, 112, 48, False),
        Field("credit_minutes", 3, 96, 16, False),
        Field("tier_expiry_ms", 3, 48, 48, False),
        Field("attested_ms", 3, 0, 48, False),
        Field("protected_underlying", 4, 240, 16, False),
        Field("protection_window_ms", 4, 208, 32, False),
        Field("protection_freeze_ms", 4, 176, 32, False),
        Field("protection_start_ms", 4, 128, 48, False),
        Field("protection_frozen_ms", 4, 80, 48, False),
        Field("protection_lots_max", 4, 40, 40, False),
        Field("protection_lots", 4, 0, 40, False),
        Field("protection_delta_max", 5, 192, 64, False),
        Field("protection_vega_max", 5, 128, 64, False),
        Field("protection_delta", 5, 64, 64, True),
        Field("protection_vega", 5, 0, 64, True),
    ),
)
ACCOUNT_POSITION_INSTRUMENT_GREATEST: Final = 65_535
ACCOUNT_POSITION_OPEN_ORDERS_GREATEST: Final = 65_535
ACCOUNT_POSITION_EPOCH_GREATEST: Final = 281_474_976_710_655
ACCOUNT_POSITION_SIZE_LEAST: Final = -140_737_488_355_328
ACCOUNT_POSITION_SIZE_GREATEST: Final = 140_737_488_355_327
ACCOUNT_POSITION_LINKED_GREATEST: Final = 65_535
ACCOUNT_POSITION_REDUCE_LOTS_GREATEST: Final = 281_474_976_710_655
ACCOUNT_POSITION_FACTOR_GREATEST: Final = 18_446_744_073_709_551_615
ACCOUNT_POSITION_BUY_LOTS_GREATEST: Final = 281_474_976_710_655
ACCOUNT_POSITION_SELL_LOTS_GREATEST: Final = 281_474_976_710_655
ACCOUNT_POSITION_BUY_VALUE_GREATEST: Final = 0xFFFFFFFFFFFFFFFFFFFF
ACCOUNT_POSITION_SELL_VALUE_GREATEST: Final = 0xFFFFFFFFFFFFFFFFFFFF
ACCOUNT_POSITION_FUNDING_SNAP_LEAST: Final = -0x80000000000000000000000000000000
ACCOUNT_POSITION_FUNDING_SNAP_GREATEST: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
ACCOUNT_POSITION_ADL_SNAP_LEAST: Final = -0x80000000000000000000000000000000
ACCOUNT_POSITION_ADL_SNAP_GREATEST: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
ACCOUNT_POSITION_GROUP: Final = Group(
    "account_position",
    3,
    (
        Field("instrument", 0, 240, 16, False),
        Field("open_orders", 0, 224, 16, False),
        Field("epoch", 0, 176, 48, False),
        Field("size", 0, 128, 48, True),
        Field("linked", 0, 112, 16, False),
        Field("reduce_lots", 0, 64, 48, False),
        Field("factor", 0, 0, 64, False),
        Field("buy_lots", 1, 208, 48, False),
        Field("sell_lots", 1, 160, 48, False),
        Field("buy_value", 1, 80, 80, False),
        Field("sell_value", 1, 0, 80, False),
        Field("funding_snap", 2, 128, 128, True),
        Field("adl_snap", 2, 0, 128, True),
    ),
)
ACCOUNT: Final = Record(
    ACCOUNT_KIND, 22, ACCOUNT_GROUP, ACCOUNT_POSITION_GROUP, 16, "position_count"
)

# session. Id: account * 4 + slot. Slot 0 is the owner. The nonce window outlives keys.
SESSION_KIND: Final = 2
SESSION_WORDS: Final = 2
SESSION_WORDS_MAX: Final = 2
SESSION_SCOPE_GREATEST: Final = 255
SESSION_KEY_GREATEST: Final = 0x000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
SESSION_EXPIRY_MS_GREATEST: Final = 281_474_976_710_655
SESSION_NONCE_BASE_GREATEST: Final = 18_446_744_073_709_551_615
SESSION_NONCE_BITMAP_GREATEST: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
SESSION_GROUP: Final = Group(
    "session",
    2,
    (
        Field("version", 0, 248, 8, False),
        Field("scope", 0, 240, 8, False),
        Field("key", 0, 80, 160, False),
        Field("expiry_ms", 0, 32, 48, False),
        Field("nonce_base", 1, 192, 64, False),
        Field("nonce_bitmap", 1, 0, 192, False),
    ),
)
SESSION: Final = Record(SESSION_KIND, 24, SESSION_GROUP, None, 0, "")

# underlying. The latest price of its index, as far as it may have moved, and what was reported.
UNDERLYING_KIND: Final = 3
UNDERLYING_WORDS: Final = 2
UNDERLYING_WORDS_MAX: Final = 2
UNDERLYING_INDEX_PRICE_GREATEST: Final = 18_446_744_073_709_551_615
UNDERLYING_RAW_PRICE_GREATEST: Final = 18_446_744_073_709_551_615
UNDERLYING_PUBLISH_TIME_MS_GREATEST: Final = 281_474_976_710_655
UNDERLYING_BUCKET_PPM_GREATEST: Final = 65_535
UNDERLYING_SLOPE_PPM_GREATEST: Final = 4_294_967_295
UNDERLYING_SURFACE_EPOCH_GREATEST: Final = 16_777_215
UNDERLYING_SYMBOL_GREATEST: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
UNDERLYING_VARIANCE_GREATEST: Final = 18_446_744_073_709_551_615
UNDERLYING_ORPHAN_MS_GREATEST: Final = 281_474_976_710_655
UNDERLYING_GROUP: Final = Group(
    "underlying",
    2,
    (
        Field("version", 0, 248, 8, False),
        Field("index_price", 0, 184, 64, False),
        Field("raw_price", 0, 120, 64, False),
        Field("publish_time_ms", 0, 72, 48, False),
        Field("bucket_ppm", 0, 56, 16, False),
        Field("slope_ppm", 0, 24, 32, False),
        Field("surface_epoch", 0, 0, 24, False),
        Field("symbol", 1, 128, 128, False),
        Field("variance", 1, 64, 64, False),
        Field("orphan_ms", 1, 16, 48, False),
    ),
)
UNDERLYING: Final = Record(UNDERLYING_KIND, 8, UNDERLYING_GROUP, None, 0, "")

# instrument. Terms of trade, the book's ends, and the house.
INSTRUMENT_KIND: Final = 4
INSTRUMENT_WORDS: Final = 9
INSTRUMENT_WORDS_MAX: Final = 9
INSTRUMENT_STATUS_GREATEST: Final = 255
INSTRUMENT_MAKER_FEE_PPM_GREATEST: Final = 4_294_967_295
INSTRUMENT_TAKER_FEE_PPM_GREATEST: Final = 4_294_967_295
INSTRUMENT_PRICE_BAND_PPM_GREATEST: Final = 4_294_967_295
INSTRUMENT_MIN_ORDER_VALUE_GREATEST: Final = 18_446_744_073_709_551_615
INSTRUMENT_LAST_PRICE_GREATEST: Final = 4_294_967_295
INSTRUMENT_ORDER_COUNT_GREATEST: Final = 4_294_967_295
INSTRUMENT_TIER_GREATEST: Final = 255
INSTRUMENT_BEST_BID_GREATEST: Final = 4_294_967_295
INSTRUMENT_BEST_ASK_GREATEST: Final = 4_294_967_295
INSTRUMENT_WORST_BID_GREATEST: Final = 4_294_967_295
INSTRUMENT_WORST_ASK_GREATEST: Final = 4_294_967_295
INSTRUMENT_FREE_SLOT_GREATEST: Final = 4_294_967_295
INSTRUMENT_NEXT_SLOT_GREATEST: Final = 4_294_967_295
INSTRUMENT_NEXT_SERIAL_GREATEST: Final = 281_474_976_710_655
INSTRUMENT_SYMBOL_GREATEST: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
INSTRUMENT_BID_COUNT_GREATEST: Final = 4_294_967_295
INSTRUMENT_LIQUIDATION_FEE_PPM_GREATEST: Final = 4_294_967_295
INSTRUMENT_HOUSE_MARGIN_PPM_GREATEST: Final = 4_294_967_295
INSTRUMENT_HOUSE_CASH_LEAST: Final = -0x80000000000000000000000000000000
INSTRUMENT_HOUSE_CASH_GREATEST: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
INSTRUMENT_EFFECTIVE_CASH_LEAST: Final = -0x80000000000000000000000000000000
INSTRUMENT_EFFECTIVE_CASH_GREATEST: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
INSTRUMENT_HOUSE_LOTS_LEAST: Final = -9_223_372_036_854_775_808
INSTRUMENT_HOUSE_LOTS_GREATEST: Final = 9_223_372_036_854_775_807
INSTRUMENT_TAKEOVER_MS_GREATEST: Final = 281_474_976_710_655
INSTRUMENT_UNWIND_MS_GREATEST: Final = 281_474_976_710_655
INSTRUMENT_UNWOUND_LOTS_GREATEST: Final = 18_446_744_073_709_551_615
INSTRUMENT_LONG_INTEREST_GREATEST: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFF
INSTRUMENT_SHORT_INTEREST_GREATEST: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFF
INSTRUMENT_FUNDING_AVERAGE_LEAST: Final = -9_223_372_036_854_775_808
INSTRUMENT_FUNDING_AVERAGE_GREATEST: Final = 9_223_372_036_854_775_807
INSTRUMENT_FUNDING_MS_GREATEST: Final = 281_474_976_710_655
INSTRUMENT_FUNDING_CAP_PPM_GREATEST: Final = 4_294_967_295
INSTRUMENT_FUNDING_INTEREST_PPM_LEAST: Final = -2_147_483_648
INSTRUMENT_FUNDING_INTEREST_PPM_GREATEST: Final = 2_147_483_647
INSTRUMENT_FUNDING_TAU_MS_GREATEST: Final = 4_294_967_295
INSTRUMENT_IMPACT_VALUE_GREATEST: Final = 18_446_744_073_709_551_615
INSTRUMENT_LOAN_GREATEST: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
INSTRUMENT_LENT_DAY_GREATEST: Final = 4_294_967_295
INSTRUMENT_SETTLEMENT_PRICE_GREATEST: Final = 4_294_967_295
INSTRUMENT_SUCCESSOR_GREATEST: Final = 65_535
INSTRUMENT_EXPIRY_MS_GREATEST: Final = 281_474_976_710_655
INSTRUMENT_DEFICIT_GREATEST: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
INSTRUMENT_LENT_TODAY_GREATEST: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
INSTRUMENT_GROUP: Final = Group(
    "instrument",
    9,
    (
        Field("version", 0, 248, 8, False),
        Field("status", 0, 240, 8, False),
        Field("maker_fee_ppm", 0, 208, 32, False),
        Field("taker_fee_ppm", 0, 176, 32, False),
        Field("price_band_ppm", 0, 144, 32, False),
        Field("min_order_value", 0, 80, 64, False),
        Field("last_price", 0, 48, 32, False),
        Field("order_count", 0, 16, 32, False),
        Field("tier", 0, 8, 8, False),
        Field("best_bid", 1, 224, 32, False),
        Field("best_ask", 1, 192, 32, False),
        Field("worst_bid", 1, 160, 32, False),
        Field("worst_ask", 1, 128, 32, False),
        Field("free_slot", 1, 96, 32, False),
        Field("next_slot", 1, 64, 32, False),
        Field("next_serial", 1, 16, 48, False),
        Field("symbol", 2, 128, 128, False),
        Field("bid_count", 2, 96, 32, False),
        Field("liquidation_fee_ppm", 2, 64, 32, False),
        Field("house_margin_ppm", 2, 32, 32, False),
        Field("house_cash", 3, 128, 128, True),
        Field("effective_cash", 3, 0, 128, True),
        Field("house_lots", 4, 192, 64, True),
        Field("takeover_ms", 4, 144, 48, False),
        Field("unwind_ms", 4, 96, 48, False),
        Field("unwound_lots", 4, 32, 64, False),
        Field("long_interest", 5, 160, 96, False),
        Field("short_interest", 5, 64, 96, False),
        Field("funding_average", 5, 0, 64, True),
        Field("funding_ms", 6, 208, 48, False),
        Field("funding_cap_ppm", 6, 176, 32, False),
        Field("funding_interest_ppm", 6, 144, 32, True),
        Field("funding_tau_ms", 6, 112, 32, False),
        Field("impact_value", 6, 48, 64, False),
        Field("loan", 7, 128, 128, False),
        Field("lent_day", 7, 96, 32, False),
        Field("settlement_price", 7, 64, 32, False),
        Field("successor", 7, 48, 16, False),
        Field("expiry_ms", 7, 0, 48, False),
        Field("deficit", 8, 128, 128, False),
        Field("lent_today", 8, 0, 128, False),
    ),
)
INSTRUMENT: Final = Record(INSTRUMENT_KIND, 12, INSTRUMENT_GROUP, None, 0, "")

# mark. What margin reads of a perpetual or a future; same id.
MARK_KIND: Final = 5
MARK_WORDS: Final = 4
MARK_WORDS_MAX: Final = 4
MARK_KIND_GREATEST: Final = 255
MARK_UNDERLYING_GREATEST: Final = 65_535
MARK_TICK_VALUE_GREATEST: Final = 16_777_215
MARK_INDEX_PER_TICK_GREATEST: Final = 18_446_744_073_709_551_615
MARK_INITIAL_MARGIN_PPM_GREATEST: Final = 4_294_967_295
MARK_MAINTENANCE_MARGIN_PPM_GREATEST: Final = 4_294_967_295
MARK_FIXED_PRICE_GREATEST: Final = 4_294_967_295
MARK_EXPIRY_GREATEST: Final = 65_535
MARK_LONG_FACTOR_GREATEST: Final = 18_446_744_073_709_551_615
MARK_SHORT_FACTOR_GREATEST: Final = 18_446_744_073_709_551_615
MARK_LONG_DELEVERAGED_MS_GREATEST: Final = 281_474_976_710_655
MARK_SHORT_DELEVERAGED_MS_GREATEST: Final = 281_474_976_710_655
MARK_INDEX_PPB_GREATEST: Final = 4_294_967_295
MARK_FUNDING_INDEX_LEAST: Final = -0x80000000000000000000000000000000
MARK_FUNDING_INDEX_GREATEST: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
MARK_LONG_ADL_INDEX_LEAST: Final = -0x80000000000000000000000000000000
MARK_LONG_ADL_INDEX_GREATEST: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
MARK_SHORT_ADL_INDEX_LEAST: Final = -0x80000000000000000000000000000000
MARK_SHORT_ADL_INDEX_GREATEST: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
MARK_GROUP: Final = Group(
    "mark",
    4,
    (
        Field("version", 0, 248, 8, False),
        Field("kind", 0, 240, 8, False),
        Field("underlying", 0, 224, 16, False),
        Field("tick_value", 0, 200, 24, False),
        Field("index_per_tick", 0, 136, 64, False),
        Field("initial_margin_ppm", 0, 104, 32, False),
        Field("maintenance_margin_ppm", 0, 72, 32, False),
        Field("fixed_price", 0, 40, 32, False),
        Field("expiry", 0, 24, 16, False),
        Field("long_factor", 1, 192, 64, False),
        Field("short_factor", 1, 128, 64, False),
        Field("long_deleveraged_ms", 1, 80, 48, False),
        Field("short_deleveraged_ms", 1, 32, 48, False),
        Field("index_ppb", 1, 0, 32, False),
        Field("funding_index", 2, 128, 128, True),
        Field("long_adl_index", 2, 0, 128, True),
        Field("short_adl_index", 3, 128, 128, True),
    ),
)
MARK: Final = Record(MARK_KIND, 12, MARK_GROUP, None, 0, "")

# option_mark. What margin reads of an option: a mark's fields at their places, without funding,
# and what Reprice found.
OPTION_MARK_KIND: Final = 5
OPTION_MARK_WORDS: Final = 4
OPTION_MARK_WORDS_MAX: Final = 4
OPTION_MARK_KIND_GREATEST: Final = 255
OPTION_MARK_UNDERLYING_GREATEST: Final = 65_535
OPTION_MARK_TICK_VALUE_GREATEST: Final = 16_777_215
OPTION_MARK_INDEX_PER_TICK_GREATEST: Final = 18_446_744_073_709_551_615
OPTION_MARK_INITIAL_MARGIN_PPM_GREATEST: Final = 4_294_967_295
OPTION_MARK_MAINTENANCE_MARGIN_PPM_GREATEST: Final = 4_294_967_295
OPTION_MARK_FIXED_PRICE_GREATEST: Final = 4_294_967_295
OPTION_MARK_EXPIRY_GREATEST: Final = 65_535
OPTION_MARK_VEGA_GREATEST: Final = 16_777_215
OPTION_MARK_LONG_FACTOR_GREATEST: Final = 18_446_744_073_709_551_615
OPTION_MARK_SHORT_FACTOR_GREATEST: Final = 18_446_744_073_709_551_615
OPTION_MARK_LONG_DELEVERAGED_MS_GREATEST: Final = 281_474_976_710_655
OPTION_MARK_SHORT_DELEVERAGED_MS_GREATEST: Final = 281_474_976_710_655
OPTION_MARK_INDEX_PPB_GREATEST: Final = 4_294_967_295
OPTION_MARK_MARK_PRICE_GREATEST: Final = 1_099_511_627_775
OPTION_MARK_PRICED_MS_GREATEST: Final = 281_474_976_710_655
OPTION_MARK_DELTA_LEAST: Final = -2_147_483_648
OPTION_MARK_DELTA_GREATEST: Final = 2_147_483_647
OPTION_MARK_LONG_ADL_INDEX_LEAST: Final = -0x80000000000000000000000000000000
OPTION_MARK_LONG_ADL_INDEX_GREATEST: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
OPTION_MARK_SHORT_ADL_INDEX_LEAST: Final = -0x80000000000000000000000000000000
OPTION_MARK_SHORT_ADL_INDEX_GREATEST: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
OPTION_MARK_STRIKE_GREATEST: Final = 4_294_967_295
OPTION_MARK_PRICED_FORWARD_GREATEST: Final = 4_294_967_295
OPTION_MARK_GAMMA_GREATEST: Final = 4_294_967_295
OPTION_MARK_THETA_LEAST: Final = -2_147_483_648
OPTION_MARK_THETA_GREATEST: Final = 2_147_483_647
OPTION_MARK_GROUP: Final = Group(
    "option_mark",
    4,
    (
        Field("version", 0, 248, 8, False),
        Field("kind", 0, 240, 8, False),
        Field("underlying", 0, 224, 16, False),
        Field("tick_value", 0, 200, 24, False),
        Field("index_per_tick", 0, 136, 64, False),
        Field("initial_margin_ppm", 0, 104, 32, False),
        Field("maintenance_margin_ppm", 0, 72, 32, False),
        Field("fixed_price", 0, 40, 32, False),
        Field("expiry", 0, 24, 16, False),
        Field("vega", 0, 0, 24, False),
        Field("long_factor", 1, 192, 64, False),
        Field("short_factor", 1, 128, 64, False),
        Field("long_deleveraged_ms", 1, 80, 48, False),
        Field("short_deleveraged_ms", 1, 32, 48, False),
        Field("index_ppb", 1, 0, 32, False),
        Field("mark_price", 2, 216, 40, False),
        Field("priced_ms", 2, 168, 48, False),
        Field("delta", 2, 136, 32, True),
        Field("long_adl_index", 2, 0, 128, True),
        Field("short_adl_index", 3, 128, 128, True),
        Field("strike", 3, 96, 32, False),
        Field("priced_forward", 3, 64, 32, False),
        Field("gamma", 3, 32, 32, False),
        Field("theta", 3, 0, 32, True),
    ),
)
OPTION_MARK: Final = Record(OPTION_MARK_KIND, 12, OPTION_MARK_GROUP, None, 0, "")

# order. Id: instrument * 2**18 + slot. A free slot keeps its version and `next`, all else zero.
ORDER_KIND: Final = 6
ORDER_WORDS: Final = 2
ORDER_WORDS_MAX: Final = 2
ORDER_FLAGS_GREATEST: Final = 255
ORDER_PRICE_GREATEST: Final = 4_294_967_295
ORDER_LOTS_GREATEST: Final = 1_099_511_627_775
ORDER_ACCOUNT_GREATEST: Final = 4_294_967_295
ORDER_EPOCH_GREATEST: Final = 281_474_976_710_655
ORDER_SERIAL_GREATEST: Final = 281_474_976_710_655
ORDER_PREV_GREATEST: Final = 4_294_967_295
ORDER_NEXT_GREATEST: Final = 4_294_967_295
ORDER_EXPIRY_MS_GREATEST: Final = 281_474_976_710_655
ORDER_CLIENT_ID_GREATEST: Final = 18_446_744_073_709_551_615
ORDER_MAX_FEE_PPM_GREATEST: Final = 4_294_967_295
ORDER_GROUP: Final = Group(
    "order",
    2,
    (
        Field("version", 0, 248, 8, False),
        Field("flags", 0, 240, 8, False),
        Field("price", 0, 208, 32, False),
        Field("lots", 0, 168, 40, False),
        Field("account", 0, 136, 32, False),
        Field("epoch", 0, 88, 48, False),
        Field("serial", 0, 40, 48, False),
        Field("prev", 1, 224, 32, False),
        Field("next", 1, 192, 32, False),
        Field("expiry_ms", 1, 144, 48, False),
        Field("client_id", 1, 80, 64, False),
        Field("max_fee_ppm", 1, 48, 32, False),
    ),
)
ORDER: Final = Record(ORDER_KIND, 30, ORDER_GROUP, None, 0, "")

# expiry. An underlying's expiry: forward, surface, samples, settlement.
EXPIRY_KIND: Final = 7
EXPIRY_WORDS: Final = 5
EXPIRY_WORDS_MAX: Final = 5
EXPIRY_UNDERLYING_GREATEST: Final = 65_535
EXPIRY_EXPIRY_MS_GREATEST: Final = 281_474_976_710_655
EXPIRY_PUBLISH_TIME_MS_GREATEST: Final = 281_474_976_710_655
EXPIRY_FORWARD_PPB_GREATEST: Final = 4_294_967_295
EXPIRY_RATE_PPM_LEAST: Final = -2_147_483_648
EXPIRY_RATE_PPM_GREATEST: Final = 2_147_483_647
EXPIRY_CONFIDENCE_PPM_GREATEST: Final = 4_294_967_295
EXPIRY_FUTURE_GREATEST: Final = 65_535
EXPIRY_SVI_A_LEAST: Final = -9_223_372_036_854_775_808
EXPIRY_SVI_A_GREATEST: Final = 9_223_372_036_854_775_807
EXPIRY_SVI_B_GREATEST: Final = 18_446_744_073_709_551_615
EXPIRY_SVI_RHO_LEAST: Final = -9_223_372_036_854_775_808
EXPIRY_SVI_RHO_GREATEST: Final = 9_223_372_036_854_775_807
EXPIRY_SVI_M_LEAST: Final = -9_223_372_036_854_775_808
EXPIRY_SVI_M_GREATEST: Final = 9_223_372_036_854_775_807
EXPIRY_SVI_SIGMA_GREATEST: Final = 18_446_744_073_709_551_615
EXPIRY_SVI_FORWARD_GREATEST: Final = 18_446_744_073_709_551_615
EXPIRY_SVI_TIME_MS_GREATEST: Final = 281_474_976_710_655
EXPIRY_ACCUMULATED_GREATEST: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
EXPIRY_COVERED_MS_GREATEST: Final = 4_294_967_295
EXPIRY_SAMPLED_MS_GREATEST: Final = 281_474_976_710_655
EXPIRY_SETTLEMENT_GREATEST: Final = 18_446_744_073_709_551_615
EXPIRY_SETTLED_MS_GREATEST: Final = 281_474_976_710_655
EXPIRY_GROUP: Final = Group(
    "expiry",
    5,
    (
        Field("version", 0, 248, 8, False),
        Field("underlying", 0, 232, 16, False),
        Field("expiry_ms", 0, 184, 48, False),
        Field("publish_time_ms", 0, 136, 48, False),
        Field("forward_ppb", 0, 104, 32, False),
        Field("rate_ppm", 0, 72, 32, True),
        Field("confidence_ppm", 0, 40, 32, False),
        Field("future", 0, 24, 16, False),
        Field("svi_a", 1, 192, 64, True),
        Field("svi_b", 1, 128, 64, False),
        Field("svi_rho", 1, 64, 64, True),
        Field("svi_m", 1, 0, 64, True),
        Field("svi_sigma", 2, 192, 64, False),
        Field("svi_forward", 2, 128, 64, False),
        Field("svi_time_ms", 2, 80, 48, False),
        Field("accumulated", 3, 128, 128, False),
        Field("covered_ms", 3, 96, 32, False),
        Field("sampled_ms", 3, 48, 48, False),
        Field("settlement", 4, 192, 64, False),
        Field("settled_ms", 4, 144, 48, False),
    ),
)
EXPIRY: Final = Record(EXPIRY_KIND, 12, EXPIRY_GROUP, None, 0, "")

# array. What an option is worth in each of the 33 lanes of the grid, as Reprice found it; same
# id as its mark. Absent until it is priced.
ARRAY_KIND: Final = 8
ARRAY_WORDS: Final = 12
ARRAY_WORDS_MAX: Final = 12
ARRAY_PRICED_MS_GREATEST: Final = 281_474_976_710_655
ARRAY_LONG_FACTOR_GREATEST: Final = 18_446_744_073_709_551_615
ARRAY_SHORT_FACTOR_GREATEST: Final = 18_446_744_073_709_551_615
ARRAY_CONTINGENCY_FACTOR_GREATEST: Final = 18_446_744_073_709_551_615
ARRAY_LANES_0_GREATEST: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
ARRAY_LANES_1_GREATEST: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
ARRAY_LANES_2_GREATEST: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
ARRAY_LANES_3_GREATEST: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
ARRAY_LANES_4_GREATEST: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
ARRAY_LANES_5_GREATEST: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
ARRAY_LANES_6_GREATEST: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
ARRAY_LANES_7_GREATEST: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
ARRAY_LANES_8_GREATEST: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
ARRAY_LANES_9_GREATEST: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
ARRAY_LANES_10_GREATEST: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
ARRAY_GROUP: Final = Group(
    "array",
    12,
    (
        Field("version", 0, 248, 8, False),
        Field("priced_ms", 0, 200, 48, False),
        Field("long_factor", 0, 136, 64, False),
        Field("short_factor", 0, 72, 64, False),
        Field("contingency_factor", 0, 8, 64, False),
        Field("lanes_0", 1, 0, 256, False),
        Field("lanes_1", 2, 0, 256, False),
        Field("lanes_2", 3, 0, 256, False),
        Field("lanes_3", 4, 0, 256, False),
        Field("lanes_4", 5, 0, 256, False),
        Field("lanes_5", 6, 0, 256, False),
        Field("lanes_6", 7, 0, 256, False),
        Field("lanes_7", 8, 0, 256, False),
        Field("lanes_8", 9, 0, 256, False),
        Field("lanes_9", 10, 0, 256, False),
        Field("lanes_10", 11, 0, 256, False),
    ),
)
ARRAY: Final = Record(ARRAY_KIND, 12, ARRAY_GROUP, None, 0, "")

# trigger. Id: (account * 2**12 + instrument) * 8 + place. A stop or a take-profit that waits; an
# empty place keeps its version, all else zero.
TRIGGER_KIND: Final = 10
TRIGGER_WORDS: Final = 2
TRIGGER_WORDS_MAX: Final = 2
TRIGGER_SELL_GREATEST: Final = 255
TRIGGER_REDUCE_ONLY_GREATEST: Final = 255
TRIGGER_FALLING_GREATEST: Final = 255
TRIGGER_BY_MARK_GREATEST: Final = 255
TRIGGER_TRIGGER_PRICE_GREATEST: Final = 18_446_744_073_709_551_615
TRIGGER_LIMIT_GREATEST: Final = 4_294_967_295
TRIGGER_LOTS_GREATEST: Final = 1_099_511_627_775
TRIGGER_MAX_FEE_PPM_GREATEST: Final = 4_294_967_295
TRIGGER_EXPIRY_MS_GREATEST: Final = 281_474_976_710_655
TRIGGER_EPOCH_GREATEST: Final = 281_474_976_710_655
TRIGGER_CLIENT_ID_GREATEST: Final = 18_446_744_073_709_551_615
TRIGGER_GROUP: Final = Group(
    "trigger",
    2,
    (
        Field("version", 0, 248, 8, False),
        Field("sell", 0, 240, 8, False),
        Field("reduce_only", 0, 232, 8, False),
        Field("falling", 0, 224, 8, False),
        Field("by_mark", 0, 216, 8, False),
        Field("trigger_price", 0, 152, 64, False),
        Field("limit", 0, 120, 32, False),
        Field("lots", 0, 80, 40, False),
        Field("max_fee_ppm", 0, 48, 32, False),
        Field("expiry_ms", 0, 0, 48, False),
        Field("epoch", 1, 208, 48, False),
        Field("client_id", 1, 144, 64, False),
    ),
)
TRIGGER: Final = Record(TRIGGER_KIND, 37, TRIGGER_GROUP, None, 0, "")

# certificate. What a full revaluation found of an account under portfolio margin, and what fills
# have added; same id as the account. Absent until the first.
CERTIFICATE_KIND: Final = 11
CERTIFICATE_WORDS: Final = 22
CERTIFICATE_WORDS_MAX: Final = 22
CERTIFICATE_TIME_MS_GREATEST: Final = 281_474_976_710_655
CERTIFICATE_ENDS_MS_GREATEST: Final = 281_474_976_710_655
CERTIFICATE_FEED_EPOCH_GREATEST: Final = 281_474_976_710_655
CERTIFICATE_SURFACE_EPOCH_GREATEST: Final = 16_777_215
CERTIFICATE_INDEX_PRICE_GREATEST: Final = 18_446_744_073_709_551_615
CERTIFICATE_GROSS_GREATEST: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
CERTIFICATE_PERPETUALS_LEAST: Final = -0x80000000000000000000000000000000
CERTIFICATE_PERPETUALS_GREATEST: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
CERTIFICATE_NAKED_GREATEST: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
CERTIFICATE_EXPIRY_0_GREATEST: Final = 65_535
CERTIFICATE_EXPIRY_1_GREATEST: Final = 65_535
CERTIFICATE_EXPIRY_2_GREATEST: Final = 65_535
CERTIFICATE_EXPIRY_3_GREATEST: Final = 65_535
CERTIFICATE_EXPIRY_4_GREATEST: Final = 65_535
CERTIFICATE_EXPIRY_5_GREATEST: Final = 65_535
CERTIFICATE_EXPIRY_6_GREATEST: Final = 65_535
CERTIFICATE_EXPIRY_7_GREATEST: Final = 65_535
CERTIFICATE_LOSSES_0_GREATEST: Final = (
    0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
)
CERTIFICATE_LOSSES_1_GREATEST: Final = (
    0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
)
CERTIFICATE_LOSSES_2_GREATEST: Final = (
    0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
)
CERTIFICATE_LOSSES_3_GREATEST: Final = (
    0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
)
CERTIFICATE_LOSSES_4_GREATEST: Final = (
    0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
)
CERTIFICATE_LOSSES_5_GREATEST: Final = (
    0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
)
CERTIFICATE_LOSSES_6_GREATEST: Final = (
    0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
)
CERTIFICATE_LOSSES_7_GREATEST: Final = (
    0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
)
CERTIFICATE_LOSSES_8_GREATEST: Final = (
    0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
)
CERTIFICATE_LOSSES_9_GREATEST: Final = (
    0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
)
CERTIFICATE_LOSSES_10_GREATEST: Final = (
    0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
)
CERTIFICATE_UP_0_LEAST: Final = -0x800000000000000000000000
CERTIFICATE_UP_0_GREATEST: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFF
CERTIFICATE_DOWN_0_LEAST: Final = -0x800000000000000000000000
CERTIFICATE_DOWN_0_GREATEST: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFF
CERTIFICATE_FACTOR_0_GREATEST: Final = 18_446_744_073_709_551_615
CERTIFICATE_UP_1_LEAST: Final = -0x800000000000000000000000
CERTIFICATE_UP_1_GREATEST: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFF
CERTIFICATE_DOWN_1_LEAST: Final = -0x800000000000000000000000
CERTIFICATE_DOWN_1_GREATEST: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFF
CERTIFICATE_FACTOR_1_GREATEST: Final = 18_446_744_073_709_551_615
CERTIFICATE_UP_2_LEAST: Final = -0x800000000000000000000000
CERTIFICATE_UP_2_GREATEST: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFF
CERTIFICATE_DOWN_2_LEAST: Final = -0x800000000000000000000000
CERTIFICATE_DOWN_2_GREATEST: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFF
CERTIFICATE_FACTOR_2_GREATEST: Final = 18_446_744_073_709_551_615
CERTIFICATE_UP_3_LEAST: Final = -0x800000000000000000000000
CERTIFICATE_UP_3_GREATEST: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFF
CERTIFICATE_DOWN_3_LEAST: Final = -0x800000000000000000000000
CERTIFICATE_DOWN_3_GREATEST: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFF
CERTIFICATE_FACTOR_3_GREATEST: Final = 18_446_744_073_709_551_615
CERTIFICATE_UP_4_LEAST: Final = -0x800000000000000000000000
CERTIFICATE_UP_4_GREATEST: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFF
CERTIFICATE_DOWN_4_LEAST: Final = -0x800000000000000000000000
CERTIFICATE_DOWN_4_GREATEST: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFF
CERTIFICATE_FACTOR_4_GREATEST: Final = 18_446_744_073_709_551_615
CERTIFICATE_UP_5_LEAST: Final = -0x800000000000000000000000
CERTIFICATE_UP_5_GREATEST: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFF
CERTIFICATE_DOWN_5_LEAST: Final = -0x800000000000000000000000
CERTIFICATE_DOWN_5_GREATEST: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFF
CERTIFICATE_FACTOR_5_GREATEST: Final = 18_446_744_073_709_551_615
CERTIFICATE_UP_6_LEAST: Final = -0x800000000000000000000000
CERTIFICATE_UP_6_GREATEST: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFF
CERTIFICATE_DOWN_6_LEAST: Final = -0x800000000000000000000000
CERTIFICATE_DOWN_6_GREATEST: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFF
CERTIFICATE_FACTOR_6_GREATEST: Final = 18_446_744_073_709_551_615
CERTIFICATE_UP_7_LEAST: Final = -0x800000000000000000000000
CERTIFICATE_UP_7_GREATEST: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFF
CERTIFICATE_DOWN_7_LEAST: Final = -0x800000000000000000000000
CERTIFICATE_DOWN_7_GREATEST: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFF
CERTIFICATE_FACTOR_7_GREATEST: Final = 18_446_744_073_709_551_615
CERTIFICATE_GROUP: Final = Group(
    "certificate",
    22,
    (
        Field("version", 0, 248, 8, False),
        Field("time_ms", 0, 200, 48, False),
        Field("ends_ms", 0, 152, 48, False),
        Field("feed_epoch", 0, 104, 48, False),
        Field("surface_epoch", 0, 80, 24, False),
        Field("index_price", 0, 16, 64, False),
        Field("gross", 1, 128, 128, False),
        Field("perpetuals", 1, 0, 128, True),
        Field("naked", 2, 128, 128, False),
        Field("expiry_0", 2, 112, 16, False),
        Field("expiry_1", 2, 96, 16, False),
        Field("expiry_2", 2, 80, 16, False),
        Field("expiry_3", 2, 64, 16, False),
        Field("expiry_4", 2, 48, 16, False),
        Field("expiry_5", 2, 32, 16, False),
        Field("expiry_6", 2, 16, 16, False),
        Field("expiry_7", 2, 0, 16, False),
        Field("losses_0", 3, 0, 256, False),
        Field("losses_1", 4, 0, 256, False),
        Field("losses_2", 5, 0, 256, False),
        Field("losses_3", 6, 0, 256, False),
        Field("losses_4", 7, 0, 256, False),
        Field("losses_5", 8, 0, 256, False),
        Field("losses_6", 9, 0, 256, False),
        Field("losses_7", 10, 0, 256, False),
        Field("losses_8", 11, 0, 256, False),
        Field("losses_9", 12, 0, 256, False),
        Field("losses_10", 13, 0, 256, False),
        Field("up_0", 14, 160, 96, True),
        Field("down_0", 14, 64, 96, True),
        Field("factor_0", 14, 0, 64, False),
        Field("up_1", 15, 160, 96, True),
        Field("down_1", 15, 64, 96, True),
        Field("factor_1", 15, 0, 64, False),
        Field("up_2", 16, 160, 96, True),
        Field("down_2", 16, 64, 96, True),
        Field("factor_2", 16, 0, 64, False),
        Field("up_3", 17, 160, 96, True),
        Field("down_3", 17, 64, 96, True),
        Field("factor_3", 17, 0, 64, False),
        Field("up_4", 18, 160, 96, True),
        Field("down_4", 18, 64, 96, True),
        Field("factor_4", 18, 0, 64, False),
        Field("up_5", 19, 160, 96, True),
        Field("down_5", 19, 64, 96, True),
        Field("factor_5", 19, 0, 64, False),
        Field("up_6", 20, 160, 96, True),
        Field("down_6", 20, 64, 96, True),
        Field("factor_6", 20, 0, 64, False),
        Field("up_7", 21, 160, 96, True),
        Field("down_7", 21, 64, 96, True),
        Field("factor_7", 21, 0, 64, False),
    ),
)
CERTIFICATE: Final = Record(CERTIFICATE_KIND, 22, CERTIFICATE_GROUP, None, 0, "")

# By kind; None where the kind is unused.
RECORDS: Final[tuple[Record | None, ...]] = (
    GLOBAL,
    ACCOUNT,
    SESSION,
    UNDERLYING,
    INSTRUMENT,
    MARK,
    ORDER,
    EXPIRY,
    ARRAY,
    None,
    TRIGGER,
    CERTIFICATE,
    None,
    None,
    None,
    None,
)
# Height of the tree of each kind; 0 where the kind is unused.
KIND_HEIGHTS: Final = (0, 22, 24, 8, 12, 12, 30, 12, 12, 0, 37, 22, 0, 0, 0, 0)
# Words of the longest record of each kind; 0 where the kind is unused.
KIND_WORDS_MAX: Final = (28, 54, 2, 2, 9, 4, 2, 5, 12, 0, 2, 22, 0, 0, 0, 0)


def pack_global(
    *,
    version: int,
    clock_ms: int,
    next_account: int,
    next_underlying: int,
    next_instrument: int,
    next_expiry: int,
    reporter_count: int,
    reporter_quorum: int,
    reporter_epoch: int,
    signer_count: int,
    attester_quorum: int,
    fee_pool: int,
    insurance_fund: int,
    liabilities: int,
    negative_houses: int,
    fund_day_start: int,
    lent_today: int,
    bad_debt: int,
    credit_losses: int,
    credit: int,
    day: int,
    feed_epoch: int,
    l1_gas_price: int,
    l1_blob_price: int,
    l1_reported_ms: int,
    eth_underlying: int,
    slope_factor_ppm: int,
    slope_least_ppm: int,
    slope_most_ppm: int,
    variance_tau_ms: int,
    domain_separator: int,
) -> bytes:
    """Return the 288 bytes of global. Raises `FieldOverflow`."""
    if (
        (version >> 8)
        | (clock_ms >> 48)
        | (next_account >> 32)
        | (next_underlying >> 16)
        | (next_instrument >> 16)
        | (next_expiry >> 16)
        | (reporter_count >> 8)
        | (reporter_quorum >> 8)
        | (reporter_epoch >> 32)
        | (signer_count >> 8)
        | (attester_quorum >> 8)
        | (fee_pool >> 128)
        | (insurance_fund >> 128)
        | (liabilities >> 128)
        | (negative_houses >> 128)
        | (fund_day_start >> 128)
        | (lent_today >> 128)
        | (bad_debt >> 128)
        | (credit_losses >> 128)
        | (credit >> 128)
        | (day >> 32)
        | (feed_epoch >> 48)
        | (l1_gas_price >> 64)
        | (l1_blob_price >> 64)
        | (l1_reported_ms >> 48)
        | (eth_underlying >> 16)
        | (slope_factor_ppm >> 32)
        | (slope_least_ppm >> 32)
        | (slope_most_ppm >> 32)
        | (variance_tau_ms >> 32)
        | (domain_separator >> 256)
    ):
        _overflow(
            GLOBAL_GROUP,
            (
                version,
                clock_ms,
                next_account,
                next_underlying,
                next_instrument,
                next_expiry,
                reporter_count,
                reporter_quorum,
                reporter_epoch,
                signer_count,
                attester_quorum,
                fee_pool,
                insurance_fund,
                liabilities,
                negative_houses,
                fund_day_start,
                lent_today,
                bad_debt,
                credit_losses,
                credit,
                day,
                feed_epoch,
                l1_gas_price,
                l1_blob_price,
                l1_reported_ms,
                eth_underlying,
                slope_factor_ppm,
                slope_least_ppm,
                slope_most_ppm,
                variance_tau_ms,
                domain_separator,
            ),
        )
    return (
        (
            (
                (version << 248)
                | (clock_ms << 200)
                | (next_account << 168)
                | (next_underlying << 152)
                | (next_instrument << 136)
                | (next_expiry << 120)
                | (reporter_count << 112)
                | (reporter_quorum << 104)
                | (reporter_epoch << 72)
                | (signer_count << 64)
                | (attester_quorum << 56)
            )
            << 2048
        )
        | (((fee_pool << 128) | insurance_fund) << 1792)
        | (((liabilities << 128) | negative_houses) << 1536)
        | (((fund_day_start << 128) | lent_today) << 1280)
        | (((bad_debt << 128) | credit_losses) << 1024)
        | (((credit << 128) | (day << 96) | (feed_epoch << 48)) << 768)
        | (
            (
                (l1_gas_price << 192)
                | (l1_blob_price << 128)
                | (l1_reported_ms << 80)
                | (eth_underlying << 64)
            )
            << 512
        )
        | (
            (
                (slope_factor_ppm << 224)
                | (slope_least_ppm << 192)
                | (slope_most_ppm << 160)
                | (variance_tau_ms << 128)
            )
            << 256
        )
        | (domain_separator)
    ).to_bytes(288, "big")


def unpack_global(
    data: bytes, offset: int = 0
) -> tuple[
    int,
    Milliseconds,
    int,
    int,
    int,
    int,
    int,
    int,
    int,
    int,
    int,
    MicroUsd,
    MicroUsd,
    MicroUsd,
    MicroUsd,
    MicroUsd,
    MicroUsd,
    MicroUsd,
    MicroUsd,
    MicroUsd,
    int,
    int,
    int,
    int,
    Milliseconds,
    int,
    Ppm,
    Ppm,
    Ppm,
    Milliseconds,
    int,
]:
    """Return the fields of the global whose first byte is data[offset], in order."""
    w0 = int.from_bytes(data[offset + 0 : offset + 32], "big")
    w1 = int.from_bytes(data[offset + 32 : offset + 64], "big")
    w2 = int.from_bytes(data[offset + 64 : offset + 96], "big")
    w3 = int.from_bytes(data[offset + 96 : offset + 128], "big")
    w4 = int.from_bytes(data[offset + 128 : offset + 160], "big")
    w5 = int.from_bytes(data[offset + 160 : offset + 192], "big")
    w6 = int.from_bytes(data[offset + 192 : offset + 224], "big")
    w7 = int.from_bytes(data[offset + 224 : offset + 256], "big")
    w8 = int.from_bytes(data[offset + 256 : offset + 288], "big")
    return (  # type: ignore[return-value]
        (w0 >> 248),
        ((w0 >> 200) & 0xFFFFFFFFFFFF),
        ((w0 >> 168) & 0xFFFFFFFF),
        ((w0 >> 152) & 0xFFFF),
        ((w0 >> 136) & 0xFFFF),
        ((w0 >> 120) & 0xFFFF),
        ((w0 >> 112) & 0xFF),
        ((w0 >> 104) & 0xFF),
        ((w0 >> 72) & 0xFFFFFFFF),
        ((w0 >> 64) & 0xFF),
        ((w0 >> 56) & 0xFF),
        (w1 >> 128),
        (w1 & 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF),
        (w2 >> 128),
        (w2 & 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF),
        (w3 >> 128),
        (w3 & 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF),
        (w4 >> 128),
        (w4 & 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF),
        (w5 >> 128),
        ((w5 >> 96) & 0xFFFFFFFF),
        ((w5 >> 48) & 0xFFFFFFFFFFFF),
        (w6 >> 192),
        ((w6 >> 128) & 0xFFFFFFFFFFFFFFFF),
        ((w6 >> 80) & 0xFFFFFFFFFFFF),
        ((w6 >> 64) & 0xFFFF),
        (w7 >> 224),
        ((w7 >> 192) & 0xFFFFFFFF),
        ((w7 >> 160) & 0xFFFFFFFF),
        ((w7 >> 128) & 0xFFFFFFFF),
        w8,
    )


def pack_global_signer(
    *,
    address: int,
) -> bytes:
    """Return the 32 bytes of global_signer. Raises `FieldOverflow`."""
    if address >> 160:
        _overflow(GLOBAL_SIGNER_GROUP, (address,))
    return (address).to_bytes(32, "big")


def unpack_global_signer(data: bytes, offset: int = 0) -> tuple[int]:
    """Return the fields of the global_signer whose first byte is data[offset], in order."""
    w0 = int.from_bytes(data[offset + 0 : offset + 32], "big")
    return ((w0 & 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF),)


def pack_account(
    *,
    version: int,
    owner: int,
    position_count: int,
    epoch_counter: int,
    margin_mode: int,
    tier: int,
    portfolio_underlying: int,
    collateral: int,
    withdrawn: int,
    guard_key: int,
    guard_removal_ms: int,
    cancel_at_ms: int,
    credit_limit: int,
    guarantor: int,
    credited_ms: int,
    credit_minutes: int,
    tier_expiry_ms: int,
    attested_ms: int,
    protected_underlying: int,
    protection_window_ms: int,
    protection_freeze_ms: int,
    protection_start_ms: int,
    protection_frozen_ms: int,
    protection_lots_max: int,
    protection_lots: int,
    protection_delta_max: int,
    protection_vega_max: int,
    protection_delta: int,
    protection_vega: int,
) -> bytes:
    """Return the 192 bytes of account. Raises `FieldOverflow`."""
    if (
        (version >> 8)
        | (owner >> 160)
        | (position_count >> 8)
        | (epoch_counter >> 48)
        | (margin_mode >> 8)
        | (tier >> 8)
        | (portfolio_underlying >> 16)
        | ((collateral + 0x80000000000000000000000000000000) >> 128)
        | (withdrawn >> 128)
        | (guard_key >> 160)
        | (guard_removal_ms >> 48)
        | (cancel_at_ms >> 48)
        | (credit_limit >> 64)
        | (guarantor >> 32)
        | (credited_ms >> 48)
        | (credit_minutes >> 16)
        | (tier_expiry_ms >> 48)
        | (attested_ms >> 48)
        | (protected_underlying >> 16)
        | (protection_window_ms >> 32)
        | (protection_freeze_ms >> 32)
        | (protection_start_ms >> 48)
        | (protection_frozen_ms >> 48)
        | (protection_lots_max >> 40)
        | (protection_lots >> 40)
        | (protection_delta_max >> 64)
        | (protection_vega_max >> 64)
        | ((protection_delta + 0x8000000000000000) >> 64)
        | ((protection_vega + 0x8000000000000000) >> 64)
    ):
        _overflow(
            ACCOUNT_GROUP,
            (
                version,
                owner,
                position_count,
                epoch_counter,
                margin_mode,
                tier,
                portfolio_underlying,
                collateral,
                withdrawn,
                guard_key,
                guard_removal_ms,
                cancel_at_ms,
                credit_limit,
                guarantor,
                credited_ms,
                credit_minutes,
                tier_expiry_ms,
                attested_ms,
                protected_underlying,
                protection_window_ms,
                protection_freeze_ms,
                protection_start_ms,
                protection_frozen_ms,
                protection_lots_max,
                protection_lots,
                protection_delta_max,
                protection_vega_max,
                protection_delta,
                protection_vega,
            ),
        )
    return (
        (
            (
                (version << 248)
                | (owner << 88)
                | (position_count << 80)
                | (epoch_counter << 32)
                | (margin_mode << 24)
                | (tier << 16)
                | portfolio_underlying
            )
            << 1280
        )
        | ((((collateral & 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF) << 128) | withdrawn) << 1024)
        | (((guard_key << 96) | (guard_removal_ms << 48) | cancel_at_ms) << 768)
        | (
            (
                (credit_limit << 192)
                | (guarantor << 160)
                | (credited_ms << 112)
                | (credit_minutes << 96)
                | (tier_expiry_ms << 48)
                | attested_ms
            )
            << 512
        )
        | (
            (
                (protected_underlying << 240)
                | (protection_window_ms << 208)
                | (protection_freeze_ms << 176)
                | (protection_start_ms << 128)
                | (protection_frozen_ms << 80)
                | (protection_lots_max << 40)
                | protection_lots
            )
            << 256
        )
        | (
            (protection_delta_max << 192)
            | (protection_vega_max << 128)
            | ((protection_delta & 0xFFFFFFFFFFFFFFFF) << 64)
            | (protection_vega & 0xFFFFFFFFFFFFFFFF)
        )
    ).to_bytes(192, "big")


def unpack_account(
    data: bytes, offset: int = 0
) -> tuple[
    int,
    int,
    int,
    int,
    int,
    int,
    int,
    MicroUsd,
    MicroUsd,
    int,
    Milliseconds,
    Milliseconds,
    MicroUsd,
    int,
    Milliseconds,
    Minutes,
    Milliseconds,
    Milliseconds,
    int,
    Milliseconds,
    Milliseconds,
    Milliseconds,
    Milliseconds,
    Lots,
    Lots,
    int,
    MicroUsd,
    int,
    MicroUsd,
]:
    """Return the fields of the account whose first byte is data[offset], in order."""
    w0 = int.from_bytes(data[offset + 0 : offset + 32], "big")
    w1 = int.from_bytes(data[offset + 32 : offset + 64], "big")
    w2 = int.from_bytes(data[offset + 64 : offset + 96], "big")
    w3 = int.from_bytes(data[offset + 96 : offset + 128], "big")
    w4 = int.from_bytes(data[offset + 128 : offset + 160], "big")
    w5 = int.from_bytes(data[offset + 160 : offset + 192], "big")
    return (  # type: ignore[return-value]
        (w0 >> 248),
        ((w0 >> 88) & 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF),
        ((w0 >> 80) & 0xFF),
        ((w0 >> 32) & 0xFFFFFFFFFFFF),
        ((w0 >> 24) & 0xFF),
        ((w0 >> 16) & 0xFF),
        (w0 & 0xFFFF),
        (((w1 >> 128) ^ 0x80000000000000000000000000000000) - 0x80000000000000000000000000000000),
        (w1 & 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF),
        (w2 >> 96),
        ((w2 >> 48) & 0xFFFFFFFFFFFF),
        (w2 & 0xFFFFFFFFFFFF),
        (w3 >> 192),
        ((w3 >> 160) & 0xFFFFFFFF),
        ((w3 >> 112) & 0xFFFFFFFFFFFF),
        ((w3 >> 96) & 0xFFFF),
        ((w3 >> 48) & 0xFFFFFFFFFFFF),
        (w3 & 0xFFFFFFFFFFFF),
        (w4 >> 240),
        ((w4 >> 208) & 0xFFFFFFFF),
        ((w4 >> 176) & 0xFFFFFFFF),
        ((w4 >> 128) & 0xFFFFFFFFFFFF),
        ((w4 >> 80) & 0xFFFFFFFFFFFF),
        ((w4 >> 40) & 0xFFFFFFFFFF),
        (w4 & 0xFFFFFFFFFF),
        (w5 >> 192),
        ((w5 >> 128) & 0xFFFFFFFFFFFFFFFF),
        ((((w5 >> 64) & 0xFFFFFFFFFFFFFFFF) ^ 0x8000000000000000) - 0x8000000000000000),
        (((w5 & 0xFFFFFFFFFFFFFFFF) ^ 0x8000000000000000) - 0x8000000000000000),
    )


def pack_account_position(
    *,
    instrument: int,
    open_orders: int,
    epoch: int,
    size: int,
    linked: int,
    reduce_lots: int,
    factor: int,
    buy_lots: int,
    sell_lots: int,
    buy_value: int,
    sell_value: int,
    funding_snap: int,
    adl_snap: int,
) -> bytes:
    """Return the 96 bytes of account_position. Raises `FieldOverflow`."""
    if (
        (instrument >> 16)
        | (open_orders >> 16)
        | (epoch >> 48)
        | ((size + 0x800000000000) >> 48)
        | (linked >> 16)
        | (reduce_lots >> 48)
        | (factor >> 64)
        | (buy_lots >> 48)
        | (sell_lots >> 48)
        | (buy_value >> 80)
        | (sell_value >> 80)
        | ((funding_snap + 0x80000000000000000000000000000000) >> 128)
        | ((adl_snap + 0x80000000000000000000000000000000) >> 128)
    ):
        _overflow(
            ACCOUNT_POSITION_GROUP,
            (
                instrument,
                open_orders,
                epoch,
                size,
                linked,
                reduce_lots,
                factor,
                buy_lots,
                sell_lots,
                buy_value,
                sell_value,
                funding_snap,
                adl_snap,
            ),
        )
    return (
        (
            (
                (instrument << 240)
                | (open_orders << 224)
                | (epoch << 176)
                | ((size & 0xFFFFFFFFFFFF) << 128)
                | (linked << 112)
                | (reduce_lots << 64)
                | factor
            )
            << 512
        )
        | (((buy_lots << 208) | (sell_lots << 160) | (buy_value << 80) | sell_value) << 256)
        | (
            ((funding_snap & 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF) << 128)
            | (adl_snap & 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF)
        )
    ).to_bytes(96, "big")


def unpack_account_position(
    data: bytes, offset: int = 0
) -> tuple[int, int, int, Lots, int, Lots, int, Lots, Lots, TickLots, TickLots, int, int]:
    """Return the fields of the account_position whose first byte is data[offset], in order."""
    w0 = int.from_bytes(data[offset + 0 : offset + 32], "big")
    w1 = int.from_bytes(data[offset + 32 : offset + 64], "big")
    w2 = int.from_bytes(data[offset + 64 : offset + 96], "big")
    return (  # type: ignore[return-value]
        (w0 >> 240),
        ((w0 >> 224) & 0xFFFF),
        ((w0 >> 176) & 0xFFFFFFFFFFFF),
        ((((w0 >> 128) & 0xFFFFFFFFFFFF) ^ 0x800000000000) - 0x800000000000),
        ((w0 >> 112) & 0xFFFF),
        ((w0 >> 64) & 0xFFFFFFFFFFFF),
        (w0 & 0xFFFFFFFFFFFFFFFF),
        (w1 >> 208),
        ((w1 >> 160) & 0xFFFFFFFFFFFF),
        ((w1 >> 80) & 0xFFFFFFFFFFFFFFFFFFFF),
        (w1 & 0xFFFFFFFFFFFFFFFFFFFF),
        (((w2 >> 128) ^ 0x80000000000000000000000000000000) - 0x80000000000000000000000000000000),
        (
            ((w2 & 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF) ^ 0x80000000000000000000000000000000)
            - 0x80000000000000000000000000000000
        ),
    )


def pack_session(
    *,
    version: int,
    scope: int,
    key: int,
    expiry_ms: int,
    nonce_base: int,
    nonce_bitmap: int,
) -> bytes:
    """Return the 64 bytes of session. Raises `FieldOverflow`."""
    if (
        (version >> 8)
        | (scope >> 8)
        | (key >> 160)
        | (expiry_ms >> 48)
        | (nonce_base >> 64)
        | (nonce_bitmap >> 192)
    ):
        _overflow(SESSION_GROUP, (version, scope, key, expiry_ms, nonce_base, nonce_bitmap))
    return (
        (((version << 248) | (scope << 240) | (key << 80) | (expiry_ms << 32)) << 256)
        | ((nonce_base << 192) | nonce_bitmap)
    ).to_bytes(64, "big")


def unpack_session(data: bytes, offset: int = 0) -> tuple[int, int, int, Milliseconds, int, int]:
    """Return the fields of the session whose first byte is data[offset], in order."""
    w0 = int.from_bytes(data[offset + 0 : offset + 32], "big")
    w1 = int.from_bytes(data[offset + 32 : offset + 64], "big")
    return (  # type: ignore[return-value]
        (w0 >> 248),
        ((w0 >> 240) & 0xFF),
        ((w0 >> 80) & 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF),
        ((w0 >> 32) & 0xFFFFFFFFFFFF),
        (w1 >> 192),
        (w1 & 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF),
    )


def pack_underlying(
    *,
    version: int,
    index_price: int,
    raw_price: int,
    publish_time_ms: int,
    bucket_ppm: int,
    slope_ppm: int,
    surface_epoch: int,
    symbol: int,
    variance: int,
    orphan_ms: int,
) -> bytes:
    """Return the 64 bytes of underlying. Raises `FieldOverflow`."""
    if (
        (version >> 8)
        | (index_price >> 64)
        | (raw_price >> 64)
        | (publish_time_ms >> 48)
        | (bucket_ppm >> 16)
        | (slope_ppm >> 32)
        | (surface_epoch >> 24)
        | (symbol >> 128)
        | (variance >> 64)
        | (orphan_ms >> 48)
    ):
        _overflow(
            UNDERLYING_GROUP,
            (
                version,
                index_price,
                raw_price,
                publish_time_ms,
                bucket_ppm,
                slope_ppm,
                surface_epoch,
                symbol,
                variance,
                orphan_ms,
            ),
        )
    return (
        (
            (
                (version << 248)
                | (index_price << 184)
                | (raw_price << 120)
                | (publish_time_ms << 72)
                | (bucket_ppm << 56)
                | (slope_ppm << 24)
                | surface_epoch
            )
            << 256
        )
        | ((symbol << 128) | (variance << 64) | (orphan_ms << 16))
    ).to_bytes(64, "big")


def unpack_underlying(
    data: bytes, offset: int = 0
) -> tuple[int, NanoUsd, NanoUsd, Milliseconds, Ppm, Ppm, int, int, int, Milliseconds]:
    """Return the fields of the underlying whose first byte is data[offset], in order."""
    w0 = int.from_bytes(data[offset + 0 : offset + 32], "big")
    w1 = int.from_bytes(data[offset + 32 : offset + 64], "big")
    return (  # type: ignore[return-value]
        (w0 >> 248),
        ((w0 >> 184) & 0xFFFFFFFFFFFFFFFF),
        ((w0 >> 120) & 0xFFFFFFFFFFFFFFFF),
        ((w0 >> 72) & 0xFFFFFFFFFFFF),
        ((w0 >> 56) & 0xFFFF),
        ((w0 >> 24) & 0xFFFFFFFF),
        (w0 & 0xFFFFFF),
        (w1 >> 128),
        ((w1 >> 64) & 0xFFFFFFFFFFFFFFFF),
        ((w1 >> 16) & 0xFFFFFFFFFFFF),
    )


def pack_instrument(
    *,
    version: int,
    status: int,
    maker_fee_ppm: int,
    taker_fee_ppm: int,
    price_band_ppm: int,
    min_order_value: int,
    last_price: int,
    order_count: int,
    tier: int,
    best_bid: int,
    best_ask: int,
    worst_bid: int,
    worst_ask: int,
    free_slot: int,
    next_slot: int,
    next_serial: int,
    symbol: int,
    bid_count: int,
    liquidation_fee_ppm: int,
    house_margin_ppm: int,
    house_cash: int,
    effective_cash: int,
    house_lots: int,
    takeover_ms: int,
    unwind_ms: int,
    unwound_lots: int,
    long_interest: int,
    short_interest: int,
    funding_average: int,
    funding_ms: int,
    funding_cap_ppm: int,
    funding_interest_ppm: int,
    funding_tau_ms: int,
    impact_value: int,
    loan: int,
    lent_day: int,
    settlement_price: int,
    successor: int,
    expiry_ms: int,
    deficit: int,
    lent_today: int,
) -> bytes:
    """Return the 288 bytes of instrument. Raises `FieldOverflow`."""
    if (
        (version >> 8)
        | (status >> 8)
        | (maker_fee_ppm >> 32)
        | (taker_fee_ppm >> 32)
        | (price_band_ppm >> 32)
        | (min_order_value >> 64)
        | (last_price >> 32)
        | (order_count >> 32)
        | (tier >> 8)
        | (best_bid >> 32)
        | (best_ask >> 32)
        | (worst_bid >> 32)
        | (worst_ask >> 32)
        | (free_slot >> 32)
        | (next_slot >> 32)
        | (next_serial >> 48)
        | (symbol >> 128)
        | (bid_count >> 32)
        | (liquidation_fee_ppm >> 32)
        | (house_margin_ppm >> 32)
        | ((house_cash + 0x80000000000000000000000000000000) >> 128)
        | ((effective_cash + 0x80000000000000000000000000000000) >> 128)
        | ((house_lots + 0x8000000000000000) >> 64)
        | (takeover_ms >> 48)
        | (unwind_ms >> 48)
        | (unwound_lots >> 64)
        | (long_interest >> 96)
        | (short_interest >> 96)
        | ((funding_average + 0x8000000000000000) >> 64)
        | (funding_ms >> 48)
        | (funding_cap_ppm >> 32)
        | ((funding_interest_ppm + 0x80000000) >> 32)
        | (funding_tau_ms >> 32)
        | (impact_value >> 64)
        | (loan >> 128)
        | (lent_day >> 32)
        | (settlement_price >> 32)
        | (successor >> 16)
        | (expiry_ms >> 48)
        | (deficit >> 128)
        | (lent_today >> 128)
    ):
        _overflow(
            INSTRUMENT_GROUP,
            (
                version,
                status,
                maker_fee_ppm,
                taker_fee_ppm,
                price_band_ppm,
                min_order_value,
                last_price,
                order_count,
                tier,
                best_bid,
                best_ask,
                worst_bid,
                worst_ask,
                free_slot,
                next_slot,
                next_serial,
                symbol,
                bid_count,
                liquidation_fee_ppm,
                house_margin_ppm,
                house_cash,
                effective_cash,
                house_lots,
                takeover_ms,
                unwind_ms,
                unwound_lots,
                long_interest,
                short_interest,
                funding_average,
                funding_ms,
                funding_cap_ppm,
                funding_interest_ppm,
                funding_tau_ms,
                impact_value,
                loan,
                lent_day,
                settlement_price,
                successor,
                expiry_ms,
                deficit,
                lent_today,
            ),
        )
    return (
        (
            (
                (version << 248)
                | (status << 240)
                | (maker_fee_ppm << 208)
                | (taker_fee_ppm << 176)
                | (price_band_ppm << 144)
                | (min_order_value << 80)
                | (last_price << 48)
                | (order_count << 16)
                | (tier << 8)
            )
            << 2048
        )
        | (
            (
                (best_bid << 224)
                | (best_ask << 192)
                | (worst_bid << 160)
                | (worst_ask << 128)
                | (free_slot << 96)
                | (next_slot << 64)
                | (next_serial << 16)
            )
            << 1792
        )
        | (
            (
                (symbol << 128)
                | (bid_count << 96)
                | (liquidation_fee_ppm << 64)
                | (house_margin_ppm << 32)
            )
            << 1536
        )
        | (
            (
                ((house_cash & 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF) << 128)
                | (effective_cash & 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF)
            )
            << 1280
        )
        | (
            (
                ((house_lots & 0xFFFFFFFFFFFFFFFF) << 192)
                | (takeover_ms << 144)
                | (unwind_ms << 96)
                | (unwound_lots << 32)
            )
            << 1024
        )
        | (
            (
                (long_interest << 160)
                | (short_interest << 64)
                | (funding_average & 0xFFFFFFFFFFFFFFFF)
            )
            << 768
        )
        | (
            (
                (funding_ms << 208)
                | (funding_cap_ppm << 176)
                | ((funding_interest_ppm & 0xFFFFFFFF) << 144)
                | (funding_tau_ms << 112)
                | (impact_value << 48)
            )
            << 512
        )
        | (
            (
                (loan << 128)
                | (lent_day << 96)
                | (settlement_price << 64)
                | (successor << 48)
                | expiry_ms
            )
            << 256
        )
        | ((deficit << 128) | lent_today)
    ).to_bytes(288, "big")


def unpack_instrument(
    data: bytes, offset: int = 0
) -> tuple[
    int,
    int,
    Ppm,
    Ppm,
    Ppm,
    MicroUsd,
    Ticks,
    int,
    int,
    int,
    int,
    int,
    int,
    int,
    int,
    int,
    int,
    int,
    Ppm,
    Ppm,
    MicroUsd,
    MicroUsd,
    Lots,
    Milliseconds,
    Milliseconds,
    Lots,
    int,
    int,
    int,
    Milliseconds,
    Ppm,
    Ppm,
    Milliseconds,
    MicroUsd,
    MicroUsd,
    int,
    Ticks,
    int,
    Milliseconds,
    MicroUsd,
    MicroUsd,
]:
    """Return the fields of the instrument whose first byte is data[offset], in order."""
    w0 = int.from_bytes(data[offset + 0 : offset + 32], "big")
    w1 = int.from_bytes(data[offset + 32 : offset + 64], "big")
    w2 = int.from_bytes(data[offset + 64 : offset + 96], "big")
    w3 = int.from_bytes(data[offset + 96 : offset + 128], "big")
    w4 = int.from_bytes(data[offset + 128 : offset + 160], "big")
    w5 = int.from_bytes(data[offset + 160 : offset + 192], "big")
    w6 = int.from_bytes(data[offset + 192 : offset + 224], "big")
    w7 = int.from_bytes(data[offset + 224 : offset + 256], "big")
    w8 = int.from_bytes(data[offset + 256 : offset + 288], "big")
    return (  # type: ignore[return-value]
        (w0 >> 248),
        ((w0 >> 240) & 0xFF),
        ((w0 >> 208) & 0xFFFFFFFF),
        ((w0 >> 176) & 0xFFFFFFFF),
        ((w0 >> 144) & 0xFFFFFFFF),
        ((w0 >> 80) & 0xFFFFFFFFFFFFFFFF),
        ((w0 >> 48) & 0xFFFFFFFF),
        ((w0 >> 16) & 0xFFFFFFFF),
        ((w0 >> 8) & 0xFF),
        (w1 >> 224),
        ((w1 >> 192) & 0xFFFFFFFF),
        ((w1 >> 160) & 0xFFFFFFFF),
        ((w1 >> 128) & 0xFFFFFFFF),
        ((w1 >> 96) & 0xFFFFFFFF),
        ((w1 >> 64) & 0xFFFFFFFF),
        ((w1 >> 16) & 0xFFFFFFFFFFFF),
        (w2 >> 128),
        ((w2 >> 96) & 0xFFFFFFFF),
        ((w2 >> 64) & 0xFFFFFFFF),
        ((w2 >> 32) & 0xFFFFFFFF),
        (((w3 >> 128) ^ 0x80000000000000000000000000000000) - 0x80000000000000000000000000000000),
        (
            ((w3 & 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF) ^ 0x80000000000000000000000000000000)
            - 0x80000000000000000000000000000000
        ),
        (((w4 >> 192) ^ 0x8000000000000000) - 0x8000000000000000),
        ((w4 >> 144) & 0xFFFFFFFFFFFF),
        ((w4 >> 96) & 0xFFFFFFFFFFFF),
        ((w4 >> 32) & 0xFFFFFFFFFFFFFFFF),
        (w5 >> 160),
        ((w5 >> 64) & 0xFFFFFFFFFFFFFFFFFFFFFFFF),
        (((w5 & 0xFFFFFFFFFFFFFFFF) ^ 0x8000000000000000) - 0x8000000000000000),
        (w6 >> 208),
        ((w6 >> 176) & 0xFFFFFFFF),
        ((((w6 >> 144) & 0xFFFFFFFF) ^ 0x80000000) - 0x80000000),
        ((w6 >> 112) & 0xFFFFFFFF),
        ((w6 >> 48) & 0xFFFFFFFFFFFFFFFF),
        (w7 >> 128),
        ((w7 >> 96) & 0xFFFFFFFF),
        ((w7 >> 64) & 0xFFFFFFFF),
        ((w7 >> 48) & 0xFFFF),
        (w7 & 0xFFFFFFFFFFFF),
        (w8 >> 128),
        (w8 & 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF),
    )


def pack_mark(
    *,
    version: int,
    kind: int,
    underlying: int,
    tick_value: int,
    index_per_tick: int,
    initial_margin_ppm: int,
    maintenance_margin_ppm: int,
    fixed_price: int,
    expiry: int,
    long_factor: int,
    short_factor: int,
    long_deleveraged_ms: int,
    short_deleveraged_ms: int,
    index_ppb: int,
    funding_index: int,
    long_adl_index: int,
    short_adl_index: int,
) -> bytes:
    """Return the 128 bytes of mark. Raises `FieldOverflow`."""
    if (
        (version >> 8)
        | (kind >> 8)
        | (underlying >> 16)
        | (tick_value >> 24)
        | (index_per_tick >> 64)
        | (initial_margin_ppm >> 32)
        | (maintenance_margin_ppm >> 32)
        | (fixed_price >> 32)
        | (expiry >> 16)
        | (long_factor >> 64)
        | (short_factor >> 64)
        | (long_deleveraged_ms >> 48)
        | (short_deleveraged_ms >> 48)
        | (index_ppb >> 32)
        | ((funding_index + 0x80000000000000000000000000000000) >> 128)
        | ((long_adl_index + 0x80000000000000000000000000000000) >> 128)
        | ((short_adl_index + 0x80000000000000000000000000000000) >> 128)
    ):
        _overflow(
            MARK_GROUP,
            (
                version,
                kind,
                underlying,
                tick_value,
                index_per_tick,
                initial_margin_ppm,
                maintenance_margin_ppm,
                fixed_price,
                expiry,
                long_factor,
                short_factor,
                long_deleveraged_ms,
                short_deleveraged_ms,
                index_ppb,
                funding_index,
                long_adl_index,
                short_adl_index,
            ),
        )
    return (
        (
            (
                (version << 248)
                | (kind << 240)
                | (underlying << 224)
                | (tick_value << 200)
                | (index_per_tick << 136)
                | (initial_margin_ppm << 104)
                | (maintenance_margin_ppm << 72)
                | (fixed_price << 40)
                | (expiry << 24)
            )
            << 768
        )
        | (
            (
                (long_factor << 192)
                | (short_factor << 128)
                | (long_deleveraged_ms << 80)
                | (short_deleveraged_ms << 32)
                | index_ppb
            )
            << 512
        )
        | (
            (
                ((funding_index & 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF) << 128)
                | (long_adl_index & 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF)
            )
            << 256
        )
        | ((short_adl_index & 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF) << 128)
    ).to_bytes(128, "big")


def unpack_mark(
    data: bytes, offset: int = 0
) -> tuple[
    int,
    int,
    int,
    MicroUsdPerTickPerLot,
    NanoUsdPerTick,
    Ppm,
    Ppm,
    Ticks,
    int,
    int,
    int,
    Milliseconds,
    Milliseconds,
    Ppb,
    int,
    int,
    int,
]:
    """Return the fields of the mark whose first byte is data[offset], in order."""
    w0 = int.from_bytes(data[offset + 0 : offset + 32], "big")
    w1 = int.from_bytes(data[offset + 32 : offset + 64], "big")
    w2 = int.from_bytes(data[offset + 64 : offset + 96], "big")
    w3 = int.from_bytes(data[offset + 96 : offset + 128], "big")
    return (  # type: ignore[return-value]
        (w0 >> 248),
        ((w0 >> 240) & 0xFF),
        ((w0 >> 224) & 0xFFFF),
        ((w0 >> 200) & 0xFFFFFF),
        ((w0 >> 136) & 0xFFFFFFFFFFFFFFFF),
        ((w0 >> 104) & 0xFFFFFFFF),
        ((w0 >> 72) & 0xFFFFFFFF),
        ((w0 >> 40) & 0xFFFFFFFF),
        ((w0 >> 24) & 0xFFFF),
        (w1 >> 192),
        ((w1 >> 128) & 0xFFFFFFFFFFFFFFFF),
        ((w1 >> 80) & 0xFFFFFFFFFFFF),
        ((w1 >> 32) & 0xFFFFFFFFFFFF),
        (w1 & 0xFFFFFFFF),
        (((w2 >> 128) ^ 0x80000000000000000000000000000000) - 0x80000000000000000000000000000000),
        (
            ((w2 & 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF) ^ 0x80000000000000000000000000000000)
            - 0x80000000000000000000000000000000
        ),
        (((w3 >> 128) ^ 0x80000000000000000000000000000000) - 0x80000000000000000000000000000000),
    )


def pack_option_mark(
    *,
    version: int,
    kind: int,
    underlying: int,
    tick_value: int,
    index_per_tick: int,
    initial_margin_ppm: int,
    maintenance_margin_ppm: int,
    fixed_price: int,
    expiry: int,
    vega: int,
    long_factor: int,
    short_factor: int,
    long_deleveraged_ms: int,
    short_deleveraged_ms: int,
    index_ppb: int,
    mark_price: int,
    priced_ms: int,
    delta: int,
    long_adl_index: int,
    short_adl_index: int,
    strike: int,
    priced_forward: int,
    gamma: int,
    theta: int,
) -> bytes:
    """Return the 128 bytes of option_mark. Raises `FieldOverflow`."""
    if (
        (version >> 8)
        | (kind >> 8)
        | (underlying >> 16)
        | (tick_value >> 24)
        | (index_per_tick >> 64)
        | (initial_margin_ppm >> 32)
        | (maintenance_margin_ppm >> 32)
        | (fixed_price >> 32)
        | (expiry >> 16)
        | (vega >> 24)
        | (long_factor >> 64)
        | (short_factor >> 64)
        | (long_deleveraged_ms >> 48)
        | (short_deleveraged_ms >> 48)
        | (index_ppb >> 32)
        | (mark_price >> 40)
        | (priced_ms >> 48)
        | ((delta + 0x80000000) >> 32)
        | ((long_adl_index + 0x80000000000000000000000000000000) >> 128)
        | ((short_adl_index + 0x80000000000000000000000000000000) >> 128)
        | (strike >> 32)
        | (priced_forward >> 32)
        | (gamma >> 32)
        | ((theta + 0x80000000) >> 32)
    ):
        _overflow(
            OPTION_MARK_GROUP,
            (
                version,
                kind,
                underlying,
                tick_value,
                index_per_tick,
                initial_margin_ppm,
                maintenance_margin_ppm,
                fixed_price,
                expiry,
                vega,
                long_factor,
                short_factor,
                long_deleveraged_ms,
                short_deleveraged_ms,
                index_ppb,
                mark_price,
                priced_ms,
                delta,
                long_adl_index,
                short_adl_index,
                strike,
                priced_forward,
                gamma,
                theta,
            ),
        )
    return (
        (
            (
                (version << 248)
                | (kind << 240)
                | (underlying << 224)
                | (tick_value << 200)
                | (index_per_tick << 136)
                | (initial_margin_ppm << 104)
                | (maintenance_margin_ppm << 72)
                | (fixed_price << 40)
                | (expiry << 24)
                | vega
            )
            << 768
        )
        | (
            (
                (long_factor << 192)
                | (short_factor << 128)
                | (long_deleveraged_ms << 80)
                | (short_deleveraged_ms << 32)
                | index_ppb
            )
            << 512
        )
        | (
            (
                (mark_price << 216)
                | (priced_ms << 168)
                | ((delta & 0xFFFFFFFF) << 136)
                | (long_adl_index & 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF)
            )
            << 256
        )
        | (
            ((short_adl_index & 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF) << 128)
            | (strike << 96)
            | (priced_forward << 64)
            | (gamma << 32)
            | (theta & 0xFFFFFFFF)
        )
    ).to_bytes(128, "big")


def unpack_option_mark(
    data: bytes, offset: int = 0
) -> tuple[
    int,
    int,
    int,
    MicroUsdPerTickPerLot,
    NanoUsdPerTick,
    Ppm,
    Ppm,
    Ticks,
    int,
    int,
    int,
    int,
    Milliseconds,
    Milliseconds,
    Ppb,
    int,
    Milliseconds,
    int,
    int,
    int,
    Ticks,
    Ticks,
    int,
    int,
]:
    """Return the fields of the option_mark whose first byte is data[offset], in order."""
    w0 = int.from_bytes(data[offset + 0 : offset + 32], "big")
    w1 = int.from_bytes(data[offset + 32 : offset + 64], "big")
    w2 = int.from_bytes(data[offset + 64 : offset + 96], "big")
    w3 = int.from_bytes(data[offset + 96 : offset + 128], "big")
    return (  # type: ignore[return-value]
        (w0 >> 248),
        ((w0 >> 240) & 0xFF),
        ((w0 >> 224) & 0xFFFF),
        ((w0 >> 200) & 0xFFFFFF),
        ((w0 >> 136) & 0xFFFFFFFFFFFFFFFF),
        ((w0 >> 104) & 0xFFFFFFFF),
        ((w0 >> 72) & 0xFFFFFFFF),
        ((w0 >> 40) & 0xFFFFFFFF),
        ((w0 >> 24) & 0xFFFF),
        (w0 & 0xFFFFFF),
        (w1 >> 192),
        ((w1 >> 128) & 0xFFFFFFFFFFFFFFFF),
        ((w1 >> 80) & 0xFFFFFFFFFFFF),
        ((w1 >> 32) & 0xFFFFFFFFFFFF),
        (w1 & 0xFFFFFFFF),
        (w2 >> 216),
        ((w2 >> 168) & 0xFFFFFFFFFFFF),
        ((((w2 >> 136) & 0xFFFFFFFF) ^ 0x80000000) - 0x80000000),
        (
            ((w2 & 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF) ^ 0x80000000000000000000000000000000)
            - 0x80000000000000000000000000000000
        ),
        (((w3 >> 128) ^ 0x80000000000000000000000000000000) - 0x80000000000000000000000000000000),
        ((w3 >> 96) & 0xFFFFFFFF),
        ((w3 >> 64) & 0xFFFFFFFF),
        ((w3 >> 32) & 0xFFFFFFFF),
        (((w3 & 0xFFFFFFFF) ^ 0x80000000) - 0x80000000),
    )


def pack_order(
    *,
    version: int,
    flags: int,
    price: int,
    lots: int,
    account: int,
    epoch: int,
    serial: int,
    prev: int,
    next: int,
    expiry_ms: int,
    client_id: int,
    max_fee_ppm: int,
) -> bytes:
    """Return the 64 bytes of order. Raises `FieldOverflow`."""
    if (
        (version >> 8)
        | (flags >> 8)
        | (price >> 32)
        | (lots >> 40)
        | (account >> 32)
        | (epoch >> 48)
        | (serial >> 48)
        | (prev >> 32)
        | (next >> 32)
        | (expiry_ms >> 48)
        | (client_id >> 64)
        | (max_fee_ppm >> 32)
    ):
        _overflow(
            ORDER_GROUP,
            (
                version,
                flags,
                price,
                lots,
                account,
                epoch,
                serial,
                prev,
                next,
                expiry_ms,
                client_id,
                max_fee_ppm,
            ),
        )
    return (
        (
            (
                (version << 248)
                | (flags << 240)
                | (price << 208)
                | (lots << 168)
                | (account << 136)
                | (epoch << 88)
                | (serial << 40)
            )
            << 256
        )
        | (
            (prev << 224)
            | (next << 192)
            | (expiry_ms << 144)
            | (client_id << 80)
            | (max_fee_ppm << 48)
        )
    ).to_bytes(64, "big")


def unpack_order(
    data: bytes, offset: int = 0
) -> tuple[int, int, Ticks, Lots, int, int, int, int, int, Milliseconds, int, Ppm]:
    """Return the fields of the order whose first byte is data[offset], in order."""
    w0 = int.from_bytes(data[offset + 0 : offset + 32], "big")
    w1 = int.from_bytes(data[offset + 32 : offset + 64], "big")
    return (  # type: ignore[return-value]
        (w0 >> 248),
        ((w0 >> 240) & 0xFF),
        ((w0 >> 208) & 0xFFFFFFFF),
        ((w0 >> 168) & 0xFFFFFFFFFF),
        ((w0 >> 136) & 0xFFFFFFFF),
        ((w0 >> 88) & 0xFFFFFFFFFFFF),
        ((w0 >> 40) & 0xFFFFFFFFFFFF),
        (w1 >> 224),
        ((w1 >> 192) & 0xFFFFFFFF),
        ((w1 >> 144) & 0xFFFFFFFFFFFF),
        ((w1 >> 80) & 0xFFFFFFFFFFFFFFFF),
        ((w1 >> 48) & 0xFFFFFFFF),
    )


def pack_expiry(
    *,
    version: int,
    underlying: int,
    expiry_ms: int,
    publish_time_ms: int,
    forward_ppb: int,
    rate_ppm: int,
    confidence_ppm: int,
    future: int,
    svi_a: int,
    svi_b: int,
    svi_rho: int,
    svi_m: int,
    svi_sigma: int,
    svi_forward: int,
    svi_time_ms: int,
    accumulated: int,
    covered_ms: int,
    sampled_ms: int,
    settlement: int,
    settled_ms: int,
) -> bytes:
    """Return the 160 bytes of expiry. Raises `FieldOverflow`."""
    if (
        (version >> 8)
        | (underlying >> 16)
        | (expiry_ms >> 48)
        | (publish_time_ms >> 48)
        | (forward_ppb >> 32)
        | ((rate_ppm + 0x80000000) >> 32)
        | (confidence_ppm >> 32)
        | (future >> 16)
        | ((svi_a + 0x8000000000000000) >> 64)
        | (svi_b >> 64)
        | ((svi_rho + 0x8000000000000000) >> 64)
        | ((svi_m + 0x8000000000000000) >> 64)
        | (svi_sigma >> 64)
        | (svi_forward >> 64)
        | (svi_time_ms >> 48)
        | (accumulated >> 128)
        | (covered_ms >> 32)
        | (sampled_ms >> 48)
        | (settlement >> 64)
        | (settled_ms >> 48)
    ):
        _overflow(
            EXPIRY_GROUP,
            (
                version,
                underlying,
                expiry_ms,
                publish_time_ms,
                forward_ppb,
                rate_ppm,
                confidence_ppm,
                future,
                svi_a,
                svi_b,
                svi_rho,
                svi_m,
                svi_sigma,
                svi_forward,
                svi_time_ms,
                accumulated,
                covered_ms,
                sampled_ms,
                settlement,
                settled_ms,
            ),
        )
    return (
        (
            (
                (version << 248)
                | (underlying << 232)
                | (expiry_ms << 184)
                | (publish_time_ms << 136)
                | (forward_ppb << 104)
                | ((rate_ppm & 0xFFFFFFFF) << 72)
                | (confidence_ppm << 40)
                | (future << 24)
            )
            << 1024
        )
        | (
            (
                ((svi_a & 0xFFFFFFFFFFFFFFFF) << 192)
                | (svi_b << 128)
                | ((svi_rho & 0xFFFFFFFFFFFFFFFF) << 64)
                | (svi_m & 0xFFFFFFFFFFFFFFFF)
            )
            << 768
        )
        | (((svi_sigma << 192) | (svi_forward << 128) | (svi_time_ms << 80)) << 512)
        | (((accumulated << 128) | (covered_ms << 96) | (sampled_ms << 48)) << 256)
        | ((settlement << 192) | (settled_ms << 144))
    ).to_bytes(160, "big")


def unpack_expiry(
    data: bytes, offset: int = 0
) -> tuple[
    int,
    int,
    Milliseconds,
    Milliseconds,
    Ppb,
    Ppm,
    Ppm,
    int,
    int,
    int,
    int,
    int,
    int,
    NanoUsd,
    Milliseconds,
    int,
    Milliseconds,
    Milliseconds,
    NanoUsd,
    Milliseconds,
]:
    """Return the fields of the expiry whose first byte is data[offset], in order."""
    w0 = int.from_bytes(data[offset + 0 : offset + 32], "big")
    w1 = int.from_bytes(data[offset + 32 : offset + 64], "big")
    w2 = int.from_bytes(data[offset + 64 : offset + 96], "big")
    w3 = int.from_bytes(data[offset + 96 : offset + 128], "big")
    w4 = int.from_bytes(data[offset + 128 : offset + 160], "big")
    return (  # type: ignore[return-value]
        (w0 >> 248),
        ((w0 >> 232) & 0xFFFF),
        ((w0 >> 184) & 0xFFFFFFFFFFFF),
        ((w0 >> 136) & 0xFFFFFFFFFFFF),
        ((w0 >> 104) & 0xFFFFFFFF),
        ((((w0 >> 72) & 0xFFFFFFFF) ^ 0x80000000) - 0x80000000),
        ((w0 >> 40) & 0xFFFFFFFF),
        ((w0 >> 24) & 0xFFFF),
        (((w1 >> 192) ^ 0x8000000000000000) - 0x8000000000000000),
        ((w1 >> 128) & 0xFFFFFFFFFFFFFFFF),
        ((((w1 >> 64) & 0xFFFFFFFFFFFFFFFF) ^ 0x8000000000000000) - 0x8000000000000000),
        (((w1 & 0xFFFFFFFFFFFFFFFF) ^ 0x8000000000000000) - 0x8000000000000000),
        (w2 >> 192),
        ((w2 >> 128) & 0xFFFFFFFFFFFFFFFF),
        ((w2 >> 80) & 0xFFFFFFFFFFFF),
        (w3 >> 128),
        ((w3 >> 96) & 0xFFFFFFFF),
        ((w3 >> 48) & 0xFFFFFFFFFFFF),
        (w4 >> 192),
        ((w4 >> 144) & 0xFFFFFFFFFFFF),
    )


def pack_array(
    *,
    version: int,
    priced_ms: int,
    long_factor: int,
    short_factor: int,
    contingency_factor: int,
    lanes_0: int,
    lanes_1: int,
    lanes_2: int,
    lanes_3: int,
    lanes_4: int,
    lanes_5: int,
    lanes_6: int,
    lanes_7: int,
    lanes_8: int,
    lanes_9: int,
    lanes_10: int,
) -> bytes:
    """Return the 384 bytes of array. Raises `FieldOverflow`."""
    if (
        (version >> 8)
        | (priced_ms >> 48)
        | (long_factor >> 64)
        | (short_factor >> 64)
        | (contingency_factor >> 64)
        | (lanes_0 >> 256)
        | (lanes_1 >> 256)
        | (lanes_2 >> 256)
        | (lanes_3 >> 256)
        | (lanes_4 >> 256)
        | (lanes_5 >> 256)
        | (lanes_6 >> 256)
        | (lanes_7 >> 256)
        | (lanes_8 >> 256)
        | (lanes_9 >> 256)
        | (lanes_10 >> 256)
    ):
        _overflow(
            ARRAY_GROUP,
            (
                version,
                priced_ms,
                long_factor,
                short_factor,
                contingency_factor,
                lanes_0,
                lanes_1,
                lanes_2,
                lanes_3,
                lanes_4,
                lanes_5,
                lanes_6,
                lanes_7,
                lanes_8,
                lanes_9,
                lanes_10,
            ),
        )
    return (
        (
            (
                (version << 248)
                | (priced_ms << 200)
                | (long_factor << 136)
                | (short_factor << 72)
                | (contingency_factor << 8)
            )
            << 2816
        )
        | ((lanes_0) << 2560)
        | ((lanes_1) << 2304)
        | ((lanes_2) << 2048)
        | ((lanes_3) << 1792)
        | ((lanes_4) << 1536)
        | ((lanes_5) << 1280)
        | ((lanes_6) << 1024)
        | ((lanes_7) << 768)
        | ((lanes_8) << 512)
        | ((lanes_9) << 256)
        | (lanes_10)
    ).to_bytes(384, "big")


def unpack_array(
    data: bytes, offset: int = 0
) -> tuple[int, Milliseconds, int, int, int, int, int, int, int, int, int, int, int, int, int, int]:
    """Return the fields of the array whose first byte is data[offset], in order."""
    w0 = int.from_bytes(data[offset + 0 : offset + 32], "big")
    w1 = int.from_bytes(data[offset + 32 : offset + 64], "big")
    w2 = int.from_bytes(data[offset + 64 : offset + 96], "big")
    w3 = int.from_bytes(data[offset + 96 : offset + 128], "big")
    w4 = int.from_bytes(data[offset + 128 : offset + 160], "big")
    w5 = int.from_bytes(data[offset + 160 : offset + 192], "big")
    w6 = int.from_bytes(data[offset + 192 : offset + 224], "big")
    w7 = int.from_bytes(data[offset + 224 : offset + 256], "big")
    w8 = int.from_bytes(data[offset + 256 : offset + 288], "big")
    w9 = int.from_bytes(data[offset + 288 : offset + 320], "big")
    w10 = int.from_bytes(data[offset + 320 : offset + 352], "big")
    w11 = int.from_bytes(data[offset + 352 : offset + 384], "big")
    return (  # type: ignore[return-value]
        (w0 >> 248),
        ((w0 >> 200) & 0xFFFFFFFFFFFF),
        ((w0 >> 136) & 0xFFFFFFFFFFFFFFFF),
        ((w0 >> 72) & 0xFFFFFFFFFFFFFFFF),
        ((w0 >> 8) & 0xFFFFFFFFFFFFFFFF),
        w1,
        w2,
        w3,
        w4,
        w5,
        w6,
        w7,
        w8,
        w9,
        w10,
        w11,
    )


def pack_trigger(
    *,
    version: int,
    sell: int,
    reduce_only: int,
    falling: int,
    by_mark: int,
    trigger_price: int,
    limit: int,
    lots: int,
    max_fee_ppm: int,
    expiry_ms: int,
    epoch: int,
    client_id: int,
) -> bytes:
    """Return the 64 bytes of trigger. Raises `FieldOverflow`."""
    if (
        (version >> 8)
        | (sell >> 8)
        | (reduce_only >> 8)
        | (falling >> 8)
        | (by_mark >> 8)
        | (trigger_price >> 64)
        | (limit >> 32)
        | (lots >> 40)
        | (max_fee_ppm >> 32)
        | (expiry_ms >> 48)
        | (epoch >> 48)
        | (client_id >> 64)
    ):
        _overflow(
            TRIGGER_GROUP,
            (
                version,
                sell,
                reduce_only,
                falling,
                by_mark,
                trigger_price,
                limit,
                lots,
                max_fee_ppm,
                expiry_ms,
                epoch,
                client_id,
            ),
        )
    return (
        (
            (
                (version << 248)
                | (sell << 240)
                | (reduce_only << 232)
                | (falling << 224)
                | (by_mark << 216)
                | (trigger_price << 152)
                | (limit << 120)
                | (lots << 80)
                | (max_fee_ppm << 48)
                | expiry_ms
            )
            << 256
        )
        | ((epoch << 208) | (client_id << 144))
    ).to_bytes(64, "big")


def unpack_trigger(
    data: bytes, offset: int = 0
) -> tuple[int, int, int, int, int, NanoUsd, Ticks, Lots, Ppm, Milliseconds, int, int]:
    """Return the fields of the trigger whose first byte is data[offset], in order."""
    w0 = int.from_bytes(data[offset + 0 : offset + 32], "big")
    w1 = int.from_bytes(data[offset + 32 : offset + 64], "big")
    return (  # type: ignore[return-value]
        (w0 >> 248),
        ((w0 >> 240) & 0xFF),
        ((w0 >> 232) & 0xFF),
        ((w0 >> 224) & 0xFF),
        ((w0 >> 216) & 0xFF),
        ((w0 >> 152) & 0xFFFFFFFFFFFFFFFF),
        ((w0 >> 120) & 0xFFFFFFFF),
        ((w0 >> 80) & 0xFFFFFFFFFF),
        ((w0 >> 48) & 0xFFFFFFFF),
        (w0 & 0xFFFFFFFFFFFF),
        (w1 >> 208),
        ((w1 >> 144) & 0xFFFFFFFFFFFFFFFF),
    )


def pack_certificate(
    *,
    version: int,
    time_ms: int,
    ends_ms: int,
    feed_epoch: int,
    surface_epoch: int,
    index_price: int,
    gross: int,
    perpetuals: int,
    naked: int,
    expiry_0: int,
    expiry_1: int,
    expiry_2: int,
    expiry_3: int,
    expiry_4: int,
    expiry_5: int,
    expiry_6: int,
    expiry_7: int,
    losses_0: int,
    losses_1: int,
    losses_2: int,
    losses_3: int,
    losses_4: int,
    losses_5: int,
    losses_6: int,
    losses_7: int,
    losses_8: int,
    losses_9: int,
    losses_10: int,
    up_0: int,
    down_0: int,
    factor_0: int,
    up_1: int,
    down_1: int,
    factor_1: int,
    up_2: int,
    down_2: int,
    factor_2: int,
    up_3: int,
    down_3: int,
    factor_3: int,
    up_4: int,
    down_4: int,
    factor_4: int,
    up_5: int,
    down_5: int,
    factor_5: int,
    up_6: int,
    down_6: int,
    factor_6: int,
    up_7: int,
    down_7: int,
    factor_7: int,
) -> bytes:
    """Return the 704 bytes of certificate. Raises `FieldOverflow`."""
    if (
        (version >> 8)
        | (time_ms >> 48)
        | (ends_ms >> 48)
        | (feed_epoch >> 48)
        | (surface_epoch >> 24)
        | (index_price >> 64)
        | (gross >> 128)
        | ((perpetuals + 0x80000000000000000000000000000000) >> 128)
        | (naked >> 128)
        | (expiry_0 >> 16)
        | (expiry_1 >> 16)
        | (expiry_2 >> 16)
        | (expiry_3 >> 16)
        | (expiry_4 >> 16)
        | (expiry_5 >> 16)
        | (expiry_6 >> 16)
        | (expiry_7 >> 16)
        | (losses_0 >> 256)
        | (losses_1 >> 256)
        | (losses_2 >> 256)
        | (losses_3 >> 256)
        | (losses_4 >> 256)
        | (losses_5 >> 256)
        | (losses_6 >> 256)
        | (losses_7 >> 256)
        | (losses_8 >> 256)
        | (losses_9 >> 256)
        | (losses_10 >> 256)
        | ((up_0 + 0x800000000000000000000000) >> 96)
        | ((down_0 + 0x800000000000000000000000) >> 96)
        | (factor_0 >> 64)
        | ((up_1 + 0x800000000000000000000000) >> 96)
        | ((down_1 + 0x800000000000000000000000) >> 96)
        | (factor_1 >> 64)
        | ((up_2 + 0x800000000000000000000000) >> 96)
        | ((down_2 + 0x800000000000000000000000) >> 96)
        | (factor_2 >> 64)
        | ((up_3 + 0x800000000000000000000000) >> 96)
        | ((down_3 + 0x800000000000000000000000) >> 96)
        | (factor_3 >> 64)
        | ((up_4 + 0x800000000000000000000000) >> 96)
        | ((down_4 + 0x800000000000000000000000) >> 96)
        | (factor_4 >> 64)
        | ((up_5 + 0x800000000000000000000000) >> 96)
        | ((down_5 + 0x800000000000000000000000) >> 96)
        | (factor_5 >> 64)
        | ((up_6 + 0x800000000000000000000000) >> 96)
        | ((down_6 + 0x800000000000000000000000) >> 96)
        | (factor_6 >> 64)
        | ((up_7 + 0x800000000000000000000000) >> 96)
        | ((down_7 + 0x800000000000000000000000) >> 96)
        | (factor_7 >> 64)
    ):
        _overflow(
            CERTIFICATE_GROUP,
            (
                version,
                time_ms,
                ends_ms,
                feed_epoch,
                surface_epoch,
                index_price,
                gross,
                perpetuals,
                naked,
                expiry_0,
                expiry_1,
                expiry_2,
                expiry_3,
                expiry_4,
                expiry_5,
                expiry_6,
                expiry_7,
                losses_0,
                losses_1,
                losses_2,
                losses_3,
                losses_4,
                losses_5,
                losses_6,
                losses_7,
                losses_8,
                losses_9,
                losses_10,
                up_0,
                down_0,
                factor_0,
                up_1,
                down_1,
                factor_1,
                up_2,
                down_2,
                factor_2,
                up_3,
                down_3,
                factor_3,
                up_4,
                down_4,
                factor_4,
                up_5,
                down_5,
                factor_5,
                up_6,
                down_6,
                factor_6,
                up_7,
                down_7,
                factor_7,
            ),
        )
    return (
        (
            (
                (version << 248)
                | (time_ms << 200)
                | (ends_ms << 152)
                | (feed_epoch << 104)
                | (surface_epoch << 80)
                | (index_price << 16)
            )
            << 5376
        )
        | (((gross << 128) | (perpetuals & 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF)) << 5120)
        | (
            (
                (naked << 128)
                | (expiry_0 << 112)
                | (expiry_1 << 96)
                | (expiry_2 << 80)
                | (expiry_3 << 64)
                | (expiry_4 << 48)
                | (expiry_5 << 32)
                | (expiry_6 << 16)
                | expiry_7
            )
            << 4864
        )
        | ((losses_0) << 4608)
        | ((losses_1) << 4352)
        | ((losses_2) << 4096)
        | ((losses_3) << 3840)
        | ((losses_4) << 3584)
        | ((losses_5) << 3328)
        | ((losses_6) << 3072)
        | ((losses_7) << 2816)
        | ((losses_8) << 2560)
        | ((losses_9) << 2304)
        | ((losses_10) << 2048)
        | (
            (
                ((up_0 & 0xFFFFFFFFFFFFFFFFFFFFFFFF) << 160)
                | ((down_0 & 0xFFFFFFFFFFFFFFFFFFFFFFFF) << 64)
                | factor_0
            )
            << 1792
        )
        | (
            (
                ((up_1 & 0xFFFFFFFFFFFFFFFFFFFFFFFF) << 160)
                | ((down_1 & 0xFFFFFFFFFFFFFFFFFFFFFFFF) << 64)
                | factor_1
            )
            << 1536
        )
        | (
            (
                ((up_2 & 0xFFFFFFFFFFFFFFFFFFFFFFFF) << 160)
                | ((down_2 & 0xFFFFFFFFFFFFFFFFFFFFFFFF) << 64)
                | factor_2
            )
            << 1280
        )
        | (
            (
                ((up_3 & 0xFFFFFFFFFFFFFFFFFFFFFFFF) << 160)
                | ((down_3 & 0xFFFFFFFFFFFFFFFFFFFFFFFF) << 64)
                | factor_3
            )
            << 1024
        )
        | (
            (
                ((up_4 & 0xFFFFFFFFFFFFFFFFFFFFFFFF) << 160)
                | ((down_4 & 0xFFFFFFFFFFFFFFFFFFFFFFFF) << 64)
                | factor_4
            )
            << 768
        )
        | (
            (
                ((up_5 & 0xFFFFFFFFFFFFFFFFFFFFFFFF) << 160)
                | ((down_5 & 0xFFFFFFFFFFFFFFFFFFFFFFFF) << 64)
                | factor_5
            )
            << 512
        )
        | (
            (
                ((up_6 & 0xFFFFFFFFFFFFFFFFFFFFFFFF) << 160)
                | ((down_6 & 0xFFFFFFFFFFFFFFFFFFFFFFFF) << 64)
                | factor_6
            )
            << 256
        )
        | (
            ((up_7 & 0xFFFFFFFFFFFFFFFFFFFFFFFF) << 160)
            | ((down_7 & 0xFFFFFFFFFFFFFFFFFFFFFFFF) << 64)
            | factor_7
        )
    ).to_bytes(704, "big")


def unpack_certificate(
    data: bytes, offset: int = 0
) -> tuple[
    int,
    Milliseconds,
    Milliseconds,
    int,
    int,
    NanoUsd,
    MicroUsd,
    int,
    int,
    int,
    int,
    int,
    int,
    int,
    int,
    int,
    int,
    int,
    int,
    int,
    int,
    int,
    int,
    int,
    int,
    int,
    int,
    int,
    MicroUsd,
    MicroUsd,
    int,
    MicroUsd,
    MicroUsd,
    int,
    MicroUsd,
    MicroUsd,
    int,
    MicroUsd,
    MicroUsd,
    int,
    MicroUsd,
    MicroUsd,
    int,
    MicroUsd,
    MicroUsd,
    int,
    MicroUsd,
    MicroUsd,
    int,
    MicroUsd,
    MicroUsd,
    int,
]:
    """Return the fields of the certificate whose first byte is data[offset], in order."""
    w0 = int.from_bytes(data[offset + 0 : offset + 32], "big")
    w1 = int.from_bytes(data[offset + 32 : offset + 64], "big")
    w2 = int.from_bytes(data[offset + 64 : offset + 96], "big")
    w3 = int.from_bytes(data[offset + 96 : offset + 128], "big")
    w4 = int.from_bytes(data[offset + 128 : offset + 160], "big")
    w5 = int.from_bytes(data[offset + 160 : offset + 192], "big")
    w6 = int.from_bytes(data[offset + 192 : offset + 224], "big")
    w7 = int.from_bytes(data[offset + 224 : offset + 256], "big")
    w8 = int.from_bytes(data[offset + 256 : offset + 288], "big")
    w9 = int.from_bytes(data[offset + 288 : offset + 320], "big")
    w10 = int.from_bytes(data[offset + 320 : offset + 352], "big")
    w11 = int.from_bytes(data[offset + 352 : offset + 384], "big")
    w12 = int.from_bytes(data[offset + 384 : offset + 416], "big")
    w13 = int.from_bytes(data[offset + 416 : offset + 448], "big")
    w14 = int.from_bytes(data[offset + 448 : offset + 480], "big")
    w15 = int.from_bytes(data[offset + 480 : offset + 512], "big")
    w16 = int.from_bytes(data[offset + 512 : offset + 544], "big")
    w17 = int.from_bytes(data[offset + 544 : offset + 576], "big")
    w18 = int.from_bytes(data[offset + 576 : offset + 608], "big")
    w19 = int.from_bytes(data[offset + 608 : offset + 640], "big")
    w20 = int.from_bytes(data[offset + 640 : offset + 672], "big")
    w21 = int.from_bytes(data[offset + 672 : offset + 704], "big")
    return (  # type: ignore[return-value]
        (w0 >> 248),
        ((w0 >> 200) & 0xFFFFFFFFFFFF),
        ((w0 >> 152) & 0xFFFFFFFFFFFF),
        ((w0 >> 104) & 0xFFFFFFFFFFFF),
        ((w0 >> 80) & 0xFFFFFF),
        ((w0 >> 16) & 0xFFFFFFFFFFFFFFFF),
        (w1 >> 128),
        (
            ((w1 & 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF) ^ 0x80000000000000000000000000000000)
            - 0x80000000000000000000000000000000
        ),
        (w2 >> 128),
        ((w2 >> 112) & 0xFFFF),
        ((w2 >> 96) & 0xFFFF),
        ((w2 >> 80) & 0xFFFF),
        ((w2 >> 64) & 0xFFFF),
        ((w2 >> 48) & 0xFFFF),
        ((w2 >> 32) & 0xFFFF),
        ((w2 >> 16) & 0xFFFF),
        (w2 & 0xFFFF),
        w3,
        w4,
        w5,
        w6,
        w7,
        w8,
        w9,
        w10,
        w11,
        w12,
        w13,
        (((w14 >> 160) ^ 0x800000000000000000000000) - 0x800000000000000000000000),
        (
            (((w14 >> 64) & 0xFFFFFFFFFFFFFFFFFFFFFFFF) ^ 0x800000000000000000000000)
            - 0x800000000000000000000000
        ),
        (w14 & 0xFFFFFFFFFFFFFFFF),
        (((w15 >> 160) ^ 0x800000000000000000000000) - 0x800000000000000000000000),
        (
            (((w15 >> 64) & 0xFFFFFFFFFFFFFFFFFFFFFFFF) ^ 0x800000000000000000000000)
            - 0x800000000000000000000000
        ),
        (w15 & 0xFFFFFFFFFFFFFFFF),
        (((w16 >> 160) ^ 0x800000000000000000000000) - 0x800000000000000000000000),
        (
            (((w16 >> 64) & 0xFFFFFFFFFFFFFFFFFFFFFFFF) ^ 0x800000000000000000000000)
            - 0x800000000000000000000000
        ),
        (w16 & 0xFFFFFFFFFFFFFFFF),
        (((w17 >> 160) ^ 0x800000000000000000000000) - 0x800000000000000000000000),
        (
            (((w17 >> 64) & 0xFFFFFFFFFFFFFFFFFFFFFFFF) ^ 0x800000000000000000000000)
            - 0x800000000000000000000000
        ),
        (w17 & 0xFFFFFFFFFFFFFFFF),
        (((w18 >> 160) ^ 0x800000000000000000000000) - 0x800000000000000000000000),
        (
            (((w18 >> 64) & 0xFFFFFFFFFFFFFFFFFFFFFFFF) ^ 0x800000000000000000000000)
            - 0x800000000000000000000000
        ),
        (w18 & 0xFFFFFFFFFFFFFFFF),
        (((w19 >> 160) ^ 0x800000000000000000000000) - 0x800000000000000000000000),
        (
            (((w19 >> 64) & 0xFFFFFFFFFFFFFFFFFFFFFFFF) ^ 0x800000000000000000000000)
            - 0x800000000000000000000000
        ),
        (w19 & 0xFFFFFFFFFFFFFFFF),
        (((w20 >> 160) ^ 0x800000000000000000000000) - 0x800000000000000000000000),
        (
            (((w20 >> 64) & 0xFFFFFFFFFFFFFFFFFFFFFFFF) ^ 0x800000000000000000000000)
            - 0x800000000000000000000000
        ),
        (w20 & 0xFFFFFFFFFFFFFFFF),
        (((w21 >> 160) ^ 0x800000000000000000000000) - 0x800000000000000000000000),
        (
            (((w21 >> 64) & 0xFFFFFFFFFFFFFFFFFFFFFFFF) ^ 0x800000000000000000000000)
            - 0x800000000000000000000000
        ),
        (w21 & 0xFFFFFFFFFFFFFFFF),
    )
