// SPDX-License-Identifier: Apache-2.0
// Sizes and offsets of all that travels. Generated from proto/operations.toml: do not edit.
// Offsets count from the start of an op's body, of a message's or governance payload, of an action
// or of a structure.
pragma solidity 0.8.37;

// --- Signatures are compact: r, then s with the parity on top.
uint256 constant SIGNATURE_BYTES = 64;

// --- op. Ops follow one another in a segment; what is left after the last whole op is ignored.
uint256 constant OP_HEAD_BYTES = 3;
uint256 constant OP_BODY_OFFSET = 1;

// --- The family of an op of type t: three bits at bit 3 * t, 0 if there is none.
uint256 constant OP_FAMILIES_PACKED = 361070711602009610655712910414388883857380732983476764762061256968;

// --- op bundle. A user's signed list of actions.
uint256 constant OP_BUNDLE_HEAD_BYTES = 25;
uint256 constant OP_BUNDLE_TAIL_BYTES = 72;
uint256 constant OP_BUNDLE_SESSION_OFFSET = 4;
uint256 constant OP_BUNDLE_NONCE_OFFSET = 5;
uint256 constant OP_BUNDLE_EXPIRY_MS_OFFSET = 13;
uint256 constant OP_BUNDLE_MAX_FEE_PPM_OFFSET = 19;
uint256 constant OP_BUNDLE_ATOMIC_OFFSET = 23;
uint256 constant OP_BUNDLE_ACTIONS_OFFSET = 24;

// --- op withdraw. The owner takes collateral out; session 0.
uint256 constant OP_WITHDRAW_BYTES = 98;
uint256 constant OP_WITHDRAW_UNSIGNED_BYTES = 34;
uint256 constant OP_WITHDRAW_BITS_PACKED = 275954810912;
uint256 constant OP_WITHDRAW_NONCE_OFFSET = 4;
uint256 constant OP_WITHDRAW_EXPIRY_MS_OFFSET = 12;
uint256 constant OP_WITHDRAW_AMOUNT_MICRO_USD_OFFSET = 18;
uint256 constant OP_WITHDRAW_MAX_L1_FEE_MICRO_USD_OFFSET = 26;
uint256 constant OP_WITHDRAW_SIGNATURE_OFFSET = 34;

// --- op set_session. The owner gives a session slot a key, or takes it away; session 0.
uint256 constant OP_SET_SESSION_BYTES = 118;
uint256 constant OP_SET_SESSION_UNSIGNED_BYTES = 54;
uint256 constant OP_SET_SESSION_BITS_PACKED = 4625206300734668832;
uint256 constant OP_SET_SESSION_NONCE_OFFSET = 4;
uint256 constant OP_SET_SESSION_EXPIRY_MS_OFFSET = 12;
uint256 constant OP_SET_SESSION_SLOT_OFFSET = 18;
uint256 constant OP_SET_SESSION_KEY_OFFSET = 19;
uint256 constant OP_SET_SESSION_SCOPE_OFFSET = 39;
uint256 constant OP_SET_SESSION_SESSION_EXPIRY_MS_OFFSET = 40;
uint256 constant OP_SET_SESSION_MAX_L1_FEE_MICRO_USD_OFFSET = 46;
uint256 constant OP_SET_SESSION_SIGNATURE_OFFSET = 54;

// --- op index_price. Reporters' prices of an underlying; the law takes their median.
uint256 constant OP_INDEX_PRICE_HEAD_BYTES = 9;
uint256 constant OP_INDEX_PRICE_PUBLISH_TIME_MS_OFFSET = 2;
uint256 constant OP_INDEX_PRICE_REPORTS_OFFSET = 8;

// --- op sweep. Slots of an instrument that may hold orders which are gone.
uint256 constant OP_SWEEP_HEAD_BYTES = 3;
uint256 constant OP_SWEEP_SLOTS_OFFSET = 2;

// --- op set_guard. The owner sets a guard key, announces or stops its removal, or removes it;
// --- session 0.
uint256 constant OP_SET_GUARD_BYTES = 111;
uint256 constant OP_SET_GUARD_UNSIGNED_BYTES = 47;
uint256 constant OP_SET_GUARD_BITS_PACKED = 71056076324896;
uint256 constant OP_SET_GUARD_NONCE_OFFSET = 4;
uint256 constant OP_SET_GUARD_EXPIRY_MS_OFFSET = 12;
uint256 constant OP_SET_GUARD_MODE_OFFSET = 18;
uint256 constant OP_SET_GUARD_KEY_OFFSET = 19;
uint256 constant OP_SET_GUARD_MAX_L1_FEE_MICRO_USD_OFFSET = 39;
uint256 constant OP_SET_GUARD_SIGNATURE_OFFSET = 47;

