// SPDX-License-Identifier: Apache-2.0
// Constants of the protocol. Generated from proto/params.toml: do not edit.
pragma solidity 0.8.37;

// --- tree. Heights of the sixteen trees of the state (docs/protocol/state.md, forest). A
// --- record's witness weight grows with them.
// kinds: Sixteen from the start: a new kind of record needs no new shape of root.
uint256 constant KINDS = 16;
// levels: 4,194,303 accounts; each level costs 32 bytes of every scattered witness.
uint256 constant ACCOUNT_HEIGHT = 22;
// ACCOUNT_HEIGHT + 2. levels: Four slots an account, keyed next to one another.
uint256 constant SESSION_HEIGHT = 24;
// levels: 255 underlyings.
uint256 constant UNDERLYING_HEIGHT = 8;
// levels: 4,095 instruments: option chains of tens of underlyings.
uint256 constant INSTRUMENT_HEIGHT = 12;
// bits: 262,143 resting orders an instrument.
uint256 constant ORDER_SLOT_BITS = 18;
// INSTRUMENT_HEIGHT + ORDER_SLOT_BITS. levels: An order's id is its instrument, then its slot.
uint256 constant ORDER_HEIGHT = 30;
// bits: Eight places for each account and instrument.
uint256 constant TRIGGER_PLACE_BITS = 3;
// ACCOUNT_HEIGHT + INSTRUMENT_HEIGHT + TRIGGER_PLACE_BITS. levels: A trigger's id is its
// account, its instrument, then its place.
uint256 constant TRIGGER_HEIGHT = 37;

// --- prefix. First bytes of what is hashed: no two meanings share one.
// byte: Leaf of the state: prefix, key, record.
uint8 constant PREFIX_LEAF = 0;
// byte: Inner node of the state.
uint8 constant PREFIX_NODE = 1;
// byte: State root over the sixteen kind roots.
uint8 constant PREFIX_STATE = 2;
// byte: Leaf of a static list.
uint8 constant PREFIX_LIST_LEAF = 3;
// byte: Inner node of a static list.
uint8 constant PREFIX_LIST_NODE = 4;
// byte: Commitment to a static list: count and root.
uint8 constant PREFIX_LIST = 5;
// byte: Batch hash: header and segments.
uint8 constant PREFIX_BATCH = 6;
// byte: Claim hash.
uint8 constant PREFIX_CLAIM = 7;

// --- segment. What a segment may hold. A segment is the unit of roots and of disputes.
// ops: Amortises the top of the trees; of scattered single-action bundles the witness admits 8
// (places) to 16 (cancels).
uint256 constant SEGMENT_OPS_MAX = 16;
// bytes: Segment data is part of the challenge's calldata.
uint256 constant SEGMENT_BYTES_MAX = 4_096;
// bytes: Nodes relay at most 131,072 bytes a transaction.
uint256 constant BATCH_BYTES_MAX = 120_000;
// milliseconds: A segment's time lies at most this far before its header's.
uint256 constant BATCH_SPAN_MS = 60_000;
// bytes: Holds the largest user op and a twelve-reporter price.
uint256 constant INBOX_MESSAGE_BYTES_MAX = 2_048;

// --- weight. Weights bound a segment (docs/protocol/weight.md). Calibrated by `strikeproof
// --- bench dispute`.
// bytes: 120,000 bytes of challenge less segment, message, paths and bitmap.
uint256 constant WITNESS_WEIGHT_MAX = 110_000;
// gas: 8,000,000 all-in less calldata and hashing of the largest witness.
uint256 constant COMPUTE_WEIGHT_MAX = 3_000_000;
// bytes: A record's key and word count in the witness.
uint256 constant WEIGHT_RECORD_BYTES = 9;
// gas: An op by itself: writing out and checking eight replaces that are refused takes 16,200.
uint256 constant COMPUTE_OP = 17_000;
// gas: A quote of a well-formed bundle: what writing it out takes more than a replace (eight:
// 25,400), whatever becomes of the op.
uint256 constant COMPUTE_QUOTE = 1_200;
// gas: Struct hash and ecrecover (3,000) with its call.
uint256 constant COMPUTE_SIGNATURE = 9_000;
// gas: The most expensive action, a replace that moves, without makers and margin.
uint256 constant COMPUTE_ACTION = 30_000;
// gas: One maker touch: fill, fees, removal, without margin.
uint256 constant COMPUTE_MAKER = 25_000;
// gas: One margin evaluation, its call.
uint256 constant COMPUTE_MARGIN = 4_000;
// gas: One position in a margin evaluation, deleveraged, with open orders and a gap, and half of
// its gathering.
uint256 constant COMPUTE_POSITION = 2_200;
// gas: One swept order.
uint256 constant COMPUTE_SWEEP = 15_000;
// gas: One entry settled: two 256-bit products, a keccak, three fields.
uint256 constant COMPUTE_SETTLE = 3_000;
// gas: One order that a walk of the book looks at, without its account.
uint256 constant COMPUTE_WALK = 4_000;
// gas: A funding sample without its walk.
uint256 constant COMPUTE_FUNDING = 60_000;
// gas: A liquidation without its makers and margin tests.
uint256 constant COMPUTE_LIQUIDATE = 60_000;
// gas: Bar of one deleveraging.
uint256 constant COMPUTE_DELEVERAGE = 60_000;
// gas: Median, bucket, variance and slope of one price.
uint256 constant COMPUTE_PRICE = 15_000;
// gas: Marks, Greeks and arrays of a strike's call and put, or their settlement: bar 140,000.
uint256 constant COMPUTE_REPRICE = 150_000;
// gas: A fill added to a certificate: 33 lanes, 24,000 at most, with the gathering of array,
// expiry and mark.
uint256 constant COMPUTE_CERTIFICATE = 30_000;
// gas: A full revaluation of 16 legs (bar 150,000), with the gathering of their arrays and
// expiries.
uint256 constant COMPUTE_REVALUE = 280_000;

// --- capacity. Charge of a segment, in law-gas (docs/protocol/capacity.md).
// law-gas: A segment by itself: trees, decoding, the call.
uint256 constant CHARGE_SEGMENT = 100_000;
// law-gas: Hashing and reading a byte of witness.
uint256 constant CHARGE_WITNESS_BYTE = 8;
// law-gas: Reading a byte of ordered data.
uint256 constant CHARGE_DATA_BYTE = 16;
// ppm: What a node declares above what was used.
uint256 constant DECLARED_MARGIN_PPM = 250_000;
// messages: Light messages that share an inbox segment.
uint256 constant LIGHT_MESSAGES_MAX = 8;
// CHARGE_SEGMENT + COMPUTE_WEIGHT_MAX + CHARGE_WITNESS_BYTE * WITNESS_WEIGHT_MAX +
// CHARGE_DATA_BYTE * SEGMENT_BYTES_MAX. law-gas: The most that an ordered segment is charged.
uint256 constant SEGMENT_CHARGE_MAX = 4_045_536;
// 2**32 - 1. weight: What a void segment answers for both weights.
uint256 constant VOID_WEIGHT = 4_294_967_295;

