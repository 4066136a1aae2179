"""Constants of the protocol. Generated from proto/params.toml: do not edit."""

from enum import IntEnum, IntFlag
from typing import Final

# tree. Heights of the sixteen trees of the state (docs/protocol/state.md, forest). A record's
# witness weight grows with them.

# kinds: Sixteen from the start: a new kind of record needs no new shape of root.
KINDS: Final = 16

# A key is the kind of its record, 8 bits, then its id.
KEY_ID_BITS: Final = 56

# levels: 4,194,303 accounts; each level costs 32 bytes of every scattered witness.
ACCOUNT_HEIGHT: Final = 22

# levels: Four slots an account, keyed next to one another.
SESSION_HEIGHT: Final = ACCOUNT_HEIGHT + 2  # = 24

# levels: 255 underlyings.
UNDERLYING_HEIGHT: Final = 8

# levels: 4,095 instruments: option chains of tens of underlyings.
INSTRUMENT_HEIGHT: Final = 12

# bits: 262,143 resting orders an instrument.
ORDER_SLOT_BITS: Final = 18

# levels: An order's id is its instrument, then its slot.
ORDER_HEIGHT: Final = INSTRUMENT_HEIGHT + ORDER_SLOT_BITS  # = 30

# bits: Eight places for each account and instrument.
TRIGGER_PLACE_BITS: Final = 3

# levels: A trigger's id is its account, its instrument, then its place.
TRIGGER_HEIGHT: Final = ACCOUNT_HEIGHT + INSTRUMENT_HEIGHT + TRIGGER_PLACE_BITS  # = 37

# prefix. First bytes of what is hashed: no two meanings share one.

# byte: Leaf of the state: prefix, key, record.
PREFIX_LEAF: Final = 0

# byte: Inner node of the state.
PREFIX_NODE: Final = 1

# byte: State root over the sixteen kind roots.
PREFIX_STATE: Final = 2

# byte: Leaf of a static list.
PREFIX_LIST_LEAF: Final = 3

# byte: Inner node of a static list.
PREFIX_LIST_NODE: Final = 4

# byte: Commitment to a static list: count and root.
PREFIX_LIST: Final = 5

# byte: Batch hash: header and segments.
PREFIX_BATCH: Final = 6

# byte: Claim hash.
PREFIX_CLAIM: Final = 7

# segment. What a segment may hold. A segment is the unit of roots and of disputes.

# ops: Amortises the top of the trees; of scattered single-action bundles the witness admits 8
# (places) to 16 (cancels).
SEGMENT_OPS_MAX: Final = 16

# bytes: Segment data is part of the challenge's calldata.
SEGMENT_BYTES_MAX: Final = 4_096

# bytes: Nodes relay at most 131,072 bytes a transaction.
BATCH_BYTES_MAX: Final = 120_000

# milliseconds: A segment's time lies at most this far before its header's.
BATCH_SPAN_MS: Final = 60_000

# bytes: Holds the largest user op and a twelve-reporter price.
INBOX_MESSAGE_BYTES_MAX: Final = 2_048

# weight. Weights bound a segment (docs/protocol/weight.md). Calibrated by `strikeproof bench
# dispute`.

# bytes: 120,000 bytes of challenge less segment, message, paths and bitmap.
WITNESS_WEIGHT_MAX: Final = 110_000

# gas: 8,000,000 all-in less calldata and hashing of the largest witness.
COMPUTE_WEIGHT_MAX: Final = 3_000_000

# bytes: A record's key and word count in the witness.
WEIGHT_RECORD_BYTES: Final = 9

# gas: An op by itself: writing out and checking eight replaces that are refused takes 16,200.
COMPUTE_OP: Final = 17_000

# gas: A quote of a well-formed bundle: what writing it out takes more than a replace (eight:
# 25,400), whatever becomes of the op.
COMPUTE_QUOTE: Final = 1_200

# gas: Struct hash and ecrecover (3,000) with its call.
COMPUTE_SIGNATURE: Final = 9_000

# gas: The most expensive action, a replace that moves, without makers and margin.
COMPUTE_ACTION: Final = 30_000

# gas: One maker touch: fill, fees, removal, without margin.
COMPUTE_MAKER: Final = 25_000

# gas: One margin evaluation, its call.
COMPUTE_MARGIN: Final = 4_000

# gas: One position in a margin evaluation, deleveraged, with open orders and a gap, and half of
# its gathering.
COMPUTE_POSITION: Final = 2_200

# gas: One swept order.
COMPUTE_SWEEP: Final = 15_000

# gas: One entry settled: two 256-bit products, a keccak, three fields.
COMPUTE_SETTLE: Final = 3_000

# gas: One order that a walk of the book looks at, without its account.
COMPUTE_WALK: Final = 4_000

# gas: A funding sample without its walk.
COMPUTE_FUNDING: Final = 60_000

# gas: A liquidation without its makers and margin tests.
COMPUTE_LIQUIDATE: Final = 60_000

# gas: Bar of one deleveraging.
COMPUTE_DELEVERAGE: Final = 60_000

# gas: Median, bucket, variance and slope of one price.
COMPUTE_PRICE: Final = 15_000

# gas: Marks, Greeks and arrays of a strike's call and put, or their settlement: bar 140,000.
COMPUTE_REPRICE: Final = 150_000

# gas: A fill added to a certificate: 33 lanes, 24,000 at most, with the gathering of array,
# expiry and mark.
COMPUTE_CERTIFICATE: Final = 30_000

# gas: A full revaluation of 16 legs (bar 150,000), with the gathering of their arrays and
# expiries.
COMPUTE_REVALUE: Final = 280_000

# capacity. Charge of a segment, in law-gas (docs/protocol/capacity.md).

# law-gas: A segment by itself: trees, decoding, the call.
CHARGE_SEGMENT: Final = 100_000

# law-gas: Hashing and reading a byte of witness.
CHARGE_WITNESS_BYTE: Final = 8

# law-gas: Reading a byte of ordered data.
CHARGE_DATA_BYTE: Final = 16

