"""The products by kind of instrument: each listing chooses its own, once."""

from __future__ import annotations

from typing import Final

from strikeproof.sequencer.core.product.option import OPTION
from strikeproof.sequencer.core.product.perpetual import PERPETUAL
from strikeproof.sequencer.core.product.product import Product
from strikeproof.wire.constants import InstrumentKind

PRODUCTS: Final[dict[int, Product]] = {
    int(InstrumentKind.PERPETUAL): PERPETUAL,
    int(InstrumentKind.FUTURE): PERPETUAL,
    int(InstrumentKind.CALL): OPTION,
    int(InstrumentKind.PUT): OPTION,
}
assert set(PRODUCTS) == set(InstrumentKind), "every kind of instrument has its product"
