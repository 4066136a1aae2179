"""Encoders of all that travels. Generated from proto/operations.toml: do not edit.

An encoder refuses what does not fit a field, with `FieldOverflow` or `WrongLength`, and nothing
else: whether an op means anything is the law's business.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

from strikeproof.wire.constants import (
    ACTION_TYPEHASH,
    ATTEST_TYPEHASH,
    BID_TYPEHASH,
    BLOCK_CONSENT_TYPEHASH,
    BLOCK_LEG_TYPEHASH,
    BLOCK_TRADE_TYPEHASH,
    BUNDLE_TYPEHASH,
    CREDIT_TYPEHASH,
    DATA_KIND_LOGS,
    EIP712_DOMAIN_TYPEHASH,
    FORCED_CLOSE_TYPEHASH,
    HEADER_VERSION,
    INDEX_PRICE_TYPEHASH,
    QUOTE_ACCESS_TYPEHASH,
    RECEIPT_GROUP_TYPEHASH,
    RECEIPT_TYPEHASH,
    SET_CANCEL_AT_TYPEHASH,
    SET_GUARD_TYPEHASH,
    SET_MARGIN_MODE_TYPEHASH,
    SET_PROTECTION_TYPEHASH,
    SET_SESSION_TYPEHASH,
    SET_TRIGGER_TYPEHASH,
    SETTLE_EXPIRY_TYPEHASH,
    SURFACE_TYPEHASH,
    WITHDRAW_TYPEHASH,
    ActionKind,
    GovernanceAction,
    MessageKind,
    OpType,
)
from strikeproof.wire.layout import FieldOverflow
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
    Ticks,
)


class WrongLength(ValueError):
    """Bytes that are not as many as their field holds."""

    def __init__(self, field: str, expected: int, found: int) -> None:
        super().__init__(f"{field}: {expected} bytes are needed, not {found}")
        self.field = field
        self.expected = expected
        self.found = found


@dataclass(frozen=True, slots=True)
class TypedField:
    """A field of an EIP-712 struct; `source` is its name in Python."""

    name: str
    type: str
    source: str


@dataclass(frozen=True, slots=True)
class TypedStruct:
    """An EIP-712 struct; `inner` are the structs that it contains."""

    name: str
    typehash: bytes
    fields: tuple[TypedField, ...]
    inner: "tuple[TypedStruct, ...]" = ()


def _overflow(layout: str, fields: Sequence[tuple[str, int, int, bool]]) -> NoReturn:
    for name, value, bits, signed in fields:
        if not -(signed << bits - 1) <= value < 1 << bits - signed:
            raise FieldOverflow(f"{layout}.{name}", value)
    raise AssertionError("no field overflows")


def _integers(field: str, values: Sequence[int], size: int) -> bytes:
    for value in values:
        if value >> 8 * size:
            raise FieldOverflow(field, value)
    return b"".join([value.to_bytes(size, "big") for value in values])


def _sized(field: str, values: Sequence[bytes], size: int) -> bytes:
    for value in values:
        if len(value) != size:
            raise WrongLength(field, size, len(value))
    return b"".join(values)


def _prefixed(field: str, values: Sequence[bytes], size: int) -> bytes:
    for value in values:
        if len(value) >> 8 * size:
            raise FieldOverflow(field, len(value))
    return b"".join([len(value).to_bytes(size, "big") + value for value in values])


# Signatures are compact: r, then s with the parity on top.
SIGNATURE_BYTES: Final = 64

# op. Ops follow one another in a segment; what is left after the last whole op is ignored.
OP_HEAD_BYTES: Final = 3
OP_BODY_OFFSET: Final = 1

# The family of an op of type t: three bits at bit 3 * t, 0 if there is none.
OP_FAMILIES_PACKED: Final = 361070711602009610655712910414388883857380732983476764762061256968

# op bundle. A user's signed list of actions.
OP_BUNDLE_HEAD_BYTES: Final = 25
OP_BUNDLE_TAIL_BYTES: Final = 72
OP_BUNDLE_SESSION_OFFSET: Final = 4
OP_BUNDLE_NONCE_OFFSET: Final = 5
OP_BUNDLE_EXPIRY_MS_OFFSET: Final = 13
OP_BUNDLE_MAX_FEE_PPM_OFFSET: Final = 19
OP_BUNDLE_ATOMIC_OFFSET: Final = 23
OP_BUNDLE_ACTIONS_OFFSET: Final = 24

# op withdraw. The owner takes collateral out; session 0.
OP_WITHDRAW_BYTES: Final = 98
OP_WITHDRAW_UNSIGNED_BYTES: Final = 34
OP_WITHDRAW_BITS_PACKED: Final = 275954810912
OP_WITHDRAW_NONCE_OFFSET: Final = 4
OP_WITHDRAW_EXPIRY_MS_OFFSET: Final = 12
OP_WITHDRAW_AMOUNT_MICRO_USD_OFFSET: Final = 18
OP_WITHDRAW_MAX_L1_FEE_MICRO_USD_OFFSET: Final = 26
OP_WITHDRAW_SIGNATURE_OFFSET: Final = 34

# op set_session. The owner gives a session slot a key, or takes it away; session 0.
OP_SET_SESSION_BYTES: Final = 118
OP_SET_SESSION_UNSIGNED_BYTES: Final = 54
OP_SET_SESSION_BITS_PACKED: Final = 4625206300734668832
OP_SET_SESSION_NONCE_OFFSET: Final = 4
OP_SET_SESSION_EXPIRY_MS_OFFSET: Final = 12
OP_SET_SESSION_SLOT_OFFSET: Final = 18
OP_SET_SESSION_KEY_OFFSET: Final = 19
OP_SET_SESSION_SCOPE_OFFSET: Final = 39
OP_SET_SESSION_SESSION_EXPIRY_MS_OFFSET: Final = 40
OP_SET_SESSION_MAX_L1_FEE_MICRO_USD_OFFSET: Final = 46
OP_SET_SESSION_SIGNATURE_OFFSET: Final = 54

# op index_price. Reporters' prices of an underlying; the law takes their median.
OP_INDEX_PRICE_HEAD_BYTES: Final = 9
OP_INDEX_PRICE_PUBLISH_TIME_MS_OFFSET: Final = 2
OP_INDEX_PRICE_REPORTS_OFFSET: Final = 8

# op sweep. Slots of an instrument that may hold orders which are gone.
OP_SWEEP_HEAD_BYTES: Final = 3
OP_SWEEP_SLOTS_OFFSET: Final = 2

# op set_guard. The owner sets a guard key, announces or stops its removal, or removes it;
# session 0.
OP_SET_GUARD_BYTES: Final = 111
OP_SET_GUARD_UNSIGNED_BYTES: Final = 47
OP_SET_GUARD_BITS_PACKED: Final = 71056076324896
OP_SET_GUARD_NONCE_OFFSET: Final = 4
OP_SET_GUARD_EXPIRY_MS_OFFSET: Final = 12
OP_SET_GUARD_MODE_OFFSET: Final = 18
OP_SET_GUARD_KEY_OFFSET: Final = 19
OP_SET_GUARD_MAX_L1_FEE_MICRO_USD_OFFSET: Final = 39
OP_SET_GUARD_SIGNATURE_OFFSET: Final = 47

# op set_margin_mode. The owner chooses portfolio margin on an underlying, or standard margin;
# session 0.
OP_SET_MARGIN_MODE_BYTES: Final = 92
OP_SET_MARGIN_MODE_UNSIGNED_BYTES: Final = 28
OP_SET_MARGIN_MODE_BITS_PACKED: Final = 275149504544
OP_SET_MARGIN_MODE_NONCE_OFFSET: Final = 4
OP_SET_MARGIN_MODE_EXPIRY_MS_OFFSET: Final = 12
OP_SET_MARGIN_MODE_UNDERLYING_OFFSET: Final = 18
OP_SET_MARGIN_MODE_MAX_L1_FEE_MICRO_USD_OFFSET: Final = 20
OP_SET_MARGIN_MODE_SIGNATURE_OFFSET: Final = 28

# op revalue. An account under portfolio margin gets a margin certificate; or is auctioned if it
# no longer meets it, or comes under standard margin. No account signs.
OP_REVALUE_BYTES: Final = 4

# op block_trade. A trade of up to eight legs that two accounts agreed on, all of it or none.
OP_BLOCK_TRADE_HEAD_BYTES: Final = 111
OP_BLOCK_TRADE_TAIL_BYTES: Final = 72
OP_BLOCK_TRADE_SESSION_OFFSET: Final = 4
OP_BLOCK_TRADE_NONCE_OFFSET: Final = 5
OP_BLOCK_TRADE_EXPIRY_MS_OFFSET: Final = 13
OP_BLOCK_TRADE_MAX_FEE_PPM_OFFSET: Final = 19
OP_BLOCK_TRADE_COUNTERPARTY_OFFSET: Final = 23
OP_BLOCK_TRADE_COUNTERPARTY_SESSION_OFFSET: Final = 27
OP_BLOCK_TRADE_COUNTERPARTY_NONCE_OFFSET: Final = 28
OP_BLOCK_TRADE_COUNTERPARTY_EXPIRY_MS_OFFSET: Final = 36
OP_BLOCK_TRADE_COUNTERPARTY_MAX_FEE_PPM_OFFSET: Final = 42
OP_BLOCK_TRADE_COUNTERPARTY_SIGNATURE_OFFSET: Final = 46
OP_BLOCK_TRADE_LEGS_OFFSET: Final = 110

# op set_protection. What the account's orders on an underlying may fill within a window before
# all of them are dead.
OP_SET_PROTECTION_BYTES: Final = 122
OP_SET_PROTECTION_UNSIGNED_BYTES: Final = 58
OP_SET_PROTECTION_BITS_PACKED: Final = 77674667393206856559101984
OP_SET_PROTECTION_SESSION_OFFSET: Final = 4
OP_SET_PROTECTION_NONCE_OFFSET: Final = 5
OP_SET_PROTECTION_EXPIRY_MS_OFFSET: Final = 13
OP_SET_PROTECTION_UNDERLYING_OFFSET: Final = 19
OP_SET_PROTECTION_WINDOW_MS_OFFSET: Final = 21
OP_SET_PROTECTION_FREEZE_MS_OFFSET: Final = 25
OP_SET_PROTECTION_LOTS_MAX_OFFSET: Final = 29
OP_SET_PROTECTION_DELTA_MAX_OFFSET: Final = 34
OP_SET_PROTECTION_VEGA_MAX_OFFSET: Final = 42
OP_SET_PROTECTION_MAX_L1_FEE_MICRO_USD_OFFSET: Final = 50
OP_SET_PROTECTION_SIGNATURE_OFFSET: Final = 58

# op set_trigger. Places, replaces or takes back a trigger: an order that waits for a price.
OP_SET_TRIGGER_BYTES: Final = 133
OP_SET_TRIGGER_UNSIGNED_BYTES: Final = 69
OP_SET_TRIGGER_BITS_PACKED: Final = 21863391957135720696165837976799660738592
OP_SET_TRIGGER_SESSION_OFFSET: Final = 4
OP_SET_TRIGGER_NONCE_OFFSET: Final = 5
OP_SET_TRIGGER_EXPIRY_MS_OFFSET: Final = 13
OP_SET_TRIGGER_INSTRUMENT_OFFSET: Final = 19
OP_SET_TRIGGER_PLACE_OFFSET: Final = 21
OP_SET_TRIGGER_SELL_OFFSET: Final = 22
OP_SET_TRIGGER_REDUCE_ONLY_OFFSET: Final = 23
OP_SET_TRIGGER_FALLING_OFFSET: Final = 24
OP_SET_TRIGGER_BY_MARK_OFFSET: Final = 25
OP_SET_TRIGGER_TRIGGER_PRICE_OFFSET: Final = 26
OP_SET_TRIGGER_LIMIT_OFFSET: Final = 34
OP_SET_TRIGGER_LOTS_OFFSET: Final = 38
OP_SET_TRIGGER_MAX_FEE_PPM_OFFSET: Final = 43
OP_SET_TRIGGER_TRIGGER_EXPIRY_MS_OFFSET: Final = 47
OP_SET_TRIGGER_CLIENT_ID_OFFSET: Final = 53
OP_SET_TRIGGER_MAX_L1_FEE_MICRO_USD_OFFSET: Final = 61
OP_SET_TRIGGER_SIGNATURE_OFFSET: Final = 69

# op attest. Attesters say the tier of an account; no account signs.
OP_ATTEST_HEAD_BYTES: Final = 18
OP_ATTEST_TIER_OFFSET: Final = 4
OP_ATTEST_TIER_EXPIRY_MS_OFFSET: Final = 5
OP_ATTEST_ATTESTED_MS_OFFSET: Final = 11
OP_ATTEST_ATTESTATIONS_OFFSET: Final = 17

# op bid. Takes a fraction of every position of a portfolio that is auctioned, at marks, and is
# paid the discount.
OP_BID_BYTES: Final = 109
OP_BID_UNSIGNED_BYTES: Final = 45
OP_BID_BITS_PACKED: Final = 1182906523840686327840
OP_BID_SESSION_OFFSET: Final = 4
OP_BID_NONCE_OFFSET: Final = 5
OP_BID_EXPIRY_MS_OFFSET: Final = 13
OP_BID_SELLER_OFFSET: Final = 19
OP_BID_AUCTION_MS_OFFSET: Final = 23
OP_BID_FRACTION_PPM_OFFSET: Final = 29
OP_BID_DISCOUNT_PPM_OFFSET: Final = 33
OP_BID_MAX_L1_FEE_MICRO_USD_OFFSET: Final = 37
OP_BID_SIGNATURE_OFFSET: Final = 45

# op forced_close. The owner leaves a position within the band, from the inbox only: what the
# book does not take the house may.
OP_FORCED_CLOSE_BYTES: Final = 89
OP_FORCED_CLOSE_UNSIGNED_BYTES: Final = 25
OP_FORCED_CLOSE_BITS_PACKED: Final = 172070289440
OP_FORCED_CLOSE_NONCE_OFFSET: Final = 4
OP_FORCED_CLOSE_EXPIRY_MS_OFFSET: Final = 12
OP_FORCED_CLOSE_INSTRUMENT_OFFSET: Final = 18
OP_FORCED_CLOSE_LOTS_OFFSET: Final = 20
OP_FORCED_CLOSE_SIGNATURE_OFFSET: Final = 25

# op set_cancel_at. The account's orders are dead from a time on, unless it is moved ahead.
OP_SET_CANCEL_AT_BYTES: Final = 97
OP_SET_CANCEL_AT_UNSIGNED_BYTES: Final = 33
OP_SET_CANCEL_AT_BITS_PACKED: Final = 70575712110624
OP_SET_CANCEL_AT_SESSION_OFFSET: Final = 4
OP_SET_CANCEL_AT_NONCE_OFFSET: Final = 5
OP_SET_CANCEL_AT_EXPIRY_MS_OFFSET: Final = 13
OP_SET_CANCEL_AT_CANCEL_AT_MS_OFFSET: Final = 19
OP_SET_CANCEL_AT_MAX_L1_FEE_MICRO_USD_OFFSET: Final = 25
OP_SET_CANCEL_AT_SIGNATURE_OFFSET: Final = 33

# op attest_credit. Attesters say the credit of an account, and its guarantor consents; or they
# take it away.
OP_ATTEST_CREDIT_HEAD_BYTES: Final = 25
OP_ATTEST_CREDIT_LIMIT_MICRO_USD_OFFSET: Final = 4
OP_ATTEST_CREDIT_CREDIT_MINUTES_OFFSET: Final = 12
OP_ATTEST_CREDIT_GUARANTOR_OFFSET: Final = 14
OP_ATTEST_CREDIT_CREDITED_MS_OFFSET: Final = 18
OP_ATTEST_CREDIT_ATTESTATIONS_OFFSET: Final = 24

# op release_credit. Credit that has ended goes back to its guarantor; no account signs.
OP_RELEASE_CREDIT_BYTES: Final = 4

# op liquidate. A position of an account below maintenance is closed in part.
OP_LIQUIDATE_BYTES: Final = 6
OP_LIQUIDATE_INSTRUMENT_OFFSET: Final = 4

# op unwind. The house of an instrument trades out through the book.
OP_UNWIND_BYTES: Final = 2

# op fire_trigger. A trigger whose price has come becomes an order, and one that is dead is
# emptied.
OP_FIRE_TRIGGER_BYTES: Final = 7
OP_FIRE_TRIGGER_INSTRUMENT_OFFSET: Final = 4
OP_FIRE_TRIGGER_PLACE_OFFSET: Final = 6

# op funding. A sample of a perpetual's funding: the premium of its book over the mark moves its
# index.
OP_FUNDING_BYTES: Final = 2

# op deleverage. The house's lots are closed against the other side, pro rata.
OP_DELEVERAGE_BYTES: Final = 2

# op announce_orphan. An underlying without a price for a day is announced an orphan.
OP_ANNOUNCE_ORPHAN_BYTES: Final = 2

# op settle_orphan. An instrument of an orphaned underlying is settled at the last price.
OP_SETTLE_ORPHAN_BYTES: Final = 2

# op settle_position. A position in a settled instrument becomes cash.
OP_SETTLE_POSITION_BYTES: Final = 6
OP_SETTLE_POSITION_INSTRUMENT_OFFSET: Final = 4

# op surface. Reporters' forward of an expiry, of which the law takes the median, and the surface
# that all of them sign.
OP_SURFACE_HEAD_BYTES: Final = 71
OP_SURFACE_PUBLISH_TIME_MS_OFFSET: Final = 2
OP_SURFACE_SVI_A_OFFSET: Final = 8
OP_SURFACE_SVI_B_OFFSET: Final = 16
OP_SURFACE_SVI_RHO_OFFSET: Final = 24
OP_SURFACE_SVI_M_OFFSET: Final = 32
OP_SURFACE_SVI_SIGMA_OFFSET: Final = 40
OP_SURFACE_SVI_FORWARD_OFFSET: Final = 48
OP_SURFACE_SVI_TIME_MS_OFFSET: Final = 56
OP_SURFACE_RATE_PPM_OFFSET: Final = 62
OP_SURFACE_CONFIDENCE_PPM_OFFSET: Final = 66
OP_SURFACE_REPORTS_OFFSET: Final = 70

# op reprice. Marks and Greeks of a strike's call and put, from the surface of their expiry; once
# it is settled, their settlement.
OP_REPRICE_BYTES: Final = 2

# op expiry_sample. The index is added to the average of an expiry's last half hour.
OP_EXPIRY_SAMPLE_BYTES: Final = 2

# op settle_expiry. Reporters' settlement prices of an expiry; the law takes their median.
OP_SETTLE_EXPIRY_HEAD_BYTES: Final = 3
OP_SETTLE_EXPIRY_REPORTS_OFFSET: Final = 2

# action. An unknown kind makes the whole bundle MALFORMED.
ACTION_HEAD_BYTES: Final = 1
ACTION_BYTES_PACKED: Final = 61731616135936

# action place. A new order.
ACTION_PLACE_BYTES: Final = 27
ACTION_PLACE_INSTRUMENT_OFFSET: Final = 1
ACTION_PLACE_FLAGS_OFFSET: Final = 3
ACTION_PLACE_PRICE_OFFSET: Final = 4
ACTION_PLACE_LOTS_OFFSET: Final = 8
ACTION_PLACE_EXPIRY_MS_OFFSET: Final = 13
ACTION_PLACE_CLIENT_ID_OFFSET: Final = 19

# action cancel. One order out.
ACTION_CANCEL_BYTES: Final = 13
ACTION_CANCEL_INSTRUMENT_OFFSET: Final = 1
ACTION_CANCEL_SLOT_OFFSET: Final = 3
ACTION_CANCEL_SERIAL_OFFSET: Final = 7

# action cancel_all. All orders of an instrument out.
ACTION_CANCEL_ALL_BYTES: Final = 3
ACTION_CANCEL_ALL_INSTRUMENT_OFFSET: Final = 1

# action replace. New terms for a resting order.
ACTION_REPLACE_BYTES: Final = 37
ACTION_REPLACE_INSTRUMENT_OFFSET: Final = 1
ACTION_REPLACE_SLOT_OFFSET: Final = 3
ACTION_REPLACE_SERIAL_OFFSET: Final = 7
ACTION_REPLACE_FLAGS_OFFSET: Final = 13
ACTION_REPLACE_PRICE_OFFSET: Final = 14
ACTION_REPLACE_LOTS_OFFSET: Final = 18
ACTION_REPLACE_EXPIRY_MS_OFFSET: Final = 23
ACTION_REPLACE_CLIENT_ID_OFFSET: Final = 29

# action quote. A bid and an ask of one instrument, each instead of a resting order or as a new
# one. Signed as two actions of this kind, the bid before the ask.
ACTION_QUOTE_BYTES: Final = 56
ACTION_QUOTE_INSTRUMENT_OFFSET: Final = 1
ACTION_QUOTE_FLAGS_OFFSET: Final = 3
ACTION_QUOTE_EXPIRY_MS_OFFSET: Final = 4
ACTION_QUOTE_CLIENT_ID_OFFSET: Final = 10
ACTION_QUOTE_BID_SLOT_OFFSET: Final = 18
ACTION_QUOTE_BID_SERIAL_OFFSET: Final = 22
ACTION_QUOTE_BID_PRICE_OFFSET: Final = 28
ACTION_QUOTE_BID_LOTS_OFFSET: Final = 32
ACTION_QUOTE_ASK_SLOT_OFFSET: Final = 37
ACTION_QUOTE_ASK_SERIAL_OFFSET: Final = 41
ACTION_QUOTE_ASK_PRICE_OFFSET: Final = 47
ACTION_QUOTE_ASK_LOTS_OFFSET: Final = 51

# message. A message of the Inbox: L1 numbers it and fixes sender and time.
MESSAGE_HEAD_BYTES: Final = 27
MESSAGE_SENDER_OFFSET: Final = 1
MESSAGE_TIME_MS_OFFSET: Final = 21

# message register. A new account and its session 0, the owner's.
MESSAGE_REGISTER_BYTES: Final = 24
MESSAGE_REGISTER_OWNER_OFFSET: Final = 4

# message deposit. Collateral arrived.
MESSAGE_DEPOSIT_BYTES: Final = 20
MESSAGE_DEPOSIT_AMOUNT_MICRO_USD_OFFSET: Final = 4

# message user_op. An op forced through L1; an owner's may come without its signature.
MESSAGE_USER_OP_HEAD_BYTES: Final = 0

# message governance. Listing, parameters, reporters.
MESSAGE_GOVERNANCE_HEAD_BYTES: Final = 0

# message l1_report. What a unit of gas cost in the block of the report, in wei; above 2^63 it
# counts as 2^63.
MESSAGE_L1_REPORT_BYTES: Final = 16
MESSAGE_L1_REPORT_BLOB_BASE_FEE_WEI_OFFSET: Final = 8

# message pay_in. Anyone's payment into a pool of the venue.
MESSAGE_PAY_IN_BYTES: Final = 17
MESSAGE_PAY_IN_AMOUNT_MICRO_USD_OFFSET: Final = 1

# governance. The payload of a GOVERNANCE message; an empty one is MALFORMED.
GOVERNANCE_HEAD_BYTES: Final = 1

# governance list_underlying. A new underlying; it gets the next id.
GOVERNANCE_LIST_UNDERLYING_BYTES: Final = 17
GOVERNANCE_LIST_UNDERLYING_SYMBOL_OFFSET: Final = 1

# governance list_instrument. A new instrument, ACTIVE; it gets the next id.
GOVERNANCE_LIST_INSTRUMENT_BYTES: Final = 90
GOVERNANCE_LIST_INSTRUMENT_UNDERLYING_OFFSET: Final = 1
GOVERNANCE_LIST_INSTRUMENT_KIND_OFFSET: Final = 3
GOVERNANCE_LIST_INSTRUMENT_TICK_VALUE_MICRO_USD_OFFSET: Final = 4
GOVERNANCE_LIST_INSTRUMENT_INDEX_PER_TICK_NANO_USD_OFFSET: Final = 7
GOVERNANCE_LIST_INSTRUMENT_INITIAL_MARGIN_PPM_OFFSET: Final = 15
GOVERNANCE_LIST_INSTRUMENT_MAINTENANCE_MARGIN_PPM_OFFSET: Final = 19
GOVERNANCE_LIST_INSTRUMENT_MAKER_FEE_PPM_OFFSET: Final = 23
GOVERNANCE_LIST_INSTRUMENT_TAKER_FEE_PPM_OFFSET: Final = 27
GOVERNANCE_LIST_INSTRUMENT_PRICE_BAND_PPM_OFFSET: Final = 31
GOVERNANCE_LIST_INSTRUMENT_MIN_ORDER_VALUE_MICRO_USD_OFFSET: Final = 35
GOVERNANCE_LIST_INSTRUMENT_SYMBOL_OFFSET: Final = 43
GOVERNANCE_LIST_INSTRUMENT_LIQUIDATION_FEE_PPM_OFFSET: Final = 59
GOVERNANCE_LIST_INSTRUMENT_HOUSE_MARGIN_PPM_OFFSET: Final = 63
GOVERNANCE_LIST_INSTRUMENT_FUNDING_CAP_PPM_OFFSET: Final = 67
GOVERNANCE_LIST_INSTRUMENT_FUNDING_INTEREST_PPM_OFFSET: Final = 71
GOVERNANCE_LIST_INSTRUMENT_FUNDING_TAU_MS_OFFSET: Final = 75
GOVERNANCE_LIST_INSTRUMENT_IMPACT_VALUE_MICRO_USD_OFFSET: Final = 79
GOVERNANCE_LIST_INSTRUMENT_TIER_OFFSET: Final = 87
GOVERNANCE_LIST_INSTRUMENT_EXPIRY_OFFSET: Final = 88

# governance set_instrument. New parameters and status of an instrument.
GOVERNANCE_SET_INSTRUMENT_BYTES: Final = 63
GOVERNANCE_SET_INSTRUMENT_INSTRUMENT_OFFSET: Final = 1
GOVERNANCE_SET_INSTRUMENT_STATUS_OFFSET: Final = 3
GOVERNANCE_SET_INSTRUMENT_INITIAL_MARGIN_PPM_OFFSET: Final = 4
GOVERNANCE_SET_INSTRUMENT_MAINTENANCE_MARGIN_PPM_OFFSET: Final = 8
GOVERNANCE_SET_INSTRUMENT_MAKER_FEE_PPM_OFFSET: Final = 12
GOVERNANCE_SET_INSTRUMENT_TAKER_FEE_PPM_OFFSET: Final = 16
GOVERNANCE_SET_INSTRUMENT_PRICE_BAND_PPM_OFFSET: Final = 20
GOVERNANCE_SET_INSTRUMENT_MIN_ORDER_VALUE_MICRO_USD_OFFSET: Final = 24
GOVERNANCE_SET_INSTRUMENT_LIQUIDATION_FEE_PPM_OFFSET: Final = 32
GOVERNANCE_SET_INSTRUMENT_HOUSE_MARGIN_PPM_OFFSET: Final = 36
GOVERNANCE_SET_INSTRUMENT_FUNDING_CAP_PPM_OFFSET: Final = 40
GOVERNANCE_SET_INSTRUMENT_FUNDING_INTEREST_PPM_OFFSET: Final = 44
GOVERNANCE_SET_INSTRUMENT_FUNDING_TAU_MS_OFFSET: Final = 48
GOVERNANCE_SET_INSTRUMENT_IMPACT_VALUE_MICRO_USD_OFFSET: Final = 52
GOVERNANCE_SET_INSTRUMENT_TIER_OFFSET: Final = 60
GOVERNANCE_SET_INSTRUMENT_SUCCESSOR_OFFSET: Final = 61

# governance set_reporters. The reporters and their quorum; raises reporter_epoch.
GOVERNANCE_SET_REPORTERS_HEAD_BYTES: Final = 3
GOVERNANCE_SET_REPORTERS_QUORUM_OFFSET: Final = 1
GOVERNANCE_SET_REPORTERS_REPORTERS_OFFSET: Final = 2

# governance set_latency. How margins grow with the age of a price; slopes of underlyings follow
# with their next price.
GOVERNANCE_SET_LATENCY_BYTES: Final = 17
GOVERNANCE_SET_LATENCY_SLOPE_FACTOR_PPM_OFFSET: Final = 1
GOVERNANCE_SET_LATENCY_SLOPE_LEAST_PPM_OFFSET: Final = 5
GOVERNANCE_SET_LATENCY_SLOPE_MOST_PPM_OFFSET: Final = 9
GOVERNANCE_SET_LATENCY_VARIANCE_TAU_MS_OFFSET: Final = 13

# governance set_eth. The underlying whose index turns wei into USD: what L1 takes for an op's
# bytes is charged to its account.
GOVERNANCE_SET_ETH_BYTES: Final = 3
GOVERNANCE_SET_ETH_UNDERLYING_OFFSET: Final = 1

# governance pay_out. Money of a pool to an account; it leaves the venue by Withdraw alone.
GOVERNANCE_PAY_OUT_BYTES: Final = 22
GOVERNANCE_PAY_OUT_POOL_OFFSET: Final = 1
GOVERNANCE_PAY_OUT_ACCOUNT_OFFSET: Final = 2
GOVERNANCE_PAY_OUT_AMOUNT_MICRO_USD_OFFSET: Final = 6

# governance list_expiry. A new expiry of an underlying; it gets the next id.
GOVERNANCE_LIST_EXPIRY_BYTES: Final = 13
GOVERNANCE_LIST_EXPIRY_UNDERLYING_OFFSET: Final = 1
GOVERNANCE_LIST_EXPIRY_EXPIRY_MS_OFFSET: Final = 3
GOVERNANCE_LIST_EXPIRY_FORWARD_PPB_OFFSET: Final = 9

# governance list_options. A call and a put, ACTIVE, not priced yet; the call gets the next id,
# the put the one behind it. The funding terms are read by nothing.
GOVERNANCE_LIST_OPTIONS_BYTES: Final = 107
GOVERNANCE_LIST_OPTIONS_EXPIRY_OFFSET: Final = 1
GOVERNANCE_LIST_OPTIONS_STRIKE_OFFSET: Final = 3
GOVERNANCE_LIST_OPTIONS_TICK_VALUE_MICRO_USD_OFFSET: Final = 7
GOVERNANCE_LIST_OPTIONS_INDEX_PER_TICK_NANO_USD_OFFSET: Final = 10
GOVERNANCE_LIST_OPTIONS_INITIAL_MARGIN_PPM_OFFSET: Final = 18
GOVERNANCE_LIST_OPTIONS_MAINTENANCE_MARGIN_PPM_OFFSET: Final = 22
GOVERNANCE_LIST_OPTIONS_MAKER_FEE_PPM_OFFSET: Final = 26
GOVERNANCE_LIST_OPTIONS_TAKER_FEE_PPM_OFFSET: Final = 30
GOVERNANCE_LIST_OPTIONS_PRICE_BAND_PPM_OFFSET: Final = 34
GOVERNANCE_LIST_OPTIONS_MIN_ORDER_VALUE_MICRO_USD_OFFSET: Final = 38
GOVERNANCE_LIST_OPTIONS_CALL_SYMBOL_OFFSET: Final = 46
GOVERNANCE_LIST_OPTIONS_PUT_SYMBOL_OFFSET: Final = 62
GOVERNANCE_LIST_OPTIONS_LIQUIDATION_FEE_PPM_OFFSET: Final = 78
GOVERNANCE_LIST_OPTIONS_HOUSE_MARGIN_PPM_OFFSET: Final = 82
GOVERNANCE_LIST_OPTIONS_FUNDING_CAP_PPM_OFFSET: Final = 86
GOVERNANCE_LIST_OPTIONS_FUNDING_INTEREST_PPM_OFFSET: Final = 90
GOVERNANCE_LIST_OPTIONS_FUNDING_TAU_MS_OFFSET: Final = 94
GOVERNANCE_LIST_OPTIONS_IMPACT_VALUE_MICRO_USD_OFFSET: Final = 98
GOVERNANCE_LIST_OPTIONS_TIER_OFFSET: Final = 106

# governance set_attesters. The attesters and their quorum; with a quorum of 0 nobody attests.
GOVERNANCE_SET_ATTESTERS_HEAD_BYTES: Final = 3
GOVERNANCE_SET_ATTESTERS_QUORUM_OFFSET: Final = 1
GOVERNANCE_SET_ATTESTERS_ATTESTERS_OFFSET: Final = 2

# block_leg. One leg of a BlockTrade, as its submitter sees it.
BLOCK_LEG_BYTES: Final = 12
BLOCK_LEG_SELL_OFFSET: Final = 2
BLOCK_LEG_PRICE_OFFSET: Final = 3
BLOCK_LEG_LOTS_OFFSET: Final = 7

# attestation. One attester's signature of an Attest.
ATTESTATION_BYTES: Final = 65
ATTESTATION_SIGNATURE_OFFSET: Final = 1

# credit_attestation. One attester's signature of an AttestCredit.
CREDIT_ATTESTATION_BYTES: Final = 65
CREDIT_ATTESTATION_SIGNATURE_OFFSET: Final = 1

# report. One reporter's price in an IndexPrice.
REPORT_BYTES: Final = 73
REPORT_PRICE_NANO_USD_OFFSET: Final = 1
REPORT_SIGNATURE_OFFSET: Final = 9

# forward_report. One reporter's forward in a Surface.
FORWARD_REPORT_BYTES: Final = 73
FORWARD_REPORT_FORWARD_PPB_OFFSET: Final = 1
FORWARD_REPORT_SIGNATURE_OFFSET: Final = 9

# settlement_report. One reporter's settlement price in a SettleExpiry.
SETTLEMENT_REPORT_BYTES: Final = 73
SETTLEMENT_REPORT_PRICE_NANO_USD_OFFSET: Final = 1
SETTLEMENT_REPORT_SIGNATURE_OFFSET: Final = 9

# header. What a batch fixes besides its segments.
HEADER_BYTES: Final = 174
HEADER_LAW_ID_OFFSET: Final = 1
HEADER_DATA_KIND_OFFSET: Final = 33
HEADER_NUMBER_OFFSET: Final = 34
HEADER_PARENT_HASH_OFFSET: Final = 42
HEADER_SEQUENCER_EPOCH_OFFSET: Final = 74
HEADER_TIME_MS_OFFSET: Final = 78
HEADER_INBOX_END_OFFSET: Final = 84
HEADER_INBOX_ROLLING_OFFSET: Final = 92
HEADER_EXIT_END_OFFSET: Final = 124
HEADER_EXIT_ROLLING_OFFSET: Final = 132
HEADER_JOINED_OFFSET: Final = 164
HEADER_SEGMENT_COUNT_OFFSET: Final = 172

# segment. Ordered ops of a family, their time, and what they may weigh; at most
# SEGMENT_BYTES_MAX bytes.
SEGMENT_HEAD_BYTES: Final = 13
SEGMENT_TIME_MS_OFFSET: Final = 1
SEGMENT_DECLARED_COMPUTE_OFFSET: Final = 7
SEGMENT_DECLARED_WITNESS_OFFSET: Final = 10
SEGMENT_OPS_OFFSET: Final = 13

# batch. The data of postBatch.
BATCH_HEAD_BYTES: Final = 174
BATCH_SEGMENTS_OFFSET: Final = 174

# ordered_input. The law's input for a segment of ordered ops: the segment, with the header's
# time behind its first byte.
ORDERED_INPUT_HEAD_BYTES: Final = 19
ORDERED_INPUT_HEADER_TIME_MS_OFFSET: Final = 1
ORDERED_INPUT_TIME_MS_OFFSET: Final = 7
ORDERED_INPUT_DECLARED_COMPUTE_OFFSET: Final = 13
ORDERED_INPUT_DECLARED_WITNESS_OFFSET: Final = 16
ORDERED_INPUT_OPS_OFFSET: Final = 19

# message_input. The law's input for messages of the inbox.
MESSAGE_INPUT_HEAD_BYTES: Final = 8
MESSAGE_INPUT_HEADER_TIME_MS_OFFSET: Final = 1
MESSAGE_INPUT_MESSAGE_FAMILY_OFFSET: Final = 7
MESSAGE_INPUT_MESSAGES_OFFSET: Final = 8
_LOTS_0: Final = Lots(0)
_MICROUSD_0: Final = MicroUsd(0)
_MICROUSD_1: Final = MicroUsd(1)
_MILLISECONDS_0: Final = Milliseconds(0)
_NANOUSD_0: Final = NanoUsd(0)
_PPM_0: Final = Ppm(0)
_PPM_1: Final = Ppm(1)
_TICKS_0: Final = Ticks(0)

# EIP-712: the domain, and what users, reporters and the sequencer sign.
DOMAIN_NAME: Final = "Strikeproof"
DOMAIN_VERSION: Final = "1"
# The domain: verifyingContract is the Rollup.
EIP712_DOMAIN_STRUCT: Final = TypedStruct(
    "EIP712Domain",
    EIP712_DOMAIN_TYPEHASH,
    (
        TypedField("name", "string", "name"),
        TypedField("version", "string", "version"),
        TypedField("chainId", "uint256", "chainId"),
        TypedField("verifyingContract", "address", "verifyingContract"),
    ),
    (),
)
# One readable shape for every action; fields that an action lacks are zero. A quote is two of
# them.
ACTION_STRUCT: Final = TypedStruct(
    "Action",
    ACTION_TYPEHASH,
    (
        TypedField("kind", "uint8", "kind"),
        TypedField("instrument", "uint16", "instrument"),
        TypedField("sell", "bool", "sell"),
        TypedField("timeInForce", "uint8", "time_in_force"),
        TypedField("postOnly", "bool", "post_only"),
        TypedField("reduceOnly", "bool", "reduce_only"),
        TypedField("selfTrade", "uint8", "self_trade"),
        TypedField("price", "uint32", "price"),
        TypedField("lots", "uint40", "lots"),
        TypedField("expiry", "uint48", "expiry_ms"),
        TypedField("clientId", "uint64", "client_id"),
        TypedField("slot", "uint32", "slot"),
        TypedField("serial", "uint48", "serial"),
    ),
    (),
)
# A user's list of actions.
BUNDLE_STRUCT: Final = TypedStruct(
    "Bundle",
    BUNDLE_TYPEHASH,
    (
        TypedField("account", "uint32", "account"),
        TypedField("session", "uint8", "session"),
        TypedField("nonce", "uint64", "nonce"),
        TypedField("expiry", "uint48", "expiry_ms"),
        TypedField("maxFeePpm", "uint32", "max_fee_ppm"),
        TypedField("maxL1Fee", "uint64", "max_l1_fee_micro_usd"),
        TypedField("atomic", "bool", "atomic"),
        TypedField("actions", "Action[]", "actions"),
    ),
    (ACTION_STRUCT,),
)
# The owner takes collateral out.
WITHDRAW_STRUCT: Final = TypedStruct(
    "Withdraw",
    WITHDRAW_TYPEHASH,
    (
        TypedField("account", "uint32", "account"),
        TypedField("nonce", "uint64", "nonce"),
        TypedField("expiry", "uint48", "expiry_ms"),
        TypedField("amount", "uint64", "amount_micro_usd"),
        TypedField("maxL1Fee", "uint64", "max_l1_fee_micro_usd"),
    ),
    (),
)
# The owner delegates a key.
SET_SESSION_STRUCT: Final = TypedStruct(
    "SetSession",
    SET_SESSION_TYPEHASH,
    (
        TypedField("account", "uint32", "account"),
        TypedField("nonce", "uint64", "nonce"),
        TypedField("expiry", "uint48", "expiry_ms"),
        TypedField("slot", "uint8", "slot"),
        TypedField("key", "address", "key"),
        TypedField("scope", "uint8", "scope"),
        TypedField("sessionExpiry", "uint48", "session_expiry_ms"),
        TypedField("maxL1Fee", "uint64", "max_l1_fee_micro_usd"),
    ),
    (),
)
# The owner sets or removes a guard key.
SET_GUARD_STRUCT: Final = TypedStruct(
    "SetGuard",
    SET_GUARD_TYPEHASH,
    (
        TypedField("account", "uint32", "account"),
        TypedField("nonce", "uint64", "nonce"),
        TypedField("expiry", "uint48", "expiry_ms"),
        TypedField("mode", "uint8", "mode"),
        TypedField("guard", "address", "key"),
        TypedField("maxL1Fee", "uint64", "max_l1_fee_micro_usd"),
    ),
    (),
)
# Portfolio margin on an underlying, or standard margin.
SET_MARGIN_MODE_STRUCT: Final = TypedStruct(
    "SetMarginMode",
    SET_MARGIN_MODE_TYPEHASH,
    (
        TypedField("account", "uint32", "account"),
        TypedField("nonce", "uint64", "nonce"),
        TypedField("expiry", "uint48", "expiry_ms"),
        TypedField("underlying", "uint16", "underlying"),
        TypedField("maxL1Fee", "uint64", "max_l1_fee_micro_usd"),
    ),
    (),
)
# When the account's orders die.
SET_CANCEL_AT_STRUCT: Final = TypedStruct(
    "SetCancelAt",
    SET_CANCEL_AT_TYPEHASH,
    (
        TypedField("account", "uint32", "account"),
        TypedField("session", "uint8", "session"),
        TypedField("nonce", "uint64", "nonce"),
        TypedField("expiry", "uint48", "expiry_ms"),
        TypedField("at", "uint48", "cancel_at_ms"),
        TypedField("maxL1Fee", "uint64", "max_l1_fee_micro_usd"),
    ),
    (),
)
# Limits of what the account's orders may fill in a while.
SET_PROTECTION_STRUCT: Final = TypedStruct(
    "SetProtection",
    SET_PROTECTION_TYPEHASH,
    (
        TypedField("account", "uint32", "account"),
        TypedField("session", "uint8", "session"),
        TypedField("nonce", "uint64", "nonce"),
        TypedField("expiry", "uint48", "expiry_ms"),
        TypedField("underlying", "uint16", "underlying"),
        TypedField("window", "uint32", "window_ms"),
        TypedField("freeze", "uint32", "freeze_ms"),
        TypedField("lotsMax", "uint40", "lots_max"),
        TypedField("deltaMax", "uint64", "delta_max"),
        TypedField("vegaMax", "uint64", "vega_max"),
        TypedField("maxL1Fee", "uint64", "max_l1_fee_micro_usd"),
    ),
    (),
)
# One leg of a block trade.
BLOCK_LEG_STRUCT: Final = TypedStruct(
    "BlockLeg",
    BLOCK_LEG_TYPEHASH,
    (
        TypedField("instrument", "uint16", "instrument"),
        TypedField("submitterSells", "bool", "sell"),
        TypedField("price", "uint32", "price"),
        TypedField("lots", "uint40", "lots"),
    ),
    (),
)
# What the counterparty of a block trade signs.
BLOCK_CONSENT_STRUCT: Final = TypedStruct(
    "BlockConsent",
    BLOCK_CONSENT_TYPEHASH,
    (
        TypedField("account", "uint32", "counterparty"),
        TypedField("session", "uint8", "counterparty_session"),
        TypedField("nonce", "uint64", "counterparty_nonce"),
        TypedField("expiry", "uint48", "counterparty_expiry_ms"),
        TypedField("maxFeePpm", "uint32", "counterparty_max_fee_ppm"),
        TypedField("submitter", "uint32", "account"),
        TypedField("legs", "BlockLeg[]", "legs"),
    ),
    (BLOCK_LEG_STRUCT,),
)
# What the submitter of a block trade signs.
BLOCK_TRADE_STRUCT: Final = TypedStruct(
    "BlockTrade",
    BLOCK_TRADE_TYPEHASH,
    (
        TypedField("account", "uint32", "account"),
        TypedField("session", "uint8", "session"),
        TypedField("nonce", "uint64", "nonce"),
        TypedField("expiry", "uint48", "expiry_ms"),
        TypedField("maxFeePpm", "uint32", "max_fee_ppm"),
        TypedField("counterparty", "uint32", "counterparty"),
        TypedField("counterpartySession", "uint8", "counterparty_session"),
        TypedField("counterpartyNonce", "uint64", "counterparty_nonce"),
        TypedField("counterpartyExpiry", "uint48", "counterparty_expiry_ms"),
        TypedField("counterpartyMaxFeePpm", "uint32", "counterparty_max_fee_ppm"),
        TypedField("maxL1Fee", "uint64", "max_l1_fee_micro_usd"),
        TypedField("legs", "BlockLeg[]", "legs"),
    ),
    (BLOCK_LEG_STRUCT,),
)
# A trigger of the account; of one that is taken back all is 0 from sell to clientId.
SET_TRIGGER_STRUCT: Final = TypedStruct(
    "SetTrigger",
    SET_TRIGGER_TYPEHASH,
    (
        TypedField("account", "uint32", "account"),
        TypedField("session", "uint8", "session"),
        TypedField("nonce", "uint64", "nonce"),
        TypedField("expiry", "uint48", "expiry_ms"),
        TypedField("instrument", "uint16", "instrument"),
        TypedField("place", "uint8", "place"),
        TypedField("sell", "bool", "sell"),
        TypedField("reduceOnly", "bool", "reduce_only"),
        TypedField("falling", "bool", "falling"),
        TypedField("byMark", "bool", "by_mark"),
        TypedField("triggerPrice", "uint64", "trigger_price"),
        TypedField("limit", "uint32", "limit"),
        TypedField("lots", "uint40", "lots"),
        TypedField("maxFee", "uint32", "max_fee_ppm"),
        TypedField("triggerExpiry", "uint48", "trigger_expiry_ms"),
        TypedField("clientId", "uint64", "client_id"),
        TypedField("maxL1Fee", "uint64", "max_l1_fee_micro_usd"),
    ),
    (),
)
# A fraction of a portfolio that is auctioned.
BID_STRUCT: Final = TypedStruct(
    "Bid",
    BID_TYPEHASH,
    (
        TypedField("account", "uint32", "account"),
        TypedField("session", "uint8", "session"),
        TypedField("nonce", "uint64", "nonce"),
        TypedField("expiry", "uint48", "expiry_ms"),
        TypedField("seller", "uint32", "seller"),
        TypedField("auction", "uint48", "auction_ms"),
        TypedField("fraction", "uint32", "fraction_ppm"),
        TypedField("discount", "uint32", "discount_ppm"),
        TypedField("maxL1Fee", "uint64", "max_l1_fee_micro_usd"),
    ),
    (),
)
# The owner leaves a position.
FORCED_CLOSE_STRUCT: Final = TypedStruct(
    "ForcedClose",
    FORCED_CLOSE_TYPEHASH,
    (
        TypedField("account", "uint32", "account"),
        TypedField("nonce", "uint64", "nonce"),
        TypedField("expiry", "uint48", "expiry_ms"),
        TypedField("instrument", "uint16", "instrument"),
        TypedField("lots", "uint40", "lots"),
    ),
    (),
)
# What an attester says of an account.
ATTEST_STRUCT: Final = TypedStruct(
    "Attest",
    ATTEST_TYPEHASH,
    (
        TypedField("account", "uint32", "account"),
        TypedField("tier", "uint8", "tier"),
        TypedField("expiry", "uint48", "tier_expiry_ms"),
        TypedField("time", "uint48", "attested_ms"),
    ),
    (),
)
# What an attester says of an account's credit, and what its guarantor consents to.
CREDIT_STRUCT: Final = TypedStruct(
    "Credit",
    CREDIT_TYPEHASH,
    (
        TypedField("account", "uint32", "account"),
        TypedField("limit", "uint64", "limit_micro_usd"),
        TypedField("minutes", "uint16", "credit_minutes"),
        TypedField("guarantor", "uint32", "guarantor"),
        TypedField("time", "uint48", "credited_ms"),
    ),
    (),
)
# A reporter's price.
INDEX_PRICE_STRUCT: Final = TypedStruct(
    "IndexPrice",
    INDEX_PRICE_TYPEHASH,
    (
        TypedField("underlying", "uint16", "underlying"),
        TypedField("reporterEpoch", "uint32", "reporter_epoch"),
        TypedField("publishTime", "uint48", "publish_time_ms"),
        TypedField("price", "uint64", "price_nano_usd"),
    ),
    (),
)
# A reporter's forward of an expiry, and a surface.
SURFACE_STRUCT: Final = TypedStruct(
    "Surface",
    SURFACE_TYPEHASH,
    (
        TypedField("expiry", "uint16", "expiry"),
        TypedField("reporterEpoch", "uint32", "reporter_epoch"),
        TypedField("publishTime", "uint48", "publish_time_ms"),
        TypedField("forward", "uint64", "forward_ppb"),
        TypedField("a", "int64", "svi_a"),
        TypedField("b", "uint64", "svi_b"),
        TypedField("rho", "int64", "svi_rho"),
        TypedField("m", "int64", "svi_m"),
        TypedField("sigma", "uint64", "svi_sigma"),
        TypedField("surfaceForward", "uint64", "svi_forward"),
        TypedField("surfaceTime", "uint48", "svi_time_ms"),
        TypedField("rate", "int32", "rate_ppm"),
        TypedField("confidence", "uint32", "confidence_ppm"),
    ),
    (),
)
# A reporter's settlement price.
SETTLE_EXPIRY_STRUCT: Final = TypedStruct(
    "SettleExpiry",
    SETTLE_EXPIRY_TYPEHASH,
    (
        TypedField("expiry", "uint16", "expiry"),
        TypedField("reporterEpoch", "uint32", "reporter_epoch"),
        TypedField("price", "uint64", "price_nano_usd"),
    ),
    (),
)
# The sequencer's promise of a place in the order.
RECEIPT_STRUCT: Final = TypedStruct(
    "Receipt",
    RECEIPT_TYPEHASH,
    (
        TypedField("epoch", "uint32", "epoch"),
        TypedField("batch", "uint64", "batch"),
        TypedField("segment", "uint32", "segment"),
        TypedField("index", "uint8", "index"),
        TypedField("opHash", "bytes32", "op_hash"),
        TypedField("postBy", "uint48", "post_by_ms"),
    ),
    (),
)
# The receipts of a commit group, signed once.
RECEIPT_GROUP_STRUCT: Final = TypedStruct(
    "ReceiptGroup", RECEIPT_GROUP_TYPEHASH, (TypedField("commitment", "bytes32", "commitment"),), ()
)
# Lets whoever holds it ask for quotes, and make indicative ones, in an account's name on the
# venue's nodes. No law reads it: it moves nothing.
QUOTE_ACCESS_STRUCT: Final = TypedStruct(
    "QuoteAccess",
    QUOTE_ACCESS_TYPEHASH,
    (
        TypedField("account", "uint32", "account"),
        TypedField("session", "uint8", "session"),
        TypedField("expiry", "uint48", "expiry_ms"),
    ),
    (),
)


def action_flags(
    *,
    sell: bool = False,
    post_only: bool = False,
    reduce_only: bool = False,
    self_trade: int = 0,
    time_in_force: int = 0,
) -> int:
    """Return the byte of flags. Flags of a place, replace or quote; bit 7 is zero."""
    if (self_trade >> 2) | (time_in_force >> 2):
        _overflow(
            "action_flags",
            (
                ("self_trade", self_trade, 2, False),
                ("time_in_force", time_in_force, 2, False),
            ),
        )
    return sell | post_only << 1 | reduce_only << 2 | self_trade << 3 | time_in_force << 5


def frame_op(
    *,
    type: int,
    body: bytes,
) -> bytes:
    """Return the bytes of `op`.

    Ops follow one another in a segment; what is left after the last whole op is ignored.
    """
    if type >> 8:
        _overflow("op", (("type", type, 8, False),))
    if len(body) >> 16:
        raise FieldOverflow("op.body", len(body))
    return ((type << 16) | len(body)).to_bytes(3, "big") + body


def frame_message(
    *,
    kind: int,
    sender: bytes = bytes(20),
    time_ms: Milliseconds,
    payload: bytes,
) -> bytes:
    """Return the bytes of `message`.

    A message of the Inbox: L1 numbers it and fixes sender and time.
    """
    if (kind >> 8) | (time_ms >> 48):
        _overflow(
            "message",
            (
                ("kind", kind, 8, False),
                ("time_ms", time_ms, 48, False),
            ),
        )
    if len(sender) != 20:
        raise WrongLength("message.sender", 20, len(sender))
    return kind.to_bytes(1, "big") + sender + time_ms.to_bytes(6, "big") + payload


def encode_bundle_body(
    *,
    account: int,
    session: int,
    nonce: int,
    expiry_ms: Milliseconds,
    max_fee_ppm: Ppm,
    atomic: int = 0,
    actions: Sequence[bytes],
    max_l1_fee_micro_usd: MicroUsd = _MICROUSD_0,
    signature: bytes = b"",
) -> bytes:
    """Return the body of `bundle`.

    A user's signed list of actions. Without a signature: as an owner sends it through L1.
    """
    if (
        (account >> 32)
        | (session >> 8)
        | (nonce >> 64)
        | (expiry_ms >> 48)
        | (max_fee_ppm >> 32)
        | (atomic >> 8)
        | (max_l1_fee_micro_usd >> 64)
    ):
        _overflow(
            "bundle",
            (
                ("account", account, 32, False),
                ("session", session, 8, False),
                ("nonce", nonce, 64, False),
                ("expiry_ms", expiry_ms, 48, False),
                ("max_fee_ppm", max_fee_ppm, 32, False),
                ("atomic", atomic, 8, False),
                ("max_l1_fee_micro_usd", max_l1_fee_micro_usd, 64, False),
            ),
        )
    if len(actions) >> 8:
        raise FieldOverflow("bundle.actions", len(actions))
    if len(signature) not in (0, 64):
        raise WrongLength("bundle.signature", 64, len(signature))
    return (
        (
            (account << 168)
            | (session << 160)
            | (nonce << 96)
            | (expiry_ms << 48)
            | (max_fee_ppm << 16)
            | (atomic << 8)
            | len(actions)
        ).to_bytes(25, "big")
        + b"".join(actions)
        + max_l1_fee_micro_usd.to_bytes(8, "big")
        + signature
    )


def encode_bundle(
    *,
    account: int,
    session: int,
    nonce: int,
    expiry_ms: Milliseconds,
    max_fee_ppm: Ppm,
    atomic: int = 0,
    actions: Sequence[bytes],
    max_l1_fee_micro_usd: MicroUsd = _MICROUSD_0,
    signature: bytes = b"",
) -> bytes:
    """Return the bytes of `bundle`.

    A user's signed list of actions. Without a signature: as an owner sends it through L1.
    """
    return frame_op(
        type=OpType.BUNDLE,
        body=encode_bundle_body(
            account=account,
            session=session,
            nonce=nonce,
            expiry_ms=expiry_ms,
            max_fee_ppm=max_fee_ppm,
            atomic=atomic,
            actions=actions,
            max_l1_fee_micro_usd=max_l1_fee_micro_usd,
            signature=signature,
        ),
    )


def encode_withdraw_body(
    *,
    account: int,
    nonce: int,
    expiry_ms: Milliseconds,
    amount_micro_usd: MicroUsd,
    max_l1_fee_micro_usd: MicroUsd = _MICROUSD_0,
    signature: bytes = b"",
) -> bytes:
    """Return the body of `withdraw`.

    The owner takes collateral out; session 0. Without a signature: as an owner sends it through
    L1.
    """
    if (
        (account >> 32)
        | (nonce >> 64)
        | (expiry_ms >> 48)
        | (amount_micro_usd >> 64)
        | (max_l1_fee_micro_usd >> 64)
    ):
        _overflow(
            "withdraw",
            (
                ("account", account, 32, False),
                ("nonce", nonce, 64, False),
                ("expiry_ms", expiry_ms, 48, False),
                ("amount_micro_usd", amount_micro_usd, 64, False),
                ("max_l1_fee_micro_usd", max_l1_fee_micro_usd, 64, False),
            ),
        )
    if len(signature) not in (0, 64, 128):
        raise WrongLength("withdraw.signature", 64, len(signature))
    return (
        (account << 240)
        | (nonce << 176)
        | (expiry_ms << 128)
        | (amount_micro_usd << 64)
        | max_l1_fee_micro_usd
    ).to_bytes(34, "big") + signature


def encode_withdraw(
    *,
    account: int,
    nonce: int,
    expiry_ms: Milliseconds,
    amount_micro_usd: MicroUsd,
    max_l1_fee_micro_usd: MicroUsd = _MICROUSD_0,
    signature: bytes = b"",
) -> bytes:
    """Return the bytes of `withdraw`.

    The owner takes collateral out; session 0. Without a signature: as an owner sends it through
    L1.
    """
    return frame_op(
        type=OpType.WITHDRAW,
        body=encode_withdraw_body(
            account=account,
            nonce=nonce,
            expiry_ms=expiry_ms,
            amount_micro_usd=amount_micro_usd,
            max_l1_fee_micro_usd=max_l1_fee_micro_usd,
            signature=signature,
        ),
    )


def encode_set_session_body(
    *,
    account: int,
    nonce: int,
    expiry_ms: Milliseconds,
    slot: int,
    key: bytes,
    scope: int,
    session_expiry_ms: Milliseconds,
    max_l1_fee_micro_usd: MicroUsd = _MICROUSD_0,
    signature: bytes = b"",
) -> bytes:
    """Return the body of `set_session`.

    The owner gives a session slot a key, or takes it away; session 0. Without a signature: as an
    owner sends it through L1.
    """
    if (
        (account >> 32)
        | (nonce >> 64)
        | (expiry_ms >> 48)
        | (slot >> 8)
        | (scope >> 8)
        | (session_expiry_ms >> 48)
        | (max_l1_fee_micro_usd >> 64)
    ):
        _overflow(
            "set_session",
            (
                ("account", account, 32, False),
                ("nonce", nonce, 64, False),
                ("expiry_ms", expiry_ms, 48, False),
                ("slot", slot, 8, False),
                ("scope", scope, 8, False),
                ("session_expiry_ms", session_expiry_ms, 48, False),
                ("max_l1_fee_micro_usd", max_l1_fee_micro_usd, 64, False),
            ),
        )
    if len(key) != 20:
        raise WrongLength("set_session.key", 20, len(key))
    if len(signature) not in (0, 64, 128):
        raise WrongLength("set_session.signature", 64, len(signature))
    return (
        ((account << 120) | (nonce << 56) | (expiry_ms << 8) | slot).to_bytes(19, "big")
        + key
        + ((scope << 112) | (session_expiry_ms << 64) | max_l1_fee_micro_usd).to_bytes(15, "big")
        + signature
    )


def encode_set_session(
    *,
    account: int,
    nonce: int,
    expiry_ms: Milliseconds,
    slot: int,
    key: bytes,
    scope: int,
    session_expiry_ms: Milliseconds,
    max_l1_fee_micro_usd: MicroUsd = _MICROUSD_0,
    signature: bytes = b"",
) -> bytes:
    """Return the bytes of `set_session`.

    The owner gives a session slot a key, or takes it away; session 0. Without a signature: as an
    owner sends it through L1.
    """
    return frame_op(
        type=OpType.SET_SESSION,
        body=encode_set_session_body(
            account=account,
            nonce=nonce,
            expiry_ms=expiry_ms,
            slot=slot,
            key=key,
            scope=scope,
            session_expiry_ms=session_expiry_ms,
            max_l1_fee_micro_usd=max_l1_fee_micro_usd,
            signature=signature,
        ),
    )


def encode_index_price_body(
    *,
    underlying: int,
    publish_time_ms: Milliseconds,
    reports: Sequence[bytes],
) -> bytes:
    """Return the body of `index_price`.

    Reporters' prices of an underlying; the law takes their median.
    """
    if (underlying >> 16) | (publish_time_ms >> 48):
        _overflow(
            "index_price",
            (
                ("underlying", underlying, 16, False),
                ("publish_time_ms", publish_time_ms, 48, False),
            ),
        )
    if len(reports) >> 8:
        raise FieldOverflow("index_price.reports", len(reports))
    return ((underlying << 56) | (publish_time_ms << 8) | len(reports)).to_bytes(
        9, "big"
    ) + b"".join(reports)


def encode_index_price(
    *,
    underlying: int,
    publish_time_ms: Milliseconds,
    reports: Sequence[bytes],
) -> bytes:
    """Return the bytes of `index_price`.

    Reporters' prices of an underlying; the law takes their median.
    """
    return frame_op(
        type=OpType.INDEX_PRICE,
        body=encode_index_price_body(
            underlying=underlying, publish_time_ms=publish_time_ms, reports=reports
        ),
    )


def encode_sweep_body(
    *,
    instrument: int,
    slots: Sequence[int],
) -> bytes:
    """Return the body of `sweep`.

    Slots of an instrument that may hold orders which are gone.
    """
    if instrument >> 16:
        _overflow("sweep", (("instrument", instrument, 16, False),))
    if len(slots) >> 8:
        raise FieldOverflow("sweep.slots", len(slots))
    return ((instrument << 8) | len(slots)).to_bytes(3, "big") + _integers("sweep.slots", slots, 4)


def encode_sweep(
    *,
    instrument: int,
    slots: Sequence[int],
) -> bytes:
    """Return the bytes of `sweep`.

    Slots of an instrument that may hold orders which are gone.
    """
    return frame_op(type=OpType.SWEEP, body=encode_sweep_body(instrument=instrument, slots=slots))


def encode_set_guard_body(
    *,
    account: int,
    nonce: int,
    expiry_ms: Milliseconds,
    mode: int,
    key: bytes,
    max_l1_fee_micro_usd: MicroUsd = _MICROUSD_0,
    signature: bytes = b"",
) -> bytes:
    """Return the body of `set_guard`.

    The owner sets a guard key, announces or stops its removal, or removes it; session 0. Without
    a signature: as an owner sends it through L1.
    """
    if (
        (account >> 32)
        | (nonce >> 64)
        | (expiry_ms >> 48)
        | (mode >> 8)
        | (max_l1_fee_micro_usd >> 64)
    ):
        _overflow(
            "set_guard",
            (
                ("account", account, 32, False),
                ("nonce", nonce, 64, False),
                ("expiry_ms", expiry_ms, 48, False),
                ("mode", mode, 8, False),
                ("max_l1_fee_micro_usd", max_l1_fee_micro_usd, 64, False),
            ),
        )
    if len(key) != 20:
        raise WrongLength("set_guard.key", 20, len(key))
    if len(signature) not in (0, 64, 128):
        raise WrongLength("set_guard.signature", 64, len(signature))
    return (
        ((account << 120) | (nonce << 56) | (expiry_ms << 8) | mode).to_bytes(19, "big")
        + key
        + max_l1_fee_micro_usd.to_bytes(8, "big")
        + signature
    )


def encode_set_guard(
    *,
    account: int,
    nonce: int,
    expiry_ms: Milliseconds,
    mode: int,
    key: bytes,
    max_l1_fee_micro_usd: MicroUsd = _MICROUSD_0,
    signature: bytes = b"",
) -> bytes:
    """Return the bytes of `set_guard`.

    The owner sets a guard key, announces or stops its removal, or removes it; session 0. Without
    a signature: as an owner sends it through L1.
    """
    return frame_op(
        type=OpType.SET_GUARD,
        body=encode_set_guard_body(
            account=account,
            nonce=nonce,
            expiry_ms=expiry_ms,
            mode=mode,
            key=key,
            max_l1_fee_micro_usd=max_l1_fee_micro_usd,
            signature=signature,
        ),
    )


def encode_set_margin_mode_body(
    *,
    account: int,
    nonce: int,
    expiry_ms: Milliseconds,
    underlying: int,
    max_l1_fee_micro_usd: MicroUsd = _MICROUSD_0,
    signature: bytes = b"",
) -> bytes:
    """Return the body of `set_margin_mode`.

    The owner chooses portfolio margin on an underlying, or standard margin; session 0. Without a
    signature: as an owner sends it through L1.
    """
    if (
        (account >> 32)
        | (nonce >> 64)
        | (expiry_ms >> 48)
        | (underlying >> 16)
        | (max_l1_fee_micro_usd >> 64)
    ):
        _overflow(
            "set_margin_mode",
            (
                ("account", account, 32, False),
                ("nonce", nonce, 64, False),
                ("expiry_ms", expiry_ms, 48, False),
                ("underlying", underlying, 16, False),
                ("max_l1_fee_micro_usd", max_l1_fee_micro_usd, 64, False),
            ),
        )
    if len(signature) not in (0, 64, 128):
        raise WrongLength("set_margin_mode.signature", 64, len(signature))
    return (
        (account << 192)
        | (nonce << 128)
        | (expiry_ms << 80)
        | (underlying << 64)
        | max_l1_fee_micro_usd
    ).to_bytes(28, "big") + signature


def encode_set_margin_mode(
    *,
    account: int,
    nonce: int,
    expiry_ms: Milliseconds,
    underlying: int,
    max_l1_fee_micro_usd: MicroUsd = _MICROUSD_0,
    signature: bytes = b"",
) -> bytes:
    """Return the bytes of `set_margin_mode`.

    The owner chooses portfolio margin on an underlying, or standard margin; session 0. Without a
    signature: as an owner sends it through L1.
    """
    return frame_op(
        type=OpType.SET_MARGIN_MODE,
        body=encode_set_margin_mode_body(
            account=account,
            nonce=nonce,
            expiry_ms=expiry_ms,
            underlying=underlying,
            max_l1_fee_micro_usd=max_l1_fee_micro_usd,
            signature=signature,
        ),
    )


def encode_revalue_body(
    *,
    account: int,
) -> bytes:
    """Return the body of `revalue`.

    An account under portfolio margin gets a margin certificate; or is auctioned if it no longer
    meets it, or comes under standard margin. No account signs.
    """
    if account >> 32:
        _overflow("revalue", (("account", account, 32, False),))
    return account.to_bytes(4, "big")


def encode_revalue(
    *,
    account: int,
) -> bytes:
    """Return the bytes of `revalue`.

    An account under portfolio margin gets a margin certificate; or is auctioned if it no longer
    meets it, or comes under standard margin. No account signs.
    """
    return frame_op(type=OpType.REVALUE, body=encode_revalue_body(account=account))


def encode_block_trade_body(
    *,
    account: int,
    session: int,
    nonce: int,
    expiry_ms: Milliseconds,
    max_fee_ppm: Ppm,
    counterparty: int,
    counterparty_session: int,
    counterparty_nonce: int,
    counterparty_expiry_ms: Milliseconds,
    counterparty_max_fee_ppm: Ppm,
    counterparty_signature: bytes,
    legs: Sequence[bytes],
    max_l1_fee_micro_usd: MicroUsd = _MICROUSD_0,
    signature: bytes = b"",
) -> bytes:
    """Return the body of `block_trade`.

    A trade of up to eight legs that two accounts agreed on, all of it or none. Without a
    signature: as an owner sends it through L1.
    """
    if (
        (account >> 32)
        | (session >> 8)
        | (nonce >> 64)
        | (expiry_ms >> 48)
        | (max_fee_ppm >> 32)
        | (counterparty >> 32)
        | (counterparty_session >> 8)
        | (counterparty_nonce >> 64)
        | (counterparty_expiry_ms >> 48)
        | (counterparty_max_fee_ppm >> 32)
        | (max_l1_fee_micro_usd >> 64)
    ):
        _overflow(
            "block_trade",
            (
                ("account", account, 32, False),
                ("session", session, 8, False),
                ("nonce", nonce, 64, False),
                ("expiry_ms", expiry_ms, 48, False),
                ("max_fee_ppm", max_fee_ppm, 32, False),
                ("counterparty", counterparty, 32, False),
                ("counterparty_session", counterparty_session, 8, False),
                ("counterparty_nonce", counterparty_nonce, 64, False),
                ("counterparty_expiry_ms", counterparty_expiry_ms, 48, False),
                ("counterparty_max_fee_ppm", counterparty_max_fee_ppm, 32, False),
                ("max_l1_fee_micro_usd", max_l1_fee_micro_usd, 64, False),
            ),
        )
    if len(counterparty_signature) != 64:
        raise WrongLength("block_trade.counterparty_signature", 64, len(counterparty_signature))
    if len(legs) >> 8:
        raise FieldOverflow("block_trade.legs", len(legs))
    if len(signature) not in (0, 64):
        raise WrongLength("block_trade.signature", 64, len(signature))
    return (
        (
            (account << 336)
            | (session << 328)
            | (nonce << 264)
            | (expiry_ms << 216)
            | (max_fee_ppm << 184)
            | (counterparty << 152)
            | (counterparty_session << 144)
            | (counterparty_nonce << 80)
            | (counterparty_expiry_ms << 32)
            | counterparty_max_fee_ppm
        ).to_bytes(46, "big")
        + counterparty_signature
        + len(legs).to_bytes(1, "big")
        + b"".join(legs)
        + max_l1_fee_micro_usd.to_bytes(8, "big")
        + signature
    )


def encode_block_trade(
    *,
    account: int,
    session: int,
    nonce: int,
    expiry_ms: Milliseconds,
    max_fee_ppm: Ppm,
    counterparty: int,
    counterparty_session: int,
    counterparty_nonce: int,
    counterparty_expiry_ms: Milliseconds,
    counterparty_max_fee_ppm: Ppm,
    counterparty_signature: bytes,
    legs: Sequence[bytes],
    max_l1_fee_micro_usd: MicroUsd = _MICROUSD_0,
    signature: bytes = b"",
) -> bytes:
    """Return the bytes of `block_trade`.

    A trade of up to eight legs that two accounts agreed on, all of it or none. Without a
    signature: as an owner sends it through L1.
    """
    return frame_op(
        type=OpType.BLOCK_TRADE,
        body=encode_block_trade_body(
            account=account,
            session=session,
            nonce=nonce,
            expiry_ms=expiry_ms,
            max_fee_ppm=max_fee_ppm,
            counterparty=counterparty,
            counterparty_session=counterparty_session,
            counterparty_nonce=counterparty_nonce,
            counterparty_expiry_ms=counterparty_expiry_ms,
            counterparty_max_fee_ppm=counterparty_max_fee_ppm,
            counterparty_signature=counterparty_signature,
            legs=legs,
            max_l1_fee_micro_usd=max_l1_fee_micro_usd,
            signature=signature,
        ),
    )


def encode_set_protection_body(
    *,
    account: int,
    session: int,
    nonce: int,
    expiry_ms: Milliseconds,
    underlying: int,
    window_ms: Milliseconds,
    freeze_ms: Milliseconds,
    lots_max: Lots,
    delta_max: int,
    vega_max: MicroUsd,
    max_l1_fee_micro_usd: MicroUsd = _MICROUSD_0,
    signature: bytes = b"",
) -> bytes:
    """Return the body of `set_protection`.

    What the account's orders on an underlying may fill within a window before all of them are
    dead. Without a signature: as an owner sends it through L1.
    """
    if (
        (account >> 32)
        | (session >> 8)
        | (nonce >> 64)
        | (expiry_ms >> 48)
        | (underlying >> 16)
        | (window_ms >> 32)
        | (freeze_ms >> 32)
        | (lots_max >> 40)
        | (delta_max >> 64)
        | (vega_max >> 64)
        | (max_l1_fee_micro_usd >> 64)
    ):
        _overflow(
            "set_protection",
            (
                ("account", account, 32, False),
                ("session", session, 8, False),
                ("nonce", nonce, 64, False),
                ("expiry_ms", expiry_ms, 48, False),
                ("underlying", underlying, 16, False),
                ("window_ms", window_ms, 32, False),
                ("freeze_ms", freeze_ms, 32, False),
                ("lots_max", lots_max, 40, False),
                ("delta_max", delta_max, 64, False),
                ("vega_max", vega_max, 64, False),
                ("max_l1_fee_micro_usd", max_l1_fee_micro_usd, 64, False),
            ),
        )
    if len(signature) not in (0, 64):
        raise WrongLength("set_protection.signature", 64, len(signature))
    return (
        (account << 432)
        | (session << 424)
        | (nonce << 360)
        | (expiry_ms << 312)
        | (underlying << 296)
        | (window_ms << 264)
        | (freeze_ms << 232)
        | (lots_max << 192)
        | (delta_max << 128)
        | (vega_max << 64)
        | max_l1_fee_micro_usd
    ).to_bytes(58, "big") + signature


def encode_set_protection(
    *,
    account: int,
    session: int,
    nonce: int,
    expiry_ms: Milliseconds,
    underlying: int,
    window_ms: Milliseconds,
    freeze_ms: Milliseconds,
    lots_max: Lots,
    delta_max: int,
    vega_max: MicroUsd,
    max_l1_fee_micro_usd: MicroUsd = _MICROUSD_0,
    signature: bytes = b"",
) -> bytes:
    """Return the bytes of `set_protection`.

    What the account's orders on an underlying may fill within a window before all of them are
    dead. Without a signature: as an owner sends it through L1.
    """
    return frame_op(
        type=OpType.SET_PROTECTION,
        body=encode_set_protection_body(
            account=account,
            session=session,
            nonce=nonce,
            expiry_ms=expiry_ms,
            underlying=underlying,
            window_ms=window_ms,
            freeze_ms=freeze_ms,
            lots_max=lots_max,
            delta_max=delta_max,
            vega_max=vega_max,
            max_l1_fee_micro_usd=max_l1_fee_micro_usd,
            signature=signature,
        ),
    )


def encode_set_trigger_body(
    *,
    account: int,
    session: int,
    nonce: int,
    expiry_ms: Milliseconds,
    instrument: int,
    place: int,
    sell: int = 0,
    reduce_only: int = 0,
    falling: int = 0,
    by_mark: int = 0,
    trigger_price: NanoUsd = _NANOUSD_0,
    limit: Ticks = _TICKS_0,
    lots: Lots = _LOTS_0,
    max_fee_ppm: Ppm = _PPM_0,
    trigger_expiry_ms: Milliseconds = _MILLISECONDS_0,
    client_id: int = 0,
    max_l1_fee_micro_usd: MicroUsd = _MICROUSD_0,
    signature: bytes = b"",
) -> bytes:
    """Return the body of `set_trigger`.

    Places, replaces or takes back a trigger: an order that waits for a price. Without a
    signature: as an owner sends it through L1.
    """
    if (
        (account >> 32)
        | (session >> 8)
        | (nonce >> 64)
        | (expiry_ms >> 48)
        | (instrument >> 16)
        | (place >> 8)
        | (sell >> 8)
        | (reduce_only >> 8)
        | (falling >> 8)
        | (by_mark >> 8)
        | (trigger_price >> 64)
        | (limit >> 32)
        | (lots >> 40)
        | (max_fee_ppm >> 32)
        | (trigger_expiry_ms >> 48)
        | (client_id >> 64)
        | (max_l1_fee_micro_usd >> 64)
    ):
        _overflow(
            "set_trigger",
            (
                ("account", account, 32, False),
                ("session", session, 8, False),
                ("nonce", nonce, 64, False),
                ("expiry_ms", expiry_ms, 48, False),
                ("instrument", instrument, 16, False),
                ("place", place, 8, False),
                ("sell", sell, 8, False),
                ("reduce_only", reduce_only, 8, False),
                ("falling", falling, 8, False),
                ("by_mark", by_mark, 8, False),
                ("trigger_price", trigger_price, 64, False),
                ("limit", limit, 32, False),
                ("lots", lots, 40, False),
                ("max_fee_ppm", max_fee_ppm, 32, False),
                ("trigger_expiry_ms", trigger_expiry_ms, 48, False),
                ("client_id", client_id, 64, False),
                ("max_l1_fee_micro_usd", max_l1_fee_micro_usd, 64, False),
            ),
        )
    if len(signature) not in (0, 64):
        raise WrongLength("set_trigger.signature", 64, len(signature))
    return (
        (account << 520)
        | (session << 512)
        | (nonce << 448)
        | (expiry_ms << 400)
        | (instrument << 384)
        | (place << 376)
        | (sell << 368)
        | (reduce_only << 360)
        | (falling << 352)
        | (by_mark << 344)
        | (trigger_price << 280)
        | (limit << 248)
        | (lots << 208)
        | (max_fee_ppm << 176)
        | (trigger_expiry_ms << 128)
        | (client_id << 64)
        | max_l1_fee_micro_usd
    ).to_bytes(69, "big") + signature


def encode_set_trigger(
    *,
    account: int,
    session: int,
    nonce: int,
    expiry_ms: Milliseconds,
    instrument: int,
    place: int,
    sell: int = 0,
    reduce_only: int = 0,
    falling: int = 0,
    by_mark: int = 0,
    trigger_price: NanoUsd = _NANOUSD_0,
    limit: Ticks = _TICKS_0,
    lots: Lots = _LOTS_0,
    max_fee_ppm: Ppm = _PPM_0,
    trigger_expiry_ms: Milliseconds = _MILLISECONDS_0,
    client_id: int = 0,
    max_l1_fee_micro_usd: MicroUsd = _MICROUSD_0,
    signature: bytes = b"",
) -> bytes:
    """Return the bytes of `set_trigger`.

    Places, replaces or takes back a trigger: an order that waits for a price. Without a
    signature: as an owner sends it through L1.
    """
    return frame_op(
        type=OpType.SET_TRIGGER,
        body=encode_set_trigger_body(
            account=account,
            session=session,
            nonce=nonce,
            expiry_ms=expiry_ms,
            instrument=instrument,
            place=place,
            sell=sell,
            reduce_only=reduce_only,
            falling=falling,
            by_mark=by_mark,
            trigger_price=trigger_price,
            limit=limit,
            lots=lots,
            max_fee_ppm=max_fee_ppm,
            trigger_expiry_ms=trigger_expiry_ms,
            client_id=client_id,
            max_l1_fee_micro_usd=max_l1_fee_micro_usd,
            signature=signature,
        ),
    )


def encode_attest_body(
    *,
    account: int,
    tier: int,
    tier_expiry_ms: Milliseconds,
    attested_ms: Milliseconds,
    attestations: Sequence[bytes],
) -> bytes:
    """Return the body of `attest`.

    Attesters say the tier of an account; no account signs.
    """
    if (account >> 32) | (tier >> 8) | (tier_expiry_ms >> 48) | (attested_ms >> 48):
        _overflow(
            "attest",
            (
                ("account", account, 32, False),
                ("tier", tier, 8, False),
                ("tier_expiry_ms", tier_expiry_ms, 48, False),
                ("attested_ms", attested_ms, 48, False),
            ),
        )
    if len(attestations) >> 8:
        raise FieldOverflow("attest.attestations", len(attestations))
    return (
        (account << 112)
        | (tier << 104)
        | (tier_expiry_ms << 56)
        | (attested_ms << 8)
        | len(attestations)
    ).to_bytes(18, "big") + b"".join(attestations)


def encode_attest(
    *,
    account: int,
    tier: int,
    tier_expiry_ms: Milliseconds,
    attested_ms: Milliseconds,
    attestations: Sequence[bytes],
) -> bytes:
    """Return the bytes of `attest`.

    Attesters say the tier of an account; no account signs.
    """
    return frame_op(
        type=OpType.ATTEST,
        body=encode_attest_body(
            account=account,
            tier=tier,
            tier_expiry_ms=tier_expiry_ms,
            attested_ms=attested_ms,
            attestations=attestations,
        ),
    )


def encode_bid_body(
    *,
    account: int,
    session: int,
    nonce: int,
    expiry_ms: Milliseconds,
    seller: int,
    auction_ms: Milliseconds,
    fraction_ppm: Ppm,
    discount_ppm: Ppm,
    max_l1_fee_micro_usd: MicroUsd = _MICROUSD_0,
    signature: bytes = b"",
) -> bytes:
    """Return the body of `bid`.

    Takes a fraction of every position of a portfolio that is auctioned, at marks, and is paid the
    discount. Without a signature: as an owner sends it through L1.
    """
    if (
        (account >> 32)
        | (session >> 8)
        | (nonce >> 64)
        | (expiry_ms >> 48)
        | (seller >> 32)
        | (auction_ms >> 48)
        | (fraction_ppm >> 32)
        | (discount_ppm >> 32)
        | (max_l1_fee_micro_usd >> 64)
    ):
        _overflow(
            "bid",
            (
                ("account", account, 32, False),
                ("session", session, 8, False),
                ("nonce", nonce, 64, False),
                ("expiry_ms", expiry_ms, 48, False),
                ("seller", seller, 32, False),
                ("auction_ms", auction_ms, 48, False),
                ("fraction_ppm", fraction_ppm, 32, False),
                ("discount_ppm", discount_ppm, 32, False),
                ("max_l1_fee_micro_usd", max_l1_fee_micro_usd, 64, False),
            ),
        )
    if len(signature) not in (0, 64):
        raise WrongLength("bid.signature", 64, len(signature))
    return (
        (account << 328)
        | (session << 320)
        | (nonce << 256)
        | (expiry_ms << 208)
        | (seller << 176)
        | (auction_ms << 128)
        | (fraction_ppm << 96)
        | (discount_ppm << 64)
        | max_l1_fee_micro_usd
    ).to_bytes(45, "big") + signature


def encode_bid(
    *,
    account: int,
    session: int,
    nonce: int,
    expiry_ms: Milliseconds,
    seller: int,
    auction_ms: Milliseconds,
    fraction_ppm: Ppm,
    discount_ppm: Ppm,
    max_l1_fee_micro_usd: MicroUsd = _MICROUSD_0,
    signature: bytes = b"",
) -> bytes:
    """Return the bytes of `bid`.

    Takes a fraction of every position of a portfolio that is auctioned, at marks, and is paid the
    discount. Without a signature: as an owner sends it through L1.
    """
    return frame_op(
        type=OpType.BID,
        body=encode_bid_body(
            account=account,
            session=session,
            nonce=nonce,
            expiry_ms=expiry_ms,
            seller=seller,
            auction_ms=auction_ms,
            fraction_ppm=fraction_ppm,
            discount_ppm=discount_ppm,
            max_l1_fee_micro_usd=max_l1_fee_micro_usd,
            signature=signature,
        ),
    )


def encode_forced_close_body(
    *,
    account: int,
    nonce: int,
    expiry_ms: Milliseconds,
    instrument: int,
    lots: Lots,
    signature: bytes = b"",
) -> bytes:
    """Return the body of `forced_close`.

    The owner leaves a position within the band, from the inbox only: what the book does not take
    the house may. Without a signature: as an owner sends it through L1.
    """
    if (account >> 32) | (nonce >> 64) | (expiry_ms >> 48) | (instrument >> 16) | (lots >> 40):
        _overflow(
            "forced_close",
            (
                ("account", account, 32, False),
                ("nonce", nonce, 64, False),
                ("expiry_ms", expiry_ms, 48, False),
                ("instrument", instrument, 16, False),
                ("lots", lots, 40, False),
            ),
        )
    if len(signature) not in (0, 64):
        raise WrongLength("forced_close.signature", 64, len(signature))
    return (
        (account << 168) | (nonce << 104) | (expiry_ms << 56) | (instrument << 40) | lots
    ).to_bytes(25, "big") + signature


def encode_forced_close(
    *,
    account: int,
    nonce: int,
    expiry_ms: Milliseconds,
    instrument: int,
    lots: Lots,
    signature: bytes = b"",
) -> bytes:
    """Return the bytes of `forced_close`.

    The owner leaves a position within the band, from the inbox only: what the book does not take
    the house may. Without a signature: as an owner sends it through L1.
    """
    return frame_op(
        type=OpType.FORCED_CLOSE,
        body=encode_forced_close_body(
            account=account,
            nonce=nonce,
            expiry_ms=expiry_ms,
            instrument=instrument,
            lots=lots,
            signature=signature,
        ),
    )


def encode_set_cancel_at_body(
    *,
    account: int,
    session: int,
    nonce: int,
    expiry_ms: Milliseconds,
    cancel_at_ms: Milliseconds,
    max_l1_fee_micro_usd: MicroUsd = _MICROUSD_0,
    signature: bytes = b"",
) -> bytes:
    """Return the body of `set_cancel_at`.

    The account's orders are dead from a time on, unless it is moved ahead. Without a signature:
    as an owner sends it through L1.
    """
    if (
        (account >> 32)
        | (session >> 8)
        | (nonce >> 64)
        | (expiry_ms >> 48)
        | (cancel_at_ms >> 48)
        | (max_l1_fee_micro_usd >> 64)
    ):
        _overflow(
            "set_cancel_at",
            (
                ("account", account, 32, False),
                ("session", session, 8, False),
                ("nonce", nonce, 64, False),
                ("expiry_ms", expiry_ms, 48, False),
                ("cancel_at_ms", cancel_at_ms, 48, False),
                ("max_l1_fee_micro_usd", max_l1_fee_micro_usd, 64, False),
            ),
        )
    if len(signature) not in (0, 64):
        raise WrongLength("set_cancel_at.signature", 64, len(signature))
    return (
        (account << 232)
        | (session << 224)
        | (nonce << 160)
        | (expiry_ms << 112)
        | (cancel_at_ms << 64)
        | max_l1_fee_micro_usd
    ).to_bytes(33, "big") + signature


def encode_set_cancel_at(
    *,
    account: int,
    session: int,
    nonce: int,
    expiry_ms: Milliseconds,
    cancel_at_ms: Milliseconds,
    max_l1_fee_micro_usd: MicroUsd = _MICROUSD_0,
    signature: bytes = b"",
) -> bytes:
    """Return the bytes of `set_cancel_at`.

    The account's orders are dead from a time on, unless it is moved ahead. Without a signature:
    as an owner sends it through L1.
    """
    return frame_op(
        type=OpType.SET_CANCEL_AT,
        body=encode_set_cancel_at_body(
            account=account,
            session=session,
            nonce=nonce,
            expiry_ms=expiry_ms,
            cancel_at_ms=cancel_at_ms,
            max_l1_fee_micro_usd=max_l1_fee_micro_usd,
            signature=signature,
        ),
    )


def encode_attest_credit_body(
    *,
    account: int,
    limit_micro_usd: MicroUsd,
    credit_minutes: Minutes,
    guarantor: int,
    credited_ms: Milliseconds,
    attestations: Sequence[bytes],
    consents: Sequence[bytes],
) -> bytes:
    """Return the body of `attest_credit`.

    Attesters say the credit of an account, and its guarantor consents; or they take it away.
    """
    if (
        (account >> 32)
        | (limit_micro_usd >> 64)
        | (credit_minutes >> 16)
        | (guarantor >> 32)
        | (credited_ms >> 48)
    ):
        _overflow(
            "attest_credit",
            (
                ("account", account, 32, False),
                ("limit_micro_usd", limit_micro_usd, 64, False),
                ("credit_minutes", credit_minutes, 16, False),
                ("guarantor", guarantor, 32, False),
                ("credited_ms", credited_ms, 48, False),
            ),
        )
    if len(attestations) >> 8:
        raise FieldOverflow("attest_credit.attestations", len(attestations))
    return (
        (
            (account << 168)
            | (limit_micro_usd << 104)
            | (credit_minutes << 88)
            | (guarantor << 56)
            | (credited_ms << 8)
            | len(attestations)
        ).to_bytes(25, "big")
        + b"".join(attestations)
        + _sized("attest_credit.consents", consents, 64)
    )


def encode_attest_credit(
    *,
    account: int,
    limit_micro_usd: MicroUsd,
    credit_minutes: Minutes,
    guarantor: int,
    credited_ms: Milliseconds,
    attestations: Sequence[bytes],
    consents: Sequence[bytes],
) -> bytes:
    """Return the bytes of `attest_credit`.

    Attesters say the credit of an account, and its guarantor consents; or they take it away.
    """
    return frame_op(
        type=OpType.ATTEST_CREDIT,
        body=encode_attest_credit_body(
            account=account,
            limit_micro_usd=limit_micro_usd,
            credit_minutes=credit_minutes,
            guarantor=guarantor,
            credited_ms=credited_ms,
            attestations=attestations,
            consents=consents,
        ),
    )


def encode_release_credit_body(
    *,
    account: int,
) -> bytes:
    """Return the body of `release_credit`.

    Credit that has ended goes back to its guarantor; no account signs.
    """
    if account >> 32:
        _overflow("release_credit", (("account", account, 32, False),))
    return account.to_bytes(4, "big")


def encode_release_credit(
    *,
    account: int,
) -> bytes:
    """Return the bytes of `release_credit`.

    Credit that has ended goes back to its guarantor; no account signs.
    """
    return frame_op(type=OpType.RELEASE_CREDIT, body=encode_release_credit_body(account=account))


def encode_liquidate_body(
    *,
    account: int,
    instrument: int,
) -> bytes:
    """Return the body of `liquidate`.

    A position of an account below maintenance is closed in part.
    """
    if (account >> 32) | (instrument >> 16):
        _overflow(
            "liquidate",
            (
                ("account", account, 32, False),
                ("instrument", instrument, 16, False),
            ),
        )
    return ((account << 16) | instrument).to_bytes(6, "big")


def encode_liquidate(
    *,
    account: int,
    instrument: int,
) -> bytes:
    """Return the bytes of `liquidate`.

    A position of an account below maintenance is closed in part.
    """
    return frame_op(
        type=OpType.LIQUIDATE, body=encode_liquidate_body(account=account, instrument=instrument)
    )


def encode_unwind_body(
    *,
    instrument: int,
) -> bytes:
    """Return the body of `unwind`.

    The house of an instrument trades out through the book.
    """
    if instrument >> 16:
        _overflow("unwind", (("instrument", instrument, 16, False),))
    return instrument.to_bytes(2, "big")


def encode_unwind(
    *,
    instrument: int,
) -> bytes:
    """Return the bytes of `unwind`.

    The house of an instrument trades out through the book.
    """
    return frame_op(type=OpType.UNWIND, body=encode_unwind_body(instrument=instrument))


def encode_fire_trigger_body(
    *,
    account: int,
    instrument: int,
    place: int,
) -> bytes:
    """Return the body of `fire_trigger`.

    A trigger whose price has come becomes an order, and one that is dead is emptied.
    """
    if (account >> 32) | (instrument >> 16) | (place >> 8):
        _overflow(
            "fire_trigger",
            (
                ("account", account, 32, False),
                ("instrument", instrument, 16, False),
                ("place", place, 8, False),
            ),
        )
    return ((account << 24) | (instrument << 8) | place).to_bytes(7, "big")


def encode_fire_trigger(
    *,
    account: int,
    instrument: int,
    place: int,
) -> bytes:
    """Return the bytes of `fire_trigger`.

    A trigger whose price has come becomes an order, and one that is dead is emptied.
    """
    return frame_op(
        type=OpType.FIRE_TRIGGER,
        body=encode_fire_trigger_body(account=account, instrument=instrument, place=place),
    )


def encode_funding_body(
    *,
    instrument: int,
) -> bytes:
    """Return the body of `funding`.

    A sample of a perpetual's funding: the premium of its book over the mark moves its index.
    """
    if instrument >> 16:
        _overflow("funding", (("instrument", instrument, 16, False),))
    return instrument.to_bytes(2, "big")


def encode_funding(
    *,
    instrument: int,
) -> bytes:
    """Return the bytes of `funding`.

    A sample of a perpetual's funding: the premium of its book over the mark moves its index.
    """
    return frame_op(type=OpType.FUNDING, body=encode_funding_body(instrument=instrument))


def encode_deleverage_body(
    *,
    instrument: int,
) -> bytes:
    """Return the body of `deleverage`.

    The house's lots are closed against the other side, pro rata.
    """
    if instrument >> 16:
        _overflow("deleverage", (("instrument", instrument, 16, False),))
    return instrument.to_bytes(2, "big")


def encode_deleverage(
    *,
    instrument: int,
) -> bytes:
    """Return the bytes of `deleverage`.

    The house's lots are closed against the other side, pro rata.
    """
    return frame_op(type=OpType.DELEVERAGE, body=encode_deleverage_body(instrument=instrument))


def encode_announce_orphan_body(
    *,
    underlying: int,
) -> bytes:
    """Return the body of `announce_orphan`.

    An underlying without a price for a day is announced an orphan.
    """
    if underlying >> 16:
        _overflow("announce_orphan", (("underlying", underlying, 16, False),))
    return underlying.to_bytes(2, "big")


def encode_announce_orphan(
    *,
    underlying: int,
) -> bytes:
    """Return the bytes of `announce_orphan`.

    An underlying without a price for a day is announced an orphan.
    """
    return frame_op(
        type=OpType.ANNOUNCE_ORPHAN, body=encode_announce_orphan_body(underlying=underlying)
    )


def encode_settle_orphan_body(
    *,
    instrument: int,
) -> bytes:
    """Return the body of `settle_orphan`.

    An instrument of an orphaned underlying is settled at the last price.
    """
    if instrument >> 16:
        _overflow("settle_orphan", (("instrument", instrument, 16, False),))
    return instrument.to_bytes(2, "big")


def encode_settle_orphan(
    *,
    instrument: int,
) -> bytes:
    """Return the bytes of `settle_orphan`.

    An instrument of an orphaned underlying is settled at the last price.
    """
    return frame_op(
        type=OpType.SETTLE_ORPHAN, body=encode_settle_orphan_body(instrument=instrument)
    )


def encode_settle_position_body(
    *,
    account: int,
    instrument: int,
) -> bytes:
    """Return the body of `settle_position`.

    A position in a settled instrument becomes cash.
    """
    if (account >> 32) | (instrument >> 16):
        _overflow(
            "settle_position",
            (
                ("account", account, 32, False),
                ("instrument", instrument, 16, False),
            ),
        )
    return ((account << 16) | instrument).to_bytes(6, "big")


def encode_settle_position(
    *,
    account: int,
    instrument: int,
) -> bytes:
    """Return the bytes of `settle_position`.

    A position in a settled instrument becomes cash.
    """
    return frame_op(
        type=OpType.SETTLE_POSITION,
        body=encode_settle_position_body(account=account, instrument=instrument),
    )


def encode_surface_body(
    *,
    expiry: int,
    publish_time_ms: Milliseconds,
    svi_a: int,
    svi_b: int,
    svi_rho: int,
    svi_m: int,
    svi_sigma: int,
    svi_forward: NanoUsd,
    svi_time_ms: Milliseconds,
    rate_ppm: Ppm,
    confidence_ppm: Ppm,
    reports: Sequence[bytes],
) -> bytes:
    """Return the body of `surface`.

    Reporters' forward of an expiry, of which the law takes the median, and the surface that all
    of them sign.
    """
    if (
        (expiry >> 16)
        | (publish_time_ms >> 48)
        | ((svi_a + 0x8000000000000000) >> 64)
        | (svi_b >> 64)
        | ((svi_rho + 0x8000000000000000) >> 64)
        | ((svi_m + 0x8000000000000000) >> 64)
        | (svi_sigma >> 64)
        | (svi_forward >> 64)
        | (svi_time_ms >> 48)
        | ((rate_ppm + 0x80000000) >> 32)
        | (confidence_ppm >> 32)
    ):
        _overflow(
            "surface",
            (
                ("expiry", expiry, 16, False),
                ("publish_time_ms", publish_time_ms, 48, False),
                ("svi_a", svi_a, 64, True),
                ("svi_b", svi_b, 64, False),
                ("svi_rho", svi_rho, 64, True),
                ("svi_m", svi_m, 64, True),
                ("svi_sigma", svi_sigma, 64, False),
                ("svi_forward", svi_forward, 64, False),
                ("svi_time_ms", svi_time_ms, 48, False),
                ("rate_ppm", rate_ppm, 32, True),
                ("confidence_ppm", confidence_ppm, 32, False),
            ),
        )
    if len(reports) >> 8:
        raise FieldOverflow("surface.reports", len(reports))
    return (
        (expiry << 552)
        | (publish_time_ms << 504)
        | ((svi_a & 0xFFFFFFFFFFFFFFFF) << 440)
        | (svi_b << 376)
        | ((svi_rho & 0xFFFFFFFFFFFFFFFF) << 312)
        | ((svi_m & 0xFFFFFFFFFFFFFFFF) << 248)
        | (svi_sigma << 184)
        | (svi_forward << 120)
        | (svi_time_ms << 72)
        | ((rate_ppm & 0xFFFFFFFF) << 40)
        | (confidence_ppm << 8)
        | len(reports)
    ).to_bytes(71, "big") + b"".join(reports)


def encode_surface(
    *,
    expiry: int,
    publish_time_ms: Milliseconds,
    svi_a: int,
    svi_b: int,
    svi_rho: int,
    svi_m: int,
    svi_sigma: int,
    svi_forward: NanoUsd,
    svi_time_ms: Milliseconds,
    rate_ppm: Ppm,
    confidence_ppm: Ppm,
    reports: Sequence[bytes],
) -> bytes:
    """Return the bytes of `surface`.

    Reporters' forward of an expiry, of which the law takes the median, and the surface that all
    of them sign.
    """
    return frame_op(
        type=OpType.SURFACE,
        body=encode_surface_body(
            expiry=expiry,
            publish_time_ms=publish_time_ms,
            svi_a=svi_a,
            svi_b=svi_b,
            svi_rho=svi_rho,
            svi_m=svi_m,
            svi_sigma=svi_sigma,
            svi_forward=svi_forward,
            svi_time_ms=svi_time_ms,
            rate_ppm=rate_ppm,
            confidence_ppm=confidence_ppm,
            reports=reports,
        ),
    )


def encode_reprice_body(
    *,
    instrument: int,
) -> bytes:
    """Return the body of `reprice`.

    Marks and Greeks of a strike's call and put, from the surface of their expiry; once it is
    settled, their settlement.
    """
    if instrument >> 16:
        _overflow("reprice", (("instrument", instrument, 16, False),))
    return instrument.to_bytes(2, "big")


def encode_reprice(
    *,
    instrument: int,
) -> bytes:
    """Return the bytes of `reprice`.

    Marks and Greeks of a strike's call and put, from the surface of their expiry; once it is
    settled, their settlement.
    """
    return frame_op(type=OpType.REPRICE, body=encode_reprice_body(instrument=instrument))


def encode_expiry_sample_body(
    *,
    expiry: int,
) -> bytes:
    """Return the body of `expiry_sample`.

    The index is added to the average of an expiry's last half hour.
    """
    if expiry >> 16:
        _overflow("expiry_sample", (("expiry", expiry, 16, False),))
    return expiry.to_bytes(2, "big")


def encode_expiry_sample(
    *,
    expiry: int,
) -> bytes:
    """Return the bytes of `expiry_sample`.

    The index is added to the average of an expiry's last half hour.
    """
    return frame_op(type=OpType.EXPIRY_SAMPLE, body=encode_expiry_sample_body(expiry=expiry))


def encode_settle_expiry_body(
    *,
    expiry: int,
    reports: Sequence[bytes],
) -> bytes:
    """Return the body of `settle_expiry`.

    Reporters' settlement prices of an expiry; the law takes their median.
    """
    if expiry >> 16:
        _overflow("settle_expiry", (("expiry", expiry, 16, False),))
    if len(reports) >> 8:
        raise FieldOverflow("settle_expiry.reports", len(reports))
    return ((expiry << 8) | len(reports)).to_bytes(3, "big") + b"".join(reports)


def encode_settle_expiry(
    *,
    expiry: int,
    reports: Sequence[bytes],
) -> bytes:
    """Return the bytes of `settle_expiry`.

    Reporters' settlement prices of an expiry; the law takes their median.
    """
    return frame_op(
        type=OpType.SETTLE_EXPIRY, body=encode_settle_expiry_body(expiry=expiry, reports=reports)
    )


def encode_place(
    *,
    instrument: int,
    flags: int,
    price: Ticks,
    lots: Lots,
    expiry_ms: Milliseconds = _MILLISECONDS_0,
    client_id: int = 0,
) -> bytes:
    """Return the bytes of `place`.

    A new order.
    """
    if (
        (instrument >> 16)
        | (flags >> 8)
        | (price >> 32)
        | (lots >> 40)
        | (expiry_ms >> 48)
        | (client_id >> 64)
    ):
        _overflow(
            "place",
            (
                ("instrument", instrument, 16, False),
                ("flags", flags, 8, False),
                ("price", price, 32, False),
                ("lots", lots, 40, False),
                ("expiry_ms", expiry_ms, 48, False),
                ("client_id", client_id, 64, False),
            ),
        )
    return (
        (ActionKind.PLACE << 208)
        | (instrument << 192)
        | (flags << 184)
        | (price << 152)
        | (lots << 112)
        | (expiry_ms << 64)
        | client_id
    ).to_bytes(27, "big")


def encode_cancel(
    *,
    instrument: int,
    slot: int,
    serial: int,
) -> bytes:
    """Return the bytes of `cancel`.

    One order out.
    """
    if (instrument >> 16) | (slot >> 32) | (serial >> 48):
        _overflow(
            "cancel",
            (
                ("instrument", instrument, 16, False),
                ("slot", slot, 32, False),
                ("serial", serial, 48, False),
            ),
        )
    return ((ActionKind.CANCEL << 96) | (instrument << 80) | (slot << 48) | serial).to_bytes(
        13, "big"
    )


def encode_cancel_all(
    *,
    instrument: int = 0,
) -> bytes:
    """Return the bytes of `cancel_all`.

    All orders of an instrument out.
    """
    if instrument >> 16:
        _overflow("cancel_all", (("instrument", instrument, 16, False),))
    return ((ActionKind.CANCEL_ALL << 16) | instrument).to_bytes(3, "big")


def encode_replace(
    *,
    instrument: int,
    slot: int,
    serial: int,
    flags: int,
    price: Ticks,
    lots: Lots,
    expiry_ms: Milliseconds = _MILLISECONDS_0,
    client_id: int = 0,
) -> bytes:
    """Return the bytes of `replace`.

    New terms for a resting order.
    """
    if (
        (instrument >> 16)
        | (slot >> 32)
        | (serial >> 48)
        | (flags >> 8)
        | (price >> 32)
        | (lots >> 40)
        | (expiry_ms >> 48)
        | (client_id >> 64)
    ):
        _overflow(
            "replace",
            (
                ("instrument", instrument, 16, False),
                ("slot", slot, 32, False),
                ("serial", serial, 48, False),
                ("flags", flags, 8, False),
                ("price", price, 32, False),
                ("lots", lots, 40, False),
                ("expiry_ms", expiry_ms, 48, False),
                ("client_id", client_id, 64, False),
            ),
        )
    return (
        (ActionKind.REPLACE << 288)
        | (instrument << 272)
        | (slot << 240)
        | (serial << 192)
        | (flags << 184)
        | (price << 152)
        | (lots << 112)
        | (expiry_ms << 64)
        | client_id
    ).to_bytes(37, "big")


def encode_quote(
    *,
    instrument: int,
    flags: int,
    expiry_ms: Milliseconds = _MILLISECONDS_0,
    client_id: int = 0,
    bid_slot: int = 0,
    bid_serial: int = 0,
    bid_price: Ticks = _TICKS_0,
    bid_lots: Lots = _LOTS_0,
    ask_slot: int = 0,
    ask_serial: int = 0,
    ask_price: Ticks = _TICKS_0,
    ask_lots: Lots = _LOTS_0,
) -> bytes:
    """Return the bytes of `quote`.

    A bid and an ask of one instrument, each instead of a resting order or as a new one. Signed as
    two actions of this kind, the bid before the ask.
    """
    if (
        (instrument >> 16)
        | (flags >> 8)
        | (expiry_ms >> 48)
        | (client_id >> 64)
        | (bid_slot >> 32)
        | (bid_serial >> 48)
        | (bid_price >> 32)
        | (bid_lots >> 40)
        | (ask_slot >> 32)
        | (ask_serial >> 48)
        | (ask_price >> 32)
        | (ask_lots >> 40)
    ):
        _overflow(
            "quote",
            (
                ("instrument", instrument, 16, False),
                ("flags", flags, 8, False),
                ("expiry_ms", expiry_ms, 48, False),
                ("client_id", client_id, 64, False),
                ("bid_slot", bid_slot, 32, False),
                ("bid_serial", bid_serial, 48, False),
                ("bid_price", bid_price, 32, False),
                ("bid_lots", bid_lots, 40, False),
                ("ask_slot", ask_slot, 32, False),
                ("ask_serial", ask_serial, 48, False),
                ("ask_price", ask_price, 32, False),
                ("ask_lots", ask_lots, 40, False),
            ),
        )
    return (
        (ActionKind.QUOTE << 440)
        | (instrument << 424)
        | (flags << 416)
        | (expiry_ms << 368)
        | (client_id << 304)
        | (bid_slot << 272)
        | (bid_serial << 224)
        | (bid_price << 192)
        | (bid_lots << 152)
        | (ask_slot << 120)
        | (ask_serial << 72)
        | (ask_price << 40)
        | ask_lots
    ).to_bytes(56, "big")


def encode_register_payload(
    *,
    account: int,
    owner: bytes,
) -> bytes:
    """Return the payload of `register`.

    A new account and its session 0, the owner's.
    """
    if account >> 32:
        _overflow("register", (("account", account, 32, False),))
    if len(owner) != 20:
        raise WrongLength("register.owner", 20, len(owner))
    return account.to_bytes(4, "big") + owner


def encode_register(
    *,
    sender: bytes = bytes(20),
    time_ms: Milliseconds,
    account: int,
    owner: bytes,
) -> bytes:
    """Return the bytes of `register`.

    A new account and its session 0, the owner's.
    """
    return frame_message(
        kind=MessageKind.REGISTER,
        sender=sender,
        time_ms=time_ms,
        payload=encode_register_payload(account=account, owner=owner),
    )


def encode_deposit_payload(
    *,
    account: int,
    amount_micro_usd: MicroUsd,
) -> bytes:
    """Return the payload of `deposit`.

    Collateral arrived.
    """
    if (account >> 32) | (amount_micro_usd >> 128):
        _overflow(
            "deposit",
            (
                ("account", account, 32, False),
                ("amount_micro_usd", amount_micro_usd, 128, False),
            ),
        )
    return ((account << 128) | amount_micro_usd).to_bytes(20, "big")


def encode_deposit(
    *,
    sender: bytes = bytes(20),
    time_ms: Milliseconds,
    account: int,
    amount_micro_usd: MicroUsd,
) -> bytes:
    """Return the bytes of `deposit`.

    Collateral arrived.
    """
    return frame_message(
        kind=MessageKind.DEPOSIT,
        sender=sender,
        time_ms=time_ms,
        payload=encode_deposit_payload(account=account, amount_micro_usd=amount_micro_usd),
    )


def encode_user_op(
    *,
    sender: bytes = bytes(20),
    time_ms: Milliseconds,
    op: bytes,
) -> bytes:
    """Return the bytes of `user_op`.

    An op forced through L1; an owner's may come without its signature.
    """
    return frame_message(kind=MessageKind.USER_OP, sender=sender, time_ms=time_ms, payload=op)


def encode_governance(
    *,
    sender: bytes = bytes(20),
    time_ms: Milliseconds,
    payload: bytes,
) -> bytes:
    """Return the bytes of `governance`.

    Listing, parameters, reporters.
    """
    return frame_message(
        kind=MessageKind.GOVERNANCE, sender=sender, time_ms=time_ms, payload=payload
    )


def encode_l1_report_payload(
    *,
    base_fee_wei: int,
    blob_base_fee_wei: int,
) -> bytes:
    """Return the payload of `l1_report`.

    What a unit of gas cost in the block of the report, in wei; above 2^63 it counts as 2^63.
    """
    if (base_fee_wei >> 64) | (blob_base_fee_wei >> 64):
        _overflow(
            "l1_report",
            (
                ("base_fee_wei", base_fee_wei, 64, False),
                ("blob_base_fee_wei", blob_base_fee_wei, 64, False),
            ),
        )
    return ((base_fee_wei << 64) | blob_base_fee_wei).to_bytes(16, "big")


def encode_l1_report(
    *,
    sender: bytes = bytes(20),
    time_ms: Milliseconds,
    base_fee_wei: int,
    blob_base_fee_wei: int,
) -> bytes:
    """Return the bytes of `l1_report`.

    What a unit of gas cost in the block of the report, in wei; above 2^63 it counts as 2^63.
    """
    return frame_message(
        kind=MessageKind.L1_REPORT,
        sender=sender,
        time_ms=time_ms,
        payload=encode_l1_report_payload(
            base_fee_wei=base_fee_wei, blob_base_fee_wei=blob_base_fee_wei
        ),
    )


def encode_pay_in_payload(
    *,
    pool: int,
    amount_micro_usd: MicroUsd,
) -> bytes:
    """Return the payload of `pay_in`.

    Anyone's payment into a pool of the venue.
    """
    if (pool >> 8) | (amount_micro_usd >> 128):
        _overflow(
            "pay_in",
            (
                ("pool", pool, 8, False),
                ("amount_micro_usd", amount_micro_usd, 128, False),
            ),
        )
    return ((pool << 128) | amount_micro_usd).to_bytes(17, "big")


def encode_pay_in(
    *,
    sender: bytes = bytes(20),
    time_ms: Milliseconds,
    pool: int,
    amount_micro_usd: MicroUsd,
) -> bytes:
    """Return the bytes of `pay_in`.

    Anyone's payment into a pool of the venue.
    """
    return frame_message(
        kind=MessageKind.PAY_IN,
        sender=sender,
        time_ms=time_ms,
        payload=encode_pay_in_payload(pool=pool, amount_micro_usd=amount_micro_usd),
    )


def encode_list_underlying(
    *,
    symbol: bytes,
) -> bytes:
    """Return the bytes of `list_underlying`.

    A new underlying; it gets the next id.
    """
    if len(symbol) != 16:
        raise WrongLength("list_underlying.symbol", 16, len(symbol))
    return GovernanceAction.LIST_UNDERLYING.to_bytes(1, "big") + symbol


def encode_list_instrument(
    *,
    underlying: int,
    kind: int,
    tick_value_micro_usd: MicroUsdPerTickPerLot,
    index_per_tick_nano_usd: NanoUsdPerTick,
    initial_margin_ppm: Ppm,
    maintenance_margin_ppm: Ppm,
    maker_fee_ppm: Ppm,
    taker_fee_ppm: Ppm,
    price_band_ppm: Ppm,
    min_order_value_micro_usd: MicroUsd,
    symbol: bytes,
    liquidation_fee_ppm: Ppm = _PPM_0,
    house_margin_ppm: Ppm = _PPM_1,
    funding_cap_ppm: Ppm = _PPM_0,
    funding_interest_ppm: Ppm = _PPM_0,
    funding_tau_ms: Milliseconds = _MILLISECONDS_0,
    impact_value_micro_usd: MicroUsd = _MICROUSD_1,
    tier: int = 0,
    expiry: int = 0,
) -> bytes:
    """Return the bytes of `list_instrument`.

    A new instrument, ACTIVE; it gets the next id.
    """
    if (
        (underlying >> 16)
        | (kind >> 8)
        | (tick_value_micro_usd >> 24)
        | (index_per_tick_nano_usd >> 64)
        | (initial_margin_ppm >> 32)
        | (maintenance_margin_ppm >> 32)
        | (maker_fee_ppm >> 32)
        | (taker_fee_ppm >> 32)
        | (price_band_ppm >> 32)
        | (min_order_value_micro_usd >> 64)
        | (liquidation_fee_ppm >> 32)
        | (house_margin_ppm >> 32)
        | (funding_cap_ppm >> 32)
        | ((funding_interest_ppm + 0x80000000) >> 32)
        | (funding_tau_ms >> 32)
        | (impact_value_micro_usd >> 64)
        | (tier >> 8)
        | (expiry >> 16)
    ):
        _overflow(
            "list_instrument",
            (
                ("underlying", underlying, 16, False),
                ("kind", kind, 8, False),
                ("tick_value_micro_usd", tick_value_micro_usd, 24, False),
                ("index_per_tick_nano_usd", index_per_tick_nano_usd, 64, False),
                ("initial_margin_ppm", initial_margin_ppm, 32, False),
                ("maintenance_margin_ppm", maintenance_margin_ppm, 32, False),
                ("maker_fee_ppm", maker_fee_ppm, 32, False),
                ("taker_fee_ppm", taker_fee_ppm, 32, False),
                ("price_band_ppm", price_band_ppm, 32, False),
                ("min_order_value_micro_usd", min_order_value_micro_usd, 64, False),
                ("liquidation_fee_ppm", liquidation_fee_ppm, 32, False),
                ("house_margin_ppm", house_margin_ppm, 32, False),
                ("funding_cap_ppm", funding_cap_ppm, 32, False),
                ("funding_interest_ppm", funding_interest_ppm, 32, True),
                ("funding_tau_ms", funding_tau_ms, 32, False),
                ("impact_value_micro_usd", impact_value_micro_usd, 64, False),
                ("tier", tier, 8, False),
                ("expiry", expiry, 16, False),
            ),
        )
    if len(symbol) != 16:
        raise WrongLength("list_instrument.symbol", 16, len(symbol))
    return (
        (
            (GovernanceAction.LIST_INSTRUMENT << 336)
            | (underlying << 320)
            | (kind << 312)
            | (tick_value_micro_usd << 288)
            | (index_per_tick_nano_usd << 224)
            | (initial_margin_ppm << 192)
            | (maintenance_margin_ppm << 160)
            | (maker_fee_ppm << 128)
            | (taker_fee_ppm << 96)
            | (price_band_ppm << 64)
            | min_order_value_micro_usd
        ).to_bytes(43, "big")
        + symbol
        + (
            (liquidation_fee_ppm << 216)
            | (house_margin_ppm << 184)
            | (funding_cap_ppm << 152)
            | ((funding_interest_ppm & 0xFFFFFFFF) << 120)
            | (funding_tau_ms << 88)
            | (impact_value_micro_usd << 24)
            | (tier << 16)
            | expiry
        ).to_bytes(31, "big")
    )


def encode_set_instrument(
    *,
    instrument: int,
    status: int,
    initial_margin_ppm: Ppm,
    maintenance_margin_ppm: Ppm,
    maker_fee_ppm: Ppm,
    taker_fee_ppm: Ppm,
    price_band_ppm: Ppm,
    min_order_value_micro_usd: MicroUsd,
    liquidation_fee_ppm: Ppm = _PPM_0,
    house_margin_ppm: Ppm = _PPM_1,
    funding_cap_ppm: Ppm = _PPM_0,
    funding_interest_ppm: Ppm = _PPM_0,
    funding_tau_ms: Milliseconds = _MILLISECONDS_0,
    impact_value_micro_usd: MicroUsd = _MICROUSD_1,
    tier: int = 0,
    successor: int = 0,
) -> bytes:
    """Return the bytes of `set_instrument`.

    New parameters and status of an instrument.
    """
    if (
        (instrument >> 16)
        | (status >> 8)
        | (initial_margin_ppm >> 32)
        | (maintenance_margin_ppm >> 32)
        | (maker_fee_ppm >> 32)
        | (taker_fee_ppm >> 32)
        | (price_band_ppm >> 32)
        | (min_order_value_micro_usd >> 64)
        | (liquidation_fee_ppm >> 32)
        | (house_margin_ppm >> 32)
        | (funding_cap_ppm >> 32)
        | ((funding_interest_ppm + 0x80000000) >> 32)
        | (funding_tau_ms >> 32)
        | (impact_value_micro_usd >> 64)
        | (tier >> 8)
        | (successor >> 16)
    ):
        _overflow(
            "set_instrument",
            (
                ("instrument", instrument, 16, False),
                ("status", status, 8, False),
                ("initial_margin_ppm", initial_margin_ppm, 32, False),
                ("maintenance_margin_ppm", maintenance_margin_ppm, 32, False),
                ("maker_fee_ppm", maker_fee_ppm, 32, False),
                ("taker_fee_ppm", taker_fee_ppm, 32, False),
                ("price_band_ppm", price_band_ppm, 32, False),
                ("min_order_value_micro_usd", min_order_value_micro_usd, 64, False),
                ("liquidation_fee_ppm", liquidation_fee_ppm, 32, False),
                ("house_margin_ppm", house_margin_ppm, 32, False),
                ("funding_cap_ppm", funding_cap_ppm, 32, False),
                ("funding_interest_ppm", funding_interest_ppm, 32, True),
                ("funding_tau_ms", funding_tau_ms, 32, False),
                ("impact_value_micro_usd", impact_value_micro_usd, 64, False),
                ("tier", tier, 8, False),
                ("successor", successor, 16, False),
            ),
        )
    return (
        (GovernanceAction.SET_INSTRUMENT << 496)
        | (instrument << 480)
        | (status << 472)
        | (initial_margin_ppm << 440)
        | (maintenance_margin_ppm << 408)
        | (maker_fee_ppm << 376)
        | (taker_fee_ppm << 344)
        | (price_band_ppm << 312)
        | (min_order_value_micro_usd << 248)
        | (liquidation_fee_ppm << 216)
        | (house_margin_ppm << 184)
        | (funding_cap_ppm << 152)
        | ((funding_interest_ppm & 0xFFFFFFFF) << 120)
        | (funding_tau_ms << 88)
        | (impact_value_micro_usd << 24)
        | (tier << 16)
        | successor
    ).to_bytes(63, "big")


def encode_set_reporters(
    *,
    quorum: int,
    reporters: Sequence[bytes],
) -> bytes:
    """Return the bytes of `set_reporters`.

    The reporters and their quorum; raises reporter_epoch.
    """
    if quorum >> 8:
        _overflow("set_reporters", (("quorum", quorum, 8, False),))
    if len(reporters) >> 8:
        raise FieldOverflow("set_reporters.reporters", len(reporters))
    return ((GovernanceAction.SET_REPORTERS << 16) | (quorum << 8) | len(reporters)).to_bytes(
        3, "big"
    ) + _sized("set_reporters.reporters", reporters, 20)


def encode_set_latency(
    *,
    slope_factor_ppm: Ppm,
    slope_least_ppm: Ppm,
    slope_most_ppm: Ppm,
    variance_tau_ms: Milliseconds,
) -> bytes:
    """Return the bytes of `set_latency`.

    How margins grow with the age of a price; slopes of underlyings follow with their next price.
    """
    if (
        (slope_factor_ppm >> 32)
        | (slope_least_ppm >> 32)
        | (slope_most_ppm >> 32)
        | (variance_tau_ms >> 32)
    ):
        _overflow(
            "set_latency",
            (
                ("slope_factor_ppm", slope_factor_ppm, 32, False),
                ("slope_least_ppm", slope_least_ppm, 32, False),
                ("slope_most_ppm", slope_most_ppm, 32, False),
                ("variance_tau_ms", variance_tau_ms, 32, False),
            ),
        )
    return (
        (GovernanceAction.SET_LATENCY << 128)
        | (slope_factor_ppm << 96)
        | (slope_least_ppm << 64)
        | (slope_most_ppm << 32)
        | variance_tau_ms
    ).to_bytes(17, "big")


def encode_set_eth(
    *,
    underlying: int,
) -> bytes:
    """Return the bytes of `set_eth`.

    The underlying whose index turns wei into USD: what L1 takes for an op's bytes is charged to
    its account.
    """
    if underlying >> 16:
        _overflow("set_eth", (("underlying", underlying, 16, False),))
    return ((GovernanceAction.SET_ETH << 16) | underlying).to_bytes(3, "big")


def encode_pay_out(
    *,
    pool: int,
    account: int,
    amount_micro_usd: MicroUsd,
) -> bytes:
    """Return the bytes of `pay_out`.

    Money of a pool to an account; it leaves the venue by Withdraw alone.
    """
    if (pool >> 8) | (account >> 32) | (amount_micro_usd >> 128):
        _overflow(
            "pay_out",
            (
                ("pool", pool, 8, False),
                ("account", account, 32, False),
                ("amount_micro_usd", amount_micro_usd, 128, False),
            ),
        )
    return (
        (GovernanceAction.PAY_OUT << 168) | (pool << 160) | (account << 128) | amount_micro_usd
    ).to_bytes(22, "big")


def encode_list_expiry(
    *,
    underlying: int,
    expiry_ms: Milliseconds,
    forward_ppb: Ppb,
) -> bytes:
    """Return the bytes of `list_expiry`.

    A new expiry of an underlying; it gets the next id.
    """
    if (underlying >> 16) | (expiry_ms >> 48) | (forward_ppb >> 32):
        _overflow(
            "list_expiry",
            (
                ("underlying", underlying, 16, False),
                ("expiry_ms", expiry_ms, 48, False),
                ("forward_ppb", forward_ppb, 32, False),
            ),
        )
    return (
        (GovernanceAction.LIST_EXPIRY << 96) | (underlying << 80) | (expiry_ms << 32) | forward_ppb
    ).to_bytes(13, "big")


def encode_list_options(
    *,
    expiry: int,
    strike: Ticks,
    tick_value_micro_usd: MicroUsdPerTickPerLot,
    index_per_tick_nano_usd: NanoUsdPerTick,
    initial_margin_ppm: Ppm,
    maintenance_margin_ppm: Ppm,
    maker_fee_ppm: Ppm,
    taker_fee_ppm: Ppm,
    price_band_ppm: Ppm,
    min_order_value_micro_usd: MicroUsd,
    call_symbol: bytes,
    put_symbol: bytes,
    liquidation_fee_ppm: Ppm = _PPM_0,
    house_margin_ppm: Ppm = _PPM_1,
    funding_cap_ppm: Ppm = _PPM_0,
    funding_interest_ppm: Ppm = _PPM_0,
    funding_tau_ms: Milliseconds = _MILLISECONDS_0,
    impact_value_micro_usd: MicroUsd = _MICROUSD_1,
    tier: int = 0,
) -> bytes:
    """Return the bytes of `list_options`.

    A call and a put, ACTIVE, not priced yet; the call gets the next id, the put the one behind
    it. The funding terms are read by nothing.
    """
    if (
        (expiry >> 16)
        | (strike >> 32)
        | (tick_value_micro_usd >> 24)
        | (index_per_tick_nano_usd >> 64)
        | (initial_margin_ppm >> 32)
        | (maintenance_margin_ppm >> 32)
        | (maker_fee_ppm >> 32)
        | (taker_fee_ppm >> 32)
        | (price_band_ppm >> 32)
        | (min_order_value_micro_usd >> 64)
        | (liquidation_fee_ppm >> 32)
        | (house_margin_ppm >> 32)
        | (funding_cap_ppm >> 32)
        | ((funding_interest_ppm + 0x80000000) >> 32)
        | (funding_tau_ms >> 32)
        | (impact_value_micro_usd >> 64)
        | (tier >> 8)
    ):
        _overflow(
            "list_options",
            (
                ("expiry", expiry, 16, False),
                ("strike", strike, 32, False),
                ("tick_value_micro_usd", tick_value_micro_usd, 24, False),
                ("index_per_tick_nano_usd", index_per_tick_nano_usd, 64, False),
                ("initial_margin_ppm", initial_margin_ppm, 32, False),
                ("maintenance_margin_ppm", maintenance_margin_ppm, 32, False),
                ("maker_fee_ppm", maker_fee_ppm, 32, False),
                ("taker_fee_ppm", taker_fee_ppm, 32, False),
                ("price_band_ppm", price_band_ppm, 32, False),
                ("min_order_value_micro_usd", min_order_value_micro_usd, 64, False),
                ("liquidation_fee_ppm", liquidation_fee_ppm, 32, False),
                ("house_margin_ppm", house_margin_ppm, 32, False),
                ("funding_cap_ppm", funding_cap_ppm, 32, False),
                ("funding_interest_ppm", funding_interest_ppm, 32, True),
                ("funding_tau_ms", funding_tau_ms, 32, False),
                ("impact_value_micro_usd", impact_value_micro_usd, 64, False),
                ("tier", tier, 8, False),
            ),
        )
    if len(call_symbol) != 16:
        raise WrongLength("list_options.call_symbol", 16, len(call_symbol))
    if len(put_symbol) != 16:
        raise WrongLength("list_options.put_symbol", 16, len(put_symbol))
    return (
        (
            (GovernanceAction.LIST_OPTIONS << 360)
            | (expiry << 344)
            | (strike << 312)
            | (tick_value_micro_usd << 288)
            | (index_per_tick_nano_usd << 224)
            | (initial_margin_ppm << 192)
            | (maintenance_margin_ppm << 160)
            | (maker_fee_ppm << 128)
            | (taker_fee_ppm << 96)
            | (price_band_ppm << 64)
            | min_order_value_micro_usd
        ).to_bytes(46, "big")
        + call_symbol
        + put_symbol
        + (
            (liquidation_fee_ppm << 200)
            | (house_margin_ppm << 168)
            | (funding_cap_ppm << 136)
            | ((funding_interest_ppm & 0xFFFFFFFF) << 104)
            | (funding_tau_ms << 72)
            | (impact_value_micro_usd << 8)
            | tier
        ).to_bytes(29, "big")
    )


def encode_set_attesters(
    *,
    quorum: int,
    attesters: Sequence[bytes],
) -> bytes:
    """Return the bytes of `set_attesters`.

    The attesters and their quorum; with a quorum of 0 nobody attests.
    """
    if quorum >> 8:
        _overflow("set_attesters", (("quorum", quorum, 8, False),))
    if len(attesters) >> 8:
        raise FieldOverflow("set_attesters.attesters", len(attesters))
    return ((GovernanceAction.SET_ATTESTERS << 16) | (quorum << 8) | len(attesters)).to_bytes(
        3, "big"
    ) + _sized("set_attesters.attesters", attesters, 20)


def encode_block_leg(
    *,
    instrument: int,
    sell: int,
    price: Ticks,
    lots: Lots,
) -> bytes:
    """Return the bytes of `block_leg`.

    One leg of a BlockTrade, as its submitter sees it.
    """
    if (instrument >> 16) | (sell >> 8) | (price >> 32) | (lots >> 40):
        _overflow(
            "block_leg",
            (
                ("instrument", instrument, 16, False),
                ("sell", sell, 8, False),
                ("price", price, 32, False),
                ("lots", lots, 40, False),
            ),
        )
    return ((instrument << 80) | (sell << 72) | (price << 40) | lots).to_bytes(12, "big")


def encode_attestation(
    *,
    attester: int,
    signature: bytes,
) -> bytes:
    """Return the bytes of `attestation`.

    One attester's signature of an Attest.
    """
    if attester >> 8:
        _overflow("attestation", (("attester", attester, 8, False),))
    if len(signature) != 64:
        raise WrongLength("attestation.signature", 64, len(signature))
    return attester.to_bytes(1, "big") + signature


def encode_credit_attestation(
    *,
    attester: int,
    signature: bytes,
) -> bytes:
    """Return the bytes of `credit_attestation`.

    One attester's signature of an AttestCredit.
    """
    if attester >> 8:
        _overflow("credit_attestation", (("attester", attester, 8, False),))
    if len(signature) != 64:
        raise WrongLength("credit_attestation.signature", 64, len(signature))
    return attester.to_bytes(1, "big") + signature


def encode_report(
    *,
    reporter: int,
    price_nano_usd: NanoUsd,
    signature: bytes,
) -> bytes:
    """Return the bytes of `report`.

    One reporter's price in an IndexPrice.
    """
    if (reporter >> 8) | (price_nano_usd >> 64):
        _overflow(
            "report",
            (
                ("reporter", reporter, 8, False),
                ("price_nano_usd", price_nano_usd, 64, False),
            ),
        )
    if len(signature) != 64:
        raise WrongLength("report.signature", 64, len(signature))
    return ((reporter << 64) | price_nano_usd).to_bytes(9, "big") + signature


def encode_forward_report(
    *,
    reporter: int,
    forward_ppb: Ppb,
    signature: bytes,
) -> bytes:
    """Return the bytes of `forward_report`.

    One reporter's forward in a Surface.
    """
    if (reporter >> 8) | (forward_ppb >> 64):
        _overflow(
            "forward_report",
            (
                ("reporter", reporter, 8, False),
                ("forward_ppb", forward_ppb, 64, False),
            ),
        )
    if len(signature) != 64:
        raise WrongLength("forward_report.signature", 64, len(signature))
    return ((reporter << 64) | forward_ppb).to_bytes(9, "big") + signature


def encode_settlement_report(
    *,
    reporter: int,
    price_nano_usd: NanoUsd,
    signature: bytes,
) -> bytes:
    """Return the bytes of `settlement_report`.

    One reporter's settlement price in a SettleExpiry.
    """
    if (reporter >> 8) | (price_nano_usd >> 64):
        _overflow(
            "settlement_report",
            (
                ("reporter", reporter, 8, False),
                ("price_nano_usd", price_nano_usd, 64, False),
            ),
        )
    if len(signature) != 64:
        raise WrongLength("settlement_report.signature", 64, len(signature))
    return ((reporter << 64) | price_nano_usd).to_bytes(9, "big") + signature


def encode_header(
    *,
    version: int = HEADER_VERSION,
    law_id: bytes,
    data_kind: int = DATA_KIND_LOGS,
    number: int,
    parent_hash: bytes,
    sequencer_epoch: int,
    time_ms: Milliseconds,
    inbox_end: int,
    inbox_rolling: bytes,
    exit_end: int,
    exit_rolling: bytes,
    joined: int,
    segment_count: int,
) -> bytes:
    """Return the bytes of `header`.

    What a batch fixes besides its segments.
    """
    if (
        (version >> 8)
        | (data_kind >> 8)
        | (number >> 64)
        | (sequencer_epoch >> 32)
        | (time_ms >> 48)
        | (inbox_end >> 64)
        | (exit_end >> 64)
        | (joined >> 64)
        | (segment_count >> 16)
    ):
        _overflow(
            "header",
            (
                ("version", version, 8, False),
                ("data_kind", data_kind, 8, False),
                ("number", number, 64, False),
                ("sequencer_epoch", sequencer_epoch, 32, False),
                ("time_ms", time_ms, 48, False),
                ("inbox_end", inbox_end, 64, False),
                ("exit_end", exit_end, 64, False),
                ("joined", joined, 64, False),
                ("segment_count", segment_count, 16, False),
            ),
        )
    if len(law_id) != 32:
        raise WrongLength("header.law_id", 32, len(law_id))
    if len(parent_hash) != 32:
        raise WrongLength("header.parent_hash", 32, len(parent_hash))
    if len(inbox_rolling) != 32:
        raise WrongLength("header.inbox_rolling", 32, len(inbox_rolling))
    if len(exit_rolling) != 32:
        raise WrongLength("header.exit_rolling", 32, len(exit_rolling))
    return (
        version.to_bytes(1, "big")
        + law_id
        + ((data_kind << 64) | number).to_bytes(9, "big")
        + parent_hash
        + ((sequencer_epoch << 112) | (time_ms << 64) | inbox_end).to_bytes(18, "big")
        + inbox_rolling
        + exit_end.to_bytes(8, "big")
        + exit_rolling
        + ((joined << 16) | segment_count).to_bytes(10, "big")
    )


def encode_segment(
    *,
    family: int,
    time_ms: Milliseconds,
    declared_compute: int,
    declared_witness: int,
    ops: Sequence[bytes],
) -> bytes:
    """Return the bytes of `segment`.

    Ordered ops of a family, their time, and what they may weigh; at most SEGMENT_BYTES_MAX bytes.
    """
    if (family >> 8) | (time_ms >> 48) | (declared_compute >> 24) | (declared_witness >> 24):
        _overflow(
            "segment",
            (
                ("family", family, 8, False),
                ("time_ms", time_ms, 48, False),
                ("declared_compute", declared_compute, 24, False),
                ("declared_witness", declared_witness, 24, False),
            ),
        )
    return (
        (family << 96) | (time_ms << 48) | (declared_compute << 24) | declared_witness
    ).to_bytes(13, "big") + b"".join(ops)


def encode_batch(
    *,
    header: bytes,
    segments: Sequence[bytes],
) -> bytes:
    """Return the bytes of `batch`.

    The data of postBatch.
    """
    if len(header) != 174:
        raise WrongLength("batch.header", 174, len(header))
    return header + _prefixed("batch.segments", segments, 2)


def encode_ordered_input(
    *,
    family: int,
    header_time_ms: Milliseconds,
    time_ms: Milliseconds,
    declared_compute: int,
    declared_witness: int,
    ops: Sequence[bytes],
) -> bytes:
    """Return the bytes of `ordered_input`.

    The law's input for a segment of ordered ops: the segment, with the header's time behind its
    first byte.
    """
    if (
        (family >> 8)
        | (header_time_ms >> 48)
        | (time_ms >> 48)
        | (declared_compute >> 24)
        | (declared_witness >> 24)
    ):
        _overflow(
            "ordered_input",
            (
                ("family", family, 8, False),
                ("header_time_ms", header_time_ms, 48, False),
                ("time_ms", time_ms, 48, False),
                ("declared_compute", declared_compute, 24, False),
                ("declared_witness", declared_witness, 24, False),
            ),
        )
    return (
        (family << 144)
        | (header_time_ms << 96)
        | (time_ms << 48)
        | (declared_compute << 24)
        | declared_witness
    ).to_bytes(19, "big") + b"".join(ops)


def encode_message_input(
    *,
    family: int = 5,
    header_time_ms: Milliseconds,
    message_family: int,
    messages: Sequence[bytes],
) -> bytes:
    """Return the bytes of `message_input`.

    The law's input for messages of the inbox.
    """
    if (family >> 8) | (header_time_ms >> 48) | (message_family >> 8):
        _overflow(
            "message_input",
            (
                ("family", family, 8, False),
                ("header_time_ms", header_time_ms, 48, False),
                ("message_family", message_family, 8, False),
            ),
        )
    return ((family << 56) | (header_time_ms << 8) | message_family).to_bytes(8, "big") + _prefixed(
        "message_input.messages", messages, 2
    )