// --- segment_family. First byte of a segment: which law executes it.
// family: Bundles: what users sign by the thousand.
uint256 constant SEGMENT_FAMILY_TRADE = 1;
// family: Ops that close positions, in order of need.
uint256 constant SEGMENT_FAMILY_KEEPER = 2;
// family: Prices, sweeps, and what else keeps the venue going.
uint256 constant SEGMENT_FAMILY_UPKEEP = 3;
// family: What else users sign: withdrawals, keys, triggers, blocks.
uint256 constant SEGMENT_FAMILY_ACCOUNT = 4;
// family: Messages of L1, whichever law executes them.
uint256 constant SEGMENT_FAMILY_INBOX = 5;

// --- segment_flag. The byte of flags that the law answers.
// flag: The segment passed its declaration: nothing changed but the clock.
uint256 constant SEGMENT_FLAG_VOID = 1;

// --- limits. Bounds of the law.
// positions: A margin evaluation is bounded.
uint256 constant POSITIONS_MAX = 16;
// slots: Slot 0 is the owner.
uint256 constant SESSION_SLOTS = 4;
// 3 * 86_400_000. milliseconds: In which the owner alone can stop the removal of a guard key.
uint256 constant GUARD_DELAY_MS = 259_200_000;
// nonces: Bitmap beside the 64-bit base in one word.
uint256 constant NONCE_WINDOW = 192;
// actions: In a bundle.
uint256 constant ACTIONS_MAX = 8;
// orders: For an account on one instrument: one account cannot wall a book.
uint256 constant OPEN_ORDERS_MAX = 64;
// orders: For an account on one instrument, dead ones that are still linked included: slots
// cannot be used up for nothing.
uint256 constant LINKED_ORDERS_MAX = 128;
// legs: In a block trade.
uint256 constant BLOCK_LEGS_MAX = 8;
// orders: In a Sweep.
uint256 constant SWEEP_MAX = 16;
// 2**TRIGGER_PLACE_BITS. triggers: For an account on one instrument: a stop, a take-profit, and
// some in steps.
uint256 constant TRIGGERS_MAX = 8;
// reporters: Twelve recoveries fit a segment easily.
uint256 constant REPORTERS_MAX = 12;
// 2**40 - 1. lots: Width of an order's lots.
uint256 constant ORDER_LOTS_MAX = 1_099_511_627_775;
// 2**40 - 1. lots: |position| with all its open orders: value stays below 2**96 micro-USD.
uint256 constant POSITION_LOTS_MAX = 1_099_511_627_775;
// 2**126. micro-USD: Magnitude of a collateral, pool or total: below its 128-bit field.
uint256 constant MONEY_MAX = 0x40000000000000000000000000000000;
// parts: Fractions are parts per million.
uint256 constant PPM = 1_000_000;
// milliseconds: Nothing trades on an index price older than this.
uint256 constant INDEX_STALE_MS = 60_000;
// ppm: A tenth of every fee feeds the insurance fund, rounded down.
uint256 constant INSURANCE_SHARE_PPM = 100_000;
// ppm: No instrument admits fills further than half its mark away.
uint256 constant PRICE_BAND_PPM_MAX = 500_000;
// ppm: No fee above five percent.
uint256 constant FEE_PPM_MAX = 50_000;

// --- attestations. Attesters of tiers (docs/protocol/attestations.md).
// attesters: Four of seven is more than a venue asks; their addresses lie in the global record,
// which every segment brings.
uint256 constant ATTESTERS_MAX = 7;
// REPORTERS_MAX + ATTESTERS_MAX. signers: Both lie in the global record.
uint256 constant SIGNERS_MAX = 19;
// 400 * 86_400_000. milliseconds: A tier is said again within a year and a month, or lapses.
uint256 constant ATTESTED_MS_MAX = 34_560_000_000;

// --- credit. Credit of guarantors (docs/protocol/credit.md).
// 24 * 60 * 60_000. milliseconds: In the last day credit falls to nothing in a straight line:
// nobody loses all of it in one moment.
uint256 constant CREDIT_DECAY_MS = 86_400_000;
// signatures: The guarantor's owner, and its guard key.
uint256 constant CREDIT_CONSENTS_MAX = 2;
// milliseconds: Terms of credit are in minutes: 45 days fit 16 bits.
uint256 constant MINUTE_MS = 60_000;

// --- makers. Makers that a bundle may touch; the witness generator proves that each fits
// --- (docs/protocol/weight.md).
// orders: A step of the table below: a replace reserves six order keys, a place four, a cancel
// three, a quote twelve.
uint256 constant ORDER_KEYS_STEP = 7;
// makers: Element i: where the actions reserve up to (i + 1) * ORDER_KEYS_STEP - 1 order keys.
uint256 constant MAKER_TOUCHES_BY_KEYS_PACKED = 0x202020303040405050506070808;
// makers: For a liquidation, an unwinding, a trigger or a forced close.
uint256 constant LIQUIDATION_TOUCHES_MAX = 8;

// --- books. Bounds of books (docs/protocol/matching.md).
// orders: Worst orders of full sides that a bundle may push out: each brings an account.
uint256 constant EVICTIONS_MAX = 1;
// 2**16. orders: Linked orders of a side: a quarter of the slots of an instrument.
uint256 constant BOOK_SIDE_MAX = 65_536;

// --- prices. Bounded prices and the latency buffer (docs/protocol/prices.md).
// A share of the index for each second of publish time: 12 % a minute.
uint256 constant BUCKET_RATE_PPM = 2_000;
// What the index can move at once after fifteen quiet seconds.
uint256 constant BUCKET_CAPACITY_PPM = 30_000;
// milliseconds: Between two accepted prices of an underlying.
uint256 constant PUBLISH_SPACING_MS = 500;
// 2**60 - 1. nano-USD: 1.15 billion USD: products with ppm and 2**32 stay below 2**128.
uint256 constant INDEX_PRICE_MAX = 1_152_921_504_606_846_975;
// milliseconds: Until then the slope counts, from then on the tail.
uint256 constant STALENESS_FREE_MS = 60_000;
// ppm a second: After eleven minutes nothing but full collateral passes.
uint256 constant STALENESS_TAIL_PPM = 1_500;
// ppm a second: At most 96 % after a minute.
uint256 constant SLOPE_PPM_MAX = 16_000;