// --- op set_margin_mode. The owner chooses portfolio margin on an underlying, or standard
// --- margin; session 0.
uint256 constant OP_SET_MARGIN_MODE_BYTES = 92;
uint256 constant OP_SET_MARGIN_MODE_UNSIGNED_BYTES = 28;
uint256 constant OP_SET_MARGIN_MODE_BITS_PACKED = 275149504544;
uint256 constant OP_SET_MARGIN_MODE_NONCE_OFFSET = 4;
uint256 constant OP_SET_MARGIN_MODE_EXPIRY_MS_OFFSET = 12;
uint256 constant OP_SET_MARGIN_MODE_UNDERLYING_OFFSET = 18;
uint256 constant OP_SET_MARGIN_MODE_MAX_L1_FEE_MICRO_USD_OFFSET = 20;
uint256 constant OP_SET_MARGIN_MODE_SIGNATURE_OFFSET = 28;

// --- op revalue. An account under portfolio margin gets a margin certificate; or is auctioned
// --- if it no longer meets it, or comes under standard margin. No account signs.
uint256 constant OP_REVALUE_BYTES = 4;

// --- op block_trade. A trade of up to eight legs that two accounts agreed on, all of it or
// --- none.
uint256 constant OP_BLOCK_TRADE_HEAD_BYTES = 111;
uint256 constant OP_BLOCK_TRADE_TAIL_BYTES = 72;
uint256 constant OP_BLOCK_TRADE_SESSION_OFFSET = 4;
uint256 constant OP_BLOCK_TRADE_NONCE_OFFSET = 5;
uint256 constant OP_BLOCK_TRADE_EXPIRY_MS_OFFSET = 13;
uint256 constant OP_BLOCK_TRADE_MAX_FEE_PPM_OFFSET = 19;
uint256 constant OP_BLOCK_TRADE_COUNTERPARTY_OFFSET = 23;
uint256 constant OP_BLOCK_TRADE_COUNTERPARTY_SESSION_OFFSET = 27;
uint256 constant OP_BLOCK_TRADE_COUNTERPARTY_NONCE_OFFSET = 28;
uint256 constant OP_BLOCK_TRADE_COUNTERPARTY_EXPIRY_MS_OFFSET = 36;
uint256 constant OP_BLOCK_TRADE_COUNTERPARTY_MAX_FEE_PPM_OFFSET = 42;
uint256 constant OP_BLOCK_TRADE_COUNTERPARTY_SIGNATURE_OFFSET = 46;
uint256 constant OP_BLOCK_TRADE_LEGS_OFFSET = 110;

// --- op set_protection. What the account's orders on an underlying may fill within a window
// --- before all of them are dead.
uint256 constant OP_SET_PROTECTION_BYTES = 122;
uint256 constant OP_SET_PROTECTION_UNSIGNED_BYTES = 58;
uint256 constant OP_SET_PROTECTION_BITS_PACKED = 77674667393206856559101984;
uint256 constant OP_SET_PROTECTION_SESSION_OFFSET = 4;
uint256 constant OP_SET_PROTECTION_NONCE_OFFSET = 5;
uint256 constant OP_SET_PROTECTION_EXPIRY_MS_OFFSET = 13;
uint256 constant OP_SET_PROTECTION_UNDERLYING_OFFSET = 19;
uint256 constant OP_SET_PROTECTION_WINDOW_MS_OFFSET = 21;
uint256 constant OP_SET_PROTECTION_FREEZE_MS_OFFSET = 25;
uint256 constant OP_SET_PROTECTION_LOTS_MAX_OFFSET = 29;
uint256 constant OP_SET_PROTECTION_DELTA_MAX_OFFSET = 34;
uint256 constant OP_SET_PROTECTION_VEGA_MAX_OFFSET = 42;
uint256 constant OP_SET_PROTECTION_MAX_L1_FEE_MICRO_USD_OFFSET = 50;
uint256 constant OP_SET_PROTECTION_SIGNATURE_OFFSET = 58;

