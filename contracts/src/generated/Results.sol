// SPDX-License-Identifier: Apache-2.0
// Stable codes. Generated from proto/errors.toml: do not edit.
pragma solidity 0.8.37;

// --- What became of an operation or of an action: a function of state, header and ordered bytes
// --- alone.
// Executed.
uint256 constant RESULT_OK = 0;
// No such op type, message kind or governance action.
uint256 constant RESULT_UNKNOWN_TYPE = 1;
// The body has the wrong length or a field out of its range.
uint256 constant RESULT_MALFORMED = 2;
// The segment has no room for the op's worst case; it changed nothing and can be ordered again.
uint256 constant RESULT_SEGMENT_FULL = 3;
// No such account.
uint256 constant RESULT_UNKNOWN_ACCOUNT = 4;
// The session slot holds no key.
uint256 constant RESULT_UNKNOWN_SESSION = 5;
// The session's expiry has passed.
uint256 constant RESULT_SESSION_EXPIRED = 6;
// The op's expiry has passed.
uint256 constant RESULT_EXPIRED = 8;
// The nonce was used, or lies below the window.
uint256 constant RESULT_NONCE_USED = 9;
// The nonce lies more than a window above the window.
uint256 constant RESULT_NONCE_TOO_FAR = 10;
// The signature is not the session key's, or malleable.
uint256 constant RESULT_BAD_SIGNATURE = 11;
// The publish time does not rise by PUBLISH_SPACING_MS, lies ahead of the clock or too far
// behind it.
uint256 constant RESULT_STALE_REPORT = 12;
// Fewer reporters, or attesters, signed than the quorum.
uint256 constant RESULT_BELOW_QUORUM = 13;
// Reporter indices do not rise, or one is outside the set.
uint256 constant RESULT_BAD_REPORTER = 14;
// No such underlying.
uint256 constant RESULT_UNKNOWN_UNDERLYING = 15;
// No such instrument.
uint256 constant RESULT_UNKNOWN_INSTRUMENT = 16;
// An id would pass the height of its tree.
uint256 constant RESULT_CAPACITY = 17;
// A field would leave its width.
uint256 constant RESULT_FIELD_OVERFLOW = 18;
// The instrument admits only cancels, or only reduce-only orders.
uint256 constant RESULT_HALTED = 19;
// The instrument's underlying has no index price yet, or its option no price from a surface.
uint256 constant RESULT_NO_PRICE = 20;
// The instrument's index price is stale: nothing trades on it; the remainder is cancelled.
uint256 constant RESULT_STALE_PRICE = 21;
// The order's value is below the instrument's minimum.
uint256 constant RESULT_ORDER_TOO_SMALL = 22;
// A fee that the order could pay is above the bundle's maximum.
uint256 constant RESULT_FEE_TOO_HIGH = 23;
// The account has no free position entry, or options and one underlying more than they admit.
uint256 constant RESULT_TOO_MANY_POSITIONS = 24;
// The account has its maximum of open orders, or of linked ones, on the instrument.
uint256 constant RESULT_TOO_MANY_ORDERS = 25;
// Position and open orders would pass the limit.
uint256 constant RESULT_POSITION_LIMIT = 26;
// A reduce-only order finds no opposite position, or resting ones have taken all of it.
uint256 constant RESULT_NOTHING_TO_REDUCE = 27;
// A post-only order would take.
uint256 constant RESULT_POST_ONLY_CROSSES = 28;
// The bundle's maker touches are used up; the remainder is cancelled.
uint256 constant RESULT_TOUCHES_EXHAUSTED = 29;
// Self-trade prevention cancelled the remainder.
uint256 constant RESULT_SELF_TRADE = 31;
// Margin does not admit the next fill or the resting remainder; the remainder is cancelled.
uint256 constant RESULT_MARGIN_INSUFFICIENT = 32;
// A fill-or-kill order could not fill whole; nothing changed.
uint256 constant RESULT_FOK_UNFILLED = 33;
// An immediate-or-cancel order's remainder is cancelled.
uint256 constant RESULT_IOC_REMAINDER = 34;
// No such live order of the account.
uint256 constant RESULT_ORDER_NOT_FOUND = 35;
// The instrument has no free order slot.
uint256 constant RESULT_BOOK_FULL = 36;
// The withdrawal would leave the account below initial margin, or is more than users have in the
// venue; or the account cannot pay what L1 takes for the op.
uint256 constant RESULT_INSUFFICIENT_COLLATERAL = 37;
// The order's limit lies beyond the price band, on the side that it takes from.
uint256 constant RESULT_BEYOND_BAND = 38;
// The op is of another family than its segment, or may only come from the inbox.
uint256 constant RESULT_WRONG_FAMILY = 39;
// The side of the book is full, and the order is no better than its worst, or the bundle has
// pushed one out already.
uint256 constant RESULT_SIDE_FULL = 40;
// The op's bytes cost more on L1 than it agrees to.
uint256 constant RESULT_L1_FEE_TOO_HIGH = 50;
// The account's guard key has to sign as well.
uint256 constant RESULT_GUARD_NEEDED = 51;
// The reported price lies so far from the index, or the option's pricing is so overdue, that
// only shrinking fills pass.
uint256 constant RESULT_GAP_TOO_WIDE = 53;
// The instrument asks for a tier that the account lacks.
uint256 constant RESULT_TIER_NEEDED = 55;
// The trigger's price has not come.
uint256 constant RESULT_NOT_TRIGGERED = 56;
// The place holds no live trigger of the account; a dead one was emptied.
uint256 constant RESULT_TRIGGER_NOT_FOUND = 63;
// Less time has passed since the last one than must.
uint256 constant RESULT_TOO_SOON = 41;
// Dead orders stop the walk of a side before the impact notional.
uint256 constant RESULT_SWEEP_FIRST = 42;
// The account's equity is not below its maintenance requirement.
uint256 constant RESULT_NOT_LIQUIDATABLE = 43;
// The account has no position in the instrument; for a trigger, no order either.
uint256 constant RESULT_NO_POSITION = 44;
// The house is not below its margin.
uint256 constant RESULT_HOUSE_SOLVENT = 45;
// The house has no whole lot, or nobody opposes it.
uint256 constant RESULT_HOUSE_FLAT = 46;
// The house would fall below its margin.
uint256 constant RESULT_HOUSE_FULL = 47;
// The underlying's price is too young, or the notice has not passed.
uint256 constant RESULT_NOT_ORPHANED = 48;
// The instrument is not settled.
uint256 constant RESULT_NOT_SETTLED = 49;
// The instrument, or the expiry, is settled: positions can only be turned into cash.
uint256 constant RESULT_INSTRUMENT_SETTLED = 54;
// No such expiry, or it is another underlying's.
uint256 constant RESULT_UNKNOWN_EXPIRY = 57;
// The expiry has passed, or has its future already.
uint256 constant RESULT_EXPIRY_CLOSED = 58;
// The expiry, or the half hour before it, has not come.
uint256 constant RESULT_NOT_EXPIRED = 59;
// The settlement price lies further from the average of the samples than it may.
uint256 constant RESULT_SETTLEMENT_OFF = 60;
// Another action of the atomic bundle failed: this one was undone, or not begun.
uint256 constant RESULT_ATOMIC_UNDONE = 70;
// Attesters' places do not rise, or one is outside the set.
uint256 constant RESULT_BAD_ATTESTER = 64;
// Attesters have said something later of the account, or this lies later than now.
uint256 constant RESULT_STALE_ATTESTATION = 65;
// Credit of the account has not ended, or is another guarantor's or more than what is said now;
// or its money stands where portfolio margin is chosen.
uint256 constant RESULT_CREDIT_STANDS = 71;
// No credit stands with the account.
uint256 constant RESULT_NO_CREDIT = 72;
// The account's protection was passed: until its freeze ends, no order of it rests on the
// underlying.
uint256 constant RESULT_PROTECTION_FROZEN = 77;
// The op is not for this kind of instrument.
uint256 constant RESULT_WRONG_PRODUCT = 61;
// Portfolio margin does not cover a position: it is of another underlying, a future, or of lots
// that do not come to whole wads; or options are of too many expiries, or worth more than its
// domain holds.
uint256 constant RESULT_PORTFOLIO_UNFIT = 66;
// What portfolio margin asks for is not known: the index price is stale, or an option waits for
// a Reprice.
uint256 constant RESULT_PORTFOLIO_STALE = 67;
// Makers were passed over because their certificates are not valid; the remainder is cancelled.
uint256 constant RESULT_CERTIFICATE_STALE = 52;
// The account's margin certificate is not valid: a Revalue comes first. A node orders it ahead
// of the order, unless a price or an array is stale, or an option expires soon.
uint256 constant RESULT_CERTIFICATE_NEEDED = 69;
// The account's margin does not admit it: triggers, liquidation and credit need standard margin,
// Revalue portfolio margin.
uint256 constant RESULT_WRONG_MARGIN_MODE = 68;
// The portfolio is being auctioned, and goes on being: it has not met maintenance again, and its
// time is not over.
uint256 constant RESULT_AUCTION_RUNNING = 73;
// The account is not being auctioned, or not by the auction that the bid names; or it meets
// maintenance again; or its equity is too low for it.
uint256 constant RESULT_NO_AUCTION = 74;
// The auction's discount is not yet as high as the bid asks.
uint256 constant RESULT_DISCOUNT_TOO_LOW = 75;
// The whole lots of a fraction would not free enough of the maintenance requirement.
uint256 constant RESULT_NO_RELIEF = 76;
