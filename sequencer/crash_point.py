"""Named places where a test may kill the node, as a power cut would: `kill -9` of itself.

`STRIKEPROOF_CRASH_POINT=journal.written:3` dies the third time that this place is reached. Unset,
as always outside tests, it makes `reach` one comparison.
"""

from __future__ import annotations

import os
import signal
from typing import Final

VARIABLE: Final = "STRIKEPROOF_CRASH_POINT"

_name, _, _count = os.environ.get(VARIABLE, "").partition(":")
_left = int(_count or 1)


def reach(name: str) -> None:
    """Die here if the environment says so."""
    global _left
    if name != _name:
        return
    _left -= 1
    if _left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