// --- op set_trigger. Places, replaces or takes back a trigger: an order that waits for a price.
uint256 constant OP_SET_TRIGGER_BYTES = 133;
uint256 constant OP_SET_TRIGGER_UNSIGNED_BYTES = 69;
uint256 constant OP_SET_TRIGGER_BITS_PACKED = 21863391957135720696165837976799660738592;
uint256 constant OP_SET_TRIGGER_SESSION_OFFSET = 4;
uint256 constant OP_SET_TRIGGER_NONCE_OFFSET = 5;
uint256 constant OP_SET_TRIGGER_EXPIRY_MS_OFFSET = 13;
uint256 constant OP_SET_TRIGGER_INSTRUMENT_OFFSET = 19;
uint256 constant OP_SET_TRIGGER_PLACE_OFFSET = 21;
uint256 constant OP_SET_TRIGGER_SELL_OFFSET = 22;
uint256 constant OP_SET_TRIGGER_REDUCE_ONLY_OFFSET = 23;
uint256 constant OP_SET_TRIGGER_FALLING_OFFSET = 24;
uint256 constant OP_SET_TRIGGER_BY_MARK_OFFSET = 25;
uint256 constant OP_SET_TRIGGER_TRIGGER_PRICE_OFFSET = 26;
uint256 constant OP_SET_TRIGGER_LIMIT_OFFSET = 34;
uint256 constant OP_SET_TRIGGER_LOTS_OFFSET = 38;
uint256 constant OP_SET_TRIGGER_MAX_FEE_PPM_OFFSET = 43;
uint256 constant OP_SET_TRIGGER_TRIGGER_EXPIRY_MS_OFFSET = 47;
uint256 constant OP_SET_TRIGGER_CLIENT_ID_OFFSET = 53;
uint256 constant OP_SET_TRIGGER_MAX_L1_FEE_MICRO_USD_OFFSET = 61;
uint256 constant OP_SET_TRIGGER_SIGNATURE_OFFSET = 69;

// --- op attest. Attesters say the tier of an account; no account signs.
uint256 constant OP_ATTEST_HEAD_BYTES = 18;
uint256 constant OP_ATTEST_TIER_OFFSET = 4;
uint256 constant OP_ATTEST_TIER_EXPIRY_MS_OFFSET = 5;
uint256 constant OP_ATTEST_ATTESTED_MS_OFFSET = 11;
uint256 constant OP_ATTEST_ATTESTATIONS_OFFSET = 17;

// --- op bid. Takes a fraction of every position of a portfolio that is auctioned, at marks, and
// --- is paid the discount.
uint256 constant OP_BID_BYTES = 109;
uint256 constant OP_BID_UNSIGNED_BYTES = 45;
uint256 constant OP_BID_BITS_PACKED = 1182906523840686327840;
uint256 constant OP_BID_SESSION_OFFSET = 4;
uint256 constant OP_BID_NONCE_OFFSET = 5;
uint256 constant OP_BID_EXPIRY_MS_OFFSET = 13;
uint256 constant OP_BID_SELLER_OFFSET = 19;
uint256 constant OP_BID_AUCTION_MS_OFFSET = 23;
uint256 constant OP_BID_FRACTION_PPM_OFFSET = 29;
uint256 constant OP_BID_DISCOUNT_PPM_OFFSET = 33;
uint256 constant OP_BID_MAX_L1_FEE_MICRO_USD_OFFSET = 37;
uint256 constant OP_BID_SIGNATURE_OFFSET = 45;

// --- op forced_close. The owner leaves a position within the band, from the inbox only: what
// --- the book does not take the house may.
uint256 constant OP_FORCED_CLOSE_BYTES = 89;
uint256 constant OP_FORCED_CLOSE_UNSIGNED_BYTES = 25;
uint256 constant OP_FORCED_CLOSE_BITS_PACKED = 172070289440;
uint256 constant OP_FORCED_CLOSE_NONCE_OFFSET = 4;
uint256 constant OP_FORCED_CLOSE_EXPIRY_MS_OFFSET = 12;
uint256 constant OP_FORCED_CLOSE_INSTRUMENT_OFFSET = 18;
uint256 constant OP_FORCED_CLOSE_LOTS_OFFSET = 20;
uint256 constant OP_FORCED_CLOSE_SIGNATURE_OFFSET = 25;

// --- op set_cancel_at. The account's orders are dead from a time on, unless it is moved ahead.
uint256 constant OP_SET_CANCEL_AT_BYTES = 97;
uint256 constant OP_SET_CANCEL_AT_UNSIGNED_BYTES = 33;
uint256 constant OP_SET_CANCEL_AT_BITS_PACKED = 70575712110624;
uint256 constant OP_SET_CANCEL_AT_SESSION_OFFSET = 4;
uint256 constant OP_SET_CANCEL_AT_NONCE_OFFSET = 5;
uint256 constant OP_SET_CANCEL_AT_EXPIRY_MS_OFFSET = 13;
uint256 constant OP_SET_CANCEL_AT_CANCEL_AT_MS_OFFSET = 19;
uint256 constant OP_SET_CANCEL_AT_MAX_L1_FEE_MICRO_USD_OFFSET = 25;
uint256 constant OP_SET_CANCEL_AT_SIGNATURE_OFFSET = 33;

// --- op attest_credit. Attesters say the credit of an account, and its guarantor consents; or
// --- they take it away.
uint256 constant OP_ATTEST_CREDIT_HEAD_BYTES = 25;
uint256 constant OP_ATTEST_CREDIT_LIMIT_MICRO_USD_OFFSET = 4;
uint256 constant OP_ATTEST_CREDIT_CREDIT_MINUTES_OFFSET = 12;
uint256 constant OP_ATTEST_CREDIT_GUARANTOR_OFFSET = 14;
uint256 constant OP_ATTEST_CREDIT_CREDITED_MS_OFFSET = 18;
uint256 constant OP_ATTEST_CREDIT_ATTESTATIONS_OFFSET = 24;

