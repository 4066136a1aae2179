"""The price band: how far from the mark an order may trade, in shares of it, or of an option's
forward.

Source: docs/protocol/matching.md, the band.
"""

from __future__ import annotations

from strikeproof.sequencer.core.instrument import Instrument
from strikeproof.wire.constants import PPM


def is_beyond_band(instrument: Instrument, is_sell: int, price: int) -> bool:
    """Whether a price gives away more than the band: a buy's above the mark, a sell's below."""
    mark = instrument.mark
    excess = mark.price - price if is_sell else price - mark.price
    return excess * PPM > mark.forward * instrument.price_band_ppm


def is_near_raw(instrument: Instrument, price: int) -> bool:
    """Whether a price lies within the band of what was reported, wherever the index is."""
    mark = instrument.mark
    raw, forward = mark.raw()
    return abs(price * mark.index_per_tick - raw) * PPM <= forward * instrument.price_band_ppm
