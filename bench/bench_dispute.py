"""What a dispute costs on L1: the worst segments that a search finds, and typical ones.

Keys of `measure()`; gas is all-in, a whole transaction that ends with the claim deleted, mined on
the embedded L1 with the shipped contracts (of `inbox` messages, whose senders are contracts: on
revm):

- `worst_segment_gas`: the most expensive segment found of all families, as charged now (EIP-7623);
  `…_repriced_gas`: the most found with calldata at 64 gas a byte; `…_repriced_slots_gas`: also with
  fresh slots at 110,000 gas; `worst_segment_bytes`: the most calldata found. `…_max`: what is
  asked for.
- `FAMILY.worst_gas`, `…_repriced_gas`, `…_bytes`: the same of each family, with `…_max`; of the
  most expensive segment `ops` (attack_shape.py says how to read them), `law_gas`, weights,
  `records`; `longest_ops` of the one with the most calldata.
- `forced.worst_gas` …: the most expensive ops sent through the Inbox; `inbox.worst_gas` …: messages
  of the inbox's own family.
- `bound_gas`, `bound_repriced_gas`, `bound_bytes`: what the weights admit (dispute_cost.py);
  `bound_tightness`: how much of the witness' share the segment closest to the bound needs.
- `typical_segment_…`: the mean of segments of a simulated market, in full trees.
- `searched_segments`, `seed`, `evm`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from strikeproof.bench import attack_messages, dispute_search
from strikeproof.bench.attack_shape import Shape
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
from strikeproof.wire.constants import SegmentFamily

TRIES: Final = 120
"""Segments of each of three searches a family: half a minute each."""
OBJECTIVES: Final = (dispute_search.gas, dispute_search.size, dispute_search.excess)
"""What segments of each family are searched for."""


def measure(seed: int = 1, tries: int = TRIES) -> dict[str, Any]:
    """Return the figures that the module's docstring names. Without pyrevm nothing is searched:
    the corpus is disputed on py-evm."""
    venue = DisputeVenue()
    tries = tries if venue.fast else 0
    found = {family: find(venue, family, seed, tries) for family in CORPUS}
    families = {family.name.lower(): _family(venue, of) for family, of in found.items()}
    families["forced"] = _bars(
        [venue.cost_on_l1(venue.forced_case(Shape.parse(each))) for each in FORCED]
    )
    if venue.fast:
        messages = map(venue.message_case, attack_messages.KINDS)
        families["inbox"] = _bars([venue.cost(case) for case in messages])
    tightness = max(_tightness(venue, of["excess"]) for of in found.values())
    result = _worst(families) | families
    result |= {
        "bound_gas": GAS_BOUND,
        "bound_repriced_gas": REPRICED_BOUND,
        "bound_bytes": BYTES_BOUND,
        "bound_tightness": tightness,
    }
    result |= measure_typical(venue)
    evm = "revm and py-evm" if venue.fast else "py-evm"
    searched = len(OBJECTIVES) * len(CORPUS) * tries
    return result | {"searched_segments": searched, "seed": seed, "evm": evm}


def find(venue: DisputeVenue, family: SegmentFamily, seed: int, tries: int) -> Mapping[str, Found]:
    """Return the best segment of a family that a seeded search finds, by objective."""
    found: dict[str, Found] = {}
    for objective in OBJECTIVES:
        name = objective.__name__
        search = Search(venue, family, objective, f"{seed} {family.name} {name}")
        found[name] = search.run([parse(each) for each in CORPUS[family]], tries)
    return found


def _family(venue: DisputeVenue, found: Mapping[str, Found]) -> dict[str, Any]:
    """Return the figures of a family's worst segments, from transactions on the embedded L1."""
    case = venue.case(found["gas"].composition)
    most_expensive = venue.cost_on_l1(case)
    longest = venue.cost_on_l1(venue.case(found["size"].composition))
    weights = case.run.result
    return _bars([most_expensive, longest]) | {
        "ops": [str(each) for each in found["gas"].composition],
        "law_gas": case.run.gas,
        "calldata_bytes": most_expensive.calldata_bytes,
        "compute_weight": weights.compute_weight,
        "witness_weight": weights.witness_weight,
        "records": weights.touched_count,
        "longest_ops": [str(each) for each in found["size"].composition],
    }


def _bars(costs: Sequence[Cost]) -> dict[str, Any]:
    """Return the most of each kind of cost, with what is asked of it."""
    return {
        "worst_gas": _most(costs, "gas"),
        "worst_gas_max": GAS_MAX,
        "worst_repriced_gas": _most(costs, "repriced_gas"),
        "worst_repriced_gas_max": GAS_MAX,
        "worst_repriced_slots_gas": _most(costs, "repriced_slots_gas"),
        "worst_bytes": _most(costs, "calldata_bytes"),
        "worst_bytes_max": BYTES_MAX,
        "worst_transaction_bytes": _most(costs, "raw_bytes"),
    }


def _worst(families: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the worst of all families."""
    names = ("gas", "repriced_gas", "repriced_slots_gas", "bytes", "transaction_bytes")
    worst = {
        f"worst_segment_{name}": max(of[f"worst_{name}"] for of in families.values())
        for name in names
    }
    bars = {"gas": GAS_MAX, "repriced_gas": GAS_MAX, "bytes": BYTES_MAX}
    return worst | {f"worst_segment_{name}_max": most for name, most in bars.items()}


def _most(costs: Sequence[Cost], name: str) -> int:
    return max(getattr(each, name) for each in costs)


def _tightness(venue: DisputeVenue, closest: Found) -> float:
    """Return gas per byte of witness weight that the segment closest to the bound needs, as a
    share of what the bound counts."""
    result = venue.case(closest.composition).run.result
    spare = closest.value / result.witness_weight
    return round(1 + spare / WITNESS_BYTE_GAS, 3)