// --- op release_credit. Credit that has ended goes back to its guarantor; no account signs.
uint256 constant OP_RELEASE_CREDIT_BYTES = 4;

// --- op liquidate. A position of an account below maintenance is closed in part.
uint256 constant OP_LIQUIDATE_BYTES = 6;
uint256 constant OP_LIQUIDATE_INSTRUMENT_OFFSET = 4;

// --- op unwind. The house of an instrument trades out through the book.
uint256 constant OP_UNWIND_BYTES = 2;

// --- op fire_trigger. A trigger whose price has come becomes an order, and one that is dead is
// --- emptied.
uint256 constant OP_FIRE_TRIGGER_BYTES = 7;
uint256 constant OP_FIRE_TRIGGER_INSTRUMENT_OFFSET = 4;
uint256 constant OP_FIRE_TRIGGER_PLACE_OFFSET = 6;

// --- op funding. A sample of a perpetual's funding: the premium of its book over the mark moves
// --- its index.
uint256 constant OP_FUNDING_BYTES = 2;

// --- op deleverage. The house's lots are closed against the other side, pro rata.
uint256 constant OP_DELEVERAGE_BYTES = 2;

// --- op announce_orphan. An underlying without a price for a day is announced an orphan.
uint256 constant OP_ANNOUNCE_ORPHAN_BYTES = 2;

// --- op settle_orphan. An instrument of an orphaned underlying is settled at the last price.
uint256 constant OP_SETTLE_ORPHAN_BYTES = 2;

// --- op settle_position. A position in a settled instrument becomes cash.
uint256 constant OP_SETTLE_POSITION_BYTES = 6;
uint256 constant OP_SETTLE_POSITION_INSTRUMENT_OFFSET = 4;

// --- op surface. Reporters' forward of an expiry, of which the law takes the median, and the
// --- surface that all of them sign.
uint256 constant OP_SURFACE_HEAD_BYTES = 71;
uint256 constant OP_SURFACE_PUBLISH_TIME_MS_OFFSET = 2;
uint256 constant OP_SURFACE_SVI_A_OFFSET = 8;
uint256 constant OP_SURFACE_SVI_B_OFFSET = 16;
uint256 constant OP_SURFACE_SVI_RHO_OFFSET = 24;
uint256 constant OP_SURFACE_SVI_M_OFFSET = 32;
uint256 constant OP_SURFACE_SVI_SIGMA_OFFSET = 40;
uint256 constant OP_SURFACE_SVI_FORWARD_OFFSET = 48;
uint256 constant OP_SURFACE_SVI_TIME_MS_OFFSET = 56;
uint256 constant OP_SURFACE_RATE_PPM_OFFSET = 62;
uint256 constant OP_SURFACE_CONFIDENCE_PPM_OFFSET = 66;
uint256 constant OP_SURFACE_REPORTS_OFFSET = 70;

// --- op reprice. Marks and Greeks of a strike's call and put, from the surface of their expiry;
// --- once it is settled, their settlement.
uint256 constant OP_REPRICE_BYTES = 2;

// --- op expiry_sample. The index is added to the average of an expiry's last half hour.
uint256 constant OP_EXPIRY_SAMPLE_BYTES = 2;

// --- op settle_expiry. Reporters' settlement prices of an expiry; the law takes their median.
uint256 constant OP_SETTLE_EXPIRY_HEAD_BYTES = 3;
uint256 constant OP_SETTLE_EXPIRY_REPORTS_OFFSET = 2;

// --- action. An unknown kind makes the whole bundle MALFORMED.
uint256 constant ACTION_HEAD_BYTES = 1;
uint256 constant ACTION_BYTES_PACKED = 61731616135936;

// --- action place. A new order.
uint256 constant ACTION_PLACE_BYTES = 27;
uint256 constant ACTION_PLACE_INSTRUMENT_OFFSET = 1;
uint256 constant ACTION_PLACE_FLAGS_OFFSET = 3;
uint256 constant ACTION_PLACE_PRICE_OFFSET = 4;
uint256 constant ACTION_PLACE_LOTS_OFFSET = 8;
uint256 constant ACTION_PLACE_EXPIRY_MS_OFFSET = 13;
uint256 constant ACTION_PLACE_CLIENT_ID_OFFSET = 19;

// --- action cancel. One order out.
uint256 constant ACTION_CANCEL_BYTES = 13;
uint256 constant ACTION_CANCEL_INSTRUMENT_OFFSET = 1;
uint256 constant ACTION_CANCEL_SLOT_OFFSET = 3;
uint256 constant ACTION_CANCEL_SERIAL_OFFSET = 7;