# ppm: What a node declares above what was used.
DECLARED_MARGIN_PPM: Final = 250_000

# messages: Light messages that share an inbox segment.
LIGHT_MESSAGES_MAX: Final = 8

# law-gas: The most that an ordered segment is charged.
SEGMENT_CHARGE_MAX: Final = (
    CHARGE_SEGMENT
    + COMPUTE_WEIGHT_MAX
    + CHARGE_WITNESS_BYTE * WITNESS_WEIGHT_MAX
    + CHARGE_DATA_BYTE * SEGMENT_BYTES_MAX
)  # = 4_045_536

# weight: What a void segment answers for both weights.
VOID_WEIGHT: Final = 2**32 - 1  # = 4_294_967_295


class SegmentFamily(IntEnum):
    """First byte of a segment: which law executes it."""

    # Bundles: what users sign by the thousand.
    TRADE = 1
    # Ops that close positions, in order of need.
    KEEPER = 2
    # Prices, sweeps, and what else keeps the venue going.
    UPKEEP = 3
    # What else users sign: withdrawals, keys, triggers, blocks.
    ACCOUNT = 4
    # Messages of L1, whichever law executes them.
    INBOX = 5


class SegmentFlag(IntFlag):
    """The byte of flags that the law answers."""

    # The segment passed its declaration: nothing changed but the clock.
    VOID = 1


# limits. Bounds of the law.

# positions: A margin evaluation is bounded.
POSITIONS_MAX: Final = 16

# slots: Slot 0 is the owner.
SESSION_SLOTS: Final = 4

# milliseconds: In which the owner alone can stop the removal of a guard key.
GUARD_DELAY_MS: Final = 3 * 86_400_000  # = 259_200_000

# nonces: Bitmap beside the 64-bit base in one word.
NONCE_WINDOW: Final = 192

# actions: In a bundle.
ACTIONS_MAX: Final = 8

# orders: For an account on one instrument: one account cannot wall a book.
OPEN_ORDERS_MAX: Final = 64

# orders: For an account on one instrument, dead ones that are still linked included: slots
# cannot be used up for nothing.
LINKED_ORDERS_MAX: Final = 128

# legs: In a block trade.
BLOCK_LEGS_MAX: Final = 8

# orders: In a Sweep.
SWEEP_MAX: Final = 16

# triggers: For an account on one instrument: a stop, a take-profit, and some in steps.
TRIGGERS_MAX: Final = 2**TRIGGER_PLACE_BITS  # = 8

# reporters: Twelve recoveries fit a segment easily.
REPORTERS_MAX: Final = 12

# lots: Width of an order's lots.
ORDER_LOTS_MAX: Final = 2**40 - 1  # = 1_099_511_627_775

# lots: |position| with all its open orders: value stays below 2**96 micro-USD.
POSITION_LOTS_MAX: Final = 2**40 - 1  # = 1_099_511_627_775

# micro-USD: Magnitude of a collateral, pool or total: below its 128-bit field.
MONEY_MAX: Final = 2**126  # = 0x40000000000000000000000000000000

# parts: Fractions are parts per million.
PPM: Final = 1_000_000

# milliseconds: Nothing trades on an index price older than this.
INDEX_STALE_MS: Final = 60_000

# ppm: A tenth of every fee feeds the insurance fund, rounded down.
INSURANCE_SHARE_PPM: Final = 100_000

# ppm: No instrument admits fills further than half its mark away.
PRICE_BAND_PPM_MAX: Final = 500_000

# ppm: No fee above five percent.
FEE_PPM_MAX: Final = 50_000

# attestations. Attesters of tiers (docs/protocol/attestations.md).

# attesters: Four of seven is more than a venue asks; their addresses lie in the global record,
# which every segment brings.
ATTESTERS_MAX: Final = 7

# signers: Both lie in the global record.
SIGNERS_MAX: Final = REPORTERS_MAX + ATTESTERS_MAX  # = 19

# milliseconds: A tier is said again within a year and a month, or lapses.
ATTESTED_MS_MAX: Final = 400 * 86_400_000  # = 34_560_000_000

# credit. Credit of guarantors (docs/protocol/credit.md).

# milliseconds: In the last day credit falls to nothing in a straight line: nobody loses all of
# it in one moment.
CREDIT_DECAY_MS: Final = 24 * 60 * 60_000  # = 86_400_000

# signatures: The guarantor's owner, and its guard key.
CREDIT_CONSENTS_MAX: Final = 2

# milliseconds: Terms of credit are in minutes: 45 days fit 16 bits.
MINUTE_MS: Final = 60_000

# makers. Makers that a bundle may touch; the witness generator proves that each fits
# (docs/protocol/weight.md).

# orders: A step of the table below: a replace reserves six order keys, a place four, a cancel
# three, a quote twelve.
ORDER_KEYS_STEP: Final = 7

# makers: Element i: where the actions reserve up to (i + 1) * ORDER_KEYS_STEP - 1 order keys.
MAKER_TOUCHES_BY_KEYS: Final = (8, 8, 7, 6, 5, 5, 5, 4, 4, 3, 3, 2, 2, 2)

# makers: For a liquidation, an unwinding, a trigger or a forced close.
LIQUIDATION_TOUCHES_MAX: Final = 8

# books. Bounds of books (docs/protocol/matching.md).

# orders: Worst orders of full sides that a bundle may push out: each brings an account.
EVICTIONS_MAX: Final = 1

# orders: Linked orders of a side: a quarter of the slots of an instrument.
BOOK_SIDE_MAX: Final = 2**16  # = 65_536

# prices. Bounded prices and the latency buffer (docs/protocol/prices.md).

# A share of the index for each second of publish time: 12 % a minute.
BUCKET_RATE_PPM: Final = 2_000

# What the index can move at once after fifteen quiet seconds.
BUCKET_CAPACITY_PPM: Final = 30_000

# milliseconds: Between two accepted prices of an underlying.
PUBLISH_SPACING_MS: Final = 500

