"""What a client assumes unless configured otherwise."""

from __future__ import annotations

from typing import Final

from strikeproof.wire.constants import KEY_ID_BITS
from strikeproof.wire.layout import ACCOUNT_KIND
from strikeproof.wire.units import Milliseconds

EXPIRY_SECONDS: Final = 60
ACCOUNT_KEY: Final = ACCOUNT_KIND << KEY_ID_BITS
"""An account record's key is this plus its number."""
MAX_L1_FEE_MICRO_USD: Final = 2_000_000  # 2 USD: what an op's bytes may cost on L1, likewise
MAX_FEE_PPM: Final = 1_000  # 0.1 %: what a bundle agrees to unless it says otherwise
ATTEMPTS_MAX: Final = 3
"""How often an op is signed because its nonce or expiry was refused: it was not ordered then."""


def expiry_ms(now_ms: int) -> Milliseconds:
    """Return when an op that is made now expires: at a whole second, which takes two bytes less in
    a segment."""
    return Milliseconds((now_ms // 1_000 + 1 + EXPIRY_SECONDS) * 1_000)