// --- action cancel_all. All orders of an instrument out.
uint256 constant ACTION_CANCEL_ALL_BYTES = 3;
uint256 constant ACTION_CANCEL_ALL_INSTRUMENT_OFFSET = 1;

// --- action replace. New terms for a resting order.
uint256 constant ACTION_REPLACE_BYTES = 37;
uint256 constant ACTION_REPLACE_INSTRUMENT_OFFSET = 1;
uint256 constant ACTION_REPLACE_SLOT_OFFSET = 3;
uint256 constant ACTION_REPLACE_SERIAL_OFFSET = 7;
uint256 constant ACTION_REPLACE_FLAGS_OFFSET = 13;
uint256 constant ACTION_REPLACE_PRICE_OFFSET = 14;
uint256 constant ACTION_REPLACE_LOTS_OFFSET = 18;
uint256 constant ACTION_REPLACE_EXPIRY_MS_OFFSET = 23;
uint256 constant ACTION_REPLACE_CLIENT_ID_OFFSET = 29;

// --- action quote. A bid and an ask of one instrument, each instead of a resting order or as a
// --- new one. Signed as two actions of this kind, the bid before the ask.
uint256 constant ACTION_QUOTE_BYTES = 56;
uint256 constant ACTION_QUOTE_INSTRUMENT_OFFSET = 1;
uint256 constant ACTION_QUOTE_FLAGS_OFFSET = 3;
uint256 constant ACTION_QUOTE_EXPIRY_MS_OFFSET = 4;
uint256 constant ACTION_QUOTE_CLIENT_ID_OFFSET = 10;
uint256 constant ACTION_QUOTE_BID_SLOT_OFFSET = 18;
uint256 constant ACTION_QUOTE_BID_SERIAL_OFFSET = 22;
uint256 constant ACTION_QUOTE_BID_PRICE_OFFSET = 28;
uint256 constant ACTION_QUOTE_BID_LOTS_OFFSET = 32;
uint256 constant ACTION_QUOTE_ASK_SLOT_OFFSET = 37;
uint256 constant ACTION_QUOTE_ASK_SERIAL_OFFSET = 41;
uint256 constant ACTION_QUOTE_ASK_PRICE_OFFSET = 47;
uint256 constant ACTION_QUOTE_ASK_LOTS_OFFSET = 51;

// --- message. A message of the Inbox: L1 numbers it and fixes sender and time.
uint256 constant MESSAGE_HEAD_BYTES = 27;
uint256 constant MESSAGE_SENDER_OFFSET = 1;
uint256 constant MESSAGE_TIME_MS_OFFSET = 21;

// --- message register. A new account and its session 0, the owner's.
uint256 constant MESSAGE_REGISTER_BYTES = 24;
uint256 constant MESSAGE_REGISTER_OWNER_OFFSET = 4;

// --- message deposit. Collateral arrived.
uint256 constant MESSAGE_DEPOSIT_BYTES = 20;
uint256 constant MESSAGE_DEPOSIT_AMOUNT_MICRO_USD_OFFSET = 4;

// --- message user_op. An op forced through L1; an owner's may come without its signature.
uint256 constant MESSAGE_USER_OP_HEAD_BYTES = 0;

// --- message governance. Listing, parameters, reporters.
uint256 constant MESSAGE_GOVERNANCE_HEAD_BYTES = 0;

// --- message l1_report. What a unit of gas cost in the block of the report, in wei; above 2^63
// --- it counts as 2^63.
uint256 constant MESSAGE_L1_REPORT_BYTES = 16;
uint256 constant MESSAGE_L1_REPORT_BLOB_BASE_FEE_WEI_OFFSET = 8;

// --- message pay_in. Anyone's payment into a pool of the venue.
uint256 constant MESSAGE_PAY_IN_BYTES = 17;
uint256 constant MESSAGE_PAY_IN_AMOUNT_MICRO_USD_OFFSET = 1;

// --- governance. The payload of a GOVERNANCE message; an empty one is MALFORMED.
uint256 constant GOVERNANCE_HEAD_BYTES = 1;

// --- governance list_underlying. A new underlying; it gets the next id.
uint256 constant GOVERNANCE_LIST_UNDERLYING_BYTES = 17;
uint256 constant GOVERNANCE_LIST_UNDERLYING_SYMBOL_OFFSET = 1;