# nano-USD: 1.15 billion USD: products with ppm and 2**32 stay below 2**128.
INDEX_PRICE_MAX: Final = 2**60 - 1  # = 1_152_921_504_606_846_975

# milliseconds: Until then the slope counts, from then on the tail.
STALENESS_FREE_MS: Final = 60_000

# ppm a second: After eleven minutes nothing but full collateral passes.
STALENESS_TAIL_PPM: Final = 1_500

# ppm a second: At most 96 % after a minute.
SLOPE_PPM_MAX: Final = 16_000

# fractions. Binary places and bounds of what is pending (docs/protocol/funding.md).

# parts: Funding indices and lots of the eager ledger have 32 binary places: a relative error of
# 2**-32 a step.
FRACTION: Final = 2**32  # = 4_294_967_296

# funding. Continuous funding (docs/protocol/funding.md).

# milliseconds: Between two samples of an instrument.
FUNDING_SPACING_MS: Final = 5_000

# milliseconds: The longest time that a sample accrues for.
FUNDING_SPAN_MS: Final = 60_000

# milliseconds: Rates are quoted per eight hours, as on other venues.
FUNDING_PERIOD_MS: Final = 8 * 3_600_000  # = 28_800_000

# orders: Makers that a sample looks at on each side, dead ones too.
FUNDING_WALK_MAX: Final = 8

# ppm: How far interest pulls the rate towards itself.
FUNDING_CLAMP_PPM: Final = 500

# ppm: The most that governance may set: 4 % in eight hours.
FUNDING_CAP_PPM_MAX: Final = 40_000

# micro-USD a lot * 2**32: Beyond it a sample is a no-op: a position times it fits 2**135.
FUNDING_INDEX_MAX: Final = 2**94  # = 0x400000000000000000000000

# liquidation. Liquidation, houses, deleveraging (docs/protocol/liquidation.md).

# ppm: A liquidation closes at least a fifth of the position.
CLOSE_MIN_PPM: Final = 200_000

# ppm: Beta: equity reaches 1.1 times maintenance.
CLOSE_TARGET_PPM: Final = 1_100_000

# ppm: A house's limit from the mark at the takeover.
UNWIND_START_PPM: Final = 3_000

# milliseconds: Until the limit is the band.
UNWIND_WIDEN_MS: Final = 600_000

# ppm: A share of the house's lots in each window.
UNWIND_SHARE_PPM: Final = 100_000

# milliseconds: The window of the share above.
UNWIND_WINDOW_MS: Final = 30_000

# ppm: An instrument's loans in a day, as a share of the fund's balance at the day's start.
LOAN_INSTRUMENT_PPM: Final = 100_000

# ppm: The same of all instruments together.
LOAN_VENUE_PPM: Final = 300_000

# 1/256: A deleveraging leaves the other side at least 1/256, so that its factor never reaches
# zero at once.
DELEVERAGE_LEFT: Final = 255

# factor: A new instrument's factor; it only falls.
FACTOR_ONE: Final = 2**63  # = 9_223_372_036_854_775_808

# factor: Below it an instrument is settled for good: rounding would count.
FACTOR_MIN: Final = 2**39  # = 549_755_813_888

# orphans. Underlyings without prices.

# milliseconds: Age of the last price before an announcement.
ORPHAN_AGE_MS: Final = 86_400_000

# milliseconds: From the announcement to the settlement.
ORPHAN_NOTICE_MS: Final = 86_400_000

# expiries. Forwards, samples and settlements (docs/protocol/expiries.md).

# parts: Forwards are parts per billion of the index: a tick of the finest instrument.
PPB: Final = 1_000_000_000

# ppb: A forward is at least half of the index.
FORWARD_PPB_MIN: Final = 500_000_000

# ppb: And at most twice the index: the part that follows the index fits 32 bits.
FORWARD_PPB_MAX: Final = 2_000_000_000

# ppm a second: What a forward may move against the index in a second of publish time: a quarter
# of the index's own.
FORWARD_RATE_PPM: Final = 500

# ppm: What it may move at once, however long nobody reported.
FORWARD_REACH_PPM: Final = 10_000

# milliseconds: A settlement is the average of the last half hour: the venue's peers do the same.
SETTLEMENT_WINDOW_MS: Final = 1_800_000

# milliseconds: Between two samples of an expiry.
SAMPLE_SPACING_MS: Final = 1_000

# milliseconds: The longest time that a sample counts for: who omits samples leaves a hole, and
# weighs none of the others more.
SAMPLE_SPAN_MS: Final = 5_000

# milliseconds: Samples that cover four fifths bind the settlement.
SETTLEMENT_COVERED_MS: Final = SETTLEMENT_WINDOW_MS * 4 // 5  # = 1_440_000

# ppm: How far a settlement may lie from what was sampled.
SETTLEMENT_BOUND_PPM: Final = 3_000

# milliseconds: From then on samples no longer bind: whoever omits a fifth of them delays a
# settlement and cannot prevent it.
SETTLEMENT_FREE_MS: Final = 7 * 86_400_000  # = 604_800_000

# 10^-12: A correlation.
SVI_RHO_MAX: Final = 1_000_000_000_000

# options. Marks, margin and fees of options (docs/protocol/options.md).

# underlyings: For an account with options: its entries would name more marks and arrays than a
# witness holds.
OPTION_UNDERLYINGS_MAX: Final = 8

# ppm: Beyond it from the priced forward delta and gamma no longer say what an option is worth.
OPTION_DRIFT_PPM: Final = 5_000

# milliseconds: An option that was priced longer ago is overdue: an hour's option has lost 1 % of
# its time.
OPTION_STALE_MS: Final = 60_000

# milliseconds: Between two pricings of an option, as of index prices.
REPRICE_SPACING_MS: Final = 500

# milliseconds: No option is priced from a surface that was published longer ago.
SURFACE_STALE_MS: Final = 600_000

# ppm: b: initial margin of a short option, however far it is out of the money.
OPTION_FLOOR_PPM: Final = 130_000

# ppm: Initial margin of a short put, its mark included, is at least this share of its
# maintenance margin.
OPTION_PUT_OFFSET_PPM: Final = 1_050_000

