"""Notes in the status when the lying proposer has lied, and when such a claim is on L1."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Final

from strikeproof.devnet.fraud.kinds import explanation
from strikeproof.devnet.fraud.lying_claimant import ToldLie
from strikeproof.devnet.venue_status import ClaimStatus, EventLevel, VenueStatus

POLL_SECONDS: Final = 0.1


def _told(path: Path) -> list[ToldLie]:
    told = json.loads(path.read_text("utf-8")) if path.exists() else []
    return [ToldLie(**each) for each in told]


async def watch_lies(path: Path, status: VenueStatus) -> None:
    """Follow the drill until each false claim is posted, without end."""
    posted = 0
    while True:
        status.lies = _told(path)
        for lie in status.lies[posted:]:
            if (claim := _claim_of(lie, status)) is None:
                break
            posted += 1
            status.moments.setdefault("lie_posted", claim.at)
            status.note(
                "fraud",
                f"claim {lie.batch} is posted and lies after segment {lie.segment}: {lie.kind}. "
                + explanation(lie.kind),
                EventLevel.BAD,
            )
        await asyncio.sleep(POLL_SECONDS)


def _claim_of(lie: ToldLie, status: VenueStatus) -> ClaimStatus | None:
    """Return the claim that holds a lie, if it is on L1 or was."""
    claims = (status.claims.get(lie.batch), status.deleted.get(lie.batch))
    return next((each for each in claims if each and lie.root in each.roots), None)
