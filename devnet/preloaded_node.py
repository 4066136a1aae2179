"""Start a node before its configuration exists: load its code meanwhile, then run it.

`python -m strikeproof.devnet.preloaded_node CONFIG IMPORTED MODULE ARGUMENT…` imports IMPORTED,
waits for the file CONFIG, and becomes `python -m MODULE ARGUMENT…`. Loading takes seconds that the
devnet would otherwise wait for after its contracts are deployed.
"""

from __future__ import annotations

import importlib
import runpy
import sys
import time
from pathlib import Path
from typing import Final

POLL_SECONDS: Final = 0.05


def main() -> None:
    """Run; the module's own `main` ends the process."""
    config, imported, module, *arguments = sys.argv[1:]
    importlib.import_module(imported)
    while not Path(config).exists():
        time.sleep(POLL_SECONDS)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
