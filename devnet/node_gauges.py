"""The verifier's progress, from its Prometheus endpoint."""

from __future__ import annotations

import asyncio
from typing import Final

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from strikeproof.devnet.venue_status import VenueStatus

POLL_SECONDS: Final = 0.5


async def follow_verifier(port: int, status: VenueStatus, *, once: bool = False) -> None:
    """Write the verifier's gauges on the status until cancelled; `once`: until it answers."""
    url = f"http://127.0.0.1:{port}/metrics"
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
        while True:
            try:
                async with session.get(url) as response:
                    gauges = _gauges(await response.text())
            except (aiohttp.ClientError, TimeoutError):
                gauges = None
            if gauges is not None:
                status.claims_verified = int(gauges.get("verifier_claims_verified", 0))
                status.batches_verified = int(gauges.get("verifier_batches_verified", 0))
                status.segments_per_second = gauges.get("verifier_segments_per_second", 0.0)
                if once:
                    return
            await asyncio.sleep(POLL_SECONDS)


def _gauges(text: str) -> dict[str, float]:
    return {
        sample.name: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if not sample.labels
    }