// --- fractions. Binary places and bounds of what is pending (docs/protocol/funding.md).
// 2**32. parts: Funding indices and lots of the eager ledger have 32 binary places: a relative
// error of 2**-32 a step.
uint256 constant FRACTION = 4_294_967_296;

// --- funding. Continuous funding (docs/protocol/funding.md).
// milliseconds: Between two samples of an instrument.
uint256 constant FUNDING_SPACING_MS = 5_000;
// milliseconds: The longest time that a sample accrues for.
uint256 constant FUNDING_SPAN_MS = 60_000;
// 8 * 3_600_000. milliseconds: Rates are quoted per eight hours, as on other venues.
uint256 constant FUNDING_PERIOD_MS = 28_800_000;
// orders: Makers that a sample looks at on each side, dead ones too.
uint256 constant FUNDING_WALK_MAX = 8;
// ppm: How far interest pulls the rate towards itself.
uint256 constant FUNDING_CLAMP_PPM = 500;
// ppm: The most that governance may set: 4 % in eight hours.
uint256 constant FUNDING_CAP_PPM_MAX = 40_000;
// 2**94. micro-USD a lot * 2**32: Beyond it a sample is a no-op: a position times it fits
// 2**135.
uint256 constant FUNDING_INDEX_MAX = 0x400000000000000000000000;

// --- liquidation. Liquidation, houses, deleveraging (docs/protocol/liquidation.md).
// ppm: A liquidation closes at least a fifth of the position.
uint256 constant CLOSE_MIN_PPM = 200_000;
// ppm: Beta: equity reaches 1.1 times maintenance.
uint256 constant CLOSE_TARGET_PPM = 1_100_000;
// ppm: A house's limit from the mark at the takeover.
uint256 constant UNWIND_START_PPM = 3_000;
// milliseconds: Until the limit is the band.
uint256 constant UNWIND_WIDEN_MS = 600_000;
// ppm: A share of the house's lots in each window.
uint256 constant UNWIND_SHARE_PPM = 100_000;
// milliseconds: The window of the share above.
uint256 constant UNWIND_WINDOW_MS = 30_000;
// ppm: An instrument's loans in a day, as a share of the fund's balance at the day's start.
uint256 constant LOAN_INSTRUMENT_PPM = 100_000;
// ppm: The same of all instruments together.
uint256 constant LOAN_VENUE_PPM = 300_000;
// 1/256: A deleveraging leaves the other side at least 1/256, so that its factor never reaches
// zero at once.
uint256 constant DELEVERAGE_LEFT = 255;
// 2**63. factor: A new instrument's factor; it only falls.
uint256 constant FACTOR_ONE = 9_223_372_036_854_775_808;
// 2**39. factor: Below it an instrument is settled for good: rounding would count.
uint256 constant FACTOR_MIN = 549_755_813_888;

// --- orphans. Underlyings without prices.
// milliseconds: Age of the last price before an announcement.
uint256 constant ORPHAN_AGE_MS = 86_400_000;
// milliseconds: From the announcement to the settlement.
uint256 constant ORPHAN_NOTICE_MS = 86_400_000;

// --- expiries. Forwards, samples and settlements (docs/protocol/expiries.md).
// parts: Forwards are parts per billion of the index: a tick of the finest instrument.
uint256 constant PPB = 1_000_000_000;
// ppb: A forward is at least half of the index.
uint256 constant FORWARD_PPB_MIN = 500_000_000;
// ppb: And at most twice the index: the part that follows the index fits 32 bits.
uint256 constant FORWARD_PPB_MAX = 2_000_000_000;
// ppm a second: What a forward may move against the index in a second of publish time: a quarter
// of the index's own.
uint256 constant FORWARD_RATE_PPM = 500;
// ppm: What it may move at once, however long nobody reported.
uint256 constant FORWARD_REACH_PPM = 10_000;
// milliseconds: A settlement is the average of the last half hour: the venue's peers do the
// same.
uint256 constant SETTLEMENT_WINDOW_MS = 1_800_000;
// milliseconds: Between two samples of an expiry.
uint256 constant SAMPLE_SPACING_MS = 1_000;
// milliseconds: The longest time that a sample counts for: who omits samples leaves a hole, and
// weighs none of the others more.
uint256 constant SAMPLE_SPAN_MS = 5_000;
// SETTLEMENT_WINDOW_MS * 4 // 5. milliseconds: Samples that cover four fifths bind the
// settlement.
uint256 constant SETTLEMENT_COVERED_MS = 1_440_000;
// ppm: How far a settlement may lie from what was sampled.
uint256 constant SETTLEMENT_BOUND_PPM = 3_000;
// 7 * 86_400_000. milliseconds: From then on samples no longer bind: whoever omits a fifth of
// them delays a settlement and cannot prevent it.
uint256 constant SETTLEMENT_FREE_MS = 604_800_000;
// 10^-12: A correlation.
uint256 constant SVI_RHO_MAX = 1_000_000_000_000;

// --- options. Marks, margin and fees of options (docs/protocol/options.md).
// underlyings: For an account with options: its entries would name more marks and arrays than a
// witness holds.
uint256 constant OPTION_UNDERLYINGS_MAX = 8;
// ppm: Beyond it from the priced forward delta and gamma no longer say what an option is worth.
uint256 constant OPTION_DRIFT_PPM = 5_000;
// milliseconds: An option that was priced longer ago is overdue: an hour's option has lost 1 %
// of its time.
uint256 constant OPTION_STALE_MS = 60_000;
// milliseconds: Between two pricings of an option, as of index prices.
uint256 constant REPRICE_SPACING_MS = 500;
// milliseconds: No option is priced from a surface that was published longer ago.
uint256 constant SURFACE_STALE_MS = 600_000;
// ppm: b: initial margin of a short option, however far it is out of the money.
uint256 constant OPTION_FLOOR_PPM = 130_000;
// ppm: Initial margin of a short put, its mark included, is at least this share of its
// maintenance margin.
uint256 constant OPTION_PUT_OFFSET_PPM = 1_050_000;
// bits: A mark is stored in 256ths of a tick, so that what delta and gamma add is not lost in
// rounding.
uint256 constant OPTION_PRICE_BITS = 8;
// bits: Delta, from -1 to 1, in 32 bits with its sign.
uint256 constant OPTION_DELTA_BITS = 30;
// bits: What delta moves by while the forward doubles: up to 65,536 in 32 bits.
uint256 constant OPTION_GAMMA_BITS = 16;
// bits: Relative to the forward: up to 4 in 24 bits.
uint256 constant OPTION_VEGA_BITS = 22;
// bits: Relative to the forward, a day: up to 8 in 32 bits with its sign.
uint256 constant OPTION_THETA_BITS = 28;
// ppm: No fee is above an eighth of the premium, as at Deribit.
uint256 constant OPTION_FEE_CAP_PPM = 125_000;

