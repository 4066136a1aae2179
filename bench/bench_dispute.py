"""What a dispute costs on L1: the worst segment that a search finds, and typical ones.

Keys of `measure()`; gas is all-in, a whole transaction that ends with the claim deleted, mined on
the embedded L1 with the shipped contracts:

- `worst_segment_gas`: the most expensive segment found, as charged now (EIP-7623);
  `…_repriced_gas`: the most found with calldata at 64 gas a byte; `…_repriced_slots_gas`: also with
  fresh slots at 110,000 gas; `worst_segment_bytes`: the most calldata found. `…_max`: what is
  asked for.
- `worst_segment_…` of the most expensive: `ops` (attack_ops.py says how to read them), `law_gas`,
  weights, `records`, `calldata_gas`. `worst_forced_op_gas`: the most expensive op sent through the
  Inbox.
- `bound_gas`, `bound_repriced_gas`, `bound_bytes`: what the weights admit (dispute_cost.py);
  `bound_tightness`: how much of the witness' share the segment closest to the bound needs.
- `typical_segment_…`: the mean of segments of a simulated market, in full trees.
- `searched_segments`, `seed`, `evm`.
"""

from __future__ import annotations

from typing import Any, Final

from strikeproof.bench import dispute_search
from strikeproof.bench.attack_ops import Shape
from strikeproof.bench.dispute_corpus import CORPUS, FORCED
from strikeproof.bench.dispute_cost import (
    BYTES_BOUND,
    BYTES_MAX,
    GAS_BOUND,
    GAS_MAX,
    REPRICED_BOUND,
    WITNESS_BYTE_GAS,
    Cost,
)
from strikeproof.bench.dispute_search import Found, Search
from strikeproof.bench.dispute_venue import DisputeVenue, parse
from strikeproof.bench.typical_dispute import measure_typical

TRIES: Final = 240
"""Segments of each of the three searches: a minute each."""


def measure(seed: int = 1, tries: int = TRIES) -> dict[str, Any]:
    """Return the figures that the module's docstring names. Without pyrevm nothing is searched:
    the corpus is disputed on py-evm."""
    venue = DisputeVenue()
    starts = [parse(each) for each in CORPUS]
    found: dict[str, Found] = {}
    searched = 0
    for objective in (dispute_search.gas, dispute_search.size, dispute_search.excess):
        search = Search(venue, objective, f"{seed} {objective.__name__}")
        found[objective.__name__] = search.run(starts, tries if venue.fast else 0)
        searched += search.tried
    result = _worst(venue, found)
    result |= {
        "bound_gas": GAS_BOUND,
        "bound_repriced_gas": REPRICED_BOUND,
        "bound_bytes": BYTES_BOUND,
        "bound_tightness": _tightness(venue, found["excess"]),
    }
    result |= measure_typical(venue)
    evm = "revm and py-evm" if venue.fast else "py-evm"
    return result | {"searched_segments": searched, "seed": seed, "evm": evm}


def _worst(venue: DisputeVenue, found: dict[str, Found]) -> dict[str, Any]:
    """Return the figures of the worst segments, from transactions on the embedded L1."""
    case = venue.case(found["gas"].composition)
    most_expensive = venue.cost_on_l1(case)
    longest = venue.cost_on_l1(venue.case(found["size"].composition))
    forced = [venue.cost_on_l1(venue.forced_case(Shape.parse(each))) for each in FORCED]
    costs = [most_expensive, longest, *forced]
    weights = case.run.result
    return {
        "worst_segment_gas": most_expensive.gas,
        "worst_segment_gas_max": GAS_MAX,
        "worst_segment_repriced_gas": _most(costs, "repriced_gas"),
        "worst_segment_repriced_gas_max": GAS_MAX,
        "worst_segment_repriced_slots_gas": _most(costs, "repriced_slots_gas"),
        "worst_segment_bytes": _most(costs, "calldata_bytes"),
        "worst_segment_bytes_max": BYTES_MAX,
        "worst_segment_transaction_bytes": _most(costs, "raw_bytes"),
        "worst_segment_ops": [str(each) for each in found["gas"].composition],
        "worst_segment_law_gas": case.run.gas,
        "worst_segment_calldata_bytes": most_expensive.calldata_bytes,
        "worst_segment_compute_weight": weights.compute_weight,
        "worst_segment_witness_weight": weights.witness_weight,
        "worst_segment_records": weights.touched_count,
        "longest_segment_ops": [str(each) for each in found["size"].composition],
        "worst_forced_op_gas": _most(forced, "gas"),
    }


def _most(costs: list[Cost], name: str) -> int:
    return max(getattr(each, name) for each in costs)


def _tightness(venue: DisputeVenue, closest: Found) -> float:
    """Return gas per byte of witness weight that the segment closest to the bound needs, as a
    share of what the bound counts."""
    result = venue.case(closest.composition).run.result
    spare = closest.value / result.witness_weight
    return round(1 + spare / WITNESS_BYTE_GAS, 3)
