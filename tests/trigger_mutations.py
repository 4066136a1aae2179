"""Bugs about triggers, for `tests/mutants.py`: name, file, what stands there, what is planted, and
the command that must fail."""

from __future__ import annotations

_LAW = "-m pytest -q -x tests/contracts/test_law_triggers.py"
_ENGINE = "-m pytest -q -x tests/unit/core/test_triggers.py"
_WATCH = "-m pytest -q -x tests/property/upkeep/test_trigger_watch.py"

MUTATIONS = (
    (
        "engine: a trigger fires a nano-USD early",
        "sequencer/core/trigger.py",
        "return price <= at if self.terms.falling else price >= at",
        "return price <= at + 1 if self.terms.falling else price >= at - 1",
        _ENGINE,
    ),
    (
        "engine: a trigger outlives its epoch",
        "sequencer/core/trigger.py",
        "            or position.epoch != self.epoch\n",
        "",
        _ENGINE,
    ),
    (
        "engine: a segment's makers end a trigger",
        "sequencer/core/ops/fire_trigger.py",
        "if code == Result.TOUCHES_EXHAUSTED:",
        "if code == Result.TOUCHES_EXHAUSTED and not lots:",
        _ENGINE,
    ),
    (
        "engine: a trigger's limit may lie beyond the band",
        "sequencer/core/ops/fire_trigger.py",
        "limit = max(terms.limit, low) if terms.sell else min(terms.limit, high)",
        "limit = terms.limit",
        _ENGINE,
    ),
    (
        "law: a trigger fires twice",
        "contracts/src/law/ops/FireTrigger.sol",
        "        Arena.emptyTrigger(trigger);\n        code = check(reduces);",
        "        code = check(reduces);",
        _LAW,
    ),
    (
        "law: a falling trigger fires as the price rises",
        "contracts/src/law/ops/FireTrigger.sol",
        "price <= awaited : price >= awaited",
        "price >= awaited : price <= awaited",
        _LAW,
    ),
    (
        "law: a trigger fires at a stale price",
        "contracts/src/law/ops/FireTrigger.sol",
        "if (read(STALE) != 0 || read(MARK_PRICE) == 0) return RESULT_STALE_PRICE;",
        "if (read(MARK_PRICE) == 0) return RESULT_STALE_PRICE;",
        _LAW,
    ),
    (
        "law: a trigger needs no entry",
        "contracts/src/law/ops/SetTrigger.sol",
        "if (entry == 0) return RESULT_NO_POSITION;",
        "",
        _LAW,
    ),
    (
        "node: triggers that wait for a falling price are passed in the wrong order",
        "sequencer/core/upkeep_queries.py",
        "return -price if self.falling else price",
        "return price",
        _WATCH,
    ),
    (
        "verifier: a dead trigger counts as withheld",
        "verifier/watch/withheld_triggers.py",
        'return epochs.get(instrument) == fields["epoch"]',
        "return True",
        _WATCH,
    ),
)
