// SPDX-License-Identifier: Apache-2.0
// Layouts of the records of the state. Generated from proto/layout.toml: do not edit.
// A pointer is the memory address of the first word of a record's head or of an element.
// Setters mask: whoever sets a field has checked that the value fits (…_GREATEST, …_LEAST).
pragma solidity 0.8.37;

// Height of the tree of each of the 16 kinds: that of kind k is byte k from the low end.
uint256 constant KIND_HEIGHTS_PACKED = 0x1625000c0c1e0c0c08181600;
// Words of the head of each kind's record: that of kind k is byte k from the top.
uint256 constant KIND_HEADS_PACKED = 0x9060202090402050c0002160000000000000000000000000000000000000000;

// --- global. The one record of the venue.
uint256 constant GLOBAL_KIND = 0;
uint256 constant GLOBAL_WORDS = 9;
uint256 constant GLOBAL_WORDS_MAX = 28;
uint256 constant GLOBAL_SIGNER_WORDS = 1;
uint256 constant GLOBAL_SIGNER_MAX = 19;
uint256 constant GLOBAL_CLOCK_MS_GREATEST = 281_474_976_710_655;
uint256 constant GLOBAL_NEXT_ACCOUNT_GREATEST = 4_294_967_295;
uint256 constant GLOBAL_NEXT_UNDERLYING_GREATEST = 65_535;
uint256 constant GLOBAL_NEXT_INSTRUMENT_GREATEST = 65_535;
uint256 constant GLOBAL_NEXT_EXPIRY_GREATEST = 65_535;
uint256 constant GLOBAL_REPORTER_COUNT_GREATEST = 255;
uint256 constant GLOBAL_REPORTER_QUORUM_GREATEST = 255;
uint256 constant GLOBAL_REPORTER_EPOCH_GREATEST = 4_294_967_295;
uint256 constant GLOBAL_SIGNER_COUNT_GREATEST = 255;
uint256 constant GLOBAL_ATTESTER_QUORUM_GREATEST = 255;
uint256 constant GLOBAL_FEE_POOL_GREATEST = 0xffffffffffffffffffffffffffffffff;
uint256 constant GLOBAL_INSURANCE_FUND_GREATEST = 0xffffffffffffffffffffffffffffffff;
uint256 constant GLOBAL_LIABILITIES_GREATEST = 0xffffffffffffffffffffffffffffffff;
uint256 constant GLOBAL_NEGATIVE_HOUSES_GREATEST = 0xffffffffffffffffffffffffffffffff;
uint256 constant GLOBAL_FUND_DAY_START_GREATEST = 0xffffffffffffffffffffffffffffffff;
uint256 constant GLOBAL_LENT_TODAY_GREATEST = 0xffffffffffffffffffffffffffffffff;
uint256 constant GLOBAL_BAD_DEBT_GREATEST = 0xffffffffffffffffffffffffffffffff;
uint256 constant GLOBAL_CREDIT_LOSSES_GREATEST = 0xffffffffffffffffffffffffffffffff;
uint256 constant GLOBAL_CREDIT_GREATEST = 0xffffffffffffffffffffffffffffffff;
uint256 constant GLOBAL_DAY_GREATEST = 4_294_967_295;
uint256 constant GLOBAL_FEED_EPOCH_GREATEST = 281_474_976_710_655;
uint256 constant GLOBAL_L1_GAS_PRICE_GREATEST = 18_446_744_073_709_551_615;
uint256 constant GLOBAL_L1_BLOB_PRICE_GREATEST = 18_446_744_073_709_551_615;
uint256 constant GLOBAL_L1_REPORTED_MS_GREATEST = 281_474_976_710_655;
uint256 constant GLOBAL_ETH_UNDERLYING_GREATEST = 65_535;
uint256 constant GLOBAL_SLOPE_FACTOR_PPM_GREATEST = 4_294_967_295;
uint256 constant GLOBAL_SLOPE_LEAST_PPM_GREATEST = 4_294_967_295;
uint256 constant GLOBAL_SLOPE_MOST_PPM_GREATEST = 4_294_967_295;
uint256 constant GLOBAL_VARIANCE_TAU_MS_GREATEST = 4_294_967_295;
uint256 constant GLOBAL_DOMAIN_SEPARATOR_GREATEST = 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff;
uint256 constant GLOBAL_SIGNER_ADDRESS_GREATEST = 0x000000000000000000000000ffffffffffffffffffffffffffffffffffffffff;

// --- account. Collateral is cash: every fill moves price * lots * tick_value; equity adds
// --- positions at their mark, with what is pending.
uint256 constant ACCOUNT_KIND = 1;
uint256 constant ACCOUNT_WORDS = 6;
uint256 constant ACCOUNT_WORDS_MAX = 54;
uint256 constant ACCOUNT_POSITION_WORDS = 3;
uint256 constant ACCOUNT_POSITION_MAX = 16;
uint256 constant ACCOUNT_OWNER_GREATEST = 0x000000000000000000000000ffffffffffffffffffffffffffffffffffffffff;
uint256 constant ACCOUNT_POSITION_COUNT_GREATEST = 255;
uint256 constant ACCOUNT_EPOCH_COUNTER_GREATEST = 281_474_976_710_655;
uint256 constant ACCOUNT_MARGIN_MODE_GREATEST = 255;
uint256 constant ACCOUNT_TIER_GREATEST = 255;
uint256 constant ACCOUNT_PORTFOLIO_UNDERLYING_GREATEST = 65_535;
int256 constant ACCOUNT_COLLATERAL_LEAST = -0x80000000000000000000000000000000;
int256 constant ACCOUNT_COLLATERAL_GREATEST = 0x7fffffffffffffffffffffffffffffff;
uint256 constant ACCOUNT_WITHDRAWN_GREATEST = 0xffffffffffffffffffffffffffffffff;
uint256 constant ACCOUNT_GUARD_KEY_GREATEST = 0x000000000000000000000000ffffffffffffffffffffffffffffffffffffffff;
uint256 constant ACCOUNT_GUARD_REMOVAL_MS_GREATEST = 281_474_976_710_655;
uint256 constant ACCOUNT_CANCEL_AT_MS_GREATEST = 281_474_976_710_655;
uint256 constant ACCOUNT_CREDIT_LIMIT_GREATEST = 18_446_744_073_709_551_615;
uint256 constant ACCOUNT_GUARANTOR_GREATEST = 4_294_967_295;
uint256 constant ACCOUNT_CREDITED_MS_GREATEST = 281_474_976_710_655;
uint256 constant ACCOUNT_CREDIT_MINUTES_GREATEST = 65_535;
uint256 constant ACCOUNT_TIER_EXPIRY_MS_GREATEST = 281_474_976_710_655;
uint256 constant ACCOUNT_ATTESTED_MS_GREATEST = 281_474_976_710_655;
uint256 constant ACCOUNT_PROTECTED_UNDERLYING_GREATEST = 65_535;
uint256 constant ACCOUNT_PROTECTION_WINDOW_MS_GREATEST = 4_294_967_295;
uint256 constant ACCOUNT_PROTECTION_FREEZE_MS_GREATEST = 4_294_967_295;
uint256 constant ACCOUNT_PROTECTION_START_MS_GREATEST = 281_474_976_710_655;
uint256 constant ACCOUNT_PROTECTION_FROZEN_MS_GREATEST = 281_474_976_710_655;
uint256 constant ACCOUNT_PROTECTION_LOTS_MAX_GREATEST = 1_099_511_627_775;
uint256 constant ACCOUNT_PROTECTION_LOTS_GREATEST = 1_099_511_627_775;
uint256 constant ACCOUNT_PROTECTION_DELTA_MAX_GREATEST = 18_446_744_073_709_551_615;
uint256 constant ACCOUNT_PROTECTION_VEGA_MAX_GREATEST = 18_446_744_073_709_551_615;
int256 constant ACCOUNT_PROTECTION_DELTA_LEAST = -9_223_372_036_854_775_808;
int256 constant ACCOUNT_PROTECTION_DELTA_GREATEST = 9_223_372_036_854_775_807;
int256 constant ACCOUNT_PROTECTION_VEGA_LEAST = -9_223_372_036_854_775_808;
int256 constant ACCOUNT_PROTECTION_VEGA_GREATEST = 9_223_372_036_854_775_807;
uint256 constant ACCOUNT_POSITION_INSTRUMENT_GREATEST = 65_535;
uint256 constant ACCOUNT_POSITION_OPEN_ORDERS_GREATEST = 65_535;
uint256 constant ACCOUNT_POSITION_EPOCH_GREATEST = 281_474_976_710_655;
int256 constant ACCOUNT_POSITION_SIZE_LEAST = -140_737_488_355_328;
int256 constant ACCOUNT_POSITION_SIZE_GREATEST = 140_737_488_355_327;
uint256 constant ACCOUNT_POSITION_LINKED_GREATEST = 65_535;
uint256 constant ACCOUNT_POSITION_REDUCE_LOTS_GREATEST = 281_474_976_710_655;
uint256 constant ACCOUNT_POSITION_FACTOR_GREATEST = 18_446_744_073_709_551_615;
uint256 constant ACCOUNT_POSITION_BUY_LOTS_GREATEST = 281_474_976_710_655;
uint256 constant ACCOUNT_POSITION_SELL_LOTS_GREATEST = 281_474_976_710_655;
uint256 constant ACCOUNT_POSITION_BUY_VALUE_GREATEST = 0xffffffffffffffffffff;
uint256 constant ACCOUNT_POSITION_SELL_VALUE_GREATEST = 0xffffffffffffffffffff;
int256 constant ACCOUNT_POSITION_FUNDING_SNAP_LEAST = -0x80000000000000000000000000000000;
int256 constant ACCOUNT_POSITION_FUNDING_SNAP_GREATEST = 0x7fffffffffffffffffffffffffffffff;
int256 constant ACCOUNT_POSITION_ADL_SNAP_LEAST = -0x80000000000000000000000000000000;
int256 constant ACCOUNT_POSITION_ADL_SNAP_GREATEST = 0x7fffffffffffffffffffffffffffffff;

// --- session. Id: account * 4 + slot. Slot 0 is the owner. The nonce window outlives keys.
uint256 constant SESSION_KIND = 2;
uint256 constant SESSION_WORDS = 2;
uint256 constant SESSION_WORDS_MAX = 2;
uint256 constant SESSION_SCOPE_GREATEST = 255;
uint256 constant SESSION_KEY_GREATEST = 0x000000000000000000000000ffffffffffffffffffffffffffffffffffffffff;
uint256 constant SESSION_EXPIRY_MS_GREATEST = 281_474_976_710_655;
uint256 constant SESSION_NONCE_BASE_GREATEST = 18_446_744_073_709_551_615;
uint256 constant SESSION_NONCE_BITMAP_GREATEST = 0xffffffffffffffffffffffffffffffffffffffffffffffff;

// --- underlying. The latest price of its index, as far as it may have moved, and what was
// --- reported.
uint256 constant UNDERLYING_KIND = 3;
uint256 constant UNDERLYING_WORDS = 2;
uint256 constant UNDERLYING_WORDS_MAX = 2;
uint256 constant UNDERLYING_INDEX_PRICE_GREATEST = 18_446_744_073_709_551_615;
uint256 constant UNDERLYING_RAW_PRICE_GREATEST = 18_446_744_073_709_551_615;
uint256 constant UNDERLYING_PUBLISH_TIME_MS_GREATEST = 281_474_976_710_655;
uint256 constant UNDERLYING_BUCKET_PPM_GREATEST = 65_535;
uint256 constant UNDERLYING_SLOPE_PPM_GREATEST = 4_294_967_295;
uint256 constant UNDERLYING_SURFACE_EPOCH_GREATEST = 16_777_215;
uint256 constant UNDERLYING_SYMBOL_GREATEST = 0xffffffffffffffffffffffffffffffff;
uint256 constant UNDERLYING_VARIANCE_GREATEST = 18_446_744_073_709_551_615;
uint256 constant UNDERLYING_ORPHAN_MS_GREATEST = 281_474_976_710_655;

// --- instrument. Terms of trade, the book's ends, and the house.
uint256 constant INSTRUMENT_KIND = 4;
uint256 constant INSTRUMENT_WORDS = 9;
uint256 constant INSTRUMENT_WORDS_MAX = 9;
uint256 constant INSTRUMENT_STATUS_GREATEST = 255;
uint256 constant INSTRUMENT_MAKER_FEE_PPM_GREATEST = 4_294_967_295;
uint256 constant INSTRUMENT_TAKER_FEE_PPM_GREATEST = 4_294_967_295;
uint256 constant INSTRUMENT_PRICE_BAND_PPM_GREATEST = 4_294_967_295;
uint256 constant INSTRUMENT_MIN_ORDER_VALUE_GREATEST = 18_446_744_073_709_551_615;
uint256 constant INSTRUMENT_LAST_PRICE_GREATEST = 4_294_967_295;
uint256 constant INSTRUMENT_ORDER_COUNT_GREATEST = 4_294_967_295;
uint256 constant INSTRUMENT_TIER_GREATEST = 255;
uint256 constant INSTRUMENT_BEST_BID_GREATEST = 4_294_967_295;
uint256 constant INSTRUMENT_BEST_ASK_GREATEST = 4_294_967_295;
uint256 constant INSTRUMENT_WORST_BID_GREATEST = 4_294_967_295;
uint256 constant INSTRUMENT_WORST_ASK_GREATEST = 4_294_967_295;
uint256 constant INSTRUMENT_FREE_SLOT_GREATEST = 4_294_967_295;
uint256 constant INSTRUMENT_NEXT_SLOT_GREATEST = 4_294_967_295;
uint256 constant INSTRUMENT_NEXT_SERIAL_GREATEST = 281_474_976_710_655;
uint256 constant INSTRUMENT_SYMBOL_GREATEST = 0xffffffffffffffffffffffffffffffff;
uint256 constant INSTRUMENT_BID_COUNT_GREATEST = 4_294_967_295;
uint256 constant INSTRUMENT_LIQUIDATION_FEE_PPM_GREATEST = 4_294_967_295;
uint256 constant INSTRUMENT_HOUSE_MARGIN_PPM_GREATEST = 4_294_967_295;
int256 constant INSTRUMENT_HOUSE_CASH_LEAST = -0x80000000000000000000000000000000;
int256 constant INSTRUMENT_HOUSE_CASH_GREATEST = 0x7fffffffffffffffffffffffffffffff;
int256 constant INSTRUMENT_EFFECTIVE_CASH_LEAST = -0x80000000000000000000000000000000;
int256 constant INSTRUMENT_EFFECTIVE_CASH_GREATEST = 0x7fffffffffffffffffffffffffffffff;
int256 constant INSTRUMENT_HOUSE_LOTS_LEAST = -9_223_372_036_854_775_808;
int256 constant INSTRUMENT_HOUSE_LOTS_GREATEST = 9_223_372_036_854_775_807;
uint256 constant INSTRUMENT_TAKEOVER_MS_GREATEST = 281_474_976_710_655;
uint256 constant INSTRUMENT_UNWIND_MS_GREATEST = 281_474_976_710_655;
uint256 constant INSTRUMENT_UNWOUND_LOTS_GREATEST = 18_446_744_073_709_551_615;
uint256 constant INSTRUMENT_LONG_INTEREST_GREATEST = 0xffffffffffffffffffffffff;
uint256 constant INSTRUMENT_SHORT_INTEREST_GREATEST = 0xffffffffffffffffffffffff;
int256 constant INSTRUMENT_FUNDING_AVERAGE_LEAST = -9_223_372_036_854_775_808;
int256 constant INSTRUMENT_FUNDING_AVERAGE_GREATEST = 9_223_372_036_854_775_807;
uint256 constant INSTRUMENT_FUNDING_MS_GREATEST = 281_474_976_710_655;
uint256 constant INSTRUMENT_FUNDING_CAP_PPM_GREATEST = 4_294_967_295;
int256 constant INSTRUMENT_FUNDING_INTEREST_PPM_LEAST = -2_147_483_648;
int256 constant INSTRUMENT_FUNDING_INTEREST_PPM_GREATEST = 2_147_483_647;
uint256 constant INSTRUMENT_FUNDING_TAU_MS_GREATEST = 4_294_967_295;
uint256 constant INSTRUMENT_IMPACT_VALUE_GREATEST = 18_446_744_073_709_551_615;
uint256 constant INSTRUMENT_LOAN_GREATEST = 0xffffffffffffffffffffffffffffffff;
uint256 constant INSTRUMENT_LENT_DAY_GREATEST = 4_294_967_295;
uint256 constant INSTRUMENT_SETTLEMENT_PRICE_GREATEST = 4_294_967_295;
uint256 constant INSTRUMENT_SUCCESSOR_GREATEST = 65_535;
uint256 constant INSTRUMENT_EXPIRY_MS_GREATEST = 281_474_976_710_655;
uint256 constant INSTRUMENT_DEFICIT_GREATEST = 0xffffffffffffffffffffffffffffffff;
uint256 constant INSTRUMENT_LENT_TODAY_GREATEST = 0xffffffffffffffffffffffffffffffff;

