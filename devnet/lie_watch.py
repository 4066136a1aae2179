"""Notes in the status when the lying proposer has lied, and when that claim is on L1."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Final

from strikeproof.devnet.fraud.kinds import explanation
from strikeproof.devnet.fraud.lying_claimant import ToldLie
from strikeproof.devnet.venue_status import EventLevel, VenueStatus

POLL_SECONDS: Final = 0.1


def _told(path: Path) -> ToldLie | None:
    return ToldLie(**json.loads(path.read_text("utf-8"))) if path.exists() else None


async def watch_lie(path: Path, status: VenueStatus) -> None:
    """Follow the drill until the false claim is posted; then wait until cancelled."""
    while (lie := _told(path)) is None:
        await asyncio.sleep(POLL_SECONDS)
    status.lie = lie
    root = bytes.fromhex(lie.told_root[2:])
    while True:
        claims = (status.claims.get(lie.batch), status.deleted.get(lie.batch))
        posted = next((each for each in claims if each and root in each.roots), None)
        if posted is not None:
            break
        await asyncio.sleep(POLL_SECONDS)
    status.moments.setdefault("lie_posted", posted.at)
    status.note(
        "fraud",
        f"claim {lie.batch} is posted and lies after segment {lie.segment}: {lie.kind}. "
        + explanation(lie.kind),
        EventLevel.BAD,
    )
    await asyncio.Event().wait()
