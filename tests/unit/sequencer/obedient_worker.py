"""A worker process that does what a test asks: `python -m …`."""

from __future__ import annotations

import time
from pathlib import Path

from strikeproof.sequencer.worker_process import ParentPipe, run_worker
from strikeproof.storage_failure import StorageFailed

WORK_SECONDS = 3.0


def main(pipe: ParentPipe) -> None:
    """Obey until the parent closes."""
    while (frame := pipe.receive()) is not None:
        if frame == b"hang":
            time.sleep(1_000)
        elif frame == b"fail":
            raise StorageFailed(Path("somewhere"), "No space left on device")
        elif frame == b"work":
            end = time.monotonic() + WORK_SECONDS
            while time.monotonic() < end:
                time.sleep(0.1)
                pipe.is_alive()
        pipe.send(frame)


if __name__ == "__main__":
    run_worker(main)