// --- mark. What margin reads of a perpetual or a future; same id.
uint256 constant MARK_KIND = 5;
uint256 constant MARK_WORDS = 4;
uint256 constant MARK_WORDS_MAX = 4;
uint256 constant MARK_KIND_GREATEST = 255;
uint256 constant MARK_UNDERLYING_GREATEST = 65_535;
uint256 constant MARK_TICK_VALUE_GREATEST = 16_777_215;
uint256 constant MARK_INDEX_PER_TICK_GREATEST = 18_446_744_073_709_551_615;
uint256 constant MARK_INITIAL_MARGIN_PPM_GREATEST = 4_294_967_295;
uint256 constant MARK_MAINTENANCE_MARGIN_PPM_GREATEST = 4_294_967_295;
uint256 constant MARK_FIXED_PRICE_GREATEST = 4_294_967_295;
uint256 constant MARK_EXPIRY_GREATEST = 65_535;
uint256 constant MARK_LONG_FACTOR_GREATEST = 18_446_744_073_709_551_615;
uint256 constant MARK_SHORT_FACTOR_GREATEST = 18_446_744_073_709_551_615;
uint256 constant MARK_LONG_DELEVERAGED_MS_GREATEST = 281_474_976_710_655;
uint256 constant MARK_SHORT_DELEVERAGED_MS_GREATEST = 281_474_976_710_655;
uint256 constant MARK_INDEX_PPB_GREATEST = 4_294_967_295;
int256 constant MARK_FUNDING_INDEX_LEAST = -0x80000000000000000000000000000000;
int256 constant MARK_FUNDING_INDEX_GREATEST = 0x7fffffffffffffffffffffffffffffff;
int256 constant MARK_LONG_ADL_INDEX_LEAST = -0x80000000000000000000000000000000;
int256 constant MARK_LONG_ADL_INDEX_GREATEST = 0x7fffffffffffffffffffffffffffffff;
int256 constant MARK_SHORT_ADL_INDEX_LEAST = -0x80000000000000000000000000000000;
int256 constant MARK_SHORT_ADL_INDEX_GREATEST = 0x7fffffffffffffffffffffffffffffff;

// --- option_mark. What margin reads of an option: a mark's fields at their places, without
// --- funding, and what Reprice found.
uint256 constant OPTION_MARK_KIND = 5;
uint256 constant OPTION_MARK_WORDS = 4;
uint256 constant OPTION_MARK_WORDS_MAX = 4;
uint256 constant OPTION_MARK_KIND_GREATEST = 255;
uint256 constant OPTION_MARK_UNDERLYING_GREATEST = 65_535;
uint256 constant OPTION_MARK_TICK_VALUE_GREATEST = 16_777_215;
uint256 constant OPTION_MARK_INDEX_PER_TICK_GREATEST = 18_446_744_073_709_551_615;
uint256 constant OPTION_MARK_INITIAL_MARGIN_PPM_GREATEST = 4_294_967_295;
uint256 constant OPTION_MARK_MAINTENANCE_MARGIN_PPM_GREATEST = 4_294_967_295;
uint256 constant OPTION_MARK_FIXED_PRICE_GREATEST = 4_294_967_295;
uint256 constant OPTION_MARK_EXPIRY_GREATEST = 65_535;
uint256 constant OPTION_MARK_VEGA_GREATEST = 16_777_215;
uint256 constant OPTION_MARK_LONG_FACTOR_GREATEST = 18_446_744_073_709_551_615;
uint256 constant OPTION_MARK_SHORT_FACTOR_GREATEST = 18_446_744_073_709_551_615;
uint256 constant OPTION_MARK_LONG_DELEVERAGED_MS_GREATEST = 281_474_976_710_655;
uint256 constant OPTION_MARK_SHORT_DELEVERAGED_MS_GREATEST = 281_474_976_710_655;
uint256 constant OPTION_MARK_INDEX_PPB_GREATEST = 4_294_967_295;
uint256 constant OPTION_MARK_MARK_PRICE_GREATEST = 1_099_511_627_775;
uint256 constant OPTION_MARK_PRICED_MS_GREATEST = 281_474_976_710_655;
int256 constant OPTION_MARK_DELTA_LEAST = -2_147_483_648;
int256 constant OPTION_MARK_DELTA_GREATEST = 2_147_483_647;
int256 constant OPTION_MARK_LONG_ADL_INDEX_LEAST = -0x80000000000000000000000000000000;
int256 constant OPTION_MARK_LONG_ADL_INDEX_GREATEST = 0x7fffffffffffffffffffffffffffffff;
int256 constant OPTION_MARK_SHORT_ADL_INDEX_LEAST = -0x80000000000000000000000000000000;
int256 constant OPTION_MARK_SHORT_ADL_INDEX_GREATEST = 0x7fffffffffffffffffffffffffffffff;
uint256 constant OPTION_MARK_STRIKE_GREATEST = 4_294_967_295;
uint256 constant OPTION_MARK_PRICED_FORWARD_GREATEST = 4_294_967_295;
uint256 constant OPTION_MARK_GAMMA_GREATEST = 4_294_967_295;
int256 constant OPTION_MARK_THETA_LEAST = -2_147_483_648;
int256 constant OPTION_MARK_THETA_GREATEST = 2_147_483_647;

// --- order. Id: instrument * 2**18 + slot. A free slot keeps its version and `next`, all else
// --- zero.
uint256 constant ORDER_KIND = 6;
uint256 constant ORDER_WORDS = 2;
uint256 constant ORDER_WORDS_MAX = 2;
uint256 constant ORDER_FLAGS_GREATEST = 255;
uint256 constant ORDER_PRICE_GREATEST = 4_294_967_295;
uint256 constant ORDER_LOTS_GREATEST = 1_099_511_627_775;
uint256 constant ORDER_ACCOUNT_GREATEST = 4_294_967_295;
uint256 constant ORDER_EPOCH_GREATEST = 281_474_976_710_655;
uint256 constant ORDER_SERIAL_GREATEST = 281_474_976_710_655;
uint256 constant ORDER_PREV_GREATEST = 4_294_967_295;
uint256 constant ORDER_NEXT_GREATEST = 4_294_967_295;
uint256 constant ORDER_EXPIRY_MS_GREATEST = 281_474_976_710_655;
uint256 constant ORDER_CLIENT_ID_GREATEST = 18_446_744_073_709_551_615;
uint256 constant ORDER_MAX_FEE_PPM_GREATEST = 4_294_967_295;

// --- expiry. An underlying's expiry: forward, surface, samples, settlement.
uint256 constant EXPIRY_KIND = 7;
uint256 constant EXPIRY_WORDS = 5;
uint256 constant EXPIRY_WORDS_MAX = 5;
uint256 constant EXPIRY_UNDERLYING_GREATEST = 65_535;
uint256 constant EXPIRY_EXPIRY_MS_GREATEST = 281_474_976_710_655;
uint256 constant EXPIRY_PUBLISH_TIME_MS_GREATEST = 281_474_976_710_655;
uint256 constant EXPIRY_FORWARD_PPB_GREATEST = 4_294_967_295;
int256 constant EXPIRY_RATE_PPM_LEAST = -2_147_483_648;
int256 constant EXPIRY_RATE_PPM_GREATEST = 2_147_483_647;
uint256 constant EXPIRY_CONFIDENCE_PPM_GREATEST = 4_294_967_295;
uint256 constant EXPIRY_FUTURE_GREATEST = 65_535;
int256 constant EXPIRY_SVI_A_LEAST = -9_223_372_036_854_775_808;
int256 constant EXPIRY_SVI_A_GREATEST = 9_223_372_036_854_775_807;
uint256 constant EXPIRY_SVI_B_GREATEST = 18_446_744_073_709_551_615;
int256 constant EXPIRY_SVI_RHO_LEAST = -9_223_372_036_854_775_808;
int256 constant EXPIRY_SVI_RHO_GREATEST = 9_223_372_036_854_775_807;
int256 constant EXPIRY_SVI_M_LEAST = -9_223_372_036_854_775_808;
int256 constant EXPIRY_SVI_M_GREATEST = 9_223_372_036_854_775_807;
uint256 constant EXPIRY_SVI_SIGMA_GREATEST = 18_446_744_073_709_551_615;
uint256 constant EXPIRY_SVI_FORWARD_GREATEST = 18_446_744_073_709_551_615;
uint256 constant EXPIRY_SVI_TIME_MS_GREATEST = 281_474_976_710_655;
uint256 constant EXPIRY_ACCUMULATED_GREATEST = 0xffffffffffffffffffffffffffffffff;
uint256 constant EXPIRY_COVERED_MS_GREATEST = 4_294_967_295;
uint256 constant EXPIRY_SAMPLED_MS_GREATEST = 281_474_976_710_655;
uint256 constant EXPIRY_SETTLEMENT_GREATEST = 18_446_744_073_709_551_615;
uint256 constant EXPIRY_SETTLED_MS_GREATEST = 281_474_976_710_655;

// --- array. What an option is worth in each of the 33 lanes of the grid, as Reprice found it;
// --- same id as its mark. Absent until it is priced.
uint256 constant ARRAY_KIND = 8;
uint256 constant ARRAY_WORDS = 12;
uint256 constant ARRAY_WORDS_MAX = 12;
uint256 constant ARRAY_PRICED_MS_GREATEST = 281_474_976_710_655;
uint256 constant ARRAY_LONG_FACTOR_GREATEST = 18_446_744_073_709_551_615;
uint256 constant ARRAY_SHORT_FACTOR_GREATEST = 18_446_744_073_709_551_615;
uint256 constant ARRAY_CONTINGENCY_FACTOR_GREATEST = 18_446_744_073_709_551_615;
uint256 constant ARRAY_LANES_0_GREATEST = 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff;
uint256 constant ARRAY_LANES_1_GREATEST = 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff;
uint256 constant ARRAY_LANES_2_GREATEST = 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff;
uint256 constant ARRAY_LANES_3_GREATEST = 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff;
uint256 constant ARRAY_LANES_4_GREATEST = 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff;
uint256 constant ARRAY_LANES_5_GREATEST = 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff;
uint256 constant ARRAY_LANES_6_GREATEST = 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff;
uint256 constant ARRAY_LANES_7_GREATEST = 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff;
uint256 constant ARRAY_LANES_8_GREATEST = 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff;
uint256 constant ARRAY_LANES_9_GREATEST = 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff;
uint256 constant ARRAY_LANES_10_GREATEST = 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff;

// --- trigger. Id: (account * 2**12 + instrument) * 8 + place. A stop or a take-profit that
// --- waits; an empty place keeps its version, all else zero.
uint256 constant TRIGGER_KIND = 10;
uint256 constant TRIGGER_WORDS = 2;
uint256 constant TRIGGER_WORDS_MAX = 2;
uint256 constant TRIGGER_SELL_GREATEST = 255;
uint256 constant TRIGGER_REDUCE_ONLY_GREATEST = 255;
uint256 constant TRIGGER_FALLING_GREATEST = 255;
uint256 constant TRIGGER_BY_MARK_GREATEST = 255;
uint256 constant TRIGGER_TRIGGER_PRICE_GREATEST = 18_446_744_073_709_551_615;
uint256 constant TRIGGER_LIMIT_GREATEST = 4_294_967_295;
uint256 constant TRIGGER_LOTS_GREATEST = 1_099_511_627_775;
uint256 constant TRIGGER_MAX_FEE_PPM_GREATEST = 4_294_967_295;
uint256 constant TRIGGER_EXPIRY_MS_GREATEST = 281_474_976_710_655;
uint256 constant TRIGGER_EPOCH_GREATEST = 281_474_976_710_655;
uint256 constant TRIGGER_CLIENT_ID_GREATEST = 18_446_744_073_709_551_615;