// --- governance list_instrument. A new instrument, ACTIVE; it gets the next id.
uint256 constant GOVERNANCE_LIST_INSTRUMENT_BYTES = 90;
uint256 constant GOVERNANCE_LIST_INSTRUMENT_UNDERLYING_OFFSET = 1;
uint256 constant GOVERNANCE_LIST_INSTRUMENT_KIND_OFFSET = 3;
uint256 constant GOVERNANCE_LIST_INSTRUMENT_TICK_VALUE_MICRO_USD_OFFSET = 4;
uint256 constant GOVERNANCE_LIST_INSTRUMENT_INDEX_PER_TICK_NANO_USD_OFFSET = 7;
uint256 constant GOVERNANCE_LIST_INSTRUMENT_INITIAL_MARGIN_PPM_OFFSET = 15;
uint256 constant GOVERNANCE_LIST_INSTRUMENT_MAINTENANCE_MARGIN_PPM_OFFSET = 19;
uint256 constant GOVERNANCE_LIST_INSTRUMENT_MAKER_FEE_PPM_OFFSET = 23;
uint256 constant GOVERNANCE_LIST_INSTRUMENT_TAKER_FEE_PPM_OFFSET = 27;
uint256 constant GOVERNANCE_LIST_INSTRUMENT_PRICE_BAND_PPM_OFFSET = 31;
uint256 constant GOVERNANCE_LIST_INSTRUMENT_MIN_ORDER_VALUE_MICRO_USD_OFFSET = 35;
uint256 constant GOVERNANCE_LIST_INSTRUMENT_SYMBOL_OFFSET = 43;
uint256 constant GOVERNANCE_LIST_INSTRUMENT_LIQUIDATION_FEE_PPM_OFFSET = 59;
uint256 constant GOVERNANCE_LIST_INSTRUMENT_HOUSE_MARGIN_PPM_OFFSET = 63;
uint256 constant GOVERNANCE_LIST_INSTRUMENT_FUNDING_CAP_PPM_OFFSET = 67;
uint256 constant GOVERNANCE_LIST_INSTRUMENT_FUNDING_INTEREST_PPM_OFFSET = 71;
uint256 constant GOVERNANCE_LIST_INSTRUMENT_FUNDING_TAU_MS_OFFSET = 75;
uint256 constant GOVERNANCE_LIST_INSTRUMENT_IMPACT_VALUE_MICRO_USD_OFFSET = 79;
uint256 constant GOVERNANCE_LIST_INSTRUMENT_TIER_OFFSET = 87;
uint256 constant GOVERNANCE_LIST_INSTRUMENT_EXPIRY_OFFSET = 88;

// --- governance set_instrument. New parameters and status of an instrument.
uint256 constant GOVERNANCE_SET_INSTRUMENT_BYTES = 63;
uint256 constant GOVERNANCE_SET_INSTRUMENT_INSTRUMENT_OFFSET = 1;
uint256 constant GOVERNANCE_SET_INSTRUMENT_STATUS_OFFSET = 3;
uint256 constant GOVERNANCE_SET_INSTRUMENT_INITIAL_MARGIN_PPM_OFFSET = 4;
uint256 constant GOVERNANCE_SET_INSTRUMENT_MAINTENANCE_MARGIN_PPM_OFFSET = 8;
uint256 constant GOVERNANCE_SET_INSTRUMENT_MAKER_FEE_PPM_OFFSET = 12;
uint256 constant GOVERNANCE_SET_INSTRUMENT_TAKER_FEE_PPM_OFFSET = 16;
uint256 constant GOVERNANCE_SET_INSTRUMENT_PRICE_BAND_PPM_OFFSET = 20;
uint256 constant GOVERNANCE_SET_INSTRUMENT_MIN_ORDER_VALUE_MICRO_USD_OFFSET = 24;
uint256 constant GOVERNANCE_SET_INSTRUMENT_LIQUIDATION_FEE_PPM_OFFSET = 32;
uint256 constant GOVERNANCE_SET_INSTRUMENT_HOUSE_MARGIN_PPM_OFFSET = 36;
uint256 constant GOVERNANCE_SET_INSTRUMENT_FUNDING_CAP_PPM_OFFSET = 40;
uint256 constant GOVERNANCE_SET_INSTRUMENT_FUNDING_INTEREST_PPM_OFFSET = 44;
uint256 constant GOVERNANCE_SET_INSTRUMENT_FUNDING_TAU_MS_OFFSET = 48;
uint256 constant GOVERNANCE_SET_INSTRUMENT_IMPACT_VALUE_MICRO_USD_OFFSET = 52;
uint256 constant GOVERNANCE_SET_INSTRUMENT_TIER_OFFSET = 60;
uint256 constant GOVERNANCE_SET_INSTRUMENT_SUCCESSOR_OFFSET = 61;

// --- governance set_reporters. The reporters and their quorum; raises reporter_epoch.
uint256 constant GOVERNANCE_SET_REPORTERS_HEAD_BYTES = 3;
uint256 constant GOVERNANCE_SET_REPORTERS_QUORUM_OFFSET = 1;
uint256 constant GOVERNANCE_SET_REPORTERS_REPORTERS_OFFSET = 2;