# bits: A mark is stored in 256ths of a tick, so that what delta and gamma add is not lost in
# rounding.
OPTION_PRICE_BITS: Final = 8

# bits: Delta, from -1 to 1, in 32 bits with its sign.
OPTION_DELTA_BITS: Final = 30

# bits: What delta moves by while the forward doubles: up to 65,536 in 32 bits.
OPTION_GAMMA_BITS: Final = 16

# bits: Relative to the forward: up to 4 in 24 bits.
OPTION_VEGA_BITS: Final = 22

# bits: Relative to the forward, a day: up to 8 in 32 bits with its sign.
OPTION_THETA_BITS: Final = 28

# ppm: No fee is above an eighth of the premium, as at Deribit.
OPTION_FEE_CAP_PPM: Final = 125_000

# portfolio. Portfolio margin (docs/protocol/portfolio-margin.md).

# expiries: A portfolio account has options of at most this many, so that what a revaluation
# reads is bounded.
OPTION_EXPIRIES_MAX: Final = 8

# micro-USD: The least equity that an account under portfolio margin may withdraw, trade or begin
# at.
PORTFOLIO_EQUITY_MIN: Final = 10_000 * 10**6  # = 10_000_000_000

# ppm: By this share of itself initial margin grows: arrays may be a minute, or half a percent of
# the index, behind.
PORTFOLIO_INITIAL_PPM: Final = 50_000

# ppm: And by this share of the gross notional, for options that have hours left.
PORTFOLIO_GROSS_PPM: Final = 1_000

# milliseconds: How long a certificate is valid, and what it keeps of options is as old as an
# array may be.
CERTIFICATE_AGE_MS: Final = 60_000

# milliseconds: The same where an option has less than a day left.
CERTIFICATE_AGE_LAST_DAY_MS: Final = 10_000

# ppm: How far the index may move meanwhile: as far as from an array's pricing.
CERTIFICATE_MOVE_PPM: Final = 5_000

# ppm: Where an option has less than CERTIFICATE_WEEK_MS left: gamma grows.
CERTIFICATE_MOVE_LAST_WEEK_PPM: Final = 2_500

# ppm: Where an option has less than a day left.
CERTIFICATE_MOVE_LAST_DAY_PPM: Final = 1_000

# milliseconds: From here on to the expiry the index may move half as far.
CERTIFICATE_WEEK_MS: Final = 7 * 86_400_000  # = 604_800_000

# milliseconds: From here on a fifth, for a sixth of the time.
CERTIFICATE_DAY_MS: Final = 86_400_000  # = 86_400_000

# milliseconds: A maker whose certificate is older is removed instead of passed over.
CERTIFICATE_KEPT_MS: Final = 120_000

# l1_cost. What L1 takes for an op's bytes (docs/protocol/l1-cost.md).

# gas: The floor of L1 for a byte of calldata that is not zero.
L1_BYTE_GAS: Final = 40

# ppm: Weight of a new report in the average.
L1_EMA_PPM: Final = 125_000

# milliseconds: Between two reports that count.
L1_REPORT_SPACING_MS: Final = 60_000

# wei: Reported prices above it count as this: products stay within 256 bits.
L1_PRICE_MAX: Final = 2**63  # = 9_223_372_036_854_775_808

# 10^-27 USD: Wei times nano-USD a coin is 10^-27 USD; a micro-USD holds this many.
L1_FEE_DIVISOR: Final = 10**21  # = 0x3635c9adc5dea00000

# auction. Auctions of portfolios (docs/protocol/auctions.md).

# ppm: What a bidder is paid at first, as a share of the maintenance requirement that it takes
# over.
AUCTION_DISCOUNT_FIRST_PPM: Final = 50_000

# ppm: And in the end.
AUCTION_DISCOUNT_LAST_PPM: Final = 300_000

# milliseconds: In which the discount rises, evenly; then the account is liquidated under
# standard margin.
AUCTION_DURATION_MS: Final = 900_000

# ppm: What the insurance fund gets beside the discount.
AUCTION_FEE_PPM: Final = 20_000

# ppm: As a share of maintenance. An account with less is not auctioned: above
# AUCTION_DISCOUNT_LAST_PPM + AUCTION_FEE_PPM every bid raises equity over maintenance.
AUCTION_EQUITY_MIN_PPM: Final = 350_000

# ppm: A bid is for at least a hundredth of everything.
AUCTION_FRACTION_MIN_PPM: Final = 10_000

# ppm: What a sale must free of the maintenance requirement, as a share of what its fraction
# would: lots are whole, and nobody picks legs by rounding.
AUCTION_RELIEF_PPM: Final = 500_000


class OpType(IntEnum):
    """First byte of an op."""

    # User: signed actions.
    BUNDLE = 1
    # User: the owner takes collateral out.
    WITHDRAW = 2
    # User: the owner delegates or revokes a key.
    SET_SESSION = 3
    # System: reporters' prices.
    INDEX_PRICE = 4
    # System: removal of dead orders.
    SWEEP = 5
    # User: the owner sets or removes a guard key.
    SET_GUARD = 6
    # User: the owner chooses portfolio or standard margin.
    SET_MARGIN_MODE = 7
    # System: an account under portfolio margin gets a certificate, is auctioned, or comes under
    # standard margin.
    REVALUE = 8
    # User: legs that two accounts agreed on.
    BLOCK_TRADE = 9
    # User: limits of what the account's orders may fill in a while.
    SET_PROTECTION = 10
    # User: a stop or a take-profit is placed or taken back.
    SET_TRIGGER = 11
    # Attesters: the tier of an account.
    ATTEST = 12
    # User: a fraction of a portfolio that is auctioned.
    BID = 13
    # Attesters, with a guarantor: the credit of an account.
    ATTEST_CREDIT = 16
    # Anyone: credit that has ended goes back to its guarantor.
    RELEASE_CREDIT = 17
    # User, from the inbox only: the owner leaves a position.
    FORCED_CLOSE = 14
    # User: a time from which on the account's orders are dead.
    SET_CANCEL_AT = 15
    # System: a position of an account below maintenance is closed.
    LIQUIDATE = 32
    # System: the house trades out through the book.
    UNWIND = 33
    # System: a trigger whose price has come becomes an order.
    FIRE_TRIGGER = 34
    # System: a sample of a perpetual's funding.
    FUNDING = 64
    # System: the house's lots are closed against the other side.
    DELEVERAGE = 65
    # System: an underlying has had no price for a day.
    ANNOUNCE_ORPHAN = 66
    # System: an instrument of an orphan is settled at the last price.
    SETTLE_ORPHAN = 67
    # System: a position in a settled instrument becomes cash.
    SETTLE_POSITION = 68
    # System: reporters' forward and surface of an expiry.
    SURFACE = 69
    # System: marks and Greeks of a call and a put, or their settlement.
    REPRICE = 70
    # System: the index is added to an expiry's average.
    EXPIRY_SAMPLE = 71
    # System: reporters' settlement price of an expiry.
    SETTLE_EXPIRY = 72


