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
    NanoUsd,
    NanoUsdPerTick,
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
GLOBAL_WORDS: Final = 3
GLOBAL_WORDS_MAX: Final = 15
GLOBAL_REPORTER_WORDS: Final = 1
GLOBAL_REPORTER_MAX: Final = 12
GLOBAL_CLOCK_MS_GREATEST: Final = 281_474_976_710_655
GLOBAL_NEXT_ACCOUNT_GREATEST: Final = 4_294_967_295
GLOBAL_NEXT_UNDERLYING_GREATEST: Final = 65_535
GLOBAL_NEXT_INSTRUMENT_GREATEST: Final = 65_535
GLOBAL_REPORTER_COUNT_GREATEST: Final = 255
GLOBAL_REPORTER_QUORUM_GREATEST: Final = 255
GLOBAL_REPORTER_EPOCH_GREATEST: Final = 4_294_967_295
GLOBAL_FEE_POOL_GREATEST: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
GLOBAL_INSURANCE_FUND_GREATEST: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
GLOBAL_DOMAIN_SEPARATOR_GREATEST: Final = (
    0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
)
GLOBAL_GROUP: Final = Group(
    "global",
    3,
    (
        Field("version", 0, 248, 8, False),
        Field("clock_ms", 0, 200, 48, False),
        Field("next_account", 0, 168, 32, False),
        Field("next_underlying", 0, 152, 16, False),
        Field("next_instrument", 0, 136, 16, False),
        Field("reporter_count", 0, 128, 8, False),
        Field("reporter_quorum", 0, 120, 8, False),
        Field("reporter_epoch", 0, 88, 32, False),
        Field("fee_pool", 1, 128, 128, False),
        Field("insurance_fund", 1, 0, 128, False),
        Field("domain_separator", 2, 0, 256, False),
    ),
)
GLOBAL_REPORTER_ADDRESS_GREATEST: Final = (
    0x000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
)
GLOBAL_REPORTER_GROUP: Final = Group(
    "global_reporter",
    1,
    (Field("address", 0, 0, 160, False),),
)
GLOBAL: Final = Record(GLOBAL_KIND, 0, GLOBAL_GROUP, GLOBAL_REPORTER_GROUP, 12, "reporter_count")

