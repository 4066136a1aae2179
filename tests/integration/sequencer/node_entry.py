"""A node as a process, on an inbox recorded beforehand: `python -m … FOLDER TRADERS OPTIONS`.

OPTIONS is JSON: fields of `ApiSection`, `BatchSection` and `NodeSection`, and of the venue
`expiries_ms`, `tier` and `strike`. With CLOCK_FILE set, the clock is that of `shifted_clock.py`.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import uvloop

from strikeproof.cli.sequencer import exit_status_of
from strikeproof.config import LogSection, configure_logging
from strikeproof.keccak import keccak256
from strikeproof.keystore import signer_of_key
from strikeproof.sequencer.config import ApiSection, BatchSection, NodeSection
from strikeproof.sequencer.node import NodeSettings, recovered_node
from strikeproof.sequencer.recovery.data_folder import DataFolder
from strikeproof.sequencer.stop_signal import StopSignal
from tests.integration.sequencer.shifted_clock import CLOCK_FILE, shift_clock
from tests.integration.sequencer.venue import TestVenue

SIGNER_KEY = keccak256(b"sequencer")


async def serve(folder: Path, traders: int, options: dict[str, Any]) -> None:
    """Run until SIGTERM."""
    stop = StopSignal()
    settings = NodeSettings(
        api=ApiSection(port=0, **options.get("api", {})),
        batch=BatchSection(**options.get("batch", {})),
        node=NodeSection(**options.get("node", {})),
    )
    owned = DataFolder(folder)
    owned.acquire()
    venue = options.get("venue", {})
    expiries_ms = tuple(venue.get("expiries_ms", ()))
    terms = {name: venue.get(name, 0) for name in ("tier", "strike")}
    l1 = TestVenue(traders=traders, expiries_ms=expiries_ms, **terms).l1()
    async with recovered_node(owned, l1, signer_of_key(SIGNER_KEY), settings) as node:
        stop.is_flushed = False
        await node.serve(stop.event)
        stop.is_flushed = True


if __name__ == "__main__":
    configure_logging(LogSection(level="debug"))
    if CLOCK_FILE in os.environ:
        shift_clock()
    try:
        uvloop.run(serve(Path(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])))
    except BaseException as error:
        raise SystemExit(exit_status_of(error)) from None
