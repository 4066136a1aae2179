"""A sequencer node of its own process, on a venue that exists only for a benchmark.

`python -m strikeproof.bench.node_process FOLDER TRADERS INSTRUMENTS`. Everything is what an
operator runs (gRPC, signature workers, journal with fdatasync, prover), but inbox messages come
from memory and nothing is posted: L1 is not what is measured. On SIGUSR1 it writes what has held up
its event loop since the last one.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import uvloop

from strikeproof.bench.loop_stalls import LoopStalls
from strikeproof.bench.node_venue import LAW_ID, SEQUENCER_KEY, inbox_messages, terms
from strikeproof.keystore import signer_of_key
from strikeproof.sequencer.config import ApiSection, BatchSection, NodeSection
from strikeproof.sequencer.garbage_collection import GarbageCollection
from strikeproof.sequencer.l1.l1_source import RecordedL1
from strikeproof.sequencer.node import NodeSettings, recovered_node
from strikeproof.sequencer.recovery.data_folder import DataFolder

STALLS_FILE = "stalls.json"


async def serve(folder: Path, traders: int, instruments: int) -> None:
    """Run until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    settings = NodeSettings(
        api=ApiSection(port=0),
        batch=BatchSection(batch_ms=500),
        node=NodeSection(snapshot_batches=10**9),
    )
    owned = DataFolder(folder)
    owned.acquire()
    l1 = RecordedL1(terms(), LAW_ID, inbox_messages(traders, instruments))
    async with recovered_node(owned, l1, signer_of_key(SEQUENCER_KEY), settings) as node:
        stalls = LoopStalls()
        asyncio.get_running_loop().add_signal_handler(
            signal.SIGUSR1, stalls.take, folder / STALLS_FILE
        )
        await node.serve(stop, GarbageCollection().run, stalls.run)


if __name__ == "__main__":
    uvloop.run(serve(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