# account. Collateral is cash: every fill moves price * lots * tick_value; equity adds positions
# at their mark.
ACCOUNT_KIND: Final = 1
ACCOUNT_WORDS: Final = 2
ACCOUNT_WORDS_MAX: Final = 34
ACCOUNT_POSITION_WORDS: Final = 2
ACCOUNT_POSITION_MAX: Final = 16
ACCOUNT_OWNER_GREATEST: Final = 0x000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
ACCOUNT_POSITION_COUNT_GREATEST: Final = 255
ACCOUNT_EPOCH_COUNTER_GREATEST: Final = 281_474_976_710_655
ACCOUNT_COLLATERAL_LEAST: Final = -0x80000000000000000000000000000000
ACCOUNT_COLLATERAL_GREATEST: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
ACCOUNT_WITHDRAWN_GREATEST: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
ACCOUNT_GROUP: Final = Group(
    "account",
    2,
    (
        Field("version", 0, 248, 8, False),
        Field("owner", 0, 88, 160, False),
        Field("position_count", 0, 80, 8, False),
        Field("epoch_counter", 0, 32, 48, False),
        Field("collateral", 1, 128, 128, True),
        Field("withdrawn", 1, 0, 128, False),
    ),
)
ACCOUNT_POSITION_INSTRUMENT_GREATEST: Final = 65_535
ACCOUNT_POSITION_OPEN_ORDERS_GREATEST: Final = 65_535
ACCOUNT_POSITION_EPOCH_GREATEST: Final = 281_474_976_710_655
ACCOUNT_POSITION_SIZE_LEAST: Final = -140_737_488_355_328
ACCOUNT_POSITION_SIZE_GREATEST: Final = 140_737_488_355_327
ACCOUNT_POSITION_LINKED_GREATEST: Final = 65_535
ACCOUNT_POSITION_REDUCE_LOTS_GREATEST: Final = 281_474_976_710_655
ACCOUNT_POSITION_BUY_LOTS_GREATEST: Final = 281_474_976_710_655
ACCOUNT_POSITION_SELL_LOTS_GREATEST: Final = 281_474_976_710_655
ACCOUNT_POSITION_BUY_VALUE_GREATEST: Final = 0xFFFFFFFFFFFFFFFFFFFF
ACCOUNT_POSITION_SELL_VALUE_GREATEST: Final = 0xFFFFFFFFFFFFFFFFFFFF
ACCOUNT_POSITION_GROUP: Final = Group(
    "account_position",
    2,
    (
        Field("instrument", 0, 240, 16, False),
        Field("open_orders", 0, 224, 16, False),
        Field("epoch", 0, 176, 48, False),
        Field("size", 0, 128, 48, True),
        Field("linked", 0, 112, 16, False),
        Field("reduce_lots", 0, 64, 48, False),
        Field("buy_lots", 1, 208, 48, False),
        Field("sell_lots", 1, 160, 48, False),
        Field("buy_value", 1, 80, 80, False),
        Field("sell_value", 1, 0, 80, False),
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

# underlying. The latest price of its index.
UNDERLYING_KIND: Final = 3
UNDERLYING_WORDS: Final = 1
UNDERLYING_WORDS_MAX: Final = 1
UNDERLYING_INDEX_PRICE_GREATEST: Final = 18_446_744_073_709_551_615
UNDERLYING_PUBLISH_TIME_MS_GREATEST: Final = 281_474_976_710_655
UNDERLYING_SYMBOL_GREATEST: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
UNDERLYING_GROUP: Final = Group(
    "underlying",
    1,
    (
        Field("version", 0, 248, 8, False),
        Field("index_price", 0, 184, 64, False),
        Field("publish_time_ms", 0, 136, 48, False),
        Field("symbol", 0, 0, 128, False),
    ),
)
UNDERLYING: Final = Record(UNDERLYING_KIND, 8, UNDERLYING_GROUP, None, 0, "")

# instrument. Terms of trade and the book's ends.
INSTRUMENT_KIND: Final = 4
INSTRUMENT_WORDS: Final = 3
INSTRUMENT_WORDS_MAX: Final = 3
INSTRUMENT_STATUS_GREATEST: Final = 255
INSTRUMENT_MAKER_FEE_PPM_GREATEST: Final = 4_294_967_295
INSTRUMENT_TAKER_FEE_PPM_GREATEST: Final = 4_294_967_295
INSTRUMENT_PRICE_BAND_PPM_GREATEST: Final = 4_294_967_295
INSTRUMENT_MIN_ORDER_VALUE_GREATEST: Final = 18_446_744_073_709_551_615
INSTRUMENT_LAST_PRICE_GREATEST: Final = 4_294_967_295
INSTRUMENT_ORDER_COUNT_GREATEST: Final = 4_294_967_295
INSTRUMENT_BEST_BID_GREATEST: Final = 4_294_967_295
INSTRUMENT_BEST_ASK_GREATEST: Final = 4_294_967_295
INSTRUMENT_FREE_SLOT_GREATEST: Final = 4_294_967_295
INSTRUMENT_NEXT_SLOT_GREATEST: Final = 4_294_967_295
INSTRUMENT_NEXT_SERIAL_GREATEST: Final = 281_474_976_710_655
INSTRUMENT_OPEN_INTEREST_GREATEST: Final = 18_446_744_073_709_551_615
INSTRUMENT_SYMBOL_GREATEST: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
INSTRUMENT_GROUP: Final = Group(
    "instrument",
    3,
    (
        Field("version", 0, 248, 8, False),
        Field("status", 0, 240, 8, False),
        Field("maker_fee_ppm", 0, 208, 32, False),
        Field("taker_fee_ppm", 0, 176, 32, False),
        Field("price_band_ppm", 0, 144, 32, False),
        Field("min_order_value", 0, 80, 64, False),
        Field("last_price", 0, 48, 32, False),
        Field("order_count", 0, 16, 32, False),
        Field("best_bid", 1, 224, 32, False),
        Field("best_ask", 1, 192, 32, False),
        Field("free_slot", 1, 160, 32, False),
        Field("next_slot", 1, 128, 32, False),
        Field("next_serial", 1, 80, 48, False),
        Field("open_interest", 1, 16, 64, False),
        Field("symbol", 2, 128, 128, False),
    ),
)
INSTRUMENT: Final = Record(INSTRUMENT_KIND, 12, INSTRUMENT_GROUP, None, 0, "")

# mark. What margin reads of an instrument; same id.
MARK_KIND: Final = 5
MARK_WORDS: Final = 1
MARK_WORDS_MAX: Final = 1
MARK_KIND_GREATEST: Final = 255
MARK_UNDERLYING_GREATEST: Final = 65_535
MARK_TICK_VALUE_GREATEST: Final = 16_777_215
MARK_INDEX_PER_TICK_GREATEST: Final = 18_446_744_073_709_551_615
MARK_INITIAL_MARGIN_PPM_GREATEST: Final = 4_294_967_295
MARK_MAINTENANCE_MARGIN_PPM_GREATEST: Final = 4_294_967_295
MARK_GROUP: Final = Group(
    "mark",
    1,
    (
        Field("version", 0, 248, 8, False),
        Field("kind", 0, 240, 8, False),
        Field("underlying", 0, 224, 16, False),
        Field("tick_value", 0, 200, 24, False),
        Field("index_per_tick", 0, 136, 64, False),
        Field("initial_margin_ppm", 0, 104, 32, False),
        Field("maintenance_margin_ppm", 0, 72, 32, False),
    ),
)
MARK: Final = Record(MARK_KIND, 12, MARK_GROUP, None, 0, "")

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

# By kind; None where the kind is unused.
RECORDS: Final[tuple[Record | None, ...]] = (
    GLOBAL,
    ACCOUNT,
    SESSION,
    UNDERLYING,
    INSTRUMENT,
    MARK,
    ORDER,
    None,
    None,
    None,
    None,
    None,
    None,
    None,
    None,
    None,
)
# Height of the tree of each kind; 0 where the kind is unused.
KIND_HEIGHTS: Final = (0, 22, 24, 8, 12, 12, 30, 0, 0, 0, 0, 0, 0, 0, 0, 0)
# Words of the longest record of each kind; 0 where the kind is unused.
KIND_WORDS_MAX: Final = (15, 34, 2, 1, 3, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0)


def pack_global(
    *,
    version: int,
    clock_ms: int,
    next_account: int,
    next_underlying: int,
    next_instrument: int,
    reporter_count: int,
    reporter_quorum: int,
    reporter_epoch: int,
    fee_pool: int,
    insurance_fund: int,
    domain_separator: int,
) -> bytes:
    """Return the 96 bytes of global. Raises `FieldOverflow`."""
    if (
        (version >> 8)
        | (clock_ms >> 48)
        | (next_account >> 32)
        | (next_underlying >> 16)
        | (next_instrument >> 16)
        | (reporter_count >> 8)
        | (reporter_quorum >> 8)
        | (reporter_epoch >> 32)
        | (fee_pool >> 128)
        | (insurance_fund >> 128)
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
                reporter_count,
                reporter_quorum,
                reporter_epoch,
                fee_pool,
                insurance_fund,
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
                | (reporter_count << 128)
                | (reporter_quorum << 120)
                | (reporter_epoch << 88)
            )
            << 512
        )
        | (((fee_pool << 128) | insurance_fund) << 256)
        | (domain_separator)
    ).to_bytes(96, "big")