// --- portfolio. Portfolio margin (docs/protocol/portfolio-margin.md).
// expiries: A portfolio account has options of at most this many, so that what a revaluation
// reads is bounded.
uint256 constant OPTION_EXPIRIES_MAX = 8;
// 10_000 * 10**6. micro-USD: The least equity that an account under portfolio margin may
// withdraw, trade or begin at.
uint256 constant PORTFOLIO_EQUITY_MIN = 10_000_000_000;
// ppm: By this share of itself initial margin grows: arrays may be a minute, or half a percent
// of the index, behind.
uint256 constant PORTFOLIO_INITIAL_PPM = 50_000;
// ppm: And by this share of the gross notional, for options that have hours left.
uint256 constant PORTFOLIO_GROSS_PPM = 1_000;
// milliseconds: How long a certificate is valid, and what it keeps of options is as old as an
// array may be.
uint256 constant CERTIFICATE_AGE_MS = 60_000;
// milliseconds: The same where an option has less than a day left.
uint256 constant CERTIFICATE_AGE_LAST_DAY_MS = 10_000;
// ppm: How far the index may move meanwhile: as far as from an array's pricing.
uint256 constant CERTIFICATE_MOVE_PPM = 5_000;
// ppm: Where an option has less than CERTIFICATE_WEEK_MS left: gamma grows.
uint256 constant CERTIFICATE_MOVE_LAST_WEEK_PPM = 2_500;
// ppm: Where an option has less than a day left.
uint256 constant CERTIFICATE_MOVE_LAST_DAY_PPM = 1_000;
// 7 * 86_400_000. milliseconds: From here on to the expiry the index may move half as far.
uint256 constant CERTIFICATE_WEEK_MS = 604_800_000;
// 86_400_000. milliseconds: From here on a fifth, for a sixth of the time.
uint256 constant CERTIFICATE_DAY_MS = 86_400_000;
// milliseconds: A maker whose certificate is older is removed instead of passed over.
uint256 constant CERTIFICATE_KEPT_MS = 120_000;

// --- l1_cost. What L1 takes for an op's bytes (docs/protocol/l1-cost.md).
// gas: The floor of L1 for a byte of calldata that is not zero.
uint256 constant L1_BYTE_GAS = 40;
// ppm: Weight of a new report in the average.
uint256 constant L1_EMA_PPM = 125_000;
// milliseconds: Between two reports that count.
uint256 constant L1_REPORT_SPACING_MS = 60_000;
// 2**63. wei: Reported prices above it count as this: products stay within 256 bits.
uint256 constant L1_PRICE_MAX = 9_223_372_036_854_775_808;
// 10**21. 10^-27 USD: Wei times nano-USD a coin is 10^-27 USD; a micro-USD holds this many.
uint256 constant L1_FEE_DIVISOR = 0x3635c9adc5dea00000;

// --- auction. Auctions of portfolios (docs/protocol/auctions.md).
// ppm: What a bidder is paid at first, as a share of the maintenance requirement that it takes
// over.
uint256 constant AUCTION_DISCOUNT_FIRST_PPM = 50_000;
// ppm: And in the end.
uint256 constant AUCTION_DISCOUNT_LAST_PPM = 300_000;
// milliseconds: In which the discount rises, evenly; then the account is liquidated under
// standard margin.
uint256 constant AUCTION_DURATION_MS = 900_000;
// ppm: What the insurance fund gets beside the discount.
uint256 constant AUCTION_FEE_PPM = 20_000;
// ppm: As a share of maintenance. An account with less is not auctioned: above
// AUCTION_DISCOUNT_LAST_PPM + AUCTION_FEE_PPM every bid raises equity over maintenance.
uint256 constant AUCTION_EQUITY_MIN_PPM = 350_000;
// ppm: A bid is for at least a hundredth of everything.
uint256 constant AUCTION_FRACTION_MIN_PPM = 10_000;
// ppm: What a sale must free of the maintenance requirement, as a share of what its fraction
// would: lots are whole, and nobody picks legs by rounding.
uint256 constant AUCTION_RELIEF_PPM = 500_000;

// --- op_type. First byte of an op.
// type: User: signed actions.
uint256 constant OP_TYPE_BUNDLE = 1;
// type: User: the owner takes collateral out.
uint256 constant OP_TYPE_WITHDRAW = 2;
// type: User: the owner delegates or revokes a key.
uint256 constant OP_TYPE_SET_SESSION = 3;
// type: System: reporters' prices.
uint256 constant OP_TYPE_INDEX_PRICE = 4;
// type: System: removal of dead orders.
uint256 constant OP_TYPE_SWEEP = 5;
// type: User: the owner sets or removes a guard key.
uint256 constant OP_TYPE_SET_GUARD = 6;
// type: User: the owner chooses portfolio or standard margin.
uint256 constant OP_TYPE_SET_MARGIN_MODE = 7;
// type: System: an account under portfolio margin gets a certificate, is auctioned, or comes
// under standard margin.
uint256 constant OP_TYPE_REVALUE = 8;
// type: User: legs that two accounts agreed on.
uint256 constant OP_TYPE_BLOCK_TRADE = 9;
// type: User: limits of what the account's orders may fill in a while.
uint256 constant OP_TYPE_SET_PROTECTION = 10;
// type: User: a stop or a take-profit is placed or taken back.
uint256 constant OP_TYPE_SET_TRIGGER = 11;
// type: Attesters: the tier of an account.
uint256 constant OP_TYPE_ATTEST = 12;
// type: User: a fraction of a portfolio that is auctioned.
uint256 constant OP_TYPE_BID = 13;
// type: Attesters, with a guarantor: the credit of an account.
uint256 constant OP_TYPE_ATTEST_CREDIT = 16;
// type: Anyone: credit that has ended goes back to its guarantor.
uint256 constant OP_TYPE_RELEASE_CREDIT = 17;
// type: User, from the inbox only: the owner leaves a position.
uint256 constant OP_TYPE_FORCED_CLOSE = 14;
// type: User: a time from which on the account's orders are dead.
uint256 constant OP_TYPE_SET_CANCEL_AT = 15;
// type: System: a position of an account below maintenance is closed.
uint256 constant OP_TYPE_LIQUIDATE = 32;
// type: System: the house trades out through the book.
uint256 constant OP_TYPE_UNWIND = 33;
// type: System: a trigger whose price has come becomes an order.
uint256 constant OP_TYPE_FIRE_TRIGGER = 34;
// type: System: a sample of a perpetual's funding.
uint256 constant OP_TYPE_FUNDING = 64;
// type: System: the house's lots are closed against the other side.
uint256 constant OP_TYPE_DELEVERAGE = 65;
// type: System: an underlying has had no price for a day.
uint256 constant OP_TYPE_ANNOUNCE_ORPHAN = 66;
// type: System: an instrument of an orphan is settled at the last price.
uint256 constant OP_TYPE_SETTLE_ORPHAN = 67;
// type: System: a position in a settled instrument becomes cash.
uint256 constant OP_TYPE_SETTLE_POSITION = 68;
// type: System: reporters' forward and surface of an expiry.
uint256 constant OP_TYPE_SURFACE = 69;
// type: System: marks and Greeks of a call and a put, or their settlement.
uint256 constant OP_TYPE_REPRICE = 70;
// type: System: the index is added to an expiry's average.
uint256 constant OP_TYPE_EXPIRY_SAMPLE = 71;
// type: System: reporters' settlement price of an expiry.
uint256 constant OP_TYPE_SETTLE_EXPIRY = 72;