// --- certificate. What a full revaluation found of an account under portfolio margin, and what
// --- fills have added; same id as the account. Absent until the first.
uint256 constant CERTIFICATE_KIND = 11;
uint256 constant CERTIFICATE_WORDS = 22;
uint256 constant CERTIFICATE_WORDS_MAX = 22;
uint256 constant CERTIFICATE_TIME_MS_GREATEST = 281_474_976_710_655;
uint256 constant CERTIFICATE_ENDS_MS_GREATEST = 281_474_976_710_655;
uint256 constant CERTIFICATE_FEED_EPOCH_GREATEST = 281_474_976_710_655;
uint256 constant CERTIFICATE_SURFACE_EPOCH_GREATEST = 16_777_215;
uint256 constant CERTIFICATE_INDEX_PRICE_GREATEST = 18_446_744_073_709_551_615;
uint256 constant CERTIFICATE_GROSS_GREATEST = 0xffffffffffffffffffffffffffffffff;
int256 constant CERTIFICATE_PERPETUALS_LEAST = -0x80000000000000000000000000000000;
int256 constant CERTIFICATE_PERPETUALS_GREATEST = 0x7fffffffffffffffffffffffffffffff;
uint256 constant CERTIFICATE_NAKED_GREATEST = 0xffffffffffffffffffffffffffffffff;
uint256 constant CERTIFICATE_EXPIRY_0_GREATEST = 65_535;
uint256 constant CERTIFICATE_EXPIRY_1_GREATEST = 65_535;
uint256 constant CERTIFICATE_EXPIRY_2_GREATEST = 65_535;
uint256 constant CERTIFICATE_EXPIRY_3_GREATEST = 65_535;
uint256 constant CERTIFICATE_EXPIRY_4_GREATEST = 65_535;
uint256 constant CERTIFICATE_EXPIRY_5_GREATEST = 65_535;
uint256 constant CERTIFICATE_EXPIRY_6_GREATEST = 65_535;
uint256 constant CERTIFICATE_EXPIRY_7_GREATEST = 65_535;
uint256 constant CERTIFICATE_LOSSES_0_GREATEST = 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff;
uint256 constant CERTIFICATE_LOSSES_1_GREATEST = 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff;
uint256 constant CERTIFICATE_LOSSES_2_GREATEST = 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff;
uint256 constant CERTIFICATE_LOSSES_3_GREATEST = 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff;
uint256 constant CERTIFICATE_LOSSES_4_GREATEST = 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff;
uint256 constant CERTIFICATE_LOSSES_5_GREATEST = 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff;
uint256 constant CERTIFICATE_LOSSES_6_GREATEST = 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff;
uint256 constant CERTIFICATE_LOSSES_7_GREATEST = 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff;
uint256 constant CERTIFICATE_LOSSES_8_GREATEST = 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff;
uint256 constant CERTIFICATE_LOSSES_9_GREATEST = 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff;
uint256 constant CERTIFICATE_LOSSES_10_GREATEST = 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff;
int256 constant CERTIFICATE_UP_0_LEAST = -0x800000000000000000000000;
int256 constant CERTIFICATE_UP_0_GREATEST = 0x7fffffffffffffffffffffff;
int256 constant CERTIFICATE_DOWN_0_LEAST = -0x800000000000000000000000;
int256 constant CERTIFICATE_DOWN_0_GREATEST = 0x7fffffffffffffffffffffff;
uint256 constant CERTIFICATE_FACTOR_0_GREATEST = 18_446_744_073_709_551_615;
int256 constant CERTIFICATE_UP_1_LEAST = -0x800000000000000000000000;
int256 constant CERTIFICATE_UP_1_GREATEST = 0x7fffffffffffffffffffffff;
int256 constant CERTIFICATE_DOWN_1_LEAST = -0x800000000000000000000000;
int256 constant CERTIFICATE_DOWN_1_GREATEST = 0x7fffffffffffffffffffffff;
uint256 constant CERTIFICATE_FACTOR_1_GREATEST = 18_446_744_073_709_551_615;
int256 constant CERTIFICATE_UP_2_LEAST = -0x800000000000000000000000;
int256 constant CERTIFICATE_UP_2_GREATEST = 0x7fffffffffffffffffffffff;
int256 constant CERTIFICATE_DOWN_2_LEAST = -0x800000000000000000000000;
int256 constant CERTIFICATE_DOWN_2_GREATEST = 0x7fffffffffffffffffffffff;
uint256 constant CERTIFICATE_FACTOR_2_GREATEST = 18_446_744_073_709_551_615;
int256 constant CERTIFICATE_UP_3_LEAST = -0x800000000000000000000000;
int256 constant CERTIFICATE_UP_3_GREATEST = 0x7fffffffffffffffffffffff;
int256 constant CERTIFICATE_DOWN_3_LEAST = -0x800000000000000000000000;
int256 constant CERTIFICATE_DOWN_3_GREATEST = 0x7fffffffffffffffffffffff;
uint256 constant CERTIFICATE_FACTOR_3_GREATEST = 18_446_744_073_709_551_615;
int256 constant CERTIFICATE_UP_4_LEAST = -0x800000000000000000000000;
int256 constant CERTIFICATE_UP_4_GREATEST = 0x7fffffffffffffffffffffff;
int256 constant CERTIFICATE_DOWN_4_LEAST = -0x800000000000000000000000;
int256 constant CERTIFICATE_DOWN_4_GREATEST = 0x7fffffffffffffffffffffff;
uint256 constant CERTIFICATE_FACTOR_4_GREATEST = 18_446_744_073_709_551_615;
int256 constant CERTIFICATE_UP_5_LEAST = -0x800000000000000000000000;
int256 constant CERTIFICATE_UP_5_GREATEST = 0x7fffffffffffffffffffffff;
int256 constant CERTIFICATE_DOWN_5_LEAST = -0x800000000000000000000000;
int256 constant CERTIFICATE_DOWN_5_GREATEST = 0x7fffffffffffffffffffffff;
uint256 constant CERTIFICATE_FACTOR_5_GREATEST = 18_446_744_073_709_551_615;
int256 constant CERTIFICATE_UP_6_LEAST = -0x800000000000000000000000;
int256 constant CERTIFICATE_UP_6_GREATEST = 0x7fffffffffffffffffffffff;
int256 constant CERTIFICATE_DOWN_6_LEAST = -0x800000000000000000000000;
int256 constant CERTIFICATE_DOWN_6_GREATEST = 0x7fffffffffffffffffffffff;
uint256 constant CERTIFICATE_FACTOR_6_GREATEST = 18_446_744_073_709_551_615;
int256 constant CERTIFICATE_UP_7_LEAST = -0x800000000000000000000000;
int256 constant CERTIFICATE_UP_7_GREATEST = 0x7fffffffffffffffffffffff;
int256 constant CERTIFICATE_DOWN_7_LEAST = -0x800000000000000000000000;
int256 constant CERTIFICATE_DOWN_7_GREATEST = 0x7fffffffffffffffffffffff;
uint256 constant CERTIFICATE_FACTOR_7_GREATEST = 18_446_744_073_709_551_615;

/// @dev The one record of the venue.
library GlobalRecord {
    /// @dev The pointer to element `index`; the caller has checked that it exists.
    function element(uint256 pointer, uint256 index) internal pure returns (uint256) {
        unchecked {
            return pointer + 288 + index * 32;
        }
    }

    function version(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(248, mload(pointer))
        }
    }

    function setVersion(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(248, value)))
        }
    }

    /// @dev milliseconds. Time of the latest segment.
    function clockMs(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(200, mload(pointer)), 0xffffffffffff)
        }
    }

    function setClockMs(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xff000000000000ffffffffffffffffffffffffffffffffffffffffffffffffff), shl(200, and(value, 0xffffffffffff))))
        }
    }

    /// @dev Account ids below it exist; ids start at 1.
    function nextAccount(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(168, mload(pointer)), 0xffffffff)
        }
    }

    function setNextAccount(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffff00000000ffffffffffffffffffffffffffffffffffffffffff), shl(168, and(value, 0xffffffff))))
        }
    }

    /// @dev Ids start at 1.
    function nextUnderlying(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(152, mload(pointer)), 0xffff)
        }
    }

    function setNextUnderlying(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffff0000ffffffffffffffffffffffffffffffffffffff), shl(152, and(value, 0xffff))))
        }
    }

    /// @dev Ids start at 1.
    function nextInstrument(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(136, mload(pointer)), 0xffff)
        }
    }

    function setNextInstrument(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffff0000ffffffffffffffffffffffffffffffffff), shl(136, and(value, 0xffff))))
        }
    }

    /// @dev Ids start at 1.
    function nextExpiry(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(120, mload(pointer)), 0xffff)
        }
    }

    function setNextExpiry(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffff0000ffffffffffffffffffffffffffffff), shl(120, and(value, 0xffff))))
        }
    }

    function reporterCount(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(112, mload(pointer)), 0xff)
        }
    }

    function setReporterCount(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffff00ffffffffffffffffffffffffffff), shl(112, and(value, 0xff))))
        }
    }

    function reporterQuorum(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(104, mload(pointer)), 0xff)
        }
    }

    function setReporterQuorum(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffff00ffffffffffffffffffffffffff), shl(104, and(value, 0xff))))
        }
    }

    /// @dev Raised by every change of the set.
    function reporterEpoch(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(72, mload(pointer)), 0xffffffff)
        }
    }

    function setReporterEpoch(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffff00000000ffffffffffffffffff), shl(72, and(value, 0xffffffff))))
        }
    }

    /// @dev Reporters, and behind them the attesters.
    function signerCount(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(64, mload(pointer)), 0xff)
        }
    }

    function setSignerCount(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffffff00ffffffffffffffff), shl(64, and(value, 0xff))))
        }
    }

    function attesterQuorum(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(56, mload(pointer)), 0xff)
        }
    }

    function setAttesterQuorum(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffffffff00ffffffffffffff), shl(56, and(value, 0xff))))
        }
    }

    /// @dev micro-USD
    function feePool(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(128, mload(add(pointer, 32)))
        }
    }

    function setFeePool(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffff), shl(128, value)))
        }
    }

    /// @dev micro-USD
    function insuranceFund(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffff)
        }
    }

    function setInsuranceFund(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffff00000000000000000000000000000000), and(value, 0xffffffffffffffffffffffffffffffff)))
        }
    }

    /// @dev micro-USD. Deposits consumed less withdrawals debited.
    function liabilities(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(128, mload(add(pointer, 64)))
        }
    }

    function setLiabilities(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 64), or(and(mload(add(pointer, 64)), 0xffffffffffffffffffffffffffffffff), shl(128, value)))
        }
    }

    /// @dev micro-USD. Sum of `deficit` over instruments.
    function negativeHouses(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(mload(add(pointer, 64)), 0xffffffffffffffffffffffffffffffff)
        }
    }

    function setNegativeHouses(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 64), or(and(mload(add(pointer, 64)), 0xffffffffffffffffffffffffffffffff00000000000000000000000000000000), and(value, 0xffffffffffffffffffffffffffffffff)))
        }
    }

    /// @dev micro-USD. The insurance fund when the day began.
    function fundDayStart(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(128, mload(add(pointer, 96)))
        }
    }

    function setFundDayStart(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 96), or(and(mload(add(pointer, 96)), 0xffffffffffffffffffffffffffffffff), shl(128, value)))
        }
    }

    /// @dev micro-USD. Loans to all houses since then.
    function lentToday(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(mload(add(pointer, 96)), 0xffffffffffffffffffffffffffffffff)
        }
    }

    function setLentToday(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 96), or(and(mload(add(pointer, 96)), 0xffffffffffffffffffffffffffffffff00000000000000000000000000000000), and(value, 0xffffffffffffffffffffffffffffffff)))
        }
    }

    /// @dev micro-USD. Cumulative.
    function badDebt(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(128, mload(add(pointer, 128)))
        }
    }

    function setBadDebt(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 128), or(and(mload(add(pointer, 128)), 0xffffffffffffffffffffffffffffffff), shl(128, value)))
        }
    }

    /// @dev micro-USD. Cumulative: what guarantors paid of what accounts owed.
    function creditLosses(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(mload(add(pointer, 128)), 0xffffffffffffffffffffffffffffffff)
        }
    }

    function setCreditLosses(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 128), or(and(mload(add(pointer, 128)), 0xffffffffffffffffffffffffffffffff00000000000000000000000000000000), and(value, 0xffffffffffffffffffffffffffffffff)))
        }
    }

    /// @dev micro-USD. Sum of `credit_limit` over accounts: guarantors' money.
    function credit(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(128, mload(add(pointer, 160)))
        }
    }

    function setCredit(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 160), or(and(mload(add(pointer, 160)), 0xffffffffffffffffffffffffffffffff), shl(128, value)))
        }
    }

    /// @dev clock_ms / 86,400,000 of the loan counters.
    function day(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(96, mload(add(pointer, 160))), 0xffffffff)
        }
    }

    function setDay(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 160), or(and(mload(add(pointer, 160)), 0xffffffffffffffffffffffffffffffff00000000ffffffffffffffffffffffff), shl(96, and(value, 0xffffffff))))
        }
    }

    /// @dev Raised by every change of margin parameters: certificates of another are invalid.
    function feedEpoch(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(48, mload(add(pointer, 160))), 0xffffffffffff)
        }
    }

    function setFeedEpoch(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 160), or(and(mload(add(pointer, 160)), 0xffffffffffffffffffffffffffffffffffffffff000000000000ffffffffffff), shl(48, and(value, 0xffffffffffff))))
        }
    }

    /// @dev Average of block base fees, wei.
    function l1GasPrice(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(192, mload(add(pointer, 192)))
        }
    }

    function setL1GasPrice(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 192), or(and(mload(add(pointer, 192)), 0xffffffffffffffffffffffffffffffffffffffffffffffff), shl(192, value)))
        }
    }

    /// @dev Average of blob base fees, wei.
    function l1BlobPrice(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(128, mload(add(pointer, 192))), 0xffffffffffffffff)
        }
    }

    function setL1BlobPrice(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 192), or(and(mload(add(pointer, 192)), 0xffffffffffffffff0000000000000000ffffffffffffffffffffffffffffffff), shl(128, and(value, 0xffffffffffffffff))))
        }
    }

    /// @dev milliseconds
    function l1ReportedMs(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(80, mload(add(pointer, 192))), 0xffffffffffff)
        }
    }

    function setL1ReportedMs(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 192), or(and(mload(add(pointer, 192)), 0xffffffffffffffffffffffffffffffff000000000000ffffffffffffffffffff), shl(80, and(value, 0xffffffffffff))))
        }
    }

    /// @dev Whose index turns wei into USD; 0: L1 costs nothing.
    function ethUnderlying(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(64, mload(add(pointer, 192))), 0xffff)
        }
    }

    function setEthUnderlying(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 192), or(and(mload(add(pointer, 192)), 0xffffffffffffffffffffffffffffffffffffffffffff0000ffffffffffffffff), shl(64, and(value, 0xffff))))
        }
    }

    /// @dev ppm. k of the latency buffer.
    function slopeFactorPpm(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(224, mload(add(pointer, 224)))
        }
    }

    function setSlopeFactorPpm(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 224), or(and(mload(add(pointer, 224)), 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(224, value)))
        }
    }

    /// @dev ppm
    function slopeLeastPpm(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(192, mload(add(pointer, 224))), 0xffffffff)
        }
    }

    function setSlopeLeastPpm(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 224), or(and(mload(add(pointer, 224)), 0xffffffff00000000ffffffffffffffffffffffffffffffffffffffffffffffff), shl(192, and(value, 0xffffffff))))
        }
    }

    /// @dev ppm
    function slopeMostPpm(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(160, mload(add(pointer, 224))), 0xffffffff)
        }
    }

    function setSlopeMostPpm(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 224), or(and(mload(add(pointer, 224)), 0xffffffffffffffff00000000ffffffffffffffffffffffffffffffffffffffff), shl(160, and(value, 0xffffffff))))
        }
    }

    /// @dev milliseconds. Time constant of the variance's average: its half-life / ln 2.
    function varianceTauMs(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(128, mload(add(pointer, 224))), 0xffffffff)
        }
    }

    function setVarianceTauMs(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 224), or(and(mload(add(pointer, 224)), 0xffffffffffffffffffffffff00000000ffffffffffffffffffffffffffffffff), shl(128, and(value, 0xffffffff))))
        }
    }

    /// @dev EIP-712 domain of this chain and rollup.
    function domainSeparator(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(pointer, 256))
        }
    }

    function setDomainSeparator(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 256), value)
        }
    }
}