// --- governance set_latency. How margins grow with the age of a price; slopes of underlyings
// --- follow with their next price.
uint256 constant GOVERNANCE_SET_LATENCY_BYTES = 17;
uint256 constant GOVERNANCE_SET_LATENCY_SLOPE_FACTOR_PPM_OFFSET = 1;
uint256 constant GOVERNANCE_SET_LATENCY_SLOPE_LEAST_PPM_OFFSET = 5;
uint256 constant GOVERNANCE_SET_LATENCY_SLOPE_MOST_PPM_OFFSET = 9;
uint256 constant GOVERNANCE_SET_LATENCY_VARIANCE_TAU_MS_OFFSET = 13;

// --- governance set_eth. The underlying whose index turns wei into USD: what L1 takes for an
// --- op's bytes is charged to its account.
uint256 constant GOVERNANCE_SET_ETH_BYTES = 3;
uint256 constant GOVERNANCE_SET_ETH_UNDERLYING_OFFSET = 1;

// --- governance pay_out. Money of a pool to an account; it leaves the venue by Withdraw alone.
uint256 constant GOVERNANCE_PAY_OUT_BYTES = 22;
uint256 constant GOVERNANCE_PAY_OUT_POOL_OFFSET = 1;
uint256 constant GOVERNANCE_PAY_OUT_ACCOUNT_OFFSET = 2;
uint256 constant GOVERNANCE_PAY_OUT_AMOUNT_MICRO_USD_OFFSET = 6;

// --- governance list_expiry. A new expiry of an underlying; it gets the next id.
uint256 constant GOVERNANCE_LIST_EXPIRY_BYTES = 13;
uint256 constant GOVERNANCE_LIST_EXPIRY_UNDERLYING_OFFSET = 1;
uint256 constant GOVERNANCE_LIST_EXPIRY_EXPIRY_MS_OFFSET = 3;
uint256 constant GOVERNANCE_LIST_EXPIRY_FORWARD_PPB_OFFSET = 9;

// --- governance list_options. A call and a put, ACTIVE, not priced yet; the call gets the next
// --- id, the put the one behind it. The funding terms are read by nothing.
uint256 constant GOVERNANCE_LIST_OPTIONS_BYTES = 107;
uint256 constant GOVERNANCE_LIST_OPTIONS_EXPIRY_OFFSET = 1;
uint256 constant GOVERNANCE_LIST_OPTIONS_STRIKE_OFFSET = 3;
uint256 constant GOVERNANCE_LIST_OPTIONS_TICK_VALUE_MICRO_USD_OFFSET = 7;
uint256 constant GOVERNANCE_LIST_OPTIONS_INDEX_PER_TICK_NANO_USD_OFFSET = 10;
uint256 constant GOVERNANCE_LIST_OPTIONS_INITIAL_MARGIN_PPM_OFFSET = 18;
uint256 constant GOVERNANCE_LIST_OPTIONS_MAINTENANCE_MARGIN_PPM_OFFSET = 22;
uint256 constant GOVERNANCE_LIST_OPTIONS_MAKER_FEE_PPM_OFFSET = 26;
uint256 constant GOVERNANCE_LIST_OPTIONS_TAKER_FEE_PPM_OFFSET = 30;
uint256 constant GOVERNANCE_LIST_OPTIONS_PRICE_BAND_PPM_OFFSET = 34;
uint256 constant GOVERNANCE_LIST_OPTIONS_MIN_ORDER_VALUE_MICRO_USD_OFFSET = 38;
uint256 constant GOVERNANCE_LIST_OPTIONS_CALL_SYMBOL_OFFSET = 46;
uint256 constant GOVERNANCE_LIST_OPTIONS_PUT_SYMBOL_OFFSET = 62;
uint256 constant GOVERNANCE_LIST_OPTIONS_LIQUIDATION_FEE_PPM_OFFSET = 78;
uint256 constant GOVERNANCE_LIST_OPTIONS_HOUSE_MARGIN_PPM_OFFSET = 82;
uint256 constant GOVERNANCE_LIST_OPTIONS_FUNDING_CAP_PPM_OFFSET = 86;
uint256 constant GOVERNANCE_LIST_OPTIONS_FUNDING_INTEREST_PPM_OFFSET = 90;
uint256 constant GOVERNANCE_LIST_OPTIONS_FUNDING_TAU_MS_OFFSET = 94;
uint256 constant GOVERNANCE_LIST_OPTIONS_IMPACT_VALUE_MICRO_USD_OFFSET = 98;
uint256 constant GOVERNANCE_LIST_OPTIONS_TIER_OFFSET = 106;