class Pool(IntEnum):
    """Money of the venue that is not an account's."""

    # What is left of fees.
    FEE_POOL = 1
    # Lends to houses, and bears what they cannot.
    INSURANCE_FUND = 2


class GuardMode(IntEnum):
    """What a SetGuard does."""

    # The key becomes the guard key. The one in force has to sign too.
    SET = 0
    # Its removal in GUARD_DELAY_MS, by the owner alone.
    ANNOUNCE = 1
    # An announced removal is stopped, by the owner alone.
    KEEP = 2
    # At once; the one in force has to sign too.
    REMOVE = 3


class ActionKind(IntEnum):
    """First byte of an action."""

    # A new order.
    PLACE = 1
    # One order, by slot and serial.
    CANCEL = 2
    # All orders of an instrument (0: of all instruments).
    CANCEL_ALL = 3
    # A resting order gets new terms.
    REPLACE = 4
    # A bid and an ask of one instrument, each where its last one rested.
    QUOTE = 5


class TimeInForce(IntEnum):
    """Bits 5 and 6 of an action's flags."""

    # Good till cancelled.
    GTC = 0
    # Good till its expiry.
    GTD = 1
    # Immediate or cancel.
    IOC = 2
    # Fill or kill.
    FOK = 3


class SelfTrade(IntEnum):
    """Bits 3 and 4 of an action's flags: whom self-trade prevention cancels."""

    # Default.
    CANCEL_TAKER = 0
    # Matching goes on.
    CANCEL_MAKER = 1
    # Both.
    CANCEL_BOTH = 2


class OrderFlag(IntFlag):
    """Flags of an order record; SELL, POST_ONLY and REDUCE_ONLY have the same bits in an action's flags."""

    # Side.
    SELL = 1
    # Only in actions.
    POST_ONLY = 2
    # Never grows or flips a position.
    REDUCE_ONLY = 4
    # Only in records: the slot holds a resting order; without it the slot is free.
    LINKED = 128


class OrderedForm(IntFlag):
    """Bits 0 to 4 of the form of a user op in a segment. Bits 5 to 7 count a bundle's actions, less one; they are 0 in other ops."""

    # The expiry has six bytes of milliseconds; else four of seconds.
    EXPIRY_WHOLE = 1
    # max_l1_fee has eight bytes of micro-USD; else two of 1,000 micro-USD.
    L1_FEE_WHOLE = 2
    # max_fee has four bytes; else two. Only of a bundle.
    MAX_FEE_WHOLE = 4
    # All actions or none. Only of a bundle.
    ATOMIC = 8
    # Two signatures follow, the second the guard key's. Never of a bundle.
    GUARDED = 16


class MessageKind(IntEnum):
    """Kinds of inbox message."""

    # A new account.
    REGISTER = 1
    # Collateral arrived.
    DEPOSIT = 2
    # An op forced through L1.
    USER_OP = 3
    # Listing, parameters, reporters.
    GOVERNANCE = 4
    # What L1 costs now.
    L1_REPORT = 5
    # Money for a pool.
    PAY_IN = 6


class GovernanceAction(IntEnum):
    """First byte of a governance message's payload."""

    # A new underlying.
    LIST_UNDERLYING = 1
    # A new instrument.
    LIST_INSTRUMENT = 2
    # Parameters and status of an instrument.
    SET_INSTRUMENT = 3
    # The underlying that turns wei into USD.
    SET_ETH = 6
    # Reporter set and quorum.
    SET_REPORTERS = 4
    # How margins grow with the age of a price.
    SET_LATENCY = 5
    # Money of a pool to an account.
    PAY_OUT = 7
    # A new expiry of an underlying.
    LIST_EXPIRY = 8
    # A call and a put of an expiry and a strike.
    LIST_OPTIONS = 9
    # Attester set and quorum.
    SET_ATTESTERS = 10


class InstrumentKind(IntEnum):
    """Kinds of instrument."""

    # First product.
    PERPETUAL = 1
    # Ends at its expiry: no funding, settled at the average of the last half hour.
    FUTURE = 2
    # European, cash-settled. Its put has the next number.
    CALL = 3
    # Listed with its call.
    PUT = 4


class InstrumentStatus(IntEnum):
    """What an instrument admits."""

    # Everything.
    ACTIVE = 1
    # Only reduce-only orders.
    REDUCE_ONLY = 2
    # Only cancels.
    HALTED = 3
    # Settled for good: positions become cash. Never set by governance.
    SETTLED = 4


# rollup. Shapes, bounds and defaults of the L1 contracts; deployments set the times, bonds and
# rates.

# version: First header.
HEADER_VERSION: Final = 1

# data kind: Data in logs; blobs come later.
DATA_KIND_LOGS: Final = 1

# messages: Messages of a batch: L1 can always afford them, and the hashes that lead a challenge
# from a message to the header, 32 bytes each, fill no more than what a message is shorter than a
# segment.
BATCH_INBOX_MAX: Final = 64