// --- pool. Money of the venue that is not an account's.
// pool: What is left of fees.
uint256 constant POOL_FEE_POOL = 1;
// pool: Lends to houses, and bears what they cannot.
uint256 constant POOL_INSURANCE_FUND = 2;

// --- guard_mode. What a SetGuard does.
// mode: The key becomes the guard key. The one in force has to sign too.
uint256 constant GUARD_MODE_SET = 0;
// mode: Its removal in GUARD_DELAY_MS, by the owner alone.
uint256 constant GUARD_MODE_ANNOUNCE = 1;
// mode: An announced removal is stopped, by the owner alone.
uint256 constant GUARD_MODE_KEEP = 2;
// mode: At once; the one in force has to sign too.
uint256 constant GUARD_MODE_REMOVE = 3;

// --- action_kind. First byte of an action.
// kind: A new order.
uint256 constant ACTION_KIND_PLACE = 1;
// kind: One order, by slot and serial.
uint256 constant ACTION_KIND_CANCEL = 2;
// kind: All orders of an instrument (0: of all instruments).
uint256 constant ACTION_KIND_CANCEL_ALL = 3;
// kind: A resting order gets new terms.
uint256 constant ACTION_KIND_REPLACE = 4;
// kind: A bid and an ask of one instrument, each where its last one rested.
uint256 constant ACTION_KIND_QUOTE = 5;

// --- time_in_force. Bits 5 and 6 of an action's flags.
// tif: Good till cancelled.
uint256 constant TIME_IN_FORCE_GTC = 0;
// tif: Good till its expiry.
uint256 constant TIME_IN_FORCE_GTD = 1;
// tif: Immediate or cancel.
uint256 constant TIME_IN_FORCE_IOC = 2;
// tif: Fill or kill.
uint256 constant TIME_IN_FORCE_FOK = 3;

// --- self_trade. Bits 3 and 4 of an action's flags: whom self-trade prevention cancels.
// mode: Default.
uint256 constant SELF_TRADE_CANCEL_TAKER = 0;
// mode: Matching goes on.
uint256 constant SELF_TRADE_CANCEL_MAKER = 1;
// mode: Both.
uint256 constant SELF_TRADE_CANCEL_BOTH = 2;

// --- order_flag. Flags of an order record; SELL, POST_ONLY and REDUCE_ONLY have the same bits
// --- in an action's flags.
// flag: Side.
uint256 constant ORDER_FLAG_SELL = 1;
// flag: Only in actions.
uint256 constant ORDER_FLAG_POST_ONLY = 2;
// flag: Never grows or flips a position.
uint256 constant ORDER_FLAG_REDUCE_ONLY = 4;
// flag: Only in records: the slot holds a resting order; without it the slot is free.
uint256 constant ORDER_FLAG_LINKED = 128;

// --- ordered_form. Bits 0 to 4 of the form of a user op in a segment. Bits 5 to 7 count a
// --- bundle's actions, less one; they are 0 in other ops.
// flag: The expiry has six bytes of milliseconds; else four of seconds.
uint256 constant ORDERED_FORM_EXPIRY_WHOLE = 1;
// flag: max_l1_fee has eight bytes of micro-USD; else two of 1,000 micro-USD.
uint256 constant ORDERED_FORM_L1_FEE_WHOLE = 2;
// flag: max_fee has four bytes; else two. Only of a bundle.
uint256 constant ORDERED_FORM_MAX_FEE_WHOLE = 4;
// flag: All actions or none. Only of a bundle.
uint256 constant ORDERED_FORM_ATOMIC = 8;
// flag: Two signatures follow, the second the guard key's. Never of a bundle.
uint256 constant ORDERED_FORM_GUARDED = 16;

// --- message_kind. Kinds of inbox message.
// kind: A new account.
uint256 constant MESSAGE_KIND_REGISTER = 1;
// kind: Collateral arrived.
uint256 constant MESSAGE_KIND_DEPOSIT = 2;
// kind: An op forced through L1.
uint256 constant MESSAGE_KIND_USER_OP = 3;
// kind: Listing, parameters, reporters.
uint256 constant MESSAGE_KIND_GOVERNANCE = 4;
// kind: What L1 costs now.
uint256 constant MESSAGE_KIND_L1_REPORT = 5;
// kind: Money for a pool.
uint256 constant MESSAGE_KIND_PAY_IN = 6;

