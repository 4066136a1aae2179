"""The search for the segment that costs most to dispute: random compositions, then hill climbing.

A composition is up to sixteen shapes of ops (attack_ops.py). Every candidate is disputed for real
on revm: the Rollup's code deletes the claim, and its gas is the objective. Seeded and repeatable.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from strikeproof.bench.attack_ops import ACTIONS, Shape
from strikeproof.bench.dispute_case import Case
from strikeproof.bench.dispute_cost import Cost, gas_bound
from strikeproof.bench.dispute_venue import Composition, DisputeVenue
from strikeproof.wire.constants import (
    ACTIONS_MAX,
    MAKER_TOUCHES_MAX,
    POSITIONS_MAX,
    SEGMENT_OPS_MAX,
    SWEEP_MAX,
)

Objective = Callable[[Case, Cost], int]

TRADE: Final = {"bundle": 72, "withdraw": 12, "session": 6, "stranger": 4, "garbage": 1}
UPKEEP: Final = {"sweep": 12, "price": 3}
"""Kinds of a family's ops, and how often each is drawn; a segment has one family."""
UPKEEP_SHARE: Final = 0.15


def gas(case: Case, cost: Cost) -> int:
    """Return what the challenge costs now, floor left out."""
    return cost.execution_gas


def size(case: Case, cost: Cost) -> int:
    """Return the bytes of calldata."""
    return cost.calldata_bytes


def excess(case: Case, cost: Cost) -> int:
    """Return by how much the challenge comes closer to its weights' bound than an empty one could:
    what the weights count too low shows here."""
    result = case.run.result
    bound = gas_bound(result.compute_weight, result.witness_weight, case.content_bytes)
    return cost.execution_gas - bound


@dataclass(frozen=True, slots=True)
class Found:
    """A composition and its cost."""

    composition: Composition
    cost: Cost
    value: int
    """Of the objective."""


class Search:
    """One seeded search for the greatest value of an objective."""

    def __init__(self, venue: DisputeVenue, objective: Objective, seed: object) -> None:
        self._venue = venue
        self._objective = objective
        self._random = Random(f"{seed}")
        self.tried = 0

    def run(self, starts: Sequence[Composition], tries: int) -> Found:
        """Return the best of `tries` candidates: the starts, random ones, changes of the best."""
        best = max(map(self._find, starts), key=lambda each: each.value)
        while self.tried < tries:
            if self.tried < tries // 4:
                candidate = self.draw()
            else:
                candidate = self._changed(best.composition)
            found = self._find(candidate)
            if found.value > best.value:
                best = found
        return best

    def _find(self, composition: Composition) -> Found:
        self.tried += 1
        case = self._venue.case(composition)
        cost = self._venue.cost(case)
        return Found(composition, cost, self._objective(case, cost))

    def draw(self) -> Composition:
        """Return some heavy ops of one family, then many light ones."""
        random = self._random
        kinds = UPKEEP if random.random() < UPKEEP_SHARE else TRADE
        heavy = [self._shape(kinds) for _ in range(random.randrange(4))]
        filler = [self._shape(kinds) for _ in range(random.choice([1, 1, 2, 3]))]
        count = SEGMENT_OPS_MAX - len(heavy)
        return (*heavy, *(random.choice(filler) for _ in range(count)))

    def _shape(self, kinds: Mapping[str, int]) -> Shape:
        random = self._random
        count = random.choice([1, 1, 2, 3, 4, 5, 6, 7, ACTIONS_MAX])
        letters = random.choice([ACTIONS, "pr", "r", "p", "c", "i"])
        return Shape(
            random.choices(list(kinds), list(kinds.values()))[0],
            "".join(random.choice(letters) for _ in range(count)),
            random.choice([0, random.randrange(SWEEP_MAX + 1), MAKER_TOUCHES_MAX, SWEEP_MAX]),
            random.choice([0, 1, 2, random.randrange(POSITIONS_MAX + 1), POSITIONS_MAX]),
            random.random() < 0.5,
            random.random() < 0.3,
            random.random() < 0.2,
            random.random() < 0.05,
        )

    def _changed(self, composition: Composition) -> Composition:
        """Return the composition with one or two changes."""
        random = self._random
        shapes = list(composition)
        kinds = UPKEEP if shapes[0].kind in UPKEEP else TRADE
        for _ in range(random.choice([1, 1, 2])):
            index = random.randrange(len(shapes))
            match random.randrange(6):
                case 0:
                    shapes[index] = self._shape(kinds)
                case 1:
                    shapes[index] = random.choice(shapes)
                case 2 if len(shapes) < SEGMENT_OPS_MAX:
                    shapes.insert(index, self._shape(kinds))
                case 3 if len(shapes) > 1:
                    shapes.append(shapes.pop(index))
                case 4:
                    other = self._shape(kinds)
                    field = random.choice(["makers", "positions", "wide", "tight", "dead"])
                    shapes[index] = replace(shapes[index], **{field: getattr(other, field)})
                case _:
                    shapes[index] = replace(shapes[index], actions=self._shape(kinds).actions)
        return tuple(shapes)
