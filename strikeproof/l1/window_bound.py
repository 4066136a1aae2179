"""The longest window that claims may get before an announced change: what a leaver counts with.

Source: contracts/src/rollup/Governed.sol, `_setTerms`.
"""

from __future__ import annotations

from strikeproof.wire.constants import WINDOW_SECONDS_MAX


def longest_window(window_seconds: int, delay_seconds: int, besides_seconds: int) -> int:
    """Return the longest window, in seconds, that a call of governance can set.

    `besides_seconds`: forced inclusion, grace and the time to leave, which the delay of the
    timelock exceeds together with every window. At least `window_seconds`, which is in force.
    """
    admitted = min(WINDOW_SECONDS_MAX, delay_seconds - besides_seconds - 1)
    return max(window_seconds, admitted)