def unpack_global(
    data: bytes, offset: int = 0
) -> tuple[int, Milliseconds, int, int, int, int, int, int, MicroUsd, MicroUsd, int]:
    """Return the fields of the global whose first byte is data[offset], in order."""
    w0 = int.from_bytes(data[offset + 0 : offset + 32], "big")
    w1 = int.from_bytes(data[offset + 32 : offset + 64], "big")
    w2 = int.from_bytes(data[offset + 64 : offset + 96], "big")
    return (  # type: ignore[return-value]
        (w0 >> 248),
        ((w0 >> 200) & 0xFFFFFFFFFFFF),
        ((w0 >> 168) & 0xFFFFFFFF),
        ((w0 >> 152) & 0xFFFF),
        ((w0 >> 136) & 0xFFFF),
        ((w0 >> 128) & 0xFF),
        ((w0 >> 120) & 0xFF),
        ((w0 >> 88) & 0xFFFFFFFF),
        (w1 >> 128),
        (w1 & 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF),
        w2,
    )


def pack_global_reporter(
    *,
    address: int,
) -> bytes:
    """Return the 32 bytes of global_reporter. Raises `FieldOverflow`."""
    if address >> 160:
        _overflow(GLOBAL_REPORTER_GROUP, (address,))
    return (address).to_bytes(32, "big")


def unpack_global_reporter(data: bytes, offset: int = 0) -> tuple[int]:
    """Return the fields of the global_reporter whose first byte is data[offset], in order."""
    w0 = int.from_bytes(data[offset + 0 : offset + 32], "big")
    return ((w0 & 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF),)


