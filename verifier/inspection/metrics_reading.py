"""A running verifier as its metrics show it: what no store holds, because it is momentary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import requests
from prometheus_client.parser import text_string_to_metric_families

READ_SECONDS: Final = 3.0
BYTES_MAX: Final = 4_000_000

_GAUGES: Final = {
    "derived_block": "verifier_derived_block_number",
    "batches_verified": "verifier_batches_verified",
    "claims_verified": "verifier_claims_verified",
    "segments_per_second": "verifier_segments_per_second",
    "stalled_seconds": "verifier_derivation_stalled_seconds",
    "reference_backlog": "verifier_reference_backlog_segments",
    "executors_differ": "verifier_executors_differ",
    "single_endpoint": "verifier_single_endpoint",
    "balance_needed_wei": "verifier_balance_needed_wei",
}


@dataclass(frozen=True, slots=True)
class NodeReading:
    """What the node shows now."""

    gauges: Mapping[str, float]
    alarms: Mapping[str, int]
    """How many of each kind were raised since the node's start; only those that were."""


def read_node(url: str) -> NodeReading | None:
    """Return what the metrics endpoint at a URL shows; None: it does not answer."""
    try:
        with requests.get(url, timeout=READ_SECONDS, stream=True) as answer:
            answer.raise_for_status()
            text = answer.raw.read(BYTES_MAX, decode_content=True).decode("utf-8", "replace")
        families = list(text_string_to_metric_families(text))
    except (requests.RequestException, OSError, ValueError):
        return None
    samples = [sample for family in families for sample in family.samples]
    plain = {each.name: each.value for each in samples if not each.labels}
    alarms = {
        each.labels["kind"]: int(each.value)
        for each in samples
        if each.name == "verifier_alarms_total" and each.value
    }
    gauges = {name: plain[metric] for name, metric in _GAUGES.items() if metric in plain}
    return NodeReading(gauges, alarms)
