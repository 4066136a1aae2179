"""A node of a cluster, of its own process, on a venue that exists only for a benchmark.

`python -m strikeproof.bench.standby_node FOLDER TRADERS INSTRUMENTS ETCD NAME PORT`; ETCD is a list
of host:port, with commas. Everything is what an operator runs, but inbox messages come from memory
and nothing is posted. A node that was deposed stands by again, as `strikeproof sequencer run` does.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import structlog
import uvloop

from strikeproof.bench.node_venue import LAW_ID, inbox_messages, terms
from strikeproof.config import LogSection, configure_logging
from strikeproof.keccak import keccak256
from strikeproof.keystore import Signer, signer_of_key
from strikeproof.sequencer.cluster.cluster_plan import ClusterPlan
from strikeproof.sequencer.cluster.etcd_log import Deposed
from strikeproof.sequencer.config import ApiSection, BatchSection, ClusterSection, NodeSection
from strikeproof.sequencer.journal.journal_entry import Entry
from strikeproof.sequencer.l1.l1_source import RecordedL1
from strikeproof.sequencer.node import ENDPOINT_FILE, NodeSettings, recovered_node
from strikeproof.sequencer.posting.rewrite_plan import RewritePlan
from strikeproof.sequencer.recovery.data_folder import DataFolder

_log = structlog.get_logger("standby")


class _NoL1:
    """No L1, nothing that it could no longer take."""

    def plan(self) -> None:
        """Nothing has to be rewritten."""

    def entries(self, plan: RewritePlan, epoch: int) -> list[Entry]:
        """Not called."""
        raise AssertionError("nothing has to be rewritten")

    def announce(self) -> None:
        """Nothing has changed."""


def _replace_end(first: int, entries: Sequence[Entry]) -> None:
    raise AssertionError("nobody rewrites an order without L1")


def signer_of(name: str) -> Signer:
    """Return the key of a node by its name."""
    return signer_of_key(keccak256(f"bench {name}".encode()))


async def serve(folder: Path, l1: RecordedL1, cluster: ClusterSection, port: int) -> None:
    """Run until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    owned = DataFolder(folder)
    owned.acquire()
    while not stop.is_set():
        try:
            await _serve_once(stop, owned, l1, cluster, port)
        except* Deposed as deposed:
            _log.warning("deposed", reason=str(deposed.exceptions[0]))


async def _serve_once(
    stop: asyncio.Event, folder: DataFolder, l1: RecordedL1, cluster: ClusterSection, port: int
) -> None:
    settings = NodeSettings(
        api=ApiSection(port=port),
        batch=BatchSection(batch_ms=500),
        node=NodeSection(snapshot_batches=200),
    )
    signer = signer_of(cluster.name)
    plan = ClusterPlan.of_section(
        cluster,
        l1.terms.domain_separator,
        signer.address,
        lambda: l1.terms.sequencer_epoch,
        folder.root / ENDPOINT_FILE,
    )
    async with AsyncExitStack() as stack:
        stack.push_async_callback(plan.close)
        await plan.catch_up(folder, _replace_end, _NoL1())
        recovered = recovered_node(folder, l1, signer, settings, cluster=plan)
        node = await stack.enter_async_context(recovered)
        await node.serve(stop)


def main() -> None:
    """Run the node that the command line describes."""
    folder, traders, instruments, etcd, name, port = sys.argv[1:]
    configure_logging(LogSection())
    l1 = RecordedL1(terms(), LAW_ID, inbox_messages(int(traders), int(instruments)))
    cluster = ClusterSection(endpoints=etcd.split(","), name=name)
    uvloop.run(serve(Path(folder), l1, cluster, int(port)))


if __name__ == "__main__":
    main()
