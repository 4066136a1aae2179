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

// --- The family of an op of type t: two bits at bit 2 * t, 0 if there is none.
uint256 constant OP_FAMILIES_PACKED = 348108861360120048123216690843436244275028;

// --- op bundle. A user's signed list of actions.
uint256 constant OP_BUNDLE_HEAD_BYTES = 24;
uint256 constant OP_BUNDLE_SESSION_OFFSET = 4;
uint256 constant OP_BUNDLE_NONCE_OFFSET = 5;
uint256 constant OP_BUNDLE_EXPIRY_MS_OFFSET = 13;
uint256 constant OP_BUNDLE_MAX_FEE_PPM_OFFSET = 19;
uint256 constant OP_BUNDLE_ACTIONS_OFFSET = 23;

// --- op withdraw. The owner takes collateral out; session 0.
uint256 constant OP_WITHDRAW_BYTES = 90;
uint256 constant OP_WITHDRAW_UNSIGNED_BYTES = 26;
uint256 constant OP_WITHDRAW_NONCE_OFFSET = 4;
uint256 constant OP_WITHDRAW_EXPIRY_MS_OFFSET = 12;
uint256 constant OP_WITHDRAW_AMOUNT_MICRO_USD_OFFSET = 18;
uint256 constant OP_WITHDRAW_SIGNATURE_OFFSET = 26;

// --- op set_session. The owner gives a session slot a key, or takes it away; session 0.
uint256 constant OP_SET_SESSION_BYTES = 110;
uint256 constant OP_SET_SESSION_UNSIGNED_BYTES = 46;
uint256 constant OP_SET_SESSION_NONCE_OFFSET = 4;
uint256 constant OP_SET_SESSION_EXPIRY_MS_OFFSET = 12;
uint256 constant OP_SET_SESSION_SLOT_OFFSET = 18;
uint256 constant OP_SET_SESSION_KEY_OFFSET = 19;
uint256 constant OP_SET_SESSION_SCOPE_OFFSET = 39;
uint256 constant OP_SET_SESSION_SESSION_EXPIRY_MS_OFFSET = 40;
uint256 constant OP_SET_SESSION_SIGNATURE_OFFSET = 46;

// --- op index_price. Reporters' prices of an underlying; the law takes their median.
uint256 constant OP_INDEX_PRICE_HEAD_BYTES = 9;
uint256 constant OP_INDEX_PRICE_PUBLISH_TIME_MS_OFFSET = 2;
uint256 constant OP_INDEX_PRICE_REPORTS_OFFSET = 8;

// --- op sweep. Slots of an instrument that may hold orders which are gone.
uint256 constant OP_SWEEP_HEAD_BYTES = 3;
uint256 constant OP_SWEEP_SLOTS_OFFSET = 2;

// --- op forced_close. The owner leaves a position within the band, from the inbox only: what
// --- the book does not take the house may.
uint256 constant OP_FORCED_CLOSE_BYTES = 89;
uint256 constant OP_FORCED_CLOSE_UNSIGNED_BYTES = 25;
uint256 constant OP_FORCED_CLOSE_NONCE_OFFSET = 4;
uint256 constant OP_FORCED_CLOSE_EXPIRY_MS_OFFSET = 12;
uint256 constant OP_FORCED_CLOSE_INSTRUMENT_OFFSET = 18;
uint256 constant OP_FORCED_CLOSE_LOTS_OFFSET = 20;
uint256 constant OP_FORCED_CLOSE_SIGNATURE_OFFSET = 25;

// --- op liquidate. A position of an account below maintenance is closed in part.
uint256 constant OP_LIQUIDATE_BYTES = 6;
uint256 constant OP_LIQUIDATE_INSTRUMENT_OFFSET = 4;

// --- op unwind. The house of an instrument trades out through the book.
uint256 constant OP_UNWIND_BYTES = 2;

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

// --- action. An unknown kind makes the whole bundle MALFORMED.
uint256 constant ACTION_HEAD_BYTES = 1;
uint256 constant ACTION_BYTES_PACKED = 158964980480;

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

// --- governance. The payload of a GOVERNANCE message; an empty one is MALFORMED.
uint256 constant GOVERNANCE_HEAD_BYTES = 1;

// --- governance list_underlying. A new underlying; it gets the next id.
uint256 constant GOVERNANCE_LIST_UNDERLYING_BYTES = 17;
uint256 constant GOVERNANCE_LIST_UNDERLYING_SYMBOL_OFFSET = 1;

// --- governance list_instrument. A new instrument, ACTIVE; it gets the next id.
uint256 constant GOVERNANCE_LIST_INSTRUMENT_BYTES = 88;
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

// --- report. One reporter's price in an IndexPrice.
uint256 constant REPORT_BYTES = 73;
uint256 constant REPORT_PRICE_NANO_USD_OFFSET = 1;
uint256 constant REPORT_SIGNATURE_OFFSET = 9;

// --- header. What a batch fixes beside its segments.
uint256 constant HEADER_BYTES = 126;
uint256 constant HEADER_LAW_ID_OFFSET = 1;
uint256 constant HEADER_DATA_KIND_OFFSET = 33;
uint256 constant HEADER_NUMBER_OFFSET = 34;
uint256 constant HEADER_PARENT_HASH_OFFSET = 42;
uint256 constant HEADER_SEQUENCER_EPOCH_OFFSET = 74;
uint256 constant HEADER_TIME_MS_OFFSET = 78;
uint256 constant HEADER_INBOX_END_OFFSET = 84;
uint256 constant HEADER_INBOX_ROLLING_OFFSET = 92;
uint256 constant HEADER_SEGMENT_COUNT_OFFSET = 124;

// --- segment. Ordered ops of a family, their time, and what they may weigh; at most
// --- SEGMENT_BYTES_MAX bytes.
uint256 constant SEGMENT_HEAD_BYTES = 13;
uint256 constant SEGMENT_TIME_MS_OFFSET = 1;
uint256 constant SEGMENT_DECLARED_COMPUTE_OFFSET = 7;
uint256 constant SEGMENT_DECLARED_WITNESS_OFFSET = 10;
uint256 constant SEGMENT_OPS_OFFSET = 13;

// --- batch. The data of postBatch.
uint256 constant BATCH_HEAD_BYTES = 126;
uint256 constant BATCH_SEGMENTS_OFFSET = 126;

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