// --- governance set_attesters. The attesters and their quorum; with a quorum of 0 nobody
// --- attests.
uint256 constant GOVERNANCE_SET_ATTESTERS_HEAD_BYTES = 3;
uint256 constant GOVERNANCE_SET_ATTESTERS_QUORUM_OFFSET = 1;
uint256 constant GOVERNANCE_SET_ATTESTERS_ATTESTERS_OFFSET = 2;

// --- block_leg. One leg of a BlockTrade, as its submitter sees it.
uint256 constant BLOCK_LEG_BYTES = 12;
uint256 constant BLOCK_LEG_SELL_OFFSET = 2;
uint256 constant BLOCK_LEG_PRICE_OFFSET = 3;
uint256 constant BLOCK_LEG_LOTS_OFFSET = 7;

// --- attestation. One attester's signature of an Attest.
uint256 constant ATTESTATION_BYTES = 65;
uint256 constant ATTESTATION_SIGNATURE_OFFSET = 1;

// --- credit_attestation. One attester's signature of an AttestCredit.
uint256 constant CREDIT_ATTESTATION_BYTES = 65;
uint256 constant CREDIT_ATTESTATION_SIGNATURE_OFFSET = 1;

// --- report. One reporter's price in an IndexPrice.
uint256 constant REPORT_BYTES = 73;
uint256 constant REPORT_PRICE_NANO_USD_OFFSET = 1;
uint256 constant REPORT_SIGNATURE_OFFSET = 9;

// --- forward_report. One reporter's forward in a Surface.
uint256 constant FORWARD_REPORT_BYTES = 73;
uint256 constant FORWARD_REPORT_FORWARD_PPB_OFFSET = 1;
uint256 constant FORWARD_REPORT_SIGNATURE_OFFSET = 9;

// --- settlement_report. One reporter's settlement price in a SettleExpiry.
uint256 constant SETTLEMENT_REPORT_BYTES = 73;
uint256 constant SETTLEMENT_REPORT_PRICE_NANO_USD_OFFSET = 1;
uint256 constant SETTLEMENT_REPORT_SIGNATURE_OFFSET = 9;

// --- header. What a batch fixes besides its segments.
uint256 constant HEADER_BYTES = 174;
uint256 constant HEADER_LAW_ID_OFFSET = 1;
uint256 constant HEADER_DATA_KIND_OFFSET = 33;
uint256 constant HEADER_NUMBER_OFFSET = 34;
uint256 constant HEADER_PARENT_HASH_OFFSET = 42;
uint256 constant HEADER_SEQUENCER_EPOCH_OFFSET = 74;
uint256 constant HEADER_TIME_MS_OFFSET = 78;
uint256 constant HEADER_INBOX_END_OFFSET = 84;
uint256 constant HEADER_INBOX_ROLLING_OFFSET = 92;
uint256 constant HEADER_EXIT_END_OFFSET = 124;
uint256 constant HEADER_EXIT_ROLLING_OFFSET = 132;
uint256 constant HEADER_JOINED_OFFSET = 164;
uint256 constant HEADER_SEGMENT_COUNT_OFFSET = 172;

// --- segment. Ordered ops of a family, their time, and what they may weigh; at most
// --- SEGMENT_BYTES_MAX bytes.
uint256 constant SEGMENT_HEAD_BYTES = 13;
uint256 constant SEGMENT_TIME_MS_OFFSET = 1;
uint256 constant SEGMENT_DECLARED_COMPUTE_OFFSET = 7;
uint256 constant SEGMENT_DECLARED_WITNESS_OFFSET = 10;
uint256 constant SEGMENT_OPS_OFFSET = 13;

// --- batch. The data of postBatch.
uint256 constant BATCH_HEAD_BYTES = 174;
uint256 constant BATCH_SEGMENTS_OFFSET = 174;

// --- ordered_input. The law's input for a segment of ordered ops: the segment, with the
// --- header's time behind its first byte.
uint256 constant ORDERED_INPUT_HEAD_BYTES = 19;
uint256 constant ORDERED_INPUT_HEADER_TIME_MS_OFFSET = 1;
uint256 constant ORDERED_INPUT_TIME_MS_OFFSET = 7;
uint256 constant ORDERED_INPUT_DECLARED_COMPUTE_OFFSET = 13;
uint256 constant ORDERED_INPUT_DECLARED_WITNESS_OFFSET = 16;
uint256 constant ORDERED_INPUT_OPS_OFFSET = 19;

// --- message_input. The law's input for messages of the inbox.
uint256 constant MESSAGE_INPUT_HEAD_BYTES = 8;
uint256 constant MESSAGE_INPUT_HEADER_TIME_MS_OFFSET = 1;
uint256 constant MESSAGE_INPUT_MESSAGE_FAMILY_OFFSET = 7;
uint256 constant MESSAGE_INPUT_MESSAGES_OFFSET = 8;
