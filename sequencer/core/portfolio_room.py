"""How far an index may move before an account can fall below portfolio maintenance.

Between two pricings of its options an account's arrays stand still, so its surplus (equity less
maintenance) moves with the index alone, and by no more than this, for each live position:

- its mark, by the share of the index in it; of an option a further time by what its forward is
  away from the priced one, since a mark between pricings moves within that (`option_price`);
- what is asked for it, by less than a quarter of its value at the index: a perpetual by the widest
  shock that counts whole (18 %) and its contingency (3 %), an option by its contingency (0.3 %).
"""

from __future__ import annotations

from typing import Final

from strikeproof.sequencer.core.account import Account
from strikeproof.sequencer.core.portfolio import PortfolioMargin, live_positions
from strikeproof.sequencer.core.rounding import div_ceil, div_floor
from strikeproof.wire.constants import PPB

ASKED_PPB: Final = PPB // 4
ROUNDED: Final = 4  # ticks of an option, and micro-USD an entry: what rounding may come to


def index_room(account: Account, found: PortfolioMargin) -> int:
    """Return how far the index may move from now on, either way and in nano-USD, before an account
    whose margin is `found` can have less equity than maintenance. 0: not at all."""
    spare = found.equity - found.maintenance - ROUNDED * (len(account.positions) + 1)
    slope = 0  # micro-USD × PPB, by which the surplus moves at most with a nano-USD of the index
    for position in live_positions(account):
        mark = position.mark
        worth = abs(position.view_size) * mark.tick_value
        if mark.is_option:
            spare -= worth * (abs(mark.forward - mark.pricing.forward) + ROUNDED)
        slope += div_ceil(worth * (abs(mark.index_ppb) + ASKED_PPB), mark.index_per_tick)
    if spare <= 0 or not slope:
        return 0
    return div_floor(spare * PPB, slope)