// --- governance. First byte of a governance message's payload.
// action: A new underlying.
uint256 constant GOVERNANCE_ACTION_LIST_UNDERLYING = 1;
// action: A new instrument.
uint256 constant GOVERNANCE_ACTION_LIST_INSTRUMENT = 2;
// action: Parameters and status of an instrument.
uint256 constant GOVERNANCE_ACTION_SET_INSTRUMENT = 3;
// action: The underlying that turns wei into USD.
uint256 constant GOVERNANCE_ACTION_SET_ETH = 6;
// action: Reporter set and quorum.
uint256 constant GOVERNANCE_ACTION_SET_REPORTERS = 4;
// action: How margins grow with the age of a price.
uint256 constant GOVERNANCE_ACTION_SET_LATENCY = 5;
// action: Money of a pool to an account.
uint256 constant GOVERNANCE_ACTION_PAY_OUT = 7;
// action: A new expiry of an underlying.
uint256 constant GOVERNANCE_ACTION_LIST_EXPIRY = 8;
// action: A call and a put of an expiry and a strike.
uint256 constant GOVERNANCE_ACTION_LIST_OPTIONS = 9;
// action: Attester set and quorum.
uint256 constant GOVERNANCE_ACTION_SET_ATTESTERS = 10;

// --- instrument_kind. Kinds of instrument.
// kind: First product.
uint256 constant INSTRUMENT_KIND_PERPETUAL = 1;
// kind: Ends at its expiry: no funding, settled at the average of the last half hour.
uint256 constant INSTRUMENT_KIND_FUTURE = 2;
// kind: European, cash-settled. Its put has the next number.
uint256 constant INSTRUMENT_KIND_CALL = 3;
// kind: Listed with its call.
uint256 constant INSTRUMENT_KIND_PUT = 4;

// --- instrument_status. What an instrument admits.
// status: Everything.
uint256 constant INSTRUMENT_STATUS_ACTIVE = 1;
// status: Only reduce-only orders.
uint256 constant INSTRUMENT_STATUS_REDUCE_ONLY = 2;
// status: Only cancels.
uint256 constant INSTRUMENT_STATUS_HALTED = 3;
// status: Settled for good: positions become cash. Never set by governance.
uint256 constant INSTRUMENT_STATUS_SETTLED = 4;

// --- rollup. Shapes, bounds and defaults of the L1 contracts; deployments set the times, bonds
// --- and rates.
// version: First header.
uint8 constant HEADER_VERSION = 1;
// data kind: Data in logs; blobs come later.
uint8 constant DATA_KIND_LOGS = 1;
// messages: Messages of a batch: L1 can always afford them, and the hashes that lead a challenge
// from a message to the header, 32 bytes each, fill no more than what a message is shorter than
// a segment.
uint256 constant BATCH_INBOX_MAX = 64;
// Batches come at this average distance in L1's time: six a block of 12 seconds, more than a
// sequencer can pay for.
uint256 constant BATCH_SPACING_SECONDS = 2;
// batches: Batches that may come at once: 2,048 seconds of them after an outage.
uint256 constant BATCH_BURST = 1_024;
// keys: Keys that may take over from each other: a leader and more standbys than anybody runs,
// and a rotation stays cheap.
uint256 constant SEQUENCER_KEYS_MAX = 16;
// epochs: How far one take-over may raise the epoch: nodes can take over several times before L1
// sees one of them, and a key that leaps on purpose needs 2**24 transactions to use up the 32
// bits.
uint256 constant SEQUENCER_EPOCH_LEAP_MAX = 256;
// 2**19. batches: Batches and claims that L1 remembers: (2**19 - BATCH_BURST) *
// BATCH_SPACING_SECONDS = 12.1 days at the highest rate; window, forced inclusion and grace take
// 7.75, so claims may come four days late; 72 days at a batch a block.
uint256 constant BATCH_RING = 524_288;
// 1_024. messages: Places of the Inbox that only governance messages may take: whoever fills the
// rest, for 16 ether of gas at 1 gwei and the fees, does not keep the remedy out. A new fee
// takes no message, a listing a handful.
uint256 constant GOVERNANCE_ROOM = 1_024;
// 2**19. exits: Exits that wait: at the default rate that many of the most expensive ones are
// consumed in 4.7 days, so a flood of them freezes nothing while batches flow. One an account,
// so it takes half a million accounts to fill it; then `submit` takes the op still.
uint256 constant EXIT_RING = 524_288;
// 5 * 52_429. messages: Messages that wait: 262,145 last for forced inclusion and grace, 18
// hours, at four a second, five times the bundles that the default rate admits. Three of them
// share a word of times and charges.
uint256 constant MESSAGE_RING = 262_145;
// segments: Roots of a claim: 32 KB of calldata.
uint256 constant BATCH_SEGMENTS_MAX = 1_024;
// 7 * 86_400. Default: a week, as optimistic rollups have.
uint256 constant CHALLENGE_WINDOW_SECONDS = 604_800;
// 12 * 3_600. Default: a batch may not leave an older message.
uint256 constant FORCE_INCLUSION_SECONDS = 43_200;
// 6 * 3_600. Default: overdue by this, anyone posts the inbox.
uint256 constant SEQUENCER_GRACE_SECONDS = 21_600;
// 600. Default: header time behind L1's clock.
uint256 constant MAX_LAG_SECONDS = 600;
// 2**24. gas: EIP-7825: gas of the most expensive challenge.
uint256 constant CHALLENGE_GAS_STRESS = 16_777_216;
// challenges: A bond is worth four of the most expensive challenges: half of it burns, the other
// half pays two.
uint256 constant BOND_CHALLENGES = 4;
// 7 * 86_400. Except on test chains: a week, in which L1 cannot be kept from including a
// challenge.
uint256 constant WINDOW_SECONDS_MIN = 604_800;
// 10 * 86_400. Claims of this window still become final before the ring of batches is full, at
// the highest rate.
uint256 constant WINDOW_SECONDS_MAX = 864_000;
// 10**9. wei: A bond of 0.067 ether.
uint256 constant STRESS_GAS_PRICE_WEI_MIN = 1_000_000_000;
// 10**13. wei: 10,000 gwei, more than L1 ever asked: a bond of 671 ether.
uint256 constant STRESS_GAS_PRICE_WEI_MAX = 10_000_000_000_000;
// 10**12. wei: The price of a million law-gas while nothing waits: to make messages wait an hour
// costs 0.39 ether at the default rate, besides the gas.
uint256 constant INBOX_FEE_PER_MEGA_WEI_MIN = 1_000_000_000_000;
// 10**15. wei: 0.003 ether for the most expensive exit: it stays affordable, whoever governs.
uint256 constant INBOX_FEE_PER_MEGA_WEI_MAX = 1_000_000_000_000_000;
// A message pays once more for each such time of work that waits before it.
uint256 constant INBOX_FEE_DOUBLING_SECONDS = 60;
// 10**6. micro-USD: Default: a deposit that is worth less than its transaction only fills the
// Inbox.
uint256 constant MINIMUM_DEPOSIT_MICRO_USD = 1_000_000;
// 10**9. micro-USD: 1,000 USD: whoever governs cannot shut small accounts out with it.
uint256 constant MINIMUM_DEPOSIT_MICRO_USD_MAX = 1_000_000_000;

