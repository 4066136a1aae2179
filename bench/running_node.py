"""The node of a benchmark as a process that ends with it (`node_process.py` is what it runs)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

STOP_SECONDS: Final = 60


@contextmanager
def running_node(folder: Path, traders: int, instruments: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run a node until the block ends. One that does not heed the request to stop is killed, for a
    process that nobody ends is waited forever: so is one that is still recovering."""
    command = [sys.executable, "-m", "strikeproof.bench.node_process", str(folder)]
    command += [str(traders), str(instruments)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as node:
        try:
            yield node
        finally:
            node.terminate()
            try:
                node.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                node.kill()