def pack_account(
    *,
    version: int,
    owner: int,
    position_count: int,
    epoch_counter: int,
    collateral: int,
    withdrawn: int,
) -> bytes:
    """Return the 64 bytes of account. Raises `FieldOverflow`."""
    if (
        (version >> 8)
        | (owner >> 160)
        | (position_count >> 8)
        | (epoch_counter >> 48)
        | ((collateral + 0x80000000000000000000000000000000) >> 128)
        | (withdrawn >> 128)
    ):
        _overflow(
            ACCOUNT_GROUP, (version, owner, position_count, epoch_counter, collateral, withdrawn)
        )
    return (
        (((version << 248) | (owner << 88) | (position_count << 80) | (epoch_counter << 32)) << 256)
        | (((collateral & 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF) << 128) | withdrawn)
    ).to_bytes(64, "big")


def unpack_account(data: bytes, offset: int = 0) -> tuple[int, int, int, int, MicroUsd, MicroUsd]:
    """Return the fields of the account whose first byte is data[offset], in order."""
    w0 = int.from_bytes(data[offset + 0 : offset + 32], "big")
    w1 = int.from_bytes(data[offset + 32 : offset + 64], "big")
    return (  # type: ignore[return-value]
        (w0 >> 248),
        ((w0 >> 88) & 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF),
        ((w0 >> 80) & 0xFF),
        ((w0 >> 32) & 0xFFFFFFFFFFFF),
        (((w1 >> 128) ^ 0x80000000000000000000000000000000) - 0x80000000000000000000000000000000),
        (w1 & 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF),
    )


def pack_account_position(
    *,
    instrument: int,
    open_orders: int,
    epoch: int,
    size: int,
    linked: int,
    reduce_lots: int,
    buy_lots: int,
    sell_lots: int,
    buy_value: int,
    sell_value: int,
) -> bytes:
    """Return the 64 bytes of account_position. Raises `FieldOverflow`."""
    if (
        (instrument >> 16)
        | (open_orders >> 16)
        | (epoch >> 48)
        | ((size + 0x800000000000) >> 48)
        | (linked >> 16)
        | (reduce_lots >> 48)
        | (buy_lots >> 48)
        | (sell_lots >> 48)
        | (buy_value >> 80)
        | (sell_value >> 80)
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
                buy_lots,
                sell_lots,
                buy_value,
                sell_value,
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
            )
            << 256
        )
        | ((buy_lots << 208) | (sell_lots << 160) | (buy_value << 80) | sell_value)
    ).to_bytes(64, "big")


def unpack_account_position(
    data: bytes, offset: int = 0
) -> tuple[int, int, int, Lots, int, Lots, Lots, Lots, TickLots, TickLots]:
    """Return the fields of the account_position whose first byte is data[offset], in order."""
    w0 = int.from_bytes(data[offset + 0 : offset + 32], "big")
    w1 = int.from_bytes(data[offset + 32 : offset + 64], "big")
    return (  # type: ignore[return-value]
        (w0 >> 240),
        ((w0 >> 224) & 0xFFFF),
        ((w0 >> 176) & 0xFFFFFFFFFFFF),
        ((((w0 >> 128) & 0xFFFFFFFFFFFF) ^ 0x800000000000) - 0x800000000000),
        ((w0 >> 112) & 0xFFFF),
        ((w0 >> 64) & 0xFFFFFFFFFFFF),
        (w1 >> 208),
        ((w1 >> 160) & 0xFFFFFFFFFFFF),
        ((w1 >> 80) & 0xFFFFFFFFFFFFFFFFFFFF),
        (w1 & 0xFFFFFFFFFFFFFFFFFFFF),
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
    publish_time_ms: int,
    symbol: int,
) -> bytes:
    """Return the 32 bytes of underlying. Raises `FieldOverflow`."""
    if (version >> 8) | (index_price >> 64) | (publish_time_ms >> 48) | (symbol >> 128):
        _overflow(UNDERLYING_GROUP, (version, index_price, publish_time_ms, symbol))
    return ((version << 248) | (index_price << 184) | (publish_time_ms << 136) | symbol).to_bytes(
        32, "big"
    )


