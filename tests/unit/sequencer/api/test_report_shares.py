"""A settlement's shares become an op while the state knows of none, and one at a time."""

from __future__ import annotations

import asyncio
from typing import cast

from strikeproof.client.expiry_report import (
    ExpiryReporter,
    SettlementReport,
    settle_expiry_of,
)
from strikeproof.client.wallet import Wallet
from strikeproof.sequencer.api.report_shares import ReportShares
from strikeproof.sequencer.intake.submission import Submission
from tests.unit.core.option_venue import OptionVenue
from tests.unit.core.scripted_venue import DOMAIN, key_of


def settlement(venue: OptionVenue) -> bytes:
    by = ExpiryReporter(Wallet(key_of(900).secret), 0, venue.engine.reporter_epoch, DOMAIN)
    return settle_expiry_of([SettlementReport(1, 60_000 * 10**9).signed(by)])


def test_settlement_that_l1_undid_is_ordered_again() -> None:
    venue = OptionVenue()
    shares, share, ordered = ReportShares(venue.engine), settlement(venue), []

    async def order(data: bytes) -> Submission:  # the state stays as before, as once it is undone
        ordered.append(data)
        return cast("Submission", None)

    for _ in range(2):
        asyncio.run(shares.add(share, "a host", order))
    assert ordered == [share, share]


def test_settlement_is_not_ordered_twice_at_once() -> None:
    venue = OptionVenue()
    shares, share, ordered = ReportShares(venue.engine), settlement(venue), []

    async def run() -> None:
        done = asyncio.Event()

        async def order(data: bytes) -> Submission:
            ordered.append(data)
            await done.wait()
            return cast("Submission", None)

        first = asyncio.create_task(shares.add(share, "a host", order))
        await asyncio.sleep(0)
        await shares.add(share, "another", order)
        done.set()
        await first

    asyncio.run(run())
    assert ordered == [share]