// --- escape. Payments, the freeze and the escape: defaults, which are also the floors except on
// --- test chains.
// 7 * 86_400. How long a message is overdue before anyone freezes. A full Inbox of the most
// expensive messages is consumed in 6.1 days at the default rate: a flood freezes nothing while
// batches flow.
uint256 constant FREEZE_OVERDUE_SECONDS = 604_800;
// 14 * 86_400. How long nothing may become final; never less than two windows.
uint256 constant FREEZE_FINALITY_SECONDS = 1_209_600;
// 3 * 86_400. In which what was posted before a freeze is claimed; a window of disputes follows.
uint256 constant PROPOSAL_SECONDS = 259_200;
// 7 * 86_400. In which claims are proved before payments begin.
uint256 constant ESCAPE_CLAIM_SECONDS = 604_800;
// 60 * 86_400. The longest that each of these times may be.
uint256 constant ESCAPE_SECONDS_MAX = 5_184_000;
// ppm: What the Vault pays in a day, as a share of custody; the rest waits in order. A hole in
// the law is noticed before it is empty.
uint256 constant DAILY_SHARE_PPM = 250_000;
// ppm: Nobody is made to wait much longer than ten days.
uint256 constant DAILY_SHARE_PPM_MIN = 100_000;
// 100_000 * 10**6. micro-USD: What the Vault pays in a day at least: so that the last one out is
// not paid a quarter of the rest forever.
uint256 constant DAILY_MIN_MICRO_USD = 100_000_000_000;
// 1_000 * 10**6. micro-USD: The last 1,000 USD leave within a day.
uint256 constant DAILY_MIN_MICRO_USD_FLOOR = 1_000_000_000;
// 45 * 86_400. For which payments pause when the law was shown two results of the same inputs:
// another law takes 31 days by default, and users then decide whether they stay.
uint256 constant FAULT_PAUSE_SECONDS = 3_888_000;
// 7 * 86_400. For which the council pauses payments: time to find out what happened, and not to
// live with it.
uint256 constant PAUSE_SECONDS = 604_800;
// 21 * 86_400. After a pause, in which it cannot pause again: payments flow three weeks of four,
// whatever the council does.
uint256 constant PAUSE_REST_SECONDS = 1_814_400;
// In which members must agree: approvals are not collected for later.
uint256 constant COUNCIL_APPROVAL_SECONDS = 86_400;
// members: More than any council has.
uint256 constant COUNCIL_MEMBERS_MAX = 32;
// 14 * 86_400. Before a sequencer takes the stake behind its receipts back: whoever holds a
// broken one learns of it at once.
uint256 constant PROMISE_UNLOCK_SECONDS = 1_209_600;
// gas: What a queued payment's transfer may use: a token that then fails refuses the recipient,
// whoever called. Thirty times a usual transfer.
uint256 constant PAYMENT_GAS = 1_000_000;

// --- typed_data. EIP-712 types, from proto/operations.toml.
// The domain: verifyingContract is the Rollup.
bytes32 constant EIP712_DOMAIN_TYPEHASH = hex"8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f";
// One readable shape for every action; fields that an action lacks are zero. A quote is two of
// them.
bytes32 constant ACTION_TYPEHASH = hex"1faf6777062698ee9d507aef016da3be5954f571fca71fcae73a93c51ac318f2";
// A user's list of actions.
bytes32 constant BUNDLE_TYPEHASH = hex"05ca7df72742c0d06f41c5137b2a069417dbecaa9250224aa21f7c01be41a141";
// The owner takes collateral out.
bytes32 constant WITHDRAW_TYPEHASH = hex"85bc818952d7f517536f61a32d642d11305e345e354bbb4c49cee14c3ae5fc33";
// The owner delegates a key.
bytes32 constant SET_SESSION_TYPEHASH = hex"294d4fc1a729270cf554a65c74a9aa805dd0dd5c18400fc06d5c305bd83b9208";
// The owner sets or removes a guard key.
bytes32 constant SET_GUARD_TYPEHASH = hex"ee55d75d0ad2c83a872b9941e41df986dfb1c8c29d769642fab43919b4b4c19c";
// Portfolio margin on an underlying, or standard margin.
bytes32 constant SET_MARGIN_MODE_TYPEHASH = hex"9d81bd7c4d80b8466a83c02425721f720fc200979e6ecfddfe1213f2369fe4b8";
// When the account's orders die.
bytes32 constant SET_CANCEL_AT_TYPEHASH = hex"b37d0bc4483b77dfe501de9451244ae47d8bbfe8699db14dc96809dea7fc6132";
// Limits of what the account's orders may fill in a while.
bytes32 constant SET_PROTECTION_TYPEHASH = hex"dc04be634566f83164723d03aa4df945aeb0aec6b8d05479c43055d234128674";
// One leg of a block trade.
bytes32 constant BLOCK_LEG_TYPEHASH = hex"bb545c7d8e917d3bfd33a4960b55c62c37738594b453423900354637e18f5a3e";
// What the counterparty of a block trade signs.
bytes32 constant BLOCK_CONSENT_TYPEHASH = hex"0717e06bc1a99bf619585a608b53595aeb931f0f9e6870a1728283515e67da02";
// What the submitter of a block trade signs.
bytes32 constant BLOCK_TRADE_TYPEHASH = hex"aba00ef378f639ba5b5f13b9a15ddc9b5802e8a106b82eb64f04e230323b0fa1";
// A trigger of the account; of one that is taken back all is 0 from sell to clientId.
bytes32 constant SET_TRIGGER_TYPEHASH = hex"aef146988a6573f331fc7a1a2d7e85b592d60c2b2c7a4ca7100ecb996b27d2ed";
// A fraction of a portfolio that is auctioned.
bytes32 constant BID_TYPEHASH = hex"deee537a7d6bd68be641b92a76e3bb3c3d15d8de7f619cc5d0c81b5e777e1297";
// The owner leaves a position.
bytes32 constant FORCED_CLOSE_TYPEHASH = hex"90a213952f87d00585e3c73324c5e82cf398858f0e06cea8094e6a0b51e700bf";
// What an attester says of an account.
bytes32 constant ATTEST_TYPEHASH = hex"34e0adf6b778d439049d7c6af5ff67f88005b33597b6221b5d89c2c558f37be7";
// What an attester says of an account's credit, and what its guarantor consents to.
bytes32 constant CREDIT_TYPEHASH = hex"d8bde084f740d9eb0f6ba2aa8ac4d347ea4062338c09c7b12b1c77e694fb5194";
// A reporter's price.
bytes32 constant INDEX_PRICE_TYPEHASH = hex"cdecefdee5ff359c2535d51386ebd1c2a32fe147b9f5b6220c7987c4aa7c31f9";
// A reporter's forward of an expiry, and a surface.
bytes32 constant SURFACE_TYPEHASH = hex"2df8f0dd91d72871ec027839dbd9c01e421eee7106753373389d775897eebddb";
// A reporter's settlement price.
bytes32 constant SETTLE_EXPIRY_TYPEHASH = hex"fb57be1ab6d16a78201c0538d38a27739d0e10b017d0de65172a8d7415177142";
// Domain name.
bytes32 constant EIP712_NAME_HASH = hex"882b18e9d579fd5a58df7c430f8d7241634b011eb6c453b521acedd049af6446";
// Domain version.
bytes32 constant EIP712_VERSION_HASH = hex"c89efdaa54c0f20c7adf612882df0950f5a951637e0307cdcb4c672f298b8bc6";