def unpack_underlying(data: bytes, offset: int = 0) -> tuple[int, NanoUsd, Milliseconds, int]:
    """Return the fields of the underlying whose first byte is data[offset], in order."""
    w0 = int.from_bytes(data[offset + 0 : offset + 32], "big")
    return (  # type: ignore[return-value]
        (w0 >> 248),
        ((w0 >> 184) & 0xFFFFFFFFFFFFFFFF),
        ((w0 >> 136) & 0xFFFFFFFFFFFF),
        (w0 & 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF),
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
    best_bid: int,
    best_ask: int,
    free_slot: int,
    next_slot: int,
    next_serial: int,
    open_interest: int,
    symbol: int,
) -> bytes:
    """Return the 96 bytes of instrument. Raises `FieldOverflow`."""
    if (
        (version >> 8)
        | (status >> 8)
        | (maker_fee_ppm >> 32)
        | (taker_fee_ppm >> 32)
        | (price_band_ppm >> 32)
        | (min_order_value >> 64)
        | (last_price >> 32)
        | (order_count >> 32)
        | (best_bid >> 32)
        | (best_ask >> 32)
        | (free_slot >> 32)
        | (next_slot >> 32)
        | (next_serial >> 48)
        | (open_interest >> 64)
        | (symbol >> 128)
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
                best_bid,
                best_ask,
                free_slot,
                next_slot,
                next_serial,
                open_interest,
                symbol,
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
            )
            << 512
        )
        | (
            (
                (best_bid << 224)
                | (best_ask << 192)
                | (free_slot << 160)
                | (next_slot << 128)
                | (next_serial << 80)
                | (open_interest << 16)
            )
            << 256
        )
        | (symbol << 128)
    ).to_bytes(96, "big")


def unpack_instrument(
    data: bytes, offset: int = 0
) -> tuple[int, int, Ppm, Ppm, Ppm, MicroUsd, Ticks, int, int, int, int, int, int, Lots, int]:
    """Return the fields of the instrument whose first byte is data[offset], in order."""
    w0 = int.from_bytes(data[offset + 0 : offset + 32], "big")
    w1 = int.from_bytes(data[offset + 32 : offset + 64], "big")
    w2 = int.from_bytes(data[offset + 64 : offset + 96], "big")
    return (  # type: ignore[return-value]
        (w0 >> 248),
        ((w0 >> 240) & 0xFF),
        ((w0 >> 208) & 0xFFFFFFFF),
        ((w0 >> 176) & 0xFFFFFFFF),
        ((w0 >> 144) & 0xFFFFFFFF),
        ((w0 >> 80) & 0xFFFFFFFFFFFFFFFF),
        ((w0 >> 48) & 0xFFFFFFFF),
        ((w0 >> 16) & 0xFFFFFFFF),
        (w1 >> 224),
        ((w1 >> 192) & 0xFFFFFFFF),
        ((w1 >> 160) & 0xFFFFFFFF),
        ((w1 >> 128) & 0xFFFFFFFF),
        ((w1 >> 80) & 0xFFFFFFFFFFFF),
        ((w1 >> 16) & 0xFFFFFFFFFFFFFFFF),
        (w2 >> 128),
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
) -> bytes:
    """Return the 32 bytes of mark. Raises `FieldOverflow`."""
    if (
        (version >> 8)
        | (kind >> 8)
        | (underlying >> 16)
        | (tick_value >> 24)
        | (index_per_tick >> 64)
        | (initial_margin_ppm >> 32)
        | (maintenance_margin_ppm >> 32)
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
            ),
        )
    return (
        (version << 248)
        | (kind << 240)
        | (underlying << 224)
        | (tick_value << 200)
        | (index_per_tick << 136)
        | (initial_margin_ppm << 104)
        | (maintenance_margin_ppm << 72)
    ).to_bytes(32, "big")


def unpack_mark(
    data: bytes, offset: int = 0
) -> tuple[int, int, int, MicroUsdPerTickPerLot, NanoUsdPerTick, Ppm, Ppm]:
    """Return the fields of the mark whose first byte is data[offset], in order."""
    w0 = int.from_bytes(data[offset + 0 : offset + 32], "big")
    return (  # type: ignore[return-value]
        (w0 >> 248),
        ((w0 >> 240) & 0xFF),
        ((w0 >> 224) & 0xFFFF),
        ((w0 >> 200) & 0xFFFFFF),
        ((w0 >> 136) & 0xFFFFFFFFFFFFFFFF),
        ((w0 >> 104) & 0xFFFFFFFF),
        ((w0 >> 72) & 0xFFFFFFFF),
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
