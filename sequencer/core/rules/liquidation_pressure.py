"""Pressure: one number for each side of an instrument. As it rises, the surplus of its positions
falls.

An account's surplus is its equity less its plain maintenance. With b and f the size and factor of
an entry, sd its sign, and V, m, F, K, G the mark value, the maintenance fraction and the indices of
its side now (V × m of an option: what its side asks for), the entry contributes
(docs/protocol/funding.md)

    b / f × (F × (sd × V - m × V - sd × G) + K) + what its snapshots fix

So price, funding, deleveraging and a governed fraction all act through one sum for everybody on a
side, and how far it may rise before an account is liquidatable is known beforehand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from strikeproof.sequencer.core.product.option import option_terms
from strikeproof.sequencer.core.rules.option_margin import lot_keeps
from strikeproof.wire.constants import FRACTION, PPM

if TYPE_CHECKING:
    from strikeproof.sequencer.core.mark import Mark

SCALE: Final = PPM * FRACTION  # of a surplus in micro-USD, to compare with pressure × lots / factor


def pressure(mark: Mark, sign: int) -> int:
    """Return the pressure on the longs (sign 1) or shorts (-1) of an instrument, micro-USD a lot ×
    factor × SCALE. When it rises by x, an entry of e lots loses e × x / F."""
    indices = mark.indices
    side = indices.long if sign > 0 else indices.short
    required = _of_lot(mark, sign) * FRACTION
    worth = sign * (mark.notional * FRACTION - indices.funding_index) * PPM
    return side.factor * (required - worth) - side.adl_index * SCALE


def _of_lot(mark: Mark, sign: int) -> int:
    """Return the maintenance requirement of a lot, micro-USD × PPM."""
    if not mark.is_option:
        return mark.notional * (mark.maintenance_margin_ppm if mark.index_ppb else 0)
    return mark.notional * PPM if sign > 0 else lot_keeps(option_terms(mark))


def least_room(surplus: int, entries: int, exposure: int, mark: Mark, sign: int) -> int:
    """Return how far the pressure on a side may rise before an account with this surplus can be
    liquidatable, if that of its other entries' sides rises no further in proportion.

    `exposure` is the sum of its entries at their marks. Each rounds twice, against the account.
    """
    spare = surplus - 2 * entries
    if spare <= 0 or not exposure:
        return 0
    indices = mark.indices
    factor = indices.long.factor if sign > 0 else indices.short.factor
    return spare * SCALE * factor * mark.notional // exposure
