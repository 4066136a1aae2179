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

# gas: Marks, Greeks and arrays of a strike pair: bar 140,000.
COMPUTE_REPRICE: Final = 150_000

# makers. Further bounds that the witness generator proves (docs/law2/witness.md).

# makers: At most, if an action names an option or the account has portfolio margin: arrays and
# certificates come along, and its revaluation in the same segment.
MAKER_TOUCHES_OPTION: Final = 4

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

# accounts. Guard keys and L1 cost (docs/law2/accounts.md).

# milliseconds: In which the owner alone can stop the removal of a guard key.
GUARD_DELAY_MS: Final = 3 * 86_400_000  # = 259_200_000

# gas: The floor of L1 for a byte of calldata that is not zero.
L1_BYTE_GAS: Final = 40

# ppm: Weight of a new report in the average.
L1_EMA_PPM: Final = 125_000

# milliseconds: Between two reports that count.
L1_REPORT_SPACING_MS: Final = 60_000