# Batches come at this average distance in L1's time: six a block of 12 seconds, more than a
# sequencer can pay for.
BATCH_SPACING_SECONDS: Final = 2

# batches: Batches that may come at once: 2,048 seconds of them after an outage.
BATCH_BURST: Final = 1_024

# keys: Keys that may take over from each other: a leader and more standbys than anybody runs,
# and a rotation stays cheap.
SEQUENCER_KEYS_MAX: Final = 16

# epochs: How far one take-over may raise the epoch: nodes can take over several times before L1
# sees one of them, and a key that leaps on purpose needs 2**24 transactions to use up the 32
# bits.
SEQUENCER_EPOCH_LEAP_MAX: Final = 256

# batches: Batches and claims that L1 remembers: (2**19 - BATCH_BURST) * BATCH_SPACING_SECONDS =
# 12.1 days at the highest rate; window, forced inclusion and grace take 7.75, so claims may come
# four days late; 72 days at a batch a block.
BATCH_RING: Final = 2**19  # = 524_288

# messages: Places of the Inbox that only governance messages may take: whoever fills the rest,
# for 16 ether of gas at 1 gwei and the fees, does not keep the remedy out. A new fee takes no
# message, a listing a handful.
GOVERNANCE_ROOM: Final = 1_024  # = 1_024

# exits: Exits that wait: at the default rate that many of the most expensive ones are consumed
# in 4.7 days, so a flood of them freezes nothing while batches flow. One an account, so it takes
# half a million accounts to fill it; then `submit` takes the op still.
EXIT_RING: Final = 2**19  # = 524_288

# messages: Messages that wait: 262,145 last for forced inclusion and grace, 18 hours, at four a
# second, five times the bundles that the default rate admits. Three of them share a word of
# times and charges.
MESSAGE_RING: Final = 5 * 52_429  # = 262_145

# segments: Roots of a claim: 32 KB of calldata.
BATCH_SEGMENTS_MAX: Final = 1_024

# Default: a week, as optimistic rollups have.
CHALLENGE_WINDOW_SECONDS: Final = 7 * 86_400  # = 604_800

# Default: a batch may not leave an older message.
FORCE_INCLUSION_SECONDS: Final = 12 * 3_600  # = 43_200

# Default: overdue by this, anyone posts the inbox.
SEQUENCER_GRACE_SECONDS: Final = 6 * 3_600  # = 21_600

# Default: header time behind L1's clock.
MAX_LAG_SECONDS: Final = 600  # = 600

# gas: EIP-7825: gas of the most expensive challenge.
CHALLENGE_GAS_STRESS: Final = 2**24  # = 16_777_216

# challenges: A bond is worth four of the most expensive challenges: half of it burns, the other
# half pays two.
BOND_CHALLENGES: Final = 4

# Except on test chains: a week, in which L1 cannot be kept from including a challenge.
WINDOW_SECONDS_MIN: Final = 7 * 86_400  # = 604_800

# Claims of this window still become final before the ring of batches is full, at the highest
# rate.
WINDOW_SECONDS_MAX: Final = 10 * 86_400  # = 864_000

# wei: A bond of 0.067 ether.
STRESS_GAS_PRICE_WEI_MIN: Final = 10**9  # = 1_000_000_000

# wei: 10,000 gwei, more than L1 ever asked: a bond of 671 ether.
STRESS_GAS_PRICE_WEI_MAX: Final = 10**13  # = 10_000_000_000_000

# wei: The price of a million law-gas while nothing waits: to make messages wait an hour costs
# 0.39 ether at the default rate, besides the gas.
INBOX_FEE_PER_MEGA_WEI_MIN: Final = 10**12  # = 1_000_000_000_000

# wei: 0.003 ether for the most expensive exit: it stays affordable, whoever governs.
INBOX_FEE_PER_MEGA_WEI_MAX: Final = 10**15  # = 1_000_000_000_000_000

# A message pays once more for each such time of work that waits before it.
INBOX_FEE_DOUBLING_SECONDS: Final = 60

# micro-USD: Default: a deposit that is worth less than its transaction only fills the Inbox.
MINIMUM_DEPOSIT_MICRO_USD: Final = 10**6  # = 1_000_000

# micro-USD: 1,000 USD: whoever governs cannot shut small accounts out with it.
MINIMUM_DEPOSIT_MICRO_USD_MAX: Final = 10**9  # = 1_000_000_000

# escape. Payments, the freeze and the escape: defaults, which are also the floors except on test
# chains.

# How long a message is overdue before anyone freezes. A full Inbox of the most expensive
# messages is consumed in 6.1 days at the default rate: a flood freezes nothing while batches
# flow.
FREEZE_OVERDUE_SECONDS: Final = 7 * 86_400  # = 604_800

# How long nothing may become final; never less than two windows.
FREEZE_FINALITY_SECONDS: Final = 14 * 86_400  # = 1_209_600

# In which what was posted before a freeze is claimed; a window of disputes follows.
PROPOSAL_SECONDS: Final = 3 * 86_400  # = 259_200

# In which claims are proved before payments begin.
ESCAPE_CLAIM_SECONDS: Final = 7 * 86_400  # = 604_800

# The longest that each of these times may be.
ESCAPE_SECONDS_MAX: Final = 60 * 86_400  # = 5_184_000

# ppm: What the Vault pays in a day, as a share of custody; the rest waits in order. A hole in
# the law is noticed before it is empty.
DAILY_SHARE_PPM: Final = 250_000

# ppm: Nobody is made to wait much longer than ten days.
DAILY_SHARE_PPM_MIN: Final = 100_000

# micro-USD: What the Vault pays in a day at least: so that the last one out is not paid a
# quarter of the rest forever.
DAILY_MIN_MICRO_USD: Final = 100_000 * 10**6  # = 100_000_000_000

# micro-USD: The last 1,000 USD leave within a day.
DAILY_MIN_MICRO_USD_FLOOR: Final = 1_000 * 10**6  # = 1_000_000_000

