"""docs/operating.md names every alarm that a node can raise, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from strikeproof.l1.endpoint_health import EndpointState
from strikeproof.reporter.reporter_metrics import ReporterAlarm
from strikeproof.verifier.alarm import Alarm

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/operating.md"
TROUBLED = [each.value for each in EndpointState if each is not EndpointState.UP]


def alarms_in(*folders: str) -> set[str]:
    """The names of events that the modules of some folders log with `alarm`."""
    found: set[str] = set()
    for folder in folders:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call):
                    found.update(_names(node))
    return found


def _names(call: ast.Call) -> Iterator[str]:
    is_logged = any(each.arg == "alarm" for each in call.keywords)
    told = {"judge", "raise_alarm"}
    is_judged = isinstance(call.func, ast.Attribute) and call.func.attr in told
    if not (is_logged or is_judged):
        return
    for argument in call.args:
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            yield argument.value
            return
        if isinstance(argument, ast.JoinedStr):  # of an endpoint's state
            start = argument.values[0]
            assert isinstance(start, ast.Constant) and isinstance(start.value, str), call.lineno
            yield from (f"{start.value}{state}" for state in TROUBLED)
            return


def alarms_told(title: str) -> list[str]:
    """The alarms in the table of a section of the page."""
    section = PAGE.read_text("utf-8").split(f"\n## {title}\n")[1].split("\n## ")[0]
    table = section.split("| alarm | what to do |\n|---|---|\n")[1].split("\n\n")[0]
    cells = [row.split("|")[1] for row in table.splitlines()]
    return [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]


def test_every_alarm_of_the_sequencer_is_reported_once() -> None:
    alarms = alarms_in("sequencer", "strikeproof/l1")
    assert {"bond_missing", "endpoint_down", "nonce_gap", "logs_incomplete"} <= alarms
    assert sorted(alarms_told("A sequencer")) == sorted(alarms)


def test_every_alarm_of_the_verifier_is_reported_once() -> None:
    alarms = {each.value for each in Alarm}
    assert alarms_in("strikeproof/l1") <= alarms, "the verifier raises them by their names"
    assert sorted(alarms_told("A verifier, a watchtower")) == sorted(alarms)


def test_every_alarm_of_the_reporter_is_reported_once() -> None:
    assert sorted(alarms_told("A reporter")) == sorted(each.value for each in ReporterAlarm)
