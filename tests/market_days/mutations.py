"""Bugs of engine and planner that market days must find: `make mutants ARGS='--only "days: "'`.

Each is (name, file below `sequencer/`, what stands there once, what takes its place).
"""

from __future__ import annotations

from typing import Final

MUTATIONS: Final = [
    (
        "settling takes nothing from the house",
        "core/rules/house.py",
        "        self.cash -= found.cash\n",
        "",
    ),
    (
        "a deleveraging pays nobody in the eager ledger",
        "core/rules/house.py",
        "        self.effective_cash -= sign * lots * paid_a_lot\n",
        "",
    ),
    (
        "a liquidation's fee is not bounded by what closing gains",
        "core/rules/liquidation.py",
        "return max(0, min(fee, improvement))",
        "return fee",
    ),
    (
        "the house buys below the zero price",
        "core/rules/liquidation.py",
        "return sign * value - kept",
        "return sign * value - 2 * kept - value // 100",
    ),
    (
        "the sick are liquidated too early",
        "core/rules/liquidation.py",
        "return self.equity < self.maintenance",
        "return 10 * self.equity < 11 * self.maintenance",
    ),
    (
        "houses' deficits are not summed up",
        "core/house_ledgers.py",
        "state.venue.negative_houses += deficit - instrument.deficit",
        "state.venue.negative_houses += deficit",
    ),
    (
        "dead makers stay where takers meet them",
        "core/matching.py",
        """        if gone is not None:
            _remove_maker(state, incoming, order, maker, gone)
            continue
""",
        """        if gone is not None:
            return Result.TOUCHES_EXHAUSTED, lots
""",
    ),
    (
        "takers trade on an old price",
        "core/matching.py",
        """        if is_stale:
            return Result.STALE_PRICE, lots
        if state.maker_touches""",
        """        if state.maker_touches""",
    ),
    (
        "limits that are reached are not looked at",
        "upkeep/liquidation_watch.py",
        "self._reached.extend(queue.move_to(now.pressure))",
        "queue.move_to(now.pressure)",
    ),
    (
        "touched accounts are not looked at",
        "upkeep/liquidation_watch.py",
        "self._touched |= self._queries.take_touched()",
        "self._queries.take_touched()",
    ),
    (
        "houses below their margin wait for somebody else",
        "upkeep/upkeep_planner.py",
        "        ops += self.instruments.deleveragings(now_ms)\n",
        "",
    ),
]