// --- reserve_charges. What the Inbox charges for the worst reserve of an op
// --- (docs/protocol/capacity.md).
// law-gas: Element i: of i + 1 actions.
uint256 constant RESERVE_CHARGE_BUNDLE_PACKED = 0x365b680032d7780030fc50002f30f0002e7060002dfb30002b9fa0002b2a70;
// law-gas: Collateral out. A portfolio account is revalued.
uint256 constant RESERVE_CHARGE_WITHDRAW = 628_776;
// law-gas: Gives a session slot a key, or takes it away.
uint256 constant RESERVE_CHARGE_SET_SESSION = 77_344;
// law-gas: Sets, announces the removal of, or keeps a guard key.
uint256 constant RESERVE_CHARGE_SET_GUARD = 71_128;
// law-gas: When the account's orders die unless it is moved ahead.
uint256 constant RESERVE_CHARGE_SET_CANCEL_AT = 71_128;
// law-gas: Portfolio margin, which the account is revalued for, or standard margin.
uint256 constant RESERVE_CHARGE_SET_MARGIN_MODE = 589_576;
// law-gas: Up to eight legs between two accounts, both signatures, both margin tests. A
// portfolio account is revalued.
uint256 constant RESERVE_CHARGE_BLOCK_TRADE = 1_543_408;
// law-gas: Limits of what an account's orders may fill.
uint256 constant RESERVE_CHARGE_SET_PROTECTION = 71_128;
// law-gas: Places or takes back a stop or a take-profit.
uint256 constant RESERVE_CHARGE_SET_TRIGGER = 86_632;
// law-gas: Attesters say the tier of an account; their addresses are in the global record.
uint256 constant RESERVE_CHARGE_ATTEST = 106_768;
// law-gas: Attesters say the credit of an account, a guarantor consents: the margin of the
// guarantor's account is tested.
uint256 constant RESERVE_CHARGE_ATTEST_CREDIT = 298_216;
// law-gas: Credit that has ended goes back to the guarantor, once the account holds maintenance
// without it.
uint256 constant RESERVE_CHARGE_RELEASE_CREDIT = 217_216;
// law-gas: A fraction of a portfolio that is auctioned: its account is revalued before and
// after, the bidder's margin is tested. A bidder under portfolio margin is revalued.
uint256 constant RESERVE_CHARGE_BID = 2_064_608;
// law-gas: From the inbox only: IOC within the band, then the house.
uint256 constant RESERVE_CHARGE_FORCED_CLOSE = 2_340_408;
// law-gas: Computes a portfolio account's requirement in full, and stores it as its certificate,
// has it be auctioned, or has it come under standard margin.
uint256 constant RESERVE_CHARGE_REVALUE = 563_752;
// law-gas: One account, one instrument: cancel-all, IOC at the zero price, the rest to the
// house.
uint256 constant RESERVE_CHARGE_LIQUIDATE = 1_841_848;
// law-gas: The house trades out through the book.
uint256 constant RESERVE_CHARGE_UNWIND = 1_528_080;
// law-gas: A trigger whose price has come becomes an IOC order.
uint256 constant RESERVE_CHARGE_FIRE_TRIGGER = 2_325_152;
// law-gas: Reporters' prices of an underlying.
uint256 constant RESERVE_CHARGE_INDEX_PRICE = 149_872;
// law-gas: Reporters' forward, SVI and rate of an expiry.
uint256 constant RESERVE_CHARGE_SURFACE = 158_464;
// law-gas: A sample: walks of both sides to the impact notional.
uint256 constant RESERVE_CHARGE_FUNDING = 533_624;
// law-gas: Removes dead orders, and such as lie beyond the band.
uint256 constant RESERVE_CHARGE_SWEEP = 755_208;
// law-gas: The house's lots are closed against the other side, pro rata.
uint256 constant RESERVE_CHARGE_DELEVERAGE = 96_488;
// law-gas: An underlying without a price for a day.
uint256 constant RESERVE_CHARGE_ANNOUNCE_ORPHAN = 26_872;
// law-gas: Settles one instrument of an orphaned underlying at the last price.
uint256 constant RESERVE_CHARGE_SETTLE_ORPHAN = 96_488;
// law-gas: Turns a position in a settled instrument into cash.
uint256 constant RESERVE_CHARGE_SETTLE_POSITION = 119_016;
// law-gas: Marks, Greeks and arrays of a strike's call and put, or their settlement.
uint256 constant RESERVE_CHARGE_REPRICE = 211_424;
// law-gas: Adds the index to an expiry's average; the mark of its future follows.
uint256 constant RESERVE_CHARGE_EXPIRY_SAMPLE = 50_464;
// law-gas: A quorum's settlement price; the future of the expiry is settled with it.
uint256 constant RESERVE_CHARGE_SETTLE_EXPIRY = 208_912;
// law-gas: A new account, its owner's session.
uint256 constant RESERVE_CHARGE_REGISTER = 50_496;
// law-gas: Collateral arrived.
uint256 constant RESERVE_CHARGE_DEPOSIT = 43_768;
// law-gas: Listing, parameters, sets of signers, payments out of pools: the greatest is the
// listing of a strike pair.
uint256 constant RESERVE_CHARGE_GOVERNANCE = 219_032;
// law-gas: L1's base fees.
uint256 constant RESERVE_CHARGE_L1_REPORT = 24_240;
// law-gas: Anyone's payment into the fee pool or the insurance fund.
uint256 constant RESERVE_CHARGE_PAY_IN = 24_240;