/// @dev One global signer.
library GlobalSigner {
    function address_(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffff)
        }
    }

    function setAddress(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffff0000000000000000000000000000000000000000), and(value, 0xffffffffffffffffffffffffffffffffffffffff)))
        }
    }
}

/// @dev Collateral is cash: every fill moves price * lots * tick_value; equity adds positions at
/// @dev their mark, with what is pending.
library AccountRecord {
    /// @dev The pointer to element `index`; the caller has checked that it exists.
    function element(uint256 pointer, uint256 index) internal pure returns (uint256) {
        unchecked {
            return pointer + 192 + index * 96;
        }
    }

    function version(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(248, mload(pointer))
        }
    }

    function setVersion(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(248, value)))
        }
    }

    function owner(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(88, mload(pointer)), 0xffffffffffffffffffffffffffffffffffffffff)
        }
    }

    function setOwner(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xff0000000000000000000000000000000000000000ffffffffffffffffffffff), shl(88, and(value, 0xffffffffffffffffffffffffffffffffffffffff))))
        }
    }

    function positionCount(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(80, mload(pointer)), 0xff)
        }
    }

    function setPositionCount(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffff00ffffffffffffffffffff), shl(80, and(value, 0xff))))
        }
    }

    /// @dev Raised by every new position entry and every cancel-all.
    function epochCounter(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(32, mload(pointer)), 0xffffffffffff)
        }
    }

    function setEpochCounter(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffff000000000000ffffffff), shl(32, and(value, 0xffffffffffff))))
        }
    }

    /// @dev 0 standard, 1 portfolio.
    function marginMode(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(24, mload(pointer)), 0xff)
        }
    }

    function setMarginMode(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffff00ffffff), shl(24, and(value, 0xff))))
        }
    }

    /// @dev What attesters said; 0: none.
    function tier(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(16, mload(pointer)), 0xff)
        }
    }

    function setTier(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffff00ffff), shl(16, and(value, 0xff))))
        }
    }

    /// @dev The underlying of a portfolio account.
    function portfolioUnderlying(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(mload(pointer), 0xffff)
        }
    }

    function setPortfolioUnderlying(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff0000), and(value, 0xffff)))
        }
    }

    /// @dev micro-USD
    function collateral(uint256 pointer) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(128, mload(add(pointer, 32)))
        }
    }

    function setCollateral(uint256 pointer, int256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffff), shl(128, value)))
        }
    }

    /// @dev micro-USD. Cumulative.
    function withdrawn(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffff)
        }
    }

    function setWithdrawn(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffff00000000000000000000000000000000), and(value, 0xffffffffffffffffffffffffffffffff)))
        }
    }

    /// @dev 0: none.
    function guardKey(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(96, mload(add(pointer, 64)))
        }
    }

    function setGuardKey(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 64), or(and(mload(add(pointer, 64)), 0xffffffffffffffffffffffff), shl(96, value)))
        }
    }

    /// @dev milliseconds. From then on the guard key is gone; 0: stays.
    function guardRemovalMs(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(48, mload(add(pointer, 64))), 0xffffffffffff)
        }
    }

    function setGuardRemovalMs(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 64), or(and(mload(add(pointer, 64)), 0xffffffffffffffffffffffffffffffffffffffff000000000000ffffffffffff), shl(48, and(value, 0xffffffffffff))))
        }
    }

    /// @dev milliseconds. Orders are dead once the clock passes it; 0: never.
    function cancelAtMs(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(mload(add(pointer, 64)), 0xffffffffffff)
        }
    }

    function setCancelAtMs(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 64), or(and(mload(add(pointer, 64)), 0xffffffffffffffffffffffffffffffffffffffffffffffffffff000000000000), and(value, 0xffffffffffff)))
        }
    }

    /// @dev micro-USD. A guarantor's money that stands here, and pays first what the account
    /// @dev owes. Lowers initial margin only.
    function creditLimit(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(192, mload(add(pointer, 96)))
        }
    }

    function setCreditLimit(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 96), or(and(mload(add(pointer, 96)), 0xffffffffffffffffffffffffffffffffffffffffffffffff), shl(192, value)))
        }
    }

    /// @dev The account that it came from; 0: none.
    function guarantor(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(160, mload(add(pointer, 96))), 0xffffffff)
        }
    }

    function setGuarantor(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 96), or(and(mload(add(pointer, 96)), 0xffffffffffffffff00000000ffffffffffffffffffffffffffffffffffffffff), shl(160, and(value, 0xffffffff))))
        }
    }

    /// @dev milliseconds. When attesters said the credit: only what they said later counts.
    function creditedMs(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(112, mload(add(pointer, 96))), 0xffffffffffff)
        }
    }

    function setCreditedMs(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 96), or(and(mload(add(pointer, 96)), 0xffffffffffffffffffffffff000000000000ffffffffffffffffffffffffffff), shl(112, and(value, 0xffffffffffff))))
        }
    }

    /// @dev minutes. The term, from then on; 0: it was taken away.
    function creditMinutes(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(96, mload(add(pointer, 96))), 0xffff)
        }
    }

    function setCreditMinutes(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 96), or(and(mload(add(pointer, 96)), 0xffffffffffffffffffffffffffffffffffff0000ffffffffffffffffffffffff), shl(96, and(value, 0xffff))))
        }
    }

    /// @dev milliseconds. The tier is none from then on.
    function tierExpiryMs(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(48, mload(add(pointer, 96))), 0xffffffffffff)
        }
    }

    function setTierExpiryMs(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 96), or(and(mload(add(pointer, 96)), 0xffffffffffffffffffffffffffffffffffffffff000000000000ffffffffffff), shl(48, and(value, 0xffffffffffff))))
        }
    }

    /// @dev milliseconds. When attesters said the tier: only what they said later counts.
    function attestedMs(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(mload(add(pointer, 96)), 0xffffffffffff)
        }
    }

    function setAttestedMs(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 96), or(and(mload(add(pointer, 96)), 0xffffffffffffffffffffffffffffffffffffffffffffffffffff000000000000), and(value, 0xffffffffffff)))
        }
    }

    /// @dev Where its protection counts what its orders fill; 0: it has none.
    function protectedUnderlying(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(240, mload(add(pointer, 128)))
        }
    }

    function setProtectedUnderlying(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 128), or(and(mload(add(pointer, 128)), 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(240, value)))
        }
    }

    /// @dev milliseconds
    function protectionWindowMs(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(208, mload(add(pointer, 128))), 0xffffffff)
        }
    }

    function setProtectionWindowMs(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 128), or(and(mload(add(pointer, 128)), 0xffff00000000ffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(208, and(value, 0xffffffff))))
        }
    }

    /// @dev milliseconds. How long no order rests once the limit is passed.
    function protectionFreezeMs(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(176, mload(add(pointer, 128))), 0xffffffff)
        }
    }

    function setProtectionFreezeMs(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 128), or(and(mload(add(pointer, 128)), 0xffffffffffff00000000ffffffffffffffffffffffffffffffffffffffffffff), shl(176, and(value, 0xffffffff))))
        }
    }

    /// @dev milliseconds. When the present window began.
    function protectionStartMs(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(128, mload(add(pointer, 128))), 0xffffffffffff)
        }
    }

    function setProtectionStartMs(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 128), or(and(mload(add(pointer, 128)), 0xffffffffffffffffffff000000000000ffffffffffffffffffffffffffffffff), shl(128, and(value, 0xffffffffffff))))
        }
    }

    /// @dev milliseconds. Until then no order of it rests on the underlying.
    function protectionFrozenMs(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(80, mload(add(pointer, 128))), 0xffffffffffff)
        }
    }

    function setProtectionFrozenMs(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 128), or(and(mload(add(pointer, 128)), 0xffffffffffffffffffffffffffffffff000000000000ffffffffffffffffffff), shl(80, and(value, 0xffffffffffff))))
        }
    }

    /// @dev lots
    function protectionLotsMax(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(40, mload(add(pointer, 128))), 0xffffffffff)
        }
    }

    function setProtectionLotsMax(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 128), or(and(mload(add(pointer, 128)), 0xffffffffffffffffffffffffffffffffffffffffffff0000000000ffffffffff), shl(40, and(value, 0xffffffffff))))
        }
    }

    /// @dev lots. What its orders filled in the window.
    function protectionLots(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(mload(add(pointer, 128)), 0xffffffffff)
        }
    }

    function setProtectionLots(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 128), or(and(mload(add(pointer, 128)), 0xffffffffffffffffffffffffffffffffffffffffffffffffffffff0000000000), and(value, 0xffffffffff)))
        }
    }

    /// @dev 10^-9 units of the underlying.
    function protectionDeltaMax(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(192, mload(add(pointer, 160)))
        }
    }

    function setProtectionDeltaMax(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 160), or(and(mload(add(pointer, 160)), 0xffffffffffffffffffffffffffffffffffffffffffffffff), shl(192, value)))
        }
    }

    /// @dev micro-USD. A volatility point.
    function protectionVegaMax(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(128, mload(add(pointer, 160))), 0xffffffffffffffff)
        }
    }

    function setProtectionVegaMax(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 160), or(and(mload(add(pointer, 160)), 0xffffffffffffffff0000000000000000ffffffffffffffffffffffffffffffff), shl(128, and(value, 0xffffffffffffffff))))
        }
    }

    /// @dev By how much its orders' fills changed delta in the window.
    function protectionDelta(uint256 pointer) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(192, shl(128, mload(add(pointer, 160))))
        }
    }

    function setProtectionDelta(uint256 pointer, int256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 160), or(and(mload(add(pointer, 160)), 0xffffffffffffffffffffffffffffffff0000000000000000ffffffffffffffff), shl(64, and(value, 0xffffffffffffffff))))
        }
    }

    /// @dev micro-USD. The same of vega.
    function protectionVega(uint256 pointer) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(192, shl(192, mload(add(pointer, 160))))
        }
    }

    function setProtectionVega(uint256 pointer, int256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 160), or(and(mload(add(pointer, 160)), 0xffffffffffffffffffffffffffffffffffffffffffffffff0000000000000000), and(value, 0xffffffffffffffff)))
        }
    }
}

/// @dev One account position.
library AccountPosition {
    function instrument(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(240, mload(pointer))
        }
    }

    function setInstrument(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(240, value)))
        }
    }

    /// @dev Resting orders of the current epoch, reduce-only ones too.
    function openOrders(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(224, mload(pointer)), 0xffff)
        }
    }

    function setOpenOrders(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffff0000ffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(224, and(value, 0xffff))))
        }
    }

    /// @dev Orders of another epoch are dead.
    function epoch(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(176, mload(pointer)), 0xffffffffffff)
        }
    }

    function setEpoch(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffff000000000000ffffffffffffffffffffffffffffffffffffffffffff), shl(176, and(value, 0xffffffffffff))))
        }
    }

    /// @dev lots. Positive is long. As of `factor`: deleveraging since then is pending.
    function size(uint256 pointer) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(208, shl(80, mload(pointer)))
        }
    }

    function setSize(uint256 pointer, int256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffff000000000000ffffffffffffffffffffffffffffffff), shl(128, and(value, 0xffffffffffff))))
        }
    }

    /// @dev Orders in the book, dead ones too: the entry stays while there are any.
    function linked(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(112, mload(pointer)), 0xffff)
        }
    }

    function setLinked(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffff0000ffffffffffffffffffffffffffff), shl(112, and(value, 0xffff))))
        }
    }

    /// @dev lots. Lots of the resting reduce-only orders of the current epoch.
    function reduceLots(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(64, mload(pointer)), 0xffffffffffff)
        }
    }

    function setReduceLots(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffff000000000000ffffffffffffffff), shl(64, and(value, 0xffffffffffff))))
        }
    }

    /// @dev The side's factor at the last settlement; 0 reads as the factor now.
    function factor(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(mload(pointer), 0xffffffffffffffff)
        }
    }

    function setFactor(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffffffff0000000000000000), and(value, 0xffffffffffffffff)))
        }
    }

    /// @dev lots. Open buys that reserve margin.
    function buyLots(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(208, mload(add(pointer, 32)))
        }
    }

    function setBuyLots(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(208, value)))
        }
    }

    /// @dev lots
    function sellLots(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(160, mload(add(pointer, 32))), 0xffffffffffff)
        }
    }

    function setSellLots(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffff000000000000ffffffffffffffffffffffffffffffffffffffff), shl(160, and(value, 0xffffffffffff))))
        }
    }

    /// @dev ticks * lots. Sum of price * lots of those buys.
    function buyValue(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(80, mload(add(pointer, 32))), 0xffffffffffffffffffff)
        }
    }

    function setBuyValue(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffff00000000000000000000ffffffffffffffffffff), shl(80, and(value, 0xffffffffffffffffffff))))
        }
    }

    /// @dev ticks * lots
    function sellValue(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(mload(add(pointer, 32)), 0xffffffffffffffffffff)
        }
    }

    function setSellValue(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffffffffffffffff00000000000000000000), and(value, 0xffffffffffffffffffff)))
        }
    }

    /// @dev funding_index at the last settlement: micro-USD a lot * 2^32.
    function fundingSnap(uint256 pointer) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(128, mload(add(pointer, 64)))
        }
    }

    function setFundingSnap(uint256 pointer, int256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 64), or(and(mload(add(pointer, 64)), 0xffffffffffffffffffffffffffffffff), shl(128, value)))
        }
    }

    /// @dev The side's adl index at the last settlement.
    function adlSnap(uint256 pointer) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(128, shl(128, mload(add(pointer, 64))))
        }
    }

    function setAdlSnap(uint256 pointer, int256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 64), or(and(mload(add(pointer, 64)), 0xffffffffffffffffffffffffffffffff00000000000000000000000000000000), and(value, 0xffffffffffffffffffffffffffffffff)))
        }
    }
}

