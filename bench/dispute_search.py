"""The search for the segment that costs most to dispute: random compositions, then hill climbing.

A composition is up to sixteen shapes of ops (attack_ops.py). Every candidate is disputed for real
on revm: the Rollup's code deletes the claim, and its gas is the objective. Seeded and repeatable.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from strikeproof.bench.attack_shape import ACTIONS, Shape
from strikeproof.bench.dispute_case import Case
from strikeproof.bench.dispute_cost import Cost, gas_bound
from strikeproof.bench.dispute_venue import Composition, DisputeVenue
from strikeproof.wire.constants import (
    ACTIONS_MAX,
    LIQUIDATION_TOUCHES_MAX,
    POSITIONS_MAX,
    SEGMENT_OPS_MAX,
    SWEEP_MAX,
    SegmentFamily,
)

Objective = Callable[[Case, Cost], int]

KINDS: Final[Mapping[SegmentFamily, Mapping[str, int]]] = {
    SegmentFamily.TRADE: {"bundle": 75, "certified": 20, "stranger": 4, "garbage": 1},
    SegmentFamily.ACCOUNT: {
        "withdraw": 30,
        "session": 15,
        "cancel_at": 15,
        "block": 25,
        "guard": 15,
        "attest": 15,
        "credit": 15,
        "release": 10,
        "mode": 15,
        "portfolio_withdraw": 20,
        "portfolio_block": 25,
    },
    SegmentFamily.KEEPER: {"liquidate": 60, "unwind": 40, "revalue": 40},
    SegmentFamily.UPKEEP: {
        "sweep": 25,
        "funding": 25,
        "settle": 20,
        "surface": 20,
        "sample": 20,
        "expire": 20,
        "reprice": 20,
        "deleverage": 10,
        "orphan": 8,
        "announce": 5,
        "price": 7,
    },
}
"""Kinds of a family's ops, and how often each is drawn; a segment has one family."""
FLAGS: Final = {
    "wide": 0.5,
    "tight": 0.3,
    "dead": 0.2,
    "absent": 0.05,
    "evicts": 0.3,
    "healthy": 0.1,
}
"""How often each is drawn."""


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
    """The objective's value."""


class Search:
    """One seeded search for a family's segment with the greatest value of an objective."""

    def __init__(
        self, venue: DisputeVenue, family: SegmentFamily, objective: Objective, seed: object
    ) -> None:
        self._venue = venue
        self._kinds = KINDS[family]
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
        """Return some heavy ops, then many light ones."""
        random = self._random
        heavy = [self._shape() for _ in range(random.randrange(4))]
        filler = [self._shape() for _ in range(random.choice([1, 1, 2, 3]))]
        count = SEGMENT_OPS_MAX - len(heavy)
        return (*heavy, *(random.choice(filler) for _ in range(count)))

    def _shape(self) -> Shape:
        random = self._random
        count = random.choice([1, 1, 2, 3, 4, 5, 6, 7, ACTIONS_MAX])
        letters = random.choice([ACTIONS, "pr", "r", "p", "c", "i", "u"])
        most = [LIQUIDATION_TOUCHES_MAX, SWEEP_MAX]
        return Shape(
            random.choices(list(self._kinds), list(self._kinds.values()))[0],
            "".join(random.choice(letters) for _ in range(count)),
            random.choice([0, random.randrange(SWEEP_MAX + 1), *most]),
            random.choice([0, 1, 2, random.randrange(POSITIONS_MAX + 1), POSITIONS_MAX]),
            **{name: random.random() < share for name, share in FLAGS.items()},
        )

    def _changed(self, composition: Composition) -> Composition:
        """Return the composition with one or two changes."""
        random = self._random
        shapes = list(composition)
        for _ in range(random.choice([1, 1, 2])):
            index = random.randrange(len(shapes))
            match random.randrange(6):
                case 0:
                    shapes[index] = self._shape()
                case 1:
                    shapes[index] = random.choice(shapes)
                case 2 if len(shapes) < SEGMENT_OPS_MAX:
                    shapes.insert(index, self._shape())
                case 3 if len(shapes) > 1:
                    shapes.append(shapes.pop(index))
                case 4:
                    other = self._shape()
                    field = random.choice(["makers", "positions", *FLAGS])
                    shapes[index] = replace(shapes[index], **{field: getattr(other, field)})
                case _:
                    shapes[index] = replace(shapes[index], actions=self._shape().actions)
        return tuple(shapes)
