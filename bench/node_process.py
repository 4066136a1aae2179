"""A sequencer node of its own process, on a venue that exists only for a benchmark.

`python -m strikeproof.bench.node_process FOLDER TRADERS INSTRUMENTS`. Everything is what an
operator runs (gRPC, signature workers, journal with fdatasync, prover), but inbox messages come
from memory and nothing is posted: L1 is not what is measured.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import uvloop

from strikeproof.bench.bench_venue import LAW_ID, SEQUENCER_KEY, inbox_messages, terms
from strikeproof.keystore import signer_of_key
from strikeproof.sequencer.config import ApiConfig, BatchConfig, NodeConfig
from strikeproof.sequencer.l1.l1_source import RecordedL1
from strikeproof.sequencer.node import SequencerNode


async def serve(folder: Path, traders: int, instruments: int) -> None:
    """Run until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    node = SequencerNode(
        folder,
        RecordedL1(terms(), LAW_ID, inbox_messages(traders, instruments)),
        signer_of_key(SEQUENCER_KEY),
        api=ApiConfig(port=0),
        batch=BatchConfig(batch_ms=500),
        node=NodeConfig(snapshot_batches=10**9),
    )
    await node.start()
    waiting = asyncio.create_task(node.wait())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait((waiting, stopping), return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    await node.stop()
    await asyncio.gather(waiting, return_exceptions=True)
    if not waiting.cancelled() and (failure := waiting.exception()):
        raise failure


if __name__ == "__main__":
    uvloop.run(serve(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
