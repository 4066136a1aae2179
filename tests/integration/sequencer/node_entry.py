"""A node as a process, on an inbox recorded beforehand: `python -m … FOLDER TRADERS OPTIONS`.

OPTIONS is JSON: fields of `ApiConfig`, `BatchConfig` and `NodeConfig`.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Any

import uvloop

from strikeproof.cli.sequencer import configure_logs
from strikeproof.keccak import keccak256
from strikeproof.keystore import signer_of_key
from strikeproof.sequencer.config import ApiConfig, BatchConfig, NodeConfig
from strikeproof.sequencer.node import SequencerNode
from tests.integration.sequencer.venue import TestVenue

SIGNER_KEY = keccak256(b"sequencer")


async def serve(folder: Path, traders: int, options: dict[str, Any]) -> None:
    """Run until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    node = SequencerNode(
        folder,
        TestVenue(traders=traders).l1(),
        signer_of_key(SIGNER_KEY),
        api=ApiConfig(port=0, **options.get("api", {})),
        batch=BatchConfig(**options.get("batch", {})),
        node=NodeConfig(**options.get("node", {})),
    )
    await node.start()
    waiting = asyncio.create_task(node.wait())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait((waiting, stopping), return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    await node.stop()
    if not stop.is_set():
        await waiting


if __name__ == "__main__":
    configure_logs(as_json=True, verbose=True)
    uvloop.run(serve(Path(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])))
