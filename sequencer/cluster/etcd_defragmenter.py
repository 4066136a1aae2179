"""Giving disk back that etcd's members no longer need: one at a time, while all of them answer.

Trimming the log and compacting it leaves free pages in each member's file. The file never shrinks
by itself, and etcd counts it, free pages included, against its quota. A member that defragments
answers nobody meanwhile: so it is one that does not lead, no other is missing, and the calls of
this node go elsewhere.
"""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from strikeproof.sequencer.cluster.etcd_client import EtcdClient, EtcdUnavailable, MemberStatus

MEMBERS_MIN: Final = 3  # of two, none can be spared
LOOK_SECONDS: Final = 60.0

_log = structlog.get_logger("cluster")


async def keep_defragmented(
    etcd: EtcdClient, free_bytes_max: int, look_seconds: float = LOOK_SECONDS
) -> None:
    """Look now and then whether a member wastes more than that, until cancelled."""
    while True:
        await asyncio.sleep(look_seconds)
        try:
            await defragment_one(etcd, free_bytes_max)
        except EtcdUnavailable as error:
            _log.warning("etcd_not_defragmented", reason=str(error))


async def defragment_one(etcd: EtcdClient, free_bytes_max: int) -> MemberStatus | None:
    """Defragment the member that wastes most, if that is more than `free_bytes_max` and than half
    of its file; return what it was before. Nothing is done unless three members and more answer.

    Raises `EtcdUnavailable`.
    """
    members = await etcd.statuses()
    if len(members) < MEMBERS_MIN or None in members:
        return None
    found = [each for each in members if each is not None]
    worst = max(found, key=lambda each: each.free_bytes)
    if worst.free_bytes <= max(free_bytes_max, worst.size_bytes // 2):
        return None
    if worst.leads:
        successor = min(found, key=lambda each: (each.leads, each.free_bytes))
        await etcd.move_leader(worst, successor)
    await etcd.defragment(worst)
    _log.info("etcd_defragmented", endpoint=worst.endpoint, free_bytes=worst.free_bytes)
    return worst
