"""Values of synthetic records: large, without zero bytes where that is possible, and attainable."""

from __future__ import annotations

from typing import Final

from strikeproof.wire.constants import BOOK_SIDE_MAX, FACTOR_ONE, FRACTION, NONCE_WINDOW
from strikeproof.wire.units import Milliseconds

MARK: Final = 0x02030303  # ticks
PER_TICK: Final = 0x01020202  # nano-USD of index a tick
TICK_VALUE: Final = 0x030303  # micro-USD per tick per lot
INITIAL_PPM: Final = 0x0003_0D40  # = 200_000
MAINTENANCE_PPM: Final = 0x0001_86A0  # = 100_000
FEE_PPM: Final = 1
LIQUIDATION_FEE_PPM: Final = 0x1111
HOUSE_MARGIN_PPM: Final = 0x0001_1111
MIN_ORDER_VALUE: Final = 0x010101010101  # micro-USD: less than a lot's value
BID_COUNT: Final = 0x8101
ASK_COUNT: Final = 0x8101
FULL_ASK_COUNT: Final = BOOK_SIDE_MAX + 0x0101
INTEREST: Final = 0x0101010101 << 32  # 2^-32 lots of longs: 2^40 lots
HOUSE_LOTS: Final = 0x01010101
BAND_PPM: Final = 0x0001_86A0  # = 100_000
MAX_FEE_PPM: Final = 50_000
LOTS: Final = 0x03030303  # of a position's size and of each exposure
ORDER_LOTS: Final = 0x030303
EPOCH: Final = 0x010203040506
SERIAL: Final = 0x010203040000
NEVER_MS: Final = Milliseconds(2**48 - 1)
OWNER_SCOPE: Final = 255
NONCE_BASE: Final = 0x0101010101010101
NONCE: Final = NONCE_BASE + 2 * NONCE_WINDOW - 1  # moves the window as far as it goes
FILLED: Final = 0x01010101010101010101010101010101  # a large amount without zero bytes
MARGIN_SPARE: Final = 2**100  # micro-USD: more than any requirement here
DAY_MS: Final = 86_400_000
FRESH_MS: Final = 1_000  # age of a price at which something is traded
OLD_MS: Final = 70_000  # of the others: requirements have grown, by the tail of staleness too
GAP_PPM: Final = 1_001  # from the index to what was reported
VARIANCE: Final = 0x010101010101  # ppm^2 a second, half of the most

# What is pending on every entry: the sides' factors have fallen by 2^-19 since it was settled, at
# the mark, and funding of about a thousandth of its value has accrued.
FACTOR_SNAP: Final = FACTOR_ONE - 0x0101010101
FALLEN: Final = 0x100101010101
FUNDING_INDEX: Final = FILLED >> 32  # 2^88: a 64th of the most
FUNDING_SNAP: Final = FUNDING_INDEX - 0x010101010101010101
NEGATIVE_HOUSES: Final = FILLED >> 8  # micro-USD: below the insurance fund
ADL_INDEX: Final = FILLED << 4  # 2^124: a quarter of the most


def adl_snap_of(sign: int, index: int) -> int:
    """Return a side's adl index when its factor had not fallen, if it fell at the mark."""
    return index - FALLEN * sign * MARK * TICK_VALUE + sign * (FALLEN * FUNDING_SNAP // FRACTION)