/// @dev Id: account * 4 + slot. Slot 0 is the owner. The nonce window outlives keys.
library SessionRecord {
    function version(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(248, mload(pointer))
        }
    }

    function setVersion(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(248, value)))
        }
    }

    /// @dev 0 none (revoked), 1 trade, 255 owner.
    function scope(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(240, mload(pointer)), 0xff)
        }
    }

    function setScope(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xff00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(240, and(value, 0xff))))
        }
    }

    function key(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(80, mload(pointer)), 0xffffffffffffffffffffffffffffffffffffffff)
        }
    }

    function setKey(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffff0000000000000000000000000000000000000000ffffffffffffffffffff), shl(80, and(value, 0xffffffffffffffffffffffffffffffffffffffff))))
        }
    }

    /// @dev milliseconds. 0: never.
    function expiryMs(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(32, mload(pointer)), 0xffffffffffff)
        }
    }

    function setExpiryMs(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffff000000000000ffffffff), shl(32, and(value, 0xffffffffffff))))
        }
    }

    /// @dev Lowest nonce of the window.
    function nonceBase(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(192, mload(add(pointer, 32)))
        }
    }

    function setNonceBase(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffffffffffffffffffff), shl(192, value)))
        }
    }

    /// @dev Bit i, from the least significant: nonce_base + i is used.
    function nonceBitmap(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffffffffffffffffffff)
        }
    }

    function setNonceBitmap(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffff000000000000000000000000000000000000000000000000), and(value, 0xffffffffffffffffffffffffffffffffffffffffffffffff)))
        }
    }
}

/// @dev The latest price of its index, as far as it may have moved, and what was reported.
library UnderlyingRecord {
    function version(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(248, mload(pointer))
        }
    }

    function setVersion(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(248, value)))
        }
    }

    /// @dev nano-USD. 0: none yet.
    function indexPrice(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(184, mload(pointer)), 0xffffffffffffffff)
        }
    }

    function setIndexPrice(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xff0000000000000000ffffffffffffffffffffffffffffffffffffffffffffff), shl(184, and(value, 0xffffffffffffffff))))
        }
    }

    /// @dev nano-USD. The unclamped median of the same publish time.
    function rawPrice(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(120, mload(pointer)), 0xffffffffffffffff)
        }
    }

    function setRawPrice(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffff0000000000000000ffffffffffffffffffffffffffffff), shl(120, and(value, 0xffffffffffffffff))))
        }
    }

    /// @dev milliseconds
    function publishTimeMs(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(72, mload(pointer)), 0xffffffffffff)
        }
    }

    function setPublishTimeMs(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffff000000000000ffffffffffffffffff), shl(72, and(value, 0xffffffffffff))))
        }
    }

    /// @dev ppm. What the index may still move.
    function bucketPpm(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(56, mload(pointer)), 0xffff)
        }
    }

    function setBucketPpm(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffffff0000ffffffffffffff), shl(56, and(value, 0xffff))))
        }
    }

    /// @dev ppm. A second, of the latency buffer.
    function slopePpm(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(24, mload(pointer)), 0xffffffff)
        }
    }

    function setSlopePpm(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffffffffff00000000ffffff), shl(24, and(value, 0xffffffff))))
        }
    }

    /// @dev Raised by every Surface of an expiry of it, modulo 2^24: certificates of another are
    /// @dev invalid.
    function surfaceEpoch(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(mload(pointer), 0xffffff)
        }
    }

    function setSurfaceEpoch(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffff000000), and(value, 0xffffff)))
        }
    }

    /// @dev ASCII, zero-padded at its end.
    function symbol(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(128, mload(add(pointer, 32)))
        }
    }

    function setSymbol(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffff), shl(128, value)))
        }
    }

    /// @dev Average of raw r^2 / dt, ppm^2 a second.
    function variance(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(64, mload(add(pointer, 32))), 0xffffffffffffffff)
        }
    }

    function setVariance(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffff0000000000000000ffffffffffffffff), shl(64, and(value, 0xffffffffffffffff))))
        }
    }

    /// @dev milliseconds. When it was announced an orphan; 0: not.
    function orphanMs(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(16, mload(add(pointer, 32))), 0xffffffffffff)
        }
    }

    function setOrphanMs(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffffffffffffffffffff000000000000ffff), shl(16, and(value, 0xffffffffffff))))
        }
    }
}

/// @dev Terms of trade, the book's ends, and the house.
library InstrumentRecord {
    function version(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(248, mload(pointer))
        }
    }

    function setVersion(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(248, value)))
        }
    }

    function status(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(240, mload(pointer)), 0xff)
        }
    }

    function setStatus(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xff00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(240, and(value, 0xff))))
        }
    }

    /// @dev ppm
    function makerFeePpm(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(208, mload(pointer)), 0xffffffff)
        }
    }

    function setMakerFeePpm(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffff00000000ffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(208, and(value, 0xffffffff))))
        }
    }

    /// @dev ppm
    function takerFeePpm(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(176, mload(pointer)), 0xffffffff)
        }
    }

    function setTakerFeePpm(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffff00000000ffffffffffffffffffffffffffffffffffffffffffff), shl(176, and(value, 0xffffffff))))
        }
    }

    /// @dev ppm
    function priceBandPpm(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(144, mload(pointer)), 0xffffffff)
        }
    }

    function setPriceBandPpm(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffff00000000ffffffffffffffffffffffffffffffffffff), shl(144, and(value, 0xffffffff))))
        }
    }

    /// @dev micro-USD
    function minOrderValue(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(80, mload(pointer)), 0xffffffffffffffff)
        }
    }

    function setMinOrderValue(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffff0000000000000000ffffffffffffffffffff), shl(80, and(value, 0xffffffffffffffff))))
        }
    }

    /// @dev ticks. Price of the latest fill; 0: none.
    function lastPrice(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(48, mload(pointer)), 0xffffffff)
        }
    }

    function setLastPrice(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffff00000000ffffffffffff), shl(48, and(value, 0xffffffff))))
        }
    }

    /// @dev Linked orders, dead ones too.
    function orderCount(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(16, mload(pointer)), 0xffffffff)
        }
    }

    function setOrderCount(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffffffffffff00000000ffff), shl(16, and(value, 0xffffffff))))
        }
    }

    /// @dev What an account needs to open a position; 0: none.
    function tier(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(8, mload(pointer)), 0xff)
        }
    }

    function setTier(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff00ff), shl(8, and(value, 0xff))))
        }
    }

    /// @dev Slot; 0: none.
    function bestBid(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(224, mload(add(pointer, 32)))
        }
    }

    function setBestBid(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(224, value)))
        }
    }

    /// @dev Slot; 0: none.
    function bestAsk(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(192, mload(add(pointer, 32))), 0xffffffff)
        }
    }

    function setBestAsk(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffff00000000ffffffffffffffffffffffffffffffffffffffffffffffff), shl(192, and(value, 0xffffffff))))
        }
    }

    /// @dev Slot; 0: none.
    function worstBid(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(160, mload(add(pointer, 32))), 0xffffffff)
        }
    }

    function setWorstBid(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffff00000000ffffffffffffffffffffffffffffffffffffffff), shl(160, and(value, 0xffffffff))))
        }
    }

    /// @dev Slot; 0: none.
    function worstAsk(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(128, mload(add(pointer, 32))), 0xffffffff)
        }
    }

    function setWorstAsk(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffff00000000ffffffffffffffffffffffffffffffff), shl(128, and(value, 0xffffffff))))
        }
    }

    /// @dev Head of the free list; 0: empty.
    function freeSlot(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(96, mload(add(pointer, 32))), 0xffffffff)
        }
    }

    function setFreeSlot(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffff00000000ffffffffffffffffffffffff), shl(96, and(value, 0xffffffff))))
        }
    }

    /// @dev Slots from here on were never used; starts at 1.
    function nextSlot(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(64, mload(add(pointer, 32))), 0xffffffff)
        }
    }

    function setNextSlot(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffffffffffff00000000ffffffffffffffff), shl(64, and(value, 0xffffffff))))
        }
    }

    /// @dev Starts at 1.
    function nextSerial(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(16, mload(add(pointer, 32))), 0xffffffffffff)
        }
    }

    function setNextSerial(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffffffffffffffffffff000000000000ffff), shl(16, and(value, 0xffffffffffff))))
        }
    }

    /// @dev ASCII, zero-padded at its end.
    function symbol(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(128, mload(add(pointer, 64)))
        }
    }

    function setSymbol(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 64), or(and(mload(add(pointer, 64)), 0xffffffffffffffffffffffffffffffff), shl(128, value)))
        }
    }

    /// @dev Linked bids.
    function bidCount(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(96, mload(add(pointer, 64))), 0xffffffff)
        }
    }

    function setBidCount(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 64), or(and(mload(add(pointer, 64)), 0xffffffffffffffffffffffffffffffff00000000ffffffffffffffffffffffff), shl(96, and(value, 0xffffffff))))
        }
    }

    /// @dev ppm
    function liquidationFeePpm(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(64, mload(add(pointer, 64))), 0xffffffff)
        }
    }

    function setLiquidationFeePpm(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 64), or(and(mload(add(pointer, 64)), 0xffffffffffffffffffffffffffffffffffffffff00000000ffffffffffffffff), shl(64, and(value, 0xffffffff))))
        }
    }

    /// @dev ppm. house_mmf.
    function houseMarginPpm(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(32, mload(add(pointer, 64))), 0xffffffff)
        }
    }

    function setHouseMarginPpm(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 64), or(and(mload(add(pointer, 64)), 0xffffffffffffffffffffffffffffffffffffffffffffffff00000000ffffffff), shl(32, and(value, 0xffffffff))))
        }
    }

    /// @dev micro-USD. Lazy: changes as entries settle.
    function houseCash(uint256 pointer) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(128, mload(add(pointer, 96)))
        }
    }

    function setHouseCash(uint256 pointer, int256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 96), or(and(mload(add(pointer, 96)), 0xffffffffffffffffffffffffffffffff), shl(128, value)))
        }
    }

    /// @dev micro-USD. Eager: every test reads this.
    function effectiveCash(uint256 pointer) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(128, shl(128, mload(add(pointer, 96))))
        }
    }

    function setEffectiveCash(uint256 pointer, int256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 96), or(and(mload(add(pointer, 96)), 0xffffffffffffffffffffffffffffffff00000000000000000000000000000000), and(value, 0xffffffffffffffffffffffffffffffff)))
        }
    }

    /// @dev lots. Lazy. Sum of all sizes + house_lots = 0.
    function houseLots(uint256 pointer) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(192, mload(add(pointer, 128)))
        }
    }

    function setHouseLots(uint256 pointer, int256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 128), or(and(mload(add(pointer, 128)), 0xffffffffffffffffffffffffffffffffffffffffffffffff), shl(192, value)))
        }
    }

    /// @dev milliseconds. Time of the last takeover from flat.
    function takeoverMs(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(144, mload(add(pointer, 128))), 0xffffffffffff)
        }
    }

    function setTakeoverMs(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 128), or(and(mload(add(pointer, 128)), 0xffffffffffffffff000000000000ffffffffffffffffffffffffffffffffffff), shl(144, and(value, 0xffffffffffff))))
        }
    }

    /// @dev milliseconds. When the window of unwinding began.
    function unwindMs(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(96, mload(add(pointer, 128))), 0xffffffffffff)
        }
    }

    function setUnwindMs(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 128), or(and(mload(add(pointer, 128)), 0xffffffffffffffffffffffffffff000000000000ffffffffffffffffffffffff), shl(96, and(value, 0xffffffffffff))))
        }
    }

    /// @dev lots. In that window.
    function unwoundLots(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(32, mload(add(pointer, 128))), 0xffffffffffffffff)
        }
    }

    function setUnwoundLots(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 128), or(and(mload(add(pointer, 128)), 0xffffffffffffffffffffffffffffffffffffffff0000000000000000ffffffff), shl(32, and(value, 0xffffffffffffffff))))
        }
    }

    /// @dev Eager open interest of users' longs, in 2^-32 lots.
    function longInterest(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(160, mload(add(pointer, 160)))
        }
    }

    function setLongInterest(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 160), or(and(mload(add(pointer, 160)), 0xffffffffffffffffffffffffffffffffffffffff), shl(160, value)))
        }
    }

    /// @dev The same of shorts. Less the longs: the house's eager lots.
    function shortInterest(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(64, mload(add(pointer, 160))), 0xffffffffffffffffffffffff)
        }
    }

    function setShortInterest(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 160), or(and(mload(add(pointer, 160)), 0xffffffffffffffffffffffff000000000000000000000000ffffffffffffffff), shl(64, and(value, 0xffffffffffffffffffffffff))))
        }
    }

    /// @dev ema: ppm per eight hours * 2^32.
    function fundingAverage(uint256 pointer) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(192, shl(192, mload(add(pointer, 160))))
        }
    }

    function setFundingAverage(uint256 pointer, int256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 160), or(and(mload(add(pointer, 160)), 0xffffffffffffffffffffffffffffffffffffffffffffffff0000000000000000), and(value, 0xffffffffffffffff)))
        }
    }

    /// @dev milliseconds. Time of the last sample; 0: none.
    function fundingMs(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(208, mload(add(pointer, 192)))
        }
    }

    function setFundingMs(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 192), or(and(mload(add(pointer, 192)), 0xffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(208, value)))
        }
    }

    /// @dev ppm
    function fundingCapPpm(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(176, mload(add(pointer, 192))), 0xffffffff)
        }
    }

    function setFundingCapPpm(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 192), or(and(mload(add(pointer, 192)), 0xffffffffffff00000000ffffffffffffffffffffffffffffffffffffffffffff), shl(176, and(value, 0xffffffff))))
        }
    }

    /// @dev ppm
    function fundingInterestPpm(uint256 pointer) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(224, shl(80, mload(add(pointer, 192))))
        }
    }

    function setFundingInterestPpm(uint256 pointer, int256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 192), or(and(mload(add(pointer, 192)), 0xffffffffffffffffffff00000000ffffffffffffffffffffffffffffffffffff), shl(144, and(value, 0xffffffff))))
        }
    }

    /// @dev milliseconds. 0: no average.
    function fundingTauMs(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(112, mload(add(pointer, 192))), 0xffffffff)
        }
    }

    function setFundingTauMs(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 192), or(and(mload(add(pointer, 192)), 0xffffffffffffffffffffffffffff00000000ffffffffffffffffffffffffffff), shl(112, and(value, 0xffffffff))))
        }
    }

    /// @dev micro-USD. Notional of a funding sample: at most 8 * min_order_value.
    function impactValue(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(48, mload(add(pointer, 192))), 0xffffffffffffffff)
        }
    }

    function setImpactValue(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 192), or(and(mload(add(pointer, 192)), 0xffffffffffffffffffffffffffffffffffff0000000000000000ffffffffffff), shl(48, and(value, 0xffffffffffffffff))))
        }
    }

    /// @dev micro-USD. Lent by the insurance fund and not paid back.
    function loan(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(128, mload(add(pointer, 224)))
        }
    }

    function setLoan(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 224), or(and(mload(add(pointer, 224)), 0xffffffffffffffffffffffffffffffff), shl(128, value)))
        }
    }

    /// @dev Day of `lent_today`.
    function lentDay(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(96, mload(add(pointer, 224))), 0xffffffff)
        }
    }

    function setLentDay(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 224), or(and(mload(add(pointer, 224)), 0xffffffffffffffffffffffffffffffff00000000ffffffffffffffffffffffff), shl(96, and(value, 0xffffffff))))
        }
    }

    /// @dev ticks. Price of a settled instrument; 0: not settled.
    function settlementPrice(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(64, mload(add(pointer, 224))), 0xffffffff)
        }
    }

    function setSettlementPrice(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 224), or(and(mload(add(pointer, 224)), 0xffffffffffffffffffffffffffffffffffffffff00000000ffffffffffffffff), shl(64, and(value, 0xffffffff))))
        }
    }

    /// @dev Instrument that followed a settled one.
    function successor(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(48, mload(add(pointer, 224))), 0xffff)
        }
    }

    function setSuccessor(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 224), or(and(mload(add(pointer, 224)), 0xffffffffffffffffffffffffffffffffffffffffffffffff0000ffffffffffff), shl(48, and(value, 0xffff))))
        }
    }

    /// @dev milliseconds. When a future's trading ends. 0: never.
    function expiryMs(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(mload(add(pointer, 224)), 0xffffffffffff)
        }
    }

    function setExpiryMs(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 224), or(and(mload(add(pointer, 224)), 0xffffffffffffffffffffffffffffffffffffffffffffffffffff000000000000), and(value, 0xffffffffffff)))
        }
    }

    /// @dev micro-USD. max(0, -house equity) when the house was last written.
    function deficit(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(128, mload(add(pointer, 256)))
        }
    }

    function setDeficit(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 256), or(and(mload(add(pointer, 256)), 0xffffffffffffffffffffffffffffffff), shl(128, value)))
        }
    }

    /// @dev micro-USD
    function lentToday(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(mload(add(pointer, 256)), 0xffffffffffffffffffffffffffffffff)
        }
    }

    function setLentToday(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 256), or(and(mload(add(pointer, 256)), 0xffffffffffffffffffffffffffffffff00000000000000000000000000000000), and(value, 0xffffffffffffffffffffffffffffffff)))
        }
    }
}

