"""The command line with a wrong clock: `python -m tests.integration.sequencer.shifted_clock …`.

The file that `CLOCK_FILE` names says how many seconds the node's clock is ahead; it may change
while the node runs.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

from strikeproof.cli.main import main
from strikeproof.sequencer.order import wall_clock

CLOCK_FILE = "TEST_CLOCK_FILE"


class ShiftedTime:
    """Stands in for the module `time` within `wall_clock`."""

    def time_ns(self) -> int:
        """Return the shifted clock."""
        return time.time_ns() + int(Path(os.environ[CLOCK_FILE]).read_text()) * 10**9


def shift_clock() -> None:
    """Have this process read the shifted clock."""
    module: Any = wall_clock
    module.time = ShiftedTime()


if __name__ == "__main__":
    shift_clock()
    sys.exit(main())
