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

# gas: A fill added to a certificate: 33 readings, at most 900 gas each.
COMPUTE_CERTIFICATE: Final = 30_000

# gas: A full revaluation of 16 legs: bar 150,000.
COMPUTE_REVALUE: Final = 160_000

# gas: A liquidation without its makers and margin tests.
COMPUTE_LIQUIDATE: Final = 60_000

# gas: Bar of one deleveraging.
COMPUTE_DELEVERAGE: Final = 60_000

# gas: Marks, Greeks and arrays of a strike pair: bar 140,000.
COMPUTE_REPRICE: Final = 150_000

# makers. Further bounds that the witness generator proves (docs/law2/witness.md).

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
