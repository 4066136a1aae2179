"""Bugs about protections, for `tests/mutants.py`: name, file, what stands there, what is planted,
and the command that must fail."""

from __future__ import annotations

_LAW = "-m pytest -q -x tests/contracts/test_law_protection.py"
_ENGINE = "-m pytest -q -x tests/unit/core/test_protection.py"

MUTATIONS = (
    (
        "protections, engine: the limit itself kills",
        "sequencer/core/protection.py",
        "if lots > account.protection_lots_max:",
        "if lots >= account.protection_lots_max:",
        _ENGINE,
    ),
    (
        "protections, engine: orders elsewhere die too",
        "sequencer/core/protection.py",
        "[each for each in positions if each.mark.underlying.id == underlying]",
        "positions",
        _ENGINE,
    ),
    (
        "protections, engine: an undone fill stays counted",
        "sequencer/core/account.py",
        "tier, self.protection, entries = saved",
        "tier, _, entries = saved",
        _ENGINE,
    ),
    (
        "protections, law: the limit itself kills",
        "contracts/src/law/Protection.sol",
        "if (lots > AccountRecord.protectionLotsMax(account)) {",
        "if (lots >= AccountRecord.protectionLotsMax(account)) {",
        _LAW,
    ),
    (
        "protections, law: a window is a millisecond longer",
        "contracts/src/law/Protection.sol",
        "if (clock < AccountRecord.protectionStartMs(account)",
        "if (clock <= AccountRecord.protectionStartMs(account)",
        _LAW,
    ),
    (
        "protections, law: orders stay alive",
        "contracts/src/law/Protection.sol",
        "                endOrders(account);\n",
        "",
        _LAW,
    ),
)