# For which payments pause when the law was shown two results of the same inputs: another law
# takes 31 days by default, and users then decide whether they stay.
FAULT_PAUSE_SECONDS: Final = 45 * 86_400  # = 3_888_000

# For which the council pauses payments: time to find out what happened, and not to live with it.
PAUSE_SECONDS: Final = 7 * 86_400  # = 604_800

# After a pause, in which it cannot pause again: payments flow three weeks of four, whatever the
# council does.
PAUSE_REST_SECONDS: Final = 21 * 86_400  # = 1_814_400

# In which members must agree: approvals are not collected for later.
COUNCIL_APPROVAL_SECONDS: Final = 86_400

# members: More than any council has.
COUNCIL_MEMBERS_MAX: Final = 32

# Before a sequencer takes the stake behind its receipts back: whoever holds a broken one learns
# of it at once.
PROMISE_UNLOCK_SECONDS: Final = 14 * 86_400  # = 1_209_600

# gas: What a queued payment's transfer may use: a token that then fails refuses the recipient,
# whoever called. Thirty times a usual transfer.
PAYMENT_GAS: Final = 1_000_000

# typed_data. EIP-712 types, from proto/operations.toml.

# The domain: verifyingContract is the Rollup.
EIP712_DOMAIN_TYPEHASH: Final = bytes.fromhex(
    "8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f"
)

# One readable shape for every action; fields that an action lacks are zero. A quote is two of
# them.
ACTION_TYPEHASH: Final = bytes.fromhex(
    "1faf6777062698ee9d507aef016da3be5954f571fca71fcae73a93c51ac318f2"
)

# A user's list of actions.
BUNDLE_TYPEHASH: Final = bytes.fromhex(
    "05ca7df72742c0d06f41c5137b2a069417dbecaa9250224aa21f7c01be41a141"
)

# The owner takes collateral out.
WITHDRAW_TYPEHASH: Final = bytes.fromhex(
    "85bc818952d7f517536f61a32d642d11305e345e354bbb4c49cee14c3ae5fc33"
)

# The owner delegates a key.
SET_SESSION_TYPEHASH: Final = bytes.fromhex(
    "294d4fc1a729270cf554a65c74a9aa805dd0dd5c18400fc06d5c305bd83b9208"
)

# The owner sets or removes a guard key.
SET_GUARD_TYPEHASH: Final = bytes.fromhex(
    "ee55d75d0ad2c83a872b9941e41df986dfb1c8c29d769642fab43919b4b4c19c"
)

# Portfolio margin on an underlying, or standard margin.
SET_MARGIN_MODE_TYPEHASH: Final = bytes.fromhex(
    "9d81bd7c4d80b8466a83c02425721f720fc200979e6ecfddfe1213f2369fe4b8"
)

# When the account's orders die.
SET_CANCEL_AT_TYPEHASH: Final = bytes.fromhex(
    "b37d0bc4483b77dfe501de9451244ae47d8bbfe8699db14dc96809dea7fc6132"
)

# Limits of what the account's orders may fill in a while.
SET_PROTECTION_TYPEHASH: Final = bytes.fromhex(
    "dc04be634566f83164723d03aa4df945aeb0aec6b8d05479c43055d234128674"
)

# One leg of a block trade.
BLOCK_LEG_TYPEHASH: Final = bytes.fromhex(
    "bb545c7d8e917d3bfd33a4960b55c62c37738594b453423900354637e18f5a3e"
)

# What the counterparty of a block trade signs.
BLOCK_CONSENT_TYPEHASH: Final = bytes.fromhex(
    "0717e06bc1a99bf619585a608b53595aeb931f0f9e6870a1728283515e67da02"
)

# What the submitter of a block trade signs.
BLOCK_TRADE_TYPEHASH: Final = bytes.fromhex(
    "aba00ef378f639ba5b5f13b9a15ddc9b5802e8a106b82eb64f04e230323b0fa1"
)

# A trigger of the account; of one that is taken back all is 0 from sell to clientId.
SET_TRIGGER_TYPEHASH: Final = bytes.fromhex(
    "aef146988a6573f331fc7a1a2d7e85b592d60c2b2c7a4ca7100ecb996b27d2ed"
)

# A fraction of a portfolio that is auctioned.
BID_TYPEHASH: Final = bytes.fromhex(
    "deee537a7d6bd68be641b92a76e3bb3c3d15d8de7f619cc5d0c81b5e777e1297"
)

# The owner leaves a position.
FORCED_CLOSE_TYPEHASH: Final = bytes.fromhex(
    "90a213952f87d00585e3c73324c5e82cf398858f0e06cea8094e6a0b51e700bf"
)

# What an attester says of an account.
ATTEST_TYPEHASH: Final = bytes.fromhex(
    "34e0adf6b778d439049d7c6af5ff67f88005b33597b6221b5d89c2c558f37be7"
)

# What an attester says of an account's credit, and what its guarantor consents to.
CREDIT_TYPEHASH: Final = bytes.fromhex(
    "d8bde084f740d9eb0f6ba2aa8ac4d347ea4062338c09c7b12b1c77e694fb5194"
)

# A reporter's price.
INDEX_PRICE_TYPEHASH: Final = bytes.fromhex(
    "cdecefdee5ff359c2535d51386ebd1c2a32fe147b9f5b6220c7987c4aa7c31f9"
)

# A reporter's forward of an expiry, and a surface.
SURFACE_TYPEHASH: Final = bytes.fromhex(
    "2df8f0dd91d72871ec027839dbd9c01e421eee7106753373389d775897eebddb"
)

# A reporter's settlement price.
SETTLE_EXPIRY_TYPEHASH: Final = bytes.fromhex(
    "fb57be1ab6d16a78201c0538d38a27739d0e10b017d0de65172a8d7415177142"
)

# The sequencer's promise of a place in the order.
RECEIPT_TYPEHASH: Final = bytes.fromhex(
    "a812a3646c88730ff9e689c5a6c41fc6755712550a1656ef69ea91a6f33b35d7"
)

