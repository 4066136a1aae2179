"""Constants of the protocol. Generated from proto/law2/params.toml: do not edit."""

from typing import Final

from strikeproof.wire.constants import (
    ACCOUNT_HEIGHT,
    INSTRUMENT_HEIGHT,
    REPORTERS_MAX,
    UNDERLYING_HEIGHT,
)

# tree. Heights of new trees.

# levels: One record for each account and underlying.
PROTECTION_HEIGHT: Final = ACCOUNT_HEIGHT + UNDERLYING_HEIGHT  # = 30

# levels: Eight places for each account and instrument.
TRIGGER_HEIGHT: Final = ACCOUNT_HEIGHT + INSTRUMENT_HEIGHT + 3  # = 37

# weight. Second law: weights of what is new. Compute is the bar that the part has to keep, until
# `strikeproof bench dispute` measures it.

# gas: One entry settled: two 256-bit products, a keccak, three fields.
COMPUTE_SETTLE: Final = 3_000

# gas: A fill added to a certificate: 33 readings, at most 900 gas each.
COMPUTE_CERTIFICATE: Final = 30_000

# gas: A full revaluation of 16 legs: bar 150,000.
COMPUTE_REVALUE: Final = 160_000

# gas: One order that a walk of the book looks at, without its account.
COMPUTE_WALK: Final = 4_000

# gas: A liquidation without its makers and margin tests.
COMPUTE_LIQUIDATE: Final = 60_000

# gas: A funding sample without its walk.
COMPUTE_FUNDING: Final = 60_000

# gas: Bar of one deleveraging.
COMPUTE_DELEVERAGE: Final = 60_000

# gas: Marks, Greeks and arrays of a strike pair: bar 140,000.
COMPUTE_REPRICE: Final = 150_000

# gas: Median, bucket, variance and slope of one price.
COMPUTE_PRICE: Final = 15_000

# makers. Makers that a bundle may touch; the witness generator proves that each fits
# (docs/law2/witness.md).

# orders: A step of the table below: a replace reserves six order keys, a place four, a cancel
# three, a quote twelve.
ORDER_KEYS_STEP: Final = 7

# makers: Element i: where the actions reserve up to (i + 1) * ORDER_KEYS_STEP - 1 order keys.
MAKER_TOUCHES_BY_KEYS: Final = (8, 8, 7, 6, 5, 3, 3, 2, 2, 2, 1, 1, 1, 0)

# makers: At most, if an action names an option or the account has portfolio margin: arrays and
# certificates come along, and its revaluation in the same segment.
MAKER_TOUCHES_OPTION: Final = 4

# makers: Of a liquidation, an unwinding, a trigger or a forced close.
LIQUIDATION_TOUCHES_MAX: Final = 8

# underlyings: Of an account with options.
OPTION_UNDERLYINGS_MAX: Final = 8

# expiries: Of a portfolio account: those that its certificate has room for.
OPTION_EXPIRIES_MAX: Final = 8

# legs: Of a block trade.
BLOCK_LEGS_MAX: Final = 8

# triggers: Of an account on one instrument.
TRIGGERS_MAX: Final = 8

# reporters: A surface has the reporters of prices.
SURFACE_REPORTERS_MAX: Final = REPORTERS_MAX  # = 12

# books. Bounds of books (docs/law2/matching.md).

# orders: Worst orders of full sides that a bundle may push out: each brings an account.
EVICTIONS_MAX: Final = 1

# orders: Linked orders of a side: a quarter of the slots of an instrument.
BOOK_SIDE_MAX: Final = 2**16  # = 65_536

# prices. Bounded prices and the latency buffer (docs/law2/prices.md).

# Of the index, for each second of publish time: 12 % a minute.
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

# fractions. Binary places and bounds of what is pending (docs/law2/funding.md).

# parts: Funding indices and lots of the eager ledger have 32 binary places: a relative error of
# 2**-32 a step.
FRACTION: Final = 2**32  # = 4_294_967_296

# funding. Continuous funding (docs/law2/funding.md).

# milliseconds: Between two samples of an instrument.
FUNDING_SPACING_MS: Final = 5_000

# milliseconds: The longest time that a sample accrues for.
FUNDING_SPAN_MS: Final = 60_000

# milliseconds: A rate is told per eight hours, as venues do.
FUNDING_PERIOD_MS: Final = 8 * 3_600_000  # = 28_800_000

# orders: Makers that a sample looks at on each side, dead ones too.
FUNDING_WALK_MAX: Final = 8

# ppm: How far interest pulls the rate towards itself.
FUNDING_CLAMP_PPM: Final = 500

# ppm: Of the governed cap: 4 % in eight hours.
FUNDING_CAP_PPM_MAX: Final = 40_000

# micro-USD a lot * 2**32: Beyond it a sample is a no-op: a position times it fits 2**135.
FUNDING_INDEX_MAX: Final = 2**94  # = 0x400000000000000000000000

# liquidation. Liquidation, houses, deleveraging (docs/law2/liquidation.md).

# ppm: A liquidation closes at least a fifth of the position.
CLOSE_LEAST_PPM: Final = 200_000

# ppm: Beta: equity reaches 1.1 times maintenance.
CLOSE_TARGET_PPM: Final = 1_100_000

# ppm: A house's limit from the mark at the takeover.
UNWIND_START_PPM: Final = 3_000

# milliseconds: Until the limit is the band.
UNWIND_WIDEN_MS: Final = 600_000

# ppm: Of the house's lots in each window.
UNWIND_SHARE_PPM: Final = 100_000

# milliseconds: The window of the share above.
UNWIND_WINDOW_MS: Final = 30_000

# ppm: Of the fund's balance at the day's start: an instrument's loans of a day.
LOAN_INSTRUMENT_PPM: Final = 100_000

# ppm: The same of all instruments together.
LOAN_VENUE_PPM: Final = 300_000

# 1/256: A deleveraging leaves the other side at least 1/256, so that its factor never reaches
# zero at once.
DELEVERAGE_LEFT: Final = 255

# factor: Of a new instrument; it only falls.
FACTOR_ONE: Final = 2**63  # = 9_223_372_036_854_775_808

# factor: Below it an instrument is settled for good: rounding would count.
FACTOR_LEAST: Final = 2**39  # = 549_755_813_888

# orphans. Underlyings without prices.

# milliseconds: Age of the last price before an announcement.
ORPHAN_AGE_MS: Final = 86_400_000

# milliseconds: From the announcement to the settlement.
ORPHAN_NOTICE_MS: Final = 86_400_000

# accounts. Guard keys and L1 cost (docs/law2/accounts.md).

# milliseconds: In which the owner alone can stop the removal of a guard key.
GUARD_DELAY_MS: Final = 3 * 86_400_000  # = 259_200_000

# gas: The floor of L1 for a byte of calldata that is not zero.
L1_BYTE_GAS: Final = 40

# ppm: Weight of a new report in the average.
L1_EMA_PPM: Final = 125_000

# milliseconds: Between two reports that count.
L1_REPORT_SPACING_MS: Final = 60_000