/// @dev What margin reads of a perpetual or a future; same id.
library MarkRecord {
    function version(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(248, mload(pointer))
        }
    }

    function setVersion(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(248, value)))
        }
    }

    function kind(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(240, mload(pointer)), 0xff)
        }
    }

    function setKind(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xff00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(240, and(value, 0xff))))
        }
    }

    function underlying(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(224, mload(pointer)), 0xffff)
        }
    }

    function setUnderlying(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffff0000ffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(224, and(value, 0xffff))))
        }
    }

    /// @dev micro-USD per tick per lot
    function tickValue(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(200, mload(pointer)), 0xffffff)
        }
    }

    function setTickValue(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffff000000ffffffffffffffffffffffffffffffffffffffffffffffffff), shl(200, and(value, 0xffffff))))
        }
    }

    /// @dev nano-USD per tick
    function indexPerTick(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(136, mload(pointer)), 0xffffffffffffffff)
        }
    }

    function setIndexPerTick(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffff0000000000000000ffffffffffffffffffffffffffffffffff), shl(136, and(value, 0xffffffffffffffff))))
        }
    }

    /// @dev ppm
    function initialMarginPpm(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(104, mload(pointer)), 0xffffffff)
        }
    }

    function setInitialMarginPpm(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffff00000000ffffffffffffffffffffffffff), shl(104, and(value, 0xffffffff))))
        }
    }

    /// @dev ppm
    function maintenanceMarginPpm(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(72, mload(pointer)), 0xffffffff)
        }
    }

    function setMaintenanceMarginPpm(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffff00000000ffffffffffffffffff), shl(72, and(value, 0xffffffff))))
        }
    }

    /// @dev ticks. What does not follow the index: all of it once settled; in a future's last
    /// @dev half hour, its average so far.
    function fixedPrice(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(40, mload(pointer)), 0xffffffff)
        }
    }

    function setFixedPrice(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffffff00000000ffffffffff), shl(40, and(value, 0xffffffff))))
        }
    }

    /// @dev A future's expiry; 0: perpetual.
    function expiry(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(24, mload(pointer)), 0xffff)
        }
    }

    function setExpiry(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffffffffffffff0000ffffff), shl(24, and(value, 0xffff))))
        }
    }

    /// @dev F of longs: starts at 2^63.
    function longFactor(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(192, mload(add(pointer, 32)))
        }
    }

    function setLongFactor(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffffffffffffffffffff), shl(192, value)))
        }
    }

    function shortFactor(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(128, mload(add(pointer, 32))), 0xffffffffffffffff)
        }
    }

    function setShortFactor(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffff0000000000000000ffffffffffffffffffffffffffffffff), shl(128, and(value, 0xffffffffffffffff))))
        }
    }

    /// @dev milliseconds. Publish time of the longs' last deleveraging.
    function longDeleveragedMs(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(80, mload(add(pointer, 32))), 0xffffffffffff)
        }
    }

    function setLongDeleveragedMs(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffff000000000000ffffffffffffffffffff), shl(80, and(value, 0xffffffffffff))))
        }
    }

    /// @dev milliseconds
    function shortDeleveragedMs(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(32, mload(add(pointer, 32))), 0xffffffffffff)
        }
    }

    function setShortDeleveragedMs(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffffffffffffffff000000000000ffffffff), shl(32, and(value, 0xffffffffffff))))
        }
    }

    /// @dev ppb. What follows the index: parts per billion of it. 10^9 of a perpetual; 0:
    /// @dev settled.
    function indexPpb(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(mload(add(pointer, 32)), 0xffffffff)
        }
    }

    function setIndexPpb(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffff00000000), and(value, 0xffffffff)))
        }
    }

    /// @dev G: micro-USD a lot * 2^32.
    function fundingIndex(uint256 pointer) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(128, mload(add(pointer, 64)))
        }
    }

    function setFundingIndex(uint256 pointer, int256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 64), or(and(mload(add(pointer, 64)), 0xffffffffffffffffffffffffffffffff), shl(128, value)))
        }
    }

    /// @dev K of longs: micro-USD a lot * factor.
    function longAdlIndex(uint256 pointer) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(128, shl(128, mload(add(pointer, 64))))
        }
    }

    function setLongAdlIndex(uint256 pointer, int256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 64), or(and(mload(add(pointer, 64)), 0xffffffffffffffffffffffffffffffff00000000000000000000000000000000), and(value, 0xffffffffffffffffffffffffffffffff)))
        }
    }

    function shortAdlIndex(uint256 pointer) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(128, mload(add(pointer, 96)))
        }
    }

    function setShortAdlIndex(uint256 pointer, int256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 96), or(and(mload(add(pointer, 96)), 0xffffffffffffffffffffffffffffffff), shl(128, value)))
        }
    }
}

/// @dev What margin reads of an option: a mark's fields at their places, without funding, and
/// @dev what Reprice found.
library OptionMarkRecord {
    function version(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(248, mload(pointer))
        }
    }

    function setVersion(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(248, value)))
        }
    }

    /// @dev 3 call, 4 put.
    function kind(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(240, mload(pointer)), 0xff)
        }
    }

    function setKind(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xff00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(240, and(value, 0xff))))
        }
    }

    function underlying(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(224, mload(pointer)), 0xffff)
        }
    }

    function setUnderlying(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffff0000ffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(224, and(value, 0xffff))))
        }
    }

    /// @dev micro-USD per tick per lot
    function tickValue(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(200, mload(pointer)), 0xffffff)
        }
    }

    function setTickValue(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffff000000ffffffffffffffffffffffffffffffffffffffffffffffffff), shl(200, and(value, 0xffffff))))
        }
    }

    /// @dev nano-USD per tick
    function indexPerTick(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(136, mload(pointer)), 0xffffffffffffffff)
        }
    }

    function setIndexPerTick(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffff0000000000000000ffffffffffffffffffffffffffffffffff), shl(136, and(value, 0xffffffffffffffff))))
        }
    }

    /// @dev ppm. a: of the index, less what the option is out of the money.
    function initialMarginPpm(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(104, mload(pointer)), 0xffffffff)
        }
    }

    function setInitialMarginPpm(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffff00000000ffffffffffffffffffffffffff), shl(104, and(value, 0xffffffff))))
        }
    }

    /// @dev ppm. c, p and q.
    function maintenanceMarginPpm(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(72, mload(pointer)), 0xffffffff)
        }
    }

    function setMaintenanceMarginPpm(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffff00000000ffffffffffffffffff), shl(72, and(value, 0xffffffff))))
        }
    }

    /// @dev ticks. Price at its forward; once settled, its payoff.
    function fixedPrice(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(40, mload(pointer)), 0xffffffff)
        }
    }

    function setFixedPrice(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffffff00000000ffffffffff), shl(40, and(value, 0xffffffff))))
        }
    }

    function expiry(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(24, mload(pointer)), 0xffff)
        }
    }

    function setExpiry(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffffffffffffff0000ffffff), shl(24, and(value, 0xffff))))
        }
    }

    /// @dev For volatility + 1, 2^-22 of the priced forward.
    function vega(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(mload(pointer), 0xffffff)
        }
    }

    function setVega(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffff000000), and(value, 0xffffff)))
        }
    }

    /// @dev F of longs: starts at 2^63.
    function longFactor(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(192, mload(add(pointer, 32)))
        }
    }

    function setLongFactor(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffffffffffffffffffff), shl(192, value)))
        }
    }

    function shortFactor(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(128, mload(add(pointer, 32))), 0xffffffffffffffff)
        }
    }

    function setShortFactor(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffff0000000000000000ffffffffffffffffffffffffffffffff), shl(128, and(value, 0xffffffffffffffff))))
        }
    }

    /// @dev milliseconds. Publish time of the longs' last deleveraging.
    function longDeleveragedMs(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(80, mload(add(pointer, 32))), 0xffffffffffff)
        }
    }

    function setLongDeleveragedMs(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffff000000000000ffffffffffffffffffff), shl(80, and(value, 0xffffffffffff))))
        }
    }

    /// @dev milliseconds
    function shortDeleveragedMs(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(32, mload(add(pointer, 32))), 0xffffffffffff)
        }
    }

    function setShortDeleveragedMs(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffffffffffffffff000000000000ffffffff), shl(32, and(value, 0xffffffffffff))))
        }
    }

    /// @dev ppb. What of its forward follows the index; 0: settled.
    function indexPpb(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(mload(add(pointer, 32)), 0xffffffff)
        }
    }

    function setIndexPpb(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffff00000000), and(value, 0xffffffff)))
        }
    }

    /// @dev At the priced forward: 2^-8 ticks.
    function markPrice(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(216, mload(add(pointer, 64)))
        }
    }

    function setMarkPrice(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 64), or(and(mload(add(pointer, 64)), 0xffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(216, value)))
        }
    }

    /// @dev milliseconds. 0: not priced yet.
    function pricedMs(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(168, mload(add(pointer, 64))), 0xffffffffffff)
        }
    }

    function setPricedMs(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 64), or(and(mload(add(pointer, 64)), 0xffffffffff000000000000ffffffffffffffffffffffffffffffffffffffffff), shl(168, and(value, 0xffffffffffff))))
        }
    }

    /// @dev 2^-30 ticks a tick of the forward.
    function delta(uint256 pointer) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(224, shl(88, mload(add(pointer, 64))))
        }
    }

    function setDelta(uint256 pointer, int256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 64), or(and(mload(add(pointer, 64)), 0xffffffffffffffffffffff00000000ffffffffffffffffffffffffffffffffff), shl(136, and(value, 0xffffffff))))
        }
    }

    /// @dev K of longs: micro-USD a lot * factor.
    function longAdlIndex(uint256 pointer) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(128, shl(128, mload(add(pointer, 64))))
        }
    }

    function setLongAdlIndex(uint256 pointer, int256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 64), or(and(mload(add(pointer, 64)), 0xffffffffffffffffffffffffffffffff00000000000000000000000000000000), and(value, 0xffffffffffffffffffffffffffffffff)))
        }
    }

    function shortAdlIndex(uint256 pointer) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(128, mload(add(pointer, 96)))
        }
    }

    function setShortAdlIndex(uint256 pointer, int256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 96), or(and(mload(add(pointer, 96)), 0xffffffffffffffffffffffffffffffff), shl(128, value)))
        }
    }

    /// @dev ticks
    function strike(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(96, mload(add(pointer, 96))), 0xffffffff)
        }
    }

    function setStrike(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 96), or(and(mload(add(pointer, 96)), 0xffffffffffffffffffffffffffffffff00000000ffffffffffffffffffffffff), shl(96, and(value, 0xffffffff))))
        }
    }

    /// @dev ticks
    function pricedForward(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(64, mload(add(pointer, 96))), 0xffffffff)
        }
    }

    function setPricedForward(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 96), or(and(mload(add(pointer, 96)), 0xffffffffffffffffffffffffffffffffffffffff00000000ffffffffffffffff), shl(64, and(value, 0xffffffff))))
        }
    }

    /// @dev 2^-16: what delta moves by while the forward doubles.
    function gamma(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(32, mload(add(pointer, 96))), 0xffffffff)
        }
    }

    function setGamma(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 96), or(and(mload(add(pointer, 96)), 0xffffffffffffffffffffffffffffffffffffffffffffffff00000000ffffffff), shl(32, and(value, 0xffffffff))))
        }
    }

    /// @dev A day, 2^-28 of the priced forward.
    function theta(uint256 pointer) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(224, shl(224, mload(add(pointer, 96))))
        }
    }

    function setTheta(uint256 pointer, int256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 96), or(and(mload(add(pointer, 96)), 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffff00000000), and(value, 0xffffffff)))
        }
    }
}