# The receipts of a commit group, signed once.
RECEIPT_GROUP_TYPEHASH: Final = bytes.fromhex(
    "f1f1720e42acb05ff868343c762ce7511621c034d7b71a5e90d4206fb64377de"
)

# Lets whoever holds it ask for quotes, and make indicative ones, in an account's name on the
# venue's nodes. No law reads it: it moves nothing.
QUOTE_ACCESS_TYPEHASH: Final = bytes.fromhex(
    "f2d8c17c76d1ca6f76b675f0f7fce3718231e2ddf36b87d5b5616a0901eb568f"
)

# Domain name.
EIP712_NAME_HASH: Final = bytes.fromhex(
    "882b18e9d579fd5a58df7c430f8d7241634b011eb6c453b521acedd049af6446"
)

# Domain version.
EIP712_VERSION_HASH: Final = bytes.fromhex(
    "c89efdaa54c0f20c7adf612882df0950f5a951637e0307cdcb4c672f298b8bc6"
)

# reserve_charges. What the Inbox charges for the worst reserve of an op
# (docs/protocol/capacity.md).

# law-gas: Element i: of i + 1 actions.
RESERVE_CHARGE_BUNDLE: Final = (
    2828912,
    2858912,
    3013424,
    3043424,
    3092720,
    3210320,
    3331960,
    3562344,
)

# law-gas: Collateral out. A portfolio account is revalued.
RESERVE_CHARGE_WITHDRAW: Final = 628_776

# law-gas: Gives a session slot a key, or takes it away.
RESERVE_CHARGE_SET_SESSION: Final = 77_344

# law-gas: Sets, announces the removal of, or keeps a guard key.
RESERVE_CHARGE_SET_GUARD: Final = 71_128

# law-gas: When the account's orders die unless it is moved ahead.
RESERVE_CHARGE_SET_CANCEL_AT: Final = 71_128

# law-gas: Portfolio margin, which the account is revalued for, or standard margin.
RESERVE_CHARGE_SET_MARGIN_MODE: Final = 589_576

# law-gas: Up to eight legs between two accounts, both signatures, both margin tests. A portfolio
# account is revalued.
RESERVE_CHARGE_BLOCK_TRADE: Final = 1_543_408

# law-gas: Limits of what an account's orders may fill.
RESERVE_CHARGE_SET_PROTECTION: Final = 71_128

# law-gas: Places or takes back a stop or a take-profit.
RESERVE_CHARGE_SET_TRIGGER: Final = 86_632

# law-gas: Attesters say the tier of an account; their addresses are in the global record.
RESERVE_CHARGE_ATTEST: Final = 106_768

# law-gas: Attesters say the credit of an account, a guarantor consents: the margin of the
# guarantor's account is tested.
RESERVE_CHARGE_ATTEST_CREDIT: Final = 298_216

# law-gas: Credit that has ended goes back to the guarantor, once the account holds maintenance
# without it.
RESERVE_CHARGE_RELEASE_CREDIT: Final = 217_216

# law-gas: A fraction of a portfolio that is auctioned: its account is revalued before and after,
# the bidder's margin is tested. A bidder under portfolio margin is revalued.
RESERVE_CHARGE_BID: Final = 2_064_608

# law-gas: From the inbox only: IOC within the band, then the house.
RESERVE_CHARGE_FORCED_CLOSE: Final = 2_340_408

# law-gas: Computes a portfolio account's requirement in full, and stores it as its certificate,
# has it be auctioned, or has it come under standard margin.
RESERVE_CHARGE_REVALUE: Final = 563_752

# law-gas: One account, one instrument: cancel-all, IOC at the zero price, the rest to the house.
RESERVE_CHARGE_LIQUIDATE: Final = 1_841_848

# law-gas: The house trades out through the book.
RESERVE_CHARGE_UNWIND: Final = 1_528_080

# law-gas: A trigger whose price has come becomes an IOC order.
RESERVE_CHARGE_FIRE_TRIGGER: Final = 2_325_152

# law-gas: Reporters' prices of an underlying.
RESERVE_CHARGE_INDEX_PRICE: Final = 149_872

# law-gas: Reporters' forward, SVI and rate of an expiry.
RESERVE_CHARGE_SURFACE: Final = 158_464

# law-gas: A sample: walks of both sides to the impact notional.
RESERVE_CHARGE_FUNDING: Final = 533_624

# law-gas: Removes dead orders, and such as lie beyond the band.
RESERVE_CHARGE_SWEEP: Final = 755_208

# law-gas: The house's lots are closed against the other side, pro rata.
RESERVE_CHARGE_DELEVERAGE: Final = 96_488

# law-gas: An underlying without a price for a day.
RESERVE_CHARGE_ANNOUNCE_ORPHAN: Final = 26_872

# law-gas: Settles one instrument of an orphaned underlying at the last price.
RESERVE_CHARGE_SETTLE_ORPHAN: Final = 96_488

# law-gas: Turns a position in a settled instrument into cash.
RESERVE_CHARGE_SETTLE_POSITION: Final = 119_016

# law-gas: Marks, Greeks and arrays of a strike's call and put, or their settlement.
RESERVE_CHARGE_REPRICE: Final = 211_424

# law-gas: Adds the index to an expiry's average; the mark of its future follows.
RESERVE_CHARGE_EXPIRY_SAMPLE: Final = 50_464

# law-gas: A quorum's settlement price; the future of the expiry is settled with it.
RESERVE_CHARGE_SETTLE_EXPIRY: Final = 208_912

# law-gas: A new account, its owner's session.
RESERVE_CHARGE_REGISTER: Final = 50_496

# law-gas: Collateral arrived.
RESERVE_CHARGE_DEPOSIT: Final = 43_768

# law-gas: Listing, parameters, sets of signers, payments out of pools: the greatest is the
# listing of a strike pair.
RESERVE_CHARGE_GOVERNANCE: Final = 219_032

# law-gas: L1's base fees.
RESERVE_CHARGE_L1_REPORT: Final = 24_240

# law-gas: Anyone's payment into the fee pool or the insurance fund.
RESERVE_CHARGE_PAY_IN: Final = 24_240
