"""L1 no longer takes the order as it was sealed: one node rewrites it, all take it from the log.

A node that stops because of it resigns, and before it starts again it looks whether its folder,
which then holds the whole log, is outdated. If nobody leads it takes the lead for as long as it
needs to write the new order down, and resigns again. Every folder, its own too, takes the new order
from the log, so all of them announce the same changes.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import structlog

from strikeproof.sequencer.cluster.cluster_member import MemberSettings
from strikeproof.sequencer.cluster.etcd_client import EtcdUnavailable
from strikeproof.sequencer.cluster.etcd_log import Deposed, EtcdLog
from strikeproof.sequencer.cluster.folder_catch_up import FolderCatchUp
from strikeproof.sequencer.cluster.leader_records import Leadership, Proved, Term
from strikeproof.sequencer.journal.journal_entry import Entry, encode_entry
from strikeproof.sequencer.posting.rewrite_plan import RewritePlan

RETRY_SECONDS = 0.2

_log = structlog.get_logger("cluster")


class OrderRepair(Protocol):
    """What has to be rewritten, and how: by what L1 holds now."""

    def plan(self) -> RewritePlan | None:
        """Return what has to be rewritten, None if nothing has."""
        ...

    def entries(self, plan: RewritePlan, epoch: int) -> list[Entry]:
        """Return the order from `plan.first` on, as L1 takes it."""
        ...

    def announce(self) -> None:
        """Announce what changed for whom, if a rewrite has just been done."""
        ...


@dataclass(frozen=True, slots=True)
class LogRepair:
    """Run it before the node recovers."""

    log: EtcdLog
    settings: MemberSettings
    l1_epoch: Callable[[], int]

    async def run(self, catch_up: Callable[[], FolderCatchUp], repair: OrderRepair) -> None:
        """Bring the folder to the log's end, and the log in line with L1 unless another node does.

        Raises `LogDiverged`, `LogTrimmed`, and what the repair raises.
        """
        while True:
            try:
                caught_up = catch_up()
                await caught_up.run()
                await asyncio.to_thread(repair.announce)
                plan = await asyncio.to_thread(repair.plan)
                if plan is None or not await self._rewrite(caught_up, plan, repair):
                    return
            except (EtcdUnavailable, Deposed) as error:
                _log.warning("log_not_read", reason=str(error))
                await asyncio.sleep(RETRY_SECONDS)

    async def _rewrite(self, folder: FolderCatchUp, plan: RewritePlan, repair: OrderRepair) -> bool:
        """Write the new order down; False if another node leads, whose turn it is."""
        view = await self.log.view()
        if view.leader is not None and not view.leader.has_resigned:
            return False
        epoch = max(view.epoch, self.l1_epoch()) + 1
        name, address = self.settings.name, self.settings.address.hex()
        leadership = Leadership(name, address, epoch, "", secrets.token_hex(8))
        term = await self.log.take(view, folder.next_index, leadership)
        if term is None:
            return True  # somebody was faster: look again
        beating = asyncio.create_task(self._beat(term))
        try:
            entries = await asyncio.to_thread(repair.entries, plan, epoch)
            payload = b"".join(map(encode_entry, entries))
            await self.log.rewrite(term, folder.newest, folder.next_index, plan.first, payload)
            _log.warning("order_rewritten", from_batch=plan.first, adopted=len(plan.adopted))
        finally:
            beating.cancel()
            with suppress(asyncio.CancelledError, Deposed):
                await beating
        await self.log.resign(term)
        return True

    async def _beat(self, term: Term) -> None:
        while True:
            with suppress(EtcdUnavailable):
                await self.log.beat(term, Proved())
            await asyncio.sleep(self.settings.beat_seconds)