/// @dev Id: instrument * 2**18 + slot. A free slot keeps its version and `next`, all else zero.
library OrderRecord {
    function version(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(248, mload(pointer))
        }
    }

    function setVersion(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(248, value)))
        }
    }

    function flags(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(240, mload(pointer)), 0xff)
        }
    }

    function setFlags(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xff00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(240, and(value, 0xff))))
        }
    }

    /// @dev ticks
    function price(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(208, mload(pointer)), 0xffffffff)
        }
    }

    function setPrice(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffff00000000ffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(208, and(value, 0xffffffff))))
        }
    }

    /// @dev lots. Remaining.
    function lots(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(168, mload(pointer)), 0xffffffffff)
        }
    }

    function setLots(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffff0000000000ffffffffffffffffffffffffffffffffffffffffff), shl(168, and(value, 0xffffffffff))))
        }
    }

    function account(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(136, mload(pointer)), 0xffffffff)
        }
    }

    function setAccount(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffff00000000ffffffffffffffffffffffffffffffffff), shl(136, and(value, 0xffffffff))))
        }
    }

    function epoch(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(88, mload(pointer)), 0xffffffffffff)
        }
    }

    function setEpoch(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffff000000000000ffffffffffffffffffffff), shl(88, and(value, 0xffffffffffff))))
        }
    }

    function serial(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(40, mload(pointer)), 0xffffffffffff)
        }
    }

    function setSerial(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffff000000000000ffffffffff), shl(40, and(value, 0xffffffffffff))))
        }
    }

    /// @dev Slot with better priority; 0: first.
    function prev(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(224, mload(add(pointer, 32)))
        }
    }

    function setPrev(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(224, value)))
        }
    }

    /// @dev Slot with worse priority, or next free slot; 0: last.
    function next(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(192, mload(add(pointer, 32))), 0xffffffff)
        }
    }

    function setNext(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffff00000000ffffffffffffffffffffffffffffffffffffffffffffffff), shl(192, and(value, 0xffffffff))))
        }
    }

    /// @dev milliseconds. 0: never.
    function expiryMs(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(144, mload(add(pointer, 32))), 0xffffffffffff)
        }
    }

    function setExpiryMs(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffff000000000000ffffffffffffffffffffffffffffffffffff), shl(144, and(value, 0xffffffffffff))))
        }
    }

    function clientId(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(80, mload(add(pointer, 32))), 0xffffffffffffffff)
        }
    }

    function setClientId(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffff0000000000000000ffffffffffffffffffff), shl(80, and(value, 0xffffffffffffffff))))
        }
    }

    /// @dev ppm. From the bundle that placed it; bounds its maker fee.
    function maxFeePpm(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(48, mload(add(pointer, 32))), 0xffffffff)
        }
    }

    function setMaxFeePpm(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffffffffffffffff00000000ffffffffffff), shl(48, and(value, 0xffffffff))))
        }
    }
}

/// @dev An underlying's expiry: forward, surface, samples, settlement.
library ExpiryRecord {
    function version(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(248, mload(pointer))
        }
    }

    function setVersion(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(248, value)))
        }
    }

    function underlying(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(232, mload(pointer)), 0xffff)
        }
    }

    function setUnderlying(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xff0000ffffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(232, and(value, 0xffff))))
        }
    }

    /// @dev milliseconds
    function expiryMs(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(184, mload(pointer)), 0xffffffffffff)
        }
    }

    function setExpiryMs(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffff000000000000ffffffffffffffffffffffffffffffffffffffffffffff), shl(184, and(value, 0xffffffffffff))))
        }
    }

    /// @dev milliseconds. Publish time of the latest surface; 0: none yet.
    function publishTimeMs(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(136, mload(pointer)), 0xffffffffffff)
        }
    }

    function setPublishTimeMs(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffff000000000000ffffffffffffffffffffffffffffffffff), shl(136, and(value, 0xffffffffffff))))
        }
    }

    /// @dev ppb. The forward, in parts per billion of the index.
    function forwardPpb(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(104, mload(pointer)), 0xffffffff)
        }
    }

    function setForwardPpb(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffff00000000ffffffffffffffffffffffffff), shl(104, and(value, 0xffffffff))))
        }
    }

    /// @dev ppm. A year.
    function ratePpm(uint256 pointer) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(224, shl(152, mload(pointer)))
        }
    }

    function setRatePpm(uint256 pointer, int256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffff00000000ffffffffffffffffff), shl(72, and(value, 0xffffffff))))
        }
    }

    /// @dev ppm
    function confidencePpm(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(40, mload(pointer)), 0xffffffff)
        }
    }

    function setConfidencePpm(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffffff00000000ffffffffff), shl(40, and(value, 0xffffffff))))
        }
    }

    /// @dev The instrument that is the future on it; 0: none.
    function future(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(24, mload(pointer)), 0xffff)
        }
    }

    function setFuture(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffffffffffffff0000ffffff), shl(24, and(value, 0xffff))))
        }
    }

    /// @dev 10^-12.
    function sviA(uint256 pointer) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(192, mload(add(pointer, 32)))
        }
    }

    function setSviA(uint256 pointer, int256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffffffffffffffffffff), shl(192, value)))
        }
    }

    /// @dev 10^-12.
    function sviB(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(128, mload(add(pointer, 32))), 0xffffffffffffffff)
        }
    }

    function setSviB(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffff0000000000000000ffffffffffffffffffffffffffffffff), shl(128, and(value, 0xffffffffffffffff))))
        }
    }

    /// @dev 10^-12.
    function sviRho(uint256 pointer) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(192, shl(128, mload(add(pointer, 32))))
        }
    }

    function setSviRho(uint256 pointer, int256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffff0000000000000000ffffffffffffffff), shl(64, and(value, 0xffffffffffffffff))))
        }
    }

    /// @dev 10^-12.
    function sviM(uint256 pointer) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(192, shl(192, mload(add(pointer, 32))))
        }
    }

    function setSviM(uint256 pointer, int256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffffffffffffffffffff0000000000000000), and(value, 0xffffffffffffffff)))
        }
    }

    /// @dev 10^-12.
    function sviSigma(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(192, mload(add(pointer, 64)))
        }
    }

    function setSviSigma(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 64), or(and(mload(add(pointer, 64)), 0xffffffffffffffffffffffffffffffffffffffffffffffff), shl(192, value)))
        }
    }

    /// @dev nano-USD. The forward that the surface was fitted around.
    function sviForward(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(128, mload(add(pointer, 64))), 0xffffffffffffffff)
        }
    }

    function setSviForward(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 64), or(and(mload(add(pointer, 64)), 0xffffffffffffffff0000000000000000ffffffffffffffffffffffffffffffff), shl(128, and(value, 0xffffffffffffffff))))
        }
    }

    /// @dev milliseconds. When it was fitted; 0: no surface.
    function sviTimeMs(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(80, mload(add(pointer, 64))), 0xffffffffffff)
        }
    }

    function setSviTimeMs(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 64), or(and(mload(add(pointer, 64)), 0xffffffffffffffffffffffffffffffff000000000000ffffffffffffffffffff), shl(80, and(value, 0xffffffffffff))))
        }
    }

    /// @dev Sum of index times milliseconds: nano-USD * ms.
    function accumulated(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(128, mload(add(pointer, 96)))
        }
    }

    function setAccumulated(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 96), or(and(mload(add(pointer, 96)), 0xffffffffffffffffffffffffffffffff), shl(128, value)))
        }
    }

    /// @dev milliseconds. How much of the last half hour is covered.
    function coveredMs(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(96, mload(add(pointer, 96))), 0xffffffff)
        }
    }

    function setCoveredMs(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 96), or(and(mload(add(pointer, 96)), 0xffffffffffffffffffffffffffffffff00000000ffffffffffffffffffffffff), shl(96, and(value, 0xffffffff))))
        }
    }

    /// @dev milliseconds. Time of the latest sample; 0: none.
    function sampledMs(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(48, mload(add(pointer, 96))), 0xffffffffffff)
        }
    }

    function setSampledMs(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 96), or(and(mload(add(pointer, 96)), 0xffffffffffffffffffffffffffffffffffffffff000000000000ffffffffffff), shl(48, and(value, 0xffffffffffff))))
        }
    }

    /// @dev nano-USD. 0: not settled.
    function settlement(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(192, mload(add(pointer, 128)))
        }
    }

    function setSettlement(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 128), or(and(mload(add(pointer, 128)), 0xffffffffffffffffffffffffffffffffffffffffffffffff), shl(192, value)))
        }
    }

    /// @dev milliseconds
    function settledMs(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(144, mload(add(pointer, 128))), 0xffffffffffff)
        }
    }

    function setSettledMs(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 128), or(and(mload(add(pointer, 128)), 0xffffffffffffffff000000000000ffffffffffffffffffffffffffffffffffff), shl(144, and(value, 0xffffffffffff))))
        }
    }
}

/// @dev What an option is worth in each of the 33 lanes of the grid, as Reprice found it; same
/// @dev id as its mark. Absent until it is priced.
library ArrayRecord {
    function version(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(248, mload(pointer))
        }
    }

    function setVersion(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(248, value)))
        }
    }

    /// @dev milliseconds
    function pricedMs(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(200, mload(pointer)), 0xffffffffffff)
        }
    }

    function setPricedMs(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xff000000000000ffffffffffffffffffffffffffffffffffffffffffffffffff), shl(200, and(value, 0xffffffffffff))))
        }
    }

    /// @dev lf of its expiry: second discount of values from 0 on, 10^-18.
    function longFactor(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(136, mload(pointer)), 0xffffffffffffffff)
        }
    }

    function setLongFactor(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffff0000000000000000ffffffffffffffffffffffffffffffffff), shl(136, and(value, 0xffffffffffffffff))))
        }
    }

    /// @dev sf: of values below 0.
    function shortFactor(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(72, mload(pointer)), 0xffffffffffffffff)
        }
    }

    function setShortFactor(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffff0000000000000000ffffffffffffffffff), shl(72, and(value, 0xffffffffffffffff))))
        }
    }

    /// @dev cf: of the forward contingency.
    function contingencyFactor(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(8, mload(pointer)), 0xffffffffffffffff)
        }
    }

    function setContingencyFactor(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffffff0000000000000000ff), shl(8, and(value, 0xffffffffffffffff))))
        }
    }

    /// @dev Lanes 0 to 2 of 85 bits, the first lowest; bit 255 is zero.
    function lanes0(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(pointer, 32))
        }
    }

    function setLanes0(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), value)
        }
    }

    function lanes1(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(pointer, 64))
        }
    }

    function setLanes1(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 64), value)
        }
    }

    function lanes2(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(pointer, 96))
        }
    }

    function setLanes2(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 96), value)
        }
    }

    function lanes3(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(pointer, 128))
        }
    }

    function setLanes3(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 128), value)
        }
    }

    function lanes4(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(pointer, 160))
        }
    }

    function setLanes4(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 160), value)
        }
    }

    function lanes5(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(pointer, 192))
        }
    }

    function setLanes5(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 192), value)
        }
    }

    function lanes6(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(pointer, 224))
        }
    }

    function setLanes6(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 224), value)
        }
    }

    function lanes7(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(pointer, 256))
        }
    }

    function setLanes7(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 256), value)
        }
    }

    function lanes8(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(pointer, 288))
        }
    }

    function setLanes8(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 288), value)
        }
    }

    function lanes9(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(pointer, 320))
        }
    }

    function setLanes9(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 320), value)
        }
    }

    function lanes10(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(pointer, 352))
        }
    }

    function setLanes10(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 352), value)
        }
    }
}

/// @dev Id: (account * 2**12 + instrument) * 8 + place. A stop or a take-profit that waits; an
/// @dev empty place keeps its version, all else zero.
library TriggerRecord {
    function version(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(248, mload(pointer))
        }
    }

    function setVersion(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(248, value)))
        }
    }

    /// @dev 1: the order sells.
    function sell(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(240, mload(pointer)), 0xff)
        }
    }

    function setSell(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xff00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(240, and(value, 0xff))))
        }
    }

    function reduceOnly(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(232, mload(pointer)), 0xff)
        }
    }

    function setReduceOnly(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffff00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(232, and(value, 0xff))))
        }
    }

    /// @dev 1: it fires at or below its price; 0: at or above it.
    function falling(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(224, mload(pointer)), 0xff)
        }
    }

    function setFalling(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffff00ffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(224, and(value, 0xff))))
        }
    }

    /// @dev 1: the mark is compared; 0: the index.
    function byMark(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(216, mload(pointer)), 0xff)
        }
    }

    function setByMark(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffff00ffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(216, and(value, 0xff))))
        }
    }

    /// @dev nano-USD. 0: the place is empty.
    function triggerPrice(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(152, mload(pointer)), 0xffffffffffffffff)
        }
    }

    function setTriggerPrice(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffff0000000000000000ffffffffffffffffffffffffffffffffffffff), shl(152, and(value, 0xffffffffffffffff))))
        }
    }

    /// @dev ticks. The order's limit.
    function limit(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(120, mload(pointer)), 0xffffffff)
        }
    }

    function setLimit(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffff00000000ffffffffffffffffffffffffffffff), shl(120, and(value, 0xffffffff))))
        }
    }

    /// @dev lots
    function lots(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(80, mload(pointer)), 0xffffffffff)
        }
    }

    function setLots(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffff0000000000ffffffffffffffffffff), shl(80, and(value, 0xffffffffff))))
        }
    }

    /// @dev ppm
    function maxFeePpm(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(48, mload(pointer)), 0xffffffff)
        }
    }

    function setMaxFeePpm(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffff00000000ffffffffffff), shl(48, and(value, 0xffffffff))))
        }
    }

    /// @dev milliseconds. 0: never.
    function expiryMs(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(mload(pointer), 0xffffffffffff)
        }
    }

    function setExpiryMs(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffffffffffff000000000000), and(value, 0xffffffffffff)))
        }
    }

    /// @dev The epoch of its position entry: with another it is dead.
    function epoch(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(208, mload(add(pointer, 32)))
        }
    }

    function setEpoch(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(208, value)))
        }
    }

    function clientId(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(144, mload(add(pointer, 32))), 0xffffffffffffffff)
        }
    }

    function setClientId(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffff0000000000000000ffffffffffffffffffffffffffffffffffff), shl(144, and(value, 0xffffffffffffffff))))
        }
    }
}

/// @dev What a full revaluation found of an account under portfolio margin, and what fills have
/// @dev added; same id as the account. Absent until the first.
library CertificateRecord {
    function version(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(248, mload(pointer))
        }
    }

    function setVersion(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(248, value)))
        }
    }

    /// @dev milliseconds. Time of the revaluation. 0: there is no certificate, and all else is 0
    /// @dev but the version and ends_ms.
    function timeMs(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(200, mload(pointer)), 0xffffffffffff)
        }
    }

    function setTimeMs(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xff000000000000ffffffffffffffffffffffffffffffffffffffffffffffffff), shl(200, and(value, 0xffffffffffff))))
        }
    }

    /// @dev milliseconds. The soonest expiry of an option; 0: no options. Where time_ms is 0:
    /// @dev when the auction of the account began; 0: it is not auctioned.
    function endsMs(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(152, mload(pointer)), 0xffffffffffff)
        }
    }

    function setEndsMs(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffff000000000000ffffffffffffffffffffffffffffffffffffff), shl(152, and(value, 0xffffffffffff))))
        }
    }

    /// @dev That of the global record.
    function feedEpoch(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(104, mload(pointer)), 0xffffffffffff)
        }
    }

    function setFeedEpoch(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffff000000000000ffffffffffffffffffffffffff), shl(104, and(value, 0xffffffffffff))))
        }
    }

    /// @dev That of the underlying.
    function surfaceEpoch(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(80, mload(pointer)), 0xffffff)
        }
    }

    function setSurfaceEpoch(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffff000000ffffffffffffffffffff), shl(80, and(value, 0xffffff))))
        }
    }

    /// @dev nano-USD
    function indexPrice(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(16, mload(pointer)), 0xffffffffffffffff)
        }
    }

    function setIndexPrice(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffff0000000000000000ffff), shl(16, and(value, 0xffffffffffffffff))))
        }
    }

    /// @dev micro-USD. Gross notional.
    function gross(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(128, mload(add(pointer, 32)))
        }
    }

    function setGross(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffff), shl(128, value)))
        }
    }

    /// @dev Wads of the underlying.
    function perpetuals(uint256 pointer) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(128, shl(128, mload(add(pointer, 32))))
        }
    }

    function setPerpetuals(uint256 pointer, int256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffff00000000000000000000000000000000), and(value, 0xffffffffffffffffffffffffffffffff)))
        }
    }

    /// @dev Naked shorts, wads of the underlying.
    function naked(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(128, mload(add(pointer, 64)))
        }
    }

    function setNaked(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 64), or(and(mload(add(pointer, 64)), 0xffffffffffffffffffffffffffffffff), shl(128, value)))
        }
    }

    /// @dev The first expiry of options; 0: none.
    function expiry0(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(112, mload(add(pointer, 64))), 0xffff)
        }
    }

    function setExpiry0(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 64), or(and(mload(add(pointer, 64)), 0xffffffffffffffffffffffffffffffff0000ffffffffffffffffffffffffffff), shl(112, and(value, 0xffff))))
        }
    }

    function expiry1(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(96, mload(add(pointer, 64))), 0xffff)
        }
    }

    function setExpiry1(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 64), or(and(mload(add(pointer, 64)), 0xffffffffffffffffffffffffffffffffffff0000ffffffffffffffffffffffff), shl(96, and(value, 0xffff))))
        }
    }

    function expiry2(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(80, mload(add(pointer, 64))), 0xffff)
        }
    }

    function setExpiry2(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 64), or(and(mload(add(pointer, 64)), 0xffffffffffffffffffffffffffffffffffffffff0000ffffffffffffffffffff), shl(80, and(value, 0xffff))))
        }
    }

    function expiry3(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(64, mload(add(pointer, 64))), 0xffff)
        }
    }

    function setExpiry3(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 64), or(and(mload(add(pointer, 64)), 0xffffffffffffffffffffffffffffffffffffffffffff0000ffffffffffffffff), shl(64, and(value, 0xffff))))
        }
    }

    function expiry4(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(48, mload(add(pointer, 64))), 0xffff)
        }
    }

    function setExpiry4(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 64), or(and(mload(add(pointer, 64)), 0xffffffffffffffffffffffffffffffffffffffffffffffff0000ffffffffffff), shl(48, and(value, 0xffff))))
        }
    }

    function expiry5(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(32, mload(add(pointer, 64))), 0xffff)
        }
    }

    function setExpiry5(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 64), or(and(mload(add(pointer, 64)), 0xffffffffffffffffffffffffffffffffffffffffffffffffffff0000ffffffff), shl(32, and(value, 0xffff))))
        }
    }

    function expiry6(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(16, mload(add(pointer, 64))), 0xffff)
        }
    }

    function setExpiry6(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 64), or(and(mload(add(pointer, 64)), 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffff0000ffff), shl(16, and(value, 0xffff))))
        }
    }

    function expiry7(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(mload(add(pointer, 64)), 0xffff)
        }
    }

    function setExpiry7(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 64), or(and(mload(add(pointer, 64)), 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff0000), and(value, 0xffff)))
        }
    }

    /// @dev Losses where lanes 0 to 2 of the grid come: 80 bits each, signed, the first lowest;
    /// @dev the rest is zero. Micro-USD.
    function losses0(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(pointer, 96))
        }
    }

    function setLosses0(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 96), value)
        }
    }

    function losses1(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(pointer, 128))
        }
    }

    function setLosses1(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 128), value)
        }
    }

    function losses2(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(pointer, 160))
        }
    }

    function setLosses2(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 160), value)
        }
    }

    function losses3(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(pointer, 192))
        }
    }

    function setLosses3(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 192), value)
        }
    }

    function losses4(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(pointer, 224))
        }
    }

    function setLosses4(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 224), value)
        }
    }

    function losses5(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(pointer, 256))
        }
    }

    function setLosses5(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 256), value)
        }
    }

    function losses6(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(pointer, 288))
        }
    }

    function setLosses6(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 288), value)
        }
    }

    function losses7(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(pointer, 320))
        }
    }

    function setLosses7(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 320), value)
        }
    }

    function losses8(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(pointer, 352))
        }
    }

    function setLosses8(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 352), value)
        }
    }

    function losses9(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(pointer, 384))
        }
    }

    function setLosses9(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 384), value)
        }
    }

    function losses10(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(pointer, 416))
        }
    }

    function setLosses10(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 416), value)
        }
    }

    /// @dev micro-USD. What the options of expiry_0 lose where the forward alone moves up.
    function up0(uint256 pointer) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(160, mload(add(pointer, 448)))
        }
    }

    function setUp0(uint256 pointer, int256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 448), or(and(mload(add(pointer, 448)), 0xffffffffffffffffffffffffffffffffffffffff), shl(160, value)))
        }
    }

    /// @dev micro-USD
    function down0(uint256 pointer) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(160, shl(96, mload(add(pointer, 448))))
        }
    }

    function setDown0(uint256 pointer, int256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 448), or(and(mload(add(pointer, 448)), 0xffffffffffffffffffffffff000000000000000000000000ffffffffffffffff), shl(64, and(value, 0xffffffffffffffffffffffff))))
        }
    }

    /// @dev cf of the expiry, 10^-18.
    function factor0(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(mload(add(pointer, 448)), 0xffffffffffffffff)
        }
    }

    function setFactor0(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 448), or(and(mload(add(pointer, 448)), 0xffffffffffffffffffffffffffffffffffffffffffffffff0000000000000000), and(value, 0xffffffffffffffff)))
        }
    }

    /// @dev micro-USD
    function up1(uint256 pointer) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(160, mload(add(pointer, 480)))
        }
    }

    function setUp1(uint256 pointer, int256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 480), or(and(mload(add(pointer, 480)), 0xffffffffffffffffffffffffffffffffffffffff), shl(160, value)))
        }
    }

    /// @dev micro-USD
    function down1(uint256 pointer) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(160, shl(96, mload(add(pointer, 480))))
        }
    }

    function setDown1(uint256 pointer, int256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 480), or(and(mload(add(pointer, 480)), 0xffffffffffffffffffffffff000000000000000000000000ffffffffffffffff), shl(64, and(value, 0xffffffffffffffffffffffff))))
        }
    }

    function factor1(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(mload(add(pointer, 480)), 0xffffffffffffffff)
        }
    }

    function setFactor1(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 480), or(and(mload(add(pointer, 480)), 0xffffffffffffffffffffffffffffffffffffffffffffffff0000000000000000), and(value, 0xffffffffffffffff)))
        }
    }

    /// @dev micro-USD
    function up2(uint256 pointer) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(160, mload(add(pointer, 512)))
        }
    }

    function setUp2(uint256 pointer, int256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 512), or(and(mload(add(pointer, 512)), 0xffffffffffffffffffffffffffffffffffffffff), shl(160, value)))
        }
    }

    /// @dev micro-USD
    function down2(uint256 pointer) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(160, shl(96, mload(add(pointer, 512))))
        }
    }

    function setDown2(uint256 pointer, int256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 512), or(and(mload(add(pointer, 512)), 0xffffffffffffffffffffffff000000000000000000000000ffffffffffffffff), shl(64, and(value, 0xffffffffffffffffffffffff))))
        }
    }

    function factor2(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(mload(add(pointer, 512)), 0xffffffffffffffff)
        }
    }

    function setFactor2(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 512), or(and(mload(add(pointer, 512)), 0xffffffffffffffffffffffffffffffffffffffffffffffff0000000000000000), and(value, 0xffffffffffffffff)))
        }
    }

    /// @dev micro-USD
    function up3(uint256 pointer) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(160, mload(add(pointer, 544)))
        }
    }

    function setUp3(uint256 pointer, int256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 544), or(and(mload(add(pointer, 544)), 0xffffffffffffffffffffffffffffffffffffffff), shl(160, value)))
        }
    }

    /// @dev micro-USD
    function down3(uint256 pointer) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(160, shl(96, mload(add(pointer, 544))))
        }
    }

    function setDown3(uint256 pointer, int256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 544), or(and(mload(add(pointer, 544)), 0xffffffffffffffffffffffff000000000000000000000000ffffffffffffffff), shl(64, and(value, 0xffffffffffffffffffffffff))))
        }
    }

    function factor3(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(mload(add(pointer, 544)), 0xffffffffffffffff)
        }
    }

    function setFactor3(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 544), or(and(mload(add(pointer, 544)), 0xffffffffffffffffffffffffffffffffffffffffffffffff0000000000000000), and(value, 0xffffffffffffffff)))
        }
    }

    /// @dev micro-USD
    function up4(uint256 pointer) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(160, mload(add(pointer, 576)))
        }
    }

    function setUp4(uint256 pointer, int256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 576), or(and(mload(add(pointer, 576)), 0xffffffffffffffffffffffffffffffffffffffff), shl(160, value)))
        }
    }

    /// @dev micro-USD
    function down4(uint256 pointer) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(160, shl(96, mload(add(pointer, 576))))
        }
    }

    function setDown4(uint256 pointer, int256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 576), or(and(mload(add(pointer, 576)), 0xffffffffffffffffffffffff000000000000000000000000ffffffffffffffff), shl(64, and(value, 0xffffffffffffffffffffffff))))
        }
    }

    function factor4(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(mload(add(pointer, 576)), 0xffffffffffffffff)
        }
    }

    function setFactor4(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 576), or(and(mload(add(pointer, 576)), 0xffffffffffffffffffffffffffffffffffffffffffffffff0000000000000000), and(value, 0xffffffffffffffff)))
        }
    }

    /// @dev micro-USD
    function up5(uint256 pointer) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(160, mload(add(pointer, 608)))
        }
    }

    function setUp5(uint256 pointer, int256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 608), or(and(mload(add(pointer, 608)), 0xffffffffffffffffffffffffffffffffffffffff), shl(160, value)))
        }
    }

    /// @dev micro-USD
    function down5(uint256 pointer) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(160, shl(96, mload(add(pointer, 608))))
        }
    }

    function setDown5(uint256 pointer, int256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 608), or(and(mload(add(pointer, 608)), 0xffffffffffffffffffffffff000000000000000000000000ffffffffffffffff), shl(64, and(value, 0xffffffffffffffffffffffff))))
        }
    }

    function factor5(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(mload(add(pointer, 608)), 0xffffffffffffffff)
        }
    }

    function setFactor5(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 608), or(and(mload(add(pointer, 608)), 0xffffffffffffffffffffffffffffffffffffffffffffffff0000000000000000), and(value, 0xffffffffffffffff)))
        }
    }

    /// @dev micro-USD
    function up6(uint256 pointer) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(160, mload(add(pointer, 640)))
        }
    }

    function setUp6(uint256 pointer, int256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 640), or(and(mload(add(pointer, 640)), 0xffffffffffffffffffffffffffffffffffffffff), shl(160, value)))
        }
    }

    /// @dev micro-USD
    function down6(uint256 pointer) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(160, shl(96, mload(add(pointer, 640))))
        }
    }

    function setDown6(uint256 pointer, int256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 640), or(and(mload(add(pointer, 640)), 0xffffffffffffffffffffffff000000000000000000000000ffffffffffffffff), shl(64, and(value, 0xffffffffffffffffffffffff))))
        }
    }

    function factor6(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(mload(add(pointer, 640)), 0xffffffffffffffff)
        }
    }

    function setFactor6(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 640), or(and(mload(add(pointer, 640)), 0xffffffffffffffffffffffffffffffffffffffffffffffff0000000000000000), and(value, 0xffffffffffffffff)))
        }
    }

    /// @dev micro-USD
    function up7(uint256 pointer) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(160, mload(add(pointer, 672)))
        }
    }

    function setUp7(uint256 pointer, int256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 672), or(and(mload(add(pointer, 672)), 0xffffffffffffffffffffffffffffffffffffffff), shl(160, value)))
        }
    }

    /// @dev micro-USD
    function down7(uint256 pointer) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(160, shl(96, mload(add(pointer, 672))))
        }
    }

    function setDown7(uint256 pointer, int256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 672), or(and(mload(add(pointer, 672)), 0xffffffffffffffffffffffff000000000000000000000000ffffffffffffffff), shl(64, and(value, 0xffffffffffffffffffffffff))))
        }
    }

    function factor7(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(mload(add(pointer, 672)), 0xffffffffffffffff)
        }
    }

    function setFactor7(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 672), or(and(mload(add(pointer, 672)), 0xffffffffffffffffffffffffffffffffffffffffffffffff0000000000000000), and(value, 0xffffffffffffffff)))
        }
    }
}
